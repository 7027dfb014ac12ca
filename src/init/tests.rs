mod workflows;

use super::*;
use crate::config;

/// A tree of files; the text is there for those that are worth reading, as when a folder is read.
fn tree(files: &[(&str, &str)]) -> Tree {
    Tree::new(files.iter().map(|(path, text)| {
        let text = is_worth_reading(path).then(|| (*text).to_owned());
        ((*path).to_owned(), text)
    }))
}

fn written(files: &[(&str, &str)]) -> String {
    configuration(&survey(&tree(files)), &Wishes::default())
}

/// What perfgate makes of what was written: it must be able to read it.
#[track_caller]
fn read(text: &str) -> config::Config {
    config::parse(text).unwrap_or_else(|problems| panic!("{problems:#?}\n{text}"))
}

/// The names, the systems under test and the build command of what is written for these files.
#[track_caller]
fn proposed(files: &[(&str, &str)]) -> (Vec<(String, String)>, String) {
    let config = read(&written(files));
    let system = |system: &config::System| match system {
        config::System::Command(command) => command.words().cloned().collect::<Vec<_>>().join(" "),
        config::System::Onnx(path) => path.display().to_string(),
        other => panic!("{other:?} is not proposed"),
    };
    let benchmarks = config.benchmarks.iter().map(|one| (one.name.clone(), system(&one.system))).collect();
    (benchmarks, shell_command(&config.build.unwrap().command.words().map(String::as_str).collect::<Vec<_>>()))
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    survey(&tree(files)).findings.into_iter().map(|finding| finding.what).collect()
}

const CRITERION: &str = "criterion_group!(all, parse);\ncriterion_main!(all);";

#[test]
fn a_cargo_program_is_built_and_started() {
    let files = [("Cargo.toml", "[package]\nname = \"tool\""), ("Cargo.lock", ""), ("src/main.rs", "")];
    let (benchmarks, build) = proposed(&files);
    assert_eq!(benchmarks, [("tool".to_owned(), "target/release/tool --version".to_owned())]);
    assert_eq!(build, "cargo build --release --locked");
    assert_eq!(found(&files), ["Cargo, 1 program: tool"]);
}

#[test]
fn programs_are_those_that_cargo_leaves_in_its_folder() {
    let manifest = "[package]\nname = \"tool\"\n[[bin]]\nname = \"t\"\npath = \"src/main.rs\"\n\
                    [[bin]]\nname = \"extra\"\nrequired-features = [\"extra\"]";
    let files = [
        ("Cargo.toml", manifest),
        ("src/main.rs", ""),
        ("src/bin/one.rs", ""),
        ("src/bin/two/main.rs", ""),
        ("src/bin/two/part.rs", ""),
        ("src/bin/extra.rs", ""),
    ];
    assert_eq!(found(&files), ["Cargo, 3 programs: one, t and two"]);
}

#[test]
fn members_of_a_workspace_count_and_strangers_do_not() {
    let package = |name: &str| format!("[package]\nname = \"{name}\"");
    let (cli, odd, other) = (package("cli"), package("odd"), package("other"));
    let files = [
        ("Cargo.toml", "[workspace]\nmembers = [\"crates/*\", \"./tools/x-*\"]\nexclude = [\"crates/odd\"]"),
        ("crates/cli/Cargo.toml", cli.as_str()),
        ("crates/cli/src/main.rs", ""),
        ("crates/odd/Cargo.toml", odd.as_str()),
        ("crates/odd/src/main.rs", ""),
        ("fixtures/other/Cargo.toml", other.as_str()),
        ("fixtures/other/src/main.rs", ""),
    ];
    let (benchmarks, build) = proposed(&files);
    assert_eq!(benchmarks, [("cli".to_owned(), "target/release/cli --version".to_owned())]);
    assert_eq!(build, "cargo build --release --workspace");
}

