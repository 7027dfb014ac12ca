//! What is wrong with a configuration, as text: the message, the line, the place in it, what to do.
//!
//! Here: how a problem looks. Not here: what is wrong (`config`).

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet, normalize_untrusted_str};

use crate::config::{Place, Problem};

/// Columns, where a longer line of the configuration is cut.
const WIDTH: usize = 120;

/// The longest part of a line that is underlined; of more, the rest is clear.
const UNDERLINED: usize = 60;

/// All problems of a configuration, each pointing into `text`, which came from the file that is called `file_name`.
pub fn render(problems: &[Problem], text: &str, file_name: &str, color: bool) -> String {
    let renderer = if color { Renderer::styled() } else { Renderer::plain() }.term_width(WIDTH);
    let rendered: Vec<String> = problems.iter().map(|problem| one(problem, text, file_name, &renderer)).collect();
    rendered.join("\n\n")
}

fn one(problem: &Problem, text: &str, file_name: &str, renderer: &Renderer) -> String {
    let mark =
        |kind: AnnotationKind, place: &Place| kind.span(shown(&place.span, text)).label(without_c1(&place.label));
    let mut snippet =
        Snippet::source(without_c1(text)).path(file_name).annotation(mark(AnnotationKind::Primary, &problem.place));
    if let Some(related) = &problem.related {
        snippet = snippet.annotation(mark(AnnotationKind::Context, related));
    }
    let help = Level::HELP.message(normalize_untrusted_str(&without_c1(&problem.help)));
    let title = Level::ERROR.primary_title(without_c1(&problem.message));
    renderer.render(&[Group::with_title(title).element(snippet).element(help)])
}

/// Some terminals obey these characters, and the renderer lets them through. The dot has as many bytes, so that spans
/// stay right.
fn without_c1(text: &str) -> String {
    text.replace(|c: char| ('\u{80}'..='\u{9f}').contains(&c), "·")
}

