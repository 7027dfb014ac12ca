//! Which plots a benchmark has: what its distribution, its tail, its rounds and its course look like, as far as they were recorded.
//!
//! Not here: what is drawn in a plot (`plot`).

use super::Block;
use super::source::{Measured, Part, Subject};
use crate::gate::Row;
use crate::plot::{self, Measure, Plot, Shown};
use crate::result::{Answers, BenchmarkResult, Distribution, RoundValues};
use crate::words::units;

/// More metrics than this are not drawn round by round: the table has them.
const MOST_METRICS: usize = 2;

/// A plot of a kind, in words.
pub(super) type Named = (&'static str, Block);

/// The plots of a benchmark: those to be seen first, and those for who wants to know more.
pub(super) fn of(subject: &Subject<'_>, part: &Part<'_>) -> (Vec<Block>, Vec<Named>) {
    let labels: Vec<String> = subject.sides.iter().map(|side| part.side_label(side.side)).collect();
    let sides: Vec<(&str, &Measured<'_>)> = labels.iter().map(String::as_str).zip(&subject.sides).collect();
    let latencies: Vec<Shown<'_, Distribution>> = shown(&sides, |result| result.latencies.as_ref());
    let first = [
        (!latencies.is_empty()).then(|| plot::distribution(&latencies)).flatten(),
        (!latencies.is_empty()).then(|| plot::tail(&latencies)).flatten(),
    ];
    let rounds =
        metrics_of_interest(subject).into_iter().filter_map(|name| rounds(&sides, name, is_paired(part, subject)));
    let first = first.into_iter().flatten().chain(rounds).map(block).collect();
    let courses = sides.iter().filter_map(|(label, side)| {
        let course = side.result.course.as_ref()?;
        Some(("latency over time", block(plot::course(Shown { label, of: course })?)))
    });
    let results: Vec<Shown<'_, BenchmarkResult>> = shown(&sides, Some);
    let throughput = (!results.is_empty()).then(|| plot::throughput(&results)).flatten();
    let more = courses.chain(throughput.map(|plot| ("throughput against latency", block(plot)))).collect();
    (first, more)
}

/// What these plots show, each kind once.
pub(super) fn kinds(plots: &[Named]) -> Vec<&'static str> {
    let mut kinds: Vec<&str> = plots.iter().map(|(kind, _)| *kind).collect();
    kinds.dedup();
    kinds
}

fn block(plot: Plot) -> Block {
    Block::Plot(Box::new(plot))
}

/// The sides that have something, each with its name.
fn shown<'a, T>(
    sides: &[(&'a str, &Measured<'a>)],
    of: impl Fn(&'a BenchmarkResult) -> Option<&'a T>,
) -> Vec<Shown<'a, T>> {
    sides.iter().filter_map(|(label, side)| Some(Shown { label, of: of(side.result)? })).collect()
}

/// The metrics whose rounds are drawn: those of the worst rows, or the judged ones.
fn metrics_of_interest<'a>(subject: &Subject<'a>) -> Vec<&'a str> {
    let rows = subject.rows.iter().copied().filter_map(|row: &Row| row.metric.as_deref());
    let judged = subject.sides.iter().flat_map(|side| side.result.metrics.iter());
    let judged = judged.filter(|metric| metric.gate && varies(&metric.rounds)).map(|metric| metric.name.as_str());
    let mut names: Vec<&str> = Vec::new();
    for name in rows.chain(judged) {
        let varying = subject.sides.iter().filter_map(|side| side.result.metric(name)).any(|one| varies(&one.rounds));
        if varying && !names.contains(&name) && names.len() < MOST_METRICS {
            names.push(name);
        }
    }
    names
}

fn varies(rounds: &RoundValues) -> bool {
    rounds.as_slice().windows(2).any(|pair| matches!(pair, [a, b] if a != b))
}

fn rounds(sides: &[(&str, &Measured<'_>)], name: &str, paired: bool) -> Option<Plot> {
    let metric = sides.iter().find_map(|(_, side)| side.result.metric(name))?;
    let values: Vec<Shown<'_, RoundValues>> =
        sides.iter().filter_map(|(label, side)| Some(Shown { label, of: &side.result.metric(name)?.rounds })).collect();
    let samples = if name == "accuracy" { samples(sides) } else { None };
    plot::rounds(&Measure { samples, ..Measure::from(metric) }, &values, paired)
}

/// Of how many samples the accuracy of every side is; `None` where that is not known, or not the same.
fn samples(sides: &[(&str, &Measured<'_>)]) -> Option<u64> {
    let mut all = sides.iter().map(|(_, side)| side.result.answers.map(Answers::samples));
    let first = all.next()??;
    all.all(|samples| samples == Some(first)).then_some(first)
}

/// Whether round i of both sides ran side by side.
fn is_paired(part: &Part<'_>, subject: &Subject<'_>) -> bool {
    part.comparison()
        .is_some_and(|comparison| comparison.method.is_paired() || subject.rows.iter().any(|row| row.confirmed))
}

/// How many of the measured benchmarks have no latencies to draw; `None` where all have, or nothing was measured.
pub(super) fn missing(part: &Part<'_>) -> Option<String> {
    let all = part.measured().count();
    let lacking = part.measured().filter(|one| one.result.latencies.is_none()).count();
    match lacking {
        0 => None,
        _ if lacking == all && all > 1 => {
            Some("No latencies of single queries were recorded, so there are no plots of them.".to_owned())
        }
        _ => Some(format!(
            "{} without recorded latencies of single queries, and so without plots of them.",
            units::count(lacking, "measurement is", "measurements are")
        )),
    }
}
