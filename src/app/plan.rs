//! `perfgate plan`: what a check would run, how long it would take, and what it would see; or when queries arrive. Runs nothing.

use super::AppError;
use super::interleaved::{PATIENCE, most_looks};
use super::measurement::{Place, Session, subject};
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::sources;
use crate::cli::Common;
use crate::config::Benchmark;
use crate::gate::ExitStatus;
use crate::measure;
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
    let recorded = recorded(&project, console, interrupt)?;
    let session = Session::begin(common, project.config.budget, console, interrupt);
    let limits = Limits { budget: session.budget, patience: PATIENCE, looks: most_looks(&session) };
    let planned = outlook(&benchmarks, &recorded, &project.config.policy, limits);
    console.publish(Document::Plan(&planned), &outputs)?;
    Ok(ExitStatus::Success)
}

/// Prints when the queries of a round of one benchmark arrive.
pub fn arrivals(names: &[String], round: u32, common: &Common, console: &Console) -> Result<ExitStatus, AppError> {
    let project = Project::open(common, console.colors_errors())?;
    let [benchmark] = project.selected(names)?.try_into().map_err(|several: Vec<Benchmark>| {
        let names: Vec<&str> = several.iter().map(|benchmark| benchmark.name.as_str()).collect();
        AppError::usage("--arrivals is about one benchmark").hint(format!("name one of: {}", names.join(", ")))
    })?;
    let told = benchmark.name.clone();
    let prepared = measure::prepare(vec![subject(&benchmark, &Place::plain(&project.directory))])?;
    let Some(schedule) = prepared.arrivals(0, round - 1, common.seed) else {
        return Err(AppError::usage(format!("`{told}` has no schedule: its queries follow the answers"))
            .hint("a schedule belongs to `scenario = \"server\"` with open traffic"));
    };
    console.print(&schedule.to_string())?;
    Ok(ExitStatus::Success)
}

/// What was recorded on this machine, the nearest commit first; nothing outside git.
fn recorded(project: &Project, console: &Console, interrupt: &Interrupt) -> Result<Vec<RunResult>, AppError> {
    let Ok(git) = project.git() else { return Ok(Vec::new()) };
    let Ok(head) = git.head() else { return Ok(Vec::new()) };
    let store = project.fresh_store(console, interrupt)?;
    sources::recorded(&git, &head, store.as_ref(), console)
}
