//! `perfgate.toml` and `perfgate-accepted.toml`: from text to types that hold no impossible value.
//!
//! Here: the checked types, and `parse`, which makes them or says what is wrong, where, and what was expected. Not here:
//! finding and reading the file (`app`), showing the errors (`render`).

mod accepted;
mod belonging;
mod benchmark;
mod duration;
mod extent;
mod keys;
mod load;
mod metric;
mod objective;
mod policy;
mod problem;
mod queries;
mod rules;
mod scenario;
mod schema;
mod sections;
mod service;
mod store_url;
mod suggest;
mod syntax;
mod system;
#[cfg(test)]
mod tests;
mod traffic;
mod url;
mod usual;
mod values;
mod yardstick;

pub use accepted::{Accepted, Covered, Date, Term, Until, parse as parse_accepted, parse_reason, put as put_accepted};
pub use duration::exact as exact_duration;
pub use load::{Percentile, Rate, Resources, Sampling, Scenario, ScenarioKind, Server, Spacing, Stopping, Traffic};
pub use metric::own_metric;
pub use objective::{InvalidObjective, Objective};
pub use policy::{
    Alpha, BenchmarkPolicy, FailOn, GatePolicy, InvalidFraction, Overrides, RowPolicy, RuleChange, Threshold,
    default_threshold,
};

pub use problem::{Place, Problem};
pub use queries::{InvalidQueries, Queries, TooManyQueries};
pub use schema::{accepted_schema, json_schema};
pub use store_url::DataBranch;
pub use yardstick::Yardstick;

use std::fmt;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use problem::{Problems, Reported};
use sections::Fields;
use toml::de::{DeTable, DeValue};

/// The whole configuration, checked. Paths are as written: relative to the folder of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The rules of the gate, with those of single benchmarks and metrics inside.
    pub policy: GatePolicy,
    /// Wall clock of the whole check; `None` means unbounded.
    pub budget: Option<Duration>,
    /// Where baselines are kept.
    pub store: StoreUrl,
    /// How a revision becomes runnable.
    pub build: Option<Build>,
    /// What is measured, in the order of the file, one entry per scenario. Names are unique.
    pub benchmarks: Vec<Benchmark>,
}

/// Where baselines are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreUrl {
    /// A folder, relative to the folder of the configuration: `dir:baselines`, `file:///var/lib/baselines`.
    Dir(PathBuf),
    /// A branch of the repository that the configuration lies in: `git:perfgate-data`.
    Git(DataBranch),
}

/// How a revision becomes runnable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// Runs in the folder of the configuration.
    pub command: CommandLine,
    /// Whether what it made of a base revision is kept for the next time.
    pub cache: bool,
}

/// A program and its arguments; never empty. No shell is involved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The program.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

impl CommandLine {
    /// The program, then its arguments.
    pub fn words(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.program).chain(&self.arguments)
    }
}

impl fmt::Display for CommandLine {
    /// For people: parts with blanks are quoted.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, part) in self.words().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            if part.is_empty() || part.contains(char::is_whitespace) {
                write!(f, "{part:?}")?;
            } else {
                f.write_str(part)?;
            }
        }
        Ok(())
    }
}

/// One benchmark: a system under test, a scenario, and how long to look.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Unique; with `/scenario` appended where the file lists several scenarios.
    pub name: String,
    /// What is measured.
    pub system: System,
    /// Rows handed to the system; `None`: the system needs none.
    pub dataset: Option<PathBuf>,
    /// How queries arrive.
    pub scenario: Scenario,
    /// Which samples of the dataset a round asks about.
    pub sampling: Sampling,
    /// Fresh starts of the system; one value per metric comes out of each.
    pub rounds: NonZeroU32,
    /// Untimed queries before the first timed one of a round.
    pub warmup: u32,
    /// When a round has seen enough.
    pub stopping: Stopping,
    /// The percentile of latency that the validity of a result is about.
    pub percentile: Percentile,
    /// What the latency at the percentile must stay within.
    pub latency_bound: Option<Duration>,
    /// Its service-level objectives; each at most once.
    pub objectives: Vec<Objective>,
    /// What is counted besides the time; each at most once.
    pub counters: Vec<Counter>,
    /// Whether somebody watches what the system's processes use.
    pub resources: Resources,
    /// Longest time for a query, a start, a stop.
    pub timeout: Duration,
    /// Share of failed queries from which on the system counts as failed; 0: the first error ends the measurement.
    pub max_error_rate: f64,
    /// How late the load generator of an open loop may be in the middle round, as a share of the latency at the percentile.
    pub max_lateness: f64,
}

