//! `perfgate check` with a stored baseline: what recorded sessions say about the next.

use serde_json::{Value, json};

use crate::support::{ANSWER, COUNTING, Project, codes, row, worker};

/// A project whose only judged metric is what the file `level` says, a little more or less from round to round.
fn project() -> Project {
    let project = Project::git();
    project.write("perfgate.toml", COUNTING);
    let report = "echo x >> rounds\n\
         value=$(( $(cat level) + $(wc -l < rounds) % 3 ))\n\
         echo \"{\\\"metric\\\":\\\"steps\\\",\\\"value\\\":$value,\\\"unit\\\":\\\"1\\\",\\\"direction\\\":\\\"lower\\\"}\" >> \"$PERFGATE_METRICS\"\n";
    project.script("worker", &format!("{report}{}", worker(ANSWER)));
    project
}

/// Commits and records, with these levels.
fn record(project: &Project, levels: &[u32]) {
    for level in levels {
        project.write("level", &level.to_string());
        // No part of the commit: it is the mood of the machine.
        project.write(".gitignore", "level\nrounds\n");
        project.write("code", &level.to_string());
        project.commit();
        project.perfgate(&["record"]).expect(0);
    }
}

fn check(project: &Project, level: u32, status: i32) -> Value {
    project.write("level", &level.to_string());
    project.perfgate(&["check", "--confirm", "never", "--format", "json"]).expect(status).json()
}

#[test]
fn a_machine_that_changes_from_session_to_session_is_no_regression() {
    let project = project();
    record(&project, &[1100, 850, 1200, 900, 1300, 1000]);
    let checked = check(&project, 1250, 0);
    let steps = row(&checked, "count", "steps");
    assert_eq!((&steps["verdict"], &steps["test"]), (&json!("inconclusive"), &json!("session-t-log")));
    assert_eq!(steps["history"]["sessions"], 6);
    assert!(steps["reason"].as_str().unwrap().contains("6 recorded sessions spread by"), "{steps}");
    assert!(codes(&checked).is_empty(), "{checked:#}");
    let said = project.perfgate(&["check", "--confirm", "never"]).expect(0);
    said.out_has("perfgate check --against");
}

#[test]
fn on_a_machine_that_does_not_change_the_same_step_is_one() {
    let project = project();
    record(&project, &[1001, 999, 1002, 1000, 1001, 1000]);
    let checked = check(&project, 1250, 1);
    assert_eq!(row(&checked, "count", "steps")["test"], "session-t-log");
    let said = project.perfgate(&["check", "--confirm", "never", "--format", "markdown"]).expect(1);
    said.out_has("At most 5 in 100 checks of unchanged code would say so, if sessions go on to differ as the recorded");
    said.out_has("t-test of one value per session");
    assert_eq!(row(&check(&project, 1003, 0), "count", "steps")["verdict"], "unchanged");
}

#[test]
fn sessions_of_one_commit_are_a_history_too() {
    let project = project();
    record(&project, &[1000]);
    for level in [1300, 850, 1150, 950] {
        project.write("level", &level.to_string());
        project.perfgate(&["record"]).expect(0);
    }
    let checked = check(&project, 1300, 0);
    let steps = row(&checked, "count", "steps");
    assert_eq!((&steps["verdict"], &steps["history"]["degrees_of_freedom"]), (&json!("inconclusive"), &json!(4.0)));
    assert_eq!(steps["rounds"], json!([15, 3]));
}

#[test]
fn too_few_sessions_are_told_with_the_way_out() {
    let project = project();
    record(&project, &[1100, 1000]);
    let checked = check(&project, 1250, 1);
    let steps = row(&checked, "count", "steps");
    assert_eq!((&steps["verdict"], &steps["test"]), (&json!("regression"), &json!("welch-t-log")));
    assert!(steps["reason"].as_str().unwrap().contains("only 2 sessions are recorded"), "{steps}");
    assert_eq!(checked["warnings"][0]["code"], "little-history");
    assert!(
        checked["warnings"][0]["message"].as_str().unwrap().contains("perfgate record --sessions 3"),
        "{checked:#}"
    );
}

#[test]
fn a_damaged_file_of_the_past_is_told_and_left_out() {
    let project = project();
    record(&project, &[1100]);
    let oldest = project.baseline();
    record(&project, &[850, 1200, 900, 1300, 1000]);
    std::fs::write(&oldest, "{").unwrap();
    project.write("level", "1250");
    let said = project.perfgate(&["check", "--confirm", "never"]).expect(0);
    said.err_has("its sessions do not count");
    said.err_has("not complete JSON");
}
