//! perfgate's verdicts in life: real checks of seven workloads on this machine, of identical code and of code that is truly
//! slower, counted.
//!
//! `cargo run --release --example in_life -- --help` says how; docs/methodology.md says what it found. This program drives the
//! study, and it is what is measured too: started as a worker, a command or a server it does the work of a query.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a study shows what it found")]

mod amounts;
mod calibrate;
mod check;
mod journal;
mod layout;
mod pairs;
mod record;
mod serve;
mod summary;
mod work;
mod workload;

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use amounts::Amounts;
use workload::{Extra, Workload};

/// perfgate's verdicts in life: how often it cries wolf, and how often it misses one.
#[derive(Parser)]
#[command(
    name = "in_life",
    after_help = "\
In this order:
  calibrate   how much work makes a query of 1.6 ms here, and how much a longer one
  record      pairs of rounds without a verdict; then `ratios`: is +10 % really 10 % more?
  run         the checks, with the perfgate beside this program; may be interrupted and started again
  summary     what came of them"
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Find out how much work is how long on this machine
    Calibrate(Study),
    /// Measure pairs of rounds and keep them
    Record {
        #[command(flatten)]
        study: Study,
        /// More work for the candidate, in percent of a query: 0, 5, 10 or 20
        #[arg(long, default_value_t = 0)]
        extra: u8,
        /// Pairs of each workload
        #[arg(long, default_value_t = 300)]
        pairs: u32,
    },
    /// Show by how much the candidate was slower in recorded pairs
    Ratios {
        /// The pairs [default: pairs.jsonl of the usual folder]
        file: Option<PathBuf>,
    },
    /// Run checks until there are enough of each kind
    Run {
        #[command(flatten)]
        study: Study,
        #[command(flatten)]
        wish: check::Wish,
    },
    /// Show what the checks found, as Markdown
    Summary {
        /// The checks [default: checks.jsonl of the usual folder]
        file: Option<PathBuf>,
    },
    /// Be a worker
    #[command(hide = true)]
    Worker { workload: Workload },
    /// Be a command
    #[command(hide = true)]
    Once { workload: Workload },
    /// Be a server
    #[command(hide = true)]
    Server { workload: Workload, port: u16 },
    /// Be the process of one round of the embedded engine
    #[command(hide = true)]
    Round,
}

/// What a part of the study is about.
#[derive(Args)]
struct Study {
    /// Where the study's files are
    #[arg(long, default_value = USUAL_FOLDER)]
    folder: PathBuf,
    /// Only these workloads
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Workload::ALL)]
    workload: Vec<Workload>,
    /// Seed of orders and of perfgate itself
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

const USUAL_FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/in_life");

impl Study {
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

fn main() -> ExitCode {
    if cfg!(debug_assertions) {
        eprintln!(
            "error: this is not optimised, and no perfgate that users have: `cargo run --release --example in_life`"
        );
        return ExitCode::FAILURE;
    }
    match run(Cli::parse().verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(verb: Verb) -> Result<(), Box<dyn Error>> {
    let usual = |file: Option<PathBuf>, name: &str| file.unwrap_or_else(|| PathBuf::from(USUAL_FOLDER).join(name));
    match verb {
        Verb::Calibrate(study) => calibrate(&study),
        Verb::Record { study, extra, pairs } => {
            let amounts = Amounts::read(&study.file("amounts.json"))?;
            record::record(&study.file("pairs.jsonl"), &study.workload, Extra(extra), pairs, study.seed, &amounts)
        }
        Verb::Ratios { file } => record::ratios(&usual(file, "pairs.jsonl")),
        Verb::Run { study, wish } => {
            let amounts = Amounts::read(&study.file("amounts.json"))?;
            check::run(&study.file("checks.jsonl"), &study.workload, &wish, study.seed, &amounts)
        }
        Verb::Summary { file } => summary::show(&usual(file, "checks.jsonl")),
        Verb::Worker { workload } => Ok(serve::worker(workload)?),
        Verb::Once { workload } => Ok(serve::once(workload)?),
        Verb::Server { workload, port } => Ok(serve::server(workload, port)?),
        Verb::Round => pairs::serve_round(&mut io::stdin().lock(), &mut io::stdout().lock()),
    }
}

fn calibrate(study: &Study) -> Result<(), Box<dyn Error>> {
    std::fs::create_dir_all(&study.folder)?;
    let file = study.file("amounts.json");
    let mut amounts = if file.exists() { Amounts::read(&file)? } else { Amounts::default() };
    for &workload in &study.workload {
        if let Some(found) = calibrate::calibrate(workload)? {
            amounts.set(workload, found);
            let amounts::Amount { units, share } = found;
            println!("{workload}: {units} units a query, which take {:.1} % of its time", 100.0 * share);
        }
        amounts.write(&file)?;
    }
    Ok(())
}
