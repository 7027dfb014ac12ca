//! A file that the user named and that is not what was expected: what it looks like, what was expected, and what to do. The one
//! place that says it, for all verbs that read files.

use std::fs;
use std::path::Path;

use super::AppError;
use crate::import::looks::{Looks, Tool, looks_like};
use crate::wire::WireError;

/// What a verb reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// A result, a baseline or raw samples.
    Result,
    /// The same, or a comparison.
    Exported,
    /// What a report is made from.
    Reported,
    /// A comparison.
    Comparison,
}

/// How samples look that any tool can write.
const SAMPLES: &str = "{\"unit\": \"ns\", \"rounds\": [[812, 799], [805, 811]]}";

impl Wanted {
    fn what(self) -> &'static str {
        match self {
            Self::Result => "a result or baseline document, or raw samples",
            Self::Exported => "a result, baseline or comparison document, or raw samples",
            Self::Reported => "a result, baseline, comparison or profile document",
            Self::Comparison => "a comparison document",
        }
    }

    /// What makes it.
    fn made_by(self) -> String {
        match self {
            Self::Result => {
                format!(
                    "`perfgate run -o FILE.json` saves a result document; other tools can write samples such as {SAMPLES}"
                )
            }
            Self::Exported => {
                "`perfgate run -o FILE.json` saves a result document, `check -o FILE.json` a comparison".to_owned()
            }
            Self::Reported => {
                "a report is made from what `run -o FILE.json`, `check -o FILE.json`, `compare -o FILE.json` and \
                               `profile -o FILE.json` save, and from baselines"
                    .to_owned()
            }
            Self::Comparison => {
                "`perfgate check -o FILE.json` and `perfgate compare BASE CANDIDATE -o FILE.json` save one".to_owned()
            }
        }
    }
}

/// The text of a file that the user named.
pub fn text_of(path: &Path, wanted: Wanted) -> Result<String, AppError> {
    if path.is_dir() {
        return Err(AppError::usage(format!("`{}` is a folder", path.display())).hint(wanted.made_by()));
    }
    let bytes = fs::read(path).map_err(|error| AppError::unreadable(path, &error))?;
    text(path, bytes, wanted)
}

/// The same, of a file that was read already.
pub fn text(path: &Path, bytes: Vec<u8>, wanted: Wanted) -> Result<String, AppError> {
    let looks = looks_like(&path.display().to_string(), &bytes);
    match (String::from_utf8(bytes), looks) {
        (Ok(text), _) => Ok(text),
        (Err(_), looks) => Err(told(path, &looks.unwrap_or(Looks::Binary), wanted)),
    }
}

/// What is wrong with a file whose reader found a problem.
pub fn wrong(path: &Path, text: &str, wanted: Wanted, problem: &WireError) -> AppError {
    let looks = looks_like(&path.display().to_string(), text.as_bytes());
    match (problem, looks) {
        (WireError::OtherKind { .. }, Some(looks @ Looks::Document(_))) => {
            hinted(AppError::not_a_document(path, problem), &looks, path, wanted)
        }
        // It is what was wanted, and something is wrong with it.
        (WireError::Newer(_) | WireError::Invalid(_), Some(Looks::Document(_))) => {
            AppError::not_a_document(path, problem)
        }
        (WireError::NotJson(_) | WireError::NotADocument(_), Some(looks)) => told(path, &looks, wanted),
        _ => AppError::not_a_document(path, problem).hint(wanted.made_by()),
    }
}

/// What is wrong with a file that is no document, and whose samples cannot be read either.
pub fn no_samples(path: &Path, text: &str, wanted: Wanted, problem: &str) -> AppError {
    match looks_like(&path.display().to_string(), text.as_bytes()) {
        Some(looks) => told(path, &looks, wanted),
        None => AppError::usage(format!("`{}` cannot be used: {problem}", path.display()))
            .hint(format!("expected a result document, or samples such as {SAMPLES}")),
    }
}

