//! GitHub refuses, fails, is slow, or is not there.

use std::cell::RefCell;
use std::io::Read;
use std::net::TcpListener;
use std::rc::Rc;
use std::time::{Duration, Instant};

use perfgate::forge::{Forge, ForgeError, GitHub, Patience, Settings};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;

use super::{Gate, TOKEN, pull_request};
use crate::fake_github::{FakeGitHub, Fault};

/// Enough patience for every try that is made at all, each after a wait of milliseconds.
const PATIENCE: [&str; 2] = ["--patience", "64ms"];

fn fault(method: &str, path: &str, status: u16) -> Fault {
    let (method, path) = (Some(method.to_owned()), Some(path.to_owned()));
    Fault { method, path, status: Some(status), times: 1, ..Fault::default() }
}

/// A gate with a document of a regression.
fn gate() -> Gate {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate
}

fn impatient(gate: &Gate) -> crate::support::Said {
    gate.comment(&[&["slower.json"], PATIENCE.as_slice()].concat())
}

#[test]
fn a_token_without_the_permission_is_told_which_one() {
    let gate = gate();
    gate.github.state().read_only = true;
    let said = gate.comment(&["slower.json"]).expect(2);
    said.err_has(
        "GitHub does not let this token create a comment: Resource not accessible by integration (status 403)",
    );
    said.err_has("permissions: { contents: read, pull-requests: write }");
    assert!(!said.err.contains("fork"), "{}", said.err);
    assert_eq!(gate.github.count("POST", "/comments"), 1, "asking again does not help");
}

#[test]
fn a_pull_request_from_a_fork_is_told_about_the_two_workflows() {
    let gate = gate();
    gate.event("pull_request", &pull_request("ann/r"));
    gate.github.state().read_only = true;
    let said = gate.comment(&["slower.json"]).expect(2);
    said.err_has("this pull request comes from a fork, and GitHub gives its workflows a token that can only read");
    said.err_has("workflow_run");
    assert!(!said.err.contains("permissions:"), "{}", said.err);
}

#[test]
fn other_refusals_have_their_own_advice() {
    for (status, message, advice) in [
        (401, "Bad credentials", "GITHUB_TOKEN is wrong, or has expired"),
        (403, "Unable to create comment because issue is locked.", "the conversation of the pull request is locked"),
        (403, "Resource not accessible by personal access token", "a token of your own needs the right"),
        (404, "Not Found", "the token may not see it"),
    ] {
        let gate = gate();
        gate.github.fault(Fault { body: json!({ "message": message }), ..fault("POST", "/comments", status) });
        let said = gate.comment(&["slower.json"]).expect(2);
        said.err_has(message.trim_end_matches('.'));
        said.err_has(advice);
    }
}

#[test]
fn two_bad_gateways_are_got_over() {
    for (method, path) in [("GET", "/comments"), ("POST", "/comments"), ("POST", "/graphql")] {
        for status in [500, 502, 503, 504] {
            let gate = gate();
            gate.github.fault(Fault { times: 2, ..fault(method, path, status) });
            impatient(&gate).expect(0);
            gate.only();
        }
    }
}

#[test]
fn a_connection_that_breaks_is_got_over() {
    let gate = gate();
    for path in ["/graphql", "/comments"] {
        gate.github.fault(Fault { path: Some(path.to_owned()), times: 2, drop: true, ..Fault::default() });
    }
    impatient(&gate).expect(0);
    gate.only();
}

#[test]
fn a_comment_that_was_made_though_the_answer_was_lost_is_not_made_again() {
    for lost in [
        Fault { done: true, ..fault("POST", "/comments", 502) },
        Fault { done: true, drop: true, ..fault("POST", "/comments", 0) },
    ] {
        let gate = gate();
        gate.github.fault(lost);
        impatient(&gate).expect(0);
        gate.only();
        assert_eq!((gate.github.count("POST", "/comments"), gate.github.count("DELETE", "/")), (1, 0));
    }
}

#[test]
fn a_limit_of_requests_is_waited_for() {
    for (status, headers) in [
        (429, vec![("retry-after", "0")]),
        (403, vec![("retry-after", "0")]),
        (403, vec![("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")]),
    ] {
        let gate = gate();
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        gate.github.fault(Fault { headers, ..fault("POST", "/comments", status) });
        impatient(&gate).expect(0);
        gate.only();
        assert_eq!(gate.github.count("POST", "/comments"), 2);
    }
}

#[test]
fn a_limit_that_lasts_too_long_is_not_waited_for() {
    let gate = gate();
    let headers = [("retry-after".to_owned(), "3600".to_owned())].into();
    let body = json!({ "message": "You have exceeded a secondary rate limit." });
    gate.github.fault(Fault { headers, body, times: 0, ..fault("POST", "/comments", 403) });
    let said = gate.comment(&["slower.json"]).expect(4);
    said.err_has("GitHub accepts no more requests of this token for now (create a comment): You have exceeded");
    assert_eq!(gate.github.count("POST", "/comments"), 1);
}

#[test]
fn a_text_that_is_too_long_is_halved_until_it_is_accepted() {
    let names: Vec<String> = (0..500).map(|number| format!("group/{number:04}/{}", "n".repeat(60))).collect();
    let rows: Vec<_> = names.iter().map(|name| (name.as_str(), 100.0, 200.0)).collect();
    let gate = Gate::new();
    gate.document_of("check.json", &rows);
    gate.github.fault(Fault { larger_than: Some(16_000), times: 0, ..fault("POST", "/comments", 422) });
    gate.comment(&["check.json"]).expect(0);
    let body = gate.only().body;
    assert!((5_000..=15_000).contains(&body.len()), "{} bytes", body.len());
    assert!(body.contains("left out"), "{body}");
    assert_eq!(gate.github.count("POST", "/comments"), 3);
}

