//! What a job of GitHub Actions knows of itself: its event, its run, its repository.
//!
//! The event's payload comes from GitHub, but names in it are those that somebody gave to a branch or a repository. What a
//! workflow run left behind, the document above all, is not asked which pull request it is for: only the event is.

use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use super::super::AppError;
use crate::forge::Run;

/// Where the comment belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Below this pull request.
    PullRequest(u64),
    /// Below the pull requests of this change, which was measured by another run.
    Change(Change),
    /// Nowhere, and why.
    None(String),
}

/// A change that was measured by another run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The owner of its repository.
    pub owner: String,
    /// Its repository, as `owner/name`.
    pub repository: String,
    /// Its branch.
    pub branch: String,
    /// Its commit.
    pub commit: String,
    /// The pull requests that the event names; none for a fork.
    pub named: Vec<u64>,
}

/// What is known of the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Where the comment belongs.
    pub place: Place,
    /// The run that measured.
    pub run: Option<Run>,
    /// The newest commit of the change, as people know it.
    pub commit: Option<String>,
    /// Whether what is to be posted comes from a run that this job cannot trust.
    pub is_hostile: bool,
    /// Why the token of this job can read only, where that is so.
    pub read_only: Option<&'static str>,
}

impl Job {
    /// The job that this process is part of.
    pub fn here() -> Result<Self, AppError> {
        let run = run_here()?;
        let name = variable("GITHUB_EVENT_NAME").unwrap_or_default();
        let Some(file) = variable("GITHUB_EVENT_PATH") else {
            let why = "this is no job of GitHub Actions (GITHUB_EVENT_PATH is not set)".to_owned();
            return Ok(Self { place: Place::None(why), run, commit: None, is_hostile: false, read_only: None });
        };
        let path = Path::new(&file);
        let text = fs::read_to_string(path).map_err(|error| AppError::unreadable(path, &error))?;
        let payload: Value = serde_json::from_str(&text)
            .map_err(|error| AppError::usage(format!("`{}` is no GitHub event: {error}", path.display())))?;
        let told = |field: &str| AppError::usage(format!("the event's `{field}` is missing or not what it should be"));
        of_event(&name, &payload, run).map_err(told)
    }

    /// Where people see the run, where there is one.
    pub fn link(&self) -> Option<String> {
        let run = self.run?;
        let server = variable("GITHUB_SERVER_URL").unwrap_or_else(|| "https://github.com".to_owned());
        let repository = variable("GITHUB_REPOSITORY")?;
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-', '/', ':'].contains(&c);
        let link = format!("{server}/{repository}/actions/runs/{}/attempts/{}", run.id, run.attempt);
        link.chars().all(is_plain).then_some(link)
    }
}

/// A variable of the environment that says something.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn run_here() -> Result<Option<Run>, AppError> {
    let number = |name: &str| match variable(name) {
        Some(text) => text.parse().map(Some).map_err(|_| AppError::usage(format!("{name} is not a number"))),
        None => Ok(None),
    };
    let attempt = number("GITHUB_RUN_ATTEMPT")?.unwrap_or(1);
    Ok(number("GITHUB_RUN_ID")?.map(|id| Run { id, attempt }))
}

/// The job of an event. The error is the field that is missing.
fn of_event(name: &str, payload: &Value, here: Option<Run>) -> Result<Job, &'static str> {
    let nowhere =
        |why: String| Job { place: Place::None(why), run: here, commit: None, is_hostile: false, read_only: None };
    if name == "workflow_run" {
        return of_workflow_run(payload);
    }
    if let Some(pull_request) = payload.get("pull_request") {
        let number = pull_request.get("number").and_then(Value::as_u64).ok_or("pull_request.number")?;
        return Ok(Job {
            place: Place::PullRequest(number),
            commit: commit(pull_request, "/head/sha"),
            read_only: read_only(name, pull_request),
            ..nowhere(String::new())
        });
    }
    // A comment on a pull request, which can start a workflow too.
    if payload.pointer("/issue/pull_request").is_some() {
        let number = payload.pointer("/issue/number").and_then(Value::as_u64).ok_or("issue.number")?;
        return Ok(Job { place: Place::PullRequest(number), ..nowhere(String::new()) });
    }
    Ok(nowhere(match name {
        "" => "this job was not started by a pull request".to_owned(),
        name => format!("a `{name}` event is about no pull request"),
    }))
}

/// Of a run that has ended, in whose name this job speaks.
fn of_workflow_run(payload: &Value) -> Result<Job, &'static str> {
    let ended = payload.get("workflow_run").ok_or("workflow_run")?;
    let text = |path: &str| ended.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
    let number = |path: &str| ended.pointer(path).and_then(Value::as_u64);
    let id = number("/id").ok_or("workflow_run.id")?;
    let run = Some(Run { id, attempt: number("/run_attempt").unwrap_or(1) });
    let head = commit(ended, "/head_sha").ok_or("workflow_run.head_sha")?;
    let event = text("/event").ok_or("workflow_run.event")?;
    let place = if event.starts_with("pull_request") {
        let named = ended.pointer("/pull_requests").and_then(Value::as_array).into_iter().flatten();
        Place::Change(Change {
            owner: text("/head_repository/owner/login").ok_or("workflow_run.head_repository.owner.login")?.to_owned(),
            repository: text("/head_repository/full_name").ok_or("workflow_run.head_repository.full_name")?.to_owned(),
            branch: text("/head_branch").ok_or("workflow_run.head_branch")?.to_owned(),
            commit: head.clone(),
            named: named.filter_map(|one| one.get("number")?.as_u64()).collect(),
        })
    } else {
        Place::None(format!("the run that has ended was started by a `{event}` event, not by a pull request"))
    };
    Ok(Job { place, run, commit: Some(head), is_hostile: true, read_only: None })
}

