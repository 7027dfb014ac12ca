//! The user's project: the configuration with the command line's wishes applied, and where it lies.

use std::env;
use std::fs;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use super::AppError;
use super::output::Console;
use crate::cli::Common;
use crate::config::{self, Benchmark, Config, FailOn, GatePolicy, StoreUrl};
use crate::render::diagnostic;
use crate::store::{BranchStore, DirStore, Shared, Store, StoreError};
use crate::sut::Interrupt;
use crate::vcs::{Git, Objects};

/// The configuration's usual name.
const FILE: &str = "perfgate.toml";

/// Rounds of a first impression.
const QUICK_ROUNDS: u32 = 3;

/// A project with a configuration.
pub struct Project {
    /// The configuration, with the flags of the command line in it.
    pub config: Config,
    /// The rules of the gate as the file has them.
    pub own_policy: GatePolicy,
    /// The folder of the configuration: where relative paths begin.
    pub directory: PathBuf,
    /// The configuration's file.
    pub file: PathBuf,
    /// Whether the store is to fetch and push only when that is all there is to do.
    offline: bool,
}

impl Project {
    /// The project of the configuration that the flags name, or that lies here or above.
    pub fn open(common: &Common, color: bool) -> Result<Self, AppError> {
        let here = env::current_dir().map_err(|error| AppError::unreadable(Path::new("."), &error))?;
        match Self::find(common, &here)? {
            Some(file) => Self::read(&file, common, color),
            None => Err(AppError::no_configuration(&here)),
        }
    }

    /// The same, but a project without a configuration is no error.
    pub fn open_if_any(common: &Common, color: bool) -> Result<Option<Self>, AppError> {
        let here = env::current_dir().map_err(|error| AppError::unreadable(Path::new("."), &error))?;
        Self::find(common, &here)?.map(|file| Self::read(&file, common, color)).transpose()
    }

    fn find(common: &Common, here: &Path) -> Result<Option<PathBuf>, AppError> {
        match &common.config {
            Some(path) => Ok(Some(here.join(path))),
            None => Ok(here.ancestors().map(|folder| folder.join(FILE)).find(|file| file.is_file())),
        }
    }

    fn read(file: &Path, common: &Common, color: bool) -> Result<Self, AppError> {
        let text = fs::read_to_string(file).map_err(|error| AppError::unreadable(file, &error))?;
        let shown = file.file_name().map_or_else(|| FILE.into(), |name| name.to_string_lossy());
        let shown = common.config.as_ref().map_or_else(|| shown.into_owned(), |path| path.display().to_string());
        let mut config = config::parse(&text)
            .map_err(|problems| AppError::configuration(diagnostic::render(&problems, &text, &shown, color)))?;
        let own_policy = config.policy.clone();
        apply(&mut config, common)?;
        let directory = file.parent().unwrap_or(Path::new(".")).to_owned();
        Ok(Self { config, own_policy, directory, file: file.to_owned(), offline: common.offline })
    }

    /// The benchmarks of these names, or all. `digits` stands for `digits/server` and `digits/offline` too.
    pub fn selected(&self, names: &[String]) -> Result<Vec<Benchmark>, AppError> {
        let matches = |benchmark: &Benchmark, name: &str| {
            benchmark.name == name || benchmark.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
        };
        for name in names {
            if !self.config.benchmarks.iter().any(|benchmark| matches(benchmark, name)) {
                return Err(self.unknown(name));
            }
        }
        let wanted = |benchmark: &&Benchmark| names.is_empty() || names.iter().any(|name| matches(benchmark, name));
        Ok(self.config.benchmarks.iter().filter(wanted).cloned().collect())
    }

    /// The error for a name that no benchmark has.
    pub fn unknown(&self, name: &str) -> AppError {
        let known: Vec<&str> = self.config.benchmarks.iter().map(|benchmark| benchmark.name.as_str()).collect();
        let nearest = known
            .iter()
            .copied()
            .max_by(|a, b| strsim::jaro_winkler(a, name).total_cmp(&strsim::jaro_winkler(b, name)));
        let near_enough = nearest.filter(|known| strsim::jaro_winkler(known, name) > 0.8);
        AppError::unknown_benchmark(name, near_enough, &known)
    }

