//! `perfgate export`, and the dashboard that reads what it writes.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::support::{Project, Said, counting_project, counting_worker};

/// A project with two recorded commits, and their names.
fn recorded_twice() -> (Project, [String; 2]) {
    let project = counting_project(100);
    let first = project.commit();
    project.perfgate(&["record"]).expect(0);
    project.script("worker", &counting_worker(150));
    let second = project.commit();
    project.perfgate(&["record"]).expect(0);
    (project, [first, second])
}

/// Puts a copy of the baseline of `from` where that of another commit and machine would lie.
fn copy_baseline(project: &Project, from: &str, commit: &str, machine: &str) {
    let folder = project.file("baselines").join(from);
    let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
    let own = file.file_stem().unwrap().to_str().unwrap();
    let text = fs::read_to_string(&file).unwrap().replace(from, commit).replace(own, machine);
    project.write(&format!("baselines/{commit}/{machine}.json"), &text);
}

/// A column of CSV without quotes in it, in the rows of the metric `steps`.
fn steps(said: &Said, column: &str) -> Vec<String> {
    let mut lines = said.out.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let header = lines.next().unwrap();
    let place = |name: &str| header.iter().position(|field| *field == name).unwrap();
    let of_steps = lines.filter(|fields| fields[place("metric")] == "steps");
    of_steps.map(|fields| fields[place(column)].to_owned()).collect()
}

/// The lines of a series' name.
fn lines<'a>(text: &'a str, family: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ']))).collect()
}

#[test]
fn csv_has_the_rounds_of_the_ancestors_oldest_first_and_of_everything_if_asked() {
    let (project, [first, second]) = recorded_twice();
    let stranger = "0".repeat(40);
    copy_baseline(&project, &first, &stranger, "other-box");
    let said = project.perfgate(&["export", "csv"]).expect(0);
    let commits = steps(&said, "commit");
    assert_eq!(commits, [[&first; 3], [&second; 3]].concat().into_iter().cloned().collect::<Vec<_>>());
    assert_eq!(steps(&said, "value"), ["100", "100", "100", "150", "150", "150"]);
    assert_eq!(steps(&said, "round"), ["1", "2", "3", "1", "2", "3"]);
    assert!(steps(&said, "machine").iter().all(|machine| machine != "other-box"));
    let all = project.perfgate(&["export", "csv", "--all"]).expect(0);
    let commits: BTreeSet<String> = steps(&all, "commit").into_iter().collect();
    assert_eq!(commits, BTreeSet::from([first.clone(), second, stranger]));
    assert!(steps(&all, "machine").contains(&"other-box".to_owned()));
    let one = project.perfgate(&["export", "csv", &first[..12]]).expect(0);
    assert_eq!(steps(&one, "commit"), [first.as_str(); 3], "a revision is exported alone");
}

#[test]
fn what_is_named_twice_has_its_rounds_once() {
    let project = counting_project(100);
    let commit = project.commit();
    project.perfgate(&["record", "-o", "result.json"]).expect(0);
    let once = project.perfgate(&["export", "csv", "HEAD"]).expect(0);
    let twice = project.perfgate(&["export", "csv", "HEAD", &commit]).expect(0);
    assert_eq!(twice.out, once.out);
    twice.err_has("and counts once");
    let once = project.perfgate(&["export", "csv", "result.json"]).expect(0);
    let twice = project.perfgate(&["export", "csv", "result.json", "./result.json"]).expect(0);
    assert_eq!(twice.out, once.out);
    twice.err_has("`./result.json` is the same as `result.json`, and counts once");
    project.perfgate(&["run", "-o", "other.json"]).expect(0);
    project.perfgate(&["compare", "result.json", "other.json", "-o", "check.json"]).expect(0);
    let once = project.perfgate(&["export", "openmetrics", "check.json"]).expect(0);
    assert_eq!(project.perfgate(&["export", "openmetrics", "check.json", "check.json"]).expect(0).out, once.out);
}

#[test]
fn a_name_that_says_another_format_is_refused_and_one_that_says_none_is_not() {
    let project = counting_project(100);
    project.perfgate(&["run", "-o", "result.json"]).expect(0);
    let export = |format: &str, file: &str| project.perfgate(&["export", format, "result.json", "-o", file]);
    for (format, file, told) in [
        ("csv", "x.json", "results are JSON documents already"),
        ("openmetrics", "x.html", "perfgate report FILE"),
        ("csv", "x.TSV", "`export csv` does not write .tsv"),
        ("parquet", "x.csv", "perfgate export csv"),
        ("parquet", "x.txt", "-o rounds.parquet"),
        ("csv", "x.prom", "perfgate export openmetrics"),
    ] {
        let said = export(format, file).expect(2);
        said.err_has(&format!("cannot save to `{file}`"));
        said.err_has(told);
        assert!(!project.file(file).exists(), "{file}");
    }
    for (format, file) in [("csv", "x.csv"), ("csv", "x"), ("openmetrics", "x.txt"), ("openmetrics", "x.dat")] {
        export(format, file).expect(0);
        assert!(!project.read(file).is_empty(), "{file}");
    }
}

