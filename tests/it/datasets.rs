//! Datasets of every format, as files and through the whole program.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use perfgate::dataset::{Cell, Dataset, Format, Input};
use serde_json::{Value, json};

use crate::support::{ANSWER, Project, worker};

fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(path)
}

fn content(path: &str) -> Vec<u8> {
    fs::read(fixture(path)).unwrap()
}

/// The rows of `digits/test.csv` as JSON lines.
fn digits_as_json_lines() -> String {
    let text = String::from_utf8(content("digits/test.csv")).unwrap();
    let (header, rows) = text.split_once('\n').unwrap();
    let names: Vec<&str> = header.split(',').collect();
    let line = |row: &str| {
        let fields = names.iter().zip(row.split(',')).map(|(name, field)| format!("\"{name}\":{field}"));
        format!("{{{}}}\n", fields.collect::<Vec<_>>().join(","))
    };
    rows.lines().map(line).collect()
}

#[test]
fn the_digits_are_the_same_dataset_in_every_format() {
    let csv = Dataset::from_csv(&content("digits/test.csv")).unwrap();
    assert_eq!((csv.len(), csv.width(), csv.column("p63")), (360, 64, Some(63)));
    assert_eq!(Dataset::from_jsonl(digits_as_json_lines().as_bytes()).unwrap(), csv);
    assert_eq!(Dataset::from_npz(&content("datasets/digits.npz")).unwrap(), csv);
}

#[test]
fn what_numpy_lays_out_the_other_way_round_is_read_in_order() {
    let data = Dataset::from_npz(&content("datasets/layouts.npz")).unwrap();
    let rows: Vec<f32> = (0..3).flat_map(|row| data.features(row).to_vec()).collect();
    assert_eq!(rows, (0..24_u8).map(|number| f32::from(number) / 4.0).collect::<Vec<_>>());
    assert_eq!((data.width(), data.column("X7")), (8, Some(7)));
    assert!(data.label(2).unwrap().is_answered_by(&json!("både")));
}

#[test]
fn what_numpy_writes_and_perfgate_does_not_read_is_named() {
    let problem = |path: &str| Dataset::from_npz(&content(path)).unwrap_err().to_string();
    assert!(problem("datasets/objects.npz").starts_with("array `x`: its elements are Python objects (pickled)"));
    assert!(problem("datasets/single.npz").starts_with("it is a single array; save it with"));
}

/// Knuth's linear congruential generator: enough to damage files, the same on every run.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    /// The content with a few bytes replaced, taken out or doubled, or without its end.
    fn damaged(&mut self, content: &[u8]) -> Vec<u8> {
        const TELLING: &[u8] = b"\0\xff\x01\n,\"'{}[]():-eE9x ";
        let mut damaged = content.to_vec();
        for _ in 0..=self.below(4) {
            let place = self.below(damaged.len());
            match self.below(5) {
                0 => damaged.truncate(place),
                1 if !damaged.is_empty() => drop(damaged.remove(place)),
                2 => damaged.insert(place, TELLING[self.below(TELLING.len())]),
                3 if !damaged.is_empty() => damaged[place] ^= 1 << self.below(8),
                _ if !damaged.is_empty() => damaged[place] = TELLING[self.below(TELLING.len())],
                _ => {}
            }
        }
        damaged
    }
}

#[test]
fn damaged_files_are_read_or_refused_and_nothing_else() {
    let mut draws = Draws(7);
    let jsonl = b"{\"a\":[1,[2,3]],\"b\":-4.5e1,\"label\":\"x\"}\n{\"b\":1,\"a\":[1,[2,3]],\"label\":3}\n";
    let csv = b"a,\"b\",label\n1,2.5,x\n-3e2,4,\"y,z\"\n";
    let layouts = content("datasets/layouts.npz");
    let sources: [(Format, &[u8]); 6] = [
        (Format::Csv, csv),
        (Format::JsonLines, jsonl),
        (Format::JsonLines, b"{\"p\":\"a\",\"label\":1}\n\n{\"p\":null,\"label\":2}\n"),
        (Format::Npz, &layouts),
        (Format::Npz, &content("datasets/digits.npz")),
        (Format::Npz, &content("datasets/objects.npz")),
    ];
    for (format, source) in sources {
        let (mut read, mut refused) = (0, 0);
        for _ in 0..3000 {
            match Dataset::read(format, &draws.damaged(source)) {
                Ok(data) => {
                    let last = data.len() - 1;
                    assert_eq!(data.features(last).len(), data.width());
                    assert_eq!(data.label(last).is_some(), data.is_labelled());
                    read += 1;
                }
                Err(problem) => {
                    assert!(problem.to_string().len() < 1000, "{problem}");
                    refused += 1;
                }
            }
        }
        assert!(refused > 300, "{format:?}: {refused} refused, {read} read");
    }
}

