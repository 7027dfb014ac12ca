//! Counts: how often the same work does something. They repeat to within a few in a million on the noisiest machine, so they
//! are judged by their size alone: no test, no p-value, and a threshold of their own.
//!
//! Here: the judgement of one count, and what it says beside the clock. Not here: counting (`measure`).

use super::words::{self, Change, percent};
use super::{Compared, Decision, Evidence, Finding, Row};
use crate::config::{RowPolicy, Yardstick};
use crate::result::{BenchmarkResult, COUNTERS_UNAVAILABLE, COUNTS_NOT_IN_TIME, Metric, Unit, Warning};

/// How much larger than the disagreement between repetitions a change must be to be one.
const CLEAR: f64 = 10.0;

/// The metric that is held against the clock.
const INSTRUCTIONS: &str = "instructions";

/// Warnings that speak of counts and clock.
const DISAGREE: &str = "counts-disagree";

/// Whether this metric is judged here, on either side.
pub fn is_count(base: &Metric, candidate: &Metric) -> bool {
    base.unit.is_repeatable_count() || candidate.unit.is_repeatable_count()
}

/// The row of a count.
pub fn row(benchmark: &str, base: &Metric, candidate: &Metric, policy: RowPolicy) -> Row {
    let (finding, reason) = match incomparable(base, candidate) {
        Some(why) => (Finding::Incomparable, why),
        None => {
            let sides = Sides::of(base, candidate);
            let (evidence, decision, reason) = sides.judge(policy.threshold.share(), base);
            let compared = Compared {
                decision,
                unit: base.unit.clone(),
                direction: base.direction,
                baseline: sides.baseline,
                candidate: sides.candidate,
                change: sides.change(),
                evidence,
                threshold: policy.threshold,
                rounds: [base.rounds.count(), candidate.rounds.count()],
            };
            (Finding::Compared(Box::new(compared)), reason)
        }
    };
    Row { benchmark: benchmark.to_owned(), metric: Some(base.name.clone()), finding, reason, confirmed: false }
}

fn incomparable(base: &Metric, candidate: &Metric) -> Option<String> {
    let by = |unit: &Unit| match unit {
        unit if *unit == Unit::instructions() => Some("the processor"),
        unit if *unit == Unit::callgrind_instructions() => Some("callgrind"),
        _ => None,
    };
    match (by(&base.unit), by(&candidate.unit)) {
        _ if base.unit == candidate.unit && base.direction == candidate.direction => None,
        _ if base.unit == candidate.unit => {
            Some("baseline and candidate disagree on whether a lower or a higher value is better".to_owned())
        }
        (Some(before), Some(now)) => Some(format!(
            "the baseline was counted by {before}, the candidate by {now}, which do not count alike: count both by the same, or \
             record the baseline again"
        )),
        _ => Some(format!("the baseline counts `{}`, the candidate `{}`", base.unit, candidate.unit)),
    }
}

/// Both sides of a count. What disturbs a count adds to it, so the least is the best.
struct Sides {
    baseline: f64,
    candidate: f64,
    /// How far repetitions are apart on the worse side; `None` where that cannot be said.
    apart: Option<f64>,
    is_seen_once: bool,
}

impl Sides {
    fn of(base: &Metric, candidate: &Metric) -> Self {
        let [before, now] = [base, candidate].map(|metric| metric.rounds.disagreement());
        Self {
            baseline: base.rounds.least(),
            candidate: candidate.rounds.least(),
            apart: before.zip(now).map(|(before, now)| before.max(now)),
            is_seen_once: base.rounds.count().min(candidate.rounds.count()) < 2,
        }
    }

    /// Candidate over baseline minus 1; `None` where the baseline is 0 and the candidate is not.
    fn change(&self) -> Option<f64> {
        if self.baseline == self.candidate {
            return Some(0.0);
        }
        let change = (self.candidate - self.baseline) / self.baseline.abs();
        change.is_finite().then_some(change)
    }

    fn judge(&self, threshold: f64, metric: &Metric) -> (Evidence, Decision, String) {
        if self.is_seen_once {
            let reason =
                "counted only once: whether it repeats was not seen; a count needs at least 2 rounds on each side";
            return (Evidence::TooFewRounds, Decision::Inconclusive, reason.to_owned());
        }
        let (decision, reason) = self.decide(threshold, metric);
        (Evidence::Exact, decision, reason)
    }

    fn decide(&self, threshold: f64, metric: &Metric) -> (Decision, String) {
        let Self { baseline, candidate, .. } = *self;
        let moved = words::from_to(baseline, candidate, &metric.unit);
        // From 0 any step is larger than any share.
        let worse = metric.direction.worsening(self.change().unwrap_or((candidate - baseline) * f64::INFINITY));
        let Some(apart) = self.apart else {
            return (Decision::Inconclusive, format!("{moved}: counts of the same side differ, and one of them is 0"));
        };
        let least = threshold.max(CLEAR * apart);
        let limit = if CLEAR * apart <= threshold {
            percent(threshold)
        } else {
            format!("{} (ten times what the counts of one side are apart)", percent(least))
        };
        if worse > least {
            (Decision::Regression, format!("{moved}, worse by more than {limit}; a count, with no chance in it"))
        } else if -worse > least {
            (Decision::Improvement, format!("{moved}, better by more than {limit}; a count, with no chance in it"))
        } else if CLEAR * apart > threshold {
            let reason = format!(
                "{moved}, but the counts do not repeat: those of one side are {} apart, so only a change beyond {} would say \
                 anything",
                percent(apart),
                percent(least)
            );
            (Decision::Inconclusive, reason)
        } else if worse == 0.0 {
            (Decision::Unchanged, "exactly equal counts".to_owned())
        } else {
            (Decision::Unchanged, format!("{moved}, not worse by more than {limit}; a count, with no chance in it"))
        }
    }
}

