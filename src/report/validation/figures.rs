//! The figures about measurements, with their limits: how each is called and shown, and which are beyond.

use std::collections::BTreeMap;

use super::super::phrases;
use super::super::source::{Measured, Part};
use super::super::text::Text;
use super::super::{Block, Cell, Column, Table, Tone, overview};
use crate::result::{BenchmarkResult, FEWEST_TO_DRIFT, Figure};
use crate::words::units;

/// More rows than this are folded; those that are not as they should be come first.
const MOST_IN_SIGHT: usize = 15;

/// Of measurements that are as they should be, no more than this are listed: a page of hundreds must stay one that opens at once.
pub(super) const MOST_LISTED: usize = 200;

/// How a figure is shown.
#[derive(Clone, Copy)]
enum Kind {
    /// A share, in percent.
    Share,
    /// A change, in percent, with its sign.
    Change,
    /// A ratio of two times.
    Ratio,
    /// A number between -1 and 1.
    Coefficient,
    /// Something counted.
    Count,
    /// What is not known to this program.
    Other,
}

/// The figures by name, what they are called, and how they are shown. The limit of the last is a least value.
const KNOWN: [(&str, &str, Kind); 16] = [
    ("samples", "queries a round", Kind::Count),
    ("outlier_share", "outliers", Kind::Share),
    ("extreme_outlier_share", "extreme outliers", Kind::Share),
    ("coefficient_of_variation", "variation", Kind::Share),
    ("autocorrelation", "autocorrelation of queries", Kind::Coefficient),
    ("round_autocorrelation", "autocorrelation of rounds", Kind::Coefficient),
    ("behind_share", "left behind", Kind::Share),
    ("drift", "drift", Kind::Change),
    ("warmup_ratio", "warm-up", Kind::Ratio),
    ("slowdown_ratio", "slowdown", Kind::Ratio),
    ("machine_busy_share", "other processes", Kind::Share),
    ("steal_share", "stolen", Kind::Share),
    ("throttle_events", "slowed by heat", Kind::Count),
    ("frequency_limit_drop", "frequency limit", Kind::Share),
    ("quota_stopped_share", "quota", Kind::Share),
    ("watching_share", "watching", Kind::Share),
];

fn kind(name: &str) -> Kind {
    KNOWN.iter().find(|(known, ..)| *known == name).map_or(Kind::Other, |(.., kind)| *kind)
}

fn shown(kind: Kind, value: f64) -> String {
    match kind {
        Kind::Share => units::share(value, 2),
        Kind::Change => units::change(value),
        Kind::Ratio => format!("×{}", units::number(value, 3)),
        Kind::Coefficient => units::number((value * 100.0).round() / 100.0, 2),
        Kind::Count => units::whole(value.max(0.0).round() as u64),
        Kind::Other => units::number(value, 3),
    }
}

/// The known figures that this part has, in their order.
fn names(part: &Part<'_>) -> Vec<&'static str> {
    let has = |name: &str| part.measured().any(|one| one.result.figures().any(|figure| figure.name == name));
    KNOWN.iter().map(|(name, ..)| *name).filter(|name| has(name)).collect()
}

/// Figures that are not known to this program, as a later one may write them: one line a name, whatever the names are.
pub(super) fn unknown(part: &Part<'_>) -> Option<Block> {
    let mut by_name: BTreeMap<&str, Vec<&Figure>> = BTreeMap::new();
    for figure in part.measured().flat_map(|measured| measured.result.figures()) {
        if !KNOWN.iter().any(|(known, ..)| *known == figure.name) {
            by_name.entry(&figure.name).or_default().push(figure);
        }
    }
    let row = |(name, figures): (&&str, &Vec<&Figure>)| -> Vec<Cell> {
        let values = || figures.iter().map(|figure| figure.value);
        let ends = [values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)];
        let first = figures.first().map(|figure| figure.limit);
        let limit = first.filter(|first| figures.iter().all(|figure| figure.limit == *first));
        let limit = limit.map_or("differs".to_owned(), |limit| shown(Kind::Other, limit));
        let beyond = figures.iter().filter(|figure| !figure.held).count();
        let tone = if beyond > 0 { Tone::Doubtful } else { Tone::Calm };
        let [least, greatest] = ends.map(|end| Cell::from(shown(Kind::Other, end)));
        let count = Cell::from(figures.len().to_string());
        vec![
            Text::new().code(*name).into(),
            count,
            least,
            greatest,
            limit.into(),
            Cell::toned(beyond.to_string(), tone),
        ]
    };
    let columns = vec![
        Column::words("figure"),
        Column::numbers("measurements"),
        Column::numbers("least"),
        Column::numbers("greatest"),
        Column::numbers("limit"),
        Column::numbers("beyond it"),
    ];
    let rows: Vec<Vec<Cell>> = by_name.iter().map(row).collect();
    let caption = "Figures that this version of perfgate does not know".to_owned();
    (!rows.is_empty()).then_some(Block::Table(Table { caption, columns, rows }))
}

