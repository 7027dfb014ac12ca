//! What stands in for the `http` driver in a perfgate that was built without it.

use std::sync::Arc;

use super::{HttpError, Limits};
use crate::config::Http;
use crate::dataset::Dataset;
use crate::sut::{Completion, Nanos, Query, RoundSetting, Sut, SutError};

/// Cannot be started in this build.
pub struct HttpSut;

impl HttpSut {
    /// Takes what the driver would take.
    pub fn new(_: Http, _: Limits, _: Option<Arc<Dataset>>) -> Self {
        Self
    }
}

/// Always refuses.
pub fn check(_: &Http, _: Option<&Arc<Dataset>>) -> Result<(), HttpError> {
    Err(HttpError::NotBuilt)
}

impl Sut for HttpSut {
    fn start(&mut self, _: &RoundSetting) -> Result<(), SutError> {
        Err(HttpError::NotBuilt.into())
    }

    fn now(&self) -> Nanos {
        Nanos(0)
    }

    fn issue(&mut self, _: Query<'_>) -> Result<Nanos, SutError> {
        Err(HttpError::NotBuilt.into())
    }

    fn answer(&mut self, _: Nanos) -> Result<Option<Completion>, SutError> {
        Err(HttpError::NotBuilt.into())
    }

    fn give_up(&mut self, _: u64) -> SutError {
        HttpError::NotBuilt.into()
    }

    fn stop(&mut self) -> Result<(), SutError> {
        Ok(())
    }
}
