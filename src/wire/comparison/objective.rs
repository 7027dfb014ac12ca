//! The row of a service-level objective, as it stands in the document. Its verdict is `unchanged` where the objective is met,
//! `regression` where it is violated, `inconclusive` where neither is proven.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::fields::{lacks, tidy};
use super::{RowV1, RowVerdictV1, TestV1};
use crate::gate::{ObjectiveEvidence, ObjectiveRow};
use crate::objective::{Answer, Proof};
use crate::result::{Direction, Objective, Unit, Within};

#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct ObjectiveV1 {
    /// The objective in words; `share` and `bound_ns` are what counts.
    slo: String,
    /// So many of all queries.
    share: f64,
    /// Their latency, at most, in nanoseconds.
    bound_ns: u64,
    /// Queries that were answered and no later than the bound.
    within: u64,
    /// All timed queries.
    queries: u64,
    /// What the share is at least, with a confidence of 1 − alpha, if other starts are like those that were measured; absent
    /// where there was one round, which is one start and says nothing of others. Such a row has no `p_value`, `p_adjusted` and
    /// `test`, and its verdict is `inconclusive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_least: Option<f64>,
    /// What the share is at most, as `at_least`.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_most: Option<f64>,
    /// The share of queries that were not within the bound, over the share that may be: the part of the error budget that is used.
    budget_used: f64,
    /// Where it is not proven: so many queries would prove it if every one were within the bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    queries_at_best: Option<u64>,
    /// Where it is not proven: about so many would if the share stays as measured; absent if none would.
    #[serde(skip_serializing_if = "Option::is_none")]
    queries_needed: Option<u64>,
    /// Where it is not proven: about so many would decide it either way; absent if none would.
    #[serde(skip_serializing_if = "Option::is_none")]
    queries_to_decide: Option<u64>,
}

/// The row, from one with nothing but names and words.
pub(super) fn to_wire(named: RowV1, row: &ObjectiveRow) -> RowV1 {
    let is_one_of_several = row.share < 1.0;
    let proof = if let Answer::NotProven(proof) = row.answer { Some(proof) } else { None };
    let evidence = row.evidence;
    let bound = |bound: fn([f64; 2]) -> f64| evidence.map(|evidence| tidy(bound(evidence.bounds)));
    let Within { within, queries } = row.candidate;
    RowV1 {
        unit: Some(Unit::ratio().to_string()),
        direction: Some(Direction::HigherIsBetter.into()),
        baseline: row.baseline.map(tidy),
        candidate: Some(tidy(row.candidate_share())),
        p_value: evidence.map(|evidence| tidy(evidence.p_value)),
        p_adjusted: evidence.map(|evidence| tidy(evidence.p_adjusted)),
        look: is_one_of_several.then_some(row.look),
        alpha_share: is_one_of_several.then_some(tidy(row.share)),
        test: evidence.map(|_| TestV1::ClusteredBinomial),
        rounds: Some(row.rounds),
        objective: Some(ObjectiveV1 {
            slo: row.objective.to_string(),
            share: row.objective.share(),
            bound_ns: row.objective.bound(),
            within,
            queries,
            at_least: bound(|[low, _]| low),
            at_most: bound(|[_, high]| high),
            budget_used: tidy(row.budget_used()),
            queries_at_best: proof.map(|proof| proof.flawless),
            queries_needed: proof.and_then(|proof| proof.as_measured),
            queries_to_decide: proof.and_then(|proof| proof.to_decide),
        }),
        ..named
    }
}

/// What the row says, or what is wrong with it. What accepts it is another matter.
pub(super) fn from_wire(row: &RowV1, wire: &ObjectiveV1) -> Result<ObjectiveRow, String> {
    let objective = Objective::new(wire.share, wire.bound_ns).map_err(|problem| fault(&problem.to_string()))?;
    if row.metric.as_ref() != Some(&objective.name()) {
        return Err(fault("`metric` is not its name"));
    }
    if wire.queries == 0 || wire.within > wire.queries {
        return Err(fault(&format!("{} of {} queries are within its bound", wire.within, wire.queries)));
    }
    let rounds = row.rounds.ok_or_else(|| lacks("rounds"))?;
    let evidence = evidence(row, wire, rounds)?;
    let answer = match row.verdict {
        RowVerdictV1::Inconclusive if evidence.is_none() => Answer::OneRound,
        RowVerdictV1::Unchanged | RowVerdictV1::Regression | RowVerdictV1::Accepted if evidence.is_none() => {
            return Err(fault("one round alone proves neither that it is met nor that it is violated"));
        }
        RowVerdictV1::Unchanged => Answer::Met,
        RowVerdictV1::Regression | RowVerdictV1::Accepted => Answer::Violated,
        RowVerdictV1::Inconclusive => Answer::NotProven(Proof {
            flawless: wire.queries_at_best.ok_or_else(|| lacks("queries_at_best"))?,
            as_measured: wire.queries_needed,
            to_decide: wire.queries_to_decide,
        }),
        RowVerdictV1::Improvement
        | RowVerdictV1::NoBaseline
        | RowVerdictV1::Incomparable
        | RowVerdictV1::Missing
        | RowVerdictV1::Failed => return Err(fault("no objective has this verdict")),
    };
    Ok(ObjectiveRow {
        objective,
        answer,
        baseline: row.baseline.map(|value| share("baseline", Some(value))).transpose()?,
        candidate: Within { within: wire.within, queries: wire.queries },
        evidence,
        look: row.look.unwrap_or(1),
        share: row.alpha_share.map_or(Ok(1.0), |value| share("alpha_share", Some(value)))?,
        rounds,
        accepted: None,
    })
}

