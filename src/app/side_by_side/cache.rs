//! Builds of base revisions, kept for the next time: one folder for each recipe, used by one perfgate at a time.
//!
//! Build systems write absolute paths into what they make, so a build happens where it stays. What makes it a build is its
//! marker, which is written last, whole or not at all: a folder without one is what an interrupted build left.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::snapshot::Snapshot;
use crate::store::write_atomically;

/// So many builds are kept, those that were used last.
const KEPT: usize = 4;

/// A build that nobody used for so long goes.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// Tells programs that make backups to leave the folder out: <https://bford.info/cachedir/>.
const TAG: (&str, &str) =
    ("CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n# Builds of base revisions, made by perfgate.\n");

const LOCK: &str = "lock";
const MARKER: &str = "built.json";
const TREE: &str = "tree";

/// The folder of all kept builds.
#[derive(Debug)]
pub struct BuildCache {
    builds: PathBuf,
}

/// One recipe's folder. While it exists, no other perfgate uses it; unless its build is complete, it leaves nothing.
#[derive(Debug)]
pub struct Slot {
    folder: PathBuf,
    lock: File,
    complete: bool,
}

/// What a recipe's folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// A build, as it was left: when it was made.
    Build(String),
    /// A build that must not be used, and why.
    Spoilt(String),
    /// No build.
    Nothing,
}

/// What is known of a build.
#[derive(Serialize, Deserialize)]
struct Marker {
    built: String,
    toolchain: String,
    files: Snapshot,
}

impl BuildCache {
    /// The cache in this folder, for a base of this work tree. The error says why there can be none.
    pub fn open(root: &Path, work_tree: &Path) -> Result<Self, String> {
        let refused = |error: io::Error| format!("`{}`: {error}", root.display());
        let existing = root.ancestors().find_map(|folder| folder.canonicalize().ok());
        let inside = |folder: &PathBuf| work_tree.canonicalize().is_ok_and(|work_tree| folder.starts_with(work_tree));
        if existing.as_ref().is_some_and(inside) {
            return Err(format!(
                "`{}` lies in the work tree, whose files a build there would see; name another folder in PERFGATE_CACHE_DIR",
                root.display()
            ));
        }
        let builds = root.join("builds");
        fs::create_dir_all(&builds).map_err(refused)?;
        let (name, text) = TAG;
        if !root.join(name).exists() {
            fs::write(root.join(name), text).map_err(refused)?;
        }
        Ok(Self { builds: builds.canonicalize().map_err(refused)? })
    }

    /// The folder of a recipe, for this process alone. The error says why it cannot be had. Old builds go.
    pub fn claim(&self, key: &str) -> Result<Slot, String> {
        let slot = lock(&self.builds.join(key), true).map_err(|error| error.to_string())?;
        let Some(slot) = slot else { return Err("another perfgate is using it".to_owned()) };
        // When a build was used last is the time of its lock's last change.
        slot.lock.set_modified(SystemTime::now()).map_err(|error| error.to_string())?;
        self.tidy(key);
        Ok(slot)
    }

    /// Removes what is too old or too much, and what interrupted builds left. What others use stays, and what cannot be
    /// removed is no reason to stop.
    fn tidy(&self, but: &str) {
        let Ok(entries) = fs::read_dir(&self.builds) else { return };
        let folders = entries.flatten().filter(|entry| entry.file_name() != but).map(|entry| entry.path());
        let mut aged: Vec<(Duration, PathBuf)> = folders.map(|folder| (unused_for(&folder), folder)).collect();
        aged.sort();
        for (place, (age, folder)) in aged.iter().enumerate() {
            let is_wanted = place + 1 < KEPT && *age <= LONGEST && folder.join(MARKER).exists();
            if !is_wanted && let Ok(Some(slot)) = lock(folder, false) {
                slot.remove();
            }
        }
    }
}

impl Slot {
    /// Where the revision is laid out and built.
    pub fn tree(&self) -> PathBuf {
        self.folder.join(TREE)
    }

