//! What the rows of a comparison rest on: both measurements of each benchmark, for those who want to see more than a row. It
//! decides nothing.
//!
//! Here: which measurements belong to a comparison, and in which order. Not here: what is made of them (`render`), how much of
//! them a document holds (`wire`).

use std::collections::{BTreeMap, BTreeSet};

use super::Row;
use super::interim::{Memory, Seen};
use crate::result::{BenchmarkResult, RunResult};

/// Both measurements of a benchmark, as far as there are both.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The benchmark's name.
    pub benchmark: String,
    /// What is compared with.
    pub base: Option<BenchmarkResult>,
    /// What is judged.
    pub candidate: Option<BenchmarkResult>,
}

/// The measurements of the benchmarks that have a row, in the order of the rows. A metric that an earlier look has decided has
/// the rounds that decided it.
pub fn of<'a>(rows: &[Row], base: &'a RunResult, candidate: &'a RunResult, memory: &dyn Memory<'a>) -> Vec<Pair> {
    let pair = |name: &str| {
        let [mut old, mut new] = [base, candidate].map(|side| measured(side, name));
        for (side, is_base) in [(&mut old, true), (&mut new, false)] {
            for metric in side.iter_mut().flat_map(|result| &mut result.metrics) {
                if let Seen::Closed([base, candidate], _) = memory.metric(name, &metric.name) {
                    metric.clone_from(if is_base { base } else { candidate });
                }
            }
            for attained in side.iter_mut().flat_map(|result| &mut result.objectives) {
                if let Seen::Closed((base, candidate), _) = memory.objective(name, &attained.objective().name())
                    && let Some(decided) = if is_base { base } else { Some(candidate) }
                {
                    attained.clone_from(decided);
                }
            }
        }
        (old.is_some() || new.is_some()).then(|| Pair { benchmark: name.to_owned(), base: old, candidate: new })
    };
    let mut known = BTreeSet::new();
    let names = rows.iter().map(|row| row.benchmark.as_str()).filter(|name| known.insert(*name));
    names.filter_map(pair).collect()
}

/// What was measured of a benchmark. One of which no metric is known only says that there was one.
fn measured(side: &RunResult, name: &str) -> Option<BenchmarkResult> {
    side.benchmark(name).filter(|result| !result.metrics.is_empty()).cloned()
}

/// The measurements of a screen, with those that confirmed one of its rows in their place.
pub fn confirmed(screen: Vec<Pair>, side_by_side: Vec<Pair>, rows: &[Row]) -> Vec<Pair> {
    let names: BTreeSet<&str> = rows.iter().filter(|row| row.confirmed).map(|row| row.benchmark.as_str()).collect();
    let is_confirmed = |pair: &Pair| names.contains(pair.benchmark.as_str());
    let kept = screen.into_iter().filter(|pair| !is_confirmed(pair));
    sorted(kept.chain(side_by_side.into_iter().filter(is_confirmed)).collect(), rows)
}

