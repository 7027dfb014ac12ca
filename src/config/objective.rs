//! A latency objective as people write it: `p99<50ms`, or `99.9% < 100ms`.
//!
//! Here: its type, reading it, saying it. Not here: whether a system meets it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::problem::quoted;
use super::{Percentile, duration};
use crate::result;

/// A share of all queries, and the latency that they must not exceed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Objective {
    /// So many of all queries.
    pub share: Percentile,
    /// Their latency, at most. Not zero.
    pub bound: Duration,
}

/// A text that is no objective.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found}; an objective is a percentile and a latency, such as \"p99 < 50ms\" or \"99.9% < 100ms\"")]
pub struct InvalidObjective {
    found: String,
}

impl InvalidObjective {
    /// What is wrong with it.
    pub(super) fn found(&self) -> &str {
        &self.found
    }
}

/// What the schema says about the text: a share or a percentile, and a duration.
pub const PATTERN: &str = r"^\s*([pP]\s*[0-9.]+|[0-9.]+\s*%)\s*(<=?|≤)\s*[0-9].*[a-zµμ]\s*$";

impl Objective {
    /// The bound in nanoseconds.
    pub fn bound_nanos(&self) -> u64 {
        u64::try_from(self.bound.as_nanos()).unwrap_or(u64::MAX)
    }

    /// The share of all queries that may exceed the bound: what the percentile leaves, and the error of binary fractions, so that
    /// one in ten may be over where p90 is asked for.
    pub fn may_exceed(&self) -> f64 {
        (1.0 - self.share.share()) * (1.0 + 1e-9)
    }

    /// The percentile as people name it: `p99`, `p99.9`.
    pub fn percentile(&self) -> String {
        format!("p{}", percent(self.share))
    }
}

/// In percent, without the digits that only come from binary fractions.
fn percent(share: Percentile) -> f64 {
    (share.share() * 1e8).round() / 1e6
}

impl FromStr for Objective {
    type Err = InvalidObjective;

    /// Reads `p99<50ms`, `p99.9 < 50 ms`, `99.9% < 100ms`; `<=` and `≤` mean the same.
    fn from_str(text: &str) -> Result<Self, InvalidObjective> {
        let invalid = |found: String| InvalidObjective { found };
        let Some((share, bound)) = text.split_once(['<', '≤']) else {
            let found = if text.contains(['>', '≥']) { "a latency is bounded from above, by `<`" } else { "no `<`" };
            return Err(invalid(format!("{}: {found}", quoted(text))));
        };
        let share = percentile(share).map_err(invalid)?;
        let bound = bound.strip_prefix('=').unwrap_or(bound);
        let bound =
            duration::parse(bound, false).map_err(|wrong| invalid(format!("{} ({})", wrong.found, wrong.help)))?;
        Ok(Self { share, bound })
    }
}

/// `p99` or `99%`; a bare number could be either, and a share such as 0.99 is one of a hundred times as many percent.
fn percentile(text: &str) -> Result<Percentile, String> {
    let written = text.trim();
    let number = written.strip_prefix(['p', 'P']).or_else(|| written.strip_suffix('%')).map(str::trim);
    let Some(number) = number else {
        let help = if written.is_empty() {
            "a percentile is missing before `<`".to_owned()
        } else {
            format!("{} is no percentile: write p99 or 99%", quoted(written))
        };
        return Err(help);
    };
    let parsed = format!("{number}%").parse::<Percentile>().ok();
    match parsed {
        Some(share) if (percent(share) / 100.0 - share.share()).abs() > 1e-12 => {
            Err(format!("{} has more than six decimals", quoted(written)))
        }
        Some(share) if share.share() >= 0.01 => Ok(share),
        Some(_) => {
            Err(format!("{} would be fewer than 1 in 100 queries: write p99 for a share of 0.99", quoted(written)))
        }
        None => Err(format!("{} is no percentile above p0 and below p100", quoted(written))),
    }
}

impl From<Objective> for Option<result::Objective> {
    /// As documents have it. There is one for all that can be written: the bound is not zero, and the share is none or all.
    fn from(objective: Objective) -> Self {
        result::Objective::new(objective.share.share(), objective.bound_nanos()).ok()
    }
}

impl fmt::Display for Objective {
    /// `p99 < 50 ms`: as it can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} < {}", self.percentile(), duration::exact(self.bound))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (f64, u128) {
        let objective: Objective = text.parse().unwrap();
        (objective.share.share(), objective.bound.as_nanos())
    }

    #[test]
    fn a_percentile_and_a_share_say_the_same() {
        for text in ["p99<50ms", "p99 < 50 ms", " 99% < 50ms ", "99 % <= 50 ms", "P99≤50ms", "p99<0.05s"] {
            assert_eq!(read(text), (0.99, 50_000_000), "{text}");
        }
        assert_eq!(read("p99.9 < 250us"), (0.999, 250_000));
        assert_eq!(read("99.99% < 1m30s"), (0.9999, 90_000_000_000));
        assert_eq!(read("p50<1ns"), (0.5, 1));
    }

    #[test]
    fn what_is_said_is_read_again() {
        for (text, said) in
            [("p99<50ms", "p99 < 50 ms"), ("99.9% < 100ms", "p99.9 < 100 ms"), ("p95<1500us", "p95 < 1.5 ms")]
        {
            let objective: Objective = text.parse().unwrap();
            assert_eq!(objective.to_string(), said);
            assert_eq!(said.parse::<Objective>().unwrap(), objective);
            let in_documents: Option<result::Objective> = objective.into();
            assert_eq!(in_documents.unwrap().to_string(), said);
        }
    }

    #[test]
    fn what_is_no_objective_is_told_why() {
        let told = |text: &str| text.parse::<Objective>().unwrap_err().to_string();
        for (text, why) in [
            ("", "``: no `<`"),
            ("50ms", "`50ms`: no `<`"),
            ("p99 > 50ms", "`p99 > 50ms`: a latency is bounded from above, by `<`"),
            ("< 50ms", "a percentile is missing before `<`"),
            ("99 < 50ms", "`99` is no percentile: write p99 or 99%"),
            ("p100 < 50ms", "`p100` is no percentile above p0 and below p100"),
            ("p99.9999999 < 50ms", "`p99.9999999` has more than six decimals"),
            ("pnan < 50ms", "`pnan` is no percentile above p0 and below p100"),
            ("p0.99 < 50ms", "`p0.99` would be fewer than 1 in 100 queries: write p99 for a share of 0.99"),
            ("p99 < 50", "a number without a unit (write \"50ms\" for milliseconds"),
            ("p99 < 0ms", "0 is too short"),
            ("p99 < soon", "is not a duration"),
        ] {
            let told = told(text);
            assert!(told.contains(why), "{text}: {told}");
            assert!(told.ends_with("such as \"p99 < 50ms\" or \"99.9% < 100ms\""), "{told}");
        }
    }
}
