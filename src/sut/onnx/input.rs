//! Which columns of the dataset go into which input of a model, and in which shape. Pure.

use std::ops::Range;

/// What an input holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// 32-bit floats.
    Float,
    /// Whole numbers.
    Int,
}

/// One dimension, as the model declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Size {
    /// Always so many.
    Fixed(usize),
    /// Any number, under this name.
    Open(String),
}

/// An input that was found to take some of the dataset's columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// What it holds.
    pub kind: Kind,
    /// The columns that go into it.
    pub columns: Range<usize>,
    /// Its dimensions after the first, which counts samples.
    row: Vec<usize>,
}

impl Input {
    /// The shape of a batch of so many samples.
    pub fn shape(&self, samples: usize) -> Vec<usize> {
        std::iter::once(samples).chain(self.row.iter().copied()).collect()
    }
}

/// Deals the columns out to the inputs, in the model's order. Each input is its name, what it holds and the shape it declares,
/// if it does; its first dimension counts samples, and `batch` is how many will come at once.
pub fn split(inputs: &[(String, Kind, Option<Vec<Size>>)], width: usize, batch: usize) -> Result<Vec<Input>, String> {
    let mut dealt = Vec::new();
    let mut next = 0;
    for (name, kind, shape) in inputs {
        let left = width.saturating_sub(next);
        // Only a single input may leave it to the dataset how wide it is.
        let open_width = (inputs.len() == 1).then_some(left);
        let row = row(name, shape.as_deref(), open_width, batch)?;
        let taken: usize = row.iter().product();
        if taken > left || (inputs.len() == 1 && taken != left) {
            return Err(misfit(inputs, width));
        }
        dealt.push(Input { kind: *kind, columns: next..next + taken, row });
        next += taken;
    }
    if dealt.is_empty() {
        return Err("the model has no inputs".to_owned());
    }
    if next == width { Ok(dealt) } else { Err(misfit(inputs, width)) }
}

/// An input's dimensions after the first.
fn row(name: &str, shape: Option<&[Size]>, open_width: Option<usize>, batch: usize) -> Result<Vec<usize>, String> {
    let unsized_ = || format!("the model's input `{name}` does not say how wide it is; with several inputs each must");
    let Some(shape) = shape else { return open_width.map(|width| vec![width]).ok_or_else(unsized_) };
    let [first, rest @ ..] = shape else {
        return Err(format!("the model's input `{name}` is a single number, and cannot take a dataset's rows"));
    };
    if let Size::Fixed(size) = first
        && *size != batch
    {
        return Err(format!(
            "the model's input {} takes {size} samples at once, and only so many, but {batch} would come; export it with a \
             dynamic batch dimension",
            written(shape)
        ));
    }
    let fixed: usize = rest.iter().map(|size| if let Size::Fixed(size) = size { *size } else { 1 }).product();
    let open = rest.iter().filter(|size| matches!(size, Size::Open(_))).count();
    let open_size = match (open, open_width) {
        (0, _) => 1,
        (1, Some(width)) if fixed > 0 && width.is_multiple_of(fixed) => width / fixed,
        (1, Some(_)) => 0,
        (1, None) => return Err(unsized_()),
        _ => return Err(format!("the model's input {} has more than one open size per sample", written(shape))),
    };
    Ok(rest.iter().map(|size| if let Size::Fixed(size) = size { *size } else { open_size }).collect())
}

fn misfit(inputs: &[(String, Kind, Option<Vec<Size>>)], width: usize) -> String {
    let shapes: Vec<String> =
        inputs.iter().map(|(_, _, shape)| written(shape.as_deref().unwrap_or_default())).collect();
    let takes = match shapes.as_slice() {
        [only] => format!("input is {only}"),
        several => format!("inputs are {}", several.join(", ")),
    };
    format!("the model's {takes}, the dataset's rows have {width} numbers")
}

fn written(shape: &[Size]) -> String {
    let size = |size: &Size| match size {
        Size::Fixed(size) => size.to_string(),
        Size::Open(name) => name.clone(),
    };
    format!("[{}]", shape.iter().map(size).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open(name: &str) -> Size {
        Size::Open(name.to_owned())
    }

    fn input(shape: &[Size]) -> (String, Kind, Option<Vec<Size>>) {
        ("x".to_owned(), Kind::Float, Some(shape.to_vec()))
    }

    fn shape(declared: &[Size], width: usize, batch: usize) -> Result<Vec<usize>, String> {
        split(&[input(declared)], width, batch).map(|inputs| inputs[0].shape(batch))
    }

    #[test]
    fn one_input_takes_all_columns_in_its_shape() {
        use Size::Fixed;
        assert_eq!(shape(&[open("batch"), Fixed(64)], 64, 1), Ok(vec![1, 64]));
        assert_eq!(shape(&[open("batch"), Fixed(64)], 64, 32), Ok(vec![32, 64]));
        assert_eq!(shape(&[Fixed(1), Fixed(1), Fixed(8), Fixed(8)], 64, 1), Ok(vec![1, 1, 8, 8]));
        assert_eq!(shape(&[open("batch"), Fixed(8), open("columns")], 64, 1), Ok(vec![1, 8, 8]));
        let undeclared = split(&[("x".to_owned(), Kind::Float, None)], 3, 2).unwrap();
        assert_eq!(undeclared[0].shape(2), [2, 3]);
    }

    #[test]
    fn several_inputs_take_the_columns_in_order() {
        let two = [input(&[open("batch"), Size::Fixed(3)]), input(&[open("batch"), Size::Fixed(2), Size::Fixed(2)])];
        let dealt = split(&two, 7, 5).unwrap();
        assert_eq!((dealt[0].columns.clone(), dealt[1].columns.clone()), (0..3, 3..7));
        assert_eq!(dealt[1].shape(5), [5, 2, 2]);
        let problem = split(&two, 8, 5).unwrap_err();
        assert_eq!(problem, "the model's inputs are [batch, 3], [batch, 2, 2], the dataset's rows have 8 numbers");
        let vague = [input(&[open("batch"), open("n")]), input(&[open("batch"), Size::Fixed(1)])];
        assert!(split(&vague, 8, 1).unwrap_err().contains("does not say how wide it is"));
    }

    #[test]
    fn a_misfit_names_both_sides() {
        let narrow = shape(&[open("batch"), Size::Fixed(64)], 3, 1).unwrap_err();
        assert_eq!(narrow, "the model's input is [batch, 64], the dataset's rows have 3 numbers");
        let stiff = shape(&[Size::Fixed(8), Size::Fixed(64)], 64, 1).unwrap_err();
        assert!(stiff.contains("takes 8 samples at once"), "{stiff}");
        assert_eq!(shape(&[Size::Fixed(8), Size::Fixed(64)], 64, 8), Ok(vec![8, 64]));
        assert!(shape(&[], 3, 1).is_err());
        assert!(shape(&[open("batch"), open("a"), open("b")], 4, 1).is_err());
        assert!(split(&[], 4, 1).is_err());
    }
}
