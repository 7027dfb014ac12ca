use std::time::Duration;

use super::samples::hostile_names;
use super::terminal::{PLAIN, assert_says, at};
use crate::ab::{
    AbTest, Advice, Arm, Both, Doubt, Ended, Finding, Guardrail, Judgement, More, PERCENTILES, Quantile, RightAnswers,
    Setting, Split, State, Summary, Unit, Watched,
};
use crate::config::{Alpha, Threshold};
use crate::render::{ab, html, markdown, plain};
use crate::report;
use crate::result::{Distribution, Failure, Warning};
use crate::stats::{Counts, Interval};

fn of(low: f64, high: f64) -> Interval {
    Interval { low, high }
}

fn summary(level: f64, failed: u64) -> Summary {
    let quantile =
        |factor: f64| Quantile { value: level * factor, interval: of(level * factor * 0.97, level * factor * 1.04) };
    let [p50, p90, .., p99, _] = PERCENTILES;
    Summary {
        queries: 2000,
        failed,
        error_interval: Some(of(0.001, 0.02)),
        first_failure: (failed > 0).then(|| "status 503\nat once".to_owned()),
        keys: None,
        geometric_mean: Some(level),
        percentiles: vec![(p50, quantile(0.95)), (p90, quantile(1.6)), (p99, quantile(2.5))],
        latencies: Distribution::of((1..200).map(|step| (level * f64::from(step) / 100.0) as u64)),
        slowest: Some((level * 4.0) as u64),
        right: Some(Counts { successes: 349, trials: 360 }),
    }
}

/// The new one is faster; a guardrail is open.
fn faster() -> AbTest {
    let watched = |text: &str, change: f64, interval: Interval, state: State| {
        let guardrail: Guardrail = text.parse().unwrap();
        Watched { guardrail, values: Both { a: Some(1.0), b: Some(1.0) }, change: Some((change, interval)), state }
    };
    let guardrails = vec![
        watched("error_rate=1%", 0.002, of(-0.004, 0.009), State::Kept),
        watched("latency_p99=10%", -0.15, of(-0.2, 0.12), State::Open(Doubt::Chance)),
        watched("accuracy=1%", 0.0, of(-0.009, 0.009), State::Kept),
        watched("latency_p999=10%", -0.1, of(f64::NEG_INFINITY, f64::INFINITY), State::Open(Doubt::NoEnd)),
        watched("latency_p50=10%", -0.2, of(f64::NEG_INFINITY, 0.02), State::Kept),
    ];
    let judgement = Judgement {
        latency: Some(Finding { change: -0.2, interval: of(-0.24, -0.16), p_value: 1e-5, differs: true }),
        errors: Finding { change: 0.002, interval: of(-0.004, 0.009), p_value: 0.8, differs: false },
        accuracy: Some(RightAnswers {
            values: Both { a: 0.97, b: 0.97 },
            change: 0.0,
            interval: of(-0.01, 0.01),
            pairs: Some(355),
        }),
        sample_ratio: 1.0,
        guardrails: guardrails.clone(),
        winner: Some(Arm::B),
        advice: Advice::GraduallyBecauseOpen,
        more: Some(More::Queries(5432)),
    };
    AbTest {
        setting: Setting {
            names: Both { a: "digits".to_owned(), b: "digits-int8".to_owned() },
            scenario: "server".to_owned(),
            split: Split::EVEN,
            unit: Unit::Query,
            alpha: Alpha::from_share(0.05).unwrap(),
            threshold: Threshold::from_share(0.1).unwrap(),
            guardrails: guardrails.iter().map(|own| own.guardrail).collect(),
            planned_rounds: 10,
            planned_queries: 4000,
            seed: 1,
        },
        arms: Both { a: summary(5e6, 0), b: summary(4e6, 4) },
        judgement: Some(judgement),
        looks: Vec::new(),
        rounds: 10,
        ended: Ended::Queries,
        took: Duration::from_secs(48),
        environment: None,
        warnings: Vec::new(),
        failures: Vec::new(),
    }
}

