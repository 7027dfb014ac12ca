//! A history in every format: what each shows of names that somebody could use to break it.

use crate::history::{Course, History, Recorded, history};
use crate::render::{self, Look, plain};
use crate::report;
use crate::result::RunResult;
use crate::words::samples::{benchmark, hostile_names, machine, metric};

/// Commits with hostile subjects of hostile benchmarks, all of which change in the middle.
fn hostile() -> History {
    let names = hostile_names();
    let commits = (0..20).map(|number: usize| {
        let level = if number < 10 { 1e6 } else { 2e6 };
        let near = level * (1.0 + 0.01 * (number * 7 % 5) as f64);
        let one = |name: &String| benchmark(name, vec![metric(name, name, vec![near, near * 1.01])]);
        Recorded {
            commit: format!("{number:08x}{}", "0".repeat(32)).parse().unwrap(),
            subject: names.get(number % names.len()).cloned().unwrap_or_default(),
            commits_since: Some(1),
            results: vec![RunResult {
                environment: Some(machine("m")),
                ..RunResult::imported(names.iter().map(one).collect())
            }],
        }
    });
    history(commits.collect(), &[], &Course::default())
}

#[test]
fn no_hostile_name_leaves_its_place_or_does_anything() {
    let history = hostile();
    let page = render::html::page(&report::trend::of(&history));
    assert!(!page.contains("<script") && !page.contains("href=\"http") && !page.contains('\u{1b}'), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
    let markdown = render::markdown::history(&history);
    assert!(!markdown.contains("<script") && markdown.len() < 60_000, "{markdown}");
    assert!(markdown.lines().all(|line| !line.starts_with("::")), "{markdown}");
    for width in [40, 80, 120] {
        let text = render::history(&history, &Look { color: false, width: Some(width), verbose: false });
        assert!(text.lines().all(|line| plain::width(line) <= usize::from(width)), "{width}:\n{text}");
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
}

#[test]
fn every_format_says_the_changes_in_the_same_words() {
    let history = hostile();
    let look = Look { color: false, width: None, verbose: true };
    let (terminal, markdown) = (render::history(&history, &look), render::markdown::history(&history));
    assert_eq!(terminal.matches("(adjusted)").count(), hostile_names().len());
    for said in ["by 0000000a", "+9", "at most 5 %"] {
        assert!(terminal.contains(said), "{said}: {terminal}");
    }
    assert!(markdown.contains("by `0000000a`") && markdown.contains("at most 5 %"), "{markdown}");
}
