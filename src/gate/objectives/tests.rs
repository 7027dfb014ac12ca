use std::collections::BTreeSet;

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::config::{FailOn, GatePolicy};
use crate::gate::{
    Comparison, ExitStatus, Looks, Method, Setting, Verdict, accept, compare, confirm, covering, undecided, unsettled,
};
use crate::result::{Direction, Environment, Fingerprint, Metric, RoundValues, RunResult, Unit};

fn p(share: f64) -> Objective {
    Objective::new(share, 100_000_000).unwrap()
}

/// A benchmark of which nothing is judged but an objective.
fn result(share: f64, rounds: &[(u64, u64)]) -> RunResult {
    let rounds = rounds.iter().map(|&(within, queries)| Within { within, queries }).collect();
    let objectives = vec![Attainment::new(p(share), rounds).unwrap()];
    let unjudged = Metric {
        name: "latency_max".to_owned(),
        unit: Unit::nanoseconds(),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(vec![1.0]).unwrap(),
        gate: false,
    };
    RunResult::imported(vec![BenchmarkResult { objectives, ..BenchmarkResult::imported("a", vec![unjudged]) }])
}

fn judged(base: &RunResult, candidate: &RunResult, method: Method) -> Comparison {
    compare(base, candidate, &GatePolicy::default(), &Setting { method, ..Setting::default() })
}

fn only(comparison: &Comparison) -> (&Row, &ObjectiveRow) {
    let [row] = comparison.rows.as_slice() else { panic!("{:#?}", comparison.rows) };
    (row, row.objective().unwrap())
}

#[test]
fn each_answer_has_its_verdict_and_exit_status() {
    let nothing = RunResult::imported(Vec::new());
    for (rounds, verdict, exit_status) in [
        (&[(150, 150), (150, 150)][..], Verdict::Pass, ExitStatus::Success),
        (&[(90, 100), (90, 100)], Verdict::Regression, ExitStatus::Regression),
        (&[(25, 25), (25, 25)], Verdict::Inconclusive, ExitStatus::Success),
    ] {
        let comparison = judged(&nothing, &result(0.99, rounds), Method::StoredBaseline);
        assert_eq!((comparison.verdict, comparison.exit_status), (verdict, exit_status), "{rounds:?}");
        assert_eq!(only(&comparison).0.metric.as_deref(), Some("slo_p99_100ms"));
    }
}

#[test]
fn a_base_that_violated_it_too_is_told_and_excuses_nothing() {
    let comparison = judged(&result(0.99, &[(80, 100)]), &result(0.99, &[(85, 100); 2]), Method::SideBySide);
    let (row, found) = only(&comparison);
    assert_eq!((row.decision(), found.baseline), (Some(Decision::Regression), Some(0.8)));
    assert!(row.reason.ends_with("; at the base it was 80 %, as measured below it too"), "{}", row.reason);
    let fine = judged(&result(0.99, &[(100, 100)]), &result(0.99, &[(85, 100); 2]), Method::SideBySide);
    assert!(fine.rows[0].reason.ends_with("; at the base it was 100 %"), "{}", fine.rows[0].reason);
    // Another objective of the same name's benchmark is no baseline of this one.
    let other = judged(&result(0.9, &[(100, 100)]), &result(0.99, &[(85, 100); 2]), Method::SideBySide);
    assert_eq!(only(&other).1.baseline, None);
}

#[test]
fn another_machine_has_no_say_in_it() {
    let on = |result: RunResult, machine: &str| {
        let fingerprint = Fingerprint::from_words(machine);
        let environment = Environment {
            cpu: None,
            cores: None,
            memory: None,
            os: String::new(),
            kernel: None,
            arch: String::new(),
            governor: None,
            container: None,
            ci: None,
            fingerprint,
        };
        RunResult { environment: Some(environment), ..result }
    };
    let [base, candidate] = [on(result(0.99, &[(300, 300)]), "a"), on(result(0.99, &[(85, 100); 2]), "b")];
    let comparison = judged(&base, &candidate, Method::StoredBaseline);
    assert_eq!(comparison.verdict, Verdict::Regression);
    let found: Vec<&ObjectiveRow> = comparison.rows.iter().filter_map(Row::objective).collect();
    assert_eq!((comparison.rows.len(), found.len(), found[0].baseline), (2, 1, None));
}

