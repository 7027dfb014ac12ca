//! Offline: everything at once, in batches (MLPerf's fourth scenario). What counts is samples per second.

use std::num::NonZeroU32;
use std::time::Duration;

use super::round::Round;
use super::samples::SampleOrder;
use super::{Cut, MOST_QUERIES};
use crate::config::Stopping;
use crate::sut::{Nanos, SutError};

/// The share by which more is asked than the minimum duration seems to need; MLPerf's.
const MARGIN: f64 = 1.1;

/// Samples that a round asks about: the minimum, and as many as fill the minimum duration at the rate of the warm-up.
///
/// Source: MLPerf's load generator: max(minimum count, 1.1 × expected rate × minimum duration).
pub(super) fn samples_wanted(stopping: &Stopping, warm_up: u64, took: Duration) -> u64 {
    let rate = warm_up as f64 / took.as_secs_f64().max(1e-9);
    let by_duration = if warm_up > 0 { MARGIN * rate * stopping.min_duration.as_secs_f64() } else { 0.0 };
    u64::from(stopping.queries.get()).max(by_duration.round() as u64).min(MOST_QUERIES)
}

/// Issues all batches, so many at once as may be in flight, and waits for all answers. If that took less than the minimum
/// duration, because the warm-up was slower, as many more follow as are missing by the rate so far.
pub(super) fn offline(
    round: &mut Round<'_>,
    stopping: &Stopping,
    order: &mut SampleOrder,
    samples: u64,
    batch_size: NonZeroU32,
    max_async: Option<NonZeroU32>,
) -> Result<Nanos, SutError> {
    let begun = round.now();
    let end = stopping.max_duration.map(|most| begun.after(most));
    let batch = u64::from(batch_size.get());
    let mut batches = samples.div_ceil(batch);
    while batches > 0 {
        issue_all(round, batches, order, batch_size, max_async, end, begun)?;
        round.drain()?;
        let span = round.now().since(begun).as_secs_f64();
        let missing = stopping.min_duration.as_secs_f64() / span.max(1e-9) - 1.0;
        let more = if round.is_cut() { 0.0 } else { MARGIN * missing * round.issued() as f64 };
        let left = MOST_QUERIES.saturating_sub(round.issued());
        batches = (more.max(0.0).ceil() as u64).min(left);
    }
    Ok(begun)
}

/// Issues so many batches, unless the round's end comes first.
fn issue_all(
    round: &mut Round<'_>,
    batches: u64,
    order: &mut SampleOrder,
    batch_size: NonZeroU32,
    max_async: Option<NonZeroU32>,
    end: Option<Nanos>,
    begun: Nanos,
) -> Result<(), SutError> {
    for _ in 0..batches {
        while max_async.is_some_and(|most| round.in_flight() >= most.get() as usize) {
            round.collect(Nanos(u64::MAX))?;
        }
        if end.is_some_and(|end| round.now() >= end) {
            round.note_cut(Cut::MaxDuration);
            break;
        }
        // The last batch is a whole one too: a smaller one would be other work.
        let asked = order.next_query(batch_size.get() as usize);
        if asked.is_empty() {
            round.note_cut(Cut::SamplesUsedUp);
            break;
        }
        // Every sample has been waiting since the beginning.
        round.issue_since(asked, begun)?;
    }
    Ok(())
}
