//! What a file looks like that is not what was expected: enough to tell its user what it is. Pure, from its name and its bytes.
//!
//! Nothing here says that a file is fit for anything. What is not recognised is `None`: then what its reader found wrong says more.

use std::fmt;

use serde_json::Value;

/// What a file looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looks {
    /// Nothing, or blanks.
    Empty,
    /// Packed: what unpacks it.
    Packed(&'static str),
    /// Apache Parquet.
    Parquet,
    /// Bytes that are no text.
    Binary,
    /// A configuration of perfgate's.
    Configuration,
    /// Some other TOML.
    Toml,
    /// A page of HTML.
    Html,
    /// Markdown.
    Markdown,
    /// What perfgate prints for people.
    Printed,
    /// A table of values between commas.
    Csv,
    /// Prometheus's text.
    OpenMetrics,
    /// A document of perfgate's, of this kind: a word of at most 40 letters.
    Document(String),
    /// A JSON Schema.
    Schema,
    /// The output of another tool.
    Tool(Tool),
}

/// A tool whose output people have at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `estimates.json` or `sample.json` of criterion.
    Criterion,
    /// `hyperfine --export-json`.
    Hyperfine,
    /// `pytest --benchmark-json`.
    PytestBenchmark,
    /// `--benchmark_format=json` of Google Benchmark.
    GoogleBenchmark,
    /// The summary of k6.
    K6,
    /// JMH's JSON.
    Jmh,
    /// `go test -bench`.
    Go,
}

impl Tool {
    /// What its file is.
    pub fn file(self) -> &'static str {
        match self {
            Self::Criterion => "a file of criterion's (estimates.json, sample.json)",
            Self::Hyperfine => "what `hyperfine --export-json` writes",
            Self::PytestBenchmark => "what `pytest --benchmark-json` writes",
            Self::GoogleBenchmark => "JSON of Google Benchmark",
            Self::K6 => "a summary of k6",
            Self::Jmh => "JSON of JMH",
            Self::Go => "the output of `go test -bench`",
        }
    }
}

impl fmt::Display for Looks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "is empty",
            Self::Packed(_) => "is packed",
            Self::Parquet => "looks like a Parquet file",
            Self::Binary => "is not text",
            Self::Configuration => "looks like a configuration of perfgate, in TOML",
            Self::Toml => "looks like TOML",
            Self::Html => "looks like a page of HTML",
            Self::Markdown => "looks like Markdown",
            Self::Printed => "looks like what perfgate prints for people",
            Self::Csv => "looks like CSV",
            Self::OpenMetrics => "looks like OpenMetrics, the text of Prometheus",
            Self::Document(kind) => return write!(f, "is a perfgate document of the kind `{kind}`"),
            Self::Schema => "looks like a JSON Schema",
            Self::Tool(tool) => return write!(f, "looks like {}", tool.file()),
        })
    }
}

/// What the file with this name and these bytes looks like, if that is known.
pub fn looks_like(name: &str, bytes: &[u8]) -> Option<Looks> {
    const PACKED: [(&[u8], &str); 4] = [
        (&[0x1f, 0x8b], "gunzip"),
        (b"PK\x03\x04", "unzip"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "unzstd"),
        (b"BZh", "bunzip2"),
    ];
    if let Some((_, tool)) = PACKED.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Some(Looks::Packed(tool));
    }
    if bytes.starts_with(b"PAR1") {
        return Some(Looks::Parquet);
    }
    let Some(text) = std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0')) else {
        return Some(Looks::Binary);
    };
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Some(Looks::Empty);
    }
    match serde_json::from_str(text) {
        Ok(value) => of_json(&value),
        Err(_) => of_text(name, text),
    }
}