#[test]
fn criterion_benchmarks_become_one_suite_of_their_package() {
    let manifest = "[package]\nname = \"lib\"\n[[bench]]\nname = \"parse\"\nharness = false\n\
                    [[bench]]\nname = \"renamed\"\npath = \"benches/render.rs\"\nharness = false";
    let files = [
        ("Cargo.toml", manifest),
        ("src/lib.rs", ""),
        ("benches/parse.rs", CRITERION),
        ("benches/render.rs", CRITERION),
        ("benches/common/mod.rs", ""),
    ];
    let (benchmarks, build) = proposed(&files);
    let [(name, command)] = benchmarks.as_slice() else { panic!("{benchmarks:?}") };
    assert_eq!(name, "bench");
    assert!(command.contains("cargo bench --quiet --bench parse --bench renamed -- --noplot"), "{command}");
    assert_eq!(build, "cargo bench --no-run --bench parse --bench renamed");
    assert_eq!(found(&files), ["criterion benchmarks in benches/parse.rs and benches/render.rs"]);
}

#[test]
fn programs_and_suites_are_built_one_after_the_other() {
    let files = [("Cargo.toml", "[package]\nname = \"tool\""), ("src/main.rs", ""), ("benches/parse.rs", CRITERION)];
    let (benchmarks, build) = proposed(&files);
    assert_eq!(benchmarks.len(), 2);
    assert_eq!(build, "cargo build --release && cargo bench --no-run --bench parse");
}

#[test]
fn what_a_benchmark_uses_is_told_by_its_file() {
    let manifest = ("Cargo.toml", "[package]\nname = \"lib\"");
    for (text, kind) in [
        (CRITERION, "criterion benchmarks"),
        ("#![feature(test)]\nextern crate test;", "#[bench] benchmarks"),
        ("fn main() { divan::main(); }", "divan benchmarks"),
        ("use iai_callgrind::main;", "benchmarks that count instructions under valgrind"),
        ("use gungraun::main;", "benchmarks that count instructions under valgrind"),
        ("fn main() {}", "benchmarks with a harness of their own"),
    ] {
        assert_eq!(found(&[manifest, ("benches/x.rs", text)]), [format!("{kind} in benches/x.rs")]);
    }
}

#[test]
fn a_library_without_benchmarks_is_measured_by_its_examples() {
    let files = [("Cargo.toml", "[package]\nname = \"lib\""), ("src/lib.rs", ""), ("examples/tour.rs", "")];
    let (benchmarks, build) = proposed(&files);
    assert_eq!(benchmarks, [("tour".to_owned(), "target/release/examples/tour".to_owned())]);
    assert_eq!(build, "cargo build --release --examples");
}

#[test]
fn go_programs_and_benchmarks_are_found() {
    let files = [
        ("go.mod", "module example.com/team/tool/v2\n\ngo 1.22\n"),
        ("main.go", "package main\n"),
        ("cmd/serve/start.go", "package main\n"),
        ("cmd/internal/x.go", "package internal\n"),
        ("parse/parse_test.go", "package parse\nfunc BenchmarkA(b *testing.B) {}\nfunc BenchmarkB(b *testing.B) {}\n"),
        ("parse/other_test.go", "package parse\nfunc TestA(t *testing.T) {}\n"),
    ];
    let (benchmarks, build) = proposed(&files);
    let names: Vec<&str> = benchmarks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["tool", "serve", "bench"]);
    assert_eq!(benchmarks[1].1, "bin/serve --version");
    assert_eq!(build, "go build -o bin/ ./ ./cmd/serve && go test -run '^$' ./...");
    assert!(benchmarks[2].1.contains("module=example.com/team/tool/v2"), "{}", benchmarks[2].1);
    assert_eq!(found(&files), ["Go, 2 programs: tool and serve", "Go, 2 benchmarks in parse/parse_test.go"]);
}

#[test]
fn cmake_s_programs_and_google_benchmarks_are_told_apart() {
    let files = [
        ("CMakeLists.txt", "project(x)\nadd_executable(tool main.cpp) # the tool\nadd_executable(unit_tests t.cpp)\n"),
        (
            "bench/CMakeLists.txt",
            "add_executable(parse_bench parse.cpp)\nADD_EXECUTABLE(${NAME} x.cpp)\n\
             target_link_libraries(parse_bench\n  PRIVATE benchmark::benchmark tool_lib)\n",
        ),
    ];
    let (benchmarks, build) = proposed(&files);
    assert_eq!(benchmarks[0], ("tool".to_owned(), "build/tool --version".to_owned()));
    assert_eq!(benchmarks[1].0, "parse_bench");
    assert!(benchmarks[1].1.contains("build/bench/parse_bench --benchmark_format=csv"), "{}", benchmarks[1].1);
    assert_eq!(benchmarks.len(), 2);
    assert_eq!(build, "cmake -S . -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build");
}

