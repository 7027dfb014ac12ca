//! Queues that keep pace with their arrivals, just so, or not at all.

use rand_distr::Exp1;

use super::*;
use crate::scenario::Pace;

const SECOND: f64 = 1e9;
const QUERIES: usize = 1_000;
const ROUNDS: usize = 10;

fn poisson(rate: f64) -> Scenario {
    let traffic = Traffic::Open { spacing: Spacing::Poisson, rate: Rate::Constant(rate) };
    Scenario::Server(Server { traffic, max_async: None })
}

impl Noise {
    fn exponential(&mut self, mean: f64) -> f64 {
        let unit: f64 = Exp1.sample(&mut self.0);
        mean * unit
    }

    /// A round of Poisson arrivals; `answer` says when the query that arrives at a moment is answered, in seconds.
    fn served(&mut self, rate: f64, mut answer: impl FnMut(&mut Self, f64) -> f64) -> RoundRecord {
        let (mut at, mut last) = (0.0, 0.0_f64);
        let mut arrivals = Vec::new();
        for _ in 0..QUERIES {
            at += self.exponential(1.0 / rate);
            let done = answer(self, at);
            last = last.max(done);
            arrivals.push(((at * SECOND) as u64, Some(((done - at) * SECOND) as u64)));
        }
        RoundRecord {
            lateness: vec![0; QUERIES],
            pace: Pace::of(&arrivals, 0),
            span: (last * SECOND) as u64,
            ..record(arrivals.iter().filter_map(|(_, latency)| *latency).collect())
        }
    }

    /// A round of one server with exponential times, which can answer so many queries a second.
    fn queued(&mut self, rate: f64, capacity: f64) -> RoundRecord {
        let mut free = 0.0_f64;
        self.served(rate, |noise, at| {
            free = free.max(at) + noise.exponential(1.0 / capacity);
            free
        })
    }
}

fn rounds(noise: &mut Noise, mut one: impl FnMut(&mut Noise) -> RoundRecord) -> Vec<RoundRecord> {
    (0..ROUNDS).map(|_| one(noise)).collect()
}

fn overloaded(rate: f64, rounds: &[RoundRecord]) -> Option<Warning> {
    diagnosis_of(poisson(rate), rounds).warnings.into_iter().find(|warning| warning.code == "overloaded")
}

/// How many of so many results are warned about.
fn warned(results: u64, rate: f64, one: impl Fn(&mut Noise) -> RoundRecord) -> usize {
    let of_seed = |seed| overloaded(rate, &rounds(&mut Noise::seeded(seed), &one));
    (0..results).filter_map(of_seed).count()
}

#[test]
fn a_server_that_can_just_keep_pace_is_not_warned_about() {
    // At the very limit the rule may be wrong once in a thousand results, and below it less often.
    for capacity in [500.0, 520.0, 1000.0] {
        assert_eq!(warned(200, 500.0, |noise| noise.queued(500.0, capacity)), 0, "{capacity}");
    }
}

#[test]
fn many_queries_in_flight_are_no_queue() {
    // Each takes half a second of a round of two, whatever the others do: 250 are in flight, and no more at its end.
    let parallel = |noise: &mut Noise| noise.served(500.0, |noise, at| at + noise.exponential(0.5));
    assert_eq!(warned(50, 500.0, parallel), 0);
}

#[test]
fn a_server_that_does_not_keep_pace_is_told_with_both_rates() {
    assert_eq!(warned(20, 500.0, |noise| noise.queued(500.0, 423.0)), 20);
    let rounds = rounds(&mut Noise::seeded(3), |noise| noise.queued(500.0, 423.0));
    let message = overloaded(500.0, &rounds).unwrap().message;
    assert!(message.starts_with("500 queries a second were asked, and 42"), "{message}");
    let diagnosis = diagnosis_of(poisson(500.0), &rounds);
    let (share, held) = figure(&diagnosis, "behind_share");
    assert!((0.1..0.2).contains(&share) && !held, "{share}");
}

#[test]
fn a_generator_that_is_late_is_not_taken_for_an_overloaded_server() {
    let mut late = rounds(&mut Noise::seeded(3), |noise| noise.queued(500.0, 423.0));
    late.iter_mut().for_each(|round| round.lateness.clone_from(&round.latencies));
    assert_eq!(overloaded(500.0, &late), None);
}

#[test]
fn a_rate_that_changes_is_not_looked_at() {
    let rounds = rounds(&mut Noise::seeded(3), |noise| noise.queued(500.0, 423.0));
    let ramp = Rate::Ramp { from: 400.0, to: 600.0, over: Duration::from_secs(2) };
    let diagnosis = diagnosis_of(server(ramp), &rounds);
    assert!(diagnosis.figures.iter().all(|figure| figure.name != "behind_share"), "{:?}", diagnosis.figures);
}
