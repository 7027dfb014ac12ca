//! What the books say so far: effects with intervals, guardrails, a winner, and what follows.
//!
//! It may be asked after every round. The p-values hold at every look by themselves; of the intervals that do not, each look spends
//! its part of the error rate.

use super::advice::Grounds;
use super::book::Book;
use super::effect::Effect;
use super::finding::{Finding, State, Watched};
use super::guardrail::{Guarded, Guardrail};
use super::rates::{Accuracy, Grouped, Quantile, difference, failed};
use super::{Advice, Arm, Both, Setting};
use crate::stats::{
    AlwaysValidT, Counts, Interval, drawn_with_share, normal, sample_ratio, share_of_last_look, share_of_look,
};

/// How strongly the mixture over shares of failures leans towards the split: hardly. One arm may have all of them.
const ANY_SHARE: f64 = 2.0;

/// Nobody waits for more rounds than this.
const MOST_ROUNDS: u64 = 1_000_000;

/// What was found so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// How latencies differ; `None` where an arm has no answered query.
    pub latency: Option<Finding>,
    /// How error rates differ.
    pub errors: Finding,
    /// The p-value of "the traffic was split as asked".
    pub sample_ratio: f64,
    /// What must not get worse.
    pub guardrails: Vec<Watched>,
    /// The better arm, beyond chance.
    pub winner: Option<Arm>,
    /// What follows.
    pub advice: Advice,
    /// About how many more queries would settle what is open; `None` where nothing is, or no number would.
    pub more: Option<u64>,
}

/// Judges the books. `is_last`: there will be no more rounds, whatever is found.
pub fn judge(book: &Book, setting: &Setting, is_last: bool) -> Judgement {
    let rounds = book.rounds().len() as u64;
    let look = u32::try_from(rounds.saturating_sub(1)).unwrap_or(u32::MAX);
    let share = if is_last { share_of_last_look(look) } else { share_of_look(look) };
    let alpha = setting.alpha.share();
    // Latency and errors each decide about the winner.
    let each = 0.5 * alpha;
    let by_key = setting.unit.is_key();
    let effect = Effect::on_latency(book, by_key);
    let at = |alpha: f64| AlwaysValidT::tuned_for(setting.planned_rounds.max(2), alpha);
    let test = at(each);
    let latency = effect.zip(test).map(|(effect, test)| Finding {
        change: effect.estimate.exp_m1(),
        interval: relative(effect.interval(&test)),
        p_value: effect.p_value(&test),
        differs: effect.p_value(&test) < each,
    });
    let errors = errors(book, setting, test.as_ref(), each, share);
    let sureness = Sureness { test: at(alpha), confidence: 1.0 - alpha * share };
    let guard = |guardrail: &Guardrail| watch(book, *guardrail, by_key, &sureness);
    let guardrails: Vec<Watched> = setting.guardrails.iter().map(guard).collect();
    let sample_ratio = split_holds(book, setting);
    let (faster, safer) = (latency.and_then(|found| found.better()), errors.better());
    let winner = match (faster, safer) {
        (Some(one), Some(other)) if one != other => None,
        (one, other) => one.or(other),
    };
    let conflict = faster.zip(safer).is_some_and(|(one, other)| one != other);
    let same = latency.is_some_and(|found| found.is_within(setting.threshold.share()));
    let advice = Advice::from(&Grounds { sample_ratio, guardrails: &guardrails, winner, conflict, same });
    let more = if matches!(advice, Advice::Wait | Advice::GraduallyBecauseOpen) {
        let rounds_needed = effect.zip(test).filter(|_| winner.is_none() && !same).map(|(effect, test)| {
            effect.rounds_for(&test, half_width_needed(effect.estimate, setting.threshold.share()), MOST_ROUNDS)
        });
        let spent = |share: f64| normal::critical(alpha * share).unwrap_or(f64::NAN);
        let later = |factor: f64| share_of_last_look((rounds as f64 * factor).ceil() as u32);
        more_queries(book, rounds_needed, &guardrails, &|factor| spent(later(factor)) / spent(share))
    } else {
        None
    };
    Judgement { latency, errors, sample_ratio, guardrails, winner, advice, more }
}

/// From logarithms to relative changes.
fn relative(Interval { low, high }: Interval) -> Interval {
    Interval { low: low.exp_m1(), high: high.exp_m1() }
}

/// How wide an interval may be on either side so that it surely tells the effect from none, or shows that it is none that
/// matters: half of what matters does either, whatever the estimate will be. Of an effect that looks larger, half of it will do.
fn half_width_needed(estimate: f64, threshold: f64) -> f64 {
    0.5 * estimate.abs().max(threshold.ln_1p())
}

