//! Text from outside made harmless, and made to fit.
//!
//! Names, units, labels and the last words of a process are data: whatever they hold, one line of them is one line, moves no
//! cursor, changes no colour, turns no reading direction, and is no command to a CI system that reads the output.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks on one letter beyond this are no writing system.
const MOST_MARKS: usize = 2;

/// Columns of a terminal that a text takes.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// A text as one harmless line: control, direction and other invisible characters become visible escapes.
pub fn line(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        if is_mark(c) {
            marks += 1;
            if marks <= MOST_MARKS && !safe.is_empty() {
                safe.push(c);
            }
            continue;
        }
        marks = 0;
        match c {
            '"' | '\'' | '\\' => safe.push(c),
            _ => safe.extend(c.escape_debug()),
        }
    }
    no_workflow_command(&safe)
}

/// A combining mark: it takes no column, and belongs to the letter before it.
fn is_mark(c: char) -> bool {
    // `str::escape_debug` lets marks stand that follow a letter, and escapes what is invisible.
    UnicodeWidthChar::width(c) == Some(0) && format!("x{c}").escape_debug().eq(['x', c])
}

/// GitHub's runner obeys a printed line that begins with `::name::`, and `##[name]` anywhere in it.
fn no_workflow_command(text: &str) -> String {
    let text = text.replace("##[", "#\\#[").replace(" ::", " \\::");
    if text.starts_with("::") { format!("\\{text}") } else { text }
}

/// The lines of a longer text, each made harmless. Colours are dropped, a line that was overwritten shows its last state.
pub fn lines(text: &str) -> Vec<String> {
    let tidy = |raw: &str| {
        let raw = raw.trim_end();
        let last = raw.rsplit_once('\r').map_or(raw, |(_, last)| last);
        line(&without_colors(last).replace('\t', "    "))
    };
    text.lines().map(tidy).collect()
}

/// The lines of what a process said; one that comes several times in a row is said once.
pub fn quotation(text: &str) -> Vec<String> {
    let lines = lines(text);
    let runs = lines.chunk_by(|a, b| a == b);
    let once = |run: &[String]| match run {
        [line, _, ..] if !line.is_empty() => Some(format!("{line} ({} times)", run.len())),
        [line, ..] => Some(line.clone()),
        [] => None,
    };
    runs.filter_map(once).collect()
}

/// Without the escape sequences that set colours (`ESC [ … m`).
fn without_colors(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(after.len());
        kept.push_str(before);
        rest = match after.get(end..).and_then(|tail| tail.strip_prefix('m')) {
            Some(tail) => tail,
            None => {
                kept.push_str("\u{1b}[");
                after
            }
        };
    }
    kept + rest
}

/// Cut in the middle to this width: beginnings and ends of names tell them apart.
pub fn shorten(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let room = most.saturating_sub(1);
    let head = fitting(text.chars(), room - room / 2);
    let tail: String = fitting(text.chars().rev(), room / 2).chars().rev().collect();
    let mut short = format!("{}…{}", head.trim_end(), tail.trim_start_matches(is_mark).trim_start());
    // The width of a text is not always the sum of its parts.
    while width(&short) > most && !short.is_empty() {
        short.pop();
    }
    short
}

fn fitting(chars: impl Iterator<Item = char>, most: usize) -> String {
    let mut taken = String::new();
    let mut used = 0;
    for c in chars {
        used += UnicodeWidthChar::width(c).unwrap_or(0);
        if used > most {
            break;
        }
        taken.push(c);
    }
    taken
}

/// Stands for a blank at which no line is broken as long as it can be helped. Text from outside never holds it.
pub const GLUE: char = '\u{a0}';

/// Numbers stay with what belongs to them: `10 %`, `p < 0.001`.
pub fn glue_numbers(text: &str) -> String {
    [" %", "p < ", "p = "].iter().fold(text.to_owned(), |text, part| text.replace(part, &glue(part)))
}

/// A text that stays on one line as long as it can be helped: a command, a number with its unit. Markdown knows the sign too.
pub fn glue(text: &str) -> String {
    text.replace(' ', &GLUE.to_string())
}

/// Broken into lines of at most `most` columns (`None`: any length), the first after `first`, the others after `rest`. Words
/// that are longer are cut.
pub fn wrap(text: &str, most: Option<usize>, first: &str, rest: &str) -> Vec<String> {
    let most = most.unwrap_or(usize::MAX);
    let indent = |wanted: &str| wanted.get(..wanted.len().min(most / 3)).unwrap_or_default().to_owned();
    let (current, rest) = (indent(first), indent(rest));
    let mut paragraph = Paragraph { most, rest, used: width(&current), current, empty: true, done: Vec::new() };
    for word in text.split(' ') {
        paragraph.add(word);
    }
    paragraph.finish()
}

/// Lines in the making.
struct Paragraph {
    most: usize,
    rest: String,
    current: String,
    /// Columns of the current line that are taken.
    used: usize,
    /// Whether the current line has no word yet.
    empty: bool,
    done: Vec<String>,
}

