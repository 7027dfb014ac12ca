use super::*;
use crate::config::{GatePolicy, Threshold};
use crate::gate::{Comparison, Method, Setting, compare};
use crate::result::{Direction, RoundValues, RunResult};

fn metric(name: &str, unit: Unit, rounds: &[f64]) -> Metric {
    let rounds = RoundValues::new(rounds.to_vec()).unwrap();
    Metric { name: name.to_owned(), unit, direction: Direction::LowerIsBetter, rounds, gate: true }
}

fn instructions(rounds: &[f64]) -> Metric {
    metric(INSTRUCTIONS, Unit::callgrind_instructions(), rounds)
}

fn latency(factor: f64) -> Metric {
    let quiet = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2].map(|value| value * factor);
    metric("latency_p50", Unit::nanoseconds(), &quiet)
}

fn judged(base: &[f64], candidate: &[f64]) -> Row {
    let policy = GatePolicy::default().for_row("a", INSTRUCTIONS);
    assert_eq!(policy.threshold, Threshold::from_share(0.01).unwrap());
    row("a", &instructions(base), &instructions(candidate), policy)
}

fn decision(row: &Row) -> Decision {
    row.compared().unwrap_or_else(|| panic!("{row:?}")).decision
}

fn compared(base: Vec<Metric>, candidate: Vec<Metric>) -> Comparison {
    let result = |metrics| RunResult::imported(vec![BenchmarkResult::imported("a", metrics)]);
    let setting = Setting { method: Method::StoredBaseline, ..Setting::default() };
    compare(&result(base), &result(candidate), &GatePolicy::default(), &setting)
}

fn told(counts: f64, clock: f64) -> Option<String> {
    let counted = instructions(&[1000.0 * counts, 1000.0 * counts]);
    let comparison = compared(vec![instructions(&[1000.0, 1000.0]), latency(1.0)], vec![counted, latency(clock)]);
    let mut warnings = comparison.warnings.into_iter();
    let warning = warnings.next()?;
    assert_eq!((warning.code.as_str(), warnings.next()), (DISAGREE, None));
    Some(warning.message)
}

#[test]
fn two_percent_more_is_a_regression_and_a_few_instructions_are_none() {
    assert_eq!(decision(&judged(&[100_000.0, 100_000.0], &[102_000.0, 102_000.0])), Decision::Regression);
    assert_eq!(decision(&judged(&[100_000.0, 100_004.0], &[100_050.0, 100_053.0])), Decision::Unchanged);
    assert_eq!(decision(&judged(&[100_000.0, 100_000.0], &[97_000.0, 97_001.0])), Decision::Improvement);
    let equal = judged(&[5.0, 5.0], &[5.0, 5.0]);
    assert_eq!((decision(&equal), equal.reason.as_str()), (Decision::Unchanged, "exactly equal counts"));
}

#[test]
fn counts_that_hardly_vary_never_reach_a_test() {
    let rows = compared(vec![instructions(&[1000.0, 1000.1, 1000.3])], vec![instructions(&[1020.0, 1020.3])]).rows;
    assert_eq!(rows[0].compared().unwrap().evidence, Evidence::Exact);
    assert_eq!(decision(&rows[0]), Decision::Regression);
    assert!(rows[0].reason.contains("from 1000 to 1020 Ir, worse by more than 1 %"), "{}", rows[0].reason);
}

#[test]
fn counts_that_do_not_repeat_decide_only_what_is_clear() {
    let open = judged(&[1000.0, 1005.0], &[1020.0, 1020.0]);
    assert_eq!(decision(&open), Decision::Inconclusive);
    assert!(open.reason.contains("0.5 % apart, so only a change beyond 5 %"), "{}", open.reason);
    assert_eq!(decision(&judged(&[1000.0, 1005.0], &[1000.0, 1000.0])), Decision::Inconclusive);
    let clear = judged(&[1000.0, 1005.0], &[1100.0, 1100.0]);
    assert_eq!(decision(&clear), Decision::Regression);
    assert!(clear.reason.contains("5 % (ten times"), "{}", clear.reason);
}

#[test]
fn a_disturbed_repetition_among_five_spoils_nothing() {
    let disturbed = [1000.0, 1000.2, 1000.1, 1300.0, 1000.0];
    assert_eq!(decision(&judged(&disturbed, &[1000.0; 5])), Decision::Unchanged);
    assert_eq!(judged(&disturbed, &[1000.0; 5]).compared().unwrap().change, Some(0.0));
}

