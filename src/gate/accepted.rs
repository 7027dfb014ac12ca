//! Regressions that are intended: a reviewed entry says of which row, up to how much, until when and why.
//!
//! Here: which entries count, and what they do to rows and verdict. An entry never moves a threshold: the row is judged as it
//! would be without, keeps its numbers, and is shown as what was accepted. Not here: which files the entries come from and
//! what day it is (`app`), how they are written (`config`).

use super::verdict::{exit_status, sort, verdict};
use super::{Compared, Comparison, Decision, Evidence, Finding, Row, measured};
use crate::config::{Accepted, Covered, Date, FailOn, Term, Threshold, Yardstick};
use crate::result::{Direction, Warning};

/// More names than this in a warning are counted.
const MOST_NAMES: usize = 3;

/// An entry of the candidate's file, and how the base stands to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What it says.
    pub accepted: Accepted,
    /// Whether the base's file accepts as much for the same row already.
    pub at_base: bool,
    /// Whether the base is the commit that the entry names, or one before it.
    pub before_its_base: bool,
}

/// What accepted a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptance {
    /// The largest worsening that is accepted.
    pub up_to: Threshold,
    /// Until when.
    pub term: Term,
    /// Why.
    pub why: String,
    /// Whether the entry came after the base, with what is compared with it.
    pub new: bool,
}

/// Whether an entry counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Counts,
    /// Its last day is over.
    Over,
    /// The base has the entry, and so the change that it was for.
    CaughtUp,
}

impl Entry {
    /// An entry whose end is its base counts for every base that does not have it yet, whatever its name: while a change is
    /// rebased its base moves on.
    fn standing(&self, today: Date) -> Standing {
        let term = &self.accepted.term;
        if term.until().is_some_and(|until| until < today) {
            Standing::Over
        } else if term.base().is_some() && self.at_base && !self.before_its_base {
            Standing::CaughtUp
        } else {
            Standing::Counts
        }
    }

    fn is_for(&self, row: &Row) -> bool {
        row.metric.as_ref() == Some(&self.accepted.metric) && self.accepted.benchmark.includes(&row.benchmark)
    }

    fn name(&self) -> String {
        format!("`{}` {}", self.accepted.benchmark, self.accepted.metric)
    }
}

/// The comparison with the regressions accepted that an entry covers. `known` are the benchmarks that there are, besides
/// those of the rows.
#[must_use]
pub fn accept(comparison: Comparison, entries: &[Entry], known: &[&str], today: Date, fail_on: FailOn) -> Comparison {
    let mut warnings = comparison.warnings;
    let mut rows = comparison.rows;
    warnings.extend(over(entries, today));
    warnings.extend(unused(entries, known, &rows));
    for row in &mut rows {
        if let Some(entry) = entry_for(row, entries) {
            warnings.extend(settle(row, entry, today));
        }
    }
    sort(&mut rows);
    let verdict = verdict(&rows);
    let measured = measured::sorted(comparison.measured, &rows);
    Comparison { verdict, exit_status: exit_status(verdict, fail_on), rows, warnings, measured, ..comparison }
}

/// The entry about a row. One that names the benchmark comes before one for all its scenarios.
fn entry_for<'a>(row: &Row, entries: &'a [Entry]) -> Option<&'a Entry> {
    let by_name = |entry: &&Entry| matches!(entry.accepted.benchmark, Covered::Only(_));
    let all = || entries.iter().filter(|entry| entry.is_for(row));
    all().find(by_name).or_else(|| all().next())
}

