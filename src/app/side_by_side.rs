//! Both revisions on this machine, now: the base is laid out and built in a folder of its own, and measured in turn with the
//! candidate.

mod apart;
mod build;
mod cache;
mod recipe;
mod snapshot;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use apart::{Roots, places, shared_target};
use build::{Folder, build_at};
use cache::Held;

use super::AppError;
use super::interleaved::{self, Judge, Pair, Side, SoFar};
use super::measurement::{Place, Revision, Session};
use super::project::Project;
use crate::config::{self, Benchmark, CommandLine, Config, System};
use crate::gate::Comparison;
use crate::measure::Deadline;
use crate::result::{CommitId, RunOutcome};
use crate::vcs::Git;

/// A base revision that was laid out and built. Its folder is its own as long as it exists, and disappears with it unless its
/// build is kept.
pub struct Base {
    commit: CommitId,
    /// Its own configuration; `None` if it has none that can be read.
    config: Option<Config>,
    /// Where it runs: the folder in it that corresponds to the candidate's project.
    base: Place,
    /// Where the candidate runs.
    candidate: Place,
    /// A folder outside both that cargo was to build both into.
    shared_target: Option<PathBuf>,
    _folder: Folder,
}

impl Base {
    /// Lays out the commit and builds it, where the configuration says how and no earlier check has done so; the candidate is
    /// always built.
    pub fn prepare(commit: &CommitId, project: &Project, git: &Git, session: &Session<'_>) -> Result<Self, AppError> {
        let inside = project.inside(git)?;
        let (mut folder, held) = Folder::of(commit, &inside, project, git, session)?;
        let root = folder.root();
        let directory = root.join(&inside);
        let name = commit.short();
        match &held {
            Held::Build(when) => {
                session.console.note(&format!("using the build of {name} from {when}"));
                git.adopt(commit, &root)?;
            }
            Held::Spoilt(why) => session.console.note(&format!("building {name} anew: {why}")),
            Held::Nothing => session.console.note(&format!("laying out {name} to measure it side by side")),
        }
        let is_built = matches!(held, Held::Build(_));
        if !is_built {
            folder.clear()?;
            git.lay_out(commit, &root)?;
            fs::create_dir_all(&directory).map_err(AppError::scratch)?;
        }
        let text = fs::read_to_string(directory.join(project.file_name())).unwrap_or_default();
        let config = config::parse(&text).ok();
        let shared_target = shared_target(&directory, &root);
        let roots = Roots { base: &root, candidate: git.root() };
        let [base, candidate] = places([&directory, &project.directory], &roots, shared_target.as_deref());
        if let Some(build) = &project.config.build {
            let own = config.as_ref().and_then(|config| config.build.as_ref()).unwrap_or(build);
            if !is_built {
                build_at(&base, &own.command, name, session)?;
                folder.keep(&inside, project, session);
            }
            build_at(&candidate, &build.command, "the candidate", session)?;
        }
        Ok(Self { commit: commit.clone(), config, base, candidate, shared_target, _folder: folder })
    }

    /// Measures these benchmarks of the candidate, side by side with the base's where it has them, until `judge` has decided
    /// all or the time is over.
    pub fn compare(
        &self,
        benchmarks: &[Benchmark],
        project: &Project,
        revision: &Revision,
        session: &Session<'_>,
        judge: &mut Judge<'_>,
    ) -> Result<Comparison, AppError> {
        let (mut pairs, mut new) = (Vec::new(), Vec::new());
        for benchmark in benchmarks {
            match self.definition(benchmark) {
                Some(base) => pairs.push(Pair { base, candidate: benchmark.clone(), slowdown: None }),
                None => new.push(benchmark.clone()),
            }
        }
        for pair in &pairs {
            self.refuse_shared(&pair.base, &self.candidate)?;
            self.refuse_shared(&pair.candidate, &self.base)?;
        }
        let alone = self.measure_alone(&new, pairs.len(), revision, session)?;
        let of_base = Revision { commit: Some(self.commit.clone()), dirty: false };
        let sides = [Side { place: &self.base, revision: &of_base }, Side { place: &self.candidate, revision }];
        interleaved::measure(&pairs, [&sides[0], &sides[1]], session, &mut |so_far, is_last| {
            if let Some(failure) = so_far.base.failures.first() {
                return Err(AppError::base_failed(self.commit.short(), failure, project.config.build.is_none()));
            }
            let mut candidate = so_far.candidate.clone();
            candidate.result.benchmarks.extend(alone.result.benchmarks.iter().cloned());
            candidate.failures.extend(alone.failures.iter().cloned());
            candidate.not_reached.extend(alone.not_reached.iter().cloned());
            judge(&SoFar { base: so_far.base.clone(), candidate, pair_times: so_far.pair_times.clone() }, is_last)
        })
    }

