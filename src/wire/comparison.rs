//! `perfgate.comparison/1`: the judgement on two results.
//!
//! Here: the document as it stands in a file. Not here: how it is made (`write`), what is asked of one that comes from
//! elsewhere (`read`), how much of what was measured is in it (`measured`).

mod fields;
mod measured;
mod objective;
mod read;
mod write;

pub(super) use fields::tidy;
pub use read::read_comparison;
pub use write::write_comparison;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use measured::LineV1;
use objective::ObjectiveV1;

use super::environment::EnvironmentV1;
use super::result::DirectionV1;
use super::schema_of_version;

/// This kind and version.
const SCHEMA: &str = "perfgate.comparison/1";

#[derive(Serialize, Deserialize, JsonSchema)]
struct ComparisonV1 {
    schema: String,
    verdict: VerdictV1,
    exit_code: u8,
    base: OriginV1,
    candidate: OriginV1,
    method: MethodV1,
    alpha: f64,
    rows: Vec<RowV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<ComparisonWarningV1>,
    /// Warnings about single measurements that are not listed, because many benchmarks have the same.
    #[serde(default, skip_serializing_if = "is_zero")]
    warnings_left_out: usize,
    /// What the rows rest on, a benchmark a line, in the order of the rows. Of many benchmarks it has less of each, and not those
    /// whose rows come last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measured: Vec<LineV1>,
}

/// A warning about the comparison as a whole, or about the measurement of one benchmark on one side.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ComparisonWarningV1 {
    code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    benchmark: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    side: Option<SideV1>,
    message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SideV1 {
    Base,
    Candidate,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// What a comparison says as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum VerdictV1 {
    Pass,
    Regression,
    Inconclusive,
    NoBaseline,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum MethodV1 {
    StoredBaseline,
    StoredBaselineConfirmed,
    SideBySide,
    Independent,
    Paired,
}

/// What a row says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum RowVerdictV1 {
    Regression,
    Accepted,
    Improvement,
    Unchanged,
    Inconclusive,
    NoBaseline,
    Incomparable,
    Missing,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
enum TestV1 {
    #[serde(rename = "welch-t-log")]
    WelchLog,
    #[serde(rename = "welch-t-linear")]
    WelchLinear,
    #[serde(rename = "paired-t-log")]
    PairedLog,
    #[serde(rename = "paired-t-linear")]
    PairedLinear,
    #[serde(rename = "paired-trimmed-t-log")]
    PairedTrimmedLog,
    #[serde(rename = "paired-trimmed-t-linear")]
    PairedTrimmedLinear,
    #[serde(rename = "session-t-log")]
    SessionLog,
    #[serde(rename = "session-t-linear")]
    SessionLinear,
    /// Nothing varies: compared as they are.
    #[serde(rename = "exact")]
    Exact,
    /// The share of queries that keep an objective, with rounds as clusters (Korn and Graubard).
    #[serde(rename = "clustered-binomial")]
    ClusteredBinomial,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct OriginV1 {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    /// Of a trial merge of a change into its base, the change's own commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<String>,
    #[serde(default)]
    dirty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct RowV1 {
    benchmark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    metric: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    direction: Option<DirectionV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    baseline: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
    /// The same interval as a difference of the two values; only for rates of failure, which are judged by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    difference_ci: Option<[f64; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p_value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p_adjusted: Option<f64>,
    /// How many looks at a growing number of rounds it took; absent if there was only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    look: Option<u32>,
    /// The share of alpha that the last of them could spend; absent if there was only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    alpha_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    effect_size: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    test: Option<TestV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rounds: Option<[usize; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_detectable_change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rounds_needed: Option<u64>,
    /// What the rounds that are lacking for that would take, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    time_needed: Option<u64>,
    /// The recorded sessions by whose spread the row was judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<HistoryV1>,
    /// Of a row about a service-level objective: what was asked for, and what was counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    objective: Option<ObjectiveV1>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<AcceptedV1>,
    /// Of a missing row: whether the base's configuration permits it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    allowed: bool,
    verdict: RowVerdictV1,
    reason: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct HistoryV1 {
    /// How many they are.
    sessions: usize,
    /// The standard deviation of one session's value, on the scale of the test.
    standard_deviation: f64,
    degrees_of_freedom: f64,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct AcceptedV1 {
    up_to: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<String>,
    why: String,
    new: bool,
}

/// The JSON Schema of these documents.
pub fn comparison_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(ComparisonV1), SCHEMA)
}
