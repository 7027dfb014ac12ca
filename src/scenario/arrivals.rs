//! When queries arrive: schedules, computed before the clock starts. Pure, seeded, exact to the nanosecond.
//!
//! A schedule is a stream of arrivals at a rate of one, evenly spaced or with exponential gaps (a Poisson process), seen
//! through a rate that may change over time: the k-th query arrives when the integral of the rate reaches the k-th arrival of
//! that stream. This is exact. Source: E. Çinlar, Introduction to Stochastic Processes (1975), 4.7; for states that are
//! drawn, W. Fischer, K. Meier-Hellstern, The Markov-modulated Poisson process cookbook, Performance Evaluation 18 (1993).

use std::fmt;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Mcg;

use crate::config::{Rate, Scenario, Spacing, Stopping, Traffic};
use crate::sut::Nanos;

/// A longer schedule is a mistake of the configuration: it would not fit into memory.
pub const MOST_ARRIVALS: u64 = 50_000_000;

const NANOS: f64 = 1e9;

/// When each query arrives, in nanoseconds from the start; ascending.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedule(Vec<u64>);

/// Why a recorded trace is no schedule.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum TraceError {
    /// A line that holds no number.
    #[error("line {line} holds `{found}`, expected a time in seconds such as 12.345")]
    NotANumber {
        /// Counted from 1.
        line: usize,
        /// What is there.
        found: String,
    },
    /// A time before the one above it.
    #[error("line {line} goes back in time: {found} s after {before} s; a trace ascends")]
    Backwards {
        /// Counted from 1.
        line: usize,
        /// The earlier time, in seconds.
        found: f64,
        /// The time above it, in seconds.
        before: f64,
    },
    /// No times at all.
    #[error("it holds no times")]
    Empty,
}

impl fmt::Display for Schedule {
    /// One time in seconds a line, to the nanosecond: a trace as [`Schedule::from_trace`] reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|time| writeln!(f, "{}.{:09}", time / 1_000_000_000, time % 1_000_000_000))
    }
}

impl Schedule {
    /// The schedule of a round of this scenario, `None` where there is none: queries follow the answers. `trace` is the text of a
    /// recorded trace, for traffic that replays one.
    pub fn of(
        scenario: &Scenario,
        stopping: &Stopping,
        trace: Option<&str>,
        seed: u64,
    ) -> Result<Option<Self>, TraceError> {
        let Scenario::Server(server) = scenario else { return Ok(None) };
        match &server.traffic {
            Traffic::Closed { .. } => Ok(None),
            Traffic::Open { spacing, rate } => {
                let Nanos(duration) = Nanos::from(stopping.min_duration);
                Ok(Some(Self::open(*spacing, rate, u64::from(stopping.queries.get()), duration, seed)))
            }
            Traffic::Replay { speed, .. } => Self::from_trace(trace.unwrap_or_default(), *speed).map(Some),
        }
    }

    /// Arrivals until there are at least `queries` of them (1 or more) and the last lies at or beyond `duration` nanoseconds.
    /// Never more than [`MOST_ARRIVALS`].
    pub fn open(spacing: Spacing, rate: &Rate, queries: u64, duration: u64, seed: u64) -> Self {
        let mut units = Units { spacing, random: generator(seed, 1), reached: 0.0 };
        let mut intensity = Intensity::new(rate, generator(seed, 2));
        let mut times: Vec<u64> = Vec::with_capacity(queries.min(MOST_ARRIVALS) as usize);
        loop {
            let time = (intensity.time_of(units.next()) * NANOS).round() as u64;
            times.push(time);
            let count = times.len() as u64;
            if (count >= queries && time >= duration) || count >= MOST_ARRIVALS {
                return Self(times);
            }
        }
    }

