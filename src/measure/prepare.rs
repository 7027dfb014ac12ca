//! Everything that a measurement reads, read and checked before the clock starts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Subject, largest_query};
use crate::config::{Benchmark, Sampling, Scenario, System, Traffic};
use crate::dataset::{Dataset, DatasetError, Format};
use crate::plan::arrival_seed;
use crate::scenario::Schedule;
use crate::scenario::arrivals::TraceError;
use crate::sut::{HttpError, LoadedModel, ModelError};

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

/// Subjects whose input was read and checked.
pub struct Prepared {
    pub(super) subjects: Vec<Ready>,
}

impl Prepared {
    /// The same with this benchmark in place of every subject's own: one that differs in how it is asked, and needs no other input.
    #[must_use]
    pub fn with(&self, benchmark: &Benchmark) -> Self {
        let mut subjects = self.subjects.clone();
        subjects.iter_mut().for_each(|ready| ready.subject.benchmark = benchmark.clone());
        Self { subjects }
    }

    /// The dataset of a subject.
    pub fn dataset(&self, subject: usize) -> Option<&Dataset> {
        self.subjects.get(subject)?.dataset.as_deref()
    }

    /// The text of the recorded trace that a subject replays.
    pub fn trace(&self, subject: usize) -> Option<&str> {
        self.subjects.get(subject)?.trace.as_deref()
    }

    /// When the queries of this round of a subject arrive; `None` where that depends on the answers.
    pub fn arrivals(&self, subject: usize, round: u32, seed: u64) -> Option<Schedule> {
        let Ready { subject: Subject { benchmark, .. }, trace, .. } = self.subjects.get(subject)?;
        let seed = arrival_seed(seed, &benchmark.name, round);
        Schedule::of(&benchmark.scenario, &benchmark.stopping, trace.as_deref(), seed).ok().flatten()
    }
}

/// A subject with what was read for it.
#[derive(Clone)]
pub(super) struct Ready {
    pub subject: Subject,
    pub dataset: Option<Arc<Dataset>>,
    /// The text of a recorded trace of arrivals.
    pub trace: Option<Arc<str>>,
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
pub(super) enum LoadError {
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
pub(super) fn load_dataset(path: &Path) -> Result<Dataset, LoadError> {
    let format = Format::of(path)?;
    Ok(Dataset::read(format, &std::fs::read(path)?)?)
}
