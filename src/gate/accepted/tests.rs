//! Which entry does what to which row.

use super::*;
use crate::config::GatePolicy;
use crate::gate::{ExitStatus, Setting, Verdict, compare};
use crate::result::{BenchmarkResult, Metric, RoundValues, RunResult, Unit};

const QUIET: [f64; 6] = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2];
const NOISY: [f64; 6] = [100.0, 140.0, 70.0, 120.0, 90.0, 95.0];

fn metric(name: &str, direction: Direction, rounds: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: Unit::new("1"),
        direction,
        rounds: RoundValues::new(rounds.to_vec()).unwrap(),
        gate: true,
    }
}

/// Both sides of a benchmark with one metric that has these values.
fn judged(name: &str, metric_name: &str, direction: Direction, sides: [&[f64]; 2]) -> Comparison {
    let [base, candidate] = sides.map(|rounds| {
        let metrics = vec![metric(metric_name, direction, rounds)];
        RunResult::imported(vec![BenchmarkResult::imported(name, metrics)])
    });
    compare(&base, &candidate, &GatePolicy::default(), &Setting::default())
}

/// `x` latency, slower by this factor, with some noise.
fn slower(factor: f64) -> Comparison {
    let candidate = QUIET.map(|value| (value + value % 0.7) * factor);
    judged("x", "latency", Direction::LowerIsBetter, [&QUIET, &candidate])
}

