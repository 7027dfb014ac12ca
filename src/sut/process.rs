//! A child process in a group of its own: started, awaited with a limit, and never left behind.
//!
//! Here: process groups, limits, last words. Not here: what is said to the process (`command`, `worker`).

use std::ffi::OsString;
use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
#[cfg(target_os = "linux")]
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::{Clock, Interrupt, Nanos, RoundSetting, SutError};
use crate::config::CommandLine;
use crate::monitor::Monitor;
use crate::usage::Root;

/// Variables of the environment, by name, that replace perfgate's own.
pub type Variables = Vec<(String, OsString)>;

/// The variable that fixes what Python would draw by chance.
const HASH_SEED: &str = "PYTHONHASHSEED";

/// What is the same for every process of a benchmark.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// Program and arguments.
    pub command: CommandLine,
    /// Where it runs, and where relative paths begin.
    pub directory: PathBuf,
    /// What it sees in place of perfgate's own.
    pub variables: Variables,
    /// Longest wait for anything.
    pub timeout: Duration,
    /// Set when perfgate is to stop.
    pub interrupt: Interrupt,
}

/// What the process's standard streams are connected to. Standard error always goes to a file, so that its end can be
/// shown without a thread that reads along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Streams {
    /// No input, output thrown away.
    Silent,
    /// Input and output are pipes to perfgate.
    Piped,
}

/// The command of one round, ready to be started any number of times.
pub struct Prepared {
    command: Command,
    name: String,
    directory: String,
    errors: File,
    monitor: Option<Monitor>,
}

/// A running process and its group. Dropping it kills the group and reaps the process.
pub struct Running {
    /// `None` once it is reaped.
    child: Option<Child>,
    group: Pid,
    /// Who watches it, and as whom.
    watched: Option<(Monitor, Root)>,
    /// Readable once the process has ended, where the system has such a thing.
    #[cfg(target_os = "linux")]
    ended: Option<OwnedFd>,
}

impl Launcher {
    /// Prepares the command with the surroundings of a round.
    pub fn prepare(&self, round: &RoundSetting, streams: Streams) -> Result<Prepared, SutError> {
        let errors = tempfile::tempfile().map_err(system("creating a temporary file"))?;
        let mut command = Command::new(program_path(&self.command.program, &self.directory));
        command
            .args(&self.command.arguments)
            .current_dir(&self.directory)
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("PERFGATE_PADDING", "x".repeat(round.padding))
            .stderr(errors.try_clone().map_err(system("duplicating a file descriptor"))?)
            .process_group(0);
        for variable in crate::hook::VARIABLES {
            command.env_remove(variable);
        }
        match streams {
            Streams::Silent => command.stdin(Stdio::null()).stdout(Stdio::null()),
            Streams::Piped => command.stdin(Stdio::piped()).stdout(Stdio::piped()),
        };
        if let Some(file) = &round.metrics_file {
            command.env("PERFGATE_METRICS", file);
        }
        // Python draws the order of its sets and tables anew in every process, unless it is told not to.
        if round.repeatable && std::env::var_os(HASH_SEED).is_none() {
            command.env(HASH_SEED, "0");
        }
        let directory = self.directory.display().to_string();
        Ok(Prepared { command, name: self.command.to_string(), directory, errors, monitor: round.monitor.clone() })
    }

    /// Runs the command once, to its end. Anything but a success within the limit is an error.
    pub fn run_to_success(&self) -> Result<(), SutError> {
        let mut prepared = self.prepare(&RoundSetting::default(), Streams::Silent)?;
        let running = prepared.start()?;
        let ended = running.ended_within(self.timeout, &self.interrupt)?;
        let status = running.finish()?;
        let command = self.command.to_string();
        if !ended {
            let (limit, doing) = (self.timeout, "to end".to_owned());
            return Err(SutError::TimedOut { command, limit, doing, tail: prepared.tail() });
        }
        if status.success() {
            return Ok(());
        }
        let (how, when) = (how_it_ended(status), "instead of succeeding".to_owned());
        Err(SutError::Ended { command, how, when, tail: prepared.tail() })
    }
}

/// A program given as a relative path is looked for in the benchmark's folder, not in perfgate's own.
fn program_path(program: &str, directory: &Path) -> PathBuf {
    if program.contains('/') { directory.join(program) } else { PathBuf::from(program) }
}

impl Prepared {
    /// The command, to add environment variables to.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Starts the process.
    pub fn start(&mut self) -> Result<Running, SutError> {
        let child = self.command.spawn().map_err(|source| SutError::NotStarted {
            command: self.name.clone(),
            directory: self.directory.clone(),
            source,
        })?;
        // `process_group(0)` made the child the leader of a group that bears its own number.
        let group = Pid::from_child(&child);
        let watched = self.monitor.clone().map(|monitor| {
            let root = monitor.started(child.id());
            (monitor, root)
        });
        Ok(Running {
            child: Some(child),
            group,
            watched,
            #[cfg(target_os = "linux")]
            ended: rustix::process::pidfd_open(group, rustix::process::PidfdFlags::empty()).ok(),
        })
    }

    /// The end of what the processes of this round wrote to standard error.
    pub fn tail(&mut self) -> Tail {
        Tail::of(&mut self.errors)
    }
}

