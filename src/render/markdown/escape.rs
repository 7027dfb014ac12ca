//! Text from outside, so that Markdown shows it and does nothing else with it.
//!
//! A name breaks no table, closes no comment, starts no markup, links nowhere and mentions nobody. Every function takes raw
//! text and makes it one harmless line first.

use crate::render::plain;

/// Widest that a name is shown.
const NAME_WIDTH: usize = 80;

/// Widest that a line of what a process said is shown.
const QUOTE_WIDTH: usize = 160;

/// Keeps its neighbours from being read together, is not seen, and is not in what somebody copies.
const APART: &str = "<wbr>";

/// A name as code: there GitHub mentions nobody and links nothing.
pub fn code(name: &str) -> String {
    let name = plain::shorten(&plain::line(name), NAME_WIDTH);
    let name = name.trim();
    if name.is_empty() {
        return "(no name)".to_owned();
    }
    if name.chars().any(|c| "`|\\<>&@$".contains(c)) {
        return format!("<code>{}</code>", name.chars().map(in_html).collect::<String>());
    }
    format!("`{name}`")
}

/// A character of a name between tags, where Markdown still reads what it can.
fn in_html(c: char) -> String {
    match c {
        '@' => format!("{}{APART}", entity(c)),
        _ if "-/,;()'\" =+".contains(c) || !c.is_ascii_punctuation() => c.to_string(),
        _ => entity(c),
    }
}

/// Words as words.
pub fn text(words: &str) -> String {
    let safe = plain::line(words);
    let mut escaped = String::with_capacity(safe.len());
    let mut before = ' ';
    let mut rest = safe.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        match c {
            '_' if before.is_alphanumeric() && after.is_alphanumeric() => escaped.push(c),
            '@' | ':' if after == ' ' => escaped.push(c),
            '@' | '#' | ':' => escaped.push_str(&format!("{}{APART}", entity(c))),
            '.' | ',' | ';' | '(' | ')' | '%' | '+' | '-' | '/' | '\'' | '"' | '?' | '=' => escaped.push(c),
            _ if c.is_ascii_punctuation() => escaped.push_str(&entity(c)),
            _ => escaped.push(c),
        }
        before = c;
    }
    // Without a scheme and without a number sign, these would become links all the same.
    ["www.", "WWW.", "GH-", "gh-"].iter().fold(escaped, |text, link| {
        let (word, sign) = link.split_at(link.len() - 1);
        text.replace(link, &format!("{word}{APART}{sign}"))
    })
}

/// A character as Markdown shows but does not read it.
fn entity(c: char) -> String {
    match c {
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '&' => "&amp;".to_owned(),
        _ => format!("&#{};", u32::from(c)),
    }
}

/// A sentence of perfgate's own in which names stand between backticks.
pub fn prose(sentence: &str) -> String {
    let parts: Vec<&str> = sentence.split('`').collect();
    // An even number of parts means that a backtick has no partner.
    if parts.len().is_multiple_of(2) {
        return text(sentence);
    }
    let convert = |(position, part): (usize, &&str)| if position % 2 == 1 { code(part) } else { text(part) };
    parts.iter().enumerate().map(convert).collect()
}

/// What a process said as a block of code after an empty line, at most `most` lines: the last ones. Empty for no lines.
pub fn block(said: &str, most: usize) -> String {
    let lines = plain::quotation(said);
    let indent = |line: &String| line.len() - line.trim_start_matches(' ').len();
    let indented = lines.iter().filter(|line| !line.is_empty()).map(indent).min().unwrap_or(0);
    let outdented = lines.iter().map(|line| line.get(indented..).unwrap_or_default());
    let from = lines.len().saturating_sub(most);
    let lines: Vec<String> = outdented.skip(from).map(|line| plain::shorten(line, QUOTE_WIDTH)).collect();
    if lines.is_empty() {
        return String::new();
    }
    let longest = lines.iter().flat_map(|line| line.split(|c| c != '`')).map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest.max(2) + 1);
    format!("\n{fence}text\n{}\n{fence}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_name_stays_readable_in_the_source() {
        assert_eq!(code("digits/server"), "`digits/server`");
        assert_eq!(code("latency_p99"), "`latency_p99`");
        assert_eq!(code("mod::bench [1, 2]"), "`mod::bench [1, 2]`");
    }

    #[test]
    fn a_name_that_markdown_could_mistake_is_made_of_entities() {
        assert_eq!(code("a|b`c"), "<code>a&#124;b&#96;c</code>");
        assert_eq!(code("@team"), "<code>&#64;<wbr>team</code>");
        assert_eq!(code("--><script>"), "<code>--&gt;&lt;script&gt;</code>");
        assert_eq!(code(" "), "(no name)");
        assert_eq!(code("::error::x"), "<code>&#92;&#58;&#58;error&#58;&#58;x</code>");
    }

    #[test]
    fn no_hostile_name_leaves_its_cell() {
        for name in
            ["a\nb", "a\r\n| x |", "\u{202e}evil", "x".repeat(5000).as_str(), "`", "``` `", "\\|", "<!--", "$`x`$"]
        {
            let shown = code(name);
            assert!(shown.len() < 700, "{name:?}: {} bytes", shown.len());
            assert!(!shown.contains(['\n', '\r', '|', '\u{202e}']), "{shown:?}");
            assert!(shown.starts_with("<code>") || shown.matches('`').count() == 2, "{shown:?}");
        }
    }

    #[test]
    fn words_are_no_markup_no_mention_and_no_link() {
        let shown = text("see @team, #12, *x* [y](http://z) <b> :tada: a_b _c_ GH-7 www.x.y");
        for harmful in ["@team", "#12", "*x*", "[y]", "http://", "<b>", ":tada:", "_c_", "GH-7", "www."] {
            assert!(!shown.contains(harmful), "{harmful} in {shown}");
        }
        assert!(shown.contains("a_b"));
        assert_eq!(
            text("22.1 % slower (95 % interval: 18 % to 26 %); p < 0.001"),
            "22.1 % slower (95 % interval: 18 % to 26 %); p &lt; 0.001"
        );
    }

    #[test]
    fn names_in_a_sentence_become_code() {
        assert_eq!(
            prose("the baseline counts `ns`, not `@x`"),
            "the baseline counts `ns`, not <code>&#64;<wbr>x</code>"
        );
        assert_eq!(prose("one ` alone"), "one &#96; alone");
    }

    #[test]
    fn a_block_of_code_cannot_be_closed_from_inside() {
        let shown = block("```\n</details> @team", 10);
        assert_eq!(shown, "\n````text\n```\n</details> @team\n````\n");
        assert_eq!(block("", 10), "");
        assert_eq!(block("  a\n    b\n  c\n", 2), "\n```text\n  b\nc\n```\n");
    }
}