#[test]
fn many_rows_are_read() {
    const ROWS: usize = 200_000;
    let (mut csv, mut numbers, mut values) = ("a,b,label\n".to_owned(), String::new(), String::new());
    for row in 0..ROWS {
        writeln!(csv, "{row},0.5,{}", row % 10).unwrap();
        // Every other line has its keys in another order.
        let (a, b) = (format!("\"a\":{row}"), "\"b\":0.5");
        let (first, second) = if row % 2 == 0 { (a.as_str(), b) } else { (b, a.as_str()) };
        writeln!(numbers, "{{{first},{second},\"label\":{}}}", row % 10).unwrap();
        writeln!(values, "{{\"prompt\":\"number {row}\"}}").unwrap();
    }
    let csv = Dataset::from_csv(csv.as_bytes()).unwrap();
    assert_eq!((csv.len(), csv.features(ROWS - 1)), (ROWS, [199_999.0, 0.5].as_slice()));
    assert_eq!(Dataset::from_jsonl(numbers.as_bytes()).unwrap(), csv);
    let values = Dataset::from_jsonl(values.as_bytes()).unwrap();
    assert_eq!(values.input(ROWS - 1), Input::Json(&json!({"prompt": "number 199999"})));
    assert_eq!(values.cell(1, 0), Some(Cell::Json(&json!("number 1"))));
}

fn configured(system: &str, dataset: &str) -> String {
    format!(
        "[[benchmark]]\nname = \"x\"\n{system}\ndataset = \"{dataset}\"\nrounds = 2\nqueries = 4\nwarmup = 0\n\
         min_duration = \"0s\"\n"
    )
}

fn accuracy(document: &Value) -> &Value {
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    let found = metrics.iter().find(|metric| metric["name"] == "accuracy");
    &found.unwrap_or_else(|| panic!("no accuracy: {document:#}"))["rounds"]
}

#[test]
fn a_worker_is_handed_json_values_and_its_answers_are_held_against_their_labels() {
    let project = Project::bare();
    let answer = "echo \"$line\" >> seen\necho \"{\\\"id\\\":$id,\\\"outputs\\\":[\\\"yes\\\"]}\"";
    project.script("worker", &worker(answer));
    project.write("perfgate.toml", &configured("worker = [\"./worker\"]", "prompts.ndjson"));
    project.write("prompts.ndjson", "{\"prompt\":\"a\",\"label\":\"yes\"}\n{\"label\":\"no\",\"prompt\":[1,\"b\"]}\n");
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    assert_eq!(accuracy(&document), &json!([0.5, 0.5]));
    let seen = project.read("seen");
    assert_eq!(seen.lines().count(), 8);
    for line in seen.lines() {
        let query: Value = serde_json::from_str(line).unwrap();
        let expected =
            if query["samples"] == json!([0]) { json!({"prompt": "a"}) } else { json!({"prompt": [1, "b"]}) };
        assert_eq!(query["inputs"], json!([expected]));
    }
}

#[test]
fn json_lines_of_numbers_are_rows_like_those_of_csv() {
    let project = Project::bare();
    project.script("worker", &worker(&format!("echo \"$line\" >> seen\n{ANSWER}")));
    project.write("perfgate.toml", &configured("worker = [\"./worker\"]", "rows.jsonl"));
    project.write("rows.jsonl", "{\"a\":0.1,\"b\":[2,3]}\n");
    project.perfgate(&["run"]).expect(0);
    let query: Value = serde_json::from_str(project.read("seen").lines().next().unwrap()).unwrap();
    assert_eq!(query["inputs"], json!([[0.1, 2.0, 3.0]]));
}

/// A configuration that runs the digit classifier over a dataset.
fn classifier(dataset: &str) -> String {
    configured(&format!("onnx = \"{}\"", fixture("digits/model.onnx").display()), dataset)
}

#[test]
fn a_model_takes_rows_of_every_format() {
    let project = Project::bare();
    project.write("digits.jsonl", &digits_as_json_lines());
    let datasets = [
        fixture("digits/test.csv").display().to_string(),
        "digits.jsonl".to_owned(),
        fixture("datasets/digits.npz").display().to_string(),
    ];
    let accuracies = datasets.map(|dataset| {
        project.write("perfgate.toml", &classifier(&dataset));
        accuracy(&project.perfgate(&["run", "--format", "json"]).expect(0).json()).clone()
    });
    assert_eq!(accuracies[0], accuracies[1]);
    assert_eq!(accuracies[0], accuracies[2]);
}

#[test]
fn a_model_refuses_json_values_before_anything_runs() {
    let project = Project::bare();
    project.write("perfgate.toml", &classifier("prompts.jsonl"));
    project.write("prompts.jsonl", "{\"prompt\":\"a\"}\n");
    project.perfgate(&["run"]).expect(2).err_has(
        "the dataset does not fit the model: its samples are JSON values and not rows of numbers, because `prompt` in \
         line 1 is the text `a`",
    );
}

#[test]
fn what_is_no_dataset_is_refused_before_anything_runs() {
    let project = Project::bare();
    project.script("worker", &format!("echo ran >> ran\n{}", worker(ANSWER)));
    let refused = |name: &str, text: &str, told: &str| {
        project.write("perfgate.toml", &configured("worker = [\"./worker\"]", name));
        project.write(name, text);
        project.perfgate(&["run"]).expect(2).err_has(told);
        assert!(!project.file("ran").exists(), "{name}");
    };
    refused("data.txt", "a\n1\n", "data.txt` is not a dataset: its name must end in .csv, .jsonl (or .ndjson) or .npz");
    refused("data.jsonl", "{\"a\":1}\n{\"a\":}\n", "data.jsonl` is not a dataset: line 2: not JSON at column 6");
    refused("data.npz", "a\n1\n", "data.npz` is not a dataset: it is no NPZ file");
}
