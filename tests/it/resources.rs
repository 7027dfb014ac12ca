//! What the processes of a system under test use, held against what they say about themselves. No test looks at the clock on the
//! wall: processor time and memory are the same on a busy machine.
#![cfg(target_os = "linux")]

use serde_json::Value;

use crate::support::{ANSWER, Project, worker};

const MIB: f64 = 1_048_576.0;

/// A worker in Python that has touched 200 MiB and burns two seconds of processor time per query while its child burns one. At
/// the end of its input both say what they used: processor time in seconds, in the program and in the kernel, and the largest
/// memory of each in bytes.
const TREE: &str = r#"#!/usr/bin/env python3
import json, resource, subprocess, sys, time

def burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        pass

def peak():
    status = open('/proc/self/status').read()
    return 1024 * int(status.split('VmHWM:')[1].split()[0])

def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return [sum(usage.ru_utime for usage in both), sum(usage.ru_stime for usage in both)]

if sys.argv[1:] == ['child']:
    burn(1)
    print(peak())
    sys.exit(0)
memory = bytearray(b'x') * (200 << 20)
print('{"ready":true}', flush=True)
for line in sys.stdin:
    child = subprocess.Popen([sys.executable, sys.argv[0], 'child'], stdout=subprocess.PIPE)
    burn(2)
    child_peak = int(child.communicate()[0])
    print(json.dumps({'id': json.loads(line)['id']}), flush=True)
json.dump({
    'times': used(),
    'peaks': [peak(), child_peak],
}, open('said', 'w'))
"#;

fn project(keys: &str) -> Project {
    let project = Project::bare();
    project
        .write("perfgate.toml", &format!("[[benchmark]]\nname = \"w\"\nrounds = 1\nmin_duration = \"0s\"\n{keys}\n"));
    project
}

fn run(project: &Project) -> Value {
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    document["benchmarks"][0].clone()
}

fn metric(benchmark: &Value, name: &str) -> Option<f64> {
    let metrics = benchmark["metrics"].as_array().unwrap();
    let metric = metrics.iter().find(|metric| metric["name"] == name)?;
    assert_eq!(metric["gate"], false, "{name} is not judged unless somebody wants it");
    metric["rounds"][0].as_f64()
}

#[track_caller]
fn known(benchmark: &Value, name: &str) -> f64 {
    metric(benchmark, name).unwrap_or_else(|| panic!("no {name} in {benchmark:#}"))
}

/// The two are within five percent, and within so much that is not told.
#[track_caller]
fn agree(measured: f64, said: f64, besides: f64) {
    assert!((measured - said).abs() <= 0.05 * said + besides, "measured {measured}, said {said}");
}

#[test]
fn a_tree_that_fills_200_mib_and_burns_a_processor_and_a_half_is_reported_within_5_percent() {
    let project = project("worker = [\"python3\", \"tree.py\"]\nqueries = 1\nwarmup = 0");
    project.write("tree.py", TREE);
    let benchmark = run(&project);
    let said: Value = serde_json::from_str(&project.read("said")).unwrap();
    let [user, kernel] = [0, 1].map(|place| 1e9 * said["times"][place].as_f64().unwrap());
    agree(known(&benchmark, "cpu_time"), user + kernel, 0.0);
    // The system divides processor time between the two as it finds them at its ticks.
    agree(known(&benchmark, "cpu_time_user"), user, 0.05 * kernel);
    agree(known(&benchmark, "cpu_time_system"), kernel, 0.05 * user);
    // Without the start of the worker, with that of its child.
    let query = known(&benchmark, "cpu_time_per_query");
    assert!(query >= 0.99 * 3e9 && query < known(&benchmark, "cpu_time"), "{query}");
    let [own, child] = [0, 1].map(|place| said["peaks"][place].as_f64().unwrap());
    let peak = known(&benchmark, "rss_peak");
    assert!(own >= 200.0 * MIB && peak >= 0.95 * own && peak <= 1.05 * (own + child), "{peak}, {own} and {child}");
    // The pages that were touched had to be given, one by one or in large ones.
    assert!(known(&benchmark, "page_faults_minor") > 100.0);

    let course = &benchmark["resources"]["course"][0];
    let list = |name: &str| -> Vec<f64> {
        course[name].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
    };
    let (until, processors, rss) = (list("until"), list("processors"), list("rss"));
    assert!((3..=32).contains(&until.len()), "{until:?}");
    let begins = std::iter::once(0.0).chain(until.iter().copied());
    let time: f64 =
        begins.zip(&until).zip(&processors).map(|((from, until), processors)| processors * (until - from)).sum();
    agree(time, known(&benchmark, "cpu_time"), 0.0);
    assert!(rss.iter().copied().fold(0.0, f64::max) >= 200.0 * MIB, "{rss:?}");
    assert!(known(&benchmark, "threads_peak") >= 2.0, "the parent and the child ran at the same time");

    let watching = &benchmark["resources"]["watching"];
    assert!(watching["looks"].as_u64().unwrap() > 2 && watching["cpu_time"].as_u64().unwrap() > 0, "{watching}");
    assert!(watching["longest_gap"].as_u64().unwrap() > 0, "{watching}");
}

