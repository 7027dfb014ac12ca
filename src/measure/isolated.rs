//! A round of the embedded engine in a process of its own: a fresh memory layout for every round, a crash or a hang that
//! ends the round and not the gate.
//!
//! Both sides of the conversation are here: the parent sends one request as a JSON line, the child answers with one, and with signs of life before it.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::prepare::load_dataset;
use super::round::{RoundRequest, onnx_round};
use crate::config::CommandLine;
use crate::monitor::Watch;
use crate::scenario::RoundRecord;
use crate::sut::pipe::{Conversation, Line};
use crate::sut::process::{Launcher, Streams, how_it_ended};
use crate::sut::{Clock, Interrupt, ModelError, RoundSetting, SutError};

/// The hidden verb under which perfgate starts itself as such a child.
pub const VERB: &str = "internal-round";

/// What the child says at the end.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Reply {
    Working,
    Record(Box<RoundRecord>),
    Failed(String),
}

/// Runs the round in a child of the given perfgate program.
pub fn run_round(request: &RoundRequest, program: &Path, interrupt: &Interrupt) -> Result<RoundRecord, SutError> {
    run_round_as(request, child(program), interrupt)
}

/// How such a child is started.
pub fn child(program: &Path) -> CommandLine {
    CommandLine { program: program.display().to_string(), arguments: vec![VERB.to_owned()] }
}

/// Runs the round in a child that this command starts.
pub fn run_round_as(
    request: &RoundRequest,
    command: CommandLine,
    interrupt: &Interrupt,
) -> Result<RoundRecord, SutError> {
    let model = request.model.clone().unwrap_or_default();
    let launcher = Launcher {
        command,
        directory: request.directory.clone(),
        variables: request.variables.clone(),
        timeout: request.timeout,
        interrupt: interrupt.clone(),
    };
    let failed = |problem: String| SutError::Model(ModelError::NotRun { path: model.clone(), problem });
    let mut watch = request.watch()?;
    let monitor = watch.as_ref().map(Watch::monitor);
    let setting = RoundSetting { padding: request.padding, monitor, ..RoundSetting::default() };
    let mut prepared = launcher.prepare(&setting, Streams::Piped)?;
    let mut running = prepared.start()?;
    let mut pipes = Conversation::with(&mut running)?;
    let mut message = serde_json::to_vec(request).map_err(|error| failed(error.to_string()))?;
    message.push(b'\n');
    pipes.send(&message)?;
    let clock = Clock::start();
    let next = |pipes: &mut Conversation| {
        clock.look_until(clock.now().after(patience(request)), interrupt, |patience| pipes.line(patience))
    };
    while let Some(Line::Read(line)) = next(&mut pipes)?
        && let Ok(reply) = serde_json::from_slice::<Reply>(&line)
    {
        match reply {
            Reply::Working => {}
            Reply::Record(mut record) => {
                // When it was ready, the child knows; its processor time since then is in the record. It is still there: it ends
                // with its input.
                if let Some(watch) = &mut watch {
                    watch.answered();
                }
                pipes.close_input();
                // What counts the child's work reports at its end, which would otherwise be a sudden one.
                if request.repeatable {
                    running.ended_within(request.timeout, interrupt)?;
                }
                drop(running);
                record.usage = watch.and_then(Watch::finish);
                return Ok(*record);
            }
            Reply::Failed(problem) => return Err(SutError::Engine(problem)),
        }
    }
    let ended = running.ended_within(Duration::from_secs(1), interrupt)?;
    let status = running.finish()?;
    let how = if ended {
        format!("the engine's process {} before the end of the round", how_it_ended(status))
    } else {
        format!("a query or the start took longer than {:?}; the engine's process was stopped", request.timeout)
    };
    Err(failed(format!("{how}{}", prepared.tail())))
}

/// How long the child may be silent: it reports four times within the timeout, unless a query is stuck.
fn patience(request: &RoundRequest) -> Duration {
    request.timeout + request.timeout / 2 + Duration::from_secs(1)
}

/// The child's side: reads a request from `input`, runs it, writes the reply to `output`.
pub fn serve_round(input: &mut dyn BufRead, output: &mut (dyn Write + Send)) -> std::io::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let progress = AtomicU64::new(0);
    let output = Mutex::new(output);
    let reply = match serde_json::from_str::<RoundRequest>(&line) {
        Err(error) => Reply::Failed(format!("perfgate does not understand itself: {error}")),
        Ok(request) => std::thread::scope(|scope| {
            let (ended, end) = mpsc::channel();
            let (progress, output) = (&progress, &output);
            scope.spawn(move || report(&end, request.timeout / 4, progress, output));
            let reply = serve(&request, progress).map_or_else(Reply::Failed, |record| Reply::Record(Box::new(record)));
            drop(ended);
            reply
        }),
    };
    write_reply(&output, &reply)?;
    // Whoever watches wants to see this process as it is now. The end of the input, or of the parent, ends it.
    std::io::copy(input, &mut std::io::sink()).map(drop)
}

/// Tells the parent every so often that the round has come further, as long as it has.
fn report(end: &mpsc::Receiver<()>, every: Duration, progress: &AtomicU64, output: &Mutex<&mut (dyn Write + Send)>) {
    let mut seen = u64::MAX;
    while end.recv_timeout(every) == Err(mpsc::RecvTimeoutError::Timeout) {
        let now = progress.load(Ordering::Relaxed);
        // A parent that no longer listens has its reasons; the round ends by itself or is ended by it.
        if now != seen && write_reply(output, &Reply::Working).is_err() {
            return;
        }
        seen = now;
    }
}

fn write_reply(output: &Mutex<&mut (dyn Write + Send)>, reply: &Reply) -> std::io::Result<()> {
    let mut line = serde_json::to_vec(reply)?;
    line.push(b'\n');
    let mut output = output.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    output.write_all(&line)?;
    output.flush()
}

fn serve(request: &RoundRequest, progress: &AtomicU64) -> Result<RoundRecord, String> {
    let (Some(model), Some(dataset)) = (&request.model, &request.dataset) else {
        return Err("the request names no model or no dataset".to_owned());
    };
    let path: PathBuf = request.directory.join(dataset);
    let dataset = load_dataset(&path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    onnx_round(request, model, &Arc::new(dataset), &Interrupt::default(), progress).map_err(|error| error.to_string())
}
