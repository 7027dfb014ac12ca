//! One connection: opened, with TLS and the protocol's own greetings behind it, and asked.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use hyper::body::{Body, Incoming};
use hyper::client::conn::{TrySendError, http1, http2};
use hyper::header::HeaderMap;
use hyper::{Request, Response, StatusCode};
use rustls::ClientConfig;

use super::reactor::Spawner;
use super::request::{Target, Whole};
use super::socket::{Socket, Sockets};
use super::stream::Stream;
use crate::config::HttpProtocol;
use crate::sut::{Clock, Nanos};

/// Of a longer body only the beginning is kept: it is no list of answers but a flood. It is read to its end all the same.
const KEPT: usize = 64 << 20;

/// Where to connect to, and how to talk there.
pub struct Place {
    /// The server.
    pub target: Target,
    /// What to speak.
    pub protocol: HttpProtocol,
    /// For a server that speaks TLS.
    pub tls: Option<Arc<ClientConfig>>,
    /// What stamps the answers.
    pub clock: Clock,
}

/// An open connection.
pub struct Connection {
    sender: Sender,
    socket: Rc<Socket>,
    /// What it is connected to.
    pub address: SocketAddr,
    /// Queries that were put on it and are not answered.
    pub in_flight: usize,
    /// Queries that were answered on it.
    pub answered: u64,
}

enum Sender {
    Http1(http1::SendRequest<Whole>),
    Http2(http2::SendRequest<Whole>),
}

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

/// Why there is no connection.
#[derive(Debug)]
pub enum Obstacle {
    /// Nobody listens.
    Refused(String),
    /// Something else, in words.
    Other(String),
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Refused(problem) | Self::Other(problem)) = self;
        f.write_str(problem)
    }
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

impl Connection {
    /// Connects to the first of the addresses that accepts.
    pub async fn open<E: 'static>(
        place: Rc<Place>,
        addresses: Vec<SocketAddr>,
        sockets: Sockets,
        spawner: Spawner<E>,
    ) -> Result<Self, Obstacle> {
        let mut obstacle = Obstacle::Other("there is no address".to_owned());
        for address in addresses {
            match sockets.connect(address, place.clock).await {
                Ok(socket) => return Self::greet(&place, address, socket, &spawner).await.map_err(Obstacle::Other),
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    obstacle = Obstacle::Refused(error.to_string());
                }
                Err(error) => obstacle = Obstacle::Other(error.to_string()),
            }
        }
        Err(obstacle)
    }

    async fn greet<E: 'static>(
        place: &Place,
        address: SocketAddr,
        socket: Rc<Socket>,
        spawner: &Spawner<E>,
    ) -> Result<Self, String> {
        let stream = match &place.tls {
            None => Stream::plain(Rc::clone(&socket)),
            Some(config) => Stream::secure(Rc::clone(&socket), Arc::clone(config), &place.target.host).await?,
        };
        let told = |error: hyper::Error| in_words(&error);
        let sender = match place.protocol {
            HttpProtocol::Http1 => {
                let (sender, connection) = http1::handshake(stream).await.map_err(told)?;
                hyper::rt::Executor::execute(spawner, connection);
                Sender::Http1(sender)
            }
            HttpProtocol::Http2 => {
                if place.tls.is_some() && stream.protocol() != Some(b"h2") {
                    return Err("the server does not offer HTTP/2; set `protocol = \"http1\"`".to_owned());
                }
                let handshake = http2::Builder::new(spawner.clone()).handshake(stream);
                let (sender, connection) = handshake.await.map_err(told)?;
                hyper::rt::Executor::execute(spawner, connection);
                Sender::Http2(sender)
            }
        };
        Ok(Self { sender, socket, address, in_flight: 0, answered: 0 })
    }

    /// Whether the other side has closed it.
    pub fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Whether it takes another request: HTTP/1.1 has one at a time, HTTP/2 as many as there are.
    pub fn is_free(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => self.in_flight == 0 && sender.is_ready(),
            Sender::Http2(sender) => sender.is_ready(),
        }
    }

    /// Hands over a request; it leaves as soon as the connection's task gets to run.
    pub fn ask(&mut self, request: Request<Whole>) -> Pin<Box<dyn Future<Output = Result<Reply, Fault>>>> {
        let socket = Rc::clone(&self.socket);
        let is_used = self.answered > 0;
        match &mut self.sender {
            Sender::Http1(sender) => Box::pin(reply(sender.try_send_request(request), socket, Some(is_used))),
            Sender::Http2(sender) => Box::pin(reply(sender.try_send_request(request), socket, None)),
        }
    }
}

