//! Recommendations: what to do next, each with the row or the figure that asks for it. Where nothing asks for anything, that is
//! said, with what was looked at.

mod open;

use super::overview::decided;
use super::phrases;
use super::power;
use super::source::Part;
use super::text::Text;
use super::{Block, Section};
use crate::gate::{Comparison, Decision, Finding, Method, Origin, Row, Test, Verdict};
use crate::objective::{self, Answer};
use crate::result::{BenchmarkResult, Objective, Within};
use crate::words::advice::{self, AskedBy, Step};
use crate::words::objectives::{self, Said};
use crate::words::warnings::{self, Group};
use crate::words::{origin, stages, units};

/// More names than this are counted.
const MOST_NAMES: usize = 3;

/// More rows than this of a kind have no recommendation of their own.
const MOST_ROWS: usize = 5;

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    super::by_part("recommendations", "Recommendations", parts, |part| {
        let items = match (part.comparison(), part.run()) {
            (Some(comparison), _) => for_comparison(comparison, part),
            (None, Some(outcome)) => for_run(outcome, part),
            (None, None) => Vec::new(),
        };
        if items.is_empty() { vec![Block::Paragraph(nothing(part))] } else { vec![Block::List(items)] }
    })
}

/// That nothing asks for anything, and what was looked at.
fn nothing(part: &Part<'_>) -> Text {
    let figures: usize = part.measured().map(|one| one.result.figures().count() + one.result.validity.len()).sum();
    let looked_at = [
        part.comparison().map(|comparison| units::count(comparison.rows.len(), "row", "rows")),
        (figures > 0).then(|| units::count(figures, "figure and rule", "figures and rules")),
    ];
    let looked_at: Vec<String> = looked_at.into_iter().flatten().collect();
    match looked_at.as_slice() {
        [] => "There is nothing in the document that could ask for anything.".into(),
        some => format!("Nothing in {} asks for anything to be done.", some.join(" and ")).into(),
    }
}

fn for_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let mut items = Vec::new();
    if origin::other_machine(comparison) && comparison.verdict != Verdict::NoBaseline {
        let fingerprint = |origin: &Origin| {
            let machine = origin.environment.as_ref();
            machine.map_or(Text::new(), |machine| Text::new().code(machine.fingerprint.as_str()))
        };
        let machines = [fingerprint(&comparison.base), fingerprint(&comparison.candidate)];
        let names = phrases::names(&machines, MOST_NAMES);
        items.push(names.plain(": the two sides come from machines of different kinds; measure both on the same one."));
    }
    items.extend(next(comparison, part));
    items.extend(cause(comparison, part));
    items.extend(where_to_look(comparison, part));
    items.extend(open::rows(comparison, part));
    items.extend(objectives_of_comparison(comparison, part));
    items.extend(improved(comparison, part));
    items.extend(of_dirty(comparison.candidate.dirty, "the candidate"));
    items.extend(of_dirty(comparison.base.dirty, "the baseline"));
    let groups = warnings::of_comparison(&comparison.remarks, false);
    items.extend(groups.iter().map(|group| {
        let text = warned(group, |whose| {
            let name = phrases::benchmark(whose.benchmark, part);
            whose.side().map_or(name.clone(), |side| name.plain(format!(" ({side})")))
        });
        let all = group.names.iter().chain(&group.likewise);
        let is_paired = |benchmark: &str| is_by_pairs(comparison, benchmark);
        match group.code {
            "high-variation" if all.into_iter().any(|whose| is_paired(whose.benchmark)) => text
                .plain(" Here the rounds of both sides were compared in pairs, which share some of the noise: ")
                .see(part.id("validation"), "the validation")
                .plain(" says what the rows could see."),
            _ => text,
        }
    }));
    if comparison.remarks.left_out > 0 {
        let more = units::count(comparison.remarks.left_out, "more warning", "more warnings");
        items.push(format!("{more} of these kinds are not in the document.").into());
    }
    items
}

/// Whether a row of the benchmark rests on rounds side by side.
fn is_by_pairs(comparison: &Comparison, benchmark: &str) -> bool {
    let pairs = [Test::PairedLog, Test::PairedLinear, Test::PairedTrimmedLog, Test::PairedTrimmedLinear];
    power::tested(comparison).any(|(row, tested)| row.benchmark == benchmark && pairs.contains(&tested.test))
}

