//! `check --against base` in a job of GitHub Actions, for each event, and outside.

use serde_json::{Value, json};

use crate::support::{Project, Said, counting_project, counting_worker, row};

/// `perfgate check --against base` after this event.
fn after(project: &Project, name: &str, event: &Value) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("event.json");
    std::fs::write(&file, event.to_string()).unwrap();
    let mut command = project.command(&["check", "--against", "base", "--format", "json"]);
    command.env("GITHUB_EVENT_PATH", &file).env("GITHUB_EVENT_NAME", name).output().unwrap().into()
}

fn pull_request(base: &str, head: &str) -> Value {
    json!({ "pull_request": { "base": { "ref": "main", "sha": base }, "head": { "ref": "x", "sha": head } } })
}

/// A project with commits of workers with so many steps, and their names.
fn history(steps: &[u32]) -> (Project, Vec<String>) {
    let project = counting_project(1);
    let commits = steps.iter().map(|&steps| {
        project.script("worker", &counting_worker(steps));
        project.commit()
    });
    let commits = commits.collect();
    (project, commits)
}

#[test]
fn each_event_has_its_base() {
    let (project, commits) = history(&[100, 120, 150]);
    let [old, middle, head] = [&commits[0], &commits[1], &commits[2]];
    let found = |name: &str, event: Value| {
        let said = after(&project, name, &event).expect(1);
        let document = said.json();
        let base = document["base"].clone();
        assert!(said.err.contains("note: the base of the event is "), "{}", said.err);
        (row(&document, "count", "steps")["baseline"].as_f64().unwrap(), base["label"].as_str().unwrap().to_owned())
    };
    let called = |steps: f64, label: &str| (steps, label.to_owned());
    assert_eq!(found("pull_request", pull_request(middle, head)), called(120.0, "main"));
    let group = json!({ "merge_group": { "base_sha": old, "base_ref": "refs/heads/main", "head_sha": head } });
    assert_eq!(found("merge_group", group), called(100.0, "main"));
    let push = json!({ "ref": "refs/heads/main", "before": old, "after": head });
    assert_eq!(found("push", push), called(100.0, "main before the push"));
}

#[test]
fn an_event_without_a_base_says_what_to_use_instead() {
    let (project, commits) = history(&[100]);
    let head = &commits[0];
    let refused = |name: &str, event: Value| after(&project, name, &event).expect(2).err;
    let scheduled = refused("schedule", json!({ "repository": { "default_branch": "trunk" } }));
    assert!(scheduled.contains("a `schedule` event has no base") && scheduled.contains("origin/trunk"), "{scheduled}");
    let new = refused("push", json!({ "ref": "refs/heads/x", "before": "0".repeat(40), "after": head }));
    assert!(new.contains("the push made x: there is nothing before it") && new.contains("HEAD~1"), "{new}");
    let without_change = refused("pull_request_target", pull_request(head, &"c".repeat(40)));
    assert!(without_change.contains("without its change"), "{without_change}");
    let damaged = refused("pull_request", json!({ "pull_request": {} }));
    assert!(damaged.contains("`pull_request.base.sha` is missing"), "{damaged}");
}

#[test]
fn a_base_that_the_clone_lacks_names_the_depth_to_fetch() {
    let (project, commits) = history(&[100]);
    let absent = "a".repeat(40);
    for (name, event) in [
        ("pull_request", pull_request(&absent, &commits[0])),
        ("push", json!({ "ref": "refs/heads/main", "before": absent, "after": commits[0] })),
    ] {
        let said = after(&project, name, &event).expect(2);
        said.err_has("the base of the event, aaaaaaaa (main");
        said.err_has("fetch-depth: 0");
    }
}

#[test]
fn outside_a_job_base_is_a_revision_like_any_other() {
    let (project, commits) = history(&[100]);
    let said = project.perfgate(&["check", "--against", "base"]).expect(2);
    said.err_has("GITHUB_EVENT_PATH is not set");
    said.err_has("merge-base(main)");
    std::fs::write(project.file(".git/refs/heads/base"), format!("{}\n", commits[0])).unwrap();
    project.perfgate(&["check", "--against", "base"]).expect(0);
    // In a job, the event's base is meant, and the branch has a longer name.
    let event = pull_request(&"a".repeat(40), &commits[0]);
    let said = after(&project, "pull_request", &event).expect(2);
    said.err_has("not the branch of that name");
    said.err_has("refs/heads/base");
}

#[test]
fn an_event_that_cannot_be_read_is_wrong_input() {
    let (project, _) = history(&[100]);
    let check = |path: &str| {
        let mut command = project.command(&["check", "--against", "base"]);
        Said::from(command.env("GITHUB_EVENT_PATH", path).output().unwrap()).expect(2).err
    };
    assert!(check("no-such.json").contains("cannot read `no-such.json`"));
    assert!(check("worker").contains("`worker` is no GitHub event"));
}
