//! What a comparison says as a whole, in sentences.
//!
//! Here: what came out, and how far it can be believed. Not here: who was compared (`origin`), single rows (`cells`), what to do
//! (`advice`).

use std::collections::BTreeSet;

use super::cells::{self, Tone};
use super::origin::other_machine;
use super::units::{self, count};
use crate::config::{Threshold, Yardstick};
use crate::gate::{Compared, Comparison, Decision, Evidence, Finding, Method, Row, Test, Verdict};
use crate::result::Direction;

/// How many rows and benchmarks have which verdict.
pub struct Tally<'a> {
    rows: &'a [Row],
}

impl<'a> Tally<'a> {
    /// Of these rows.
    pub fn of(rows: &'a [Row]) -> Self {
        Self { rows }
    }

    fn with(&self, verdict: &str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |row| cells::verdict(&row.finding).0 == verdict)
    }

    /// Rows with this verdict.
    pub fn rows(&self, verdict: &str) -> usize {
        self.with(verdict).count()
    }

    /// Benchmarks with such a row.
    pub fn benchmarks(&self, verdict: &str) -> usize {
        self.with(verdict).map(|row| row.benchmark.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// All benchmarks.
    pub fn all_benchmarks(&self) -> usize {
        self.rows.iter().map(|row| row.benchmark.as_str()).collect::<BTreeSet<_>>().len()
    }

    /// What fails the check by its absence: benchmarks, and metrics of benchmarks that are still there.
    fn missing(&self) -> [usize; 2] {
        let gone = || self.with("missing").filter(|row| cells::verdict(&row.finding).1 == Tone::Bad);
        let whole = gone().filter(|row| row.metric.is_none()).count();
        [whole, gone().count() - whole]
    }
}

/// The rows that are worth a line: all but the unchanged.
pub fn is_listed(row: &Row) -> bool {
    row.decision() != Some(Decision::Unchanged)
}

/// The rows that are worth a line. None where no row could be compared for one and the same reason: it is said once.
pub fn listed(rows: &[Row]) -> Vec<&Row> {
    let first = rows.first().map(|row| row.reason.as_str());
    let apart = |row: &Row| row.finding == Finding::Incomparable && Some(row.reason.as_str()) == first;
    if rows.len() > 1 && rows.iter().all(apart) {
        return Vec::new();
    }
    rows.iter().filter(|row| is_listed(row)).collect()
}

/// What came out, for the terminal: one or two sentences. `in_full` says that the unchanged rows are listed too.
pub fn outcome(comparison: &Comparison, in_full: bool) -> String {
    let tally = Tally::of(&comparison.rows);
    let said = match comparison.verdict {
        Verdict::Failed => failures(&tally) + &also_regressions(&tally) + &also_accepted(&tally),
        Verdict::Regression => count(tally.rows("regression"), "regression", "regressions") + &also_accepted(&tally),
        Verdict::Inconclusive => {
            let rows = tally.rows("inconclusive");
            let open = count(rows, "row is", "rows are");
            format!("No regression was shown, but {open} inconclusive{}", also_accepted(&tally))
        }
        Verdict::NoBaseline => no_baseline(comparison),
        Verdict::Pass => pass(comparison, &tally, in_full),
    };
    match guarantee(comparison) {
        Some(guarantee) => format!("{said}. {guarantee}"),
        None => format!("{said}."),
    }
}

fn failures(tally: &Tally<'_>) -> String {
    let [benchmarks, metrics] = tally.missing();
    let parts = [
        (tally.benchmarks("failed"), "benchmark", "benchmarks", "could not be measured"),
        (benchmarks, "benchmark", "benchmarks", "missing"),
        (metrics, "metric", "metrics", "missing"),
    ];
    let words = parts.into_iter().filter(|(number, ..)| *number > 0).map(|(number, one, many, what)| {
        let verb = match (what, number) {
            ("missing", 1) => "is ",
            ("missing", _) => "are ",
            _ => "",
        };
        format!("{} {verb}{what}", count(number, one, many))
    });
    words.collect::<Vec<_>>().join(", ")
}

fn also_regressions(tally: &Tally<'_>) -> String {
    match tally.rows("regression") {
        0 => String::new(),
        regressions => format!(", {}", count(regressions, "regression", "regressions")),
    }
}

/// `, 1 accepted`, where something is.
fn also_accepted(tally: &Tally<'_>) -> String {
    match tally.rows("accepted") {
        0 => String::new(),
        accepted => format!(", {accepted} accepted"),
    }
}

fn no_baseline(comparison: &Comparison) -> String {
    if other_machine(comparison) {
        "Nothing could be compared: the baseline comes from another machine".to_owned()
    } else if Tally::of(&comparison.rows).rows("incomparable") > 0 {
        "Nothing could be compared".to_owned()
    } else {
        "There is no baseline yet, so nothing was compared".to_owned()
    }
}

fn pass(comparison: &Comparison, tally: &Tally<'_>, in_full: bool) -> String {
    let rows = comparison.rows.as_slice();
    if !rows.iter().any(is_listed) {
        let listed = if in_full { "" } else { LISTED_ON_DEMAND };
        return format!("No regression: {}{listed}", all_unchanged(rows));
    }
    let none = match tally.rows("accepted") {
        0 => "No regression".to_owned(),
        accepted => format!("No regression but {}", count(accepted, "that is accepted", "that are accepted")),
    };
    match (tally.rows("improvement"), tally.rows("incomparable")) {
        (0, 0) => none,
        (better, 0) => format!("{none}, {}", count(better, "improvement", "improvements")),
        (_, apart) => format!("{none}, but {} not be compared", count(apart, "row could", "rows could")),
    }
}

/// How to see what is only counted.
pub const LISTED_ON_DEMAND: &str = "; -v lists them";

/// `all 27 rows of 9 benchmarks are unchanged (a worsening beyond 10 % is ruled out)`, where that is true. Objectives that are met
/// are counted apart.
pub fn all_unchanged(rows: &[Row]) -> String {
    let met = met(rows);
    match (rows.len() - met, met) {
        (0, 1) => "the only row is an objective that is met".to_owned(),
        (0, _) => format!("{met} objectives are met"),
        (compared, 0) => format!("{} {}", who(compared, rows), unchanged_in_words(rows)),
        (compared, met) => {
            format!("{} {}, and {}", who(compared, rows), unchanged_in_words(rows), objectives_met(met))
        }
    }
}

/// `unchanged (a worsening beyond 10 % is ruled out)`: what is known of the unchanged rows that were compared. It is no claim that
/// they are equal, unless they are.
pub fn unchanged_in_words(rows: &[Row]) -> String {
    let (equal, others) = equal_and_others(rows);
    let are = |number: usize| if number == 1 { "is" } else { "are" };
    let equal_ones = || format!("{} {} exactly equal", units::whole(equal as u64), are(equal));
    let known = match (equal, others) {
        (_, 0) => "exactly equal".to_owned(),
        (0, _) => ruled_out(rows),
        (_, 1) => format!("in 1 {}, {}", ruled_out(rows), equal_ones()),
        (_, others) => format!("in {} {}, {}", units::whole(others as u64), ruled_out(rows), equal_ones()),
    };
    format!("unchanged ({known})")
}

/// `a worsening beyond 10 % is ruled out`.
pub fn ruled_out(rows: &[Row]) -> String {
    format!("a worsening beyond {} is ruled out", thresholds(rows))
}

/// How many of the unchanged rows have the same value on both sides and no variation, and how many others were compared.
fn equal_and_others(rows: &[Row]) -> (usize, usize) {
    let all = decided(rows, Decision::Unchanged).count();
    let equal = decided(rows, Decision::Unchanged).filter(|row| row.is_equal()).count();
    (equal, all - equal)
}

/// Objectives that are met.
pub fn met(rows: &[Row]) -> usize {
    rows.iter().filter(|row| row.objective().is_some() && row.decision() == Some(Decision::Unchanged)).count()
}

/// `2 objectives are met`.
pub fn objectives_met(number: usize) -> String {
    format!("{} met", count(number, "objective is", "objectives are"))
}

fn who(number: usize, rows: &[Row]) -> String {
    match (number, Tally::of(rows).all_benchmarks()) {
        (1, _) => "the only row is".to_owned(),
        (2, _) => "both rows are".to_owned(),
        (all, 1) => format!("all {all} rows are"),
        (all, benchmarks) => format!("all {all} rows of {benchmarks} benchmarks are"),
    }
}

/// `27 more: unchanged (a worsening beyond 10 % is ruled out)`; `None` where there is none beside what is listed.
pub fn unchanged(rows: &[Row]) -> Option<String> {
    let number = rows.len() - rows.iter().filter(|row| is_listed(row)).count();
    match (number - met(rows), met(rows)) {
        (0, 0) => None,
        (0, met) => Some(format!("{number} more: {}", objectives_met(met))),
        (_, 0) => Some(format!("{number} more: {}", unchanged_in_words(rows))),
        (same, met) => Some(format!("{number} more: {same} {}, {}", unchanged_in_words(rows), objectives_met(met))),
    }
}

/// The thresholds of the unchanged rows, apart from those that are equal: `10 %`, or `thresholds of 1 % to 10 % and 1 percentage
/// point`.
fn thresholds(rows: &[Row]) -> String {
    let unchanged = || rows.iter().filter(|row| row.decision() == Some(Decision::Unchanged));
    let of = |yardstick: Yardstick| {
        let rows = unchanged().filter(|row| row.yardstick() == yardstick).filter_map(Row::compared);
        let mut all: Vec<Threshold> = rows.filter(|row| !row.is_equal()).map(|compared| compared.threshold).collect();
        all.sort_by(|a, b| a.share().total_cmp(&b.share()));
        Some((*all.first()?, *all.last()?, yardstick))
    };
    let ranges: Vec<_> = [Yardstick::Relative, Yardstick::Points].into_iter().filter_map(of).collect();
    match ranges.as_slice() {
        [] => "its threshold".to_owned(),
        [(least, most, yardstick)] if least == most => least.by(*yardstick),
        several => {
            let range = |(least, most, yardstick): &(Threshold, Threshold, Yardstick)| {
                let [low, high] = [least, most].map(|threshold| threshold.by(*yardstick));
                if low == high { low } else { format!("{low} to {high}") }
            };
            format!("thresholds of {}", several.iter().map(range).collect::<Vec<_>>().join(" and "))
        }
    }
}

/// The rows with this decision. What is accepted is none of them: nothing is claimed of it.
fn decided(rows: &[Row], decision: Decision) -> impl Iterator<Item = &Compared> {
    rows.iter().filter(move |row| row.decision() == Some(decision)).filter_map(Row::compared)
}

/// How far a claim of a change can be believed; `None` where nothing is claimed.
pub fn guarantee(comparison: &Comparison) -> Option<String> {
    let claims = |decision: Decision| decided(&comparison.rows, decision);
    let regressions = claims(Decision::Regression).count() > 0;
    let tested = |decision: Decision| claims(decision).any(|row| row.evidence != Evidence::Exact);
    let odds = units::odds(comparison.alpha.share());
    let by_chance = tested(Decision::Regression);
    // A row that could not be confirmed has what every stored baseline lacks.
    let unconfirmed = comparison.method == Method::Confirmed && comparison.rows.iter().any(is_unconfirmed_regression);
    let method = if unconfirmed { Method::StoredBaseline } else { comparison.method };
    let by_sessions = || {
        [Decision::Regression, Decision::Improvement].into_iter().flat_map(claims).all(|row| match &row.evidence {
            Evidence::Tested(tested) => !matches!(tested.test, Test::WelchLog | Test::WelchLinear),
            Evidence::Exact | Evidence::TooFewRounds => true,
        })
    };
    match method {
        Method::StoredBaseline if by_chance && by_sessions() => Some(format!(
            "At most {odds} checks of unchanged code would say so, if sessions go on to differ as the recorded ones did."
        )),
        Method::StoredBaseline if tested(Decision::Improvement) && by_sessions() => None,
        Method::StoredBaseline if by_chance || tested(Decision::Improvement) => Some(
            "A stored baseline cannot see whether the machine's own speed changed between the two sessions.".to_owned(),
        ),
        _ if regressions && !by_chance => {
            Some("The difference does not vary from round to round, so this is not chance.".to_owned())
        }
        Method::Independent if by_chance => Some(format!(
            "At most {odds} comparisons of unchanged code would say so, if the machine was equally fast both times."
        )),
        Method::Paired | Method::SideBySide | Method::Confirmed if by_chance => {
            Some(format!("At most {odds} checks of unchanged code would say so."))
        }
        _ => None,
    }
}

fn is_unconfirmed_regression(row: &Row) -> bool {
    matches!(&row.finding, Finding::Compared(compared) if matches!(&compared.evidence, Evidence::Tested(tested)
        if compared.decision == Decision::Regression
            && matches!(tested.test, Test::WelchLog | Test::WelchLinear | Test::SessionLog | Test::SessionLinear)))
}

/// The verdict in words, for a title: `1 of 30 benchmarks is slower`.
pub fn headline(comparison: &Comparison) -> String {
    let tally = Tally::of(&comparison.rows);
    let all = tally.all_benchmarks();
    let of_all = |number: usize| format!("{number} of {}", count(all, "benchmark", "benchmarks"));
    let is = |number: usize| if number == 1 { "is" } else { "are" };
    let slower = |number: usize| match worse(&comparison.rows) {
        Some(worse) => format!("{} {worse}", is(number)),
        None if number == 1 => "violates an objective".to_owned(),
        None => "violate objectives".to_owned(),
    };
    let regressed = tally.benchmarks("regression");
    match comparison.verdict {
        Verdict::Failed => {
            let more = if regressed > 0 { format!(", {regressed} {}", slower(regressed)) } else { String::new() };
            failures(&tally) + &more
        }
        Verdict::Regression => format!("{} {}{}", of_all(regressed), slower(regressed), also_accepted(&tally)),
        Verdict::Inconclusive => {
            let open = tally.benchmarks("inconclusive");
            format!("no regression shown, {} {} undecided{}", of_all(open), is(open), also_accepted(&tally))
        }
        Verdict::NoBaseline if tally.rows("incomparable") > 0 => "nothing could be compared".to_owned(),
        Verdict::NoBaseline => "nothing to compare with yet".to_owned(),
        Verdict::Pass => {
            let improved = tally.benchmarks("improvement");
            let looked_at = format!("no regression in {}", count(all, "benchmark", "benchmarks"));
            let looked_at = if improved > 0 { format!("{looked_at}, {improved} improved") } else { looked_at };
            looked_at + &also_accepted(&tally)
        }
    }
}

/// Times and rates become slower; where something else got worse too, that word covers all. `None` where only objectives are
/// violated.
fn worse(rows: &[Row]) -> Option<&'static str> {
    let regressions = || decided(rows, Decision::Regression);
    regressions().next()?;
    let speed = |row: &Compared| {
        matches!(
            (row.unit.as_str(), row.direction),
            ("ns", Direction::LowerIsBetter) | ("1/s", Direction::HigherIsBetter)
        )
    };
    let violated = |row: &Row| row.objective().is_some() && row.decision() == Some(Decision::Regression);
    Some(if regressions().all(speed) && !rows.iter().any(violated) { "slower" } else { "worse" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::BenchmarkResult;
    use crate::words::samples::{around, benchmark, judged, latency, metric, sides};

    fn rates(level: f64) -> BenchmarkResult {
        benchmark("r", vec![metric("error_rate", "ratio", around(level, 10))])
    }

    #[test]
    fn thresholds_of_shares_and_of_points_are_said_apart() {
        let both = judged(&sides([latency("a", 1.0), [rates(0.1), rates(0.1)]]), Method::Independent);
        assert_eq!(thresholds(&both.rows), "thresholds of 10 % and 1 percentage point");
        let rate = judged(&sides([[rates(0.1), rates(0.1)]]), Method::Independent);
        assert_eq!(thresholds(&rate.rows), "1 percentage point");
    }

    #[test]
    fn only_what_is_equal_is_called_so_and_of_the_others_it_is_said_what_is_ruled_out() {
        let said =
            |pairs: Vec<[BenchmarkResult; 2]>| unchanged_in_words(&judged(&sides(pairs), Method::Independent).rows);
        let size = |name: &str, value: f64| {
            [1e6, value].map(|value| benchmark(name, vec![metric("size", "B", vec![value; 5])]))
        };
        let tested = || latency("a", 1.001);
        assert_eq!(said(vec![tested(), latency("b", 0.999)]), "unchanged (a worsening beyond 10 % is ruled out)");
        assert_eq!(said(vec![size("a", 1e6), size("b", 1e6)]), "unchanged (exactly equal)");
        assert_eq!(said(vec![size("a", 1.01e6)]), "unchanged (a worsening beyond 10 % is ruled out)");
        assert_eq!(
            said(vec![tested(), size("b", 1e6), size("c", 1e6)]),
            "unchanged (in 1 a worsening beyond 10 % is ruled out, 2 are exactly equal)"
        );
    }
}
