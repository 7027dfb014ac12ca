//! Runs a plan: round by round, each a fresh start of the system under test.
//!
//! Here: files read before the clock starts, the loop over rounds, progress events, the budget. Not here: the systems
//! (`sut`), the queries inside a round (`scenario`), what a result means (`gate`).

mod isolated;
mod own_metrics;
mod round;

pub use isolated::serve_round;
pub use round::{RoundRequest, largest_query, round_here};

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::config::{Benchmark, Sampling, Scenario, System, Traffic};
use crate::dataset::{Dataset, DatasetError, Format};
use crate::plan::{Plan, Step};
use crate::result::{BenchmarkResult, Failure, Rule, Timestamp, Warning};
use crate::scenario::arrivals::TraceError;
use crate::scenario::{RoundRecord, Schedule, Unmeasurable, metrics, validity};
use crate::sut::{HttpError, Interrupt, LoadedModel, ModelError, SpareCore, SutError};

/// A benchmark and the folder it is measured in. Side by side, base and candidate are two subjects of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What is measured.
    pub benchmark: Benchmark,
    /// Where relative paths begin and processes run: the folder of the configuration, in the revision measured.
    pub directory: PathBuf,
}

/// What a measurement needs from its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Set when the measurement is to stop.
    pub interrupt: Interrupt,
    /// The perfgate program that runs rounds of the embedded engine in a process of their own; `None` runs them in this
    /// process, which then shares one memory layout among all rounds.
    pub isolation: Option<PathBuf>,
    /// Wall clock that the measurement may take; no pass over the benchmarks starts that would likely exceed it.
    pub budget: Option<Duration>,
}

/// What a listener is told while a plan runs.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A round begins.
    Started {
        /// The benchmark's name.
        benchmark: &'a str,
        /// Rounds that have ended.
        done: usize,
        /// Rounds of the whole plan.
        of: usize,
    },
    /// All rounds have ended, or no more are wanted.
    Finished,
}

/// Input that does not fit, found before anything was run.
#[derive(Debug, thiserror::Error)]
pub enum InputError {
    /// A file that cannot be read.
    #[error("benchmark `{benchmark}`: cannot read `{path}`: {source}")]
    Unreadable {
        /// The benchmark's name.
        benchmark: String,
        /// The file.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file that is no dataset.
    #[error("benchmark `{benchmark}`: `{path}` is not a dataset: {problem}")]
    NoDataset {
        /// The benchmark's name.
        benchmark: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: DatasetError,
    },
    /// A file that is no trace of arrivals.
    #[error("benchmark `{benchmark}`: `{path}` is not a trace of arrivals: {problem}")]
    NoTrace {
        /// The benchmark's name.
        benchmark: String,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: TraceError,
    },
    /// A dataset too small for a round that asks about no sample twice.
    #[error(
        "benchmark `{benchmark}`: a round asks about {wanted} samples, each only once (`samples = \"unique\"`), but the \
         dataset has {size}"
    )]
    TooFewSamples {
        /// The benchmark's name.
        benchmark: String,
        /// Samples of a round, at least.
        wanted: u64,
        /// Samples there are.
        size: usize,
    },
    /// Requests that cannot be made.
    #[error("benchmark `{benchmark}`: {problem}")]
    Http {
        /// The benchmark's name.
        benchmark: String,
        /// What is wrong with them.
        problem: HttpError,
    },
    /// A model without data to run it on.
    #[error("benchmark `{0}`: an `onnx` benchmark needs a `dataset`")]
    DatasetWanted(String),
    /// A model that the engine cannot load, or that does not take the dataset's rows.
    #[error("benchmark `{benchmark}`: {problem}")]
    Model {
        /// The benchmark's name.
        benchmark: String,
        /// What is wrong with it.
        problem: ModelError,
    },
}

/// Why a measurement ended without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Subjects whose input was read and checked.
pub struct Prepared {
    subjects: Vec<Ready>,
}

/// A subject with what was read for it.
struct Ready {
    subject: Subject,
    dataset: Option<Arc<Dataset>>,
    /// The text of a recorded trace of arrivals.
    trace: Option<Arc<str>>,
}

/// Reads every dataset and trace and loads every model once, so that wrong input is found before anything runs.
pub fn prepare(subjects: Vec<Subject>) -> Result<Prepared, InputError> {
    let mut read: HashMap<PathBuf, Arc<Dataset>> = HashMap::new();
    let mut prepared = Vec::new();
    for subject in subjects {
        let dataset = dataset(&subject, &mut read)?;
        if let Some(data) = &dataset {
            check_size(&subject.benchmark, data.len())?;
        }
        check_requests(&subject.benchmark, dataset.as_ref())?;
        check_model(&subject, dataset.as_deref())?;
        let trace = trace(&subject)?;
        prepared.push(Ready { subject, dataset, trace });
    }
    Ok(Prepared { subjects: prepared })
}

