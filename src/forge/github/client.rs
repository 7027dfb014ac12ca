//! One request to GitHub's API and its answer, over HTTP. Nothing is decided here but what a broken connection means.

use std::io::ErrorKind;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ureq::http::{HeaderMap, Response};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body, Error};

use super::answer::{Answer, Failure};
use super::settings::Token;
use crate::forge::ForgeError;

/// A hundred comments of the longest kind, and then some.
const MOST_ANSWER: u64 = 32 << 20;

/// What a request does.
#[derive(Debug, Clone, Copy)]
pub enum Request<'a> {
    /// Reads.
    Get(&'a [(&'a str, &'a str)]),
    /// Makes something out of this JSON.
    Post(&'a str),
    /// Changes something to this JSON.
    Patch(&'a str),
    /// Removes.
    Delete,
}

/// Sends requests in the name of a token.
pub struct Client {
    agent: Agent,
    token: Token,
    timeout: Duration,
}

impl Client {
    /// A client that waits so long for a connection, and for the whole of an answer. `certificates` are those whom TLS trusts,
    /// as PEM; those of the usual list if absent.
    pub fn new(token: Token, timeout: Duration, certificates: Option<&[u8]>) -> Result<Self, ForgeError> {
        let roots = match certificates {
            Some(pem) => trusted(pem)?,
            None => RootCerts::WebPki,
        };
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // Whoever the answer names must not be given the token.
            .max_redirects(0)
            .timeout_connect(Some(timeout))
            .timeout_global(Some(timeout))
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .user_agent(concat!("perfgate/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self { agent: config.new_agent(), token, timeout })
    }

    /// Sends a request and reads the answer, whatever its status. `Err` also says how long was waited in vain.
    pub fn send(&self, what: &str, url: &str, request: Request<'_>) -> Result<Answer, (Failure, Duration)> {
        self.exchange(url, request).map_err(|error| {
            let lost = if matches!(error, Error::Timeout(_)) { self.timeout } else { Duration::ZERO };
            (self.failure(what, &error), lost)
        })
    }

    fn exchange(&self, url: &str, request: Request<'_>) -> Result<Answer, Error> {
        let response = match request {
            Request::Get(query) => self.dressed(self.agent.get(url).query_pairs(query.iter().copied())).call(),
            Request::Delete => self.dressed(self.agent.delete(url)).call(),
            Request::Post(json) => self.dressed(self.agent.post(url)).content_type("application/json").send(json),
            Request::Patch(json) => self.dressed(self.agent.patch(url)).content_type("application/json").send(json),
        };
        read(response?)
    }

    fn dressed<B>(&self, request: ureq::RequestBuilder<B>) -> ureq::RequestBuilder<B> {
        request
            .header("authorization", self.token.header())
            .header("accept", "application/vnd.github+json")
            .header("x-github-api-version", "2022-11-28")
    }

    fn failure(&self, what: &str, error: &Error) -> Failure {
        let problem = self.token.remove_from(&error.to_string());
        match error {
            // A certificate that is not trusted will not be the next time either.
            Error::Io(broken) if broken.kind() == ErrorKind::InvalidData => {
                Failure::Final(ForgeError::Unreachable { what: what.to_owned(), problem, tries: 1 })
            }
            Error::Io(_)
            | Error::Timeout(_)
            | Error::HostNotFound
            | Error::ConnectionFailed
            | Error::ConnectProxyFailed(_)
            | Error::Protocol(_) => Failure::Passing { problem, wait: None, limit: false },
            _ => Failure::Final(ForgeError::Unexpected { what: what.to_owned(), problem }),
        }
    }
}

fn read(mut response: Response<Body>) -> Result<Answer, Error> {
    let body = response.body_mut().with_config().limit(MOST_ANSWER).lossy_utf8(true).read_to_string()?;
    let headers = response.headers();
    let used_up = text(headers, "x-ratelimit-remaining") == Some("0");
    Ok(Answer {
        status: response.status().as_u16(),
        retry_after: number(headers, "retry-after").map(Duration::from_secs),
        used_up: used_up.then(|| until(number(headers, "x-ratelimit-reset"))),
        link: text(headers, "link").map(str::to_owned),
        body,
    })
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    text(headers, name)?.trim().parse().ok()
}

/// From now until that second of the epoch, and one more.
fn until(second: Option<u64>) -> Duration {
    let moment = Duration::from_secs(second.unwrap_or_default().saturating_add(1));
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    moment.saturating_sub(now)
}

fn trusted(pem: &[u8]) -> Result<RootCerts, ForgeError> {
    let certificates = parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
        Ok(_) => None,
        Err(error) => Some(Err(ForgeError::Settings(format!("SSL_CERT_FILE holds what is no certificate: {error}")))),
    });
    let certificates = certificates.collect::<Result<Vec<Certificate<'static>>, ForgeError>>()?;
    if certificates.is_empty() {
        return Err(ForgeError::Settings("SSL_CERT_FILE holds no certificate".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
