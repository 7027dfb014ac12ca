//! A system that answers at once, in this process, and what it takes to run a scenario over it.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::time::Duration;

use perfgate::config::{Rate, Sampling, Scenario, Server, Spacing, Stopping, Traffic};
use perfgate::scenario::{RoundPlan, RoundRecord, Schedule, run_round};
use perfgate::sut::{Clock, Completion, Interrupt, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// Does nothing but read the clock: once when a query comes, once when it is answered, which is before `issue` returns.
pub struct NullSut {
    clock: Clock,
    interrupt: Interrupt,
    /// A generator that is late issues several queries before it looks for answers.
    answered: VecDeque<(u64, Nanos)>,
}

impl NullSut {
    /// Reads this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock, interrupt: Interrupt::default(), answered: VecDeque::new() }
    }
}

impl Sut for NullSut {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let issued = self.clock.now();
        self.answered.push_back((query.id, self.clock.now()));
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        if let Some((id, at)) = self.answered.pop_front() {
            return Ok(Some(Completion { id, at, outcome: Outcome::Done }));
        }
        self.clock.look_until(until, &self.interrupt, |patience| {
            if !patience.is_zero() {
                std::thread::sleep(patience);
            }
            Ok(None)
        })
    }

    fn give_up(&mut self, query: u64) -> SutError {
        overdue(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        Ok(())
    }
}

/// What there is to say about a query that is never answered.
pub fn overdue(query: u64) -> SutError {
    SutError::Engine(format!("query {query} was not answered"))
}

/// A round of single-stream with so many queries.
pub fn single_stream(sut: &mut dyn Sut, queries: NonZeroU32) -> Result<RoundRecord, SutError> {
    round(sut, &Scenario::SingleStream, queries, None)
}

/// A round of the scenario server: Poisson arrivals at this rate, in queries per second.
pub fn serve(sut: &mut dyn Sut, rate: f64, queries: NonZeroU32, seed: u64) -> Result<RoundRecord, SutError> {
    let rate = Rate::Constant(rate);
    let schedule = Schedule::open(Spacing::Poisson, &rate, u64::from(queries.get()), 0, seed);
    let traffic = Traffic::Open { spacing: Spacing::Poisson, rate };
    round(sut, &Scenario::Server(Server { traffic, max_async: None }), queries, Some(&schedule))
}

fn round(
    sut: &mut dyn Sut,
    scenario: &Scenario,
    queries: NonZeroU32,
    schedule: Option<&Schedule>,
) -> Result<RoundRecord, SutError> {
    let stopping = Stopping { queries, min_duration: Duration::ZERO, max_duration: None };
    let plan = RoundPlan {
        scenario,
        stopping: &stopping,
        sampling: Sampling::Permutation,
        warmup: 0,
        timeout: Duration::from_secs(60),
        sample_seed: 1,
        schedule,
        dataset: None,
    };
    sut.start(&RoundSetting::default())?;
    let record = run_round(sut, &plan)?;
    sut.stop()?;
    Ok(record)
}
