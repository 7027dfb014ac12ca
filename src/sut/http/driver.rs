//! The `http` driver itself: what makes a system under test of connections and, where perfgate starts it, of a server.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::answer::{beginning, outputs, stages};
use super::connection::{Connection, Obstacle, Place};
use super::pool::{Finished, Job, Pool};
use super::reactor::{Reactor, Spawner};
use super::reply::Reply;
use super::request::{Prepared, Requests, Target};
use super::server::{Server, expect_silence, with_free_port, with_port};
use super::socket::Sockets;
use super::stream::tls;
use super::{HttpError, Limits};
use crate::config::{Http, HttpProtocol};
use crate::dataset::Dataset;
use crate::sut::process::Launcher;
use crate::sut::{Clock, Completion, Nanos, Outcome, Query, RoundSetting, Sut, SutError};

/// Between two looks whether a server is ready.
const PAUSE: Duration = Duration::from_millis(5);

/// How long it may take until the end of a server is told whose connections have broken.
const DOUBT: Duration = Duration::from_millis(500);

/// A server that does not say within this time whether it is ready is asked again.
const LONGEST_PROBE: Duration = Duration::from_secs(1);

/// An HTTP service.
pub struct HttpSut {
    http: Http,
    limits: Limits,
    dataset: Option<Arc<Dataset>>,
    authorities: Option<PathBuf>,
    clock: Clock,
    session: Option<Session>,
    /// Of the round that has ended.
    reconnects: u64,
}

/// The round under way.
struct Session {
    /// Before the server, so that connections are closed before it is stopped.
    pool: Pool,
    requests: Requests,
    server: Option<Server>,
    /// Whether the last thing heard was that a connection broke: the end of the server itself is told a little later.
    is_in_doubt: bool,
}

impl HttpSut {
    /// Nothing runs and nothing is connected before `start`. Certificates are trusted that the usual public authorities have
    /// signed, and those in the file that the variable `SSL_CERT_FILE` names.
    pub fn new(http: Http, limits: Limits, dataset: Option<Arc<Dataset>>) -> Self {
        let authorities = std::env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { http, limits, dataset, authorities, clock: Clock::start(), session: None, reconnects: 0 }
    }

    /// Trusts the authorities in this file, in PEM form, besides the public ones.
    #[must_use]
    pub fn trusting(mut self, authorities: PathBuf) -> Self {
        self.authorities = Some(authorities);
        self
    }

    fn place(&self, target: &Target) -> Result<Place, HttpError> {
        let protocol = self.http.protocol;
        let tls = target.is_secure.then(|| tls(protocol, self.authorities.as_deref())).transpose()?;
        Ok(Place { target: target.clone(), protocol, tls, clock: self.clock })
    }

    /// Waits until the server is ready: `ready` is answered, or, without that, connections are accepted.
    fn wait_until_ready(
        &self,
        http: &Http,
        addresses: &[SocketAddr],
        server: &mut Option<Server>,
        deadline: Nanos,
    ) -> Result<(), SutError> {
        let probe = match (&http.ready, &server) {
            (None, None) => return Ok(()),
            (None, Some(_)) => Probe::Accepts(addresses.to_vec()),
            (Some(url), _) => {
                let requests = Requests::new(&asking(url, http.protocol), None)?;
                let target = requests.target();
                let addresses =
                    target.addresses().map_err(|problem| HttpError::unreachable(url, &Obstacle::Other(problem)))?;
                Probe::Answers(Rc::new(self.place(target)?), addresses, requests.about(&[])?)
            }
        };
        let mut last = "no answer".to_owned();
        loop {
            let mut reactor = Reactor::new();
            let (sockets, spawner) = (reactor.sockets().clone(), reactor.spawner().clone());
            let attempt = probe.clone().look(self.clock, sockets, spawner);
            reactor.spawner().spawn(async { Some(attempt.await) });
            let until = deadline.min(self.clock.now().after(LONGEST_PROBE));
            let answer = self.clock.look_until(until, &self.limits.interrupt, |patience| {
                reactor.turn(patience)?;
                Ok(reactor.event())
            })?;
            match answer {
                Some(Ok(())) => return Ok(()),
                Some(Err(problem)) => last = problem,
                None => {}
            }
            if let Some(ended) = server.take_if_ended()? {
                return Err(ended.ended("before it was ready".to_owned()));
            }
            if self.clock.now() >= deadline {
                let url = http.ready.as_ref().unwrap_or(&http.url);
                return Err(match server.take() {
                    Some(server) => server.timed_out(format!("to become ready (`{url}`: {last})")),
                    None => HttpError::NotReady { url: url.clone(), limit: self.limits.timeout, problem: last }.into(),
                });
            }
            let next = self.clock.now().after(PAUSE).min(deadline);
            self.clock.look_until(next, &self.limits.interrupt, |patience| {
                std::thread::sleep(patience);
                Ok(None::<()>)
            })?;
        }
    }

