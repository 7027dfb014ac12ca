//! Golden cases: every folder of `fixtures/cases` holds input files, a `command`, and what it must say and write. With a file
//! `commits` it is a git repository, in which each line of that is the subject of a commit.
//!
//! `PERFGATE_BLESS=1 cargo test cases` writes what is said now as what is expected; read the difference before you commit
//! it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use similar::{ChangeTag, TextDiff};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases")
}

#[test]
fn every_case_says_what_it_said_before() {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    assert!(cases.len() >= 30, "only {} cases found", cases.len());
    let differences: Vec<String> = cases.iter().filter_map(|case| difference(case)).collect();
    assert!(differences.is_empty(), "{}\n(bless with PERFGATE_BLESS=1)", differences.join("\n"));
}

/// Runs a case in a copy of its folder; what differs from the expectation, if anything does.
fn difference(case: &Path) -> Option<String> {
    let scratch = tempfile::tempdir().unwrap();
    let inputs = files(case);
    for name in &inputs {
        let copy = scratch.path().join(name);
        fs::create_dir_all(copy.parent().unwrap()).unwrap();
        fs::copy(case.join(name), copy).unwrap();
    }
    if inputs.contains("commits") {
        commit(&fs::read_to_string(case.join("commits")).unwrap(), scratch.path());
    }
    let command = fs::read_to_string(case.join("command")).unwrap();
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words[0], "perfgate", "{}", case.display());
    let output =
        Command::new(env!("CARGO_BIN_EXE_perfgate")).args(&words[1..]).current_dir(scratch.path()).output().unwrap();
    let mut said = format!(
        "exit status: {}\n--- standard output\n{}--- standard error\n{}",
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap()
    );
    for name in files(scratch.path()).difference(&inputs) {
        said.push_str(&format!("--- {name}\n{}", fs::read_to_string(scratch.path().join(name)).unwrap()));
    }
    let said = said.replace(&scratch.path().display().to_string(), "[FOLDER]");
    let expected_file = case.join("expected");
    if std::env::var_os("PERFGATE_BLESS").is_some() {
        fs::write(&expected_file, &said).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&expected_file).unwrap_or_default();
    (said != expected).then(|| show(case, &expected, &said))
}

/// The files in a folder and below it, by their paths from there. What git keeps for itself does not count.
fn files(folder: &Path) -> BTreeSet<String> {
    let (mut found, mut left) = (BTreeSet::new(), vec![folder.to_path_buf()]);
    while let Some(place) = left.pop() {
        for entry in fs::read_dir(place).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                found.insert(path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            } else if path.file_name().unwrap() != ".git" {
                left.push(path);
            }
        }
    }
    found
}

/// Makes a folder a repository with these commits, a line each. They are empty, and the same whoever makes them, when and where.
fn commit(subjects: &str, folder: &Path) {
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for side in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{side}_NAME"), "somebody")
                .env(format!("GIT_{side}_EMAIL"), "somebody@perfgate.invalid");
            git.env(format!("GIT_{side}_DATE"), "2026-03-01T12:00:00Z");
        }
        assert!(git.status().unwrap().success(), "git {arguments:?}");
    };
    git(&["init", "--quiet", "--initial-branch=main"]);
    for subject in subjects.lines() {
        git(&["commit", "--quiet", "--allow-empty", "--message", subject]);
    }
}

fn show(case: &Path, expected: &str, said: &str) -> String {
    let mut text = format!("case {} (- expected, + said):\n", case.file_name().unwrap().to_str().unwrap());
    for change in TextDiff::from_lines(expected, said).iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => "-",
            ChangeTag::Insert => "+",
            ChangeTag::Equal => " ",
        };
        text.push_str(&format!("{sign} {change}"));
    }
    text
}
