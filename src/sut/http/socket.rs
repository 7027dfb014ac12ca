//! Sockets that never block, and the one place where they are waited for.
//!
//! A socket stamps the moment of each read: that is when an answer was there, whatever is done with the bytes afterwards.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::rc::{Rc, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};
use rustix::io::{Errno, FdFlags, fcntl_setfd, ioctl_fionbio};
use rustix::net::{AddressFamily, SocketType, connect, ipproto, socket};

use crate::sut::process::poll_for;
use crate::sut::{Clock, Nanos, SutError};

/// Set when the other side has said that it sends nothing more. It comes with what it sent before, so that a connection is
/// known to be closed before another query is put on it. Elsewhere that is found out a read later.
#[cfg(target_os = "linux")]
const LEAVING: PollFlags = PollFlags::RDHUP;
#[cfg(not(target_os = "linux"))]
const LEAVING: PollFlags = PollFlags::empty();

/// A connected socket, or one that is about to be.
pub struct Socket {
    stream: TcpStream,
    clock: Clock,
    /// Who waits for bytes to read.
    reader: Cell<Option<Waker>>,
    /// Who waits for room to write.
    writer: Cell<Option<Waker>>,
    /// Whether the last read took all that there was.
    is_drained: Cell<bool>,
    /// Whether the other side has been heard to leave.
    is_ending: Cell<bool>,
    last_read: Cell<Nanos>,
}

/// All sockets of a session.
#[derive(Clone, Default)]
pub struct Sockets(Rc<RefCell<Vec<Weak<Socket>>>>);

impl Sockets {
    /// Waits until a socket has what somebody waits for, or the time is over, and wakes those who do.
    pub fn wait(&self, patience: Duration) -> Result<(), SutError> {
        let mut wanted: Vec<(Rc<Socket>, PollFlags)> = Vec::new();
        self.0.borrow_mut().retain(|socket| {
            let Some(socket) = socket.upgrade() else { return false };
            // A socket that nobody waits for would report its end for ever.
            let flags = socket.wanted();
            if !flags.is_empty() {
                wanted.push((socket, flags));
            }
            true
        });
        let mut entries: Vec<PollFd<'_>> =
            wanted.iter().map(|(socket, flags)| PollFd::new(&socket.stream, *flags)).collect();
        poll_for(&mut entries, patience)?;
        for ((socket, _), entry) in wanted.iter().zip(&entries) {
            socket.wake(entry.revents());
        }
        Ok(())
    }

    /// Connects to an address.
    pub async fn connect(&self, address: SocketAddr, clock: Clock) -> io::Result<Rc<Socket>> {
        let family = if address.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
        let handle = socket(family, SocketType::STREAM, Some(ipproto::TCP))?;
        fcntl_setfd(&handle, FdFlags::CLOEXEC)?;
        ioctl_fionbio(&handle, true)?;
        let begun = connect(&handle, &address);
        let socket = Rc::new(Socket {
            stream: TcpStream::from(handle),
            clock,
            reader: Cell::default(),
            writer: Cell::default(),
            is_drained: Cell::default(),
            is_ending: Cell::default(),
            last_read: Cell::new(clock.now()),
        });
        self.0.borrow_mut().push(Rc::downgrade(&socket));
        match begun {
            Ok(()) => {}
            Err(Errno::INPROGRESS | Errno::INTR) => poll_fn(|context| socket.poll_connected(context)).await?,
            Err(error) => return Err(error.into()),
        }
        // A request is to leave when it is written, not when more has come together.
        socket.stream.set_nodelay(true)?;
        Ok(socket)
    }
}

impl Socket {
    /// The moment of the last read that found something, the end of the stream included.
    pub fn last_read(&self) -> Nanos {
        self.last_read.get()
    }

    /// The present moment, on the clock that stamps the reads.
    pub fn now(&self) -> Nanos {
        self.clock.now()
    }

    /// Reads what is there; if nothing is, the task is woken when something is.
    pub fn poll_read(&self, context: &Context<'_>, room: &mut [u8]) -> Poll<io::Result<usize>> {
        // It was empty the last time, and nothing else was heard of it since: asking the system again would only take time,
        // right before a request is written.
        if let Some(waker) = self.reader.take() {
            self.reader.set(Some(if waker.will_wake(context.waker()) { waker } else { context.waker().clone() }));
            return Poll::Pending;
        }
        if self.is_drained.take() {
            self.reader.set(Some(context.waker().clone()));
            return Poll::Pending;
        }
        let most = room.len();
        let result = retry(|| (&self.stream).read(room));
        match result {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.reader.set(Some(context.waker().clone()));
                Poll::Pending
            }
            result => {
                self.last_read.set(self.clock.now());
                // Less than there was room for: that was all. More, or the end of the stream, will be heard of.
                let is_short = matches!(result, Ok(count) if 0 < count && count < most);
                self.is_drained.set(is_short && !self.is_ending.get());
                Poll::Ready(result)
            }
        }
    }

    /// Writes what there is room for; if there is none, the task is woken when there is.
    pub fn poll_write(&self, context: &Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match retry(|| (&self.stream).write(bytes)) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                self.writer.set(Some(context.waker().clone()));
                Poll::Pending
            }
            result => Poll::Ready(result),
        }
    }

    /// Says that nothing more will be written.
    pub fn shut_down(&self) -> io::Result<()> {
        match self.stream.shutdown(std::net::Shutdown::Write) {
            Err(error) if error.kind() == ErrorKind::NotConnected => Ok(()),
            result => result,
        }
    }

    fn poll_connected(&self, context: &Context<'_>) -> Poll<io::Result<()>> {
        if let Some(error) = self.stream.take_error()? {
            return Poll::Ready(Err(error));
        }
        match self.stream.peer_addr() {
            Err(error) if error.kind() == ErrorKind::NotConnected => {
                self.writer.set(Some(context.waker().clone()));
                Poll::Pending
            }
            result => Poll::Ready(result.map(drop)),
        }
    }

    fn wanted(&self) -> PollFlags {
        let is_set = |waker: &Cell<Option<Waker>>| {
            let taken = waker.take();
            let is_set = taken.is_some();
            waker.set(taken);
            is_set
        };
        let mut flags = PollFlags::empty();
        flags.set(PollFlags::IN | LEAVING, is_set(&self.reader));
        flags.set(PollFlags::OUT, is_set(&self.writer));
        flags
    }

    fn wake(&self, ready: PollFlags) {
        let failed = ready.intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL);
        if failed || ready.intersects(LEAVING) {
            self.is_ending.set(true);
        }
        for (waker, flag) in [(&self.reader, PollFlags::IN), (&self.writer, PollFlags::OUT)] {
            if failed || ready.contains(flag) {
                waker.take().into_iter().for_each(Waker::wake);
            }
        }
    }
}

/// Repeats what a signal interrupted.
fn retry(mut work: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match work() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
