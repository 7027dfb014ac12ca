//! `perfgate capacity` through the whole program. What a system carries is counted by the system itself: no clock decides here.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use clap::Parser;
use perfgate::capacity::{
    ALPHA, Capacity, Context, Headroom, Latency, Round, SCOUTS, Search, Seen, Setting, TOLERANCE, Usage, summarise,
};
use perfgate::cli::Cli;
use perfgate::report::capacity::answer;
use perfgate::stats::Counts;
use perfgate::wire::write_capacity;
use serde_json::Value;

use crate::documents::check;
use crate::support::{ANSWER, Project, worker};

/// Answers so many queries of a round, fails all others, and notes how many it was asked.
const QUOTA: u64 = 100;

/// Seconds of a round: arrivals at equal gaps, until one lies at its end.
const ROUND: f64 = 0.1;

fn quota_worker() -> String {
    format!(
        "asked=0\n{}echo $asked >> seen\n",
        worker(&format!(
            "asked=$((asked+1))\n\
             if [ $asked -le {QUOTA} ]; then {ANSWER}; else echo \"{{\\\"id\\\":$id,\\\"error\\\":\\\"no more today\\\"}}\"; fi"
        ))
    )
}

/// A worker with a quota. The bound is far away, and the load generator may be as late as it likes: only failures count.
fn with_quota() -> Project {
    let project = Project::bare();
    project.script("worker", &quota_worker());
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"quota\"\nworker = [\"./worker\"]\nscenario = \"server\"\ntarget_qps = 400\n\
         traffic = \"constant\"\nqueries = 2\nwarmup = 0\nmin_duration = \"100ms\"\nmax_duration = \"100ms\"\n\
         latency_bound = \"20s\"\npercentile = 0.9\nmax_lateness = \"1000000%\"\nrounds = 6\n",
    );
    project
}

fn number(document: &Value, key: &str) -> f64 {
    document.pointer(key).and_then(Value::as_f64).unwrap_or_else(|| panic!("no {key} in {document:#}"))
}

#[test]
fn the_answer_holds_the_load_that_the_worker_itself_counts() {
    let project = with_quota();
    let arguments =
        ["capacity", "quota", "--budget", "1h", "--growth", "1.5", "--price", "0.2/h", "-o", "c.json", "-o", "c.md"];
    let told = project.perfgate(&arguments).expect(0);
    let document: Value = serde_json::from_str(&project.read("c.json")).unwrap();
    // Of n queries the first 100 are answered. A quarter of the answers is not judged, so that 75 of n − 25 are within.
    let meets = |queries: f64| 75.0 >= 0.9 * (queries - 25.0);
    let queries = |qps: f64| (qps * ROUND).ceil();
    let (low, high) = (number(&document, "/at_least"), number(&document, "/at_most"));
    assert!(meets(queries(low)) && !meets(queries(high)), "{low} to {high}");
    assert!(high / low < 1.11, "{low} to {high}: the worker is as sharp as can be");
    // The worker was asked as many as the schedule of these loads has.
    let seen: BTreeSet<u64> = project.read("seen").lines().map(|line| line.parse().unwrap()).collect();
    for qps in [low, high] {
        assert!(seen.contains(&(queries(qps) as u64)), "{qps} a second are {} a round: {seen:?}", queries(qps));
    }
    assert_eq!(document["limited_by"], "system");
    assert_eq!(document["ci"], serde_json::json!([low, high]));
    let most_likely = number(&document, "/max_qps");
    assert!((low..=high).contains(&most_likely));
    // 400 times 1.5, of which each instance takes 70 % of what was shown.
    assert_eq!(number(&document, "/plan/required_qps"), 600.0);
    assert_eq!(document["instances"], 1, "{low}");
    assert!((number(&document, "/plan/cost_per_month_with_spare") - 2.0 * 146.0).abs() < 1e-6);
    assert!(document.pointer("/plan/processors").is_none_or(|value| value.as_f64().is_some_and(|busy| busy > 0.0)));
    let names: BTreeSet<&str> =
        document["assumptions"].as_array().unwrap().iter().map(|each| each["name"].as_str().unwrap()).collect();
    for name in ["arrivals", "round-length", "linear-scaling", "growth", "headroom", "load", "price"] {
        assert!(names.contains(name), "{name} is not in {names:?}");
    }
    let beyond = document["curve"].as_array().unwrap().iter().find(|point| point["error_rate"] != 0.0).unwrap();
    assert_eq!(beyond["failure"], "no more today");
    told.out_has("p90 < 20 s holds up to a load between ");
    told.out_has("1 instance, or 2 so that one may fail");
    assert!(project.read("c.md").starts_with("### perfgate capacity: "));
}

#[test]
fn a_range_that_is_carried_is_at_least_that() {
    let project = with_quota();
    let said = project.perfgate(&["capacity", "quota", "--from", "100", "--to", "400", "--quick"]).expect(0);
    said.out_has("p90 < 20 s holds at 400 queries a second at least. No higher load was to be tried");
    said.out_has("2 instances at most, or 3 so that one may fail");
}

