//! Effect sizes: a difference in units of the spread.

use statrs::function::gamma::ln_gamma;

use super::moments::{Moments, differences};
use super::ttest::pooled_deviation;

/// From here on the difference of two logarithms of Γ loses more digits than the series leaves out.
const LARGE: f64 = 1000.0;

/// Cohen's d: candidate minus baseline, in pooled standard deviations of the single values. At least two values a side;
/// `None` below that, where a value is not finite, and where neither side varies.
///
/// Source: J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), 2.2 and 2.5.
pub fn cohens_d(base: &[f64], candidate: &[f64]) -> Option<f64> {
    let (base, candidate) = (Moments::of(base).ok()?, Moments::of(candidate).ok()?);
    finite(candidate.above(&base) / pooled_deviation(&base, &candidate))
}

/// Hedges' g: [`cohens_d`] without its bias in small samples, by the exact correction. `None` as there.
///
/// Source: L. Hedges, Distribution theory for Glass's estimator of effect size and related estimators, Journal of Educational
/// Statistics 6 (1981) 107–128.
pub fn hedges_g(base: &[f64], candidate: &[f64]) -> Option<f64> {
    let df = (base.len() + candidate.len()).checked_sub(2)? as f64;
    Some(cohens_d(base, candidate)? * small_sample_correction(df))
}

/// Cohen's d_z for pairs: the mean of candidate minus baseline, pair by pair, in standard deviations of those differences.
/// Sides of one length, at least two; `None` otherwise, where a value is not finite, and where the differences are equal, or
/// only rounding sets them apart.
///
/// Source: J. Cohen, as for [`cohens_d`], 2.3.
pub fn cohens_dz(base: &[f64], candidate: &[f64]) -> Option<f64> {
    let moments = Moments::of(&differences(base, candidate).ok()?).ok()?;
    finite((moments.mean + moments.rest) / moments.standard_deviation)
}

/// Hedges' J: Γ(m/2) / (√(m/2) · Γ((m − 1)/2)) for m ≥ 2 degrees of freedom.
fn small_sample_correction(df: f64) -> f64 {
    let half = 0.5 * df;
    if df < LARGE {
        return (ln_gamma(half) - ln_gamma(half - 0.5)).exp() / half.sqrt();
    }
    // DLMF 5.11.13 for a ratio of Γ functions; the next term is below 1e-13.
    let inverse = 1.0 / half;
    1.0 - inverse * (3.0 / 8.0 + inverse * (7.0 / 128.0 + inverse * (9.0 / 1024.0)))
}

fn finite(effect: f64) -> Option<f64> {
    effect.is_finite().then_some(effect)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_spread_there_is_no_effect_size() {
        assert_eq!(cohens_d(&[1.0, 1.0], &[2.0, 2.0]), None);
        assert_eq!(hedges_g(&[1.0, 1.0], &[1.0, 1.0]), None);
        assert_eq!(cohens_dz(&[1.0, 2.0], &[2.0, 3.0]), None);
        assert_eq!(hedges_g(&[], &[1.0]), None);
    }

    #[test]
    fn the_sign_is_that_of_the_change() {
        let (base, candidate) = ([1.0, 2.0, 3.0], [4.0, 5.0, 6.5]);
        assert!(cohens_d(&base, &candidate).unwrap() > 0.0);
        assert!(hedges_g(&candidate, &base).unwrap() < 0.0);
        assert!(cohens_dz(&base, &candidate).unwrap() > 0.0);
    }

    #[test]
    fn the_series_continues_the_gamma_functions() {
        let half = 0.5 * LARGE;
        let exact = (ln_gamma(half) - ln_gamma(half - 0.5)).exp() / half.sqrt();
        assert!((small_sample_correction(LARGE) - exact).abs() < 1e-11);
        assert!((small_sample_correction(2.0) - 1.0 / std::f64::consts::PI.sqrt()).abs() < 1e-14);
    }
}
