//! `perfgate report`: reads documents, and writes what they say as Markdown or as a page of HTML. It judges nothing anew.

use std::path::{Path, PathBuf};

use super::AppError;
use super::output::{Console, check_place};
use super::sources::{is_same_run, once, real_name};
use super::wrong_file::{self, Wanted};
use crate::cli::{Common, Format};
use crate::gate::{Comparison, ExitStatus};
use crate::profile::Profile;
use crate::render;
use crate::report::{self, Document, Plots, Report, Source};
use crate::result::RunOutcome;
use crate::store::write_atomically;
use crate::wire::{WireError, read_comparison, read_outcome, read_profile, schema_of};

/// What the user asked for.
pub struct Wish<'a> {
    /// The documents.
    pub files: &'a [PathBuf],
    /// The title; `None`: the outcome in words.
    pub title: Option<&'a str>,
    /// How many benchmarks of each document have plots.
    pub plots: Plots,
}

/// What a file can become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Page {
    Markdown,
    Html,
}

/// A document that was read.
enum Read {
    Run(Box<RunOutcome>),
    Comparison(Box<Comparison>),
    Profile(Box<Profile>),
}

/// Writes the report to the files that were asked for, or as Markdown to standard output.
pub fn report(wish: &Wish<'_>, common: &Common, console: &Console) -> Result<ExitStatus, AppError> {
    let outputs = outputs(common)?;
    let documents = read_all(wish.files, console)?;
    let report = match documents.as_slice() {
        [(_, Read::Profile(profile))] => {
            let page = report::profile::of(profile);
            Report { title: wish.title.map_or(page.title, str::to_owned), ..page }
        }
        _ => {
            let sources = documents.iter().map(|(path, document)| source(document, path));
            let wanted = report::Wish { title: wish.title.map(str::to_owned), plots: wish.plots };
            report::of(&sources.collect::<Result<Vec<_>, _>>()?, &wanted)
        }
    };
    if outputs.is_empty() {
        console.print(&Page::Markdown.of(&report))?;
    }
    for (path, page) in outputs {
        write_atomically(path, page.of(&report))?;
        console.note(&format!("the report is in `{}`", path.display()));
    }
    Ok(ExitStatus::Success)
}

impl Page {
    fn of(self, report: &Report) -> String {
        match self {
            Self::Markdown => render::markdown::report(report),
            Self::Html => render::html::page(report),
        }
    }
}

/// The files to write to, checked before anything is read.
fn outputs(common: &Common) -> Result<Vec<(&Path, Page)>, AppError> {
    if common.format == Format::Json {
        return Err(AppError::usage("a report is for people, and has no `--format json`")
            .hint("the documents that it is made from are JSON already; for other tools: perfgate export"));
    }
    let page = |path: &'_ PathBuf| -> Result<Page, AppError> {
        let page = match path.extension().and_then(|extension| extension.to_str()) {
            Some("md") => Page::Markdown,
            Some("html") => Page::Html,
            _ => {
                return Err(AppError::bad_output(path, "a report is .html or .md")
                    .hint("for example: -o report.html, or -o report.md"));
            }
        };
        check_place(path)?;
        Ok(page)
    };
    common.output.iter().map(|path| Ok((path.as_path(), page(path)?))).collect()
}

/// The documents by their files. One that is named more than once has one part: a report of it twice would compare it with itself.
fn read_all<'a>(files: &'a [PathBuf], console: &Console) -> Result<Vec<(&'a Path, Read)>, AppError> {
    let mut documents: Vec<(&Path, Read)> = Vec::new();
    for path in files {
        let document = read(path)?;
        let is_known = |(known, other): &&(&Path, Read)| real_name(known) == real_name(path) || document.is_same(other);
        match documents.iter().find(is_known) {
            Some((known, _)) => console.note(&once(&path.display().to_string(), &known.display().to_string())),
            None => documents.push((path, document)),
        }
    }
    Ok(documents)
}

impl Read {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Run(one), Self::Run(other)) => is_same_run(one, other),
            (Self::Comparison(one), Self::Comparison(other)) => one == other,
            _ => false,
        }
    }
}

fn read(path: &Path) -> Result<Read, AppError> {
    let text = wrong_file::text_of(path, Wanted::Reported)?;
    let wrong = |problem: WireError| wrong_file::wrong(path, &text, Wanted::Reported, &problem);
    let (kind, version) = schema_of(&text).map_err(wrong)?;
    match kind.as_str() {
        "comparison" => Ok(Read::Comparison(Box::new(read_comparison(&text).map_err(wrong)?))),
        "result" | "baseline" => Ok(Read::Run(Box::new(read_outcome(&text).map_err(wrong)?))),
        "profile" => Ok(Read::Profile(Box::new(read_profile(&text).map_err(wrong)?))),
        _ => {
            let found = format!("perfgate.{kind}/{version}");
            let expected = "a result, baseline, comparison or profile document";
            Err(wrong(WireError::OtherKind { found, expected }))
        }
    }
}

fn source<'a>(document: &'a Read, path: &Path) -> Result<Source<'a>, AppError> {
    let document = match document {
        Read::Run(outcome) => Document::Run(outcome),
        Read::Comparison(comparison) => Document::Comparison(comparison),
        Read::Profile(_) => {
            let problem = format!("`{}` is a profile, which has a report of its own", path.display());
            return Err(AppError::usage(problem).hint("name it alone"));
        }
    };
    Ok(Source { label: Some(path.display().to_string()), document })
}
