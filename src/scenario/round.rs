//! A round under way: queries in flight, answers as they come, and what of both is kept.

use std::collections::VecDeque;
use std::time::Duration;

use super::RoundRecord;
use super::covered::Covered;
use super::pace::Pace;
use super::samples::SampleOrder;
use crate::dataset::Dataset;
use crate::result::{MOST_TIMED_WINDOWS, MOST_WARM_UP_WINDOWS, Window};
use crate::sut::{Completion, Nanos, Outcome, Query, Sut, SutError};

/// What a scenario works with: the system, and the books.
pub(super) struct Round<'a> {
    sut: &'a mut dyn Sut,
    dataset: Option<&'a Dataset>,
    timeout: Duration,
    /// Whether the timeout counts from the last answer, because all queries were issued at once.
    pub patient: bool,
    /// Answers to the first so many timed queries are held against the labels: the same samples in every round, however fast
    /// the system is.
    judged_queries: u64,
    /// Queries that were not timed; they have the first numbers.
    untimed: u64,
    /// Connections that were opened again for them.
    untimed_reconnects: u64,
    next: u64,
    /// Queries from the oldest that is in flight on, by number; `None` where the answer has come.
    pending: VecDeque<Option<Pending>>,
    in_flight: usize,
    /// How many timed queries there is room for.
    room: usize,
    /// Latency of each timed query, by number; [`NONE`] where it failed or is not answered.
    latencies: Vec<u64>,
    /// Where each timed query stands in time, by number, on the system's clock.
    moments: Vec<u64>,
    /// The same of each untimed query that was answered, with its latency.
    warm_up: Vec<(u64, u64)>,
    /// When the first query of all was issued, if it was an untimed one.
    first: Option<Nanos>,
    record: RoundRecord,
}

/// Stands for a latency that is not there. No query takes 584 years.
const NONE: u64 = u64::MAX;

/// Queries in flight for which there is room from the beginning.
const IN_FLIGHT: usize = 1024;

/// A query in flight.
struct Pending {
    /// What its latency counts from.
    from: Nanos,
    issued: Nanos,
    judged: Judged,
    samples: u64,
}

/// The samples that an answer is held against. One sample, the usual case, needs no memory of its own.
enum Judged {
    None,
    One(usize),
    Several(Box<[usize]>),
}

impl Judged {
    fn of(samples: &[usize]) -> Self {
        match samples {
            [] => Self::None,
            [sample] => Self::One(*sample),
            several => Self::Several(several.into()),
        }
    }

    fn samples(&self) -> &[usize] {
        match self {
            Self::None => &[],
            Self::One(sample) => std::slice::from_ref(sample),
            Self::Several(samples) => samples,
        }
    }
}

impl<'a> Round<'a> {
    pub fn new(sut: &'a mut dyn Sut, dataset: Option<&'a Dataset>, timeout: Duration, judged_queries: u64) -> Self {
        let dataset = dataset.filter(|data| data.is_labelled());
        let covered = dataset.map(|data| Covered::with_room(data.len())).unwrap_or_default();
        Self {
            sut,
            dataset,
            timeout,
            patient: false,
            judged_queries,
            untimed: 0,
            untimed_reconnects: 0,
            next: 0,
            pending: VecDeque::new(),
            in_flight: 0,
            room: 0,
            latencies: Vec::new(),
            moments: Vec::new(),
            warm_up: Vec::new(),
            first: None,
            record: RoundRecord { covered, ..RoundRecord::default() },
        }
    }

    /// Asks untimed queries, one after the other, and says how long they took. The timed part begins after it.
    pub fn warm_up(&mut self, queries: u32, per_query: usize, mut order: SampleOrder) -> Result<Duration, SutError> {
        let begun = self.sut.now();
        for _ in 0..queries {
            let samples = order.next_query(per_query);
            if samples.is_empty() {
                break;
            }
            let issued = self.sut.issue(Query { id: self.next, samples })?;
            self.first.get_or_insert(issued);
            let deadline = self.sut.now().after(self.timeout);
            let Some(Completion { at, outcome, .. }) = self.sut.answer(deadline)? else {
                return Err(self.sut.give_up(self.next));
            };
            // From here on their names are known, and memory can be taken for their times.
            outcome.stages(|name, _| self.record.stages.make_room(name, self.room));
            if !matches!(outcome, Outcome::Failed(_)) {
                self.warm_up.push((issued.0, Nanos::from(at.since(issued)).0));
            }
            self.next += 1;
        }
        self.untimed = self.next;
        self.untimed_reconnects = self.sut.reconnects();
        Ok(self.sut.now().since(begun))
    }

    /// Takes memory for so many untimed and timed queries before the clock starts: none is taken between them. If there is a
    /// schedule, each of the latter has a lateness too.
    pub fn make_room(&mut self, untimed: usize, queries: usize, is_scheduled: bool) {
        self.warm_up.reserve_exact(untimed);
        self.room = queries;
        self.latencies.reserve_exact(queries);
        self.moments.reserve_exact(queries);
        if is_scheduled {
            self.record.lateness.reserve_exact(queries);
        }
        self.pending.reserve(IN_FLIGHT);
    }

    /// Notes of each sample whether its answer was right, not only how many were; there is room for so many.
    pub fn keep_verdicts(&mut self, samples: usize) {
        self.record.verdicts = Some(Vec::with_capacity(samples));
    }

    pub fn now(&self) -> Nanos {
        self.sut.now()
    }

    /// Timed queries that were issued.
    pub fn issued(&self) -> u64 {
        self.next - self.untimed
    }