/// What the verdict as a whole asks for, and the rows that made it so.
fn next(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let asks = |row: &Row, asked_by: AskedBy| match (asked_by, comparison.verdict) {
        (AskedBy::Failed, _) => row.finding == Finding::Failed,
        (AskedBy::Missing, _) => matches!(row.finding, Finding::Missing { allowed: false, .. }),
        (AskedBy::Verdict, Verdict::Failed) => row.finding == Finding::NotReached,
        (AskedBy::Verdict, Verdict::Regression) => row.decision() == Some(Decision::Regression),
        (AskedBy::Verdict, Verdict::Inconclusive) => phrases::is_open(row),
        (AskedBy::Verdict, Verdict::NoBaseline) => row.compared().is_none() && row.objective().is_none(),
        (AskedBy::Verdict, Verdict::Pass) => false,
    };
    let step = |step: &Step| {
        let rows = comparison.rows.iter().filter(|row| asks(row, step.asked_by));
        let rows: Vec<Text> = rows.map(|row| phrases::name(row, part)).collect();
        let trigger = if rows.is_empty() { Text::new() } else { phrases::names(&rows, MOST_NAMES).plain(": ") };
        trigger.and(said(step))
    };
    advice::next(comparison).iter().map(step).collect()
}

fn said(Step { say, run, .. }: &Step) -> Text {
    let text = Text::prose(say);
    match run {
        Some(run) => text.plain(": ").code(run).plain("."),
        None => text.plain("."),
    }
}

/// Between which two states the cause of a regression lies.
fn cause(comparison: &Comparison, part: &Part<'_>) -> Option<Text> {
    let rows: Vec<Text> = decided(comparison, Decision::Regression).map(|row| phrases::name(row, part)).collect();
    if rows.is_empty() {
        return None;
    }
    let text = phrases::names(&rows, MOST_NAMES).plain(": look for the cause ");
    let candidate = comparison.candidate.head.as_ref().or(comparison.candidate.commit.as_ref());
    Some(match (&comparison.base.commit, candidate) {
        (Some(base), Some(candidate)) if base != candidate => {
            let log = format!("git log {}..{}", base.short(), candidate.short());
            text.plain("in what came between the two: ").code(log).plain(".")
        }
        (Some(_), Some(_)) => {
            text.plain("in what is not committed, or in the machine: both sides are the same commit.")
        }
        _ => {
            let (base, candidate) = origin::sides(comparison);
            let base = base.map_or_else(|| "the baseline".to_owned(), |base| base.name);
            text.plain("between ").code(base).plain(" and ").code(candidate.name).plain(".")
        }
    })
}

/// The stages in which slowdowns happen, if the systems report stages.
fn where_to_look(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let found = stages::of_regressions(comparison).into_iter().take(MOST_ROWS);
    let said = |(row, moved): (&Row, stages::Moved<'_>)| {
        phrases::name(row, part).plain(": ").and(Text::prose(&moved.words())).plain(".")
    };
    found.map(said).collect()
}

/// What each objective that is not met asks for.
fn objectives_of_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let said = |row: &Row| {
        let found = row.objective()?;
        let is_accepted = found.accepted.is_some();
        let what = asks(found.objective, found.candidate, found.answer).filter(|_| !is_accepted)?;
        Some(phrases::name(row, part).plain(what))
    };
    comparison.rows.iter().filter_map(said).take(MOST_ROWS).collect()
}

/// What an objective asks for; `None` if it is met.
fn asks(objective: Objective, counted: Within, answer: Answer) -> Option<String> {
    match answer {
        Answer::Met => None,
        Answer::Violated => {
            let used = objective::budget(objective, counted.share().unwrap_or(0.0));
            Some(format!(
                " uses {used} of its error budget: make the slow queries faster, or ask for what can be kept."
            ))
        }
        Answer::OneRound => Some(format!(" is neither met nor violated: {}.", objective::ONE_ROUND)),
        Answer::NotProven(proof) => Some(match proof.as_measured {
            Some(queries) => format!(
                " is not proven by {} queries: {} would prove it, if the share stays.",
                units::whole(counted.queries),
                units::whole(queries)
            ),
            None => " would not be proven by any number of queries at this share.".to_owned(),
        }),
    }
}

