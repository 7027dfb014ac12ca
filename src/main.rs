//! argv → cli → app → exit status. The only place that exits.

use std::process::ExitCode;

use clap::Parser;
use perfgate::{app, cli::Cli};

fn main() -> ExitCode {
    let cli = Cli::parse();
    ExitCode::from(app::run(cli).code())
}
