//! Things that were measured before: a revision's baseline, a result document, a file of raw samples.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::AppError;
use super::output::Console;
use super::wrong_file::{self, Wanted};
use crate::host;
use crate::import::generic;
use crate::result::{BenchmarkResult, CommitId, RunOutcome, RunResult};
use crate::store::{Choice, Store, choose};
use crate::vcs::{Git, Resolved, VcsError};
use crate::wire::{WireError, read_outcome, schema_of};

/// A run and what people call it.
pub struct Source {
    /// What was measured, and what could not be.
    pub outcome: RunOutcome,
    /// The file or revision it came from.
    pub label: String,
    /// The file's real name, if it came from one.
    file: Option<PathBuf>,
}

impl Source {
    /// A result in which everything could be measured.
    pub fn complete(result: RunResult, label: String) -> Self {
        Self { outcome: RunOutcome::complete(result), label, file: None }
    }

    /// Whether the two are one measurement: of one file, or with the same values of the same moment. Samples without a moment that
    /// are equal are none: what does not vary is equal.
    pub fn is_same(&self, other: &Self) -> bool {
        let file = self.file.is_some() && self.file == other.file;
        file || is_same_run(&self.outcome, &other.outcome)
    }
}

/// Whether the two are one measurement, by the same values of the same moment. A baseline keeps less of it than a result.
pub fn is_same_run(one: &RunOutcome, other: &RunOutcome) -> bool {
    let (one, other) = (&one.result, &other.result);
    let values = |benchmark: &BenchmarkResult| (benchmark.name.clone(), benchmark.metrics.clone());
    one.recorded_at.is_some()
        && (&one.recorded_at, &one.commit) == (&other.recorded_at, &other.commit)
        && one.benchmarks.iter().map(values).eq(other.benchmarks.iter().map(values))
}

/// The file's real name, by which it is known again.
pub fn real_name(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok()
}

/// That something was named more than once.
pub fn once(label: &str, known: &str) -> String {
    if label == known {
        format!("`{label}` is named twice, and counts once")
    } else {
        format!("`{label}` is the same as `{known}`, and counts once")
    }
}

/// Reads a file: a result or baseline document, or raw samples.
pub fn read_file(path: &Path, wanted: Wanted) -> Result<Source, AppError> {
    let text = wrong_file::text_of(path, wanted)?;
    let wrong = |problem: WireError| wrong_file::wrong(path, &text, wanted, &problem);
    let outcome = match schema_of(&text) {
        Ok(_) => read_outcome(&text).map_err(wrong)?,
        Err(problem @ WireError::NotJson(_)) => return Err(wrong(problem)),
        Err(_) => {
            let samples = generic::read(&text).map(RunOutcome::complete);
            samples.map_err(|problem| wrong_file::no_samples(path, &text, wanted, &problem))?
        }
    };
    Ok(Source { outcome, label: path.display().to_string(), file: real_name(path) })
}

/// What a name is that is no file's, where no revision can be meant.
pub fn not_a_file(name: &str) -> String {
    if Path::new(name).is_dir() { format!("`{name}` is a folder") } else { format!("there is no file `{name}`") }
}

/// The commit that a name stands for, which is no file's. A folder has a name too.
pub fn resolve(revision: &str, git: &Git, console: &Console) -> Result<CommitId, AppError> {
    match git.resolve_at_origin_too(revision) {
        Ok(found) => Ok(told(found, revision, console)),
        Err(VcsError::UnknownRevision(_)) if Path::new(revision).is_dir() => {
            Err(AppError::usage(format!("`{revision}` is a folder, and no revision has that name"))
                .hint("name a file in it, or a revision with a baseline"))
        }
        Err(error) => Err(error.into()),
    }
}

/// The commit of what git resolved; a note says what stood in for the name that was given.
pub fn told(found: Resolved, revision: &str, console: &Console) -> CommitId {
    if let Some(stand_in) = &found.stand_in {
        console.note(&format!("this clone has no `{revision}`: {stand_in} ({}) stands for it", found.commit.short()));
    }
    found.commit
}

