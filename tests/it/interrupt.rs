//! An interrupted run: exit status 130, nothing half-written, nothing left running.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::bad_input::assert_gone;
use crate::support::{ANSWER, Project, worker};

/// Waits until the project's worker has written its process numbers.
fn wait_for(project: &Project, file: &str, child: &mut Child) {
    let begun = Instant::now();
    while !project.file(file).exists() || project.read(file).is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "perfgate ended before the worker ran");
        assert!(begun.elapsed() < Duration::from_secs(60), "the worker never ran");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn interrupted(project: &Project, arguments: &[&str], signal: Signal) -> String {
    let mut child = project.command(arguments).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    wait_for(project, "pids", &mut child);
    kill_process(Pid::from_child(&child), signal).unwrap();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said}");
    assert_gone(&project.read("pids"));
    said
}

fn project(system: &str, script: &str) -> Project {
    let project = Project::git();
    project.write(
        "perfgate.toml",
        &format!("[[benchmark]]\nname = \"x\"\n{system} = [\"./tool\"]\nrounds = 2\nqueries = 2\n"),
    );
    project.script("tool", script);
    project.commit();
    project
}

#[test]
fn an_interrupted_recording_leaves_nothing_behind() {
    let hang = "sleep 600 & echo $! $$ > pids; wait\n";
    for (system, script) in [("command", hang.to_owned()), ("worker", worker(hang))] {
        for signal in [Signal::INT, Signal::TERM] {
            let project = project(system, &script);
            let said = interrupted(&project, &["record", "-o", "out.json"], signal);
            assert!(said.contains("interrupted; nothing was stored"), "{said}");
            assert!(!project.file("baselines").exists());
            assert!(!project.file("out.json").exists());
        }
    }
}

#[test]
fn an_interrupted_search_for_the_capacity_writes_nothing() {
    let project = project("worker", &worker("sleep 600 & echo $! $$ > pids; wait\n"));
    let said = interrupted(&project, &["capacity", "x", "--slo", "p99 < 1s", "-o", "out.json"], Signal::INT);
    assert!(said.contains("interrupted"), "{said}");
    assert!(!project.file("out.json").exists());
}

#[test]
fn an_interrupted_test_of_two_arms_stops_both_and_writes_nothing() {
    for traffic in ["", "scenario = \"server\"\ntarget_qps = 50\n"] {
        // One arm hangs once the other is there.
        let hang = "until [ -e other ]; do sleep 0.01; done; sleep 600 & echo $! $$ > pids; wait\n";
        let project = project("worker", &worker(hang));
        project.script("other-tool", &format!("echo $$ > other\n{}", worker(ANSWER)));
        let both = [("x", "tool"), ("y", "other-tool")].map(|(name, program)| {
            format!("[[benchmark]]\nname = \"{name}\"\nworker = [\"./{program}\"]\nwarmup = 1\n{traffic}")
        });
        project.write("perfgate.toml", &both.concat());
        let said = interrupted(&project, &["ab", "x", "y", "-o", "out.json"], Signal::INT);
        assert!(said.contains("interrupted"), "{said}");
        assert!(!project.file("out.json").exists());
        assert_gone(&project.read("other"));
    }
}

#[test]
fn an_interrupted_selftest_writes_nothing() {
    let project = project("worker", &worker("sleep 600 & echo $! $$ > pids; wait\n"));
    let said = interrupted(&project, &["selftest", "-o", "out.json"], Signal::INT);
    assert!(said.contains("interrupted"), "{said}");
    assert!(!project.file("out.json").exists());
}

#[test]
fn an_interrupted_profile_writes_nothing() {
    let project = project("worker", &worker("sleep 600 & echo $! $$ > pids; wait\n"));
    let said = interrupted(&project, &["profile", "x", "-o", "out.json"], Signal::INT);
    assert!(said.contains("interrupted"), "{said}");
    assert!(!project.file("out.json").exists());
}

#[test]
fn an_interrupted_session_leaves_those_before_it() {
    // Each round is a new worker; the first session has two.
    let hang = "echo x >> rounds\n[ $(wc -l < rounds) -le 2 ] || { sleep 600 & echo $! $$ > pids; wait; }\n";
    let project = project("worker", &format!("{hang}{}", worker(ANSWER)));
    let said = interrupted(&project, &["record", "--sessions", "3", "--pause", "0s", "-o", "out.json"], Signal::INT);
    assert!(said.contains("interrupted after 1 of 3 sessions: these are recorded"), "{said}");
    assert_eq!(project.baselines().len(), 1);
    assert!(!project.file("out.json").exists());
}

#[test]
fn a_pause_ends_when_it_is_interrupted() {
    let project = project("command", "");
    let mut child = project
        .command(&["record", "--sessions", "2", "--pause", "8h"])
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.contains("the next of 2 begins in 8h")), "perfgate ended before the pause");
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    assert!(told.any(|line| line.contains("interrupted after 1 of 2 sessions: these are recorded")));
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(project.baselines().len(), 1);
}

#[test]
fn an_interrupted_check_leaves_no_base_behind() {
    let hang = "sleep 600 & echo $! $$ >> \"$PIDS\"; wait\n";
    let project = project("worker", &worker(hang));
    let temporary = project.file("tmp");
    std::fs::create_dir(&temporary).unwrap();
    let pids = project.file("pids");
    let mut child = project
        .command(&["check", "--against", "HEAD"])
        .env("TMPDIR", &temporary)
        .env("PIDS", &pids)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&project, "pids", &mut child);
    let during = std::fs::read_dir(&temporary).unwrap().count();
    assert!(during > 0, "the base is laid out in the folder for temporary files");
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_gone(&project.read("pids"));
    assert_eq!(std::fs::read_dir(&temporary).unwrap().count(), 0);
}
