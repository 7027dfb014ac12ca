//! A comparison that was written is read back, and says the same in every format; one that was tampered with is refused or
//! shown, and never makes the program fall over.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use perfgate::config::{self, FailOn, GatePolicy};
use perfgate::gate::{self, Comparison, Entry, History, Looks, Method, Setting, compare};
use perfgate::render::{self, Look, markdown};
use perfgate::result::{
    BenchmarkResult, Course, Direction, Distribution, Environment, Failure, Fingerprint, Metric, RoundCourse,
    RoundValues, RunResult, Unit, Warning, Window,
};
use perfgate::wire::{WireError, read_comparison, write_comparison};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::{Value, json};

/// Everything that people see of a comparison.
fn shown(comparison: &Comparison) -> Vec<String> {
    let look = |width, verbose| Look { color: true, width, verbose };
    vec![
        markdown::comparison(comparison),
        render::comparison(comparison, &look(None, true)),
        render::comparison(comparison, &look(Some(60), false)),
    ]
}

/// Reads what was written, and compares what the two say.
#[track_caller]
fn says_the_same(comparison: &Comparison, who: &str) {
    let text = write_comparison(comparison);
    let read = read_comparison(&text).unwrap_or_else(|error| panic!("{who}: {error}\n{text}"));
    assert_eq!(write_comparison(&read), text, "{who}");
    assert_eq!(read.measured.len(), comparison.measured.len(), "{who}");
    for (before, after) in shown(comparison).iter().zip(shown(&read)) {
        assert_eq!(&after, before, "{who}");
    }
}

fn metric(name: &str, unit: Unit, rounds: Vec<f64>) -> Metric {
    let higher = matches!(name, "throughput" | "accuracy");
    Metric {
        name: name.to_owned(),
        unit,
        direction: if higher { Direction::HigherIsBetter } else { Direction::LowerIsBetter },
        rounds: RoundValues::new(rounds).unwrap(),
        gate: true,
    }
}

/// Rounds around a level, up to `share` off; another phase is another noise.
fn noisy(level: f64, share: f64, phase: usize) -> Vec<f64> {
    let off = [0.3, -0.7, 0.9, -0.2, -0.9, 0.6, 0.1, -0.4, 0.8, -0.5, 0.2];
    (0..12).map(|round| level * (1.0 + share * off[(round * (phase + 1) + phase) % off.len()])).collect()
}

fn machine(fingerprint: &str) -> Environment {
    Environment {
        cpu: Some("Some CPU @ 2.80GHz".to_owned()),
        cores: Some(2),
        memory: Some(8 << 30),
        os: "Debian GNU/Linux 12".to_owned(),
        kernel: Some("6.1.0".to_owned()),
        arch: "x86_64".to_owned(),
        governor: Some("performance".to_owned()),
        container: Some("docker".to_owned()),
        ci: Some("GitHub Actions".to_owned()),
        fingerprint: Fingerprint::from_words(fingerprint),
    }
}

fn result(digit: &str, benchmarks: Vec<BenchmarkResult>) -> RunResult {
    RunResult {
        commit: Some(digit.repeat(40).parse().unwrap()),
        environment: Some(machine("a")),
        ..RunResult::imported(benchmarks)
    }
}

