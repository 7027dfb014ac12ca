//! Screen, then confirm: what a stored baseline leaves open is settled by rounds side by side.
//!
//! The two sessions that a stored baseline compares differ by more than the code: on a shared machine its speed changes from
//! one to the next. So a row that such a comparison does not clear is measured anew, both sides in turn, and that
//! measurement alone decides it: it is a fresh sample, so the error rate is that of its own test.

use std::collections::BTreeSet;

use super::verdict::{exit_status, sort, verdict};
use super::{Comparison, Decision, Evidence, Finding, Method, Row, counts, measured, words};
use crate::config::FailOn;

/// Benchmarks with a row that a stored baseline cannot settle: one that a test found worse, or could not decide. An objective that
/// one session violates is looked at again for the same reason, and one that is not proven because more rounds may prove it. Values that
/// do not vary are the same in every session, and need no confirmation; but counts change with the libraries and the
/// compiler of the machine, so a larger one does.
pub fn unsettled(screen: &Comparison) -> BTreeSet<String> {
    screen.rows.iter().filter(|row| is_unsettled(row)).map(|row| row.benchmark.clone()).collect()
}

fn is_unsettled(row: &Row) -> bool {
    if let Finding::Objective(found) = &row.finding {
        return found.decision() == Some(Decision::Regression) || found.may_change();
    }
    let Finding::Compared(compared) = &row.finding else { return false };
    (matches!(compared.evidence, Evidence::Tested(_)) || compared.unit.is_repeatable_count())
        && matches!(compared.decision, Decision::Regression | Decision::Inconclusive)
}

/// The screen, with the rows of the benchmarks that were measured side by side replaced by what that says.
///
/// A benchmark that is not in `proven` ran its base without being built: if the base in truth ran the candidate's code, the
/// two would look alike. Its regressions count; that it is unchanged does not.
///
/// Where the time was over before a row was looked at as closely as the screen did, the screen's verdict stands: a gate does not
/// open because it was given too little time.
pub fn confirm(screen: Comparison, side_by_side: Comparison, proven: &BTreeSet<String>, fail_on: FailOn) -> Comparison {
    let is_whole = |row: &Row| row.metric.is_none() && row.finding == Finding::NotReached;
    let not_reached: BTreeSet<String> = benchmarks(&side_by_side.rows, is_whole);
    let again: BTreeSet<String> = benchmarks(&side_by_side.rows, |row| !not_reached.contains(&row.benchmark));
    let (replaced, mut rows): (Vec<Row>, Vec<Row>) =
        screen.rows.into_iter().partition(|row| again.contains(&row.benchmark));
    for row in rows.iter_mut().filter(|row| not_reached.contains(&row.benchmark) && is_unsettled(row)) {
        row.reason.push_str(NOT_IN_TIME);
    }
    let looked_at = side_by_side.rows.into_iter().filter(|row| again.contains(&row.benchmark));
    rows.extend(looked_at.map(|row| {
        let seen = replaced.iter().find(|old| old.benchmark == row.benchmark && old.metric == row.metric);
        let is_proven = proven.contains(&row.benchmark);
        match seen {
            Some(seen) if is_cut_short(&row, seen) => Row { reason: seen.reason.clone() + NOT_IN_TIME, ..seen.clone() },
            seen => confirmed(row, seen, is_proven),
        }
    }));
    sort(&mut rows);
    let verdict = verdict(&rows);
    let mut warnings = screen.warnings;
    warnings.extend(side_by_side.warnings);
    let remarks = screen.remarks.replaced_by(side_by_side.remarks, |name| again.contains(name));
    Comparison {
        verdict,
        exit_status: exit_status(verdict, fail_on),
        method: Method::Confirmed,
        warnings: counts::with_disagreements(warnings, &rows),
        remarks,
        measured: measured::confirmed(screen.measured, side_by_side.measured, &rows),
        rows,
        candidate: side_by_side.candidate,
        base: screen.base,
        alpha: screen.alpha,
    }
}

