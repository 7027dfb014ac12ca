//! The keys of `perfgate.toml`: the one description that the reader, the suggestions and the JSON Schema share.
//!
//! Here: sections, keys, their kinds, bounds, defaults, a sentence each; and the keys of later versions, which are known
//! but refused. Not here: reading values (`values`), the schema's form (`schema`).

use super::Scenario;

/// A section of the file.
#[derive(Debug)]
pub struct Section {
    /// Its key at the top level.
    pub name: &'static str,
    /// How it is written on a line of its own.
    pub header: &'static str,
    /// Whether it may occur several times.
    pub repeated: bool,
    /// What it is for.
    pub doc: &'static str,
    /// The keys that work.
    pub keys: &'static [Key],
    /// The keys that are known and refused.
    pub later: &'static [Later],
}

/// A key that works.
#[derive(Debug)]
pub struct Key {
    /// As the file spells it.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What it is for, in a sentence or two.
    pub doc: &'static str,
    /// What holds where it is absent, as JSON, if that does not depend on other keys.
    pub default: Option<&'static str>,
    /// A value to imitate, as the file spells it.
    pub example: &'static str,
}

/// What the value of a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A benchmark's name.
    Name,
    /// A file's path.
    Path,
    /// A program and its arguments.
    Command,
    /// Yes or no.
    Flag,
    /// A whole number within bounds, both included.
    Count { least: u32, most: u32 },
    /// A share from 0 to 1.
    Share,
    /// The smallest change that matters.
    Threshold,
    /// An error rate.
    Alpha,
    /// A duration; 0 is allowed or not.
    Duration { zero: bool },
    /// What fails a check.
    FailOn,
    /// Where baselines are kept.
    Store,
    /// One scenario or a list.
    Scenarios,
    /// Rules of single metrics.
    Metrics,
}

impl Kind {
    /// What a value of this kind must be, as the end of "`key` must be".
    pub fn expected(self) -> String {
        match self {
            Self::Name => format!("a string of 1 to {LONGEST_NAME} visible characters"),
            Self::Path => "a path in quotes".to_owned(),
            Self::Command => "a list of strings: the program and its arguments".to_owned(),
            Self::Flag => "true or false".to_owned(),
            Self::Count { least, most } => format!("a whole number from {least} to {}", grouped(most)),
            Self::Share => "a share from 0 to 1 such as 0.01, or a percentage such as \"1%\"".to_owned(),
            Self::Threshold => "a share from 0 to 1 such as 0.1, or a percentage such as \"10%\"".to_owned(),
            Self::Alpha => {
                "an error rate above 0 and below 0.5 such as 0.05, or a percentage such as \"5%\"".to_owned()
            }
            Self::Duration { .. } => "a duration such as \"10ms\", \"1.5s\", \"5m\" or \"1h\"".to_owned(),
            Self::FailOn => "a list of \"regression\", \"inconclusive\" and \"no-baseline\"".to_owned(),
            Self::Store => "a place such as \"dir:baselines\" or \"file:///var/lib/baselines\"".to_owned(),
            Self::Scenarios => "a scenario, or a list of different scenarios".to_owned(),
            Self::Metrics => "a table with the names of metrics".to_owned(),
        }
    }
}

/// A number with its thousands apart, as TOML reads it too: `10_000`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

/// A key that a later version will know.
#[derive(Debug)]
pub struct Later {
    /// As the file spells it.
    pub name: &'static str,
    /// What it belongs to.
    pub belongs: Belongs,
}

