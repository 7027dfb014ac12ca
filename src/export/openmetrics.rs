//! OpenMetrics 1.0, the text that Prometheus scrapes; without times it is Prometheus' older text format as well, so that
//! node_exporter's textfile collector and push gateways take it.
//!
//! Here: which series there are, of one value each or with their history. Not here: which ones a result (`measured`) and a
//! comparison (`compared`) become, what a metric is called (`naming`), how it is written (`text`).

mod compared;
mod measured;
mod naming;
mod text;

use std::collections::BTreeMap;

use self::text::{Family, Labels, Point};
use super::ExportError;
use crate::gate::Comparison;
use crate::result::{RunOutcome, RunResult, Timestamp};

/// Series that are gathered, and then written.
#[derive(Debug)]
pub struct Exposition {
    when: When,
    families: BTreeMap<String, Family>,
}

/// Whether the values have times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// A scrape: each series has one value, that of now.
    Now,
    /// History: each value has the time at which it was recorded.
    Recorded,
}

/// One value of one series.
#[derive(Debug, Clone, PartialEq)]
struct Sample {
    description: Description,
    labels: Labels,
    value: f64,
}

/// What all series of a name have in common.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Description {
    /// The name; it ends with the unit, if there is one.
    name: String,
    /// The base unit.
    unit: Option<&'static str>,
    /// What the values are.
    help: &'static str,
}

impl Exposition {
    /// For a scrape: one value for each series, without times.
    pub fn of_now() -> Self {
        Self { when: When::Now, families: BTreeMap::new() }
    }

    /// For filling a Prometheus with history: every value with the time at which it was recorded. Of two of the same
    /// moment, the one that is added later counts.
    pub fn of_history() -> Self {
        Self { when: When::Recorded, families: BTreeMap::new() }
    }

    /// How many series there are.
    pub fn series(&self) -> usize {
        self.families.values().map(|family| family.series.len()).sum()
    }

    /// Adds the metrics of a result: the median of the rounds of each, as `run` prints it. Where the result is in the way of
    /// another, or does not know its time, the error calls it `source`.
    pub fn result(&mut self, result: &RunResult, source: &str) -> Result<(), ExportError> {
        for benchmark in &result.benchmarks {
            let recorded = benchmark.recorded_at.as_ref().or(result.recorded_at.as_ref());
            let millis = self.moment(recorded, source)?;
            for sample in measured::samples(result, benchmark, recorded) {
                self.add(sample, millis, source)?;
            }
        }
        Ok(())
    }

    /// Adds a run: its result, and of each benchmark that could not be measured that it was not.
    pub fn outcome(&mut self, outcome: &RunOutcome, source: &str) -> Result<(), ExportError> {
        self.result(&outcome.result, source)?;
        for sample in measured::absent(outcome) {
            let millis = self.moment(outcome.result.recorded_at.as_ref(), source)?;
            self.add(sample, millis, source)?;
        }
        Ok(())
    }

    /// When a value is of, if that is written.
    fn moment(&self, recorded: Option<&Timestamp>, source: &str) -> Result<Option<i64>, ExportError> {
        match (self.when, recorded) {
            (When::Now, _) => Ok(None),
            (When::Recorded, Some(time)) => Ok(Some(time.unix_millis())),
            (When::Recorded, None) => Err(ExportError::Timeless(source.to_owned())),
        }
    }

    /// Adds what a comparison found. It does not know its time: only for a scrape.
    pub fn comparison(&mut self, comparison: &Comparison, source: &str) -> Result<(), ExportError> {
        if self.when == When::Recorded {
            return Err(ExportError::Timeless(source.to_owned()));
        }
        compared::samples(comparison).into_iter().try_for_each(|sample| self.add(sample, None, source))
    }

    fn add(&mut self, sample: Sample, millis: Option<i64>, source: &str) -> Result<(), ExportError> {
        let Sample { description: Description { name, unit, help }, labels, value } = sample;
        let told = text::series(&name, &labels);
        let family = self.families.entry(name).or_insert_with(|| Family::new(unit, help));
        let points = family.series.entry(labels).or_default();
        let before = points.insert(millis, Point { value, source: source.to_owned() });
        match before {
            // The same said twice is no contradiction: the machine of two results, say.
            Some(before) if self.when == When::Now && before.value.to_bits() != value.to_bits() => {
                Err(ExportError::Twice { series: told, first: before.source, second: source.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// All of it as text, in an order that depends on nothing but what there is.
    pub fn text(&self) -> String {
        text::write(&self.families)
    }
}

#[cfg(test)]
mod tests;
