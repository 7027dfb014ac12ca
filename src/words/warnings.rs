//! The warnings of many benchmarks, said once where they are the same.

use std::collections::{BTreeSet, HashMap};

use super::units;
use crate::gate::{Remark, Remarks, Side};
use crate::result::{BenchmarkResult, Warning};

/// Most names in a row; the others are counted.
const MOST_NAMES: usize = 8;

/// A warning, and whom it is about.
pub struct Group<'a, W> {
    /// Those of whom it is true to the letter.
    pub names: Vec<W>,
    /// What kind of warning it is.
    pub code: &'a str,
    /// What was seen and what to do.
    pub message: &'a str,
    /// Those with the same warning and figures of their own.
    pub likewise: Vec<W>,
}

/// Whose measurement a warning of a comparison is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose<'a> {
    /// The benchmark.
    pub benchmark: &'a str,
    /// The side; `None`: both.
    pub side: Option<Side>,
}

impl Whose<'_> {
    /// The side in words, where it is only one.
    pub fn side(self) -> Option<&'static str> {
        self.side.map(|side| match side {
            Side::Base => "baseline",
            Side::Candidate => "candidate",
        })
    }
}

/// The warnings of a run in the order of its benchmarks, as `grouped` has them.
pub fn of_run(benchmarks: &[BenchmarkResult], in_full: bool) -> Vec<Group<'_, &str>> {
    let all = benchmarks
        .iter()
        .flat_map(|benchmark| benchmark.warnings.iter().map(move |warning| (benchmark.name.as_str(), warning)));
    grouped(all, in_full)
}

/// The warnings of a comparison's measurements, as `grouped` has them. What both sides of a benchmark are warned of is said once,
/// in the words of the candidate.
pub fn of_comparison<'a>(remarks: &'a Remarks, in_full: bool) -> Vec<Group<'a, Whose<'a>>> {
    let key = |remark: &'a Remark, side| (remark.benchmark.as_str(), remark.warning.code.as_str(), side);
    let known: BTreeSet<_> = remarks.listed.iter().map(|remark| key(remark, remark.side)).collect();
    let all = remarks.listed.iter().filter_map(|remark| {
        let whose = |side| Some((Whose { benchmark: &remark.benchmark, side }, &remark.warning));
        let on_both = [Side::Base, Side::Candidate].iter().all(|side| known.contains(&key(remark, *side)));
        match (on_both, remark.side) {
            (false, side) => whose(Some(side)),
            (true, Side::Candidate) => whose(None),
            (true, Side::Base) => None,
        }
    });
    grouped(all, in_full)
}

/// Each kind is said once, in the words of the first that has it; `in_full` says each.
fn grouped<'a, W>(all: impl Iterator<Item = (W, &'a Warning)>, in_full: bool) -> Vec<Group<'a, W>> {
    let mut groups: Vec<Group<'a, W>> = Vec::new();
    let mut places: HashMap<(&str, Option<&str>), usize> = HashMap::new();
    for (whose, warning) in all {
        let message = warning.message.as_str();
        let place = *places.entry((warning.code.as_str(), in_full.then_some(message))).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) if group.message == message => group.names.push(whose),
            Some(group) => group.likewise.push(whose),
            None => groups.push(Group { names: vec![whose], code: &warning.code, message, likewise: Vec::new() }),
        }
    }
    groups
}

/// Names in a row, the first ones: `a, b and 7 more`.
pub fn row<W: Copy>(names: &[W], shown: impl Fn(W) -> String) -> String {
    // One more takes less room than saying that there is one more.
    let most = if names.len() == MOST_NAMES + 1 { names.len() } else { MOST_NAMES };
    let mut words: Vec<String> = names.iter().take(most).map(|name| shown(*name)).collect();
    let more = names.len() - words.len();
    let last = if more > 0 { Some(format!("{} more", units::whole(more as u64))) } else { words.pop() };
    match (words.is_empty(), last) {
        (false, Some(last)) => format!("{} and {last}", words.join(", ")),
        (true, last) => last.unwrap_or_default(),
        (false, None) => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn many_names_are_counted() {
        let names: Vec<String> = (0..12).map(|number| format!("n{number}")).collect();
        let row = |count: usize| {
            let names: Vec<&str> = names.iter().take(count).map(String::as_str).collect();
            super::row(&names, str::to_owned)
        };
        assert_eq!(row(1), "n0");
        assert_eq!(row(3), "n0, n1 and n2");
        assert_eq!(row(9), "n0, n1, n2, n3, n4, n5, n6, n7 and n8");
        assert_eq!(row(12), "n0, n1, n2, n3, n4, n5, n6, n7 and 4 more");
        assert_eq!(row(0), "");
    }
}
