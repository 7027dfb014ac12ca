//! The connections of a round, and the queries on them.
//!
//! HTTP/1.1 has one query at a time on a connection: with n connections at most n are on the wire, and the others wait here,
//! which is part of their latency. HTTP/2 takes all of them at once, as far as the server lets it.
//!
//! A connection that the server has closed between two queries is replaced when the next query needs it, at that query's
//! expense, as it would be for any client. A query that a closing server has not seen is asked once more.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use hyper::Request;

use super::connection::{Connection, Fault, Obstacle, Place, Reply};
use super::reactor::Reactor;
use super::request::Whole;
use crate::config::HttpProtocol;
use crate::sut::{Nanos, SutError};

/// A query on its way.
pub struct Job {
    query: u64,
    samples: usize,
    request: Request<Whole>,
    /// For the case that it has to be asked again; `None` if it was.
    spare: Option<Box<Request<Whole>>>,
}

impl Job {
    /// A query about so many samples.
    pub fn new(query: u64, samples: usize, request: Request<Whole>) -> Self {
        Self { query, samples, spare: Some(Box::new(request.clone())), request }
    }
}

/// A job whose request has been handed over.
struct Sent {
    query: u64,
    samples: usize,
    spare: Option<Box<Request<Whole>>>,
}

/// A query that was answered, or will not be.
pub struct Finished {
    /// The query's number.
    pub query: u64,
    /// How many samples it asked about.
    pub samples: usize,
    /// The response, or in words why there is none, and when that was clear.
    pub result: Result<Reply, (Nanos, String)>,
}

enum Event {
    Opened(Result<Connection, Obstacle>),
    Answered { connection: u64, sent: Sent, result: Result<Reply, Fault> },
}

/// Connections and queries.
pub struct Pool {
    place: Rc<Place>,
    /// The address that accepted; before that, all that may.
    addresses: Vec<SocketAddr>,
    reactor: Reactor<Event>,
    most: usize,
    connections: Vec<(u64, Connection)>,
    /// Connections opened so far.
    opened: u64,
    /// Connections that are being opened.
    opening: usize,
    waiting: VecDeque<Job>,
    finished: VecDeque<Finished>,
    /// Why a connection could not be opened while no query waited for it.
    obstacle: Option<Obstacle>,
}

impl Pool {
    /// Begins to open so many connections.
    pub fn open(place: Place, addresses: Vec<SocketAddr>, most: usize) -> Self {
        let mut pool = Self {
            place: Rc::new(place),
            addresses,
            reactor: Reactor::new(),
            most,
            connections: Vec::new(),
            opened: 0,
            opening: 0,
            waiting: VecDeque::new(),
            finished: VecDeque::new(),
            obstacle: None,
        };
        (0..most).for_each(|_| pool.open_one());
        pool
    }

    /// Goes on with opening. True: all connections are open; an error says why one could not be.
    pub fn is_open(&mut self, patience: Duration) -> Result<Result<bool, Obstacle>, SutError> {
        if self.opening > 0 {
            self.turn(patience)?;
        }
        Ok(self.obstacle.take().map_or(Ok(self.opening == 0), Err))
    }

    /// How often a connection had to be opened again so far.
    pub fn reconnects(&self) -> u64 {
        self.opened.saturating_sub(self.most as u64)
    }

    /// How many queries wait for a connection.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Puts a query on the wire; if all connections are busy, as soon as one is free.
    pub fn send(&mut self, job: Job) {
        self.waiting.push_back(job);
        self.go_on();
    }

    /// Looks at the sockets if no connection seems to be free: an answer that was not looked at yet may have freed one.
    pub fn look_for_room(&mut self) -> Result<(), SutError> {
        let is_free = self.connections.iter().any(|(_, connection)| connection.is_free());
        if is_free { Ok(()) } else { self.turn(Duration::ZERO) }
    }

    /// The next query that has finished; waits for one as long as it may.
    pub fn next(&mut self, patience: Duration) -> Result<Option<Finished>, SutError> {
        if self.finished.is_empty() {
            self.turn(patience)?;
        }
        Ok(self.finished.pop_front())
    }

