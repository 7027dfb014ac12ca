use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::result::{BenchmarkResult, Environment, RoundValues};

fn environment(machine: &str) -> Environment {
    Environment {
        cpu: None,
        cores: Some(2),
        memory: None,
        os: "os".to_owned(),
        kernel: None,
        arch: "x86_64".to_owned(),
        governor: None,
        container: None,
        ci: None,
        fingerprint: machine.parse().unwrap(),
    }
}

fn metric(name: &str, unit: &str, rounds: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: Unit::new(unit),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(rounds.to_vec()).unwrap(),
        gate: true,
    }
}

fn result(machine: &str, metrics: Vec<Metric>) -> RunResult {
    let benchmarks = vec![BenchmarkResult::imported("b", metrics)];
    RunResult { environment: Some(environment(machine)), ..RunResult::imported(benchmarks) }
}

fn recorded(number: usize, results: Vec<RunResult>) -> Recorded {
    Recorded {
        commit: format!("{number:040x}").parse().unwrap(),
        subject: format!("commit {number}"),
        commits_since: (number > 0).then_some(3),
        results,
    }
}

/// A value for each commit, with a little noise that is not random.
fn course(levels: &[f64]) -> Vec<Recorded> {
    let noisy = |(number, level): (usize, &f64)| {
        let value = level * (1.0 + 0.01 * ((number * 7 % 5) as f64 - 2.0));
        recorded(number, vec![result("m", vec![metric("latency_p50", "ns", &[value * 0.99, value, value / 0.99])])])
    };
    levels.iter().enumerate().map(noisy).collect()
}

fn levels(parts: &[(f64, usize)]) -> Vec<f64> {
    parts.iter().flat_map(|&(level, count)| vec![level; count]).collect()
}

#[test]
fn a_step_is_found_with_its_size_its_interval_and_whom_to_ask() {
    let history = history(course(&levels(&[(100.0, 12), (120.0, 12)])), &[], &Course::default());
    let [series] = history.series.as_slice() else { panic!("{:?}", history.series) };
    let [change] = series.changes.as_slice() else { panic!("{:?}", series.changes) };
    assert_eq!(change.at, 12);
    assert!(change.is_worse(series.direction));
    assert!((change.change.unwrap() - 0.2).abs() < 0.01, "{change:?}");
    let [low, high] = change.interval.unwrap();
    assert!(low < 0.2 && 0.2 < high && low > 0.15 && high < 0.25, "{change:?}");
    let blame = history.blame(series, change).unwrap();
    assert_eq!(blame.after, history.commits[11].commit);
    assert_eq!(blame.commit, history.commits[12].commit);
    assert_eq!(blame.commits, Some(3), "two commits in between were not recorded");
}

#[test]
fn noise_has_no_changes_whatever_the_number_of_series() {
    let mut generator = Pcg64Mcg::seed_from_u64(1);
    let commits = (0..20).map(|number| {
        let metrics = (0..30)
            .map(|which: usize| metric(&format!("metric_{which:02}"), "ns", &[generator.random_range(100.0..110.0)]));
        recorded(number, vec![result("m", metrics.collect())])
    });
    let history = history(commits.collect(), &[], &Course::default());
    assert_eq!(history.series.len(), 30);
    assert_eq!(history.changes().len(), 0);
}

#[test]
fn another_machine_is_another_series_and_no_change() {
    let commits = (0..20).map(|number| {
        let (machine, level) = if number < 10 { ("old", 100.0) } else { ("new", 50.0) };
        let value = level + (number % 3) as f64;
        recorded(number, vec![result(machine, vec![metric("latency_p50", "ns", &[value])])])
    });
    let history = history(commits.collect(), &[], &Course::default());
    assert_eq!(history.machines().len(), 2);
    assert_eq!(history.series.len(), 2);
    assert!(history.changes().is_empty());
    let places: Vec<usize> =
        history.series.iter().flat_map(|series| series.points.iter().map(|point| point.commit)).collect();
    assert_eq!(places.iter().filter(|place| **place < 10).count(), 10, "each keeps its place among the commits");
}

