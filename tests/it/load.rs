//! The four scenarios over real systems, through the whole program. Times are the machine's own, so what is tested is counts,
//! orders and refusals; exact times are tested in virtual time, in `src/scenario`.

use serde_json::Value;

use crate::support::{ANSWER, Project, Said, worker};

fn benchmark(keys: &str) -> String {
    format!("[[benchmark]]\nname = \"x\"\nrounds = 2\nmin_duration = \"0s\"\n{keys}\n")
}

fn run(project: &Project, keys: &str, status: i32) -> Said {
    let lateness = if keys.contains("server") && !keys.contains("max_lateness") { ANY_LATENESS } else { "" };
    project.write("perfgate.toml", &benchmark(&format!("{lateness}{keys}")));
    project.perfgate(&["run", "--format", "json"]).expect(status)
}

fn values(document: &Value, metric: &str) -> Vec<f64> {
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    let found =
        metrics.iter().find(|known| known["name"] == metric).unwrap_or_else(|| panic!("no {metric}: {document:#}"));
    found["rounds"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

fn rule<'a>(document: &'a Value, name: &str) -> &'a Value {
    let rules = document["benchmarks"][0]["validity"].as_array().unwrap();
    rules.iter().find(|rule| rule["rule"] == name).unwrap_or_else(|| panic!("no rule {name}: {document:#}"))
}

/// A worker that writes down the samples of each query.
fn noting() -> String {
    worker(&format!("s=${{line#*samples}}; echo \"$s\" >> seen\n{ANSWER}"))
}

fn with_worker(script: &str) -> Project {
    let project = Project::bare();
    project.script("worker", script);
    project.write("data.csv", "x,label\n1,0\n2,1\n3,0\n4,1\n5,0\n6,1\n");
    project
}

/// For tests in which the clock has no part: a machine that is busy with other tests may make the generator late.
const ANY_LATENESS: &str = "max_lateness = \"1000000%\"\n";

const DIGITS: &str = concat!(
    "onnx = \"",
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/digits/model.onnx\"\ndataset = \"",
    env!("CARGO_MANIFEST_DIR"),
    "/fixtures/digits/test.csv\"\n"
);

#[test]
fn a_server_is_asked_by_a_schedule_and_its_generator_is_watched() {
    let project = with_worker(&worker(ANSWER));
    let keys = "worker = [\"./worker\"]\nscenario = \"server\"\ntarget_qps = 50\nqueries = 40\nwarmup = 2";
    let document = run(&project, keys, 0).json();
    assert_eq!(document["benchmarks"][0]["scenario"], "server");
    assert_eq!(document["benchmarks"][0]["queries"], 80);
    assert_eq!(values(&document, "schedule_lateness_p99").len(), 2);
    assert!(
        values(&document, "throughput").iter().all(|&rate| rate < 200.0),
        "no faster than the schedule: {document:#}"
    );
    for name in ["min-queries", "min-duration", "generator-on-time"] {
        assert_eq!(rule(&document, name)["held"], true, "{name}");
    }
    assert_eq!(rule(&document, "percentile-supported")["held"], false, "80 queries say nothing certain about 99 %");
}

#[test]
fn queries_of_a_server_are_in_flight_together_and_answered_in_any_order() {
    // Answers two queries at a time, the second first: whoever waits for each answer never gets one.
    let body = "echo '{\"ready\":true}'\nwhile read -r a && read -r b; do\nfor line in \"$b\" \"$a\"; do\n\
                id=${line#*'\"id\":'}; id=${id%%,*}\necho \"{\\\"id\\\":$id}\"\ndone\ndone\n";
    let project = with_worker(body);
    let keys = "worker = [\"./worker\"]\nscenario = \"server\"\ntarget_qps = 100\nqueries = 20\nwarmup = 0\ntraffic = \"constant\"";
    let document = run(&project, keys, 0).json();
    assert_eq!(document["benchmarks"][0]["queries"], 40);
}