/// Said of a row whose confirmation was begun and not finished.
const NOT_IN_TIME: &str = "; the time was over before rounds side by side could settle it";

fn benchmarks(rows: &[Row], wanted: impl Fn(&Row) -> bool) -> BTreeSet<String> {
    rows.iter().filter(|row| wanted(row)).map(|row| row.benchmark.clone()).collect()
}

/// Whether a row is undecided after fewer rounds than the screen had of the candidate, or was not looked at at all.
fn is_cut_short(row: &Row, seen: &Row) -> bool {
    if row.finding == Finding::NotReached {
        return seen.finding != Finding::NotReached;
    }
    if let (Some(now), Some(before)) = (row.objective(), seen.objective()) {
        return now.decision() == Some(Decision::Inconclusive) && now.candidate.queries < before.candidate.queries;
    }
    let (Some(now), Some(before)) = (row.compared(), seen.compared()) else { return false };
    let [_, screened] = before.rounds;
    now.decision == Decision::Inconclusive && now.rounds.iter().any(|&rounds| rounds < screened)
}

fn confirmed(mut row: Row, seen: Option<&Row>, is_proven: bool) -> Row {
    row.confirmed = true;
    let looked = seen.and_then(worse_before);
    let was_open = seen.is_some_and(is_unsettled);
    let was_violated =
        seen.is_some_and(|seen| seen.objective().is_some() && seen.decision() == Some(Decision::Regression));
    if let Some(found) = row.objective()
        && was_violated
        && found.decision() != Some(Decision::Regression)
    {
        row.reason.push_str("; it was violated when the candidate was measured alone before");
    }
    let Finding::Compared(compared) = &mut row.finding else { return row };
    match (compared.decision, looked) {
        (Decision::Unchanged, looked) if !is_proven && was_open => {
            compared.decision = Decision::Inconclusive;
            let before = looked.unwrap_or_else(|| "undecided".to_owned());
            row.reason = format!(
                "{before} against the stored baseline and alike side by side, where nothing was built for the base: either \
                 the machine's speed changed, or both sides ran the same code; say in `[build]` how a revision becomes runnable"
            );
        }
        (Decision::Unchanged | Decision::Improvement | Decision::Inconclusive, Some(looked)) => {
            let why = if compared.unit.is_repeatable_count() {
                "the libraries or tools of the machine have changed"
            } else {
                "the machine was slower now"
            };
            row.reason = format!("{}; {looked} against the stored baseline: {why}", row.reason);
        }
        (Decision::Regression, _) | (_, None) => {}
    }
    row
}

