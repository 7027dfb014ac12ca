//! A comment in the name of a run that cannot comment itself: `workflow_run`. What that run left behind is hostile.

use serde_json::{Value, json};

use super::{Gate, HEAD};
use crate::fake_github::Pull;

/// The commit that was there before.
const OLDER: &str = "89abcdef0123456789abcdef0123456789abcdef";

/// The base branch's commit.
const BASE: &str = "ffffffffffffffffffffffffffffffffffffffff";

fn ended(event: &str) -> Value {
    json!({ "action": "completed", "workflow_run": {
        "id": 400, "run_attempt": 2, "event": event, "head_sha": HEAD, "head_branch": "faster & better",
        "head_repository": { "full_name": "ann/r", "owner": { "login": "ann" } }, "pull_requests": [],
    } })
}

fn pull(number: u64, repository: &str, sha: &str) -> Pull {
    let [repository, sha] = [repository, sha].map(str::to_owned);
    let (branch, base, base_sha) = ("faster & better".to_owned(), "main".to_owned(), BASE.to_owned());
    Pull { number, repository: Some(repository), branch, sha, base, base_sha }
}

/// A job that was started by the end of a fork's run.
fn gate(pulls: &[Pull]) -> Gate {
    let gate = Gate::new();
    gate.event("workflow_run", &ended("pull_request"));
    gate.document("slower.json", 100.0, 200.0);
    gate.github.state().pulls.extend_from_slice(pulls);
    gate
}

#[test]
fn the_comment_belongs_to_the_pull_request_with_the_run_s_repository_branch_and_commit() {
    let gate = gate(&[pull(6, "o/r", HEAD), pull(7, "ann/r", HEAD), pull(8, "ann/other", HEAD)]);
    gate.comment(&["slower.json"]).expect(0);
    let body = gate.only().body;
    // The run that measured counts, not the one that comments.
    assert!(body.starts_with("<!-- perfgate:perfgate run=400 attempt=2 "), "{body}");
    assert!(body.contains("[run](https://github.invalid/o/r/actions/runs/400/attempts/2)"), "{body}");
    assert_eq!(gate.github.state().comments.len(), 1);
    // Neither of the two counts for the other: run 401 is newer, though the job that speaks for it has a smaller number.
    let mut next = ended("pull_request");
    next["workflow_run"]["id"] = json!(401);
    gate.event("workflow_run", &next);
    gate.comment_of_run(300, 1, &["slower.json"]).expect(0);
    assert!(gate.only().body.starts_with("<!-- perfgate:perfgate run=401 "));
}

#[test]
fn a_change_that_has_moved_on_gets_no_comment() {
    let gate = gate(&[pull(7, "ann/r", OLDER)]);
    let said = gate.comment(&["slower.json"]).expect(0);
    said.err_has("no comment: #7 has moved on since 01234567 was measured");
    assert_eq!(said.out, "");
    assert_eq!(gate.github.state().comments, []);
}

#[test]
fn a_change_without_a_pull_request_gets_no_comment() {
    let gate = gate(&[pull(6, "ann/other", HEAD)]);
    gate.comment(&["slower.json"])
        .expect(0)
        .err_has("no comment: no open pull request comes from `faster & better` of `ann/r`");
    gate.event("workflow_run", &ended("push"));
    gate.comment(&["slower.json"]).expect(0).err_has("was started by a `push` event, not by a pull request");
    assert_eq!(gate.github.state().comments, []);
}

#[test]
fn a_commit_in_two_pull_requests_gets_the_comment_in_both_unless_the_base_tells() {
    let other = Pull { base: "dev".to_owned(), base_sha: OLDER.to_owned(), ..pull(9, "ann/r", HEAD) };
    let gate = gate(&[pull(7, "ann/r", HEAD), other]);
    gate.comment(&["slower.json"]).expect(0);
    assert_eq!((gate.github.comments(7).len(), gate.github.comments(9).len()), (1, 1));
    let mut document: Value = serde_json::from_str(&gate.project.read("slower.json")).unwrap();
    document["base"]["commit"] = json!(OLDER);
    gate.project.write("known.json", &document.to_string());
    gate.github.state().comments.clear();
    gate.comment(&["known.json"]).expect(0);
    assert_eq!((gate.github.comments(7).len(), gate.github.comments(9).len()), (0, 1));
}

#[test]
fn the_document_has_no_say_in_which_pull_request_it_is() {
    let gate = gate(&[pull(7, "ann/r", HEAD)]);
    let mut document: Value = serde_json::from_str(&gate.project.read("slower.json")).unwrap();
    for key in ["pull_request", "number", "issue", "repository", "run"] {
        document[key] = json!(1);
    }
    document["candidate"]["commit"] = json!(OLDER);
    gate.project.write("forged.json", &document.to_string());
    gate.comment(&["forged.json"]).expect(0);
    assert_eq!(gate.only().issue, 7);
    assert_eq!(gate.github.state().comments.len(), 1);
}

#[test]
fn a_document_that_is_none_is_refused_before_anything_is_asked() {
    let gate = gate(&[pull(7, "ann/r", HEAD)]);
    let deep = format!("{{\"schema\": \"perfgate.comparison/1\", \"rows\": {}", "[".repeat(100_000));
    let large = format!("{{\"schema\": \"perfgate.comparison/1\", \"x\": \"{}\"}}", "x".repeat(5 << 20));
    let words = r#"{"schema": "perfgate.comparison/1", "verdict": "fine\n::error::boo @team"}"#;
    for (text, message) in [
        ("", "it is empty, expected a comparison document"),
        ("::error::boo", "it is not complete JSON"),
        ("{\"schema\": \"::error::boo\"}", "it is not a perfgate document"),
        (r#"{"schema": "perfgate.result/1"}"#, "expected a comparison document"),
        (r#"{"schema": "perfgate.comparison/9"}"#, "newer than this perfgate"),
        (deep.as_str(), "cannot be used"),
        (large.as_str(), "is larger than 5 MiB: no comparison document is"),
        (words, "cannot be used"),
    ] {
        gate.project.write("hostile.json", text);
        let said = gate.comment(&["hostile.json"]).expect(2);
        said.err_has(message);
        assert!(said.err.len() < 2000, "{}", said.err);
        assert!(said.err.lines().all(|line| !line.trim_start().starts_with("::")), "{}", said.err);
    }
    std::fs::write(gate.project.file("bytes.json"), [0xff, 0xfe]).unwrap();
    gate.comment(&["bytes.json"]).expect(2).err_has("is not text");
    gate.comment(&["missing.json"]).expect(2).err_has("cannot read `missing.json`");
    assert_eq!(gate.github.state().requests, []);
}

#[test]
fn a_hostile_file_is_neither_a_link_nor_a_folder_nor_a_device() {
    let gate = gate(&[pull(7, "ann/r", HEAD)]);
    std::os::unix::fs::symlink("slower.json", gate.project.file("link.json")).unwrap();
    for file in ["link.json", ".", "/dev/zero"] {
        gate.comment(&[file]).expect(2).err_has("is no regular file");
    }
    // Elsewhere a link is the user's own.
    gate.event("pull_request", &super::pull_request("o/r"));
    gate.comment(&["link.json"]).expect(0);
    gate.comment(&["/dev/zero"]).expect(2).err_has("is no regular file");
}

#[test]
fn a_run_that_failed_says_so_where_its_result_would_stand() {
    let gate = gate(&[pull(7, "ann/r", HEAD)]);
    gate.comment(&["--not-run", "the run was cancelled"]).expect(0);
    assert!(gate.only().body.contains("the run was cancelled"));
}
