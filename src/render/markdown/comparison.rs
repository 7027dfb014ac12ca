//! A comparison as a comment: the verdict in words, the table, why and what next; the rest folded.

use super::escape::{code, prose, text};
use super::{details, failure, fill, join, sentence, table, table_row};
use crate::gate::{Comparison, Finding, Row, Verdict};
use crate::render::advice::{self, Explanation};
use crate::render::cells::{Cells, Tone};
use crate::render::origin::{self, Side};
use crate::render::{plain, summary, units};

/// Headings and alignments.
const COLUMNS: [(&str, &str); 7] = [
    ("benchmark", ":--"),
    ("metric", ":--"),
    ("baseline", "--:"),
    ("candidate", "--:"),
    ("change", "--:"),
    ("p", "--:"),
    ("verdict", ":--"),
];

/// What headings, separators and counts of what was left out take at most.
const FRAME: usize = 1_500;

/// The whole text, in at most this many bytes.
pub fn render(comparison: &Comparison, most: usize) -> String {
    let headline = format!("### perfgate: {}", text(&summary::headline(comparison)));
    let paragraph = paragraph(comparison);
    let next = next(comparison);
    let details = details::render(comparison);
    // Rows and their reasons get what the rest leaves.
    let room = most.saturating_sub(headline.len() + paragraph.len() + next.len() + details.len() + FRAME);
    let listed = summary::listed(&comparison.rows);
    let rows = match listed.as_slice() {
        [] => String::new(),
        listed => table(&COLUMNS, room / 6 * 4, listed.iter().map(|row| line(row))),
    };
    let [failures, why] = reasons(comparison, room / 6);
    join([headline, rows, paragraph, failures, why, next, details])
}

fn line(row: &Row) -> String {
    let cells = Cells::of(row);
    let strong = |words: String| {
        if cells.tone == Tone::Bad && !words.is_empty() { format!("**{words}**") } else { words }
    };
    let metric = if cells.metric.is_empty() { String::new() } else { code(cells.metric) };
    let change = [strong(number(&cells.change)), number(&cells.interval)];
    table_row([
        strong(code(cells.benchmark)),
        metric,
        plain::glue(&text(&cells.baseline)),
        plain::glue(&text(&cells.candidate)),
        change.join(" ").trim_end().to_owned(),
        cells.p,
        strong(cells.verdict.to_owned()),
    ])
}

/// A change or an interval: never broken into two lines, and without tildes, which strike out what is between two of them.
fn number(words: &str) -> String {
    plain::glue(words).replace('~', "\\~")
}

/// The worst row once more, because a phone shows only the left half of a table; what is not in the table; who was compared,
/// and how far it can be believed.
fn paragraph(comparison: &Comparison) -> String {
    let rows = comparison.rows.as_slice();
    let mut said: Vec<String> = worst(rows).into_iter().collect();
    let unchanged = rows.iter().filter(|row| !summary::is_listed(row)).count();
    let within = summary::thresholds(rows);
    match unchanged {
        0 => {}
        _ if unchanged == rows.len() => said.push(capitalized(&summary::all_unchanged(rows)) + "."),
        1 => said.push(format!("1 other is unchanged within {within}.")),
        _ => said.push(format!("{unchanged} others are unchanged within {within}.")),
    }
    let (base, candidate) = origin::sides(comparison);
    said.push(match base {
        Some(base) => format!("{} against {}, {}.", side(&candidate), side(&base), origin::method(comparison)),
        None => format!("{} has no baseline to be compared with.", side(&candidate)),
    });
    said.extend(summary::guarantee(comparison));
    said.join(" ")
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn worst(rows: &[Row]) -> Option<String> {
    let row = Cells::of(rows.iter().find(|row| Cells::of(row).verdict == "regression")?);
    Some(format!("Worst: {} {}, **{}**.", code(row.benchmark), code(row.metric), number(&row.change)))
}

fn side(side: &Side) -> String {
    let label = side.label.iter().map(|label| code(label));
    let more: Vec<String> = label.chain(side.remark().map(text)).collect();
    let name = code(&side.name);
    if more.is_empty() { name } else { format!("{name} ({})", more.join(", ")) }
}

/// Why: what kept the check from its work is shown, and what is accepted; the rest is folded.
fn reasons(comparison: &Comparison, room: usize) -> [String; 2] {
    let all = advice::explanations(&comparison.rows);
    let failed = |explanation: &&Explanation<'_>| explanation.rows.iter().any(|row| row.finding == Finding::Failed);
    let is_accepted = |why: &&Explanation<'_>| why.rows.iter().any(|row| matches!(row.finding, Finding::Accepted(..)));
    let (failures, others): (Vec<_>, Vec<_>) = all.iter().partition(failed);
    let (accepted, others): (Vec<_>, Vec<_>) = others.into_iter().partition(is_accepted);
    let accepted =
        accepted.iter().map(|why| format!("{}: {}\n\n", why.subjects(&comparison.rows, name), sentence(why.reason)));
    let warnings = comparison.warnings.iter().map(|warning| format!("Warning: {}\n\n", sentence(&warning.message)));
    let failures =
        failures.iter().map(|why| format!("{}\n", failure(&why.subjects(&comparison.rows, name), why.reason)));
    let (mut shown, left_out) = fill(room, failures.chain(accepted).chain(warnings));
    if left_out > 0 {
        shown.push_str(&format!("{} left out here.", units::count(left_out, "more is", "more are")));
    }
    let lines =
        others.iter().map(|why| format!("- {}: {}\n", why.subjects(&comparison.rows, name), sentence(why.parts().0)));
    let (mut lines, left_out) = fill(room, lines);
    if left_out > 0 {
        lines.push_str(&format!("- {} left out here\n", units::count(left_out, "more reason is", "more reasons are")));
    }
    let why = match comparison.verdict {
        _ if lines.is_empty() => String::new(),
        Verdict::NoBaseline => lines,
        _ => format!("<details><summary>why</summary>\n\n{lines}\n</details>"),
    };
    [shown, why]
}

/// Benchmark and metric.
fn name(row: &Row) -> String {
    let words = [Some(row.benchmark.as_str()), row.metric.as_deref()];
    words.into_iter().flatten().map(code).collect::<Vec<_>>().join(" ")
}

fn next(comparison: &Comparison) -> String {
    let steps = advice::next(comparison);
    let lines = steps.iter().map(|step| match &step.run {
        // Commands are perfgate's own: there is no backtick in them.
        Some(run) => format!("- {}: `{run}`\n", prose(&step.say)),
        None => format!("- {}\n", prose(&step.say)),
    });
    let lines: String = lines.collect();
    if lines.is_empty() { lines } else { format!("Next:\n\n{lines}") }
}
