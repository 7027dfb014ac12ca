//! What the queries of both arms came to, round by round.
//!
//! Here: the plain record, and counts of it. Every query of an arm is in its book, failed or not. Not here: what it means.

use std::collections::{BTreeMap, BTreeSet};

use super::{Arm, Both};
use crate::config::Percentile;
use crate::scenario::Timing;
use crate::scenario::arms::Answers;
use crate::stats::{Counts, mean};

/// One query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its key; 0 where each query is assigned for itself.
    pub key: u32,
    /// In nanoseconds; `None` where it failed.
    pub latency: Option<u64>,
}

/// The books of both arms.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Book {
    rounds: Vec<Both<Vec<Entry>>>,
    /// Of each sample that an arm was asked about, whether its first answer was right.
    verdicts: Both<BTreeMap<usize, bool>>,
    first_failures: Both<Option<String>>,
    lateness: Vec<Both<Vec<u64>>>,
}

impl Book {
    /// Enters a round: the answers of each arm, and the keys of the queries that they belong to.
    pub fn enter(&mut self, keys: &Both<Vec<u32>>, answers: &Both<Answers>) {
        let entries = |arm: Arm| {
            let latencies = answers.of(arm).latencies.iter();
            keys.of(arm).iter().zip(latencies).map(|(&key, &latency)| Entry { key, latency }).collect()
        };
        self.rounds.push(Both::each(entries));
        for arm in Arm::ALL {
            let said = answers.of(arm);
            for &(sample, right) in &said.verdicts {
                self.verdicts.of_mut(arm).entry(sample).or_insert(right);
            }
            if let (None, Some(failure)) = (self.first_failures.of(arm), &said.first_failure) {
                *self.first_failures.of_mut(arm) = Some(failure.clone());
            }
        }
        self.lateness.push(answers.as_ref().map(|said| said.lateness.clone()));
    }

    /// The rounds, in order.
    pub fn rounds(&self) -> &[Both<Vec<Entry>>] {
        &self.rounds
    }

    /// All queries of an arm.
    pub fn entries(&self, arm: Arm) -> impl Iterator<Item = &Entry> {
        self.rounds.iter().flat_map(move |round| round.of(arm))
    }

    /// How many queries an arm had.
    pub fn queries(&self, arm: Arm) -> u64 {
        self.rounds.iter().map(|round| round.of(arm).len() as u64).sum()
    }

    /// Failed queries of an arm, of all of its queries.
    pub fn failures(&self, arm: Arm) -> Counts {
        let failed = self.entries(arm).filter(|entry| entry.latency.is_none()).count() as u64;
        Counts { successes: failed, trials: self.queries(arm) }
    }

    /// The keys of an arm, and those of them with a failed query.
    pub fn keys(&self, arm: Arm) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let all = self.entries(arm).map(|entry| entry.key).collect();
        let failed = self.entries(arm).filter(|entry| entry.latency.is_none()).map(|entry| entry.key).collect();
        (all, failed)
    }

    /// The latencies of an arm's answered queries, ascending, in nanoseconds.
    pub fn sorted(&self, arm: Arm) -> Vec<u64> {
        let mut sorted: Vec<u64> = self.entries(arm).filter_map(|entry| entry.latency).collect();
        sorted.sort_unstable();
        sorted
    }

    /// The mean of the logarithms of an arm's latencies in nanoseconds; `None` without any.
    pub fn mean_logarithm(&self, arm: Arm) -> Option<f64> {
        let logarithms: Vec<f64> = self.entries(arm).filter_map(|entry| entry.latency).map(logarithm).collect();
        (!logarithms.is_empty()).then(|| mean(&logarithms))
    }

    /// Of each sample that an arm was asked about, whether its first answer was right.
    pub fn verdicts(&self, arm: Arm) -> &BTreeMap<usize, bool> {
        self.verdicts.of(arm)
    }

    /// What the first failed query of an arm said.
    pub fn first_failure(&self, arm: Arm) -> Option<&str> {
        self.first_failures.of(arm).as_deref()
    }

    /// Of each round in which an arm was asked by a schedule, how late that was, beside the latency at this percentile.
    pub fn timings(&self, arm: Arm, percentile: Percentile) -> Vec<Timing> {
        let rounds = self.rounds.iter().zip(&self.lateness);
        let scheduled = rounds.filter(|(_, lateness)| !lateness.of(arm).is_empty());
        let timing = |(round, lateness): (&Both<Vec<Entry>>, &Both<Vec<u64>>)| {
            let answered: Vec<u64> = round.of(arm).iter().filter_map(|entry| entry.latency).collect();
            Timing::of(&answered, lateness.of(arm), percentile)
        };
        scheduled.map(timing).collect()
    }
}

/// The logarithm of a latency; one that the clock could not see counts as a nanosecond.
pub fn logarithm(latency: u64) -> f64 {
    (latency.max(1) as f64).ln()
}
