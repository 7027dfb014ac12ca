//! Server: how late queries are issued, in an open loop with Poisson arrivals.

use std::num::NonZeroU32;

use perfgate::stats::percentile_occurred;
use perfgate::sut::{Clock, Interrupt, OnThread};

use super::Failure;
use super::loadgen::LoadGen;
use super::null::{NullSut, overdue, serve};
use super::table::{Table, Target};

/// A percentile, with the name of LoadGen's own and what is promised of it.
const PERCENTILES: [(&str, f64, &str, Target); 3] = [
    ("p50", 0.50, "50.00", Target::OneIn(10.0)),
    ("p99", 0.99, "99.00", Target::OneIn(3.0)),
    ("p99.9", 0.999, "99.90", Target::Shown),
];

/// One run of each at this rate, in queries per second. The system answers at once, so the latency from the scheduled arrival
/// is the generator's lateness; of LoadGen no other figure is to be had.
///
/// perfgate runs twice: with the system in the issuing thread, as LoadGen has it here; and with the system on a thread of its
/// own, as perfgate drives the embedded engine. There the lateness itself is taken: the latency would be that of the thread.
pub fn compare(loadgen: &LoadGen, rate: u32, seconds: u32, table: &mut Table) -> Result<(), Failure> {
    let queries = NonZeroU32::new(rate * seconds).ok_or("no queries")?;
    let theirs = loadgen.server(rate, queries.get())?;
    let mut inline = serve(&mut NullSut::new(Clock::start()), f64::from(rate), queries, 1)?.latencies;
    let mut apart = std::thread::scope(|scope| {
        let mut sut = OnThread::spawn(scope, Interrupt::default(), overdue, |clock, service| {
            service.serve(&mut NullSut::new(clock));
        });
        serve(&mut sut, f64::from(rate), queries, 1)
    })?
    .lateness;
    inline.sort_unstable();
    apart.sort_unstable();
    for (name, share, known, target) in PERCENTILES {
        let at = |sorted: &[u64]| percentile_occurred(sorted, share).map(|nanoseconds| nanoseconds as f64);
        let loadgen = theirs.percentile(known)?;
        let (inline, apart) = (at(&inline).ok_or("no latencies")?, at(&apart).ok_or("no lateness")?);
        table.add(&format!("server, {rate}/s, lateness {name}"), target, loadgen, inline);
        table.add(&format!("server, {rate}/s, lateness {name}, own thread"), target, loadgen, apart);
    }
    Ok(())
}
