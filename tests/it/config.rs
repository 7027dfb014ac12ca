//! `perfgate.toml` at a user's: what is wrong is shown at its place, and nothing is run. And: no text whatsoever makes
//! the reader fall over.

use perfgate::config;
use perfgate::render::diagnostic;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use serde_json::Value;

use crate::support::{Project, Said};

/// A configuration with a benchmark that leaves a trace if it is run, and this after it.
fn leaving_a_trace(rest: &str) -> (Project, String) {
    let project = Project::bare();
    project.script("tool", "touch was-run\n");
    let text = format!("[[benchmark]]\nname = \"t\"\ncommand = [\"./tool\"]\nqueries = 1\nrounds = 1\n{rest}");
    project.write("perfgate.toml", &text);
    (project, text)
}

/// Runs a configuration that is refused.
#[track_caller]
fn refused(rest: &str) -> Said {
    let (project, _) = leaving_a_trace(rest);
    let said = project.perfgate(&["run", "-o", "out.json"]).expect(2);
    assert!(!project.file("was-run").exists(), "something was run");
    assert!(!project.file("out.json").exists(), "something was saved");
    assert_eq!(said.out, "", "what is wrong goes to standard error");
    said
}

#[test]
fn a_right_configuration_is_run() {
    let (project, _) = leaving_a_trace("timeout = \"5s\"\n");
    project.perfgate(&["run"]).expect(0);
    assert!(project.file("was-run").exists(), "the tests below would prove nothing");
}

#[test]
fn an_unknown_key_is_shown_at_its_place() {
    let said = refused("ronds = 10\n");
    assert_eq!(
        said.err,
        "\
error: unknown key `ronds`
 --> perfgate.toml:6:1
  |
6 | ronds = 10
  | ^^^^^ did you mean `rounds`?
  |
  = help: keys of [[benchmark]] are listed by `perfgate schema config`
"
    );
}

#[test]
fn everything_wrong_is_reported_in_one_go() {
    let said =
        refused("timeout = 30\nwarmup = -1\n[gate]\nthreshold = 10\nrounds = 3\n[baseline]\nstore = \"git:-x\"\n");
    for text in [
        "perfgate.toml:6:11",
        "perfgate.toml:7:10",
        "perfgate.toml:9:13",
        "perfgate.toml:10:1",
        "`-x` is no name for a branch",
    ] {
        said.err_has(text);
    }
    assert_eq!(said.err.matches("error: ").count(), 5, "{}", said.err);
}

#[test]
fn a_fault_of_the_syntax_is_shown_at_its_place() {
    refused("[gate\n").err_has("perfgate.toml:6:6");
    refused("timeout = \"30s\n").err_has("a string is not closed");
}

#[test]
fn a_file_without_benchmarks_is_refused_by_every_verb_that_needs_one() {
    for verb in ["run", "record", "check"] {
        let project = Project::with("[gate]\nthreshold = 0.1\n");
        project.perfgate(&[verb]).expect(2).err_has("there is no [[benchmark]]");
    }
}

#[test]
fn the_file_is_called_as_the_user_called_it() {
    let project = Project::bare();
    project.write("conf/mine.toml", "x = 1\n");
    project.perfgate(&["run", "--config", "conf/mine.toml"]).expect(2).err_has("--> conf/mine.toml:1:1");
}

#[test]
fn colour_is_a_matter_of_the_flag() {
    let (project, _) = leaving_a_trace("ronds = 10\n");
    assert!(!project.perfgate(&["run"]).expect(2).err.contains('\u{1b}'));
    assert!(project.perfgate(&["run", "--color", "always"]).expect(2).err.contains('\u{1b}'));
}

#[test]
fn flags_are_checked_as_the_file_is() {
    let (project, _) = leaving_a_trace("");
    let said = project.perfgate(&["run", "--store", "git:a b"]).expect(2);
    said.err_has("`a b` is no name for a branch: it has a blank");
    let said = project.perfgate(&["run", "--budget", "5"]).expect(2);
    said.err_has("a number without a unit");
    said.err_has("\"5m\" for minutes");
    assert!(!project.file("was-run").exists());
}

