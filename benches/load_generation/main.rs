//! What generating load costs, side by side with other generators: `cargo bench --bench load_generation`.
//!
//! MLPerf's LoadGen and perfgate drive a system that answers at once, `wrk` and perfgate the same HTTP server. They take turns,
//! so that a busy machine disturbs both. docs/benchmarks.md says what the figures mean.
//!
//! A comparison is a module with a function that fills a [`Table`]: `single_stream`, `server` and `http`.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a benchmark shows what it found")]

mod http;
mod loadgen;
mod machine;
mod null;
mod server;
mod service;
mod single_stream;
mod table;
mod wrk;

use std::process::{Command, ExitCode};

use clap::{Parser, ValueEnum};

use loadgen::LoadGen;
use machine::Ticks;
use table::Table;

/// Measures perfgate's load generator in turn with MLPerf's LoadGen, on a system that answers at once, and with wrk, on an HTTP
/// server.
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
    /// Is the server of the comparison `http`.
    #[arg(long, hide = true)]
    serve: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, ValueEnum)]
enum Comparison {
    SingleStream,
    Server,
    Http,
}

/// Why there are no figures.
type Failure = Box<dyn std::error::Error>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.serve { service::serve() } else { compare(&arguments) };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn compare(arguments: &Arguments) -> Result<(), Failure> {
    let wanted = |comparison| arguments.only.is_none_or(|only| only == comparison);
    // What is missing is missed before anything takes time.
    if wanted(Comparison::Http) {
        wrk::find()?;
    }
    if wanted(Comparison::SingleStream) || wanted(Comparison::Server) {
        let loadgen = LoadGen::build()?;
        let table = repeat("LoadGen", arguments.repetitions, |table| {
            if wanted(Comparison::SingleStream) {
                single_stream::compare(&loadgen, arguments.queries, table)?;
            }
            if wanted(Comparison::Server) {
                for rate in [1_000, 10_000, 100_000] {
                    server::compare(&loadgen, rate, arguments.seconds, table)?;
                }
            }
            Ok(())
        })?;
        println!("{table}");
    }
    if wanted(Comparison::Http) {
        println!("{}", repeat("wrk", arguments.repetitions, http::compare)?);
    }
    Ok(())
}

/// Makes comparisons with another generator so often.
fn repeat(
    other: &'static str,
    repetitions: usize,
    mut comparison: impl FnMut(&mut Table) -> Result<(), Failure>,
) -> Result<Table, Failure> {
    let mut table = Table::against(other);
    for repetition in 1..=repetitions {
        let begun = Ticks::now();
        eprintln!("{other}: repetition {repetition} of {repetitions}");
        comparison(&mut table)?;
        if let (Some(begun), Some(ended)) = (begun, Ticks::now()) {
            table.note_others(ended.used_by_others_since(begun));
        }
    }
    Ok(table)
}

/// Runs a program that must succeed, and gives its output.
fn succeed(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("cannot start `{program}`, which this needs: {error}"))?;
    if !output.status.success() {
        let words = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{program}` failed ({}):\n{words}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
