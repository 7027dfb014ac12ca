//! A small HTTP/1.1 server with a fixed answer, in a process of its own: the same for both sides of a comparison, and so fast
//! that they are what limits the throughput.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::Failure;

const ANSWER: &[u8] =
    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 15\r\n\r\n{\"outputs\":[1]}";

/// The server's process. It ends with its handle.
pub struct Service {
    process: Child,
    _alive: Option<ChildStdin>,
    /// Where it answers.
    pub url: String,
}

impl Service {
    /// Starts this program once more, as the server.
    pub fn start() -> Result<Self, Failure> {
        let mut command = Command::new(std::env::current_exe()?);
        let mut process = command.arg("--serve").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        if let Some(said) = process.stdout.take() {
            BufReader::new(said).read_line(&mut url)?;
        }
        Ok(Self { _alive: process.stdin.take(), process, url: url.trim().to_owned() })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Its processor time is ours as soon as it has been waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Serves until the standard input ends: a thread for each connection.
pub fn serve() -> Result<(), Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || drop(answer(&connection)));
        }
    });
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}

/// Answers each request on a connection; requests have no body and do not overlap.
fn answer(mut connection: &TcpStream) -> std::io::Result<()> {
    connection.set_nodelay(true)?;
    let mut request = [0; 4096];
    let mut filled = 0;
    loop {
        let count = connection.read(request.get_mut(filled..).unwrap_or_default())?;
        if count == 0 {
            return Ok(());
        }
        filled += count;
        if request.get(..filled).unwrap_or_default().ends_with(b"\r\n\r\n") {
            connection.write_all(ANSWER)?;
            filled = 0;
        }
    }
}
