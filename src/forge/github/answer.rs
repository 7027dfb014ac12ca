//! What an answer of GitHub's means: good, worth asking again, or final. Pure.

use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::forge::ForgeError;

/// GitHub asks to wait so long where it says nothing else about a limit.
const USUAL_LIMIT: Duration = Duration::from_secs(60);

/// Longest of GitHub's words that are shown.
const MOST_WORDS: usize = 300;

/// An answer, as far as it matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// How long to wait before the next request, if it says so.
    pub retry_after: Option<Duration>,
    /// Whether the requests of the hour are used up, and if so, how long until the next hour.
    pub used_up: Option<Duration>,
    /// The header that names the other pages.
    pub link: Option<String>,
    /// The body.
    pub body: String,
}

/// Why a request was not granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// It may go well the next time.
    Passing {
        /// What happened.
        problem: String,
        /// How long to wait at least, if that was said.
        wait: Option<Duration>,
        /// Whether it was a limit of requests.
        limit: bool,
    },
    /// It will not.
    Final(ForgeError),
}

impl From<ForgeError> for Failure {
    fn from(error: ForgeError) -> Self {
        Self::Final(error)
    }
}

#[derive(Deserialize)]
struct Message {
    message: String,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

impl Answer {
    /// GitHub's own words about what went wrong: one line, of bounded length.
    pub fn message(&self) -> String {
        let words = match serde_json::from_str::<Message>(&self.body) {
            Ok(Message { message, errors }) => {
                let details = errors.iter().filter_map(|error| match error {
                    serde_json::Value::String(text) => Some(text.as_str()),
                    other => other.get("message").and_then(serde_json::Value::as_str),
                });
                std::iter::once(message.as_str()).chain(details).collect::<Vec<_>>().join("; ")
            }
            Err(_) => String::new(),
        };
        let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let words: String = words.chars().filter(|c| !c.is_control()).take(MOST_WORDS).collect();
        if words.is_empty() { format!("status {}", self.status) } else { words.trim_end_matches('.').to_owned() }
    }

    /// The answer itself if it is good. `what` was to be done, as in "list the comments".
    pub fn checked(self, what: &str) -> Result<Self, Failure> {
        match self.status {
            200..=299 => Ok(self),
            403 | 429 if self.is_limit() => Err(Failure::Passing {
                problem: self.message(),
                wait: Some(self.retry_after.or(self.used_up).unwrap_or(USUAL_LIMIT)),
                limit: true,
            }),
            500 | 502 | 503 | 504 => {
                Err(Failure::Passing { problem: self.message(), wait: self.retry_after, limit: false })
            }
            status => Err(Failure::Final(self.refusal(what, status))),
        }
    }

    fn refusal(&self, what: &str, status: u16) -> ForgeError {
        let (what, message) = (what.to_owned(), self.message());
        match status {
            401 | 403 => ForgeError::Refused { what, status, message },
            404 | 410 => ForgeError::NotThere { what, message },
            422 => ForgeError::NotAccepted { message },
            300..=399 => {
                let problem = format!("it leads elsewhere (status {status}); was the repository renamed?");
                ForgeError::Unexpected { what, problem }
            }
            _ => ForgeError::Unexpected { what, problem: format!("{message} (status {status})") },
        }
    }

    /// Too many requests; there are several ways to say so.
    fn is_limit(&self) -> bool {
        self.status == 429
            || self.retry_after.is_some()
            || self.used_up.is_some()
            || self.message().to_lowercase().contains("rate limit")
    }

    /// The body, as what it should be.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T, ForgeError> {
        serde_json::from_str(&self.body)
            .map_err(|error| ForgeError::Unexpected { what: what.to_owned(), problem: error.to_string() })
    }

    /// Whether a list goes on after this page, on which there were as many entries as can be (or not).
    pub fn has_next(&self, full: bool) -> bool {
        match &self.link {
            Some(link) => link.split(',').any(|entry| entry.contains("rel=\"next\"")),
            // Something between here and GitHub may have dropped the header.
            None => full,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status, body: body.to_owned(), ..Answer::default() }
    }

    fn failure(answer: Answer) -> Failure {
        answer.checked("post").unwrap_err()
    }

    fn wait(answer: Answer) -> Option<u64> {
        match failure(answer) {
            Failure::Passing { wait, .. } => wait.map(|wait| wait.as_secs()),
            Failure::Final(error) => panic!("{error}"),
        }
    }

    #[test]
    fn passing_failures_are_told_from_final_ones() {
        for status in [500, 502, 503, 504] {
            assert_eq!(wait(answer(status, "<html>")), None, "{status}");
        }
        let is_final = |status: u16| matches!(failure(answer(status, "{}")), Failure::Final(_));
        assert!([301, 400, 401, 403, 404, 409, 410, 415, 422, 451, 501].into_iter().all(is_final));
        assert!(answer(201, "{}").checked("post").is_ok());
    }

    #[test]
    fn a_limit_says_how_long_to_wait() {
        let seconds = |seconds: u64| Some(Duration::from_secs(seconds));
        assert_eq!(wait(Answer { retry_after: seconds(7), ..answer(403, "{}") }), Some(7));
        assert_eq!(wait(Answer { retry_after: seconds(7), ..answer(503, "{}") }), Some(7));
        assert_eq!(wait(Answer { used_up: seconds(600), ..answer(403, "{}") }), Some(600));
        assert_eq!(wait(Answer { used_up: seconds(600), retry_after: seconds(7), ..answer(429, "{}") }), Some(7));
        assert_eq!(wait(answer(429, "{}")), Some(60));
        assert_eq!(wait(answer(403, r#"{"message": "You have exceeded a secondary rate limit."}"#)), Some(60));
        let refused = failure(answer(403, r#"{"message": "Resource not accessible by integration"}"#));
        assert!(matches!(refused, Failure::Final(ForgeError::Refused { status: 403, .. })));
    }

    #[test]
    fn github_s_words_become_one_short_line() {
        let said = |body: &str| answer(422, body).message();
        let details = r#"{"message": "Validation Failed", "errors": [{"message": "body is too long"}, "and wide", 7]}"#;
        assert_eq!(said(details), "Validation Failed; body is too long; and wide");
        assert_eq!(said(r#"{"message": "a\n::error::b\u001b[31m"}"#), "a ::error::b[31m");
        assert_eq!(said(&format!("{{\"message\": \"{}\"}}", "x".repeat(5000))).len(), MOST_WORDS);
        assert_eq!(said("<html>"), "status 422");
    }

    #[test]
    fn the_link_says_whether_a_list_goes_on() {
        let with = |link: &str| Answer { link: Some(link.to_owned()), ..answer(200, "[]") };
        assert!(with(r#"<https://x?page=1>; rel="prev", <https://x?page=3>; rel="next""#).has_next(false));
        assert!(!with(r#"<https://x?page=1>; rel="first""#).has_next(true));
        assert!(answer(200, "[]").has_next(true));
        assert!(!answer(200, "[]").has_next(false));
    }
}
