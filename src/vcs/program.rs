//! The `git` program: run where nobody answers questions, watched, and never left behind.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Objects, RemoteError, Stop};

/// Beyond this a remote does not answer any more.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// A process that was asked to end has so long to remove its lock files.
const GRACE: Duration = Duration::from_secs(2);

/// The process is looked at so often.
const GLANCE: Duration = Duration::from_millis(5);

/// The program, for one repository.
#[derive(Debug, Clone)]
pub struct Program {
    git_dir: PathBuf,
    folder: PathBuf,
    /// Whether ssh is ours to set up: the user has not.
    is_ssh_free: bool,
    /// The same for the program that asks for passwords.
    is_asking_free: bool,
}

/// How it ended, and what it said.
pub struct Said {
    /// Whether it did what it was asked.
    pub success: bool,
    /// To standard output.
    pub out: String,
    /// To standard error.
    pub err: String,
}

impl Program {
    /// For this repository.
    pub fn new(objects: &Objects) -> Self {
        let is_set = |variable: &str| std::env::var_os(variable).is_some();
        Self {
            git_dir: objects.git_dir().to_owned(),
            folder: objects.root().to_owned(),
            is_ssh_free: !is_set("GIT_SSH_COMMAND")
                && !is_set("GIT_SSH")
                && objects.setting("core.sshCommand").is_none(),
            is_asking_free: !is_set("GIT_ASKPASS") && objects.setting("core.askPass").is_none(),
        }
    }

    /// Runs it to its end, or until it is stopped.
    pub fn run(&self, arguments: &[&str], stop: Stop<'_>) -> Result<Said, RemoteError> {
        let failed = |error: std::io::Error| match error.kind() {
            ErrorKind::NotFound => RemoteError::NoProgram,
            _ => RemoteError::Failed(format!("`git` cannot be run: {error}")),
        };
        // Files instead of pipes: they need no thread that reads along, and what git leaves running cannot hold them open.
        let (mut out, mut err) = (tempfile::tempfile().map_err(failed)?, tempfile::tempfile().map_err(failed)?);
        let mut command = Command::new("git");
        command.arg("--git-dir").arg(&self.git_dir).args(arguments).current_dir(&self.folder);
        for variable in crate::hook::VARIABLES {
            command.env_remove(variable);
        }
        // Nobody is there to answer, and words are looked at below.
        command
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never")
            .env("LC_ALL", "C")
            .env_remove("LANGUAGE");
        if self.is_ssh_free {
            command.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
        if self.is_asking_free {
            command.env_remove("SSH_ASKPASS");
        }
        command.stdin(Stdio::null()).stdout(out.try_clone().map_err(failed)?).stderr(err.try_clone().map_err(failed)?);
        let mut child = command.process_group(0).spawn().map_err(failed)?;
        let ended = wait(&mut child, stop);
        if ended.is_err() {
            end(&mut child);
        }
        let success = ended?;
        Ok(Said { success, out: text(&mut out), err: text(&mut err) })
    }
}

/// Waits for the end of a process; says whether it was a success.
fn wait(child: &mut Child, stop: Stop<'_>) -> Result<bool, RemoteError> {
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Ok(status.success()),
            Ok(None) if stop() => return Err(RemoteError::Interrupted),
            Ok(None) if begun.elapsed() > PATIENCE => return Err(RemoteError::NoAnswer),
            Ok(None) => thread::sleep(GLANCE),
            Err(error) => return Err(RemoteError::Failed(format!("`git` cannot be waited for: {error}"))),
        }
    }
}

/// Ends a process and what it started: asked first, so that it removes its lock files.
fn end(child: &mut Child) {
    let group = Pid::from_child(child);
    let _ = kill_process_group(group, Signal::TERM);
    let begun = Instant::now();
    while begun.elapsed() < GRACE && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(GLANCE);
    }
    let _ = kill_process_group(group, Signal::KILL);
    let _ = child.wait();
}

fn text(file: &mut File) -> String {
    let mut bytes = Vec::new();
    // What cannot be read is not told.
    let _ = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}
