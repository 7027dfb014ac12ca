//! What the answer and the plan rest on, and what their reader should know: computed from what was done, as data.

use std::time::Duration;

use super::Context;
use super::curve::{Point, Verdict};
use super::growth::{LoadSource, Plan};
use super::search::{Limit, Search};
use crate::config::exact_duration;
use crate::result::Warning;

/// Something that was not measured, or not in every way, and on which a number rests.
#[derive(Debug, Clone, PartialEq)]
pub struct Assumption {
    /// A stable word, such as `linear-scaling`.
    pub name: &'static str,
    /// The number that it is about, where there is one.
    pub value: Option<f64>,
    /// A sentence.
    pub text: String,
}

impl Assumption {
    fn new(name: &'static str, text: impl Into<String>) -> Self {
        Self { name, value: None, text: text.into() }
    }

    fn with(self, value: f64) -> Self {
        Self { value: Some(value), ..self }
    }
}

/// A queue that fills up to the bound needs rounds so many times as long to be seen to stay there.
const BOUNDS_WANTED: f64 = 10.0;

/// What was assumed.
pub fn assumptions(search: &Search, context: &Context, plan: Option<&Plan>) -> Vec<Assumption> {
    let round = context.round * search.length();
    let arrivals = match (context.bursty, context.even) {
        (true, _) => "queries arrive in the bursts that the benchmark describes, as many more as the load is higher",
        (false, true) => "queries arrive at equal gaps; real ones come in clumps, and a system carries fewer of those",
        (false, false) => {
            "queries arrive independently of each other (a Poisson process); a system carries fewer if they come in bursts"
        }
    };
    let mut all = vec![
        Assumption::new("arrivals", arrivals),
        Assumption::new(
            "round-length",
            format!(
                "a round lasts {} or longer; what builds up over a longer time is not seen. Its first quarter is not judged, \
                 so that the queue can become what it will be",
                exact_duration(readable(round))
            ),
        )
        .with(round.as_secs_f64()),
        Assumption::new("more-load-is-not-faster", "a load above one that violates the objective violates it too"),
        Assumption::new(
            "this-machine",
            "the machine that was measured is like those that will carry the load, and the load generator ran on it too",
        ),
    ];
    all.extend(plan.into_iter().flat_map(planned));
    all
}

fn planned(plan: &Plan) -> Vec<Assumption> {
    let wish = &plan.wish;
    let today = match wish.source {
        LoadSource::Given => "the load of today is what --load says",
        LoadSource::Configured => "the load of today is the rate that the benchmark's configuration names",
        LoadSource::OneInstance => {
            "the load of today is what one instance carries with its headroom, because neither --load nor the configuration \
             names one"
        }
    };
    let mut all = vec![
        Assumption::new("load", today).with(wish.load),
        Assumption::new("growth", "it grows by this factor, and stays of the same kind").with(wish.growth),
        Assumption::new("headroom", "this share of what an instance was shown to carry stays free")
            .with(wish.headroom.share()),
        Assumption::new(
            "linear-scaling",
            "instances share the load evenly and nothing else: no database, network or lock that all of them wait for. That was \
             not measured",
        ),
    ];
    if let Some(price) = wish.price {
        let text = "an instance costs this an hour, whatever it does, in the currency in which it was given; a month has 730 hours";
        all.push(Assumption::new("price", text).with(price.an_hour()));
    }
    if plan.processors.is_some() {
        all.push(Assumption::new(
            "processor-time",
            "a query takes as much processor time as it did here, from half of what one instance carries upwards",
        ));
    }
    all
}

/// What the reader should know.
pub fn warnings(search: &Search, context: &Context, curve: &[Point]) -> Vec<Warning> {
    let objective = search.setting().objective;
    let found = search.found();
    let mut warnings = Vec::new();
    let mut warn = |code: &str, message: String| warnings.push(Warning { code: code.to_owned(), message });
    if found.contradictory {
        warn(
            "contradictory",
            "a load was shown to meet the objective above one that was shown to violate it: the system does not get slower with \
             load in an orderly way, or the machine changed while it was measured; the answer stays below the lower one"
                .to_owned(),
        );
    }
    let late: Vec<f64> = curve.iter().filter(|point| point.is_unknown()).map(|point| point.load).collect();
    if found.limit == Limit::Generator && found.low.is_some() {
        warn(
            "generator-limited",
            "the load generator was late above the answer, so the system may carry more; run where a processor core is free for \
             perfgate, or raise `max_lateness`"
                .to_owned(),
        );
    } else if !late.is_empty() && late.len() < curve.len() {
        warn(
            "generator-late",
            format!(
                "the load generator was late at {} queries a second: nothing is known of the system there",
                list(&late)
            ),
        );
    }
    let round = context.round * search.length();
    if round.as_secs_f64() < BOUNDS_WANTED * objective.bound.as_secs_f64() {
        warn("short-rounds", short_rounds(round, objective.bound));
    }
    if curve.iter().any(|point| point.verdict == Verdict::Grows) {
        warn(
            "latency-grows",
            "under some loads latency still grows at the end of the longest rounds: nothing is claimed about them"
                .to_owned(),
        );
    }
    if let Some(failed) = curve.iter().find(|point| point.verdict == Verdict::Failed || point.failed > 0.0)
        && let Some(first) = &failed.failure
    {
        warn(
            "failures",
            format!("from {} queries a second on, queries or the system fail; the first: {first}", failed.load),
        );
    }
    if let Some(connections) = context.connections
        && let Some(full) = curve.iter().find(|point| in_flight(point) > f64::from(connections))
    {
        warn(
            "few-connections",
            format!(
                "at {} queries a second more are in flight than there are connections ({connections}): more `connections` might carry \
                 more",
                full.load
            ),
        );
    }
    warnings
}

/// A length in three digits.
fn readable(length: Duration) -> Duration {
    let nanos = length.as_nanos().max(1);
    let scale = 10_u128.pow(nanos.ilog10().saturating_sub(2));
    Duration::from_nanos(u64::try_from((nanos + scale / 2) / scale * scale).unwrap_or(u64::MAX))
}

/// `80`, `80 and 120`, `80, 120 and 160`.
fn list(loads: &[f64]) -> String {
    let texts: Vec<String> = loads.iter().map(f64::to_string).collect();
    match texts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}

fn short_rounds(round: Duration, bound: Duration) -> String {
    format!(
        "a round lasts {}, which is little against the bound of {}: a queue that builds up slowly is not seen. A longer --budget, or \
         a longer `min_duration`, lets rounds be longer",
        exact_duration(readable(round)),
        exact_duration(bound)
    )
}

/// Queries in the system, by Little's law.
fn in_flight(point: &Point) -> f64 {
    let latency = point.latency.map_or(0.0, |latency| latency.mean);
    point.throughput.unwrap_or(0.0) * latency / 1e9
}
