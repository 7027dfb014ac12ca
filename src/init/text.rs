//! How words are spelled in what is written: TOML, YAML, the shell, comments. Names come from a file system and may hold
//! anything; none of them gets out of its place.

/// Columns of a comment.
const WIDTH: usize = 100;

/// A TOML string; one of several lines where it has them, so that people can read it.
pub fn toml(text: &str) -> String {
    let printable = text.chars().all(|c| !c.is_control() || c == '\n');
    if printable && text.contains('\n') && !text.contains("'''") {
        return format!("'''\n{text}'''");
    }
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A TOML list of strings.
pub fn toml_list<T: AsRef<str>>(words: &[T]) -> String {
    let words: Vec<String> = words.iter().map(|word| toml(word.as_ref())).collect();
    format!("[{}]", words.join(", "))
}

/// A YAML string on one line. Every JSON string is one.
pub fn yaml(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// One word of a shell command.
pub fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%^".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A shell command as a program and its arguments: itself where it is that simple, else run by `sh`.
pub fn command(shell: &str) -> Vec<String> {
    let simple = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@% ".contains(c);
    if shell.chars().all(simple) {
        shell.split_whitespace().map(str::to_owned).collect()
    } else {
        vec!["sh".to_owned(), "-c".to_owned(), shell.to_owned()]
    }
}

/// The same program and arguments as one shell command.
pub fn shell_command(words: &[&str]) -> String {
    match words {
        ["sh", "-c", command] => (*command).to_owned(),
        words => words.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" "),
    }
}

/// Comment lines, wrapped. Whatever could end a comment becomes visible instead.
pub fn comment(text: &str) -> String {
    comment_after("# ", text)
}

/// The same, after another beginning of each line.
pub fn comment_after(begin: &str, text: &str) -> String {
    let mut lines = String::new();
    let mut line = String::new();
    let text = visible(text);
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        if !line.is_empty() && begin.len() + line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push_str(&format!("{begin}{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push_str(&format!("{begin}{line}\n"));
    lines
}

/// Without characters that end lines, hide others or turn their order round.
pub fn visible(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().map(|c| if hidden(c) { '\u{fffd}' } else { c }).collect()
}

/// A benchmark's name: what is no letter, digit, `.`, `_` or `-` becomes `-`; never empty, at most 60 characters.
pub fn name(text: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' };
    let name: String = text.chars().map(kept).take(60).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "benchmark".to_owned() } else { name.to_owned() }
}
