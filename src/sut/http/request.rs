//! Requests, made before the clock starts; and where they go.

use std::net::{SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::http::uri::{InvalidUri, PathAndQuery, Scheme};
use hyper::{Method, Request, Uri};

use super::{HttpError, Template};
use crate::config::{Http, HttpProtocol};
use crate::dataset::Dataset;

/// Requests are kept ready for all samples of a dataset if they take no more than this; else each is made right before it is
/// issued. In the same way for all, so that no sample is at an advantage.
const KEPT_READY: usize = 16 << 20;

/// A server, as a URL names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Whether TLS is spoken.
    pub is_secure: bool,
    /// A name or an address, without brackets.
    pub host: String,
    /// As given, or the usual one of the scheme.
    pub port: u16,
}

impl Target {
    /// The server that this URL names.
    pub fn of(uri: &Uri) -> Result<Self, String> {
        let is_secure = uri.scheme() == Some(&Scheme::HTTPS);
        let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
            return Err("expected a host after `://`".to_owned());
        };
        if authority.as_str().contains('@') {
            return Err("a URL cannot carry a user name here; send an `authorization` header".to_owned());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { is_secure, host, port: authority.port_u16().unwrap_or(if is_secure { 443 } else { 80 }) })
    }

    /// The addresses that the name stands for, in the order in which to try them.
    pub fn addresses(&self) -> Result<Vec<SocketAddr>, String> {
        let unknown = |reason: String| format!("the host `{}` has no address: {reason}", self.host);
        let found: Vec<SocketAddr> =
            (self.host.as_str(), self.port).to_socket_addrs().map_err(|error| unknown(error.to_string()))?.collect();
        if found.is_empty() { Err(unknown("the system knows none".to_owned())) } else { Ok(found) }
    }
}

/// A body that is there as a whole; empty for a request that has none.
#[derive(Debug, Clone, Default)]
pub struct Whole(Option<Bytes>);

impl Body for Whole {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Poll::Ready(self.0.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.as_ref().map_or(0, |bytes| bytes.len() as u64))
    }
}

/// A request, ready to be sent.
#[derive(Debug)]
pub enum Prepared {
    /// All its bytes.
    Http1 {
        /// Head and body.
        bytes: Vec<u8>,
        /// Whether the method is `HEAD`, whose responses have no body whatever they say.
        is_head: bool,
    },
    /// What the library makes frames of.
    Http2(Box<Request<Whole>>),
}

impl Prepared {
    /// How much memory it takes, about.
    fn size(&self) -> usize {
        match self {
            Self::Http1 { bytes, .. } => bytes.len(),
            Self::Http2(request) => {
                request.body().size_hint().exact().unwrap_or(0) as usize + request.uri().path().len()
            }
        }
    }
}

/// Makes the request of every query.
pub struct Requests {
    method: Method,
    headers: HeaderMap,
    url: Template,
    body: Option<Template>,
    protocol: HttpProtocol,
    dataset: Option<Arc<Dataset>>,
    /// `POST http://…`, for people.
    name: String,
    target: Target,
    /// One for each sample of the dataset, or one for all; empty if each is made when it is needed.
    ready: Vec<Rc<Prepared>>,
}

