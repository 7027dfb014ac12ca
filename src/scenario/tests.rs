//! The scenarios over a queue in virtual time, where every answer is exact. Where queries stand in time: `over_time`. Long runs
//! against queueing theory: `theory`.

mod over_time;
pub(crate) mod theory;

use std::num::NonZeroU32;
use std::time::Duration;

use super::*;
use crate::config::{Rate, Server, Spacing};
pub(crate) use crate::sut::Outcome;
pub(crate) use crate::sut::fake::FakeSut;

const MS: u64 = 1_000_000;

fn number(n: u32) -> NonZeroU32 {
    NonZeroU32::new(n).unwrap()
}

fn stopping(queries: u32, min_nanos: u64) -> Stopping {
    Stopping { queries: number(queries), min_duration: Duration::from_nanos(min_nanos), max_duration: None }
}

fn plan<'a>(scenario: &'a Scenario, stopping: &'a Stopping) -> RoundPlan<'a> {
    RoundPlan {
        scenario,
        stopping,
        sampling: Sampling::Permutation,
        warmup: 0,
        timeout: Duration::from_secs(3600),
        sample_seed: 1,
        schedule: None,
        dataset: None,
    }
}

fn open_server() -> Scenario {
    let traffic = Traffic::Open { spacing: Spacing::Even, rate: Rate::Constant(1.0) };
    Scenario::Server(Server { traffic, max_async: None })
}

fn serve(sut: &mut FakeSut, scenario: &Scenario, schedule: &Schedule) -> RoundRecord {
    let stopping = stopping(1, 0);
    run_round(sut, &RoundPlan { schedule: Some(schedule), ..plan(scenario, &stopping) }).unwrap()
}

fn labelled(rows: usize) -> Dataset {
    let rows: String = (0..rows).map(|row| format!("{row},{}\n", row % 2)).collect();
    Dataset::from_csv(format!("x,label\n{rows}").as_bytes()).unwrap()
}

mod one_at_a_time {
    use super::*;

    #[test]
    fn the_warm_up_is_asked_but_not_timed() {
        let mut sut = FakeSut::with_latencies(&[1000, 1000, 7, 8, 9]);
        let stopping = stopping(3, 0);
        let record = run_round(&mut sut, &RoundPlan { warmup: 2, ..plan(&Scenario::SingleStream, &stopping) }).unwrap();
        assert_eq!(record.latencies, [7, 8, 9]);
        assert_eq!((record.busy, record.samples), (24, 3));
        assert_eq!(sut.asked, [0, 1, 0, 1, 2], "the timed part starts at the beginning of the order");
        assert_eq!(sut.most_in_flight, 1);
    }

    #[test]
    fn both_minima_must_be_met() {
        let asked = |queries, nanos| {
            let mut sut = FakeSut::with_latencies(&[10]);
            run_round(&mut sut, &plan(&Scenario::SingleStream, &stopping(queries, nanos))).unwrap().latencies.len()
        };
        assert_eq!(asked(5, 20), 5);
        assert_eq!(asked(1, 45), 5);
    }

    #[test]
    fn the_maximum_duration_ends_a_round_and_is_told() {
        let mut sut = FakeSut::with_latencies(&[10]);
        let stopping = Stopping { max_duration: Some(Duration::from_nanos(35)), ..stopping(100, 0) };
        let record = run_round(&mut sut, &plan(&Scenario::SingleStream, &stopping)).unwrap();
        assert_eq!((record.latencies.len(), record.cut), (4, Some(Cut::MaxDuration)));
    }

    #[test]
    fn failed_queries_are_counted_and_have_no_latency() {
        let failed = Outcome::Failed("no".to_owned());
        let mut sut = FakeSut::scripted([(10, Outcome::Done), (1, failed)]);
        let record = run_round(&mut sut, &plan(&Scenario::SingleStream, &stopping(4, 0))).unwrap();
        assert_eq!((record.latencies.len(), record.failed, record.busy), (2, 2, 22));
        assert_eq!(record.first_failure.as_deref(), Some("no"));
    }

    #[test]
    fn accuracy_counts_the_first_queries_only() {
        let data = labelled(2);
        let mut sut = FakeSut::scripted([(10, Outcome::Classes(vec![0]))]);
        let stopping = stopping(2, 1000);
        let plan = RoundPlan { warmup: 1, dataset: Some(&data), ..plan(&Scenario::SingleStream, &stopping) };
        let record = run_round(&mut sut, &plan).unwrap();
        assert_eq!(record.latencies.len(), 100);
        assert_eq!((record.judged, record.correct), (2, 1));
    }

