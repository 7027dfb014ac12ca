//! `perfgate accept`, and what `check` and `compare` make of the file that it writes.

use serde_json::{Value, json};

use crate::support::{Project, codes, counting_project, counting_worker, row};

const FILE: &str = "perfgate-accepted.toml";

/// A project whose candidate, committed, counts half as much again as its recorded base.
fn slower_project() -> Project {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(150));
    project.commit();
    project
}

fn entry(rest: &str) -> String {
    format!("[[accepted]]\nbenchmark = \"count\"\nmetric = \"steps\"\n{rest}\n")
}

#[track_caller]
fn check(project: &Project, status: i32) -> Value {
    project.perfgate(&["check", "--format", "json"]).expect(status).json()
}

#[test]
fn a_regression_is_red_and_once_accepted_green_with_its_row_shown() {
    let project = slower_project();
    let red = project.perfgate(&["check"]).expect(1);
    let advice = "perfgate accept count steps --up-to 50% --why \"…\"";
    red.out_has(advice);
    // What the table proposes is what is typed.
    let written = project.perfgate(&["accept", "count", "steps", "--up-to", "50%", "--why", "exact now, #7"]).expect(0);
    written.out_has("up_to = \"50%\"");
    written.err_has("commit it with the change");
    assert!(project.read(FILE).ends_with(&written.out), "{}", project.read(FILE));

    let green = project.perfgate(&["check"]).expect(0);
    green.out_has("accepted up to 50 % until");
    green.out_has(": exact now, #7");
    green.out_has("No regression but 1 that is accepted.");
    let document = check(&project, 0);
    assert_eq!((&document["verdict"], &document["exit_code"]), (&json!("pass"), &json!(0)));
    let steps = row(&document, "count", "steps");
    assert_eq!(
        (&steps["verdict"], &steps["change"], &steps["threshold"]),
        (&json!("accepted"), &json!(0.5), &json!(0.1))
    );
    assert_eq!(steps["accepted"]["up_to"], 0.5);
    assert_eq!((&steps["accepted"]["why"], &steps["accepted"]["new"]), (&json!("exact now, #7"), &json!(true)));
    assert!(steps["accepted"]["until"].as_str().unwrap().starts_with("20"), "{steps}");
    assert!(codes(&document).is_empty(), "{document:#}");
    project.commit();
    check(&project, 0);
}

#[test]
fn more_than_was_accepted_is_red() {
    let project = slower_project();
    project.write(FILE, &entry("up_to = \"20%\"\nuntil = \"9999-12-31\"\nwhy = \"x\""));
    let red = check(&project, 1);
    let steps = row(&red, "count", "steps");
    assert_eq!(steps["verdict"], "regression");
    assert!(steps["reason"].as_str().unwrap().contains("up to 20 % is accepted, and this is more"), "{steps}");
}

#[test]
fn what_is_over_accepts_nothing_and_is_told_of() {
    let project = slower_project();
    project.write(FILE, &entry("up_to = \"90%\"\nuntil = \"2020-01-31\"\nwhy = \"x\""));
    let red = check(&project, 1);
    assert_eq!(codes(&red), ["accepted-expired"]);
    assert!(row(&red, "count", "steps")["reason"].as_str().unwrap().contains("until 2020-01-31, which is over"));
    project.perfgate(&["check"]).expect(1).out_has("warning: what is over accepts nothing and can be removed");
}

#[test]
fn a_faulty_file_ends_the_check_before_anything_runs() {
    let project = slower_project();
    project.script("worker", "touch was-run; exit 1\n");
    project.write(FILE, &entry("up_to = 0.5\nuntil = \"2999-12-31\""));
    let said = project.perfgate(&["check", "-o", "out.json"]).expect(2);
    assert_eq!(
        said.err,
        "\
error: [[accepted]] has no `why`
 --> perfgate-accepted.toml:1:1
  |
1 | [[accepted]]
  | ^^^^^^^^^^^^ `why` is missing
  |
  = help: for example `why = \"exact rounding costs one more pass\"`
"
    );
    assert!(!project.file("was-run").exists() && !project.file("out.json").exists());
    let before = project.read(FILE);
    project.perfgate(&["accept", "count", "steps", "--up-to", "5%", "--why", "x"]).expect(2).err_has("has no `why`");
    assert_eq!(project.read(FILE), before, "a file that cannot be read is left alone");
}

