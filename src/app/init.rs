//! `perfgate init`: looks at a repository, and writes a configuration and workflows for it. Overwrites nothing unasked.

mod files;
mod listing;

use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::AppError;
use super::output::Console;
use crate::cli::{Common, InitPart};
use crate::config::{self, Config};
use crate::gate::ExitStatus;
use crate::init::{self, Action, Setting, Summary, Survey, Told, Wishes};
use crate::render::diagnostic;
use crate::vcs::{Git, VcsError, is_branch_name};
use files::{Draft, Mode};

/// The configuration's usual name.
const CONFIGURATION: &str = "perfgate.toml";

/// Where GitHub looks for workflows.
const WORKFLOWS: &str = ".github/workflows";

/// What the user asked for.
pub struct Wish<'a> {
    /// Only a part of the files; `None`: all.
    pub only: Option<InitPart>,
    /// Whether files that are there may be replaced.
    pub force: bool,
    /// Whether nothing is to be written.
    pub dry_run: bool,
    /// The main branch; `None`: as git has it.
    pub branch: Option<&'a str>,
    /// perfgate's action; `None`: that of this program's build, if it is known.
    pub action: Option<&'a Action>,
}

/// Looks, writes, tells.
pub fn init(wish: &Wish<'_>, common: &Common, console: &Console) -> Result<ExitStatus, AppError> {
    if let Some(name) = wish.branch.filter(|name| !is_branch_name(name)) {
        return Err(AppError::usage(format!("--branch: no branch can be called `{}`", name.escape_debug())));
    }
    let place = Place::find(common)?;
    let survey = (wish.only != Some(InitPart::Workflows)).then(|| look(&place)).transpose()?;
    let mut drafts = Vec::new();
    let mut left = Vec::new();
    if let Some(survey) = &survey {
        let text = init::configuration(survey, &wishes(common));
        readable(&text, &place, console)?;
        drafts.push(Draft { path: place.configuration.clone(), text, purpose: survey.purpose() });
    }
    if wish.only != Some(InitPart::Config) {
        let configuration = in_force(wish, &place, drafts.first(), console, &mut left);
        let setting = setting(wish, &place, configuration.as_ref());
        left.extend(left_in_workflows(&setting, &place));
        let folder = place.top().join(WORKFLOWS);
        let draft = |workflow: init::Workflow| Draft {
            path: folder.join(workflow.name),
            text: workflow.text,
            purpose: workflow.purpose,
        };
        drafts.extend(init::workflows(&setting).into_iter().map(draft));
    }
    let mode = Mode { force: wish.force, dry_run: wish.dry_run };
    let fates = files::write(&drafts, mode)?;
    if wish.dry_run {
        for draft in &drafts {
            console.print(&format!("--- {}\n{}\n", place.shown(&draft.path), draft.text))?;
        }
    }
    let told = |(draft, fate): (&Draft, init::Fate)| Told {
        path: place.shown(&draft.path),
        purpose: draft.purpose.clone(),
        fate,
    };
    let files: Vec<Told> = drafts.iter().zip(fates).map(told).collect();
    if let Some(survey) = &survey
        && files.first().is_some_and(|file| file.fate != init::Fate::Kept)
    {
        left.splice(0..0, left_in_configuration(survey, &place));
    }
    let next = if wish.dry_run {
        vec![("perfgate init".to_owned(), "the same without --dry-run: writes it".to_owned())]
    } else {
        next(&place, &files)
    };
    let summary = Summary { survey: survey.as_ref(), files, left, next };
    console.print(&summary.to_string())?;
    Ok(ExitStatus::Success)
}

/// Where everything is.
struct Place {
    /// The folder that the user is in.
    here: PathBuf,
    /// The configuration, there or to be.
    configuration: PathBuf,
    /// The folder of the configuration.
    folder: PathBuf,
    /// The repository, if there is one.
    git: Option<Git>,
    /// Its top folder, by its real path.
    top: Option<PathBuf>,
}

