//! Text from outside, so that a browser shows it and does nothing else with it.

use crate::render::plain;

/// Widest that a name is shown.
const NAME_WIDTH: usize = 160;

/// A name of so many letters has no places to break it but those that browsers find.
const SHORT_NAME: usize = 20;

/// Widest that words are shown.
const TEXT_WIDTH: usize = 2_000;

/// Units that stay on the line of their number.
const UNITS: [&str; 17] =
    ["%", "pp", "ns", "µs", "ms", "s", "min", "h", "d", "/s", "k/s", "M/s", "B", "KiB", "MiB", "GiB", "TiB"];

/// Words as words, also inside an attribute's quotes.
pub fn text(words: &str) -> String {
    entities(&glued(&plain::shorten(&plain::line(words), TEXT_WIDTH)))
}

/// With each number on the line of its unit.
fn glued(words: &str) -> String {
    let mut text = String::with_capacity(words.len());
    for (place, word) in words.split(' ').enumerate() {
        let unit = word.trim_end_matches([',', ';', '.', ':', ')']);
        let after_number = text.ends_with(|c: char| c.is_ascii_digit());
        if place > 0 {
            text.push(if after_number && UNITS.contains(&unit) { plain::GLUE } else { ' ' });
        }
        text.push_str(word);
    }
    text
}

/// A name, of bounded length.
pub fn name(name: &str) -> String {
    let name = plain::shorten(&plain::line(name), NAME_WIDTH);
    if name.trim().is_empty() { "(no name)".to_owned() } else { entities(&name) }
}

/// A name as markup: a long one may be broken after each of its parts, and is copied without the breaks.
pub fn breakable(of: &str) -> String {
    let name = name(of);
    if of.chars().count() <= SHORT_NAME { name } else { name.replace('/', "/<wbr>").replace("::", "::<wbr>") }
}

/// What a process said, line by line.
pub fn quotation(said: &str) -> String {
    entities(&plain::quotation(said).join("\n"))
}

fn entities(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// An id: letters, digits and `-`, whatever is given.
pub fn id(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::samples::hostile_names;

    #[test]
    fn nothing_hostile_stays_markup_in_text_or_in_an_attribute() {
        for hostile in hostile_names().iter().chain(&["\" onload=\"x".to_owned(), "' x".to_owned()]) {
            for shown in [text(hostile), name(hostile), quotation(hostile)] {
                assert!(!shown.contains(['<', '>', '"', '\'']), "{shown}");
                assert!(!shown.contains(['\u{202e}', '\u{1b}', '\u{7}']), "{shown:?}");
            }
            assert!(!text(hostile).contains('\n') && name(hostile).len() < 1000);
        }
        assert_eq!(name(" "), "(no name)");
        assert_eq!(id("a/b\"><c"), "a-b---c");
        assert_eq!(text("a & b < c"), "a &amp; b &lt; c");
    }

    #[test]
    fn a_long_name_may_be_broken_between_its_parts() {
        assert_eq!(breakable("digits/single-stream"), "digits/single-stream");
        assert_eq!(
            breakable("parser::benches::html5/whole_document"),
            "parser::<wbr>benches::<wbr>html5/<wbr>whole_document"
        );
        assert_eq!(breakable("</title><script>aaaaaaaaaaaa"), "&lt;/<wbr>title&gt;&lt;script&gt;aaaaaaaaaaaa");
    }

    #[test]
    fn a_number_stays_on_the_line_of_its_unit() {
        assert_eq!(text("by 2.50 ms, by 10 % (at least 3 s)"), "by 2.50\u{a0}ms, by 10\u{a0}% (at least 3\u{a0}s)");
        assert_eq!(text(" 5 rounds "), " 5 rounds ");
    }
}
