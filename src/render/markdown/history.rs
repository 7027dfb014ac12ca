//! Metrics over commits, as Markdown.

use super::escape::{code, text};
use super::{join, sentence, table, table_row};
use crate::history::{History, Series};
use crate::render::history;

/// Headings and alignments.
const COLUMNS: [(&str, &str); 8] = [
    ("benchmark", ":--"),
    ("metric", ":--"),
    ("machine", ":--"),
    ("commits", "--:"),
    ("first", "--:"),
    ("last", "--:"),
    ("course", ":--"),
    ("level", ":--"),
];

/// The whole text, in about this many bytes.
pub fn render(history: &History, most: usize) -> String {
    let listed: Vec<&Series> = history.series.iter().filter(|series| history::is_listed(series)).collect();
    let lines = listed.iter().map(|series| {
        let names = [code(&series.benchmark), code(&series.metric)];
        table_row(names.into_iter().chain(history::cells(history, series).iter().map(|cell| text(cell))))
    });
    let mut heading = history::heading(history);
    let about = text(&heading.split_off(1).join(", "));
    let rows = if listed.is_empty() { String::new() } else { table(&COLUMNS, most / 2, lines) };
    let changes = history::changes(history);
    let changes = super::fill(most / 3, changes.iter().map(|change| format!("- {}\n", sentence(change)))).0;
    let notes: Vec<String> = history::sentences(history).iter().map(|note| text(note)).collect();
    join(["### perfgate history".to_owned(), about, rows, changes, notes.join("\n\n")])
}
