//! `perfgate.result/1` and `perfgate.baseline/1`: what was measured. A baseline has no course of its latencies: it is kept for
//! years, often in git, and what one session was like over time tells the next nothing.

use std::collections::HashSet;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::failure::FailureV1;
use super::head::HeadV1;
use super::latencies::{
    CourseV1, LatenciesV1, course_from_wire, course_to_wire, latencies_from_wire, latencies_to_wire,
};
use super::objectives::{AttainmentV1, attainment_to_wire, objectives_from_wire};
use super::resources::ResourcesV1;
use super::{WireError, harmless, schema_of, schema_of_version, to_text};
use crate::result::{
    Answers, BenchmarkResult, Direction, Failure, Figure, MOST_STAGES, Metric, RoundValues, Rule, RunOutcome,
    RunResult, Stage, Unit, Warning,
};

/// What a result is kept as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A run that somebody saved.
    Result,
    /// A run that the store keeps.
    Baseline,
}

impl Kind {
    /// The document's `schema`.
    fn schema(self) -> &'static str {
        match self {
            Self::Result => "perfgate.result/1",
            Self::Baseline => "perfgate.baseline/1",
        }
    }
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct ResultV1 {
    #[serde(flatten)]
    head: HeadV1,
    benchmarks: Vec<BenchmarkV1>,
    /// Benchmarks that could not be measured, and are not in `benchmarks`; absent if empty, and in a baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    failures: Vec<FailureV1>,
    /// The names of benchmarks for which no time was left; absent if empty, and in a baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    not_reached: Vec<String>,
}

/// A benchmark of these documents, and one side of a comparison's.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct BenchmarkV1 {
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scenario: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    queries: Option<u64>,
    /// Queries per second that the schedule of its arrivals asked for; absent where queries wait for answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    asked_qps: Option<f64>,
    /// Nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    round_duration: Option<u64>,
    metrics: Vec<MetricV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    validity: Vec<RuleV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    diagnosis: Vec<FigureV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<WarningV1>,
    /// What its accuracy rests on, in the last session.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<AnswersV1>,
    /// How its service-level objectives were kept, in the last session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    objectives: Vec<AttainmentV1>,
    /// How often which latency occurred, over the timed queries of all rounds: `[low, count]` of each bucket that is not empty,
    /// ascending, `low` being its least latency in nanoseconds. Below 64 every nanosecond is a bucket; from each power of two
    /// from 64 on to the next there are 32 of equal width.
    #[serde(skip_serializing_if = "Option::is_none")]
    latencies: Option<LatenciesV1>,
    /// Latency over time, of some rounds of the last session, at most 8; not in a baseline.
    #[serde(skip_serializing_if = "Option::is_none")]
    course: Option<CourseV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<ResourcesV1>,
    /// How long the stages took that the system reports, over all rounds, at most 16; not in a baseline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    stages: Vec<StageV1>,
}

/// Answers that were held against labels, over all rounds.
#[derive(Serialize, Deserialize, JsonSchema)]
struct AnswersV1 {
    judged: u64,
    /// Different samples that they are about.
    samples: u64,
}

