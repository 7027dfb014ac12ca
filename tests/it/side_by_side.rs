//! Both revisions on this machine, now: `check --against`, and the confirmation of what a stored baseline leaves open.

use std::collections::BTreeSet;
use std::fs;

use serde_json::{Value, json};

use crate::support::{ANSWER, Project, codes, counting_project, counting_worker, row, worker};

#[test]
fn against_a_revision_both_are_measured_now_and_no_baseline_is_needed() {
    let project = counting_project(100);
    let base = project.commit();
    project.script("worker", &counting_worker(200));
    project.commit();
    let red = project.perfgate(&["check", "--against", "HEAD~1", "--format", "json"]).expect(1).json();
    assert_eq!(red["method"], "side-by-side");
    assert_eq!(red["base"]["commit"], Value::from(base));
    let steps = row(&red, "count", "steps");
    assert_eq!(
        (&steps["baseline"], &steps["candidate"]),
        (&json!(100.0), &json!(200.0)),
        "each side ran its own worker"
    );
    assert_eq!(steps["rounds"], json!([3, 3]));
    assert!(project.baselines().is_empty());
    project.perfgate(&["check", "--against", "merge-base(HEAD)"]).expect(0);
    project.perfgate(&["check", "--against", "no-such"]).expect(2).err_has("`no-such` is not a revision");
}

#[test]
fn the_candidate_is_the_work_tree_as_it_is() {
    let project = counting_project(100);
    project.script("worker", &counting_worker(300));
    let red = project.perfgate(&["check", "--against", "HEAD", "--format", "json"]).expect(1).json();
    assert_eq!(row(&red, "count", "steps")["candidate"], 300.0);
    assert_eq!(red["candidate"]["dirty"], true);
}

#[test]
fn what_only_one_side_has_is_new_or_missing() {
    let one = |name: &str| format!("[[benchmark]]\nname = \"{name}\"\ncommand = [\"true\"]\nqueries = 2\nrounds = 2\n");
    let project = Project::with(&(one("both") + &one("gone")));
    project.write("perfgate.toml", &(one("both") + &one("new")));
    project.commit();
    let found =
        project.perfgate(&["check", "--against", "HEAD~1", "--threshold", "1", "--format", "json"]).expect(4).json();
    let verdict = |name: &str| {
        found["rows"].as_array().unwrap().iter().find(|row| row["benchmark"] == name).unwrap()["verdict"].clone()
    };
    assert_eq!((verdict("gone"), verdict("new")), (json!("missing"), json!("no-baseline")));
}

#[test]
fn the_build_runs_on_both_sides_each_in_its_own_folder() {
    let project = Project::git();
    let build = "cp source built; pwd >> \"$BUILD_LOG\"\n";
    project.write(
        "perfgate.toml",
        "[build]\ncommand = [\"./build\"]\ncache = false\n[[benchmark]]\nname = \"count\"\nworker = [\"sh\", \"built\"]\nrounds = 2\nqueries = 2\n\
         min_duration = \"0s\"\n[benchmark.metrics]\nlatency_p50.gate = false\nlatency_p90.gate = false\n",
    );
    project.script("build", build);
    project.write("source", &counting_worker(100));
    project.write(".gitignore", "built\nlog\n");
    project.commit();
    project.write("source", &counting_worker(150));
    project.commit();
    let log = project.file("log");
    let said =
        project.command(&["check", "--against", "HEAD~1", "--format", "json"]).env("BUILD_LOG", &log).output().unwrap();
    let red = crate::support::Said::from(said).expect(1).json();
    assert_eq!(row(&red, "count", "steps")["baseline"], 100.0);
    assert_eq!(row(&red, "count", "steps")["candidate"], 150.0);
    let log = project.read("log");
    let folders: Vec<&str> = log.lines().collect();
    assert_eq!(folders.len(), 2);
    assert!(folders[0].contains("perfgate-base-"), "{folders:?}");
    assert!(!fs::exists(folders[0]).unwrap(), "the base's folder is gone afterwards");
    assert_eq!(fs::canonicalize(folders[1]).unwrap(), project.path().canonicalize().unwrap());
}

#[test]
fn a_base_that_does_not_build_or_run_is_exit_4_and_names_what_failed() {
    let project = counting_project(100);
    project.write("perfgate.toml", &format!("[build]\ncommand = [\"./no-build\"]\n{}", project.read("perfgate.toml")));
    project.commit();
    let said = project.perfgate(&["check", "--against", "HEAD"]).expect(4);
    said.err_has("cannot build");
    said.err_has("./no-build");
    let project = counting_project(100);
    project.script("worker", "echo 'no such library' >&2; exit 1\n");
    project.commit();
    project.script("worker", &counting_worker(100));
    project.commit();
    let said = project.perfgate(&["check", "--against", "HEAD~1"]).expect(4);
    said.err_has("the base");
    said.err_has("no such library");
    said.err_has("[build] command");
}

#[test]
fn one_program_for_both_sides_is_refused() {
    let project = Project::git();
    let tool = project.file("tool");
    project.script("tool", "true\n");
    project.write(
        "perfgate.toml",
        &format!("[[benchmark]]\nname = \"x\"\ncommand = [{tool:?}]\nqueries = 2\nrounds = 2\n"),
    );
    project.commit();
    let said = project.perfgate(&["check", "--against", "HEAD"]).expect(2);
    said.err_has("is the same file for base and candidate");
}

