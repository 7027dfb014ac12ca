//! The table of a comparison: the worst rows in sight, the others folded, and as many as there is room for.

use super::escape::{code, text};
use super::{heading, table_row};
use crate::gate::Row;
use crate::render::cells::{Cells, Tone};
use crate::render::{plain, units};

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

/// More rows than this are more than anybody reads at once.
const MOST_IN_SIGHT: usize = 20;

/// How many of more rows stay in sight.
const IN_SIGHT: usize = 12;

/// What headings, the fold and the count of what was left out take at most.
const FRAME: usize = 500;

/// These rows, in at most so many bytes; empty if there are none, or no room. A column in which no row has anything is left out.
pub fn render(listed: &[&Row], room: usize) -> String {
    let Some(room) = room.checked_sub(FRAME).filter(|_| !listed.is_empty()) else { return String::new() };
    let cells: Vec<[String; 7]> = listed.iter().map(|row| texts(row)).collect();
    let used: Vec<usize> =
        (0..COLUMNS.len()).filter(|&column| cells.iter().any(|row| !is_empty(row, column))).collect();
    let columns: Vec<(&str, &str)> = used.iter().filter_map(|&column| COLUMNS.get(column).copied()).collect();
    let lines = cells.iter().map(|row| table_row(used.iter().filter_map(|&column| row.get(column))));
    let (shown, left_out) = fill_lines(room, lines);
    let in_sight = if listed.len() > MOST_IN_SIGHT { IN_SIGHT } else { listed.len() };
    let (first, others) = shown.split_at(in_sight.min(shown.len()));
    let mut table = heading(&columns) + &first.concat();
    if !others.is_empty() {
        let number = units::count(others.len(), "more row", "more rows");
        let folded = listed.iter().skip(first.len()).take(others.len());
        table.push_str(&format!(
            "\n<details><summary>{number}: {}</summary>\n\n{}{}\n</details>\n",
            tally(folded),
            heading(&columns),
            others.concat(),
        ));
    }
    if left_out > 0 {
        table.push_str(&format!("\n{} left out here.", units::count(left_out, "more row is", "more rows are")));
    }
    table
}

fn is_empty(row: &[String; 7], column: usize) -> bool {
    row.get(column).is_none_or(String::is_empty)
}

/// The first lines that fit, and how many do not.
fn fill_lines(room: usize, lines: impl ExactSizeIterator<Item = String>) -> (Vec<String>, usize) {
    let all = lines.len();
    let mut left = room;
    let fits = |line: &String| match left.checked_sub(line.len()) {
        Some(rest) => {
            left = rest;
            true
        }
        None => false,
    };
    let shown: Vec<String> = lines.take_while(fits).collect();
    let left_out = all - shown.len();
    (shown, left_out)
}

/// `170 regression, 8 improvement`, in the order of the rows.
fn tally<'a>(rows: impl Iterator<Item = &'a &'a Row>) -> String {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        let verdict = Cells::of(row).verdict;
        match all.iter_mut().find(|(known, _)| *known == verdict) {
            Some((_, number)) => *number += 1,
            None => all.push((verdict, 1)),
        }
    }
    let words = all.into_iter().map(|(verdict, number)| format!("{} {verdict}", units::whole(number as u64)));
    words.collect::<Vec<_>>().join(", ")
}

/// The texts of a row, as Markdown.
fn texts(row: &Row) -> [String; 7] {
    let cells = Cells::of(row);
    let strong = |words: String| {
        if cells.tone == Tone::Bad && !words.is_empty() { format!("**{words}**") } else { words }
    };
    let metric = if cells.metric.is_empty() { String::new() } else { code(cells.metric) };
    let change = [strong(number(&cells.change)), number(&cells.interval)];
    [
        strong(code(cells.benchmark)),
        metric,
        plain::glue(&text(&cells.baseline)),
        plain::glue(&text(&cells.candidate)),
        // In one line: a phone shows only the left half of the table, and its rows are not to be twice as high for the right one.
        plain::glue(change.join(" ").trim_end()),
        cells.p,
        strong(cells.verdict.to_owned()),
    ]
}

/// A change or an interval: never broken into two lines, and without tildes, which strike out what is between two of them.
pub fn number(words: &str) -> String {
    plain::glue(words).replace('~', "\\~")
}