#[test]
fn with_a_base_an_entry_ends_when_the_base_has_caught_up() {
    let project = slower_project();
    project.perfgate(&["check", "-o", "check.json"]).expect(1);
    let base = serde_json::from_str::<Value>(&project.read("check.json")).unwrap()["base"]["commit"].clone();
    project.perfgate(&["accept", "--from", "check.json", "--why", "worth it"]).expect(0);
    let text = project.read(FILE);
    for line in [format!("base = {base}"), "up_to = \"50%\"".to_owned(), "until = \"".to_owned()] {
        assert!(text.contains(&line), "{text}");
    }
    std::fs::remove_file(project.file("check.json")).unwrap();
    let merged = project.commit();
    check(&project, 0);
    // Rebased onto another base without the entry it still counts.
    project.perfgate(&["record"]).expect(0);
    // The base has the slowdown now, and the same step again is a new one.
    project.script("worker", &counting_worker(220));
    project.commit();
    let red = check(&project, 1);
    assert_eq!(red["base"]["commit"], Value::from(merged));
    let reason = row(&red, "count", "steps")["reason"].as_str().unwrap().to_owned();
    assert!(reason.contains("the base has that change already"), "{reason}");
    assert!(codes(&red).is_empty(), "until its day comes an entry is left alone: {red:#}");
}

#[test]
fn an_entry_survives_that_the_base_moves_on_under_the_change() {
    let project = slower_project();
    let old = project.commit();
    project.write(FILE, &entry(&format!("up_to = \"50%\"\nbase = \"{}\"\nwhy = \"x\"", "a".repeat(40))));
    // The named base is in no history that is known here, but the base does not have the entry.
    check(&project, 0);
    let document = project.perfgate(&["check", "--against", &format!("{old}~2"), "--format", "json"]).expect(0).json();
    assert_eq!(row(&document, "count", "steps")["verdict"], "accepted");
}

#[test]
fn an_entry_that_was_approved_at_the_base_counts_until_its_day_with_a_warning() {
    let project = counting_project(100);
    project.write(FILE, &entry("up_to = \"60%\"\nuntil = \"9999-12-31\"\nwhy = \"planned\""));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(150));
    project.commit();
    let green = check(&project, 0);
    assert_eq!(codes(&green), ["accepted-again"]);
    assert_eq!(row(&green, "count", "steps")["accepted"]["new"], false);
    // The change takes the entry away: then it does not count.
    std::fs::remove_file(project.file(FILE)).unwrap();
    check(&project, 1);
}

#[test]
fn an_accepted_row_does_not_hide_another() {
    let project = slower_project();
    let text = project.read("perfgate.toml");
    project.write("perfgate.toml", &format!("{text}{}", text.replace("\"count\"", "\"more\"")));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(300));
    project.commit();
    project.write(FILE, &entry("up_to = \"200%\"\nuntil = \"9999-12-31\"\nwhy = \"x\""));
    let red = check(&project, 1);
    let verdicts: Vec<&Value> = red["rows"].as_array().unwrap().iter().map(|row| &row["verdict"]).collect();
    assert_eq!(verdicts[..2], [&json!("regression"), &json!("accepted")]);
    project.perfgate(&["check"]).expect(1).out_has("1 regression, 1 accepted.");
}

#[test]
fn what_a_change_accepts_for_later_or_accepts_more_of_is_told() {
    let project = counting_project(100);
    project.write(FILE, &entry("up_to = \"20%\"\nuntil = \"9999-12-31\"\nwhy = \"planned\""));
    project.commit();
    project.perfgate(&["record"]).expect(0);
    assert!(codes(&check(&project, 0)).is_empty());
    let raised = entry("up_to = \"90%\"\nuntil = \"9999-12-31\"\nwhy = \"planned\"");
    project.write(FILE, &(raised.clone() + &raised.replace("steps", "other")));
    let document = check(&project, 0);
    assert_eq!(codes(&document), ["accepted-new", "accepted-new"]);
    let told = |place: usize| document["warnings"][place]["message"].as_str().unwrap();
    assert_eq!(
        told(0),
        "accepted worsening of `count` steps: up to 20 % until 9999-12-31 at the base, up to 90 % until 9999-12-31 in this \
         change; this change's counts"
    );
    assert_eq!(told(1), "this change accepts up to 90 % of `count` other until 9999-12-31: planned");
}

#[test]
fn a_benchmark_that_does_not_exist_is_told_of() {
    let project = counting_project(100);
    project.perfgate(&["record"]).expect(0);
    project.write(FILE, &entry("up_to = 1\nuntil = \"9999-12-31\"\nwhy = \"x\"").replace("count", "gone"));
    assert_eq!(codes(&check(&project, 0)), ["accepted-unused"]);
}