fn check_size(benchmark: &Benchmark, size: usize) -> Result<(), InputError> {
    let per_query = match benchmark.scenario {
        // The minimum counts samples there.
        Scenario::Offline { .. } => 1,
        _ => largest_query(&benchmark.scenario) as u64,
    };
    let wanted = u64::from(benchmark.stopping.queries.get()) * per_query;
    if benchmark.sampling == Sampling::Unique && wanted > size as u64 {
        return Err(InputError::TooFewSamples { benchmark: benchmark.name.clone(), wanted, size });
    }
    Ok(())
}

fn check_requests(benchmark: &Benchmark, dataset: Option<&Arc<Dataset>>) -> Result<(), InputError> {
    let System::Http(service) = &benchmark.system else { return Ok(()) };
    let checked = crate::sut::http::check(service, dataset);
    checked.map_err(|problem| InputError::Http { benchmark: benchmark.name.clone(), problem })
}

fn check_model(subject: &Subject, dataset: Option<&Dataset>) -> Result<(), InputError> {
    let System::Onnx(model) = &subject.benchmark.system else { return Ok(()) };
    let name = &subject.benchmark.name;
    let dataset = dataset.ok_or_else(|| InputError::DatasetWanted(name.clone()))?;
    let batch = largest_query(&subject.benchmark.scenario);
    let rows = dataset.numbers().map_err(|problem| ModelError::Misfit { problem });
    let model = rows.and_then(|rows| LoadedModel::load(&subject.directory.join(model), rows.width(), batch));
    model.map(drop).map_err(|problem| InputError::Model { benchmark: name.clone(), problem })
}

/// The trace of arrivals that a server benchmark replays, found to be one.
fn trace(subject: &Subject) -> Result<Option<Arc<str>>, InputError> {
    let Scenario::Server(server) = &subject.benchmark.scenario else { return Ok(None) };
    let Traffic::Replay { trace, speed } = &server.traffic else { return Ok(None) };
    let path = subject.directory.join(trace);
    let benchmark = subject.benchmark.name.clone();
    match std::fs::read_to_string(&path) {
        Err(source) => Err(InputError::Unreadable { benchmark, path, source }),
        Ok(text) => match Schedule::from_trace(&text, *speed) {
            Ok(_) => Ok(Some(text.into())),
            Err(problem) => Err(InputError::NoTrace { benchmark, path, problem }),
        },
    }
}

/// The dataset of a subject, read once for all that share it.
fn dataset(subject: &Subject, read: &mut HashMap<PathBuf, Arc<Dataset>>) -> Result<Option<Arc<Dataset>>, InputError> {
    let Some(path) = &subject.benchmark.dataset else { return Ok(None) };
    let path = subject.directory.join(path);
    if let Some(known) = read.get(&path) {
        return Ok(Some(Arc::clone(known)));
    }
    let dataset = load_dataset(&path).map_err(|error| error.of(&subject.benchmark.name, &path))?;
    let dataset = Arc::new(dataset);
    read.insert(path, Arc::clone(&dataset));
    Ok(Some(dataset))
}

