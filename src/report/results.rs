//! The results as they were measured, benchmark by benchmark: the metrics of each side, and their plots. The worst come first; of
//! those without a section of their own, the judged metrics stand in one table.

mod others;

use super::phrases;
use super::plots;
use super::resources;
use super::source::{Measured, Part, Subject};
use super::text::Text;
use super::{Block, Cell, Column, Section, Table};
use crate::result::Metric;
use crate::stats;
use crate::words::cells;
use crate::words::measured::{Summary, asked_and_done, basis_of_accuracy};
use crate::words::units;

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    let mut section = super::by_part("results", "Results", parts, lead);
    for (place, part) in parts.iter().enumerate() {
        let own = part.subjects.iter().filter(|subject| subject.has_section).map(|subject| of_benchmark(subject, part));
        let own: Vec<Section> = own.collect();
        match part.place {
            None => section.sections.extend(own),
            Some(_) => {
                if let Some(of_part) = section.sections.get_mut(place) {
                    of_part.sections.extend(own);
                }
            }
        }
    }
    section
}

/// What stands before the single benchmarks: how many there are, which have plots, and the others.
fn lead(part: &Part<'_>) -> Vec<Block> {
    let measured: Vec<&Subject<'_>> = part.subjects.iter().filter(|subject| !subject.sides.is_empty()).collect();
    let mut said = Vec::new();
    if measured.is_empty() {
        said.push(match part.run() {
            Some(_) => "Nothing was measured.".to_owned(),
            None => "This document holds the rows, and not the rounds that they rest on: so there are no metrics to list and \
                     nothing to draw of single benchmarks."
                .to_owned(),
        });
    }
    let own = measured.iter().filter(|subject| subject.has_section).count();
    let others: Vec<&Subject<'_>> = measured.iter().copied().filter(|subject| !subject.has_section).collect();
    if !others.is_empty() {
        let first = if part.comparison().is_some() { "the worst first" } else { "those with most to say first" };
        let drawn = match own {
            0 => "No benchmark has a part of its own with plots here".to_owned(),
            _ => format!(
                "{} of {} have a part of their own with all metrics and plots, {first}",
                units::whole(own as u64),
                units::count(measured.len(), "benchmark", "benchmarks")
            ),
        };
        said.push(format!(
            "{drawn}; of {} only the judged metrics are listed (`--plots all` gives each a part of its own).",
            units::count(others.len(), "other", "others")
        ));
    }
    said.extend(plots::missing(part));
    let mut blocks = Vec::new();
    if !said.is_empty() {
        blocks.push(Block::Paragraph(Text::prose(&said.join(" "))));
    }
    if !others.is_empty() {
        blocks.push(others::fold(&others));
    }
    blocks
}

/// Whether a metric is judged: it has a row; where nothing was compared, whether `check` would by default.
fn is_judged(subject: &Subject<'_>, metric: &Metric) -> bool {
    let mut rows = subject.rows.iter().filter_map(|row| row.metric.as_deref()).peekable();
    if rows.peek().is_none() { metric.gate } else { rows.any(|name| name == metric.name) }
}

/// All metrics of a benchmark, those of both sides beside each other; judged ones first.
fn metrics<'a>(subject: &Subject<'a>) -> Vec<(&'a Metric, Measured<'a>)> {
    let mut names: Vec<(&str, bool)> = Vec::new();
    for side in &subject.sides {
        for metric in &side.result.metrics {
            if !names.iter().any(|(known, _)| *known == metric.name) {
                names.push((&metric.name, is_judged(subject, metric)));
            }
        }
    }
    names.sort_by_key(|(_, judged)| !judged);
    let of = |name: &str| {
        let sides = subject.sides.iter();
        sides.filter_map(|side| Some((side.result.metric(name)?, *side))).collect::<Vec<_>>()
    };
    names.iter().flat_map(|(name, _)| of(name)).collect()
}

/// Those of one side, in the unit of both.
fn numbers(metric: &Metric, subject: &Subject<'_>) -> [Cell; 4] {
    let both = subject.sides.iter().filter_map(|side| side.result.metric(&metric.name));
    let both: Vec<f64> =
        both.filter(|one| one.unit == metric.unit).map(|one| stats::median(one.rounds.as_slice())).collect();
    let Summary { median, deviation, range } = Summary::beside(metric, &both);
    [median.into(), deviation.into(), range.into(), metric.rounds.count().to_string().into()]
}

