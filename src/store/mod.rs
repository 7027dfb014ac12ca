//! The store of baselines: results kept by commit and machine. Nothing recorded is ever lost or half-written.
//!
//! Here: where a baseline lies, how it is replaced, which ones there are. Not here: which one to compare with (`baseline`),
//! what the file says (`wire`).

mod baseline;
mod dir;
mod merge;

pub use baseline::{Choice, choose};
pub use dir::{DirStore, write_atomically};

use std::path::PathBuf;

use crate::wire::WireError;

/// Why the store cannot give or keep a baseline.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The operating system refuses.
    #[error("{doing} `{path}`: {source}")]
    Io {
        /// `cannot read`, `cannot write`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A file that is there but cannot be read as a baseline.
    #[error("the baseline `{path}` cannot be used: {problem}")]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: WireError,
    },
    /// A result without the facts that a baseline is filed under.
    #[error("only a result with a commit and an environment can be stored")]
    NotABaseline,
}
