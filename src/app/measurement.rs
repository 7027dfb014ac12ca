//! From benchmarks to a run: prepare, plan, measure, with the facts of commit and machine added.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::AppError;
use super::output::Console;
use super::progress::Progress;
use crate::cli::Common;
use crate::config::Benchmark;
use crate::facade;
use crate::measure::{self, Deadline, Subject, Surroundings};
use crate::plan::plan;
use crate::result::{CommitId, RunOutcome};
use crate::scenario::RoundRecord;
use crate::sut::{Interrupt, Variables};

/// The revision that a run measures.
#[derive(Debug, Clone, Default)]
pub struct Revision {
    /// The commit, inside git.
    pub commit: Option<CommitId>,
    /// Whether tracked files differ from it.
    pub dirty: bool,
}

/// Where a revision is measured.
#[derive(Debug, Clone)]
pub struct Place {
    /// Where relative paths begin and processes run.
    pub directory: PathBuf,
    /// What these see in place of perfgate's own variables.
    pub variables: Variables,
}

impl Place {
    /// A folder whose processes see perfgate's own environment.
    pub fn plain(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), variables: Vec::new() }
    }
}

/// What all measurements of one invocation share.
pub struct Session<'a> {
    /// Seed of everything random.
    pub seed: u64,
    /// Where notes and progress go.
    pub console: &'a Console,
    /// Set when perfgate is to stop.
    pub interrupt: &'a Interrupt,
    /// Wall clock of the whole invocation.
    pub budget: Option<Duration>,
    /// When it began.
    pub begun: Instant,
    /// Whether somebody asked for just so many rounds: then no more are added where a row is undecided.
    pub fixed_rounds: bool,
    /// When it is to end whatever its own budget says, because it is part of something longer.
    pub limit: Option<Deadline>,
    /// What the progress bar calls it; empty if there is nothing to tell it from.
    pub title: String,
}

impl<'a> Session<'a> {
    /// Begins now.
    pub fn begin(common: &Common, budget: Option<Duration>, console: &'a Console, interrupt: &'a Interrupt) -> Self {
        let fixed_rounds = common.rounds.is_some() || common.quick;
        Self {
            seed: common.seed,
            console,
            interrupt,
            budget,
            begun: Instant::now(),
            fixed_rounds,
            limit: None,
            title: String::new(),
        }
    }

    /// When the budget is spent, if there is one.
    pub fn ends(&self) -> Option<Instant> {
        self.budget.map(|budget| self.begun + budget)
    }

    /// When a measurement of both sides must have ended, if it must.
    pub fn deadline(&self) -> Option<Deadline> {
        let own = self.ends().map(|at| Deadline { at, at_least: 0 });
        own.into_iter().chain(self.limit).min_by_key(|deadline| deadline.at)
    }

    /// What is left of the budget, if there is one.
    pub fn time_left(&self) -> Option<Duration> {
        self.budget.map(|budget| budget.saturating_sub(self.begun.elapsed()))
    }

    /// Measures these benchmarks in this folder. Wrong input is found before anything runs. Two rounds of each are measured
    /// even if the budget does not allow it: less is no measurement.
    pub fn measure(
        &self,
        benchmarks: &[Benchmark],
        directory: &Path,
        revision: &Revision,
    ) -> Result<RunOutcome, AppError> {
        let deadline = self.ends().map(|at| Deadline { at, at_least: 2 });
        self.measure_until(deadline, benchmarks, &Place::plain(directory), revision)
    }

    /// The same in any place, until this moment at the latest.
    pub fn measure_until(
        &self,
        deadline: Option<Deadline>,
        benchmarks: &[Benchmark],
        place: &Place,
        revision: &Revision,
    ) -> Result<RunOutcome, AppError> {
        let subjects = benchmarks.iter().map(|benchmark| subject(benchmark, place)).collect();
        let prepared = measure::prepare(subjects)?;
        let surroundings = self.surroundings(deadline);
        let counts = measure::count(&prepared, self.seed, &surroundings, &mut |told| self.console.note(told))?;
        let mut progress = Progress::new(self.console);
        let plan = plan(benchmarks, self.seed);
        let mut measured = measure::run(&prepared, &plan, &surroundings, &mut |event| progress.on(event))?;
        drop(progress);
        counts.add_to(&mut measured);
        if self.interrupt.is_set() {
            return Err(measure::Interrupted.into());
        }
        Ok(facade::outcome(measured, revision.commit.clone(), revision.dirty, self.seed))
    }

    /// Measures one benchmark with the stages of every query timed, and says what its rounds have left behind, too. Nothing is
    /// counted besides the time.
    pub fn measure_stages(
        &self,
        benchmark: &Benchmark,
        directory: &Path,
        revision: &Revision,
    ) -> Result<(RunOutcome, Vec<RoundRecord>), AppError> {
        let prepared = measure::prepare(vec![subject(benchmark, &Place::plain(directory))])?;
        let surroundings = self.surroundings(self.ends().map(|at| Deadline { at, at_least: 2 }));
        let mut progress = Progress::new(self.console);
        let plan = plan(std::slice::from_ref(benchmark), self.seed);
        let measured = measure::run_with_stages(&prepared, &plan, &surroundings, &mut |event| progress.on(event))?;
        drop(progress);
        if self.interrupt.is_set() {
            return Err(measure::Interrupted.into());
        }
        let (measured, records): (Vec<_>, Vec<_>) = measured.into_iter().unzip();
        let outcome = facade::outcome(measured, revision.commit.clone(), revision.dirty, self.seed);
        Ok((outcome, records.into_iter().flatten().collect()))
    }

    fn surroundings(&self, deadline: Option<Deadline>) -> Surroundings {
        Surroundings { interrupt: self.interrupt.clone(), isolation: env::current_exe().ok(), deadline }
    }
}

/// A benchmark in the place where it is measured.
pub fn subject(benchmark: &Benchmark, place: &Place) -> Subject {
    let Place { directory, variables } = place.clone();
    Subject { benchmark: benchmark.clone(), directory, variables, slowdown: None }
}
