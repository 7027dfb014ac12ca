//! What is exported: the documents and revisions that were named, or what is recorded.

use std::collections::BTreeSet;
use std::path::Path;

use super::Wish;
use crate::app::AppError;
use crate::app::output::Console;
use crate::app::project::Project;
use crate::app::sources::{Source, not_a_file, once, read_file, resolve};
use crate::app::wrong_file::{self, Wanted};
use crate::cli::{Common, ExportFormat};
use crate::gate::Comparison;
use crate::result::{CommitId, Fingerprint};
use crate::store::{Index, Store};
use crate::sut::Interrupt;
use crate::wire::{read_comparison, schema_of};

/// What there is to export.
#[derive(Default)]
pub struct Material {
    /// Results, those of older commits first.
    pub results: Vec<Source>,
    /// Comparisons, with what to call them.
    pub comparisons: Vec<(Comparison, String)>,
}

impl Material {
    /// Takes in a result, unless it is there already: its rounds would count twice.
    fn add(&mut self, source: Source, console: &Console) {
        match self.results.iter().find(|known| known.is_same(&source)) {
            Some(known) => console.note(&once(&source.label, &known.label)),
            None => self.results.push(source),
        }
    }

    fn add_comparison(&mut self, comparison: Comparison, label: String, console: &Console) {
        match self.comparisons.iter().find(|(known, _)| *known == comparison) {
            Some((_, known)) => console.note(&once(&label, known)),
            None => self.comparisons.push((comparison, label)),
        }
    }
}

/// Finds it. Something that cannot be read is an error: what is left out silently would look like something that is not there.
pub fn gather(
    wish: &Wish<'_>,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<Material, AppError> {
    if wish.sources.is_empty() {
        let project = Project::open(common, console.colors_errors())?;
        let store = project.fresh_store(console, interrupt)?;
        let results = recorded(wish, &project, store.as_ref(), console)?;
        return Ok(Material { results, ..Material::default() });
    }
    let mut material = Material::default();
    let mut opened = None;
    for name in wish.sources {
        let path = Path::new(name);
        if path.is_file() {
            document(path, &mut material, console)?;
            continue;
        }
        let (project, store) = match opened.take() {
            Some(opened) => opened,
            None => {
                let project = Project::open_if_any(common, console.colors_errors())?;
                let project = project.ok_or_else(|| no_such_file(name))?;
                let store = project.fresh_store(console, interrupt)?;
                (project, store)
            }
        };
        for source in revision(name, &project, store.as_ref(), console)? {
            material.add(source, console);
        }
        opened = Some((project, store));
    }
    Ok(material)
}

fn no_such_file(name: &str) -> AppError {
    AppError::usage(not_a_file(name))
        .hint("to export a revision's baseline, run this where perfgate.toml is: it says where baselines are kept")
}

fn document(path: &Path, material: &mut Material, console: &Console) -> Result<(), AppError> {
    let text = wrong_file::text_of(path, Wanted::Exported)?;
    if schema_of(&text).is_ok_and(|(kind, _)| kind == "comparison") {
        let comparison =
            read_comparison(&text).map_err(|problem| wrong_file::wrong(path, &text, Wanted::Exported, &problem))?;
        material.add_comparison(comparison, path.display().to_string(), console);
    } else {
        material.add(read_file(path, Wanted::Exported)?, console);
    }
    Ok(())
}

/// The baselines of exactly this revision, of every machine.
fn revision(name: &str, project: &Project, store: &dyn Store, console: &Console) -> Result<Vec<Source>, AppError> {
    let commit = resolve(name, &project.git()?, console)?;
    let machines = store.index()?.remove(&commit).unwrap_or_default();
    if machines.is_empty() {
        let message = format!("`{name}` ({}) has no baseline in `{}`", commit.short(), store.name());
        return Err(AppError::usage(message).hint(format!("record one: git checkout {name} && perfgate record")));
    }
    machines.iter().filter_map(|machine| load(store, &commit, machine).transpose()).collect()
}

/// What is recorded of the commit that is checked out and its ancestors, or at all; for a scrape, the nearest of each machine.
fn recorded(wish: &Wish<'_>, project: &Project, store: &dyn Store, console: &Console) -> Result<Vec<Source>, AppError> {
    let index = store.index()?;
    if index.is_empty() {
        return Err(AppError::usage(format!("there is no baseline in `{}`", store.name()))
            .hint("record one where the code is as it should be: perfgate record")
            .hint("or name result documents: perfgate run -o result.json && perfgate export csv result.json"));
    }
    if wish.all {
        let all = pairs(index.keys(), &index).filter_map(|(commit, machine)| load(store, commit, machine).transpose());
        let mut all: Vec<Source> = all.collect::<Result<_, _>>()?;
        all.sort_by(|one, other| one.outcome.result.recorded_at.cmp(&other.outcome.result.recorded_at));
        return Ok(all);
    }
    let nearest_first = ancestors(project, store, &index, console)?;
    let one_each = wish.to == ExportFormat::Openmetrics && !wish.timestamps;
    let mut seen = BTreeSet::new();
    let wanted = pairs(nearest_first.iter(), &index).filter(|(_, machine)| !one_each || seen.insert(*machine));
    let found = wanted.filter_map(|(commit, machine)| load(store, commit, machine).transpose());
    let mut found: Vec<Source> = found.collect::<Result<_, _>>()?;
    found.reverse();
    Ok(found)
}

/// Every machine of every commit.
fn pairs<'a>(
    commits: impl Iterator<Item = &'a CommitId>,
    index: &'a Index,
) -> impl Iterator<Item = (&'a CommitId, &'a Fingerprint)> {
    commits.flat_map(|commit| index.get(commit).into_iter().flatten().map(move |machine| (commit, machine)))
}

/// The recorded commits that are checked out or lead to what is, the nearest first.
fn ancestors(
    project: &Project,
    store: &dyn Store,
    index: &Index,
    console: &Console,
) -> Result<Vec<CommitId>, AppError> {
    let git = project.git()?;
    let head = git.head()?;
    let found = git.nearest_ancestors(&head, &index.keys().cloned().collect())?;
    if found.is_empty() {
        return Err(AppError::usage(format!(
            "none of the {} recorded commits in `{}` is {} or an ancestor of it",
            index.len(),
            store.name(),
            head.short()
        ))
        .hint("--all exports all that is recorded, whatever is checked out"));
    }
    if git.is_shallow() {
        console.note(
            "this clone is shallow: what was recorded at commits beyond its edge is left out; --all exports all that is recorded",
        );
    }
    Ok(found)
}

fn load(store: &dyn Store, commit: &CommitId, machine: &Fingerprint) -> Result<Option<Source>, AppError> {
    let label = format!("{} on {machine}", commit.short());
    Ok(store.load(commit, machine)?.map(|result| Source::complete(result, label)))
}
