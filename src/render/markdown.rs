//! Markdown for a pull request's comment, an issue or a job's summary.
//!
//! Here: how much fits, and what blocks and rows are made of. Not here: which words are used (`cells`, `summary`, `advice`).

mod again;
mod brief;
mod comparison;
mod details;
mod escape;
mod not_run;
mod reasons;
mod report;
mod rows;
mod run;

use super::{plain, units};
use crate::ab::AbTest;
use crate::capacity::Capacity;
use crate::gate::Comparison;
use crate::history::History;
use crate::inventory::Inventory;
use crate::outlook::Outlook;
use crate::profile::Profile;
use crate::report::{Report, ab, baselines, plan, profile, selftest, trend};
use crate::result::RunOutcome;
use crate::selftest::Selftest;

/// A comment holds 60,000 bytes; its author adds a marker around the text.
const MOST_BYTES: usize = 60_000 - 500;

/// Lines of what a process said.
const MOST_QUOTED: usize = 12;

/// Widest that a sentence with text from outside in it is shown.
const SENTENCE_WIDTH: usize = 600;

/// What was compared.
pub fn comparison(comparison: &Comparison) -> String {
    comparison::render(comparison, MOST_BYTES)
}

/// The same in at most so many bytes: whole rows are left out, and counted, then what is folded, then all but the verdict.
pub fn comparison_within(comparison: &Comparison, bytes: usize) -> String {
    comparison::render(comparison, bytes)
}

/// That nothing was measured, and why: a comment of a few lines.
pub fn not_run(reason: &str) -> String {
    not_run::render(reason)
}

/// What was measured.
pub fn run(outcome: &RunOutcome) -> String {
    run::render(outcome, MOST_BYTES)
}

/// What was found out about the gate.
pub fn selftest(selftest: &Selftest) -> String {
    brief::page(&selftest::brief(selftest), MOST_BYTES)
}

/// How much load a system carries.
pub fn capacity(capacity: &Capacity) -> String {
    brief::page(&crate::report::capacity::brief(capacity), MOST_BYTES)
}

/// What an A/B test found.
pub fn ab(test: &AbTest) -> String {
    brief::page(&ab::brief(test), MOST_BYTES)
}

/// Where a benchmark's time goes, as Markdown.
pub fn profile(profile: &Profile) -> String {
    brief::page(&profile::brief(profile), MOST_BYTES)
}

/// What a check would take and see, as Markdown.
pub fn plan(outlook: &Outlook) -> String {
    brief::page(&plan::brief(outlook), MOST_BYTES)
}

/// What a store holds, as Markdown.
pub fn baselines(inventory: &Inventory) -> String {
    brief::page(&baselines::brief(inventory), MOST_BYTES)
}

/// A report, whole: it is for a file, and not for a comment.
pub fn report(report: &Report) -> String {
    report::render(report)
}

/// Metrics over commits.
pub fn history(history: &History) -> String {
    brief::page(&trend::brief(history), MOST_BYTES)
}

/// Blocks below each other, with an empty line between two of them. Empty blocks are none.
fn join(blocks: impl IntoIterator<Item = String>) -> String {
    let blocks = blocks.into_iter().filter(|block| !block.is_empty());
    let mut page = blocks.map(|block| block.trim_end().to_owned()).collect::<Vec<_>>().join("\n\n");
    page.push('\n');
    page
}

/// Whole pieces, the first ones, as long as there is room for them; and the number of those that found none.
fn fill(room: usize, pieces: impl IntoIterator<Item = String>) -> (String, usize) {
    let mut text = String::new();
    let mut left_out = 0;
    for piece in pieces {
        if left_out == 0 && text.len() + piece.len() <= room {
            text.push_str(&piece);
        } else {
            left_out += 1;
        }
    }
    (text, left_out)
}

/// A table with as many of these rows as there is room for. `columns` holds headings and alignments.
fn table(columns: &[(&str, &str)], room: usize, rows: impl IntoIterator<Item = String>) -> String {
    let (rows, left_out) = fill(room, rows);
    let table = heading(columns) + &rows;
    match left_out {
        0 => table,
        _ => format!("{table}\n{} left out here.", units::count(left_out, "more row is", "more rows are")),
    }
}

/// The headings of a table, and the rule below them.
fn heading(columns: &[(&str, &str)]) -> String {
    let heading = table_row(columns.iter().map(|(heading, _)| heading));
    let rule: String = columns.iter().map(|(_, rule)| format!("|{rule}")).collect();
    format!("{heading}{rule}|\n")
}

/// A row of a table.
fn table_row<I: AsRef<str>>(cells: impl IntoIterator<Item = I>) -> String {
    let mut row = String::from("|");
    for cell in cells {
        row.push(' ');
        row.push_str(cell.as_ref());
        row.push_str(" |");
    }
    row.push('\n');
    row
}

/// What could not be measured: who, the reason, and what its process said last.
fn failure(who: &str, reason: &str) -> String {
    let (reason, quoted) = reason.split_once('\n').unwrap_or((reason, ""));
    format!("{who}: {}\n{}\n", sentence(reason), escape::block(quoted, MOST_QUOTED))
}

/// A sentence in which names stand between backticks, cut if it is endless.
fn sentence(text: &str) -> String {
    escape::prose(&plain::shorten(&plain::line(text), SENTENCE_WIDTH))
}
