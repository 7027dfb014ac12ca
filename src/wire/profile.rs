//! `perfgate.profile/1`: where a benchmark's time goes, stage by stage, and what its processes use.

mod read;

pub use read::read_profile;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::comparison::tidy;
use super::head::HeadV1;
use super::result::{BenchmarkV1, benchmark_to_wire};
use super::{schema_of_version, to_text};
use crate::profile::{
    Basis, Bottleneck, ByQuery, CONFIDENCE, Gain, Growth, InTail, Lead, Profile, Share, StagePart, Tail, Times, gain,
    resources,
};
use crate::result::BenchmarkResult;

/// This kind and version.
const SCHEMA: &str = "perfgate.profile/1";

#[derive(Serialize, Deserialize, JsonSchema)]
struct ProfileV1 {
    #[serde(flatten)]
    head: HeadV1,
    benchmark: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<String>,
    /// With which each interval (`ci`) holds.
    confidence: f64,
    shares_of: BasisV1,
    /// Of whole queries.
    total: TimesV1,
    /// The greatest share first.
    stages: Vec<StageV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    outside: Option<OutsideV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consistency: Option<ConsistencyV1>,
    /// The stage that takes most of the time; absent where that cannot be told, and where more passes outside of all stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    bottleneck: Option<String>,
    bottleneck_finding: FindingV1,
    #[serde(skip_serializing_if = "Option::is_none")]
    tail: Option<TailV1>,
    resources: UsedV1,
    /// What the rounds gave, as in a result document.
    measured: BenchmarkV1,
}

/// What the processes used, by metric, as far as it is known: over the rounds the greatest of a peak, else the median. Written for whoever
/// reads it; perfgate reads `measured`.
#[derive(Serialize, Deserialize, JsonSchema)]
struct UsedV1 {
    /// Nanoseconds a round.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_time_user: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_time_system: Option<f64>,
    /// Nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu_time_per_query: Option<f64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    rss_peak: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    threads_peak: Option<f64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk_read: Option<f64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    disk_written: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_faults_minor: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    page_faults_major: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    switches_voluntary: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    switches_involuntary: Option<f64>,
}

/// What shares are shares of: the time of the queries, or the time from the beginning of a round to its last answer.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum BasisV1 {
    Latency,
    Span,
}

/// Nanoseconds, exact, over all rounds. A percentile is absent where no time lies beyond it.
#[derive(Serialize, Deserialize, JsonSchema)]
struct TimesV1 {
    queries: u64,
    mean: f64,
    p50: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    p90: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p95: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p99: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    p999: Option<u64>,
    min: u64,
    max: u64,
}