    /// What is here. A build is put back to what it was when it was made; `toolchain` says what builds here today.
    pub fn look(&mut self, toolchain: &dyn Fn(&Path) -> String) -> Held {
        let Ok(text) = fs::read_to_string(self.folder.join(MARKER)) else { return Held::Nothing };
        let Ok(marker) = serde_json::from_str::<Marker>(&text) else {
            return Held::Spoilt("what it left cannot be read".to_owned());
        };
        let tree = self.tree();
        match marker.files.restore(&tree) {
            Err(error) => Held::Spoilt(format!("what it left cannot be read: {error}")),
            Ok(Some(path)) => Held::Spoilt(format!("`{path}` has changed since")),
            Ok(None) if toolchain(&tree) != marker.toolchain => Held::Spoilt("the compiler is another one".to_owned()),
            Ok(None) => {
                self.complete = true;
                Held::Build(marker.built)
            }
        }
    }

    /// An empty folder to build in.
    pub fn clear(&mut self) -> io::Result<()> {
        self.complete = false;
        self.empty()?;
        fs::create_dir(self.tree())
    }

    /// The build is complete: from now on it may be used again.
    pub fn keep(&mut self, built: String, toolchain: String) -> Result<(), String> {
        let files = Snapshot::of(&self.tree()).map_err(|error| error.to_string())?;
        let text = serde_json::to_string(&Marker { built, toolchain, files }).map_err(|error| error.to_string())?;
        write_atomically(&self.folder.join(MARKER), &text).map_err(|error| error.to_string())?;
        self.complete = true;
        Ok(())
    }

    /// The marker goes first: without it, what is left of the rest is no build.
    fn empty(&self) -> io::Result<()> {
        absent_is_fine(fs::remove_file(self.folder.join(MARKER)))?;
        absent_is_fine(fs::remove_dir_all(self.tree()))
    }

    fn remove(mut self) {
        // Dropping it would empty it again.
        self.complete = true;
        // The lock goes last. Whoever opened it before finds that it has gone, and opens another.
        let _ = self.empty().and_then(|()| fs::remove_dir_all(&self.folder));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if !self.complete {
            // The next perfgate would not use what is left, only remove it.
            let _ = self.empty();
        }
    }
}

/// Locks a recipe's folder. `None`: another process has it, or there is none and none is to be made.
fn lock(folder: &Path, create: bool) -> io::Result<Option<Slot>> {
    const ATTEMPTS: usize = 100;
    let path = folder.join(LOCK);
    for _ in 0..ATTEMPTS {
        if create {
            fs::create_dir_all(folder)?;
        }
        let lock = match File::options().create(create).truncate(false).write(true).open(&path) {
            Ok(lock) => lock,
            // Somebody tidies up.
            Err(error) if error.kind() == io::ErrorKind::NotFound && create => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) if is_at(&lock, &path) => {
                return Ok(Some(Slot { folder: folder.to_owned(), lock, complete: false }));
            }
            // It was removed between being opened and being locked.
            Ok(()) => {}
        }
    }
    Ok(None)
}

/// Whether this very file is still the one of that name.
fn is_at(file: &File, path: &Path) -> bool {
    let identity = |facts: fs::Metadata| (facts.dev(), facts.ino());
    let (opened, named) = (file.metadata().map(identity), fs::metadata(path).map(identity));
    opened.is_ok_and(|opened| named.is_ok_and(|named| opened == named))
}

/// Folders of which that is not known are the oldest.
fn unused_for(folder: &Path) -> Duration {
    let used = fs::metadata(folder.join(LOCK)).and_then(|facts| facts.modified());
    used.map_or(Duration::MAX, |used| used.elapsed().unwrap_or_default())
}

