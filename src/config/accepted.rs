//! `perfgate-accepted.toml`: worsenings that are intended, each with a size, an end and a reason.
//!
//! Here: the checked types, reading them, and writing entries into a text that people keep. Not here: what an entry does to
//! a row (`gate`), which files are read (`app`).

mod edit;
mod term;

pub use edit::put;
pub use term::{Date, Term, Until, is_commit, parse_date};

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{ACCEPTED, LONGEST_REASON};
use super::problem::{Invalid, Problem, Problems, Reported, quoted};
use super::sections::{self, Fields};
use super::suggest::nearest;
use super::{Threshold, read_whole, syntax, values};

/// A worsening that is intended: of one metric, up to a size, for a time, for a reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Accepted {
    /// The benchmark or benchmarks.
    pub benchmark: Covered,
    /// The metric.
    pub metric: String,
    /// The largest worsening that is accepted, on the scale of the threshold; more than 0.
    pub up_to: Threshold,
    /// When it ends.
    pub term: Term,
    /// Why, on one line; not empty.
    pub why: String,
}

/// Which benchmarks an entry is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Covered {
    /// The one of this name.
    Only(String),
    /// Every scenario of the one of this name: `NAME/*`.
    Scenarios(String),
}

impl Covered {
    /// From a name, or a name with `/*` at its end.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let (name, covered) = match text.strip_suffix("/*") {
            Some(name) => (name, Self::Scenarios(name.to_owned())),
            None => (text, Self::Only(text.to_owned())),
        };
        if name.is_empty() || name.contains('*') {
            return Err(Invalid {
                found: "a `*` stands only behind a name and `/`".to_owned(),
                help: "\"digits/*\" is every scenario of digits; other benchmarks get entries of their own".to_owned(),
            });
        }
        Ok(covered)
    }

    /// Whether the benchmark of this name is among them.
    pub fn includes(&self, benchmark: &str) -> bool {
        match self {
            Self::Only(name) => name == benchmark,
            Self::Scenarios(name) => benchmark.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/')),
        }
    }
}

impl fmt::Display for Covered {
    /// As the file spells it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Only(name) => f.write_str(name),
            Self::Scenarios(name) => write!(f, "{name}/*"),
        }
    }
}

/// Reads the file, or says everything that is wrong with it. There is at most one entry for the same name and metric.
pub fn parse(text: &str) -> Result<Vec<Accepted>, Vec<Problem>> {
    let words = syntax::Words { repeated: ACCEPTED.header, section: ACCEPTED.header, thing: "entry" };
    read_whole(text, &words, read)
}

/// Reads a reason: on one line, several blanks or line ends are one blank.
pub fn parse_reason(text: &str) -> Result<String, Invalid> {
    let invalid = |found: String, help: &str| Err(Invalid { found, help: help.to_owned() });
    let reason = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let length = reason.chars().count();
    match reason.chars().find(|c| values::is_invisible(*c)) {
        _ if reason.is_empty() => {
            invalid("the reason is empty".to_owned(), "say to whoever reads the table why it is worth it")
        }
        Some(c) => invalid(format!("it has the invisible character U+{:04X}", u32::from(c)), "write it as plain text"),
        None if length > LONGEST_REASON => {
            invalid(format!("it has {length} characters"), "a sentence, and where to read more")
        }
        None => Ok(reason),
    }
}

fn read(root: &DeTable<'_>, problems: &Problems) -> Result<Vec<Accepted>, Reported> {
    let mut entries = Vec::new();
    let mut taken = Taken::new();
    for (name, value) in root {
        if name.get_ref() == ACCEPTED.name {
            let tables = sections::tables(&ACCEPTED, value, Some(problems));
            entries.extend(tables.iter().map(|table| entry(&table.open(problems), &mut taken)));
        } else {
            problems.report(unknown(name, value));
        }
    }
    entries.into_iter().collect()
}

/// Entries so far, with the place of each.
type Taken = BTreeMap<(Covered, String), Range<usize>>;

fn entry(fields: &Fields<'_>, taken: &mut Taken) -> Result<Accepted, Reported> {
    let benchmark = fields.required("benchmark", values::covered);
    let metric = fields.required("metric", values::name).map(ToOwned::to_owned);
    let up_to = fields.required("up_to", values::acceptable);
    let until = fields.optional("until", values::date);
    let base = fields.optional("base", values::commit);
    let why = fields.required("why", values::reason);
    let term = until.and_then(|until| base.map(|base| Term::new(until, base)));
    let term = term.and_then(|term| term.ok_or_else(|| fields.report(endless(fields.span()))));
    let (benchmark, metric) = (benchmark?, metric?);
    let span = fields.item("metric").map_or_else(|| fields.span(), |item| item.value.span());
    if let Some(first) = taken.insert((benchmark.clone(), metric.clone()), span.clone()) {
        let message = format!("two entries are about {} of {}", quoted(&metric), quoted(&benchmark.to_string()));
        let problem = Problem::new(message, span, "the same again", "keep the one that counts")
            .related(first, "first accepted here");
        return Err(fields.report(problem));
    }
    Ok(Accepted { benchmark, metric, up_to: up_to?, term: term?, why: why? })
}

fn endless(span: Range<usize>) -> Problem {
    Problem::new(
        "[[accepted]] does not say until when",
        span,
        "`until` is missing",
        "for example `until = \"2026-12-31\"`; or `base = \"COMMIT\"`, until the base has caught up",
    )
}

fn unknown(name: &Spanned<impl AsRef<str>>, value: &Spanned<DeValue<'_>>) -> Problem {
    let written = name.get_ref().as_ref();
    let is_section = value.get_ref().is_table() || value.get_ref().is_array();
    let label = match nearest(written, [ACCEPTED.name]) {
        Some(_) if is_section => format!("did you mean `{}`?", ACCEPTED.header),
        _ if ACCEPTED.key(written).is_some() => "not in a section".to_owned(),
        _ => "not a key of perfgate-accepted.toml".to_owned(),
    };
    let help = format!("entries of perfgate-accepted.toml begin with a `{}` line", ACCEPTED.header);
    Problem::new(format!("unknown key {}", quoted(written)), name.span(), label, help)
}

#[cfg(test)]
mod tests;
