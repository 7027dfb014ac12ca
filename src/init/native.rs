//! C and C++: CMake's programs, Google Benchmark, and make's target `bench`.

use super::suite::{self, Wording};
use super::text::shell;
use super::tree::split;
use super::{Finding, MOST_OF_A_KIND, Proposal, Subject, Tree, counted, listed};

const CMAKE: &str = "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build";

/// A program that CMake makes.
struct Program {
    name: String,
    /// Where it is after the build.
    path: String,
    /// Whether it is linked with Google Benchmark.
    is_suite: bool,
}

/// CMake's, else make's.
pub fn find(tree: &Tree) -> Vec<Finding> {
    if tree.has("CMakeLists.txt") { cmake(tree) } else { make(tree).into_iter().collect() }
}

fn cmake(tree: &Tree) -> Vec<Finding> {
    let lists = tree.texts().filter(|(path, _)| *path == "CMakeLists.txt" || path.ends_with("/CMakeLists.txt"));
    let all: Vec<Program> = lists.flat_map(|(path, text)| in_list(split(path).0, text)).collect();
    let (suites, programs): (Vec<&Program>, Vec<&Program>) = all.iter().partition(|program| program.is_suite);
    let names = |programs: &[&Program]| programs.iter().map(|program| program.name.clone()).collect::<Vec<_>>();
    let mut findings = Vec::new();
    if !programs.is_empty() {
        let proposal = |program: &&Program| Proposal {
            name: program.name.clone(),
            subject: Subject::Program(vec![program.path.clone(), "--version".to_owned()]),
            remark: "Edit: `--version` measures no more than how the program starts. Let it do typical work."
                .to_owned(),
        };
        findings.push(Finding {
            what: format!("CMake, {}: {}", counted(programs.len(), "program"), listed(&names(&programs))),
            build: Some(CMAKE.to_owned()),
            proposals: programs.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
            open: None,
        });
    }
    if !suites.is_empty() {
        let proposal = |program: &&Program| Proposal {
            name: program.name.clone(),
            subject: Subject::Suite(suite::script(
                &format!("{} --benchmark_format=csv --benchmark_min_time=0.1", shell(&program.path)),
                Wording::GoogleCsv,
                "",
            )),
            remark: suite::REMARK.to_owned(),
        };
        findings.push(Finding {
            what: format!("Google Benchmark, {}: {}", counted(suites.len(), "program"), listed(&names(&suites))),
            build: Some(CMAKE.to_owned()),
            proposals: suites.iter().take(MOST_OF_A_KIND).map(proposal).collect(),
            open: None,
        });
    }
    if findings.is_empty() {
        findings.push(Finding {
            what: "CMakeLists.txt, in which no add_executable was understood".to_owned(),
            open: Some("build with [build], and measure the program that comes out of it".to_owned()),
            ..Finding::default()
        });
    }
    findings
}

/// The programs of one CMakeLists.txt. Names with variables or in generated text are not understood.
fn in_list(folder: &str, text: &str) -> Vec<Program> {
    let calls = calls(text);
    let arguments = |command: &str| -> Vec<&Vec<String>> {
        calls.iter().filter(|(name, _)| name == command).map(|(_, arguments)| arguments).collect()
    };
    let linked = arguments("target_link_libraries");
    let is_suite = |name: &str| {
        linked.iter().any(|words| {
            words.first().is_some_and(|target| target == name)
                && words.iter().skip(1).any(|word| word.starts_with("benchmark::") || word == "benchmark")
        })
    };
    let is_literal = |name: &&String| !name.is_empty() && !name.contains(['$', '<', '"']);
    arguments("add_executable")
        .into_iter()
        .filter(|words| !words.iter().any(|word| word == "ALIAS" || word == "IMPORTED"))
        .filter_map(|words| words.first())
        .filter(is_literal)
        .filter(|name| !name.to_lowercase().contains("test"))
        .map(|name| Program { name: name.clone(), path: format!("build/{folder}{name}"), is_suite: is_suite(name) })
        .collect()
}

/// The commands of a CMakeLists.txt in lower case, with their arguments.
fn calls(text: &str) -> Vec<(String, Vec<String>)> {
    let without_comments: Vec<&str> = text.lines().map(|line| line.split('#').next().unwrap_or_default()).collect();
    let text = without_comments.join("\n");
    let mut calls = Vec::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('(') {
        let name = before.trim_end().rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or_default();
        let (inside, behind) = after.split_once(')').unwrap_or((after, ""));
        calls.push((name.to_lowercase(), inside.split_whitespace().map(str::to_owned).collect()));
        rest = behind;
    }
    calls
}

fn make(tree: &Tree) -> Option<Finding> {
    let text = ["GNUmakefile", "makefile", "Makefile"].iter().find_map(|name| tree.text(name))?;
    let has = |target: &str| {
        text.lines().any(|line| {
            line.split(':')
                .next()
                .is_some_and(|before| line.contains(':') && before.split_whitespace().any(|word| word == target))
        })
    };
    let bench = ["bench", "benchmark", "benchmarks"].iter().find(|target| has(target));
    Some(match bench {
        Some(target) => Finding {
            what: format!("make, with the target `{target}`"),
            open: Some(format!(
                "`make {target}` builds and runs, so its duration says little: let `command` start what it starts, or let it \
                 append what it reports to the file that PERFGATE_METRICS names"
            )),
            ..Finding::default()
        },
        // Beside another way to build, a Makefile is a collection of short cuts.
        None if ["Cargo.toml", "go.mod", "package.json", "pyproject.toml"].iter().any(|other| tree.has(other)) => {
            return None;
        }
        None => Finding {
            what: "make".to_owned(),
            open: Some("`[build]` can be `make`; name the program that comes out of it in `command`".to_owned()),
            ..Finding::default()
        },
    })
}