/// The baseline of exactly this revision: for this machine, or for the only one that it was recorded on.
pub fn read_revision(revision: &str, git: &Git, store: &dyn Store, console: &Console) -> Result<Source, AppError> {
    let commit = resolve(revision, git, console)?;
    let here = host::environment().fingerprint;
    let machines = store.index()?.remove(&commit).unwrap_or_default();
    let only = if machines.len() == 1 { machines.first() } else { None };
    let machine = if machines.contains(&here) { Some(&here) } else { only };
    let result = machine.map(|machine| store.load(&commit, machine)).transpose()?.flatten();
    match result {
        Some(result) => Ok(Source::complete(result, revision.to_owned())),
        None if machines.is_empty() => {
            Err(AppError::usage(format!("`{revision}` ({}) has no baseline in `{}`", commit.short(), store.name()))
                .hint(format!("record one: git checkout {revision} && perfgate record")))
        }
        None => Err(AppError::usage(format!(
            "`{revision}` has baselines from {} machines, none of them this one ({here})",
            machines.len()
        ))
        .hint("name the file itself: perfgate baselines show REV --machine NAME -o FILE.json writes one")),
    }
}

/// What `check` found to compare with.
pub enum Baseline {
    /// A baseline of this machine.
    Found(Source),
    /// Only one from another machine, and what to tell the user.
    OtherMachine(Source, String),
    /// None, and what to tell the user.
    None(String),
}

/// The baseline of the nearest ancestor that has one for this machine.
pub fn nearest_baseline(git: &Git, head: &CommitId, store: &dyn Store) -> Result<Baseline, AppError> {
    let index = store.index()?;
    let wanted: BTreeSet<CommitId> = index.keys().cloned().collect();
    let ancestors = git.nearest_ancestors(head, &wanted)?;
    let here = host::environment().fingerprint;
    let missing = |what: &str| {
        let mut advice = format!("{what}; record one where the code is as it should be: perfgate record");
        if git.is_shallow() {
            advice.push_str(
                "\n      this clone is shallow, so the baseline's commit may lie beyond its edge: fetch more history \
                 (git fetch --unshallow; in GitHub Actions: fetch-depth: 0)",
            );
        }
        advice
    };
    match choose(&ancestors, &index, &here) {
        Choice::Found(commit) => match store.load(&commit, &here)? {
            Some(result) => Ok(Baseline::Found(Source::complete(result, commit.short().to_owned()))),
            None => Ok(Baseline::None(missing("the baseline has just disappeared"))),
        },
        Choice::OtherMachineOnly(commit, machines) => {
            let names: Vec<&str> = machines.iter().map(super::super::result::Fingerprint::as_str).collect();
            let told = missing(&format!(
                "the nearest baseline ({}) comes from another machine: {}, and this one is {here}",
                commit.short(),
                names.join(", ")
            ));
            let first = machines.first().map(|machine| store.load(&commit, machine)).transpose()?.flatten();
            Ok(match first {
                Some(result) => Baseline::OtherMachine(Source::complete(result, commit.short().to_owned()), told),
                None => Baseline::None(told),
            })
        }
        Choice::None if index.is_empty() => {
            Ok(Baseline::None(missing(&format!("there is no baseline in `{}`", store.name()))))
        }
        Choice::None => Ok(Baseline::None(missing(&format!(
            "none of the {} recorded commits in `{}` is {} or an ancestor of it",
            index.len(),
            store.name(),
            head.short()
        )))),
    }
}

/// More recorded commits than this are not read: each has at least one session, and no more sessions than these count.
const MOST_COMMITS: usize = 30;

/// What was recorded on this machine, of the commit that is checked out and its ancestors, the nearest first. A file that cannot be
/// used is told, and left out: it is the past, not what a check compares with.
pub fn recorded(git: &Git, head: &CommitId, store: &dyn Store, console: &Console) -> Result<Vec<RunResult>, AppError> {
    let here = host::environment().fingerprint;
    let index = store.index()?;
    let recorded = index.into_iter().filter(|(_, machines)| machines.contains(&here)).map(|(commit, _)| commit);
    let commits = git.nearest_ancestors(head, &recorded.collect())?;
    let results = commits.iter().take(MOST_COMMITS).filter_map(|commit| match store.load(commit, &here) {
        Ok(result) => result,
        Err(problem) => {
            console.note(&format!("its sessions do not count: {problem}"));
            None
        }
    });
    Ok(results.collect())
}