/// What a key of a later version belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// It is itself a kind of system under test.
    System,
    /// To this kind of system under test.
    ToSystem(&'static str),
    /// To this scenario.
    ToScenario(&'static str),
}

/// The longest name of a benchmark, in characters: it must fit into a table.
pub const LONGEST_NAME: usize = 100;

/// The kinds of system under test that work; a benchmark has exactly one.
pub const SYSTEMS: [&str; 3] = ["onnx", "command", "worker"];

/// Every scenario's name, with the scenario where this version can measure it.
pub const SCENARIOS: [(&str, Option<Scenario>); 4] =
    [("single-stream", Some(Scenario::SingleStream)), ("multi-stream", None), ("server", None), ("offline", None)];

/// Every section of the file's top level.
pub const SECTIONS: [&Section; 4] = [&GATE, &BASELINE, &BUILD, &BENCHMARK];

/// Every place that has keys, the nested one too.
pub const PLACES: [&Section; 5] = [&GATE, &BASELINE, &BUILD, &BENCHMARK, &METRIC];

/// `[gate]`
pub static GATE: Section = Section {
    name: "gate",
    header: "[gate]",
    repeated: false,
    doc: "The rules of the gate, for all benchmarks.",
    keys: &[
        Key {
            name: "threshold",
            kind: Kind::Threshold,
            doc: "A change smaller than this does not matter: a share such as 0.1, or a percentage such as \"10%\".",
            default: Some("0.1"),
            example: "0.1",
        },
        Key {
            name: "alpha",
            kind: Kind::Alpha,
            doc: "Error rate over the whole check, all benchmarks and metrics together: the share of checks of unchanged \
                  code that may turn red.",
            default: Some("0.05"),
            example: "0.05",
        },
        Key {
            name: "budget",
            kind: Kind::Duration { zero: false },
            doc: "Wall clock of the whole check, such as \"5m\". Without it the time is not limited.",
            default: None,
            example: "\"5m\"",
        },
        Key {
            name: "fail_on",
            kind: Kind::FailOn,
            doc: "What fails a check, besides a system that cannot be measured: a list, or a string with commas. It must \
                  contain \"regression\".",
            default: Some(r#"["regression", "no-baseline"]"#),
            example: r#"["regression", "no-baseline"]"#,
        },
        Key {
            name: "allow_missing",
            kind: Kind::Flag,
            doc: "Whether a benchmark that the baseline has may be absent from the run. What counts is the configuration \
                  at the baseline's commit.",
            default: Some("false"),
            example: "true",
        },
    ],
    later: &[],
};

/// `[baseline]`
pub static BASELINE: Section = Section {
    name: "baseline",
    header: "[baseline]",
    repeated: false,
    doc: "Where baselines are kept.",
    keys: &[Key {
        name: "store",
        kind: Kind::Store,
        doc: "A folder: \"dir:PATH\", relative to this file, or \"file:///ABSOLUTE/PATH\".",
        default: Some("\"dir:baselines\""),
        example: "\"dir:baselines\"",
    }],
    later: &[],
};

/// `[build]`
pub static BUILD: Section = Section {
    name: "build",
    header: "[build]",
    repeated: false,
    doc: "How a revision becomes runnable.",
    keys: &[Key {
        name: "command",
        kind: Kind::Command,
        doc: "The program that builds, and its arguments. No shell is involved.",
        default: None,
        example: r#"["cargo", "build", "--release"]"#,
    }],
    later: &[],
};

const THRESHOLD: Key = Key {
    name: "threshold",
    kind: Kind::Threshold,
    doc: "Replaces the threshold of [gate] here.",
    default: None,
    example: "0.05",
};

const ALPHA: Key =
    Key { name: "alpha", kind: Kind::Alpha, doc: "Replaces the alpha of [gate] here.", default: None, example: "0.01" };

const JUDGED: Key = Key {
    name: "gate",
    kind: Kind::Flag,
    doc: "Whether `check` judges this. Without it, each metric says for itself whether it is judged.",
    default: None,
    example: "false",
};

/// `[[benchmark]]`
pub static BENCHMARK: Section = Section {
    name: "benchmark",
    header: "[[benchmark]]",
    repeated: true,
    doc: "What is measured: a system under test, a scenario, and how long to look. One section for each benchmark.",
    keys: &[
        Key {
            name: "name",
            kind: Kind::Name,
            doc: "The benchmark's name in every table and document; unique. With a list of scenarios each benchmark is \
                  named NAME/SCENARIO.",
            default: None,
            example: "\"digits\"",
        },
        Key {
            name: "onnx",
            kind: Kind::Path,
            doc: "System under test: this ONNX model in perfgate's embedded engine. It needs a dataset.",
            default: None,
            example: "\"model.onnx\"",
        },
        Key {
            name: "command",
            kind: Kind::Command,
            doc: "System under test: this program, started once for each query; no shell is involved. PERFGATE_SAMPLE in \
                  its environment is the index of the dataset's sample. A nonzero exit status is an error.",
            default: None,
            example: r#"["./my-tool", "--flag"]"#,
        },
        Key {
            name: "worker",
            kind: Kind::Command,
            doc: "System under test: this program, started once for each round; no shell is involved. It answers \
                  queries on its standard input as lines of JSON.",
            default: None,
            example: r#"["python3", "serve.py"]"#,
        },
        Key {
            name: "dataset",
            kind: Kind::Path,
            doc: "CSV file with a header line, a sample for each row. A last column named `label` holds the right \
                  answers; accuracy comes from it.",
            default: None,
            example: "\"samples.csv\"",
        },
        Key {
            name: "scenario",
            kind: Kind::Scenarios,
            doc: "How queries arrive. single-stream: the next query when the last is done. A list makes one benchmark \
                  each.",
            default: Some("\"single-stream\""),
            example: "\"single-stream\"",
        },
        Key {
            name: "rounds",
            kind: Kind::Count { least: 1, most: 10_000 },
            doc: "Fresh starts of the system under test; each gives one value for each metric.",
            default: Some("10"),
            example: "10",
        },
        Key {
            name: "queries",
            kind: Kind::Count { least: 1, most: 10_000_000 },
            doc: "Timed queries in each round, at least. Without it: 10 for a command, 100 for onnx and worker.",
            default: None,
            example: "1000",
        },
        Key {
            name: "warmup",
            kind: Kind::Count { least: 0, most: 10_000_000 },
            doc: "Untimed queries before the first timed one of each round. Without it: 1 for a command, 10 for onnx and \
                  worker.",
            default: None,
            example: "10",
        },
        Key {
            name: "min_duration",
            kind: Kind::Duration { zero: true },
            doc: "Duration of the timed part of each round, at least. Without it: 0 for a command, \"100ms\" for onnx and \
                  worker.",
            default: None,
            example: "\"100ms\"",
        },
        Key {
            name: "timeout",
            kind: Kind::Duration { zero: false },
            doc: "Longest time for a query, a start, a stop: longer is a failure of the system under test.",
            default: Some("\"30s\""),
            example: "\"30s\"",
        },
        Key {
            name: "max_error_rate",
            kind: Kind::Share,
            doc: "Share of failed queries in a round that is tolerated: a number such as 0.01, or a percentage such as \
                  \"1%\".",
            default: Some("0"),
            example: "0.01",
        },
        THRESHOLD,
        ALPHA,
        JUDGED,
        Key {
            name: "allow_missing",
            kind: Kind::Flag,
            doc: "Whether this benchmark may be absent from a run though the baseline has it. Without it, [gate] says.",
            default: None,
            example: "true",
        },
        Key {
            name: "metrics",
            kind: Kind::Metrics,
            doc: "Rules of single metrics, by name: latency_p50, throughput, accuracy, or the system's own.",
            default: None,
            example: "{ latency_p50 = { gate = false } }",
        },
    ],
    later: &[
        Later { name: "http", belongs: Belongs::System },
        Later { name: "harness", belongs: Belongs::System },
        Later { name: "start", belongs: Belongs::ToSystem("http") },
        Later { name: "ready", belongs: Belongs::ToSystem("http") },
        Later { name: "method", belongs: Belongs::ToSystem("http") },
        Later { name: "headers", belongs: Belongs::ToSystem("http") },
        Later { name: "body", belongs: Belongs::ToSystem("http") },
        Later { name: "format", belongs: Belongs::ToSystem("harness") },
        Later { name: "target_qps", belongs: Belongs::ToScenario("server") },
        Later { name: "latency_bound", belongs: Belongs::ToScenario("server") },
        Later { name: "percentile", belongs: Belongs::ToScenario("server") },
        Later { name: "samples_per_query", belongs: Belongs::ToScenario("multi-stream") },
    ],
};

/// `[benchmark.metrics]`, the part of one metric.
pub static METRIC: Section = Section {
    name: "metrics",
    header: "[benchmark.metrics.NAME]",
    repeated: false,
    doc: "The rules of one metric of one benchmark.",
    keys: &[THRESHOLD, ALPHA, JUDGED],
    later: &[],
};

impl Section {
    /// The key of this name, if it works.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key of this name, if a later version will know it.
    pub fn later(&self, name: &str) -> Option<&'static Later> {
        self.later.iter().find(|key| key.name == name)
    }

    /// Whether the section has this key, now or later.
    pub fn knows(&self, name: &str) -> bool {
        self.key(name).is_some() || self.later(name).is_some()
    }
}

/// The headers of the sections that have this key, now or later.
pub fn homes(name: &str) -> Vec<&'static str> {
    PLACES.iter().filter(|place| place.knows(name)).map(|place| place.header).collect()
}
