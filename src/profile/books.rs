//! What a round's stages add up to.

use super::Basis;
use crate::scenario::RoundRecord;

/// A round's time, and what its stages took of it. Times are nanoseconds.
pub(super) struct Books {
    /// All of the time.
    whole: f64,
    /// What each stage took, over all queries.
    stages: Vec<(String, f64)>,
    /// What passed outside of the stages, of each query that reported one and was not exceeded by them.
    pub outside: Vec<u64>,
    /// Queries that reported a stage.
    pub reporting: u64,
    /// Answered queries.
    pub queries: u64,
    /// Queries whose stages together took longer than they did themselves.
    pub exceeded: u64,
    /// Queries of which a single stage took longer than they did themselves.
    pub outlasted: u64,
    /// The greatest ratio of the stages' sum to the time of their query; 0 where none reported a stage.
    pub worst: f64,
}

/// So much longer than its query a stage may be because one of the times was rounded.
const ROUNDING: f64 = 0.01;

impl Books {
    pub fn of(round: &RoundRecord, basis: Basis) -> Self {
        let names: Vec<&str> = round.stages.names().collect();
        let stages = names.iter().map(|name| {
            let sum: f64 = round.stages.reported(name).map(|time| time as f64).sum();
            ((*name).to_owned(), sum)
        });
        let latencies: f64 = round.latencies.iter().map(|&latency| latency as f64).sum();
        let mut books = Self {
            whole: match basis {
                Basis::Latency => latencies,
                Basis::Span => round.span as f64,
            },
            stages: stages.collect(),
            outside: Vec::new(),
            reporting: 0,
            queries: round.latencies.len() as u64,
            exceeded: 0,
            outlasted: 0,
            worst: 0.0,
        };
        let mut columns: Vec<_> = names.iter().map(|name| round.stages.by_query(name)).collect();
        for &latency in &round.latencies {
            let (mut sum, mut longest, mut reports) = (0_u64, 0_u64, false);
            for time in columns.iter_mut().filter_map(|column| column.next().flatten()) {
                (sum, longest, reports) = (sum.saturating_add(time), longest.max(time), true);
            }
            if reports {
                books.query(latency, sum, longest);
            }
        }
        books
    }

    fn query(&mut self, latency: u64, sum: u64, longest: u64) {
        let most = latency as f64 * (1.0 + ROUNDING);
        self.reporting += 1;
        self.exceeded += u64::from(sum as f64 > most);
        self.outlasted += u64::from(longest as f64 > most);
        self.outside.extend(latency.checked_sub(sum));
        self.worst = self.worst.max(sum as f64 / latency.max(1) as f64);
    }

    /// The part of the time that this stage took.
    pub fn share(&self, name: &str) -> f64 {
        let time = self.stages.iter().find(|(known, _)| known == name).map_or(0.0, |(_, time)| *time);
        time / self.whole.max(1.0)
    }

    /// The part that this stage has of what all stages took.
    pub fn share_of_stages(&self, name: &str) -> f64 {
        let sum = self.sum();
        if sum > 0.0 { self.share(name) / sum } else { 0.0 }
    }

    /// The part of the time that all stages together took.
    pub fn sum(&self) -> f64 {
        self.stages.iter().map(|(_, time)| time).sum::<f64>() / self.whole.max(1.0)
    }
}

/// The stages of all rounds, in the order in which they were first reported.
pub(super) fn names(rounds: &[RoundRecord]) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for name in rounds.iter().flat_map(|round| round.stages.names()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
}
