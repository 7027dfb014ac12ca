//! What is usual and what is extreme among times.

use crate::stats::{mean, percentile_occurred};

/// Times of queries, in nanoseconds: values that occurred, exact. A percentile is there if any of the times lie beyond it.
#[derive(Debug, Clone, PartialEq)]
pub struct Times {
    /// How many there are; never 0.
    pub count: u64,
    /// Their mean.
    pub mean: f64,
    /// The median.
    pub p50: u64,
    /// From 10 times on.
    pub p90: Option<u64>,
    /// From 20 times on.
    pub p95: Option<u64>,
    /// From 100 times on.
    pub p99: Option<u64>,
    /// From 1000 times on.
    pub p999: Option<u64>,
    /// The least.
    pub min: u64,
    /// The greatest.
    pub max: u64,
}

impl Times {
    /// Of these; `None` if there are none.
    pub(super) fn of(mut times: Vec<u64>) -> Option<Self> {
        times.sort_unstable();
        let at = |share: f64, enough: usize| percentile_occurred(&times, share).filter(|_| times.len() >= enough);
        let values: Vec<f64> = times.iter().map(|time| *time as f64).collect();
        Some(Self {
            count: times.len() as u64,
            mean: mean(&values),
            p50: at(0.5, 1)?,
            p90: at(0.9, 10),
            p95: at(0.95, 20),
            p99: at(0.99, 100),
            p999: at(0.999, 1000),
            min: times.first().copied()?,
            max: times.last().copied()?,
        })
    }
}
