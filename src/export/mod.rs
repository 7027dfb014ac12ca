//! What was measured, in the formats of other tools.
//!
//! Here: from results and comparisons to text or bytes, one file per foreign format; what the tables of them have in common is
//! in `rows`. Not here: where the results come from and where the text goes (`app`), perfgate's own documents (`wire`), what
//! people read (`render`). Names are data: whatever a benchmark is called, the format stays whole.

pub mod csv;
pub mod openmetrics;
#[cfg(feature = "parquet")]
pub mod parquet;

mod number;
mod rows;

pub use rows::{Row, rows};

/// Why something cannot be said in a format.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// A scrape has one value for a series, and there are two.
    #[error("`{first}` and `{second}` both have a value for {series}")]
    Twice {
        /// Of what.
        series: String,
        /// What the one value comes from.
        first: String,
        /// What the other value comes from.
        second: String,
    },
    /// A time is asked for and not known.
    #[error("`{0}` does not say when it was recorded")]
    Timeless(String),
    /// This perfgate was built without the format.
    #[error("this perfgate was built without the cargo feature `{0}`")]
    NotBuilt(&'static str),
    /// The writer of the format refuses.
    #[error("cannot write {format}: {problem}")]
    Writer {
        /// The format.
        format: &'static str,
        /// What the writer says.
        problem: String,
    },
}
