//! Which samples of a dataset somebody asked about.

use serde::{Deserialize, Serialize};

/// How many samples a word holds.
const BITS: usize = u64::BITS as usize;

/// Numbers of samples, a bit each: taking one in costs no memory where there is room for it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Covered(Vec<u64>);

impl Covered {
    /// None yet, with room for the samples of a dataset of this size.
    pub fn with_room(samples: usize) -> Self {
        Self(vec![0; samples.div_ceil(BITS)])
    }

    /// Takes in a sample. One beyond the room is left out: no dataset has it.
    pub fn insert(&mut self, sample: usize) {
        if let Some(word) = self.0.get_mut(sample / BITS) {
            *word |= 1 << (sample % BITS);
        }
    }

    /// How many different samples there are in any of these.
    pub fn count<'a>(all: impl IntoIterator<Item = &'a Self>) -> u64 {
        let mut together: Vec<u64> = Vec::new();
        for Self(words) in all {
            together.resize(together.len().max(words.len()), 0);
            together.iter_mut().zip(words).for_each(|(have, more)| *have |= more);
        }
        together.iter().map(|word| u64::from(word.count_ones())).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(samples: &[usize]) -> Covered {
        let mut covered = Covered::with_room(130);
        samples.iter().for_each(|sample| covered.insert(*sample));
        covered
    }

    #[test]
    fn samples_are_counted_once() {
        assert_eq!(Covered::count([&of(&[0, 63, 64, 129, 63])]), 4);
        assert_eq!(Covered::count([&of(&[0, 1]), &of(&[1, 129]), &Covered::default()]), 3);
        assert_eq!(Covered::count([]), 0);
    }
}
