//! Whole expositions.

use super::*;
use crate::gate::{Setting, compare};
use crate::result::{BenchmarkResult, Direction, Environment, Metric, RoundValues, Unit};

fn metric(name: &str, unit: &str, rounds: &[f64]) -> Metric {
    Metric {
        name: name.to_owned(),
        unit: Unit::new(unit),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(rounds.to_vec()).unwrap(),
        gate: true,
    }
}

fn environment(fingerprint: &str) -> Environment {
    Environment {
        cpu: Some("CPU".to_owned()),
        cores: None,
        memory: None,
        os: "OS".to_owned(),
        kernel: None,
        arch: "x86_64".to_owned(),
        governor: None,
        container: None,
        ci: None,
        fingerprint: fingerprint.parse().unwrap(),
    }
}

fn result(digit: char, time: &str, name: &str, p50: f64) -> RunResult {
    RunResult {
        commit: Some(digit.to_string().repeat(40).parse().unwrap()),
        recorded_at: Some(time.parse().unwrap()),
        perfgate: Some("0.1.0".to_owned()),
        environment: Some(environment("box")),
        ..RunResult::imported(vec![BenchmarkResult::imported(
            name,
            vec![metric("latency_p50", "ns", &[p50, p50, 9e9]), metric("size", "B", &[7.0])],
        )])
    }
}

fn imported(name: &str, metrics: Vec<Metric>) -> RunResult {
    RunResult::imported(vec![BenchmarkResult::imported(name, metrics)])
}

#[test]
fn a_scrape_has_the_commit_on_the_info_and_on_the_time_only() {
    let mut now = Exposition::of_now();
    now.result(&result('a', "2026-01-02T03:04:05Z", "b", 1500.0), "x").unwrap();
    let commit = "a".repeat(40);
    assert_eq!(
        now.text(),
        format!(
            "# TYPE perfgate_baseline_info gauge\n\
             # HELP perfgate_baseline_info Which commit the values of a benchmark are of, and which machine measured it. \
             Always 1.\n\
             perfgate_baseline_info{{benchmark=\"b\",machine=\"box\",commit=\"{commit}\",dirty=\"false\",perfgate=\"0.1.0\",\
             cpu=\"CPU\",os=\"OS\",arch=\"x86_64\"}} 1\n\
             # TYPE perfgate_baseline_recorded_timestamp_seconds gauge\n\
             # UNIT perfgate_baseline_recorded_timestamp_seconds seconds\n\
             # HELP perfgate_baseline_recorded_timestamp_seconds When the values of a benchmark were recorded, since \
             1970-01-01.\n\
             perfgate_baseline_recorded_timestamp_seconds{{benchmark=\"b\",machine=\"box\",commit=\"{commit}\"}} 1767323045\n\
             # TYPE perfgate_benchmark_latency_seconds gauge\n\
             # UNIT perfgate_benchmark_latency_seconds seconds\n\
             # HELP perfgate_benchmark_latency_seconds Latency of a query: the statistic that the label metric names, \
             median over the rounds.\n\
             perfgate_benchmark_latency_seconds{{benchmark=\"b\",machine=\"box\",metric=\"latency_p50\"}} 1.5e-6\n\
             # TYPE perfgate_benchmark_size_bytes gauge\n\
             # UNIT perfgate_benchmark_size_bytes bytes\n\
             # HELP perfgate_benchmark_size_bytes A metric of the user's own, which the label metric names, median over the \
             rounds.\n\
             perfgate_benchmark_size_bytes{{benchmark=\"b\",machine=\"box\",metric=\"size\"}} 7\n\
             # EOF\n"
        )
    );
    assert_eq!(now.series(), 4);
}

#[test]
fn nothing_is_an_exposition_too() {
    assert_eq!(Exposition::of_now().text(), "# EOF\n");
}

#[test]
fn history_has_each_series_once_with_its_times_in_order() {
    let mut history = Exposition::of_history();
    for (digit, time, p50) in [
        ('c', "2026-01-03T00:00:00.5Z", 3000.0),
        ('a', "2026-01-01T00:00:00Z", 1000.0),
        ('b', "2026-01-02T00:00:00Z", 2000.0),
    ] {
        history.result(&result(digit, time, "b", p50), "x").unwrap();
    }
    let text = history.text();
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("perfgate_benchmark_latency")).collect();
    let series = "perfgate_benchmark_latency_seconds{benchmark=\"b\",machine=\"box\",metric=\"latency_p50\"}";
    assert_eq!(
        lines,
        [
            format!("{series} 1e-6 1767225600"),
            format!("{series} 2e-6 1767312000"),
            format!("{series} 3e-6 1767398400.5")
        ]
    );
    assert_eq!(text.matches("# TYPE perfgate_benchmark_latency_seconds gauge").count(), 1);
}

