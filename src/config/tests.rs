//! The rules of the configuration, one by one. What problems look like is tested in `render::diagnostic`.

mod extent;
mod mistakes;
mod scenarios;
mod service;
mod traffic;
mod values;

use super::*;
use keys::Belongs;

const VALID: &str = "[[benchmark]]\nname = \"x\"\ncommand = [\"true\"]\n";

fn config(text: &str) -> Config {
    parse(text).unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"))
}

/// A benchmark that is a command and has this line too.
fn with(line: &str) -> Config {
    config(&format!("{VALID}{line}\n"))
}

/// What is wrong with a text: `offending text | message | label | help` of every problem.
fn problems(text: &str) -> Vec<String> {
    let found = parse(text).expect_err(text);
    assert!(found.iter().all(|problem| !problem.help.is_empty() && !problem.place.label.is_empty()), "{found:#?}");
    let offending = |problem: &Problem| text[problem.place.span.clone()].to_owned();
    found.iter().map(|p| format!("{} | {} | {} | {}", offending(p), p.message, p.place.label, p.help)).collect()
}

/// The only problem of a text.
#[track_caller]
fn problem(text: &str) -> String {
    let mut all = problems(text);
    assert_eq!(all.len(), 1, "{text}\n{all:#?}");
    all.remove(0)
}

/// The only problem of a benchmark with this line.
#[track_caller]
fn problem_with(line: &str) -> String {
    problem(&format!("{VALID}{line}\n"))
}

#[track_caller]
fn has(told: &str, parts: &[&str]) {
    for part in parts {
        assert!(told.contains(part), "`{part}` is not in\n{told}");
    }
}

#[test]
fn the_smallest_configuration_has_the_usual_values() {
    let found = config(VALID);
    assert_eq!(
        found.policy,
        GatePolicy { benchmarks: [("x".to_owned(), BenchmarkPolicy::default())].into(), ..GatePolicy::default() }
    );
    assert_eq!((found.budget, found.build, found.store), (None, None, StoreUrl::Dir("baselines".into())));
    let [only] = found.benchmarks.as_slice() else { panic!("one benchmark") };
    assert_eq!(only.system, System::Command(CommandLine { program: "true".to_owned(), arguments: Vec::new() }));
    assert_eq!((only.rounds.get(), only.timeout.as_secs(), only.max_error_rate), (10, 30, 0.0));
}

#[test]
fn everything_can_be_set() {
    let found = config(
        "[gate]\nthreshold = \"5%\"\nalpha = 0.01\nbudget = \"5m\"\nfail_on = \"regression,inconclusive\"\n\
         allow_missing = true\n[baseline]\nstore = \"file:///var/b\"\n[build]\ncommand = [\"make\", \"all\"]\n\
         [[benchmark]]\nname = \"d\"\nonnx = \"m.onnx\"\ndataset = \"d.csv\"\nscenario = [\"single-stream\"]\n\
         rounds = 1_000\nqueries = 0x10\nwarmup = 3\nmin_duration = \"250µs\"\ntimeout = \"1.5s\"\n\
         max_error_rate = \"1%\"\nthreshold = 0\nalpha = \"2%\"\ngate = false\nallow_missing = false\n\
         [benchmark.metrics]\nlatency_p50.gate = true\naccuracy.threshold = 0.02\naccuracy.alpha = 0.001\n",
    );
    assert_eq!((found.policy.threshold.share(), found.policy.alpha.share()), (0.05, 0.01));
    assert!(found.policy.fail_on.inconclusive && !found.policy.fail_on.no_baseline && found.policy.allow_missing);
    assert_eq!((found.budget, found.store), (Some(Duration::from_secs(300)), StoreUrl::Dir("/var/b".into())));
    let build = found.build.unwrap();
    assert_eq!((build.command.to_string().as_str(), build.cache), ("make all", true));
    let benchmark = &found.benchmarks[0];
    assert_eq!((benchmark.rounds.get(), benchmark.stopping.queries.get(), benchmark.warmup), (1000, 16, 3));
    assert_eq!(benchmark.stopping.min_duration, Duration::from_micros(250));
    assert_eq!((benchmark.timeout, benchmark.max_error_rate), (Duration::from_millis(1500), 0.01));
    assert_eq!(benchmark.name, "d/single-stream", "a list names each benchmark after its scenario");
    let rules = &found.policy.benchmarks["d/single-stream"];
    assert_eq!(rules.all.threshold.unwrap().share(), 0.0);
    assert_eq!(
        (rules.all.alpha.unwrap().share(), rules.all.gate, rules.allow_missing),
        (0.02, Some(false), Some(false))
    );
    assert_eq!(rules.metrics["latency_p50"].gate, Some(true));
    assert_eq!(rules.metrics["accuracy"].threshold.unwrap().share(), 0.02);
    assert_eq!(rules.metrics["accuracy"].alpha.unwrap().share(), 0.001);
}

