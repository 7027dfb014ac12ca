//! What generating load costs, side by side with MLPerf's LoadGen: `cargo bench --bench load_generation`.
//!
//! Both drive a system that answers at once, so that all that is measured is the generator. They take turns, so that a busy
//! machine disturbs both. docs/benchmarks.md says what the figures mean.
//!
//! A comparison is a module with a function that fills a [`Table`]: `single_stream` and `server` here. One of the `http`
//! driver's throughput against `wrk` belongs beside them, into
//! [`Comparison`] and into `compare`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark shows what it found")]

mod loadgen;
mod machine;
mod null;
mod server;
mod single_stream;
mod table;

use std::process::ExitCode;

use clap::{Parser, ValueEnum};

use loadgen::LoadGen;
use machine::Ticks;
use table::Table;

/// Measures perfgate's load generator and MLPerf's LoadGen in turn, both on a system that answers at once.
#[derive(Debug, Parser)]
struct Arguments {
    /// Makes this comparison alone.
    only: Option<Comparison>,
    /// How often each comparison is made; medians are shown.
    #[arg(long, default_value_t = 5)]
    repetitions: usize,
    /// Length of each run of the scenario server, in seconds.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Queries of each run of the scenario single-stream.
    #[arg(long, default_value_t = 3_000_000)]
    queries: u32,
    /// Given by `cargo bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Comparison {
    SingleStream,
    Server,
}

/// Why there are no figures.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match compare(&arguments) {
        Ok(table) => {
            println!("{table}");
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &Arguments) -> Result<Table, Failure> {
    let loadgen = LoadGen::build()?;
    let wanted = |comparison| arguments.only.is_none_or(|only| only == comparison);
    let mut table = Table::default();
    for repetition in 1..=arguments.repetitions {
        let begun = Ticks::now();
        eprintln!("repetition {repetition} of {}", arguments.repetitions);
        if wanted(Comparison::SingleStream) {
            single_stream::compare(&loadgen, arguments.queries, &mut table)?;
        }
        if wanted(Comparison::Server) {
            for rate in [1_000, 10_000, 100_000] {
                server::compare(&loadgen, rate, arguments.seconds, &mut table)?;
            }
        }
        if let (Some(begun), Some(ended)) = (begun, Ticks::now()) {
            table.note_others(ended.used_by_others_since(begun));
        }
    }
    Ok(table)
}
