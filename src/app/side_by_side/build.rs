//! How the base becomes runnable: laid out and built in a folder of its own, or found as an earlier check left it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use super::cache::{BuildCache, Held, Slot};
use super::recipe::{Recipe, toolchain};
use crate::app::AppError;
use crate::app::measurement::{Place, Session};
use crate::app::project::Project;
use crate::config::{Build, CommandLine};
use crate::measure;
use crate::result::CommitId;
use crate::sut::{Launcher, SutError};
use crate::vcs::Git;

/// Longest build of a revision.
const LONGEST_BUILD: Duration = Duration::from_secs(3600);

/// The base's folder.
pub enum Folder {
    /// For this check alone; it disappears with it.
    Scratch(TempDir),
    /// Kept for the next check.
    Kept(Slot),
}

impl Folder {
    /// The folder for this commit, and what it holds already.
    pub fn of(
        commit: &CommitId,
        inside: &Path,
        project: &Project,
        git: &Git,
        session: &Session<'_>,
    ) -> Result<(Self, Held), AppError> {
        let scratch = || {
            let folder = tempfile::Builder::new().prefix("perfgate-base-").tempdir().map_err(AppError::scratch)?;
            Ok((Self::Scratch(folder), Held::Nothing))
        };
        let Some(Build { command, cache: true }) = &project.config.build else { return scratch() };
        let recipe = Recipe { tree: &git.tree(commit)?, inside, configuration: project.file_name(), command };
        let claimed = cache_folder()
            .ok_or_else(|| "no folder for caches is known; PERFGATE_CACHE_DIR can name one".to_owned())
            .and_then(|root| BuildCache::open(&root, git.root())?.claim(&recipe.key()));
        match claimed {
            Ok(mut slot) => {
                let held = slot.look(&|tree| toolchain(&tree.join(inside), command));
                Ok((Self::Kept(slot), held))
            }
            Err(why) => {
                session.console.note(&format!("the build of {} is not kept for later: {why}", commit.short()));
                scratch()
            }
        }
    }

    /// Its top: that of the revision's tree.
    pub fn root(&self) -> PathBuf {
        match self {
            Self::Scratch(folder) => folder.path().to_owned(),
            Self::Kept(slot) => slot.tree(),
        }
    }

    /// Makes it an empty folder.
    pub fn clear(&mut self) -> Result<(), AppError> {
        match self {
            Self::Scratch(_) => Ok(()),
            Self::Kept(slot) => slot.clear().map_err(|error| AppError::unusable_cache(&slot.tree(), &error)),
        }
    }

    /// What was built in it is complete. If it cannot be kept, it is at least used once.
    pub fn keep(&mut self, inside: &Path, project: &Project, session: &Session<'_>) {
        if let (Self::Kept(slot), Some(build)) = (self, &project.config.build) {
            let toolchain = toolchain(&slot.tree().join(inside), &build.command);
            if let Err(why) = slot.keep(measure::now().to_string(), toolchain) {
                session.console.note(&format!("the build of the base cannot be kept: {why}"));
            }
        }
    }
}

/// Where builds are kept: as the user says, or where the system keeps what can be made again.
fn cache_folder() -> Option<PathBuf> {
    let named = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let usual = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    named("PERFGATE_CACHE_DIR").and_then(|folder| std::path::absolute(folder).ok()).or_else(|| {
        let all = named("XDG_CACHE_HOME").filter(|folder| folder.is_absolute());
        Some(all.or_else(|| Some(std::env::home_dir()?.join(usual)))?.join("perfgate"))
    })
}

/// Runs a build to its end.
pub fn build_at(place: &Place, command: &CommandLine, what: &str, session: &Session<'_>) -> Result<(), AppError> {
    session.console.note(&format!("building {what}: {command}"));
    let timeout = session.time_left().unwrap_or(LONGEST_BUILD).min(LONGEST_BUILD);
    let launcher = Launcher {
        command: command.clone(),
        directory: place.directory.clone(),
        variables: place.variables.clone(),
        timeout,
        interrupt: session.interrupt.clone(),
    };
    launcher.run_to_success().map_err(|error| match error {
        SutError::Interrupted => crate::measure::Interrupted.into(),
        error => AppError::build_failed(what, &error),
    })
}
