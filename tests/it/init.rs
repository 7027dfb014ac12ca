//! `perfgate init`: what it finds, writes and leaves alone.

use std::fs;

use serde_json::Value;

use crate::support::{Project, Said};

const ALL: [&str; 4] = [
    "perfgate.toml",
    ".github/workflows/perf-pr.yml",
    ".github/workflows/perf-comment.yml",
    ".github/workflows/perf-main.yml",
];

/// A repository with a Rust program.
fn rust_project() -> Project {
    let project = Project::git();
    project.write("Cargo.toml", "[package]\nname = \"tool\"\nversion = \"0.1.0\"\nedition = \"2024\"\n");
    project.write("src/main.rs", "fn main() {}\n");
    project
}

/// Every file below the folder, without git's own.
fn files(project: &Project) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![project.path().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(project.path()).unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && name != ".git" {
                folders.push(path);
            } else if name != ".git" {
                files.push(name);
            }
        }
    }
    files.sort();
    files
}

/// What `perfgate plan` makes of the configuration that was written.
#[track_caller]
fn planned(project: &Project) -> Vec<String> {
    let plan = project.perfgate(&["plan", "--format", "json"]).expect(0).json();
    let benchmarks = plan["benchmarks"].as_array().unwrap();
    benchmarks.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_repository_gets_a_configuration_that_is_accepted_and_three_workflows() {
    let project = rust_project();
    let said = project.perfgate(&["init", "--branch", "main"]).expect(0);
    assert_eq!(said.err, "");
    assert_eq!(
        said.out,
        "\
found
  Cargo, 1 program: tool

written
  perfgate.toml                        1 benchmark: tool
  .github/workflows/perf-pr.yml        measures each pull request and its base, side by side
  .github/workflows/perf-comment.yml   comments on it, also if it comes from a fork
  .github/workflows/perf-main.yml      records each commit of main

left to you
  - perfgate.toml: read the benchmarks, and let them do what your users do: lines with `Edit:` need
    it most
  - .github/workflows: replace OWNER/perfgate@COMMIT by the repository of perfgate and the full name
    of a commit that you trust (or: perfgate init --only workflows --force --action
    OWNER/perfgate@COMMIT)

next
  perfgate run --quick   try it, and edit the configuration until it measures what matters
  perfgate selftest      which slowdowns this finds here, and how often it errs
  git add perfgate.toml .github/workflows/perf-pr.yml .github/workflows/perf-comment.yml .github/workflows/perf-main.yml
      commit it to the main branch: pull requests are compared with what is there
"
    );
    let mut expected: Vec<&str> = ALL.into_iter().chain(["Cargo.toml", "src/main.rs"]).collect();
    expected.sort_unstable();
    assert_eq!(files(&project), expected, "and nothing else is left behind");
    assert_eq!(planned(&project), ["tool"]);
    assert!(project.read(ALL[3]).contains("run: \"cargo build --release\""));
}

#[test]
fn what_is_there_stays_and_is_told_of_and_force_replaces_it() {
    let project = rust_project();
    project.write(
        ALL[0],
        "[[benchmark]]\nname = \"mine\"\ncommand = [\"true\"]\n[build]\ncommand = [\"make\", \"a b\"]\n",
    );
    project.write(ALL[1], "mine\n");
    let said = project.perfgate(&["init"]).expect(0);
    assert_eq!(planned(&project), ["mine"]);
    assert_eq!(project.read(ALL[1]), "mine\n");
    said.out_has("was there already, and stays as it is (--force replaces it)\n  perfgate.toml ");
    assert!(!said.out.contains("Edit:"), "nothing is said of what was not written:\n{}", said.out);
    assert!(project.read(ALL[3]).contains("run: \"make 'a b'\""), "the configuration that is there counts");

    let again = project.perfgate(&["init"]).expect(0);
    again.out_has("was there already, just so\n  .github/workflows/perf-comment.yml");
    assert!(!again.out.contains("written\n"), "{}", again.out);

    let forced = project.perfgate(&["init", "--force"]).expect(0);
    forced.out_has("replaced\n  perfgate.toml ");
    assert_eq!(planned(&project), ["tool"]);
    assert!(project.read(ALL[1]).starts_with("# Measures a pull request"));
    assert!(project.read(ALL[3]).contains("run: \"cargo build --release\""));
}

#[test]
fn a_dry_run_shows_everything_and_writes_nothing() {
    let project = rust_project();
    let before = files(&project);
    let said = project.perfgate(&["init", "--dry-run"]).expect(0);
    assert_eq!(files(&project), before);
    for file in ALL {
        said.out_has(&format!("--- {file}\n# "));
    }
    said.out_has("would be written\n  perfgate.toml ");
    assert!(!said.out.contains("git add"), "there is nothing to add:\n{}", said.out);
    project.write(ALL[0], "mine");
    project.perfgate(&["init", "--dry-run", "--force"]).expect(0).out_has("would be replaced\n  perfgate.toml ");
    assert_eq!(project.read(ALL[0]), "mine");
}

#[test]
fn either_part_can_be_written_alone() {
    let project = rust_project();
    project
        .perfgate(&["init", "--only", "workflows"])
        .expect(0)
        .out_has("there is none yet, and the workflows need one");
    assert!(!project.file(ALL[0]).exists() && project.file(ALL[1]).exists());
    let project = rust_project();
    let said = project.perfgate(&["init", "--only", "config"]).expect(0);
    assert!(project.file(ALL[0]).exists() && !project.file(".github").exists());
    assert!(!said.out.contains("OWNER"), "{}", said.out);
}

#[test]
fn outside_git_everything_is_written_with_a_word_about_it() {
    let project = Project::bare();
    project.write("m.onnx", "");
    project.write("m.csv", "x\n1\n");
    let said = project.perfgate(&["init"]).expect(0);
    said.out_has("this is no git repository");
    assert!(!said.out.contains("git add"), "{}", said.out);
    assert_eq!(planned(&project), ["m"]);
    assert!(project.read(ALL[1]).contains("branches: [\"main\"]"));
}

#[test]
fn where_nothing_is_found_the_gate_is_red_until_somebody_edits_it() {
    let project = Project::git();
    project.write("README.md", "words");
    let said = project.perfgate(&["init"]).expect(0);
    said.out_has("nothing that perfgate knows how to measure");
    said.out_has("the benchmark `edit-me` fails until its `command` names a program of yours");
    assert_eq!(planned(&project), ["edit-me"]);
    let run = project.perfgate(&["run"]);
    assert!(run.status == 2 || run.status == 4, "{run:?}");
    assert!(format!("{}{}", run.out, run.err).contains("./EDIT-ME"), "{run:?}");
}

#[test]
fn in_a_folder_of_the_repository_the_workflows_go_to_its_top() {
    let project = Project::git();
    project.write("rust/Cargo.toml", "[package]\nname = \"inner\"\n");
    project.write("rust/src/main.rs", "");
    let here = project.file("rust");
    let said: Said = project.command(&["init"]).current_dir(&here).output().unwrap().into();
    let said = said.expect(0);
    said.out_has("  perfgate.toml ");
    said.out_has("  ../.github/workflows/perf-pr.yml ");
    assert!(project.file("rust/perfgate.toml").exists() && !project.file("rust/.github").exists());
    for file in [ALL[1], ALL[3]] {
        assert!(project.read(file).contains("working-directory: \"rust\""), "{}", project.read(file));
    }

    let project = Project::git();
    project.write("deep/README", "");
    project
        .perfgate(&["init", "--config", "deep/gate.toml"])
        .expect(0)
        .out_has("perfgate run --quick --config deep/gate.toml");
    assert!(project.read(ALL[1]).contains("working-directory: \"deep\"\n          config: \"gate.toml\""));
    project.perfgate(&["plan", "--config", "deep/gate.toml"]).expect(0);
    project.perfgate(&["init", "--config", "missing/gate.toml"]).expect(2).err_has("make it first");
}

#[test]
fn a_configuration_above_is_told_of() {
    let project = Project::with("[[benchmark]]\nname = \"above\"\ncommand = [\"true\"]\n");
    project.write("deep/README", "");
    let said: Said = project.command(&["init"]).current_dir(project.file("deep")).output().unwrap().into();
    said.expect(0).out_has("perfgate.toml: in this folder it counts in place of ../perfgate.toml");
}

#[test]
fn where_one_file_cannot_be_written_none_is() {
    let project = rust_project();
    project.write(".github", "a file where a folder has to be");
    let before = files(&project);
    project.perfgate(&["init"]).expect(2).err_has("workflows");
    assert_eq!(files(&project), before);

    let project = rust_project();
    fs::create_dir_all(project.file(ALL[3])).unwrap();
    project.perfgate(&["init"]).expect(2).err_has("it is a folder");
    assert!(!project.file(ALL[0]).exists() && !project.file(ALL[1]).exists());
}

#[test]
fn what_git_ignores_and_tools_made_is_not_looked_at() {
    let project = rust_project();
    project.write(".gitignore", "/made/\n");
    for folder in ["made", "node_modules/x", "target", ".cache"] {
        project.write(&format!("{folder}/m.onnx"), "");
        project.write(&format!("{folder}/m.csv"), "x\n1\n");
    }
    std::os::unix::fs::symlink(project.path(), project.file("circle")).unwrap();
    project.perfgate(&["init"]).expect(0).out_has("found\n  Cargo, 1 program: tool\n\nwritten");
}

#[test]
fn a_configuration_that_cannot_be_read_is_left_and_its_faults_are_shown() {
    let project = rust_project();
    project.write(ALL[0], "[[benchmark]]\nname = \"x\"\nronds = 3\n");
    let said = project.perfgate(&["init"]).expect(0);
    said.err_has("did you mean `rounds`?");
    said.out_has("mend what `perfgate plan` says about it");
    assert!(project.file(ALL[1]).exists());
}

#[test]
fn impossible_branches_and_actions_are_refused_and_nothing_is_written() {
    let project = rust_project();
    let before = files(&project);
    for (flag, value, message) in [
        ("--branch", "a b", "no branch can be called `a b`"),
        ("--branch", "", "no branch can be called"),
        ("--action", "perfgate", "is no action"),
        ("--action", "a/b@${{ x }}", "is no action"),
        ("--only", "readme", "config"),
    ] {
        project.perfgate(&["init", flag, value]).expect(2).err_has(message);
    }
    assert_eq!(files(&project), before);
}

#[test]
fn the_flags_of_the_gate_go_into_the_configuration() {
    let project = rust_project();
    project.perfgate(&["init", "--threshold", "3%", "--budget", "90s"]).expect(0);
    let text = project.read(ALL[0]);
    assert!(text.contains("\nthreshold = 0.03 ") && text.contains("\nbudget = \"90s\" "), "{text}");
    planned(&project);
}

#[test]
fn an_action_that_is_named_is_used_and_one_that_can_move_is_told_of() {
    let project = rust_project();
    let pinned = format!("acme/perfgate@{}", "a".repeat(40));
    let said = project.perfgate(&["init", "--action", &pinned]).expect(0);
    assert!(!said.out.contains("OWNER") && !said.out.contains("can be moved"), "{}", said.out);
    assert_eq!(project.read(ALL[1]).matches(&format!("uses: {pinned}\n")).count(), 1);
    let said = project.perfgate(&["init", "--force", "--action", "acme/perfgate@v1"]).expect(0);
    said.out_has("`acme/perfgate@v1` can be moved to other code");
}

/// The metrics of the benchmark `bench` that a suite reports, with their values in all rounds, after `init` and `run` with this
/// script in place of the program that runs it.
fn of_suite(project: &Project, program: &str, script: &str) -> Vec<(String, Value)> {
    project.script(program, script);
    project.perfgate(&["init"]).expect(0);
    let path = format!("{}:{}", project.file("fake").display(), std::env::var("PATH").unwrap());
    let output = project.command(&["run", "--rounds", "2", "--format", "json"]).env("PATH", path).output().unwrap();
    let document = Said::from(output).expect(0).json();
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap().clone();
    let own = metrics.into_iter().filter(|metric| {
        let name = metric["name"].as_str().unwrap();
        metric["gate"] == true && name != "error_rate" && !name.starts_with("latency_")
    });
    own.map(|metric| (metric["name"].as_str().unwrap().to_owned(), metric["rounds"].clone())).collect()
}

/// A script that prints this.
fn says(text: &str) -> String {
    format!("cat <<'END'\n{text}\nEND\n")
}

fn twice(name: &str, nanoseconds: f64) -> (String, Value) {
    (name.to_owned(), serde_json::json!([nanoseconds, nanoseconds]))
}

#[test]
fn what_criterion_saves_becomes_rows() {
    let project = Project::git();
    project.write("Cargo.toml", "[package]\nname = \"lib\"\n");
    project.write("src/lib.rs", "");
    project.write("benches/parse.rs", "criterion_main!(all);");
    let save = |place: &str, name: &str, median: &str| {
        format!(
            "folder=\"$CRITERION_HOME/{place}/new\"; mkdir -p \"$folder\"\n\
             cat >\"$folder/benchmark.json\" <<'END'\n{{\"group_id\":\"x\",\"full_id\":\"{name}\",\"title\":\"y\"}}\nEND\n\
             echo '{{\"mean\":{{\"point_estimate\":9e9}},\"median\":{{\"confidence_interval\":{{\"lower_bound\":1}},\
             \"point_estimate\":{median},\"standard_error\":1}},\"slope\":null}}' >\"$folder/estimates.json\"\n"
        )
    };
    let saves = save("a b/1", r#"a \"b\" \\/1"#, "812.25") + &save("c", "throughput", "1.5e-1");
    let rows = of_suite(&project, "fake/cargo", &format!("echo 'words of its own'\n{saves}"));
    assert_eq!(rows, [twice("a \"b\" \\/1", 812.25), twice("suite throughput", 0.15)]);
}

#[test]
fn what_libtest_reports_becomes_rows() {
    let project = Project::git();
    project.write("Cargo.toml", "[package]\nname = \"lib\"\n");
    project.write("src/lib.rs", "");
    project.write("benches/parse.rs", "#![feature(test)]\n");
    let prints = "running 2 tests\ntest small         ... bench:         812 ns/iter (+/- 12)\n\
                  test deep::accuracy_x ... bench:   1,234.56 ns/iter (+/- 1,000)\n\n\
                  test accuracy ... bench: 7 ns/iter (+/- 0) = 90 MB/s\n";
    let rows = of_suite(&project, "fake/cargo", &says(prints));
    assert_eq!(rows, [twice("small", 812.0), twice("deep::accuracy_x", 1234.56), twice("suite accuracy", 7.0)]);
}

#[test]
fn what_go_reports_becomes_rows() {
    let project = Project::git();
    project.write("go.mod", "module example.com/x\n");
    project.write("x_test.go", "package x\nfunc BenchmarkTop(b *testing.B) {}\n");
    let prints = "goos: linux\npkg: example.com/x\nBenchmarkTop-8   \t 1000\t 1054 ns/op\t 16 B/op\n\
                  pkg: example.com/x/deep/er\nBenchmarkIn/size=10-8 \t 12 \t 3.5 MB/s \t 0.25 ns/op\nPASS\nok example.com/x 1s\n";
    let rows = of_suite(&project, "fake/go", &says(prints));
    assert_eq!(rows, [twice("BenchmarkTop", 1054.0), twice("deep/er.BenchmarkIn/size=10", 0.25)]);
}

#[test]
fn what_google_benchmark_reports_becomes_rows() {
    let project = Project::git();
    project.write("CMakeLists.txt", "add_executable(b b.cpp)\ntarget_link_libraries(b benchmark::benchmark)\n");
    let prints = "name,iterations,real_time,cpu_time,time_unit,bytes_per_second\n\
                  \"BM_Copy<int, char>/8\",1000,12.5,12.4,ns,,,,,\n\"BM_Slow\",10,1e+03,999,us,,,,,\n";
    let rows = of_suite(&project, "build/b", &says(prints));
    assert_eq!(rows[0], twice("BM_Copy<int, char>/8", 12.5));
    assert_eq!(rows[1], twice("BM_Slow", 1e6));
}

#[test]
fn a_suite_that_fails_or_reports_nothing_is_a_failure_and_not_a_pass() {
    for script in ["echo 'test x ... bench: 1 ns/iter (+/- 0)'; exit 3", "echo nothing"] {
        let project = Project::git();
        project.write("Cargo.toml", "[package]\nname = \"lib\"\n");
        project.write("benches/parse.rs", "criterion_main!(all);");
        project.script("fake/cargo", &format!("{script}\n"));
        project.perfgate(&["init"]).expect(0);
        let path = format!("{}:{}", project.file("fake").display(), std::env::var("PATH").unwrap());
        let output = project.command(&["run", "--rounds", "2"]).env("PATH", path).output().unwrap();
        Said::from(output).expect(4);
    }
}
