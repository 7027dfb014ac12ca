use rand::SeedableRng;
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::config::{FailOn, GatePolicy};
use crate::gate::{Compared, Decision, Method, Setting, Test, compare, confirm};
use crate::result::{BenchmarkResult, Direction, RoundValues, Unit};
use crate::stats::clopper_pearson;

/// Rounds of one session about a level: the last digits differ.
fn rounds(level: f64) -> Vec<f64> {
    [0.0, 1.0, -1.0, 0.5, -0.5].iter().map(|noise| level * (1.0 + noise / 100.0)).collect()
}

fn result(name: &str, sessions: &[Vec<f64>]) -> RunResult {
    let counts: Vec<usize> = sessions.iter().map(Vec::len).collect();
    let metric = Metric {
        name: name.to_owned(),
        unit: Unit::nanoseconds(),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::of_sessions(sessions.concat(), &counts).unwrap(),
        gate: true,
    };
    RunResult::imported(vec![BenchmarkResult::imported("b", vec![metric])])
}

fn p50(levels: &[f64]) -> RunResult {
    result("latency_p50", &levels.iter().map(|level| rounds(*level)).collect::<Vec<_>>())
}

/// The baseline is the nearest of the history.
fn judged(history: &[RunResult], candidate: &RunResult) -> Comparison {
    let setting =
        Setting { method: Method::StoredBaseline, history: Some(History::new(history.to_vec())), ..Setting::default() };
    compare(&history[0], candidate, &GatePolicy::default(), &setting)
}

fn only(comparison: &Comparison) -> (&Compared, &str) {
    assert_eq!(comparison.rows.len(), 1);
    (comparison.rows[0].compared().unwrap(), &comparison.rows[0].reason)
}

fn test_of(compared: &Compared) -> Option<Test> {
    match &compared.evidence {
        Evidence::Tested(tested) => Some(tested.test),
        Evidence::Exact | Evidence::TooFewRounds => None,
    }
}

/// Six commits on a machine whose sessions differ by tens of percent, the nearest first.
fn restless() -> Vec<RunResult> {
    [100.0, 130.0, 90.0, 120.0, 85.0, 110.0].iter().map(|level| p50(&[*level])).collect()
}

#[test]
fn a_machine_whose_sessions_differ_is_no_regression() {
    let comparison = judged(&restless(), &p50(&[125.0]));
    let (compared, reason) = only(&comparison);
    assert_eq!((compared.decision, test_of(compared)), (Decision::Inconclusive, Some(Test::SessionLog)));
    assert!(reason.contains("however many rounds; 6 recorded sessions spread by "), "{reason}");
    assert!((compared.change.unwrap() - 0.25).abs() < 1e-3);
    let quiet: Vec<RunResult> = [100.0, 101.0, 99.5, 100.2, 101.0, 100.0].iter().map(|level| p50(&[*level])).collect();
    assert_eq!(only(&judged(&quiet, &p50(&[125.0]))).0.decision, Decision::Regression);
    assert_eq!(only(&judged(&quiet, &p50(&[101.0]))).0.decision, Decision::Unchanged);
}

#[test]
fn with_too_few_sessions_the_rounds_decide_and_the_row_says_so() {
    for (few, told) in [
        (1, "only 1 session is recorded, so the machine's own change from session to session is not known"),
        (4, "only 4 sessions are recorded"),
    ] {
        let comparison = warn_of_little_history(judged(&restless()[..few], &p50(&[125.0])));
        let (compared, reason) = only(&comparison);
        assert_eq!((compared.decision, test_of(compared)), (Decision::Regression, Some(Test::WelchLog)));
        assert!(reason.contains(told), "{reason}");
        assert_eq!(comparison.warnings[0].code, "little-history");
        let missing = format!("perfgate record --sessions {}`", 5 - few);
        assert!(comparison.warnings[0].message.contains(&missing), "{:?}", comparison.warnings);
    }
    let enough = warn_of_little_history(judged(&restless()[..5], &p50(&[125.0])));
    assert!(enough.warnings.is_empty());
    assert_eq!(test_of(only(&enough).0), Some(Test::SessionLog));
}

#[test]
fn what_was_measured_side_by_side_needs_no_history() {
    let screen = judged(&restless()[..1], &p50(&[125.0]));
    let setting = Setting { method: Method::SideBySide, ..Setting::default() };
    let again = compare(&p50(&[100.0]), &p50(&[101.0]), &GatePolicy::default(), &setting);
    let whole = confirm(screen, again, &["b".to_owned()].into(), FailOn::default());
    assert!(warn_of_little_history(whole).warnings.is_empty());
}

