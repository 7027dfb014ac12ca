//! What the rows of a comparison rest on, as it stands in the document: both measurements of each benchmark in the form of a
//! result document, a benchmark a line.
//!
//! It is most of the document, and there may be hundreds of benchmarks or rounds, so it has limits. What is looked at least goes
//! first: how latencies went over time, then earlier sessions, at last the measurements of the rows that come last.

use std::borrow::Cow;
use std::collections::BTreeSet;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::gate::{Pair, Row};
use crate::result::{BenchmarkResult, MOST_ROUNDS};
use crate::wire::result::{BenchmarkV1, benchmark_from_wire, benchmark_to_wire};

/// A line: both measurements of a benchmark.
pub enum LineV1 {
    /// As it was read.
    Read(Box<PairV1>),
    /// As it is to be written: it was measured how long it is, so its text is there already.
    Written(Box<RawValue>),
}

impl Serialize for LineV1 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Read(pair) => pair.serialize(serializer),
            Self::Written(text) => text.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for LineV1 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        PairV1::deserialize(deserializer).map(|pair| Self::Read(Box::new(pair)))
    }
}

impl JsonSchema for LineV1 {
    fn schema_name() -> Cow<'static, str> {
        PairV1::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        PairV1::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        PairV1::json_schema(generator)
    }
}

/// Both measurements of a benchmark.
#[derive(Serialize, Deserialize, JsonSchema)]
pub struct PairV1 {
    benchmark: String,
    /// As in a result document.
    #[serde(skip_serializing_if = "Option::is_none")]
    base: Option<BenchmarkV1>,
    /// As in a result document.
    #[serde(skip_serializing_if = "Option::is_none")]
    candidate: Option<BenchmarkV1>,
}

/// From this size on, in bytes, latencies over time are of fewer rounds.
const ENOUGH: usize = 600 << 10;

/// A whole document is kept below this, in bytes: what posts it as a comment reads no more than 5 MiB.
const MOST: usize = 4 << 20;

/// What a line needs besides its value.
const AROUND: usize = 8;

/// How much is kept of each measurement.
struct Detail {
    /// Rounds of the course.
    course: usize,
    /// Whether the rounds of all sessions are kept, or only those of the last.
    all_sessions: bool,
    /// Whether less will do as soon as it is more than enough.
    is_ample: bool,
}

/// The details, most first.
const DETAILS: [Detail; 6] = [
    Detail { course: MOST_ROUNDS, all_sessions: true, is_ample: true },
    Detail { course: 4, all_sessions: true, is_ample: true },
    Detail { course: 2, all_sessions: true, is_ample: true },
    Detail { course: 1, all_sessions: true, is_ample: false },
    Detail { course: 0, all_sessions: true, is_ample: false },
    Detail { course: 0, all_sessions: false, is_ample: false },
];

/// The measurements in as much detail as the document has room for, of which `rest` bytes are taken. Written again after it was
/// read, a document stays the same.
pub fn to_wire(pairs: &[Pair], rest: usize) -> Vec<LineV1> {
    let room = MOST.saturating_sub(rest);
    let mut lines: Vec<Box<RawValue>> = Vec::new();
    for detail in DETAILS {
        // The structs hold nothing that JSON cannot say.
        lines = pairs.iter().filter_map(|pair| to_raw_value(&in_detail(pair, &detail)).ok()).collect();
        let limit = if detail.is_ample { room.min(ENOUGH) } else { room };
        if lines.iter().map(|line| size(line)).sum::<usize>() <= limit {
            return lines.into_iter().map(LineV1::Written).collect();
        }
    }
    let mut left = room;
    let mut fits = |line: &RawValue| {
        let after = left.checked_sub(size(line));
        left = after.unwrap_or(0);
        after.is_some()
    };
    lines.into_iter().take_while(|line| fits(line)).map(LineV1::Written).collect()
}

fn size(line: &RawValue) -> usize {
    line.get().len() + AROUND
}

fn in_detail(pair: &Pair, detail: &Detail) -> PairV1 {
    let side = |result: &BenchmarkResult| {
        let course = result.course.as_ref().and_then(|course| course.with_rounds(detail.course));
        let resources = result.resources.as_ref().map(|resources| resources.with_rounds(detail.course));
        let stages = if detail.is_ample { result.stages.clone() } else { Vec::new() };
        benchmark_to_wire(&BenchmarkResult { course, resources, stages, ..sessions(result, detail) })
    };
    PairV1 {
        benchmark: pair.benchmark.clone(),
        base: pair.base.as_ref().map(side),
        candidate: pair.candidate.as_ref().map(side),
    }
}

