//! Failures that come by start, and those that come by query.

use super::*;

/// What ten rounds say in which so many of a hundred queries of an arm fail: `fails` of round and arm.
fn failing(fails: impl Fn(u64, Arm) -> usize) -> Judgement {
    let mut setting = setting(Unit::Query);
    setting.guardrails.clear();
    let assigner = Assigner::new(Unit::Query, 0.5, 1);
    let mut trial = Trial::new(&setting, assigner, SampleOrder::counted(), None, NonZeroUsize::MIN);
    for round in 0..10 {
        let draw = trial.draw(200, None);
        let answers = Both::each(|arm| {
            let failed = fails(round, arm);
            let latency = |query: usize| (query % 100 >= failed).then_some(1_000_000);
            let latencies = (0..draw.keys.of(arm).len()).map(latency).collect();
            Answers { latencies, ..Answers::default() }
        });
        trial.enter(&draw, &answers);
    }
    trial.judge(true)
}

#[test]
fn starts_that_fail_are_no_difference_between_the_arms_and_all_starts_are() {
    let of_b = |bad: &'static [u64]| failing(|round, arm| if arm == Arm::B && bad.contains(&round) { 100 } else { 0 });
    let one = of_b(&[4]);
    assert_eq!((one.errors.differs, one.winner), (false, None));
    assert!(one.errors.change > 0.05, "it is shown all the same");
    assert_eq!(of_b(&[4, 5]).winner, None, "two bad starts of ten come by chance");
    assert_eq!(of_b(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).winner, Some(Arm::A));
}

#[test]
fn a_bad_start_of_each_arm_makes_no_winner() {
    for (bad_of_a, bad_of_b) in [(0, 1), (1, 0), (3, 8)] {
        let found = failing(|round, arm| {
            let bad = if arm == Arm::A { bad_of_a } else { bad_of_b };
            if round == bad { 12 } else { 0 }
        });
        assert_eq!((found.errors.differs, found.winner), (false, None), "{:?}", found.errors);
        assert!(found.errors.p_value > 0.5 && found.errors.interval.contains(0.0), "{:?}", found.errors);
    }
}

#[test]
fn equal_arms_that_fail_equally_often_have_no_winner() {
    let failing = Kind { fails: 0.05, ..USUAL };
    let found = Run::new(failing, failing).winners(200);
    assert!(found.a + found.b <= 10, "{found:?} of 200");
}

#[test]
fn equal_arms_of_which_some_starts_fail_often_have_no_winner() {
    let failing = Kind { fails: 0.1, fails_in: 0.2, ..USUAL };
    let found = Run::new(failing, failing).winners(200);
    assert!(found.a + found.b <= 10, "{found:?} of 200");
}

#[test]
fn equal_arms_of_which_some_starts_fail_often_break_no_guardrail() {
    let failing = Kind { fails: 0.1, fails_in: 0.2, ..USUAL };
    let mut run = Run::new(failing, failing);
    run.setting.guardrails = vec!["error_rate=0.1%".parse().unwrap()];
    let broken = (0..200).filter(|&seed| run.seeded(seed).0.advice == Advice::DontBroken).count();
    assert!(broken <= 10, "{broken} of 200");
}

#[test]
fn an_arm_that_fails_more_often_is_found() {
    let failing = Kind { fails: 0.02, ..USUAL };
    let mut run = Run { queries: 1600, ..Run::new(USUAL, failing) };
    run.setting.guardrails.clear();
    let a_wins = run.winners(30);
    assert!(a_wins.a >= 27 && a_wins.b == 0, "{a_wins:?} of 30");
}
