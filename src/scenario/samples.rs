//! Which samples come next.
//!
//! Every round of a benchmark sees the same order, so that rounds differ by the system and not by what it was asked.

use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use crate::config::Sampling;

/// An order of samples, fixed by its seed.
#[derive(Debug, Clone)]
pub struct SampleOrder {
    random: Pcg64Mcg,
    source: Source,
    /// The samples of the query that was asked for last.
    query: Vec<usize>,
}

#[derive(Debug, Clone)]
enum Source {
    /// 0, 1, 2, …: there is no dataset.
    Counted(usize),
    /// Permutations, over and over, or only once.
    Permutations {
        pass: Vec<usize>,
        next: usize,
        again: bool,
    },
    Drawn(usize),
    Same(usize),
    /// These, once.
    Listed {
        samples: Vec<usize>,
        next: usize,
    },
}

impl SampleOrder {
    /// The order for a dataset of this size.
    pub fn of(size: usize, sampling: Sampling, seed: u64) -> Self {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let source = match sampling {
            Sampling::Permutation | Sampling::Unique => {
                let mut pass: Vec<usize> = (0..size).collect();
                pass.shuffle(&mut random);
                Source::Permutations { pass, next: 0, again: sampling == Sampling::Permutation }
            }
            Sampling::WithReplacement => Source::Drawn(size),
            Sampling::Same => Source::Same(random.random_range(0..size.max(1))),
        };
        Self { random, source, query: Vec::new() }
    }

    /// 0, 1, 2, …: the order for a system that gets no dataset.
    pub fn counted() -> Self {
        Self { random: Pcg64Mcg::seed_from_u64(0), source: Source::Counted(0), query: Vec::new() }
    }

    /// These samples, one after the other, and then none.
    pub fn listed(samples: Vec<usize>) -> Self {
        let source = Source::Listed { samples, next: 0 };
        Self { random: Pcg64Mcg::seed_from_u64(0), source, query: Vec::new() }
    }

    /// The samples of the next query; fewer than asked for, or none, where the order ends.
    pub fn next_query(&mut self, samples: usize) -> &[usize] {
        self.query.clear();
        while self.query.len() < samples {
            let Some(sample) = self.next() else { break };
            self.query.push(sample);
        }
        &self.query
    }

    /// The samples of the next query, of which the first is the next of the order and the others follow it in the dataset of
    /// this size.
    pub fn next_run(&mut self, samples: usize, size: usize) -> &[usize] {
        self.query.clear();
        if let Some(first) = self.next() {
            self.query.extend((0..samples).map(|step| (first + step) % size.max(1)));
        }
        &self.query
    }

    fn next(&mut self) -> Option<usize> {
        match &mut self.source {
            Source::Counted(next) => {
                let current = *next;
                *next = current.wrapping_add(1);
                Some(current)
            }
            Source::Permutations { pass, next, again } => {
                if *next >= pass.len() {
                    if !*again {
                        return None;
                    }
                    pass.shuffle(&mut self.random);
                    *next = 0;
                }
                *next += 1;
                pass.get(*next - 1).copied()
            }
            Source::Drawn(size) => (*size > 0).then(|| self.random.random_range(0..*size)),
            Source::Same(sample) => Some(*sample),
            Source::Listed { samples, next } => {
                *next += 1;
                samples.get(*next - 1).copied()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(sampling: Sampling, count: usize) -> Vec<usize> {
        SampleOrder::of(50, sampling, 7).next_query(count).to_vec()
    }

    fn sorted(samples: &[usize]) -> Vec<usize> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        sorted
    }

    #[test]
    fn permutations_ask_about_every_sample_equally_often() {
        let order = order(Sampling::Permutation, 100);
        for pass in order.chunks(50) {
            assert_eq!(sorted(pass), (0..50).collect::<Vec<_>>());
        }
        assert_ne!(order[..50], order[50..]);
    }

    #[test]
    fn unique_samples_end_when_all_were_asked_about() {
        assert_eq!(sorted(&order(Sampling::Unique, 80)), (0..50).collect::<Vec<_>>());
    }

    #[test]
    fn with_replacement_some_come_twice_and_some_not_at_all() {
        let mut drawn = sorted(&order(Sampling::WithReplacement, 50));
        assert_eq!(drawn.len(), 50);
        drawn.dedup();
        // The expected number of different ones is 50·(1 − (1 − 1/50)^50) = 31.8, with a standard deviation of 2.2.
        assert!((20..44).contains(&drawn.len()), "{}", drawn.len());
    }

    #[test]
    fn the_same_sample_stays_the_same() {
        let order = order(Sampling::Same, 9);
        assert!(order.iter().all(|sample| *sample == order[0] && *sample < 50));
    }

    #[test]
    fn the_seed_fixes_the_order() {
        let of_seed = |seed| SampleOrder::of(50, Sampling::Permutation, seed).next_query(80).to_vec();
        assert_eq!(of_seed(1), of_seed(1));
        assert_ne!(of_seed(1), of_seed(2));
    }

    #[test]
    fn a_run_follows_the_dataset_and_wraps_round() {
        let mut order = SampleOrder::of(5, Sampling::Permutation, 3);
        let starts: Vec<usize> = (0..5)
            .map(|_| {
                let run = order.next_run(3, 5);
                assert_eq!(run, [run[0], (run[0] + 1) % 5, (run[0] + 2) % 5]);
                run[0]
            })
            .collect();
        assert_eq!(sorted(&starts), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn without_a_dataset_samples_are_counted() {
        assert_eq!(SampleOrder::counted().next_query(3), [0, 1, 2]);
    }
}
