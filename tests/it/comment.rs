//! `perfgate comment` against a small GitHub over HTTP: one comment, whatever happens.

mod failures;
mod forks;
mod races;
#[cfg(feature = "http")]
mod tls;

use std::process::{Command, Stdio};

use perfgate::forge::{CommentId, Marker, Run};
use serde_json::{Value, json};

use crate::fake_github::{ACTIONS, Comment, FakeGitHub};
use crate::support::{Project, Said};

/// What must never be shown.
const TOKEN: &str = "ghs_0123456789secret";

/// The change's newest commit.
const HEAD: &str = "0123456789abcdef0123456789abcdef01234567";

/// A job of a pull request, with a GitHub of its own.
struct Gate {
    project: Project,
    github: FakeGitHub,
}

impl Gate {
    /// In a folder that is no git repository.
    fn new() -> Self {
        let gate = Self { project: Project::bare(), github: FakeGitHub::start() };
        gate.event("pull_request", &pull_request("o/r"));
        gate
    }

    /// From now on the job is one of this event.
    fn event(&self, name: &str, payload: &Value) {
        self.project.write("event.json", &payload.to_string());
        self.project.write("event-name", name);
    }

    /// Writes the comparison document of one metric that took and takes so many nanoseconds.
    fn document(&self, name: &str, before: f64, after: f64) {
        self.document_of(name, &[("count", before, after)]);
    }

    /// Writes the comparison document of these benchmarks.
    fn document_of(&self, name: &str, rows: &[(&str, f64, f64)]) {
        let side = |value: &dyn Fn(&(&str, f64, f64)) -> f64| {
            let row = |row: &(&str, f64, f64)| json!({ "name": row.0, "metric": "latency", "unit": "ns", "rounds": vec![value(row); 3] });
            json!({ "benchmarks": rows.iter().map(row).collect::<Vec<Value>>() }).to_string()
        };
        self.project.write("base.json", &side(&|row| row.1));
        self.project.write("candidate.json", &side(&|row| row.2));
        let said = self.project.perfgate(&["compare", "base.json", "candidate.json", "--output", name]);
        assert!(self.project.file(name).exists(), "{}", said.err);
    }

    /// `perfgate comment` as a step of run 500.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(&[&["comment"], arguments].concat());
        for (name, _) in std::env::vars_os() {
            let name = name.to_string_lossy().into_owned();
            if name.starts_with("GITHUB_") || name.to_lowercase().ends_with("_proxy") || name == "SSL_CERT_FILE" {
                command.env_remove(name);
            }
        }
        command
            .env("GITHUB_API_URL", self.github.url())
            .env("GITHUB_TOKEN", TOKEN)
            .env("GITHUB_REPOSITORY", "o/r")
            .env("GITHUB_SERVER_URL", "https://github.invalid")
            .env("GITHUB_EVENT_NAME", self.project.read("event-name"))
            .env("GITHUB_EVENT_PATH", self.project.file("event.json"))
            .env("GITHUB_RUN_ID", "500")
            .env("GITHUB_RUN_ATTEMPT", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn comment(&self, arguments: &[&str]) -> Said {
        Said::from(self.command(arguments).output().unwrap()).without_secrets()
    }

    /// The same as a step of another run.
    fn comment_of_run(&self, run: u64, attempt: u64, arguments: &[&str]) -> Said {
        let mut command = self.command(arguments);
        command.env("GITHUB_RUN_ID", run.to_string()).env("GITHUB_RUN_ATTEMPT", attempt.to_string());
        Said::from(command.output().unwrap()).without_secrets()
    }

    /// The only comment of pull request 7.
    #[track_caller]
    fn only(&self) -> Comment {
        let all = self.github.comments(7);
        assert_eq!(all.len(), 1, "{all:#?}");
        all[0].clone()
    }
}

impl Said {
    #[track_caller]
    fn without_secrets(self) -> Self {
        assert!(!self.out.contains(TOKEN) && !self.err.contains(TOKEN), "the token is shown: {}{}", self.out, self.err);
        self
    }
}

fn pull_request(repository: &str) -> Value {
    json!({ "action": "synchronize", "number": 7, "pull_request": {
        "number": 7,
        "user": { "login": "ann" },
        "head": { "sha": HEAD, "ref": "faster", "repo": { "full_name": repository } },
        "base": { "sha": "f".repeat(40), "ref": "main", "repo": { "full_name": "o/r" } },
    } })
}

/// A comment as run `run` of the gate would have left it.
fn left_by(run: u64, text: &str) -> String {
    let id = CommentId::parse("perfgate").unwrap();
    format!("{}\n{text}", Marker::new(&id, Some(Run { id: run, attempt: 1 }), text))
}

#[test]
fn the_first_comment_begins_with_the_mark_and_then_the_verdict() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    let said = gate.comment(&["slower.json"]).expect(0);
    let comment = gate.only();
    assert_eq!(said.out, format!("https://github.invalid/pull/7#issuecomment-{}\n", comment.id));
    assert_eq!(comment.login, ACTIONS);
    let lines: Vec<&str> = comment.body.lines().collect();
    assert!(lines[0].starts_with("<!-- perfgate:perfgate run=500 attempt=1 content="), "{}", comment.body);
    assert!(lines[0].ends_with(" -->"), "{}", comment.body);
    assert!(lines[1].starts_with("### perfgate: ") && lines[1].contains("slower"), "{}", comment.body);
    let foot = "<sub>commit 01234567 · [run](https://github.invalid/o/r/actions/runs/500/attempts/1)</sub>";
    assert!(comment.body.trim_end().ends_with(foot), "{}", comment.body);
}

