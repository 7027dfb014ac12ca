//! Rows and metrics as sentences: what moved, by how much, and what that means for whoever uses the system.

use super::source::Part;
use super::text::Text;
use crate::gate::{Compared, Decision, Evidence, Finding, Row};
use crate::objective;
use crate::result::Unit;
use crate::words::cells::Cells;
use crate::words::units;

/// What a metric says, in words that need no manual; `None` for a name that is the user's own.
pub fn meaning_of(metric: &str) -> Option<String> {
    let percentile = |digits: &str| {
        let share = format!("0.{digits}").parse::<f64>().ok()?;
        Some(units::share(share, 4))
    };
    let known = match metric {
        "latency_mean" => "the mean time of a query",
        "latency_max" => "the time of the slowest query",
        "latency_min" => "the time of the fastest query",
        "throughput" => "answered samples per second",
        "accuracy" => "the share of right answers",
        "error_rate" => "the share of queries that failed",
        "instructions" => "the instructions that a query executes",
        "cpu_time" => "the processor time used",
        "rss_peak" => "the most memory used",
        _ => {
            if let Some(digits) = metric.strip_prefix("latency_p") {
                return percentile(digits)
                    .map(|share| format!("the time within which {share} of the queries are done"));
            }
            let stage = metric.strip_prefix("stage_")?.strip_suffix("_p50")?;
            return Some(format!("the usual time of stage `{stage}`"));
        }
    };
    Some(known.to_owned())
}

/// Benchmark and metric; the benchmark leads to its section, if it has one.
pub fn name(row: &Row, part: &Part<'_>) -> Text {
    let name = benchmark(&row.benchmark, part);
    row.metric.iter().fold(name, |name, metric| name.plain(" ").code(metric))
}

/// A benchmark's name, which leads to its section if it has one.
pub fn benchmark(name: &str, part: &Part<'_>) -> Text {
    let section = part.subjects.iter().find(|subject| subject.name == name).filter(|subject| subject.has_section);
    match section {
        Some(subject) => Text::new().link(&subject.id, name),
        None => Text::new().code(name),
    }
}

/// `4.12 ms → 5.03 ms, +22.1 % [+18.4, +26.0]`; empty for a row without numbers.
pub fn numbers(row: &Row) -> Text {
    let cells = Cells::of(row);
    let sides = match (cells.baseline.is_empty(), cells.candidate.is_empty()) {
        (false, false) => format!("{} → {}", cells.baseline, cells.candidate),
        (false, true) => format!("{} at the baseline", cells.baseline),
        (true, false) => format!("{} now", cells.candidate),
        (true, true) => return Text::new(),
    };
    let text = Text::new().plain(sides);
    if let Some(found) = row.objective() {
        let used = objective::budget(found.objective, found.candidate_share());
        return text.plain(", ").strong(used).plain(" of the error budget used");
    }
    if cells.change.is_empty() {
        return text;
    }
    let text = text.plain(", ").strong(cells.change);
    if cells.interval.is_empty() { text } else { text.plain(format!(" {}", cells.interval)) }
}

/// What the numbers of a row mean, in a sentence. Of a row without numbers it is its reason.
pub fn meaning(row: &Row) -> Text {
    let Some(compared) = row.compared() else { return reason(row) };
    let metric = row.metric.as_deref().unwrap_or_default();
    let subject = meaning_of(metric).map_or_else(|| Text::new().code(metric), |words| Text::prose(&words));
    let difference = compared.candidate - compared.baseline;
    if compared.decision == Decision::Inconclusive {
        return subject.and(open(row, compared));
    }
    let moved = match difference {
        _ if difference > 0.0 => "rose",
        _ if difference < 0.0 => "fell",
        _ => return subject.plain(" is the same"),
    };
    let size = amount(&compared.unit, metric, difference.abs());
    let text = subject.plain(format!(" {moved} by {size}"));
    match bounds(row, compared) {
        Some([least, most]) if least > 0.0 => {
            text.plain(format!(", by {} at least", amount(&compared.unit, metric, least.min(most))))
        }
        _ => text,
    }
}

/// What may be true of a row that is open.
fn open(row: &Row, compared: &Compared) -> Text {
    let Some([low, high]) = signed_bounds(row, compared) else {
        return match compared.evidence {
            Evidence::Exact => " does not repeat well enough to be compared".into(),
            _ => " was measured too seldom to be compared".into(),
        };
    };
    let metric = row.metric.as_deref().unwrap_or_default();
    let side = |end: f64| {
        let word = if end < 0.0 { "less" } else { "more" };
        format!("{} {word}", amount(&compared.unit, metric, end.abs()))
    };
    format!(" may be anything from {} to {}", side(low), side(high)).into()
}

/// The ends of the interval as differences of the values.
fn signed_bounds(row: &Row, compared: &Compared) -> Option<[f64; 2]> {
    let Evidence::Tested(tested) = &compared.evidence else { return None };
    if row.is_in_points() && tested.difference.is_some() {
        return tested.difference;
    }
    let ends = tested.interval?.map(|end| end * compared.baseline.abs());
    ends.iter().all(|end| end.is_finite()).then_some(ends)
}

