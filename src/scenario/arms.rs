//! Two systems under one traffic: each query goes to one of them, and which one is decided before the clock starts.
//!
//! Here: the loops over both systems, and what each query came to. Not here: who is asked what (`ab`), threads and processes
//! (`measure`).
//!
//! In an open loop each system has its part of one schedule, and whoever issues to it waits for nobody else: a slow system
//! cannot delay a query to the other. In a closed loop one query at a time is in flight, at one of the two.

use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use super::round::Round;
use super::samples::SampleOrder;
use super::server;
use super::{Cut, Schedule};
use crate::config::Stopping;
use crate::dataset::Dataset;
use crate::sut::{Sut, SutError};

/// One of the two systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    /// The first one named: what is there.
    A,
    /// The second: what might replace it.
    B,
}

impl Arm {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::A, Self::B];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Something of each of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Both<T> {
    /// Of the first.
    pub a: T,
    /// Of the second.
    pub b: T,
}

impl<T> Both<T> {
    /// What a function makes of each arm.
    pub fn each(mut make: impl FnMut(Arm) -> T) -> Self {
        Self { a: make(Arm::A), b: make(Arm::B) }
    }

    /// That of one arm.
    pub fn of(&self, arm: Arm) -> &T {
        match arm {
            Arm::A => &self.a,
            Arm::B => &self.b,
        }
    }

    /// That of one arm, to be changed.
    pub fn of_mut(&mut self, arm: Arm) -> &mut T {
        match arm {
            Arm::A => &mut self.a,
            Arm::B => &mut self.b,
        }
    }

    /// What a function makes of each.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Both<U> {
        Both { a: make(self.a), b: make(self.b) }
    }

    /// The same, by reference.
    pub fn as_ref(&self) -> Both<&T> {
        Both { a: &self.a, b: &self.b }
    }

    /// Both, in order.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.a, &self.b].into_iter()
    }
}

impl<T, E> Both<Result<T, E>> {
    /// Both, or the first that went wrong.
    pub fn all(self) -> Result<Both<T>, E> {
        Ok(Both { a: self.a?, b: self.b? })
    }
}

/// The queries of one system in a round.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// The samples of its queries, one query after the other.
    pub samples: Vec<usize>,
    /// How many samples a query asks about.
    pub per_query: NonZeroUsize,
    /// When its queries arrive, in an open loop.
    pub schedule: Option<Schedule>,
}

impl Share {
    /// How many queries there are.
    pub fn queries(&self) -> usize {
        self.samples.len() / self.per_query
    }
}

/// How one system is asked.
#[derive(Debug, Clone)]
pub struct Manner<'a> {
    /// The samples with their labels, where there are any.
    pub dataset: Option<&'a Dataset>,
    /// Untimed queries before the first timed one.
    pub warmup: u32,
    /// Which samples those ask about.
    pub order: SampleOrder,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// Queries in flight beyond which the system counts as overloaded.
    pub max_async: Option<NonZeroU32>,
}

/// What the queries of one system came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Answers {
    /// The latency of each query, in nanoseconds, in the order of issue; `None` where it failed. Fewer than were to be asked if
    /// the system was overloaded.
    pub latencies: Vec<Option<u64>>,
    /// What the first failed query said.
    pub first_failure: Option<String>,
    /// Samples whose answer was held against a label, and whether it was right.
    pub verdicts: Vec<(usize, bool)>,
    /// How much later than scheduled each query was issued, in nanoseconds; open loop only.
    pub lateness: Vec<u64>,
    /// Whether more queries were in flight than may be, so that the round ended there.
    pub overloaded: bool,
}

impl Answers {
    fn of(round: Round<'_>, begun: crate::sut::Nanos) -> Self {
        let latencies = round.each();
        let record = round.finish(begun);
        Self {
            latencies,
            first_failure: record.first_failure,
            verdicts: record.verdicts.unwrap_or_default(),
            lateness: record.lateness,
            overloaded: record.cut == Some(Cut::Overloaded),
        }
    }
}

/// One of the two systems is lost.
#[derive(Debug)]
pub struct Lost {
    /// Which one.
    pub arm: Arm,
    /// Why.
    pub error: Box<SutError>,
}

impl Lost {
    /// This one, because of this error.
    pub fn of(arm: Arm) -> impl FnOnce(SutError) -> Self {
        move |error| Self { arm, error: Box::new(error) }
    }
}

/// Asks one query after the other, each of the system whose turn it is. Both systems are ready.
pub fn in_turns(
    systems: Both<&mut dyn Sut>,
    shares: Both<&Share>,
    manners: Both<Manner<'_>>,
    turns: &[Arm],
) -> Result<Both<Answers>, Lost> {
    let Both { a, b } = systems;
    let mut rounds = Both { a: begin(a, shares.a, &manners.a), b: begin(b, shares.b, &manners.b) };
    let mut queries = shares.map(|share| share.samples.chunks_exact(share.per_query.get()));
    for arm in Arm::ALL {
        warm_up(rounds.of_mut(arm), shares.of(arm), manners.of(arm)).map_err(Lost::of(arm))?;
    }
    let begun = Both { a: rounds.a.now(), b: rounds.b.now() };
    for &arm in turns {
        let Some(samples) = queries.of_mut(arm).next() else { continue };
        let round = rounds.of_mut(arm);
        round.issue(samples, None).and_then(|()| round.drain()).map_err(Lost::of(arm))?;
    }
    Ok(Both { a: Answers::of(rounds.a, begun.a), b: Answers::of(rounds.b, begun.b) })
}

