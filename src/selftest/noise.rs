//! How the two sides of a pair of rounds differ though they are the same: seen in one check, and over all.

use crate::gate::TRIMMED;
use crate::result::Metric;
use crate::stats::{self, Trim};

/// Checks from which on their changes tell more than the noise inside each.
const ENOUGH_CHECKS: usize = 5;

/// The difference of the two sides in one row of one check, on the logarithmic scale, by the gate's own test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// The estimated change.
    pub estimate: f64,
    /// Its standard error.
    pub error: f64,
    /// Pairs of rounds.
    pub pairs: usize,
}

impl Spread {
    /// Of these rounds; `None` where the gate does not compare by ratio, or has nothing to test.
    pub fn of(base: &Metric, candidate: &Metric) -> Option<Self> {
        let (b, c) = (base.rounds.as_slice(), candidate.rounds.as_slice());
        if b.len() != c.len() || !b.iter().chain(c).all(|&value| value > 0.0) {
            return None;
        }
        let logarithms = |values: &[f64]| values.iter().map(|value| value.ln()).collect::<Vec<f64>>();
        let (b, c) = (logarithms(b), logarithms(c));
        let trim = Trim::new(if trims(b.len()) > 0 { TRIMMED } else { 0.0 })?;
        let test = stats::yuen_paired(&b, &c, trim).or_else(|_| stats::paired(&b, &c)).ok()?;
        Some(Self { estimate: test.estimate, error: test.standard_error, pairs: b.len() })
    }

    /// The standard error of a single pair.
    fn of_one_pair(self) -> f64 {
        self.error * (self.pairs as f64).sqrt()
    }
}

/// Pairs that the gate leaves out at each end.
pub fn trims(pairs: usize) -> usize {
    (TRIMMED * pairs as f64).floor() as usize
}

/// The standard error of a single pair over several checks: the root of the mean square. If the changes between identical sides
/// scatter more than their errors say, it is that much larger.
pub fn pooled(all: &[Spread], identical: &[Spread]) -> Option<f64> {
    let squares: Vec<f64> = all.iter().map(|spread| spread.of_one_pair().powi(2)).collect();
    if squares.is_empty() {
        return None;
    }
    let mean_square =
        |of: fn(&Spread) -> f64| stats::mean(&identical.iter().map(|s| of(s).powi(2)).collect::<Vec<_>>());
    let excess = mean_square(|spread| spread.estimate) / mean_square(|spread| spread.error);
    let excess = if identical.len() >= ENOUGH_CHECKS && excess.is_finite() { excess.max(1.0) } else { 1.0 };
    Some((stats::mean(&squares) * excess).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(estimate: f64, error: f64) -> Spread {
        Spread { estimate, error, pairs: 16 }
    }

    #[test]
    fn noise_is_that_of_one_pair() {
        assert_eq!(pooled(&[spread(0.0, 0.01); 3], &[]), Some(0.04));
        assert_eq!(pooled(&[], &[]), None);
    }

    #[test]
    fn checks_that_scatter_more_than_they_say_are_noisier() {
        let scattered: Vec<Spread> = [-1.0, 1.0, -1.0, 1.0, 1.0].map(|sign| spread(0.03 * sign, 0.01)).to_vec();
        let calm: Vec<Spread> = vec![spread(0.001, 0.01); 5];
        assert!((pooled(&scattered, &scattered).unwrap() - 0.12).abs() < 1e-12);
        assert!((pooled(&calm, &calm).unwrap() - 0.04).abs() < 1e-12);
        assert!((pooled(&scattered, &scattered[..4]).unwrap() - 0.04).abs() < 1e-12, "four tell nothing yet");
    }
}
