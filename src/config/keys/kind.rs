//! Kinds of values, and how a person is told what is expected.

use super::{LONGEST_NAME, LONGEST_REASON, MOST_QUERIES};
use crate::numerals::grouped_for_toml as grouped;

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A benchmark's name.
    Name,
    /// A file's path.
    Path,
    /// The address of an HTTP service.
    Url,
    /// A program and its arguments.
    Command,
    /// Any text.
    Text,
    /// The method of an HTTP request.
    Method,
    /// Headers of an HTTP request.
    Headers,
    /// Yes or no.
    Flag,
    /// A whole number within bounds, both included.
    Count { least: u32, most: u32 },
    /// How many queries: a whole number, or MLPerf's.
    Queries,
    /// A number above one bound and up to another.
    Number { above: u32, most: u32 },
    /// A list of such numbers.
    Numbers { above: u32, most: u32 },
    /// A share from 0 to 1.
    Share,
    /// The smallest change that matters.
    Threshold,
    /// An error rate.
    Alpha,
    /// A share strictly between 0 and 1.
    Percentile,
    /// A duration; 0 is allowed or not.
    Duration { zero: bool },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list of these words, each at most once.
    Words(&'static [&'static str]),
    /// Whether somebody watches what processes use, and how often.
    Resources,
    /// What fails a check.
    FailOn,
    /// Where baselines are kept.
    Store,
    /// One scenario or a list.
    Scenarios,
    /// One objective or a list.
    Objectives,
    /// When queries arrive.
    Traffic,
    /// Rules of single metrics.
    Metrics,
    /// A day.
    Date,
    /// A commit's full name.
    Commit,
    /// Why something is accepted.
    Reason,
}

impl Kind {
    /// What a value of this kind must be, as the end of "`key` must be".
    pub fn expected(self) -> String {
        match self {
            Self::Name => format!("a string of 1 to {LONGEST_NAME} visible characters"),
            Self::Path => "a path in quotes".to_owned(),
            Self::Url => "a URL such as \"http://127.0.0.1:8080/predict\"".to_owned(),
            Self::Command => "a list of strings: the program and its arguments".to_owned(),
            Self::Text => "a string".to_owned(),
            Self::Method => "an HTTP method such as \"GET\" or \"POST\"".to_owned(),
            Self::Headers => "a table of strings".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count { least, most } => whole(least, most),
            Self::Queries => format!("{}, or \"mlperf\"", whole(1, MOST_QUERIES)),
            Self::Number { above, most } => format!("a number above {above} and up to {}", grouped(most)),
            Self::Numbers { above, most } => format!("a list of numbers above {above} and up to {}", grouped(most)),
            Self::Share => "a share from 0 to 1 such as 0.01, or a percentage such as \"1%\"".to_owned(),
            Self::Threshold => "a share from 0 to 1 such as 0.1, or a percentage such as \"10%\"".to_owned(),
            Self::Alpha => {
                "an error rate above 0 and below 0.5 such as 0.05, or a percentage such as \"5%\"".to_owned()
            }
            Self::Percentile => "a share above 0 and below 1 such as 0.99, or a percentage such as \"99%\"".to_owned(),
            Self::Duration { .. } => "a duration such as \"10ms\", \"1.5s\", \"5m\" or \"1h\"".to_owned(),
            Self::Word(words) => alternatives(words),
            Self::Words(words) => format!("a list in which {} may stand", alternatives(words)),
            Self::Resources => "true, false, \"totals\", or how often to look, such as \"100ms\"".to_owned(),
            Self::FailOn => "a list of \"regression\", \"inconclusive\" and \"no-baseline\"".to_owned(),
            Self::Store => "a place such as \"dir:baselines\" or \"file:///var/lib/baselines\"".to_owned(),
            Self::Scenarios => "a scenario, or a list of different scenarios".to_owned(),
            Self::Objectives => "an objective such as \"99.9% < 100ms\", or a list of different objectives".to_owned(),
            Self::Traffic => "\"poisson\", \"constant\", or a table with a `shape`".to_owned(),
            Self::Metrics => "a table with the names of metrics".to_owned(),
            Self::Date => "a day such as \"2026-12-31\"".to_owned(),
            Self::Commit => "a commit's full name: 40 hexadecimal digits".to_owned(),
            Self::Reason => format!("a reason of 1 to {LONGEST_REASON} characters"),
        }
    }
}

fn whole(least: u32, most: u32) -> String {
    format!("a whole number from {least} to {}", grouped(most))
}

/// Words in quotes, the last after an "or".
fn alternatives(words: &[&str]) -> String {
    match words {
        [] => String::new(),
        [only] => format!("\"{only}\""),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|word| format!("\"{word}\"")).collect();
            format!("{} or \"{last}\"", first.join(", "))
        }
    }
}
