//! Whether the gate keeps its word on this machine: what checks of identical and of slowed code found, and what follows from it.
//!
//! Here: which slowdowns are worth trying (`Target`), rates with exact intervals, what a threshold takes (`need`). Pure. Not here:
//! running the checks (`app`), words (`render`).

mod need;
mod noise;

pub use need::{Means, Need};
pub use noise::Spread;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::config::{Alpha, Threshold};
use crate::gate::{Comparison, Decision, Evidence, ExitStatus, Row};
use crate::result::{Direction, Environment, Failure};
use crate::stats::clopper_pearson;

/// The slowdowns that are injected, in multiples of the threshold. At the threshold itself a gate may say either.
pub const FACTORS: [f64; 3] = [1.5, 2.0, 3.0];

/// Confidence of the intervals of all rates.
pub const CONFIDENCE: f64 = 0.95;

/// What a threshold of zero counts as here: some slowdown must be tried.
const LEAST_THRESHOLD: f64 = 0.01;

/// No slowdown beyond this share of a throughput is tried: at 1 it would take for ever.
const LARGEST_FALL: f64 = 0.9;

/// One check that was run to test the gate.
#[derive(Debug, Clone)]
pub struct Check {
    /// By how much each benchmark was slowed; empty for a check of identical code.
    pub injected: BTreeMap<String, Injection>,
    /// What the gate said.
    pub comparison: Comparison,
    /// How the rounds of the rows that follow time differed between the two sides, by benchmark.
    pub spreads: BTreeMap<String, Vec<Spread>>,
    /// Wall clock of one pair of rounds, by benchmark.
    pub pair_times: BTreeMap<String, Duration>,
    /// Wall clock of the check.
    pub took: Duration,
    /// Whether the selftest's time was over before the check had come to its own end.
    pub cut_short: bool,
}

/// A slowdown that was tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Injection {
    /// In multiples of the threshold.
    pub factor: f64,
    /// The share of each latency that was added.
    pub share: f64,
}

/// The row of a benchmark that a slowdown moves first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// Its threshold.
    pub threshold: Threshold,
    direction: Direction,
}

impl Target {
    /// The slowdown that moves the row by so many times its threshold.
    pub fn injection(self, factor: f64) -> Injection {
        let moved = factor * self.threshold.share().max(LEAST_THRESHOLD);
        let share = match self.direction {
            Direction::LowerIsBetter => moved,
            // A throughput falls by s when everything takes 1 / (1 − s) times as long.
            Direction::HigherIsBetter => {
                let fall = moved.min(LARGEST_FALL);
                fall / (1.0 - fall)
            }
        };
        Injection { factor, share }
    }
}

/// Whether a metric follows how long queries take.
pub fn follows_time(metric: &str) -> bool {
    metric.starts_with("latency_") || metric == "throughput"
}

/// The benchmarks of a comparison on which a slowdown can be tried: those with a judged row that follows time.
pub fn targets(comparison: &Comparison) -> BTreeMap<String, Target> {
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    for row in &comparison.rows {
        let (Some(metric), Some(compared)) = (&row.metric, row.compared()) else { continue };
        let target = Target { threshold: compared.threshold, direction: compared.direction };
        let slowdown = |target: &Target| target.injection(1.0).share;
        let nearest = targets.get(&row.benchmark);
        if follows_time(metric) && nearest.is_none_or(|nearest| slowdown(&target) < slowdown(nearest)) {
            targets.insert(row.benchmark.clone(), target);
        }
    }
    targets
}

/// What is known besides the checks.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The benchmarks, in the configuration's order, each with the rounds of a check's first look.
    pub benchmarks: Vec<(String, u32)>,
    /// The error rate that the gate promises over a whole check.
    pub alpha: Alpha,
    /// What a check may take.
    pub means: Means,
    /// Seed of everything random.
    pub seed: u64,
    /// Wall clock that the selftest was given, and took.
    pub budget: Duration,
    /// See `budget`.
    pub took: Duration,
    /// The arguments that asked for it; empty where they are not known.
    pub asked: Vec<String>,
    /// The machine.
    pub environment: Option<Environment>,
    /// What could not be measured.
    pub failures: Vec<Failure>,
}

