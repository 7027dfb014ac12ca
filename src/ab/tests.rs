//! Whole tests in virtual time: the code path of `perfgate ab` from the draw to the advice, over systems whose times are known.

use std::num::NonZeroUsize;
use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, LogNormal};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::config::{Rate, Spacing};
use crate::scenario::arms::{Answers, Manner, in_turns, on_schedule};
use crate::scenario::{SampleOrder, Schedule};
use crate::sut::Outcome;
use crate::sut::fake::FakeSut;

mod accuracy;
mod errors;
mod outlook;

fn said(judgement: &Judgement, setting: &Setting) -> String {
    sentence(judgement, setting, &|name| format!("`{name}`"))
}

/// How many more queries are said to tell; 0 if that is not said.
fn queries(judgement: &Judgement) -> u64 {
    if let Some(More::Queries(more)) = judgement.more { more } else { 0 }
}

/// What one arm does: by how much slower than usual it is, and how often it fails.
#[derive(Debug, Clone, Copy)]
struct Kind {
    slower: f64,
    fails: f64,
    /// In which share of its starts it fails at all.
    fails_in: f64,
    /// How much a fresh start differs from another, as a standard deviation of logarithms.
    starts: f64,
}

const USUAL: Kind = Kind { slower: 0.0, fails: 0.0, fails_in: 1.0, starts: 0.02 };

/// One server with log-normal service times around a millisecond.
fn system(kind: Kind, seed: u64) -> FakeSut {
    let mut random = Pcg64Mcg::seed_from_u64(seed);
    let start: f64 = LogNormal::new(0.0, kind.starts).unwrap().sample(&mut random);
    // Drawn apart, so that arms that always fail as often are those they were.
    let is_bad = Pcg64Mcg::seed_from_u64(!seed).random::<f64>() < kind.fails_in;
    let fails = if is_bad { kind.fails } else { 0.0 };
    let service = LogNormal::new(0.0, 0.5).unwrap();
    FakeSut::new(1, move |_| {
        let drawn: f64 = service.sample(&mut random);
        let time = 1e6 * start * (1.0 + kind.slower) * drawn;
        let outcome = if random.random::<f64>() < fails { Outcome::Failed("no".to_owned()) } else { Outcome::Done };
        (time as u64, outcome)
    })
}

fn setting(unit: Unit) -> Setting {
    let guardrail = |text: &str| text.parse().unwrap();
    Setting {
        names: Both { a: "old".to_owned(), b: "new".to_owned() },
        scenario: "server".to_owned(),
        split: Split::EVEN,
        unit,
        alpha: Alpha::from_share(0.05).unwrap(),
        threshold: Threshold::from_share(0.1).unwrap(),
        guardrails: vec![guardrail("error_rate=2%")],
        planned_rounds: 10,
        planned_queries: 4000,
        seed: 1,
    }
}

/// How a test is run: as `perfgate ab` does it, until it is decided or all rounds are over.
struct Run {
    setting: Setting,
    kinds: Both<Kind>,
    /// Arrivals per second, in an open loop.
    rate: Option<f64>,
    queries: u64,
    /// The share of the second arm in truth.
    delivered: f64,
    /// Whether the test goes on when it is decided.
    to_the_end: bool,
}

impl Run {
    fn new(a: Kind, b: Kind) -> Self {
        let kinds = Both { a, b };
        Self { setting: setting(Unit::Query), kinds, rate: None, queries: 200, delivered: 0.5, to_the_end: false }
    }

    fn seeded(&self, seed: u64) -> (Judgement, Book, Vec<Look>) {
        let assigner = Assigner::new(self.setting.unit.clone(), self.delivered, seed);
        let mut trial = Trial::new(&self.setting, assigner, SampleOrder::counted(), None, NonZeroUsize::MIN);
        let rounds = self.setting.planned_rounds;
        let mut last = None;
        for round in 0..rounds {
            let of = |concern: u64| seed.wrapping_mul(1_000_003).wrapping_add(round * 7 + concern);
            let schedule =
                self.rate.map(|rate| Schedule::open(Spacing::Poisson, &Rate::Constant(rate), self.queries, 0, of(3)));
            let draw = trial.draw(self.queries, schedule.as_ref());
            let mut systems = Both { a: system(self.kinds.a, of(1)), b: system(self.kinds.b, of(2)) };
            let manner = || Manner {
                dataset: None,
                warmup: 2,
                order: SampleOrder::counted(),
                timeout: Duration::from_secs(600),
                max_async: None,
            };
            let answers: Both<Answers> = if schedule.is_some() {
                let Both { a, b } = &mut systems;
                Both {
                    a: on_schedule(a, &draw.shares.a, &manner(), || Ok(())).unwrap(),
                    b: on_schedule(b, &draw.shares.b, &manner(), || Ok(())).unwrap(),
                }
            } else {
                let pair = Both { a: &mut systems.a as &mut dyn crate::sut::Sut, b: &mut systems.b };
                let manners = Both { a: manner(), b: manner() };
                in_turns(pair, draw.shares.as_ref(), manners, &draw.turns).unwrap()
            };
            let judgement = trial.enter(&draw, &answers);
            if judgement.advice.is_final() && !self.to_the_end {
                last = Some(judgement);
                break;
            }
        }
        let last = last.unwrap_or_else(|| trial.judge(true));
        let (book, looks) = trial.close();
        (last, book, looks)
    }

