//! The API itself, as GitHub documents it: what it knows, and what it refuses.

use serde_json::{Value, json};

use super::http::{Reply, Request};
use super::{Comment, MOST_CHARACTERS, Pull, State};

/// The answer to a request that nothing goes wrong with.
pub fn answer(state: &mut State, request: &Request) -> Reply {
    let has_token = request.header("authorization").is_some_and(|words| words.starts_with("Bearer "));
    if !has_token {
        return refusal(401, "Bad credentials");
    }
    let path = request.path.split('?').next().unwrap_or_default();
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    match (request.method.as_str(), parts.as_slice()) {
        ("POST", ["graphql"]) if state.graphql => graphql(state, request),
        // What GitHub says to the token of a workflow.
        ("GET", ["user"]) if state.login.ends_with("[bot]") => refusal(403, "Resource not accessible by integration"),
        ("GET", ["user"]) => Reply::json(200, json!({ "login": state.login, "type": "User" })),
        ("GET", ["repos", _, _, "issues", number, "comments"]) => list_comments(state, request, number),
        ("GET", ["repos", _, _, "pulls"]) => list_pulls(state, request),
        ("POST" | "PATCH" | "DELETE", ["repos", ..]) if state.read_only => {
            refusal(403, "Resource not accessible by integration")
        }
        ("POST", ["repos", _, _, "issues", number, "comments"]) => create(state, request, number),
        ("PATCH", ["repos", _, _, "issues", "comments", id]) => update(state, request, id),
        ("DELETE", ["repos", _, _, "issues", "comments", id]) => delete(state, id),
        _ => refusal(404, "Not Found"),
    }
}

fn refusal(status: u16, message: &str) -> Reply {
    Reply::json(status, json!({ "message": message, "documentation_url": "https://docs.github.com/rest" }))
}

fn graphql(state: &State, request: &Request) -> Reply {
    let is_known = request.json()["query"].as_str().is_some_and(|query| query.contains("viewer { login }"));
    if is_known {
        Reply::json(200, json!({ "data": { "viewer": { "login": state.login } } }))
    } else {
        Reply::json(200, json!({ "errors": [{ "message": "this GitHub understands one query" }] }))
    }
}

/// A page of a list, with the header that names the others.
fn page<T>(request: &Request, all: &[T], show: impl Fn(&T) -> Value) -> Reply {
    let number = |name: &str, usual: usize| request.query(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let per_page = number("per_page", 30).clamp(1, 100);
    let page = number("page", 1).max(1);
    let last = all.len().div_ceil(per_page).max(1);
    let shown = all.iter().skip((page - 1) * per_page).take(per_page).map(show);
    let mut links = Vec::new();
    let mut link =
        |page: usize, name: &str| links.push(format!("<https://elsewhere.invalid/?page={page}>; rel=\"{name}\""));
    if page > 1 {
        link(page - 1, "prev");
        link(1, "first");
    }
    if page < last {
        link(page + 1, "next");
        link(last, "last");
    }
    let headers = if links.is_empty() { Vec::new() } else { vec![("link".to_owned(), links.join(", "))] };
    Reply { status: 200, headers, body: shown.collect() }
}

fn shown(comment: &Comment) -> Value {
    let kind = if comment.login.ends_with("[bot]") { "Bot" } else { "User" };
    json!({
        "id": comment.id,
        "html_url": format!("https://github.invalid/pull/{}#issuecomment-{}", comment.issue, comment.id),
        "body": comment.body,
        "user": { "login": comment.login, "type": kind },
    })
}

fn list_comments(state: &State, request: &Request, number: &str) -> Reply {
    let of_it: Vec<&Comment> = state.comments.iter().filter(|one| one.issue.to_string() == number).collect();
    page(request, &of_it, |comment| shown(comment))
}

fn list_pulls(state: &State, request: &Request) -> Reply {
    let head = request.query("head").unwrap_or_default();
    let owner = |pull: &Pull| pull.repository.as_deref().and_then(|name| name.split('/').next()).map(str::to_owned);
    let is_wanted = |pull: &&Pull| owner(pull).is_some_and(|owner| format!("{owner}:{}", pull.branch) == head);
    let found: Vec<&Pull> = state.pulls.iter().filter(is_wanted).collect();
    page(request, &found, |pull| {
        let repository = pull.repository.as_ref().map(|name| json!({ "full_name": name }));
        json!({
            "number": pull.number,
            "state": "open",
            "head": { "ref": pull.branch, "sha": pull.sha, "repo": repository },
            "base": { "ref": pull.base, "sha": pull.base_sha, "repo": { "full_name": "o/r" } },
        })
    })
}

/// The text of a comment, if it can be one.
fn text(request: &Request) -> Result<String, Reply> {
    let body = request.json()["body"].as_str().unwrap_or_default().to_owned();
    let problem = if body.trim().is_empty() {
        "body can't be blank".to_owned()
    } else if body.chars().count() > MOST_CHARACTERS {
        format!("body is too long (maximum is {MOST_CHARACTERS} characters)")
    } else {
        return Ok(body);
    };
    Err(Reply::json(
        422,
        json!({ "message": "Validation Failed", "errors": [{ "field": "body", "message": problem }] }),
    ))
}

fn create(state: &mut State, request: &Request, number: &str) -> Reply {
    let Ok(issue) = number.parse() else { return refusal(404, "Not Found") };
    match text(request) {
        Ok(body) => {
            let login = state.login.clone();
            Reply::json(201, shown(&state.add(issue, &login, &body)))
        }
        Err(reply) => reply,
    }
}

fn update(state: &mut State, request: &Request, id: &str) -> Reply {
    let body = match text(request) {
        Ok(body) => body,
        Err(reply) => return reply,
    };
    match state.comments.iter_mut().find(|comment| comment.id.to_string() == id) {
        Some(comment) => {
            comment.body = body;
            comment.updates += 1;
            Reply::json(200, shown(comment))
        }
        None => refusal(404, "Not Found"),
    }
}

fn delete(state: &mut State, id: &str) -> Reply {
    let before = state.comments.len();
    state.comments.retain(|comment| comment.id.to_string() != id);
    if state.comments.len() < before { Reply::json(204, Value::Null) } else { refusal(404, "Not Found") }
}
