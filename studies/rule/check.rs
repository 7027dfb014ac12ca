//! One simulated check: `perfgate check` without a machine, by the library's own decisions.
//!
//! The loop is that of the program (`app::interleaved`); the order of rounds, the looks, the tests, the correction and the verdict
//! are the library's.

use std::collections::BTreeSet;

use perfgate::config::{GatePolicy, Threshold};
use perfgate::gate::{Comparison, Decision, Looks, Method, Setting, Verdict, compare, confirm, undecided, unsettled};
use perfgate::plan::{Pairs, rounds_at_look};
use perfgate::result::{BenchmarkResult, Direction, Metric, RoundValues, RunResult, Unit};

use super::noise::{Noise, Source};
use super::trials::trials;

/// Rounds before the first look, and of each session of a stored baseline.
pub const FIRST: u32 = 10;

/// The most looks without a budget (80 rounds).
pub const LOOKS: u32 = 7;

/// The most looks within a budget (905 rounds).
pub const LOOKS_WITHIN_BUDGET: u32 = 14;

/// How a session's speed differs from another's: the standard deviation of its logarithm, half of it common to all benchmarks.
const SESSION: f64 = 0.25;

/// The metrics of every benchmark.
const METRICS: [&str; 2] = ["latency_p50", "latency_p90"];

/// What is checked, and how.
#[derive(Debug, Clone, Copy)]
pub struct Design {
    /// The noise.
    pub noise: Noise,
    /// The standard deviation of a pair's difference.
    pub pair: f64,
    /// So many, with two metrics each.
    pub benchmarks: usize,
    /// The smallest change that matters.
    pub threshold: f64,
    /// The most looks.
    pub looks: u32,
    /// How much slower the changed benchmarks truly are, and how many are changed.
    pub change: f64,
    /// How many benchmarks are changed: the first ones.
    pub changed: usize,
    /// Whether a stored baseline is the screen.
    pub screened: bool,
}

/// What became of a check.
#[derive(Debug, Clone, Copy, Default)]
pub struct Outcome {
    /// Whether it turned red.
    pub red: bool,
    /// Whether a row of a changed benchmark is red.
    pub found: bool,
    /// Rows of changed benchmarks, by decision.
    pub changed: Rows,
    /// Rows of the others.
    pub others: Rows,
    /// Pairs of rounds, over all benchmarks.
    pub pairs: u64,
}

/// Rows by decision.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rows {
    pub red: u64,
    pub unchanged: u64,
    pub open: u64,
    pub all: u64,
}

impl Design {
    /// A check side by side of one benchmark, of identical code, at a threshold of 0 without a budget.
    pub fn of(noise: Noise) -> Self {
        Self {
            noise,
            pair: 0.14,
            benchmarks: 1,
            threshold: 0.0,
            looks: LOOKS,
            change: 0.0,
            changed: 0,
            screened: false,
        }
    }

    /// So many such checks.
    pub fn repeat(&self, checks: u64, seed: u64) -> Vec<Outcome> {
        trials(checks, seed, |seed| self.run(seed))
    }

    /// The check with this seed.
    pub fn run(&self, seed: u64) -> Outcome {
        let mut source = Source::new(self.noise, self.pair, self.benchmarks, seed);
        let everything: BTreeSet<usize> = (0..self.benchmarks).collect();
        if !self.screened {
            let (comparison, pairs) = self.side_by_side(&mut source, everything, seed);
            return self.outcome(&comparison, pairs);
        }
        let screen = self.screen(&mut source);
        let open = unsettled(&screen);
        if open.is_empty() {
            return self.outcome(&screen, 0);
        }
        let chosen = everything.into_iter().filter(|&benchmark| open.contains(&name(benchmark))).collect();
        let (again, pairs) = self.side_by_side(&mut source, chosen, seed);
        let fail_on = policy(self.threshold).fail_on;
        self.outcome(&confirm(screen, again, &open, fail_on), pairs)
    }

    fn slowdown(&self, benchmark: usize, side: usize) -> f64 {
        if side == 1 && benchmark < self.changed { self.change.ln_1p() } else { 0.0 }
    }

    /// The first session records the base, the second measures the candidate.
    fn screen(&self, source: &mut Source) -> Comparison {
        let mut sessions = Measured::new(self.benchmarks);
        for side in [0, 1] {
            let common = source.normal();
            let own: Vec<f64> = (0..self.benchmarks).map(|_| source.normal()).collect();
            for _ in 0..FIRST {
                for (benchmark, own) in own.iter().enumerate() {
                    let shift = SESSION * 0.5_f64.sqrt() * (common + own) + self.slowdown(benchmark, side);
                    sessions.add(benchmark, side, source.round(benchmark, side, false).map(|value| value + shift));
                }
            }
        }
        two_sessions(&policy(self.threshold), &sessions, self.benchmarks)
    }

