//! One benchmark over the commits: the course of its metrics, their changes, and the values behind them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Group, words};
use crate::history::{History, Point, Series};
use crate::plot;
use crate::report::{Block, Cell, Column, Section, Table, Text, Tone};
use crate::result::Fingerprint;
use crate::words::{plain, units};

/// Widest that a commit's subject is shown.
const SUBJECT_WIDTH: usize = 60;

/// The section: what was recorded last comes first, machine by machine.
pub(super) fn section(history: &History, group: &Group<'_>) -> Section {
    let listed: Vec<&Series> = group.listed().collect();
    let mut blocks = Vec::new();
    for machine in machines(&listed) {
        let series: Vec<&Series> = listed.iter().copied().filter(|series| series.machine == *machine).collect();
        if history.machines().len() > 1 {
            blocks.push(Block::Paragraph(Text::new().plain("On ").code(machine.as_str()).plain(":")));
        }
        blocks.extend(without_change(&series));
        let changes = series.iter().flat_map(|series| changes(history, series));
        let changes: Vec<Text> = changes.collect();
        if !changes.is_empty() {
            blocks.push(Block::List(changes));
        }
        let drawn = series.iter().filter(|series| !is_constant(series));
        blocks.extend(drawn.filter_map(|series| plot::trend(history, series)).map(|plot| Block::Plot(Box::new(plot))));
        blocks.push(values(history, &series));
    }
    let heading = if group.name.trim().is_empty() { "(no name)" } else { group.name };
    Section::new(group.id.clone().unwrap_or_default(), heading, blocks)
}

/// The machines, the one that recorded last first.
fn machines<'a>(series: &[&'a Series]) -> Vec<&'a Fingerprint> {
    let mut last: BTreeMap<&Fingerprint, Option<usize>> = BTreeMap::new();
    for one in series {
        let seen = last.entry(&one.machine).or_default();
        *seen = (*seen).max(one.points.last().map(|point| point.commit));
    }
    let mut machines: Vec<(&Fingerprint, Option<usize>)> = last.into_iter().collect();
    machines.sort_by_key(|(_, last)| std::cmp::Reverse(*last));
    machines.into_iter().map(|(machine, _)| machine).collect()
}

fn changes(history: &History, series: &Series) -> Vec<Text> {
    let said = |change| words::sentence(history, series, change, series.metric.clone());
    series.changes.iter().filter_map(said).collect()
}

/// Whether every round of every commit gave the same: there is nothing to see in a plot of that.
fn is_constant(series: &Series) -> bool {
    let mut all = series.points.iter().flat_map(|point| [point.value, point.range[0], point.range[1]]);
    let first = all.next();
    all.all(|value| Some(value) == first)
}

/// The metrics without a change: always the same, steady, or too short to know.
fn without_change(series: &[&Series]) -> Option<Block> {
    let of = |wanted: &dyn Fn(&Series) -> bool| -> Text {
        let those = series.iter().filter(|series| series.changes.is_empty() && wanted(series));
        Text::joined(those.map(|series| Text::new().code(&series.metric)), ", ")
    };
    let is_short = |series: &Series| series.points.len() < words::FEW;
    let said = |names: Text, words: &str| if names.is_empty() { names } else { names.plain(words) };
    let few =
        format!(": too short a series, below {} recorded commits a change cannot be told from chance.", words::FEW);
    let text = Text::sentences([
        said(of(&|series| !is_short(series) && is_constant(series)), ": always the same."),
        said(of(&|series| !is_short(series) && !is_constant(series)), ": no change of level."),
        said(of(&is_short), &few),
    ]);
    (!text.is_empty()).then_some(Block::Paragraph(text))
}

/// The values of these series, all of one machine, by commit; folded.
fn values(history: &History, series: &[&Series]) -> Block {
    let commits: BTreeSet<usize> = series.iter().flat_map(|series| &series.points).map(|point| point.commit).collect();
    let columns: Vec<Shown<'_>> = series.iter().map(|series| Shown::of(series)).collect();
    let row = |place: &usize| {
        let recorded = history.commits.get(*place)?;
        let names = [
            Text::new().code(recorded.commit.short()),
            plain::shorten(&plain::line(&recorded.subject), SUBJECT_WIDTH).into(),
        ];
        let recorded_at = series.iter().filter_map(|series| at(series, *place)?.1.recorded_at.as_ref()).max();
        let recorded_at = recorded_at.map(units::minute).unwrap_or_default();
        let values = columns.iter().map(|shown| shown.cell(*place));
        Some(names.map(Cell::from).into_iter().chain([recorded_at.into()]).chain(values).collect())
    };
    let named = series.iter().map(|series| Column::numbers(&series.metric));
    let columns_of_table = ["commit", "subject", "recorded"].map(Column::words).into_iter().chain(named).collect();
    let rows = commits.iter().rev().filter_map(row).collect();
    let summary = format!("Values of {}", units::count(commits.len(), "commit", "commits"));
    let caption = "The latest commit first; the mean of the rounds".to_owned();
    let table = Table { caption, columns: columns_of_table, rows };
    Block::Fold { summary: summary.into(), blocks: vec![Block::Table(table.without_empty_columns())] }
}

/// The point of a commit, and its position in the series.
fn at(series: &Series, commit: usize) -> Option<(usize, &Point)> {
    let position = series.points.binary_search_by_key(&commit, |point| point.commit).ok()?;
    Some((position, series.points.get(position)?))
}

/// A series and the texts of its values, all in the same multiple of the unit.
struct Shown<'a> {
    series: &'a Series,
    texts: Vec<String>,
}

impl<'a> Shown<'a> {
    fn of(series: &'a Series) -> Self {
        let exact = series.points.iter().all(|point| point.range.iter().all(|round| *round == point.value));
        Self { series, texts: units::values(&series.unit, &series.values(), exact).texts().collect() }
    }

    /// The value of a commit; where a new level begins, with the word for it.
    fn cell(&self, commit: usize) -> Cell {
        let Some((position, _)) = at(self.series, commit) else { return Text::new().into() };
        let text = self.texts.get(position).map(String::as_str).unwrap_or_default();
        match self.series.changes.iter().find(|change| change.at == position) {
            Some(change) => {
                let (became, tone) = words::became(self.series, change);
                Cell::toned(format!("{became}: {text}"), tone)
            }
            None => Cell::toned(text, Tone::Calm),
        }
    }
}
