//! The `onnx` driver: a model in the embedded engine, in this very process.
//!
//! The engine works on a thread of its own, and handing a query over to it costs more than a small model's whole
//! computation. So a whole round runs on that thread (`on_engine_thread`), and the clock sees the model alone.

#[cfg(feature = "onnx")]
mod input;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::clock::Clock;
use super::inline::Answers;
use super::{Completion, EngineTimes, Nanos, Outcome, Query, RoundSetting, SELDOM, StageTiming, Sut, SutError};
use crate::dataset::Numbers;

/// Why the engine could not load or run a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// Not a model, or one that needs what the engine lacks.
    #[error("cannot load the model `{path}`: {problem}")]
    NotLoaded {
        /// The file.
        path: PathBuf,
        /// What the engine says.
        problem: String,
    },
    /// The dataset's rows are not what the model takes.
    #[error("the dataset does not fit the model: {problem}")]
    Misfit {
        /// What the model takes and what the dataset has.
        problem: String,
    },
    /// The computation itself failed.
    #[error("the model `{path}` failed: {problem}")]
    NotRun {
        /// The file.
        path: PathBuf,
        /// What the engine says.
        problem: String,
    },
    /// perfgate was built without the engine.
    #[error("this perfgate was built without the embedded ONNX engine (cargo feature `onnx`)")]
    NoEngine,
}

#[cfg(feature = "onnx")]
mod engine {
    use std::cell::Cell;
    use std::sync::OnceLock;

    use rten::{DataType, Dimension, Model, NodeId, RunOptions, ThreadPool, Value, ValueOrView, ValueType};
    use rten_tensor::prelude::*;
    use rten_tensor::{Tensor, TensorView};

    use super::input::{Input, Kind, Size, split};
    use super::{Arc, EngineThread, ModelError, Numbers, Path, PathBuf, SutError};
    use crate::dataset::highest;

    thread_local! {
        /// Which of the engine's threads this one is.
        static HERE: Cell<EngineThread> = const { Cell::new(EngineThread::First) };
    }

