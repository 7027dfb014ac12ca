//! From the domain to the document.

use super::fields::tidy;
use super::{
    AcceptedV1, ComparisonV1, ComparisonWarningV1, HistoryV1, MethodV1, OriginV1, RowV1, RowVerdictV1, SCHEMA, SideV1,
    TestV1, VerdictV1, measured, objective,
};
use crate::gate::{
    Acceptance, Compared, Comparison, Decision, Evidence, Finding, Method, OneSide, Origin, Past, Remark, Row, Side,
    Test, Tested, Verdict,
};
use crate::result::Warning;
use crate::wire::environment::EnvironmentV1;
use crate::wire::to_text;

/// A comparison as JSON text.
pub fn write_comparison(comparison: &Comparison) -> String {
    let document = ComparisonV1 {
        schema: SCHEMA.to_owned(),
        verdict: comparison.verdict.into(),
        exit_code: comparison.exit_status.code(),
        base: (&comparison.base).into(),
        candidate: (&comparison.candidate).into(),
        method: comparison.method.into(),
        alpha: comparison.alpha.share(),
        rows: comparison.rows.iter().map(row).collect(),
        warnings: warnings(comparison),
        warnings_left_out: comparison.remarks.left_out,
        measured: Vec::new(),
    };
    let measured = measured::to_wire(&comparison.measured, to_text(&document).len());
    to_text(&ComparisonV1 { measured, ..document })
}

fn warnings(comparison: &Comparison) -> Vec<ComparisonWarningV1> {
    let warning = |of: Option<(&Remark, SideV1)>, warning: &Warning| ComparisonWarningV1 {
        code: warning.code.clone(),
        benchmark: of.map(|(remark, _)| remark.benchmark.clone()),
        side: of.map(|(_, side)| side),
        message: warning.message.clone(),
    };
    let of_all = comparison.warnings.iter().map(|told| warning(None, told));
    let of_one = comparison.remarks.listed.iter();
    of_all.chain(of_one.map(|remark| warning(Some((remark, remark.side.into())), &remark.warning))).collect()
}

impl From<Side> for SideV1 {
    fn from(domain: Side) -> Self {
        match domain {
            Side::Base => Self::Base,
            Side::Candidate => Self::Candidate,
        }
    }
}

impl From<Verdict> for VerdictV1 {
    fn from(domain: Verdict) -> Self {
        match domain {
            Verdict::Pass => Self::Pass,
            Verdict::Regression => Self::Regression,
            Verdict::Inconclusive => Self::Inconclusive,
            Verdict::NoBaseline => Self::NoBaseline,
            Verdict::Failed => Self::Failed,
        }
    }
}

impl From<Method> for MethodV1 {
    fn from(domain: Method) -> Self {
        match domain {
            Method::StoredBaseline => Self::StoredBaseline,
            Method::Confirmed => Self::StoredBaselineConfirmed,
            Method::SideBySide => Self::SideBySide,
            Method::Independent => Self::Independent,
            Method::Paired => Self::Paired,
        }
    }
}

impl From<Test> for TestV1 {
    fn from(domain: Test) -> Self {
        match domain {
            Test::WelchLog => Self::WelchLog,
            Test::WelchLinear => Self::WelchLinear,
            Test::PairedLog => Self::PairedLog,
            Test::PairedLinear => Self::PairedLinear,
            Test::PairedTrimmedLog => Self::PairedTrimmedLog,
            Test::PairedTrimmedLinear => Self::PairedTrimmedLinear,
            Test::SessionLog => Self::SessionLog,
            Test::SessionLinear => Self::SessionLinear,
        }
    }
}

impl From<&Origin> for OriginV1 {
    fn from(domain: &Origin) -> Self {
        Self {
            label: domain.label.clone(),
            commit: domain.commit.as_ref().map(ToString::to_string),
            head: domain.head.as_ref().map(ToString::to_string),
            dirty: domain.dirty,
            environment: domain.environment.as_ref().map(EnvironmentV1::from),
        }
    }
}

