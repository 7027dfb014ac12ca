//! `perfgate compare`. What it says about given numbers is in the golden cases; here is where the numbers come from.

use serde_json::Value;

use crate::support::{Project, codes, counting_project, counting_worker, row};

#[test]
fn two_revisions_are_compared_by_their_baselines() {
    let project = counting_project(100);
    let first = project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(150));
    let second = project.commit();
    project.perfgate(&["record"]).expect(0);
    let document = project.perfgate(&["compare", &first, "HEAD", "--format", "json"]).expect(1).json();
    assert_eq!(row(&document, "count", "steps")["change"], 0.5);
    assert_eq!(document["base"]["commit"], Value::from(first.clone()));
    assert_eq!(document["candidate"]["commit"], Value::from(second.clone()));
    project.perfgate(&["compare", &second, &first]).expect(0);
    project.perfgate(&["compare", "HEAD", "no-such"]).expect(2).err_has("`no-such` is not a revision");
}

#[test]
fn a_saved_result_is_compared_with_another() {
    let project = counting_project(100);
    project.perfgate(&["run", "-o", "a.json"]).expect(0);
    project.script("worker", &counting_worker(90));
    project.perfgate(&["run", "-o", "b.json"]).expect(0);
    let document =
        project.perfgate(&["compare", "a.json", "b.json", "--threshold", "5%", "--format", "json"]).expect(0).json();
    assert_eq!(row(&document, "count", "steps")["verdict"], "improvement");
    assert_eq!(document["base"]["label"], "a.json");
}

#[test]
fn files_are_compared_outside_git_and_without_a_configuration() {
    let project = Project::bare();
    project.write("a.json", r#"{"unit":"ns","rounds":[[100,101],[99,100],[100,102]]}"#);
    project.write("b.json", r#"{"unit":"ns","rounds":[[200,201],[199,200],[200,202]]}"#);
    project.perfgate(&["compare", "a.json", "b.json"]).expect(1).out_has("regression");
    project.perfgate(&["compare", "b.json", "a.json"]).expect(0).out_has("improvement");
    project.perfgate(&["compare", "a.json", "c.json"]).expect(2).err_has("there is no file `c.json`");
}

#[test]
fn that_a_measurement_is_like_itself_is_said_to_say_nothing() {
    let project = counting_project(100);
    project.perfgate(&["run", "-o", "a.json"]).expect(0);
    std::fs::copy(project.file("a.json"), project.file("b.json")).unwrap();
    let compared = |base: &str, candidate: &str| project.perfgate(&["compare", base, candidate]).expect(0);
    let alike = "that they are alike says nothing";
    compared("a.json", "a.json").out_has(&format!("warning: both sides are `a.json`: {alike}"));
    compared("a.json", "./a.json")
        .out_has(&format!("warning: `a.json` and `./a.json` are the same measurement: {alike}"));
    compared("a.json", "b.json").out_has(&format!("warning: `a.json` and `b.json` are the same measurement: {alike}"));
    project.perfgate(&["record"]).expect(0);
    let document = project.perfgate(&["compare", "HEAD", "HEAD", "--format", "json"]).expect(0).json();
    assert_eq!(codes(&document), ["same-measurement"]);
    project.perfgate(&["run", "-o", "b.json"]).expect(0);
    let two = project.perfgate(&["compare", "a.json", "b.json", "--format", "json"]).expect(0).json();
    assert_eq!(codes(&two), [""; 0]);
    // What does not vary is equal, and no mistake.
    project.write("c.json", r#"{"unit":"B","rounds":[5, 5]}"#);
    project.write("d.json", r#"{"unit":"B","rounds":[5, 5]}"#);
    assert!(!compared("c.json", "d.json").out.contains(alike));
    compared("c.json", "c.json").out_has(alike);
}

/// The row of two files of one value a round, compared as pairs.
fn paired(base: &[f64], candidate: &[f64]) -> Value {
    let project = Project::bare();
    let rounds = |values: &[f64]| values.iter().map(|value| [*value]).collect::<Vec<_>>();
    let write = |name: &str, values: &[f64]| {
        project.write(name, &serde_json::json!({"unit": "ns", "rounds": rounds(values)}).to_string());
    };
    write("a.json", base);
    write("b.json", candidate);
    let output = project.command(&["compare", "--paired", "a.json", "b.json", "--format", "json"]).output().unwrap();
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    document["rows"][0].clone()
}

/// Rounds around a value, with a noise of up to 1 %.
fn around(value: f64, rounds: usize, phase: usize) -> Vec<f64> {
    let noise = [0.0, 0.008, -0.01, 0.004, -0.006, 0.009, -0.003, 0.001, -0.002, 0.006, -0.007];
    (0..rounds).map(|round| value * (1.0 + noise[(round * phase) % 11])).collect()
}

#[test]
fn pairs_that_do_not_vary_are_compared_as_they_are() {
    let verdict = |base, candidate| {
        let row = paired(&[base; 12], &[candidate; 12]);
        assert_eq!((&row["test"], row.get("p_value")), (&Value::from("exact"), None), "{row}");
        row["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict(100.0, 100.0), "unchanged");
    assert_eq!(verdict(100.0, 109.0), "unchanged");
    assert_eq!(verdict(100.0, 112.0), "regression");
    assert_eq!(verdict(100.0, 80.0), "improvement");
    assert_eq!(verdict(0.0, 0.0), "unchanged");
    // The rounds vary, and every pair by the same factor.
    let base = around(100.0, 12, 3);
    let slower: Vec<f64> = base.iter().map(|value| value * 2.0).collect();
    let row = paired(&base, &slower);
    assert_eq!((&row["verdict"], &row["test"]), (&"regression".into(), &"exact".into()), "{row}");
}

#[test]
fn ties_in_almost_all_pairs_are_no_certainty_about_the_others() {
    let base = [100.0; 40];
    let mut candidate = base;
    (candidate[3], candidate[20]) = (130.0, 131.0);
    let row = paired(&base, &candidate);
    // What trimming leaves are ties, so all pairs are tested.
    assert_eq!((&row["verdict"], &row["test"]), (&"unchanged".into(), &"paired-t-log".into()), "{row}");
    assert!(row["p_value"].as_f64().unwrap() > 0.05, "{row}");
}

#[test]
fn one_pair_decides_nothing_and_ten_thousand_take_no_time() {
    let one = paired(&[100.0], &[200.0]);
    assert_eq!((&one["verdict"], one.get("test")), (&"inconclusive".into(), None));
    assert!(one["reason"].as_str().unwrap().contains("at least 2 on each side"), "{one}");
    let many = paired(&around(100.0, 10_000, 3), &around(112.0, 10_000, 5));
    assert_eq!((&many["verdict"], &many["rounds"]), (&"regression".into(), &serde_json::json!([10_000, 10_000])));
    assert!((many["change"].as_f64().unwrap() - 0.12).abs() < 0.001, "{many}");
}

#[test]
fn a_huge_outlier_neither_hides_a_regression_nor_makes_one() {
    let base = around(100.0, 20, 3);
    let with_outlier = |mut values: Vec<f64>| {
        values[7] = 1e12;
        values
    };
    let slower = paired(&base, &with_outlier(around(130.0, 20, 5)));
    assert_eq!(slower["verdict"], "regression");
    assert!((slower["change"].as_f64().unwrap() - 0.3).abs() < 0.01, "{slower}");
    let same = paired(&base, &with_outlier(around(100.0, 20, 5)));
    assert_eq!(same["verdict"], "unchanged", "{same}");
    assert_eq!(paired(&with_outlier(base), &around(100.0, 20, 5))["verdict"], "unchanged");
}
