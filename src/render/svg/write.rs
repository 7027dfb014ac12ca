//! The letters of SVG.

use std::fmt::Write;

/// A text as content or as an attribute's value. What may not stand in XML at all has become visible before (`plain::line`).
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

/// A text as an identifier; different texts give different ones.
pub fn identifier(text: &str) -> String {
    let mut safe = String::from("plot-");
    for c in text.chars() {
        if c.is_ascii_alphanumeric() || c == '-' {
            safe.push(c);
        } else {
            // A `String` takes everything.
            let _ = write!(safe, "_{:x}_", u32::from(c));
        }
    }
    safe
}

/// A place or a length, to a tenth of a pixel.
pub fn px(value: f64) -> String {
    let tenths = (value.clamp(-1e5, 1e5) * 10.0).round() / 10.0;
    // NaN is never made, and would be invisible here instead of breaking the drawing; −0 is 0.
    if tenths.is_finite() { format!("{}", tenths + 0.0) } else { "0".to_owned() }
}

/// Points as a path's data, with straight lines between them: the first where it is, each other from the one before, which takes
/// half as many letters.
pub fn points(points: &[[f64; 2]]) -> String {
    let tenths = |[x, y]: &[f64; 2]| [x, y].map(|value| (value.clamp(-1e5, 1e5) * 10.0).round() as i64);
    let Some(first) = points.first() else { return String::new() };
    let mut data = format!("M{} {}l", px(first[0]), px(first[1]));
    for (before, point) in points.iter().map(tenths).zip(points.iter().skip(1).map(tenths)) {
        // The difference of what was written, so that nothing adds up.
        for (from, to) in before.into_iter().zip(point) {
            let step = step(to - from);
            if !step.starts_with('-') && !data.ends_with('l') {
                data.push(' ');
            }
            data.push_str(&step);
        }
    }
    data
}

/// Some tenths: `12.3`, `-.5`.
fn step(tenths: i64) -> String {
    let (sign, whole, part) = (if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, tenths.abs() % 10);
    match (whole, part) {
        (whole, 0) => format!("{sign}{whole}"),
        (0, part) => format!("{sign}.{part}"),
        (whole, part) => format!("{sign}{whole}.{part}"),
    }
}

/// A path with these classes, of which the first is its form.
pub fn path(classes: &str, data: &str) -> String {
    format!("<path class=\"{classes}\"{} d=\"{data}\"/>\n", without_style(classes))
}

/// A rectangle with these classes, of which the first is its form.
pub fn rectangle(classes: &str, [left, top]: [f64; 2], [right, bottom]: [f64; 2]) -> String {
    let (width, height) = (px((right - left).max(0.0)), px((bottom - top).max(0.0)));
    format!(
        "<rect class=\"{classes}\"{} x=\"{}\" y=\"{}\" width=\"{width}\" height=\"{height}\"/>\n",
        without_style(classes),
        px(left),
        px(top)
    )
}

/// What a form needs where the page's styles are not let in, as some servers have it: everything is drawn in one colour then.
fn without_style(classes: &str) -> &'static str {
    match classes.split(' ').next() {
        Some("pg-ground") => " fill=\"none\"",
        Some("pg-band" | "pg-region") => " fill-opacity=\".15\"",
        Some("pg-area") => " fill-opacity=\".15\" stroke=\"currentColor\"",
        _ => " fill=\"none\" stroke=\"currentColor\"",
    }
}

/// Which point of a text is given.
#[derive(Clone, Copy)]
pub enum Anchor {
    /// Its beginning.
    Start,
    /// Its middle.
    Middle,
    /// Its end.
    End,
}

/// A text with these classes, not escaped yet.
pub fn words(classes: &str, anchor: Anchor, [x, y]: [f64; 2], words: &str) -> String {
    let anchor = match anchor {
        Anchor::Start => "",
        Anchor::Middle => " text-anchor=\"middle\"",
        Anchor::End => " text-anchor=\"end\"",
    };
    format!("<text class=\"{classes}\"{anchor} x=\"{}\" y=\"{}\">{}</text>\n", px(x), px(y), escape(words))
}
