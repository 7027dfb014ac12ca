//! One `[[benchmark]]` section: what its keys make together.
//!
//! Here: the benchmarks of a section, one for each scenario, and their names. Not here: single values (`values`), the system
//! under test (`system`), the scenarios (`scenario`), how long to look (`extent`), the rules of the gate (`rules`).

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use super::extent::Extent;
use super::load::ScenarioKind;
use super::problem::{Problem, Reported, quoted};
use super::sections::Fields;
use super::values::{self, Scenarios};
use super::{
    Benchmark, BenchmarkPolicy, Counter, Objective, Resources, Sampling, Scenario, System, Threshold, extent, rules,
    scenario, system, usual,
};

/// Names in use, with the place of each.
pub type Taken = BTreeMap<String, Range<usize>>;

/// The benchmarks of one section, one for each scenario, and their common rules.
pub fn read(fields: &Fields<'_>, taken: &mut Taken) -> Result<(Vec<Benchmark>, BenchmarkPolicy), Reported> {
    let name = fields.required("name", values::name);
    let scenarios = scenario::which(fields);
    let names = name.and_then(|name| names(fields, name, scenarios.as_ref().ok(), taken));
    let found = scenario::read(fields, scenarios.as_ref().map_err(|reported| *reported));
    let common = Common::read(fields);
    let policy = rules::read(fields);

    let (common, found) = (common?, found?);
    let scenarios = found.scenarios(&common.system);
    let benchmarks: Vec<Benchmark> =
        names?.into_iter().zip(scenarios).map(|(name, scenario)| common.benchmark(name, scenario)).collect();
    benchmarks.iter().try_for_each(|benchmark| extent::check(fields, benchmark))?;
    Ok((benchmarks, policy?))
}

/// What all benchmarks of a section share.
struct Common {
    system: System,
    /// Of an HTTP service.
    connections: Option<NonZeroU32>,
    dataset: Option<PathBuf>,
    sampling: Sampling,
    extent: Extent,
    rounds: NonZeroU32,
    latency_bound: Option<Duration>,
    objectives: Vec<Objective>,
    counters: Vec<Counter>,
    resources: Resources,
    timeout: Duration,
    max_error_rate: f64,
    max_lateness: f64,
}

impl Common {
    fn read(fields: &Fields<'_>) -> Result<Self, Reported> {
        let dataset = fields.optional("dataset", values::path);
        let system = system::read(fields, &dataset);
        let connections = fields.optional("connections", values::positive);
        let sampling = system::sampling(fields, &dataset);
        let extent = Extent::read(fields);
        let rounds = fields.optional("rounds", values::positive);
        let latency_bound = fields.optional("latency_bound", values::duration);
        let objectives = fields.optional("slo", values::objectives);
        let counters = system::counters(fields, &system);
        let resources = fields.optional("resources", values::resources);
        let timeout = fields.optional("timeout", values::duration);
        let max_error_rate = fields.optional("max_error_rate", values::error_rate);
        let max_lateness = fields.optional("max_lateness", values::threshold);
        Ok(Self {
            system: system?,
            connections: connections?,
            dataset: dataset?,
            sampling: sampling?,
            extent: extent?,
            rounds: rounds?.unwrap_or(usual::ROUNDS),
            latency_bound: latency_bound?,
            objectives: objectives?.unwrap_or_default(),
            counters: counters?,
            resources: resources?.unwrap_or(usual::RESOURCES),
            timeout: timeout?.unwrap_or(usual::TIMEOUT),
            max_error_rate: max_error_rate?.unwrap_or(0.0),
            max_lateness: max_lateness?.map_or(usual::LATENESS, Threshold::share),
        })
    }

    fn benchmark(&self, name: String, scenario: Scenario) -> Benchmark {
        let mut system = self.system.clone();
        if let System::Http(service) = &mut system {
            service.connections = self.connections.unwrap_or_else(|| usual::connections(&scenario));
        }
        let percentile = self.extent.percentile.unwrap_or_else(|| usual::percentile(&scenario));
        let bounded = scenario.kind() != ScenarioKind::Offline;
        Benchmark {
            name,
            dataset: self.dataset.clone(),
            sampling: self.sampling,
            rounds: self.rounds,
            warmup: self.extent.warmup.unwrap_or_else(|| usual::warmup(&system)),
            stopping: self.extent.stopping(&system, &scenario, percentile),
            percentile,
            latency_bound: self.latency_bound.filter(|_| bounded),
            objectives: if bounded { self.objectives.clone() } else { Vec::new() },
            counters: self.counters.clone(),
            resources: self.resources,
            timeout: self.timeout,
            max_error_rate: self.max_error_rate,
            max_lateness: self.max_lateness,
            system,
            scenario,
        }
    }
}

/// The benchmarks' names: the section's own, or with a list one for each scenario. Each is taken only once.
fn names(
    fields: &Fields<'_>,
    name: &str,
    scenarios: Option<&Scenarios>,
    taken: &mut Taken,
) -> Result<Vec<String>, Reported> {
    let span = fields.item("name").map_or_else(|| fields.span(), |item| item.value.span());
    let mut take = |name: String| match taken.get(&name) {
        Some(first) => {
            let message = format!("two benchmarks are named {}", quoted(&name));
            let problem = Problem::new(message, span.clone(), "the same name", "give each benchmark a name of its own")
                .related(first.clone(), "first used here");
            Err(fields.report(problem))
        }
        None => {
            taken.insert(name.clone(), span.clone());
            Ok(name)
        }
    };
    // The section's own name is taken with a list too: `perfgate run NAME` means all of them.
    let own = take(name.to_owned())?;
    match scenarios {
        Some(Scenarios::List(list)) => list.iter().map(|each| take(format!("{name}/{}", each.name()))).collect(),
        Some(Scenarios::One(_)) | None => Ok(vec![own]),
    }
}
