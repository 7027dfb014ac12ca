//! The same queues without a machine: what becomes of given arrivals and services, in exact arithmetic.

use std::collections::VecDeque;

/// What a run leaves behind, real or not. Times are in nanoseconds.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// From arrival to answer, in the order of arrival.
    pub latencies: Vec<f64>,
    /// How long each was served.
    pub services: Vec<f64>,
    /// From the beginning to the last answer.
    pub span: f64,
}

impl Run {
    /// The mean time from arrival to the beginning of the service.
    pub fn mean_wait(&self) -> f64 {
        let waits = self.latencies.iter().zip(&self.services).map(|(latency, service)| latency - service);
        waits.sum::<f64>() / self.latencies.len() as f64
    }

    /// The mean latency.
    pub fn mean_latency(&self) -> f64 {
        self.latencies.iter().sum::<f64>() / self.latencies.len() as f64
    }

    /// The latency of rank ⌊n · share⌋, as in perfgate's own metrics.
    pub fn percentile(&self, share: f64) -> f64 {
        let mut latencies = self.latencies.clone();
        let rank = ((latencies.len() as f64 * share) as usize).min(latencies.len().saturating_sub(1));
        if latencies.is_empty() { f64::NAN } else { *latencies.select_nth_unstable_by(rank, f64::total_cmp).1 }
    }

    /// Answers per nanosecond, of which the first only begins the count.
    pub fn rate(&self) -> f64 {
        (self.latencies.len() as f64 - 1.0) / self.span
    }

    /// The mean latency of the last tenth.
    pub fn mean_of_last(&self) -> f64 {
        let last = self.latencies.len() / 10;
        self.latencies.iter().rev().take(last).sum::<f64>() / last as f64
    }
}

/// One server, first come first served, queries that arrive whatever is still waiting.
///
/// Source: D. Lindley, The theory of queues with a single server, Proc. Cambridge Phil. Soc. 48 (1952) 277–289.
pub fn open(arrivals: impl Iterator<Item = f64>, services: Vec<f64>) -> Run {
    let mut free = 0.0_f64;
    let latencies = arrivals.zip(&services).map(|(arrival, service)| {
        free = free.max(arrival) + service;
        free - arrival
    });
    Run { latencies: latencies.collect(), span: free, services }
}

/// One server, first come first served, so many users who think for a constant time after each answer.
pub fn closed(users: u32, think: f64, services: Vec<f64>) -> Run {
    // All think equally long, so they ask again in the order in which they are answered.
    let mut ready: VecDeque<f64> = (0..users).map(|_| 0.0).collect();
    let mut free = 0.0_f64;
    let mut latencies = Vec::with_capacity(services.len());
    for service in &services {
        let arrival = ready.pop_front().unwrap_or(free);
        free = free.max(arrival) + service;
        latencies.push(free - arrival);
        ready.push_back(free + think);
    }
    Run { latencies, span: free, services }
}