/// `22.1 % slower`, where the stored baseline said so.
fn worse_before(row: &Row) -> Option<String> {
    let Finding::Compared(compared) = &row.finding else { return None };
    if compared.decision != Decision::Regression {
        return None;
    }
    let name = words::Change::of(&compared.unit, compared.direction, row.yardstick());
    compared.change_by(row.yardstick()).map(|change| name.sized(compared.direction.worsening(change)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatePolicy;
    use crate::gate::{ExitStatus, Setting, Verdict, compare};
    use crate::result::{BenchmarkResult, Direction, Metric, RoundValues, RunResult, Unit, Warning};

    const QUIET: [f64; 6] = [100.0, 101.0, 99.0, 100.5, 99.5, 100.2];

    fn metric(name: &str, rounds: &[f64]) -> Metric {
        Metric {
            name: name.to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(rounds.to_vec()).unwrap(),
            gate: true,
        }
    }

    fn result(benchmarks: &[(&str, f64)]) -> RunResult {
        let benchmark = |&(name, factor): &(&str, f64)| {
            let metrics = vec![metric("latency_p50", &QUIET.map(|value| value * factor)), metric("size", &[7.0, 7.0])];
            BenchmarkResult::imported(name, metrics)
        };
        RunResult::imported(benchmarks.iter().map(benchmark).collect())
    }

    fn judged(base: &[(&str, f64)], candidate: &[(&str, f64)], method: Method) -> Comparison {
        let setting = Setting { method, ..Setting::default() };
        compare(&result(base), &result(candidate), &GatePolicy::default(), &setting)
    }

    fn proven(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn row<'a>(comparison: &'a Comparison, benchmark: &str) -> &'a Row {
        let wanted = |row: &&Row| row.benchmark == benchmark && row.metric.as_deref() == Some("latency_p50");
        comparison.rows.iter().find(wanted).unwrap()
    }

    fn decision(row: &Row) -> Decision {
        let Finding::Compared(compared) = &row.finding else { panic!("{row:?}") };
        compared.decision
    }

    #[test]
    fn only_what_a_test_found_worse_or_undecided_is_open() {
        let screen = judged(
            &[("a", 1.0), ("b", 1.0), ("c", 1.0)],
            &[("a", 1.5), ("b", 1.0), ("c", 0.5)],
            Method::StoredBaseline,
        );
        assert_eq!(unsettled(&screen), proven(&["a"]));
        assert_eq!(screen.verdict, Verdict::Regression);
    }

    #[test]
    fn a_larger_count_is_open_and_alike_side_by_side_it_was_the_machine() {
        let counted = |count: f64| {
            let metric = Metric { unit: Unit::instructions(), ..metric("instructions", &[count, count]) };
            RunResult::imported(vec![BenchmarkResult::imported("a", vec![metric])])
        };
        let compared = |base: f64, method: Method| {
            let setting = Setting { method, ..Setting::default() };
            compare(&counted(base), &counted(1000.0), &GatePolicy::default(), &setting)
        };
        let screen = compared(900.0, Method::StoredBaseline);
        assert_eq!(unsettled(&screen), proven(&["a"]));
        let whole = confirm(screen, compared(1000.0, Method::SideBySide), &proven(&["a"]), FailOn::default());
        assert_eq!((whole.verdict, decision(&whole.rows[0])), (Verdict::Pass, Decision::Unchanged));
        assert!(whole.rows[0].reason.ends_with("libraries or tools of the machine have changed"), "{:?}", whole.rows);
    }

    #[test]
    fn a_count_that_was_not_made_again_in_time_keeps_the_screens_verdict() {
        let counted = |count: f64| {
            let metric = Metric { unit: Unit::instructions(), ..metric("instructions", &[count, count]) };
            RunResult::imported(vec![BenchmarkResult::imported("a", vec![metric])])
        };
        let compared = |base: &RunResult, candidate: &RunResult, method: Method| {
            let setting = Setting { method, ..Setting::default() };
            compare(base, candidate, &GatePolicy::default(), &setting)
        };
        let screen = compared(&counted(900.0), &counted(1000.0), Method::StoredBaseline);
        let mut late = result(&[("a", 1.0)]);
        let code = crate::result::COUNTS_NOT_IN_TIME.to_owned();
        late.benchmarks[0].warnings.push(Warning { code, message: String::new() });
        let again = compared(&late, &late, Method::SideBySide);
        let whole = confirm(screen, again, &proven(&["a"]), FailOn::default());
        assert_eq!((whole.verdict, decision(&whole.rows[0])), (Verdict::Regression, Decision::Regression));
        assert!(whole.rows[0].reason.ends_with(NOT_IN_TIME), "{:?}", whole.rows[0]);
        assert!(whole.rows.iter().any(|row| row.metric.as_deref() == Some("latency_p50")), "the clock had its say");
    }

    #[test]
    fn a_row_that_is_alike_side_by_side_is_green_and_tells_what_the_baseline_said() {
        let screen = judged(&[("a", 1.0), ("b", 1.0)], &[("a", 1.5), ("b", 1.0)], Method::StoredBaseline);
        let again = judged(&[("a", 1.5)], &[("a", 1.5)], Method::SideBySide);
        let whole = confirm(screen, again, &proven(&["a"]), FailOn::default());
        assert_eq!(
            (whole.verdict, whole.exit_status, whole.method),
            (Verdict::Pass, ExitStatus::Success, Method::Confirmed)
        );
        assert!(row(&whole, "a").confirmed && !row(&whole, "b").confirmed);
        assert!(whole.rows.iter().filter(|row| row.benchmark == "a").count() == 2, "every row once: {:#?}", whole.rows);
    }

    #[test]
    fn a_base_that_may_have_run_the_candidates_code_proves_nothing_by_being_alike() {
        let sides = [("a", 1.0)];
        let screen = judged(&sides, &[("a", 1.5)], Method::StoredBaseline);
        let mut again = judged(&sides, &[("a", 1.01)], Method::SideBySide);
        again.rows.iter_mut().for_each(|row| row.reason = "alike".to_owned());
        let whole = confirm(screen, again, &BTreeSet::new(), FailOn::default());
        assert_eq!(decision(row(&whole, "a")), Decision::Inconclusive);
        assert!(
            row(&whole, "a").reason.contains("50 % slower against the stored baseline"),
            "{}",
            row(&whole, "a").reason
        );
        assert!(row(&whole, "a").reason.contains("[build]"));
        assert_eq!(whole.exit_status, ExitStatus::Success);
    }

    #[test]
    fn a_regression_that_is_there_side_by_side_too_is_red_whoever_built_the_base() {
        for proven in [proven(&["a"]), BTreeSet::new()] {
            let screen = judged(&[("a", 1.0)], &[("a", 1.3)], Method::StoredBaseline);
            // Other rounds than on the base's side: without variation there would be no test.
            let mut candidate = result(&[("a", 1.3)]);
            candidate.benchmarks[0].metrics[0] = metric("latency_p50", &[130.0, 131.0, 132.0, 129.0, 130.4, 131.1]);
            let setting = Setting { method: Method::SideBySide, ..Setting::default() };
            let again = compare(&result(&[("a", 1.0)]), &candidate, &GatePolicy::default(), &setting);
            let whole = confirm(screen, again, &proven, FailOn::default());
            assert_eq!((whole.verdict, whole.exit_status), (Verdict::Regression, ExitStatus::Regression));
            assert_eq!(decision(&whole.rows[0]), Decision::Regression);
        }
    }

    /// The first rounds of a result.
    fn first_rounds(mut result: RunResult, rounds: usize) -> RunResult {
        for metric in result.benchmarks.iter_mut().flat_map(|benchmark| &mut benchmark.metrics) {
            let values = metric.rounds.as_slice();
            metric.rounds = RoundValues::new(values[..rounds.min(values.len())].to_vec()).unwrap();
        }
        result
    }

    #[test]
    fn too_little_time_to_confirm_a_regression_does_not_open_the_gate() {
        let screen = || judged(&[("a", 1.0), ("b", 1.0)], &[("a", 1.5), ("b", 1.5)], Method::StoredBaseline);
        let setting = |not_reached| Setting { method: Method::SideBySide, not_reached, ..Setting::default() };
        let policy = GatePolicy::default();
        // One benchmark was not reached, and the other had a single pair.
        let side = || first_rounds(result(&[("a", 1.0)]), 1);
        let again = compare(&side(), &side(), &policy, &setting(vec!["b".to_owned()]));
        let whole = confirm(screen(), again, &proven(&["a", "b"]), FailOn::default());
        assert_eq!((whole.verdict, whole.exit_status), (Verdict::Regression, ExitStatus::Regression));
        for benchmark in ["a", "b"] {
            let row = row(&whole, benchmark);
            assert!(decision(row) == Decision::Regression && !row.confirmed, "{row:?}");
            assert!(row.reason.ends_with("before rounds side by side could settle it"), "{}", row.reason);
        }
        assert_eq!(whole.rows.len(), 4, "every row once: {:#?}", whole.rows);
    }
}
