//! Service-level objectives through the whole program. What decides is how many queries fail or sleep, and never how fast the
//! machine is: bounds are either so long that no machine exceeds them, or shorter than the worker surely sleeps.

use serde_json::{Value, json};

use crate::support::{ANSWER, COUNTING, Project, row, worker};

/// A bound that every answer keeps.
const ANY: &str = "20s";

/// Of four queries the last fails.
const EVERY_FOURTH_FAILS: &str =
    r#"if [ $((id % 4)) -eq 3 ]; then echo "{\"id\":$id,\"error\":\"no\"}"; else echo "{\"id\":$id}"; fi"#;

/// The steps that a worker counts do not change, so nothing else of these checks is red.
fn counting(answer: &str) -> String {
    let steps = r#"echo '{"metric":"steps","value":100,"unit":"1","direction":"lower"}' >> "$PERFGATE_METRICS""#;
    format!("{steps}\n{}", worker(answer))
}

fn configuration(keys: &str) -> String {
    COUNTING.replace("rounds = 3\n", &format!("rounds = 3\nmax_error_rate = 0.5\n{keys}\n"))
}

fn project(keys: &str, answer: &str) -> Project {
    let project = Project::git();
    project.write("perfgate.toml", &configuration(keys));
    project.script("worker", &counting(answer));
    project.commit();
    project
}

fn check(project: &Project, flags: &[&str], status: i32) -> Value {
    project.perfgate(&[&["check", "--confirm", "never", "--format", "json"], flags].concat()).expect(status).json()
}

#[test]
fn run_counts_each_round_and_says_what_became_of_each_objective() {
    let project = project(&format!("slo = [\"50% < {ANY}\", \"p99.9 < {ANY}\"]"), EVERY_FOURTH_FAILS);
    let said = project.perfgate(&["run", "-o", "run.json"]).expect(0);
    said.out_has("slo p50 < 20 s: met, 75 % of 36 queries in 3 rounds within 20 s (at least 60 % if other starts are like these), 50 % of");
    said.out_has("slo p99.9 < 20 s: violated, 75 % of 36 queries");
    let document: Value = serde_json::from_str(&project.read("run.json")).unwrap();
    let rounds = json!([[9, 12], [9, 12], [9, 12]]);
    assert_eq!(
        document["benchmarks"][0]["objectives"],
        json!([
            {"slo": "p50 < 20 s", "share": 0.5, "bound_ns": 20_000_000_000_u64, "rounds": rounds},
            {"slo": "p99.9 < 20 s", "share": 0.999, "bound_ns": 20_000_000_000_u64, "rounds": rounds},
        ])
    );
}