    /// In how many of so many seeded tests there is a winner, by arm.
    fn winners(&self, tests: u64) -> Both<u64> {
        let mut found = Both { a: 0, b: 0 };
        for seed in 0..tests {
            if let Some(winner) = self.seeded(seed).0.winner {
                *found.of_mut(winner) += 1;
            }
        }
        found
    }
}

#[test]
fn equal_arms_have_no_winner_in_95_of_100_tests_whatever_the_traffic() {
    let closed = Run::new(USUAL, USUAL).winners(200);
    assert!(closed.a + closed.b <= 10, "{closed:?} of 200 in a closed loop");
    // Half the queries at 1,000 a second are 57 % load of each server: latencies of queries that queue are strongly alike.
    let open = Run { rate: Some(1000.0), ..Run::new(USUAL, USUAL) }.winners(200);
    assert!(open.a + open.b <= 10, "{open:?} of 200 in an open loop");
}

#[test]
fn equal_arms_whose_starts_differ_much_have_no_winner_either() {
    let restless = Kind { starts: 0.2, ..USUAL };
    let found = Run::new(restless, restless).winners(200);
    assert!(found.a + found.b <= 10, "{found:?} of 200");
}

#[test]
fn equal_arms_whose_starts_differ_break_no_guardrail() {
    let restless = Kind { starts: 0.2, ..USUAL };
    let mut run = Run::new(restless, restless);
    run.setting.guardrails.push("latency_p90=10%".parse().unwrap());
    let broken = (0..200).filter(|&seed| run.seeded(seed).0.advice == Advice::DontBroken).count();
    assert!(broken <= 10, "{broken} of 200");
}

#[test]
fn an_arm_that_is_slower_by_a_tenth_is_found() {
    let slower = Kind { slower: 0.1, ..USUAL };
    let a_wins = Run { queries: 800, ..Run::new(USUAL, slower) }.winners(30);
    assert!(a_wins.a >= 27 && a_wins.b == 0, "{a_wins:?} of 30");
    let b_wins = Run { queries: 800, ..Run::new(slower, USUAL) }.winners(30);
    assert!(b_wins.b >= 27 && b_wins.a == 0, "{b_wins:?} of 30");
}

#[test]
fn an_arm_that_is_much_slower_ends_the_test_early_and_is_not_rolled_out() {
    let run = Run::new(USUAL, Kind { slower: 0.5, ..USUAL });
    let (judgement, book, _) = run.seeded(3);
    assert_eq!((judgement.winner, judgement.advice), (Some(Arm::A), Advice::DontWorse));
    assert!(book.rounds().len() < 10, "{}", book.rounds().len());
    let words = said(&judgement, &run.setting);
    assert!(words.starts_with("Don't roll out `new`: compared with `old`, it is "), "{words}");
    assert!(words.contains("slower (97.5 % interval: "), "{words}");
}

#[test]
fn an_arm_that_is_faster_is_rolled_out_when_its_guardrails_are_kept() {
    let faster = Kind { slower: -0.4, ..USUAL };
    let (judgement, ..) = Run { queries: 2000, ..Run::new(USUAL, faster) }.seeded(5);
    assert_eq!((judgement.winner, judgement.advice), (Some(Arm::B), Advice::RollOut));
    // So few queries cannot show that no more than 2 % fail.
    let run = Run { queries: 40, ..Run::new(USUAL, faster) };
    let (judgement, ..) = run.seeded(5);
    assert_eq!(judgement.advice, Advice::GraduallyBecauseOpen);
    let words = said(&judgement, &run.setting);
    assert!(words.contains("error_rate (+0 percentage points, allowed 2 percentage points)"), "{words}");
    assert!(queries(&judgement) > 100, "{judgement:?}");
}

#[test]
fn failures_are_errors_and_not_latencies() {
    // What fails, fails at once; an arm must not look fast by failing.
    let run = Run { to_the_end: true, ..Run::new(USUAL, Kind { fails: 0.3, ..USUAL }) };
    let (judgement, book, _) = run.seeded(2);
    assert_eq!((judgement.winner, judgement.advice), (Some(Arm::A), Advice::DontBroken));
    assert!(judgement.errors.differs && judgement.errors.change > 0.15, "{:?}", judgement.errors);
    let failures = book.failures(Arm::B);
    let all = book.entries(Arm::B).count() as u64;
    assert_eq!(failures.trials, all, "the rate divides by all queries");
    let words = said(&judgement, &run.setting);
    assert!(words.contains("worse beyond chance than the guardrail allows: error_rate (+"), "{words}");
}

