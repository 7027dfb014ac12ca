//! Metrics over commits: what was recorded, in the order of history, and where the level changed.
//!
//! Here: which values make a series, and what a change of level is. Not here: the formulas (`stats`), where results are kept
//! (`store`), the order of commits (`vcs`), how it looks (`render`).

mod changes;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use changes::{Change, Course};

use crate::result::{CommitId, Direction, Fingerprint, Metric, RunResult, Timestamp, Unit};
use crate::stats;

/// A commit that something was recorded of.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Which.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// How many commits came after the recorded one before it, itself included; 1 if none was left out. Of the first, unknown.
    pub commits_since: Option<usize>,
    /// What was recorded, of each machine at most one.
    pub results: Vec<RunResult>,
}

/// What was found out about a project's history.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// The commits, the oldest first.
    pub commits: Vec<Recorded>,
    /// Every metric of every benchmark on every machine; those with the most recent changes for the worse first.
    pub series: Vec<Series>,
    /// The expected share of false alarms among all changes.
    pub false_discovery_rate: f64,
}

/// One metric of one benchmark on one machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Which benchmark.
    pub benchmark: String,
    /// Which metric.
    pub metric: String,
    /// Of the values.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// Whether `check` judges it.
    pub gate: bool,
    /// The machine; another machine is another series, whatever it measured.
    pub machine: Fingerprint,
    /// The values, the oldest first.
    pub points: Vec<Point>,
    /// Where the level changed, the oldest first.
    pub changes: Vec<Change>,
}

/// What was recorded of one commit.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    /// The position of the commit in [`History::commits`].
    pub commit: usize,
    /// The middle of its sessions, in the unit of the series: the mean over sessions of the mean of their rounds, on the scale of
    /// logarithms where all values are positive.
    pub value: f64,
    /// The least and the greatest round.
    pub range: [f64; 2],
    /// How many sessions it is made of.
    pub sessions: usize,
    /// How many rounds, of all sessions.
    pub rounds: usize,
    /// When the last session was recorded.
    pub recorded_at: Option<Timestamp>,
}

impl Series {
    /// The values alone.
    pub fn values(&self) -> Vec<f64> {
        self.points.iter().map(|point| point.value).collect()
    }

    /// What people call it.
    pub fn name(&self) -> String {
        format!("{} {}", self.benchmark, self.metric)
    }
}

/// What the commits, the oldest first, say about these benchmarks, or about all if there are none.
pub fn history(commits: Vec<Recorded>, names: &[String], course: &Course) -> History {
    let mut series: BTreeMap<(String, String, Fingerprint), Series> = BTreeMap::new();
    for (position, recorded) in commits.iter().enumerate() {
        for result in &recorded.results {
            let Some(environment) = &result.environment else { continue };
            for benchmark in result.benchmarks.iter().filter(|one| names.is_empty() || is_named(&one.name, names)) {
                for metric in &benchmark.metrics {
                    let key = (benchmark.name.clone(), metric.name.clone(), environment.fingerprint.clone());
                    let point = point(position, metric, benchmark.recorded_at.as_ref().or(result.recorded_at.as_ref()));
                    let known = series.entry(key).or_insert_with(|| Series {
                        benchmark: benchmark.name.clone(),
                        metric: metric.name.clone(),
                        unit: metric.unit.clone(),
                        direction: metric.direction,
                        gate: metric.gate,
                        machine: environment.fingerprint.clone(),
                        points: Vec::new(),
                        changes: Vec::new(),
                    });
                    // What is measured in another unit is another thing: the series goes on with what it is now.
                    if known.unit != metric.unit || known.direction != metric.direction {
                        known.points.clear();
                        known.unit = metric.unit.clone();
                        known.direction = metric.direction;
                    }
                    known.gate = metric.gate;
                    known.points.push(point);
                }
            }
        }
    }
    let mut series: Vec<Series> = series.into_values().collect();
    changes::find(&mut series, course);
    series.sort_by(|a, b| urgency(b).total_cmp(&urgency(a)));
    History { commits, series, false_discovery_rate: course.false_discovery_rate }
}

/// The commits that a change may have come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blame {
    /// The last commit of the old level; it is not one of them.
    pub after: CommitId,
    /// The first commit of the new level; it is one of them.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// How many they are.
    pub commits: Option<usize>,
}

impl History {
    /// The machines, each once.
    pub fn machines(&self) -> BTreeSet<&Fingerprint> {
        self.series.iter().map(|series| &series.machine).collect()
    }

    /// Every change with its series, the latest first.
    pub fn changes(&self) -> Vec<(&Series, &Change)> {
        let all = self.series.iter().flat_map(|series| series.changes.iter().map(move |change| (series, change)));
        let mut all: Vec<(&Series, &Change)> = all.collect();
        let place = |series: &Series, change: &Change| series.points.get(change.at).map(|point| point.commit);
        all.sort_by_key(|(series, change)| std::cmp::Reverse(place(series, change)));
        all
    }

    /// The commits that a change of a series may have come from; `None` for a change of another series.
    pub fn blame(&self, series: &Series, change: &Change) -> Option<Blame> {
        let commit_of = |point: usize| series.points.get(point).map(|point| point.commit);
        let (old, new) = (commit_of(change.at.checked_sub(1)?)?, commit_of(change.at)?);
        let first = self.commits.get(new)?;
        let between = self.commits.get(old + 1..=new)?;
        Some(Blame {
            after: self.commits.get(old)?.commit.clone(),
            commit: first.commit.clone(),
            subject: first.subject.clone(),
            commits: between.iter().map(|recorded| recorded.commits_since).sum(),
        })
    }
}

/// Whether a benchmark is one of these; `digits` stands for `digits/server` too.
pub fn is_named(benchmark: &str, names: &[String]) -> bool {
    names.iter().any(|name| {
        benchmark == name || benchmark.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('/'))
    })
}

/// The later the last change for the worse, the higher; without any, below all.
fn urgency(series: &Series) -> f64 {
    let worse = series.changes.iter().filter(|change| change.is_worse(series.direction));
    let at = worse.filter_map(|change| series.points.get(change.at)).map(|point| point.commit as f64 + 1.0);
    at.fold(0.0, f64::max)
}

fn point(commit: usize, metric: &Metric, recorded_at: Option<&Timestamp>) -> Point {
    let rounds = metric.rounds.as_slice();
    let by_ratio = rounds.iter().all(|&value| value > 0.0);
    let scaled = |value: f64| if by_ratio { value.ln() } else { value };
    let location = |session: &[f64]| stats::mean(&session.iter().map(|&value| scaled(value)).collect::<Vec<_>>());
    let middle = stats::mean(&metric.rounds.sessions().map(location).collect::<Vec<_>>());
    let least = rounds.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = rounds.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Point {
        commit,
        value: match middle {
            // Not by way of a logarithm: counts stay whole.
            _ if least == greatest => least,
            middle if by_ratio => middle.exp(),
            middle => middle,
        },
        range: [least, greatest],
        sessions: metric.rounds.sessions().len(),
        rounds: metric.rounds.count(),
        recorded_at: recorded_at.cloned(),
    }
}
