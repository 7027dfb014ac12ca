//! A system under test that is truly slower by a given share: every answer is held back, so that whoever asked waits longer.
//!
//! Here: a delay at the seam. Not here: more work of the system. Its processes do what they always do; what becomes worse is what
//! the load generator sees, by exactly the share that was asked for. `perfgate selftest` shows with it what the gate can see.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// By how much a system is slowed: the share of each query's latency that is added to it. 0.2 makes 10 ms to 12 ms.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Slowdown(f64);

impl Slowdown {
    /// From the share; `None` unless it is a positive, finite number.
    pub fn from_share(share: f64) -> Option<Self> {
        (share.is_finite() && share > 0.0).then_some(Self(share))
    }

    /// The share.
    pub fn share(self) -> f64 {
        self.0
    }

    /// When an answer that was complete at `at` is let go, for a query that was issued at `issued`.
    fn release(self, issued: Nanos, at: Nanos) -> Nanos {
        at.after(Duration::from_secs_f64((at.since(issued).as_secs_f64() * self.0).min(MOST_SECONDS)))
    }
}

/// No delay is longer: no timeout is.
const MOST_SECONDS: f64 = 1e9;

/// A system whose every query takes `1 + share` times as long: an answer is held back until then. Answers to several queries in
/// flight are let go in the order in which their time has come.
pub struct Slowed<'a> {
    inner: &'a mut dyn Sut,
    slowdown: Slowdown,
    /// When the queries in flight were issued.
    issued: HashMap<u64, Nanos>,
    /// What is held back, by the moment and the query; the outcomes are apart, because they have no order.
    held: BinaryHeap<Reverse<(Nanos, u64)>>,
    outcomes: HashMap<u64, Outcome>,
}

impl<'a> Slowed<'a> {
    /// The same system, slower.
    pub fn new(inner: &'a mut dyn Sut, slowdown: Slowdown) -> Self {
        Self { inner, slowdown, issued: HashMap::new(), held: BinaryHeap::new(), outcomes: HashMap::new() }
    }

    /// Holds an answer back, and says until when.
    fn hold(&mut self, Completion { id, at, outcome }: Completion) -> Nanos {
        let issued = self.issued.remove(&id).unwrap_or(at);
        let release = self.slowdown.release(issued, at);
        self.held.push(Reverse((release, id)));
        self.outcomes.insert(id, outcome);
        release
    }

    /// When the next held answer is let go.
    fn due(&self) -> Option<Nanos> {
        self.held.peek().map(|Reverse((moment, _))| *moment)
    }

    /// Lets go the next held answer.
    fn let_go(&mut self) -> Option<Completion> {
        let Reverse((at, id)) = self.held.pop()?;
        Some(Completion { id, at, outcome: self.outcomes.remove(&id).unwrap_or(Outcome::Done) })
    }

    /// Waits for a moment, and holds back what comes meanwhile.
    fn wait(&mut self, moment: Nanos) -> Result<(), SutError> {
        while self.inner.now() < moment {
            if let Some(completion) = self.inner.answer(moment)? {
                self.hold(completion);
            }
        }
        Ok(())
    }

    fn forget(&mut self) {
        self.issued.clear();
        self.held.clear();
        self.outcomes.clear();
    }
}