fn row(domain: &Row) -> RowV1 {
    let says = |verdict| named(domain, verdict);
    match &domain.finding {
        Finding::Compared(compared) => compared_row(says(decision(compared.decision)), compared),
        Finding::Accepted(compared, acceptance) => {
            RowV1 { accepted: Some(accepted(acceptance)), ..compared_row(says(RowVerdictV1::Accepted), compared) }
        }
        Finding::Objective(found) => {
            let accepted = found.accepted.as_ref().map(accepted);
            let verdict = found.decision().map_or(RowVerdictV1::Accepted, decision);
            RowV1 { accepted, ..objective::to_wire(says(verdict), found) }
        }
        Finding::NoBaseline(side) => {
            let rounds = side.as_ref().map(|side| [0, side.rounds]);
            let candidate = side.as_ref().map(|side| side.value);
            RowV1 { candidate, rounds, ..of_side(says(RowVerdictV1::NoBaseline), side.as_ref()) }
        }
        Finding::Missing { baseline: side, allowed } => {
            let rounds = side.as_ref().map(|side| [side.rounds, 0]);
            let baseline = side.as_ref().map(|side| side.value);
            RowV1 { baseline, rounds, allowed: *allowed, ..of_side(says(RowVerdictV1::Missing), side.as_ref()) }
        }
        Finding::Incomparable => says(RowVerdictV1::Incomparable),
        Finding::Failed => says(RowVerdictV1::Failed),
        // Without a metric: that tells it from a row that was measured.
        Finding::NotReached => says(RowVerdictV1::Inconclusive),
    }
}

/// A row with nothing but names and words.
fn named(domain: &Row, verdict: RowVerdictV1) -> RowV1 {
    RowV1 {
        benchmark: domain.benchmark.clone(),
        metric: domain.metric.clone(),
        unit: None,
        direction: None,
        baseline: None,
        candidate: None,
        change: None,
        ci: None,
        difference_ci: None,
        p_value: None,
        p_adjusted: None,
        look: None,
        alpha_share: None,
        effect_size: None,
        test: None,
        threshold: None,
        rounds: None,
        minimum_detectable_change: None,
        rounds_needed: None,
        time_needed: None,
        history: None,
        objective: None,
        confirmed: domain.confirmed,
        accepted: None,
        allowed: false,
        verdict,
        reason: domain.reason.clone(),
    }
}

fn decision(domain: Decision) -> RowVerdictV1 {
    match domain {
        Decision::Regression => RowVerdictV1::Regression,
        Decision::Improvement => RowVerdictV1::Improvement,
        Decision::Unchanged => RowVerdictV1::Unchanged,
        Decision::Inconclusive => RowVerdictV1::Inconclusive,
    }
}

fn accepted(domain: &Acceptance) -> AcceptedV1 {
    AcceptedV1 {
        up_to: domain.up_to.share(),
        until: domain.term.until().map(|until| until.to_string()),
        base: domain.term.base().map(ToOwned::to_owned),
        why: domain.why.clone(),
        new: domain.new,
    }
}

fn of_side(row: RowV1, side: Option<&OneSide>) -> RowV1 {
    RowV1 { unit: side.map(|side| side.unit.to_string()), direction: side.map(|side| side.direction.into()), ..row }
}

fn compared_row(named: RowV1, compared: &Compared) -> RowV1 {
    let [baseline, candidate] = tidy_pair([compared.baseline, compared.candidate]);
    let row = RowV1 {
        unit: Some(compared.unit.to_string()),
        direction: Some(compared.direction.into()),
        baseline: Some(baseline),
        candidate: Some(candidate),
        change: compared.change.map(tidy),
        threshold: Some(compared.threshold.share()),
        rounds: Some(compared.rounds),
        ..named
    };
    match &compared.evidence {
        Evidence::Exact => RowV1 { test: Some(TestV1::Exact), ..row },
        Evidence::TooFewRounds => row,
        Evidence::Tested(tested) => tested_row(row, tested),
    }
}

/// Two values with as many digits as one has, unless that would hide that they differ.
fn tidy_pair([a, b]: [f64; 2]) -> [f64; 2] {
    let tidied = [tidy(a), tidy(b)];
    let [tidy_a, tidy_b] = tidied;
    if tidy_a == tidy_b && a != b { [a, b] } else { tidied }
}

fn history(past: Past) -> Option<HistoryV1> {
    let Past::Known(spread) = past else { return None };
    Some(HistoryV1 {
        sessions: spread.values,
        standard_deviation: tidy(spread.standard_deviation),
        degrees_of_freedom: tidy(spread.degrees_of_freedom),
    })
}

fn tested_row(row: RowV1, tested: &Tested) -> RowV1 {
    let is_one_of_several = tested.share < 1.0;
    RowV1 {
        ci: tested.interval.map(|bounds| bounds.map(tidy)),
        difference_ci: tested.difference.map(|bounds| bounds.map(tidy)),
        p_value: Some(tidy(tested.p_value)),
        p_adjusted: Some(tidy(tested.p_adjusted)),
        look: is_one_of_several.then_some(tested.look),
        alpha_share: is_one_of_several.then_some(tidy(tested.share)),
        effect_size: tested.effect_size.map(tidy),
        test: Some(tested.test.into()),
        minimum_detectable_change: tested.minimum_detectable_change.map(tidy),
        rounds_needed: tested.rounds_needed,
        time_needed: tested.time_needed.and_then(|time| u64::try_from(time.as_nanos()).ok()),
        history: history(tested.past),
        ..row
    }
}
