//! From a document to the domain. It may come from anywhere, so it is asked whether it can be true: what a row has must be what
//! its verdict needs, numbers must lie where such numbers can lie, and the whole must say what its rows say.
//!
//! Keys that this program does not know are passed over: a later one may have added them.

use std::collections::HashSet;
use std::time::Duration;

use super::fields::lacks;
use super::{
    AcceptedV1, ComparisonV1, ComparisonWarningV1, HistoryV1, MethodV1, OriginV1, RowV1, RowVerdictV1, SideV1, TestV1,
    VerdictV1, measured, objective,
};
use crate::config::{Alpha, Date, FailOn, Term, Threshold};
use crate::gate::{
    self, Acceptance, Compared, Comparison, Decision, Evidence, ExitStatus, Finding, Method, OneSide, Origin, Past,
    Remark, Remarks, Row, Side, Test, Tested, Verdict,
};
use crate::result::{CommitId, Direction, Environment, Unit, Warning};
use crate::stats::Spread;
use crate::wire::{WireError, harmless, schema_of};

/// Reads a comparison of any version that this program knows.
///
/// `write_comparison` of what is read is the document again, if `write_comparison` has written it. Fails with what is wrong, in
/// one harmless line, however hostile the text: it never holds a whole name or reason of the document.
pub fn read_comparison(text: &str) -> Result<Comparison, WireError> {
    let (kind, version) = schema_of(text)?;
    match (kind.as_str(), version) {
        ("comparison", 1) => {
            let wire: ComparisonV1 = serde_json::from_str(text).map_err(|error| invalid(&error.to_string()))?;
            from_wire(wire).map_err(|problem| invalid(&problem))
        }
        ("comparison", 2..) => Err(WireError::Newer(format!("perfgate.comparison/{version}"))),
        _ => {
            Err(WireError::OtherKind { found: format!("perfgate.{kind}/{version}"), expected: "a comparison document" })
        }
    }
}

fn invalid(problem: &str) -> WireError {
    WireError::Invalid(harmless(problem))
}

fn from_wire(wire: ComparisonV1) -> Result<Comparison, String> {
    let verdict = Verdict::from(wire.verdict);
    let rows = wire.rows.into_iter().enumerate();
    let rows = rows.map(|(position, row)| {
        from_row(row, verdict).map_err(|problem| format!("row {}: {problem}", position.saturating_add(1)))
    });
    let rows: Vec<Row> = rows.collect::<Result<_, String>>()?;
    each_once(&rows)?;
    let says = gate::verdict(&rows);
    if says != verdict {
        return Err(format!("its verdict is {}, but its rows say {}", word(verdict), word(says)));
    }
    let (warnings, listed) = sorted(wire.warnings)?;
    Ok(Comparison {
        verdict,
        exit_status: exit_status(verdict, wire.exit_code)?,
        base: origin(wire.base).map_err(|problem| format!("base: {problem}"))?,
        candidate: origin(wire.candidate).map_err(|problem| format!("candidate: {problem}"))?,
        method: wire.method.into(),
        alpha: Alpha::from_share(wire.alpha).map_err(|problem| problem.to_string())?,
        measured: measured::from_wire(wire.measured, &rows)?,
        rows,
        warnings,
        remarks: Remarks { listed, left_out: wire.warnings_left_out },
    })
}

/// Refuses two rows about the same: which of the two would be meant?
fn each_once(rows: &[Row]) -> Result<(), String> {
    let mut seen = HashSet::new();
    let twice = rows.iter().zip(1..).find(|(row, _)| !seen.insert((row.benchmark.as_str(), row.metric.as_deref())));
    match twice {
        None => Ok(()),
        Some((Row { benchmark, metric, .. }, place)) => {
            let of = metric.as_ref().map_or_else(String::new, |metric| format!(" and its metric `{metric}`"));
            Err(format!("row {place}: an earlier one is about the benchmark `{benchmark}`{of}"))
        }
    }
}