/// Accepts the row, or says in its reason why the entry does not. What else the reader should know is a warning.
fn settle(row: &mut Row, entry: &Entry, today: Date) -> Option<Warning> {
    if row.decision() != Some(Decision::Regression) {
        return None;
    }
    let Accepted { up_to, term, why, .. } = &entry.accepted;
    let worse = Worsening::of(row);
    let most = up_to.by(row.yardstick());
    let but = match (entry.standing(today), worse) {
        (Standing::Over, _) => format!("a worsening of up to {most} was accepted {term}, which is over"),
        (Standing::CaughtUp, _) => {
            format!(
                "a worsening of up to {most} was accepted, and the base has that change already: this is a further one"
            )
        }
        (Standing::Counts, None) => {
            format!("a worsening of up to {most} is accepted, but from 0 there is no relative change")
        }
        (Standing::Counts, Some(worse)) if !worse.is_within(*up_to) => {
            format!("a worsening of up to {most} is accepted, and this is more")
        }
        (Standing::Counts, Some(_)) => {
            let acceptance = Acceptance { up_to: *up_to, term: term.clone(), why: why.clone(), new: !entry.at_base };
            row.reason = format!("accepted up to {most} {term}: {why}");
            match &mut row.finding {
                Finding::Objective(found) => found.accepted = Some(acceptance),
                Finding::Compared(compared) => row.finding = Finding::Accepted(compared.clone(), Box::new(acceptance)),
                _ => {}
            }
            return entry.at_base.then(|| again(row));
        }
    };
    row.reason = format!("{}; {but}", row.reason);
    None
}

/// How much worse a row is, on the scale of its threshold: as measured, and at most as far as that can be told.
#[derive(Debug, Clone, Copy)]
struct Worsening {
    measured: f64,
    most: f64,
}

impl Worsening {
    /// `None`: there is no such scale, because the baseline is 0, or the row was not judged.
    fn of(row: &Row) -> Option<Self> {
        match row.objective() {
            Some(found) => {
                let (measured, most) = found.shortfall();
                Some(Self { measured, most: most.map_or(measured, |most| most.max(measured)) })
            }
            None => Self::of_compared(row.yardstick(), row.compared()?),
        }
    }

    fn of_compared(yardstick: Yardstick, compared: &Compared) -> Option<Self> {
        let measured = compared.direction.worsening(compared.change_by(yardstick)?);
        let bounds = match &compared.evidence {
            Evidence::Tested(tested) if yardstick == Yardstick::Points => tested.difference,
            Evidence::Tested(tested) => tested.interval,
            Evidence::Exact | Evidence::TooFewRounds => None,
        };
        let most = bounds.map_or(measured, |[low, high]| match compared.direction {
            Direction::LowerIsBetter => high,
            Direction::HigherIsBetter => -low,
        });
        Some(Self { measured, most: most.max(measured) })
    }

    /// Whether what was measured is no more than that, rounding apart.
    fn is_within(self, up_to: Threshold) -> bool {
        self.measured <= up_to.share() * (1.0 + 1e-9)
    }
}

/// The least round share that covers a row's worsening, its interval included, so that the next measurement of the same
/// code will rarely be more. `None`: the row's worsening has no size that could be accepted.
pub fn covering(row: &Row) -> Option<Threshold> {
    round_up(Worsening::of(row)?.most)
}

/// Up to the next tenth of a percent, percent, or from 100 % on the next ten.
fn round_up(share: f64) -> Option<Threshold> {
    let step = if share < 0.01 {
        0.1
    } else if share < 1.0 {
        1.0
    } else {
        10.0
    };
    // A whole number that came out of a division stays what it is.
    let percent = (share * 100.0 / step - 1e-6).ceil() * step;
    (percent > 0.0).then(|| format!("{percent:.1}%").parse().ok()).flatten()
}

/// The base has the entry, and perhaps the slowdown: then this is one on top.
fn again(row: &Row) -> Warning {
    let metric = row.metric.as_deref().unwrap_or_default();
    let message = format!(
        "`{}` {metric} is accepted by an entry that the base has too: if the base is already as slow as that entry allows, \
         this is a further slowdown",
        row.benchmark
    );
    Warning { code: "accepted-again".to_owned(), message }
}

