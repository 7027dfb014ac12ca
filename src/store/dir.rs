//! A store in a folder: `<commit>/<fingerprint>.json`, and what that file replaced beside it.
//!
//! Written to a temporary file first and renamed, under a lock on the commit's folder, so that a reader never sees half a
//! file and two writers never lose each other's.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::merge::merge;
use super::pending::filed_under;
use super::{Index, Place, Shared, Store, StoreError, layout};
use crate::result::{CommitId, Fingerprint, RunResult};
use crate::vcs::Stop;
use crate::wire::{Kind, read_result, write_result};

/// A folder of baselines. It need not exist before the first is written.
#[derive(Debug, Clone)]
pub struct DirStore {
    root: PathBuf,
}

impl DirStore {
    /// The store in this folder.
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    fn path(&self, commit: &CommitId, fingerprint: &Fingerprint) -> PathBuf {
        self.root.join(commit.as_str()).join(layout::file_name(fingerprint))
    }

    /// Keeps a result as the baseline of its commit and machine, and says where. What was recorded there before stays: each
    /// benchmark gains a session. A file that has to lose something for it is kept beside the new one, under the time at which it
    /// was recorded.
    pub fn save(&self, result: &RunResult) -> Result<PathBuf, StoreError> {
        let (commit, machine) = filed_under(result)?;
        let path = self.path(&commit, &machine);
        let folder = self.root.join(commit.as_str());
        fs::create_dir_all(&folder).map_err(io("cannot create", &folder))?;
        // The folder itself is the lock: no stray file that somebody would commit. It is released when `lock` is dropped.
        let lock = File::open(&folder).map_err(io("cannot open", &folder))?;
        lock.lock().map_err(io("cannot lock", &folder))?;
        let merged = match self.load(&commit, &machine)? {
            None => result.clone(),
            Some(old) => {
                let merged = merge(old.clone(), result);
                if merged.loses {
                    keep_aside(&old, &machine, &folder)?;
                }
                merged.result
            }
        };
        write_atomically(&path, write_result(&merged, Kind::Baseline))?;
        Ok(path)
    }
}

impl Store for DirStore {
    fn name(&self) -> String {
        self.root.display().to_string()
    }

    fn is_remote(&self) -> bool {
        false
    }

    fn index(&self) -> Result<Index, StoreError> {
        let mut index = Index::new();
        for name in names_in(&self.root)? {
            let Some(commit) = layout::commit(&name) else { continue };
            let files = names_in(&self.root.join(&name))?;
            let machines: BTreeSet<Fingerprint> = files.iter().filter_map(|file| layout::machine(file)).collect();
            if !machines.is_empty() {
                index.insert(commit, machines);
            }
        }
        Ok(index)
    }

    fn load(&self, commit: &CommitId, fingerprint: &Fingerprint) -> Result<Option<RunResult>, StoreError> {
        let path = self.path(commit, fingerprint);
        match fs::read_to_string(&path) {
            Ok(text) => read_result(&text)
                .map(Some)
                .map_err(|problem| StoreError::Unusable { place: Place::File(path), problem }),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(source) => Err(StoreError::Io { doing: "cannot read", path, source }),
        }
    }

    fn ready(&self) -> Result<(), StoreError> {
        Ok(())
    }

    fn save(&mut self, result: &RunResult, _: Stop<'_>) -> Result<Place, StoreError> {
        Self::save(self, result).map(Place::File)
    }

    fn remove(&mut self, commits: &BTreeSet<CommitId>, _: Stop<'_>) -> Result<(), StoreError> {
        for commit in commits {
            let folder = self.root.join(commit.as_str());
            let lock = File::open(&folder).map_err(io("cannot open", &folder))?;
            lock.lock().map_err(io("cannot lock", &folder))?;
            for name in names_in(&folder)?.iter().filter(|name| layout::is_ours(name)) {
                let file = folder.join(name);
                fs::remove_file(&file).map_err(io("cannot remove", &file))?;
            }
            match fs::remove_dir(&folder) {
                // Somebody keeps something else there.
                Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
                removed => removed.map_err(io("cannot remove", &folder))?,
            }
        }
        Ok(())
    }

    fn refresh(&mut self, _: Stop<'_>) -> Result<(), StoreError> {
        Ok(())
    }

    fn share(&mut self, _: Stop<'_>) -> Result<Shared, StoreError> {
        Ok(Shared::Folder)
    }
}

/// Copies what is about to be replaced to a name of its own.
fn keep_aside(old: &RunResult, machine: &Fingerprint, folder: &Path) -> Result<(), StoreError> {
    let mut names = layout::names_aside(machine, old.recorded_at.as_ref()).map(|name| folder.join(name));
    match names.find(|candidate| !candidate.exists()) {
        Some(aside) => write_atomically(&aside, write_result(old, Kind::Baseline)),
        None => Ok(()),
    }
}

/// Writes a file so that it is there whole or not at all.
pub fn write_atomically(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let write = || {
        let mut file = NamedTempFile::with_prefix_in(".perfgate-", folder)?;
        file.write_all(contents.as_ref())?;
        make_readable(file.as_file())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)
    };
    write().map(drop).map_err(io("cannot write", path))
}

/// Temporary files are made for their owner's eyes only; a result is for everybody who may read the folder.
fn make_readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// Names in a folder; a folder that does not exist is empty.
fn names_in(folder: &Path) -> Result<Vec<String>, StoreError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
        Err(source) => return Err(io("cannot read", folder)(source)),
    };
    let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    names.collect::<Result<_, _>>().map_err(io("cannot read", folder))
}

fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> StoreError + 'a {
    move |source| StoreError::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{BenchmarkResult, Direction, Environment, Metric, RoundValues, Unit};

    fn result(benchmark: &str, value: f64) -> RunResult {
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(vec![value, value]).unwrap(),
            gate: true,
        };
        RunResult {
            commit: Some("a".repeat(40).parse().unwrap()),
            dirty: false,
            recorded_at: Some("2026-01-02T03:04:05Z".parse().unwrap()),
            perfgate: Some("0.1.0".to_owned()),
            seed: Some(1),
            environment: Some(Environment {
                cpu: None,
                cores: Some(2),
                memory: None,
                os: "os".to_owned(),
                kernel: None,
                arch: "x86_64".to_owned(),
                governor: None,
                container: None,
                ci: None,
                fingerprint: "machine".parse().unwrap(),
            }),
            benchmarks: vec![BenchmarkResult {
                name: benchmark.to_owned(),
                scenario: Some("single-stream".to_owned()),
                recorded_at: None,
                queries: Some(4),
                asked: None,
                round_duration: None,
                metrics: vec![metric],
                validity: Vec::new(),
                diagnosis: Vec::new(),
                warnings: Vec::new(),
                answers: None,
                objectives: Vec::new(),
                latencies: None,
                course: None,
                resources: None,
                stages: Vec::new(),
            }],
        }
    }

    fn load(store: &DirStore) -> RunResult {
        store.load(&"a".repeat(40).parse().unwrap(), &"machine".parse().unwrap()).unwrap().unwrap()
    }

    #[test]
    fn what_was_saved_is_loaded_and_listed() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::new(folder.path().join("baselines"));
        assert!(store.index().unwrap().is_empty());
        let path = store.save(&result("x", 1.0)).unwrap();
        assert!(path.ends_with(format!("{}/machine.json", "a".repeat(40))));
        assert_eq!(load(&store), result("x", 1.0));
        let index = store.index().unwrap();
        assert_eq!(index.len(), 1);
        assert_eq!(index.values().next().unwrap().len(), 1);
    }

    #[test]
    fn a_second_recording_is_a_second_session_and_keeps_the_other_benchmarks() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::new(folder.path().to_owned());
        store.save(&result("x", 1.0)).unwrap();
        store.save(&result("y", 2.0)).unwrap();
        store.save(&result("x", 3.0)).unwrap();
        let now = load(&store);
        let sessions: Vec<&[f64]> = now.benchmark("x").unwrap().metrics[0].rounds.sessions().collect();
        assert_eq!(sessions, [[1.0, 1.0], [3.0, 3.0]]);
        assert_eq!(now.benchmark("y"), result("y", 2.0).benchmark("y"));
        assert_eq!(names_in(&folder.path().join("a".repeat(40))).unwrap().len(), 1, "nothing had to be kept aside");
    }

    #[test]
    fn what_cannot_stay_is_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::new(folder.path().to_owned());
        store.save(&result("x", 1.0)).unwrap();
        let mut offline = result("x", 3.0);
        offline.benchmarks[0].scenario = Some("offline".to_owned());
        store.save(&offline).unwrap();
        assert_eq!(load(&store), offline);
        let aside = folder.path().join("a".repeat(40)).join("machine.20260102T030405Z.json");
        let kept = read_result(&fs::read_to_string(aside).unwrap()).unwrap();
        assert_eq!(kept.benchmark("x"), result("x", 1.0).benchmark("x"));
        assert_eq!(store.index().unwrap().values().next().unwrap().len(), 1, "what is kept aside is no machine");
    }

    #[test]
    fn writers_at_the_same_time_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::new(folder.path().to_owned());
        std::thread::scope(|scope| {
            for n in 0..8 {
                let store = &store;
                scope.spawn(move || store.save(&result(&format!("b{n}"), 1.0)).unwrap());
            }
        });
        assert_eq!(load(&store).benchmarks.len(), 8);
    }

    #[test]
    fn what_is_removed_is_gone_with_what_was_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = DirStore::new(folder.path().to_owned());
        store.save(&result("x", 1.0)).unwrap();
        let mut offline = result("x", 3.0);
        offline.benchmarks[0].scenario = Some("offline".to_owned());
        let path = store.save(&offline).unwrap();
        let commits = BTreeSet::from(["a".repeat(40).parse().unwrap()]);
        fs::write(path.with_file_name("notes.md"), "mine").unwrap();
        store.remove(&commits, &|| false).unwrap();
        assert_eq!(names_in(path.parent().unwrap()).unwrap(), ["notes.md"]);
        fs::remove_file(path.with_file_name("notes.md")).unwrap();
        store.remove(&commits, &|| false).unwrap();
        assert!(names_in(folder.path()).unwrap().is_empty());
    }

    #[test]
    fn a_damaged_baseline_is_reported_and_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let store = DirStore::new(folder.path().to_owned());
        let path = store.save(&result("x", 1.0)).unwrap();
        let whole = fs::read_to_string(&path).unwrap();
        let half = &whole[..whole.len() / 2];
        fs::write(&path, half).unwrap();
        let problem = store.save(&result("x", 2.0)).unwrap_err().to_string();
        assert!(problem.contains("not complete JSON"), "{problem}");
        assert_eq!(fs::read_to_string(&path).unwrap(), half);
    }
}
