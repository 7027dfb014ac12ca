//! The flags that every verb takes. Which of them mean nothing to a verb: `unused`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use clap::builder::FalseyValueParser;

use super::values::{Color, Format};
use crate::config::{Alpha, Queries, Threshold, parse_duration};

/// Flags that every verb understands where they make sense.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
pub struct Common {
    /// The configuration [default: perfgate.toml, here or in a folder above]
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Where baselines are kept, such as dir:baselines or git:perfgate-data [default: as configured]
    #[arg(long, global = true, value_name = "URL")]
    pub store: Option<String>,
    /// What goes to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// Save the result too; the extension names the format: .json .md .html .txt, of a comparison also .annotations (repeatable)
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Vec<PathBuf>,
    /// The smallest change that matters, such as 0.1 or 10%; settings for single benchmarks stay
    #[arg(long, global = true, value_name = "SHARE", allow_hyphen_values = true)]
    pub threshold: Option<Threshold>,
    /// Error rate over the whole check, such as 0.05; settings for single benchmarks stay
    #[arg(long, global = true, value_name = "SHARE", allow_hyphen_values = true)]
    pub alpha: Option<Alpha>,
    /// Rounds of every benchmark
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub rounds: Option<u32>,
    /// Queries per round, at least, of every benchmark; mlperf: MLPerf's sample count for its percentile
    #[arg(long, global = true, value_name = "N|mlperf")]
    pub queries: Option<Queries>,
    /// Three rounds of every benchmark: a first impression, not a verdict
    #[arg(long, global = true, conflicts_with = "rounds")]
    pub quick: bool,
    /// Seed of everything random
    #[arg(long, global = true, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Wall clock for the measurement, such as 5m [default: as configured]
    #[arg(long, global = true, value_name = "TIME", value_parser = parse_duration)]
    pub budget: Option<Duration>,
    /// No notes and no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// List the unchanged rows too
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colour; NO_COLOR is respected
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
    /// No progress bar
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Let a store on a branch fetch and push nothing: `perfgate baselines pull` and `push` do
    #[arg(long, global = true, env = "PERFGATE_OFFLINE", value_parser = FalseyValueParser::new(), hide_env_values = true)]
    pub offline: bool,
}