impl Sut for Slowed<'_> {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.forget();
        self.inner.start(round)
    }

    fn now(&self) -> Nanos {
        self.inner.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let issued = self.inner.issue(query)?;
        self.issued.insert(query.id, issued);
        // What has answered already works inside `issue`, one query after the other. It is busy for longer too: otherwise the
        // delays of several queries would pass at the same time.
        while let Some(completion) = self.inner.answer(Nanos(0))? {
            let is_own = completion.id == query.id;
            let release = self.hold(completion);
            if is_own {
                self.wait(release)?;
            }
        }
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        loop {
            if self.due().is_some_and(|due| due <= self.inner.now()) {
                return Ok(self.let_go());
            }
            let moment = self.due().map_or(until, |due| due.min(until));
            match self.inner.answer(moment)? {
                Some(completion) => drop(self.hold(completion)),
                None if self.due().is_some_and(|due| due <= self.inner.now()) => {}
                None => return Ok(None),
            }
        }
    }

    fn give_up(&mut self, query: u64) -> SutError {
        self.inner.give_up(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.forget();
        self.inner.stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sut::FunctionSut;
    use crate::sut::fake::FakeSut;

    fn slowdown(share: f64) -> Slowdown {
        Slowdown::from_share(share).unwrap()
    }

    fn ask(sut: &mut dyn Sut, id: u64) -> Nanos {
        sut.issue(Query { id, samples: &[0] }).unwrap()
    }

    /// Every answer until none comes any more, as query and moment.
    fn answers(sut: &mut dyn Sut) -> Vec<(u64, u64)> {
        let next = || sut.answer(Nanos(1_000_000)).unwrap();
        std::iter::from_fn(next).map(|completion| (completion.id, completion.at.0)).collect()
    }

    #[test]
    fn one_query_at_a_time_takes_exactly_the_share_longer() {
        let mut fake = FakeSut::with_latencies(&[1000, 2000]);
        let mut sut = Slowed::new(&mut fake, slowdown(0.2));
        for (id, latency) in [(0, 1200), (1, 2400), (2, 1200)] {
            let issued = ask(&mut sut, id);
            let completion = sut.answer(Nanos(u64::MAX)).unwrap().unwrap();
            assert_eq!((completion.id, completion.at.since(issued)), (id, Duration::from_nanos(latency)));
            assert_eq!(sut.now(), completion.at, "the time has truly passed");
        }
    }

    #[test]
    fn queries_in_flight_are_let_go_when_their_time_has_come() {
        // Two servers: the second query is done first, and would be let go first even if both had come at once.
        let times = [1000, 400, 100];
        let mut fake = FakeSut::new(2, move |id| (times[id as usize], Outcome::Done));
        let mut sut = Slowed::new(&mut fake, slowdown(0.5));
        for id in 0..3 {
            ask(&mut sut, id);
        }
        // Done at 1000, 400 and 500.
        assert_eq!(answers(&mut sut), [(1, 600), (2, 750), (0, 1500)]);
    }

    #[test]
    fn an_answer_that_is_held_back_has_not_come() {
        let mut fake = FakeSut::with_latencies(&[1000]);
        let mut sut = Slowed::new(&mut fake, slowdown(0.5));
        ask(&mut sut, 0);
        assert_eq!(sut.answer(Nanos(1200)).unwrap(), None);
        assert_eq!(sut.now(), Nanos(1200));
        assert_eq!(sut.answer(Nanos(1500)).unwrap().map(|completion| completion.at), Some(Nanos(1500)));
        assert_eq!(sut.answer(Nanos(9000)).unwrap(), None);
    }

    #[test]
    fn a_moment_that_has_passed_is_not_waited_for() {
        let mut fake = FakeSut::with_latencies(&[1000]);
        let mut sut = Slowed::new(&mut fake, slowdown(0.5));
        ask(&mut sut, 0);
        assert_eq!(sut.answer(Nanos(1100)).unwrap(), None);
        assert_eq!(sut.answer(Nanos(0)).unwrap(), None);
        assert_eq!(sut.now(), Nanos(1100));
    }

    #[test]
    fn what_came_back_is_left_as_it_is_and_a_fresh_start_forgets_it() {
        let failed = Outcome::Failed("no".to_owned());
        let mut fake = FakeSut::scripted([(10, failed.clone()), (10, Outcome::Classes(vec![3]))]);
        let mut sut = Slowed::new(&mut fake, slowdown(0.1));
        ask(&mut sut, 0);
        assert_eq!(sut.answer(Nanos(u64::MAX)).unwrap().map(|completion| completion.outcome), Some(failed));
        ask(&mut sut, 1);
        sut.stop().unwrap();
        sut.start(&RoundSetting::default()).unwrap();
        assert!(sut.held.is_empty() && sut.outcomes.is_empty() && sut.issued.is_empty());
        assert_eq!(fake.starts, 1);
    }

    #[test]
    fn a_system_that_works_inside_issue_is_busy_for_longer() {
        let mut function = FunctionSut::new(|| {
            |_: &[usize]| {
                let begun = std::time::Instant::now();
                while begun.elapsed() < Duration::from_micros(200) {}
                Outcome::Done
            }
        });
        let mut sut = Slowed::new(&mut function, slowdown(0.5));
        sut.start(&RoundSetting::default()).unwrap();
        let issued = [ask(&mut sut, 0), ask(&mut sut, 1)];
        let ends: Vec<Nanos> = (0..2).map(|_| sut.answer(Nanos(u64::MAX)).unwrap().unwrap().at).collect();
        assert!(ends[0] <= issued[1], "the second begins when the first, slowed, is done");
        assert!(ends.iter().zip(issued).all(|(end, issued)| end.since(issued) >= Duration::from_micros(300)));
    }

    #[test]
    fn a_slowdown_is_a_positive_number() {
        for share in [0.0, -0.1, f64::NAN, f64::INFINITY] {
            assert_eq!(Slowdown::from_share(share), None);
        }
        assert_eq!(slowdown(0.2).share(), 0.2);
    }
}
