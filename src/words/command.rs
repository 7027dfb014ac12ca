//! The command line that was given, with one flag changed: what to try next, word for word as a shell reads it.

/// `perfgate` with these arguments, and `flag` with this value instead of the one that it had. `None` where they are not known, or
/// hold what is better not typed: control characters.
pub fn again(arguments: &[String], flag: &str, value: &str) -> Option<String> {
    let with_value = format!("{flag}=");
    let options = arguments.iter().take_while(|argument| *argument != "--");
    let operands = arguments.iter().skip_while(|argument| *argument != "--");
    let mut words = Vec::new();
    let mut is_its_value = false;
    for argument in options {
        let is_flag = argument == flag;
        if !is_its_value && !is_flag && !argument.starts_with(&with_value) {
            words.push(argument.as_str());
        }
        is_its_value = is_flag;
    }
    words.extend([flag, value]);
    words.extend(operands.map(String::as_str));
    let typed: Option<Vec<String>> = words.into_iter().map(typed).collect();
    typed.filter(|_| !arguments.is_empty()).map(|words| format!("perfgate {}", words.join(" ")))
}

/// A word as a shell reads it.
fn typed(word: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=+-,@%".contains(c);
    if word.chars().any(char::is_control) {
        None
    } else if !word.is_empty() && word.chars().all(plain) {
        Some(word.to_owned())
    } else {
        Some(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_budget(arguments: &[&str]) -> Option<String> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        again(&arguments, "--budget", "20m")
    }

    #[test]
    fn everything_stays_but_the_one_flag() {
        let told = |arguments: &[&str]| with_budget(arguments).unwrap();
        assert_eq!(told(&["capacity", "x"]), "perfgate capacity x --budget 20m");
        assert_eq!(
            told(&["--budget", "5m", "capacity", "x", "--slo", "p99 < 50ms"]),
            "perfgate capacity x --slo 'p99 < 50ms' --budget 20m"
        );
        assert_eq!(
            told(&["capacity", "--budget=5m", "--slo=99.5%<1s", "--", "-x"]),
            "perfgate capacity '--slo=99.5%<1s' --budget 20m -- -x"
        );
        assert_eq!(told(&["capacity", "it's", ""]), r"perfgate capacity 'it'\''s' '' --budget 20m");
    }

    #[test]
    fn what_is_not_known_or_moves_the_cursor_is_not_said() {
        assert_eq!(with_budget(&[]), None);
        assert_eq!(with_budget(&["capacity", "a\u{1b}[2Jb"]), None);
    }
}
