//! A comparison as a comment: the verdict in words, what matters most, the few rows that matter, what to do; the rest folded.
//!
//! Here: which blocks there are, in which order, and how much room each has. A phone shows the headline, the sentence below it and
//! the left half of the table: what must be known in five seconds is there.

use super::escape::{code, prose, text};
use super::rows::{self, number};
use super::{again, details, join, reasons};
use crate::gate::{Comparison, Decision, ExitStatus, Row, Verdict};
use crate::objective;
use crate::render::cells::Cells;
use crate::render::origin::{self, Side};
use crate::render::{advice, plain, summary, units};

/// More regressions than this are in the table only.
const MOST_IN_WORDS: usize = 3;

/// The whole text, in at most this many bytes; but the headline is there in any case.
pub fn render(comparison: &Comparison, most: usize) -> String {
    let headline = format!("### perfgate: {}", text(&summary::headline(comparison)));
    let mut room = Room(most.saturating_sub(headline.len() + 1));
    let lead = room.take(lead(comparison));
    let about = room.take(about(comparison));
    // What is said at length leaves two thirds to the rows.
    let mut spare = Room(room.0 / 3);
    let next = spare.take(next(comparison));
    let again = spare.take(again::render(comparison));
    let how = spare.take(details::render(comparison));
    room.0 -= room.0 / 3 - spare.0;
    let failures = room.take(reasons::failures(comparison, room.0 / 4));
    let notes = room.take(reasons::notes(comparison, room.0 / 6));
    let why = room.take(reasons::why(comparison, room.0 / 6));
    let remarks = room.take(reasons::remarks(comparison, room.0 / 6));
    let rows = room.take(rows::render(&summary::listed(&comparison.rows), room.0));
    match comparison.verdict {
        // Nothing in the table says what to do about these.
        Verdict::Failed => join([headline, lead, failures, next, rows, about, notes, again, why, remarks, how]),
        Verdict::NoBaseline => join([headline, lead, why, next, rows, about, notes, again, remarks, how]),
        Verdict::Regression | Verdict::Inconclusive | Verdict::Pass => {
            join([headline, lead, rows, about, failures, notes, next, again, why, remarks, how])
        }
    }
}

/// The bytes that are left.
struct Room(usize);

impl Room {
    /// The block, if there is room for it.
    fn take(&mut self, block: String) -> String {
        // An empty line stands between two blocks.
        let needed = block.len() + 2;
        if needed > self.0 {
            return String::new();
        }
        self.0 -= if block.is_empty() { 0 } else { needed };
        block
    }
}

/// What the headline is about, with its numbers.
fn lead(comparison: &Comparison) -> String {
    let rows = comparison.rows.as_slice();
    let decided = |decision: Decision| rows.iter().filter(move |row| row.decision() == Some(decision));
    match comparison.verdict {
        Verdict::Failed => String::new(),
        Verdict::Regression => {
            let all: Vec<&Row> = decided(Decision::Regression).collect();
            worst(&all)
        }
        Verdict::Inconclusive => {
            let open = decided(Decision::Inconclusive).next();
            let open = open.map(|row| format!("{}, too noisy to tell. ", numbers(row)));
            let consequence = match comparison.exit_status {
                ExitStatus::Inconclusive => "That fails the check, because `fail_on` names `inconclusive`.",
                _ => "That does not fail the check.",
            };
            open.unwrap_or_default() + consequence
        }
        Verdict::NoBaseline if comparison.exit_status == ExitStatus::NoBaseline => {
            "Nothing was compared, and that fails the check: a gate that looked at nothing is not green.".to_owned()
        }
        Verdict::NoBaseline => {
            "Nothing was compared. That does not fail the check, because `fail_on` leaves `no-baseline` out.".to_owned()
        }
        Verdict::Pass => {
            let gain = |row: &&Row| row.compared().and_then(|row| Some(-row.direction.worsening(row.change?)));
            let best = decided(Decision::Improvement).max_by(|a, b| gain(a).partial_cmp(&gain(b)).unwrap_or(EQUAL));
            match (decided(Decision::Improvement).count(), best) {
                (1, Some(only)) => format!("{}.", numbers(only)),
                (_, Some(best)) => format!("Best: {}.", numbers(best)),
                (_, None) => String::new(),
            }
        }
    }
}

