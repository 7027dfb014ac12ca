//! Columns that fit: the one place that draws a table for a terminal.
//!
//! Here: alignment, and what gives way when the terminal is narrow: first the columns that can be spared, then the length of
//! names, then the line of a name, then the table itself. Not here: which rows and columns there are.

use comfy_table::{Cell, CellAlignment, ContentArrangement, Table, presets};

use super::plain;

/// Columns between two columns.
const GAP: u16 = 2;

/// Widest that a name is shown where there is room.
const NAME_WIDTH: usize = 64;

/// The same in a terminal: one endless name must not cost every row its interval.
const NAME_WIDTH_IN_A_TERMINAL: usize = 48;

/// Names are not cut below this; before that, the metric moves below the benchmark.
const LEAST_NAME: usize = 10;

/// What happens to a column in want of room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Cut in the middle. The first two columns of a table are names.
    Name,
    /// Never cut, never left out.
    Number,
    /// Left out; the smallest number first.
    Spare(u8),
    /// Never cut, never left out, and in colour.
    Word,
}

/// One column: a heading and a kind.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// The heading.
    pub heading: &'static str,
    /// What gives way.
    pub kind: Kind,
}

/// One row: a text for every column, and the colour of its word.
pub struct Line {
    /// The texts, harmless already.
    pub texts: Vec<String>,
    /// The code of the colour, such as `31`.
    pub color: Option<&'static str>,
}

/// Draws the table, one text per line. Columns without any text are left out. `None` for a width: any.
pub fn draw(columns: &[Column], lines: &[Line], width: Option<usize>, color: bool) -> Vec<String> {
    let mut sheet = Sheet::new(columns, lines, width);
    let Some(most) = width else { return sheet.paint(color) };
    for spare in 0..=u8::MAX {
        if sheet.width() <= most || !sheet.has_spare() {
            break;
        }
        sheet.drop_spare(spare);
    }
    if sheet.width() > most {
        sheet.shorten_names(most);
    }
    if sheet.width() > most && sheet.names() == 2 {
        sheet.stack_names(most);
    }
    if sheet.width() <= most { sheet.paint(color) } else { as_list(columns, lines, most, color) }
}

/// Columns with their texts, heading first.
struct Sheet<'a> {
    columns: Vec<(Column, Vec<String>)>,
    lines: &'a [Line],
}

impl<'a> Sheet<'a> {
    fn new(columns: &[Column], lines: &'a [Line], width: Option<usize>) -> Self {
        let most = if width.is_some() { NAME_WIDTH_IN_A_TERMINAL } else { NAME_WIDTH };
        let with_texts = columns.iter().enumerate().map(|(position, column)| {
            let of_line = |line: &Line| line.texts.get(position).cloned().unwrap_or_default();
            let cut = |text: String| if column.kind == Kind::Name { plain::shorten(&text, most) } else { text };
            (*column, lines.iter().map(|line| cut(of_line(line))).collect::<Vec<_>>())
        });
        let columns = with_texts.filter(|(_, texts)| texts.iter().any(|text| !text.is_empty())).collect();
        Self { columns, lines }
    }

    fn width(&self) -> usize {
        let gaps = usize::from(GAP) * self.columns.len().saturating_sub(1);
        1 + gaps + self.columns.iter().map(|(column, texts)| width_of(column, texts)).sum::<usize>()
    }

    fn has_spare(&self) -> bool {
        self.columns.iter().any(|(column, _)| matches!(column.kind, Kind::Spare(_)))
    }

    fn drop_spare(&mut self, order: u8) {
        self.columns.retain(|(column, _)| column.kind != Kind::Spare(order));
    }

    fn names(&self) -> usize {
        self.columns.iter().filter(|(column, _)| column.kind == Kind::Name).count()
    }

    /// Takes what is too much from the widest name column, then from the other.
    fn shorten_names(&mut self, most: usize) {
        let missing = self.width().saturating_sub(most);
        let mut widths: Vec<usize> = self.name_columns().map(|(column, texts)| width_of(column, texts)).collect();
        for _ in 0..missing {
            match widths.iter_mut().max() {
                Some(widest) if *widest > LEAST_NAME => *widest -= 1,
                _ => return,
            }
        }
        let names = self.columns.iter_mut().filter(|(column, _)| column.kind == Kind::Name);
        for ((_, texts), width) in names.zip(widths) {
            texts.iter_mut().for_each(|text| *text = plain::shorten(text, width));
        }
    }

    fn name_columns(&self) -> impl Iterator<Item = &(Column, Vec<String>)> {
        self.columns.iter().filter(|(column, _)| column.kind == Kind::Name)
    }