    /// Reads a recorded trace: one time in seconds a line (the first column of a CSV file; a header line is passed over),
    /// from its first arrival on, `speed` times as fast.
    pub fn from_trace(text: &str, speed: f64) -> Result<Self, TraceError> {
        let mut seconds: Vec<f64> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let field = line.split(',').next().unwrap_or_default().trim();
            let parsed = field.parse::<f64>().ok().filter(|time| time.is_finite());
            match (parsed, seconds.last()) {
                (None, None) if index == 0 => {}
                (None, _) if field.is_empty() => {}
                (None, _) => {
                    return Err(TraceError::NotANumber { line: index + 1, found: field.chars().take(60).collect() });
                }
                (Some(found), Some(&before)) if found < before => {
                    return Err(TraceError::Backwards { line: index + 1, found, before });
                }
                (Some(time), _) => seconds.push(time),
            }
        }
        let first = *seconds.first().ok_or(TraceError::Empty)?;
        Ok(Self(seconds.iter().map(|time| ((time - first) / speed * NANOS).round() as u64).collect()))
    }

    /// Arrivals at these times, in nanoseconds from the start; the caller has them in ascending order.
    pub fn of_times(ascending: Vec<u64>) -> Self {
        Self(ascending)
    }

    /// The arrivals: nanoseconds from the start, ascending.
    pub fn times(&self) -> &[u64] {
        &self.0
    }

    /// The same, with no more than `queries` arrivals.
    #[must_use]
    pub fn cut(mut self, queries: u64) -> Self {
        self.0.truncate(usize::try_from(queries).unwrap_or(usize::MAX));
        self
    }
}

/// One generator per concern: other gaps leave the bursts where they were.
fn generator(seed: u64, concern: u64) -> Pcg64Mcg {
    Pcg64Mcg::seed_from_u64(seed.rotate_left(17) ^ concern.wrapping_mul(0x9e37_79b9_7f4a_7c15))
}

/// Arrivals at a rate of one.
struct Units {
    spacing: Spacing,
    random: Pcg64Mcg,
    reached: f64,
}

impl Units {
    fn next(&mut self) -> f64 {
        self.reached += match self.spacing {
            Spacing::Even => 1.0,
            Spacing::Poisson => Exp1.sample(&mut self.random),
        };
        self.reached
    }
}

/// A stretch of time over which the rate changes evenly, in seconds and arrivals per second.
#[derive(Debug, Clone, Copy)]
struct Stretch {
    from: f64,
    to: f64,
    length: f64,
}

/// The integral of the rate over time, walked along stretch by stretch.
struct Intensity {
    stretches: Stretches,
    current: Stretch,
    /// When the current stretch began, in seconds.
    begun: f64,
    /// Arrivals at a rate of one before it began.
    before: f64,
}

/// What follows a stretch.
enum Stretches {
    /// Those that are left; after the last its end rate stays for ever.
    Listed(std::vec::IntoIter<Stretch>),
    Drawn {
        random: Pcg64Mcg,
        bursting: bool,
        calm: (f64, f64),
        burst: (f64, f64),
    },
}

impl Stretch {
    fn flat(rate: f64, length: f64) -> Self {
        Self { from: rate, to: rate, length }
    }

    /// Arrivals at a rate of one that fall into it.
    fn area(&self) -> f64 {
        if self.length.is_infinite() { f64::INFINITY } else { 0.5 * (self.from + self.to) * self.length }
    }

    /// Seconds after its start at which `area` arrivals have come: the root of from·t + slope·t²/2 = area, written so that
    /// nothing cancels.
    fn time_of(&self, area: f64) -> f64 {
        let slope = if self.length.is_infinite() { 0.0 } else { (self.to - self.from) / self.length };
        let root = (self.from * self.from + 2.0 * slope * area).max(0.0).sqrt();
        2.0 * area / (self.from + root)
    }
}

