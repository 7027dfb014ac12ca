//! t-tests of a difference in means: between independent sides, and between pairs.

use super::degenerate::Degenerate;
use super::moments::{Moments, differences};
use super::student;

/// What a t-test says. The unit is that of the values (for logarithms: of their difference).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TTest {
    /// The estimate over its standard error.
    pub statistic: f64,
    /// Of Student's t distribution; not always whole.
    pub degrees_of_freedom: f64,
    /// Two-sided.
    pub p_value: f64,
    /// Candidate minus baseline: the difference in (trimmed) means, or the mean of the differences.
    pub estimate: f64,
    /// Of the estimate; positive.
    pub standard_error: f64,
}

/// From `low` to `high`, both included.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

impl Interval {
    /// Whether `value` lies within.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

impl TTest {
    /// The test of an estimate by its standard error. `NoVariance` where that is 0.
    pub(super) fn new(estimate: f64, standard_error: f64, degrees_of_freedom: f64) -> Result<Self, Degenerate> {
        if !estimate.is_finite() || !standard_error.is_finite() {
            return Err(Degenerate::NotFinite);
        }
        if standard_error == 0.0 {
            return Err(Degenerate::NoVariance { difference: estimate });
        }
        let statistic = estimate / standard_error;
        let p_value = student::two_sided_p(statistic, degrees_of_freedom);
        Ok(Self { statistic, degrees_of_freedom, p_value, estimate, standard_error })
    }

