//! This program as a system under test: a worker, a command, a server.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};

use serde::Deserialize;

use super::layout::units_here;
use super::work::Work;
use super::workload::Workload;

#[derive(Deserialize)]
struct Query {
    id: u64,
}

/// Answers queries, one a line, until there are no more.
pub fn worker(workload: Workload) -> io::Result<()> {
    let units = units_here(workload)?;
    let mut work = Work::prepare(workload)?;
    let mut output = io::stdout().lock();
    output.write_all(b"{\"ready\":true}\n")?;
    output.flush()?;
    for line in io::stdin().lock().lines() {
        let Query { id } = serde_json::from_str(&line?)?;
        work.run(units)?;
        writeln!(output, "{{\"id\":{id}}}")?;
        output.flush()?;
    }
    Ok(())
}

/// Does the work of one query.
pub fn once(workload: Workload) -> io::Result<()> {
    Work::prepare(workload)?.run(units_here(workload)?)
}

/// Answers every request on this port until it is killed, with a thread for each connection.
pub fn server(workload: Workload, port: u16) -> io::Result<()> {
    let units = units_here(workload)?;
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    for stream in listener.incoming() {
        let stream = stream?;
        std::thread::spawn(move || converse(workload, units, stream));
    }
    Ok(())
}

/// A client that goes away ends the conversation, and nobody needs to know.
fn converse(workload: Workload, units: u64, mut stream: TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut work = Work::prepare(workload)?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    // An empty line ends a request; those of perfgate have no body.
    while let Some(line) = lines.next().transpose()? {
        if line.is_empty() {
            work.run(units)?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")?;
        }
    }
    Ok(())
}
