//! `perfgate ab`. Times are the machine's own, so what is tested is counts, refusals, and a difference that no machine hides;
//! error rates and power are tested in virtual time, in `src/ab`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::bad_input::assert_gone;
use crate::documents::check;
#[cfg(feature = "http")]
use crate::http::serving::{Act, Http1, ok, response};
use crate::support::{ANSWER, Project, Said, worker};

/// Two benchmarks of these names with these keys, and a worker for each.
fn project(of_a: &str, of_b: &str, keys: &str) -> Project {
    let project = Project::bare();
    project.script("one", of_a);
    project.script("two", of_b);
    let benchmark = |name: &str, program: &str| {
        format!(
            "[[benchmark]]\nname = \"{name}\"\nworker = [\"./{program}\"]\nwarmup = 1\nmin_duration = \"0s\"\n{keys}\n"
        )
    };
    project.write("perfgate.toml", &(benchmark("old", "one") + &benchmark("new", "two")));
    project.write("data.csv", "user,x,label\n1,1,0\n1,2,1\n2,3,0\n3,4,1\n4,5,0\n5,6,1\n6,7,0\n6,8,1\n");
    project
}

fn test(project: &Project, arguments: &[&str], status: i32) -> Value {
    let all = [&["ab", "old", "new", "--format", "json"], arguments].concat();
    project.perfgate(&all).expect(status).json()
}

fn refused(project: &Project, arguments: &[&str], message: &str) -> Said {
    let said = project.perfgate(&[&["ab"], arguments].concat()).expect(2);
    said.err_has(message);
    assert!(said.out.is_empty(), "nothing is shown: {}", said.out);
    said
}

fn queries(document: &Value) -> Vec<u64> {
    document["arms"].as_array().unwrap().iter().map(|arm| arm["queries"].as_u64().unwrap()).collect()
}

const SLOW: &str = "sleep 0.03\n";

#[test]
fn the_faster_of_two_workers_wins_whichever_comes_first() {
    let project = project(&worker(&format!("{SLOW}{ANSWER}")), &worker(ANSWER), "");
    let document =
        test(&project, &["--queries", "200", "-o", "out.md", "-o", "out.txt", "-o", "out.json", "-o", "out.html"], 0);
    assert_eq!(document["schema"], "perfgate.ab/1");
    assert_eq!(document["winner"], "new", "{document:#}");
    assert_eq!(document["latency"]["differs"], true);
    assert!(document["latency"]["change"].as_f64().unwrap() < -0.5);
    assert!(["roll-out", "gradual"].contains(&document["decision"].as_str().unwrap()), "{document:#}");
    let words = document["recommendation"].as_str().unwrap();
    assert!(words.starts_with("Roll out `new`") && words.contains("% faster"), "{words}");
    assert!(document["sample_ratio_p_value"].as_f64().unwrap() > 0.01);
    let schema = Project::bare().perfgate(&["schema", "ab"]).expect(0).json();
    assert_eq!(document["schema"], schema["properties"]["schema"]["const"]);
    check(&document, &schema, &schema, "ab");
    assert!(project.read("out.md").starts_with("### perfgate ab: B is better"));
    assert!(project.read("out.txt").contains("Roll out new"));
    let page = project.read("out.html");
    assert!(page.contains("Roll out <code>new</code>"), "{page}");
    assert_eq!(page.matches("<svg").count(), 3, "both distributions, both tails, and how the estimate settled");
    let saved: Value = serde_json::from_str(&project.read("out.json")).unwrap();
    assert_eq!(saved["winner"], "new");
    let said = project.perfgate(&["ab", "new", "old", "--queries", "200"]).expect(0);
    said.out_has("Don't roll out old");
}

