//! The `worker` driver: one process a round, JSON lines over its standard input and output.
//!
//! A request is built before its clock starts and an answer is parsed after it has stopped: the time measured is the
//! system's and the pipe's.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::clock::Clock;
use super::pipe::{Conversation, Line};
use super::process::{Launcher, Prepared, Running, Streams, how_it_ended, printable};
use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};
use crate::dataset::{Dataset, Input};

/// A persistent process that answers queries over pipes.
pub struct WorkerSut {
    launcher: Launcher,
    clock: Clock,
    dataset: Option<Arc<Dataset>>,
    session: Option<Session>,
    /// How many samples each query in flight asks about.
    waiting: HashMap<u64, usize>,
}

/// The running worker of a round.
struct Session {
    prepared: Prepared,
    running: Running,
    pipes: Conversation,
}

impl WorkerSut {
    /// Nothing runs before `start`. Where there is a dataset, its samples are sent along as `inputs`.
    pub fn new(launcher: Launcher, dataset: Option<Arc<Dataset>>) -> Self {
        Self { launcher, clock: Clock::start(), dataset, session: None, waiting: HashMap::new() }
    }

    fn request(&self, query: Query<'_>) -> Vec<u8> {
        let inputs = |data| query.samples.iter().map(|&sample| Dataset::input(data, sample)).collect();
        let request = Request { id: query.id, samples: query.samples, inputs: self.dataset.as_deref().map(inputs) };
        // Numbers, lists of numbers and JSON values can always be written down.
        let mut line = serde_json::to_vec(&request).unwrap_or_default();
        line.push(b'\n');
        line
    }

    /// A line that came before the moment, or the end of the output, with the time at which it was there.
    fn line(&mut self, until: Nanos) -> Result<Option<(Line, Nanos)>, SutError> {
        let Some(session) = &mut self.session else { return Err(SutError::Interrupted) };
        let clock = self.clock;
        clock.look_until(until, &self.launcher.interrupt, |patience| {
            Ok(session.pipes.line(patience)?.map(|line| (line, clock.now())))
        })
    }

    /// Ends a worker that is late, and says so.
    fn timed_out(&mut self, doing: String) -> SutError {
        let tail = self.session.take().map(|Session { mut prepared, running, .. }| {
            drop(running);
            prepared.tail()
        });
        SutError::TimedOut {
            command: self.launcher.command.to_string(),
            limit: self.launcher.timeout,
            doing,
            tail: tail.unwrap_or_default(),
        }
    }

    /// Says how a worker ended whose output has ended.
    fn ended(&mut self, instead: String) -> SutError {
        let Some(Session { mut prepared, running, .. }) = self.session.take() else { return SutError::Interrupted };
        // Give the process itself a moment to end too, so that its status can be told.
        if let Err(error) = running.ended_within(Duration::from_secs(1), &self.launcher.interrupt) {
            return error;
        }
        match running.finish() {
            Err(error) => error,
            Ok(status) => SutError::Ended {
                command: self.launcher.command.to_string(),
                how: how_it_ended(status),
                when: instead,
                tail: prepared.tail(),
            },
        }
    }

    fn protocol_error(&mut self, query: &str, found: &[u8], expected: String) -> SutError {
        let tail = self.session.take().map(|mut session| session.prepared.tail()).unwrap_or_default();
        let command = self.launcher.command.to_string();
        SutError::Protocol { command, query: query.to_owned(), found: excerpt(found), expected, tail }
    }

    /// The query that is named where an answer names none: the one that has waited longest.
    fn oldest(&self) -> Option<u64> {
        self.waiting.keys().min().copied()
    }

    fn read_answer(&mut self, line: &[u8]) -> Result<(u64, Outcome), SutError> {
        let oldest = self.oldest();
        let named = oldest.map_or_else(|| "no query".to_owned(), |id| id.to_string());
        let answer: Answer = match serde_json::from_slice(line) {
            Ok(answer) => answer,
            Err(problem) => {
                let expected = format!(
                    "a line such as {{\"id\":{},\"outputs\":[…]}} and nothing else on standard output ({problem})",
                    oldest.unwrap_or(0)
                );
                return Err(self.protocol_error(&named, line, expected));
            }
        };
        let id = answer.id;
        let Some(asked) = self.waiting.remove(&id) else {
            let expected = match (oldest, self.waiting.len()) {
                (None, _) => "silence: no query was waiting".to_owned(),
                (Some(only), 1) => format!("the id {only}, the only query that was waiting"),
                (Some(_), many) => format!("the id of one of the {many} queries that were waiting"),
            };
            return Err(self.protocol_error(&named, line, expected));
        };
        match outcome(answer, asked) {
            Ok(outcome) => Ok((id, outcome)),
            Err(expected) => Err(self.protocol_error(&id.to_string(), line, expected)),
        }
    }
}

impl Sut for WorkerSut {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.waiting.clear();
        let mut prepared = self.launcher.prepare(round, Streams::Piped)?;
        let mut running = prepared.start()?;
        let pipes = Conversation::with(&mut running)?;
        self.session = Some(Session { prepared, running, pipes });
        let text = match self.line(self.clock.now().after(self.launcher.timeout))? {
            Some((Line::Read(text), _)) => text,
            Some((Line::EndOfOutput, _)) => return Err(self.ended("before it was ready".to_owned())),
            None => return Err(self.timed_out("to become ready".to_owned())),
        };
        let ready =
            serde_json::from_slice::<Value>(&text).is_ok_and(|value| value.get("ready") == Some(&Value::Bool(true)));
        if ready { Ok(()) } else { Err(self.protocol_error("0 (its start)", &text, "{\"ready\":true}".to_owned())) }
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let request = self.request(query);
        let Some(session) = &mut self.session else { return Err(SutError::Interrupted) };
        self.waiting.insert(query.id, query.samples.len());
        let issued = self.clock.now();
        session.pipes.send(&request)?;
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        match self.line(until)? {
            None => Ok(None),
            Some((Line::Read(line), at)) => {
                let (id, outcome) = self.read_answer(&line)?;
                Ok(Some(Completion { id, at, outcome }))
            }
            Some((Line::EndOfOutput, _)) => {
                let instead =
                    self.oldest().map_or_else(|| "unasked".to_owned(), |id| format!("instead of answering query {id}"));
                Err(self.ended(instead))
            }
        }
    }

    fn give_up(&mut self, query: u64) -> SutError {
        self.timed_out(format!("to answer query {query}"))
    }

    fn stop(&mut self) -> Result<(), SutError> {
        let Some(Session { mut prepared, running, mut pipes }) = self.session.take() else { return Ok(()) };
        let command = self.launcher.command.to_string();
        let limit = self.launcher.timeout;
        pipes.close_input();
        let ended = running.ended_within(limit, &self.launcher.interrupt)?;
        drop(pipes);
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
    inputs: Option<Vec<Input<'a>>>,
}

/// What a worker says about one query. Unknown keys are its own business.
#[derive(Deserialize)]
struct Answer {
    id: u64,
    #[serde(default)]
    outputs: Vec<Value>,
    #[serde(default)]
    stages: BTreeMap<String, f64>,
    error: Option<String>,
}

/// What an answer to a query of so many samples says; the error says what was expected instead.
fn outcome(answer: Answer, asked: usize) -> Result<Outcome, String> {
    if let Some(message) = answer.error {
        return Ok(Outcome::Failed(message));
    }
    let given = answer.outputs.len();
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
