//! The build of a base: made once, found again, never taken for another; and nothing of one side in the other's folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bad_input::assert_gone;
use crate::support::{Project, Said, counting_worker, row};

/// A project with two commits whose builds make a worker with 100 and with 150 steps; each build leaves a line in a log that
/// lies outside, with its folder and what `REMARK` says.
struct Built {
    project: Project,
    outside: TempDir,
}

const BENCHMARK: &str = "[[benchmark]]\nname = \"count\"\nworker = [\"sh\", \"out/built\"]\nrounds = 2\nqueries = 2\n\
                         min_duration = \"0s\"\n[benchmark.metrics]\nlatency_p50.gate = false\nlatency_p90.gate = false\n";

const BUILD: &str = "mkdir -p out && cp source out/built && echo \"$PWD $REMARK\" >> \"$BUILD_LOG\"\n";

impl Built {
    fn new(build: &str) -> Self {
        Self::with("command = [\"./build\"]\n", build, BENCHMARK)
    }

    fn with(section: &str, build: &str, benchmark: &str) -> Self {
        let project = Project::git();
        project.write("perfgate.toml", &format!("[build]\n{section}{benchmark}"));
        project.write(".gitignore", "out\ntarget\n");
        project.script("build", build);
        project.write("source", &counting_worker(100));
        project.commit();
        project.write("source", &counting_worker(150));
        project.commit();
        Self { project, outside: tempfile::tempdir().unwrap() }
    }

    fn log(&self) -> PathBuf {
        self.outside.path().join("log")
    }

    fn command(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.project.command(arguments);
        command.env("BUILD_LOG", self.log());
        command
    }

    fn check(&self, base: &str, variables: &[(&str, &Path)]) -> Said {
        let arguments = ["check", "--against", base, "--format", "json"];
        let variables = variables.iter().map(|(name, value)| (*name, value.as_os_str()));
        self.command(&arguments).envs(variables).output().unwrap().into()
    }

    /// A check that finds the candidate half slower, as it is. What was said.
    #[track_caller]
    fn finds(&self, base: &str, variables: &[(&str, &Path)]) -> String {
        let said = self.check(base, variables).expect(1);
        let found = said.json();
        let steps = row(&found, "count", "steps");
        assert_eq!((&steps["baseline"], &steps["candidate"]), (&json!(100.0), &json!(150.0)), "{}", said.err);
        said.err
    }

    /// The folders in which bases were built, so far.
    fn bases(&self) -> Vec<PathBuf> {
        let candidate = self.project.path().canonicalize().unwrap();
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let folders = log.lines().map(|line| PathBuf::from(line.split(' ').next().unwrap()));
        folders.filter(|folder| folder.canonicalize().ok().as_ref() != Some(&candidate)).collect()
    }

    /// The folder of the only kept build.
    #[track_caller]
    fn slot(&self) -> PathBuf {
        let slots: Vec<PathBuf> =
            fs::read_dir(self.project.cache().join("builds")).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(slots.len(), 1, "{slots:?}");
        slots[0].clone()
    }
}

#[test]
fn the_second_check_uses_the_build_of_the_first() {
    let built = Built::new(BUILD);
    let said = built.finds("HEAD~1", &[]);
    assert!(said.contains("laying out") && said.contains(": ./build"), "{said}");
    let bases = built.bases();
    assert_eq!(bases.len(), 1);
    assert!(bases[0].starts_with(built.project.cache().canonicalize().unwrap()), "{bases:?}");
    let said = built.finds("HEAD~1", &[]);
    assert!(said.contains("note: using the build of ") && said.contains("building the candidate"), "{said}");
    assert!(!said.contains("laying out"), "{said}");
    assert_eq!(built.bases(), bases);
    built.project.commit();
    built.finds("HEAD~2", &[]);
    assert_eq!(built.bases(), bases, "another candidate, the same base");
}

#[test]
fn what_makes_another_build_is_built_anew() {
    let built = Built::new(BUILD);
    let built_anew = |why: &str, check: &dyn Fn()| {
        let before = built.bases().len();
        check();
        assert_eq!(built.bases().len(), before + 1, "{why}");
    };
    built_anew("the first", &|| drop(built.finds("HEAD~1", &[])));
    built_anew("another tree", &|| drop(built.check("HEAD", &[]).expect(0)));
    built_anew("a compiler's flags", &|| drop(built.finds("HEAD~1", &[("CFLAGS", Path::new("-O0"))])));
    let tools = built.outside.path().join("tools");
    fs::create_dir(&tools).unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    built_anew("other programs", &|| drop(built.finds("HEAD~1", &[("PATH", Path::new(&path))])));
    fs::write(tools.join("cc"), "").unwrap();
    built_anew("another compiler", &|| drop(built.finds("HEAD~1", &[("PATH", Path::new(&path))])));
    built.project.write("perfgate.toml", &format!("[build]\ncommand = [\"./build\", \"x\"]\n{BENCHMARK}"));
    built_anew("another command", &|| drop(built.finds("HEAD~1", &[])));
}

