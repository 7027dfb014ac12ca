//! The profile of a benchmark: which part of its time each stage takes, which of them is the bottleneck, and what there is to gain.
//!
//! Pure, from the records of rounds. Shares are formed within each round, and rounds are independent of each other: so every
//! interval is Student's over the rounds. Here: shares, self-consistency, the bottleneck, the tail, Amdahl's law. Not here: the
//! words for it (`words`, `report`), who times stages (`sut`).

mod amdahl;
mod books;
mod bottleneck;
mod consistency;
mod resources;
mod share;
mod tail;
#[cfg(test)]
mod tests;
mod times;

pub use amdahl::{Gain, gain};
pub use bottleneck::{Bottleneck, Lead};
pub use consistency::{ByQuery, Consistency};
pub use resources::{resource_metrics, resources};
pub use share::Share;
pub use tail::{Growth, InTail, Tail};
pub use times::Times;

use crate::config::Scenario;
use crate::result::{BenchmarkResult, RunResult};
use crate::scenario::RoundRecord;
use books::Books;

/// With which every interval holds its value.
pub const CONFIDENCE: f64 = 0.95;

/// What is known of where a benchmark's time goes.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Commit, machine, time and seed; its list of benchmarks is empty.
    pub run: RunResult,
    /// What the same rounds gave as a result: distribution, course, resources.
    pub benchmark: BenchmarkResult,
    /// What the shares are shares of.
    pub basis: Basis,
    /// The time of a whole query.
    pub total: Times,
    /// The stages, the greatest share first; empty where none were reported.
    pub stages: Vec<StagePart>,
    /// What passes outside of all stages; `None` without stages, and where the stages add up to more than all of the time.
    pub outside: Option<Outside>,
    /// Whether the stages fit the whole; `None` without stages.
    pub consistency: Option<Consistency>,
    /// Which stage takes most.
    pub bottleneck: Bottleneck,
    /// What the slowest queries have in common; `None` where rounds have too few queries, without stages, and offline.
    pub tail: Option<Tail>,
}

/// What shares are shares of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The time of the queries, from issue or scheduled arrival to answer.
    Latency,
    /// The time from the beginning of a round's timed part to its last answer: where everything is asked at once, the time of a query
    /// says where in the queue it was.
    Span,
}

/// A stage.
#[derive(Debug, Clone, PartialEq)]
pub struct StagePart {
    /// Its name, from outside.
    pub name: String,
    /// How long it took, over the queries that reported it.
    pub times: Times,
    /// Its part of all time.
    pub share: Share,
    /// Its part in the slowest queries.
    pub in_tail: Option<InTail>,
}

/// What passes outside of all stages: transport, queueing, waiting.
#[derive(Debug, Clone, PartialEq)]
pub struct Outside {
    /// By query, of those that reported a stage and were not exceeded by their stages; `None` offline, and where there are none.
    pub times: Option<Times>,
    /// Its part of all time.
    pub share: Share,
    /// Its part in the slowest queries.
    pub in_tail: Option<InTail>,
}

/// The profile that these rounds of one benchmark give; `None` if no query was answered.
pub fn of(run: RunResult, benchmark: BenchmarkResult, scenario: &Scenario, rounds: &[RoundRecord]) -> Option<Profile> {
    let basis = if matches!(scenario, Scenario::Offline { .. }) { Basis::Span } else { Basis::Latency };
    let total = Times::of(rounds.iter().flat_map(|round| round.latencies.iter().copied()).collect())?;
    let books: Vec<Books> = rounds.iter().map(|round| Books::of(round, basis)).collect();
    let names = books::names(rounds);
    let tail = if basis == Basis::Latency { tail::of(rounds, &names) } else { None };
    let in_tail = |name: Option<&str>| tail.as_ref().and_then(|(_, parts)| tail::part(parts, name));
    let mut stages: Vec<StagePart> = names
        .iter()
        .filter_map(|name| {
            let times = rounds.iter().flat_map(|round| round.stages.reported(name)).collect();
            let share = Share::of(&books.iter().map(|book| book.share(name)).collect::<Vec<_>>());
            Some(StagePart { name: (*name).to_owned(), times: Times::of(times)?, share, in_tail: in_tail(Some(name)) })
        })
        .collect();
    stages.sort_by(|a, b| b.share.mean.total_cmp(&a.share.mean));
    let outside = outside(&books, basis).filter(|_| !stages.is_empty());
    Some(Profile {
        run: RunResult { benchmarks: Vec::new(), ..run },
        benchmark,
        basis,
        total,
        bottleneck: match &outside {
            Some((outside, _)) => bottleneck::of(&names, &books).beside(outside.mean, |name| {
                stages.iter().find(|stage| stage.name == name).map_or(0.0, |stage| stage.share.mean)
            }),
            None => bottleneck::of(&names, &books),
        },
        consistency: consistency::of(&books, basis),
        outside: outside.map(|(share, times)| Outside { share, times, in_tail: in_tail(None) }),
        tail: tail.map(|(tail, _)| tail),
        stages,
    })
}

fn outside(books: &[Books], basis: Basis) -> Option<(Share, Option<Times>)> {
    let share = Share::of(&books.iter().map(|book| 1.0 - book.sum()).collect::<Vec<_>>());
    if share.mean < 0.0 {
        return None;
    }
    let times = match basis {
        Basis::Span => None,
        Basis::Latency => Times::of(books.iter().flat_map(|book| book.outside.iter().copied()).collect()),
    };
    Some((share, times))
}
