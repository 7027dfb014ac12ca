//! How long a round looks.

use super::*;

const SYSTEMS: [&str; 4] =
    ["command = [\"a\"]", "worker = [\"a\"]", "onnx = \"m.onnx\"\ndataset = \"d.csv\"", "http = \"http://h/\""];

/// The benchmark of this system with these lines.
fn benchmark(system: &str, lines: &str) -> Benchmark {
    config(&format!("[[benchmark]]\nname = \"x\"\n{system}\n{lines}\n")).benchmarks.remove(0)
}

/// Queries, milliseconds, untimed queries.
fn extent(system: &str, lines: &str) -> (u32, u128, u32) {
    let found = benchmark(system, lines);
    (found.stopping.queries.get(), found.stopping.min_duration.as_millis(), found.warmup)
}

/// A command's milliseconds with this traffic, and a worker's.
fn milliseconds(traffic: &str) -> (u128, u128) {
    let lines = format!("scenario = \"server\"\n{traffic}");
    (extent(SYSTEMS[0], &lines).1, extent(SYSTEMS[1], &lines).1)
}

#[test]
fn how_much_is_measured_depends_on_the_system_and_the_scenario() {
    let [command, others @ ..] = SYSTEMS;
    for scenario in ["single-stream", "multi-stream", "offline", "server\"\ntarget_qps = 5 # \""] {
        assert_eq!(extent(command, &format!("scenario = \"{scenario}\"")), (10, 0, 1), "{scenario}");
    }
    for system in others {
        assert_eq!(extent(system, ""), (100, 100, 10), "{system}");
        assert_eq!(extent(system, "scenario = \"multi-stream\""), (100, 100, 10), "{system}");
        assert_eq!(extent(system, "scenario = \"server\"\ntarget_qps = 5"), (100, 1000, 10), "{system}");
        assert_eq!(extent(system, "scenario = \"offline\""), (1000, 100, 10), "{system}");
        assert_eq!(extent(system, "queries = 7\nwarmup = 0\nmin_duration = \"0s\""), (7, 0, 0), "{system}");
    }
}

#[test]
fn traffic_that_changes_is_seen_whole() {
    assert_eq!(milliseconds("target_qps = 5\ntraffic = { shape = \"ramp\", to = 9, over = \"4s\" }"), (4000, 4000));
    assert_eq!(milliseconds("target_qps = 5\ntraffic = { shape = \"ramp\", to = 9, over = \"4ms\" }"), (4, 1000));
    assert_eq!(milliseconds("traffic = { shape = \"steps\", rates = [1, 2, 3], each = \"2s\" }"), (6000, 6000));
    assert_eq!(milliseconds("target_qps = 5\ntraffic = { shape = \"bursty\", burst = 5 }"), (5000, 5000));
    assert_eq!(milliseconds("traffic = { shape = \"closed\", users = 3 }"), (0, 1000));
}

#[test]
fn a_trace_is_as_long_as_it_is() {
    let lines = "scenario = \"server\"\ntraffic = { shape = \"replay\", trace = \"t\" }";
    assert_eq!(extent(SYSTEMS[1], lines), (1, 0, 10));
    assert_eq!(extent(SYSTEMS[1], &format!("{lines}\nqueries = 50\nmin_duration = \"1s\"")), (50, 1000, 10));
}

#[test]
fn a_round_may_have_a_longest_duration() {
    assert_eq!(with("").benchmarks[0].stopping.max_duration, None);
    assert_eq!(with("max_duration = \"1m\"").benchmarks[0].stopping.max_duration, Some(Duration::from_secs(60)));
    let told = problem_with("min_duration = \"2s\"\nmax_duration = \"1s\"");
    has(&told, &["\"1s\" | `max_duration` must not be shorter than `min_duration`"]);
    with("min_duration = \"1s\"\nmax_duration = \"1s\"");
    has(&problem_with("max_duration = \"0s\""), &["0 is too short"]);
    let lines = "scenario = \"server\"\ntarget_qps = 500\nmax_duration = \"300ms\"";
    assert_eq!(extent(SYSTEMS[1], lines).1, 300, "the usual minimum gives way");
}

#[test]
fn percentiles_lie_strictly_between_0_and_1() {
    let percentile = |lines: &str| with(lines).benchmarks[0].percentile.share();
    assert_eq!(percentile(""), 0.9);
    for scenario in ["multi-stream", "offline", "server\"\ntarget_qps = 5 # \""] {
        assert_eq!(percentile(&format!("scenario = \"{scenario}\"")), 0.99);
    }
    assert_eq!((percentile("percentile = 0.5"), percentile("percentile = \"99.9%\"")), (0.5, 0.999));
    for (value, found) in [
        ("0", "out of bounds"),
        ("1", "out of bounds"),
        ("1.0", "out of bounds"),
        ("-0.5", "less than 0"),
        ("nan", "out of bounds"),
        ("99", "write `percentile = \"99%\"`"),
        ("100", "out of bounds"),
        ("\"100%\"", "`100%` is not such a number"),
        ("\"p99\"", "`p99` is not such a number"),
        ("true", "this is a boolean"),
    ] {
        has(&problem_with(&format!("percentile = {value}")), &["a share above 0 and below 1", found]);
    }
}

#[test]
fn bounds_of_latency_are_durations() {
    assert_eq!(with("latency_bound = \"10ms\"").benchmarks[0].latency_bound, Some(Duration::from_millis(10)));
    assert_eq!(with("").benchmarks[0].latency_bound, None);
    has(&problem_with("latency_bound = 10"), &["a number without a unit", "\"10ms\""]);
    has(&problem_with("latency_bound = \"0s\""), &["0 is too short"]);
}

#[test]
fn queries_may_be_as_many_as_mlperf_asks_for() {
    let queries = |lines: &str| with(&format!("queries = \"mlperf\"\n{lines}")).benchmarks[0].stopping.queries.get();
    assert_eq!((queries(""), queries("percentile = 0.95")), (24_576, 57_344));
    assert_eq!(queries("scenario = \"multi-stream\""), 270_336);
    let told = problem_with("queries = \"mlperf\"\npercentile = \"99.99%\"");
    has(&told, &["\"mlperf\" | MLPerf's sample count for the percentile 0.9999 is 26_542_080", "10_000_000"]);
    has(&problem_with("queries = \"MLPerf\""), &["did you mean \"mlperf\"?", "or \"mlperf\""]);
    has(&problem_with("queries = \"many\""), &["`many` is neither", "for example `queries = 1000`"]);
    has(&problem_with("queries = \"10\""), &["write `queries = 10`, without quotes"]);
}

#[test]
fn more_arrivals_than_a_round_may_have_are_refused() {
    let server = |lines: &str| format!("scenario = \"server\"\n{lines}");
    let told = problem_with(&server("target_qps = 1e6\nmin_duration = \"11s\""));
    has(&told, &["\"11s\" | 11_000_000 queries would arrive in a round of 11s", "no round asks more than 10_000_000"]);
    has(
        &problem_with(&server("target_qps = 1e6\ntraffic = { shape = \"ramp\", to = 1e6, over = \"1m\" }")),
        &["60_000_000"],
    );
    with(&server("target_qps = 1e7\nmin_duration = \"1s\""));
    with(&server("traffic = { shape = \"closed\", users = 5 }\nmin_duration = \"1h\""));
}
