//! The traffic of the scenario server.

use super::*;
use keys::Shape;

const SERVER: &str = "scenario = \"server\"\n";

/// The traffic of a server with these lines.
fn traffic(lines: &str) -> Traffic {
    match with(&format!("{SERVER}{lines}")).benchmarks[0].scenario.clone() {
        Scenario::Server(server) => server.traffic,
        other => panic!("{other:?}"),
    }
}

/// The only problem of a server with these lines.
#[track_caller]
fn told(lines: &str) -> String {
    problem_with(&format!("{SERVER}{lines}"))
}

fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

#[test]
fn a_word_says_how_arrivals_are_spaced() {
    let open = |spacing| Traffic::Open { spacing, rate: Rate::Constant(2.5) };
    assert_eq!(traffic("target_qps = 2.5"), open(Spacing::Poisson));
    for (value, spacing) in [("poisson", Spacing::Poisson), ("constant", Spacing::Even)] {
        assert_eq!(traffic(&format!("target_qps = 2.5\ntraffic = \"{value}\"")), open(spacing));
        assert_eq!(traffic(&format!("target_qps = 2.5\ntraffic = {{ shape = \"{value}\" }}")), open(spacing));
    }
    has(&told("target_qps = 1\ntraffic = \"poison\""), &["\"poison\" | ", "did you mean \"poisson\"?"]);
    has(&told("target_qps = 1\ntraffic = \"x\""), &["`x` is no traffic", "bursty, ramp, steps, replay and closed"]);
    has(&told("target_qps = 1\ntraffic = 5"), &["this is a whole number", "for example `traffic = {"]);
    for shape in [Shape::Bursty, Shape::Ramp, Shape::Steps, Shape::Replay, Shape::Closed] {
        let word = shape.word();
        has(&told(&format!("target_qps = 1\ntraffic = \"{word}\"")), &["needs to know more", shape.example()]);
    }
}

#[test]
fn rates_are_numbers_above_0() {
    has(&told(""), &["\"server\" | the scenario `server` needs `target_qps`", "for example `target_qps = 100`"]);
    for (value, found) in [
        ("0", "too small"),
        ("-5", "too small"),
        ("-0.0", "too small"),
        ("-inf", "too small"),
        ("nan", "out of bounds"),
        ("inf", "out of bounds"),
        ("10_000_001", "out of bounds"),
        ("999999999999999999999999999999999999999999", "out of bounds"),
        ("\"5\"", "this is a string | write 5, without quotes"),
        ("true", "this is a boolean"),
    ] {
        has(&told(&format!("target_qps = {value}")), &["a number above 0 and up to 10_000_000", found]);
    }
    assert_eq!(traffic("target_qps = 10_000_000"), traffic("target_qps = 1e7"));
    has(&told("tarjet_qps = 5"), &["did you mean `target_qps`?"]);
}

#[test]
fn bursts_have_a_calm_rate_that_keeps_the_mean() {
    let bursty = |table: &str| traffic(&format!("target_qps = 100\ntraffic = {{ shape = \"bursty\", {table} }}"));
    let Traffic::Open { spacing: Spacing::Poisson, rate } = bursty("burst = 5") else { panic!() };
    let Rate::Bursty { calm, burst, calm_length, burst_length } = rate else { panic!() };
    assert_eq!((burst, calm_length, burst_length), (500.0, ms(900), ms(100)));
    assert!((0.9 * calm + 0.1 * burst - 100.0).abs() < 1e-9, "{calm}");
    let Traffic::Open { spacing: Spacing::Even, rate } =
        bursty("burst = 3, burst_length = \"1s\", calm_length = \"2s\", spacing = \"constant\"")
    else {
        panic!()
    };
    let highest = Rate::Bursty { calm: 0.0, burst: 300.0, calm_length: ms(2000), burst_length: ms(1000) };
    assert_eq!(rate, highest, "calm times may be silent");
}

#[test]
fn bursts_of_more_than_all_queries_are_refused_with_the_largest_that_is_possible() {
    let bursty = |table: &str| told(&format!("target_qps = 100\ntraffic = {{ shape = \"bursty\", {table} }}"));
    has(&bursty("burst = 11"), &["11 | bursts of 11 times `target_qps` are too high", "`burst` can be 10 at most"]);
    has(&bursty("burst = 2, burst_length = \"3s\""), &["`burst` can be 1.3 at most", "3s of them in 3.9s"]);
    has(&bursty("burst = 1"), &["1 | `burst` must be a number above 1", "too small"]);
    has(&bursty("burst = 5, calm_length = \"0s\""), &["`calm_length` must be a duration", "0 is too short"]);
}

