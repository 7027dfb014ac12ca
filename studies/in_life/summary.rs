//! What came of the checks, as tables in Markdown.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use perfgate::stats::{clopper_pearson, mean, quantile_type7};

use super::check::{Case, Entry};
use super::journal;
use super::workload::{Extra, Workload};

/// Prints the tables: by workload, and all workloads of a case together.
pub fn show(file: &Path) -> Result<(), Box<dyn Error>> {
    let entries: Vec<Entry> = journal::read(file)?;
    if entries.is_empty() {
        return Err(format!("`{}` has no checks: run `in_life run` first", file.display()).into());
    }
    println!(
        "| workload | code | threshold | checks | red | unchanged | open | red, 95 % interval | change shown | rounds | time |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut by_case: BTreeMap<Case, Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        by_case.entry(entry.case).or_default().push(entry);
    }
    for (case, entries) in &by_case {
        row(case.workload.map_or("all together", Workload::name), *case, entries);
    }
    println!(
        "\n| all checks | code | threshold | checks | red | unchanged | open | red, 95 % interval | change shown | rounds | time |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut by_kind: BTreeMap<(Extra, u8), Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        by_kind.entry((entry.case.extra, entry.case.threshold)).or_default().push(entry);
    }
    for ((extra, threshold), entries) in &by_kind {
        row("all", Case { extra: *extra, threshold: *threshold, workload: None }, entries);
    }
    let same: Vec<&Entry> = entries.iter().filter(|entry| entry.case.extra == Extra::NONE).collect();
    println!("\nFalse alarms on identical code: {} of {} checks, {}.", red(&same), same.len(), interval(&same));
    Ok(())
}

fn row(name: &str, case: Case, entries: &[&Entry]) {
    let count = |verdict: &str| entries.iter().filter(|entry| entry.verdict == verdict).count();
    println!(
        "| {name} | {} | {} % | {} | {} | {} | {} | {} | {} | {:.0} | {:.0} s |",
        case.code(),
        case.threshold,
        entries.len(),
        red(entries),
        count("pass"),
        count("inconclusive"),
        interval(entries),
        changes(entries),
        mean(&entries.iter().map(|entry| rounds(entry)).collect::<Vec<f64>>()),
        mean(&entries.iter().map(|entry| entry.seconds).collect::<Vec<f64>>()),
    );
}

fn red(entries: &[&Entry]) -> usize {
    entries.iter().filter(|entry| entry.exit == 1).count()
}

fn interval(entries: &[&Entry]) -> String {
    clopper_pearson(red(entries) as u64, entries.len() as u64, 0.95)
        .map_or_else(|| "–".to_owned(), |range| format!("{:.1} % to {:.1} %", 100.0 * range.low, 100.0 * range.high))
}

/// The rounds of the benchmark that had most.
fn rounds(entry: &Entry) -> f64 {
    entry.rows.iter().flat_map(|row| &row.rounds).copied().max().map_or(f64::NAN, f64::from)
}

/// The change of the median latency that the checks showed: the least, the middle and the most.
fn changes(entries: &[&Entry]) -> String {
    let medians = entries.iter().flat_map(|entry| &entry.rows).filter(|row| row.metric == "latency_p50");
    let shown: Vec<f64> = medians.filter_map(|row| row.change).collect();
    let at = |share| {
        quantile_type7(&shown, share).map_or_else(|| "–".to_owned(), |change| format!("{:+.1}", 100.0 * change))
    };
    format!("{} % ({} to {})", at(0.5), at(0.0), at(1.0))
}