/// `drift (at most 5 %)`: the limit is in the heading if it is the same for all.
fn heading(name: &str, part: &Part<'_>) -> String {
    let called = KNOWN.iter().find(|(known, ..)| *known == name).map_or(name, |(_, called, _)| *called);
    let mut limits =
        part.measured().flat_map(|one| one.result.figures()).filter(|one| one.name == name).map(|one| one.limit);
    let first = limits.next();
    match first.filter(|first| limits.all(|limit| limit == *first)) {
        Some(limit) => format!("{called} ({})", bound(name, limit)),
        None => called.to_owned(),
    }
}

/// `at most 5 %`.
fn bound(name: &str, limit: f64) -> String {
    let value = match kind(name) {
        Kind::Change => units::share(limit, 2),
        kind => shown(kind, limit),
    };
    match name {
        "samples" => format!("at least {value}"),
        "drift" => format!("at most ±{value}"),
        _ => format!("at most {value}"),
    }
}

pub(super) fn figures(part: &Part<'_>) -> Vec<Block> {
    let names = names(part);
    let all: Vec<(&str, Measured<'_>)> = part
        .subjects
        .iter()
        .flat_map(|subject| subject.sides.iter().map(|side| (subject.name, *side)))
        .filter(|(_, side)| side.result.figures().next().is_some())
        .collect();
    if all.is_empty() {
        let none = part.measured().next().is_some();
        let said = "The document has no figures that would tell whether its measurements are fit to be compared.";
        return none.then(|| Block::paragraph(said)).into_iter().collect();
    }
    let two = all.iter().any(|(_, side)| side.side.is_some());
    let columns = std::iter::once(Column::words("benchmark"))
        .chain(two.then(|| Column::words("side")))
        .chain([Column::numbers("rounds")])
        .chain(names.iter().map(|name| Column::numbers(heading(name, part))))
        .collect();
    let row = |(name, side): &(&str, Measured<'_>)| -> Vec<Cell> {
        let rounds = overview::rounds(side).map(|rounds| rounds.to_string()).unwrap_or_default();
        let lead =
            [Some(Cell::from(phrases::benchmark(name, part))), two.then(|| side.word().into()), Some(rounds.into())];
        lead.into_iter().flatten().chain(names.iter().map(|name| cell(side.result, name, part))).collect()
    };
    let broken = |(_, side): &(&str, Measured<'_>)| side.result.figures().any(|figure| !figure.held);
    let (bad, good): (Vec<_>, Vec<_>) = all.iter().partition(|one| broken(one));
    let table = |rows: Vec<Vec<Cell>>, columns: Vec<Column>| {
        let caption = "Figures about the measurements, with their limits".to_owned();
        Block::Table(Table { caption, columns, rows })
    };
    let columns: Vec<Column> = columns;
    let said = [Some(verdict_on_figures(part)), untold(part)];
    let mut blocks = vec![Block::Paragraph(Text::sentences(said.into_iter().flatten()))];
    if all.len() <= MOST_IN_SIGHT {
        blocks.push(table(bad.iter().chain(&good).copied().map(&row).collect(), columns));
        return blocks;
    }
    if !bad.is_empty() {
        let (first, more) = bad.split_at(bad.len().min(MOST_IN_SIGHT));
        blocks.push(table(first.iter().copied().map(&row).collect(), columns.clone()));
        if !more.is_empty() {
            let summary = format!(
                "{} with a figure beyond its limit by more than chance",
                units::count(more.len(), "more", "more")
            );
            let rows = more.iter().copied().map(&row).collect();
            blocks.push(Block::Fold { summary: summary.into(), blocks: vec![table(rows, columns.clone())] });
        }
    }
    if !good.is_empty() {
        let summary = format!(
            "{} without a figure beyond its limit by more than chance",
            units::count(good.len(), "measurement", "measurements")
        );
        let rows = good.iter().take(MOST_LISTED).copied().map(&row).collect();
        let left_out = good.len().saturating_sub(MOST_LISTED);
        let note = (left_out > 0).then(|| {
            Block::paragraph(format!("{} are in the document alone.", units::count(left_out, "more", "more")))
        });
        let inside = std::iter::once(table(rows, columns)).chain(note).collect();
        blocks.push(Block::Fold { summary: summary.into(), blocks: inside });
    }
    blocks
}

/// A figure of a benchmark; with its limit, if that is its own.
fn cell(result: &BenchmarkResult, name: &str, part: &Part<'_>) -> Cell {
    let Some(figure) = result.figures().find(|figure| figure.name == name) else { return absent(result, name).into() };
    let value = shown(kind(name), figure.value);
    let own_limit = !heading(name, part).contains('(');
    let words = match (figure.held, own_limit) {
        (true, false) => value,
        (true, true) => format!("{value} ({})", bound(name, figure.limit)),
        (false, false) => format!("{value}, too {}", direction(figure)),
        (false, true) => format!("{value}, too {} ({})", direction(figure), bound(name, figure.limit)),
    };
    Cell::toned(words, if figure.held { Tone::Calm } else { Tone::Bad })
}

/// What stands in the place of a figure that there is none of.
fn absent(result: &BenchmarkResult, name: &str) -> &'static str {
    if name == "drift" && result.has_too_few_rounds_to_drift() { "cannot be told" } else { "" }
}

/// Whose rounds are too few to tell a drift: that is not the same as that there is none.
fn untold(part: &Part<'_>) -> Option<Text> {
    let is_untold =
        |side: &Measured<'_>| !side.result.diagnosis.is_empty() && side.result.has_too_few_rounds_to_drift();
    let subjects = part.subjects.iter().filter(|subject| subject.sides.iter().any(is_untold));
    let names: Vec<Text> = subjects.map(|subject| phrases::benchmark(subject.name, part)).collect();
    (!names.is_empty()).then(|| {
        Text::from(format!("Fewer than {FEWEST_TO_DRIFT} rounds cannot tell a drift: it is not known of "))
            .and(phrases::names(&names, 3))
            .plain(".")
    })
}

fn direction(figure: &Figure) -> &'static str {
    if figure.name == "samples" { "few" } else { "much" }
}

