//! What somebody meant who wrote a word that perfgate does not know.

/// Words less alike than this are no slip of the pen. 0 is nothing in common, 1 is equal.
const ALIKE: f64 = 0.8;

/// The candidate that the word is most likely meant to be, if one is near enough. Case, `-` and `_` do not count.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The measure takes quadratic time, and nobody mistypes a word of this length.
    if word.len() > 100 {
        return None;
    }
    let plain = |text: &str| text.to_lowercase().replace(['-', '_', ' '], "");
    let word = plain(word);
    let likeness = |candidate: &str| {
        // `qps` is no slip of the pen, but half of `target_qps`.
        let part = candidate.split('_').any(|part| part == word && word.len() > 2);
        strsim::jaro_winkler(&word, &plain(candidate)).max(if part { ALIKE } else { 0.0 })
    };
    candidates
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::keys::BENCHMARK;

    fn key(word: &str) -> Option<&'static str> {
        nearest(word, BENCHMARK.keys.iter().map(|key| key.name))
    }

    #[test]
    fn slips_of_the_pen_are_understood() {
        for (word, meant) in [
            ("ronds", "rounds"),
            ("round", "rounds"),
            ("querys", "queries"),
            ("time_out", "timeout"),
            ("Min-Duration", "min_duration"),
            ("warm_up", "warmup"),
            ("thresh", "threshold"),
            ("max_errors", "max_error_rate"),
            ("metric", "metrics"),
            ("sampels", "samples"),
            ("target-qbs", "target_qps"),
            ("qps", "target_qps"),
            ("query", "queries"),
        ] {
            assert_eq!(key(word), Some(meant), "{word}");
        }
    }

    #[test]
    fn other_words_are_not_forced_into_a_key() {
        for word in ["", "x", "iterations", "frobnicate", "url", "concurrency", "日本", &"rounds".repeat(1000)] {
            assert_eq!(key(word), None, "{word}");
        }
    }
}
