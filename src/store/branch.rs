//! A store on a branch: the files of a folder store, as commits that no work tree needs, shared through a remote.
//!
//! What is recorded is first kept in this clone (`pending`). Sharing puts it on top of what the remote has *now*, and pushes that;
//! whoever lost the race does so again. So nobody's recordings are lost, and what could not be pushed waits for the next time.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::merge::merge;
use super::pending::{Pending, Recording, filed_under};
use super::waits::Waits;
use super::{Index, Place, Shared, Store, StoreError, layout};
use crate::result::{CommitId, Fingerprint, RunResult};
use crate::vcs::{Changes, Depth, Lock, ObjectId, Objects, PushError, Remote, RemoteError, Stop};
use crate::wire::{Kind, read_result, write_result};

/// The remote that a clone usually has.
const USUAL_REMOTE: &str = "origin";

/// What a new branch says about itself.
const README: &str = "\
# Baselines

`perfgate record` keeps here what it measured: a folder for every commit, in it a file for every machine. Nobody needs to check
this branch out: `perfgate baselines list` shows what there is, `perfgate baselines prune` removes what is old.
";

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

/// What is to be put on top of the branch.
struct Draft {
    commit: ObjectId,
    recordings: usize,
}

/// How an attempt to share ended.
enum Attempt {
    Done(usize),
    Again(PushError),
    Failed(PushError),
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

impl Attempt {
    fn of(error: PushError) -> Self {
        match error {
            PushError::Race(_) | PushError::Unreached(RemoteError::Weak(_)) => Self::Again(error),
            error => Self::Failed(error),
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

    /// The branch with what is on its way, and without what is to be removed; `None` if that changes nothing.
    fn draft(&self, pending: &Pending, removals: &Removals) -> Result<Option<Draft>, StoreError> {
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

    /// Puts on the branch what is on its way, and takes from it what is to be removed, as often as others are faster.
    fn publish(&mut self, removals: &Removals, stop: Stop<'_>) -> Result<usize, StoreError> {
        let mut waits = Waits::new();
        loop {
            let error = match self.attempt(removals, stop)? {
                Attempt::Done(recordings) => return Ok(recordings),
                Attempt::Failed(error) => error,
                Attempt::Again(error) => {
                    if waits.again(matches!(error, PushError::Race(_)), stop) {
                        continue;
                    }
                    error
                }
            };
            let kept = self.kept();
            if stop() {
                return Err(StoreError::Interrupted { kept });
            }
            let (branch, remote) = (self.branch.clone(), self.home.remote().to_owned());
            return Err(StoreError::NotPushed { branch, remote, kept, attempts: waits.attempts(), source: error });
        }
    }

    fn attempt(&mut self, removals: &Removals, stop: Stop<'_>) -> Result<Attempt, StoreError> {
        let _lock = self.lock(stop)?;
        match self.catch_up(stop) {
            Err(StoreError::NotFetched { source, .. }) => return Ok(Attempt::of(source.into())),
            other => other?,
        }
        let pending = self.pending()?;
        let Some(draft) = self.draft(&pending, removals)? else { return Ok(Attempt::Done(0)) };
        pending.note(Some(draft.commit), &self.objects)?;
        if let Home::Remote(remote) = &self.home
            && let Err(error) = remote.push(draft.commit, &self.branch, stop)
        {
            if error.is_certain() {
                self.pending()?.note(None, &self.objects)?;
            }
            return Ok(Attempt::of(error));
        }
        // A push may have moved it already.
        let tracked = self.tracked();
        self.objects.point(&tracked, self.objects.tip(&tracked)?, Some(draft.commit), "perfgate: recorded")?;
        if draft.recordings > 0 {
            self.pending()?.arrived(draft.commit, &self.objects)?;
        }
        Ok(Attempt::Done(draft.recordings))
    }
}

impl Store for BranchStore {
    fn name(&self) -> String {
        match &self.home {
            Home::Clone { .. } => format!("git:{}", self.branch),
            Home::Remote(remote) => format!("git:{}@{}", self.branch, remote.name()),
        }
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