fn failed() -> AbTest {
    let reason = "`./serve` exited with status 7 instead of answering query 3; its last words:\ntoo hot".to_owned();
    AbTest {
        judgement: None,
        ended: Ended::Failed,
        failures: vec![Failure { benchmark: "digits-int8".to_owned(), reason }],
        ..faster()
    }
}

#[test]
fn a_test_in_full() {
    assert_says(
        &ab(&faster(), &PLAIN),
        "
perfgate ab   A digits   B digits-int8   server 50:50 by query   4,000 queries in 10 rounds   48 s

                    A        B   change        interval      p
 queries        2,000    2,000                               1  split as asked
 error_rate       0 %  0.200 %  +0.2 pp    [−0.4, +0.9]    .80
 latency      5.00 ms  4.00 ms  −20.0 %  [−24.0, −16.0]  <.001  faster
 latency_p50  4.75 ms  3.80 ms
 latency_p90  8.00 ms  6.40 ms
 latency_p99  12.5 ms  10.0 ms
 accuracy      97.0 %   97.0 %     0 pp    [−1.0, +1.0]

 guardrail      change        interval  confidence  allowed
 error_rate    +0.2 pp    [−0.4, +0.9]        95 %  +1.0 pp  kept
 latency_p99   −15.0 %  [−20.0, +12.0]        95 %  +10.0 %  open
 accuracy         0 pp    [−0.9, +0.9]        95 %  −1.0 pp  kept
 latency_p999  −10.0 %                              +10.0 %  open
 latency_p50   −20.0 %    at most +2.0        95 %  +10.0 %  kept

Roll out digits-int8 gradually: compared with digits, it is 20 % faster (97.5 % interval: 24 % faster to 16 % faster); but not yet proven to be within its guardrail: latency_p99 (−15 %, allowed 10 %), latency_p999 (−10 %, allowed 10 %). About 5,500 more queries would settle that.
  At most 5 in 100 tests of equal arms would name a winner, however often one looks. The intervals of A and B are at 97.5 %, over all looks.
  Whether the guardrail on latency_p999 is kept is not known: too few queries were slower to say how slow it may be.
  The accuracy is that of the 355 samples that both arms were asked about, each counted once.
  4 queries of digits-int8 failed; the first: status 503
",
    );
}

#[test]
fn a_test_on_a_narrow_terminal() {
    assert_says(
        &ab(&faster(), &at(60)),
        "
perfgate ab   A digits   B digits-int8
  server 50:50 by query   4,000 queries in 10 rounds   48 s

                    A        B   change
 queries        2,000    2,000           split as asked
 error_rate       0 %  0.200 %  +0.2 pp
 latency      5.00 ms  4.00 ms  −20.0 %  faster
 latency_p50  4.75 ms  3.80 ms
 latency_p90  8.00 ms  6.40 ms
 latency_p99  12.5 ms  10.0 ms
 accuracy      97.0 %   97.0 %     0 pp

 guardrail      change        interval  allowed
 error_rate    +0.2 pp    [−0.4, +0.9]  +1.0 pp  kept
 latency_p99   −15.0 %  [−20.0, +12.0]  +10.0 %  open
 accuracy         0 pp    [−0.9, +0.9]  −1.0 pp  kept
 latency_p999  −10.0 %                  +10.0 %  open
 latency_p50   −20.0 %    at most +2.0  +10.0 %  kept

Roll out digits-int8 gradually: compared with digits, it is
20 % faster (97.5 % interval: 24 % faster to 16 % faster);
but not yet proven to be within its guardrail: latency_p99
(−15 %, allowed 10 %), latency_p999 (−10 %, allowed 10 %).
About 5,500 more queries would settle that.
  At most 5 in 100 tests of equal arms would name a winner,
    however often one looks. The intervals of A and B are at
    97.5 %, over all looks.
  Whether the guardrail on latency_p999 is kept is not
    known: too few queries were slower to say how slow it
    may be.
  The accuracy is that of the 355 samples that both arms
    were asked about, each counted once.
  4 queries of digits-int8 failed; the first: status 503
",
    );
}

