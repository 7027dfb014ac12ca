//! The head of a document of what was measured: its kind, and of which commit, when, by what and where.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WireError;
use super::environment::EnvironmentV1;
use crate::result::RunResult;

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct HeadV1 {
    schema: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<String>,
    #[serde(default)]
    dirty: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    perfgate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentV1>,
}

impl HeadV1 {
    /// The head of a document of this schema about this run.
    pub fn new(schema: &str, run: &RunResult) -> Self {
        let RunResult { commit, dirty, recorded_at, perfgate, seed, environment, benchmarks: _ } = run;
        Self {
            schema: schema.to_owned(),
            commit: commit.as_ref().map(ToString::to_string),
            dirty: *dirty,
            recorded_at: recorded_at.as_ref().map(ToString::to_string),
            perfgate: perfgate.clone(),
            seed: *seed,
            environment: environment.as_ref().map(EnvironmentV1::from),
        }
    }

    /// The run, still without its benchmarks.
    pub fn read(self) -> Result<RunResult, WireError> {
        Ok(RunResult {
            commit: self.commit.map(|id| id.parse()).transpose().map_err(WireError::Invalid)?,
            dirty: self.dirty,
            recorded_at: self.recorded_at.map(|time| time.parse()).transpose().map_err(WireError::Invalid)?,
            perfgate: self.perfgate,
            seed: self.seed,
            environment: self.environment.map(TryInto::try_into).transpose()?,
            benchmarks: Vec::new(),
        })
    }
}
