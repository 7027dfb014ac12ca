//! Which load is proven next: from outside towards the place where the answer seems to lie, and again what was unclear.

use super::{Search, View, tidy};
use crate::capacity::proof::{Proof, State};

/// How far from the answer proofs are tried first: each a little farther than the one before.
const OUTWARDS: [f64; 10] = [1.25, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0, 300.0, 1000.0];

/// Unclear proofs are begun again so many times at most, each time with four times as many rounds.
const MOST_GENERATIONS: u32 = 3;

impl Search {
    /// The load of the next proof; `None` if these rounds can show no more.
    pub(super) fn candidate(&self, view: &View<'_>) -> Option<f64> {
        let [from, to] = self.setting.range;
        let (low, high) = self.shown();
        let has_end = view.beyond.is_some() && !view.late;
        let middle = match (self.estimate(view), view.meets, view.beyond) {
            (Some(estimate), ..) => estimate,
            // The generator was late there: the answer is at least what was shown below.
            (None, Some(_), Some(beyond)) => beyond,
            // All that may be tried seems to meet it, or nothing does.
            (None, Some(meets), None) => return self.end_of_range(meets).or_else(|| self.below(meets, low, from)),
            (None, None, Some(beyond)) if !view.late => {
                return self.end_of_range(beyond).or_else(|| self.above(beyond, high, to));
            }
            _ => return None,
        };
        let below = || self.below(middle, low, from);
        let above = || if has_end { self.above(middle, high, to) } else { None };
        match (low, high) {
            (None, _) => below().or_else(above),
            (_, None) => above().or_else(below),
            (Some(low), Some(high)) => {
                if high / low <= 1.0 + self.setting.tolerance {
                    None
                } else if middle / low >= high / middle {
                    below().or_else(above)
                } else {
                    above().or_else(below)
                }
            }
        }
    }

    /// An end of the range, which is tried itself.
    fn end_of_range(&self, load: f64) -> Option<f64> {
        self.is_fresh(load).then_some(load)
    }

    /// Below the place where the answer seems to lie: farther and farther away until something is shown, then inwards again.
    fn below(&self, middle: f64, low: Option<f64>, from: f64) -> Option<f64> {
        let tried = self.tried().filter(|load| *load <= middle);
        match low {
            None => {
                let nearest = tried.fold(f64::INFINITY, f64::min);
                let mut outwards = OUTWARDS.iter().map(|factor| tidy(middle / factor));
                outwards.find(|load| *load < nearest && *load >= from && self.is_fresh(*load))
            }
            Some(low) => {
                let nearest = tried.filter(|load| *load > low).fold(middle, f64::min);
                self.between(low, nearest)
            }
        }
    }

    /// The same above it.
    fn above(&self, middle: f64, high: Option<f64>, to: f64) -> Option<f64> {
        let tried = self.tried().filter(|load| *load >= middle);
        match high {
            None => {
                let farthest = tried.fold(0.0, f64::max);
                let mut outwards = OUTWARDS.iter().map(|factor| tidy(middle * factor));
                outwards.find(|load| *load > farthest && *load <= to && self.is_fresh(*load))
            }
            Some(high) => {
                let nearest = tried.filter(|load| *load < high).fold(middle, f64::max);
                self.between(nearest, high)
            }
        }
    }

    /// Halfway between two loads, if they are far enough apart for that to be worth it.
    fn between(&self, a: f64, b: f64) -> Option<f64> {
        let apart = b / a > 1.0 + self.setting.tolerance / 2.0;
        let middle = tidy((a * b).sqrt());
        (apart && middle > a && middle < b && self.is_fresh(middle)).then_some(middle)
    }

    /// Loads of proofs that showed nothing, and would show nothing now.
    fn tried(&self) -> impl Iterator<Item = f64> {
        let fruitless = |proof: &&Proof| matches!(proof.state, State::Unclear | State::Late);
        self.proofs.iter().filter(fruitless).map(|proof| proof.load)
    }

    /// Whether there is no proof of this load yet that still counts: one on rounds that were too short does not.
    fn is_fresh(&self, load: f64) -> bool {
        self.proofs
            .iter()
            .all(|proof| proof.load != load || (proof.state == State::Unsettled && proof.length < self.length))
    }

    /// Begins unclear proofs again, those nearest to what was shown, with more rounds. `None` if there are none, or the answer is
    /// good enough, or it has been done often enough.
    pub(super) fn reopen(&mut self) -> Option<()> {
        let (low, high) = self.shown();
        if self.is_close() || self.generation >= MOST_GENERATIONS {
            return None;
        }
        let is_inside = |proof: &&mut Proof| {
            proof.state == State::Unclear
                && low.is_none_or(|low| proof.load > low)
                && high.is_none_or(|high| proof.load < high)
        };
        let mut unclear: Vec<&mut Proof> = self.proofs.iter_mut().filter(is_inside).collect();
        unclear.sort_by(|a, b| a.load.total_cmp(&b.load));
        let (first, others) = unclear.split_first_mut()?;
        first.reopen();
        if let Some(last) = others.last_mut() {
            last.reopen();
        }
        self.generation += 1;
        Some(())
    }
}
