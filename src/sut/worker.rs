//! The `worker` driver: one process a round, JSON lines over its standard input and output.
//!
//! A request is built before the clock starts and an answer is parsed after it has stopped: the time measured is the
//! system's and the pipe's.

use std::process::ChildStdin;
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pipe::{Line, Lines, Sent, connect, send};
use super::process::{Launcher, Prepared, Running, Streams, how_it_ended, printable};
use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};
use crate::dataset::Dataset;

/// A persistent process that answers queries over pipes.
pub struct WorkerSut {
    launcher: Launcher,
    dataset: Option<Arc<Dataset>>,
    session: Option<Session>,
}

/// The running worker of a round.
struct Session {
    prepared: Prepared,
    running: Running,
    input: ChildStdin,
    output: Lines,
}

impl WorkerSut {
    /// Nothing runs before `start`. Where there is a dataset, its rows are sent along as `inputs`.
    pub fn new(launcher: Launcher, dataset: Option<Arc<Dataset>>) -> Self {
        Self { launcher, dataset, session: None }
    }

    fn request(&self, query: Query<'_>) -> Vec<u8> {
        let row = |data: &'_ Arc<Dataset>| query.samples.iter().map(|&sample| data.features(sample).to_vec()).collect();
        let request = Request { id: query.id, samples: query.samples, inputs: self.dataset.as_ref().map(row) };
        // Numbers and lists of numbers can always be written down.
        let mut line = serde_json::to_vec(&request).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// Turns a wait that did not end in a line into the error that says so, and ends the worker.
    fn lost(&mut self, line: Line, doing: &str, instead: &str) -> SutError {
        let Some(session) = self.session.take() else { return SutError::Interrupted };
        let Session { mut prepared, running, .. } = session;
        let command = self.launcher.command.to_string();
        if let Line::TooLate = line {
            drop(running);
            let limit = self.launcher.timeout;
            return SutError::TimedOut { command, limit, doing: doing.to_owned(), tail: prepared.tail() };
        }
        // Its output has ended; give the process itself a moment to end too, so that its status can be told.
        if let Err(error) = running.ended_within(std::time::Duration::from_secs(1), &self.launcher.interrupt) {
            return error;
        }
        match running.finish() {
            Err(error) => error,
            Ok(status) => {
                SutError::Ended { command, how: how_it_ended(status), when: instead.to_owned(), tail: prepared.tail() }
            }
        }
    }

    fn protocol_error(&mut self, query: &str, found: &[u8], expected: String) -> SutError {
        let tail = self.session.take().map(|mut session| session.prepared.tail()).unwrap_or_default();
        let command = self.launcher.command.to_string();
        SutError::Protocol { command, query: query.to_owned(), found: excerpt(found), expected, tail }
    }
}

impl Sut for WorkerSut {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        let mut prepared = self.launcher.prepare(round, Streams::Piped)?;
        let mut running = prepared.start()?;
        let (input, mut output) = connect(&mut running)?;
        let deadline = Instant::now() + self.launcher.timeout;
        let line = output.next(deadline, &self.launcher.interrupt)?;
        self.session = Some(Session { prepared, running, input, output });
        let Line::Read(text) = line else {
            return Err(self.lost(line, "to become ready", "before it was ready"));
        };
        let ready =
            serde_json::from_slice::<Value>(&text).is_ok_and(|value| value.get("ready") == Some(&Value::Bool(true)));
        if ready { Ok(()) } else { Err(self.protocol_error("0 (its start)", &text, "{\"ready\":true}".to_owned())) }
    }

    fn query(&mut self, query: Query<'_>) -> Result<Completion, SutError> {
        let request = self.request(query);
        let interrupt = self.launcher.interrupt.clone();
        let Some(session) = &mut self.session else { return Err(SutError::Interrupted) };
        let issued = Instant::now();
        let deadline = issued + self.launcher.timeout;
        let line = match send(&mut session.input, &request, deadline, &interrupt)? {
            Sent::Whole | Sent::NobodyReads => session.output.next(deadline, &interrupt)?,
            Sent::TooLate => Line::TooLate,
        };
        let latency = Nanos::from(issued.elapsed());
        let Line::Read(text) = line else {
            let id = query.id;
            return Err(self.lost(line, &format!("to answer query {id}"), &format!("instead of answering query {id}")));
        };
        match read_answer(&text, query) {
            Ok(outcome) => Ok(Completion { latency, outcome }),
            Err(expected) => Err(self.protocol_error(&query.id.to_string(), &text, expected)),
        }
    }

    fn stop(&mut self) -> Result<(), SutError> {
        let Some(Session { mut prepared, running, input, output }) = self.session.take() else { return Ok(()) };
        let command = self.launcher.command.to_string();
        let limit = self.launcher.timeout;
        drop(input);
        let ended = running.ended_within(limit, &self.launcher.interrupt)?;
        drop(output);
        let status = running.finish()?;
        if !ended {
            let doing = "to exit after the end of its input".to_owned();
            return Err(SutError::TimedOut { command, limit, doing, tail: prepared.tail() });
        }
        if !status.success() {
            let when = "after the end of its input, expected status 0".to_owned();
            return Err(SutError::Ended { command, how: how_it_ended(status), when, tail: prepared.tail() });
        }
        Ok(())
    }
}

/// What a worker is asked.
#[derive(Serialize)]
struct Request<'a> {
    id: u64,
    samples: &'a [usize],
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<Vec<Vec<f32>>>,
}

/// What a worker says about one query. Unknown keys are its own business.
#[derive(Deserialize)]
struct Answer {
    id: u64,
    #[serde(default)]
    outputs: Vec<Value>,
    #[serde(default)]
    stages: std::collections::BTreeMap<String, f64>,
    error: Option<String>,
}

/// Reads an answer; the error says what was expected instead.
fn read_answer(line: &[u8], query: Query<'_>) -> Result<Outcome, String> {
    let answer: Answer = serde_json::from_slice(line).map_err(|problem| {
        format!(
            "a line such as {{\"id\":{},\"outputs\":[…]}} and nothing else on standard output ({problem})",
            query.id
        )
    })?;
    if answer.id != query.id {
        return Err(format!("the id {}, the only query that was waiting", query.id));
    }
    if let Some(message) = answer.error {
        return Ok(Outcome::Failed(message));
    }
    let (given, asked) = (answer.outputs.len(), query.samples.len());
    if given != 0 && given != asked {
        return Err(format!("{asked} outputs, one for each sample (it gave {given})"));
    }
    let stages = answer.stages.into_iter().map(|(name, time)| nanoseconds(time).map(|time| (name, time)));
    Ok(Outcome::Answers { outputs: answer.outputs, stages: stages.collect::<Result<_, _>>()? })
}

fn nanoseconds(time: f64) -> Result<Nanos, String> {
    // 2^63 ns are 292 years; the cast below is exact enough for anything shorter.
    if (0.0..9.2e18).contains(&time) {
        Ok(Nanos(time.round() as u64))
    } else {
        Err(format!("stage times in nanoseconds, not {time}"))
    }
}

/// The beginning of a line, made fit for a message.
fn excerpt(line: &[u8]) -> String {
    const SHOWN: usize = 200;
    let text = String::from_utf8_lossy(line);
    let text = text.trim_end();
    if text.is_empty() {
        return "an empty line".to_owned();
    }
    format!("`{}`", printable(text, SHOWN))
}
