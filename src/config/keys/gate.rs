//! The keys of `[gate]`, `[baseline]`, `[build]`, and the rules that benchmarks and metrics may replace.

use super::{Belongs, Key, Kind, Section};

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
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "alpha",
            kind: Kind::Alpha,
            doc: "Error rate over the whole check, all benchmarks and metrics together: the share of checks of unchanged \
                  code that may turn red.",
            default: Some("0.05"),
            example: "0.05",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "budget",
            kind: Kind::Duration { zero: false },
            doc: "Wall clock of the whole check, builds included, such as \"5m\". Rounds side by side adapt to it; without it \
                  undecided rows get more rounds for five minutes.",
            default: None,
            example: "\"5m\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "fail_on",
            kind: Kind::FailOn,
            doc: "What fails a check, besides a system that cannot be measured: a list, or a string with commas. It must \
                  contain \"regression\".",
            default: Some(r#"["regression", "no-baseline"]"#),
            example: r#"["regression", "no-baseline"]"#,
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "allow_missing",
            kind: Kind::Flag,
            doc: "Whether a benchmark that the baseline has may be absent from the run. What counts is the configuration \
                  at the baseline's commit.",
            default: Some("false"),
            example: "true",
            belongs: Belongs::Everywhere,
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
        belongs: Belongs::Everywhere,
    }],
    later: &[],
};

/// `[build]`
pub static BUILD: Section = Section {
    name: "build",
    header: "[build]",
    repeated: false,
    doc: "How a revision becomes runnable.",
    keys: &[
        Key {
            name: "command",
            kind: Kind::Command,
            doc: "The program that builds, and its arguments. No shell is involved.",
            default: None,
            example: r#"["cargo", "build", "--release"]"#,
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "cache",
            kind: Kind::Flag,
            doc: "Whether the build of a base revision is kept and used again for the same files, command and toolchain.",
            default: Some("true"),
            example: "false",
            belongs: Belongs::Everywhere,
        },
    ],
    later: &[],
};

/// The smallest change that matters, of one benchmark or metric.
pub const THRESHOLD: Key = Key {
    name: "threshold",
    kind: Kind::Threshold,
    doc: "Replaces the threshold of [gate] here.",
    default: None,
    example: "0.05",
    belongs: Belongs::Everywhere,
};

/// The error rate of one benchmark or metric.
pub const ALPHA: Key = Key {
    name: "alpha",
    kind: Kind::Alpha,
    doc: "Replaces the alpha of [gate] here.",
    default: None,
    example: "0.01",
    belongs: Belongs::Everywhere,
};

/// Whether a benchmark or metric is judged.
pub const JUDGED: Key = Key {
    name: "gate",
    kind: Kind::Flag,
    doc: "Whether `check` judges this. Without it, each metric says for itself whether it is judged.",
    default: None,
    example: "false",
    belongs: Belongs::Everywhere,
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
