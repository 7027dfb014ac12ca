//! What the recorded sessions of a benchmark say about the next one: how much a session differs from another of the same code.
//!
//! Here: which sessions count, and what a row makes of them. Not here: the formulas (`stats`), where sessions are recorded
//! (`store`), the decision (`judge`). `docs/methodology.md` says the same in prose.

use super::{Comparison, Evidence, Past, words};
use crate::result::{Metric, RunResult, Warning};
use crate::stats::{self, Spread, TTest};

/// From this many sessions on their spread is known well enough to be used. A change of level counts as one, and not as noise, if
/// it divides as many sessions before it from as many after it.
pub const ENOUGH_SESSIONS: usize = 5;

/// More sessions than this are not looked at: the machine of long ago may have been another.
pub const MOST_SESSIONS: usize = 30;

/// What was recorded on one machine, of the commits that lead to the candidate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct History(Vec<RunResult>);

/// The candidate's session against those of the baseline.
pub(super) struct Prediction {
    pub test: TTest,
    pub spread: Spread,
    /// The mean of the baseline's sessions, each reduced to one value, on the scale of the test.
    pub baseline: f64,
    /// The same of the candidate's only session.
    pub candidate: f64,
}

/// What there is to predict.
pub(super) struct Question<'a> {
    pub benchmark: &'a str,
    pub scenario: Option<&'a str>,
    pub base: &'a Metric,
    pub candidate: &'a Metric,
    /// Whether values are compared by their logarithms.
    pub by_ratio: bool,
    /// The test of the rounds of the two sessions, if their rounds vary.
    pub of_rounds: Option<&'a TTest>,
}

/// What the history answers.
pub(super) enum Answer {
    /// Sessions do not vary, or no more than rounds do: the rounds decide.
    Rounds,
    /// There are too few sessions.
    TooShort(usize),
    /// The spread of the sessions decides.
    Sessions(Prediction),
}

impl History {
    /// From the results of each commit, the nearest first.
    pub fn new(nearest_first: Vec<RunResult>) -> Self {
        Self(nearest_first)
    }

    /// The rounds of the sessions that count, by commit, in the order in which commits and sessions came.
    fn sessions<'a>(&'a self, question: &Question<'a>) -> Vec<Vec<&'a [f64]>> {
        let usable = |rounds: &&[f64]| !question.by_ratio || rounds.iter().all(|&value| value > 0.0);
        let mut left = MOST_SESSIONS;
        let recorded = self.0.iter().filter_map(|result| metric(result, question));
        let mut commits: Vec<Vec<&[f64]>> = recorded
            .map(|metric| {
                let mut newest: Vec<&[f64]> = metric.rounds.sessions().rev().filter(usable).take(left).collect();
                left -= newest.len();
                newest.reverse();
                newest
            })
            .collect();
        commits.reverse();
        commits
    }

    pub(super) fn answer(&self, question: &Question<'_>) -> Answer {
        let commits = self.sessions(question);
        // What is the same in every round and session of a commit is a fact about its code. That it differs from commit to commit
        // is no noise.
        if question.of_rounds.is_none() && !commits.iter().any(|sessions| varies(sessions)) {
            return Answer::Rounds;
        }
        let recorded = commits.iter().map(Vec::len).sum();
        if recorded < ENOUGH_SESSIONS {
            return Answer::TooShort(recorded);
        }
        let locations = |sessions: &Vec<&[f64]>| sessions.iter().map(|rounds| question.location(rounds)).collect();
        let groups: Vec<Vec<f64>> = commits.iter().map(locations).collect();
        match stats::successive_spread(&groups, ENOUGH_SESSIONS) {
            Ok(spread) => question.predict(spread).map_or(Answer::Rounds, Answer::Sessions),
            Err(_) => Answer::Rounds,
        }
    }
}

fn metric<'a>(result: &'a RunResult, question: &Question<'_>) -> Option<&'a Metric> {
    let benchmark = result.benchmark(question.benchmark)?;
    let metric = benchmark.metric(&question.base.name)?;
    let same_work = benchmark.scenario.as_deref() == question.scenario;
    let same = metric.unit == question.base.unit && metric.direction == question.base.direction;
    (same_work && same).then_some(metric)
}

fn varies(sessions: &[&[f64]]) -> bool {
    let mut values = sessions.iter().copied().flatten();
    let first = values.next();
    values.any(|value| Some(value) != first)
}

impl Question<'_> {
    fn location(&self, rounds: &[f64]) -> f64 {
        if self.by_ratio {
            stats::mean(&rounds.iter().map(|value| value.ln()).collect::<Vec<_>>())
        } else {
            stats::mean(rounds)
        }
    }

    /// The candidate's session by the spread of sessions; never more certain than the rounds of the two are.
    fn predict(&self, spread: Spread) -> Option<Prediction> {
        let base: Vec<f64> = self.base.rounds.sessions().map(|rounds| self.location(rounds)).collect();
        let candidate = self.location(self.candidate.rounds.as_slice());
        let test = stats::predicted(&base, candidate, &spread).ok()?;
        let test = self.of_rounds.map_or(test, |of_rounds| stats::no_narrower_than(&test, of_rounds));
        Some(Prediction { test, spread, baseline: stats::mean(&base), candidate })
    }
}

/// The comparison, with a warning if rows rest on a stored baseline without knowing how much sessions differ. For the comparison as
/// it is in the end: what was measured again side by side rests on that.
pub fn warn_of_little_history(mut comparison: Comparison) -> Comparison {
    let too_short = |evidence: &Evidence| match evidence {
        Evidence::Tested(tested) => match tested.past {
            Past::TooShort { sessions } => Some(sessions),
            Past::NotAsked | Past::Known(_) => None,
        },
        Evidence::Exact | Evidence::TooFewRounds => None,
    };
    let rows = comparison.rows.iter().filter_map(|row| too_short(&row.compared()?.evidence));
    let (count, least) = rows.fold((0, usize::MAX), |(count, least), sessions| (count + 1, least.min(sessions)));
    if count > 0 {
        let more = ENOUGH_SESSIONS - least.min(ENOUGH_SESSIONS - 1);
        comparison.warnings.push(Warning {
            code: "little-history".to_owned(),
            message: format!(
                "{}; record {more} more where the baseline is (`perfgate record --sessions {more}`), or let every build of the \
                 main branch record",
                words::too_few_sessions(least)
            ),
        });
    }
    comparison
}

#[cfg(test)]
mod tests;
