//! How much load a system carries within a latency objective, and what a growing load takes.
//!
//! Here: the search as a machine that asks for rounds and is told what became of them (`search`), what a round says (`seen`), when
//! something is shown (`proof`), the curve with its knee, models fitted to it, the plan for growth, and the assumptions under all
//! of it, as data. Pure. Not here: running the rounds (`app`, `measure`), words and formats (`render`, `wire`).

mod assumptions;
mod curve;
mod evidence;
mod fit;
mod growth;
mod proof;
mod search;
mod seen;
#[cfg(test)]
mod tests;
mod under;

pub use assumptions::Assumption;
pub use curve::{CONFIDENCE, Knee, Point, Verdict};
pub use evidence::{Noted, Round};
pub use fit::{Fit, Model, Saturation};
pub use growth::{Headroom, InvalidWish, LoadSource, Plan, Price, Wish, positive};
pub use search::{Ask, Found, Limit, Search, Setting};
pub use seen::{Latency, Seen, Usage, judged};
pub use under::{Loaded, NoSingleLoad};

use std::time::Duration;

use crate::config::Objective;
use crate::gate::ExitStatus;
use crate::result::{Environment, Warning};
use crate::stats::Counts;

/// The chance that an end of the answer is wrong, over the whole search.
pub const ALPHA: f64 = 0.05;

/// How far apart the ends of the answer may be.
pub const TOLERANCE: f64 = 0.1;

/// Rounds that make an opinion.
pub const SCOUTS: u32 = 3;

/// The range of loads where nobody gives one: so many times less and more than the first.
pub const RANGE: f64 = 1e4;

/// What is known besides the rounds.
#[derive(Debug, Clone)]
pub struct Context {
    /// The benchmark's name.
    pub benchmark: String,
    /// What one query takes when it is alone: the judged ones within the bound, and the latencies.
    pub alone: Option<(Counts, Latency)>,
    /// How long a round lasts at least, before anything has made it longer.
    pub round: Duration,
    /// Whether arrivals come in bursts.
    pub bursty: bool,
    /// Whether the gaps between arrivals are all equal.
    pub even: bool,
    /// Connections to an HTTP/1.1 service: no more queries than that reach it at the same time.
    pub connections: Option<u32>,
    /// What to plan for; `None`: one instance as full as it may be.
    pub load: Option<(f64, LoadSource)>,
    /// By how much the load grows.
    pub growth: f64,
    /// The share of an instance's capacity that is to stay free.
    pub headroom: Headroom,
    /// What an instance costs.
    pub price: Option<Price>,
    /// The arguments that asked for it; empty where they are not known.
    pub asked: Vec<String>,
    /// Seed of everything random.
    pub seed: u64,
    /// Wall clock that the search was given, and took.
    pub budget: Duration,
    /// See `budget`.
    pub took: Duration,
    /// Whether the time was over before the search had come to its own end.
    pub cut_short: bool,
    /// The machine.
    pub environment: Option<Environment>,
}

/// Queries that were alone, in one round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Alone {
    /// How many were judged.
    pub queries: u64,
    /// Their latency at the objective's percentile, in nanoseconds.
    pub latency: f64,
}

/// How much load a system carries.
#[derive(Debug, Clone)]
pub struct Capacity {
    /// The benchmark's name.
    pub benchmark: String,
    /// The objective.
    pub objective: Objective,
    /// The confidence of the answer.
    pub confidence: f64,
    /// The answer.
    pub found: Found,
    /// What a query takes that is alone.
    pub alone: Option<Alone>,
    /// Latency against load.
    pub curve: Vec<Point>,
    /// Where more load begins to cost more than it gives.
    pub knee: Option<Knee>,
    /// Models of the curve; what they say beyond it is an extrapolation.
    pub fits: Vec<Fit>,
    /// What the growth takes; `None` where no load was shown to meet the objective.
    pub plan: Option<Plan>,
    /// What all this rests on.
    pub assumptions: Vec<Assumption>,
    /// What its reader should know.
    pub warnings: Vec<Warning>,
    /// The arguments that asked for it; empty where they are not known.
    pub asked: Vec<String>,
    /// Rounds in all.
    pub rounds: usize,
    /// Seed of everything random.
    pub seed: u64,
    /// Wall clock that the search was given, and took.
    pub budget: Duration,
    /// See `budget`.
    pub took: Duration,
    /// Whether the time was over before the search had come to its own end.
    pub cut_short: bool,
    /// The machine.
    pub environment: Option<Environment>,
}

/// What a search has found, with all that follows from it.
pub fn summarise(search: &Search, context: Context) -> Capacity {
    let setting = search.setting();
    let found = search.found();
    let curve = curve::points(search);
    let plan = found.low.and_then(|low| {
        let usable = low * (1.0 - context.headroom.share());
        let (load, source) = context.load.unwrap_or((usable, LoadSource::OneInstance));
        let (growth, headroom, price) = (context.growth, context.headroom, context.price);
        Plan::new(Wish { load, source, growth, headroom, price }, low, &curve, search.noted())
    });
    let (knee, fits) = (curve::knee(&curve), fit::fits(&curve));
    Capacity {
        assumptions: assumptions::assumptions(search, &context, plan.as_ref()),
        warnings: assumptions::warnings(search, &context, &curve),
        benchmark: context.benchmark,
        asked: context.asked,
        objective: setting.objective,
        confidence: 1.0 - setting.alpha,
        found,
        alone: context.alone.map(|(counts, latency)| Alone { queries: counts.trials, latency: latency.at_share }),
        knee,
        fits,
        curve,
        plan,
        rounds: search.noted().len(),
        seed: context.seed,
        budget: context.budget,
        took: context.took,
        cut_short: context.cut_short,
        environment: context.environment,
    }
}

impl Capacity {
    /// Whether anything was shown: a load that meets the objective, or one that violates it.
    pub fn is_answered(&self) -> bool {
        self.found.low.is_some() || self.found.high.is_some()
    }

    /// The exit status that goes with it: a success if anything was shown.
    pub fn exit_status(&self) -> ExitStatus {
        if self.is_answered() { ExitStatus::Success } else { ExitStatus::SystemFailed }
    }

    /// The loads of which nothing is known because the load generator was late in all rounds that could tell.
    pub fn late_loads(&self) -> Vec<f64> {
        self.curve.iter().filter(|point| point.is_unknown()).map(|point| point.load).collect()
    }

    /// The best single number: the estimate, which lies between the ends; without one, the highest load that was shown to meet
    /// the objective. `None` where none was.
    pub fn max_qps(&self) -> Option<f64> {
        let low = self.found.low?;
        Some(self.found.estimate.filter(|_| self.found.high.is_some()).unwrap_or(low))
    }

    /// Both ends, where both were shown.
    pub fn interval(&self) -> Option<[f64; 2]> {
        Some([self.found.low?, self.found.high?])
    }
}
