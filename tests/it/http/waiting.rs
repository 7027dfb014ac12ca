//! Waiting: for answers that do not come, for moments, in a queue.

use std::sync::Arc;
use std::time::Duration;

use perfgate::config::{Http, Rate, Scenario, Server, Spacing, Traffic};
use perfgate::scenario::Schedule;
use perfgate::sut::{HttpSut, Nanos, Query, RoundSetting, Sut, SutError};

use super::serving::{Act, Http1, ok};
use super::{Asked, counts, data, impatient, number, one_by_one, patient, posting, service, users};

#[test]
fn a_server_that_never_answers_is_given_up() {
    let server = Http1::start(|seen| if seen.number < 2 { ok("") } else { Act::Hang });
    let timeout = impatient().timeout;
    let mut sut = HttpSut::new(service(server.url("/")), impatient(), None);
    let problem = Asked { timeout, ..one_by_one(5) }.of(&mut sut).unwrap_err().to_string();
    assert_eq!(problem, format!("`GET {}` took longer than 300ms to answer query 2", server.url("/")));
}

#[test]
fn queries_that_wait_for_a_connection_are_told() {
    let server = Http1::start(|_| Act::Hang);
    let timeout = impatient().timeout;
    let mut sut = HttpSut::new(service(server.url("/")), impatient(), None);
    let problem = Asked { timeout, ..users(3, 9) }.of(&mut sut).unwrap_err().to_string();
    assert!(problem.ends_with("to answer query 0; 2 more waited for one of the 1 connections"), "{problem}");
}

#[test]
fn nobody_there_is_told_with_a_hint() {
    let mut sut = HttpSut::new(service("http://127.0.0.1:1/x"), patient(), None);
    let problem = sut.start(&RoundSetting::default()).unwrap_err().to_string();
    assert!(problem.starts_with("cannot connect to `http://127.0.0.1:1/x`: Connection refused"), "{problem}");
    assert!(problem.contains("With `start = [\"./server\"]` perfgate starts it itself"), "{problem}");
    let mut sut = HttpSut::new(service("http://no-such-host.invalid/"), patient(), None);
    let problem = sut.start(&RoundSetting::default()).unwrap_err().to_string();
    assert!(problem.contains("the host `no-such-host.invalid` has no address"), "{problem}");
}

#[test]
fn an_interrupt_ends_the_wait_for_an_answer() {
    let server = Http1::start(|_| Act::Hang);
    let limits = patient();
    let flag = limits.interrupt.flag();
    let mut sut = HttpSut::new(service(server.url("/")), limits, None);
    sut.start(&RoundSetting::default()).unwrap();
    sut.issue(Query { id: 0, samples: &[0] }).unwrap();
    flag.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(matches!(sut.answer(Nanos(u64::MAX)), Err(SutError::Interrupted)));
}

#[test]
fn a_moment_that_passes_without_an_answer_is_met() {
    let server = Http1::start(|_| Act::Hang);
    let mut sut = HttpSut::new(service(server.url("/")), patient(), None);
    sut.start(&RoundSetting::default()).unwrap();
    let issued = sut.issue(Query { id: 0, samples: &[0] }).unwrap();
    let moment = issued.after(Duration::from_millis(3));
    assert_eq!(sut.answer(moment).unwrap(), None);
    assert!(sut.now() >= moment);
}

#[test]
fn a_queue_in_life_loses_nothing() {
    // 200 queries a second, each of which takes 2 ms on one of two connections: the wire is a fifth full.
    let server = Http1::start(|_| {
        std::thread::sleep(Duration::from_millis(2));
        ok("done")
    });
    let schedule = Schedule::open(Spacing::Poisson, &Rate::Constant(200.0), 200, 0, 7);
    let traffic = Traffic::Open { spacing: Spacing::Poisson, rate: Rate::Constant(200.0) };
    let scenario = Scenario::Server(Server { traffic, max_async: None });
    let http = Http { connections: number(2), ..service(server.url("/")) };
    let record = Asked { scenario, schedule: Some(schedule), ..one_by_one(200) }.of_service(&http);
    assert_eq!(counts(&record), (200, 0));
    assert_eq!((record.lateness.len(), server.seen().len(), server.connections()), (200, 200, 2));
    let service_time = u64::try_from(Duration::from_millis(2).as_nanos()).unwrap();
    assert!(record.latencies.iter().all(|&latency| latency >= service_time), "no answer before its service");
}

#[test]
fn offline_puts_everything_in_line_at_once() {
    let server = Http1::start(|_| ok(""));
    let rows = data("x\n1\n2\n3\n4\n");
    let http = Http { connections: number(4), ..posting(server.url("/"), "{inputs}") };
    let scenario = Scenario::Offline { batch_size: number(2), max_async: None };
    let mut sut = HttpSut::new(http, patient(), Some(Arc::clone(&rows)));
    let record = Asked { scenario, dataset: Some(&rows), ..one_by_one(100) }.of(&mut sut).unwrap();
    assert_eq!((counts(&record), record.samples), ((50, 0), 100));
}
