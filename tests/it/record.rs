//! `perfgate record`.

use std::fs;

use serde_json::{Value, json};

use crate::support::{Project, counting_project, counting_worker};

#[test]
fn a_baseline_is_keyed_by_commit_and_machine_and_holds_what_the_contract_says() {
    let project = counting_project(100);
    let commit = project.commit();
    let said = project.perfgate(&["record", "--seed", "7"]).expect(0);
    let path = project.baseline();
    let document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(path.parent().unwrap().file_name().unwrap().to_str().unwrap(), commit);
    let fingerprint = document["environment"]["fingerprint"].as_str().unwrap();
    assert_eq!(path.file_name().unwrap().to_str().unwrap(), format!("{fingerprint}.json"));
    assert_eq!(document["schema"], "perfgate.baseline/1");
    assert_eq!(document["commit"], json!(commit));
    assert_eq!(document["dirty"], false);
    assert_eq!(document["seed"], 7);
    assert_eq!(document["perfgate"], env!("CARGO_PKG_VERSION"));
    let benchmark = &document["benchmarks"][0];
    assert_eq!((&benchmark["name"], &benchmark["scenario"]), (&json!("count"), &json!("single-stream")));
    let metrics = benchmark["metrics"].as_array().unwrap();
    let named = |name: &str| metrics.iter().find(|metric| metric["name"] == name).unwrap();
    for (name, unit, direction) in [
        ("latency_mean", "ns", "lower"),
        ("latency_p50", "ns", "lower"),
        ("latency_p90", "ns", "lower"),
        ("latency_max", "ns", "lower"),
        ("latency_min", "ns", "lower"),
        ("throughput", "1/s", "higher"),
        ("error_rate", "ratio", "lower"),
        ("steps", "1", "lower"),
    ] {
        let metric = named(name);
        assert_eq!((&metric["unit"], &metric["direction"]), (&json!(unit), &json!(direction)), "{name}");
        assert_eq!(metric["rounds"].as_array().unwrap().len(), 3, "{name}");
    }
    assert_eq!(named("steps")["rounds"], json!([100.0, 100.0, 100.0]));
    assert!(!metrics.iter().any(|metric| metric["name"] == "accuracy"), "what does not exist is absent");
    said.err_has(&format!("as the baseline of {}", &commit[..8]));
}

#[test]
fn a_dirty_tree_is_refused_unless_allowed_and_then_says_so() {
    let project = counting_project(100);
    project.script("worker", &counting_worker(101));
    let said = project.perfgate(&["record"]).expect(2);
    said.err_has("tracked files differ from the commit: worker");
    said.err_has("--allow-dirty");
    assert!(project.baselines().is_empty());
    project.perfgate(&["record", "--allow-dirty"]).expect(0);
    let document: Value = serde_json::from_str(&fs::read_to_string(project.baseline()).unwrap()).unwrap();
    assert_eq!(document["dirty"], true);
}

#[test]
fn recorded_baselines_do_not_make_the_tree_dirty() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.commit();
    project.perfgate(&["record"]).expect(0);
    let first = project.baselines()[0].clone();
    fs::write(&first, fs::read_to_string(&first).unwrap() + "\n").unwrap();
    project.perfgate(&["record"]).expect(0);
}

#[test]
fn recording_again_adds_a_session() {
    let project = counting_project(100);
    let commit = project.commit();
    project.perfgate(&["record"]).expect(0);
    let said = project.perfgate(&["record", "--rounds", "2"]).expect(0);
    said.err_has(&format!(".json: session 2 of commit {}", &commit[..8]));
    let document: Value = serde_json::from_str(&fs::read_to_string(project.baseline()).unwrap()).unwrap();
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    for metric in metrics {
        assert_eq!((&metric["sessions"], metric["rounds"].as_array().unwrap().len()), (&json!([3, 2]), 5), "{metric}");
    }
}

#[test]
fn what_is_no_session_of_the_same_is_kept_beside_it() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let first = fs::read_to_string(project.baseline()).unwrap();
    // The metric counts something else now, in the same commit: it cannot be the code of the commit.
    project.script("worker", &counting_worker(100).replace("\"unit\":\"1\"", "\"unit\":\"2\""));
    project.perfgate(&["record", "--allow-dirty"]).expect(0);
    let files = project.baselines();
    assert_eq!(files.len(), 2, "{files:?}");
    assert!(files.iter().any(|file| fs::read_to_string(file).unwrap() == first), "the first recording is still there");
}

