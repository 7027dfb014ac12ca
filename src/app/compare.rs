//! `perfgate compare`: the judgement of `check` on two things that were measured already.

use std::path::Path;

use super::AppError;
use super::accepted::AcceptedChanges;
use super::output::{Console, Document, Outputs};
use super::project::{Project, apply_policy};
use super::sources::{Source, read_file, read_revision};
use crate::cli::Common;
use crate::config::{FailOn, GatePolicy};
use crate::gate::{self, Comparison, ExitStatus, Method, Setting};

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
pub fn compare(wish: &Wish<'_>, common: &Common, console: &Console) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open_if_any(common, console.colors_errors())?;
    let mut policy = project.as_ref().map_or_else(GatePolicy::default, |project| project.config.policy.clone());
    apply_policy(&mut policy, common, wish.fail_on);
    let base = read(wish.base, project.as_ref())?;
    let candidate = read(wish.candidate, project.as_ref())?;
    if wish.paired {
        check_pairs(&base, &candidate)?;
    }
    let setting = Setting {
        method: if wish.paired { Method::Paired } else { Method::Independent },
        base_label: Some(base.label),
        candidate_label: Some(candidate.label),
        ..Setting::default()
    };
    let comparison = gate::compare(&base.result, &candidate.result, &policy, &setting);
    let comparison = match &project {
        Some(project) if is_revision(wish.base) && is_revision(wish.candidate) => {
            with_accepted(comparison, project, policy.fail_on, console)?
        }
        _ => comparison,
    };
    console.publish(Document::Comparison(&comparison), &outputs)?;
    Ok(comparison.exit_status)
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

fn read(name: &str, project: Option<&Project>) -> Result<Source, AppError> {
    let path = Path::new(name);
    if path.is_file() {
        return read_file(path);
    }
    match project {
        Some(project) => read_revision(name, project),
        None => Err(AppError::usage(format!("there is no file `{name}`"))
            .hint("to compare revisions, run this where perfgate.toml is: it says where baselines are kept")),
    }
}

/// Rounds that ran side by side come in pairs.
fn check_pairs(base: &Source, candidate: &Source) -> Result<(), AppError> {
    for new in &candidate.result.benchmarks {
        for metric in &new.metrics {
            let old = base.result.benchmark(&new.name).and_then(|old| old.metric(&metric.name));
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
