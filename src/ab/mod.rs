//! An A/B test of two systems under one traffic: who is asked what, the books of both arms, and what they say. Pure.
//!
//! Here: assignment, books, effects with intervals that hold at every look, guardrails, the advice. Not here: asking (`scenario`,
//! `measure`), formulas that others use too (`stats`), tables and pages (`render`).

mod advice;
mod assignment;
mod book;
mod effect;
mod finding;
mod forecast;
mod guardrail;
mod judge;
mod rates;
mod sentence;
mod split;
#[cfg(test)]
mod tests;
mod trial;
mod watch;

pub use crate::scenario::{Arm, Both};
pub use advice::{Advice, BROKEN_SPLIT};
pub use assignment::{Assigner, Column, Unit};
pub use book::Book;
pub use finding::Finding;
pub use forecast::More;
pub use guardrail::{Guarded, Guardrail, PERCENTILES, Percentile};
pub use judge::Judgement;
pub use rates::{Quantile, RightAnswers};
pub use sentence::sentence;
pub use split::Split;
pub use trial::{Draw, Look, Trial};
pub use watch::{Doubt, State, Watched};

use std::time::Duration;

use crate::config::{Alpha, Threshold};
use crate::result::{Distribution, Environment, Failure, Warning};
use crate::stats::{Counts, Interval};
use rates::{Accuracy, Grouped, failed};

/// What a test is about and how it is judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// The benchmarks.
    pub names: Both<String>,
    /// The scenario of both.
    pub scenario: String,
    /// The traffic of each arm.
    pub split: Split,
    /// What is assigned.
    pub unit: Unit,
    /// The share of tests of equal arms that may have a winner.
    pub alpha: Alpha,
    /// The smallest difference in latency that matters.
    pub threshold: Threshold,
    /// What must not get worse.
    pub guardrails: Vec<Guardrail>,
    /// Rounds that are planned: it decides where intervals are narrowest.
    pub planned_rounds: u64,
    /// Queries of both arms that are planned.
    pub planned_queries: u64,
    /// Seed of everything random.
    pub seed: u64,
}

/// Why a test ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It was decided.
    Decided,
    /// All queries were asked.
    Queries,
    /// The time was over.
    Budget,
    /// Each sample may be asked about once, and all had been.
    SamplesUsedUp,
    /// An arm could not be measured.
    Failed,
}

impl Ended {
    /// The word that programs match on.
    pub fn word(self) -> &'static str {
        match self {
            Self::Decided => "decided",
            Self::Queries => "queries",
            Self::Budget => "budget",
            Self::SamplesUsedUp => "samples-used-up",
            Self::Failed => "failed",
        }
    }
}

/// What a test found.
#[derive(Debug, Clone, PartialEq)]
pub struct AbTest {
    /// What it is about.
    pub setting: Setting,
    /// Each arm by itself.
    pub arms: Both<Summary>,
    /// Both against each other; `None` if an arm could not be measured.
    pub judgement: Option<Judgement>,
    /// How the running estimate stood after each round.
    pub looks: Vec<Look>,
    /// Rounds that count.
    pub rounds: u64,
    /// Why it ended.
    pub ended: Ended,
    /// Wall clock.
    pub took: Duration,
    /// The machine.
    pub environment: Option<Environment>,
    /// What the reader should know.
    pub warnings: Vec<Warning>,
    /// What could not be measured.
    pub failures: Vec<Failure>,
}

/// Confidence of the intervals of an arm by itself.
pub const CONFIDENCE: f64 = 0.95;

/// One arm by itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Summary {
    /// Queries, failed ones included.
    pub queries: u64,
    /// Failed ones.
    pub failed: u64,
    /// The interval of the share of failed ones.
    pub error_interval: Option<Interval>,
    /// What the first failed query said.
    pub first_failure: Option<String>,
    /// Keys, where keys are assigned.
    pub keys: Option<u64>,
    /// The geometric mean of the latencies, in nanoseconds; `None` without an answered query, as all below.
    pub geometric_mean: Option<f64>,
    /// Their percentiles, those that so many queries support.
    pub percentiles: Vec<(Percentile, Quantile)>,
    /// How often which latency occurred.
    pub latencies: Option<Distribution>,
    /// The slowest answer, in nanoseconds.
    pub slowest: Option<u64>,
    /// Samples that were answered rightly, each once, of those that have a label.
    pub right: Option<Counts>,
}

impl Summary {
    /// What the books of an arm say.
    pub fn of(book: &Book, arm: Arm, by_key: bool) -> Self {
        let Counts { successes: failed_queries, trials: queries } = book.failures(arm);
        let sorted = book.sorted(arm);
        // A percentile needs as many latencies as have one beyond it.
        let supported = |percentile: &Percentile| sorted.len() as f64 * (1.0 - percentile.share) >= 1.0 - 1e-9;
        let quantile = |percentile: Percentile| {
            let quantile = Quantile::of(book, arm, by_key, &sorted, percentile.share, CONFIDENCE)?;
            Some((percentile, quantile))
        };
        Self {
            queries,
            failed: failed_queries,
            error_interval: Grouped::of(book, arm, by_key, failed).interval(CONFIDENCE),
            first_failure: book.first_failure(arm).map(str::to_owned),
            keys: by_key.then(|| book.keys(arm).0.len() as u64),
            geometric_mean: book.mean_logarithm(arm).map(f64::exp),
            percentiles: PERCENTILES.into_iter().filter(supported).filter_map(quantile).collect(),
            latencies: Distribution::of(sorted.iter().copied()),
            slowest: sorted.last().copied(),
            right: Accuracy::of(book).map(|accuracy| *accuracy.counts.of(arm)),
        }
    }

    /// Failed queries of all queries; `None` without any.
    pub fn error_rate(&self) -> Option<f64> {
        Counts { successes: self.failed, trials: self.queries }.share()
    }
}

impl AbTest {
    /// The better arm's name, if there is one.
    pub fn winner(&self) -> Option<&str> {
        let winner = self.judgement.as_ref()?.winner?;
        Some(self.setting.names.of(winner))
    }

    /// What to do, in words with the numbers behind it. `name` says how a benchmark's name is shown.
    pub fn recommendation(&self, name: &dyn Fn(&str) -> String) -> String {
        match (&self.judgement, self.failures.as_slice()) {
            (Some(judgement), _) => sentence(judgement, &self.setting, name),
            (None, failures) => {
                let names: Vec<String> = failures.iter().map(|failed| name(&failed.benchmark)).collect();
                let names = if names.is_empty() { "an arm".to_owned() } else { names.join(" and ") };
                format!("Don't roll anything out by this: {names} could not be measured.")
            }
        }
    }
}
