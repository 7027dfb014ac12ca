//! `environment`, the same in every document of version 1.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::WireError;
use crate::result::Environment;

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct EnvironmentV1 {
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cores: Option<u64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    memory: Option<u64>,
    os: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<String>,
    arch: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    governor: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    container: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ci: Option<String>,
    fingerprint: String,
}

impl From<&Environment> for EnvironmentV1 {
    fn from(domain: &Environment) -> Self {
        Self {
            cpu: domain.cpu.clone(),
            cores: domain.cores,
            memory: domain.memory,
            os: domain.os.clone(),
            kernel: domain.kernel.clone(),
            arch: domain.arch.clone(),
            governor: domain.governor.clone(),
            container: domain.container.clone(),
            ci: domain.ci.clone(),
            fingerprint: domain.fingerprint.as_str().to_owned(),
        }
    }
}

impl TryFrom<EnvironmentV1> for Environment {
    type Error = WireError;

    fn try_from(wire: EnvironmentV1) -> Result<Self, WireError> {
        Ok(Self {
            cpu: wire.cpu,
            cores: wire.cores,
            memory: wire.memory,
            os: wire.os,
            kernel: wire.kernel,
            arch: wire.arch,
            governor: wire.governor,
            container: wire.container,
            ci: wire.ci,
            fingerprint: wire.fingerprint.parse().map_err(WireError::Invalid)?,
        })
    }
}
