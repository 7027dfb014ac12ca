use super::*;
use crate::history::{Course, Recorded, history};
use crate::report::{Block, Piece, Section};
use crate::result::{BenchmarkResult, RunResult};
use crate::words::samples::{benchmark, machine, metric};

/// A commit with what one machine recorded of it.
fn recorded(number: usize, fingerprint: &str, benchmarks: Vec<BenchmarkResult>) -> Recorded {
    Recorded {
        commit: format!("{number:08x}{}", "0".repeat(32)).parse().unwrap(),
        subject: format!("commit number {number}"),
        commits_since: (number > 0).then_some(if number == 10 { 3 } else { 1 }),
        results: vec![RunResult { environment: Some(machine(fingerprint)), ..RunResult::imported(benchmarks) }],
    }
}

/// A value that is never quite the same.
fn near(level: f64, number: usize) -> Vec<f64> {
    let value = level * (1.0 + 0.01 * ((number * 7 % 5) as f64 - 2.0));
    vec![value * 0.99, value, value / 0.99]
}

/// A benchmark's name, and its level by the commit's number.
type Level = (&'static str, fn(usize) -> f64);

/// Commits of which one machine recorded a latency of each of these benchmarks.
fn course(count: usize, benchmarks: &[Level]) -> History {
    let commit = |number| {
        let one =
            |(name, level): &Level| benchmark(name, vec![metric("latency_p50", "ns", near(level(number), number))]);
        recorded(number, "intel-2c", benchmarks.iter().map(one).collect())
    };
    history((0..count).map(commit).collect(), &[], &Course::default())
}

/// All that is said, in one line; what is drawn is only told.
fn words(blocks: &[Block]) -> String {
    let table = |table: &Table| {
        let heads = table.columns.iter().map(|column| column.heading.clone());
        let cells = table.rows.iter().flatten().map(|cell| cell.text.words());
        heads.chain(cells).collect::<Vec<_>>().join(" | ")
    };
    let block = |block: &Block| match block {
        Block::Verdict { word, text, .. } => format!("{word}: {}", text.words()),
        Block::Paragraph(text) => text.words(),
        Block::List(items) => items.iter().map(Text::words).collect::<Vec<_>>().join("; "),
        Block::Table(rows) => table(rows),
        Block::Plot(plot) => format!("PLOT {}", plot.title),
        Block::Fold { summary, blocks } => format!("FOLD {} {}", summary.words(), words(blocks)),
        Block::Code(said) => said.clone(),
    };
    blocks.iter().map(block).collect::<Vec<_>>().join(" ")
}

fn section<'a>(report: &'a Report, id: &str) -> &'a Section {
    let all = report.sections.iter().flat_map(|section| std::iter::once(section).chain(&section.sections));
    all.into_iter().find(|section| section.id == id).unwrap_or_else(|| panic!("no section {id}"))
}

fn names(report: &Report) -> Vec<&str> {
    section(report, "benchmarks").sections.iter().map(|section| section.heading.as_str()).collect()
}

#[test]
fn the_worst_change_comes_first_with_its_size_its_certainty_and_the_commits_to_ask() {
    let history = course(
        20,
        &[
            ("better", |number| if number < 12 { 1e6 } else { 0.5e6 }),
            ("slightly", |number| if number < 14 { 1e6 } else { 1.1e6 }),
            ("steady", |_| 1e6),
            ("twice", |number| if number < 10 { 2e6 } else { 4e6 }),
        ],
    );
    let report = of(&history);
    let summary = words(&section(&report, "summary").blocks);
    assert!(
        summary.starts_with("worse: 2 of 4 series got worse at the last change of level, 1 got better."),
        "{summary}"
    );
    let places = ["twice", "slightly", "better"].map(|name| summary.find(&format!("{name} | latency_p50")).unwrap());
    assert!(places.is_sorted(), "{summary}");
    for said in ["2.00 ms → 4.00 ms", "0000000a", " 3 commits, the last: commit number 10", "<.001", "+100", "[+9"] {
        assert!(summary.contains(said), "`{said}` is not in {summary}");
    }
    assert_eq!(names(&report), ["twice", "slightly", "better", "steady"]);
    assert!(words(&section(&report, "b4").blocks).starts_with("latency_p50: no change of level."));
}