impl Stretches {
    fn next(&mut self, last: Stretch) -> Stretch {
        match self {
            Self::Listed(rest) => rest.next().unwrap_or_else(|| Stretch::flat(last.to, f64::INFINITY)),
            Self::Drawn { random, bursting, calm, burst } => {
                *bursting = !*bursting;
                let (rate, mean) = if *bursting { *burst } else { *calm };
                let length: f64 = Exp1.sample(random);
                Stretch::flat(rate, length * mean)
            }
        }
    }
}

impl Intensity {
    fn new(rate: &Rate, random: Pcg64Mcg) -> Self {
        let listed = |stretches: Vec<Stretch>| Stretches::Listed(stretches.into_iter());
        let stretches = match rate {
            Rate::Constant(rate) => listed(vec![Stretch::flat(*rate, f64::INFINITY)]),
            Rate::Ramp { from, to, over } => listed(vec![Stretch { from: *from, to: *to, length: over.as_secs_f64() }]),
            Rate::Steps { rates, each } => {
                listed(rates.iter().map(|&rate| Stretch::flat(rate, each.as_secs_f64())).collect())
            }
            Rate::Bursty { calm, burst, calm_length, burst_length } => Stretches::Drawn {
                random,
                // The first stretch is a calm one.
                bursting: true,
                calm: (*calm, calm_length.as_secs_f64()),
                burst: (*burst, burst_length.as_secs_f64()),
            },
        };
        Self { stretches, current: Stretch::flat(0.0, 0.0), begun: 0.0, before: 0.0 }
    }

    /// Seconds from the start at which the integral reaches `unit`. Units are asked for in ascending order.
    fn time_of(&mut self, unit: f64) -> f64 {
        while unit > self.before + self.current.area() {
            self.begun += self.current.length;
            self.before += self.current.area();
            self.current = self.stretches.next(self.current);
        }
        self.begun + self.current.time_of(unit - self.before)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn seconds(number: f64) -> Duration {
        Duration::from_secs_f64(number)
    }

    /// Arrivals per second between two moments, in seconds.
    fn rate_between(schedule: &Schedule, from: f64, to: f64) -> f64 {
        let inside = schedule.times().iter().filter(|&&time| time as f64 >= from * NANOS && (time as f64) < to * NANOS);
        inside.count() as f64 / (to - from)
    }

    #[test]
    fn a_constant_rate_is_exact() {
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(1000.0), 5, 0, 1);
        assert_eq!(schedule.times(), [1_000_000, 2_000_000, 3_000_000, 4_000_000, 5_000_000]);
    }

    #[test]
    fn both_minima_are_met_and_not_exceeded() {
        let rate = Rate::Constant(1000.0);
        assert_eq!(Schedule::open(Spacing::Even, &rate, 2, 4_000_000, 1).times().len(), 4);
        let poisson = Schedule::open(Spacing::Poisson, &rate, 10, 50_000_000, 1);
        let [.., second_last, last] = poisson.times() else { panic!() };
        assert!(*last >= 50_000_000 && *second_last < 50_000_000);
    }

    #[test]
    fn poisson_gaps_are_exponential() {
        let schedule = Schedule::open(Spacing::Poisson, &Rate::Constant(200.0), 100_000, 0, 7);
        let gaps: Vec<f64> = schedule.times().windows(2).map(|pair| (pair[1] - pair[0]) as f64 / NANOS).collect();
        let n = gaps.len() as f64;
        let mean = gaps.iter().sum::<f64>() / n;
        // Four standard errors; the exponential distribution's standard deviation is its mean.
        assert!((mean * 200.0 - 1.0).abs() < 4.0 / n.sqrt(), "{mean}");
        // Kolmogorov-Smirnov against 1 − e^(−λx), at a level of about 1e-3.
        let mut sorted = gaps;
        sorted.sort_by(f64::total_cmp);
        let distance = sorted.iter().enumerate().map(|(rank, gap)| {
            let expected = 1.0 - (-gap * 200.0).exp();
            (expected - rank as f64 / n).abs().max((expected - (rank + 1) as f64 / n).abs())
        });
        assert!(distance.fold(0.0, f64::max) < 1.95 / n.sqrt());
    }

