//! A file that is not what a verb reads: it is told what it looks like, what was expected, and what to do.

use std::fs;

use crate::support::Project;

const RESULT: &str = r#"{"schema": "perfgate.result/1", "benchmarks": []}"#;

/// Files that people have at hand, with what is said of each.
const FILES: [(&str, &[u8], &str, &str); 12] = [
    (
        "other.toml",
        b"[[benchmark]]\nname = \"x\"\n",
        "looks like a configuration of perfgate",
        "perfgate run --config other.toml",
    ),
    ("page.html", b"<!doctype html>\n<html></html>", "looks like a page of HTML", "-o FILE.json"),
    ("check.md", b"### perfgate: 1 benchmark is slower\n", "looks like Markdown", "-o FILE.json"),
    ("rounds.csv", b"commit,value\n1,2\n", "looks like CSV", "is not read back"),
    ("empty.json", b"", "is empty", "what was to write it"),
    ("packed.json", &[0x1f, 0x8b, 8, 0, 0], "is packed", "gunzip packed.json"),
    (
        "estimates.json",
        br#"{"mean": {"confidence_interval": {}}, "median": {"confidence_interval": {}}}"#,
        "a file of criterion's",
        "perfgate init",
    ),
    (
        "hyperfine.json",
        br#"{"results": [{"command": "ls", "times": [0.1]}]}"#,
        "hyperfine --export-json",
        "rounds: .times",
    ),
    (
        "pytest.json",
        br#"{"machine_info": {}, "benchmarks": [{"stats": {}}]}"#,
        "pytest --benchmark-json",
        "perfgate init",
    ),
    (
        "google.json",
        br#"{"context": {}, "benchmarks": [{"name": "a", "real_time": 1}]}"#,
        "JSON of Google Benchmark",
        "perfgate init",
    ),
    ("k6.json", br#"{"metrics": {"iterations": {}}, "root_group": {}}"#, "a summary of k6", "no rounds"),
    ("capacity.json", br#"{"schema": "perfgate.capacity/1"}"#, "`perfgate.capacity/1` document", "no verb reads it"),
];

/// The verbs that read files, where `FILE` stands for one, with what each makes do with.
const VERBS: [(&[&str], &str); 6] = [
    (&["compare", "result.json", "FILE"], "expected a result or baseline document"),
    (&["compare", "FILE", "result.json"], "expected a result or baseline document"),
    (&["check", "--config", "gate.toml", "--baseline", "FILE"], "expected a result or baseline document"),
    (&["report", "FILE"], "expected a result, baseline, comparison or profile document"),
    (&["export", "csv", "FILE"], "expected a result"),
    (&["accept", "--config", "gate.toml", "--from", "FILE", "--why", "x"], "expected a comparison document"),
];

fn project() -> Project {
    let project = Project::git();
    project.write("gate.toml", "[[benchmark]]\nname = \"x\"\ncommand = [\"true\"]\n");
    project.write("result.json", RESULT);
    project.commit();
    project
}

fn arguments<'a>(verb: &[&'a str], file: &'a str) -> Vec<&'a str> {
    verb.iter().map(|word| if *word == "FILE" { file } else { word }).collect()
}

#[test]
fn every_verb_says_what_a_wrong_file_looks_like_and_what_to_do() {
    let project = project();
    for (name, bytes, looks, hint) in FILES {
        fs::write(project.file(name), bytes).unwrap();
        for (verb, expected) in VERBS {
            let said = project.perfgate(&arguments(verb, name)).expect(2);
            for text in [&format!("`{name}`"), looks, expected, hint] {
                said.err_has(text);
            }
        }
    }
}

#[test]
fn a_document_of_another_kind_names_the_verbs_that_take_it() {
    let project = project();
    project.write("check.json", r#"{"schema": "perfgate.comparison/1"}"#);
    let said = project.perfgate(&["compare", "result.json", "check.json"]).expect(2);
    said.err_has("it is a `perfgate.comparison/1` document, expected a result or baseline document");
    said.err_has("a comparison is for `perfgate report`");
    let said = project.perfgate(&["accept", "--config", "gate.toml", "--from", "result.json", "--why", "x"]).expect(2);
    said.err_has("it is a `perfgate.result/1` document, expected a comparison document");
    said.err_has("a result is for `perfgate compare`");
    said.err_has("`perfgate check -o FILE.json`");
}

#[test]
fn a_folder_is_called_one() {
    let project = project();
    fs::create_dir(project.file("folder")).unwrap();
    for (verb, _) in VERBS {
        project.perfgate(&arguments(verb, "folder")).expect(2).err_has("`folder` is a folder");
    }
    project.perfgate(&["compare", "--config", "gate.toml", "folder", "result.json"]).expect(2).err_has("is a folder");
}
