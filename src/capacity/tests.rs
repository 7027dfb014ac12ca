//! Whole searches in virtual time, over systems of which the truth is known.

mod queues;
mod servers;
mod turns;

use std::time::Duration;

use super::*;
use crate::config::{Benchmark, Scenario, Server, parse};
use crate::scenario::{RoundRecord, Schedule};

/// A server benchmark, with these further keys.
fn benchmark(keys: &str) -> Benchmark {
    let text = format!("[[benchmark]]\nname = \"x\"\nworker = [\"x\"]\nscenario = \"server\"\ntarget_qps = 1\n{keys}");
    parse(&text).unwrap().benchmarks.remove(0)
}

fn objective(text: &str) -> Objective {
    text.parse().unwrap()
}

fn setting(objective: Objective, start: f64) -> Setting {
    Setting {
        objective,
        start,
        range: [start / RANGE, start * RANGE],
        tolerance: TOLERANCE,
        rounds: 10,
        scouts: SCOUTS,
        alpha: ALPHA,
    }
}

/// Searches for so many rounds at most. `serve` says what becomes of a round's arrivals, under at most so many queries in flight.
fn search(
    setting: Setting,
    benchmark: &Benchmark,
    seed: u64,
    most: usize,
    mut serve: impl FnMut(&Schedule, usize, f64) -> RoundRecord,
) -> Search {
    let loaded = Loaded::new(benchmark, setting.objective, Duration::from_secs(300)).unwrap();
    let mut search = Search::new(setting);
    for round in 0..most {
        let Some(ask) = search.ask() else { break };
        let under = loaded.at(ask.load, ask.length);
        let arrivals = seed.wrapping_mul(1_000_003).wrapping_add(round as u64);
        let schedule = Schedule::of(&under.scenario, &under.stopping, None, arrivals).unwrap().unwrap();
        let Scenario::Server(Server { max_async, .. }) = under.scenario else { unreachable!() };
        let record = serve(&schedule, max_async.map_or(usize::MAX, |most| most.get() as usize), ask.load);
        search.tell(
            ask,
            Round::Seen(Seen::of(
                &record,
                &setting.objective,
                under.max_lateness,
                loaded.planned(ask.load, ask.length),
            )),
        );
    }
    search
}