/// Both sides of benchmarks whose rows come out in every way.
fn sides() -> [RunResult; 2] {
    let (ns, ratio, rate) = (Unit::nanoseconds, Unit::ratio, Unit::per_second);
    let of = |name: &str, metric_name: &str, unit: Unit, sides: [Vec<f64>; 2]| {
        sides.map(|rounds| BenchmarkResult {
            round_duration: Some(Duration::from_millis(700)),
            ..BenchmarkResult::imported(name, vec![metric(metric_name, unit.clone(), rounds)])
        })
    };
    let both = [
        of("slower", "latency_p99", ns(), [noisy(4.1e6, 0.02, 1), noisy(5.0e6, 0.02, 2)]),
        of("faster", "throughput", rate(), [noisy(1e4, 0.02, 1), noisy(2e4, 0.02, 2)]),
        of("open", "latency_p50", ns(), [noisy(1e6, 0.4, 1), noisy(1.1e6, 0.4, 2)]),
        of("same", "latency_p50", ns(), [noisy(1e6, 0.001, 1), noisy(1e6, 0.001, 2)]),
        of("errors", "error_rate", ratio(), [noisy(0.02, 0.2, 1), noisy(0.06, 0.2, 2)]),
        of("new errors", "error_rate", ratio(), [vec![0.0; 12], noisy(0.06, 0.2, 2)]),
        of("from nothing", "lost", Unit::new("1"), [vec![0.0; 12], vec![3.0; 12]]),
        of("below nothing", "balance", Unit::new("1"), [noisy(-5.0, 0.1, 1), noisy(5.0, 0.1, 2)]),
        of("constant", "size", Unit::new("B"), [vec![0.1 + 0.2; 12], vec![0.3; 12]]),
        of("count", "instructions", Unit::instructions(), [vec![1e6; 12], vec![1.1e6; 12]]),
        of("count again", "allocations", Unit::new("allocations"), [vec![1e6, 1.5e6], vec![1.1e6; 2]]),
        of("once", "latency_p50", ns(), [vec![1e6], vec![2e6]]),
        of("units", "latency_p50", ns(), [vec![1e6], vec![2e6]]),
        of("tiny", "share", ratio(), [noisy(1e-300, 0.1, 1), noisy(3e-300, 0.1, 2)]),
        of("huge", "bytes", Unit::new("B"), [noisy(1e300, 0.1, 1), noisy(3e300, 0.1, 2)]),
    ];
    let (mut base, mut candidate): (Vec<_>, Vec<_>) =
        both.into_iter().map(|[base, candidate]| (base, candidate)).unzip();
    candidate[12].metrics[0].unit = Unit::new("s");
    base.push(BenchmarkResult::imported("gone", Vec::new()));
    base[0].metrics.push(metric("gone too", ns(), vec![5e5; 3]));
    candidate.push(BenchmarkResult::imported("new", vec![metric("latency_p50", ns(), vec![1.5e6; 3])]));
    let warning = |code: &str, message: &str| Warning { code: code.to_owned(), message: message.to_owned() };
    for (position, (old, new)) in base.iter_mut().zip(&mut candidate).enumerate().take(4) {
        old.warnings.push(warning("drift", "it drifts by 7 %"));
        new.warnings
            .extend([warning("drift", &format!("it drifts by {position} %")), warning("noise", "it is `noisy`")]);
        old.latencies = Distribution::of((0..90).map(|place| place * place * 1000));
        new.latencies = Distribution::of([7, 7, u64::MAX - 1]);
        let window = |at| Window { at, low: 7, median: 8, high: u64::MAX, queries: 3 };
        let round = |round| RoundCourse { round, warm_up: vec![window(0)], timed: vec![window(5), window(u64::MAX)] };
        new.course = Course::of((0..2).map(round));
    }
    [result("8", base), result("3", candidate)]
}

fn setting(method: Method) -> Setting {
    Setting {
        method,
        failures: vec![Failure {
            benchmark: "broken".to_owned(),
            reason: "`./tool` exited with status 3; the last it wrote:\n    no such file\n    `@team`".to_owned(),
        }],
        not_reached: vec!["late".to_owned()],
        base_label: Some("main".to_owned()),
        candidate_label: Some("faster".to_owned()),
        candidate_head: (method == Method::SideBySide).then(|| "c".repeat(40).parse().unwrap()),
        warnings: vec![Warning { code: "x".to_owned(), message: "`a` and @b".to_owned() }],
        ..Setting::default()
    }
}

fn judged(method: Method) -> Comparison {
    let [base, candidate] = sides();
    compare(&base, &candidate, &GatePolicy::default(), &setting(method))
}

