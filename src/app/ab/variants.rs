//! The two benchmarks of an A/B test: found to be comparable before anything runs, and what is assigned to them.

use super::Wish;
use crate::ab::{Both, Column, Guarded, Unit};
use crate::app::AppError;
use crate::app::project::Project;
use crate::cli::By;
use crate::config::{Benchmark, Scenario, Traffic};
use crate::dataset::Dataset;
use crate::measure::{Prepared, largest_query};

/// The two benchmarks, found to be comparable.
pub fn arms(wish: &Wish<'_>, project: &Project) -> Result<Both<Benchmark>, AppError> {
    let one = |name: &str| {
        let found = project.selected(&[name.to_owned()])?;
        match <[Benchmark; 1]>::try_from(found) {
            Ok([benchmark]) => Ok(benchmark),
            Err(several) => {
                let names: Vec<&str> = several.iter().map(|benchmark| benchmark.name.as_str()).collect();
                Err(AppError::usage(format!("`{name}` stands for several benchmarks: {}", names.join(", ")))
                    .hint("name one of them"))
            }
        }
    };
    let both = wish.names.map(one).all()?;
    if both.a.name == both.b.name {
        return Err(AppError::usage(format!("both arms are the benchmark `{}`", both.a.name))
            .hint("to see what equal arms look like, give the same system a second [[benchmark]] with another name"));
    }
    comparable(&both)?;
    Ok(both)
}

fn comparable(both: &Both<Benchmark>) -> Result<(), AppError> {
    let Both { a, b } = both;
    let differ = |what: &str, of: &dyn Fn(&Benchmark) -> String| {
        AppError::usage(format!(
            "the arms differ in their {what}: `{}` has {}, `{}` has {}",
            a.name,
            of(a),
            b.name,
            of(b)
        ))
        .hint("both must be asked the same in the same way; else the difference is that of what they were asked")
    };
    if a.scenario.kind() != b.scenario.kind() {
        return Err(differ("scenario", &|own| own.scenario.name().to_owned()));
    }
    if a.scenario != b.scenario {
        return Err(AppError::usage(format!(
            "the arms differ in the settings of their scenario {}: `{}` and `{}`",
            a.scenario.name(),
            a.name,
            b.name
        ))
        .hint(
            "`target_qps`, `traffic`, `samples_per_query` and `max_async` must be the same: both share one traffic",
        ));
    }
    if a.dataset != b.dataset {
        let name = |own: &Benchmark| match &own.dataset {
            Some(path) => format!("`{}`", path.display()),
            None => "none".to_owned(),
        };
        return Err(differ("dataset", &name));
    }
    if a.sampling != b.sampling {
        return Err(differ("`samples`", &|own| format!("{:?}", own.sampling).to_lowercase()));
    }
    match &a.scenario {
        Scenario::Offline { .. } => {
            Err(AppError::usage("an offline benchmark has no traffic to split: all its samples are there at once")
                .hint("use single-stream, multi-stream or server; `perfgate compare` compares throughputs"))
        }
        Scenario::Server(server) if matches!(server.traffic, Traffic::Closed { .. }) => Err(AppError::usage(
            "users who wait for their answers cannot be split: the slower arm would hold up the other",
        )
        .hint("use arrivals that do not wait, such as `traffic = \"poisson\"`, or single-stream")),
        Scenario::SingleStream | Scenario::MultiStream { .. } | Scenario::Server(_) => Ok(()),
    }
}

/// What is assigned, and by which keys.
pub fn unit(wish: &Wish<'_>, benchmarks: &Both<Benchmark>, prepared: &Prepared) -> Result<Unit, AppError> {
    let unit = match (wish.by, wish.key, wish.users) {
        (None | Some(By::Query), None, None) => return Ok(Unit::Query),
        (Some(By::Query), ..) => {
            return Err(AppError::usage("`--by query` has no keys")
                .hint("leave out `--key` and `--users`, or assign by them: --by key"));
        }
        (_, Some(column), _) => {
            let dataset = prepared.dataset(0).ok_or_else(|| {
                AppError::usage(format!("`--key {column}`: the benchmarks have no dataset"))
                    .hint("without one, --users N makes up users")
            })?;
            let unknown = |columns: Vec<String>| {
                let error = AppError::usage(format!("the dataset has no column `{column}`"));
                if columns.is_empty() { error } else { error.hint(format!("it has: {}", columns.join(", "))) }
            };
            Unit::Column(Column::of(dataset, column).map_err(unknown)?)
        }
        (_, None, Some(users)) => Unit::Users(users),
        (Some(By::Key), None, None) => {
            return Err(AppError::usage("`--by key` needs to know the key of a query")
                .hint("--key COLUMN: a column of the dataset; --users N: so many users, made up"));
        }
    };
    let several = largest_query(&benchmarks.a.scenario) > 1;
    if several && matches!(unit, Unit::Column(_)) {
        return Err(AppError::usage("a query of multi-stream asks about several samples, which may have several keys")
            .hint("use single-stream or server, or --users N"));
    }
    Ok(unit)
}

/// Whether what is to be guarded can be told at all.
pub fn guardable(wish: &Wish<'_>, benchmarks: &Both<Benchmark>, prepared: &Prepared) -> Result<(), AppError> {
    let is_labelled = prepared.dataset(0).is_some_and(Dataset::is_labelled);
    if is_labelled || wish.guardrails.iter().all(|own| own.metric != Guarded::Accuracy) {
        return Ok(());
    }
    let Both { a, b } = benchmarks;
    let lack = match &a.dataset {
        Some(path) => format!("their dataset `{}` has no labels", path.display()),
        None => "they have no dataset".to_owned(),
    };
    Err(AppError::usage(format!(
        "`--guardrail accuracy`: nobody knows which answers of `{}` and `{}` are right: {lack}",
        a.name, b.name
    ))
    .hint("accuracy needs a `dataset` with a label for each sample"))
}
