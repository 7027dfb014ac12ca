//! Every document as a page: `-o FILE.html` of each verb. A page is one file that is well-formed, loads nothing, runs nothing, and
//! shows names from outside as what they are.

use std::collections::BTreeSet;

use crate::support::{Project, counting_project, counting_worker, worker};

/// A name that would load, run and break out, if it could.
const HOSTILE: &str = r#"<img src=http://evil.example/x onerror=alert(1)>&amp;"'</title></style></svg>"#;

/// Elements that have no end.
const VOID: [&str; 5] = ["meta", "br", "hr", "col", "wbr"];

/// Fails the test unless the page is well-formed, alone, and harmless.
#[track_caller]
fn check_page(page: &str) {
    let (tags, words) = parsed(page);
    let mut open: Vec<&str> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut targets = BTreeSet::new();
    for tag in &tags {
        if let Some(ended) = tag.name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(ended), "an element ends that is not the innermost");
            continue;
        }
        if !tag.is_closed && !VOID.contains(&tag.name) {
            open.push(tag.name);
        }
        let runs = ["script", "iframe", "object", "embed", "link", "base", "img", "image", "foreignObject", "form"];
        assert!(!runs.contains(&tag.name), "<{}> may load or run something", tag.name);
        for (name, value) in &tag.attributes {
            assert!(!name.starts_with("on"), "{name} runs something");
            assert!(
                !["src", "srcset", "data", "action", "poster", "background"].contains(name),
                "{name} loads something"
            );
            if name.ends_with("href") {
                let target = value.strip_prefix('#').unwrap_or_else(|| panic!("{name}={value} leads out of the page"));
                targets.insert(target);
            }
            if *name == "id" {
                assert!(ids.insert(*value), "two elements have the id {value}");
            }
        }
    }
    assert_eq!(open, Vec::<&str>::new(), "not ended");
    assert!(tags.first().is_some_and(|tag| tag.name == "html"), "{page:.200}");
    let lost: Vec<&&str> = targets.difference(&ids).collect();
    assert!(lost.is_empty(), "links that lead nowhere: {lost:?}");
    for style in between(page, "<style>", "</style>") {
        assert!(!style.contains("url(") && !style.contains("@import"), "a style loads something: {style}");
    }
    let entities = words.split('&').skip(1).map(|rest| rest.split_once(';').map_or(rest, |(name, _)| name));
    for entity in entities {
        let known = ["amp", "lt", "gt", "quot", "nbsp", "#39", "#x27"].contains(&entity);
        assert!(known || entity.strip_prefix('#').is_some_and(|digits| digits.parse::<u32>().is_ok()), "&{entity:.20}");
    }
}

/// An element's beginning or end.
struct Tag<'a> {
    name: &'a str,
    attributes: Vec<(&'a str, &'a str)>,
    is_closed: bool,
}

/// The tags of a page, and its words.
#[track_caller]
fn parsed(page: &str) -> (Vec<Tag<'_>>, String) {
    let mut rest = page.trim_start();
    let doctype = "<!doctype html>";
    assert!(rest.get(..doctype.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(doctype)), "{rest:.100}");
    rest = &rest[doctype.len()..];
    let (mut tags, mut words) = (Vec::new(), String::new());
    while let Some((before, after)) = rest.split_once('<') {
        assert!(!before.contains('>'), "a lone > in {before:?}");
        words.push_str(before);
        let (tag, more) = tag(after);
        rest = more;
        if tag.name == "style" {
            let (_, after) = rest.split_once("</style").expect("the style ends");
            rest = after.strip_prefix('>').unwrap();
        } else {
            tags.push(tag);
        }
    }
    words.push_str(rest);
    (tags, words)
}

