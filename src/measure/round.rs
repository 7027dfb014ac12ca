//! One round: a fresh start, the scenario, the end; what it needs is plain data, so that another process can run it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Subject, own_metrics};
use crate::config::{CommandLine, Resources, Sampling, Scenario, Stopping, System, Traffic};
use crate::dataset::Dataset;
use crate::monitor::{OwnTime, Watch};
use crate::plan::{Step, arrival_seed, sample_seed};
use crate::scenario::{RoundPlan, RoundRecord, Schedule, run_round};
use crate::sut::{
    CommandSut, Completion, HttpSut, Interrupt, Launcher, ModelError, Nanos, OnThread, OnnxSut, Query, RoundSetting,
    Slowdown, Slowed, SpareCore, StageTiming, Sut, SutError, Variables, WorkerSut, on_engine_thread, onnx, process,
};

/// What distinguishes this round, and what another process needs to run it. Serialised only between a perfgate process
/// and its own child.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoundRequest {
    /// Where relative paths begin.
    pub directory: PathBuf,
    /// What its processes see in place of perfgate's own variables.
    pub variables: Variables,
    /// The model of an `onnx` benchmark.
    pub model: Option<PathBuf>,
    /// The dataset.
    pub dataset: Option<PathBuf>,
    /// How queries arrive.
    pub scenario: Scenario,
    /// When the round has seen enough.
    pub stopping: Stopping,
    /// Which samples it asks about.
    pub sampling: Sampling,
    /// Untimed queries.
    pub warmup: u32,
    /// Longest query, start, stop.
    pub timeout: Duration,
    /// Seed of the sample order.
    pub sample_seed: u64,
    /// Seed of the arrivals.
    pub arrival_seed: u64,
    /// A recorded trace of arrivals, as text.
    pub trace: Option<Arc<str>>,
    /// Bytes by which the environment is lengthened.
    pub padding: usize,
    /// Whether the system is a command, of which each query is a process.
    pub starts_each_query: bool,
    /// Whether the system is to leave chance out of what it does, because its work is counted.
    pub repeatable: bool,
    /// Of which queries the embedded engine takes the times of its stages.
    pub stages: StageTiming,
    /// Whether somebody watches what its processes use.
    pub resources: Resources,
    /// By how much the system is slowed on purpose.
    pub slowdown: Option<Slowdown>,
}

impl RoundRequest {
    /// The request for this step of a plan.
    pub fn new(
        Subject { benchmark, directory, variables, slowdown }: &Subject,
        trace: Option<Arc<str>>,
        step: &Step,
        seed: u64,
    ) -> Self {
        let model = if let System::Onnx(path) = &benchmark.system { Some(path.clone()) } else { None };
        Self {
            directory: directory.clone(),
            variables: variables.clone(),
            model,
            dataset: benchmark.dataset.clone(),
            scenario: benchmark.scenario.clone(),
            stopping: benchmark.stopping,
            sampling: benchmark.sampling,
            warmup: benchmark.warmup,
            timeout: benchmark.timeout,
            sample_seed: sample_seed(seed, &benchmark.name),
            arrival_seed: arrival_seed(seed, &benchmark.name, step.round),
            trace,
            padding: step.padding,
            starts_each_query: matches!(benchmark.system, System::Command(_)),
            repeatable: false,
            stages: StageTiming::Seldom,
            resources: benchmark.resources,
            slowdown: *slowdown,
        }
    }

    /// Runs the scenario over a system, from its fresh start to its end. The schedule is made before either.
    fn drive(
        &self,
        sut: &mut dyn Sut,
        dataset: Option<&Dataset>,
        setting: &RoundSetting,
        mut meter: Meter<'_>,
    ) -> Result<RoundRecord, SutError> {
        let mut slowed;
        let sut = match self.slowdown {
            Some(slowdown) => {
                slowed = Slowed::new(sut, slowdown);
                &mut slowed
            }
            None => sut,
        };
        let schedule = Schedule::of(&self.scenario, &self.stopping, self.trace.as_deref(), self.arrival_seed)
            .map_err(|problem| SutError::Engine(problem.to_string()))?;
        let plan = RoundPlan {
            scenario: &self.scenario,
            stopping: &self.stopping,
            sampling: self.sampling,
            warmup: self.warmup,
            timeout: self.timeout,
            sample_seed: self.sample_seed,
            schedule: schedule.as_ref(),
            dataset,
        };
        let spare = self.spare_core();
        match &spare {
            Some(spare) => spare.start(|| sut.start(setting))?,
            None => sut.start(setting)?,
        }
        meter.ready();
        let record = run_round(sut, &plan);
        if let Some(spare) = &spare {
            spare.give_back()?;
        }
        let mut record = record?;
        record.serving = meter.answered(matches!(self.scenario, Scenario::Server(_)));
        record.untimed = u64::from(self.warmup);
        sut.stop()?;
        Ok(record)
    }

    /// Begins to watch the processes that are about to be started, if somebody is to.
    pub fn watch(&self) -> Result<Option<Watch>, SutError> {
        let period = match self.resources {
            Resources::Off => return Ok(None),
            Resources::Totals => None,
            Resources::Sampled { period } => Some(period),
        };
        Watch::begin(period).map(Some).map_err(process::system("starting a thread"))
    }

    /// A core for the load generator alone, where one can be spared and the generator has a schedule to keep. A system that is
    /// started anew for each query starts on the generator's core, and would stay there.
    pub(super) fn spare_core(&self) -> Option<SpareCore> {
        let scheduled =
            matches!(&self.scenario, Scenario::Server(server) if !matches!(server.traffic, Traffic::Closed { .. }));
        (scheduled && !self.starts_each_query).then(SpareCore::find).flatten()
    }

