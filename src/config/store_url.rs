//! Where baselines are kept, as people write it: `dir:baselines`, `file:///var/lib/baselines`, `git:perfgate-data`.

use std::fmt;

use super::StoreUrl;
use super::problem::{Invalid, quoted};

/// What the schema says about the text.
pub const PATTERN: &str = "^(dir:.+|file:///.+|git:[^-].*)$";

const FORMS: &str =
    "write \"dir:PATH\" (a folder, relative to perfgate.toml), \"file:///ABSOLUTE/PATH\" or \"git:BRANCH\"";

const BRANCH: &str = "write \"git:perfgate-data\", or \"git:perfgate-data@REMOTE\" for another remote than origin";

/// Longest name of a branch: it becomes a file's name, with an ending.
const LONGEST: usize = 200;

/// A branch that holds nothing but baselines, and the remote that shares it. Both are names that git takes for nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataBranch {
    name: String,
    remote: Option<String>,
}

impl DataBranch {
    /// The branch, without `refs/heads/`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The remote, where it was named.
    pub fn remote(&self) -> Option<&str> {
        self.remote.as_deref()
    }
}

impl fmt::Display for DataBranch {
    /// As it is written: `git:perfgate-data`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "git:{}", self.name)?;
        self.remote.as_ref().map_or(Ok(()), |remote| write!(f, "@{remote}"))
    }
}

/// Reads where baselines are kept.
pub fn parse(text: &str) -> Result<StoreUrl, Invalid> {
    let Some((scheme, rest)) = text.split_once(':') else {
        let help = format!("for a folder write \"dir:{}\"", if text.is_empty() { "baselines" } else { text });
        return invalid(format!("{} does not say what kind of place it is", quoted(text)), &help);
    };
    match scheme {
        "dir" if rest.starts_with("//") => {
            let help = format!("write \"dir:{}\"", rest.trim_start_matches('/'));
            invalid("`dir:` is followed by the path itself, without `//`", &help)
        }
        "dir" => folder(rest),
        "file" => match rest.strip_prefix("//") {
            Some(path) if path.starts_with('/') && !path.contains('%') => folder(path),
            Some(path) if path.contains('%') => {
                invalid("`%` is not decoded here", "write the path as it is: \"dir:/ABSOLUTE/PATH\"")
            }
            _ => invalid(format!("{} is not an absolute path after `file://`", quoted(rest)), FORMS),
        },
        "git" => branch(rest).map(StoreUrl::Git),
        "s3" => invalid("this version of perfgate cannot keep baselines in `s3://` stores yet", FORMS),
        _ => invalid(format!("{} is not a kind of store", quoted(scheme)), FORMS),
    }
}

fn invalid<T>(found: impl Into<String>, help: &str) -> Result<T, Invalid> {
    Err(Invalid { found: found.into(), help: help.to_owned() })
}

fn folder(path: &str) -> Result<StoreUrl, Invalid> {
    if path.trim().is_empty() {
        return invalid("the path is empty", FORMS);
    }
    if path.chars().any(char::is_control) {
        return invalid("the path has a control character", FORMS);
    }
    // Without a shell nobody replaces `~`, and a folder of that name would come as a surprise.
    if path == "~" || path.starts_with("~/") {
        return invalid("`~` is not replaced here", "write the whole path");
    }
    Ok(StoreUrl::Dir(path.into()))
}

/// `BRANCH` or `BRANCH@REMOTE`: what follows the last `@` is the remote.
fn branch(text: &str) -> Result<DataBranch, Invalid> {
    if text.starts_with("//") {
        return invalid("`git:` is followed by the name of a branch of this repository, not by an address", BRANCH);
    }
    let (name, remote) = match text.rsplit_once('@') {
        Some((name, remote)) => (name, Some(remote)),
        None => (text, None),
    };
    if let Some(short) = name.strip_prefix("refs/heads/") {
        return invalid("the name of a branch stands without `refs/heads/`", &format!("write \"git:{short}\""));
    }
    let named = |what: &str, name: &str| match fault(name) {
        Some(fault) => invalid(format!("{} is no name for a {what}: {fault}", quoted(name)), BRANCH),
        None => Ok(name.to_owned()),
    };
    let name = named("branch", name)?;
    Ok(DataBranch { name, remote: remote.map(|remote| named("remote", remote)).transpose()? })
}

