//! What the processes of a benchmark use, as blocks: of a profile, and of a result's report.

use super::{Block, Cell, Column, Table, Text};
use crate::plot::{self, Shown};
use crate::profile::{resource_metrics, resources};
use crate::result::{Association, BenchmarkResult, Metric, Unit};
use crate::stats::median;
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
        Column::numbers("median of rounds"),
        Column::numbers("std dev"),
        Column::numbers("lowest … highest"),
    ];
    let row = |metric: &&Metric| -> Vec<Cell> {
        let Summary { median, deviation, range } = summary(metric);
        let name = Text::new().code(&metric.name);
        vec![what(&metric.name).into(), name.into(), median.into(), deviation.into(), range.into()]
    };
    Table {
        caption: "What the processes use in a round".to_owned(),
        columns: columns.into(),
        rows: metrics.iter().map(row).collect(),
    }
}

/// Over the rounds: things that are counted as whole numbers, and bytes in the unit of the highest where the median is none.
fn summary(metric: &Metric) -> Summary {
    let rounds = metric.rounds.as_slice();
    let known = Summary::of(metric);
    let (low, high) =
        rounds.iter().fold((f64::INFINITY, 0.0_f64), |(low, high), &value| (low.min(value), high.max(value)));
    let middle = median(rounds);
    if let Some(one) = counted(metric.unit.as_str()) {
        let whole = |value: f64| units::whole(value as u64);
        // Half a thing is said where it is not lost among many.
        let middle = if middle.fract() > 0.0 && middle < 100.0 {
            format!("{}.5 {}", whole(middle), metric.unit.as_str())
        } else {
            units::count(middle.round() as usize, one, metric.unit.as_str())
        };
        let range = if low == high { String::new() } else { format!("{} … {}", whole(low), whole(high)) };
        return Summary { median: middle, range, ..known };
    }
    if middle == 0.0 && high > 0.0 {
        let shown = units::values_like(&[high], &metric.unit, &[low, high], false);
        let texts: Vec<String> = shown.texts().collect();
        return Summary { range: texts.join(" … "), ..known };
    }
    known
}

/// What one of these is called, if the unit is a thing that is counted. Then the median is whole, or lies in the middle of two.
fn counted(unit: &str) -> Option<&'static str> {
    match unit {
        "threads" => Some("thread"),
        "faults" => Some("fault"),
        "switches" => Some("switch"),
        _ => None,
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

/// The same for a profile, which is asked for this among other things: where nobody watched, that is said.
pub fn sentences_or_why_not(benchmark: &BenchmarkResult) -> Vec<String> {
    if benchmark.resources.is_none() && resource_metrics(benchmark).is_empty() {
        return vec!["What the processes use was not watched (`resources`).".to_owned()];
    }
    sentences(benchmark)
}

/// The most important in words; whether latency goes along; why the rest is not known.
fn sentences(benchmark: &BenchmarkResult) -> Vec<String> {
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
    let storage = |name: &str, what: &str| {
        let bytes = value(name).filter(|bytes| *bytes > 0.0)?;
        Some(format!("{} {what} storage a round", shown(Unit::new("B"), bytes)))
    };
    let storage = [storage("disk_read", "read from"), storage("disk_written", "written to")];
    let parts: Vec<String> = [time, busy, query, memory].into_iter().chain(storage).flatten().collect();
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::samples::metric;

    #[test]
    fn what_is_counted_is_whole_and_bytes_have_their_unit() {
        let shown = |unit: &str, rounds: &[f64]| {
            let Summary { median, range, .. } = summary(&metric("x", unit, rounds.to_vec()));
            [median, range]
        };
        assert_eq!(shown("threads", &[1.0, 1.0]), ["1 thread", ""]);
        assert_eq!(shown("threads", &[2.0, 5.0]), ["3.5 threads", "2 … 5"]);
        assert_eq!(shown("faults", &[0.0, 0.0, 3.0]), ["0 faults", "0 … 3"]);
        assert_eq!(shown("faults", &[9440.0, 9525.0]), ["9,483 faults", "9,440 … 9,525"]);
        assert_eq!(shown("faults", &[2001.0, 2002.0, 12_003.0]), ["2,002 faults", "2,001 … 12,003"]);
        assert_eq!(shown("B", &[0.0, 0.0, 61_440.0]), ["0 B", "0 KiB … 60.0 KiB"]);
        assert_eq!(shown("ns", &[1e6, 2e6, 3e6]), ["2.00 ms", "1.00 … 3.00"]);
    }
}