    #[test]
    fn a_query_beyond_the_timeout_ends_the_round() {
        let mut sut = FakeSut::with_latencies(&[10, 10, 5000]);
        let stopping = stopping(5, 0);
        let plan = RoundPlan { timeout: Duration::from_nanos(4000), ..plan(&Scenario::SingleStream, &stopping) };
        assert_eq!(run_round(&mut sut, &plan).unwrap_err().to_string(), "query 2 took too long");
    }

    #[test]
    fn multi_stream_asks_about_several_samples_that_follow_each_other() {
        let data = labelled(10);
        let mut sut = FakeSut::scripted([(10, Outcome::Classes(vec![0; 4]))]);
        let scenario = Scenario::MultiStream { samples_per_query: number(4) };
        let stopping = stopping(5, 0);
        let record = run_round(&mut sut, &RoundPlan { dataset: Some(&data), ..plan(&scenario, &stopping) }).unwrap();
        assert_eq!((record.latencies.len(), record.samples), (5, 20));
        assert_eq!((record.judged, record.correct), (20, 10), "each of a query's samples is held against its label");
        for query in sut.asked.chunks(4) {
            assert!(query.windows(2).all(|pair| pair[1] == (pair[0] + 1) % 10), "{query:?}");
        }
    }
}

mod server {
    use super::*;

    #[test]
    fn a_latency_counts_from_the_scheduled_arrival() {
        // Arrivals every 10 ms, service 25 ms: the queue grows by 15 ms with every query.
        let mut sut = FakeSut::with_latencies(&[25 * MS]);
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 4, 0, 1);
        let record = serve(&mut sut, &open_server(), &schedule);
        assert_eq!(record.latencies, [25, 40, 55, 70].map(|ms| ms * MS));
        assert_eq!(sut.most_in_flight, 3);
        assert_eq!(record.lateness, [0; 4]);
    }

    #[test]
    fn a_stall_of_the_system_is_seen_by_every_query_that_arrives_in_it() {
        // 100 queries a second for 10 s; the 300th takes 1 s instead of 1 ms. Whoever waits for the answer before sending the
        // next one would see a single slow query; in truth all that arrive within that second wait.
        let mut sut = FakeSut::new(1, |id| (if id == 299 { 1000 * MS } else { MS }, Outcome::Done));
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 1000, 0, 1);
        let record = serve(&mut sut, &open_server(), &schedule);
        let slow = record.latencies.iter().filter(|&&latency| latency > 2 * MS).count();
        // The k-th query after the stalled one waits 1000 − 10·k ms less the k ms by which the queue has been worked off:
        // until it is empty, after 1000/9 = 111 queries.
        assert_eq!(slow, 111);
        assert_eq!(record.latencies[299], 1000 * MS);
        assert_eq!(record.latencies[300], 991 * MS);
        let mut sorted = record.latencies.clone();
        sorted.sort_unstable();
        assert!(sorted[900] > 90 * MS, "the 90th percentile knows of the stall: {}", sorted[900]);
        let mut closed = FakeSut::new(1, |id| (if id == 299 { 1000 * MS } else { MS }, Outcome::Done));
        let record = run_round(&mut closed, &plan(&Scenario::SingleStream, &stopping(1000, 0))).unwrap();
        assert_eq!(
            record.latencies.iter().filter(|&&latency| latency > 2 * MS).count(),
            1,
            "one at a time it does not"
        );
    }

    #[test]
    fn a_generator_that_is_late_is_seen_as_late() {
        let mut sut = FakeSut::new(8, |_| (MS, Outcome::Done));
        // Handing over takes 15 ms, arrivals come every 10 ms.
        sut.issue_cost = 15 * MS;
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 4, 0, 1);
        let record = serve(&mut sut, &open_server(), &schedule);
        assert_eq!(record.lateness, [0, 5, 10, 15].map(|ms| ms * MS));
        assert_eq!(record.latencies, [1, 6, 11, 16].map(|ms| ms * MS), "and its lateness is part of the latency");
    }

    #[test]
    fn more_in_flight_than_may_be_is_overload() {
        let mut sut = FakeSut::with_latencies(&[100 * MS]);
        let Scenario::Server(server) = open_server() else { unreachable!() };
        let scenario = Scenario::Server(Server { max_async: Some(number(5)), ..server });
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 50, 0, 1);
        let record = serve(&mut sut, &scenario, &schedule);
        assert_eq!(record.cut, Some(Cut::Overloaded));
        assert_eq!(sut.most_in_flight, 5);
        assert_eq!(record.latencies.len() as u64, record.issued(), "what was in flight is waited for");
    }

    #[test]
    fn answers_come_in_any_order_and_are_kept_in_that_of_issue() {
        let mut sut = FakeSut::new(3, |id| ([30 * MS, 20 * MS, 5 * MS][id as usize % 3], Outcome::Done));
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(1000.0), 3, 0, 1);
        assert_eq!(serve(&mut sut, &open_server(), &schedule).latencies, [30, 20, 5].map(|ms| ms * MS));
    }

    #[test]
    fn a_query_that_is_never_answered_ends_the_round_while_others_are() {
        let mut sut = FakeSut::new(2, |id| (if id == 1 { u64::MAX / 2 } else { MS }, Outcome::Done));
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 2000, 0, 1);
        let (scenario, stopping) = (open_server(), stopping(1, 0));
        let plan =
            RoundPlan { schedule: Some(&schedule), timeout: Duration::from_secs(2), ..plan(&scenario, &stopping) };
        assert_eq!(run_round(&mut sut, &plan).unwrap_err().to_string(), "query 1 took too long");
    }

    #[test]
    fn the_maximum_duration_ends_a_schedule() {
        let mut sut = FakeSut::with_latencies(&[MS]);
        let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 50, 0, 1);
        let stopping = Stopping { max_duration: Some(Duration::from_millis(100)), ..stopping(50, 0) };
        let scenario = open_server();
        let record =
            run_round(&mut sut, &RoundPlan { schedule: Some(&schedule), ..plan(&scenario, &stopping) }).unwrap();
        assert_eq!((record.latencies.len(), record.cut), (10, Some(Cut::MaxDuration)));
    }

    #[test]
    fn users_wait_think_and_ask_again() {
        let mut sut = FakeSut::new(4, |_| (20 * MS, Outcome::Done));
        let traffic = Traffic::Closed { users: number(2), think_time: Duration::from_millis(30) };
        let scenario = Scenario::Server(Server { traffic, max_async: None });
        let record = run_round(&mut sut, &plan(&scenario, &stopping(10, 0))).unwrap();
        // Each of the two has a cycle of 50 ms: five cycles, of which the last ends without thinking.
        assert_eq!((record.latencies.len(), record.span), (10, 220 * MS));
        assert!(record.latencies.iter().all(|&latency| latency == 20 * MS));
        assert_eq!(sut.most_in_flight, 2);
    }
}