fn absent_is_fine(removed: io::Result<()>) -> io::Result<()> {
    removed.or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_toolchain(_: &Path) -> String {
        String::new()
    }

    fn cache(folder: &tempfile::TempDir) -> BuildCache {
        BuildCache::open(folder.path(), Path::new("/nowhere")).unwrap()
    }

    fn build(cache: &BuildCache, key: &str) -> PathBuf {
        let mut slot = cache.claim(key).unwrap();
        slot.clear().unwrap();
        fs::write(slot.tree().join("built"), "x").unwrap();
        slot.keep("today".to_owned(), String::new()).unwrap();
        slot.tree()
    }

    fn held(cache: &BuildCache, key: &str) -> Held {
        cache.claim(key).unwrap().look(&no_toolchain)
    }

    #[test]
    fn a_complete_build_is_found_again_and_an_incomplete_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(&folder);
        assert_eq!(held(&cache, "a"), Held::Nothing);
        let tree = build(&cache, "a");
        fs::write(tree.join("left by a round"), "x").unwrap();
        assert_eq!(held(&cache, "a"), Held::Build("today".to_owned()));
        assert!(tree.join("built").exists() && !tree.join("left by a round").exists());
        let mut slot = cache.claim("b").unwrap();
        slot.clear().unwrap();
        let tree = slot.tree();
        drop(slot);
        assert!(!tree.exists(), "a build that ended early leaves nothing");
        // One that was killed could not tidy up.
        fs::create_dir(&tree).unwrap();
        assert_eq!(held(&cache, "b"), Held::Nothing);
    }

    #[test]
    fn a_build_that_changed_or_whose_compiler_did_is_not_used_again() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(&folder);
        let tree = build(&cache, "a");
        let other = cache.claim("a").unwrap().look(&|_| "newer".to_owned());
        assert!(matches!(&other, Held::Spoilt(why) if why.contains("compiler")), "{other:?}");
        assert!(!tree.exists(), "it is gone as soon as that is known");
        let tree = build(&cache, "a");
        fs::write(tree.join("built"), "something else").unwrap();
        let changed = held(&cache, "a");
        assert!(matches!(&changed, Held::Spoilt(why) if why.contains("`built` has changed")), "{changed:?}");
        build(&cache, "a");
        fs::write(cache.builds.join("a").join(MARKER), "{").unwrap();
        assert!(matches!(held(&cache, "a"), Held::Spoilt(_)));
    }

    #[test]
    fn a_folder_has_one_user_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(&folder);
        let slot = cache.claim("a").unwrap();
        assert!(cache.claim("a").unwrap_err().contains("another perfgate"));
        cache.claim("b").unwrap();
        drop(slot);
        cache.claim("a").unwrap();
    }

    #[test]
    fn the_builds_used_last_stay_and_those_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let cache = cache(&folder);
        let names: Vec<String> = (0..KEPT + 2).map(|n| format!("{n}")).collect();
        let age = |name: &str, days: u64| {
            let lock = File::options().write(true).open(cache.builds.join(name).join(LOCK)).unwrap();
            lock.set_modified(SystemTime::now() - Duration::from_secs(days * 24 * 3600)).unwrap();
        };
        let there = || names.iter().filter(|name| cache.builds.join(name).exists()).cloned().collect::<Vec<_>>();
        for name in names.iter().take(KEPT) {
            build(&cache, name);
        }
        (0..KEPT).for_each(|n| age(&names[n], (KEPT - n) as u64));
        let mut in_use = lock(&cache.builds.join("0"), false).unwrap().unwrap();
        build(&cache, &names[KEPT]);
        assert_eq!(there(), ["0", "1", "2", "3", "4"], "one too many, but it is in use");
        assert!(matches!(in_use.look(&no_toolchain), Held::Build(_)));
        drop(in_use);
        held(&cache, "4");
        assert_eq!(there(), ["1", "2", "3", "4"]);
        ["2", "3"].iter().for_each(|name| age(name, 31));
        build(&cache, &names[KEPT + 1]);
        assert_eq!(there(), ["1", "4", "5"]);
        fs::remove_file(cache.builds.join("1").join(MARKER)).unwrap();
        held(&cache, "4");
        assert_eq!(there(), ["4", "5"], "what an interrupted build left is no build");
    }

    #[test]
    fn a_cache_inside_the_work_tree_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let told = BuildCache::open(&folder.path().join("cache"), folder.path()).unwrap_err();
        assert!(!folder.path().join("cache").exists());
        assert!(told.contains("lies in the work tree") && told.contains("PERFGATE_CACHE_DIR"), "{told}");
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(BuildCache::open(&folder.path().join("file"), Path::new("/nowhere")).unwrap_err().contains("file"));
    }
}
