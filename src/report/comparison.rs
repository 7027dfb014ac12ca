//! The comparison with the baseline: every row, the worst first, with what it rests on; the unchanged ones are counted and folded.

use super::phrases;
use super::source::Part;
use super::text::Text;
use super::{Block, Cell, Column, Section, Table, Tone};
use crate::gate::{Comparison, Evidence, Finding, Row, Test};
use crate::plot::{self, Forest};
use crate::stats::benjamini_hochberg;
use crate::words::cells::Cells;
use crate::words::reasons::{self, Explanation};
use crate::words::{summary, units};

/// More rows than this that are not unchanged are folded, too.
const MOST_IN_SIGHT: usize = 60;

/// More reasons than this are folded.
const MOST_REASONS: usize = 12;

/// The section; nothing in it where nothing was compared.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    let explored = explore(parts);
    let mut number = 0;
    let mut section = super::by_part("comparison", "Comparison with the baseline", parts, |part| {
        let Some(comparison) = part.comparison() else { return Vec::new() };
        let from = number;
        number += comparison.rows.len();
        let q_values = explored.as_ref().map(|all| all.get(from..number).unwrap_or_default());
        of_comparison(comparison, part, q_values)
    });
    if let Some(all) = &explored {
        section.blocks.insert(0, Block::paragraph(exploration(all, parts)));
    }
    section
}