fn of_benchmark(subject: &Subject<'_>, part: &Part<'_>) -> Section {
    let mut blocks = vec![Block::Paragraph(about(subject))];
    blocks.extend(accuracy(subject));
    if !subject.rows.is_empty() {
        blocks.push(Block::List(
            subject.rows.iter().filter(|row| row.metric.is_some()).map(|row| verdict(row)).collect(),
        ));
    }
    let (first, more) = plots::of(subject, part);
    blocks.extend(first);
    blocks.push(Block::Table(table(subject)));
    if !more.is_empty() {
        let summary = format!("More plots: {}", plots::kinds(&more).join(", "));
        blocks
            .push(Block::Fold { summary: summary.into(), blocks: more.into_iter().map(|(_, block)| block).collect() });
    }
    let used: Vec<Block> = subject.sides.iter().flat_map(|side| used(side, subject)).collect();
    if !used.is_empty() {
        blocks.push(Block::Fold { summary: "What the processes use".into(), blocks: used });
    }
    Section::new(&subject.id, subject.name, blocks)
}

/// What the processes use on one side: the numbers are among the metrics already.
fn used(side: &Measured<'_>, subject: &Subject<'_>) -> Vec<Block> {
    let two = subject.sides.len() > 1;
    let of_side = |sentence: &str| match (two, side.word()) {
        (true, word) => Text::from(format!("On the side of the {word}: ")).and(Text::prose(sentence)),
        (false, _) => Text::prose(sentence),
    };
    let said: Vec<Text> = resources::all_sentences(side.result).iter().map(|sentence| of_side(sentence)).collect();
    let list = (!said.is_empty()).then_some(Block::List(said));
    let plots = if two { Vec::new() } else { resources::course(side.result) };
    list.into_iter().chain(plots).collect()
}

/// Scenario, rounds, queries, duration. Of two sides each has its own numbers: a sum would be read as that of one.
fn about(subject: &Subject<'_>) -> Text {
    let Some(last) = subject.sides.last() else { return Text::new() };
    let result = last.result;
    let scenario = result.scenario.as_ref().map(|scenario| Text::from("Scenario ").code(scenario));
    let rounds = |side: &Measured<'_>| super::overview::rounds(side).map(|rounds| rounds as u64);
    let rounds = of_sides(subject, rounds, units::whole).map(|(rounds, is_one)| {
        if rounds == "1" { "1 round".to_owned() } else { format!("{rounds} rounds") + if is_one { "" } else { A_SIDE } }
    });
    let queries = |side: &Measured<'_>| side.result.queries.filter(|queries| *queries > 0);
    let queries = of_sides(subject, queries, units::whole);
    let queries =
        queries.map(|(queries, is_one)| format!("{queries} timed queries{}", if is_one { "" } else { A_SIDE }));
    let rates = subject.sides.iter().filter_map(|side| {
        let rates = asked_and_done(side.result)?;
        Some(if side.side.is_some() { format!("{} {rates}", side.word()) } else { rates })
    });
    let lasts = of_sides(subject, |side| side.result.round_duration, units::span);
    let lasts = lasts.map(|(time, _)| format!("a round takes {time}"));
    let only = match (subject.sides.as_slice(), last.side) {
        ([one], Some(_)) => Some(format!("measured on the side of the {} only", one.word())),
        _ => None,
    };
    let facts = [rounds, queries].into_iter().flatten().chain(rates).chain([lasts, only].into_iter().flatten());
    let facts = facts.map(Text::from);
    Text::joined(scenario.into_iter().chain(facts), ", ").plain(".")
}

/// Follows what both sides have alike.
const A_SIDE: &str = " a side";