#[test]
fn the_same_comment_turns_green() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate.document("fine.json", 100.0, 100.0);
    gate.comment(&["slower.json"]).expect(0);
    let red = gate.only();
    for arguments in [&["fine.json"] as &[&str], &["fine.json", "--when", "on-regression"]] {
        gate.comment_of_run(501, 1, arguments).expect(0);
        let green = gate.only();
        assert_eq!(green.id, red.id);
        assert!(!green.body.contains("slower"), "{}", green.body);
    }
}

#[test]
fn without_news_no_comment_is_made_unless_always() {
    let gate = Gate::new();
    gate.document("fine.json", 100.0, 100.0);
    gate.document("faster.json", 100.0, 50.0);
    let said = gate.comment(&["fine.json"]).expect(0);
    said.err_has("#7: no comment is there, and none is wanted");
    assert_eq!(said.out, "");
    gate.comment(&["faster.json", "--when", "on-regression"]).expect(0);
    assert_eq!(gate.github.comments(7), []);
    gate.comment(&["fine.json", "--when", "always"]).expect(0);
    gate.only();
    gate.comment_of_run(501, 1, &["faster.json"]).expect(0);
    assert!(gate.only().body.contains("improve"), "{}", gate.only().body);
}

#[test]
fn an_improvement_and_a_new_benchmark_are_news() {
    for (name, before, after) in [("improve", 100.0, 50.0), ("slower", 100.0, 200.0)] {
        let gate = Gate::new();
        gate.document("check.json", before, after);
        gate.comment(&["check.json"]).expect(0);
        assert!(gate.only().body.contains(name), "{}", gate.only().body);
    }
    let gate = Gate::new();
    gate.project.write("old.json", r#"{"benchmarks": [{"name": "old", "rounds": [1, 1, 1]}]}"#);
    gate.project.write(
        "new.json",
        r#"{"benchmarks": [{"name": "old", "rounds": [1, 1, 1]}, {"name": "new", "rounds": [1, 1, 1]}]}"#,
    );
    gate.project.perfgate(&["compare", "old.json", "new.json", "--output", "check.json"]).expect(0);
    gate.comment(&["check.json"]).expect(0);
    assert!(gate.only().body.contains("`new`"), "{}", gate.only().body);
}

#[test]
fn never_asks_nobody() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate.comment(&["slower.json", "--when", "never"]).expect(0).err_has("--when never");
    assert_eq!(gate.github.state().requests, []);
}

#[test]
fn the_comment_is_found_on_every_page() {
    for others in [0, 99, 100, 150, 350] {
        let gate = Gate::new();
        for number in 0..others {
            gate.github.comment(7, "ann", &format!("comment {number}"));
        }
        gate.document("slower.json", 100.0, 200.0);
        gate.document("fine.json", 100.0, 100.0);
        gate.comment(&["slower.json"]).expect(0);
        gate.comment_of_run(501, 1, &["fine.json"]).expect(0);
        let mine: Vec<Comment> = gate.github.comments(7).into_iter().filter(|one| one.login == ACTIONS).collect();
        assert_eq!((mine.len(), mine[0].updates), (1, 1), "after {others} others");
        let page = format!("page={}", others / 100 + 1);
        assert!(gate.github.count("GET", &page) > 0, "{page} was not read");
    }
}

