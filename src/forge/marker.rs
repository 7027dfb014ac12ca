//! The mark in the first line of a comment, which readers do not see: whose comment it is, and of which run.
//!
//! Pure. The mark stands at the very beginning, where text that a comment quotes cannot be.

use std::fmt;

use sha2::{Digest, Sha256};

/// Longest name of a comment.
const MOST_LETTERS: usize = 64;

/// More than the line of the mark ever takes, in bytes.
pub const MOST_BYTES: usize = 256;

/// What tells the comments of several gates in one pull request apart: 1 to 64 letters, digits, `.`, `_` or `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommentId(String);

impl CommentId {
    /// Reads one. The error says what it may be made of, without repeating what was found.
    pub fn parse(text: &str) -> Result<Self, String> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || ['.', '_', '-'].contains(&c);
        if text.is_empty() || text.len() > MOST_LETTERS || !text.chars().all(is_plain) {
            return Err(format!("expected 1 to {MOST_LETTERS} characters out of A-Z, a-z, 0-9, `.`, `_` and `-`"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for CommentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A run of a workflow. A later one is larger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// Later runs have larger numbers, whatever their workflow.
    pub id: u64,
    /// 1, and one more each time that the same run is started again.
    pub attempt: u64,
}

/// What the first line of a comment says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    id: CommentId,
    run: Option<Run>,
    /// Of the text below: equal marks are equal comments.
    digest: String,
}

impl Marker {
    /// Of a text that this run found.
    pub fn new(id: &CommentId, run: Option<Run>, text: &str) -> Self {
        let digest = Sha256::digest(text.as_bytes()).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Self { id: id.clone(), run, digest }
    }

    /// The mark of a comment, if it has one.
    pub fn read(body: &str) -> Option<Self> {
        let line = body.lines().next()?.trim_end();
        let inside = line.strip_prefix("<!-- perfgate:")?.strip_suffix(" -->")?;
        let mut words = inside.split(' ');
        let id = CommentId::parse(words.next()?).ok()?;
        let facts: Vec<(&str, &str)> = words.filter_map(|word| word.split_once('=')).collect();
        let fact = |name: &str| facts.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let number = |name: &str| fact(name).and_then(|value| value.parse().ok());
        let run = number("run").map(|id| Run { id, attempt: number("attempt").unwrap_or(1) });
        Some(Self { id, run, digest: fact("content").unwrap_or_default().to_owned() })
    }

    /// Whether it is the mark of this gate.
    pub fn is_of(&self, id: &CommentId) -> bool {
        self.id == *id
    }

    /// The run that wrote the text, where it was one.
    pub fn run(&self) -> Option<Run> {
        self.run
    }

    /// Whether what it marks was found later than what the other one marks. What was written by hand is never later.
    pub fn is_newer_than(&self, other: &Self) -> bool {
        matches!((self.run, other.run), (Some(this), Some(other)) if this > other)
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<!-- perfgate:{}", self.id)?;
        if let Some(Run { id, attempt }) = self.run {
            write!(f, " run={id} attempt={attempt}")?;
        }
        write!(f, " content={} -->", self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> CommentId {
        CommentId::parse(text).unwrap()
    }

    fn of_run(id: u64, attempt: u64) -> Marker {
        Marker::new(&self::id("perfgate"), Some(Run { id, attempt }), "text")
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        for marker in [of_run(7, 2), Marker::new(&id("a.b_c-D9"), None, "")] {
            let body = format!("{marker}\ntext");
            assert_eq!(Marker::read(&body), Some(marker.clone()));
            // Forges change the ends of lines.
            assert_eq!(Marker::read(&format!("{marker}\r\ntext")), Some(marker));
        }
    }

    #[test]
    fn the_longest_mark_fits_into_its_room() {
        let run = Some(Run { id: u64::MAX, attempt: u64::MAX });
        assert!(Marker::new(&id(&"x".repeat(64)), run, "text").to_string().len() < MOST_BYTES);
    }

    #[test]
    fn a_mark_that_is_quoted_or_broken_is_none() {
        let marker = of_run(7, 1);
        for body in [
            format!("> {marker}"),
            format!("text\n{marker}"),
            format!(" {marker}"),
            format!("{marker} text"),
            "<!-- perfgate: run=7 -->".to_owned(),
            "<!-- perfgate:a>b run=7 -->".to_owned(),
            "<!-- perfgate:perfgate".to_owned(),
            "<!-- perfgate -->".to_owned(),
            String::new(),
        ] {
            assert_eq!(Marker::read(&body), None, "{body}");
        }
    }

    #[test]
    fn a_mark_with_facts_of_a_later_version_is_read() {
        let marker = Marker::read("<!-- perfgate:perfgate colour=red run=7 attempt=2 content=1 -->").unwrap();
        assert_eq!(marker.run(), Some(Run { id: 7, attempt: 2 }));
        assert!(marker.is_of(&id("perfgate")));
        assert!(!marker.is_of(&id("perf")));
    }

    #[test]
    fn a_later_run_or_attempt_is_newer() {
        assert!(of_run(10, 1).is_newer_than(&of_run(9, 3)));
        assert!(of_run(10, 2).is_newer_than(&of_run(10, 1)));
        assert!(!of_run(10, 1).is_newer_than(&of_run(10, 1)));
        assert!(!of_run(9, 3).is_newer_than(&of_run(10, 1)));
        let by_hand = Marker::new(&id("perfgate"), None, "text");
        assert!(!by_hand.is_newer_than(&of_run(1, 1)));
        assert!(!of_run(1, 1).is_newer_than(&by_hand));
    }

    #[test]
    fn marks_differ_where_texts_differ() {
        let run = Some(Run { id: 1, attempt: 1 });
        assert_ne!(Marker::new(&id("a"), run, "red"), Marker::new(&id("a"), run, "green"));
        assert_eq!(Marker::new(&id("a"), run, "red"), Marker::new(&id("a"), run, "red"));
    }

    #[test]
    fn a_name_that_could_end_the_mark_is_refused() {
        let long = "x".repeat(65);
        for text in ["", "-->", "a b", "a\nb", "a>", "ä", "a/b", "@team", "<!--", long.as_str()] {
            let problem = CommentId::parse(text).unwrap_err();
            assert!(text.is_empty() || !problem.contains(text) || text.len() == 1, "{problem}");
        }
        assert_eq!(id("--").to_string(), "--");
    }
}
