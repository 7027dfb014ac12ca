//! The files of accepted changes: the candidate's, the base's, and what they do to a comparison.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::AppError;
use super::project::Project;
use crate::config::{self, Accepted, Date, FailOn};
use crate::gate::{self, Comparison, Entry};
use crate::render::diagnostic;
use crate::result::CommitId;
use crate::vcs::Git;

/// The file, beside the configuration.
pub const FILE: &str = "perfgate-accepted.toml";

/// What a project accepts, read before anything runs.
pub struct AcceptedChanges {
    entries: Vec<Accepted>,
}

impl AcceptedChanges {
    /// Of the work tree. A project without the file accepts nothing.
    pub fn of_work_tree(project: &Project, color: bool) -> Result<Self, AppError> {
        let entries = parsed(&text(&path(project))?, FILE, color)?;
        Ok(Self { entries })
    }

    /// As the file was at a commit.
    pub fn at(commit: &CommitId, project: &Project, git: &Git, color: bool) -> Result<Self, AppError> {
        let file = git.file_at(commit, &real_path(project))?.unwrap_or_default();
        let shown = format!("{FILE} at {}", commit.short());
        let entries = parsed(&String::from_utf8_lossy(&file), &shown, color)?;
        Ok(Self { entries })
    }

    /// The comparison with what is accepted in it.
    pub fn apply(&self, comparison: Comparison, project: &Project, git: &Git, fail_on: FailOn) -> Comparison {
        if self.entries.is_empty() {
            return comparison;
        }
        let base = comparison.base.commit.clone();
        // What cannot be read at the base accepts nothing there.
        let file = base.as_ref().and_then(|base| git.file_at(base, &real_path(project)).ok().flatten());
        let text = file.map(|file| String::from_utf8_lossy(&file).into_owned()).unwrap_or_default();
        let at_base = config::parse_accepted(&text).unwrap_or_default();
        let entry = |accepted: Accepted| Entry {
            // Without a commit nobody knows what the base has; then what must not be there yet does not count.
            at_base: base.is_none() || at_base.iter().any(|old| covers(old, &accepted)),
            before_its_base: base.as_ref().is_some_and(|base| is_before(base, accepted.term.base(), git)),
            accepted,
        };
        let entries: Vec<Entry> = self.entries.iter().cloned().map(entry).collect();
        let known: Vec<&str> = project.config.benchmarks.iter().map(|benchmark| benchmark.name.as_str()).collect();
        let mut accepted = gate::accept(comparison, &entries, &known, today(), fail_on);
        if base.is_some() {
            // What is over, or about nothing, accepts nothing; that has warnings of its own.
            let in_force = |entry: &&Accepted| {
                entry.term.until().is_none_or(|until| until >= today())
                    && known.iter().any(|name| entry.benchmark.includes(name))
            };
            let in_force: Vec<Accepted> = self.entries.iter().filter(in_force).cloned().collect();
            accepted.warnings.extend(gate::newly_accepted(&in_force, &at_base, &accepted.rows));
        }
        accepted
    }
}

/// Whether an entry at the base accepts as much as this one, for the same base. That a later day or another reason was
/// written since does not make it a new one.
fn covers(old: &Accepted, new: &Accepted) -> bool {
    old.benchmark == new.benchmark
        && old.metric == new.metric
        && old.term.base() == new.term.base()
        && old.up_to >= new.up_to
}

/// Whether the base is that commit or one of its ancestors.
fn is_before(base: &CommitId, named: Option<&str>, git: &Git) -> bool {
    let Some(named) = named.and_then(|named| named.parse().ok()) else { return false };
    git.nearest_ancestors(&named, &[base.clone()].into()).is_ok_and(|found| !found.is_empty())
}

/// Where the project's file is, or would be.
pub fn path(project: &Project) -> PathBuf {
    project.directory.join(FILE)
}

/// Git knows its work tree by its real path, without symbolic links; the file itself may be gone.
fn real_path(project: &Project) -> PathBuf {
    project.directory.canonicalize().unwrap_or_else(|_| project.directory.clone()).join(FILE)
}

/// What the file says; nothing if there is none.
pub fn text(path: &Path) -> Result<String, AppError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(AppError::unreadable(path, &error)),
    }
}

/// The entries of a text, or what is wrong with it.
pub fn parsed(text: &str, shown: &str, color: bool) -> Result<Vec<Accepted>, AppError> {
    config::parse_accepted(text)
        .map_err(|problems| AppError::configuration(diagnostic::render(&problems, text, shown, color)))
}

/// Today in UTC, so that an entry ends at the same moment everywhere.
pub fn today() -> Date {
    jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date()
}