#[test]
fn sessions_of_a_commit_are_one_point_and_another_unit_begins_anew() {
    let sessions = RoundValues::of_sessions(vec![90.0, 90.0, 160.0, 160.0], &[2, 2]).unwrap();
    let two = Metric { rounds: sessions, ..metric("latency_p50", "ns", &[1.0]) };
    let commits = vec![
        recorded(0, vec![result("m", vec![metric("latency_p50", "ms", &[7.0])])]),
        recorded(1, vec![result("m", vec![two])]),
    ];
    let history = history(commits, &[], &Course::default());
    let [series] = history.series.as_slice() else { panic!("{:?}", history.series) };
    let [point] = series.points.as_slice() else { panic!("{:?}", series.points) };
    assert_eq!((point.commit, point.sessions, point.rounds), (1, 2, 4));
    assert!((point.value - 120.0).abs() < 1e-9, "the geometric mean of 90 and 160, not {}", point.value);
    assert_eq!(point.range, [90.0, 160.0]);
}

#[test]
fn names_select_and_what_got_worse_last_comes_first() {
    let commits = (0..24).map(|number| {
        let wobble = (number * 7 % 5) as f64;
        let early = if number < 8 { 100.0 } else { 130.0 } + wobble;
        let late = if number < 16 { 100.0 } else { 130.0 } + wobble;
        let better = if number < 20 { 100.0 } else { 60.0 } + wobble;
        let of = |name: &str, value: f64| metric(name, "ns", &[value]);
        let metrics = vec![of("better", better), of("early", early), of("late", late)];
        recorded(number, vec![result("m", metrics)])
    });
    let commits: Vec<Recorded> = commits.collect();
    let all = history(commits.clone(), &[], &Course::default());
    let order: Vec<&str> = all.series.iter().map(|series| series.metric.as_str()).collect();
    assert_eq!(order, ["late", "early", "better"]);
    let latest: Vec<&str> = all.changes().iter().map(|(series, _)| series.metric.as_str()).collect();
    assert_eq!(latest, ["better", "late", "early"]);
    assert!(history(commits, &["other".to_owned()], &Course::default()).series.is_empty());
    for (name, named) in [("b", true), ("b/server", true), ("bb", false), ("a", false)] {
        assert_eq!(is_named(name, &["b".to_owned()]), named, "{name}");
    }
}

#[test]
fn the_same_history_says_the_same_whatever_else_is_measured() {
    let alone = history(course(&levels(&[(100.0, 10), (104.0, 10)])), &[], &Course::default());
    let again = history(course(&levels(&[(100.0, 10), (104.0, 10)])), &[], &Course::default());
    assert_eq!(alone, again);
}

#[test]
fn zero_and_negative_values_are_no_ratios() {
    let commits = (0..20).map(|number| {
        let value = if number < 10 { 0.0 } else { 5.0 };
        recorded(number, vec![result("m", vec![metric("error_rate", "ratio", &[value])])])
    });
    let history = history(commits.collect(), &[], &Course::default());
    let [series] = history.series.as_slice() else { panic!("{:?}", history.series) };
    let [change] = series.changes.as_slice() else { panic!("{:?}", series.changes) };
    assert_eq!((change.before, change.after, change.change, change.interval), (0.0, 5.0, None, None));
}

#[test]
fn a_change_whose_interval_holds_nothing_has_no_side() {
    let change = |interval| Change {
        at: 1,
        before: 1.0,
        after: 1.1,
        change: Some(0.1),
        interval,
        p_value: 0.01,
        p_adjusted: 0.02,
    };
    assert!(!change(Some([-0.1, 0.3])).has_side());
    for known in [Some([0.05, 0.15]), Some([-0.3, -0.1]), None] {
        assert!(change(known).has_side(), "{known:?}");
    }
}
