//! The documents: every version that was ever written can be read, and what is written fits its schema.

use std::fs;
use std::path::Path;
use std::time::Duration;

use perfgate::result::{Distribution, Failure, Figure, RunOutcome};
use perfgate::wire::{
    Kind, read_comparison, read_outcome, read_profile, read_result, write_comparison, write_outcome, write_profile,
    write_result,
};
use serde_json::{Value, json};

use crate::support::{Project, counting_project, counting_worker};

#[test]
fn every_document_of_version_1_is_read_and_written_again_as_it_was() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1");
    for (name, kind) in [("result.json", Kind::Result), ("baseline.json", Kind::Baseline)] {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let result = read_result(&text).unwrap();
        assert_eq!(write_result(&result, kind), text, "{name}");
    }
}

#[test]
fn figures_and_the_duration_of_a_round_are_written_and_read() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1/result.json")).unwrap();
    let mut result = read_result(&text).unwrap();
    assert!(result.benchmarks[0].diagnosis.is_empty(), "older documents have none");
    result.benchmarks[0].round_duration = Some(Duration::from_millis(1500));
    let drift = Figure { name: "drift".to_owned(), value: -0.07, limit: 0.05, held: false };
    result.benchmarks[0].diagnosis = vec![drift];
    let written = write_result(&result, Kind::Result);
    assert_eq!(read_result(&written).unwrap(), result);
    let document: Value = serde_json::from_str(&written).unwrap();
    let benchmark = &document["benchmarks"][0];
    assert_eq!(benchmark["round_duration"], 1_500_000_000_u64);
    assert_eq!(
        benchmark["diagnosis"],
        serde_json::json!([{"name": "drift", "value": -0.07, "limit": 0.05, "held": false}])
    );
}

#[test]
fn what_could_not_be_measured_is_written_and_read() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1/result.json");
    let whole = read_outcome(&fs::read_to_string(file).unwrap()).unwrap();
    assert!(whole.failures.is_empty() && whole.not_reached.is_empty(), "older documents have none");
    assert!(!write_outcome(&whole).contains("failures"), "and what is empty is not written");
    let failure = Failure { benchmark: "broken".to_owned(), reason: "no answer within 30 s:\nit said `x`".to_owned() };
    let outcome = RunOutcome { failures: vec![failure], not_reached: vec!["tail".to_owned()], ..whole };
    let written = write_outcome(&outcome);
    assert_eq!(read_outcome(&written).unwrap(), outcome);
    let document: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(document["failures"], json!([{"benchmark": "broken", "reason": "no answer within 30 s:\nit said `x`"}]));
    assert_eq!(document["not_reached"], json!(["tail"]));
}

#[test]
fn a_benchmark_that_a_document_has_twice_is_refused_by_its_name() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1/result.json");
    let outcome = read_outcome(&fs::read_to_string(file).unwrap()).unwrap();
    let name = outcome.result.benchmarks[0].name.clone();
    let failure = Failure { benchmark: name.clone(), reason: "it broke".to_owned() };
    let measured_twice = {
        let mut twice = outcome.clone();
        twice.result.benchmarks.push(outcome.result.benchmarks[0].clone());
        twice
    };
    let also_failed = RunOutcome { failures: vec![failure.clone()], ..outcome.clone() };
    let also_late = RunOutcome { not_reached: vec![name.clone()], ..outcome.clone() };
    let failed_and_late = RunOutcome {
        failures: vec![Failure { benchmark: "other".to_owned(), ..failure }],
        not_reached: vec!["other".to_owned()],
        ..outcome
    };
    for (twice, name) in
        [(measured_twice, &*name), (also_failed, &name), (also_late, &name), (failed_and_late, "other")]
    {
        let told = read_outcome(&write_outcome(&twice)).unwrap_err().to_string();
        assert_eq!(told, format!("it has the benchmark `{name}` twice"));
    }
}

#[test]
fn a_baseline_of_several_sessions_is_read_and_written_again_as_it_was() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1-sessions/baseline.json");
    let text = fs::read_to_string(file).unwrap();
    let result = read_result(&text).unwrap();
    assert_eq!(write_result(&result, Kind::Baseline), text);
    let sessions = |metric: usize| result.benchmarks[0].metrics[metric].rounds.sessions().map(<[f64]>::len);
    assert_eq!((sessions(0).collect::<Vec<_>>(), sessions(1).collect::<Vec<_>>()), (vec![2, 1, 2], vec![2]));
    let wrong = |from: &str, to: &str| read_result(&text.replacen(from, to, 1)).unwrap_err().to_string();
    let place = "benchmark `digits`, metric `latency_p50`: ";
    let number = "            2,\n            1,";
    assert_eq!(
        wrong(number, "            2,\n            3,"),
        format!("{place}its sessions have 7 rounds in all, but there are 5")
    );
    assert_eq!(wrong(number, "            3,\n            0,"), format!("{place}session 2 has no rounds"));
}

