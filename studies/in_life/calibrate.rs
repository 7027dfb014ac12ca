//! Finding out how much work makes a query of the length that is wanted, by measuring it.

use std::error::Error;

use perfgate::stats::median;

use super::amounts::{Amount, Amounts};
use super::pairs::{Pair, Pairs};
use super::workload::{Extra, Workload};

/// How long a query is to take, in nanoseconds: thirty make a round of about 50 ms.
const QUERY: f64 = 1.6e6;

/// Finds out, on this machine, now.
pub fn calibrate(workload: Workload) -> Result<Option<Amount>, Box<dyn Error>> {
    if workload == Workload::Model {
        return Ok(None);
    }
    let units = first_guess(workload) as f64;
    let (query, share) = of_query(workload, units as u64, 10)?;
    // A process that takes longer to start than a query is to take still does something.
    let wanted = (QUERY - query * (1.0 - share)).max(QUERY / 4.0);
    let units = (units * wanted / (query * share)).round().max(1.0) as u64;
    let (_, share) = of_query(workload, units, 60)?;
    Ok(Some(Amount { units, share }))
}

/// How long a query of so many units is, and the share of the units in that: the rest is how long one without any is.
fn of_query(workload: Workload, units: u64, pairs: usize) -> Result<(f64, f64), Box<dyn Error>> {
    let [some, none] = [units, 0].map(|units| Amounts::of(workload, Amount { units, share: 1.0 }));
    let sides = Pairs::between(workload, [(Extra::NONE, &some), (Extra::NONE, &none)], 1)?;
    let measured = sides.take(pairs).collect::<Result<Vec<Pair>, _>>()?;
    let query: Vec<f64> = measured.iter().map(|pair| pair.base.p50).collect();
    let rest: Vec<f64> = measured.iter().map(|pair| pair.candidate.p50 / pair.base.p50).collect();
    Ok((median(&query), 1.0 - median(&rest)))
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
