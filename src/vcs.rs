//! Git, through libgit2, and through the `git` program where a network is needed. The only user of either.
//!
//! Here: which commit is checked out, whether the tree is clean, who its ancestors are, what a file was at a revision; in
//! `objects`, commits that are made of data; in `remote`, a branch elsewhere.

mod objects;
mod program;
mod remote;
#[cfg(test)]
mod tests;

pub use objects::{Changes, Entry, Lock, ObjectId, Objects};
pub use remote::{Depth, PushError, Remote, RemoteError};

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::path::{Path, PathBuf};

use git2::{ErrorCode, Oid, Repository, Sort, Status, StatusOptions};

use crate::result::CommitId;

/// Why git cannot say what was asked.
#[derive(Debug, thiserror::Error)]
pub enum VcsError {
    /// No repository here or above.
    #[error("`{0}` is not inside a git repository")]
    NotARepository(PathBuf),
    /// A repository that nothing was committed to.
    #[error("the git repository at `{0}` has no commits yet")]
    NoCommits(PathBuf),
    /// A repository that belongs to another user.
    #[error("git does not trust the repository at `{0}`, because another user owns it")]
    NotOwned(PathBuf),
    /// A revision that git does not know.
    #[error("`{0}` is not a revision that this repository knows")]
    UnknownRevision(String),
    /// Two histories without a common commit.
    #[error("the commit that is checked out and `{0}` have no common ancestor in this clone")]
    NoMergeBase(String),
    /// Anything else.
    #[error("git: {0}")]
    Other(String),
}

impl From<git2::Error> for VcsError {
    fn from(error: git2::Error) -> Self {
        Self::Other(error.message().to_owned())
    }
}

/// Asked again and again by whatever waits: whether to stop.
pub type Stop<'a> = &'a dyn Fn() -> bool;

/// The commit of a revision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The commit.
    pub commit: CommitId,
    /// The branch of a remote that stood in for a local one, such as `origin/main`.
    pub stand_in: Option<String>,
}

/// A commit on the way to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ancestor {
    /// Which.
    pub commit: CommitId,
    /// The first line of its message.
    pub subject: String,
    /// How many commits came since the one before it in the list, itself included; of the first, unknown.
    pub since: Option<usize>,
}

/// A git repository with a work tree.
pub struct Git {
    repository: Repository,
    root: PathBuf,
}

impl Git {
    /// The repository that this folder belongs to.
    pub fn discover(folder: &Path) -> Result<Self, VcsError> {
        let repository = Repository::discover(folder).map_err(|error| match error.code() {
            ErrorCode::NotFound => VcsError::NotARepository(folder.to_owned()),
            ErrorCode::Owner => VcsError::NotOwned(folder.to_owned()),
            _ => error.into(),
        })?;
        let root = repository.workdir().ok_or_else(|| VcsError::NotARepository(folder.to_owned()))?.to_owned();
        Ok(Self { repository, root })
    }

    /// The top folder of the work tree.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The commit that is checked out.
    pub fn head(&self) -> Result<CommitId, VcsError> {
        let head = self.repository.head().map_err(|error| match error.code() {
            ErrorCode::UnbornBranch | ErrorCode::NotFound => VcsError::NoCommits(self.root.clone()),
            _ => error.into(),
        })?;
        commit_id(head.peel_to_commit()?.id())
    }

    /// The branch that is checked out, unless HEAD is detached.
    pub fn branch(&self) -> Option<String> {
        let head = self.repository.head().ok()?;
        if head.is_branch() { head.shorthand().ok().map(str::to_owned) } else { None }
    }

