//! The rules of other tools on the queries of the same rounds.
//!
//! Each is told from its documentation, and reduced to one question: does it call the candidate slower?

use std::collections::BTreeSet;

use perfgate::gate::{Comparison, Verdict, confirm, unsettled};
use perfgate::stats::{self, mann_whitney_u, mean, pooled, quantile_type7, welch, wilcoxon_signed_rank};
use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, Exp1, StandardNormal};
use rand_pcg::Pcg64Mcg;

use super::check::{FIRST, LOOKS, Measured, policy, side_by_side, two_sessions};

/// Queries of a round.
const QUERIES: usize = 30;

/// The standard deviations of the logarithms: of a session's speed, of a round's, of a query. With the bursts below, 90 % of the
/// variance of a session's mean is between sessions, as it was measured.
const SESSION: f64 = 0.20;
const ROUND: f64 = 0.12;
const QUERY: f64 = 0.20;

/// One round in five is disturbed, and a quarter of its queries take at least as long again, times a number that is 1 on average.
const DISTURBED: f64 = 0.2;
const HIT: f64 = 0.25;

/// Resamples of the bootstrap; the original takes 100,000.
const RESAMPLES: usize = 300;

/// Below this p-value there is a difference; a mean that is more than this larger is worse.
const ALPHA: f64 = 0.05;
const WORSE: f64 = 1.10;

/// A change whose interval reaches into this is noise to the bootstrap's rule.
const NOISE_BAND: f64 = 0.02;

/// How the two sides were measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    /// One after the other: each has a session of its own.
    TwoSessions,
    /// In turn.
    Interleaved,
}

/// What the rules are given: the queries of every round of both sides, and the machine, to measure on.
pub struct Data {
    pub sides: [Vec<Vec<f64>>; 2],
    pub situation: Situation,
    machine: Machine,
    change: f64,
    seed: u64,
}

/// A rule: its name, and whether it is red.
pub type Rule = (&'static str, fn(&Data) -> bool);

/// All that are compared.
pub const RULES: [Rule; 11] = [
    ("t-test of all queries", |data| slower(pooled(&data.queries(0), &data.queries(1)))),
    ("t-test of all queries, and mean > 10 % (the teaching module)", |data| {
        slower(pooled(&data.queries(0), &data.queries(1))) && data.ratio() > WORSE
    }),
    ("mean > 10 %", |data| data.ratio() > WORSE),
    ("mean > 200 % (github-action-benchmark's default)", |data| data.ratio() > 2.0),
    ("Mann-Whitney of round means (benchstat)", |data| {
        let (base, candidate) = (data.means(0), data.means(1));
        mann_whitney_u(&base, &candidate).is_ok_and(|test| test.p_value < ALPHA && test.superiority > 0.5)
    }),
    ("bootstrap of all queries, 2 % noise band (criterion)", criterion),
    ("signed rank of round medians, and > 10 %", |data| {
        let (base, candidate) = (data.medians(0), data.medians(1));
        let shift = mean(&logarithms(&candidate)) - mean(&logarithms(&base));
        wilcoxon_signed_rank(&base, &candidate).is_ok_and(|test| test.p_value < ALPHA) && shift.exp() > WORSE
    }),
    ("perfgate, threshold 10 %, these rounds only", |data| match data.situation {
        Situation::TwoSessions => is_red(&data.screen(0.10)),
        Situation::Interleaved => is_red(&data.in_turn(0.10, 1)),
    }),
    ("perfgate, threshold 10 %, as many rounds as it takes, at most 80", |data| is_red(&data.whole(0.10))),
    ("the same, threshold 5 %", |data| is_red(&data.whole(0.05))),
    ("the same, threshold 3 %", |data| is_red(&data.whole(0.03))),
];

/// A machine in a session.
#[derive(Clone)]
struct Machine {
    generator: Pcg64Mcg,
    level: f64,
}

impl Machine {
    fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.generator)
    }

    fn new_session(&mut self) {
        self.level = SESSION * self.normal();
    }

    fn round(&mut self, change: f64) -> Vec<f64> {
        let level = self.level + ROUND * self.normal() + change.ln_1p();
        let disturbed = self.generator.random_bool(DISTURBED);
        let query = |_| {
            let latency = (level + QUERY * self.normal()).exp();
            let hit = disturbed && self.generator.random_bool(HIT);
            let times: f64 = if hit { Exp1.sample(&mut self.generator) } else { 0.0 };
            1e6 * latency * (1.0 + times)
        };
        (0..QUERIES).map(query).collect()
    }
}