fn entry(benchmark: &str, up_to: &str, term: Term) -> Entry {
    let accepted = Accepted {
        benchmark: Covered::parse(benchmark).unwrap(),
        metric: "latency".to_owned(),
        up_to: up_to.parse().unwrap(),
        term,
        why: "it is exact now".to_owned(),
    };
    Entry { accepted, at_base: false, before_its_base: false }
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn until(text: &str) -> Term {
    Term::Until(day(text))
}

fn base() -> Term {
    Term::Base("a".repeat(40))
}

fn accepted(comparison: Comparison, entries: &[Entry]) -> Comparison {
    accept(comparison, entries, &["x"], day("2026-06-15"), FailOn::default())
}

fn codes(comparison: &Comparison) -> Vec<&str> {
    comparison.warnings.iter().map(|warning| warning.code.as_str()).collect()
}

#[track_caller]
fn stays_red(comparison: &Comparison, said: &str) {
    assert_eq!((comparison.verdict, comparison.exit_status), (Verdict::Regression, ExitStatus::Regression));
    let reason = &comparison.rows[0].reason;
    assert!(reason.contains("beyond the threshold") || reason.contains("from 0"), "the row's own reason: {reason}");
    assert!(reason.contains(said), "{reason}");
}

#[test]
fn a_regression_within_an_entry_is_green_and_keeps_its_numbers() {
    let red = slower(1.2);
    let green = accepted(red.clone(), &[entry("x", "25%", until("2026-06-15"))]);
    assert_eq!((green.verdict, green.exit_status), (Verdict::Pass, ExitStatus::Success));
    let Finding::Accepted(compared, acceptance) = &green.rows[0].finding else { panic!("{green:#?}") };
    assert_eq!(Some(compared.as_ref()), red.rows[0].compared(), "nothing about the measurement is hidden");
    assert!(acceptance.new);
    assert_eq!(green.rows[0].reason, "accepted up to 25 % until 2026-06-15: it is exact now");
    assert_eq!(codes(&green), Vec::<&str>::new());
}

#[test]
fn more_than_was_accepted_is_red_and_says_so() {
    stays_red(&accepted(slower(1.4), &[entry("x", "25%", until("2026-12-31"))]), "up to 25 % is accepted, and this");
}

#[test]
fn an_entry_counts_on_its_last_day_and_not_on_the_next() {
    let red = accepted(slower(1.2), &[entry("x", "25%", until("2026-06-14"))]);
    stays_red(&red, "was accepted until 2026-06-14, which is over");
    assert_eq!(codes(&red), ["accepted-expired"]);
    assert!(red.warnings[0].message.contains("`x` latency (until 2026-06-14)"), "{:?}", red.warnings);
}

#[test]
fn with_a_base_an_entry_counts_until_the_base_has_it() {
    let standing = |at_base, before_its_base| Entry { at_base, before_its_base, ..entry("x", "25%", base()) };
    for counts in [standing(false, true), standing(false, false), standing(true, true)] {
        assert_eq!(accepted(slower(1.2), &[counts]).verdict, Verdict::Pass);
    }
    let red = accepted(slower(1.2), &[standing(true, false)]);
    stays_red(&red, "the base has that change already");
    assert_eq!(codes(&red), ["accepted-expired"]);
    // With a day too, it is left alone until then: elsewhere it may still be needed.
    let term = Term::Either(day("2026-12-31"), "a".repeat(40));
    let both = Entry { at_base: true, ..entry("x", "25%", term) };
    assert_eq!(codes(&accepted(slower(1.2), &[both])), Vec::<&str>::new());
}

#[test]
fn a_day_counts_for_a_base_that_has_the_entry_too_and_the_reader_is_warned() {
    let known = Entry { at_base: true, ..entry("x", "25%", until("2026-12-31")) };
    let green = accepted(slower(1.2), std::slice::from_ref(&known));
    assert_eq!((green.verdict, codes(&green)), (Verdict::Pass, vec!["accepted-again"]));
    let unneeded = accepted(slower(1.0), &[known]);
    assert_eq!((unneeded.verdict, codes(&unneeded)), (Verdict::Pass, Vec::new()), "nothing was accepted");
}

#[test]
fn only_the_row_that_is_named_is_accepted() {
    for benchmark in ["y", "x/*"] {
        assert_eq!(accepted(slower(1.2), &[entry(benchmark, "25%", base())]).verdict, Verdict::Regression);
    }
    let mut other = entry("x", "25%", base());
    other.accepted.metric = "latency_p90".to_owned();
    let red = accepted(slower(1.2), &[other]);
    assert_eq!((red.verdict, codes(&red)), (Verdict::Regression, Vec::new()));
}

#[test]
fn the_entry_with_the_name_comes_before_the_one_with_the_star() {
    let candidate = QUIET.map(|value| (value + value % 0.7) * 1.2);
    let red = || judged("d/server", "latency", Direction::LowerIsBetter, [&QUIET, &candidate]);
    let (all, one) = (entry("d/*", "50%", base()), entry("d/server", "15%", base()));
    assert_eq!(accepted(red(), std::slice::from_ref(&all)).verdict, Verdict::Pass);
    assert_eq!(accepted(red(), &[all, one]).verdict, Verdict::Regression);
}

#[test]
fn an_entry_for_a_benchmark_that_is_not_there_is_told_once() {
    let entries: Vec<Entry> = (0..5).map(|number| entry(&format!("gone{number}"), "25%", base())).collect();
    let green = accepted(slower(1.0), &entries);
    assert_eq!(codes(&green), ["accepted-unused"]);
    assert!(green.warnings[0].message.ends_with("`gone0` latency, `gone1` latency, `gone2` latency, and 2 more"));
}

#[test]
fn for_a_metric_that_should_rise_a_fall_is_accepted() {
    let fallen = QUIET.map(|value| (value + value % 0.7) * 0.8);
    let red = || judged("x", "latency", Direction::HigherIsBetter, [&QUIET, &fallen]);
    assert_eq!(accepted(red(), &[entry("x", "25%", base())]).verdict, Verdict::Pass);
    assert_eq!(accepted(red(), &[entry("x", "15%", base())]).verdict, Verdict::Regression);
}

#[test]
fn a_rate_of_failures_is_accepted_by_its_difference_and_from_0_nothing_relative_is() {
    let failing = |metric_name: &str| {
        judged("x", metric_name, Direction::LowerIsBetter, [&[0.0; 6], &[0.04, 0.05, 0.045, 0.05, 0.04, 0.047]])
    };
    let mut rate = entry("x", "6%", base());
    rate.accepted.metric = "error_rate".to_owned();
    assert_eq!(accepted(failing("error_rate"), std::slice::from_ref(&rate)).verdict, Verdict::Pass);
    rate.accepted.up_to = "2%".parse().unwrap();
    assert_eq!(accepted(failing("error_rate"), &[rate]).verdict, Verdict::Regression);
    let none = accepted(failing("latency"), &[entry("x", "900%", base())]);
    assert_eq!(none.verdict, Verdict::Regression);
    assert!(none.rows[0].reason.ends_with("from 0 there is no relative change"), "{}", none.rows[0].reason);
}

#[test]
fn what_is_no_regression_is_left_as_it_is() {
    let noisy = NOISY.map(|value| value * 1.12);
    let open = judged("x", "latency", Direction::LowerIsBetter, [&NOISY, &noisy]);
    for comparison in [open, slower(1.0), slower(0.5)] {
        assert_eq!(accepted(comparison.clone(), &[entry("x", "90%", base())]), comparison);
    }
}

#[test]
fn what_is_proposed_covers_the_interval_and_is_a_round_number() {
    let shares = [0.0004, 0.0312, 0.07, 0.2601, 0.5, 1.0, 1.013, 7.5];
    let shown: Vec<String> = shares.iter().map(|share| round_up(*share).unwrap().to_string()).collect();
    assert_eq!(shown, ["0.1 %", "4 %", "7 %", "27 %", "50 %", "100 %", "110 %", "750 %"]);
    assert_eq!(round_up(0.0), None);
    assert_eq!(round_up(f64::INFINITY), None);
    let red = slower(1.2);
    let up_to = covering(&red.rows[0]).unwrap();
    let Some(Evidence::Tested(tested)) = red.rows[0].compared().map(|compared| &compared.evidence) else { panic!() };
    assert!(up_to.share() >= tested.interval.unwrap()[1]);
    assert_eq!(accepted(red, &[entry("x", &up_to.to_string(), base())]).verdict, Verdict::Pass);
}

#[test]
fn what_a_change_accepts_and_the_base_does_not_is_named_unless_a_row_shows_it() {
    let told = |entries: &[Accepted], at_base: &[Accepted], rows: &[Row]| -> Vec<String> {
        newly_accepted(entries, at_base, rows).into_iter().map(|warning| warning.message).collect()
    };
    let [small, large] = ["5%", "50%"].map(|up_to| entry("x", up_to, base()).accepted);
    let new = told(std::slice::from_ref(&large), &[], &[]);
    assert_eq!(new.len(), 1);
    assert!(
        new[0].starts_with("this change accepts up to 50 % of `x` latency until the base has caught up: "),
        "{new:?}"
    );
    let raised = told(std::slice::from_ref(&large), std::slice::from_ref(&small), &[]);
    assert!(raised[0].contains("up to 5 % until the base has caught up at the base, up to 50 %"), "{raised:?}");
    assert!(told(std::slice::from_ref(&small), std::slice::from_ref(&small), &[]).is_empty());
    let shown = accepted(slower(1.2), &[entry("x", "50%", base())]);
    assert!(told(std::slice::from_ref(&large), &[], &shown.rows).is_empty(), "the row says so already");
    let many: Vec<Accepted> = (0..20).map(|number| entry(&format!("x{number}"), "5%", base()).accepted).collect();
    let told = told(&many, &[], &[]);
    assert_eq!((told.len(), told[8].as_str()), (9, "accepted in this change and not at the base: 12 more"));
}
