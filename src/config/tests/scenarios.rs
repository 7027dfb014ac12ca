//! Scenarios, and the keys that belong to some of them.

use super::*;

/// The only benchmark's scenario.
fn scenario(lines: &str) -> Scenario {
    with(lines).benchmarks[0].scenario.clone()
}

fn some(number: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(number)
}

#[test]
fn scenarios_are_checked() {
    assert_eq!(with("scenario = \"single-stream\"").benchmarks[0].name, "x");
    has(&problem_with("scenario = \"ofline\""), &["unknown scenario `ofline`", "did you mean \"offline\"?"]);
    has(&problem_with("scenario = \"SingleStream\""), &["did you mean \"single-stream\"?"]);
    has(&problem_with("scenario = \"x\""), &["not a scenario", "single-stream, multi-stream, server and offline"]);
    has(&problem_with("scenario = []"), &["the list is empty"]);
    has(&problem_with("scenario = [\"single-stream\", \"single-stream\"]"), &["listed twice"]);
    has(&problem_with("scenario = 1"), &["this is a whole number"]);
}

#[test]
fn each_scenario_has_its_usual_values() {
    assert_eq!(scenario(""), Scenario::SingleStream);
    assert_eq!(scenario("scenario = \"multi-stream\""), Scenario::MultiStream { samples_per_query: some(8).unwrap() });
    let steady = Traffic::Open { spacing: Spacing::Poisson, rate: Rate::Constant(20.0) };
    let server = Scenario::Server(Server { traffic: steady, max_async: some(64) });
    assert_eq!(scenario("scenario = \"server\"\ntarget_qps = 20"), server);
    let offline = Scenario::Offline { batch_size: some(1).unwrap(), max_async: some(1) };
    assert_eq!(scenario("scenario = \"offline\""), offline);
}

#[test]
fn what_stays_loaded_takes_batches_and_has_no_limit() {
    let of = |system: &str, scenario: &str| {
        config(&format!("[[benchmark]]\nname = \"x\"\n{system}\nscenario = \"{scenario}\"\n")).benchmarks[0]
            .scenario
            .clone()
    };
    let offline = |batch_size: u32| Scenario::Offline { batch_size: some(batch_size).unwrap(), max_async: None };
    assert_eq!(of("onnx = \"m\"\ndataset = \"d\"", "offline"), offline(32));
    assert_eq!(of("worker = [\"w\"]", "offline"), offline(1));
    assert_eq!(of("http = \"http://h/\"", "offline"), offline(1));
    let Scenario::Server(server) = of("worker = [\"w\"]\ntarget_qps = 5", "server") else { panic!() };
    assert_eq!(server.max_async, None);
}

#[test]
fn what_a_scenario_needs_to_know_can_be_said() {
    let multi = scenario("scenario = \"multi-stream\"\nsamples_per_query = 3");
    assert_eq!(multi, Scenario::MultiStream { samples_per_query: some(3).unwrap() });
    let offline = scenario("scenario = \"offline\"\nbatch_size = 100\nmax_async = 4");
    assert_eq!(offline, Scenario::Offline { batch_size: some(100).unwrap(), max_async: some(4) });
    let Scenario::Server(server) = scenario("scenario = \"server\"\ntarget_qps = 1e3\nmax_async = 7") else { panic!() };
    assert_eq!(server.max_async, some(7));
}

#[test]
fn a_list_makes_a_benchmark_of_each_and_each_takes_the_keys_that_it_wants() {
    let found = config(
        "[[benchmark]]\nname = \"d\"\nonnx = \"m\"\ndataset = \"d\"\nscenario = [\"server\", \"offline\", \"single-stream\"]\n\
         target_qps = 50\nbatch_size = 16\nmax_async = 9\nlatency_bound = \"10ms\"\n",
    );
    let names: Vec<&str> = found.benchmarks.iter().map(|each| each.name.as_str()).collect();
    assert_eq!(names, ["d/server", "d/offline", "d/single-stream"]);
    let [server, offline, single] = found.benchmarks.as_slice() else { panic!() };
    assert!(matches!(&server.scenario, Scenario::Server(server) if server.max_async == some(9)));
    assert_eq!(offline.scenario, Scenario::Offline { batch_size: some(16).unwrap(), max_async: some(9) });
    assert_eq!(single.scenario, Scenario::SingleStream);
    let bounds = [server, offline, single].map(|each| each.latency_bound.map(|bound| bound.as_millis()));
    assert_eq!(bounds, [Some(10), None, Some(10)]);
    assert_eq!([server, offline, single].map(|each| each.percentile.share()), [0.99, 0.99, 0.9]);
}

