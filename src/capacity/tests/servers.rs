//! Systems of other kinds, over the fake system under test and by rule.

use std::num::NonZeroU32;

use super::queues::lindley;
use super::*;
use crate::config::{Rate, Sampling, Spacing, Traffic};
use crate::scenario::tests::{FakeSut, Outcome};
use crate::scenario::{RoundPlan, run_round};

/// A round over the fake system.
fn serve(sut: &mut FakeSut, schedule: &Schedule, most: usize) -> RoundRecord {
    let max_async = NonZeroU32::new(most as u32);
    let traffic = Traffic::Open { spacing: Spacing::Even, rate: Rate::Constant(1.0) };
    let scenario = Scenario::Server(Server { traffic, max_async });
    let stopping =
        crate::config::Stopping { queries: NonZeroU32::MIN, min_duration: Duration::ZERO, max_duration: None };
    let plan = RoundPlan {
        scenario: &scenario,
        stopping: &stopping,
        sampling: Sampling::Permutation,
        warmup: 0,
        timeout: Duration::from_secs(3600),
        sample_seed: 1,
        schedule: Some(schedule),
        dataset: None,
    };
    run_round(sut, &plan).unwrap()
}

#[test]
fn a_server_with_a_constant_service_and_even_arrivals_carries_exactly_its_rate() {
    // Four servers of 2 ms each: 2000 queries a second, up to which nobody waits. No percentile knows of anything between.
    let constant = benchmark("traffic = \"constant\"\n");
    let searched = search(setting(objective("p99 < 10ms"), 300.0), &constant, 1, 400, |schedule, most, _| {
        serve(&mut FakeSut::new(4, |_| (2_000_000, Outcome::Done)), schedule, most)
    });
    let found = searched.found();
    let (low, high) = (found.low.unwrap(), found.high.unwrap());
    assert!(low <= 2000.0 && 2000.0 <= high, "{found:?}");
    assert!(high / low <= 1.0 + TOLERANCE, "{found:?}");
    assert_eq!((found.limit, found.contradictory), (Limit::System, false));
}

#[test]
fn an_overload_that_short_rounds_would_hide_is_seen_by_its_growth() {
    // The bound is far away: at 1.04 times the rate a round of a second leaves 40 ms of work undone, within a bound of 200 ms.
    let constant = benchmark("traffic = \"constant\"\nmax_duration = \"1s\"\n");
    let mut longest = 0;
    let searched = search(setting(objective("p99 < 200ms"), 1030.0), &constant, 1, 600, |schedule, most, _| {
        longest = schedule.times().last().copied().unwrap_or(0).max(longest);
        lindley(schedule, most, || 1_000_000)
    });
    let found = searched.found();
    assert!(found.low.unwrap() <= 1000.0, "{found:?}");
    assert!(found.high.is_none_or(|high| high > 1000.0), "{found:?}");
    assert!(searched.length() > 1 && longest > 1_500_000_000, "rounds have become longer: {longest}");
}

#[test]
fn where_the_load_generator_is_the_limit_the_answer_is_at_least() {
    // Handing a query over takes the generator 1 ms; the system would carry any load.
    let searched = search(setting(objective("p99 < 5ms"), 50.0), &benchmark(""), 1, 400, |schedule, most, _| {
        let mut sut = FakeSut::new(1000, |_| (1_000_000, Outcome::Done));
        sut.issue_cost = 1_000_000;
        serve(&mut sut, schedule, most)
    });
    let found = searched.found();
    assert_eq!(found.limit, Limit::Generator, "{found:?}");
    assert!(found.low.is_some_and(|low| low < 1000.0) && found.high.is_none(), "{found:?}");
    let points = curve::points(&searched);
    let invalid: Vec<f64> =
        points.iter().filter(|point| point.verdict == Verdict::Invalid).map(|point| point.load).collect();
    assert!(!invalid.is_empty() && invalid.iter().all(|load| *load > found.low.unwrap()), "{points:#?}");
    assert!(points.iter().all(|point| !matches!(point.verdict, Verdict::Violated | Verdict::Failed)), "{points:#?}");
}

