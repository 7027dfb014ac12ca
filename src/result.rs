//! What a measurement found: the domain types that everything after `measure` speaks.
//!
//! Here: names, units, directions, values per round, the machine they come from. Not here: how they were measured
//! (`measure`), how they are stored (`wire`, `store`), how they are judged (`gate`).

mod answers;
mod course;
mod fitness;
mod latencies;
mod objective;
mod origin;
mod resources;
mod rounds;
mod sessions;

pub use answers::{Answers, NotAnswers};
pub use course::{
    Course, MOST_ROUNDS, MOST_TIMED_WINDOWS, MOST_WARM_UP_WINDOWS, NotACourse, NotWindows, RoundCourse, Window, spread,
};
pub use fitness::{FEWEST_TO_DRIFT, Figure, MachineUse, QuotaUse};
pub use latencies::{Bucket, Distribution, NotADistribution};
pub use objective::{Attainment, NotAnAttainment, Objective, Within};
pub use origin::{CommitId, Environment, Fingerprint, Timestamp};
pub use resources::{
    Association, MOST_USE_WINDOWS, MOST_WATCHED_ROUNDS, Resources, RoundUse, Unavailable, UseWindow, Watching,
};
pub use rounds::{NotRoundValues, RoundValues};

use std::fmt;
use std::time::Duration;

/// Whether a smaller or a larger value of a metric is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Latency, errors, memory: less is better.
    LowerIsBetter,
    /// Throughput, accuracy: more is better.
    HigherIsBetter,
}

impl Direction {
    /// The relative or absolute `change`, turned so that a positive number always means *worse*.
    pub fn worsening(self, change: f64) -> f64 {
        match self {
            Self::LowerIsBetter => change,
            Self::HigherIsBetter => -change,
        }
    }

    /// The least and the most worsening of a change between `low` and `high`.
    pub fn least_and_most(self, low: f64, high: f64) -> (f64, f64) {
        match self {
            Self::LowerIsBetter => (low, high),
            Self::HigherIsBetter => (-high, -low),
        }
    }
}

/// The unit of a metric's values, as documents spell it: `ns`, `1/s`, `B`, `ratio`, or the user's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Unit(String);

impl Unit {
    /// Any text is a unit; the four of perfgate's own metrics are shown in humane multiples.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Nanoseconds, the unit of every time in a document.
    pub fn nanoseconds() -> Self {
        Self::new("ns")
    }

    /// Completed samples per second.
    pub fn per_second() -> Self {
        Self::new("1/s")
    }

    /// A share between 0 and 1: accuracy, error rate.
    pub fn ratio() -> Self {
        Self::new("ratio")
    }

    /// Instructions, counted by the processor.
    pub fn instructions() -> Self {
        Self::new("instructions")
    }

    /// Instructions, counted by callgrind, by its own name for them. Not the unit of the processor's counts: what runs under
    /// callgrind sees another processor and takes other paths.
    pub fn callgrind_instructions() -> Self {
        Self::new("Ir")
    }

    /// Whether values of this unit are counts that repeat: how often the same work does something, which depends on the code
    /// and hardly on the machine's mood.
    pub fn is_repeatable_count(&self) -> bool {
        matches!(self.0.as_str(), "instructions" | "Ir" | "allocations")
    }

    /// The unit as documents spell it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One measured quantity of one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// `latency_p90`, `throughput`, … or a name of the user's.
    pub name: String,
    /// What the values count.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// One value per round, of one session or several.
    pub rounds: RoundValues,
    /// Whether `check` judges it unless the configuration says otherwise.
    pub gate: bool,
}

/// The warning of a benchmark whose counts were asked for and could not be made here.
pub const COUNTERS_UNAVAILABLE: &str = "counters-unavailable";

/// The warning of a benchmark whose counts were asked for, and the time was over before they were made.
pub const COUNTS_NOT_IN_TIME: &str = "counts-not-in-time";

/// Something about a measurement that its reader should know; data, not log output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// A stable word to match on, such as `few-rounds`.
    pub code: String,
    /// What was seen and what to do about it, in a sentence or two.
    pub message: String,
}

/// A rule of a measurement, and whether it held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// A stable word, such as `min-queries`.
    pub name: String,
    /// Whether it held in every round.
    pub held: bool,
    /// The figures, and what to change where it did not hold.
    pub detail: String,
}

