//! The files of a folder as a build left them, and the way back to that.
//!
//! A file counts as the same if its kind, size, mode and time of change are, as it does for git and for most build systems.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What belongs to perfgate in a folder that it laid out, and no build: the borrowed history.
const HISTORY: &str = ".git";

/// Every file and folder below a folder, by its path in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Snapshot(BTreeMap<String, Entry>);

/// What was at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Entry {
    Folder,
    /// Mode with the kind of file in it, size in bytes, seconds and nanoseconds of the last change.
    File(u32, u64, i64, i64),
}

impl Entry {
    fn of(facts: &Metadata) -> Self {
        if facts.is_dir() {
            Self::Folder
        } else {
            Self::File(facts.mode(), facts.size(), facts.mtime(), facts.mtime_nsec())
        }
    }
}

impl Snapshot {
    /// The folder as it is.
    pub fn of(root: &Path) -> io::Result<Self> {
        let mut seen = BTreeMap::new();
        walk(root, &mut |name, _, entry| {
            seen.insert(name.to_owned(), entry);
            Ok(true)
        })?;
        Ok(Self(seen))
    }

    /// Removes what has come since. What has changed or gone cannot be brought back: the first such path, if there is one.
    pub fn restore(&self, root: &Path) -> io::Result<Option<String>> {
        let mut changed: Option<String> = None;
        let mut missing: BTreeSet<&str> = self.0.keys().map(String::as_str).collect();
        walk(root, &mut |name, path, entry| {
            missing.remove(name);
            match self.0.get(name) {
                Some(known) if *known == entry => return Ok(true),
                Some(_) => changed = changed.take().or_else(|| Some(name.to_owned())),
                None if entry == Entry::Folder => fs::remove_dir_all(path)?,
                None => fs::remove_file(path)?,
            }
            Ok(false)
        })?;
        Ok(changed.or_else(|| missing.first().map(|&name| name.to_owned())))
    }
}

/// Visits everything below a folder, parents first. The visitor says whether to go on into a folder.
fn walk(root: &Path, visit: &mut dyn FnMut(&str, &Path, Entry) -> io::Result<bool>) -> io::Result<()> {
    let mut folders: Vec<PathBuf> = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let Ok(inside) = path.strip_prefix(root) else { continue };
            if inside == Path::new(HISTORY) {
                continue;
            }
            let found = Entry::of(&fs::symlink_metadata(&path)?);
            if visit(&inside.to_string_lossy(), &path, found)? && found == Entry::Folder {
                folders.push(path);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("deep/er")).unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        for name in ["a", "deep/b", "deep/er/c"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        std::os::unix::fs::symlink("a", folder.path().join("link")).unwrap();
        folder
    }

    #[test]
    fn what_came_since_is_removed_and_what_was_there_stays() {
        let folder = folder();
        let before = Snapshot::of(folder.path()).unwrap();
        fs::create_dir_all(folder.path().join("deep/new/er")).unwrap();
        for name in ["new", "deep/new/er/x", "deep/er/y", ".git/z"] {
            fs::write(folder.path().join(name), "new").unwrap();
        }
        assert_ne!(Snapshot::of(folder.path()).unwrap(), before);
        assert_eq!(before.restore(folder.path()).unwrap(), None);
        assert_eq!(Snapshot::of(folder.path()).unwrap(), before);
        assert!(folder.path().join(".git/z").exists(), "the history is not the build's");
    }

    #[test]
    fn what_changed_or_went_is_named() {
        let told = |spoil: &dyn Fn(&Path)| {
            let folder = folder();
            let before = Snapshot::of(folder.path()).unwrap();
            spoil(folder.path());
            before.restore(folder.path()).unwrap()
        };
        let named = |name: &str| Some(name.to_owned());
        assert_eq!(told(&|root| fs::write(root.join("deep/b"), "longer").unwrap()), named("deep/b"));
        assert_eq!(told(&|root| fs::remove_file(root.join("deep/er/c")).unwrap()), named("deep/er/c"));
        assert_eq!(told(&|root| fs::remove_dir_all(root.join("deep")).unwrap()), named("deep"));
        let same_size = |root: &Path| {
            let file = fs::File::options().write(true).open(root.join("a")).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        };
        assert_eq!(told(&same_size), named("a"));
        let to_a_link = |root: &Path| {
            fs::remove_file(root.join("a")).unwrap();
            std::os::unix::fs::symlink("deep/b", root.join("a")).unwrap();
        };
        assert_eq!(told(&to_a_link), named("a"));
    }

    #[test]
    fn it_is_the_same_after_it_was_saved() {
        let folder = folder();
        let before = Snapshot::of(folder.path()).unwrap();
        let saved = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<Snapshot>(&saved).unwrap(), before);
    }
}