/// What a file looks like, and not what was expected.
fn told(path: &Path, looks: &Looks, wanted: Wanted) -> AppError {
    let message = format!("`{}` cannot be used: it {looks}, expected {}", path.display(), wanted.what());
    hinted(AppError::usage(message), looks, path, wanted)
}

fn hinted(error: AppError, looks: &Looks, path: &Path, wanted: Wanted) -> AppError {
    match what_to_do(looks, &path.display().to_string()) {
        Some(hint) => error.hint(hint).hint(wanted.made_by()),
        None => error.hint(wanted.made_by()),
    }
}

/// What takes a file that looks so, or what becomes of it.
fn what_to_do(looks: &Looks, file: &str) -> Option<String> {
    Some(match looks {
        Looks::Empty => "what was to write it was stopped, or failed: look at what it said".to_owned(),
        Looks::Packed(tool) => format!("unpack it first: {tool} {file}"),
        Looks::Configuration => {
            format!("it says what to measure: perfgate run --config {file} -o result.json measures it")
        }
        Looks::Html | Looks::Markdown | Looks::Printed => {
            "that is for people; programs read the document, which the same command saves: -o FILE.json".to_owned()
        }
        Looks::Csv | Looks::OpenMetrics | Looks::Parquet => {
            "what is exported is for other tools, and is not read back; keep the document that it was made from"
                .to_owned()
        }
        Looks::Document(kind) => taken_by(kind)?,
        Looks::Tool(tool) => of_tool(*tool, file),
        Looks::Binary | Looks::Toml | Looks::Schema => return None,
    })
}

/// Which verbs take a document of this kind.
fn taken_by(kind: &str) -> Option<String> {
    Some(match kind {
        "result" | "baseline" => {
            "a result is for `perfgate compare`, `check --baseline`, `report` and `export`".to_owned()
        }
        "comparison" => {
            "a comparison is for `perfgate report`, `comment`, `accept --from` and `export openmetrics`".to_owned()
        }
        "profile" => "a profile is for `perfgate report`".to_owned(),
        "capacity" | "ab" | "history" | "plan" | "selftest" => {
            format!("no verb reads it; `perfgate {kind} … -o FILE.html` makes a page for people")
        }
        "baselines" => {
            "it lists what is recorded; `perfgate baselines show REV -o FILE.json` saves one as a result".to_owned()
        }
        _ => return None,
    })
}

/// How samples come out of another tool's file.
fn of_tool(tool: Tool, file: &str) -> String {
    let jq = |filter: &str| format!("rounds come out of it by: jq '{{benchmarks: {filter}}}' {file} > samples.json");
    match tool {
        Tool::Hyperfine => jq("[.results[] | {name: .command, unit: \"s\", rounds: .times}]"),
        Tool::PytestBenchmark => {
            jq("[.benchmarks[] | {name: .fullname, unit: \"s\", rounds: .stats.data}]")
                + ", if --benchmark-save-data kept them; `perfgate init` makes a benchmark of the suite"
        }
        Tool::GoogleBenchmark => {
            jq("[.benchmarks | map(select(.run_type == \"iteration\")) | group_by(.name)[] | {name: .[0].name, unit: .[0].time_unit, rounds: map(.real_time)}]")
                + ", if it was run with --benchmark_repetitions; `perfgate init` makes a benchmark of the suite"
        }
        Tool::Criterion => {
            "it has the samples of one process, which are no rounds; `perfgate init` makes a benchmark of `cargo bench`".to_owned()
        }
        Tool::Go => "`perfgate init` makes a benchmark of `go test -bench`".to_owned(),
        Tool::K6 => {
            "it has summaries and no rounds; perfgate asks a service itself: a benchmark with `http = \"http://…\"`, scenario \"server\""
                .to_owned()
        }
        Tool::Jmh => "the values of its forks are rounds (`primaryMetric.rawData`)".to_owned(),
    }
}
