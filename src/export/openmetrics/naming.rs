//! What a metric of a benchmark is called in Prometheus: one name for each thing that is measured, in base units, which the name
//! ends with.
//!
//! `latency_p50` and `latency_p99` are the same thing, `perfgate_benchmark_latency_seconds`, and `accuracy` is another. The
//! label `metric` has perfgate's own name to the letter, so that two metrics whose names differ only in what such a name cannot
//! hold stay two series.

use super::Description;
use super::text::Labels;
use crate::result::Metric;

/// A metric's name, unit and labels, and how its values become those of the base unit.
pub(super) struct Named {
    pub(super) description: Description,
    pub(super) labels: Labels,
    pub(super) scale: Scale,
}

/// A factor as a fraction: dividing by 10⁹ is exact where multiplying by 10⁻⁹ is not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Scale {
    times: f64,
    over: f64,
}

impl Scale {
    pub(super) fn apply(self, value: f64) -> f64 {
        value * self.times / self.over
    }
}

const PREFIX: &str = "perfgate_benchmark_";

/// Endings that mean something to Prometheus, and that a name does not get by chance.
const RESERVED: [&str; 10] =
    ["seconds", "bytes", "ratio", "per_second", "total", "count", "sum", "bucket", "created", "info"];

/// The name of a metric.
pub(super) fn name(metric: &Metric) -> Named {
    let (thing, mut labels) = thing(&metric.name);
    let unit = metric.unit.as_str();
    let (full, base, scale) = match base_unit(unit) {
        Some((base, scale)) => (ending_with(&thing, base, unit), Some(base), scale),
        None => {
            if unit != "1" {
                labels.push(("unit", unit.to_owned()));
            }
            (not_by_chance(thing.clone()), None, Scale { times: 1.0, over: 1.0 })
        }
    };
    let description = Description { name: format!("{PREFIX}{full}"), unit: base, help: help(&thing) };
    Named { description, labels, scale }
}

/// The thing that is measured, without the statistic of it, and the labels that tell one such thing from another.
fn thing(metric: &str) -> (String, Labels) {
    if metric == "error_rate" {
        // A rate is per second to Prometheus.
        return ("error".to_owned(), Labels::new());
    }
    let stem = without_statistic(metric);
    match stem.strip_prefix("stage_") {
        Some(stage) => ("stage".to_owned(), vec![("stage", stage.to_owned())]),
        None => (sanitized(stem), Labels::new()),
    }
}

