//! The table of a profile: a row for each stage, for what is outside of all, and for the whole; the same in every format.

use super::words::{interval, is_any, percent, time, times_as_fast};
use crate::profile::{Growth, InTail, Profile, Share, Times, gain};
use crate::report::Tone;

/// The headings of what is said of each row, beside its name.
pub const HEADINGS: [&str; 11] = [
    "share",
    "95 % interval",
    "p50",
    "p90",
    "p95",
    "p99",
    "max",
    "in the tail",
    "twice as fast",
    "at no cost",
    "verdict",
];

/// A row of the table: a stage, what is outside of all, or the whole.
pub struct Row {
    /// The stage's name, from outside; or words of perfgate's own.
    pub name: String,
    /// Whether it is a stage.
    pub is_stage: bool,
    /// What is said, by [`HEADINGS`] but the last.
    pub cells: [String; 10],
    /// The last: what stands out.
    pub verdict: String,
    /// What that means.
    pub tone: Tone,
}

/// The stages, the greatest share first; then what is outside of all; then the whole.
pub fn rows(profile: &Profile) -> Vec<Row> {
    let stages = profile.stages.iter().map(|stage| {
        let of = |faster: f64| gain(stage.share, faster).map(|gain| times_as_fast(&gain)).unwrap_or_default();
        let gains = [of(2.0), of(f64::INFINITY)];
        let (verdict, tone) = verdict_of(profile, &stage.name);
        Row {
            name: stage.name.clone(),
            is_stage: true,
            cells: cells(Some(&stage.share), Some(&stage.times), stage.in_tail.as_ref(), gains),
            verdict,
            tone,
        }
    });
    let outside = profile.outside.iter().filter(|outside| is_any(outside)).map(|outside| {
        let grows = profile.tail.as_ref().is_some_and(|tail| tail.growth == Growth::Outside);
        Row {
            name: "outside of the stages".to_owned(),
            is_stage: false,
            cells: cells(Some(&outside.share), outside.times.as_ref(), outside.in_tail.as_ref(), Default::default()),
            verdict: if grows { "makes the tail".to_owned() } else { String::new() },
            tone: if grows { Tone::Doubtful } else { Tone::Calm },
        }
    });
    let whole = Row {
        name: "whole query".to_owned(),
        is_stage: false,
        cells: cells(None, Some(&profile.total), None, Default::default()),
        verdict: String::new(),
        tone: Tone::Calm,
    };
    stages.chain(outside).chain([whole]).collect()
}

fn verdict_of(profile: &Profile, name: &str) -> (String, Tone) {
    let most = profile.bottleneck.name() == Some(name);
    let grows = profile.tail.as_ref().is_some_and(|tail| tail.growth == Growth::Stage(name.to_owned()));
    match (most, grows) {
        (true, true) => ("bottleneck, makes the tail".to_owned(), Tone::Bad),
        (true, false) => ("bottleneck".to_owned(), Tone::Bad),
        (false, true) => ("makes the tail".to_owned(), Tone::Doubtful),
        (false, false) => (String::new(), Tone::Calm),
    }
}

fn cells(share: Option<&Share>, times: Option<&Times>, tail: Option<&InTail>, gains: [String; 2]) -> [String; 10] {
    let [twice, most] = gains;
    let [p50, p90, p95, p99, max] = times.map(percentiles).unwrap_or_default();
    let [of, interval] = share
        .map_or_else(Default::default, |share| [percent(share.mean), share.interval.map(interval).unwrap_or_default()]);
    let in_tail = tail.map(|part| percent(part.share.mean)).unwrap_or_default();
    [of, interval, p50, p90, p95, p99, max, in_tail, twice, most]
}

/// The percentiles, empty where there is none.
fn percentiles(times: &Times) -> [String; 5] {
    let wanted = [Some(times.p50), times.p90, times.p95, times.p99, Some(times.max)];
    wanted.map(|nanos| nanos.map(|nanos| time(nanos as f64)).unwrap_or_default())
}
