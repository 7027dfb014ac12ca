//! The series of a result.
//!
//! What changes with every recording, such as the commit, is a label of `perfgate_baseline_info` and of the recording's time
//! only: on the values it would begin a new series with each commit, and no line of a plot would go on.

use super::text::Labels;
use super::{Description, Sample, naming};
use crate::objective::budget_used;
use crate::result::{Attainment, BenchmarkResult, RunOutcome, RunResult, Timestamp};
use crate::stats;

/// The values of a benchmark, and what they are of.
pub(super) fn samples(result: &RunResult, benchmark: &BenchmarkResult, recorded: Option<&Timestamp>) -> Vec<Sample> {
    let mut samples = vec![info(result, benchmark)];
    samples.extend(recorded.map(|time| recorded_at(result, benchmark, time)));
    samples.extend(benchmark.metrics.iter().map(|metric| {
        let named = naming::name(metric);
        let mut labels = of(benchmark, result);
        labels.push(("metric", metric.name.clone()));
        labels.extend(named.labels);
        let value = named.scale.apply(stats::median(metric.rounds.as_slice()));
        Sample { description: named.description, labels, value }
    }));
    samples.extend(benchmark.objectives.iter().flat_map(|attained| objective(result, benchmark, attained)));
    samples
}

/// The benchmarks that could not be measured, and those for which no time was left: what has no values would otherwise look like
/// what was never asked for.
pub(super) fn absent(outcome: &RunOutcome) -> Vec<Sample> {
    let failed = outcome.failures.iter().map(|failure| (&failure.benchmark, "failed"));
    let late = outcome.not_reached.iter().map(|name| (name, "no-time"));
    let machine = outcome.result.environment.as_ref().map(|environment| environment.fingerprint.to_string());
    let sample = |(name, why): (&String, &str)| {
        let mut labels = vec![("benchmark", name.clone())];
        labels.extend(machine.clone().map(|machine| ("machine", machine)));
        labels.push(("why", why.to_owned()));
        let description = Description {
            name: "perfgate_not_measured".to_owned(),
            unit: None,
            help: "A benchmark that was to be measured and was not, and why. Always 1; what was measured has no series.",
        };
        Sample { description, labels, value: 1.0 }
    };
    failed.chain(late).map(sample).collect()
}

/// How a service-level objective was kept.
fn objective(result: &RunResult, benchmark: &BenchmarkResult, attained: &Attainment) -> Vec<Sample> {
    let objective = attained.objective();
    let values = [
        ("objective_within", "The share of queries that kept a service-level objective.", attained.share()),
        ("objective", "The share of queries that a service-level objective asks for.", objective.share()),
        (
            "error_budget_used",
            "The share of queries that did not keep an objective, over the share that may not: above 1 it is overspent.",
            budget_used(objective, attained.share()),
        ),
    ];
    let sample = |(thing, help, value): (&str, &'static str, f64)| {
        let mut labels = of(benchmark, result);
        labels.push(("metric", objective.name()));
        let description = Description { name: format!("perfgate_benchmark_{thing}_ratio"), unit: Some("ratio"), help };
        Sample { description, labels, value }
    };
    values.into_iter().map(sample).collect()
}

/// The labels of every series: what stays the same from one recording to the next.
fn of(benchmark: &BenchmarkResult, result: &RunResult) -> Labels {
    let machine = result.environment.as_ref().map(|environment| environment.fingerprint.to_string());
    let mut labels = vec![("benchmark", benchmark.name.clone())];
    labels.extend(benchmark.scenario.clone().map(|scenario| ("scenario", scenario)));
    labels.extend(machine.map(|machine| ("machine", machine)));
    labels
}

fn info(result: &RunResult, benchmark: &BenchmarkResult) -> Sample {
    let mut labels = of(benchmark, result);
    let mut also = |label, value: Option<String>| labels.extend(value.map(|value| (label, value)));
    also("commit", result.commit.as_ref().map(ToString::to_string));
    also("dirty", Some(result.dirty.to_string()));
    also("perfgate", result.perfgate.clone());
    if let Some(environment) = &result.environment {
        also("cpu", environment.cpu.clone());
        also("os", Some(environment.os.clone()));
        also("kernel", environment.kernel.clone());
        also("arch", Some(environment.arch.clone()));
    }
    let description = Description {
        name: "perfgate_baseline_info".to_owned(),
        unit: None,
        help: "Which commit the values of a benchmark are of, and which machine measured it. Always 1.",
    };
    Sample { description, labels, value: 1.0 }
}

fn recorded_at(result: &RunResult, benchmark: &BenchmarkResult, time: &Timestamp) -> Sample {
    let mut labels = of(benchmark, result);
    labels.extend(result.commit.as_ref().map(|commit| ("commit", commit.to_string())));
    let description = Description {
        name: "perfgate_baseline_recorded_timestamp_seconds".to_owned(),
        unit: Some("seconds"),
        help: "When the values of a benchmark were recorded, since 1970-01-01.",
    };
    Sample { description, labels, value: time.unix_millis() as f64 / 1000.0 }
}
