//! What right answers say beside latency and errors.

use super::*;

/// Ten rounds over 400 samples: B takes so many nanoseconds where A takes a million, and is right in so many of a hundred samples
/// where A is in 90.
fn compared(time: u64, right: usize) -> (Judgement, Setting) {
    let mut setting = setting(Unit::Query);
    setting.guardrails.clear();
    let assigner = Assigner::new(Unit::Query, 0.5, 1);
    let mut trial = Trial::new(&setting, assigner, SampleOrder::counted(), None, NonZeroUsize::MIN);
    for round in 0..10_u64 {
        let draw = trial.draw(400, None);
        let answers = Both::each(|arm| {
            let queries = draw.keys.of(arm).len() as u64;
            let (time, right) = if arm == Arm::A { (1_000_000, 90) } else { (time, right) };
            let latencies = (0..queries).map(|query| Some(time + round * 1000 + query)).collect();
            let verdicts = (0..400).map(|sample: usize| (sample, sample % 100 < right)).collect();
            Answers { latencies, verdicts, ..Answers::default() }
        });
        trial.enter(&draw, &answers);
    }
    (trial.judge(true), setting)
}

#[test]
fn a_slower_arm_that_is_right_more_often_is_not_just_slower() {
    let (judgement, setting) = compared(1_200_000, 99);
    assert_eq!((judgement.winner, judgement.advice), (None, Advice::DontMixed));
    let words = said(&judgement, &setting);
    assert!(
        words.starts_with("Don't roll out `new` before you know what matters more: compared with `old`, it is "),
        "{words}"
    );
    assert!(words.contains(", but 9 percentage points more of its answers are right (97.5 % interval: +"), "{words}");
}

#[test]
fn a_faster_arm_that_is_right_more_often_says_so() {
    let (judgement, setting) = compared(800_000, 99);
    assert_eq!((judgement.winner, judgement.advice), (Some(Arm::B), Advice::RollOut));
    let words = said(&judgement, &setting);
    assert!(
        words.contains("faster") && words.contains(", and 9 percentage points more of its answers are right"),
        "{words}"
    );
}

#[test]
fn equally_fast_arms_that_are_not_equally_right_have_something_to_gain_or_to_lose() {
    let (judgement, setting) = compared(1_000_000, 80);
    assert_eq!((judgement.winner, judgement.advice), (None, Advice::GraduallyBecauseSame));
    let words = said(&judgement, &setting);
    assert!(!words.contains("nothing to lose"), "{words}");
    assert!(words.contains("but 10 percentage points fewer of `new`'s answers are right"), "{words}");
}

#[test]
fn values_and_difference_are_of_the_same_samples() {
    let (judgement, _) = compared(1_000_000, 80);
    let right = judgement.accuracy.unwrap();
    assert_eq!((right.values, right.pairs), (Both { a: 0.9, b: 0.8 }, Some(400)));
    assert!((right.values.b - right.values.a - right.change).abs() < 1e-12);
}
