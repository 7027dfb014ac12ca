//! How service-level objectives were kept, as it stands in documents.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latencies::Line;
use crate::result::{Attainment, NotAnAttainment, Objective, Within};

/// An objective, and the counts of each round.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct AttainmentV1 {
    /// The objective in words; `share` and `bound_ns` are what counts.
    slo: String,
    /// So many of all queries.
    share: f64,
    /// Their latency, at most, in nanoseconds.
    bound_ns: u64,
    /// `[within, queries]` of each round: how many queries were answered and no later than the bound, and how many there were.
    rounds: Line<Vec<[u64; 2]>>,
}

/// As it stands in a document.
pub fn attainment_to_wire(domain: &Attainment) -> AttainmentV1 {
    let objective = domain.objective();
    AttainmentV1 {
        slo: objective.to_string(),
        share: objective.share(),
        bound_ns: objective.bound(),
        rounds: Line(domain.rounds().iter().map(|round| [round.within, round.queries]).collect()),
    }
}

/// How the objectives were kept, or what is wrong with them.
pub fn objectives_from_wire(wire: Vec<AttainmentV1>) -> Result<Vec<Attainment>, String> {
    let mut known = BTreeSet::new();
    let read = wire.into_iter().enumerate().map(|(place, wire)| {
        let fault = |problem: &str| format!("objective {}: {problem}", place.saturating_add(1));
        let read = attainment(wire).map_err(|problem| fault(&problem.to_string()))?;
        if !known.insert(read.objective().name()) {
            return Err(fault("it has come before"));
        }
        Ok(read)
    });
    read.collect()
}

fn attainment(
    AttainmentV1 { share, bound_ns, rounds: Line(rounds), .. }: AttainmentV1,
) -> Result<Attainment, NotAnAttainment> {
    let rounds = rounds.into_iter().map(|[within, queries]| Within { within, queries }).collect();
    Attainment::new(Objective::new(share, bound_ns)?, rounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_that_cannot_be_true_are_refused_with_their_place() {
        let read = |text: &str| objectives_from_wire(serde_json::from_str(text).unwrap());
        let one = |share: f64, rounds: &str| {
            format!(r#"{{"slo":"anything","share":{share},"bound_ns":1000,"rounds":{rounds}}}"#)
        };
        let fine = one(0.99, "[[9,10],[10,10]]");
        let found = read(&format!("[{fine}]")).unwrap();
        assert_eq!((found[0].objective().to_string().as_str(), found[0].all().queries), ("p99 < 1 µs", 20));
        let fault = |text: String| read(&text).unwrap_err();
        assert_eq!(fault(format!("[{fine},{fine}]")), "objective 2: it has come before");
        assert_eq!(
            fault(format!("[{fine},{}]", one(0.9, "[[11,10]]"))),
            "objective 2: round 1: 11 of 10 queries are within its bound"
        );
        assert_eq!(
            fault(format!("[{}]", one(1.5, "[[1,1]]"))),
            "objective 1: its share is 1.5, not above 0 and below 1"
        );
        assert!(fault(format!("[{}]", one(0.5, "[]"))).starts_with("objective 1: its rounds have no queries"));
    }
}