#[test]
fn a_violated_objective_is_a_regression_though_the_base_violates_it_too() {
    let project = project(&format!("slo = \"90% < {ANY}\""), EVERY_FOURTH_FAILS);
    project.perfgate(&["record"]).expect(0);
    let red = check(&project, &[], 1);
    let found = row(&red, "count", "slo_p90_20s");
    assert_eq!((&found["verdict"], &found["test"]), (&json!("regression"), &json!("clustered-binomial")));
    assert_eq!((&found["baseline"], &found["candidate"]), (&json!(0.75), &json!(0.75)));
    assert_eq!((&found["objective"]["within"], &found["objective"]["queries"]), (&json!(27), &json!(36)));
    assert!((found["objective"]["budget_used"].as_f64().unwrap() - 2.5).abs() < 1e-9);
    let reason = found["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("p90 < 20 s is violated, 75 % of 36 queries in 3 rounds within 20 s (at most "),
        "{reason}"
    );
    assert!(reason.ends_with("; at the base it was 75 %, as measured below it too"), "{reason}");
    // The other rows are as they would be without.
    assert_eq!(row(&red, "count", "steps")["verdict"], "unchanged");
}

#[test]
fn an_objective_that_is_met_is_green_and_one_that_is_not_proven_is_inconclusive() {
    let project = project(&format!("slo = [\"p50 < {ANY}\", \"p99.9 < {ANY}\"]"), ANSWER);
    project.perfgate(&["record"]).expect(0);
    let open = check(&project, &[], 0);
    assert_eq!(
        (&open["verdict"], row(&open, "count", "slo_p50_20s")["verdict"].as_str()),
        (&json!("inconclusive"), Some("unchanged"))
    );
    let found = row(&open, "count", "slo_p999_20s");
    assert_eq!((&found["verdict"], &found["objective"]["queries_at_best"]), (&json!("inconclusive"), &json!(2995)));
    let reason = found["reason"].as_str().unwrap();
    assert!(reason.ends_with("2,995 queries without one over it would prove it; there were 36"), "{reason}");
    check(&project, &["--fail-on", "regression,inconclusive"], 5);
}

#[test]
fn a_worker_that_answers_late_too_often_violates_it() {
    let late = r#"if [ $((id % 3)) -eq 0 ]; then sleep 0.2; fi; echo "{\"id\":$id}""#;
    let project = project("slo = \"p90 < 100ms\"", late);
    let said = project.perfgate(&["check", "--confirm", "never"]).expect(1);
    said.out_has("slo_p90_100ms");
    said.out_has("p90 < 100 ms is violated");
}

#[test]
fn an_objective_needs_no_baseline_but_is_no_stand_in_for_one() {
    let met = project(&format!("slo = \"p50 < {ANY}\""), ANSWER);
    let nothing = check(&met, &[], 3);
    assert_eq!(
        (&nothing["verdict"], row(&nothing, "count", "slo_p50_20s")["verdict"].as_str()),
        (&json!("no-baseline"), Some("unchanged"))
    );
    let violated = project(&format!("slo = \"p90 < {ANY}\""), EVERY_FOURTH_FAILS);
    assert_eq!(check(&violated, &[], 1)["verdict"], "regression");
    // Where nothing but objectives is judged, nothing is lacking.
    let alone = project(&format!("gate = false\nslo = \"p50 < {ANY}\""), ANSWER);
    let text = alone.read("perfgate.toml");
    alone.write("perfgate.toml", &format!("{text}slo_p50_20s.gate = true\n"));
    assert_eq!(check(&alone, &[], 0)["verdict"], "pass");
}

#[test]
fn a_change_cannot_take_an_objective_away_and_can_add_one() {
    let project = project(&format!("slo = \"p90 < {ANY}\""), ANSWER);
    project.perfgate(&["record"]).expect(0);
    project.write("perfgate.toml", &configuration(&format!("slo = \"p40 < {ANY}\"")));
    project.script("worker", &counting(EVERY_FOURTH_FAILS));
    project.commit();
    let red = check(&project, &[], 1);
    assert_eq!(row(&red, "count", "slo_p90_20s")["verdict"], "regression");
    assert_eq!(row(&red, "count", "slo_p40_20s")["verdict"], "unchanged");
    let told = red["warnings"].as_array().unwrap().iter().find(|warning| warning["code"] == "policy-of-base").unwrap();
    assert_eq!(
        told["message"],
        "`slo` of `count`: p90 < 20 s at the base, p40 < 20 s in this change; all of them count"
    );
}

#[test]
fn side_by_side_both_are_counted_and_rounds_go_on_until_it_is_decided() {
    // One round of 12 cannot prove p90, for which 29 are needed, and with looks more.
    let project = project(&format!("slo = \"p90 < {ANY}\""), ANSWER);
    let base = project.commit();
    let found = project.perfgate(&["check", "--against", &base, "--format", "json"]).expect(0).json();
    let found = row(&found, "count", "slo_p90_20s");
    assert_eq!((&found["verdict"], &found["baseline"]), (&json!("unchanged"), &json!(1.0)));
    assert!(found["objective"]["queries"].as_u64().unwrap() > 36, "the first look proves nothing: {found:#}");
}

#[test]
fn a_violation_can_be_accepted_by_its_name() {
    let project = project(&format!("slo = \"90% < {ANY}\""), EVERY_FOURTH_FAILS);
    project.perfgate(&["record"]).expect(0);
    let said = project.perfgate(&["check", "--confirm", "never"]).expect(1);
    said.out_has("perfgate accept count slo_p90_20s --up-to ");
    project.perfgate(&["accept", "count", "slo_p90_20s", "--up-to", "16%", "--why", "known"]).expect(0);
    let accepted = check(&project, &[], 0);
    let found = row(&accepted, "count", "slo_p90_20s");
    assert_eq!((&found["verdict"], &found["accepted"]["why"]), (&json!("accepted"), &json!("known")));
}

#[test]
fn what_is_no_objective_is_shown_where_it_stands() {
    let project = Project::bare();
    for (slo, told) in [
        ("\"p99 > 50ms\"", "a latency is bounded from above, by `<`"),
        ("\"99 < 50ms\"", "`99` is no percentile: write p99 or 99%"),
        ("\"p99 < 50\"", "a number without a unit"),
        ("\"p0.99 < 50ms\"", "write p99 for a share of 0.99"),
        ("[]", "the list is empty"),
        ("[\"p99 < 50ms\", \"99% < 0.05s\"]", "listed twice"),
        ("0.99", "this is a decimal number"),
        ("[\"p99 < 50ms\", 5]", "this is a whole number"),
    ] {
        project.write("perfgate.toml", &configuration(&format!("slo = {slo}")));
        let said = project.perfgate(&["run"]).expect(2);
        said.err_has("`slo` must be an objective such as \"99.9% < 100ms\"");
        said.err_has("perfgate.toml:7");
        said.err_has(told);
    }
    project.write("perfgate.toml", &configuration(&format!("scenario = \"offline\"\nslo = \"p99 < {ANY}\"")));
    project
        .perfgate(&["run"])
        .expect(2)
        .err_has("`slo` belongs to the scenarios `single-stream`, `multi-stream` and `server`");
}

#[test]
fn plan_says_how_many_queries_an_objective_takes_and_whether_there_are_as_many() {
    let project = project(&format!("slo = [\"p50 < {ANY}\", \"p99.9 < {ANY}\"]"), ANSWER);
    let said = project.perfgate(&["plan", "-o", "plan.json"]).expect(0);
    said.out_has("`count` slo p50 < 20 s: 5 queries without one over it prove it where they are looked at once, and fewer cannot; side by side the first look takes 7, because others may follow; 3 rounds have 36.");
    said.out_has("2,995 queries without one over it");
    said.out_has("`queries = 1460`");
    let document: Value = serde_json::from_str(&project.read("plan.json")).unwrap();
    let asked = &document["benchmarks"][0]["objectives"][1];
    assert_eq!((&asked["queries_at_best"], &asked["queries"]), (&json!(2995), &json!(36)));
    assert_eq!(asked["queries_at_first_look"], json!(4380));
}

#[test]
fn what_one_session_violates_is_measured_again_side_by_side() {
    let project = project(&format!("slo = \"90% < {ANY}\""), EVERY_FOURTH_FAILS);
    project.perfgate(&["record"]).expect(0);
    let red = project.perfgate(&["check", "--format", "json"]).expect(1).json();
    let found = row(&red, "count", "slo_p90_20s");
    assert_eq!((&red["method"], &found["confirmed"]), (&json!("stored-baseline-confirmed"), &json!(true)));
    assert_eq!((&found["verdict"], &found["baseline"]), (&json!("regression"), &json!(0.75)));
}

#[test]
fn the_same_objectives_are_exported_and_shown_on_pages() {
    let project = project(&format!("slo = \"90% < {ANY}\""), EVERY_FOURTH_FAILS);
    project.perfgate(&["record"]).expect(0);
    let exported = project.perfgate(&["export", "openmetrics"]).expect(0).out;
    for (name, value) in [("objective", "0.9"), ("objective_within", "0.75"), ("error_budget_used", "2.5")] {
        let begins = format!("perfgate_benchmark_{name}_ratio{{benchmark=\"count\"");
        let line =
            exported.lines().find(|line| line.starts_with(&begins)).unwrap_or_else(|| panic!("{name}: {exported}"));
        assert!(line.contains("metric=\"slo_p90_20s\"") && line.ends_with(&format!(" {value}")), "{line}");
    }
    let red =
        project.perfgate(&["check", "--confirm", "never", "-o", "check.html", "-o", "check.md", "-o", "check.json"]);
    red.expect(1);
    let page = project.read("check.html");
    assert!(page.contains("Objectives") && page.contains("250\u{a0}%"), "{page}");
    assert!(
        project.read("check.md").contains("**250\u{a0}%** of the error budget used"),
        "{}",
        project.read("check.md")
    );
    let read = project.perfgate(&["report", "check.json", "--format", "markdown"]).expect(0);
    read.out_has("uses 250 % of its error budget");
}
