//! `perfgate record`: runs benchmarks, then stores the result as the baseline of the current commit.

use super::AppError;
use super::measurement::{Revision, Session};
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::run::status_of;
use crate::cli::Common;
use crate::gate::ExitStatus;
use crate::sut::Interrupt;

/// Records these benchmarks, or all. Nothing is stored if one of them could not be measured: a baseline that lacks a
/// benchmark would let its regressions pass as new.
pub fn record(
    names: &[String],
    allow_dirty: bool,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let benchmarks = project.selected(names)?;
    let git = project.git()?;
    let store = project.store();
    let commit = git.head()?;
    let modified = git.modified(Some(store.root()))?;
    if !modified.is_empty() && !allow_dirty {
        return Err(AppError::dirty(&modified));
    }
    let revision = Revision { commit: Some(commit.clone()), dirty: !modified.is_empty() };
    let session = Session::begin(common, project.config.budget, console, interrupt);
    let outcome = session.measure(&benchmarks, &project.directory, &revision)?;
    let status = status_of(&outcome);
    if status == ExitStatus::Success {
        let path = store.save(&outcome.result)?;
        let shown = path.strip_prefix(&project.directory).unwrap_or(&path).display().to_string();
        console.publish(Document::Run(&outcome), &outputs)?;
        console.note(&format!("recorded {} as the baseline of {}", shown, commit.short()));
    } else {
        console.publish(Document::Run(&outcome), &outputs)?;
        console.note("nothing was recorded: a baseline must have every benchmark that was asked for");
    }
    Ok(status)
}
