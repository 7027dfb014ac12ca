//! The warnings of many benchmarks, said once where they are the same.

use super::units;
use crate::result::BenchmarkResult;

/// Most names in a row; the others are counted.
const MOST_NAMES: usize = 8;

/// A warning, and whom it is about.
pub struct Group<'a> {
    /// The benchmarks of which it is true to the letter.
    pub names: Vec<&'a str>,
    /// What was seen and what to do.
    pub message: &'a str,
    /// Benchmarks with the same warning and figures of their own.
    pub likewise: Vec<&'a str>,
    code: &'a str,
}

/// The warnings in the order of the benchmarks. Each kind is said once, in the words of the first benchmark that has it; `in_full`
/// says each.
pub fn grouped(benchmarks: &[BenchmarkResult], in_full: bool) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let all =
        benchmarks.iter().flat_map(|benchmark| benchmark.warnings.iter().map(move |warning| (benchmark, warning)));
    for (benchmark, warning) in all {
        let (name, code, message) = (benchmark.name.as_str(), warning.code.as_str(), warning.message.as_str());
        let same = |group: &&mut Group<'_>| group.code == code && (!in_full || group.message == message);
        match groups.iter_mut().find(same) {
            Some(group) if group.message == message => group.names.push(name),
            Some(group) => group.likewise.push(name),
            None => groups.push(Group { names: vec![name], message, likewise: Vec::new(), code }),
        }
    }
    groups
}

/// Names in a row, the first ones: `a, b and 7 more`.
pub fn row<'a>(names: &[&'a str], shown: impl Fn(&'a str) -> String) -> String {
    // One more takes less room than saying that there is one more.
    let most = if names.len() == MOST_NAMES + 1 { names.len() } else { MOST_NAMES };
    let mut words: Vec<String> = names.iter().take(most).map(|name| shown(name)).collect();
    let more = names.len() - words.len();
    let last = if more > 0 { Some(format!("{} more", units::whole(more as u64))) } else { words.pop() };
    match (words.is_empty(), last) {
        (false, Some(last)) => format!("{} and {last}", words.join(", ")),
        (true, last) => last.unwrap_or_default(),
        (false, None) => words.join(", "),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn many_names_are_counted() {
        let names: Vec<String> = (0..12).map(|number| format!("n{number}")).collect();
        let row = |count: usize| {
            let names: Vec<&str> = names.iter().take(count).map(String::as_str).collect();
            super::row(&names, str::to_owned)
        };
        assert_eq!(row(1), "n0");
        assert_eq!(row(3), "n0, n1 and n2");
        assert_eq!(row(9), "n0, n1, n2, n3, n4, n5, n6, n7 and n8");
        assert_eq!(row(12), "n0, n1, n2, n3, n4, n5, n6, n7 and 4 more");
        assert_eq!(row(0), "");
    }
}
