//! Which sample comes next: whole permutations of the dataset, joined end to end.
//!
//! Every round of a benchmark sees the same order, so that rounds differ by the system and not by what it was asked.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_pcg::Pcg64Mcg;

/// An endless order of samples, fixed by its seed.
#[derive(Debug, Clone)]
pub struct SampleOrder {
    random: Pcg64Mcg,
    pass: Vec<usize>,
    next: usize,
    counted: Option<usize>,
}

impl SampleOrder {
    /// Permutations of `0..size`, one after the other.
    pub fn permutations(size: usize, seed: u64) -> Self {
        let mut order =
            Self { random: Pcg64Mcg::seed_from_u64(seed), pass: (0..size).collect(), next: 0, counted: None };
        order.pass.shuffle(&mut order.random);
        order
    }

    /// 0, 1, 2, …: the order for a system that gets no dataset.
    pub fn counted() -> Self {
        Self { random: Pcg64Mcg::seed_from_u64(0), pass: Vec::new(), next: 0, counted: Some(0) }
    }
}

impl Iterator for SampleOrder {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        if let Some(count) = &mut self.counted {
            let current = *count;
            *count = count.wrapping_add(1);
            return Some(current);
        }
        if self.next >= self.pass.len() {
            self.pass.shuffle(&mut self.random);
            self.next = 0;
        }
        let sample = self.pass.get(self.next).copied();
        self.next += 1;
        sample
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pass_is_a_permutation_and_passes_differ() {
        let order: Vec<usize> = SampleOrder::permutations(50, 7).take(150).collect();
        for pass in order.chunks(50) {
            let mut sorted = pass.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..50).collect::<Vec<_>>());
        }
        assert_ne!(order[..50], order[50..100]);
    }

    #[test]
    fn the_seed_fixes_the_order() {
        let order = |seed| SampleOrder::permutations(50, seed).take(80).collect::<Vec<_>>();
        assert_eq!(order(1), order(1));
        assert_ne!(order(1), order(2));
    }

    #[test]
    fn without_a_dataset_samples_are_counted() {
        assert_eq!(SampleOrder::counted().take(3).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
