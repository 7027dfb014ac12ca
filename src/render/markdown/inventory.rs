//! What a store holds, as Markdown.

use super::escape::{code, text};
use super::{join, table, table_row};
use crate::inventory::Inventory;
use crate::render::inventory;

/// Headings and alignments.
const COLUMNS: [(&str, &str); 7] = [
    ("commit", ":--"),
    ("subject", ":--"),
    ("recorded", "--:"),
    ("benchmarks", "--:"),
    ("sessions", "--:"),
    ("cpu", ":--"),
    ("machine", ":--"),
];

/// The whole text, in at most about this many bytes.
pub fn render(all: &Inventory, most: usize) -> String {
    let lines = all.entries.iter().map(|entry| {
        let [commit, subject, recorded, benchmarks, sessions, cpu, machine] = inventory::row(entry);
        table_row([code(&commit), text(&subject), recorded, benchmarks, sessions, text(&cpu), code(&machine)])
    });
    let mut heading = inventory::heading(all);
    let about = text(&heading.split_off(1).join(", "));
    let rows = if all.entries.is_empty() { String::new() } else { table(&COLUMNS, most, lines) };
    join(["### perfgate baselines".to_owned(), about, rows])
}
