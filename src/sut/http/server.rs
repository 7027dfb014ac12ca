//! A server that perfgate starts, once a round.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;

use super::HttpError;
use crate::config::{CommandLine, Http};
use crate::sut::process::{Launcher, Prepared, Running, Streams, first_to_end, how_it_ended, system};
use crate::sut::{Clock, Interrupt, RoundSetting, SutError, Tail};

/// Stands for the free port, wherever it is needed.
const PORT: &str = "{port}";

/// A server of the last round may need this long to let go of its port.
const LETTING_GO: Duration = Duration::from_secs(1);

/// A running server and its group of processes; dropping it kills them.
pub struct Server {
    name: String,
    limit: Duration,
    interrupt: Interrupt,
    prepared: Prepared,
    running: Running,
}

impl Server {
    /// Starts the command, with the port of the service in the variable `PORT`.
    pub fn start(launcher: &Launcher, port: u16, round: &RoundSetting) -> Result<Self, SutError> {
        let mut prepared = launcher.prepare(round, Streams::Silent)?;
        prepared.command().env("PORT", port.to_string());
        let running = prepared.start()?;
        Ok(Self {
            name: launcher.command.to_string(),
            limit: launcher.timeout,
            interrupt: launcher.interrupt.clone(),
            prepared,
            running,
        })
    }

    /// Whether the process itself has ended, whatever its children do.
    pub fn has_ended(&self) -> Result<bool, SutError> {
        Ok(first_to_end(std::iter::once(&self.running), Duration::ZERO)?.is_some())
    }

    /// Waits for its end. False: it still runs.
    pub fn ends_within(&self, time: Duration) -> Result<bool, SutError> {
        self.running.ended_within(time, &self.interrupt)
    }

    /// Says how it ended; kills it if it has not.
    pub fn ended(mut self, when: String) -> SutError {
        match self.running.finish() {
            Err(error) => error,
            Ok(status) => {
                SutError::Ended { command: self.name, how: how_it_ended(status), when, tail: self.prepared.tail() }
            }
        }
    }

    /// Kills it, and says what it was too late with.
    pub fn timed_out(mut self, doing: String) -> SutError {
        drop(self.running);
        SutError::TimedOut { command: self.name, limit: self.limit, doing, tail: self.prepared.tail() }
    }

    /// Kills it. Its last words.
    pub fn into_tail(mut self) -> Tail {
        drop(self.running);
        self.prepared.tail()
    }

    /// Asks it to end, and waits until it has. Its exit status says nothing then: it was interrupted.
    pub fn stop(self) -> Result<(), SutError> {
        self.running.terminate();
        if self.running.ended_within(self.limit, &self.interrupt)? {
            return self.running.finish().map(drop);
        }
        Err(self.timed_out("to exit after SIGTERM".to_owned()))
    }
}

/// The configuration with a free port in place of `{port}`, where it has any.
pub fn with_free_port(http: &Http) -> Result<Http, SutError> {
    let words = http.start.iter().flat_map(|command| std::iter::once(&command.program).chain(&command.arguments));
    if !words.chain([&http.url]).chain(&http.ready).any(|text| text.contains(PORT)) {
        return Ok(http.clone());
    }
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    let port = listener.map_err(system("looking for a free port"))?.port();
    Ok(with_port(http, port))
}

/// The configuration with this port in place of `{port}`.
pub fn with_port(http: &Http, port: u16) -> Http {
    let fill = |text: &String| text.replace(PORT, &port.to_string());
    let start = http.start.as_ref().map(|command| CommandLine {
        program: fill(&command.program),
        arguments: command.arguments.iter().map(fill).collect(),
    });
    Http { url: fill(&http.url), ready: http.ready.as_ref().map(fill), start, ..http.clone() }
}

