//! `perfgate selftest`: checks of a project against itself. With almost no budget there is exactly one check of each kind, and
//! one check alone proves nothing, so that no verdict here depends on the machine.

use std::path::Path;
use std::time::Duration;

use perfgate::measure::{Measured, Subject, Surroundings, prepare, run};
use perfgate::plan::plan;
use perfgate::sut::{Interrupt, Slowdown};

use crate::support::{ANSWER, COUNTING, Project, counting_worker, worker};

const ONE_EACH: [&str; 2] = ["--budget", "1ms"];

fn project(configuration: &str) -> Project {
    let project = Project::bare();
    project.write("perfgate.toml", configuration);
    project.script("worker", &worker(ANSWER));
    project
}

const TWO: &str = r#"
[[benchmark]]
name = "first"
worker = ["./worker"]
rounds = 6
queries = 12
min_duration = "0s"

[[benchmark]]
name = "second"
worker = ["./worker"]
rounds = 6
queries = 12
min_duration = "0s"
threshold = 0.5
"#;

#[test]
fn both_kinds_of_checks_are_run_and_told() {
    let project = project(TWO);
    let [flag, budget] = ONE_EACH;
    let said = project.perfgate(&["selftest", flag, budget, "--format", "json"]).expect(0);
    let document = said.json();
    assert_eq!(document["identical"]["checks"], 1, "{document:#}");
    for (position, name, threshold, slowdown) in [(0, "first", 0.1, 0.15), (1, "second", 0.5, 1.0)] {
        let benchmark = &document["benchmarks"][position];
        assert_eq!((&benchmark["name"], &benchmark["threshold"]), (&name.into(), &threshold.into()));
        assert_eq!(benchmark["identical"]["checks"], 1);
        assert_eq!(benchmark["slowed"].as_array().unwrap().len(), 1);
        assert_eq!(benchmark["slowed"][0]["slowdown"], slowdown);
        assert_eq!(benchmark["slowed"][0]["found"]["checks"], 1);
        assert_eq!(benchmark["identical"]["rounds"], 6.0);
    }
    let said = project.perfgate(&["selftest", "second", flag, budget, "--rounds", "4"]).expect(0);
    said.out_has("perfgate selftest");
    said.out_has("75 % slower");
    assert!(!said.out.contains("first"), "{}", said.out);
}

#[test]
fn a_benchmark_in_which_nothing_follows_time_is_not_slowed() {
    let project = Project::bare();
    project.write("perfgate.toml", COUNTING);
    project.script("worker", &counting_worker(100));
    let said = project.perfgate(&["selftest", "--budget", "1s"]).expect(0);
    said.out_has("No false alarm in");
    said.out_has("No judged metric of count follows time");
    let document = project.perfgate(&["selftest", "--budget", "1s", "--format", "json"]).expect(0).json();
    let identical = &document["identical"];
    assert_eq!((&identical["red"], &identical["undecided"]), (&0.into(), &0.into()), "{document:#}");
    assert_eq!(identical["unchanged"], identical["checks"]);
    assert_eq!(document["benchmarks"][0]["slowed"].as_array().unwrap().len(), 0);
}

#[test]
fn without_a_project_the_embedded_model_is_measured() {
    let project = Project::bare();
    let [flag, budget] = ONE_EACH;
    let said = project.perfgate(&["selftest", flag, budget, "--quick", "--queries", "20"]).expect(0);
    said.out_has("digits");
    said.err_has("there is no perfgate.toml here or in a folder above");
    assert_eq!(std::fs::read_dir(project.path()).unwrap().count(), 0, "nothing is written where it was started");
}

#[test]
fn wrong_names_and_files_are_found_before_anything_runs() {
    let said = project(TWO).perfgate(&["selftest", "first1"]).expect(2);
    said.err_has("no benchmark is named `first1`");
    said.err_has("did you mean `first`?");
    Project::bare().perfgate(&["selftest", "nothing"]).expect(2).err_has("no benchmark is named `nothing`");
    project(TWO).perfgate(&["selftest", "-o", "x.pdf"]).expect(2).err_has("the extension must be");
    project("[[benchmark]]\n").perfgate(&["selftest"]).expect(2).err_has("perfgate.toml");
}

#[test]
fn a_system_that_fails_ends_it() {
    let project = project(TWO);
    project.script("worker", "echo no disk >&2; exit 3\n");
    let said = project.perfgate(&["selftest", "-o", "out.md"]).expect(4);
    said.out_has("could not be measured");
    said.out_has("no disk");
    assert!(project.read("out.md").contains("no disk"));
}

/// The shortest latency of a benchmark, in nanoseconds, with this slowdown.
fn shortest(folder: &Path, configuration: &str, slowdown: Option<f64>) -> f64 {
    let benchmarks = perfgate::config::parse(configuration).unwrap().benchmarks;
    let slowdown = slowdown.and_then(Slowdown::from_share);
    let subject =
        Subject { benchmark: benchmarks[0].clone(), directory: folder.to_owned(), variables: Vec::new(), slowdown };
    let prepared = prepare(vec![subject]).unwrap();
    let isolation = Some(env!("CARGO_BIN_EXE_perfgate").into());
    let surroundings = Surroundings { interrupt: Interrupt::default(), isolation, deadline: None };
    let measured = run(&prepared, &plan(&benchmarks, 1), &surroundings, &mut |_| {}).unwrap();
    let [Measured::Fully(result)] = measured.as_slice() else { panic!("{measured:?}") };
    let latencies = result.metric("latency_min").unwrap().rounds.as_slice();
    latencies.iter().copied().fold(f64::INFINITY, f64::min)
}

#[test]
fn every_system_is_truly_slowed() {
    let project = Project::bare();
    let pause = Duration::from_millis(20);
    project.script("worker", &worker(&format!("sleep {}; {ANSWER}", pause.as_secs_f64())));
    project.script("tool", &format!("sleep {}\n", pause.as_secs_f64()));
    let head = "[[benchmark]]\nname = \"x\"\nrounds = 1\nqueries = 3\nwarmup = 0\nmin_duration = \"0s\"\n";
    for system in [
        "command = [\"./tool\"]",
        "worker = [\"./worker\"]",
        "worker = [\"./worker\"]\nscenario = \"server\"\ntraffic = { shape = \"closed\", users = 2 }",
    ] {
        let shortest = shortest(project.path(), &format!("{head}{system}\n"), Some(1.0));
        assert!(shortest >= 2.0 * pause.as_nanos() as f64, "{system}: {shortest}");
    }
    // The embedded engine, in a process of its own: nobody knows how long it takes, but not a thousand times as long.
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/digits");
    let model = format!("{head}onnx = \"model.onnx\"\ndataset = \"test.csv\"\n");
    let [plain, slowed] = [None, Some(1000.0)].map(|slowdown| shortest(&fixtures, &model, slowdown));
    assert!(slowed > 50.0 * plain, "{plain} {slowed}");
}
