//! Where queries stand in time, and what is kept of that.

use super::*;
use crate::result::Window;

/// When each window begins, and its middle latency.
fn course(windows: &[Window]) -> Vec<(u64, u64)> {
    windows.iter().map(|window| (window.at, window.median)).collect()
}

fn in_ms(windows: &[Window]) -> Vec<(u64, u64)> {
    course(windows).into_iter().map(|(at, latency)| (at / MS, latency / MS)).collect()
}

#[test]
fn time_begins_with_the_first_query_of_the_warm_up() {
    let mut sut = FakeSut::with_latencies(&[1000, 500, 7, 8, 9]);
    let stopping = stopping(3, 0);
    for _ in 0..2 {
        // The second round begins later on the clock of the same system.
        let record = run_round(&mut sut, &RoundPlan { warmup: 2, ..plan(&Scenario::SingleStream, &stopping) }).unwrap();
        assert_eq!(course(&record.warm_up), [(0, 1000), (1000, 500)]);
        assert_eq!(course(&record.timed), [(1500, 7), (1507, 8), (1515, 9)]);
    }
}

#[test]
fn without_a_warm_up_it_begins_with_the_first_timed_query() {
    let mut sut = FakeSut::with_latencies(&[7, 8]);
    sut.issue(crate::sut::Query { id: 1000, samples: &[] }).unwrap();
    sut.answer(Nanos(500)).unwrap();
    let record = run_round(&mut sut, &plan(&Scenario::SingleStream, &stopping(2, 0))).unwrap();
    assert_eq!((record.warm_up, course(&record.timed)), (vec![], vec![(0, 8), (8, 7)]));
}

#[test]
fn in_the_open_loop_a_query_stands_where_it_was_to_arrive() {
    let schedule = Schedule::open(Spacing::Even, &Rate::Constant(100.0), 4, 0, 1);
    // The system keeps up, and the generator does not: handing over takes 15 ms, arrivals come every 10 ms.
    let mut sut = FakeSut::new(8, |_| (MS, Outcome::Done));
    sut.issue_cost = 15 * MS;
    let record = serve(&mut sut, &open_server(), &schedule);
    assert_eq!(in_ms(&record.timed), [(0, 1), (10, 6), (20, 11), (30, 16)]);
    let (scenario, stopping) = (open_server(), stopping(1, 0));
    let plan = RoundPlan { warmup: 1, schedule: Some(&schedule), ..plan(&scenario, &stopping) };
    let record = run_round(&mut FakeSut::with_latencies(&[MS]), &plan).unwrap();
    // A millisecond each for the warm-up and the lead, and the first arrival after ten.
    assert_eq!((in_ms(&record.warm_up), in_ms(&record.timed)[0]), (vec![(0, 1)], (12, 1)));
}

#[test]
fn users_stand_where_they_ask() {
    let mut sut = FakeSut::new(4, |_| (20 * MS, Outcome::Done));
    let traffic = Traffic::Closed { users: number(2), think_time: Duration::from_millis(30) };
    let scenario = Scenario::Server(Server { traffic, max_async: None });
    let record = run_round(&mut sut, &plan(&scenario, &stopping(6, 0))).unwrap();
    assert_eq!(in_ms(&record.timed), [0, 0, 50, 50, 100, 100].map(|at| (at, 20)));
}

#[test]
fn offline_a_batch_stands_where_it_is_issued_though_it_waited_since_the_beginning() {
    let run = |max_async| {
        let mut sut = FakeSut::new(1, |_| (10 * MS, Outcome::Done));
        let scenario = Scenario::Offline { batch_size: number(4), max_async };
        let record = run_round(&mut sut, &RoundPlan { warmup: 1, ..plan(&scenario, &stopping(12, 0)) }).unwrap();
        assert_eq!(in_ms(&record.warm_up), [(0, 10)]);
        in_ms(&record.timed)
    };
    assert_eq!(run(Some(number(1))), [(10, 10), (20, 20), (30, 30)]);
    assert_eq!(run(None), [(10, 10), (10, 20), (10, 30)], "all at once");
}

#[test]
fn queries_that_failed_have_no_place() {
    let failed = Outcome::Failed("no".to_owned());
    let mut sut = FakeSut::scripted([(10, Outcome::Done), (1, failed)]);
    let stopping = stopping(4, 0);
    let record = run_round(&mut sut, &RoundPlan { warmup: 2, ..plan(&Scenario::SingleStream, &stopping) }).unwrap();
    assert_eq!((course(&record.warm_up), course(&record.timed)), (vec![(0, 10)], vec![(11, 10), (22, 10)]));
}

#[test]
fn however_many_queries_there_are_a_few_windows_stay_and_no_outlier_is_lost() {
    let mut sut = FakeSut::new(1, |id| (if id == 777 { 1000 * MS } else { MS }, Outcome::Done));
    let stopping = stopping(5000, 0);
    let record = run_round(&mut sut, &RoundPlan { warmup: 100, ..plan(&Scenario::SingleStream, &stopping) }).unwrap();
    assert_eq!((record.warm_up.len(), record.timed.len()), (8, 24));
    let queries = |windows: &[Window]| windows.iter().map(|window| window.queries).sum::<u64>();
    assert_eq!((queries(&record.warm_up), queries(&record.timed)), (100, 5000));
    let slow: Vec<&Window> = record.timed.iter().filter(|window| window.high > MS).collect();
    assert_eq!((slow.len(), slow[0].high, slow[0].median), (1, 1000 * MS, MS));
}
