//! What went wrong, for the user: a message, a hint, an exit status. The one place that adds the latter two.

mod store;

use std::path::{Path, PathBuf};

use crate::export::ExportError;
use crate::forge::ForgeError;
use crate::gate::ExitStatus;
use crate::measure::{InputError, Interrupted};
use crate::result::Failure;
use crate::sut::SutError;
use crate::vcs::VcsError;
use crate::wire::WireError;

/// An error that ends the program.
#[derive(Debug)]
pub struct AppError {
    status: ExitStatus,
    message: String,
    hints: Vec<String>,
}

impl AppError {
    /// Wrong usage, configuration or input.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { status: ExitStatus::Usage, message: message.into(), hints: Vec::new() }
    }

    /// With a hint on what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The exit status.
    pub fn status(&self) -> ExitStatus {
        self.status
    }

    /// What happened.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do about it.
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// Signals cannot be listened to.
    pub fn signals(error: std::io::Error) -> Self {
        Self::usage(format!("cannot listen for signals: {error}"))
    }

    /// Standard output is gone.
    pub fn standard_output(error: std::io::Error) -> Self {
        Self::usage(format!("cannot write to standard output: {error}"))
    }

    /// A file that the user named cannot be read.
    pub fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::usage(format!("cannot read `{}`: {error}", path.display()))
    }

    /// A file that the user named is not what it should be.
    pub fn not_a_document(path: &Path, problem: &WireError) -> Self {
        let error = Self::usage(format!("`{}` cannot be used: {problem}", path.display()));
        match problem {
            WireError::Newer(_) => error.hint("upgrade perfgate"),
            _ => error,
        }
    }

    /// A comment that could not be posted. `read_only` says why the token of this job can only read, where that is known.
    pub fn forge(error: &ForgeError, read_only: Option<&str>) -> Self {
        let status = match error {
            ForgeError::NotBuilt
            | ForgeError::Settings(_)
            | ForgeError::Refused { .. }
            | ForgeError::NotThere { .. } => ExitStatus::Usage,
            ForgeError::NotAccepted { .. }
            | ForgeError::Unreachable { .. }
            | ForgeError::Limited { .. }
            | ForgeError::Unexpected { .. } => ExitStatus::SystemFailed,
            ForgeError::Interrupted => ExitStatus::Interrupted,
        };
        let told = Self { status, message: error.to_string(), hints: Vec::new() };
        match (error, read_only) {
            (ForgeError::NotBuilt, _) => told.hint("build it with its default features"),
            (ForgeError::Refused { status: 401, .. }, _) => {
                told.hint("GITHUB_TOKEN is wrong, or has expired; in a workflow: GITHUB_TOKEN: ${{ github.token }}")
            }
            (ForgeError::Refused { .. }, Some(why)) => {
                told.hint(format!("{why}, and GitHub gives its workflows a token that can only read")).hint(
                    "two workflows solve that: one measures and uploads the comparison, the other comments when it has \
                     ended (on: workflow_run); `perfgate init` writes both",
                )
            }
            (ForgeError::Refused { message, .. }, None) if message.to_lowercase().contains("locked") => {
                told.hint("the conversation of the pull request is locked")
            }
            (ForgeError::Refused { .. }, None) => told
                .hint("add to the job in the workflow: permissions: { contents: read, pull-requests: write }")
                .hint("a token of your own needs the right to write pull requests of this repository"),
            (ForgeError::NotThere { .. }, _) => told.hint(
                "either GITHUB_REPOSITORY and the number are not those of a pull request, or the token may not see it",
            ),
            (ForgeError::Limited { .. }, _) => told.hint("run it again later, or with more --patience"),
            (ForgeError::Unreachable { .. }, _) => {
                let certificates = "TLS trusts the usual authorities, or those in SSL_CERT_FILE";
                let told = told.hint("is GITHUB_API_URL right? https://www.githubstatus.com tells of failures there");
                if error.to_string().contains("certificate") { told.hint(certificates) } else { told }
            }
            _ => told,
        }
    }

    /// No configuration was found.
    pub fn no_configuration(from: &Path) -> Self {
        Self::usage(format!("there is no perfgate.toml in `{}` or a folder above it", from.display()))
            .hint("let perfgate write one: perfgate init; or write it yourself, such as\n\n    [[benchmark]]\n    name = \"start\"\n    command = [\"./my-tool\", \"--version\"]\n")
            .hint("or name one with --config PATH; to see perfgate at work without one: perfgate demo")
    }

    /// The configuration has these problems, already rendered.
    pub fn configuration(rendered: String) -> Self {
        Self::usage(rendered)
    }

    /// A place to write to that does not work, found before anything was run.
    pub fn bad_output(path: &Path, problem: &str) -> Self {
        Self::usage(format!("cannot save to `{}`: {problem}", path.display()))
    }

    /// The system refuses a folder for temporary work.
    pub fn scratch(error: std::io::Error) -> Self {
        Self::usage(format!("cannot work in the folder for temporary files: {error}"))
    }

    /// A kept build that cannot be replaced.
    pub fn unusable_cache(path: &Path, error: &std::io::Error) -> Self {
        Self::usage(format!("cannot replace the build in `{}`: {error}", path.display()))
            .hint("remove that folder; `cache = false` in [build] keeps no builds at all")
    }

    /// A revision that does not build.
    pub fn build_failed(what: &str, error: &SutError) -> Self {
        Self { status: ExitStatus::SystemFailed, message: format!("cannot build {what}: {error}"), hints: Vec::new() }
            .hint("`[build]` of perfgate.toml says how a revision becomes runnable")
    }

    /// A base revision that builds, but does not run.
    pub fn base_failed(commit: &str, failure: &Failure, unbuilt: bool) -> Self {
        let message = format!("the base {commit} could not be measured: {}: {}", failure.benchmark, failure.reason);
        let error = Self { status: ExitStatus::SystemFailed, message, hints: Vec::new() };
        if unbuilt {
            error.hint("if a revision must be built before it runs, say how in perfgate.toml: [build] command = […]")
        } else {
            error
        }
    }

    /// A system that could not be measured at all.
    pub fn system_failed(benchmark: &str, reason: &str) -> Self {
        let message = format!("benchmark `{benchmark}` could not be measured: {reason}");
        Self { status: ExitStatus::SystemFailed, message, hints: Vec::new() }
    }

    /// Both sides would run one program.
    pub fn shared_program(benchmark: &str, path: &str) -> Self {
        Self::usage(format!("benchmark `{benchmark}`: `{path}` is the same file for base and candidate"))
            .hint("name it by a path relative to perfgate.toml: each revision then runs its own")
    }

    /// Both sides would ask one server.
    pub fn shared_server(benchmark: &str, url: &str) -> Self {
        Self::usage(format!("benchmark `{benchmark}`: the server at `{url}` is the same one for base and candidate"))
            .hint("say in `start` how perfgate starts it: each revision then runs its own")
    }

    /// A name that no benchmark has.
    pub fn unknown_benchmark(name: &str, nearest: Option<&str>, known: &[&str]) -> Self {
        let error = Self::usage(format!("no benchmark is named `{name}`"));
        match nearest {
            Some(nearest) => error.hint(format!("did you mean `{nearest}`?")),
            None => error.hint(format!("perfgate.toml has: {}", known.join(", "))),
        }
    }

    /// Stopped after sessions that are stored.
    pub fn interrupted_after(done: u32, of: u32) -> Self {
        Self {
            status: ExitStatus::Interrupted,
            message: format!(
                "interrupted after {done} of {of} sessions: these are recorded, and what was started was killed"
            ),
            hints: Vec::new(),
        }
    }

    /// A work tree that is not what the commit says.
    pub fn dirty(modified: &[PathBuf]) -> Self {
        let mut names: Vec<String> = modified.iter().take(5).map(|path| path.display().to_string()).collect();
        if modified.len() > names.len() {
            names.push(format!("{} more", modified.len() - names.len()));
        }
        Self::usage(format!("tracked files differ from the commit: {}", names.join(", ")))
            .hint("commit or stash them: a baseline belongs to a commit")
            .hint("or record what is there with --allow-dirty; the baseline will say so")
    }
}

