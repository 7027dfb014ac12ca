//! `perfgate check`.

use std::fs;

use serde_json::Value;

use crate::support::{ANSWER, Project, counting_project, counting_worker, row, worker};

#[test]
fn unchanged_is_green_and_doubled_is_red_with_the_row_and_the_change() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let green = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    assert_eq!((&green["verdict"], &green["exit_code"]), (&"pass".into(), &0.into()));
    assert_eq!(row(&green, "count", "steps")["verdict"], "unchanged");

    project.script("worker", &counting_worker(200));
    project.commit();
    let red = project.perfgate(&["check", "--format", "json"]).expect(1).json();
    assert_eq!((&red["verdict"], &red["exit_code"]), (&"regression".into(), &1.into()));
    let steps = row(&red, "count", "steps");
    assert_eq!(steps["verdict"], "regression");
    assert_eq!((&steps["baseline"], &steps["candidate"]), (&100.0.into(), &200.0.into()));
    assert_eq!(steps["change"], 1.0);
    assert_eq!(steps["test"], "exact");
    assert!(steps.get("p_value").is_none(), "a row without a p-value is not a row with p = 0");
    assert_eq!(red["rows"][0]["metric"], "steps", "the worst row comes first");
}

/// The clock, the t-test and the threshold together, on a worker whose work grows eightfold: so much that no mood of the
/// machine hides it.
#[test]
fn a_worker_that_works_much_longer_is_red_by_the_clock() {
    let busy = |turns: u32| worker(&format!("i=0; while [ $i -lt {turns} ]; do i=$((i+1)); done; {ANSWER}"));
    let project = Project::git();
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"busy\"\nworker = [\"./worker\"]\nrounds = 8\nqueries = 15\nmin_duration = \"0s\"\n",
    );
    project.script("worker", &busy(2_000));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &busy(16_000));
    project.commit();
    let check = |confirm: &str| {
        let arguments = ["check", "--threshold", "0.1", "--confirm", confirm, "--format", "json"];
        project.perfgate(&arguments).expect(1).json()
    };
    let red = check("auto");
    let confirmed = row(&red, "busy", "latency_p50");
    assert_eq!((&confirmed["verdict"], &confirmed["test"]), (&"regression".into(), &"paired-trimmed-t-log".into()));
    assert_eq!(confirmed["confirmed"], true);
    let red = check("never");
    let p50 = row(&red, "busy", "latency_p50");
    assert_eq!(p50["verdict"], "regression");
    assert_eq!(p50["test"], "welch-t-log");
    assert!(p50["change"].as_f64().unwrap() > 1.0, "{p50}");
    assert!(p50["p_adjusted"].as_f64().unwrap() < 0.05);
    assert!(p50["p_adjusted"].as_f64().unwrap() >= p50["p_value"].as_f64().unwrap());
    assert!(p50["ci"][0].as_f64().unwrap() < p50["ci"][1].as_f64().unwrap());
    assert_eq!(p50["rounds"], serde_json::json!([8, 8]));
}

#[test]
fn faster_and_wrong_is_a_regression() {
    let answering = |class: u32| worker(&format!(r#"echo "{{\"id\":$id,\"outputs\":[{class}]}}""#));
    let project = Project::git();
    project.write("data.csv", "x,label\n1,0\n2,0\n3,0\n4,1\n");
    project.write(
        "perfgate.toml",
        "[gate]\nthreshold = 1\n\n[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\ndataset = \"data.csv\"\n\
         rounds = 2\nqueries = 4\n[benchmark.metrics]\nlatency_p50.gate = false\nlatency_p90.gate = false\n",
    );
    project.script("worker", &answering(0));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &answering(1));
    project.commit();
    let red = project.perfgate(&["check", "--format", "json"]).expect(1).json();
    let accuracy = row(&red, "w", "accuracy");
    assert_eq!((&accuracy["verdict"], &accuracy["direction"]), (&"regression".into(), &"higher".into()));
    assert_eq!((&accuracy["baseline"], &accuracy["candidate"]), (&0.75.into(), &0.25.into()));
}

#[test]
fn the_nearest_ancestor_with_a_baseline_is_the_base() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(200));
    let second = project.commit();
    project.perfgate(&["record"]).expect(0);
    project.write("README", "a change that does not matter");
    project.commit();
    let found = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    assert_eq!(found["base"]["commit"], Value::from(second));
    assert_eq!(row(&found, "count", "steps")["baseline"], 200.0);
}

