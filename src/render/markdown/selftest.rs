//! A selftest as Markdown: what the gate does here, and what to set.

use super::details::machine;
use super::escape::{code, text};
use super::{failure, fill, join, sentence, table, table_row};
use crate::render::selftest::{self, Row};
use crate::selftest::{Selftest, Verdict};

/// Headings and alignments.
const COLUMNS: [(&str, &str); 10] = [
    ("benchmark", ":--"),
    ("code", ":--"),
    ("checks", "--:"),
    ("red", "--:"),
    ("95 % interval", "--:"),
    ("unchanged", "--:"),
    ("undecided", "--:"),
    ("rounds", "--:"),
    ("time", "--:"),
    ("", ":--"),
];

/// The whole text, in at most this many bytes.
pub fn render(selftest: &Selftest, most: usize) -> String {
    let (lines, left_out) = selftest::rows(selftest, false);
    let rows = if lines.is_empty() { String::new() } else { table(&COLUMNS, most / 2, lines.iter().map(line)) };
    let failures = selftest.failures.iter().map(|failed| failure(&code(&failed.benchmark), &failed.reason) + "\n");
    let (failures, _) = fill(most / 5, failures);
    let verdict = sentence(&selftest::verdict(selftest));
    let more = selftest::sentences(selftest, &|name| format!("`{}`", name.replace('`', "'")));
    let more: String = more.iter().map(|words| format!("- {}\n", sentence(words))).collect();
    let next = selftest::next(selftest).map(|command| format!("Try it: {}", code(&command)));
    let environment = selftest.environment.as_ref().map(|known| format!("Machine: {}", machine(known)));
    join([
        format!("### perfgate selftest: {}", headline(selftest.verdict)),
        text(&selftest::heading(selftest).split_off(1).join(", ")),
        rows,
        selftest::calm(left_out),
        verdict,
        failures,
        more,
        next.unwrap_or_default(),
        environment.unwrap_or_default(),
    ])
}

fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "the gate keeps its word here",
        Verdict::FalseAlarms => "the gate raises false alarms here",
        Verdict::Misses => "the gate overlooks slowdowns here",
        Verdict::Failed => "a benchmark could not be measured",
    }
}

fn line(row: &Row) -> String {
    let name = if row.benchmark.is_empty() { String::new() } else { code(&row.benchmark) };
    let word = if row.is_bad() { format!("**{}**", row.word) } else { row.word.clone() };
    let numbers = row.numbers.iter().map(|number| text(number));
    table_row([name, row.code.clone()].into_iter().chain(numbers).chain([word]))
}
