//! Baselines on a branch: recorded, shared through a remote, read by others.

mod on_the_way;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{COUNTING, Project, counting_worker, git_program};

const BRANCH: &str = "perfgate-data";

/// A bare repository, whose `main` has a project that keeps its baselines on a branch.
struct Origin {
    folder: TempDir,
}

impl Origin {
    fn new() -> Self {
        Self::with(&counting_worker(100))
    }

    fn with(worker: &str) -> Self {
        let origin = Self { folder: tempfile::tempdir().unwrap() };
        origin.git(&["init", "--quiet", "--bare", "--initial-branch=main"]);
        let project = alone(worker);
        project.git_program(&["push", "--quiet", origin.path().to_str().unwrap(), "HEAD:main"]);
        origin
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        git_program(self.path(), arguments)
    }

    fn clone(&self) -> Project {
        Project::cloned(self.path(), &[])
    }

    /// Installs a hook; without a body removes it.
    fn hook(&self, name: &str, body: Option<&str>) {
        let file = self.path().join("hooks").join(name);
        match body {
            None => fs::remove_file(file).unwrap(),
            Some(body) => {
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(&file, format!("#!/bin/sh\n{body}\n")).unwrap();
                fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
            }
        }
    }

    /// The files of the branch.
    fn files(&self) -> Vec<String> {
        files(self.path(), BRANCH)
    }

    /// The only baseline of a commit.
    #[track_caller]
    fn baseline(&self, commit: &str) -> Value {
        let files: Vec<String> = self.files().into_iter().filter(|file| file.starts_with(commit)).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        serde_json::from_str(&self.git(&["show", &format!("{BRANCH}:{}", files[0])])).unwrap()
    }
}

/// A project in a repository without a remote.
fn alone(worker: &str) -> Project {
    let project = Project::git();
    project.write("perfgate.toml", &format!("[baseline]\nstore = \"git:{BRANCH}\"\n{COUNTING}"));
    project.script("worker", worker);
    project.commit();
    project
}

fn files(repository: &Path, reference: &str) -> Vec<String> {
    git_program(repository, &["ls-tree", "-r", "--name-only", reference]).lines().map(str::to_owned).collect()
}

