//! A report as Markdown: the same sections, tables for GitHub, and of each plot what there is to see in it.

use super::escape::{self, code, text};
use super::{heading, join, table_row};
use crate::render::{plain, svg};
use crate::report::{Block, Cell, Column, Piece, Report, Section, Table, Text, Tone};

/// Lines of what a process said.
const MOST_QUOTED: usize = 40;

/// Widest that words are shown.
const TEXT_WIDTH: usize = 2_000;

/// Headings end here.
const DEEPEST: usize = 6;

/// The whole text.
pub fn render(report: &Report) -> String {
    let head = [format!("# {}", text(&report.title)), inline(&report.subject)];
    join(head.into_iter().chain(report.sections.iter().flat_map(|part| section(part, 2))))
}

fn section(of: &Section, level: usize) -> Vec<String> {
    let heading = format!("{} {}", "#".repeat(level.min(DEEPEST)), text(&plain::shorten(&of.heading, 200)));
    let parts = of.sections.iter().flat_map(|part| section(part, level + 1));
    std::iter::once(heading).chain(of.blocks.iter().map(block)).chain(parts).collect()
}

/// One block, whole.
pub fn block(block: &Block) -> String {
    match block {
        Block::Verdict { word, text: said, .. } => format!("**{}**: {}", text(word), inline(said)),
        Block::Paragraph(said) => inline(said),
        Block::List(items) => items.iter().map(|item| format!("- {}\n", inline(item))).collect(),
        Block::Table(shown) => table(shown),
        Block::Plot(plot) => {
            let seen = text(&plain::shorten(&svg::description(plot), TEXT_WIDTH));
            format!("Plot, {}: {seen}", text(&plain::shorten(&plot.title, 200)))
        }
        Block::Fold { summary, blocks } => {
            let inside = join(blocks.iter().map(self::block));
            format!("<details><summary>{}</summary>\n\n{}\n</details>", inline_html(summary), inside)
        }
        Block::Code(said) => escape::block(said, MOST_QUOTED),
    }
}

/// Words in a row. Names lead nowhere: the ids of headings are the reader's program's affair.
pub fn inline(said: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(words) | Piece::See { words, .. } => spaced(words),
        Piece::Strong(words) if words.trim().is_empty() => String::new(),
        Piece::Strong(words) => format!("**{}**", text(&plain::shorten(words, TEXT_WIDTH)).replace('~', "\\~")),
        Piece::Code(name) | Piece::Link { name, .. } => code(name),
    };
    said.pieces().iter().map(piece).collect()
}

/// Words between other pieces: their blanks at both ends count.
fn spaced(words: &str) -> String {
    // An interval is no link, and better read as it is.
    if words.chars().all(|c| c.is_ascii_digit() || " [],.+−×k~".contains(c)) {
        return words.replace('~', "\\~");
    }
    text(&plain::shorten(words, TEXT_WIDTH)).replace('~', "\\~")
}

/// The same between tags, where GitHub reads no Markdown.
fn inline_html(said: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Code(name) | Piece::Link { name, .. } => match code(name) {
            html if html.starts_with('<') => html,
            plain => format!("<code>{}</code>", plain.trim_matches('`')),
        },
        Piece::Plain(words) | Piece::Strong(words) | Piece::See { words, .. } => spaced(words),
    };
    said.pieces().iter().map(piece).collect()
}

fn table(table: &Table) -> String {
    let (headings, rows) = (headings(table), table.rows.iter().map(|cells| row(table, cells)));
    let columns: Vec<(&str, &str)> = headings.iter().map(|(heading, rule)| (heading.as_str(), *rule)).collect();
    format!("{}:\n\n{}{}", text(&table.caption), heading(&columns), rows.collect::<String>())
}

/// The headings of a table, with how what stands below them is aligned.
pub fn headings(table: &Table) -> Vec<(String, &'static str)> {
    let rule = |column: &Column| if column.numeric { "--:" } else { ":--" };
    table.columns.iter().map(|column| (text(&column.heading), rule(column))).collect()
}

/// A row of a table.
pub fn row(table: &Table, cells: &[Cell]) -> String {
    table_row(cells.iter().zip(&table.columns).map(|(cell, column)| {
        let words = toned(cell);
        if column.numeric { plain::glue(&words) } else { words }
    }))
}

/// What must be looked at stands out.
fn toned(cell: &Cell) -> String {
    let words = inline(&cell.text);
    let is_plain = cell.text.pieces().iter().all(|piece| matches!(piece, Piece::Plain(_)));
    if cell.tone == Tone::Bad && is_plain && !words.is_empty() { format!("**{words}**") } else { words }
}
