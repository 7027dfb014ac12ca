//! A test under way: what the next round asks, the books, and what they say after each round.
//!
//! Here: the one path by which queries are assigned, entered and judged. Not here: asking them (`scenario`, `measure`).

use std::num::NonZeroUsize;

use super::assignment::Assigner;
use super::book::Book;
use super::judge::{Judgement, judge};
use super::{Arm, Both, Setting};
use crate::scenario::arms::{Answers, Share};
use crate::scenario::{SampleOrder, Schedule};
use crate::stats::Interval;

/// What a round asks, before it runs.
#[derive(Debug, Clone, PartialEq)]
pub struct Draw {
    /// The queries of each arm.
    pub shares: Both<Share>,
    /// Whose turn each query is.
    pub turns: Vec<Arm>,
    /// The key of each query, by arm.
    pub keys: Both<Vec<u32>>,
}

/// How the running estimate stood after a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Queries of both arms so far.
    pub queries: u64,
    /// The change of the latency, B over A minus 1.
    pub change: f64,
    /// Its interval, which holds at every look; may be infinite.
    pub interval: Interval,
}

/// A test under way.
pub struct Trial<'a> {
    setting: &'a Setting,
    assigner: Assigner,
    order: SampleOrder,
    /// Samples of the dataset, where there is one.
    size: Option<usize>,
    per_query: NonZeroUsize,
    book: Book,
    looks: Vec<Look>,
}

impl<'a> Trial<'a> {
    /// Nothing was asked yet. `size`: samples of the dataset.
    pub fn new(
        setting: &'a Setting,
        assigner: Assigner,
        order: SampleOrder,
        size: Option<usize>,
        per_query: NonZeroUsize,
    ) -> Self {
        Self { setting, assigner, order, size, per_query, book: Book::default(), looks: Vec::new() }
    }

    /// The next round of so many queries; of the arrivals of a schedule, if there is one. Fewer, or none, where the samples are
    /// used up.
    pub fn draw(&mut self, queries: u64, schedule: Option<&Schedule>) -> Draw {
        let mut samples: Both<Vec<usize>> = Both::default();
        let mut keys: Both<Vec<u32>> = Both::default();
        let mut times: Both<Vec<u64>> = Both::default();
        let mut turns = Vec::new();
        let mut arrivals = schedule.map(|schedule| schedule.times().iter());
        for _ in 0..queries {
            let arrival = match arrivals.as_mut().map(Iterator::next) {
                Some(None) => break,
                Some(Some(&time)) => Some(time),
                None => None,
            };
            let asked = match (self.per_query.get(), self.size) {
                (1, _) => self.order.next_query(1),
                (several, size) => self.order.next_run(several, size.unwrap_or(usize::MAX)),
            };
            let Some(&first) = asked.first() else { break };
            let (key, arm) = self.assigner.next(first);
            samples.of_mut(arm).extend_from_slice(asked);
            keys.of_mut(arm).push(key);
            times.of_mut(arm).extend(arrival);
            turns.push(arm);
        }
        let per_query = self.per_query;
        let share = |(samples, times): (Vec<usize>, Vec<u64>)| Share {
            samples,
            per_query,
            schedule: schedule.map(|_| Schedule::of_times(times)),
        };
        let shares = Both { a: share((samples.a, times.a)), b: share((samples.b, times.b)) };
        Draw { shares, turns, keys }
    }

    /// Enters what a round came to, and judges.
    pub fn enter(&mut self, draw: &Draw, answers: &Both<Answers>) -> Judgement {
        self.book.enter(&draw.keys, answers);
        let judgement = self.judge(false);
        if let Some(found) = judgement.latency {
            let queries = self.queries();
            self.looks.push(Look { queries, change: found.change, interval: found.interval });
        }
        judgement
    }

    /// What the books say now. `is_last`: there will be no other round, and not because of what was found.
    pub fn judge(&self, is_last: bool) -> Judgement {
        judge(&self.book, self.setting, is_last)
    }

    /// Queries of both arms so far.
    pub fn queries(&self) -> u64 {
        self.book.queries(Arm::A) + self.book.queries(Arm::B)
    }

    /// The books, and how the running estimate stood after each round.
    pub fn close(self) -> (Book, Vec<Look>) {
        (self.book, self.looks)
    }
}
