//! `perfgate record`: runs benchmarks, then stores the result as the baseline of the current commit, in one session or several.

use std::thread;
use std::time::{Duration, Instant};

use jiff::SignedDuration;

use super::AppError;
use super::measurement::{Revision, Session};
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::run::status_of;
use crate::cli::Common;
use crate::config::Benchmark;
use crate::gate::ExitStatus;
use crate::host;
use crate::result::{BenchmarkResult, CommitId, RunOutcome, RunResult};
use crate::store::{Place, Shared, Store, StoreError};
use crate::sut::Interrupt;
use crate::vcs::Git;

/// A pause looks so often whether it is to end early.
const GLANCE: Duration = Duration::from_millis(50);

/// What the user asked for.
pub struct Wish<'a> {
    /// Benchmarks; none means all.
    pub names: &'a [String],
    /// Whether a modified tree may be recorded.
    pub allow_dirty: bool,
    /// How many sessions.
    pub sessions: u32,
    /// The time between two of them.
    pub pause: Duration,
}

/// A recording under way: what every session of it needs.
struct Recording<'a> {
    wish: &'a Wish<'a>,
    common: &'a Common,
    console: &'a Console,
    interrupt: &'a Interrupt,
    project: Project,
    benchmarks: Vec<Benchmark>,
    git: Git,
    store: Box<dyn Store>,
    commit: CommitId,
}

/// Records these benchmarks, or all. Nothing of a session is stored if one of them could not be measured: a baseline that lacks a
/// benchmark would let its regressions pass as new. Each session is stored as it ends, and shared if the store can do that; what
/// could not be shared goes along with the next one.
pub fn record(
    wish: &Wish<'_>,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let benchmarks = project.selected(wish.names)?;
    let git = project.git()?;
    let commit = git.head()?;
    let store = project.fresh_store(console, interrupt)?;
    store.ready()?;
    // What is in the way is better known before an hour of measuring than after it.
    store.load(&commit, &host::environment().fingerprint)?;
    let mut recording = Recording { wish, common, console, interrupt, project, benchmarks, git, store, commit };
    let mut earlier: Option<RunResult> = None;
    for number in 1..=wish.sessions {
        if number > 1 {
            recording.pause(number - 1)?;
        }
        let outcome = recording.measure(number)?;
        let status = status_of(&outcome);
        if status != ExitStatus::Success {
            console.publish(Document::Run(&outcome), &outputs)?;
            recording.tell_failure(number);
            return Ok(status);
        }
        let shown = recording.save(&outcome.result)?;
        let shared = recording.project.share(recording.store.as_mut(), interrupt);
        let outcome = RunOutcome { result: together(earlier, outcome.result), ..outcome };
        if number == wish.sessions {
            console.publish(Document::Run(&outcome), &outputs)?;
            console.note(&format!(
                "{shown}{}",
                shared.as_ref().map_or_else(|_| String::new(), |shared| whereabouts(shared.as_ref()))
            ));
            shared?;
        } else {
            let told = match shared {
                Ok(shared) => whereabouts(shared.as_ref()),
                Err(error @ StoreError::NotPushed { .. }) => format!("; {error}; it is tried again after the next"),
                Err(error) => return Err(recording.stopped(error.into(), number)),
            };
            console.note(&format!("{shown}{told}; the next of {} begins {}", wish.sessions, when(wish.pause)));
        }
        earlier = Some(outcome.result);
    }
    Ok(ExitStatus::Success)
}

