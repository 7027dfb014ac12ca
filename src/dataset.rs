//! The dataset: numbered samples, each a row of numbers, with labels where the file has them.
//!
//! Here: CSV text to samples, and whether an answer fits a label. Not here: reading the file, choosing samples (`plan`).

use serde_json::Value;

/// Samples in the order of the file; at least one, all of the same width.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    /// Names of the columns that hold numbers.
    columns: Vec<String>,
    features: Vec<f32>,
    labels: Option<Vec<Label>>,
}

/// What the right answer to a sample is, as the file spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

/// Why a text is not a dataset.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// Not CSV, or rows of different length.
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
    /// Only labels, nothing to hand to the system under test.
    #[error("its only column is `label`; there is nothing to hand to the system under test")]
    NoFeatures,
}

impl Dataset {
    /// Reads CSV with a header line. A last column named `label` holds the labels; all other columns are numbers.
    pub fn from_csv(text: &[u8]) -> Result<Self, DatasetError> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text);
        let header = reader.headers().map_err(malformed)?.clone();
        let labelled = header.iter().next_back() == Some("label");
        let width = header.len().saturating_sub(usize::from(labelled));
        if header.iter().any(|name| name.parse::<f64>().is_ok()) {
            return Err(DatasetError::Malformed {
                line: 1,
                problem: "the first line must name the columns (such as `p0,p1,label`), but it holds numbers"
                    .to_owned(),
            });
        }
        let mut features = Vec::new();
        let mut labels = Vec::new();
        let mut rows = 0_usize;
        for record in reader.records() {
            let record = record.map_err(malformed)?;
            let line = record.position().map_or(0, csv::Position::line);
            for (field, column) in record.iter().zip(&header).take(width) {
                features.push(number(field, column, line)?);
            }
            labels.extend(record.get(width).map(|label| Label(label.to_owned())));
            rows += 1;
        }
        if rows == 0 {
            return Err(DatasetError::Empty);
        }
        if width == 0 {
            return Err(DatasetError::NoFeatures);
        }
        let columns = header.iter().take(width).map(str::to_owned).collect();
        Ok(Self { columns, features, labels: labelled.then_some(labels) })
    }

    /// How many samples there are; never 0.
    pub fn len(&self) -> usize {
        self.features.len() / self.width()
    }

    /// Always false: a dataset has at least one sample.
    pub fn is_empty(&self) -> bool {
        self.features.is_empty()
    }

    /// Numbers per sample; never 0.
    pub fn width(&self) -> usize {
        self.columns.len()
    }

    /// The names of the numbers of a sample, in their order; not the labels'.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The numbers of a sample; indices beyond the end start over.
    pub fn features(&self, sample: usize) -> &[f32] {
        let start = (sample % self.len()) * self.width();
        self.features.get(start..start + self.width()).unwrap_or_default()
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

fn number(field: &str, column: &str, line: u64) -> Result<f32, DatasetError> {
    match field.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(DatasetError::Malformed {
            line,
            problem: format!(
                "column `{column}` holds `{field}`, expected a number (only a last column named `label` may hold text)"
            ),
        }),
    }
}

fn malformed(error: csv::Error) -> DatasetError {
    let line = error.position().map_or(1, csv::Position::line);
    let problem = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields, expected {expected_len} as in the header")
        }
        csv::ErrorKind::Utf8 { .. } => "not UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    DatasetError::Malformed { line, problem }
}

impl Label {
    /// Whether an answer of the system under test is this label: the same number, the same text, or, for a list of
    /// scores, the position of the highest one.
    pub fn is_answered_by(&self, answer: &Value) -> bool {
        match answer {
            Value::String(text) => text == &self.0,
            Value::Number(number) => match (number.as_f64(), self.0.parse::<f64>()) {
                (Some(answer), Ok(label)) => answer == label,
                _ => false,
            },
            Value::Bool(answer) => self.0.parse() == Ok(*answer),
            Value::Array(scores) if scores.len() == 1 => scores.iter().all(|only| self.is_answered_by(only)),
            Value::Array(scores) => {
                let scores: Option<Vec<f64>> = scores.iter().map(Value::as_f64).collect();
                scores.and_then(|scores| highest(&scores)).is_some_and(|class| self.is_class(class))
            }
            Value::Null | Value::Object(_) => false,
        }
    }

    /// Whether this label is the class of this number.
    pub fn is_class(&self, class: usize) -> bool {
        self.0.parse::<f64>().is_ok_and(|label| label == class as f64)
    }
}

/// The position of the highest score, the first of several; `None` if there is none or one is NaN.
pub fn highest<T: PartialOrd + Copy>(scores: &[T]) -> Option<usize> {
    let mut best: Option<(usize, T)> = None;
    for (position, &score) in scores.iter().enumerate() {
        score.partial_cmp(&score)?;
        if best.is_none_or(|(_, highest)| score > highest) {
            best = Some((position, score));
        }
    }
    best.map(|(position, _)| position)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem(text: &str) -> String {
        Dataset::from_csv(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_last_column_named_label_holds_the_labels() {
        let data = Dataset::from_csv(b"a,b,label\n1,2,cat\n3,4,7\n").unwrap();
        assert_eq!((data.len(), data.width()), (2, 2));
        assert_eq!(data.columns(), ["a", "b"]);
        assert_eq!(data.features(1), [3.0, 4.0]);
        assert_eq!(data.features(2), [1.0, 2.0], "indices beyond the end start over");
        assert!(data.label(0).unwrap().is_answered_by(&json!("cat")));
        assert!(data.label(1).unwrap().is_answered_by(&json!(7)));
        let plain = Dataset::from_csv(b"label,b\n1,2\n").unwrap();
        assert!(!plain.is_labelled(), "only the last column counts");
    }

    #[test]
    fn a_label_is_met_by_its_number_its_text_or_the_highest_score() {
        let two = Label("2".to_owned());
        for right in [json!(2), json!(2.0), json!("2"), json!([0.1, 0.2, 0.9]), json!([2])] {
            assert!(two.is_answered_by(&right), "{right}");
        }
        for wrong in [json!(1), json!("two"), json!([0.9, 0.2, 0.1]), json!(null), json!({}), json!([])] {
            assert!(!two.is_answered_by(&wrong), "{wrong}");
        }
    }

    #[test]
    fn faults_name_the_line_and_the_column() {
        assert_eq!(problem("a,b\n1,2\n1,2,3\n"), "line 3: 3 fields, expected 2 as in the header");
        assert!(problem("a,b\n1,x\n").starts_with("line 2: column `b` holds `x`, expected a number"));
        assert!(problem("a,b\n1,NaN\n").starts_with("line 2: column `b` holds `NaN`"));
        assert!(problem("1,2\n3,4\n").starts_with("line 1: the first line must name the columns"));
        assert_eq!(problem("a,b\n"), "it has no rows below its header line");
        assert_eq!(problem(""), "it has no rows below its header line");
        assert!(problem("label\n3\n").starts_with("its only column is `label`"));
    }

    #[test]
    fn the_highest_score_is_the_first_of_equals_and_nan_has_none() {
        assert_eq!(highest(&[1.0, 3.0, 3.0]), Some(1));
        assert_eq!(highest(&[1.0, f64::NAN]), None);
        assert_eq!(highest::<f64>(&[]), None);
    }
}