/// The tag that a text begins with, after its `<`, and what follows.
#[track_caller]
fn tag(text: &str) -> (Tag<'_>, &str) {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '/').unwrap_or(text.len());
    let end = if text[..end].ends_with('/') && end > 1 { end - 1 } else { end };
    let (name, mut rest) = text.split_at(end);
    assert!(!name.is_empty() && name != "/", "a lone < before {text:.60}");
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(more) = rest.strip_prefix("/>") {
            return (Tag { name, attributes, is_closed: true }, more);
        }
        if let Some(more) = rest.strip_prefix('>') {
            return (Tag { name, attributes, is_closed: false }, more);
        }
        let end = rest.find(|c: char| c == '=' || c == '>' || c.is_whitespace()).unwrap();
        let (attribute, more) = rest.split_at(end);
        let known = attribute.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == ':');
        assert!(known && !attribute.is_empty(), "no attribute: {rest:.60}");
        match more.strip_prefix("=\"") {
            Some(more) => {
                let (value, more) = more.split_once('"').unwrap();
                attributes.push((attribute, value));
                rest = more;
            }
            None => {
                assert!(!more.starts_with('='), "a value without quotes: {rest:.60}");
                attributes.push((attribute, ""));
                rest = more;
            }
        }
    }
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Vec<&'a str> {
    text.split(begin).skip(1).filter_map(|rest| rest.split_once(end)).map(|(inside, _)| inside).collect()
}

