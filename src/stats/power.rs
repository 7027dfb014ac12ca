//! What a t-test can see, and how many values it takes to see it.

use super::student;

/// The smallest true difference that a two-sided t-test at level `alpha` finds with probability `power`, in the unit of
/// `standard_error`: (t(1 − α/2) + t(power)) · standard error, with `df` degrees of freedom.
///
/// NaN where `alpha` or `power` is outside [0, 1], or `df` is not positive. Infinite where no difference is large enough.
///
/// Source: H. Bloom, Minimum detectable effects, Evaluation Review 19 (1995) 547–556.
pub fn minimum_detectable_difference(standard_error: f64, df: f64, alpha: f64, power: f64) -> f64 {
    (student::critical(alpha, df) + student::quantile(power, df)) * standard_error
}

/// The smallest number of values a side, the same on both, from which on Welch's test finds `difference`: its
/// [`minimum_detectable_difference`] is no larger than that.
///
/// `variances` are the sample variances of the two sides, in the square of the unit of `difference`. `None` where more than
/// `most` would be needed, and for input that asks no question: a difference that is not positive, a negative variance,
/// `alpha` outside (0, 1), `power` outside [0.5, 1), NaN.
pub fn replicates_needed(variances: [f64; 2], difference: f64, alpha: f64, power: f64, most: u64) -> Option<u64> {
    let [base, candidate] = variances;
    let total = base + candidate;
    let largest = base.max(candidate);
    if !(base >= 0.0 && candidate >= 0.0 && total.is_finite()) {
        return None;
    }
    // Satterthwaite's degrees of freedom are n − 1, times this number between 1 and 2.
    let sides = if largest > 0.0 {
        let (a, b) = (base / largest, candidate / largest);
        (a + b).powi(2) / (a * a + b * b)
    } else {
        2.0
    };
    fewest(total, sides, difference, alpha, power, most)
}

/// The smallest number of pairs from which on the paired test finds `difference`. `variance` is the sample variance of the
/// differences between the pairs; otherwise as [`replicates_needed`].
pub fn pairs_needed(variance: f64, difference: f64, alpha: f64, power: f64, most: u64) -> Option<u64> {
    fewest(variance, 1.0, difference, alpha, power, most)
}

/// The smallest n from 2 to `most` at which a standard error of √(variance / n) with (n − 1) · `sides` degrees of freedom
/// shows `difference`.
fn fewest(variance: f64, sides: f64, difference: f64, alpha: f64, power: f64, most: u64) -> Option<u64> {
    let answerable = (0.0..f64::INFINITY).contains(&variance)
        && difference > 0.0
        && (alpha > 0.0 && alpha < 1.0)
        && (0.5..1.0).contains(&power);
    if !answerable {
        return None;
    }
    let shows = |n: u64| {
        let standard_error = (variance / n as f64).sqrt();
        minimum_detectable_difference(standard_error, (n - 1) as f64 * sides, alpha, power) <= difference
    };
    // With more values the error shrinks and the degrees of freedom grow: once shown, always shown.
    let (mut too_few, mut enough) = (1_u64, 2_u64);
    while enough <= most && !shows(enough) {
        too_few = enough;
        enough = enough.saturating_mul(2);
        if enough > most && too_few < most {
            enough = most;
        }
    }
    if enough > most || too_few == most {
        return None;
    }
    while enough - too_few > 1 {
        let middle = too_few + (enough - too_few) / 2;
        if shows(middle) {
            enough = middle;
        } else {
            too_few = middle;
        }
    }
    Some(enough)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_the_first_that_suffices() {
        let shown = |n: u64| {
            let standard_error = (5.0 / n as f64).sqrt();
            let df = (n - 1) as f64 * 25.0 / 17.0;
            minimum_detectable_difference(standard_error, df, 0.05, 0.8) <= 0.7
        };
        let n = replicates_needed([1.0, 4.0], 0.7, 0.05, 0.8, 1_000_000).unwrap();
        assert!(shown(n) && !shown(n - 1), "{n}");
    }

    #[test]
    fn the_most_that_is_allowed_is_kept() {
        let needed = replicates_needed([1.0, 1.0], 0.1, 0.05, 0.8, u64::MAX).unwrap();
        assert_eq!(replicates_needed([1.0, 1.0], 0.1, 0.05, 0.8, needed), Some(needed));
        assert_eq!(replicates_needed([1.0, 1.0], 0.1, 0.05, 0.8, needed - 1), None);
        assert_eq!(pairs_needed(1.0, 1e-12, 0.05, 0.8, 1_000_000), None);
        assert_eq!(pairs_needed(1.0, 1e9, 0.05, 0.8, 1), None);
        assert_eq!(pairs_needed(1.0, 1e9, 0.05, 0.8, 2), Some(2));
    }

    #[test]
    fn without_variance_two_values_show_everything() {
        assert_eq!(replicates_needed([0.0, 0.0], 1e-9, 0.05, 0.8, 10), Some(2));
        assert_eq!(pairs_needed(0.0, 1e-9, 0.05, 0.8, 10), Some(2));
    }

    #[test]
    fn nonsense_has_no_answer() {
        assert_eq!(replicates_needed([-1.0, 1.0], 1.0, 0.05, 0.8, 10), None);
        assert_eq!(replicates_needed([1.0, f64::NAN], 1.0, 0.05, 0.8, 10), None);
        assert_eq!(pairs_needed(1.0, 0.0, 0.05, 0.8, 10), None);
        assert_eq!(pairs_needed(1.0, 1.0, 0.0, 0.8, 10), None);
        assert_eq!(pairs_needed(1.0, 1.0, 0.05, 1.0, 10), None);
        assert!(minimum_detectable_difference(1.0, 3.0, 1.5, 0.8).is_nan());
    }
}
