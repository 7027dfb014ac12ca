//! Ranks with ties, for the tests on ranks.

/// How a test on ranks came by its p-value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullDistribution {
    /// By counting all arrangements of the ranks.
    Exact,
    /// By the normal distribution that these counts approach, corrected for ties.
    Normal,
}

/// The ranks of some values.
pub(super) struct Ranking {
    /// One rank per value, in the order of the values, from 1; equal values share the mean of their ranks.
    pub ranks: Vec<f64>,
    /// Σ (t³ − t) over the groups of t equal values: 0 without ties.
    pub ties: f64,
}

/// Ranks `values`, which hold no NaN.
pub(super) fn rank(values: &[f64]) -> Ranking {
    let mut sorted: Vec<(usize, f64)> = values.iter().copied().enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    let mut placed: Vec<(usize, f64)> = Vec::with_capacity(values.len());
    let mut ties = 0.0;
    // `==` also joins 0 and −0, which `total_cmp` puts next to each other.
    for group in sorted.chunk_by(|(_, a), (_, b)| a == b) {
        let size = group.len() as f64;
        let shared = placed.len() as f64 + 0.5 * (size + 1.0);
        ties += size * size * size - size;
        placed.extend(group.iter().map(|&(position, _)| (position, shared)));
    }
    placed.sort_unstable_by_key(|&(position, _)| position);
    Ranking { ranks: placed.into_iter().map(|(_, rank)| rank).collect(), ties }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_their_ranks() {
        let Ranking { ranks, ties } = rank(&[3.0, 1.0, 3.0, 0.0, -0.0, 3.0]);
        assert_eq!(ranks, [5.0, 3.0, 5.0, 1.5, 1.5, 5.0]);
        assert_eq!(ties, 24.0 + 6.0);
    }

    #[test]
    fn nothing_has_no_ranks() {
        assert!(rank(&[]).ranks.is_empty());
    }
}
