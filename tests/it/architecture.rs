//! The one-way flow, kept by reading the imports: who may use whom, and who may touch the world.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use syn::visit::Visit;

/// Every top-level module, with the modules that it may use. The order is the flow: nobody uses what comes later.
const FLOW: &[(&str, &[&str])] = &[
    ("numerals", &[]),
    ("hook", &[]),
    ("stats", &[]),
    ("result", &[]),
    ("config", &["numerals", "result"]),
    ("dataset", &[]),
    ("plan", &["config"]),
    ("usage", &[]),
    ("monitor", &["usage"]),
    ("sut", &["config", "dataset", "hook", "monitor", "usage"]),
    ("scenario", &["config", "dataset", "result", "stats", "sut", "usage"]),
    ("ab", &["config", "dataset", "numerals", "result", "scenario", "stats", "sut"]),
    ("host", &["result"]),
    ("measure", &["config", "dataset", "host", "monitor", "plan", "result", "scenario", "stats", "sut"]),
    ("objective", &["numerals", "result", "stats"]),
    ("gate", &["config", "objective", "result", "stats"]),
    ("capacity", &["config", "gate", "result", "scenario", "stats"]),
    ("profile", &["config", "result", "scenario", "stats"]),
    ("history", &["result", "stats"]),
    ("plot", &["capacity", "gate", "history", "result", "stats"]),
    ("words", &["config", "gate", "numerals", "objective", "result", "stats"]),
    ("import", &["result", "stats"]),
    ("export", &["gate", "objective", "result", "stats"]),
    ("outlook", &["config", "gate", "objective", "plan", "result", "stats"]),
    ("selftest", &["config", "gate", "plan", "result", "stats"]),
    ("inventory", &["result"]),
    (
        "wire",
        &[
            "ab",
            "capacity",
            "config",
            "gate",
            "history",
            "inventory",
            "objective",
            "outlook",
            "profile",
            "result",
            "selftest",
            "stats",
        ],
    ),
    (
        "report",
        &[
            "ab",
            "capacity",
            "config",
            "gate",
            "history",
            "inventory",
            "objective",
            "outlook",
            "plot",
            "profile",
            "result",
            "selftest",
            "stats",
            "words",
        ],
    ),
    (
        "render",
        &[
            "capacity",
            "ab",
            "config",
            "gate",
            "history",
            "inventory",
            "objective",
            "outlook",
            "plot",
            "profile",
            "report",
            "result",
            "selftest",
            "stats",
            "words",
        ],
    ),
    ("vcs", &["hook", "result"]),
    ("store", &["result", "vcs", "wire"]),
    ("forge", &[]),
    ("facade", &["config", "dataset", "host", "measure", "plan", "result", "scenario", "sut"]),
    ("init", &["config"]),
    ("cli", &["ab", "capacity", "config", "init", "report"]),
    (
        "app",
        &[
            "capacity",
            "ab",
            "cli",
            "config",
            "dataset",
            "export",
            "facade",
            "forge",
            "gate",
            "history",
            "host",
            "import",
            "init",
            "inventory",
            "measure",
            "outlook",
            "plan",
            "profile",
            "render",
            "report",
            "result",
            "scenario",
            "selftest",
            "stats",
            "store",
            "sut",
            "vcs",
            "wire",
        ],
    ),
    ("main", &["app", "cli"]),
];

/// Modules that decide. They touch no file system, clock, environment, process, network or git, and print nothing.
const CORE: &[&str] = &[
    "numerals",
    "hook",
    "ab",
    "config",
    "plan",
    "scenario",
    "usage",
    "result",
    "stats",
    "gate",
    "objective",
    "capacity",
    "profile",
    "history",
    "plot",
    "inventory",
    "outlook",
    "selftest",
    "import",
    "export",
    "words",
    "report",
    "render",
    "wire",
    "dataset",
    "cli",
    "init",
];

/// What touches the world.
const EFFECTS: &[&str] = &[
    "std::fs",
    "std::env",
    "std::process",
    "std::net",
    "std::thread",
    "std::os",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::time::Instant",
    "std::time::SystemTime",
    "std::time::UNIX_EPOCH",
    "git2",
    "hyper",
    "indicatif",
    "nix",
    "perf_event",
    "rten",
    "rustls",
    "rustix",
    "signal_hook",
    "tempfile",
    "terminal_size",
    "ureq",
    "wait4",
];

/// Crates with one user.
const OWNED: &[(&str, &[&str])] = &[
    ("git2", &["vcs"]),
    ("rten", &["sut"]),
    ("perf_event", &["measure"]),
    ("nix", &["monitor"]),
    ("wait4", &["monitor"]),
    ("hyper", &["sut"]),
    ("h2", &["sut"]),
    ("httparse", &["sut"]),
    ("futures_util", &["sut"]),
    ("rustls", &["sut"]),
    ("webpki_roots", &["sut"]),
    ("indicatif", &["app"]),
    ("signal_hook", &["app"]),
    ("annotate_snippets", &["render"]),
    ("comfy_table", &["render"]),
    ("http", &["config", "sut"]),
    ("unicode_width", &["words"]),
    ("clap", &["app", "cli", "main"]),
    ("statrs", &["stats"]),
    ("toml", &["config", "init"]),
    ("toml_edit", &["config"]),
    ("rawzip", &["dataset"]),
    ("miniz_oxide", &["dataset"]),
    ("parquet", &["export"]),
    ("sha2", &["app", "forge", "host"]),
    ("ureq", &["forge"]),
];

struct SourceFile {
    path: PathBuf,
    module: String,
    paths: BTreeSet<String>,
    macros: BTreeSet<String>,
}