/// The only baseline on the branch of a clone without a remote.
#[track_caller]
fn only_baseline(project: &Project) -> String {
    let mut files = files(project.path(), BRANCH);
    files.retain(|file| file.ends_with(".json"));
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

fn head(project: &Project) -> String {
    project.git_program(&["rev-parse", "HEAD"])
}

/// Sessions of the benchmark, by its first metric.
fn sessions(baseline: &Value) -> usize {
    let metric = &baseline["benchmarks"][0]["metrics"][0];
    metric["sessions"].as_array().map_or(1, Vec::len)
}

#[test]
fn without_a_remote_the_branch_is_in_the_clone_and_the_work_tree_is_not_touched() {
    let project = alone(&counting_worker(100));
    let commit = head(&project);
    project.write("untracked", "x");
    let before =
        (project.git_program(&["status", "--porcelain=v2", "--branch"]), fs::read(project.file(".git/index")).unwrap());
    let said = project.perfgate(&["check"]).expect(3);
    said.err_has("there is no baseline in `git:perfgate-data`");
    let said = project.perfgate(&["record"]).expect(0);
    said.err_has(&format!("recorded perfgate-data:{commit}/"));
    said.err_has(&format!("as the baseline of {}, in this clone only: it has no remote `origin`", &commit[..8]));
    project.perfgate(&["record"]).expect(0).err_has("session 2 of commit");
    assert!(only_baseline(&project).starts_with(&commit));
    assert_eq!(files(project.path(), BRANCH).len(), 2, "and a README");
    project.perfgate(&["check"]).expect(0);
    let after =
        (project.git_program(&["status", "--porcelain=v2", "--branch"]), fs::read(project.file(".git/index")).unwrap());
    assert_eq!(before, after);
    assert!(project.baselines().is_empty());
    let log = project.git_program(&["log", "--format=%an <%ae> %s", BRANCH]);
    assert_eq!(log.lines().count(), 2);
    assert!(log.contains(&format!("Record {} on ", &commit[..8])), "{log}");
}

#[test]
fn what_one_clone_records_another_compares_with() {
    let origin = Origin::new();
    let (recorder, checker) = (origin.clone(), origin.clone());
    checker.perfgate(&["check"]).expect(3).err_has("there is no baseline in `git:perfgate-data@origin`");
    recorder.perfgate(&["record"]).expect(0).err_has("and pushed to origin");
    checker.perfgate(&["check"]).expect(0);
    checker.perfgate(&["compare", "HEAD", "HEAD"]).expect(0);
    assert!(!checker.file(".git/FETCH_HEAD").exists(), "what the user fetched last stays");
    assert_eq!(checker.git_program(&["branch", "--format=%(refname:short)"]), "main", "no branch to wonder about");
    // Others go on from there, also on top of what they never fetched.
    checker.perfgate(&["record"]).expect(0).err_has("session 2 of commit");
    recorder.perfgate(&["record"]).expect(0).err_has("session 3 of commit");
    assert_eq!(sessions(&origin.baseline(&head(&recorder))), 3);
}

#[test]
fn shallow_clones_read_and_record_and_stay_as_they_were() {
    let origin = Origin::new();
    let full = origin.clone();
    for number in 0..3 {
        full.git_program(&["commit", "--quiet", "--allow-empty", "-m", &format!("commit {number}")]);
        full.perfgate(&["record"]).expect(0);
    }
    assert_eq!(full.git_program(&["rev-parse", "--is-shallow-repository"]), "false");
    full.git_program(&["commit", "--quiet", "--allow-empty", "-m", "change"]);
    full.git_program(&["push", "--quiet", "origin", "HEAD:main"]);
    let shallow = Project::cloned(origin.path(), &["--depth", "2"]);
    shallow.perfgate(&["check"]).expect(0);
    shallow.perfgate(&["record"]).expect(0).err_has("and pushed to origin");
    shallow.perfgate(&["record"]).expect(0).err_has("session 2");
    let edge = |reference: &str| shallow.git_program(&["rev-list", "--count", reference]);
    assert_eq!(edge("HEAD"), "2", "no more of the code's history was fetched");
    assert_eq!(edge("refs/remotes/origin/perfgate-data"), "3", "of the branch, its newest commit and those made here");
    full.perfgate(&["check"]).expect(0);
    assert_eq!(origin.git(&["rev-list", "--count", BRANCH]), "5");
    assert_eq!(full.git_program(&["rev-parse", "--is-shallow-repository"]), "false");
}

#[test]
fn a_clone_without_file_contents_reads_them_all_the_same() {
    let origin = Origin::new();
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    origin.clone().perfgate(&["record"]).expect(0);
    let partial = Project::cloned(origin.path(), &["--filter=blob:none"]);
    partial.perfgate(&["check"]).expect(0);
}

#[test]
fn baselines_from_before_there_was_a_remote_are_pushed_with_the_first() {
    let origin = Origin::new();
    let project = alone(&counting_worker(100));
    project.perfgate(&["record"]).expect(0);
    project.git_program(&["remote", "add", "origin", origin.path().to_str().unwrap()]);
    project.perfgate(&["check"]).expect(0);
    project.perfgate(&["record"]).expect(0).err_has("session 2 of commit");
    assert_eq!(sessions(&origin.baseline(&head(&project))), 2);
}

#[test]
fn another_remote_can_be_named() {
    let (origin, other) = (Origin::new(), Origin::new());
    let project = origin.clone();
    project.git_program(&["remote", "add", "upstream", other.path().to_str().unwrap()]);
    let store = ["--store", "git:perf/data@upstream"];
    project.perfgate(&[&["record"], &store[..]].concat()).expect(0).err_has("pushed to upstream");
    assert_eq!(files(other.path(), "perf/data").len(), 2);
    assert!(!origin.git(&["branch", "--list"]).contains("data"));
    project.perfgate(&["check", "--store", "git:data@nowhere"]).expect(2).err_has("no remote `nowhere`");
}

#[test]
fn a_branch_of_code_is_refused_before_anything_runs() {
    let origin = Origin::new();
    let project = origin.clone();
    let main = origin.git(&["rev-parse", "main"]);
    let said = project.perfgate(&["record", "--store", "git:main"]).expect(2);
    said.err_has("the branch `main` holds other things than baselines: `perfgate.toml`");
    assert_eq!((said.out.as_str(), origin.git(&["rev-parse", "main"])), ("", main));
}

#[test]
fn a_branch_that_is_checked_out_is_not_moved() {
    let project = alone(&counting_worker(100));
    project.perfgate(&["record"]).expect(0);
    let beside = tempfile::tempdir().unwrap();
    let folder = beside.path().join("data");
    project.git_program(&["worktree", "add", "--quiet", folder.to_str().unwrap(), BRANCH]);
    let tip = project.git_program(&["rev-parse", BRANCH]);
    project.perfgate(&["check"]).expect(0);
    project.perfgate(&["record"]).expect(2).err_has("the branch `perfgate-data` is checked out in");
    assert_eq!(project.git_program(&["rev-parse", BRANCH]), tip);
    // It has the layout of a folder, and can be used as one.
    project.perfgate(&["check", "--store", &format!("dir:{}", folder.display())]).expect(0);
}

#[test]
fn a_damaged_baseline_on_the_branch_is_told_and_never_overwritten() {
    let project = alone(&counting_worker(100));
    project.perfgate(&["record"]).expect(0);
    let beside = tempfile::tempdir().unwrap();
    let folder = beside.path().join("data");
    project.git_program(&["worktree", "add", "--quiet", folder.to_str().unwrap(), BRANCH]);
    let file = only_baseline(&project);
    fs::write(folder.join(&file), "{\"schema\": ").unwrap();
    git_program(&folder, &["commit", "--quiet", "--all", "-m", "spoil"]);
    project.git_program(&["worktree", "remove", folder.to_str().unwrap()]);
    let tip = project.git_program(&["rev-parse", BRANCH]);
    for verb in ["check", "record"] {
        let said = project.perfgate(&[verb]).expect(2);
        said.err_has(&format!("the baseline `perfgate-data:{file}` cannot be used: it is not complete JSON"));
        said.err_has(&format!("git log --all -- '{file}'"));
    }
    assert_eq!(project.git_program(&["rev-parse", BRANCH]), tip);
}

#[test]
fn what_is_no_session_of_the_same_is_kept_beside_it_on_the_branch() {
    let origin = Origin::new();
    let project = origin.clone();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(100).replace("\"unit\":\"1\"", "\"unit\":\"2\""));
    project.perfgate(&["record", "--allow-dirty"]).expect(0);
    project.perfgate(&["record", "--allow-dirty"]).expect(0);
    let commit = head(&project);
    let files: Vec<String> = origin.files().into_iter().filter(|file| file.starts_with(&commit)).collect();
    assert_eq!(files.len(), 3, "{files:?}");
}

