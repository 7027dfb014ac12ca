//! The judgement as a library: two implementations of a function, timed in alternating rounds, compared pair by pair.
//!
//! `cargo run --release --example compare`
#![allow(clippy::print_stdout, reason = "an example shows what it found")]

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use perfgate::config::GatePolicy;
use perfgate::gate::{Method, Setting, compare};
use perfgate::render::{self, Look};
use perfgate::result::{BenchmarkResult, Direction, Metric, NotRoundValues, RoundValues, RunResult, Unit};
use perfgate::stats::median;

const ROUNDS: usize = 20;
const QUERIES: usize = 50;

/// The baseline counts words in a hash map.
fn with_hash_map(text: &str) -> usize {
    let mut counts = HashMap::new();
    text.split(' ').for_each(|word| *counts.entry(word).or_insert(0) += 1);
    counts.len()
}

/// The candidate counts them in a tree.
fn with_tree(text: &str) -> usize {
    let mut counts = BTreeMap::new();
    text.split(' ').for_each(|word| *counts.entry(word).or_insert(0) += 1);
    counts.len()
}

/// One round: some queries, and their median in nanoseconds. A single outlier does not move it.
fn round(function: impl Fn(&str) -> usize, text: &str) -> f64 {
    let query = |_| {
        let issued = Instant::now();
        black_box(function(black_box(text)));
        issued.elapsed().as_nanos() as f64
    };
    median(&(0..QUERIES).map(query).collect::<Vec<f64>>())
}

/// The values of all rounds, as a result with one benchmark of one metric.
fn result(rounds: Vec<f64>) -> Result<RunResult, NotRoundValues> {
    let metric = Metric {
        name: "latency_p50".to_owned(),
        unit: Unit::nanoseconds(),
        direction: Direction::LowerIsBetter,
        rounds: RoundValues::new(rounds)?,
        gate: true,
    };
    let benchmark = BenchmarkResult {
        queries: Some((ROUNDS * QUERIES) as u64),
        ..BenchmarkResult::imported("count words", vec![metric])
    };
    Ok(RunResult::imported(vec![benchmark]))
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = (0..5_000).map(|number| (number * 7919 % 1009).to_string()).collect();
    let text = words.join(" ");
    // Rounds of both sides alternate, so that a machine that changes its speed changes it for both.
    let (base, candidate) = (0..ROUNDS).map(|_| (round(with_hash_map, &text), round(with_tree, &text))).unzip();
    let setting = Setting {
        method: Method::Paired,
        base_label: Some("hash map".to_owned()),
        candidate_label: Some("tree".to_owned()),
        ..Setting::default()
    };
    let comparison = compare(&result(base)?, &result(candidate)?, &GatePolicy::default(), &setting);
    print!("{}", render::comparison(&comparison, &Look { color: false, width: Some(100), verbose: true }));
    println!("exit status {}", comparison.exit_status.code());
    Ok(())
}