/// How error rates differ. Two questions, of which each sees what the other cannot, so the p-value is the larger of both: whether the
/// rounds differ in one direction by more than they differ among each other, because the start of an arm is not drawn, and may be
/// bad; and whether failures went to the arms as the traffic did, which is exact where there are too few of them for the other. There,
/// a key with any failure counts once. It differs only if the interval says so, too.
fn errors(book: &Book, setting: &Setting, test: Option<&AlwaysValidT>, alpha: f64, share: f64) -> Finding {
    let by_key = setting.unit.is_key();
    let failing = Both::each(|arm| if by_key { book.keys(arm).1.len() as u64 } else { book.failures(arm).successes });
    let of_b = Counts { successes: failing.b, trials: failing.a + failing.b };
    let by_start = Effect::on_errors(book, by_key).zip(test).map_or(1.0, |(effect, test)| effect.p_value(test));
    let p_value = by_start.max(drawn_with_share(of_b, setting.split.of_b(), ANY_SHARE));
    let sureness = Sureness { test: test.copied(), confidence: 1.0 - alpha * share };
    let (_, known) = error_rates(book, by_key, &sureness);
    let (change, interval) = known.unwrap_or((0.0, Interval { low: -1.0, high: 1.0 }));
    Finding { change, interval, p_value, differs: p_value < alpha && !interval.contains(0.0) }
}

/// Of the arms' error rates the difference, if it is known, with its interval: wide enough for what few failures can say, and for
/// how much the rounds differ.
fn error_rates(book: &Book, by_key: bool, sureness: &Sureness) -> (Both<Option<f64>>, Option<(f64, Interval)>) {
    let grouped = Both::each(|arm| Grouped::of(book, arm, by_key, failed));
    let rates = grouped.as_ref().map(Grouped::share);
    let by_query = between(rates, grouped.map(|grouped| grouped.interval(sureness.confidence)));
    let by_start = Effect::on_errors(book, by_key).zip(sureness.test).map(|(effect, test)| effect.interval(&test));
    let change = by_query.zip(by_start).map(|((change, one), other)| {
        let low = one.low.min(other.low).max(-1.0);
        (change, Interval { low, high: one.high.max(other.high).min(1.0) })
    });
    (rates, change)
}

/// Whether the units came to the arms as asked: queries, or keys.
fn split_holds(book: &Book, setting: &Setting) -> f64 {
    let units = Both::each(|arm| if setting.unit.is_key() { book.keys(arm).0.len() as u64 } else { book.queries(arm) });
    sample_ratio(Counts { successes: units.b, trials: units.a + units.b }, setting.split.of_b())
}

/// How sure an interval is to be.
struct Sureness {
    /// Over all looks, by the rounds.
    test: Option<AlwaysValidT>,
    /// Of this one look.
    confidence: f64,
}

fn watch(book: &Book, guardrail: Guardrail, by_key: bool, sureness: &Sureness) -> Watched {
    let confidence = sureness.confidence;
    let (values, change) = match guardrail.metric {
        Guarded::Latency => {
            let values = Both::each(|arm| book.mean_logarithm(arm).map(f64::exp));
            let effect = Effect::on_latency(book, by_key).zip(sureness.test);
            (values, effect.map(|(effect, test)| (effect.estimate.exp_m1(), relative(effect.interval(&test)))))
        }
        Guarded::ErrorRate => error_rates(book, by_key, sureness),
        Guarded::Percentile(percentile) => {
            let of = |arm| {
                let sorted = book.sorted(arm);
                Quantile::of(book, arm, by_key, &sorted, percentile.share, confidence)
            };
            let both = Both::each(of);
            let logarithm = |value: f64| value.max(1.0).ln();
            let values = both.map(|quantile| quantile.map(|quantile| quantile.value));
            let limits = |Quantile { interval: Interval { low, high }, .. }: Quantile| Interval {
                low: logarithm(low),
                high: logarithm(high),
            };
            let change = between(values.map(|value| value.map(logarithm)), both.map(|quantile| quantile.map(limits)));
            (values, change.map(|(change, interval)| (change.exp_m1(), relative(interval))))
        }
        Guarded::Accuracy => {
            let accuracy = Accuracy::of(book);
            let share = |arm: Arm| accuracy.and_then(|accuracy| accuracy.counts.of(arm).share());
            (Both::each(share), accuracy.and_then(|accuracy| accuracy.difference(confidence)))
        }
    };
    Watched { guardrail, values, change, state: State::Open }.judged()
}

fn between(values: Both<Option<f64>>, intervals: Both<Option<Interval>>) -> Option<(f64, Interval)> {
    let values = Both { a: values.a?, b: values.b? };
    let intervals = Both { a: intervals.a?, b: intervals.b? };
    Some((values.b - values.a, difference(values, intervals)))
}

/// How many more queries would settle the latency, if it is open, and each guardrail that is. Answers to a dataset that was asked
/// about in full are not among them.
fn more_queries(
    book: &Book,
    rounds_needed: Option<Option<u64>>,
    guardrails: &[Watched],
    wider: &dyn Fn(f64) -> f64,
) -> Option<u64> {
    let rounds = book.rounds().len().max(1) as f64;
    let queries = (book.queries(Arm::A) + book.queries(Arm::B)) as f64;
    let for_latency = match rounds_needed {
        Some(needed) => Some(needed? as f64 / rounds),
        None => None,
    };
    let open = guardrails.iter().filter(|own| own.state == State::Open && own.guardrail.metric != Guarded::Accuracy);
    let for_guardrails = open.filter(|own| own.guardrail.metric != Guarded::Latency).map(|own| own.factor(wider));
    let mut most = for_latency.unwrap_or(1.0);
    for factor in for_guardrails {
        most = most.max(factor?);
    }
    let more = (queries * (most - 1.0)).ceil();
    (1.0..1e12).contains(&more).then_some(more as u64)
}