/// Warnings about the whole, and those about one benchmark and side.
fn sorted(wire: Vec<ComparisonWarningV1>) -> Result<(Vec<Warning>, Vec<Remark>), String> {
    let (mut warnings, mut remarks) = (Vec::new(), Vec::new());
    for (position, ComparisonWarningV1 { code, benchmark, side, message }) in wire.into_iter().enumerate() {
        let warning = Warning { code, message };
        match (benchmark, side) {
            (None, None) => warnings.push(warning),
            (Some(benchmark), Some(side)) => remarks.push(Remark { benchmark, side: side.into(), warning }),
            _ => {
                let place = position.saturating_add(1);
                return Err(format!("warning {place}: it has one of `benchmark` and `side`, which come together"));
            }
        }
    }
    Ok((warnings, remarks))
}

impl From<SideV1> for Side {
    fn from(wire: SideV1) -> Self {
        match wire {
            SideV1::Base => Self::Base,
            SideV1::Candidate => Self::Candidate,
        }
    }
}

/// The verdict as the document spells it.
fn word(verdict: Verdict) -> String {
    serde_json::to_string(&VerdictV1::from(verdict)).unwrap_or_default().replace('"', "`")
}

/// The exit status of this number, if some policy attaches it to the verdict.
fn exit_status(verdict: Verdict, code: u8) -> Result<ExitStatus, String> {
    let policy = |strict| FailOn { regression: true, inconclusive: strict, no_baseline: strict };
    let possible = [false, true].map(|strict| gate::exit_status(verdict, policy(strict)));
    let found = possible.into_iter().find(|status| status.code() == code);
    found.ok_or_else(|| format!("its exit_code is {code}, which does not go with {}", word(verdict)))
}

impl From<VerdictV1> for Verdict {
    fn from(wire: VerdictV1) -> Self {
        match wire {
            VerdictV1::Pass => Self::Pass,
            VerdictV1::Regression => Self::Regression,
            VerdictV1::Inconclusive => Self::Inconclusive,
            VerdictV1::NoBaseline => Self::NoBaseline,
            VerdictV1::Failed => Self::Failed,
        }
    }
}

impl From<MethodV1> for Method {
    fn from(wire: MethodV1) -> Self {
        match wire {
            MethodV1::StoredBaseline => Self::StoredBaseline,
            MethodV1::StoredBaselineConfirmed => Self::Confirmed,
            MethodV1::SideBySide => Self::SideBySide,
            MethodV1::Independent => Self::Independent,
            MethodV1::Paired => Self::Paired,
        }
    }
}

fn origin(wire: OriginV1) -> Result<Origin, String> {
    Ok(Origin {
        label: wire.label,
        commit: wire.commit.map(|commit| commit.parse()).transpose()?,
        head: wire.head.map(|head| head.parse()).transpose()?,
        dirty: wire.dirty,
        environment: wire.environment.map(Environment::try_from).transpose().map_err(|error| error.to_string())?,
    })
}

/// A row. `whole` is the verdict of the document: older ones do not say of what is missing whether it may be, but only what may
/// not be makes them fail.
fn from_row(wire: RowV1, whole: Verdict) -> Result<Row, String> {
    let decided = |decision| compared(&wire, decision).map(|compared| Finding::Compared(Box::new(compared)));
    let finding = match wire.verdict {
        _ if wire.objective.is_some() => of_objective(&wire)?,
        RowVerdictV1::Regression => decided(Decision::Regression)?,
        RowVerdictV1::Improvement => decided(Decision::Improvement)?,
        RowVerdictV1::Unchanged => decided(Decision::Unchanged)?,
        RowVerdictV1::Inconclusive if wire.metric.is_none() => Finding::NotReached,
        RowVerdictV1::Inconclusive => decided(Decision::Inconclusive)?,
        RowVerdictV1::Accepted => {
            let acceptance = acceptance(wire.accepted.as_ref().ok_or_else(|| lacks("accepted"))?)?;
            Finding::Accepted(Box::new(compared(&wire, Decision::Regression)?), Box::new(acceptance))
        }
        RowVerdictV1::NoBaseline => Finding::NoBaseline(one_side(&wire, wire.candidate, |[_, rounds]| rounds)?),
        RowVerdictV1::Missing => Finding::Missing {
            baseline: one_side(&wire, wire.baseline, |[rounds, _]| rounds)?,
            allowed: wire.allowed || whole != Verdict::Failed,
        },
        RowVerdictV1::Incomparable => Finding::Incomparable,
        RowVerdictV1::Failed => Finding::Failed,
    };
    Ok(Row { benchmark: wire.benchmark, metric: wire.metric, finding, reason: wire.reason, confirmed: wire.confirmed })
}

