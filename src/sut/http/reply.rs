//! What comes of a request: a response, or the reason why there is none. Whatever protocol it was sent by.

use http::StatusCode;

use crate::sut::Nanos;

/// A response, read to its end.
#[derive(Debug)]
pub struct Reply {
    /// When its last byte was read.
    pub at: Nanos,
    /// Its status.
    pub status: StatusCode,
    /// The values of its `Server-Timing` headers.
    pub timings: Vec<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug)]
pub struct Fault {
    /// When that was clear.
    pub at: Nanos,
    /// In words.
    pub message: String,
    /// Whether the request can be sent again without being answered twice: the server had closed the connection before it saw
    /// it.
    pub is_unseen: bool,
    /// Whether other requests on this connection are lost too.
    pub is_fatal: bool,
}

impl Fault {
    /// Requests are prepared for the protocol that their connections speak; this one is not.
    pub fn unfit(at: Nanos) -> Self {
        let message = "the request was made for another protocol".to_owned();
        Self { at, message, is_unseen: false, is_fatal: false }
    }
}