/// Collects every path that a file names, outside its tests.
#[derive(Default)]
struct Names {
    paths: BTreeSet<String>,
    macros: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Names {
    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !is_test(&item.attrs) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        flatten(&item.tree, String::new(), &mut self.paths);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let words: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if words.len() > 1 {
            self.paths.insert(words.join("::"));
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if let Some(name) = call.path.segments.last() {
            self.macros.insert(name.ident.to_string());
        }
        syn::visit::visit_macro(self, call);
    }
}

fn is_test(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

fn flatten(tree: &syn::UseTree, prefix: String, into: &mut BTreeSet<String>) {
    let join = |name: &syn::Ident| if prefix.is_empty() { name.to_string() } else { format!("{prefix}::{name}") };
    match tree {
        syn::UseTree::Path(path) => flatten(&path.tree, join(&path.ident), into),
        syn::UseTree::Name(name) => drop(into.insert(join(&name.ident))),
        syn::UseTree::Rename(rename) => drop(into.insert(join(&rename.ident))),
        syn::UseTree::Glob(_) => drop(into.insert(format!("{prefix}::*"))),
        syn::UseTree::Group(group) => group.items.iter().for_each(|item| flatten(item, prefix.clone(), into)),
    }
}

fn sources() -> Vec<SourceFile> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(read(&root, path));
            }
        }
    }
    assert!(files.len() > 40, "the tests of the house must see the house, not {} files", files.len());
    files
}

fn read(root: &Path, path: PathBuf) -> SourceFile {
    let text = fs::read_to_string(&path).unwrap();
    let syntax = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut names = Names::default();
    names.visit_file(&syntax);
    let inside = path.strip_prefix(root).unwrap();
    let first = inside.components().next().unwrap().as_os_str().to_str().unwrap();
    let module = first.strip_suffix(".rs").unwrap_or(first).to_owned();
    SourceFile { path: inside.to_owned(), module, paths: names.paths, macros: names.macros }
}

/// `sut/fake.rs` and such are compiled into tests only; their parents say so.
fn is_test_only(file: &SourceFile) -> bool {
    file.path.ends_with("sut/fake.rs")
        || ["stats/reference.rs", "stats/reference"].iter().any(|place| file.path.starts_with(place))
        || file.path.ends_with("tests.rs")
}

fn starts_with(path: &str, prefix: &str) -> bool {
    path == prefix || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with("::"))
}

#[test]
fn nobody_uses_what_comes_later_in_the_flow() {
    let mut breaches = Vec::new();
    for file in sources().iter().filter(|file| file.module != "lib") {
        let Some((_, allowed)) = FLOW.iter().find(|(module, _)| *module == file.module) else {
            breaches.push(format!("{}: the module is not part of the flow; add it to FLOW", file.path.display()));
            continue;
        };
        for path in &file.paths {
            let words: Vec<&str> = path.split("::").collect();
            if let ["crate" | "perfgate", used, ..] = words.as_slice()
                && *used != file.module
                && FLOW.iter().any(|(module, _)| module == used)
                && !allowed.contains(used)
            {
                breaches.push(format!("{} uses {path}", file.path.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "against the flow:\n{}", breaches.join("\n"));
}

#[test]
fn the_flow_itself_has_no_circle() {
    for (position, (module, allowed)) in FLOW.iter().enumerate() {
        for used in *allowed {
            let place = FLOW.iter().position(|(other, _)| other == used).unwrap();
            assert!(place < position, "{module} may use {used}, which comes later");
        }
    }
}

#[test]
fn the_core_touches_nothing() {
    let mut breaches = Vec::new();
    for file in sources().iter().filter(|file| CORE.contains(&file.module.as_str()) && !is_test_only(file)) {
        for path in &file.paths {
            if EFFECTS.iter().any(|effect| starts_with(path, effect)) {
                breaches.push(format!("{} uses {path}", file.path.display()));
            }
        }
        for name in ["print", "println", "eprint", "eprintln", "dbg"] {
            if file.macros.contains(name) {
                breaches.push(format!("{} prints with {name}!", file.path.display()));
            }
        }
    }
    assert!(breaches.is_empty(), "the core decides and does nothing else:\n{}", breaches.join("\n"));
}

#[test]
fn every_special_crate_has_one_user() {
    let mut breaches = Vec::new();
    for file in &sources() {
        for (name, users) in OWNED {
            let used = file.paths.iter().any(|path| starts_with(path, name));
            if used && !users.contains(&file.module.as_str()) {
                breaches.push(format!("{} uses {name}, which belongs to {}", file.path.display(), users.join(", ")));
            }
        }
    }
    assert!(breaches.is_empty(), "{}", breaches.join("\n"));
}

#[test]
fn only_main_exits() {
    let exits = |file: &&SourceFile| {
        file.paths.iter().any(|path| ["process::exit", "process::abort"].iter().any(|exit| path.ends_with(exit)))
    };
    let found: Vec<PathBuf> = sources().iter().filter(exits).map(|file| file.path.clone()).collect();
    assert_eq!(found, Vec::<PathBuf>::new());
}

#[test]
fn the_reader_of_imports_sees_a_breach() {
    let text = "use std::{fs, time::{Duration, Instant}};\nfn f() { std::process::exit(1); println!(); }\n\
                #[cfg(test)] mod tests { use std::env; }";
    let mut names = Names::default();
    names.visit_file(&syn::parse_file(text).unwrap());
    for seen in ["std::fs", "std::time::Instant", "std::process::exit"] {
        assert!(names.paths.contains(seen), "{seen} not in {:?}", names.paths);
    }
    assert!(names.macros.contains("println"));
    assert!(!names.paths.contains("std::env"), "tests may touch the world");
}