#[test]
fn what_is_not_as_the_build_left_it_is_built_anew() {
    for spoilt in ["tree/source", "tree/out/built"] {
        let built = Built::new(BUILD);
        built.finds("HEAD~1", &[]);
        fs::write(built.slot().join(spoilt), counting_worker(7)).unwrap();
        let said = built.finds("HEAD~1", &[]);
        assert!(said.contains(&format!("anew: `{}` has changed since", &spoilt[5..])), "{said}");
        assert_eq!(built.bases().len(), 2);
    }
    let built = Built::new(BUILD);
    built.finds("HEAD~1", &[]);
    // Without its marker a folder is what an interrupted build left, whatever is in it.
    fs::remove_file(built.slot().join("built.json")).unwrap();
    fs::write(built.slot().join("tree/out/built"), counting_worker(7)).unwrap();
    built.finds("HEAD~1", &[]);
    assert_eq!(built.bases().len(), 2);
}

#[test]
fn every_check_finds_the_base_as_its_build_left_it() {
    let built = Built::new(&format!("echo 'echo x >> visits' >> source\n{BUILD}"));
    for _ in 0..2 {
        built.finds("HEAD~1", &[]);
        let visits = fs::read_to_string(built.slot().join("tree/visits")).unwrap();
        assert_eq!(visits.lines().count(), 2, "one for each round of this check");
    }
    assert_eq!(built.bases().len(), 1, "a build may change files of the revision");
}

#[test]
fn an_interrupted_build_leaves_nothing_that_could_be_used() {
    let hang = "if [ -n \"$HANG\" ]; then sleep 600 & echo $! $$ > \"$HANG\"; wait; fi\n";
    let built = Built::new(&format!("mkdir -p out && echo 'exit 1' > out/built\n{hang}{BUILD}"));
    let pids = built.outside.path().join("pids");
    let arguments = ["check", "--against", "HEAD~1"];
    let mut child =
        built.command(&arguments).env("HANG", &pids).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = std::time::Instant::now();
    while fs::read_to_string(&pids).unwrap_or_default().is_empty() {
        assert!(child.try_wait().unwrap().is_none(), "perfgate ended before the build ran");
        assert!(begun.elapsed() < std::time::Duration::from_secs(60), "the build never ran");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(built.slot().join("tree/out/built").exists());
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_gone(&fs::read_to_string(&pids).unwrap());
    assert!(!built.slot().join("tree").exists());
    built.finds("HEAD~1", &[]);
}

#[test]
fn a_build_that_fails_is_not_kept() {
    let built =
        Built::new("[ -e \"$BUILD_LOG\" ] || { touch \"$BUILD_LOG\"; exit 1; }\nmkdir out && cp source out/built\n");
    built.check("HEAD~1", &[]).expect(4).err_has("cannot build");
    assert!(!built.slot().join("tree").exists());
    built.finds("HEAD~1", &[]);
}

#[test]
fn a_cache_that_cannot_be_used_costs_a_build_and_no_more() {
    let built = Built::new(BUILD);
    built.finds("HEAD~1", &[]);
    let used = fs::File::options().write(true).open(built.slot().join("lock")).unwrap();
    used.lock().unwrap();
    let said = built.finds("HEAD~1", &[]);
    assert!(said.contains("is not kept for later: another perfgate is using it"), "{said}");
    drop(used);
    let inside = built.project.file("cache");
    let said = built.finds("HEAD~1", &[("PERFGATE_CACHE_DIR", &inside)]);
    assert!(said.contains("lies in the work tree") && !inside.exists(), "{said}");
    let said = built.finds("HEAD~1", &[("PERFGATE_CACHE_DIR", &built.log())]);
    assert!(said.contains("is not kept for later: `"), "{said}");
    let bases = built.bases();
    assert_eq!(bases.len(), 4);
    assert!(bases[1..].iter().all(|base| base.to_str().unwrap().contains("perfgate-base-") && !base.exists()));
    built.finds("HEAD~1", &[]);
    assert_eq!(built.bases().len(), 4, "what was kept is still there");
}

#[test]
fn builds_are_kept_where_the_system_keeps_what_can_be_made_again() {
    let built = Built::new(BUILD);
    let usual = if cfg!(target_os = "macos") { "Library/Caches/perfgate" } else { ".cache/perfgate" };
    let (home, xdg) = (built.outside.path().join("home"), built.outside.path().join("xdg"));
    let empty = Path::new("");
    for (variables, folder) in [
        ([("PERFGATE_CACHE_DIR", empty), ("XDG_CACHE_HOME", &xdg), ("HOME", &home)], xdg.join("perfgate")),
        ([("PERFGATE_CACHE_DIR", empty), ("XDG_CACHE_HOME", Path::new("relative")), ("HOME", &home)], home.join(usual)),
    ] {
        built.finds("HEAD~1", &variables);
        assert!(folder.join("builds").is_dir() && folder.join("CACHEDIR.TAG").is_file());
        assert!(built.bases().last().unwrap().starts_with(folder.canonicalize().unwrap()));
    }
}

#[test]
fn one_target_folder_for_everything_does_not_mix_the_sides() {
    // As cargo does, and as those do who ask it where to build.
    let build = "t=\"${CARGO_TARGET_DIR:-target}\" && mkdir -p \"$t\" && cp source \"$t/built\"\n";
    let asked = "sh\", \"-c\", \"exec sh \\\"${CARGO_TARGET_DIR:-target}/built\\\"";
    for worker in ["sh\", \"target/built", asked] {
        let built = Built::with("command = [\"./build\"]\n", build, &BENCHMARK.replace("sh\", \"out/built", worker));
        let shared = built.outside.path().join("shared");
        for variable in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR"] {
            built.finds("HEAD~1", &[(variable, &shared)]);
        }
        assert!(!shared.exists());
    }
    let built = Built::with("command = [\"./build\"]\n", build, &BENCHMARK.replace("out/built", "elsewhere/built"));
    built.finds("HEAD~1", &[("CARGO_TARGET_DIR", Path::new("elsewhere"))]);
    let outside = tempfile::tempdir().unwrap();
    let program = outside.path().join("built");
    let benchmark = BENCHMARK.replace("out/built", program.to_str().unwrap());
    let built = Built::with("command = [\"./build\"]\n", build, &benchmark);
    let said = built.check("HEAD~1", &[("CARGO_TARGET_DIR", outside.path())]).expect(2);
    said.err_has("is the same file for base and candidate");
}

