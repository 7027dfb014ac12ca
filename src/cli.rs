//! The command line, as clap types. Nothing happens here.

mod baselines;
mod common;
mod unused;
mod values;
mod verbs;

pub use baselines::Baselines;
pub use common::Common;
pub use values::{By, Color, Confirm, ExportFormat, Format, InitPart, MissingBaseline, SchemaName, When};
pub use verbs::Verb;

use clap::{Command, CommandFactory, FromArgMatches, Parser};

use unused::{refuse_unused, with_hidden, without_unused};

/// A CI performance-regression gate: red means slower, green means looked.
#[derive(Debug, Parser)]
#[command(
    name = "perfgate",
    version,
    propagate_version = true,
    arg_required_else_help = true,
    after_help = "\
A first gate in three steps:
  1. describe what to measure in perfgate.toml            perfgate init
  2. on the main branch, keep what is normal              perfgate record
  3. on a change, compare with it                         perfgate check --threshold 0.1

See it work first:  perfgate demo

Exit status: 0 no regression, 1 regression, 2 wrong usage or input, 3 nothing to compare with,
4 the system under test failed, 5 inconclusive and --fail-on names it, 130 interrupted."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// Flags of every verb.
    #[command(flatten)]
    pub common: Common,
}

impl Cli {
    /// The command line, in which the help of each verb lists what it has a use for.
    pub fn parser() -> Command {
        with_hidden(Self::command())
    }

    /// The same for the completions of a shell.
    pub fn for_completions() -> Command {
        without_unused(Self::command())
    }

    /// From the command line. Whatever cannot be meant ends the program, with the status of wrong usage.
    pub fn of_command_line() -> Self {
        let mut command = Self::parser();
        let matches = command.get_matches_mut();
        let meant = refuse_unused(&mut command, &matches).and_then(|()| Self::from_arg_matches(&matches));
        meant.unwrap_or_else(|error| error.exit())
    }
}
