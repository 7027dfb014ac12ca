//! One row: from the round values of both sides to a decision.
//!
//! In two steps, because the p-values of all rows are corrected together: `examine` looks at one row alone, `decide` knows
//! the corrected p-value. `docs/methodology.md` says the same in prose.

use std::time::Duration;

use super::evidence::{RawEvidence, evidence, locate};
use super::history::{Answer, Question};
use super::interim::Interim;
use super::scale::{Scale, Sides};
use super::words;
use super::{Compared, Decision, Evidence, Finding, Method, Past, Row, Setting, Test, Tested};
use crate::config::RowPolicy;
use crate::result::{BenchmarkResult, Metric};
use crate::stats::{self, Interval, TTest};

/// The probability with which the minimum detectable change is detected.
pub const POWER: f64 = 0.8;

/// More rounds than this are no advice.
const MOST_ROUNDS: u64 = 10_000;

/// How likely a look before the last may be wrong about a change being beyond the threshold, if it lies just there.
const DOUBT: f64 = 0.1;

/// A row before the correction for multiple comparisons.
pub struct Examined<'a> {
    benchmark: &'a str,
    base: &'a Metric,
    candidate: &'a Metric,
    policy: RowPolicy,
    sides: Sides,
    evidence: RawEvidence,
    interim: Interim,
    /// What one more round of both sides takes, where they are measured in turn.
    pair_lasts: Option<Duration>,
    past: Past,
}

/// Looks at one metric on both sides. `Err` says why they cannot be held against each other.
pub fn examine<'a>(
    benchmark: &'a str,
    base: &'a Metric,
    candidate: &'a Metric,
    policy: RowPolicy,
    method: Method,
    interim: Interim,
) -> Result<Examined<'a>, String> {
    if base.unit != candidate.unit {
        return Err(format!("the baseline counts `{}`, the candidate `{}`", base.unit, candidate.unit));
    }
    if base.direction != candidate.direction {
        return Err("baseline and candidate disagree on whether a lower or a higher value is better".to_owned());
    }
    let (b, c) = (base.rounds.as_slice(), candidate.rounds.as_slice());
    if method.is_paired() && b.len() != c.len() {
        return Err(format!("paired rounds come in pairs, but there are {} and {}", b.len(), c.len()));
    }
    let scale = Scale::of(&base.name, b, c);
    let sides = locate(scale, b, c, method);
    if !sides.baseline.is_finite() || !sides.candidate.is_finite() {
        return Err("the values are too large to be averaged".to_owned());
    }
    let evidence = evidence(scale, b, c, method);
    Ok(Examined {
        benchmark,
        base,
        candidate,
        policy,
        sides,
        evidence,
        interim,
        pair_lasts: None,
        past: Past::NotAsked,
    })
}