/// What the selftest found.
#[derive(Debug, Clone, PartialEq)]
pub struct Selftest {
    /// What it says as a whole.
    pub verdict: Verdict,
    /// The error rate that the gate promises.
    pub alpha: Alpha,
    /// Seed of everything random.
    pub seed: u64,
    /// Wall clock that it was given.
    pub budget: Duration,
    /// Wall clock that it took.
    pub took: Duration,
    /// The arguments that asked for it; empty where they are not known.
    pub asked: Vec<String>,
    /// Checks that do not count, because the time was over before they had come to their own end.
    pub cut_short: usize,
    /// The machine.
    pub environment: Option<Environment>,
    /// Whole checks of identical code.
    pub identical: Counts,
    /// Every benchmark.
    pub benchmarks: Vec<Tested>,
    /// What a check may take.
    pub means: Means,
    /// What decided answers take at the thresholds as they are. `None`: more than is worth naming, or nothing follows time.
    pub configured: Option<Need>,
    /// The smallest threshold with decided answers within the means, and what it takes.
    pub smallest: Option<(Threshold, Need)>,
    /// What could not be measured.
    pub failures: Vec<Failure>,
}

/// What the selftest says as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing speaks against what the gate promises.
    Holds,
    /// Identical code turns red more often than promised, beyond chance.
    FalseAlarms,
    /// Slowed code is called unchanged more often than promised, beyond chance.
    Misses,
    /// A system could not be measured.
    Failed,
}

impl Verdict {
    /// The exit status that goes with it.
    pub fn exit_status(self) -> ExitStatus {
        match self {
            Self::Holds => ExitStatus::Success,
            Self::FalseAlarms | Self::Misses => ExitStatus::Regression,
            Self::Failed => ExitStatus::SystemFailed,
        }
    }
}

/// What checks said, all of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Counts {
    /// How many there were.
    pub checks: u64,
    /// Red: at least one regression.
    pub red: u64,
    /// A regression is ruled out in every row.
    pub unchanged: u64,
    /// Neither.
    pub undecided: u64,
    /// Pairs of rounds of a check, on average over the checks; of several benchmarks, those of all together.
    pub rounds: f64,
    /// Wall clock of a check, on average.
    pub time: Duration,
}

impl Counts {
    fn of<'a>(checks: impl Iterator<Item = &'a Check>, concerns: impl Fn(&Row) -> bool) -> Self {
        let mut counts = Self::default();
        let (mut rounds, mut time) = (0.0, Duration::ZERO);
        for check in checks {
            let rows: Vec<&Row> = check.comparison.rows.iter().filter(|row| concerns(row)).collect();
            let has = |decision: Decision| rows.iter().any(|row| row.decision() == Some(decision));
            counts.checks += 1;
            if has(Decision::Regression) {
                counts.red += 1;
            } else if has(Decision::Inconclusive) || rows.iter().all(|row| row.compared().is_none()) {
                counts.undecided += 1;
            } else {
                counts.unchanged += 1;
            }
            rounds += pairs(&rows) as f64;
            time += check.took;
        }
        let checks = u32::try_from(counts.checks.max(1)).unwrap_or(u32::MAX);
        Self { rounds: rounds / f64::from(checks), time: time / checks, ..counts }
    }

    /// The exact interval of the share of red checks; `None` without any check.
    pub fn red_interval(&self) -> Option<[f64; 2]> {
        clopper_pearson(self.red, self.checks, CONFIDENCE).map(|interval| [interval.low, interval.high])
    }

    /// Whether so many of them cannot be chance if the true share is no larger than this.
    fn exceeds(hits: u64, checks: u64, share: f64) -> bool {
        clopper_pearson(hits, checks, CONFIDENCE).is_some_and(|interval| interval.low > share)
    }
}

/// Pairs of rounds behind these rows: of each benchmark those of its longest row.
fn pairs(rows: &[&Row]) -> usize {
    let mut most: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        let rounds = row.compared().map_or(0, |compared| compared.rounds.into_iter().max().unwrap_or(0));
        let entry = most.entry(&row.benchmark).or_default();
        *entry = rounds.max(*entry);
    }
    most.values().sum()
}

/// What was found about one benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// Its name.
    pub name: String,
    /// The threshold of the row that a slowdown moves first; `None` if no judged row follows time.
    pub threshold: Option<Threshold>,
    /// Checks of identical code.
    pub identical: Counts,
    /// Checks of slowed code, by slowdown.
    pub slowed: Vec<(Injection, Counts)>,
    /// The smallest slowdown that turns a check red with a probability of 80 and of 95 %, by the noise that was seen.
    pub sees: Option<[f64; 2]>,
}

