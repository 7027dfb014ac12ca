//! M/M/1 and M/D/1: at which load a percentile meets a bound is known, so that it can be counted how often the answer holds.

use std::collections::VecDeque;

use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Mcg;

use super::*;
use crate::scenario::Cut;
use crate::scenario::tests::theory::md1;
use crate::stats::clopper_pearson;

/// Mean service, in nanoseconds.
const SERVICE: f64 = 1e6;

/// One server, first come, first served, in exact arithmetic: what the fake system does, but a hundred times as fast.
///
/// Source: D. Lindley, The theory of queues with a single server, Proc. Cambridge Phil. Soc. 48 (1952) 277–289.
pub fn lindley(schedule: &Schedule, most: usize, mut service: impl FnMut() -> u64) -> RoundRecord {
    let mut record = RoundRecord::default();
    let mut free = 0_u64;
    let mut in_flight: VecDeque<u64> = VecDeque::new();
    for &arrival in schedule.times() {
        while in_flight.front().is_some_and(|end| *end <= arrival) {
            in_flight.pop_front();
        }
        if in_flight.len() >= most {
            record.cut = Some(Cut::Overloaded);
            break;
        }
        free = free.max(arrival) + service();
        record.arriving = arrival;
        in_flight.push_back(free);
        record.latencies.push(free - arrival);
    }
    record.samples = record.latencies.len() as u64;
    record.span = free;
    record
}

/// Of so many searches, each on other arrivals: in how many an end was wrong, and how many had both ends.
fn tally(searches: u64, text: &str, truth: f64, exponential: bool) -> (u64, u64, Vec<f64>) {
    let (mut wrong, mut both, mut widths) = (0, 0, Vec::new());
    for seed in 0..searches {
        let mut random = Pcg64Mcg::seed_from_u64(seed + 1000);
        let setting = setting(objective(text), 100.0);
        let found = search(setting, &benchmark(""), seed, 250, |schedule, most, _| {
            lindley(schedule, most, || {
                let unit: f64 = if exponential { Exp1.sample(&mut random) } else { 1.0 };
                (unit * SERVICE) as u64
            })
        })
        .found();
        wrong += u64::from(found.low.is_some_and(|low| low > truth) || found.high.is_some_and(|high| high < truth));
        if let (Some(low), Some(high)) = (found.low, found.high) {
            both += 1;
            widths.push(high / low);
            let estimate = found.estimate.unwrap();
            assert!((low..=high).contains(&estimate), "{found:?}");
        }
    }
    widths.sort_by(f64::total_cmp);
    (wrong, both, widths)
}

/// As many searches may be wrong as the confidence allows, beyond which it would be no chance.
#[track_caller]
fn claims_hold(searches: u64, text: &str, truth: f64, exponential: bool) {
    let (wrong, both, widths) = tally(searches, text, truth, exponential);
    let chance = clopper_pearson(wrong, searches, 0.99).unwrap();
    assert!(chance.low <= ALPHA, "{wrong} of {searches} answers do not hold {truth}, and {ALPHA} of them may");
    assert!(both * 10 >= searches * 9, "only {both} of {searches} have both ends");
    let middle = widths[widths.len() / 2];
    assert!(middle < 1.8, "the ends are too far apart to be of use: {middle}");
}

const SEARCHES: u64 = 50;

#[test]
fn the_answer_for_m_m_1_holds_the_truth_as_often_as_it_says() {
    // The time in the system is exponential with mean s / (1 − ρ): p99 is 10 services at ρ = 1 − ln 100 / 10.
    let truth = 1000.0 * (1.0 - 100_f64.ln() / 10.0);
    claims_hold(SEARCHES, "p99 < 10ms", truth, true);
}

#[test]
fn the_answer_for_m_d_1_holds_the_truth_as_often_as_it_says() {
    // The load at which p99 of the wait is 4 services.
    let (mut low, mut high) = (0.1, 0.99);
    while high - low > 1e-6 {
        let middle = 0.5 * (low + high);
        if md1::wait_percentile(middle, 0.99) < 4.0 { low = middle } else { high = middle }
    }
    claims_hold(SEARCHES, "p99 < 5ms", 1000.0 * low, false);
}

#[test]
fn the_median_of_m_m_1_is_met_up_to_its_load_too() {
    let truth = 1000.0 * (1.0 - 2_f64.ln() / 3.0);
    claims_hold(SEARCHES / 2, "p50 < 3ms", truth, true);
}
