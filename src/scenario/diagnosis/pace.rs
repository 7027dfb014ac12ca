//! Whether a server's answers kept pace with the arrivals that it was asked for, or the queue grew.
//!
//! A system that keeps pace, whatever its queue is like when a round has settled, falls behind by then no more than a queue that
//! gets exactly as much work as it can do: by at most |N| √v, where N is standard normal and v the variance of arrivals less
//! answers. (The growth of a queue is at most the greatest value of that difference, looked at from the end backwards, which is a
//! reflected random walk.) Where neither is more irregular than a Poisson process, v is twice the number of arrivals. Over the
//! rounds, which know nothing of each other, the sum s of what they fell behind then has P ≤ 2^R exp(−s² / 2 Σv) (Chernoff's bound,
//! with E exp(t |N|) ≤ 2 exp(t² / 2)). Source of the queue's bound: F. Spitzer, A combinatorial lemma and its application to
//! probability theory, Transactions of the AMS 82 (1956); S. Asmussen, Applied Probability and Queues (2003), III.6.

use super::{Finding, percent};
use crate::config::{Benchmark, Rate, Scenario, Traffic};
use crate::result::Metric;
use crate::scenario::RoundRecord;
use crate::scenario::summary::lateness_share;
use crate::stats::median;

/// Largest share of the later arrivals that may stay behind.
const BEHIND: f64 = 0.02;

/// How unlikely it must be of a system that keeps pace.
const BEHIND_P: f64 = 0.001;

/// How many times as long as in the first quarter of a round answers must take in the last. Where they do not, what is in flight
/// has only begun to be in flight.
const LONGER: f64 = 1.5;

pub(super) fn examine(benchmark: &Benchmark, rounds: &[RoundRecord], metrics: &[Metric]) -> Option<Finding> {
    let Scenario::Server(server) = &benchmark.scenario else { return None };
    // Under a rate that changes, a queue may rightly be longer at the end.
    let Traffic::Open { rate: Rate::Constant(asked), .. } = &server.traffic else { return None };
    // A generator that is late falls behind, and not the system.
    let on_time = |round: &&RoundRecord| lateness_share(round, benchmark.percentile) <= benchmark.max_lateness;
    let sound: Vec<&RoundRecord> = rounds.iter().filter(on_time).filter(|round| round.pace.is_some()).collect();
    let paces = || sound.iter().filter_map(|round| round.pace);
    let later = paces().map(|pace| pace.later as f64).sum::<f64>();
    if later == 0.0 {
        return None;
    }
    let behind = later - paces().map(|pace| pace.answered as f64).sum::<f64>();
    let variance = 2.0 * later;
    let chance = (2.0 * variance * (sound.len() as f64 * std::f64::consts::LN_2 - BEHIND_P.ln())).sqrt();
    let longer: Vec<f64> = sound.iter().filter_map(|round| growth(&round.latencies)).collect();
    let grows = !longer.is_empty() && median(&longer) > LONGER;
    let share = behind / later;
    let fault = (share > BEHIND && behind > chance && grows).then(|| {
        let done = metrics.iter().find(|metric| metric.name == "throughput");
        let done = done.map_or(f64::NAN, |metric| median(metric.rounds.as_slice()));
        let message = format!(
            "{} queries a second were asked, and {} answered: the queue grew through the rounds ({} of the arrivals stayed behind), so \
             that latencies say how long it had become by their end; lower `target_qps`, or find what the system carries: perfgate \
             capacity",
            rate(*asked),
            rate(done),
            percent(share)
        );
        ("overloaded", message)
    });
    Some(Finding::new("behind_share", share, BEHIND, fault))
}

/// How many times as long as the first quarter of these latencies, in the order of issue, the last takes.
fn growth(latencies: &[u64]) -> Option<f64> {
    let quarter = latencies.len() / 4;
    let middle = |part: &[u64]| median(&part.iter().map(|&nanos| nanos.max(1) as f64).collect::<Vec<_>>());
    let (first, last) = (latencies.get(..quarter)?, latencies.get(latencies.len() - quarter..)?);
    (quarter > 0).then(|| middle(last) / middle(first))
}

/// Three digits: `0.512`, `42.3`, `500`.
fn rate(rate: f64) -> String {
    let digits = if rate < 9.995 { 2 } else { usize::from(rate < 99.95) };
    format!("{rate:.digits$}")
}
