//! `perfgate.capacity/1`: how much load a system carries within its objective, and what a growing load takes.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::tidy;
use super::environment::EnvironmentV1;
use super::{schema_of_version, to_text};
use crate::capacity::{Assumption, Capacity, Fit, Limit, LoadSource, Model, Plan, Point, Verdict};

/// This kind and version.
const SCHEMA: &str = "perfgate.capacity/1";

#[derive(Serialize, JsonSchema)]
struct CapacityV1 {
    schema: &'static str,
    benchmark: String,
    /// Always `server`: the scenario in which load is given from outside.
    scenario: &'static str,
    objective: ObjectiveV1,
    /// With which `at_least` and `at_most` hold, both together.
    confidence: f64,
    exit_code: u8,
    /// Queries per second at which the objective is just met, as far as is known: an estimate between `at_least` and `at_most`; the
    /// same as `at_least` where there is no `at_most`. Absent where no load was shown to meet the objective.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_qps: Option<f64>,
    /// `at_least` and `at_most`, where both were shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
    /// The highest load that was shown to meet the objective, in queries per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    /// The lowest load that was shown to violate it.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    /// `system`, or why there is no `at_most`: `generator` (it was late above `at_least`), `range` (no higher load was to be
    /// tried), `rounds` (there were too few to show more).
    limited_by: &'static str,
    /// Latency at the percentile of queries that are alone, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_alone: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    knee: Option<KneeV1>,
    /// Ascending by load.
    curve: Vec<PointV1>,
    fits: Vec<FitV1>,
    /// Instances that the grown load takes, all of them working; the same as in `plan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    instances: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanV1>,
    assumptions: Vec<AssumptionV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningV1>,
    /// Rounds in all.
    rounds: usize,
    seed: u64,
    /// Wall clock that the search was given and took, in nanoseconds.
    budget: u64,
    took: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
}

#[derive(Serialize, JsonSchema)]
struct ObjectiveV1 {
    /// Such as `p99 < 50 ms`.
    text: String,
    /// The share of queries: 0.99.
    percentile: f64,
    /// Nanoseconds.
    bound: u64,
}

#[derive(Serialize, JsonSchema)]
struct KneeV1 {
    /// The load at which throughput over mean latency is greatest of all steady points, and the steady points next to it.
    qps: f64,
    between: [f64; 2],
    /// Nanoseconds.
    latency_mean: f64,
}

#[derive(Serialize, JsonSchema)]
struct PointV1 {
    /// As scheduled, in queries per second.
    qps: f64,
    /// `met` and `violated` (shown), `meets` and `violates` (seems so), `grows`, `open`, `invalid` (the load generator was late),
    /// `failed`.
    verdict: &'static str,
    rounds: usize,
    /// Those of them in which the load generator was late; they do not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    late_rounds: Option<usize>,
    /// Judged queries.
    queries: u64,
    /// The share of them within the bound, with an interval at confidence 0.95 that knows that rounds differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    within: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    within_ci: Option<[f64; 2]>,
    /// Latencies in nanoseconds: of each the median over the rounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_mean: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_p50: Option<f64>,
    /// At the objective's percentile; and in the rounds in which that was least and greatest.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_percentile: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_range: Option<[f64; 2]>,
    /// Answers per second.
    #[serde(skip_serializing_if = "Option::is_none")]
    throughput: Option<f64>,
    /// Queries that arrived, per second of the schedules.
    #[serde(skip_serializing_if = "Option::is_none")]
    arrivals: Option<f64>,
    /// Whether the system keeps up, so that the point counts for the knee and the fits: answers come as fast as queries arrive (95 % at
    /// least), none failed, no round was stopped, and the generator was in time.
    steady: bool,
    error_rate: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    schedule_lateness_p99: Option<f64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    rss_peak: Option<f64>,
    /// What failed first.
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

#[derive(Serialize, JsonSchema)]
struct FitV1 {
    /// `queue` or `universal-scalability`.
    model: &'static str,
    /// Always: what a fit says beyond the measured loads is an extrapolation.
    extrapolated: bool,
    /// The load at which a queue says that the system is saturated, and the loads with which the points agree as well (confidence 0.95,
    /// if it is one); absent where the points do not tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    saturation_qps: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    saturation_ci: Option<[f64; 2]>,
    /// By name; times in nanoseconds, rates per second.
    parameters: Vec<ParameterV1>,
    /// Root mean square of the residuals of mean latency, as a share of it.
    residual: f64,
    points: usize,
}

#[derive(Serialize, JsonSchema)]
struct ParameterV1 {
    name: &'static str,
    value: f64,
}

#[derive(Serialize, JsonSchema)]
struct PlanV1 {
    /// The load of today in queries per second, and where that comes from: `given`, `configured` or `one-instance`.
    load: f64,
    load_from: &'static str,
    growth: f64,
    /// `load` · `growth`.
    required_qps: f64,
    /// What one instance was shown to carry, and what it is to carry with its headroom left free.
    qps_per_instance: f64,
    headroom: f64,
    usable_qps_per_instance: f64,
    instances: u64,
    /// With one that may fail.
    instances_with_spare: u64,
    /// The share of its capacity that each instance has left.
    headroom_left: f64,
    headroom_left_with_spare: f64,
    /// Processors that are busy in all instances together, and memory in bytes; absent where they were not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    processors: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<f64>,
    /// In the currency of the price, for a month of 730 hours; absent without a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    price_per_hour: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_per_month: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_per_month_with_spare: Option<f64>,
}

#[derive(Serialize, JsonSchema)]
struct AssumptionV1 {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    text: String,
}

#[derive(Serialize, JsonSchema)]
struct WarningV1 {
    code: String,
    message: String,
}

/// The JSON Schema of these documents.
pub fn capacity_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(CapacityV1), SCHEMA)
}