    /// The sum of the latencies so far, in nanoseconds.
    pub fn busy(&self) -> u64 {
        self.record.busy
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// Issues a timed query. Its latency counts from `scheduled`, or, where that is `None`, from the issue.
    pub fn issue(&mut self, samples: &[usize], scheduled: Option<Nanos>) -> Result<(), SutError> {
        let issued = self.hand_over(samples, scheduled)?;
        self.moments.push(scheduled.unwrap_or(issued).0);
        if let Some(scheduled) = scheduled {
            self.record.lateness.push(Nanos::from(issued.since(scheduled)).0);
        }
        Ok(())
    }

    /// Issues a timed query that has been waiting since a moment that is no schedule. All wait since the same moment, so in time
    /// it stands where it is issued.
    pub fn issue_since(&mut self, samples: &[usize], since: Nanos) -> Result<(), SutError> {
        let issued = self.hand_over(samples, Some(since))?;
        self.moments.push(issued.0);
        Ok(())
    }

    fn hand_over(&mut self, samples: &[usize], from: Option<Nanos>) -> Result<Nanos, SutError> {
        let is_judged = self.dataset.is_some() && self.issued() < self.judged_queries;
        let issued = self.sut.issue(Query { id: self.next, samples })?;
        self.pending.push_back(Some(Pending {
            from: from.unwrap_or(issued),
            issued,
            judged: if is_judged { Judged::of(samples) } else { Judged::None },
            samples: samples.len() as u64,
        }));
        self.latencies.push(NONE);
        self.next += 1;
        self.in_flight += 1;
        Ok(issued)
    }

    /// Takes in the next answer that comes before the moment, and says whether there was one. A query that is in flight for
    /// longer than the timeout ends the round with an error.
    pub fn collect(&mut self, until: Nanos) -> Result<bool, SutError> {
        let waiting = self.pending.front().and_then(Option::as_ref).map(|pending| pending.issued);
        let progress = if self.patient { Nanos(self.record.last_completion) } else { Nanos(0) };
        let oldest = waiting.map(|issued| issued.max(progress).after(self.timeout));
        let deadline = oldest.unwrap_or(until);
        match self.sut.answer(until.min(deadline))? {
            Some(completion) => {
                self.take(completion);
                Ok(true)
            }
            None if deadline <= until && oldest.is_some() && self.sut.now() >= deadline => {
                Err(self.sut.give_up(self.next - self.pending.len() as u64))
            }
            None => Ok(false),
        }
    }

    /// Takes in all answers that are still to come.
    pub fn drain(&mut self) -> Result<(), SutError> {
        while self.in_flight > 0 {
            self.collect(Nanos(u64::MAX))?;
        }
        Ok(())
    }

    fn take(&mut self, Completion { id, at, outcome }: Completion) {
        let oldest = self.next - self.pending.len() as u64;
        let place = id.checked_sub(oldest).and_then(|place| usize::try_from(place).ok());
        let Some(pending) = place.and_then(|place| self.pending.get_mut(place)).and_then(Option::take) else { return };
        while matches!(self.pending.front(), Some(None)) {
            self.pending.pop_front();
        }
        self.in_flight -= 1;
        let latency = Nanos::from(at.since(pending.from)).0;
        let record = &mut self.record;
        record.busy = record.busy.saturating_add(latency);
        record.last_completion = record.last_completion.max(at.0);
        if let Outcome::Failed(message) = outcome {
            record.failed += 1;
            record.first_failure.get_or_insert(message);
            return;
        }
        record.samples += pending.samples;
        let number = (id - self.untimed) as usize;
        if let Some(entry) = self.latencies.get_mut(number) {
            *entry = latency;
        }
        record.keep(number, outcome, pending.judged.samples(), self.dataset);
    }

    /// The latency of each timed query so far, in the order of issue, in nanoseconds; `None` where it failed.
    pub fn each(&self) -> Vec<Option<u64>> {
        self.latencies.iter().map(|&latency| (latency != NONE).then_some(latency)).collect()
    }

    /// Closes the books. `begun` is when the timed part began.
    pub fn finish(mut self, begun: Nanos) -> RoundRecord {
        self.record.reconnects = self.sut.reconnects().saturating_sub(self.untimed_reconnects);
        self.record.span = self.record.last_completion.saturating_sub(begun.0);
        if !self.record.lateness.is_empty() {
            self.record.arriving = self.moments.last().map_or(0, |last| last.saturating_sub(begun.0));
        }
        let first = self.first.map(|Nanos(first)| first).or(self.moments.first().copied()).unwrap_or(0);
        let since_first = |(moment, latency): (u64, u64)| (moment.saturating_sub(first), latency);
        self.record.warm_up = Window::cut(self.warm_up.iter().copied().map(since_first), MOST_WARM_UP_WINDOWS);
        if !self.record.lateness.is_empty() {
            let arrivals: Vec<(u64, Option<u64>)> = self.moments.iter().copied().zip(self.each()).collect();
            self.record.pace = Pace::of(&arrivals, begun.0);
        }
        let timed = self.moments.iter().copied().zip(self.latencies.iter().copied());
        let answered = timed.filter(|&(_, latency)| latency != NONE).map(since_first);
        self.record.timed = Window::cut(answered, MOST_TIMED_WINDOWS);
        if !self.record.stages.is_empty() {
            let is_answered: Vec<bool> = self.latencies.iter().map(|&latency| latency != NONE).collect();
            self.record.stages.keep(&is_answered);
        }
        self.latencies.retain(|&latency| latency != NONE);
        self.record.latencies = self.latencies;
        self.record
    }

    /// Whether the round was ended before it had seen enough.
    pub fn is_cut(&self) -> bool {
        self.record.cut.is_some()
    }

    /// Notes that the round was ended before it had seen enough.
    pub fn note_cut(&mut self, why: super::Cut) {
        self.record.cut = Some(why);
    }
}
