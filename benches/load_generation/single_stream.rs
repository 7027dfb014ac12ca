//! Single-stream: what a query costs the generator.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Instant;

use perfgate::config::{Benchmark, parse};
use perfgate::scenario::{metrics, validity};
use perfgate::sut::Clock;

use super::Failure;
use super::loadgen::LoadGen;
use super::null::{NullSut, single_stream};
use super::table::{Table, Target};

/// One run of each. *Issuing* is the time from the first query to the end of the last; *all in* is that of setting up, issuing
/// and summing up. Both are divided by the queries.
pub fn compare(loadgen: &LoadGen, queries: u32, table: &mut Table) -> Result<(), Failure> {
    let per_query = |nanoseconds: f64| nanoseconds / f64::from(queries);
    let theirs = loadgen.single_stream(queries)?;
    let benchmark = benchmark()?;

    let begun = Instant::now();
    let record = single_stream(&mut NullSut::new(Clock::start()), NonZeroU32::new(queries).ok_or("no queries")?)?;
    let issuing = record.span as f64;
    let rounds = [record];
    black_box(metrics(&rounds, &benchmark.scenario, 0.0)?);
    black_box(validity(&rounds, &benchmark)?);
    let all = begun.elapsed().as_nanos() as f64;

    table.add("single-stream, a query, issuing", Target::OneIn(8.0), per_query(theirs.issuing), per_query(issuing));
    table.add("single-stream, a query, all in", Target::OneIn(8.0), per_query(theirs.all), per_query(all));
    Ok(())
}

/// What the summing up is told about the benchmark.
fn benchmark() -> Result<Benchmark, Failure> {
    let text = "[[benchmark]]\nname = \"null\"\ncommand = [\"true\"]\n";
    let config = parse(text).map_err(|problems| format!("{problems:?}"))?;
    config.benchmarks.into_iter().next().ok_or_else(|| "no benchmark".into())
}