/// What can be counted besides the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counter {
    /// Instructions that the system executes, outside the kernel.
    Instructions,
}

impl Counter {
    /// All of them.
    pub const ALL: [Self; 1] = [Self::Instructions];

    /// As the file spells it, and as the metric is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
        }
    }
}

/// The system under test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum System {
    /// The embedded engine runs this model.
    Onnx(PathBuf),
    /// One process a query.
    Command(CommandLine),
    /// One process a round, JSON lines.
    Worker(CommandLine),
    /// An HTTP service.
    Http(Http),
}

/// An HTTP service: where it is, what is asked, and how it is started, if perfgate is to start it. `{port}` in `url`, `ready`,
/// `start` stands for a free port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Http {
    /// `http://…` or `https://…`.
    pub url: String,
    /// Upper case; `GET` unless there is a body.
    pub method: String,
    /// Names and values, in the order of the file.
    pub headers: Vec<(String, String)>,
    /// The request's body, in which `{sample}`, `{inputs}` and the dataset's column names in braces are filled in.
    pub body: Option<String>,
    /// Starts the server, once a round; `None`: it runs already.
    pub start: Option<CommandLine>,
    /// Where to ask whether the server is ready: any 2xx answer. `None`: as soon as it accepts connections.
    pub ready: Option<String>,
    /// Which protocol to speak.
    pub protocol: HttpProtocol,
    /// Connections that are opened before the clock starts.
    pub connections: NonZeroU32,
}

/// The version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HttpProtocol {
    /// HTTP/1.1, one query at a time on each connection.
    #[default]
    Http1,
    /// HTTP/2, many queries at a time on each connection; over TLS negotiated, else with prior knowledge.
    Http2,
}

/// Reads a configuration, or says everything that is wrong with it: at least one problem, in the order of the text.
pub fn parse(text: &str) -> Result<Config, Vec<Problem>> {
    let words = syntax::Words { repeated: "[[benchmark]]", section: "[gate]", thing: "benchmark" };
    read_whole(text, &words, |root, problems| read(root, text, problems))
}

