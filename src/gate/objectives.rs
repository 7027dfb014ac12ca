//! The row of a service-level objective. It is about the candidate alone: it needs no baseline, and a baseline that violated it
//! already does not excuse it.
//!
//! Here: which objectives have a row, and what it says. Not here: whether an objective is met (`objective`).

use super::accepted::Acceptance;
use super::interim::{Attainments, Interim, Memory, Seen};
use super::{Decision, Finding, Row, words};
use crate::config::{GatePolicy, RowPolicy};
use crate::objective::{self, Answer, Certainty, Ends, Examined};
use crate::result::{Attainment, BenchmarkResult, Objective, Within};

/// What a row about an objective says.
#[derive(Debug, Clone, PartialEq)]
pub struct ObjectiveRow {
    /// The objective.
    pub objective: Objective,
    /// Whether the candidate meets it.
    pub answer: Answer,
    /// The baseline's share of queries within the bound, where it was counted.
    pub baseline: Option<f64>,
    /// The candidate's queries, over all rounds.
    pub candidate: Within,
    /// What that says of other rounds; `None` of a single one, which has no part in Holm's correction either.
    pub evidence: Option<ObjectiveEvidence>,
    /// After how many looks at the growing number of rounds this was decided; 1 where there was only one.
    pub look: u32,
    /// The share of alpha that this look could spend; 1 where there was only one.
    pub share: f64,
    /// Rounds of the baseline, 0 where it was not counted there, and of the candidate.
    pub rounds: [usize; 2],
    /// What accepts it, if it is violated and that is accepted.
    pub accepted: Option<Acceptance>,
}

/// What the candidate's rounds say of others that are like them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ObjectiveEvidence {
    /// What the candidate's share is at least and at most, each with a confidence of 1 − alpha over all looks together.
    pub bounds: [f64; 2],
    /// The probability of so few queries within the bound, or fewer, if the objective were just met.
    pub p_value: f64,
    /// The same over all looks so far, after Holm over all rows of the check.
    pub p_adjusted: f64,
}

impl ObjectiveRow {
    /// What the gate makes of it; `None` for a violation that is accepted.
    pub fn decision(&self) -> Option<Decision> {
        match self.answer {
            Answer::Met => Some(Decision::Unchanged),
            Answer::Violated if self.accepted.is_some() => None,
            Answer::Violated => Some(Decision::Regression),
            Answer::NotProven(_) | Answer::OneRound => Some(Decision::Inconclusive),
        }
    }

    /// Whether more rounds may decide it.
    pub fn may_change(&self) -> bool {
        match self.answer {
            Answer::Met | Answer::Violated => false,
            Answer::OneRound => true,
            Answer::NotProven(proof) => {
                let most = self.candidate.queries.saturating_mul(MOST_GROWTH);
                proof.to_decide.is_some_and(|queries| queries <= most)
            }
        }
    }

    /// The candidate's share of queries within the bound.
    pub fn candidate_share(&self) -> f64 {
        self.candidate.share().unwrap_or(0.0)
    }

    /// How much of the error budget the candidate uses; above 1 more than there is.
    pub fn budget_used(&self) -> f64 {
        objective::budget_used(self.objective, self.candidate_share())
    }

    /// By how much the share is below the objective's, as a difference of the two: as measured, and at most, where that is known.
    pub fn shortfall(&self) -> (f64, Option<f64>) {
        let lacks = |share: f64| self.objective.share() - share;
        let most = self.evidence.map(|ObjectiveEvidence { bounds: [low, _], .. }| lacks(low));
        (lacks(self.candidate_share()), most)
    }
}

/// An objective that would take more than so many times the rounds that there were is not waited for: no check adds as many.
const MOST_GROWTH: u64 = 100;

/// A row before the correction for multiple comparisons.
pub struct Open<'a> {
    benchmark: &'a str,
    base: Option<&'a Attainment>,
    examined: Examined,
    policy: RowPolicy,
    interim: Interim,
}

/// The objectives of a candidate's benchmark that are judged.
pub fn of<'a>(
    candidate: &'a BenchmarkResult,
    base: Option<&'a BenchmarkResult>,
    policy: &GatePolicy,
    memory: &dyn Memory<'a>,
) -> Vec<Open<'a>> {
    let name = candidate.name.as_str();
    let before = |objective: Objective| base?.objectives.iter().find(|old| old.objective() == objective);
    let open = |now: &'a Attainment| {
        let row = now.objective().name();
        let rules = policy.for_row(name, &row);
        let ((base, now), interim): (Attainments<'a>, Interim) = match memory.objective(name, &row) {
            Seen::Open(interim) => ((before(now.objective()), now), interim),
            Seen::Closed(sides, interim) => (sides, interim),
        };
        let examined = objective::examine(now, rules.alpha.share() * interim.share);
        (rules.gate != Some(false)).then_some(Open { benchmark: name, base, examined, policy: rules, interim })
    };
    candidate.objectives.iter().filter_map(open).collect()
}

impl Open<'_> {
    /// The p-value that takes part in the correction, if there is one.
    pub fn p_value(&self) -> Option<f64> {
        self.examined.certainty.map(|certainty| self.interim.over_looks(certainty.p_value))
    }

    /// The row, now that its p-value, if it has one, was corrected together with those of `tests` rows in all.
    pub fn decide(self, p_adjusted: Option<f64>, tests: usize) -> Row {
        let Self { benchmark, base, examined, policy, interim } = self;
        let evidence = examined.certainty.zip(p_adjusted);
        let evidence = evidence.map(|(Certainty { bounds, p_value }, p_adjusted)| ObjectiveEvidence {
            bounds,
            p_value,
            p_adjusted,
        });
        let answer = examined.answer(evidence.is_some_and(|evidence| evidence.p_adjusted < policy.alpha.share()));
        let mut reason = format!("{} is {}", examined.objective, objective::sentence(&examined, answer));
        if let (Answer::Violated, Some(evidence)) = (answer, evidence) {
            reason = format!("{reason}; {}", words::p_value(evidence.p_adjusted, tests));
            reason.push_str(&of_base(base, examined.objective));
        }
        let row = ObjectiveRow {
            objective: examined.objective,
            answer,
            baseline: base.map(Attainment::share),
            candidate: examined.all,
            evidence,
            look: interim.look,
            share: interim.share,
            rounds: [base.map_or(0, |base| base.rounds().len()), examined.rounds],
            accepted: None,
        };
        Row {
            benchmark: benchmark.to_owned(),
            metric: Some(examined.objective.name()),
            finding: Finding::Objective(Box::new(row)),
            reason,
            confirmed: false,
        }
    }
}

/// How the base stood to an objective that the candidate violates.
fn of_base(base: Option<&Attainment>, objective: Objective) -> String {
    let Some(base) = base else { return String::new() };
    let share = objective::percent(base.share(), Ends::Nearest);
    if base.share() < objective.share() {
        format!("; at the base it was {share}, as measured below it too")
    } else {
        format!("; at the base it was {share}")
    }
}

#[cfg(test)]
mod tests;