#[test]
fn two_revisions_are_compared_with_what_the_candidate_accepts_and_files_are_not() {
    let project = counting_project(100);
    let first = project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(150));
    project.write(FILE, &entry("up_to = 0.5\nuntil = \"9999-12-31\"\nwhy = \"x\""));
    let second = project.commit();
    project.perfgate(&["record", "-o", "new.json"]).expect(0);
    let old = project.file("baselines").join(&first).read_dir().unwrap().next().unwrap().unwrap().path();
    std::fs::copy(old, project.file("old.json")).unwrap();
    // What the work tree says is no part of either.
    std::fs::remove_file(project.file(FILE)).unwrap();
    let green = project.perfgate(&["compare", &first, &second, "--format", "json"]).expect(0).json();
    assert_eq!(row(&green, "count", "steps")["verdict"], "accepted");
    project.perfgate(&["compare", "old.json", "new.json"]).expect(1);
}

#[test]
fn accepting_again_replaces_the_entry_and_keeps_the_rest() {
    let project = slower_project();
    project
        .write(FILE, &format!("# keep me\n{}", entry("up_to = 0.05 # for now\nuntil = \"9999-12-31\"\nwhy = \"x\"")));
    project
        .perfgate(&["accept", "count", "steps", "--up-to", "60%", "--until", "9999-01-01", "--reason", "y"])
        .expect(0);
    let text = project.read(FILE);
    assert!(text.starts_with("# keep me\n[[accepted]]"), "{text}");
    assert!(text.contains("up_to = \"60%\" # for now\n") && text.contains("why = \"y\""), "{text}");
    assert_eq!(text.matches("[[accepted]]").count(), 1, "{text}");
    check(&project, 0);
}

#[test]
fn wrong_names_and_days_are_refused_with_a_way_out_and_nothing_is_written() {
    let project = Project::with(
        "[[benchmark]]\nname = \"digits\"\ncommand = [\"true\"]\nscenario = [\"single-stream\", \"offline\"]\n",
    );
    let refused = |arguments: &[&str], said: &str| {
        let all: Vec<&str> = ["accept"].iter().chain(arguments).copied().collect();
        project.perfgate(&all).expect(2).err_has(said);
        assert!(!project.file(FILE).exists(), "{arguments:?}");
    };
    let rest = ["--up-to", "25%", "--why", "x"];
    let with = |first: &[&'static str]| first.iter().chain(&rest).copied().collect::<Vec<_>>();
    refused(&with(&["digits", "latency_p50"]), "`digits/*` is all of them");
    refused(&with(&["digit/offline", "latency_p50"]), "did you mean `digits/offline`?");
    refused(&with(&["digits/offline", "p50"]), "did you mean `latency_p50`?");
    refused(&with(&["digits/offline", "throughput", "--until", "2020-01-01"]), "2020-01-01 is over");
    refused(&with(&["digits/offline", "throughput", "--until", "soon"]), "not a day");
    refused(&with(&["digits/offline", "throughput", "--base", "no-such"]), "is not a revision");
    refused(&["digits/offline", "throughput", "--why", "x"], "--up-to");
    refused(&["digits/offline", "throughput", "--up-to", "25%"], "--why");
    refused(&["digits/offline", "throughput", "--up-to", "25%", "--why", " "], "the reason is empty");
    refused(&["digits/offline", "throughput", "--up-to", "0", "--why", "x"], "accepts nothing");
    refused(&["--from", "no-such.json", "--why", "x"], "cannot read `no-such.json`");
    let star: Vec<&str> = ["accept"].into_iter().chain(with(&["digits/*", "latency_p50"])).collect();
    project.perfgate(&star).expect(0).out_has("benchmark = \"digits/*\"");
}

#[test]
fn a_document_without_what_was_asked_for_is_refused() {
    let project = slower_project();
    project.perfgate(&["check", "-o", "red.json"]).expect(1);
    project.perfgate(&["run", "-o", "run.json"]).expect(0);
    project
        .perfgate(&["accept", "--from", "run.json", "--why", "x"])
        .expect(2)
        .err_has("expected a comparison document");
    let said = project.perfgate(&["accept", "count", "other", "--from", "red.json", "--why", "x"]).expect(2);
    said.err_has("has no regression of `count` other");
    said.err_has("it has: `count` steps");
    project.perfgate(&["accept", "count", "steps", "--from", "red.json", "--why", "x"]).expect(0);
    project.perfgate(&["check", "-o", "green.json"]).expect(0);
    project.perfgate(&["accept", "--from", "green.json", "--why", "x"]).expect(2).err_has("no regression that could");
}
