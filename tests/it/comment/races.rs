//! Several runs, one comment.

use super::{Gate, left_by};
use crate::fake_github::{ACTIONS, Comment, Fault};
use crate::support::Said;

#[test]
fn racing_creators_end_with_one_comment_of_the_newest_run() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    // All of them look before any of them writes: all find nothing.
    let together = Fault {
        method: Some("GET".to_owned()),
        path: Some("/comments".to_owned()),
        times: 3,
        meet: Some(3),
        ..Fault::default()
    };
    gate.github.fault(together);
    let run = |id: u64| gate.command(&["slower.json"]).env("GITHUB_RUN_ID", id.to_string()).spawn().unwrap();
    let running: Vec<_> = [502, 501, 503].map(run).into_iter().collect();
    for child in running {
        Said::from(child.wait_with_output().unwrap()).expect(0);
    }
    let comment = gate.only();
    assert!(comment.body.starts_with("<!-- perfgate:perfgate run=503 "), "{}", comment.body);
    assert!(gate.github.count("POST", "/comments") >= 2, "nobody raced");
    let first = gate.github.state().requests.iter().filter(|seen| seen.method == "DELETE").count();
    assert!(first > 0, "nothing was folded");
}

#[test]
fn a_comment_that_another_run_made_in_between_takes_the_text_of_the_newer() {
    for (other, stays) in [(499, "500"), (501, "501")] {
        let gate = Gate::new();
        gate.document("slower.json", 100.0, 200.0);
        let insert =
            vec![Comment { id: 0, issue: 7, login: ACTIONS.to_owned(), body: left_by(other, "theirs"), updates: 0 }];
        let post = Some("POST".to_owned());
        gate.github.fault(Fault {
            method: post,
            path: Some("/comments".to_owned()),
            times: 1,
            insert,
            ..Fault::default()
        });
        gate.comment(&["slower.json"]).expect(0);
        let comment = gate.only();
        assert!(comment.body.starts_with(&format!("<!-- perfgate:perfgate run={stays} ")), "{}", comment.body);
    }
}

#[test]
fn duplicates_of_the_past_are_folded_into_the_oldest() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    let oldest = gate.github.comment(7, ACTIONS, &left_by(1, "a"));
    gate.github.comment(7, "ann", "hm");
    gate.github.comment(7, ACTIONS, &left_by(2, "b"));
    gate.github.comment(7, ACTIONS, &left_by(2, "c"));
    gate.comment(&["slower.json"]).expect(0);
    let all = gate.github.comments(7);
    assert_eq!(all.iter().map(|comment| comment.login.as_str()).collect::<Vec<_>>(), [ACTIONS, "ann"]);
    assert_eq!(all[0].id, oldest);
    assert!(all[0].body.contains("slower"));
}

#[test]
fn an_older_run_never_overwrites_a_newer_one() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate.document("fine.json", 100.0, 100.0);
    gate.comment_of_run(501, 2, &["fine.json", "--when", "always"]).expect(0);
    let newer = gate.only();
    for (run, attempt) in [(500, 1), (500, 9), (501, 1)] {
        let said = gate.comment_of_run(run, attempt, &["slower.json"]).expect(0);
        said.err_has("#7: a newer run has commented already, and its comment stays");
        assert_eq!(gate.only(), newer);
    }
    gate.comment_of_run(501, 3, &["slower.json"]).expect(0);
    assert!(gate.only().body.contains("slower"));
}