/// What people see of the page, in one line.
fn seen(page: &str) -> String {
    let (_, words) = parsed(page);
    let words = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&nbsp;", " "), ("&amp;", "&")]
        .iter()
        .fold(words, |words, (entity, sign)| words.replace(entity, sign));
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A configuration of one benchmark with this name, whose clock is not judged.
fn configuration(name: &str) -> String {
    format!(
        "[[benchmark]]\nname = '''{name}'''\nworker = [\"./worker\"]\nrounds = 3\nqueries = 12\nmin_duration = \"0s\"\n\
         [benchmark.metrics]\nlatency_p50.gate = false\nlatency_p90.gate = false\n"
    )
}

/// A project whose only benchmark has a hostile name.
fn hostile() -> Project {
    let project = Project::git();
    project.write("perfgate.toml", &configuration(HOSTILE));
    project.script("worker", &counting_worker(100));
    project.commit();
    project
}

/// The page that a command writes; it says the hostile name.
#[track_caller]
fn page_of(project: &Project, arguments: &[&str], status: i32) -> String {
    project.perfgate(&[arguments, &["-o", "page.html"]].concat()).expect(status);
    let page = project.read("page.html");
    check_page(&page);
    page
}

#[test]
fn what_is_measured_and_compared_is_a_page() {
    let project = hostile();
    let run = page_of(&project, &["run"], 0);
    assert!(seen(&run).contains("<img src=http://evil.example/x onerror=alert(1)>&amp;"), "{}", seen(&run));
    page_of(&project, &["record"], 0);
    project.script("worker", &counting_worker(150));
    let check = page_of(&project, &["check"], 1);
    assert!(seen(&check).contains("regression") && seen(&check).contains("steps"), "{}", seen(&check));
    project.perfgate(&["run", "-o", "now.json"]).expect(0);
    let compare = page_of(&project, &["compare", "HEAD", "now.json"], 1);
    assert!(seen(&compare).contains("regression"), "{}", seen(&compare));
}

#[test]
fn what_a_store_holds_and_what_would_run_are_pages() {
    let project = hostile();
    page_of(&project, &["baselines", "list"], 0);
    page_of(&project, &["plan"], 0);
    project.perfgate(&["record"]).expect(0);
    let list = page_of(&project, &["baselines", "list"], 0);
    assert!(seen(&list).contains("1 baseline of 1 commit"), "{}", seen(&list));
    let plan = page_of(&project, &["plan"], 0);
    assert!(seen(&plan).contains("Nothing was run.") && seen(&plan).contains("steps"), "{}", seen(&plan));
    assert!(seen(&plan).contains("<img src=http"), "{}", seen(&plan));
}

#[test]
fn a_selftest_is_a_page_also_when_it_fails() {
    let project = hostile();
    let page = page_of(&project, &["selftest", "--budget", "1ms"], 0);
    assert!(seen(&page).contains("checks") && seen(&page).contains("<img src=http"), "{}", seen(&page));
    project.script("worker", "echo '</script><b>no disk</b>' >&2; exit 1\n");
    let page = page_of(&project, &["selftest", "--budget", "1ms"], 4);
    assert!(seen(&page).contains("</script><b>no disk</b>"), "{}", seen(&page));
}

#[test]
fn a_profile_is_a_page_with_plots_whatever_its_stages_are_called() {
    let project = hostile();
    let none = page_of(&project, &["profile", HOSTILE], 0);
    assert!(seen(&none).contains("No stages are reported.") && none.contains("<svg"), "{}", seen(&none));
    let stages = r#"</title></style></svg><script>alert(1)</script>"#;
    let answer = format!(r#"echo "{{\"id\":$id,\"stages\":{{\"{stages}\":4000,\"b\":1000}}}}""#);
    project.script("worker", &worker(&answer));
    let page = page_of(&project, &["profile", HOSTILE], 0);
    let seen = seen(&page);
    for said in [
        "Of the stages </title></style></svg><script>alert(1)</script> takes most, ",
        "Where the time goes",
        "Stages by percentile",
    ] {
        assert!(seen.contains(said), "`{said}` is not in {seen}");
    }
}

#[test]
fn a_history_is_a_page_with_the_change_the_commit_to_ask_and_the_values() {
    let project = counting_project(1);
    page_of(&project, &["history"], 0);
    let steps = [100, 101, 100, 102, 101, 100, 150, 151, 150, 152, 151, 150];
    let commits: Vec<String> = steps
        .iter()
        .map(|&steps| {
            project.script("worker", &counting_worker(steps));
            project.git_program(&["add", "--all"]);
            project.git_program(&["commit", "--quiet", "--message", &format!("{steps} steps {HOSTILE}")]);
            project.perfgate(&["record"]).expect(0);
            project.git_program(&["rev-parse", "HEAD"])
        })
        .collect();
    let page = page_of(&project, &["history"], 0);
    let seen = seen(&page);
    for said in ["12 recorded commits", "worse", "count", "steps", &commits[6][..8], "+49", "150 steps <img src=http"] {
        assert!(seen.contains(said), "`{said}` is not in {seen}");
    }
    assert!(page.contains("<svg"), "the series that changed is drawn");
    assert!(commits.iter().all(|commit| seen.contains(&commit[..8])), "the values are there, commit by commit");
}

#[test]
fn a_worker_that_answers_nothing_of_interest_makes_a_page_too() {
    let project = Project::with(&configuration("plain"));
    project.script("worker", &worker(crate::support::ANSWER));
    let page = page_of(&project, &["run"], 0);
    assert!(seen(&page).contains("latency_p50"), "{}", seen(&page));
}

#[test]
fn annotations_stay_with_what_has_rows_to_annotate() {
    let project = hostile();
    let said = project.perfgate(&["run", "-o", "x.annotations"]).expect(2);
    said.err_has("only `check` and `compare` have rows that become annotations");
    said.err_has("use .md, .html, .json or .txt");
    project.perfgate(&["plan", "-o", "no/such/folder/x.html"]).expect(2).err_has("does not exist");
}

#[test]
#[should_panic(expected = "leads out of the page")]
fn the_check_sees_a_link_that_leads_out() {
    check_page(
        "<!DOCTYPE html>\n<html><head><title>x</title></head><body><a href=\"https://example.com\">x</a></body></html>",
    );
}

#[test]
#[should_panic(expected = "not the innermost")]
fn the_check_sees_what_is_not_well_formed() {
    check_page("<!DOCTYPE html>\n<html><body><p><b>x</p></b></body></html>");
}
