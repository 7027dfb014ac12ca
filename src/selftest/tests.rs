use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::config::GatePolicy;
use crate::gate::{self, Method, compare};
use crate::result::{BenchmarkResult, Metric, RoundValues, RunResult, Unit};

fn metric(name: &str, values: Vec<f64>) -> Metric {
    let is_rate = name == "throughput";
    Metric {
        name: name.to_owned(),
        unit: Unit::new(if is_rate { "1/s" } else { "ns" }),
        direction: if is_rate { Direction::HigherIsBetter } else { Direction::LowerIsBetter },
        rounds: RoundValues::new(values).unwrap(),
        gate: true,
    }
}

/// Round values whose logarithms vary by `noise`, around a level.
fn noisy(level: f64, noise: f64, rounds: usize, generator: &mut Pcg64Mcg) -> Vec<f64> {
    let mut normal = || (0..12).map(|_| generator.random::<f64>()).sum::<f64>() - 6.0;
    (0..rounds).map(|_| level * (noise * normal()).exp()).collect()
}

fn result(benchmarks: impl IntoIterator<Item = (&'static str, Vec<Metric>)>) -> RunResult {
    RunResult::imported(
        benchmarks.into_iter().map(|(name, metrics)| BenchmarkResult::imported(name, metrics)).collect(),
    )
}

fn judge(base: &RunResult, candidate: &RunResult, policy: &GatePolicy) -> Comparison {
    let setting = gate::Setting { method: Method::SideBySide, ..gate::Setting::default() };
    compare(base, candidate, policy, &setting)
}

/// A check of a benchmark `a` with so much noise and so much of a true change.
fn check(change: f64, noise: f64, rounds: usize, seed: u64, policy: &GatePolicy) -> Check {
    let mut generator = Pcg64Mcg::seed_from_u64(seed);
    let base = metric("latency_p50", noisy(1e6, noise, rounds, &mut generator));
    let candidate = metric("latency_p50", noisy(1e6 * (1.0 + change), noise, rounds, &mut generator));
    let spread = Spread::of(&base, &candidate).unwrap();
    Check {
        injected: BTreeMap::new(),
        comparison: judge(&result([("a", vec![base])]), &result([("a", vec![candidate])]), policy),
        spreads: BTreeMap::from([("a".to_owned(), vec![spread])]),
        pair_times: BTreeMap::from([("a".to_owned(), Duration::from_secs(1))]),
        took: Duration::from_secs(rounds as u64),
        cut_short: false,
    }
}

fn slowed(check: Check, share: f64) -> Check {
    let injection = Injection { factor: share / 0.1, share };
    Check { injected: BTreeMap::from([("a".to_owned(), injection)]), ..check }
}

fn setting(looks: u32) -> Setting {
    Setting {
        benchmarks: vec![("a".to_owned(), 20)],
        alpha: Alpha::from_share(0.05).unwrap(),
        means: Means { looks, time: Duration::from_secs(300) },
        seed: 1,
        budget: Duration::from_secs(60),
        took: Duration::from_secs(59),
        asked: Vec::new(),
        environment: None,
        failures: Vec::new(),
    }
}

/// Checks of identical code: red, undecided and unchanged ones.
fn identical(red: u64, undecided: u64, unchanged: u64) -> Vec<Check> {
    let policy = GatePolicy::default();
    let alarms = (0..red).map(|seed| check(0.5, 0.01, 10, seed, &policy));
    let open = (0..undecided).map(|seed| check(0.1, 0.2, 10, seed, &policy));
    let quiet = (0..unchanged).map(|seed| check(0.0, 0.01, 10, seed, &policy));
    alarms.chain(open).chain(quiet).collect()
}

#[test]
fn checks_are_counted_by_what_they_say() {
    let selftest = summarise(&identical(1, 2, 20), setting(7));
    let Counts { checks, red, undecided, unchanged, rounds, time } = selftest.identical;
    assert_eq!((checks, red, undecided, unchanged), (23, 1, 2, 20));
    assert_eq!((rounds, time), (10.0, Duration::from_secs(10)));
    assert_eq!(selftest.benchmarks[0].identical, selftest.identical);
    assert_eq!(selftest.verdict, Verdict::Holds, "1 of 23 is within chance");
}

#[test]
fn more_alarms_than_chance_allows_are_told() {
    let verdict = |red: u64| summarise(&identical(red, 0, 20 - red), setting(7)).verdict;
    assert_eq!(verdict(3), Verdict::Holds, "the interval of 3 of 20 begins at 3.2 %");
    assert_eq!(verdict(4), Verdict::FalseAlarms, "that of 4 of 20 at 5.7 %");
    assert_eq!(Verdict::FalseAlarms.exit_status().code(), 1);
}

#[test]
fn slowed_code_that_is_called_unchanged_is_missed() {
    let policy = GatePolicy::default();
    let tried =
        |change: f64| (0..6).map(move |seed| slowed(check(change, 0.01, 10, seed, &GatePolicy::default()), 0.2));
    let all = |change: f64| [check(0.0, 0.01, 10, 0, &policy)].into_iter().chain(tried(change)).collect::<Vec<_>>();
    let selftest = summarise(&all(0.2), setting(7));
    assert_eq!(selftest.verdict, Verdict::Holds);
    let (injection, counts) = selftest.benchmarks[0].slowed[0];
    assert_eq!((injection.share, counts.red, counts.checks), (0.2, 6, 6));
    assert_eq!(selftest.identical.checks, 1, "slowed code says nothing about false alarms");
    let selftest = summarise(&all(0.0), setting(7));
    assert_eq!(selftest.verdict, Verdict::Misses, "a delay that reaches nobody");
    assert_eq!(selftest.verdict.exit_status().code(), 1);
}

#[test]
fn a_failure_outranks_what_the_rest_says() {
    let failures = vec![Failure { benchmark: "a".to_owned(), reason: "it broke".to_owned() }];
    let selftest = summarise(&identical(9, 0, 0), Setting { failures, ..setting(7) });
    assert_eq!(selftest.verdict, Verdict::Failed);
    assert_eq!(selftest.verdict.exit_status().code(), 4);
}

#[test]
fn what_was_cut_short_counts_only_where_nothing_else_does() {
    let mut checks = identical(0, 1, 3);
    checks[0].cut_short = true;
    let selftest = summarise(&checks, setting(7));
    assert_eq!((selftest.identical.checks, selftest.cut_short), (3, 1));
    let selftest = summarise(&checks[..1], setting(7));
    assert_eq!((selftest.identical.checks, selftest.cut_short), (1, 0));
    let selftest = summarise(&[], setting(7));
    assert_eq!((selftest.identical.checks, selftest.identical.red_interval()), (0, None));
}

#[test]
fn a_slowdown_aims_at_the_row_that_moves_first() {
    let rows = || {
        let values = || vec![100.0, 101.0, 99.0];
        result([
            ("both", vec![metric("latency_p50", values()), metric("latency_p90", values())]),
            ("offline", vec![metric("throughput", values())]),
            ("other", vec![metric("steps", values())]),
        ])
    };
    let mut policy = GatePolicy::default();
    let own = policy.benchmarks.entry("both".to_owned()).or_default();
    own.metrics.entry("latency_p90".to_owned()).or_default().threshold = Some(Threshold::from_share(0.04).unwrap());
    let targets = targets(&judge(&rows(), &rows(), &policy));
    assert_eq!(targets.keys().collect::<Vec<_>>(), ["both", "offline"], "steps do not follow time");
    assert!((targets["both"].injection(2.0).share - 0.08).abs() < 1e-12);
    // 20 % less throughput is 25 % more time.
    assert!((targets["offline"].injection(2.0).share - 0.25).abs() < 1e-12);
    let mut tried: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for turn in 0..FACTORS.len() {
        for (name, injection) in injections(&targets, turn) {
            let name = targets.keys().find(|known| **known == name).unwrap();
            tried.entry(name).or_default().insert(injection.factor.to_string());
        }
    }
    assert!(tried.values().all(|factors| factors.len() == FACTORS.len()), "{tried:?}");
}

#[test]
fn less_noise_allows_a_smaller_threshold_and_takes_less() {
    let with_noise = |noise: f64| {
        let checks: Vec<Check> = (0..8).map(|seed| check(0.0, noise, 20, seed, &GatePolicy::default())).collect();
        summarise(&checks, setting(7))
    };
    let (calm, wild) = (with_noise(0.01), with_noise(0.1));
    let [least, most] = [&calm, &wild].map(|selftest| selftest.smallest.unwrap().0.share());
    assert!(least <= 0.015 && most >= 0.05, "{least} {most}");
    let [few, many] = [&calm, &wild].map(|selftest| selftest.configured.unwrap().rounds);
    assert!(few == 20 && many > 20, "{few} {many}");
    let [fine, coarse] = [&calm, &wild].map(|selftest| selftest.benchmarks[0].sees.unwrap());
    assert!(fine[0] < fine[1] && fine[1] < coarse[1], "{fine:?} {coarse:?}");
    assert!(fine[0] > 0.1, "nothing below the threshold turns red: {fine:?}");
    assert_eq!(with_noise(5.0).smallest, None);
}

#[test]
fn what_a_check_may_not_take_is_not_within_its_means() {
    let checks: Vec<Check> = (0..8).map(|seed| check(0.0, 0.15, 20, seed, &GatePolicy::default())).collect();
    let with = |looks: u32, seconds: u64| {
        let means = Means { looks, time: Duration::from_secs(seconds) };
        summarise(&checks, Setting { means, ..setting(looks) })
    };
    let roomy = with(14, 100_000).configured.unwrap();
    assert!(roomy.within_means && roomy.rounds > 40, "{roomy:?}");
    assert_eq!(roomy.time, Duration::from_secs(u64::from(roomy.rounds)), "a pair takes a second");
    assert!(!with(14, 20).configured.unwrap().within_means);
    assert!(!with(3, 100_000).configured.unwrap().within_means);
    assert!(with(14, 40).smallest.unwrap().0 > with(14, 100_000).smallest.unwrap().0);
}

/// The advice, held against the gate itself.
#[test]
fn the_recommended_threshold_gives_decided_answers() {
    let rounds = 20;
    let checks: Vec<Check> = (0..10).map(|seed| check(0.0, 0.05, rounds, seed, &GatePolicy::default())).collect();
    let (threshold, need) = summarise(&checks, setting(1)).smallest.unwrap();
    assert_eq!(need.rounds, 20);
    let policy = GatePolicy { threshold, ..GatePolicy::default() };
    let count = |change: f64, wanted: Decision| {
        let decision = |seed: u64| check(change, 0.05, rounds, 1000 + seed, &policy).comparison.rows[0].decision();
        (0..400).filter(|&seed| decision(seed) == Some(wanted)).count()
    };
    let (unchanged, found) = (count(0.0, Decision::Unchanged), count(2.0 * threshold.share(), Decision::Regression));
    assert!(unchanged >= 360 && found >= 360, "of 400: {unchanged} unchanged, {found} found at {threshold}");
    let next_smaller = GatePolicy { threshold: Threshold::from_share(threshold.share() / 2.0).unwrap(), ..policy };
    let decided = (0..400).filter(|&seed| {
        check(0.0, 0.05, rounds, 1000 + seed, &next_smaller).comparison.rows[0].decision() == Some(Decision::Unchanged)
    });
    assert!(decided.count() < 340, "half of it would be too little");
}
