//! In which stage a slowdown happens, if the system reports stages.

use super::units;
use crate::gate::{Comparison, Decision, Row};
use crate::result::{BenchmarkResult, Unit};
use crate::stats::{median, welch};

/// A stage that is slower than it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved<'a> {
    /// Its name, from outside.
    pub stage: &'a str,
    /// By how much its median rose, in nanoseconds.
    by: f64,
    /// By how much the median of the whole query rose, in nanoseconds.
    whole: f64,
}

/// With which a stage's rise is more than chance.
const CONFIDENCE: f64 = 0.95;

/// The rows of slower latencies, the first of each benchmark, with the stage in which to begin to look.
pub fn of_regressions(comparison: &Comparison) -> Vec<(&Row, Moved<'_>)> {
    let mut seen: Vec<&str> = Vec::new();
    let latency = |row: &&Row| row.metric.as_deref().is_some_and(|metric| metric.starts_with("latency_"));
    let slower = comparison.rows.iter().filter(|row| row.decision() == Some(Decision::Regression)).filter(latency);
    let first_of_each = slower.filter(|row| {
        let is_new = !seen.contains(&row.benchmark.as_str());
        seen.push(&row.benchmark);
        is_new
    });
    let moved = |row: &'_ Row| {
        let pair = comparison.measured.iter().find(|pair| pair.benchmark == row.benchmark)?;
        of(pair.base.as_ref()?, pair.candidate.as_ref()?)
    };
    first_of_each.filter_map(|row| Some((row, moved(row)?))).collect()
}

/// The stage whose median rose most, if that is more than chance and the whole query became slower.
fn of<'a>(base: &BenchmarkResult, candidate: &'a BenchmarkResult) -> Option<Moved<'a>> {
    let rose = |name: &str| -> Option<f64> {
        let [before, now] = [base, candidate].map(|side| side.metric(name));
        let (before, now) = (before?.rounds.as_slice(), now?.rounds.as_slice());
        let by = median(now) - median(before);
        // What does not vary, or has one round, has no test: then it is the difference alone.
        let is_more = welch(before, now).map_or(by > 0.0, |test| test.confidence_interval(CONFIDENCE).low > 0.0);
        (is_more && by > 0.0).then_some(by)
    };
    let stages = candidate.metrics.iter().filter_map(|metric| {
        let stage = metric.name.strip_prefix("stage_")?.strip_suffix("_p50")?;
        Some((stage, rose(&metric.name)?))
    });
    let (stage, by) = stages.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Moved { stage, by, whole: rose("latency_p50")? })
}

impl Moved<'_> {
    /// What follows the row's name; the stage stands between backticks.
    pub fn words(&self) -> String {
        let [by, whole] = [self.by, self.whole]
            .map(|nanos| units::values(&Unit::nanoseconds(), &[nanos], false).texts().next().unwrap_or_default());
        format!(
            "begin to look in stage `{}`, whose median rose by {by}, while that of the whole query rose by {whole}",
            self.stage.replace('`', "'")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::words::samples::{around, benchmark, judged, metric, sides, within};

    fn side(latency: f64, stages: [(&str, Vec<f64>); 2]) -> BenchmarkResult {
        let stages = stages.into_iter().map(|(name, rounds)| {
            let mut stage = metric(&format!("stage_{name}_p50"), "ns", rounds);
            stage.gate = false;
            stage
        });
        let whole =
            [metric("latency_p50", "ns", around(latency, 10)), metric("latency_p90", "ns", around(latency, 10))];
        benchmark("a", whole.into_iter().chain(stages).collect())
    }

    #[test]
    fn the_stage_that_rose_most_is_named_once_for_a_benchmark() {
        let base = side(4.12e6, [("decode", around(1.0e6, 10)), ("infer", around(3.0e6, 10))]);
        let slow = side(5.03e6, [("decode", around(1.88e6, 10)), ("infer", around(3.01e6, 10))]);
        let comparison = judged(&sides([[base, slow]]), Method::SideBySide);
        let found = of_regressions(&comparison);
        let [(row, moved)] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((row.metric.as_deref(), moved.stage), (Some("latency_p50"), "decode"));
        assert!(
            moved.words().starts_with("begin to look in stage `decode`, whose median rose by 8"),
            "{}",
            moved.words()
        );
    }

    #[test]
    fn a_stage_that_may_have_moved_by_chance_is_not_named() {
        let base = side(4.12e6, [("decode", within(0.6, 1.0e6, 10)), ("infer", around(3.0e6, 10))]);
        let slow = side(5.03e6, [("decode", within(0.6, 1.05e6, 10)), ("infer", around(3.0e6, 10))]);
        assert_eq!(of_regressions(&judged(&sides([[base.clone(), slow]]), Method::SideBySide)), []);
        let none = side(5.03e6, [("other", around(1.0e6, 10)), ("infer", around(3.0e6, 10))]);
        assert_eq!(of_regressions(&judged(&sides([[base, none]]), Method::SideBySide)), []);
    }
}
