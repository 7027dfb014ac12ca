//! The series of a comparison.

use super::text::Labels;
use super::{Description, Sample};
use crate::gate::{Comparison, Decision, Evidence, Finding, Row, Verdict};
use crate::result::CommitId;

/// What was compared, and what became of each row.
pub(super) fn samples(comparison: &Comparison) -> Vec<Sample> {
    let machine = machine(comparison);
    let exit_code = f64::from(comparison.exit_status.code());
    let mut samples = vec![
        plain("perfgate_comparison_info", "What was compared, and the verdict. Always 1.", info(comparison), 1.0),
        plain("perfgate_comparison_exit_code", "The exit status of the comparison.", Vec::new(), exit_code),
    ];
    samples.extend(comparison.rows.iter().flat_map(of_row));
    samples.iter_mut().for_each(|sample| sample.labels.extend(machine.clone()));
    samples
}

fn machine(comparison: &Comparison) -> Option<(&'static str, String)> {
    let environment = comparison.candidate.environment.as_ref()?;
    Some(("machine", environment.fingerprint.to_string()))
}

fn info(comparison: &Comparison) -> Labels {
    let (base, candidate) = (&comparison.base, &comparison.candidate);
    let commit = |commit: Option<&CommitId>| commit.map(ToString::to_string).unwrap_or_default();
    vec![
        ("base", base.label.clone().unwrap_or_default()),
        ("base_commit", commit(base.commit.as_ref())),
        ("candidate", candidate.label.clone().unwrap_or_default()),
        ("candidate_commit", commit(candidate.commit.as_ref())),
        ("verdict", verdict(comparison.verdict).to_owned()),
    ]
}

fn of_row(row: &Row) -> Vec<Sample> {
    let mut labels = vec![("benchmark", row.benchmark.clone())];
    labels.extend(row.metric.clone().map(|metric| ("metric", metric)));
    let mut with_verdict = labels.clone();
    with_verdict.push(("verdict", row_verdict(row).to_owned()));
    let mut samples = vec![plain(
        "perfgate_verdict",
        "The verdict of a row, as a label. Always 1; the other verdicts have no series.",
        with_verdict,
        1.0,
    )];
    samples.extend(row.objective().into_iter().flat_map(|found| {
        let values = [
            ("perfgate_objective_within_ratio", WITHIN, found.candidate_share()),
            ("perfgate_objective_ratio", ASKED_FOR, found.objective.share()),
            ("perfgate_error_budget_used_ratio", BUDGET_USED, found.budget_used()),
        ];
        values.map(|(name, help, value)| ratio(name, help, labels.clone(), value))
    }));
    let Some(compared) = row.compared() else { return samples };
    let interval = match &compared.evidence {
        Evidence::Tested(tested) => tested.interval,
        Evidence::Exact | Evidence::TooFewRounds => None,
    };
    let values = [
        ("perfgate_change_ratio", "Candidate over baseline minus 1: 0.1 is 10 % more.", compared.change),
        ("perfgate_change_low_ratio", "Lower end of the interval of the change.", interval.map(|[low, _]| low)),
        ("perfgate_change_high_ratio", "Upper end of the interval of the change.", interval.map(|[_, high]| high)),
        (
            "perfgate_change_threshold_ratio",
            "The smallest worsening that matters to the row.",
            Some(compared.threshold.share()),
        ),
    ];
    samples
        .extend(values.into_iter().filter_map(|(name, help, value)| Some(ratio(name, help, labels.clone(), value?))));
    samples
}

const WITHIN: &str = "The share of the candidate's queries that kept a service-level objective.";
const ASKED_FOR: &str = "The share of queries that a service-level objective asks for.";
const BUDGET_USED: &str =
    "The share of queries that did not keep an objective, over the share that may not: above 1 it is overspent.";

fn ratio(name: &str, help: &'static str, labels: Labels, value: f64) -> Sample {
    Sample { description: Description { name: name.to_owned(), unit: Some("ratio"), help }, labels, value }
}

fn plain(name: &str, help: &'static str, labels: Labels, value: f64) -> Sample {
    Sample { description: Description { name: name.to_owned(), unit: None, help }, labels, value }
}

/// The verdict of the whole, as the comparison's document spells it.
fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Regression => "regression",
        Verdict::Inconclusive => "inconclusive",
        Verdict::NoBaseline => "no-baseline",
        Verdict::Failed => "failed",
    }
}

/// The verdict of a row, as the comparison's document spells it.
fn row_verdict(row: &Row) -> &'static str {
    match &row.finding {
        Finding::Compared(compared) => decision(compared.decision),
        Finding::Objective(found) => found.decision().map_or("accepted", decision),
        Finding::Accepted(..) => "accepted",
        Finding::NoBaseline(_) => "no-baseline",
        Finding::Missing { .. } => "missing",
        Finding::Incomparable => "incomparable",
        Finding::Failed => "failed",
        Finding::NotReached => "inconclusive",
    }
}

fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Regression => "regression",
        Decision::Improvement => "improvement",
        Decision::Unchanged => "unchanged",
        Decision::Inconclusive => "inconclusive",
    }
}