/// What each objective of a run that is not met asks for.
fn objectives_of_run(outcome: &crate::result::RunOutcome, part: &Part<'_>) -> Vec<Text> {
    let of = |benchmark: &BenchmarkResult| {
        let said = objectives::of(benchmark).filter_map(|Said { examined, answer }| {
            let what = asks(examined.objective, examined.all, answer)?;
            Some(phrases::benchmark(&benchmark.name, part).plain(format!(" {}{what}", examined.objective)))
        });
        said.collect::<Vec<_>>()
    };
    outcome.result.benchmarks.iter().flat_map(of).take(MOST_ROWS).collect()
}

/// An improvement holds only from the next baseline on.
fn improved(comparison: &Comparison, part: &Part<'_>) -> Option<Text> {
    if !matches!(comparison.method, Method::StoredBaseline | Method::Confirmed) {
        return None;
    }
    let rows: Vec<Text> = decided(comparison, Decision::Improvement).map(|row| phrases::name(row, part)).collect();
    (!rows.is_empty()).then(|| {
        let verb = if rows.len() == 1 { "is" } else { "are" };
        phrases::names(&rows, MOST_NAMES)
            .plain(format!(
                " {verb} better than the baseline: once that is in, record it, or a later loss of it goes unseen: "
            ))
            .code("perfgate record")
            .plain(".")
    })
}

fn of_dirty(dirty: bool, who: &str) -> Option<Text> {
    let said = format!(
        "Files of {who} differed from its commit: commit them, and measure again what others shall be able to repeat."
    );
    dirty.then(|| said.into())
}

fn for_run(outcome: &crate::result::RunOutcome, part: &Part<'_>) -> Vec<Text> {
    let mut items: Vec<Text> = outcome
        .failures
        .iter()
        .take(MOST_ROWS)
        .map(|failure| {
            let name = Text::new().code(&failure.benchmark);
            let alone = advice::quoted(&failure.benchmark).map(|name| format!("perfgate run {name}"));
            let text = name.plain(" could not be measured: repair it");
            alone.map_or(text.clone(), |run| text.plain(", and try it alone: ").code(run)).plain(".")
        })
        .collect();
    items.extend(objectives_of_run(outcome, part));
    items.extend(of_dirty(outcome.result.dirty, "this run"));
    let groups = warnings::of_run(&outcome.result.benchmarks, false);
    items.extend(groups.iter().map(|group| warned(group, |name| phrases::benchmark(name, part))));
    items
}