/// Entries that can go.
fn over(entries: &[Entry], today: Date) -> Option<Warning> {
    let is_over = |entry: &&Entry| match entry.standing(today) {
        Standing::Over => true,
        // One that has a day too is left alone until then: other changes may still be compared with an older base.
        Standing::CaughtUp => entry.accepted.term.until().is_none(),
        Standing::Counts => false,
    };
    let named =
        names(entries.iter().filter(is_over).map(|entry| format!("{} ({})", entry.name(), entry.accepted.term)))?;
    let message = format!("what is over accepts nothing and can be removed from perfgate-accepted.toml: {named}");
    Some(Warning { code: "accepted-expired".to_owned(), message })
}

/// Entries whose benchmark does not exist. That a metric is not there says little: it may be missing for other reasons.
fn unused(entries: &[Entry], known: &[&str], rows: &[Row]) -> Option<Warning> {
    let exists = |entry: &&Entry| {
        let mut all = known.iter().copied().chain(rows.iter().map(|row| row.benchmark.as_str()));
        all.any(|name| entry.accepted.benchmark.includes(name))
    };
    let named = names(entries.iter().filter(|entry| !exists(entry)).map(Entry::name))?;
    let message = format!("perfgate-accepted.toml names benchmarks that do not exist: {named}");
    Some(Warning { code: "accepted-unused".to_owned(), message })
}

/// More warnings than this are one that counts them.
const MOST_NEW: usize = 8;

/// What this change would accept that the base does not, apart from what a row already shows. It counts, because it is reviewed
/// with the change; so it must be seen.
pub fn newly_accepted(entries: &[Accepted], at_base: &[Accepted], rows: &[Row]) -> Vec<Warning> {
    let told: Vec<String> = entries.iter().filter_map(|entry| new_or_changed(entry, at_base, rows)).collect();
    let more = told.len().saturating_sub(MOST_NEW);
    let more = (more > 0).then(|| format!("accepted in this change and not at the base: {more} more"));
    let messages = told.into_iter().take(MOST_NEW).chain(more);
    messages.map(|message| Warning { code: "accepted-new".to_owned(), message }).collect()
}

fn is_accepted(row: &Row) -> bool {
    matches!(row.finding, Finding::Accepted(..)) || row.objective().is_some_and(|found| found.accepted.is_some())
}

fn new_or_changed(entry: &Accepted, at_base: &[Accepted], rows: &[Row]) -> Option<String> {
    let Accepted { benchmark, metric, term, why, .. } = entry;
    let old = at_base.iter().find(|old| old.benchmark == *benchmark && old.metric == *metric);
    let [up_to, up_to_before] = [Some(entry), old].map(|entry| entry.map(in_words).unwrap_or_default());
    let is_shown =
        |row: &Row| is_accepted(row) && row.metric.as_ref() == Some(metric) && benchmark.includes(&row.benchmark);
    match old {
        Some(old) if old.up_to == entry.up_to && old.term == *term => None,
        Some(old) => Some(format!(
            "accepted worsening of `{benchmark}` {metric}: up to {up_to_before} {} at the base, up to {up_to} {term} in this \
             change; this change's counts",
            old.term
        )),
        None if rows.iter().any(is_shown) => None,
        None => Some(format!("this change accepts up to {up_to} of `{benchmark}` {metric} {term}: {why}")),
    }
}

/// How much an entry accepts. The row may not be there to say by what; those of objectives are named after them.
fn in_words(entry: &Accepted) -> String {
    let is_objective = entry.metric.starts_with("slo_");
    entry.up_to.by(if is_objective { Yardstick::Points } else { Yardstick::of(&entry.metric) })
}

/// The first few, and how many more; `None` for none.
fn names(all: impl Iterator<Item = String>) -> Option<String> {
    let mut all: Vec<String> = all.collect();
    let more = all.len().saturating_sub(MOST_NAMES);
    if more > 0 {
        all.truncate(MOST_NAMES);
        all.push(format!("and {more} more"));
    }
    (!all.is_empty()).then(|| all.join(", "))
}

#[cfg(test)]
mod tests;
