//! One of several looks at a row: what it may spend, and what the looks before it found.

use crate::result::Metric;

/// Which of several looks at a row this is, and how much of the error rate it may spend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interim {
    /// Counted from 1.
    pub look: u32,
    /// Its share of alpha.
    pub share: f64,
    /// The smallest p-value of the looks before, each over its share; 1 if there were none.
    pub earlier: f64,
    /// Whether there will be no look after it.
    pub is_last: bool,
}

impl Interim {
    /// The only look there is.
    pub const ONLY: Self = Self { look: 1, share: 1.0, earlier: 1.0, is_last: true };

    /// The p-value over all looks so far (a union bound, weighted by the shares), from that of this one.
    pub fn over_looks(self, p_value: f64) -> f64 {
        (p_value / self.share).min(self.earlier).min(1.0)
    }
}

/// What earlier looks found out about a row.
pub enum Seen<'a> {
    /// Nothing that decides it.
    Open(Interim),
    /// There is no more to find out: these values decide it, or leave it open for good.
    Closed {
        /// The baseline's values.
        base: &'a Metric,
        /// The candidate's values.
        candidate: &'a Metric,
        /// The look that closed it.
        interim: Interim,
    },
}