#[test]
fn every_query_is_in_the_books_of_its_arm_and_failed_ones_count() {
    // Of five answers one is an error.
    let fails =
        "n=$((n + 1))\nif [ $((n % 5)) -eq 0 ]; then echo \"{\\\"id\\\":$id,\\\"error\\\":\\\"too hot\\\"}\"; else\n";
    let failing = worker(&format!("{fails}{ANSWER}\nfi"));
    let project = project(&worker(ANSWER), &failing, "");
    let document = test(&project, &["--queries", "300", "--no-guardrails", "--threshold", "0"], 0);
    let counts = queries(&document);
    let [a, b] = [&document["arms"][0], &document["arms"][1]];
    assert_eq!(counts[0] + counts[1], document["queries"].as_u64().unwrap());
    assert_eq!((&a["failed"], &a["error_rate"]), (&0.into(), &0.0.into()));
    let failed = b["failed"].as_f64().unwrap();
    let rate = b["error_rate"].as_f64().unwrap();
    assert!((rate - failed / counts[1] as f64).abs() < 1e-9, "{b:#}");
    assert!((0.12..0.25).contains(&rate), "{rate}");
    assert_eq!(b["first_failure"], "too hot");
    assert_eq!(document["guardrails"], serde_json::json!([]));
}

#[cfg(feature = "http")]
#[test]
fn two_services_are_asked_what_their_books_say_and_a_status_of_failure_is_one() {
    let good = Http1::start(|_| ok("fine"));
    let broken = Http1::start(|seen| {
        if seen.number % 3 == 0 { Act::Send(response("503 Service Unavailable", "", "busy")) } else { ok("fine") }
    });
    for traffic in ["", "scenario = \"server\"\ntarget_qps = 400\nmax_lateness = \"1000000%\"\n"] {
        let project = Project::bare();
        let both = [("old", &good), ("new", &broken)].map(|(name, server)| {
            let url = server.url("/");
            format!(
                "[[benchmark]]\nname = \"{name}\"\nhttp = \"{url}\"\nwarmup = 0\nmin_duration = \"0s\"\n\
                 max_error_rate = 0.5\n{traffic}"
            )
        });
        project.write("perfgate.toml", &both.concat());
        let before = [good.seen().len(), broken.seen().len()];
        let document = test(&project, &["--queries", "200", "--rounds", "4", "--no-guardrails"], 0);
        let asked = [good.seen().len() - before[0], broken.seen().len() - before[1]];
        assert_eq!(queries(&document), asked.map(|count| count as u64), "{document:#}");
        let [a, b] = [&document["arms"][0], &document["arms"][1]];
        assert_eq!(a["failed"], 0);
        let rate = b["error_rate"].as_f64().unwrap();
        assert!((0.25..0.4).contains(&rate), "{rate}");
        assert!(b["first_failure"].as_str().unwrap().contains("503"), "{b:#}");
        assert_eq!(document["winner"], "old", "{document:#}");
    }
}

#[test]
fn the_traffic_is_split_as_asked_and_the_seed_fixes_how() {
    let project = project(&worker(ANSWER), &worker(ANSWER), "");
    let counts = |seed: &str| {
        let document = test(&project, &["--queries", "200", "--split", "80:20", "--seed", seed, "--threshold", "0"], 0);
        assert_eq!(document["warnings"][0]["code"], "uneven-split");
        (queries(&document), document["rounds"].as_u64().unwrap())
    };
    let (first, rounds) = counts("7");
    // What is decided early is shorter, whatever the machine does; a round's queries are the same.
    if counts("7").1 == rounds {
        assert_eq!(counts("7").0, first);
    }
    assert!(first[0] > 2 * first[1], "{first:?}");
}