    /// An engine's only thread. One, because a gate wants the same work at the same speed in every round, whatever the
    /// other cores are busy with.
    fn pool(thread: EngineThread) -> &'static Arc<ThreadPool> {
        static FIRST: OnceLock<Arc<ThreadPool>> = OnceLock::new();
        static SECOND: OnceLock<Arc<ThreadPool>> = OnceLock::new();
        let pool = match thread {
            EngineThread::First => &FIRST,
            EngineThread::Second => &SECOND,
        };
        pool.get_or_init(|| Arc::new(ThreadPool::with_num_threads(1)))
    }

    /// Runs `work` on an engine's thread, where queries need no handing over.
    pub fn on_this_engine_thread<R: Send>(thread: EngineThread, work: impl FnOnce() -> R + Send) -> R {
        pool(thread).run(|| {
            HERE.set(thread);
            work()
        })
    }

    /// A model that was loaded and found to take the dataset's rows.
    pub struct LoadedModel {
        path: PathBuf,
        model: Model,
        inputs: Vec<(NodeId, Input)>,
        output: NodeId,
        options: RunOptions,
    }

    impl LoadedModel {
        /// Loads the model and checks that its inputs take rows of this width, so many of them at once.
        pub fn load(path: &Path, width: usize, batch: usize) -> Result<Self, ModelError> {
            let failed = |problem: String| ModelError::NotLoaded { path: path.to_owned(), problem };
            let model = Model::load_file(path).map_err(|error| failed(error.to_string()))?;
            let Some(&output) = model.output_ids().first() else { return Err(failed("it has no output".to_owned())) };
            let declared = model.input_ids().iter().map(|&id| declared(&model, id));
            let declared = declared.collect::<Result<Vec<_>, _>>().map_err(failed)?;
            let inputs = split(&declared, width, batch).map_err(|problem| ModelError::Misfit { problem })?;
            let inputs = model.input_ids().iter().copied().zip(inputs).collect();
            let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool(HERE.get()))));
            Ok(Self { path: path.to_owned(), model, inputs, output, options })
        }

        /// These samples as the model's inputs, as one batch.
        pub fn inputs<'a>(&self, rows: &'a Numbers, samples: &[usize]) -> Inputs<'a> {
            Inputs(match (self.inputs.as_slice(), samples) {
                // One sample of floats, the usual case, is handed over where it lies.
                ([(id, input)], [sample]) if input.kind == Kind::Float => {
                    let shape = input.shape(1);
                    let view = TensorView::from_data(shape.as_slice(), rows.row(*sample));
                    vec![(*id, ValueOrView::from(view))]
                }
                (inputs, samples) => inputs.iter().map(|(id, input)| (*id, gather(input, rows, samples))).collect(),
            })
        }

        /// The model's output for these inputs.
        pub fn run(&self, Inputs(inputs): Inputs<'_>) -> Result<Scores, SutError> {
            let outputs = self.model.run(inputs, &[self.output], Some(self.options.clone()));
            let failed = |problem: String| ModelError::NotRun { path: self.path.clone(), problem };
            let mut outputs = outputs.map_err(|error| failed(error.to_string()))?;
            Ok(Scores(if outputs.is_empty() { None } else { Some(outputs.swap_remove(0)) }))
        }
    }

    fn declared(model: &Model, id: NodeId) -> Result<(String, Kind, Option<Vec<Size>>), String> {
        let info = model.node_info(id);
        let name = info.as_ref().and_then(rten::NodeInfo::name).unwrap_or("input").to_owned();
        let kind = match info.as_ref().and_then(rten::NodeInfo::dtype) {
            None | Some(ValueType::Tensor(DataType::Float)) => Kind::Float,
            Some(ValueType::Tensor(DataType::Int32)) => Kind::Int,
            Some(other) => {
                return Err(format!("its input `{name}` holds {other:?}; perfgate feeds 32-bit floats and integers"));
            }
        };
        let size = |dimension: &Dimension| match dimension {
            Dimension::Fixed(size) => Size::Fixed(*size),
            Dimension::Symbolic(name) => Size::Open(name.clone()),
        };
        let shape = info.and_then(|info| info.shape()).map(|shape| shape.iter().map(size).collect());
        Ok((name, kind, shape))
    }

    /// The columns of these samples that belong to one input.
    fn gather<'a>(input: &Input, rows: &Numbers, samples: &[usize]) -> ValueOrView<'a> {
        let columns = |&sample: &usize| rows.row(sample).get(input.columns.clone()).unwrap_or_default();
        let numbers: Vec<f32> = samples.iter().flat_map(columns).copied().collect();
        let shape = input.shape(samples.len());
        match input.kind {
            Kind::Float => Tensor::from_data(shape.as_slice(), numbers).into(),
            Kind::Int => {
                let whole: Vec<i32> = numbers.into_iter().map(|number| number as i32).collect();
                Tensor::from_data(shape.as_slice(), whole).into()
            }
        }
    }

    /// What a model is given for a batch.
    pub struct Inputs<'a>(Vec<(NodeId, ValueOrView<'a>)>);

    /// What a model put out for a batch.
    pub struct Scores(Option<Value>);

    impl Scores {
        /// The class of each of `samples` samples: the position of its highest score, or the only number itself. Empty where
        /// the output is no such thing.
        pub fn classes(&self, samples: usize) -> Vec<usize> {
            let Some(output) = &self.0 else { return Vec::new() };
            let of_each = if let Some(scores) = output.as_tensor_view::<f32>() {
                rows(&scores.to_vec(), samples, |row| if row.len() > 1 { highest(row) } else { None })
            } else if let Some(classes) = output.as_tensor_view::<i32>() {
                rows(&classes.to_vec(), samples, |row| match row {
                    [only] => usize::try_from(*only).ok(),
                    many => highest(many),
                })
            } else {
                None
            };
            of_each.unwrap_or_default()
        }
    }

    fn rows<T>(flat: &[T], samples: usize, class: impl Fn(&[T]) -> Option<usize>) -> Option<Vec<usize>> {
        if samples == 0 || flat.is_empty() || !flat.len().is_multiple_of(samples) {
            return None;
        }
        flat.chunks(flat.len() / samples).map(class).collect()
    }
}

