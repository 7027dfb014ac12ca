//! How much an A/B test asks: rounds, and queries of each.

use std::num::NonZeroU32;
use std::time::Duration;

use crate::ab::Both;
use crate::app::AppError;
use crate::cli::Common;
use crate::config::{Benchmark, Scenario, Stopping};
use crate::measure::Prepared;
use crate::plan::arrival_seed;
use crate::scenario::Schedule;

/// Fewer rounds tell little of how much rounds differ.
const FEWEST_ROUNDS: u64 = 10;

/// A round of fewer queries says little of either arm.
const FEWEST_QUERIES: u64 = 10;

const TWO: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

/// How much is asked.
pub struct Size {
    /// Fresh starts of both arms.
    pub rounds: u64,
    /// Queries of a round, of both arms together.
    per_round: u64,
    /// Queries of all.
    pub total: u64,
    /// Whether somebody asked for just so many.
    fixed: bool,
    /// Whether queries arrive by themselves.
    is_scheduled: bool,
    /// What makes a round's schedule, in an open loop.
    stopping: Stopping,
}

impl Size {
    /// `--queries` counts those of the whole test; else each arm has at an even split as many as a run would ask.
    pub fn of(benchmarks: &Both<Benchmark>, prepared: &Prepared, common: &Common) -> Result<Self, AppError> {
        let Both { a, b } = benchmarks;
        let configured = u64::from(a.rounds.max(b.rounds).get());
        let rounds = if common.rounds.is_some() || common.quick { configured } else { configured.max(FEWEST_ROUNDS) };
        let queries = a.stopping.queries.max(b.stopping.queries);
        let is_scheduled = matches!(a.scenario, Scenario::Server(_));
        if common.queries.is_some() {
            let total = u64::from(queries.get());
            let rounds =
                if common.rounds.is_some() { rounds.min(total) } else { rounds.min((total / FEWEST_QUERIES).max(1)) };
            let per_round = total.div_ceil(rounds);
            let most = u32::try_from(per_round).ok().and_then(NonZeroU32::new).unwrap_or(queries);
            let stopping = Stopping { queries: most, min_duration: Duration::ZERO, max_duration: None };
            return Ok(Self { rounds, per_round, total, fixed: true, is_scheduled, stopping });
        }
        let stopping = Stopping { queries: queries.saturating_mul(TWO), ..a.stopping };
        let per_round = u64::from(stopping.queries.get());
        let mut size = Self { rounds, per_round, total: 0, fixed: false, is_scheduled, stopping };
        if is_scheduled {
            size.per_round =
                size.schedule(benchmarks, prepared, common.seed, 0)?.map_or(0, |known| known.times().len() as u64);
        }
        size.total = size.per_round.saturating_mul(rounds);
        Ok(size)
    }

    /// The most queries of this round, counted from 0; 0 where there is to be no such round. All rounds are about equal: one of
    /// few queries would count as much as any other. With a budget and no number of queries the test may go on beyond what was
    /// planned: looking again costs nothing.
    pub fn quota(&self, round: u64, has_budget: bool) -> u64 {
        match (self.fixed, round < self.rounds) {
            (true, true) => self.total * (round + 1) / self.rounds - self.total * round / self.rounds,
            (true, false) => 0,
            (false, false) if !has_budget => 0,
            (false, _) if self.is_scheduled => u64::MAX,
            (false, _) => self.per_round,
        }
    }

    /// When the queries of a round arrive, in an open loop.
    pub fn schedule(
        &self,
        benchmarks: &Both<Benchmark>,
        prepared: &Prepared,
        seed: u64,
        round: u64,
    ) -> Result<Option<Schedule>, AppError> {
        let seed = arrival_seed(seed, &benchmarks.a.name, u32::try_from(round).unwrap_or(u32::MAX));
        Schedule::of(&benchmarks.a.scenario, &self.stopping, prepared.trace(0), seed)
            .map_err(|problem| AppError::usage(format!("benchmark `{}`: {problem}", benchmarks.a.name)))
    }
}
