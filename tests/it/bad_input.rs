//! What goes wrong at a user's: the right exit status, one clear message, nothing lost, nothing left running.

use std::fs;
use std::time::Duration;

use crate::support::{ANSWER, Project, Said, counting_project, worker};

fn tiny(system: &str) -> String {
    let load = "queries = 2\nwarmup = 0\nmin_duration = \"0s\"\nrounds = 2\ntimeout = \"300ms\"";
    format!("[[benchmark]]\nname = \"x\"\n{system}\n{load}\n")
}

fn run_worker(script: &str) -> Said {
    let project = Project::bare();
    project.write("perfgate.toml", &tiny("worker = [\"./worker\"]"));
    project.script("worker", script);
    project.perfgate(&["run"]).expect(4)
}

#[test]
fn outside_git_record_and_check_say_so() {
    let project = Project::bare();
    project.write("perfgate.toml", &tiny("command = [\"true\"]"));
    for verb in ["record", "check"] {
        let said = project.perfgate(&[verb]).expect(2);
        said.err_has("is not inside a git repository");
        said.err_has("perfgate run");
    }
}

#[test]
fn before_the_first_commit_record_and_check_say_so() {
    let project = Project::git();
    project.write("perfgate.toml", &tiny("command = [\"true\"]"));
    for verb in ["record", "check"] {
        project.perfgate(&[verb]).expect(2).err_has("has no commits yet");
    }
}

#[test]
fn without_a_configuration_the_message_shows_one() {
    let said = Project::bare().perfgate(&["run"]).expect(2);
    said.err_has("there is no perfgate.toml in");
    said.err_has("[[benchmark]]");
}

#[test]
fn a_command_that_does_not_exist() {
    let project = Project::bare();
    project.write("perfgate.toml", &tiny("command = [\"./no-such-tool\"]"));
    let said = project.perfgate(&["run"]).expect(4);
    said.out_has("cannot start `./no-such-tool`");
    said.out_has("No such file or directory");
}

#[test]
fn a_command_that_exits_nonzero_shows_its_last_words() {
    let project = Project::bare();
    project.script("tool", "echo first >&2; echo 'the model is missing' >&2; exit 3\n");
    project.write("perfgate.toml", &tiny("command = [\"./tool\"]"));
    let said = project.perfgate(&["run"]).expect(4);
    said.out_has("2 of 2 queries failed in round 1");
    said.out_has("`./tool` exited with status 3");
    said.out_has("the model is missing");
}

#[test]
fn a_command_that_is_killed_by_a_signal() {
    let project = Project::bare();
    project.script("tool", "kill -9 $$\n");
    project.write("perfgate.toml", &tiny("command = [\"./tool\"]"));
    project.perfgate(&["run"]).expect(4).out_has("was killed by signal 9");
}

#[test]
fn some_errors_are_a_metric_if_they_are_tolerated() {
    let project = Project::bare();
    project.script("tool", "test \"$PERFGATE_SAMPLE\" != 1\n");
    let configuration = "[[benchmark]]\nname = \"x\"\ncommand = [\"./tool\"]\nqueries = 4\nwarmup = 0\nrounds = 2\n";
    project.write("perfgate.toml", configuration);
    project.perfgate(&["run"]).expect(4).out_has("1 of 4 queries failed");
    project.write("perfgate.toml", &format!("{configuration}max_error_rate = 0.25\n"));
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    let errors = metrics.iter().find(|metric| metric["name"] == "error_rate").unwrap();
    assert_eq!(errors["rounds"], serde_json::json!([0.25, 0.25]));
}

/// Whether a process with this number is still there. A zombie that nobody reaps does not count as running.
fn is_running(pid: &str) -> bool {
    match fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
        Ok(stat) => !stat.contains(") Z "),
        Err(_) => false,
    }
}

/// Processes that were killed are gone at once for perfgate, but their children are reaped by somebody else.
#[track_caller]
pub fn assert_gone(pids: &str) {
    let running = || pids.split_whitespace().filter(|pid| is_running(pid)).collect::<Vec<_>>();
    for _ in 0..200 {
        if running().is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(25));
    }
    panic!("still running: {:?}", running());
}

