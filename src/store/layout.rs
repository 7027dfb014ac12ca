//! What the files of a store are called, wherever they lie. Pure.

use crate::result::{CommitId, Fingerprint, Timestamp};

/// The file of a machine, in the folder of a commit.
pub fn file_name(machine: &Fingerprint) -> String {
    format!("{machine}.json")
}

/// The machine of a file in the folder of a commit; `None`: what was kept aside, or nothing of perfgate's.
pub fn machine(file_name: &str) -> Option<Fingerprint> {
    file_name.strip_suffix(".json")?.parse().ok()
}

/// The commit of a folder.
pub fn commit(folder_name: &str) -> Option<CommitId> {
    folder_name.parse().ok()
}

/// Whether a file in the folder of a commit is perfgate's: a machine's, or what was kept aside of one.
pub fn is_ours(file_name: &str) -> bool {
    let stem = file_name.strip_suffix(".json").and_then(|name| name.split('.').next());
    stem.is_some_and(|stem| stem.parse::<Fingerprint>().is_ok())
}

/// The names for what has to make room, the first that is free to be taken: the machine, when it was recorded, a number.
pub fn names_aside(machine: &Fingerprint, recorded_at: Option<&Timestamp>) -> impl Iterator<Item = String> {
    let when = recorded_at.map_or_else(|| "unknown".to_owned(), ToString::to_string);
    let stamp: String = when.chars().filter(char::is_ascii_alphanumeric).collect();
    let start = format!("{machine}.{stamp}");
    (0_u32..).map(move |n| if n == 0 { format!("{start}.json") } else { format!("{start}.{n}.json") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_say_what_a_file_is() {
        let here: Fingerprint = "linux-2c".parse().unwrap();
        assert_eq!((file_name(&here), machine("linux-2c.json")), ("linux-2c.json".to_owned(), Some(here.clone())));
        let at: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let aside: Vec<String> = names_aside(&here, Some(&at)).take(2).collect();
        assert_eq!(aside, ["linux-2c.20260102T030405Z.json", "linux-2c.20260102T030405Z.1.json"]);
        assert_eq!(names_aside(&here, None).next().unwrap(), "linux-2c.unknown.json");
        assert!(aside.iter().all(|name| machine(name).is_none() && is_ours(name)));
        assert!(!is_ours("README.md") && !is_ours("Über.json") && is_ours("linux-2c.json"));
    }
}
