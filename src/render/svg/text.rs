//! Words and numbers of a plot.

use crate::plot::{Said, Sentence};
use crate::render::{plain, units};

use super::NAME_WIDTH;

/// A name from outside as one harmless line of this width.
pub fn name(name: &str, most: usize) -> String {
    plain::shorten(&plain::line(name), most)
}

/// A sentence with its numbers.
pub fn sentence(sentence: &Sentence) -> String {
    sentence.pieces().iter().map(piece).collect()
}

fn piece(said: &Said) -> String {
    match said {
        Said::Words(words) => words.clone(),
        Said::Name(from_outside) => name(from_outside, NAME_WIDTH),
        Said::Value(unit, value) => units::values(unit, &[*value], false).texts().collect(),
        Said::Range(unit, ends) => {
            let mut shown: Vec<String> = units::values(unit, ends, false).texts().collect();
            shown.dedup();
            shown.join(" to ")
        }
        Said::Between(unit, ends) => {
            let units::Shown { mut numbers, unit } = units::values(unit, ends, false);
            numbers.dedup();
            let between = numbers.join("–");
            if unit.is_empty() { between } else { format!("{between} {unit}") }
        }
        Said::Change(change) => units::change(*change),
        Said::Number(number) => units::whole(*number as u64),
        Said::Count(number, one, many) => units::count(*number, one, many),
    }
}

/// A name from outside as one harmless line that fits into this width, in pixels.
pub fn fitting(words: &str, width_of_line: f64, size: f64) -> String {
    let line = plain::line(words);
    let mut columns = (width_of_line / size * 2.5) as usize;
    loop {
        let shorter = plain::shorten(&line, columns);
        if columns == 0 || width(&shorter, size) <= width_of_line {
            return shorter;
        }
        columns -= 1;
    }
}

/// How wide a text is, as a rule, in pixels: as one of the wider fonts (DejaVu Sans) has it, so that others fit as well.
pub fn width(text: &str, size: f64) -> f64 {
    text.chars().map(letter).sum::<f64>() * size
}

/// The width of a letter as a share of the size of the font.
fn letter(c: char) -> f64 {
    match c {
        ' ' | 'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' => 0.34,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '-' | '/' => 0.42,
        'm' | 'w' | 'M' | 'W' | '@' | '%' | '…' => 1.0,
        '+' | '−' | '<' | '>' | '=' | '&' | '#' | '~' | '^' | 'A'..='Z' => 0.84,
        c => 0.645 * plain::width(c.encode_utf8(&mut [0; 4])) as f64,
    }
}