impl Place {
    fn find(common: &Common) -> Result<Self, AppError> {
        let here = env::current_dir().map_err(|error| AppError::unreadable(Path::new("."), &error))?;
        let here = here.canonicalize().unwrap_or(here);
        let path = here.join(common.config.as_deref().unwrap_or(Path::new(CONFIGURATION)));
        let folder = path.parent().unwrap_or(&here);
        let folder = folder.canonicalize().map_err(|error| {
            AppError::usage(format!("--config: the folder `{}` cannot be used: {error}", folder.display()))
                .hint("make it first: the configuration's folder is where relative paths begin")
        })?;
        let name = path
            .file_name()
            .ok_or_else(|| AppError::usage(format!("--config: `{}` is no file's name", path.display())))?;
        let configuration = folder.join(name);
        let git = match Git::discover(&folder) {
            Ok(git) => Some(git),
            Err(VcsError::NotARepository(_)) => None,
            Err(error) => return Err(error.into()),
        };
        let top = git.as_ref().map(|git| git.root().canonicalize().unwrap_or_else(|_| git.root().to_owned()));
        Ok(Self { here, configuration, folder, git, top })
    }

    /// The folder in which `.github` belongs.
    fn top(&self) -> &Path {
        self.top.as_deref().unwrap_or(&self.folder)
    }

    /// The configuration's folder, relative to the top, with `/` between its parts.
    fn inside(&self) -> String {
        let inside = self.folder.strip_prefix(self.top()).unwrap_or(Path::new(""));
        let parts: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        parts.join("/")
    }

    /// A path as the user would type it.
    fn shown(&self, path: &Path) -> String {
        let up = self.here.ancestors().enumerate().find_map(|(steps, folder)| {
            let rest = path.strip_prefix(folder).ok()?;
            Some((steps, rest))
        });
        match up {
            Some((steps, rest)) if steps == 0 || self.top.as_ref().is_some_and(|top| path.starts_with(top)) => {
                format!("{}{}", "../".repeat(steps), rest.display())
            }
            _ => path.display().to_string(),
        }
    }
}

fn look(place: &Place) -> Result<Survey, AppError> {
    let listing = listing::read(&place.folder, place.git.as_ref())?;
    Ok(init::survey(&listing))
}

fn wishes(common: &Common) -> Wishes {
    let usual = Wishes::default();
    Wishes {
        threshold: common.threshold.map_or(usual.threshold, |threshold| format!("{:?}", threshold.share())),
        budget: common.budget.map_or(usual.budget, spelled),
    }
}

/// A duration as the configuration spells it, to the millisecond.
fn spelled(duration: Duration) -> String {
    match duration.as_millis().max(1) {
        millis if millis % 60_000 == 0 => format!("{}m", millis / 60_000),
        millis if millis % 1000 == 0 => format!("{}s", millis / 1000),
        millis => format!("{millis}ms"),
    }
}

/// What is written must be accepted by every other verb, whatever the files are called.
fn readable(text: &str, place: &Place, console: &Console) -> Result<(), AppError> {
    config::parse(text).map(drop).map_err(|problems| {
        let shown = place.shown(&place.configuration);
        AppError::configuration(diagnostic::render(&problems, text, &shown, console.colors_errors()))
            .hint("this is a mistake of perfgate's, please report it; nothing was written")
            .hint("perfgate init --only workflows writes the rest")
    })
}

/// The configuration that the workflows are for: the one that is there, unless it is replaced.
fn in_force(
    wish: &Wish<'_>,
    place: &Place,
    draft: Option<&Draft>,
    console: &Console,
    left: &mut Vec<String>,
) -> Option<Config> {
    let text = match draft {
        Some(draft) if wish.force || !files::is_there(&draft.path) => draft.text.clone(),
        _ => match std::fs::read_to_string(&place.configuration) {
            Ok(text) => text,
            Err(_) => {
                left.push(format!("{CONFIGURATION}: there is none yet, and the workflows need one: perfgate init"));
                return None;
            }
        },
    };
    match config::parse(&text) {
        Ok(config) => Some(config),
        Err(problems) => {
            let shown = place.shown(&place.configuration);
            console.note(&format!(
                "the configuration that is there cannot be read:\n{}",
                diagnostic::render(&problems, &text, &shown, console.colors_errors())
            ));
            left.push(format!("{shown}: mend what `perfgate plan` says about it"));
            None
        }
    }
}

