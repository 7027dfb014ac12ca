//! Blocks of a report as elements.

use super::escape::{breakable, id, quotation, text};
use crate::render::svg;
use crate::report::{Block, Cell, Column, Piece, Table, Text, Tone};

/// Tables with more rows than this scroll in a box of their own, below their headings.
const LONG: usize = 40;

/// All blocks, the plots among them that follow each other beside each other. `plots` counts those of the page.
pub fn write(blocks: &[Block], plots: &mut usize, page: &mut String) {
    let mut rest = blocks;
    while let Some((first, more)) = rest.split_first() {
        if matches!(first, Block::Plot(_)) {
            let end = rest.iter().position(|block| !matches!(block, Block::Plot(_))).unwrap_or(rest.len());
            let (drawn, after) = rest.split_at(end);
            page.push_str("<div class=\"plots\">\n");
            drawn.iter().for_each(|block| one(block, plots, page));
            page.push_str("</div>\n");
            rest = after;
        } else {
            one(first, plots, page);
            rest = more;
        }
    }
}

fn one(block: &Block, plots: &mut usize, page: &mut String) {
    match block {
        Block::Verdict { word, tone, text: said } => page.push_str(&format!(
            "<p class=\"verdict{}\"><strong>{}</strong> {}</p>\n",
            class(*tone),
            text(word),
            inline(said)
        )),
        Block::Paragraph(said) => page.push_str(&format!("<p>{}</p>\n", inline(said))),
        Block::List(items) => {
            page.push_str("<ul>\n");
            items.iter().for_each(|item| page.push_str(&format!("<li>{}</li>\n", inline(item))));
            page.push_str("</ul>\n");
        }
        Block::Table(shown) => table(shown, page),
        Block::Plot(plot) => {
            *plots += 1;
            page.push_str(&format!("<figure>{}</figure>\n", svg::draw(plot, &format!("plot-{plots}"))));
        }
        Block::Fold { summary, blocks } => {
            page.push_str(&format!("<details>\n<summary>{}</summary>\n", inline(summary)));
            write(blocks, plots, page);
            page.push_str("</details>\n");
        }
        Block::Code(said) => page.push_str(&format!("<pre tabindex=\"0\"><code>{}</code></pre>\n", quotation(said))),
    }
}

/// Words in a row.
pub fn inline(said: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Plain(words) => text(words),
        Piece::Strong(words) => format!("<strong>{}</strong>", text(words)),
        Piece::Code(of) => format!("<code>{}</code>", breakable(of)),
        Piece::Link { to, name: of } => format!("<a href=\"#{}\">{}</a>", id(to), breakable(of)),
        Piece::See { to, words } => format!("<a href=\"#{}\">{}</a>", id(to), text(words)),
    };
    said.pieces().iter().map(piece).collect()
}

/// What a tone is called in the styles, with a blank before it.
fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => " bad",
        Tone::Doubtful => " open",
        Tone::Good => " good",
        Tone::Calm => "",
    }
}

/// A table in a box that scrolls by itself, so that the page never does. Who has no mouse reaches the box with the keyboard.
fn table(table: &Table, page: &mut String) {
    let caption = text(&table.caption);
    let long = if table.rows.len() > LONG { " long" } else { "" };
    page.push_str(&format!(
        "<div class=\"scroll{long}\" role=\"group\" aria-label=\"{caption}\" tabindex=\"0\">\n<table>\n\
         <caption>{caption}</caption>\n<thead><tr>"
    ));
    for Column { heading, numeric } in &table.columns {
        let class = if *numeric { " class=\"n\"" } else { "" };
        page.push_str(&format!("<th scope=\"col\"{class}>{}</th>", text(heading)));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        page.push_str("<tr>");
        for (place, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            page.push_str(&table_cell(cell, column.numeric, place == 0));
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody>\n</table>\n</div>\n");
}

fn table_cell(Cell { text, tone }: &Cell, numeric: bool, is_first: bool) -> String {
    let classes = format!("{}{}", if numeric { " n" } else { "" }, class(*tone));
    let classes = match classes.trim() {
        "" => String::new(),
        some => format!(" class=\"{some}\""),
    };
    let words = inline(text);
    if is_first { format!("<th scope=\"row\"{classes}>{words}</th>") } else { format!("<td{classes}>{words}</td>") }
}
