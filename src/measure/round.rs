//! One round: a fresh start, the scenario, the end; what it needs is plain data, so that another process can run it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::own_metrics;
use crate::config::{Benchmark, Load, Scenario, System};
use crate::dataset::Dataset;
use crate::plan::{Step, sample_seed};
use crate::scenario::{RoundRecord, SampleOrder, single_stream};
use crate::sut::{
    CommandSut, Completion, Interrupt, Launcher, ModelError, OnnxSut, Query, RoundSetting, Sut, SutError, WorkerSut,
    process,
};

/// What distinguishes this round, and what another process needs to run it. Serialised only between a perfgate process
/// and its own child.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoundRequest {
    /// Where relative paths begin.
    pub directory: PathBuf,
    /// The model of an `onnx` benchmark.
    pub model: Option<PathBuf>,
    /// The dataset.
    pub dataset: Option<PathBuf>,
    /// Untimed queries.
    pub warmup: u32,
    /// Timed queries, at least.
    pub queries: std::num::NonZeroU32,
    /// Timed part, at least.
    pub min_duration: Duration,
    /// Longest query, start, stop.
    pub timeout: Duration,
    /// Seed of the sample order.
    pub sample_seed: u64,
    /// Bytes by which the environment is lengthened.
    pub padding: usize,
}

impl RoundRequest {
    /// The request for this step of a plan.
    pub fn new(benchmark: &Benchmark, directory: &Path, step: &Step, seed: u64) -> Self {
        let model = if let System::Onnx(path) = &benchmark.system { Some(path.clone()) } else { None };
        Self {
            directory: directory.to_owned(),
            model,
            dataset: benchmark.dataset.clone(),
            warmup: benchmark.load.warmup,
            queries: benchmark.load.queries,
            min_duration: benchmark.load.min_duration,
            timeout: benchmark.timeout,
            sample_seed: sample_seed(seed, &benchmark.name),
            padding: step.padding,
        }
    }

    fn load(&self) -> Load {
        Load { warmup: self.warmup, queries: self.queries, min_duration: self.min_duration }
    }

    /// Runs the scenario over a system, from its fresh start to its end.
    pub fn drive(
        &self,
        sut: &mut dyn Sut,
        scenario: Scenario,
        dataset: Option<&Dataset>,
        setting: &RoundSetting,
    ) -> Result<RoundRecord, SutError> {
        let order = match dataset {
            Some(dataset) => SampleOrder::permutations(dataset.len(), self.sample_seed),
            None => SampleOrder::counted(),
        };
        sut.start(setting)?;
        let record = match scenario {
            Scenario::SingleStream => single_stream(sut, self.load(), order, dataset)?,
        };
        sut.stop()?;
        Ok(record)
    }
}

/// Runs a round with everything in this process but the system under test.
pub fn run_round(
    request: &RoundRequest,
    benchmark: &Benchmark,
    dataset: Option<Arc<Dataset>>,
    interrupt: &Interrupt,
) -> Result<RoundRecord, SutError> {
    let launcher = |command: &crate::config::CommandLine| Launcher {
        command: command.clone(),
        directory: request.directory.clone(),
        timeout: request.timeout,
        interrupt: interrupt.clone(),
    };
    let file = tempfile::NamedTempFile::new().map_err(process::system("creating a file for the metrics"))?;
    let setting = RoundSetting { padding: request.padding, metrics_file: Some(file.path().to_owned()) };
    let mut record = match &benchmark.system {
        System::Command(command) => {
            let mut sut = CommandSut::new(launcher(command));
            request.drive(&mut sut, benchmark.scenario, dataset.as_deref(), &setting)?
        }
        System::Worker(command) => {
            let mut sut = WorkerSut::new(launcher(command), dataset.clone());
            request.drive(&mut sut, benchmark.scenario, dataset.as_deref(), &setting)?
        }
        System::Onnx(model) => {
            let dataset = dataset.ok_or_else(|| ModelError::Misfit { problem: "there is no dataset".to_owned() })?;
            onnx_round(request, model, &dataset, &AtomicU64::new(0))?
        }
    };
    record.own_metrics = own_metrics::read(file.path())?;
    Ok(record)
}

/// Runs a round of the embedded engine on the engine's own thread. `progress` counts its steps.
pub fn onnx_round(
    request: &RoundRequest,
    model: &Path,
    dataset: &Arc<Dataset>,
    progress: &AtomicU64,
) -> Result<RoundRecord, SutError> {
    crate::sut::on_engine_thread(|| {
        let inner = OnnxSut::new(request.directory.join(model), Arc::clone(dataset));
        let setting = RoundSetting { padding: request.padding, metrics_file: None };
        request.drive(&mut Watched { inner, progress }, Scenario::SingleStream, Some(dataset), &setting)
    })
}

/// A system under test whose steps are counted, so that a watcher sees whether it is stuck.
struct Watched<'a, S> {
    inner: S,
    progress: &'a AtomicU64,
}

impl<S> Watched<'_, S> {
    fn step(&self) {
        self.progress.fetch_add(1, Ordering::Relaxed);
    }
}

impl<S: Sut> Sut for Watched<'_, S> {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.step();
        self.inner.start(round)
    }

    fn query(&mut self, query: Query<'_>) -> Result<Completion, SutError> {
        self.step();
        self.inner.query(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.step();
        self.inner.stop()
    }
}