    /// The interval that contains the true difference with probability `confidence`, such as 0.95: the estimate ± t · its
    /// standard error. At 0 and below it is the estimate, at 1 and above (and for NaN) it is everything.
    pub fn confidence_interval(&self, confidence: f64) -> Interval {
        let outside = if confidence < 1.0 { (1.0 - confidence).min(1.0) } else { 0.0 };
        let margin = student::critical(outside, self.degrees_of_freedom) * self.standard_error;
        Interval { low: self.estimate - margin, high: self.estimate + margin }
    }
}

/// Welch's test of independent sides, whose variances may differ.
///
/// Either side has at least two values; the lengths may differ. One side may be constant: the degrees of freedom are then
/// those of the other. Fails with `TooFewValues`, `NotFinite`, and `NoVariance` where both sides are constant.
///
/// Sources: B. Welch, Biometrika 34 (1947) 28–35; F. Satterthwaite, Biometrics Bulletin 2 (1946) 110–114.
pub fn welch(base: &[f64], candidate: &[f64]) -> Result<TTest, Degenerate> {
    welch_of(&Moments::of(base)?, &Moments::of(candidate)?)
}

/// Welch's test of two sides of which only the moments are known.
pub(super) fn welch_of(base: &Moments, candidate: &Moments) -> Result<TTest, Degenerate> {
    let standard_error = base.standard_error().hypot(candidate.standard_error());
    // Each side's share of the variance, so that nothing is squared that could leave the range of numbers.
    let share = |side: &Moments| (side.standard_error() / standard_error).powi(2);
    let term = |side: &Moments| share(side).powi(2) / side.degrees_of_freedom();
    TTest::new(candidate.above(base), standard_error, 1.0 / (term(base) + term(candidate)))
}

/// Student's test of independent sides that share one variance.
///
/// Shapes and failures as for [`welch`]; n₁ + n₂ − 2 degrees of freedom.
///
/// Source: Student, The probable error of a mean, Biometrika 6 (1908) 1–25, in R. Fisher's form of 1925.
pub fn pooled(base: &[f64], candidate: &[f64]) -> Result<TTest, Degenerate> {
    let (base, candidate) = (Moments::of(base)?, Moments::of(candidate)?);
    let per_value = (1.0 / base.count as f64 + 1.0 / candidate.count as f64).sqrt();
    let standard_error = pooled_deviation(&base, &candidate) * per_value;
    TTest::new(candidate.above(&base), standard_error, base.degrees_of_freedom() + candidate.degrees_of_freedom())
}

/// The standard deviation that both sides share, if they share one.
pub(super) fn pooled_deviation(base: &Moments, candidate: &Moments) -> f64 {
    let df = base.degrees_of_freedom() + candidate.degrees_of_freedom();
    let part = |side: &Moments| side.standard_deviation * (side.degrees_of_freedom() / df).sqrt();
    part(base).hypot(part(candidate))
}

/// The paired test: whether the mean of candidate minus baseline, pair by pair, is 0.
///
/// Both sides have the same number of values, at least two. Fails with `UnequalLengths`, `TooFewValues`, `NotFinite`, and
/// with `NoVariance` where every pair differs by the same amount, or by amounts that only rounding sets apart.
///
/// Source: Student, Biometrika 6 (1908) 1–25.
pub fn paired(base: &[f64], candidate: &[f64]) -> Result<TTest, Degenerate> {
    one_sample(&differences(base, candidate)?, 0.0)
}

/// The test whether the mean of `values` is `expected`; the estimate is the mean minus `expected`.
///
/// Fails with `TooFewValues` below two values, `NotFinite`, and `NoVariance` where all are equal.
///
/// Source: Student, Biometrika 6 (1908) 1–25.
pub fn one_sample(values: &[f64], expected: f64) -> Result<TTest, Degenerate> {
    one_sample_of(&Moments::of(values)?, expected)
}

/// The one-sample test of values of which only the moments are known.
pub(super) fn one_sample_of(moments: &Moments, expected: f64) -> Result<TTest, Degenerate> {
    let estimate = (moments.mean - expected) + moments.rest;
    TTest::new(estimate, moments.standard_error(), moments.degrees_of_freedom())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_carry_their_difference() {
        assert_eq!(welch(&[2.0, 2.0], &[2.5, 2.5, 2.5]), Err(Degenerate::NoVariance { difference: 0.5 }));
        assert_eq!(pooled(&[2.0, 2.0], &[2.0, 2.0]), Err(Degenerate::NoVariance { difference: 0.0 }));
        assert_eq!(paired(&[1.0, 2.0, 3.0], &[2.0, 3.0, 4.0]), Err(Degenerate::NoVariance { difference: 1.0 }));
        assert_eq!(one_sample(&[3.0, 3.0], 1.0), Err(Degenerate::NoVariance { difference: 2.0 }));
    }

    #[test]
    fn one_constant_side_leaves_the_degrees_of_freedom_of_the_other() {
        let test = welch(&[5.0, 5.0, 5.0], &[5.0, 6.0, 7.0, 8.0]).unwrap();
        assert_eq!(test.degrees_of_freedom, 3.0);
        assert_eq!(test.estimate, 1.5);
    }

    #[test]
    fn what_cannot_be_tested_is_refused() {
        assert_eq!(welch(&[1.0], &[1.0, 2.0]), Err(Degenerate::TooFewValues { values: 1 }));
        assert_eq!(welch(&[1.0, f64::NAN], &[1.0, 2.0]), Err(Degenerate::NotFinite));
        assert_eq!(paired(&[1.0], &[1.0, 2.0]), Err(Degenerate::UnequalLengths { base: 1, candidate: 2 }));
        assert_eq!(one_sample(&[1.0, 2.0], f64::INFINITY), Err(Degenerate::NotFinite));
    }

    #[test]
    fn no_unit_is_too_small_or_too_large() {
        let values = |unit: f64| ([1.0 * unit, 2.0 * unit, 4.0 * unit], [3.0 * unit, 5.0 * unit, 5.5 * unit]);
        let (base, candidate) = values(1.0);
        let one = welch(&base, &candidate).unwrap();
        for unit in [1e-300, 1e-200, 1e200, 1e300] {
            let (base, candidate) = values(unit);
            let other = welch(&base, &candidate).unwrap();
            assert!((one.statistic - other.statistic).abs() < 1e-12, "{unit}");
            assert!((one.degrees_of_freedom - other.degrees_of_freedom).abs() < 1e-12, "{unit}");
        }
    }

    #[test]
    fn an_interval_grows_with_confidence() {
        let test = paired(&[1.0, 2.0, 4.0], &[3.0, 5.0, 5.5]).unwrap();
        let (narrow, wide) = (test.confidence_interval(0.5), test.confidence_interval(0.99));
        assert!(wide.low < narrow.low && narrow.high < wide.high);
        assert!(narrow.contains(test.estimate) && !narrow.contains(wide.high));
        assert_eq!(test.confidence_interval(0.0), Interval { low: test.estimate, high: test.estimate });
        assert_eq!(test.confidence_interval(1.0), Interval { low: f64::NEG_INFINITY, high: f64::INFINITY });
        assert_eq!(test.confidence_interval(f64::NAN), test.confidence_interval(1.0));
    }
}
