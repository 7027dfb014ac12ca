//! The values of the rounds: how much they vary, and whether they know of each other.

use super::{Finding, percent};
use crate::result::{FEWEST_TO_DRIFT, Metric};
use crate::stats::{
    coefficient_of_variation, mann_kendall, median, minimum_detectable_difference, pooled_autocorrelation,
    standard_deviation, theil_sen,
};

/// Largest coefficient of variation of a judged metric.
const VARIATION: f64 = 0.10;

/// Fewer rounds than this vary by chance as they like.
const FEWEST_TO_VARY: usize = 3;

/// Largest change from the first round to the last.
const DRIFT: f64 = 0.05;

/// How unlikely a drift must be in rounds that came in any order. [`FEWEST_TO_DRIFT`] rounds can be as unlikely, fewer cannot.
const DRIFT_P: f64 = 0.003;

/// A series longer than this is thinned before its trend is sought.
const MOST_IN_A_TREND: usize = 1_000;

/// Largest autocorrelation of the rounds' values.
const MEMORY: f64 = 0.3;

/// How many standard errors it must lie above that of values without memory.
const MEMORY_Z: f64 = 3.0;

pub(super) fn examine(metrics: &[Metric]) -> Vec<Finding> {
    let drift = main(metrics).and_then(drift);
    let mut memory = main(metrics).and_then(memory);
    if drift.as_ref().is_some_and(|drift| drift.warning.is_some()) {
        // Values that drift resemble their neighbours; one warning is enough.
        memory = memory.map(|memory| Finding::new(&memory.figure.name, memory.figure.value, memory.figure.limit, None));
    }
    [variation(metrics), drift, memory].into_iter().flatten().collect()
}

/// The metric that stands for the rounds in what is about their order: one, so that there is one chance to be wrong.
fn main(metrics: &[Metric]) -> Option<&Metric> {
    ["latency_p50", "throughput"].iter().find_map(|name| metrics.iter().find(|m| m.gate && m.name == *name))
}

/// The judged metric that varies most, of those with a scale on which noise multiplies.
fn variation(metrics: &[Metric]) -> Option<Finding> {
    let varying = metrics.iter().filter(|metric| metric.gate && metric.rounds.count() >= FEWEST_TO_VARY);
    let varying = varying.filter(|metric| metric.rounds.as_slice().iter().all(|value| *value > 0.0));
    let (metric, share) = varying
        .filter_map(|metric| coefficient_of_variation(metric.rounds.as_slice()).map(|share| (metric, share)))
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    let rest = coefficient_of_variation(&without_farthest(metric.rounds.as_slice())).unwrap_or(0.0);
    let fault = (share > VARIATION && rest > VARIATION).then(|| ("high-variation", variation_words(metric, share)));
    Some(Finding::new("coefficient_of_variation", share, VARIATION, fault))
}

/// Without the value that is farthest from the median: a single round that was disturbed is no variation, and the gate bears it.
fn without_farthest(values: &[f64]) -> Vec<f64> {
    let middle = median(values);
    let distance = |value: f64| (value - middle).abs();
    let far =
        values.iter().enumerate().max_by(|a, b| distance(*a.1).total_cmp(&distance(*b.1))).map(|(place, _)| place);
    values.iter().enumerate().filter(|(place, _)| Some(*place) != far).map(|(_, value)| *value).collect()
}

fn variation_words(metric: &Metric, share: f64) -> String {
    let logs: Vec<f64> = metric.rounds.as_slice().iter().map(|value| value.ln()).collect();
    let rounds = logs.len() as f64;
    let standard_error = standard_deviation(&logs).unwrap_or(f64::NAN) * (2.0 / rounds).sqrt();
    let seen = minimum_detectable_difference(standard_error, 2.0 * rounds - 2.0, 0.05, 0.8).exp_m1();
    let seen =
        if seen < 10.0 { format!("of about {} and more", percent(seen)) } else { "many times as large".to_owned() };
    format!(
        "`{}` varies by {} between rounds (standard deviation), so that two such results, measured apart, can tell only \
         changes {seen} from chance; more `rounds`, or more work in a round, show smaller ones",
        metric.name,
        percent(share)
    )
}

fn drift(metric: &Metric) -> Option<Finding> {
    let values = thinned(metric.rounds.as_slice());
    if values.len() < FEWEST_TO_DRIFT || values.iter().any(|value| *value <= 0.0) {
        return None;
    }
    // By logarithms: what is positive never falls by more than all of it.
    let logs: Vec<f64> = values.iter().map(|value| value.ln()).collect();
    let change = (theil_sen(&logs)? * (logs.len() - 1) as f64).exp_m1();
    let p = mann_kendall(&values).map_or(1.0, |test| test.p_value);
    let fault = (change.abs() > DRIFT && p < DRIFT_P).then(|| {
        let slower = metric.direction.worsening(change) > 0.0;
        let what = if change > 0.0 { "rose" } else { "fell" };
        let why = if slower {
            "heat slows the machine down, or what the system leaves behind (files, caches) grows"
        } else {
            "something that outlives a round was still warming up"
        };
        let message = format!(
            "`{}` {what} steadily, by {} from the first round to the last: {why}; remove the cause, or measure side by side \
             (`check --against`)",
            metric.name,
            percent(change.abs())
        );
        ("drift", message)
    });
    Some(Finding::new("drift", change, DRIFT, fault))
}

/// At most so many values: medians of as many neighbours as it takes.
fn thinned(values: &[f64]) -> Vec<f64> {
    let size = values.len().div_ceil(MOST_IN_A_TREND).max(1);
    values.chunks(size).map(median).collect()
}

fn memory(metric: &Metric) -> Option<Finding> {
    let found = pooled_autocorrelation(&[metric.rounds.as_slice().to_vec()])?;
    let fault = (found.value > MEMORY && found.z() > MEMORY_Z).then(|| {
        let message = format!(
            "rounds resemble those before them (autocorrelation {:.2} of `{}`): the speed changes more slowly than rounds follow \
             each other, so that they know less than their number promises; measure side by side (`check --against`)",
            found.value, metric.name
        );
        ("round-autocorrelation", message)
    });
    Some(Finding::new("round_autocorrelation", found.value, MEMORY, fault))
}
