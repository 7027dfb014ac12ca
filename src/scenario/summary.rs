//! From what rounds leave behind to one value per round and metric.

use super::RoundRecord;
use super::covered::Covered;
use crate::config::{Percentile, Rate, Scenario, Traffic};
use crate::result::{Answers, Direction, Metric, RoundValues, Unit};
use crate::stats::{mean, median, percentile_occurred};

/// Why the records of a benchmark's rounds are not a measurement.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unmeasurable {
    /// More queries failed than the configuration tolerates.
    #[error(
        "{failed} of {issued} queries failed in round {round}, and `max_error_rate` tolerates {tolerated}; the first: \
         {first}"
    )]
    TooManyErrors {
        /// Counted from 1.
        round: usize,
        /// Failed queries of that round.
        failed: u64,
        /// All timed queries of that round.
        issued: u64,
        /// The share that is tolerated.
        tolerated: f64,
        /// What the first failed query said.
        first: String,
    },
    /// A round did not become what was asked for.
    #[error("round {round}: {why}")]
    Cut {
        /// Counted from 1.
        round: usize,
        /// What happened, and what to change.
        why: String,
    },
    /// A metric that the system writes itself was not written in every round.
    #[error("the metric `{name}` was written in {written} of {rounds} rounds; write it in every one")]
    Patchy {
        /// The metric.
        name: String,
        /// Rounds that have it.
        written: usize,
        /// All rounds.
        rounds: usize,
    },
    /// No rounds, or a value that is no number.
    #[error("the metric `{name}`: {problem}")]
    NoValues {
        /// The metric.
        name: String,
        /// What is wrong.
        problem: String,
    },
}

/// Percentiles, with the smallest number of latencies that has any beyond them.
const PERCENTILES: [(&str, f64, usize); 5] = [
    ("latency_p50", 0.50, 1),
    ("latency_p90", 0.90, 10),
    ("latency_p95", 0.95, 20),
    ("latency_p99", 0.99, 100),
    ("latency_p999", 0.999, 1000),
];

/// The share that a latency percentile is about, by the metric's name.
pub(super) fn percentile(name: &str) -> Option<f64> {
    PERCENTILES.iter().find(|(known, ..)| *known == name).map(|(_, share, _)| *share)
}

/// Which metrics are judged by default: a stable location, and one that sees the tail. The mean follows single outliers of
/// the machine, the extremes more so, and so does a 90th percentile that is the slowest of ten. Where everything is asked at
/// once, a latency says when in the queue a query was. `fewest` is the number of queries in the shortest round.
fn is_gated(name: &str, scenario: &Scenario, fewest: usize) -> bool {
    match (scenario, name) {
        (Scenario::Offline { .. }, name) => name == "throughput",
        (_, "latency_p50") => true,
        (_, "latency_p90") => fewest >= ENOUGH_FOR_A_TAIL,
        _ => false,
    }
}

/// The 90th percentile of so many queries has two beyond it.
const ENOUGH_FOR_A_TAIL: usize = 21;

/// The metrics of a benchmark's rounds. A round whose error rate exceeds `max_error_rate`, or in which no query was
/// answered, makes the benchmark unmeasurable.
pub fn metrics(rounds: &[RoundRecord], scenario: &Scenario, max_error_rate: f64) -> Result<Vec<Metric>, Unmeasurable> {
    for (position, record) in rounds.iter().enumerate() {
        let issued = record.issued();
        let rate = record.failed as f64 / issued.max(1) as f64;
        if rate > max_error_rate || record.latencies.is_empty() {
            return Err(Unmeasurable::TooManyErrors {
                round: position + 1,
                failed: record.failed,
                issued,
                tolerated: max_error_rate,
                first: record.first_failure.clone().unwrap_or_else(|| "no query was issued".to_owned()),
            });
        }
    }
    let fewest = rounds.iter().map(|record| record.latencies.len()).min().unwrap_or(0);
    let gated = |name: &str| is_gated(name, scenario, fewest);
    let mut metrics = latencies(rounds, &gated)?;
    let rates = rounds.iter().map(|record| rate(record, scenario));
    metrics.push(metric("throughput", Unit::per_second(), Direction::HigherIsBetter, gated("throughput"), rates)?);
    if rounds.iter().all(|record| record.judged > 0) {
        let accuracy = rounds.iter().map(|record| record.correct as f64 / record.judged as f64);
        metrics.push(metric("accuracy", Unit::ratio(), Direction::HigherIsBetter, true, accuracy)?);
    }
    let errors = rounds.iter().map(|record| record.failed as f64 / record.issued() as f64);
    metrics.push(metric("error_rate", Unit::ratio(), Direction::LowerIsBetter, true, errors)?);
    if rounds.iter().all(|record| !record.lateness.is_empty()) {
        let all: Vec<Lateness> = rounds.iter().map(lateness).collect();
        let mut push = |name: &str, of: fn(&Lateness) -> u64| {
            let values = all.iter().map(|late| of(late) as f64);
            metric(name, Unit::nanoseconds(), Direction::LowerIsBetter, false, values)
                .map(|metric| metrics.push(metric))
        };
        push("schedule_lateness_p50", |late| late.p50)?;
        push("schedule_lateness_p99", |late| late.p99)?;
        push("schedule_lateness_max", |late| late.max)?;
    }
    metrics.extend(stages(rounds)?);
    metrics.extend(own(rounds)?);
    Ok(metrics)
}