impl From<Interrupted> for AppError {
    fn from(_: Interrupted) -> Self {
        Self {
            status: ExitStatus::Interrupted,
            message: "interrupted; nothing was stored, and what was started was killed".to_owned(),
            hints: Vec::new(),
        }
    }
}

impl From<InputError> for AppError {
    fn from(error: InputError) -> Self {
        Self::usage(error.to_string())
    }
}

impl From<VcsError> for AppError {
    fn from(error: VcsError) -> Self {
        let told = Self::usage(error.to_string());
        match error {
            VcsError::NotARepository(_) => told.hint(
                "baselines belong to commits: run this inside a git repository, or use `perfgate run` and `perfgate compare`",
            ),
            VcsError::NoCommits(_) => told.hint("commit something first: a baseline belongs to a commit"),
            VcsError::NotOwned(folder) => {
                told.hint(format!("if you trust it: git config --global --add safe.directory '{}'", folder.display()))
            }
            VcsError::UnknownRevision(_) => {
                told.hint("neither a file nor a branch, tag or commit of this clone has that name")
            }
            VcsError::NoMergeBase(_) => told.hint("if the clone is shallow, fetch more history (git fetch --unshallow)"),
            VcsError::Other(_) => told,
        }
    }
}

impl From<ExportError> for AppError {
    fn from(error: ExportError) -> Self {
        let told = Self::usage(error.to_string());
        match error {
            ExportError::Twice { .. } => told
                .hint("a scrape has one value for a series: leave one of the two out")
                .hint("or export both with the times at which they were recorded: --timestamps"),
            ExportError::Timeless(_) => told.hint("leave it out, or export what is of now: without --timestamps"),
            ExportError::NotBuilt(feature) => {
                told.hint(format!("install it anew with --features {feature}, or export csv: it has the same rows"))
            }
            ExportError::Writer { .. } => told,
        }
    }
}
