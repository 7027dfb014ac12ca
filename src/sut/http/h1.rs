//! HTTP/1.1 as bytes: a response is taken in piece by piece, as it comes.
//!
//! Heads are parsed by `httparse`, the parser that hyper has too; where a body ends is decided here, after RFC 9112, section 6.3.
//! Not here: sockets (`line`), requests (`request`).

use std::mem::MaybeUninit;

use httparse::{EMPTY_HEADER, Header, ParserConfig, Status};
use hyper::StatusCode;

/// Of a longer body only the beginning is kept: it is no list of answers but a flood. It is read to its end all the same.
pub const KEPT: usize = 64 << 20;

/// A response may have so many headers, and so many trailers.
const MOST_HEADERS: usize = 128;

/// A response that is being read.
#[derive(Debug)]
pub struct Reading {
    /// Whether it answers a `HEAD` request, and so has no body whatever its head says.
    answers_head: bool,
    state: State,
    /// Its status; before its head was read, one that says nothing.
    pub status: StatusCode,
    /// The values of its `Server-Timing` headers.
    pub timings: Vec<String>,
    /// Its body, as far as it was read and is kept.
    pub body: Vec<u8>,
    /// Whether another request may follow on the connection.
    pub keeps_alive: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Head,
    /// A body of which so much is missing.
    Length(u64),
    ChunkSize,
    /// A chunk of which so much is missing.
    Chunk(u64),
    ChunkEnd,
    Trailers,
    /// A body that ends with the connection.
    UntilEnd,
    Done,
}

/// Why bytes are no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The head is none.
    #[error("{0}")]
    Head(#[from] httparse::Error),
    /// The head says in two ways how long the body is, or in none that can be read.
    #[error("invalid content-length or transfer-encoding")]
    Length,
    /// Chunks that are none.
    #[error("invalid chunk")]
    Chunk,
}

impl Reading {
    /// A response of which nothing has come yet.
    pub fn new(answers_head: bool) -> Self {
        let (timings, body) = (Vec::new(), Vec::new());
        Self { answers_head, state: State::Head, status: StatusCode::CONTINUE, timings, body, keeps_alive: false }
    }

    /// Whether all of it has come.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Whether its head has come.
    pub fn is_in_body(&self) -> bool {
        self.state != State::Head
    }

    /// The connection has come to its end; that may be the end of the body, too.
    pub fn end(&mut self) {
        if self.state == State::UntilEnd {
            self.state = State::Done;
        }
    }