/// What the accuracy of these rounds rests on; `None` where they have none.
pub fn answers(rounds: &[RoundRecord]) -> Option<Answers> {
    if rounds.iter().any(|record| record.judged == 0) {
        return None;
    }
    let judged = rounds.iter().map(|record| record.judged).sum();
    Answers::new(judged, Covered::count(rounds.iter().map(|record| &record.covered))).ok()
}

/// Answered samples per second: of the system's work where it has one query at a time, else of the clock on the wall. Of
/// arrivals that somebody else decides on, the first only begins the count.
fn rate(record: &RoundRecord, scenario: &Scenario) -> f64 {
    let (samples, time) = match scenario {
        Scenario::SingleStream | Scenario::MultiStream { .. } => (record.samples, record.busy),
        Scenario::Server(_) => (record.samples.saturating_sub(1).max(1), record.span),
        Scenario::Offline { .. } => (record.samples, record.span),
    };
    samples as f64 * 1e9 / time.max(1) as f64
}

/// How late the load generator was in a round, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lateness {
    /// The median.
    pub p50: u64,
    /// The 99th percentile.
    pub p99: u64,
    /// The worst.
    pub max: u64,
}

/// How late the load generator was in this round; all 0 where there was no schedule.
pub fn lateness(record: &RoundRecord) -> Lateness {
    Lateness::of(&record.lateness)
}

impl Lateness {
    /// Of the lateness of each query, in nanoseconds; all 0 of none.
    pub fn of(each: &[u64]) -> Self {
        let mut sorted = each.to_vec();
        sorted.sort_unstable();
        let at = |share| percentile_occurred(&sorted, share).unwrap_or(0);
        Self { p50: at(0.5), p99: at(0.99), max: sorted.last().copied().unwrap_or(0) }
    }
}

/// How late the load generator was in a round, and the latency that this is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// After their schedule, queries were issued.
    pub(super) late: Lateness,
    /// The latency at the benchmark's percentile, in nanoseconds; 1 at least.
    latency: u64,
}

impl Timing {
    /// Of a round's latencies and lateness, both in nanoseconds.
    pub fn of(latencies: &[u64], lateness: &[u64], percentile: Percentile) -> Self {
        let mut sorted = latencies.to_vec();
        sorted.sort_unstable();
        let latency = percentile_occurred(&sorted, percentile.share()).unwrap_or(0).max(1);
        Self { late: Lateness::of(lateness), latency }
    }

    /// The 99th percentile of the lateness as a share of the latency.
    pub(super) fn share(&self) -> f64 {
        self.late.p99 as f64 / self.latency as f64
    }
}

/// How much of the latency at the percentile is the lateness of the load generator, at its 99th percentile.
pub(super) fn lateness_share(record: &RoundRecord, percentile: Percentile) -> f64 {
    Timing::of(&record.latencies, &record.lateness, percentile).share()
}

