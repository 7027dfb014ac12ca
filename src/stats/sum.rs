//! Sums and means that lose nothing to rounding.

/// A sum as two numbers, with twice the digits of one.
struct Sum {
    total: f64,
    lost: f64,
}

/// Adds up, and carries the rounding errors along.
///
/// Source: A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen, ZAMM 54 (1974) 39–51.
fn add(values: impl IntoIterator<Item = f64>) -> Sum {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    Sum { total, lost: if total.is_finite() { lost } else { 0.0 } }
}

/// The sum, rounded once.
pub(super) fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let Sum { total, lost } = add(values);
    total + lost
}

/// The arithmetic mean of any number of values, in their unit. NaN for no values; NaN and infinities come through.
///
/// The mean of equal values is exactly that value, and finite values have a finite mean.
pub fn mean(values: &[f64]) -> f64 {
    mean_and_rest(values).0
}

/// The mean, and what of it the first number is too short to hold.
pub(super) fn mean_and_rest(values: &[f64]) -> (f64, f64) {
    let count = values.len() as f64;
    let Sum { total, lost } = add(values.iter().copied());
    if !total.is_finite() {
        return (sum(values.iter().map(|value| value / count)), 0.0);
    }
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let rounded = (total + lost) / count;
    // Comparisons leave the mean of no values what it is: NaN.
    let mean = if rounded < lowest {
        lowest
    } else if rounded > highest {
        highest
    } else {
        rounded
    };
    (mean, (mean.mul_add(-count, total) + lost) / count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_loses_nothing() {
        assert_eq!(mean(&[1e16, 1.0, -1e16, 1.0]), 0.5);
        assert_eq!(mean(&[0.1; 3]), 0.1);
        assert_eq!(mean(&[f64::MAX, f64::MAX]), f64::MAX);
        assert_eq!(mean(&[1.0, f64::INFINITY]), f64::INFINITY);
        assert!(mean(&[]).is_nan());
        assert!(mean(&[1.0, f64::NAN]).is_nan());
    }
}
