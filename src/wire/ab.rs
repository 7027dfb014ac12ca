//! `perfgate.ab/1`: what an A/B test of two benchmarks found.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::tidy;
use super::environment::EnvironmentV1;
use super::failure::FailureV1;
use super::result::WarningV1;
use super::{schema_of_version, to_text};
use crate::ab::{AbTest, Arm, Finding, Look, More, RightAnswers, State, Unit, Watched};
use crate::stats::{Counts, Interval};

/// This kind and version.
const SCHEMA: &str = "perfgate.ab/1";

#[derive(Serialize, JsonSchema)]
struct AbV1 {
    schema: &'static str,
    /// The version of perfgate.
    perfgate: &'static str,
    /// 0: it ran, whatever it found; 4: an arm could not be measured.
    exit_code: u8,
    seed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
    scenario: String,
    /// `query` or `key`: what was assigned to an arm.
    by: &'static str,
    /// The dataset's column whose values are the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    /// How many users were made up as keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    users: Option<u32>,
    /// The share of tests of equal arms that may have a winner.
    alpha: f64,
    /// The smallest difference in latency that matters.
    threshold: f64,
    /// Queries of both arms that were planned.
    planned_queries: u64,
    /// Queries of both arms, failed ones included.
    queries: u64,
    /// Rounds: fresh starts of both arms.
    rounds: u64,
    /// `decided`, `queries`, `budget`, `samples-used-up` or `failed`: why it ended.
    ended: &'static str,
    /// Wall clock, in nanoseconds.
    took: u64,
    /// A, then B.
    arms: Vec<ArmV1>,
    /// B's latencies against A's; absent if an arm has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency: Option<LatencyV1>,
    /// B's failed queries against A's; absent if an arm could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<ErrorsV1>,
    /// B's right answers against A's; absent if an arm has none that could be held against a label.
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<AccuracyV1>,
    /// Of "the traffic was split as asked"; absent if an arm could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    sample_ratio_p_value: Option<f64>,
    guardrails: Vec<GuardrailV1>,
    /// The better benchmark's name, or `none`.
    winner: String,
    /// `dont`, `gradual`, `roll-out` or `wait`; absent if an arm could not be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<&'static str>,
    /// What to do, in words with the numbers behind it.
    recommendation: String,
    /// About how many more queries would settle what is open; absent where nothing is, and where that cannot be said or is far
    /// more than is practical.
    #[serde(skip_serializing_if = "Option::is_none")]
    more_queries: Option<u64>,
    /// How the estimate of the latency stood after each round.
    looks: Vec<LookV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailureV1>,
}

#[derive(Serialize, JsonSchema)]
struct ArmV1 {
    /// The benchmark's name.
    name: String,
    /// The share of the traffic that it was to get.
    share: f64,
    /// Queries, failed ones included.
    queries: u64,
    /// Failed ones.
    failed: u64,
    /// Failed ones of all queries, with its interval; absent without queries.
    #[serde(skip_serializing_if = "Option::is_none")]
    error_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_rate_ci: Option<[f64; 2]>,
    /// What the first failed query said.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_failure: Option<String>,
    /// Keys that came to it, where keys are assigned.
    #[serde(skip_serializing_if = "Option::is_none")]
    keys: Option<u64>,
    /// The geometric mean of the latencies of its answered queries, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_geometric_mean: Option<f64>,
    /// Percentiles of these, those that so many queries support.
    percentiles: Vec<PercentileV1>,
    /// The slowest, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    latency_max: Option<u64>,
    /// Right answers of those with a label, each sample once.
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy: Option<f64>,
    /// How many samples that are: all that it was asked about.
    #[serde(skip_serializing_if = "Option::is_none")]
    accuracy_samples: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct PercentileV1 {
    /// As results call it: `latency_p99`.
    name: &'static str,
    /// In nanoseconds.
    value: f64,
    /// At confidence 0.95; absent if too few queries lie beyond it.
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
}

#[derive(Serialize, JsonSchema)]
struct LatencyV1 {
    /// Of the geometric means, B over A minus 1: +0.1 is 10 % slower.
    change: f64,
    /// At confidence 1 − alpha/2 over all looks together; absent before there are enough rounds.
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
    /// Of "no difference", valid at every look.
    p_value: f64,
    /// Whether there is one, beyond chance.
    differs: bool,
}

#[derive(Serialize, JsonSchema)]
struct ErrorsV1 {
    /// B's error rate minus A's.
    difference: f64,
    /// At confidence 1 − alpha/2 over all looks together.
    ci: [f64; 2],
    /// Of "no difference", valid at every look.
    p_value: f64,
    /// Whether there is one, beyond chance.
    differs: bool,
}

#[derive(Serialize, JsonSchema)]
struct AccuracyV1 {
    /// The share of right answers of A and of B.
    values: [f64; 2],
    /// B's minus A's.
    difference: f64,
    /// At confidence 1 − alpha/2 over all looks together.
    ci: [f64; 2],
    /// Whether there is one, beyond chance.
    differs: bool,
    /// How many samples all of this is about, where they are those that both arms were asked about; absent where each arm has its
    /// own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pairs: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct GuardrailV1 {
    metric: &'static str,
    /// By how much it may get worse: for rates their difference, else relative.
    margin: f64,
    /// A's value and B's.
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<[f64; 2]>,
    /// B over A minus 1; of rates B minus A.
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
    /// Of the change, at confidence 1 − alpha over all looks together; absent where an end is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
    /// The only end that is known, of an interval without a lower or without an upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    /// `kept`, `broken` or `open`.
    state: &'static str,
    /// Why it is open, where that is not by chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize, JsonSchema)]
struct LookV1 {
    /// Queries of both arms so far.
    queries: u64,
    change: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
}

/// The JSON Schema of these documents.
pub fn ab_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(AbV1), SCHEMA)
}

