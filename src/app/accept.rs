//! `perfgate accept`: writes the entry for an intended worsening, to be reviewed with the change.

use std::path::Path;

use super::AppError;
use super::accepted::{self, FILE};
use super::output::Console;
use super::project::Project;
use super::sources;
use super::wrong_file;
use crate::cli::Common;
use crate::config::{self, Accepted, Covered, Date, Term, Threshold, Until, own_metric};
use crate::gate::{Comparison, Decision, ExitStatus, Row, covering};
use crate::result::CommitId;
use crate::store::write_atomically;
use crate::wire::read_comparison;

/// So long is accepted what is accepted without saying how long.
const USUAL_TERM: Until = Until::Days(30);

/// What the user asked for.
pub struct Wish<'a> {
    /// Benchmark and metric; `None`: every regression of the document.
    pub row: Option<(&'a str, &'a str)>,
    /// How much.
    pub up_to: Option<Threshold>,
    /// Until when.
    pub until: Option<Until>,
    /// The base that must catch up.
    pub base: Option<&'a str>,
    /// Why.
    pub why: &'a str,
    /// A comparison document with regressions.
    pub from: Option<&'a Path>,
}

/// Accepts what the user names, or what a comparison found.
pub fn accept(wish: &Wish<'_>, common: &Common, console: &Console) -> Result<ExitStatus, AppError> {
    let project = Project::open(common, console.colors_errors())?;
    let found = wish.from.map(read).transpose()?;
    let term = term(wish, &project, found.as_ref().and_then(|found| found.base.commit.as_ref()), console)?;
    let rows = match (&found, wish.from) {
        (Some(found), Some(file)) => of_document(wish, found, file, console)?,
        _ => by_hand(wish),
    };
    let why = config::parse_reason(wish.why)
        .map_err(|invalid| AppError::usage(format!("--why: {}", invalid.found)).hint(invalid.help))?;
    if wish.up_to.is_some_and(|up_to| up_to.share() == 0.0) {
        return Err(AppError::usage("--up-to 0 accepts nothing").hint("a share above 0, such as 25%"));
    }
    let entry = |(benchmark, metric, up_to): (String, String, Threshold)| {
        let benchmark = known(&benchmark, &project)?;
        known_metric(&metric, wish)?;
        Ok(Accepted { benchmark, metric, up_to, term: term.clone(), why: why.clone() })
    };
    let entries = rows.into_iter().map(entry).collect::<Result<Vec<Accepted>, AppError>>()?;
    write(&entries, &project, console)
}

fn read(file: &Path) -> Result<Comparison, AppError> {
    let text = wrong_file::text_of(file, wrong_file::Wanted::Comparison)?;
    read_comparison(&text).map_err(|problem| wrong_file::wrong(file, &text, wrong_file::Wanted::Comparison, &problem))
}

/// When it ends: as wished; a document's base is the base that must catch up.
fn term(wish: &Wish<'_>, project: &Project, found: Option<&CommitId>, console: &Console) -> Result<Term, AppError> {
    let base = match wish.base {
        Some(revision) => Some(sources::told(project.git()?.resolve_at_origin_too(revision)?, revision, console)),
        None => found.cloned(),
    };
    let today = accepted::today();
    let wished = wish.until.or((wish.base.is_none()).then_some(USUAL_TERM));
    let until = wished.map(|until| last_day(until, today)).transpose()?;
    Term::new(until, base.map(|base| base.to_string()))
        .ok_or_else(|| AppError::usage("nothing says until when").hint("--until 2026-12-31, or --until +30d"))
}

fn last_day(until: Until, today: Date) -> Result<Date, AppError> {
    match until.from(today) {
        Some(day) if day >= today => Ok(day),
        Some(day) => Err(AppError::usage(format!("--until: {day} is over")).hint(format!("today is {today}, in UTC"))),
        None => Err(AppError::usage("--until: that is beyond the calendar")),
    }
}

/// A row that is accepted, and how much of it.
type Wanted = (String, String, Threshold);

fn by_hand(wish: &Wish<'_>) -> Vec<Wanted> {
    let row = wish.row.zip(wish.up_to);
    row.map(|((benchmark, metric), up_to)| (benchmark.to_owned(), metric.to_owned(), up_to)).into_iter().collect()
}