    /// Waits until all connections are open.
    fn open(&self, pool: &mut Pool, url: &str, server: &mut Option<Server>, deadline: Nanos) -> Result<(), SutError> {
        let opened = self.clock.look_until(deadline, &self.limits.interrupt, |patience| {
            Ok(match pool.is_open(patience)? {
                Ok(is_open) => is_open.then_some(Ok(())),
                Err(problem) => Some(Err(problem)),
            })
        })?;
        match (opened, server.take_if_ended()?) {
            (Some(Ok(())), None) => Ok(()),
            (_, Some(ended)) => Err(ended.ended("before it was ready".to_owned())),
            (None, None) => {
                let doing = format!("to accept {} connections", self.http.connections);
                Err(match server.take() {
                    Some(server) => server.timed_out(doing),
                    None => HttpError::Slow { request: url.to_owned(), limit: self.limits.timeout, doing }.into(),
                })
            }
            (Some(Err(problem)), None) => Err(match server.take() {
                Some(server) => {
                    HttpError::Refused { url: url.to_owned(), problem: problem.to_string(), tail: server.into_tail() }
                        .into()
                }
                None => HttpError::unreachable(url, &problem).into(),
            }),
        }
    }

    fn conclude(&mut self, Finished { job, result }: Finished) -> Result<Completion, SutError> {
        let Job { query, samples, .. } = job;
        let Some(session) = &mut self.session else { return Err(SutError::Interrupted) };
        session.is_in_doubt = result.is_err();
        let name = session.requests.name();
        let (at, outcome) = match result {
            Ok(reply) if !reply.status.is_success() => (reply.at, Outcome::Failed(refusal(name, &reply))),
            Ok(reply) => (reply.at, self.outcome(query, samples, &reply)?),
            Err((at, problem)) => {
                let failed = Outcome::Failed(format!("`{name}`: {problem}"));
                if let Some(ended) = session.server.take_if_ended()? {
                    return Err(ended.ended(format!("instead of answering query {query}")));
                }
                (at, failed)
            }
        };
        Ok(Completion { id: query, at, outcome })
    }

    /// What a response says. Its answers are only looked at where there are labels to hold them against: any other list is the
    /// service's own business.
    fn outcome(&mut self, query: u64, samples: usize, reply: &Reply) -> Result<Outcome, SutError> {
        let stages = stages(reply.timings.iter().map(String::as_str));
        let is_labelled = self.dataset.as_ref().is_some_and(|data| data.is_labelled());
        let outputs = if is_labelled { outputs(&reply.body).unwrap_or_default() } else { Vec::new() };
        if !outputs.is_empty() && outputs.len() != samples {
            let expected = format!("{samples} outputs, one for each sample (it gave {})", outputs.len());
            return Err(self.protocol_error(query, beginning(&reply.body), expected));
        }
        if outputs.is_empty() && stages.is_empty() {
            return Ok(Outcome::Done);
        }
        Ok(Outcome::Answers { outputs, stages })
    }

    fn protocol_error(&mut self, query: u64, found: String, expected: String) -> SutError {
        let Some(Session { requests, server, .. }) = self.session.take() else { return SutError::Interrupted };
        let (command, query) = (requests.name().to_owned(), query.to_string());
        match server.map(Server::into_tail) {
            Some(tail) => SutError::Protocol { command, query, found, expected, tail },
            None => HttpError::Answer { request: command, query, found, expected }.into(),
        }
    }
}