#[test]
fn a_system_that_nobody_can_wait_for_meets_nothing() {
    let mut setting = setting(objective("p99 < 5ms"), 10.0);
    setting.range = [1.0, 1e6];
    let searched =
        search(setting, &benchmark("queries = 50\nmin_duration = \"10ms\"\n"), 1, 400, |schedule, most, _| {
            lindley(schedule, most, || 8_000_000)
        });
    let found = searched.found();
    assert_eq!((found.low, found.high), (None, Some(1.0)));
}

#[test]
fn a_range_that_the_system_carries_is_met_as_a_whole() {
    let mut setting = setting(objective("p99 < 5ms"), 10.0);
    setting.range = [10.0, 200.0];
    let searched = search(setting, &benchmark(""), 1, 400, |schedule, most, _| lindley(schedule, most, || 1_000_000));
    let found = searched.found();
    assert_eq!((found.low, found.high, found.limit), (Some(200.0), None, Limit::Range));
}

#[test]
fn the_knee_of_m_m_1_lies_at_half_of_its_rate_and_its_queue_is_fitted() {
    use rand::SeedableRng;
    use rand_distr::{Distribution, Exp1};
    let mut random = rand_pcg::Pcg64Mcg::seed_from_u64(5);
    let searched = search(setting(objective("p99 < 40ms"), 100.0), &benchmark(""), 3, 250, |schedule, most, _| {
        lindley(schedule, most, || {
            let unit: f64 = Exp1.sample(&mut random);
            (unit * 1e6) as u64
        })
    });
    let points = curve::points(&searched);
    // Throughput over latency is ρ (1 − ρ): greatest at ρ = 1/2.
    let knee = curve::knee(&points).unwrap();
    assert!(knee.between[0] < 500.0 && 500.0 < knee.between[1], "{knee:?}");
    let fits = fit::fits(&points);
    let [queue, _] = fits.as_slice() else { panic!("{fits:?}") };
    // Rounds of a second are short for what is near saturation.
    let found = queue.saturation.unwrap();
    assert!((found.load / 1000.0 - 1.0).abs() < 0.1 && found.interval.high < 1150.0, "{queue:?}");
}

/// M/D/1 with a service of 1 ms, asked by a generator that is late whenever it is said to be: by the load and the number of the
/// round.
fn late_generator(start: f64, most: usize, is_late: impl Fn(f64, usize) -> bool) -> Search {
    let mut round = 0;
    search(setting(objective("p99 < 5ms"), start), &benchmark(""), 1, most, |schedule, most, load| {
        let mut record = lindley(schedule, most, || 1_000_000);
        let lateness = if is_late(load, round) { 20_000_000 } else { 0 };
        record.lateness = vec![lateness; record.latencies.len()];
        round += 1;
        record
    })
}

/// The load at which p99 of M/D/1 with a service of 1 ms is 5 ms: see `queues`.
const CARRIED: f64 = 560.8;

#[test]
fn a_generator_that_is_late_at_a_low_load_only_does_not_end_the_search() {
    for start in [100.0, 300.0] {
        let searched = late_generator(start, 400, |load, _| load < 150.0);
        let found = searched.found();
        assert!(found.low.unwrap() <= CARRIED && found.high.unwrap() >= CARRIED, "{found:?}");
        assert_eq!(found.limit, Limit::System);
        let points = curve::points(&searched);
        let invalid: Vec<f64> = points.iter().filter(|point| point.is_unknown()).map(|point| point.load).collect();
        assert!(!invalid.is_empty() && invalid.iter().all(|load| *load < 150.0), "{points:#?}");
    }
}