    /// Takes from the beginning of the bytes as much as can be understood, and says how much that was. What is left must come
    /// again, with more behind it.
    pub fn take(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut used = 0;
        while self.state != State::Done {
            let rest = bytes.get(used..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            match self.step(rest)? {
                Some(count) => used += count,
                None => break,
            }
        }
        Ok(used)
    }

    /// One step; `None`: there is too little.
    fn step(&mut self, rest: &[u8]) -> Result<Option<usize>, Malformed> {
        match self.state {
            State::Head => self.head(rest),
            State::Length(left) => {
                let count = self.keep(rest, left);
                self.state = if count == left { State::Done } else { State::Length(left - count) };
                Ok(Some(count as usize))
            }
            State::ChunkSize => match httparse::parse_chunk_size(rest).map_err(|_| Malformed::Chunk)? {
                Status::Partial => Ok(None),
                Status::Complete((count, size)) => {
                    self.state = if size == 0 { State::Trailers } else { State::Chunk(size) };
                    Ok(Some(count))
                }
            },
            State::Chunk(left) => {
                let count = self.keep(rest, left);
                self.state = if count == left { State::ChunkEnd } else { State::Chunk(left - count) };
                Ok(Some(count as usize))
            }
            State::ChunkEnd if rest.starts_with(b"\r\n") => {
                self.state = State::ChunkSize;
                Ok(Some(2))
            }
            State::ChunkEnd if rest == b"\r" => Ok(None),
            State::ChunkEnd => Err(Malformed::Chunk),
            State::Trailers => {
                let mut trailers = [EMPTY_HEADER; MOST_HEADERS];
                let Status::Complete((count, trailers)) = httparse::parse_headers(rest, &mut trailers)? else {
                    return Ok(None);
                };
                trailers.iter().for_each(|trailer| self.note_timing(trailer));
                self.state = State::Done;
                Ok(Some(count))
            }
            State::UntilEnd => Ok(Some(self.keep(rest, u64::MAX) as usize)),
            State::Done => Ok(None),
        }
    }

    /// Takes so many bytes of the body, or as many as there are.
    fn keep(&mut self, bytes: &[u8], most: u64) -> u64 {
        let count = usize::try_from(most).unwrap_or(usize::MAX).min(bytes.len());
        let room = KEPT.saturating_sub(self.body.len());
        self.body.extend_from_slice(bytes.get(..count.min(room)).unwrap_or_default());
        count as u64
    }

    fn head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Malformed> {
        let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
        let mut head = httparse::Response::new(&mut []);
        let parsed = ParserConfig::default().parse_response_with_uninit_headers(&mut head, bytes, &mut headers)?;
        let (Status::Complete(count), Some(code)) = (parsed, head.code) else { return Ok(None) };
        self.status = StatusCode::from_u16(code).map_err(|_| httparse::Error::Status)?;
        // Others follow; a change of protocol, which nobody has asked for, is the last.
        if self.status.is_informational() && self.status != StatusCode::SWITCHING_PROTOCOLS {
            return Ok(Some(count));
        }
        let mut framing = Framing { keeps_alive: head.version == Some(1), ..Framing::default() };
        for header in head.headers.iter() {
            framing.note(header)?;
            self.note_timing(header);
        }
        self.state = self.body_of(&framing);
        self.keeps_alive =
            framing.keeps_alive && self.state != State::UntilEnd && self.status != StatusCode::SWITCHING_PROTOCOLS;
        Ok(Some(count))
    }

    /// Where the body ends.
    fn body_of(&self, framing: &Framing) -> State {
        let has_none =
            self.status.is_informational() || [StatusCode::NO_CONTENT, StatusCode::NOT_MODIFIED].contains(&self.status);
        match (framing.is_chunked, framing.length) {
            _ if has_none || self.answers_head => State::Done,
            (Some(true), _) => State::ChunkSize,
            (None, Some(0)) => State::Done,
            (None, Some(length)) => State::Length(length),
            (Some(false), _) | (None, None) => State::UntilEnd,
        }
    }

    fn note_timing(&mut self, header: &Header<'_>) {
        if header.name.eq_ignore_ascii_case("server-timing")
            && let Ok(value) = std::str::from_utf8(header.value)
        {
            self.timings.push(value.to_owned());
        }
    }
}

/// What a head says about where the body ends, and what comes after it.
#[derive(Default)]
struct Framing {
    keeps_alive: bool,
    length: Option<u64>,
    /// Whether the last transfer encoding is `chunked`, where there is any.
    is_chunked: Option<bool>,
}

impl Framing {
    fn note(&mut self, header: &Header<'_>) -> Result<(), Malformed> {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("content-length") {
            for word in words(header.value) {
                let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
                let length = word.parse().ok().filter(|_| is_number).ok_or(Malformed::Length)?;
                if self.length.replace(length).is_some_and(|before| before != length) {
                    return Err(Malformed::Length);
                }
            }
        } else if is("transfer-encoding") {
            self.is_chunked = words(header.value).last().map(|word| word.eq_ignore_ascii_case("chunked"));
        } else if is("connection") {
            for word in words(header.value) {
                if word.eq_ignore_ascii_case("close") {
                    self.keeps_alive = false;
                } else if word.eq_ignore_ascii_case("keep-alive") {
                    self.keeps_alive = true;
                }
            }
        }
        Ok(())
    }
}

/// The words of a list. One that is no text is no word that is known.
fn words(value: &[u8]) -> impl Iterator<Item = &str> {
    value.split(|&byte| byte == b',').map(|word| std::str::from_utf8(word.trim_ascii()).unwrap_or("?"))
}

#[cfg(test)]
mod tests;
