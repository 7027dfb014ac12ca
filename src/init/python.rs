//! Python: pytest-benchmark and what is compatible with it, asv, programs of the package.

use toml::Table;

use super::text::shell;
use super::tree::{is_requirements, split};
use super::{Finding, MOST_OF_A_KIND, Proposal, Subject, Tree, counted, listed, suite};

/// Programs, then suites.
pub fn find(tree: &Tree) -> Vec<Finding> {
    let project = tree.text("pyproject.toml").and_then(|text| text.parse::<Table>().ok());
    let mut findings = Vec::new();
    findings.extend(project.as_ref().and_then(|project| programs(tree, project)));
    findings.extend(pytest(tree));
    if let Some(path) = tree.paths().find(|path| split(path).1 == "asv.conf.json") {
        findings.push(Finding {
            what: format!("asv benchmarks ({path})"),
            open: Some(
                "perfgate does not run asv. Its benchmarks are plain functions: call one from a script, and measure that"
                    .to_owned(),
            ),
            ..Finding::default()
        });
    }
    findings
}

/// `[project.scripts]`: called by their function, so that each revision runs its own code and not what is installed.
fn programs(tree: &Tree, project: &Table) -> Option<Finding> {
    let scripts = project.get("project")?.get("scripts")?.as_table()?;
    let entries: Vec<(&String, &str, &str)> = scripts
        .iter()
        .filter_map(|(name, entry)| {
            let (module, function) = entry.as_str()?.split_once(':')?;
            let is_name = |text: &str| {
                text.split('.').all(|part| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '_'))
            };
            (is_name(module) && is_name(function)).then_some((name, module, function))
        })
        .collect();
    if entries.is_empty() {
        return None;
    }
    let path = if has_src(tree) { "sys.path.insert(0, 'src'); " } else { "" };
    let proposal = |(name, module, function): &(&String, &str, &str)| {
        let first = function.split('.').next().unwrap_or(function);
        let call = format!("import sys; {path}from {module} import {first}; sys.exit({function}())");
        Proposal {
            name: (*name).clone(),
            subject: Subject::Program(vec!["python3".to_owned(), "-c".to_owned(), call, "--version".to_owned()]),
            remark:
                "The program as [project.scripts] has it, from the files of the revision and not as installed. Edit: \
                     `--version` measures little more than imports. Let it do typical work."
                    .to_owned(),
        }
    };
    let names: Vec<&String> = entries.iter().map(|(name, ..)| *name).collect();
    Some(Finding {
        what: format!("Python, {}: {}", counted(names.len(), "program"), listed(&names)),
        build: None,
        proposals: entries.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
        open: None,
    })
}

/// Whether the package lies in `src`. Python then finds it only where it is installed, which is the same for both sides of a
/// check; what is in the way of an installed package is each side's own.
fn has_src(tree: &Tree) -> bool {
    tree.inside("src/").any(|path| path.ends_with(".py"))
}

/// pytest-benchmark, if the project asks for it.
fn pytest(tree: &Tree) -> Option<Finding> {
    let asks = |(path, text): (&str, &str)| {
        let name = split(path).1;
        let manifest = ["pyproject.toml", "setup.py", "setup.cfg", "tox.ini", "noxfile.py"].contains(&name);
        (manifest || is_requirements(name))
            && ["pytest-benchmark", "pytest_benchmark", "pytest-codspeed"].iter().any(|word| text.contains(word))
    };
    if !tree.texts().any(asks) {
        return None;
    }
    let place = place(tree);
    let what = match &place {
        Some(place) => format!("pytest benchmarks in {place}"),
        None => "pytest-benchmark".to_owned(),
    };
    let run = place.as_deref().map_or_else(String::new, |place| format!(" {}", shell(place)));
    let path = if has_src(tree) { "export PYTHONPATH=\"$PWD/src${PYTHONPATH:+:$PYTHONPATH}\"\n" } else { "" };
    let script = format!(
        "results=$(mktemp) || exit
trap 'rm -f \"$results\"' EXIT
{path}python3 -m pytest -q --benchmark-only --benchmark-json=\"$results\" --benchmark-max-time=0.2{run} >&2 || exit
python3 - \"$results\" >>\"$PERFGATE_METRICS\" <<'END'
{READ}
END
"
    );
    Some(Finding {
        what,
        build: None,
        proposals: vec![Proposal {
            name: "bench".to_owned(),
            subject: Subject::Suite(script),
            remark: suite::REMARK.to_owned(),
        }],
        open: None,
    })
}

/// Reads what pytest-benchmark has saved.
const READ: &str = "\
import json, sys
for one in json.load(open(sys.argv[1]))[\"benchmarks\"]:
    name, median = one[\"fullname\"][-180:], one[\"stats\"][\"median\"]
    print(json.dumps({\"metric\": name, \"value\": median * 1e9, \"unit\": \"ns\", \"direction\": \"lower\"}))";

/// The folder, or else the file, that has the benchmarks by its name.
fn place(tree: &Tree) -> Option<String> {
    let is_test = |path: &str| {
        let name = split(path).1;
        name.ends_with(".py") && (name.starts_with("test_") || name.starts_with("bench_") || name.ends_with("_test.py"))
    };
    let folder = ["benchmarks/", "benchmark/", "bench/", "tests/benchmarks/", "tests/benchmark/", "tests/bench/"]
        .into_iter()
        .find(|folder| tree.inside(folder).any(is_test));
    let file = || tree.paths().find(|path| is_test(path) && split(path).1.contains("bench")).map(str::to_owned);
    folder.map(|folder| folder.trim_end_matches('/').to_owned()).or_else(file)
}
