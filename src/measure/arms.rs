//! A round of two systems that are up at the same time and share one traffic: fresh starts of both, the queries of each, the end
//! of both.
//!
//! Here: threads, processes and who waits for whom. Not here: which query goes where (`ab`), the loops (`scenario`).

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use super::prepare::{Prepared, Ready};
use super::round::RoundRequest;
use crate::config::{Scenario, System};
use crate::dataset::Dataset;
use crate::plan::{Step, arm_padding};
use crate::scenario::arms::{Answers, Lost, Manner, Share, in_turns, on_schedule};
use crate::scenario::{Arm, Both, SampleOrder};
use crate::sut::onnx::{EngineThread, on_this_engine_thread};
use crate::sut::{
    Clock, CommandSut, HttpSut, Interrupt, Launcher, ModelError, OnThread, OnnxSut, RoundSetting, SpareCore, Sut,
    SutError, WorkerSut, onnx, process,
};

/// One round of two arms: the subjects 0 and 1 of what was prepared.
#[derive(Debug, Clone, Copy)]
pub struct SharedRound<'a> {
    /// The queries of each arm.
    pub shares: &'a Both<Share>,
    /// Whose turn each query is, where one follows the other. In an open loop each arm has its own schedule instead.
    pub turns: &'a [Arm],
    /// Counted from 0.
    pub round: u32,
    /// Seed of everything random.
    pub seed: u64,
}

/// Why a round of two arms came to nothing.
#[derive(Debug)]
pub enum NoRound {
    /// Somebody asked to stop, or the time is over.
    Interrupted,
    /// One of the two systems failed, or both.
    Lost(Vec<Lost>),
}

/// All that one arm needs for a round.
struct Station<'a> {
    arm: Arm,
    ready: &'a Ready,
    request: RoundRequest,
    setting: RoundSetting,
    /// Where the system may write metrics of its own; nobody reads them here.
    _metrics: tempfile::NamedTempFile,
}

/// Runs a round. Which of the two is started first takes turns.
pub fn shared_round(
    prepared: &Prepared,
    round: &SharedRound<'_>,
    interrupt: &Interrupt,
) -> Result<Both<Answers>, NoRound> {
    let [a, b, ..] = prepared.subjects.as_slice() else { return Err(NoRound::Interrupted) };
    let station = |arm: Arm| {
        let (ready, subject) = match arm {
            Arm::A => (a, 0),
            Arm::B => (b, 1),
        };
        Station::new(arm, ready, subject, round)
    };
    let stations = Both::each(station).all().map_err(|lost| NoRound::of(vec![lost]))?;
    if round.shares.iter().any(|share| share.schedule.is_some()) {
        at_once(&stations, round, interrupt)
    } else {
        let is_onnx = |station: &Station<'_>| matches!(station.ready.subject.benchmark.system, System::Onnx(_));
        let work = || one_by_one(&stations, round, interrupt);
        // With one query at a time the whole round runs on the engine's thread, so that the clock sees the model alone.
        let outcome = if stations.iter().any(is_onnx) { onnx::on_engine_thread(work) } else { work() };
        outcome.map_err(|lost| NoRound::of(vec![lost]))
    }
}

impl NoRound {
    /// From what both arms say: an interruption is one only if nothing else happened.
    fn of(lost: Vec<Lost>) -> Self {
        let lost: Vec<Lost> = lost.into_iter().filter(|lost| !matches!(*lost.error, SutError::Interrupted)).collect();
        if lost.is_empty() { Self::Interrupted } else { Self::Lost(lost) }
    }
}

