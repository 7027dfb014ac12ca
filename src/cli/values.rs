//! The words that arguments choose between.

use clap::ValueEnum;

/// A part of what `init` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum InitPart {
    /// perfgate.toml
    Config,
    /// The files in .github/workflows
    Workflows,
}

/// What `export` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// For Prometheus and what reads its format
    Openmetrics,
    /// For spreadsheets, scripts and databases
    Csv,
    /// The same rows, in columns with types
    Parquet,
}

/// What an A/B test assigns to its arms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// Each query for itself
    Query,
    /// Each key, such as a user
    Key,
}

/// When rows are measured again, side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Confirm {
    /// Where the stored baseline leaves a row open and the base revision can be run
    Auto,
    /// Every benchmark
    Always,
    /// Never: the stored baseline alone decides
    Never,
}

/// What a check is that has nothing to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum MissingBaseline {
    /// Exit status 3
    Fail,
    /// Exit status 0, and the table says that nothing was compared
    Pass,
}

/// When a comment is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// When there is something to say: any row that is not unchanged, or rules that the change touches
    Auto,
    /// Always
    Always,
    /// When a benchmark is slower
    OnRegression,
    /// Never; one that is there stays as it is
    Never,
}

/// What has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SchemaName {
    /// perfgate.toml
    Config,
    /// perfgate-accepted.toml
    Accepted,
    /// What `run -o` saves
    Result,
    /// What `record` stores
    Baseline,
    /// What `check -o` and `compare -o` save
    Comparison,
    /// What `selftest -o` saves
    Selftest,
    /// What `capacity -o` saves
    Capacity,
    /// What `ab -o` saves
    Ab,
    /// What `profile -o` saves
    Profile,
    /// What `plan -o` saves
    Plan,
    /// What `history` saves
    History,
    /// What `baselines list -o` saves
    Baselines,
}

/// What goes to standard output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// The document
    Json,
    /// For a comment or an issue
    Markdown,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}
