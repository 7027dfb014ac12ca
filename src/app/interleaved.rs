//! Base and candidate in turn, with as many rounds as it takes: measure, look, go on with what is undecided, until all is decided or
//! the time is over.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::time::{Duration, Instant};

use super::AppError;
use super::measurement::{Place, Revision, Session, subject};
use super::progress::Progress;
use crate::config::Benchmark;
use crate::facade;
use crate::gate::Comparison;
use crate::measure::{self, Counts, Event, Measured, Measurement, Subject, Surroundings};
use crate::plan::{Pairs, rounds_at_look};
use crate::result::RunOutcome;
use crate::sut::Slowdown;

/// The most looks without a budget: up to eight times the rounds of the first.
const MOST_LOOKS: u32 = 7;

/// The most looks within a budget: up to about a hundred times the rounds of the first.
const MOST_LOOKS_WITHIN_BUDGET: u32 = 14;

/// Without a budget, rounds beyond those of the first look are only added for so long after the verb began.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// Both sides of a benchmark: its definition in the base and in the candidate.
pub struct Pair {
    /// As the base has it.
    pub base: Benchmark,
    /// As the candidate has it.
    pub candidate: Benchmark,
    /// By how much the candidate is slowed on purpose.
    pub slowdown: Option<Slowdown>,
}

/// One of the two sides.
pub struct Side<'a> {
    /// Where it runs.
    pub place: &'a Place,
    /// What it is.
    pub revision: &'a Revision,
}

/// What was measured of both sides so far.
pub struct SoFar {
    /// The base.
    pub base: RunOutcome,
    /// The candidate.
    pub candidate: RunOutcome,
    /// Wall clock of one pair of rounds, on average, by benchmark.
    pub pair_times: BTreeMap<String, Duration>,
}

/// What a look found.
pub struct Judged {
    /// The judgement so far.
    pub comparison: Comparison,
    /// Benchmarks of which more rounds are wanted.
    pub open: BTreeSet<String>,
}

/// Judges what was measured so far; the second argument says of which benchmarks there will be no more.
pub type Judge<'a> = dyn FnMut(&SoFar, &dyn Fn(&str) -> bool) -> Result<Judged, AppError> + 'a;

/// Measures these benchmarks in turn on both sides, and judges them, until nothing is undecided or the time is over.
pub fn measure(
    pairs: &[Pair],
    sides: [&Side<'_>; 2],
    session: &Session<'_>,
    judge: &mut Judge<'_>,
) -> Result<Comparison, AppError> {
    let [base, candidate] = sides;
    let both = |pair: &Pair| {
        let slowed = Subject { slowdown: pair.slowdown, ..subject(&pair.candidate, candidate.place) };
        [subject(&pair.base, base.place), slowed]
    };
    let subjects: Vec<Subject> = pairs.iter().flat_map(both).collect();
    let prepared = measure::prepare(subjects)?;
    let surroundings = Surroundings {
        interrupt: session.interrupt.clone(),
        isolation: env::current_exe().ok(),
        deadline: session.deadline(),
    };
    let counts = measure::count(&prepared, session.seed, &surroundings, &mut |told| session.console.note(told))?;
    let mut course = Course {
        pairs,
        counts,
        measurement: Measurement::begin(&prepared, &surroundings, session.seed),
        order: Pairs::new(pairs.len(), session.seed),
        patience: session.ends().is_none().then(|| session.begun + PATIENCE),
        progress: Progress::new(session.console).titled(&session.title),
        rounds: 0,
    };
    let most = most_looks(session);
    let mut open: BTreeSet<usize> = (0..pairs.len()).collect();
    let mut look = 0;
    loop {
        course.measure_until(look, &open)?;
        course.measurement.keep_pairs();
        let goes_on: BTreeSet<usize> =
            open.iter().copied().filter(|&benchmark| look + 1 < most && course.fits(benchmark, look + 1)).collect();
        let (olds, news) = course.results();
        let so_far = SoFar {
            base: outcome(olds, base, session),
            candidate: outcome(news, candidate, session),
            pair_times: course.pair_times(),
        };
        let is_last = |name: &str| !goes_on.iter().any(|&benchmark| course.name(benchmark) == name);
        let found = judge(&so_far, &is_last)?;
        open = goes_on.into_iter().filter(|&benchmark| found.open.contains(course.name(benchmark))).collect();
        if open.is_empty() {
            return Ok(found.comparison);
        }
        look += 1;
    }
}

/// The most looks that a check takes.
pub fn most_looks(session: &Session<'_>) -> u32 {
    match (session.fixed_rounds, session.budget) {
        (true, _) => 1,
        (false, None) => MOST_LOOKS,
        (false, Some(_)) => MOST_LOOKS_WITHIN_BUDGET,
    }
}

fn outcome(measured: Vec<Measured>, side: &Side<'_>, session: &Session<'_>) -> RunOutcome {
    facade::outcome(measured, side.revision.commit.clone(), side.revision.dirty, session.seed)
}

/// A measurement of pairs under way.
struct Course<'a> {
    pairs: &'a [Pair],
    counts: Counts,
    measurement: Measurement<'a>,
    order: Pairs,
    /// When no rounds beyond those of the first look are added any more.
    patience: Option<Instant>,
    progress: Progress,
    /// Rounds that have begun.
    rounds: usize,
}

