//! The test of Mann and Whitney of independent sides.

use super::degenerate::Degenerate;
use super::normal;
use super::ranking::{NullDistribution, rank};

/// Arrangements are counted while the smaller side has at most this many values …
const MOST_EXACT_SMALLER: usize = 8;

/// … and the larger this many: 8 among 100,000 have 2.5 · 10³⁵ arrangements, and the counter ends at 1.7 · 10³⁸.
const MOST_EXACT_LARGER: usize = 100_000;

/// What the test says. No unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannWhitney {
    /// U: the number of ways to take one value of each side so that the candidate's is larger; a tie counts half.
    pub statistic: f64,
    /// The statistic over the number of all such ways: the chance that a value of the candidate is the larger one.
    pub superiority: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Exact without ties while a side has at most 8 values; normal otherwise, with a continuity correction.
    pub method: NullDistribution,
}

/// Whether values of the candidate tend to be larger or smaller than those of the baseline.
///
/// At least one value a side. Fails with `TooFewValues`, `NotFinite`, and `NoVariance` where all values of both sides are equal.
///
/// Source: H. Mann, D. Whitney, On a test of whether one of two random variables is stochastically larger than the other, Annals
/// of Mathematical Statistics 18 (1947) 50–60.
pub fn mann_whitney_u(base: &[f64], candidate: &[f64]) -> Result<MannWhitney, Degenerate> {
    let (smaller, larger) = (base.len().min(candidate.len()), base.len().max(candidate.len()));
    if smaller == 0 {
        return Err(Degenerate::TooFewValues { values: 0 });
    }
    let all = [candidate, base].concat();
    if all.iter().any(|value| !value.is_finite()) {
        return Err(Degenerate::NotFinite);
    }
    let ranking = rank(&all);
    let n = candidate.len() as f64;
    let ranks: f64 = ranking.ranks.iter().take(candidate.len()).sum();
    let statistic = ranks - 0.5 * n * (n + 1.0);
    let ways = n * base.len() as f64;
    let extreme = statistic.max(ways - statistic);
    let total = all.len() as f64;
    let variance = ways / 12.0 * ((total + 1.0) - ranking.ties / (total * (total - 1.0)));
    if all.iter().all(|value| Some(value) == all.first()) {
        return Err(Degenerate::NoVariance { difference: 0.0 });
    }
    let countable = smaller <= MOST_EXACT_SMALLER && larger <= MOST_EXACT_LARGER;
    let (p_value, method) = if countable && ranking.ties == 0.0 {
        (exact(smaller, larger, ways - extreme), NullDistribution::Exact)
    } else {
        // Half a step less far out; at the centre that would be beyond it, where the probability is 1.
        let z = (extreme - 0.5 * ways - 0.5).max(0.0) / variance.sqrt();
        (normal::two_sided_p(z), NullDistribution::Normal)
    };
    Ok(MannWhitney { statistic, superiority: statistic / ways, p_value, method })
}

/// Twice the share of all arrangements of `smaller` among `larger` values in which U is at most `u`.
fn exact(smaller: usize, larger: usize, u: f64) -> f64 {
    // The number of arrangements for each U: the coefficients of the Gaussian binomial, Π (1 − qˡ⁺ⁱ) / (1 − qⁱ).
    let mut ways = vec![0_i128; smaller * larger + 1];
    if let Some(none) = ways.first_mut() {
        *none = 1;
    }
    for i in 1..=smaller {
        let shifted = std::iter::repeat_n(0, larger + i).chain(ways.iter().copied());
        let mut quotient: Vec<i128> = ways.iter().zip(shifted).map(|(way, shifted)| way - shifted).collect();
        for offset in 0..i {
            let mut running = 0;
            for way in quotient.iter_mut().skip(offset).step_by(i) {
                running += *way;
                *way = running;
            }
        }
        ways = quotient;
    }
    let at_most: i128 = ways.iter().take(u as usize + 1).sum();
    let all: i128 = ways.iter().sum();
    (2.0 * at_most as f64 / all as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_above_three_are_two_in_twenty() {
        let test = mann_whitney_u(&[1.0, 2.0, 3.0], &[4.0, 5.0, 6.0]).unwrap();
        assert_eq!((test.statistic, test.superiority), (9.0, 1.0));
        assert_eq!((test.p_value, test.method), (0.1, NullDistribution::Exact));
    }

    #[test]
    fn one_among_many_is_counted() {
        let many: Vec<f64> = (0..1999).map(f64::from).collect();
        let test = mann_whitney_u(&many, &[5000.0]).unwrap();
        assert!((test.p_value - 2.0 / 2000.0).abs() < 1e-15);
    }

    #[test]
    fn the_largest_count_does_not_overflow() {
        let p = exact(MOST_EXACT_SMALLER, MOST_EXACT_LARGER, 0.5 * (MOST_EXACT_SMALLER * MOST_EXACT_LARGER) as f64);
        assert_eq!(p, 1.0);
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        assert_eq!(mann_whitney_u(&[], &[1.0]), Err(Degenerate::TooFewValues { values: 0 }));
        assert_eq!(mann_whitney_u(&[f64::NAN], &[1.0]), Err(Degenerate::NotFinite));
        assert_eq!(mann_whitney_u(&[1.0, 1.0], &[1.0]), Err(Degenerate::NoVariance { difference: 0.0 }));
    }
}
