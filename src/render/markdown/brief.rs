//! A report in brief, for a pull request or a job's summary: as much of it as there is room for.
//!
//! Here: what gives way. Not here: how words and tables stand (`report`), what is said (`crate::report`).

use super::report::{block, headings, inline, row};
use super::{escape, fill, join, table};
use crate::render::units;
use crate::report::{Block, Brief, Table, Text};

/// A page in about this many bytes: a heading, what it is about, and the blocks.
pub fn page(brief: &Brief, most: usize) -> String {
    let mut parts = vec![format!("### {}", escape::text(&brief.title)), inline(&brief.subject)];
    let mut room = most.saturating_sub(parts.iter().map(String::len).sum());
    let mut left_out = 0;
    for one in &brief.blocks {
        // What is long leaves room for what follows.
        let part = match one {
            Block::List(items) => list(items, room / 2),
            Block::Table(rows) => rows_and_columns(rows, room / 2),
            other => block(other),
        };
        if part.len() > room {
            left_out += 1;
        } else {
            room -= part.len();
            parts.push(part);
        }
    }
    if left_out > 0 {
        parts.push(format!("{} left out here.", units::count(left_out, "more part is", "more parts are")));
    }
    join(parts)
}

fn list(items: &[Text], room: usize) -> String {
    let (lines, left_out) = fill(room, items.iter().map(|item| format!("- {}\n", inline(item))));
    match left_out {
        0 => lines,
        _ => format!("{lines}- {} left out here.\n", units::count(left_out, "more is", "more are")),
    }
}

fn rows_and_columns(rows: &Table, room: usize) -> String {
    let headings = headings(rows);
    let columns: Vec<(&str, &str)> = headings.iter().map(|(heading, rule)| (heading.as_str(), *rule)).collect();
    table(&columns, room, rows.rows.iter().map(|cells| row(rows, cells)))
}
