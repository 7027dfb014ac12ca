//! t-tests of trimmed means: a few wild values on either end have no part in the estimate.

use super::degenerate::Degenerate;
use super::moments::{Moments, differences};
use super::normal;
use super::sum::mean;
use super::ttest::{TTest, one_sample_of, welch_of};

/// The share of the values that is left out at each end: at least 0 and below one half.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Trim(f64);

impl Trim {
    /// `None` outside [0, 0.5).
    pub fn new(share: f64) -> Option<Self> {
        (0.0..0.5).contains(&share).then_some(Self(share))
    }

    /// The share at each end.
    pub fn share(self) -> f64 {
        self.0
    }

    /// How many of `count` values are left out at each end: rounded down.
    fn cut(self, count: usize) -> usize {
        (self.0 * count as f64) as usize
    }
}

/// The mean of the values between the ends, in their unit. `values` may be in any order. NaN for no values, and where a value is
/// NaN.
pub fn trimmed_mean(values: &[f64], trim: Trim) -> f64 {
    if values.iter().any(|value| value.is_nan()) {
        return f64::NAN;
    }
    let sorted = ascending(values);
    mean(between(&sorted, trim.cut(values.len())))
}

/// Yuen's test of independent sides: Welch's test of the trimmed means, with variances from winsorised values.
///
/// Shapes and failures as for [`welch`](super::welch), with `TooFewValues` where trimming leaves fewer than two values. Without
/// trimming it is Welch's test.
///
/// Source: K. Yuen, The two-sample trimmed t for unequal population variances, Biometrika 61 (1974) 165–170.
pub fn yuen_welch(base: &[f64], candidate: &[f64], trim: Trim) -> Result<TTest, Degenerate> {
    welch_of(&trimmed_moments(base, trim)?, &trimmed_moments(candidate, trim)?)
}

/// The trimmed test of pairs: whether the trimmed mean of candidate minus baseline, pair by pair, is 0.
///
/// Of n pairs h are left after trimming; the standard error is √(S / (h (h − 1))) with S the sum of squares of the winsorised
/// differences about their mean, and the degrees of freedom are h − 1. Shapes and failures as for [`paired`](super::paired), with
/// `TooFewValues` where h < 2, and `NoVariance` where the differences between the ends are all equal. Without trimming it is the
/// paired test.
///
/// Sources: J. Tukey, D. McLaughlin, Less vulnerable confidence and significance procedures for location based on a single sample,
/// Sankhyā A 25 (1963) 331–352; the scale as in Yuen 1974.
pub fn yuen_paired(base: &[f64], candidate: &[f64], trim: Trim) -> Result<TTest, Degenerate> {
    one_sample_of(&trimmed_moments(&differences(base, candidate)?, trim)?, 0.0)
}

/// Which pairs trimming leaves: the positions of those whose difference lies between the ends, in ascending order of the
/// difference. Of pairs with equal differences the earlier counts as the smaller. Their mean difference is the estimate of
/// [`yuen_paired`].
pub fn middle_pairs(base: &[f64], candidate: &[f64], trim: Trim) -> Vec<usize> {
    let mut pairs: Vec<(f64, usize)> =
        base.iter().zip(candidate).map(|(b, c)| c - b).enumerate().map(|(position, d)| (d, position)).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let cut = trim.cut(pairs.len());
    let left = pairs.get(cut..pairs.len() - cut).unwrap_or(&[]);
    left.iter().map(|&(_, position)| position).collect()
}

/// The trimmed mean of the values with the spread that its standard error calls for: as many "values" as are left, and the
/// winsorised sum of squares over one less than that.
fn trimmed_moments(values: &[f64], trim: Trim) -> Result<Moments, Degenerate> {
    let [left, winsorised] = left_and_winsorised(values, trim)?;
    let inflation = (winsorised.degrees_of_freedom() / left.degrees_of_freedom()).sqrt();
    Ok(Moments { standard_deviation: winsorised.standard_deviation * inflation, ..left })
}

/// The moments of the values that trimming leaves, and of all of them, where those left out count as the nearest one that is not.
fn left_and_winsorised(values: &[f64], trim: Trim) -> Result<[Moments; 2], Degenerate> {
    let all = Moments::of(values)?;
    let sorted = ascending(values);
    let cut = trim.cut(all.count);
    let middle = between(&sorted, cut);
    let left = Moments::of(middle)?;
    let ends = [middle.first(), middle.last()].into_iter().flatten();
    let pulled_in = ends.flat_map(|&end| std::iter::repeat_n(end, cut));
    let winsorised: Vec<f64> = middle.iter().copied().chain(pulled_in).collect();
    Ok([left, Moments::of(&winsorised)?])
}

