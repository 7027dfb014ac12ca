//! Several looks at rounds that grow in number: a row that is decided stays decided, and the error rate is shared out over the
//! looks, so that looking often does not raise it.
//!
//! Here: what is kept from one look to the next. Not here: the shares (`stats`), the decision of one row (`judge`), measuring.

use std::collections::{BTreeMap, BTreeSet};

use super::interim::{Attainments, Interim, Memory, Metrics, Seen};
use super::pairing::compare_again;
use super::{Compared, Comparison, Decision, Evidence, Finding, Row, Setting};
use crate::config::GatePolicy;
use crate::result::{Attainment, Metric, RunResult};
use crate::stats::{share_of_last_look, share_of_look};

/// A benchmark and one of its metrics or objectives.
type Key = (String, String);

/// The looks that were taken at one measurement.
#[derive(Debug, Default)]
pub struct Looks {
    taken: u32,
    /// The smallest p-value of each row so far, each over the share of its look.
    smallest: BTreeMap<Key, f64>,
    closed: BTreeMap<Key, Closed<Metric, Metric>>,
    closed_objectives: BTreeMap<Key, Closed<Option<Attainment>, Attainment>>,
}

/// What a row was decided by, or last looked at.
#[derive(Debug)]
struct Closed<B, C> {
    base: B,
    candidate: C,
    interim: Interim,
}

/// What is known when a look begins.
struct Known<'a> {
    looks: &'a Looks,
    is_last: &'a dyn Fn(&str) -> bool,
}

impl<'a> Memory<'a> for Known<'a> {
    fn metric(&self, benchmark: &str, metric: &str) -> Seen<Metrics<'a>> {
        let key = (benchmark.to_owned(), metric.to_owned());
        match self.looks.closed.get(&key) {
            Some(Closed { base, candidate, interim }) => Seen::Closed([base, candidate], *interim),
            None => Seen::Open(self.looks.interim(&key, (self.is_last)(benchmark))),
        }
    }

    fn objective(&self, benchmark: &str, objective: &str) -> Seen<Attainments<'a>> {
        let key = (benchmark.to_owned(), objective.to_owned());
        match self.looks.closed_objectives.get(&key) {
            Some(Closed { base, candidate, interim }) => Seen::Closed((base.as_ref(), candidate), *interim),
            None => Seen::Open(self.looks.interim(&key, (self.is_last)(benchmark))),
        }
    }
}

impl Looks {
    /// Judges what was measured so far. `is_last` says of which benchmarks there will be no further look, whatever this one says:
    /// their rows may spend all of the error rate that is left, and are not looked at again.
    pub fn look(
        &mut self,
        base: &RunResult,
        candidate: &RunResult,
        policy: &GatePolicy,
        setting: &Setting,
        is_last: &dyn Fn(&str) -> bool,
    ) -> Comparison {
        let known = Known { looks: self, is_last };
        let comparison = compare_again(base, candidate, policy, setting, &known);
        for row in &comparison.rows {
            self.take_note(row, base, candidate, is_last(&row.benchmark));
        }
        self.taken += 1;
        comparison
    }

    fn interim(&self, key: &Key, is_last: bool) -> Interim {
        let share = if is_last { share_of_last_look(self.taken) } else { share_of_look(self.taken) };
        let earlier = self.smallest.get(key).copied().unwrap_or(1.0);
        Interim { look: self.taken + 1, share, earlier, is_last }
    }

    fn take_note(&mut self, row: &Row, base: &RunResult, candidate: &RunResult, is_last: bool) {
        let Some(metric) = &row.metric else { return };
        let key = (row.benchmark.clone(), metric.clone());
        if self.closed.contains_key(&key) || self.closed_objectives.contains_key(&key) {
            return;
        }
        let interim = self.interim(&key, is_last);
        let p_value = match &row.finding {
            Finding::Objective(row) => row.evidence.map(|evidence| evidence.p_value),
            _ => row.compared().and_then(|compared| match &compared.evidence {
                Evidence::Tested(tested) => Some(tested.p_value),
                Evidence::Exact | Evidence::TooFewRounds => None,
            }),
        };
        if let Some(p_value) = p_value {
            self.smallest.insert(key.clone(), interim.over_looks(p_value));
        }
        if let Finding::Objective(found) = &row.finding {
            if is_last || found.decision() != Some(Decision::Inconclusive) {
                self.close_objective(key, base, candidate, interim);
            }
            return;
        }
        let Some(compared) = row.compared() else { return };
        let of = |result: &RunResult| result.benchmark(&key.0).and_then(|benchmark| benchmark.metric(&key.1)).cloned();
        if (is_last || is_decided(compared))
            && let (Some(base), Some(candidate)) = (of(base), of(candidate))
        {
            self.closed.insert(key, Closed { base, candidate, interim });
        }
    }

    fn close_objective(&mut self, key: Key, base: &RunResult, candidate: &RunResult, interim: Interim) {
        let of = |result: &RunResult| {
            let attained = &result.benchmark(&key.0)?.objectives;
            attained.iter().find(|attained| attained.objective().name() == key.1).cloned()
        };
        let (base, candidate) = (of(base), of(candidate));
        if let Some(candidate) = candidate {
            self.closed_objectives.insert(key, Closed { base, candidate, interim });
        }
    }
}