/// Why a file did not become a dataset.
#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("cannot read it: {0}")]
    Unreadable(#[from] std::io::Error),
    #[error(transparent)]
    NoDataset(#[from] DatasetError),
}

impl LoadError {
    fn of(self, benchmark: &str, path: &Path) -> InputError {
        let (benchmark, path) = (benchmark.to_owned(), path.to_owned());
        match self {
            Self::Unreadable(source) => InputError::Unreadable { benchmark, path, source },
            Self::NoDataset(problem) => InputError::NoDataset { benchmark, path, problem },
        }
    }
}

/// Reads one dataset, in the format that the file's name tells.
fn load_dataset(path: &Path) -> Result<Dataset, LoadError> {
    let format = Format::of(path)?;
    Ok(Dataset::read(format, &std::fs::read(path)?)?)
}

/// Runs the plan over its subjects: one entry each, in their order. A subject whose system fails is not asked again; the
/// others go on.
pub fn run(
    prepared: &Prepared,
    plan: &Plan,
    surroundings: &Surroundings,
    listener: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<Result<BenchmarkResult, Failure>>, Interrupted> {
    let mut progress: Vec<Progress> = prepared.subjects.iter().map(|_| Progress::default()).collect();
    let begun = Instant::now();
    let of = plan.rounds();
    let mut done = 0;
    for (position, pass) in plan.passes.iter().enumerate() {
        if position >= FEWEST_PASSES && surroundings.budget.is_some_and(|budget| exceeds(budget, begun, position)) {
            break;
        }
        for step in pass {
            let (Some(ready), Some(state)) = (prepared.subjects.get(step.subject), progress.get_mut(step.subject))
            else {
                continue;
            };
            if state.failure.is_none() {
                listener(Event::Started { benchmark: &ready.subject.benchmark.name, done, of });
                match one_round(ready, step, plan.seed, surroundings) {
                    Ok(record) => state.rounds.push(record),
                    Err(SutError::Interrupted) => return Err(Interrupted),
                    Err(error) => state.failure = Some(error.to_string()),
                }
                state.ended = Some(now());
            }
            done += 1;
        }
    }
    listener(Event::Finished);
    let subjects = prepared.subjects.iter().map(|ready| &ready.subject.benchmark);
    Ok(subjects.zip(progress).map(|(benchmark, state)| conclude(benchmark, state)).collect())
}

/// Without two rounds nothing can be said about chance, so the budget never cuts below them.
const FEWEST_PASSES: usize = 2;

/// Whether one more pass, as long as those before on average, would end after the budget.
fn exceeds(budget: Duration, begun: Instant, passes: usize) -> bool {
    let elapsed = begun.elapsed();
    let per_pass = elapsed / u32::try_from(passes.max(1)).unwrap_or(u32::MAX);
    elapsed + per_pass > budget
}

/// How far a benchmark has come.
#[derive(Default)]
struct Progress {
    rounds: Vec<RoundRecord>,
    failure: Option<String>,
    ended: Option<Timestamp>,
}

fn one_round(ready: &Ready, step: &Step, seed: u64, surroundings: &Surroundings) -> Result<RoundRecord, SutError> {
    let Subject { benchmark, directory } = &ready.subject;
    let request = RoundRequest::new(benchmark, directory, ready.trace.clone(), step, seed);
    match (&benchmark.system, &surroundings.isolation) {
        (System::Onnx(_), Some(program)) => isolated::run_round(&request, program, &surroundings.interrupt),
        (system, _) => round_here(&request, system, ready.dataset.clone(), &surroundings.interrupt),
    }
}

fn conclude(benchmark: &Benchmark, state: Progress) -> Result<BenchmarkResult, Failure> {
    if let Some(reason) = state.failure {
        return Err(Failure { benchmark: benchmark.name.clone(), reason });
    }
    summarise(benchmark, &state.rounds, state.ended)
}

/// What a benchmark's rounds say: its metrics, which rules held, and what the reader should know. A round that is no
/// measurement makes it a failure.
pub fn summarise(
    benchmark: &Benchmark,
    rounds: &[RoundRecord],
    ended: Option<Timestamp>,
) -> Result<BenchmarkResult, Failure> {
    let failed = |problem: Unmeasurable| Failure { benchmark: benchmark.name.clone(), reason: problem.to_string() };
    let validity = validity(rounds, benchmark).map_err(failed)?;
    let metrics = metrics(rounds, &benchmark.scenario, benchmark.max_error_rate).map_err(failed)?;
    Ok(BenchmarkResult {
        name: benchmark.name.clone(),
        scenario: Some(benchmark.scenario.name().to_owned()),
        recorded_at: ended,
        queries: Some(rounds.iter().map(|round| round.latencies.len() as u64).sum()),
        metrics,
        warnings: warnings(benchmark, rounds, &validity),
        validity,
    })
}

fn warnings(benchmark: &Benchmark, rounds: &[RoundRecord], validity: &[Rule]) -> Vec<Warning> {
    let wanted = benchmark.rounds.get() as usize;
    let mut warnings = Vec::new();
    if rounds.len() < wanted {
        warnings.push(Warning {
            code: "budget-spent".to_owned(),
            message: format!(
                "the budget ended the run after {} of {wanted} rounds; a larger `budget` or fewer queries a round \
                 would let all run",
                rounds.len()
            ),
        });
    }
    let broken = validity.iter().filter(|rule| !rule.held);
    warnings.extend(broken.map(|rule| Warning { code: rule.name.clone(), message: rule.detail.clone() }));
    if rounds.iter().any(|round| !round.lateness.is_empty()) && SpareCore::find().is_none() {
        warnings.push(Warning {
            code: "no-spare-core".to_owned(),
            message:
                "the load generator shares its processor cores with the system under test: this machine has none to \
                      spare, so its lateness is part of the latencies"
                    .to_owned(),
        });
    }
    warnings.extend(reconnected(rounds));
    if rounds.len() < 2 {
        warnings.push(Warning {
            code: "few-rounds".to_owned(),
            message: "one round says nothing about chance; a comparison needs at least 2, better 10".to_owned(),
        });
    }
    warnings
}

fn reconnected(rounds: &[RoundRecord]) -> Option<Warning> {
    let reconnects: u64 = rounds.iter().map(|round| round.reconnects).sum();
    let queries: u64 = rounds.iter().map(RoundRecord::issued).sum();
    (reconnects > 0).then(|| Warning {
        code: "reconnected".to_owned(),
        message: format!(
            "the system closes connections: they had to be opened again {reconnects} times for {queries} queries, and the \
             latencies of those queries include that; look for keep-alive that is off, a short idle time, or a limit of \
             requests a connection"
        ),
    })
}

/// The present moment, for the record.
pub fn now() -> Timestamp {
    Timestamp::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
