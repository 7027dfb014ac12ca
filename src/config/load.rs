//! How queries arrive and when a round has seen enough: checked types, in which no impossible combination can be said.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::policy::InvalidFraction;

/// How queries arrive, with what each scenario needs to know.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Scenario {
    /// The next query when the last is done; one sample a query.
    SingleStream,
    /// The next query when the last is done; several samples a query.
    MultiStream {
        /// Samples per query.
        samples_per_query: NonZeroU32,
    },
    /// Queries arrive when they arrive, whatever is still in flight.
    Server(Server),
    /// Everything at once, in batches.
    Offline {
        /// Samples per query.
        batch_size: NonZeroU32,
        /// Queries in flight at once; `None`: all of them.
        max_async: Option<NonZeroU32>,
    },
}

/// The server scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Server {
    /// When queries arrive.
    pub traffic: Traffic,
    /// Queries in flight beyond which the system counts as overloaded, and the round ends; `None`: no limit.
    pub max_async: Option<NonZeroU32>,
}

/// When queries arrive.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Traffic {
    /// Open loop: a schedule that takes no notice of the answers.
    Open {
        /// The gaps between arrivals.
        spacing: Spacing,
        /// The rate, over time.
        rate: Rate,
    },
    /// Open loop: the arrivals of a file, one timestamp in seconds a line.
    Replay {
        /// The file.
        trace: PathBuf,
        /// Twice as fast is 2.
        speed: f64,
    },
    /// Closed loop: users who wait for the answer, think, and ask again.
    Closed {
        /// How many.
        users: NonZeroU32,
        /// Between an answer and the user's next query.
        think_time: Duration,
    },
}

/// The gaps between arrivals, at a rate of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Spacing {
    /// All equal.
    Even,
    /// Exponentially distributed: a Poisson process.
    Poisson,
}

/// Arrivals per second, over time. Every rate is positive and finite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Rate {
    /// Always the same.
    Constant(f64),
    /// From one rate to another, evenly over the given time; then it stays.
    Ramp {
        /// At the start.
        from: f64,
        /// At the end.
        to: f64,
        /// How long that takes; not zero.
        over: Duration,
    },
    /// One rate after the other, each for the same time; the last stays.
    Steps {
        /// At least one.
        rates: Vec<f64>,
        /// How long each lasts; not zero.
        each: Duration,
    },
    /// Bursts of a high rate between calm times of a low one, both of exponentially distributed length: a Markov-modulated
    /// process of two states.
    Bursty {
        /// In calm times; may be 0.
        calm: f64,
        /// In bursts.
        burst: f64,
        /// Mean length of a calm time; not zero.
        calm_length: Duration,
        /// Mean length of a burst; not zero.
        burst_length: Duration,
    },
}

/// When a round has seen enough. It ends when both minima are met, or when the maximum is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopping {
    /// Timed queries, at least.
    pub queries: NonZeroU32,
    /// The timed part, at least.
    pub min_duration: Duration,
    /// The timed part, at most: what is not over by then ends there, and the result says so.
    pub max_duration: Option<Duration>,
}

/// Which samples of the dataset a round asks about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Sampling {
    /// Permutations of the dataset, joined end to end: every sample equally often.
    #[default]
    Permutation,
    /// Each sample drawn anew.
    WithReplacement,
    /// A permutation; no sample twice. The dataset must be large enough for the round.
    Unique,
    /// Always the same one.
    Same,
}

/// Whether somebody watches what the system's processes use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resources {
    /// Nobody does.
    Off,
    /// What each process has used is told at its end; nobody looks in between.
    Totals,
    /// So often somebody looks, besides.
    Sampled {
        /// From one look to the next, at least.
        period: Duration,
    },
}

/// A percentile, as a share strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Percentile(f64);

impl Percentile {
    /// Nine of ten queries are at most as slow.
    pub const P90: Self = Self(0.9);
    /// 99 of 100 queries are at most as slow.
    pub const P99: Self = Self(0.99);

    const EXPECTED: &'static str =
        "a percentile is a share above 0 and below 1 such as 0.99, or a percentage such as 99%";

    /// From a share such as 0.99; `None` for anything that is not strictly between 0 and 1.
    pub fn from_share(share: f64) -> Option<Self> {
        (share > 0.0 && share < 1.0).then_some(Self(share))
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }

    /// MLPerf's sample count: so many samples estimate the percentile, with a confidence of 99 %, to within a twentieth of
    /// what lies beyond it. n = z² · p(1 − p) / moe² with moe = (1 − p) / 20, rounded up to a multiple of 2¹³.
    ///
    /// Source: MLPerf inference rules, "Benchmark statistics".
    pub fn mlperf_sample_count(self) -> u64 {
        /// Φ⁻¹(0.995): the confidence is two-sided.
        const Z: f64 = 2.575_829_303_548_901;
        const GRANULE: u64 = 1 << 13;
        let exact = Z * Z * 400.0 * self.0 / (1.0 - self.0);
        (exact.ceil() as u64).div_ceil(GRANULE).saturating_mul(GRANULE)
    }
}

