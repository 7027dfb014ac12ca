//! Commits that are made of data, read and written as objects: neither the work tree nor the index nor HEAD is touched.
//!
//! Here: trees, blobs, commits and references. Not here: what the data means (`store`), the network (`remote`).

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::thread;
use std::time::Duration;

use git2::build::TreeUpdateBuilder;
use git2::{ErrorCode, FileMode, ObjectType, Oid, Repository, Signature};

use super::{Git, Stop, VcsError};

/// Who commits where git's settings name nobody, as in most CI jobs. No domain ends so: the commit is attributed to nobody else.
const AUTHOR: [&str; 2] = ["perfgate", "noreply@perfgate.invalid"];

/// Somebody who waits looks so often whether it is over.
const GLANCE: Duration = Duration::from_millis(20);

/// The name of an object: a commit, a folder, a file's content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectId(Oid);

impl fmt::Display for ObjectId {
    /// All digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for ObjectId {
    type Err = VcsError;

    fn from_str(text: &str) -> Result<Self, VcsError> {
        Ok(Self(Oid::from_str(text)?))
    }
}

/// What stands in a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name there.
    pub name: String,
    /// What it is.
    pub id: ObjectId,
    /// A folder or a file.
    pub is_folder: bool,
}

/// What a commit has other than the one it is made from, by path: a file's content, or nothing any more, of a file or a folder.
pub type Changes = BTreeMap<String, Option<ObjectId>>;

/// The objects of a repository.
pub struct Objects {
    repository: Repository,
    root: PathBuf,
}

/// No other perfgate writes to the repository until this is dropped, or its process has ended.
pub struct Lock {
    _folder: File,
}

impl Objects {
    /// Those of the repository that this folder belongs to.
    pub fn open(folder: &Path) -> Result<Self, VcsError> {
        let Git { repository, root } = Git::discover(folder)?;
        Ok(Self { repository, root })
    }

    /// Looks at the repository anew: another program has fetched into it, and where history is cut off is settled when it is opened.
    pub fn reopen(&mut self) -> Result<(), VcsError> {
        self.repository = Repository::open(&self.root)?;
        Ok(())
    }

    /// The top folder of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The repository itself, of this work tree.
    pub fn git_dir(&self) -> &Path {
        self.repository.path()
    }

    /// Whether history was cut off when the repository was cloned.
    pub fn is_shallow(&self) -> bool {
        self.repository.is_shallow()
    }

    /// Whether git's settings have a remote of this name.
    pub fn has_remote(&self, name: &str) -> bool {
        self.repository.find_remote(name).is_ok()
    }