#[test]
fn a_command_that_hangs_is_stopped_with_its_children() {
    let project = Project::bare();
    project.script("tool", "sleep 600 & echo $! $$ >> pids; echo 'waiting for the database' >&2; wait\n");
    project.write("perfgate.toml", &tiny("command = [\"./tool\"]"));
    let said = project.perfgate(&["run"]).expect(4);
    said.out_has("took longer than 300ms");
    said.out_has("waiting for the database");
    assert_gone(&project.read("pids"));
}

#[test]
fn a_command_that_leaves_a_child_behind_does_not_leave_it_running() {
    let project = Project::bare();
    project.script("tool", "sleep 600 >/dev/null 2>&1 & echo $! >> pids\n");
    project.write("perfgate.toml", &tiny("command = [\"./tool\"]"));
    project.perfgate(&["run"]).expect(0);
    assert_gone(&project.read("pids"));
}

#[test]
fn a_worker_that_is_never_ready() {
    run_worker("sleep 600\n").out_has("took longer than 300ms to become ready");
}

#[test]
fn a_worker_that_dies_before_it_is_ready() {
    let said = run_worker("echo 'no GPU found' >&2; exit 7\n");
    said.out_has("exited with status 7 before it was ready");
    said.out_has("no GPU found");
}

#[test]
fn a_worker_that_says_something_else_first() {
    run_worker("echo 'Loading model...'\nsleep 600\n").out_has("`Loading model...`, expected {\"ready\":true}");
}

#[test]
fn a_worker_that_hangs_is_stopped_with_its_children() {
    let project = Project::bare();
    project.write("perfgate.toml", &tiny("worker = [\"./worker\"]"));
    project.script("worker", &format!("sleep 600 & echo $! $$ > pids\n{}", worker("sleep 600")));
    project.perfgate(&["run"]).expect(4).out_has("took longer than 300ms to answer query 0");
    assert_gone(&project.read("pids"));
}

#[test]
fn a_worker_that_dies_in_the_middle() {
    let said = run_worker(&worker("echo 'out of memory' >&2; exit 9"));
    said.out_has("exited with status 9 instead of answering query 0");
    said.out_has("out of memory");
}

#[test]
fn a_worker_that_prints_garbage() {
    let said = run_worker(&worker("echo 'debug: got a query'"));
    said.out_has("answered query 0 with `debug: got a query`");
    said.out_has("expected a line such as {\"id\":0");
}

#[test]
fn a_worker_that_answers_the_wrong_id() {
    run_worker(&worker("echo '{\"id\":99}'")).out_has("with `{\"id\":99}`, expected the id 0");
}

#[test]
fn a_worker_that_gives_too_many_outputs() {
    run_worker(&worker(r#"echo "{\"id\":$id,\"outputs\":[1,2]}""#))
        .out_has("expected 1 outputs, one for each sample (it gave 2)");
}

#[test]
fn a_worker_that_reports_an_error() {
    let said = run_worker(&worker(r#"echo "{\"id\":$id,\"error\":\"bad image\"}""#));
    said.out_has("2 of 2 queries failed");
    said.out_has("bad image");
}

#[test]
fn a_worker_that_does_not_end() {
    run_worker(&format!("{}sleep 600\n", worker(ANSWER))).out_has("to exit after the end of its input");
}

#[test]
fn a_worker_that_ends_badly() {
    run_worker(&format!("{}exit 5\n", worker(ANSWER))).out_has("exited with status 5 after the end of its input");
}

#[test]
fn metrics_that_are_not_metrics() {
    let body = format!("echo '{{\"metric\":\"size\"}}' >> \"$PERFGATE_METRICS\"\n{}", worker(ANSWER));
    let said = run_worker(&body);
    said.out_has("PERFGATE_METRICS");
    said.out_has("line 1 holds `{\"metric\":\"size\"}`");
}

#[test]
fn one_bad_system_does_not_hide_the_others() {
    let project = Project::bare();
    let good = tiny("command = [\"true\"]").replace("\"x\"", "\"good\"");
    project.write("perfgate.toml", &(tiny("command = [\"false\"]") + &good));
    let document = project.perfgate(&["run", "--format", "json"]).expect(4).json();
    assert_eq!(document["benchmarks"].as_array().unwrap().len(), 1);
    assert_eq!(document["benchmarks"][0]["name"], "good");
}

#[test]
fn a_system_that_fails_in_a_check_is_exit_4_and_a_row() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.script("worker", "exit 1\n");
    project.commit();
    let document = project.perfgate(&["check", "--format", "json"]).expect(4).json();
    assert_eq!((&document["verdict"], &document["exit_code"]), (&"failed".into(), &4.into()));
    assert_eq!(document["rows"][0]["verdict"], "failed");
    assert!(document["rows"][0]["reason"].as_str().unwrap().contains("exited with status 1 before it was ready"));
}

#[test]
fn a_baseline_cut_in_half() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let path = project.baseline();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, &text[..text.len() / 2]).unwrap();
    for verb in ["check", "record"] {
        let said = project.perfgate(&[verb]).expect(2);
        said.err_has("cannot be used: it is not complete JSON");
        said.err_has("record that commit again");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), text[..text.len() / 2], "not overwritten");
}

