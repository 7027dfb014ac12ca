//! The keys of `[[benchmark]]`: the system under test, the scenario, how long to look, the rules of the gate.
//!
//! Where a default depends on the system or the scenario, the reason is with the defaults (`config::usual`).

use super::super::load::ScenarioKind::{MultiStream, Offline, Server, SingleStream};
use super::gate::{ALPHA, JUDGED, THRESHOLD};
use super::{Belongs, Key, Kind, Later, MOST_QPS, MOST_QUERIES, Section};

const HTTP: Belongs = Belongs::ToSystem("http");

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
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "onnx",
            kind: Kind::Path,
            doc: "System under test: this ONNX model in perfgate's embedded engine. It needs a dataset.",
            default: None,
            example: "\"model.onnx\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "command",
            kind: Kind::Command,
            doc: "System under test: this program, started once for each query; no shell is involved. PERFGATE_SAMPLE in \
                  its environment is the index of the dataset's sample. A nonzero exit status is an error.",
            default: None,
            example: r#"["./my-tool", "--flag"]"#,
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "worker",
            kind: Kind::Command,
            doc: "System under test: this program, started once for each round; no shell is involved. It answers \
                  queries on its standard input as lines of JSON.",
            default: None,
            example: r#"["python3", "serve.py"]"#,
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "http",
            kind: Kind::Url,
            doc: "System under test: an HTTP service; each query is a request to this URL. With `start`, `{port}` in place \
                  of the port stands for a free one.",
            default: None,
            example: "\"http://127.0.0.1:8080/predict\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "method",
            kind: Kind::Method,
            doc: "Method of the request. Without it: POST if there is a `body`, else GET.",
            default: None,
            example: "\"POST\"",
            belongs: HTTP,
        },
        Key {
            name: "headers",
            kind: Kind::Headers,
            doc: "Headers of the request, by name.",
            default: None,
            example: "{ content-type = \"application/json\" }",
            belongs: HTTP,
        },
        Key {
            name: "body",
            kind: Kind::Text,
            doc: "Body of the request. `{sample}` stands for the index of the dataset's row, `{inputs}` for its values as a \
                  JSON list, and a column's name in braces for the value in that column.",
            default: None,
            example: "'{\"inputs\": {inputs}}'",
            belongs: HTTP,
        },
        Key {
            name: "start",
            kind: Kind::Command,
            doc: "The program that serves, and its arguments: started once a round, ended after it. `{port}` stands for \
                  the free port. Without it the service must run already.",
            default: None,
            example: r#"["./server", "--port", "{port}"]"#,
            belongs: HTTP,
        },
        Key {
            name: "ready",
            kind: Kind::Url,
            doc: "A URL that answers with a 2xx status as soon as the service is ready. Without it: as soon as it accepts \
                  connections.",
            default: None,
            example: "\"http://127.0.0.1:8080/healthz\"",
            belongs: HTTP,
        },
        Key {
            name: "protocol",
            kind: Kind::Word(&["http1", "http2"]),
            doc: "http1: one query at a time on each connection. http2: many at a time; over TLS negotiated, else with \
                  prior knowledge.",
            default: Some("\"http1\""),
            example: "\"http2\"",
            belongs: HTTP,
        },
        Key {
            name: "connections",
            kind: Kind::Count { least: 1, most: 10_000 },
            doc: "Connections that are opened before the clock starts. Without it: 1 for single-stream and multi-stream, \
                  one for each user of closed traffic, else 8.",
            default: None,
            example: "8",
            belongs: HTTP,
        },
        Key {
            name: "dataset",
            kind: Kind::Path,
            doc: "File of samples, in the format that its name's ending tells: .csv with a header line, .jsonl (or .ndjson) \
                  with a JSON value on each line, .npz with an array `x`. A last column or a key named `label`, or an array \
                  `y`, holds the right answers; accuracy comes from them.",
            default: None,
            example: "\"samples.csv\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "samples",
            kind: Kind::Word(&["permutation", "with-replacement", "unique", "same"]),
            doc: "Which rows of the dataset a round asks about. permutation: all of them, shuffled, again and again. \
                  with-replacement: each drawn anew. unique: shuffled, none twice. same: always the same one.",
            default: Some("\"permutation\""),
            example: "\"permutation\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "scenario",
            kind: Kind::Scenarios,
            doc: "How queries arrive. single-stream: the next query when the last is done. multi-stream: the same with \
                  several samples a query. server: queries arrive on their own. offline: everything at once. A list makes \
                  one benchmark each.",
            default: Some("\"single-stream\""),
            example: "\"single-stream\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "samples_per_query",
            kind: Kind::Count { least: 1, most: 100_000 },
            doc: "multi-stream: samples in each query, which follow each other in the dataset. A server benchmark may have \
                  it too, and takes no notice.",
            default: Some("8"),
            example: "8",
            belongs: Belongs::ToScenarios(&[MultiStream, Server]),
        },
        Key {
            name: "target_qps",
            kind: Kind::Number { above: 0, most: MOST_QPS },
            doc: "Queries that arrive each second, on average. Needed unless `traffic` says how many arrive.",
            default: None,
            example: "200",
            belongs: Belongs::ToScenarios(&[Server]),
        },
        Key {
            name: "traffic",
            kind: Kind::Traffic,
            doc: "When queries arrive. poisson: at random. constant: evenly. Other shapes are tables: bursty, ramp, steps, \
                  replay, closed.",
            default: Some("\"poisson\""),
            example: r#"{ shape = "bursty", burst = 5, burst_length = "100ms", calm_length = "900ms" }"#,
            belongs: Belongs::ToScenarios(&[Server]),
        },
        Key {
            name: "batch_size",
            kind: Kind::Count { least: 1, most: 100_000 },
            doc: "Samples in each query. Without it: 32 for onnx, else 1.",
            default: None,
            example: "32",
            belongs: Belongs::ToScenarios(&[Offline]),
        },
        Key {
            name: "max_async",
            kind: Kind::Count { least: 1, most: 1_000_000 },
            doc: "Queries in flight at once, at most. Beyond it a server counts as overloaded and the round ends; offline, \
                  the next query waits. Without it: for a command 64 and 1, else no limit.",
            default: None,
            example: "64",
            belongs: Belongs::ToScenarios(&[Server, Offline]),
        },
        Key {
            name: "latency_bound",
            kind: Kind::Duration { zero: false },
            doc: "What the latency at the percentile must stay within for the result to be valid.",
            default: None,
            example: "\"10ms\"",
            belongs: Belongs::ToScenarios(&[SingleStream, MultiStream, Server]),
        },
        Key {
            name: "slo",
            kind: Kind::Objectives,
            doc: "Service-level objectives: a share of all queries, and the latency within which they must be answered. A query \
                  that fails is not within it. A list has several, and `check` fails where one is violated, whatever the \
                  baseline is.",
            default: None,
            example: "\"99.9% < 100ms\"",
            belongs: Belongs::ToScenarios(&[SingleStream, MultiStream, Server]),
        },
        Key {
            name: "percentile",
            kind: Kind::Percentile,
            doc: "The percentile of latency that must be certain: a share such as 0.99, or a percentage such as \"99%\". \
                  Without it: 0.9 for single-stream, else 0.99.",
            default: None,
            example: "0.99",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "rounds",
            kind: Kind::Count { least: 1, most: 10_000 },
            doc: "Fresh starts of the system under test; each gives one value for each metric.",
            default: Some("10"),
            example: "10",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "queries",
            kind: Kind::Queries,
            doc: "Timed queries in each round, at least; offline: samples. \"mlperf\": MLPerf's sample count for the \
                  percentile. Without it: 10 for a command, else 1000 offline and 100 otherwise; with a trace: what it has.",
            default: None,
            example: "1000",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "warmup",
            kind: Kind::Count { least: 0, most: MOST_QUERIES },
            doc: "Untimed queries before the first timed one of each round. Without it: 1 for a command, else 10.",
            default: None,
            example: "10",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "min_duration",
            kind: Kind::Duration { zero: true },
            doc: "Duration of the timed part of each round, at least. Without it: 0 for a command, \"1s\" in the scenario \
                  server, else \"100ms\"; long enough for the whole of a ramp or of steps, and for five bursts; with a trace: \
                  what it has.",
            default: None,
            example: "\"100ms\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "max_duration",
            kind: Kind::Duration { zero: false },
            doc: "Duration of the timed part of each round, at most: it ends then, and the result says what is missing.",
            default: None,
            example: "\"1m\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "counters",
            kind: Kind::Words(&["instructions"]),
            doc: "What is counted besides the time, in runs of its own: instructions, by the processor's counters where the \
                  machine has them, else by valgrind's callgrind. Counts repeat, and are compared exactly.",
            default: Some("[]"),
            example: "[\"instructions\"]",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "resources",
            kind: Kind::Resources,
            doc: "Whether what the system's processes use is watched: processor time, memory, storage, threads. true: every \
                  50 ms at most, less often where that would take half a percent of a processor. A duration: so \
                  often at most. totals: only at the end of each process. false: not at all.",
            default: Some("true"),
            example: "\"totals\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "timeout",
            kind: Kind::Duration { zero: false },
            doc: "Longest time for a query, a start, a stop: longer is a failure of the system under test.",
            default: Some("\"30s\""),
            example: "\"30s\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "max_lateness",
            kind: Kind::Threshold,
            doc: "How late the load generator may be (its 99th percentile in the middle round), as a share of the latency at \
                  the percentile: beyond that the result would be the generator's, and the benchmark fails.",
            default: Some("0.1"),
            example: "\"20%\"",
            belongs: Belongs::ToScenarios(&[Server]),
        },
        Key {
            name: "max_error_rate",
            kind: Kind::Share,
            doc: "Share of failed queries in a round that is tolerated: a number such as 0.01, or a percentage such as \
                  \"1%\".",
            default: Some("0"),
            example: "0.01",
            belongs: Belongs::Everywhere,
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
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "metrics",
            kind: Kind::Metrics,
            doc: "Rules of single metrics, by name: latency_p50, throughput, accuracy, or the system's own.",
            default: None,
            example: "{ latency_p50 = { gate = false } }",
            belongs: Belongs::Everywhere,
        },
    ],
    later: &[Later { name: "harness", system: "harness" }, Later { name: "format", system: "harness" }],
};
