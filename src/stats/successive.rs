//! The spread of values that were taken one after the other while their level may have changed now and then, and the test of a new
//! value by it.

use super::degenerate::Degenerate;
use super::sum::{mean, sum};
use super::ttest::TTest;

/// How much single values spread about their level, and how well that is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The standard deviation of one value, in the unit of the values; positive.
    pub standard_deviation: f64,
    /// The degrees of freedom of its square; not always whole.
    pub degrees_of_freedom: f64,
    /// How many values it comes from.
    pub values: usize,
}

/// A step from one group to the next: the difference of their means, over the square root of 1/k₁ + 1/k₂.
struct Step {
    size: f64,
    /// Its correlation with the next step.
    with_next: f64,
    /// The level changed here: this is no noise.
    lasts: bool,
}

/// The spread of values in groups of one level each, in the order in which they were taken; from one group to the next the level
/// may have changed.
///
/// The variance is (Σ within groups of squared deviations from the group's mean + Σ over neighbouring groups with k₁ and k₂ values
/// of (difference of means)² / (1/k₁ + 1/k₂)) / (ν + m), with ν = Σ (k − 1) and m pairs of neighbours. So a change of level counts
/// once, not in every value after it. Degrees of freedom: (ν + m)² / (ν + m + 2 Σ ρ²), over the correlations ρ of steps that follow
/// each other. With groups of one value this is von Neumann's mean square successive difference, with 2 (n − 1)² / (3n − 4) degrees
/// of freedom; with one group it is the variance.
///
/// A step that lasts is left out: where the `lasting` values before it and as many after it do not overlap. A wild value does not
/// last. Under one level this happens by chance in 2 of (2 · `lasting` over `lasting`) places: for 5, in 0.8 %.
///
/// Fails with `TooFewValues` where fewer than two values are left to compare, `NotFinite`, and `NoVariance` where none differ.
///
/// Source: J. von Neumann, R. Kent, H. Bellinson, B. Hart, The mean square successive difference, Annals of Mathematical Statistics
/// 12 (1941) 153–162.
pub fn successive_spread(groups: &[Vec<f64>], lasting: usize) -> Result<Spread, Degenerate> {
    let groups: Vec<&[f64]> = groups.iter().map(Vec::as_slice).filter(|group| !group.is_empty()).collect();
    let all = groups.concat();
    if all.iter().any(|value| !value.is_finite()) {
        return Err(Degenerate::NotFinite);
    }
    let within = groups.iter().flat_map(|group| {
        let level = mean(group);
        group.iter().map(move |value| value - level)
    });
    let steps = steps(&groups, &all, lasting);
    let between = steps.iter().filter(|step| !step.lasts).map(|step| step.size);
    let deviations: Vec<f64> = within.chain(between).collect();
    // Every group's mean takes one of its deviations.
    let terms = deviations.len() - groups.len();
    let largest = deviations.iter().fold(0.0, |largest: f64, deviation| largest.max(deviation.abs()));
    if terms == 0 {
        return Err(Degenerate::TooFewValues { values: all.len().min(1) });
    }
    if largest == 0.0 {
        return Err(Degenerate::NoVariance { difference: 0.0 });
    }
    let squares = sum(deviations.iter().map(|deviation| (deviation / largest).powi(2)));
    let standard_deviation = largest * (squares / terms as f64).sqrt();
    if !standard_deviation.is_finite() {
        return Err(Degenerate::NotFinite);
    }
    let correlated = steps.iter().zip(steps.iter().skip(1)).filter(|(step, next)| !step.lasts && !next.lasts);
    let correlation = sum(correlated.map(|(step, _)| step.with_next.powi(2)));
    let degrees_of_freedom = (terms as f64).powi(2) / (terms as f64 + 2.0 * correlation);
    Ok(Spread { standard_deviation, degrees_of_freedom, values: all.len() })
}

fn steps(groups: &[&[f64]], all: &[f64], lasting: usize) -> Vec<Step> {
    let counts: Vec<f64> = groups.iter().map(|group| group.len() as f64).collect();
    let mut place = 0;
    let pairs = groups.iter().zip(groups.iter().skip(1)).enumerate();
    pairs
        .map(|(first, (group, next))| {
            place += group.len();
            let (here, there) = (group.len() as f64, next.len() as f64);
            let variance = 1.0 / here + 1.0 / there;
            let beyond = counts.get(first + 2);
            let with_next = beyond.map_or(0.0, |far| -1.0 / there / (variance * (1.0 / there + 1.0 / far)).sqrt());
            let size = (mean(next) - mean(group)) / variance.sqrt();
            Step { size, with_next, lasts: lasts(all, place, lasting) }
        })
        .collect()
}

/// Whether the values on the two sides of a place do not overlap.
fn lasts(all: &[f64], place: usize, lasting: usize) -> bool {
    let (Some(start), true) = (place.checked_sub(lasting), lasting > 0) else { return false };
    let (Some(before), Some(after)) = (all.get(start..place), all.get(place..place + lasting)) else { return false };
    let lowest = |values: &[f64]| values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = |values: &[f64]| values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    highest(before) < lowest(after) || highest(after) < lowest(before)
}