#[test]
fn a_faster_arm_that_fails_more_has_no_winner() {
    let mut run = Run::new(USUAL, Kind { slower: -0.3, fails: 0.1, ..USUAL });
    run.setting.guardrails.clear();
    run.to_the_end = true;
    let (judgement, ..) = run.seeded(4);
    assert_eq!((judgement.winner, judgement.advice), (None, Advice::DontMixed));
    let words = said(&judgement, &run.setting);
    assert!(words.contains("faster") && words.contains("more of its queries fail"), "{words}");
}

#[test]
fn a_split_of_50_to_50_that_was_delivered_as_52_to_48_is_not_trusted() {
    let run = Run { delivered: 0.48, queries: 3000, to_the_end: true, ..Run::new(USUAL, USUAL) };
    for seed in 0..4 {
        let (judgement, ..) = run.seeded(seed);
        assert_eq!((judgement.advice, judgement.sample_ratio < BROKEN_SPLIT), (Advice::DontTrust, true), "seed {seed}");
        assert!(said(&judgement, &run.setting).contains("the traffic was not split 50:50 as asked"));
    }
    let (judgement, ..) = Run { delivered: 0.5, ..run }.seeded(0);
    assert!(judgement.sample_ratio > 0.5, "{}", judgement.sample_ratio);
}

#[test]
fn a_faster_arm_in_a_small_share_is_found_too() {
    let mut run = Run { delivered: 0.1, queries: 2000, ..Run::new(USUAL, Kind { slower: -0.3, ..USUAL }) };
    run.setting.split = "90:10".parse().unwrap();
    let (judgement, book, _) = run.seeded(8);
    assert_eq!(judgement.winner, Some(Arm::B));
    assert!(judgement.sample_ratio > 0.5);
    let share = book.queries(Arm::B) as f64 / (book.queries(Arm::A) + book.queries(Arm::B)) as f64;
    assert!((0.07..0.13).contains(&share), "{share}");
}

#[test]
fn users_that_differ_do_not_make_a_winner_of_equal_arms() {
    // With users of whom some are slow, two groups of users differ: queries say so, users do not.
    let by_user = |unit: Unit, by_key: bool| -> u64 {
        let mut winners = 0;
        for seed in 0..40 {
            let setting = setting(if by_key { unit.clone() } else { Unit::Query });
            let mut trial = Trial::new(
                &setting,
                Assigner::new(unit.clone(), 0.5, seed),
                SampleOrder::counted(),
                None,
                NonZeroUsize::MIN,
            );
            let mut random = Pcg64Mcg::seed_from_u64(seed);
            for _ in 0..10 {
                let draw = trial.draw(200, None);
                let answers = draw.keys.as_ref().map(|keys| {
                    let mut latency = |key: u32| {
                        let noise: f64 = Exp1.sample(&mut random);
                        let of_user = 1.0 + f64::from(key.wrapping_mul(2_654_435_761) >> 24) / 64.0;
                        Some((1e6 * of_user * (1.0 + 0.1 * noise)) as u64)
                    };
                    Answers { latencies: keys.iter().map(|&key| latency(key)).collect(), ..Answers::default() }
                });
                trial.enter(&draw, &answers);
            }
            winners += u64::from(trial.judge(true).winner.is_some());
        }
        winners
    };
    let known = by_user(Unit::Users(40), true);
    assert!(known <= 2, "{known} of 40");
    // The same without looking at keys: the test must be able to tell.
    let blind = by_user(Unit::Users(40), false);
    assert!(blind > 8, "{blind} of 40");
}

#[test]
fn equal_arms_that_are_seen_long_enough_differ_by_nothing_that_matters() {
    let run = Run { queries: 3000, ..Run::new(USUAL, USUAL) };
    let (judgement, ..) = run.seeded(1);
    assert_eq!((judgement.winner, judgement.advice), (None, Advice::GraduallyBecauseSame));
    let words = said(&judgement, &run.setting);
    assert!(words.contains("differ by less than 10 %, the least that matters"), "{words}");
}

#[test]
fn a_summary_has_only_percentiles_that_its_queries_support() {
    let (_, book, _) = Run { queries: 40, to_the_end: true, ..Run::new(USUAL, USUAL) }.seeded(1);
    let summary = Summary::of(&book, Arm::A, false);
    let names: Vec<&str> = summary.percentiles.iter().map(|(percentile, _)| percentile.name).collect();
    assert_eq!(names, ["latency_p50", "latency_p90", "latency_p95", "latency_p99"], "{} queries", summary.queries);
    for (_, quantile) in &summary.percentiles {
        assert!(quantile.interval.contains(quantile.value), "{quantile:?}");
    }
    assert!(summary.geometric_mean.unwrap() < summary.percentiles[1].1.value);
    assert_eq!((summary.failed, summary.error_rate(), summary.keys, summary.right), (0, Some(0.0), None, None));
}