/// Judged after several looks, by recorded sessions, confirmed, with something accepted, and against nothing.
fn kinds() -> Vec<(&'static str, Comparison)> {
    let [base, candidate] = sides();
    let policy = GatePolicy::default();
    let lenient = GatePolicy { allow_missing: true, ..GatePolicy::default() };
    let calm = |method| Setting { failures: Vec::new(), not_reached: Vec::new(), ..setting(method) };
    let mut looks = Looks::default();
    looks.look(&base, &candidate, &policy, &calm(Method::SideBySide), &|_| false);
    let looked = looks.look(&base, &candidate, &policy, &calm(Method::SideBySide), &|_| true);
    let sessions = (0..6).map(|session| {
        let level = 4.1e6 * (1.0 + 0.01 * f64::from(session % 3));
        let rounds = noisy(level, 0.02, 1);
        result("7", vec![BenchmarkResult::imported("slower", vec![metric("latency_p99", Unit::nanoseconds(), rounds)])])
    });
    let with_history = Setting { history: Some(History::new(sessions.collect())), ..calm(Method::StoredBaseline) };
    let by_sessions = gate::warn_of_little_history(compare(&base, &candidate, &policy, &with_history));
    let screen = compare(&base, &candidate, &policy, &calm(Method::StoredBaseline));
    let confirmed = gate::confirm(screen.clone(), looked.clone(), &["slower".to_owned()].into(), FailOn::default());
    let entries = config::parse_accepted(
        "[[accepted]]\nbenchmark = \"slower\"\nmetric = \"latency_p99\"\nup_to = \"135%\"\nuntil = \"2026-12-31\"\nwhy = \"w\"\n",
    );
    let entry = |accepted| Entry { accepted, at_base: true, before_its_base: true };
    let entries: Vec<Entry> = entries.unwrap().into_iter().map(entry).collect();
    let accepted = gate::accept(screen.clone(), &entries, &[], "2026-06-15".parse().unwrap(), FailOn::default());
    let elsewhere = RunResult { environment: Some(machine("b")), ..candidate.clone() };
    let nothing = RunResult::imported(Vec::new());
    let open = RunResult::imported(vec![base.benchmarks[2].clone()]);
    let open_too = RunResult::imported(vec![candidate.benchmarks[2].clone()]);
    let strict = FailOn { inconclusive: true, ..FailOn::default() };
    vec![
        ("after looks", looked),
        ("by sessions", by_sessions),
        ("confirmed", confirmed),
        ("accepted", accepted),
        ("allowed to be missing", compare(&base, &candidate, &lenient, &calm(Method::SideBySide))),
        ("another machine", compare(&base, &elsewhere, &policy, &calm(Method::StoredBaseline))),
        ("no baseline", compare(&nothing, &candidate, &policy, &calm(Method::StoredBaseline))),
        ("nothing at all", compare(&nothing, &nothing, &policy, &Setting::default())),
        ("no time", compare(&nothing, &nothing, &policy, &setting(Method::SideBySide))),
        (
            "undecided",
            compare(&open, &open_too, &GatePolicy { fail_on: strict, ..GatePolicy::default() }, &calm(Method::Paired)),
        ),
        ("unchanged", compare(&base, &base, &policy, &calm(Method::Independent))),
    ]
}

fn all() -> Vec<(&'static str, Comparison)> {
    let methods = [Method::StoredBaseline, Method::Independent, Method::SideBySide, Method::Paired];
    methods.into_iter().map(|method| ("every row", judged(method))).chain(kinds()).collect()
}

#[test]
fn every_kind_of_row_is_read_back_and_says_the_same() {
    for (who, comparison) in all() {
        says_the_same(&comparison, who);
        let read = read_comparison(&write_comparison(&comparison)).unwrap();
        assert!(read.measured == comparison.measured, "{who}: to the last digit");
    }
    let text: String = all().iter().map(|(_, comparison)| write_comparison(comparison)).collect();
    for verdict in [
        "regression",
        "accepted",
        "improvement",
        "unchanged",
        "inconclusive",
        "no-baseline",
        "incomparable",
        "missing",
        "failed",
    ] {
        assert!(text.contains(&format!("      \"verdict\": \"{verdict}\"")), "no row is {verdict}");
    }
    for field in ["side", "look", "history", "accepted", "allowed", "confirmed", "time_needed", "difference_ci"] {
        assert!(text.contains(&format!("      \"{field}\": ")), "no row has {field}");
    }
    for test in ["exact", "welch-t-log", "welch-t-linear", "paired-trimmed-t-log", "session-t-log"] {
        assert!(text.contains(&format!("\"test\": \"{test}\"")), "no row has the test {test}");
    }
}