/// A capacity as JSON text.
pub fn write_capacity(capacity: &Capacity) -> String {
    let objective = &capacity.objective;
    let warnings = capacity.warnings.iter();
    to_text(&CapacityV1 {
        schema: SCHEMA,
        benchmark: capacity.benchmark.clone(),
        scenario: "server",
        objective: ObjectiveV1 {
            text: objective.to_string(),
            percentile: objective.share.share(),
            bound: objective.bound_nanos(),
        },
        confidence: tidy(capacity.confidence),
        exit_code: capacity.exit_status().code(),
        max_qps: capacity.max_qps().map(tidy),
        ci: capacity.interval().map(|ends| ends.map(tidy)),
        at_least: capacity.found.low.map(tidy),
        at_most: capacity.found.high.map(tidy),
        limited_by: match capacity.found.limit {
            Limit::System => "system",
            Limit::Generator => "generator",
            Limit::Range => "range",
            Limit::Rounds => "rounds",
        },
        latency_alone: capacity.alone.map(|alone| tidy(alone.latency)),
        knee: capacity.knee.map(|knee| KneeV1 {
            qps: tidy(knee.load),
            between: knee.between.map(tidy),
            latency_mean: tidy(knee.latency),
        }),
        curve: capacity.curve.iter().map(point).collect(),
        fits: capacity.fits.iter().map(fit).collect(),
        instances: capacity.plan.map(|plan| plan.instances),
        plan: capacity.plan.as_ref().map(plan),
        assumptions: capacity.assumptions.iter().map(assumption).collect(),
        warnings: warnings
            .map(|warning| WarningV1 { code: warning.code.clone(), message: warning.message.clone() })
            .collect(),
        rounds: capacity.rounds,
        seed: capacity.seed,
        budget: nanoseconds(capacity.budget),
        took: nanoseconds(capacity.took),
        environment: capacity.environment.as_ref().map(EnvironmentV1::from),
    })
}

fn nanoseconds(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

/// The word for what a point says.
fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Violated => "violated",
        Verdict::Meets => "meets",
        Verdict::Violates => "violates",
        Verdict::Grows => "grows",
        Verdict::Open => "open",
        Verdict::Invalid => "invalid",
        Verdict::Failed => "failed",
    }
}

fn point(point: &Point) -> PointV1 {
    PointV1 {
        qps: tidy(point.load),
        verdict: word(point.verdict),
        rounds: point.rounds,
        late_rounds: (point.late_rounds > 0).then_some(point.late_rounds),
        queries: point.within.trials,
        within: point.within.share().map(tidy),
        within_ci: point.interval.map(|interval| [interval.low, interval.high].map(tidy)),
        latency_mean: point.latency.map(|latency| tidy(latency.mean)),
        latency_p50: point.latency.map(|latency| tidy(latency.median)),
        latency_percentile: point.latency.map(|latency| tidy(latency.at_share)),
        latency_range: point.range.map(|ends| ends.map(tidy)),
        throughput: point.throughput.map(tidy),
        arrivals: point.arrivals.map(tidy),
        steady: point.is_steady(),
        error_rate: tidy(point.failed),
        schedule_lateness_p99: point.lateness.map(tidy),
        rss_peak: point.rss_peak.map(tidy),
        failure: point.failure.clone(),
    }
}

fn fit(fit: &Fit) -> FitV1 {
    let (model, parameters) = match fit.model {
        Model::Queue { unloaded, queueing } => ("queue", vec![("unloaded", unloaded), ("queueing", queueing)]),
        Model::UniversalScalability { alone, contention, coherency } => {
            ("universal-scalability", vec![("alone", alone), ("contention", contention), ("coherency", coherency)])
        }
    };
    FitV1 {
        model,
        extrapolated: true,
        saturation_qps: fit.saturation.map(|found| tidy(found.load)),
        saturation_ci: fit.saturation.map(|found| [found.interval.low, found.interval.high].map(tidy)),
        parameters: parameters.into_iter().map(|(name, value)| ParameterV1 { name, value: tidy(value) }).collect(),
        residual: tidy(fit.residual),
        points: fit.points,
    }
}

fn plan(plan: &Plan) -> PlanV1 {
    let wish = &plan.wish;
    PlanV1 {
        load: tidy(wish.load),
        load_from: match wish.source {
            LoadSource::Given => "given",
            LoadSource::Configured => "configured",
            LoadSource::OneInstance => "one-instance",
        },
        growth: wish.growth,
        required_qps: tidy(plan.required),
        qps_per_instance: tidy(plan.per_instance),
        headroom: tidy(wish.headroom.share()),
        usable_qps_per_instance: tidy(plan.usable),
        instances: plan.instances,
        instances_with_spare: plan.with_spare(),
        headroom_left: tidy(plan.headroom_left),
        headroom_left_with_spare: tidy(plan.headroom_left_with_spare),
        processors: plan.processors.map(tidy),
        memory: plan.memory.map(tidy),
        price_per_hour: wish.price.map(|price| tidy(price.an_hour())),
        cost_per_month: plan.cost_a_month(plan.instances).map(tidy),
        cost_per_month_with_spare: plan.cost_a_month(plan.with_spare()).map(tidy),
    }
}

fn assumption(assumption: &Assumption) -> AssumptionV1 {
    AssumptionV1 { name: assumption.name, value: assumption.value.map(tidy), text: assumption.text.clone() }
}
