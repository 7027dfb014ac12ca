//! Counting what a system does, besides timing it: in runs of its own, so that no latency has the counter in it.
//!
//! Here: which runs are counted, and what becomes of the counts. Not here: what counts (`means`), how counts are judged (`gate`).
//!
//! A `command` is counted as a whole: a query is a process. Of every other system two sessions are counted, which differ only in
//! how many queries they ask; the difference is the work of the queries, and what start, warm-up and end cost drops out.

mod callgrind;
mod hardware;
mod means;

use std::num::NonZeroU32;
use std::path::Path;
use std::time::{Duration, Instant};

use means::{Means, NoCount};

use super::prepare::{Prepared, Ready};
use super::round::{RoundRequest, largest_query, round_here};
use super::{Interrupted, Measured, Surroundings, isolated};
use crate::config::{Benchmark, CommandLine, Counter, Http, Resources, Sampling, Scenario, Stopping, System};
use crate::plan::Step;
use crate::result::{
    BenchmarkResult, COUNTERS_UNAVAILABLE, COUNTS_NOT_IN_TIME, Direction, Metric, RoundValues, Rule, Warning,
};
use crate::scenario::RoundRecord;
use crate::sut::{Interrupt, StageTiming, SutError};

/// Samples whose queries are counted, at most, where one process answers all of them.
const MOST_SAMPLES: u32 = 100;

/// Processes that are counted, at most, where each answers one query.
const MOST_PROCESSES: u32 = 5;

/// Counts that lie further apart, as a share, are said not to repeat: a tenth of the usual threshold.
const REPEATS: f64 = 0.001;

/// Of the time that is left, counting may take this share: the rest is for the rounds.
const SHARE_OF_TIME: u32 = 2;

/// The counts of a plan's subjects, in their order.
pub struct Counts(Vec<Option<Result<Counted, Uncounted>>>);

/// Why a subject has no count.
#[derive(Clone)]
enum Uncounted {
    /// Here it cannot be had, in words.
    Unavailable(String),
    /// The time was over.
    NotInTime,
}

/// What was counted of one subject.
#[derive(Clone)]
struct Counted {
    metric: Metric,
    rule: Rule,
}

/// Counts what the subjects' configurations ask for, before anything is timed. All are counted alike, so that the sides of a pair
/// can be compared. `note` hears what takes so long. Where the measurement has a deadline, half of the time until then is for
/// counting: what is not counted by then is told, and stays open.
pub fn count(
    prepared: &Prepared,
    seed: u64,
    surroundings: &Surroundings,
    note: &mut dyn FnMut(&str),
) -> Result<Counts, Interrupted> {
    let wants = |ready: &Ready| ready.subject.benchmark.counters.contains(&Counter::Instructions);
    if !prepared.subjects.iter().any(wants) {
        return Ok(Counts(prepared.subjects.iter().map(|_| None).collect()));
    }
    let means = Means::find();
    if let Ok(Means::Callgrind { .. }) = means {
        note("counting instructions under callgrind, where everything takes about fifty times as long");
    }
    let until = surroundings.deadline.map(|deadline| {
        let now = Instant::now();
        now + deadline.at.saturating_duration_since(now) / SHARE_OF_TIME
    });
    let interrupt = until.map_or_else(|| surroundings.interrupt.clone(), |at| surroundings.interrupt.until(at));
    let mut counts = Vec::new();
    for ready in &prepared.subjects {
        let counted = match &means {
            _ if !wants(ready) => None,
            Err(why) => Some(Err(Uncounted::Unavailable(why.clone()))),
            Ok(means) => {
                let counting =
                    Counting { ready, means, interrupt: &interrupt, isolation: surroundings.isolation.as_deref() };
                match counting.run(seed) {
                    Ok(values) => Some(conclude(means, values).map_err(Uncounted::Unavailable)),
                    Err(NoCount::Because(why)) => {
                        let told = format!("by {}: {why}{}", means.name(), means.remark());
                        Some(Err(Uncounted::Unavailable(told)))
                    }
                    Err(NoCount::Interrupted) if surroundings.interrupt.is_set() => return Err(Interrupted),
                    Err(NoCount::Interrupted) => Some(Err(Uncounted::NotInTime)),
                }
            }
        };
        counts.push(counted);
    }
    Ok(Counts(counts))
}

impl Counts {
    /// Adds the counts to what was measured of the same subjects.
    pub fn add_to(&self, measured: &mut [Measured]) {
        for (counted, result) in self.0.iter().zip(measured) {
            if let (Some(counted), Measured::Fully(result)) = (counted, result) {
                add(counted.clone(), result);
            }
        }
    }
}