/// The p-values of the rows of several comparisons, corrected together after Benjamini and Hochberg, row by row in the order of
/// the documents; `None` where there is only one.
fn explore(parts: &[Part<'_>]) -> Option<Vec<Option<f64>>> {
    let comparisons: Vec<&Comparison> = parts.iter().filter_map(Part::comparison).collect();
    if comparisons.len() < 2 {
        return None;
    }
    // Over all looks at the row: its share of alpha stands for the others.
    let over_looks = |p_value: f64, share: f64| Some((p_value / share).min(1.0));
    let of_row = |row: &Row| match (row.objective(), row.compared().map(|compared| &compared.evidence)) {
        (Some(found), _) => found.evidence.and_then(|evidence| over_looks(evidence.p_value, found.share)),
        (None, Some(Evidence::Tested(tested))) => over_looks(tested.p_value, tested.share),
        (None, Some(Evidence::Exact | Evidence::TooFewRounds) | None) => None,
    };
    let raw: Vec<Option<f64>> = comparisons.iter().flat_map(|comparison| comparison.rows.iter().map(of_row)).collect();
    let tested: Vec<f64> = raw.iter().flatten().copied().collect();
    if tested.is_empty() {
        return None;
    }
    let mut corrected = benjamini_hochberg(&tested).into_iter();
    Some(raw.into_iter().map(|p| p.and_then(|_| corrected.next())).collect())
}

fn exploration(all: &[Option<f64>], parts: &[Part<'_>]) -> String {
    let tests = all.iter().flatten().count();
    let comparisons = parts.iter().filter(|part| part.comparison().is_some()).count();
    let below = all.iter().flatten().filter(|q| **q < EXPLORED).count();
    let found = match below {
        0 => format!("no row has q below {EXPLORED}"),
        _ => format!(
            "{} q below {EXPLORED}, of which {} in 100 may be chance",
            units::count(below, "row has", "rows have"),
            EXPLORED * 100.0
        ),
    };
    format!(
        "Each verdict is that of its own document, in which p is corrected after Holm. To look for changes over all {comparisons} \
         comparisons together, q is p after the correction of Benjamini and Hochberg for {}: {found}. It decides nothing.",
        units::count(tests, "test", "tests"),
    )
}

/// The share of false discoveries that exploration puts up with.
const EXPLORED: f64 = 0.05;

fn of_comparison(comparison: &Comparison, part: &Part<'_>, q_values: Option<&[Option<f64>]>) -> Vec<Block> {
    let rows: Vec<(&Row, Option<f64>)> = comparison
        .rows
        .iter()
        .enumerate()
        .map(|(place, row)| (row, q_values.and_then(|all| all.get(place).copied().flatten())))
        .collect();
    let (listed, unchanged): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(row, _)| summary::is_listed(row));
    let mut blocks = vec![Block::Paragraph(lead(comparison))];
    let (first, more) = listed.split_at(listed.len().min(MOST_IN_SIGHT));
    if !first.is_empty() {
        blocks.push(Block::Table(table("Rows that are not unchanged, the worst first", first, part)));
    }
    if !more.is_empty() {
        let summary = units::count(more.len(), "more row", "more rows");
        let table = table("More rows that are not unchanged", more, part);
        blocks.push(Block::Fold { summary: summary.into(), blocks: vec![Block::Table(table)] });
    }
    if !unchanged.is_empty() {
        let met = summary::met(&comparison.rows);
        let same = unchanged.len() - met;
        let parts = [
            (same > 0).then(|| {
                let words = summary::unchanged_in_words(&comparison.rows);
                format!("{} {words}", units::count(same, "row is", "rows are"))
            }),
            (met > 0).then(|| summary::objectives_met(met)),
        ];
        let summary = parts.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let table = table("Unchanged rows", &unchanged, part);
        blocks.push(Block::Fold { summary: summary.into(), blocks: vec![Block::Table(table)] });
    }
    let all: Vec<&Row> = comparison.rows.iter().collect();
    blocks.extend(drawn(plot::forest(&all)));
    blocks.extend(reasons(comparison, part));
    blocks
}

/// The changes as drawings: that of what matters most in sight.
fn drawn(forest: Forest) -> Vec<Block> {
    let Forest { drawings, more, left_out, .. } = forest;
    let mut drawings = drawings.into_iter().map(|plot| Block::Plot(Box::new(plot)));
    let mut blocks: Vec<Block> = drawings.next().into_iter().collect();
    if more > 0 {
        let rest = match left_out {
            0 => String::new(),
            _ => format!("; {} with smaller ones in the tables alone", units::count(left_out, "row is", "rows are")),
        };
        let summary = format!("The changes of {}, drawn{rest}", units::count(more, "more row", "more rows"));
        blocks.push(Block::Fold { summary: summary.into(), blocks: drawings.collect() });
    }
    blocks
}

/// What stands in the columns that are not clear by themselves.
fn lead(comparison: &Comparison) -> Text {
    let rows = comparison.rows.as_slice();
    let tested = || super::power::tested(comparison).map(|(_, tested)| tested);
    let mut said = vec![super::overview::tally(rows)];
    if tested().next().is_some() {
        let level = units::share(1.0 - comparison.alpha.share(), 4);
        said.push(locations(comparison).into());
        said.push(format!("In brackets is the interval of the change at a confidence of {level}.").into());
        let mut sizes = Vec::new();
        let mut add = |wanted: fn(Test) -> bool, words: &'static str| {
            if tested().any(|tested| wanted(tested.test) && tested.effect_size.is_some()) {
                sizes.push(words);
            }
        };
        add(
            |test| matches!(test, Test::WelchLog | Test::WelchLinear),
            "Hedges' g, the difference in standard deviations of a round",
        );
        add(
            |test| matches!(test, Test::PairedTrimmedLog | Test::PairedTrimmedLinear),
            "the trimmed mean difference of the pairs in their own standard deviations, estimated from the winsorised ones",
        );
        add(
            |test| matches!(test, Test::PairedLog | Test::PairedLinear),
            "the mean difference of the pairs in their own standard deviations",
        );
        add(
            |test| matches!(test, Test::SessionLog | Test::SessionLinear),
            "the difference in standard deviations of a session",
        );
        if !sizes.is_empty() {
            said.push(format!("The effect size is {}.", sizes.join("; ")).into());
        }
    }
    Text::sentences(said)
}