/// What the rounds say of others. Only of a single one may it be absent; earlier versions wrote it of one, too.
fn evidence(row: &RowV1, wire: &ObjectiveV1, [_, rounds]: [usize; 2]) -> Result<Option<ObjectiveEvidence>, String> {
    let bounds = match (wire.at_least, wire.at_most) {
        (None, None) if rounds == 1 => return Ok(None),
        (low, high) => {
            [low.ok_or_else(|| lacks("objective.at_least"))?, high.ok_or_else(|| lacks("objective.at_most"))?]
        }
    };
    let [low, high] = bounds;
    if !(0.0 <= low && low <= high && high <= 1.0) {
        return Err(fault(&format!("no share is from {low} to {high}")));
    }
    let [p_value, p_adjusted] = [share("p_value", row.p_value)?, share("p_adjusted", row.p_adjusted)?];
    Ok(Some(ObjectiveEvidence { bounds, p_value, p_adjusted }))
}

fn fault(problem: &str) -> String {
    format!("`objective`: {problem}")
}

fn share(name: &str, value: Option<f64>) -> Result<f64, String> {
    match value {
        Some(value) if (0.0..=1.0).contains(&value) => Ok(value),
        Some(value) => Err(format!("`{name}` is {value}, not from 0 to 1")),
        None => Err(lacks(name)),
    }
}

#[cfg(test)]
mod tests {
    use crate::config::GatePolicy;
    use crate::gate::{Comparison, Setting, compare};
    use crate::result::{Attainment, BenchmarkResult, Objective, RunResult, Within};
    use crate::wire::{read_comparison, write_comparison};

    /// A violated objective, one that is not proven, and one that is met.
    fn comparison() -> Comparison {
        let attained = |share: f64, within: u64| {
            let rounds = vec![Within { within, queries: 500 }; 2];
            Attainment::new(Objective::new(share, 5_000_000).unwrap(), rounds).unwrap()
        };
        let objectives = vec![attained(0.99, 450), attained(0.9991, 500), attained(0.5, 480)];
        let result = BenchmarkResult { objectives, ..BenchmarkResult::imported("a", Vec::new()) };
        let candidate = RunResult::imported(vec![result]);
        compare(&RunResult::imported(Vec::new()), &candidate, &GatePolicy::default(), &Setting::default())
    }

    #[test]
    fn what_is_read_is_what_was_written_and_says_the_same() {
        let comparison = comparison();
        let text = write_comparison(&comparison);
        let read = read_comparison(&text).unwrap();
        assert_eq!(write_comparison(&read), text);
        let verdicts: Vec<_> = read.rows.iter().map(|row| (row.decision(), row.reason.clone())).collect();
        let expected: Vec<_> = comparison.rows.iter().map(|row| (row.decision(), row.reason.clone())).collect();
        assert_eq!(verdicts, expected);
    }

    #[test]
    fn one_round_has_no_interval_and_no_p_value_and_a_document_that_decides_by_it_is_refused() {
        let attained =
            Attainment::new(Objective::new(0.5, 5).unwrap(), vec![Within { within: 9, queries: 9 }]).unwrap();
        let result = BenchmarkResult { objectives: vec![attained], ..BenchmarkResult::imported("a", Vec::new()) };
        let side = RunResult::imported(vec![result]);
        let text = write_comparison(&compare(&side, &side, &GatePolicy::default(), &Setting::default()));
        for absent in ["p_value", "p_adjusted", "at_least", "at_most", "\"test\""] {
            assert!(!text.contains(absent), "{text}");
        }
        assert_eq!(write_comparison(&read_comparison(&text).unwrap()), text);
        let met = text.replace(
            "\"verdict\": \"inconclusive\",\n      \"reason\"",
            "\"verdict\": \"unchanged\",\n      \"reason\"",
        );
        let told = read_comparison(&met).unwrap_err().to_string();
        assert!(told.starts_with("row 1: `objective`: one round alone proves neither"), "{told}");
        let more = text.replace("[1, 1]", "[1, 2]").replace("[\n        1,\n        1\n      ]", "[1, 2]");
        let told = read_comparison(&more).unwrap_err().to_string();
        assert!(told.starts_with("row 1: `objective.at_least` is missing"), "{told}");
    }

    #[test]
    fn a_row_that_cannot_be_true_is_refused() {
        let text = write_comparison(&comparison());
        let fault = |from: &str, to: &str| {
            assert!(text.contains(from), "{from} is not in {text}");
            read_comparison(&text.replacen(from, to, 1)).unwrap_err().to_string()
        };
        for (from, to, told) in [
            ("\"bound_ns\": 5000000", "\"bound_ns\": 0", "row 1: `objective`: its bound is 0 ns"),
            ("\"bound_ns\": 5000000", "\"bound_ns\": 6000000", "row 1: `objective`: `metric` is not its name"),
            ("\"within\": 900", "\"within\": 1001", "row 1: `objective`: 1001 of 1000 queries are within its bound"),
            ("\"p_adjusted\": ", "\"p_adjusted\": 7, \"p\": ", "row 1: `p_adjusted` is 7"),
            ("\"at_least\": 0", "\"at_least\": 1", "row 1: `objective`: no share is from 1."),
            (
                "\"verdict\": \"regression\",\n      \"reason\"",
                "\"verdict\": \"improvement\",\n      \"reason\"",
                "row 1: `objective`: no objective has this verdict",
            ),
            ("\"queries_at_best\": ", "\"queries_at_least\": ", "row 2: `queries_at_best` is missing"),
        ] {
            let told_now = fault(from, to);
            assert!(told_now.starts_with(told), "{told_now}");
        }
    }
}
