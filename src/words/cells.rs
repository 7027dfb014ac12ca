//! A row of a comparison as words: what every format shows, and in which words.
//!
//! Here: the texts of the cells. Not here: where they stand and how they are escaped (`table`, `markdown`).

use super::units;
use crate::config::Yardstick;
use crate::gate::{Compared, Decision, Evidence, Finding, ObjectiveRow, OneSide, Row};
use crate::objective::{self, Ends};

/// How a verdict is meant. Colour and weight follow it, and never say more than the word beside them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// It must be looked at.
    Bad,
    /// It may have to be looked at.
    Doubtful,
    /// It got better.
    Good,
    /// Nothing to do.
    Calm,
}

/// The texts of one row. What does not exist is empty. Names are as they came: each format makes them harmless its own way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cells<'a> {
    /// The benchmark's name.
    pub benchmark: &'a str,
    /// The metric's name.
    pub metric: &'a str,
    /// The baseline's value.
    pub baseline: String,
    /// The candidate's value, in the same multiple of the unit.
    pub candidate: String,
    /// The change.
    pub change: String,
    /// Its interval.
    pub interval: String,
    /// The p-value after correction, or `exact`.
    pub p: String,
    /// One word.
    pub verdict: &'static str,
    /// What the word means.
    pub tone: Tone,
}

impl<'a> Cells<'a> {
    /// The texts of this row.
    pub fn of(row: &'a Row) -> Self {
        let (verdict, tone) = verdict(&row.finding);
        let named = Self {
            benchmark: &row.benchmark,
            metric: row.metric.as_deref().unwrap_or_default(),
            baseline: String::new(),
            candidate: String::new(),
            change: String::new(),
            interval: String::new(),
            p: String::new(),
            verdict,
            tone,
        };
        match &row.finding {
            Finding::Compared(compared) | Finding::Accepted(compared, _) => named.with_numbers(compared),
            Finding::Objective(found) => named.of_objective(found),
            Finding::NoBaseline(side) => Self { candidate: one_side(side.as_ref()), ..named },
            Finding::Missing { baseline, .. } => Self { baseline: one_side(baseline.as_ref()), ..named },
            Finding::Incomparable | Finding::Failed | Finding::NotReached => named,
        }
    }

    /// The shares of queries within the bound. A change of them would say little: it is the objective that they are held against.
    fn of_objective(self, found: &ObjectiveRow) -> Self {
        let share = |share: f64| objective::percent(share, Ends::Nearest);
        Self {
            baseline: found.baseline.map(share).unwrap_or_default(),
            candidate: share(found.candidate_share()),
            p: found.evidence.map(|evidence| units::p_value(evidence.p_adjusted)).unwrap_or_default(),
            ..self
        }
    }

    fn with_numbers(self, compared: &Compared) -> Self {
        let exact = compared.evidence == Evidence::Exact;
        let mut sides = units::values(&compared.unit, &[compared.baseline, compared.candidate], exact)
            .texts()
            .collect::<Vec<_>>()
            .into_iter();
        let (baseline, candidate) = (sides.next().unwrap_or_default(), sides.next().unwrap_or_default());
        // The gate judges a rate of failures by the difference of the two rates, because it is usually 0 before.
        let points = Yardstick::of(self.metric) == Yardstick::Points;
        let change = match compared.change {
            _ if points => units::points(compared.candidate - compared.baseline),
            Some(change) => units::change(change),
            None => "from 0".to_owned(),
        };
        let (interval, p) = match &compared.evidence {
            Evidence::Tested(tested) => {
                let bounds = if points { tested.difference } else { tested.interval };
                let interval = bounds.map(units::interval);
                (interval.unwrap_or_default(), units::p_value(tested.p_adjusted))
            }
            Evidence::Exact => (String::new(), "exact".to_owned()),
            Evidence::TooFewRounds => (String::new(), String::new()),
        };
        Self { baseline, candidate, change, interval, p, ..self }
    }
}

fn one_side(side: Option<&OneSide>) -> String {
    side.and_then(|side| units::values(&side.unit, &[side.value], false).texts().next()).unwrap_or_default()
}

/// The word for a finding, as the documents spell it.
pub fn verdict(finding: &Finding) -> (&'static str, Tone) {
    match finding {
        Finding::Compared(compared) => of_decision(compared.decision),
        Finding::Objective(found) => found.decision().map_or(ACCEPTED, of_decision),
        Finding::Accepted(..) => ACCEPTED,
        Finding::NoBaseline(_) => ("no-baseline", Tone::Calm),
        Finding::Missing { allowed: false, .. } => ("missing", Tone::Bad),
        Finding::Missing { allowed: true, .. } => ("missing", Tone::Calm),
        Finding::Incomparable => ("incomparable", Tone::Doubtful),
        Finding::Failed => ("failed", Tone::Bad),
        Finding::NotReached => ("inconclusive", Tone::Doubtful),
    }
}

const ACCEPTED: (&str, Tone) = ("accepted", Tone::Doubtful);

fn of_decision(decision: Decision) -> (&'static str, Tone) {
    match decision {
        Decision::Regression => ("regression", Tone::Bad),
        Decision::Improvement => ("improvement", Tone::Good),
        Decision::Unchanged => ("unchanged", Tone::Calm),
        Decision::Inconclusive => ("inconclusive", Tone::Doubtful),
    }
}