#[test]
fn a_mark_that_somebody_else_wrote_is_left_alone() {
    for login in ["mallory", "github-actions", "other-app[bot]"] {
        let gate = Gate::new();
        gate.github.comment(7, login, &left_by(999_999, "### perfgate: all is well"));
        gate.document("slower.json", 100.0, 200.0);
        gate.comment(&["slower.json"]).expect(0);
        let all = gate.github.comments(7);
        assert_eq!(all.len(), 2);
        assert_eq!((all[0].login.as_str(), all[0].updates), (login, 0));
        assert!(all[1].body.contains("slower"));
    }
}

#[test]
fn a_mark_that_a_comment_of_the_same_author_quotes_is_left_alone() {
    let gate = Gate::new();
    gate.github.comment(7, ACTIONS, &format!("The pull request says:\n{}", left_by(999_999, "all is well")));
    gate.document("slower.json", 100.0, 200.0);
    gate.comment(&["slower.json"]).expect(0);
    assert_eq!(gate.github.comments(7).len(), 2);
}

#[test]
fn whose_the_token_is_is_found_out_for_every_kind_of_token() {
    for (login, graphql) in [("ann", true), ("ann", false), (ACTIONS, false), ("our-app[bot]", true)] {
        let gate = Gate::new();
        {
            let mut state = gate.github.state();
            state.login = login.to_owned();
            state.graphql = graphql;
        }
        gate.document("slower.json", 100.0, 200.0);
        gate.comment(&["slower.json"]).expect(0);
        gate.comment_of_run(501, 1, &["slower.json"]).expect(0);
        assert_eq!((gate.only().login.as_str(), gate.only().updates), (login, 1));
    }
}

#[test]
fn two_gates_have_a_comment_each() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate.comment(&["slower.json"]).expect(0);
    gate.comment(&["slower.json", "--comment-id", "nightly"]).expect(0);
    gate.comment_of_run(501, 1, &["slower.json", "--comment-id", "nightly"]).expect(0);
    let all = gate.github.comments(7);
    assert_eq!(all.iter().map(|comment| comment.updates).collect::<Vec<_>>(), [0, 1]);
    assert!(all[1].body.starts_with("<!-- perfgate:nightly run=501 "));
}

#[test]
fn a_hostile_comment_id_is_refused_before_anything_is_asked() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    let long = "x".repeat(65);
    for id in ["", "-->", "a b", "a\n::error::b", long.as_str(), "é"] {
        let said = gate.comment(&["slower.json", &format!("--comment-id={id}")]).expect(2);
        said.err_has("--comment-id cannot be used: expected 1 to 64 characters");
        assert!(!said.err.contains("::error::"), "{}", said.err);
    }
    assert_eq!(gate.github.state().requests, []);
}

#[test]
fn names_neither_mention_nor_inject_nor_end_the_mark() {
    let long = "x".repeat(5000);
    let names = [
        "`code` ```",
        "a | b || c",
        "@team @ann",
        "::error::boo",
        "--> <!--",
        "two\nlines\r\n| x |",
        "<script>alert(1)</script>",
        "\u{202e}evil\u{202c}",
        "<details>",
        "# heading",
        "[link](http://evil.invalid)",
        "#1 GH-1",
        long.as_str(),
    ];
    let gate = Gate::new();
    gate.document_of("check.json", &names.map(|name| (name, 100.0, 200.0)));
    let said = gate.comment(&["check.json"]).expect(0);
    let body = gate.only().body;
    // In code, GitHub mentions nobody and links nothing.
    let outside: String = body.split('`').step_by(2).collect();
    for harmful in
        ["@team", "@ann", "::error::", "<script>", "\u{202e}", "a | b", "\nlines", "](http://evil", "#1 ", "GH-1"]
    {
        assert!(!outside.contains(harmful), "{harmful} in\n{body}");
    }
    for harmful in ["@team", "::error::", "<script>", "\u{202e}", "\nlines", long.as_str()] {
        assert!(!body.contains(harmful), "{harmful} in\n{body}");
    }
    assert!(!body.contains("\n# heading"), "{body}");
    assert_eq!(body.matches("-->").count(), 1, "{body}");
    assert_eq!(body.matches("<!--").count(), 1, "{body}");
    assert_eq!(body.matches("<details>").count(), body.matches("</details>").count(), "{body}");
    assert!(Marker::read(&body).is_some());
    assert!(!said.err.contains("::error::") && !said.out.contains("::error::"));
}

#[test]
fn a_long_comment_is_cut_at_whole_rows_and_stays_below_60_000_bytes() {
    let gate = Gate::new();
    let names: Vec<String> = (0..2000).map(|number| format!("group/{number:04}/{}", "n".repeat(50))).collect();
    gate.document_of("check.json", &names.iter().map(|name| (name.as_str(), 100.0, 200.0)).collect::<Vec<_>>());
    gate.comment(&["check.json"]).expect(0);
    let body = gate.only().body;
    assert!((20_000..=60_000).contains(&body.len()), "{} bytes", body.len());
    assert!(body.contains("left out"), "{body}");
    assert!(body.trim_end().ends_with("</sub>"), "{body}");
}

