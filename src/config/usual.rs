//! What holds unless the file says otherwise, where that depends on the system under test or the scenario.

use std::num::NonZeroU32;
use std::time::Duration;

use super::{Percentile, Rate, Resources, Scenario, Server, System, Traffic};

const fn at_least_one(number: u32) -> NonZeroU32 {
    NonZeroU32::MIN.saturating_add(number.saturating_sub(1))
}

/// Fresh starts of the system.
pub const ROUNDS: NonZeroU32 = at_least_one(10);

/// Longest time for a query, a start, a stop.
pub const TIMEOUT: Duration = Duration::from_secs(30);

/// How late the load generator may be, as a share of the latency at the percentile: small against what is measured.
pub const LATENESS: f64 = 0.1;

/// Looks at what the system's processes use: often enough for a course of a round, seldom enough to be nothing beside it.
pub const RESOURCES: Resources = Resources::Sampled { period: Duration::from_millis(50) };

/// Samples in a query of the scenario multi-stream; MLPerf's.
pub const SAMPLES_PER_QUERY: NonZeroU32 = at_least_one(8);

/// Samples in a query of the scenario offline. An engine is at its best with a batch; what another system can take in one
/// query is for its author to say.
pub fn batch_size(system: &System) -> NonZeroU32 {
    if matches!(system, System::Onnx(_)) { at_least_one(32) } else { NonZeroU32::MIN }
}

/// Queries in flight at once in the scenario offline. Processes that run at the same time take the processor from each
/// other; whatever stays loaded orders its own work.
pub fn most_offline(system: &System) -> Option<NonZeroU32> {
    matches!(system, System::Command(_)).then_some(NonZeroU32::MIN)
}

/// Queries in flight beyond which the scenario server counts as overloaded. A flood of processes harms the whole machine.
pub fn most_in_flight(system: &System) -> Option<NonZeroU32> {
    matches!(system, System::Command(_)).then_some(at_least_one(64))
}

/// Connections to an HTTP service: as many as there may be queries in flight where that is known, else a few.
pub fn connections(scenario: &Scenario) -> NonZeroU32 {
    match scenario {
        Scenario::SingleStream | Scenario::MultiStream { .. } => NonZeroU32::MIN,
        Scenario::Server(Server { traffic: Traffic::Closed { users, .. }, .. }) => *users,
        Scenario::Server(_) | Scenario::Offline { .. } => at_least_one(8),
    }
}

/// The percentile of latency that the validity of a result is about; MLPerf's.
pub fn percentile(scenario: &Scenario) -> Percentile {
    if *scenario == Scenario::SingleStream { Percentile::P90 } else { Percentile::P99 }
}

/// Untimed queries before the first timed one. Starting a process for each query leaves little to warm up.
pub fn warmup(system: &System) -> u32 {
    if matches!(system, System::Command(_)) { 1 } else { 10 }
}

/// Timed queries in a round, at least; offline, samples. Starting a process for each query takes long; whatever stays loaded
/// is fast. A trace is as long as it is.
///
/// Ten rounds of 100 are enough to be certain of a percentile of 99 %, which takes 459.
pub fn queries(system: &System, scenario: &Scenario) -> NonZeroU32 {
    match (system, scenario) {
        (_, Scenario::Server(Server { traffic: Traffic::Replay { .. }, .. })) => NonZeroU32::MIN,
        (System::Command(_), _) => at_least_one(10),
        (_, Scenario::Offline { .. }) => at_least_one(1000),
        _ => at_least_one(100),
    }
}

/// Duration of the timed part of a round, at least. A command has none: its queries are slow enough to be counted. Arrivals
/// that are drawn need longer than queries that follow each other: the number of a Poisson process's arrivals is uncertain
/// by its square root, so that a second, with the 100 queries that there are at least, keeps it within a tenth in a round,
/// and within a thirtieth over ten rounds. Traffic that changes is seen whole.
pub fn min_duration(system: &System, scenario: &Scenario) -> Duration {
    let command = matches!(system, System::Command(_));
    match scenario {
        Scenario::Server(Server { traffic: Traffic::Replay { .. }, .. }) => Duration::ZERO,
        Scenario::Server(Server { traffic, .. }) => {
            let usual = if command { Duration::ZERO } else { Duration::from_secs(1) };
            usual.max(whole(traffic))
        }
        _ if command => Duration::ZERO,
        _ => Duration::from_millis(100),
    }
}

/// How long traffic that changes must be watched to be seen whole.
fn whole(traffic: &Traffic) -> Duration {
    let Traffic::Open { rate, .. } = traffic else { return Duration::ZERO };
    match rate {
        Rate::Constant(_) => Duration::ZERO,
        Rate::Ramp { over, .. } => *over,
        Rate::Steps { rates, each } => each.saturating_mul(u32::try_from(rates.len()).unwrap_or(u32::MAX)),
        // Five bursts are expected then, and a round without one is rarer than one in a hundred: e⁻⁵.
        Rate::Bursty { calm_length, burst_length, .. } => (*calm_length + *burst_length).saturating_mul(5),
    }
}
