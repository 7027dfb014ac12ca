//! What the books say so far: effects with intervals, guardrails, a winner, and what follows.
//!
//! It may be asked after every round. The p-values hold at every look by themselves; of the intervals that do not, each look spends
//! its part of the error rate.

use super::advice::Grounds;
use super::book::Book;
use super::finding::{Finding, State, Watched};
use super::guardrail::{Guarded, Guardrail};
use super::latency::Effect;
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
    let effect = Effect::of(book, by_key);
    let test = AlwaysValidT::tuned_for(setting.planned_rounds.max(2), each);
    let latency = effect.zip(test).map(|(effect, test)| Finding {
        change: effect.estimate.exp_m1(),
        interval: relative(effect.interval(&test)),
        p_value: effect.p_value(&test),
        differs: effect.p_value(&test) < each,
    });
    let errors = errors(book, setting, each, share);
    let guard = |guardrail: &Guardrail| watch(book, *guardrail, by_key, latency, 1.0 - alpha * share);
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

/// How error rates differ. The p-value asks whether failures went to the arms as the traffic did, which is exact: which arm a
/// query goes to is drawn, whatever makes it fail. Where keys are assigned, a key with any failure counts once. It is the
/// largest that there is without one of the rounds: a start that failed is no difference between the variants.
fn errors(book: &Book, setting: &Setting, alpha: f64, share: f64) -> Finding {
    let by_key = setting.unit.is_key();
    let of_b = |without: usize| {
        let failing = Both::each(|arm| book.failing(arm, by_key, without));
        Counts { successes: failing.b, trials: failing.a + failing.b }
    };
    let grouped = Both::each(|arm| Grouped::of(book, arm, by_key, failed));
    let rates = grouped.as_ref().map(|grouped| grouped.share().unwrap_or(0.0));
    let whole = Interval { low: 0.0, high: 1.0 };
    let intervals = grouped.map(|grouped| grouped.interval(1.0 - alpha * share).unwrap_or(whole));
    let drawn = |round| drawn_with_share(of_b(round), setting.split.of_b(), ANY_SHARE);
    let p_value = (0..book.rounds().len()).map(drawn).reduce(f64::max).unwrap_or(1.0);
    let change = rates.b - rates.a;
    Finding { change, interval: difference(rates, intervals), p_value, differs: p_value < alpha && change != 0.0 }
}

/// Whether the units came to the arms as asked: queries, or keys.
fn split_holds(book: &Book, setting: &Setting) -> f64 {
    let units = Both::each(|arm| if setting.unit.is_key() { book.keys(arm).0.len() as u64 } else { book.queries(arm) });
    sample_ratio(Counts { successes: units.b, trials: units.a + units.b }, setting.split.of_b())
}

fn watch(book: &Book, guardrail: Guardrail, by_key: bool, latency: Option<Finding>, confidence: f64) -> Watched {
    let (values, change) = match guardrail.metric {
        Guarded::Latency => {
            let values = Both::each(|arm| book.mean_logarithm(arm).map(f64::exp));
            (values, latency.map(|found| (found.change, found.interval)))
        }
        Guarded::ErrorRate => {
            let grouped = Both::each(|arm| Grouped::of(book, arm, by_key, failed));
            let values = grouped.as_ref().map(Grouped::share);
            (values, between(values, grouped.map(|grouped| grouped.interval(confidence))))
        }
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