#[test]
fn a_run_that_measured_nothing_replaces_what_was_said_before() {
    let gate = Gate::new();
    gate.document("fine.json", 100.0, 100.0);
    gate.comment(&["fine.json", "--when", "always"]).expect(0);
    for when in ["auto", "on-regression"] {
        gate.comment_of_run(501, 1, &["--not-run", "the job was cancelled by @ann", "--when", when]).expect(0);
        let body = gate.only().body;
        assert!(body.contains("### perfgate: not measured\n\nthe job was cancelled by"), "{body}");
        assert!(!body.contains("unchanged") && !body.contains("@ann"), "{body}");
    }
    let gate = Gate::new();
    gate.comment(&["--not-run", "no time", "--when", "on-regression"]).expect(0);
    assert_eq!(gate.github.comments(7), []);
    gate.comment(&["--not-run", "no time"]).expect(0);
    gate.only();
    gate.comment(&["fine.json", "--not-run", "no time"]).expect(2);
    gate.comment(&[]).expect(2).err_has("<FILE>");
}

#[test]
fn a_dry_run_prints_the_comment_and_writes_nothing() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    let said = gate.comment(&["slower.json", "--dry-run"]).expect(0);
    said.out_has("### perfgate: ");
    said.err_has("#7: would make a comment");
    gate.comment(&["slower.json"]).expect(0);
    let before = gate.only();
    gate.comment_of_run(501, 1, &["slower.json", "--dry-run"])
        .expect(0)
        .err_has("#7: would update https://github.invalid/");
    gate.comment(&["slower.json", "--dry-run"]).expect(0).err_has("which is up to date");
    gate.comment_of_run(499, 1, &["slower.json", "--dry-run"]).expect(0).err_has("which is of a newer run");
    assert_eq!(gate.only(), before);
}

#[test]
fn outside_a_pull_request_nothing_is_done() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate.event("push", &json!({ "ref": "refs/heads/main", "before": HEAD, "after": HEAD }));
    let said = gate.comment(&["slower.json"]).expect(0);
    said.err_has("no comment: a `push` event is about no pull request");
    assert_eq!(said.out, "");
    let mut command = gate.command(&["slower.json"]);
    for name in ["GITHUB_EVENT_NAME", "GITHUB_EVENT_PATH", "GITHUB_RUN_ID", "GITHUB_REPOSITORY", "GITHUB_TOKEN"] {
        command.env_remove(name);
    }
    Said::from(command.output().unwrap()).expect(0).err_has("no comment: this is no job of GitHub Actions");
    assert_eq!(gate.github.state().requests, []);
}

#[test]
fn the_pull_request_can_be_named() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    gate.event("push", &json!({ "ref": "refs/heads/main" }));
    gate.comment(&["slower.json", "--pull-request", "9"]).expect(0);
    assert_eq!(gate.github.comments(9).len(), 1);
    gate.comment(&["slower.json", "--pull-request", "0"]).expect(2);
}

#[test]
fn what_is_missing_or_wrong_in_the_environment_is_named() {
    let gate = Gate::new();
    gate.document("slower.json", 100.0, 200.0);
    for (name, value, message) in [
        ("GITHUB_TOKEN", "", "GITHUB_TOKEN is not set"),
        ("GITHUB_TOKEN", "ghs_0123456789secret\n", "GITHUB_TOKEN holds no token"),
        ("GITHUB_REPOSITORY", "", "GITHUB_REPOSITORY is not set"),
        ("GITHUB_REPOSITORY", "o/r/../x", "expected `owner/name`"),
        ("GITHUB_API_URL", "api.github.com", "GITHUB_API_URL is no address"),
        ("GITHUB_API_URL", "http://github.example", "not sent unencrypted"),
        ("GITHUB_RUN_ID", "first", "GITHUB_RUN_ID is not a number"),
        ("GITHUB_EVENT_PATH", "no-such-file", "cannot read `no-such-file`"),
        ("SSL_CERT_FILE", "event.json", "SSL_CERT_FILE holds no certificate"),
    ] {
        let output = gate.command(&["slower.json"]).env(name, value).output().unwrap();
        Said::from(output).without_secrets().expect(2).err_has(message);
    }
    assert_eq!(gate.github.state().requests, []);
}
