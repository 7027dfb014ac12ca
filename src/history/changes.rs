//! Where the level of a series changed, by how much, and how sure that is.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

use super::Series;
use crate::result::Direction;
use crate::stats::{self, Interval, Search};

/// How changes are looked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Course {
    /// The expected share of false alarms among all changes of all series.
    pub false_discovery_rate: f64,
    /// Of the permutation tests.
    pub seed: u64,
    /// Permutations a test, at most; long series get fewer.
    pub permutations: u32,
}

impl Default for Course {
    fn default() -> Self {
        Self { false_discovery_rate: 0.05, seed: 1, permutations: 9_999 }
    }
}

/// A level is at least this many commits long: one value alone may be a bad hour of the machine.
const SHORTEST_LEVEL: usize = 2;

/// Distances that a test may look at, so that a series of a thousand commits takes seconds.
const MOST_WORK: usize = 1_000_000_000;

/// But at least so many permutations.
const LEAST_PERMUTATIONS: u32 = 999;

/// A change of level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    /// The position among the series' points of the first value of the new level. What changed lies after the point before it.
    pub at: usize,
    /// The level before: the mean of the values since the change before, on the scale of logarithms where all are positive.
    pub before: f64,
    /// The level from here on, until the next change.
    pub after: f64,
    /// Relative: +0.1 is 10 % more. None where the level before is 0.
    pub change: Option<f64>,
    /// Of `change`, with 95 % confidence, by Welch's test of the values on both sides; `None` where they do not vary. The place was
    /// chosen for the size of the change, so the interval is a little too far from 0.
    pub interval: Option<[f64; 2]>,
    /// Of the permutation test.
    pub p_value: f64,
    /// The same, corrected for all tests of all series, by Benjamini and Hochberg.
    pub p_adjusted: f64,
}

impl Change {
    /// Whether it is in the wrong direction.
    pub fn is_worse(&self, direction: Direction) -> bool {
        match direction {
            Direction::LowerIsBetter => self.after > self.before,
            Direction::HigherIsBetter => self.after < self.before,
        }
    }

    /// Whether it is known to which side the level moved: values may also begin to spread, which is a change as well.
    pub fn has_side(&self) -> bool {
        self.interval.is_none_or(|[low, high]| low > 0.0 || high < 0.0)
    }
}

/// Finds the changes of all series.
pub(super) fn find(series: &mut [Series], course: &Course) {
    for one in series.iter_mut() {
        one.changes = candidates(one, course);
    }
    // The search of each series ended with a test that found nothing more.
    let tests = |one: &Series| one.changes.iter().map(|change| change.p_value).chain([1.0]).collect::<Vec<_>>();
    let p_values: Vec<f64> = series.iter().flat_map(tests).collect();
    let mut adjusted = stats::benjamini_hochberg(&p_values).into_iter();
    for one in series.iter_mut() {
        for change in &mut one.changes {
            change.p_adjusted = adjusted.next().unwrap_or(1.0);
        }
        adjusted.next();
        let rest = one
            .changes
            .iter()
            .filter(|change| change.p_adjusted <= course.false_discovery_rate)
            .map(|change| (change.at, change.p_value, change.p_adjusted));
        one.changes = described(one, &rest.collect::<Vec<_>>());
    }
}

/// The changes before the correction.
fn candidates(series: &Series, course: &Course) -> Vec<Change> {
    let values = scaled(&series.values());
    // A test takes time as the square of the length.
    let affordable = u32::try_from(MOST_WORK / (values.len() * values.len()).max(1)).unwrap_or(u32::MAX);
    let permutations = course.permutations.min(affordable.max(LEAST_PERMUTATIONS));
    let search = Search { alpha: course.false_discovery_rate, shortest: SHORTEST_LEVEL, permutations };
    // By the name, so that a new benchmark changes nothing for the others.
    let mut generator =
        Pcg64Mcg::seed_from_u64(course.seed ^ name_hash(&format!("{} {}", series.name(), series.machine)));
    let found = stats::change_points(&values, search, &mut |n| generator.random_range(0..n));
    let places: Vec<(usize, f64, f64)> = found.iter().map(|point| (point.at, point.p_value, point.p_value)).collect();
    described(series, &places)
}

/// What the changes at these places are.
fn described(series: &Series, places: &[(usize, f64, f64)]) -> Vec<Change> {
    let values = series.values();
    let by_ratio = values.iter().all(|&value| value > 0.0);
    let scaled = scaled(&values);
    let ends = places.iter().skip(1).map(|place| place.0).chain([values.len()]);
    let begins = [0].into_iter().chain(places.iter().map(|place| place.0));
    let stretches = begins.zip(places).zip(ends);
    stretches
        .filter_map(|((begin, &(at, p_value, p_adjusted)), end)| {
            let (left, right) = (scaled.get(begin..at)?, scaled.get(at..end)?);
            let level = |side: &[f64]| if by_ratio { stats::mean(side).exp() } else { stats::mean(side) };
            let (before, after) = (level(left), level(right));
            // What is never negative falls by all of it at most.
            let least = if values.iter().all(|&value| value >= 0.0) { -1.0 } else { f64::NEG_INFINITY };
            let relative = |difference: f64| match by_ratio {
                true => difference.exp_m1(),
                false => (difference / before.abs()).max(least),
            };
            let interval = stats::welch(left, right).ok().map(|test| test.confidence_interval(0.95));
            Some(Change {
                at,
                before,
                after,
                change: Some((after - before) / before.abs()).filter(|change| change.is_finite()),
                interval: interval
                    .map(|Interval { low, high }| [relative(low), relative(high)])
                    .filter(|bounds| bounds.iter().all(|bound| bound.is_finite())),
                p_value,
                p_adjusted,
            })
        })
        .collect()
}

/// Logarithms where all values are positive, so that a change is a factor whatever the level.
fn scaled(values: &[f64]) -> Vec<f64> {
    if values.iter().all(|&value| value > 0.0) {
        values.iter().map(|value| value.ln()).collect()
    } else {
        values.to_vec()
    }
}

/// FNV-1a: short, and the same on every machine and in every version.
fn name_hash(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