/// All that one benchmark gave in one run.
#[derive(Debug, Clone, PartialEq)]
pub struct BenchmarkResult {
    /// The benchmark's name, with the scenario appended where the configuration lists several.
    pub name: String,
    /// The scenario's name as in the configuration; `None` for imported data, which has none.
    pub scenario: Option<String>,
    /// When its last round ended.
    pub recorded_at: Option<Timestamp>,
    /// Queries that were timed, over all rounds.
    pub queries: Option<u64>,
    /// Queries per second that the schedule of its arrivals asked for; `None` where queries wait for answers, for imported data,
    /// and where an older perfgate measured it.
    pub asked: Option<f64>,
    /// Wall clock of a whole round, with start, warm-up and stop: the median over the rounds.
    pub round_duration: Option<Duration>,
    /// The metrics, in a fixed order.
    pub metrics: Vec<Metric>,
    /// Which rules of its scenario held; empty for imported data.
    pub validity: Vec<Rule>,
    /// Figures that tell whether it is fit to be compared; without those that could not be known.
    pub diagnosis: Vec<Figure>,
    /// What its reader should know.
    pub warnings: Vec<Warning>,
    /// What its accuracy rests on, in the last session; `None` without labels, and where an older perfgate measured it.
    pub answers: Option<Answers>,
    /// How its service-level objectives were kept, in the last session; each objective at most once.
    pub objectives: Vec<Attainment>,
    /// How often which latency occurred, over the timed queries of all rounds; `None` for imported data, and where an older
    /// perfgate measured it.
    pub latencies: Option<Distribution>,
    /// Latency over time, of the last session; `None` as there, and for a baseline that was stored.
    pub course: Option<Course>,
    /// What else is known of its processes, of the last session; `None` where nobody watched them, and for imported data.
    pub resources: Option<Resources>,
    /// How long the stages took that the system reports, over all rounds of the last session, in the order in which they were
    /// first reported; at most [`MOST_STAGES`]. Empty as there, and for a baseline that was stored.
    pub stages: Vec<Stage>,
}

/// More stages than this have no distribution in a result.
pub const MOST_STAGES: usize = 32;

/// A stage of the queries, as the system reports it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stage {
    /// Its name, from outside.
    pub name: String,
    /// How often which time was reported.
    pub times: Distribution,
}

impl BenchmarkResult {
    /// Metrics of which no more is known than their values.
    pub fn imported(name: impl Into<String>, metrics: Vec<Metric>) -> Self {
        Self {
            name: name.into(),
            scenario: None,
            recorded_at: None,
            queries: None,
            asked: None,
            round_duration: None,
            metrics,
            validity: Vec::new(),
            diagnosis: Vec::new(),
            warnings: Vec::new(),
            answers: None,
            objectives: Vec::new(),
            latencies: None,
            course: None,
            resources: None,
            stages: Vec::new(),
        }
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Option<&Metric> {
        self.metrics.iter().find(|metric| metric.name == name)
    }
}

/// One run: what was measured, of which commit, where and when.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// The commit that was checked out; `None` outside git.
    pub commit: Option<CommitId>,
    /// Whether tracked files differed from that commit.
    pub dirty: bool,
    /// When the run ended; `None` for imported data.
    pub recorded_at: Option<Timestamp>,
    /// perfgate's version; `None` for imported data.
    pub perfgate: Option<String>,
    /// The seed of everything random in the run.
    pub seed: Option<u64>,
    /// The machine; `None` for imported data.
    pub environment: Option<Environment>,
    /// What was measured, in the order of the configuration.
    pub benchmarks: Vec<BenchmarkResult>,
}

impl RunResult {
    /// What was measured by somebody else: nothing is known of commit, machine and time.
    pub fn imported(benchmarks: Vec<BenchmarkResult>) -> Self {
        Self {
            commit: None,
            dirty: false,
            recorded_at: None,
            perfgate: None,
            seed: None,
            environment: None,
            benchmarks,
        }
    }

    /// The benchmark of this name.
    pub fn benchmark(&self, name: &str) -> Option<&BenchmarkResult> {
        self.benchmarks.iter().find(|benchmark| benchmark.name == name)
    }
}

/// A benchmark that could not be measured, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The benchmark's name.
    pub benchmark: String,
    /// What happened, where, and what to do; may have several lines.
    pub reason: String,
}

/// A run as it ended: what was measured, and what could not be. No benchmark is in two of the three lists.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOutcome {
    /// What was measured.
    pub result: RunResult,
    /// What could not be.
    pub failures: Vec<Failure>,
    /// Benchmarks for which no time was left.
    pub not_reached: Vec<String>,
}

impl RunOutcome {
    /// A run in which everything could be measured.
    pub fn complete(result: RunResult) -> Self {
        Self { result, failures: Vec::new(), not_reached: Vec::new() }
    }
}
