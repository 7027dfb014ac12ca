//! `counters = ["instructions"]`: what is counted repeats, on whatever machine the tests run. They need valgrind, for where the
//! processor's own counters cannot be used. Linux only, as valgrind is, more or less.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{Project, Said, row};

/// A project whose program does so many turns a query, built with a C compiler, with this benchmark of it. Its clock is not
/// judged: what is tested does not depend on the machine.
fn project(turns: u32, benchmark: &str) -> Project {
    let valgrind = Command::new("valgrind").arg("--version").output();
    assert!(
        valgrind.is_ok_and(|output| output.status.success()),
        "these tests need valgrind: apt-get install valgrind"
    );
    let project = Project::git();
    project.write("work.c", include_str!("../../fixtures/counts/work.c"));
    project.write(".gitignore", "work\nbaselines\n");
    project.write(
        "perfgate.toml",
        &format!(
            "[build]\ncommand = [\"sh\", \"./build\"]\n[[benchmark]]\nname = \"a\"\ncounters = [\"instructions\"]\n{benchmark}\n\
             rounds = 2\nmin_duration = \"0s\"\n[benchmark.metrics]\nlatency_p50.gate = false\nlatency_p90.gate = false\n"
        ),
    );
    set(&project, turns);
    project
}

/// Makes the program do so many turns, builds it, and commits that.
fn set(project: &Project, turns: u32) {
    project.write("build", &format!("cc -O1 -DTURNS={turns}L -o work work.c\n"));
    let built = Command::new("sh").arg("./build").current_dir(project.path()).status().unwrap();
    assert!(built.success(), "a C compiler is needed");
    project.commit();
}

fn counted(comparison: &Value) -> &Value {
    row(comparison, "a", "instructions")
}

#[track_caller]
fn has_grown_by(comparison: &Value, least: f64, most: f64) {
    let row = counted(comparison);
    assert_eq!(
        (&row["verdict"], &row["test"], &row["threshold"]),
        (&json!("regression"), &json!("exact"), &json!(0.01))
    );
    let change = row["change"].as_f64().unwrap();
    assert!((least..most).contains(&change), "{row:#}");
    assert!(row.get("p_value").is_none(), "a count reaches no test: {row:#}");
}

/// The metric and its rule of validity in a result document.
fn result(project: &Project) -> (Value, Value) {
    let said = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    let benchmark = &said["benchmarks"][0];
    let find = |list: &str, key: &str, name: &str| {
        let all = benchmark[list].as_array().unwrap();
        all.iter().find(|entry| entry[key] == name).unwrap_or_else(|| panic!("{benchmark:#}")).clone()
    };
    (find("metrics", "name", "instructions"), find("validity", "rule", "counts-repeat"))
}

#[test]
fn two_percent_more_work_of_a_command_is_caught_exactly_and_the_same_work_is_unchanged() {
    let project = project(200_000, "command = [\"./work\"]\nqueries = 2");
    set(&project, 200_000);
    let same = project.perfgate(&["check", "--against", "HEAD~1", "--format", "json"]).expect(0).json();
    assert_eq!(counted(&same)["verdict"], "unchanged");
    set(&project, 204_000);
    let grown = project.perfgate(&["check", "--against", "HEAD~1", "--format", "json"]).expect(1).json();
    has_grown_by(&grown, 0.015, 0.021);
}

#[test]
fn the_queries_of_a_worker_are_counted_without_its_start() {
    let project = project(10_000, "worker = [\"./work\", \"work\"]\nqueries = 20");
    project.perfgate(&["record"]).expect(0);
    let same = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    let row = counted(&same);
    assert_eq!((&row["verdict"], &row["change"]), (&json!("unchanged"), &json!(0.0)));
    // A turn is a handful of instructions, and to read and write a line takes some thousands; a start takes over a hundred
    // thousand.
    let each = row["candidate"].as_f64().unwrap();
    assert!((30_000.0..90_000.0).contains(&each), "{row:#}");
    set(&project, 10_200);
    let grown = project.perfgate(&["check", "--confirm", "never", "--format", "json"]).expect(1).json();
    has_grown_by(&grown, 0.015, 0.021);
}