#[test]
fn documents_with_latencies_are_read_and_written_again_as_they_were() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1-latencies");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let (result, baseline) = (read("result.json"), read("baseline.json"));
    let [run, stored] = [&result, &baseline].map(|text| read_result(text).unwrap());
    assert_eq!(write_result(&run, Kind::Result), result);
    assert_eq!(write_result(&stored, Kind::Baseline), baseline);
    for side in [&run, &stored] {
        assert_eq!(side.benchmarks[0].latencies.as_ref().map(Distribution::count), side.benchmarks[0].queries);
    }
    assert_eq!(run.benchmarks[0].course.as_ref().unwrap().rounds[0].warm_up.len(), 8);
    assert!(!write_result(&run, Kind::Baseline).contains("course"), "no baseline has one");
    let comparison = read("comparison.json");
    let compared = read_comparison(&comparison).unwrap();
    assert_eq!(write_comparison(&compared), comparison);
    assert_eq!(compared.measured[0].candidate.as_ref(), run.benchmarks.first(), "as in the result document");
}

#[test]
fn a_document_with_what_processes_use_is_read_and_written_again_as_it_was() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1-resources/result.json");
    let text = fs::read_to_string(file).unwrap();
    let run = read_result(&text).unwrap();
    assert_eq!(write_result(&run, Kind::Result), text);
    let resources = run.benchmarks[0].resources.as_ref().unwrap();
    assert_eq!((resources.course[0].windows[1].processors, resources.with_latency[0].rounds), (1.53125, 7));
    let stored = read_result(&write_result(&run, Kind::Baseline)).unwrap();
    let kept = stored.benchmarks[0].resources.as_ref().unwrap();
    assert_eq!((kept.course.len(), kept.watching), (0, resources.watching), "no baseline has a course");
    let told = read_result(&text.replace("[402100230", "[1").replace(",402100230,", ",1,")).unwrap_err().to_string();
    assert!(told.contains("benchmark `serve`, resources: round 0: the windows do not follow each other"), "{told}");
}

#[test]
fn latencies_that_cannot_be_are_named() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1-latencies/result.json");
    let text = fs::read_to_string(file).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let name = document["benchmarks"][0]["name"].as_str().unwrap().to_owned();
    let mut fault = |pointer: &str, value: Value| {
        let place = document.pointer_mut(&format!("/benchmarks/0/{pointer}")).unwrap();
        let before = std::mem::replace(place, value);
        let told = read_result(&document.to_string()).unwrap_err().to_string();
        *document.pointer_mut(&format!("/benchmarks/0/{pointer}")).unwrap() = before;
        told
    };
    let of = |what: &str| format!("benchmark `{name}`, {what}");
    assert_eq!(fault("latencies", json!([])), of("latencies: it counts no latency"));
    let odd = "latencies: no bucket begins at 129 ns; the one with that latency begins at 128 ns";
    assert_eq!(fault("latencies/0/0", json!(129)), of(odd));
    assert!(fault("latencies/1/0", json!(3)).starts_with(&of("latencies: the bucket at 3 ns comes after the one at")));
    assert!(fault("latencies/0/1", json!(0)).starts_with(&of("latencies: the bucket at")));
    assert_eq!(
        fault("latencies/0/1", json!(u64::MAX)),
        of("latencies: it counts more than 18446744073709551615 latencies")
    );
    assert!(fault("latencies/0/1", json!(1.5)).starts_with("invalid type: floating point `1.5`, expected u64"));
    assert!(fault("latencies/0", json!([1])).contains("expected an array of length 2"));
    assert_eq!(fault("course", json!([])), of("course: it has 0 rounds, not 1 to 8"));
    assert!(fault("course/0/timed/0/3", json!(0)).starts_with(&of("course: round 0, timed: the window at")));
    assert_eq!(fault("course/0/timed", json!([])), of("course: round 0, timed: it has no window"));
}

#[test]
fn what_is_missing_or_impossible_in_a_document_is_named() {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1/result.json")).unwrap();
    let fault = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        read_result(&text.replacen(from, to, 1)).unwrap_err().to_string()
    };
    assert!(fault("\"commit\": \"", "\"commit\": \"x").contains("is not a commit of 40 hexadecimal digits"));
    assert!(fault("\"lower\"", "\"sideways\"").contains("unknown variant `sideways`"));
    assert!(fault("\"rounds\"", "\"runden\"").contains("missing field `rounds`"));
    assert!(fault("perfgate.result/1", "perfgate.result/7").contains("newer than this perfgate"));
    assert!(fault("perfgate.result/1", "perfgate.profile/1").contains("expected a result or baseline document"));
    assert!(fault("perfgate.result/1", "somebody.else").contains("not a perfgate document"));
    assert!(fault("}", "").contains("not complete JSON"));
}

