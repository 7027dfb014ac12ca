//! A part of a whole, over rounds.

use super::CONFIDENCE;
use crate::stats::{mean, standard_deviation, student};

/// A part of a whole: the mean of the rounds' parts, with an interval over the rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// From 0; above 1 where the part is more than the whole.
    pub mean: f64,
    /// From below to above it, with 95 % confidence; `None` with one round, which says nothing about chance.
    pub interval: Option<[f64; 2]>,
}

impl Share {
    /// Over rounds, of which there is at least one. A share is from 0 to 1, and the interval is cut there; but where a round had one
    /// beyond, the whole is no bound, and neither is the most extreme round.
    pub(super) fn of(rounds: &[f64]) -> Self {
        let least = if rounds.iter().any(|round| *round < 0.0) { f64::NEG_INFINITY } else { 0.0 };
        let most = if rounds.iter().any(|round| *round > 1.0) { f64::INFINITY } else { 1.0 };
        let Self { mean, interval } = Self::signed(rounds);
        Self { mean, interval: interval.map(|ends| ends.map(|end| end.clamp(least, most))) }
    }

    /// The same of what may be below 0 and above 1: a difference, a part of a change.
    pub(super) fn signed(rounds: &[f64]) -> Self {
        Self { mean: mean(rounds), interval: interval(rounds, CONFIDENCE) }
    }

    /// From its mean and interval, if they can be those of a share.
    pub fn checked(mean: f64, interval: Option<[f64; 2]>) -> Option<Self> {
        let is_in_order = interval.is_none_or(|[low, high]| low <= mean && mean <= high);
        (mean.is_finite() && is_in_order).then_some(Self { mean, interval })
    }
}

/// Student's interval about the mean of independent values; `None` for fewer than two. Values that do not differ have no width.
pub(super) fn interval(values: &[f64], confidence: f64) -> Option<[f64; 2]> {
    let deviation = standard_deviation(values)?;
    let middle = mean(values);
    let half = if deviation == 0.0 {
        0.0
    } else {
        let count = values.len() as f64;
        student::critical(1.0 - confidence, count - 1.0) * deviation / count.sqrt()
    };
    half.is_finite().then_some([middle - half, middle + half])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_students_over_the_rounds() {
        // Mean 0.5, standard deviation 0.1, t of 2 degrees at 95 % 4.302653: half a width of 0.2484138.
        let share = Share::of(&[0.4, 0.5, 0.6]);
        let [low, high] = share.interval.unwrap();
        assert!((share.mean - 0.5).abs() < 1e-12);
        assert!((low - 0.251_586_2).abs() < 1e-6 && (high - 0.748_413_8).abs() < 1e-6, "{low} {high}");
        assert_eq!(Share::of(&[0.7]).interval, None);
        assert_eq!(Share::of(&[0.25, 0.25]).interval, Some([0.25, 0.25]));
        assert_eq!(Share::of(&[0.1, 0.9]).interval, Some([0.0, 1.0]), "no share is beyond these");
        // Mean 0.75, standard deviation 0.6363961, t of one degree 12.706205: no upper end is cut at the greatest round.
        let [low, high] = Share::of(&[1.2, 0.3]).interval.unwrap();
        assert!(low == 0.0 && (high - 6.467_792).abs() < 1e-5, "{low} {high}");
        assert!(Share::of(&[-0.1, 0.5]).interval.unwrap()[0] < -0.1, "outside of stages that overlapped in a round");
        assert!(Share::signed(&[0.1, 0.9]).interval.unwrap()[0] < -4.0);
    }
}
