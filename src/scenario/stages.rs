//! The times of stages that a system reports, query by query.
//!
//! Here: the books of a round. Not here: which part of a query's time they are (`profile`).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::RoundRecord;
use crate::result::{Distribution, MOST_STAGES, Stage};

/// Stands for a time that was not reported. No stage takes 584 years.
const ABSENT: u64 = u64::MAX;

/// The times of stages, by query; of no more stages than a result has, because their names come from outside, and each costs
/// memory for every query. Serialised only between a perfgate process and its own child.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct StageTimes {
    /// In the order in which they were first reported.
    stages: Vec<Column>,
    /// Whether there were more stages than are kept.
    pub left_out: bool,
}

/// The times of one stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Column {
    name: String,
    /// By query, in nanoseconds, up to the last one that reported it; [`ABSENT`] where it was not reported.
    times: Vec<u64>,
}

impl StageTimes {
    /// Takes memory for so many queries of a stage before the clock starts.
    pub(super) fn make_room(&mut self, name: &str, queries: usize) {
        if let Some(column) = self.column(name) {
            column.times.reserve_exact(queries);
        }
    }

    /// Notes a time of the query with this number. Several of one stage and query add up.
    pub(super) fn note(&mut self, query: usize, name: &str, nanos: u64) {
        let Some(Column { times, .. }) = self.column(name) else { return };
        if times.len() <= query {
            times.resize(query + 1, ABSENT);
        }
        if let Some(time) = times.get_mut(query) {
            *time = if *time == ABSENT { nanos.min(ABSENT - 1) } else { time.saturating_add(nanos).min(ABSENT - 1) };
        }
    }

    fn column(&mut self, name: &str) -> Option<&mut Column> {
        let known = self.stages.iter().position(|column| column.name == name);
        if known.is_none() && self.stages.len() == MOST_STAGES {
            self.left_out = true;
            return None;
        }
        let place = known.unwrap_or_else(|| {
            self.stages.push(Column { name: name.to_owned(), times: Vec::new() });
            self.stages.len() - 1
        });
        self.stages.get_mut(place)
    }

    /// Leaves out the queries that are not answered, and the stages that no other query reported.
    pub(super) fn keep(&mut self, is_answered: &[bool]) {
        for column in &mut self.stages {
            column.times.resize(is_answered.len(), ABSENT);
            let mut answered = is_answered.iter();
            column.times.retain(|_| answered.next().copied().unwrap_or(false));
        }
        self.stages.retain(|column| column.times.iter().any(|time| *time != ABSENT));
    }

    /// The stages, in the order in which they were first reported.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.stages.iter().map(|column| column.name.as_str())
    }

    /// Whether no stage was reported.
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty()
    }

    /// The times of this stage in nanoseconds, by answered query in the order of issue; `None` where a query did not report it.
    /// Empty for a stage that no query reported.
    pub fn by_query(&self, name: &str) -> impl Iterator<Item = Option<u64>> {
        let of = self.stages.iter().find(|column| column.name == name);
        of.into_iter().flat_map(|column| &column.times).map(|&time| (time != ABSENT).then_some(time))
    }

    /// The times of this stage that were reported, in nanoseconds.
    pub fn reported(&self, name: &str) -> impl Iterator<Item = u64> {
        self.by_query(name).flatten()
    }
}

impl<'a> FromIterator<(&'a str, Vec<Option<u64>>)> for StageTimes {
    /// Stages with their times by answered query.
    fn from_iter<I: IntoIterator<Item = (&'a str, Vec<Option<u64>>)>>(stages: I) -> Self {
        let mut all = Self::default();
        for (name, times) in stages {
            for (query, time) in times.into_iter().enumerate() {
                time.into_iter().for_each(|time| all.note(query, name, time));
            }
        }
        let queries = all.stages.iter().map(|column| column.times.len()).max().unwrap_or(0);
        all.keep(&vec![true; queries]);
        all
    }
}

/// How long the stages took over all rounds, in the order in which they were first reported.
pub fn stages(rounds: &[RoundRecord]) -> Vec<Stage> {
    let mut names: Vec<&str> = Vec::new();
    for name in rounds.iter().flat_map(|round| round.stages.names()) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let stage = |name: &str| {
        let times = Distribution::of(rounds.iter().flat_map(|round| round.stages.reported(name)))?;
        Some(Stage { name: name.to_owned(), times })
    };
    names.into_iter().take(MOST_STAGES).filter_map(stage).collect()
}

/// Whether there were more stages than are kept: in one round, or in all of them together.
pub fn are_stages_left_out(rounds: &[RoundRecord]) -> bool {
    let names: BTreeSet<&str> = rounds.iter().flat_map(|round| round.stages.names()).collect();
    names.len() > MOST_STAGES || rounds.iter().any(|round| round.stages.left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by_query(of: &StageTimes, name: &str) -> Vec<Option<u64>> {
        of.by_query(name).collect()
    }

    #[test]
    fn times_stand_with_their_queries_in_whatever_order_answers_come() {
        let mut times = StageTimes::default();
        times.note(2, "infer", 30);
        times.note(0, "infer", 10);
        times.note(1, "decode", 5);
        times.note(1, "decode", 6);
        times.keep(&[true, true, true, true]);
        assert_eq!(by_query(&times, "infer"), [Some(10), None, Some(30), None]);
        assert_eq!(by_query(&times, "decode"), [None, Some(11), None, None], "several of one stage add up");
        assert_eq!(times.names().collect::<Vec<_>>(), ["infer", "decode"]);
        assert_eq!(times.reported("infer").collect::<Vec<_>>(), [10, 30]);
        assert_eq!(by_query(&times, "other"), []);
    }

    #[test]
    fn a_query_that_failed_takes_its_place_with_it() {
        let mut times = StageTimes::default();
        times.note(0, "a", 1);
        times.note(2, "a", 3);
        times.make_room("b", 100);
        times.keep(&[true, false, true]);
        assert_eq!(by_query(&times, "a"), [Some(1), Some(3)]);
        assert_eq!(times.names().count(), 1, "a stage without times is none");
    }

    #[test]
    fn names_without_end_cost_no_memory_without_end() {
        let mut times = StageTimes::default();
        for number in 0..100 {
            times.note(number, &format!("s{number}"), 1);
        }
        assert!(times.left_out);
        assert_eq!(times.names().count(), MOST_STAGES);
    }
}
