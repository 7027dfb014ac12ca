//! What the t-tests need to know about a set of values: how many, where, how spread.

use super::degenerate::Degenerate;
use super::sum::{mean, mean_and_rest, sum};

/// Count, mean and standard deviation of at least two finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Moments {
    /// At least 2.
    pub count: usize,
    /// In the unit of the values.
    pub mean: f64,
    /// The part of the true mean that is too small for `mean` to hold. Small differences of large means need it.
    pub rest: f64,
    /// With divisor n − 1, in the unit of the values. Exactly 0 where all values are equal, and only there.
    pub standard_deviation: f64,
}

impl Moments {
    /// The moments of `values`.
    ///
    /// Fails with `TooFewValues` below two, and with `NotFinite`. Deviations are divided by the largest of them before they
    /// are squared, so that no unit is too small or too large.
    pub fn of(values: &[f64]) -> Result<Self, Degenerate> {
        let [first, _, ..] = values else { return Err(Degenerate::TooFewValues { values: values.len() }) };
        if values.iter().any(|value| !value.is_finite()) {
            return Err(Degenerate::NotFinite);
        }
        let count = values.len();
        if values.iter().all(|value| value == first) {
            return Ok(Self { count, mean: *first, rest: 0.0, standard_deviation: 0.0 });
        }
        let (mean, rest) = mean_and_rest(values);
        let deviation = |value: &f64| (value - mean) - rest;
        let scale = values.iter().map(|value| deviation(value).abs()).fold(0.0, f64::max);
        let squares = sum(values.iter().map(|value| (deviation(value) / scale).powi(2)));
        let standard_deviation = scale * (squares / (count - 1) as f64).sqrt();
        if !standard_deviation.is_finite() {
            return Err(Degenerate::NotFinite);
        }
        Ok(Self { count, mean, rest, standard_deviation })
    }

    /// The standard error of the mean, in the unit of the values.
    pub fn standard_error(&self) -> f64 {
        self.standard_deviation / (self.count as f64).sqrt()
    }

    /// The degrees of freedom of the variance: n − 1.
    pub fn degrees_of_freedom(&self) -> f64 {
        (self.count - 1) as f64
    }

    /// How far this mean lies above that of `base`, in the unit of the values.
    pub fn above(&self, base: &Self) -> f64 {
        (self.mean - base.mean) + (self.rest - base.rest)
    }
}

/// Candidate minus baseline, pair by pair.
///
/// Fails with `UnequalLengths`, `TooFewValues` (below two pairs), `NotFinite`, and with `NoVariance` where the differences are
/// equal but for the rounding of the values they come from: 4 ε times the largest value bounds what rounding alone can make.
/// Without that bound a difference that is the same in every pair would come out as significant as numbers can say.
pub(super) fn differences(base: &[f64], candidate: &[f64]) -> Result<Vec<f64>, Degenerate> {
    if base.len() != candidate.len() {
        return Err(Degenerate::UnequalLengths { base: base.len(), candidate: candidate.len() });
    }
    let differences: Vec<f64> = base.iter().zip(candidate).map(|(base, candidate)| candidate - base).collect();
    Moments::of(&differences)?;
    let largest = base.iter().chain(candidate).fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let lowest = differences.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = differences.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if highest - lowest <= 4.0 * f64::EPSILON * largest {
        return Err(Degenerate::NoVariance { difference: mean(&differences) });
    }
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spread_is_zero_only_for_equal_values() {
        assert_eq!(Moments::of(&[0.1, 0.1, 0.1]).unwrap().standard_deviation, 0.0);
        assert!(Moments::of(&[1e-320, 2e-320]).unwrap().standard_deviation > 0.0);
        assert!(Moments::of(&[1e300, 1.000_000_1e300]).unwrap().standard_deviation.is_finite());
    }

    #[test]
    fn values_that_cannot_be_used_are_named() {
        assert_eq!(Moments::of(&[1.0]), Err(Degenerate::TooFewValues { values: 1 }));
        assert_eq!(Moments::of(&[1.0, f64::NAN]), Err(Degenerate::NotFinite));
        assert_eq!(Moments::of(&[f64::MAX, -f64::MAX]), Err(Degenerate::NotFinite));
    }

    #[test]
    fn differences_that_only_rounding_sets_apart_are_equal() {
        let base: Vec<f64> = [100.0_f64, 200.0, 300.0, 700.0].map(f64::ln).to_vec();
        let candidate: Vec<f64> = [110.0_f64, 220.0, 330.0, 770.0].map(f64::ln).to_vec();
        let Err(Degenerate::NoVariance { difference }) = differences(&base, &candidate) else { panic!() };
        assert!((difference - 1.1_f64.ln()).abs() < 1e-15);
        assert!(differences(&[1e9, 2e9], &[1e9 + 1.0, 2e9 + 2.0]).is_ok());
    }
}