#[test]
fn what_cannot_be_searched_is_refused_before_anything_runs() {
    let project = Project::bare();
    project.script("worker", &format!("echo >> ran\n{}", worker(ANSWER)));
    let own = |keys: &str| format!("[[benchmark]]\nname = \"x\"\nworker = [\"./worker\"]\n{keys}\n");
    let refused = |keys: &str, arguments: &[&str], why: &str| {
        project.write("perfgate.toml", &own(keys));
        project.perfgate(&[&["capacity"], arguments].concat()).expect(2).err_has(why);
    };
    refused("", &["x"], "benchmark `x` has no latency objective");
    refused("", &["x"], "--slo \"p99 < 50ms\"");
    let two = "slo = [\"p99 < 1s\", \"p50 < 100ms\"]\nlatency_bound = \"1s\"";
    refused(two, &["x"], "benchmark `x` has several objectives: p99 < 1 s, p50 < 100 ms");
    refused(two, &["x"], "say which: --slo \"p99 < 1 s\"");
    refused("", &["y", "--slo", "p99<1s"], "no benchmark is named `y`");
    refused("", &["x", "--slo", "p99"], "`p99`: no `<`");
    refused("", &["x", "--slo", "p99<1s", "--from", "9", "--to", "3"], "--from 9 is more than --to 3");
    refused("", &["x", "--slo", "p99<1s", "--growth", "0"], "expected a number above 0");
    refused("", &["x", "--slo", "p99<1s", "--headroom", "100%"], "headroom is a share from 0 to below 1");
    refused("", &["x", "--slo", "p99<1s", "--price", "cheap"], "a price is a number");
    refused(
        "scenario = \"server\"\ntraffic = { shape = \"closed\", users = 3 }",
        &["x", "--slo", "p99<1s"],
        "its traffic is that of users who wait for their answers, which is no single load",
    );
    assert!(!project.file("ran").exists());
}

#[test]
fn a_system_that_fails_without_load_is_a_failure_and_nothing_is_written() {
    let project = Project::bare();
    project.script("worker", "echo 'out of order' >&2\nexit 3\n");
    project.write("perfgate.toml", "[[benchmark]]\nname = \"x\"\nworker = [\"./worker\"]\nlatency_bound = \"1s\"\n");
    let said = project.perfgate(&["capacity", "x", "-o", "c.json"]).expect(4);
    said.err_has("benchmark `x` could not be measured");
    said.err_has("out of order");
    assert!(!project.file("c.json").exists());
}

#[test]
fn a_budget_in_which_nothing_can_be_shown_is_told() {
    let project = with_quota();
    let said = project.perfgate(&["capacity", "quota", "--budget", "300ms", "-o", "c.json"]).expect(4);
    said.out_has("Nothing could be shown about p90 < 20 s.");
    said.out_has("The budget was spent before: allow more with --budget.");
    let document: Value = serde_json::from_str(&project.read("c.json")).unwrap();
    assert_eq!(document["exit_code"], 4);
    assert!(document.get("max_qps").is_none() && document.get("plan").is_none(), "{document:#}");
}