#[test]
fn a_key_always_meets_the_same_arm() {
    let noting = |name: &str| worker(&format!("s=${{line#*'\"samples\":['}}; echo \"${{s%%]*}}\" >> {name}\n{ANSWER}"));
    let project = project(&noting("of_one"), &noting("of_two"), "dataset = \"data.csv\"\n");
    let document = test(&project, &["--queries", "160", "--key", "user", "--threshold", "0"], 0);
    assert_eq!((&document["by"], &document["key"]), (&"key".into(), &"user".into()));
    // The warm-up asks about any sample; it has the first query of each round.
    let users = ["1", "1", "2", "3", "4", "5", "6", "6"];
    let seen = |file: &str| -> Vec<usize> { project.read(file).lines().map(|line| line.parse().unwrap()).collect() };
    let timed = |file: &str, arm: usize| -> BTreeSet<&str> {
        let all = seen(file);
        let warm_up = all.len() as u64 - queries(&document)[arm];
        assert_eq!(warm_up, document["rounds"].as_u64().unwrap());
        // A sample of a key that is not this arm's is seen in the warm-up only, and that is the same one in every round.
        let first = all[0];
        let others = all.iter().filter(|&&sample| sample != first).map(|&sample| users[sample]);
        let mut keys: BTreeSet<&str> = others.collect();
        if all.iter().filter(|&&sample| sample == first).count() as u64 > warm_up {
            keys.insert(users[first]);
        }
        keys
    };
    let (one, two) = (timed("of_one", 0), timed("of_two", 1));
    assert!(one.is_disjoint(&two), "{one:?} {two:?}");
    let keys: u64 = document["arms"].as_array().unwrap().iter().map(|arm| arm["keys"].as_u64().unwrap()).sum();
    assert_eq!(keys as usize, one.len() + two.len());
    let document = test(&project, &["--queries", "100", "--by", "key", "--users", "30", "--threshold", "0"], 0);
    assert_eq!(document["users"], 30);
}

