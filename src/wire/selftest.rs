//! `perfgate.selftest/1`: what was found out about the gate itself.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::tidy;
use super::environment::EnvironmentV1;
use super::failure::FailureV1;
use super::{schema_of_version, to_text};
use crate::config::Threshold;
use crate::selftest::{Counts, Injection, Need, Selftest, Tested, Verdict};

/// This kind and version.
const SCHEMA: &str = "perfgate.selftest/1";

#[derive(Serialize, JsonSchema)]
struct SelftestV1 {
    schema: &'static str,
    /// `holds`, `false-alarms`, `misses` or `failed`.
    verdict: &'static str,
    exit_code: u8,
    /// The share of checks of identical code that the gate promises to stay below.
    alpha: f64,
    seed: u64,
    /// Wall clock that the selftest was given and took, in nanoseconds.
    budget: u64,
    took: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
    /// Whole checks of identical code.
    identical: CountsV1,
    /// Checks that do not count: the time was over before they had come to their own end.
    cut_short: usize,
    benchmarks: Vec<BenchmarkV1>,
    recommendation: RecommendationV1,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailureV1>,
}

#[derive(Serialize, JsonSchema)]
struct CountsV1 {
    checks: u64,
    red: u64,
    unchanged: u64,
    undecided: u64,
    /// The share of red checks, with an exact interval at confidence 0.95; absent without checks.
    #[serde(skip_serializing_if = "Option::is_none")]
    red_share: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
    /// Pairs of rounds of a check, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    rounds: Option<f64>,
    /// Wall clock of a whole check, on average, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<u64>,
}

#[derive(Serialize, JsonSchema)]
struct BenchmarkV1 {
    name: String,
    /// Of the row that a slowdown moves first.
    #[serde(skip_serializing_if = "Option::is_none")]
    threshold: Option<f64>,
    identical: CountsV1,
    slowed: Vec<SlowedV1>,
    /// The smallest slowdown that turns a check red with this probability, by the noise that was seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    smallest_found: Option<SmallestV1>,
}

#[derive(Serialize, JsonSchema)]
struct SlowedV1 {
    /// The share of each query's latency that was added.
    slowdown: f64,
    /// By how many thresholds that moves the row.
    thresholds: f64,
    found: CountsV1,
}

#[derive(Serialize, JsonSchema)]
struct SmallestV1 {
    power_80: f64,
    power_95: f64,
}

#[derive(Serialize, JsonSchema)]
struct RecommendationV1 {
    /// Wall clock that a check may take, in nanoseconds, and its most looks at a growing number of rounds.
    check_time: u64,
    check_looks: u32,
    /// What decided answers take at the thresholds as they are; absent if it is more than is worth naming.
    #[serde(skip_serializing_if = "Option::is_none")]
    as_configured: Option<NeedV1>,
    /// The smallest threshold with decided answers, and what it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    smallest_threshold: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    at_smallest: Option<NeedV1>,
}

#[derive(Serialize, JsonSchema)]
struct NeedV1 {
    /// Pairs of rounds of the benchmark that needs most.
    rounds: u32,
    /// Wall clock of a check, in nanoseconds.
    time: u64,
    /// Whether a check may take that much.
    within_budget: bool,
}

/// The JSON Schema of these documents.
pub fn selftest_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(SelftestV1), SCHEMA)
}

/// A selftest as JSON text.
pub fn write_selftest(selftest: &Selftest) -> String {
    to_text(&SelftestV1 {
        schema: SCHEMA,
        verdict: match selftest.verdict {
            Verdict::Holds => "holds",
            Verdict::FalseAlarms => "false-alarms",
            Verdict::Misses => "misses",
            Verdict::Failed => "failed",
        },
        exit_code: selftest.verdict.exit_status().code(),
        alpha: selftest.alpha.share(),
        seed: selftest.seed,
        budget: nanoseconds(selftest.budget),
        took: nanoseconds(selftest.took),
        environment: selftest.environment.as_ref().map(EnvironmentV1::from),
        identical: counts(&selftest.identical),
        cut_short: selftest.cut_short,
        benchmarks: selftest.benchmarks.iter().map(benchmark).collect(),
        recommendation: RecommendationV1 {
            check_time: nanoseconds(selftest.means.time),
            check_looks: selftest.means.looks,
            as_configured: selftest.configured.map(need),
            smallest_threshold: selftest.smallest.map(|(threshold, _)| threshold.share()),
            at_smallest: selftest.smallest.map(|(_, at)| need(at)),
        },
        failures: selftest.failures.iter().map(FailureV1::from).collect(),
    })
}

fn nanoseconds(span: std::time::Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

fn counts(domain: &Counts) -> CountsV1 {
    let any = domain.checks > 0;
    CountsV1 {
        checks: domain.checks,
        red: domain.red,
        unchanged: domain.unchanged,
        undecided: domain.undecided,
        red_share: any.then(|| tidy(domain.red as f64 / domain.checks as f64)),
        ci: domain.red_interval().map(|bounds| bounds.map(tidy)),
        rounds: any.then(|| tidy(domain.rounds)),
        time: any.then(|| nanoseconds(domain.time)),
    }
}

fn benchmark(domain: &Tested) -> BenchmarkV1 {
    let slowed = |(Injection { factor, share }, found): &(Injection, Counts)| SlowedV1 {
        slowdown: tidy(*share),
        thresholds: *factor,
        found: counts(found),
    };
    BenchmarkV1 {
        name: domain.name.clone(),
        threshold: domain.threshold.map(Threshold::share),
        identical: counts(&domain.identical),
        slowed: domain.slowed.iter().map(slowed).collect(),
        smallest_found: domain.sees.map(|[at_80, at_95]| SmallestV1 { power_80: tidy(at_80), power_95: tidy(at_95) }),
    }
}

fn need(domain: Need) -> NeedV1 {
    NeedV1 { rounds: domain.rounds, time: nanoseconds(domain.time), within_budget: domain.within_means }
}
