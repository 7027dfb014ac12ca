//! Golden cases: every folder of `fixtures/cases` holds input files, a `command`, and what it must say.
//!
//! `PERFGATE_BLESS=1 cargo test cases` writes what is said now as what is expected; read the difference before you commit
//! it.

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
    for entry in fs::read_dir(case).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, scratch.path().join(path.file_name().unwrap())).unwrap();
    }
    let command = fs::read_to_string(case.join("command")).unwrap();
    let words: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(words[0], "perfgate", "{}", case.display());
    let output =
        Command::new(env!("CARGO_BIN_EXE_perfgate")).args(&words[1..]).current_dir(scratch.path()).output().unwrap();
    let said = format!(
        "exit status: {}\n--- standard output\n{}--- standard error\n{}",
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap()
    );
    let said = said.replace(&scratch.path().display().to_string(), "[FOLDER]");
    let expected_file = case.join("expected");
    if std::env::var_os("PERFGATE_BLESS").is_some() {
        fs::write(&expected_file, &said).unwrap();
        return None;
    }
    let expected = fs::read_to_string(&expected_file).unwrap_or_default();
    (said != expected).then(|| show(case, &expected, &said))
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
