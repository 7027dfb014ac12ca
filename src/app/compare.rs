//! `perfgate compare`: the judgement of `check` on two things that were measured already.

use std::path::Path;

use super::AppError;
use super::accepted::AcceptedChanges;
use super::output::{Console, Document, Outputs};
use super::project::{Project, apply_policy};
use super::sources::{Source, not_a_file, read_file, read_revision};
use super::wrong_file::Wanted;
use crate::cli::Common;
use crate::config::{FailOn, GatePolicy};
use crate::gate::{self, Comparison, ExitStatus, Method, Setting};
use crate::result::Warning;
use crate::sut::Interrupt;

/// What the user asked for.
pub struct Wish<'a> {
    /// The baseline: a revision or a file.
    pub base: &'a str,
    /// The candidate: a revision or a file.
    pub candidate: &'a str,
    /// Whether round i of both sides ran side by side.
    pub paired: bool,
    /// What fails the comparison.
    pub fail_on: Option<FailOn>,
}

/// Compares the two.
pub fn compare(
    wish: &Wish<'_>,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::of_comparison(common)?;
    let project = Project::open_if_any(common, console.colors_errors())?;
    let mut policy = project.as_ref().map_or_else(GatePolicy::default, |project| project.config.policy.clone());
    apply_policy(&mut policy, common, wish.fail_on);
    let [base, candidate] = read_both(wish, project.as_ref(), console, interrupt)?;
    let warnings = same_measurement(&base, &candidate).into_iter().collect();
    if wish.paired {
        check_pairs(&base, &candidate)?;
    }
    let setting = Setting {
        failures: candidate.outcome.failures,
        not_reached: candidate.outcome.not_reached,
        base_failures: base.outcome.failures,
        base_not_reached: base.outcome.not_reached,
        method: if wish.paired { Method::Paired } else { Method::Independent },
        base_label: Some(base.label),
        candidate_label: Some(candidate.label),
        warnings,
        ..Setting::default()
    };
    let comparison = gate::compare(&base.outcome.result, &candidate.outcome.result, &policy, &setting);
    let comparison = match &project {
        Some(project) if is_revision(wish.base) && is_revision(wish.candidate) => {
            with_accepted(comparison, project, policy.fail_on, console)?
        }
        _ => comparison,
    };
    console.publish(Document::Comparison(&comparison), &outputs)?;
    Ok(comparison.exit_status)
}

/// A measurement is always like itself: without a warning that would look like an answer about the code.
fn same_measurement(base: &Source, candidate: &Source) -> Option<Warning> {
    base.is_same(candidate).then(|| {
        let which = match base.label == candidate.label {
            true => format!("both sides are `{}`", base.label),
            false => format!("`{}` and `{}` are the same measurement", base.label, candidate.label),
        };
        let message = format!(
            "{which}: that they are alike says nothing; name two, such as of two runs (perfgate run -o FILE.json)"
        );
        Warning { code: "same-measurement".to_owned(), message }
    })
}

fn is_revision(name: &str) -> bool {
    !Path::new(name).is_file()
}

/// Of two revisions, what the candidate's own file accepts counts.
fn with_accepted(
    comparison: Comparison,
    project: &Project,
    fail_on: FailOn,
    console: &Console,
) -> Result<Comparison, AppError> {
    let Some(candidate) = &comparison.candidate.commit else { return Ok(comparison) };
    let git = project.git()?;
    let accepted = AcceptedChanges::at(candidate, project, &git, console.colors_errors())?;
    Ok(accepted.apply(comparison, project, &git, fail_on))
}

/// Both sides. A store is only looked into if one of them is a revision.
fn read_both(
    wish: &Wish<'_>,
    project: Option<&Project>,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<[Source; 2], AppError> {
    let sides = [wish.base, wish.candidate];
    let recorded = match (project, sides.into_iter().find(|name| is_revision(name))) {
        (_, None) => None,
        (Some(project), Some(_)) => Some((project.git()?, project.fresh_store(console, interrupt)?)),
        (None, Some(name)) => {
            return Err(AppError::usage(not_a_file(name))
                .hint("to compare revisions, run this where perfgate.toml is: it says where baselines are kept"));
        }
    };
    let read = |name: &str| match &recorded {
        Some((git, store)) if is_revision(name) => read_revision(name, git, store.as_ref(), console),
        _ => read_file(Path::new(name), Wanted::Result),
    };
    Ok([read(wish.base)?, read(wish.candidate)?])
}

/// Rounds that ran side by side come in pairs.
fn check_pairs(base: &Source, candidate: &Source) -> Result<(), AppError> {
    for new in &candidate.outcome.result.benchmarks {
        for metric in &new.metrics {
            let old = base.outcome.result.benchmark(&new.name).and_then(|old| old.metric(&metric.name));
            let (before, now) = (old.map_or(metric.rounds.count(), |old| old.rounds.count()), metric.rounds.count());
            if before != now {
                return Err(AppError::usage(format!(
                    "--paired: `{}` {} has {before} rounds in `{}` and {now} in `{}`",
                    new.name, metric.name, base.label, candidate.label
                ))
                .hint("pairs are rounds that ran side by side; leave --paired out for independent runs"));
            }
        }
    }
    Ok(())
}
