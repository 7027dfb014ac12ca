//! The `command` driver: one process a query, timed from the request to start it until it has ended.

use std::time::Instant;

use super::process::{Launcher, Prepared, Streams, how_it_ended};
use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// A command that is run once per query. A nonzero exit status is a failed query.
pub struct CommandSut {
    launcher: Launcher,
    prepared: Option<Prepared>,
}

impl CommandSut {
    /// Nothing runs before `start`.
    pub fn new(launcher: Launcher) -> Self {
        Self { launcher, prepared: None }
    }
}

impl Sut for CommandSut {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.prepared = Some(self.launcher.prepare(round, Streams::Silent)?);
        Ok(())
    }

    fn query(&mut self, query: Query<'_>) -> Result<Completion, SutError> {
        let Some(prepared) = &mut self.prepared else { return Err(SutError::Interrupted) };
        if let Some(sample) = query.samples.first() {
            prepared.command().env("PERFGATE_SAMPLE", sample.to_string());
        }
        let timeout = self.launcher.timeout;
        let issued = Instant::now();
        let running = prepared.start()?;
        let ended = running.ended_within(timeout, &self.launcher.interrupt)?;
        let latency = Nanos::from(issued.elapsed());
        let status = running.finish()?;
        if !ended {
            return Err(SutError::TimedOut {
                command: self.launcher.command.to_string(),
                limit: timeout,
                doing: format!("for query {}", query.id),
                tail: prepared.tail(),
            });
        }
        let outcome = if status.success() {
            Outcome::Done
        } else {
            Outcome::Failed(format!("`{}` {}{}", self.launcher.command, how_it_ended(status), prepared.tail()))
        };
        Ok(Completion { latency, outcome })
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.prepared = None;
        Ok(())
    }
}
