//! `--against base`: the revision that a GitHub event compares with.
//!
//! The event's payload names commits; which of them is the fair base depends on what is checked out. A pull request is usually
//! checked out as GitHub's trial merge into the current base branch: then the base is what it was merged into, its first parent.
//! That branch may have moved since the event; comparing with another state of it would blame the change for the work of others.

use std::path::Path;
use std::{env, fs};

use serde_json::Value;

use super::AppError;
use super::output::Console;
use super::sources;
use crate::result::CommitId;
use crate::vcs::{Git, VcsError};

/// Stands for the base of the event.
const BASE: &str = "base";

/// Says how much of the history a job needs.
const DEPTH: &str = "actions/checkout fetches one commit unless told otherwise: with `fetch-depth: 2` a pull request's merge commit \
                     has its base, `fetch-depth: 0` fetches everything";

/// The commit to measure against, and what people call it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Against {
    /// The commit.
    pub commit: CommitId,
    /// `main`, `v1.2`; of an event, what it calls its base.
    pub label: String,
}

/// The change that a pull request's job measures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What its author calls it: the branch.
    pub branch: String,
    /// Its own commit, if what is checked out is GitHub's trial merge of it into the base.
    pub merged: Option<CommitId>,
}

/// What is checked out.
#[derive(Debug, Clone, Copy)]
struct Checkout<'a> {
    head: &'a CommitId,
    parents: &'a [CommitId],
}

/// Where an event's base is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// This commit.
    Commit(CommitId),
    /// Where the history that is checked out left that of this commit.
    MergeBaseWith(CommitId),
}

/// Why an event has no base.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NoBase {
    #[error("a `{0}` event has no base")]
    Event(String),
    #[error("the push made {0}: there is nothing before it")]
    New(String),
    #[error("what is checked out is the base of the pull request, without its change")]
    ChangeNotCheckedOut,
    #[error("the event's `{0}` is missing or is no commit")]
    Field(&'static str),
}

/// The change of the event, if what is checked out is that of a pull request. It only names what is measured, so an event that
/// cannot be read is none.
pub fn change(git: &Git, head: &CommitId) -> Option<Change> {
    let path = env::var_os("GITHUB_EVENT_PATH").filter(|path| !path.is_empty())?;
    let payload: Value = serde_json::from_str(&fs::read_to_string(path).ok()?).ok()?;
    let parents = git.parents(head).ok()?;
    checked_out_change(&payload, Checkout { head, parents: &parents })
}

fn checked_out_change(payload: &Value, checkout: Checkout<'_>) -> Option<Change> {
    let own = commit(payload, "/pull_request/head/sha")?;
    let branch = payload.pointer("/pull_request/head/ref").and_then(Value::as_str)?.to_owned();
    match checkout.parents {
        _ if *checkout.head == own => Some(Change { branch, merged: None }),
        [_, merged] if *merged == own => Some(Change { branch, merged: Some(own) }),
        _ => None,
    }
}

/// The commit that `--against` names.
pub fn against(revision: &str, git: &Git, head: &CommitId, console: &Console) -> Result<Against, AppError> {
    if revision != BASE {
        let commit = sources::told(git.resolve_base(revision, head)?, revision, console);
        return Ok(Against { commit, label: revision.to_owned() });
    }
    match env::var_os("GITHUB_EVENT_PATH").filter(|path| !path.is_empty()) {
        Some(path) => {
            if let Ok(commit) = git.resolve("refs/heads/base") {
                console.note(&format!(
                    "`--against base` is the base of the event, not the branch of that name ({}): that is refs/heads/base",
                    commit.short()
                ));
            }
            let name = env::var("GITHUB_EVENT_NAME").unwrap_or_default();
            let found = of_event(&name, Path::new(&path), git, head)?;
            console.note(&format!("the base of the event is {} ({})", found.commit.short(), found.label));
            Ok(found)
        }
        // A branch or a tag may bear that name.
        None => match git.resolve(revision) {
            Ok(commit) => Ok(Against { commit, label: revision.to_owned() }),
            Err(VcsError::UnknownRevision(_)) => Err(AppError::usage(
                "`--against base` is the base of a GitHub event, but this is no job of GitHub Actions: GITHUB_EVENT_PATH is not set",
            )
            .hint("name a revision, such as --against main, --against 'merge-base(main)' or --against HEAD~1")),
            Err(error) => Err(error.into()),
        },
    }
}

