//! Corrections for several tests: adjusted p-values, in the order of the input.
//!
//! A value that is no probability (NaN, or outside [0, 1]) counts as 1: the test was made, and it found nothing.

/// Holm's step-down correction: compared with α, the adjusted values keep the chance of any false alarm at α, whatever the
/// dependence between the tests. One value per value of `p_values`, in [p, 1].
///
/// Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6 (1979) 65–70.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut highest: f64 = 0.0;
    let adjusted = ascending(p_values).into_iter().enumerate().map(|(rank, (position, p))| {
        highest = highest.max((p * (count - rank) as f64).min(1.0));
        (position, highest)
    });
    in_order(adjusted.collect())
}

/// The correction of Benjamini and Hochberg: compared with q, the adjusted values keep the expected share of false alarms among
/// all alarms at q, for independent or positively dependent tests. One value per value of `p_values`, in [p, 1].
///
/// Source: Y. Benjamini, Y. Hochberg, Controlling the false discovery rate, Journal of the Royal Statistical Society B 57 (1995)
/// 289–300.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut lowest: f64 = 1.0;
    let adjusted = ascending(p_values).into_iter().enumerate().rev().map(|(rank, (position, p))| {
        lowest = lowest.min(p * (count as f64 / (rank + 1) as f64));
        (position, lowest)
    });
    in_order(adjusted.collect())
}

/// The values from the smallest up, each with its position in the input.
fn ascending(p_values: &[f64]) -> Vec<(usize, f64)> {
    let probability = |p: f64| if (0.0..=1.0).contains(&p) { p } else { 1.0 };
    let mut sorted: Vec<(usize, f64)> = p_values.iter().map(|&p| probability(p)).enumerate().collect();
    sorted.sort_by(|(_, a), (_, b)| a.total_cmp(b));
    sorted
}

fn in_order(mut adjusted: Vec<(usize, f64)>) -> Vec<f64> {
    adjusted.sort_unstable_by_key(|&(position, _)| position);
    adjusted.into_iter().map(|(_, p)| p).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn corrections_keep_the_order_of_the_input() {
        assert_eq!(holm(&[0.5, 0.01, 0.25]), [0.5, 0.03, 0.5]);
        assert_eq!(benjamini_hochberg(&[0.5, 0.01, 0.25]), [0.5, 0.03, 0.375]);
    }

    #[test]
    fn no_tests_need_no_correction() {
        assert!(holm(&[]).is_empty());
        assert!(benjamini_hochberg(&[]).is_empty());
    }

    #[test]
    fn what_is_no_probability_counts_as_a_test_that_found_nothing() {
        assert_eq!(holm(&[f64::NAN, 0.01, -1.0, 2.0]), [1.0, 0.04, 1.0, 1.0]);
        assert_eq!(benjamini_hochberg(&[f64::NAN, 0.01]), [1.0, 0.02]);
    }
}