/// What the values of both sides are, of the rows that were tested.
fn locations(comparison: &Comparison) -> String {
    let any = |wanted: fn(Test) -> bool| super::power::tested(comparison).any(|(_, tested)| wanted(tested.test));
    let is_trimmed = |test| matches!(test, Test::PairedTrimmedLog | Test::PairedTrimmedLinear);
    let is_linear =
        |test| matches!(test, Test::WelchLinear | Test::PairedLinear | Test::PairedTrimmedLinear | Test::SessionLinear);
    let is_log = |test| matches!(test, Test::WelchLog | Test::PairedLog | Test::PairedTrimmedLog | Test::SessionLog);
    let kind = match (any(is_log), any(is_linear)) {
        (true, true) => "geometric means (rates of failure, and where a value is not positive, means)",
        (false, true) => "means",
        _ => "geometric means",
    };
    let pairs = if any(is_trimmed) { ", without the pairs that trimming leaves out" } else { "" };
    format!("The values of tested rows are {kind} of the rounds{pairs}.")
}

fn table(caption: &str, rows: &[(&Row, Option<f64>)], part: &Part<'_>) -> Table {
    let columns = vec![
        Column::words("benchmark"),
        Column::words("metric"),
        Column::numbers("baseline"),
        Column::numbers("candidate"),
        Column::numbers("change"),
        Column::numbers("interval"),
        Column::numbers("p (Holm)"),
        Column::numbers("q (BH)"),
        Column::numbers("effect size"),
        Column::numbers("rounds"),
        Column::numbers("threshold"),
        Column::words("verdict"),
    ];
    let rows = rows.iter().map(|(row, q)| cells(row, *q, part)).collect();
    Table { caption: caption.to_owned(), columns, rows }.without_empty_columns()
}

fn cells(row: &Row, q: Option<f64>, part: &Part<'_>) -> Vec<Cell> {
    let cells = Cells::of(row);
    let compared = row.compared();
    let rounds = compared.map(|compared| compared.rounds).or_else(|| row.objective().map(|found| found.rounds));
    let rounds = rounds.map(|rounds| match rounds {
        [base, candidate] if base == candidate => base.to_string(),
        [0, candidate] => candidate.to_string(),
        [base, candidate] => format!("{base}, {candidate}"),
    });
    let effect = compared.and_then(|compared| match &compared.evidence {
        Evidence::Tested(tested) => tested.effect_size.map(|size| units::number(size, 2)),
        Evidence::Exact | Evidence::TooFewRounds => None,
    });
    let metric = if cells.metric.is_empty() { Text::new() } else { Text::new().code(cells.metric) };
    let change = if cells.tone == Tone::Calm { Tone::Calm } else { cells.tone };
    let again = if row.confirmed { ", side by side" } else { "" };
    vec![
        phrases::benchmark(&row.benchmark, part).into(),
        metric.into(),
        cells.baseline.into(),
        cells.candidate.into(),
        Cell::toned(cells.change, change),
        cells.interval.into(),
        cells.p.into(),
        q.map(units::p_value).unwrap_or_default().into(),
        effect.unwrap_or_default().into(),
        rounds.unwrap_or_default().into(),
        compared.map(|compared| compared.threshold.short_by(row.yardstick())).unwrap_or_default().into(),
        Cell::toned(format!("{}{again}", cells.verdict), cells.tone),
    ]
}

/// The reason of each verdict that is not plain from the numbers.
fn reasons(comparison: &Comparison, part: &Part<'_>) -> Vec<Block> {
    let all = reasons::explanations(&comparison.rows);
    if all.is_empty() {
        return Vec::new();
    }
    let (first, more) = all.split_at(all.len().min(MOST_REASONS));
    let mut blocks = vec![Block::paragraph("Why:")];
    blocks.extend(told(first, comparison, part));
    if !more.is_empty() {
        let summary = units::count(more.len(), "more reason", "more reasons");
        blocks.push(Block::Fold { summary: summary.into(), blocks: told(more, comparison, part) });
    }
    blocks
}

