//! Runs a plan: round by round, each a fresh start of the system under test.
//!
//! Here: files read before the clock starts, the loop over rounds, progress events, the budget. Not here: the systems
//! (`sut`), the queries inside a round (`scenario`), what a result means (`gate`).

mod conditions;
mod counting;
mod isolated;
mod own_metrics;
mod round;

pub use conditions::Conditions;
pub use counting::{Counts, count};
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
use crate::scenario::{RoundRecord, Schedule, Unmeasurable, diagnose, metrics, validity};
use crate::sut::{HttpError, Interrupt, LoadedModel, ModelError, Slowdown, SpareCore, SutError, Variables};

/// A benchmark and the folder it is measured in. Side by side, base and candidate are two subjects of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What is measured.
    pub benchmark: Benchmark,
    /// Where relative paths begin and processes run: the folder of the configuration, in the revision measured.
    pub directory: PathBuf,
    /// What its processes see in place of perfgate's own variables.
    pub variables: Variables,
    /// By how much its system is slowed on purpose. No configuration can say so.
    pub slowdown: Option<Slowdown>,
}

/// What a measurement needs from its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Set when the measurement is to stop.
    pub interrupt: Interrupt,
    /// The perfgate program that runs rounds of the embedded engine in a process of their own; `None` runs them in this
    /// process, which then shares one memory layout among all rounds.
    pub isolation: Option<PathBuf>,
    /// When the measurement must have ended.
    pub deadline: Option<Deadline>,
}

/// When a measurement must have ended: no round starts that would likely exceed it, and one that does is cut off and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The moment.
    pub at: Instant,
    /// So many rounds of every subject are measured even if that takes longer.
    pub at_least: usize,
}

/// What became of one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// It was measured.
    Fully(BenchmarkResult),
    /// Its system failed.
    Failed(Failure),
    /// The time was over before its first round had ended.
    NotReached {
        /// The benchmark's name.
        benchmark: String,
    },
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
) -> Result<Vec<Measured>, Interrupted> {
    let mut measurement = Measurement::begin(prepared, surroundings, plan.seed);
    let of = plan.rounds();
    for (done, step) in plan.passes.iter().flatten().enumerate() {
        if measurement.is_wanted(step.subject) && measurement.fits(&[step.subject], None) {
            listener(Event::Started { benchmark: measurement.name(step.subject), done, of });
            measurement.round(step)?;
        }
    }
    listener(Event::Finished);
    Ok(measurement.results())
}

/// A measurement under way: as many rounds of its subjects as somebody asks for.
pub struct Measurement<'a> {
    prepared: &'a Prepared,
    surroundings: &'a Surroundings,
    seed: u64,
    progress: Vec<Progress>,
}

/// How far a subject has come.
#[derive(Default)]
struct Progress {
    rounds: Vec<RoundRecord>,
    /// Wall clock of all its rounds, from before their start to after their stop.
    took: Duration,
    failure: Option<String>,
    ended: Option<Timestamp>,
    conditions: Conditions,
}

impl<'a> Measurement<'a> {
    /// Nothing is measured yet.
    pub fn begin(prepared: &'a Prepared, surroundings: &'a Surroundings, seed: u64) -> Self {
        let progress = prepared.subjects.iter().map(|_| Progress::default()).collect();
        Self { prepared, surroundings, seed, progress }
    }

    /// Runs one round. A system that fails is a failure of its subject; only an interruption ends the measurement.
    pub fn round(&mut self, step: &Step) -> Result<(), Interrupted> {
        let ready = self.prepared.subjects.get(step.subject);
        let (Some(ready), Some(state)) = (ready, self.progress.get_mut(step.subject)) else { return Ok(()) };
        let interrupt = match self.surroundings.deadline {
            Some(deadline) if state.rounds.len() >= deadline.at_least => self.surroundings.interrupt.until(deadline.at),
            _ => self.surroundings.interrupt.clone(),
        };
        let begun = Instant::now();
        let isolation = self.surroundings.isolation.as_deref();
        let outcome = state.conditions.of(|| one_round(ready, step, self.seed, isolation, &interrupt));
        state.ended = Some(now());
        match outcome {
            Ok(record) => {
                state.rounds.push(record);
                state.took += begun.elapsed();
            }
            Err(SutError::Interrupted) if self.surroundings.interrupt.is_set() => return Err(Interrupted),
            // The time is over: half a round is none.
            Err(SutError::Interrupted) => {}
            Err(error) => state.failure = Some(error.to_string()),
        }
        Ok(())
    }