#[test]
fn python_programs_run_from_the_files_of_the_revision() {
    let files = [
        ("pyproject.toml", "[project]\nname = \"x\"\n[project.scripts]\nx = \"x.cli:main\"\nodd = \"no function\""),
        ("src/x/cli.py", ""),
    ];
    let (benchmarks, build) = proposed(&files);
    let call = "python3 -c import sys; sys.path.insert(0, 'src'); from x.cli import main; sys.exit(main()) --version";
    assert_eq!(benchmarks, [("x".to_owned(), call.to_owned())]);
    assert_eq!(build, "true");
}

#[test]
fn pytest_benchmarks_are_run_where_they_are() {
    for (file, place) in [
        ("benchmarks/test_parse.py", "benchmarks"),
        ("tests/bench/test_x.py", "tests/bench"),
        ("tests/test_benchmarks.py", "tests/test_benchmarks.py"),
    ] {
        let files = [("requirements-dev.txt", "pytest-benchmark==5.1.0"), (file, "")];
        assert_eq!(found(&files), [format!("pytest benchmarks in {place}")]);
        let (benchmarks, _) = proposed(&files);
        assert!(benchmarks[0].1.contains(&format!("--benchmark-max-time=0.2 {place} >&2")), "{}", benchmarks[0].1);
    }
    assert_eq!(found(&[("asv.conf.json", "{}")]), ["asv benchmarks (asv.conf.json)"]);
    let flat = [("tox.ini", "deps = pytest-benchmark"), ("bench/test_x.py", ""), ("x/__init__.py", "")];
    assert!(!proposed(&flat).0[0].1.contains("PYTHONPATH"));
    let src = [("tox.ini", "deps = pytest-benchmark"), ("bench/test_x.py", ""), ("src/x/__init__.py", "")];
    assert!(proposed(&src).0[0].1.contains("export PYTHONPATH=\"$PWD/src"), "not what is installed, for both sides");
}

#[test]
fn node_programs_are_started_and_benchmark_scripts_are_told_of() {
    let package = r#"{"name": "@team/x", "bin": "./cli.js", "scripts": {"build": "tsc", "bench": "node b.js"},
                      "devDependencies": {"tinybench": "4", "vitest": "3"}}"#;
    let files = [("package.json", package), ("package-lock.json", "")];
    let (benchmarks, build) = proposed(&files);
    assert_eq!(benchmarks, [("x".to_owned(), "node cli.js --version".to_owned())]);
    assert_eq!(build, "npm ci && npm run build");
    assert_eq!(found(&files), ["Node, 1 program: x", "Node, 1 script: bench, with tinybench"]);
    assert!(written(&files).contains("# Found: Node, 1 script: bench, with tinybench. Left to you: "));
}

#[test]
fn what_perfgate_cannot_run_is_told_of_and_the_gate_fails_until_it_is_edited() {
    for (files, what) in [
        (&[("Makefile", "all:\n\nbench: all\n\t./b\n")] as &[(&str, &str)], "make, with the target `bench`"),
        (&[("pom.xml", "<artifactId>jmh-core</artifactId>")], "JMH benchmarks (pom.xml)"),
        (&[("model.onnx", "")], "ONNX, 1 model: model.onnx"),
        (
            &[("Cargo.toml", "[package]\nname = \"x\""), ("src/lib.rs", "")],
            "a Rust library without programs, benchmarks and examples",
        ),
    ] {
        assert_eq!(found(files), [what]);
        let (benchmarks, build) = proposed(files);
        assert_eq!(benchmarks, [("edit-me".to_owned(), "./EDIT-ME --version".to_owned())], "{what}");
        assert_eq!(build, "true");
        assert!(written(files).replace("\n# ", " ").contains(&format!("Found: {what}. Left to you: ")), "{what}");
    }
    assert_eq!(found(&[("README.md", "")]), Vec::<String>::new());
    let beside = [("Makefile", "all:\n"), ("Cargo.toml", "[package]\nname = \"x\""), ("src/main.rs", "")];
    assert_eq!(found(&beside), ["Cargo, 1 program: x"], "short cuts of people are no finding");
    assert_eq!(proposed(&[]).0.len(), 1);
}

