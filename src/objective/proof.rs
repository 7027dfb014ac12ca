//! How many queries would prove that an objective is met.

use crate::stats::{Counts, Interval, korn_graubard_of_more};

/// What it takes to prove that an objective is met, in queries, those that were made included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proof {
    /// So many at best: if every one is within the bound. With queries that were not, it is more.
    pub flawless: u64,
    /// About so many if the share, and how much rounds differ, stay as measured; `None` where the share is not above the
    /// objective's, so that no number would prove it.
    pub as_measured: Option<u64>,
    /// About so many until it is decided either way, if all stays as measured; `None` where no practical number would do.
    pub to_decide: Option<u64>,
}

/// More queries than this are no advice.
const MOST: f64 = 1e12;

/// The fewest queries that can prove an objective with this share at this error rate: all of n are within the bound with a
/// probability of shareⁿ where it is just met, so n is ln(alpha) / ln(share).
pub fn flawless(share: f64, alpha: f64) -> u64 {
    (alpha.ln() / share.ln() - 1e-9).ceil().max(1.0) as u64
}

/// What it takes for these rounds to prove it.
pub fn of(rounds: &[Counts], share: f64, alpha: f64) -> Proof {
    let flawless = flawless(share, alpha);
    let all = rounds.iter().fold(Counts { successes: 0, trials: 0 }, |sum, round| Counts {
        successes: sum.successes + round.successes,
        trials: sum.trials + round.trials,
    });
    let nothing = Proof { flawless, as_measured: None, to_decide: None };
    let Some(measured) = all.share() else { return nothing };
    let as_measured = if all.successes == all.trials {
        Some(flawless)
    } else if measured > share {
        enough(rounds, all.trials, alpha, |interval| interval.low >= share)
    } else {
        None
    };
    let to_decide = if measured < share {
        enough(rounds, all.trials, alpha, |interval| interval.high < share)
    } else {
        as_measured
    };
    Proof { flawless, as_measured, to_decide }
}

/// The fewest queries from which on the interval says so, if more rounds go on as these did.
fn enough(rounds: &[Counts], queries: u64, alpha: f64, says: impl Fn(&Interval) -> bool) -> Option<u64> {
    // So many times the same rounds.
    let holds =
        |times: f64| korn_graubard_of_more(rounds, times, 1.0 - 2.0 * alpha).is_some_and(|interval| says(&interval));
    let most = MOST / queries as f64;
    let (mut low, mut high) = (1.0, 1.0);
    while !holds(high) {
        (low, high) = (high, 2.0 * high);
        if high > most {
            return None;
        }
    }
    // To within one query or one in a thousand: it is a guess about what is to come.
    while (high - low) * queries as f64 > (high * queries as f64 / 1000.0).max(1.0) {
        let middle = 0.5 * (low + high);
        if holds(middle) { high = middle } else { low = middle }
    }
    Some((high * queries as f64).ceil() as u64)
}
