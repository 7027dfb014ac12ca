//! What GitHub's API sends, as far as it is read, and what it is sent.

use serde::Deserialize;
use serde_json::json;

use crate::forge::{Comment, PullRequest};

/// Whose a token is.
#[derive(Deserialize)]
pub struct Viewer {
    data: Option<ViewerData>,
}

#[derive(Deserialize)]
struct ViewerData {
    viewer: Option<User>,
}

impl Viewer {
    /// The login, if the answer has it.
    pub fn login(self) -> Option<String> {
        Some(self.data?.viewer?.login)
    }
}

/// An account.
#[derive(Deserialize)]
pub struct User {
    /// Its name.
    pub login: String,
}

/// A comment.
#[derive(Deserialize)]
pub struct CommentJson {
    id: u64,
    #[serde(default)]
    html_url: String,
    body: Option<String>,
    user: Option<User>,
}

impl From<CommentJson> for Comment {
    fn from(json: CommentJson) -> Self {
        Self {
            id: json.id,
            author: json.user.map(|user| user.login).unwrap_or_default(),
            body: json.body.unwrap_or_default(),
            url: json.html_url.chars().filter(|c| !c.is_control()).collect(),
        }
    }
}

/// A pull request.
#[derive(Deserialize)]
pub struct PullRequestJson {
    number: u64,
    head: Side,
    base: Side,
}

#[derive(Deserialize)]
struct Side {
    sha: String,
    repo: Option<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    full_name: String,
}

impl From<PullRequestJson> for PullRequest {
    fn from(json: PullRequestJson) -> Self {
        Self {
            number: json.number,
            repository: json.head.repo.map(|repository| repository.full_name),
            head: json.head.sha,
            base: json.base.sha,
        }
    }
}

/// Asks whose the token is.
pub fn viewer() -> String {
    json!({ "query": "query { viewer { login } }" }).to_string()
}

/// A comment's text.
pub fn body(text: &str) -> String {
    json!({ "body": text }).to_string()
}
