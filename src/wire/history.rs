//! `perfgate.history/1`: metrics over commits, with the changes of level.

use schemars::JsonSchema;
use serde::Serialize;

use super::comparison::tidy;
use super::result::DirectionV1;
use super::{schema_of_version, to_text};
use crate::history::{Change, History, Point, Series};

/// This kind and version.
const SCHEMA: &str = "perfgate.history/1";

#[derive(Serialize, JsonSchema)]
struct HistoryV1 {
    schema: &'static str,
    /// The expected share of false alarms among `change_points`.
    false_discovery_rate: f64,
    /// In the order of the commit graph, the oldest first.
    commits: Vec<CommitV1>,
    series: Vec<SeriesV1>,
    /// The latest first.
    change_points: Vec<ChangePointV1>,
}

#[derive(Serialize, JsonSchema)]
struct CommitV1 {
    commit: String,
    subject: String,
    /// How many commits came since the one before in this list, this one included.
    #[serde(skip_serializing_if = "Option::is_none")]
    commits_since: Option<usize>,
}

#[derive(Serialize, JsonSchema)]
struct SeriesV1 {
    benchmark: String,
    metric: String,
    unit: String,
    direction: DirectionV1,
    /// The fingerprint of the machine.
    machine: String,
    points: Vec<PointV1>,
}

#[derive(Serialize, JsonSchema)]
struct PointV1 {
    commit: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    value: f64,
    /// The least and the greatest round.
    range: [f64; 2],
    sessions: usize,
    rounds: usize,
}

#[derive(Serialize, JsonSchema)]
struct ChangePointV1 {
    benchmark: String,
    metric: String,
    machine: String,
    /// The last commit of the old level.
    after: String,
    /// The first commit of the new level: what changed is this commit, or one between the two.
    commit: String,
    /// How many commits that are, `commit` included.
    #[serde(skip_serializing_if = "Option::is_none")]
    commits: Option<usize>,
    /// Whether it is for the worse.
    worse: bool,
    level_before: f64,
    level_after: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<[f64; 2]>,
    p_value: f64,
    p_adjusted: f64,
}

/// The JSON Schema of these documents.
pub fn history_schema() -> serde_json::Value {
    schema_of_version(schemars::schema_for!(HistoryV1), SCHEMA)
}

/// A history as JSON text.
pub fn write_history(history: &History) -> String {
    let found = history.changes();
    to_text(&HistoryV1 {
        schema: SCHEMA,
        false_discovery_rate: history.false_discovery_rate,
        commits: history
            .commits
            .iter()
            .map(|recorded| CommitV1 {
                commit: recorded.commit.to_string(),
                subject: recorded.subject.clone(),
                commits_since: recorded.commits_since,
            })
            .collect(),
        series: history.series.iter().map(|series| one_series(history, series)).collect(),
        change_points: found.into_iter().filter_map(|(series, change)| change_point(history, series, change)).collect(),
    })
}

fn one_series(history: &History, series: &Series) -> SeriesV1 {
    SeriesV1 {
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        unit: series.unit.to_string(),
        direction: series.direction.into(),
        machine: series.machine.to_string(),
        points: series.points.iter().map(|one| point(history, one)).collect(),
    }
}

fn point(history: &History, point: &Point) -> PointV1 {
    PointV1 {
        commit: history.commits.get(point.commit).map(|recorded| recorded.commit.to_string()).unwrap_or_default(),
        recorded_at: point.recorded_at.as_ref().map(ToString::to_string),
        value: tidy(point.value),
        range: point.range.map(tidy),
        sessions: point.sessions,
        rounds: point.rounds,
    }
}

fn change_point(history: &History, series: &Series, change: &Change) -> Option<ChangePointV1> {
    let blame = history.blame(series, change)?;
    Some(ChangePointV1 {
        benchmark: series.benchmark.clone(),
        metric: series.metric.clone(),
        machine: series.machine.to_string(),
        after: blame.after.to_string(),
        commit: blame.commit.to_string(),
        commits: blame.commits,
        worse: change.is_worse(series.direction),
        level_before: tidy(change.before),
        level_after: tidy(change.after),
        change: change.change.map(tidy),
        ci: change.interval.map(|bounds| bounds.map(tidy)),
        p_value: change.p_value,
        p_adjusted: change.p_adjusted,
    })
}
