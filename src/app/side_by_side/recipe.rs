//! What a build depends on, as far as perfgate can see it: builds with the same recipe make the same.
//!
//! A build too many costs minutes, a stale one a wrong verdict: what might matter is part of the recipe.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

use sha2::{Digest, Sha256};

use crate::config::CommandLine;
use crate::host;

/// Variables that builds go by.
const VARIABLES: [&str; 41] = [
    "AR",
    "CC",
    "CFLAGS",
    "CI",
    "CLASSPATH",
    "CONDA_PREFIX",
    "CPATH",
    "CPPFLAGS",
    "CXX",
    "CXXFLAGS",
    "C_INCLUDE_PATH",
    "CPLUS_INCLUDE_PATH",
    "DEBUG",
    "GOARCH",
    "GOEXPERIMENT",
    "GOFLAGS",
    "GOOS",
    "GOPATH",
    "GOROOT",
    "GOTOOLCHAIN",
    "JAVA_HOME",
    "JAVA_TOOL_OPTIONS",
    "LD",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "LIBRARY_PATH",
    "MAKEFLAGS",
    "NODE_ENV",
    "NODE_OPTIONS",
    "NODE_PATH",
    "OPENSSL_DIR",
    "PATH",
    "PKG_CONFIG_PATH",
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTDOCFLAGS",
    "RUSTFLAGS",
    "SDKROOT",
    "SOURCE_DATE_EPOCH",
    "VIRTUAL_ENV",
    "ZIG_GLOBAL_CACHE_DIR",
];

/// So do all whose names begin like this.
const FAMILIES: [&str; 13] = [
    "BUN_",
    "CARGO_",
    "CGO_",
    "CMAKE_",
    "DOTNET_",
    "GRADLE_",
    "MAVEN_",
    "MESON_",
    "NPM_CONFIG_",
    "PIP_",
    "PYTHON",
    "RUSTUP_",
    "UV_",
];

/// Compilers, linkers, build tools and interpreters, of which the first that PATH finds is part of the recipe.
const TOOLS: [&str; 27] = [
    "ar", "bun", "c++", "cargo", "cc", "clang", "clang++", "cmake", "deno", "dotnet", "g++", "gcc", "ghc", "go",
    "java", "javac", "ld", "make", "meson", "ninja", "node", "python", "python3", "ruby", "rustc", "uv", "zig",
];

/// Settings in the user's home folder that builds go by.
const SETTINGS: [&str; 7] = [
    ".cargo/config",
    ".cargo/config.toml",
    ".config/go/env",
    ".config/pip/pip.conf",
    ".gradle/gradle.properties",
    ".m2/settings.xml",
    ".npmrc",
];

/// What makes a build of a revision what it is.
pub struct Recipe<'a> {
    /// The name of the revision's files.
    pub tree: &'a str,
    /// The project's folder in it.
    pub inside: &'a Path,
    /// The configuration's file in that folder: the revision's own may say how it is built.
    pub configuration: &'a Path,
    /// How it is built if it does not.
    pub command: &'a CommandLine,
}

