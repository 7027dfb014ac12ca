//! The words for a history: how a series stands, what a change of level says, how far all of it can be believed.

use crate::history::{Blame, Change, History, Series};
use crate::report::{Text, Tone};
use crate::words::sparkline::sparkline;
use crate::words::{plain, units};

/// The blocks of a course.
const COURSE_WIDTH: usize = 24;

/// Widest that a commit's subject is shown inside a sentence.
const SUBJECT_WIDTH: usize = 60;

/// Below so many values the best division of a series is not better than chance, whatever it is: of 8 values in two halves, 2 of 70
/// orders are as clear.
pub const FEW: usize = 8;

/// `perfgate history`, how many commits, from where to where.
pub fn heading(history: &History) -> Vec<String> {
    let mut parts =
        vec!["perfgate history".to_owned(), units::count(history.commits.len(), "recorded commit", "recorded commits")];
    if let (Some(first), Some(last)) = (history.commits.first(), history.commits.last()) {
        parts.push(format!("{} to {}", first.commit.short(), last.commit.short()));
    }
    let machines = history.machines().len();
    if machines > 1 {
        parts.push(format!("{machines} machines"));
    }
    parts
}

/// Judged metrics, and others where something happened.
pub fn is_listed(series: &Series) -> bool {
    series.gate || !series.changes.is_empty()
}

/// What is not in the list.
pub fn left_out(history: &History) -> Option<String> {
    let count = history.series.iter().filter(|series| !is_listed(series)).count();
    (count > 0).then(|| format!("{count} more: not judged, no change of level"))
}

/// The texts of a series: its machine where there are several, its commits, the first and the last value, its course.
pub fn cells(history: &History, series: &Series) -> [String; 5] {
    let values = series.values();
    let ends = [values.first(), values.last()].map(|value| value.copied().unwrap_or(f64::NAN));
    let shown = units::values(&series.unit, &ends, false);
    let mut shown = shown.texts();
    let machine = if history.machines().len() > 1 { series.machine.to_string() } else { String::new() };
    let (first, last) = (shown.next().unwrap_or_default(), shown.next().unwrap_or_default());
    [machine, values.len().to_string(), first, last, sparkline(&values, COURSE_WIDTH)]
}

/// What became of the level since the last change.
pub fn level(series: &Series) -> (&'static str, Tone) {
    match series.changes.last() {
        Some(change) => became(series, change),
        None if series.points.len() < FEW => ("too few", Tone::Calm),
        None => ("steady", Tone::Calm),
    }
}

/// What a change made of the level; neither word where the interval does not leave out that it did nothing.
pub fn became(series: &Series, change: &Change) -> (&'static str, Tone) {
    match (change.has_side(), change.is_worse(series.direction)) {
        (false, _) => ("changed", Tone::Calm),
        (true, true) => ("worse", Tone::Bad),
        (true, false) => ("better", Tone::Good),
    }
}

/// How large a change is, with its interval: `+22.1 % [+18.4, +26.0]`.
pub fn size(change: &Change) -> String {
    let size = change.change.map_or_else(|| "away from 0".to_owned(), units::change);
    let interval = change.interval.map(|bounds| format!(" {}", units::interval(bounds)));
    size + &interval.unwrap_or_default()
}

/// The levels on both sides: `4.12 ms → 5.03 ms`.
pub fn levels(series: &Series, change: &Change) -> String {
    let both: Vec<String> = units::values(&series.unit, &[change.before, change.after], false).texts().collect();
    both.join(" → ")
}

/// A sentence for each change, the latest first.
pub fn changes(history: &History) -> Vec<Text> {
    let said = |(series, change): (&Series, &Change)| sentence(history, series, change, series.name());
    history.changes().into_iter().filter_map(said).collect()
}

/// A change as a sentence about what is called so.
pub fn sentence(history: &History, series: &Series, change: &Change, name: String) -> Option<Text> {
    let blame = history.blame(series, change)?;
    let (word, _) = became(series, change);
    let text = Text::new().strong(word).plain(": ").code(name).plain(format!(
        ", {}, {}, ",
        levels(series, change),
        size(change)
    ));
    let p = units::p_value(change.p_adjusted);
    Some(text.and(culprits(&blame)).plain(format!("; p {p} (adjusted)")))
}

/// The commits that a change may have come from, in words.
fn culprits(blame: &Blame) -> Text {
    let (after, commit) = (blame.after.short(), blame.commit.short());
    let text = Text::new();
    match blame.commits {
        Some(1) => text
            .plain("by ")
            .code(commit)
            .plain(format!(" ({})", plain::shorten(&plain::line(&blame.subject), SUBJECT_WIDTH))),
        Some(more) => {
            text.plain(format!("by one of the {more} commits after ")).code(after).plain(" up to ").code(commit)
        }
        None => text.plain("after ").code(after).plain(", at the latest by ").code(commit),
    }
}

/// How far it can be believed.
pub fn sentences(history: &History) -> Vec<String> {
    let mut said = Vec::new();
    let few = history.series.iter().filter(|series| is_listed(series) && series.points.len() < FEW).count();
    if history.series.is_empty() {
        said.push(
            "Nothing is recorded of the commit that is checked out and its ancestors: perfgate record.".to_owned(),
        );
        return said;
    }
    let found = history.series.iter().any(|series| !series.changes.is_empty());
    let share = units::share(history.false_discovery_rate, 2);
    said.push(if found {
        format!("Of all changes that are listed, at most {share} are expected to be false (E-divisive, Benjamini and Hochberg).")
    } else {
        "No change of level that is more than chance (E-divisive, Benjamini and Hochberg).".to_owned()
    });
    if few > 0 {
        said.push(format!(
            "{}: below {FEW} recorded commits of one machine, a change cannot be told from chance.",
            units::count(few, "series is too short", "series are too short"),
        ));
    }
    if history.machines().len() > 1 {
        said.push("Each machine has series of its own: another machine is no change of the code.".to_owned());
    }
    said
}
