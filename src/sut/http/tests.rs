//! What the tests of the parts share.

use std::num::NonZeroU32;

use crate::config::{Http, HttpProtocol};

/// A service that is asked with plain GETs on one connection.
pub fn service(url: &str) -> Http {
    Http {
        url: url.to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        start: None,
        ready: None,
        protocol: HttpProtocol::Http1,
        connections: NonZeroU32::MIN,
    }
}
