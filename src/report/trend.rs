//! A history as a report: what changed, by how much and whom to ask; then the benchmarks, each with its course over the commits.
//!
//! A machine is a series of its own: from one to another nothing is compared. Here: what a page about a history says, and in which
//! order. Not here: where the level changed (`history`), what a course looks like (`plot`).

mod benchmark;
mod summary;
#[cfg(test)]
mod tests;
pub mod words;

use std::collections::{BTreeMap, BTreeSet};

use super::{Block, Brief, Cell, Column, Report, Section, Table, Text};
use crate::history::{Change, History, Series};
use crate::result::Environment;
use crate::words::{machine, units};

/// Benchmarks that have a section of their own with plots and values; the page stays one that a browser shows at once.
pub const MOST_BENCHMARKS: usize = 20;

/// From so many plots on no further benchmark has a section, though there be fewer than [`MOST_BENCHMARKS`].
const MOST_PLOTS: usize = 120;

/// The whole page.
pub fn of(history: &History) -> Report {
    let groups = groups(history);
    let mut sections = vec![summary::section(history, &groups)];
    if !groups.is_empty() {
        sections.push(Section {
            sections: drawn(&groups).map(|group| benchmark::section(history, group)).collect(),
            ..Section::new("benchmarks", "Benchmarks", benchmarks(history, &groups))
        });
        sections.push(Section::new("machines", "Test environment", vec![Block::Table(machines(history))]));
    }
    let Brief { title, subject, .. } = Brief::new(words::heading(history), Vec::new());
    Report { title, subject, sections }
}

/// The series, the changes, and how far they can be believed.
pub fn brief(history: &History) -> Brief {
    let sentences = words::sentences(history).into_iter().map(Block::paragraph);
    let listed: Vec<&Series> = history.series.iter().filter(|series| words::is_listed(series)).collect();
    let changes = words::changes(history);
    let table = (!listed.is_empty()).then(|| Block::Table(overview(history, &listed, &[])));
    let list = (!changes.is_empty()).then_some(Block::List(changes));
    Brief::new(words::heading(history), table.into_iter().chain(list).chain(sentences).collect())
}

/// A benchmark and its series.
struct Group<'a> {
    /// Its name.
    name: &'a str,
    /// The id of its section; `None` if it has none.
    id: Option<String>,
    /// All its series: by metric, and of each metric by machine.
    series: Vec<&'a Series>,
}

impl<'a> Group<'a> {
    /// The series that are drawn: judged, or changed.
    fn listed(&self) -> impl Iterator<Item = &'a Series> + '_ {
        self.series.iter().copied().filter(|series| words::is_listed(series))
    }
}

/// How much a change matters, to be sorted by: those for the worse first, of each kind the largest first.
fn weight(series: &Series, change: &Change) -> (bool, f64) {
    let size = match (change.before > 0.0, change.after > 0.0) {
        (true, true) => (change.after / change.before).ln().abs(),
        _ => change.change.map_or(f64::INFINITY, f64::abs),
    };
    (change.is_worse(series.direction), size)
}

/// Heavier ones first.
fn heavier(a: (bool, f64), b: (bool, f64)) -> std::cmp::Ordering {
    b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
}

/// Every change with its series, the worst first.
fn worst_first(history: &History) -> Vec<(&Series, &Change)> {
    let mut all = history.changes();
    // The sort is stable: of equal ones the latest stays in front.
    all.sort_by(|a, b| heavier(weight(a.0, a.1), weight(b.0, b.1)));
    all
}

/// The benchmarks: the one with the worst change first, those without any by name, what nobody judges last.
fn groups(history: &History) -> Vec<Group<'_>> {
    let mut by_name: BTreeMap<&str, Vec<&Series>> = BTreeMap::new();
    for series in &history.series {
        by_name.entry(&series.benchmark).or_default().push(series);
    }
    let group = |(name, mut series): (_, Vec<_>)| {
        series.sort_by(|a: &&Series, b: &&Series| (&a.metric, &a.machine).cmp(&(&b.metric, &b.machine)));
        Group { name, id: None, series }
    };
    let mut groups: Vec<Group<'_>> = by_name.into_iter().map(group).collect();
    let worst = |group: &Group<'_>| {
        let weights = group.series.iter().flat_map(|series| series.changes.iter().map(|change| weight(series, change)));
        weights.min_by(|a, b| heavier(*a, *b))
    };
    groups.sort_by_cached_key(|group| {
        let rank = worst(group).map_or((2, 0), |(worse, size)| (u8::from(!worse), size.to_bits()));
        (rank.0, std::cmp::Reverse(rank.1), group.listed().next().is_none())
    });
    let mut plots = 0;
    for (place, group) in groups.iter_mut().enumerate().take(MOST_BENCHMARKS) {
        let own = group.listed().count();
        let has_room = place == 0 || plots + own <= MOST_PLOTS;
        plots += own;
        group.id = (own > 0 && has_room).then(|| format!("b{}", place + 1));
    }
    groups
}

