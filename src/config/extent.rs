//! How long a round looks: queries, durations, the percentile that they are to make certain.

use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use super::keys::MOST_QUERIES;
use super::problem::{Problem, Reported};
use super::sections::Fields;
use super::values;
use super::{Benchmark, Percentile, Queries, Scenario, Server, Stopping, System, Traffic, usual};
use crate::numerals::grouped_for_toml as grouped;

/// What the file says about it.
pub struct Extent {
    queries: Option<Queries>,
    /// The percentile of latency that the validity of a result is about.
    pub percentile: Option<Percentile>,
    /// Untimed queries before the first timed one.
    pub warmup: Option<u32>,
    min_duration: Option<Duration>,
    max_duration: Option<Duration>,
}

impl Extent {
    /// Reads the keys, and checks what holds between them.
    pub fn read(fields: &Fields<'_>) -> Result<Self, Reported> {
        let queries = fields.optional("queries", values::queries);
        let percentile = fields.optional("percentile", values::percentile);
        let warmup = fields.optional("warmup", values::count);
        let min_duration = fields.optional("min_duration", values::duration);
        let max_duration = fields.optional("max_duration", values::duration);
        let durations = check_durations(fields, &min_duration, &max_duration);
        let (queries, percentile) = (queries?, percentile?);
        if let (Some(queries), Some(percentile)) = (queries, percentile) {
            check_queries(fields, queries, percentile)?;
        }
        durations?;
        Ok(Self { queries, percentile, warmup: warmup?, min_duration: min_duration?, max_duration: max_duration? })
    }

    /// When a round has seen enough.
    pub fn stopping(&self, system: &System, scenario: &Scenario, percentile: Percentile) -> Stopping {
        // The usual percentiles need fewer queries than may be asked, and others were checked.
        let queries = self.queries.map_or_else(
            || usual::queries(system, scenario),
            |queries| queries.number(percentile).unwrap_or(NonZeroU32::MAX),
        );
        let usual = usual::min_duration(system, scenario);
        // Who sets a maximum has not asked for the usual minimum.
        let usual = self.max_duration.map_or(usual, |most| usual.min(most));
        Stopping { queries, min_duration: self.min_duration.unwrap_or(usual), max_duration: self.max_duration }
    }
}

fn check_queries(fields: &Fields<'_>, queries: Queries, percentile: Percentile) -> Result<(), Reported> {
    let Err(too_many) = queries.number(percentile) else { return Ok(()) };
    let help = "choose a lower `percentile`, or a number of `queries`";
    let problem = Problem::new(too_many.to_string(), place(fields, "queries"), "too many", help);
    Err(fields.report(problem.related(place(fields, "percentile"), "for this percentile")))
}

fn check_durations(
    fields: &Fields<'_>,
    min: &Result<Option<Duration>, Reported>,
    max: &Result<Option<Duration>, Reported>,
) -> Result<(), Reported> {
    let (Ok(Some(min)), Ok(Some(max))) = (min, max) else { return Ok(()) };
    if min <= max {
        return Ok(());
    }
    let message = "`max_duration` must not be shorter than `min_duration`";
    let problem =
        Problem::new(message, place(fields, "max_duration"), "shorter", "make it longer, or remove one of them");
    Err(fields.report(problem.related(place(fields, "min_duration"), "at least this long")))
}

/// Refuses arrivals of which there would be too many.
pub fn check(fields: &Fields<'_>, benchmark: &Benchmark) -> Result<(), Reported> {
    let Scenario::Server(Server { traffic: Traffic::Open { rate, .. }, .. }) = &benchmark.scenario else {
        return Ok(());
    };
    let duration = benchmark.stopping.min_duration;
    let arrivals = rate.expected_arrivals(duration);
    if arrivals <= f64::from(MOST_QUERIES) {
        return Ok(());
    }
    let message = format!(
        "{} queries would arrive in a round of {duration:?}, and no round asks more than {}",
        grouped(arrivals.round() as u64),
        grouped(MOST_QUERIES)
    );
    let given = ["min_duration", "traffic", "target_qps"].into_iter().find(|name| fields.key_span(name).is_some());
    let span = given.map_or_else(|| fields.span(), |name| place(fields, name));
    Err(fields.report(Problem::new(message, span, "too many queries", "make the round shorter, or the rate lower")))
}

/// Where a key's value stands.
fn place(fields: &Fields<'_>, name: &str) -> Range<usize> {
    fields.item(name).map_or_else(|| fields.span(), |item| item.value.span())
}
