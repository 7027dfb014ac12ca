//! `perfgate export`: hands what was measured to other tools.
//!
//! Here: which flags go together, and where the bytes go. Not here: what is exported (`material`), the formats (`export`).

mod material;

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use self::material::{Material, gather};
use super::AppError;
use super::output::{Console, check_place};
use super::sources::Source;
use crate::cli::{Common, ExportFormat, Format};
use crate::export::openmetrics::Exposition;
use crate::export::{ExportError, Row, csv, rows};
use crate::gate::ExitStatus;
use crate::store::write_atomically;
use crate::sut::Interrupt;

/// What the user asked for.
pub struct Wish<'a> {
    /// The format.
    pub to: ExportFormat,
    /// Files and revisions; none: what is recorded.
    pub sources: &'a [String],
    /// Everything that is recorded, whatever is checked out.
    pub all: bool,
    /// History instead of one value for each series.
    pub timestamps: bool,
}

/// What is written, and what it is in a few words.
struct Export {
    bytes: Vec<u8>,
    content: String,
}

/// Writes it to standard output, or to the files that were asked for.
pub fn export(
    wish: &Wish<'_>,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    check_flags(wish, common)?;
    common.output.iter().try_for_each(|path| check_name(path, wish.to).and_then(|()| check_place(path)))?;
    let material = gather(wish, common, console, interrupt)?;
    let export = match wish.to {
        ExportFormat::Openmetrics => openmetrics(&material, wish.timestamps)?,
        ExportFormat::Csv => table(&material, csv::write, console)?,
        ExportFormat::Parquet => table(&material, parquet, console)?,
    };
    deliver(&export, &common.output, console)?;
    Ok(ExitStatus::Success)
}

fn check_flags(wish: &Wish<'_>, common: &Common) -> Result<(), AppError> {
    if common.format != Format::Table {
        return Err(AppError::usage("`export` writes the format that is its first argument, and has no `--format`"));
    }
    if wish.timestamps && wish.to != ExportFormat::Openmetrics {
        return Err(AppError::usage("`--timestamps` is for openmetrics")
            .hint("csv and parquet always have the time of the recording, in the column recorded_at"));
    }
    if wish.all && wish.to == ExportFormat::Openmetrics && !wish.timestamps {
        return Err(AppError::usage("`--all` would give a series several values, one for each commit")
            .hint("add --timestamps: each has the time at which it was recorded then")
            .hint("or leave --all out: the nearest recorded commit of each machine is exported then"));
    }
    if wish.to == ExportFormat::Parquet && common.output.is_empty() && std::io::stdout().is_terminal() {
        return Err(AppError::usage("Parquet is not for a terminal").hint("save it: -o rounds.parquet"));
    }
    Ok(())
}

/// Refuses a name that says another format. What says none, `rounds`, `-o /dev/stdout` or `x.dat`, is left to the user.
fn check_name(path: &Path, to: ExportFormat) -> Result<(), AppError> {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default().to_ascii_lowercase();
    let (word, example) = match to {
        ExportFormat::Openmetrics => ("openmetrics", "perfgate.prom"),
        ExportFormat::Csv => ("csv", "rounds.csv"),
        ExportFormat::Parquet => ("parquet", "rounds.parquet"),
    };
    let says = match extension.as_str() {
        "prom" | "om" | "openmetrics" => Some("openmetrics"),
        "csv" => Some("csv"),
        "parquet" | "pq" => Some("parquet"),
        "txt" if to != ExportFormat::Parquet => Some(word),
        "txt" | "json" | "jsonl" | "html" | "htm" | "md" | "annotations" | "tsv" | "xlsx" | "xml" | "yaml" | "yml"
        | "toml" => None,
        _ => Some(word),
    };
    if says == Some(word) {
        return Ok(());
    }
    let error = AppError::bad_output(path, &format!("`export {word}` does not write .{extension}"))
        .hint(format!("for example: -o {example}"));
    Err(match (says, extension.as_str()) {
        (Some(other), _) => error.hint(format!("or, if that was meant: perfgate export {other}")),
        (None, "json") => error.hint("results are JSON documents already: perfgate run -o FILE.json saves one"),
        (None, "html" | "htm" | "md") => error.hint("for people: perfgate report FILE -o FILE.html, or .md"),
        (None, _) => error,
    })
}

fn openmetrics(material: &Material, timestamps: bool) -> Result<Export, AppError> {
    let mut exposition = if timestamps { Exposition::of_history() } else { Exposition::of_now() };
    for source in &material.results {
        exposition.outcome(&source.outcome, &source.label)?;
    }
    for (comparison, label) in &material.comparisons {
        exposition.comparison(comparison, label)?;
    }
    Ok(Export { bytes: exposition.text().into_bytes(), content: format!("{} series", exposition.series()) })
}

fn table(
    material: &Material,
    write: impl FnOnce(&[Row<'_>]) -> Result<Vec<u8>, ExportError>,
    console: &Console,
) -> Result<Export, AppError> {
    if let Some((_, label)) = material.comparisons.first() {
        return Err(AppError::usage(format!("`{label}` is a comparison, and has no rounds to make rows of"))
            .hint("export the results that were compared; openmetrics has the changes of comparisons"));
    }
    for Source { outcome, label, .. } in &material.results {
        let failed = outcome.failures.iter().map(|failure| (&failure.benchmark, "could not be measured"));
        let late = outcome.not_reached.iter().map(|name| (name, "was not reached in time"));
        for (name, what) in failed.chain(late) {
            console.note(&format!("benchmark `{name}` of `{label}` {what}, and has no rows"));
        }
    }
    let rows = rows(material.results.iter().map(|source| &source.outcome.result));
    let content = format!("{} rows of {} results", rows.len(), material.results.len());
    Ok(Export { bytes: write(&rows)?, content })
}

#[cfg(feature = "parquet")]
fn parquet(rows: &[Row<'_>]) -> Result<Vec<u8>, ExportError> {
    crate::export::parquet::write(rows)
}

#[cfg(not(feature = "parquet"))]
fn parquet(_: &[Row<'_>]) -> Result<Vec<u8>, ExportError> {
    Err(ExportError::NotBuilt("parquet"))
}

fn deliver(export: &Export, files: &[PathBuf], console: &Console) -> Result<(), AppError> {
    if files.is_empty() {
        return console.print_bytes(&export.bytes);
    }
    for path in files {
        write_atomically(path, &export.bytes)?;
        console.note(&format!("{} in `{}`", export.content, path.display()));
    }
    Ok(())
}
