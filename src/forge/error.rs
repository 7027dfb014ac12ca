//! What can go wrong with a forge: facts, without advice.

/// Why the forge did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForgeError {
    /// This build cannot talk to a forge.
    #[error("this perfgate was built without GitHub's API")]
    NotBuilt,
    /// Where or as whom to talk to it is not said, or impossible.
    #[error("{0}")]
    Settings(String),
    /// The token may not do this.
    #[error("GitHub does not let this token {what}: {message} (status {status})")]
    Refused {
        /// What was to be done, as in "list the comments".
        what: String,
        /// 401 or 403.
        status: u16,
        /// GitHub's own words.
        message: String,
    },
    /// There is no such thing, or none that the token may see.
    #[error("GitHub could not {what}: {message}")]
    NotThere {
        /// What was to be done.
        what: String,
        /// GitHub's own words.
        message: String,
    },
    /// The text was not accepted, most likely because of its length.
    #[error("GitHub does not accept the text of the comment: {message} (status 422)")]
    NotAccepted {
        /// GitHub's own words.
        message: String,
    },
    /// No answer, or none that is worth anything, however often it was asked.
    #[error("GitHub could not be reached to {what}: {problem} ({})", times(.tries))]
    Unreachable {
        /// What was to be done.
        what: String,
        /// What happened the last time.
        problem: String,
        /// How often it was tried.
        tries: u32,
    },
    /// Too many requests, and it would take too long to wait for the next one.
    #[error("GitHub accepts no more requests of this token for now ({what}): {message}")]
    Limited {
        /// What was to be done.
        what: String,
        /// GitHub's own words.
        message: String,
    },
    /// An answer that was not expected of it.
    #[error("GitHub's answer to the request to {what} is not understood: {problem}")]
    Unexpected {
        /// What was to be done.
        what: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Somebody asked the program to stop while it waited.
    #[error("interrupted while waiting for GitHub; the comment may not be there")]
    Interrupted,
}

fn times(tries: &u32) -> String {
    match tries {
        1 => "tried once".to_owned(),
        _ => format!("tried {tries} times"),
    }
}