#[test]
fn rules_may_leave_it_out_and_all_rows_share_the_error_rate() {
    let mut policy = GatePolicy::default();
    let rules = crate::config::Overrides { gate: Some(false), ..Default::default() };
    policy.benchmarks.entry("a".to_owned()).or_default().metrics.insert("slo_p99_100ms".to_owned(), rules);
    let side = result(0.99, &[(85, 100); 2]);
    assert!(compare(&side, &side, &policy, &Setting::default()).rows.is_empty());
    // Five more tests, of which none finds anything: the p-value is six times as large.
    let mut many = side.clone();
    many.benchmarks.extend((0..5).map(|number| {
        let name = format!("b{number}");
        BenchmarkResult { name, ..result(0.99, &[(99, 100); 2]).benchmarks.remove(0) }
    }));
    let [alone, together] = [&side, &many].map(|side| {
        let comparison = judged(side, side, Method::SideBySide);
        comparison.rows.iter().find(|row| row.benchmark == "a").and_then(Row::objective).unwrap().clone()
    });
    let [alone, together] = [alone, together].map(|row| row.evidence.unwrap());
    assert_eq!(alone.p_value, together.p_value);
    assert!((together.p_adjusted / alone.p_adjusted - 6.0).abs() < 1e-9);
}

#[test]
fn one_round_is_inconclusive_takes_no_part_in_the_correction_and_is_waited_for() {
    let two = result(0.99, &[(85, 100); 2]);
    let mut with_one = two.clone();
    with_one
        .benchmarks
        .push(BenchmarkResult { name: "one".to_owned(), ..result(0.99, &[(1, 1000)]).benchmarks.remove(0) });
    let [alone, together] = [&two, &with_one].map(|side| judged(side, side, Method::SideBySide));
    let find = |name: &str| together.rows.iter().find(|row| row.benchmark == name).unwrap();
    assert_eq!(find("a").objective().unwrap().evidence, only(&alone).1.evidence);
    let one = find("one");
    assert_eq!((one.decision(), one.objective().unwrap().evidence), (Some(Decision::Inconclusive), None));
    assert!(one.reason.ends_with("; at least 2 rounds are needed"), "{}", one.reason);
    assert!(undecided(&together).contains("one"));
}

#[test]
fn what_a_look_has_decided_stays_and_what_is_open_goes_on() {
    let mut looks = Looks::default();
    let mut look = |rounds: &[(u64, u64)], is_last: bool| {
        let side = result(0.99, rounds);
        let setting = Setting { method: Method::SideBySide, ..Setting::default() };
        looks.look(&side, &side, &GatePolicy::default(), &setting, &|_| is_last)
    };
    // At the first look alpha is a quarter: 299 queries prove nothing, 437 do.
    let open = look(&[(100, 100), (199, 199)], false);
    assert_eq!((only(&open).0.decision(), undecided(&open).len()), (Some(Decision::Inconclusive), 1));
    let met = look(&[(300, 300), (300, 300)], false);
    assert_eq!((only(&met).0.decision(), undecided(&met).len()), (Some(Decision::Unchanged), 0));
    let later = look(&[(300, 300), (300, 300), (100, 300)], true);
    assert_eq!(only(&later), only(&met), "a look that decided it is the last at it");
    let attained = &later.measured[0].candidate.as_ref().unwrap().objectives[0];
    assert_eq!(attained.all().queries, 600, "the document has the rounds that decided it");
}

#[test]
fn a_share_that_would_take_too_long_to_decide_is_not_waited_for() {
    let at = |within: u64| {
        let side = result(0.99, &[(within, 10_000), (within, 10_000)]);
        undecided(&judged(&side, &side, Method::SideBySide)).len()
    };
    assert_eq!([at(9_900), at(9_901)], [0, 0], "on the edge, or so near to it");
    assert_eq!([at(9_910), at(9_895)], [1, 1], "some number proves it, or the opposite");
}

#[test]
fn a_stored_baseline_leaves_open_what_one_session_violates() {
    let screen = judged(&result(0.99, &[(300, 300)]), &result(0.99, &[(90, 100); 2]), Method::StoredBaseline);
    let a: BTreeSet<String> = BTreeSet::from(["a".to_owned()]);
    assert_eq!(unsettled(&screen), a);
    let fine = result(0.99, &[(150, 150); 2]);
    let again = judged(&fine, &fine, Method::SideBySide);
    let whole = confirm(screen.clone(), again, &a, FailOn::default());
    assert_eq!((whole.verdict, only(&whole).0.confirmed), (Verdict::Pass, true));
    assert!(whole.rows[0].reason.ends_with("; it was violated when the candidate was measured alone before"));
    // Too little time for as many queries as the screen had does not open the gate.
    let few = result(0.99, &[(5, 5); 2]);
    let short = confirm(screen, judged(&few, &few, Method::SideBySide), &a, FailOn::default());
    assert_eq!((short.verdict, only(&short).0.confirmed), (Verdict::Regression, false));
}

