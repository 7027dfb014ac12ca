//! From what processes were seen to use to metrics, one value per round, and to a course over time.

mod along;

use super::RoundRecord;
use crate::config::{Benchmark, System};
use crate::result::{
    Direction, MOST_USE_WINDOWS, MOST_WATCHED_ROUNDS, Metric, Resources, RoundUse, RoundValues, Unavailable, Unit,
    UseWindow, Watching, spread,
};
use crate::usage::{Observed, Peak, Sample};

/// What a metric is, and where it comes from.
struct Known {
    name: &'static str,
    unit: &'static str,
    of: fn(&RoundRecord) -> Option<f64>,
}

/// The metrics of what processes use, in their order.
const METRICS: [Known; 12] = [
    Known { name: "cpu_time", unit: "ns", of: |round| of_usage(round, |usage| Some(usage.spent.time())) },
    Known { name: "cpu_time_user", unit: "ns", of: |round| of_usage(round, |usage| Some(usage.spent.user)) },
    Known { name: "cpu_time_system", unit: "ns", of: |round| of_usage(round, |usage| Some(usage.spent.system)) },
    Known { name: "cpu_time_per_query", unit: "ns", of: per_query },
    Known { name: RSS_PEAK, unit: "B", of: |round| of_usage(round, peak) },
    Known { name: "threads_peak", unit: "threads", of: |round| of_usage(round, |usage| usage.threads.map(u64::from)) },
    Known { name: "disk_read", unit: "B", of: |round| of_usage(round, |usage| usage.spent.disk_read) },
    Known { name: "disk_written", unit: "B", of: |round| of_usage(round, |usage| usage.spent.disk_written) },
    Known { name: "page_faults_minor", unit: "faults", of: |round| of_usage(round, |usage| usage.spent.minor_faults) },
    Known { name: "page_faults_major", unit: "faults", of: |round| of_usage(round, |usage| usage.spent.major_faults) },
    Known {
        name: "switches_voluntary",
        unit: "switches",
        of: |round| of_usage(round, |usage| usage.spent.voluntary_switches),
    },
    Known {
        name: "switches_involuntary",
        unit: "switches",
        of: |round| of_usage(round, |usage| usage.spent.involuntary_switches),
    },
];

const RSS_PEAK: &str = "rss_peak";

fn of_usage(round: &RoundRecord, value: impl Fn(&Observed) -> Option<u64>) -> Option<f64> {
    round.usage.as_ref().and_then(value).map(|value| value as f64)
}

fn per_query(round: &RoundRecord) -> Option<f64> {
    // Of a system that nobody watched nothing is told.
    round.usage.as_ref()?;
    let queries = round.untimed.saturating_add(round.issued());
    round.serving.filter(|_| queries > 0).map(|time| time as f64 / queries as f64)
}

fn peak(usage: &Observed) -> Option<u64> {
    match usage.peak {
        Peak::Known(bytes) => Some(bytes),
        Peak::Below(_) | Peak::Unknown => None,
    }
}

/// The metrics of what the rounds' processes used, as far as it is known of every round. None is judged unless the configuration
/// says so. What the system itself reports under the same name stands.
pub fn resource_metrics(rounds: &[RoundRecord], others: &[Metric]) -> Vec<Metric> {
    let is_taken = |name: &str| others.iter().any(|metric| metric.name == name);
    let metric = |known: &Known| {
        let values: Option<Vec<f64>> = rounds.iter().map(known.of).collect();
        Some(Metric {
            name: known.name.to_owned(),
            unit: Unit::new(known.unit),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(values?).ok()?,
            gate: false,
        })
    };
    METRICS.iter().filter(|known| !is_taken(known.name)).filter_map(metric).collect()
}

/// What else is known of the rounds' processes; `None` where nobody was to watch them.
pub fn resources(benchmark: &Benchmark, rounds: &[RoundRecord]) -> Option<Resources> {
    if benchmark.resources == crate::config::Resources::Off {
        return None;
    }
    let watched: Vec<&Observed> = rounds.iter().filter_map(|round| round.usage.as_ref()).collect();
    if watched.is_empty() {
        let unavailable = all_unavailable(&benchmark.system);
        return Some(Resources { unavailable: vec![unavailable], ..Resources::default() });
    }
    let course = spread(rounds.len(), MOST_WATCHED_ROUNDS).into_iter().filter_map(|round| {
        let usage = rounds.get(round)?.usage.as_ref()?;
        let windows = windows(&usage.samples);
        (!windows.is_empty()).then_some(RoundUse { round, ready: usage.ready, windows })
    });
    Some(Resources {
        unavailable: unavailable(rounds, &watched),
        with_latency: along::associations(&benchmark.scenario, rounds),
        watching: Some(watching(&watched)),
        // Without a look while the system worked, nobody knows how it went: there is one before and one after.
        course: if watched.iter().any(|usage| usage.cost.looks > 2) { course.collect() } else { Vec::new() },
    })
}