    /// The name of a subject's benchmark.
    pub fn name(&self, subject: usize) -> &str {
        self.prepared.subjects.get(subject).map_or("", |ready| &ready.subject.benchmark.name)
    }

    /// Whether another round of it makes sense: its system has not failed.
    pub fn is_wanted(&self, subject: usize) -> bool {
        self.progress.get(subject).is_some_and(|state| state.failure.is_none())
    }

    /// Whether one more round of each of these, as long as those before on average, would end in time: before the measurement's
    /// deadline, and before `until` if that is earlier.
    pub fn fits(&self, subjects: &[usize], until: Option<Instant>) -> bool {
        let states = || subjects.iter().filter_map(|&subject| self.progress.get(subject));
        let deadline = self.surroundings.deadline;
        let owed = |state: &Progress| deadline.is_some_and(|deadline| state.rounds.len() < deadline.at_least);
        if until.is_none() && states().any(owed) {
            return true;
        }
        let expected: Duration = states().map(Progress::usual_round).sum();
        let ends = Instant::now() + expected;
        let limits = [deadline.map(|deadline| deadline.at), until];
        limits.into_iter().flatten().all(|limit| ends <= limit)
    }

    /// Lets the subjects 2*i* and 2*i* + 1 have equally many rounds: one whose partner was cut off is dropped.
    pub fn keep_pairs(&mut self) {
        for pair in self.progress.chunks_mut(2) {
            let fewest = pair.iter().map(|state| state.rounds.len()).min().unwrap_or(0);
            pair.iter_mut().for_each(|state| state.rounds.truncate(fewest));
        }
    }

    /// Wall clock of a round of this subject, on average.
    pub fn usual_round(&self, subject: usize) -> Duration {
        self.progress.get(subject).map(Progress::usual_round).unwrap_or_default()
    }

    /// What was measured so far: one entry each, in the order of the subjects.
    pub fn results(&self) -> Vec<Measured> {
        let subjects = self.prepared.subjects.iter().map(|ready| &ready.subject.benchmark);
        subjects.zip(&self.progress).map(|(benchmark, state)| conclude(benchmark, state)).collect()
    }
}

impl Progress {
    fn usual_round(&self) -> Duration {
        self.took / u32::try_from(self.rounds.len().max(1)).unwrap_or(u32::MAX)
    }
}

fn one_round(
    ready: &Ready,
    step: &Step,
    seed: u64,
    isolation: Option<&Path>,
    interrupt: &Interrupt,
) -> Result<RoundRecord, SutError> {
    let benchmark = &ready.subject.benchmark;
    let request = RoundRequest::new(&ready.subject, ready.trace.clone(), step, seed);
    match (&benchmark.system, isolation) {
        (System::Onnx(_), Some(program)) => isolated::run_round(&request, program, interrupt),
        (system, _) => round_here(&request, system, ready.dataset.clone(), interrupt),
    }
}

fn conclude(benchmark: &Benchmark, state: &Progress) -> Measured {
    if let Some(reason) = &state.failure {
        return Measured::Failed(Failure { benchmark: benchmark.name.clone(), reason: reason.clone() });
    }
    if state.rounds.is_empty() {
        return Measured::NotReached { benchmark: benchmark.name.clone() };
    }
    match summarise(benchmark, &state.rounds, state.ended.clone(), &state.conditions) {
        Ok(result) => Measured::Fully(result),
        Err(failure) => Measured::Failed(failure),
    }
}

/// What a benchmark's rounds say: its metrics, which rules held, and what the reader should know. A round that is no
/// measurement makes it a failure.
pub fn summarise(
    benchmark: &Benchmark,
    rounds: &[RoundRecord],
    ended: Option<Timestamp>,
    conditions: &Conditions,
) -> Result<BenchmarkResult, Failure> {
    let failed = |problem: Unmeasurable| Failure { benchmark: benchmark.name.clone(), reason: problem.to_string() };
    let validity = validity(rounds, benchmark).map_err(failed)?;
    let metrics = metrics(rounds, &benchmark.scenario, benchmark.max_error_rate).map_err(failed)?;
    let diagnosis = diagnose(benchmark, rounds, &metrics, conditions.machine());
    let mut warnings = warnings(benchmark, rounds, &validity);
    warnings.extend(diagnosis.warnings);
    Ok(BenchmarkResult {
        name: benchmark.name.clone(),
        scenario: Some(benchmark.scenario.name().to_owned()),
        recorded_at: ended,
        queries: Some(rounds.iter().map(|round| round.latencies.len() as u64).sum()),
        metrics,
        round_duration: conditions.round_duration(),
        diagnosis: diagnosis.figures,
        warnings,
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