impl Paragraph {
    fn add(&mut self, word: &str) {
        let needed = width(word);
        if self.room() >= needed {
            return self.push(word, needed);
        }
        if !self.empty {
            self.end_line();
        }
        if self.room() >= needed {
            self.push(word, needed);
        } else if word.contains(GLUE) {
            word.split(GLUE).for_each(|part| self.add(part));
        } else {
            self.cut(word);
        }
    }

    /// Columns that are left for a word.
    fn room(&self) -> usize {
        self.most.saturating_sub(self.used + usize::from(!self.empty))
    }

    fn push(&mut self, word: &str, needed: usize) {
        if !self.empty {
            self.current.push(' ');
            self.used += 1;
        }
        self.current.push_str(word);
        self.used += needed;
        self.empty = false;
    }

    fn end_line(&mut self) {
        self.done.push(std::mem::replace(&mut self.current, self.rest.clone()));
        self.used = width(&self.rest);
        self.empty = true;
    }

    /// A word that is longer than a line.
    fn cut(&mut self, word: &str) {
        let mut word = word;
        loop {
            let first = word.chars().next().map_or(0, char::len_utf8);
            let (part, more) = word.split_at(fitting(word.chars(), self.room()).len().max(first));
            self.push(part, width(part));
            if more.is_empty() {
                return;
            }
            self.end_line();
            word = more;
        }
    }

    fn finish(mut self) -> Vec<String> {
        self.done.push(self.current);
        self.done.iter().map(|line| line.trim_end().replace(GLUE, " ")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_invisible_reaches_the_reader() {
        assert_eq!(line("a\u{1b}[31mb\nc\td\u{7}\u{9b}e"), "a\\u{1b}[31mb\\nc\\td\\u{7}\\u{9b}e");
        assert_eq!(line("abc\u{202e}def\u{200b}\u{2066}\u{feff}"), "abc\\u{202e}def\\u{200b}\\u{2066}\\u{feff}");
        assert_eq!(line("\u{2028}\u{2029}\u{85}"), "\\u{2028}\\u{2029}\\u{85}");
        assert_eq!(line("it's \"größer\" \\ 日本 🚀"), "it's \"größer\" \\ 日本 🚀");
    }

    #[test]
    fn marks_are_kept_on_their_letter_but_not_stacked() {
        assert_eq!(line("e\u{301}"), "e\u{301}");
        assert_eq!(line(&format!("a{}", "\u{301}".repeat(5000))), "a\u{301}\u{301}");
        assert_eq!(line("\u{301}a"), "a");
    }

    #[test]
    fn a_ci_system_finds_no_command_in_it() {
        assert_eq!(line("::error::boo"), "\\::error::boo");
        assert_eq!(line("x ::set-output name=a::b"), "x \\::set-output name=a::b");
        assert_eq!(line("##[error]boo"), "#\\#[error]boo");
        assert_eq!(line("module::bench"), "module::bench");
    }

    #[test]
    fn last_words_lose_their_colours_and_show_what_a_terminal_would() {
        let said = "\u{1b}[1;31merror\u{1b}[0m: no\r\n 10 %\r 20 %\n\tat x\u{1b}[2J";
        assert_eq!(lines(said), ["error: no", " 20 %", "    at x\\u{1b}[2J"]);
        assert_eq!(quotation("a\na\na\n\n\nb\na"), ["a (3 times)", "", "b", "a"]);
    }

    #[test]
    fn a_long_name_keeps_its_beginning_and_its_end() {
        assert_eq!(shorten("abcdefghij", 10), "abcdefghij");
        assert_eq!(shorten("abcdefghijk", 10), "abcde…hijk");
        assert_eq!(width(&shorten(&"日本語".repeat(2000), 20)), 19);
        assert_eq!(shorten("abc", 1), "…");
        assert_eq!(shorten("abc", 0), "");
    }

    #[test]
    fn text_is_wrapped_at_words_and_long_words_are_cut() {
        assert_eq!(wrap("one two three", Some(9), "", "  "), ["one two", "  three"]);
        assert_eq!(wrap("abcdefghijkl x", Some(6), "", " "), ["abcdef", " ghijk", " l x"]);
        assert_eq!(wrap("one two", None, "- ", "  "), ["- one two"]);
        assert_eq!(wrap("about 10 % more", Some(10), "", ""), ["about 10 %", "more"]);
        assert_eq!(wrap(&glue_numbers("up to 10 % more"), Some(9), "", ""), ["up to", "10 % more"]);
        assert_eq!(wrap(&format!("do {}", glue("a b c d")), Some(5), "", ""), ["do", "a b c", "d"]);
        for most in 1..20 {
            for text in ["", "a b  c", "日本語日本語 abcdefghijklmnopqrstuvwxyz", "e\u{301}e\u{301}e\u{301}"] {
                let wrapped = wrap(text, Some(most), "    ", "      ");
                let widest = wrapped.iter().map(|line| width(line)).max().unwrap();
                assert!(widest <= most.max(2), "{text:?} in {most}: {wrapped:?}");
            }
        }
    }
}