#[test]
fn every_key_is_read_and_its_example_is_right() {
    for section in keys::PLACES {
        for key in section.keys {
            let before = match section.name {
                "benchmark" => "[[benchmark]]\n".to_owned(),
                "metrics" => format!("{VALID}[benchmark.metrics.m]\n"),
                "traffic" => format!("{VALID}[benchmark.traffic]\n"),
                other => format!("{VALID}[{other}]\n"),
            };
            let wrong = format!("{before}{} = 1979-05-27\n", key.name);
            let found = parse(&wrong).expect_err(&wrong);
            let here = |problem: &&Problem| wrong[problem.place.span.clone()] == *"1979-05-27";
            let told = found.iter().find(here).unwrap_or_else(|| panic!("nobody reads `{}`\n{found:#?}", key.name));
            has(&told.message, &[&format!("`{}` must be ", key.name)]);
            let right = format!("{before}{} = {}\n", key.name, key.example);
            let about = parse(&right).err().unwrap_or_default();
            let value = right.rfind(key.example).unwrap();
            assert!(about.iter().all(|problem| problem.place.span.start < value), "{right}\n{about:#?}");
        }
    }
}

/// A benchmark that wants the keys which belong there.
fn wanting(belongs: Belongs) -> String {
    match belongs {
        Belongs::Everywhere => VALID.to_owned(),
        Belongs::ToSystem("http") => "[[benchmark]]\nname = \"x\"\nhttp = \"http://localhost/\"\n".to_owned(),
        Belongs::ToSystem(other) => panic!("no keys belong to {other}"),
        Belongs::ToScenarios(kinds) => {
            let target = if kinds[0] == ScenarioKind::Server { "target_qps = 5\n" } else { "" };
            format!("{VALID}scenario = \"{}\"\n{target}", kinds[0].name())
        }
        Belongs::ToShapes(shapes) => {
            let traffic = shapes[0].example().trim_end_matches(" }");
            let target = if shapes[0].needs().contains(&"burst") { "target_qps = 5\n" } else { "" };
            format!("{VALID}scenario = \"server\"\n{target}traffic = {traffic}")
        }
    }
}

#[test]
fn the_defaults_of_the_schema_are_those_that_hold() {
    for section in keys::PLACES {
        for key in section.keys {
            let Some(default) = key.default else { continue };
            let before = wanting(key.belongs);
            // A build is nothing without its command.
            let header = if section.name == "build" { "[build]\ncommand = [\"true\"]" } else { section.header };
            // JSON and TOML spell these values alike.
            let (implicit, explicit) = match key.belongs {
                Belongs::ToShapes(_) => {
                    // The example may have the key already.
                    let own = format!(", {} = ", key.name);
                    let implicit = before.split(&own).next().unwrap().to_owned();
                    (format!("{implicit} }}\n"), format!("{implicit}{own}{default} }}\n"))
                }
                _ if section.repeated => (before.clone(), format!("{before}{} = {default}\n", key.name)),
                _ => (format!("{before}{header}\n"), format!("{before}{header}\n{} = {default}\n", key.name)),
            };
            assert_eq!(config(&explicit), config(&implicit), "{explicit}");
        }
    }
}

#[test]
fn a_file_without_a_benchmark_is_refused() {
    for text in ["", "\n\n", "# nothing\n", "[gate]\nthreshold = 0.1\n", "benchmark = []\n", "\u{feff}"] {
        has(&problem(text), &["there is no [[benchmark]]", "command = ["]);
    }
}

#[test]
fn names_are_required_unique_and_readable() {
    let named = |name: &str| problem(&format!("[[benchmark]]\nname = {name}\ncommand = [\"true\"]\n"));
    has(&problem("[[benchmark]]\ncommand = [\"true\"]\n"), &["[[benchmark]] | [[benchmark]] has no `name`"]);
    has(&named("\"\""), &["the name is empty"]);
    has(&named("\" x\""), &["blanks at its start or end", "write \"x\""]);
    has(&named("\"a\\nb\""), &["invisible character U+000A"]);
    has(&named("\"a\\u202eb\""), &["invisible character U+202E"]);
    has(&named(&format!("\"{}\"", "n".repeat(101))), &["it has 101 characters"]);
    has(&named("5"), &["this is a whole number"]);
    assert_eq!(config(&VALID.replace("\"x\"", "\"größe/µ 日本\"")).benchmarks[0].name, "größe/µ 日本");
    let told = parse(&format!("{VALID}{VALID}")).unwrap_err();
    assert_eq!(told[0].message, "two benchmarks are named `x`");
    assert_eq!(told[0].related.as_ref().unwrap().span, 21..24, "it shows the first one too");
}