/// Whom a warning is about, what was seen, and what to do.
fn warned<W: Copy>(group: &Group<'_, W>, name: impl Fn(W) -> Text) -> Text {
    let names = |all: &[W]| phrases::names(&all.iter().map(|whose| name(*whose)).collect::<Vec<_>>(), MOST_NAMES);
    let text = names(&group.names).plain(": ").and(Text::prose(group.message));
    match group.likewise.as_slice() {
        [] => text.plain("."),
        others => text.plain("; likewise, with other figures: ").and(names(others)).plain("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Setting, compare};
    use crate::report::source::Source;
    use crate::result::{Failure, RunOutcome, RunResult, Warning};
    use crate::words::samples::{around, benchmark, judged, latency, metric, result, sides, within};

    fn words(comparison: &Comparison) -> String {
        crate::report::tests::words(&section(&Part::all(&[Source::of_comparison(comparison)], 20)))
    }

    #[test]
    fn each_names_the_row_that_asks_for_it() {
        let red = words(&judged(&sides([latency("a", 1.3), latency("b", 1.0)]), Method::StoredBaseline));
        assert!(
            red.contains(
                "a latency_p50: to rule out a slower machine, measure both side by side: perfgate check --against"
            ),
            "{red}"
        );
        assert!(
            red.contains("a latency_p50: look for the cause in what came between the two: git log 88888888..33333333."),
            "{red}"
        );
        assert!(!red.contains("b latency_p50"), "{red}");
        let green = words(&judged(&sides([latency("a", 1.0)]), Method::SideBySide));
        assert!(green.contains("Nothing in 1 row asks for anything to be done."), "{green}");
    }

    #[test]
    fn an_open_row_says_how_many_rounds_it_lacks() {
        let noisy =
            [1.0, 1.02].map(|level| benchmark("a", vec![metric("latency_p50", "ns", within(0.2, 1e6 * level, 10))]));
        let said = words(&judged(&sides([noisy]), Method::Independent));
        assert!(said.contains("a latency_p50 is open after 10 rounds a side: about "), "{said}");
        assert!(said.contains("more would show a change of 10 %."), "{said}");
    }

    #[test]
    fn a_step_names_only_the_rows_that_ask_for_it() {
        let [base, candidate] = sides([latency("gone", 1.0), latency("a", 1.0)]);
        let left = RunResult { benchmarks: candidate.benchmarks[1..].to_vec(), ..candidate };
        let failures = vec![Failure { benchmark: "broken".to_owned(), reason: "it hung".to_owned() }];
        let setting = Setting { failures, method: Method::SideBySide, ..Setting::default() };
        let said = words(&compare(&base, &left, &Default::default(), &setting));
        assert!(said.contains("- broken: when it is repaired, try it alone: perfgate run broken."), "{said}");
        assert!(said.contains("- gone: if it is meant to be gone, set allow_missing"), "{said}");
    }

    #[test]
    fn an_open_row_that_no_number_of_rounds_decides_says_so() {
        let near = [1.0, 1.099].map(|level| benchmark("a", vec![metric("latency_p50", "ns", around(1e6 * level, 30))]));
        let said = words(&judged(&sides([near]), Method::Independent));
        assert!(said.contains("the rounds would show a change of 10 %, and this one is too near to that."), "{said}");
        let once = [1.0, 1.2].map(|level| benchmark("a", vec![metric("latency_p50", "ns", vec![1e6 * level])]));
        let said = words(&judged(&sides([once]), Method::Independent));
        assert!(said.contains("a latency_p50 is open after 1 round a side: 2 are the least"), "{said}");
    }

    #[test]
    fn the_stage_that_made_it_slower_is_named() {
        let of = |latency: f64, preprocess: f64| {
            let stage = |name: &str, level: f64| {
                let mut stage = metric(name, "ns", around(level, 10));
                stage.gate = false;
                stage
            };
            let metrics = vec![
                metric("latency_p50", "ns", around(latency, 10)),
                stage("stage_preprocess_p50", preprocess),
                stage("stage_inference_p50", 3e6),
            ];
            benchmark("a", metrics)
        };
        let slower = sides([[of(4.12e6, 1.0e6), of(5.03e6, 1.88e6)]]);
        let said = words(&judged(&slower, Method::SideBySide));
        assert!(said.contains("begin to look in stage preprocess, whose median rose by 8"), "{said}");
        let elsewhere = sides([[of(4.12e6, 1.0e6), of(5.03e6, 1.0e6)]]);
        assert!(!words(&judged(&elsewhere, Method::SideBySide)).contains("begin to look"), "no stage became slower");
    }

    #[test]
    fn an_improvement_is_to_be_recorded_where_a_baseline_is_stored() {
        let better = sides([latency("a", 0.7)]);
        assert!(words(&judged(&better, Method::StoredBaseline)).contains("a latency_p50 is better than the baseline"));
        assert!(!words(&judged(&better, Method::Paired)).contains("record"));
    }

    #[test]
    fn of_pairs_a_high_variation_leads_to_what_the_pairs_can_see() {
        let mut both = sides([latency("a", 1.0), latency("b", 1.2)]);
        let message = "`latency_p50` varies by 20 %, so that two such results, measured apart, tell little".to_owned();
        both[1].benchmarks[1].warnings.push(Warning { code: "high-variation".to_owned(), message });
        let said = words(&judged(&both, Method::SideBySide));
        assert!(said.contains("tell little. Here the rounds of both sides were compared in pairs"), "{said}");
        assert!(!words(&judged(&both, Method::Independent)).contains("in pairs"), "they were not");
    }

    #[test]
    fn a_run_is_advised_by_its_warnings() {
        let warned = |name: &str, percent: u32| {
            let message = format!("other processes used {percent} % of the processor time; stop them");
            let mut benchmark = benchmark(name, vec![metric("latency_p50", "ns", around(1e6, 10))]);
            benchmark.warnings.push(Warning { code: "busy-machine".to_owned(), message });
            benchmark
        };
        let benchmarks = vec![warned("a", 31), warned("b", 12)];
        let outcome = RunOutcome::complete(result("3", benchmarks));
        let said = crate::report::tests::words(&section(&Part::all(&[Source::of_run(&outcome)], 20)));
        assert!(
            said.contains(
                "a: other processes used 31 % of the processor time; stop them; likewise, with other figures: b."
            ),
            "{said}"
        );
    }
}