/// What the shell's `times` says of itself and its children: four times such as `0m1.23s`, in seconds.
fn of_times(text: &str) -> f64 {
    let seconds = |time: &str| {
        let (minutes, seconds) = time.strip_suffix('s')?.split_once('m')?;
        Some(60.0 * minutes.parse::<f64>().ok()? + seconds.parse::<f64>().ok()?)
    };
    let times: Vec<f64> = text.split_whitespace().filter_map(seconds).collect();
    assert_eq!(times.len(), 4, "{text}");
    times.iter().sum()
}

#[test]
fn children_that_end_between_two_looks_lose_nothing() {
    // Nobody looks within an hour.
    for resources in ["\"1h\"", "\"totals\""] {
        let project = project(&format!("worker = [\"./worker\"]\nqueries = 10\nwarmup = 0\nresources = {resources}"));
        let child = "sh -c 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'";
        project.script("worker", &format!("{}times > said\n", worker(&format!("{child}\n{ANSWER}"))));
        let benchmark = run(&project);
        let said = of_times(&project.read("said"));
        // Four times in hundredths, and a shell that starts and ends.
        agree(known(&benchmark, "cpu_time"), 1e9 * said, 5e7);
        assert!(said > 0.2, "the children did something: {said}");
        assert!(benchmark["resources"].get("course").is_none(), "{benchmark:#}");
        assert!(known(&benchmark, "switches_voluntary") >= 10.0, "it waited for ten children");
    }
}

#[test]
fn children_that_nobody_waits_for_count_until_they_are_killed() {
    // The child burns half a second, says so, and would sleep for an hour. The worker ends without it.
    const CHILD: &str = "import time, os\nwhile time.process_time() < 0.5: pass\nopen('burnt.new', 'w').close()\n\
                         os.rename('burnt.new', 'burnt')\ntime.sleep(3600)\n";
    let project = project("worker = [\"./worker\"]\nqueries = 1\nwarmup = 0\nresources = \"totals\"");
    project.write("child.py", CHILD);
    let answer = format!("python3 child.py > /dev/null &\nuntil [ -e burnt ]; do sleep 0.01; done\n{ANSWER}");
    project.script("worker", &worker(&answer));
    let benchmark = run(&project);
    let time = known(&benchmark, "cpu_time");
    assert!(time >= 0.5e9, "{time}");
    // Of whom nobody waits for, the system does not tell how often all of its threads were switched.
    assert_eq!(metric(&benchmark, "switches_voluntary"), None);
    let unavailable = benchmark["resources"]["unavailable"].to_string();
    assert!(unavailable.contains("switches_voluntary") && unavailable.contains("nobody waited for"), "{unavailable}");
}

#[test]
fn commands_that_end_before_anybody_looks_are_exact() {
    // What it takes to end it cannot say itself, some 20 ms, so it works for much longer.
    const COMMAND: &str = "import os, resource, time\nmemory = bytearray(b'x') * (64 << 20)\n\
        while time.process_time() < 1.0: pass\n\
        both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]\n\
        status = open('/proc/self/status').read()\n\
        peak = 1024 * int(status.split('VmHWM:')[1].split()[0])\n\
        said = f'{sum(used.ru_utime + used.ru_stime for used in both)} {peak}\\n'\n\
        os.write(os.open('said', os.O_WRONLY | os.O_CREAT | os.O_APPEND), said.encode())\n";
    let project = project("command = [\"python3\", \"command.py\"]\nqueries = 3\nwarmup = 1\nresources = \"totals\"");
    project.write("command.py", COMMAND);
    let benchmark = run(&project);
    let said: Vec<(f64, f64)> = project
        .read("said")
        .lines()
        .map(|line| {
            let (time, peak) = line.split_once(' ').unwrap();
            (time.parse().unwrap(), peak.parse().unwrap())
        })
        .collect();
    assert_eq!(said.len(), 4);
    let time: f64 = said.iter().map(|(time, _)| time).sum();
    agree(known(&benchmark, "cpu_time"), 1e9 * time, 0.0);
    agree(known(&benchmark, "cpu_time_per_query"), 1e9 * time / 4.0, 0.0);
    agree(known(&benchmark, "rss_peak"), said.iter().map(|(_, peak)| *peak).fold(0.0, f64::max), 0.0);
}

