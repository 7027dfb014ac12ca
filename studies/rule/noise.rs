//! Noise: what a machine adds to the logarithm of a round's value, round by round, in the order in which rounds run.

use rand::{RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal, StudentT};
use rand_pcg::Pcg64Mcg;

/// How much noisier than the first metric the second is: `latency_p90` beside `latency_p50`.
const SECOND_METRIC: f64 = 1.5;

/// What of the second metric's noise is that of the first; the rest is its own.
const SHARED: f64 = 0.8;

/// A kind of noise.
#[derive(Debug, Clone, Copy)]
pub struct Noise {
    /// Its name in the tables.
    pub name: &'static str,
    /// What one round has that the next one need not have.
    pub shape: Shape,
    /// What goes on from round to round, whichever side and benchmark they belong to.
    pub machine: Machine,
    /// What goes on from round to round of the same side and benchmark.
    pub side: Side,
    /// The candidate's rounds spread so many times as much as the base's.
    pub candidate_spread: f64,
}

/// The distribution of one round's own noise.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Normal.
    Normal,
    /// Student's t with 3 degrees of freedom, at the same standard deviation.
    HeavyTails,
    /// Normal, and one round in twenty takes 20 % to 300 % longer.
    Spikes,
    /// Normal at half the size, and 8 % up or down: a layout in memory that is drawn anew in every round.
    Modes,
}

/// What the machine does to all rounds alike.
#[derive(Debug, Clone, Copy)]
pub enum Machine {
    /// Nothing.
    Steady,
    /// A random walk, with steps of this standard deviation.
    Walk(f64),
    /// Slower by this much with every round.
    Slowing(f64),
    /// The second round of every pair is slower by this much.
    SecondIsSlower(f64),
    /// A first-order autoregression of this standard deviation, in which a round keeps half of what the last one had.
    Persistent(f64),
    /// Two speeds that lie this far apart; one round in ten changes from one to the other.
    Switching(f64),
}

/// What stays with a side: nothing, or what no repetition on the same machine takes away.
#[derive(Debug, Clone, Copy)]
pub enum Side {
    /// Every round starts afresh.
    Fresh,
    /// A first-order autoregression that makes up half of the variance of a round, with this correlation.
    Remembers(f64),
    /// Every build is faster or slower by a normal amount of this standard deviation, for as long as it lives.
    Build(f64),
}

const NORMAL: Noise =
    Noise { name: "normal", shape: Shape::Normal, machine: Machine::Steady, side: Side::Fresh, candidate_spread: 1.0 };

/// The kinds of noise for which the error rates hold.
pub const WITHIN: [Noise; 10] = [
    NORMAL,
    Noise { name: "heavy tails (t, 3 df)", shape: Shape::HeavyTails, ..NORMAL },
    Noise { name: "spikes: 5 % of rounds +20 to +300 %", shape: Shape::Spikes, ..NORMAL },
    Noise { name: "two modes, ±8 %", shape: Shape::Modes, ..NORMAL },
    Noise { name: "random walk, 3 % a round", machine: Machine::Walk(0.03), ..NORMAL },
    Noise { name: "even drift, 1 % a round", machine: Machine::Slowing(0.01), ..NORMAL },
    Noise { name: "second of a pair 5 % slower", machine: Machine::SecondIsSlower(0.05), ..NORMAL },
    Noise { name: "autocorrelated, 0.5 a round", machine: Machine::Persistent(0.15), ..NORMAL },
    Noise { name: "two speeds, 30 % apart", machine: Machine::Switching(0.3), ..NORMAL },
    Noise { name: "candidate spreads 3 times as much", candidate_spread: 3.0, ..NORMAL },
];

/// Kinds of noise that break what the rule assumes: that a round of a side says nothing about the side's next.
pub const BEYOND: [Noise; 5] = [
    Noise { name: "a side's rounds correlate, 0.3", side: Side::Remembers(0.3), ..NORMAL },
    Noise { name: "a side's rounds correlate, 0.6", side: Side::Remembers(0.6), ..NORMAL },
    Noise { name: "a side's rounds correlate, 0.9", side: Side::Remembers(0.9), ..NORMAL },
    Noise { name: "every build ±0.7 %", side: Side::Build(0.007), ..NORMAL },
    Noise { name: "every build ±2 %", side: Side::Build(0.02), ..NORMAL },
];