#[test]
fn a_base_that_only_origin_has_stands_in() {
    let origin = Origin::new();
    let project = origin.clone();
    let base = head(&project);
    project.perfgate(&["record"]).expect(0);
    // As actions/checkout leaves it: no local branch.
    project.git_program(&["checkout", "--quiet", "--detach"]);
    project.git_program(&["branch", "--quiet", "--delete", "--force", "main"]);
    project.git_program(&["commit", "--quiet", "--allow-empty", "-m", "change"]);
    let told = format!("origin/main ({}) stands for it", &base[..8]);
    for arguments in [
        &["check", "--against", "main"] as &[&str],
        &["check", "--against", "merge-base(main)"],
        &["check", "--baseline", "main"],
        &["compare", "main", "main"],
        &["baselines", "show", "main"],
    ] {
        project.perfgate(arguments).expect(0).err_has(&told);
    }
    project.perfgate(&["check", "--against", "no-such-branch"]).expect(2).err_has("`no-such-branch` is not a revision");
}

#[test]
fn offline_nothing_is_fetched_or_pushed_until_somebody_says_so() {
    let origin = Origin::new();
    let (one, other) = (origin.clone(), origin.clone());
    let said = one.perfgate(&["record", "--offline"]).expect(0);
    said.err_has("in this clone only: perfgate baselines push");
    let branches = origin.git(&["branch", "--list"]);
    assert!(!branches.contains(BRANCH), "{branches}");
    one.perfgate(&["baselines", "push"]).expect(0).err_has("pushed 1 recording to origin");
    let mut check = other.command(&["check"]);
    let found = check.env("PERFGATE_OFFLINE", "1").output().unwrap();
    assert_eq!(found.status.code(), Some(3), "{}", String::from_utf8_lossy(&found.stderr));
    other.perfgate(&["baselines", "pull"]).expect(0);
    other.perfgate(&["check", "--offline"]).expect(0);
    other
        .perfgate(&["baselines", "prune", "--keep", "0", "--offline", "--dry-run"])
        .expect(0)
        .err_has("would remove 1 of 1");
    other
        .perfgate(&["baselines", "prune", "--keep", "0", "--offline"])
        .expect(2)
        .err_has("goes from its remote at once");
    assert_eq!(origin.files().len(), 2);
}

#[test]
fn offline_a_branch_without_a_remote_is_as_always() {
    let project = alone(&counting_worker(100));
    project.perfgate(&["record", "--offline"]).expect(0).err_has("it has no remote `origin`");
    assert!(only_baseline(&project).starts_with(&head(&project)));
}
