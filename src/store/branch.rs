//! A store on a branch: the files of a folder store, as commits that no work tree needs, shared through a remote.
//!
//! What is recorded is first kept in this clone (`pending`). Sharing puts it on top of what the remote has *now*, and pushes that;
//! whoever lost the race does so again. So nobody's recordings are lost, and what could not be pushed waits for the next time.

mod draft;
mod publish;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::merge::merge;
use super::pending::{Pending, Recording, filed_under};
use super::{Index, Place, Shared, Store, StoreError, layout};
use crate::result::{CommitId, Fingerprint, RunResult};
use crate::vcs::{Depth, Lock, ObjectId, Objects, Remote, RemoteError, Stop};
use crate::wire::{Kind, read_result, write_result};

/// The remote that a clone usually has.
const USUAL_REMOTE: &str = "origin";

/// A branch of baselines.
pub struct BranchStore {
    objects: Objects,
    branch: String,
    home: Home,
    /// The folders of the commit that was looked at last: there may be thousands.
    folders: RefCell<Option<(ObjectId, Rc<Folders>)>>,
}

type Folders = BTreeMap<CommitId, ObjectId>;

/// Folders to be removed, as they were when that was decided.
type Removals = Folders;

/// Where the branch is at home.
enum Home {
    /// In this clone; there is no such remote.
    Clone { missing: String },
    /// At a remote.
    Remote(Remote),
}

impl Home {
    /// The remote, be it there or not.
    fn remote(&self) -> &str {
        match self {
            Self::Clone { missing } => missing,
            Self::Remote(remote) => remote.name(),
        }
    }
}

impl BranchStore {
    /// The store on this branch. Its remote is the one named, else `origin` if there is one, else none.
    pub fn open(objects: Objects, branch: &str, remote: Option<&str>) -> Result<Self, StoreError> {
        let home = match remote {
            Some(name) if !objects.has_remote(name) => return Err(StoreError::NoRemote(name.to_owned())),
            Some(name) => Home::Remote(Remote::new(name, &objects)),
            None if objects.has_remote(USUAL_REMOTE) => Home::Remote(Remote::new(USUAL_REMOTE, &objects)),
            None => Home::Clone { missing: USUAL_REMOTE.to_owned() },
        };
        Ok(Self { objects, branch: branch.to_owned(), home, folders: RefCell::new(None) })
    }

    fn local(&self) -> String {
        format!("refs/heads/{}", self.branch)
    }

    /// The reference that stands for the branch as it is at home, as far as this clone knows.
    fn tracked(&self) -> String {
        match &self.home {
            Home::Clone { .. } => self.local(),
            Home::Remote(remote) => format!("refs/remotes/{}/{}", remote.name(), self.branch),
        }
    }

    /// The newest commit of the branch. What was recorded before there was a remote is on the local branch.
    fn tip(&self) -> Result<Option<ObjectId>, StoreError> {
        match self.objects.tip(&self.tracked())? {
            Some(tip) => Ok(Some(tip)),
            None => Ok(self.objects.tip(&self.local())?),
        }
    }

    fn pending(&self) -> Result<Pending, StoreError> {
        Pending::of(&self.branch, &self.objects)
    }

    /// What the branch does not have yet; though nobody may have cleared it away, what has arrived does not count twice.
    fn on_its_way(&self, tip: Option<ObjectId>) -> Result<Vec<Recording>, StoreError> {
        let pending = self.pending()?;
        match pending.attempt.zip(tip) {
            Some((attempt, tip)) if self.objects.is_in_history(attempt, tip) => {
                Ok(pending.without_those_of(attempt, &self.objects)?)
            }
            _ => Ok(pending.recordings),
        }
    }

    fn lock(&self, stop: Stop<'_>) -> Result<Lock, StoreError> {
        match self.objects.lock(stop)? {
            Some(lock) => Ok(lock),
            None => Err(StoreError::Interrupted { kept: self.kept() }),
        }
    }