/// What these checks say.
pub fn summarise(checks: &[Check], setting: Setting) -> Selftest {
    let whole: Vec<&Check> = complete(checks);
    let identical = || whole.iter().copied().filter(|check| check.injected.is_empty());
    let targets = checks.first().map(|check| targets(&check.comparison)).unwrap_or_default();
    let known = need::known(&whole, &setting, &targets);
    let benchmarks: Vec<Tested> = setting
        .benchmarks
        .iter()
        .map(|(name, _)| Tested {
            name: name.clone(),
            threshold: targets.get(name).map(|target| target.threshold),
            identical: Counts::of(identical(), |row| row.benchmark == *name),
            slowed: slowed(&whole, name),
            sees: need::sees(&known, name, &setting.means),
        })
        .collect();
    let all = Counts::of(identical(), |_| true);
    Selftest {
        verdict: verdict(&all, &benchmarks, &setting),
        alpha: setting.alpha,
        seed: setting.seed,
        budget: setting.budget,
        took: setting.took,
        asked: setting.asked,
        cut_short: checks.len() - whole.len(),
        environment: setting.environment,
        identical: all,
        configured: need::as_configured(&known, &setting.means),
        smallest: need::smallest(&known, &setting.means),
        means: setting.means,
        benchmarks,
        failures: setting.failures,
    }
}

/// The checks that count: those that came to their own end. If none of a kind did, those that there are.
fn complete(checks: &[Check]) -> Vec<&Check> {
    let kinds = [false, true].map(|slowed| {
        let of_kind = || checks.iter().filter(move |check| check.injected.is_empty() != slowed);
        let any_whole = of_kind().any(|check| !check.cut_short);
        of_kind().filter(move |check| !any_whole || !check.cut_short)
    });
    kinds.into_iter().flatten().collect()
}

fn slowed(checks: &[&Check], name: &str) -> Vec<(Injection, Counts)> {
    let injections = checks.iter().filter_map(|check| check.injected.get(name));
    let mut tried: Vec<Injection> = Vec::new();
    for injection in injections {
        if !tried.contains(injection) {
            tried.push(*injection);
        }
    }
    tried.sort_by(|a, b| a.share.total_cmp(&b.share));
    let with = |injection: Injection| {
        let chosen = checks.iter().copied().filter(move |check| check.injected.get(name) == Some(&injection));
        // Another metric that is undecided does not make a slowdown undecided; one that is found is found.
        let moved = |row: &Row| row.benchmark == name && row.metric.as_deref().is_some_and(follows_time);
        (injection, Counts::of(chosen, moved))
    };
    tried.into_iter().map(with).collect()
}

fn verdict(identical: &Counts, benchmarks: &[Tested], setting: &Setting) -> Verdict {
    let alpha = setting.alpha.share();
    let clear = benchmarks.iter().flat_map(|benchmark| &benchmark.slowed);
    let (missed, tried) =
        clear.fold((0, 0), |(missed, tried), (_, counts)| (missed + counts.unchanged, tried + counts.checks));
    if !setting.failures.is_empty() {
        Verdict::Failed
    } else if Counts::exceeds(identical.red, identical.checks, alpha) {
        Verdict::FalseAlarms
    } else if Counts::exceeds(missed, tried, alpha) {
        Verdict::Misses
    } else {
        Verdict::Holds
    }
}

/// Rows of a comparison that were tested against chance: what Holm's correction counts.
fn tests(comparison: &Comparison) -> usize {
    let is_tested = |row: &&Row| row.compared().is_some_and(|c| matches!(c.evidence, Evidence::Tested(_)));
    comparison.rows.iter().filter(is_tested).count()
}

/// The slowdowns of the next check: every benchmark that can be slowed is, and over the checks each by every factor.
pub fn injections(targets: &BTreeMap<String, Target>, turn: usize) -> BTreeMap<String, Injection> {
    let of = |(position, (name, target)): (usize, (&String, &Target))| {
        let factor = FACTORS.iter().cycle().nth((position + turn) % FACTORS.len()).copied()?;
        Some((name.clone(), target.injection(factor)))
    };
    targets.iter().enumerate().filter_map(of).collect()
}

/// The names of benchmarks on which no slowdown can be seen, because no judged metric of theirs follows time.
pub fn timeless(selftest: &Selftest) -> BTreeSet<&str> {
    let without = selftest.benchmarks.iter().filter(|benchmark| benchmark.threshold.is_none());
    without.map(|benchmark| benchmark.name.as_str()).collect()
}

#[cfg(test)]
mod tests;