fn of_event(name: &str, file: &Path, git: &Git, head: &CommitId) -> Result<Against, AppError> {
    let text = fs::read_to_string(file).map_err(|error| AppError::unreadable(file, &error))?;
    let payload: Value = serde_json::from_str(&text)
        .map_err(|error| AppError::usage(format!("`{}` is no GitHub event: {error}", file.display())))?;
    let parents = git.parents(head)?;
    let refuse = |problem: NoBase| told(name, &problem, default_branch(&payload));
    let (origin, label) = base(name, &payload, Checkout { head, parents: &parents }).map_err(refuse)?;
    let commit = match origin {
        Origin::Commit(commit) => git.resolve(commit.as_str()).map_err(|error| absent(name, error, &commit, &label))?,
        Origin::MergeBaseWith(tip) => {
            git.resolve(tip.as_str()).map_err(|error| absent(name, error, &tip, &label))?;
            let found = git.resolve_base(&format!("merge-base({tip})"), head).map_err(|error| match error {
                VcsError::NoMergeBase(_) => {
                    AppError::usage(format!("in this clone, the change and {label} have no common commit")).hint(DEPTH)
                }
                error => error.into(),
            })?;
            found.commit
        }
    };
    if commit == *head {
        return Err(refuse(NoBase::ChangeNotCheckedOut));
    }
    Ok(Against { commit, label })
}

/// The base of an event, and what people call it.
fn base(name: &str, payload: &Value, checkout: Checkout<'_>) -> Result<(Origin, String), NoBase> {
    // Before `push`: when commits are pushed to a pull request, its event has the fields of a push as well.
    if payload.get("pull_request").is_some() {
        return of_pull_request(payload, checkout);
    }
    if payload.get("merge_group").is_some() {
        let commit = commit(payload, "/merge_group/base_sha").ok_or(NoBase::Field("merge_group.base_sha"))?;
        return Ok((Origin::Commit(commit), branch(payload, "/merge_group/base_ref")));
    }
    if name != "push" {
        return Err(NoBase::Event(name.to_owned()));
    }
    let before = payload.pointer("/before").and_then(Value::as_str).ok_or(NoBase::Field("before"))?;
    let pushed = branch(payload, "/ref");
    if !before.is_empty() && before.bytes().all(|digit| digit == b'0') {
        return Err(NoBase::New(pushed));
    }
    let before = before.parse().map_err(|_| NoBase::Field("before"))?;
    Ok((Origin::Commit(before), format!("{pushed} before the push")))
}

fn of_pull_request(payload: &Value, checkout: Checkout<'_>) -> Result<(Origin, String), NoBase> {
    let tip = commit(payload, "/pull_request/base/sha").ok_or(NoBase::Field("pull_request.base.sha"))?;
    let change = commit(payload, "/pull_request/head/sha").ok_or(NoBase::Field("pull_request.head.sha"))?;
    let label = branch(payload, "/pull_request/base/ref");
    match checkout.parents {
        _ if *checkout.head == tip => Err(NoBase::ChangeNotCheckedOut),
        // GitHub's trial merge.
        [into, merged] if *merged == change => Ok((Origin::Commit(into.clone()), label)),
        _ => Ok((Origin::MergeBaseWith(tip), label)),
    }
}

fn commit(payload: &Value, pointer: &str) -> Option<CommitId> {
    payload.pointer(pointer)?.as_str()?.parse().ok()
}

/// A branch's or a tag's short name.
fn branch(payload: &Value, pointer: &str) -> String {
    let name = payload.pointer(pointer).and_then(Value::as_str).unwrap_or("the base");
    let short = ["refs/heads/", "refs/tags/"].iter().find_map(|prefix| name.strip_prefix(prefix));
    short.unwrap_or(name).to_owned()
}

fn default_branch(payload: &Value) -> &str {
    payload.pointer("/repository/default_branch").and_then(Value::as_str).unwrap_or("main")
}

fn told(event: &str, problem: &NoBase, default_branch: &str) -> AppError {
    let error = AppError::usage(format!("`--against base`: {problem}"));
    match problem {
        NoBase::Event(_) | NoBase::New(_) => error
            .hint("bases have: pull_request, pull_request_target, merge_group, and push to a branch that was there")
            .hint(format!("name a revision, such as --against 'merge-base(origin/{default_branch})' or --against HEAD~1")),
        NoBase::ChangeNotCheckedOut if event == "push" => error.hint("name a revision, such as --against HEAD~1"),
        NoBase::ChangeNotCheckedOut => error.hint(
            "on pull_request, actions/checkout gets the change by itself; on other events, `ref: refs/pull/NUMBER/merge` does, but \
             think twice: the job may have rights that the change's author must not get",
        ),
        NoBase::Field(_) => error.hint("name a revision instead"),
    }
}

