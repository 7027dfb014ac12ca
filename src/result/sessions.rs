//! A benchmark measured again: the sessions of one commit on one machine, put together.

use super::{BenchmarkResult, Metric};

impl BenchmarkResult {
    /// This result as the session after those of `earlier`; `None` where the two did not measure the same: another scenario, or a
    /// metric with another unit or direction.
    ///
    /// A metric that one of the two lacks has fewer sessions: a high percentile that only fast sessions have enough queries for.
    /// What is said about the rules of the scenario, and the warnings, are the later session's.
    pub fn after(&self, earlier: &Self) -> Option<Self> {
        let differs = |metric: &Metric| {
            let old = earlier.metric(&metric.name);
            old.is_some_and(|old| old.unit != metric.unit || old.direction != metric.direction)
        };
        if self.name != earlier.name || self.scenario != earlier.scenario || self.metrics.iter().any(differs) {
            return None;
        }
        let mut metrics: Vec<Metric> = self.metrics.clone();
        for metric in &mut metrics {
            if let Some(old) = earlier.metric(&metric.name) {
                metric.rounds = metric.rounds.after(&old.rounds);
            }
        }
        metrics.extend(earlier.metrics.iter().filter(|old| self.metric(&old.name).is_none()).cloned());
        let queries = self.queries.zip(earlier.queries).map(|(now, before)| now.saturating_add(before));
        Some(Self { metrics, queries, ..self.clone() })
    }

    /// How many sessions its metrics come from, at most.
    pub fn sessions(&self) -> usize {
        self.metrics.iter().map(|metric| metric.rounds.sessions().len()).max().unwrap_or(0)
    }

    /// The same with the last `most` sessions of each metric.
    #[must_use]
    pub fn last_sessions(&self, most: usize) -> Self {
        let mut kept = self.clone();
        kept.metrics.iter_mut().for_each(|metric| metric.rounds = metric.rounds.last_sessions(most));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Direction, RoundValues, Unit};

    fn metric(name: &str, rounds: &[f64]) -> Metric {
        Metric {
            name: name.to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(rounds.to_vec()).unwrap(),
            gate: true,
        }
    }

    #[test]
    fn sessions_of_the_same_work_are_put_together() {
        let first = BenchmarkResult::imported("b", vec![metric("p50", &[1.0, 2.0]), metric("p999", &[9.0])]);
        let second = BenchmarkResult::imported("b", vec![metric("p50", &[3.0, 4.0]), metric("max", &[8.0])]);
        let both = second.after(&first).unwrap();
        let names: Vec<&str> = both.metrics.iter().map(|metric| metric.name.as_str()).collect();
        assert_eq!(names, ["p50", "max", "p999"]);
        assert_eq!(both.metrics[0].rounds.as_slice(), [1.0, 2.0, 3.0, 4.0]);
        let sessions = |name: &str| both.metric(name).unwrap().rounds.sessions().len();
        assert_eq!((sessions("p50"), sessions("p999"), both.sessions()), (2, 1, 2));
        assert_eq!(both.last_sessions(1).metrics[0].rounds.as_slice(), [3.0, 4.0]);
    }

    #[test]
    fn another_scenario_or_unit_is_no_session_of_the_same() {
        let first = BenchmarkResult::imported("b", vec![metric("p50", &[1.0])]);
        let offline = BenchmarkResult { scenario: Some("offline".to_owned()), ..first.clone() };
        assert_eq!(offline.after(&first), None);
        let mut bytes = first.clone();
        bytes.metrics[0].unit = Unit::new("B");
        assert_eq!(bytes.after(&first), None);
    }
}
