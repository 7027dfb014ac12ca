//! The queries inside the rounds, laid over each other: the same position is the same sample in every round, so that what belongs
//! to a sample can be told from what belongs to the machine.

use super::{Finding, are_alike, percent};
use crate::config::{Benchmark, Scenario};
use crate::result::Metric;
use crate::scenario::{RoundRecord, summary};
use crate::stats::{mann_whitney_u, mean, median, pooled_autocorrelation, quantile_type7, tukey_fences};

/// Latencies at or beyond a judged percentile, in every round. With fewer it is an extreme, and follows single outliers.
const FEWEST_BEYOND: usize = 3;

/// Rounds without which positions cannot be compared.
const FEWEST_ROUNDS: usize = 3;

/// Queries of a round, and of all rounds together, without which they are not looked at.
const FEWEST_QUERIES: usize = 8;
const FEWEST_IN_ALL: usize = 100;

/// No more queries of a round are looked at.
const MOST_QUERIES: usize = 10_000;

/// Largest shares of outliers: beyond 1.5 interquartile ranges, and beyond 3.
const OUTLIERS: f64 = 0.10;
const EXTREMES: f64 = 0.05;

/// Largest autocorrelation of queries that follow each other, and how many standard errors it must lie above none.
const MEMORY: f64 = 0.3;
const MEMORY_Z: f64 = 4.0;

/// Largest ratio of the beginning of a round to its second half, and how unlikely it must be by chance.
const WARM_UP: f64 = 1.10;
const WARM_UP_P: f64 = 0.002;

/// The beginning of a round is its first tenth, and cannot be told from chance with fewer queries.
const BEGINNING: usize = 10;
const FEWEST_TO_BEGIN: usize = 4;

/// Largest ratio of the last quarter of a round to its first, and how unlikely it must be by chance. Quarters, so that one slow
/// stretch is not the whole of either.
const SLOWDOWN: f64 = 1.10;
const SLOWDOWN_P: f64 = 0.002;
const QUARTERS: usize = 4;

/// Queries that are looked at together to see whether the warm-up has ended.
const WINDOW: usize = 5;

pub(super) fn examine(benchmark: &Benchmark, rounds: &[RoundRecord], metrics: &[Metric]) -> Vec<Finding> {
    let mut found: Vec<Finding> = samples(rounds, metrics).into_iter().collect();
    if !are_alike(&benchmark.scenario) {
        return found;
    }
    let Some(laid) = Laid::over_each_other(rounds) else { return found };
    found.extend(laid.outliers());
    if !matches!(benchmark.scenario, Scenario::Server(_)) {
        // Queries that wait for each other in a queue resemble each other, and rightly so.
        found.extend(laid.memory());
    }
    found.extend(laid.warm_up(benchmark.warmup));
    if !matches!(benchmark.scenario, Scenario::Server(_)) {
        // Where queries arrive on their own, latencies that grow are a queue that grows: too much load.
        found.extend(Laid::in_full(rounds).and_then(|laid| laid.slowdown()));
    }
    found
}

/// Whether the highest judged percentile rests on enough queries.
fn samples(rounds: &[RoundRecord], metrics: &[Metric]) -> Option<Finding> {
    let fewest = rounds.iter().map(|round| round.latencies.len()).min()?;
    let judged = metrics.iter().filter(|metric| metric.gate);
    let (name, share) =
        judged.filter_map(|m| summary::percentile(&m.name).map(|share| (&m.name, share))).next_back()?;
    let beyond = |queries: usize| queries - (queries as f64 * share).floor() as usize;
    let enough = (1..).find(|&queries| beyond(queries) >= FEWEST_BEYOND)?;
    let fault = (fewest < enough).then(|| {
        let message = format!(
            "`{name}` rests on {fewest} queries a round, so it is their {} and follows single outliers; set `queries = {enough}` or \
             more",
            if beyond(fewest) == 1 { "slowest" } else { "second slowest" },
        );
        ("few-samples", message)
    });
    Some(Finding::new("samples", fewest as f64, enough as f64, fault))
}

/// The latencies of the rounds, in nanoseconds: one row a round, all of the same length.
struct Laid {
    rows: Vec<Vec<f64>>,
    length: usize,
}

impl Laid {
    fn over_each_other(rounds: &[RoundRecord]) -> Option<Self> {
        let length = Self::shortest(rounds)?.min(MOST_QUERIES);
        Some(Self { rows: rounds.iter().map(|round| Self::row(round, length)).collect(), length })
    }

