//! Why rows are not fine: their reasons, each once, with the rows that it is for.

use std::collections::HashMap;

use super::cells;
use crate::gate::{Decision, Finding, Row};

/// More names than this are counted.
const MOST_NAMES: usize = 3;

/// Rows that have the same reason for the same verdict.
pub struct Explanation<'a> {
    /// The rows, in their order; at least one.
    pub rows: Vec<&'a Row>,
    /// The reason; below its first line, what a process said last.
    pub reason: &'a str,
}

impl<'a> Explanation<'a> {
    /// The reason's first line, and the lines below it.
    pub fn parts(&self) -> (&'a str, &'a str) {
        self.reason.split_once('\n').unwrap_or((self.reason, ""))
    }

    /// The rows it is for: by name, or counted where there are many. `rows` are all there are.
    pub fn subjects(&self, rows: &[Row], names: impl Fn(&Row) -> String) -> String {
        let all = self.rows.len();
        if all > MOST_NAMES && all == rows.len() {
            return format!("all {all} rows");
        }
        let named: Vec<String> = self.rows.iter().take(MOST_NAMES).map(|row| names(row)).collect();
        let named = named.join(", ");
        if all > MOST_NAMES { format!("{named} and {} more", all - MOST_NAMES) } else { named }
    }
}

/// The reasons of all rows that are not fine, each once: first those of rows without numbers, which say nothing else.
pub fn explanations(rows: &[Row]) -> Vec<Explanation<'_>> {
    let mut all: Vec<Explanation<'_>> = Vec::new();
    // A document from elsewhere may have a hundred thousand rows, each with a reason of its own.
    let mut places: HashMap<(&str, &str), usize> = HashMap::new();
    for row in rows.iter().filter(|row| needs_reason(row)) {
        let place = *places.entry((row.reason.as_str(), cells::verdict(&row.finding).0)).or_insert(all.len());
        match all.get_mut(place) {
            Some(known) => known.rows.push(row),
            None => all.push(Explanation { rows: vec![row], reason: &row.reason }),
        }
    }
    let has_numbers =
        |why: &Explanation<'_>| why.rows.iter().all(|row| row.compared().is_some() || row.objective().is_some());
    all.sort_by_key(has_numbers);
    all
}

/// Whether a row is one that somebody must look at: what is accepted, new or permitted to be gone is not.
pub fn needs_attention(row: &Row) -> bool {
    let is_settled = match &row.finding {
        Finding::Objective(found) => found.accepted.is_some(),
        finding => matches!(finding, Finding::Accepted(..) | Finding::Missing { allowed: true, .. }),
    };
    !is_settled && needs_reason(row)
}

fn needs_reason(row: &Row) -> bool {
    match &row.finding {
        Finding::Compared(compared) => matches!(compared.decision, Decision::Regression | Decision::Inconclusive),
        Finding::Objective(found) => found.decision() != Some(Decision::Unchanged),
        Finding::Accepted(..)
        | Finding::Missing { .. }
        | Finding::Incomparable
        | Finding::Failed
        | Finding::NotReached => true,
        Finding::NoBaseline(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::words::samples::{judged, latency, sides};

    #[test]
    fn rows_with_the_same_reason_are_explained_together() {
        let gone = sides((0..5).map(|number| latency(&number.to_string(), 1.0)));
        let [base, mut candidate] = gone;
        candidate.benchmarks.truncate(1);
        let comparison = judged(&[base, candidate], Method::StoredBaseline);
        let all = explanations(&comparison.rows);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].subjects(&comparison.rows, |row| row.benchmark.clone()), "1, 2, 3 and 1 more");
    }
}
