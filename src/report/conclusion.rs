//! The conclusion: what the document shows, what it rules out, and what it leaves open.

use super::overview::word;
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

/// What is known of a row in the end. Each row has one of these, so that what is counted adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Worse,
    Better,
    Accepted,
    RuledOut,
    Equal,
    Open,
    Objective,
    NotReached,
    Failed,
    Missing { allowed: bool },
    Incomparable,
    New,
}

fn known(row: &Row) -> Known {
    match &row.finding {
        Finding::Compared(compared) => match compared.decision {
            Decision::Regression => Known::Worse,
            Decision::Improvement => Known::Better,
            Decision::Unchanged if compared.is_equal() => Known::Equal,
            Decision::Unchanged => Known::RuledOut,
            Decision::Inconclusive => Known::Open,
        },
        Finding::Accepted(..) => Known::Accepted,
        Finding::Objective(_) => Known::Objective,
        Finding::NotReached => Known::NotReached,
        Finding::Failed => Known::Failed,
        Finding::Missing { allowed, .. } => Known::Missing { allowed: *allowed },
        Finding::Incomparable => Known::Incomparable,
        Finding::NoBaseline(_) => Known::New,
    }
}

fn of_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let (word, _) = word(comparison.verdict);
    let mut said = vec![
        Text::from("The verdict is ")
            .strong(word)
            .plain(format!(", with exit status {}.", comparison.exit_status.code())),
    ];
    said.extend(of_rows(&comparison.rows).into_iter().map(Text::from));
    said.extend(of_objectives(comparison));
    said.extend(unjudged(part));
    said.extend(doubts(part));
    said
}

/// What is known of the rows that are no objectives, each counted in one sentence.
fn of_rows(all: &[Row]) -> Vec<String> {
    let number = |wanted| all.iter().filter(|row| known(row) == wanted).count();
    let rows = |number| units::count(number, "row", "rows");
    let shown: Vec<String> = [(number(Known::Worse), "worse"), (number(Known::Better), "better")]
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} to be {word}", rows(number)))
        .collect();
    let shown = (!shown.is_empty()).then(|| format!("It shows {}, beyond chance and threshold.", shown.join(", and ")));
    // The number, and what follows it.
    let is = |wanted, one: &str, many: &str| {
        let number = number(wanted);
        (number > 0).then(|| format!("{} {}.", rows(number), if number == 1 { one } else { many }))
    };
    let of = |wanted, why: &str| {
        let number = number(wanted);
        (number > 0).then(|| format!("Of {} {why}.", rows(number)))
    };
    let ruled_out = number(Known::RuledOut);
    let ruled_out = (ruled_out > 0).then(|| format!("For {}, {}.", rows(ruled_out), summary::ruled_out(all)));
    [
        shown,
        is(Known::Accepted, "is worse, which is accepted", "are worse, which is accepted"),
        ruled_out,
        is(Known::Equal, "is exactly equal on both sides", "are exactly equal on both sides"),
        is(Known::Open, "stays open: neither shown nor ruled out", "stay open: neither shown nor ruled out"),
        of(Known::NotReached, "nothing is known, because the time was over before it could be measured"),
        of(Known::Failed, "nothing is known, because the measurement failed"),
        of(Known::Missing { allowed: false }, "nothing is known, because only the baseline has it"),
        of(Known::Missing { allowed: true }, "nothing is claimed, because only the baseline has it, which is allowed"),
        of(Known::Incomparable, "nothing is claimed, because the two sides cannot be compared"),
        of(Known::New, "nothing is claimed, because there was nothing to compare with"),
    ]
    .into_iter()
    .flatten()
    .collect()
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