/// One row as a sentence, a few as a list: a phone shows no more of the table than its left half.
fn worst(regressions: &[&Row]) -> String {
    if let [only] = regressions {
        return format!("{}.", numbers(only));
    }
    let shown: String = regressions.iter().take(MOST_IN_WORDS).map(|row| format!("- {}\n", numbers(row))).collect();
    match regressions.len().saturating_sub(MOST_IN_WORDS) {
        0 => shown,
        more => format!("{shown}- and {} more\n", units::whole(more as u64)),
    }
}

const EQUAL: std::cmp::Ordering = std::cmp::Ordering::Equal;

/// `digits/server latency_p99: 4.12 ms → 5.03 ms, +22.1 % [+18.4, +26.0]`.
fn numbers(row: &Row) -> String {
    let cells = Cells::of(row);
    if let Some(found) = row.objective() {
        let within = format!("{} within {}", cells.candidate, found.objective.bound_in_words());
        let used = objective::budget(found.objective, found.candidate_share());
        let within = format!("{}, **{}** of the error budget used", text(&within), text(&used));
        return format!("{} {}: {}", code(cells.benchmark), code(cells.metric), plain::glue_numbers(&within));
    }
    let [baseline, candidate] = [&cells.baseline, &cells.candidate].map(|value| plain::glue(&text(value)));
    let moved = format!("{} {}: {baseline} → {candidate}", code(cells.benchmark), code(cells.metric));
    let change = format!("**{}** {}", number(&cells.change), number(&cells.interval));
    format!("{moved}, {}", change.trim_end())
}

/// What is not in the table; who was compared, how, and how far it can be believed.
fn about(comparison: &Comparison) -> String {
    let rows = comparison.rows.as_slice();
    let mut said = Vec::new();
    let unchanged = rows.iter().filter(|row| !summary::is_listed(row)).count();
    let met = summary::met(rows);
    match unchanged - met {
        _ if unchanged == 0 => {}
        _ if unchanged == rows.len() => said.push(capitalized(&summary::all_unchanged(rows)) + "."),
        0 => {}
        1 => said.push(format!("1 other is {}.", summary::unchanged_in_words(rows))),
        same => said.push(format!("{same} others are {}.", summary::unchanged_in_words(rows))),
    }
    if met > 0 && unchanged < rows.len() {
        said.push(summary::objectives_met(met) + ".");
    }
    let (base, candidate) = origin::sides(comparison);
    said.push(match base {
        Some(base) => format!("{} against {}, {}.", side(&candidate), side(&base), origin::method(comparison)),
        None => format!("{} has no baseline to be compared with.", side(&candidate)),
    });
    said.extend(summary::guarantee(comparison));
    plain::glue_numbers(&said.join(" "))
}

fn capitalized(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn side(side: &Side) -> String {
    let label = side.label.iter().map(|label| code(label));
    let more: Vec<String> = label.chain(side.remarks().map(text)).collect();
    let name = code(&side.name);
    if more.is_empty() { name } else { format!("{name} ({})", more.join(", ")) }
}

/// What to do next; after a regression that a check found, that is folded.
fn next(comparison: &Comparison) -> String {
    if comparison.verdict == Verdict::Regression && comparison.method.is_check() {
        return String::new();
    }
    let steps = advice::next(comparison);
    let lines = steps.iter().map(|step| match &step.run {
        // Commands are perfgate's own: there is no backtick in them.
        Some(run) => format!("{}: `{run}`", prose(&step.say)),
        None => prose(&step.say),
    });
    let lines: Vec<String> = lines.collect();
    match lines.as_slice() {
        [] => String::new(),
        [only] => format!("Next: {only}."),
        several => format!("Next:\n\n{}", several.iter().map(|line| format!("- {line}\n")).collect::<String>()),
    }
}
