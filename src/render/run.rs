//! A run for a terminal: what was measured, how much it varies, and what could not be measured.

use super::measured::{Summary, asked_and_done, basis_of_accuracy, shown};
use super::page::Page;
use super::table::{Column, Kind, Line};
use super::warnings::{Group, of_run, row};
use super::{Look, objectives, plain, units};
use crate::result::{BenchmarkResult, RunOutcome};
use crate::words::sparkline::sparkline;

const COLUMNS: [Column; 7] = [
    Column { heading: "benchmark", kind: Kind::Name },
    Column { heading: "metric", kind: Kind::Name },
    Column { heading: "median", kind: Kind::Number },
    Column { heading: "std dev", kind: Kind::Spare(2) },
    Column { heading: "lowest … highest", kind: Kind::Spare(1) },
    Column { heading: "by round", kind: Kind::Spare(0) },
    Column { heading: "rounds", kind: Kind::Spare(3) },
];

/// The last rounds that are drawn.
const COURSE_WIDTH: usize = 20;

/// The whole text.
pub fn render(outcome: &RunOutcome, look: &Look) -> String {
    let benchmarks = &outcome.result.benchmarks;
    let mut page = Page::new(look);
    page.heading(&heading(outcome));
    let (lines, left_out) = lines(benchmarks, look.verbose);
    if !lines.is_empty() {
        page.gap();
        page.table(&COLUMNS, &lines);
        if left_out > 0 {
            let more = units::count(left_out, "more metric", "more metrics");
            page.paragraph(&(more + super::summary::LISTED_ON_DEMAND), " ", " ");
        }
    }
    kept(&mut page, benchmarks);
    warnings(&mut page, benchmarks, look.verbose);
    failures(&mut page, outcome);
    not_reached(&mut page, outcome);
    page.text()
}

fn heading(outcome: &RunOutcome) -> Vec<String> {
    let result = &outcome.result;
    let measured = match result.benchmarks.len() {
        0 => "nothing".to_owned(),
        benchmarks => units::count(benchmarks, "benchmark", "benchmarks"),
    };
    let at = match &result.commit {
        Some(commit) if result.dirty => format!(" at {} with uncommitted changes", commit.short()),
        Some(commit) => format!(" at {}", commit.short()),
        None => String::new(),
    };
    let rounds = same_rounds(&result.benchmarks).map(|rounds| units::count(rounds, "round", "rounds"));
    let queries: Option<u64> = result.benchmarks.iter().map(|benchmark| benchmark.queries).sum();
    let queries = queries.filter(|queries| *queries > 0).map(|queries| format!("{} queries", units::whole(queries)));
    let how: Vec<String> = rounds.into_iter().chain(queries).collect();
    let mut parts = vec![format!("perfgate measured {measured}{at}")];
    parts.extend((!how.is_empty()).then(|| how.join(", ")));
    parts
}

/// The number of rounds, if it is the same for all.
fn same_rounds(benchmarks: &[BenchmarkResult]) -> Option<usize> {
    let mut all = benchmarks.iter().flat_map(|benchmark| &benchmark.metrics).map(|metric| metric.rounds.count());
    let first = all.next()?;
    all.all(|rounds| rounds == first).then_some(first)
}

fn lines(benchmarks: &[BenchmarkResult], verbose: bool) -> (Vec<Line>, usize) {
    let with_rounds = same_rounds(benchmarks).is_none();
    let mut lines = Vec::new();
    let mut left_out = 0;
    for benchmark in benchmarks {
        let metrics = shown(benchmark, verbose);
        left_out += benchmark.metrics.len() - metrics.len();
        for (position, metric) in metrics.into_iter().enumerate() {
            let name = if position == 0 { plain::line(&benchmark.name) } else { String::new() };
            let Summary { median, deviation, range } = Summary::of(metric);
            let course =
                if range.is_empty() { String::new() } else { sparkline(metric.rounds.as_slice(), COURSE_WIDTH) };
            let rounds = if with_rounds { metric.rounds.count().to_string() } else { String::new() };
            let texts = vec![name, plain::line(&metric.name), median, deviation, range, course, rounds];
            lines.push(Line { texts, color: None });
        }
    }
    (lines, left_out)
}

/// What was asked of servers, what became of the objectives, and what each accuracy rests on.
fn kept(page: &mut Page, benchmarks: &[BenchmarkResult]) {
    let said = |benchmark: &BenchmarkResult| -> Vec<String> {
        let kept = objectives::of(benchmark).map(|said| said.sentence());
        let rates = asked_and_done(benchmark).into_iter();
        rates.chain(kept).chain(basis_of_accuracy(benchmark).map(|basis| format!("accuracy {basis}"))).collect()
    };
    let all: Vec<(&BenchmarkResult, Vec<String>)> = benchmarks.iter().map(|one| (one, said(one))).collect();
    if all.iter().any(|(_, said)| !said.is_empty()) {
        page.gap();
    }
    for (benchmark, said) in all {
        for sentence in said {
            let text = plain::glue_numbers(&sentence);
            page.paragraph(&format!("{}: {text}", plain::line(&benchmark.name)), " ", "   ");
        }
    }
}

fn warnings(page: &mut Page, benchmarks: &[BenchmarkResult], in_full: bool) {
    let groups = of_run(benchmarks, in_full);
    if !groups.is_empty() {
        page.gap();
    }
    for Group { names, message, likewise, .. } in groups {
        let text = format!("{}: {}", row(&names, plain::line), plain::line(message));
        page.paragraph(&text, "warning: ", "  ");
        if !likewise.is_empty() {
            let text = format!("likewise, with other figures (-v): {}", row(&likewise, plain::line));
            page.paragraph(&text, "  ", "    ");
        }
    }
}

fn not_reached(page: &mut Page, outcome: &RunOutcome) {
    if !outcome.not_reached.is_empty() {
        page.gap();
        let names: Vec<&str> = outcome.not_reached.iter().map(String::as_str).collect();
        page.paragraph(&format!("No time was left for {}.", row(&names, plain::line)), "", "  ");
    }
}

fn failures(page: &mut Page, outcome: &RunOutcome) {
    if outcome.failures.is_empty() {
        return;
    }
    page.gap();
    let number = units::count(outcome.failures.len(), "benchmark", "benchmarks");
    page.colored(&format!("{number} could not be measured."), "1;31");
    for failure in &outcome.failures {
        let (reason, quoted) = failure.reason.split_once('\n').unwrap_or((&failure.reason, ""));
        page.paragraph(&format!("{}: {}", plain::line(&failure.benchmark), plain::line(reason)), "  ", "    ");
        page.quote(quoted, "  ");
    }
}