#[test]
fn larger_counts_are_confirmed_side_by_side() {
    let project = project(10_000, "worker = [\"./work\", \"work\"]\nqueries = 5");
    project.perfgate(&["record"]).expect(0);
    set(&project, 11_000);
    let said = project.perfgate(&["check", "--format", "json"]).expect(1).json();
    has_grown_by(&said, 0.05, 0.11);
    assert_eq!(counted(&said)["confirmed"], true);
}

#[cfg(feature = "http")]
#[test]
fn the_queries_of_a_server_are_counted_up_to_its_end_by_a_signal() {
    let server = "http = \"http://127.0.0.1:{port}/\"\nstart = [\"./work\", \"serve\", \"{port}\"]\nqueries = 20";
    let (metric, rule) = result(&project(10_000, server));
    assert_eq!(rule["held"], true, "{rule:#}");
    let each = metric["rounds"][0].as_f64().unwrap();
    assert!((30_000.0..90_000.0).contains(&each), "{metric:#}");
}

#[cfg(feature = "onnx")]
#[test]
fn the_embedded_engine_is_counted_in_a_process_of_its_own() {
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/digits");
    let engine =
        format!("onnx = \"{fixtures}/model.onnx\"\ndataset = \"{fixtures}/test.csv\"\nqueries = 3\nwarmup = 1");
    let (metric, _) = result(&project(1, &engine));
    assert!(metric["rounds"].as_array().unwrap().iter().all(|count| count.as_f64().unwrap() > 10_000.0), "{metric:#}");
}

#[test]
fn every_sample_of_a_command_is_in_the_mean() {
    let lines = "command = [\"sh\", \"-c\", \"test $PERFGATE_SAMPLE = 0 && ./work; true\"]\nqueries = 4\nsamples = \"unique\"\ndataset = \"d.csv\"";
    let project = project(1_000_000, lines);
    project.write("d.csv", "x\n1\n2\n3\n4\n");
    let (metric, _) = result(&project);
    assert!(metric["rounds"][0].as_f64().unwrap() < 6e6, "not every process does the work of sample 0: {metric:#}");
}

#[test]
fn a_system_that_works_only_without_the_counter_is_measured_all_the_same() {
    // valgrind tells its children apart by the environment.
    let lines = "command = [\"sh\", \"-c\", \"env | grep -q VALGRIND && exit 3; exit 0\"]\nqueries = 2";
    let project = project(1, lines);
    let said = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    let benchmark = &said["benchmarks"][0];
    let has = benchmark["metrics"].as_array().unwrap().iter().any(|metric| metric["name"] == "instructions");
    if !has {
        assert!(benchmark["warnings"].to_string().contains("queries failed"), "{benchmark:#}");
    }
}

#[test]
fn without_any_counter_the_clock_goes_on_and_a_count_of_the_baseline_is_missed() {
    let project = project(1_000, "command = [\"./work\"]\nqueries = 2");
    let without = |arguments: &[&str]| -> Said {
        project.command(arguments).env("PATH", project.path()).output().unwrap().into()
    };
    let run = without(&["run", "--format", "json"]).expect(0).json();
    let benchmark = &run["benchmarks"][0];
    let names: Vec<&Value> = benchmark["metrics"].as_array().unwrap().iter().map(|metric| &metric["name"]).collect();
    if names.contains(&&json!("instructions")) {
        // The processor counts here, and nothing is missed.
        return;
    }
    assert!(names.contains(&&json!("latency_p50")));
    let warning =
        benchmark["warnings"].as_array().unwrap().iter().find(|w| w["code"] == "counters-unavailable").unwrap();
    let message = warning["message"].as_str().unwrap();
    assert!(message.contains("by the processor (") && message.contains("`apt-get install valgrind`"), "{message}");

    project.perfgate(&["record"]).expect(0);
    let missed = without(&["check", "--confirm", "never", "--format", "json"]).expect(4).json();
    let row = counted(&missed);
    assert_eq!(row["verdict"], "missing");
    assert!(row["reason"].as_str().unwrap().contains("`apt-get install valgrind`"), "{row:#}");
}
