//! `perfgate profile`: where a benchmark's time goes. The workers report times that do not depend on the machine.

use serde_json::{Value, json};

use crate::support::{ANSWER, Project, Said, worker};

/// A worker whose queries report these stages, in nanoseconds.
fn reporting(stages: &str) -> String {
    worker(&format!(r#"echo "{{\"id\":$id,\"stages\":{{{stages}}}}}""#))
}

/// A project with a worker of which each round has so many queries.
fn project(script: &str, queries: u32) -> Project {
    let project = Project::bare();
    project.script("worker", script);
    project.write(
        "perfgate.toml",
        &format!(
            "[[benchmark]]\nname = \"w\"\nworker = [\"./worker\"]\nrounds = 3\nqueries = {queries}\nwarmup = 2\n\
             min_duration = \"0s\"\n"
        ),
    );
    project
}

fn profiled(project: &Project) -> Value {
    project.perfgate(&["profile", "w", "--format", "json"]).expect(0).json()
}

fn stage<'a>(document: &'a Value, name: &str) -> &'a Value {
    let stages = document["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["name"] == name).unwrap_or_else(|| panic!("no {name} in {document:#}"))
}

#[test]
fn the_stage_that_takes_most_is_told_and_what_it_could_gain_follows_from_its_share() {
    let document = profiled(&project(&reporting(r#"\"decode\":1000,\"infer\":3000"#), 20));
    // A query takes longer than these four microseconds on any machine: more passes outside of the stages.
    assert_eq!((&document["schema"], document.get("bottleneck")), (&json!("perfgate.profile/1"), None));
    let finding = &document["bottleneck_finding"];
    assert_eq!((&finding["finding"], &finding["stage"]), (&json!("outside"), &json!("infer")));
    assert_eq!((&document["scenario"], &document["shares_of"]), (&json!("single-stream"), &json!("latency")));
    let names: Vec<&Value> = document["stages"].as_array().unwrap().iter().map(|stage| &stage["name"]).collect();
    assert_eq!(names, ["infer", "decode"], "the greatest share first");
    let infer = stage(&document, "infer");
    for percentile in ["p50", "p90", "p95", "min", "max"] {
        assert_eq!(infer[percentile], 3000, "{percentile}");
    }
    assert_eq!((&infer["queries"], infer.get("p99")), (&json!(60), None), "sixty queries have no hundredth");
    let share = |value: &Value| value["share"].as_f64().unwrap();
    let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-6 * b.abs(), "{a} is not {b}");
    close(share(infer), 3.0 * share(stage(&document, "decode")));
    close(share(&document["outside"]) + 4.0 / 3.0 * share(infer), 1.0);
    close(infer["gain_twice_as_fast"]["times"].as_f64().unwrap(), 1.0 / (1.0 - share(infer) / 2.0));
    close(infer["gain_at_most"]["times"].as_f64().unwrap(), 1.0 / (1.0 - share(infer)));
    // Of what the stages take, it has half more than the other, in every round.
    let lead = &document["bottleneck_finding"]["lead"];
    assert_eq!(lead, &json!({"over": "decode", "by": {"share": 0.5, "ci": [0.5, 0.5]}}));
    let consistency = &document["consistency"];
    assert_eq!((&consistency["queries"], &consistency["reporting"]), (&json!(60), &json!(60)));
    assert_eq!(consistency["by_query"]["exceeded"], 0);
    assert!(document["total"]["max"].as_u64() >= document["total"]["p50"].as_u64());
    assert_eq!(document["measured"]["stages"].as_array().unwrap().len(), 2, "as in a result");
    if cfg!(target_os = "linux") {
        assert!(document["resources"]["cpu_time"].as_f64().unwrap() > 0.0, "{:#}", document["resources"]);
    }
}

#[test]
fn people_read_which_stage_it_is_and_what_else_there_is_to_know() {
    let project = project(&reporting(r#"\"decode\":1000,\"infer\":3000"#), 20);
    let said = project.perfgate(&["profile", "w"]).expect(0);
    said.out_has("No stage is the bottleneck: ");
    said.out_has("of the time passes outside of all stages, on the way, in a queue, in what no stage covers.");
    said.out_has("Of the stages `infer` takes most, ");
    said.out_has("of what the stages take, 50.0 points [50.0, 50.0] more than `decode`.");
    said.out_has("(outside of the stages)");
    said.out_has("How much memory each stage takes is not known");
    said.out_has("plots: perfgate profile w -o profile.html");
    let markdown = project.perfgate(&["profile", "w", "--format", "markdown"]).expect(0);
    markdown.out_has("### perfgate profile");
    markdown.out_has("No stage is the bottleneck: ");
}

#[test]
fn stages_longer_than_their_queries_are_told_and_promise_nothing() {
    let document = profiled(&project(&reporting(r#"\"a\":3600000000000,\"b\":1"#), 5));
    assert_eq!(document["bottleneck"], "a", "nothing is outside");
    assert_eq!((document.get("outside"), stage(&document, "a").get("gain_at_most")), (None, None));
    let by_query = &document["consistency"]["by_query"];
    assert_eq!((&by_query["exceeded"], &by_query["outlasted"]), (&json!(15), &json!(15)));
    let said = project(&reporting(r#"\"a\":3600000000000,\"b\":1"#), 5).perfgate(&["profile", "w"]).expect(0);
    said.out_has("`a` is the bottleneck. It takes ");
    said.out_has("they run at the same time, or their clock is another");
    said.out_has("In 15 queries a single stage takes longer than its query");
    said.out_has("`a` takes all of the time or more, so how much is to be gained there cannot be said");
}

#[test]
fn equal_stages_have_no_bottleneck_and_one_round_tells_nothing() {
    let project = project(&reporting(r#"\"a\":1000,\"b\":1000"#), 5);
    let document = profiled(&project);
    assert_eq!((document.get("bottleneck"), &document["bottleneck_finding"]["finding"]), (None, &json!("open")));
    project.perfgate(&["profile", "w"]).expect(0).out_has("just as much in every round.");
    let once = project.perfgate(&["profile", "w", "--rounds", "1", "--format", "json"]).expect(0).json();
    assert_eq!(once["bottleneck_finding"]["finding"], "one-round");
    assert_eq!(once["stages"][0].get("ci"), None, "one round has no interval");
}

#[test]
fn without_stages_the_whole_is_measured_and_how_to_report_them_is_said() {
    let project = project(&worker(ANSWER), 12);
    let document = profiled(&project);
    assert_eq!((document.get("bottleneck"), document["stages"].as_array().unwrap().len()), (None, 0));
    assert_eq!((&document["total"]["queries"], document.get("tail")), (&json!(36), None));
    let said = project.perfgate(&["profile", "w"]).expect(0);
    said.out_has("No stages are reported.");
    said.out_has("Server-Timing: preprocess;dur=0.12");
}

#[test]
fn what_is_saved_becomes_a_report_of_the_same() {
    let project = project(&reporting(r#"\"decode\":1000,\"infer\":3000"#), 20);
    project.perfgate(&["profile", "w", "-o", "w.json", "-o", "w.html", "-o", "w.txt"]).expect(0);
    project.perfgate(&["report", "w.json", "-o", "again.html"]).expect(0);
    assert_eq!(project.read("again.html"), project.read("w.html"));
    project.perfgate(&["report", "w.json"]).expect(0).out_has("Of the stages `infer` takes most, ");
    project.perfgate(&["run", "-o", "run.json"]).expect(0);
    let several = project.perfgate(&["report", "run.json", "w.json"]).expect(2);
    several.err_has("`w.json` is a profile, which has a report of its own");
}

#[test]
fn a_profile_that_contradicts_itself_is_refused() {
    let project = project(&reporting(r#"\"decode\":1000,\"infer\":3000"#), 20);
    project.perfgate(&["profile", "w", "-o", "w.json"]).expect(0);
    let document: Value = serde_json::from_str(&project.read("w.json")).unwrap();
    let refused = |pointer: &str, value: Value| -> Said {
        let mut document = document.clone();
        *document.pointer_mut(pointer).unwrap() = value;
        project.write("odd.json", &document.to_string());
        project.perfgate(&["report", "odd.json"]).expect(2)
    };
    refused("/bottleneck_finding/finding", json!("ahead")).err_has("`bottleneck_finding` contradict each other");
    refused("/stages/0/p90", json!(5)).err_has("stage `infer`: its times do not ascend");
    refused("/stages/0/ci", json!([0.9, 0.95])).err_has("stage `infer`: the share");
    refused("/schema", json!("perfgate.profile/2")).err_has("is newer than this perfgate");
    refused("/measured/stages/0/times", json!([])).err_has("measured, stage `decode`: it counts no latency");
}

#[test]
fn one_benchmark_is_profiled_and_it_must_be_known() {
    let project = Project::bare();
    project.script("worker", &worker(ANSWER));
    project.write(
        "perfgate.toml",
        "[[benchmark]]\nname = \"digits\"\nworker = [\"./worker\"]\nscenario = [\"single-stream\", \"offline\"]\n",
    );
    let several = project.perfgate(&["profile", "digits"]).expect(2);
    several.err_has("`digits` stands for 2 benchmarks, and one is profiled at a time");
    several.err_has("digits/single-stream, digits/offline");
    project.perfgate(&["profile", "digit"]).expect(2).err_has("no benchmark is named `digit`");
    project.perfgate(&["profile"]).expect(2).err_has("<NAME>");
    project.perfgate(&["profile", "digits/offline", "-o", "x.annotations"]).expect(2);
}

#[test]
fn stages_that_are_too_many_to_keep_are_warned_of() {
    let stages = |most: u32| (0..most).map(|number| format!(r#"\"s{number}\":1000"#)).collect::<Vec<_>>().join(",");
    let warned = |most: u32| {
        let document = profiled(&project(&reporting(&stages(most)), 3));
        let warnings = document["measured"]["warnings"].as_array().cloned().unwrap_or_default();
        (document["stages"].as_array().unwrap().len(), warnings.iter().any(|warning| warning["code"] == "many-stages"))
    };
    assert_eq!(warned(32), (32, false));
    assert_eq!(warned(33), (32, true));
}

#[test]
fn a_system_that_fails_is_no_profile() {
    let project = project("echo no disk >&2; exit 3\n", 5);
    let said = project.perfgate(&["profile", "w", "-o", "w.json"]).expect(4);
    said.err_has("benchmark `w` could not be measured");
    said.err_has("no disk");
    assert!(!project.file("w.json").exists());
}

#[cfg(feature = "onnx")]
mod embedded {
    use super::*;

    fn digits(keys: &str) -> Project {
        let project = Project::bare();
        let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/digits");
        project.write(
            "perfgate.toml",
            &format!(
                "[[benchmark]]\nname = \"w\"\nonnx = \"{fixtures}/model.onnx\"\ndataset = \"{fixtures}/test.csv\"\n\
                 rounds = 3\nwarmup = 1\nmin_duration = \"0s\"\n{keys}\n"
            ),
        );
        project
    }

    /// To compute takes longer than to prepare and to choose, on every machine; on a busy one single queries may say otherwise, so
    /// that it stays open whether that is more than chance.
    #[track_caller]
    fn inference_takes_most(document: &Value) {
        let usual = |name: &str| stage(document, name)["p50"].as_u64().unwrap();
        assert!(usual("inference") > usual("preprocess") && usual("inference") > usual("postprocess"), "{document:#}");
        let named = document.get("bottleneck");
        assert!(named.is_none_or(|name| name == "inference"), "{named:?}");
    }

    #[test]
    fn the_engines_stages_make_up_the_whole_query_and_inference_takes_most() {
        let document = profiled(&digits("queries = 100"));
        inference_takes_most(&document);
        for name in ["preprocess", "inference", "postprocess"] {
            assert_eq!(stage(&document, name)["queries"], 300, "each query is timed");
        }
        assert_eq!(document["consistency"]["sum"], json!({"share": 1.0, "ci": [1.0, 1.0]}));
        assert_eq!(document["outside"]["times"]["max"], 0);
        assert!(document["measured"]["metrics"].as_array().unwrap().iter().any(|metric| metric["name"] == "accuracy"));
        if cfg!(target_os = "linux") {
            for name in ["cpu_time", "rss_peak"] {
                assert!(document["resources"][name].as_f64().unwrap() > 0.0, "{name}: {:#}", document["resources"]);
            }
        }
    }

    #[test]
    fn a_run_has_the_usual_time_of_each_stage_from_some_of_its_queries() {
        let document = digits("queries = 100").perfgate(&["run", "--format", "json"]).expect(0).json();
        let benchmark = &document["benchmarks"][0];
        for name in ["preprocess", "inference", "postprocess"] {
            let metrics = benchmark["metrics"].as_array().unwrap();
            let metric = metrics.iter().find(|metric| metric["name"] == format!("stage_{name}_p50")).unwrap();
            assert_eq!((&metric["gate"], metric["rounds"].as_array().unwrap().len()), (&json!(false), 3));
        }
        let timed = &benchmark["stages"][0]["times"];
        let counted: u64 = timed.as_array().unwrap().iter().map(|bucket| bucket[1].as_u64().unwrap()).sum();
        // The first query is untimed; of the hundred after it, every seventeenth of all: 17, 34, …
        assert_eq!(counted, 3 * 5);
    }

    #[test]
    fn offline_and_in_a_server_stages_are_known_too() {
        let offline = profiled(&digits("queries = 100\nscenario = \"offline\"\nbatch_size = 10"));
        inference_takes_most(&offline);
        assert_eq!(offline["shares_of"], "span");
        assert_eq!((offline.get("tail"), stage(&offline, "inference")["queries"].as_u64()), (None, Some(30)));
        let keys = "queries = 50\nscenario = \"server\"\ntarget_qps = 500\nmax_lateness = \"1000000%\"\nlatency_bound = \"1h\"";
        let server = profiled(&digits(keys));
        inference_takes_most(&server);
        assert_eq!(server["shares_of"], "latency");
    }
}
