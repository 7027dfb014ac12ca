//! On which scale the values of a row are compared, and how a difference on it becomes a change.
//!
//! Pure arithmetic of one row. Not here: tests (`evidence`), decisions (`judge`).

use crate::config::Yardstick;
use crate::result::Direction;
use crate::stats;

/// The location of both sides, and how the change between them is expressed.
#[derive(Clone, Copy)]
pub struct Sides {
    pub scale: Scale,
    /// Whether no value of either side is negative, so that none is taken to become so.
    pub is_never_negative: bool,
    pub baseline: f64,
    pub candidate: f64,
}

/// How values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// By their ratio: all values are positive. Location is the geometric mean.
    Log,
    /// By their difference, relative to the baseline's mean. Location is the mean.
    Linear,
    /// By their difference as such: rates of failure, whose baseline is usually 0. Location is the mean.
    Absolute,
}

impl Scale {
    pub fn of(metric: &str, base: &[f64], candidate: &[f64]) -> Self {
        if Yardstick::of(metric) == Yardstick::Points {
            Self::Absolute
        } else if base.iter().chain(candidate).all(|&value| value > 0.0) {
            Self::Log
        } else {
            Self::Linear
        }
    }

    /// What a change on this scale is held against its threshold by.
    pub fn yardstick(self) -> Yardstick {
        match self {
            Self::Log | Self::Linear => Yardstick::Relative,
            Self::Absolute => Yardstick::Points,
        }
    }

    pub fn transform(self, values: &[f64]) -> Vec<f64> {
        match self {
            Self::Log => values.iter().map(|value| value.ln()).collect(),
            Self::Linear | Self::Absolute => values.to_vec(),
        }
    }

    pub fn location(self, values: &[f64]) -> f64 {
        // A constant is its own location; through logarithms it would come back with a rounding error.
        match values {
            [first, rest @ ..] if rest.iter().all(|value| value == first) => *first,
            _ if self == Self::Log => stats::mean(&self.transform(values)).exp(),
            _ => stats::mean(values),
        }
    }
}

impl Sides {
    /// Candidate over baseline minus 1; `None` where the baseline is 0.
    pub fn relative(self) -> Option<f64> {
        if self.baseline == self.candidate {
            return Some(0.0);
        }
        let change = (self.candidate - self.baseline) / self.baseline.abs();
        change.is_finite().then_some(change)
    }

    /// A difference on the test's scale, as a relative change.
    pub fn as_relative(self, difference: f64) -> Option<f64> {
        let change = match self.scale {
            Scale::Log => difference.exp_m1(),
            Scale::Linear | Scale::Absolute => difference / self.baseline.abs(),
        };
        change.is_finite().then_some(change)
    }

    /// A difference on the test's scale, as far as the candidate can differ at all: what is never negative falls by all of it at
    /// most, and a rate rises to 1. A t-test on the values themselves knows neither.
    pub fn within_reach(self, difference: f64) -> f64 {
        let is_bounded = self.is_never_negative && self.scale != Scale::Log;
        let difference = if is_bounded { difference.max(-self.baseline) } else { difference };
        // What calls itself a rate and is none has no such bound.
        let is_rate = self.scale == Scale::Absolute && self.baseline.max(self.candidate) <= 1.0;
        if is_rate { difference.min(1.0 - self.baseline) } else { difference }
    }

    /// A difference on the test's scale, on the scale of the threshold.
    pub fn against_threshold(self, difference: f64) -> Option<f64> {
        if self.scale == Scale::Absolute { Some(difference) } else { self.as_relative(difference) }
    }

    /// The threshold, as a worsening on the test's scale. `None`: a worsening that size does not exist.
    pub fn threshold_on_scale(self, threshold: f64, direction: Direction) -> Option<f64> {
        let size = match (self.scale, direction) {
            (Scale::Log, Direction::LowerIsBetter) => threshold.ln_1p(),
            (Scale::Log, Direction::HigherIsBetter) => -(-threshold).ln_1p(),
            (Scale::Linear, _) => threshold * self.baseline.abs(),
            (Scale::Absolute, _) => threshold,
        };
        (size.is_finite() && size > 0.0).then_some(size)
    }
}