/// Asks one system its part of the schedule. `ready` is called after the warm-up, and returns when both systems are.
pub fn on_schedule(
    sut: &mut dyn Sut,
    share: &Share,
    manner: &Manner<'_>,
    ready: impl FnOnce() -> Result<(), SutError>,
) -> Result<Answers, SutError> {
    let schedule = share.schedule.clone().unwrap_or_default();
    let mut order = SampleOrder::listed(share.samples.clone());
    let endless = Stopping { queries: NonZeroU32::MIN, min_duration: Duration::ZERO, max_duration: None };
    let mut round = begin(sut, share, manner);
    warm_up(&mut round, share, manner)?;
    ready()?;
    let begun = server::open_loop(&mut round, &endless, &mut order, &schedule, manner.max_async)?;
    Ok(Answers::of(round, begun))
}

/// A round in which nothing was asked yet, with room for all that will be.
fn begin<'a>(sut: &'a mut dyn Sut, share: &Share, manner: &Manner<'a>) -> Round<'a> {
    let mut round = Round::new(sut, manner.dataset, manner.timeout, u64::MAX);
    round.make_room(manner.warmup as usize, share.queries(), share.schedule.is_some());
    if manner.dataset.is_some_and(Dataset::is_labelled) {
        round.keep_verdicts(share.samples.len());
    }
    round
}

fn warm_up(round: &mut Round<'_>, share: &Share, manner: &Manner<'_>) -> Result<(), SutError> {
    round.warm_up(manner.warmup, share.per_query.get(), manner.order.clone()).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sut::fake::FakeSut;
    use crate::sut::{Nanos, Outcome};

    fn share(samples: &[usize], schedule: Option<Vec<u64>>) -> Share {
        let schedule = schedule.map(Schedule::of_times);
        Share { samples: samples.to_vec(), per_query: NonZeroUsize::MIN, schedule }
    }

    fn manner<'a>(warmup: u32) -> Manner<'a> {
        let order = SampleOrder::counted();
        Manner { dataset: None, warmup, order, timeout: Duration::from_secs(1), max_async: None }
    }

    #[test]
    fn each_query_goes_to_the_system_whose_turn_it_is() {
        let (mut a, mut b) = (FakeSut::with_latencies(&[100]), FakeSut::with_latencies(&[200, 300]));
        let shares = Both { a: share(&[7, 8, 9], None), b: share(&[1, 2], None) };
        let turns = [Arm::A, Arm::B, Arm::A, Arm::A, Arm::B];
        let answers =
            in_turns(Both { a: &mut a, b: &mut b }, shares.as_ref(), Both { a: manner(1), b: manner(0) }, &turns)
                .unwrap();
        assert_eq!(answers.a.latencies, [Some(100); 3]);
        assert_eq!(answers.b.latencies, [Some(200), Some(300)]);
        assert_eq!((a.asked, b.asked), (vec![0, 7, 8, 9], vec![1, 2]), "the first of A is its warm-up");
    }

    #[test]
    fn a_failed_query_is_an_error_and_no_latency() {
        let failed = (50, Outcome::Failed("no".to_owned()));
        let mut sut = FakeSut::scripted([(10, Outcome::Done), failed, (30, Outcome::Done)]);
        let share = share(&[0, 1, 2], Some(vec![0, 1000, 2000]));
        let answers = on_schedule(&mut sut, &share, &manner(0), || Ok(())).unwrap();
        assert_eq!(answers.latencies, [Some(10), None, Some(30)]);
        assert_eq!(answers.first_failure.as_deref(), Some("no"));
    }

    #[test]
    fn a_latency_counts_from_the_scheduled_arrival() {
        let mut sut = FakeSut::with_latencies(&[1000]);
        let share = share(&[0, 1, 2], Some(vec![0, 400, 5000]));
        let answers = on_schedule(&mut sut, &share, &manner(0), || Ok(())).unwrap();
        assert_eq!(answers.latencies, [Some(1000), Some(1600), Some(1000)], "the second waits for the first");
        assert_eq!(answers.lateness, [0, 0, 0]);
    }

    #[test]
    fn an_overloaded_system_ends_its_round_early_and_says_so() {
        let mut sut = FakeSut::with_latencies(&[1_000_000]);
        let share = share(&[0, 1, 2, 3], Some(vec![0, 1, 2, 3]));
        let manner = Manner { max_async: NonZeroU32::new(2), ..manner(0) };
        let answers = on_schedule(&mut sut, &share, &manner, || Ok(())).unwrap();
        assert!(answers.overloaded);
        assert_eq!(answers.latencies.len(), 2);
    }

    #[test]
    fn a_query_that_takes_too_long_names_its_system() {
        let (mut a, mut b) = (FakeSut::with_latencies(&[10]), FakeSut::with_latencies(&[5_000_000_000]));
        let shares = Both { a: share(&[0], None), b: share(&[1], None) };
        let lost = in_turns(
            Both { a: &mut a, b: &mut b },
            shares.as_ref(),
            Both { a: manner(0), b: manner(0) },
            &[Arm::A, Arm::B],
        )
        .unwrap_err();
        assert_eq!(lost.arm, Arm::B);
        assert_eq!(a.now(), Nanos(10));
    }
}
