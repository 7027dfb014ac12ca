//! How many queries of each round kept a service-level objective.
//!
//! Counted from the latencies themselves, not from a distribution of them. Not here: whether that is enough (`objective`).

use super::RoundRecord;
use crate::config::Objective;
use crate::result::{self, Attainment, Within};

/// The counts of each round for each objective. A query is within the bound if it was answered no later; one that failed is not,
/// however soon. That an answer is not what the label says is no failure: `accuracy` is about it.
pub fn objectives(rounds: &[RoundRecord], objectives: &[Objective]) -> Vec<Attainment> {
    let attained = |&objective: &Objective| {
        let objective: result::Objective = Option::from(objective)?;
        let counts = rounds.iter().map(|record| within(record, objective.bound())).collect();
        Attainment::new(objective, counts).ok()
    };
    objectives.iter().filter_map(attained).collect()
}

fn within(record: &RoundRecord, bound: u64) -> Within {
    let within = record.latencies.iter().filter(|latency| **latency <= bound).count();
    Within { within: within as u64, queries: record.issued() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_that_failed_or_came_later_than_the_bound_is_not_within_it() {
        let record =
            |latencies: &[u64], failed| RoundRecord { latencies: latencies.to_vec(), failed, ..Default::default() };
        let rounds = [record(&[1_000_000, 1_000_001, 5, 7], 0), record(&[1_000_000], 2)];
        let asked = ["p50 < 1ms", "p99.9 < 6ns"].map(|text| text.parse().unwrap());
        let found = objectives(&rounds, &asked);
        let counts = |place: usize| -> Vec<(u64, u64)> {
            found[place].rounds().iter().map(|round| (round.within, round.queries)).collect()
        };
        assert_eq!((counts(0), counts(1)), (vec![(3, 4), (1, 3)], vec![(1, 4), (0, 3)]));
        assert_eq!(found[0].objective().to_string(), "p50 < 1 ms");
        assert!(objectives(&rounds, &[]).is_empty());
    }
}