fn all_unavailable(system: &System) -> Unavailable {
    let why = match system {
        System::Http(_) => {
            "perfgate did not start the service, and does not know which processes are its own; `start` would tell"
        }
        System::Onnx(_) => {
            "the embedded engine runs in the process of whoever calls it, together with everything else there"
        }
        System::Command(_) | System::Worker(_) => "the system tells nothing about processes",
    };
    Unavailable { metrics: METRICS.iter().map(|known| known.name.to_owned()).collect(), why: why.to_owned() }
}

fn unavailable(rounds: &[RoundRecord], watched: &[&Observed]) -> Vec<Unavailable> {
    let lacks = |known: &&Known| rounds.iter().any(|round| (known.of)(round).is_none());
    let (peak, others): (Vec<&Known>, Vec<&Known>) =
        METRICS.iter().filter(lacks).partition(|known| known.name == RSS_PEAK);
    let hidden = watched.iter().filter_map(|usage| match usage.peak {
        Peak::Below(bytes) => Some(bytes),
        Peak::Known(_) | Peak::Unknown => None,
    });
    let why_no_peak = match hidden.max() {
        Some(bytes) => format!(
            "the processes had at most {:.1} MB, which is what perfgate itself has: of a process that ends before anybody looks, \
             the system does not tell the two apart",
            bytes as f64 / 1e6
        ),
        None => NOT_TOLD.to_owned(),
    };
    let group = |known: Vec<&Known>, why: String| {
        let metrics: Vec<String> = known.iter().map(|known| known.name.to_owned()).collect();
        (!metrics.is_empty()).then_some(Unavailable { metrics, why })
    };
    group(peak, why_no_peak).into_iter().chain(group(others, NOT_TOLD.to_owned())).collect()
}

const NOT_TOLD: &str = "the system does not tell it, or processes ended that nobody waited for";

fn watching(watched: &[&Observed]) -> Watching {
    let sum = |of: fn(&Observed) -> u64| watched.iter().fold(0_u64, |sum, usage| sum.saturating_add(of(usage)));
    Watching {
        cpu_time: sum(|usage| usage.cost.time),
        share: sum(|usage| usage.cost.meanwhile) as f64 / sum(|usage| usage.cost.span).max(1) as f64,
        looks: sum(|usage| u64::from(usage.cost.looks)),
        longest_gap: watched.iter().filter_map(|usage| usage.cost.longest_gap).max(),
    }
}

/// The part of a processor that the watching used while the system worked, and the time in nanoseconds; `None` where nobody
/// watched.
pub(super) fn cost(rounds: &[RoundRecord]) -> Option<(f64, u64)> {
    let watched: Vec<&Observed> = rounds.iter().filter_map(|round| round.usage.as_ref()).collect();
    let time = watched.iter().fold(0_u64, |sum, usage| sum.saturating_add(usage.cost.meanwhile));
    (!watched.is_empty()).then(|| (watching(&watched).share, time))
}

/// The time between looks, cut into as many windows as are kept. Processor time is counted, so that no window loses any.
fn windows(samples: &[Sample]) -> Vec<UseWindow> {
    let windows = samples.len().min(MOST_USE_WINDOWS);
    let mut from = Sample { at: 0, time: 0, resident: 0 };
    let mut made = Vec::with_capacity(windows);
    let mut begin = 0;
    for window in 1..=windows {
        let end = window * samples.len() / windows;
        let Some(part) = samples.get(begin..end) else { break };
        let Some(last) = part.last() else { continue };
        let span = last.at.saturating_sub(from.at);
        if span > 0 {
            let processors = last.time.saturating_sub(from.time) as f64 / span as f64;
            let resident = part.iter().map(|sample| sample.resident).max().unwrap_or(0);
            made.push(UseWindow { until: last.at, processors, resident });
            from = *last;
            begin = end;
        }
    }
    made
}

#[cfg(test)]
mod tests;