fn of_text(name: &str, text: &str) -> Option<Looks> {
    let named = |extension: &str| name.to_ascii_lowercase().ends_with(extension);
    let begins = |words: &[&str]| {
        let start: String = text.chars().take(40).collect::<String>().to_ascii_lowercase();
        words.iter().any(|word| start.starts_with(word))
    };
    let first = text.lines().next().unwrap_or_default();
    if begins(&["<!doctype html", "<html"]) || named(".html") {
        Some(Looks::Html)
    } else if begins(&["# type ", "# help ", "# unit "]) {
        Some(Looks::OpenMetrics)
    } else if named(".toml") || is_toml(text) {
        let ours = |line: &str| ["[[benchmark]]", "[gate]", "[baseline]", "[[accept]]"].contains(&line.trim());
        Some(if text.lines().any(ours) { Looks::Configuration } else { Looks::Toml })
    } else if begins(&["# ", "## ", "### "]) || named(".md") {
        Some(Looks::Markdown)
    } else if begins(&["perfgate measured ", "perfgate check ", "perfgate compare "]) {
        Some(Looks::Printed)
    } else if text.lines().any(|line| line.starts_with("Benchmark") && line.contains(" ns/op")) {
        Some(Looks::Tool(Tool::Go))
    } else if !first.starts_with(['{', '[', '"']) && (named(".csv") || is_csv(text)) {
        Some(Looks::Csv)
    } else {
        None
    }
}

/// Sections and keys, and nothing else at the beginning of a line.
fn is_toml(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).take(3);
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    let is_section = |line: &str| {
        let inside = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let inside = inside.map(|word| word.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(word));
        inside.is_some_and(|word| is_word(word) && !word.starts_with(|c: char| c.is_ascii_digit()))
    };
    let is_key = |line: &str| line.split_once('=').is_some_and(|(key, _)| is_word(key.trim()));
    lines.next().is_some_and(|line| is_section(line) || is_key(line))
        && lines.all(|line| is_section(line) || is_key(line))
}

/// Two lines and more with equally many commas.
fn is_csv(text: &str) -> bool {
    let commas: Vec<usize> = text.lines().take(3).map(|line| line.matches(',').count()).collect();
    commas.len() > 1 && commas.iter().all(|count| *count > 0 && Some(count) == commas.first())
}

fn of_json(value: &Value) -> Option<Looks> {
    let has = |key: &str| value.get(key).is_some_and(|value| !value.is_null());
    let first = |list: Option<&Value>| list.and_then(Value::as_array).and_then(|list| list.first()).cloned();
    let first_has = |list: &str, keys: &[&str]| {
        first(value.get(list)).is_some_and(|item| keys.iter().all(|key| item.get(key).is_some()))
    };
    let estimate = |key: &str| value.get(key).is_some_and(|estimate| estimate.get("confidence_interval").is_some());
    let document = value.get("schema").and_then(Value::as_str).and_then(kind);
    let tool = if first_has("results", &["command", "times"]) || first_has("results", &["command", "mean"]) {
        Tool::Hyperfine
    } else if has("machine_info") && has("benchmarks") {
        Tool::PytestBenchmark
    } else if has("context") && (first_has("benchmarks", &["real_time"]) || first_has("benchmarks", &["cpu_time"])) {
        Tool::GoogleBenchmark
    } else if has("metrics") && (has("root_group") || value.pointer("/metrics/iterations").is_some()) {
        Tool::K6
    } else if (estimate("mean") && estimate("median")) || (has("iters") && has("times")) {
        Tool::Criterion
    } else if first(Some(value)).is_some_and(|item| item.get("primaryMetric").is_some()) {
        Tool::Jmh
    } else if document.is_some() {
        return document.map(Looks::Document);
    } else {
        return (has("$schema") && has("properties")).then_some(Looks::Schema);
    };
    Some(Looks::Tool(tool))
}