#[test]
fn an_open_loop_has_both_arms_up_under_one_schedule() {
    let keys = "scenario = \"server\"\ntarget_qps = 200\nmax_lateness = \"1000000%\"\n";
    let both = |mine: &str, other: &str| {
        let up = format!(
            "touch {mine}.up\nn=0\nwhile [ ! -e {other}.up ] && [ $n -lt 600 ]; do n=$((n + 1)); sleep 0.05; done\n"
        );
        let down = format!("rm -f {mine}.up\n");
        // Ready only when the other is up, too: whoever starts one after the other waits for a minute.
        format!("{up}{}{down}", worker(&format!("echo \"$id\" >> {mine}.seen\n{ANSWER}")))
    };
    let project = project(&both("one", "two"), &both("two", "one"), keys);
    let document = test(&project, &["--queries", "60", "--rounds", "1", "--budget", "5m"], 0);
    assert_eq!(document["queries"], 60, "{document:#}");
    assert_eq!(document["scenario"], "server");
    let codes: Vec<&str> =
        document["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"arms-share-the-machine") && codes.contains(&"few-rounds"), "{codes:?}");
    let seen = |file: &str| project.read(file).lines().count() as u64;
    // One warm-up query each.
    assert_eq!([seen("one.seen") - 1, seen("two.seen") - 1], queries(&document)[..]);
}

#[test]
fn an_arm_that_dies_is_named_and_nothing_is_left_running() {
    for keys in ["", "scenario = \"server\"\ntarget_qps = 200\n"] {
        let dying = worker("echo too hot >&2; exit 7");
        let living = format!("echo $$ >> pids\n{}", worker(ANSWER));
        let project = project(&living, &dying, keys);
        let said = project.perfgate(&["ab", "old", "new", "--queries", "100", "--format", "json"]).expect(4);
        let document = said.json();
        assert_eq!(document["ended"], "failed", "{document:#}");
        assert_eq!((&document["winner"], &document["exit_code"]), (&"none".into(), &4.into()));
        assert!(document.get("decision").is_none() && document.get("sample_ratio_p_value").is_none());
        assert_eq!(document["failures"].as_array().unwrap().len(), 1, "{document:#}");
        assert_eq!(document["failures"][0]["benchmark"], "new");
        let reason = document["failures"][0]["reason"].as_str().unwrap();
        assert!(reason.contains("exited with status 7") && reason.contains("too hot"), "{reason}");
        assert!(document["recommendation"].as_str().unwrap().contains("`new` could not be measured"));
        let schema = Project::bare().perfgate(&["schema", "ab"]).expect(0).json();
        check(&document, &schema, &schema, "ab");
        assert_gone(&project.read("pids"));
    }
}

#[test]
fn an_arm_that_does_not_start_does_not_keep_the_other_waiting() {
    let keys = "scenario = \"server\"\ntarget_qps = 50\n";
    // It ends when the other is there.
    let ends = "until [ -e pids ]; do sleep 0.01; done\nexit 3\n";
    let project = project(ends, &format!("echo $$ >> pids\n{}", worker(ANSWER)), keys);
    let said = project.perfgate(&["ab", "old", "new", "--queries", "100"]).expect(4);
    said.out_has("old: `./one` exited with status 3 before it was ready");
    said.out_has("Don't roll anything out by this");
    assert_gone(&project.read("pids"));
}

#[test]
fn what_is_not_comparable_is_refused_before_anything_runs() {
    let touch = "touch ran\nexit 1\n";
    let keys = "dataset = \"data.csv\"\n";
    let project = project(touch, touch, keys);
    refused(&project, &["old", "old"], "both arms are the benchmark `old`").err_has("a second [[benchmark]]");
    refused(&project, &["old", "newt"], "no benchmark is named `newt`").err_has("did you mean `new`?");
    refused(&project, &["old", "new", "--by", "key"], "`--by key` needs to know the key").err_has("--users N");
    refused(&project, &["old", "new", "--key", "usr"], "the dataset has no column `usr`").err_has("it has: user, x");
    refused(&project, &["old", "new", "--by", "query", "--users", "9"], "`--by query` has no keys");
    refused(&project, &["old", "new", "--key", "user", "--users", "9"], "cannot be used with");
    refused(&project, &["old", "new", "--users", "1"], "1 is not in 2..=");
    for (split, message) in [
        ("50", "it has not two parts; expected the parts of A and B such as 50:50"),
        ("100:0", "each arm needs traffic"),
        ("a:b", "a part is no number"),
    ] {
        refused(&project, &["old", "new", "--split", split], message);
    }
    refused(&project, &["old", "new", "--guardrail", "speed=1%"], "`speed` is none of error_rate");
    refused(&project, &["old", "new", "--guardrail", "error_rate=1%", "--no-guardrails"], "cannot be used with");
    let whole = project.read("perfgate.toml");
    project.write("other.csv", "x\n1\n");
    let other = |from: &str, to: &str| project.write("perfgate.toml", &whole.replacen(from, to, 1));
    other("dataset = \"data.csv\"", "dataset = \"other.csv\"");
    refused(&project, &["old", "new"], "the arms differ in their dataset: `old` has `other.csv`, `new` has `data.csv`");
    other("dataset = \"data.csv\"", "");
    refused(&project, &["old", "new"], "the arms differ in their dataset: `old` has none");
    other("dataset = \"data.csv\"", "dataset = \"data.csv\"\nscenario = \"offline\"");
    refused(&project, &["old", "new"], "the arms differ in their scenario: `old` has offline, `new` has single-stream");
    let everywhere = |to: &str| project.write("perfgate.toml", &whole.replace("dataset = \"data.csv\"", to));
    everywhere("scenario = \"offline\"");
    refused(&project, &["old", "new"], "an offline benchmark has no traffic to split");
    everywhere("scenario = \"server\"\ntraffic = { shape = \"closed\", users = 4 }");
    refused(&project, &["old", "new"], "users who wait for their answers cannot be split");
    everywhere("scenario = [\"single-stream\", \"offline\"]");
    refused(&project, &["old", "new"], "`old` stands for several benchmarks: old/single-stream, old/offline");
    everywhere("");
    refused(&project, &["old", "new", "--key", "user"], "`--key user`: the benchmarks have no dataset");
    refused(
        &project,
        &["old", "new", "--guardrail", "accuracy=1%"],
        "`--guardrail accuracy`: nobody knows which answers",
    )
    .err_has("they have no dataset");
    project.write("bare.csv", "x\n1\n");
    everywhere("dataset = \"bare.csv\"");
    refused(&project, &["old", "new", "--guardrail", "accuracy=1%"], "their dataset `bare.csv` has no labels");
    assert!(!project.file("ran").exists());
}

#[test]
fn a_late_load_generator_measures_nothing_here_either() {
    // Of a latency no share at all may be lateness, and no clock is as exact as that.
    let keys = "scenario = \"server\"\ntarget_qps = 200\nmax_lateness = 0\n";
    let project = project(&worker(ANSWER), &worker(ANSWER), keys);
    let document = test(&project, &["--queries", "60", "--rounds", "2"], 4);
    assert_eq!((&document["ended"], &document["winner"]), (&"failed".into(), &"none".into()), "{document:#}");
    assert!(document.get("decision").is_none() && document.get("latency").is_none());
    for failure in document["failures"].as_array().unwrap() {
        let reason = failure["reason"].as_str().unwrap();
        assert!(
            reason.contains("the load generator was late") && reason.contains("which is the middle one by this"),
            "{reason}"
        );
    }
}

#[test]
fn right_answers_are_compared_where_there_are_labels() {
    // Always class 0: right for half of the samples.
    let half = worker(r#"echo "{\"id\":$id,\"outputs\":[0]}""#);
    let project = project(&half, &half, "dataset = \"data.csv\"\n");
    let document = test(&project, &["--queries", "100", "--threshold", "0"], 0);
    let accuracy: Vec<&Value> = document["arms"].as_array().unwrap().iter().map(|arm| &arm["accuracy"]).collect();
    assert_eq!(accuracy, [&Value::from(0.5); 2], "each of 8 samples once: {document:#}");
    let guarded = document["guardrails"].as_array().unwrap();
    let own = guarded.iter().find(|own| own["metric"] == "accuracy").unwrap();
    assert_eq!((&own["change"], &own["state"]), (&0.0.into(), &"open".into()), "8 samples prove nothing");
    let right = &document["accuracy"];
    assert_eq!((&right["values"], &right["pairs"]), (&serde_json::json!([0.5, 0.5]), &8.into()), "{document:#}");
    assert_eq!((&right["difference"], &right["differs"]), (&0.0.into(), &false.into()));
}

#[test]
fn a_budget_ends_a_test_that_is_not_decided() {
    let project = project(&worker(ANSWER), &worker(ANSWER), "");
    let arguments = ["--queries", "4000", "--rounds", "400", "--threshold", "0", "--budget", "1ms"];
    let document = test(&project, &arguments, 0);
    assert_eq!((&document["ended"], &document["rounds"]), (&"budget".into(), &2.into()), "{document:#}");
    assert_eq!(document["decision"], "wait");
}

#[cfg(feature = "onnx")]
#[test]
fn two_models_in_the_embedded_engine_are_tested_in_turns_and_at_once() {
    let file = |name: &str| format!("{}/fixtures/digits/{name}", env!("CARGO_MANIFEST_DIR"));
    for keys in ["", "scenario = \"server\"\ntarget_qps = 500\nmax_lateness = \"1000000%\"\n"] {
        let project = Project::bare();
        let benchmark = |name: &str| {
            let (model, data) = (file("model.onnx"), file("test.csv"));
            format!("[[benchmark]]\nname = \"{name}\"\nonnx = \"{model}\"\ndataset = \"{data}\"\nwarmup = 1\n{keys}\n")
        };
        project.write("perfgate.toml", &(benchmark("old") + &benchmark("new")));
        let document = test(&project, &["--queries", "200", "--rounds", "2"], 0);
        assert_eq!(document["queries"], 200, "{document:#}");
        for arm in document["arms"].as_array().unwrap() {
            assert!(arm["accuracy"].as_f64().unwrap() > 0.8, "{arm:#}");
            assert_eq!(arm["failed"], 0);
        }
    }
}