/// A stage of the queries, and how often which time was reported: as in `latencies`.
#[derive(Serialize, Deserialize, JsonSchema)]
struct StageV1 {
    name: String,
    times: LatenciesV1,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct MetricV1 {
    name: String,
    unit: String,
    direction: DirectionV1,
    gate: bool,
    rounds: Vec<f64>,
    /// Rounds of each session that they were measured in, in order; absent if it was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    sessions: Option<Vec<usize>>,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum DirectionV1 {
    Lower,
    Higher,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct RuleV1 {
    rule: String,
    held: bool,
    detail: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct FigureV1 {
    name: String,
    value: f64,
    limit: f64,
    held: bool,
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct WarningV1 {
    code: String,
    message: String,
}

impl From<Direction> for DirectionV1 {
    fn from(domain: Direction) -> Self {
        match domain {
            Direction::LowerIsBetter => Self::Lower,
            Direction::HigherIsBetter => Self::Higher,
        }
    }
}

impl From<DirectionV1> for Direction {
    fn from(wire: DirectionV1) -> Self {
        match wire {
            DirectionV1::Lower => Self::LowerIsBetter,
            DirectionV1::Higher => Self::HigherIsBetter,
        }
    }
}

impl From<&Warning> for WarningV1 {
    fn from(domain: &Warning) -> Self {
        Self { code: domain.code.clone(), message: domain.message.clone() }
    }
}

impl From<WarningV1> for Warning {
    fn from(wire: WarningV1) -> Self {
        Self { code: wire.code, message: wire.message }
    }
}

impl From<&Rule> for RuleV1 {
    fn from(domain: &Rule) -> Self {
        Self { rule: domain.name.clone(), held: domain.held, detail: domain.detail.clone() }
    }
}

impl From<&Figure> for FigureV1 {
    fn from(domain: &Figure) -> Self {
        Self { name: domain.name.clone(), value: domain.value, limit: domain.limit, held: domain.held }
    }
}

impl From<FigureV1> for Figure {
    fn from(wire: FigureV1) -> Self {
        Self { name: wire.name, value: wire.value, limit: wire.limit, held: wire.held }
    }
}

/// The JSON Schema of these documents.
pub fn result_schema(kind: Kind) -> serde_json::Value {
    schema_of_version(schemars::schema_for!(ResultV1), kind.schema())
}

/// A run as JSON text: what was measured, and what could not be.
pub fn write_outcome(outcome: &RunOutcome) -> String {
    to_text(&ResultV1 {
        failures: outcome.failures.iter().map(FailureV1::from).collect(),
        not_reached: outcome.not_reached.clone(),
        ..to_wire(&outcome.result, Kind::Result)
    })
}

/// A result in which everything could be measured as JSON text.
pub fn write_result(result: &RunResult, kind: Kind) -> String {
    to_text(&to_wire(result, kind))
}

fn to_wire(result: &RunResult, kind: Kind) -> ResultV1 {
    ResultV1 {
        head: HeadV1::new(kind.schema(), result),
        benchmarks: result.benchmarks.iter().map(|benchmark| kept(benchmark, kind)).collect(),
        failures: Vec::new(),
        not_reached: Vec::new(),
    }
}

/// What a document of this kind keeps of a benchmark.
fn kept(benchmark: &BenchmarkResult, kind: Kind) -> BenchmarkV1 {
    let whole = benchmark_to_wire(benchmark);
    match kind {
        Kind::Result => whole,
        Kind::Baseline => {
            let resources = whole.resources.map(ResourcesV1::without_course);
            BenchmarkV1 { course: None, stages: Vec::new(), resources, ..whole }
        }
    }
}

/// A benchmark with all that is known of it.
pub fn benchmark_to_wire(benchmark: &BenchmarkResult) -> BenchmarkV1 {
    BenchmarkV1 {
        name: benchmark.name.clone(),
        scenario: benchmark.scenario.clone(),
        recorded_at: benchmark.recorded_at.as_ref().map(ToString::to_string),
        queries: benchmark.queries,
        asked_qps: benchmark.asked,
        round_duration: benchmark.round_duration.map(|time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)),
        metrics: benchmark
            .metrics
            .iter()
            .map(|metric| MetricV1 {
                name: metric.name.clone(),
                unit: metric.unit.to_string(),
                direction: metric.direction.into(),
                gate: metric.gate,
                rounds: metric.rounds.as_slice().to_vec(),
                sessions: sessions_to_wire(&metric.rounds),
            })
            .collect(),
        validity: benchmark.validity.iter().map(RuleV1::from).collect(),
        diagnosis: benchmark.diagnosis.iter().map(FigureV1::from).collect(),
        warnings: benchmark.warnings.iter().map(WarningV1::from).collect(),
        answers: benchmark.answers.map(|of| AnswersV1 { judged: of.judged(), samples: of.samples() }),
        objectives: benchmark.objectives.iter().map(attainment_to_wire).collect(),
        latencies: benchmark.latencies.as_ref().map(latencies_to_wire),
        course: benchmark.course.as_ref().map(course_to_wire),
        resources: benchmark.resources.as_ref().map(ResourcesV1::from),
        stages: benchmark.stages.iter().map(StageV1::from).collect(),
    }
}

impl From<&Stage> for StageV1 {
    fn from(domain: &Stage) -> Self {
        Self { name: domain.name.clone(), times: latencies_to_wire(&domain.times) }
    }
}

fn stages_from_wire(wire: Vec<StageV1>) -> Result<Vec<Stage>, String> {
    if wire.len() > MOST_STAGES {
        return Err(format!("stages: there are {}, at most {MOST_STAGES} are known", wire.len()));
    }
    let stage = |StageV1 { name, times }: StageV1| match latencies_from_wire(times) {
        Ok(times) => Ok(Stage { name, times }),
        Err(problem) => Err(format!("stage `{name}`: {problem}")),
    };
    wire.into_iter().map(stage).collect()
}

fn sessions_to_wire(rounds: &RoundValues) -> Option<Vec<usize>> {
    let sessions: Vec<usize> = rounds.sessions().map(<[f64]>::len).collect();
    (sessions.len() > 1).then_some(sessions)
}

/// Reads what was measured from a result or baseline of any version that this program knows.
pub fn read_result(text: &str) -> Result<RunResult, WireError> {
    read_outcome(text).map(|outcome| outcome.result)
}

/// Reads the same, with what could not be measured.
pub fn read_outcome(text: &str) -> Result<RunOutcome, WireError> {
    let (kind, version) = schema_of(text)?;
    match (kind.as_str(), version) {
        ("result" | "baseline", 1) => {
            let wire: ResultV1 = serde_json::from_str(text).map_err(|error| WireError::Invalid(error.to_string()))?;
            from_wire(wire)
        }
        ("result" | "baseline", 2..) => Err(WireError::Newer(format!("perfgate.{kind}/{version}"))),
        _ => Err(WireError::OtherKind {
            found: format!("perfgate.{kind}/{version}"),
            expected: "a result or baseline document",
        }),
    }
}

fn from_wire(wire: ResultV1) -> Result<RunOutcome, WireError> {
    let measured = wire.benchmarks.iter().map(|benchmark| &benchmark.name);
    let failed = wire.failures.iter().map(|failure| &failure.benchmark);
    each_once(measured.chain(failed).chain(&wire.not_reached))?;
    let benchmark = |wire: BenchmarkV1| {
        let name = wire.name.clone();
        benchmark_from_wire(wire, &|_, metric| format!("metric `{metric}`"))
            .map_err(|problem| WireError::Invalid(format!("benchmark `{name}`, {problem}")))
    };
    let benchmarks = wire.benchmarks.into_iter().map(benchmark).collect::<Result<_, _>>()?;
    let result = RunResult { benchmarks, ..wire.head.read()? };
    let failures = wire.failures.into_iter().map(Failure::from).collect();
    Ok(RunOutcome { result, failures, not_reached: wire.not_reached })
}

/// Refuses a benchmark that a document has twice: which of the two would be meant?
fn each_once<'a>(names: impl Iterator<Item = &'a String>) -> Result<(), WireError> {
    let mut seen = HashSet::new();
    match names.into_iter().find(|name| !seen.insert(name.as_str())) {
        Some(twice) => Err(WireError::Invalid(format!("it has the benchmark `{}` twice", harmless(twice)))),
        None => Ok(()),
    }
}

fn rate(asked: f64) -> Result<f64, String> {
    let possible = asked.is_finite() && asked > 0.0;
    if possible { Ok(asked) } else { Err(format!("asked_qps: {asked} is no rate of arrivals")) }
}

/// A benchmark, or what is wrong with it. `name_metric` says which metric it is, by its place and name.
pub fn benchmark_from_wire(
    wire: BenchmarkV1,
    name_metric: &dyn Fn(usize, &str) -> String,
) -> Result<BenchmarkResult, String> {
    let metrics = wire.metrics.into_iter().enumerate().map(|(place, metric)| {
        let rounds = match metric.sessions {
            None => RoundValues::new(metric.rounds),
            Some(sessions) => RoundValues::of_sessions(metric.rounds, &sessions),
        };
        let rounds = rounds.map_err(|problem| format!("{}: {problem}", name_metric(place, &metric.name)))?;
        Ok(Metric {
            name: metric.name,
            unit: Unit::new(metric.unit),
            direction: metric.direction.into(),
            rounds,
            gate: metric.gate,
        })
    });
    let metrics = metrics.collect::<Result<_, String>>()?;
    let latencies = wire.latencies.map(latencies_from_wire).transpose();
    let course = wire.course.map(course_from_wire).transpose();
    let resources = wire.resources.map(ResourcesV1::read).transpose();
    let answers = wire.answers.map(|of| Answers::new(of.judged, of.samples)).transpose();
    Ok(BenchmarkResult {
        name: wire.name,
        scenario: wire.scenario,
        recorded_at: wire.recorded_at.map(|time| time.parse()).transpose()?,
        queries: wire.queries,
        asked: wire.asked_qps.map(rate).transpose()?,
        round_duration: wire.round_duration.map(Duration::from_nanos),
        metrics,
        validity: wire.validity.into_iter().map(|r| Rule { name: r.rule, held: r.held, detail: r.detail }).collect(),
        diagnosis: wire.diagnosis.into_iter().map(Figure::from).collect(),
        warnings: wire.warnings.into_iter().map(Warning::from).collect(),
        answers: answers.map_err(|problem| format!("answers: {problem}"))?,
        objectives: objectives_from_wire(wire.objectives)?,
        latencies: latencies.map_err(|problem| format!("latencies: {problem}"))?,
        course: course.map_err(|problem| format!("course: {problem}"))?,
        resources: resources.map_err(|problem| format!("resources: {problem}"))?,
        stages: stages_from_wire(wire.stages)?,
    })
}
