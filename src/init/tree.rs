//! The files of a folder, as far as finding benchmarks needs them, and which of them are worth reading.

use std::collections::BTreeMap;

/// Folders whose contents are made, fetched or kept by tools.
const TOOLS: [&str; 12] = [
    "target",
    "node_modules",
    "vendor",
    "third_party",
    "dist",
    "build",
    "out",
    "venv",
    "site-packages",
    "__pycache__",
    "testdata",
    "baselines",
];

/// Files that say what a project is made of.
const MANIFESTS: [&str; 15] = [
    "Cargo.toml",
    "go.mod",
    "package.json",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "tox.ini",
    "noxfile.py",
    "CMakeLists.txt",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "pom.xml",
    "build.gradle",
    "build.gradle.kts",
];

/// The files of a folder by their paths, relative to it, with `/` between the parts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// With the text of those that were read.
    files: BTreeMap<String, Option<String>>,
}

impl Tree {
    /// From paths, and texts where there are any.
    pub fn new(files: impl IntoIterator<Item = (String, Option<String>)>) -> Self {
        Self { files: files.into_iter().collect() }
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// What a file says, if it was read.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path)?.as_deref()
    }

    /// All paths, in their order.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The files that were read, with what they say.
    pub fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|(path, text)| Some((path.as_str(), text.as_deref()?)))
    }

    /// The paths inside a folder (`src/bin/`, or `` for the top), relative to it.
    pub fn inside<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a str> {
        self.paths().filter_map(move |path| path.strip_prefix(folder))
    }

    /// The names of programs that a folder has by the conventions of cargo: `NAME.rs` or `NAME/main.rs`.
    pub fn modules(&self, folder: &str) -> Vec<String> {
        let name = |path: &str| match path.split_once('/') {
            None => path.strip_suffix(".rs").map(str::to_owned),
            Some((name, rest)) => (rest == "main.rs").then(|| name.to_owned()),
        };
        self.inside(folder).filter_map(name).collect()
    }
}

/// Whether a folder of this name holds nothing that people wrote as a part of the project.
pub fn is_never_looked_into(name: &str) -> bool {
    TOOLS.contains(&name) || (name.starts_with('.') && name != ".")
}

/// Whether a file's text can say anything about benchmarks or programs.
pub fn is_worth_reading(path: &str) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let in_benches = folder.split('/').any(|part| part == "benches");
    let go = name.ends_with("_test.go") || (name.ends_with(".go") && (folder.is_empty() || folder.starts_with("cmd")));
    MANIFESTS.contains(&name) || go || (in_benches && name.ends_with(".rs")) || is_requirements(name)
}

/// `requirements.txt`, `requirements-dev.txt`, `dev-requirements.txt`.
pub fn is_requirements(name: &str) -> bool {
    name.ends_with(".txt") && name.contains("requirements")
}

/// The last part of a path, and the folder before it with its `/`.
pub fn split(path: &str) -> (&str, &str) {
    match path.rfind('/') {
        Some(slash) => path.split_at(slash + 1),
        None => ("", path),
    }
}
