//! Benchmarks without a section of their own: their judged metrics in one table.

use super::super::source::Subject;
use super::super::text::Text;
use super::super::{Block, Cell, Column, Table};
use super::{is_judged, metrics, numbers};
use crate::words::units;

/// Of benchmarks without a section, no more than this are listed: a page of hundreds must stay one that opens at once.
pub(super) const MOST_LISTED: usize = 200;

/// All of them, folded.
pub(super) fn fold(others: &[&Subject<'_>]) -> Block {
    let summary = units::count(others.len(), "benchmark without plots", "benchmarks without plots");
    let (listed, left_out) = others.split_at(others.len().min(MOST_LISTED));
    let note = (!left_out.is_empty()).then(|| {
        Block::paragraph(format!("{} are in the document alone.", units::count(left_out.len(), "more", "more")))
    });
    let without = listed.iter().filter(|subject| !has_judged(subject)).count();
    let without = (without > 0).then(|| {
        let verb = if without == 1 { "has" } else { "have" };
        Block::paragraph(format!("{} of these {verb} no judged metric.", units::whole(without as u64)))
    });
    let table = Some(table(listed)).filter(|table| !table.rows.is_empty()).map(Block::Table);
    let inside = table.into_iter().chain(without).chain(note).collect();
    Block::Fold { summary: summary.into(), blocks: inside }
}

fn has_judged(subject: &Subject<'_>) -> bool {
    metrics(subject).iter().any(|(metric, _)| is_judged(subject, metric))
}

/// The judged metrics of many benchmarks.
fn table(others: &[&Subject<'_>]) -> Table {
    let two = others.iter().flat_map(|subject| &subject.sides).any(|side| side.side.is_some());
    let columns = [
        Some(Column::words("benchmark")),
        Some(Column::words("metric")),
        two.then(|| Column::words("side")),
        Some(Column::numbers("median of rounds")),
        Some(Column::numbers("std dev")),
        Some(Column::numbers("lowest … highest")),
        Some(Column::numbers("rounds")),
    ];
    let rows = others.iter().flat_map(|subject| {
        let judged = metrics(subject).into_iter().filter(|(metric, _)| is_judged(subject, metric));
        judged.map(move |(metric, side)| {
            let lead = [
                Some(Cell::from(Text::new().code(subject.name))),
                Some(Text::new().code(&metric.name).into()),
                two.then(|| side.word().into()),
            ];
            lead.into_iter().flatten().chain(numbers(metric, subject)).collect()
        })
    });
    Table {
        caption: "Judged metrics over the rounds".to_owned(),
        columns: columns.into_iter().flatten().collect(),
        rows: rows.collect(),
    }
}
