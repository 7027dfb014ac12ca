//! The part of a result that says what processes used.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::latencies::Line;
use crate::result::{
    Association, MOST_USE_WINDOWS, MOST_WATCHED_ROUNDS, Resources, RoundUse, Unavailable, UseWindow, Watching,
};

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct ResourcesV1 {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unavailable: Vec<UnavailableV1>,
    #[serde(skip_serializing_if = "Option::is_none")]
    watching: Option<WatchingV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    with_latency: Vec<AssociationV1>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    course: Vec<Line<RoundUseV1>>,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct UnavailableV1 {
    metrics: Vec<String>,
    why: String,
}

#[derive(Serialize, Deserialize, JsonSchema)]
struct WatchingV1 {
    /// Nanoseconds.
    cpu_time: u64,
    /// Of a processor, while the system worked.
    share: f64,
    looks: u64,
    /// Nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    longest_gap: Option<u64>,
}

/// How latency goes along with what the processes use, within rounds.
#[derive(Serialize, Deserialize, JsonSchema)]
struct AssociationV1 {
    /// `processors` or `rss`.
    with: String,
    /// Kendall's rank correlation, the mean over the rounds.
    correlation: f64,
    rounds: usize,
    /// Whether the rounds' correlations lie about 0.
    p_value: f64,
}

/// The windows of a round, each of the lists with one entry for each of them.
#[derive(Serialize, Deserialize, JsonSchema)]
struct RoundUseV1 {
    /// Counted from 0.
    round: usize,
    /// Nanoseconds since the round began.
    #[serde(skip_serializing_if = "Option::is_none")]
    ready: Option<u64>,
    /// When each window ends, in nanoseconds since the round began.
    until: Vec<u64>,
    /// Processors that were busy with it, on average.
    processors: Vec<f64>,
    /// The most memory that a look saw, in bytes.
    rss: Vec<u64>,
}

impl From<&Resources> for ResourcesV1 {
    fn from(domain: &Resources) -> Self {
        let unavailable = |gap: &Unavailable| UnavailableV1 { metrics: gap.metrics.clone(), why: gap.why.clone() };
        Self {
            unavailable: domain.unavailable.iter().map(unavailable).collect(),
            watching: domain.watching.map(|Watching { cpu_time, share, looks, longest_gap }| WatchingV1 {
                cpu_time,
                share,
                looks,
                longest_gap,
            }),
            with_latency: domain.with_latency.iter().map(AssociationV1::from).collect(),
            course: domain.course.iter().map(|round| Line(RoundUseV1::from(round))).collect(),
        }
    }
}

impl From<&Association> for AssociationV1 {
    fn from(domain: &Association) -> Self {
        let Association { with, correlation, rounds, p_value } = domain.clone();
        Self { with, correlation, rounds, p_value }
    }
}

impl From<AssociationV1> for Association {
    fn from(wire: AssociationV1) -> Self {
        let AssociationV1 { with, correlation, rounds, p_value } = wire;
        Self { with, correlation, rounds, p_value }
    }
}

impl From<&RoundUse> for RoundUseV1 {
    fn from(domain: &RoundUse) -> Self {
        Self {
            round: domain.round,
            ready: domain.ready,
            until: domain.windows.iter().map(|window| window.until).collect(),
            processors: domain.windows.iter().map(|window| window.processors).collect(),
            rss: domain.windows.iter().map(|window| window.resident).collect(),
        }
    }
}

impl ResourcesV1 {
    /// The same as a baseline keeps it.
    #[must_use]
    pub fn without_course(self) -> Self {
        Self { course: Vec::new(), ..self }
    }

    /// What it says, or why that cannot be.
    pub fn read(self) -> Result<Resources, String> {
        if self.course.len() > MOST_WATCHED_ROUNDS {
            return Err(format!("more than {MOST_WATCHED_ROUNDS} rounds in `course`"));
        }
        if self.course.windows(2).any(|pair| matches!(pair, [first, second] if first.0.round >= second.0.round)) {
            return Err("the rounds of `course` do not ascend".to_owned());
        }
        let course: Result<Vec<RoundUse>, String> = self.course.into_iter().map(|Line(round)| round.read()).collect();
        Ok(Resources {
            unavailable: self
                .unavailable
                .into_iter()
                .map(|gap| Unavailable { metrics: gap.metrics, why: gap.why })
                .collect(),
            watching: self.watching.map(|WatchingV1 { cpu_time, share, looks, longest_gap }| Watching {
                cpu_time,
                share,
                looks,
                longest_gap,
            }),
            with_latency: self.with_latency.into_iter().map(Association::from).collect(),
            course: course?,
        })
    }
}

impl RoundUseV1 {
    fn read(self) -> Result<RoundUse, String> {
        let round = self.round;
        let count = self.until.len();
        if !(1..=MOST_USE_WINDOWS).contains(&count) || count != self.processors.len() || count != self.rss.len() {
            return Err(format!(
                "round {round}: `until`, `processors` and `rss` have one entry for each of 1 to {MOST_USE_WINDOWS} windows"
            ));
        }
        if self.until.windows(2).any(|pair| matches!(pair, [first, second] if first >= second)) {
            return Err(format!("round {round}: the windows do not follow each other"));
        }
        let each = self.until.into_iter().zip(self.processors).zip(self.rss);
        let windows = each.map(|((until, processors), resident)| UseWindow { until, processors, resident }).collect();
        Ok(RoundUse { round, ready: self.ready, windows })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some() -> Resources {
        let window = |until, processors, resident| UseWindow { until, processors, resident };
        Resources {
            unavailable: vec![Unavailable { metrics: vec!["disk_read".to_owned()], why: "nobody tells".to_owned() }],
            watching: Some(Watching { cpu_time: 5, share: 0.001, looks: 3, longest_gap: None }),
            with_latency: vec![Association { with: "rss".to_owned(), correlation: -0.5, rounds: 7, p_value: 0.25 }],
            course: vec![RoundUse {
                round: 2,
                ready: Some(9),
                windows: vec![window(10, 1.5, 4096), window(20, 0.0, 0)],
            }],
        }
    }

    fn reread(change: impl FnOnce(&mut serde_json::Value)) -> Result<Resources, String> {
        let mut value = serde_json::to_value(ResourcesV1::from(&some())).unwrap();
        change(&mut value);
        let wire: ResourcesV1 = serde_json::from_value(value).unwrap();
        wire.read()
    }

    #[test]
    fn what_was_written_is_read() {
        assert_eq!(reread(|_| ()), Ok(some()));
    }

    #[test]
    fn a_course_that_cannot_be_is_refused() {
        let told = reread(|value| value["course"][0]["rss"] = serde_json::json!([1])).unwrap_err();
        assert!(told.contains("round 2: `until`, `processors` and `rss`"), "{told}");
        let told = reread(|value| value["course"][0]["until"] = serde_json::json!([10, 10])).unwrap_err();
        assert!(told.contains("do not follow each other"), "{told}");
        let twice = |value: &mut serde_json::Value| {
            let first = value["course"][0].clone();
            value["course"].as_array_mut().unwrap().push(first);
        };
        assert!(reread(twice).unwrap_err().contains("do not ascend"));
    }
}