#[test]
fn a_key_is_in_the_schema_exactly_if_it_is_accepted() {
    let schema = Project::bare().perfgate(&["schema", "config"]).expect(0).json();
    let known = |section: &Value| section["properties"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let benchmark = known(&schema["properties"]["benchmark"]["items"]);
    for key in benchmark.iter().map(String::as_str).chain(["harness", "format", "nonsense"]) {
        let text = format!("[[benchmark]]\n{key} = 1979-05-27\n");
        let found = config::parse(&text).unwrap_err();
        let refuses = ["unknown key", "this version of perfgate cannot"];
        let refused = found.iter().any(|problem| refuses.iter().any(|words| problem.message.contains(words)));
        assert_eq!(refused, !benchmark.iter().any(|known| known == key), "{key}: {found:#?}");
    }
}

const SEED_TEXT: &str = "[gate]\nthreshold = \"10%\"\nalpha = 0.05\nbudget = \"5m\"\nfail_on = [\"regression\"]\n\
    [baseline]\nstore = \"dir:baselines\"\n[build]\ncommand = [\"make\", \"größe\"]\n[[benchmark]]\nname = \"digits\"\n\
    onnx = 'model.onnx'\ndataset = \"\"\"test.csv\"\"\"\nscenario = [\"single-stream\"]\nrounds = 0x0a # 日本\n\
    queries = 1_000\nmin_duration = \"250µs\"\ntimeout = \"1.5s\"\nmax_error_rate = 1e-2\n[benchmark.metrics]\n\
    latency_p50.gate = false\naccuracy = { threshold = 0.02 }\n[[benchmark]]\nname = \"w\"\r\nworker = [\"./w\"]\r\n\
    [[benchmark]]\nname = \"s\"\nhttp = \"http://localhost:{port}/a\"\nstart = [\"./s\", \"{port}\"]\n\
    headers = { accept = \"*/*\" }\nscenario = [\"server\", \"offline\", \"multi-stream\"]\ntarget_qps = 1e3\n\
    traffic = { shape = \"bursty\", burst = 5, calm_length = \"2s\" }\npercentile = \"99%\"\nqueries = \"mlperf\"\n\
    batch_size = 4\n[[benchmark]]\nname = \"steps\"\nworker = [\"w\"]\nscenario = \"server\"\n[benchmark.traffic]\n\
    shape = \"steps\"\nrates = [10, 2.5]\neach = \"1s\"\n";

const PIECES: [&str; 40] = [
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "#",
    "\n",
    "\r\n",
    "\r",
    "\t",
    "\0",
    "\u{1b}[31m",
    "\u{9b}",
    "\u{202e}",
    "日本",
    "é\u{301}",
    "\u{feff}",
    "\\u0000",
    "\\",
    "-",
    "nan",
    "99999999999999999999",
    "1979-05-27",
    "true",
    "[benchmark]",
    "[[gate]]",
    "rounds = 5\n",
    "name = \"digits\"\n",
    "scenario = \"server\"\n",
    "target_qps = 5\n",
    "{ shape = \"closed\", users = 1 }",
    "\"mlperf\"",
    "{port}",
];

/// A valid text with a few characters taken out and a few pieces put in.
fn mutated(random: &mut Pcg64Mcg) -> String {
    let mut text: Vec<char> = SEED_TEXT.chars().collect();
    for _ in 0..random.random_range(1..=6) {
        let start = random.random_range(0..=text.len());
        let end = (start + random.random_range(0..12)).min(text.len());
        let piece = if random.random() { PIECES[random.random_range(0..PIECES.len())] } else { "" };
        text.splice(start..end, piece.chars());
    }
    text.into_iter().collect()
}

#[test]
fn no_text_makes_the_reader_fall_over_and_every_refusal_has_a_place_and_a_hint() {
    config::parse(SEED_TEXT).unwrap();
    let mut random = Pcg64Mcg::seed_from_u64(1);
    let (mut accepted, mut refused) = (0, 0);
    for case in 0..4000 {
        let text = mutated(&mut random);
        let Err(problems) = config::parse(&text) else {
            accepted += 1;
            continue;
        };
        refused += 1;
        assert!(!problems.is_empty(), "case {case} is refused without a word:\n{text}");
        for problem in &problems {
            assert!(text.get(problem.place.span.clone()).is_some(), "case {case}: {problem:?} is not in\n{text}");
            assert!(!problem.help.is_empty() && !problem.message.is_empty(), "case {case}: {problem:?}");
        }
        let shown = diagnostic::render(&problems, &text, "perfgate.toml", false);
        assert_eq!(shown.matches("--> perfgate.toml:").count(), problems.len(), "case {case}:\n{shown}");
        assert!(!shown.contains(['\u{1b}', '\u{9b}']), "case {case}: the text colours its own errors");
    }
    assert!(accepted > 50 && refused > 1000, "the generator is lopsided: {accepted} accepted, {refused} refused");
}