/// A row about a service-level objective.
fn of_objective(wire: &RowV1) -> Result<Finding, String> {
    let objective = wire.objective.as_ref().ok_or_else(|| lacks("objective"))?;
    let mut found = objective::from_wire(wire, objective)?;
    if matches!(wire.verdict, RowVerdictV1::Accepted) {
        found.accepted = Some(acceptance(wire.accepted.as_ref().ok_or_else(|| lacks("accepted"))?)?);
    }
    Ok(Finding::Objective(Box::new(found)))
}

/// What is known of the only side of a row; `None` if it is about a whole benchmark.
fn one_side(
    wire: &RowV1,
    value: Option<f64>,
    of_rounds: impl Fn([usize; 2]) -> usize,
) -> Result<Option<OneSide>, String> {
    let (Some(value), Some(unit)) = (value, &wire.unit) else { return Ok(None) };
    let direction = wire.direction.ok_or_else(|| lacks("direction"))?;
    let rounds = wire.rounds.ok_or_else(|| lacks("rounds"))?;
    Ok(Some(OneSide { unit: Unit::new(unit), direction: direction.into(), value, rounds: of_rounds(rounds) }))
}

/// The numbers of a row that was compared.
fn compared(wire: &RowV1, decision: Decision) -> Result<Compared, String> {
    wire.metric.as_ref().ok_or_else(|| lacks("metric"))?;
    let unit = wire.unit.as_ref().ok_or_else(|| lacks("unit"))?;
    let direction = Direction::from(wire.direction.ok_or_else(|| lacks("direction"))?);
    let baseline = wire.baseline.ok_or_else(|| lacks("baseline"))?;
    let candidate = wire.candidate.ok_or_else(|| lacks("candidate"))?;
    let threshold = wire.threshold.ok_or_else(|| lacks("threshold"))?;
    let rounds = wire.rounds.ok_or_else(|| lacks("rounds"))?;
    if rounds.contains(&0) {
        return Err("a side that was compared has 0 `rounds`".to_owned());
    }
    let evidence = match wire.test {
        None if decision != Decision::Inconclusive => return Err(lacks("test")),
        None => Evidence::TooFewRounds,
        Some(TestV1::ClusteredBinomial) => return Err(lacks("objective")),
        Some(TestV1::Exact) => Evidence::Exact,
        Some(TestV1::WelchLog) => tested(wire, Test::WelchLog)?,
        Some(TestV1::WelchLinear) => tested(wire, Test::WelchLinear)?,
        Some(TestV1::PairedLog) => tested(wire, Test::PairedLog)?,
        Some(TestV1::PairedLinear) => tested(wire, Test::PairedLinear)?,
        Some(TestV1::PairedTrimmedLog) => tested(wire, Test::PairedTrimmedLog)?,
        Some(TestV1::PairedTrimmedLinear) => tested(wire, Test::PairedTrimmedLinear)?,
        Some(TestV1::SessionLog) => tested(wire, Test::SessionLog)?,
        Some(TestV1::SessionLinear) => tested(wire, Test::SessionLinear)?,
    };
    Ok(Compared {
        decision,
        unit: Unit::new(unit),
        direction,
        baseline,
        candidate,
        change: wire.change,
        evidence,
        threshold: Threshold::from_any_share(threshold).map_err(|problem| problem.to_string())?,
        rounds,
    })
}

