//! What stands in for GitHub in a perfgate that was built without it.

use std::time::Duration;

use super::settings::Settings;
use crate::forge::{Comment, Forge, ForgeError, Patience, PullRequest};

/// Cannot be reached in this build.
#[derive(Debug)]
pub struct GitHub;

impl GitHub {
    /// Always refuses.
    pub fn new(_: Settings, _: Patience, _: Duration, _: Option<&[u8]>) -> Result<Self, ForgeError> {
        Err(ForgeError::NotBuilt)
    }
}

impl Forge for GitHub {
    fn author(&self) -> Result<String, ForgeError> {
        Err(ForgeError::NotBuilt)
    }

    fn comments(&self, _: u64) -> Result<Vec<Comment>, ForgeError> {
        Err(ForgeError::NotBuilt)
    }

    fn create(&self, _: u64, _: &str) -> Result<Comment, ForgeError> {
        Err(ForgeError::NotBuilt)
    }

    fn update(&self, _: u64, _: &str) -> Result<Comment, ForgeError> {
        Err(ForgeError::NotBuilt)
    }

    fn delete(&self, _: u64) -> Result<(), ForgeError> {
        Err(ForgeError::NotBuilt)
    }

    fn pull_requests(&self, _: &str, _: &str) -> Result<Vec<PullRequest>, ForgeError> {
        Err(ForgeError::NotBuilt)
    }
}