#[test]
fn two_values_for_one_series_are_refused_and_the_same_said_twice_is_not() {
    let mut now = Exposition::of_now();
    let first = result('a', "2026-01-01T00:00:00Z", "b", 1000.0);
    now.result(&first, "first.json").unwrap();
    now.result(&first, "again.json").unwrap();
    now.result(&result('a', "2026-01-01T00:00:00Z", "other", 1000.0), "other.json").unwrap();
    let refused = now.result(&result('a', "2026-01-01T00:00:00Z", "b", 2000.0), "second.json").unwrap_err().to_string();
    assert_eq!(
        refused,
        "`again.json` and `second.json` both have a value for \
         perfgate_benchmark_latency_seconds{benchmark=\"b\",machine=\"box\",metric=\"latency_p50\"}"
    );
}

#[test]
fn what_does_not_know_its_time_has_no_place_in_history() {
    let nameless = imported("b", vec![metric("latency", "ns", &[1.0])]);
    let refused = Exposition::of_history().result(&nameless, "raw.json").unwrap_err().to_string();
    assert_eq!(refused, "`raw.json` does not say when it was recorded");
    let comparison = compare(&nameless, &nameless, &Default::default(), &Setting::default());
    let refused = Exposition::of_history().comparison(&comparison, "check.json").unwrap_err().to_string();
    assert_eq!(refused, "`check.json` does not say when it was recorded");
}

#[test]
fn a_hostile_name_stays_inside_its_label() {
    let mut now = Exposition::of_now();
    for name in ["\"} 1\nx 1\n# EOF\n", "\\", "\\\"", "a\0b", "\u{202e}{}", ""] {
        now.result(&imported(name, vec![metric(name, name, &[1.0])]), "x").unwrap();
    }
    let text = now.text();
    let (lines, end): (Vec<&str>, Option<&str>) = (text.lines().collect(), text.lines().last());
    assert_eq!((text.matches("\n# EOF\n").count(), end), (1, Some("# EOF")));
    assert!(lines.iter().all(|line| line.starts_with('#') || line.starts_with("perfgate_")), "{text}");
    assert!(text.contains(r#"benchmark="\"} 1\nx 1\n# EOF\n","#), "{text}");
    assert!(text.contains(r#"benchmark="\\\"""#) && text.contains("benchmark=\"a\u{fffd}b\""), "{text}");
    assert!(!text.contains('\0'));
    assert!(text.contains("\nperfgate_baseline_info{dirty=\"false\"} 1\n"), "an empty label is no label:\n{text}");
}

#[test]
fn names_that_prometheus_cannot_tell_apart_stay_two_series() {
    let mut now = Exposition::of_now();
    let metrics = vec![metric("binary-size", "B", &[1.0]), metric("binary_size", "B", &[2.0])];
    now.result(&imported("b", metrics), "x").unwrap();
    let text = now.text();
    for (name, value) in [("binary-size", 1), ("binary_size", 2)] {
        let line = format!("perfgate_benchmark_binary_size_bytes{{benchmark=\"b\",metric=\"{name}\"}} {value}\n");
        assert!(text.contains(&line), "{text}");
    }
}

#[test]
fn numbers_that_are_none_are_spelled_as_prometheus_does() {
    let mut now = Exposition::of_now();
    now.result(&imported("b", vec![metric("x", "h", &[f64::MAX])]), "x").unwrap();
    assert!(now.text().contains("perfgate_benchmark_x_seconds{benchmark=\"b\",metric=\"x\"} +Inf\n"));
}

#[test]
fn a_comparison_has_its_changes_and_verdicts() {
    let base = imported("b", vec![metric("latency", "ns", &[100.0, 101.0, 102.0]), metric("gone", "1", &[1.0])]);
    let mut candidate = imported("b", vec![metric("latency", "ns", &[150.0, 151.0, 152.0])]);
    candidate.environment = Some(environment("box"));
    let setting = Setting { base_label: Some("main".to_owned()), ..Setting::default() };
    let comparison = compare(&base, &candidate, &Default::default(), &setting);
    let mut now = Exposition::of_now();
    now.comparison(&comparison, "check.json").unwrap();
    let text = now.text();
    let labels = "benchmark=\"b\",metric=\"latency\"";
    for line in [
        "perfgate_comparison_info{base=\"main\",verdict=\"failed\",machine=\"box\"} 1\n".to_owned(),
        "perfgate_comparison_exit_code{machine=\"box\"} 4\n".to_owned(),
        format!("perfgate_verdict{{{labels},verdict=\"regression\",machine=\"box\"}} 1\n"),
        "perfgate_verdict{benchmark=\"b\",metric=\"gone\",verdict=\"missing\",machine=\"box\"} 1\n".to_owned(),
        format!("perfgate_change_threshold_ratio{{{labels},machine=\"box\"}} 0.1\n"),
    ] {
        assert!(text.contains(&line), "{line}\n{text}");
    }
    let value = |family: &str| -> f64 {
        let start = format!("perfgate_change_{family}ratio{{{labels},machine=\"box\"}} ");
        text.lines()
            .find_map(|line| line.strip_prefix(&start))
            .unwrap_or_else(|| panic!("{family}\n{text}"))
            .parse()
            .unwrap()
    };
    assert!(value("low_") < value("") && value("") < value("high_"));
    assert!((value("") - 0.495).abs() < 0.001);
    assert_eq!(text.matches("perfgate_change_ratio{").count(), 1, "what is missing has no change");
}
