//! What is to be put on top of a branch: the recordings on their way, put together with what is there; and what is to go.

use std::collections::{BTreeMap, BTreeSet};

use super::{BranchStore, Removals};
use crate::result::{CommitId, Fingerprint, RunResult};
use crate::store::merge::merge;
use crate::store::pending::Pending;
use crate::store::{StoreError, layout};
use crate::vcs::{Changes, ObjectId};
use crate::wire::{Kind, write_result};

/// What a new branch says about itself.
const README: &str = "\
# Baselines

`perfgate record` keeps here what it measured: a folder for every commit, in it a file for every machine. Nobody needs to check
this branch out: `perfgate baselines list` shows what there is, `perfgate baselines prune` removes what is old.
";

/// What is to be put on top of the branch.
pub struct Draft {
    /// The commit; no reference points to it.
    pub commit: ObjectId,
    /// How many recordings it brings.
    pub recordings: usize,
}

impl BranchStore {
    /// The branch with what is on its way, and without what is to be removed; `None` if that changes nothing.
    pub fn draft(&self, pending: &Pending, removals: &Removals) -> Result<Option<Draft>, StoreError> {
        let tip = self.tip()?;
        self.refuse_other_things(tip)?;
        let mut changes = Changes::new();
        let mut documents: BTreeMap<(CommitId, Fingerprint), RunResult> = BTreeMap::new();
        for recording in &pending.recordings {
            let key = (recording.commit.clone(), recording.machine.clone());
            let old = match documents.remove(&key) {
                Some(old) => Some(old),
                None => self.at(tip, &key.0, &key.1)?,
            };
            let document = match old {
                None => recording.result.clone(),
                Some(old) => {
                    let merged = merge(old.clone(), &recording.result);
                    if merged.loses {
                        self.keep_aside(&old, &key, tip, &mut changes)?;
                    }
                    merged.result
                }
            };
            documents.insert(key, document);
        }
        for ((commit, machine), document) in &documents {
            let file = self.objects.write(write_result(document, Kind::Baseline).as_bytes())?;
            changes.insert(format!("{commit}/{}", layout::file_name(machine)), Some(file));
        }
        let mut removed = 0;
        for commit in self.unchanged(removals, tip)? {
            // Of a commit that is recorded again at this very moment, nothing is old.
            if !documents.keys().any(|(recorded, _)| *recorded == commit) {
                changes.insert(commit.to_string(), None);
                removed += 1;
            }
        }
        if changes.is_empty() {
            return Ok(None);
        }
        if tip.is_none() {
            changes.insert("README.md".to_owned(), Some(self.objects.write(README.as_bytes())?));
        }
        let message = message(documents.keys(), pending, removed);
        let commit = self.objects.commit(tip, &changes, tip.as_slice(), &message)?;
        Ok(Some(Draft { commit, recordings: pending.recordings.len() }))
    }

    /// Copies what is about to be replaced to a name of its own.
    fn keep_aside(
        &self,
        old: &RunResult,
        (commit, machine): &(CommitId, Fingerprint),
        tip: Option<ObjectId>,
        changes: &mut Changes,
    ) -> Result<(), StoreError> {
        let folder = tip.map(|tip| self.folders(tip)).transpose()?.and_then(|folders| folders.get(commit).copied());
        let there = folder.map(|folder| self.objects.list(folder)).transpose()?.unwrap_or_default();
        let taken: BTreeSet<String> = there.into_iter().map(|entry| entry.name).collect();
        let is_free = |name: &String| !taken.contains(name) && !changes.contains_key(&format!("{commit}/{name}"));
        if let Some(name) = layout::names_aside(machine, old.recorded_at.as_ref()).find(is_free) {
            let file = self.objects.write(write_result(old, Kind::Baseline).as_bytes())?;
            changes.insert(format!("{commit}/{name}"), Some(file));
        }
        Ok(())
    }

    /// The folders to be removed that are as they were.
    fn unchanged(&self, removals: &Removals, tip: Option<ObjectId>) -> Result<Vec<CommitId>, StoreError> {
        let Some(tip) = tip else { return Ok(Vec::new()) };
        let now = self.folders(tip)?;
        let same = removals.iter().filter(|(commit, folder)| now.get(commit) == Some(folder));
        Ok(same.map(|(commit, _)| commit.clone()).collect())
    }
}

/// What a commit says about itself: what it brings, and which recordings that are.
fn message<'a>(
    documents: impl Iterator<Item = &'a (CommitId, Fingerprint)>,
    pending: &Pending,
    removed: usize,
) -> String {
    let documents: Vec<_> = documents.collect();
    let subject = match (documents.as_slice(), pending.recordings.len(), removed) {
        ([], _, removed) => format!("Remove the baselines of {removed} commits"),
        ([(commit, machine)], 1, 0) => format!("Record {} on {machine}", commit.short()),
        ([(commit, machine)], recordings, 0) => {
            format!("Record {} on {machine}, {recordings} sessions", commit.short())
        }
        (all, recordings, _) => format!("Record {recordings} sessions in {} baselines", all.len()),
    };
    // No pipeline has anything to do with data.
    format!("{subject}\n\n[skip ci]\n\n{}", pending.trailers())
}
