//! Text with places that are filled in from the dataset: a request's body, and its URL.
//!
//! `{sample}` is the index of the query's first sample, `{inputs}` a JSON list of its samples, `{NAME}` what the first sample has
//! in the column NAME, as JSON. A name in doubled braces stands for itself: `{{NAME}}` is sent as `{NAME}`. Every
//! other brace is a brace, so that JSON can be written as it is.

use crate::dataset::{Cell, Dataset, Input};

/// A text that was taken apart, with every name in it known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    /// The index of the first sample.
    Sample,
    /// The rows of all samples.
    Inputs,
    /// The first sample's value in a column.
    Column(usize),
}

/// Why a text is not a template.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A name that is neither built in nor a column.
    #[error("`{{{name}}}` is not known: expected {}; to send it as it stands, write `{{{{{name}}}}}`", Known(columns))]
    Unknown {
        /// The name in braces.
        name: String,
        /// The columns that there are.
        columns: Vec<String>,
    },
    /// A name that needs a dataset where there is none.
    #[error(
        "`{{{name}}}` is filled in from the dataset, but the benchmark has no `dataset`; to send it as it stands, write \
         `{{{{{name}}}}}`"
    )]
    NoDataset {
        /// The name in braces.
        name: String,
    },
}

/// What may stand in braces, for people.
struct Known<'a>(&'a [String]);

impl std::fmt::Display for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 8;
        f.write_str("`{sample}`, `{inputs}` or a column of the dataset (")?;
        for (position, name) in self.0.iter().take(SHOWN).enumerate() {
            let separator = if position == 0 { "" } else { ", " };
            write!(f, "{separator}`{name}`")?;
        }
        if self.0.len() > SHOWN { write!(f, ", … {} in all)", self.0.len()) } else { f.write_str(")") }
    }
}

impl Template {
    /// Takes a text apart. `columns` are those of the dataset; `None`: there is no dataset. The built-in names come before
    /// columns of the same name.
    pub fn parse(text: &str, columns: Option<&[String]>) -> Result<Self, TemplateError> {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            let (before, from) = rest.split_at(start);
            plain.push_str(before);
            if let Some(name) = doubled(from) {
                plain.push_str(from.get(1..name.len() + 3).unwrap_or_default());
                rest = from.get(name.len() + 4..).unwrap_or_default();
            } else if let Some(name) = braced(from) {
                if !plain.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut plain)));
                }
                parts.push(part(name, columns)?);
                rest = from.get(name.len() + 2..).unwrap_or_default();
            } else {
                plain.push('{');
                rest = from.get(1..).unwrap_or_default();
            }
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Ok(Self { parts })
    }

    /// Whether the text is the same for every query.
    pub fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// The text for a query about these samples.
    pub fn render(&self, samples: &[usize], dataset: Option<&Dataset>) -> String {
        let first = samples.first().copied().unwrap_or(0);
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Sample => text.push_str(&first.to_string()),
                Part::Inputs => {
                    let data = dataset.into_iter();
                    let inputs: Vec<Input<'_>> =
                        data.flat_map(|data| samples.iter().map(|&sample| data.input(sample))).collect();
                    // Finite numbers and JSON values can always be written down.
                    text.push_str(&serde_json::to_string(&inputs).unwrap_or_default());
                }
                Part::Column(column) => match dataset.and_then(|data| data.cell(first, *column)) {
                    Some(Cell::Number(number)) => text.push_str(&number.to_string()),
                    Some(Cell::Json(value)) => text.push_str(&value.to_string()),
                    None => {}
                },
            }
        }
        text
    }
}

fn part(name: &str, columns: Option<&[String]>) -> Result<Part, TemplateError> {
    let place = columns.and_then(|columns| columns.iter().position(|column| column == name));
    match (name, place, columns) {
        ("sample", ..) => Ok(Part::Sample),
        ("inputs", _, Some(_)) => Ok(Part::Inputs),
        (_, Some(place), _) => Ok(Part::Column(place)),
        (_, None, None) => Err(TemplateError::NoDataset { name: name.to_owned() }),
        (_, None, Some(columns)) => Err(TemplateError::Unknown { name: name.to_owned(), columns: columns.to_vec() }),
    }
}

