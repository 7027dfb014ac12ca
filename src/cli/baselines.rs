//! What `perfgate baselines` can do.

use std::time::Duration;

use clap::{ArgGroup, Subcommand};

use crate::config::parse_age;

/// What can be done with a store.
#[derive(Debug, Subcommand)]
pub enum Baselines {
    /// List what is recorded, newest commit first
    List,
    /// Show what was recorded of a commit
    Show {
        /// The commit
        #[arg(value_name = "REV", default_value = "HEAD")]
        revision: String,
        /// The machine, by its fingerprint [default: this one, or the only one]
        #[arg(long, value_name = "NAME")]
        machine: Option<String>,
    },
    /// Remove old baselines, by at least one criterion
    #[command(group = ArgGroup::new("criteria").required(true).multiple(true).args(["keep", "older_than", "unreachable"]))]
    #[command(after_help = "\
Examples:
  perfgate baselines prune --keep 100 --dry-run        what would go of the history of what is checked out?
  perfgate baselines prune --older-than 180d           of everything
  perfgate baselines prune --unreachable --older-than 30d
                                                       what no branch or tag leads to, if it is old")]
    Prune {
        /// Remove ancestors of what is checked out that lie further back than the newest N recorded commits of its
        /// first-parent history
        #[arg(long, value_name = "N")]
        keep: Option<usize>,
        /// Remove only what was recorded longer ago than this, such as 90d; without the others, of everything
        #[arg(long, value_name = "AGE", value_parser = parse_age)]
        older_than: Option<Duration>,
        /// Remove commits that no branch or tag of this clone leads to
        #[arg(long)]
        unreachable: bool,
        /// Only say what would go
        #[arg(long)]
        dry_run: bool,
    },
    /// Push what could not be pushed when it was recorded
    Push,
    /// Fetch what others have recorded
    Pull,
}