#[test]
fn the_names_that_scenarios_make_are_unique_too() {
    let list = VALID.replace("\"x\"\n", "\"x\"\nscenario = [\"single-stream\"]\n");
    let other = VALID.replace("\"x\"", "\"x/single-stream\"");
    has(&problem(&format!("{list}{other}")), &["two benchmarks are named `x/single-stream`"]);
    has(&problem(&format!("{list}{VALID}")), &["two benchmarks are named `x`"]);
}

#[test]
fn a_benchmark_has_exactly_one_system() {
    let told = problem("[[benchmark]]\nname = \"x\"\n");
    has(&told, &["nothing to measure", "needs one of onnx, command, worker, http", "command = ["]);
    let told = problem_with("worker = [\"w\"]");
    has(&told, &["worker | ", "not both `command` and `worker`"]);
    has(&problem("[[benchmark]]\nname = \"x\"\nonnx = \"m\"\n"), &["onnx | an `onnx` benchmark needs a `dataset`"]);
}

#[test]
fn systems_and_keys_of_later_versions_are_named_as_such() {
    let told = problem("[[benchmark]]\nname = \"x\"\nharness = [\"a\"]\n");
    has(
        &told,
        &["harness | this version of perfgate cannot measure `harness` benchmarks yet", "onnx, command, worker, http"],
    );
    has(&problem_with("format = \"criterion\""), &["`harness` benchmarks", "cannot measure yet", "not available yet"]);
}

#[test]
fn commands_are_lists() {
    let command = |value: &str| problem(&format!("[[benchmark]]\nname = \"x\"\ncommand = {value}\n"));
    has(&command("\"./tool --flag\""), &["this is a string", "write `command = [\"./tool\", \"--flag\"]`"]);
    has(&command("\"a | b\""), &["[\"sh\", \"-c\", \"…\"]"]);
    has(&command("\"\""), &["for example `command = "]);
    has(&command("[]"), &["the list is empty"]);
    has(&command("[\"\", \"x\"]"), &["\"\" | ", "the program is empty"]);
    has(&command("[\"a\", 5]"), &["5 | ", "this is a whole number"]);
    has(&command("[\"a\", \"b\\u0000\"]"), &["NUL"]);
    has(&problem(&format!("{VALID}[build]\n")), &["[build] has no `command`"]);
    has(
        &problem(&format!("{VALID}[build]\ncommand = [\"a\"]\ncache = \"false\"\n")),
        &["`cache = false`, without quotes"],
    );
    let build = config(&format!("{VALID}[build]\ncommand = [\"a\", \"\"]\ncache = false\n")).build.unwrap();
    assert_eq!((build.command.to_string().as_str(), build.cache), ("a \"\"", false));
}

#[test]
fn the_schema_describes_every_key_and_allows_no_other() {
    let schema = json_schema();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    let benchmark = &schema["properties"]["benchmark"]["items"];
    let tables = [
        &schema,
        &schema["properties"]["gate"],
        &schema["properties"]["baseline"],
        &schema["properties"]["build"],
        benchmark,
        &benchmark["properties"]["metrics"]["additionalProperties"],
        &benchmark["properties"]["traffic"]["anyOf"][3],
    ];
    for table in tables {
        assert_eq!(table["additionalProperties"], false, "{table:#}");
        for (name, value) in table["properties"].as_object().unwrap() {
            assert!(value["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}: {value:#}");
        }
    }
    assert_eq!(benchmark["properties"]["rounds"]["default"], 10);
    assert_eq!(benchmark["properties"]["rounds"]["maximum"], 10_000);
    assert_eq!(schema["properties"]["gate"]["properties"]["fail_on"]["default"][1], "no-baseline");
    assert!(benchmark["properties"].get("harness").is_none(), "editors shall not complete what is refused");
    assert_eq!(benchmark["dependentRequired"]["ready"][0], "http");
    assert_eq!(benchmark["dependentRequired"]["target_qps"][0], "scenario");
    assert_eq!(benchmark["properties"]["traffic"]["anyOf"][3]["properties"]["burst"]["exclusiveMinimum"], 1);
    assert!(benchmark["properties"]["traffic"]["anyOf"][3]["properties"].get("users").is_none());
    for section in keys::SECTIONS {
        for key in section.keys.iter().filter(|key| key.default.is_some()) {
            let parent = &schema["properties"][section.name];
            let table = if section.repeated { &parent["items"] } else { parent };
            assert!(table["properties"][key.name].get("default").is_some(), "the default of {} is no JSON", key.name);
        }
    }
}
