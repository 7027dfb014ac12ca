//! What `accept` reads of a `perfgate.comparison/1`: the base, and how much worse its regressions are.

use serde::Deserialize;

use super::result::DirectionV1;
use super::{WireError, schema_of};
use crate::result::{CommitId, Direction};

/// The regressions of a comparison.
#[derive(Debug, Clone, PartialEq)]
pub struct Regressions {
    /// The base's commit, where it has one.
    pub base: Option<CommitId>,
    /// Rows that are regressions, in the order of the document.
    pub rows: Vec<Regression>,
}

/// A row that is a regression.
#[derive(Debug, Clone, PartialEq)]
pub struct Regression {
    /// The benchmark.
    pub benchmark: String,
    /// The metric.
    pub metric: String,
    /// The largest worsening that its interval allows for, on the scale of the threshold; `None`: it has no size.
    pub worsening: Option<f64>,
}

#[derive(Deserialize)]
struct ComparisonV1 {
    base: OriginV1,
    rows: Vec<RowV1>,
}

#[derive(Deserialize)]
struct OriginV1 {
    commit: Option<String>,
}

#[derive(Deserialize)]
struct RowV1 {
    benchmark: String,
    metric: Option<String>,
    direction: Option<DirectionV1>,
    baseline: Option<f64>,
    candidate: Option<f64>,
    change: Option<f64>,
    ci: Option<[f64; 2]>,
    verdict: String,
}

/// Reads the regressions of a comparison of any version that this program knows.
pub fn read_regressions(text: &str) -> Result<Regressions, WireError> {
    let (kind, version) = schema_of(text)?;
    match (kind.as_str(), version) {
        ("comparison", 1) => {
            let wire = serde_json::from_str(text).map_err(|error| WireError::Invalid(error.to_string()))?;
            from_wire(wire)
        }
        ("comparison", 2..) => Err(WireError::Newer(format!("perfgate.comparison/{version}"))),
        _ => {
            Err(WireError::OtherKind { found: format!("perfgate.{kind}/{version}"), expected: "a comparison document" })
        }
    }
}

fn from_wire(wire: ComparisonV1) -> Result<Regressions, WireError> {
    let regressions = wire.rows.into_iter().filter(|row| row.verdict == "regression");
    let rows = regressions.filter_map(|row| {
        let worsening = worsening(&row);
        Some(Regression { benchmark: row.benchmark, metric: row.metric?, worsening })
    });
    Ok(Regressions {
        base: wire.base.commit.map(|commit| commit.parse()).transpose().map_err(WireError::Invalid)?,
        rows: rows.collect(),
    })
}

fn worsening(row: &RowV1) -> Option<f64> {
    let direction = Direction::from(row.direction?);
    let (baseline, candidate) = (row.baseline?, row.candidate?);
    // The document has relative changes only; the threshold of a rate of failures is a difference.
    let points = row.metric.as_deref() == Some("error_rate");
    let scale = if points { baseline.abs() } else { 1.0 };
    let measured = direction.worsening(if points { candidate - baseline } else { row.change? });
    let ends = row.ci.map(|ends| ends.map(|end| direction.worsening(end * scale)));
    Some(ends.into_iter().flatten().fold(measured, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(row: &str) -> String {
        let row = row.replace('\'', "\"");
        format!(
            "{{\"schema\": \"perfgate.comparison/1\", \"base\": {{\"dirty\": false}}, \"rows\": [{{\"benchmark\": \"b\", {row}}}]}}"
        )
    }

    fn only(row: &str) -> Option<f64> {
        let read = read_regressions(&document(row)).unwrap();
        assert_eq!(read.rows.len(), 1, "{read:?}");
        read.rows[0].worsening
    }

    #[test]
    fn the_worse_end_of_the_interval_counts_whichever_way_is_better() {
        let lower = "'metric': 'm', 'direction': 'lower', 'baseline': 100, 'candidate': 120, 'change': 0.2";
        assert_eq!(only(&format!("{lower}, 'ci': [0.15, 0.26], 'verdict': 'regression'")), Some(0.26));
        assert_eq!(only(&format!("{lower}, 'verdict': 'regression'")), Some(0.2), "an exact row has no interval");
        let higher = "'metric': 'm', 'direction': 'higher', 'baseline': 100, 'candidate': 80, 'change': -0.2";
        assert_eq!(only(&format!("{higher}, 'ci': [-0.25, -0.1], 'verdict': 'regression'")), Some(0.25));
    }

    #[test]
    fn a_rate_of_failures_is_a_difference() {
        let rate = |baseline: &str| {
            format!("'metric': 'error_rate', 'direction': 'lower', 'baseline': {baseline}, 'candidate': 0.25")
        };
        assert_eq!(only(&format!("{}, 'verdict': 'regression'", rate("0"))), Some(0.25));
        let with_interval = format!("{}, 'change': 1.0, 'ci': [0.5, 1.5], 'verdict': 'regression'", rate("0.125"));
        assert_eq!(only(&with_interval), Some(0.1875));
    }

    #[test]
    fn from_nothing_there_is_no_size_and_other_rows_are_left_out() {
        let row = "'metric': 'm', 'direction': 'lower', 'baseline': 0, 'candidate': 5, 'verdict': 'regression'";
        assert_eq!(only(row), None);
        let others = ["'metric': 'm', 'verdict': 'accepted'", "'verdict': 'failed'"];
        assert!(others.iter().all(|row| read_regressions(&document(row)).unwrap().rows.is_empty()));
    }

    #[test]
    fn another_document_is_refused() {
        let text = document("'verdict': 'failed'");
        let fault = |from: &str, to: &str| read_regressions(&text.replace(from, to)).unwrap_err().to_string();
        assert!(fault("comparison/1", "comparison/2").contains("newer than this perfgate"));
        assert!(fault("comparison/1", "result/1").contains("expected a comparison document"));
        assert!(fault("rows", "lines").contains("missing field `rows`"));
        assert!(fault("false}", "false").contains("not complete JSON"));
    }
}