/// The regressions of a document, those that the user named or all, each as large as its interval allows for.
fn of_document(wish: &Wish<'_>, found: &Comparison, file: &Path, console: &Console) -> Result<Vec<Wanted>, AppError> {
    let shown = file.display();
    let is_regression = |row: &&Row| row.decision() == Some(Decision::Regression);
    let named = |row: &'_ Row| (row.benchmark.clone(), row.metric.clone().unwrap_or_default());
    let is_wanted = |row: &&Row| match wish.row {
        Some((benchmark, metric)) => {
            row.metric.as_deref() == Some(metric)
                && Covered::parse(benchmark).is_ok_and(|covered| covered.includes(&row.benchmark))
        }
        None => true,
    };
    let mut rows = Vec::new();
    for row in found.rows.iter().filter(is_regression).filter(is_wanted) {
        let (benchmark, metric) = named(row);
        match covering(row) {
            Some(up_to) => rows.push((benchmark, metric, up_to)),
            None => {
                console.note(&format!("`{benchmark}` {metric} cannot be accepted: from 0 there is no relative change"));
            }
        }
    }
    match (rows.is_empty(), wish.row) {
        (false, _) => Ok(rows),
        (true, Some((benchmark, metric))) => {
            let error = AppError::usage(format!("`{shown}` has no regression of `{benchmark}` {metric}"));
            let names: Vec<String> = found
                .rows
                .iter()
                .filter(is_regression)
                .map(|row| {
                    let (benchmark, metric) = named(row);
                    format!("`{benchmark}` {metric}")
                })
                .collect();
            Err(if names.is_empty() { error } else { error.hint(format!("it has: {}", names.join(", "))) })
        }
        (true, None) => Err(AppError::usage(format!("`{shown}` has no regression that could be accepted"))),
    }
}

/// The benchmarks of that name, if the configuration has any.
fn known(name: &str, project: &Project) -> Result<Covered, AppError> {
    let covered = Covered::parse(name).map_err(|invalid| AppError::usage(invalid.found).hint(invalid.help))?;
    let has = |covered: &Covered| project.config.benchmarks.iter().any(|one| covered.includes(&one.name));
    if has(&covered) {
        return Ok(covered);
    }
    if has(&Covered::Scenarios(name.to_owned())) {
        return Err(AppError::usage(format!("`{name}` is several benchmarks, one for each scenario"))
            .hint(format!("`{name}/*` is all of them")));
    }
    Err(project.unknown(name))
}

/// Refuses a metric that only perfgate could have, and has not. Names of the user's own are not known before they are measured.
fn known_metric(metric: &str, wish: &Wish<'_>) -> Result<(), AppError> {
    match own_metric(metric) {
        // What a document has exists.
        _ if wish.from.is_some() => Ok(()),
        Ok(()) => Ok(()),
        Err(nearest) => {
            let error = AppError::usage(format!("no metric is named `{metric}`"));
            Err(match nearest {
                Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
                None => error.hint("docs/methodology.md lists perfgate's own metrics"),
            })
        }
    }
}

fn write(entries: &[Accepted], project: &Project, console: &Console) -> Result<ExitStatus, AppError> {
    let path = accepted::path(project);
    let before = accepted::text(&path)?;
    let color = console.colors_errors();
    accepted::parsed(&before, FILE, color)?;
    let edited = |text: &str| {
        config::put_accepted(text, entries)
            .map_err(|problem| AppError::usage(format!("`{}`: {problem}", path.display())))
    };
    let after = edited(&before)?;
    // Nothing is written that `check` would then refuse.
    accepted::parsed(&after, FILE, color)?;
    write_atomically(&path, &after)?;
    let head = edited("")?;
    let written = head.split_once("\n\n").map_or(head.as_str(), |(_, entries)| entries);
    console.print(written)?;
    let shown = path.strip_prefix(&project.directory).unwrap_or(&path).display();
    console.note(&format!(
        "written to {shown}: commit it with the change, so that it is reviewed; `perfgate check` counts it at once"
    ));
    Ok(ExitStatus::Success)
}