#[test]
fn a_test_in_markdown() {
    assert_says(
        &markdown::ab(&faster()).replace('\u{a0}', " "),
        "
### perfgate ab: B is better, but not yet proven to be safe

A `digits`, B `digits-int8`, server `50:50` by query, 4,000 queries in 10 rounds, 48 s

| metric | A | B | change | interval | p | finding |
|:--|--:|--:|--:|--:|--:|:--|
| `queries` | 2,000 | 2,000 |  |  | 1 | split as asked |
| `error_rate` | 0 % | 0.200 % | +0.2 pp | [−0.4, +0.9] | .80 |  |
| `latency` | 5.00 ms | 4.00 ms | −20.0 % | [−24.0, −16.0] | &lt;.001 | faster |
| `latency_p50` | 4.75 ms | 3.80 ms |  |  |  |  |
| `latency_p90` | 8.00 ms | 6.40 ms |  |  |  |  |
| `latency_p99` | 12.5 ms | 10.0 ms |  |  |  |  |
| `accuracy` | 97.0 % | 97.0 % | 0 pp | [−1.0, +1.0] |  |  |

| guardrail | change | interval | confidence | allowed | finding |
|:--|--:|--:|--:|--:|:--|
| `error_rate` | +0.2 pp | [−0.4, +0.9] | 95 % | +1.0 pp | kept |
| `latency_p99` | −15.0 % | [−20.0, +12.0] | 95 % | +10.0 % | open |
| `accuracy` | 0 pp | [−0.9, +0.9] | 95 % | −1.0 pp | kept |
| `latency_p999` | −10.0 % |  |  | +10.0 % | open |
| `latency_p50` | −20.0 % | at most +2.0 | 95 % | +10.0 % | kept |

Roll out `digits-int8` gradually: compared with `digits`, it is 20 % faster (97.5 % interval: 24 % faster to 16 % faster); but not yet proven to be within its guardrail: latency_p99 (−15 %, allowed 10 %), latency_p999 (−10 %, allowed 10 %). About 5,500 more queries would settle that.

- At most 5 in 100 tests of equal arms would name a winner, however often one looks. The intervals of A and B are at 97.5 %, over all looks.
- Whether the guardrail on latency_p999 is kept is not known: too few queries were slower to say how slow it may be.
- The accuracy is that of the 355 samples that both arms were asked about, each counted once.
- 4 queries of `digits-int8` failed; the first: status 503
",
    );
}

#[test]
fn an_arm_that_could_not_be_measured() {
    assert_says(
        &ab(&failed(), &at(80)),
        "
perfgate ab   A digits   B digits-int8   server 50:50 by query
  4,000 queries in 10 rounds   48 s

                    A        B
 queries        2,000    2,000
 error_rate       0 %  0.200 %
 latency      5.00 ms  4.00 ms
 latency_p50  4.75 ms  3.80 ms
 latency_p90  8.00 ms  6.40 ms
 latency_p99  12.5 ms  10.0 ms
 accuracy      96.9 %   96.9 %

Don't roll anything out by this: digits-int8 could not be measured.
  digits-int8: `./serve` exited with status 7 instead of answering query 3; its
    last words:
  too hot
  The accuracy of either arm is that of 360 samples, each counted once.
  4 queries of digits-int8 failed; the first: status 503
",
    );
}

#[test]
fn names_of_any_kind_do_no_harm() {
    for name in hostile_names() {
        let mut test = faster();
        test.setting.names.b.clone_from(&name);
        test.arms.b.first_failure = Some(name.clone());
        test.warnings = vec![Warning { code: "x".to_owned(), message: name.clone() }];
        test.failures = vec![Failure { benchmark: name.clone(), reason: name.clone() }];
        let text = ab(&test, &at(80));
        assert!(text.lines().all(|line| plain::width(line) <= 80), "{text}");
        assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text}");
        let html = html::page(&report::ab::of(&test));
        assert!(!html.contains("<script") && html.contains("<svg"), "{html}");
        let page = markdown::ab(&test);
        assert!(page.len() < 60_000 && !page.contains("<script") && !page.contains("\n::"), "{page}");
    }
}
