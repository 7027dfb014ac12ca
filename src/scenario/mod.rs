//! Scenarios: how queries arrive, and when a round has seen enough.
//!
//! Here: the loops over a system under test, the order of samples, and what a round leaves behind. No clock: times come
//! out of the system's seam. Not here: processes and files (`sut`, `measure`), numbers per round (`summary`).

mod samples;
mod single_stream;
mod summary;

pub use samples::SampleOrder;
pub use single_stream::single_stream;
pub use summary::{Unmeasurable, metrics};

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::result::Direction;
use crate::sut::{Completion, Nanos, Outcome};

/// What one round leaves behind. Serialised only between a perfgate process and its own child.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RoundRecord {
    /// Latencies of the answered queries, in the order of issue, in nanoseconds.
    pub latencies: Vec<u64>,
    /// Timed queries that failed.
    pub failed: u64,
    /// What the first failed query said.
    pub first_failure: Option<String>,
    /// Time during which the system worked on timed queries, failed ones included, in nanoseconds.
    pub busy: u64,
    /// Answers that were held against a label.
    pub judged: u64,
    /// Answers that met their label.
    pub correct: u64,
    /// Times of the stages that the system reports, in nanoseconds, by name.
    pub stages: BTreeMap<String, Vec<u64>>,
    /// Metrics that the system wrote itself.
    pub own_metrics: Vec<OwnMetric>,
}

/// A value that the system under test wrote to the file named by `PERFGATE_METRICS`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnMetric {
    /// The metric's name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// What it counts.
    pub unit: String,
    /// Whether less is better.
    pub lower_is_better: bool,
}

impl OwnMetric {
    /// Which way is better.
    pub fn direction(&self) -> Direction {
        if self.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
    }
}

impl RoundRecord {
    /// Takes in a timed query. `judge` holds its answers against the labels of these samples.
    fn add(&mut self, completion: Completion, samples: &[usize], judge: Option<&Dataset>) {
        let Nanos(latency) = completion.latency;
        self.busy = self.busy.saturating_add(latency);
        match completion.outcome {
            Outcome::Failed(message) => {
                self.failed += 1;
                self.first_failure.get_or_insert(message);
                return;
            }
            Outcome::Done => {}
            Outcome::Class(class) => {
                if let Some(label) = judge.zip(samples.first()).and_then(|(data, &sample)| data.label(sample)) {
                    self.count(label.is_class(class));
                }
            }
            Outcome::Answers { outputs, stages } => {
                for (name, Nanos(time)) in stages {
                    self.stages.entry(name).or_default().push(time);
                }
                if let Some(data) = judge {
                    for (output, &sample) in outputs.iter().zip(samples) {
                        if let Some(label) = data.label(sample) {
                            self.count(label.is_answered_by(output));
                        }
                    }
                }
            }
        }
        self.latencies.push(latency);
    }

    fn count(&mut self, correct: bool) {
        self.judged += 1;
        self.correct += u64::from(correct);
    }
}
