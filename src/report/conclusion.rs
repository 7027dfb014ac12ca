//! The conclusion: what the document shows, what it rules out, and what it leaves open.

use super::overview::{decided, word};
use super::phrases;
use super::power;
use super::source::{Part, faults};
use super::text::Text;
use super::{Block, Section};
use crate::gate::{Comparison, Decision, Finding, Row};
use crate::result::RunOutcome;
use crate::words::{summary, units};

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    super::by_part("conclusion", "Conclusion", parts, |part| {
        let said = match (part.comparison(), part.run()) {
            (Some(comparison), _) => of_comparison(comparison, part),
            (None, Some(outcome)) => of_run(outcome, part),
            (None, None) => Vec::new(),
        };
        if said.is_empty() { Vec::new() } else { vec![Block::Paragraph(Text::sentences(said))] }
    })
}

fn of_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let number = |decision| decided(comparison, decision).filter(|row| row.compared().is_some()).count();
    let (worse, better) = (number(Decision::Regression), number(Decision::Improvement));
    let open = comparison.rows.iter().filter(|row| phrases::is_open(row)).count();
    let (equal, others) = summary::equal_and_others(&comparison.rows);
    let (word, _) = word(comparison.verdict);
    let mut said = vec![
        Text::from("The verdict is ")
            .strong(word)
            .plain(format!(", with exit status {}.", comparison.exit_status.code())),
    ];
    let rows = |number| units::count(number, "row", "rows");
    let shown: Vec<String> = [
        (worse > 0).then(|| format!("{} to be worse", rows(worse))),
        (better > 0).then(|| format!("{} to be better", rows(better))),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !shown.is_empty() {
        said.push(format!("It shows {}, beyond chance and threshold.", shown.join(", and ")).into());
    }
    if others > 0 {
        said.push(format!("For {}, {}.", rows(others), summary::ruled_out(&comparison.rows)).into());
    }
    if equal > 0 {
        let verb = if equal == 1 { "is" } else { "are" };
        said.push(format!("{} {verb} exactly equal on both sides.", rows(equal)).into());
    }
    if open > 0 {
        let verb = if open == 1 { "stays" } else { "stay" };
        said.push(format!("{} {verb} open: neither shown nor ruled out.", rows(open)).into());
    }
    said.extend(of_objectives(comparison));
    let nothing_to_compare = |row: &&Row| match row.finding {
        Finding::Objective(_) | Finding::NotReached | Finding::Failed => false,
        _ => row.compared().is_none(),
    };
    let apart = comparison.rows.iter().filter(nothing_to_compare).count();
    if apart > 0 {
        said.push(format!("Of {} nothing is claimed, because there was nothing to compare.", rows(apart)).into());
    }
    let failed = comparison.rows.iter().filter(|row| row.finding == Finding::Failed).count();
    if failed > 0 {
        let text = format!("Of {} nothing is known, because the measurement failed.", rows(failed));
        said.push(text.into());
    }
    said.extend(unjudged(part));
    said.extend(doubts(part));
    said
}

/// What is known of the objectives; `None` where there are none.
fn of_objectives(comparison: &Comparison) -> Option<Text> {
    let rows = || comparison.rows.iter().filter(|row| row.objective().is_some());
    let with = |decision| rows().filter(|row| row.decision() == decision).count();
    let counted = [
        (with(Some(Decision::Regression)), "violated"),
        (with(None), "violated, which is accepted"),
        (with(Some(Decision::Inconclusive)), "not proven"),
        (with(Some(Decision::Unchanged)), "met"),
    ];
    let counted = counted.into_iter().filter(|(number, _)| *number > 0);
    let counted: Vec<String> =
        counted.map(|(number, word)| format!("{} {word}", units::whole(number as u64))).collect();
    let all = units::count(rows().count(), "objective", "objectives");
    (!counted.is_empty()).then(|| format!("Of {all}: {}.", counted.join(", ")).into())
}

/// How many metrics were measured and not judged.
fn unjudged(part: &Part<'_>) -> Option<Text> {
    let of_subject = |subject: &super::source::Subject<'_>| {
        let Some(last) = subject.sides.last() else { return 0 };
        let judged = |name: &str| subject.rows.iter().any(|row| row.metric.as_deref() == Some(name));
        last.result.metrics.iter().filter(|metric| !judged(&metric.name)).count()
    };
    let metrics: usize = part.subjects.iter().map(of_subject).sum();
    (metrics > 0).then(|| {
        let metrics = units::count(metrics, "metric was", "metrics were");
        format!("{metrics} measured and not judged, so nothing is claimed of how they changed.").into()
    })
}

/// What makes the measurements doubtful.
fn doubts(part: &Part<'_>) -> Option<Text> {
    let doubtful = part.subjects.iter().filter(|subject| subject.sides.iter().any(|side| faults(side.result) > 0));
    let doubtful: Vec<Text> = doubtful.map(|subject| phrases::benchmark(subject.name, part)).collect();
    (!doubtful.is_empty()).then(|| {
        Text::from("How far it is to be believed depends on what the validation says of ")
            .and(phrases::names(&doubtful, 3))
            .plain(".")
    })
}

fn of_run(outcome: &RunOutcome, part: &Part<'_>) -> Vec<Text> {
    let measured = outcome.result.benchmarks.len();
    let sound = outcome.result.benchmarks.iter().filter(|result| faults(result) == 0).count();
    let checked = outcome.result.benchmarks.iter().filter(|one| !one.diagnosis.is_empty() || !one.validity.is_empty());
    let mut said = Vec::new();
    if !outcome.failures.is_empty() {
        let failed = units::count(outcome.failures.len(), "benchmark", "benchmarks");
        said.push(format!("{failed} could not be measured, and nothing is known of them.").into());
    }
    if checked.count() > 0 {
        said.push(match measured - sound {
            0 => format!(
                "{} fit to be compared, by all figures and rules.",
                units::count(sound, "benchmark is", "benchmarks are")
            )
            .into(),
            _ => format!(
                "{} of {} fit to be compared by all figures and rules.",
                units::whole(sound as u64),
                units::count(measured, "benchmark is", "benchmarks are")
            )
            .into(),
        });
    }
    said.extend(doubts(part));
    said.extend(power::of_run(part));
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::report::source::Source;
    use crate::words::samples::{judged, latency, sides, usual};

    fn words(comparison: &Comparison) -> String {
        crate::report::tests::words(&section(&Part::all(&[Source::of_comparison(comparison)], 20)))
    }

    #[test]
    fn shown_ruled_out_and_open_are_counted_apart() {
        let said = words(&judged(&usual(), Method::SideBySide));
        for expected in [
            "The verdict is regression, with exit status 1.",
            " to be worse, and 1 row to be better, beyond chance and threshold.",
            "27 rows are exactly equal on both sides.",
        ] {
            assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
        }
        let green = words(&judged(&sides([latency("a", 1.001)]), Method::SideBySide));
        assert!(
            green.contains("The verdict is pass, with exit status 0. For 1 row, a worsening beyond 10 %"),
            "{green}"
        );
        assert!(!green.contains("open"), "{green}");
    }

    #[test]
    fn a_row_that_failed_is_not_said_to_have_nothing_to_compare_with() {
        let mut comparison = judged(&sides([latency("a", 1.0)]), Method::SideBySide);
        comparison.rows[0].finding = Finding::Failed;
        let said = words(&comparison);
        assert!(said.contains("Of 1 row nothing is known, because the measurement failed."), "{said}");
        assert!(!said.contains("nothing to compare"), "{said}");
    }
}