fn setting(wish: &Wish<'_>, place: &Place, configuration: Option<&Config>) -> Setting {
    let known = || {
        let (repository, commit) = (option_env!("PERFGATE_REPOSITORY"), option_env!("PERFGATE_COMMIT"));
        Action::of_build(repository, commit, env!("CARGO_PKG_VERSION"))
    };
    let action = wish.action.cloned().or_else(known).unwrap_or_else(Action::unknown);
    let branch = wish.branch.map(str::to_owned).or_else(|| place.git.as_ref()?.default_branch());
    let name = place.configuration.file_name().map(|name| name.to_string_lossy().into_owned());
    let build = configuration.and_then(|config| config.build.as_ref()).map(|build| &build.command);
    Setting {
        branch: branch.unwrap_or_else(|| "main".to_owned()),
        action,
        folder: place.inside(),
        configuration: name.filter(|name| name != CONFIGURATION),
        build: build.filter(|command| command.program != "true").map(|command| {
            let words: Vec<&str> = command.words().map(String::as_str).collect();
            init::shell_command(&words)
        }),
    }
}

fn left_in_configuration(survey: &Survey, place: &Place) -> Vec<String> {
    let shown = place.shown(&place.configuration);
    let above = place.folder.ancestors().skip(1).map(|folder| folder.join(CONFIGURATION)).find(|file| file.is_file());
    let above = above.map(|above| format!("{shown}: in this folder it counts in place of {}", place.shown(&above)));
    let what = if survey.proposals().is_empty() {
        "the benchmark `edit-me` fails until its `command` names a program of yours"
    } else {
        "read the benchmarks, and let them do what your users do: lines with `Edit:` need it most"
    };
    let open = survey.findings.iter().filter_map(|finding| {
        finding.open.as_ref()?;
        Some(format!("{}: not measured yet; a comment in {shown} says what is left", finding.what))
    });
    std::iter::once(format!("{shown}: {what}")).chain(above).chain(open).collect()
}

fn left_in_workflows(setting: &Setting, place: &Place) -> Vec<String> {
    let mut left = Vec::new();
    if setting.action.is_unknown() {
        left.push(format!(
            "{WORKFLOWS}: replace OWNER/perfgate@COMMIT by the repository of perfgate and the full name of a commit that you \
             trust (or: perfgate init --only workflows --force --action OWNER/perfgate@COMMIT)"
        ));
    } else if !setting.action.is_pinned() {
        left.push(format!("{WORKFLOWS}: `{}` can be moved to other code; a commit's full name cannot", setting.action));
    }
    if place.git.is_none() {
        left.push(
            "this is no git repository: baselines, comparisons with a base and the workflows need one".to_owned(),
        );
    }
    left
}

/// Three commands to go on with.
fn next(place: &Place, files: &[Told]) -> Vec<(String, String)> {
    let command = |command: &str, does: &str| (command.to_owned(), does.to_owned());
    let config = match place.folder == place.here && place.configuration.ends_with(CONFIGURATION) {
        true => String::new(),
        false => format!(" --config {}", place.shown(&place.configuration)),
    };
    let mut next = vec![
        command(
            &format!("perfgate run --quick{config}"),
            "try it, and edit the configuration until it measures what matters",
        ),
        command(&format!("perfgate selftest{config}"), "which slowdowns this finds here, and how often it errs"),
    ];
    if place.git.is_some() {
        let words: Vec<&str> = ["git", "add"].into_iter().chain(files.iter().map(|file| file.path.as_str())).collect();
        next.push(command(
            &init::shell_command(&words),
            "commit it to the main branch: pull requests are compared with what is there",
        ));
    }
    next
}