/// Reads a response to its end. `is_used` says whether an HTTP/1.1 connection has answered before; HTTP/2 needs no such
/// guess, since its servers say which requests they have not seen.
async fn reply(
    head: impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Whole>>>>,
    socket: Rc<Socket>,
    is_used: Option<bool>,
) -> Result<Reply, Fault> {
    let before = socket.delivered();
    let response = match head.await {
        Ok(response) => response,
        Err(failed) => {
            let (error, at) = (failed.error(), socket.now());
            let is_untouched = socket.delivered() == before;
            let is_unseen = failed.message().is_some()
                || is_used.map_or_else(|| is_refused(error), |is_used| is_used && is_untouched && !error.is_parse());
            return Err(Fault { at, message: in_words(error), is_unseen, is_fatal: is_fatal(error) });
        }
    };
    let (head, mut body) = response.into_parts();
    let mut reply = Reply { at: Nanos(0), status: head.status, timings: timings(&head.headers), body: Vec::new() };
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|error| Fault {
            at: socket.now(),
            message: format!("in the middle of the body, {}", in_words(&error)),
            is_unseen: false,
            is_fatal: is_fatal(&error),
        })?;
        if let Some(data) = frame.data_ref()
            && reply.body.len() < KEPT
        {
            reply.body.extend_from_slice(data);
        }
        frame.trailers_ref().into_iter().for_each(|trailers| reply.timings.extend(timings(trailers)));
    }
    reply.at = socket.last_read();
    Ok(reply)
}

fn timings(headers: &HeaderMap) -> Vec<String> {
    let values = headers.get_all("server-timing").iter();
    values.filter_map(|value| value.to_str().ok()).map(str::to_owned).collect()
}

fn http2_cause(error: &hyper::Error) -> Option<&h2::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

/// Whether an HTTP/2 server says that it has not looked at the request.
fn is_refused(error: &hyper::Error) -> bool {
    http2_cause(error).is_some_and(|cause| {
        let leaves = cause.is_go_away() && cause.reason() == Some(h2::Reason::NO_ERROR);
        cause.is_remote() && (leaves || cause.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

/// Whether the whole connection is lost, not only one stream of it.
fn is_fatal(error: &hyper::Error) -> bool {
    !http2_cause(error).is_some_and(h2::Error::is_reset)
}

/// What went wrong, in words.
fn in_words(error: &hyper::Error) -> String {
    if error.is_parse() {
        return format!(
            "what came back is not HTTP/1.1 ({error}); if the server speaks HTTP/2, set `protocol = \"http2\"`"
        );
    }
    if error.is_incomplete_message() {
        return "the server closed the connection before its answer was complete".to_owned();
    }
    // Each reason usually repeats the next; the last one is what the system or the other side said.
    let mut reason: &dyn std::error::Error = error;
    while let Some(cause) = reason.source() {
        reason = cause;
    }
    match http2_cause(error) {
        Some(cause) if cause.is_go_away() && !cause.is_remote() => {
            format!(
                "what came back is not HTTP/2 ({reason}); if the server speaks HTTP/1.1, set `protocol = \"http1\"`"
            )
        }
        _ if error.is_canceled() || error.is_closed() => format!("the server closed the connection ({reason})"),
        _ => reason.to_string(),
    }
}
