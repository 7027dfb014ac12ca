//! A system that works inside `issue`, moved to a thread of its own: queries queue up in front of it, as in front of a server
//! with one processor.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread::Scope;

use super::clock::Clock;
use super::{Completion, Interrupt, Nanos, Query, RoundSetting, Sut, SutError};

/// A handle to a system on another thread, for the scenario to issue queries to.
pub struct OnThread {
    clock: Clock,
    interrupt: Interrupt,
    requests: Option<Sender<Request>>,
    replies: Receiver<Reply>,
    overdue: fn(u64) -> SutError,
}

enum Request {
    Start(RoundSetting),
    Query { id: u64, samples: Samples },
    Stop,
}

/// What a query asks about. One sample, the usual case, needs no memory of its own.
enum Samples {
    One(usize),
    Several(Box<[usize]>),
}

impl From<&[usize]> for Samples {
    fn from(samples: &[usize]) -> Self {
        match samples {
            [sample] => Self::One(*sample),
            several => Self::Several(several.into()),
        }
    }
}

impl AsRef<[usize]> for Samples {
    fn as_ref(&self) -> &[usize] {
        match self {
            Self::One(sample) => std::slice::from_ref(sample),
            Self::Several(samples) => samples,
        }
    }
}

enum Reply {
    Done(Result<(), SutError>),
    Answer(Result<Completion, SutError>),
}

/// The other end of a handle: what the thread serves.
pub struct Service {
    inbox: Receiver<Request>,
    outbox: Sender<Reply>,
}

impl Service {
    /// One request after the other, until nobody can send any.
    pub fn serve(self, sut: &mut dyn Sut) {
        for request in self.inbox {
            let reply = match request {
                Request::Start(round) => Reply::Done(sut.start(&round)),
                Request::Stop => Reply::Done(sut.stop()),
                Request::Query { id, samples } => Reply::Answer(ask(sut, Query { id, samples: samples.as_ref() })),
            };
            if self.outbox.send(reply).is_err() {
                return;
            }
        }
    }
}

fn ask(sut: &mut dyn Sut, query: Query<'_>) -> Result<Completion, SutError> {
    sut.issue(query)?;
    loop {
        if let Some(completion) = sut.answer(Nanos(u64::MAX))? {
            return Ok(completion);
        }
    }
}

impl OnThread {
    /// A handle to the system that `body` serves, on a new thread of the scope. Both share the clock.
    pub fn spawn<'scope>(
        scope: &'scope Scope<'scope, '_>,
        interrupt: Interrupt,
        overdue: fn(u64) -> SutError,
        body: impl FnOnce(Clock, Service) + Send + 'scope,
    ) -> Self {
        let clock = Clock::start();
        let (requests, inbox) = channel();
        let (outbox, replies) = channel();
        scope.spawn(move || body(clock, Service { inbox, outbox }));
        Self { clock, interrupt, requests: Some(requests), replies, overdue }
    }

    fn send(&self, request: Request) -> Result<(), SutError> {
        let sent = self.requests.as_ref().map(|requests| requests.send(request));
        if matches!(sent, Some(Ok(()))) { Ok(()) } else { Err(SutError::Interrupted) }
    }

    fn done(&self) -> Result<(), SutError> {
        loop {
            match self.replies.recv() {
                Ok(Reply::Done(outcome)) => return outcome,
                Ok(Reply::Answer(_)) => {}
                Err(_) => return Err(SutError::Interrupted),
            }
        }
    }
}

impl Sut for OnThread {
    fn start(&mut self, round: &RoundSetting) -> Result<(), SutError> {
        self.send(Request::Start(round.clone()))?;
        self.done()
    }

    fn now(&self) -> Nanos {
        self.clock.now()
    }

    fn issue(&mut self, query: Query<'_>) -> Result<Nanos, SutError> {
        let issued = self.clock.now();
        self.send(Request::Query { id: query.id, samples: query.samples.into() })?;
        Ok(issued)
    }

    fn answer(&mut self, until: Nanos) -> Result<Option<Completion>, SutError> {
        let replies = &self.replies;
        self.clock.look_until(until, &self.interrupt, |patience| {
            let reply = if patience.is_zero() {
                match replies.try_recv() {
                    Ok(reply) => reply,
                    Err(TryRecvError::Empty) => return Ok(None),
                    Err(TryRecvError::Disconnected) => return Err(SutError::Interrupted),
                }
            } else {
                match replies.recv_timeout(patience) {
                    Ok(reply) => reply,
                    Err(RecvTimeoutError::Timeout) => return Ok(None),
                    Err(RecvTimeoutError::Disconnected) => return Err(SutError::Interrupted),
                }
            };
            match reply {
                Reply::Answer(completion) => completion.map(Some),
                Reply::Done(outcome) => outcome.map(|()| None),
            }
        })
    }

    fn give_up(&mut self, query: u64) -> SutError {
        self.requests = None;
        (self.overdue)(query)
    }

    fn stop(&mut self) -> Result<(), SutError> {
        self.send(Request::Stop)?;
        self.done()
    }
}
