//! What a store holds, as people see it, and what of it may go.
//!
//! Pure. Here: the list, its order, what a criterion picks. Not here: where it comes from (`store`, `vcs`), how it looks
//! (`render`, `wire`).

use std::collections::BTreeSet;

use crate::result::{CommitId, Environment, Fingerprint, RunResult, Timestamp};

/// The baselines of a store.
#[derive(Debug, Clone, PartialEq)]
pub struct Inventory {
    /// What the store is called.
    pub store: String,
    /// What it holds, newest commit first.
    pub entries: Vec<Entry>,
    /// How many there are in all, where these were picked.
    pub of: Option<usize>,
}

/// A baseline: a commit on a machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// What was recorded.
    pub commit: CommitId,
    /// What its message begins with; `None` where the clone does not have the commit.
    pub subject: Option<String>,
    /// When it was recorded last.
    pub recorded_at: Option<Timestamp>,
    /// Whether tracked files differed from the commit.
    pub dirty: bool,
    /// Where.
    pub machine: Fingerprint,
    /// More about that machine.
    pub environment: Option<Environment>,
    /// The benchmarks' names.
    pub benchmarks: Vec<String>,
    /// Sessions of the benchmark that has most of them.
    pub sessions: usize,
}

impl Entry {
    /// A baseline of the store.
    pub fn new(commit: CommitId, machine: Fingerprint, subject: Option<String>, document: RunResult) -> Self {
        let sessions = document.benchmarks.iter().map(crate::result::BenchmarkResult::sessions).max();
        Self {
            commit,
            subject,
            recorded_at: document.recorded_at,
            dirty: document.dirty,
            machine,
            environment: document.environment,
            sessions: sessions.unwrap_or(0),
            benchmarks: document.benchmarks.into_iter().map(|benchmark| benchmark.name).collect(),
        }
    }
}

/// What git says about recorded commits.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Those of the first-parent history of what is checked out, newest first.
    pub first_parents: Vec<CommitId>,
    /// What is checked out and all that it came from, nearest first.
    pub ancestors: Vec<CommitId>,
    /// What any branch or tag leads to.
    pub reachable: BTreeSet<CommitId>,
}

impl Standing {
    /// The ancestors that lie further back than the first `keep` of the first-parent history that are among `recorded`.
    fn beyond(&self, keep: usize, recorded: &BTreeSet<&CommitId>) -> &[CommitId] {
        let last = match keep.checked_sub(1) {
            None => return &self.ancestors,
            Some(before) => self.first_parents.iter().filter(|commit| recorded.contains(commit)).nth(before),
        };
        let last = last.and_then(|last| self.ancestors.iter().position(|commit| commit == last));
        last.and_then(|last| self.ancestors.get(last + 1..)).unwrap_or_default()
    }
}

/// What is to go. Without any of them nothing is.
#[derive(Debug, Clone, Copy, Default)]
pub struct Criteria {
    /// Ancestors that lie further back than so many recorded commits of the first-parent history.
    pub keep: Option<usize>,
    /// What no branch or tag leads to.
    pub unreachable: bool,
}

impl Inventory {
    /// What lies nearest to what is checked out comes first; what is no ancestor of it follows, what was recorded last first.
    pub fn new(store: String, mut entries: Vec<Entry>, standing: &Standing) -> Self {
        let rank = |entry: &Entry| standing.ancestors.iter().position(|commit| *commit == entry.commit);
        entries.sort_by_cached_key(|entry| {
            let recorded_at = std::cmp::Reverse(entry.recorded_at.clone());
            (rank(entry).unwrap_or(usize::MAX), recorded_at, entry.commit.clone(), entry.machine.clone())
        });
        Self { store, entries, of: None }
    }

    /// The commits that the criteria pick; of those, if a moment is given, the ones that were recorded last before it. Without
    /// criteria, all of those. What cannot be dated is not old.
    pub fn prunable(&self, criteria: Criteria, before: Option<&Timestamp>, standing: &Standing) -> BTreeSet<CommitId> {
        let all: BTreeSet<&CommitId> = self.entries.iter().map(|entry| &entry.commit).collect();
        let past = criteria.keep.map_or(&[] as &[CommitId], |keep| standing.beyond(keep, &all));
        let is_picked = |commit: &CommitId| {
            let is_past = past.contains(commit);
            let is_lost = criteria.unreachable && !standing.reachable.contains(commit);
            let is_any = criteria.keep.is_none() && !criteria.unreachable && before.is_some();
            is_past || is_lost || is_any
        };
        let is_old =
            |commit: &CommitId| before.is_none_or(|moment| self.last_recorded(commit).is_some_and(|at| at < moment));
        all.into_iter().filter(|commit| is_picked(commit) && is_old(commit)).cloned().collect()
    }