    /// The configuration's name.
    pub fn file_name(&self) -> &Path {
        self.file.file_name().map_or(Path::new(FILE), Path::new)
    }

    /// The project's folder, relative to the top of the repository.
    pub fn inside(&self, git: &Git) -> Result<PathBuf, AppError> {
        let real = self.directory.canonicalize().map_err(|error| AppError::unreadable(&self.directory, &error))?;
        let root = git.root().canonicalize().map_err(|error| AppError::unreadable(git.root(), &error))?;
        Ok(real.strip_prefix(&root).map(Path::to_owned).unwrap_or_default())
    }

    /// The store that the configuration or the flags name, as this clone knows it.
    pub fn store(&self) -> Result<Box<dyn Store>, AppError> {
        Ok(match &self.config.store {
            StoreUrl::Dir(path) => Box::new(DirStore::new(self.directory.join(path))),
            StoreUrl::Git(branch) => {
                let objects = Objects::open(&self.directory)?;
                Box::new(BranchStore::open(objects, branch.name(), branch.remote())?)
            }
        })
    }

    /// The store with what others have recorded by now. If that cannot be had, a note says so, and what this clone has counts.
    pub fn fresh_store(&self, console: &Console, interrupt: &Interrupt) -> Result<Box<dyn Store>, AppError> {
        let mut store = self.store()?;
        if self.leaves_alone(store.as_ref()) {
            return Ok(store);
        }
        match store.refresh(&|| interrupt.is_set()) {
            Err(error @ StoreError::NotFetched { .. }) => {
                console.note(&format!("{error}; the baselines that this clone has count"));
            }
            other => other?,
        }
        Ok(store)
    }

    /// Gives others what was recorded, unless that is left for later; `None` then.
    pub fn share(&self, store: &mut dyn Store, interrupt: &Interrupt) -> Result<Option<Shared>, StoreError> {
        if self.leaves_alone(store) { Ok(None) } else { store.share(&|| interrupt.is_set()).map(Some) }
    }

    /// Whether the remote of this store is not to be talked to unless that is all there is to do.
    pub fn leaves_alone(&self, store: &dyn Store) -> bool {
        self.offline && store.is_remote()
    }

    /// The folder of the store, if it is one: what lies there is no modification of the tree.
    pub fn store_folder(&self) -> Option<PathBuf> {
        match &self.config.store {
            StoreUrl::Dir(path) => Some(self.directory.join(path)),
            StoreUrl::Git(_) => None,
        }
    }

    /// The git repository that the configuration lies in.
    pub fn git(&self) -> Result<Git, AppError> {
        Ok(Git::discover(&self.directory)?)
    }
}

/// Lets the command line's flags replace the configuration's values.
fn apply(config: &mut Config, common: &Common) -> Result<(), AppError> {
    apply_policy(&mut config.policy, common, None);
    if let Some(url) = &common.store {
        config.store = config::parse_store(url).map_err(|problem| AppError::usage(format!("--store: {problem}")))?;
    }
    config.budget = common.budget.or(config.budget);
    for benchmark in &mut config.benchmarks {
        let quick = common.quick.then_some(QUICK_ROUNDS);
        if let Some(rounds) = common.rounds.or(quick).and_then(NonZeroU32::new) {
            benchmark.rounds = rounds;
        }
        if let Some(queries) = common.queries {
            benchmark.stopping.queries = queries.number(benchmark.percentile).map_err(|problem| {
                AppError::usage(format!("--queries mlperf: benchmark `{}`: {problem}", benchmark.name))
                    .hint("give a number, or choose a lower `percentile` in the configuration")
            })?;
        }
    }
    Ok(())
}

/// Lets the command line's flags replace the gate's values.
pub fn apply_policy(policy: &mut GatePolicy, common: &Common, fail_on: Option<FailOn>) {
    policy.threshold = common.threshold.unwrap_or(policy.threshold);
    policy.alpha = common.alpha.unwrap_or(policy.alpha);
    policy.fail_on = fail_on.unwrap_or(policy.fail_on);
}