impl Sut for HttpSut {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.session = None;
        self.reconnects = 0;
        let deadline = self.clock.now().after(self.limits.timeout);
        let http = with_free_port(&self.http)?;
        let requests = Requests::new(&http, self.dataset.clone())?;
        let target = requests.target().clone();
        let addresses =
            target.addresses().map_err(|problem| HttpError::unreachable(&http.url, &Obstacle::Other(problem)))?;
        let place = self.place(&target)?;
        let mut server = match http.start.clone() {
            None => None,
            Some(command) => {
                expect_silence(&http.url, &addresses, &self.limits.interrupt)?;
                let Limits { directory, variables, timeout, interrupt } = self.limits.clone();
                let launcher = Launcher { command, directory, variables, timeout, interrupt };
                Some(Server::start(&launcher, target.port, round)?)
            }
        };
        self.wait_until_ready(&http, &addresses, &mut server, deadline)?;
        let mut pool = Pool::open(place, addresses, http.connections.get() as usize);
        self.open(&mut pool, &http.url, &mut server, deadline)?;
        self.session = Some(Session { pool, requests, server, is_in_doubt: false });
        Ok(())
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let Some(Session { pool, requests, .. }) = &mut self.session else { return Err(SutError::Interrupted) };
        let job = Job::new(query.id, query.samples.len(), requests.about(query.samples)?);
        pool.look_for_room()?;
        let issued = self.clock.now();
        pool.send(job);
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        let Some(Session { pool, .. }) = &mut self.session else { return Err(SutError::Interrupted) };
        let finished = self.clock.look_until(until, &self.limits.interrupt, |patience| pool.next(patience))?;
        finished.map(|finished| self.conclude(finished)).transpose()
    }

    fn give_up(&mut self, query: u64) -> SutError {
        let Some(Session { pool, requests, server, .. }) = self.session.take() else { return SutError::Interrupted };
        let (name, waiting) = (requests.name(), pool.waiting());
        let queue = match waiting {
            0 => String::new(),
            waiting => {
                let connections = self.http.connections;
                format!("; {waiting} more waited for one of the {connections} connections")
            }
        };
        drop(pool);
        match server {
            Some(server) => server.timed_out(format!("to answer query {query} (`{name}`{queue})")),
            None => {
                let doing = format!("to answer query {query}{queue}");
                HttpError::Slow { request: name.to_owned(), limit: self.limits.timeout, doing }.into()
            }
        }
    }

    fn stop(&mut self) -> Result<(), SutError> {
        let Some(Session { pool, server, is_in_doubt, .. }) = self.session.take() else { return Ok(()) };
        self.reconnects = pool.reconnects();
        drop(pool);
        let Some(server) = server else { return Ok(()) };
        if server.ends_within(if is_in_doubt { DOUBT } else { Duration::ZERO })? {
            return Err(server.ended("before the end of the round".to_owned()));
        }
        server.stop()
    }

    fn reconnects(&self) -> u64 {
        self.session.as_ref().map_or(self.reconnects, |session| session.pool.reconnects())
    }
}

/// Finds what is wrong with a service's requests before anything runs.
pub fn check(http: &Http, dataset: Option<&Arc<Dataset>>) -> Result<(), HttpError> {
    // Any port will do to see whether there is a place for one.
    let http = with_port(http, 1);
    Requests::new(&http, dataset.cloned())?;
    if let Some(url) = &http.ready {
        Requests::new(&asking(url, http.protocol), None)?;
    }
    Ok(())
}

/// A plain question to a URL, in the service's own protocol.
fn asking(url: &str, protocol: HttpProtocol) -> Http {
    Http {
        url: url.to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        start: None,
        ready: None,
        protocol,
        connections: std::num::NonZeroU32::MIN,
    }
}

fn refusal(name: &str, reply: &Reply) -> String {
    let status = reply.status;
    let more = if status.is_redirection() { " (perfgate follows no redirects)" } else { "" };
    format!("`{name}` was answered with status {status}{more}: {}", beginning(&reply.body))
}

/// How to see whether a server is ready.
#[derive(Clone)]
enum Probe {
    /// It accepts connections.
    Accepts(Vec<SocketAddr>),
    /// It answers this request with success.
    Answers(Rc<Place>, Vec<SocketAddr>, Rc<Prepared>),
}

impl Probe {
    async fn look(self, clock: Clock, sockets: Sockets, spawner: Spawner<Result<(), String>>) -> Result<(), String> {
        match self {
            Self::Accepts(addresses) => {
                let mut refused = String::new();
                for address in addresses {
                    match sockets.connect(address, clock).await {
                        Ok(_) => return Ok(()),
                        Err(error) => refused = error.to_string(),
                    }
                }
                Err(refused)
            }
            Self::Answers(place, addresses, request) => {
                let mut connection = Connection::open(place, addresses, sockets, spawner)
                    .await
                    .map_err(|problem| problem.to_string())?;
                let reply = connection.ask(&request).await.map_err(|fault| fault.message)?;
                if reply.status.is_success() { Ok(()) } else { Err(format!("status {}", reply.status)) }
            }
        }
    }
}

trait TakeIfEnded {
    /// The server, if perfgate started one and it has ended.
    fn take_if_ended(&mut self) -> Result<Option<Server>, SutError>;
}

impl TakeIfEnded for Option<Server> {
    fn take_if_ended(&mut self) -> Result<Option<Server>, SutError> {
        match self {
            Some(server) if server.has_ended()? => Ok(self.take()),
            _ => Ok(None),
        }
    }
}
