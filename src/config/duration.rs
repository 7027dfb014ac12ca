//! Durations as people write them: `10ms`, `1.5s`, `5m`, `1h30m`.

use std::time::Duration;

use jiff::fmt::friendly::SpanParser;

use super::problem::{Invalid, quoted};

/// Longer than this is a slip of the pen.
const LONGEST: Duration = Duration::from_secs(366 * 24 * 3600);

/// What the schema says about the text: the common forms, without the order of the units.
pub const PATTERN: &str = r"^([0-9]+([.][0-9]+)? ?(h|m|min|s|ms|us|µs|ns) ?)+$";

/// A duration with a number and its unit, exact: `1.5 ms`. What `parse` reads.
pub fn exact(duration: Duration) -> String {
    let text = format!("{duration:?}");
    let unit = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(unit);
    format!("{number} {unit}")
}

/// Reads a duration; 0 is one only if `zero` says so.
pub fn parse(text: &str, zero: bool) -> Result<Duration, Invalid> {
    let invalid = |found: &str, help: String| Err(Invalid { found: found.to_owned(), help });
    let written = text.trim();
    if written.parse::<f64>().is_ok_and(f64::is_finite) {
        return if written.starts_with('-') {
            invalid("a negative duration", usual())
        } else {
            invalid("a number without a unit", with_units(written))
        };
    }
    // Two characters look like the sign for micro; the parser knows one.
    match SpanParser::new().parse_unsigned_duration(written.replace('\u{3bc}', "µ")) {
        Ok(duration) if duration.is_zero() && !zero => invalid("0 is too short", "for example \"30s\"".to_owned()),
        Ok(duration) if duration > LONGEST => invalid("longer than a year", usual()),
        Ok(duration) => Ok(duration),
        Err(_) if written.starts_with('-') => invalid("a negative duration", usual()),
        Err(_) => Err(Invalid { found: format!("{} is not a duration", quoted(text)), help: usual() }),
    }
}

/// The number with the units that are most likely meant.
pub fn with_units(number: &str) -> String {
    let number = number.trim_start_matches('+');
    format!("write \"{number}ms\" for milliseconds, \"{number}s\" for seconds, \"{number}m\" for minutes")
}

fn usual() -> String {
    "units are h, m, s, ms, us and ns, such as \"5m\", \"1.5s\" or \"250us\"".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let nanoseconds = |text: &str| parse(text, true).unwrap().as_nanos();
        assert_eq!(nanoseconds("10ms"), 10_000_000);
        assert_eq!(nanoseconds("1.5s"), 1_500_000_000);
        assert_eq!(nanoseconds("5m"), 300_000_000_000);
        assert_eq!(nanoseconds("1h"), 3_600_000_000_000);
        assert_eq!(nanoseconds("1h30m"), 5_400_000_000_000);
        assert_eq!(nanoseconds(" 7 ns "), 7);
        for micro in ["250us", "250µs", "250μs"] {
            assert_eq!(nanoseconds(micro), 250_000, "{micro}");
        }
        assert_eq!(nanoseconds("0s"), 0);
    }

    #[test]
    fn a_number_without_a_unit_is_refused_with_the_likely_units() {
        let invalid = parse("30", true).unwrap_err();
        assert_eq!(invalid.found, "a number without a unit");
        assert_eq!(invalid.help, "write \"30ms\" for milliseconds, \"30s\" for seconds, \"30m\" for minutes");
        assert_eq!(parse("0", true).unwrap_err().found, "a number without a unit");
    }

    #[test]
    fn impossible_durations_are_refused() {
        let found = |text: &str| parse(text, false).unwrap_err().found;
        assert_eq!(found("0ms"), "0 is too short");
        assert_eq!(found("-5s"), "a negative duration");
        assert_eq!(found("-5"), "a negative duration");
        assert_eq!(found("9000h"), "longer than a year");
        assert_eq!(found("99999999999999999999h"), "`99999999999999999999h` is not a duration");
        assert_eq!(found("soon"), "`soon` is not a duration");
        assert_eq!(found(""), "`` is not a duration");
        assert_eq!(found("5M"), "`5M` is not a duration");
        assert_eq!(found("1d"), "`1d` is not a duration");
    }
}