#[test]
fn what_to_try_next_is_the_same_command_with_more_time() {
    let project = with_quota();
    let asked = |budget: &str| {
        let flags = "--slo 99.5%<20s --load 900 --growth 1.5 --headroom 20% --price 0.2/h --from 100 --to 6000 --seed 7 --rounds 5";
        let mut arguments = vec!["capacity", "quota", "--config", "./my gate.toml", "--budget", budget];
        arguments.extend(flags.split(' '));
        arguments.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    std::fs::rename(project.file("perfgate.toml"), project.file("my gate.toml")).unwrap();
    let arguments = asked("300ms");
    let said = project.perfgate(&arguments.iter().map(String::as_str).collect::<Vec<_>>()).expect(4);
    // The last paragraph; it is folded at the width of the page.
    let (_, command) = said.out.split_once("try it: ").unwrap_or_else(|| panic!("{}", said.out));
    let command = command.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = Command::new("sh").args(["-c", &format!("printf '%s\\n' {command}")]).output().unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    let parsed = |words: Vec<&str>| format!("{:?}", Cli::try_parse_from(words).unwrap());
    let wanted = asked("1m");
    let wanted = std::iter::once("perfgate").chain(wanted.iter().map(String::as_str)).collect();
    assert_eq!(parsed(words.lines().collect()), parsed(wanted));
}

#[test]
fn a_benchmark_s_objective_goes_before_its_latency_bound() {
    let project = with_quota();
    let text = project.read("perfgate.toml");
    project.write("perfgate.toml", &format!("{text}slo = \"80% < 10s\"\n"));
    let arguments = ["capacity", "quota", "--from", "100", "--to", "100", "--quick", "--format", "json"];
    assert_eq!(project.perfgate(&arguments).expect(0).json()["objective"]["text"], "p80 < 10 s");
    let given = [&arguments[..], &["--slo", "p70 < 5s"]].concat();
    assert_eq!(project.perfgate(&given).expect(0).json()["objective"]["text"], "p70 < 5 s");
}

/// A search of so many rounds at most over a single server that answers 1000 queries a second, by its theory, without chance. Up to
/// 600 it meets the objective. The generator is late where it is said to be, by the load and the number of the round.
fn by_theory(most: usize, is_late: impl Fn(f64, usize) -> bool) -> Capacity {
    let objective = "p99 < 10ms".parse().unwrap();
    let range = [10.0, 5000.0];
    let (tolerance, scouts, alpha) = (TOLERANCE, SCOUTS, ALPHA);
    let mut search = Search::new(Setting { objective, start: 100.0, range, tolerance, rounds: 10, scouts, alpha });
    for round in 0..most {
        let Some(ask) = search.ask() else { break };
        let busy = ask.load / 1000.0;
        let mean = 1e6 / (1.0 - busy.min(0.98));
        let successes = if ask.load <= 600.0 { 2000 } else { 1000 };
        search.tell(
            ask,
            Round::Seen(Seen {
                within: Counts { successes, trials: 2000 },
                latency: Some(Latency { mean, median: mean, at_share: 3.0 * mean, growth: 0.0 }),
                throughput: ask.load.min(1000.0),
                // A tenth fewer than scheduled, by chance.
                arrivals: Some(0.9 * ask.load),
                failed: 0,
                first_failure: None,
                lateness: 0,
                late: is_late(ask.load, round),
                overloaded: false,
                usage: Usage::default(),
            }),
        );
    }
    let second = Duration::from_secs(1);
    let cut_short = search.ask().is_some();
    summarise(
        &search,
        Context {
            benchmark: "x".to_owned(),
            alone: None,
            round: second,
            bursty: false,
            even: false,
            connections: None,
            load: None,
            growth: 1.0,
            headroom: Headroom::default(),
            price: None,
            asked: Vec::new(),
            seed: 1,
            budget: second,
            took: second,
            cut_short,
            environment: None,
        },
    )
}

/// Its document, where the generator is always in time.
fn document_by_theory() -> Value {
    serde_json::from_str(&write_capacity(&by_theory(1000, |_, _| false))).unwrap()
}

#[test]
fn a_document_without_warnings_fits_its_schema() {
    let document = document_by_theory();
    assert!(document.get("warnings").is_none(), "{document:#}");
    let schema = Project::bare().perfgate(&["schema", "capacity"]).expect(0).json();
    check(&document, &schema, &schema, "capacity");
}

#[test]
fn the_knee_is_that_of_the_document_s_own_curve() {
    let document = document_by_theory();
    let steady: Vec<&Value> =
        document["curve"].as_array().unwrap().iter().filter(|point| point["steady"] == true).collect();
    let of = |point: &Value, key: &str| point[key].as_f64().unwrap();
    let power = |point: &Value| of(point, "throughput") / of(point, "latency_mean");
    let place = (0..steady.len()).max_by(|a, b| power(steady[*a]).total_cmp(&power(steady[*b]))).unwrap();
    let knee = &document["knee"];
    assert_eq!(knee["qps"], steady[place]["qps"], "{document:#}");
    assert_eq!(knee["between"], serde_json::json!([steady[place - 1]["qps"], steady[place + 1]["qps"]]));
    // Half of what the server can do.
    let [low, high] = [place - 1, place + 1].map(|place| of(steady[place], "qps"));
    assert!(low < 500.0 && 500.0 < high, "{low} to {high}");
    // What arrived is what counts, and above 1000 a second that is more than is answered.
    let all = document["curve"].as_array().unwrap();
    assert!(all.iter().all(|point| (point["steady"] == true) == (of(point, "qps") < 1160.0)), "{document:#}");
}

#[test]
fn what_is_said_of_a_late_generator_is_what_it_did() {
    let codes = |capacity: &Capacity| capacity.warnings.iter().map(|warning| warning.code.clone()).collect::<Vec<_>>();
    let free = "run where a processor core is free for perfgate, or raise `max_lateness`.";
    let always = by_theory(1000, |_, _| true);
    let nothing = "Nothing could be shown about p99 < 10 ms.";
    assert_eq!(answer(&always), format!("{nothing} The load generator was late under every load: {free}"));
    assert!(codes(&always).is_empty(), "it has been said: {:?}", always.warnings);
    // Late under low loads, and the search is over too soon.
    let low = |load: f64, _: usize| load < 150.0;
    let cut = by_theory(30, low);
    let said = answer(&cut);
    assert!(said.starts_with(&format!("{nothing} It seems met at ")), "{said}");
    let late = cut.curve.iter().filter(|point| point.load < 150.0).count();
    let of = format!("The load generator was late under {late} of {} loads: {free}", cut.curve.len());
    assert!(said.contains(&of) && said.ends_with("The budget was spent before: allow more with --budget."), "{said}");
    let whole = by_theory(1000, low);
    assert!(answer(&whole).starts_with("p99 < 10 ms holds up to a load between "), "{}", answer(&whole));
    assert_eq!(codes(&whole), ["generator-late"]);
    // Above a rate: then it is the limit.
    let above = by_theory(1000, |load, _| load > 300.0);
    assert!(answer(&above).contains("at least. Beyond it the load generator was the limit"), "{}", answer(&above));
    assert_eq!(codes(&above), ["generator-limited"]);
}
