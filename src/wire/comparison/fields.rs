//! What reading and writing of all kinds of rows have in common.

/// A computed number with twelve digits: more are those of the machine's mathematical library, and differ from one to the next.
/// Whole numbers stay as they are.
pub(in crate::wire) fn tidy(value: f64) -> f64 {
    if value.fract() == 0.0 { value } else { format!("{value:.11e}").parse().unwrap_or(value) }
}

/// What is said of a row without a field that its kind has.
pub(super) fn lacks(field: &str) -> String {
    format!("`{field}` is missing, which such a row needs")
}
