//! How to see for oneself what a check found, and how to accept it: commands with the right revisions and names, folded.

use crate::gate::{Comparison, Decision, Row};
use crate::render::advice;
use crate::result::CommitId;

/// More names than this on a command line are no better than all.
const MOST_NAMES: usize = 3;

/// The whole block; empty if nothing was checked, or nobody knows against what.
pub fn render(comparison: &Comparison) -> String {
    if !comparison.method.is_check() {
        return String::new();
    }
    let (again, accept) = (reproduce(comparison), accept(comparison));
    let title = match (again.is_empty(), accept.is_empty()) {
        (true, true) => return String::new(),
        (false, true) => "Reproduce it",
        (true, false) => "Accept it",
        (false, false) => "Reproduce it, or accept it",
    };
    let parts = [again, accept].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n");
    format!("<details><summary>{title}</summary>\n\n{parts}\n</details>")
}

fn regressions(rows: &[Row]) -> impl Iterator<Item = &Row> {
    rows.iter().filter(|row| row.decision() == Some(Decision::Regression))
}

fn reproduce(comparison: &Comparison) -> String {
    let (Some(base), Some(candidate)) = (&comparison.base.commit, &comparison.candidate.commit) else {
        return String::new();
    };
    if base == candidate && !comparison.candidate.dirty {
        return String::new();
    }
    let measure = format!("perfgate check{} --against {}", names(&comparison.rows), base.short());
    let checkout = match &comparison.candidate.head {
        _ if comparison.candidate.dirty => String::new(),
        Some(head) => merge(head, base),
        None => format!("git checkout {}\n", candidate.short()),
    };
    format!("On your machine, both revisions in turn:\n\n```sh\n{checkout}{measure}\n```\n")
}

/// What GitHub made of a change and its base, made again.
fn merge(head: &CommitId, base: &CommitId) -> String {
    format!("git checkout --detach {}\ngit merge --no-edit {}\n", head.short(), base.short())
}

/// The benchmarks that got worse, if they can be typed; else all.
fn names(rows: &[Row]) -> String {
    let mut all: Vec<&str> = Vec::new();
    for row in regressions(rows) {
        if all.len() <= MOST_NAMES && !all.contains(&row.benchmark.as_str()) {
            all.push(&row.benchmark);
        }
    }
    let typed: Option<Vec<String>> = all.iter().map(|name| advice::quoted(name)).collect();
    match typed {
        Some(typed) if typed.len() <= MOST_NAMES => typed.iter().map(|name| format!(" {name}")).collect(),
        _ => String::new(),
    }
}

fn accept(comparison: &Comparison) -> String {
    if regressions(&comparison.rows).next().is_none() {
        return String::new();
    }
    let commands = advice::accept_commands(comparison).join("\n");
    format!(
        "If it is intended, accept it, and commit `perfgate-accepted.toml` with the change, so that it is reviewed:\n\n\
         ```sh\n{commands}\n```\n"
    )
}
