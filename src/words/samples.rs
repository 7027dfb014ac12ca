//! Results, comparisons and runs to show.

use crate::config::{self, FailOn, GatePolicy};
use crate::gate::{self, Comparison, Method, Setting, compare};
use crate::result::{
    BenchmarkResult, Direction, Environment, Failure, Fingerprint, Metric, RoundValues, RunOutcome, RunResult, Unit,
    Warning,
};

/// Names that somebody could use to break what is shown.
pub fn hostile_names() -> Vec<String> {
    let names = [
        "a|b`c` \\| d",
        "@team #4711 GH-7 www.example.com https://example.com",
        "::error::boo",
        "##[error]boo",
        "--><script>alert(1)</script>",
        "new\nline\r\n\u{1b}[31mred\u{1b}[0m\u{9b}2J\u{7}",
        "\u{202e}evil\u{202c}\u{200b}\u{2028}",
        "日本語の長い名前のベンチマーク",
        "**bold** _it_ [l](http://x) ~~gone~~ $a$ <b> &amp;",
        "```",
        "",
        " ",
    ];
    let long = ["x".repeat(5000), "y z ".repeat(1250), "e\u{301}".repeat(2500), "a\u{301}\u{301}\u{301}".repeat(1000)];
    names.into_iter().map(str::to_owned).chain(long).collect()
}

/// Values around a level: always the same ones, up to this share off.
pub fn within(share: f64, level: f64, rounds: usize) -> Vec<f64> {
    let off = [0.3, -0.7, 0.9, -0.2, -0.9, 0.6, 0.1, -0.4, 0.8, -0.5, 0.2];
    // The same level begins at the same place, another one elsewhere: two sides do not move in step.
    let from = (level % 11.0) as usize;
    off.iter().cycle().skip(from).take(rounds).map(|off| level * (1.0 + off * share)).collect()
}

/// Values around a level, up to 2 % off.
pub fn around(level: f64, rounds: usize) -> Vec<f64> {
    within(0.02, level, rounds)
}

pub fn metric(name: &str, unit: &str, values: Vec<f64>) -> Metric {
    let higher = matches!(name, "throughput" | "accuracy");
    Metric {
        name: name.to_owned(),
        unit: Unit::new(unit),
        direction: if higher { Direction::HigherIsBetter } else { Direction::LowerIsBetter },
        rounds: RoundValues::new(values).unwrap(),
        gate: true,
    }
}

pub fn benchmark(name: &str, metrics: Vec<Metric>) -> BenchmarkResult {
    BenchmarkResult {
        name: name.to_owned(),
        scenario: Some("single-stream".to_owned()),
        recorded_at: None,
        queries: Some(6_000),
        asked: None,
        round_duration: None,
        metrics,
        validity: Vec::new(),
        diagnosis: Vec::new(),
        warnings: Vec::new(),
        answers: None,
        objectives: Vec::new(),
        latencies: None,
        course: None,
        resources: None,
        stages: Vec::new(),
    }
}

pub fn result(commit: &str, benchmarks: Vec<BenchmarkResult>) -> RunResult {
    RunResult {
        commit: Some(commit.repeat(40).parse().unwrap()),
        dirty: false,
        recorded_at: None,
        perfgate: Some("0.1.0".to_owned()),
        seed: Some(1),
        environment: Some(machine("intel-2c")),
        benchmarks,
    }
}

pub fn machine(fingerprint: &str) -> Environment {
    Environment {
        cpu: Some("Some CPU @ 2.80GHz".to_owned()),
        cores: Some(2),
        memory: Some(8 << 30),
        os: "Debian GNU/Linux 12".to_owned(),
        kernel: Some("6.1.0".to_owned()),
        arch: "x86_64".to_owned(),
        governor: None,
        container: None,
        ci: Some("GitHub Actions".to_owned()),
        fingerprint: Fingerprint::from_words(fingerprint),
    }
}

/// One benchmark with one latency on both sides.
pub fn latency(name: &str, change: f64) -> [BenchmarkResult; 2] {
    [1.0, change].map(|factor| benchmark(name, vec![metric("latency_p50", "ns", around(4.12e6 * factor, 10))]))
}

/// Both sides of several benchmarks as two results.
pub fn sides(benchmarks: impl IntoIterator<Item = [BenchmarkResult; 2]>) -> [RunResult; 2] {
    let (base, candidate) = benchmarks.into_iter().map(|[base, candidate]| (base, candidate)).unzip();
    [result("8", base), result("3", candidate)]
}

pub fn judged([base, candidate]: &[RunResult; 2], method: Method) -> Comparison {
    let setting = Setting {
        method,
        base_label: Some("main".to_owned()),
        candidate_label: Some("faster".to_owned()),
        ..Setting::default()
    };
    compare(base, candidate, &GatePolicy::default(), &setting)
}

