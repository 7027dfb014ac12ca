//! The documentation says what is: its commands, keys, links, dependencies and numbers are held against the program.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::{Project, Said};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Every Markdown page that is written for readers, relative to the top folder.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders: Vec<PathBuf> = vec![root().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if path.is_dir() && !name.starts_with('.') && !["target", "src", "cases"].contains(&name) {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path.strip_prefix(root()).unwrap().to_owned());
            }
        }
    }
    pages.sort();
    assert!(pages.len() >= 8, "only {pages:?} found");
    pages
}

/// The code blocks of one language in a page, without their indentation.
fn blocks(page: &Path, language: &str) -> Vec<String> {
    let text = read(page.to_str().unwrap());
    let mut blocks = Vec::new();
    let mut open: Option<String> = None;
    for line in text.lines() {
        let fence = line.trim_start().strip_prefix("```");
        match (&mut open, fence) {
            (None, Some(info)) => open = Some(format!("{info}\n")),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => block.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "{}: a code block is not closed", page.display());
    let of_language = blocks.iter().filter_map(|block| block.strip_prefix(&format!("{language}\n")));
    of_language.map(str::to_owned).collect()
}

/// The page without its code blocks and inline code, in which brackets are no links.
fn prose(page: &Path) -> String {
    let text = read(page.to_str().unwrap());
    let outside = text.split("```").step_by(2).collect::<String>();
    outside.split('`').step_by(2).collect()
}

#[test]
fn every_dependency_has_its_line_of_why() {
    let manifest: toml::Table = read("Cargo.toml").parse().unwrap();
    let page = read("docs/dependencies.md");
    let linux = manifest["target"].as_table().unwrap().values().next().unwrap();
    let sections =
        [&manifest["dependencies"], &manifest["dev-dependencies"], &linux["dependencies"], &linux["dev-dependencies"]];
    let all: Vec<String> = sections.iter().flat_map(|section| section.as_table().unwrap().keys().cloned()).collect();
    let missing: Vec<&String> = all.iter().filter(|name| !page.contains(&format!("\n| `{name}` | "))).collect();
    assert!(missing.is_empty(), "docs/dependencies.md lacks {missing:?}");
    let listed = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let gone: Vec<&str> = listed.map(|(name, _)| name).filter(|name| !all.iter().any(|known| known == name)).collect();
    assert!(gone.is_empty(), "docs/dependencies.md names what Cargo.toml does not: {gone:?}");
}

#[test]
fn every_verb_is_in_the_readme() {
    let help = Project::bare().perfgate(&["--help"]).expect(0).out;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    let verbs: Vec<&str> = commands
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .map(|line| line.split_whitespace().next().unwrap())
        .collect();
    assert!(verbs.contains(&"check") && verbs.len() >= 7, "{verbs:?}");
    let readme = read("README.md");
    let missing: Vec<&&str> =
        verbs.iter().filter(|verb| **verb != "help" && !readme.contains(&format!("| `perfgate {verb}"))).collect();
    assert!(missing.is_empty(), "README.md lacks the verbs {missing:?}");
}

#[test]
fn every_exit_status_is_in_the_readme() {
    let readme = read("README.md");
    for status in [0, 1, 2, 3, 4, 5, 130] {
        assert!(readme.contains(&format!("\n| {status} | ")), "README.md lacks the exit status {status}");
    }
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut broken = Vec::new();
    for page in pages() {
        let text = prose(&page);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target) {
            if target.contains("://") {
                continue;
            }
            let (file, place) = target.split_once('#').unwrap_or((target, ""));
            let path = root().join(&page).parent().unwrap().join(file);
            let path = if file.is_empty() { root().join(&page) } else { path };
            let found = path.exists() && (place.is_empty() || places(&path).contains(&place.to_owned()));
            if !found {
                broken.push(format!("{}: {target}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

/// The places in a page that a link can name: its headings, as forges spell them.
fn places(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    headings
        .map(|line| {
            let words = line.trim_start_matches('#').trim().to_lowercase();
            let kept = words.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}

#[test]
fn every_configuration_that_is_shown_is_accepted() {
    let mut seen = 0;
    for page in pages().iter().filter(|page| !page.starts_with("fixtures")) {
        for block in blocks(page, "toml") {
            let of_accepted =
                block.contains("[[accepted]]").then(|| perfgate::config::parse_accepted(&block).map(drop));
            let read = of_accepted.unwrap_or_else(|| perfgate::config::parse(&block).map(drop));
            assert_eq!(read, Ok(()), "{}: this is refused:\n{block}", page.display());
            seen += 1;
        }
    }
    for file in ["examples/worker-python/perfgate.toml", "perfgate.toml", "benches/gate/embedded.toml"] {
        assert!(perfgate::config::parse(&read(file)).is_ok(), "{file}");
    }
    assert!(seen >= 2, "only {seen} configurations found");
}

#[test]
fn every_document_that_is_shown_is_json_and_results_can_be_read() {
    let mut read_back = 0;
    for page in pages() {
        for block in blocks(&page, "json") {
            let value: Value =
                serde_json::from_str(&block).unwrap_or_else(|error| panic!("{}: {error}\n{block}", page.display()));
            if value["schema"] == "perfgate.result/1" {
                let result = perfgate::wire::read_result(&block).unwrap();
                let written = perfgate::wire::write_result(&result, perfgate::wire::Kind::Result);
                assert_eq!(serde_json::from_str::<Value>(&written).unwrap(), value, "{}", page.display());
                read_back += 1;
            }
            if value.get("rounds").is_some() || value.get("benchmarks").is_some_and(|_| value.get("schema").is_none()) {
                perfgate::import::generic::read(&block).unwrap_or_else(|error| panic!("{error}\n{block}"));
                read_back += 1;
            }
        }
    }
    assert!(read_back >= 3, "only {read_back} documents found");
}

/// What perfgate says about the comparison that docs/methodology.md works by hand.
fn worked_example(format: &str) -> Said {
    let project = Project::bare();
    let files = ["docs/example/base.json", "docs/example/candidate.json"];
    files.iter().for_each(|file| project.write(file, &read(file)));
    project.perfgate(&["compare", files[0], files[1], "--format", format]).expect(1)
}

#[test]
fn the_table_in_the_readme_is_the_one_that_is_printed() {
    let shown = blocks(Path::new("README.md"), "text");
    let printed = worked_example("table").out;
    assert!(shown.contains(&printed), "README.md shows\n{}\nand perfgate prints\n{printed}", shown.join("\n"));
}

#[test]
fn the_comparison_by_hand_has_the_numbers_of_the_program() {
    let comparison = worked_example("json").json();
    let page = read("docs/methodology.md");
    let worked = page.split("## A comparison by hand").nth(1).unwrap().split("\n## ").next().unwrap();
    let worked = worked.split_whitespace().collect::<Vec<_>>().join(" ");
    let number = |metric: &str, benchmark: &str, key: &str| -> f64 {
        let row = crate::support::row(&comparison, benchmark, metric);
        row.pointer(key).and_then(Value::as_f64).unwrap_or_else(|| panic!("{row:#} lacks {key}"))
    };
    let signed = |share: f64, digits: usize| format!("{:+.digits$} %", share * 100.0).replace('-', "−");
    let decode = |key: &str| number("latency", "decode", key);
    let encode = |key: &str| number("latency", "encode", key);
    for expected in [
        format!("`baseline` {:.2}", decode("/baseline")),
        format!("`candidate` {:.2}", decode("/candidate")),
        format!("a change of e^0.18376 − 1 = {}", signed(decode("/change"), 2)),
        format!("p = {:.2e}", decode("/p_value")),
        format!("{} to {}", signed(decode("/ci/0"), 2), signed(decode("/ci/1"), 2)),
        format!("= {:.2e} for `decode`", decode("/p_adjusted")),
        format!("p = {:.4}", encode("/p_value")),
        format!("interval {} to {}", signed(encode("/ci/0"), 2), signed(encode("/ci/1"), 2)),
        format!("could have seen ±{:.2} %", encode("/minimum_detectable_change") * 100.0),
        format!("about {} rounds are needed", encode("/rounds_needed")),
        format!("`binary_size`: {}", signed(number("binary_size", "decode", "/change"), 3)),
    ] {
        assert!(worked.contains(&expected), "docs/methodology.md does not say `{expected}`");
    }
    for (benchmark, metric, verdict) in [
        ("decode", "latency", "regression"),
        ("encode", "latency", "inconclusive"),
        ("decode", "binary_size", "unchanged"),
    ] {
        assert_eq!(crate::support::row(&comparison, benchmark, metric)["verdict"], verdict);
    }
}

#[test]
fn the_comparison_in_the_formats_is_the_one_that_is_written() {
    let comparison = worked_example("json").json();
    let page = Path::new("docs/formats.md");
    let shown = blocks(page, "json").into_iter().map(|block| serde_json::from_str::<Value>(&block).unwrap());
    let mut shown = shown.filter(|value| value["schema"] == "perfgate.comparison/1");
    let shown = shown.next().expect("docs/formats.md shows a comparison");
    assert_eq!(shown["rows"][0], comparison["rows"][0]);
    for key in ["verdict", "exit_code", "base", "candidate", "method", "alpha"] {
        assert_eq!(shown[key], comparison[key], "{key}");
    }
}

#[test]
fn the_result_in_the_formats_is_one_that_is_read() {
    let shown = blocks(Path::new("docs/formats.md"), "json");
    let shown = shown.iter().find(|block| block.contains("perfgate.result/1")).expect("docs/formats.md shows a result");
    let result = perfgate::wire::read_result(shown).unwrap();
    let benchmark = &result.benchmarks[0];
    assert_eq!(benchmark.latencies.as_ref().map(perfgate::result::Distribution::count), benchmark.queries);
    assert!(benchmark.course.is_some());
}

#[test]
fn the_manifest_of_releases_has_nothing_but_comments_and_checksums() {
    for line in read("release-checksums.txt").lines().filter(|line| !line.starts_with('#')) {
        let (sum, file) = line.split_once("  ").unwrap_or_else(|| panic!("`{line}` is not `SHA-256  FILE`"));
        assert!(sum.len() == 64 && sum.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{line}");
        assert!(file.starts_with("perfgate-") && file.ends_with(".tar.gz"), "{line}");
    }
}
