//! Who was compared with whom, how, and on which machines.

use std::collections::BTreeSet;

use super::units::count;
use crate::gate::{Comparison, Evidence, Method, Origin, Row, Test};

/// What one side is called.
#[derive(Debug, PartialEq, Eq)]
pub struct Side {
    /// The commit, or what the user called it.
    pub name: String,
    /// The other of the two.
    pub label: Option<String>,
    /// Whether files differed from the commit.
    pub dirty: bool,
    /// Whether it was measured as merged into the base.
    pub merged: bool,
}

impl Side {
    /// What the reader must know about the commit.
    pub fn remarks(&self) -> impl Iterator<Item = &'static str> {
        let merged = self.merged.then_some("merged into the base");
        merged.into_iter().chain(self.dirty.then_some("with uncommitted changes"))
    }
}

/// The names of baseline and candidate. `None`: there is no baseline.
pub fn sides(comparison: &Comparison) -> (Option<Side>, Side) {
    // `check` finds commits, `compare` was given names.
    let by_commit = comparison.method.is_check();
    let candidate = side(&comparison.candidate, by_commit);
    let nameless = || Side { name: "this run".to_owned(), label: None, dirty: false, merged: false };
    (side(&comparison.base, by_commit), candidate.unwrap_or_else(nameless))
}

fn side(origin: &Origin, by_commit: bool) -> Option<Side> {
    let repeats = |label: &str| {
        label.len() >= 4 && origin.commit.as_ref().is_some_and(|commit| commit.as_str().starts_with(label))
    };
    let label = origin.label.clone().filter(|label| !label.is_empty() && !repeats(label));
    // Of a trial merge people know the change, not the merge.
    let commit = origin.head.as_ref().or(origin.commit.as_ref()).map(|commit| commit.short().to_owned());
    let (first, second) = if by_commit { (commit, label) } else { (label, commit) };
    let (name, label) = match (first, second) {
        (Some(first), second) => (first, second),
        (None, second) => (second?, None),
    };
    Some(Side { name, label, dirty: origin.dirty, merged: origin.head.is_some() })
}

/// How the two sides were measured: `side by side, 14 rounds`.
pub fn method(comparison: &Comparison) -> String {
    let how = match comparison.method {
        Method::StoredBaseline => "stored baseline",
        Method::Confirmed => "stored baseline, confirmed side by side",
        Method::Independent => "measured apart",
        Method::SideBySide | Method::Paired => "side by side",
    };
    match rounds(&comparison.rows) {
        Some(rounds) => format!("{how}, {rounds}"),
        None => how.to_owned(),
    }
}

/// How the two sides were measured, and by what tests rows were judged, in full sentences. A test that no row had is not named.
pub fn measured(comparison: &Comparison) -> String {
    let with = |wanted: fn(Test) -> bool| {
        let tests = comparison.rows.iter().filter_map(Row::compared).filter_map(|row| match &row.evidence {
            Evidence::Tested(tested) => Some(tested.test),
            Evidence::Exact | Evidence::TooFewRounds => None,
        });
        tests.into_iter().any(wanted)
    };
    let welch = match with(|test| matches!(test, Test::WelchLog | Test::WelchLinear)) {
        true => "; Welch's t-test on one value per round",
        false => "",
    };
    let is_paired = |test| {
        matches!(test, Test::PairedLog | Test::PairedLinear | Test::PairedTrimmedLog | Test::PairedTrimmedLinear)
    };
    let paired = if with(is_paired) { "; paired t-test on one value per round" } else { "" };
    match comparison.method {
        Method::StoredBaseline => {
            format!("The baseline was measured in an earlier session, the candidate now{welch}.")
        }
        Method::Confirmed => format!(
            "The baseline was measured in an earlier session, the candidate now{welch}. What that left open was measured \
             again, both revisions side by side{paired}."
        ),
        Method::SideBySide => format!("Both revisions were measured now, in alternating rounds{paired}."),
        Method::Independent => format!("Both were measured before, apart from each other{welch}."),
        Method::Paired => format!("Both were measured round by round, side by side{paired}."),
    }
}

/// Rounds of both sides: `14 rounds`, `10 and 8 rounds`, `8 to 14 rounds`.
fn rounds(rows: &[Row]) -> Option<String> {
    let pairs: BTreeSet<[usize; 2]> = rows.iter().filter_map(Row::compared).map(|compared| compared.rounds).collect();
    let all: BTreeSet<usize> = pairs.iter().flatten().copied().collect();
    let (fewest, most) = (all.first()?, all.last()?);
    Some(match pairs.first() {
        _ if fewest == most => count(*most, "round", "rounds"),
        Some([base, candidate]) if pairs.len() == 1 => format!("{base} and {candidate} rounds"),
        _ => format!("{fewest} to {most} rounds"),
    })
}

/// Whether the two sides were measured on machines that cannot be compared.
pub fn other_machine(comparison: &Comparison) -> bool {
    let machine = |origin: &Origin| origin.environment.as_ref().map(|machine| machine.fingerprint.clone());
    match (machine(&comparison.base), machine(&comparison.candidate)) {
        (Some(base), Some(candidate)) => base != candidate,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::samples::{benchmark, judged, latency, metric, sides};

    #[test]
    fn a_test_is_named_where_one_was_made() {
        let size = || [1e6, 2e6].map(|value| benchmark("s", vec![metric("size", "B", vec![value; 5])]));
        let said = |pairs: Vec<[crate::result::BenchmarkResult; 2]>, method| measured(&judged(&sides(pairs), method));
        assert_eq!(said(vec![size()], Method::Independent), "Both were measured before, apart from each other.");
        assert_eq!(
            said(vec![size(), latency("a", 1.2)], Method::Independent),
            "Both were measured before, apart from each other; Welch's t-test on one value per round."
        );
        assert_eq!(said(vec![size()], Method::SideBySide), "Both revisions were measured now, in alternating rounds.");
        assert!(said(vec![latency("a", 1.2)], Method::SideBySide).contains("; paired t-test"));
    }
}