    /// The rounds as far as the shortest goes, however long that is: as many neighbours as it takes are one, their median.
    fn in_full(rounds: &[RoundRecord]) -> Option<Self> {
        let length = Self::shortest(rounds)?;
        let together = length.div_ceil(MOST_QUERIES);
        let row = |round: &RoundRecord| Self::row(round, length).chunks_exact(together).map(median).collect();
        Some(Self { rows: rounds.iter().map(row).collect(), length: length / together })
    }

    /// How long the shortest round is, if there is enough to lay over each other.
    fn shortest(rounds: &[RoundRecord]) -> Option<usize> {
        let length = rounds.iter().map(|round| round.latencies.len()).min()?;
        let enough =
            rounds.len() >= FEWEST_ROUNDS && length >= FEWEST_QUERIES && rounds.len() * length >= FEWEST_IN_ALL;
        enough.then_some(length)
    }

    /// The beginning of a round. A latency of 0 comes from clocks that are coarser than it.
    fn row(round: &RoundRecord, length: usize) -> Vec<f64> {
        round.latencies.iter().take(length).map(|&ns| ns.max(1) as f64).collect()
    }

    fn queries(&self) -> f64 {
        (self.rows.len() * self.length) as f64
    }

    /// The column of a position, from rows of that length.
    fn column(rows: &[Vec<f64>], position: usize) -> Vec<f64> {
        rows.iter().filter_map(|row| row.get(position)).copied().collect()
    }

    /// Latencies on a logarithmic scale, with the middle of each round at 0.
    fn levelled(&self) -> Vec<Vec<f64>> {
        let level = |row: &Vec<f64>| {
            let logs: Vec<f64> = row.iter().map(|latency| latency.ln()).collect();
            let middle = median(&logs);
            logs.into_iter().map(|log| log - middle).collect()
        };
        self.rows.iter().map(level).collect()
    }

    /// Outliers of their round, but for positions that are one in most rounds: those belong to the sample, or to the warm-up.
    fn outliers(&self) -> Vec<Finding> {
        let marks: Vec<Vec<Mark>> = self.rows.iter().map(|row| marks(row)).collect();
        let usual = |position: usize| {
            let marked = marks.iter().filter(|row| row.get(position).is_some_and(|mark| *mark != Mark::Inside)).count();
            2 * marked > marks.len()
        };
        let usual: Vec<bool> = (0..self.length).map(usual).collect();
        let count = |row: &Vec<Mark>, is_counted: fn(Mark) -> bool| {
            row.iter().zip(&usual).filter(|(mark, usual)| !**usual && is_counted(**mark)).count()
        };
        let in_all = |is_counted| marks.iter().map(|row| count(row, is_counted)).sum::<usize>() as f64 / self.queries();
        let (share, extreme) = (in_all(|mark| mark != Mark::Inside), in_all(|mark| mark == Mark::Extreme));
        let many = marks.iter().filter(|row| {
            let of_round = |is_counted| count(row, is_counted) as f64 / self.length as f64;
            of_round(|mark| mark != Mark::Inside) > OUTLIERS || of_round(|mark| mark == Mark::Extreme) > EXTREMES
        });
        let (many, rounds) = (many.count(), marks.len());
        let message = || {
            let message = format!(
                "{} of the queries are outliers of their round, {} extreme ones, many in {many} of {rounds} rounds (beyond 1.5 and 3 \
                 interquartile ranges); percentiles bear them, but look for pauses in the system and for what else runs here",
                percent(share),
                percent(extreme)
            );
            ("outliers", message)
        };
        let mild = (share > OUTLIERS).then(message);
        // Said once, whichever of the two is too many.
        let far = (mild.is_none() && extreme > EXTREMES).then(message);
        let mut far = Finding::new("extreme_outlier_share", extreme, EXTREMES, far);
        far.figure.held = extreme <= EXTREMES;
        vec![Finding::new("outlier_share", share, OUTLIERS, mild), far]
    }

    /// Whether a query resembles the one before it, beyond what their samples have in common with those of other rounds.
    fn memory(&self) -> Option<Finding> {
        let rows = self.levelled();
        let usual: Vec<f64> = (0..self.length).map(|position| mean(&Self::column(&rows, position))).collect();
        let rest: Vec<Vec<f64>> =
            rows.iter().map(|row| row.iter().zip(&usual).map(|(log, usual)| log - usual).collect()).collect();
        let found = pooled_autocorrelation(&rest)?;
        // One row's worth went into what is usual.
        let count = rest.len() as f64;
        let z = found.z() * ((count - 1.0) / count).sqrt();
        let fault = (found.value > MEMORY && z > MEMORY_Z).then(|| {
            let message = format!(
                "queries resemble those before them (autocorrelation {:.2} inside the rounds): slow phases last for many queries, so \
                 that more `queries` a round tell little more; more `rounds` do",
                found.value
            );
            ("autocorrelation", message)
        });
        Some(Finding::new("autocorrelation", found.value, MEMORY, fault))
    }

