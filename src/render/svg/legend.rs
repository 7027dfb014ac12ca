//! What the looks stand for.

use crate::plot::{Form, Key};

use super::marks::{class, marked};
use super::measures::{FONT, LANE, LINE, WIDTH};
use super::text;
use super::write::{Anchor, path, px, rectangle, words};

/// The width of a sign.
const SIGN: f64 = 24.0;

/// What is free between two entries, and at the edges.
const GAP: f64 = 6.0;

/// A sign with its words, and where it stands.
pub struct Entry {
    key: Key,
    label: String,
    /// Left end, and the middle of the line.
    at: [f64; 2],
}

/// Lines of entries from `top` on; and where they end.
pub fn layout(keys: &[Key], top: f64) -> (Vec<Entry>, f64) {
    let mut entries = Vec::new();
    let (mut x, mut y) = (GAP, top + LANE / 2.0);
    for key in keys {
        let label = text::fitting(&key.label, LINE - SIGN - GAP, FONT);
        let width = SIGN + GAP + text::width(&label, FONT) + 2.0 * GAP;
        if x > GAP && x + width > WIDTH {
            (x, y) = (GAP, y + LANE);
        }
        entries.push(Entry { key: key.clone(), label, at: [x, y] });
        x += width;
    }
    let end = if entries.is_empty() { top } else { y + LANE / 2.0 };
    (entries, end)
}

/// The entries.
pub fn draw(entries: &[Entry], id: &str) -> String {
    entries.iter().map(|entry| sign(entry, id) + &label(entry)).collect()
}

fn label(entry: &Entry) -> String {
    let [x, y] = entry.at;
    words("pg-key", Anchor::Start, [x + SIGN + GAP, y + FONT * 0.35], &entry.label)
}

fn sign(entry: &Entry, id: &str) -> String {
    let [x, y] = entry.at;
    let role = entry.key.role;
    let line = || path(&format!("pg-line {}", class(role)), &format!("M{} {}H{}", px(x), px(y), px(x + SIGN)));
    let mark = || marked(id, role, &[[x + SIGN / 2.0, y]]);
    let surface = |form: &str| rectangle(&format!("{form} {}", class(role)), [x, y - 5.0], [x + SIGN, y + 5.0]);
    match entry.key.form {
        Form::Line => line(),
        Form::Mark => mark(),
        Form::Whisker => line() + &mark(),
        Form::Surface => surface("pg-area"),
        Form::Band => surface("pg-band"),
        Form::Region => surface("pg-region"),
    }
}
