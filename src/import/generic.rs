//! The generic form: raw samples per round, from any tool that can print JSON.
//!
//! `{"unit": "ns", "rounds": [[…], […]]}`, or several benchmarks under `benchmarks`. The value of a round is the median
//! of its samples: a single outlier does not move it.

use serde::Deserialize;
use serde_json::Value;

use crate::result::{BenchmarkResult, Direction, Metric, RoundValues, RunResult, Unit};
use crate::stats::median;

/// What the only benchmark of a file is called if the file does not say.
const UNNAMED: &str = "unnamed";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    benchmarks: Vec<One>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct One {
    #[serde(default = "unnamed")]
    name: String,
    #[serde(default = "latency")]
    metric: String,
    #[serde(default = "nanoseconds")]
    unit: String,
    #[serde(default)]
    direction: Way,
    rounds: Vec<Round>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "a round must be a list of numbers, or one number")]
enum Round {
    Samples(Vec<f64>),
    Value(f64),
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Way {
    #[default]
    Lower,
    Higher,
}

fn unnamed() -> String {
    UNNAMED.to_owned()
}

fn latency() -> String {
    "latency".to_owned()
}

fn nanoseconds() -> String {
    "ns".to_owned()
}

/// Reads the generic form. The error says what is wrong, without naming the file.
pub fn read(text: &str) -> Result<RunResult, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let entries = if value.get("benchmarks").is_some() {
        serde_json::from_value::<Several>(value).map(|several| several.benchmarks)
    } else {
        serde_json::from_value::<One>(value).map(|one| vec![one])
    };
    let mut benchmarks: Vec<BenchmarkResult> = Vec::new();
    for entry in entries.map_err(|error| error.to_string())? {
        let name = entry.name.clone();
        let metric = metric(entry)?;
        match benchmarks.iter_mut().find(|benchmark| benchmark.name == name) {
            Some(known) if known.metric(&metric.name).is_some() => {
                return Err(format!("benchmark `{name}` has the metric `{}` twice", metric.name));
            }
            Some(known) => known.metrics.push(metric),
            None => benchmarks.push(BenchmarkResult::imported(name, vec![metric])),
        }
    }
    if benchmarks.is_empty() {
        return Err("it has no benchmarks".to_owned());
    }
    Ok(RunResult::imported(benchmarks))
}

fn metric(entry: One) -> Result<Metric, String> {
    let place = |problem: String| format!("benchmark `{}`, metric `{}`: {problem}", entry.name, entry.metric);
    let mut values = Vec::new();
    for (index, round) in entry.rounds.iter().enumerate() {
        values.push(match round {
            Round::Value(value) => *value,
            Round::Samples(samples) if samples.is_empty() => {
                return Err(place(format!("round {} has no samples", index + 1)));
            }
            Round::Samples(samples) => median(samples),
        });
    }
    let rounds = RoundValues::new(values).map_err(|problem| place(problem.to_string()))?;
    let direction = match entry.direction {
        Way::Lower => Direction::LowerIsBetter,
        Way::Higher => Direction::HigherIsBetter,
    };
    Ok(Metric { name: entry.metric.clone(), unit: Unit::new(&entry.unit), direction, rounds, gate: true })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_samples_become_the_median_of_each_round() {
        let result = read(r#"{"unit":"ns","rounds":[[1,2,900],[3,4,5]]}"#).unwrap();
        let metric = &result.benchmarks[0].metrics[0];
        assert_eq!((result.benchmarks[0].name.as_str(), metric.name.as_str()), ("unnamed", "latency"));
        assert_eq!(metric.rounds.as_slice(), [2.0, 4.0]);
        assert_eq!(metric.direction, Direction::LowerIsBetter);
    }

    #[test]
    fn metrics_of_one_benchmark_come_together() {
        let text = r#"{"benchmarks":[
            {"name":"x","metric":"latency","unit":"ns","direction":"lower","rounds":[[1],[2]]},
            {"name":"x","metric":"rate","unit":"1/s","direction":"higher","rounds":[5,6]}]}"#;
        let result = read(text).unwrap();
        assert_eq!(result.benchmarks.len(), 1);
        assert_eq!(result.benchmarks[0].metrics[1].direction, Direction::HigherIsBetter);
        assert_eq!(result.benchmarks[0].metrics[1].rounds.as_slice(), [5.0, 6.0]);
    }

    #[test]
    fn faults_say_where() {
        let fault = |text: &str| read(text).unwrap_err();
        assert_eq!(fault(r#"{"rounds":[[1],[]]}"#), "benchmark `unnamed`, metric `latency`: round 2 has no samples");
        assert_eq!(fault(r#"{"rounds":[]}"#), "benchmark `unnamed`, metric `latency`: it has no rounds");
        assert!(fault(r#"{"rounds":[[NaN]]}"#).starts_with("it is not JSON"));
        assert_eq!(fault(r#"{"rounds":["x"]}"#), "a round must be a list of numbers, or one number");
        assert!(fault(r#"{"rounds":[[1]],"unti":"ns"}"#).contains("unknown field `unti`"));
        assert_eq!(fault(r#"{"benchmarks":[]}"#), "it has no benchmarks");
        let twice = r#"{"benchmarks":[{"name":"x","rounds":[1]},{"name":"x","rounds":[1]}]}"#;
        assert_eq!(fault(twice), "benchmark `x` has the metric `latency` twice");
    }
}