fn add(counted: Result<Counted, Uncounted>, result: &mut BenchmarkResult) {
    let name = Counter::Instructions.name();
    let unavailable = |message: String| Warning { code: COUNTERS_UNAVAILABLE.to_owned(), message };
    match counted {
        Ok(Counted { metric, .. }) if result.metric(&metric.name).is_some() => {
            result.warnings.push(unavailable(format!("the system reports `{name}` itself: its own count stands")));
        }
        Ok(Counted { metric, rule }) => {
            if !rule.held {
                result.warnings.push(Warning { code: rule.name.clone(), message: rule.detail.clone() });
            }
            result.metrics.push(metric);
            result.validity.push(rule);
        }
        Err(Uncounted::Unavailable(why)) => {
            result.warnings.push(unavailable(format!("`{name}` could not be counted, {why}")));
        }
        Err(Uncounted::NotInTime) => result.warnings.push(Warning {
            code: COUNTS_NOT_IN_TIME.to_owned(),
            message: format!(
                "`{name}` was not counted: half of the time was over before, and the rest is for the rounds; a larger `budget` or \
                 fewer `queries` a round would do"
            ),
        }),
    }
}

fn conclude(means: &Means, values: Vec<f64>) -> Result<Counted, String> {
    let rounds = RoundValues::new(values).map_err(|problem| problem.to_string())?;
    let apart = rounds.disagreement().unwrap_or(f64::INFINITY);
    let held = apart <= REPEATS;
    let remark = means.remark();
    let figures = format!("{} counted the same work {} times{remark}", means.name(), rounds.count());
    let percent = apart * 100.0;
    let detail = match held {
        true if apart == 0.0 => format!("{figures}: the counts are equal"),
        true => format!("{figures}: the counts are {percent:.4} % apart"),
        false => format!(
            "the counts of `instructions` do not repeat: {figures}, and they are {percent:.2} % apart; look for what is left to \
             chance or time (threads that wait busily, hash seeds, time-outs), or ask more `queries`, up to {MOST_SAMPLES}"
        ),
    };
    let rule = Rule { name: "counts-repeat".to_owned(), held, detail };
    let name = Counter::Instructions.name().to_owned();
    let metric = Metric { name, unit: means.unit(), direction: Direction::LowerIsBetter, rounds, gate: true };
    Ok(Counted { metric, rule })
}

/// One subject, and what it is counted with.
struct Counting<'a> {
    ready: &'a Ready,
    means: &'a Means,
    /// Set when the user asks to stop, and when the time for counting is over.
    interrupt: &'a Interrupt,
    isolation: Option<&'a Path>,
}

/// The sessions that are counted for one value.
enum Work {
    /// A query is a process: the value is the mean of these.
    Processes(Vec<RoundRequest>),
    /// The second asks so many queries more than the first.
    Difference(Box<[RoundRequest; 2]>, u32),
}

impl Counting<'_> {
    /// Counts per query, one for each repetition.
    fn run(&self, seed: u64) -> Result<Vec<f64>, NoCount> {
        let mut work = work(self.ready, seed);
        let limit = self.rehearse(&work)?;
        work.sessions_mut().iter_mut().for_each(|session| session.timeout = limit);
        (0..self.means.repetitions()).map(|_| self.value(&work)).collect()
    }

    /// Runs the sessions once without any counter: a system that does not work fails here, what is only done the first time is
    /// done, and it shows how long anything may take under the counter.
    fn rehearse(&self, work: &Work) -> Result<Duration, NoCount> {
        const AT_LEAST: Duration = Duration::from_secs(60);
        const SLOWDOWN: u32 = 200;
        let begun = Instant::now();
        for session in work.sessions() {
            self.session(session, &CommandLine::clone).map_err(|error| match NoCount::from(error) {
                NoCount::Because(why) => NoCount::Because(format!("already without the counter: {why}")),
                NoCount::Interrupted => NoCount::Interrupted,
            })?;
        }
        Ok(AT_LEAST + begun.elapsed() * SLOWDOWN)
    }

    fn value(&self, work: &Work) -> Result<f64, NoCount> {
        let counts = work.sessions().iter().map(|session| self.counted(session)).collect::<Result<Vec<u64>, _>>()?;
        match (work, counts.as_slice()) {
            (Work::Difference(_, queries), [few, many]) if many > few => Ok((many - few) as f64 / f64::from(*queries)),
            (Work::Difference(..), _) => {
                Err(NoCount::Because("a session with more queries executed no more instructions".to_owned()))
            }
            (Work::Processes(_), counts) => Ok(counts.iter().sum::<u64>() as f64 / counts.len().max(1) as f64),
        }
    }

    fn counted(&self, session: &RoundRequest) -> Result<u64, NoCount> {
        let (record, count) = self.means.count(|prepare| self.session(session, prepare))?;
        let rate = record.failed as f64 / record.issued().max(1) as f64;
        if rate > self.ready.subject.benchmark.max_error_rate {
            let first = record.first_failure.as_deref().unwrap_or_default();
            return Err(NoCount::Because(format!("{} of {} queries failed: {first}", record.failed, record.issued())));
        }
        Ok(count)
    }

    /// Runs one session, with every command made ready by `prepare`.
    fn session(
        &self,
        request: &RoundRequest,
        prepare: &dyn Fn(&CommandLine) -> CommandLine,
    ) -> Result<RoundRecord, SutError> {
        let system = match &self.ready.subject.benchmark.system {
            System::Onnx(_) => {
                let Some(program) = self.isolation else {
                    let told = "the embedded engine runs in this process, which cannot be counted apart";
                    return Err(SutError::Engine(told.to_owned()));
                };
                return isolated::run_round_as(request, prepare(&isolated::child(program)), self.interrupt);
            }
            System::Command(command) => System::Command(prepare(command)),
            System::Worker(command) => System::Worker(prepare(command)),
            System::Http(http) => System::Http(Http { start: http.start.as_ref().map(prepare), ..http.clone() }),
        };
        round_here(request, &system, self.ready.dataset.clone(), self.interrupt)
    }
}