#[test]
fn no_baseline_is_exit_3_with_the_way_out_and_policy_may_allow_it() {
    let project = counting_project(100);
    let said = project.perfgate(&["check"]).expect(3);
    said.err_has("there is no baseline in");
    said.err_has("perfgate record");
    for allowing in [["--fail-on", "regression"], ["--missing-baseline", "pass"]] {
        let allowed = project.perfgate(&[&["check", "--format", "json"], &allowing[..]].concat()).expect(0).json();
        assert_eq!(allowed["verdict"], "no-baseline");
        assert_eq!(row(&allowed, "count", "steps")["verdict"], "no-baseline");
    }
    project.perfgate(&["check", "--fail-on", "regression", "--missing-baseline", "fail"]).expect(3);
}

#[test]
fn a_baseline_of_another_machine_is_not_compared_with() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let here = project.baseline();
    let text = fs::read_to_string(&here).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    let fingerprint = document["environment"]["fingerprint"].as_str().unwrap().to_owned();
    fs::write(here.with_file_name("elsewhere.json"), text.replace(&fingerprint, "elsewhere")).unwrap();
    fs::remove_file(&here).unwrap();
    let said = project.perfgate(&["check", "--format", "json"]).expect(3);
    said.err_has("comes from another machine: elsewhere");
    let document = said.json();
    assert_eq!(document["verdict"], "no-baseline");
    assert_eq!(document["rows"][0]["verdict"], "incomparable");
}

#[test]
fn a_benchmark_that_silently_disappears_is_a_failure_unless_the_base_allows_it() {
    let two = |policy: &str| {
        format!(
            "{policy}[[benchmark]]\nname = \"a\"\ncommand = [\"true\"]\nqueries = 2\nrounds = 2\n\
                 [[benchmark]]\nname = \"b\"\ncommand = [\"true\"]\nqueries = 2\nrounds = 2\n"
        )
    };
    let one = |policy: &str| two(policy).replace("name = \"b\"", "name = \"c\"");
    let project = Project::with(&two(""));
    project.perfgate(&["record"]).expect(0);
    // The change both renames the benchmark and permits it to be missing: the permission does not count yet.
    project.write("perfgate.toml", &one("[gate]\nallow_missing = true\n"));
    project.commit();
    let threshold = ["check", "--threshold", "100000%", "--format", "json"];
    let failed = project.perfgate(&threshold).expect(4).json();
    let missing = failed["rows"].as_array().unwrap().iter().find(|row| row["benchmark"] == "b").unwrap();
    assert_eq!((&failed["verdict"], &missing["verdict"]), (&"failed".into(), &"missing".into()));
    // Asked for by name, the others are not missed.
    project.perfgate(&["check", "a", "--threshold", "100000%"]).expect(0);

    let project = Project::with(&two("[gate]\nallow_missing = true\n"));
    project.perfgate(&["record"]).expect(0);
    project.write("perfgate.toml", &one(""));
    project.commit();
    let allowed = project.perfgate(&threshold).expect(0).json();
    let missing = allowed["rows"].as_array().unwrap().iter().find(|row| row["benchmark"] == "b").unwrap();
    assert_eq!(missing["verdict"], "missing");
    assert_ne!(allowed["verdict"], "failed");
}