#[test]
fn a_section_with_every_key_of_the_server_scenario_is_accepted() {
    let found = config(
        "[gate]\nthreshold = 0.10\nalpha = 0.05\nbudget = \"5m\"\n[baseline]\nstore = \"dir:baselines\"\n\
         [build]\ncommand = [\"cargo\", \"build\", \"--release\"]\n[[benchmark]]\nname = \"digits\"\n\
         onnx = \"fixtures/digits/model.onnx\"\ndataset = \"fixtures/digits/test.csv\"\nscenario = \"server\"\n\
         target_qps = 200\nlatency_bound = \"10ms\"\npercentile = 0.99\nrounds = 10\nqueries = 1000\n\
         samples_per_query = 8\ntimeout = \"30s\"\nthreshold = 0.05\n",
    );
    assert_eq!(found.benchmarks[0].name, "digits");
    assert!(matches!(found.benchmarks[0].scenario, Scenario::Server(_)));
}

#[test]
fn a_key_of_other_scenarios_is_refused() {
    let told = problem_with("target_qps = 5");
    has(&told, &["target_qps | `target_qps` belongs to the scenario `server`"]);
    has(&told, &["no `scenario` means single-stream", "write `scenario = \"server\"`"]);
    let told = problem_with("scenario = \"offline\"\nsamples_per_query = 8");
    has(&told, &["samples_per_query | ", "the scenarios `multi-stream` and `server`", "the scenario here is offline"]);
    let told = problem_with("scenario = [\"multi-stream\", \"single-stream\"]\nmax_async = 8");
    has(
        &told,
        &["belongs to the scenarios `server` and `offline`", "the scenarios here are multi-stream, single-stream"],
    );
    let told = problem_with("scenario = \"offline\"\nlatency_bound = \"5ms\"");
    has(&told, &["belongs to the scenarios `single-stream`, `multi-stream` and `server`"]);
    has(&problem_with("traffic = \"constant\""), &["traffic | ", "the scenario `server`"]);
    let told = problem_with("scenario = [\"multi-stream\", \"single-stream\"]\nbatch_size = 8");
    has(&told, &["add \"offline\" to `scenario`"]);
    has(&problem_with("batch_size = 3"), &["batch_size | ", "the scenario `offline`"]);
}

#[test]
fn a_wrong_value_is_reported_even_where_its_key_is_not_wanted() {
    let told = problems(&format!("{VALID}batch_size = 0\ntarget_qps = -1\n"));
    assert_eq!(told.len(), 4, "{told:#?}");
}

#[test]
fn of_a_scenario_that_is_not_understood_no_key_is_called_wrong() {
    has(&problem_with("scenario = \"sever\"\ntarget_qps = 5"), &["did you mean \"server\"?"]);
    has(&problem_with("scenario = \"sever\"\nbatch_size = 5"), &["did you mean \"server\"?"]);
}

#[test]
fn samples_are_chosen_from_a_dataset() {
    let sampling = |word: &str| with(&format!("dataset = \"d\"\nsamples = \"{word}\"")).benchmarks[0].sampling;
    assert_eq!(sampling("permutation"), Sampling::Permutation);
    assert_eq!(sampling("with-replacement"), Sampling::WithReplacement);
    assert_eq!(sampling("unique"), Sampling::Unique);
    assert_eq!(sampling("same"), Sampling::Same);
    assert_eq!(with("samples = \"permutation\"").benchmarks[0].sampling, Sampling::Permutation);
    has(&problem_with("samples = \"same\""), &["samples | ", "there is none", "add a `dataset`"]);
    has(&problem_with("samples = \"uniq\""), &["\"uniq\" | ", "did you mean \"unique\"?", "\"unique\" or \"same\""]);
    has(&problem_with("samples = \"all\""), &["`all` is none of these"]);
    has(&problem_with("samples = 5"), &["this is a whole number"]);
    has(&problem_with("samples = \"same\"\ndatset = \"d\""), &["did you mean `dataset`?"]);
}