impl<'a> Station<'a> {
    fn new(arm: Arm, ready: &'a Ready, subject: usize, round: &SharedRound<'_>) -> Result<Self, Lost> {
        let metrics = tempfile::NamedTempFile::new()
            .map_err(process::system("creating a file for the metrics"))
            .map_err(Lost::of(arm))?;
        let padding = arm_padding(round.seed, round.round, arm == Arm::B);
        let step = Step { subject, round: round.round, padding };
        Ok(Self {
            arm,
            ready,
            request: RoundRequest::new(&ready.subject, ready.trace.clone(), &step, round.seed),
            setting: RoundSetting { padding, metrics_file: Some(metrics.path().to_owned()), ..RoundSetting::default() },
            _metrics: metrics,
        })
    }

    fn system(&self) -> &System {
        &self.ready.subject.benchmark.system
    }

    fn dataset(&self) -> Option<&Dataset> {
        self.ready.dataset.as_deref()
    }

    fn manner(&self) -> Manner<'_> {
        let benchmark = &self.ready.subject.benchmark;
        let order = match self.dataset() {
            Some(dataset) => SampleOrder::of(dataset.len(), benchmark.sampling, self.request.sample_seed),
            None => SampleOrder::counted(),
        };
        let max_async = match &benchmark.scenario {
            Scenario::Server(server) => server.max_async,
            _ => None,
        };
        Manner { dataset: self.dataset(), warmup: benchmark.warmup, order, timeout: benchmark.timeout, max_async }
    }

    /// The system itself, not started yet. One that works inside `issue` does so on this thread.
    fn build(&self, interrupt: &Interrupt) -> Result<Box<dyn Sut>, SutError> {
        let launcher = |command: &crate::config::CommandLine| Launcher {
            command: command.clone(),
            directory: self.request.directory.clone(),
            variables: self.request.variables.clone(),
            timeout: self.request.timeout,
            interrupt: interrupt.clone(),
        };
        Ok(match self.system() {
            System::Command(command) => Box::new(CommandSut::new(launcher(command))),
            System::Worker(command) => Box::new(WorkerSut::new(launcher(command), self.ready.dataset.clone())),
            System::Http(service) => {
                let limits = crate::sut::http::Limits {
                    directory: self.request.directory.clone(),
                    variables: self.request.variables.clone(),
                    timeout: self.request.timeout,
                    interrupt: interrupt.clone(),
                };
                Box::new(HttpSut::new(service.clone(), limits, self.ready.dataset.clone()))
            }
            System::Onnx(model) => Box::new(self.engine(model, Clock::start())?),
        })
    }

    fn engine(&self, model: &Path, clock: Clock) -> Result<OnnxSut, SutError> {
        let misfit = |problem: String| SutError::Model(ModelError::Misfit { problem });
        let dataset = self.dataset().ok_or_else(|| misfit("there is no dataset".to_owned()))?;
        let rows = dataset.numbers().map_err(misfit)?;
        let model = self.request.directory.join(model);
        Ok(OnnxSut::new(model, Arc::clone(rows), self.request.batch(), clock))
    }
}

/// Both systems on this thread, one query at a time.
fn one_by_one(
    stations: &Both<Station<'_>>,
    round: &SharedRound<'_>,
    interrupt: &Interrupt,
) -> Result<Both<Answers>, Lost> {
    let built = stations.as_ref().map(|station| station.build(interrupt).map_err(Lost::of(station.arm)));
    let mut systems = built.all()?;
    let first = if round.round.is_multiple_of(2) { Arm::A } else { Arm::B };
    for arm in [first, first.other()] {
        systems.of_mut(arm).start(&stations.of(arm).setting).map_err(Lost::of(arm))?;
    }
    let pair: Both<&mut dyn Sut> = Both { a: &mut *systems.a, b: &mut *systems.b };
    let manners = stations.as_ref().map(Station::manner);
    let answers = in_turns(pair, round.shares.as_ref(), manners, round.turns)?;
    for arm in Arm::ALL {
        systems.of_mut(arm).stop().map_err(Lost::of(arm))?;
    }
    Ok(answers)
}

