//! How families, series and values are written down.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::export::number;

/// Names and values of labels, in the order in which they are shown.
pub(super) type Labels = Vec<(&'static str, String)>;

/// All series of one name. Each has one value, or one at each of several moments: milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Family {
    unit: Option<&'static str>,
    help: &'static str,
    pub(super) series: BTreeMap<Labels, BTreeMap<Option<i64>, Point>>,
}

/// A value, and what to call where it comes from.
#[derive(Debug)]
pub(super) struct Point {
    pub(super) value: f64,
    pub(super) source: String,
}

impl Family {
    pub(super) fn new(unit: Option<&'static str>, help: &'static str) -> Self {
        Self { unit, help, series: BTreeMap::new() }
    }
}

/// The whole exposition.
///
/// Everything is a gauge, the `…_info` too: Prometheus' older format knows no other type for them, and a summary, whose
/// quantiles would have a label of their own, is a running total. What is only OpenMetrics, the unit and the end, is a comment
/// to the older one.
pub(super) fn write(families: &BTreeMap<String, Family>) -> String {
    let mut text = String::new();
    for (name, family) in families {
        put(&mut text, format_args!("# TYPE {name} gauge\n"));
        if let Some(unit) = family.unit {
            put(&mut text, format_args!("# UNIT {name} {unit}\n"));
        }
        put(&mut text, format_args!("# HELP {name} {}\n", family.help));
        for (labels, points) in &family.series {
            let series = series(name, labels);
            for (millis, point) in points {
                put(&mut text, format_args!("{series} {}", number::text(point.value)));
                if let Some(millis) = millis {
                    put(&mut text, format_args!(" {}", seconds(*millis)));
                }
                text.push('\n');
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

/// A series by name and labels: `name{benchmark="digits"}`. An empty label is no label.
pub(super) fn series(name: &str, labels: &Labels) -> String {
    let shown = labels.iter().filter(|(_, value)| !value.is_empty());
    let shown: Vec<String> = shown.map(|(label, value)| format!("{label}=\"{}\"", escaped(value))).collect();
    if shown.is_empty() { name.to_owned() } else { format!("{name}{{{}}}", shown.join(",")) }
}

/// A label's value between quotes. It may hold any character but these; a NUL would end the text for some readers.
fn escaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            '\0' => text.push('\u{fffd}'),
            other => text.push(other),
        }
    }
    text
}

/// A moment in seconds since 1970, to the millisecond.
fn seconds(millis: i64) -> String {
    let (whole, rest) = (millis.div_euclid(1000), millis.rem_euclid(1000));
    if rest == 0 { whole.to_string() } else { number::text(millis as f64 / 1000.0) }
}

fn put(text: &mut String, what: std::fmt::Arguments<'_>) {
    // Writing to a string does not fail.
    let _ = text.write_fmt(what);
}
