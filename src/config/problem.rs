//! What is wrong with a configuration, as data: the message, the place, what to do.
//!
//! Here: problems and their collection, so that one reading finds them all. Not here: what counts as wrong (the readers
//! of this module), how a problem looks (`render::diagnostic`).

use std::cell::RefCell;
use std::fmt;
use std::ops::Range;

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong or what was expected, in one line.
    pub message: String,
    /// Where, and what was found there.
    pub place: Place,
    /// A second place that explains the first, such as the first use of a name.
    pub related: Option<Place>,
    /// What to do about it.
    pub help: String,
}

/// A part of the configuration's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Bytes of the text; may be empty.
    pub span: Range<usize>,
    /// What there is to say about them.
    pub label: String,
}

impl Problem {
    /// A problem with one place.
    pub fn new(
        message: impl Into<String>,
        span: Range<usize>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        let place = Place { span, label: label.into() };
        Self { message: message.into(), place, related: None, help: help.into() }
    }

    /// With a second place.
    #[must_use]
    pub fn related(mut self, span: Range<usize>, label: impl Into<String>) -> Self {
        self.related = Some(Place { span, label: label.into() });
        self
    }
}

/// Proof that a problem was reported: whoever has no value to give has one of these, so no value is lost silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// The problems found so far. Shared by all readers of a file, so that none has to stop at the first.
#[derive(Debug, Default)]
pub struct Problems(RefCell<Vec<Problem>>);

impl Problems {
    /// Adds a problem.
    pub fn report(&self, problem: Problem) -> Reported {
        self.0.borrow_mut().push(problem);
        Reported(())
    }

    /// All of them, as they were found.
    pub fn into_all(self) -> Vec<Problem> {
        self.0.into_inner()
    }
}

/// Why a text of the user's is not a value that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong with it.
    pub found: String,
    /// What to write instead.
    pub help: String,
}

impl fmt::Display for Invalid {
    /// In one line, for a flag of the command line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.found, self.help)
    }
}

/// A text of the user's between backticks: on one line, and cut if it is long enough to bury the message around it.
pub fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut shown = String::new();
    for c in text.chars().take(LONGEST) {
        if c.is_control() { shown.extend(c.escape_default()) } else { shown.push(c) }
    }
    let rest = if text.chars().nth(LONGEST).is_some() { "…" } else { "" };
    format!("`{shown}{rest}`")
}
