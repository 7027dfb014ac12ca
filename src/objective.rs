//! Whether a service-level objective is met, by what was counted. Pure.
//!
//! Here: how sure the share of queries within the bound is, what follows from it, and how many queries it would take where
//! nothing does. Not here: the counting (`scenario`), rows and verdicts (`gate`), which words a format shows.

mod proof;
mod sentence;

pub use proof::{Proof, flawless};
pub use sentence::{Ends, ONE_ROUND, budget, percent, sentence};

use crate::result::{Attainment, Objective, Within};
use crate::stats::{Counts, korn_graubard, korn_graubard_at_least};

/// The error rate by which an objective is judged where no check sets one.
pub const ALPHA: f64 = 0.05;

/// What the counts of an objective say, before anything is decided.
#[derive(Debug, Clone, PartialEq)]
pub struct Examined {
    /// The objective.
    pub objective: Objective,
    /// The counts of all rounds together.
    pub all: Within,
    /// How many rounds there were.
    pub rounds: usize,
    /// What that says of other rounds; `None` of a single one.
    pub certainty: Option<Certainty>,
    counts: Vec<Counts>,
    alpha: f64,
}

/// What two rounds or more say of others that are like them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certainty {
    /// What the share of all queries is at least, and what it is at most, each with a confidence of 1 − alpha.
    pub bounds: [f64; 2],
    /// The probability of so few queries within the bound, or fewer, if the objective were just met.
    pub p_value: f64,
}

/// A round is one start. How much starts differ cannot be seen in fewer than two.
pub const FEWEST_ROUNDS: usize = 2;

/// Whether an objective is met.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Answer {
    /// The share is at least the objective's, surely.
    Met,
    /// The share is less, surely.
    Violated,
    /// Neither is sure.
    NotProven(Proof),
    /// Neither can be told: there are fewer than [`FEWEST_ROUNDS`].
    OneRound,
}

impl Answer {
    /// Whether the objective is neither met nor violated, for want of queries or of rounds.
    pub fn is_open(self) -> bool {
        matches!(self, Self::NotProven(_) | Self::OneRound)
    }
}

/// Looks at how an objective was kept; each end of the interval may miss with the probability `alpha`.
///
/// The rounds are clusters: that they differ by more than chance widens the interval, and with as many queries in each it is
/// never narrower than the exact one of a binomial share. With one round there is no interval, however many queries it has: all
/// may be due to that one start.
pub fn examine(attainment: &Attainment, alpha: f64) -> Examined {
    let counts: Vec<Counts> = attainment.rounds().iter().map(|&round| counts(round)).collect();
    let objective = attainment.objective();
    let certainty = || Certainty {
        bounds: korn_graubard(&counts, 1.0 - 2.0 * alpha).map_or([0.0, 1.0], |interval| [interval.low, interval.high]),
        p_value: korn_graubard_at_least(&counts, objective.share()).unwrap_or(1.0),
    };
    Examined {
        objective,
        all: attainment.all(),
        rounds: counts.len(),
        certainty: (counts.len() >= FEWEST_ROUNDS).then(certainty),
        counts,
        alpha,
    }
}

fn counts(Within { within, queries }: Within) -> Counts {
    Counts { successes: within, trials: queries }
}

impl Examined {
    /// The answer where this is the only thing that is tested.
    pub fn alone(&self, alpha: f64) -> Answer {
        self.answer(self.certainty.is_some_and(|certainty| certainty.p_value < alpha))
    }

    /// The answer; `is_violated` where the p-value, corrected for whatever else is tested, says so.
    pub fn answer(&self, is_violated: bool) -> Answer {
        let Some(Certainty { bounds: [low, _], .. }) = self.certainty else { return Answer::OneRound };
        if is_violated {
            Answer::Violated
        } else if low >= self.objective.share() {
            Answer::Met
        } else {
            Answer::NotProven(proof::of(&self.counts, self.objective.share(), self.alpha))
        }
    }

    /// The share of the queries that were within the bound.
    pub fn share(&self) -> f64 {
        self.all.share().unwrap_or(0.0)
    }
}

/// How much of the error budget is used: the share of queries that were not within the bound, over the share that may be. Above 1
/// there are more than the objective allows.
pub fn budget_used(objective: Objective, share: f64) -> f64 {
    // The error of binary fractions would show: one in a hundred is all of the budget of p99.
    let used = (1.0 - share) / (1.0 - objective.share());
    (used * 1e9).round() / 1e9
}

#[cfg(test)]
mod tests;