fn commit(value: &Value, path: &str) -> Option<String> {
    let text = value.pointer(path)?.as_str()?;
    let is_one = text.len() == 40 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_one.then(|| text.to_owned())
}

/// GitHub gives some events of strangers a token that can only read.
fn read_only(event: &str, pull_request: &Value) -> Option<&'static str> {
    if event != "pull_request" {
        return None;
    }
    let repository = |side: &str| pull_request.pointer(&format!("/{side}/repo/full_name")).and_then(Value::as_str);
    if pull_request.pointer("/user/login").and_then(Value::as_str) == Some("dependabot[bot]") {
        return Some("this pull request is Dependabot's");
    }
    let base = repository("base")?;
    (repository("head") != Some(base)).then_some("this pull request comes from a fork")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SHA: &str = "0123456789abcdef0123456789abcdef01234567";
    const HERE: Option<Run> = Some(Run { id: 500, attempt: 2 });

    fn pull_request(head: Value) -> Value {
        json!({ "number": 7, "pull_request": {
            "number": 7,
            "user": { "login": "ann" },
            "head": { "sha": SHA, "ref": "faster", "repo": head },
            "base": { "sha": SHA, "repo": { "full_name": "o/r" } },
        } })
    }

    fn workflow_run() -> Value {
        json!({ "action": "completed", "workflow_run": {
            "id": 400, "run_attempt": 3, "event": "pull_request", "head_sha": SHA, "head_branch": "faster",
            "head_repository": { "full_name": "ann/r", "owner": { "login": "ann" } }, "pull_requests": [],
        } })
    }

    #[test]
    fn a_pull_request_is_told_by_its_event() {
        for event in ["pull_request", "pull_request_target", "pull_request_review"] {
            let job = of_event(event, &pull_request(json!({ "full_name": "o/r" })), HERE).unwrap();
            assert_eq!((job.place, job.run), (Place::PullRequest(7), HERE));
            assert_eq!((job.commit.as_deref(), job.is_hostile, job.read_only), (Some(SHA), false, None));
        }
        let comment = json!({ "issue": { "number": 9, "pull_request": {} }, "comment": {} });
        assert_eq!(of_event("issue_comment", &comment, HERE).unwrap().place, Place::PullRequest(9));
    }

    #[test]
    fn a_fork_and_dependabot_can_only_read() {
        let of = |event: &str, payload: &Value| of_event(event, payload, HERE).unwrap().read_only;
        let fork = pull_request(json!({ "full_name": "ann/r" }));
        assert_eq!(of("pull_request", &fork), Some("this pull request comes from a fork"));
        assert_eq!(of("pull_request", &pull_request(Value::Null)), Some("this pull request comes from a fork"));
        assert_eq!(of("pull_request_target", &fork), None);
        let mut bot = pull_request(json!({ "full_name": "o/r" }));
        bot["pull_request"]["user"]["login"] = json!("dependabot[bot]");
        assert_eq!(of("pull_request", &bot), Some("this pull request is Dependabot's"));
    }

    #[test]
    fn of_a_run_that_has_ended_the_event_names_the_change_and_the_run() {
        let job = of_event("workflow_run", &workflow_run(), HERE).unwrap();
        assert_eq!(job.run, Some(Run { id: 400, attempt: 3 }));
        assert!(job.is_hostile);
        let expected = Change {
            owner: "ann".to_owned(),
            repository: "ann/r".to_owned(),
            branch: "faster".to_owned(),
            commit: SHA.to_owned(),
            named: Vec::new(),
        };
        assert_eq!(job.place, Place::Change(expected));
        let mut named = workflow_run();
        named["workflow_run"]["pull_requests"] = json!([{ "number": 7 }, { "number": 8 }, {}]);
        let place = of_event("workflow_run", &named, HERE).unwrap().place;
        assert!(matches!(place, Place::Change(change) if change.named == [7, 8]));
    }

    #[test]
    fn other_events_are_about_no_pull_request() {
        let place = |event: &str, payload: Value| match of_event(event, &payload, HERE).unwrap().place {
            Place::None(why) => why,
            other => panic!("{other:?}"),
        };
        assert_eq!(place("push", json!({ "ref": "refs/heads/main" })), "a `push` event is about no pull request");
        assert_eq!(
            place("issue_comment", json!({ "issue": { "number": 1 } })),
            "a `issue_comment` event is about no pull request"
        );
        assert_eq!(place("", json!([])), "this job was not started by a pull request");
        let mut pushed = workflow_run();
        pushed["workflow_run"]["event"] = json!("push");
        assert!(place("workflow_run", pushed).contains("a `push` event, not by a pull request"));
    }

    #[test]
    fn a_damaged_event_says_what_is_missing() {
        for (path, field) in [
            ("/workflow_run/id", "workflow_run.id"),
            ("/workflow_run/head_sha", "workflow_run.head_sha"),
            ("/workflow_run/event", "workflow_run.event"),
            ("/workflow_run/head_branch", "workflow_run.head_branch"),
            ("/workflow_run/head_repository", "workflow_run.head_repository.owner.login"),
        ] {
            let mut payload = workflow_run();
            *payload.pointer_mut(path).unwrap() = Value::Null;
            assert_eq!(of_event("workflow_run", &payload, HERE), Err(field));
        }
        assert_eq!(of_event("workflow_run", &json!({}), HERE), Err("workflow_run"));
        assert_eq!(of_event("pull_request", &json!({ "pull_request": 7 }), HERE), Err("pull_request.number"));
    }
}
