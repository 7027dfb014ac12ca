//! Wilcoxon's signed-rank test of pairs.

use super::degenerate::Degenerate;
use super::normal;
use super::ranking::{NullDistribution, rank};

/// With more pairs than this the normal distribution is close enough.
const MOST_EXACT: usize = 50;

/// What the signed-rank test says. No unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignedRank {
    /// The sum of the ranks of the pairs in which the candidate is larger.
    pub positive: f64,
    /// The sum of the ranks of the pairs in which it is smaller.
    pub negative: f64,
    /// The number of pairs that differ; the others have no part in the test.
    pub pairs: usize,
    /// Two-sided.
    pub p_value: f64,
    /// Exact up to 50 pairs that all differ, and by different amounts; normal otherwise, without a continuity correction.
    pub method: NullDistribution,
}

/// Whether candidate minus baseline, pair by pair, is symmetric about 0.
///
/// Both sides have the same number of values. Pairs without a difference are left out. Fails with `UnequalLengths`,
/// `NotFinite`, `TooFewValues` (no pairs at all), and with `NoVariance` where no pair differs.
///
/// Source: F. Wilcoxon, Individual comparisons by ranking methods, Biometrics Bulletin 1 (1945) 80–83; the variance with ties:
/// M. Hollander, D. Wolfe, Nonparametric Statistical Methods, 2nd ed. (1999), 3.1.
pub fn wilcoxon_signed_rank(base: &[f64], candidate: &[f64]) -> Result<SignedRank, Degenerate> {
    if base.len() != candidate.len() {
        return Err(Degenerate::UnequalLengths { base: base.len(), candidate: candidate.len() });
    }
    if base.is_empty() {
        return Err(Degenerate::TooFewValues { values: 0 });
    }
    let all: Vec<f64> = base.iter().zip(candidate).map(|(base, candidate)| candidate - base).collect();
    if all.iter().any(|difference| !difference.is_finite()) {
        return Err(Degenerate::NotFinite);
    }
    let differences: Vec<f64> = all.iter().copied().filter(|&difference| difference != 0.0).collect();
    let pairs = differences.len();
    if pairs == 0 {
        return Err(Degenerate::NoVariance { difference: 0.0 });
    }
    let sizes: Vec<f64> = differences.iter().map(|difference| difference.abs()).collect();
    let ranking = rank(&sizes);
    let positive: f64 = differences.iter().zip(&ranking.ranks).filter(|(d, _)| **d > 0.0).map(|(_, rank)| rank).sum();
    let n = pairs as f64;
    let negative = 0.5 * n * (n + 1.0) - positive;
    let whole = all.len() == pairs && ranking.ties == 0.0;
    let (p_value, method) = if whole && pairs <= MOST_EXACT {
        (exact(pairs, positive.min(negative)), NullDistribution::Exact)
    } else {
        let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - 0.5 * ranking.ties) / 24.0;
        let z = 0.5 * (positive - negative) / variance.sqrt();
        (normal::two_sided_p(z), NullDistribution::Normal)
    };
    Ok(SignedRank { positive, negative, pairs, p_value, method })
}

/// Twice the share of the 2ⁿ ways to sign the ranks 1 to n in which the positive ones sum to at most `smaller`.
fn exact(n: usize, smaller: f64) -> f64 {
    let highest = n * (n + 1) / 2;
    // ways[s]: the ways to choose some of the ranks seen so far that sum to s. All are below 2⁵³, so nothing is rounded.
    let mut ways = vec![0.0_f64; highest + 1];
    if let Some(none) = ways.first_mut() {
        *none = 1.0;
    }
    for rank in 1..=n {
        let with_rank = std::iter::repeat_n(0.0, rank).chain(ways.iter().copied());
        ways = ways.iter().zip(with_rank).map(|(without, with)| without + with).collect();
    }
    let at_most: f64 = ways.iter().take(smaller as usize + 1).sum();
    (2.0 * at_most / 2.0_f64.powi(n as i32)).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_pairs_of_one_sign_are_two_in_sixty_four() {
        let test = wilcoxon_signed_rank(&[0.0; 6], &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).unwrap();
        assert_eq!((test.positive, test.negative, test.pairs), (21.0, 0.0, 6));
        assert_eq!((test.p_value, test.method), (2.0 / 64.0, NullDistribution::Exact));
    }

    #[test]
    fn pairs_without_a_difference_are_left_out() {
        let test = wilcoxon_signed_rank(&[0.0; 4], &[0.0, -1.0, 2.0, 3.0]).unwrap();
        assert_eq!((test.pairs, test.method), (3, NullDistribution::Normal));
        assert_eq!(wilcoxon_signed_rank(&[1.0, 2.0], &[1.0, 2.0]), Err(Degenerate::NoVariance { difference: 0.0 }));
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        assert_eq!(wilcoxon_signed_rank(&[], &[]), Err(Degenerate::TooFewValues { values: 0 }));
        assert_eq!(wilcoxon_signed_rank(&[1.0], &[f64::INFINITY]), Err(Degenerate::NotFinite));
        let lengths = Degenerate::UnequalLengths { base: 1, candidate: 0 };
        assert_eq!(wilcoxon_signed_rank(&[1.0], &[]), Err(lengths));
    }
}