fn tested(wire: &RowV1, test: Test) -> Result<Evidence, String> {
    let p_value = |name: &str, value: Option<f64>| share(name, value.ok_or_else(|| lacks(name))?);
    let alpha_share = wire.alpha_share.map(|value| share("alpha_share", value)).transpose()?;
    let smallest = wire.minimum_detectable_change;
    if smallest.is_some_and(|change| change < 0.0) {
        return Err("`minimum_detectable_change` is below 0".to_owned());
    }
    let interval = interval("ci", wire.ci)?;
    Ok(Evidence::Tested(Tested {
        test,
        interval,
        difference: self::interval("difference_ci", wire.difference_ci)?.or_else(|| difference(wire, interval)),
        p_value: p_value("p_value", wire.p_value)?,
        p_adjusted: p_value("p_adjusted", wire.p_adjusted)?,
        look: wire.look.unwrap_or(1),
        share: alpha_share.unwrap_or(1.0),
        effect_size: wire.effect_size,
        minimum_detectable_change: smallest,
        rounds_needed: wire.rounds_needed,
        time_needed: wire.time_needed.map(Duration::from_nanos),
        past: wire.history.as_ref().map(past).transpose()?.unwrap_or_default(),
    }))
}

/// Older documents have the relative interval only, also of a rate of failures; from 0 there is none.
fn difference(wire: &RowV1, interval: Option<[f64; 2]>) -> Option<[f64; 2]> {
    let of_rate = wire.metric.as_deref() == Some("error_rate");
    let baseline = wire.baseline.filter(|_| of_rate)?;
    let ends = interval?.map(|end| end * baseline.abs());
    ends.iter().all(|end| end.is_finite()).then_some(ends)
}

fn share(name: &str, value: f64) -> Result<f64, String> {
    if (0.0..=1.0).contains(&value) { Ok(value) } else { Err(format!("`{name}` is {value}, not from 0 to 1")) }
}

fn interval(name: &str, ends: Option<[f64; 2]>) -> Result<Option<[f64; 2]>, String> {
    match ends {
        Some([low, high]) if low > high => Err(format!("`{name}` ends before it begins: [{low}, {high}]")),
        ends => Ok(ends),
    }
}

fn past(wire: &HistoryV1) -> Result<Past, String> {
    let positive = |name: &str, value: f64| {
        if value > 0.0 { Ok(value) } else { Err(format!("`history.{name}` is {value}, not above 0")) }
    };
    Ok(Past::Known(Spread {
        standard_deviation: positive("standard_deviation", wire.standard_deviation)?,
        degrees_of_freedom: positive("degrees_of_freedom", wire.degrees_of_freedom)?,
        values: wire.sessions,
    }))
}

fn acceptance(wire: &AcceptedV1) -> Result<Acceptance, String> {
    let until = wire.until.as_ref().map(|day| date(day)).transpose()?;
    let base: Option<CommitId> = wire.base.as_ref().map(|base| base.parse()).transpose()?;
    Ok(Acceptance {
        up_to: Threshold::from_any_share(wire.up_to).map_err(|problem| problem.to_string())?,
        term: Term::new(until, base.map(|base| base.to_string()))
            .ok_or("`accepted` has neither `until` nor `base`: such a thing would never end")?,
        why: wire.why.clone(),
        new: wire.new,
    })
}

fn date(text: &str) -> Result<Date, String> {
    let day: Option<Date> = text.parse().ok();
    day.filter(|day| day.to_string() == text)
        .ok_or_else(|| format!("`accepted.until` is `{text}`, not a day such as 2026-12-31"))
}

#[cfg(test)]
mod tests;
