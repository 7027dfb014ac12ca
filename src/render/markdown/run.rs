//! A run as Markdown: what was measured, and what could not be.

use super::details::machine;
use super::escape::{code, text};
use super::{failure, fill, join, sentence, table, table_row};
use crate::render::measured::{Summary, asked_and_done, basis_of_accuracy, shown};
use crate::render::warnings::{Group, of_run, row};
use crate::render::{objectives, plain, units};
use crate::result::{BenchmarkResult, Metric, RunOutcome};

/// Headings and alignments.
const COLUMNS: [(&str, &str); 6] = [
    ("benchmark", ":--"),
    ("metric", ":--"),
    ("median", "--:"),
    ("std dev", "--:"),
    ("lowest … highest", "--:"),
    ("rounds", "--:"),
];

/// The whole text, in at most this many bytes.
pub fn render(outcome: &RunOutcome, most: usize) -> String {
    let result = &outcome.result;
    let rows = match result.benchmarks.as_slice() {
        [] => String::new(),
        benchmarks => table(&COLUMNS, most / 2, benchmarks.iter().flat_map(lines)),
    };
    let kept = result.benchmarks.iter().flat_map(|benchmark| {
        let rates = asked_and_done(benchmark);
        let kept = objectives::of(benchmark).map(|said| said.sentence());
        let said = kept.chain(basis_of_accuracy(benchmark).map(|basis| format!("`accuracy` {basis}")));
        let said = rates.into_iter().chain(said.map(|said| sentence(&said)));
        said.map(|said| format!("- {}: {said}\n", code(&benchmark.name))).collect::<Vec<_>>()
    });
    let (objectives, _) = fill(most / 5, kept);
    let failures = outcome.failures.iter().map(|failed| failure(&code(&failed.benchmark), &failed.reason) + "\n");
    let groups = of_run(&result.benchmarks, false);
    let (failures, left_out) = fill(most / 5, failures);
    let more = if left_out > 0 { format!("{left_out} more could not be measured.") } else { String::new() };
    let late: Vec<&str> = outcome.not_reached.iter().map(String::as_str).collect();
    let not_reached =
        if late.is_empty() { String::new() } else { format!("No time was left for {}.", row(&late, code)) };
    let (warnings, _) = fill(most / 10, groups.iter().map(warning));
    let environment = result.environment.as_ref().map(|known| format!("Machine: {}", machine(known)));
    join([
        format!("### perfgate: {}", headline(outcome)),
        rows,
        objectives,
        failures,
        more,
        not_reached,
        warnings,
        environment.unwrap_or_default(),
    ])
}

fn warning(group: &Group<'_, &str>) -> String {
    let likewise = match group.likewise.as_slice() {
        [] => String::new(),
        names => format!("; likewise, with other figures: {}", row(names, code)),
    };
    format!("- {}: {}{likewise}\n", row(&group.names, code), sentence(group.message))
}

fn headline(outcome: &RunOutcome) -> String {
    let measured = units::count(outcome.result.benchmarks.len(), "benchmark", "benchmarks");
    let of = match &outcome.result.commit {
        Some(commit) if outcome.result.dirty => format!(" of `{}` with uncommitted changes", commit.short()),
        Some(commit) => format!(" of `{}`", commit.short()),
        None => String::new(),
    };
    match outcome.failures.len() {
        0 => format!("{measured}{of} measured"),
        failed => format!("{failed} could not be measured, {measured}{of} measured"),
    }
}

/// The rows of a benchmark.
fn lines(benchmark: &BenchmarkResult) -> Vec<String> {
    let row = |(position, metric): (usize, &Metric)| {
        let Summary { median, deviation, range } = Summary::of(metric);
        let name = if position == 0 { code(&benchmark.name) } else { String::new() };
        let [median, deviation, range] = [median, deviation, range].map(|words| plain::glue(&text(&words)));
        table_row([name, code(&metric.name), median, deviation, range, metric.rounds.count().to_string()])
    };
    shown(benchmark, false).into_iter().enumerate().map(row).collect()
}