    fn side_by_side(&self, source: &mut Source, chosen: BTreeSet<usize>, seed: u64) -> (Comparison, u64) {
        let mut round = |benchmark, side, is_second| {
            let slowdown = self.slowdown(benchmark, side);
            source.round(benchmark, side, is_second).map(|value| value + slowdown)
        };
        side_by_side(&policy(self.threshold), self.looks, chosen, seed, &mut round)
    }

    fn outcome(&self, comparison: &Comparison, pairs: u64) -> Outcome {
        let mut outcome = Outcome { red: comparison.verdict == Verdict::Regression, pairs, ..Outcome::default() };
        let changed: BTreeSet<String> = (0..self.changed).map(name).collect();
        for row in &comparison.rows {
            let is_changed = changed.contains(&row.benchmark);
            let rows = if is_changed { &mut outcome.changed } else { &mut outcome.others };
            rows.all += 1;
            match row.decision() {
                Some(Decision::Regression) => {
                    rows.red += 1;
                    outcome.found |= is_changed;
                }
                Some(Decision::Unchanged) => rows.unchanged += 1,
                Some(Decision::Inconclusive) => rows.open += 1,
                Some(Decision::Improvement) | None => {}
            }
        }
        outcome
    }
}

/// Measures and judges these benchmarks until nothing is undecided or `most` looks were taken; also the number of pairs. `round`
/// gives the logarithms of the metrics, from benchmark, side, and whether the round is the second of its pair.
pub fn side_by_side(
    policy: &GatePolicy,
    most: u32,
    chosen: BTreeSet<usize>,
    seed: u64,
    round: &mut dyn FnMut(usize, usize, bool) -> [f64; 2],
) -> (Comparison, u64) {
    let setting = Setting { method: Method::SideBySide, ..Setting::default() };
    let benchmarks = chosen.last().map_or(0, |last| last + 1);
    let (mut looks, mut order) = (Looks::default(), Pairs::new(benchmarks, seed));
    let mut measured = Measured::new(benchmarks);
    let (mut open, mut pairs, mut look) = (chosen.clone(), 0, 0);
    loop {
        let wanted = rounds_at_look(FIRST, look);
        loop {
            let turns = order.turns(|benchmark, rounds| open.contains(&benchmark) && rounds < wanted);
            if turns.is_empty() {
                break;
            }
            for benchmark in turns {
                pairs += 1;
                for (place, step) in order.next(benchmark).into_iter().enumerate() {
                    let side = step.subject % 2;
                    measured.add(benchmark, side, round(benchmark, side, place == 1));
                }
            }
        }
        let is_last = look + 1 >= most;
        let [base, candidate] = measured.results(&chosen);
        let comparison = looks.look(&base, &candidate, policy, &setting, &|benchmark| {
            is_last || !open.iter().any(|&number| name(number) == benchmark)
        });
        let undecided = undecided(&comparison);
        open.retain(|&benchmark| undecided.contains(&name(benchmark)));
        if is_last || open.is_empty() {
            return (comparison, pairs);
        }
        look += 1;
    }
}

/// The rules of a check with this threshold, as they are otherwise.
pub fn policy(threshold: f64) -> GatePolicy {
    let usual = GatePolicy::default();
    GatePolicy { threshold: Threshold::from_share(threshold).unwrap_or(usual.threshold), ..usual }
}

/// Judges two sessions: the comparison with a stored baseline.
pub fn two_sessions(policy: &GatePolicy, sessions: &Measured, benchmarks: usize) -> Comparison {
    let [base, candidate] = sessions.results(&(0..benchmarks).collect());
    compare(&base, &candidate, policy, &Setting { method: Method::StoredBaseline, ..Setting::default() })
}

fn name(benchmark: usize) -> String {
    format!("b{benchmark:02}")
}

/// The values of both sides so far: by benchmark, side and metric.
pub struct Measured(Vec<[[Vec<f64>; 2]; 2]>);

impl Measured {
    /// Nothing yet.
    pub fn new(benchmarks: usize) -> Self {
        Self(vec![Default::default(); benchmarks])
    }

    /// Adds a round, given as logarithms.
    pub fn add(&mut self, benchmark: usize, side: usize, logarithms: [f64; 2]) {
        let values = self.0.get_mut(benchmark).and_then(|sides| sides.get_mut(side));
        for (rounds, logarithm) in values.into_iter().flatten().zip(logarithms) {
            rounds.push(1e6 * logarithm.exp());
        }
    }

    fn results(&self, chosen: &BTreeSet<usize>) -> [RunResult; 2] {
        [0, 1].map(|side| {
            let of = |&benchmark: &usize| {
                let values = self.0.get(benchmark)?.get(side)?;
                let metrics = METRICS.iter().zip(values).filter_map(|(metric, rounds)| latency(metric, rounds.clone()));
                Some(BenchmarkResult::imported(name(benchmark), metrics.collect()))
            };
            RunResult::imported(chosen.iter().filter_map(of).collect())
        })
    }
}

fn latency(name: &str, rounds: Vec<f64>) -> Option<Metric> {
    Some(Metric {
        name: name.to_owned(),
        unit: Unit::nanoseconds(),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(rounds).ok()?,
        gate: true,
    })
}
