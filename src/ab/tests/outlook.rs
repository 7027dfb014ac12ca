//! What is said of a test that is not decided: what keeps it open, and what would tell.

use super::*;

#[test]
fn what_only_a_guardrail_keeps_open_says_that_it_is_the_guardrail() {
    let mut run = Run { queries: 3000, ..Run::new(USUAL, USUAL) };
    run.setting.guardrails = vec!["error_rate=0.001%".parse().unwrap()];
    let (judgement, ..) = run.seeded(1);
    assert_eq!((judgement.winner, judgement.advice), (None, Advice::Wait));
    let words = said(&judgement, &run.setting);
    assert!(words.starts_with("Wait: `new` and `old` differ by less than 10 %"), "{words}");
    assert!(
        words.contains(
            "`new` is not yet proven to be within its guardrail: error_rate (+0 percentage points, allowed 0"
        ),
        "{words}"
    );
    assert!(!words.contains("not ruled out"), "{words}");
}

#[test]
fn what_is_undecided_says_how_many_more_queries_would_tell() {
    let run = Run { queries: 30, ..Run::new(USUAL, USUAL) };
    let (judgement, book, looks) = run.seeded(1);
    assert_eq!((judgement.winner, judgement.advice), (None, Advice::Wait));
    assert!(queries(&judgement) > 100, "{judgement:?}");
    assert_eq!(looks.len(), book.rounds().len());
    assert_eq!(looks.last().map(|look| look.queries), Some(300));
    let words = said(&judgement, &run.setting);
    assert!(words.starts_with("Wait: ") && words.contains(" more queries would tell"), "{words}");
    // It is a forecast from the spread of ten rounds, which is known to about a quarter: mostly it suffices.
    let mut settled = 0;
    for seed in 0..12 {
        let run = Run { queries: 30, ..Run::new(USUAL, USUAL) };
        let (judgement, ..) = run.seeded(seed);
        let more = queries(&judgement);
        let mut longer = run;
        longer.setting.planned_rounds += more.div_ceil(30);
        settled += u32::from(longer.seeded(seed).0.advice != Advice::Wait);
    }
    assert!(settled >= 8, "{settled} of 12");
}

#[test]
fn one_round_says_nothing_and_forecasts_nothing() {
    let mut run = Run { queries: 30, ..Run::new(USUAL, USUAL) };
    run.setting.planned_rounds = 1;
    let (judgement, ..) = run.seeded(1);
    assert_eq!((judgement.advice, judgement.more), (Advice::Wait, Some(More::FewRounds(1))));
    let words = said(&judgement, &run.setting);
    assert!(
        words.contains("One round, which is one start of each arm, says nothing of how much starts differ"),
        "{words}"
    );
    assert!(words.ends_with("and no more are planned; `--rounds 10` asks for enough."), "{words}");
    let planned = Setting { planned_rounds: 10, ..run.setting };
    let words = said(&judgement, &planned);
    assert!(words.ends_with("10 are planned."), "{words}");
}

#[test]
fn what_would_take_a_thousand_times_as_much_has_no_number() {
    let mut run = Run { queries: 60, ..Run::new(USUAL, USUAL) };
    run.setting.threshold = Threshold::from_share(0.0001).unwrap();
    let (judgement, ..) = run.seeded(1);
    assert_eq!((judgement.advice, judgement.more), (Advice::Wait, Some(More::Impractical)));
    let words = said(&judgement, &run.setting);
    assert!(words.contains("Far more queries than is practical would tell"), "{words}");
}

#[test]
fn a_percentile_beyond_all_queries_is_open_and_says_why() {
    let mut run = Run { queries: 60, ..Run::new(USUAL, USUAL) };
    run.setting.guardrails = vec!["latency_p999=10%".parse().unwrap()];
    let (judgement, ..) = run.seeded(1);
    assert_eq!(judgement.guardrails[0].state, State::Open(Doubt::NoEnd));
    let (_, interval) = judgement.guardrails[0].change.unwrap();
    assert_eq!(interval, Interval { low: f64::NEG_INFINITY, high: f64::INFINITY }, "not 100 % faster");
}

#[test]
fn right_answers_without_a_label_are_open_and_say_why() {
    let mut run = Run { queries: 3000, ..Run::new(USUAL, USUAL) };
    run.setting.guardrails = vec!["accuracy=1%".parse().unwrap()];
    let (judgement, ..) = run.seeded(1);
    assert_eq!(judgement.guardrails[0].state, State::Open(Doubt::NoVerdicts));
    let words = said(&judgement, &run.setting);
    assert!(words.contains("accuracy (unknown, allowed 1 percentage point)"), "{words}");
}