/// A regression, an open row, an improvement, rows of every scale, and many that did not change.
pub fn usual() -> [RunResult; 2] {
    let of = |name: &str, metric_name: &str, unit: &str, values: [Vec<f64>; 2]| {
        values.map(|values| benchmark(name, vec![metric(metric_name, unit, values)]))
    };
    let changed = [
        of("digits/server", "latency_p99", "ns", [around(4.12e6, 10), around(5.03e6, 10)]),
        of("digits/offline", "throughput", "1/s", [within(0.3, 18_403.0, 10), within(0.3, 17_906.0, 10)]),
        of("tokenize", "latency_p50", "ns", [around(812e3, 10), around(640e3, 10)]),
        of("size", "binary", "B", [vec![1_234_567.0; 10], vec![1_634_567.0; 10]]),
        of("errors", "error_rate", "ratio", [vec![0.0; 10], around(0.04, 10)]),
    ];
    let same = (0..27).map(|number| latency(&format!("case {number}"), 1.0));
    sides(changed.into_iter().chain(same))
}

/// Every hostile name as a benchmark, a metric and a unit.
pub fn hostile() -> Comparison {
    let names = hostile_names();
    let pairs = names.iter().enumerate().map(|(position, name)| {
        let other = names.get(names.len() - 1 - position).map_or("", String::as_str);
        [1.0, 1.5].map(|factor| benchmark(name, vec![metric(other, name, around(factor * 1e6, 6))]))
    });
    let results = sides(pairs);
    let failures = names.iter().map(|name| Failure {
        benchmark: format!("failed {name}"),
        reason: format!("`{name}` exited with {name}; the last it wrote:\n    {name}\n    ```\n    @team ::error::x"),
    });
    let setting = Setting {
        failures: failures.collect(),
        base_label: Some(names.concat()),
        candidate_label: Some("\u{202e}::error::x`|\n".to_owned()),
        warnings: vec![Warning { code: "x".to_owned(), message: names.concat() }],
        ..Setting::default()
    };
    let [base, mut candidate] = results;
    candidate.environment = Some(Environment { cpu: Some(names.concat()), ..machine("intel-2c") });
    compare(&base, &candidate, &GatePolicy::default(), &setting)
}

/// A run with the same names.
pub fn hostile_run() -> RunOutcome {
    let names = hostile_names();
    let benchmarks = names.iter().map(|name| {
        let mut benchmark = benchmark(name, vec![metric(name, name, around(1e6, 6)), metric("b", "ns", vec![1.0])]);
        benchmark.warnings.push(Warning { code: name.clone(), message: name.clone() });
        benchmark
    });
    let failures = names.iter().map(|name| Failure { benchmark: name.clone(), reason: format!("{name}\n{name}") });
    RunOutcome { result: result("3", benchmarks.collect()), failures: failures.collect(), not_reached: Vec::new() }
}

/// A regression that is accepted, between others.
pub fn accepted() -> Comparison {
    let red = judged(&sides([latency("a", 1.0), latency("b", 1.3), latency("c", 0.8)]), Method::SideBySide);
    let entries = config::parse_accepted(
        "[[accepted]]\nbenchmark = \"b\"\nmetric = \"latency_p50\"\nup_to = \"35%\"\nuntil = \"2026-12-31\"\n\
         why = \"exact rounding, see #12\"\n",
    );
    let entry = |accepted| gate::Entry { accepted, at_base: false, before_its_base: true };
    let entries: Vec<gate::Entry> = entries.unwrap().into_iter().map(entry).collect();
    gate::accept(red, &entries, &[], "2026-06-15".parse().unwrap(), FailOn::default())
}

/// Comparisons of every kind.
pub fn all_kinds() -> Vec<Comparison> {
    let usual = usual();
    let [base, candidate] = &usual;
    let elsewhere = RunResult { environment: Some(machine("other")), ..candidate.clone() };
    let nothing = RunResult { benchmarks: Vec::new(), commit: None, environment: None, ..base.clone() };
    let gone = RunResult { benchmarks: candidate.benchmarks.iter().skip(2).cloned().collect(), ..candidate.clone() };
    let many = (0..300)
        .map(|number| latency(&format!("suite/group {}/{number}", number / 7), 1.0 + f64::from(number) / 999.0));
    vec![
        judged(&usual, Method::StoredBaseline),
        judged(&usual, Method::Paired),
        judged(&usual, Method::Independent),
        judged(&sides([latency("a", 1.0)]), Method::StoredBaseline),
        judged(&[base.clone(), elsewhere], Method::StoredBaseline),
        judged(&[nothing, candidate.clone()], Method::StoredBaseline),
        judged(&[base.clone(), gone], Method::StoredBaseline),
        judged(&sides(many), Method::StoredBaseline),
        accepted(),
        hostile(),
    ]
}