/// The same, turned so that both are positive where the direction of the change is certain.
fn bounds(row: &Row, compared: &Compared) -> Option<[f64; 2]> {
    let [low, high] = signed_bounds(row, compared)?;
    if compared.candidate < compared.baseline { Some([-high, -low]) } else { Some([low, high]) }
}

/// An amount of a unit: `0.91 ms`, `1.20 percentage points`.
pub fn amount(unit: &Unit, metric: &str, amount: f64) -> String {
    if metric == "error_rate" || metric == "accuracy" {
        return format!("{} percentage points", units::number(amount * 100.0, 3));
    }
    units::values(unit, &[amount], false).texts().next().unwrap_or_default()
}

/// The first line of a row's reason. Where that announces what a program said, with the last line of it, which mostly says why.
pub fn reason(row: &Row) -> Text {
    let mut lines = row.reason.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default();
    match lines.next_back().filter(|_| first.ends_with(':')) {
        Some(last) => Text::prose(first).plain(format!(" {last}")),
        None => Text::prose(first),
    }
}

/// Whether a row is open for any reason.
pub fn is_open(row: &Row) -> bool {
    row.decision() == Some(Decision::Inconclusive) || row.finding == Finding::NotReached
}

/// Names in a row, the first ones, and how many more: `a, b and 7 more`.
pub fn names(all: &[Text], most: usize) -> Text {
    // One more takes less room than saying that there is one more.
    let most = if all.len() == most + 1 { all.len() } else { most };
    let shown: Vec<Text> = all.iter().take(most).cloned().collect();
    match (all.len() - shown.len(), shown.split_last()) {
        (0, Some((last, first))) if !first.is_empty() => {
            Text::joined(first.iter().cloned(), ", ").plain(" and ").and(last.clone())
        }
        (0, _) => Text::joined(shown, ", "),
        (more, _) => Text::joined(shown, ", ").plain(format!(" and {} more", units::whole(more as u64))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::words::samples::{benchmark, judged, latency, metric, sides, within};

    fn said(comparison: &crate::gate::Comparison) -> Vec<String> {
        comparison.rows.iter().map(|row| meaning(row).words()).collect()
    }

    #[test]
    fn a_row_means_what_its_numbers_mean() {
        let slower = judged(&sides([latency("a", 1.3)]), Method::SideBySide);
        let [text] = said(&slower).try_into().unwrap();
        assert!(text.starts_with("the time within which 50 % of the queries are done rose by 1.2"), "{text}");
        assert!(text.ends_with(" ms at least"), "{text}");
        let faster = judged(&sides([latency("a", 0.5)]), Method::SideBySide);
        let [text] = said(&faster).try_into().unwrap();
        assert!(text.contains("fell by 2.07 ms, by 2.0"), "{text}");
        let same = judged(&sides([latency("a", 1.0)]), Method::SideBySide);
        assert_eq!(said(&same), ["the time within which 50 % of the queries are done is the same"]);
    }

    #[test]
    fn an_open_row_says_what_may_be() {
        let rates = [within(0.3, 18_403.0, 10), within(0.3, 17_906.0, 10)];
        let open = sides([rates.map(|rounds| benchmark("a", vec![metric("throughput", "1/s", rounds)]))]);
        let [text] = said(&judged(&open, Method::Independent)).try_into().unwrap();
        assert!(text.starts_with("answered samples per second may be anything from "), "{text}");
        assert!(text.contains(" k/s less to ") && text.ends_with(" k/s more"), "{text}");
    }

    #[test]
    fn metrics_are_explained_as_far_as_their_names_are_known() {
        assert_eq!(meaning_of("latency_p999").unwrap(), "the time within which 99.9 % of the queries are done");
        assert_eq!(meaning_of("stage_preprocess_p50").unwrap(), "the usual time of stage `preprocess`");
        assert_eq!(meaning_of("latency_pretty"), None);
        assert_eq!(meaning_of("frames"), None);
    }

    #[test]
    fn a_reason_that_announces_what_was_said_has_the_last_line_of_it() {
        let [mut row] = <[Row; 1]>::try_from(judged(&sides([latency("a", 1.0)]), Method::SideBySide).rows).unwrap();
        let mut said = |text: &str| {
            row.reason = text.to_owned();
            reason(&row).words()
        };
        assert_eq!(said("`./t` ended; it wrote:\n    Traceback\n\n    no model\n"), "./t ended; it wrote: no model");
        assert_eq!(said("it ended\n    no model"), "it ended");
        assert_eq!(said("it wrote:"), "it wrote:");
    }

    #[test]
    fn many_names_are_counted() {
        let all: Vec<Text> = (0..5).map(|number| Text::from(number.to_string())).collect();
        let shown = |count: usize| names(&all[..count], 3).words();
        assert_eq!([0, 1, 2, 4, 5].map(shown), ["", "0", "0 and 1", "0, 1, 2 and 3", "0, 1, 2 and 2 more"]);
    }
}
