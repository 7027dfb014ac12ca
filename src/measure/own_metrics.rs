//! The metrics that a system under test writes itself, to the file named by `PERFGATE_METRICS`.

use std::path::Path;

use serde::Deserialize;

use crate::scenario::OwnMetric;
use crate::sut::{SutError, process};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    metric: String,
    value: f64,
    #[serde(default = "dimensionless")]
    unit: String,
    #[serde(default)]
    direction: Direction,
}

fn dimensionless() -> String {
    "1".to_owned()
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Direction {
    #[default]
    Lower,
    Higher,
}

/// Names that perfgate gives to its own metrics.
const RESERVED: [&str; 6] = ["latency_", "schedule_", "stage_", "throughput", "accuracy", "error_rate"];

/// Reads what a round has written, one JSON object a line.
pub fn read(file: &Path) -> Result<Vec<OwnMetric>, SutError> {
    let text = std::fs::read_to_string(file).map_err(process::system("reading the file of PERFGATE_METRICS"))?;
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(index, line)| parse(line).map_err(|expected| bad_line(index + 1, line, expected)))
        .collect()
}

fn bad_line(number: usize, line: &str, expected: String) -> SutError {
    let problem = format!("line {number} holds `{}`, expected {expected}", process::printable(line, 200));
    let source = std::io::Error::new(std::io::ErrorKind::InvalidData, problem);
    SutError::System { doing: "reading the file of PERFGATE_METRICS".to_owned(), source }
}

fn parse(line: &str) -> Result<OwnMetric, String> {
    const EXAMPLE: &str = r#"{"metric":"binary_size","value":123,"unit":"B","direction":"lower"}"#;
    let line: Line = serde_json::from_str(line).map_err(|problem| format!("a line such as {EXAMPLE} ({problem})"))?;
    let name = line.metric;
    let reserved = RESERVED.iter().find(|word| name.starts_with(**word));
    if let Some(word) = reserved {
        return Err(format!("another name than `{name}`: names that begin with `{word}` are perfgate's own"));
    }
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err("a name of 1 to 200 printable characters".to_owned());
    }
    Ok(OwnMetric { name, value: line.value, unit: line.unit, lower_is_better: line.direction == Direction::Lower })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_metric_and_lower_is_better_unless_it_says_otherwise() {
        let full = parse(r#"{"metric":"rate","value":1.5,"unit":"1/s","direction":"higher"}"#).unwrap();
        assert_eq!((full.name.as_str(), full.value, full.lower_is_better), ("rate", 1.5, false));
        let short = parse(r#"{"metric":"binary_size","value":123}"#).unwrap();
        assert_eq!((short.unit.as_str(), short.lower_is_better), ("1", true));
    }

    #[test]
    fn what_is_not_a_metric_is_refused_with_an_example() {
        for line in ["garbage", "{}", r#"{"metric":"a","value":"x"}"#, r#"{"metric":"a","value":1,"x":2}"#] {
            assert!(parse(line).unwrap_err().starts_with("a line such as {\"metric\""), "{line}");
        }
        assert!(parse(r#"{"metric":"latency_p50","value":1}"#).unwrap_err().contains("perfgate's own"));
        assert!(parse(r#"{"metric":"","value":1}"#).is_err());
    }
}
