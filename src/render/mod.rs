//! From what is known to what people read: tables for a terminal, Markdown for a pull request, and errors that point into the
//! configuration.
//!
//! Pure: text out, nothing printed. Here: widths, colours, escaping. Not here: what is decided (`gate`) or measured (`result`), the
//! words for it (`words`), what a report says (`report`), where the text goes (`app`).

pub mod diagnostic;
pub mod html;
pub mod markdown;
pub mod svg;

mod ab;
mod annotations;
mod capacity;
mod comparison;
mod history;
mod inventory;
mod outlook;
mod page;
mod profile;
mod run;
mod selftest;
mod table;
#[cfg(test)]
pub(crate) mod tests;

use crate::ab::AbTest;
use crate::capacity::Capacity;
use crate::gate::Comparison;
use crate::history::History;
use crate::inventory::Inventory;
use crate::outlook::Outlook;
use crate::profile::Profile;
use crate::result::RunOutcome;
use crate::selftest::Selftest;
use crate::words::{advice, cells, measured, objectives, origin, plain, reasons, stages, summary, units, warnings};

/// Widest that a name or a sentence from outside is shown in a message.
const LINE_WIDTH: usize = 200;

/// How a text for a terminal is to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Whether escape sequences set colours.
    pub color: bool,
    /// Columns of the terminal; `None`: any number, as in a pipe or a file.
    pub width: Option<u16>,
    /// Whether everything is listed, what does not matter too.
    pub verbose: bool,
}

/// Text from outside as one harmless line of bounded length, for a message.
pub fn one_line(text: &str) -> String {
    plain::shorten(&plain::line(text), LINE_WIDTH)
}

/// What was measured, as a text for a terminal.
pub fn run(outcome: &RunOutcome, look: &Look) -> String {
    run::render(outcome, look)
}

/// What was found out about the gate, as a text for a terminal.
pub fn selftest(selftest: &Selftest, look: &Look) -> String {
    selftest::render(selftest, look)
}

/// How much load a system carries, as a text for a terminal.
pub fn capacity(capacity: &Capacity, look: &Look) -> String {
    capacity::render(capacity, look)
}

/// What an A/B test found, as a text for a terminal.
pub fn ab(test: &AbTest, look: &Look) -> String {
    ab::render(test, look)
}

/// Where a benchmark's time goes, as a text for a terminal.
pub fn profile(profile: &Profile, look: &Look) -> String {
    profile::render(profile, look)
}

/// What a check would take and see, as a text for a terminal.
pub fn plan(outlook: &Outlook, look: &Look) -> String {
    outlook::render(outlook, look)
}

/// What a store holds, as a text for a terminal.
pub fn baselines(inventory: &Inventory, look: &Look) -> String {
    inventory::render(inventory, look)
}

/// Metrics over commits, as a text for a terminal.
pub fn history(history: &History, look: &Look) -> String {
    history::render(history, look)
}

/// What was compared, as a text for a terminal.
pub fn comparison(comparison: &Comparison, look: &Look) -> String {
    comparison::render(comparison, look)
}

/// The worst rows of what was compared as workflow commands of GitHub Actions; empty where all is well.
pub fn annotations(comparison: &Comparison) -> String {
    annotations::render(comparison)
}
