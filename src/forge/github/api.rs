//! The requests. One that fails for a reason that passes is made again, as long as there is patience.

use std::cell::OnceCell;
use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::answer::{Answer, Failure};
use super::client::{Client, Request};
use super::json::{self, CommentJson, PullRequestJson, User, Viewer};
use super::settings::Settings;
use crate::forge::{Comment, Forge, ForgeError, Patience, PullRequest};

/// Entries of a list in one answer; GitHub gives no more.
const PER_PAGE: usize = 100;

/// A list of ten thousand entries is no list of comments.
const MOST_PAGES: usize = 100;

/// Whose the token of a workflow is, where GitHub says of no token whose it is.
const ACTIONS: &str = "github-actions[bot]";

const LIST: &str = "list the comments";
const CREATE: &str = "create a comment";
const UPDATE: &str = "update the comment";
const DELETE: &str = "delete a comment";
const PULL_REQUESTS: &str = "list the pull requests";
const WHOSE: &str = "tell whose it is";

/// A repository on GitHub.
pub struct GitHub {
    settings: Settings,
    client: Client,
    patience: Patience,
    author: OnceCell<String>,
}

impl GitHub {
    /// Nothing is sent yet. `timeout` is for each request; `certificates`, as PEM, are whom TLS trusts instead of the usual list.
    pub fn new(
        settings: Settings,
        patience: Patience,
        timeout: Duration,
        certificates: Option<&[u8]>,
    ) -> Result<Self, ForgeError> {
        let client = Client::new(settings.token().clone(), timeout, certificates)?;
        Ok(Self { settings, client, patience, author: OnceCell::new() })
    }

    /// One request, once.
    fn once(&self, what: &str, url: &str, request: Request<'_>) -> Result<Answer, Failure> {
        let answer = self.client.send(what, url, request).map_err(|(failure, lost)| {
            self.patience.spent(lost);
            failure
        })?;
        let body = self.settings.token().remove_from(&answer.body);
        Answer { body, ..answer }.checked(what)
    }

    /// Something that may fail for a reason that passes, until it does not.
    fn patiently<T>(&self, what: &str, mut attempt: impl FnMut() -> Result<T, Failure>) -> Result<T, ForgeError> {
        let mut tries = 0;
        loop {
            tries += 1;
            let (problem, wait, limit) = match attempt() {
                Ok(done) => return Ok(done),
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Passing { problem, wait, limit }) => (problem, wait, limit),
            };
            match self.patience.next(tries, wait, chance()) {
                Some(wait) if !self.patience.wait(wait) => return Err(ForgeError::Interrupted),
                Some(_) => {}
                None if limit => return Err(ForgeError::Limited { what: what.to_owned(), message: problem }),
                None => return Err(ForgeError::Unreachable { what: what.to_owned(), problem, tries }),
            }
        }
    }

    fn request(&self, what: &str, url: &str, request: Request<'_>) -> Result<Answer, ForgeError> {
        self.patiently(what, || self.once(what, url, request))
    }

    /// All pages of a list.
    fn list<J: DeserializeOwned>(&self, what: &str, url: &str, query: &[(&str, &str)]) -> Result<Vec<J>, ForgeError> {
        let mut all = Vec::new();
        let per_page = PER_PAGE.to_string();
        for page in 1..=MOST_PAGES {
            let page = page.to_string();
            let paging = [("per_page", per_page.as_str()), ("page", page.as_str())];
            let answer = self.request(what, url, Request::Get(&[query, &paging].concat()))?;
            let entries: Vec<J> = answer.json(what)?;
            let full = entries.len() >= PER_PAGE;
            all.extend(entries);
            if !answer.has_next(full) {
                return Ok(all);
            }
        }
        let problem = format!("the list has more than {MOST_PAGES} pages");
        Err(ForgeError::Unexpected { what: what.to_owned(), problem })
    }

    /// Whose the token is. The token of a workflow may not ask that of the usual API, but of the other one.
    fn whose(&self) -> Result<String, ForgeError> {
        let asked = self.request(WHOSE, &self.settings.graphql(), Request::Post(&json::viewer()));
        let login = match asked {
            Ok(answer) => answer.json::<Viewer>(WHOSE).ok().and_then(Viewer::login),
            Err(ForgeError::Refused { status: 403, .. } | ForgeError::NotThere { .. }) => None,
            Err(error) => return Err(error),
        };
        if let Some(login) = login {
            return Ok(login);
        }
        match self.request(WHOSE, &self.settings.of_api("/user"), Request::Get(&[])) {
            Ok(answer) => Ok(answer.json::<User>(WHOSE)?.login),
            Err(ForgeError::Refused { status: 403, .. } | ForgeError::NotThere { .. }) => Ok(ACTIONS.to_owned()),
            Err(error) => Err(error),
        }
    }

    fn thread(&self, pull_request: u64) -> String {
        self.settings.of_repository(&format!("/issues/{pull_request}/comments"))
    }

    fn comment(&self, id: u64) -> String {
        self.settings.of_repository(&format!("/issues/comments/{id}"))
    }
}

