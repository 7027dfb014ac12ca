//! `perfgate history`: metrics over the recorded commits, with the places where the level changed.

use std::collections::BTreeSet;

use super::AppError;
use super::output::{Console, Document, Outputs};
use super::project::Project;
use crate::cli::Common;
use crate::gate::ExitStatus;
use crate::history::{Course, Recorded, history, is_named};
use crate::result::{Fingerprint, RunResult};
use crate::store::Store;
use crate::sut::Interrupt;
use crate::vcs::Ancestor;

/// Shows the metrics of these benchmarks, or of all.
pub fn show(
    names: &[String],
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let git = project.git()?;
    let store = project.fresh_store(console, interrupt)?;
    let mut index = store.index()?;
    let commits = git.ancestors_in_order(&git.head()?, &index.keys().cloned().collect())?;
    let recorded: Vec<Recorded> = commits
        .into_iter()
        .map(|ancestor| {
            let machines = index.remove(&ancestor.commit).unwrap_or_default();
            recorded(ancestor, &machines, store.as_ref(), console)
        })
        .collect();
    if git.is_shallow() {
        console.note("this clone does not have the whole history: what was recorded before its edge is left out");
    }
    refuse_unknown(names, &recorded)?;
    let course = Course { seed: common.seed, ..Course::default() };
    console.publish(Document::History(&history(recorded, names, &course)), &outputs)?;
    Ok(ExitStatus::Success)
}

/// What the store has of a commit, on every machine. A file that cannot be used is told, and left out.
fn recorded(ancestor: Ancestor, machines: &BTreeSet<Fingerprint>, store: &dyn Store, console: &Console) -> Recorded {
    let usable = |loaded| match loaded {
        Ok(result) => result,
        Err(problem) => {
            console.note(&format!("left out: {problem}"));
            None
        }
    };
    let results: Vec<RunResult> =
        machines.iter().filter_map(|machine| usable(store.load(&ancestor.commit, machine))).collect();
    Recorded { commit: ancestor.commit, subject: ancestor.subject, commits_since: ancestor.since, results }
}

/// A name that nothing was recorded under. What is not configured any more still has a history.
fn refuse_unknown(names: &[String], commits: &[Recorded]) -> Result<(), AppError> {
    let results = || commits.iter().flat_map(|commit| &commit.results);
    let benchmarks = || results().flat_map(|result| &result.benchmarks);
    let unknown = names.iter().find(|name| !benchmarks().any(|one| is_named(&one.name, std::slice::from_ref(*name))));
    match unknown {
        Some(name) if results().next().is_some() => {
            let mut known: Vec<&str> = benchmarks().map(|benchmark| benchmark.name.as_str()).collect();
            known.sort_unstable();
            known.dedup();
            Err(AppError::usage(format!("nothing was recorded of `{name}`"))
                .hint(format!("there is a history of: {}", known.join(", "))))
        }
        _ => Ok(()),
    }
}