#[test]
fn rates_may_change() {
    let ramp = traffic("target_qps = 100\ntraffic = { shape = \"ramp\", to = 400, over = \"10s\" }");
    let rate = Rate::Ramp { from: 100.0, to: 400.0, over: ms(10_000) };
    assert_eq!(ramp, Traffic::Open { spacing: Spacing::Poisson, rate });
    let steps = traffic("traffic = { shape = \"steps\", rates = [100, 2.5e2], each = \"5s\", spacing = \"constant\" }");
    let rate = Rate::Steps { rates: vec![100.0, 250.0], each: ms(5000) };
    assert_eq!(steps, Traffic::Open { spacing: Spacing::Even, rate });
    let steps = |rates: &str| {
        problems(&format!("{VALID}{SERVER}traffic = {{ shape = \"steps\", each = \"1s\", rates = {rates} }}"))
    };
    has(&steps("[]")[0], &["the list is empty"]);
    has(&steps("5")[0], &["this is a whole number"]);
    let each = steps("[100, 0, \"x\", -1]");
    assert_eq!(each.len(), 3, "{each:#?}");
    has(&each[0], &["0 | `rates` must be a list of numbers above 0", "too small"]);
}

#[test]
fn arrivals_may_be_recorded_ones() {
    let trace = || PathBuf::from("t.csv");
    let replay = |more: &str| traffic(&format!("traffic = {{ shape = \"replay\", trace = \"t.csv\"{more} }}"));
    assert_eq!(replay(""), Traffic::Replay { trace: trace(), speed: 1.0 });
    assert_eq!(replay(", speed = 0.5"), Traffic::Replay { trace: trace(), speed: 0.5 });
    has(&told("traffic = { shape = \"replay\", trace = \"t\", speed = 0 }"), &["`speed` must be a number above 0"]);
    has(&told("traffic = { shape = \"replay\", trace = \"\" }"), &["the path is empty"]);
}

#[test]
fn users_may_wait_for_their_answers() {
    let users = NonZeroU32::new(8).unwrap();
    assert_eq!(
        traffic("traffic = { shape = \"closed\", users = 8, think_time = \"10ms\" }"),
        Traffic::Closed { users, think_time: ms(10) }
    );
    let lines = "traffic.shape = \"closed\"\ntraffic.users = 8";
    assert_eq!(traffic(lines), Traffic::Closed { users, think_time: Duration::ZERO });
    let found = with(&format!("{SERVER}{lines}"));
    assert!(matches!(&found.benchmarks[0].scenario, Scenario::Server(server) if server.max_async.is_none()));
    has(&told(&format!("{lines}\nmax_async = 5")), &["max_async | ", "`max_async` does not go with closed traffic"]);
    config(&format!("{VALID}scenario = [\"server\", \"offline\"]\n{lines}\nmax_async = 5\n"));
}

#[test]
fn traffic_that_says_how_many_arrive_goes_without_target_qps() {
    for shape in [Shape::Steps, Shape::Replay, Shape::Closed] {
        let line = format!("traffic = {}", shape.example());
        traffic(&line);
        has(&told(&format!("{line}\ntarget_qps = 5")), &["target_qps | `target_qps` says nothing about this traffic"]);
    }
    for shape in [Shape::Poisson, Shape::Constant, Shape::Bursty, Shape::Ramp] {
        has(&told(&format!("traffic = {}", shape.example())), &["needs `target_qps`"]);
    }
}

#[test]
fn a_shape_lacks_nothing_and_has_no_key_of_another() {
    for shape in Shape::ALL {
        let table = format!("{VALID}{SERVER}target_qps = 5\n[benchmark.traffic]\nshape = \"{}\"\n", shape.word());
        let lacking = parse(&table).err().unwrap_or_default();
        let missing: Vec<&str> =
            lacking.iter().filter_map(|problem| problem.message.strip_prefix("[benchmark.traffic] has no ")).collect();
        let needs: Vec<String> = shape.needs().iter().map(|name| format!("`{name}`")).collect();
        assert_eq!(missing, needs, "the schema and the reader differ about {shape:?}");
    }
    has(&told("target_qps = 5\ntraffic = { burst = 5 }"), &["{ burst = 5 } | [benchmark.traffic] has no `shape`"]);
    let wrong = told("target_qps = 5\ntraffic = { shape = \"poisson\", users = 5 }");
    has(&wrong, &["users | `users` belongs to the shape `closed`", "the shape here is poisson"]);
    let wrong = told("traffic = { shape = \"closed\", users = 5, spacing = \"poisson\" }");
    has(&wrong, &["belongs to the shapes `bursty`, `ramp` and `steps`", Shape::Closed.example()]);
    has(&told("target_qps = 5\ntraffic = { shape = \"rampp\" }"), &["did you mean \"ramp\"?"]);
    has(&told("traffic = { shape = \"closed\", usrs = 5 }"), &["usrs | unknown key `usrs`", "did you mean `users`?"]);
    has(&told("target_qps = 5\nusers = 5"), &["`users` belongs in [benchmark.traffic]"]);
}

#[test]
fn everything_wrong_with_a_table_is_reported() {
    let told = problems(&format!(
        "{VALID}{SERVER}[benchmark.traffic]\nshape = \"ramp\"\nto = 0\nspacing = \"odd\"\nusers = 0\nx = 1\n"
    ));
    let places: Vec<&str> = told.iter().map(|told| told.split(" | ").next().unwrap()).collect();
    assert_eq!(places, ["[benchmark.traffic]", "0", "\"odd\"", "users", "0", "x"], "{told:#?}");
}