fn drawn<'a, 'b>(groups: &'b [Group<'a>]) -> impl Iterator<Item = &'b Group<'a>> {
    groups.iter().filter(|group| group.id.is_some())
}

/// What stands above the benchmarks' own sections: all series in a line each, and what is left out.
fn benchmarks(history: &History, groups: &[Group<'_>]) -> Vec<Block> {
    let all = || groups.iter().flat_map(|group| group.series.iter().copied());
    let (listed, others): (Vec<&Series>, Vec<&Series>) = all().partition(|series| words::is_listed(series));
    let mut blocks = Vec::new();
    if !listed.is_empty() {
        blocks.push(Block::Table(overview(history, &listed, groups)));
    }
    if !others.is_empty() {
        blocks.push(Block::Fold {
            summary: units::count(others.len(), "metric that is not judged", "metrics that are not judged").into(),
            blocks: vec![Block::Table(overview(history, &others, groups))],
        });
    }
    let without = groups.iter().filter(|group| group.id.is_none() && group.listed().next().is_some()).count();
    if without > 0 {
        blocks.push(Block::Paragraph(
            Text::new()
                .plain(format!(
                    "Plots and values of {} of {} benchmarks follow, those with the worst changes first. Of others: ",
                    drawn(groups).count(),
                    groups.len(),
                ))
                .code("perfgate history NAME -o FILE.html")
                .plain("."),
        ));
    }
    blocks
}

/// A line for each of these series.
fn overview(history: &History, series: &[&Series], groups: &[Group<'_>]) -> Table {
    let sections: BTreeMap<&str, &str> =
        groups.iter().filter_map(|group| Some((group.name, group.id.as_deref()?))).collect();
    let row = |series: &&Series| {
        let name = match sections.get(series.benchmark.as_str()) {
            Some(id) => Text::new().link(*id, &series.benchmark),
            None => Text::new().code(&series.benchmark),
        };
        let names = [name, Text::new().code(&series.metric)].map(Cell::from);
        let (level, tone) = words::level(series);
        let cells = words::cells(history, series).map(Cell::from);
        names.into_iter().chain(cells).chain([Cell::toned(level, tone)]).collect()
    };
    let columns = vec![
        Column::words("benchmark"),
        Column::words("metric"),
        Column::words("machine"),
        Column::numbers("commits"),
        Column::numbers("first"),
        Column::numbers("last"),
        Column::words("course"),
        Column::words("level"),
    ];
    Table { caption: "Metrics over commits".to_owned(), columns, rows: series.iter().map(row).collect() }
        .without_empty_columns()
}

/// The machines, each with what is known of it from its latest recording.
fn machines(history: &History) -> Table {
    let rows = history.machines().into_iter().map(|machine| {
        let environments = history.commits.iter().flat_map(|recorded| &recorded.results);
        let known: Vec<&Environment> = environments
            .filter_map(|result| result.environment.as_ref())
            .filter(|environment| environment.fingerprint == *machine)
            .collect();
        let points =
            history.series.iter().filter(|series| series.machine == *machine).flat_map(|series| &series.points);
        let commits: BTreeSet<usize> = points.map(|point| point.commit).collect();
        let end = |place: Option<&usize>| place.and_then(|place| history.commits.get(*place));
        let short = |place| end(place).map(|recorded| Text::new().code(recorded.commit.short())).unwrap_or_default();
        let facts = known.last().map(|last| machine::facts(last).join(", ")).unwrap_or_default();
        vec![
            Text::new().code(machine.to_string()),
            Text::from(facts),
            Text::from(commits.len().to_string()),
            short(commits.first()),
            short(commits.last()),
        ]
    });
    let columns = vec![
        Column::words("machine"),
        Column::words("what it is"),
        Column::numbers("commits"),
        Column::words("first"),
        Column::words("last"),
    ];
    let rows = rows.map(|row| row.into_iter().map(Cell::from).collect()).collect();
    Table { caption: "Where it was recorded".to_owned(), columns, rows }.without_empty_columns()
}
