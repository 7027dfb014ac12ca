//! A text for a terminal, put together from the top: no line of it is wider than the terminal.

use super::table::{self, Column, Line};
use super::{Look, plain};

/// The text so far.
pub struct Page {
    lines: Vec<String>,
    width: Option<usize>,
    color: bool,
}

impl Page {
    /// An empty page.
    pub fn new(look: &Look) -> Self {
        let width = look.width.map(usize::from).filter(|width| *width > 0);
        Self { lines: Vec::new(), width, color: look.color }
    }

    /// An empty line.
    pub fn gap(&mut self) {
        self.lines.push(String::new());
    }

    /// Parts beside each other; below each other where there is no room.
    pub fn heading(&mut self, parts: &[String]) {
        let mut line = String::new();
        for part in parts {
            let longer = if line.is_empty() { part.clone() } else { format!("{line}   {part}") };
            if self.width.is_none_or(|most| plain::width(&longer) <= most) {
                line = longer;
            } else {
                self.heading_line(&line);
                line = format!("  {part}");
            }
        }
        self.heading_line(&line);
    }

    fn heading_line(&mut self, line: &str) {
        let indent = if line.starts_with(' ') { "  " } else { "" };
        if !line.is_empty() {
            self.paragraph(line.trim_start(), indent, "    ");
        }
    }

    /// A table.
    pub fn table(&mut self, columns: &[Column], lines: &[Line]) {
        self.lines.extend(table::draw(columns, lines, self.width, self.color));
    }

    /// Words, broken into lines.
    pub fn paragraph(&mut self, text: &str, first: &str, rest: &str) {
        self.lines.extend(plain::wrap(&plain::glue_numbers(text), self.width, first, rest));
    }

    /// Words of which the first sentence is in colour.
    pub fn colored(&mut self, text: &str, color: &str) {
        let from = self.lines.len();
        self.paragraph(text, "", "");
        if !self.color {
            return;
        }
        if let Some(line) = self.lines.get_mut(from) {
            let end = line.find(". ").map_or(line.len(), |dot| dot + 1);
            let (sentence, more) = line.split_at(end);
            *line = format!("\u{1b}[{color}m{sentence}\u{1b}[0m{more}");
        }
    }

    /// What a process said, line by line.
    pub fn quote(&mut self, text: &str, indent: &str) {
        for line in plain::quotation(text) {
            let words = line.trim_start_matches(' ');
            let indent = format!("{indent}{}", " ".repeat(line.len() - words.len()));
            self.paragraph(words, &indent, &indent);
        }
    }

    /// The whole text.
    pub fn text(self) -> String {
        self.lines.join("\n") + "\n"
    }
}