/// Each system on a thread of its own, which keeps its part of the schedule.
fn at_once(
    stations: &Both<Station<'_>>,
    round: &SharedRound<'_>,
    interrupt: &Interrupt,
) -> Result<Both<Answers>, NoRound> {
    let line = StartingLine::default();
    let run = |arm: Arm| {
        let ended = scheduled(stations.of(arm), round.shares.of(arm), &line, &interrupt.or(Arc::clone(&line.lost)));
        if ended.is_err() {
            line.lose();
        }
        ended.map_err(Lost::of(arm))
    };
    let (a, b) = std::thread::scope(|scope| {
        let b = scope.spawn(|| run(Arm::B));
        let a = run(Arm::A);
        let died = |_| Err(Lost::of(Arm::B)(SutError::Engine("its load generator died".to_owned())));
        (a, b.join().unwrap_or_else(died))
    });
    match (a, b) {
        (Ok(a), Ok(b)) => Ok(Both { a, b }),
        (a, b) => Err(NoRound::of([a.err(), b.err()].into_iter().flatten().collect())),
    }
}

/// One arm of an open loop, from its fresh start to its end.
fn scheduled(
    station: &Station<'_>,
    share: &Share,
    line: &StartingLine,
    interrupt: &Interrupt,
) -> Result<Answers, SutError> {
    let System::Onnx(model) = station.system() else {
        let mut system = station.build(interrupt)?;
        return drive(station, system.as_mut(), share, line, interrupt);
    };
    // What works inside `issue` becomes a server on a thread of its own, in front of which queries queue up.
    let thread = match station.arm {
        Arm::A => EngineThread::First,
        Arm::B => EngineThread::Second,
    };
    station.engine(model, Clock::start())?;
    std::thread::scope(|scope| {
        let spare = station.request.spare_core();
        let mut server = OnThread::spawn(scope, interrupt.clone(), onnx::overdue, move |clock, service| {
            if let Some(spare) = spare {
                // A core is a wish: without it the lateness tells.
                let _ = spare.make_room();
            }
            on_this_engine_thread(thread, || {
                if let Ok(mut engine) = station.engine(model, clock) {
                    service.serve(&mut engine);
                }
            });
        });
        drive(station, &mut server, share, line, interrupt)
    })
}

fn drive(
    station: &Station<'_>,
    sut: &mut dyn Sut,
    share: &Share,
    line: &StartingLine,
    interrupt: &Interrupt,
) -> Result<Answers, SutError> {
    let spare = station.request.spare_core();
    start(spare.as_ref(), sut, &station.setting)?;
    let answers = on_schedule(sut, share, &station.manner(), || line.wait(interrupt));
    if let Some(spare) = &spare {
        spare.give_back()?;
    }
    let answers = answers?;
    sut.stop()?;
    Ok(answers)
}

fn start(spare: Option<&SpareCore>, sut: &mut dyn Sut, setting: &RoundSetting) -> Result<(), SutError> {
    match spare {
        Some(spare) => spare.start(|| sut.start(setting)),
        None => sut.start(setting),
    }
}

/// Where both arms wait for each other when they are ready, so that their schedules begin at the same moment.
#[derive(Default)]
struct StartingLine {
    waiting: Mutex<usize>,
    changed: Condvar,
    /// Set once one of the two will not come any more, or has dropped out: then the other may stop, too.
    lost: Arc<AtomicBool>,
}

/// Between two looks at the interrupt flag.
const LOOK_UP: Duration = Duration::from_millis(100);

impl StartingLine {
    fn wait(&self, interrupt: &Interrupt) -> Result<(), SutError> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        *waiting += 1;
        self.changed.notify_all();
        while *waiting < 2 {
            if interrupt.is_set() {
                return Err(SutError::Interrupted);
            }
            let woken = self.changed.wait_timeout(waiting, LOOK_UP);
            waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
        Ok(())
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Relaxed);
        self.changed.notify_all();
    }
}
