//! Recordings that are kept in this clone until the branch has them: each a file of its own, on a reference of perfgate's.
//!
//! Before a push, the commit that is pushed is noted beside them. If nobody is left to hear how it ended, the next one who looks
//! sees whether the branch has that commit, and so which recordings have arrived: none is lost, and none counts twice.

use crate::result::{CommitId, Fingerprint, RunResult};
use crate::vcs::{Changes, ObjectId, Objects, VcsError};
use crate::wire::read_result;

use super::{Place, StoreError};

/// Names a recording in the message of the commit that has it.
const TRAILER: &str = "Recording: ";

/// A recording on its way.
pub struct Recording {
    name: String,
    /// The file, which no other recording shares.
    id: ObjectId,
    /// The commit that was recorded.
    pub commit: CommitId,
    /// The machine.
    pub machine: Fingerprint,
    /// What was recorded.
    pub result: RunResult,
}

/// All of them, oldest first.
pub struct Pending {
    reference: String,
    tip: Option<ObjectId>,
    /// The commit that was pushed with them, or with those that were there then, if it is not known how that ended.
    pub attempt: Option<ObjectId>,
    /// The recordings.
    pub recordings: Vec<Recording>,
}

impl Pending {
    /// Those for this branch.
    pub fn of(branch: &str, objects: &Objects) -> Result<Self, StoreError> {
        let reference = format!("refs/perfgate/pending/{branch}");
        let Some(tip) = objects.tip(&reference)? else {
            return Ok(Self { reference, tip: None, attempt: None, recordings: Vec::new() });
        };
        let mut recordings = Vec::new();
        for entry in objects.list(objects.top(tip)?)?.into_iter().filter(|entry| !entry.is_folder) {
            let text = String::from_utf8_lossy(&objects.read(entry.id)?.unwrap_or_default()).into_owned();
            let place = || Place::Branch { branch: reference.clone(), path: entry.name.clone() };
            let result = read_result(&text).map_err(|problem| StoreError::Unusable { place: place(), problem })?;
            let (commit, machine) = filed_under(&result)?;
            recordings.push(Recording { name: entry.name.clone(), id: entry.id, commit, machine, result });
        }
        Ok(Self { reference, tip: Some(tip), attempt: objects.parent(tip)?, recordings })
    }

    /// Keeps one more: a file that is written already.
    pub fn add(&self, file: ObjectId, objects: &Objects) -> Result<(), VcsError> {
        let last = self.recordings.last().and_then(|last| last.name.strip_suffix(".json")?.parse::<u32>().ok());
        let name = format!("{:08}.json", last.map_or(0, |last| last.saturating_add(1)));
        self.replace(&Changes::from([(name, Some(file))]), self.attempt, objects)
    }

    /// Notes what is about to be pushed; `None`: nothing was.
    pub fn note(&self, attempt: Option<ObjectId>, objects: &Objects) -> Result<(), VcsError> {
        if self.tip.is_none() || self.attempt == attempt {
            Ok(())
        } else {
            self.replace(&Changes::new(), attempt, objects)
        }
    }

    /// The recordings, without those that a commit has.
    pub fn without_those_of(self, commit: ObjectId, objects: &Objects) -> Result<Vec<Recording>, VcsError> {
        let named = named_by(commit, objects)?;
        Ok(self.recordings.into_iter().filter(|recording| !named.contains(&recording.id.to_string())).collect())
    }

    /// Lets go of what a commit has.
    pub fn arrived(&self, commit: ObjectId, objects: &Objects) -> Result<(), VcsError> {
        let named = named_by(commit, objects)?;
        let has = |recording: &&Recording| named.contains(&recording.id.to_string());
        let gone: Changes =
            self.recordings.iter().filter(has).map(|recording| (recording.name.clone(), None)).collect();
        if gone.len() == self.recordings.len() {
            return objects.point(&self.reference, self.tip, None, "perfgate: all recordings have arrived");
        }
        self.replace(&gone, None, objects)
    }

    /// The lines that name these recordings in a commit's message.
    pub fn trailers(&self) -> String {
        self.recordings.iter().map(|recording| format!("{TRAILER}{}\n", recording.id)).collect()
    }

    fn replace(&self, changes: &Changes, attempt: Option<ObjectId>, objects: &Objects) -> Result<(), VcsError> {
        let next = objects.commit(self.tip, changes, attempt.as_slice(), "recordings on their way to the branch")?;
        objects.point(&self.reference, self.tip, Some(next), "perfgate: recordings on their way to the branch")
    }
}

/// The recordings that a commit says it has.
fn named_by(commit: ObjectId, objects: &Objects) -> Result<Vec<String>, VcsError> {
    Ok(objects.message(commit)?.lines().filter_map(|line| line.strip_prefix(TRAILER)).map(str::to_owned).collect())
}

/// What a baseline is filed under.
pub fn filed_under(result: &RunResult) -> Result<(CommitId, Fingerprint), StoreError> {
    let machine = result.environment.as_ref().map(|environment| &environment.fingerprint);
    result.commit.clone().zip(machine.cloned()).ok_or(StoreError::NotABaseline)
}