/// What `read` makes of a text, if nothing is wrong with it.
fn read_whole<T>(
    text: &str,
    words: &syntax::Words,
    read: impl FnOnce(&DeTable<'_>, &Problems) -> Result<T, Reported>,
) -> Result<T, Vec<Problem>> {
    let tree = syntax::read(text, words);
    if !tree.readable {
        return Err(tree.problems);
    }
    let problems = Problems::default();
    let value = read(tree.root.get_ref(), &problems);
    // A value that is no TOML is no use to its key either; that need not be said twice.
    let broken = |span: &Range<usize>| {
        tree.problems.iter().any(|problem| span.start < problem.place.span.end && problem.place.span.start < span.end)
    };
    let mut found = problems.into_all();
    found.retain(|problem| !broken(&problem.place.span));
    found.extend(tree.problems.iter().cloned());
    found.sort_by_key(|problem| problem.place.span.start);
    match value {
        Ok(value) if found.is_empty() => Ok(value),
        _ => Err(found),
    }
}

fn read(root: &DeTable<'_>, text: &str, problems: &Problems) -> Result<Config, Reported> {
    let sections = sections::find(root, problems);
    let mut gate = Ok((GatePolicy::default(), None));
    let mut store = Ok(None);
    let mut build = Ok(None);
    let mut benchmarks = Vec::new();
    let mut taken = benchmark::Taken::new();
    for section in &sections {
        let fields = section.open(problems);
        if section.is(&keys::GATE) {
            gate = read_gate(&fields);
        } else if section.is(&keys::BASELINE) {
            store = fields.optional("store", values::store);
        } else if section.is(&keys::BUILD) {
            build = read_build(&fields).map(Some);
        } else {
            benchmarks.push(benchmark::read(&fields, &mut taken));
        }
    }
    let is_empty = |value: &DeValue<'_>| value.as_array().is_some_and(|list| list.is_empty());
    if benchmarks.is_empty() && root.get(keys::BENCHMARK.name).is_none_or(|value| is_empty(value.get_ref())) {
        problems.report(nothing_to_measure(text));
    }
    let (mut policy, budget) = gate?;
    let mut all = Vec::new();
    for read in benchmarks {
        let (each, rules) = read?;
        policy.benchmarks.extend(each.iter().map(|benchmark| {
            let own = BenchmarkPolicy { objectives: benchmark.objectives.clone(), ..rules.clone() };
            (benchmark.name.clone(), own)
        }));
        all.extend(each);
    }
    let store = store?.unwrap_or_else(|| StoreUrl::Dir(PathBuf::from("baselines")));
    Ok(Config { policy, budget, store, build: build?, benchmarks: all })
}

fn read_build(fields: &Fields<'_>) -> Result<Build, Reported> {
    let command = fields.required("command", values::command);
    let cache = fields.optional("cache", values::flag);
    Ok(Build { command: command?, cache: cache?.unwrap_or(true) })
}

fn read_gate(fields: &Fields<'_>) -> Result<(GatePolicy, Option<Duration>), Reported> {
    let threshold = fields.optional("threshold", values::threshold);
    let alpha = fields.optional("alpha", values::alpha);
    let budget = fields.optional("budget", values::duration);
    let fail_on = fields.optional("fail_on", values::fail_on);
    let allow_missing = fields.optional("allow_missing", values::flag);
    let usual = GatePolicy::default();
    let policy = GatePolicy {
        threshold: threshold?.unwrap_or(usual.threshold),
        alpha: alpha?.unwrap_or(usual.alpha),
        fail_on: fail_on?.unwrap_or(usual.fail_on),
        allow_missing: allow_missing?.unwrap_or(usual.allow_missing),
        benchmarks: usual.benchmarks,
    };
    Ok((policy, budget?))
}

fn nothing_to_measure(text: &str) -> Problem {
    let end = text.trim_end().len();
    Problem::new(
        "there is no [[benchmark]]",
        end..end,
        "nothing to measure",
        "add one such as\n[[benchmark]]\nname = \"start\"\ncommand = [\"./my-tool\", \"--version\"]",
    )
}

/// Reads a duration longer than 0 and at most a year, as a flag of the command line spells it: `5m`, `1.5s`.
pub fn parse_duration(text: &str) -> Result<Duration, String> {
    duration::parse(text, false).map_err(|invalid| invalid.to_string())
}

/// Reads an age from a command line: days such as `90d`, or a duration.
pub fn parse_age(text: &str) -> Result<Duration, String> {
    let days = text.trim().strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    match days {
        Some(days) => Ok(Duration::from_secs(u64::from(days) * 24 * 3600)),
        None => parse_duration(text).map_err(|problem| format!("{problem}; or days, such as 90d")),
    }
}

/// Reads a pause from a command line: a duration, or none at all such as `0s`.
pub fn parse_pause(text: &str) -> Result<Duration, String> {
    duration::parse(text, true).map_err(|invalid| invalid.to_string())
}

/// Reads where baselines are kept, as a flag of the command line spells it: `dir:baselines`.
pub fn parse_store(text: &str) -> Result<StoreUrl, String> {
    store_url::parse(text).map_err(|invalid| invalid.to_string())
}
