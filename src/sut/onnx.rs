//! The `onnx` driver: a model in the embedded engine, in this very process.
//!
//! The engine works on a thread of its own, and handing a query over to it costs more than a small model's whole
//! computation. So a whole round runs on that thread (`on_engine_thread`), and the clock sees the model alone.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Completion, Query, RoundSetting, Sut, SutError};
use crate::dataset::Dataset;

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
    use std::sync::OnceLock;
    use std::time::Instant;

    use rten::{DataType, Dimension, Model, NodeId, RunOptions, ThreadPool, ValueOrView, ValueType};
    use rten_tensor::prelude::*;

    use super::{Arc, Completion, Dataset, ModelError, Path, PathBuf, Query, SutError};
    use crate::dataset::highest;
    use crate::sut::{Nanos, Outcome};

    /// The engine's only thread. One, because a gate wants the same work at the same speed in every round, whatever the
    /// other cores are busy with.
    fn pool() -> &'static Arc<ThreadPool> {
        static POOL: OnceLock<Arc<ThreadPool>> = OnceLock::new();
        POOL.get_or_init(|| Arc::new(ThreadPool::with_num_threads(1)))
    }

    /// Runs `work` on the engine's thread, where queries need no handing over.
    pub fn on_engine_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
        pool().run(work)
    }

    /// A model that was loaded and found to take the dataset's rows.
    pub struct LoadedModel {
        path: PathBuf,
        model: Model,
        input: NodeId,
        output: NodeId,
        /// The shape of one query of one sample.
        shape: Vec<usize>,
        options: RunOptions,
    }

    impl LoadedModel {
        /// Loads the model and checks that it has one input of numbers whose rows are `width` wide.
        pub fn load(path: &Path, width: usize) -> Result<Self, ModelError> {
            let failed = |problem: String| ModelError::NotLoaded { path: path.to_owned(), problem };
            let model = Model::load_file(path).map_err(|error| failed(error.to_string()))?;
            let &[input] = model.input_ids() else {
                return Err(failed(format!(
                    "it has {} inputs; this version of perfgate runs models with one",
                    model.input_ids().len()
                )));
            };
            let Some(&output) = model.output_ids().first() else { return Err(failed("it has no output".to_owned())) };
            let dtype = model.node_info(input).and_then(|info| info.dtype());
            if !matches!(dtype, None | Some(ValueType::Tensor(DataType::Float))) {
                return Err(failed(format!("its input holds {dtype:?}; this version of perfgate feeds 32-bit floats")));
            }
            let declared = model.node_info(input).and_then(|info| info.shape());
            let shape = query_shape(declared.as_deref(), width).map_err(|problem| ModelError::Misfit { problem })?;
            let options = RunOptions::default().with_thread_pool(Some(Arc::clone(pool())));
            Ok(Self { path: path.to_owned(), model, input, output, shape, options })
        }

        /// Asks about the query's first sample. The class is found after the clock has stopped.
        pub fn query(&self, dataset: &Dataset, query: Query<'_>) -> Result<Completion, SutError> {
            let sample = query.samples.first().copied().unwrap_or_default();
            let failed = |problem: String| ModelError::NotRun { path: self.path.clone(), problem };
            let issued = Instant::now();
            let view = rten_tensor::TensorView::from_data(self.shape.as_slice(), dataset.features(sample));
            let inputs = vec![(self.input, ValueOrView::from(view))];
            let outputs = self.model.run(inputs, &[self.output], Some(self.options.clone()));
            let latency = Nanos::from(issued.elapsed());
            let outputs = outputs.map_err(|error| failed(error.to_string()))?;
            let class = outputs.first().and_then(class_of);
            Ok(Completion { latency, outcome: class.map_or(Outcome::Done, Outcome::Class) })
        }
    }

    /// The answer in a model's output: the position of the highest of several scores, or the only number itself.
    fn class_of(output: &rten::Value) -> Option<usize> {
        if let Some(scores) = output.as_tensor_view::<f32>() {
            let scores = scores.to_vec();
            return if scores.len() > 1 { highest(&scores) } else { None };
        }
        let classes = output.as_tensor_view::<i32>()?.to_vec();
        if let [only] = classes.as_slice() { usize::try_from(*only).ok() } else { highest(&classes) }
    }

    /// The shape of a query of one sample, from what the model declares. The batch dimension is 1.
    fn query_shape(declared: Option<&[Dimension]>, width: usize) -> Result<Vec<usize>, String> {
        let Some(declared) = declared else { return Ok(vec![1, width]) };
        let written = written_shape(declared);
        let [batch, row @ ..] = declared else {
            return Err(format!("the model's input is a single number, the dataset has rows of {width}"));
        };
        if let Dimension::Fixed(size) = batch
            && *size != 1
        {
            return Err(format!(
                "the model's input {written} takes {size} samples at once, and only so; export it with a dynamic \
                 batch dimension"
            ));
        }
        let fixed: usize = row.iter().map(|d| if let Dimension::Fixed(size) = d { *size } else { 1 }).product();
        let open = row.iter().filter(|d| matches!(d, Dimension::Symbolic(_))).count();
        let fits = match open {
            0 => fixed == width,
            1 => fixed > 0 && width.is_multiple_of(fixed),
            _ => false,
        };
        if !fits {
            return Err(format!("the model's input is {written}, the dataset's rows have {width} numbers"));
        }
        let size = |dimension: &Dimension| match dimension {
            Dimension::Fixed(size) => *size,
            Dimension::Symbolic(_) => width / fixed,
        };
        Ok(std::iter::once(1).chain(row.iter().map(size)).collect())
    }

    fn written_shape(dimensions: &[Dimension]) -> String {
        let parts: Vec<String> = dimensions
            .iter()
            .map(|dimension| match dimension {
                Dimension::Fixed(size) => size.to_string(),
                Dimension::Symbolic(name) => name.clone(),
            })
            .collect();
        format!("[{}]", parts.join(", "))
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        fn batch() -> Dimension {
            Dimension::Symbolic("batch".to_owned())
        }

        #[test]
        fn a_query_has_a_batch_of_one_and_the_datasets_width() {
            let fixed = Dimension::Fixed;
            assert_eq!(query_shape(Some(&[batch(), fixed(64)]), 64), Ok(vec![1, 64]));
            assert_eq!(query_shape(Some(&[fixed(1), fixed(1), fixed(8), fixed(8)]), 64), Ok(vec![1, 1, 8, 8]));
            assert_eq!(query_shape(Some(&[batch(), fixed(8), batch()]), 64), Ok(vec![1, 8, 8]));
            assert_eq!(query_shape(None, 3), Ok(vec![1, 3]));
        }

        #[test]
        fn a_misfit_names_both_sides() {
            let narrow = query_shape(Some(&[batch(), Dimension::Fixed(64)]), 3).unwrap_err();
            assert_eq!(narrow, "the model's input is [batch, 64], the dataset's rows have 3 numbers");
            let stiff = query_shape(Some(&[Dimension::Fixed(8), Dimension::Fixed(64)]), 64).unwrap_err();
            assert!(stiff.contains("takes 8 samples at once"), "{stiff}");
            assert!(query_shape(Some(&[]), 3).is_err());
            assert!(query_shape(Some(&[batch(), batch(), batch()]), 4).is_err());
        }
    }
}

