//! The system under test: a thread that spins for as long as each service is to take.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use perfgate::config::{Sampling, Scenario, Stopping};
use perfgate::scenario::{RoundPlan, RoundRecord, Schedule, run_round};
use perfgate::sut::{Clock, Completion, Interrupt, Nanos, OnThread, Outcome, Query, RoundSetting, Sut, SutError};

struct Spinning<'a> {
    clock: Clock,
    /// How long each query is served, by number, in nanoseconds.
    services: &'a [u64],
    served: Option<Completion>,
    /// By how much services took longer than they were to, in nanoseconds, all together.
    overrun: &'a AtomicU64,
    /// With more than that the run is of no use, and ends.
    allowed: u64,
}

impl Sut for Spinning<'_> {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let begun = self.clock.now();
        let service = usize::try_from(query.id).ok().and_then(|id| self.services.get(id)).copied().unwrap_or(0);
        let end = begun.after(Duration::from_nanos(service));
        let mut at = begun;
        while at < end {
            std::hint::spin_loop();
            at = self.clock.now();
        }
        let overrun = at.0 - end.0;
        if self.overrun.fetch_add(overrun, Ordering::Relaxed) + overrun > self.allowed {
            return Err(SutError::Engine("services took too long".to_owned()));
        }
        self.served = Some(Completion { id: query.id, at, outcome: Outcome::Done });
        Ok(begun)
    }

    fn answer(&mut self, _: Nanos) -> Result<Option<Completion>, SutError> {
        Ok(self.served.take())
    }

    fn give_up(&mut self, query: u64) -> SutError {
        overdue(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        Ok(())
    }
}

fn overdue(query: u64) -> SutError {
    SutError::Engine(format!("query {query} took longer than a minute"))
}

/// One round over a server with these services, in nanoseconds; and by which share all services together took longer than
/// they were to. If that is more than `most`, the machine had other work, and there is no round.
pub fn serve(
    services: &[u64],
    scenario: &Scenario,
    schedule: Option<&Schedule>,
    most: f64,
) -> Result<Option<(RoundRecord, f64)>, SutError> {
    let queries = u32::try_from(services.len()).ok().and_then(NonZeroU32::new).unwrap_or(NonZeroU32::MIN);
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
    let wanted = services.iter().sum::<u64>().max(1) as f64;
    let allowed = (most * wanted) as u64;
    let overrun = AtomicU64::new(0);
    let round = std::thread::scope(|scope| {
        let overrun = &overrun;
        let mut sut = OnThread::spawn(scope, Interrupt::default(), overdue, move |clock, service| {
            service.serve(&mut Spinning { clock, services, served: None, overrun, allowed });
        });
        sut.start(&RoundSetting::default())?;
        let record = run_round(&mut sut, &plan)?;
        sut.stop()?;
        Ok::<_, SutError>(record)
    });
    let overrun = overrun.into_inner();
    if overrun > allowed { Ok(None) } else { Ok(Some((round?, overrun as f64 / wanted))) }
}
