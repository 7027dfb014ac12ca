//! Lines of numbers, flattened into rows of one width.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::super::{DatasetError, Numbers, Samples, at_line, excerpt};
use super::{Fields, Line, described, twice};

/// The rows so far, all of the shape of the first line.
pub struct Rows {
    /// The line that the shape is from.
    begin: u64,
    layout: Layout,
    columns: Vec<String>,
    values: Vec<f32>,
}

/// Where the numbers of a line go in its row.
enum Layout {
    /// The line is a list.
    List(Shape),
    /// The line is an object.
    Object { fields: Vec<Field>, by_name: HashMap<String, usize> },
}

/// A key of every line.
struct Field {
    name: String,
    shape: Shape,
    /// Where in a row its numbers begin.
    start: usize,
    /// How many there are.
    width: usize,
    /// The last line that had it.
    seen: u64,
}

/// A number, or a list of fixed length.
enum Shape {
    Number,
    List(Vec<Shape>),
}

/// What is wrong with a value, and where inside it: `.0.2`, from the outside in.
struct Fault {
    place: String,
    problem: String,
    /// A list that is longer or shorter than the first one.
    is_length: bool,
}

impl Rows {
    /// What takes lines like this one; the inner error says why it is not one of numbers.
    pub fn like(begin: u64, first: &Line) -> Result<Result<Self, String>, DatasetError> {
        let mut columns = Vec::new();
        let reason = |name: &str, fault: Fault| match fault.column(name) {
            None => format!("line {begin} is {}", fault.problem),
            Some(column) => format!("`{column}` in line {begin} is {}", fault.problem),
        };
        let layout = match first {
            Line::Other(list) => match Shape::of(list) {
                Ok(Shape::Number) => return Ok(Err(format!("line {begin} is a single number and not a list"))),
                Ok(Shape::List(items)) => {
                    for (position, item) in items.iter().enumerate() {
                        item.name(format!("x{position}"), &mut columns);
                    }
                    Layout::List(Shape::List(items))
                }
                Err(fault) => return Ok(Err(reason("", fault))),
            },
            Line::Object(Fields(first)) => {
                let mut fields = Vec::new();
                let mut by_name = HashMap::new();
                for (name, value) in first {
                    let shape = match Shape::of(value) {
                        Ok(shape) => shape,
                        Err(fault) => return Ok(Err(reason(name, fault))),
                    };
                    if by_name.insert(name.clone(), fields.len()).is_some() {
                        return Err(twice(begin, name));
                    }
                    let start = columns.len();
                    shape.name(name.clone(), &mut columns);
                    fields.push(Field { name: name.clone(), shape, start, width: columns.len() - start, seen: 0 });
                }
                Layout::Object { fields, by_name }
            }
        };
        Ok(Ok(Self { begin, layout, columns, values: Vec::new() }))
    }

    /// Adds the numbers of a line, which must be of the same shape.
    pub fn push(&mut self, number: u64, line: &Line) -> Result<(), DatasetError> {
        let Self { begin, layout, columns, values } = self;
        let as_before = |name: &str, fault: Fault| {
            let column = fault.column(name).map(|column| format!("`{column}` ")).unwrap_or_default();
            let hint = if fault.is_length { ANY_LENGTH } else { "" };
            at_line(number, format!("{column}is {} as in line {begin}{hint}", fault.problem))
        };
        let from = values.len();
        values.resize(from + columns.len(), 0.0);
        let row = values.get_mut(from..).unwrap_or_default();
        match (layout, line) {
            (Layout::List(shape), Line::Other(value)) => {
                shape.fill(value, &mut row.iter_mut()).map_err(|fault| as_before("", fault))
            }
            (Layout::Object { fields, by_name }, Line::Object(Fields(line))) => {
                for (position, (name, value)) in line.iter().enumerate() {
                    let field = known(fields, by_name, position, name).ok_or_else(|| {
                        let name = excerpt(name);
                        at_line(number, format!("has a key `{name}` that line {begin} lacks; {SAME_KEYS}"))
                    })?;
                    if field.seen == number {
                        return Err(twice(number, name));
                    }
                    field.seen = number;
                    let slots = row.get_mut(field.start..field.start + field.width).unwrap_or_default();
                    field.shape.fill(value, &mut slots.iter_mut()).map_err(|fault| as_before(name, fault))?;
                }
                match fields.iter().find(|field| field.seen != number) {
                    None => Ok(()),
                    Some(Field { name, .. }) => {
                        let name = excerpt(name);
                        Err(at_line(number, format!("lacks the key `{name}` of line {begin}; {SAME_KEYS}")))
                    }
                }
            }
            (Layout::List(_), Line::Object(_)) => {
                Err(at_line(number, format!("is an object, expected a list of numbers as in line {begin}")))
            }
            (Layout::Object { .. }, Line::Other(value)) => {
                let found = described(value);
                Err(at_line(number, format!("is {found}, expected an object of numbers as in line {begin}")))
            }
        }
    }

