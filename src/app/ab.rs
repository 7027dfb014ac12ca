//! `perfgate ab A B`: two benchmarks as variants under one traffic, until it is clear what to do with the second.

mod size;
mod test;
mod variants;
mod warnings;

use std::time::Instant;

use super::AppError;
use super::measurement::{Place, subject};
use super::output::{Console, Document, Outputs};
use super::progress::Progress;
use super::project::Project;
use crate::ab::{Both, Guarded, Guardrail, PERCENTILES, Setting, Split, Unit};
use crate::cli::{By, Common};
use crate::config::Benchmark;
use crate::dataset::Dataset;
use crate::gate::ExitStatus;
use crate::measure::{self, Prepared};
use crate::sut::Interrupt;
use size::Size;
use test::Test;

/// What the user wants.
pub struct Wish<'a> {
    /// The two benchmarks.
    pub names: Both<&'a str>,
    /// The traffic of each.
    pub split: Split,
    /// What is assigned.
    pub by: Option<By>,
    /// The dataset's column whose values are keys.
    pub key: Option<&'a str>,
    /// How many users there are to be.
    pub users: Option<u32>,
    /// What must not get worse, in place of the usual.
    pub guardrails: &'a [Guardrail],
    /// Whether nothing is guarded.
    pub unguarded: bool,
}

/// Tests the second benchmark against the first.
pub fn ab(wish: &Wish<'_>, common: &Common, console: &Console, interrupt: &Interrupt) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let benchmarks = variants::arms(wish, &project)?;
    let place = Place::plain(&project.directory);
    let prepared = measure::prepare(benchmarks.iter().map(|benchmark| subject(benchmark, &place)).collect())?;
    let unit = variants::unit(wish, &benchmarks, &prepared)?;
    let size = Size::of(&benchmarks, &prepared, common)?;
    variants::guardable(wish, &benchmarks, &prepared)?;
    let setting = setting(wish, &project, &benchmarks, &prepared, unit, &size, common);
    let test = Test {
        setting: &setting,
        benchmarks: &benchmarks,
        prepared: &prepared,
        size,
        interrupt,
        begun: Instant::now(),
    };
    let budget = project.config.budget;
    let found = test.run(budget, &mut Progress::new(console))?;
    console.publish(Document::Ab(&found), &outputs)?;
    Ok(if found.failures.is_empty() { ExitStatus::Success } else { ExitStatus::SystemFailed })
}

fn setting(
    wish: &Wish<'_>,
    project: &Project,
    benchmarks: &Both<Benchmark>,
    prepared: &Prepared,
    unit: Unit,
    size: &Size,
    common: &Common,
) -> Setting {
    let policy = &project.config.policy;
    let name = &benchmarks.a.name;
    let usual = |metric: Guarded| Guardrail { metric, margin: policy.for_row(name, metric.name()).threshold };
    let tail = PERCENTILES.into_iter().find(|known| known.share >= benchmarks.a.percentile.share());
    let is_labelled = prepared.dataset(0).is_some_and(Dataset::is_labelled);
    let guardrails = match (wish.unguarded, wish.guardrails) {
        (true, _) => Vec::new(),
        (false, []) => {
            let tail = tail.map(|tail| usual(Guarded::Percentile(tail)));
            let accuracy = is_labelled.then(|| usual(Guarded::Accuracy));
            [Some(usual(Guarded::ErrorRate)), tail, accuracy].into_iter().flatten().collect()
        }
        (false, own) => own.to_vec(),
    };
    Setting {
        names: benchmarks.as_ref().map(|benchmark| benchmark.name.clone()),
        scenario: benchmarks.a.scenario.name().to_owned(),
        split: wish.split,
        unit,
        alpha: policy.alpha,
        threshold: policy.for_row(name, "latency_p50").threshold,
        guardrails,
        planned_rounds: size.rounds,
        planned_queries: size.total,
        seed: common.seed,
    }
}
