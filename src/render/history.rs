//! Metrics over commits, for a terminal, and the words that every format uses.

use super::page::Page;
use super::sparkline::sparkline;
use super::table::{Column, Kind, Line};
use super::{Look, plain, units};
use crate::history::{Change, History, Series};

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 8] = [
    Column { heading: "benchmark", kind: Kind::Name },
    Column { heading: "metric", kind: Kind::Name },
    Column { heading: "machine", kind: Kind::Spare(0) },
    Column { heading: "commits", kind: Kind::Spare(1) },
    Column { heading: "first", kind: Kind::Spare(2) },
    Column { heading: "last", kind: Kind::Number },
    Column { heading: "course", kind: Kind::Number },
    Column { heading: "level", kind: Kind::Word },
];

/// The blocks of a course.
const COURSE_WIDTH: usize = 24;

/// More changes than this are a list nobody reads; `-v` shows them.
const MOST_CHANGES: usize = 12;

/// Below so many values the best division of a series is not better than chance, whatever it is: of 8 values in two halves, 2 of 70
/// orders are as clear.
pub const FEW: usize = 8;

/// The whole text.
pub fn render(history: &History, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&heading(history));
    let listed: Vec<&Series> = history.series.iter().filter(|series| look.verbose || is_listed(series)).collect();
    if !listed.is_empty() {
        page.gap();
        page.table(&COLUMNS, &listed.iter().map(|series| line(history, series)).collect::<Vec<_>>());
    }
    if let Some(more) = left_out(history).filter(|_| !look.verbose) {
        page.paragraph(&(more + "; -v lists them"), " ", " ");
    }
    page.gap();
    let changes = changes(history);
    let most = if look.verbose { changes.len() } else { MOST_CHANGES };
    for change in changes.iter().take(most) {
        page.paragraph(change, "", "  ");
    }
    if changes.len() > most {
        page.paragraph(&format!("{} more changes; -v lists them.", changes.len() - most), "", "");
    }
    for sentence in sentences(history) {
        page.paragraph(&sentence, "", "  ");
    }
    page.text()
}

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

/// The texts of a series, in the order of the columns, without benchmark and metric.
pub fn cells(history: &History, series: &Series) -> [String; 6] {
    let values = series.values();
    let ends = [values.first(), values.last()].map(|value| value.copied().unwrap_or(f64::NAN));
    let shown = units::values(&series.unit, &ends, false);
    let mut shown = shown.texts();
    let machine = if history.machines().len() > 1 { series.machine.to_string() } else { String::new() };
    let (first, last) = (shown.next().unwrap_or_default(), shown.next().unwrap_or_default());
    [machine, values.len().to_string(), first, last, sparkline(&values, COURSE_WIDTH), level(series).to_owned()]
}

/// What became of the level since the last change.
pub fn level(series: &Series) -> &'static str {
    match series.changes.last() {
        Some(change) if change.is_worse(series.direction) => "worse",
        Some(_) => "better",
        None if series.points.len() < FEW => "too few",
        None => "steady",
    }
}

fn line(history: &History, series: &Series) -> Line {
    let color = match level(series) {
        "worse" => Some("31"),
        "better" => Some("32"),
        _ => None,
    };
    let names = [series.benchmark.clone(), series.metric.clone()];
    let texts = names.into_iter().chain(cells(history, series)).map(|text| plain::line(&text)).collect();
    Line { texts, color }
}

/// A sentence for each change, the latest first.
pub fn changes(history: &History) -> Vec<String> {
    history.changes().into_iter().filter_map(|(series, change)| sentence(history, series, change)).collect()
}

fn sentence(history: &History, series: &Series, change: &Change) -> Option<String> {
    let blame = history.blame(series, change)?;
    let size = match change.change {
        Some(size) => units::change(size),
        None => "away from 0".to_owned(),
    };
    let interval = change.interval.map(|bounds| format!(" {}", units::interval(bounds))).unwrap_or_default();
    let word = if change.is_worse(series.direction) { "worse" } else { "better" };
    let levels: Vec<String> = units::values(&series.unit, &[change.before, change.after], false).texts().collect();
    let which = match blame.commits {
        Some(1) => format!("by {} ({})", blame.commit.short(), plain::shorten(&blame.subject, 60)),
        Some(more) => {
            format!("by one of the {more} commits after {} up to {}", blame.after.short(), blame.commit.short())
        }
        None => format!("after {}, at the latest by {}", blame.after.short(), blame.commit.short()),
    };
    Some(plain::line(&format!(
        "{word}: {}, {}, {size}{interval}, {which}; p {} (adjusted)",
        series.name(),
        levels.join(" → "),
        units::p_value(change.p_adjusted),
    )))
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
