//! Which load is tried next, to see where the limit seems to lie and what the curve looks like below; and again under which the
//! load generator was late.

use super::{ENOUGH_ON_TIME, Search, View, is_on_time_above, tidy};
use crate::capacity::evidence::{Load, Opinion};
use crate::capacity::proof::{Proof, State};

/// Scouting goes on until the loads that seem to meet and to violate are this close.
const CLOSE: f64 = 1.15;

/// Loads that are scouted at most between a lower and an upper one.
const MOST_SCOUTED: usize = 40;

/// Loads under which the generator may be late before there is no use in lower ones.
const MOST_LATE: usize = 3;

/// So many times the highest of them is tried then.
const WELL_ABOVE: f64 = 4.0;

/// Under a load that would end the search from above because the generator was late, so many rounds are looked at before proofs are
/// begun without it.
const ROUNDS_BEFORE_PROOFS: usize = 10;

/// Rounds, late ones too, after which no load is tried again because the generator was late.
const MOST_ROUNDS_AGAIN: usize = 20;

/// Places of the curve, in shares of the answer, that are looked at if no load near them was.
const CURVE: [f64; 4] = [0.2, 0.4, 0.6, 0.8];

/// Loads that are this close to each other are near.
const NEAR: f64 = 1.12;

/// Where between two loads it is looked, as a share of the logarithm of their ratio: in the middle, or beside it where that was
/// tried already and nothing is known of it.
const BETWEEN: [f64; 3] = [0.5, 0.375, 0.625];

/// How often a proof is begun again because the generator was late.
const MOST_PARDONS: u32 = 2;

impl Search {
    /// The load that needs another scout, if one does.
    pub(super) fn scouted(&self, view: &View<'_>) -> Option<f64> {
        let loads = &view.loads;
        if loads.is_empty() {
            let [from, to] = self.setting.range;
            return Some(tidy(self.setting.start).clamp(from, to));
        }
        let is_unfinished = |(load, opinion): &(&Load<'_>, &Opinion)| match opinion {
            Opinion::None => true,
            Opinion::Grows => self.wants_longer(load.load),
            Opinion::Meets | Opinion::Violates | Opinion::Late => false,
        };
        if let Some((load, _)) = loads.iter().zip(&view.opinions).find(is_unfinished) {
            return Some(load.load);
        }
        let [from, to] = self.setting.range;
        let is_new = |load: f64| loads.iter().all(|own| own.load != load);
        let next = match (view.meets, view.beyond) {
            (Some(meets), Some(beyond)) => {
                let scouted = loads.iter().filter(|load| load.load > meets / 4.0 && load.load < beyond * 4.0).count();
                (beyond / meets > CLOSE && scouted < MOST_SCOUTED).then(|| between(meets, beyond, is_new)).flatten()
            }
            (Some(meets), None) => (meets < to).then(|| (2.0 * meets).min(to)),
            // Nothing was on time. A generator that is late under several loads is not late because of the load.
            (None, Some(_)) if view.late && view.opinions.len() >= MOST_LATE => return self.well_above(view),
            (None, Some(beyond)) => (beyond > from).then(|| (0.5 * beyond).max(from)),
            (None, None) => None,
        };
        next.map(|load| tidy(load).clamp(from, to)).filter(|load| is_new(*load))
    }

    /// A load well above several under which the generator was late: some machines fall asleep between the queries of a low load, and
    /// the more there are the sooner it is in time. If it is, so many rounds that it counts.
    fn well_above(&self, view: &View<'_>) -> Option<f64> {
        let [_, to] = self.setting.range;
        let (highest, opinion) = view.loads.last().zip(view.opinions.last())?;
        match opinion {
            Opinion::Late => {
                let load = tidy(WELL_ABOVE * highest.load).min(to);
                (view.opinions.len() == MOST_LATE && load > highest.load).then_some(load)
            }
            _ => (highest.rounds.len() < ENOUGH_ON_TIME).then_some(highest.load),
        }
    }

    /// Where the curve has a gap, once it is known where it ends.
    pub(super) fn gap_of_the_curve(&self, view: &View<'_>) -> Option<f64> {
        let (loads, end) = (&view.loads, view.meets?);
        let [from, to] = self.setting.range;
        let gaps = CURVE.iter().map(|share| tidy(share * end)).filter(|load| (from..=to).contains(load));
        let near = |load: f64| loads.iter().any(|own| own.load < load * NEAR && load < own.load * NEAR);
        gaps.into_iter().find(|load| !near(*load))
    }

    /// The load that would end the search from above because the generator was late, to try it again: that may have had a reason
    /// which is over.
    pub(super) fn late_at_the_end(&self, view: &View<'_>) -> Option<f64> {
        view.beyond.filter(|limit| view.late && rounds_of(*limit, view) < ROUNDS_BEFORE_PROOFS)
    }

    /// A load to try again because the generator was late under it, once nothing else is to be done: first the one that ends the
    /// search from above, then those between the ends of the answer, then other points of the curve.
    pub(super) fn late_again(&self, view: &View<'_>) -> Option<f64> {
        let limit = view.beyond.filter(|_| view.late);
        // Above the limit it would be no better.
        let is_above = |load: f64| limit.is_some_and(|limit| load > limit);
        let order = |load: f64| if Some(load) == limit { 0 } else { 1 + u8::from(!self.is_inside(load)) };
        let all = view.loads.iter().zip(&view.opinions);
        let late = all.filter(|(_, opinion)| **opinion == Opinion::Late).map(|(load, _)| load.load);
        late.filter(|load| !is_above(*load) && rounds_of(*load, view) < MOST_ROUNDS_AGAIN)
            .min_by_key(|load| order(*load))
    }

    /// Whether a load lies between what was shown.
    fn is_inside(&self, load: f64) -> bool {
        let (low, high) = self.shown();
        low.is_none_or(|low| load > low) && high.is_none_or(|high| load < high)
    }

    /// Begins a proof again in which the generator was late though it is in time under higher loads, if it lies between the ends of
    /// the answer. `None` if there is none.
    pub(super) fn pardon(&mut self) -> Option<()> {
        let loads = self.loads();
        let is_due = |proof: &Proof| {
            let was_late = proof.state == State::Late && is_on_time_above(proof.load, &loads);
            was_late && proof.pardons < MOST_PARDONS && self.is_inside(proof.load)
        };
        let number = self.proofs.iter().position(is_due)?;
        let own = self.noted.iter().filter(|noted| noted.proof == Some(number));
        let late = own.filter(|noted| noted.round.is_late()).count();
        self.proofs.get_mut(number)?.pardon(late);
        Some(())
    }
}

/// Rounds under a load that count, late ones too.
fn rounds_of(load: f64, view: &View<'_>) -> usize {
    view.loads.iter().find(|own| own.load == load).map_or(0, |own| own.rounds.len())
}

/// A load between two others that was not tried yet.
fn between(low: f64, high: f64, is_new: impl Fn(f64) -> bool) -> Option<f64> {
    BETWEEN.iter().map(|part| tidy(low * (high / low).powf(*part))).find(|load| is_new(*load))
}