/// The part of a span that is underlined: within one line, between whole characters, inside the text.
fn shown(span: &Range<usize>, text: &str) -> Range<usize> {
    let start = text.floor_char_boundary(span.start);
    let end = text.floor_char_boundary(span.end).max(start);
    let inside = text.get(start..end).unwrap_or_default();
    let line = inside.lines().next().unwrap_or_default();
    let length = line.char_indices().nth(UNDERLINED).map_or(line.len(), |(position, _)| position);
    start..start + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    const VALID: &str = "[[benchmark]]\nname = \"x\"\ncommand = [\"true\"]\n";

    fn shown_for(text: &str) -> String {
        render(&parse(text).unwrap_err(), text, "perfgate.toml", false)
    }

    /// The underlined text of the only problem: what stands above the carets, column by column.
    fn underlined(rendered: &str) -> String {
        let lines: Vec<&str> = rendered.lines().collect();
        let carets = lines.iter().position(|line| line.contains('^')).expect(rendered);
        let columns = |line: &str| -> Vec<char> {
            let wide = |c: char| if c >= '\u{1100}' { vec![c, '\0'] } else { vec![c] };
            line.chars().flat_map(wide).collect()
        };
        let (source, marks) = (columns(lines[carets - 1]), columns(lines[carets]));
        source.iter().zip(&marks).filter(|(c, mark)| **mark == '^' && **c != '\0').map(|(c, _)| *c).collect()
    }

    #[test]
    fn a_misspelt_key() {
        let expected = "\
error: unknown key `ronds`
 --> perfgate.toml:4:1
  |
4 | ronds = 10
  | ^^^^^ did you mean `rounds`?
  |
  = help: keys of [[benchmark]] are listed by `perfgate schema config`";
        assert_eq!(shown_for(&format!("{VALID}ronds = 10\n")), expected);
    }

    #[test]
    fn two_problems_are_two_paragraphs() {
        let expected = "\
error: `timeout` must be a duration such as \"10ms\", \"1.5s\", \"5m\" or \"1h\"
 --> perfgate.toml:4:11
  |
4 | timeout = 30
  |           ^^ a number without a unit
  |
  = help: write \"30ms\" for milliseconds, \"30s\" for seconds, \"30m\" for minutes

error: `rounds` must be a whole number from 1 to 10_000
 --> perfgate.toml:5:10
  |
5 | rounds = 0
  |          ^ too small
  |
  = help: for example `rounds = 10`";
        assert_eq!(shown_for(&format!("{VALID}timeout = 30\nrounds = 0\n")), expected);
    }

    #[test]
    fn a_name_that_is_taken_shows_both_places() {
        let expected = "\
error: two benchmarks are named `x`
 --> perfgate.toml:5:8
  |
2 | name = \"x\"
  |        --- first used here
...
5 | name = \"x\"
  |        ^^^ the same name
  |
  = help: give each benchmark a name of its own";
        assert_eq!(shown_for(&format!("{VALID}{VALID}")), expected);
    }

    #[test]
    fn a_fault_of_the_syntax_looks_the_same() {
        let expected = "\
error: a section's line is not closed
 --> perfgate.toml:1:6
  |
1 | [gate
  |      ^ expected `]`
  |
  = help: write it as `[gate]`";
        assert_eq!(shown_for(&format!("[gate\nthreshold = 0.1\n{VALID}")), expected);
    }

    #[test]
    fn an_empty_file() {
        let expected = "\
error: there is no [[benchmark]]
 --> perfgate.toml:1:1
  |
1 |
  | ^ nothing to measure
  |
  = help: add one such as
          [[benchmark]]
          name = \"start\"
          command = [\"./my-tool\", \"--version\"]";
        assert_eq!(shown_for(""), expected);
    }

    #[test]
    fn tabs_wide_characters_and_windows_line_ends_keep_the_carets_in_place() {
        let told = shown_for(&format!("{VALID}\tronds\t= 10 # 日本\n"));
        assert_eq!(underlined(&told), "ronds", "{told}");
        let told = shown_for(&format!("{}ronds = 10\r\n", VALID.replace('\n', "\r\n")));
        assert_eq!(underlined(&told), "ronds", "{told}");
        assert!(told.contains("perfgate.toml:4:1") && !told.contains('\r'), "{told}");
        let told = shown_for("[[benchmark]]\nname = \"日本\"\ncommand = [\"日本語\", 5]\n");
        assert_eq!(underlined(&told), "5", "{told}");
        let told = shown_for(&format!("{VALID}scenario = \"日本\" # é\n"));
        assert_eq!(underlined(&told), "\"日本\"", "{told}");
    }

    #[test]
    fn a_very_long_line_is_cut_around_the_carets() {
        let padding = "\"0123456789\", ".repeat(500);
        for text in [
            format!("[[benchmark]]\nname = \"x\"\ncommand = [{padding}5, {padding}]\n"),
            format!("{VALID}scenario = \"{}\"\n", "word ".repeat(1000)),
            format!("{VALID}{} = 1\n", "k".repeat(5000)),
            format!("{VALID}scenario = \"\"\"\n{}\"\"\"\n", "line\n".repeat(1000)),
        ] {
            let told = shown_for(&text);
            assert!(told.lines().all(|line| line.chars().count() < 200), "{told}");
            assert!(told.lines().count() < 20, "{told}");
        }
        let told = shown_for(&format!("[[benchmark]]\nname = \"x\"\ncommand = [{padding}5, {padding}]\n"));
        assert_eq!(underlined(&told), "5", "{told}");
    }

    #[test]
    fn colour_is_there_only_when_asked_for_and_the_file_cannot_bring_its_own() {
        let text = format!("{VALID}\"\\u001b[31m\" = 1\nfoo = '\u{9b}31m'\n");
        let problems = parse(&text).unwrap_err();
        let plain = render(&problems, &text, "perfgate.toml", false);
        assert!(!plain.contains(['\u{1b}', '\u{9b}']), "{plain:?}");
        let colored = render(&problems, &text, "perfgate.toml", true);
        assert!(colored.contains("\u{1b}[1m\u{1b}[91merror"), "{colored:?}");
    }

    #[test]
    fn spans_outside_the_text_or_inside_a_character_do_no_harm() {
        for span in [0..99, 98..99, 1..2, usize::MAX..usize::MAX] {
            let problem = Problem::new("m", span, "l", "h");
            assert!(render(&[problem], "é\n", "f", false).starts_with("error: m\n"));
        }
    }
}
