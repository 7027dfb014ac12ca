//! What was found: a difference between the arms, and where a guardrail stands.

use super::guardrail::{Guarded, Guardrail};
use super::{Arm, Both};
use crate::stats::Interval;

/// A difference between the arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Of latencies B over A minus 1; of rates B minus A.
    pub change: f64,
    /// Of the change; may be infinite.
    pub interval: Interval,
    /// Of "no difference", valid at every look.
    pub p_value: f64,
    /// Whether there is one, beyond chance.
    pub differs: bool,
}

impl Finding {
    /// The better arm, beyond chance: of latencies and of errors less is better.
    pub(super) fn better(&self) -> Option<Arm> {
        self.differs.then_some(if self.change < 0.0 { Arm::B } else { Arm::A })
    }

    /// Whether a change of latency is, with all of its interval, smaller than this share, in whichever direction.
    pub(super) fn is_within(&self, most: f64) -> bool {
        self.interval.high <= most && self.interval.low >= 1.0 / (1.0 + most) - 1.0
    }
}

/// A guardrail and where B stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// The rule.
    pub guardrail: Guardrail,
    /// The metric of each arm.
    pub values: Both<Option<f64>>,
    /// B over A minus 1, or for rates B minus A, with its interval; `None` where it cannot be told.
    pub change: Option<(f64, Interval)>,
    /// Whether it holds.
    pub state: State,
}

/// Whether B is no worse than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is no worse than allowed, beyond chance.
    Kept,
    /// It is worse than allowed, beyond chance.
    Broken,
    /// Neither is known.
    Open,
}

impl Watched {
    /// The least and the most by which B may be worse, on the scale of the margin.
    fn worsening(&self) -> Option<(f64, Interval)> {
        self.change.map(|(change, Interval { low, high })| match self.guardrail.metric {
            Guarded::Accuracy => (-change, Interval { low: -high, high: -low }),
            Guarded::Latency | Guarded::Percentile(_) | Guarded::ErrorRate => (change, Interval { low, high }),
        })
    }

    pub(super) fn judged(mut self) -> Self {
        let margin = self.guardrail.margin.share();
        self.state = match self.worsening() {
            Some((_, interval)) if interval.low > margin => State::Broken,
            Some((_, interval)) if interval.high <= margin => State::Kept,
            _ => State::Open,
        };
        self
    }

    /// How many times as many queries would settle it, if an interval shrinks with their root; `wider` says how much wider it is
    /// at a look after so many times as many rounds, because more looks have spent their part of the error rate.
    pub(super) fn factor(&self, wider: &dyn Fn(f64) -> f64) -> Option<f64> {
        let (worsening, interval) = self.worsening()?;
        let room = self.guardrail.margin.share() - worsening;
        let reach = if room >= 0.0 { interval.high - worsening } else { worsening - interval.low };
        let factor = (0..20).fold(1.0, |factor: f64, _| (reach / room * wider(factor.max(1.0))).powi(2));
        factor.is_finite().then_some(factor)
    }
}