/// In the order in which the benchmarks first appear among the rows.
pub fn sorted(mut pairs: Vec<Pair>, rows: &[Row]) -> Vec<Pair> {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        places.entry(&row.benchmark).or_insert(place);
    }
    pairs.sort_by_key(|pair| places.get(pair.benchmark.as_str()).copied().unwrap_or(usize::MAX));
    pairs
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::Pair;
    use crate::config::{FailOn, GatePolicy};
    use crate::gate::{Comparison, Looks, Method, Setting, accept, compare, confirm};
    use crate::result::{BenchmarkResult, Direction, Failure, Metric, RoundValues, RunResult, Unit};

    /// Rounds around a level; another phase is another noise.
    fn benchmark(name: &str, level: f64, rounds: usize, phase: usize) -> BenchmarkResult {
        let noise = [0.0, 1.0, -1.0, 0.5, -0.5, 0.8, -0.3];
        let values = (0..rounds).map(|round| level + level / 100.0 * noise[(round * phase) % 7]).collect();
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(values).unwrap(),
            gate: true,
        };
        BenchmarkResult::imported(name, vec![metric])
    }

    fn base(rounds: usize) -> RunResult {
        RunResult::imported(vec![benchmark("a", 100.0, rounds, 2), benchmark("b", 100.0, rounds, 2)])
    }

    fn candidate(rounds: usize, [a, b]: [f64; 2]) -> RunResult {
        RunResult::imported(vec![benchmark("a", a, rounds, 3), benchmark("b", b, rounds, 3)])
    }

    fn names(comparison: &Comparison) -> Vec<&str> {
        comparison.measured.iter().map(|pair| pair.benchmark.as_str()).collect()
    }

    /// The rounds of both sides.
    fn rounds(pair: &Pair) -> [usize; 2] {
        [&pair.base, &pair.candidate].map(|side| side.as_ref().map_or(0, |side| side.metrics[0].rounds.count()))
    }

    #[test]
    fn every_benchmark_with_a_row_has_its_measurements_the_worst_first() {
        let (base, candidate) = (base(8), candidate(9, [100.0, 150.0]));
        let comparison = compare(&base, &candidate, &GatePolicy::default(), &Setting::default());
        assert_eq!(names(&comparison), ["b", "a"]);
        assert_eq!(comparison.measured[0].base.as_ref(), base.benchmark("b"));
        assert_eq!(comparison.measured[0].candidate.as_ref(), candidate.benchmark("b"));
    }

    #[test]
    fn one_side_alone_is_there_alone_and_nothing_measured_is_not_there() {
        let old = RunResult::imported(vec![benchmark("gone", 1.0, 3, 1), BenchmarkResult::imported("empty", vec![])]);
        let new = RunResult::imported(vec![benchmark("new", 1.0, 4, 1)]);
        let failures = vec![Failure { benchmark: "broken".to_owned(), reason: "no".to_owned() }];
        let setting = Setting { failures, ..Setting::default() };
        let comparison = compare(&old, &new, &GatePolicy::default(), &setting);
        let seen: Vec<(&str, [usize; 2])> =
            comparison.measured.iter().map(|pair| (pair.benchmark.as_str(), rounds(pair))).collect();
        assert_eq!(seen, [("gone", [3, 0]), ("new", [0, 4])]);
    }

    #[test]
    fn what_was_not_asked_for_is_not_there() {
        let setting = Setting { selected: Some(vec!["b".to_owned()]), ..Setting::default() };
        let comparison = compare(&base(5), &candidate(5, [100.0; 2]), &GatePolicy::default(), &setting);
        assert_eq!(names(&comparison), ["b"]);
    }

    #[test]
    fn a_row_that_an_earlier_look_decided_rests_on_the_rounds_of_that_look() {
        let setting = Setting { method: Method::SideBySide, ..Setting::default() };
        let policy = GatePolicy::default();
        let mut looks = Looks::default();
        // `a` is decided at once; `b` is so near to the threshold that it is not.
        looks.look(&base(12), &candidate(12, [130.0, 109.9]), &policy, &setting, &|_| false);
        let last = looks.look(&base(17), &candidate(17, [130.0, 109.9]), &policy, &setting, &|_| true);
        let of = |name: &str| last.measured.iter().find(|pair| pair.benchmark == name).map(rounds);
        assert_eq!((of("a"), of("b")), (Some([12, 12]), Some([17, 17])));
        for row in &last.rows {
            assert_eq!(Some(row.compared().unwrap().rounds), of(&row.benchmark));
        }
    }

    #[test]
    fn a_confirmed_benchmark_rests_on_what_was_measured_side_by_side() {
        let (policy, fail_on) = (GatePolicy::default(), FailOn::default());
        let stored = Setting { method: Method::StoredBaseline, ..Setting::default() };
        let screen = compare(&base(8), &candidate(8, [150.0, 100.0]), &policy, &stored);
        assert_eq!(names(&screen), ["a", "b"]);
        let in_turn = Setting { method: Method::SideBySide, ..Setting::default() };
        let again = |rounds| {
            let [old, new] = [base(rounds), candidate(rounds, [100.0; 2])];
            let only_a = |result: RunResult| RunResult::imported(vec![result.benchmarks[0].clone()]);
            compare(&only_a(old), &only_a(new), &policy, &in_turn)
        };
        let proven = BTreeSet::from(["a".to_owned()]);
        let confirmed = confirm(screen.clone(), again(14), &proven, fail_on);
        let seen: BTreeMap<&str, [usize; 2]> =
            confirmed.measured.iter().map(|pair| (pair.benchmark.as_str(), rounds(pair))).collect();
        assert_eq!(seen, BTreeMap::from([("a", [14, 14]), ("b", [8, 8])]));
        let of_rows: Vec<&str> = confirmed.rows.iter().map(|row| row.benchmark.as_str()).collect();
        assert_eq!(names(&confirmed), of_rows);
        // Its time was over before it had looked as closely: the screen's row stands, and so does what that rests on.
        let unfinished = confirm(screen.clone(), again(1), &proven, fail_on);
        assert_eq!(unfinished.measured, screen.measured);
    }

    #[test]
    fn what_is_accepted_keeps_its_measurements_in_the_order_of_the_rows() {
        let policy = GatePolicy::default();
        let candidate = candidate(8, [150.0, 103.0]);
        let mut base = base(8);
        base.benchmarks[1] = benchmark("b", 100.0, 1, 1);
        let comparison = compare(&base, &candidate, &policy, &Setting::default());
        assert_eq!(names(&comparison), ["a", "b"]);
        let entries = crate::config::parse_accepted(
            "[[accepted]]\nbenchmark = \"a\"\nmetric = \"latency_p50\"\nup_to = \"90%\"\nuntil = \"2026-12-31\"\nwhy = \"w\"\n",
        );
        let entry = |accepted| crate::gate::Entry { accepted, at_base: false, before_its_base: true };
        let entries: Vec<_> = entries.unwrap().into_iter().map(entry).collect();
        let accepted = accept(comparison, &entries, &[], "2026-06-15".parse().unwrap(), policy.fail_on);
        assert_eq!(names(&accepted), ["b", "a"], "what is undecided comes before what is accepted");
    }
}
