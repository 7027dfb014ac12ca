//! Showing that a load meets the objective, or violates it: on fresh rounds of its own, with looks after more and more of them.
//!
//! Whatever led the search to a load is no part of its proof: a load that was chosen because three rounds went well there would
//! else be called good because they did. The error rate is shared among all proofs and among the looks of each, so that all
//! that is shown is right with the confidence that the whole has, however many were begun and whenever one stops.

use super::evidence::{Round, grows};
use crate::config::Objective;
use crate::stats::{Counts, Interval, korn_graubard, share_of_look};

/// How far a proof has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It takes more rounds.
    Open,
    /// The load is shown to meet the objective.
    Met,
    /// The load is shown to violate it.
    Violated,
    /// More rounds than can be had would show neither.
    Unclear,
    /// The load generator was late too often.
    Late,
    /// Nothing is over the bound, but latency grows within the rounds: they are too short.
    Unsettled,
}

/// A proof, begun.
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Queries per second.
    pub load: f64,
    /// How many times as long as usual its rounds last.
    pub length: u32,
    /// How far it has come.
    pub state: State,
    /// How often it was begun again because the load generator was late.
    pub pardons: u32,
    /// Late rounds that no longer count against it.
    pardoned: usize,
    /// Looks that were taken.
    looks: u32,
}

/// What all proofs have in common.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// What is to be shown.
    pub objective: Objective,
    /// The chance that anything shown is wrong.
    pub alpha: f64,
    /// Rounds before the first look; each later look has twice as many.
    pub first: u32,
    /// More rounds than this are not to be had for one proof.
    pub most: u32,
}

impl Proof {
    /// A proof without rounds.
    pub fn begin(load: f64, length: u32) -> Self {
        Self { load, length, state: State::Open, pardons: 0, pardoned: 0, looks: 0 }
    }

    /// Goes on with one that was unclear.
    pub fn reopen(&mut self) {
        self.state = State::Open;
    }

    /// Goes on with one in which the load generator was late in so many rounds: whatever made it late may be over.
    pub fn pardon(&mut self, late: usize) {
        self.pardons += 1;
        self.pardoned = late;
        self.state = State::Open;
    }

    /// Takes notice of its rounds so far; `number` is its place among all proofs. Looks only when it is time to.
    pub fn look(&mut self, number: usize, rounds: &[&Round], rule: &Rule) {
        let valid: Vec<Counts> = rounds.iter().filter_map(|round| round.within()).collect();
        let late = (rounds.len() - valid.len()).saturating_sub(self.pardoned);
        if late >= 3 && late > valid.len() {
            self.state = State::Late;
            return;
        }
        let due = rule.first.saturating_mul(1 << self.looks.min(16));
        if (valid.len() as u32) < due {
            return;
        }
        // A load is on one side of the truth, so that it can be wronged in one direction only: half of a two-sided error.
        let alpha = rule.alpha * share_of_look(number as u32) * share_of_look(self.looks);
        self.looks += 1;
        let worst: Vec<Counts> = rounds.iter().filter_map(|round| round.at_worst()).collect();
        let interval = |counts: &[Counts]| korn_graubard(counts, 1.0 - 2.0 * alpha);
        self.state = match (interval(&worst), interval(&valid)) {
            (Some(at_worst), Some(as_seen)) => judge(&valid, Interval { low: at_worst.low, high: as_seen.high }, rule),
            _ => State::Unclear,
        };
        if self.state == State::Met && grows(rounds, &rule.objective) {
            self.state = State::Unsettled;
        }
    }
}

fn judge(valid: &[Counts], interval: Interval, rule: &Rule) -> State {
    let wanted = rule.objective.share.share();
    if interval.low >= wanted {
        return State::Met;
    }
    if interval.high < wanted {
        return State::Violated;
    }
    let (within, trials) =
        valid.iter().fold((0, 0), |(within, trials), counts| (within + counts.successes, trials + counts.trials));
    let estimate = within as f64 / trials.max(1) as f64;
    // Intervals narrow with the root of the number of rounds, those of nothing over the bound with the number itself. If they
    // must narrow by more than can be had, it is over.
    let (reach, distance) = if estimate >= wanted {
        (estimate - interval.low, estimate - wanted)
    } else {
        (interval.high - estimate, wanted - estimate)
    };
    let power = if within == trials { 1 } else { 2 };
    let needed = valid.len() as f64 * (reach / distance.max(f64::MIN_POSITIVE)).powi(power);
    let next = 2 * valid.len() as u32;
    if next > rule.most || needed > f64::from(rule.most) { State::Unclear } else { State::Open }
}