#[test]
fn folders_of_the_candidate_in_which_code_is_looked_for_become_the_bases() {
    let build = "echo \"$PYTHONPATH\" > \"$PWD/seen\"; cp \"$PYTHONPATH/source\" built\n";
    let benchmark = BENCHMARK.replace("\"out/built\"", "\"-c\", \"exec sh \\\"$PYTHONPATH/built\\\"\"");
    let built = Built::with("command = [\"./build\"]\n", build, &benchmark);
    built.finds("HEAD~1", &[("PYTHONPATH", built.project.path())]);
    let seen = fs::read_to_string(built.slot().join("tree/seen")).unwrap();
    assert!(Path::new(seen.trim()).starts_with(built.slot().canonicalize().unwrap()), "{seen}");
}

#[test]
fn the_repository_of_a_hook_is_not_that_of_what_it_starts() {
    let remark = "REMARK=\"${GIT_DIR-none} ${GIT_WORK_TREE-none} ${GIT_INDEX_FILE-none}\"\n";
    let built = Built::new(&format!("{remark}{BUILD}"));
    let (git, index) = (built.project.file(".git"), built.project.file(".git/index"));
    let hook = [("GIT_DIR", git.as_path()), ("GIT_WORK_TREE", built.project.path()), ("GIT_INDEX_FILE", &index)];
    let before = fs::read(&index).unwrap();
    built.finds("HEAD~1", &hook);
    let log = fs::read_to_string(built.log()).unwrap();
    assert_eq!(log.lines().filter(|line| line.ends_with(" none none none")).count(), 2, "{log}");
    assert_eq!(fs::read(&index).unwrap(), before, "the base was not checked out into the candidate's index");
}

#[test]
fn what_needs_no_build_is_not_kept() {
    let project = crate::support::counting_project(100);
    project.perfgate(&["check", "--against", "HEAD"]).expect(0);
    assert_eq!(fs::read_dir(project.cache()).unwrap().count(), 0);
}

#[test]
fn a_confirmation_uses_a_kept_build_too() {
    let built = Built::new(BUILD);
    let run = |arguments: &[&str]| Said::from(built.command(arguments).output().unwrap());
    fs::create_dir(built.project.file("out")).unwrap();
    fs::copy(built.project.file("source"), built.project.file("out/built")).unwrap();
    run(&["record"]).expect(0);
    for bases in [1, 1] {
        let found: Value = run(&["check", "--confirm", "always", "--format", "json"]).expect(0).json();
        assert_eq!(row(&found, "count", "steps")["confirmed"], true);
        assert_eq!(built.bases().len(), bases);
    }
}
