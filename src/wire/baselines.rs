//! `perfgate.baselines/1`: what a store holds.

use schemars::JsonSchema;
use serde::Serialize;

use super::environment::EnvironmentV1;
use super::{schema_of_version, to_text};
use crate::inventory::{Entry, Inventory};

/// This kind and version.
const SCHEMA: &str = "perfgate.baselines/1";

#[derive(Serialize, JsonSchema)]
struct BaselinesV1 {
    schema: &'static str,
    store: String,
    /// Newest commit first.
    baselines: Vec<BaselineV1>,
}

#[derive(Serialize, JsonSchema)]
struct BaselineV1 {
    commit: String,
    /// The first line of the commit's message; absent where the clone does not have the commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// When it was recorded last.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    /// Whether tracked files differed from the commit.
    dirty: bool,
    fingerprint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
    /// Names.
    benchmarks: Vec<String>,
    /// Sessions of the benchmark that has most of them.
    sessions: usize,
}

/// The JSON Schema of these documents.
pub fn baselines_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(BaselinesV1), SCHEMA)
}

/// A list of baselines as JSON text.
pub fn write_baselines(inventory: &Inventory) -> String {
    to_text(&BaselinesV1 {
        schema: SCHEMA,
        store: inventory.store.clone(),
        baselines: inventory.entries.iter().map(baseline).collect(),
    })
}

fn baseline(domain: &Entry) -> BaselineV1 {
    BaselineV1 {
        commit: domain.commit.to_string(),
        subject: domain.subject.clone(),
        recorded_at: domain.recorded_at.as_ref().map(ToString::to_string),
        dirty: domain.dirty,
        fingerprint: domain.machine.to_string(),
        environment: domain.environment.as_ref().map(EnvironmentV1::from),
        benchmarks: domain.benchmarks.clone(),
        sessions: domain.sessions,
    }
}
