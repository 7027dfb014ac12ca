//! What a response says, once the clock has stopped: answers to be held against labels, and the times of stages.
//!
//! Here: bytes to values. Not here: reading the bytes (`connection`), what a status means for the query (`driver`).

use serde_json::Value;

use crate::sut::Nanos;

/// The answers in a JSON body: those of `{"outputs":[…]}`, or the body itself if it is a list. `None`: it gives none.
pub fn outputs(body: &[u8]) -> Option<Vec<Value>> {
    match serde_json::from_slice(body).ok()? {
        Value::Array(outputs) => Some(outputs),
        Value::Object(mut answer) => match answer.remove("outputs")? {
            Value::Array(outputs) => Some(outputs),
            only => Some(vec![only]),
        },
        _ => None,
    }
}

/// The stages in the values of `Server-Timing` headers, whose times are milliseconds. Entries of one name are added up; those
/// without a time, or with one that makes no sense, are left out: a header for people is no protocol to insist on.
pub fn stages<'a>(headers: impl IntoIterator<Item = &'a str>) -> Vec<(String, Nanos)> {
    let mut stages: Vec<(String, Nanos)> = Vec::new();
    for entry in headers.into_iter().flat_map(|header| split(header, ',')) {
        let mut words = split(entry, ';').into_iter().map(str::trim);
        let name = words.next().unwrap_or_default();
        let Some(time) = words.find_map(duration) else { continue };
        if name.is_empty() {
            continue;
        }
        match stages.iter_mut().find(|(known, _)| known == name) {
            Some((_, sum)) => sum.0 = sum.0.saturating_add(time.0),
            None => stages.push((name.to_owned(), time)),
        }
    }
    stages
}

/// The time in `dur=1.5`.
fn duration(parameter: &str) -> Option<Nanos> {
    let (key, value) = parameter.split_once('=')?;
    if !key.trim().eq_ignore_ascii_case("dur") {
        return None;
    }
    let milliseconds: f64 = value.trim().trim_matches('"').parse().ok()?;
    // 2^63 ns are 292 years; the cast below is exact enough for anything shorter.
    let nanoseconds = milliseconds * 1e6;
    (0.0..9.2e18).contains(&nanoseconds).then(|| Nanos(nanoseconds.round() as u64))
}

/// The parts between separators that are not quoted.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    let mut escaped = false;
    let is_separator = |c: char| {
        let ends = c == separator && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = quoted && c == '\\' && !escaped;
        ends
    };
    text.split(is_separator).collect()
}

/// The beginning of a body, made fit for a message.
pub fn beginning(body: &[u8]) -> String {
    const SHOWN: usize = 200;
    // A character has four bytes at most.
    let text = String::from_utf8_lossy(body.get(..4 * SHOWN).unwrap_or(body));
    let text = text.trim();
    if text.is_empty() {
        return "an empty body".to_owned();
    }
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < body.trim_ascii().len() { "…" } else { "" };
    format!("`{}{more}`", shown.escape_debug())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn times(header: &str) -> Vec<(String, u64)> {
        stages([header]).into_iter().map(|(name, Nanos(time))| (name, time)).collect()
    }

    #[test]
    fn outputs_are_the_list_of_that_name_or_the_whole_list() {
        assert_eq!(outputs(br#"{"outputs":[1,[0.5,0.5]],"model":"a"}"#), Some(vec![json!(1), json!([0.5, 0.5])]));
        assert_eq!(outputs(b"[3]"), Some(vec![json!(3)]));
        assert_eq!(outputs(br#"{"outputs":7}"#), Some(vec![json!(7)]), "one answer needs no list");
        for none in [&b""[..], b"ok", b"7", br#"{"result":1}"#, b"{\"outputs\":[1"] {
            assert_eq!(outputs(none), None, "{none:?}");
        }
    }

    #[test]
    fn stage_times_are_milliseconds() {
        assert_eq!(
            times("decode;dur=0.25, infer;dur=12"),
            [("decode".to_owned(), 250_000), ("infer".to_owned(), 12_000_000)]
        );
        assert_eq!(times("db;desc=\"a, b;dur=9\\\",\";dur=1"), [("db".to_owned(), 1_000_000)]);
        assert_eq!(times("DB ; DUR = \"2\""), [("DB".to_owned(), 2_000_000)]);
        let added = stages(["a;dur=1", "a;dur=2,b;dur=3"]);
        assert_eq!(added, [("a".to_owned(), Nanos(3_000_000)), ("b".to_owned(), Nanos(3_000_000))]);
    }

    #[test]
    fn entries_without_a_sensible_time_are_left_out() {
        for header in
            ["", "miss", "cache;desc=hit", "a;dur=", "a;dur=x", "a;dur=-1", "a;dur=NaN", "a;dur=1e30", ";dur=1"]
        {
            assert_eq!(times(header), [], "{header}");
        }
    }

    #[test]
    fn the_beginning_of_a_body_fits_into_a_message() {
        assert_eq!(beginning(b" \n"), "an empty body");
        assert_eq!(beginning(b"no\nsuch thing\n"), "`no\\nsuch thing`");
        let long = beginning("ä".repeat(1000).as_bytes());
        assert_eq!(long.chars().count(), 203);
        assert!(long.ends_with("…`"));
        assert!(beginning(&[0xff; 3]).contains('\u{fffd}'));
    }
}
