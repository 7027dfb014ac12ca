//! `perfgate profile`: measures one benchmark with its stages, and says where its time goes.

use super::AppError;
use super::measurement::Session;
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::run::revision_if_any;
use crate::cli::Common;
use crate::config::Benchmark;
use crate::gate::ExitStatus;
use crate::profile;
use crate::result::RunOutcome;
use crate::sut::Interrupt;

/// Profiles this benchmark.
pub fn profile(name: &str, common: &Common, console: &Console, interrupt: &Interrupt) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let benchmark = the_one(project.selected(&[name.to_owned()])?, name)?;
    let revision = revision_if_any(&project);
    let session = Session::begin(common, project.config.budget, console, interrupt);
    let (outcome, rounds) = session.measure_stages(&benchmark, &project.directory, &revision)?;
    let RunOutcome { mut result, failures, .. } = outcome;
    if let Some(failure) = failures.first() {
        return Err(AppError::system_failed(&failure.benchmark, &failure.reason));
    }
    let measured = result.benchmarks.pop();
    let profile = measured.and_then(|measured| profile::of(result, measured, &benchmark.scenario, &rounds));
    let Some(profile) = profile else {
        return Err(AppError::system_failed(&benchmark.name, "the budget was spent before a round had ended"));
    };
    console.publish(Document::Profile(&profile), &outputs)?;
    Ok(ExitStatus::Success)
}

/// The only one of these; several scenarios of one name are to be profiled one at a time.
fn the_one(benchmarks: Vec<Benchmark>, name: &str) -> Result<Benchmark, AppError> {
    let names: Vec<String> = benchmarks.iter().map(|benchmark| benchmark.name.clone()).collect();
    let mut all = benchmarks.into_iter();
    match (all.next(), all.next()) {
        (Some(only), None) => Ok(only),
        _ => Err(AppError::usage(format!(
            "`{name}` stands for {} benchmarks, and one is profiled at a time",
            names.len()
        ))
        .hint(format!("name one of them: {}", names.join(", ")))),
    }
}
