//! Service-level objectives of a measurement in words. There is no check that would set an error rate: it is the usual one.

use crate::objective::{self, ALPHA, Answer, Examined};
use crate::result::BenchmarkResult;

/// An objective of a benchmark, and what became of it.
pub struct Said {
    /// What was counted.
    pub examined: Examined,
    /// Whether it is met.
    pub answer: Answer,
}

impl Said {
    /// `slo p99.9 < 100 ms: met, 99.97 % of 24,576 queries within 100 ms (at least 99.93 %), 30 % of the error budget used`.
    pub fn sentence(&self) -> String {
        format!("slo {}: {}", self.examined.objective, objective::sentence(&self.examined, self.answer))
    }
}

/// The objectives of a benchmark, in their order.
pub fn of(benchmark: &BenchmarkResult) -> impl Iterator<Item = Said> {
    benchmark.objectives.iter().map(|attained| {
        let examined = objective::examine(attained, ALPHA);
        let answer = examined.alone(ALPHA);
        Said { examined, answer }
    })
}

#[cfg(test)]
mod tests {
    use crate::gate::{Comparison, Method, Setting, compare};
    use crate::result::{Attainment, BenchmarkResult, Objective, RunResult, Within};
    use crate::words::{advice, summary};

    /// Two benchmarks with an objective of 99 % and so many of 200 queries within its bound, in each of two rounds.
    fn judged(within: [u64; 2], method: Method) -> Comparison {
        let benchmark = |(name, within): (&str, u64)| {
            let objective = Objective::new(0.99, 1_000_000).unwrap();
            let attained = Attainment::new(objective, vec![Within { within, queries: 200 }; 2]).unwrap();
            BenchmarkResult { objectives: vec![attained], ..BenchmarkResult::imported(name, Vec::new()) }
        };
        let candidate = RunResult::imported(["a", "b"].into_iter().zip(within).map(benchmark).collect());
        let setting = Setting { method, ..Setting::default() };
        compare(&RunResult::imported(Vec::new()), &candidate, &Default::default(), &setting)
    }

    fn next(comparison: &Comparison) -> String {
        let steps = advice::next(comparison);
        steps.into_iter().map(|step| step.run.unwrap_or(step.say)).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_violation_is_no_slowdown_and_can_be_accepted() {
        let one = judged([180, 200], Method::SideBySide);
        assert_eq!(summary::headline(&one), "1 of 2 benchmarks violates an objective");
        assert!(next(&one).starts_with("perfgate accept a slo_p99_1ms --up-to "), "{}", next(&one));
        let both = judged([180, 180], Method::SideBySide);
        assert_eq!(summary::headline(&both), "2 of 2 benchmarks violate objectives");
        assert_eq!(summary::guarantee(&both), None, "nothing was compared");
    }

    #[test]
    fn what_is_met_is_not_said_to_be_unchanged() {
        let met = judged([200, 200], Method::SideBySide);
        assert_eq!(summary::outcome(&met, true), "No regression: 2 objectives are met.");
        let open = judged([199, 200], Method::SideBySide);
        assert_eq!(summary::unchanged(&open.rows).unwrap(), "1 more: 1 objective is met");
    }

    #[test]
    fn what_is_not_proven_asks_for_queries_unless_none_would_do() {
        let open = next(&judged([199, 200], Method::SideBySide));
        assert!(open.starts_with("to prove every objective, measure about 3 times as much: more queries"), "{open}");
        let near = next(&judged([197, 200], Method::SideBySide));
        assert!(near.starts_with("an objective is not met at the share that was measured"), "{near}");
    }
}