    #[test]
    fn a_ramp_rises_as_it_should_and_then_stays() {
        let rate = Rate::Ramp { from: 1000.0, to: 3000.0, over: seconds(10.0) };
        let schedule = Schedule::open(Spacing::Even, &rate, 1, 20_000_000_000, 1);
        for (from, to, expected) in [(0.0, 1.0, 1100.0), (4.5, 5.5, 2000.0), (9.0, 10.0, 2900.0), (15.0, 20.0, 3000.0)]
        {
            assert!((rate_between(&schedule, from, to) - expected).abs() <= 1.0, "{from}-{to}");
        }
    }

    #[test]
    fn steps_follow_each_other_and_the_last_stays() {
        let rate = Rate::Steps { rates: vec![100.0, 500.0, 50.0], each: seconds(2.0) };
        let schedule = Schedule::open(Spacing::Even, &rate, 1, 10_000_000_000, 1);
        for (from, to, expected) in [(0.0, 2.0, 100.0), (2.0, 4.0, 500.0), (4.0, 6.0, 50.0), (6.0, 10.0, 50.0)] {
            assert!((rate_between(&schedule, from, to) - expected).abs() <= 1.0, "{from}-{to}");
        }
    }

    #[test]
    fn bursts_have_the_mean_rate_of_their_states_and_more_variance_than_a_poisson_process() {
        let rate = Rate::Bursty { calm: 0.0, burst: 1000.0, calm_length: seconds(0.9), burst_length: seconds(0.1) };
        let schedule = Schedule::open(Spacing::Poisson, &rate, 1, 2_000_000_000_000, 3);
        // The share of time spent in bursts has a standard error of √(2·0.9·0.1·0.09 / 2000) = 0.4 %: five of them.
        assert!((rate_between(&schedule, 0.0, 2000.0) - 100.0).abs() < 10.0);
        let counts: Vec<f64> =
            (0..2000).map(|second| rate_between(&schedule, f64::from(second), f64::from(second) + 1.0)).collect();
        let mean = counts.iter().sum::<f64>() / 2000.0;
        let variance = counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / 1999.0;
        assert!(variance / mean > 10.0, "the index of dispersion of a Poisson process is 1, not {}", variance / mean);
    }

    #[test]
    fn the_seed_fixes_the_schedule() {
        let schedule = |seed| Schedule::open(Spacing::Poisson, &Rate::Constant(10.0), 50, 0, seed);
        assert_eq!(schedule(1), schedule(1));
        assert_ne!(schedule(1), schedule(2));
        assert!(schedule(1).times().is_sorted());
    }

    #[test]
    fn a_trace_is_replayed_from_its_first_arrival_faster_if_wanted() {
        let trace = Schedule::from_trace("seconds,path\n100.0,/a\n100.5,/b\n\n100.5,/c\n102\n", 2.0).unwrap();
        assert_eq!(trace.times(), [0, 250_000_000, 250_000_000, 1_000_000_000]);
        assert_eq!(trace.cut(2).times().len(), 2);
    }

    #[test]
    fn what_is_no_trace_is_refused_with_the_line() {
        let problem = |text: &str| Schedule::from_trace(text, 1.0).unwrap_err().to_string();
        assert_eq!(problem("1\n3\n2.5\n"), "line 3 goes back in time: 2.5 s after 3 s; a trace ascends");
        assert_eq!(problem("time\n1\nsoon\n"), "line 3 holds `soon`, expected a time in seconds such as 12.345");
        assert_eq!(problem("time\n"), "it holds no times");
        assert_eq!(problem(""), "it holds no times");
        assert!(problem("1\nNaN\n").starts_with("line 2 holds `NaN`"));
    }
}
