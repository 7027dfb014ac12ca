//! The connections of a round, and the queries on them.
//!
//! HTTP/1.1 has one query at a time on a connection: with n connections at most n are on the wire, and the others wait here,
//! which is part of their latency. HTTP/2 takes all of them at once, as far as the server lets it.
//!
//! A connection that the server has closed between two queries is replaced when the next query needs it, at that query's
//! expense, as it would be for any client. A query that a closing server has not seen is asked once more.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::net::SocketAddr;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use super::connection::{Connection, Obstacle, Place, Speaker};
use super::connections::{Connections, Ticket, Way};
use super::desk::{Attendant, desk};
use super::line::Line;
use super::reactor::{Reactor, Spawner};
use super::reply::{Fault, Reply};
use super::request::Prepared;
use crate::config::HttpProtocol;
use crate::sut::{Nanos, SutError};

/// A query on its way.
pub struct Job {
    /// The query's number.
    pub query: u64,
    /// How many samples it asks about.
    pub samples: usize,
    request: Rc<Prepared>,
    is_repeated: bool,
}

impl Job {
    /// A query about so many samples.
    pub fn new(query: u64, samples: usize, request: Rc<Prepared>) -> Self {
        Self { query, samples, request, is_repeated: false }
    }
}

/// A query that was answered, or will not be.
pub struct Finished {
    /// The query.
    pub job: Job,
    /// The response, or in words why there is none, and when that was clear.
    pub result: Result<Reply, (Nanos, String)>,
}

enum Event {
    Opened(Result<Connection, Obstacle>),
    Answered { ticket: Ticket, job: Job, result: Result<Reply, Fault> },
}

/// Connections and queries.
pub struct Pool {
    place: Rc<Place>,
    /// The address that accepted; before that, all that may.
    addresses: Vec<SocketAddr>,
    reactor: Reactor<Event>,
    most: usize,
    connections: Connections<Job>,
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
            connections: Connections::new(place.protocol),
            place: Rc::new(place),
            addresses,
            reactor: Reactor::new(),
            most,
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
        self.connections.added().saturating_sub(self.most as u64)
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
        if self.connections.is_any_free() { Ok(()) } else { self.turn(Duration::ZERO) }
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
        self.connections.sweep();
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
                        let way = self.way(connection.speaker);
                        self.connections.add(way);
                    }
                    Err(obstacle) => match self.waiting.pop_front() {
                        Some(job) => {
                            let at = self.place.clock.now();
                            self.finish(job, Err((at, obstacle.to_string())));
                        }
                        None => self.obstacle = Some(obstacle),
                    },
                }
            }
            Event::Answered { ticket, job, result } => {
                self.connections.settle(ticket);
                match result {
                    Ok(reply) => self.finish(job, Ok(reply)),
                    Err(fault) => self.take(fault, job, ticket),
                }
            }
        }
    }

    /// How a new connection is asked: one that takes one query at a time has a task for all of them.
    fn way(&self, speaker: Speaker) -> Way<Job> {
        match speaker {
            Speaker::Http2(session) => Way::Directly(session),
            Speaker::Http1(line) => {
                let (desk, attendant) = desk();
                self.reactor.spawner().spawn(attend(line, attendant, self.reactor.spawner().clone()));
                Way::Desk(desk)
            }
        }
    }

    /// A query that was not answered, on this connection.
    fn take(&mut self, fault: Fault, mut job: Job, ticket: Ticket) {
        if fault.is_fatal {
            self.connections.remove(ticket);
        }
        if fault.is_unseen && !job.is_repeated {
            job.is_repeated = true;
            self.waiting.push_front(job);
        } else {
            self.finish(job, Err((fault.at, fault.message)));
        }
    }

    fn finish(&mut self, job: Job, result: Result<Reply, (Nanos, String)>) {
        self.finished.push_back(Finished { job, result });
    }

    /// Hands waiting queries to free connections, and opens connections where some are missing. False: nothing was done.
    fn hand_out(&mut self) -> bool {
        let mut handed_out = 0;
        while !self.waiting.is_empty() {
            let Some((ticket, way)) = self.connections.take_free() else { break };
            let Some(job) = self.waiting.pop_front() else { break };
            match way {
                Way::Desk(desk) => desk.leave((ticket, job)),
                Way::Directly(session) => {
                    let mut session = session.clone();
                    self.reactor.spawner().spawn(async move {
                        let result = session.ask(&job.request).await;
                        Some(Event::Answered { ticket, job, result })
                    });
                }
            }
            handed_out += 1;
        }
        let missing = self.missing(handed_out > 0);
        (0..missing).for_each(|_| self.open_one());
        handed_out + missing > 0
    }

    /// How many connections are to be opened, now that those that are free have been used.
    fn missing(&mut self, is_asking: bool) -> usize {
        let wanted = match self.place.protocol {
            HttpProtocol::Http1 => self.waiting.len().saturating_sub(self.opening),
            // Queries are spread over all connections, so one that is gone is missed as soon as anything is asked.
            HttpProtocol::Http2 if is_asking || !self.waiting.is_empty() => self.most,
            HttpProtocol::Http2 => 0,
        };
        if wanted == 0 {
            return 0;
        }
        self.connections.sweep();
        wanted.min(self.most.saturating_sub(self.connections.len() + self.opening))
    }

    fn open_one(&mut self) {
        self.opening += 1;
        let reactor = &self.reactor;
        let (sockets, spawner) = (reactor.sockets().clone(), reactor.spawner().clone());
        let opened = Connection::open(Rc::clone(&self.place), self.addresses.clone(), sockets, spawner);
        reactor.spawner().spawn(async { Some(Event::Opened(opened.await)) });
    }
}

/// Asks all queries of a connection, one after the other, until it is closed or no longer needed.
async fn attend(mut line: Line, attendant: Attendant<(Ticket, Job)>, spawner: Spawner<Event>) -> Option<Event> {
    while let Some((ticket, job)) = poll_fn(|context| match attendant.poll_next(context) {
        Poll::Pending => line.poll_end(context).map(|()| None),
        next => next,
    })
    .await
    {
        let result = line.ask(&job.request).await;
        let answered = Event::Answered { ticket, job, result };
        if !line.is_open() {
            return Some(answered);
        }
        spawner.post(answered);
    }
    None
}
