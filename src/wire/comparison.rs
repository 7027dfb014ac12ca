//! `perfgate.comparison/1`: the judgement on two results.

use schemars::JsonSchema;
use serde::Serialize;

use super::environment::EnvironmentV1;
use super::result::{DirectionV1, WarningV1};
use super::{schema_of_version, to_text};
use crate::gate::{
    Acceptance, Compared, Comparison, Decision, Evidence, Finding, Method, OneSide, Origin, Past, Row, Test, Tested,
    Verdict,
};

/// This kind and version.
const SCHEMA: &str = "perfgate.comparison/1";

#[derive(Serialize, JsonSchema)]
struct ComparisonV1 {
    schema: &'static str,
    verdict: &'static str,
    exit_code: u8,
    base: OriginV1,
    candidate: OriginV1,
    method: &'static str,
    alpha: f64,
    rows: Vec<RowV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningV1>,
}

#[derive(Serialize, JsonSchema)]
struct OriginV1 {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    dirty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
}

#[derive(Serialize, Default, JsonSchema)]
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
    test: Option<&'static str>,
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
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    confirmed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    accepted: Option<AcceptedV1>,
    verdict: &'static str,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
struct HistoryV1 {
    /// How many they are.
    sessions: usize,
    /// The standard deviation of one session's value, on the scale of the test.
    standard_deviation: f64,
    degrees_of_freedom: f64,
}

#[derive(Serialize, JsonSchema)]
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

/// A comparison as JSON text.
pub fn write_comparison(comparison: &Comparison) -> String {
    to_text(&ComparisonV1 {
        schema: SCHEMA,
        verdict: verdict_word(comparison.verdict),
        exit_code: comparison.exit_status.code(),
        base: origin(&comparison.base),
        candidate: origin(&comparison.candidate),
        method: method_word(comparison.method),
        alpha: comparison.alpha.share(),
        rows: comparison.rows.iter().map(row).collect(),
        warnings: comparison.warnings.iter().map(WarningV1::from).collect(),
    })
}

fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Regression => "regression",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NoBaseline => "no-baseline",
        Verdict::Failed => "failed",
    }
}

fn method_word(method: Method) -> &'static str {
    match method {
        Method::StoredBaseline => "stored-baseline",
        Method::Confirmed => "stored-baseline-confirmed",
        Method::SideBySide => "side-by-side",
        Method::Independent => "independent",
        Method::Paired => "paired",
    }
}

fn test_word(test: Test) -> &'static str {
    match test {
        Test::WelchLog => "welch-t-log",
        Test::WelchLinear => "welch-t-linear",
        Test::PairedLog => "paired-t-log",
        Test::PairedLinear => "paired-t-linear",
        Test::PairedTrimmedLog => "paired-trimmed-t-log",
        Test::PairedTrimmedLinear => "paired-trimmed-t-linear",
        Test::SessionLog => "session-t-log",
        Test::SessionLinear => "session-t-linear",
    }
}

fn origin(domain: &Origin) -> OriginV1 {
    OriginV1 {
        label: domain.label.clone(),
        commit: domain.commit.as_ref().map(ToString::to_string),
        dirty: domain.dirty,
        environment: domain.environment.as_ref().map(EnvironmentV1::from),
    }
}

fn row(domain: &Row) -> RowV1 {
    let named = RowV1 {
        benchmark: domain.benchmark.clone(),
        metric: domain.metric.clone(),
        reason: domain.reason.clone(),
        confirmed: domain.confirmed,
        ..RowV1::default()
    };
    match &domain.finding {
        Finding::Compared(compared) => compared_row(named, compared),
        Finding::Accepted(compared, acceptance) => {
            RowV1 { verdict: "accepted", accepted: Some(accepted(acceptance)), ..compared_row(named, compared) }
        }
        Finding::NoBaseline(side) => {
            let rounds = side.as_ref().map(|side| [0, side.rounds]);
            let candidate = side.as_ref().map(|side| side.value);
            RowV1 { verdict: "no-baseline", candidate, rounds, ..of_side(named, side.as_ref()) }
        }
        Finding::Missing { baseline, .. } => {
            let rounds = baseline.as_ref().map(|side| [side.rounds, 0]);
            let value = baseline.as_ref().map(|side| side.value);
            RowV1 { verdict: "missing", baseline: value, rounds, ..of_side(named, baseline.as_ref()) }
        }
        Finding::Incomparable => RowV1 { verdict: "incomparable", ..named },
        Finding::Failed => RowV1 { verdict: "failed", ..named },
        Finding::NotReached => RowV1 { verdict: "inconclusive", ..named },
    }
}

fn accepted(domain: &Acceptance) -> AcceptedV1 {
    AcceptedV1 {
        up_to: domain.up_to.share(),
        until: domain.term.until().map(|until| until.to_string()),
        base: domain.term.base().map(ToOwned::to_owned),
        why: domain.why.clone(),
        new: domain.new,
    }
}

fn of_side(row: RowV1, side: Option<&OneSide>) -> RowV1 {
    RowV1 { unit: side.map(|side| side.unit.to_string()), direction: side.map(|side| side.direction.into()), ..row }
}

fn compared_row(named: RowV1, compared: &Compared) -> RowV1 {
    let verdict = match compared.decision {
        Decision::Regression => "regression",
        Decision::Improvement => "improvement",
        Decision::Unchanged => "unchanged",
        Decision::Inconclusive => "inconclusive",
    };
    let row = RowV1 {
        unit: Some(compared.unit.to_string()),
        direction: Some(compared.direction.into()),
        baseline: Some(tidy(compared.baseline)),
        candidate: Some(tidy(compared.candidate)),
        change: compared.change.map(tidy),
        threshold: Some(compared.threshold.share()),
        rounds: Some(compared.rounds),
        verdict,
        ..named
    };
    match &compared.evidence {
        Evidence::Exact => RowV1 { test: Some("exact"), ..row },
        Evidence::TooFewRounds => row,
        Evidence::Tested(tested) => tested_row(row, tested),
    }
}

/// A computed number with twelve digits: more are those of the machine's mathematical library, and differ from one to the next.
/// Whole numbers stay as they are.
pub(super) fn tidy(value: f64) -> f64 {
    if value.fract() == 0.0 { value } else { format!("{value:.11e}").parse().unwrap_or(value) }
}

fn history(past: Past) -> Option<HistoryV1> {
    let Past::Known(spread) = past else { return None };
    Some(HistoryV1 {
        sessions: spread.values,
        standard_deviation: tidy(spread.standard_deviation),
        degrees_of_freedom: tidy(spread.degrees_of_freedom),
    })
}

fn tested_row(row: RowV1, tested: &Tested) -> RowV1 {
    let is_one_of_several = tested.share < 1.0;
    RowV1 {
        ci: tested.interval.map(|bounds| bounds.map(tidy)),
        p_value: Some(tidy(tested.p_value)),
        p_adjusted: Some(tidy(tested.p_adjusted)),
        look: is_one_of_several.then_some(tested.look),
        alpha_share: is_one_of_several.then_some(tidy(tested.share)),
        effect_size: tested.effect_size.map(tidy),
        test: Some(test_word(tested.test)),
        minimum_detectable_change: tested.minimum_detectable_change.map(tidy),
        rounds_needed: tested.rounds_needed,
        time_needed: tested.time_needed.and_then(|time| u64::try_from(time.as_nanos()).ok()),
        history: history(tested.past),
        ..row
    }
}