#[test]
fn the_embedded_engine_runs_every_scenario_and_answers_as_rightly() {
    let project = Project::bare();
    let keys = format!(
        "{DIGITS}scenario = [\"single-stream\", \"multi-stream\", \"server\", \"offline\"]\nqueries = 360\nwarmup = 2\n\
         target_qps = 500\nbatch_size = 24\nsamples_per_query = 5"
    );
    let document = run(&project, &keys, 0).json();
    let names: Vec<&str> =
        document["benchmarks"].as_array().unwrap().iter().map(|each| each["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["x/single-stream", "x/multi-stream", "x/server", "x/offline"]);
    for each in document["benchmarks"].as_array().unwrap() {
        let metrics = each["metrics"].as_array().unwrap();
        let accuracy = metrics.iter().find(|metric| metric["name"] == "accuracy").unwrap();
        for value in accuracy["rounds"].as_array().unwrap() {
            // Every scenario asks about whole permutations of the 360 images, of which the model knows 354.
            assert!((value.as_f64().unwrap() - 354.0 / 360.0).abs() < 1e-12, "{each:#}");
        }
    }
    let offline = &document["benchmarks"][3]["metrics"];
    let judged: Vec<&str> = offline
        .as_array()
        .unwrap()
        .iter()
        .filter(|metric| metric["gate"] == true)
        .map(|metric| metric["name"].as_str().unwrap())
        .collect();
    assert_eq!(judged, ["throughput", "accuracy", "error_rate"]);
}

#[test]
fn offline_sends_whole_batches_at_once() {
    let project = with_worker(&noting());
    let keys = "worker = [\"./worker\"]\ndataset = \"data.csv\"\nscenario = \"offline\"\nqueries = 12\nbatch_size = 4\nwarmup = 0";
    let document = run(&project, keys, 0).json();
    assert_eq!(document["benchmarks"][0]["queries"], 6, "three batches a round");
    assert!(project.read("seen").lines().all(|line| line.matches(',').count() >= 4), "{}", project.read("seen"));
}

#[test]
fn multi_stream_asks_about_samples_that_follow_each_other() {
    let project = with_worker(&noting());
    let keys = "worker = [\"./worker\"]\ndataset = \"data.csv\"\nscenario = \"multi-stream\"\nsamples_per_query = 3\n\
                queries = 5\nwarmup = 0";
    run(&project, keys, 0);
    for line in project.read("seen").lines() {
        let list = line.split_once('[').unwrap().1.split_once(']').unwrap().0;
        let samples: Vec<u32> = list.split(',').map(|number| number.parse().unwrap()).collect();
        assert!(samples.windows(2).all(|pair| pair[1] == (pair[0] + 1) % 6) && samples.len() == 3, "{line}");
    }
}

#[test]
fn a_trace_is_replayed() {
    let project = with_worker(&worker(ANSWER));
    project.write("trace.csv", "seconds\n10.0\n10.05\n10.05\n10.2\n");
    let keys = "worker = [\"./worker\"]\nscenario = \"server\"\ntraffic = { shape = \"replay\", trace = \"trace.csv\", speed = 2 }";
    let document = run(&project, keys, 0).json();
    assert_eq!(document["benchmarks"][0]["queries"], 8);
    project.write("trace.csv", "1\n3\n2\n");
    run(&project, keys, 2).err_has("is not a trace of arrivals: line 3 goes back in time");
    project.write("trace.csv", "");
    run(&project, keys, 2).err_has("it holds no times");
}

#[test]
fn users_of_a_closed_loop_wait_for_their_answers() {
    let project = with_worker(&worker(ANSWER));
    let keys =
        "worker = [\"./worker\"]\nscenario = \"server\"\ntraffic = { shape = \"closed\", users = 3 }\nqueries = 30";
    let document = run(&project, keys, 0).json();
    assert!(values(&document, "throughput").iter().all(|&rate| rate > 0.0));
    assert!(!document.to_string().contains("schedule_lateness"), "nobody is late without a schedule");
}

#[test]
fn commands_of_a_server_run_at_the_same_time() {
    // Each waits for the other of its pair, so that one at a time would be none at all.
    let project = Project::bare();
    project.script(
        "tool",
        "n=$((PERFGATE_SAMPLE / 2)); if mkdir \"first-$PPID-$n\" 2>/dev/null; then\n\
         while [ ! -e \"second-$PPID-$n\" ]; do :; done; rm -r \"first-$PPID-$n\" \"second-$PPID-$n\"\n\
         else : > \"second-$PPID-$n\"; fi\n",
    );
    let keys = "command = [\"./tool\"]\nscenario = \"server\"\ntarget_qps = 40\ntraffic = \"constant\"\nqueries = 8\nwarmup = 0\n\
                timeout = \"20s\"";
    let document = run(&project, keys, 0).json();
    assert_eq!(document["benchmarks"][0]["queries"], 16);
}

#[test]
fn more_in_flight_than_may_be_is_told_as_overload() {
    let project = with_worker(&worker("sleep 0.2"));
    let keys = "worker = [\"./worker\"]\nscenario = \"server\"\ntarget_qps = 200\nqueries = 100\nwarmup = 0\nmax_async = 3\n\
                timeout = \"1s\"";
    let said = run(&project, keys, 4);
    let text = project.perfgate(&["run"]).expect(4);
    text.out_has("took longer than 1s to answer query 0");
    assert_eq!(said.json()["benchmarks"], serde_json::json!([]));
    let project = with_worker(&worker(&format!("sleep 0.1; {ANSWER}")));
    run(&project, &keys.replace("timeout = \"1s\"", "timeout = \"20s\""), 4);
    let text = project.perfgate(&["run"]).expect(4);
    text.out_has("3 queries were in flight");
    text.out_has("raise `max_async`");
}

#[test]
fn a_rate_that_the_generator_cannot_keep_is_the_generators_fault_and_says_so() {
    let project = Project::bare();
    let keys = "command = [\"true\"]\nscenario = \"server\"\ntarget_qps = 100000\nqueries = 2000\nwarmup = 0\nmax_async = 1000000\n\
                max_lateness = 0.1";
    run(&project, keys, 4);
    project.perfgate(&["run"]).expect(4).out_has("the load generator was late");
}

#[test]
fn a_server_that_never_answers_is_a_timeout() {
    let project = with_worker(&worker("sleep 600"));
    let keys = "worker = [\"./worker\"]\nscenario = \"server\"\ntarget_qps = 100\nqueries = 5\nwarmup = 0\ntimeout = \"300ms\"";
    run(&project, keys, 4);
    project.perfgate(&["run"]).expect(4).out_has("took longer than 300ms to answer query 0");
}

#[test]
fn half_of_the_answers_errors() {
    let half =
        worker(r#"if [ $((id % 2)) = 0 ]; then echo "{\"id\":$id}"; else echo "{\"id\":$id,\"error\":\"no\"}"; fi"#);
    let project = with_worker(&half);
    let keys = "worker = [\"./worker\"]\nscenario = \"server\"\ntarget_qps = 200\nqueries = 20\nwarmup = 0";
    run(&project, keys, 4);
    project.perfgate(&["run"]).expect(4).out_has("10 of 20 queries failed in round 1");
    let document = run(&project, &format!("{keys}\nmax_error_rate = 0.5"), 0).json();
    assert_eq!(values(&document, "error_rate"), [0.5, 0.5]);
}

#[test]
fn a_latency_bound_is_proven_violated_or_open() {
    let project = with_worker(&worker(ANSWER));
    let held = |bound: &str, queries: u32| {
        let keys = format!(
            "worker = [\"./worker\"]\nqueries = {queries}\npercentile = 0.9\nlatency_bound = \"{bound}\"\nwarmup = 0"
        );
        let document = run(&project, &keys, 0).json();
        let rule = rule(&document, "latency-bound");
        (rule["held"].as_bool().unwrap(), rule["detail"].as_str().unwrap().to_owned())
    };
    let (proven, detail) = held("20s", 22);
    assert!(proven && detail.contains("0 of 44 queries took longer than 20s, which proves 90 % within it"), "{detail}");
    let (proven, detail) = held("20s", 21);
    assert!(!proven && detail.contains("too few queries to prove 90 % within it: 44 would"), "{detail}");
    let (proven, detail) = held("1ns", 22);
    assert!(!proven && detail.contains("44 of 44 queries took longer than 1ns, more than the 10"), "{detail}");
}

#[test]
fn a_dataset_too_small_for_unique_samples_is_found_before_anything_runs() {
    let project = with_worker(&noting());
    let keys = "worker = [\"./worker\"]\ndataset = \"data.csv\"\nsamples = \"unique\"\nqueries = 7";
    run(&project, keys, 2).err_has("but the dataset has 6");
    assert!(!project.file("seen").exists());
    let keys = "worker = [\"./worker\"]\ndataset = \"data.csv\"\nsamples = \"unique\"\nqueries = 6\nwarmup = 0";
    let document = run(&project, keys, 0).json();
    assert_eq!(document["benchmarks"][0]["queries"], 12);
}

#[test]
fn a_dataset_of_one_row_is_enough() {
    let project = with_worker(&worker(ANSWER));
    project.write("one.csv", "x\n1\n");
    for scenario in ["single-stream", "multi-stream", "offline"] {
        let keys = format!("worker = [\"./worker\"]\ndataset = \"one.csv\"\nscenario = \"{scenario}\"\nqueries = 3");
        run(&project, &keys, 0);
    }
}

#[test]
fn a_maximum_duration_ends_what_does_not_end_and_says_so() {
    let project = with_worker(&worker(&format!("sleep 0.05; {ANSWER}")));
    let keys = "worker = [\"./worker\"]\nqueries = 1000\nmax_duration = \"200ms\"\nwarmup = 0";
    run(&project, keys, 4);
    project.perfgate(&["run"]).expect(4).out_has("`max_duration` ended it after");
}

#[test]
fn a_schedule_can_be_printed_and_replayed() {
    let project = Project::bare();
    let traffic = |traffic: &str| {
        let lines = "command = [\"true\"]\nscenario = \"server\"\nqueries = 50\nmin_duration = \"0s\"\n";
        project.write("perfgate.toml", &format!("[[benchmark]]\nname = \"a\"\n{lines}{traffic}\n"));
    };
    let seconds = |arguments: &[&str]| -> Vec<f64> {
        let said = project.perfgate(arguments).expect(0);
        said.out.lines().map(|line| line.parse().unwrap()).collect()
    };
    traffic("target_qps = 200");
    let poisson = seconds(&["plan", "a", "--arrivals", "1"]);
    assert_eq!(poisson.len(), 50);
    assert!(poisson.is_sorted());
    assert_eq!(poisson, seconds(&["plan", "--arrivals", "1"]), "the same seed, the same schedule");
    assert_ne!(poisson, seconds(&["plan", "--arrivals", "2"]), "another in every round");
    assert_ne!(poisson, seconds(&["plan", "--arrivals", "1", "--seed", "9"]));

    let text = project.perfgate(&["plan", "--arrivals", "1"]).expect(0).out;
    project.write("trace.csv", &text);
    traffic("traffic = { shape = \"replay\", trace = \"trace.csv\" }");
    let replayed = seconds(&["plan", "--arrivals", "1"]);
    let shifted = poisson.iter().map(|time| time - poisson[0]);
    assert!(replayed.iter().zip(shifted).all(|(ours, theirs)| (ours - theirs).abs() < 2e-9), "{replayed:?}");

    project.write("perfgate.toml", "[[benchmark]]\nname = \"a\"\ncommand = [\"true\"]\n");
    project.perfgate(&["plan", "--arrivals", "1"]).expect(2).err_has("its queries follow the answers");
}
