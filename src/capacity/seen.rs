//! What one round under one load says about the objective.

use crate::config::Objective;
use crate::scenario::{Cut, RoundRecord, lateness};
use crate::stats::{Counts, mean};

/// A round begins with an empty queue. The first quarter of its answers is not judged, so that the queue can become what it
/// will be.
const SETTLING: usize = 4;

/// What one round left behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Of the queries that are judged, those within the bound. A failed query is not within it. Of a round that was stopped, as
    /// many as a whole one judges, in the proportion that was seen until then.
    pub within: Counts,
    /// Of the judged answers; `None` if there were none.
    pub latency: Option<Latency>,
    /// Answers per second.
    pub throughput: f64,
    /// Queries that arrived, per second of the schedule. Chance makes it another than the load under which the round ran; `None` where
    /// there was no schedule.
    pub arrivals: Option<f64>,
    /// Queries that failed.
    pub failed: u64,
    /// What the first failed query said.
    pub first_failure: Option<String>,
    /// How much later than scheduled queries were issued, in nanoseconds: the 99th percentile.
    pub lateness: u64,
    /// Whether that is more than may be: then the round says nothing about the system.
    pub late: bool,
    /// Whether the round was stopped because so many queries were in flight that it could not meet the objective any more.
    pub overloaded: bool,
    /// What the system used, where that was measured.
    pub usage: Usage,
}

/// Latencies of one round, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Latency {
    /// The mean.
    pub mean: f64,
    /// The median.
    pub median: f64,
    /// The latency at the objective's percentile.
    pub at_share: f64,
    /// By how much the later half of the answers took longer than the earlier half, on average.
    pub growth: f64,
}

/// What a system used in one round. What was not measured is absent.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Usage {
    /// Processor time a query, in nanoseconds, without that of starting and ending.
    pub cpu_time_per_query: Option<f64>,
    /// Largest resident memory, in bytes.
    pub rss_peak: Option<f64>,
}

impl Seen {
    /// What this record says. `max_lateness` is what the benchmark tolerates of its load generator: a share of the latency at
    /// the percentile, or of the bound where that is larger, because what is small against the bound does not decide. `planned` is
    /// how many queries the round was to ask.
    pub fn of(record: &RoundRecord, objective: &Objective, max_lateness: f64, planned: u64) -> Self {
        let overloaded = record.cut == Some(Cut::Overloaded);
        // What was stopped early is judged as a whole: its end is missing already.
        let settling = if overloaded { 0 } else { record.latencies.len() / SETTLING };
        let judged = record.latencies.get(settling..).unwrap_or_default();
        let bound = objective.bound_nanos();
        let trials = judged.len() as u64 + record.failed;
        let within = judged.iter().filter(|&&latency| latency <= bound).count() as u64;
        let seen = Counts { successes: within, trials };
        let within = if overloaded { as_a_whole(seen, planned, objective) } else { seen };
        let latency = Latency::of(judged, objective);
        let late = lateness(record).p99;
        let scale = latency.map_or(0.0, |latency| latency.at_share).max(bound as f64);
        Self {
            within,
            latency,
            throughput: record.samples.saturating_sub(1) as f64 * 1e9 / record.span.max(1) as f64,
            arrivals: (record.arriving > 0).then(|| {
                (record.latencies.len() as u64 + record.failed).saturating_sub(1) as f64 * 1e9 / record.arriving as f64
            }),
            failed: record.failed,
            first_failure: record.first_failure.clone(),
            lateness: late,
            late: late as f64 > max_lateness * scale,
            overloaded,
            usage: Usage::default(),
        }
    }

    /// The same for who must not think too well of it: of a round that was stopped nothing counts as within the bound.
    pub fn at_worst(&self) -> Counts {
        if self.overloaded { Counts { successes: 0, ..self.within } } else { self.within }
    }

    /// Judged queries that were not within the bound.
    pub fn over(&self) -> u64 {
        self.within.trials.saturating_sub(self.within.successes)
    }
}

/// A round that was stopped weighs as much as one that was not. It would have gone on at least as badly: its queue was growing.
fn as_a_whole(seen: Counts, planned: u64, objective: &Objective) -> Counts {
    let trials = judged(planned).max(seen.trials);
    let share = seen.share().unwrap_or(0.0);
    // A limit of the user's own may have stopped it before it had missed the objective. It has now.
    let meets = 1.0 - share <= objective.may_exceed();
    Counts { successes: if meets { 0 } else { (share * trials as f64) as u64 }, trials }
}

/// How many of so many queries are judged.
pub fn judged(queries: u64) -> u64 {
    queries - queries / SETTLING as u64
}

impl Latency {
    fn of(judged: &[u64], objective: &Objective) -> Option<Self> {
        let mut latencies = judged.to_vec();
        let last = latencies.len().checked_sub(1)?;
        // The value of the percentile's rank, as `stats::percentile_occurred` has it, without sorting all the others.
        let mut at = |share: f64| {
            let rank = ((latencies.len() as f64 * share) as usize).min(last);
            *latencies.select_nth_unstable(rank).1 as f64
        };
        let (median, at_share) = (at(0.5), at(objective.share.share()));
        let mean_of = |latencies: &[u64]| mean(&latencies.iter().map(|&nanos| nanos as f64).collect::<Vec<_>>());
        let (earlier, later) = judged.split_at(judged.len() / 2);
        let growth = if earlier.is_empty() { 0.0 } else { mean_of(later) - mean_of(earlier) };
        Some(Self { mean: mean_of(judged), median, at_share, growth })
    }
}
