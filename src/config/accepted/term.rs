//! When an accepted change ends: on a day, or when the base has caught up.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;

use crate::config::problem::{Invalid, quoted};

/// A day of the calendar.
pub type Date = jiff::civil::Date;

/// When an entry ends. One that does not end cannot be said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Term {
    /// After this day.
    Until(Date),
    /// When the base that a change is compared with has the change already; this was the base when it was accepted.
    Base(String),
    /// Whichever comes first.
    Either(Date, String),
}

impl Term {
    /// `None`: it would never end.
    pub fn new(until: Option<Date>, base: Option<String>) -> Option<Self> {
        match (until, base) {
            (Some(until), None) => Some(Self::Until(until)),
            (None, Some(base)) => Some(Self::Base(base)),
            (Some(until), Some(base)) => Some(Self::Either(until, base)),
            (None, None) => None,
        }
    }

    /// The last day, where there is one.
    pub fn until(&self) -> Option<Date> {
        match self {
            Self::Until(until) | Self::Either(until, _) => Some(*until),
            Self::Base(_) => None,
        }
    }

    /// The commit, where there is one: 40 hexadecimal digits.
    pub fn base(&self) -> Option<&str> {
        match self {
            Self::Base(base) | Self::Either(_, base) => Some(base),
            Self::Until(_) => None,
        }
    }
}

impl fmt::Display for Term {
    /// `until 2026-12-31`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.until() {
            Some(until) => write!(f, "until {until}"),
            None => f.write_str("until the base has caught up"),
        }
    }
}

/// Until when, as a flag of the command line says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// That day, included.
    Day(Date),
    /// So many days from now.
    Days(u16),
}

impl Until {
    /// The last day; `None` beyond the calendar.
    pub fn from(self, today: Date) -> Option<Date> {
        match self {
            Self::Day(date) => Some(date),
            Self::Days(days) => today.checked_add(i64::from(days).days()).ok(),
        }
    }
}

impl FromStr for Until {
    type Err = String;

    /// Reads `2026-12-31` or `+30d`.
    fn from_str(text: &str) -> Result<Self, String> {
        let days = text.trim().strip_prefix('+').and_then(|rest| rest.strip_suffix('d'));
        match days.map(str::parse) {
            Some(Ok(days)) => Ok(Self::Days(days)),
            Some(Err(_)) => Err(format!("{} is not a number of days such as +30d", quoted(text))),
            None => parse_date(text.trim()).map(Self::Day).map_err(|invalid| format!("{invalid}, or +30d")),
        }
    }
}

/// Reads a day: `2026-12-31`, and nothing else that could be meant.
pub fn parse_date(text: &str) -> Result<Date, Invalid> {
    let invalid = |found: String| Invalid { found, help: "year, month, day, such as \"2026-12-31\"".to_owned() };
    match text.parse::<Date>() {
        Ok(date) if date.to_string() == text => Ok(date),
        Ok(_) => Err(invalid(format!("{} is more than a day", quoted(text)))),
        Err(_) if is_like_a_day(text) => Err(invalid("there is no such day".to_owned())),
        Err(_) => Err(invalid(format!("{} is not a day", quoted(text)))),
    }
}

fn is_like_a_day(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|digit| digit.is_ascii_digit());
    matches!(parts.as_slice(), [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2))
}

/// Whether this is the full name of a commit.
pub fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
}
