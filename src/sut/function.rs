//! A Rust function as the system under test, in this very process: for the library's users, and for measuring the load generator
//! itself.

use super::clock::Clock;
use super::inline::Answers;
use super::{Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// A function that answers queries about samples, given by their indices. It works inside `issue`, one query after the other.
pub struct FunctionSut<F, M> {
    make: M,
    function: Option<F>,
    answers: Answers,
}

impl<F, M> FunctionSut<F, M>
where
    M: FnMut() -> F,
    F: FnMut(&[usize]) -> Outcome,
{
    /// `make` gives a fresh function for each round, so that no round finds what another has left behind.
    pub fn new(make: M) -> Self {
        Self { make, function: None, answers: Answers::new(Clock::start()) }
    }
}

impl<F, M> Sut for FunctionSut<F, M>
where
    M: FnMut() -> F,
    F: FnMut(&[usize]) -> Outcome,
{
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        self.answers.clear();
        self.function = Some((self.make)());
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.answers.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let Some(function) = &mut self.function else { return Err(SutError::Interrupted) };
        let issued = self.answers.now();
        let outcome = function(query.samples);
        let at = self.answers.now();
        self.answers.give(query.id, at, outcome);
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        Ok(self.answers.take(until))
    }

    fn give_up(&mut self, query: u64) -> SutError {
        SutError::Engine(format!("query {query} took longer than the timeout"))
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.function = None;
        Ok(())
    }
}