#[test]
fn every_golden_case_is_read_back_and_says_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let mut read = 0;
    for case in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let command = fs::read_to_string(case.join("command")).unwrap_or_default();
        if !command.starts_with("perfgate compare ") {
            continue;
        }
        let scratch = tempfile::tempdir().unwrap();
        let saved = |extension: &str| scratch.path().join(format!("saved.{extension}"));
        let files = ["json", "md", "txt"].map(saved);
        let output: Vec<&str> = files.iter().flat_map(|file: &PathBuf| ["-o", file.to_str().unwrap()]).collect();
        let mut program = Command::new(env!("CARGO_BIN_EXE_perfgate"));
        // What the case itself writes would lie beside its inputs.
        let words = command.split_whitespace().skip(1).scan(false, |is_file, word| {
            let written = std::mem::replace(is_file, word == "-o") || word == "-o";
            Some((!written).then_some(word))
        });
        program.args(words.flatten()).args(output).current_dir(&case).output().unwrap();
        let [json, md, txt] = files.map(|file| fs::read_to_string(file).unwrap_or_default());
        if json.is_empty() {
            continue;
        }
        let comparison = read_comparison(&json).unwrap_or_else(|error| panic!("{}: {error}", case.display()));
        assert_eq!(write_comparison(&comparison), json, "{}", case.display());
        assert_eq!(markdown::comparison(&comparison), md, "{}", case.display());
        let look = Look { color: false, width: None, verbose: true };
        assert_eq!(render::comparison(&comparison, &look), txt, "{}", case.display());
        read += 1;
    }
    assert!(read >= 20, "only {read} cases wrote a document");
}

#[test]
fn a_document_of_the_first_version_is_read_and_nothing_of_it_is_lost() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1");
    let text = fs::read_to_string(folder.join("comparison.json")).unwrap();
    let read = read_comparison(&text).unwrap();
    let written = write_comparison(&read);
    let [before, after]: [Value; 2] = [&text, &written].map(|text| serde_json::from_str(text).unwrap());
    same(&before, &after, "");
    says_the_same(&read, "version 1");
}

/// Numbers may have lost the digits that are those of the machine's mathematical library.
fn same(before: &Value, after: &Value, place: &str) {
    match (before, after) {
        (Value::Number(before), Value::Number(after)) => {
            let [before, after] = [before, after].map(|number| number.as_f64().unwrap());
            assert!((before - after).abs() <= 1e-11 * before.abs(), "{place}: {before} and {after}");
        }
        (Value::Object(old), Value::Object(new)) => {
            old.iter().for_each(|(key, value)| same(value, &new[key], &format!("{place}.{key}")));
        }
        (Value::Array(old), Value::Array(new)) => {
            assert_eq!(old.len(), new.len(), "{place}");
            old.iter().zip(new).for_each(|(old, new)| same(old, new, place));
        }
        (before, after) => assert_eq!(before, after, "{place}"),
    }
}

#[test]
fn a_hundred_megabytes_of_nesting_are_refused() {
    let deep = "[".repeat(100_000_000);
    assert!(matches!(read_comparison(&deep), Err(WireError::NotJson(_))));
    let closed = "[".repeat(1_000_000) + &"]".repeat(1_000_000);
    let text = write_comparison(&judged(Method::Paired));
    for place in ["\"rows\": ", "\"label\": ", "\"alpha\": "] {
        let told = read_comparison(&text.replacen(place, &format!("{place}{closed}, \"x\": "), 1));
        assert!(told.is_err(), "{place}");
    }
}

