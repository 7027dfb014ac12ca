//! Server: queries arrive when they arrive, whatever is still in flight (MLPerf's third scenario); and its closed-loop
//! sibling, in which a number of users wait for their answers.
//!
//! In the open loop a latency counts from the scheduled arrival: a generator or a system that is late cannot hide it
//! ("coordinated omission").

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU32;
use std::time::Duration;

use super::Cut;
use super::arrivals::Schedule;
use super::round::Round;
use super::samples::SampleOrder;
use crate::config::Stopping;
use crate::sut::{Nanos, SutError};

/// Between the beginning and the first arrival of a schedule: what must be in place is in place by then.
const LEAD: Duration = Duration::from_millis(1);

/// Runs the schedule, then waits for what is still in flight. Gives the moment that the schedule counts from.
pub(super) fn open_loop(
    round: &mut Round<'_>,
    stopping: &Stopping,
    order: &mut SampleOrder,
    schedule: &Schedule,
    max_async: Option<NonZeroU32>,
) -> Result<Nanos, SutError> {
    let origin = round.now().after(LEAD);
    let end = stopping.max_duration.map(|most| origin.after(most));
    for &offset in schedule.times() {
        let arrival = origin.after(Duration::from_nanos(offset));
        if end.is_some_and(|end| arrival > end) {
            round.note_cut(Cut::MaxDuration);
            break;
        }
        // A generator that is late issues first and looks for answers later.
        if round.now() < arrival {
            while round.collect(arrival)? {}
        }
        if max_async.is_some_and(|most| round.in_flight() >= most.get() as usize) && !makes_room(round, max_async)? {
            round.note_cut(Cut::Overloaded);
            break;
        }
        let samples = order.next_query(1);
        if samples.is_empty() {
            round.note_cut(Cut::SamplesUsedUp);
            break;
        }
        round.issue(samples, Some(arrival))?;
    }
    round.drain()?;
    Ok(origin)
}

/// Whether answers that have come, but were not looked at yet, make room for another query.
fn makes_room(round: &mut Round<'_>, max_async: Option<NonZeroU32>) -> Result<bool, SutError> {
    while round.collect(Nanos(0))? {}
    Ok(max_async.is_none_or(|most| round.in_flight() < most.get() as usize))
}

/// So many users: each asks, waits for the answer, thinks, and asks again. A latency counts from the issue.
pub(super) fn closed_loop(
    round: &mut Round<'_>,
    stopping: &Stopping,
    order: &mut SampleOrder,
    users: NonZeroU32,
    think_time: Duration,
) -> Result<Nanos, SutError> {
    let begun = round.now();
    let enough = begun.after(stopping.min_duration);
    let end = stopping.max_duration.map(|most| begun.after(most));
    let queries = u64::from(stopping.queries.get());
    // Users are alike; all that matters is when each of those who think will ask again.
    let mut ready: BinaryHeap<Reverse<Nanos>> = (0..users.get()).map(|_| Reverse(begun)).collect();
    loop {
        let now = round.now();
        if round.issued() >= queries && now >= enough {
            break;
        }
        if end.is_some_and(|end| now >= end) {
            round.note_cut(Cut::MaxDuration);
            break;
        }
        match ready.peek() {
            Some(&Reverse(moment)) if moment <= now => {
                let samples = order.next_query(1);
                if samples.is_empty() {
                    round.note_cut(Cut::SamplesUsedUp);
                    break;
                }
                ready.pop();
                round.issue(samples, None)?;
            }
            next => {
                let until = next.map_or(Nanos(u64::MAX), |&Reverse(moment)| moment);
                let until = end.map_or(until, |end| until.min(end));
                if round.collect(until)? {
                    ready.push(Reverse(round.now().after(think_time)));
                }
            }
        }
    }
    round.drain()?;
    Ok(begun)
}
