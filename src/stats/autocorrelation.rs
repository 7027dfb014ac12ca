//! Whether values remember the ones before them.

use super::sum::{mean_and_rest, sum};

/// The autocorrelation of values in their order, at a lag of k = `lag` steps: between −1 and 1, no unit. With the mean m of
/// all n values, Σ (xᵢ − m)(xᵢ₊ₖ − m) over the n − k pairs, divided by Σ (xᵢ − m)² over all values.
///
/// `None` where a value is not finite, where nothing varies, and where there is no pair: fewer than lag + 1 values.
///
/// Source: G. Box, G. Jenkins, Time series analysis (1970), 2.1.5.
pub fn autocorrelation(values: &[f64], lag: usize) -> Option<f64> {
    ratio(&[products(values, lag)?])
}

/// The first autocorrelation that several series have in common.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PooledAutocorrelation {
    /// As [`autocorrelation`], at a lag of one step.
    pub value: f64,
    /// What values without memory have on average; a little below 0.
    pub expected: f64,
    /// The standard deviation of `value` around it, for normal values without memory.
    pub standard_error: f64,
}

impl PooledAutocorrelation {
    /// How many standard errors the value lies above what values without memory have.
    pub fn z(&self) -> f64 {
        (self.value - self.expected) / self.standard_error
    }
}

/// The autocorrelation of several series at a lag of one step, each about its own mean: the sum of their numerators over the
/// sum of their denominators. What the series have of their own, a level, does not count as memory.
///
/// `expected` is −1/n and the variance (n − 2)² / (n² (n − 1)) for one series of n normal values; for several of them both are
/// averaged, weighted by n and n². Series of fewer than three values are left out. `None` where none is left, where nothing
/// varies, and where a value is not finite.
///
/// Source of the moments: P. Moran, Some theorems on time series II, Biometrika 35 (1948) 255–260.
pub fn pooled_autocorrelation(series: &[Vec<f64>]) -> Option<PooledAutocorrelation> {
    let long: Vec<&Vec<f64>> = series.iter().filter(|values| values.len() >= 3).collect();
    let products = long.iter().map(|values| products(values, 1)).collect::<Option<Vec<_>>>()?;
    let value = ratio(&products)?;
    let total: f64 = long.iter().map(|values| values.len() as f64).sum();
    let variances = long.iter().map(|values| {
        let n = values.len() as f64;
        (n - 2.0).powi(2) / (n - 1.0)
    });
    let standard_error = variances.sum::<f64>().sqrt() / total;
    Some(PooledAutocorrelation { value, expected: -(long.len() as f64) / total, standard_error })
}

/// Numerator and denominator.
struct Products {
    lagged: f64,
    squares: f64,
}

fn products(values: &[f64], lag: usize) -> Option<Products> {
    if values.len() <= lag || values.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let (mean, rest) = mean_and_rest(values);
    let deviations: Vec<f64> = values.iter().map(|value| (value - mean) - rest).collect();
    let later = deviations.iter().skip(lag);
    let lagged = sum(deviations.iter().zip(later).map(|(a, b)| a * b));
    Some(Products { lagged, squares: sum(deviations.iter().map(|deviation| deviation * deviation)) })
}

fn ratio(all: &[Products]) -> Option<f64> {
    let squares = sum(all.iter().map(|products| products.squares));
    let value = sum(all.iter().map(|products| products.lagged)) / squares;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternating_values_remember_the_opposite() {
        let values: Vec<f64> = (0..100).map(|step| f64::from(step % 2)).collect();
        assert!((autocorrelation(&values, 1).unwrap() + 0.99).abs() < 1e-12);
        assert!((autocorrelation(&values, 2).unwrap() - 0.98).abs() < 1e-12);
        assert_eq!(autocorrelation(&values, 0), Some(1.0));
    }

    #[test]
    fn levels_of_several_series_are_no_memory() {
        let high: Vec<f64> = [1.0, 3.0, 1.0, 3.0].map(|value| value + 1000.0).to_vec();
        let pooled = pooled_autocorrelation(&[vec![1.0, 3.0, 1.0, 3.0], high]).unwrap();
        assert_eq!((pooled.value, pooled.expected), (-0.75, -0.25));
        assert!(pooled.z() < 0.0);
    }

    #[test]
    fn more_series_know_it_better() {
        let one: Vec<f64> = (0..20).map(|step| f64::from(step * step % 7)).collect();
        let [alone, with_others] =
            [1, 16].map(|count| pooled_autocorrelation(&vec![one.clone(); count]).unwrap().standard_error);
        assert!((alone / with_others - 4.0).abs() < 1e-12);
    }

    #[test]
    fn without_variation_or_pairs_there_is_none() {
        assert_eq!(autocorrelation(&[2.0; 9], 1), None);
        assert_eq!(autocorrelation(&[1.0, 2.0], 2), None);
        assert_eq!(autocorrelation(&[1.0, f64::NAN, 2.0], 1), None);
        assert_eq!(autocorrelation(&[], 0), None);
        assert_eq!(pooled_autocorrelation(&[vec![1.0, 2.0], vec![]]), None);
        assert_eq!(pooled_autocorrelation(&[]), None);
    }
}
