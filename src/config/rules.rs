//! The rules of the gate that a benchmark sets, for itself and for its metrics.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::DeValue;

use super::keys::{BENCHMARK, METRIC};
use super::problem::{Problem, Reported, quoted};
use super::sections::Fields;
use super::values::{self, Item};
use super::{BenchmarkPolicy, Overrides};

/// The rules of the gate that the section sets.
pub fn read(fields: &Fields<'_>) -> Result<BenchmarkPolicy, Reported> {
    let all = overrides(fields);
    let allow_missing = fields.optional("allow_missing", values::flag);
    let metrics = fields.optional("metrics", metrics);
    // Which objectives hold depends on the scenario: that is added where the benchmarks are known.
    let objectives = Vec::new();
    Ok(BenchmarkPolicy { all: all?, metrics: metrics?.unwrap_or_default(), objectives, allow_missing: allow_missing? })
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
