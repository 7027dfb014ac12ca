//! Runs a plan: round by round, each a fresh start of the system under test.
//!
//! Here: files read before the clock starts (`prepare`), the rounds and their time (`measurement`), progress events, what rounds
//! add up to. Not here: the systems (`sut`), the queries inside a round (`scenario`), what a result means (`gate`).

mod arms;
mod conditions;
mod counting;
mod isolated;
mod measurement;
mod own_metrics;
mod prepare;
mod round;

pub use arms::{NoRound, SharedRound, shared_round};
pub use conditions::Conditions;
pub use counting::{Counts, count};
pub use isolated::serve_round;
pub use measurement::Measurement;
pub use prepare::{InputError, Prepared, prepare};
pub use round::{RoundRequest, largest_query, round_here};

use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::config::Benchmark;
use crate::monitor::command_of;
use crate::plan::Plan;
use crate::result::{
    BenchmarkResult, Course, Distribution, Failure, MOST_STAGES, RoundCourse, Rule, Timestamp, Warning,
};
use crate::scenario::{
    RoundRecord, Unmeasurable, answers, are_stages_left_out, asked, diagnose, metrics, objectives, resource_metrics,
    resources, stages, validity,
};
use crate::sut::process::printable;
use crate::sut::{Interrupt, Slowdown, SpareCore, Variables};

/// A benchmark and the folder it is measured in. Side by side, base and candidate are two subjects of one name.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// What is measured.
    pub benchmark: Benchmark,
    /// Where relative paths begin and processes run: the folder of the configuration, in the revision measured.
    pub directory: PathBuf,
    /// What its processes see in place of perfgate's own variables.
    pub variables: Variables,
    /// By how much its system is slowed on purpose. No configuration can say so.
    pub slowdown: Option<Slowdown>,
}

/// What a measurement needs from its surroundings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Set when the measurement is to stop.
    pub interrupt: Interrupt,
    /// The perfgate program that runs rounds of the embedded engine in a process of their own; `None` runs them in this
    /// process, which then shares one memory layout among all rounds.
    pub isolation: Option<PathBuf>,
    /// When the measurement must have ended.
    pub deadline: Option<Deadline>,
}

/// When a measurement must have ended: no round starts that would likely exceed it, and one that does is cut off and dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The moment.
    pub at: Instant,
    /// So many rounds of every subject are measured even if that takes longer.
    pub at_least: usize,
}

/// What became of one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// It was measured.
    Fully(Box<BenchmarkResult>),
    /// Its system failed.
    Failed(Failure),
    /// The time was over before its first round had ended.
    NotReached {
        /// The benchmark's name.
        benchmark: String,
    },
}

/// What a listener is told while a plan runs.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A round begins.
    Started {
        /// The benchmark's name.
        benchmark: &'a str,
        /// Rounds that have ended.
        done: usize,
        /// Rounds of the whole plan.
        of: usize,
    },
    /// All rounds have ended, or no more are wanted.
    Finished,
}

/// Why a measurement ended without one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("interrupted")]
pub struct Interrupted;

