//! From benchmarks to a run: prepare, plan, measure, with the facts of commit and machine added.

use std::env;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::AppError;
use super::output::Console;
use super::progress::Progress;
use crate::config::Benchmark;
use crate::facade;
use crate::measure::{self, Subject, Surroundings};
use crate::plan::{Plan, plan, plan_pairs};
use crate::result::{BenchmarkResult, CommitId, Failure, RunOutcome};
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
}

impl<'a> Session<'a> {
    /// Begins now.
    pub fn begin(seed: u64, budget: Option<Duration>, console: &'a Console, interrupt: &'a Interrupt) -> Self {
        Self { seed, console, interrupt, budget, begun: Instant::now() }
    }

    /// What is left of the budget, if there is one.
    pub fn time_left(&self) -> Option<Duration> {
        self.budget.map(|budget| budget.saturating_sub(self.begun.elapsed()))
    }

    /// Measures these benchmarks in this folder. Wrong input is found before anything runs.
    pub fn measure(
        &self,
        benchmarks: &[Benchmark],
        directory: &Path,
        revision: &Revision,
    ) -> Result<RunOutcome, AppError> {
        self.measure_at(benchmarks, &Place::plain(directory), revision)
    }

    /// Measures these benchmarks in this place.
    pub fn measure_at(
        &self,
        benchmarks: &[Benchmark],
        place: &Place,
        revision: &Revision,
    ) -> Result<RunOutcome, AppError> {
        let subjects = benchmarks.iter().map(|benchmark| subject(benchmark, place)).collect();
        let measured = self.run(subjects, &plan(benchmarks, self.seed))?;
        Ok(self.outcome(measured, revision))
    }

    /// Measures benchmarks side by side: each pair is the base's definition and the candidate's, under one name. The outcome
    /// of the base comes first.
    pub fn measure_pairs(
        &self,
        pairs: &[(Benchmark, Benchmark)],
        places: [&Place; 2],
        revisions: [&Revision; 2],
    ) -> Result<[RunOutcome; 2], AppError> {
        let [base, candidate] = places;
        let sides = |(old, new): &(Benchmark, Benchmark)| [subject(old, base), subject(new, candidate)];
        let subjects = pairs.iter().flat_map(sides).collect();
        let candidates: Vec<Benchmark> = pairs.iter().map(|(_, new)| new.clone()).collect();
        let measured = self.run(subjects, &plan_pairs(&candidates, self.seed))?;
        let (mut olds, mut news) = (Vec::new(), Vec::new());
        for (position, entry) in measured.into_iter().enumerate() {
            if position % 2 == 0 { olds.push(entry) } else { news.push(entry) }
        }
        let [old, new] = revisions;
        Ok([self.outcome(olds, old), self.outcome(news, new)])
    }

    fn run(&self, subjects: Vec<Subject>, plan: &Plan) -> Result<Vec<Result<BenchmarkResult, Failure>>, AppError> {
        let prepared = measure::prepare(subjects)?;
        let surroundings = Surroundings {
            interrupt: self.interrupt.clone(),
            isolation: env::current_exe().ok(),
            budget: self.time_left(),
        };
        let mut progress = Progress::new(self.console);
        let measured = measure::run(&prepared, plan, &surroundings, &mut |event| progress.on(event))?;
        drop(progress);
        if self.interrupt.is_set() { Err(measure::Interrupted.into()) } else { Ok(measured) }
    }

    fn outcome(&self, measured: Vec<Result<BenchmarkResult, Failure>>, revision: &Revision) -> RunOutcome {
        facade::outcome(measured, revision.commit.clone(), revision.dirty, self.seed)
    }
}

fn subject(benchmark: &Benchmark, place: &Place) -> Subject {
    let Place { directory, variables } = place.clone();
    Subject { benchmark: benchmark.clone(), directory, variables }
}
