//! What the measurement of each side was warned of: a busy machine, too few samples, drift. It decides nothing, and explains much.
//!
//! Here: which of these warnings belong to a comparison. Not here: what is warned of (`scenario`, `measure`), in which words and
//! groups it is shown (`render`).

use std::collections::{BTreeMap, BTreeSet};

use crate::result::{RunResult, Warning};

/// Of how many benchmarks the same kind of warning is kept. More say nothing new, and would fill the document.
const MOST_OF_A_KIND: usize = 20;

/// One of the two sides of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// What is compared with.
    Base,
    /// What is judged.
    Candidate,
}

/// A warning about the measurement of one benchmark on one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// The benchmark's name.
    pub benchmark: String,
    /// Which measurement of it.
    pub side: Side,
    /// What was seen, and what to do about it.
    pub warning: Warning,
}

/// All of them that are kept, benchmark by benchmark.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remarks {
    /// Each kind once for each benchmark and side.
    pub listed: Vec<Remark>,
    /// How many more there were.
    pub left_out: usize,
}

impl Remarks {
    /// Of the benchmarks that are compared, in the order of the candidate.
    pub fn of(base: &RunResult, candidate: &RunResult, is_compared: impl Fn(&str) -> bool) -> Self {
        let mut remarks = Self::default();
        let mut kinds: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for new in candidate.benchmarks.iter().filter(|new| is_compared(&new.name)) {
            let old = base.benchmark(&new.name).map(|old| (Side::Base, old));
            for (side, result) in old.into_iter().chain([(Side::Candidate, new)]) {
                for warning in &result.warnings {
                    let known = kinds.entry(&warning.code).or_default();
                    if known.len() < MOST_OF_A_KIND || known.contains(new.name.as_str()) {
                        known.insert(&new.name);
                        remarks.add(&new.name, side, warning);
                    } else {
                        remarks.left_out += 1;
                    }
                }
            }
        }
        remarks
    }

    /// The first of its kind for this benchmark and side.
    fn add(&mut self, benchmark: &str, side: Side, warning: &Warning) {
        let same = |old: &Remark| old.benchmark == benchmark && old.side == side && old.warning.code == warning.code;
        // Those of the same benchmark come last.
        if !self.listed.iter().rev().take_while(|old| old.benchmark == benchmark).any(same) {
            self.listed.push(Remark { benchmark: benchmark.to_owned(), side, warning: warning.clone() });
        }
    }

    /// These, with those of benchmarks that were measured again replaced.
    #[must_use]
    pub fn replaced_by(mut self, again: Self, is_replaced: impl Fn(&str) -> bool) -> Self {
        self.listed.retain(|remark| !is_replaced(&remark.benchmark));
        self.listed.extend(again.listed);
        self.left_out += again.left_out;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::BenchmarkResult;

    fn result(benchmarks: &[(&str, &[(&str, &str)])]) -> RunResult {
        let warning = |&(code, message): &(&str, &str)| Warning { code: code.to_owned(), message: message.to_owned() };
        let benchmark = |&(name, warnings): &(&str, &[(&str, &str)])| BenchmarkResult {
            warnings: warnings.iter().map(warning).collect(),
            ..BenchmarkResult::imported(name, Vec::new())
        };
        RunResult::imported(benchmarks.iter().map(benchmark).collect())
    }

    fn told(remarks: &Remarks) -> Vec<(&str, Side, &str)> {
        let listed = remarks.listed.iter();
        listed.map(|one| (one.benchmark.as_str(), one.side, one.warning.message.as_str())).collect()
    }

    #[test]
    fn each_kind_is_said_once_for_a_benchmark_and_a_side() {
        let base = result(&[("a", &[("drift", "old")]), ("gone", &[("drift", "nobody asks")])]);
        let candidate =
            result(&[("a", &[("drift", "new"), ("drift", "again"), ("noise", "n")]), ("b", &[("noise", "b")])]);
        let remarks = Remarks::of(&base, &candidate, |name| name != "unwanted");
        let expected = [
            ("a", Side::Base, "old"),
            ("a", Side::Candidate, "new"),
            ("a", Side::Candidate, "n"),
            ("b", Side::Candidate, "b"),
        ];
        assert_eq!((told(&remarks), remarks.left_out), (expected.to_vec(), 0));
        assert_eq!(Remarks::of(&base, &candidate, |_| false), Remarks::default());
    }

    #[test]
    fn of_hundreds_of_benchmarks_with_the_same_warning_some_are_kept_and_the_others_counted() {
        let names: Vec<String> = (0..300).map(|number| number.to_string()).collect();
        let noisy: &[(&str, &str)] = &[("noise", "n")];
        let all: Vec<(&str, &[(&str, &str)])> = names.iter().map(|name| (name.as_str(), noisy)).collect();
        let remarks = Remarks::of(&result(&all), &result(&all), |_| true);
        assert_eq!((remarks.listed.len(), remarks.left_out), (2 * MOST_OF_A_KIND, 2 * (300 - MOST_OF_A_KIND)));
    }

    #[test]
    fn what_was_measured_again_has_the_warnings_of_that() {
        let first = Remarks::of(&result(&[]), &result(&[("a", &[("x", "a1")]), ("b", &[("x", "b1")])]), |_| true);
        let again = Remarks::of(&result(&[]), &result(&[("b", &[("x", "b2")])]), |_| true);
        let whole = first.replaced_by(again, |name| name == "b");
        assert_eq!(told(&whole), [("a", Side::Candidate, "a1"), ("b", Side::Candidate, "b2")]);
    }
}