    /// What is usual at each position: the median over the rounds, less their middles.
    fn usual(&self) -> Vec<f64> {
        let rows = self.levelled();
        (0..self.length).map(|position| median(&Self::column(&rows, position))).collect()
    }

    /// Whether the first tenth of the round is slower than its second half. The positions are compared, each with its median over
    /// the rounds: samples come in a random order that is the same in every round, so that two rounds with a slow first sample say
    /// no more than one.
    fn warm_up(&self, warmup: u32) -> Option<Finding> {
        let first = self.length / BEGINNING;
        if first < FEWEST_TO_BEGIN {
            return None;
        }
        let usual = self.usual();
        let (beginning, settled) = (usual.get(..first)?, usual.get(self.length / 2..)?);
        let ratio = (median(beginning) - median(settled)).exp();
        let is_chance = mann_whitney_u(settled, beginning).map_or(1.0, |test| test.p_value) >= WARM_UP_P;
        let fault = (ratio > WARM_UP && !is_chance).then(|| {
            let took = settled_after(&usual, settled);
            let wanted = rounded_up(u64::from(warmup) + took.unwrap_or(self.length) as u64);
            let lasts = match took {
                Some(queries) => format!("takes about {queries} more"),
                None => "lasts for half a round and more".to_owned(),
            };
            let message = format!(
                "rounds begin {} slower than they go on: the warm-up has not ended after {warmup} queries and {lasts}; set `warmup = \
                 {wanted}`",
                percent(ratio - 1.0)
            );
            ("warm-up", message)
        });
        Some(Finding::new("warmup_ratio", ratio, WARM_UP, fault))
    }

    /// Whether the last quarter of the round is slower than its first. As in `warm_up`, the positions are compared: the samples'
    /// order is a random one, but the same in every round.
    fn slowdown(&self) -> Option<Finding> {
        let quarter = self.length / QUARTERS;
        if quarter < FEWEST_TO_BEGIN {
            return None;
        }
        let usual = self.usual();
        let (first, last) = (usual.get(..quarter)?, usual.get(self.length - quarter..)?);
        let ratio = (median(last) - median(first)).exp();
        let is_chance = mann_whitney_u(first, last).map_or(1.0, |test| test.p_value) >= SLOWDOWN_P;
        let fault = (ratio > SLOWDOWN && !is_chance).then(|| {
            let message = format!(
                "rounds end {} slower than they begin (last quarter over first): the system slows down while it runs, as memory, \
                 caches, files or queues that grow make it, or heat; every figure depends on how long a round is, so remove the \
                 cause, and compare only rounds of the same length",
                percent(ratio - 1.0)
            );
            ("slowdown", message)
        });
        Some(Finding::new("slowdown_ratio", ratio, SLOWDOWN, fault))
    }
}

/// How far a value lies from the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Inside,
    Mild,
    Extreme,
}

/// A round of which half the latencies are one tick of a coarse clock has no fences that mean anything.
fn marks(row: &[f64]) -> Vec<Mark> {
    let fences = tukey_fences(row).filter(|fences| fences.inner != fences.outer);
    let mark = |latency: &f64| match &fences {
        Some(fences) if fences.is_extreme(*latency) => Mark::Extreme,
        Some(fences) if fences.is_outlier(*latency) => Mark::Mild,
        _ => Mark::Inside,
    };
    row.iter().map(mark).collect()
}

/// The first position from which on most of the next few are no slower than three quarters of the settled ones; `None` where
/// the first half has none.
fn settled_after(usual: &[f64], settled: &[f64]) -> Option<usize> {
    let bound = quantile_type7(settled, 0.75)?;
    let half = usual.len() / 2;
    let is_settled = |window: &[f64]| 2 * window.iter().filter(|value| **value <= bound).count() > window.len();
    usual.windows(WINDOW).take(half).position(is_settled)
}

/// The next number with one digit that counts: 30 for 22.
fn rounded_up(number: u64) -> u64 {
    let scale = 10_u64.pow(number.max(1).ilog10());
    number.div_ceil(scale) * scale
}
