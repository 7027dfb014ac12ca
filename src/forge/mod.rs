//! A forge: where pull requests are discussed. One comment per pull request, kept up to date.
//!
//! Here: the seam to the forge (`Forge`), GitHub behind it (`github`), the mark by which a comment is found again (`marker`), and
//! how many runs at once end with one comment (`post`). Not here: what the comment says (`render`), which pull request it is
//! for, and when there is one at all (`app`).

mod error;
mod github;
mod marker;
mod patience;
mod post;

pub use error::ForgeError;
pub use github::{GitHub, Settings};
pub use marker::{CommentId, Marker, Run};
pub use patience::Patience;
pub use post::{Intent, MOST_BYTES, Posted, Wish, intend, post};

/// A comment below a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// The forge's number of it: a comment that was made later has a larger one.
    pub id: u64,
    /// The login of who wrote it; empty for an account that is gone.
    pub author: String,
    /// Its text, as Markdown.
    pub body: String,
    /// Where people read it.
    pub url: String,
}

/// A pull request, as far as it matters which one it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Its number.
    pub number: u64,
    /// The repository that the change comes from, as `owner/name`; `None` if that is gone.
    pub repository: Option<String>,
    /// The newest commit of the change.
    pub head: String,
    /// The commit of the base branch that the forge knows for it.
    pub base: String,
}

/// What is needed of a forge, for one repository.
pub trait Forge {
    /// The login under which comments are written.
    fn author(&self) -> Result<String, ForgeError>;

    /// All comments of a pull request.
    fn comments(&self, pull_request: u64) -> Result<Vec<Comment>, ForgeError>;

    /// Writes a new comment.
    fn create(&self, pull_request: u64, body: &str) -> Result<Comment, ForgeError>;

    /// Gives a comment another text. `ForgeError::NotThere` if it is gone.
    fn update(&self, comment: u64, body: &str) -> Result<Comment, ForgeError>;

    /// Removes a comment; one that is gone already is no error.
    fn delete(&self, comment: u64) -> Result<(), ForgeError>;

    /// The open pull requests of a branch, by the owner of its repository.
    fn pull_requests(&self, owner: &str, branch: &str) -> Result<Vec<PullRequest>, ForgeError>;
}
