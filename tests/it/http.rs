//! The HTTP driver, against servers that behave and servers that do not. Everything is on the loopback.

mod connections;
mod program;
mod requests;
mod responses;
mod servers;
pub mod serving;
mod tls;
mod waiting;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use perfgate::config::{Http, HttpProtocol, Sampling, Scenario, Server, Stopping, Traffic};
use perfgate::dataset::Dataset;
use perfgate::scenario::{RoundPlan, RoundRecord, Schedule, run_round};
use perfgate::sut::http::Limits;
use perfgate::sut::{HttpSut, Interrupt, RoundSetting, Sut, SutError};

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

/// A service that is asked with plain GETs on one connection.
fn service(url: impl Into<String>) -> Http {
    Http {
        url: url.into(),
        method: "GET".to_owned(),
        headers: Vec::new(),
        body: None,
        start: None,
        ready: None,
        protocol: HttpProtocol::Http1,
        connections: NonZeroU32::MIN,
    }
}

fn posting(url: impl Into<String>, body: &str) -> Http {
    Http { method: "POST".to_owned(), body: Some(body.to_owned()), ..service(url) }
}

fn http2(url: impl Into<String>) -> Http {
    Http { protocol: HttpProtocol::Http2, ..service(url) }
}

fn limits(timeout: Duration) -> Limits {
    Limits { directory: std::env::temp_dir(), variables: Vec::new(), timeout, interrupt: Interrupt::default() }
}

/// Long enough for a busy machine: no test waits for it to pass.
fn patient() -> Limits {
    limits(Duration::from_secs(20))
}

/// Short enough to wait for.
fn impatient() -> Limits {
    limits(Duration::from_millis(300))
}

/// A round of a scenario.
struct Asked<'a> {
    scenario: Scenario,
    queries: u32,
    schedule: Option<Schedule>,
    dataset: Option<&'a Dataset>,
    timeout: Duration,
}

/// So many queries, one after the other.
fn one_by_one(queries: u32) -> Asked<'static> {
    let timeout = patient().timeout;
    Asked { scenario: Scenario::SingleStream, queries, schedule: None, dataset: None, timeout }
}

/// So many queries of so many users who do not think.
fn users(users: u32, queries: u32) -> Asked<'static> {
    let traffic = Traffic::Closed { users: number(users), think_time: Duration::ZERO };
    Asked { scenario: Scenario::Server(Server { traffic, max_async: None }), ..one_by_one(queries) }
}

impl Asked<'_> {
    /// Runs it over a system, from its start to its end.
    fn of(self, sut: &mut dyn Sut) -> Result<RoundRecord, SutError> {
        sut.start(&RoundSetting::default())?;
        let stopping = Stopping { queries: number(self.queries), min_duration: Duration::ZERO, max_duration: None };
        let plan = RoundPlan {
            scenario: &self.scenario,
            stopping: &stopping,
            sampling: Sampling::Permutation,
            warmup: 0,
            timeout: self.timeout,
            sample_seed: 1,
            schedule: self.schedule.as_ref(),
            dataset: self.dataset,
        };
        let record = run_round(sut, &plan)?;
        sut.stop()?;
        Ok(record)
    }

    fn of_service(self, http: &Http) -> RoundRecord {
        self.of(&mut HttpSut::new(http.clone(), patient(), None)).unwrap()
    }
}

/// How many queries were answered, and how many failed.
fn counts(record: &RoundRecord) -> (usize, u64) {
    (record.latencies.len(), record.failed)
}

fn first_failure(record: &RoundRecord) -> &str {
    record.first_failure.as_deref().unwrap_or_default()
}

fn data(text: &str) -> Arc<Dataset> {
    Arc::new(Dataset::from_csv(text.as_bytes()).unwrap())
}
