//! argv → cli → app → exit status. The only place that exits.

use std::process::ExitCode;

use perfgate::{app, cli::Cli};

fn main() -> ExitCode {
    let cli = Cli::of_command_line();
    ExitCode::from(app::run(cli).code())
}