/// Queries per second that a schedule asked for: as configured where that says it, else as they arrived in all rounds together.
/// `None` where queries wait for answers.
pub fn asked(rounds: &[RoundRecord], scenario: &Scenario) -> Option<f64> {
    let Scenario::Server(server) = scenario else { return None };
    match &server.traffic {
        Traffic::Closed { .. } => None,
        Traffic::Open { rate: Rate::Constant(rate), .. } => Some(*rate),
        Traffic::Open { .. } | Traffic::Replay { .. } => {
            let paces = || rounds.iter().filter_map(|round| round.pace);
            let arrived: u64 = paces().map(|pace| pace.arrived.saturating_sub(1)).sum();
            let lasted: f64 = paces().map(|pace| pace.lasted as f64).sum();
            (arrived > 0 && lasted > 0.0).then(|| arrived as f64 * 1e9 / lasted)
        }
    }
}

fn metric(
    name: &str,
    unit: Unit,
    direction: Direction,
    gate: bool,
    values: impl Iterator<Item = f64>,
) -> Result<Metric, Unmeasurable> {
    let rounds = RoundValues::new(values.collect())
        .map_err(|problem| Unmeasurable::NoValues { name: name.to_owned(), problem: problem.to_string() })?;
    Ok(Metric { name: name.to_owned(), unit, direction, rounds, gate })
}

fn latencies(rounds: &[RoundRecord], gated: &dyn Fn(&str) -> bool) -> Result<Vec<Metric>, Unmeasurable> {
    let sorted: Vec<Vec<f64>> = rounds
        .iter()
        .map(|record| {
            let mut latencies = record.latencies.clone();
            latencies.sort_unstable();
            latencies.into_iter().map(|nanos| nanos as f64).collect()
        })
        .collect();
    let fewest = sorted.iter().map(Vec::len).min().unwrap_or(0);
    let time = |name: &str, of_round: &dyn Fn(&[f64]) -> f64| {
        let values = sorted.iter().map(|latencies| of_round(latencies));
        metric(name, Unit::nanoseconds(), Direction::LowerIsBetter, gated(name), values)
    };
    let mut metrics = vec![time("latency_mean", &mean)?];
    for (name, share, enough) in PERCENTILES {
        if fewest >= enough {
            metrics.push(time(name, &|latencies| percentile_occurred(latencies, share).unwrap_or(f64::NAN))?);
        }
    }
    metrics.push(time("latency_max", &|latencies| latencies.last().copied().unwrap_or(f64::NAN))?);
    metrics.push(time("latency_min", &|latencies| latencies.first().copied().unwrap_or(f64::NAN))?);
    Ok(metrics)
}

/// The median of each stage that every round reports.
fn stages(rounds: &[RoundRecord]) -> Result<Vec<Metric>, Unmeasurable> {
    let Some((first, others)) = rounds.split_first() else { return Ok(Vec::new()) };
    let has = |record: &RoundRecord, name: &str| record.stages.names().any(|known| known == name);
    let mut names: Vec<&str> =
        first.stages.names().filter(|name| others.iter().all(|other| has(other, name))).collect();
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| {
            let medians = rounds.iter().map(|record| {
                let times: Vec<f64> = record.stages.reported(name).map(|nanos| nanos as f64).collect();
                median(&times)
            });
            metric(&format!("stage_{name}_p50"), Unit::nanoseconds(), Direction::LowerIsBetter, false, medians)
        })
        .collect()
}