/// What git has against a name; the rules of `git check-ref-format --branch`.
fn fault(name: &str) -> Option<&'static str> {
    let has_part = |wrong: &dyn Fn(&str) -> bool| name.split('/').any(wrong);
    Some(match name {
        "" => "it is empty",
        "HEAD" => "that is what is checked out",
        _ if name.len() > LONGEST => "it is longer than 200 bytes",
        _ if name.starts_with('-') => "it begins with `-`",
        _ if name.starts_with("refs/") => "it begins with `refs/`",
        _ if name.chars().any(|c| c.is_control() || c.is_whitespace()) => "it has a blank or a control character",
        _ if name.contains(['~', '^', ':', '?', '*', '[', '{', '\\', '@']) => "it has one of ~ ^ : ? * [ { \\ @",
        _ if has_part(&str::is_empty) => "it has an empty part beside a `/`",
        _ if has_part(&|part| part.starts_with('.')) => "a part of it begins with `.`",
        _ if has_part(&|part| part.ends_with(".lock")) => "a part of it ends with `.lock`",
        _ if name.contains("..") || name.ends_with('.') => "it has `..` or ends with `.`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str) -> (String, String) {
        parse(text).map_err(|invalid| (invalid.found, invalid.help)).unwrap_err()
    }

    #[test]
    fn folders_are_stores() {
        assert_eq!(parse("dir:baselines"), Ok(StoreUrl::Dir("baselines".into())));
        assert_eq!(parse("dir:/var/x"), Ok(StoreUrl::Dir("/var/x".into())));
        assert_eq!(parse("file:///var/lib/x y"), Ok(StoreUrl::Dir("/var/lib/x y".into())));
    }

    #[test]
    fn branches_are_stores() {
        for (text, name, remote) in [
            ("git:perfgate-data", "perfgate-data", None),
            ("git:perf/data", "perf/data", None),
            ("git:données", "données", None),
            ("git:data@upstream", "data", Some("upstream")),
        ] {
            let Ok(StoreUrl::Git(branch)) = parse(text) else { panic!("{text} is refused") };
            assert_eq!((branch.name(), branch.remote()), (name, remote));
            assert_eq!(branch.to_string(), text);
        }
    }

    #[test]
    fn names_that_git_takes_for_something_else_are_no_branches() {
        let long = "x".repeat(201);
        let hostile = [
            "",
            "-",
            "--force",
            "-x@origin",
            "HEAD",
            "a b",
            "a\tb",
            "a\n",
            "a..b",
            "a.",
            ".a",
            "a/.b",
            "a.lock",
            "a.lock/b",
            "/a",
            "a/",
            "a//b",
            "a~1",
            "a^",
            "a:b",
            "a?",
            "a*",
            "a[",
            "a\\b",
            "@",
            "a@{1}",
            "a@-x",
            "a@",
            "a@b@",
            "refs/tags/x",
            &long,
        ];
        for name in hostile {
            let (found, help) = told(&format!("git:{name}"));
            assert!(found.contains("is no name for a"), "{name}: {found}");
            assert_eq!(help, BRANCH);
        }
        assert_eq!(told("git:refs/heads/data").1, "write \"git:data\"");
        assert!(told("git://host/repository").0.contains("not by an address"));
    }

    #[test]
    fn stores_of_later_versions_are_named_as_such() {
        assert!(told("s3://bucket/prefix").0.contains("`s3://` stores yet"));
    }

    #[test]
    fn anything_else_gets_the_forms_that_work() {
        assert_eq!(told("baselines").1, "for a folder write \"dir:baselines\"");
        assert_eq!(told("").1, "for a folder write \"dir:baselines\"");
        assert_eq!(told("dir:").0, "the path is empty");
        assert_eq!(told("dir://x").1, "write \"dir:x\"");
        assert_eq!(told("dir:~/x").0, "`~` is not replaced here");
        assert_eq!(told("dir:a\0b").0, "the path has a control character");
        assert_eq!(told("file:x").0, "`x` is not an absolute path after `file://`");
        assert_eq!(told("file://host/x").0, "`//host/x` is not an absolute path after `file://`");
        assert_eq!(told("file:///a%20b").0, "`%` is not decoded here");
        assert_eq!(told("gs://x"), ("`gs` is not a kind of store".to_owned(), FORMS.to_owned()));
    }
}
