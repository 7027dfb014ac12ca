//! `perfgate.plan/1`: what a check would take and see.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::tidy;
use super::{schema_of_version, to_text};
use crate::outlook::{Asked, Expected, Outlook, Seen};

/// This kind and version.
const SCHEMA: &str = "perfgate.plan/1";

#[derive(Serialize, JsonSchema)]
struct PlanV1 {
    schema: &'static str,
    /// The commit whose recorded rounds the times and changes come from; absent if nothing is recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded: Option<String>,
    /// Wall clock that the check may take, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    budget: Option<u64>,
    /// Until every benchmark has been looked at once, in nanoseconds; absent if a duration is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_look: Option<u64>,
    benchmarks: Vec<ExpectedV1>,
}

#[derive(Serialize, JsonSchema)]
struct ExpectedV1 {
    name: String,
    scenario: &'static str,
    /// Rounds a side until the first look.
    rounds: u32,
    /// Timed queries of a round, at least; offline, samples.
    queries: u32,
    samples_per_query: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    round_duration: Option<u64>,
    /// Rounds a side that the time allows, if all benchmarks go on to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    most_rounds: Option<u32>,
    metrics: Vec<SeenV1>,
    /// Its service-level objectives.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objectives: Vec<AskedV1>,
}

#[derive(Serialize, JsonSchema)]
struct AskedV1 {
    /// The objective in words.
    slo: String,
    share: f64,
    /// Nanoseconds.
    bound_ns: u64,
    /// So many queries prove it if every one is within the bound, where they are looked at once; fewer cannot.
    queries_at_best: u64,
    /// So many do at the first of several looks, which has a share of alpha only; absent where there is one look.
    #[serde(skip_serializing_if = "Option::is_none")]
    queries_at_first_look: Option<u64>,
    /// Timed queries of all rounds until the first look, at least.
    queries: u64,
}

#[derive(Serialize, JsonSchema)]
struct SeenV1 {
    name: String,
    threshold: f64,
    /// The smallest relative worsening found with probability 0.8, at the first look; absent where no size would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_first: Option<f64>,
    /// The same with all the rounds that the time allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
}

/// The JSON Schema of these documents.
pub fn plan_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(PlanV1), SCHEMA)
}

/// An outlook as JSON text.
pub fn write_plan(outlook: &Outlook) -> String {
    to_text(&PlanV1 {
        schema: SCHEMA,
        recorded: outlook.recorded.as_ref().map(ToString::to_string),
        budget: outlook.budget.map(nanos),
        first_look: outlook.first_look.map(nanos),
        benchmarks: outlook.benchmarks.iter().map(expected).collect(),
    })
}

fn expected(domain: &Expected) -> ExpectedV1 {
    ExpectedV1 {
        name: domain.name.clone(),
        scenario: domain.scenario,
        rounds: domain.rounds,
        queries: domain.queries,
        samples_per_query: domain.samples_per_query,
        round_duration: domain.round.map(nanos),
        most_rounds: domain.most_rounds,
        metrics: domain.metrics.iter().map(seen).collect(),
        objectives: domain.objectives.iter().map(asked).collect(),
    }
}

fn asked(domain: &Asked) -> AskedV1 {
    let Asked { objective, at_best, at_first_look, queries } = *domain;
    AskedV1 {
        slo: objective.to_string(),
        share: objective.share(),
        bound_ns: objective.bound(),
        queries_at_best: at_best,
        queries_at_first_look: at_first_look,
        queries,
    }
}

fn seen(domain: &Seen) -> SeenV1 {
    let finite = |change: f64| change.is_finite().then(|| tidy(change));
    SeenV1 {
        name: domain.name.clone(),
        threshold: domain.threshold.share(),
        at_first: finite(domain.at_first),
        at_most: domain.at_most.and_then(finite),
    }
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
