//! `perfgate plan`: what a check would run, how long it would take, and what it would see. Runs nothing.

use super::AppError;
use super::interleaved::{PATIENCE, most_looks};
use super::measurement::Session;
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::sources::{Baseline, nearest_baseline};
use crate::cli::Common;
use crate::gate::ExitStatus;
use crate::outlook::{Limits, outlook};
use crate::result::RunResult;
use crate::sut::Interrupt;

/// Plans a check of these benchmarks, or all.
pub fn plan(
    names: &[String],
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let benchmarks = project.selected(names)?;
    let recorded = recorded(&project)?;
    let session = Session::begin(common, project.config.budget, console, interrupt);
    let limits = Limits { budget: session.budget, patience: PATIENCE, looks: most_looks(&session) };
    let planned = outlook(&benchmarks, recorded.as_ref(), &project.config.policy, limits);
    console.publish(Document::Plan(&planned), &outputs)?;
    Ok(ExitStatus::Success)
}

/// What was recorded on this machine, of the nearest commit; nothing outside git.
fn recorded(project: &Project) -> Result<Option<RunResult>, AppError> {
    let Ok(git) = project.git() else { return Ok(None) };
    let Ok(head) = git.head() else { return Ok(None) };
    Ok(match nearest_baseline(&git, &head, &project.store())? {
        Baseline::Found(source) => Some(source.result),
        Baseline::OtherMachine(..) | Baseline::None(_) => None,
    })
}