#[test]
fn a_scrape_has_the_nearest_recorded_commit_of_each_machine() {
    let (project, [first, second]) = recorded_twice();
    copy_baseline(&project, &first, &first, "other-box");
    let said = project.perfgate(&["export", "openmetrics"]).expect(0);
    let values = lines(&said.out, "perfgate_benchmark_steps");
    assert_eq!(values.len(), 2, "{}", said.out);
    let (other, own): (Vec<&str>, Vec<&str>) = values.into_iter().partition(|line| line.contains("other-box"));
    assert!(other[0].ends_with(" 100") && own[0].ends_with(" 150"), "{other:?} {own:?}");
    let infos = lines(&said.out, "perfgate_baseline_info");
    let of = |commit: &str| infos.iter().filter(|line| line.contains(&format!("commit=\"{commit}\""))).count();
    assert_eq!((of(&first), of(&second)), (1, 1), "{infos:?}");
    // Recorded in the same second, perhaps: then the later commit counts.
    let history = project.perfgate(&["export", "openmetrics", "--timestamps", "--all"]).expect(0);
    assert!(lines(&history.out, "perfgate_benchmark_steps").iter().all(|line| line.split(' ').count() == 3));
}

#[test]
fn files_are_written_whole_and_standard_output_stays_empty() {
    let (project, _) = recorded_twice();
    let shown = project.perfgate(&["export", "csv"]).expect(0);
    let saved = project.perfgate(&["export", "csv", "-o", "one.csv", "-o", "two.data"]).expect(0);
    assert_eq!(
        (saved.out.as_str(), project.read("one.csv"), project.read("two.data")),
        ("", shown.out.clone(), shown.out)
    );
    saved.err_has("rows of 2 results in `one.csv`");
    assert_eq!(project.perfgate(&["export", "csv", "-q", "-o", "one.csv"]).expect(0).err, "");
    let refused = project.perfgate(&["export", "csv", "-o", "one.csv", "-o", "nowhere/x.csv"]).expect(2);
    refused.err_has("cannot save to `nowhere/x.csv`: the folder `nowhere` does not exist");
}

#[test]
fn nothing_to_export_is_an_error_that_says_what_to_do() {
    let project = counting_project(100);
    let nothing = project.perfgate(&["export", "csv", "-o", "x.csv"]).expect(2);
    nothing.err_has("there is no baseline in `");
    nothing.err_has("perfgate record");
    assert!(!project.file("x.csv").exists());
    project.perfgate(&["export", "csv", "HEAD"]).expect(2).err_has("has no baseline in `");
    let commit = project.commit();
    project.perfgate(&["record"]).expect(0);
    copy_baseline(&project, &commit, &"0".repeat(40), "box");
    fs::remove_dir_all(project.file("baselines").join(&commit)).unwrap();
    let strangers = project.perfgate(&["export", "csv"]).expect(2);
    strangers.err_has("none of the 1 recorded commits in `");
    strangers.err_has("--all");
    let bare = Project::bare();
    bare.perfgate(&["export", "csv"]).expect(2).err_has("there is no perfgate.toml");
    bare.perfgate(&["export", "csv", "result.json"]).expect(2).err_has("there is no file `result.json`");
}

#[test]
fn a_baseline_that_cannot_be_read_is_not_left_out_silently() {
    let (project, [first, _]) = recorded_twice();
    let file = fs::read_dir(project.file("baselines").join(&first)).unwrap().next().unwrap().unwrap().path();
    fs::write(file, "{").unwrap();
    project.perfgate(&["export", "csv"]).expect(2).err_has("not complete JSON");
    project.perfgate(&["export", "openmetrics"]).expect(0).out_has("perfgate_benchmark_steps");
}

#[test]
fn flags_that_do_not_fit_are_refused() {
    let project = Project::bare();
    let refused = |arguments: &[&str], told: &str| project.perfgate(arguments).expect(2).err_has(told);
    refused(&["export", "csv", "--format", "json"], "`export` writes the format that is its first argument");
    refused(&["export", "csv", "--timestamps"], "`--timestamps` is for openmetrics");
    refused(&["export", "openmetrics", "--all"], "add --timestamps");
    refused(&["export", "csv", "--all", "x.json"], "cannot be used with");
    refused(&["export", "xml"], "possible values: openmetrics, csv, parquet");
}