#[test]
fn memory_that_hides_behind_perfgates_own_is_not_told_and_says_why() {
    let project = project("command = [\"true\"]\nqueries = 3");
    let benchmark = run(&project);
    assert!(known(&benchmark, "cpu_time") > 0.0, "a process of a millisecond has used something");
    assert!(known(&benchmark, "page_faults_minor") > 0.0);
    assert_eq!(metric(&benchmark, "rss_peak"), None);
    let unavailable = &benchmark["resources"]["unavailable"][0];
    assert_eq!(unavailable["metrics"], serde_json::json!(["rss_peak"]));
    assert!(unavailable["why"].as_str().unwrap().contains("what perfgate itself has"), "{unavailable}");
}

#[test]
fn nobody_watches_who_is_not_to_be_watched() {
    let project = project("command = [\"true\"]\nqueries = 3\nresources = false");
    let benchmark = run(&project);
    assert!(benchmark.get("resources").is_none(), "{benchmark:#}");
    assert_eq!(metric(&benchmark, "cpu_time"), None);
}

#[test]
fn a_user_may_let_what_is_used_be_judged() {
    let project = Project::git();
    let tool = "import time\nwhile time.process_time() < 0.2 * float(open('work').read()): pass\n";
    project.write("tool.py", tool);
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"c\"\ncommand = [\"python3\", \"tool.py\"]\nrounds = 3\nqueries = 1\nwarmup = 0\ngate = false\n\
         [benchmark.metrics]\ncpu_time.gate = true\ncpu_time.threshold = 0.2\n",
    );
    project.write("work", "1");
    project.commit();
    project.write("work", "2");
    let said = project.perfgate(&["check", "--against", "HEAD", "--rounds", "5", "--format", "json"]).expect(1);
    let document = said.json();
    let row = crate::support::row(&document, "c", "cpu_time");
    assert_eq!(row["verdict"], "regression", "{row:#}");
    let change = row["change"].as_f64().unwrap();
    assert!((0.5..1.2).contains(&change), "{change}");
}

/// Ends the process of this number when the test ends, however it does.
struct Ends(String);

impl Drop for Ends {
    fn drop(&mut self) {
        std::process::Command::new("kill").args(["-9", &self.0]).status().unwrap();
    }
}

/// A daemon has a session of its own, so it is not killed with its group; a child that stays in the group is.
#[test]
fn who_leaves_the_process_group_and_runs_on_is_named() {
    let project = project("worker = [\"./worker\"]\nqueries = 1\nwarmup = 0");
    let daemon = "python3 -c 'import os, time; os.setsid(); open(\"new\", \"w\").write(str(os.getpid())); \
                  os.rename(\"new\", \"daemon\"); time.sleep(600)' </dev/null >/dev/null 2>&1 &";
    let ready = "while [ ! -s daemon ]; do :; done";
    project.script("worker", &format!("{daemon}\nsleep 600 &\n{ready}\n{}", worker(ANSWER)));
    let said = project.perfgate(&["run", "--format", "json"]);
    let daemon = Ends(project.read("daemon"));
    let document = said.expect(0).json();
    let warnings = document["benchmarks"][0]["warnings"].as_array().unwrap();
    let told = warnings.iter().find(|warning| warning["code"] == "left-running").unwrap();
    let message = told["message"].as_str().unwrap();
    // The one, by its number and its command, whatever the path of Python is.
    let begins = format!("a process that the system started runs on: {} (`", daemon.0);
    assert!(message.starts_with(&begins) && message.contains("python3 -c import os, time;"), "{message}");
    // Its own child that stayed in the group was killed, and none is left of a system that leaves nothing.
    project.script("worker", &format!("sleep 600 &\n{}", worker(ANSWER)));
    let clean = run(&project);
    let is_told = |warnings: &Vec<Value>| warnings.iter().any(|warning| warning["code"] == "left-running");
    assert!(!clean["warnings"].as_array().is_some_and(is_told), "{clean:#}");
}

#[cfg(feature = "onnx")]
#[test]
fn the_embedded_engines_process_is_watched_like_any_other() {
    let fixtures = format!("{}/fixtures/digits", env!("CARGO_MANIFEST_DIR"));
    let project = project(&format!(
        "onnx = \"{fixtures}/model.onnx\"\ndataset = \"{fixtures}/test.csv\"\nqueries = 200\nscenario = [\"single-stream\", \"server\"]\n\
         traffic = {{ shape = \"closed\", users = 2 }}"
    ));
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    for benchmark in document["benchmarks"].as_array().unwrap() {
        let [all, query] = ["cpu_time", "cpu_time_per_query"].map(|name| known(benchmark, name));
        assert!(query > 0.0 && all > 200.0 * query, "start, warm-up and end are in {all}, and not in {query}");
        assert!(known(benchmark, "rss_peak") > 1.0 * MIB);
        let unavailable = benchmark["resources"].get("unavailable");
        assert_eq!(unavailable, None, "{benchmark:#}");
    }
}
