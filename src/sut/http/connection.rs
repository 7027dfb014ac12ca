//! One connection: opened, with TLS and the protocol's own greetings behind it, and asked.

use std::fmt;
use std::future::{Future, poll_fn};
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

use hyper::body::{Body, Incoming};
use hyper::client::conn::{TrySendError, http2};
use hyper::header::HeaderMap;
use hyper::{Request, Response};
use rustls::ClientConfig;

use super::h1::KEPT;
use super::line::Line;
use super::reactor::Spawner;
use super::reply::{Fault, Reply};
use super::request::{Prepared, Target, Whole};
use super::socket::{Socket, Sockets};
use super::stream::Stream;
use crate::config::HttpProtocol;
use crate::sut::Clock;

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
    /// What it is connected to.
    pub address: SocketAddr,
    /// What speaks over it.
    pub speaker: Speaker,
}

/// What speaks over a connection.
pub enum Speaker {
    /// One query at a time.
    Http1(Line),
    /// As many queries as there are.
    Http2(Session),
}

/// A connection of HTTP/2. All clones are the same one.
#[derive(Clone)]
pub struct Session {
    sender: http2::SendRequest<Whole>,
    socket: Rc<Socket>,
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
        let speaker = match place.protocol {
            HttpProtocol::Http1 => Speaker::Http1(Line::new(stream, socket)),
            HttpProtocol::Http2 => {
                if place.tls.is_some() && stream.protocol() != Some(b"h2") {
                    return Err("the server does not offer HTTP/2; set `protocol = \"http1\"`".to_owned());
                }
                let handshake = http2::Builder::new(spawner.clone()).handshake(stream);
                let (sender, connection) = handshake.await.map_err(|error: hyper::Error| in_words(&error))?;
                hyper::rt::Executor::execute(spawner, connection);
                Speaker::Http2(Session { sender, socket })
            }
        };
        Ok(Self { address, speaker })
    }

    /// Asks, and waits for the answer.
    pub async fn ask(&mut self, request: &Prepared) -> Result<Reply, Fault> {
        match &mut self.speaker {
            Speaker::Http1(line) => line.ask(request).await,
            Speaker::Http2(session) => session.ask(request).await,
        }
    }
}

impl Session {
    /// Whether the other side has closed it.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Whether it takes another request.
    pub fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Hands over a request, which leaves as soon as the connection's task gets to run, and reads the response to its end.
    pub async fn ask(&mut self, request: &Prepared) -> Result<Reply, Fault> {
        let Prepared::Http2(request) = request else { return Err(Fault::unfit(self.socket.now())) };
        reply(self.sender.try_send_request(Request::clone(request)), &self.socket).await
    }
}

/// Reads a response of HTTP/2 to its end.
async fn reply(
    head: impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Whole>>>>,
    socket: &Socket,
) -> Result<Reply, Fault> {
    let fault = |error: &hyper::Error, message: String, is_unseen: bool| Fault {
        at: socket.now(),
        message,
        is_unseen,
        is_fatal: is_fatal(error),
    };
    let response = head.await.map_err(|failed| {
        let error = failed.error();
        fault(error, in_words(error), failed.message().is_some() || is_refused(error))
    })?;
    let (head, mut incoming) = response.into_parts();
    let (mut timings, mut body) = (timings(&head.headers), Vec::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut incoming).poll_frame(context)).await {
        let frame =
            frame.map_err(|error| fault(&error, format!("in the middle of the body, {}", in_words(&error)), false))?;
        if let Some(data) = frame.data_ref()
            && body.len() < KEPT
        {
            body.extend_from_slice(data);
        }
        frame.trailers_ref().into_iter().for_each(|trailers| timings.extend(self::timings(trailers)));
    }
    Ok(Reply { at: socket.last_read(), status: head.status, timings, body })
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
