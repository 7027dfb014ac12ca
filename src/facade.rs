//! Measuring from a Rust program: the benchmarks of a configuration, or a function of one's own, without the command line.
//!
//! Here: the few calls that a user of the library begins with. What they return goes into `gate::compare`, `render` and `wire`.

use std::path::Path;

use crate::config::{Benchmark, Scenario, Server, Traffic};
use crate::dataset::Dataset;
use crate::host;
use crate::measure::{self, Conditions, Event, InputError, Interrupted, Measured, Subject, Surroundings};
use crate::plan::{arrival_seed, plan, sample_seed};
use crate::result::{BenchmarkResult, CommitId, Failure, RunOutcome, RunResult};
use crate::scenario::{RoundPlan, Schedule, run_round};
use crate::sut::{FunctionSut, Outcome, RoundSetting, Sut, SutError};

/// Why there is no measurement.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// A file that cannot be used, found before anything ran.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Somebody asked to stop.
    #[error(transparent)]
    Interrupted(#[from] Interrupted),
}

/// Measures these benchmarks, as `perfgate run` does: rounds of all of them take turns, each a fresh start of its system.
///
/// `directory` is where relative paths begin and processes run. The listener hears of each round before it begins. What the
/// benchmarks' `counters` ask for is counted first, and the time it takes is part of the budget.
pub fn run(
    benchmarks: &[Benchmark],
    directory: &Path,
    seed: u64,
    surroundings: &Surroundings,
    listener: &mut dyn FnMut(Event<'_>),
) -> Result<RunOutcome, MeasureError> {
    let subject = |benchmark: &Benchmark| Subject {
        benchmark: benchmark.clone(),
        directory: directory.to_owned(),
        variables: Vec::new(),
        slowdown: None,
    };
    let prepared = measure::prepare(benchmarks.iter().map(subject).collect())?;
    let counts = measure::count(&prepared, seed, surroundings, &mut |_| {})?;
    let mut measured = measure::run(&prepared, &plan(benchmarks, seed), surroundings, listener)?;
    counts.add_to(&mut measured);
    Ok(outcome(measured, None, false, seed))
}

/// Measures a function in this process, under the scenario, stopping rules and rounds of `benchmark`; its system, dataset path and
/// error tolerance are not looked at. `make` gives a fresh function for each round; the function is asked about samples by their
/// indices, and judged against the dataset's labels where there is one.
///
/// All queries are answered by one thread, one after the other: in the server scenario they queue up.
pub fn run_function<F>(
    benchmark: &Benchmark,
    dataset: Option<&Dataset>,
    seed: u64,
    make: impl FnMut() -> F,
) -> Result<BenchmarkResult, Failure>
where
    F: FnMut(&[usize]) -> Outcome,
{
    let mut sut = FunctionSut::new(make);
    let mut records = Vec::new();
    let mut conditions = Conditions::default();
    let failed = |reason: String| Failure { benchmark: benchmark.name.clone(), reason };
    if let Scenario::Server(Server { traffic: Traffic::Replay { trace, .. }, .. }) = &benchmark.scenario {
        return Err(failed(format!(
            "`{}` is a recorded trace; a function is measured under other traffic",
            trace.display()
        )));
    }
    for round in 0..benchmark.rounds.get() {
        let arrivals = arrival_seed(seed, &benchmark.name, round);
        let schedule = Schedule::of(&benchmark.scenario, &benchmark.stopping, None, arrivals)
            .map_err(|problem| failed(problem.to_string()))?;
        let plan = RoundPlan {
            scenario: &benchmark.scenario,
            stopping: &benchmark.stopping,
            sampling: benchmark.sampling,
            warmup: benchmark.warmup,
            timeout: benchmark.timeout,
            sample_seed: sample_seed(seed, &benchmark.name),
            schedule: schedule.as_ref(),
            dataset,
        };
        let record = conditions.of(|| {
            sut.start(&RoundSetting::default())?;
            let record = run_round(&mut sut, &plan)?;
            sut.stop().map(|()| record)
        });
        records.push(record.map_err(|error: SutError| failed(error.to_string()))?);
    }
    measure::summarise(benchmark, &records, Some(measure::now()), &conditions)
}

/// What was measured, with the facts of this machine and this moment added.
pub fn outcome(measured: Vec<Measured>, commit: Option<CommitId>, dirty: bool, seed: u64) -> RunOutcome {
    let (mut benchmarks, mut failures, mut not_reached) = (Vec::new(), Vec::new(), Vec::new());
    for entry in measured {
        match entry {
            Measured::Fully(benchmark) => benchmarks.push(*benchmark),
            Measured::Failed(failure) => failures.push(failure),
            Measured::NotReached { benchmark } => not_reached.push(benchmark),
        }
    }
    RunOutcome {
        result: RunResult {
            commit,
            dirty,
            recorded_at: Some(measure::now()),
            perfgate: Some(env!("CARGO_PKG_VERSION").to_owned()),
            seed: Some(seed),
            environment: Some(host::environment()),
            benchmarks,
        },
        failures,
        not_reached,
    }
}
