//! Addresses of HTTP services, as people write them: `http://127.0.0.1:8080/predict`.
//!
//! `{port}` in place of the port stands for a port that is chosen when the service is started.

use http::Uri;

use super::problem::{Invalid, quoted};

/// What stands for a port that is not chosen yet.
pub const PORT: &str = "{port}";

/// What the schema says about the text.
pub const PATTERN: &str = r"^[Hh][Tt][Tt][Pp][Ss]?://[^@#\s]+$";

/// Checks an address: http or https, a host, a possible port, a path that can be sent as it is.
pub fn check(text: &str) -> Result<(), Invalid> {
    let invalid = |found: String, help: &str| Err(Invalid { found, help: help.to_owned() });
    if let Some(c) = text.chars().find(|c| !c.is_ascii_graphic()) {
        let found = if c == ' ' { "it has a blank".to_owned() } else { format!("it has {}", character(c)) };
        return invalid(found, "a URL has only visible ASCII characters; others are percent-encoded: a blank is %20");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let help = format!("write \"http://{text}\"");
        let help = if text.is_empty() || text.starts_with('/') { EXAMPLE } else { &help };
        return invalid("it does not begin with `http://` or `https://`".to_owned(), help);
    };
    if !["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return invalid(format!("{} is neither http nor https", quoted(scheme)), EXAMPLE);
    }
    if rest.contains('#') {
        return invalid("it has a fragment".to_owned(), "no server sees what follows `#`; remove it, or write %23");
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        let help = "credentials belong in a header, such as `headers = { authorization = \"…\" }`";
        return invalid("it has a user's name or password".to_owned(), help);
    }
    // Any port will do for the check.
    let host_and_port = match authority.strip_suffix(PORT) {
        Some(host) if host.ends_with(':') => format!("{host}1"),
        _ => authority.to_owned(),
    };
    if host_and_port.contains(['{', '}']) || path.contains(['{', '}']) {
        let help = "only `{port}` stands for something, in place of the port: \"http://127.0.0.1:{port}/\"; elsewhere \
                    braces are written as %7B and %7D";
        return invalid("it has braces".to_owned(), help);
    }
    check_parts(&host_and_port, path).map_err(|found| Invalid { found, help: EXAMPLE.to_owned() })
}

const EXAMPLE: &str = "for example \"http://127.0.0.1:8080/predict\"";

/// Checks what follows the scheme; says what is wrong.
fn check_parts(authority: &str, path: &str) -> Result<(), String> {
    if authority.is_empty() || authority.starts_with(':') {
        return Err("it has no host".to_owned());
    }
    let uri: Uri = format!("http://{authority}{path}").parse().map_err(|error| format!("it is no URL: {error}"))?;
    let host = uri.host().unwrap_or_default();
    if matches!(host, "" | "[]") {
        return Err("it has no host".to_owned());
    }
    match authority.strip_prefix(host).unwrap_or_default() {
        "" => Ok(()),
        rest => match rest.strip_prefix(':').map(str::parse::<u16>) {
            Some(Ok(1..)) => Ok(()),
            _ => Err(format!("{} is not a port from 1 to 65535", quoted(rest.trim_start_matches(':')))),
        },
    }
}

fn character(c: char) -> String {
    if c.is_control() {
        format!("the invisible character U+{:04X}", u32::from(c))
    } else {
        format!("the character `{c}`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_services_are_urls() {
        for url in [
            "http://127.0.0.1:8080/predict",
            "https://example.org",
            "http://localhost?x=1&y=%20",
            "http://[::1]:80/a/b",
            "HTTP://host:65535/",
            "http://127.0.0.1:{port}/predict?a=b",
            "http://[::1]:{port}",
        ] {
            assert_eq!(check(url), Ok(()), "{url}");
        }
    }

    #[test]
    fn what_is_none_is_refused_with_what_is_wrong() {
        for (url, found) in [
            ("", "it does not begin with `http://`"),
            ("/predict", "it does not begin with `http://`"),
            ("ftp://host/", "`ftp` is neither http nor https"),
            ("http+unix://x", "`http+unix` is neither http nor https"),
            ("http://", "it has no host"),
            ("http:///x", "it has no host"),
            ("http://:80/", "it has no host"),
            ("http://[]/", "it has no host"),
            ("http://?x", "it has no host"),
            ("http://me:secret@host/", "it has a user's name or password"),
            ("http://host/#top", "it has a fragment"),
            ("http://host/a b", "it has a blank"),
            ("http://host/é", "it has the character `é`"),
            ("http://host/\n", "it has the invisible character U+000A"),
            ("http://host:0/", "`0` is not a port"),
            ("http://host:65536/", "`65536` is not a port"),
            ("http://host:/", "`` is not a port"),
            ("http://host:80:90/", "it is no URL: invalid authority"),
            ("http://[::1/", "it is no URL: invalid authority"),
            ("http://host/<x>", "it is no URL: invalid uri character"),
            ("http://host/{sample}", "it has braces"),
            ("http://host/{port}", "it has braces"),
            ("http://{port}/", "it has braces"),
            ("http://{host}:{port}/", "it has braces"),
            ("http://host:{port}0/", "it has braces"),
        ] {
            let told = check(url).unwrap_err();
            assert!(told.found.starts_with(found), "{url}: {told:?}");
        }
        assert_eq!(check("localhost:8080/x").unwrap_err().help, "write \"http://localhost:8080/x\"");
    }
}
