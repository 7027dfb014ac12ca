//! Why: what kept the check from its work, what its reader should know, and the reason of each verdict.

use super::escape::code;
use super::{failure, fill, sentence};
use crate::gate::{Comparison, Finding, Row, Verdict};
use crate::render::reasons::{self, Explanation};
use crate::render::warnings::{Group, Whose, of_comparison, row};
use crate::render::{stages, units};
use crate::result::Warning;

/// Warnings about what the check rests on, not about what it found: they are folded.
const TECHNICAL: [&str; 3] = ["little-history", "accepted-expired", "accepted-unused"];

/// More than this that failed is folded.
const MOST_FAILURES: usize = 5;

/// What failed or is missing: who, why, and what its process said last.
pub fn failures(comparison: &Comparison, room: usize) -> String {
    let all = reasons::explanations(&comparison.rows);
    let told: Vec<&Explanation<'_>> = all.iter().filter(|why| why.rows.iter().any(|row| fails(row))).collect();
    let (first, others) = told.split_at(told.len().min(MOST_FAILURES));
    let block = |why: &&Explanation<'_>| format!("{}\n", failure(&subjects(why, comparison), why.reason));
    let room = room.saturating_sub(160);
    let (mut shown, mut left_out) = fill(room, first.iter().map(block));
    let (folded, more) = if left_out > 0 {
        (String::new(), others.len())
    } else {
        fill(room.saturating_sub(shown.len()), others.iter().map(block))
    };
    left_out += more;
    if !folded.is_empty() {
        let number = units::count(others.len() - more, "more", "more");
        shown.push_str(&format!("\n<details><summary>{number}</summary>\n\n{folded}\n</details>\n"));
    }
    if left_out > 0 {
        shown.push_str(&format!("\n{} left out here.", units::count(left_out, "more is", "more are")));
    }
    shown
}

/// Whether the row itself keeps the check from being green, without a number to say why.
fn fails(row: &Row) -> bool {
    matches!(row.finding, Finding::Failed | Finding::Missing { allowed: false, .. })
}

fn is_accepted(row: &Row) -> bool {
    matches!(row.finding, Finding::Accepted(..))
}

/// In which stages slowdowns happen, what is accepted and why, and what else is not to be overlooked.
pub fn notes(comparison: &Comparison, room: usize) -> String {
    let all = reasons::explanations(&comparison.rows);
    let accepted = all.iter().filter(|why| why.rows.iter().any(|row| is_accepted(row)));
    let accepted = accepted.map(|why| format!("- {}: {}\n", subjects(why, comparison), sentence(why.reason)));
    let warnings = comparison.warnings.iter().filter(|warning| !is_technical(warning));
    let warnings = warnings.map(|warning| format!("- {}\n", sentence(&warning.message)));
    let stages = stages::of_regressions(comparison);
    let stages = stages.iter().map(|(row, moved)| format!("- {}: {}\n", name(row), sentence(&moved.words())));
    let (shown, left_out) = fill(room.saturating_sub(60), stages.chain(accepted).chain(warnings));
    match (shown.is_empty(), left_out) {
        (true, 0) => String::new(),
        (_, 0) => format!("To know:\n\n{shown}"),
        _ => format!("To know:\n\n{shown}- {} left out here\n", units::count(left_out, "more is", "more are")),
    }
}

fn is_technical(warning: &Warning) -> bool {
    TECHNICAL.contains(&warning.code.as_str())
}

/// What the measurements were warned of, folded.
pub fn remarks(comparison: &Comparison, room: usize) -> String {
    let groups = of_comparison(&comparison.remarks, false);
    let lines = groups.iter().map(|Group { names, message, likewise, .. }| {
        let likewise = match likewise.as_slice() {
            [] => String::new(),
            names => format!("; likewise, with other figures: {}", row(names, whose)),
        };
        format!("- {}: {}{likewise}\n", row(names, whose), sentence(message))
    });
    let (mut lines, left_out) = fill(room.saturating_sub(160), lines);
    if left_out > 0 {
        lines.push_str(&format!("- {} left out here\n", units::count(left_out, "more is", "more are")));
    }
    let title = units::count(groups.len(), "warning", "warnings");
    if lines.is_empty() {
        lines
    } else {
        format!("<details><summary>{title} about the measurement</summary>\n\n{lines}\n</details>")
    }
}

/// The benchmark, and the side where it is only one.
fn whose(whose: Whose<'_>) -> String {
    let name = code(whose.benchmark);
    whose.side().map_or(name.clone(), |side| format!("{name} ({side})"))
}

/// The reason of each verdict that is not shown elsewhere. Where nothing could be compared, that is what is to be read.
pub fn why(comparison: &Comparison, room: usize) -> String {
    let all = reasons::explanations(&comparison.rows);
    let others = all.iter().filter(|why| !why.rows.iter().any(|row| fails(row) || is_accepted(row)));
    let others = others.map(|why| format!("- {}: {}\n", subjects(why, comparison), sentence(why.parts().0)));
    let technical = comparison.warnings.iter().filter(|warning| is_technical(warning));
    let technical = technical.map(|warning| format!("- {}\n", sentence(&warning.message)));
    let (mut lines, left_out) = fill(room.saturating_sub(120), others.chain(technical));
    if left_out > 0 {
        lines.push_str(&format!("- {} left out here\n", units::count(left_out, "more reason is", "more reasons are")));
    }
    match comparison.verdict {
        _ if lines.is_empty() => String::new(),
        Verdict::NoBaseline => lines,
        _ => format!("<details><summary>Why each verdict</summary>\n\n{lines}\n</details>"),
    }
}

fn subjects(why: &Explanation<'_>, comparison: &Comparison) -> String {
    why.subjects(&comparison.rows, name)
}

/// Benchmark and metric.
fn name(row: &Row) -> String {
    let words = [Some(row.benchmark.as_str()), row.metric.as_deref()];
    words.into_iter().flatten().map(code).collect::<Vec<_>>().join(" ")
}
