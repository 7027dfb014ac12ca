//! Where a result comes from: which commit, which machine, and when.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A moment in time, as RFC 3339 spells it. Where it comes from is the caller's business.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// From the seconds and nanoseconds since 1970-01-01T00:00:00Z; moments outside the calendar are its start.
    pub fn from_unix(since_epoch: Duration) -> Self {
        let seconds = i64::try_from(since_epoch.as_secs()).unwrap_or_default();
        Self(jiff::Timestamp::from_second(seconds).unwrap_or_default())
    }

    /// Milliseconds since 1970-01-01T00:00:00Z, negative before.
    pub fn unix_millis(&self) -> i64 {
        self.0.as_millisecond()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| format!("`{text}` is not an RFC 3339 time such as 2026-01-31T12:00:00Z"))
    }
}

/// The full name of a git commit: 40 hexadecimal digits, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CommitId(String);

impl CommitId {
    /// The first eight digits, for people.
    pub fn short(&self) -> &str {
        self.0.get(..8).unwrap_or(&self.0)
    }

    /// All 40 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CommitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for CommitId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 40 && text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        if digits {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not a commit of 40 hexadecimal digits"))
        }
    }
}

/// Names a kind of machine: results are comparable where the fingerprints are equal. Safe as a file's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// From any text: what may not stand in a file's name becomes `-`.
    pub fn from_words(text: &str) -> Self {
        let lower = text.to_lowercase();
        let safe =
            lower.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' { c } else { '-' });
        let text: String = safe.take(100).collect();
        Self(if text.is_empty() { "unknown".to_owned() } else { text })
    }

    /// The text of the fingerprint.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Fingerprint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let safe = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
        if !text.is_empty() && text.len() <= 100 && text.bytes().all(safe) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not a machine fingerprint (a-z, 0-9, `-` and `_`)"))
        }
    }
}

/// The machine a result comes from. A fact that is not known is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// The processor's model name.
    pub cpu: Option<String>,
    /// Logical processors that the process may use.
    pub cores: Option<u64>,
    /// Main memory, in bytes.
    pub memory: Option<u64>,
    /// Operating system and version, such as `Debian GNU/Linux 12`.
    pub os: String,
    /// Kernel release.
    pub kernel: Option<String>,
    /// Instruction set, such as `x86_64`.
    pub arch: String,
    /// Frequency governor of the first processor.
    pub governor: Option<String>,
    /// The container technology, if the process is seen to run in one.
    pub container: Option<String>,
    /// The CI system, if its variables are set.
    pub ci: Option<String>,
    /// Equal for machines whose results may be compared.
    pub fingerprint: Fingerprint,
}
