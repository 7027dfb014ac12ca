//! How much work a query is on this machine, and how much "10 % more" is.
//!
//! A query takes a + b · units: a is what it costs to ask, the pipe, the process, the socket. So that the *whole* query becomes
//! x % longer, units must grow by more than x %: by x / s, where s = b · units / (a + b · units) is the share of the units.

use std::collections::BTreeMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use perfgate::stats::median;
use serde::{Deserialize, Serialize};

use super::pairs::{Pair, Pairs};
use super::workload::{Extra, Workload};

/// How long a query is to take, in nanoseconds: thirty make a round of about 50 ms.
const QUERY: f64 = 1.6e6;

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

    /// Finds out, on this machine, now.
    pub fn calibrate(&mut self, workload: Workload) -> Result<Option<Amount>, Box<dyn Error>> {
        if workload == Workload::Model {
            return Ok(None);
        }
        let units = first_guess(workload) as f64;
        let (query, share) = Self::of_query(workload, units as u64, 10)?;
        // A process that takes longer to start than a query is to take still does something.
        let wanted = (QUERY - query * (1.0 - share)).max(QUERY / 4.0);
        let units = (units * wanted / (query * share)).round().max(1.0) as u64;
        let (_, share) = Self::of_query(workload, units, 60)?;
        let found = Amount { units, share };
        self.0.insert(workload, found);
        Ok(Some(found))
    }

    /// How long a query of so many units is, and the share of the units in that: the rest is how long one without any is.
    fn of_query(workload: Workload, units: u64, pairs: usize) -> Result<(f64, f64), Box<dyn Error>> {
        let [some, none] = [units, 0].map(|units| Self([(workload, Amount { units, share: 1.0 })].into()));
        let sides = Pairs::between(workload, [(Extra::NONE, &some), (Extra::NONE, &none)], 1)?;
        let measured = sides.take(pairs).collect::<Result<Vec<Pair>, _>>()?;
        let query: Vec<f64> = measured.iter().map(|pair| pair.base.p50).collect();
        let rest: Vec<f64> = measured.iter().map(|pair| pair.candidate.p50 / pair.base.p50).collect();
        Ok((median(&query), 1.0 - median(&rest)))
    }
}

/// Near enough on a machine of today; what is measured with it says how many are right.
fn first_guess(workload: Workload) -> u64 {
    match workload {
        Workload::Cpu | Workload::Http => 700_000,
        Workload::Spawn => 300_000,
        Workload::Memory => 15_000,
        Workload::File => 1_000,
        Workload::Pipe => 150,
        Workload::Model => 0,
    }
}