/// The name in `{name}…`.
fn braced(text: &str) -> Option<&str> {
    let inside = text.strip_prefix('{')?;
    let end = inside.find(|c: char| c.is_control() || "{}\"'`:;,[]()".contains(c))?;
    let (name, rest) = inside.split_at(end);
    (rest.starts_with('}') && !name.is_empty() && name.trim() == name).then_some(name)
}

/// The name in `{{name}}…`.
fn doubled(text: &str) -> Option<&str> {
    let name = braced(text.strip_prefix('{')?)?;
    text.get(name.len() + 3..)?.starts_with('}').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Dataset {
        Dataset::from_csv(b"x,sepal length,label\n1.5,2,0\n3,-4e-3,1\n").unwrap()
    }

    fn rendered(text: &str, samples: &[usize]) -> String {
        let data = data();
        Template::parse(text, Some(data.columns())).unwrap().render(samples, Some(&data))
    }

    #[test]
    fn names_are_filled_in_from_the_samples() {
        assert_eq!(rendered("s={sample}", &[1]), "s=1");
        assert_eq!(rendered(r#"{"x":{x},"l":{sepal length}}"#, &[0]), r#"{"x":1.5,"l":2}"#);
        assert_eq!(rendered(r#"{"l":{sepal length}}"#, &[1, 0]), r#"{"l":-0.004}"#, "the first sample's");
    }

    #[test]
    fn inputs_is_a_list_of_rows_also_for_one_sample() {
        assert_eq!(rendered(r#"{"inputs":{inputs}}"#, &[0]), r#"{"inputs":[[1.5,2.0]]}"#);
        assert_eq!(rendered("{inputs}", &[0, 1]), "[[1.5,2.0],[3.0,-0.004]]");
    }

    #[test]
    fn braces_that_hold_no_name_are_braces() {
        for text in ["{}", r#"{"a":{"b":[{}]}}"#, "{ user { id } }", "{", "}", "a{b", "{{", "{\"x\"}", "{a:1}", "{x,y}"]
        {
            let template = Template::parse(text, None).unwrap();
            assert!(template.is_fixed());
            assert_eq!(template.render(&[], None), text);
        }
    }

    #[test]
    fn a_name_in_doubled_braces_stands_for_itself() {
        assert_eq!(rendered("{{x}} is {x}; {{nobody}}}", &[0]), "{x} is 1.5; {nobody}}");
    }

    #[test]
    fn an_unknown_name_is_refused_with_what_is_known() {
        let data = data();
        let problem = Template::parse("{y}", Some(data.columns())).unwrap_err().to_string();
        assert_eq!(
            problem,
            "`{y}` is not known: expected `{sample}`, `{inputs}` or a column of the dataset (`x`, `sepal length`); to send it \
             as it stands, write `{{y}}`"
        );
        let many: Vec<String> = (0..64).map(|column| format!("p{column}")).collect();
        let problem = Template::parse("{p64}", Some(&many)).unwrap_err().to_string();
        assert!(problem.contains("`p7`, … 64 in all)"), "{problem}");
    }

    #[test]
    fn without_a_dataset_only_the_samples_number_can_be_filled_in() {
        let template = Template::parse("{sample}", None).unwrap();
        assert_eq!(template.render(&[7], None), "7");
        assert!(!template.is_fixed());
        for name in ["{inputs}", "{x}"] {
            let problem = Template::parse(name, None).unwrap_err().to_string();
            assert!(problem.contains(name) && problem.contains("no `dataset`"), "{problem}");
        }
    }

    #[test]
    fn the_label_is_no_column_to_be_sent() {
        assert!(Template::parse("{label}", Some(data().columns())).is_err());
    }
}