/// The system's own metrics; several values in one round count as their median.
fn own(rounds: &[RoundRecord]) -> Result<Vec<Metric>, Unmeasurable> {
    let mut seen: Vec<&super::OwnMetric> = Vec::new();
    for value in rounds.iter().flat_map(|record| &record.own_metrics) {
        if !seen.iter().any(|known| known.name == value.name) {
            seen.push(value);
        }
    }
    let mut metrics = Vec::new();
    for kind in seen {
        let mut values = Vec::new();
        for record in rounds {
            let of_round: Vec<f64> =
                record.own_metrics.iter().filter(|own| own.name == kind.name).map(|own| own.value).collect();
            if !of_round.is_empty() {
                values.push(median(&of_round));
            }
        }
        if values.len() != rounds.len() {
            let (name, written) = (kind.name.clone(), values.len());
            return Err(Unmeasurable::Patchy { name, written, rounds: rounds.len() });
        }
        metrics.push(metric(&kind.name, Unit::new(&kind.unit), kind.direction(), true, values.into_iter())?);
    }
    Ok(metrics)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::OwnMetric;

    fn metrics(rounds: &[RoundRecord], max_error_rate: f64) -> Result<Vec<Metric>, Unmeasurable> {
        super::metrics(rounds, &Scenario::SingleStream, max_error_rate)
    }

    fn round(latencies: &[u64]) -> RoundRecord {
        let samples = latencies.len() as u64;
        RoundRecord { latencies: latencies.to_vec(), samples, busy: latencies.iter().sum(), ..Default::default() }
    }

    fn values(metrics: &[Metric], name: &str) -> Vec<f64> {
        metrics.iter().find(|metric| metric.name == name).unwrap().rounds.as_slice().to_vec()
    }

    #[test]
    fn every_percentile_is_a_value_that_occurred() {
        let up: Vec<u64> = (1..=100).rev().collect();
        let metrics = super::tests::metrics(&[round(&up), round(&up)], 0.0).unwrap();
        assert_eq!(values(&metrics, "latency_p50"), [51.0, 51.0]);
        assert_eq!(values(&metrics, "latency_p90"), [91.0, 91.0]);
        assert_eq!(values(&metrics, "latency_p99"), [100.0, 100.0]);
        assert_eq!(values(&metrics, "latency_mean"), [50.5, 50.5]);
        assert_eq!(values(&metrics, "latency_max"), [100.0, 100.0]);
        assert_eq!(values(&metrics, "latency_min"), [1.0, 1.0]);
        assert_eq!(values(&metrics, "error_rate"), [0.0, 0.0]);
        assert!(!metrics.iter().any(|metric| metric.name == "accuracy"), "without labels there is no accuracy");
    }

    #[test]
    fn an_accuracy_says_how_many_answers_and_samples_it_rests_on() {
        let judged = |samples: &[usize]| {
            let mut record = RoundRecord { covered: Covered::with_room(100), ..round(&[1, 2, 3, 4]) };
            samples.iter().for_each(|sample| record.count(*sample, true));
            record
        };
        let found = answers(&[judged(&[7, 8, 7, 9]), judged(&[7, 8, 99])]).unwrap();
        assert_eq!((found.judged(), found.samples()), (7, 4));
        assert_eq!(answers(&[judged(&[7]), judged(&[])]), None, "there is no accuracy either");
        assert_eq!(answers(&[]), None);
    }

    #[test]
    fn a_percentile_that_the_sample_cannot_support_is_absent() {
        let names = |count: u64| -> Vec<String> {
            let record = round(&(1..=count).collect::<Vec<_>>());
            metrics(&[record], 0.0).unwrap().into_iter().map(|metric| metric.name).collect()
        };
        assert!(!names(9).contains(&"latency_p90".to_owned()));
        assert!(names(10).contains(&"latency_p90".to_owned()));
        assert!(!names(99).contains(&"latency_p99".to_owned()));
    }

    #[test]
    fn throughput_is_answers_over_all_working_time() {
        let mut record = round(&[250_000_000, 250_000_000]);
        record.failed = 1;
        record.busy = 1_000_000_000;
        assert_eq!(values(&metrics(&[record], 0.5).unwrap(), "throughput"), [2.0]);
    }

    #[test]
    fn errors_beyond_what_is_tolerated_are_no_measurement() {
        let mut record = round(&[1, 1, 1]);
        record.failed = 1;
        record.first_failure = Some("exited with status 7".to_owned());
        let error = metrics(std::slice::from_ref(&record), 0.2).unwrap_err().to_string();
        assert!(error.starts_with("1 of 4 queries failed in round 1"), "{error}");
        assert!(error.ends_with("exited with status 7"), "{error}");
        assert_eq!(values(&metrics(&[record], 0.25).unwrap(), "error_rate"), [0.25]);
        assert!(metrics(&[round(&[])], 1.0).is_err(), "no answer at all is never a measurement");
    }

    #[test]
    fn own_metrics_take_the_rounds_median_and_must_be_in_every_round() {
        let own = |value| OwnMetric { name: "size".to_owned(), value, unit: "B".to_owned(), lower_is_better: true };
        let mut record = round(&[1]);
        record.own_metrics = vec![own(1.0), own(9.0), own(5.0)];
        assert_eq!(values(&metrics(&[record.clone(), record.clone()], 0.0).unwrap(), "size"), [5.0, 5.0]);
        let error = metrics(&[record, round(&[1])], 0.0).unwrap_err().to_string();
        assert_eq!(error, "the metric `size` was written in 1 of 2 rounds; write it in every one");
    }
}