    fn turn(&mut self, patience: Duration) -> Result<(), SutError> {
        self.reactor.turn(patience)?;
        self.go_on();
        Ok(())
    }

    /// Does everything that can be done without waiting.
    fn go_on(&mut self) {
        loop {
            while let Some(event) = self.reactor.event() {
                self.handle(event);
            }
            if !self.hand_out() {
                break;
            }
            self.reactor.run();
        }
    }

    fn handle(&mut self, event: Event) {
        match event {
            Event::Opened(result) => {
                self.opening -= 1;
                match result {
                    Ok(connection) => {
                        self.addresses = vec![connection.address];
                        self.opened += 1;
                        self.connections.push((self.opened, connection));
                    }
                    Err(obstacle) => match self.waiting.pop_front() {
                        Some(Job { query, samples, .. }) => {
                            let at = self.place.clock.now();
                            self.finish(query, samples, Err((at, obstacle.to_string())));
                        }
                        None => self.obstacle = Some(obstacle),
                    },
                }
            }
            Event::Answered { connection, sent, result } => {
                let place = self.connections.iter().position(|(id, _)| *id == connection);
                if let Some((_, connection)) = place.and_then(|place| self.connections.get_mut(place)) {
                    connection.in_flight -= 1;
                    connection.answered += u64::from(result.is_ok());
                }
                match result {
                    Ok(reply) => self.finish(sent.query, sent.samples, Ok(reply)),
                    Err(fault) => self.take(fault, sent, place),
                }
            }
        }
    }

    /// A query that was not answered, on the connection in this place.
    fn take(&mut self, fault: Fault, mut sent: Sent, place: Option<usize>) {
        if let (true, Some(place)) = (fault.is_fatal, place) {
            self.connections.swap_remove(place);
        }
        match sent.spare.take().filter(|_| fault.is_unseen) {
            Some(request) => {
                let Sent { query, samples, .. } = sent;
                self.waiting.push_front(Job { query, samples, request: *request, spare: None });
            }
            None => self.finish(sent.query, sent.samples, Err((fault.at, fault.message))),
        }
    }

    fn finish(&mut self, query: u64, samples: usize, result: Result<Reply, (Nanos, String)>) {
        self.finished.push_back(Finished { query, samples, result });
    }

    /// Hands waiting queries to free connections, and opens connections where some are missing. False: nothing was done.
    fn hand_out(&mut self) -> bool {
        self.connections.retain(|(_, connection)| !connection.is_closed());
        let mut handed_out = 0;
        while !self.waiting.is_empty() {
            let free = self.connections.iter_mut().filter(|(_, connection)| connection.is_free());
            let Some((id, connection)) = free.min_by_key(|(_, connection)| connection.in_flight) else { break };
            let Some(job) = self.waiting.pop_front() else { break };
            let id = *id;
            connection.in_flight += 1;
            let reply = connection.ask(job.request);
            let sent = Sent { query: job.query, samples: job.samples, spare: job.spare };
            self.reactor.spawner().spawn(async move {
                let result = reply.await;
                Some(Event::Answered { connection: id, sent, result })
            });
            handed_out += 1;
        }
        let room = self.most.saturating_sub(self.connections.len() + self.opening);
        let missing = match self.place.protocol {
            HttpProtocol::Http1 => room.min(self.waiting.len().saturating_sub(self.opening)),
            // Queries are spread over all connections, so one that is gone is missed as soon as anything is asked.
            HttpProtocol::Http2 if handed_out > 0 || !self.waiting.is_empty() => room,
            HttpProtocol::Http2 => 0,
        };
        (0..missing).for_each(|_| self.open_one());
        handed_out + missing > 0
    }

    fn open_one(&mut self) {
        self.opening += 1;
        let reactor = &self.reactor;
        let (sockets, spawner) = (reactor.sockets().clone(), reactor.spawner().clone());
        let opened = Connection::open(Rc::clone(&self.place), self.addresses.clone(), sockets, spawner);
        reactor.spawner().spawn(async { Some(Event::Opened(opened.await)) });
    }
}