#[test]
fn a_model_is_measured_with_the_samples_beside_it() {
    let both = [("m/a.onnx", ""), ("m/a.csv", ""), ("m/b.npz", ""), ("other.csv", "")];
    let config = read(&written(&both));
    assert_eq!(config.benchmarks[0].dataset.as_ref().unwrap().display().to_string(), "m/a.csv");
    let one = [("m/a.onnx", ""), ("m/samples.npz", "")];
    assert_eq!(read(&written(&one)).benchmarks[0].dataset.as_ref().unwrap().display().to_string(), "m/samples.npz");
    assert_eq!(proposed(&[("m/a.onnx", ""), ("m/x.csv", ""), ("m/y.csv", "")]).0[0].0, "edit-me", "which of the two?");
}

#[test]
fn names_that_come_twice_are_numbered_and_forty_programs_are_not_forty_benchmarks() {
    let names: Vec<String> = (0..40).map(|number| format!("src/bin/p{number:02}.rs")).collect();
    let mut files = vec![("Cargo.toml", "[package]\nname = \"x\""), ("p00.onnx", ""), ("p00.csv", "")];
    files.extend(names.iter().map(|name| (name.as_str(), "")));
    let (benchmarks, _) = proposed(&files);
    let names: Vec<&str> = benchmarks.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["p00", "p01", "p02", "p03", "p00-2"]);
    assert_eq!(found(&files)[0], "Cargo, 40 programs: p00, p01, p02, p03 and 36 more");
}

#[test]
fn no_name_gets_out_of_its_place() {
    let hostile = "a\"b'c\\d\n[[benchmark]]\n#''' $(x) `y` \u{202e}z ${{ github.token }}";
    // Every JSON string without a surrogate is a basic string of TOML.
    let manifest = format!("[package]\nname = {}", serde_json::Value::from(hostile));
    let model = format!("{hostile}.onnx");
    let data = format!("{hostile}.csv");
    let bench = format!("benches/{hostile}.rs");
    let files = [
        ("Cargo.toml", manifest.as_str()),
        ("src/main.rs", ""),
        (bench.as_str(), CRITERION),
        (model.as_str(), ""),
        (data.as_str(), ""),
        ("package.json", &format!("{{\"bin\": {{{}: \"x.js\"}}}}", serde_json::Value::from(hostile))),
    ];
    let config = read(&written(&files));
    assert_eq!(config.benchmarks.len(), 4, "{:#?}", config.benchmarks);
    let config::System::Onnx(path) = &config.benchmarks[3].system else { panic!("{:?}", config.benchmarks[3]) };
    assert_eq!(path.to_str(), Some(model.as_str()), "the path itself is as it was");
}

#[test]
fn every_example_in_the_comments_can_be_used_as_it_is() {
    let text = written(&[]);
    let (_, examples) = text.split_once("# Other things").unwrap();
    let mut uncommented = String::new();
    for line in examples.lines() {
        let Some(line) = line.strip_prefix("# ") else { continue };
        if line.starts_with('[') || (line.contains(" = ") && !line.starts_with(' ')) {
            uncommented.push_str(line);
            uncommented.push('\n');
        }
    }
    let config = read(&uncommented);
    assert_eq!(config.benchmarks.len(), 3, "{uncommented}");
    assert_ne!(config.store, read(&written(&[])).store, "{uncommented}");
}

#[test]
fn wishes_are_in_the_file() {
    let wishes = Wishes { threshold: "0.03".to_owned(), budget: "90s".to_owned() };
    let config = read(&configuration(&Survey::default(), &wishes));
    assert_eq!(config.policy.threshold.share(), 0.03);
    assert_eq!(config.budget, Some(std::time::Duration::from_secs(90)));
}

#[test]
fn folders_that_tools_fill_are_not_looked_into() {
    for name in ["target", "node_modules", ".git", ".venv", "vendor"] {
        assert!(is_never_looked_into(name), "{name}");
    }
    for name in ["src", "bin", "benches", "benchmarks"] {
        assert!(!is_never_looked_into(name), "{name}");
    }
}