#[test]
fn a_new_benchmark_passes_and_is_shown() {
    let one = "[[benchmark]]\nname = \"a\"\ncommand = [\"true\"]\nqueries = 2\nrounds = 2\n";
    let project = Project::with(one);
    project.perfgate(&["record"]).expect(0);
    project.write("perfgate.toml", &format!("{one}{}", one.replace("\"a\"", "\"new\"")));
    project.commit();
    // Starting a process takes as long as the machine likes: no doubling of it is to matter here.
    let said = project.perfgate(&["check", "--threshold", "100000%"]).expect(0);
    said.out_has("no-baseline");
}

#[test]
fn a_dirty_tree_may_be_checked_and_the_document_says_so() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(300));
    let document = project.perfgate(&["check", "--format", "json"]).expect(1).json();
    assert_eq!((&document["base"]["dirty"], &document["candidate"]["dirty"]), (&false.into(), &true.into()));
}

#[test]
fn the_baseline_can_be_named_as_a_revision_or_a_file() {
    let project = counting_project(100);
    let first = project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(200));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    project.perfgate(&["check"]).expect(0);
    project.perfgate(&["check", "--baseline", &first[..10]]).expect(1);
    let file = project.file("baselines").join(&first);
    let file = fs::read_dir(file).unwrap().next().unwrap().unwrap().path();
    project.perfgate(&["check", "--baseline", file.to_str().unwrap()]).expect(1);
    project.perfgate(&["check", "--baseline", "no-such-thing"]).expect(2).err_has("`no-such-thing` is not a revision");
    project.write("other", "");
    let third = project.commit();
    project.perfgate(&["check", "--baseline", &third]).expect(2).err_has("has no baseline in");
}

#[test]
fn a_detached_head_is_no_obstacle() {
    let project = counting_project(100);
    let commit = project.commit();
    project.perfgate(&["record"]).expect(0);
    fs::write(project.file(".git/HEAD"), format!("{commit}\n")).unwrap();
    project.perfgate(&["check"]).expect(0);
}

#[test]
fn a_shallow_clone_without_the_baselines_commit_says_how_to_get_it() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.write("more", "");
    let second = project.commit();
    // What `git clone --depth 1` leaves: the commit is marked as the edge of history, and its parent is not there.
    fs::write(project.file(".git/shallow"), format!("{second}\n")).unwrap();
    let said = project.perfgate(&["check"]).expect(3);
    said.err_has("this clone is shallow");
    said.err_has("fetch-depth: 0");
}

#[test]
fn an_unchanged_check_is_reproducible_where_no_clock_is_involved() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    for _ in 0..3 {
        project.perfgate(&["check"]).expect(0);
    }
}

#[test]
fn a_change_cannot_loosen_its_own_gate() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let strict = project.read("perfgate.toml");
    project.write("perfgate.toml", &format!("[gate]\nthreshold = 1.0\n{strict}\nsteps.gate = false\n"));
    project.script("worker", &counting_worker(150));
    project.commit();
    let said = project.perfgate(&["check", "--format", "json"]).expect(1);
    let red = said.json();
    assert_eq!(row(&red, "count", "steps")["threshold"], 0.1);
    let told: Vec<&str> = of_all(&red, "policy-of-base");
    assert_eq!(
        told,
        [
            "`threshold` of [gate]: 10 % at the base, 100 % in this change; the base's counts",
            "`gate` of `count` steps: not set at the base, false in this change; the base's counts",
        ]
    );
    // Once the base has the new rules, they count.
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(200));
    project.commit();
    let green = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    assert!(of_all(&green, "policy-of-base").is_empty(), "{green:#}");
    // A benchmark that the base does not have brings its own rules.
    let with = project.read("perfgate.toml");
    let new = strict.replace("\"count\"", "\"new\"");
    project.write("perfgate.toml", &format!("{with}{new}"));
    project.commit();
    let grown = project.perfgate(&["check", "--format", "json"]).expect(0).json();
    assert!(of_all(&grown, "policy-of-base").is_empty(), "{grown:#}");
}

