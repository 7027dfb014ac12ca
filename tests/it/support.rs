//! A scratch project for a test: a folder, a git repository if wanted, and perfgate run in it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use perfgate::vcs::ScratchRepository;
use serde_json::Value;
use tempfile::TempDir;

/// What perfgate said and how it ended.
#[derive(Debug)]
pub struct Said {
    pub status: i32,
    pub out: String,
    pub err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// Fails the test with everything that was said unless the exit status is this one.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "\n--- stdout\n{}\n--- stderr\n{}", self.out, self.err);
        self
    }

    #[track_caller]
    pub fn err_has(&self, text: &str) {
        assert!(self.err.contains(text), "standard error lacks `{text}`:\n{}", self.err);
    }

    #[track_caller]
    pub fn out_has(&self, text: &str) {
        assert!(self.out.contains(text), "standard output lacks `{text}`:\n{}", self.out);
    }

    /// Standard output as a JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}\n{}\n{}", self.out, self.err))
    }
}

/// A folder with a project in it. It disappears with the value.
pub struct Project {
    folder: TempDir,
    /// Where builds of base revisions are kept, unless a test says otherwise.
    cache: TempDir,
    repository: Option<ScratchRepository>,
}

impl Project {
    /// A folder outside git.
    pub fn bare() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), cache: tempfile::tempdir().unwrap(), repository: None }
    }

    /// A git repository without commits.
    pub fn git() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repository = Some(ScratchRepository::create(folder.path()).unwrap());
        Self { folder, cache: tempfile::tempdir().unwrap(), repository }
    }

    /// A git repository whose only commit has this configuration.
    pub fn with(configuration: &str) -> Self {
        let project = Self::git();
        project.write("perfgate.toml", configuration);
        project.commit();
        project
    }

    /// A clone of a repository, by the `git` program.
    pub fn cloned(from: &Path, options: &[&str]) -> Self {
        let project = Self::bare();
        // Without the protocol, a local clone is never shallow.
        let url = format!("file://{}", from.display());
        project.git_program(&[&["clone", "--quiet"], options, &["--", &url, "."]].concat());
        project
    }

    /// What the `git` program says here. It must succeed.
    #[track_caller]
    pub fn git_program(&self, arguments: &[&str]) -> String {
        git_program(self.path(), arguments)
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The folder of kept builds.
    pub fn cache(&self) -> &Path {
        self.cache.path()
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.file(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).unwrap()
    }

    /// Writes an executable shell script.
    pub fn script(&self, name: &str, body: &str) {
        self.write(name, &format!("#!/bin/sh\n{body}"));
        fs::set_permissions(self.file(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Commits everything, and gives the commit's full name.
    pub fn commit(&self) -> String {
        self.repository.as_ref().unwrap().commit_all("a commit").unwrap().to_string()
    }

    /// perfgate with these arguments, in the project's folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_perfgate"));
        command.args(arguments).current_dir(self.path()).stdin(Stdio::null()).env_remove("NO_COLOR");
        // What is said of a test must not depend on the job or the shell that runs it.
        for variable in ["GITHUB_EVENT_PATH", "GITHUB_EVENT_NAME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
            command.env_remove(variable);
        }
        command.env("PERFGATE_CACHE_DIR", self.cache.path());
        command
    }

    pub fn perfgate(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// The stored baselines, by path.
    pub fn baselines(&self) -> Vec<PathBuf> {
        let Ok(commits) = fs::read_dir(self.file("baselines")) else { return Vec::new() };
        let files = commits.flat_map(|commit| fs::read_dir(commit.unwrap().path()).unwrap());
        let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
        files.sort();
        files
    }

    /// The only stored baseline.
    #[track_caller]
    pub fn baseline(&self) -> PathBuf {
        let files = self.baselines();
        assert_eq!(files.len(), 1, "{files:?}");
        files[0].clone()
    }
}

/// What the `git` program says in a folder, without anybody's settings. It must succeed.
#[track_caller]
pub fn git_program(folder: &Path, arguments: &[&str]) -> String {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "somebody").env(format!("GIT_{who}_EMAIL"), "somebody@example.invalid");
    }
    let said = Said::from(command.output().unwrap()).expect(0);
    said.out.trim_end().to_owned()
}

/// A worker in the shell. `answer` is run for each query, with `$id` set, and must print the answer.
pub fn worker(answer: &str) -> String {
    format!(
        "echo '{{\"ready\":true}}'\n\
         while read -r line; do\n\
         id=${{line#*'\"id\":'}}\n\
         id=${{id%%,*}}\n\
         {answer}\n\
         done\n"
    )
}

/// The answer of a worker that does nothing.
pub const ANSWER: &str = r#"echo "{\"id\":$id}""#;

/// A worker that writes one metric of its own per round: a number that does not depend on the machine.
pub fn counting_worker(steps: u32) -> String {
    format!(
        "echo '{{\"metric\":\"steps\",\"value\":{steps},\"unit\":\"1\",\"direction\":\"lower\"}}' >> \"$PERFGATE_METRICS\"\n{}",
        worker(ANSWER)
    )
}

/// A configuration with that worker, in which the clock is not judged: what is tested does not depend on the machine.
pub const COUNTING: &str = r#"
[[benchmark]]
name = "count"
worker = ["./worker"]
rounds = 3
queries = 12
min_duration = "0s"

[benchmark.metrics]
latency_p50.gate = false
latency_p90.gate = false
"#;

/// A project with the counting worker, committed.
pub fn counting_project(steps: u32) -> Project {
    let project = Project::git();
    project.write("perfgate.toml", COUNTING);
    project.script("worker", &counting_worker(steps));
    project.commit();
    project
}

/// The codes of the warnings about a comparison as a whole, not about the measurement of one benchmark.
pub fn codes(comparison: &Value) -> Vec<&str> {
    let warnings = comparison["warnings"].as_array().into_iter().flatten();
    let of_all = warnings.filter(|warning| warning.get("benchmark").is_none());
    of_all.map(|warning| warning["code"].as_str().unwrap()).collect()
}

/// The rows of a comparison, by benchmark and metric.
pub fn row<'a>(comparison: &'a Value, benchmark: &str, metric: &str) -> &'a Value {
    let rows = comparison["rows"].as_array().unwrap();
    let found = rows.iter().find(|row| row["benchmark"] == benchmark && row["metric"] == metric);
    found.unwrap_or_else(|| panic!("no row {benchmark} {metric} in {comparison:#}"))
}
