//! Statistical validation: whether what was measured is fit to be compared, figure by figure, the rules of validity, and what the
//! rows can see.

mod figures;

use super::phrases;
use super::power;
use super::source::{Measured, Part};
use super::text::Text;
use super::{Block, Cell, Column, Section, Table, Tone};
use crate::result::Warning;
use crate::words::units;

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    super::by_part("validation", "Statistical validation", parts, |part| {
        let mut blocks = figures::figures(part);
        blocks.extend(figures::unknown(part));
        blocks.extend(rules(part));
        blocks.extend(match part.comparison() {
            Some(comparison) => power::table_of_comparison(comparison, part),
            None => power::table_of_run(part),
        });
        blocks.extend(warnings(part));
        blocks
    })
}

/// The rules of validity: those that did not hold in sight, the others with what they prove.
fn rules(part: &Part<'_>) -> Vec<Block> {
    let of = |held: bool| {
        part.subjects.iter().flat_map(move |subject| {
            subject.sides.iter().flat_map(move |side| {
                let rules = side.result.validity.iter().filter(move |rule| rule.held == held);
                rules.map(move |rule| (subject.name, *side, rule))
            })
        })
    };
    let (broken, kept): (Vec<_>, Vec<_>) = (of(false).collect(), of(true).collect());
    let all = broken.len() + kept.len();
    if all == 0 {
        return Vec::new();
    }
    let two = broken.iter().chain(&kept).any(|(_, side, _)| side.side.is_some());
    let columns = || -> Vec<Column> {
        let lead = [Some("benchmark"), two.then_some("side"), Some("rule"), Some("held"), Some("because")];
        lead.into_iter().flatten().map(Column::words).collect()
    };
    let row = |(name, side, rule): &(&str, Measured<'_>, &crate::result::Rule)| -> Vec<Cell> {
        let held = if rule.held { Cell::from("yes") } else { Cell::toned("no", Tone::Bad) };
        let cells = [
            Some(Cell::from(phrases::benchmark(name, part))),
            two.then(|| side.word().into()),
            Some(Text::new().code(&rule.name).into()),
            Some(held),
            Some(Text::prose(&rule.detail).into()),
        ];
        cells.into_iter().flatten().collect()
    };
    let table = |caption: &str, rows: Vec<Vec<Cell>>| {
        Block::Table(Table { caption: caption.to_owned(), columns: columns(), rows })
    };
    let said = match broken.len() {
        0 => format!("All {} held.", units::count(all, "rule of validity", "rules of validity")),
        number => format!(
            "{} of {} did not hold.",
            units::whole(number as u64),
            units::count(all, "rule of validity", "rules of validity")
        ),
    };
    let mut blocks = vec![Block::paragraph(said)];
    if !broken.is_empty() {
        blocks.push(table("Rules that did not hold", broken.iter().map(row).collect()));
    }
    if !kept.is_empty() {
        let summary =
            format!("{} and what they rest on", units::count(kept.len(), "rule that held", "rules that held"));
        let rows = kept.iter().map(row).collect();
        blocks.push(Block::Fold { summary: summary.into(), blocks: vec![table("Rules that held", rows)] });
    }
    blocks
}

/// What a warning says; of one that says nothing, its code.
fn said(warning: &Warning) -> Text {
    if warning.message.trim().is_empty() { Text::new().code(&warning.code) } else { Text::prose(&warning.message) }
}

/// What the reader should know of a comparison as a whole.
fn warnings(part: &Part<'_>) -> Vec<Block> {
    let Some(comparison) = part.comparison() else { return Vec::new() };
    let items: Vec<Text> = comparison.warnings.iter().map(said).collect();
    if items.is_empty() {
        return Vec::new();
    }
    let said = format!("{} about the comparison as a whole:", units::count(items.len(), "warning", "warnings"));
    vec![Block::paragraph(said), Block::List(items)]
}

#[cfg(test)]
mod tests {
    use super::figures::MOST_LISTED;
    use super::*;
    use crate::report::source::Source;
    use crate::result::{BenchmarkResult, Figure, Rule, RunOutcome};
    use crate::words::samples::{around, benchmark, metric, result};