/// The messages of the warnings with this code.
fn of_all<'a>(comparison: &'a Value, code: &str) -> Vec<&'a str> {
    let all = comparison["warnings"].as_array().into_iter().flatten();
    all.filter(|warning| warning["code"] == code).map(|warning| warning["message"].as_str().unwrap()).collect()
}

#[test]
fn many_changed_rules_are_counted() {
    let project = Project::git();
    let many: String = (0..12).map(|number| counting_benchmark(&format!("count {number}"), "")).collect();
    project.write("perfgate.toml", &many);
    project.script("worker", &counting_worker(100));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    project.write("perfgate.toml", &many.replace("rounds = 2", "rounds = 2\nthreshold = 0.9"));
    project.commit();
    let told = project.perfgate(&["check", "--confirm", "never", "--format", "json"]).expect(0).json();
    let told = of_all(&told, "policy-of-base");
    assert_eq!(told.len(), 9, "{told:?}");
    assert_eq!(told[8], "rules of the gate that differ from the base's, which count: 4 more");
}

fn counting_benchmark(name: &str, rest: &str) -> String {
    format!(
        "[[benchmark]]\nname = \"{name}\"\nworker = [\"./worker\"]\nrounds = 2\nqueries = 12\nmin_duration = \"0s\"\n{rest}\
         [benchmark.metrics]\nlatency_p50.gate = false\nlatency_p90.gate = false\n"
    )
}

#[test]
fn a_renamed_benchmark_fails_the_check_and_names_what_it_is_probably_called_now() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.write("perfgate.toml", &project.read("perfgate.toml").replace("\"count\"", "\"counting\""));
    project.commit();
    let told = project.perfgate(&["check", "--confirm", "never", "--format", "json"]).expect(4).json();
    let missing = told["rows"].as_array().unwrap().iter().find(|row| row["verdict"] == "missing").unwrap();
    assert_eq!(missing["benchmark"], "count");
    let reason = missing["reason"].as_str().unwrap();
    assert!(reason.contains("is now called `counting`, which is new"), "{reason}");
}

#[test]
fn what_the_measurement_was_warned_of_is_told_with_the_benchmark_and_the_side() {
    let project = Project::git();
    // Two rounds of two queries are too few for anything.
    project.write("perfgate.toml", &counting_benchmark("count", "").replace("queries = 12", "queries = 2"));
    project.script("worker", &counting_worker(100));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    let arguments = ["check", "--confirm", "never", "-o", "check.json", "-o", "check.md"];
    project.perfgate(&arguments).expect(0).out_has("warning: count: 4 queries in all say nothing certain about 90 %");
    let document: Value = serde_json::from_str(&project.read("check.json")).unwrap();
    let told = document["warnings"].as_array().unwrap().iter();
    let told = told.filter(|warning| warning["code"] == "percentile-supported" && warning["benchmark"] == "count");
    assert_eq!(told.map(|warning| warning["side"].as_str().unwrap()).collect::<Vec<_>>(), ["base", "candidate"]);
    let page = project.read("check.md");
    let folded = page.split("about the measurement</summary>").nth(1).unwrap();
    assert!(folded.contains("- `count`: 4 queries in all say nothing certain about 90 %"), "{page}");
}

#[test]
fn the_worst_rows_become_annotations_and_none_where_all_is_well() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.perfgate(&["check", "-o", "green.annotations"]).expect(0);
    assert_eq!(project.read("green.annotations"), "");
    project.script("worker", &counting_worker(150));
    project.commit();
    project.perfgate(&["check", "--confirm", "never", "-o", "red.annotations"]).expect(1);
    let told = project.read("red.annotations");
    let expected =
        "::error title=perfgate%3A regression%3A count steps::100 → 150, +50.0 %25%0Afrom 100 to 150, worse by";
    assert!(told.starts_with(expected) && told.lines().count() == 1, "{told}");
}