/// A project whose stored baseline was recorded on a machine ten times as fast as it is now, so to speak.
fn project_on_a_machine_that_got_slower(build: &str) -> Project {
    let project = Project::git();
    project.write(
        "perfgate.toml",
        &format!(
            "[gate]\nthreshold = 1\n{build}[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\nrounds = 6\nqueries = 20\n\
             min_duration = \"0s\"\n"
        ),
    );
    project.script("worker", &worker(ANSWER));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    let path = project.baseline();
    let mut document: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    for metric in document["benchmarks"][0]["metrics"].as_array_mut().unwrap() {
        for value in metric["rounds"].as_array_mut().unwrap() {
            *value = json!(value.as_f64().unwrap() / 10.0);
        }
    }
    fs::write(&path, document.to_string()).unwrap();
    project
}

#[test]
fn a_machine_that_got_slower_is_not_a_regression() {
    let project = project_on_a_machine_that_got_slower("[build]\ncommand = [\"true\"]\n");
    project.perfgate(&["check", "--confirm", "never"]).expect(1);
    let green = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    assert_eq!(green["method"], "stored-baseline-confirmed");
    let p50 = row(&green, "w", "latency_p50");
    assert_eq!(p50["confirmed"], true);
    // With the rounds of the first look there is nothing to trim, with more there is.
    assert!(["paired-t-log", "paired-trimmed-t-log"].contains(&p50["test"].as_str().unwrap()), "{p50}");
    assert!(
        p50["reason"].as_str().unwrap().contains("against the stored baseline: the machine was slower now"),
        "{p50}"
    );
}

#[test]
fn without_a_build_being_alike_proves_nothing_and_the_row_says_so() {
    let project = project_on_a_machine_that_got_slower("");
    let document = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    let found = row(&document, "w", "latency_p50");
    assert_eq!(found["verdict"], "inconclusive");
    // A machine that is too noisy leaves the row open for another reason; it is never called unchanged.
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.contains("`[build]`") || reason.contains("could have seen"), "{found}");
    project.perfgate(&["check", "--fail-on", "regression,inconclusive"]).expect(5);
}

#[test]
fn what_cannot_be_confirmed_stays_red() {
    let project = project_on_a_machine_that_got_slower("[build]\ncommand = [\"./no-build\"]\n");
    let said = project.perfgate(&["check"]).expect(1);
    said.err_has("could not be confirmed");
    said.err_has("./no-build");
    project.perfgate(&["check", "--confirm", "always"]).expect(4);
}

#[test]
fn always_confirms_what_the_baseline_cleared_too() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let document = project.perfgate(&["check", "--confirm", "always", "--format", "json"]).expect(0).json();
    assert_eq!(row(&document, "count", "steps")["confirmed"], true);
}

#[test]
fn a_budget_too_small_for_all_says_what_it_did_not_reach() {
    let project = Project::git();
    let benchmarks: String = (0..30)
        .map(|n| format!("[[benchmark]]\nname = \"b{n}\"\ncommand = [\"./slow\"]\nqueries = 1\nwarmup = 0\nmin_duration = \"0s\"\n"))
        .collect();
    project.write("perfgate.toml", &benchmarks);
    project.script("slow", "#!/bin/sh\nsleep 0.2\n");
    project.commit();
    let arguments = ["check", "--against", "HEAD", "--budget", "4s", "--format", "json"];
    let document = project.perfgate(&arguments).expect(0).json();
    assert_eq!(document["verdict"], "inconclusive");
    let rows = document["rows"].as_array().unwrap();
    let not_reached =
        |row: &&Value| row["reason"].as_str().unwrap().contains("the time was over before it was measured");
    let lost = rows.iter().filter(not_reached);
    assert!(lost.clone().count() > 0 && lost.clone().all(|row| row["verdict"] == "inconclusive"), "{document:#}");
    let named: BTreeSet<&str> = rows.iter().map(|row| row["benchmark"].as_str().unwrap()).collect();
    assert_eq!(named.len(), 30, "every benchmark is accounted for");

    // No time for anything is no look.
    let nothing = ["check", "--against", "HEAD", "--budget", "1ms", "--format", "json"];
    assert_eq!(project.perfgate(&nothing).expect(4).json()["verdict"], "failed");
}

#[test]
fn a_program_that_is_not_of_the_repository_is_doubted() {
    let doubts = |lines: &str| -> Vec<String> {
        let project = Project::with(&format!("{lines}\nqueries = 5\nrounds = 2\n"));
        project.script("tool", "#!/bin/sh\nexit 0\n");
        project.commit();
        let arguments = ["check", "--against", "HEAD", "--threshold", "100000%", "--format", "json"];
        let document = project.perfgate(&arguments).expect(0).json();
        codes(&document).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(doubts("[[benchmark]]\nname = \"a\"\ncommand = [\"true\"]"), ["same-program"]);
    assert!(doubts("[[benchmark]]\nname = \"a\"\ncommand = [\"./tool\"]").is_empty());
    let built = "[build]\ncommand = [\"true\"]\n[[benchmark]]\nname = \"a\"\ncommand = [\"true\"]";
    assert!(doubts(built).is_empty());
}
