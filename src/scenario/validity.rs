//! Whether a measurement is what was asked for: which rules held, and what to change where one did not. Pure.

use std::time::Duration;

use super::summary::{Timing, Unmeasurable};
use super::{Cut, RoundRecord, stopping};
use crate::config::{Benchmark, Percentile, Scenario};
use crate::result::Rule;

/// The rules of a benchmark's rounds. A rule without which there is no measurement is an error where it does not hold.
pub fn validity(rounds: &[RoundRecord], benchmark: &Benchmark) -> Result<Vec<Rule>, Unmeasurable> {
    for (position, record) in rounds.iter().enumerate() {
        if let Some(cut) = record.cut {
            return Err(Unmeasurable::Cut { round: position + 1, why: cut_reason(cut, record, benchmark) });
        }
    }
    let mut rules = vec![enough_queries(rounds, benchmark), long_enough(rounds, benchmark)];
    if rounds.iter().any(|record| !record.lateness.is_empty()) {
        rules.push(on_time(rounds, benchmark)?);
    }
    rules.push(match benchmark.latency_bound {
        Some(bound) => within_bound(rounds, benchmark.percentile, bound),
        None => supported(rounds, benchmark.percentile),
    });
    Ok(rules)
}

fn cut_reason(cut: Cut, record: &RoundRecord, benchmark: &Benchmark) -> String {
    let issued = record.issued();
    match (cut, &benchmark.scenario) {
        (Cut::MaxDuration, _) => format!(
            "`max_duration` ended it after {issued} queries; allow it more time, or ask for fewer `queries` or a shorter \
             `min_duration`"
        ),
        (Cut::SamplesUsedUp, _) => format!(
            "the dataset has no sample left after {issued} queries, and `samples = \"unique\"` asks about each only once; ask \
             for fewer queries or a shorter `min_duration`"
        ),
        (Cut::Overloaded, Scenario::Server(server)) => format!(
            "{} queries were in flight after {issued}: the system does not keep up with the load; lower the rate, or raise \
             `max_async`",
            server.max_async.map_or(0, std::num::NonZeroU32::get)
        ),
        (Cut::Overloaded, _) => "the system does not keep up with the load".to_owned(),
    }
}

fn enough_queries(rounds: &[RoundRecord], benchmark: &Benchmark) -> Rule {
    let wanted = u64::from(benchmark.stopping.queries.get());
    let (what, fewest) = match benchmark.scenario {
        Scenario::Offline { .. } => ("samples", rounds.iter().map(|record| record.samples + record.failed).min()),
        _ => ("queries", rounds.iter().map(RoundRecord::issued).min()),
    };
    let fewest = fewest.unwrap_or(0);
    Rule {
        name: "min-queries".to_owned(),
        held: fewest >= wanted,
        detail: format!("{fewest} {what} in the shortest round, {wanted} wanted"),
    }
}

fn long_enough(rounds: &[RoundRecord], benchmark: &Benchmark) -> Rule {
    let wanted = benchmark.stopping.min_duration;
    let of_round = |record: &RoundRecord| match benchmark.scenario {
        Scenario::SingleStream | Scenario::MultiStream { .. } => record.busy,
        // The duration of a schedule is that of its arrivals; the answers come later.
        Scenario::Server(_) | Scenario::Offline { .. } => record.span,
    };
    let shortest = Duration::from_nanos(rounds.iter().map(of_round).min().unwrap_or(0));
    let held = shortest >= wanted;
    let advice = if held { "" } else { "; ask for more `queries`" };
    Rule {
        name: "min-duration".to_owned(),
        held,
        detail: format!("{:?} in the shortest round, {wanted:?} wanted{advice}", rounded(shortest, u128::div_euclid)),
    }
}

/// An open loop's generator must not be what limits: its lateness is part of every latency. What counts is the middle round:
/// a machine that was busy for one round disturbs that round, a generator that cannot keep the rate is late in all.
fn on_time(rounds: &[RoundRecord], benchmark: &Benchmark) -> Result<Rule, Unmeasurable> {
    let timings: Vec<Timing> =
        rounds.iter().map(|record| Timing::of(&record.latencies, &record.lateness, benchmark.percentile)).collect();
    let found = punctuality(&timings, benchmark.max_lateness);
    match found.refused {
        Some((place, why)) => Err(Unmeasurable::Cut { round: place + 1, why }),
        None => Ok(Rule { name: GENERATOR_RULE.to_owned(), held: found.late == 0, detail: found.told }),
    }
}

/// Whether the load generator kept its schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Punctuality {
    /// Rounds in which it was later than may be.
    pub late: usize,
    /// How late it was.
    pub told: String,
    /// The middle round, counted from 0, and why nothing was measured, if it was later than may be there.
    pub refused: Option<(usize, String)>,
}