/// An A/B test as JSON text.
pub fn write_ab(test: &AbTest) -> String {
    let setting = &test.setting;
    let judgement = test.judgement.as_ref();
    let (key, users) = match &setting.unit {
        Unit::Query => (None, None),
        Unit::Users(users) => (None, Some(*users)),
        Unit::Column(column) => (Some(column.name.clone()), None),
    };
    to_text(&AbV1 {
        schema: SCHEMA,
        perfgate: env!("CARGO_PKG_VERSION"),
        exit_code: if test.failures.is_empty() { 0 } else { 4 },
        seed: setting.seed,
        environment: test.environment.as_ref().map(EnvironmentV1::from),
        scenario: setting.scenario.clone(),
        by: if setting.unit.is_key() { "key" } else { "query" },
        key,
        users,
        alpha: setting.alpha.share(),
        threshold: setting.threshold.share(),
        planned_queries: setting.planned_queries,
        queries: test.arms.iter().map(|arm| arm.queries).sum(),
        rounds: test.rounds,
        ended: test.ended.word(),
        took: u64::try_from(test.took.as_nanos()).unwrap_or(u64::MAX),
        arms: Arm::ALL.map(|arm| self::arm(test, arm)).into(),
        latency: judgement.and_then(|found| found.latency).map(latency),
        errors: judgement.map(|found| errors(found.errors)),
        accuracy: judgement.and_then(|found| found.accuracy).map(accuracy),
        sample_ratio_p_value: judgement.map(|found| tidy(found.sample_ratio)),
        guardrails: judgement.into_iter().flat_map(|found| &found.guardrails).map(guardrail).collect(),
        winner: test.winner().unwrap_or("none").to_owned(),
        decision: judgement.map(|found| found.advice.word()),
        recommendation: test.recommendation(&|name| format!("`{name}`")),
        more_queries: judgement.and_then(|found| found.more).and_then(|more| match more {
            More::Queries(queries) => Some(queries),
            More::Impractical | More::Unforeseen | More::FewRounds(_) | More::Nothing => None,
        }),
        looks: test.looks.iter().map(look).collect(),
        warnings: test.warnings.iter().map(WarningV1::from).collect(),
        failures: test.failures.iter().map(FailureV1::from).collect(),
    })
}

/// Both ends, if both are known.
fn finite(interval: Interval) -> Option<[f64; 2]> {
    let ends = [interval.low, interval.high];
    ends.iter().all(|end| end.is_finite()).then(|| ends.map(tidy))
}

fn arm(test: &AbTest, arm: Arm) -> ArmV1 {
    let summary = test.arms.of(arm);
    let of_b = test.setting.split.of_b();
    let percentiles = summary.percentiles.iter();
    ArmV1 {
        name: test.setting.names.of(arm).clone(),
        share: tidy(if arm == Arm::B { of_b } else { 1.0 - of_b }),
        queries: summary.queries,
        failed: summary.failed,
        error_rate: summary.error_rate().map(tidy),
        error_rate_ci: summary.error_interval.and_then(finite),
        first_failure: summary.first_failure.clone(),
        keys: summary.keys,
        latency_geometric_mean: summary.geometric_mean.map(tidy),
        percentiles: percentiles
            .map(|(percentile, quantile)| PercentileV1 {
                name: percentile.name,
                value: quantile.value,
                ci: finite(quantile.interval),
            })
            .collect(),
        latency_max: summary.slowest,
        accuracy: summary.right.and_then(Counts::share).map(tidy),
        accuracy_samples: summary.right.map(|right| right.trials),
    }
}

fn latency(found: Finding) -> LatencyV1 {
    let Finding { change, interval, p_value, differs } = found;
    LatencyV1 { change: tidy(change), ci: finite(interval), p_value: tidy(p_value), differs }
}

fn errors(found: Finding) -> ErrorsV1 {
    let Finding { change, interval, p_value, differs } = found;
    let ci = [interval.low, interval.high].map(tidy);
    ErrorsV1 { difference: tidy(change), ci, p_value: tidy(p_value), differs }
}

fn accuracy(found: RightAnswers) -> AccuracyV1 {
    AccuracyV1 {
        values: [found.values.a, found.values.b].map(tidy),
        difference: tidy(found.change),
        ci: [found.interval.low, found.interval.high].map(tidy),
        differs: found.differs(),
        pairs: found.pairs,
    }
}

fn guardrail(own: &Watched) -> GuardrailV1 {
    let only = |is_there: fn(Interval) -> (f64, f64)| {
        let (end, other) = is_there(own.change?.1);
        (end.is_finite() && !other.is_finite()).then(|| tidy(end))
    };
    let values = own.values.a.zip(own.values.b);
    GuardrailV1 {
        metric: own.guardrail.metric.name(),
        margin: tidy(own.guardrail.margin.share()),
        values: values.map(|(a, b)| [a, b].map(tidy)),
        change: own.change.map(|(change, _)| tidy(change)),
        ci: own.change.and_then(|(_, interval)| finite(interval)),
        at_most: only(|ends| (ends.high, ends.low)),
        at_least: only(|ends| (ends.low, ends.high)),
        state: match own.state {
            State::Kept => "kept",
            State::Broken => "broken",
            State::Open(_) => "open",
        },
        reason: match own.state {
            State::Open(doubt) => doubt.words(),
            State::Kept | State::Broken => None,
        },
    }
}

fn look(own: &Look) -> LookV1 {
    LookV1 { queries: own.queries, change: tidy(own.change), ci: finite(own.interval) }
}
