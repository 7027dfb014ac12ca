//! What was found: a difference between the arms.

use super::Arm;
use crate::stats::Interval;

/// All that a difference of two rates can be.
pub(super) const UNKNOWN_RATE: Interval = Interval { low: -1.0, high: 1.0 };

/// A difference between the arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finding {
    /// Of latencies B over A minus 1; of rates B minus A.
    pub change: f64,
    /// Of the change; an end that is not known is infinite.
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

    /// Whether nothing is known of a difference of two rates.
    pub(super) fn is_unknown(&self) -> bool {
        self.interval == UNKNOWN_RATE
    }

    /// Whether a change of latency is, with all of its interval, smaller than this share, in whichever direction.
    pub(super) fn is_within(&self, most: f64) -> bool {
        self.interval.high <= most && self.interval.low >= 1.0 / (1.0 + most) - 1.0
    }
}