/// Holds the lateness of these rounds against the share of the latency that it may be.
pub fn punctuality(rounds: &[Timing], max_lateness: f64) -> Punctuality {
    let mut shares: Vec<(f64, usize)> =
        rounds.iter().enumerate().map(|(place, timing)| (timing.share(), place)).collect();
    shares.sort_by(|a, b| a.0.total_cmp(&b.0));
    let late = shares.iter().filter(|(share, _)| *share > max_lateness).count();
    let middle = shares.get(shares.len().saturating_sub(1) / 2);
    let Some((&(middle, place), timing)) = middle.and_then(|own| Some((own, rounds.get(own.1)?))) else {
        return Punctuality { late, told: "no rounds".to_owned(), refused: None };
    };
    let time = Duration::from_nanos;
    let told = format!(
        "in round {}, which is the middle one by this, queries were issued {:.1?} (median), {:.1?} (p99), {:.1?} (worst) after their \
         schedule: {:.1} % of the latency at the percentile",
        place + 1,
        time(timing.late.p50),
        time(timing.late.p99),
        time(timing.late.max),
        100.0 * middle
    );
    let refused = (middle > max_lateness).then(|| {
        let why = format!(
            "the load generator was late, so the result would not be the system's: {told}; lower the rate, run where a \
             processor core is free for perfgate, or raise `max_lateness`"
        );
        (place, why)
    });
    let more = match late {
        0 => String::new(),
        _ => format!("; {late} of {} rounds were later than that may be", rounds.len()),
    };
    Punctuality { late, told: format!("{told}{more}"), refused }
}

const GENERATOR_RULE: &str = "generator-on-time";

/// Whether a latency bound holds at the percentile, by early stopping over all rounds together. A failed query is one over the
/// bound.
fn within_bound(rounds: &[RoundRecord], percentile: Percentile, bound: Duration) -> Rule {
    let Ok(limit) = u64::try_from(bound.as_nanos()) else { return supported(rounds, percentile) };
    let queries: u64 = rounds.iter().map(RoundRecord::issued).sum();
    let slow: usize = rounds.iter().map(|record| record.latencies.iter().filter(|&&time| time > limit).count()).sum();
    let over = slow as u64 + rounds.iter().map(|record| record.failed).sum::<u64>();
    let held = stopping::proves(queries, over, percentile, stopping::CONFIDENCE);
    let share = 100.0 * percentile.share();
    let verdict = if held {
        format!("which proves {share} % within it")
    } else if over as f64 > queries as f64 * (1.0 - percentile.share()) {
        format!("more than the {:.4} % that may", 100.0 - share)
    } else {
        let needed = stopping::queries_needed(over, percentile, stopping::CONFIDENCE);
        format!("too few queries to prove {share} % within it: {needed} would, if no more were over")
    };
    Rule {
        name: "latency-bound".to_owned(),
        held,
        detail: format!("{over} of {queries} queries took longer than {bound:?}, {verdict}"),
    }
}

/// Four digits of a time, up or down as `divide` does, so that a bound stays one: 999.96 ms is not the second that was wanted.
fn rounded(time: Duration, divide: fn(u128, u128) -> u128) -> Duration {
    let nanos = time.as_nanos();
    let step = 10_u128.pow(nanos.checked_ilog10().unwrap_or(0).saturating_sub(3));
    Duration::from_nanos(u64::try_from(divide(nanos, step) * step).unwrap_or(u64::MAX))
}

/// Whether there are enough queries to prove anything about the percentile, and what they prove.
fn supported(rounds: &[RoundRecord], percentile: Percentile) -> Rule {
    let mut all: Vec<u64> = rounds.iter().flat_map(|record| record.latencies.iter().copied()).collect();
    all.sort_unstable();
    let share = 100.0 * percentile.share();
    let (held, detail) = match stopping::proven_percentile(&all, percentile, stopping::CONFIDENCE) {
        Some(latency) => {
            let most = rounded(Duration::from_nanos(latency), u128::div_ceil);
            (true, format!("{share} % of all queries are proven to take at most {most:?}"))
        }
        None => {
            let needed = stopping::queries_needed(0, percentile, stopping::CONFIDENCE);
            (false, format!("{} queries in all say nothing certain about {share} %: {needed} would", all.len()))
        }
    };
    Rule { name: "percentile-supported".to_owned(), held, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_that_is_held_against_a_bound_is_not_rounded_over_it() {
        let shown = |nanos, divide| format!("{:?}", rounded(Duration::from_nanos(nanos), divide));
        assert_eq!(shown(999_960_000, u128::div_euclid), "999.9ms");
        assert_eq!(shown(999_960_000, u128::div_ceil), "1s");
        assert_eq!(shown(1_234_567, u128::div_ceil), "1.235ms");
        assert_eq!([shown(0, u128::div_ceil), shown(17, u128::div_euclid)], ["0ns", "17ns"]);
    }
}
