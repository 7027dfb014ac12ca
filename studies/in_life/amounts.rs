//! How much work a query is on this machine, and how much "10 % more" is.
//!
//! A query takes a + b · units: a is what it costs to ask, the pipe, the process, the socket. So that the *whole* query becomes
//! x % longer, units must grow by more than x %: by x / s, where s = b · units / (a + b · units) is the share of the units.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::workload::{Extra, Workload};

/// What each workload does in a query; a model has layers instead.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Amounts(BTreeMap<Workload, Amount>);

/// One workload's.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Amount {
    /// Of a query.
    pub units: u64,
    /// By which a query becomes longer, relatively, when its units grow by as much, relatively.
    pub share: f64,
}

impl Amounts {
    /// What was calibrated in this folder.
    pub fn read(file: &Path) -> Result<Self, Box<dyn Error>> {
        let text = fs::read_to_string(file)
            .map_err(|error| format!("cannot read `{}` ({error}): run `in_life calibrate` first", file.display()))?;
        Ok(serde_json::from_str(&text).map_err(|error| format!("`{}`: {error}", file.display()))?)
    }

    pub fn write(&self, file: &Path) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(file, serde_json::to_string_pretty(self)? + "\n")?)
    }

    pub fn units(&self, workload: Workload, extra: Extra) -> Result<u64, String> {
        let Amount { units, share } = self.0.get(&workload).ok_or(format!("`{workload}` was not calibrated"))?;
        Ok((*units as f64 * (1.0 + extra.share() / share)).round() as u64)
    }

    /// Every query of this workload does so much.
    pub fn of(workload: Workload, amount: Amount) -> Self {
        Self([(workload, amount)].into())
    }

    /// Takes a workload's, in place of what it had.
    pub fn set(&mut self, workload: Workload, amount: Amount) {
        self.0.insert(workload, amount);
    }
}