#[test]
fn a_benchmark_has_its_course_and_its_values_by_commit_the_latest_first() {
    let history = course(20, &[("twice", |number| if number < 10 { 2e6 } else { 4e6 })]);
    let said = words(&section(&of(&history), "b1").blocks);
    assert!(said.contains("PLOT "), "{said}");
    let (before, values) = said.split_once("FOLD Values of 20 commits ").unwrap();
    assert!(before.contains("worse: latency_p50, "), "{before}");
    assert!(values.contains("00000009 | commit number 9 | 2.0"), "{values}");
    assert!(values.contains("0000000a | commit number 10 | worse: "), "{values}");
    assert!(values.find("00000013").unwrap() < values.find("00000000").unwrap(), "{values}");
}

#[test]
fn another_machine_stands_apart_and_is_no_regression() {
    let commits = (0..20).map(|number| {
        let (fingerprint, level) = if number < 10 { ("old-machine", 1e6) } else { ("new-machine", 3e6) };
        recorded(number, fingerprint, vec![benchmark("a", vec![metric("latency_p50", "ns", near(level, number))])])
    });
    let history = history(commits.collect(), &[], &Course::default());
    let report = of(&history);
    let summary = words(&section(&report, "summary").blocks);
    assert!(summary.starts_with("steady: No change of level was shown in 2 series"), "{summary}");
    assert!(summary.contains("another machine is no change of the code"), "{summary}");
    let said = words(&section(&report, "b1").blocks);
    let (old, new) = (said.find("On old-machine:").unwrap(), said.find("On new-machine:").unwrap());
    assert!(new < old, "what was recorded last comes first: {said}");
    assert_eq!(said.matches("FOLD Values of 10 commits").count(), 2, "{said}");
    let machines = words(&section(&report, "machines").blocks);
    assert!(
        machines.contains("old-machine") && machines.contains("2 cores") && machines.contains(" | 10 | "),
        "{machines}"
    );
}

#[test]
fn what_is_always_the_same_is_said_and_not_drawn() {
    let commits = (0..10).map(|number| {
        let metrics = vec![metric("accuracy", "ratio", vec![0.98; 4]), metric("latency_p50", "ns", near(1e6, number))];
        recorded(number, "m", vec![benchmark("a", metrics)])
    });
    let said = words(&section(&of(&history(commits.collect(), &[], &Course::default())), "b1").blocks);
    assert!(said.starts_with("accuracy: always the same. latency_p50: no change of level."), "{said}");
    assert_eq!(said.matches("PLOT ").count(), 1, "{said}");
}

#[test]
fn too_short_a_series_says_so_and_no_history_says_what_to_do() {
    let report = of(&course(3, &[("a", |_| 1e6)]));
    let summary = words(&section(&report, "summary").blocks);
    assert!(summary.starts_with("too few: 3 recorded commits: too few"), "{summary}");
    let said = words(&section(&report, "b1").blocks);
    assert!(said.starts_with("latency_p50: too short a series"), "{said}");
    let nothing = of(&history(Vec::new(), &[], &Course::default()));
    assert_eq!(nothing.sections.len(), 1);
    assert!(words(&nothing.sections[0].blocks).contains("perfgate record"));
}

#[test]
fn what_nobody_judges_is_folded_unless_it_changed() {
    let unjudged = |name: &str, level: f64, number: usize| {
        let mut metric = metric(name, "ns", near(level, number));
        metric.gate = false;
        metric
    };
    let commits = (0..20).map(|number| {
        let changed = unjudged("latency_max", if number < 10 { 1e6 } else { 2e6 }, number);
        let metrics =
            vec![metric("latency_p50", "ns", near(1e6, number)), changed, unjudged("latency_min", 1e6, number)];
        recorded(number, "m", vec![benchmark("a", metrics), benchmark("b", vec![unjudged("latency_min", 1e6, number)])])
    });
    let report = of(&history(commits.collect(), &[], &Course::default()));
    let said = words(&section(&report, "benchmarks").blocks);
    let (listed, folded) = said.split_once("FOLD 2 metrics that are not judged").unwrap();
    assert!(
        listed.contains("latency_p50") && listed.contains("latency_max") && !listed.contains("latency_min"),
        "{said}"
    );
    assert!(folded.contains("latency_min"), "{said}");
    assert_eq!(names(&report), ["a"]);
}