/// The row of a count that was wanted, and was not made on one of the sides because the time was over.
pub fn not_in_time(base: &BenchmarkResult, candidate: &BenchmarkResult) -> Option<Row> {
    let late = |side: &BenchmarkResult| side.warnings.iter().any(|warning| warning.code == COUNTS_NOT_IN_TIME);
    (late(base) || late(candidate)).then(|| Row {
        benchmark: candidate.name.clone(),
        metric: Some(INSTRUCTIONS.to_owned()),
        finding: Finding::NotReached,
        reason: "the time was over before it was counted on both sides: a larger `budget` or fewer `queries` a round would do"
            .to_owned(),
        confirmed: false,
    })
}

/// Why a metric of the baseline is not in the run.
pub fn why_missing(metric: &Metric, run: &BenchmarkResult) -> String {
    const GONE: &str = "the baseline has this metric, the run does not";
    let told = run.warnings.iter().find(|warning| warning.code == COUNTERS_UNAVAILABLE);
    match told.filter(|_| metric.unit.is_repeatable_count()) {
        Some(warning) => format!("{GONE}: {}", warning.message),
        None => GONE.to_owned(),
    }
}

/// The warnings, with those about benchmarks in which counts and clock say different things: these, and no older ones.
pub fn with_disagreements(warnings: Vec<Warning>, rows: &[Row]) -> Vec<Warning> {
    let mut warnings: Vec<Warning> = warnings.into_iter().filter(|warning| warning.code != DISAGREE).collect();
    for row in rows.iter().filter(|row| row.metric.as_deref() == Some(INSTRUCTIONS)) {
        let Some(counted) = row.compared() else { continue };
        let clock = Clock::of(rows.iter().filter(|other| other.benchmark == row.benchmark));
        let told = clock.and_then(|clock| disagreement(counted, &clock));
        warnings.extend(
            told.map(|told| Warning { code: DISAGREE.to_owned(), message: format!("{}: {told}", row.benchmark) }),
        );
    }
    warnings
}

/// What the clock says of one benchmark: its largest claim.
enum Clock<'a> {
    Slower(&'a str, String),
    Faster(&'a str, String),
    /// No row is worse or better; whether all of them are sure of it.
    Same(bool),
}

impl<'a> Clock<'a> {
    /// `None`: nothing of it was judged by the clock.
    fn of(rows: impl Iterator<Item = &'a Row>) -> Option<Self> {
        let timed: Vec<(&str, &Compared)> = rows
            .filter_map(|row| Some((row.metric.as_deref()?, row.compared()?)))
            .filter(|(name, _)| name.starts_with("latency_") || *name == "throughput")
            .collect();
        let largest = |decision: Decision| {
            let claims = timed.iter().filter(move |(_, row)| row.decision == decision);
            let sized = claims.filter_map(|(name, row)| Some((*name, *row, row.direction.worsening(row.change?))));
            sized.max_by(|(_, _, a), (_, _, b)| a.abs().total_cmp(&b.abs()))
        };
        let claim = |(name, row, worse): (&'a str, &Compared, f64)| {
            (name, Change::of(&row.unit, row.direction, Yardstick::of(name)).sized(worse))
        };
        if let Some((name, size)) = largest(Decision::Regression).map(claim) {
            Some(Self::Slower(name, size))
        } else if let Some((name, size)) = largest(Decision::Improvement).map(claim) {
            Some(Self::Faster(name, size))
        } else {
            (!timed.is_empty()).then(|| Self::Same(timed.iter().all(|(_, row)| row.decision == Decision::Unchanged)))
        }
    }
}

/// What it means that counts and clock say different things, if they do.
fn disagreement(counted: &Compared, clock: &Clock<'_>) -> Option<String> {
    let size = || counted.change.map(|change| percent(change.abs())).unwrap_or_default();
    match (counted.decision, clock) {
        (Decision::Unchanged, Clock::Slower(metric, slower)) => Some(format!(
            "`{metric}` is {slower}, but no more instructions are executed: the same work took longer, as on a slower machine, \
             with slower memory or another layout of the program"
        )),
        (Decision::Improvement, Clock::Slower(metric, slower)) => Some(format!(
            "`{metric}` is {slower}, though {} fewer instructions are executed: what is left waits more, for memory, the kernel \
             or the machine",
            size()
        )),
        (Decision::Unchanged, Clock::Faster(metric, faster)) => Some(format!(
            "`{metric}` is {faster}, but no fewer instructions are executed: the same work took less time, as on a faster machine"
        )),
        (Decision::Regression, Clock::Faster(metric, faster)) => Some(format!(
            "`{metric}` is {faster}, though {} more instructions are executed; if that is meant, raise \
             `instructions.threshold` in [benchmark.metrics]",
            size()
        )),
        (Decision::Regression, Clock::Same(is_sure)) => Some(format!(
            "{} more instructions are executed: the code grew, and the clock {}",
            size(),
            if *is_sure { "does not show it yet" } else { "cannot tell" }
        )),
        (Decision::Regression, Clock::Slower(..))
        | (Decision::Improvement, Clock::Faster(..) | Clock::Same(_))
        | (Decision::Unchanged, Clock::Same(_))
        | (Decision::Inconclusive, _) => None,
    }
}

#[cfg(test)]
mod tests;
