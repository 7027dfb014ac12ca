//! The data under the rows: latencies and their course, from the queries to the documents.

use std::fs;

use serde_json::Value;

use crate::support::{ANSWER, Project, counting_project, counting_worker, worker};

/// How many latencies a benchmark's distribution counts.
fn counted(benchmark: &Value) -> u64 {
    benchmark["latencies"].as_array().unwrap().iter().map(|bucket| bucket[1].as_u64().unwrap()).sum()
}

/// How many queries the windows of each round have: of the warm-up and of the timed part.
fn queries(benchmark: &Value) -> Vec<[u64; 2]> {
    let of = |windows: &Value| -> u64 {
        windows.as_array().into_iter().flatten().map(|window| window[4].as_u64().unwrap()).sum()
    };
    let rounds = benchmark["course"].as_array().unwrap().iter();
    rounds.map(|round| [of(&round["warm_up"]), of(&round["timed"])]).collect()
}

/// What a comparison keeps of a benchmark.
fn measured<'a>(comparison: &'a Value, benchmark: &str) -> &'a Value {
    let pairs = comparison["measured"].as_array().unwrap();
    pairs.iter().find(|pair| pair["benchmark"] == benchmark).unwrap_or_else(|| panic!("{comparison:#}"))
}

fn document(project: &Project, file: &str) -> Value {
    serde_json::from_str(&project.read(file)).unwrap()
}

#[test]
fn a_result_has_every_latency_and_the_course_of_its_rounds() {
    let project = counting_project(100);
    project.perfgate(&["run", "-o", "result.json"]).expect(0);
    let benchmark = &document(&project, "result.json")["benchmarks"][0];
    assert_eq!((counted(benchmark), benchmark["queries"].as_u64()), (36, Some(36)));
    // Ten untimed queries are usual.
    assert_eq!(queries(benchmark), [[10, 12]; 3]);
    let rounds: Vec<u64> =
        benchmark["course"].as_array().unwrap().iter().map(|round| round["round"].as_u64().unwrap()).collect();
    assert_eq!(rounds, [0, 1, 2]);
    let max = benchmark["metrics"].as_array().unwrap().iter().find(|metric| metric["name"] == "latency_max").unwrap();
    for (round, slowest) in benchmark["course"].as_array().unwrap().iter().zip(max["rounds"].as_array().unwrap()) {
        let high = round["timed"].as_array().unwrap().iter().map(|window| window[3].as_u64().unwrap()).max().unwrap();
        assert_eq!(high as f64, slowest.as_f64().unwrap(), "no outlier is lost on the way");
    }
}

#[test]
fn every_scenario_has_a_course() {
    let project = Project::bare();
    project.script("worker", &worker(ANSWER));
    let benchmark = |name: &str, keys: &str| {
        format!(
            "[[benchmark]]\nname = \"{name}\"\nworker = [\"./worker\"]\nrounds = 2\nqueries = 30\nwarmup = 3\n\
             min_duration = \"0s\"\n{keys}\n"
        )
    };
    let open = "scenario = \"server\"\ntarget_qps = 300\nmax_lateness = \"1000000%\"";
    let closed = "scenario = \"server\"\ntraffic = { shape = \"closed\", users = 2 }";
    let all = [
        benchmark("single", ""),
        benchmark("multi", "scenario = \"multi-stream\"\nsamples_per_query = 4"),
        benchmark("open", open),
        benchmark("closed", closed),
        benchmark("offline", "scenario = \"offline\"\nbatch_size = 5"),
    ];
    project.write("perfgate.toml", &all.concat());
    let result = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    for benchmark in result["benchmarks"].as_array().unwrap() {
        let name = benchmark["name"].as_str().unwrap();
        let timed = if name == "offline" { 6 } else { 30 };
        assert!(queries(benchmark).iter().all(|&round| round == [3, timed]), "{name}: {benchmark}");
        assert_eq!(counted(benchmark), 2 * timed, "{name}");
    }
}

#[cfg(feature = "onnx")]
#[test]
fn a_round_in_a_process_of_its_own_sends_its_course_home() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/digits");
    let project = Project::bare();
    let files = format!("onnx = \"{fixtures}/model.onnx\"\ndataset = \"{fixtures}/test.csv\"\n");
    let keys = "rounds = 2\nqueries = 400\nwarmup = 5\nmin_duration = \"0s\"\n";
    project.write("perfgate.toml", &format!("[[benchmark]]\nname = \"digits\"\n{files}{keys}"));
    let result = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    let benchmark = &result["benchmarks"][0];
    assert_eq!((queries(benchmark), counted(benchmark)), (vec![[5, 400]; 2], 800));
    assert_eq!(benchmark["course"][1]["timed"].as_array().unwrap().len(), 24);
}

#[test]
fn the_store_adds_the_latencies_of_sessions_up_and_keeps_no_course() {
    let project = counting_project(100);
    for session in 1..=2 {
        project.perfgate(&["record", "-o", "result.json"]).expect(0);
        let text = fs::read_to_string(project.baseline()).unwrap();
        let stored: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(counted(&stored["benchmarks"][0]), 36 * session);
        assert!(stored["benchmarks"][0].get("course").is_none(), "{text}");
        assert!(document(&project, "result.json")["benchmarks"][0].get("course").is_some());
    }
    project.perfgate(&["record", "--sessions", "2", "--pause", "0s", "-o", "result.json"]).expect(0);
    let both = &document(&project, "result.json")["benchmarks"][0];
    assert_eq!((counted(both), queries(both)), (72, vec![[10, 12]; 3]), "the course is the last session's");
}

#[test]
fn a_comparison_of_two_documents_keeps_what_they_say() {
    let project = counting_project(100);
    project.perfgate(&["run", "-o", "old.json"]).expect(0);
    project.script("worker", &counting_worker(130));
    project.perfgate(&["run", "-o", "new.json"]).expect(0);
    let comparison = project.perfgate(&["compare", "old.json", "new.json", "--format", "json"]).expect(1).json();
    let pair = measured(&comparison, "count");
    assert_eq!(pair["base"], document(&project, "old.json")["benchmarks"][0]);
    assert_eq!(pair["candidate"], document(&project, "new.json")["benchmarks"][0]);
}

#[test]
fn a_check_keeps_what_its_rows_rest_on_however_it_came_about() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let check = |arguments: &[&str]| {
        let all = [&["check", "--format", "json"], arguments].concat();
        project.perfgate(&all).expect(0).json()
    };
    let stored = check(&["--confirm", "never"]);
    let pair = measured(&stored, "count");
    assert!(pair["base"].get("course").is_none(), "a stored baseline has none");
    assert_eq!((counted(&pair["base"]), counted(&pair["candidate"])), (36, 36));
    assert_eq!(queries(&pair["candidate"]), [[10, 12]; 3]);
    for side_by_side in
        [check(&["--confirm", "always", "--rounds", "4"]), check(&["--against", "HEAD", "--rounds", "4"])]
    {
        let pair = measured(&side_by_side, "count");
        for side in ["base", "candidate"] {
            assert_eq!(queries(&pair[side]), [[10, 12]; 4], "{side}");
        }
    }
}
