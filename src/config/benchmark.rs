//! One `[[benchmark]]` section: what its keys make together.
//!
//! Here: the system under test, defaults that depend on it, names, rules of the gate. Not here: single values (`values`).

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use toml::de::DeValue;

use super::keys::{BENCHMARK, METRIC, SYSTEMS};
use super::problem::{Problem, Reported, quoted};
use super::sections::Fields;
use super::values::{self, Item, Scenarios};
use super::{Benchmark, BenchmarkPolicy, Load, Overrides, Scenario, System};

/// Names in use, with the place of each.
pub type Taken = BTreeMap<String, Range<usize>>;

/// Fresh starts of the system, unless the file says otherwise.
const ROUNDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// Longest time for a query, a start, a stop, unless the file says otherwise.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The benchmarks of one section, one for each scenario, and their common rules.
pub fn read(fields: &Fields<'_>, taken: &mut Taken) -> Result<(Vec<Benchmark>, BenchmarkPolicy), Reported> {
    let name = fields.required("name", values::name);
    let system = system(fields);
    let dataset = dataset(fields);
    let scenarios = fields.optional("scenario", values::scenarios);
    let rounds = fields.optional("rounds", values::positive);
    let queries = fields.optional("queries", values::positive);
    let warmup = fields.optional("warmup", values::count);
    let min_duration = fields.optional("min_duration", values::duration);
    let timeout = fields.optional("timeout", values::duration);
    let max_error_rate = fields.optional("max_error_rate", values::rate);
    let policy = policy(fields);
    let scenarios = scenarios.map(|given| given.unwrap_or(Scenarios::One(Scenario::SingleStream)));
    let names = name.and_then(|name| names(fields, name, scenarios.as_ref().ok(), taken));

    let system = system?;
    let usual = usual_load(&system);
    let load = Load {
        warmup: warmup?.unwrap_or(usual.warmup),
        queries: queries?.unwrap_or(usual.queries),
        min_duration: min_duration?.unwrap_or(usual.min_duration),
    };
    let benchmark = Benchmark {
        name: String::new(),
        system,
        dataset: dataset?,
        scenario: Scenario::SingleStream,
        rounds: rounds?.unwrap_or(ROUNDS),
        load,
        timeout: timeout?.unwrap_or(TIMEOUT),
        max_error_rate: max_error_rate?.unwrap_or(0.0),
    };
    let each = match scenarios? {
        Scenarios::One(scenario) => vec![scenario],
        Scenarios::List(list) => list,
    };
    let benchmarks = names?
        .into_iter()
        .zip(each)
        .map(|(name, scenario)| Benchmark { name, scenario, ..benchmark.clone() })
        .collect();
    Ok((benchmarks, policy?))
}

