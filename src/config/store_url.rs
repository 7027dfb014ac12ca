//! Where baselines are kept, as people write it: `dir:baselines`, `file:///var/lib/baselines`.

use super::StoreUrl;
use super::problem::{Invalid, quoted};

/// What the schema says about the text.
pub const PATTERN: &str = "^(dir:.+|file:///.+)$";

const FORMS: &str = "write \"dir:PATH\" (a folder, relative to perfgate.toml) or \"file:///ABSOLUTE/PATH\"";

/// Reads where baselines are kept.
pub fn parse(text: &str) -> Result<StoreUrl, Invalid> {
    let invalid = |found: String, help: &str| Err(Invalid { found, help: help.to_owned() });
    let Some((scheme, rest)) = text.split_once(':') else {
        let help = format!("for a folder write \"dir:{}\"", if text.is_empty() { "baselines" } else { text });
        return invalid(format!("{} does not say what kind of place it is", quoted(text)), &help);
    };
    match scheme {
        "dir" if rest.starts_with("//") => {
            let help = format!("write \"dir:{}\"", rest.trim_start_matches('/'));
            invalid("`dir:` is followed by the path itself, without `//`".to_owned(), &help)
        }
        "dir" => folder(rest),
        "file" => match rest.strip_prefix("//") {
            Some(path) if path.starts_with('/') && !path.contains('%') => folder(path),
            Some(path) if path.contains('%') => {
                invalid("`%` is not decoded here".to_owned(), "write the path as it is: \"dir:/ABSOLUTE/PATH\"")
            }
            _ => invalid(format!("{} is not an absolute path after `file://`", quoted(rest)), FORMS),
        },
        "git" | "s3" => {
            let form = if scheme == "git" { "git:" } else { "s3://" };
            invalid(format!("this version of perfgate cannot keep baselines in `{form}` stores yet"), FORMS)
        }
        _ => invalid(format!("{} is not a kind of store", quoted(scheme)), FORMS),
    }
}

fn folder(path: &str) -> Result<StoreUrl, Invalid> {
    let invalid = |found: &str, help: &str| Err(Invalid { found: found.to_owned(), help: help.to_owned() });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_stores() {
        assert_eq!(parse("dir:baselines"), Ok(StoreUrl::Dir("baselines".into())));
        assert_eq!(parse("dir:/var/x"), Ok(StoreUrl::Dir("/var/x".into())));
        assert_eq!(parse("file:///var/lib/x y"), Ok(StoreUrl::Dir("/var/lib/x y".into())));
    }

    #[test]
    fn stores_of_later_versions_are_named_as_such() {
        assert!(parse("git:perfgate-data").unwrap_err().found.contains("`git:` stores yet"));
        assert!(parse("s3://bucket/prefix").unwrap_err().found.contains("`s3://` stores yet"));
    }

    #[test]
    fn anything_else_gets_the_forms_that_work() {
        let told = |text: &str| parse(text).map_err(|invalid| (invalid.found, invalid.help)).unwrap_err();
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
