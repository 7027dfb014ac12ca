//! The system under test: a thread that spins for as long as each service is to take, and that spins while it waits, too, on a
//! core of its own where there are two. A thread that sleeps takes some 50 µs to be awake; one that wakes another up takes some
//! 10 µs; one that wakes up where another is at work waits for milliseconds. No theory here knows of that.

use std::num::NonZeroU32;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::time::Duration;

use perfgate::config::{Sampling, Scenario, Stopping};
use perfgate::scenario::{RoundPlan, RoundRecord, Schedule, run_round};
use perfgate::sut::{Clock, Completion, Interrupt, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

use super::machine::Cores;

/// The side of the one who asks.
struct Asking {
    clock: Clock,
    interrupt: Interrupt,
    /// Whether answers, which say themselves when they were given, may be looked at when the next query is due.
    sleeps: bool,
    queries: Sender<u64>,
    answers: Receiver<Completion>,
}

impl Sut for Asking {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let issued = self.clock.now();
        self.queries.send(query.id).map_err(|_| gone())?;
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        self.clock.look_until(until, &self.interrupt, |patience| match self.answers.try_recv() {
            Ok(completion) => Ok(Some(completion)),
            Err(TryRecvError::Disconnected) => Err(gone()),
            Err(TryRecvError::Empty) => {
                if self.sleeps {
                    std::thread::sleep(patience);
                }
                Ok(None)
            }
        })
    }

    fn give_up(&mut self, query: u64) -> SutError {
        SutError::Engine(format!("query {query} took longer than a minute"))
    }

    fn stop(&mut self) -> Result<(), SutError> {
        Ok(())
    }
}

fn gone() -> SutError {
    SutError::Engine("services took too long".to_owned())
}

/// The thread: serves one query after the other, until nobody can ask any more or services have taken too long. Gives by how
/// much they took longer than they were to, all together; in nanoseconds, as all times here.
fn work(clock: Clock, services: &[u64], allowed: u64, queries: &Receiver<u64>, answers: &Sender<Completion>) -> u64 {
    let mut overrun = 0;
    while overrun <= allowed {
        let id = match queries.try_recv() {
            Ok(id) => id,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                std::hint::spin_loop();
                continue;
            }
        };
        let service = usize::try_from(id).ok().and_then(|id| services.get(id)).copied().unwrap_or(0);
        let end = clock.now().after(Duration::from_nanos(service));
        let mut at = clock.now();
        while at < end {
            std::hint::spin_loop();
            at = clock.now();
        }
        overrun += at.0 - end.0;
        // Who no longer listens has met with an error, and says so.
        let _ = answers.send(Completion { id, at, outcome: Outcome::Done });
    }
    overrun
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
    let clock = Clock::start();
    let ((queries, inbox), (outbox, answers)) = (channel(), channel());
    let cores = &Cores::split();
    let (round, overrun) = std::thread::scope(|scope| {
        let server = scope.spawn(move || {
            cores.take_one();
            work(clock, services, allowed, &inbox, &outbox)
        });
        cores.leave_one();
        let mut sut = Asking { clock, interrupt: Interrupt::default(), sleeps: schedule.is_some(), queries, answers };
        let round = run_round(&mut sut, &plan);
        drop(sut);
        (round, server.join().unwrap_or(u64::MAX))
    });
    cores.give_back();
    if overrun > allowed { Ok(None) } else { Ok(Some((round?, overrun as f64 / wanted))) }
}
