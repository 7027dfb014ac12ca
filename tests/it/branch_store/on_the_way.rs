//! Nothing that was recorded is lost on its way to the remote, and nothing counts twice.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{BRANCH, Origin, head, sessions};
use crate::bad_input::assert_gone;
use crate::support::{Project, Said, counting_worker};

/// An origin whose workers leave the number of the perfgate that runs them.
fn killable() -> (Origin, Project) {
    let origin = Origin::with(&format!("echo $PPID > perfgate.pid\n{}", counting_worker(100)));
    let project = origin.clone();
    (origin, project)
}

fn kill(project: &Project) -> String {
    format!("kill -9 $(cat '{}')", project.file("perfgate.pid").display())
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
fn a_push_that_hangs_can_be_interrupted_and_keeps_what_was_recorded() {
    let origin = Origin::new();
    let project = origin.clone();
    origin.hook("pre-receive", Some("echo $$ > hook.pid; exec sleep 600"));
    let mut child = project.command(&["record"]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = origin.path().join("hook.pid");
    let begun = Instant::now();
    while fs::read_to_string(&pid).unwrap_or_default().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "perfgate ended before it pushed");
        assert!(begun.elapsed() < Duration::from_secs(60), "the push never came");
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert!(said.contains("interrupted; 1 recording stays in this clone"), "{said}");
    assert_gone(&fs::read_to_string(pid).unwrap());
    origin.hook("pre-receive", None);
    project.perfgate(&["baselines", "push"]).expect(0).err_has("pushed 1 recording to origin");
    assert_eq!(sessions(&origin.baseline(&head(&project))), 1);
}
