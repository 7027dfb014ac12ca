//! `perfgate run`: runs benchmarks and prints what was measured.

use super::AppError;
use super::measurement::{Revision, Session};
use super::output::{Console, Document, Outputs};
use super::project::Project;
use crate::cli::Common;
use crate::gate::ExitStatus;
use crate::result::RunOutcome;
use crate::sut::Interrupt;

/// Runs these benchmarks, or all.
pub fn run(
    names: &[String],
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let benchmarks = project.selected(names)?;
    let revision = revision_if_any(&project);
    let session = Session::begin(common, project.config.budget, console, interrupt);
    let outcome = session.measure(&benchmarks, &project.directory, &revision)?;
    console.publish(Document::Run(&outcome), &outputs)?;
    Ok(status_of(&outcome))
}

/// The commit that is checked out, if there is one: `run` works outside git too.
pub fn revision_if_any(project: &Project) -> Revision {
    let Ok(git) = project.git() else { return Revision::default() };
    let dirty = git.modified(project.store_folder().as_deref()).is_ok_and(|modified| !modified.is_empty());
    Revision { commit: git.head().ok(), dirty }
}

/// A run is a success if everything could be measured.
pub fn status_of(outcome: &RunOutcome) -> ExitStatus {
    if outcome.failures.is_empty() { ExitStatus::Success } else { ExitStatus::SystemFailed }
}