#[test]
fn a_text_that_is_never_accepted_ends_with_github_s_reason() {
    let gate = gate();
    let body = json!({ "message": "Validation Failed", "errors": [{ "message": "we do not like it" }] });
    gate.github.fault(Fault { body, times: 0, ..fault("POST", "/comments", 422) });
    gate.comment(&["slower.json"]).expect(4).err_has("Validation Failed; we do not like it (status 422)");
    assert_eq!(gate.github.count("POST", "/comments"), 4);
}

#[test]
fn a_github_that_is_down_is_given_up_in_the_end() {
    let gate = gate();
    gate.github.fault(Fault { times: 0, drop: true, ..Fault::default() });
    let said = impatient(&gate).expect(4);
    said.err_has("GitHub could not be reached to tell whose it is: ");
    said.err_has("(tried 7 times)");
    assert_eq!(gate.github.state().requests.len(), 7);
    assert_eq!(said.out, "");
}

#[test]
fn where_nobody_listens_the_address_is_asked_for() {
    let gate = gate();
    let free = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let arguments = [&["slower.json"], PATIENCE.as_slice()].concat();
    let output = gate.command(&arguments).env("GITHUB_API_URL", format!("http://{free}")).output().unwrap();
    let said = crate::support::Said::from(output).without_secrets().expect(4);
    said.err_has("GitHub could not be reached");
    said.err_has("is GITHUB_API_URL right?");
}

#[test]
fn the_token_is_not_shown_even_if_github_repeats_it() {
    for status in [400, 403, 418, 502] {
        let gate = gate();
        let body = json!({ "message": format!("no, {TOKEN}!") });
        gate.github.fault(Fault { body, times: 0, ..fault("POST", "/comments", status) });
        let said = impatient(&gate);
        assert_ne!(said.status, 0, "{}", said.err);
        said.err_has("no, ***!");
    }
}

#[test]
fn an_answer_that_leads_elsewhere_is_not_followed() {
    let gate = gate();
    let elsewhere = FakeGitHub::start();
    let headers = [("location".to_owned(), elsewhere.url())].into();
    gate.github.fault(Fault { headers, ..fault("GET", "/comments", 307) });
    gate.comment(&["slower.json"]).expect(4).err_has("it leads elsewhere (status 307)");
    assert_eq!(elsewhere.state().requests, []);
}

/// A GitHub whose waits are written down instead of being waited.
fn github(fake: &FakeGitHub, patience: Duration, timeout: Duration) -> (GitHub, Rc<RefCell<Vec<Duration>>>) {
    let waits = Rc::new(RefCell::new(Vec::new()));
    let noted = Rc::clone(&waits);
    let note = Box::new(move |wait| {
        noted.borrow_mut().push(wait);
        true
    });
    let settings = Settings::new(Some(&fake.url()), "o/r", TOKEN).unwrap();
    (GitHub::new(settings, Patience::new(patience, note), timeout, None).unwrap(), waits)
}

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn waits_grow_and_what_github_asks_for_is_waited() {
    let fake = FakeGitHub::start();
    fake.fault(Fault { times: 2, ..fault("GET", "/comments", 502) });
    let headers = [("retry-after".to_owned(), "7".to_owned())].into();
    fake.fault(Fault { headers, ..fault("GET", "/comments", 503) });
    let (github, waits) = github(&fake, 2 * MINUTE, MINUTE);
    github.comments(7).unwrap();
    let waits: Vec<f64> = waits.borrow().iter().map(Duration::as_secs_f64).collect();
    let bounds = [(0.5, 1.0), (1.0, 2.0), (7.0, 8.0)];
    assert_eq!(waits.len(), bounds.len(), "{waits:?}");
    assert!(waits.iter().zip(bounds).all(|(wait, (low, high))| (low..=high).contains(wait)), "{waits:?}");
}

#[test]
fn a_github_that_never_answers_takes_no_longer_than_the_patience() {
    let fake = FakeGitHub::start();
    fake.fault(Fault { times: 0, hang: true, ..Fault::default() });
    let timeout = Duration::from_millis(200);
    // Two timeouts and a wait of 5 ms fit in, a second wait does not.
    let (github, waits) = github(&fake, Duration::from_millis(390), timeout);
    assert!(matches!(github.comments(7), Err(ForgeError::Unreachable { tries: 2, .. })));
    assert_eq!(waits.borrow().len(), 1);
}

#[test]
fn an_interrupt_ends_a_wait() {
    let gate = gate();
    let headers = [("retry-after".to_owned(), "600".to_owned())].into();
    gate.github.fault(Fault { headers, times: 0, ..fault("POST", "/comments", 429) });
    let mut child = gate.command(&["slower.json", "--patience", "1h"]).spawn().unwrap();
    let begun = Instant::now();
    while gate.github.count("POST", "/comments") == 0 {
        assert!(child.try_wait().unwrap().is_none(), "perfgate ended before it waited");
        assert!(begun.elapsed() < MINUTE, "perfgate never asked");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("interrupted while waiting for GitHub"), "{said}");
}