#[test]
fn the_threshold_is_the_metrics_own_and_counts_from_nothing_are_worse() {
    let policy =
        RowPolicy { threshold: Threshold::from_share(0.05).unwrap(), ..GatePolicy::default().for_row("a", "x") };
    let within = row("a", &instructions(&[1000.0, 1000.0]), &instructions(&[1040.0, 1040.0]), policy);
    assert_eq!(decision(&within), Decision::Unchanged);
    let allocations = |rounds: &[f64]| metric("allocations", Unit::new("allocations"), rounds);
    let grown = row("a", &allocations(&[0.0, 0.0]), &allocations(&[3.0, 3.0]), policy);
    assert_eq!((decision(&grown), grown.compared().unwrap().change), (Decision::Regression, None));
    let odd = row("a", &allocations(&[0.0, 2.0]), &allocations(&[3.0, 3.0]), policy);
    assert_eq!(decision(&odd), Decision::Inconclusive);
}

#[test]
fn one_count_has_not_shown_that_it_repeats() {
    let once = judged(&[1000.0], &[2000.0, 2000.0]);
    assert_eq!(decision(&once), Decision::Inconclusive);
    assert!(once.reason.contains("only once"));
}

#[test]
fn what_was_counted_by_different_means_is_not_compared() {
    let by_processor = metric(INSTRUCTIONS, Unit::instructions(), &[1000.0, 1000.0]);
    let policy = GatePolicy::default().for_row("a", INSTRUCTIONS);
    let apart = row("a", &by_processor, &instructions(&[1000.0, 1000.0]), policy);
    assert_eq!(apart.finding, Finding::Incomparable);
    assert!(apart.reason.contains("counted by the processor, the candidate by callgrind"), "{}", apart.reason);
}

#[test]
fn it_is_told_when_counts_and_clock_disagree_and_only_then() {
    assert!(told(1.0, 1.5).unwrap().contains("50 % slower, but no more instructions are executed"));
    assert!(told(0.9, 1.5).unwrap().contains("though 10 % fewer"));
    assert!(
        told(1.1, 1.0).unwrap().contains("10 % more instructions are executed: the code grew, and the clock does not")
    );
    assert!(told(1.1, 0.5).unwrap().contains("50 % faster, though 10 % more"));
    assert!(told(1.0, 0.5).unwrap().contains("no fewer instructions"));
    for agreed in [told(1.0, 1.0), told(1.1, 1.5), told(0.9, 0.5), told(0.9, 1.0)] {
        assert_eq!(agreed, None);
    }
}

#[test]
fn without_a_judged_clock_there_is_nothing_to_disagree_with() {
    let grown = compared(vec![instructions(&[1000.0, 1000.0])], vec![instructions(&[1100.0, 1100.0])]);
    assert_eq!(grown.warnings, []);
}

#[test]
fn what_an_earlier_comparison_said_about_the_clock_is_forgotten() {
    let warning = |code: &str| Warning { code: code.to_owned(), message: String::new() };
    let kept = with_disagreements(vec![warning(DISAGREE), warning("policy-of-base")], &[]);
    assert_eq!(kept, [warning("policy-of-base")]);
}

#[test]
fn a_count_that_is_gone_says_why_it_could_not_be_counted() {
    let mut run = BenchmarkResult::imported("a", vec![latency(1.0)]);
    run.warnings.push(Warning { code: COUNTERS_UNAVAILABLE.to_owned(), message: "no valgrind".to_owned() });
    assert!(why_missing(&instructions(&[1.0]), &run).ends_with("the run does not: no valgrind"));
    assert!(why_missing(&latency(1.0), &run).ends_with("the run does not"));
}

#[test]
fn a_count_that_was_not_made_in_time_is_open_whichever_side_lacks_it() {
    let counted = || vec![instructions(&[1000.0, 1000.0]), latency(1.0)];
    let result = |metrics, late: bool| {
        let mut benchmark = BenchmarkResult::imported("a", metrics);
        let warning = Warning { code: COUNTS_NOT_IN_TIME.to_owned(), message: String::new() };
        benchmark.warnings.extend(late.then_some(warning));
        RunResult::imported(vec![benchmark])
    };
    let (whole, late) = (result(counted(), false), result(vec![latency(1.0)], true));
    for [base, candidate] in [[&whole, &late], [&late, &whole], [&late, &late]] {
        let setting = Setting { method: Method::SideBySide, ..Setting::default() };
        let comparison = compare(base, candidate, &GatePolicy::default(), &setting);
        let counts: Vec<&Row> =
            comparison.rows.iter().filter(|row| row.metric.as_deref() == Some(INSTRUCTIONS)).collect();
        assert!(matches!(counts.as_slice(), [Row { finding: Finding::NotReached, .. }]), "{counts:?}");
        assert_eq!(
            comparison.verdict,
            crate::gate::Verdict::Inconclusive,
            "what was asked for and not seen is not green"
        );
    }
    let other = compare(
        &result(vec![latency(1.0)], false),
        &result(vec![latency(1.0)], false),
        &GatePolicy::default(),
        &Setting::default(),
    );
    assert!(other.rows.iter().all(|row| row.metric.as_deref() != Some(INSTRUCTIONS)), "nobody asked for counts");
}
