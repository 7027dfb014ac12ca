//! Whether latency goes along with what the processes use, within rounds.
//!
//! Moments that follow each other are not independent, so no test is made on them. Each round gives one number, Kendall's rank
//! correlation over its moments, and rounds are independent: Wilcoxon's test on these numbers says whether they lie about 0.

use super::RoundRecord;
use crate::config::Scenario;
use crate::result::Association;
use crate::stats::{mann_kendall, mean, wilcoxon_signed_rank};
use crate::usage::Sample;

/// Fewer moments of a round say nothing.
const FEWEST_MOMENTS: usize = 8;

/// With fewer rounds no test could find anything.
const FEWEST_ROUNDS: usize = 6;

/// The time from one look to the next.
struct Moment {
    /// Processors that were busy.
    processors: f64,
    /// Memory at its end, in bytes.
    resident: f64,
    /// What was usual among the latencies, in nanoseconds.
    latency: f64,
}

/// How latency goes along with processor time and with memory; empty where too little is known. Offline a latency says where in
/// the queue a query was, and nothing is said about it.
pub fn associations(scenario: &Scenario, rounds: &[RoundRecord]) -> Vec<Association> {
    if let Scenario::Offline { .. } = scenario {
        return Vec::new();
    }
    let rounds: Vec<Vec<Moment>> = rounds.iter().filter_map(moments).collect();
    let processors = association("processors", |moment| moment.processors, &rounds);
    let memory = association("rss", |moment| moment.resident, &rounds);
    processors.into_iter().chain(memory).collect()
}

fn association(name: &str, of: fn(&Moment) -> f64, rounds: &[Vec<Moment>]) -> Option<Association> {
    let pairs = |moments: &Vec<Moment>| -> Vec<(f64, f64)> {
        moments.iter().map(|moment| (of(moment), moment.latency)).collect()
    };
    let correlations: Vec<f64> = rounds.iter().filter_map(|moments| kendall(pairs(moments))).collect();
    if correlations.len() < FEWEST_ROUNDS {
        return None;
    }
    let nothing = vec![0.0; correlations.len()];
    let test = wilcoxon_signed_rank(&nothing, &correlations).ok()?;
    Some(Association {
        with: name.to_owned(),
        correlation: mean(&correlations),
        rounds: correlations.len(),
        p_value: test.p_value,
    })
}

/// The times between the looks of a round's timed part in which queries began, if there are enough.
fn moments(round: &RoundRecord) -> Option<Vec<Moment>> {
    let usage = round.usage.as_ref()?;
    let ready = usage.ready?;
    let between = |pair: &[Sample]| {
        let [from, to] = pair else { return None };
        let (mut latency, mut queries) = (0.0, 0.0);
        for window in &round.timed {
            let at = ready.saturating_add(window.at);
            if (from.at..to.at).contains(&at) {
                latency += window.median as f64 * window.queries as f64;
                queries += window.queries as f64;
            }
        }
        (queries > 0.0).then(|| Moment {
            processors: to.time.saturating_sub(from.time) as f64 / to.at.saturating_sub(from.at).max(1) as f64,
            resident: to.resident as f64,
            latency: latency / queries,
        })
    };
    let moments: Vec<Moment> = usage.samples.windows(2).filter_map(between).collect();
    (moments.len() >= FEWEST_MOMENTS).then_some(moments)
}

/// Kendall's rank correlation, from −1 to 1; `None` where one of the two does not vary.
fn kendall(mut pairs: Vec<(f64, f64)>) -> Option<f64> {
    let all = 0.5 * pairs.len() as f64 * (pairs.len() as f64 - 1.0);
    let (first, _) = *pairs.first()?;
    if pairs.iter().all(|(of, _)| *of == first) {
        return None;
    }
    let mut trend = |up: bool| {
        pairs.sort_by(|(a, c), (b, d)| a.total_cmp(b).then(if up { c.total_cmp(d) } else { d.total_cmp(c) }));
        let ordered: Vec<f64> = pairs.iter().map(|(_, latency)| *latency).collect();
        mann_kendall(&ordered).ok().map(|test| test.statistic)
    };
    // Where the first are equal, both orders of the second together say nothing.
    Some(0.5 * (trend(true)? + trend(false)?) / all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Window;
    use crate::scenario::resources::tests::observed;
    use crate::usage::Observed;

    /// A round of so many moments, with the processors and the latency of each.
    fn round(moments: &[(u64, u64)]) -> RoundRecord {
        let mut time = 0;
        let mut samples = vec![Sample { at: 0, time, resident: 7 }];
        let mut timed = Vec::new();
        for (place, &(processors, latency)) in moments.iter().enumerate() {
            let at = 1000 * (place as u64 + 1);
            time += 1000 * processors;
            samples.push(Sample { at, time, resident: 7 });
            timed.push(Window { at: at - 500, low: 1, median: latency, high: 9000, queries: 3 });
        }
        let usage = Observed { ready: Some(0), samples, ..observed(1) };
        RoundRecord { timed, usage: Some(usage), ..RoundRecord::default() }
    }

    fn rising(turn: usize) -> Vec<(u64, u64)> {
        (0..10).map(|place| (place, 100 + 10 * place + if place as usize == turn { 15 } else { 0 })).collect()
    }

    #[test]
    fn ranks_are_correlated_and_ties_say_nothing() {
        assert_eq!(kendall(vec![(1.0, 5.0), (2.0, 6.0), (3.0, 9.0)]), Some(1.0));
        assert_eq!(kendall(vec![(1.0, 9.0), (2.0, 6.0), (3.0, 5.0)]), Some(-1.0));
        assert_eq!(kendall(vec![(1.0, 5.0), (1.0, 6.0), (2.0, 9.0)]), Some(2.0 / 3.0));
        assert_eq!(kendall(vec![(1.0, 5.0), (1.0, 6.0)]), None, "nothing varies that it could go along with");
        assert_eq!(kendall(vec![(1.0, 5.0), (2.0, 5.0)]), None);
    }

    #[test]
    fn latency_that_goes_along_in_every_round_is_found() {
        let rounds: Vec<RoundRecord> = (0..8).map(|turn| round(&rising(turn))).collect();
        let [found] = associations(&Scenario::SingleStream, &rounds).try_into().unwrap();
        assert_eq!((found.with.as_str(), found.rounds), ("processors", 8), "memory does not vary");
        assert!(found.correlation > 0.9 && found.p_value < 0.02, "{found:?}");
    }

    #[test]
    fn rounds_that_disagree_are_no_finding() {
        let falling =
            |turn| -> Vec<(u64, u64)> { rising(turn).into_iter().map(|(p, latency)| (9 - p, latency)).collect() };
        let rounds: Vec<RoundRecord> =
            (0..8).map(|turn| round(&if turn % 2 == 0 { rising(turn) } else { falling(turn) })).collect();
        let [found] = associations(&Scenario::SingleStream, &rounds).try_into().unwrap();
        assert!(found.correlation.abs() < 0.1 && found.p_value > 0.5, "{found:?}");
    }

    #[test]
    fn too_little_says_nothing() {
        let few: Vec<RoundRecord> = (0..5).map(|turn| round(&rising(turn))).collect();
        assert_eq!(associations(&Scenario::SingleStream, &few), []);
        let short: Vec<RoundRecord> = (0..8).map(|turn| round(&rising(turn)[..7])).collect();
        assert_eq!(associations(&Scenario::SingleStream, &short), []);
    }
}