    fn outcome() -> RunOutcome {
        let mut benchmark = benchmark("a", vec![metric("latency_p50", "ns", around(4.12e6, 10))]);
        let figure = |name: &str, value, limit, held| Figure { name: name.to_owned(), value, limit, held };
        benchmark.diagnosis = vec![
            figure("samples", 200.0, 5.0, true),
            figure("drift", -0.021, 0.05, true),
            figure("machine_busy_share", 0.312, 0.1, false),
            figure("new_figure", 1.25, 2.0, true),
        ];
        benchmark.validity = vec![
            Rule { name: "min-queries".to_owned(), held: true, detail: "200 queries, 100 wanted".to_owned() },
            Rule { name: "latency-bound".to_owned(), held: false, detail: "12 of 2000 queries took longer".to_owned() },
        ];
        RunOutcome::complete(result("3", vec![benchmark]))
    }

    fn words(outcome: &RunOutcome) -> String {
        crate::report::tests::words(&section(&Part::all(&[Source::of_run(outcome)], 20)))
    }

    #[test]
    fn every_figure_stands_beside_its_limit_and_says_whether_it_held() {
        let said = words(&outcome());
        for expected in [
            "1 of 4 figures about 1 measurement is beyond its limit by more than chance: other processes of a.",
            "queries a round (at least 5)",
            "drift (at most ±5 %)",
            "other processes (at most 10 %)",
            "a | 10 | 200 | −2.1 % | 31 %, too much",
            "new_figure | 1 | 1.25 | 1.25 | 2.00 | 0",
            "1 of 2 rules of validity did not hold.",
            "a | latency-bound | no | 12 of 2000 queries took longer",
            "1 rule that held and what they rest on",
        ] {
            assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
        }
    }

    #[test]
    fn where_all_is_well_that_is_said_with_the_numbers() {
        let mut outcome = outcome();
        outcome.result.benchmarks[0].diagnosis[2].held = true;
        outcome.result.benchmarks[0].validity[1].held = true;
        let said = words(&outcome);
        assert!(
            said.contains("None of 4 figures about 1 measurement is beyond its limit by more than chance."),
            "{said}"
        );
        assert!(said.contains("All 2 rules of validity held."), "{said}");
        outcome.result.benchmarks[0].diagnosis.clear();
        outcome.result.benchmarks[0].validity.clear();
        assert!(words(&outcome).contains("no figures that would tell"), "{}", words(&outcome));
    }

    #[test]
    fn too_few_rounds_to_tell_a_drift_are_not_said_to_have_none() {
        let mut outcome = outcome();
        let mut short = outcome.result.benchmarks[0].clone();
        short.name = "b".to_owned();
        short.metrics = vec![metric("latency_p50", "ns", around(4.12e6, 5))];
        outcome.result.benchmarks.push(short);
        let said = words(&outcome);
        assert!(said.contains("Fewer than 6 rounds cannot tell a drift: it is not known of b."), "{said}");
        assert!(said.contains("b | 5 | 200 | cannot be told | "), "{said}");
        assert!(said.contains("2 of 7 figures about 2 measurements"), "{said}");
    }

    #[test]
    fn limits_that_differ_stand_beside_their_figures() {
        let mut outcome = outcome();
        let mut other = outcome.result.benchmarks[0].clone();
        other.name = "b".to_owned();
        other.diagnosis[0] = Figure { name: "samples".to_owned(), value: 9.0, limit: 21.0, held: false };
        outcome.result.benchmarks.push(other);
        let said = words(&outcome);
        assert!(said.contains("9, too few (at least 21)") && said.contains("200 (at least 5)"), "{said}");
    }
    #[test]
    fn of_hundreds_of_measurements_that_are_well_some_are_listed_and_the_others_counted() {
        let mut outcome = outcome();
        let mut well = outcome.result.benchmarks.remove(0);
        well.diagnosis[2].held = true;
        let named = |number: usize| BenchmarkResult { name: format!("case {number:03}"), ..well.clone() };
        outcome.result.benchmarks = (0..MOST_LISTED + 7).map(named).collect();
        let said = words(&outcome);
        assert!(said.contains("case 199 | 10 | 200") && !said.contains("case 200 | 10 | 200"), "{said}");
        assert!(said.contains("7 more are in the document alone."), "{said}");
    }
}
