//! Talking to a process over pipes without ever being blocked by it.
//!
//! Here: whole requests out, whole lines in, both with a deadline. Not here: what the lines mean.

use std::io::{ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::process::{ChildStdin, ChildStdout};
use std::time::Instant;

use rustix::event::PollFlags;

use super::process::{Running, ready_before, system};
use super::{Interrupt, SutError};

/// A process may print this much in one line; more is no answer but a flood.
const LONGEST_LINE: usize = 64 << 20;

/// A process's output, cut into lines.
pub struct Lines {
    pipe: ChildStdout,
    buffer: Vec<u8>,
}

/// How a wait for a line ended.
pub enum Line {
    /// A line, or the output's last bytes.
    Read(Vec<u8>),
    /// There will be no more lines.
    EndOfOutput,
    /// The deadline came first.
    TooLate,
}

/// Takes the pipes of a process that was just started.
pub fn connect(running: &mut Running) -> Result<(ChildStdin, Lines), SutError> {
    let Some((input, pipe)) = running.pipes() else {
        return Err(system("connecting to a process")(ErrorKind::BrokenPipe.into()));
    };
    // Neither side of the conversation may block perfgate: a process that does not read is a timeout like any other.
    for end in [input.as_fd(), pipe.as_fd()] {
        rustix::io::ioctl_fionbio(end, true).map_err(|error| system("preparing a pipe")(error.into()))?;
    }
    Ok((input, Lines { pipe, buffer: Vec::new() }))
}

/// How sending a request ended.
pub enum Sent {
    /// The process has it, or its pipe has.
    Whole,
    /// The process has closed its input; what it has to say about that is on its output.
    NobodyReads,
    /// The process does not read.
    TooLate,
}

/// Writes the whole request unless the deadline comes first.
pub fn send(
    pipe: &mut ChildStdin,
    mut request: &[u8],
    deadline: Instant,
    interrupt: &Interrupt,
) -> Result<Sent, SutError> {
    while !request.is_empty() {
        match pipe.write(request) {
            Ok(written) => request = request.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                if !ready_before(pipe.as_fd(), PollFlags::OUT, deadline, interrupt)? {
                    return Ok(Sent::TooLate);
                }
            }
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Sent::NobodyReads),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(system("writing to the process")(error)),
        }
    }
    Ok(Sent::Whole)
}

impl Lines {
    /// The next line, with its newline if it has one.
    pub fn next(&mut self, deadline: Instant, interrupt: &Interrupt) -> Result<Line, SutError> {
        let mut searched = 0;
        let mut chunk = [0_u8; 4096];
        loop {
            let fresh = self.buffer.get(searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|&byte| byte == b'\n') {
                let rest = self.buffer.split_off(searched + end + 1);
                return Ok(Line::Read(std::mem::replace(&mut self.buffer, rest)));
            }
            searched = self.buffer.len();
            if searched > LONGEST_LINE {
                return Ok(Line::Read(std::mem::take(&mut self.buffer)));
            }
            match self.pipe.read(&mut chunk) {
                // A last line without its newline still counts: it may say what went wrong.
                Ok(0) if self.buffer.is_empty() => return Ok(Line::EndOfOutput),
                Ok(0) => return Ok(Line::Read(std::mem::take(&mut self.buffer))),
                Ok(count) => self.buffer.extend_from_slice(chunk.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if !ready_before(self.pipe.as_fd(), PollFlags::IN, deadline, interrupt)? {
                        return Ok(Line::TooLate);
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(system("reading from the process")(error)),
            }
        }
    }
}
