//! What the slowest queries have in common: which stage takes the time that they take longer.

use super::CONFIDENCE;
use super::share::{Share, interval};
use crate::scenario::RoundRecord;
use crate::stats::mean;

/// The slowest queries of each round.
#[derive(Debug, Clone, PartialEq)]
pub struct Tail {
    /// Which part of a round's queries: 0.01 or 0.05.
    pub slowest: f64,
    /// How many they are in all.
    pub queries: u64,
    /// Their mean time, in nanoseconds.
    pub mean: f64,
    /// How much longer than the mean of all queries that is, in nanoseconds.
    pub excess: f64,
    /// What grows.
    pub growth: Growth,
}

/// What takes most of the time that the slowest queries take longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Growth {
    /// This stage.
    Stage(String),
    /// What passes outside of all stages.
    Outside,
    /// It cannot be told.
    Open,
    /// They hardly take longer than the others.
    None,
}

/// A part of the slowest queries.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct InTail {
    /// Its part of their time.
    pub share: Share,
    /// Its part of the time that they take longer than the mean of all; `None` where they hardly do. Negative where it is shorter in
    /// them.
    pub of_excess: Option<Share>,
}

/// The slowest hundredth of a round, if they are so many.
const RARE: (f64, usize) = (0.01, 5);

/// Else the slowest twentieth, if they are so many.
const LESS_RARE: (f64, usize) = (0.05, 2);

/// Queries that take less than so many times as long as the mean are no tail to speak of.
const LONGER: f64 = 1.05;

/// A stage, or what is outside of all (`None`), with its part.
pub(super) type Part = (Option<String>, InTail);

/// The part of this stage, or of what is outside.
pub(super) fn part(parts: &[Part], name: Option<&str>) -> Option<InTail> {
    parts.iter().find(|(known, _)| known.as_deref() == name).map(|(_, part)| *part)
}

/// The means of a round, over all of its queries and over the slowest, in nanoseconds.
struct Round {
    /// Of the whole time.
    whole: [f64; 2],
    /// Of each stage, by name; the last one is what is outside of all.
    parts: Vec<[f64; 2]>,
}

/// The slowest queries of these rounds; `None` where a round has too few, and without stages.
pub(super) fn of(rounds: &[RoundRecord], names: &[&str]) -> Option<(Tail, Vec<Part>)> {
    let fewest = rounds.iter().map(|round| round.latencies.len()).min()?;
    let enough = |(share, least): &(f64, usize)| (fewest as f64 * share) as usize >= *least;
    let (slowest, _) = [RARE, LESS_RARE].into_iter().find(enough).filter(|_| !names.is_empty())?;
    let taken = |round: &RoundRecord| (round.latencies.len() as f64 * slowest) as usize;
    let means: Vec<Round> = rounds.iter().map(|round| Round::of(round, names, taken(round))).collect();
    let over = |of: &dyn Fn(&Round) -> f64| -> Vec<f64> { means.iter().map(of).collect() };
    let is_longer = means.iter().all(|round| round.whole[1] >= LONGER * round.whole[0]);
    let excess = |round: &Round| round.whole[1] - round.whole[0];
    let part = |place: usize, pick: &dyn Fn([f64; 2]) -> f64, whole: &dyn Fn(&Round) -> f64| {
        over(&|round| round.parts.get(place).map_or(0.0, |means| pick(*means)) / whole(round).max(1.0))
    };
    let in_excess: Vec<Vec<f64>> =
        (0..=names.len()).map(|place| part(place, &|[all, slow]| slow - all, &excess)).collect();
    let keys = names.iter().map(|name| Some((*name).to_owned())).chain([None]);
    let parts = keys.zip(&in_excess).enumerate().map(|(place, (name, excess))| {
        let share = Share::of(&part(place, &|[_, slow]| slow, &|round| round.whole[1]));
        (name, InTail { share, of_excess: is_longer.then(|| Share::signed(excess)) })
    });
    let tail = Tail {
        slowest,
        queries: rounds.iter().map(|round| taken(round) as u64).sum(),
        mean: mean(&over(&|round| round.whole[1])),
        excess: mean(&over(&excess)),
        growth: if is_longer { growth(names, &in_excess) } else { Growth::None },
    };
    Some((tail, parts.collect()))
}

impl Round {
    fn of(round: &RoundRecord, names: &[&str], slow: usize) -> Self {
        let mut order: Vec<usize> = (0..round.latencies.len()).collect();
        let latency = |query: usize| round.latencies.get(query).copied().unwrap_or(0);
        // Of equally slow ones the later: which of them does not matter, only that it is always the same.
        order.sort_by_key(|&query| std::cmp::Reverse((latency(query), query)));
        let mut is_slow = vec![false; order.len()];
        order.iter().take(slow).for_each(|&query| {
            if let Some(one) = is_slow.get_mut(query) {
                *one = true;
            }
        });
        let means = |times: &mut dyn Iterator<Item = u64>| {
            let (mut all, mut slowest) = (0.0, 0.0);
            for (time, slow) in times.zip(&is_slow) {
                all += time as f64;
                slowest += if *slow { time as f64 } else { 0.0 };
            }
            [all / order.len().max(1) as f64, slowest / slow.max(1) as f64]
        };
        let whole = means(&mut round.latencies.iter().copied());
        let stages = names.iter().map(|name| means(&mut round.stages.by_query(name).map(Option::unwrap_or_default)));
        let mut parts: Vec<[f64; 2]> = stages.collect();
        let sum = |place: fn(&[f64; 2]) -> f64| parts.iter().map(place).sum::<f64>();
        parts.push([whole[0] - sum(|means| means[0]), whole[1] - sum(|means| means[1])]);
        Self { whole, parts }
    }
}

/// What takes most of the excess, if that is more than chance: as the bottleneck is told.
fn growth(names: &[&str], in_excess: &[Vec<f64>]) -> Growth {
    let mut order: Vec<usize> = (0..in_excess.len()).collect();
    let of = |place: usize| in_excess.get(place).map(Vec::as_slice).unwrap_or_default();
    order.sort_by(|a, b| mean(of(*b)).total_cmp(&mean(of(*a))));
    let Some((&first, others)) = order.split_first() else { return Growth::Open };
    let confidence = 1.0 - (1.0 - CONFIDENCE) / others.len().max(1) as f64;
    let is_ahead = |&other: &usize| {
        let differences: Vec<f64> = of(first).iter().zip(of(other)).map(|(a, b)| a - b).collect();
        interval(&differences, confidence).is_some_and(|[low, _]| low > 0.0)
    };
    if !others.iter().all(is_ahead) {
        return Growth::Open;
    }
    names.get(first).map_or(Growth::Outside, |name| Growth::Stage((*name).to_owned()))
}
