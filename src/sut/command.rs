//! The `command` driver: one process a query, timed from the request to start it until it has ended.

use std::collections::VecDeque;

use super::clock::Clock;
use super::process::{Launcher, Prepared, Running, Streams, first_to_end, how_it_ended};
use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// A command that is run once per query. A nonzero exit status is a failed query.
pub struct CommandSut {
    launcher: Launcher,
    clock: Clock,
    prepared: Option<Prepared>,
    /// Processes under way, in the order in which they were started.
    running: VecDeque<(u64, Running)>,
}

impl CommandSut {
    /// Nothing runs before `start`.
    pub fn new(launcher: Launcher) -> Self {
        Self { launcher, clock: Clock::start(), prepared: None, running: VecDeque::new() }
    }

    fn outcome(&mut self, running: Running) -> Result<Outcome, SutError> {
        let status = running.finish()?;
        if status.success() {
            return Ok(Outcome::Done);
        }
        let tail = self.prepared.as_mut().map(Prepared::tail).unwrap_or_default();
        Ok(Outcome::Failed(format!("`{}` {}{tail}", self.launcher.command, how_it_ended(status))))
    }
}

impl Sut for CommandSut {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.prepared = Some(self.launcher.prepare(round, Streams::Silent)?);
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let Some(prepared) = &mut self.prepared else { return Err(SutError::Interrupted) };
        let command = prepared.command();
        if let Some(sample) = query.samples.first() {
            command.env("PERFGATE_SAMPLE", sample.to_string());
        }
        if query.samples.len() > 1 {
            let all: Vec<String> = query.samples.iter().map(ToString::to_string).collect();
            command.env("PERFGATE_SAMPLES", all.join(","));
        }
        let issued = self.clock.now();
        self.running.push_back((query.id, prepared.start()?));
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        let (clock, interrupt) = (self.clock, self.launcher.interrupt.clone());
        let running = &self.running;
        let ended = clock.look_until(until, &interrupt, |patience| {
            if running.is_empty() {
                std::thread::sleep(patience);
                return Ok(None);
            }
            let ended = first_to_end(running.iter().map(|(_, process)| process), patience)?;
            Ok(ended.map(|place| (place, clock.now())))
        })?;
        let Some((place, at)) = ended else { return Ok(None) };
        let Some((id, process)) = self.running.remove(place) else { return Ok(None) };
        Ok(Some(Completion { id, at, outcome: self.outcome(process)? }))
    }

    fn give_up(&mut self, query: u64) -> SutError {
        // Dropping a process kills its group.
        self.running.clear();
        SutError::TimedOut {
            command: self.launcher.command.to_string(),
            limit: self.launcher.timeout,
            doing: format!("for query {query}"),
            tail: self.prepared.as_mut().map(Prepared::tail).unwrap_or_default(),
        }
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.running.clear();
        self.prepared = None;
        Ok(())
    }
}