/// The robust effect size of pairs: the trimmed mean of candidate minus baseline, pair by pair, in winsorised standard deviations
/// of those differences, times the winsorised standard deviation of a standard normal distribution. So it estimates the same as
/// [`cohens_dz`](super::cohens_dz) where differences are normal, and a few wild pairs do not move it.
///
/// The factor is that of the share that is really left out at each end, ⌊trim · n⌋ / n: 0.642 for one fifth. Shapes as for
/// [`yuen_paired`]; `None` where that fails. Without trimming it is Cohen's d_z.
///
/// Source: J. Algina, H. Keselman, R. Penfield, Effect sizes and their intervals: the two-level repeated measures case,
/// Educational and Psychological Measurement 65 (2005) 241–258; the same authors for independent sides, Psychological Methods 10
/// (2005) 317–328.
pub fn trimmed_dz(base: &[f64], candidate: &[f64], trim: Trim) -> Option<f64> {
    let differences = differences(base, candidate).ok()?;
    let [left, winsorised] = left_and_winsorised(&differences, trim).ok()?;
    let share = trim.cut(differences.len()) as f64 / differences.len() as f64;
    let effect = (left.mean + left.rest) / winsorised.standard_deviation * normal_winsorised_deviation(share)?;
    effect.is_finite().then_some(effect)
}

/// The standard deviation of a standard normal variable of which this share at each end is pulled in to where the rest begins:
/// √(1 − 2γ − 2zφ(z) + 2γz²), where z is exceeded with probability γ.
fn normal_winsorised_deviation(share: f64) -> Option<f64> {
    if share == 0.0 {
        return Some(1.0);
    }
    let z = normal::critical(2.0 * share)?;
    let density = (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    Some((1.0 - 2.0 * share - 2.0 * z * density + 2.0 * share * z * z).sqrt())
}

fn ascending(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn between(sorted: &[f64], cut: usize) -> &[f64] {
    sorted.get(cut..sorted.len() - cut).unwrap_or(&[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::{paired, welch};

    const BASE: [f64; 6] = [1.0, 2.0, 4.0, 5.0, 7.5, 9.0];
    const CANDIDATE: [f64; 6] = [2.0, 2.5, 6.0, 4.0, 9.0, 12.0];

    #[test]
    fn a_trim_is_below_one_half() {
        assert!(Trim::new(0.5).is_none() && Trim::new(-0.1).is_none() && Trim::new(f64::NAN).is_none());
        assert_eq!(Trim::new(0.15).map(Trim::share), Some(0.15));
    }

    #[test]
    fn without_trimming_these_are_the_plain_tests() {
        let none = Trim::new(0.0).unwrap();
        assert_eq!(yuen_welch(&BASE, &CANDIDATE, none), welch(&BASE, &CANDIDATE));
        let (trimmed, plain) = (yuen_paired(&BASE, &CANDIDATE, none).unwrap(), paired(&BASE, &CANDIDATE).unwrap());
        assert!((trimmed.p_value - plain.p_value).abs() < 1e-15);
    }

    #[test]
    fn a_wild_value_leaves_the_estimate_alone() {
        let trim = Trim::new(0.2).unwrap();
        let mut wild = CANDIDATE;
        wild[5] = 1e12;
        let (calm, wild) = (yuen_welch(&BASE, &CANDIDATE, trim).unwrap(), yuen_welch(&BASE, &wild, trim).unwrap());
        assert_eq!(calm, wild);
        assert_eq!(trimmed_mean(&[1.0, 2.0, 3.0, 4.0, 1e9], trim), 3.0);
    }

    #[test]
    fn the_pairs_in_the_middle_carry_the_estimate() {
        let trim = Trim::new(0.2).unwrap();
        let kept = middle_pairs(&BASE, &CANDIDATE, trim);
        assert_eq!(kept, [1, 0, 4, 2], "the differences are 1, 0.5, 2, -1, 1.5, 3");
        let of = |side: &[f64]| kept.iter().map(|&pair| side[pair]).sum::<f64>() / kept.len() as f64;
        let estimate = yuen_paired(&BASE, &CANDIDATE, trim).unwrap().estimate;
        assert!((of(&CANDIDATE) - of(&BASE) - estimate).abs() < 1e-12);
    }

    #[test]
    fn the_robust_effect_size_has_the_factor_of_what_is_really_left_out() {
        let factor = |share| normal_winsorised_deviation(share).unwrap();
        assert!((factor(0.2) - 0.642).abs() < 5e-4, "{}", factor(0.2));
        assert_eq!(factor(0.0), 1.0);
        let trim = Trim::new(0.2).unwrap();
        // One of six is left out at each end. What is left has the mean 1; 0.5, 0.5, 1, 1.5, 2, 2 vary by 0.475.
        let expected = 1.25 / 0.475_f64.sqrt() * factor(1.0 / 6.0);
        let effect = trimmed_dz(&BASE, &CANDIDATE, trim).unwrap();
        assert!((effect - expected).abs() < 1e-12, "{effect} {expected}");
        let mut wild = CANDIDATE;
        wild[5] = 1e12;
        assert_eq!(trimmed_dz(&BASE, &wild, trim), Some(effect));
        let flat = [0.0, 5.0, 5.0, 5.0, 5.0, 9.0];
        assert_eq!(trimmed_dz(&[0.0; 6], &flat, trim), None);
    }

    #[test]
    fn what_trimming_leaves_must_vary() {
        let trim = Trim::new(0.34).unwrap();
        assert_eq!(yuen_welch(&[1.0, 2.0, 3.0], &BASE, trim), Err(Degenerate::TooFewValues { values: 1 }));
        let flat = [0.0, 5.0, 5.0, 5.0, 5.0, 9.0];
        assert_eq!(yuen_paired(&[0.0; 6], &flat, trim), Err(Degenerate::NoVariance { difference: 5.0 }));
    }
}
