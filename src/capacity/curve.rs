//! The curve of latency against load: one point for each load that was tried, and the knee.

use super::evidence::{Load, Opinion, Round};
use super::proof::State;
use super::search::Search;
use super::seen::{Latency, Seen};
use crate::stats::{Counts, Interval, korn_graubard, median};

/// The confidence of a point's interval.
pub const CONFIDENCE: f64 = 0.95;

/// A system that answers a larger share than this of what arrives, by the second, keeps up: a round ends with a few answers after the
/// last arrival.
const KEEPS_UP: f64 = 0.95;

/// What was seen under one load.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// Queries per second, as they were scheduled.
    pub load: f64,
    /// Rounds, those in which the load generator was late too.
    pub rounds: usize,
    /// Rounds in which the load generator was late.
    pub late_rounds: usize,
    /// Judged queries, with those within the bound, over all rounds that count.
    pub within: Counts,
    /// The share within the bound, with an interval that knows that rounds differ; `None` for a single round.
    pub interval: Option<Interval>,
    /// Latencies: of each the median over the rounds. `None` where no round counts.
    pub latency: Option<Latency>,
    /// The latency at the percentile, in the round in which it was least and in the one in which it was greatest.
    pub range: Option<[f64; 2]>,
    /// Answers per second: the median over the rounds.
    pub throughput: Option<f64>,
    /// Queries that arrived, per second: the median over the rounds.
    pub arrivals: Option<f64>,
    /// Answers over arrivals, each per second, of the same round: the median over the rounds.
    pub kept_up: Option<f64>,
    /// Failed queries as a share of all that were judged.
    pub failed: f64,
    /// Lateness of the load generator, 99th percentile, in nanoseconds: the median over the rounds.
    pub lateness: Option<f64>,
    /// Whether a round was stopped because it could not meet the objective any more, or was lost.
    pub stopped: bool,
    /// What it says about the objective.
    pub verdict: Verdict,
    /// What failed first, where something did.
    pub failure: Option<String>,
    /// Largest resident memory over the rounds, in bytes, where it was measured.
    pub rss_peak: Option<f64>,
}

/// What a point says about the objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Shown to meet it.
    Met,
    /// Shown to violate it.
    Violated,
    /// Seems to meet it; that was not shown.
    Meets,
    /// Seems to violate it; that was not shown.
    Violates,
    /// Seems to meet it, but latency grows within the rounds.
    Grows,
    /// Too few rounds to say.
    Open,
    /// The load generator was late: nothing is known about the system.
    Invalid,
    /// The system failed as a whole.
    Failed,
}

impl Point {
    /// Whether nothing is known of the system under this load because the load generator was late.
    pub fn is_unknown(&self) -> bool {
        self.verdict == Verdict::Invalid || (self.late_rounds > 0 && self.within.trials == 0)
    }

    /// Whether it is a state in which the system can stay: it keeps up, and was neither stopped nor invalid.
    pub fn is_steady(&self) -> bool {
        let keeps_up = self.kept_up.is_some_and(|share| share > KEEPS_UP);
        let valid = !matches!(self.verdict, Verdict::Invalid | Verdict::Failed | Verdict::Grows);
        keeps_up && valid && !self.stopped && self.failed == 0.0
    }
}

/// The knee: where the ratio of throughput to mean latency is greatest, of the points as they are. Up to there one percent more load costs less than one
/// percent of latency, beyond it more.
///
/// Source: L. Kleinrock, Power and deterministic rules of thumb for probabilistic problems in computer communications, IEEE
/// International Conference on Communications (1979).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Knee {
    /// Queries per second, as they were scheduled.
    pub load: f64,
    /// Mean latency there, in nanoseconds.
    pub latency: f64,
    /// The next loads below and above it at which the system keeps up.
    pub between: [f64; 2],
}

/// The points of a search, ascending.
pub fn points(search: &Search) -> Vec<Point> {
    search.loads().iter().map(|load| point(search, load)).collect()
}

