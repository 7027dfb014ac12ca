//! Where GitHub's API is, for which repository, and with which token: checked before anything is sent.

use std::fmt;

use crate::forge::ForgeError;

/// GitHub's own.
const USUAL_API: &str = "https://api.github.com";

/// A token, which nothing shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// The header that it goes into.
    pub fn header(&self) -> String {
        format!("Bearer {}", self.0)
    }

    /// A text from outside, without the token, should it hold it.
    pub fn remove_from(&self, text: &str) -> String {
        text.replace(&self.0, "***")
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(***)")
    }
}

/// Which repository of which GitHub, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    api: String,
    repository: String,
    token: Token,
}

impl Settings {
    /// From `GITHUB_API_URL` (GitHub's own if absent), `GITHUB_REPOSITORY` and `GITHUB_TOKEN`.
    pub fn new(api: Option<&str>, repository: &str, token: &str) -> Result<Self, ForgeError> {
        Ok(Self {
            api: checked_api(api.unwrap_or(USUAL_API))?,
            repository: checked_repository(repository)?,
            token: checked_token(token)?,
        })
    }

    /// The address of something below the repository.
    pub fn of_repository(&self, path: &str) -> String {
        format!("{}/repos/{}{path}", self.api, self.repository)
    }

    /// The address of something else.
    pub fn of_api(&self, path: &str) -> String {
        format!("{}{path}", self.api)
    }

    /// The address of the other API, which knows whose a token is. GitHub Enterprise has it beside the first.
    pub fn graphql(&self) -> String {
        let root = self.api.strip_suffix("/v3").filter(|root| root.ends_with("/api")).unwrap_or(&self.api);
        format!("{root}/graphql")
    }

    /// The token.
    pub fn token(&self) -> &Token {
        &self.token
    }
}

fn refuse(message: String) -> ForgeError {
    ForgeError::Settings(message)
}

fn checked_api(text: &str) -> Result<String, ForgeError> {
    let url = text.trim_end_matches('/');
    let is_plain = !url.is_empty() && url.chars().all(|c| c.is_ascii_graphic()) && !url.contains(['?', '#', '@', '\\']);
    let secure = url.strip_prefix("https://").is_some_and(|rest| !rest.is_empty());
    let local = url.strip_prefix("http://").is_some_and(is_local);
    if is_plain && (secure || local) {
        return Ok(url.to_owned());
    }
    if is_plain && url.starts_with("http://") {
        return Err(refuse(format!("GITHUB_API_URL is `{url}`: a token is not sent unencrypted to another machine")));
    }
    Err(refuse(format!("GITHUB_API_URL is no address: expected one such as {USUAL_API}")))
}

/// Whether an address without its scheme leads to this machine.
fn is_local(rest: &str) -> bool {
    let host = rest.split('/').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(inside) => inside.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn checked_repository(text: &str) -> Result<String, ForgeError> {
    let is_name = |name: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
        !name.is_empty() && name.chars().all(is_plain) && name != "." && name != ".."
    };
    match text.split_once('/') {
        Some((owner, name)) if is_name(owner) && is_name(name) => Ok(text.to_owned()),
        _ => Err(refuse("GITHUB_REPOSITORY names no repository: expected `owner/name`".to_owned())),
    }
}

fn checked_token(text: &str) -> Result<Token, ForgeError> {
    // Not a word of it in a message.
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err(refuse("GITHUB_TOKEN holds no token: it is empty, or has blanks or line breaks in it".to_owned()));
    }
    Ok(Token(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(api: &str, repository: &str, token: &str) -> Result<Settings, String> {
        Settings::new(Some(api), repository, token).map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_are_made_of_the_api_and_the_repository() {
        let github = Settings::new(None, "o/r.s", "t").unwrap();
        assert_eq!(github.of_repository("/pulls"), "https://api.github.com/repos/o/r.s/pulls");
        assert_eq!(github.of_api("/user"), "https://api.github.com/user");
        assert_eq!(github.graphql(), "https://api.github.com/graphql");
        let enterprise = settings("https://ghe.example/api/v3/", "o/r", "t").unwrap();
        assert_eq!(enterprise.of_repository("/pulls"), "https://ghe.example/api/v3/repos/o/r/pulls");
        assert_eq!(enterprise.graphql(), "https://ghe.example/api/graphql");
    }

    #[test]
    fn a_token_goes_unencrypted_to_this_machine_only() {
        for api in ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:80/api/v3"] {
            assert!(settings(api, "o/r", "t").is_ok(), "{api}");
        }
        for api in ["http://ghe.example", "http://127.0.0.1.ghe.example", "http://localhost.ghe.example/"] {
            assert!(settings(api, "o/r", "t").unwrap_err().contains("unencrypted"), "{api}");
        }
    }

    #[test]
    fn what_is_no_address_no_repository_or_no_token_is_refused() {
        for api in ["", "api.github.com", "https://", "https://a b", "ftp://x", "https://me:secret@x", "https://x?y"] {
            let problem = settings(api, "o/r", "t").unwrap_err();
            assert!(problem.starts_with("GITHUB_API_URL is no address") && !problem.contains("secret"), "{problem}");
        }
        for repository in ["", "o", "o/", "/r", "o/r/s", "o/..", "o/r?x", "o r/x", "o/r\n"] {
            assert!(settings("https://x", repository, "t").unwrap_err().contains("owner/name"), "{repository}");
        }
        for token in ["", "secret\n", "sec ret", "secrét"] {
            let problem = settings("https://x", "o/r", token).unwrap_err();
            assert!(problem.starts_with("GITHUB_TOKEN") && !problem.contains("sec"), "{problem}");
        }
    }

    #[test]
    fn a_token_is_never_shown() {
        let settings = settings("https://x", "o/r", "secret").unwrap();
        assert!(!format!("{settings:?}").contains("secret"));
        assert_eq!(settings.token().remove_from("you sent secret!"), "you sent ***!");
    }
}
