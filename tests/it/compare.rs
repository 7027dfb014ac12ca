//! `perfgate compare`. What it says about given numbers is in the golden cases; here is where the numbers come from.

use serde_json::Value;

use crate::support::{Project, counting_project, counting_worker, row};

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
