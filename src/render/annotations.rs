//! Workflow commands of GitHub Actions: the worst rows of a comparison as annotations of the job.
//!
//! Here: which rows, in which words, and how they are escaped. Whoever prints this text has commands obeyed, so every name in it
//! is data twice over: made visible, then encoded.

use super::cells::Cells;
use super::reasons::needs_attention;
use super::{plain, units};
use crate::gate::{Comparison, Decision, Finding, Row};

/// GitHub shows ten annotations of each kind from a step; the last one here says how many there were.
const MOST: usize = 9;

/// Widest that a name is shown.
const NAME_WIDTH: usize = 80;

/// Widest that a line of a reason is shown.
const LINE_WIDTH: usize = 400;

/// Lines of what a process said.
const MOST_QUOTED: usize = 8;

/// One command a line: `::error title=…::…` for what fails a check, `::warning …` for what could not be decided, in the order of
/// the rows; then how many more there are. Empty where all is well.
pub fn render(comparison: &Comparison) -> String {
    let told: Vec<(&str, &Row)> =
        comparison.rows.iter().filter_map(|row| level(row).map(|level| (level, row))).collect();
    let mut lines: Vec<String> = told.iter().take(MOST).map(|(level, row)| command(level, row)).collect();
    let more = told.len().saturating_sub(MOST);
    if more > 0 {
        let more = units::count(more, "more row is", "more rows are");
        lines.push(format!("::notice title=perfgate::{more} in the job's summary"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn level(row: &Row) -> Option<&'static str> {
    if !needs_attention(row) {
        return None;
    }
    let fails = match &row.finding {
        Finding::Compared(compared) => compared.decision == Decision::Regression,
        Finding::Objective(found) => found.decision() == Some(Decision::Regression),
        Finding::Failed | Finding::Missing { allowed: false, .. } => true,
        Finding::Accepted(..)
        | Finding::NoBaseline(_)
        | Finding::Missing { allowed: true, .. }
        | Finding::Incomparable
        | Finding::NotReached => false,
    };
    Some(if fails { "error" } else { "warning" })
}

fn command(level: &str, row: &Row) -> String {
    let cells = Cells::of(row);
    let name = |name: &str| plain::shorten(&plain::line(name), NAME_WIDTH);
    let subject = [cells.benchmark, cells.metric].map(name).join(" ");
    let title = format!("perfgate: {}: {}", cells.verdict, subject.trim_end());
    let change = [cells.change, cells.interval].join(" ");
    let numbers = match (cells.baseline.is_empty(), change.trim()) {
        (true, _) | (_, "") => String::new(),
        (false, change) => format!("{} → {}, {change}\n", cells.baseline, cells.candidate),
    };
    let (reason, quoted) = row.reason.split_once('\n').unwrap_or((&row.reason, ""));
    let quoted = plain::quotation(quoted);
    let last = quoted.iter().skip(quoted.len().saturating_sub(MOST_QUOTED));
    let lines = std::iter::once(plain::line(reason)).chain(last.cloned());
    let said: Vec<String> = lines.map(|line| plain::shorten(&line, LINE_WIDTH)).collect();
    format!("::{level} title={}::{}", property(&title), message(&(numbers + &said.join("\n"))))
}

/// Text behind the second `::`: only what ends the line, and the sign of an escape itself, mean anything there.
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which a colon and a comma end.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Method, Setting, compare};
    use crate::result::Failure;
    use crate::words::samples::{accepted, all_kinds, hostile, judged, latency, sides, usual};

    #[test]
    fn what_is_worse_is_an_error_and_what_is_open_a_warning() {
        let text = render(&judged(&usual(), Method::SideBySide));
        let expected = "::error title=perfgate%3A regression%3A digits/server latency_p99::4.13 ms → 5.03 ms, +21.9 %25 \
                        [+20.9, +22.9]%0A21.9 %25 slower (95 %25 interval: ";
        assert!(text.contains(expected), "{text}");
        let commands: Vec<&str> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(commands, ["::error", "::error", "::error", "::warning"], "{text}");
    }

    #[test]
    fn where_all_is_well_or_accepted_there_is_none() {
        assert_eq!(render(&judged(&sides([latency("a", 1.0), latency("b", 0.7)]), Method::SideBySide)), "");
        assert_eq!(render(&accepted()), "");
    }

    #[test]
    fn nine_are_told_and_the_others_counted() {
        let many = sides((0..30).map(|number| latency(&number.to_string(), 1.3)));
        let text = render(&judged(&many, Method::SideBySide));
        assert_eq!(text.matches("::error ").count(), 9, "{text}");
        assert!(text.ends_with("\n::notice title=perfgate::21 more rows are in the job's summary\n"), "{text}");
    }

    #[test]
    fn what_a_process_said_last_stays_within_its_annotation() {
        let [base, candidate] = sides([latency("a", 1.0)]);
        let said: String = (0..30).map(|number| format!("    line {number}: 100%\r\n")).collect();
        let failures = vec![Failure { benchmark: "tool".to_owned(), reason: format!("it exited with 3:\n{said}") }];
        let setting = Setting { failures, method: Method::SideBySide, ..Setting::default() };
        let text = render(&compare(&base, &candidate, &Default::default(), &setting));
        assert_eq!(text.lines().count(), 1, "{text}");
        assert!(text.starts_with("::error title=perfgate%3A failed%3A tool::it exited with 3:%0A"), "{text}");
        assert!(text.ends_with("%0A    line 29: 100%25\n") && !text.contains("line 21"), "{text}");
    }

    #[test]
    fn no_name_is_a_command_or_ends_one() {
        for comparison in all_kinds().iter().chain([&hostile()]) {
            let text = render(comparison);
            assert!(text.lines().count() <= MOST + 1, "{text}");
            for line in text.lines() {
                let rest = ["::error ", "::warning ", "::notice "].iter().find_map(|level| line.strip_prefix(level));
                let (properties, _) = rest.unwrap().split_once("::").unwrap();
                let title = properties.strip_prefix("title=").unwrap();
                assert!(!title.contains([':', ',']), "{line}");
                assert!(!line.contains(|c: char| c.is_control() || "\u{202e}\u{200b}\u{2028}".contains(c)), "{line}");
                assert!(!line.contains("##["), "{line}");
                assert!(line.len() < 8_000, "{} bytes", line.len());
            }
        }
    }
}