fn point(search: &Search, load: &Load<'_>) -> Point {
    let seen: Vec<&Seen> = load.rounds.iter().filter_map(|round| round.seen()).collect();
    let late_rounds = seen.iter().filter(|seen| seen.late).count();
    let on_time: Vec<&Seen> = seen.iter().copied().filter(|seen| !seen.late).collect();
    // Where every round was late, they are all there is to show.
    let shown = if on_time.is_empty() { &seen } else { &on_time };
    let counts: Vec<Counts> = load.rounds.iter().filter_map(|round| round.within()).collect();
    let within = counts.iter().fold(Counts { successes: 0, trials: 0 }, |sum, counts| Counts {
        successes: sum.successes + counts.successes,
        trials: sum.trials + counts.trials,
    });
    let latencies: Vec<Latency> = shown.iter().filter_map(|seen| seen.latency).collect();
    let middle = |of: fn(&Latency) -> f64| median(&latencies.iter().map(of).collect::<Vec<_>>());
    let at_share = || latencies.iter().map(|latency| latency.at_share);
    let of_seen =
        |of: &dyn Fn(&Seen) -> Option<f64>| -> Vec<f64> { shown.iter().filter_map(|seen| of(seen)).collect() };
    let middle_of = |values: Vec<f64>| (!values.is_empty()).then(|| median(&values));
    let lost = load.rounds.iter().find_map(|round| match round {
        Round::Lost { why, .. } => Some(why.clone()),
        Round::Seen(_) => None,
    });
    let failed: u64 = shown.iter().map(|seen| seen.failed).sum();
    let judged: u64 = shown.iter().map(|seen| seen.within.trials).sum();
    Point {
        load: load.load,
        rounds: load.rounds.len(),
        late_rounds,
        within,
        interval: korn_graubard(&counts, CONFIDENCE).filter(|_| counts.len() > 1),
        latency: (!latencies.is_empty()).then(|| Latency {
            mean: middle(|latency| latency.mean),
            median: middle(|latency| latency.median),
            at_share: middle(|latency| latency.at_share),
            growth: middle(|latency| latency.growth),
        }),
        range: (!latencies.is_empty())
            .then(|| [at_share().fold(f64::INFINITY, f64::min), at_share().fold(0.0, f64::max)]),
        throughput: middle_of(of_seen(&|seen| Some(seen.throughput))),
        arrivals: middle_of(of_seen(&|seen| seen.arrivals)),
        kept_up: middle_of(of_seen(&|seen| Some(seen.throughput / seen.arrivals.filter(|arrivals| *arrivals > 0.0)?))),
        failed: failed as f64 / judged.max(1) as f64,
        lateness: middle_of(of_seen(&|seen| Some(seen.lateness as f64))),
        stopped: lost.is_some() || shown.iter().any(|seen| seen.overloaded),
        verdict: verdict(search, load, lost.is_some()),
        failure: lost.or_else(|| shown.iter().find_map(|seen| seen.first_failure.clone())),
        rss_peak: of_seen(&|seen| seen.usage.rss_peak).into_iter().max_by(f64::total_cmp),
    }
}

fn verdict(search: &Search, load: &Load<'_>, lost: bool) -> Verdict {
    let shown = |state: State| search.proofs().iter().any(|proof| proof.load == load.load && proof.state == state);
    match search.opinion_of(load) {
        _ if shown(State::Violated) => Verdict::Violated,
        _ if shown(State::Met) => Verdict::Met,
        _ if lost => Verdict::Failed,
        Opinion::Late => Verdict::Invalid,
        Opinion::None => Verdict::Open,
        Opinion::Meets => Verdict::Meets,
        Opinion::Violates => Verdict::Violates,
        Opinion::Grows => Verdict::Grows,
    }
}

/// The knee of a curve; `None` with fewer than four steady points, and where it lies at an end of what was measured.
pub fn knee(points: &[Point]) -> Option<Knee> {
    let steady: Vec<(f64, f64, f64)> = points
        .iter()
        .filter(|point| point.is_steady())
        .filter_map(|point| Some((point.load, point.latency?.mean, point.throughput?)))
        .collect();
    let power = |(_, latency, throughput): &(f64, f64, f64)| throughput / latency;
    let place = (0..steady.len()).max_by(|a, b| {
        let of = |place: &usize| steady.get(*place).map_or(0.0, power);
        of(a).total_cmp(&of(b))
    })?;
    let at = |place: usize| steady.get(place).map(|(load, ..)| *load);
    let (load, latency, _) = *steady.get(place)?;
    (steady.len() >= 4).then_some(())?;
    Some(Knee { load, latency, between: [at(place.checked_sub(1)?)?, at(place + 1)?] })
}