mod offline {
    use super::*;

    fn run(max_async: Option<u32>, batch: u32, queries: u32) -> (RoundRecord, FakeSut) {
        let mut sut = FakeSut::new(1, |_| (10 * MS, Outcome::Done));
        let scenario = Scenario::Offline { batch_size: number(batch), max_async: max_async.map(number) };
        let record = run_round(&mut sut, &plan(&scenario, &stopping(queries, 0))).unwrap();
        (record, sut)
    }

    #[test]
    fn everything_is_in_flight_at_once_in_whole_batches() {
        let (record, sut) = run(None, 4, 10);
        assert_eq!((record.samples, sut.most_in_flight), (12, 3));
        assert_eq!(record.span, 30 * MS);
        assert_eq!(record.latencies, [10, 20, 30].map(|ms| ms * MS));
        assert!(record.lateness.is_empty(), "there is no schedule to be late for");
    }

    #[test]
    fn a_limit_on_what_is_in_flight_is_kept() {
        let (record, sut) = run(Some(1), 4, 10);
        assert_eq!((sut.most_in_flight, record.span), (1, 30 * MS));
    }

    #[test]
    fn the_minimum_duration_is_filled_at_the_rate_of_the_warm_up() {
        let mut sut = FakeSut::new(1, |_| (10 * MS, Outcome::Done));
        let scenario = Scenario::Offline { batch_size: number(4), max_async: None };
        let stopping = stopping(10, 1000 * MS);
        let record = run_round(&mut sut, &RoundPlan { warmup: 2, ..plan(&scenario, &stopping) }).unwrap();
        // 8 samples in 20 ms are 400 a second: 1.1 · 400 samples, in batches of 4.
        assert_eq!(record.samples, 440);
        assert!(record.span >= 1000 * MS);
    }

    #[test]
    fn a_warm_up_that_was_too_slow_to_tell_the_rate_is_made_up_for() {
        let mut sut = FakeSut::new(1, |id| (if id < 2 { 100 * MS } else { 10 * MS }, Outcome::Done));
        let scenario = Scenario::Offline { batch_size: number(4), max_async: None };
        let stopping = stopping(10, 1000 * MS);
        let record = run_round(&mut sut, &RoundPlan { warmup: 2, ..plan(&scenario, &stopping) }).unwrap();
        assert!((1000 * MS..1200 * MS).contains(&record.span), "{}", record.span);
    }

    #[test]
    fn many_batches_may_take_longer_than_the_timeout_as_long_as_answers_come() {
        let mut sut = FakeSut::new(1, |_| (10 * MS, Outcome::Done));
        let scenario = Scenario::Offline { batch_size: number(1), max_async: None };
        let stopping = stopping(100, 0);
        let plan = RoundPlan { timeout: Duration::from_millis(15), ..plan(&scenario, &stopping) };
        assert_eq!(run_round(&mut sut, &plan).unwrap().samples, 100);
    }
}
