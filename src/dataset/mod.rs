//! The dataset: numbered samples that a system under test is asked about, with labels where the file has them.
//!
//! Here: what samples are, and in a file each the formats that they come in. Not here: reading files (`measure`), choosing
//! samples (`scenario`).

mod csv;
mod jsonl;
mod label;
mod npy;
mod npz;

use std::path::Path;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

pub use label::{Label, highest};

/// Samples in the order of the file; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    samples: Samples,
    labels: Option<Vec<Label>>,
}

/// What the samples are, all of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Samples {
    /// Rows of numbers: what every system takes.
    Numbers(Arc<Numbers>),
    /// Any JSON values: prompts, documents, lists of different lengths. What a model in the embedded engine cannot take.
    Json(Values),
}

/// Rows of finite numbers with named columns; at least one row and one column.
#[derive(Debug, Clone, PartialEq)]
pub struct Numbers {
    columns: Vec<String>,
    /// Row after row.
    values: Vec<f32>,
}

/// JSON values; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The keys that every value has, if all are objects.
    columns: Vec<String>,
    values: Vec<Value>,
    /// What makes them JSON values and not numbers.
    reason: String,
}

/// What a system under test is handed for one sample. Written as JSON, it is a list of numbers or the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Input<'a> {
    /// A row of numbers.
    Numbers(&'a [f32]),
    /// A JSON value.
    Json(&'a Value),
}

/// What one column of a sample holds. Written as JSON, it is the number or the value itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Cell<'a> {
    /// A number.
    Number(f32),
    /// A JSON value.
    Json(&'a Value),
}

/// How a file holds a dataset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values below a header line.
    Csv,
    /// A JSON value on each line.
    JsonLines,
    /// Arrays of NumPy.
    Npz,
}

