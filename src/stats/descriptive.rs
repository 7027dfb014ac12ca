//! Locations and spreads of one set of values.

use super::moments::Moments;

/// The sample variance (divisor n − 1), in the square of the values' unit. `None` for fewer than two values, and where a
/// value is not finite. Equal values have a variance of exactly 0.
///
/// Two passes, the first of which finds the mean to twice the usual digits. Why two: T. Chan, G. Golub, R. LeVeque, Algorithms
/// for computing the sample variance, The American Statistician 37 (1983) 242–247.
pub fn variance(values: &[f64]) -> Option<f64> {
    standard_deviation(values).map(|deviation| deviation * deviation)
}

/// The square root of the sample [`variance`], in the values' unit. `None` as there.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    Moments::of(values).ok().map(|moments| moments.standard_deviation)
}

/// The standard deviation over the size of the mean: a number without a unit. `None` for fewer than two values, where a value
/// is not finite, and where the mean is 0.
pub fn coefficient_of_variation(values: &[f64]) -> Option<f64> {
    let moments = Moments::of(values).ok()?;
    let ratio = moments.standard_deviation / moments.mean.abs();
    ratio.is_finite().then_some(ratio)
}

/// The median of any number of values in any order, in their unit: of an even number of values, halfway between the two in
/// the middle. NaN for no values, and where a value is NaN.
pub fn median(values: &[f64]) -> f64 {
    quantile_type7(values, 0.5).unwrap_or(f64::NAN)
}

/// The value below which the share `share` of the values lies, interpolated between neighbours: the quantile of type 7, which
/// R and NumPy use unless told otherwise. `values` may be in any order. `None` for no values, where one is NaN, and for a
/// share outside [0, 1].
///
/// Source: R. Hyndman, Y. Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996) 361–365.
pub fn quantile_type7(values: &[f64], share: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&share) || values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let position = sorted.len().checked_sub(1)? as f64 * share;
    let (below, above) = (*sorted.get(position.floor() as usize)?, *sorted.get(position.ceil() as usize)?);
    let part = position.fract();
    Some(if below == above { below } else { below * (1.0 - part) + above * part })
}

/// A percentile that occurred: of n values in ascending order the one with the 0-based rank ⌊n · share⌋, and the last one
/// where that is n. `None` for no values, and for a share outside [0, 1]. The caller sorts.
///
/// Source: MLPerf's load generator, `loadgen/results.cc`.
pub fn percentile_occurred<T: Copy>(sorted: &[T], share: f64) -> Option<T> {
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    let rank = (sorted.len() as f64 * share).floor() as usize;
    sorted.get(rank).or_else(|| sorted.last()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_needs_two_finite_values() {
        assert_eq!(variance(&[1.0]), None);
        assert_eq!(variance(&[1.0, f64::INFINITY]), None);
        assert_eq!(variance(&[0.1; 7]), Some(0.0));
        assert!((variance(&[1.0, 3.0]).unwrap() - 2.0).abs() < 1e-15);
        assert_eq!(standard_deviation(&[1e-300, 3e-300]).map(|sd| sd > 1.4e-300), Some(true));
        assert_eq!(coefficient_of_variation(&[-1.0, 1.0]), None);
        assert_eq!(coefficient_of_variation(&[-2.0, -2.0]), Some(0.0));
    }

    #[test]
    fn the_median_of_an_even_number_lies_between() {
        assert_eq!(median(&[4.0, 1.0, 3.0, 2.0]), 2.5);
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[f64::INFINITY, 1.0, 2.0]), 2.0);
        assert!(median(&[]).is_nan());
        assert!(median(&[1.0, f64::NAN]).is_nan());
        assert_eq!(quantile_type7(&[1.0, 2.0], 1.5), None);
    }

    #[test]
    fn a_percentile_that_occurred_has_a_rank() {
        let sorted: Vec<u64> = (0..100).collect();
        assert_eq!(percentile_occurred(&sorted, 0.0), Some(0));
        assert_eq!(percentile_occurred(&sorted, 0.5), Some(50));
        assert_eq!(percentile_occurred(&sorted, 0.99), Some(99));
        assert_eq!(percentile_occurred(&sorted, 1.0), Some(99));
        assert_eq!(percentile_occurred(&sorted, f64::NAN), None);
        assert_eq!(percentile_occurred::<u64>(&[], 0.5), None);
    }
}
