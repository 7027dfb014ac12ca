//! From text to a tree that knows where everything stands, and what is wrong with the TOML itself.
//!
//! Here: the parser's errors in the words of a problem. Not here: what the keys mean.

use toml::Spanned;
use toml::de::{DeTable, Error};

use super::problem::{Problem, quoted};

/// A text, read as far as it can be.
pub struct Tree<'t> {
    /// Everything that could be read.
    pub root: Spanned<DeTable<'t>>,
    /// What is wrong with the syntax: at most one problem a line, as the rest of a broken line means nothing.
    pub problems: Vec<Problem>,
    /// Whether the tree is what the author meant but for single values, so that its keys are worth a look.
    pub readable: bool,
}

/// Faults that stay within one value or one key; after any other, what follows may be read as something else.
const LOCAL: [&str; 3] = [DUPLICATE, UNQUOTED, BOOLEAN];
const DUPLICATE: &str = "duplicate key";
const UNQUOTED: &str = "string values must be quoted";
const BOOLEAN: &str = "invalid boolean";
/// Faults that swallow the lines after them.
const SWALLOWING: [&str; 2] = ["unclosed array,", "unclosed inline table"];

/// What the file has, for examples in hints.
pub struct Words {
    /// A section that may occur several times.
    pub repeated: &'static str,
    /// Any section.
    pub section: &'static str,
    /// What a repeated section is.
    pub thing: &'static str,
}

/// Reads a text.
pub fn read<'t>(text: &'t str, words: &Words) -> Tree<'t> {
    let (root, mut errors) = DeTable::parse_recoverable(text);
    let is = |error: &Error, kinds: &[&str]| kinds.iter().any(|kind| error.message().starts_with(kind));
    let readable = errors.iter().all(|error| is(error, &LOCAL));
    errors.sort_by_key(start);
    if errors.iter().any(|error| is(error, &SWALLOWING)) {
        errors.truncate(1);
    }
    errors.dedup_by_key(|error| line(text, start(error)));
    let problems = errors.iter().map(|error| problem(text, error, words)).collect();
    Tree { root, problems, readable }
}

fn start(error: &Error) -> usize {
    error.span().map_or(0, |span| span.start)
}

fn line(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|byte| *byte == b'\n').count()
}

fn problem(text: &str, error: &Error, words: &Words) -> Problem {
    let span = error.span().unwrap_or(0..0);
    let found = text.get(span.clone()).unwrap_or_default().trim();
    // The parser says what happened, then what it expected: the first is the message, the second the label.
    let (happened, expected) = error.message().split_once(", expected ").unwrap_or((error.message(), ""));
    let label = if expected.is_empty() { "here".to_owned() } else { format!("expected {expected}") };
    let told = |message: String, label: &str, help: String| Problem::new(message, span.clone(), label, help);
    if happened == DUPLICATE {
        let help = format!(
            "a key may be set once in each section; another {} begins with its own {} line",
            words.thing, words.repeated
        );
        return told(format!("{} is set twice", quoted(found)), "set again here", help);
    }
    if happened == UNQUOTED && !found.contains(['"', '\'', '\n']) && found.len() < 80 {
        return told("a string must be in quotes".to_owned(), "no quotes", format!("write \"{found}\""));
    }
    if happened == BOOLEAN {
        let help = "write true or false, in small letters".to_owned();
        return told(format!("{} is neither true nor false", quoted(found)), "not a boolean", help);
    }
    if found == ":" {
        return told("a key and its value are joined by `=`".to_owned(), "not `:`", "write `key = value`".to_owned());
    }
    let (message, help) = OTHERS
        .iter()
        .find(|(words, ..)| happened.starts_with(words))
        .map_or((happened, "the file is TOML: `key = value` lines below [section] lines"), |(_, message, help)| {
            (*message, *help)
        });
    told(message.to_owned(), &label, help.replace(REPEATED, words.repeated).replace(SECTION, words.section))
}

/// Stand for a section that is to be imitated.
const REPEATED: &str = "[[…]]";
const SECTION: &str = "[…]";

/// What the parser says of frequent faults, what we say, and what to do.
const OTHERS: [(&str, &str, &str); 6] = [
    ("invalid basic string", "a string is not closed", "end it with `\"` on the same line"),
    ("invalid literal string", "a string is not closed", "end it with `'` on the same line"),
    ("missing comma between array", "a list lacks a comma or its end", "write lists as [\"a\", \"b\"]"),
    ("unclosed array table", "a section's line is not closed", "write it as `[[…]]`"),
    ("unclosed array", "a list is not closed", "write lists as [\"a\", \"b\"]"),
    ("unclosed table", "a section's line is not closed", "write it as `[…]`"),
];