impl Requests {
    /// Makes them for a service whose port is known. Whatever is wrong with any part of a request is found here.
    pub fn new(http: &Http, dataset: Option<Arc<Dataset>>) -> Result<Self, HttpError> {
        let columns = dataset.as_deref().map(Dataset::columns);
        let template = |place: &'static str, text: &str| {
            Template::parse(text, columns).map_err(|problem| HttpError::Template { place, problem })
        };
        let url = template("url", &http.url)?;
        let body = http.body.as_deref().map(|body| template("body", body)).transpose()?;
        let wrong = |part: String| move |problem: String| HttpError::Request { part, problem };
        let method = Method::from_bytes(http.method.as_bytes())
            .map_err(|error| wrong(format!("method = \"{}\"", http.method))(error.to_string()))?;
        let first = uri(&url.render(&[0], dataset.as_deref())).map_err(wrong(format!("http = \"{}\"", http.url)))?;
        let target = Target::of(&first).map_err(wrong(format!("http = \"{}\"", http.url)))?;
        let mut requests = Self {
            headers: headers(http, &first)?,
            name: format!("{method} {}", http.url),
            method,
            url,
            body,
            protocol: http.protocol,
            dataset,
            target,
            ready: Vec::new(),
        };
        requests.make_ready()?;
        Ok(requests)
    }

    /// The server that all of them go to.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// `POST http://…`, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The request for a query about these samples.
    pub fn about(&self, samples: &[usize]) -> Result<Rc<Prepared>, HttpError> {
        let ready = match (samples, self.ready.as_slice()) {
            (_, [only]) => Some(only),
            ([sample], many) => many.get(sample % many.len().max(1)),
            _ => None,
        };
        ready.map_or_else(|| self.make(samples).map(Rc::new), |request| Ok(Rc::clone(request)))
    }

    fn make_ready(&mut self) -> Result<(), HttpError> {
        let first = self.make(&[0])?;
        let is_fixed = self.url.is_fixed() && self.body.as_ref().is_none_or(Template::is_fixed);
        let samples = if is_fixed { 1 } else { self.dataset.as_ref().map_or(0, |data| data.len()) };
        if first.size().saturating_mul(samples) <= KEPT_READY {
            self.ready = (0..samples).map(|sample| self.make(&[sample]).map(Rc::new)).collect::<Result<_, _>>()?;
        }
        Ok(())
    }

    fn make(&self, samples: &[usize]) -> Result<Prepared, HttpError> {
        let data = self.dataset.as_deref();
        let text = self.url.render(samples, data);
        let whole = uri(&text).map_err(|problem| HttpError::Request { part: format!("http = \"{text}\""), problem })?;
        if Target::of(&whole).as_ref() != Ok(&self.target) {
            let problem = "expected the same server for every query: fill in the path, not the host".to_owned();
            return Err(HttpError::Request { part: format!("http = \"{text}\""), problem });
        }
        let body = self.body.as_ref().map(|body| body.render(samples, data)).unwrap_or_default();
        Ok(match self.protocol {
            HttpProtocol::Http1 => {
                Prepared::Http1 { bytes: self.bytes(&whole, body.as_bytes()), is_head: self.method == Method::HEAD }
            }
            HttpProtocol::Http2 => {
                let mut request = Request::new(Whole((!body.is_empty()).then(|| Bytes::from(body))));
                *request.method_mut() = self.method.clone();
                *request.uri_mut() = whole;
                *request.headers_mut() = self.headers.clone();
                Prepared::Http2(Box::new(request))
            }
        })
    }

    /// A request of HTTP/1.1. Methods, URLs and headers are known to hold no line breaks: that is part of their types.
    fn bytes(&self, uri: &Uri, body: &[u8]) -> Vec<u8> {
        // HTTP/1.1 names the server in the `host` header, HTTP/2 in the address itself.
        let place = uri.path_and_query().map_or("/", PathAndQuery::as_str);
        let mut bytes = format!("{} {place} HTTP/1.1\r\n", self.method).into_bytes();
        for (name, value) in &self.headers {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                bytes.extend_from_slice(part);
            }
        }
        // A method that usually comes with a body says so if it has none; some servers insist.
        if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&self.method) {
            bytes.extend_from_slice(format!("{}: {}\r\n", header::CONTENT_LENGTH, body.len()).as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(body);
        bytes
    }
}

/// A URL; the brackets of a list in it are escaped, as nothing else in it needs to be.
fn uri(text: &str) -> Result<Uri, String> {
    if !["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
        return Err("expected a URL that begins with `http://` or `https://`".to_owned());
    }
    let (server, path) =
        match text.find("://").and_then(|scheme| text.get(scheme + 3..)?.find('/').map(|at| scheme + 3 + at)) {
            Some(path) => text.split_at(path),
            None => (text, ""),
        };
    let escaped = path.replace('[', "%5B").replace(']', "%5D");
    format!("{server}{escaped}").parse().map_err(|error: InvalidUri| format!("not a URL: {error}"))
}

/// The headers of the configuration, and those that a request is expected to have.
fn headers(http: &Http, uri: &Uri) -> Result<HeaderMap, HttpError> {
    let mut headers = HeaderMap::new();
    for (name, value) in &http.headers {
        let wrong = |problem: String| HttpError::Request { part: format!("header `{name}`"), problem };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| wrong(error.to_string()))?;
        if [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(&name) {
            return Err(wrong("perfgate sets it itself, as the body is; leave it out".to_owned()));
        }
        let value = HeaderValue::from_str(value).map_err(|error| wrong(error.to_string()))?;
        headers.append(name, value);
    }
    let mut usual = |name: HeaderName, value: &str| {
        if let (false, Ok(value)) = (headers.contains_key(&name), HeaderValue::from_str(value)) {
            headers.insert(name, value);
        }
    };
    usual(header::USER_AGENT, concat!("perfgate/", env!("CARGO_PKG_VERSION")));
    usual(header::ACCEPT, "*/*");
    if http.body.as_deref().is_some_and(|body| body.trim_start().starts_with(['{', '['])) {
        usual(header::CONTENT_TYPE, "application/json");
    }
    if http.protocol == HttpProtocol::Http1
        && let Some(authority) = uri.authority()
    {
        usual(header::HOST, authority.as_str());
    }
    Ok(headers)
}