fn sessions(result: &BenchmarkResult, detail: &Detail) -> BenchmarkResult {
    if detail.all_sessions { result.clone() } else { result.last_sessions(1) }
}

/// The measurements, or what is wrong with them. Each belongs to a row.
pub fn from_wire(wire: Vec<LineV1>, rows: &[Row]) -> Result<Vec<Pair>, String> {
    let rows: BTreeSet<&str> = rows.iter().map(|row| row.benchmark.as_str()).collect();
    let mut known: BTreeSet<String> = BTreeSet::new();
    let read = wire.into_iter().filter_map(|line| match line {
        LineV1::Read(pair) => Some(*pair),
        // Nobody reads what was only written.
        LineV1::Written(_) => None,
    });
    let pairs = read.enumerate().map(|(place, wire)| {
        let fault = |problem: &str| format!("measured {}: {problem}", place.saturating_add(1));
        if !rows.contains(wire.benchmark.as_str()) {
            return Err(fault("no row is about its benchmark"));
        }
        if !known.insert(wire.benchmark.clone()) {
            return Err(fault(&format!("its benchmark `{}` has come before", wire.benchmark)));
        }
        if wire.base.is_none() && wire.candidate.is_none() {
            return Err(fault("it has neither `base` nor `candidate`"));
        }
        let side = |name: &str, side: Option<BenchmarkV1>| {
            let read = side.map(|side| one_side(side, &wire.benchmark)).transpose();
            read.map_err(|problem| fault(&format!("{name}, {problem}")))
        };
        let (base, candidate) = (side("base", wire.base)?, side("candidate", wire.candidate)?);
        Ok(Pair { base, candidate, benchmark: wire.benchmark })
    });
    pairs.collect()
}

