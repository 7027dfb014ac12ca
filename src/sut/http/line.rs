//! One connection of HTTP/1.1: a request goes out, a response comes in, and then the next.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::task::{Context, Poll};

use super::h1::{Malformed, Reading};
use super::reply::{Fault, Reply};
use super::request::Prepared;
use super::socket::Socket;
use super::stream::Stream;

/// Most bytes per read; also the longest head of a response.
const ROOM: usize = 64 << 10;

/// A connection.
pub struct Line {
    stream: Stream,
    socket: Rc<Socket>,
    buffer: Box<[u8]>,
    /// What was read and is not understood yet: from here …
    from: usize,
    /// … to here.
    to: usize,
    /// Whether a query was answered on it.
    is_used: bool,
    is_open: bool,
}

/// A request that is on its way out, and its response on its way in.
struct Exchange<'a> {
    unsent: &'a [u8],
    /// Why the rest of the request could not be sent. The response may be there all the same.
    hindrance: Option<io::Error>,
    reading: Reading,
    is_sent: bool,
    is_heard: bool,
}

/// Why there is no response.
enum Trouble {
    Malformed(Malformed),
    TooLong,
    Closed,
    Other(io::Error),
}

impl Line {
    /// A connection over which nothing was said yet.
    pub fn new(stream: Stream, socket: Rc<Socket>) -> Self {
        Self { stream, socket, buffer: vec![0; ROOM].into(), from: 0, to: 0, is_used: false, is_open: true }
    }

    /// Whether it takes another request.
    pub fn is_open(&self) -> bool {
        self.is_open
    }

    /// Sends a request, and reads the response to its end.
    pub async fn ask(&mut self, request: &Prepared) -> Result<Reply, Fault> {
        let Prepared::Http1 { bytes, is_head } = request else { return Err(Fault::unfit(self.socket.now())) };
        let mut exchange = Exchange {
            unsent: bytes,
            hindrance: None,
            reading: Reading::new(*is_head),
            is_sent: false,
            is_heard: false,
        };
        let result = poll_fn(|context| self.poll(context, &mut exchange)).await;
        let Exchange { unsent, hindrance, reading, is_sent, is_heard } = exchange;
        let is_whole = unsent.is_empty() && hindrance.is_none() && self.from == self.to;
        self.is_open = result.is_ok() && reading.keeps_alive && is_whole;
        if let Err(trouble) = result {
            let is_in_body = reading.is_in_body();
            // Servers close connections that have answered for long enough; nobody else leaves without a word.
            let is_unseen = !is_heard && (self.is_used || !is_sent);
            let message = trouble.in_words(is_in_body);
            return Err(Fault { at: self.socket.now(), message, is_unseen, is_fatal: true });
        }
        self.is_used = true;
        let Reading { status, timings, body, .. } = reading;
        Ok(Reply { at: self.socket.last_read(), status, timings, body })
    }

    /// Ready when the other side has closed the connection, or says something that nobody has asked for.
    pub fn poll_end(&mut self, context: &Context<'_>) -> Poll<()> {
        self.stream.poll_receive(context, &mut self.buffer).map(drop)
    }

    fn poll(&mut self, context: &Context<'_>, exchange: &mut Exchange<'_>) -> Poll<Result<(), Trouble>> {
        if exchange.hindrance.is_none()
            && let Poll::Ready(Err(error)) = self.poll_send(context, exchange)
        {
            exchange.hindrance = Some(error);
        }
        // An answer may come before all of the request has left.
        loop {
            let unread = self.buffer.get(self.from..self.to).unwrap_or_default();
            self.from += exchange.reading.take(unread).map_err(Trouble::Malformed)?;
            if exchange.reading.is_done() {
                return Poll::Ready(Ok(()));
            }
            if !self.make_room() {
                return Poll::Ready(Err(Trouble::TooLong));
            }
            let room = self.buffer.get_mut(self.to..).unwrap_or_default();
            let Poll::Ready(received) = self.stream.poll_receive(context, room) else { return Poll::Pending };
            match received {
                Ok(0) => {
                    exchange.reading.end();
                    let is_done = exchange.reading.is_done();
                    return Poll::Ready(if is_done { Ok(()) } else { Err(exchange.closed()) });
                }
                Ok(count) => {
                    self.to += count;
                    exchange.is_heard = true;
                }
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Poll::Ready(Err(exchange.closed())),
                Err(error) => return Poll::Ready(Err(Trouble::Other(error))),
            }
        }
    }

    /// Sends as much as there is room for.
    fn poll_send(&mut self, context: &Context<'_>, exchange: &mut Exchange<'_>) -> Poll<io::Result<()>> {
        while !exchange.unsent.is_empty() {
            let count = std::task::ready!(self.stream.poll_send(context, exchange.unsent))?;
            if count == 0 {
                return Poll::Ready(Err(ErrorKind::WriteZero.into()));
            }
            exchange.is_sent = true;
            exchange.unsent = exchange.unsent.get(count..).unwrap_or_default();
        }
        self.stream.poll_sent(context)
    }

    /// Makes room for what comes next; false: there is none.
    fn make_room(&mut self) -> bool {
        if self.from == self.to {
            (self.from, self.to) = (0, 0);
        } else if self.to == self.buffer.len() && self.from > 0 {
            self.buffer.copy_within(self.from..self.to, 0);
            (self.from, self.to) = (0, self.to - self.from);
        }
        self.to < self.buffer.len()
    }
}

impl Exchange<'_> {
    /// The other side has closed the connection; what hindered the sending says more than that.
    fn closed(&mut self) -> Trouble {
        self.hindrance.take().filter(|_| !self.is_heard).map_or(Trouble::Closed, Trouble::Other)
    }
}

impl Trouble {
    fn in_words(&self, is_in_body: bool) -> String {
        let problem = match self {
            Self::Malformed(problem) if !is_in_body => format!(
                "what came back is not HTTP/1.1 ({problem}); if the server speaks HTTP/2, set `protocol = \"http2\"`"
            ),
            Self::Malformed(problem) => problem.to_string(),
            Self::TooLong => format!("headers or a chunk's head are longer than {} KiB", ROOM >> 10),
            Self::Closed => "the server closed the connection before its answer was complete".to_owned(),
            Self::Other(error) => error.to_string(),
        };
        if is_in_body { format!("in the middle of the body, {problem}") } else { problem }
    }
}