/// How many metrics were measured on both sides and have no row. Of a benchmark with a row of its own as a whole (it failed, was not
/// reached, cannot be compared) that row says why.
fn unjudged(part: &Part<'_>) -> Option<Text> {
    let of_subject = |subject: &super::source::Subject<'_>| {
        let [base, candidate] = subject.sides.as_slice() else { return 0 };
        if subject.rows.iter().any(|row| row.metric.is_none()) {
            return 0;
        }
        let has_row = |name: &str| subject.rows.iter().any(|row| row.metric.as_deref() == Some(name));
        let on_both = candidate.result.metrics.iter().filter(|metric| base.result.metric(&metric.name).is_some());
        on_both.filter(|metric| !has_row(&metric.name)).count()
    };
    let metrics: usize = part.subjects.iter().map(of_subject).sum();
    (metrics > 0).then(|| {
        let metrics = units::count(metrics, "metric was", "metrics were");
        format!("{metrics} measured on both sides and not judged, so nothing is claimed of how they changed.").into()
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
        let them = if outcome.failures.len() == 1 { "it" } else { "them" };
        said.push(format!("{failed} could not be measured, and nothing is known of {them}.").into());
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
    use crate::result::{BenchmarkResult, Metric};
    use crate::words::samples::{
        accepted, all_kinds, around, benchmark, judged, latency, metric, result, sides, usual,
    };

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

    /// The sum of all rows and objectives that the conclusion counts.
    fn counted(said: &str) -> usize {
        let words: Vec<&str> = said.split(|c: char| !c.is_alphanumeric()).collect();
        let nouns = ["row", "rows", "objective", "objectives"];
        let numbers = words.windows(2).filter(|pair| nouns.contains(&pair[1]));
        numbers.map(|pair| pair[0].parse::<usize>().unwrap_or_default()).sum()
    }

    #[test]
    fn every_row_is_counted_once() {
        for comparison in all_kinds() {
            assert_eq!(counted(&words(&comparison)), comparison.rows.len(), "{}", words(&comparison));
        }
        let mut each = judged(&usual(), Method::StoredBaseline);
        let objective = crate::result::Objective::new(0.99, 1_000_000).unwrap();
        let within = crate::result::Within { within: 398, queries: 400 };
        let attained = crate::result::Attainment::new(objective, vec![within]).unwrap();
        let asked = BenchmarkResult { objectives: vec![attained], ..benchmark("o", Vec::new()) };
        let open = judged(&[result("8", Vec::new()), result("3", vec![asked])], Method::StoredBaseline);
        each.rows.extend(open.rows);
        let one = each.rows.last().unwrap().clone();
        let findings = [
            Finding::Failed,
            Finding::NotReached,
            Finding::Incomparable,
            Finding::NoBaseline(None),
            Finding::Missing { baseline: None, allowed: false },
            Finding::Missing { baseline: None, allowed: true },
        ];
        each.rows.extend(findings.map(|finding| Row { finding, ..one.clone() }));
        each.rows.extend(accepted().rows);
        let said = words(&each);
        assert_eq!(counted(&said), each.rows.len(), "{said}");
        for expected in [
            "1 row is worse, which is accepted.",
            "Of 1 row nothing is known, because the measurement failed.",
            "Of 1 row nothing is known, because the time was over before it could be measured.",
            "Of 1 row nothing is known, because only the baseline has it.",
            "Of 1 row nothing is claimed, because only the baseline has it, which is allowed.",
            "Of 1 objective: 1 not proven.",
        ] {
            assert!(said.contains(expected), "`{expected}` is not in:\n{said}");
        }
    }

    #[test]
    fn metrics_without_a_row_are_those_of_both_sides_whose_benchmark_was_judged() {
        let unjudged = |name: &str| Metric { gate: false, ..metric(name, "ns", around(9e6, 10)) };
        let base = benchmark("a", vec![metric("latency_p50", "ns", around(1e6, 10)), unjudged("latency_max")]);
        let mut candidate = base.clone();
        candidate.metrics.push(unjudged("latency_min"));
        let said = words(&judged(&sides([[base.clone(), candidate.clone()]]), Method::Independent));
        assert!(said.contains("1 metric was measured on both sides and not judged"), "{said}");
        candidate.scenario = Some("offline".to_owned());
        let apart = words(&judged(&sides([[base, candidate]]), Method::Independent));
        assert!(!apart.contains("not judged"), "the row of the whole benchmark says why: {apart}");
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