impl Recipe<'_> {
    /// A name that only the same recipe has, here and now.
    pub fn key(&self) -> String {
        let path = env::var_os("PATH").unwrap_or_default();
        let tools = TOOLS.iter().copied().chain([self.command.program.as_str()]).map(|tool| identity(tool, &path));
        let home = env::home_dir().unwrap_or_default();
        let cargo = env::var_os("CARGO_HOME").map(|folder| Path::new(&folder).join("config.toml"));
        let settings = SETTINGS.iter().map(|name| home.join(name)).chain(cargo);
        let tools = tools.chain(settings.map(|file| facts(&file).unwrap_or_default()));
        let machine = host::environment().fingerprint;
        self.key_on(machine.as_str(), env::vars_os().collect(), tools.collect())
    }

    fn key_on(&self, machine: &str, mut variables: Vec<(OsString, OsString)>, tools: Vec<String>) -> String {
        variables.retain(|(name, _)| decides(&name.to_string_lossy()));
        variables.sort();
        let mut hash = Sha256::new();
        // Its length before each part: no two lists of parts read alike.
        let mut add = |part: &[u8]| {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        };
        for part in [env!("CARGO_PKG_VERSION"), machine, self.tree] {
            add(part.as_bytes());
        }
        add(self.inside.as_os_str().as_bytes());
        add(self.configuration.as_os_str().as_bytes());
        add(&self.command.words().count().to_le_bytes());
        self.command.words().for_each(|word| add(word.as_bytes()));
        tools.iter().for_each(|tool| add(tool.as_bytes()));
        for (name, value) in &variables {
            add(name.as_bytes());
            add(value.as_bytes());
        }
        hash.finalize().iter().take(10).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Whether a variable of this name may change what a build makes.
fn decides(name: &str) -> bool {
    let upper = name.to_uppercase();
    VARIABLES.contains(&name) || FAMILIES.iter().any(|family| upper.starts_with(family))
}

/// Which file a program is: where, how long, changed when. One with a path of its own lies in the revision, or is named by it.
fn identity(program: &str, path: &OsStr) -> String {
    let found = match Path::new(program) {
        named if named.is_absolute() => Some(named.to_owned()),
        named if named.components().count() > 1 => None,
        name => env::split_paths(path).map(|folder| folder.join(name)).find(|file| file.is_file()),
    };
    found.and_then(|file| facts(&file)).unwrap_or_else(|| format!("{program}: none"))
}

fn facts(file: &Path) -> Option<String> {
    let real = file.canonicalize().ok()?;
    let facts = fs::metadata(&real).ok()?;
    Some(format!("{} {} {}.{}", real.display(), facts.size(), facts.mtime(), facts.mtime_nsec()))
}

/// The toolchain that a folder chooses, where that can be asked: `rustup` has a program that is always the same, and the compiler
/// behind it changes.
pub fn toolchain(directory: &Path, command: &CommandLine) -> String {
    let is_cargo = Path::new(&command.program).file_name().is_some_and(|name| name == "cargo" || name == "rustc");
    let has_manifest = directory.ancestors().any(|folder| folder.join("Cargo.toml").is_file());
    if is_cargo || has_manifest { ask("rustc", &["-vV"], directory).unwrap_or_default() } else { String::new() }
}

/// What a program says, if it succeeds.
pub fn ask(program: &str, arguments: &[&str], directory: &Path) -> Option<String> {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(directory).stdin(Stdio::null()).stderr(Stdio::null());
    let said = command.output().ok()?;
    said.status.success().then(|| String::from_utf8_lossy(&said.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(words: [&str; 2]) -> CommandLine {
        CommandLine { program: words[0].to_owned(), arguments: vec![words[1].to_owned()] }
    }

    #[test]
    fn every_part_of_the_recipe_changes_the_key_and_nothing_else_does() {
        let make = command(["make", "all"]);
        let (inside, configuration) = (Path::new("a"), Path::new("perfgate.toml"));
        let recipe = |tree, inside, command| Recipe { tree, inside, configuration, command };
        let variables =
            |pairs: &[(&str, &str)]| pairs.iter().map(|(n, v)| (OsString::from(n), OsString::from(v))).collect();
        let tools = || vec!["/usr/bin/cc 1 2.3".to_owned()];
        let usual = [("RUSTFLAGS", "-g"), ("HOME", "/a"), ("CC", "gcc")];
        let key = |recipe: Recipe<'_>| recipe.key_on("linux", variables(&usual), tools());
        let first = key(recipe("1", inside, &make));
        assert_eq!(first.len(), 20);
        let same = [("CC", "gcc"), ("RUSTFLAGS", "-g"), ("HOME", "/b"), ("SHLVL", "2")];
        assert_eq!(recipe("1", inside, &make).key_on("linux", variables(&same), tools()), first);
        let others = [
            key(recipe("2", inside, &make)),
            key(recipe("1", Path::new("b"), &make)),
            key(recipe("1", inside, &command(["make", "some"]))),
            key(Recipe { configuration: Path::new("other.toml"), ..recipe("1", inside, &make) }),
            recipe("1", inside, &make).key_on("macos", variables(&usual), tools()),
            recipe("1", inside, &make).key_on("linux", variables(&[("RUSTFLAGS", "-g"), ("CC", "clang")]), tools()),
            recipe("1", inside, &make).key_on("linux", variables(&usual), vec!["/usr/bin/cc 1 2.4".to_owned()]),
        ];
        assert!(!others.contains(&first), "{first} in {others:?}");
    }

    #[test]
    fn variables_of_compilers_count_and_those_of_the_session_do_not() {
        for name in ["RUSTFLAGS", "CARGO_BUILD_JOBS", "PYTHONPATH", "npm_config_target", "PATH", "LDFLAGS"] {
            assert!(decides(name), "{name}");
        }
        for name in ["HOME", "PWD", "GITHUB_RUN_ID", "TERM", "SSH_AUTH_SOCK", "path"] {
            assert!(!decides(name), "{name}");
        }
    }

    #[test]
    fn the_documentation_lists_what_counts() {
        let page = include_str!("../../../docs/formats.md");
        let missing = |names: &[&'static str]| -> Vec<&str> {
            names.iter().copied().filter(|name| !page.contains(&format!("`{name}`"))).collect()
        };
        assert_eq!([missing(&VARIABLES), missing(&FAMILIES), missing(&TOOLS)], [[""; 0]; 3]);
    }

    #[test]
    fn a_program_is_known_by_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let tool = folder.path().join("tool");
        fs::write(&tool, "1").unwrap();
        let path = folder.path().as_os_str();
        let first = identity("tool", path);
        assert_eq!(identity(tool.to_str().unwrap(), OsStr::new("")), first);
        fs::write(&tool, "longer").unwrap();
        assert_ne!(identity("tool", path), first);
        assert_eq!(identity("other", path), "other: none");
        assert_eq!(identity("./tool", path), "./tool: none", "it lies in the revision");
    }
}
