//! A benchmark measured again: the sessions of one commit on one machine, put together.

use super::{BenchmarkResult, Metric};

impl BenchmarkResult {
    /// This result as the session after those of `earlier`; `None` where the two did not measure the same: another scenario, or a
    /// metric with another unit or direction.
    ///
    /// A metric that one of the two lacks has fewer sessions: a high percentile that only fast sessions have enough queries for.
    /// What is said about the rules of the scenario, the warnings, the objectives and the course are the later session's. The latencies of both
    /// add up; of a session that kept none, none are in it.
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
        let latencies = match (&self.latencies, &earlier.latencies) {
            (Some(now), Some(before)) => Some(before.and(now)),
            (kept, None) | (None, kept) => kept.clone(),
        };
        Some(Self { metrics, queries, latencies, ..self.clone() })
    }

    /// How many sessions its metrics come from, at most.
    pub fn sessions(&self) -> usize {
        self.metrics.iter().map(|metric| metric.rounds.sessions().len()).max().unwrap_or(0)
    }

    /// The same with the last `most` sessions of each metric. Its latencies are still those of all sessions: they are not told
    /// apart.
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
    use crate::result::{Course, Direction, Distribution, RoundCourse, RoundValues, Unit, Window};

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
    fn latencies_add_up_and_the_course_is_the_last_sessions() {
        let window = |at| Window { at, low: 1, median: 2, high: 3, queries: 4 };
        let session = |latencies: &[u64], at| BenchmarkResult {
            latencies: Distribution::of(latencies.iter().copied()),
            course: Course::of([RoundCourse { round: 0, warm_up: vec![], timed: vec![window(at)] }].into_iter()),
            ..BenchmarkResult::imported("b", vec![metric("p50", &[1.0])])
        };
        let (first, second) = (session(&[7, 8], 5), session(&[8, 9, 9], 6));
        let both = second.after(&first).unwrap();
        assert_eq!(both.latencies, Distribution::of([7, 8, 8, 9, 9]));
        assert_eq!(both.course, second.course);
        let old = session(&[], 5);
        assert_eq!((old.after(&first).unwrap().latencies, first.after(&old).unwrap().latencies), {
            let kept = Distribution::of([7, 8]);
            (kept.clone(), kept)
        });
        assert_eq!(both.last_sessions(1).latencies, both.latencies);
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
