//! What the processes of a benchmark use, as blocks: of a profile, and of a result's report.

use super::{Block, Cell, Column, Table, Text};
use crate::plot::{self, Shown};
use crate::profile::{resource_metrics, resources};
use crate::result::{Association, BenchmarkResult, Metric, Unit};
use crate::words::measured::Summary;
use crate::words::units;

/// Two things go along if that is rarer by chance than this.
const RARE: f64 = 0.05;

/// Numbers, what there is to say about them, and how it went over time; empty where nobody watched.
pub(super) fn blocks(benchmark: &BenchmarkResult) -> Vec<Block> {
    let metrics = resource_metrics(benchmark);
    let said: Vec<Text> = all_sentences(benchmark).iter().map(|sentence| Text::prose(sentence)).collect();
    let table = (!metrics.is_empty()).then(|| Block::Table(table(&metrics)));
    let said = (!said.is_empty()).then_some(Block::List(said));
    table.into_iter().chain(said).chain(plots(benchmark)).collect()
}

/// Processors and memory over time, and latency below them; empty where nobody looked.
pub(super) fn plots(benchmark: &BenchmarkResult) -> Vec<Block> {
    let mut drawn = course(benchmark);
    if !drawn.is_empty() {
        let latency = benchmark.course.as_ref().and_then(|of| plot::course(Shown { label: "", of }));
        drawn.extend(latency.map(|plot| Block::Plot(Box::new(plot))));
    }
    drawn
}

/// Processors and memory over time.
pub(super) fn course(benchmark: &BenchmarkResult) -> Vec<Block> {
    let used = benchmark.resources.as_ref().map(|used| used.course.as_slice()).unwrap_or_default();
    let drawn = [plot::processors(used), plot::memory(used)];
    drawn.into_iter().flatten().map(|plot| Block::Plot(Box::new(plot))).collect()
}

/// All there is to say, and whether the machine did something else meanwhile; empty where nobody watched.
pub(super) fn all_sentences(benchmark: &BenchmarkResult) -> Vec<String> {
    let mut said = sentences(benchmark);
    if !resource_metrics(benchmark).is_empty() {
        said.extend(busy_machine(benchmark));
    }
    said
}

/// All that is known in numbers.
pub(super) fn table(metrics: &[&Metric]) -> Table {
    let columns = [
        Column::words("what"),
        Column::words("metric"),
        Column::numbers("median"),
        Column::numbers("std dev"),
        Column::numbers("lowest … highest"),
    ];
    let row = |metric: &&Metric| -> Vec<Cell> {
        let Summary { median, deviation, range } = Summary::of(metric);
        let name = Text::new().code(&metric.name);
        vec![what(&metric.name).into(), name.into(), median.into(), deviation.into(), range.into()]
    };
    Table {
        caption: "What the processes use in a round".to_owned(),
        columns: columns.into(),
        rows: metrics.iter().map(row).collect(),
    }
}

fn what(metric: &str) -> &'static str {
    match metric {
        "cpu_time" => "processor time",
        "cpu_time_user" => "processor time in the program",
        "cpu_time_system" => "processor time in the kernel",
        "cpu_time_per_query" => "processor time per query",
        "rss_peak" => "memory, the most",
        "threads_peak" => "threads, the most",
        "disk_read" => "read from storage",
        "disk_written" => "written to storage",
        "page_faults_minor" => "page faults in memory",
        "page_faults_major" => "page faults from storage",
        "switches_voluntary" => "waits",
        "switches_involuntary" => "interruptions by others",
        _ => "",
    }
}

/// The most important in words; whether latency goes along; why the rest is not known.
pub fn sentences(benchmark: &BenchmarkResult) -> Vec<String> {
    let mut said: Vec<String> = usage(benchmark).into_iter().collect();
    let Some(used) = &benchmark.resources else { return said };
    said.extend(used.with_latency.iter().map(along));
    for gap in &used.unavailable {
        let names: Vec<String> = gap.metrics.iter().map(|name| format!("`{}`", name.replace('`', "'"))).collect();
        let subject = match names.as_slice() {
            [only] => format!("{only} is"),
            few if few.len() <= MOST_NAMES => format!("{} are", few.join(", ")),
            many => format!("{} metrics of what processes use are", many.len()),
        };
        said.push(format!("{subject} not known: {}.", gap.why));
    }
    said
}

/// More names than this are counted.
const MOST_NAMES: usize = 4;

fn usage(benchmark: &BenchmarkResult) -> Option<String> {
    let known = resources(benchmark);
    let value = |name: &str| known.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    let shown = |unit: Unit, value: f64| units::values(&unit, &[value], false).texts().next().unwrap_or_default();
    let time =
        value("cpu_time").map(|nanos| format!("{} of processor time a round", shown(Unit::nanoseconds(), nanos)));
    let busy = value("cpu_time").zip(benchmark.round_duration).filter(|(_, round)| !round.is_zero());
    let busy = busy.map(|(nanos, round)| {
        format!("{} of one processor while it lasts", units::share(nanos / round.as_nanos() as f64, 3))
    });
    let query = value("cpu_time_per_query").map(|nanos| format!("{} a query", shown(Unit::nanoseconds(), nanos)));
    let memory = value("rss_peak").map(|bytes| format!("{} of memory at most", shown(Unit::new("B"), bytes)));
    let parts: Vec<String> = [time, busy, query, memory].into_iter().flatten().collect();
    (!parts.is_empty()).then(|| format!("The processes use {}.", parts.join(", ")))
}

fn along(found: &Association) -> String {
    let with = match found.with.as_str() {
        "processors" => "processor use",
        "rss" => "memory",
        other => other,
    };
    let (tau, rounds) = (units::number(found.correlation, 2), units::count(found.rounds, "round", "rounds"));
    let p = units::p_value(found.p_value);
    let p = if p.starts_with('<') { format!("p {p}") } else { format!("p = {p}") };
    let test = format!("Kendall's τ {tau} on average over {rounds}, {p}");
    match (found.p_value < RARE, found.correlation > 0.0) {
        (true, true) => {
            format!("Within rounds, latency is higher where {with} is higher ({test}); why, that does not say.")
        }
        (true, false) => {
            format!("Within rounds, latency is lower where {with} is higher ({test}); why, that does not say.")
        }
        (false, _) => format!("Within rounds, latency is not seen to go along with {with} ({test})."),
    }
}

/// How much of the machine did something else.
fn busy_machine(benchmark: &BenchmarkResult) -> Option<String> {
    let figure = benchmark.diagnosis.iter().find(|figure| figure.name == "machine_busy_share")?;
    let share = units::share(figure.value, 2);
    Some(if figure.held {
        format!("The machine was hardly busy with anything else: {share} of its processor time.")
    } else {
        format!("The machine was busy with something else as well: {share} of its processor time.")
    })
}