fn one_side(wire: BenchmarkV1, benchmark: &str) -> Result<BenchmarkResult, String> {
    if wire.name != benchmark {
        return Err("name: it is that of another benchmark".to_owned());
    }
    benchmark_from_wire(wire, &|place, _| format!("metric {}", place.saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::GatePolicy;
    use crate::gate::{Comparison, Setting, compare};
    use crate::result::{Course, Direction, Distribution, Metric, RoundCourse, RoundValues, RunResult, Unit, Window};
    use crate::wire::{read_comparison, write_comparison};

    /// Numbers that look like those of a machine, the same in every run.
    fn noise(place: usize) -> f64 {
        let mixed = (place as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
        (mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// As much as a server's round of a millisecond leaves behind.
    fn measured(name: &str, sessions: usize, rounds: usize, phase: usize) -> BenchmarkResult {
        let metric = |metric: usize| Metric {
            name: format!("latency_p{metric}"),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::of_sessions(
                (0..sessions * rounds).map(|round| 1e6 * (1.0 + 0.02 * noise(phase + 97 * metric + round))).collect(),
                &vec![rounds; sessions],
            )
            .unwrap(),
            gate: metric < 2,
        };
        let latency = |place: usize| (1e6 * (1.0 + 3.0 * noise(place).powi(6))) as u64;
        let window = |place: usize| {
            let mut three = [3 * place, 3 * place + 1, 3 * place + 2].map(latency);
            three.sort_unstable();
            let [low, median, high] = three;
            Window { at: 41_234_567 * place as u64, low, median, high, queries: 42 }
        };
        let round = |round: usize| RoundCourse {
            round,
            warm_up: (0..8).map(window).collect(),
            timed: (8..32).map(window).collect(),
        };
        BenchmarkResult {
            scenario: Some("server".to_owned()),
            queries: Some(20_000),
            latencies: Distribution::of((0..1000).map(latency)),
            course: Course::of((0..rounds).map(round)),
            ..BenchmarkResult::imported(name, (0..15).map(metric).collect())
        }
    }

    fn comparison(benchmarks: usize, sessions: usize, rounds: usize) -> Comparison {
        let side = |sessions: usize, phase: usize| {
            let one = |number: usize| measured(&format!("benchmark {number:03}"), sessions, rounds, phase + number);
            RunResult::imported((0..benchmarks).map(one).collect())
        };
        compare(&side(sessions, 0), &side(1, 1000), &GatePolicy::default(), &Setting::default())
    }

    /// The document, what is read of it, and how many rounds the first candidate's course still has.
    fn written(comparison: &Comparison) -> (String, Comparison, usize) {
        let text = write_comparison(comparison);
        let read = read_comparison(&text).unwrap();
        assert!(write_comparison(&read) == text, "a document that was read is not the same when it is written again");
        let course = read.measured[0].candidate.as_ref().unwrap().course.as_ref();
        let rounds = course.map_or(0, |course| course.rounds.len());
        (text, read, rounds)
    }

    #[test]
    fn a_few_benchmarks_are_kept_whole() {
        let comparison = comparison(4, 1, 10);
        let (text, read, rounds) = written(&comparison);
        assert_eq!((read.measured == comparison.measured, rounds), (true, 8));
        assert!(text.lines().count() < 400, "a benchmark a line: {} lines", text.lines().count());
    }

    #[test]
    fn thirty_benchmarks_of_twenty_rounds_stay_clearly_below_a_megabyte() {
        let (text, read, rounds) = written(&comparison(30, 1, 20));
        assert_eq!(read.measured.len(), 30);
        assert!((1..8).contains(&rounds), "the course is thinner, and not gone: {rounds} rounds");
        assert!(text.len() < 800_000, "{} bytes", text.len());
    }

    #[test]
    fn five_hundred_benchmarks_are_no_more_than_a_comment_reads_and_the_worst_are_there() {
        let mut comparison = comparison(500, 1, 10);
        let (text, read, _) = written(&comparison);
        assert!(text.len() <= MOST, "{} bytes", text.len());
        let kept = read.measured.len();
        assert!((200..=500).contains(&kept), "{kept} benchmarks have their measurements");
        comparison.measured.truncate(kept);
        let names = |pairs: &[Pair]| pairs.iter().map(|pair| pair.benchmark.clone()).collect::<Vec<_>>();
        assert_eq!(names(&read.measured), names(&comparison.measured));
    }

    #[test]
    fn of_very_many_rounds_the_last_session_stays() {
        let (text, read, _) = written(&comparison(40, 20, 30));
        assert!(text.len() <= MOST, "{} bytes", text.len());
        let base = read.measured[0].base.as_ref().unwrap();
        assert_eq!((read.measured.len(), base.sessions(), base.metrics[0].rounds.count()), (40, 1, 30));
    }

    #[test]
    fn measurements_that_cannot_be_those_of_the_rows_are_refused() {
        let names = ["benchmark 000", "benchmark 001"];
        let side = RunResult::imported(names.map(|name| measured(name, 2, 3, 0)).to_vec());
        let text = write_comparison(&compare(&side, &side, &GatePolicy::default(), &Setting::default()));
        let fault = |from: &str, to: &str| {
            assert!(text.contains(from), "{from}");
            read_comparison(&text.replacen(from, to, 1)).unwrap_err().to_string()
        };
        let first = "{\"benchmark\":\"benchmark 000\",\"base\":{\"name\":\"benchmark 000\"";
        let other = first.replace("000\",\"base\"", "001\",\"base\"");
        assert_eq!(fault(first, &other), "measured 1: base, name: it is that of another benchmark");
        let stranger = first.replace("000\",\"base\"", "002\",\"base\"");
        assert_eq!(fault(first, &stranger), "measured 1: no row is about its benchmark");
        assert!(fault("\"candidate\":{\"name\"", "\"candidate\":{\"nom\"").starts_with("missing field `name`"));
        let alone =
            "{\"benchmark\":\"benchmark 000\"},{\"benchmark\":\"benchmark 000\",\"base\":{\"name\":\"benchmark 000\"";
        assert_eq!(fault(first, alone), "measured 1: it has neither `base` nor `candidate`");
        let start = text.find("    {\"benchmark\":\"benchmark 000\"").unwrap();
        let line = text[start..].lines().next().unwrap().trim_end_matches(',');
        let twice = format!("{line},\n{line}");
        assert_eq!(fault(line, &twice), "measured 2: its benchmark `benchmark 000` has come before");
        let (sessions, wrong) = ("\"sessions\":[3,3]", "\"sessions\":[3,4]");
        let told = "measured 1: base, metric 1: its sessions have 7 rounds in all, but there are 6";
        assert_eq!(fault(sessions, wrong), told);
        let bucket = text.split("\"latencies\":[[").nth(1).unwrap().split(',').next().unwrap();
        let (latencies, wrong) = (format!("\"latencies\":[[{bucket},"), format!("\"latencies\":[[{bucket}1,"));
        assert!(fault(&latencies, &wrong).starts_with("measured 1: base, latencies: "));
        let told = fault("\"course\":[{\"round\":0,", "\"course\":[{\"round\":7,");
        assert_eq!(told, "measured 1: base, course: round 1 comes after round 7; rounds ascend, and none comes twice");
    }
}
