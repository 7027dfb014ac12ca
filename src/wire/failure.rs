//! A benchmark that could not be measured, as every document says it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::result::Failure;

#[derive(Serialize, Deserialize, JsonSchema)]
pub struct FailureV1 {
    pub benchmark: String,
    /// What happened, where, and what to do; may have several lines.
    reason: String,
}

impl From<&Failure> for FailureV1 {
    fn from(domain: &Failure) -> Self {
        Self { benchmark: domain.benchmark.clone(), reason: domain.reason.clone() }
    }
}

impl From<FailureV1> for Failure {
    fn from(wire: FailureV1) -> Self {
        Self { benchmark: wire.benchmark, reason: wire.reason }
    }
}