/// Makes sure that nothing listens yet where the server is to listen: it would be measured in the server's place.
pub fn expect_silence(url: &str, addresses: &[SocketAddr], interrupt: &Interrupt) -> Result<(), SutError> {
    const PATIENCE: Duration = Duration::from_millis(200);
    let is_silent = |address: &SocketAddr| {
        let refused = TcpStream::connect_timeout(address, PATIENCE).err();
        refused.is_some_and(|error| error.kind() == ErrorKind::ConnectionRefused)
    };
    let taken = || addresses.iter().copied().find(|address| address.ip().is_loopback() && !is_silent(address));
    let Some(address) = taken() else { return Ok(()) };
    let clock = Clock::start();
    let silence = clock.look_until(clock.now().after(LETTING_GO), interrupt, |patience| {
        std::thread::sleep(patience.min(Duration::from_millis(50)));
        Ok(taken().is_none().then_some(()))
    })?;
    let taken = HttpError::Taken { url: url.to_owned(), address };
    silence.ok_or_else(|| taken.into())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::sut::http::tests::service;

    /// A program in the shell that has said that it runs.
    fn running(script: &str, folder: &Path) -> Server {
        let arguments = vec!["-c".to_owned(), format!("{script}; echo $PORT > said; sleep 600 & wait; wait")];
        let launcher = Launcher {
            command: CommandLine { program: "sh".to_owned(), arguments },
            directory: folder.to_owned(),
            variables: Vec::new(),
            timeout: Duration::from_millis(300),
            interrupt: Interrupt::default(),
        };
        let server = Server::start(&launcher, 8080, &RoundSetting::default()).unwrap();
        let begun = std::time::Instant::now();
        while std::fs::read_to_string(folder.join("said")).unwrap_or_default() != "8080\n" {
            assert!(begun.elapsed() < Duration::from_secs(60), "the program never said anything");
            std::thread::sleep(Duration::from_millis(5));
        }
        server
    }

    #[test]
    fn a_server_is_asked_to_end_and_killed_if_it_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let server = running("trap 'echo gone > gone; exit 3' TERM", folder.path());
        assert!(!server.has_ended().unwrap());
        server.stop().unwrap();
        assert!(folder.path().join("gone").exists(), "it had the time to tidy up");
        let folder = tempfile::tempdir().unwrap();
        let problem = running("trap '' TERM; echo stubborn >&2", folder.path()).stop().unwrap_err().to_string();
        assert!(problem.contains("took longer than 300ms to exit after SIGTERM"), "{problem}");
        assert!(problem.contains("stubborn"), "{problem}");
    }

    #[test]
    fn the_port_is_filled_in_everywhere() {
        let http = Http {
            ready: Some("http://127.0.0.1:{port}/healthz".to_owned()),
            start: Some(CommandLine { program: "serve{port}".to_owned(), arguments: vec!["--port={port}".to_owned()] }),
            ..service("http://127.0.0.1:{port}/x")
        };
        let filled = with_port(&http, 80);
        assert_eq!(
            (filled.url.as_str(), filled.ready.as_deref()),
            ("http://127.0.0.1:80/x", Some("http://127.0.0.1:80/healthz"))
        );
        assert_eq!(filled.start.unwrap().to_string(), "serve80 --port=80");
    }

    #[test]
    fn a_free_port_is_looked_for_only_where_one_is_wanted() {
        let fixed = service("http://127.0.0.1:8080/");
        assert_eq!(with_free_port(&fixed).unwrap(), fixed);
        let url = with_free_port(&service("http://127.0.0.1:{port}/")).unwrap().url;
        let port = url.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix('/')).unwrap();
        assert!(port.parse::<u16>().is_ok_and(|port| port > 0), "{url}");
    }

    #[test]
    fn something_that_listens_already_is_not_measured_in_the_servers_place() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let problem = expect_silence("http://x/", &[address], &Interrupt::default()).unwrap_err().to_string();
        assert!(problem.contains(&address.to_string()) && problem.contains("`{port}`"), "{problem}");
        drop(listener);
        expect_silence("http://x/", &[address], &Interrupt::default()).unwrap();
    }
}
