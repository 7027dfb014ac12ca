//! Whether values go up or down in the order in which they came.

use super::degenerate::Degenerate;
use super::descriptive::median;
use super::normal;
use super::ranking::{NullDistribution, rank};

/// With more values than this the normal distribution is close enough.
const MOST_EXACT: usize = 50;

/// What the test for a trend says. No unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MannKendall {
    /// Pairs in which the later value is the larger one, less those in which it is the smaller one.
    pub statistic: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Exact up to 50 values that are all different; normal otherwise, corrected for ties, without a continuity correction.
    pub method: NullDistribution,
}

/// Whether values tend to rise, or to fall, in their order: Kendall's rank correlation with the time, whatever the form of the
/// trend.
///
/// Fails with `TooFewValues` below two, with `NotFinite`, and with `NoVariance` where all values are equal.
///
/// Source: H. Mann, Nonparametric tests against trend, Econometrica 13 (1945) 245–259; M. Kendall, Rank correlation methods
/// (1948), for the exact distribution and the variance with ties.
pub fn mann_kendall(values: &[f64]) -> Result<MannKendall, Degenerate> {
    let [first, _, ..] = values else { return Err(Degenerate::TooFewValues { values: values.len() }) };
    if values.iter().any(|value| !value.is_finite()) {
        return Err(Degenerate::NotFinite);
    }
    if values.iter().all(|value| value == first) {
        return Err(Degenerate::NoVariance { difference: 0.0 });
    }
    let statistic: f64 = pairs(values).map(|(_, earlier, later)| step(later - earlier)).sum();
    let n = values.len() as f64;
    let has_ties = rank(values).ties > 0.0;
    let (p_value, method) = if has_ties || values.len() > MOST_EXACT {
        let variance = (n * (n - 1.0) * (2.0 * n + 5.0) - ties(values)) / 18.0;
        (normal::two_sided_p(statistic / variance.sqrt()), NullDistribution::Normal)
    } else {
        // As many pairs are out of order, on the rarer side.
        let rarer = (0.5 * n * (n - 1.0) - statistic.abs()) / 2.0;
        (exact(values.len(), rarer.round() as usize), NullDistribution::Exact)
    };
    Ok(MannKendall { statistic, p_value, method })
}

fn step(difference: f64) -> f64 {
    if difference == 0.0 { 0.0 } else { difference.signum() }
}

/// Σ t (t − 1)(2t + 5) over the groups of t equal values.
fn ties(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let groups = sorted.chunk_by(|a, b| a == b).map(|group| group.len() as f64);
    groups.map(|t| t * (t - 1.0) * (2.0 * t + 5.0)).sum()
}

/// Twice the share of the n! orders in which at most `inversions` pairs are out of order; 1 at most.
fn exact(n: usize, inversions: usize) -> f64 {
    // share[k]: of the orders of the values seen so far, the share with k pairs out of order. Putting in the next value adds
    // 0 to `seen` of them, each as likely.
    let mut share = vec![1.0_f64];
    for seen in 1..n {
        let mut next = vec![0.0; share.len() + seen];
        for (k, part) in share.iter().enumerate() {
            for place in next.iter_mut().skip(k).take(seen + 1) {
                *place += part / (seen + 1) as f64;
            }
        }
        share = next;
    }
    (2.0 * share.iter().take(inversions + 1).sum::<f64>()).min(1.0)
}

/// The trend of values in their order: the median of the slopes of all pairs, in their unit, per step. One wild value in four
/// leaves it where it is.
///
/// `None` for fewer than two values, and where a slope is not finite. Its work grows with the square of the number of values.
///
/// Source: P. Sen, Estimates of the regression coefficient based on Kendall's tau, Journal of the American Statistical
/// Association 63 (1968) 1379–1389.
pub fn theil_sen(values: &[f64]) -> Option<f64> {
    let slopes: Vec<f64> = pairs(values).map(|(steps, earlier, later)| (later - earlier) / steps).collect();
    let slope = if slopes.iter().all(|slope| slope.is_finite()) { median(&slopes) } else { f64::NAN };
    slope.is_finite().then_some(slope)
}

/// Every pair of values, with how many steps lie between.
fn pairs(values: &[f64]) -> impl Iterator<Item = (f64, f64, f64)> {
    values.iter().enumerate().flat_map(move |(place, &earlier)| {
        let later = values.iter().skip(place + 1);
        later.enumerate().map(move |(steps, &later)| ((steps + 1) as f64, earlier, later))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_rising_values_are_two_orders_of_a_hundred_and_twenty() {
        let test = mann_kendall(&[1.0, 2.0, 3.0, 7.0, 9.0]).unwrap();
        assert_eq!((test.statistic, test.method), (10.0, NullDistribution::Exact));
        assert!((test.p_value - 2.0 / 120.0).abs() < 1e-15);
        assert_eq!(mann_kendall(&[9.0, 7.0, 3.0, 2.0, 1.0]).unwrap().statistic, -10.0);
    }

    #[test]
    fn values_in_balance_have_no_trend() {
        let test = mann_kendall(&[2.0, 4.0, 1.0, 3.0]).unwrap();
        assert_eq!((test.statistic, test.p_value), (0.0, 1.0));
        assert_eq!(theil_sen(&[1.0, 2.0, 2.0, 1.0]), Some(0.0));
    }

    #[test]
    fn one_wild_value_does_not_bend_the_slope() {
        let mut values: Vec<f64> = (0..12).map(|step| 10.0 + 0.5 * f64::from(step)).collect();
        values[4] = 1e9;
        assert_eq!(theil_sen(&values), Some(0.5));
    }

    #[test]
    fn what_has_no_trend_to_speak_of_is_refused() {
        assert_eq!(mann_kendall(&[1.0]), Err(Degenerate::TooFewValues { values: 1 }));
        assert_eq!(mann_kendall(&[1.0, f64::NAN]), Err(Degenerate::NotFinite));
        assert_eq!(mann_kendall(&[0.0, -0.0]), Err(Degenerate::NoVariance { difference: 0.0 }));
        assert_eq!(theil_sen(&[1.0]), None);
        assert_eq!(theil_sen(&[1.0, f64::INFINITY]), None);
    }
}
