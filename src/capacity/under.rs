//! A benchmark under another load: the server scenario at a rate, for as long as a round must last.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::config::{Benchmark, Objective, Rate, Scenario, Server, Spacing, Stopping, Traffic};

/// A round lasts so many times the bound: long enough that a queue that fills up to it can be seen to stay there.
const BOUNDS: u32 = 20;

/// A round has a share of the budget, so that there can be enough of them.
const ROUNDS_OF_A_BUDGET: u32 = 60;

/// A round is not longer than so many times that, though `queries` asks for more: at a low load, that takes long.
const LONGEST: f64 = 4.0;

/// More queries in a round are no better than more rounds.
const MOST_QUERIES: f64 = 2e6;

/// Traffic of which there is no "the same, but more of it".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("its traffic is {0}, which is no single load; a capacity is found under constant, poisson or bursty traffic")]
pub struct NoSingleLoad(&'static str);

/// A benchmark of which only the load is open.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    benchmark: Benchmark,
    objective: Objective,
    spacing: Spacing,
    shape: Shape,
    /// How long a round lasts, at least, before anything has made it longer.
    pub round: Duration,
}

/// How arrivals are spread over time.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Steady,
    /// The rates of calm times and bursts, in multiples of their mean.
    Bursty {
        calm: f64,
        burst: f64,
        calm_length: Duration,
        burst_length: Duration,
    },
}

impl Loaded {
    /// A benchmark of any scenario: one that is no server is asked in Poisson arrivals. `budget` is what all rounds have
    /// together.
    pub fn new(benchmark: &Benchmark, objective: Objective, budget: Duration) -> Result<Self, NoSingleLoad> {
        let (spacing, shape) = match &benchmark.scenario {
            Scenario::Server(Server { traffic, .. }) => spread(traffic)?,
            _ => (Spacing::Poisson, Shape::Steady),
        };
        let least = benchmark.stopping.min_duration.max(Duration::from_millis(1));
        let most = least.max(budget / ROUNDS_OF_A_BUDGET);
        let most = benchmark.stopping.max_duration.map_or(most, |own| own.min(most));
        let round = (objective.bound * BOUNDS).max(least).min(most);
        Ok(Self { benchmark: benchmark.clone(), objective, spacing, shape, round })
    }

    /// The load that the configuration names, where it names one: queries per second.
    pub fn configured(&self) -> Option<f64> {
        match &self.benchmark.scenario {
            Scenario::Server(Server { traffic: Traffic::Open { rate, .. }, .. }) => {
                Some(rate.expected_arrivals(Duration::from_secs(1)))
            }
            _ => None,
        }
    }

    /// Whether arrivals come in bursts.
    pub fn is_bursty(&self) -> bool {
        self.shape != Shape::Steady
    }

    /// Whether the gaps between arrivals are all equal.
    pub fn is_even(&self) -> bool {
        self.spacing == Spacing::Even
    }

    /// One query after the other, to know how long one takes.
    pub fn alone(&self) -> Benchmark {
        let benchmark = &self.benchmark;
        let stopping = Stopping { min_duration: self.round.min(Duration::from_secs(1)), ..benchmark.stopping };
        let stopping = Stopping { max_duration: Some(self.round.max(Duration::from_secs(1)) * 10), ..stopping };
        Benchmark { scenario: Scenario::SingleStream, stopping, ..self.plain() }
    }

    /// At this many queries per second, for `length` times as long as usual.
    pub fn at(&self, load: f64, length: u32) -> Benchmark {
        let rate = match self.shape {
            Shape::Steady => Rate::Constant(load),
            Shape::Bursty { calm, burst, calm_length, burst_length } => {
                Rate::Bursty { calm: calm * load, burst: burst * load, calm_length, burst_length }
            }
        };
        let most = Duration::try_from_secs_f64(MOST_QUERIES / load).unwrap_or(Duration::MAX);
        let min_duration = (self.round * length).min(most);
        let planned = self.planned(load, length);
        let max_async = self.most_in_flight(load, planned as f64);
        let own = match &self.benchmark.scenario {
            Scenario::Server(server) => server.max_async,
            _ => None,
        };
        let traffic = Traffic::Open { spacing: self.spacing, rate };
        let max_async = Some(own.map_or(max_async, |own| own.min(max_async)));
        Benchmark {
            scenario: Scenario::Server(Server { traffic, max_async }),
            stopping: Stopping { queries: self.queries(load, length), min_duration, max_duration: None },
            ..self.plain()
        }
    }

    /// How many queries a round at this load asks, about.
    pub fn planned(&self, load: f64, length: u32) -> u64 {
        let seconds = (self.round * length).as_secs_f64();
        (load * seconds).min(MOST_QUERIES).max(f64::from(self.queries(load, length).get())) as u64
    }

    /// How many it asks at least.
    fn queries(&self, load: f64, length: u32) -> NonZeroU32 {
        let most = (load * LONGEST * (self.round * length).as_secs_f64()).ceil();
        self.benchmark.stopping.queries.min(NonZeroU32::new(most as u32).unwrap_or(NonZeroU32::MIN))
    }

    fn plain(&self) -> Benchmark {
        Benchmark {
            counters: Vec::new(),
            latency_bound: Some(self.objective.bound),
            percentile: self.objective.share,
            ..self.benchmark.clone()
        }
    }

    /// With more queries in flight than this, the round cannot meet the objective any more, whatever comes: what arrived
    /// within the last bound's time is less than λ · bound + 5 standard deviations, all others in flight are beyond the bound
    /// already, and they are more than the objective lets miss it in a whole round. Waiting for the end of an overloaded round
    /// costs much time and tells no more.
    fn most_in_flight(&self, load: f64, planned: f64) -> NonZeroU32 {
        let peak = match self.shape {
            Shape::Steady => load,
            Shape::Bursty { burst, .. } => load * burst.max(1.0),
        };
        let recent = peak * self.objective.bound.as_secs_f64();
        // More may arrive than is planned for on average.
        let asked = planned + 5.0 * planned.sqrt();
        let may_miss = asked * (1.0 - self.objective.share.share());
        let most = (recent + 5.0 * recent.sqrt() + may_miss + 10.0).ceil();
        NonZeroU32::new(most as u32).unwrap_or(NonZeroU32::MIN)
    }
}

fn spread(traffic: &Traffic) -> Result<(Spacing, Shape), NoSingleLoad> {
    match traffic {
        Traffic::Open { spacing, rate: Rate::Constant(_) } => Ok((*spacing, Shape::Steady)),
        Traffic::Open { spacing, rate: rate @ Rate::Bursty { calm, burst, calm_length, burst_length } } => {
            let mean = rate.expected_arrivals(Duration::from_secs(1));
            let (calm_length, burst_length) = (*calm_length, *burst_length);
            Ok((*spacing, Shape::Bursty { calm: calm / mean, burst: burst / mean, calm_length, burst_length }))
        }
        Traffic::Open { rate: Rate::Ramp { .. }, .. } => Err(NoSingleLoad("a ramp")),
        Traffic::Open { rate: Rate::Steps { .. }, .. } => Err(NoSingleLoad("steps")),
        Traffic::Replay { .. } => Err(NoSingleLoad("a recorded trace")),
        Traffic::Closed { .. } => Err(NoSingleLoad("that of users who wait for their answers")),
    }
}
