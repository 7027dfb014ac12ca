//! What a decided answer takes: from the noise that was seen to rounds, time and the smallest threshold.
//!
//! The rule of the gate turned round (`docs/methodology.md`): how large the standard error may be so that identical code is shown
//! to be unchanged, and a slowdown of twice the threshold turns red, each with a probability of 95 %.

use std::collections::BTreeMap;
use std::time::Duration;

use super::noise::{self, Spread};
use super::{Check, Setting, Target, tests};
use crate::config::Threshold;
use crate::plan::rounds_at_look;
use crate::result::Direction;
use crate::stats::{share_of_last_look, share_of_look, student};

/// How surely an answer must be decided to count as one that can be had.
const SURELY: f64 = 0.95;

/// More looks than this are no advice: a hundred times the rounds of the first.
const MOST_LOOKS: u32 = 14;

/// Thresholds worth naming.
const LADDER: [f64; 20] = [
    0.005, 0.01, 0.015, 0.02, 0.025, 0.03, 0.04, 0.05, 0.06, 0.07, 0.08, 0.10, 0.12, 0.15, 0.20, 0.25, 0.30, 0.40,
    0.50, 0.75,
];

/// What a check may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Means {
    /// The most looks at a growing number of rounds.
    pub looks: u32,
    /// Wall clock.
    pub time: Duration,
}

/// What decided answers take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Need {
    /// Pairs of rounds of the benchmark that needs most.
    pub rounds: u32,
    /// Wall clock of a check.
    pub time: Duration,
    /// Whether a check may take that much.
    pub within_means: bool,
}

/// What the checks taught about the benchmarks that follow time.
#[derive(Debug)]
pub struct Known {
    benchmarks: Vec<KnownBenchmark>,
    alpha: f64,
    /// Rows that Holm's correction counts.
    tests: usize,
}

#[derive(Debug)]
struct KnownBenchmark {
    name: String,
    target: Target,
    /// Rounds of the first look.
    first: u32,
    /// Standard error of one pair of rounds, on the logarithmic scale.
    noise: f64,
    /// Wall clock of one pair.
    pair: Duration,
}

/// Gathers what these checks teach.
pub(super) fn known(checks: &[&Check], setting: &Setting, targets: &BTreeMap<String, Target>) -> Known {
    let benchmarks = setting.benchmarks.iter().filter_map(|(name, first)| {
        let target = *targets.get(name)?;
        let spreads = |identical: bool| -> Vec<Spread> {
            let chosen = checks.iter().filter(|check| !identical || check.injected.is_empty());
            chosen.filter_map(|check| widest(check.spreads.get(name)?)).collect()
        };
        let times: Vec<Duration> = checks.iter().filter_map(|check| check.pair_times.get(name).copied()).collect();
        let pair = times.iter().sum::<Duration>() / u32::try_from(times.len().max(1)).unwrap_or(u32::MAX);
        let noise = noise::pooled(&spreads(false), &spreads(true))?;
        Some(KnownBenchmark { name: name.clone(), target, first: *first, noise, pair })
    });
    let tests = checks.iter().map(|check| tests(&check.comparison)).max().unwrap_or(0);
    Known { benchmarks: benchmarks.collect(), alpha: setting.alpha.share(), tests: tests.max(1) }
}

/// The row that is the hardest to decide.
fn widest(spreads: &[Spread]) -> Option<Spread> {
    spreads.iter().copied().max_by(|a, b| a.error.total_cmp(&b.error))
}

/// What decided answers take at the thresholds as they are.
pub(super) fn as_configured(known: &Known, means: &Means) -> Option<Need> {
    let most = Means { looks: means.looks.max(if means.looks > 1 { MOST_LOOKS } else { 1 }), time: Duration::MAX };
    known
        .need(|benchmark| benchmark.target.threshold.share(), &most)
        .map(|(need, looks)| Need { within_means: looks <= means.looks && need.time <= means.time, ..need })
}

/// The smallest threshold with decided answers within the means.
pub(super) fn smallest(known: &Known, means: &Means) -> Option<(Threshold, Need)> {
    LADDER.into_iter().find_map(|threshold| {
        let (need, _) = known.need(|_| threshold, means).filter(|(need, _)| need.time <= means.time)?;
        Some((Threshold::from_share(threshold).ok()?, need))
    })
}