impl Running {
    /// The process's input and output, where they are pipes.
    pub fn pipes(&mut self) -> Option<(std::process::ChildStdin, std::process::ChildStdout)> {
        let child = self.child.as_mut()?;
        Some((child.stdin.take()?, child.stdout.take()?))
    }

    /// Waits until the process has ended, without reaping it, so that its group's number stays taken. False: the limit
    /// came first.
    pub fn ended_within(&self, limit: Duration, interrupt: &Interrupt) -> Result<bool, SutError> {
        let clock = Clock::start();
        let look = |patience| first_to_end(std::iter::once(self), patience);
        Ok(clock.look_until(Nanos::from(limit), interrupt, look)?.is_some())
    }

    /// Asks every process of the group to end.
    pub fn terminate(&self) {
        // The process is not reaped yet; if it has ended, so much the better.
        let _ = kill_process_group(self.group, Signal::TERM);
    }

    fn has_ended(&self) -> Result<bool, SutError> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let ended = waitid(WaitId::Pid(self.group), options);
        ended.map(|status| status.is_some()).map_err(|error| system("waiting for a process")(error.into()))
    }

    /// Kills whatever is left of the group, then reaps the process and says how it ended.
    pub fn finish(mut self) -> Result<ExitStatus, SutError> {
        self.kill_and_reap().map_err(system("waiting for a process"))
    }

    fn kill_and_reap(&mut self) -> std::io::Result<ExitStatus> {
        let Some(mut child) = self.child.take() else { return Err(std::io::Error::other("it was reaped before")) };
        if let Some((monitor, root)) = &self.watched {
            monitor.leaving(*root, child.id());
        }
        // The process is not reaped yet, so its number cannot have been given to a stranger.
        let _ = kill_process_group(self.group, Signal::KILL);
        match &self.watched {
            Some((monitor, root)) => monitor.reap(*root, child),
            None => child.wait(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.child.is_some() {
            let _ = self.kill_and_reap();
        }
    }
}

/// The position of a process that has ended, the first of several; waits for one as long as it may.
pub fn first_to_end<'a>(
    processes: impl Iterator<Item = &'a Running> + Clone,
    patience: Duration,
) -> Result<Option<usize>, SutError> {
    #[cfg(target_os = "linux")]
    {
        let handles: Option<Vec<&OwnedFd>> = processes.clone().map(|process| process.ended.as_ref()).collect();
        if let Some(handles) = handles {
            let mut entries: Vec<PollFd<'_>> =
                handles.iter().map(|handle| PollFd::new(handle, PollFlags::IN)).collect();
            poll_for(&mut entries, patience)?;
            return Ok(entries.iter().position(|entry| !entry.revents().is_empty()));
        }
    }
    // Elsewhere a process is no file descriptor; a short sleep between looks costs resolution, and the docs say so.
    for (place, process) in processes.enumerate() {
        if process.has_ended()? {
            return Ok(Some(place));
        }
    }
    std::thread::sleep(patience.min(Duration::from_micros(100)));
    Ok(None)
}

/// Waits until one of the descriptors is ready or the time is over. A signal ends the wait early.
pub fn poll_for(entries: &mut [PollFd<'_>], patience: Duration) -> Result<(), SutError> {
    let wait = Timespec::try_from(patience).unwrap_or_default();
    match poll(entries, Some(&wait)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(system("waiting for a process")(error.into())),
    }
}

/// `exited with status 3`, `was killed by signal 9`.
pub fn how_it_ended(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exited with status {code}"),
        (None, Some(signal)) => format!("was killed by signal {signal}"),
        (None, None) => "ended".to_owned(),
    }
}

/// The beginning of a text, with control characters written out, so that it can stand in a message.
pub fn printable(text: &str, most: usize) -> String {
    let mut shown = String::new();
    for c in text.chars().take(most) {
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

/// Attaches what perfgate was doing to an error of the operating system.
pub fn system(doing: &str) -> impl FnOnce(std::io::Error) -> SutError + '_ {
    move |source| SutError::System { doing: doing.to_owned(), source }
}

/// The last lines that a process wrote to standard error: what its author wants to see first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tail(String);

impl Tail {
    const BYTES: u64 = 4096;
    const LINES: usize = 10;

    fn of(file: &mut File) -> Self {
        let mut bytes = Vec::new();
        let length = file.seek(SeekFrom::End(0)).unwrap_or(0);
        let start = file.seek(SeekFrom::Start(length.saturating_sub(Self::BYTES))).unwrap_or(0);
        // What cannot be read is not worth an error on top of the one that is being reported.
        let _ = file.take(Self::BYTES).read_to_end(&mut bytes);
        let text = String::from_utf8_lossy(&bytes);
        // A line that was cut at its beginning is only shown if there is no other.
        let whole = if start > 0 { text.split_once('\n').map_or(&*text, |(_, rest)| rest) } else { &*text };
        let lines: Vec<&str> = whole.trim_end().lines().collect();
        let first = lines.len().saturating_sub(Self::LINES);
        Self(lines.get(first..).unwrap_or_default().join("\n"))
    }
}

impl fmt::Display for Tail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("; it wrote nothing to standard error");
        }
        f.write_str("; the last it wrote to standard error:")?;
        for line in self.0.lines() {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}
