//! A system under test in virtual time: every latency is written down beforehand, so that a test can be exact.

use std::collections::VecDeque;

use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// Answers each query with the next completion of its script, over and over.
#[derive(Debug, Clone, Default)]
pub struct FakeSut {
    script: VecDeque<Completion>,
    /// Samples asked about, in order, warm-up included.
    pub asked: Vec<usize>,
    /// Fresh starts so far.
    pub starts: usize,
    /// Ends of rounds so far.
    pub stops: usize,
}

impl FakeSut {
    /// One completion per query; starts over at the end. An empty script answers in no time.
    pub fn new(script: impl IntoIterator<Item = Completion>) -> Self {
        Self { script: script.into_iter().collect(), ..Self::default() }
    }

    /// Queries that take these times, in nanoseconds, and answer nothing.
    pub fn with_latencies(latencies: &[u64]) -> Self {
        Self::new(latencies.iter().map(|&time| Completion { latency: Nanos(time), outcome: Outcome::Done }))
    }
}

impl Sut for FakeSut {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        self.starts += 1;
        Ok(())
    }

    fn query(&mut self, query: Query<'_>) -> Result<Completion, SutError> {
        self.asked.extend_from_slice(query.samples);
        let next = self.script.pop_front().unwrap_or(Completion { latency: Nanos(0), outcome: Outcome::Done });
        self.script.push_back(next.clone());
        Ok(next)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.stops += 1;
        Ok(())
    }
}
