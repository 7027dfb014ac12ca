//! The table that CSV and Parquet hold: one row a round of a metric, with all that is known of it.

use crate::result::{CommitId, Direction, RunResult, Timestamp};

/// The value of one metric in one round. What is not known is absent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row<'a> {
    /// The commit that was checked out, 40 digits.
    pub commit: Option<&'a str>,
    /// Whether tracked files differed from it.
    pub dirty: bool,
    /// When the benchmark was recorded, of that commit on that machine, for the last time.
    pub recorded_at: Option<&'a Timestamp>,
    /// The machine's fingerprint.
    pub machine: Option<&'a str>,
    /// The benchmark's name.
    pub benchmark: &'a str,
    /// Its scenario.
    pub scenario: Option<&'a str>,
    /// The metric's name.
    pub metric: &'a str,
    /// The unit of `value`, as documents spell it.
    pub unit: &'a str,
    /// Which way is better.
    pub direction: Direction,
    /// The session of the metric, from 1.
    pub session: usize,
    /// The round of the session, from 1.
    pub round: usize,
    /// The value.
    pub value: f64,
}

impl Row<'_> {
    /// The direction as documents spell it.
    pub fn direction_word(&self) -> &'static str {
        match self.direction {
            Direction::LowerIsBetter => "lower",
            Direction::HigherIsBetter => "higher",
        }
    }
}

/// All rounds of these results, in their order.
pub fn rows<'a>(results: impl IntoIterator<Item = &'a RunResult>) -> Vec<Row<'a>> {
    results.into_iter().flat_map(of_result).collect()
}

fn of_result(result: &RunResult) -> impl Iterator<Item = Row<'_>> {
    let commit = result.commit.as_ref().map(CommitId::as_str);
    let machine = result.environment.as_ref().map(|environment| environment.fingerprint.as_str());
    result.benchmarks.iter().flat_map(move |benchmark| {
        let recorded_at = benchmark.recorded_at.as_ref().or(result.recorded_at.as_ref());
        benchmark.metrics.iter().flat_map(move |metric| {
            metric.rounds.sessions().zip(1..).flat_map(move |(session, number)| {
                session.iter().zip(1..).map(move |(&value, round)| Row {
                    commit,
                    dirty: result.dirty,
                    recorded_at,
                    machine,
                    benchmark: &benchmark.name,
                    scenario: benchmark.scenario.as_deref(),
                    metric: &metric.name,
                    unit: metric.unit.as_str(),
                    direction: metric.direction,
                    session: number,
                    round,
                    value,
                })
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{BenchmarkResult, Metric, RoundValues, Unit};

    #[test]
    fn rounds_are_counted_within_their_session() {
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::of_sessions(vec![1.0, 2.0, 3.0], &[2, 1]).unwrap(),
            gate: true,
        };
        let early: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let late: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let one = BenchmarkResult {
            recorded_at: Some(early.clone()),
            ..BenchmarkResult::imported("one", vec![metric.clone()])
        };
        let other = BenchmarkResult::imported("other", vec![metric]);
        let result = RunResult { recorded_at: Some(late.clone()), ..RunResult::imported(vec![one, other]) };
        let all = rows([&result]);
        let places: Vec<(&str, usize, usize, f64)> =
            all.iter().map(|row| (row.benchmark, row.session, row.round, row.value)).collect();
        let of = |name| [(name, 1, 1, 1.0), (name, 1, 2, 2.0), (name, 2, 1, 3.0)];
        assert_eq!(places, [of("one"), of("other")].concat());
        assert_eq!(
            (all[0].recorded_at, all[3].recorded_at),
            (Some(&early), Some(&late)),
            "a benchmark's own time, else the run's"
        );
    }
}