    /// Samples per query, at most.
    pub fn batch(&self) -> usize {
        largest_query(&self.scenario)
    }
}

/// Samples per query of a scenario, at most.
pub fn largest_query(scenario: &Scenario) -> usize {
    match scenario {
        Scenario::SingleStream | Scenario::Server(_) => 1,
        Scenario::MultiStream { samples_per_query } => samples_per_query.get() as usize,
        Scenario::Offline { batch_size, .. } => batch_size.get() as usize,
    }
}

/// Runs a round with everything in this process but the system under test.
pub fn round_here(
    request: &RoundRequest,
    system: &System,
    dataset: Option<Arc<Dataset>>,
    interrupt: &Interrupt,
) -> Result<RoundRecord, SutError> {
    let launcher = |command: &CommandLine| Launcher {
        command: command.clone(),
        directory: request.directory.clone(),
        variables: request.variables.clone(),
        timeout: request.timeout,
        interrupt: interrupt.clone(),
    };
    let file = tempfile::NamedTempFile::new().map_err(process::system("creating a file for the metrics"))?;
    let mut watch = if starts_processes(system) { request.watch()? } else { None };
    let setting = RoundSetting {
        padding: request.padding,
        metrics_file: Some(file.path().to_owned()),
        repeatable: request.repeatable,
        stages: request.stages,
        monitor: watch.as_ref().map(Watch::monitor),
    };
    let meter = watch.as_mut().map_or(Meter::None, Meter::Processes);
    let mut record = match system {
        System::Command(command) => {
            request.drive(&mut CommandSut::new(launcher(command)), dataset.as_deref(), &setting, meter)?
        }
        System::Worker(command) => {
            let mut worker = WorkerSut::new(launcher(command), dataset.clone());
            request.drive(&mut worker, dataset.as_deref(), &setting, meter)?
        }
        System::Http(http) => {
            let limits = crate::sut::http::Limits {
                directory: request.directory.clone(),
                variables: request.variables.clone(),
                timeout: request.timeout,
                interrupt: interrupt.clone(),
            };
            let mut service = HttpSut::new(http.clone(), limits, dataset.clone());
            request.drive(&mut service, dataset.as_deref(), &setting, meter)?
        }
        System::Onnx(model) => {
            let dataset = dataset.ok_or_else(|| ModelError::Misfit { problem: "there is no dataset".to_owned() })?;
            // Of a process that it shares with everything else, nothing can be said about the system: nobody watches.
            onnx_round(request, model, &dataset, interrupt, &AtomicU64::new(0))?
        }
    };
    record.usage = watch.and_then(Watch::finish);
    record.own_metrics = own_metrics::read(file.path())?;
    Ok(record)
}

/// Whether the system's processes are perfgate's to watch.
fn starts_processes(system: &System) -> bool {
    match system {
        System::Command(_) | System::Worker(_) => true,
        System::Http(service) => service.start.is_some(),
        System::Onnx(_) => false,
    }
}

/// What measures the processor time from the moment when a system is ready to its last answer.
enum Meter<'a> {
    /// Nothing does.
    None,
    /// The watch over its processes.
    Processes(&'a mut Watch),
    /// This process is the system's.
    This(OwnTime),
}

impl Meter<'_> {
    fn this_process() -> Self {
        Self::This(OwnTime::start())
    }

    fn ready(&mut self) {
        match self {
            Self::None => {}
            Self::Processes(watch) => watch.ready(),
            Self::This(time) => *time = OwnTime::start(),
        }
    }

    /// In nanoseconds; `on_its_own` says that the system has another thread than the one that issues.
    fn answered(self, on_its_own: bool) -> Option<u64> {
        match self {
            Self::None => None,
            Self::Processes(watch) => watch.answered(),
            Self::This(time) => Some(time.elapsed(on_its_own)),
        }
    }
}

/// Runs a round of the embedded engine. `progress` counts its steps.
///
/// With one query at a time the whole round runs on the engine's own thread, so that the clock sees the model alone. Where
/// queries come on their own, the engine is a server on a thread of its own, and this one issues.
pub fn onnx_round(
    request: &RoundRequest,
    model: &std::path::Path,
    dataset: &Arc<Dataset>,
    interrupt: &Interrupt,
    progress: &AtomicU64,
) -> Result<RoundRecord, SutError> {
    let setting = RoundSetting { padding: request.padding, stages: request.stages, ..RoundSetting::default() };
    let rows = dataset.numbers().map_err(|problem| ModelError::Misfit { problem })?;
    let engine = |clock| OnnxSut::new(request.directory.join(model), Arc::clone(rows), request.batch(), clock);
    if let Scenario::Server(_) = request.scenario {
        return std::thread::scope(|scope| {
            let spare = request.spare_core();
            let server = OnThread::spawn(scope, interrupt.clone(), onnx::overdue, move |clock, service| {
                if let Some(spare) = spare {
                    // A core is a wish: without it the lateness tells.
                    let _ = spare.make_room();
                }
                on_engine_thread(|| service.serve(&mut engine(clock)));
            });
            request.drive(&mut Watched { inner: server, progress }, Some(dataset), &setting, Meter::this_process())
        });
    }
    on_engine_thread(|| {
        let inner = engine(crate::sut::Clock::start());
        request.drive(&mut Watched { inner, progress }, Some(dataset), &setting, Meter::this_process())
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

    fn now(&self) -> Nanos {
        self.inner.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        self.step();
        self.inner.issue(query)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        let answer = self.inner.answer(until);
        self.step();
        answer
    }

    fn give_up(&mut self, query: u64) -> SutError {
        self.inner.give_up(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.step();
        self.inner.stop()
    }
}
