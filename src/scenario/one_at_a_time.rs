//! Single-stream and multi-stream: the next query only after the last has been answered (MLPerf's first two scenarios).

use super::round::Round;
use super::samples::SampleOrder;
use super::{Cut, MOST_QUERIES};
use crate::config::Stopping;
use crate::sut::{Nanos, SutError};

/// How many samples a query asks about, and which.
#[derive(Debug, Clone, Copy)]
pub(super) enum PerQuery {
    /// One.
    One,
    /// So many that follow each other in a dataset of this size.
    Run { samples: usize, size: usize },
}

impl PerQuery {
    pub fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Run { samples, .. } => samples,
        }
    }
}

/// Runs the timed part. It ends when both minima are met; the duration that counts is the time in which the system worked,
/// not the load generator.
pub(super) fn one_at_a_time(
    round: &mut Round<'_>,
    stopping: &Stopping,
    order: &mut SampleOrder,
    per_query: PerQuery,
) -> Result<(), SutError> {
    let queries = u64::from(stopping.queries.get());
    let Nanos(min_duration) = Nanos::from(stopping.min_duration);
    let most = stopping.max_duration.map(|duration| Nanos::from(duration).0);
    while round.issued() < queries || round.busy() < min_duration {
        if most.is_some_and(|most| round.busy() >= most) {
            round.note_cut(Cut::MaxDuration);
            break;
        }
        let samples = match per_query {
            PerQuery::One => order.next_query(1),
            PerQuery::Run { samples, size } => order.next_run(samples, size),
        };
        if samples.is_empty() {
            round.note_cut(Cut::SamplesUsedUp);
            break;
        }
        round.issue(samples, None)?;
        round.drain()?;
        // A system whose queries take no measurable time must not keep a round going for ever.
        if round.issued() >= MOST_QUERIES {
            break;
        }
    }
    Ok(())
}