/// What each side has: of two that say the same once, else both, the baseline first; and whether that is all there is, so that
/// nothing has to be said of sides. `None` where a side does not know.
fn of_sides<T>(
    subject: &Subject<'_>,
    fact: impl Fn(&Measured<'_>) -> Option<T>,
    words: impl Fn(T) -> String,
) -> Option<(String, bool)> {
    let all: Option<Vec<String>> = subject.sides.iter().map(|side| fact(side).map(&words)).collect();
    match all?.as_slice() {
        [only] => Some((only.clone(), true)),
        [base, candidate] if base == candidate => Some((base.clone(), false)),
        [base, candidate] => Some((format!("{base} and {candidate}"), true)),
        _ => None,
    }
}

/// What the accuracy of each side rests on, where that is known.
fn accuracy(subject: &Subject<'_>) -> Option<Block> {
    let known: Vec<(Measured<'_>, String)> =
        subject.sides.iter().filter_map(|side| Some((*side, basis_of_accuracy(side.result)?))).collect();
    let of = |(side, basis): &(Measured<'_>, String)| match side.side {
        Some(_) => format!("The `accuracy` of the {} {basis}.", side.word()),
        None => format!("`accuracy` {basis}."),
    };
    let said = match known.as_slice() {
        [] => return None,
        [(_, base), (_, candidate)] if base == candidate => format!("The `accuracy` of either side {base}."),
        some => some.iter().map(of).collect::<Vec<_>>().join(" "),
    };
    Some(Block::Paragraph(Text::prose(&said)))
}

/// `latency_p99, regression: 4.12 ms → 5.03 ms, +22.1 % [+18.4, +26.0]`.
fn verdict(row: &crate::gate::Row) -> Text {
    let (verdict, _) = cells::verdict(&row.finding);
    let name = Text::new().code(row.metric.as_deref().unwrap_or_default());
    let numbers = phrases::numbers(row);
    let text = name.plain(", ").strong(verdict);
    if numbers.is_empty() { text.plain(": ").and(phrases::reason(row)) } else { text.plain(": ").and(numbers) }
}

/// All metrics of a benchmark.
fn table(subject: &Subject<'_>) -> Table {
    let two = subject.sides.iter().any(|side| side.side.is_some());
    let columns = [
        Some(Column::words("metric")),
        two.then(|| Column::words("side")),
        Some(Column::numbers("median of rounds")),
        Some(Column::numbers("std dev")),
        Some(Column::numbers("lowest … highest")),
        Some(Column::numbers("rounds")),
        Some(Column::words("judged")),
    ];
    let row = |(metric, side): (&Metric, Measured<'_>)| -> Vec<Cell> {
        let lead = [Some(Cell::from(Text::new().code(&metric.name))), two.then(|| side.word().into())];
        let judged = if is_judged(subject, metric) { "yes" } else { "" };
        lead.into_iter().flatten().chain(numbers(metric, subject)).chain([judged.into()]).collect()
    };
    let rows = metrics(subject).into_iter().map(row).collect();
    let caption = "All metrics over the rounds; the spread is the standard deviation from round to round".to_owned();
    Table { caption, columns: columns.into_iter().flatten().collect(), rows }.without_empty_columns()
}

#[cfg(test)]
mod tests {
    use super::others::MOST_LISTED;
    use super::*;
    use crate::gate::Method;
    use crate::report::source::Source;
    use crate::result::{Answers, RunOutcome};
    use crate::words::samples::{around, benchmark, judged, latency, metric, result, sides};

    #[test]
    fn every_metric_of_both_sides_is_listed_with_its_rounds() {
        let pair = [4.12e6, 5.03e6].map(|level| {
            let mut unjudged = metric("latency_max", "ns", around(9e6, 10));
            unjudged.gate = false;
            benchmark("a", vec![unjudged, metric("latency_p50", "ns", around(level, 10))])
        });
        let comparison = judged(&sides([pair]), Method::SideBySide);
        let parts = Part::all(&[Source::of_comparison(&comparison)], 20);
        let said = crate::report::tests::words(&section(&parts));
        for expected in [
            "Scenario single-stream, 10 rounds a side, 6,000 timed queries a side.",
            "latency_p50, regression: 4.1",
            "latency_p50 | baseline | 4.1",
            "latency_p50 | candidate | 5.0",
            "latency_max | baseline | 8.99 ms",
        ] {
            assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
        }
        assert!(said.find("latency_p50 | baseline") < said.find("latency_max | baseline"), "judged ones come first");
    }

    #[test]
    fn both_sides_of_a_metric_are_in_the_same_unit() {
        let pair = [980e3, 1.02e6]
            .map(|level| benchmark("a", vec![metric("latency_p50", "ns", vec![level - 5e4, level, level + 5e4])]));
        let comparison = judged(&sides([pair]), Method::SideBySide);
        let said = crate::report::tests::words(&section(&Part::all(&[Source::of_comparison(&comparison)], 20)));
        assert!(said.contains("latency_p50 | baseline | 980 µs"), "{said}");
        assert!(said.contains("latency_p50 | candidate | 1020 µs"), "{said}");
    }

    #[test]
    fn an_accuracy_says_what_it_rests_on() {
        let said = |answers: [Option<(u64, u64)>; 2]| {
            let pair = answers.map(|answers| {
                let mut of = benchmark("a", vec![metric("accuracy", "ratio", vec![0.9, 0.91, 0.92])]);
                of.answers = answers.map(|(judged, samples)| Answers::new(judged, samples).unwrap());
                of
            });
            let comparison = judged(&sides([pair]), Method::SideBySide);
            crate::report::tests::words(&section(&Part::all(&[Source::of_comparison(&comparison)], 20)))
        };
        let same = said([Some((300, 100)); 2]);
        assert!(
            same.contains("The accuracy of either side rests on 300 answers about 100 different samples."),
            "{same}"
        );
        let different = said([Some((300, 100)), Some((297, 99))]);
        assert!(different.contains("The accuracy of the baseline rests on 300 answers about 100 "), "{different}");
        assert!(different.contains("The accuracy of the candidate rests on 297 answers about 99 "), "{different}");
        assert!(!said([None, None]).contains("rests on"));
    }

    #[test]
    fn what_has_no_part_of_its_own_is_counted_and_listed_together() {
        let many = sides((0..9).map(|number| latency(&format!("b{number}"), 1.0)));
        let comparison = judged(&many, Method::SideBySide);
        let parts = Part::all(&[Source::of_comparison(&comparison)], 4);
        let section = section(&parts);
        assert_eq!(section.sections.len(), 4);
        let said = crate::report::tests::words(&section);
        assert!(said.contains("4 of 9 benchmarks have a part of their own"), "{said}");
        assert!(said.contains("of 5 others only the judged metrics"), "{said}");
        assert!(said.contains("b8 | latency_p50 | candidate | 4.1"), "{said}");
    }

    #[test]
    fn what_is_not_judged_is_not_listed_as_if_it_were() {
        let of = |name: &str, gate: bool| {
            let unjudged = |name: &str, level| Metric { gate: false, ..metric(name, "ns", around(level, 10)) };
            let latency = Metric { gate, ..metric("latency_p50", "ns", around(1e6, 10)) };
            benchmark(name, vec![latency, unjudged("latency_p99", 2e6)])
        };
        let both = |name| [of(name, true), of(name, true)];
        let comparison = judged(&sides([both("a"), both("b")]), Method::Independent);
        let folded = |source: Source<'_>| -> String {
            section(&Part::all(&[source], 1)).blocks.iter().map(crate::report::tests::block_words).collect()
        };
        let said = folded(Source::of_comparison(&comparison));
        assert!(said.contains("b | latency_p50 | candidate") && !said.contains("latency_p99"), "{said}");
        let benchmarks = vec![of("a", true), of("b", true), of("c", false)];
        let outcome = RunOutcome { result: result("3", benchmarks), failures: Vec::new(), not_reached: Vec::new() };
        let said = folded(Source::of_run(&outcome));
        assert!(said.contains("b | latency_p50 | ") && !said.contains("c | latency_p50"), "{said}");
        assert!(said.contains("1 of these has no judged metric."), "{said}");
    }

    #[test]
    fn of_hundreds_without_a_part_of_their_own_some_are_listed_and_the_others_counted() {
        let many = sides((0..MOST_LISTED + 5).map(|number| latency(&format!("b{number:03}"), 1.0)));
        let comparison = judged(&many, Method::SideBySide);
        let parts = Part::all(&[Source::of_comparison(&comparison)], 2);
        let said = crate::report::tests::words(&section(&parts));
        assert!(said.contains("3 more are in the document alone."), "{said}");
        assert_eq!(said.matches("| latency_p50 | candidate |").count(), MOST_LISTED, "{said}");
    }

    #[test]
    fn a_document_without_rounds_says_so_once() {
        let mut comparison = judged(&sides([latency("a", 1.0), latency("b", 1.0)]), Method::SideBySide);
        comparison.measured.clear();
        let parts = Part::all(&[Source::of_comparison(&comparison)], 20);
        let section = section(&parts);
        let said = crate::report::tests::words(&section);
        assert_eq!(said.matches("not the rounds that they rest on").count(), 1, "{said}");
        assert!(section.sections.is_empty());
    }

    #[test]
    fn a_run_with_faults_comes_before_one_without() {
        let mut faulty = benchmark("b", vec![metric("latency_p50", "ns", around(1e6, 10))]);
        faulty.validity = vec![crate::result::Rule { name: "x".to_owned(), held: false, detail: String::new() }];
        let fine = benchmark("a", vec![metric("latency_p50", "ns", around(1e6, 10))]);
        let outcome = RunOutcome::complete(result("3", vec![fine, faulty]));
        let parts = Part::all(&[Source::of_run(&outcome)], 20);
        let headings: Vec<String> = section(&parts).sections.into_iter().map(|section| section.heading).collect();
        assert_eq!(headings, ["b", "a"]);
    }
}
