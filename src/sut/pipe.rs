//! Talking to a process over pipes without ever being blocked by it.
//!
//! Here: whole requests out, whole lines in, any number of both under way. Not here: what the lines mean.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{ChildStdin, ChildStdout};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags};

use super::SutError;
use super::process::{Running, poll_for, system};

/// A process may print this much in one line; more is no answer but a flood.
const LONGEST_LINE: usize = 64 << 20;

/// Both ends of a conversation with a process.
pub struct Conversation {
    /// `None` once the process has closed its input, or perfgate has.
    input: Option<ChildStdin>,
    output: ChildStdout,
    /// What the process has not taken yet.
    unsent: Vec<u8>,
    received: Vec<u8>,
    /// Bytes of `received` known to hold no newline.
    searched: usize,
}

/// What was found on the output of a process.
pub enum Line {
    /// A line, or the output's last bytes.
    Read(Vec<u8>),
    /// There will be no more lines.
    EndOfOutput,
}

impl Conversation {
    /// Takes the pipes of a process that was just started.
    pub fn with(running: &mut Running) -> Result<Self, SutError> {
        let Some((input, output)) = running.pipes() else {
            return Err(system("connecting to a process")(ErrorKind::BrokenPipe.into()));
        };
        // Neither side may block perfgate: a process that does not read is as late as one that does not answer.
        for end in [input.as_fd(), output.as_fd()] {
            rustix::io::ioctl_fionbio(end, true).map_err(|error| system("preparing a pipe")(error.into()))?;
        }
        Ok(Self { input: Some(input), output, unsent: Vec::new(), received: Vec::new(), searched: 0 })
    }

    /// Hands over a request: at once as much as the pipe takes, the rest whenever the process reads.
    pub fn send(&mut self, request: &[u8]) -> Result<(), SutError> {
        self.unsent.extend_from_slice(request);
        self.flush()
    }

    /// Tells the process that nothing more will come.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    fn flush(&mut self) -> Result<(), SutError> {
        let mut sent = 0;
        while let (Some(pipe), Some(rest)) = (&mut self.input, self.unsent.get(sent..)) {
            if rest.is_empty() {
                break;
            }
            match pipe.write(rest) {
                Ok(count) => sent += count,
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                // What the process has to say about that is on its output.
                Err(error) if error.kind() == ErrorKind::BrokenPipe => self.input = None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(system("writing to the process")(error)),
            }
        }
        if self.input.is_none() {
            self.unsent.clear();
        } else {
            drop(self.unsent.drain(..sent));
        }
        Ok(())
    }

    /// The next line, with its newline if it has one; `None` if there is none within the time.
    pub fn line(&mut self, patience: Duration) -> Result<Option<Line>, SutError> {
        if let Some(line) = self.buffered() {
            return Ok(Some(Line::Read(line)));
        }
        if let Some(line) = self.read()? {
            return Ok(Some(line));
        }
        if patience.is_zero() {
            return Ok(None);
        }
        self.wait(patience)?;
        self.flush()?;
        self.read()
    }

    fn wait(&self, patience: Duration) -> Result<(), SutError> {
        let mut entries = vec![PollFd::new(&self.output, PollFlags::IN)];
        if let (Some(input), false) = (&self.input, self.unsent.is_empty()) {
            entries.push(PollFd::new(input, PollFlags::OUT));
        }
        poll_for(&mut entries, patience)
    }

    fn read(&mut self) -> Result<Option<Line>, SutError> {
        let mut chunk = [0_u8; 16 << 10];
        loop {
            match self.output.read(&mut chunk) {
                // A last line without its newline still counts: it may say what went wrong.
                Ok(0) if self.received.is_empty() => return Ok(Some(Line::EndOfOutput)),
                Ok(0) => return Ok(Some(Line::Read(self.take(self.received.len())))),
                Ok(count) => self.received.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(system("reading from the process")(error)),
            }
            if let Some(line) = self.buffered() {
                return Ok(Some(Line::Read(line)));
            }
        }
    }

    /// A line that was received already.
    fn buffered(&mut self) -> Option<Vec<u8>> {
        let fresh = self.received.get(self.searched..).unwrap_or_default();
        if let Some(end) = fresh.iter().position(|&byte| byte == b'\n') {
            return Some(self.take(self.searched + end + 1));
        }
        self.searched = self.received.len();
        (self.searched > LONGEST_LINE).then(|| self.take(self.searched))
    }

    fn take(&mut self, length: usize) -> Vec<u8> {
        let rest = self.received.split_off(length);
        self.searched = 0;
        std::mem::replace(&mut self.received, rest)
    }
}