fn is_decided(compared: &Compared) -> bool {
    match compared.decision {
        Decision::Regression | Decision::Improvement | Decision::Unchanged => true,
        Decision::Inconclusive => false,
    }
}

/// Benchmarks with a row that more rounds may decide.
pub fn undecided(comparison: &Comparison) -> BTreeSet<String> {
    // A comparison without a test stays what it is, however many rounds there are.
    let may_change = |compared: &Compared| !is_decided(compared) && compared.evidence != Evidence::Exact;
    let is_open = |row: &&Row| match &row.finding {
        Finding::Objective(found) => found.may_change(),
        _ => row.compared().is_some_and(may_change),
    };
    comparison.rows.iter().filter(is_open).map(|row| row.benchmark.clone()).collect()
}

/// Benchmarks with a row that is a regression.
pub fn regressed(comparison: &Comparison) -> BTreeSet<String> {
    let is_red = |row: &&Row| row.decision() == Some(Decision::Regression);
    comparison.rows.iter().filter(is_red).map(|row| row.benchmark.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Method, compare};
    use crate::result::{BenchmarkResult, Direction, RoundValues, Unit};

    /// Rounds of 100 with a noise of ±1, the second side `factor` times as much.
    fn result(rounds: usize, factor: f64, phase: usize) -> RunResult {
        let noise = [0.0, 1.0, -1.0, 0.5, -0.5, 0.8, -0.3];
        let values = (0..rounds).map(|round| (100.0 + noise[(round * phase) % 7]) * factor).collect();
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(values).unwrap(),
            gate: true,
        };
        RunResult::imported(vec![BenchmarkResult::imported("a", vec![metric])])
    }

    fn setting() -> Setting {
        Setting { method: Method::SideBySide, ..Setting::default() }
    }

    fn tested(comparison: &Comparison) -> (Decision, &crate::gate::Tested) {
        let compared = comparison.rows[0].compared().unwrap();
        let Evidence::Tested(tested) = &compared.evidence else { panic!("{compared:?}") };
        (compared.decision, tested)
    }

    fn look(looks: &mut Looks, rounds: usize, factor: f64, is_last: bool) -> Comparison {
        looks
            .look(&result(rounds, 1.0, 2), &result(rounds, factor, 3), &GatePolicy::default(), &setting(), &|_| is_last)
    }

    #[test]
    fn a_first_look_that_is_the_last_is_a_comparison_without_looks() {
        let again = look(&mut Looks::default(), 12, 1.3, true);
        let once = compare(&result(12, 1.0, 2), &result(12, 1.3, 3), &GatePolicy::default(), &setting());
        assert_eq!(again, once);
    }

    #[test]
    fn counts_that_do_not_repeat_wait_for_no_more_rounds() {
        let counted = |counts: [f64; 2]| {
            let mut result = result(2, 1.0, 1);
            let metric = &mut result.benchmarks[0].metrics[0];
            metric.unit = Unit::instructions();
            metric.rounds = RoundValues::new(counts.to_vec()).unwrap();
            result
        };
        let (base, candidate) = (counted([100.0, 105.0]), counted([120.0, 120.0]));
        let open = Looks::default().look(&base, &candidate, &GatePolicy::default(), &setting(), &|_| false);
        assert_eq!(open.rows[0].compared().unwrap().decision, Decision::Inconclusive);
        assert!(undecided(&open).is_empty());
    }

    #[test]
    fn a_look_pays_for_the_looks_to_come() {
        let first = look(&mut Looks::default(), 12, 1.3, false);
        let (decision, tested) = tested(&first);
        assert_eq!((decision, tested.look, tested.share), (Decision::Regression, 1, 0.25));
        assert!((tested.p_adjusted / tested.p_value - 4.0).abs() < 1e-9, "a quarter of alpha: four times the p-value");
    }

    #[test]
    fn what_is_decided_stays_decided_by_the_rounds_that_decided_it() {
        let mut looks = Looks::default();
        let first = look(&mut looks, 12, 1.3, false);
        let second = look(&mut looks, 17, 1.0, true);
        assert_eq!(tested(&second).0, Decision::Regression);
        assert_eq!(first.rows, second.rows);
        assert!(undecided(&second).is_empty());
    }

    #[test]
    fn only_the_last_look_takes_an_estimate_just_beyond_the_threshold_for_a_regression() {
        let decision = |is_last| tested(&look(&mut Looks::default(), 12, 1.102, is_last)).0;
        assert_eq!((decision(false), decision(true)), (Decision::Inconclusive, Decision::Regression));
    }

    #[test]
    fn the_smallest_p_value_of_all_looks_counts() {
        let mut looks = Looks::default();
        // So near to the threshold that no look decides it.
        let first = look(&mut looks, 12, 1.099, false);
        assert_eq!(undecided(&first).len(), 1);
        let second = look(&mut looks, 13, 1.001, true);
        let (earlier, later) = (tested(&first).1.p_adjusted, tested(&second).1.p_adjusted);
        assert!(later <= earlier, "{later} after {earlier}");
    }

    #[test]
    fn after_its_last_look_a_row_is_not_looked_at_again() {
        let mut looks = Looks::default();
        let open = look(&mut looks, 12, 1.099, true);
        assert_eq!(tested(&open).0, Decision::Inconclusive);
        let more = look(&mut looks, 40, 1.5, true);
        assert_eq!(open.rows, more.rows);
    }
}
