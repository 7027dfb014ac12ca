//! Baselines on a branch: recorded, shared through a remote, and never lost on the way.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{COUNTING, Project, Said, counting_worker, git_program};

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
fn twelve_recorders_at_the_same_time_lose_nothing() {
    let origin = Origin::new();
    let clones: Vec<Project> = (0..12).map(|_| origin.clone()).collect();
    // Six record the same commit, six one of their own each.
    for (number, clone) in clones.iter().enumerate().skip(6) {
        clone.git_program(&["commit", "--quiet", "--allow-empty", "-m", &format!("commit {number}")]);
    }
    let record =
        |clone: &Project| clone.command(&["record"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let running: Vec<Child> = clones.iter().map(record).collect();
    for child in running {
        Said::from(child.wait_with_output().unwrap()).expect(0).err_has("pushed to origin");
    }
    assert_eq!(sessions(&origin.baseline(&head(&clones[0]))), 6);
    for clone in &clones[6..] {
        assert_eq!(sessions(&origin.baseline(&head(clone))), 1);
    }
    assert_eq!(origin.git(&["rev-list", "--count", BRANCH]), "12", "each came on top of the others");
}

#[test]
fn a_lost_race_is_run_again_on_top_of_the_winner() {
    let origin = Origin::new();
    let (loser, winner) = (origin.clone(), origin.clone());
    winner.perfgate(&["record"]).expect(0);
    origin.git(&["branch", "--quiet", "--move", BRANCH, "winner"]);
    // The branch appears, with the winner's session, between the loser's look and its push.
    origin.hook(
        "pre-receive",
        Some("unset GIT_QUARANTINE_PATH\n[ -e raced ] || git update-ref refs/heads/perfgate-data refs/heads/winner\necho x >> raced"),
    );
    let said = loser.perfgate(&["record", "--rounds", "2"]).expect(0);
    said.err_has("and pushed to origin");
    assert_eq!(fs::read_to_string(origin.path().join("raced")).unwrap().lines().count(), 2);
    let baseline = origin.baseline(&head(&loser));
    assert_eq!(baseline["benchmarks"][0]["metrics"][0]["sessions"], serde_json::json!([3, 2]));
}

#[test]
fn two_recorders_in_one_clone_lose_nothing() {
    let origin = Origin::new();
    let project = origin.clone();
    let record = || project.command(&["record"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    for child in [record(), record(), record()] {
        Said::from(child.wait_with_output().unwrap()).expect(0);
    }
    assert_eq!(sessions(&origin.baseline(&head(&project))), 3);
}

#[test]
fn a_remote_that_refuses_is_asked_once_and_what_was_recorded_is_kept() {
    let origin = Origin::new();
    let project = origin.clone();
    origin.hook("pre-receive", Some("echo x >> asked; echo 'GH006: Protected branch update failed.' >&2; exit 1"));
    let said = project.perfgate(&["record", "-o", "out.json"]).expect(2);
    said.err_has("could not be pushed to origin: GH006: Protected branch update failed [remote rejected]");
    said.err_has("nothing is lost: 1 recording stays in this clone (refs/perfgate/pending/perfgate-data)");
    said.err_has("perfgate baselines push");
    said.out_has("count");
    assert!(project.file("out.json").exists(), "what was measured is shown and saved");
    assert_eq!(fs::read_to_string(origin.path().join("asked")).unwrap().lines().count(), 1, "a refusal is no race");
    // It counts here already.
    project.perfgate(&["check"]).expect(0);
    project
        .perfgate(&["record", "--sessions", "2", "--pause", "0s"])
        .expect(2)
        .err_has("3 recordings stay in this clone");
    project.perfgate(&["baselines", "push"]).expect(2).err_has("3 recordings stay");
    origin.hook("pre-receive", None);
    project.perfgate(&["baselines", "push"]).expect(0).err_has("pushed 3 recordings to origin");
    project.perfgate(&["baselines", "push"]).expect(0).err_has("origin has everything already");
    assert_eq!(sessions(&origin.baseline(&head(&project))), 3);
    assert_eq!(project.git_program(&["for-each-ref", "refs/perfgate"]), "");
}

#[test]
fn what_waited_goes_along_with_the_next_recording() {
    let origin = Origin::new();
    let project = origin.clone();
    origin.hook("pre-receive", Some("exit 1"));
    project.perfgate(&["record"]).expect(2);
    origin.hook("pre-receive", None);
    project.perfgate(&["record"]).expect(0).err_has("session 2 of commit");
    assert_eq!(sessions(&origin.baseline(&head(&project))), 2);
}

/// An origin whose workers leave the number of the perfgate that runs them.
fn killable() -> (Origin, Project) {
    let origin = Origin::with(&format!("echo $PPID > perfgate.pid\n{}", counting_worker(100)));
    let project = origin.clone();
    (origin, project)
}

fn kill(project: &Project) -> String {
    format!("kill -9 $(cat '{}')", project.file("perfgate.pid").display())
}

#[test]
fn a_recorder_that_dies_before_its_push_arrives_loses_nothing() {
    let (origin, project) = killable();
    origin.hook("pre-receive", Some(&format!("{}; exit 1", kill(&project))));
    project.perfgate(&["record"]).expect(-1);
    origin.hook("pre-receive", None);
    project.perfgate(&["check"]).expect(0);
    project.perfgate(&["baselines", "push"]).expect(0).err_has("pushed 1 recording to origin");
    assert_eq!(sessions(&origin.baseline(&head(&project))), 1);
}

#[test]
fn a_recording_that_arrived_unheard_counts_once() {
    let (origin, project) = killable();
    // What the update is called with comes after the branch has moved, and before anybody hears of it.
    origin.hook("post-update", Some(&kill(&project)));
    project.perfgate(&["record"]).expect(-1);
    origin.hook("post-update", None);
    let commit = head(&project);
    assert_eq!(sessions(&origin.baseline(&commit)), 1, "it did arrive");
    // Meanwhile another clone goes on.
    origin.clone().perfgate(&["record"]).expect(0).err_has("session 2");
    project.perfgate(&["baselines", "push"]).expect(0).err_has("origin has everything already");
    project.perfgate(&["record"]).expect(0).err_has("session 3");
    assert_eq!(sessions(&origin.baseline(&commit)), 3);
}

#[test]
fn a_recording_that_arrived_unheard_counts_once_in_a_shallow_clone() {
    let (origin, _) = killable();
    let project = Project::cloned(origin.path(), &["--depth", "1"]);
    origin.hook("post-update", Some(&kill(&project)));
    project.perfgate(&["record"]).expect(-1);
    origin.hook("post-update", None);
    let other = origin.clone();
    other.perfgate(&["record"]).expect(0);
    other.perfgate(&["record"]).expect(0);
    project.perfgate(&["baselines", "push"]).expect(0).err_has("origin has everything already");
    assert_eq!(sessions(&origin.baseline(&head(&project))), 3);
}

/// Answers every request with 403, as GitHub does to a token that may only read.
fn forbidding() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://token:secret@{}/o/r.git", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let text = "Permission to o/r.git denied to bot.\n";
            let head = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/plain\r\nConnection: close\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{text}", text.len());
        }
    });
    address
}

#[test]
fn a_token_that_may_only_read_is_told_which_permission_it_lacks() {
    let origin = Origin::new();
    let project = origin.clone();
    project.git_program(&["config", "remote.origin.pushurl", &forbidding()]);
    let said = Said::from(project.command(&["record"]).env("no_proxy", "127.0.0.1").output().unwrap()).expect(2);
    said.err_has("error: 403");
    said.err_has("`permissions: contents: write`");
    said.err_has("1 recording stays in this clone");
    assert!(!said.err.contains("secret"), "an address may hold a password:\n{}", said.err);
}

#[test]
fn a_remote_that_is_gone_is_told_and_what_the_clone_has_counts() {
    let origin = Origin::new();
    let project = origin.clone();
    project.perfgate(&["record"]).expect(0);
    drop(origin);
    let said = project.perfgate(&["check"]).expect(0);
    said.err_has("`perfgate-data` could not be fetched from origin");
    said.err_has("the baselines that this clone has count");
    project.perfgate(&["baselines", "pull"]).expect(2).err_has("could not be fetched from origin");
    project.perfgate(&["record"]).expect(2).err_has("1 recording stays in this clone");
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
    project.perfgate(&["check", "--against", "mian"]).expect(2).err_has("`mian` is not a revision");
}