/// Reasons as lists, with what a process said between them.
fn told(all: &[Explanation<'_>], comparison: &Comparison, part: &Part<'_>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for why in all {
        let (reason, quoted) = why.parts();
        let item = subjects(why, comparison, part).plain(": ").and(Text::prose(reason)).and(accepted(why));
        match blocks.last_mut() {
            Some(Block::List(items)) => items.push(item),
            _ => blocks.push(Block::List(vec![item])),
        }
        if !quoted.is_empty() {
            blocks.push(Block::Code(quoted.to_owned()));
        }
    }
    blocks
}

/// The rows of a reason by name, or counted where they are many.
fn subjects(why: &Explanation<'_>, comparison: &Comparison, part: &Part<'_>) -> Text {
    let names: Vec<Text> = why.rows.iter().take(4).map(|row| phrases::name(row, part)).collect();
    match why.rows.len() {
        all if all > 3 && all == comparison.rows.len() => format!("all {all} rows").into(),
        all if all > 4 => {
            Text::joined(names.into_iter().take(3), ", ").plain(format!(" and {} more", units::whole(all as u64 - 3)))
        }
        _ => phrases::names(&names, 3),
    }
}

/// Until when a regression is accepted.
fn accepted(why: &Explanation<'_>) -> Text {
    let Some(row) = why.rows.first() else { return Text::new() };
    let Finding::Accepted(_, acceptance) = &row.finding else { return Text::new() };
    let until = acceptance.term.until().map(|day| format!(" until {day}"));
    Text::from(format!(" (up to {}{})", acceptance.up_to.by(row.yardstick()), until.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::report::source::{Document, Source};
    use crate::words::samples::{accepted, judged, latency, sides, usual};

    fn words(comparisons: &[&Comparison]) -> String {
        let source = |comparison: &&'_ Comparison| -> String { format!("{:?}.json", comparison.method) };
        let sources: Vec<Source<'_>> = comparisons
            .iter()
            .map(|one| Source { label: Some(source(one)), document: Document::Comparison(one) })
            .collect();
        crate::report::tests::words(&section(&Part::all(&sources, 20)))
    }

    #[test]
    fn rows_stand_in_the_order_of_the_contract_and_the_unchanged_are_folded() {
        let said = words(&[&judged(&usual(), Method::SideBySide)]);
        let place = |text: &str| said.find(text).unwrap_or_else(|| panic!("`{text}` is not in:\n{said}"));
        assert!(place("| regression") < place("| inconclusive"));
        assert!(place("| inconclusive") < place("| improvement"));
        assert!(place("| improvement") < place("27 rows are unchanged (exactly equal)"));
        assert!(place("27 rows are unchanged") < place("| unchanged"));
        assert!(said.contains("interval of the change at a confidence of 95 %"), "{said}");
        assert!(said.contains("The effect size is the trimmed mean difference of the pairs"), "{said}");
        assert!(!said.contains("q (BH)"), "one comparison needs no exploration");
    }

    #[test]
    fn several_comparisons_are_explored_together() {
        let [one, two] =
            [1.3, 1.02].map(|change| judged(&sides([latency("a", change), latency("b", 1.01)]), Method::SideBySide));
        let said = words(&[&one, &two]);
        assert!(said.contains("over all 2 comparisons together"), "{said}");
        assert!(said.contains("for 4 tests: 1 row has q below 0.05, of which 5 in 100 may be chance."), "{said}");
        assert!(said.contains("q (BH)"), "{said}");
    }

    #[test]
    fn what_is_accepted_says_how_far_and_why() {
        let said = words(&[&accepted()]);
        assert!(said.contains("| accepted") && said.contains("exact rounding"), "{said}");
        assert!(said.contains("(up to 35 % until 2026-12-31)"), "{said}");
    }
}