    /// The branch that people mean by the main one: what the remote calls so, else the usual ones as far as they are there,
    /// else the one that the first commit will be on. `None`: nothing tells.
    pub fn default_branch(&self) -> Option<String> {
        let target = |name: &str, prefix: &str| {
            let reference = self.repository.find_reference(name).ok()?;
            let target = reference.symbolic_target().ok().flatten()?.strip_prefix(prefix)?;
            Some(target.to_owned())
        };
        let configured = self.repository.config().and_then(|config| config.get_string("init.defaultBranch")).ok();
        let usual = configured.iter().map(String::as_str).chain(["main", "master"]);
        let is_there = |name: &&str| self.repository.find_branch(name, git2::BranchType::Local).is_ok();
        let unborn = || self.head().is_err().then(|| target("HEAD", "refs/heads/")).flatten();
        target("refs/remotes/origin/HEAD", "refs/remotes/origin/")
            .or_else(|| usual.clone().find(is_there).map(str::to_owned))
            .or_else(unborn)
            .or(configured.clone())
    }

    /// Whether a file or folder of the work tree is meant to stay out of commits. What git cannot tell is not.
    pub fn ignores(&self, path: &Path) -> bool {
        self.repository.is_path_ignored(path).unwrap_or(false)
    }

    /// Whether history was cut off when the repository was cloned.
    pub fn is_shallow(&self) -> bool {
        self.repository.is_shallow()
    }

    /// Tracked files that differ from the commit, as `git describe --dirty` counts them: untracked files do not. Files
    /// below `except` (the store) do not count either.
    pub fn modified(&self, except: Option<&Path>) -> Result<Vec<PathBuf>, VcsError> {
        let mut options = StatusOptions::new();
        options.include_untracked(false).include_ignored(false).update_index(false);
        let except = except.and_then(|path| path.strip_prefix(&self.root).ok());
        let statuses = self.repository.statuses(Some(&mut options))?;
        let changed = statuses.iter().filter(|entry| !entry.status().is_ignored() && entry.status() != Status::CURRENT);
        let paths = changed.filter_map(|entry| entry.path().ok().map(PathBuf::from));
        Ok(paths.filter(|path| except.is_none_or(|store| !path.starts_with(store))).collect())
    }

    /// The commit that a branch, tag, abbreviated or full name stands for.
    pub fn resolve(&self, revision: &str) -> Result<CommitId, VcsError> {
        let object =
            self.repository.revparse_single(revision).map_err(|_| VcsError::UnknownRevision(revision.to_owned()))?;
        let commit = object.peel_to_commit().map_err(|_| VcsError::UnknownRevision(revision.to_owned()))?;
        commit_id(commit.id())
    }

    /// The same; what this clone does not know may be a branch that it was not asked to follow, as CI jobs have them: then that
    /// branch of `origin`.
    pub fn resolve_at_origin_too(&self, revision: &str) -> Result<Resolved, VcsError> {
        let unknown = match self.resolve(revision) {
            Ok(commit) => return Ok(Resolved { commit, stand_in: None }),
            Err(error @ VcsError::UnknownRevision(_)) => error,
            Err(error) => return Err(error),
        };
        let stand_in = format!("origin/{revision}");
        let found = self.resolve(&format!("refs/remotes/{stand_in}"));
        found.map(|commit| Resolved { commit, stand_in: Some(stand_in) }).map_err(|_| unknown)
    }

    /// The commit to measure against: a revision, or `merge-base(REV)`, where the history of `head` left that of REV.
    pub fn resolve_base(&self, revision: &str, head: &CommitId) -> Result<Resolved, VcsError> {
        let Some(other) = revision.strip_prefix("merge-base(").and_then(|rest| rest.strip_suffix(')')) else {
            return self.resolve_at_origin_too(revision);
        };
        let found = self.resolve_at_origin_too(other)?;
        let base = self.merge_base(head, &found.commit)?;
        let commit = base.ok_or_else(|| VcsError::NoMergeBase(other.to_owned()))?;
        Ok(Resolved { commit, ..found })
    }

    /// The first line of a commit's message.
    pub fn subject(&self, commit: &CommitId) -> Option<String> {
        self.find(commit).ok()?.summary().ok().flatten().map(str::to_owned)
    }

    /// The commits that this one came from, as far as this clone knows: beyond the edge of a shallow one there are none.
    pub fn parents(&self, commit: &CommitId) -> Result<Vec<CommitId>, VcsError> {
        self.find(commit)?.parent_ids().map(commit_id).collect()
    }

