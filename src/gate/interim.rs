//! One of several looks at a row: what it may spend, and what the looks before it found.

use crate::result::{Attainment, Metric};

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
pub enum Seen<T> {
    /// Nothing that decides it.
    Open(Interim),
    /// There is no more to find out: these measurements decide it, or leave it open for good; and the look that closed it.
    Closed(T, Interim),
}

/// Both sides of a metric: the baseline's, the candidate's.
pub type Metrics<'a> = [&'a Metric; 2];

/// Both sides of an objective: the baseline's, where it was counted, and the candidate's.
pub type Attainments<'a> = (Option<&'a Attainment>, &'a Attainment);

/// What earlier looks found out about all rows.
pub trait Memory<'a> {
    /// About the row of a metric, by the names of benchmark and metric.
    fn metric(&self, benchmark: &str, metric: &str) -> Seen<Metrics<'a>>;

    /// About the row of an objective, by the names of benchmark and objective.
    fn objective(&self, benchmark: &str, objective: &str) -> Seen<Attainments<'a>>;
}

/// There was no look before, and there will be none after.
pub struct OnlyLook;

impl<'a> Memory<'a> for OnlyLook {
    fn metric(&self, _: &str, _: &str) -> Seen<Metrics<'a>> {
        Seen::Open(Interim::ONLY)
    }

    fn objective(&self, _: &str, _: &str) -> Seen<Attainments<'a>> {
        Seen::Open(Interim::ONLY)
    }
}