#[test]
fn a_baseline_of_a_newer_schema() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let path = project.baseline();
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("perfgate.baseline/1", "perfgate.baseline/2")).unwrap();
    let said = project.perfgate(&["check"]).expect(2);
    said.err_has("`perfgate.baseline/2` is newer than this perfgate");
    said.err_has("upgrade perfgate");
}

#[test]
fn a_dataset_that_does_not_fit_the_model() {
    let project = Project::bare();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/digits");
    project.write("perfgate.toml", &tiny(&format!("onnx = \"{fixtures}/model.onnx\"\ndataset = \"data.csv\"")));
    project.write("data.csv", "a,b,c,label\n1,2,3,0\n");
    let said = project.perfgate(&["run"]).expect(2);
    said.err_has(
        "the dataset does not fit the model: the model's input is [batch, 64], the dataset's rows have 3 numbers",
    );
    project.write("data.csv", "a,b,c,label\n1,2\n");
    project.perfgate(&["run"]).expect(2).err_has("line 2: 2 fields, expected 4");
    fs::remove_file(project.file("data.csv")).unwrap();
    project.perfgate(&["run"]).expect(2).err_has("cannot read");
}

#[test]
fn a_model_that_is_none() {
    let project = Project::bare();
    project.write("model.onnx", "this is not a model");
    project.write("data.csv", "a\n1\n");
    project.write("perfgate.toml", &tiny("onnx = \"model.onnx\"\ndataset = \"data.csv\""));
    project.perfgate(&["run"]).expect(2).err_has("cannot load the model");
    project.write("perfgate.toml", &tiny("onnx = \"model.onnx\""));
    project.perfgate(&["run"]).expect(2).err_has("needs a `dataset`");
}

#[test]
fn outputs_that_cannot_be_written_are_found_before_anything_runs() {
    let project = Project::bare();
    project.script("tool", "echo ran >> ran\n");
    project.write("perfgate.toml", &tiny("command = [\"./tool\"]"));
    project.perfgate(&["run", "-o", "no/such/folder.json"]).expect(2).err_has("does not exist");
    project.perfgate(&["run", "-o", "out.xlsx"]).expect(2).err_has("must be .json, .md, .html, .txt or .annotations");
    let refused = project.perfgate(&["run", "-o", "out.annotations"]).expect(2);
    refused.err_has("only `check` and `compare` have rows that become annotations");
    // Nobody can create a file there, whoever they are.
    #[cfg(target_os = "linux")]
    project.perfgate(&["run", "-o", "/proc/x.json"]).expect(2).err_has("nothing can be written into `/proc`");
    assert!(!project.file("ran").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_saved_is_not_recorded_either() {
    let project = counting_project(100);
    project.perfgate(&["record", "-o", "/proc/x.json"]).expect(2).err_has("nothing can be written into `/proc`");
    assert!(!project.file("baselines").exists());
}
