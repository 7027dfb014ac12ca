//! What a system has in common that works inside `issue`: the answer is there before anybody waits for it.

use std::collections::VecDeque;

use super::clock::Clock;
use super::{Completion, Nanos, Outcome};

/// Answers that were given, until somebody takes them.
pub struct Answers {
    clock: Clock,
    given: VecDeque<Completion>,
}

impl Answers {
    /// None yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, given: VecDeque::with_capacity(1) }
    }

    /// The present moment.
    pub fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// Forgets what nobody took.
    pub fn clear(&mut self) {
        self.given.clear();
    }

    /// Keeps an answer that was complete at that moment.
    pub fn give(&mut self, id: u64, at: Nanos, outcome: Outcome) {
        self.given.push_back(Completion { id, at, outcome });
    }

    /// The oldest answer; `None` at the moment `until`, because nothing will come by itself.
    pub fn take(&mut self, until: Nanos) -> Option<Completion> {
        let first = self.given.pop_front();
        if first.is_none() {
            self.clock.wait_until(until);
        }
        first
    }
}
