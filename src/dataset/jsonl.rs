//! JSON lines: a sample on each line, rows of numbers or any JSON values.
//!
//! The first line decides which, so that a slip further down is an error with its line and not another kind of dataset.

mod rows;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use self::rows::Rows;
use super::{Dataset, DatasetError, Label, Samples, Values, at_line, excerpt, without_mark};

const LABEL: &str = "label";

/// What a line holds besides its label.
enum Line {
    /// Keys and values in the order of the line.
    Object(Fields),
    Other(Value),
}

/// The keys and values of an object, in its order, repeated ones included.
struct Fields(Vec<(String, Value)>);

/// Reads a sample from each line that is not blank.
pub fn read(text: &[u8]) -> Result<Dataset, DatasetError> {
    let lines = || {
        let lines = without_mark(text).split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
        (1_u64..).zip(lines).filter(|(_, line)| !line.is_empty())
    };
    let (begin, first) = lines().next().ok_or(DatasetError::NoLines)?;
    let (first, first_label) = parse(begin, first)?;
    let mut samples = Collector::like(begin, &first)?;
    let mut labels = Vec::new();
    for (number, line) in lines() {
        let (line, label) = parse(number, line)?;
        match (&first_label, label) {
            (Some(_), None) => {
                return Err(at_line(number, format!("has no `label`, expected one as in line {begin}")));
            }
            (None, Some(_)) => {
                let problem = format!("has a `label`, but line {begin} has none; label all lines or none");
                return Err(at_line(number, problem));
            }
            (_, label) => labels.extend(label),
        }
        samples.push(number, line)?;
    }
    Ok(Dataset { samples: samples.finish(), labels: first_label.map(|_| labels) })
}

/// The value on a line and its label.
fn parse(number: u64, line: &[u8]) -> Result<(Line, Option<Label>), DatasetError> {
    let wrong = |error: serde_json::Error| {
        let text = error.to_string();
        let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
        let problem = format!("not JSON at column {}: {what}; expected a JSON value on each line", error.column());
        at_line(number, problem)
    };
    if !line.starts_with(b"{") {
        return Ok((Line::Other(serde_json::from_slice(line).map_err(wrong)?), None));
    }
    let Fields(mut fields) = serde_json::from_slice(line).map_err(wrong)?;
    let label = match fields.iter().position(|(key, _)| key == LABEL) {
        Some(position) => Some(label(number, &fields.remove(position).1)?),
        None => None,
    };
    if fields.iter().any(|(key, _)| key == LABEL) {
        return Err(twice(number, LABEL));
    }
    if fields.is_empty() {
        let problem = "holds nothing to hand to the system under test; expected keys besides `label`";
        return Err(at_line(number, problem));
    }
    Ok((Line::Object(Fields(fields)), label))
}

fn label(number: u64, value: &Value) -> Result<Label, DatasetError> {
    match value {
        Value::String(text) => Ok(Label::new(text.as_str())),
        Value::Number(_) | Value::Bool(_) => Ok(Label::new(value.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            let found = described(value);
            Err(at_line(number, format!("`label` is {found}, expected a text, a number, true or false")))
        }
    }
}

fn twice(number: u64, key: &str) -> DatasetError {
    at_line(number, format!("the key `{}` comes twice", excerpt(key)))
}

/// A value in a message.
fn described(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text `{}`", excerpt(text)),
        Value::Array(list) if list.is_empty() => "an empty list".to_owned(),
        Value::Array(list) => format!("a list of {}", list.len()),
        Value::Object(_) => "an object".to_owned(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// The samples so far.
enum Collector {
    Numbers(Rows),
    Json(Values),
}

impl Collector {
    /// What takes lines like this first one.
    fn like(number: u64, first: &Line) -> Result<Self, DatasetError> {
        Ok(match Rows::like(number, first)? {
            Ok(rows) => Self::Numbers(rows),
            Err(reason) => Self::Json(Values { columns: Vec::new(), values: Vec::new(), reason }),
        })
    }

    fn push(&mut self, number: u64, line: Line) -> Result<(), DatasetError> {
        match self {
            Self::Numbers(rows) => rows.push(number, &line),
            Self::Json(values) => values.push(line).map_err(|repeated| twice(number, &repeated)),
        }
    }

    fn finish(self) -> Samples {
        match self {
            Self::Numbers(rows) => rows.finish(),
            Self::Json(values) => Samples::Json(values),
        }
    }
}

impl Values {
    /// Adds a value. The columns are those of the first one, as far as all others have them. The error is a key that comes
    /// twice.
    fn push(&mut self, line: Line) -> Result<(), String> {
        let value = match line {
            Line::Other(value) => {
                self.columns.clear();
                value
            }
            Line::Object(Fields(fields)) => {
                if self.values.is_empty() {
                    self.columns = fields.iter().map(|(key, _)| key.clone()).collect();
                }
                let mut object = Map::new();
                for (key, value) in fields {
                    if object.contains_key(&key) {
                        return Err(key);
                    }
                    object.insert(key, value);
                }
                self.columns.retain(|column| object.contains_key(column));
                Value::Object(object)
            }
        };
        self.values.push(value);
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Fields;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

#[cfg(test)]
mod tests;
