//! `perfgate report`: documents in, Markdown or a page out.

use std::fs;
use std::path::Path;

use crate::support::{Project, Said};

/// Raw samples of a benchmark in rounds around a level, which vary.
fn samples(level: f64) -> String {
    let round = |off: f64| format!("[{}, {}, {}]", level + off, level + off + 1.0, level + off - 1.0);
    let rounds = [3.0, -7.0, 9.0, -2.0, -9.0, 6.0, 1.0, -4.0].map(round).join(", ");
    format!(
        r#"{{"benchmarks": [{{"name": "a<b>", "metric": "latency", "unit": "ns", "direction": "lower", "rounds": [{rounds}]}}]}}"#
    )
}

/// A folder with a comparison document in it, `check.json`: a regression if `now` is above 1100.
fn compared(now: f64) -> Project {
    let project = Project::bare();
    project.write("before.json", &samples(1000.0));
    project.write("after.json", &samples(now));
    let said = project.perfgate(&["compare", "before.json", "after.json", "-o", "check.json"]);
    assert!([0, 1].contains(&said.status), "{}", said.err);
    project
}

/// The result document that later versions must read.
fn old_result() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/wire/v1/result.json");
    fs::read_to_string(path).unwrap()
}

fn report(project: &Project, arguments: &[&str]) -> Said {
    project.perfgate(&[&["report"], arguments].concat())
}

#[test]
fn a_comparison_becomes_markdown_on_standard_output_and_the_status_says_that_it_was_written() {
    let said = report(&compared(1500.0), &["check.json"]).expect(0);
    said.out_has("# perfgate: 1 of 1 benchmark is slower");
    said.out_has("## Executive summary");
    said.out_has("**regression**: ");
    said.out_has("## Conclusion");
    assert_eq!(said.err, "");
    let green = report(&compared(1000.0), &["check.json", "--format", "markdown"]).expect(0);
    green.out_has("# perfgate: no regression in 1 benchmark");
}

#[test]
fn a_page_is_one_file_without_scripts_and_without_anything_to_fetch() {
    let project = compared(1500.0);
    let said =
        report(&project, &["check.json", "-o", "check.html", "-o", "check.md", "--title", "<b>a & b</b>"]).expect(0);
    assert_eq!(said.out, "", "what is saved is not printed");
    said.err_has("the report is in `check.html`");
    let page = project.read("check.html");
    assert!(page.contains("<title>&lt;b&gt;a &amp; b&lt;/b&gt;</title>"), "{page}");
    assert!(page.contains("default-src 'none'"), "{page}");
    for fetched in ["<script", "<link", "<img", "src=", "@import"] {
        assert!(!page.contains(fetched), "`{fetched}` in the page");
    }
    let elsewhere = page.match_indices("url(").find(|(place, _)| !page[place + 4..].starts_with('#'));
    assert_eq!(elsewhere, None, "a reference that leaves the page");
    assert!(!page.contains("a<b>") && page.contains("a&lt;b&gt;"), "a name is data");
    assert!(project.read("check.md").starts_with("# &lt;b&gt;a &amp; b&lt;/b&gt;"), "{}", project.read("check.md"));
}

#[test]
fn an_old_result_and_a_comparison_make_one_report() {
    let project = compared(1500.0);
    project.write("old.json", &old_result());
    let said = report(&project, &["old.json", "check.json"]).expect(0);
    said.out_has("# perfgate: 1 comparison and 1 result");
    said.out_has("Made from `old.json` and `check.json`.");
    said.out_has("### old.json");
    said.out_has("### check.json");
}

#[test]
fn several_comparisons_are_explored_together() {
    let project = compared(1500.0);
    project.perfgate(&["compare", "after.json", "before.json", "-o", "back.json"]).expect(0);
    report(&project, &["check.json", "back.json"])
        .expect(0)
        .out_has("the correction of Benjamini and Hochberg for 2 tests");
}

#[test]
fn a_document_that_is_named_twice_has_one_part() {
    let project = compared(1500.0);
    let once = report(&project, &["check.json"]).expect(0);
    fs::copy(project.file("check.json"), project.file("copy.json")).unwrap();
    for (again, told) in [
        ("check.json", "`check.json` is named twice, and counts once"),
        ("./check.json", "`./check.json` is the same as `check.json`, and counts once"),
        ("copy.json", "`copy.json` is the same as `check.json`, and counts once"),
    ] {
        let said = report(&project, &["check.json", again]).expect(0);
        assert_eq!(said.out, once.out, "{again}");
        said.err_has(told);
    }
    project.write("old.json", &old_result());
    project.write("again.json", &old_result());
    report(&project, &["old.json", "again.json"]).expect(0).err_has("`again.json` is the same as `old.json`");
}

#[test]
fn what_is_no_such_document_is_named_with_what_was_expected() {
    let project = compared(1000.0);
    project.write("half.json", "{\"schema\": ");
    project.write("plan.json", "{\"schema\": \"perfgate.plan/1\"}");
    project.write("newer.json", "{\"schema\": \"perfgate.comparison/99\"}");
    for (file, told) in [
        ("missing.json", "cannot read `missing.json`"),
        ("half.json", "`half.json` cannot be used: it is not complete JSON"),
        ("before.json", "`before.json` cannot be used: it is not a perfgate document"),
        (
            "plan.json",
            "it is a `perfgate.plan/1` document, expected a result, baseline, comparison or profile document",
        ),
        ("newer.json", "upgrade perfgate"),
        (".", "`.` is a folder"),
    ] {
        let said = report(&project, &["check.json", file, "-o", "x.html"]).expect(2);
        said.err_has(told);
        assert!(!project.file("x.html").exists(), "nothing half-done is left");
    }
    report(&project, &["plan.json"]).expect(2).err_has("a report is made from what `run -o FILE.json`");
}

#[test]
fn formats_that_a_report_does_not_have_are_refused_before_anything_is_read() {
    let project = Project::bare();
    for (arguments, told) in [
        (&["x.json", "--format", "json"] as &[&str], "perfgate export"),
        (&["x.json", "-o", "x.json"], "a report is .html or .md"),
        (&["x.json", "-o", "x.txt"], "a report is .html or .md"),
        (&["x.json", "-o", "nowhere/x.html"], "the folder `nowhere` does not exist"),
        (&["x.json", "--plots", "some"], "expected a whole number, or all"),
        (&[], "FILE"),
    ] {
        report(&project, arguments).expect(2).err_has(told);
    }
}

#[test]
fn plots_are_as_many_as_asked_for() {
    let project = compared(1500.0);
    let sections = |plots: &str| {
        report(&project, &["check.json", "-o", "x.html", "--plots", plots]).expect(0);
        project.read("x.html").matches("<section id=\"b").count()
    };
    assert_eq!([sections("0"), sections("1"), sections("all")], [0, 1, 1]);
}