impl Data {
    /// Ten rounds a side, the candidate's slower by `change`.
    pub fn new(situation: Situation, change: f64, seed: u64) -> Self {
        let mut machine = Machine { generator: Pcg64Mcg::seed_from_u64(seed), level: 0.0 };
        machine.new_session();
        let mut sides = [Vec::new(), Vec::new()];
        let [base, candidate] = &mut sides;
        match situation {
            Situation::TwoSessions => {
                base.extend((0..FIRST).map(|_| machine.round(0.0)));
                machine.new_session();
                candidate.extend((0..FIRST).map(|_| machine.round(change)));
            }
            Situation::Interleaved => {
                for _ in 0..FIRST {
                    base.push(machine.round(0.0));
                    candidate.push(machine.round(change));
                }
            }
        }
        Self { sides, situation, machine, change, seed }
    }

    fn rounds(&self, side: usize) -> &[Vec<f64>] {
        self.sides.get(side).map_or(&[], Vec::as_slice)
    }

    fn queries(&self, side: usize) -> Vec<f64> {
        self.rounds(side).concat()
    }

    fn means(&self, side: usize) -> Vec<f64> {
        self.rounds(side).iter().map(|queries| mean(queries)).collect()
    }

    fn medians(&self, side: usize) -> Vec<f64> {
        self.rounds(side).iter().map(|queries| stats::median(queries)).collect()
    }

    fn ratio(&self) -> f64 {
        mean(&self.queries(1)) / mean(&self.queries(0))
    }

    /// perfgate's comparison with a stored baseline.
    fn screen(&self, threshold: f64) -> Comparison {
        let mut measured = Measured::new(1);
        for side in [0, 1] {
            self.rounds(side).iter().for_each(|queries| measured.add(0, side, metrics(queries)));
        }
        two_sessions(&policy(threshold), &measured, 1)
    }

    /// perfgate's check side by side: on these rounds, and on as many more as it wants.
    fn in_turn(&self, threshold: f64, looks: u32) -> Comparison {
        let mut machine = self.machine.clone();
        let mut taken = [0_usize; 2];
        let mut round = |_: usize, side: usize, _: bool| {
            let at = taken.get(side).copied().unwrap_or_default();
            taken.iter_mut().skip(side).take(1).for_each(|taken| *taken += 1);
            let change = if side == 1 { self.change } else { 0.0 };
            match self.rounds(side).get(at) {
                Some(queries) if self.situation == Situation::Interleaved => metrics(queries),
                _ => metrics(&machine.round(change)),
            }
        };
        side_by_side(&policy(threshold), looks, BTreeSet::from([0]), self.seed, &mut round).0
    }

    /// perfgate's check as it is: between sessions a screen, and what that leaves open side by side.
    fn whole(&self, threshold: f64) -> Comparison {
        match self.situation {
            Situation::Interleaved => self.in_turn(threshold, LOOKS),
            Situation::TwoSessions => {
                let screen = self.screen(threshold);
                let open = unsettled(&screen);
                if open.is_empty() {
                    return screen;
                }
                confirm(screen, self.in_turn(threshold, LOOKS), &open, policy(threshold).fail_on)
            }
        }
    }
}

/// The logarithms of `latency_p50` and `latency_p90`, by the ranks of perfgate's percentiles.
fn metrics(queries: &[f64]) -> [f64; 2] {
    let mut sorted = queries.to_vec();
    sorted.sort_by(f64::total_cmp);
    let of = |share: f64| sorted.get((sorted.len() as f64 * share) as usize).copied().unwrap_or(f64::NAN).ln();
    [of(0.5), of(0.9)]
}

fn is_red(comparison: &Comparison) -> bool {
    comparison.verdict == Verdict::Regression
}

fn slower(test: Result<stats::TTest, stats::Degenerate>) -> bool {
    test.is_ok_and(|test| test.p_value < ALPHA && test.estimate > 0.0)
}

fn logarithms(values: &[f64]) -> Vec<f64> {
    values.iter().map(|value| value.ln()).collect()
}

/// Red where both hold: the t statistic lies far out among those of resamples from both sides together, and the interval of the
/// relative change of the mean, from resamples of each side, lies above the noise band.
fn criterion(data: &Data) -> bool {
    let (base, candidate) = (data.queries(0), data.queries(1));
    let Ok(observed) = welch(&base, &candidate) else { return false };
    let both = [base.clone(), candidate.clone()].concat();
    let mut generator = Pcg64Mcg::seed_from_u64(data.seed);
    let mut draw = |from: &[f64], count: usize| -> Vec<f64> {
        (0..count).filter_map(|_| from.get(generator.random_range(0..from.len())).copied()).collect()
    };
    let (mut beyond, mut changes) = (0, Vec::with_capacity(RESAMPLES));
    for _ in 0..RESAMPLES {
        let (left, right) = (draw(&both, base.len()), draw(&both, candidate.len()));
        beyond += usize::from(welch(&left, &right).is_ok_and(|test| test.statistic > observed.statistic));
        changes.push(mean(&draw(&candidate, candidate.len())) / mean(&draw(&base, base.len())) - 1.0);
    }
    let tail = beyond.min(RESAMPLES - beyond) as f64 / RESAMPLES as f64;
    2.0 * tail < ALPHA && quantile_type7(&changes, 0.025).is_some_and(|low| low > NOISE_BAND)
}
