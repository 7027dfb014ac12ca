//! A system under test in virtual time: service times are written down beforehand and no real time passes, so that a test can
//! be exact.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};

use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// A queue with one or more servers, first come, first served.
pub struct FakeSut {
    service: Box<dyn FnMut(u64) -> (u64, Outcome)>,
    now: u64,
    /// When each server is free again.
    free: BinaryHeap<Reverse<u64>>,
    /// Completions to come, by time.
    due: BinaryHeap<Reverse<(u64, u64)>>,
    outcomes: HashMap<u64, Outcome>,
    /// What handing over a query costs the load generator, in nanoseconds.
    pub issue_cost: u64,
    /// Samples asked about, in order, warm-up included.
    pub asked: Vec<usize>,
    /// Most queries that were ever in flight.
    pub most_in_flight: usize,
    /// Fresh starts so far.
    pub starts: usize,
    /// Ends of rounds so far.
    pub stops: usize,
}

impl FakeSut {
    /// A queue whose k-th query takes `service(k)` nanoseconds of a server's time.
    pub fn new(servers: usize, service: impl FnMut(u64) -> (u64, Outcome) + 'static) -> Self {
        Self {
            service: Box::new(service),
            now: 0,
            free: (0..servers).map(|_| Reverse(0)).collect(),
            due: BinaryHeap::new(),
            outcomes: HashMap::new(),
            issue_cost: 0,
            asked: Vec::new(),
            most_in_flight: 0,
            starts: 0,
            stops: 0,
        }
    }

    /// One server whose queries take these times, over and over, and answer nothing.
    pub fn with_latencies(latencies: &[u64]) -> Self {
        Self::scripted(latencies.iter().map(|&time| (time, Outcome::Done)))
    }

    /// One server that goes through this script, over and over.
    pub fn scripted(script: impl IntoIterator<Item = (u64, Outcome)>) -> Self {
        let mut script: VecDeque<(u64, Outcome)> = script.into_iter().collect();
        Self::new(1, move |_| {
            let next = script.pop_front().unwrap_or((0, Outcome::Done));
            script.push_back(next.clone());
            next
        })
    }
}

impl Sut for FakeSut {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        self.starts += 1;
        Ok(())
    }

    fn now(&self) -> Nanos {
        Nanos(self.now)
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let issued = self.now;
        self.asked.extend_from_slice(query.samples);
        let (time, outcome) = (self.service)(query.id);
        let Reverse(free) = self.free.pop().unwrap_or(Reverse(0));
        let end = free.max(issued).saturating_add(time);
        self.free.push(Reverse(end));
        self.due.push(Reverse((end, query.id)));
        self.outcomes.insert(query.id, outcome);
        self.most_in_flight = self.most_in_flight.max(self.due.len());
        self.now += self.issue_cost;
        Ok(Nanos(issued))
    }

    fn answer(&mut self, Nanos(until): Nanos) -> Result<Option<Completion>, SutError> {
        match self.due.peek() {
            Some(&Reverse((at, id))) if at <= until.max(self.now) => {
                self.due.pop();
                self.now = self.now.max(at);
                let outcome = self.outcomes.remove(&id).unwrap_or(Outcome::Done);
                Ok(Some(Completion { id, at: Nanos(at), outcome }))
            }
            _ => {
                self.now = self.now.max(until);
                Ok(None)
            }
        }
    }

    fn give_up(&mut self, query: u64) -> SutError {
        SutError::Engine(format!("query {query} took too long"))
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.stops += 1;
        Ok(())
    }
}