/// `latency_p99` without `_p99`. There is always something left.
fn without_statistic(metric: &str) -> &str {
    let is_percentile = |word: &str| {
        word.strip_prefix('p').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    let is_statistic = |word: &str| ["mean", "median", "min", "max"].contains(&word) || is_percentile(word);
    match metric.rsplit_once('_') {
        Some((stem, word)) if !stem.is_empty() && is_statistic(word) => stem,
        _ => metric,
    }
}

/// Lower case letters, digits and single underscores between words. Other letters than a to z are left out.
fn sanitized(name: &str) -> String {
    let lower = name.to_lowercase();
    let words = lower.split(|c: char| !c.is_alphanumeric());
    let words = words.map(|word| word.chars().filter(char::is_ascii_alphanumeric).collect::<String>());
    let joined = words.filter(|word| !word.is_empty()).collect::<Vec<String>>().join("_");
    if joined.is_empty() { "metric".to_owned() } else { joined }
}

/// The thing with its base unit at the end, once, instead of the unit that it may have had there.
fn ending_with(thing: &str, base: &str, unit: &str) -> String {
    let own = format!("_{}", sanitized(unit));
    let stem = thing.strip_suffix(own.as_str()).unwrap_or(thing);
    if is_or_ends_with(stem, base) { stem.to_owned() } else { format!("{stem}_{base}") }
}

fn not_by_chance(thing: String) -> String {
    if RESERVED.iter().any(|word| is_or_ends_with(&thing, word)) { format!("{thing}_value") } else { thing }
}

/// Whether these words are the name, or its last ones.
fn is_or_ends_with(name: &str, words: &str) -> bool {
    name.strip_suffix(words).is_some_and(|rest| rest.is_empty() || rest.ends_with('_'))
}

/// The base unit of a unit, and what its values are to be multiplied with.
fn base_unit(unit: &str) -> Option<(&'static str, Scale)> {
    let (base, times, over) = match unit {
        "ns" => ("seconds", 1.0, 1e9),
        "us" | "µs" | "μs" => ("seconds", 1.0, 1e6),
        "ms" => ("seconds", 1.0, 1e3),
        "s" => ("seconds", 1.0, 1.0),
        "min" => ("seconds", 60.0, 1.0),
        "h" => ("seconds", 3600.0, 1.0),
        "B" => ("bytes", 1.0, 1.0),
        "kB" | "KB" => ("bytes", 1e3, 1.0),
        "MB" => ("bytes", 1e6, 1.0),
        "GB" => ("bytes", 1e9, 1.0),
        "KiB" => ("bytes", 1024.0, 1.0),
        "MiB" => ("bytes", 1024.0 * 1024.0, 1.0),
        "GiB" => ("bytes", 1024.0 * 1024.0 * 1024.0, 1.0),
        "ratio" => ("ratio", 1.0, 1.0),
        "%" => ("ratio", 1.0, 100.0),
        "1/s" => ("per_second", 1.0, 1.0),
        _ => return None,
    };
    Some((base, Scale { times, over }))
}

fn help(thing: &str) -> &'static str {
    match thing {
        "latency" => "Latency of a query: the statistic that the label metric names, median over the rounds.",
        "throughput" => "Completed samples per second, median over the rounds.",
        "accuracy" => "Share of the samples that were answered rightly, median over the rounds.",
        "error" => "Share of the queries that failed, median over the rounds.",
        "schedule_lateness" => "How late queries were sent: the statistic that the label metric names.",
        "cpu_time" => "Processor time of a round, median over the rounds.",
        "rss_peak" => "Largest resident memory of a round, median over the rounds.",
        "stage" => "Time in a stage of the queries: the statistic that the label metric names, median over the rounds.",
        "instructions" => "Instructions of a query, median over the rounds.",
        "allocations" => "Allocations of a query, median over the rounds.",
        _ => "A metric of the user's own, which the label metric names, median over the rounds.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Direction, RoundValues, Unit};

    fn named(metric: &str, unit: &str) -> Named {
        name(&Metric {
            name: metric.to_owned(),
            unit: Unit::new(unit),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(vec![1.0]).unwrap(),
            gate: true,
        })
    }

    #[test]
    fn a_name_is_the_thing_and_its_base_unit() {
        for (metric, unit, expected) in [
            ("latency_p50", "ns", "latency_seconds"),
            ("latency_p999", "ns", "latency_seconds"),
            ("latency_max", "ns", "latency_seconds"),
            ("latency", "ms", "latency_seconds"),
            ("schedule_lateness_p99", "ns", "schedule_lateness_seconds"),
            ("throughput", "1/s", "throughput_per_second"),
            ("accuracy", "ratio", "accuracy_ratio"),
            ("error_rate", "ratio", "error_ratio"),
            ("cpu_time", "ns", "cpu_time_seconds"),
            ("rss_peak", "B", "rss_peak_bytes"),
            ("instructions", "instructions", "instructions"),
            ("instructions", "Ir", "instructions"),
            ("decode_ms", "ms", "decode_seconds"),
            ("decode_seconds", "s", "decode_seconds"),
            ("bytes", "B", "bytes"),
            ("kilobytes", "B", "kilobytes_bytes"),
            ("Size of Binary!", "KiB", "size_of_binary_bytes"),
            ("__a--b__", "1", "a_b"),
            ("größe des Baums", "1", "gre_des_baums"),
            ("☃", "1", "metric"),
            ("", "1", "metric"),
            ("_p50", "1", "p50"),
            ("p50", "1", "p50"),
            ("requests_total", "1", "requests_total_value"),
            ("count", "1", "count_value"),
            ("discount", "1", "discount"),
            ("wait_seconds", "laps", "wait_seconds_value"),
        ] {
            assert_eq!(named(metric, unit).description.name, format!("{PREFIX}{expected}"), "{metric} in {unit}");
        }
    }

    #[test]
    fn a_stage_and_an_unknown_unit_are_labels() {
        let stage = named("stage_pre_process_p50", "ns");
        assert_eq!(stage.description.name, "perfgate_benchmark_stage_seconds");
        assert_eq!(stage.labels, [("stage", "pre_process".to_owned())]);
        assert_eq!(named("fuel", "laps").labels, [("unit", "laps".to_owned())]);
        assert!(named("fuel", "1").labels.is_empty());
    }

    #[test]
    fn values_are_those_of_the_base_unit() {
        for (unit, value, expected) in [
            ("ns", 1.0, 1e-9),
            ("ns", 275_870.0, 0.000_275_87),
            ("µs", 3.0, 3e-6),
            ("ms", 7.0, 0.007),
            ("s", 0.1, 0.1),
            ("min", 1.5, 90.0),
            ("h", 2.0, 7200.0),
            ("KiB", 2.0, 2048.0),
            ("MB", 1.5, 1_500_000.0),
            ("%", 98.6, 0.986),
            ("laps", 3.0, 3.0),
        ] {
            assert_eq!(named("x", unit).scale.apply(value), expected, "{value} {unit}");
        }
    }

    #[test]
    fn a_unit_is_the_end_of_its_name() {
        for unit in ["ns", "B", "ratio", "1/s"] {
            let Description { name, unit, .. } = named("x", unit).description;
            assert!(name.ends_with(unit.unwrap()), "{name}");
        }
        assert_eq!(named("x", "laps").description.unit, None);
    }
}
