//! What the processes used, as one number for each metric.

use crate::result::{BenchmarkResult, Metric};
use crate::stats::median;

/// The metrics of what processes use, in their order, and whether each is a peak.
const METRICS: [(&str, bool); 12] = [
    ("cpu_time", false),
    ("cpu_time_user", false),
    ("cpu_time_system", false),
    ("cpu_time_per_query", false),
    ("rss_peak", true),
    ("threads_peak", true),
    ("disk_read", false),
    ("disk_written", false),
    ("page_faults_minor", false),
    ("page_faults_major", false),
    ("switches_voluntary", false),
    ("switches_involuntary", false),
];

/// What the processes used, by metric, as far as it is known: over the rounds the greatest of a peak, else the median. In the units of
/// the metrics.
pub fn resources(benchmark: &BenchmarkResult) -> Vec<(&'static str, f64)> {
    let value = |&(name, is_peak): &(&'static str, bool)| {
        let rounds = benchmark.metric(name)?.rounds.as_slice();
        let greatest = rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        Some((name, if is_peak { greatest } else { median(rounds) }))
    };
    METRICS.iter().filter_map(value).collect()
}

/// The metrics of a benchmark that say what its processes used, in their order.
pub fn resource_metrics(benchmark: &BenchmarkResult) -> Vec<&Metric> {
    METRICS.iter().filter_map(|(name, _)| benchmark.metric(name)).collect()
}