impl Work {
    fn sessions(&self) -> &[RoundRequest] {
        match self {
            Self::Processes(sessions) => sessions,
            Self::Difference(sessions, _) => sessions.as_slice(),
        }
    }

    fn sessions_mut(&mut self) -> &mut [RoundRequest] {
        match self {
            Self::Processes(sessions) => sessions,
            Self::Difference(sessions, _) => sessions.as_mut_slice(),
        }
    }
}

/// The sessions for one value: the benchmark's samples in its own order, one query at a time, whatever its scenario.
fn work(ready: &Ready, seed: u64) -> Work {
    let benchmark = &ready.subject.benchmark;
    let step = Step { subject: 0, round: 0, padding: 0 };
    let plain = RoundRequest {
        scenario: in_turn(&benchmark.scenario),
        sampling: unending(benchmark.sampling),
        repeatable: true,
        stages: StageTiming::Never,
        resources: Resources::Off,
        ..RoundRequest::new(&ready.subject, None, &step, seed)
    };
    let asking = |queries: NonZeroU32| RoundRequest { stopping: exactly(queries), ..plain.clone() };
    let queries = counted_queries(benchmark);
    if let System::Command(_) = benchmark.system {
        // Without a dataset every process does the same.
        let processes = if ready.dataset.is_some() { queries.min(MOST_PROCESSES) } else { 1 };
        let process = |number: u32| RoundRequest {
            warmup: 0,
            // Another first sample for each.
            sample_seed: plain.sample_seed.wrapping_add(u64::from(number)),
            ..asking(NonZeroU32::MIN)
        };
        return Work::Processes((0..processes).map(process).collect());
    }
    let sessions = [asking(NonZeroU32::MIN), asking(NonZeroU32::MIN.saturating_add(queries))];
    Work::Difference(Box::new(sessions), queries)
}

/// The same queries, one after the other.
fn in_turn(scenario: &Scenario) -> Scenario {
    match scenario {
        Scenario::SingleStream | Scenario::Server(_) => Scenario::SingleStream,
        Scenario::MultiStream { samples_per_query } => Scenario::MultiStream { samples_per_query: *samples_per_query },
        Scenario::Offline { batch_size, .. } => Scenario::MultiStream { samples_per_query: *batch_size },
    }
}

/// One query more than a round asks must not end the order.
fn unending(sampling: Sampling) -> Sampling {
    match sampling {
        Sampling::Unique => Sampling::Permutation,
        Sampling::Permutation | Sampling::WithReplacement | Sampling::Same => sampling,
    }
}

fn exactly(queries: NonZeroU32) -> Stopping {
    Stopping { queries, min_duration: Duration::ZERO, max_duration: None }
}

/// How many queries the second session asks more than the first: what a round asks, but no more samples than are needed for a
/// mean.
fn counted_queries(benchmark: &Benchmark) -> u32 {
    let batch = u32::try_from(largest_query(&benchmark.scenario)).unwrap_or(u32::MAX).max(1);
    let asked = match benchmark.scenario {
        Scenario::Offline { .. } => benchmark.stopping.queries.get().div_ceil(batch),
        _ => benchmark.stopping.queries.get(),
    };
    asked.min((MOST_SAMPLES / batch).max(1))
}

#[cfg(test)]
mod tests;
