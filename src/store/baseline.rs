//! Which baseline to compare with. Pure: from what there is and how near it is.

use std::collections::{BTreeMap, BTreeSet};

use crate::result::{CommitId, Fingerprint};

/// The baseline to compare with, or what there is instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// The nearest ancestor that was measured on this kind of machine.
    Found(CommitId),
    /// The nearest ancestor that was measured at all, and the machines it was measured on: none like this one.
    OtherMachineOnly(CommitId, BTreeSet<Fingerprint>),
    /// No ancestor was measured.
    None,
}

/// Chooses among ancestors, nearest first.
pub fn choose(
    ancestors: &[CommitId],
    index: &BTreeMap<CommitId, BTreeSet<Fingerprint>>,
    machine: &Fingerprint,
) -> Choice {
    let measured = |commit: &&CommitId| index.contains_key(*commit);
    let here = |commit: &&CommitId| index.get(*commit).is_some_and(|machines| machines.contains(machine));
    if let Some(commit) = ancestors.iter().find(here) {
        return Choice::Found(commit.clone());
    }
    match ancestors.iter().find(measured) {
        Some(commit) => Choice::OtherMachineOnly(commit.clone(), index.get(commit).cloned().unwrap_or_default()),
        None => Choice::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(digit: char) -> CommitId {
        digit.to_string().repeat(40).parse().unwrap()
    }

    fn machine(name: &str) -> Fingerprint {
        name.parse().unwrap()
    }

    #[test]
    fn the_nearest_of_this_machine_wins_over_a_nearer_one_of_another() {
        let index = BTreeMap::from([
            (commit('1'), BTreeSet::from([machine("other")])),
            (commit('2'), BTreeSet::from([machine("here"), machine("other")])),
            (commit('3'), BTreeSet::from([machine("here")])),
        ]);
        let ancestors = [commit('0'), commit('1'), commit('2'), commit('3')];
        assert_eq!(choose(&ancestors, &index, &machine("here")), Choice::Found(commit('2')));
        let elsewhere = choose(&ancestors, &index, &machine("third"));
        assert_eq!(elsewhere, Choice::OtherMachineOnly(commit('1'), BTreeSet::from([machine("other")])));
        assert_eq!(choose(&ancestors[..1], &index, &machine("here")), Choice::None);
        assert_eq!(choose(&[], &index, &machine("here")), Choice::None);
    }
}