#[cfg(not(feature = "onnx"))]
mod engine {
    use super::{EngineThread, ModelError, Numbers, Path, SutError};

    /// Runs `work` at once: there is no engine.
    pub fn on_this_engine_thread<R: Send>(_: EngineThread, work: impl FnOnce() -> R + Send) -> R {
        work()
    }

    /// Never exists in this build.
    pub enum LoadedModel {}

    /// Never made in this build.
    pub struct Inputs;

    /// Never exists in this build.
    pub enum Scores {}

    impl LoadedModel {
        /// Always refuses.
        pub fn load(_: &Path, _: usize, _: usize) -> Result<Self, ModelError> {
            Err(ModelError::NoEngine)
        }

        /// Cannot be called.
        pub fn inputs(&self, _: &Numbers, _: &[usize]) -> Inputs {
            match *self {}
        }

        /// Cannot be called.
        pub fn run(&self, _: Inputs) -> Result<Scores, SutError> {
            match *self {}
        }
    }

    impl Scores {
        /// Cannot be called.
        pub fn classes(&self, _: usize) -> Vec<usize> {
            match *self {}
        }
    }
}

pub use engine::{LoadedModel, on_this_engine_thread};

/// The threads that engines work on: a second one only where two systems are up at the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineThread {
    /// The usual one.
    First,
    /// The other.
    Second,
}

/// Runs `work` on the engine's usual thread.
pub fn on_engine_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    on_this_engine_thread(EngineThread::First, work)
}

/// A model in the embedded engine. A fresh start loads it again; a query is answered before `issue` returns.
pub struct OnnxSut {
    path: PathBuf,
    rows: Arc<Numbers>,
    answers: Answers,
    /// Samples per query, at most.
    batch: usize,
    model: Option<LoadedModel>,
    /// Of which queries the stages are timed.
    stages: StageTiming,
    /// Queries since the last whose stages were timed, that one included.
    since_timed: u64,
}

impl OnnxSut {
    /// Nothing is loaded before `start`.
    pub fn new(path: PathBuf, rows: Arc<Numbers>, batch: usize, clock: Clock) -> Self {
        let answers = Answers::new(clock);
        Self { path, rows, answers, batch, model: None, stages: StageTiming::Never, since_timed: 0 }
    }
}

impl Sut for OnnxSut {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.answers.clear();
        self.model = Some(LoadedModel::load(&self.path, self.rows.width(), self.batch)?);
        (self.stages, self.since_timed) = (round.stages, 0);
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.answers.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let is_timed = self.is_timed();
        let Some(model) = &self.model else { return Err(SutError::Interrupted) };
        let issued = self.answers.now();
        let inputs = model.inputs(&self.rows, query.samples);
        let prepared = if is_timed { self.answers.now() } else { issued };
        let scores = model.run(inputs)?;
        let computed = self.answers.now();
        let classes = scores.classes(query.samples.len());
        if !is_timed {
            self.answers.give(query.id, computed, Outcome::Classes(classes));
            return Ok(issued);
        }
        let found = self.answers.now();
        let times = EngineTimes {
            preprocess: prepared.since(issued).into(),
            inference: computed.since(prepared).into(),
            postprocess: found.since(computed).into(),
        };
        // Where few are timed, a query is answered at the same point of its way as the others.
        let at = if self.stages == StageTiming::Every { found } else { computed };
        self.answers.give(query.id, at, Outcome::Classified { classes, times });
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        Ok(self.answers.take(until))
    }

    fn give_up(&mut self, query: u64) -> SutError {
        overdue(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.model = None;
        Ok(())
    }
}

impl OnnxSut {
    /// Whether the stages of the next query are timed.
    fn is_timed(&mut self) -> bool {
        match self.stages {
            StageTiming::Never => false,
            StageTiming::Every => true,
            StageTiming::Seldom => {
                self.since_timed = if self.since_timed == SELDOM { 1 } else { self.since_timed + 1 };
                self.since_timed == 1
            }
        }
    }
}

/// What there is to say about a query that the engine does not answer in time.
pub fn overdue(query: u64) -> SutError {
    SutError::Engine(format!("the embedded engine took longer than the timeout to answer query {query}"))
}
