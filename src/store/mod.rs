//! The store of baselines: results kept by commit and machine. Nothing recorded is ever lost or half-written.
//!
//! Here: where a baseline lies, how it is replaced and shared, which ones there are. Not here: which one to compare with
//! (`baseline`), what the file says (`wire`), git itself (`vcs`).

mod baseline;
mod branch;
mod dir;
mod layout;
mod merge;
mod pending;
mod waits;

pub use baseline::{Choice, choose};
pub use branch::BranchStore;
pub use dir::{DirStore, write_atomically};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

use crate::result::{CommitId, Fingerprint, RunResult};
use crate::vcs::{PushError, RemoteError, Stop, VcsError};
use crate::wire::WireError;

/// Every commit that has a baseline, with the machines it has one for.
pub type Index = BTreeMap<CommitId, BTreeSet<Fingerprint>>;

/// A place for baselines.
pub trait Store {
    /// What messages call it.
    fn name(&self) -> String;

    /// Whether getting what others have recorded, and giving them what was kept here, takes a remote.
    fn is_remote(&self) -> bool;

    /// What there is.
    fn index(&self) -> Result<Index, StoreError>;

    /// The baseline of this commit for this machine.
    fn load(&self, commit: &CommitId, machine: &Fingerprint) -> Result<Option<RunResult>, StoreError>;

    /// Whether something could be kept here, as far as that can be known before it is there.
    fn ready(&self) -> Result<(), StoreError>;

    /// Keeps a result as the baseline of its commit and machine, and says where. What was recorded there before stays: each
    /// benchmark gains a session. What has to be lost for it is kept aside.
    fn save(&mut self, result: &RunResult, stop: Stop<'_>) -> Result<Place, StoreError>;

    /// Removes all that is kept of these commits, and what others added to them meanwhile stays.
    fn remove(&mut self, commits: &BTreeSet<CommitId>, stop: Stop<'_>) -> Result<(), StoreError>;

    /// Gets what others have recorded.
    fn refresh(&mut self, stop: Stop<'_>) -> Result<(), StoreError>;

    /// Gives others what was kept here. If that fails, it stays.
    fn share(&mut self, stop: Stop<'_>) -> Result<Shared, StoreError>;
}

/// What became of what was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shared {
    /// It lies in a folder, which is the user's to share.
    Folder,
    /// It is on a branch of this clone, which has no such remote.
    Clone {
        /// How many recordings were added.
        recordings: usize,
        /// The remote that there is not.
        remote: String,
    },
    /// It is on a branch of the remote.
    Remote {
        /// How many recordings were added.
        recordings: usize,
        /// The remote.
        remote: String,
    },
}

/// Where a baseline lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A file.
    File(PathBuf),
    /// A file on a branch.
    Branch {
        /// The branch.
        branch: String,
        /// The path there.
        path: String,
    },
}

impl fmt::Display for Place {
    /// A path; on a branch as git writes it, `perfgate-data:COMMIT/MACHINE.json`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Branch { branch, path } => write!(f, "{branch}:{path}"),
        }
    }
}

/// Why the store cannot give, keep or share a baseline.
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
    #[error("the baseline `{place}` cannot be used: {problem}")]
    Unusable {
        /// The file.
        place: Place,
        /// What is wrong with it.
        problem: WireError,
    },
    /// A result without the facts that a baseline is filed under.
    #[error("only a result with a commit and an environment can be stored")]
    NotABaseline,
    /// Git cannot do what a branch needs.
    #[error(transparent)]
    Vcs(#[from] VcsError),
    /// A remote that was named, and that git's settings do not have.
    #[error("this repository has no remote `{0}`")]
    NoRemote(String),
    /// A branch that holds code, or whatever else.
    #[error("the branch `{branch}` holds other things than baselines: `{found}`")]
    OtherThings {
        /// The branch.
        branch: String,
        /// One of them.
        found: String,
    },
    /// A branch that somebody looks at: it would seem modified there.
    #[error("the branch `{branch}` is checked out in `{}`", .at.display())]
    CheckedOut {
        /// The branch.
        branch: String,
        /// The work tree.
        at: PathBuf,
    },
    /// The remote could not be asked for what others have recorded.
    #[error("`{branch}` could not be fetched from {remote}: {source}")]
    NotFetched {
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
        /// Why.
        source: RemoteError,
    },
    /// The remote did not take what was kept here.
    #[error("`{branch}` could not be pushed to {remote}{}: {source}", tries(.attempts))]
    NotPushed {
        /// The branch.
        branch: String,
        /// The remote.
        remote: String,
        /// How many recordings are still in this clone only.
        kept: usize,
        /// How often it was tried.
        attempts: u32,
        /// Why.
        source: PushError,
    },
    /// Somebody asked to stop.
    #[error("interrupted")]
    Interrupted {
        /// How many recordings are still in this clone only.
        kept: usize,
    },
}

fn tries(attempts: &u32) -> String {
    if *attempts > 1 { format!(" in {attempts} attempts") } else { String::new() }
}