#[test]
fn sessions_of_one_commit_are_a_history_and_make_the_baseline_more_certain() {
    let five = [100.0, 130.0, 90.0, 120.0, 85.0];
    let comparison = judged(&[p50(&five)], &p50(&[125.0]));
    let (compared, _) = only(&comparison);
    assert_eq!(test_of(compared), Some(Test::SessionLog));
    let mean = five.iter().map(|level: &f64| level.ln()).sum::<f64>() / 5.0;
    let rounds_below = rounds(1.0).iter().map(|value| value.ln()).sum::<f64>() / 5.0;
    assert!((compared.baseline - (mean + rounds_below).exp()).abs() < 1e-9);
    let Evidence::Tested(tested) = &compared.evidence else { panic!() };
    let Past::Known(spread) = tested.past else { panic!() };
    assert_eq!((spread.values, spread.degrees_of_freedom), (5, 4.0));
}

#[test]
fn a_fact_about_the_code_is_compared_exactly_whatever_earlier_commits_say() {
    let size = |value: f64| result("binary_size", &[vec![value; 3]]);
    let history: Vec<RunResult> = [100.0, 140.0, 90.0, 130.0, 80.0, 120.0].iter().map(|value| size(*value)).collect();
    let (same, larger) = (judged(&history, &size(100.0)), judged(&history, &size(125.0)));
    assert_eq!((only(&same).0.decision, &only(&same).0.evidence), (Decision::Unchanged, &Evidence::Exact));
    assert_eq!((only(&larger).0.decision, &only(&larger).0.evidence), (Decision::Regression, &Evidence::Exact));
    // But what differs between two sessions of one commit is none.
    let mut history = history;
    history[5] = result("binary_size", &[vec![120.0; 3], vec![150.0; 3]]);
    let noisy = judged(&history, &size(125.0));
    assert_eq!((only(&noisy).0.decision, test_of(only(&noisy).0)), (Decision::Inconclusive, Some(Test::SessionLog)));
}

#[test]
fn sessions_of_other_work_do_not_count() {
    let mut history = restless();
    for result in &mut history[1..] {
        result.benchmarks[0].scenario = Some("offline".to_owned());
    }
    let comparison = judged(&history, &p50(&[125.0]));
    assert!(only(&comparison).1.contains("only 1 session is recorded"));
}

#[test]
fn of_many_sessions_the_nearest_count() {
    let history = vec![p50(&[100.0; 20]), p50(&[90.0; 20]), p50(&[1.0])];
    let question_metric = history[0].benchmarks[0].metrics[0].clone();
    let question = Question {
        benchmark: "b",
        scenario: None,
        base: &question_metric,
        candidate: &question_metric,
        by_ratio: true,
        of_rounds: None,
    };
    let history = History::new(history);
    let counts: Vec<usize> = history.sessions(&question).iter().map(Vec::len).filter(|count| *count > 0).collect();
    assert_eq!(counts, [10, 20], "the oldest commit first");
}

#[test]
fn a_row_is_no_more_certain_than_its_rounds() {
    let quiet: Vec<RunResult> = [100.0, 100.1, 99.9, 100.0, 100.1].iter().map(|level| p50(&[*level])).collect();
    let wild = result("latency_p50", &[vec![60.0, 190.0, 80.0, 200.0, 150.0]]);
    let comparison = judged(&quiet, &wild);
    assert_eq!(only(&comparison).0.decision, Decision::Inconclusive, "{comparison:#?}");
}

/// A machine whose sessions differ by 25 %, rounds by 3 %, and code that never changes.
struct Machine(Pcg64Mcg);

impl Machine {
    fn noise(&mut self) -> f64 {
        StandardNormal.sample(&mut self.0)
    }

    fn session(&mut self) -> Vec<f64> {
        let level = 10.0 + 0.25 * self.noise();
        (0..10).map(|_| (level + 0.03 * self.noise()).exp()).collect()
    }

    /// How often unchanged code is red, with an interval at 95 %.
    fn false_alarms(&mut self, commits: usize, checks: u64) -> [f64; 2] {
        let red = (0..checks).filter(|_| {
            let history: Vec<RunResult> = (0..commits).map(|_| result("latency_p50", &[self.session()])).collect();
            let comparison = judged(&history, &result("latency_p50", &[self.session()]));
            only(&comparison).0.decision == Decision::Regression
        });
        let rate = clopper_pearson(red.count() as u64, checks, 0.95).unwrap();
        [rate.low, rate.high]
    }
}

#[test]
fn ten_recorded_sessions_keep_the_error_rate_and_one_does_not() {
    let mut machine = Machine(Pcg64Mcg::seed_from_u64(1));
    let [_, most] = machine.false_alarms(10, 1500);
    assert!(most < 0.05, "up to {most} of the checks are false alarms");
    let [least, _] = machine.false_alarms(1, 300);
    assert!(least > 0.25, "from {least} on: the rounds of two sessions know nothing of what lies between them");
}