    fn last_recorded(&self, commit: &CommitId) -> Option<&Timestamp> {
        let of_commit = self.entries.iter().filter(|entry| entry.commit == *commit);
        of_commit.map(|entry| entry.recorded_at.as_ref()).max().flatten()
    }

    /// The baselines of these commits alone.
    #[must_use]
    pub fn only(&self, commits: &BTreeSet<CommitId>) -> Self {
        let entries = self.entries.iter().filter(|entry| commits.contains(&entry.commit)).cloned();
        Self { store: self.store.clone(), entries: entries.collect(), of: Some(self.entries.len()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn entry(digit: char, month: u32) -> Entry {
        let document = RunResult {
            recorded_at: (month > 0).then(|| format!("2026-{month:02}-01T00:00:00Z").parse().unwrap()),
            ..RunResult::imported(Vec::new())
        };
        Entry::new(commit(digit), "machine".parse().unwrap(), None, document)
    }

    /// `4` is checked out, and came from 3, 2, 1 along first parents; `a` was merged into 3. `b` is on another branch, `c` nowhere.
    fn standing() -> Standing {
        Standing {
            first_parents: ['4', '3', '2', '1'].map(commit).into(),
            ancestors: ['4', '3', '2', 'a', '1'].map(commit).into(),
            reachable: ['4', '3', '2', '1', 'a', 'b'].map(commit).into(),
        }
    }

    fn inventory() -> Inventory {
        let entries =
            [('1', 1), ('2', 2), ('3', 3), ('a', 2), ('b', 1), ('c', 4)].map(|(digit, month)| entry(digit, month));
        Inventory::new("store".to_owned(), entries.into(), &standing())
    }

    fn picked(criteria: Criteria, before: Option<&str>) -> String {
        let moment: Option<Timestamp> = before.map(|day| format!("{day}T00:00:00Z").parse().unwrap());
        let commits = inventory().prunable(criteria, moment.as_ref(), &standing());
        commits.iter().map(|commit| commit.as_str().chars().next().unwrap()).collect()
    }

    #[test]
    fn what_is_nearest_comes_first_and_strangers_last() {
        let order: String =
            inventory().entries.iter().map(|entry| entry.commit.as_str().chars().next().unwrap()).collect();
        assert_eq!(order, "32a1cb");
    }

    #[test]
    fn what_is_kept_is_counted_along_first_parents() {
        assert_eq!(picked(Criteria { keep: Some(2), unreachable: false }, None), "1a");
        assert_eq!(picked(Criteria { keep: Some(3), unreachable: false }, None), "", "`a` lies nearer than `1`");
        assert_eq!(picked(Criteria { keep: Some(9), unreachable: false }, None), "", "there are not so many");
        assert_eq!(picked(Criteria { keep: Some(0), unreachable: true }, None), "123ac");
    }

    #[test]
    fn age_narrows_the_others_and_is_enough_alone() {
        assert_eq!(picked(Criteria::default(), Some("2026-01-15")), "1b");
        assert_eq!(picked(Criteria { keep: Some(1), unreachable: false }, Some("2026-01-15")), "1");
        assert_eq!(picked(Criteria { keep: None, unreachable: true }, Some("2026-01-15")), "");
        assert_eq!(picked(Criteria { keep: None, unreachable: true }, None), "c");
        assert_eq!(picked(Criteria::default(), None), "", "without a criterion nothing goes");
    }

    #[test]
    fn a_commit_is_as_old_as_its_last_recording() {
        let mut other = entry('1', 5);
        other.machine = "other".parse().unwrap();
        let undated = entry('d', 0);
        let all = Inventory::new(String::new(), vec![entry('1', 1), other, undated], &standing());
        let moment = "2026-02-01T00:00:00Z".parse().unwrap();
        assert_eq!(all.prunable(Criteria::default(), Some(&moment), &standing()), BTreeSet::new());
    }
}