/// Why a file is not a dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// The name does not say how to read it.
    #[error("its name must end in .csv, .jsonl (or .ndjson) or .npz, which says how to read it")]
    UnknownFormat,
    /// A line that is not as it must be.
    #[error("line {line}: {problem}")]
    Malformed {
        /// Counted from 1.
        line: u64,
        /// What is wrong there.
        problem: String,
    },
    /// A header but no rows, or nothing at all.
    #[error("it has no rows below its header line")]
    Empty,
    /// A file of JSON lines without any.
    #[error("it is empty; expected a JSON value on each line")]
    NoLines,
    /// Only labels, nothing to hand to the system under test.
    #[error("its only column is `label`; there is nothing to hand to the system under test")]
    NoFeatures,
    /// Not an archive of arrays, or not with the arrays of a dataset.
    #[error("{0}")]
    Archive(String),
    /// An array that is not as it must be.
    #[error("array `{array}`: {problem}")]
    Array {
        /// Its name.
        array: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl Format {
    /// What the ending of a file's name says, in capitals or not.
    pub fn of(path: &Path) -> Result<Self, DatasetError> {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
        match ending.as_str() {
            "csv" => Ok(Self::Csv),
            "jsonl" | "ndjson" => Ok(Self::JsonLines),
            "npz" => Ok(Self::Npz),
            _ => Err(DatasetError::UnknownFormat),
        }
    }
}

impl Dataset {
    /// Reads the content of a file.
    pub fn read(format: Format, content: &[u8]) -> Result<Self, DatasetError> {
        match format {
            Format::Csv => Self::from_csv(content),
            Format::JsonLines => Self::from_jsonl(content),
            Format::Npz => Self::from_npz(content),
        }
    }

    /// Reads CSV with a header line. A last column named `label` holds the labels; all other columns are numbers.
    pub fn from_csv(text: &[u8]) -> Result<Self, DatasetError> {
        csv::read(text)
    }

    /// Reads a JSON value from each line. The first line decides what the samples are: numbers if it is a list or an object
    /// of nothing but numbers and lists of numbers, JSON values if it is anything else. The key `label` of an object holds
    /// the label.
    pub fn from_jsonl(text: &[u8]) -> Result<Self, DatasetError> {
        jsonl::read(text)
    }

    /// Reads NumPy's archive of arrays: the samples from `x` or the only array of numbers, the labels from `y`, `label` or
    /// `labels`.
    pub fn from_npz(content: &[u8]) -> Result<Self, DatasetError> {
        npz::read(content)
    }

    /// How many samples there are; never 0.
    pub fn len(&self) -> usize {
        match &self.samples {
            Samples::Numbers(numbers) => numbers.len(),
            Samples::Json(values) => values.values.len(),
        }
    }

    /// Always false: a dataset has at least one sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the samples are.
    pub fn samples(&self) -> &Samples {
        &self.samples
    }

    /// The samples as rows of numbers, or why they are none.
    pub fn numbers(&self) -> Result<&Arc<Numbers>, String> {
        match &self.samples {
            Samples::Numbers(numbers) => Ok(numbers),
            Samples::Json(values) => {
                Err(format!("its samples are JSON values and not rows of numbers, because {}", values.reason))
            }
        }
    }

    /// What the system under test is handed for a sample; indices beyond the end start over.
    pub fn input(&self, sample: usize) -> Input<'_> {
        match &self.samples {
            Samples::Numbers(numbers) => Input::Numbers(numbers.row(sample)),
            Samples::Json(values) => Input::Json(values.value(sample)),
        }
    }

    /// The names of the columns; of JSON values, the keys that all of them have.
    pub fn columns(&self) -> &[String] {
        match &self.samples {
            Samples::Numbers(numbers) => &numbers.columns,
            Samples::Json(values) => &values.columns,
        }
    }

    /// The position of the column of this name, the first of several.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.columns().iter().position(|column| column == name)
    }

    /// What a column of a sample holds; indices beyond the last sample start over.
    pub fn cell(&self, sample: usize, column: usize) -> Option<Cell<'_>> {
        match &self.samples {
            Samples::Numbers(numbers) => numbers.row(sample).get(column).copied().map(Cell::Number),
            Samples::Json(values) => values.value(sample).get(values.columns.get(column)?).map(Cell::Json),
        }
    }

    /// Numbers per sample; 0 if the samples are JSON values.
    pub fn width(&self) -> usize {
        self.numbers().map_or(0, |numbers| numbers.width())
    }

    /// The numbers of a sample, none if the samples are JSON values; indices beyond the end start over.
    pub fn features(&self, sample: usize) -> &[f32] {
        match self.input(sample) {
            Input::Numbers(row) => row,
            Input::Json(_) => &[],
        }
    }

    /// The right answer to a sample, where the file has labels.
    pub fn label(&self, sample: usize) -> Option<&Label> {
        self.labels.as_ref()?.get(sample % self.len())
    }

    /// Whether the file has labels.
    pub fn is_labelled(&self) -> bool {
        self.labels.is_some()
    }
}

impl Numbers {
    /// How many rows there are; never 0.
    pub fn len(&self) -> usize {
        self.values.len() / self.width()
    }

    /// Always false: there is at least one row.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Numbers per row; never 0.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// A row; indices beyond the end start over.
    pub fn row(&self, sample: usize) -> &[f32] {
        let start = (sample % self.len()) * self.width();
        self.values.get(start..start + self.width()).unwrap_or_default()
    }
}

impl Values {
    fn value(&self, sample: usize) -> &Value {
        self.values.get(sample % self.values.len()).unwrap_or(&Value::Null)
    }
}

fn at_line(line: u64, problem: impl Into<String>) -> DatasetError {
    DatasetError::Malformed { line, problem: problem.into() }
}

/// The mark that some editors put before the first character.
fn without_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text)
}

/// The beginning of a text from a file, made fit for a message.
fn excerpt(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut shown = String::new();
    for c in text.chars().take(SHOWN) {
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests;