/// Values that do not belong where they are put, or only just.
fn nasty(random: &mut Pcg64Mcg) -> Value {
    let words = ["", "regression", "pass", "exact", "lower", "\u{202e}::error::x\n", "ns", "-1", "2026-12-31"];
    match random.random_range(0..16) {
        0 => Value::Null,
        1 => json!(-1),
        2 => json!(0),
        3 => json!(u64::MAX),
        4 => json!(1e308),
        5 => json!(-1e308),
        6 => json!(5e-324),
        7 => json!(true),
        8 => json!([]),
        9 => json!({}),
        10 => json!([1e308, -1e308]),
        11 => json!([0.0, 0.0]),
        12 => json!(0.5),
        13 => json!("x".repeat(10_000)),
        14 => json!([[[[[]]]]]),
        _ => json!(words[random.random_range(0..words.len())]),
    }
}

/// All the places of a document, as paths.
fn places(value: &Value, path: String, all: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            fields.iter().for_each(|(key, inner)| places(inner, format!("{path}/{key}"), all));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, inner)| places(inner, format!("{path}/{place}"), all));
        }
        _ => {}
    }
    if !path.is_empty() {
        all.push(path);
    }
}

/// The document with a few values replaced by others of it or by nasty ones, moved or removed.
fn tampered(document: &Value, random: &mut Pcg64Mcg) -> Value {
    let mut document = document.clone();
    for _ in 0..random.random_range(1..=3) {
        let mut all = Vec::new();
        places(&document, String::new(), &mut all);
        let place = all[random.random_range(0..all.len())].clone();
        let other = document.pointer(&all[random.random_range(0..all.len())]).cloned().unwrap();
        let (parent, key) = place.rsplit_once('/').unwrap();
        match (document.pointer_mut(parent).unwrap(), random.random_range(0..4)) {
            (Value::Object(fields), 0) => drop(fields.remove(key)),
            (Value::Array(items), 0) => drop(items.remove(key.parse().unwrap())),
            (Value::Array(items), 1) => items.push(other),
            (inside, 1) => inside[key] = other,
            (Value::Array(items), _) => items[key.parse::<usize>().unwrap()] = nasty(random),
            (inside, _) => inside[key] = nasty(random),
        }
    }
    document
}

#[test]
fn a_document_that_was_tampered_with_is_refused_or_shown_and_nothing_falls_over() {
    let documents: Vec<Value> =
        all().iter().map(|(_, comparison)| serde_json::from_str(&write_comparison(comparison)).unwrap()).collect();
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let (mut read, mut refused) = (0, 0);
    for case in 0..4000 {
        let document = tampered(&documents[case % documents.len()], &mut random);
        let text = serde_json::to_string(&document).unwrap();
        match read_comparison(&text) {
            Ok(comparison) => {
                read += 1;
                says_the_same(&comparison, &format!("case {case}"));
                assert!(markdown::comparison(&comparison).len() <= 60_000, "case {case}");
            }
            Err(error) => {
                refused += 1;
                let told = error.to_string();
                assert!(!told.is_empty() && told.chars().count() < 500, "case {case}: {told}");
                assert!(!told.contains(['\n', '\u{202e}']), "case {case}: {told:?}");
            }
        }
    }
    assert!(read > 200 && refused > 1000, "the generator is lopsided: {read} read, {refused} refused");
}

#[test]
fn a_document_whose_text_was_damaged_is_refused_or_shown_and_nothing_falls_over() {
    let text = write_comparison(&judged(Method::SideBySide));
    let mut random = Pcg64Mcg::seed_from_u64(2);
    let pieces = ["\"", "}", "]", "{", ",", "-", "9", "e9", "\\u0000", "\u{202e}", "null", ":"];
    for case in 0..2000 {
        let mut letters: Vec<char> = text.chars().collect();
        let start = random.random_range(0..letters.len());
        let end = (start + random.random_range(0..4)).min(letters.len());
        letters.splice(start..end, pieces[random.random_range(0..pieces.len())].chars());
        let damaged: String = letters.into_iter().collect();
        if let Ok(comparison) = read_comparison(&damaged) {
            says_the_same(&comparison, &format!("case {case}"));
        }
    }
}
