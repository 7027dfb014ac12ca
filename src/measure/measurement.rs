//! A measurement under way: round by round, as many as somebody asks for, until its time is over.

use std::path::Path;
use std::time::{Duration, Instant};

use super::conditions::Conditions;
use super::prepare::{Prepared, Ready};
use super::{Interrupted, Measured, RoundRequest, Surroundings, isolated, now, round_here, summarise};
use crate::config::{Benchmark, System};
use crate::plan::Step;
use crate::result::{Failure, Timestamp};
use crate::scenario::RoundRecord;
use crate::sut::{Interrupt, StageTiming, SutError};

/// A measurement under way: as many rounds of its subjects as somebody asks for.
pub struct Measurement<'a> {
    prepared: &'a Prepared,
    surroundings: &'a Surroundings,
    seed: u64,
    stages: StageTiming,
    progress: Vec<Progress>,
}

/// How far a subject has come.
#[derive(Default)]
struct Progress {
    rounds: Vec<RoundRecord>,
    failure: Option<String>,
    ended: Option<Timestamp>,
    conditions: Conditions,
}

impl<'a> Measurement<'a> {
    /// Nothing is measured yet.
    pub fn begin(prepared: &'a Prepared, surroundings: &'a Surroundings, seed: u64) -> Self {
        let progress = prepared.subjects.iter().map(|_| Progress::default()).collect();
        Self { prepared, surroundings, seed, stages: StageTiming::default(), progress }
    }

    /// With the stages of every query timed, where it is for perfgate to do so.
    #[must_use]
    pub fn with_every_stage(self) -> Self {
        Self { stages: StageTiming::Every, ..self }
    }

    /// Runs one round. A system that fails is a failure of its subject; only an interruption ends the measurement.
    pub fn round(&mut self, step: &Step) -> Result<(), Interrupted> {
        let ready = self.prepared.subjects.get(step.subject);
        let (Some(ready), Some(state)) = (ready, self.progress.get_mut(step.subject)) else { return Ok(()) };
        let interrupt = match self.surroundings.deadline {
            Some(deadline) if state.rounds.len() >= deadline.at_least => self.surroundings.interrupt.until(deadline.at),
            _ => self.surroundings.interrupt.clone(),
        };
        let isolation = self.surroundings.isolation.as_deref();
        let outcome = state
            .conditions
            .of(|| one_round(ready, request(ready, step, self.seed, self.stages), isolation, &interrupt));
        state.ended = Some(now());
        match outcome {
            Ok(record) => state.rounds.push(record),
            Err(SutError::Interrupted) if self.surroundings.interrupt.is_set() => return Err(Interrupted),
            // The time is over: half a round is none.
            Err(SutError::Interrupted) => {}
            Err(error) => state.failure = Some(error.to_string()),
        }
        Ok(())
    }

    /// The name of a subject's benchmark.
    pub fn name(&self, subject: usize) -> &str {
        self.prepared.subjects.get(subject).map_or("", |ready| &ready.subject.benchmark.name)
    }

    /// What the rounds of a subject have left behind so far.
    pub fn records(&self, subject: usize) -> &[RoundRecord] {
        self.progress.get(subject).map_or(&[], |state| &state.rounds)
    }

    /// Why its system failed, if it did.
    pub fn failure(&self, subject: usize) -> Option<&str> {
        self.progress.get(subject)?.failure.as_deref()
    }

    /// Whether another round of it makes sense: its system has not failed.
    pub fn is_wanted(&self, subject: usize) -> bool {
        self.progress.get(subject).is_some_and(|state| state.failure.is_none())
    }

    /// Whether one more round of each of these, as long as those before on average, would end in time: before the measurement's
    /// deadline, and before `until` if that is earlier.
    pub fn fits(&self, subjects: &[usize], until: Option<Instant>) -> bool {
        let states = || subjects.iter().filter_map(|&subject| self.progress.get(subject));
        let deadline = self.surroundings.deadline;
        let owed = |state: &Progress| deadline.is_some_and(|deadline| state.rounds.len() < deadline.at_least);
        if until.is_none() && states().any(owed) {
            return true;
        }
        let expected: Duration = states().map(|state| state.conditions.usual_round()).sum();
        let ends = Instant::now() + expected;
        let limits = [deadline.map(|deadline| deadline.at), until];
        limits.into_iter().flatten().all(|limit| ends <= limit)
    }

    /// Lets the subjects 2*i* and 2*i* + 1 have equally many rounds: one whose partner was cut off is dropped.
    pub fn keep_pairs(&mut self) {
        for pair in self.progress.chunks_mut(2) {
            let fewest = pair.iter().map(|state| state.rounds.len()).min().unwrap_or(0);
            pair.iter_mut().for_each(|state| state.rounds.truncate(fewest));
        }
    }

    /// Wall clock of a round of this subject, on average.
    pub fn usual_round(&self, subject: usize) -> Duration {
        self.progress.get(subject).map(|state| state.conditions.usual_round()).unwrap_or_default()
    }

    /// What was measured so far: one entry each, in the order of the subjects.
    pub fn results(&self) -> Vec<Measured> {
        let subjects = self.prepared.subjects.iter().map(|ready| &ready.subject.benchmark);
        subjects.zip(&self.progress).map(|(benchmark, state)| conclude(benchmark, state)).collect()
    }
}

fn request(ready: &Ready, step: &Step, seed: u64, stages: StageTiming) -> RoundRequest {
    RoundRequest { stages, ..RoundRequest::new(&ready.subject, ready.trace.clone(), step, seed) }
}

fn one_round(
    ready: &Ready,
    request: RoundRequest,
    isolation: Option<&Path>,
    interrupt: &Interrupt,
) -> Result<RoundRecord, SutError> {
    match (&ready.subject.benchmark.system, isolation) {
        (System::Onnx(_), Some(program)) => isolated::run_round(&request, program, interrupt),
        (system, _) => round_here(&request, system, ready.dataset.clone(), interrupt),
    }
}

fn conclude(benchmark: &Benchmark, state: &Progress) -> Measured {
    if let Some(reason) = &state.failure {
        return Measured::Failed(Failure { benchmark: benchmark.name.clone(), reason: reason.clone() });
    }
    if state.rounds.is_empty() {
        return Measured::NotReached { benchmark: benchmark.name.clone() };
    }
    match summarise(benchmark, &state.rounds, state.ended.clone(), &state.conditions) {
        Ok(result) => Measured::Fully(Box::new(result)),
        Err(failure) => Measured::Failed(failure),
    }
}
