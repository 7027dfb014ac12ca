//! The right answer to a sample, and whether an answer fits it.

use serde_json::Value;

/// What the right answer to a sample is, as the file spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label(String);

impl Label {
    /// The label with this spelling.
    pub(super) fn new(spelling: impl Into<String>) -> Self {
        Self(spelling.into())
    }

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

    #[test]
    fn a_label_is_met_by_its_number_its_text_or_the_highest_score() {
        let two = Label::new("2");
        for right in [json!(2), json!(2.0), json!("2"), json!([0.1, 0.2, 0.9]), json!([2])] {
            assert!(two.is_answered_by(&right), "{right}");
        }
        for wrong in [json!(1), json!("two"), json!([0.9, 0.2, 0.1]), json!(null), json!({}), json!([])] {
            assert!(!two.is_answered_by(&wrong), "{wrong}");
        }
    }

    #[test]
    fn the_highest_score_is_the_first_of_equals_and_nan_has_none() {
        assert_eq!(highest(&[1.0, 3.0, 3.0]), Some(1));
        assert_eq!(highest(&[1.0, f64::NAN]), None);
        assert_eq!(highest::<f64>(&[]), None);
    }
}