impl Recording<'_> {
    fn measure(&self, number: u32) -> Result<RunOutcome, AppError> {
        let revision = self.revision()?;
        let session = Session::begin(self.common, self.project.config.budget, self.console, self.interrupt);
        let measured = session.measure(&self.benchmarks, &self.project.directory, &revision);
        measured.map_err(|error| self.stopped(error, number - 1))
    }

    /// The commit, as it is now: somebody may have worked in the tree during a pause.
    fn revision(&self) -> Result<Revision, AppError> {
        let modified = self.git.modified(self.project.store_folder().as_deref())?;
        if !modified.is_empty() && !self.wish.allow_dirty {
            return Err(AppError::dirty(&modified));
        }
        let now = self.git.head()?;
        if now != self.commit {
            return Err(AppError::usage(format!(
                "the commit that is checked out was {} when the recording began, and is {}",
                self.commit.short(),
                now.short()
            ))
            .hint("sessions are of one commit: what was recorded is kept, and perfgate record adds to it"));
        }
        Ok(Revision { commit: Some(now), dirty: !modified.is_empty() })
    }

    /// Stores a session, and says where, and which of its commit it is.
    fn save(&mut self, result: &RunResult) -> Result<String, AppError> {
        let interrupt = self.interrupt;
        let shown = match self.store.save(result, &|| interrupt.is_set())? {
            Place::File(path) => path.strip_prefix(&self.project.directory).unwrap_or(&path).display().to_string(),
            place => place.to_string(),
        };
        let machine = result.environment.as_ref().map(|environment| &environment.fingerprint);
        let stored = machine.map(|machine| self.store.load(&self.commit, machine)).transpose()?.flatten();
        let sessions = |new: &BenchmarkResult| stored.as_ref()?.benchmark(&new.name).map(BenchmarkResult::sessions);
        let commit = self.commit.short();
        Ok(match result.benchmarks.iter().filter_map(sessions).max() {
            Some(session) if session > 1 => format!("recorded {shown}: session {session} of commit {commit}"),
            _ => format!("recorded {shown} as the baseline of {commit}"),
        })
    }

    fn pause(&self, done: u32) -> Result<(), AppError> {
        let ends = Instant::now() + self.wish.pause;
        loop {
            if self.interrupt.is_set() {
                return Err(self.stopped(crate::measure::Interrupted.into(), done));
            }
            let left = ends.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            thread::sleep(left.min(GLANCE));
        }
    }

    /// The error, unless it is an interruption that leaves sessions behind.
    fn stopped(&self, error: AppError, done: u32) -> AppError {
        if error.status() == ExitStatus::Interrupted && done > 0 {
            AppError::interrupted_after(done, self.wish.sessions)
        } else {
            error
        }
    }

    fn tell_failure(&self, number: u32) {
        let told = "nothing was recorded: a baseline must have every benchmark that was asked for";
        if number == 1 {
            self.console.note(told);
        } else {
            let (done, of) = (number - 1, self.wish.sessions);
            self.console.note(&format!("of session {number} {told}; {done} of {of} sessions are recorded"));
        }
    }
}

/// Where a recording went beyond this clone.
fn whereabouts(shared: Option<&Shared>) -> String {
    match shared {
        None => ", in this clone only: perfgate baselines push".to_owned(),
        Some(Shared::Folder) => String::new(),
        Some(Shared::Clone { remote, .. }) => format!(", in this clone only: it has no remote `{remote}`"),
        Some(Shared::Remote { recordings: 0 | 1, remote }) => format!(", and pushed to {remote}"),
        Some(Shared::Remote { recordings, remote }) => {
            format!(", and pushed to {remote} with {} that waited here", recordings - 1)
        }
    }
}

/// When something begins after a pause: `in 1h 30m`.
fn when(pause: Duration) -> String {
    match SignedDuration::try_from(pause) {
        Ok(pause) if pause.is_positive() => format!("in {pause:#}"),
        _ => "now".to_owned(),
    }
}

/// The sessions so far and the next one, as one result.
fn together(earlier: Option<RunResult>, mut next: RunResult) -> RunResult {
    let Some(earlier) = earlier else { return next };
    for benchmark in &mut next.benchmarks {
        let all = earlier.benchmark(&benchmark.name).and_then(|before| benchmark.after(before));
        if let Some(all) = all {
            *benchmark = all;
        }
    }
    next
}