fn absent(event: &str, error: VcsError, commit: &CommitId, label: &str) -> AppError {
    match error {
        VcsError::UnknownRevision(_) => {
            let told =
                AppError::usage(format!("the base of the event, {} ({label}), is not in this clone", commit.short()))
                    .hint(DEPTH);
            if event != "push" {
                return told;
            }
            told.hint("a commit that a forced push replaced may be out of reach: name another, such as HEAD~1")
        }
        error => error.into(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn id(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn pull_request() -> Value {
        json!({
            "action": "synchronize",
            "before": id('e').as_str(), "after": id('c').as_str(), "number": 7,
            "pull_request": {
                "base": { "ref": "main", "sha": id('a').as_str() },
                "head": { "ref": "faster", "sha": id('c').as_str() },
                "merge_commit_sha": id('d').as_str(),
            },
            "repository": { "default_branch": "main" },
        })
    }

    fn found(name: &str, payload: &Value, head: char, parents: &[char]) -> Result<(Origin, String), NoBase> {
        let parents: Vec<CommitId> = parents.iter().copied().map(id).collect();
        base(name, payload, Checkout { head: &id(head), parents: &parents })
    }

    #[test]
    fn of_a_trial_merge_the_base_is_what_it_was_merged_into() {
        for event in ["pull_request", "pull_request_target", "pull_request_review"] {
            let (origin, label) = found(event, &pull_request(), 'd', &['b', 'c']).unwrap();
            assert_eq!(
                (origin, label.as_str()),
                (Origin::Commit(id('b')), "main"),
                "not `a`, where the branch was before"
            );
        }
    }

    #[test]
    fn of_the_change_itself_the_base_is_where_it_left_the_branch() {
        let merge_base = |head, parents: &[char]| found("pull_request", &pull_request(), head, parents).unwrap().0;
        assert_eq!(merge_base('c', &['9']), Origin::MergeBaseWith(id('a')));
        assert_eq!(merge_base('c', &['9', '8']), Origin::MergeBaseWith(id('a')), "a change that is itself a merge");
        assert_eq!(merge_base('f', &['d']), Origin::MergeBaseWith(id('a')), "a commit of the job's own");
        assert_eq!(merge_base('d', &[]), Origin::MergeBaseWith(id('a')), "a shallow clone knows no parents");
    }

    #[test]
    fn the_base_branch_is_no_candidate() {
        assert_eq!(found("pull_request_target", &pull_request(), 'a', &['9']), Err(NoBase::ChangeNotCheckedOut));
    }

    #[test]
    fn a_trial_merge_is_called_after_the_change_in_it() {
        let found = |head, parents: &[char]| {
            let parents: Vec<CommitId> = parents.iter().copied().map(id).collect();
            checked_out_change(&pull_request(), Checkout { head: &id(head), parents: &parents })
        };
        let change = |merged| Some(Change { branch: "faster".to_owned(), merged });
        assert_eq!(found('d', &['b', 'c']), change(Some(id('c'))));
        assert_eq!(found('c', &['9', '8']), change(None), "the change itself, which is a merge");
        assert_eq!(found('f', &['d']), None, "a commit of the job's own");
    }

    #[test]
    fn a_merge_group_names_its_base() {
        let payload = json!({ "action": "checks_requested", "merge_group": {
            "base_sha": id('a').as_str(), "base_ref": "refs/heads/main", "head_sha": id('c').as_str(), "head_ref": "refs/heads/gh-readonly-queue/main/pr-7",
        } });
        let (origin, label) = found("merge_group", &payload, 'c', &['a', 'b']).unwrap();
        assert_eq!((origin, label.as_str()), (Origin::Commit(id('a')), "main"));
    }

    #[test]
    fn of_a_push_the_base_is_what_was_there_before() {
        let push = |before: &str, name: &str| json!({ "ref": name, "before": before, "after": id('c').as_str() });
        let (origin, label) = found("push", &push(id('a').as_str(), "refs/heads/main"), 'c', &['b']).unwrap();
        assert_eq!((origin, label.as_str()), (Origin::Commit(id('a')), "main before the push"));
        let new = found("push", &push(&"0".repeat(40), "refs/tags/v1"), 'c', &['b']);
        assert_eq!(new, Err(NoBase::New("v1".to_owned())));
        assert_eq!(found("push", &push("", "refs/heads/main"), 'c', &[]), Err(NoBase::Field("before")));
    }

    #[test]
    fn other_events_and_damaged_ones_have_no_base() {
        let schedule = found("schedule", &json!({ "schedule": "0 0 * * *" }), 'c', &['b']);
        assert_eq!(schedule, Err(NoBase::Event("schedule".to_owned())));
        let damaged = |payload: Value| found("pull_request", &payload, 'c', &['b']).unwrap_err();
        let mut payload = pull_request();
        payload["pull_request"]["base"]["sha"] = json!("main");
        assert_eq!(damaged(payload), NoBase::Field("pull_request.base.sha"));
        assert_eq!(damaged(json!({ "pull_request": 7 })), NoBase::Field("pull_request.base.sha"));
        assert!(matches!(damaged(json!([])), NoBase::Event(_)));
    }
}
