//! The `http` driver: a service that runs already, or a server that perfgate starts once a round.
//!
//! A latency begins right before the request is written and ends at the read that brought the last byte of the response.
//! Connections are opened, TLS included, before the clock starts; requests are made before it starts, and responses are
//! understood after it has stopped. One thread does everything, with an own loop over sockets that never block (`reactor`),
//! so that there is no hand-over between threads in a latency and no timer coarser than the clock. HTTP/2 is hyper's. HTTP/1.1
//! is spoken here (`h1`, `line`), with the parser that hyper has: what else its client does for a query takes some 2 µs, as
//! much again as `wrk` needs for all it does, and would be in every latency.
//! While that thread issues a query, which takes microseconds, it reads no answer; and each connection that it watches makes
//! a look at all of them about 0.1 µs longer.
//!
//! With HTTP/1.1 and n connections at most n queries are on the wire. The others wait in perfgate, which is part of their
//! latency; more connections let the server see more of them at once. HTTP/2 puts all of them on the wire, as far as the
//! server allows.
//!
//! A connection that the server closed between two queries is opened again by the query that needs it. No proxy is used,
//! whatever the environment says, and no redirect is followed: both would be measured in the service's place.

#[cfg(not(feature = "http"))]
mod absent;
#[cfg(feature = "http")]
mod answer;
#[cfg(feature = "http")]
mod connection;
#[cfg(feature = "http")]
mod connections;
#[cfg(feature = "http")]
mod desk;
#[cfg(feature = "http")]
mod driver;
#[cfg(feature = "http")]
mod h1;
#[cfg(feature = "http")]
mod line;
#[cfg(feature = "http")]
mod pool;
#[cfg(feature = "http")]
mod reactor;
#[cfg(feature = "http")]
mod reply;
#[cfg(feature = "http")]
mod request;
#[cfg(feature = "http")]
mod server;
#[cfg(feature = "http")]
mod socket;
#[cfg(feature = "http")]
mod stream;
mod template;
#[cfg(all(test, feature = "http"))]
mod tests;

#[cfg(not(feature = "http"))]
pub use absent::{HttpSut, check};
#[cfg(feature = "http")]
pub use driver::{HttpSut, check};
pub use template::{Template, TemplateError};

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::{Interrupt, Tail, Variables};

/// Where a server runs, and how long anything may take.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Where the server runs, and where relative paths begin.
    pub directory: PathBuf,
    /// What it sees in place of perfgate's own variables.
    pub variables: Variables,
    /// Longest wait for anything.
    pub timeout: Duration,
    /// Set when perfgate is to stop.
    pub interrupt: Interrupt,
}

/// Why an HTTP service could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// A part of the request that cannot be sent.
    #[error("{part}: {problem}")]
    Request {
        /// `header `x``.
        part: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A text with a name in braces that nothing can be put in for.
    #[error("{place}: {problem}")]
    Template {
        /// `url` or `body`.
        place: &'static str,
        /// What is wrong with it.
        problem: TemplateError,
    },
    /// Nobody is there.
    #[error("cannot connect to `{url}`: {problem}{hint}")]
    Unreachable {
        /// The service.
        url: String,
        /// What the operating system or the other side says.
        problem: String,
        /// What to do about it.
        hint: &'static str,
    },
    /// The server that perfgate started is there but takes no connection.
    #[error("cannot connect to `{url}`: {problem}; the server was stopped{tail}")]
    Refused {
        /// The service.
        url: String,
        /// What the operating system or the other side says.
        problem: String,
        /// Its last words.
        tail: Tail,
    },
    /// Something listens already where a server is to be started.
    #[error(
        "something listens on {address} already and would be measured in place of the server that `start` starts; stop it, or \
         write `{{port}}` for the port in `{url}` and in `start`, and perfgate picks a free one"
    )]
    Taken {
        /// The service.
        url: String,
        /// Where something listens.
        address: SocketAddr,
    },
    /// A service that perfgate did not start is not ready.
    #[error("`{url}` was not ready within {limit:?}: {problem}")]
    NotReady {
        /// Where it was asked.
        url: String,
        /// The configured timeout.
        limit: Duration,
        /// The last answer.
        problem: String,
    },
    /// A service that perfgate did not start is late.
    #[error("`{request}` took longer than {limit:?} {doing}")]
    Slow {
        /// `POST http://…`.
        request: String,
        /// The configured timeout.
        limit: Duration,
        /// `to answer query 7`.
        doing: String,
    },
    /// A service that perfgate did not start gave an answer that fits no query.
    #[error("`{request}` answered query {query} with {found}, expected {expected}")]
    Answer {
        /// `POST http://…`.
        request: String,
        /// The query.
        query: String,
        /// The beginning of the body.
        found: String,
        /// What would have been right.
        expected: String,
    },
    /// The file with authorities to trust is of no use.
    #[error("cannot use the certificates in `{path}` (named by SSL_CERT_FILE): {problem}")]
    Authorities {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(String),
    /// perfgate was built without the driver.
    #[error("this perfgate was built without HTTP (cargo feature `http`)")]
    NotBuilt,
}

impl HttpError {
    #[cfg(feature = "http")]
    fn unreachable(url: &str, obstacle: &connection::Obstacle) -> Self {
        let hint = match obstacle {
            connection::Obstacle::Refused(_) => {
                "; is the server running? With `start = [\"./server\"]` perfgate starts it itself"
            }
            connection::Obstacle::Other(_) => "",
        };
        Self::Unreachable { url: url.to_owned(), problem: obstacle.to_string(), hint }
    }
}