#[test]
fn a_violation_is_accepted_by_how_much_the_share_lacks() {
    let side = result(0.99, &[(485, 500); 2]);
    let comparison = judged(&side, &side, Method::SideBySide);
    let up_to = covering(&comparison.rows[0]).unwrap();
    assert!((0.02..=0.04).contains(&up_to.share()), "{up_to}");
    let with = |up_to: &str| {
        let text = format!(
            "[[accepted]]\nbenchmark = \"a\"\nmetric = \"slo_p99_100ms\"\nup_to = \"{up_to}\"\nuntil = \"2026-12-31\"\nwhy = \"w\"\n"
        );
        let entries = crate::config::parse_accepted(&text).unwrap();
        let entries: Vec<crate::gate::Entry> = entries
            .into_iter()
            .map(|accepted| crate::gate::Entry { accepted, at_base: false, before_its_base: false })
            .collect();
        accept(comparison.clone(), &entries, &[], "2026-06-01".parse().unwrap(), FailOn::default())
    };
    let accepted = with("2%");
    assert_eq!((accepted.exit_status, only(&accepted).0.decision()), (ExitStatus::Success, None));
    assert!(only(&accepted).1.accepted.is_some());
    let more = with("1.9%");
    assert_eq!(more.exit_status, ExitStatus::Regression);
    assert!(
        more.rows[0].reason.ends_with("a worsening of up to 1.9 percentage points is accepted, and this is more"),
        "{}",
        more.rows[0].reason
    );
}

/// Rounds of queries that are within the bound with a probability that is on average the objective's own, and varies from round to
/// round by `spread` at most.
fn at_the_edge(share: f64, rounds: usize, queries: u64, spread: f64, random: &mut Pcg64Mcg) -> Vec<(u64, u64)> {
    let round = |random: &mut Pcg64Mcg| {
        let own = share + spread * (2.0 * random.random::<f64>() - 1.0);
        let within = (0..queries).filter(|_| random.random::<f64>() < own).count();
        (within as u64, queries)
    };
    (0..rounds).map(|_| round(random)).collect()
}

/// Of 200 checks of an objective that is just met, each of three looks at a growing number of rounds, no more are red than an error
/// rate of 5 % allows by chance (17 of 200 or fewer, in 99 of 100 cases), and no more are called met.
#[test]
fn an_objective_that_is_just_met_is_rarely_violated_however_often_one_looks() {
    for (spread, seed) in [(0.0, 1), (0.03, 2), (0.05, 3)] {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let (mut violated, mut met) = (0, 0);
        for _ in 0..200 {
            let all = at_the_edge(0.95, 40, 60, spread, &mut random);
            let mut looks = Looks::default();
            let setting = Setting { method: Method::SideBySide, ..Setting::default() };
            let counts = [10, 20, 40];
            let last = counts.map(|rounds| {
                let side = result(0.95, &all[..rounds]);
                looks.look(&side, &side, &GatePolicy::default(), &setting, &|_| rounds == 40)
            });
            let [.., last] = last;
            match only(&last).1.answer {
                Answer::Violated => violated += 1,
                Answer::Met => met += 1,
                Answer::NotProven(_) | Answer::OneRound => {}
            }
        }
        assert!(violated <= 17 && met <= 17, "spread {spread}: {violated} violated, {met} met");
        assert!(violated + met > 0, "spread {spread}: the rule never says anything");
    }
}

/// What an interval cannot hold, and the documentation admits: a fifth of the queries of every tenth start are late, so p99 is
/// violated, and whoever happens on ten good starts calls it met. With 30 rounds that is rare.
#[test]
fn where_every_tenth_start_is_bad_ten_rounds_call_it_met_as_often_as_none_of_them_is() {
    let mut random = Pcg64Mcg::seed_from_u64(5);
    let met = [10, 30].map(|rounds| {
        let is_met = |random: &mut Pcg64Mcg| {
            let round = |random: &mut Pcg64Mcg| if random.random::<f64>() < 0.1 { (80, 100) } else { (100, 100) };
            let side = result(0.99, &(0..rounds).map(|_| round(random)).collect::<Vec<_>>());
            only(&judged(&side, &side, Method::StoredBaseline)).1.answer == Answer::Met
        };
        (0..1000).filter(|_| is_met(&mut random)).count()
    });
    // 0.9¹⁰ and 0.9³⁰ of 1,000, and five standard deviations: 349 ± 75, 42 ± 32.
    assert!((274..=424).contains(&met[0]) && (10..=74).contains(&met[1]), "{met:?} of 1,000");
}

#[test]
fn an_objective_that_is_clearly_kept_or_missed_is_found_so() {
    let mut random = Pcg64Mcg::seed_from_u64(4);
    for _ in 0..50 {
        let kept = at_the_edge(0.98, 10, 100, 0.01, &mut random);
        let missed = at_the_edge(0.85, 10, 100, 0.03, &mut random);
        let answers = [kept, missed].map(|rounds| {
            let side = result(0.93, &rounds);
            only(&judged(&side, &side, Method::SideBySide)).1.answer
        });
        assert_eq!(answers, [Answer::Met, Answer::Violated]);
    }
}
