//! The verbs: each file reads from top to bottom as the sentence that describes it.
//!
//! Here: effects in their order, and words to the user. Not here: decisions (`gate`), formats (`render`, `wire`).

mod ab;
mod accept;
mod accepted;
mod baselines;
mod capacity;
mod check;
mod comment;
mod compare;
mod demo;
mod error;
mod event;
mod export;
mod history;
mod init;
mod interleaved;
mod measurement;
mod output;
mod plan;
mod profile;
mod progress;
mod project;
mod record;
mod report;
mod run;
mod schema;
mod selftest;
mod side_by_side;
mod sources;
mod wrong_file;

pub use error::AppError;

use std::io::{BufReader, Write};

use crate::ab::Both;
use crate::cli::{Cli, Verb};
use crate::gate::ExitStatus;
use crate::sut::Interrupt;
use output::Console;

/// Runs the verb and says how it ended. Errors are shown here, and only here.
pub fn run(cli: Cli) -> ExitStatus {
    let console = Console::new(&cli.common);
    let interrupt = Interrupt::default();
    let ended = listen_for_signals(&interrupt).and_then(|()| dispatch(&cli, &console, &interrupt));
    match ended {
        Ok(status) => status,
        Err(error) => {
            console.error(&error);
            error.status()
        }
    }
}

/// The arguments of this program, for who is to repeat them; empty where one of them is no text.
fn asked() -> Vec<String> {
    let arguments = std::env::args_os().skip(1).map(std::ffi::OsString::into_string);
    arguments.collect::<Result<_, _>>().unwrap_or_default()
}

fn dispatch(cli: &Cli, console: &Console, interrupt: &Interrupt) -> Result<ExitStatus, AppError> {
    let common = &cli.common;
    match &cli.verb {
        Verb::Init { only, force, dry_run, branch, action } => {
            let (branch, action) = (branch.as_deref(), action.as_ref());
            let wish = init::Wish { only: *only, force: *force, dry_run: *dry_run, branch, action };
            init::init(&wish, common, console)
        }
        Verb::Run { names } => run::run(names, common, console, interrupt),
        Verb::Record { names, allow_dirty, sessions, pause } => {
            let wish = record::Wish { names, allow_dirty: *allow_dirty, sessions: *sessions, pause: *pause };
            record::record(&wish, common, console, interrupt)
        }
        Verb::Check { names, baseline, against, confirm, fail_on, missing_baseline } => {
            let wish = check::Wish {
                names,
                baseline: baseline.as_deref(),
                against: against.as_deref(),
                confirm: *confirm,
                fail_on: *fail_on,
                missing_baseline: *missing_baseline,
            };
            check::check(&wish, common, console, interrupt)
        }
        Verb::Compare { base, candidate, paired, fail_on } => {
            let wish = compare::Wish { base, candidate, paired: *paired, fail_on: *fail_on };
            compare::compare(&wish, common, console, interrupt)
        }
        Verb::Comment { file, not_run, comment_id, when, pull_request, patience, dry_run } => {
            let content = match (file, not_run) {
                (_, Some(reason)) => comment::Content::NotRun(reason),
                (Some(file), None) => comment::Content::Document(file),
                (None, None) => return Err(AppError::usage("name a comparison document, or say why there is none")),
            };
            let (pull_request, patience, dry_run) = (*pull_request, *patience, *dry_run);
            let wish = comment::Wish { content, comment_id, when: *when, pull_request, patience, dry_run };
            comment::comment(&wish, console, interrupt)
        }
        Verb::Accept { benchmark, metric, up_to, until, base, why, from } => {
            let row = benchmark.as_deref().zip(metric.as_deref());
            let wish =
                accept::Wish { row, up_to: *up_to, until: *until, base: base.as_deref(), why, from: from.as_deref() };
            accept::accept(&wish, common, console)
        }
        Verb::Ab { a, b, split, by, key, users, guardrail, no_guardrails } => {
            let wish = ab::Wish {
                names: Both { a, b },
                split: *split,
                by: *by,
                key: key.as_deref(),
                users: *users,
                guardrails: guardrail,
                unguarded: *no_guardrails,
            };
            ab::ab(&wish, common, console, interrupt)
        }
        Verb::History { names } => history::show(names, common, console, interrupt),
        Verb::Report { files, title, plots } => {
            let wish = report::Wish { files, title: title.as_deref(), plots: *plots };
            report::report(&wish, common, console)
        }
        Verb::Plan { names, arrivals: Some(round) } => plan::arrivals(names, *round, common, console),
        Verb::Plan { names, arrivals: None } => plan::plan(names, common, console, interrupt),
        Verb::Baselines { action } => baselines::baselines(action, common, console, interrupt),
        Verb::Selftest { names } => selftest::selftest(names, common, console, interrupt),
        Verb::Capacity { name, slo, growth, load, headroom, price, from, to } => {
            let wish = capacity::Wish {
                name,
                slo: *slo,
                growth: *growth,
                load: *load,
                headroom: *headroom,
                price: *price,
                range: [*from, *to],
            };
            capacity::capacity(&wish, common, console, interrupt)
        }
        Verb::Profile { name } => profile::profile(name, common, console, interrupt),
        Verb::Export { to, sources, all, timestamps } => {
            let wish = export::Wish { to: *to, sources, all: *all, timestamps: *timestamps };
            export::export(&wish, common, console, interrupt)
        }
        Verb::Demo => demo::demo(common, console, interrupt),
        Verb::Schema { document } => schema::schema(*document, console),
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::for_completions(), "perfgate", &mut script);
            console.print(&String::from_utf8_lossy(&script))?;
            Ok(ExitStatus::Success)
        }
        Verb::InternalRound => internal_round(),
    }
}

/// From now on the usual requests to stop set a flag instead of killing the process, so that nothing is left behind.
fn listen_for_signals(interrupt: &Interrupt) -> Result<(), AppError> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, interrupt.flag()).map_err(AppError::signals)?;
    }
    Ok(())
}

fn internal_round() -> Result<ExitStatus, AppError> {
    // A process that measures in perfgate's name is stopped by perfgate; it has no wish of its own to go on.
    let mut input = BufReader::new(std::io::stdin());
    let mut output = std::io::stdout();
    crate::measure::serve_round(&mut input, &mut output).map_err(AppError::standard_output)?;
    output.flush().map_err(AppError::standard_output)?;
    Ok(ExitStatus::Success)
}