    /// How many recordings are in this clone only.
    fn kept(&self) -> usize {
        self.pending().map_or(0, |pending| pending.recordings.len())
    }

    fn folders(&self, tip: ObjectId) -> Result<Rc<Folders>, StoreError> {
        if let Some((of, known)) = &*self.folders.borrow()
            && *of == tip
        {
            return Ok(Rc::clone(known));
        }
        let entries = self.objects.list(self.objects.top(tip)?)?.into_iter().filter(|entry| entry.is_folder);
        let folders = entries.filter_map(|entry| Some((layout::commit(&entry.name)?, entry.id)));
        let folders: Rc<Folders> = Rc::new(folders.collect());
        *self.folders.borrow_mut() = Some((tip, Rc::clone(&folders)));
        Ok(folders)
    }

    /// What the branch has, without what is on its way.
    fn at(
        &self,
        tip: Option<ObjectId>,
        commit: &CommitId,
        machine: &Fingerprint,
    ) -> Result<Option<RunResult>, StoreError> {
        let Some(tip) = tip else { return Ok(None) };
        let Some(folder) = self.folders(tip)?.get(commit).copied() else { return Ok(None) };
        let name = layout::file_name(machine);
        let Some(file) = self.objects.file_in(folder, &name)? else { return Ok(None) };
        let text = self.text(file)?;
        let place = Place::Branch { branch: self.branch.clone(), path: format!("{commit}/{name}") };
        read_result(&text).map(Some).map_err(|problem| StoreError::Unusable { place, problem })
    }

    fn text(&self, file: ObjectId) -> Result<String, StoreError> {
        match (self.objects.read(file)?, &self.home) {
            (Some(bytes), _) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            // It is a single file, so nobody has to stop it.
            (None, Home::Remote(remote)) => remote.content(file, &|| false).map_err(|source| self.not_fetched(source)),
            (None, Home::Clone { .. }) => Ok(String::new()),
        }
    }

    fn not_fetched(&self, source: RemoteError) -> StoreError {
        match source {
            RemoteError::Interrupted => StoreError::Interrupted { kept: self.kept() },
            source => {
                StoreError::NotFetched { branch: self.branch.clone(), remote: self.home.remote().to_owned(), source }
            }
        }
    }

    /// Refuses a branch that holds code: it was named by mistake.
    fn refuse_other_things(&self, tip: Option<ObjectId>) -> Result<(), StoreError> {
        let Some(tip) = tip else { return Ok(()) };
        let harmless = |name: &str| ["README", "LICENSE", "."].iter().any(|start| name.starts_with(start));
        let entries = self.objects.list(self.objects.top(tip)?)?;
        match entries.into_iter().find(|entry| layout::commit(&entry.name).is_none() && !harmless(&entry.name)) {
            Some(entry) => Err(StoreError::OtherThings { branch: self.branch.clone(), found: entry.name }),
            None => Ok(()),
        }
    }

    /// Learns where the branch is at home by now, and which recordings have arrived there.
    fn catch_up(&mut self, stop: Stop<'_>) -> Result<(), StoreError> {
        let Home::Remote(remote) = &self.home else { return self.settle() };
        let failed = |source| self.not_fetched(source);
        let tracked = self.tracked();
        let known = self.objects.tip(&tracked)?;
        let attempt = self.pending()?.attempt;
        match remote.tip(&self.branch, stop).map_err(failed)? {
            None => self.objects.point(&tracked, known, None, "perfgate: gone")?,
            Some(there) if Some(there) == known => {}
            // It was pushed from here, or belongs to the code's own history: then fetching less than all would cut that off.
            Some(there) if self.objects.has_commit(there) => {
                self.objects.point(&tracked, known, Some(there), "perfgate: found")?;
            }
            Some(_) => {
                let depth = match (self.objects.is_shallow(), attempt) {
                    (true, None) => Depth::Tip,
                    (true, Some(_)) => Depth::All,
                    (false, _) => Depth::Usual,
                };
                remote.fetch(&self.branch, &tracked, depth, stop).map_err(failed)?;
                self.objects.reopen()?;
            }
        }
        self.settle()
    }

