//! What the books say so far: effects with intervals, guardrails, a winner, and what follows.
//!
//! It may be asked after every round. The p-values hold at every look by themselves; of the intervals that do not, each look spends
//! its part of the error rate.

use super::advice::Grounds;
use super::book::Book;
use super::effect::Effect;
use super::finding::{Finding, UNKNOWN_RATE};
use super::forecast::{More, Outlook};
use super::guardrail::Guardrail;
use super::rates::{Accuracy, RightAnswers};
use super::watch::{Sureness, Watched, error_rates, relative, watch};
use super::{Advice, Arm, Both, Setting};
use crate::stats::{AlwaysValidT, Counts, drawn_with_share, sample_ratio, share_of_last_look, share_of_look};

/// How strongly the mixture over shares of failures leans towards the split: hardly. One arm may have all of them.
const ANY_SHARE: f64 = 2.0;

/// What was found so far.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// How latencies differ; `None` where an arm has no answered query.
    pub latency: Option<Finding>,
    /// How error rates differ.
    pub errors: Finding,
    /// The p-value of "the traffic was split as asked".
    pub sample_ratio: f64,
    /// How right answers differ; `None` where an arm has none that could be held against a label.
    pub accuracy: Option<RightAnswers>,
    /// What must not get worse.
    pub guardrails: Vec<Watched>,
    /// The better arm, beyond chance.
    pub winner: Option<Arm>,
    /// What follows.
    pub advice: Advice,
    /// What would settle what is open; `None` where nothing is.
    pub more: Option<More>,
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
    let accuracy = Accuracy::of(book).and_then(|known| known.compared(1.0 - each * share));
    let (faster, safer) = (latency.and_then(|found| found.better()), errors.better());
    let righter = accuracy.as_ref().and_then(RightAnswers::better);
    // Right answers name no winner, but they may speak against one.
    let named = faster.or(safer);
    let conflict = [safer, righter].into_iter().flatten().any(|other| named.is_some_and(|named| named != other));
    let winner = named.filter(|_| !conflict);
    let same = latency.is_some_and(|found| found.is_within(setting.threshold.share()));
    let advice = Advice::from(&Grounds { sample_ratio, guardrails: &guardrails, winner, conflict, same });
    let more = matches!(advice, Advice::Wait | Advice::GraduallyBecauseOpen).then(|| {
        let outlook = Outlook { book, setting, share, effect: effect.filter(|_| winner.is_none() && !same), test };
        let is_spread_known = latency.is_none_or(|found| found.interval.high.is_finite()) && !errors.is_unknown();
        if is_spread_known { outlook.more(&guardrails) } else { More::FewRounds(rounds) }
    });
    Judgement { latency, errors, accuracy, sample_ratio, guardrails, winner, advice, more }
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
    let (change, interval) = known.unwrap_or((0.0, UNKNOWN_RATE));
    Finding { change, interval, p_value, differs: p_value < alpha && !interval.contains(0.0) }
}

/// Whether the units came to the arms as asked: queries, or keys.
fn split_holds(book: &Book, setting: &Setting) -> f64 {
    let units = Both::each(|arm| if setting.unit.is_key() { book.keys(arm).0.len() as u64 } else { book.queries(arm) });
    sample_ratio(Counts { successes: units.b, trials: units.a + units.b }, setting.split.of_b())
}