#[test]
fn several_sessions_are_recorded_one_after_the_other() {
    let project = counting_project(100);
    let commit = project.commit();
    let said = project.perfgate(&["record", "--sessions", "3", "--pause", "0s", "-o", "out.json"]).expect(0);
    said.err_has(&format!("as the baseline of {}; the next of 3 begins now", &commit[..8]));
    said.err_has(&format!("session 3 of commit {}", &commit[..8]));
    assert_eq!(said.out.matches("latency p50").count().max(said.out.matches("steps").count()), 1, "{}", said.out);
    for text in [fs::read_to_string(project.baseline()).unwrap(), project.read("out.json")] {
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["benchmarks"][0]["metrics"][0]["sessions"], json!([3, 3, 3]));
    }
}

#[test]
fn sessions_are_of_a_commits_code() {
    let project = counting_project(100);
    project.perfgate(&["record", "--allow-dirty", "--sessions", "2"]).expect(2).err_has("cannot be used with");
    // A worker that changes the tree while it runs.
    project.script("worker", &format!("echo >> data\n{}", counting_worker(100)));
    project.write("data", "");
    project.commit();
    let said = project.perfgate(&["record", "--sessions", "2", "--pause", "0s"]).expect(2);
    said.err_has("tracked files differ from the commit: data");
    let document: Value = serde_json::from_str(&fs::read_to_string(project.baseline()).unwrap()).unwrap();
    assert!(document["benchmarks"][0]["metrics"][0].get("sessions").is_none(), "the first session is kept");
}

#[test]
fn a_session_that_fails_leaves_those_before_it() {
    let project = counting_project(100);
    let three_rounds = "echo x >> rounds; [ $(wc -l < rounds) -le 3 ] || exit 7\n";
    project.script("worker", &format!("{three_rounds}{}", counting_worker(100)));
    project.commit();
    let said = project.perfgate(&["record", "--sessions", "3", "--pause", "0s"]).expect(4);
    said.err_has("of session 2 nothing was recorded");
    said.err_has("1 of 3 sessions are recorded");
    assert_eq!(project.baselines().len(), 1);
}

#[test]
fn two_recorders_at_the_same_time_lose_nothing() {
    let project = Project::git();
    let two = |name: &str| format!("[[benchmark]]\nname = \"{name}\"\ncommand = [\"true\"]\nqueries = 2\nrounds = 2\n");
    project.write("perfgate.toml", &(two("a") + &two("b")));
    project.commit();
    let start = |name: &str| project.command(&["record", name]).spawn().unwrap();
    let (mut a, mut b) = (start("a"), start("b"));
    assert!(a.wait().unwrap().success() && b.wait().unwrap().success());
    let document: Value = serde_json::from_str(&fs::read_to_string(project.baseline()).unwrap()).unwrap();
    let mut names: Vec<&str> =
        document["benchmarks"].as_array().unwrap().iter().map(|b| b["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn nothing_is_recorded_if_one_benchmark_cannot_be_measured() {
    let project = Project::with(
        "[[benchmark]]\nname = \"good\"\ncommand = [\"true\"]\nqueries = 2\nrounds = 2\n\
         [[benchmark]]\nname = \"bad\"\ncommand = [\"false\"]\nqueries = 2\nrounds = 2\n",
    );
    let said = project.perfgate(&["record"]).expect(4);
    said.out_has("`false` exited with status 1");
    said.err_has("nothing was recorded");
    assert!(project.baselines().is_empty());
}

#[test]
fn the_store_can_be_elsewhere() {
    let project = counting_project(100);
    project.perfgate(&["record", "--store", "dir:elsewhere/kept"]).expect(0);
    assert!(project.baselines().is_empty());
    assert!(project.file("elsewhere/kept").join(project.commit()).parent().unwrap().is_dir());
    project.perfgate(&["check", "--store", "dir:elsewhere/kept"]).expect(0);
}
