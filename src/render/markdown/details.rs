//! What is folded below a comparison: how it was measured, and on which machine.

use super::escape::{code, text};
use crate::gate::{Comparison, Evidence, Past, Row};
use crate::render::{origin, plain, summary, units};
use crate::result::Environment;
use crate::words::machine::facts;

/// Widest that a fact about a machine is shown.
const FACT_WIDTH: usize = 80;

/// The whole block; empty if nothing is known.
pub fn render(comparison: &Comparison) -> String {
    let (how, machines) = (how(comparison), machines(comparison));
    let title = match (how.is_empty(), machines.is_empty()) {
        (true, true) => return String::new(),
        (false, true) => "How it was measured",
        (true, false) => "Where it was measured",
        (false, false) => "How it was measured, and where",
    };
    format!("<details><summary>{title}</summary>\n\n{how}{machines}\n</details>")
}

fn evidence(row: &Row) -> Option<&Evidence> {
    row.compared().map(|compared| &compared.evidence)
}

fn how(comparison: &Comparison) -> String {
    let rows = comparison.rows.as_slice();
    if !rows.iter().any(|row| evidence(row).is_some() || row.objective().is_some()) {
        return String::new();
    }
    let is_tested = |row: &&Row| match row.objective() {
        Some(found) => found.evidence.is_some(),
        None => matches!(evidence(row), Some(Evidence::Tested(_))),
    };
    let tests = rows.iter().filter(is_tested).count();
    let mut lines = vec![origin::measured(comparison)];
    if comparison.candidate.head.is_some() {
        lines.push("What was measured is the change as merged into the base, as GitHub tries it.".to_owned());
    }
    if tests > 0 {
        lines.push(format!(
            "A regression is worse by more than its threshold and by more than chance: p below {}, after Holm's correction \
             for {}.{}",
            comparison.alpha.share(),
            units::count(tests, "test", "tests"),
            match rows.iter().any(|row| matches!(evidence(row), Some(Evidence::Tested(_)))) {
                true => {
                    format!(" The brackets hold the change at {} confidence.", units::share(1.0 - comparison.alpha.share(), 4))
                }
                false => String::new(),
            },
        ));
    }
    let by_sessions =
        |row: &Row| matches!(evidence(row), Some(Evidence::Tested(tested)) if matches!(tested.past, Past::Known(_)));
    if rows.iter().any(by_sessions) {
        lines.push(
            "Where enough sessions are recorded: t-test of one value per session, by how much recorded sessions differ."
                .to_owned(),
        );
    }
    let listed = || rows.iter().filter(|row| summary::is_listed(row)).filter_map(Row::compared);
    let exact = || listed().filter(|row| row.evidence == Evidence::Exact);
    if exact().any(|row| row.unit.is_repeatable_count()) {
        lines.push("`exact` for a count: counts repeat, so they are compared as they are.".to_owned());
    }
    if exact().any(|row| !row.unit.is_repeatable_count()) {
        lines.push(
            "`exact`: the difference does not vary from round to round, so the values are compared as they are."
                .to_owned(),
        );
    }
    if rows.iter().any(|row| row.objective().is_some()) {
        lines.push(
            "`slo_…`: a service-level objective, and the shares of queries that kept it. It is about the candidate alone; p is the \
             chance of so few if it were just met."
                .to_owned(),
        );
    }
    let by_points = |row: &Row| row.is_in_points() && summary::is_listed(row);
    if rows.iter().any(|row| by_points(row) && evidence(row).is_some()) {
        lines.push("`pp`: percentage points, the difference of two rates.".to_owned());
    }
    lines.iter().map(|line| format!("- {line}\n")).collect()
}

fn machines(comparison: &Comparison) -> String {
    let (base, candidate) = (comparison.base.environment.as_ref(), comparison.candidate.environment.as_ref());
    let line = |who: &str, known: Option<&Environment>| {
        known.map(|known| format!("- Machine{who}: {}\n", machine(known))).unwrap_or_default()
    };
    if base == candidate {
        line("", base)
    } else {
        line(" of the baseline", base) + &line(" of the candidate", candidate)
    }
}

/// What is known of a machine, in one line.
pub fn machine(environment: &Environment) -> String {
    let facts = facts(environment).into_iter().map(|fact| text(&plain::shorten(&plain::line(&fact), FACT_WIDTH)));
    format!("{} ({})", facts.collect::<Vec<_>>().join(", "), code(environment.fingerprint.as_str()))
}