#[cfg(not(feature = "onnx"))]
mod engine {
    use super::{Completion, Dataset, ModelError, Path, Query, SutError};

    /// Runs `work` at once: there is no engine.
    pub fn on_engine_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
        work()
    }

    /// Never exists in this build.
    pub enum LoadedModel {}

    impl LoadedModel {
        /// Always refuses.
        pub fn load(_: &Path, _: usize) -> Result<Self, ModelError> {
            Err(ModelError::NoEngine)
        }

        /// Cannot be called.
        pub fn query(&self, _: &Dataset, _: Query<'_>) -> Result<Completion, SutError> {
            match *self {}
        }
    }
}

pub use engine::{LoadedModel, on_engine_thread};

/// A model in the embedded engine. A fresh start loads it again.
pub struct OnnxSut {
    path: PathBuf,
    dataset: Arc<Dataset>,
    model: Option<LoadedModel>,
}

impl OnnxSut {
    /// Nothing is loaded before `start`.
    pub fn new(path: PathBuf, dataset: Arc<Dataset>) -> Self {
        Self { path, dataset, model: None }
    }
}

impl Sut for OnnxSut {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        self.model = Some(LoadedModel::load(&self.path, self.dataset.width())?);
        Ok(())
    }

    fn query(&mut self, query: Query<'_>) -> Result<Completion, SutError> {
        match &self.model {
            Some(model) => model.query(&self.dataset, query),
            None => Err(SutError::Interrupted),
        }
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.model = None;
        Ok(())
    }
}