impl FromStr for Percentile {
    type Err = InvalidFraction;

    /// Reads `0.99` or `99%`.
    fn from_str(text: &str) -> Result<Self, InvalidFraction> {
        let written = text.trim();
        // Moving the decimal point in the text keeps 99.9% what 0.999 is; a division by 100 does not.
        let share = match written.strip_suffix('%') {
            Some(percent) => format!("{}e-2", percent.trim_end()).parse(),
            None => written.parse(),
        };
        share.ok().and_then(Self::from_share).ok_or_else(|| InvalidFraction::new(text, Self::EXPECTED))
    }
}

impl Rate {
    /// Arrivals that are expected within this time from the start.
    pub fn expected_arrivals(&self, within: Duration) -> f64 {
        let time = within.as_secs_f64();
        match self {
            Self::Constant(rate) => rate * time,
            Self::Ramp { from, to, over } => {
                let over = over.as_secs_f64();
                let rising = time.min(over);
                let reached = from + (to - from) * (rising / over);
                0.5 * (from + reached) * rising + to * (time - rising)
            }
            Self::Steps { rates, each } => {
                let each = each.as_secs_f64();
                let (mut left, mut arrivals) = (time, 0.0);
                for rate in rates {
                    let stretch = left.min(each);
                    arrivals += rate * stretch;
                    left -= stretch;
                }
                arrivals + rates.last().map_or(0.0, |last| last * left)
            }
            Self::Bursty { calm, burst, calm_length, burst_length } => {
                let (calm_length, burst_length) = (calm_length.as_secs_f64(), burst_length.as_secs_f64());
                time * (calm * calm_length + burst * burst_length) / (calm_length + burst_length)
            }
        }
    }
}

/// The four scenarios, without what each needs to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ScenarioKind {
    /// See [`Scenario::SingleStream`].
    SingleStream,
    /// See [`Scenario::MultiStream`].
    MultiStream,
    /// See [`Scenario::Server`].
    Server,
    /// See [`Scenario::Offline`].
    Offline,
}

impl ScenarioKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::SingleStream, Self::MultiStream, Self::Server, Self::Offline];

    /// As the configuration and the documents spell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::SingleStream => "single-stream",
            Self::MultiStream => "multi-stream",
            Self::Server => "server",
            Self::Offline => "offline",
        }
    }
}

impl Scenario {
    /// Which of the four it is.
    pub fn kind(&self) -> ScenarioKind {
        match self {
            Self::SingleStream => ScenarioKind::SingleStream,
            Self::MultiStream { .. } => ScenarioKind::MultiStream,
            Self::Server(_) => ScenarioKind::Server,
            Self::Offline { .. } => ScenarioKind::Offline,
        }
    }

    /// As the configuration and the documents spell it.
    pub fn name(&self) -> &'static str {
        self.kind().name()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mlperfs_sample_counts_are_those_of_its_rules() {
        for (percentile, count) in [("90%", 24_576), ("0.95", 57_344), ("99%", 270_336), ("99.9%", 2_654_208)] {
            assert_eq!(percentile.parse::<Percentile>().unwrap().mlperf_sample_count(), count, "{percentile}");
        }
        assert!(Percentile::from_share(1.0 - f64::EPSILON).unwrap().mlperf_sample_count() > u64::MAX / 2);
    }

    #[test]
    fn a_percentile_means_the_same_as_a_share_and_as_a_percentage() {
        for (percentage, share) in [("99.9%", 0.999), (" 99 %", 0.99), ("+50%", 0.5), ("99.99%", 0.9999)] {
            assert_eq!(percentage.parse::<Percentile>().unwrap().share(), share, "{percentage}");
        }
        for text in ["0", "1", "100%", "0%", "-1%", "1.5", "nan", "inf", "", "%", "p99"] {
            assert!(text.parse::<Percentile>().is_err(), "{text}");
        }
    }

    #[test]
    fn expected_arrivals_are_the_integral_of_the_rate() {
        let seconds = Duration::from_secs;
        let expected = |rate: Rate, within: u64| rate.expected_arrivals(seconds(within));
        assert_eq!(expected(Rate::Constant(50.0), 4), 200.0);
        let ramp = Rate::Ramp { from: 10.0, to: 30.0, over: seconds(10) };
        assert_eq!((expected(ramp.clone(), 5), expected(ramp, 20)), (75.0, 500.0));
        let steps = Rate::Steps { rates: vec![1.0, 10.0], each: seconds(10) };
        assert_eq!((expected(steps.clone(), 5), expected(steps, 30)), (5.0, 210.0));
        let bursty = Rate::Bursty { calm: 0.0, burst: 100.0, calm_length: seconds(9), burst_length: seconds(1) };
        assert_eq!(expected(bursty, 7), 70.0);
    }
}