#[test]
fn a_generator_that_was_late_for_a_while_is_tried_again() {
    // From the beginning, when three loads are late one after the other; and in the middle of a proof.
    for busy in [0..12, 0..15, 30..38] {
        let searched = late_generator(100.0, 400, |_, round| busy.contains(&round));
        let found = searched.found();
        assert!(found.low.is_some_and(|low| low <= CARRIED), "{busy:?}: {found:?}");
        assert!(found.high.is_some_and(|high| high >= CARRIED), "{busy:?}: {found:?}");
        assert!(found.high.unwrap() / found.low.unwrap() < 1.5, "{busy:?}: {found:?}");
    }
}

#[test]
fn a_generator_that_is_late_above_a_rate_ends_the_search_there_after_it_was_tried_again() {
    let searched = late_generator(100.0, 400, |load, _| load > 300.0);
    let found = searched.found();
    assert_eq!((found.limit, found.high), (Limit::Generator, None), "{found:?}");
    assert!(found.low.is_some_and(|low| (200.0..=300.0).contains(&low)), "{found:?}");
    assert!(searched.noted().len() < 200, "it ends of itself: {}", searched.noted().len());
    let lowest = curve::points(&searched).into_iter().find(Point::is_unknown).unwrap();
    assert_eq!((lowest.rounds, lowest.late_rounds), (20, 20));
}

#[test]
fn a_generator_that_is_always_late_shows_nothing_and_gives_up() {
    let searched = late_generator(100.0, 400, |_, _| true);
    let found = searched.found();
    assert_eq!((found.low, found.high, found.limit), (None, None, Limit::Generator));
    assert!(curve::points(&searched).iter().all(Point::is_unknown));
    assert!(searched.noted().len() <= 40, "{}", searched.noted().len());
}

/// The curve of M/D/1 with a service of 1 ms: at each load ten rounds of four seconds.
fn curve_of_m_d_1(loads: &[f64], seed: u64) -> Vec<Point> {
    let mut search = Search::new(setting(objective("p99 < 1s"), 100.0));
    let first = search.ask().unwrap();
    let loaded = Loaded::new(
        &benchmark("min_duration = \"4s\"\nmax_duration = \"4s\"\n"),
        objective("p99 < 1s"),
        Duration::from_secs(300),
    )
    .unwrap();
    for (load, round) in loads.iter().flat_map(|load| (0..10).map(move |round| (*load, round))) {
        let under = loaded.at(load, 1);
        let arrivals = seed * 1_000_003 + load as u64 * 1009 + round;
        let schedule = Schedule::of(&under.scenario, &under.stopping, None, arrivals).unwrap().unwrap();
        let record = lindley(&schedule, usize::MAX, || 1_000_000);
        let seen = Seen::of(&record, &search.setting().objective, 0.1, loaded.planned(load, 1));
        let mut ask = first;
        ask.load = load;
        search.tell(ask, Round::Seen(seen));
    }
    curve::points(&search)
}

#[test]
fn loads_that_a_server_hardly_notices_do_not_tell_where_it_is_saturated() {
    for seed in 0..10 {
        let fits = fit::fits(&curve_of_m_d_1(&[50.0, 100.0, 150.0, 200.0, 250.0], seed));
        let [queue] = fits.as_slice() else { panic!("the universal law is noise here: {fits:?}") };
        assert_eq!((queue.saturation, queue.points), (None, 5), "{queue:?}");
    }
}

#[test]
fn the_saturation_of_m_d_1_lies_in_its_interval() {
    let loads = [100.0, 200.0, 300.0, 400.0, 500.0, 600.0, 700.0, 800.0, 900.0];
    let held = (0..10).filter(|seed| {
        let fits = fit::fits(&curve_of_m_d_1(&loads, *seed));
        let [queue, universal] = fits.as_slice() else { panic!("{fits:?}") };
        assert_eq!(universal.saturation, None);
        let found = queue.saturation.unwrap().interval;
        assert!(found.high / found.low < 1.2, "{queue:?}");
        found.low <= 1000.0 && 1000.0 <= found.high
    });
    let held = held.count();
    assert!(held >= 9, "{held} of 10");
}
