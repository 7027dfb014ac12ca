//! `perfgate run`.

use serde_json::Value;

use crate::support::{ANSWER, Project, counting_project, worker};

#[test]
fn run_works_outside_git_and_saves_a_result() {
    let project = Project::bare();
    project.write("perfgate.toml", "[[benchmark]]\nname = \"t\"\ncommand = [\"true\"]\nqueries = 3\nrounds = 2\n");
    project.perfgate(&["run", "-o", "out.json", "-o", "out.md", "-o", "out.txt"]).expect(0);
    let document: Value = serde_json::from_str(&project.read("out.json")).unwrap();
    assert_eq!(document["schema"], "perfgate.result/1");
    assert!(document.get("commit").is_none(), "outside git there is no commit");
    assert!(project.read("out.md").contains("latency_p50"));
    assert!(project.read("out.txt").contains("latency_p50"));
    let leftovers = std::fs::read_dir(project.path()).unwrap().count();
    assert_eq!(leftovers, 4, "the configuration and three outputs, no temporary file");
}

#[test]
fn the_answers_are_held_against_the_labels() {
    let project = Project::bare();
    project.write("data.csv", "x,label\n1,0\n2,1\n3,0\n4,0\n");
    project.script("worker", &worker(r#"echo "{\"id\":$id,\"outputs\":[[0.9,0.1]]}""#));
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\ndataset = \"data.csv\"\nqueries = 4\nrounds = 2\n",
    );
    let said = project.perfgate(&["run", "--format", "json"]).expect(0);
    let document = said.json();
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    let accuracy = metrics.iter().find(|metric| metric["name"] == "accuracy").unwrap();
    assert_eq!(accuracy["rounds"], serde_json::json!([0.75, 0.75]));
    assert_eq!((&accuracy["direction"], &accuracy["gate"]), (&"higher".into(), &true.into()));
}

#[test]
fn a_worker_gets_the_samples_and_their_rows() {
    let project = Project::bare();
    project.write("data.csv", "x,y\n1.5,2\n3,4\n");
    project.script("worker", &worker(&format!("echo \"$line\" >> seen\n{ANSWER}")));
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\ndataset = \"data.csv\"\nqueries = 2\nwarmup = 0\n\
         rounds = 1\nmin_duration = \"0s\"\n",
    );
    project.perfgate(&["run"]).expect(0);
    let mut seen: Vec<(Value, Value)> = project
        .read("seen")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|query| (query["samples"].clone(), query["inputs"].clone()))
        .collect();
    seen.sort_by_key(|(samples, _)| samples.to_string());
    let expected = [("[0]", "[[1.5,2.0]]"), ("[1]", "[[3.0,4.0]]")];
    let expected = expected.map(|(s, i)| (serde_json::from_str(s).unwrap(), serde_json::from_str(i).unwrap()));
    assert_eq!(seen, expected);
}

#[test]
fn a_command_gets_the_sample_in_its_environment() {
    let project = Project::bare();
    project.script("tool", "echo \"$PERFGATE_SAMPLE\" >> seen\n");
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"c\"\ncommand = [\"./tool\"]\nqueries = 3\nwarmup = 0\nrounds = 1\n",
    );
    project.perfgate(&["run"]).expect(0);
    assert_eq!(project.read("seen"), "0\n1\n2\n");
}

#[test]
fn stages_that_the_worker_reports_become_metrics() {
    let project = Project::bare();
    project.script("worker", &worker(r#"echo "{\"id\":$id,\"stages\":{\"decode\":2000,\"infer\":7000}}""#));
    project.write("perfgate.toml", "[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\nqueries = 3\nrounds = 2\n");
    let document = project.perfgate(&["run", "--format", "json"]).expect(0).json();
    let metrics = document["benchmarks"][0]["metrics"].as_array().unwrap();
    let stage = |name: &str| metrics.iter().find(|metric| metric["name"] == name).unwrap()["rounds"].clone();
    assert_eq!(stage("stage_decode_p50"), serde_json::json!([2000.0, 2000.0]));
    assert_eq!(stage("stage_infer_p50"), serde_json::json!([7000.0, 7000.0]));
}

#[test]
fn queries_may_be_as_many_as_mlperf_asks_for() {
    let project = Project::bare();
    project.script("worker", &worker(r#"echo "{\"id\":$id}""#));
    let benchmark = |percentile: &str| {
        format!(
            "[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\nqueries = 3\nmin_duration = \"1ms\"\n\
             percentile = {percentile}\nrounds = 1\n"
        )
    };
    project.write("perfgate.toml", &benchmark("0.5"));
    let document = project.perfgate(&["run", "--queries", "mlperf", "--format", "json"]).expect(0).json();
    assert_eq!(document["benchmarks"][0]["queries"], 8192);
    project.write("perfgate.toml", &benchmark("0.9999"));
    let said = project.perfgate(&["run", "--queries", "mlperf"]).expect(2);
    said.err_has("--queries mlperf: benchmark `w`: MLPerf's sample count for the percentile 0.9999 is 26_542_080");
    said.err_has("give a number, or choose a lower `percentile`");
}

#[test]
fn names_select_and_flags_override() {
    let project = counting_project(1);
    let document = project.perfgate(&["run", "count", "--rounds", "2", "--format", "json"]).expect(0).json();
    assert_eq!(document["benchmarks"][0]["metrics"][0]["rounds"].as_array().unwrap().len(), 2);
    let said = project.perfgate(&["run", "cuont"]).expect(2);
    said.err_has("no benchmark is named `cuont`");
    said.err_has("did you mean `count`?");
}

#[test]
fn every_round_is_a_fresh_start_with_another_environment() {
    let project = Project::bare();
    let body = format!("echo \"$$ ${{#PERFGATE_PADDING}}\" >> starts\n{}", worker(ANSWER));
    project.script("worker", &body);
    project.write("perfgate.toml", "[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\nqueries = 1\nrounds = 6\n");
    project.perfgate(&["run"]).expect(0);
    let starts = project.read("starts");
    let mut columns: Vec<Vec<&str>> = starts.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(columns.len(), 6);
    columns.dedup_by_key(|words| words[0].to_owned());
    assert_eq!(columns.len(), 6, "six processes");
    columns.sort_by_key(|words| words[1].to_owned());
    columns.dedup_by_key(|words| words[1].to_owned());
    assert!(columns.len() > 2, "the size of the environment is shuffled");
}

#[test]
fn a_result_says_whether_it_is_fit_to_be_compared() {
    let project = Project::bare();
    project.write("perfgate.toml", "[[benchmark]]\nname = \"t\"\ncommand = [\"true\"]\nqueries = 3\nrounds = 3\n");
    let said = project.perfgate(&["run", "-o", "out.json"]).expect(0);
    let document: Value = serde_json::from_str(&project.read("out.json")).unwrap();
    let benchmark = &document["benchmarks"][0];
    assert!(benchmark["round_duration"].as_u64().unwrap() > 0);
    let figures = benchmark["diagnosis"].as_array().unwrap();
    let samples = figures.iter().find(|figure| figure["name"] == "samples").unwrap();
    assert_eq!(*samples, serde_json::json!({"name": "samples", "value": 3.0, "limit": 5.0, "held": false}));
    let codes: Vec<&Value> = benchmark["warnings"].as_array().unwrap().iter().map(|warning| &warning["code"]).collect();
    assert!(codes.contains(&&"few-samples".into()), "{codes:?}");
    said.out_has("warning: t: `latency_p50` rests on 3 queries a round, so it is their second slowest");
}
