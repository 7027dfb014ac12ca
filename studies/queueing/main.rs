//! perfgate's load against queueing theory, in real time: `cargo run --release --example queueing`, about two minutes where two
//! cores are free.
//!
//! The system under test is a thread that spins for as long as each query's service is to take, so everything is known: when
//! queries arrive, how long each is served, and so, by theory, how long each waits. What the table shows besides is what the
//! load generator and the machine add. A run in which the machine had other work is none of the experiment, and is made again.
//! docs/benchmarks.md says how to read it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a study shows what it found")]

mod experiment;
mod machine;
mod md1;
mod server;
mod simulation;
mod table;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use perfgate::sut::SutError;

use experiment::{Experiment, Service};

/// How long it is tried to make an experiment if the machine has other work.
const PATIENCE: Duration = Duration::from_secs(900);

/// How long the machine must have been quiet before an experiment begins.
const WATCHED: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let mut tally = table::Tally::default();
    table::heading();
    for experiment in experiments() {
        if let Err(failure) = make(&experiment, &mut tally) {
            eprintln!("error: {}: {failure}", experiment.name());
            return ExitCode::FAILURE;
        }
    }
    tally.sum_up();
    match stall() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: the stall: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// Makes an experiment until the machine leaves it alone.
fn make(experiment: &Experiment, tally: &mut table::Tally) -> Result<(), SutError> {
    let begun = Instant::now();
    let mut disturbances = Vec::new();
    while begun.elapsed() < PATIENCE {
        if !machine::is_quiet(WATCHED) {
            continue;
        }
        match experiment.measure()? {
            Ok(measured) => {
                tally.show(experiment, &measured, &disturbances);
                return Ok(());
            }
            Err(disturbance) => disturbances.push(disturbance),
        }
    }
    tally.give_up(experiment, &disturbances);
    Ok(())
}

fn experiments() -> Vec<Experiment> {
    let mut all = Vec::new();
    for service in [Service::Exponential, Service::Constant] {
        for load in [0.50, 0.80, 0.95] {
            // Twelve seconds each, at a mean service of a millisecond.
            all.push(Experiment::open(service, load, (12_000.0 * load) as u32));
        }
    }
    all.push(Experiment::open(Service::Exponential, 1.25, 5_000));
    all.push(Experiment::closed(8, 5_000_000, 8_000));
    all
}

/// A second in which nothing is answered: the open loop's percentiles know of it, those of one query at a time do not.
fn stall() -> Result<(), SutError> {
    let (open, closed) = (experiment::stall_in_open_loop()?, experiment::stall_one_at_a_time()?);
    table::stall(&open, &closed);
    Ok(())
}