    /// What the base does not have is measured too, so that a failure shows: in its share of the time.
    fn measure_alone(
        &self,
        new: &[Benchmark],
        pairs: usize,
        revision: &Revision,
        session: &Session<'_>,
    ) -> Result<RunOutcome, AppError> {
        let share = new.len() as f64 / (new.len() + 2 * pairs).max(1) as f64;
        let deadline =
            session.time_left().map(|left| Deadline { at: Instant::now() + left.mul_f64(share), at_least: 0 });
        session.measure_until(deadline, new, &self.candidate, revision)
    }

    /// The names of the base's benchmarks, where its configuration is known.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.config.iter().flat_map(|config| &config.benchmarks).map(|benchmark| benchmark.name.as_str())
    }

    /// What the base measures under this name: its own system and data, under the candidate's load, so that both sides do the
    /// same amount of work. A base without a configuration is measured as the candidate is.
    fn definition(&self, candidate: &Benchmark) -> Option<Benchmark> {
        let Some(config) = &self.config else { return Some(candidate.clone()) };
        let own = config.benchmarks.iter().find(|benchmark| benchmark.name == candidate.name)?;
        Some(Benchmark { system: own.system.clone(), dataset: own.dataset.clone(), ..candidate.clone() })
    }

    /// A program named by an absolute path inside the other side's folder, or inside a target folder for both, would be the
    /// same program on both sides, and so would a server that perfgate does not start.
    fn refuse_shared(&self, benchmark: &Benchmark, other: &Place) -> Result<(), AppError> {
        if let System::Http(http) = &benchmark.system
            && http.start.is_none()
        {
            return Err(AppError::shared_server(&benchmark.name, &http.url));
        }
        let of_both = |word: &Path| self.shared_target.as_ref().is_some_and(|target| word.starts_with(target));
        let shared = |word: &&String| {
            let word = Path::new(word);
            word.is_absolute() && (word.starts_with(&other.directory) || of_both(word))
        };
        match command_of(&benchmark.system).and_then(|command| words(command).find(shared)) {
            Some(word) => Err(AppError::shared_program(&benchmark.name, word)),
            None => Ok(()),
        }
    }
}

/// Whether a base without a build can be told from the candidate at all: something of what is run lies in the tree.
pub fn lies_in_tree(benchmark: &Benchmark, directory: &Path) -> bool {
    if let System::Onnx(model) = &benchmark.system {
        return model.is_relative();
    }
    let Some(command) = command_of(&benchmark.system) else { return false };
    let is_file = |word: &String| Path::new(word).is_relative() && word.contains('.') && directory.join(word).is_file();
    let is_relative_program = command.program.contains('/') && Path::new(&command.program).is_relative();
    is_relative_program || words(command).any(is_file)
}

/// What is started to run a system, if anything is.
fn command_of(system: &System) -> Option<&CommandLine> {
    match system {
        System::Onnx(_) => None,
        System::Command(command) | System::Worker(command) => Some(command),
        System::Http(http) => http.start.as_ref(),
    }
}

fn words(command: &CommandLine) -> impl Iterator<Item = &String> {
    std::iter::once(&command.program).chain(&command.arguments)
}

/// Benchmarks whose base is surely the base: built by the project's own command, or run by the embedded engine.
pub fn proven<'a>(benchmarks: impl IntoIterator<Item = &'a Benchmark>, project: &Project) -> BTreeSet<String> {
    let is_proven = |benchmark: &&Benchmark| {
        project.config.build.is_some() || matches!(&benchmark.system, System::Onnx(model) if model.is_relative())
    };
    benchmarks.into_iter().filter(is_proven).map(|benchmark| benchmark.name.clone()).collect()
}