#[test]
fn of_hundreds_of_benchmarks_those_that_changed_are_drawn_and_the_others_counted() {
    let commits = (0..20).map(|number| {
        let one = |which: usize| {
            let level = if which % 50 == 21 && number >= 10 { 2e6 } else { 1e6 };
            benchmark(&format!("bench/{which:03}"), vec![metric("latency_p50", "ns", vec![level; 2])])
        };
        recorded(number, "m", (0..500).map(one).collect())
    });
    let report = of(&history(commits.collect(), &[], &Course::default()));
    assert_eq!(names(&report).len(), MOST_BENCHMARKS);
    assert_eq!(names(&report)[..2], ["bench/021", "bench/071"]);
    assert_eq!(names(&report)[9..11], ["bench/471", "bench/000"]);
    let said = words(&section(&report, "benchmarks").blocks);
    assert!(said.contains("Plots and values of 20 of 500 benchmarks follow"), "{said}");
    assert!(said.contains("bench/499"), "each has its line");
}

#[test]
fn benchmarks_of_many_metrics_are_drawn_until_there_are_plots_enough() {
    let commits = (0..6).map(|number| {
        let metrics = || (0..50).map(|which| metric(&format!("m{which}"), "ns", near(1e6, number))).collect();
        recorded(number, "m", ["a", "b", "c"].map(|name| benchmark(name, metrics())).into())
    });
    let report = of(&history(commits.collect(), &[], &Course::default()));
    assert_eq!(names(&report), ["a", "b"], "a third would have made them 150");
    let said = words(&section(&report, "benchmarks").blocks);
    assert!(said.contains("Plots and values of 2 of 3 benchmarks follow"), "{said}");
}

#[test]
fn many_changes_are_folded_and_every_link_leads_to_a_section() {
    let commits = (0..20).map(|number| {
        let level = if number < 10 { 1e6 } else { 2e6 };
        let one = |name: &String| benchmark(name, vec![metric("latency_p50", "ns", near(level, number))]);
        let many = (0..30).map(|which| format!("case {which:02}"));
        recorded(number, "m", many.collect::<Vec<_>>().iter().map(one).collect())
    });
    let report = of(&history(commits.collect(), &[], &Course::default()));
    let summary = section(&report, "summary");
    assert!(words(&summary.blocks).contains("FOLD 10 more changes"), "{}", words(&summary.blocks));
    let tables = summary.blocks.iter().chain(&section(&report, "benchmarks").blocks);
    let rows = tables.filter_map(|block| if let Block::Table(table) = block { Some(&table.rows) } else { None });
    let links = rows.flatten().flatten().flat_map(|cell| cell.text.pieces()).filter_map(|piece| match piece {
        Piece::Link { to, name } => Some((to, name)),
        _ => None,
    });
    let links: BTreeSet<(&String, &String)> = links.collect();
    assert_eq!(links.len(), MOST_BENCHMARKS);
    for (to, name) in links {
        assert_eq!(&section(&report, to).heading, name);
    }
}

#[test]
fn in_brief_it_says_what_changed_and_how_far_that_can_be_believed() {
    let history = course(20, &[("twice", |number| if number < 10 { 2e6 } else { 4e6 })]);
    let brief = brief(&history);
    assert_eq!(
        (brief.title.as_str(), brief.subject.words().as_str()),
        ("perfgate history", "20 recorded commits, 00000000 to 00000013",)
    );
    let said = words(&brief.blocks);
    let expected = "worse: twice latency_p50, 2.00 ms → 4.00 ms, +100.0 % [+97.2, +102.8], by one of the 3 commits after 00000009 \
                    up to 0000000a; p <.001 (adjusted)";
    assert!(said.contains(expected) && said.contains("at most 5 % are expected to be false"), "{said}");
}
