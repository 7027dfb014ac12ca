//! The system under test, and the samples that it is asked about.

use std::path::PathBuf;

use super::keys::{BENCHMARK, SYSTEMS};
use super::problem::{Problem, Reported};
use super::sections::Fields;
use super::values::{self, Item};
use super::{Counter, Sampling, System, belonging, service};

/// A dataset, if there is one.
type Dataset = Result<Option<PathBuf>, Reported>;

/// The one system under test. An HTTP service has one connection for now: the usual number is up to the scenario.
pub fn read(fields: &Fields<'_>, dataset: &Dataset) -> Result<System, Reported> {
    let service = service::Keys::read(fields);
    let mut given = SYSTEMS.into_iter().filter_map(|name| fields.item(name)).collect::<Vec<_>>();
    given.sort_by_key(|item| item.key_span.start);
    let mut given = given.into_iter();
    let Some(item) = given.next() else { return Err(nothing(fields)) };
    if let Some(second) = given.next() {
        return Err(two(fields, &item, &second));
    }
    belonging::check_system(fields, item.key.name);
    match item.key.name {
        "onnx" => {
            let model = values::path(&item).map(System::Onnx);
            check_dataset(fields, &item, dataset)?;
            model
        }
        "command" => values::command(&item).map(System::Command),
        "worker" => values::command(&item).map(System::Worker),
        _ => service.service(fields, &item, dataset).map(System::Http),
    }
}

fn nothing(fields: &Fields<'_>) -> Reported {
    fields.meant(&SYSTEMS).or_else(|| fields.meant(&["harness"])).unwrap_or_else(|| {
        let message = "[[benchmark]] has nothing to measure";
        let example = BENCHMARK.key("command").map_or("", |key| key.example);
        let help = format!("name one system under test, for example `command = {example}`");
        fields.report(Problem::new(message, fields.span(), format!("needs one of {}", SYSTEMS.join(", ")), help))
    })
}

fn two(fields: &Fields<'_>, first: &Item<'_>, second: &Item<'_>) -> Reported {
    let message =
        format!("a benchmark has one system under test, not both `{}` and `{}`", first.key.name, second.key.name);
    let help = "keep one; what else is to be measured gets its own [[benchmark]]";
    let problem = Problem::new(message, second.key_span.clone(), "a second one", help);
    fields.report(problem.related(first.key_span.clone(), "the first"))
}

/// A model cannot do without a dataset.
fn check_dataset(fields: &Fields<'_>, onnx: &Item<'_>, dataset: &Dataset) -> Result<(), Reported> {
    if !matches!(dataset, Ok(None)) {
        return Ok(());
    }
    let help = "add a CSV file with a row of numbers for each sample, for example `dataset = \"samples.csv\"`";
    let message = "an `onnx` benchmark needs a `dataset`";
    Err(fields.report(Problem::new(message, onnx.key_span.clone(), "the model has nothing to read", help)))
}

/// Which samples a round asks about.
pub fn sampling(fields: &Fields<'_>, dataset: &Dataset) -> Result<Sampling, Reported> {
    let sampling = match fields.optional("samples", values::word)? {
        None | Some("permutation") => return Ok(Sampling::Permutation),
        Some("with-replacement") => Sampling::WithReplacement,
        Some("unique") => Sampling::Unique,
        Some(_) => Sampling::Same,
    };
    if !matches!(dataset, Ok(None)) {
        return Ok(sampling);
    }
    let message = "`samples` chooses among the samples of a `dataset`, and there is none";
    let place = fields.key_span("samples").unwrap_or_else(|| fields.span());
    let help = "add a `dataset`, or remove `samples`";
    Err(fields.report(Problem::new(message, place, "nothing to choose from", help)))
}

/// What is counted besides the time. Only what perfgate itself starts can be counted.
pub fn counters(fields: &Fields<'_>, system: &Result<System, Reported>) -> Result<Vec<Counter>, Reported> {
    let counters = fields.optional("counters", values::counters)?.unwrap_or_default();
    match system {
        Ok(System::Http(service)) if service.start.is_none() && !counters.is_empty() => {
            let message = "`counters` counts in a server that perfgate starts, and there is no `start`";
            let place = fields.key_span("counters").unwrap_or_else(|| fields.span());
            let help = "add `start = [\"./server\", \"{port}\"]`, or remove `counters`";
            Err(fields.report(Problem::new(message, place, "nothing to count in", help)))
        }
        _ => Ok(counters),
    }
}