    /// The name of a commit's files: commits with the same files share it.
    pub fn tree(&self, commit: &CommitId) -> Result<String, VcsError> {
        Ok(self.find(commit)?.tree_id().to_string())
    }

    fn find(&self, commit: &CommitId) -> Result<git2::Commit<'_>, VcsError> {
        self.repository.find_commit(oid(commit)?).map_err(|error| match error.code() {
            ErrorCode::NotFound => VcsError::UnknownRevision(commit.to_string()),
            _ => error.into(),
        })
    }

    /// Of the wanted commits those that are `from` or its ancestors, nearest first: by the number of steps, and among
    /// equals along first parents, so that a merge's own branch comes before what was merged into it.
    pub fn nearest_ancestors(&self, from: &CommitId, wanted: &BTreeSet<CommitId>) -> Result<Vec<CommitId>, VcsError> {
        let mut found = Vec::new();
        let start = oid(from)?;
        let mut seen = HashSet::from([start]);
        let mut queue = VecDeque::from([start]);
        while let Some(current) = queue.pop_front() {
            let id = commit_id(current)?;
            if wanted.contains(&id) {
                found.push(id);
                if found.len() == wanted.len() {
                    break;
                }
            }
            // Beyond the edge of a shallow clone there is nothing to look up.
            let Ok(commit) = self.repository.find_commit(current) else { continue };
            queue.extend(commit.parent_ids().filter(|parent| seen.insert(*parent)));
        }
        Ok(found)
    }

    /// The history of `from` along first parents, itself first, as far as this clone knows.
    pub fn first_parents(&self, from: &CommitId) -> Result<Vec<CommitId>, VcsError> {
        let mut history = Vec::new();
        let mut next = Some(from.clone());
        while let Some(commit) = next {
            // Beyond the edge of a shallow clone there is nothing to look up.
            let Ok(found) = self.find(&commit) else { break };
            next = found.parent_ids().next().map(commit_id).transpose()?;
            history.push(commit);
        }
        Ok(history)
    }

    /// Of the wanted commits those that a branch, a tag or what is checked out leads to.
    pub fn reachable(&self, wanted: &BTreeSet<CommitId>) -> Result<BTreeSet<CommitId>, VcsError> {
        let ours =
            |name: &str| ["refs/heads/", "refs/tags/", "refs/remotes/"].iter().any(|start| name.starts_with(start));
        let head = self.repository.head().ok().and_then(|head| head.peel_to_commit().ok()).map(|commit| commit.id());
        let mut open: Vec<Oid> = head.into_iter().collect();
        for reference in self.repository.references()? {
            let reference = reference?;
            if reference.name().is_ok_and(ours) {
                // A tag may name something else than a commit.
                open.extend(reference.peel_to_commit().map(|commit| commit.id()));
            }
        }
        let mut seen: HashSet<Oid> = open.iter().copied().collect();
        let mut found = BTreeSet::new();
        while let Some(current) = open.pop() {
            let id = commit_id(current)?;
            if wanted.contains(&id) {
                found.insert(id);
            }
            let Ok(commit) = self.repository.find_commit(current) else { continue };
            open.extend(commit.parent_ids().filter(|parent| seen.insert(*parent)));
        }
        Ok(found)
    }

    /// Those of the wanted commits that are `head` or its ancestors, in the order of the graph, the oldest first: none comes before
    /// one that it came from.
    pub fn ancestors_in_order(&self, head: &CommitId, wanted: &BTreeSet<CommitId>) -> Result<Vec<Ancestor>, VcsError> {
        let mut walk = self.repository.revwalk()?;
        walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
        walk.push(oid(head)?)?;
        let mut found: Vec<Ancestor> = Vec::new();
        let mut since = 0;
        for id in walk {
            since += 1;
            let commit = commit_id(id?)?;
            if wanted.contains(&commit) {
                let object = self.find(&commit)?;
                let subject = String::from_utf8_lossy(object.summary_bytes().unwrap_or_default()).into_owned();
                let is_first = found.is_empty();
                found.push(Ancestor { commit, subject, since: (!is_first).then_some(since) });
                since = 0;
            }
        }
        Ok(found)
    }

    /// The best common ancestor of two commits, if they have one.
    pub fn merge_base(&self, one: &CommitId, other: &CommitId) -> Result<Option<CommitId>, VcsError> {
        match self.repository.merge_base(oid(one)?, oid(other)?) {
            Ok(base) => commit_id(base).map(Some),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Lays out a commit's files in an empty folder, as a repository of its own that borrows this one's objects: whatever is
    /// built or written there cannot reach this work tree, and git commands of a build still find their history.
    pub fn lay_out(&self, commit: &CommitId, folder: &Path) -> Result<(), VcsError> {
        Repository::init(folder)?;
        self.move_head(commit, folder)?.checkout_head(Some(git2::build::CheckoutBuilder::new().force()))?;
        Ok(())
    }

    /// Lets a folder that was laid out stand for another commit with the same files, whichever clone it was laid out from.
    pub fn adopt(&self, commit: &CommitId, folder: &Path) -> Result<(), VcsError> {
        self.move_head(commit, folder).map(drop)
    }

    fn move_head(&self, commit: &CommitId, folder: &Path) -> Result<Repository, VcsError> {
        self.lend_objects(&folder.join(".git"))
            .map_err(|error| VcsError::Other(format!("cannot lay out {}: {error}", commit.short())))?;
        // Opened anew: which objects there are is settled when a repository is opened.
        let copy = Repository::open(folder)?;
        copy.set_head_detached(oid(commit)?)?;
        Ok(copy)
    }

    fn lend_objects(&self, to: &Path) -> std::io::Result<()> {
        let common = self.repository.commondir();
        let objects = common.join("objects").canonicalize()?;
        std::fs::write(to.join("objects/info/alternates"), format!("{}\n", objects.display()))?;
        match std::fs::read(common.join("shallow")) {
            Ok(edge) => std::fs::write(to.join("shallow"), edge),
            Err(_) if !to.join("shallow").exists() => Ok(()),
            Err(_) => std::fs::remove_file(to.join("shallow")),
        }
    }

    /// What a file, given by its path in the work tree, held at a commit; `None` if it did not exist.
    pub fn file_at(&self, commit: &CommitId, path: &Path) -> Result<Option<Vec<u8>>, VcsError> {
        let Ok(inside) = path.strip_prefix(&self.root) else { return Ok(None) };
        let tree = self.find(commit)?.tree()?;
        match tree.get_path(inside) {
            Ok(entry) => Ok(Some(self.repository.find_blob(entry.id())?.content().to_owned())),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether a branch can have this name.
pub fn is_branch_name(name: &str) -> bool {
    git2::Branch::name_is_valid(name).unwrap_or(false)
}

fn oid(commit: &CommitId) -> Result<Oid, VcsError> {
    Ok(Oid::from_str(commit.as_str())?)
}

fn commit_id(oid: Oid) -> Result<CommitId, VcsError> {
    oid.to_string().parse().map_err(VcsError::Other)
}

/// A new repository for the demonstration: made, filled and committed to without the user's own git settings.
pub struct ScratchRepository(Repository);

impl ScratchRepository {
    /// An empty repository in this folder.
    pub fn create(folder: &Path) -> Result<Self, VcsError> {
        Ok(Self(Repository::init(folder)?))
    }

    /// Commits everything that is in the folder.
    pub fn commit_all(&self, message: &str) -> Result<CommitId, VcsError> {
        let mut index = self.0.index()?;
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None)?;
        index.write()?;
        let tree = self.0.find_tree(index.write_tree()?)?;
        let author = git2::Signature::now("perfgate demo", "demo@perfgate.invalid")?;
        let parent = self.0.head().ok().and_then(|head| head.peel_to_commit().ok());
        let parents: Vec<&git2::Commit<'_>> = parent.iter().collect();
        commit_id(self.0.commit(Some("HEAD"), &author, &author, message, &tree, &parents)?)
    }
}