/// Every key that a document has is named in its schema, and every required one is there.
pub fn check(document: &Value, schema: &Value, root: &Value, place: &str) {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
        None => schema,
    };
    match document {
        Value::Object(fields) => {
            let options: Vec<&Value> =
                std::iter::once(schema).chain(schema["anyOf"].as_array().into_iter().flatten()).collect();
            let find = |key: &str| {
                options.iter().find_map(|option| {
                    let option = match option["$ref"].as_str() {
                        Some(reference) => root.pointer(reference.trim_start_matches('#')).unwrap(),
                        None => option,
                    };
                    option["properties"].get(key)
                })
            };
            for (key, value) in fields {
                let inner = find(key).unwrap_or_else(|| panic!("{place}.{key} is not in the schema"));
                check(value, inner, root, &format!("{place}.{key}"));
            }
            for required in schema["required"].as_array().into_iter().flatten() {
                assert!(fields.contains_key(required.as_str().unwrap()), "{place} lacks {required}");
            }
        }
        Value::Array(items) => items.iter().for_each(|item| check(item, &schema["items"], root, place)),
        Value::Null => panic!("{place} is null; what does not exist is absent"),
        _ => {}
    }
}

#[test]
fn what_is_left_out_where_it_is_empty_is_required_by_no_schema() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/wire");
    let mut seen = 0;
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap_or_default();
        // What may be absent is an `Option`, or has a `default`, without which the schema requires it.
        for line in text.lines().filter(|line| line.contains("skip_serializing_if")) {
            assert!(line.contains("Option::is_none") || line.contains("default"), "{}: {line}", file.display());
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
    for kind in
        ["result", "baseline", "comparison", "selftest", "capacity", "ab", "profile", "plan", "history", "baselines"]
    {
        let schema = Project::bare().perfgate(&["schema", kind]).expect(0).json();
        let required =
            |object: &Value| object["required"].as_array().is_some_and(|keys| keys.contains(&json!("warnings")));
        assert!(!required(&schema), "{kind}");
        assert!(!schema["$defs"].as_object().into_iter().flatten().any(|(_, object)| required(object)), "{kind}");
    }
}

#[test]
fn a_history_fits_its_schema() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.perfgate(&["history", "-o", "history.json"]).expect(0);
    let schema = Project::bare().perfgate(&["schema", "history"]).expect(0).json();
    let document: Value = serde_json::from_str(&project.read("history.json")).unwrap();
    check(&document, &schema, &schema, "history.json");
    assert_eq!(document["series"][0]["points"].as_array().unwrap().len(), 1);
}

#[test]
fn a_plan_fits_its_schema() {
    let project = counting_project(100);
    project.perfgate(&["plan", "-o", "before.json"]).expect(0).out_has("perfgate record");
    project.perfgate(&["record"]).expect(0);
    let told = project.perfgate(&["plan", "--budget", "1m", "-o", "after.json", "-o", "after.md"]).expect(0);
    told.out_has("Nothing was run");
    let schema = Project::bare().perfgate(&["schema", "plan"]).expect(0).json();
    let read = |name: &str| serde_json::from_str::<Value>(&project.read(name)).unwrap();
    for name in ["before.json", "after.json"] {
        check(&read(name), &schema, &schema, name);
    }
    let (before, after) = (read("before.json"), read("after.json"));
    assert!(before.get("first_look").is_none() && before.get("recorded").is_none());
    assert!(after["first_look"].as_u64().unwrap() > 0);
    assert_eq!(after["benchmarks"][0]["name"], "count");
}

#[test]
fn a_list_of_baselines_fits_its_schema() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    let document = project.perfgate(&["baselines", "list", "--format", "json"]).expect(0).json();
    let schema = Project::bare().perfgate(&["schema", "baselines"]).expect(0).json();
    assert_eq!(document["schema"], schema["properties"]["schema"]["const"]);
    check(&document, &schema, &schema, "baselines");
}