/// Whether a new value comes from the level of `base`, by a spread that is known from elsewhere: the estimate is the value minus
/// the mean of the k values of `base`, its standard error σ √(1 + 1/k). This is the prediction interval as a test.
///
/// Fails with `TooFewValues` where `base` is empty, and `NotFinite`.
///
/// Source: G. Hahn, W. Meeker, Statistical Intervals, Wiley 1991, chapter 4.
pub fn predicted(base: &[f64], value: f64, spread: &Spread) -> Result<TTest, Degenerate> {
    if base.is_empty() {
        return Err(Degenerate::TooFewValues { values: 0 });
    }
    let standard_error = spread.standard_deviation * (1.0 + 1.0 / base.len() as f64).sqrt();
    TTest::new(value - mean(base), standard_error, spread.degrees_of_freedom)
}

/// A test with its standard error raised to that of another, where that one's is larger; the degrees of freedom are then the fewer
/// of the two.
pub fn no_narrower_than(test: &TTest, other: &TTest) -> TTest {
    if test.standard_error >= other.standard_error {
        return *test;
    }
    let df = test.degrees_of_freedom.min(other.degrees_of_freedom);
    TTest::new(test.estimate, other.standard_error, df).unwrap_or(*test)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::variance;

    fn alone(values: &[f64]) -> Vec<Vec<f64>> {
        values.iter().map(|value| vec![*value]).collect()
    }

    #[test]
    fn one_group_has_its_variance() {
        let values = vec![3.0, 1.0, 4.0, 1.0, 5.0];
        let spread = successive_spread(std::slice::from_ref(&values), 5).unwrap();
        assert!((spread.standard_deviation.powi(2) - variance(&values).unwrap()).abs() < 1e-12);
        assert_eq!((spread.degrees_of_freedom, spread.values), (4.0, 5));
    }

    #[test]
    fn single_values_have_half_the_mean_square_successive_difference() {
        let spread = successive_spread(&alone(&[1.0, 2.0, 4.0, 3.0]), 5).unwrap();
        assert!((spread.standard_deviation.powi(2) - (1.0 + 4.0 + 1.0) / 6.0).abs() < 1e-12);
        assert!((spread.degrees_of_freedom - 2.0 * 9.0 / 8.0).abs() < 1e-12);
    }

    #[test]
    fn a_change_of_level_that_lasts_is_no_noise_and_a_wild_value_is() {
        let quiet = [1.0, 1.2, 0.9, 1.1, 1.0, 1.1, 0.9, 1.2, 1.0, 1.1];
        let mut stepped = quiet;
        stepped[5..].iter_mut().for_each(|value| *value += 100.0);
        let mut wild = quiet;
        wild[5] += 100.0;
        let spread = |values: &[f64]| successive_spread(&alone(values), 5).unwrap().standard_deviation;
        assert!(spread(&stepped) < 0.3, "{}", spread(&stepped));
        assert!(spread(&wild) > 20.0);
        assert!(spread(&stepped[1..]) > 20.0, "four values before it are not enough to tell");
    }

    #[test]
    fn a_change_of_level_between_groups_leaves_the_spread_within_them() {
        let groups = [vec![1.0, 1.2, 0.9, 1.1, 1.0], vec![5.0, 5.2, 4.9, 5.1, 5.0]];
        let spread = successive_spread(&groups, 5).unwrap();
        assert!((spread.standard_deviation.powi(2) - variance(&groups[0]).unwrap()).abs() < 1e-12);
        assert!((spread.degrees_of_freedom - 8.0).abs() < 1e-12);
    }

    #[test]
    fn nothing_to_compare_is_said() {
        assert_eq!(successive_spread(&[], 5), Err(Degenerate::TooFewValues { values: 0 }));
        assert_eq!(successive_spread(&alone(&[1.0]), 5), Err(Degenerate::TooFewValues { values: 1 }));
        assert_eq!(successive_spread(&alone(&[2.0, 2.0, 2.0]), 5), Err(Degenerate::NoVariance { difference: 0.0 }));
        assert_eq!(successive_spread(&alone(&[2.0, f64::NAN]), 5), Err(Degenerate::NotFinite));
        assert_eq!(successive_spread(&alone(&[f64::MAX, -f64::MAX]), 5), Err(Degenerate::NotFinite));
        let spread = Spread { standard_deviation: 1.0, degrees_of_freedom: 4.0, values: 5 };
        assert_eq!(predicted(&[], 1.0, &spread), Err(Degenerate::TooFewValues { values: 0 }));
    }

    #[test]
    fn the_wider_of_two_tests_sets_the_error() {
        let test = |error: f64, df: f64| TTest::new(1.0, error, df).unwrap();
        assert_eq!(no_narrower_than(&test(2.0, 4.0), &test(1.0, 2.0)), test(2.0, 4.0));
        assert_eq!(no_narrower_than(&test(1.0, 4.0), &test(2.0, 9.0)), test(2.0, 4.0));
        assert_eq!(no_narrower_than(&test(1.0, 9.0), &test(2.0, 2.0)), test(2.0, 2.0));
    }
}
