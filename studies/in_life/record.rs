//! Pairs of rounds, kept to try rules on, and to see whether 10 % more work takes 10 % longer.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use perfgate::stats::{Trim, median, yuen_paired};
use serde::{Deserialize, Serialize};

use super::amounts::Amounts;
use super::journal;
use super::pairs::{Locations, Pair, Pairs};
use super::workload::{Extra, Workload};

/// A pair of rounds. Latencies are in microseconds: min, p25, p50, mean, p90 of a round.
#[derive(Serialize, Deserialize)]
struct Entry {
    workload: Workload,
    extra: Extra,
    pair: u32,
    base_first: bool,
    /// Seconds since the recording of this workload began.
    at: f64,
    base: [f64; 5],
    candidate: [f64; 5],
}

/// Which value of a round is compared.
const PLACES: [&str; 5] = ["min", "p25", "p50", "mean", "p90"];

/// Measures so many pairs of each workload, one workload after the other, and appends them to the file.
pub fn record(
    file: &Path,
    workloads: &[Workload],
    extra: Extra,
    pairs: u32,
    seed: u64,
    amounts: &Amounts,
) -> Result<(), Box<dyn Error>> {
    for &workload in workloads {
        eprintln!("{workload}, +{} %: {pairs} pairs", extra.0);
        let sides = Pairs::between(workload, [(Extra::NONE, amounts), (extra, amounts)], seed)?;
        for (pair, measured) in (0..pairs).zip(sides) {
            let Pair { base_first, at, base, candidate } = measured?;
            let (base, candidate) = (places(&base), places(&candidate));
            journal::append(file, &Entry { workload, extra, pair, base_first, at: milliseconds(at), base, candidate })?;
        }
    }
    Ok(())
}

fn places(locations: &Locations) -> [f64; 5] {
    let Locations { min, p25, p50, mean, p90 } = *locations;
    [min, p25, p50, mean, p90].map(|nanoseconds| digits(nanoseconds / 1e3))
}

/// Five digits of it.
fn digits(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

/// Seconds, to the millisecond.
fn milliseconds(seconds: f64) -> f64 {
    (1e3 * seconds).round() / 1e3
}

/// By how much the candidate was slower, workload by workload.
pub fn ratios(file: &Path) -> Result<(), Box<dyn Error>> {
    let mut groups: BTreeMap<(Workload, Extra), Vec<Entry>> = BTreeMap::new();
    for entry in journal::read::<Entry>(file)? {
        groups.entry((entry.workload, entry.extra)).or_default().push(entry);
    }
    if groups.is_empty() {
        return Err(format!("`{}` has no pairs: run `in_life record` first", file.display()).into());
    }
    println!("| workload | more work | pairs | a query | {} |", PLACES.map(|place| format!("by {place}")).join(" | "));
    println!("|---|--:|--:|--:|{}", "--:|".repeat(PLACES.len()));
    for ((workload, Extra(extra)), entries) in groups {
        let side = |of: fn(&Entry) -> &[f64; 5], place: usize| -> Vec<f64> {
            entries.iter().filter_map(|entry| of(entry).get(place).copied()).collect()
        };
        let query = median(&side(|entry| &entry.base, 2));
        let changes = [0, 1, 2, 3, 4]
            .map(|place| change(&side(|entry| &entry.base, place), &side(|entry| &entry.candidate, place)));
        println!("| {workload} | +{extra} % | {} | {query:.0} µs | {} |", entries.len(), changes.join(" | "));
    }
    Ok(())
}

/// The change with its 95 % interval, by the trimmed test of pairs on logarithms.
fn change(base: &[f64], candidate: &[f64]) -> String {
    let logs = |values: &[f64]| -> Vec<f64> { values.iter().map(|value| value.ln()).collect() };
    let percent = |log: f64| format!("{:+.1}", 100.0 * log.exp_m1());
    let test = Trim::new(0.15).map(|trim| yuen_paired(&logs(base), &logs(candidate), trim));
    let Some(Ok(test)) = test else { return "–".to_owned() };
    let interval = test.confidence_interval(0.95);
    format!("{} % ({} to {})", percent(test.estimate), percent(interval.low), percent(interval.high))
}
