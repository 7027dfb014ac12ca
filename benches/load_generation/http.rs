//! The HTTP driver's throughput, beside `wrk`'s.

use std::num::NonZeroU32;
use std::time::Duration;

use perfgate::config::{Http, HttpProtocol, Sampling, Scenario, Server, Stopping, Traffic};
use perfgate::scenario::{RoundPlan, run_round};
use perfgate::sut::http::Limits;
use perfgate::sut::{HttpSut, Interrupt, RoundSetting, Sut};

use super::service::Service;
use super::table::{Table, Target};
use super::{Failure, wrk};

/// Length of each run, in seconds: short, so that both sides of a ratio meet the same machine.
const SECONDS: u32 = 2;

const TIMEOUT: Duration = Duration::from_secs(60);

/// One run of each with so many connections to the same server, and one thread on either side: what `wrk` does with so many
/// connections is the closed loop of so many users who do not think.
pub fn compare(table: &mut Table) -> Result<(), Failure> {
    for connections in [1, 8, 64] {
        let service = Service::start()?;
        let theirs = wrk::throughput(&service.url, connections, SECONDS)?;
        let ours = throughput(&service.url, NonZeroU32::new(connections).ok_or("no connections")?)?;
        let plural = if connections == 1 { "" } else { "s" };
        table.add(&format!("HTTP/1.1, {connections} connection{plural}"), Target::AtLeast(0.9), theirs, ours);
    }
    Ok(())
}

/// Requests a second of the driver.
fn throughput(url: &str, connections: NonZeroU32) -> Result<f64, Failure> {
    let limits =
        Limits { directory: ".".into(), timeout: TIMEOUT, interrupt: Interrupt::default(), variables: Vec::new() };
    let mut sut = HttpSut::new(service(url, connections), limits, None);
    let traffic = Traffic::Closed { users: connections, think_time: Duration::ZERO };
    let stopping = Stopping {
        queries: NonZeroU32::MIN,
        min_duration: Duration::from_secs(u64::from(SECONDS)),
        max_duration: None,
    };
    let plan = RoundPlan {
        scenario: &Scenario::Server(Server { traffic, max_async: None }),
        stopping: &stopping,
        sampling: Sampling::Permutation,
        warmup: 0,
        timeout: TIMEOUT,
        sample_seed: 1,
        schedule: None,
        dataset: None,
    };
    sut.start(&RoundSetting::default())?;
    let record = run_round(&mut sut, &plan)?;
    sut.stop()?;
    match record.first_failure {
        Some(problem) => Err(format!("{} queries failed: {problem}", record.failed).into()),
        None => Ok(record.latencies.len() as f64 * 1e9 / record.span as f64),
    }
}

/// A service that is asked with plain GETs.
fn service(url: &str, connections: NonZeroU32) -> Http {
    Http {
        url: url.to_owned(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        start: None,
        ready: None,
        protocol: HttpProtocol::Http1,
        connections,
    }
}