/// A machine under this noise, as it goes on.
pub struct Source {
    noise: Noise,
    deviation: f64,
    generator: Pcg64Mcg,
    level: f64,
    speed: bool,
    builds: Vec<[f64; 2]>,
}

impl Source {
    /// For so many benchmarks; `pair` is the standard deviation of the difference between the two sides of a pair that are
    /// equally noisy, in its normal part.
    pub fn new(noise: Noise, pair: f64, benchmarks: usize, seed: u64) -> Self {
        let mut source = Self {
            noise,
            deviation: pair / 2_f64.sqrt(),
            generator: Pcg64Mcg::seed_from_u64(seed),
            level: 0.0,
            speed: false,
            builds: Vec::new(),
        };
        source.builds = (0..benchmarks).map(|_| [0, 1].map(|_| source.first_of_side())).collect();
        source
    }

    /// The logarithms of both metrics in the next round: of this benchmark, of base (0) or candidate (1), the first or second
    /// of its pair.
    pub fn round(&mut self, benchmark: usize, side: usize, is_second: bool) -> [f64; 2] {
        let common = self.machine(is_second) + self.of_side(benchmark, side);
        let spread = if side == 1 { self.noise.candidate_spread } else { 1.0 };
        let (first, second) = (self.shape(), self.shape());
        let own = (1.0 - SHARED * SHARED).sqrt();
        [common + spread * first, common + SECOND_METRIC * spread * (SHARED * first + own * second)]
    }

    /// A standard normal number.
    pub fn normal(&mut self) -> f64 {
        StandardNormal.sample(&mut self.generator)
    }

    fn shape(&mut self) -> f64 {
        let normal: f64 = self.normal();
        let normal = self.deviation * normal * self.rest_of_round();
        match self.noise.shape {
            Shape::Normal => normal,
            Shape::HeavyTails => {
                let heavy: f64 = StudentT::new(3.0).map_or(0.0, |law| law.sample(&mut self.generator));
                self.deviation * heavy / 3_f64.sqrt()
            }
            Shape::Spikes => {
                let hit = self.generator.random_bool(0.05);
                normal + if hit { f64::ln_1p(self.generator.random_range(0.2..3.0)) } else { 0.0 }
            }
            Shape::Modes => 0.5 * normal + if self.generator.random() { 0.08 } else { -0.08 },
        }
    }

    /// What memory leaves for the round itself.
    fn rest_of_round(&self) -> f64 {
        if matches!(self.noise.side, Side::Remembers(_)) { 0.5_f64.sqrt() } else { 1.0 }
    }

    fn machine(&mut self, is_second: bool) -> f64 {
        let step = self.normal();
        match self.noise.machine {
            Machine::Steady => 0.0,
            Machine::Walk(size) => {
                self.level += size * step;
                self.level
            }
            Machine::Slowing(size) => {
                self.level += size;
                self.level
            }
            Machine::SecondIsSlower(size) => f64::from(u8::from(is_second)) * size,
            Machine::Persistent(size) => {
                self.level = 0.5 * self.level + size * 0.75_f64.sqrt() * step;
                self.level
            }
            Machine::Switching(size) => {
                self.speed ^= self.generator.random_bool(0.1);
                f64::from(u8::from(self.speed)) * size
            }
        }
    }

    fn first_of_side(&mut self) -> f64 {
        match self.noise.side {
            Side::Fresh => 0.0,
            Side::Remembers(_) => self.normal() * self.deviation * 0.5_f64.sqrt(),
            Side::Build(size) => self.normal() * size,
        }
    }

    fn of_side(&mut self, benchmark: usize, side: usize) -> f64 {
        let step = if matches!(self.noise.side, Side::Remembers(_)) { self.normal() } else { 0.0 };
        let Some(level) = self.builds.get_mut(benchmark).and_then(|sides| sides.get_mut(side)) else { return 0.0 };
        if let Side::Remembers(share) = self.noise.side {
            let size = self.deviation * 0.5_f64.sqrt();
            *level = share * *level + size * (1.0 - share * share).sqrt() * step;
        }
        *level
    }
}