    /// Puts the second name below the first, in one column, and cuts both to the room there is.
    fn stack_names(&mut self, most: usize) {
        let mut names = self.columns.extract_if(.., |(column, _)| column.kind == Kind::Name);
        let (Some((column, above)), Some((_, below))) = (names.next(), names.next()) else { return };
        drop(names);
        let stacked = |above: &str, below: &str, width: usize| match (above, below) {
            (_, "") => plain::shorten(above, width),
            ("", _) => format!("  {}", plain::shorten(below, width.saturating_sub(2))),
            _ => format!("{}\n  {}", plain::shorten(above, width), plain::shorten(below, width.saturating_sub(2))),
        };
        let pairs = above.iter().zip(&below);
        let natural = pairs.clone().map(|(above, below)| plain::width(above).max(plain::width(below) + 2)).max();
        self.columns.insert(0, (column, vec![String::new()]));
        let room = most.saturating_sub(self.width()) + plain::width(column.heading);
        let width = natural.unwrap_or(0).min(room).max(LEAST_NAME);
        let texts = pairs.map(|(above, below)| stacked(above, below, width)).collect();
        if let Some(first) = self.columns.first_mut() {
            first.1 = texts;
        }
    }

    fn paint(&self, color: bool) -> Vec<String> {
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.columns.iter().map(|(column, _)| Cell::new(column.heading)));
        for row in 0..self.lines.len() {
            table.add_row(self.columns.iter().map(|(_, texts)| Cell::new(texts.get(row).map_or("", String::as_str))));
        }
        for (position, (column, _)) in self.columns.iter().enumerate() {
            if let Some(drawn) = table.column_mut(position) {
                drawn.set_padding((if position == 0 { 1 } else { GAP }, 0));
                if matches!(column.kind, Kind::Number | Kind::Spare(_)) {
                    drawn.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        self.colored(table.lines().map(|line| line.trim_end().to_owned()).collect(), color)
    }

    /// The heading grey, each row's word in its colour. The word is the last text of the row's first line.
    fn colored(&self, drawn: Vec<String>, color: bool) -> Vec<String> {
        if !color {
            return drawn;
        }
        let mut painted = Vec::with_capacity(drawn.len());
        let mut drawn = drawn.into_iter();
        painted.extend(drawn.next().map(|heading| format!("\u{1b}[2m{heading}\u{1b}[0m")));
        for (row, line) in self.lines.iter().enumerate() {
            let height = self.columns.iter().filter_map(|(_, texts)| texts.get(row)).map(|text| text.lines().count());
            let height = height.max().unwrap_or(1).max(1);
            let word = self.columns.last().and_then(|(_, texts)| texts.get(row)).map_or("", String::as_str);
            painted.extend(drawn.next().map(|first| paint_end(&first, word, line.color)));
            painted.extend(drawn.by_ref().take(height - 1));
        }
        painted
    }
}

fn width_of(column: &Column, texts: &[String]) -> usize {
    let lines = texts.iter().flat_map(|text| text.lines());
    lines.map(plain::width).max().unwrap_or(0).max(plain::width(column.heading))
}

/// The line with the word at its end in colour.
fn paint_end(line: &str, word: &str, color: Option<&str>) -> String {
    match (line.strip_suffix(word), color) {
        (Some(rest), Some(color)) if !word.is_empty() => format!("{rest}\u{1b}[{color}m{word}\u{1b}[0m"),
        _ => line.to_owned(),
    }
}

/// Too narrow for columns: each row as a short paragraph.
fn as_list(columns: &[Column], lines: &[Line], most: usize, color: bool) -> Vec<String> {
    let mut drawn = Vec::new();
    for line in lines {
        let kinds = || columns.iter().zip(&line.texts).filter(|(_, text)| !text.is_empty());
        let names = kinds().filter(|(column, _)| column.kind == Kind::Name).map(|(_, text)| text.as_str());
        let word = kinds().find(|(column, _)| column.kind == Kind::Word).map_or("", |(_, text)| text.as_str());
        let name = plain::shorten(&names.collect::<Vec<_>>().join(" "), NAME_WIDTH_IN_A_TERMINAL);
        let first = plain::wrap(format!("{name} {word}").trim_end(), Some(most), " ", "   ");
        let last = first.len().saturating_sub(1);
        let paint = |(position, text): (usize, String)| {
            if color && position == last { paint_end(&text, word, line.color) } else { text }
        };
        drawn.extend(first.into_iter().enumerate().map(paint));
        let numbers = kinds().filter(|(column, _)| matches!(column.kind, Kind::Number | Kind::Spare(_)));
        let numbers: Vec<String> =
            numbers.map(|(column, text)| plain::glue(&format!("{} {text}", column.heading))).collect();
        if !numbers.is_empty() {
            drawn.extend(plain::wrap(&numbers.join(", "), Some(most), "   ", "   "));
        }
    }
    drawn
}