    /// A setting of git's.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.repository.config().ok()?.get_string(name).ok()
    }

    /// Waits until no other perfgate writes here. `None`: it was stopped first.
    pub fn lock(&self, stop: Stop<'_>) -> Result<Option<Lock>, VcsError> {
        // The folder itself: no stray file that somebody would wonder about. Work trees share it.
        let folder = self.repository.commondir();
        let failed = |error: std::io::Error| VcsError::Other(format!("cannot lock `{}`: {error}", folder.display()));
        let file = File::open(folder).map_err(failed)?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(Lock { _folder: file })),
                Err(TryLockError::WouldBlock) if stop() => return Ok(None),
                Err(TryLockError::WouldBlock) => thread::sleep(GLANCE),
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }

    /// The commit that a reference, by its full name, points to.
    pub fn tip(&self, reference: &str) -> Result<Option<ObjectId>, VcsError> {
        match self.repository.find_reference(reference) {
            Ok(found) => Ok(Some(ObjectId(found.peel_to_commit()?.id()))),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lets a reference point to another commit, or removes it; unless it is not where it was thought to be.
    pub fn point(
        &self,
        reference: &str,
        from: Option<ObjectId>,
        to: Option<ObjectId>,
        why: &str,
    ) -> Result<(), VcsError> {
        match (from, to) {
            (from, to) if from == to => {}
            (Some(from), Some(to)) => drop(self.repository.reference_matching(reference, to.0, true, from.0, why)?),
            (None, Some(to)) => drop(self.repository.reference(reference, to.0, false, why)?),
            (_, None) => self.repository.find_reference(reference)?.delete()?,
        }
        Ok(())
    }

    /// The work tree in which a branch, by its full name, is checked out.
    pub fn checked_out_at(&self, branch: &str) -> Option<PathBuf> {
        let is_here = |repository: &Repository| {
            let head = repository.find_reference("HEAD").ok();
            head.is_some_and(|head| head.symbolic_target().ok().flatten() == Some(branch))
        };
        let main = Repository::open(self.repository.commondir()).ok();
        let names = self.repository.worktrees().ok();
        let names = names.iter().flat_map(|names| names.iter().flatten().flatten());
        let linked = names.filter_map(|name| {
            let worktree = self.repository.find_worktree(name).ok()?;
            Repository::open_from_worktree(&worktree).ok()
        });
        let all = main.into_iter().chain(linked);
        all.filter(is_here).find_map(|repository| repository.workdir().map(Path::to_owned))
    }

    /// Whether the repository has this commit.
    pub fn has_commit(&self, id: ObjectId) -> bool {
        self.repository.find_commit(id.0).is_ok()
    }

    /// The top folder of a commit.
    pub fn top(&self, commit: ObjectId) -> Result<ObjectId, VcsError> {
        Ok(ObjectId(self.repository.find_commit(commit.0)?.tree_id()))
    }

    /// What stands in a folder. Names that are no text are left out.
    pub fn list(&self, folder: ObjectId) -> Result<Vec<Entry>, VcsError> {
        let tree = self.repository.find_tree(folder.0)?;
        let entry = |entry: git2::TreeEntry<'_>| {
            let is_folder = entry.kind() == Some(ObjectType::Tree);
            Some(Entry { name: entry.name().ok()?.to_owned(), id: ObjectId(entry.id()), is_folder })
        };
        Ok(tree.iter().filter_map(entry).collect())
    }

    /// The file of this name in a folder.
    pub fn file_in(&self, folder: ObjectId, name: &str) -> Result<Option<ObjectId>, VcsError> {
        let tree = self.repository.find_tree(folder.0)?;
        let entry = tree.get_name(name).filter(|entry| entry.kind() == Some(ObjectType::Blob));
        Ok(entry.map(|entry| ObjectId(entry.id())))
    }

    /// A file's content; `None`: this clone leaves contents at the remote until they are needed, and has not got this one.
    pub fn read(&self, file: ObjectId) -> Result<Option<Vec<u8>>, VcsError> {
        match self.repository.find_blob(file.0) {
            Ok(found) => Ok(Some(found.content().to_owned())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a content. It is lost in time unless a commit comes to have it.
    pub fn write(&self, content: &[u8]) -> Result<ObjectId, VcsError> {
        Ok(ObjectId(self.repository.blob(content)?))
    }

    /// Makes a commit with the files of `from`, changed. No reference points to it yet.
    pub fn commit(
        &self,
        from: Option<ObjectId>,
        changes: &Changes,
        parents: &[ObjectId],
        message: &str,
    ) -> Result<ObjectId, VcsError> {
        let base = match from {
            Some(commit) => self.top(commit)?.0,
            None => self.repository.treebuilder(None)?.write()?,
        };
        let mut update = TreeUpdateBuilder::new();
        for (path, content) in changes {
            match content {
                Some(content) => update.upsert(path.as_str(), content.0, FileMode::Blob),
                None => update.remove(path.as_str()),
            };
        }
        let tree = update.create_updated(&self.repository, &self.repository.find_tree(base)?)?;
        let tree = self.repository.find_tree(tree)?;
        let author = self.repository.signature().or_else(|_| {
            let [name, address] = AUTHOR;
            Signature::now(name, address)
        })?;
        let parents = parents.iter().map(|parent| self.repository.find_commit(parent.0));
        let parents = parents.collect::<Result<Vec<_>, _>>()?;
        let parents: Vec<&git2::Commit<'_>> = parents.iter().collect();
        Ok(ObjectId(self.repository.commit(None, &author, &author, message, &tree, &parents)?))
    }

    /// What a commit says about itself.
    pub fn message(&self, commit: ObjectId) -> Result<String, VcsError> {
        Ok(String::from_utf8_lossy(self.repository.find_commit(commit.0)?.message_bytes()).into_owned())
    }

    /// The first commit that a commit came from.
    pub fn parent(&self, commit: ObjectId) -> Result<Option<ObjectId>, VcsError> {
        Ok(self.repository.find_commit(commit.0)?.parent_ids().next().map(ObjectId))
    }

    /// Whether a commit is `tip` or one that it came from, as far as this clone knows.
    pub fn is_in_history(&self, commit: ObjectId, tip: ObjectId) -> bool {
        let mut seen = HashSet::from([tip.0]);
        let mut open = vec![tip.0];
        while let Some(current) = open.pop() {
            if current == commit.0 {
                return true;
            }
            let Ok(found) = self.repository.find_commit(current) else { continue };
            open.extend(found.parent_ids().filter(|parent| seen.insert(*parent)));
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vcs::ScratchRepository;

    const NEVER: Stop<'static> = &|| false;

    fn objects() -> (tempfile::TempDir, Objects) {
        let folder = tempfile::tempdir().unwrap();
        let repository = ScratchRepository::create(folder.path()).unwrap();
        std::fs::write(folder.path().join("code"), "1").unwrap();
        repository.commit_all("code").unwrap();
        let objects = Objects::open(folder.path()).unwrap();
        (folder, objects)
    }

    fn written(objects: &Objects, changes: &[(&str, Option<&str>)], from: Option<ObjectId>) -> ObjectId {
        let content = |text: &str| objects.write(text.as_bytes()).unwrap();
        let changes = changes.iter().map(|(path, text)| ((*path).to_owned(), text.map(content))).collect();
        objects.commit(from, &changes, from.as_slice(), "data").unwrap()
    }

    fn names(objects: &Objects, commit: ObjectId) -> Vec<String> {
        objects.list(objects.top(commit).unwrap()).unwrap().into_iter().map(|entry| entry.name).collect()
    }

    #[test]
    fn commits_are_made_of_changes_and_the_work_tree_stays() {
        let (folder, objects) = objects();
        let first = written(&objects, &[("a/x", Some("1")), ("b/y", Some("2")), ("top", Some("3"))], None);
        assert_eq!(names(&objects, first), ["a", "b", "top"]);
        let second = written(&objects, &[("a/x", None), ("b/z", Some("4"))], Some(first));
        assert_eq!(names(&objects, second), ["b", "top"], "a folder without files is gone");
        let third = written(&objects, &[("b", None)], Some(second));
        assert_eq!(names(&objects, third), ["top"], "a folder goes with all its files");
        let b = objects.list(objects.top(second).unwrap()).unwrap().remove(0);
        assert!(b.is_folder);
        let z = objects.file_in(b.id, "z").unwrap().unwrap();
        assert_eq!((objects.read(z).unwrap(), objects.file_in(b.id, "x").unwrap()), (Some(b"4".to_vec()), None));
        assert!(objects.is_in_history(first, third) && !objects.is_in_history(third, first));
        assert_eq!(objects.parent(second).unwrap(), Some(first));
        let git = Git::discover(folder.path()).unwrap();
        assert_eq!((git.modified(None).unwrap().len(), git.branch().is_some()), (0, true));
    }

    #[test]
    fn a_reference_moves_only_from_where_it_was_thought_to_be() {
        let (_folder, objects) = objects();
        let one = written(&objects, &[("a", Some("1"))], None);
        let two = written(&objects, &[("a", Some("2"))], None);
        let name = "refs/heads/data";
        objects.point(name, None, Some(one), "begin").unwrap();
        assert!(objects.point(name, None, Some(two), "begin again").is_err());
        assert!(objects.point(name, Some(two), Some(one), "from elsewhere").is_err());
        objects.point(name, Some(one), Some(two), "go on").unwrap();
        assert_eq!(objects.tip(name).unwrap(), Some(two));
        objects.point(name, Some(two), None, "end").unwrap();
        assert_eq!(objects.tip(name).unwrap(), None);
    }

    #[test]
    fn a_lock_is_held_by_one_at_a_time() {
        let (folder, objects) = objects();
        let other = Objects::open(folder.path()).unwrap();
        let held = objects.lock(NEVER).unwrap();
        assert!(other.lock(&|| true).unwrap().is_none(), "it was stopped while it waited");
        drop(held);
        assert!(other.lock(&|| true).unwrap().is_some());
    }

    #[test]
    fn where_a_branch_is_checked_out_is_known() {
        let (folder, objects) = objects();
        let head = Git::discover(folder.path()).unwrap().branch().unwrap();
        let found = objects.checked_out_at(&format!("refs/heads/{head}")).unwrap();
        assert_eq!(found.canonicalize().unwrap(), folder.path().canonicalize().unwrap());
        assert_eq!(objects.checked_out_at("refs/heads/data"), None);
    }
}