/// The smallest slowdown of a benchmark that turns a check red with a probability of 80 and of 95 %.
pub(super) fn sees(known: &Known, name: &str, means: &Means) -> Option<[f64; 2]> {
    let benchmark = known.benchmarks.iter().find(|benchmark| benchmark.name == name)?;
    // As many rounds as all may have if none is decided early.
    let fits = |look: &u32| {
        let time = known.benchmarks.iter().map(|b| b.pair.saturating_mul(rounds_at_look(b.first, *look)));
        time.fold(Duration::ZERO, Duration::saturating_add) <= means.time
    };
    let look = (0..means.looks).rev().find(fits).unwrap_or(0);
    let moment = known.moment(benchmark, look, true)?;
    let smallest = |power: f64| {
        let share = known.alpha / known.tests as f64 * moment.share;
        let beyond_chance = (student::critical(share, moment.df) + student::quantile(power, moment.df)) * moment.error;
        let beyond_threshold = benchmark.threshold() + student::quantile(power, moment.df) * moment.error;
        beyond_chance.max(beyond_threshold).exp_m1()
    };
    let both = [0.8, SURELY].map(smallest);
    both.iter().all(|size| size.is_finite()).then_some(both)
}

/// A benchmark at a look.
struct Moment {
    error: f64,
    df: f64,
    /// What the look may spend of alpha.
    share: f64,
}

impl Known {
    fn moment(&self, benchmark: &KnownBenchmark, look: u32, is_last: bool) -> Option<Moment> {
        let rounds = rounds_at_look(benchmark.first, look);
        let kept = (rounds as usize).checked_sub(2 * noise::trims(rounds as usize) + 1)?;
        if kept == 0 {
            return None;
        }
        let share = if is_last { share_of_last_look(look) } else { share_of_look(look) };
        Some(Moment { error: benchmark.noise / f64::from(rounds).sqrt(), df: kept as f64, share })
    }

    /// What decided answers take at these thresholds, and the looks that it takes.
    fn need(&self, threshold: impl Fn(&KnownBenchmark) -> f64, means: &Means) -> Option<(Need, u32)> {
        let (mut rounds, mut time, mut looks) = (0, Duration::ZERO, 0);
        for benchmark in &self.benchmarks {
            let threshold = threshold(benchmark);
            let decided = |look: &u32| {
                let moment = self.moment(benchmark, *look, look + 1 == means.looks);
                moment.is_some_and(|moment| self.is_decided(benchmark, threshold, &moment))
            };
            let look = (0..means.looks).find(decided)?;
            let own = rounds_at_look(benchmark.first, look);
            rounds = own.max(rounds);
            looks = looks.max(look + 1);
            time = benchmark.pair.saturating_mul(own).saturating_add(time);
        }
        (rounds > 0).then_some((Need { rounds, time, within_means: time <= means.time }, looks))
    }

    /// Whether both answers would be decided: identical code unchanged, and twice the threshold red.
    fn is_decided(&self, benchmark: &KnownBenchmark, threshold: f64, moment: &Moment) -> bool {
        let at = benchmark.on_scale(threshold);
        let twice = benchmark.on_scale(2.0 * threshold);
        let alpha = self.alpha * moment.share;
        let reach =
            |alpha: f64| (student::critical(alpha, moment.df) + student::quantile(SURELY, moment.df)) * moment.error;
        let over = student::quantile(SURELY, moment.df) * moment.error;
        reach(alpha) <= at && reach(alpha / self.tests as f64) <= twice && over <= twice - at
    }
}

impl KnownBenchmark {
    fn threshold(&self) -> f64 {
        self.on_scale(self.target.threshold.share())
    }

    /// A worsening as a size on the logarithmic scale.
    fn on_scale(&self, worsening: f64) -> f64 {
        match self.target.direction {
            Direction::LowerIsBetter => worsening.ln_1p(),
            Direction::HigherIsBetter => -(-worsening.min(super::LARGEST_FALL)).ln_1p(),
        }
    }
}