/// The kind of a document, from its `schema`.
fn kind(schema: &str) -> Option<String> {
    let (kind, _) = schema.strip_prefix("perfgate.")?.split_once('/')?;
    let is_word = kind.len() <= 40 && kind.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    is_word.then(|| kind.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_have_at_hand_is_recognised() {
        let tool = |tool| Some(Looks::Tool(tool));
        let cases: &[(&str, &[u8], Option<Looks>)] = &[
            ("x.json", b"", Some(Looks::Empty)),
            ("x.json", b" \n", Some(Looks::Empty)),
            ("x.json", &[0x1f, 0x8b, 8, 0], Some(Looks::Packed("gunzip"))),
            ("x.json", b"PK\x03\x04\x14", Some(Looks::Packed("unzip"))),
            ("rounds", b"PAR1\x15", Some(Looks::Parquet)),
            ("x.json", &[0xff, 0xfe], Some(Looks::Binary)),
            ("x.json", b"a\0b", Some(Looks::Binary)),
            ("perfgate.toml", b"# gate\n[gate]\nthreshold = 0.1\n", Some(Looks::Configuration)),
            ("x", b"[[benchmark]]\nname = \"a\"\ncommand = [\"x\"]\n", Some(Looks::Configuration)),
            ("Cargo.toml", b"[package]\nname = \"x\"\n", Some(Looks::Toml)),
            ("x", b"key = 1\n", Some(Looks::Toml)),
            ("x", b"<!DOCTYPE html>\n<html>", Some(Looks::Html)),
            ("check.md", b"perfgate", Some(Looks::Markdown)),
            ("x", b"### perfgate: 2 benchmarks measured\n", Some(Looks::Markdown)),
            ("x", b"# TYPE perfgate_verdict gauge\n", Some(Looks::OpenMetrics)),
            ("x.txt", b"perfgate measured 2 benchmarks   10 rounds\n", Some(Looks::Printed)),
            ("x", b"a,b\n1,2\n", Some(Looks::Csv)),
            ("x.csv", b"a\n1\n", Some(Looks::Csv)),
            ("x", b"goos: linux\nBenchmarkX-8 \t 100 \t 12 ns/op\n", tool(Tool::Go)),
            ("x", br#"{"schema": "perfgate.plan/1"}"#, Some(Looks::Document("plan".to_owned()))),
            ("x", br#"{"$schema": "https://json-schema.org/x", "properties": {}}"#, Some(Looks::Schema)),
            ("x", br#"{"results": [{"command": "ls", "mean": 1, "times": [1]}]}"#, tool(Tool::Hyperfine)),
            ("x", br#"{"machine_info": {}, "benchmarks": []}"#, tool(Tool::PytestBenchmark)),
            ("x", br#"{"context": {}, "benchmarks": [{"name": "a", "real_time": 1}]}"#, tool(Tool::GoogleBenchmark)),
            ("x", br#"{"metrics": {"iterations": {}}, "root_group": {}}"#, tool(Tool::K6)),
            (
                "x",
                br#"{"mean": {"confidence_interval": {}}, "median": {"confidence_interval": {}}}"#,
                tool(Tool::Criterion),
            ),
            ("x", br#"{"sampling_mode": "Linear", "iters": [1], "times": [2]}"#, tool(Tool::Criterion)),
            ("x", br#"[{"benchmark": "a.B", "primaryMetric": {}}]"#, tool(Tool::Jmh)),
            // What was meant to be raw samples is told by its own reader what is wrong with it, and so is half a document.
            ("x.json", br#"{"unti": "ns", "rounds": [[1]]}"#, None),
            ("x.json", br#"{"schema": "perfgate.result/1", "#, None),
            ("x.json", b"[[812, 799],\n [805, 811],\n", None),
            ("x.json", br#"{"schema": "::error::boo"}"#, None),
            ("x.json", b"::error::boo", None),
        ];
        for (name, bytes, expected) in cases {
            assert_eq!(looks_like(name, bytes), *expected, "{name}: {}", String::from_utf8_lossy(bytes));
        }
    }
}
