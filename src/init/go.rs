//! Go: programs, and benchmarks of the testing package.

use super::suite::{self, Wording};
use super::tree::split;
use super::{Finding, MOST_OF_A_KIND, Proposal, Subject, Tree, counted, listed};

/// Programs by folder (`cmd/NAME`, or the top), then all benchmarks as one suite.
pub fn find(tree: &Tree) -> Vec<Finding> {
    let Some(module) = tree.text("go.mod").and_then(module) else { return Vec::new() };
    let mut findings = Vec::new();
    findings.extend(programs(tree, &module));
    findings.extend(benchmarks(tree, &module));
    if findings.is_empty() {
        findings.push(Finding {
            what: "a Go module without programs and benchmarks".to_owned(),
            open: Some("write a benchmark (func BenchmarkX(b *testing.B)), and run `perfgate init` again".to_owned()),
            ..Finding::default()
        });
    }
    findings
}

fn module(text: &str) -> Option<String> {
    let name = text.lines().find_map(|line| line.trim().strip_prefix("module "))?;
    Some(name.split_whitespace().next()?.trim_matches('"').to_owned())
}

/// What `go build` calls the program of the top folder: a version at the end of the module's path is no part of it.
fn program_of(module: &str) -> &str {
    let is_version = |part: &str| {
        part.strip_prefix('v').is_some_and(|digits| !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()))
    };
    match module.rsplit_once('/') {
        Some((before, version)) if is_version(version) => split(before).1,
        _ => split(module).1,
    }
}

fn programs(tree: &Tree, module: &str) -> Option<Finding> {
    let is_main = |text: &str| text.lines().any(|line| line.trim_end() == "package main");
    let mut folders: Vec<&str> = tree
        .texts()
        .filter(|(path, text)| path.ends_with(".go") && !path.ends_with("_test.go") && is_main(text))
        .map(|(path, _)| split(path).0)
        .filter(|folder| folder.is_empty() || (folder.starts_with("cmd/") && folder.matches('/').count() == 2))
        .collect();
    folders.sort_unstable();
    folders.dedup();
    let name = |folder: &str| match folder.trim_end_matches('/') {
        "" => program_of(module).to_owned(),
        folder => split(folder).1.to_owned(),
    };
    let names: Vec<String> = folders.iter().map(|folder| name(folder)).collect();
    if names.is_empty() {
        return None;
    }
    let packages: Vec<String> =
        folders.iter().map(|folder| super::text::shell(&format!("./{}", folder.trim_end_matches('/')))).collect();
    let proposal = |name: &String| Proposal {
        name: name.clone(),
        subject: Subject::Program(vec![format!("bin/{name}"), "--version".to_owned()]),
        remark: "Edit: `--version` measures no more than how the program starts. Let it do typical work.".to_owned(),
    };
    Some(Finding {
        what: format!("Go, {}: {}", counted(names.len(), "program"), listed(&names)),
        build: Some(format!("go build -o bin/ {}", packages.join(" "))),
        proposals: names.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
        open: None,
    })
}

fn benchmarks(tree: &Tree, module: &str) -> Option<Finding> {
    let in_text = |text: &str| text.lines().filter(|line| line.starts_with("func Benchmark")).count();
    let files: Vec<(&str, usize)> = tree
        .texts()
        .filter(|(path, _)| path.ends_with("_test.go"))
        .map(|(path, text)| (path, in_text(text)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let count: usize = files.iter().map(|(_, count)| count).sum();
    if count == 0 {
        return None;
    }
    let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    let run = "go test -run '^$' -bench . -benchtime 100ms ./...";
    Some(Finding {
        what: format!("Go, {} in {}", counted(count, "benchmark"), listed(&paths)),
        build: Some("go test -run '^$' ./...".to_owned()),
        proposals: vec![Proposal {
            name: "bench".to_owned(),
            subject: Subject::Suite(suite::script(run, Wording::Go, module)),
            remark: suite::REMARK.to_owned(),
        }],
        open: None,
    })
}