/// A part of the whole: the mean over the rounds; absent `ci` with one round.
#[derive(Serialize, Deserialize, JsonSchema)]
struct ShareV1 {
    share: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct InTailV1 {
    /// Of the time of the slowest queries.
    of_time: ShareV1,
    /// Of the time that they take longer than the mean; absent where they hardly do.
    #[serde(skip_serializing_if = "Option::is_none")]
    of_excess: Option<ShareV1>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct StageV1 {
    name: String,
    #[serde(flatten)]
    times: TimesV1,
    #[serde(flatten)]
    share: ShareV1,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_tail: Option<InTailV1>,
    /// How many times as fast everything becomes if the stage becomes twice as fast (Amdahl's law); absent where the stage is all
    /// of the time or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    gain_twice_as_fast: Option<GainV1>,
    /// The same, if it cost nothing: no more is to be had.
    #[serde(skip_serializing_if = "Option::is_none")]
    gain_at_most: Option<GainV1>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct GainV1 {
    times: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
}

/// What passes outside of all stages; absent where they add up to more than all of the time.
#[derive(Serialize, Deserialize, JsonSchema)]
struct OutsideV1 {
    #[serde(flatten)]
    share: ShareV1,
    /// By query, of those whose stages did not exceed them.
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<TimesV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    in_tail: Option<InTailV1>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ConsistencyV1 {
    /// What all stages together are of all time.
    sum: ShareV1,
    queries: u64,
    /// Queries that reported a stage.
    reporting: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    by_query: Option<ByQueryV1>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ByQueryV1 {
    /// Queries whose stages together take over one percent longer than they do.
    exceeded: u64,
    /// Queries of which a single stage takes over one percent longer than they do.
    outlasted: u64,
    /// The greatest ratio of the stages' sum to the time of their query.
    worst: f64,
}

/// How the bottleneck is known, or why it is not.
#[derive(Serialize, Deserialize, JsonSchema)]
struct FindingV1 {
    finding: FindingWordV1,
    /// The stage that takes most; absent with one round, and without stages.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<String>,
    /// How it stands to the stage from which it is told apart least; absent if there is no other.
    #[serde(skip_serializing_if = "Option::is_none")]
    lead: Option<LeadV1>,
}

/// `ahead` of every other stage; `outside`, if it is ahead and more time passes outside of all stages; `open`, if it may not be ahead; from `one-round` nothing can be told; there are `no-stages`.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum FindingWordV1 {
    Ahead,
    Outside,
    Open,
    OneRound,
    NoStages,
}

/// The difference of two shares of what all stages take, within rounds; its interval holds for all stages at once.
#[derive(Serialize, Deserialize, JsonSchema)]
struct LeadV1 {
    over: String,
    by: ShareV1,
}

/// The slowest queries of each round.
#[derive(Serialize, Deserialize, JsonSchema)]
struct TailV1 {
    /// Their part of the queries: 0.01 or 0.05.
    slowest: f64,
    queries: u64,
    /// Nanoseconds.
    mean: f64,
    /// How much longer than the mean of all that is, in nanoseconds.
    excess: f64,
    /// `stage`, `outside`, `open`, or `none`: what takes most of the excess.
    growth: GrowthV1,
    /// The stage.
    #[serde(skip_serializing_if = "Option::is_none")]
    bottleneck: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum GrowthV1 {
    Stage,
    Outside,
    Open,
    None,
}

/// The JSON Schema of this document.
pub fn profile_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(ProfileV1), SCHEMA)
}

/// The profile as JSON text.
pub fn write_profile(profile: &Profile) -> String {
    to_text(&ProfileV1 {
        head: HeadV1::new(SCHEMA, &profile.run),
        benchmark: profile.benchmark.name.clone(),
        scenario: profile.benchmark.scenario.clone(),
        confidence: CONFIDENCE,
        shares_of: match profile.basis {
            Basis::Latency => BasisV1::Latency,
            Basis::Span => BasisV1::Span,
        },
        total: TimesV1::from(&profile.total),
        stages: profile.stages.iter().map(StageV1::from).collect(),
        outside: profile.outside.as_ref().map(|outside| OutsideV1 {
            share: outside.share.into(),
            times: outside.times.as_ref().map(TimesV1::from),
            in_tail: outside.in_tail.map(InTailV1::from),
        }),
        consistency: profile.consistency.as_ref().map(|known| ConsistencyV1 {
            sum: known.sum.into(),
            queries: known.queries,
            reporting: known.reporting,
            by_query: known.by_query.map(|ByQuery { exceeded, outlasted, worst }| ByQueryV1 {
                exceeded,
                outlasted,
                worst: tidy(worst),
            }),
        }),
        bottleneck: profile.bottleneck.name().map(str::to_owned),
        bottleneck_finding: FindingV1::from(&profile.bottleneck),
        tail: profile.tail.as_ref().map(TailV1::from),
        resources: UsedV1::from(&profile.benchmark),
        measured: benchmark_to_wire(&profile.benchmark),
    })
}

impl From<&BenchmarkResult> for UsedV1 {
    fn from(benchmark: &BenchmarkResult) -> Self {
        let known = resources(benchmark);
        let of = |name: &str| known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        Self {
            cpu_time: of("cpu_time"),
            cpu_time_user: of("cpu_time_user"),
            cpu_time_system: of("cpu_time_system"),
            cpu_time_per_query: of("cpu_time_per_query"),
            rss_peak: of("rss_peak"),
            threads_peak: of("threads_peak"),
            disk_read: of("disk_read"),
            disk_written: of("disk_written"),
            page_faults_minor: of("page_faults_minor"),
            page_faults_major: of("page_faults_major"),
            switches_voluntary: of("switches_voluntary"),
            switches_involuntary: of("switches_involuntary"),
        }
    }
}

impl From<&Times> for TimesV1 {
    fn from(times: &Times) -> Self {
        let Times { count, mean, p50, p90, p95, p99, p999, min, max } = *times;
        Self { queries: count, mean: tidy(mean), p50, p90, p95, p99, p999, min, max }
    }
}

impl From<Share> for ShareV1 {
    fn from(share: Share) -> Self {
        Self { share: tidy(share.mean), ci: share.interval.map(|ends| ends.map(tidy)) }
    }
}

impl From<InTail> for InTailV1 {
    fn from(part: InTail) -> Self {
        Self { of_time: part.share.into(), of_excess: part.of_excess.map(ShareV1::from) }
    }
}

impl From<Gain> for GainV1 {
    fn from(Gain { times, interval }: Gain) -> Self {
        Self { times: tidy(times), ci: interval.map(|ends| ends.map(tidy)) }
    }
}

impl From<&StagePart> for StageV1 {
    fn from(stage: &StagePart) -> Self {
        // From the share as it is written, so that whoever reads it gets the same.
        let written = Share { mean: tidy(stage.share.mean), interval: stage.share.interval.map(|ends| ends.map(tidy)) };
        let gain = |faster: f64| gain(written, faster).map(GainV1::from);
        Self {
            name: stage.name.clone(),
            times: TimesV1::from(&stage.times),
            share: stage.share.into(),
            in_tail: stage.in_tail.map(InTailV1::from),
            gain_twice_as_fast: gain(2.0),
            gain_at_most: gain(f64::INFINITY),
        }
    }
}

impl From<&Lead> for LeadV1 {
    fn from(lead: &Lead) -> Self {
        Self { over: lead.over.clone(), by: lead.by.into() }
    }
}

impl From<&Bottleneck> for FindingV1 {
    fn from(bottleneck: &Bottleneck) -> Self {
        let (finding, stage, lead) = match bottleneck {
            Bottleneck::Stage { name, lead } => (FindingWordV1::Ahead, Some(name), lead.as_ref()),
            Bottleneck::Outside { name, lead } => (FindingWordV1::Outside, Some(name), lead.as_ref()),
            Bottleneck::Open { name, lead } => (FindingWordV1::Open, Some(name), Some(lead)),
            Bottleneck::OneRound => (FindingWordV1::OneRound, None, None),
            Bottleneck::NoStages => (FindingWordV1::NoStages, None, None),
        };
        Self { finding, stage: stage.cloned(), lead: lead.map(LeadV1::from) }
    }
}

impl From<&Tail> for TailV1 {
    fn from(tail: &Tail) -> Self {
        let (growth, bottleneck) = match &tail.growth {
            Growth::Stage(name) => (GrowthV1::Stage, Some(name.clone())),
            Growth::Outside => (GrowthV1::Outside, None),
            Growth::Open => (GrowthV1::Open, None),
            Growth::None => (GrowthV1::None, None),
        };
        let Tail { slowest, queries, mean, excess, .. } = *tail;
        Self { slowest, queries, mean: tidy(mean), excess: tidy(excess), growth, bottleneck }
    }
}