impl Examined<'_> {
    /// With what one more round of both sides takes.
    pub fn lasting(mut self, pair: Option<Duration>) -> Self {
        self.pair_lasts = pair;
        self
    }

    /// The same, judged by how much recorded sessions of the benchmark differ, where that is known.
    pub fn with_history(mut self, setting: &Setting, of: &BenchmarkResult) -> Self {
        let Some(history) = &setting.history else { return self };
        let by_ratio = self.sides.scale == Scale::Log;
        let of_rounds = match &self.evidence {
            RawEvidence::Tested(_, test, _) => Some(test),
            RawEvidence::Exact | RawEvidence::TooFewRounds => None,
        };
        let Self { benchmark, base, candidate, .. } = self;
        let scenario = of.scenario.as_deref();
        match history.answer(&Question { benchmark, scenario, base, candidate, by_ratio, of_rounds }) {
            Answer::Rounds => {}
            Answer::TooShort(sessions) => self.past = Past::TooShort { sessions },
            Answer::Sessions(found) => {
                let value = |location: f64| if by_ratio { location.exp() } else { location };
                self.sides = Sides { baseline: value(found.baseline), candidate: value(found.candidate), ..self.sides };
                let test = if by_ratio { Test::SessionLog } else { Test::SessionLinear };
                let effect = found.test.estimate / found.spread.standard_deviation;
                self.evidence = RawEvidence::Tested(test, found.test, Some(effect).filter(|size| size.is_finite()));
                self.past = Past::Known(found.spread);
            }
        }
        self
    }

    /// The p-value that takes part in the correction, if the row has one.
    pub fn p_value(&self) -> Option<f64> {
        match &self.evidence {
            RawEvidence::Tested(_, outcome, _) => Some(self.interim.over_looks(outcome.p_value)),
            RawEvidence::Exact | RawEvidence::TooFewRounds => None,
        }
    }

    /// The row, now that its p-value was corrected together with those of `tests` rows in all.
    pub fn decide(self, p_adjusted: Option<f64>, tests: usize) -> Row {
        let (evidence, decision, reason) = match (&self.evidence, p_adjusted) {
            (RawEvidence::Tested(test, outcome, effect), Some(p_adjusted)) => {
                let tested = self.tested(*test, outcome, *effect, p_adjusted, tests);
                let (decision, reason) = self.decide_tested(outcome, &tested, tests);
                (Evidence::Tested(tested), decision, reason + &self.what_is_known())
            }
            (RawEvidence::Exact, _) => {
                let (decision, reason) = self.decide_exact();
                (Evidence::Exact, decision, reason)
            }
            (RawEvidence::TooFewRounds | RawEvidence::Tested(..), _) => {
                let (decision, reason) = self.decide_too_few();
                (Evidence::TooFewRounds, decision, reason)
            }
        };
        Row {
            benchmark: self.benchmark.to_owned(),
            metric: Some(self.base.name.clone()),
            finding: Finding::Compared(Box::new(Compared {
                decision,
                unit: self.base.unit.clone(),
                direction: self.base.direction,
                baseline: self.sides.baseline,
                candidate: self.sides.candidate,
                change: self.sides.relative(),
                evidence,
                threshold: self.policy.threshold,
                rounds: [self.base.rounds.count(), self.candidate.rounds.count()],
            })),
            reason,
            confirmed: false,
        }
    }

    fn tested(&self, test: Test, outcome: &TTest, effect_size: Option<f64>, p_adjusted: f64, tests: usize) -> Tested {
        let interval = self.interval(outcome);
        let relative = |end: f64| self.sides.as_relative(self.sides.within_reach(end));
        let relative = relative(interval.low).zip(relative(interval.high));
        let rounds_needed = self.rounds_needed(outcome, tests);
        Tested {
            test,
            interval: relative.map(|(low, high)| [low, high]),
            difference: (self.sides.scale == Scale::Absolute)
                .then(|| [interval.low, interval.high].map(|end| self.sides.within_reach(end))),
            p_value: outcome.p_value,
            p_adjusted,
            look: self.interim.look,
            share: self.interim.share,
            effect_size,
            minimum_detectable_change: self.detectable_worsening(outcome, tests),
            rounds_needed,
            time_needed: rounds_needed.and_then(|rounds| self.time_for(rounds)),
            past: self.past,
        }
    }

    /// The interval of the difference: at confidence 1 − alpha over all looks together, so that this one's may miss with no more
    /// than its share.
    fn interval(&self, outcome: &TTest) -> Interval {
        outcome.confidence_interval(1.0 - self.policy.alpha.share() * self.interim.share)
    }

    /// The level that the first step of Holm's procedure asks of a row: what a row must reach when it is the only one that
    /// changed.
    fn strictest_alpha(&self, tests: usize) -> f64 {
        self.policy.alpha.share() * self.interim.share / tests.max(1) as f64
    }

    /// The smallest worsening that would be found, on the scale of the threshold.
    fn detectable_worsening(&self, outcome: &TTest, tests: usize) -> Option<f64> {
        let alpha = self.strictest_alpha(tests);
        let difference =
            stats::minimum_detectable_difference(outcome.standard_error, outcome.degrees_of_freedom, alpha, POWER);
        let worse = self.base.direction.worsening(difference);
        self.sides.against_threshold(worse).map(f64::abs)
    }

    /// Rounds per side from which on a worsening as large as the threshold is detectable, if both sides had as many and
    /// went on as they are.
    fn rounds_needed(&self, outcome: &TTest, tests: usize) -> Option<u64> {
        // Between sessions it is not rounds that are few.
        if matches!(self.past, Past::Known(_)) {
            return None;
        }
        let target = self.sides.threshold_on_scale(self.policy.threshold.share(), self.base.direction)?;
        let alpha = self.strictest_alpha(tests);
        let now = self.base.rounds.count().min(self.candidate.rounds.count()) as u64;
        let resolves = |rounds: u64| {
            let growth = rounds as f64 / now as f64;
            let error = outcome.standard_error / growth.sqrt();
            let df = outcome.degrees_of_freedom * growth;
            stats::minimum_detectable_difference(error, df, alpha, POWER) <= target
        };
        smallest(2, MOST_ROUNDS, resolves)
    }

    /// How long it takes to have so many rounds a side.
    fn time_for(&self, rounds: u64) -> Option<Duration> {
        let more = rounds.checked_sub(self.base.rounds.count() as u64).filter(|more| *more > 0)?;
        self.pair_lasts.map(|pair| pair.mul_f64(more as f64))
    }

    fn decide_tested(&self, outcome: &TTest, tested: &Tested, tests: usize) -> (Decision, String) {
        let threshold = self.policy.threshold.share();
        let alpha = self.policy.alpha.share();
        let direction = self.base.direction;
        let significant = tested.p_adjusted < alpha;
        let name = words::Change::of(&self.base.unit, direction, self.sides.scale.yardstick());
        let limit = self.threshold_in_words();
        let interval = self.interval(outcome);
        let on_scale = |difference: f64| self.sides.against_threshold(self.sides.within_reach(difference));
        let (Some(change), Some(low), Some(high)) =
            (on_scale(outcome.estimate), on_scale(interval.low), on_scale(interval.high))
        else {
            return self.decide_without_scale(outcome, tested, significant, tests);
        };
        let worse = direction.worsening(change);
        let (least, most) = direction.least_and_most(low, high);
        // An estimate of a few rounds lies beyond the threshold often enough by luck. So a look that is not the last must be
        // fairly sure of that, too.
        let (surely_worse, surely_better) = match self.fairly_sure(outcome) {
            Some((least, most)) => (least > threshold, -most > threshold),
            None => (true, true),
        };
        let span = name.span(least, most, alpha);
        let p = words::p_value(tested.p_adjusted, tests);
        if significant && worse > threshold && surely_worse {
            let reason = format!("{} ({span}), beyond the threshold of {limit}; {p}", name.sized(worse));
            (Decision::Regression, reason)
        } else if significant && -worse > threshold && surely_better {
            let reason = format!("{} ({span}), beyond the threshold of {limit}; {p}", name.sized(worse));
            (Decision::Improvement, reason)
        } else if most < threshold {
            let reason = format!("{}: {span} rules out more than {limit}", name.sized(worse));
            (Decision::Unchanged, reason)
        } else {
            let reason = format!("{} ({span}); {p}; {}", name.sized(worse), self.what_it_takes(tested));
            (Decision::Inconclusive, reason)
        }
    }

    /// The least and the most worsening, each with a one-sided confidence of 90 %; `None` at the last look, where the estimate
    /// itself decides.
    fn fairly_sure(&self, outcome: &TTest) -> Option<(f64, f64)> {
        if self.interim.is_last {
            return None;
        }
        let interval = outcome.confidence_interval(1.0 - 2.0 * DOUBT);
        let [low, high] = [interval.low, interval.high].map(|end| self.sides.against_threshold(end));
        Some(self.base.direction.least_and_most(low?, high?))
    }

    /// A baseline of 0 has no relative change, so no relative threshold either: only chance can be judged.
    fn decide_without_scale(
        &self,
        outcome: &TTest,
        tested: &Tested,
        significant: bool,
        tests: usize,
    ) -> (Decision, String) {
        let worse = self.base.direction.worsening(outcome.estimate);
        let moved = format!(
            "{}, which has no relative change",
            words::from_to(self.sides.baseline, self.sides.candidate, &self.base.unit)
        );
        if significant && worse > 0.0 {
            (Decision::Regression, format!("{moved}, but is worse beyond chance"))
        } else if significant && worse < 0.0 {
            (Decision::Improvement, format!("{moved}, but is better beyond chance"))
        } else {
            let p = words::p_value(tested.p_adjusted, tests);
            (Decision::Inconclusive, format!("{moved}; a difference is neither shown nor ruled out ({p})"))
        }
    }

    fn threshold_in_words(&self) -> String {
        self.policy.threshold.by(self.sides.scale.yardstick())
    }

    fn what_it_takes(&self, tested: &Tested) -> String {
        let threshold = self.threshold_in_words();
        let seen = match tested.minimum_detectable_change {
            Some(change) => format!("could have seen ±{}", words::size(change, self.sides.scale.yardstick())),
            None => "could have seen no change of any size".to_owned(),
        };
        let now = self.base.rounds.count().min(self.candidate.rounds.count()) as u64;
        match tested.rounds_needed {
            _ if matches!(self.past, Past::Known(_)) => format!("{seen}, however many rounds"),
            Some(rounds) if rounds > now => {
                let time = tested.time_needed.map(|time| format!(", {} more,", words::time(time))).unwrap_or_default();
                format!("{seen}; about {rounds} rounds a side{time} would see {threshold}")
            }
            Some(_) => format!("{seen}, but the change lies too near to the threshold of {threshold} to tell"),
            None => format!("{seen}; no practical number of rounds would see {threshold}"),
        }
    }

    /// What is known of how sessions differ, at the end of a reason.
    fn what_is_known(&self) -> String {
        match self.past {
            Past::NotAsked => String::new(),
            Past::TooShort { sessions } => format!("; {}", words::too_few_sessions(sessions)),
            Past::Known(spread) => {
                let size = self.sides.against_threshold(spread.standard_deviation);
                size.map_or(String::new(), |size| {
                    let size = words::size(size, self.sides.scale.yardstick());
                    format!("; {} recorded sessions spread by {size}", spread.values)
                })
            }
        }
    }

    fn decide_exact(&self) -> (Decision, String) {
        let Sides { baseline, candidate, .. } = self.sides;
        if baseline == candidate {
            return (Decision::Unchanged, "exactly equal, and without any variation on either side".to_owned());
        }
        let (threshold, limit) = (self.policy.threshold, self.threshold_in_words());
        let moved = words::from_to(baseline, candidate, &self.base.unit);
        let change = match self.sides.scale {
            Scale::Absolute => Some(candidate - baseline),
            Scale::Log | Scale::Linear => self.sides.relative(),
        };
        // From 0 any step is larger than any share.
        let worse = self.base.direction.worsening(change.unwrap_or((candidate - baseline) * f64::INFINITY));
        if worse > threshold.share() {
            (Decision::Regression, format!("{moved}, worse by more than {limit}, with no variation to test against"))
        } else if -worse > threshold.share() {
            (Decision::Improvement, format!("{moved}, better by more than {limit}, with no variation to test against"))
        } else {
            (Decision::Unchanged, format!("{moved}, not worse by more than {limit}, with no variation to test against"))
        }
    }

    fn decide_too_few(&self) -> (Decision, String) {
        let (b, c) = (self.base.rounds.count(), self.candidate.rounds.count());
        let reason = format!("{b} and {c} rounds: at least 2 on each side are needed to tell a change from chance");
        (Decision::Inconclusive, reason)
    }
}

/// The smallest number in the range that satisfies a condition which, once true, stays true.
fn smallest(low: u64, high: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if !holds(high) {
        return None;
    }
    let (mut low, mut high) = (low, high);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    Some(low)
}
