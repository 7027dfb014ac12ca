//! How a round's answers kept pace with a schedule, in counts of arrivals and answers. Pure.

use serde::{Deserialize, Serialize};

/// A round begins with an empty queue. The first quarter of its arrivals is left out, so that the queue can become what it will be.
const SETTLING: usize = 4;

/// Arrivals and answers of one round of the open loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// From the beginning of the schedule to its last arrival, in nanoseconds.
    pub lasted: u64,
    /// Queries that arrived in that time.
    pub arrived: u64,
    /// Those of them that arrived after the round had settled. Failed queries are left out here and below.
    pub later: u64,
    /// Answers that came after it had settled and before the last arrival.
    pub answered: u64,
}

impl Pace {
    /// From the scheduled arrival of each query and its latency since then, in nanoseconds, `None` for a failed one; `begun` is
    /// when the schedule began. `None` of fewer than two answers.
    pub fn of(arrivals: &[(u64, Option<u64>)], begun: u64) -> Option<Self> {
        let last = arrivals.last().map(|(moment, _)| *moment)?;
        let answered: Vec<(u64, u64)> =
            arrivals.iter().filter_map(|&(moment, latency)| Some((moment, latency?))).collect();
        let settling = answered.len() / SETTLING;
        let &(settled, _) = answered.get(settling)?;
        let later = answered.len().checked_sub(settling + 1).filter(|later| *later > 0)?;
        let within = |&&(moment, latency): &&(u64, u64)| {
            let done = moment.saturating_add(latency);
            settled < done && done <= last
        };
        Some(Self {
            lasted: last.saturating_sub(begun),
            arrived: arrivals.len() as u64,
            later: later as u64,
            answered: answered.iter().filter(within).count() as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_and_answers_are_counted_from_the_same_moment_to_the_last_arrival() {
        // One a second, each answered after a second and a half: at the end two are on their way, as at the beginning.
        let steady: Vec<(u64, Option<u64>)> = (1..=8).map(|at| (10 * at, Some(15))).collect();
        assert_eq!(Pace::of(&steady, 0), Some(Pace { lasted: 80, arrived: 8, later: 5, answered: 5 }));
        // The same, but answered every other second.
        let behind: Vec<(u64, Option<u64>)> = (1..=8).map(|at| (10 * at, Some(10 * at))).collect();
        assert_eq!(Pace::of(&behind, 0), Some(Pace { lasted: 80, arrived: 8, later: 5, answered: 3 }));
    }

    #[test]
    fn failed_queries_are_neither_arrivals_nor_answers() {
        let some = [(10, Some(1)), (20, None), (30, Some(1)), (40, Some(1)), (50, None)];
        assert_eq!(Pace::of(&some, 5), Some(Pace { lasted: 45, arrived: 5, later: 2, answered: 3 }));
        assert_eq!(Pace::of(&[(10, Some(1)), (20, None)], 0), None, "one answer has no pace");
        assert_eq!(Pace::of(&[], 0), None);
    }
}