/// Runs the plan over its subjects: one entry each, in their order. A subject whose system fails is not asked again; the
/// others go on.
pub fn run(
    prepared: &Prepared,
    plan: &Plan,
    surroundings: &Surroundings,
    listener: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<Measured>, Interrupted> {
    let mut measurement = Measurement::begin(prepared, surroundings, plan.seed);
    run_rounds(&mut measurement, plan, listener)?;
    Ok(measurement.results())
}

/// The same with the stages of every query timed, and with what each round of a subject has left behind.
pub fn run_with_stages(
    prepared: &Prepared,
    plan: &Plan,
    surroundings: &Surroundings,
    listener: &mut dyn FnMut(Event<'_>),
) -> Result<Vec<(Measured, Vec<RoundRecord>)>, Interrupted> {
    let mut measurement = Measurement::begin(prepared, surroundings, plan.seed).with_every_stage();
    run_rounds(&mut measurement, plan, listener)?;
    let results = measurement.results().into_iter().enumerate();
    Ok(results.map(|(subject, result)| (result, measurement.records(subject).to_vec())).collect())
}

fn run_rounds(
    measurement: &mut Measurement<'_>,
    plan: &Plan,
    listener: &mut dyn FnMut(Event<'_>),
) -> Result<(), Interrupted> {
    let of = plan.rounds();
    for (done, step) in plan.passes.iter().flatten().enumerate() {
        if measurement.is_wanted(step.subject) && measurement.fits(&[step.subject], None) {
            listener(Event::Started { benchmark: measurement.name(step.subject), done, of });
            measurement.round(step)?;
        }
    }
    listener(Event::Finished);
    Ok(())
}

/// What a benchmark's rounds say: its metrics, which rules held, and what the reader should know. A round that is no
/// measurement makes it a failure.
pub fn summarise(
    benchmark: &Benchmark,
    rounds: &[RoundRecord],
    ended: Option<Timestamp>,
    conditions: &Conditions,
) -> Result<BenchmarkResult, Failure> {
    let failed = |problem: Unmeasurable| Failure { benchmark: benchmark.name.clone(), reason: problem.to_string() };
    let validity = validity(rounds, benchmark).map_err(failed)?;
    let mut metrics = metrics(rounds, &benchmark.scenario, benchmark.max_error_rate).map_err(failed)?;
    let diagnosis = diagnose(benchmark, rounds, &metrics, conditions.machine());
    let mut warnings = warnings(benchmark, rounds, &validity);
    warnings.extend(diagnosis.warnings);
    metrics.extend(resource_metrics(rounds, &metrics));
    Ok(BenchmarkResult {
        name: benchmark.name.clone(),
        scenario: Some(benchmark.scenario.name().to_owned()),
        recorded_at: ended,
        queries: Some(rounds.iter().map(|round| round.latencies.len() as u64).sum()),
        asked: asked(rounds, &benchmark.scenario),
        metrics,
        round_duration: conditions.round_duration(),
        diagnosis: diagnosis.figures,
        warnings,
        validity,
        answers: answers(rounds),
        objectives: objectives(rounds, &benchmark.objectives),
        latencies: Distribution::of(rounds.iter().flat_map(|round| &round.latencies).copied()),
        course: Course::of(rounds.iter().enumerate().map(course)),
        resources: resources(benchmark, rounds),
        stages: stages(rounds),
    })
}

fn course((round, record): (usize, &RoundRecord)) -> RoundCourse {
    RoundCourse { round, warm_up: record.warm_up.clone(), timed: record.timed.clone() }
}

fn warnings(benchmark: &Benchmark, rounds: &[RoundRecord], validity: &[Rule]) -> Vec<Warning> {
    let wanted = benchmark.rounds.get() as usize;
    let mut warnings = Vec::new();
    if rounds.len() < wanted {
        warnings.push(Warning {
            code: "budget-spent".to_owned(),
            message: format!(
                "the budget ended the run after {} of {wanted} rounds; a larger `budget` or fewer queries a round \
                 would let all run",
                rounds.len()
            ),
        });
    }
    let broken = validity.iter().filter(|rule| !rule.held);
    warnings.extend(broken.map(|rule| Warning { code: rule.name.clone(), message: rule.detail.clone() }));
    if rounds.iter().any(|round| !round.lateness.is_empty()) && SpareCore::find().is_none() {
        warnings.push(Warning {
            code: "no-spare-core".to_owned(),
            message:
                "the load generator shares its processor cores with the system under test: this machine has none to \
                      spare, so its lateness is part of the latencies"
                    .to_owned(),
        });
    }
    warnings.extend(reconnected(rounds));
    warnings.extend(left_running(rounds));
    if are_stages_left_out(rounds) {
        warnings.push(Warning {
            code: "many-stages".to_owned(),
            message: format!(
                "the system reports more than {MOST_STAGES} stages, and only the first {MOST_STAGES} are kept: is a number, such as \
                 that of a request, part of their names?"
            ),
        });
    }
    if rounds.len() < 2 {
        warnings.push(Warning {
            code: "few-rounds".to_owned(),
            message: "one round says nothing about chance; a comparison needs at least 2, better 10".to_owned(),
        });
    }
    warnings
}

/// More processes than this are counted.
const MOST_LEFT: usize = 4;

/// Longest command line that is shown.
const COMMAND_WIDTH: usize = 60;

/// Who was seen under the rounds' processes, had left their groups, and runs on now that all rounds have ended.
fn left_running(rounds: &[RoundRecord]) -> Option<Warning> {
    let left = rounds.iter().filter_map(|round| round.usage.as_ref()).flat_map(|usage| &usage.left);
    let running: Vec<String> = left
        .filter_map(|left| Some(format!("{} (`{}`)", left.pid, printable(&command_of(*left)?, COMMAND_WIDTH))))
        .collect();
    let shown = running.get(..running.len().min(MOST_LEFT))?.join(", ");
    let more = running.len().saturating_sub(MOST_LEFT);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let (is, what) = if running.len() == 1 { ("a process", "runs on") } else { ("processes", "run on") };
    (!running.is_empty()).then(|| Warning {
        code: "left-running".to_owned(),
        message: format!(
            "{is} that the system started {what}: {shown}{more}; perfgate ends the process groups that it starts, and who \
             leaves them, as a daemon does, is for the system to end"
        ),
    })
}

fn reconnected(rounds: &[RoundRecord]) -> Option<Warning> {
    let reconnects: u64 = rounds.iter().map(|round| round.reconnects).sum();
    let queries: u64 = rounds.iter().map(RoundRecord::issued).sum();
    (reconnects > 0).then(|| Warning {
        code: "reconnected".to_owned(),
        message: format!(
            "the system closes connections: they had to be opened again {reconnects} times for {queries} queries, and the \
             latencies of those queries include that; look for keep-alive that is off, a short idle time, or a limit of \
             requests a connection"
        ),
    })
}

/// The present moment, for the record.
pub fn now() -> Timestamp {
    Timestamp::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
}
