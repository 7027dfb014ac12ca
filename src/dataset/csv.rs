//! CSV: rows of numbers below a line that names the columns.

use std::sync::Arc;

use ::csv::{ErrorKind, Position, ReaderBuilder, Trim};

use super::{Dataset, DatasetError, Label, Numbers, Samples, at_line, excerpt, without_mark};

/// Reads CSV with a header line. A last column named `label` holds the labels; all other columns are numbers.
pub fn read(text: &[u8]) -> Result<Dataset, DatasetError> {
    let mut reader = ReaderBuilder::new().trim(Trim::All).from_reader(without_mark(text));
    let header = reader.headers().map_err(malformed)?.clone();
    let labelled = header.iter().next_back() == Some("label");
    let width = header.len().saturating_sub(usize::from(labelled));
    if header.iter().any(|name| name.parse::<f64>().is_ok()) {
        let problem = "the first line must name the columns (such as `p0,p1,label`), but it holds numbers";
        return Err(at_line(1, problem));
    }
    let mut values = Vec::new();
    let mut labels = Vec::new();
    let mut rows = 0_usize;
    for record in reader.records() {
        let record = record.map_err(malformed)?;
        let line = record.position().map_or(0, Position::line);
        for (field, column) in record.iter().zip(&header).take(width) {
            values.push(number(field, column, line)?);
        }
        labels.extend(record.get(width).map(Label::new));
        rows += 1;
    }
    if rows == 0 {
        return Err(DatasetError::Empty);
    }
    if width == 0 {
        return Err(DatasetError::NoFeatures);
    }
    let columns = header.iter().take(width).map(str::to_owned).collect();
    let samples = Samples::Numbers(Arc::new(Numbers { columns, values }));
    Ok(Dataset { samples, labels: labelled.then_some(labels) })
}

fn number(field: &str, column: &str, line: u64) -> Result<f32, DatasetError> {
    match field.parse::<f32>() {
        Ok(value) if value.is_finite() => Ok(value),
        _ => Err(at_line(
            line,
            format!(
                "column `{}` holds `{}`, expected a number (only a last column named `label` may hold text)",
                excerpt(column),
                excerpt(field)
            ),
        )),
    }
}

fn malformed(error: ::csv::Error) -> DatasetError {
    let line = error.position().map_or(1, Position::line);
    let problem = match error.kind() {
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("{len} fields, expected {expected_len} as in the header")
        }
        ErrorKind::Utf8 { .. } => "not UTF-8 text".to_owned(),
        _ => error.to_string(),
    };
    at_line(line, problem)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn problem(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_last_column_named_label_holds_the_labels() {
        let data = read(b"a,b,label\n1,2,cat\n3,4,7\n").unwrap();
        assert_eq!((data.len(), data.width()), (2, 2));
        assert_eq!(data.columns(), ["a", "b"]);
        assert_eq!(data.features(1), [3.0, 4.0]);
        assert_eq!(data.features(2), [1.0, 2.0], "indices beyond the end start over");
        assert!(data.label(0).unwrap().is_answered_by(&json!("cat")));
        assert!(data.label(1).unwrap().is_answered_by(&json!(7)));
        let plain = read(b"label,b\n1,2\n").unwrap();
        assert!(!plain.is_labelled(), "only the last column counts");
        assert_eq!(plain.columns(), ["label", "b"]);
    }

    #[test]
    fn faults_name_the_line_and_the_column() {
        assert_eq!(problem("a,b\n1,2\n1,2,3\n"), "line 3: 3 fields, expected 2 as in the header");
        assert!(problem("a,b\n1,x\n").starts_with("line 2: column `b` holds `x`, expected a number"));
        assert!(problem("a,b\n1,NaN\n").starts_with("line 2: column `b` holds `NaN`"));
        assert!(problem("a,b\n1,\u{1b}[2J\n").contains("`\\u{1b}[2J`"), "nothing reaches the terminal as it is");
        assert!(problem("1,2\n3,4\n").starts_with("line 1: the first line must name the columns"));
        assert_eq!(problem("a,b\n"), "it has no rows below its header line");
        assert_eq!(problem(""), "it has no rows below its header line");
        assert!(problem("label\n3\n").starts_with("its only column is `label`"));
    }
}
