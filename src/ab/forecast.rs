//! What would settle what is open: how many more queries, if any number would.

use super::book::Book;
use super::effect::Effect;
use super::guardrail::Guarded;
use super::watch::{State, Watched};
use super::{Arm, Setting};
use crate::stats::{AlwaysValidT, normal, share_of_last_look};

/// Nobody waits for more rounds than this.
const MOST_ROUNDS: u64 = 1_000_000;

/// Nobody asks so many times as many queries.
const MOST_TIMES: f64 = 1000.0;

/// What would settle what is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// About so many more queries.
    Queries(u64),
    /// Far more than anybody would ask.
    Impractical,
    /// More queries, but these do not say how many.
    Unforeseen,
    /// So many rounds do not say how much rounds differ.
    FewRounds(u64),
    /// No number of queries like these.
    Nothing,
}

/// What a forecast is made of.
pub struct Outlook<'a> {
    /// What was asked.
    pub book: &'a Book,
    /// How it is judged.
    pub setting: &'a Setting,
    /// The part of the error rate that this look spends.
    pub share: f64,
    /// The effect on latency, where that is open.
    pub effect: Option<Effect>,
    /// How it is tested.
    pub test: Option<AlwaysValidT>,
}

impl Outlook<'_> {
    /// What would settle the latency, if it is open, and each guardrail that is. Answers to a dataset that was asked about in full
    /// are not among that.
    pub fn more(&self, guardrails: &[Watched]) -> More {
        let rounds = self.book.rounds().len().max(1) as f64;
        let mut most = 1.0;
        if let Some((effect, test)) = self.effect.zip(self.test) {
            let half = half_width_needed(effect.estimate, self.setting.threshold.share());
            match effect.rounds_for(&test, half, MOST_ROUNDS) {
                Some(needed) => most = needed as f64 / rounds,
                // More rounds ask the same keys.
                None if self.setting.unit.is_key() => return More::Nothing,
                None => return More::Impractical,
            }
        }
        let spent = |share: f64| normal::critical(self.setting.alpha.share() * share).unwrap_or(f64::NAN);
        let later = |factor: f64| share_of_last_look((rounds * factor).ceil() as u32);
        let wider = |factor: f64| spent(later(factor)) / spent(self.share);
        let open = guardrails.iter().filter(|own| matches!(own.state, State::Open(_)));
        let of_queries = open.filter(|own| !matches!(own.guardrail.metric, Guarded::Accuracy | Guarded::Latency));
        let mut is_unforeseen = false;
        for own in of_queries {
            match own.factor(&wider) {
                Some(factor) if factor.is_finite() => most = most.max(factor),
                Some(_) => return More::Impractical,
                None => is_unforeseen = true,
            }
        }
        let queries = (self.book.queries(Arm::A) + self.book.queries(Arm::B)) as f64;
        let more = (queries * (most - 1.0)).ceil();
        if most > MOST_TIMES {
            More::Impractical
        } else if is_unforeseen {
            More::Unforeseen
        } else if more >= 1.0 {
            More::Queries(more as u64)
        } else {
            More::Nothing
        }
    }
}

/// How wide an interval may be on either side so that it surely tells the effect from none, or shows that it is none that
/// matters: half of what matters does either, whatever the estimate will be. Of an effect that looks larger, half of it will do.
fn half_width_needed(estimate: f64, threshold: f64) -> f64 {
    0.5 * estimate.abs().max(threshold.ln_1p())
}
