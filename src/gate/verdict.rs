//! From rows to one verdict and one exit status.

use super::{Compared, Decision, Finding, Row};
use crate::config::FailOn;

/// What a check as a whole says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Every row that could be compared is fine.
    Pass,
    /// At least one row is worse.
    Regression,
    /// No row is worse, but at least one could not be decided.
    Inconclusive,
    /// No row could be compared.
    NoBaseline,
    /// At least one benchmark could not be measured, or has silently disappeared.
    Failed,
}

/// The exit status of a verb. The numbers are part of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// No regression.
    Success,
    /// At least one regression.
    Regression,
    /// Wrong usage, configuration or input.
    Usage,
    /// Nothing comparable to compare with.
    NoBaseline,
    /// The system under test could not be measured.
    SystemFailed,
    /// Inconclusive, and the policy names it.
    Inconclusive,
    /// Interrupted by a signal.
    Interrupted,
}

impl ExitStatus {
    /// The number that the process returns.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Regression => 1,
            Self::Usage => 2,
            Self::NoBaseline => 3,
            Self::SystemFailed => 4,
            Self::Inconclusive => 5,
            Self::Interrupted => 130,
        }
    }
}

/// Whether a row is a failure of the check itself: not measured, or gone without leave.
fn is_failure(row: &Row) -> bool {
    matches!(row.finding, Finding::Failed | Finding::Missing { allowed: false, .. })
}

/// Whether nothing was to be compared, and all rows are objectives, which need no baseline. Where something was to be compared and
/// could not be, an objective that is met is no stand-in for it.
fn is_about_objectives(rows: &[Row]) -> bool {
    !rows.is_empty() && rows.iter().all(|row| row.objective().is_some())
}

fn has_decision(rows: &[Row], decision: Decision) -> bool {
    rows.iter().any(|row| row.decision() == Some(decision))
}

/// The verdict over all rows. A failure outranks a regression, a regression an empty comparison.
pub fn verdict(rows: &[Row]) -> Verdict {
    let not_reached = rows.iter().any(|row| row.finding == Finding::NotReached);
    if rows.iter().any(is_failure) {
        Verdict::Failed
    } else if has_decision(rows, Decision::Regression) {
        Verdict::Regression
    } else if rows.iter().all(|row| row.compared().is_none()) && !is_about_objectives(rows) {
        // A check that had no time to look at anything is no look.
        if not_reached { Verdict::Failed } else { Verdict::NoBaseline }
    } else if has_decision(rows, Decision::Inconclusive) || not_reached {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    }
}

/// The exit status that the policy attaches to a verdict.
pub fn exit_status(verdict: Verdict, fail_on: FailOn) -> ExitStatus {
    match verdict {
        Verdict::Failed => ExitStatus::SystemFailed,
        Verdict::Regression => ExitStatus::Regression,
        Verdict::NoBaseline if fail_on.no_baseline => ExitStatus::NoBaseline,
        Verdict::Inconclusive if fail_on.inconclusive => ExitStatus::Inconclusive,
        Verdict::Pass | Verdict::NoBaseline | Verdict::Inconclusive => ExitStatus::Success,
    }
}

/// Sorts rows into the order in which people read them: failures, regressions, undecided, accepted, what had nothing to
/// compare with, improvements, unchanged; inside a kind the largest worsening first, then by name.
pub fn sort(rows: &mut [Row]) {
    rows.sort_by(|a, b| {
        rank(a)
            .cmp(&rank(b))
            .then_with(|| worsening(b).total_cmp(&worsening(a)))
            .then_with(|| a.benchmark.cmp(&b.benchmark))
            .then_with(|| a.metric.cmp(&b.metric))
    });
}

fn rank(row: &Row) -> u8 {
    match &row.finding {
        Finding::Failed => 0,
        Finding::Missing { allowed: false, .. } => 1,
        Finding::Compared(compared) => rank_of(compared.decision),
        Finding::Objective(found) => found.decision().map_or(5, rank_of),
        Finding::NotReached => 4,
        Finding::Accepted(..) => 5,
        Finding::Incomparable => 6,
        Finding::NoBaseline(_) => 7,
        Finding::Missing { allowed: true, .. } => 8,
    }
}

fn rank_of(decision: Decision) -> u8 {
    match decision {
        Decision::Regression => 2,
        Decision::Inconclusive => 3,
        Decision::Improvement => 9,
        Decision::Unchanged => 10,
    }
}

/// How much worse a row is: an objective by how much of the error budget is overspent; a row without a relative change (its baseline is 0) counts by which side is larger.
fn worsening(row: &Row) -> f64 {
    if let Some(found) = row.objective() {
        return found.budget_used() - 1.0;
    }
    let Some(Compared { change, direction, baseline, candidate, .. }) = row.compared() else { return 0.0 };
    let change = change.unwrap_or_else(|| (candidate - baseline).signum() * f64::MAX);
    direction.worsening(change)
}
