//! Systems under test: what is measured, behind one seam. Timing happens inside it, so that a fake can be exact.
//!
//! Here: the trait and its drivers. Not here: how queries arrive (`scenario`), what becomes of the times (`measure`).

mod affinity;
mod clock;
mod command;
#[cfg(test)]
pub mod fake;
mod function;
pub mod http;
mod inline;
mod interrupt;
mod on_thread;
pub mod onnx;
pub mod pipe;
pub mod process;
mod slowed;
mod worker;

pub use http::{HttpError, HttpSut};
pub use interrupt::Interrupt;
pub use onnx::{LoadedModel, ModelError, on_engine_thread};
pub use process::{Launcher, Tail, Variables};

pub use affinity::SpareCore;
pub use clock::Clock;
pub use command::CommandSut;
pub use function::FunctionSut;
pub use on_thread::{OnThread, Service};
pub use onnx::OnnxSut;
pub use slowed::{Slowdown, Slowed};
pub use worker::WorkerSut;

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::monitor::Monitor;

/// A span of time in whole nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Nanos(pub u64);

impl From<Duration> for Nanos {
    /// Spans beyond 584 years are 584 years.
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// One query: the samples that the system is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Query<'a> {
    /// Unique within the round.
    pub id: u64,
    /// Indices into the dataset.
    pub samples: &'a [usize],
}

/// A query that was answered, rightly or with an error.
#[derive(Debug, Clone, PartialEq)]
pub struct Completion {
    /// The query.
    pub id: u64,
    /// When its answer was complete, on the system's clock.
    pub at: Nanos,
    /// What came back.
    pub outcome: Outcome,
}

/// What came back for a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Answered, without saying what.
    Done,
    /// The classes that the system chose, one per sample; empty if its output is no class.
    Classes(Vec<usize>),
    /// The same of the embedded engine, with the times of its stages.
    Classified {
        /// One per sample; empty if the output is no class.
        classes: Vec<usize>,
        /// How long each stage took.
        times: EngineTimes,
    },
    /// One answer per sample, and the times of the stages that the system reports.
    Answers {
        /// In the order of the query's samples; empty if the system gives none.
        outputs: Vec<Value>,
        /// Name and duration.
        stages: Vec<(String, Nanos)>,
    },
    /// The system says, or its exit status does, that this query failed.
    Failed(String),
}

/// How long the stages of the embedded engine took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct EngineTimes {
    /// Until the samples are the model's inputs.
    pub preprocess: Nanos,
    /// The model's computation.
    pub inference: Nanos,
    /// Until its output is an answer.
    pub postprocess: Nanos,
}

/// Of which queries the embedded engine takes the times of its stages. To look at the clock takes 25 to 50 ns, which is about one percent
/// of the smallest queries, and so is to find the answer in a model's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum StageTiming {
    /// Of one in [`SELDOM`], so that the others are measured as if there were none. A query is answered when the model's output is
    /// there.
    #[default]
    Seldom,
    /// Of each. A query is answered when the answer was found in the output, so that its time is that of its stages.
    Every,
    /// Of none.
    Never,
}

/// Of so many queries one has the times of its stages: a prime, so that it is not always the same sample's.
pub const SELDOM: u64 = 17;

impl Outcome {
    /// Tells the name and duration of each stage that the system reports.
    pub fn stages(&self, mut tell: impl FnMut(&str, Nanos)) {
        match self {
            Self::Done | Self::Classes(_) | Self::Failed(_) => {}
            Self::Classified { times: EngineTimes { preprocess, inference, postprocess }, .. } => {
                tell("preprocess", *preprocess);
                tell("inference", *inference);
                tell("postprocess", *postprocess);
            }
            Self::Answers { stages, .. } => stages.iter().for_each(|(name, time)| tell(name, *time)),
        }
    }
}

/// A system under test, through one round after the other. Queries are handed over without waiting and answered in any order;
/// all times are those of the system's own clock.
pub trait Sut {
    /// A fresh start: afterwards the system is ready for its first query.
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError>;

    /// The present moment.
    fn now(&self) -> Nanos;

    /// Hands over a query, and says at which moment that began. An error means that the system as a whole is lost.
    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError>;

    /// The next answer; `None` if none has come at the moment `until`. If that has passed, what has come is given without any
    /// waiting.
    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError>;

    /// Gives up on a query that took longer than the timeout: ends the system, and says what there is to say.
    fn give_up(&mut self, query: u64) -> SutError;

    /// The end of the round: afterwards nothing of its process groups is left running.
    fn stop(&mut self) -> Result<(), SutError>;

    /// How often, since the last start, a query had to open a connection again because the system had closed it.
    fn reconnects(&self) -> u64 {
        0
    }
}

/// What a fresh start gets: how this round differs from the others.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RoundSetting {
    /// Bytes by which the environment is lengthened: moves the stack, whose place changes run times (Mytkowicz et al.
    /// 2009).
    pub padding: usize,
    /// The file to which the system may append metrics of its own.
    pub metrics_file: Option<PathBuf>,
    /// Whether the system is to leave chance out of what it does: its work is counted, and the counts are to repeat.
    pub repeatable: bool,
    /// Of which queries the embedded engine takes the times of its stages.
    pub stages: StageTiming,
    /// Whom to tell about every process that is started, where somebody watches.
    pub monitor: Option<Monitor>,
}

/// Why a system under test could not be measured.
#[derive(Debug, thiserror::Error)]
pub enum SutError {
    /// The program could not be started at all.
    #[error("cannot start `{command}` in `{directory}`: {source}")]
    NotStarted {
        /// The command line.
        command: String,
        /// Where it was to run.
        directory: String,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The process ended when it should have gone on, or badly.
    #[error("`{command}` {how} {when}{tail}")]
    Ended {
        /// The command line.
        command: String,
        /// `exited with status 3`, `was killed by signal 9`.
        how: String,
        /// `before it was ready`, `instead of answering query 7`.
        when: String,
        /// Its last words.
        tail: Tail,
    },
    /// Longer than the timeout; its process group was killed.
    #[error("`{command}` took longer than {limit:?} {doing}; it and all its children were stopped{tail}")]
    TimedOut {
        /// The command line.
        command: String,
        /// The configured timeout.
        limit: Duration,
        /// `to become ready`, `to answer query 7`, `to exit after the end of its input`.
        doing: String,
        /// Its last words.
        tail: Tail,
    },
    /// It answered something that the protocol does not know.
    #[error("`{command}` answered query {query} with {found}, expected {expected}{tail}")]
    Protocol {
        /// The command line.
        command: String,
        /// The query, or what was waited for.
        query: String,
        /// The offending text, shortened.
        found: String,
        /// What would have been right.
        expected: String,
        /// Its last words.
        tail: Tail,
    },
    /// The embedded engine failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The embedded engine failed in a process of its own, which says this.
    #[error("{0}")]
    Engine(String),
    /// The HTTP service could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The user or the CI system asked to stop.
    #[error("interrupted")]
    Interrupted,
    /// The operating system refused something that perfgate itself needs.
    #[error("{doing}: {source}")]
    System {
        /// What perfgate was doing.
        doing: String,
        /// What the operating system says.
        source: std::io::Error,
    },
}
