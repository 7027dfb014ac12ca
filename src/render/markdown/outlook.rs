//! What a check would take and see, as Markdown.

use super::escape::{code, text};
use super::{join, table, table_row};
use crate::outlook::Outlook;
use crate::render::outlook;

/// Headings and alignments.
const COLUMNS: [(&str, &str); 8] = [
    ("benchmark", ":--"),
    ("metric", ":--"),
    ("rounds", "--:"),
    ("samples", "--:"),
    ("time", "--:"),
    ("sees", "--:"),
    ("with all the time", "--:"),
    ("threshold", ":--"),
];

/// The whole text, in at most about this many bytes.
pub fn render(plan: &Outlook, most: usize) -> String {
    let rows = outlook::rows(plan);
    let lines = rows.iter().map(|row| {
        let names = row.iter().take(2).map(|name| if name.is_empty() { String::new() } else { code(name) });
        table_row(names.chain(row.iter().skip(2).map(|cell| text(cell))))
    });
    let mut heading = outlook::heading(plan);
    let about = text(&heading.split_off(1).join(", "));
    let sentences: Vec<String> = outlook::sentences(plan).iter().map(|sentence| text(sentence)).collect();
    join(["### perfgate plan".to_owned(), about, table(&COLUMNS, most, lines), sentences.join("\n\n")])
}