#[test]
fn a_capacity_fits_its_schema() {
    let project = Project::bare();
    project.script("worker", &counting_worker(100));
    let keys = "scenario = \"server\"\ntarget_qps = 50\nqueries = 5\nwarmup = 0\nmin_duration = \"10ms\"\nmax_duration = \"10ms\"\nlatency_bound = \"1h\"\n\
                max_lateness = \"1000000%\"\n";
    project.write("perfgate.toml", &format!("[[benchmark]]\nname = \"a\"\nworker = [\"./worker\"]\n{keys}"));
    let asked = ["capacity", "a", "--from", "50", "--to", "800", "--quick", "--price", "1/h", "--format", "json"];
    let document = project.perfgate(&asked).expect(0).json();
    let schema = Project::bare().perfgate(&["schema", "capacity"]).expect(0).json();
    assert_eq!(document["schema"], schema["properties"]["schema"]["const"]);
    check(&document, &schema, &schema, "capacity");
    assert_eq!((document["at_least"].as_f64(), document["limited_by"].as_str()), (Some(800.0), Some("range")));
}

#[test]
fn a_profile_fits_its_schema_and_is_read_and_written_again_as_it_was() {
    let project = Project::bare();
    let stages = r#"echo "{\"id\":$id,\"stages\":{\"decode\":1000,\"infer\":3000}}""#;
    project.script("worker", &crate::support::worker(stages));
    let keys = "rounds = 2\nqueries = 120\nwarmup = 0\nmin_duration = \"0s\"";
    project.write("perfgate.toml", &format!("[[benchmark]]\nname = \"a\"\nworker = [\"./worker\"]\n{keys}\n"));
    let said = project.perfgate(&["profile", "a", "--format", "json"]).expect(0);
    let document = said.json();
    let schema = Project::bare().perfgate(&["schema", "profile"]).expect(0).json();
    assert_eq!(document["schema"], schema["properties"]["schema"]["const"]);
    check(&document, &schema, &schema, "profile");
    assert!(document["tail"]["queries"].as_u64().is_some(), "{document:#}");
    assert_eq!(write_profile(&read_profile(&said.out).unwrap()), said.out);
}

#[test]
fn a_profile_of_version_1_is_read_and_written_again_as_it_was() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1-profile/profile.json");
    let text = fs::read_to_string(file).unwrap();
    let profile = read_profile(&text).unwrap();
    assert_eq!(profile.bottleneck.name(), Some("inference"));
    assert_eq!(write_profile(&profile), text);
}

#[test]
fn a_selftest_fits_its_schema() {
    let project = Project::bare();
    project.script("worker", &counting_worker(100));
    let benchmark = |name: &str| format!("[[benchmark]]\nname = \"{name}\"\nworker = [\"./worker\"]\nrounds = 6\n");
    project.write("perfgate.toml", &(benchmark("a") + "queries = 12\nmin_duration = \"0s\"\n"));
    project.perfgate(&["selftest", "--budget", "1ms", "-o", "tested.json"]).expect(0);
    project.script("worker", "exit 3\n");
    project.perfgate(&["selftest", "--budget", "1ms", "-o", "failed.json"]).expect(4);
    let schema = Project::bare().perfgate(&["schema", "selftest"]).expect(0).json();
    for name in ["tested.json", "failed.json"] {
        let document: Value = serde_json::from_str(&project.read(name)).unwrap();
        assert_eq!(document["schema"], schema["properties"]["schema"]["const"], "{name}");
        check(&document, &schema, &schema, name);
    }
}

#[test]
fn what_is_written_fits_its_schema() {
    let project = counting_project(100);
    project.perfgate(&["record", "-o", "result.json"]).expect(0);
    project.perfgate(&["check", "-o", "comparison.json"]).expect(0);
    project.script("worker", &counting_worker(150));
    project.perfgate(&["accept", "count", "steps", "--up-to", "50%", "--base", "HEAD", "--why", "x"]).expect(0);
    project.perfgate(&["check", "-o", "accepted.json"]).expect(0);
    let baseline = fs::read_to_string(project.baseline()).unwrap();
    for (name, text) in [
        ("result", project.read("result.json")),
        ("baseline", baseline),
        ("comparison", project.read("comparison.json")),
        ("comparison", project.read("accepted.json")),
    ] {
        let schema = Project::bare().perfgate(&["schema", name]).expect(0).json();
        let document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["schema"], schema["properties"]["schema"]["const"], "{name}");
        check(&document, &schema, &schema, name);
    }
    let schema = Project::bare().perfgate(&["schema", "config"]).expect(0).json();
    assert!(schema["properties"]["benchmark"].is_object(), "{schema:#}");
    let schema = Project::bare().perfgate(&["schema", "accepted"]).expect(0).json();
    let keys = schema["properties"]["accepted"]["items"]["properties"].as_object().unwrap();
    assert!(
        ["benchmark", "metric", "up_to", "until", "base", "why"].iter().all(|key| keys.contains_key(*key)),
        "{schema:#}"
    );
}