impl Course<'_> {
    /// Measures the open benchmarks until each has the rounds that this look wants, or the time is over.
    fn measure_until(&mut self, look: u32, open: &BTreeSet<usize>) -> Result<(), AppError> {
        let wanted: Vec<u32> =
            self.pairs.iter().map(|pair| rounds_at_look(pair.candidate.rounds.get(), look)).collect();
        let lacks = |benchmark: usize, rounds: u32| {
            open.contains(&benchmark) && wanted.get(benchmark).is_some_and(|&wanted| rounds < wanted)
        };
        let lacking = |&benchmark: &usize| Some(wanted.get(benchmark)?.saturating_sub(self.order.rounds(benchmark)));
        let of = self.rounds + 2 * open.iter().filter_map(lacking).sum::<u32>() as usize;
        loop {
            let turns = self.order.turns(lacks);
            let mut ran = false;
            for benchmark in turns {
                if self.fits(benchmark, look) {
                    self.pair(benchmark, of)?;
                    ran = true;
                }
            }
            if !ran {
                return Ok(());
            }
        }
    }

    fn pair(&mut self, benchmark: usize, of: usize) -> Result<(), AppError> {
        for step in self.order.next(benchmark) {
            let name = self.pairs.get(benchmark).map_or("", |pair| &pair.candidate.name);
            self.progress.on(Event::Started { benchmark: name, done: self.rounds, of });
            self.rounds += 1;
            self.measurement.round(&step)?;
        }
        Ok(())
    }

    /// Whether a pair more of it makes sense, and would end in time.
    fn fits(&self, benchmark: usize, look: u32) -> bool {
        let subjects = [2 * benchmark, 2 * benchmark + 1];
        let until = if look == 0 { None } else { self.patience };
        subjects.iter().all(|&subject| self.measurement.is_wanted(subject)) && self.measurement.fits(&subjects, until)
    }

    fn name(&self, benchmark: usize) -> &str {
        self.pairs.get(benchmark).map_or("", |pair| &pair.candidate.name)
    }

    fn pair_times(&self) -> BTreeMap<String, Duration> {
        let of =
            |position: usize| [2 * position, 2 * position + 1].map(|subject| self.measurement.usual_round(subject));
        (0..self.pairs.len()).map(|position| (self.name(position).to_owned(), of(position).iter().sum())).collect()
    }

    /// What was measured so far, of the base and of the candidate.
    fn results(&self) -> (Vec<Measured>, Vec<Measured>) {
        let (mut olds, mut news) = (Vec::new(), Vec::new());
        let mut all = self.measurement.results();
        self.counts.add_to(&mut all);
        for (position, entry) in all.into_iter().enumerate() {
            if position % 2 == 0 { olds.push(entry) } else { news.push(entry) }
        }
        (olds, news)
    }
}