    /// Finds out how the last push ended, if nobody heard.
    fn settle(&self) -> Result<(), StoreError> {
        let pending = self.pending()?;
        let Some(attempt) = pending.attempt else { return Ok(()) };
        match self.objects.tip(&self.tracked())? {
            Some(tip) if self.objects.is_in_history(attempt, tip) => pending.arrived(attempt, &self.objects)?,
            _ => pending.note(None, &self.objects)?,
        }
        Ok(())
    }
}

impl Store for BranchStore {
    fn name(&self) -> String {
        match &self.home {
            Home::Clone { .. } => format!("git:{}", self.branch),
            Home::Remote(remote) => format!("git:{}@{}", self.branch, remote.name()),
        }
    }

    fn is_remote(&self) -> bool {
        matches!(self.home, Home::Remote(_))
    }

    fn index(&self) -> Result<Index, StoreError> {
        let mut index = Index::new();
        let tip = self.tip()?;
        if let Some(tip) = tip {
            for (commit, folder) in self.folders(tip)?.iter() {
                let files = self.objects.list(*folder)?.into_iter().filter(|entry| !entry.is_folder);
                let machines: BTreeSet<Fingerprint> = files.filter_map(|file| layout::machine(&file.name)).collect();
                if !machines.is_empty() {
                    index.insert(commit.clone(), machines);
                }
            }
        }
        for recording in self.on_its_way(tip)? {
            index.entry(recording.commit).or_default().insert(recording.machine);
        }
        Ok(index)
    }

    fn load(&self, commit: &CommitId, machine: &Fingerprint) -> Result<Option<RunResult>, StoreError> {
        let tip = self.tip()?;
        let mut found = self.at(tip, commit, machine)?;
        for recording in self.on_its_way(tip)? {
            if recording.commit == *commit && recording.machine == *machine {
                found = Some(match found {
                    None => recording.result,
                    Some(old) => merge(old, &recording.result).result,
                });
            }
        }
        Ok(found)
    }

    fn ready(&self) -> Result<(), StoreError> {
        self.refuse_other_things(self.tip()?)?;
        // Only a branch that is at home here moves under somebody's feet.
        let Home::Clone { .. } = self.home else { return Ok(()) };
        match self.objects.checked_out_at(&self.local()) {
            Some(at) => Err(StoreError::CheckedOut { branch: self.branch.clone(), at }),
            None => Ok(()),
        }
    }

    fn save(&mut self, result: &RunResult, stop: Stop<'_>) -> Result<Place, StoreError> {
        let (commit, machine) = filed_under(result)?;
        let _lock = self.lock(stop)?;
        let file = self.objects.write(write_result(result, Kind::Baseline).as_bytes())?;
        self.pending()?.add(file, &self.objects)?;
        let path = format!("{commit}/{}", layout::file_name(&machine));
        Ok(Place::Branch { branch: self.branch.clone(), path })
    }

    fn remove(&mut self, commits: &BTreeSet<CommitId>, stop: Stop<'_>) -> Result<(), StoreError> {
        self.ready()?;
        let Some(tip) = self.tip()? else { return Ok(()) };
        let folders = self.folders(tip)?;
        let removals = folders.iter().filter(|(commit, _)| commits.contains(commit));
        let removals: Removals = removals.map(|(commit, folder)| (commit.clone(), *folder)).collect();
        self.publish(&removals, stop).map(drop)
    }

    fn refresh(&mut self, stop: Stop<'_>) -> Result<(), StoreError> {
        let _lock = self.lock(stop)?;
        self.catch_up(stop)
    }

    fn share(&mut self, stop: Stop<'_>) -> Result<Shared, StoreError> {
        self.ready()?;
        let recordings = self.publish(&Removals::new(), stop)?;
        let remote = self.home.remote().to_owned();
        Ok(match self.home {
            Home::Clone { .. } => Shared::Clone { recordings, remote },
            Home::Remote(_) => Shared::Remote { recordings, remote },
        })
    }
}