    /// All rows.
    pub fn finish(self) -> Samples {
        Samples::Numbers(Arc::new(Numbers { columns: self.columns, values: self.values }))
    }
}

const SAME_KEYS: &str = "all lines of numbers have the same keys";
const ANY_LENGTH: &str =
    " (samples may differ in shape where they are JSON values, which any text in the first line makes them)";

/// The field of this name: mostly the one at the same position as in the first line.
fn known<'a>(
    fields: &'a mut [Field],
    by_name: &HashMap<String, usize>,
    position: usize,
    name: &str,
) -> Option<&'a mut Field> {
    let same = fields.get(position).is_some_and(|field| field.name == name);
    let index = if same { position } else { *by_name.get(name)? };
    fields.get_mut(index)
}

impl Shape {
    /// The shape of a value of nothing but numbers; the error says what else it holds.
    fn of(value: &Value) -> Result<Self, Fault> {
        match value {
            Value::Number(_) => Ok(Self::Number),
            Value::Array(items) if !items.is_empty() => {
                let items = items.iter().enumerate();
                let shapes = items.map(|(position, item)| Self::of(item).map_err(|fault| fault.inside(position)));
                Ok(Self::List(shapes.collect::<Result<_, _>>()?))
            }
            other => Err(Fault::new(described(other))),
        }
    }

    /// Names the columns that it takes: the name itself, or the name with the positions of the numbers.
    fn name(&self, name: String, columns: &mut Vec<String>) {
        match self {
            Self::Number => columns.push(name),
            Self::List(items) => {
                for (position, item) in items.iter().enumerate() {
                    item.name(format!("{name}.{position}"), columns);
                }
            }
        }
    }

    /// Puts the numbers of a value of this shape into the slots.
    fn fill(&self, value: &Value, slots: &mut std::slice::IterMut<'_, f32>) -> Result<(), Fault> {
        match (self, value) {
            (Self::Number, Value::Number(number)) => {
                let single = number.as_f64().unwrap_or(f64::INFINITY) as f32;
                if !single.is_finite() {
                    return Err(Fault::new(format!("{number}, expected a number that fits into a 32-bit float")));
                }
                if let Some(slot) = slots.next() {
                    *slot = single;
                }
                Ok(())
            }
            (Self::Number, other) => Err(Fault::new(format!("{}, expected a number", described(other)))),
            (Self::List(shapes), Value::Array(items)) if shapes.len() == items.len() => {
                let items = shapes.iter().zip(items).enumerate();
                items.into_iter().try_for_each(|(position, (shape, item))| {
                    shape.fill(item, slots).map_err(|fault| fault.inside(position))
                })
            }
            (Self::List(shapes), other) => {
                let problem = format!("{}, expected a list of {}", described(other), shapes.len());
                Err(Fault { is_length: other.is_array(), ..Fault::new(problem) })
            }
        }
    }
}

impl Fault {
    fn new(problem: String) -> Self {
        Self { place: String::new(), problem, is_length: false }
    }

    /// The column, or the beginning of the columns, of the value; `None` for the whole of a line that is a list.
    fn column(&self, name: &str) -> Option<String> {
        match (name, self.place.strip_prefix('.')) {
            ("", None) => None,
            ("", Some(position)) => Some(format!("x{position}")),
            _ => Some(excerpt(&format!("{name}{}", self.place))),
        }
    }

    fn inside(self, position: usize) -> Self {
        Self { place: format!(".{position}{}", self.place), ..self }
    }
}