/// How many figures are within their limits, and which kinds are not, and where.
fn verdict_on_figures(part: &Part<'_>) -> Text {
    let all: Vec<&Figure> = part.measured().flat_map(|one| one.result.figures()).collect();
    let held = all.iter().filter(|figure| figure.held).count();
    let measurements = part.measured().filter(|one| one.result.figures().next().is_some()).count();
    let of = units::count(measurements, "measurement", "measurements");
    if held == all.len() {
        return format!(
            "None of {} about {of} is beyond its limit by more than chance.",
            units::count(held, "figure", "figures")
        )
        .into();
    }
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    for subject in &part.subjects {
        for figure in subject.sides.iter().flat_map(|side| side.result.figures()).filter(|figure| !figure.held) {
            match kinds.iter_mut().find(|(known, _)| *known == figure.name) {
                Some((_, who)) if who.last() == Some(&subject.name) => {}
                Some((_, who)) => who.push(subject.name),
                None => kinds.push((&figure.name, vec![subject.name])),
            }
        }
    }
    let words = kinds.into_iter().map(|(name, who)| {
        let called = KNOWN.iter().find(|(known, ..)| *known == name).map_or(name, |(_, called, _)| *called);
        let who: Vec<Text> = who.into_iter().map(|name| phrases::benchmark(name, part)).collect();
        Text::from(format!("{called} of ")).and(phrases::names(&who, 3))
    });
    let beyond = all.len() - held;
    Text::from(format!(
        "{} of {} about {of} {} by more than chance: ",
        units::whole(beyond as u64),
        units::count(all.len(), "figure", "figures"),
        if beyond == 1 { "is beyond its limit" } else { "are beyond their limits" }
    ))
    .and(Text::joined(words, "; "))
    .plain(".")
}