/// How much is measured in a round unless the file says otherwise. Starting a process for each query takes long and
/// leaves little to warm up; whatever stays loaded is fast and needs both.
fn usual_load(system: &System) -> Load {
    const TEN: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
    const HUNDRED: NonZeroU32 = NonZeroU32::MIN.saturating_add(99);
    match system {
        System::Command(_) => Load { warmup: 1, queries: TEN, min_duration: Duration::ZERO },
        System::Onnx(_) | System::Worker(_) => {
            Load { warmup: 10, queries: HUNDRED, min_duration: Duration::from_millis(100) }
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

/// The one system under test.
fn system(fields: &Fields<'_>) -> Result<System, Reported> {
    let mut given = SYSTEMS.into_iter().filter_map(|name| fields.item(name)).collect::<Vec<_>>();
    given.sort_by_key(|item| item.key_span.start);
    let mut given = given.into_iter();
    let Some(item) = given.next() else {
        return Err(fields.meant(&SYSTEMS).or_else(|| fields.meant(&["http", "harness"])).unwrap_or_else(|| {
            let message = "[[benchmark]] has nothing to measure";
            let help = format!("name one system under test, for example `command = {}`", example_command());
            fields.report(Problem::new(message, fields.span(), format!("needs one of {}", SYSTEMS.join(", ")), help))
        }));
    };
    let system = one_system(&item);
    match given.next() {
        Some(second) => Err(fields.report(
            Problem::new(
                format!(
                    "a benchmark has one system under test, not both `{}` and `{}`",
                    item.key.name, second.key.name
                ),
                second.key_span,
                "a second one",
                "keep one; what else is to be measured gets its own [[benchmark]]",
            )
            .related(item.key_span, "the first"),
        )),
        None => system,
    }
}

fn example_command() -> &'static str {
    BENCHMARK.key("command").map_or("", |key| key.example)
}

fn one_system(item: &Item<'_>) -> Result<System, Reported> {
    match item.key.name {
        "onnx" => values::path(item).map(System::Onnx),
        "command" => values::command(item).map(System::Command),
        _ => values::command(item).map(System::Worker),
    }
}

/// The dataset; a model cannot do without.
fn dataset(fields: &Fields<'_>) -> Result<Option<std::path::PathBuf>, Reported> {
    match (fields.optional("dataset", values::path)?, fields.key_span("onnx")) {
        (None, Some(onnx)) => {
            let help = "add a CSV file with a row of numbers for each sample, for example `dataset = \"samples.csv\"`";
            let message = "an `onnx` benchmark needs a `dataset`";
            Err(fields.report(Problem::new(message, onnx, "the model has nothing to read", help)))
        }
        (dataset, _) => Ok(dataset),
    }
}

/// The rules of the gate that the section sets.
fn policy(fields: &Fields<'_>) -> Result<BenchmarkPolicy, Reported> {
    let all = overrides(fields);
    let allow_missing = fields.optional("allow_missing", values::flag);
    let metrics = fields.optional("metrics", metrics);
    Ok(BenchmarkPolicy { all: all?, metrics: metrics?.unwrap_or_default(), allow_missing: allow_missing? })
}

fn overrides(fields: &Fields<'_>) -> Result<Overrides, Reported> {
    let threshold = fields.optional("threshold", values::threshold);
    let alpha = fields.optional("alpha", values::alpha);
    let gate = fields.optional("gate", values::flag);
    Ok(Overrides { threshold: threshold?, alpha: alpha?, gate: gate? })
}

/// The rules of single metrics.
fn metrics(item: &Item<'_>) -> Result<BTreeMap<String, Overrides>, Reported> {
    let DeValue::Table(table) = item.value.get_ref() else {
        let help = format!("for example `[benchmark.metrics]`, and below it `{EXAMPLE_RULE}`");
        return Err(item.refuse(format!("this is {}", values::describe(item.value.get_ref())), help));
    };
    let mut rules = BTreeMap::new();
    let mut reported = Ok(());
    for (name, value) in table {
        let read = match value.get_ref() {
            DeValue::Table(own) => overrides(&Fields::open(&METRIC, own, value.span(), item.problems)),
            other => Err(item.problems.report(not_a_metric(name.get_ref(), name.span(), other))),
        };
        match read {
            Ok(own) => drop(rules.insert(name.get_ref().to_string(), own)),
            Err(problem) => reported = Err(problem),
        }
    }
    reported.map(|()| rules)
}

const EXAMPLE_RULE: &str = "latency_p50.threshold = 0.05";

/// Whatever stands below a `[benchmark.metrics]` line belongs to it, also a key of the benchmark that comes too late.
fn not_a_metric(name: &str, span: Range<usize>, value: &DeValue<'_>) -> Problem {
    let label = format!("this is {}", values::describe(value));
    if BENCHMARK.knows(name) {
        let message = format!("`{name}` is a key of [[benchmark]], not a metric");
        let help = "write it above the `[benchmark.metrics]` line: all that is below belongs to the metrics";
        return Problem::new(message, span, "not a metric", help);
    }
    let message = format!("the rules of metric {} must be a table", quoted(name));
    Problem::new(message, span, label, format!("for example `{EXAMPLE_RULE}`"))
}