#[test]
fn verdicts_are_spelled_as_in_the_document() {
    let (project, _) = recorded_twice();
    let document =
        project.perfgate(&["compare", "HEAD~1", "HEAD", "--format", "json", "-o", "check.json"]).expect(1).json();
    let text = project.perfgate(&["export", "openmetrics", "check.json"]).expect(0).out;
    let rows = document["rows"].as_array().unwrap();
    for row in rows {
        let label = |name: &str| format!("{name}={}", row[name]);
        let wanted = ["benchmark", "metric", "verdict"].map(label);
        let found =
            lines(&text, "perfgate_verdict").into_iter().filter(|line| wanted.iter().all(|label| line.contains(label)));
        assert_eq!(found.count(), 1, "{row:#}\n{text}");
    }
    assert_eq!(lines(&text, "perfgate_verdict").len(), rows.len());
    assert!(lines(&text, "perfgate_comparison_info")[0].contains("verdict=\"regression\""), "{text}");
    assert!(lines(&text, "perfgate_comparison_exit_code")[0].ends_with(" 1"), "{text}");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_goes_through_a_pipe_and_into_files() {
    let (project, _) = recorded_twice();
    let output = project.command(&["export", "parquet"]).output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"PAR1") && output.stdout.ends_with(b"PAR1"));
    project.perfgate(&["export", "parquet", "-o", "rounds.parquet"]).expect(0);
    assert_eq!(fs::read(project.file("rounds.parquet")).unwrap(), output.stdout);
}

#[cfg(not(feature = "parquet"))]
#[test]
fn without_the_feature_parquet_is_refused_with_a_hint() {
    let (project, _) = recorded_twice();
    let refused = project.perfgate(&["export", "parquet", "-o", "rounds.parquet"]).expect(2);
    refused.err_has("this perfgate was built without the cargo feature `parquet`");
    refused.err_has("csv");
    assert!(!project.file("rounds.parquet").exists());
}

pub fn dashboard() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/grafana/perfgate.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Every query of the dashboard: of its panels, annotations and variables.
pub fn queries(dashboard: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![dashboard];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("expr").and_then(Value::as_str).map(str::to_owned));
                let asked = fields.get("query").and_then(Value::as_str).filter(|query| query.contains('('));
                found.extend(asked.map(str::to_owned));
                open.extend(fields.values());
            }
            Value::Array(values) => open.extend(values),
            _ => {}
        }
    }
    found
}

/// Everything in a query that names a metric: names, and patterns of names such as `perfgate_benchmark_.+_seconds`.
fn names(query: &str) -> Vec<&str> {
    let begins = query.match_indices("perfgate_").map(|(begin, _)| &query[begin..]);
    let end = |rest: &str| rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_.+".contains(c))).unwrap_or(rest.len());
    begins.map(|rest| &rest[..end(rest)]).collect()
}

fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once(".+") {
        Some((start, end)) => name.len() > start.len() + end.len() && name.starts_with(start) && name.ends_with(end),
        None => name == pattern,
    }
}

/// What the exporter writes of a result with all of perfgate's own metrics, and of a comparison.
fn exported() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases/export-openmetrics");
    let file = |name: &str| folder.join(name).display().to_string();
    let said =
        Project::bare().perfgate(&["export", "openmetrics", &file("result.json"), &file("check.json")]).expect(0);
    let types = said.out.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    types.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

#[test]
fn every_query_of_the_dashboard_names_a_metric_that_is_exported() {
    let exported = exported();
    let dashboard = dashboard();
    let queries = queries(&dashboard);
    assert!(queries.len() >= 10, "{queries:?}");
    for query in &queries {
        let names = names(query);
        assert!(!names.is_empty(), "a query of nothing of perfgate's: {query}");
        for name in names {
            assert!(exported.iter().any(|family| fits(family, name)), "{name} in `{query}` is not of {exported:?}");
        }
    }
    assert!(!exported.iter().any(|family| fits(family, "perfgate_benchmark_.+_furlongs")), "the test can tell");
}

#[test]
fn the_dashboard_can_be_imported_anywhere() {
    let dashboard = dashboard();
    assert!(dashboard.get("id").is_none() && dashboard.get("uid").is_none(), "an id would replace another dashboard");
    assert!(dashboard["schemaVersion"].as_u64().unwrap() >= 39);
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let named: Vec<&str> = variables.iter().map(|variable| variable["name"].as_str().unwrap()).collect();
    assert_eq!(named, ["datasource", "machine", "benchmark", "metric"]);
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<u64> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for place in panels.iter().chain(&variables[1..]) {
        assert_eq!(place["datasource"]["uid"], "${datasource}", "a source of data that is another's: {place:#}");
    }
    let text = dashboard.to_string();
    let used = text.match_indices("\"$").count();
    assert!(used > 0);
    for (begin, _) in text.match_indices("\\\"$") {
        let name: String = text[begin + 3..].chars().take_while(char::is_ascii_alphabetic).collect();
        assert!(named.contains(&name.as_str()), "${name} is no variable of {named:?}");
    }
}