impl Forge for GitHub {
    fn author(&self) -> Result<String, ForgeError> {
        if let Some(known) = self.author.get() {
            return Ok(known.clone());
        }
        let login = self.whose()?;
        Ok(self.author.get_or_init(|| login).clone())
    }

    fn comments(&self, pull_request: u64) -> Result<Vec<Comment>, ForgeError> {
        let all: Vec<CommentJson> = self.list(LIST, &self.thread(pull_request), &[])?;
        Ok(all.into_iter().map(Comment::from).collect())
    }

    fn create(&self, pull_request: u64, body: &str) -> Result<Comment, ForgeError> {
        let (url, json) = (self.thread(pull_request), json::body(body));
        let mut failed = false;
        self.patiently(CREATE, || {
            // A request whose answer was lost may have been granted all the same.
            if failed {
                let there = self.comments(pull_request)?.into_iter().find(|comment| is_same(&comment.body, body));
                if let Some(comment) = there {
                    return Ok(comment);
                }
            }
            failed = true;
            let answer = self.once(CREATE, &url, Request::Post(&json))?;
            Ok(answer.json::<CommentJson>(CREATE)?.into())
        })
    }

    fn update(&self, comment: u64, body: &str) -> Result<Comment, ForgeError> {
        let answer = self.request(UPDATE, &self.comment(comment), Request::Patch(&json::body(body)))?;
        Ok(answer.json::<CommentJson>(UPDATE)?.into())
    }

    fn delete(&self, comment: u64) -> Result<(), ForgeError> {
        match self.request(DELETE, &self.comment(comment), Request::Delete) {
            Ok(_) | Err(ForgeError::NotThere { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn pull_requests(&self, owner: &str, branch: &str) -> Result<Vec<PullRequest>, ForgeError> {
        let head = format!("{owner}:{branch}");
        let query = [("state", "open"), ("head", head.as_str())];
        let all: Vec<PullRequestJson> = self.list(PULL_REQUESTS, &self.settings.of_repository("/pulls"), &query)?;
        Ok(all.into_iter().map(PullRequest::from).collect())
    }
}

/// Whether two texts are the same but for the ends of their lines.
fn is_same(a: &str, b: &str) -> bool {
    a.trim_end().lines().eq(b.trim_end().lines())
}

/// A number from 0 to 1, another one in every process and every time.
fn chance() -> f64 {
    RandomState::new().build_hasher().finish() as f64 / u64::MAX as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_lines_make_no_other_text() {
        assert!(is_same("a\nb\n", "a\r\nb"));
        assert!(!is_same("a\nb", "a\nc"));
        assert!(!is_same("a\nb", "a"));
    }

    #[test]
    fn chance_is_a_share() {
        let numbers: Vec<f64> = (0..100).map(|_| chance()).collect();
        assert!(numbers.iter().all(|number| (0.0..=1.0).contains(number)), "{numbers:?}");
        assert!(numbers.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
