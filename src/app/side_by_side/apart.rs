//! What would lead the processes of one side into the other's folder: variables and settings that name one folder for both.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use super::recipe::ask;
use crate::app::measurement::Place;
use crate::sut::Variables;

/// Where cargo builds to.
const TARGET: &str = "CARGO_TARGET_DIR";

/// Another name of the same, which yields to the first.
const TARGET_TOO: &str = "CARGO_BUILD_TARGET_DIR";

/// Lists of folders in which code or libraries are looked for.
const SEARCHED: [&str; 10] = [
    "CLASSPATH",
    "CPATH",
    "DYLD_LIBRARY_PATH",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "NODE_PATH",
    "PERL5LIB",
    "PKG_CONFIG_PATH",
    "PYTHONPATH",
    "RUBYLIB",
];

/// The top folders of both sides.
pub struct Roots<'a> {
    /// Where the base was laid out.
    pub base: &'a Path,
    /// The work tree.
    pub candidate: &'a Path,
}

/// A folder outside both sides that cargo would build both into, if there is one.
pub fn shared_target(directory: &Path, root: &Path) -> Option<PathBuf> {
    let set = [TARGET, TARGET_TOO].into_iter().find_map(|name| env::var_os(name).filter(|value| !value.is_empty()));
    match set.map(PathBuf::from) {
        // A relative one is each side's own.
        Some(target) => Some(target).filter(|target| target.is_absolute()),
        None => configured_target(directory).filter(|target| !lies_in(target, root)),
    }
}

/// Where cargo's own configuration says that it builds to. Settings for all of a user's projects may lie above this one.
fn configured_target(directory: &Path) -> Option<PathBuf> {
    if !directory.join("Cargo.toml").is_file() {
        return None;
    }
    let said = ask("cargo", &["metadata", "--no-deps", "--offline", "--format-version=1"], directory)?;
    let facts: serde_json::Value = serde_json::from_str(&said).ok()?;
    facts.get("target_directory")?.as_str().map(PathBuf::from)
}

fn lies_in(path: &Path, root: &Path) -> bool {
    path.starts_with(root) || root.canonicalize().is_ok_and(|real| path.starts_with(real))
}

/// The base's place and the candidate's, each with a target folder of its own if one would be shared.
pub fn places(directories: [&Path; 2], roots: &Roots<'_>, shared_target: Option<&Path>) -> [Place; 2] {
    let own_target = |directory: &Path| {
        let target = shared_target.map(|_| (TARGET.to_owned(), directory.join("target").into_os_string()));
        target.into_iter().collect::<Variables>()
    };
    let [base, candidate] = directories;
    let mut of_base = own_target(base);
    of_base.extend(SEARCHED.iter().filter_map(|&name| {
        let list = env::var_os(name)?;
        Some((name.to_owned(), moved(&list, roots)?))
    }));
    [
        Place { directory: base.to_owned(), variables: of_base },
        Place { directory: candidate.to_owned(), variables: own_target(candidate) },
    ]
}

/// A list of folders with the base's in place of the candidate's; `None` if it names none of these.
fn moved(list: &OsStr, roots: &Roots<'_>) -> Option<OsString> {
    let real = roots.candidate.canonicalize();
    let inside = |folder: &Path| {
        let found = folder.strip_prefix(roots.candidate).ok();
        found.or_else(|| folder.strip_prefix(real.as_ref().ok()?).ok()).map(|inside| roots.base.join(inside))
    };
    let folders: Vec<PathBuf> = env::split_paths(list).collect();
    folders.iter().any(|folder| inside(folder).is_some()).then_some(())?;
    env::join_paths(folders.iter().map(|folder| inside(folder).unwrap_or_else(|| folder.clone()))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots() -> Roots<'static> {
        Roots { base: Path::new("/base"), candidate: Path::new("/no such candidate") }
    }

    #[test]
    fn folders_of_the_candidate_become_those_of_the_base_and_others_stay() {
        let moved = |list: &str| moved(OsStr::new(list), &roots()).map(|list| list.into_string().unwrap());
        let list = "/no such candidate/src:/usr/lib:src:/no such candidate";
        assert_eq!(moved(list).unwrap(), "/base/src:/usr/lib:src:/base/");
        assert_eq!(moved("/usr/lib:/no such candidate 2"), None);
    }

    #[test]
    fn each_side_gets_a_target_folder_of_its_own_only_if_one_would_be_shared() {
        let folders = [Path::new("/base/a"), Path::new("/no such candidate/a")];
        let targets = |shared| {
            places(folders, &roots(), shared).map(|place| {
                place
                    .variables
                    .into_iter()
                    .find(|(name, _)| name == TARGET)
                    .map(|(_, value)| value.into_string().unwrap())
            })
        };
        assert_eq!(targets(None), [None, None]);
        let own = ["/base/a/target", "/no such candidate/a/target"].map(|own| Some(own.to_owned()));
        assert_eq!(targets(Some(Path::new("/shared"))), own);
    }

    #[test]
    fn a_target_folder_that_cargo_is_configured_to_share_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("project");
        std::fs::create_dir_all(root.join("src")).unwrap();
        std::fs::write(root.join("Cargo.toml"), "[package]\nname = \"x\"\nversion = \"0.1.0\"\n").unwrap();
        std::fs::write(root.join("src/lib.rs"), "").unwrap();
        let own = configured_target(&root).unwrap();
        std::fs::create_dir(folder.path().join(".cargo")).unwrap();
        std::fs::write(folder.path().join(".cargo/config.toml"), "[build]\ntarget-dir = \"everybodys\"\n").unwrap();
        let shared = configured_target(&root).unwrap();
        // The environment of the tests may name a target folder, which then counts.
        if env::var_os(TARGET).is_none() && env::var_os(TARGET_TOO).is_none() {
            assert!(lies_in(&own, &root), "{own:?}");
            assert!(!lies_in(&shared, &root) && lies_in(&shared, folder.path()), "{shared:?}");
        }
        assert_eq!(configured_target(folder.path()), None);
    }
}
