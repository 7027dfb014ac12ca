//! What reports say as a whole; the single sections are tested beside themselves.

use super::*;
use crate::gate::{Comparison, Method};
use crate::result::RunOutcome;
use crate::words::samples::{all_kinds, hostile, hostile_run, judged, latency, sides, usual};

/// A section as text: a line for each block and row.
pub fn words(section: &Section) -> String {
    let blocks = section.blocks.iter().map(block_words).collect::<String>();
    let parts = section.sections.iter().map(words).collect::<String>();
    format!("# {}\n{blocks}{parts}", section.heading)
}

pub fn block_words(block: &Block) -> String {
    match block {
        Block::Verdict { word, text, .. } => format!("{word}: {}\n", text.words()),
        Block::Paragraph(text) => format!("{}\n", text.words()),
        Block::List(items) => items.iter().map(|item| format!("- {}\n", item.words())).collect(),
        Block::Table(table) => {
            let headings: Vec<&str> = table.columns.iter().map(|column| column.heading.as_str()).collect();
            let row = |row: &Vec<Cell>| row.iter().map(|cell| cell.text.words()).collect::<Vec<_>>().join(" | ") + "\n";
            format!("{}\n{}\n{}", table.caption, headings.join(" | "), table.rows.iter().map(row).collect::<String>())
        }
        Block::Plot(plot) => format!("[{}]\n", plot.title),
        Block::Fold { summary, blocks } => {
            format!("> {}\n{}", summary.words(), blocks.iter().map(block_words).collect::<String>())
        }
        Block::Code(code) => format!("{code}\n"),
    }
}

fn report(comparison: &Comparison) -> Report {
    of(&[Source::of_comparison(comparison)], &Wish::default())
}

/// Every section and every table below these.
fn all_sections(sections: &[Section]) -> Vec<&Section> {
    sections.iter().flat_map(|section| std::iter::once(section).chain(all_sections(&section.sections))).collect()
}

fn tables(blocks: &[Block]) -> Vec<&Table> {
    let mut found = Vec::new();
    for block in blocks {
        match block {
            Block::Table(table) => found.push(table),
            Block::Fold { blocks, .. } => found.extend(tables(blocks)),
            _ => {}
        }
    }
    found
}

#[test]
fn the_parts_of_a_report_are_those_that_people_expect() {
    let headings: Vec<String> =
        report(&judged(&usual(), Method::SideBySide)).sections.into_iter().map(|section| section.heading).collect();
    let expected = [
        "Executive summary",
        "Comparison with the baseline",
        "Recommendations",
        "Results",
        "Statistical validation",
        "Methodology",
        "Test environment",
        "Conclusion",
    ];
    assert_eq!(headings, expected);
    let [result, _] = usual();
    let outcome = RunOutcome::complete(result);
    let of_run = of(&[Source::of_run(&outcome)], &Wish::default());
    assert!(of_run.sections.iter().all(|section| section.heading != "Comparison with the baseline"));
}

#[test]
fn tables_are_whole_and_ids_are_unique_whatever_is_reported() {
    let comparisons = all_kinds();
    let run = hostile_run();
    let together: Vec<Source<'_>> =
        comparisons.iter().map(Source::of_comparison).chain([Source::of_run(&run)]).collect();
    let mut reports: Vec<Report> = comparisons.iter().map(report).collect();
    reports.push(of(&together, &Wish { plots: Plots::All, ..Wish::default() }));
    reports.push(of(&[Source::of_run(&run)], &Wish::default()));
    for report in &reports {
        let sections = all_sections(&report.sections);
        let mut ids: Vec<&str> = sections.iter().map(|section| section.id.as_str()).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id that occurs twice in `{}`", report.title);
        assert!(ids.iter().all(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')), "{ids:?}");
        for table in sections.iter().flat_map(|section| tables(&section.blocks)) {
            assert!(!table.rows.is_empty(), "{}", table.caption);
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.caption);
        }
    }
}

#[test]
fn every_link_leads_to_a_section() {
    let comparison = judged(&usual(), Method::SideBySide);
    let report = of(&[Source::of_comparison(&comparison)], &Wish { plots: Plots::Most(3), ..Wish::default() });
    let sections = all_sections(&report.sections);
    let texts = sections.iter().flat_map(|section| texts(&section.blocks));
    let links: Vec<String> = texts
        .flat_map(|text| text.pieces().to_vec())
        .filter_map(|piece| match piece {
            Piece::Link { to, .. } | Piece::See { to, .. } => Some(to),
            Piece::Plain(_) | Piece::Strong(_) | Piece::Code(_) => None,
        })
        .collect();
    assert!(links.len() > 3);
    for link in links {
        assert!(sections.iter().any(|section| section.id == link), "{link} leads nowhere");
    }
}

fn texts(blocks: &[Block]) -> Vec<Text> {
    let of = |block: &Block| match block {
        Block::Verdict { text, .. } | Block::Paragraph(text) => vec![text.clone()],
        Block::List(items) => items.clone(),
        Block::Table(table) => table.rows.iter().flatten().map(|cell| cell.text.clone()).collect(),
        Block::Fold { summary, blocks } => std::iter::once(summary.clone()).chain(texts(blocks)).collect(),
        Block::Plot(_) | Block::Code(_) => Vec::new(),
    };
    blocks.iter().flat_map(of).collect()
}

#[test]
fn no_sentence_is_the_same_whatever_was_measured() {
    let [red, green] = [1.3, 1.0].map(|change| {
        let pairs = sides([latency("a", change), latency("b", 1.0)]);
        let [base, mut candidate] = pairs;
        if change > 1.0 {
            candidate.environment = None;
        }
        report(&judged(&[base, candidate], Method::SideBySide))
    });
    let said = |report: &Report| -> Vec<String> {
        let sections = all_sections(&report.sections);
        sections.iter().flat_map(|section| section.blocks.iter().map(block_words)).collect()
    };
    let (one, other) = (said(&red), said(&green));
    let summary = |report: &Report| words(&report.sections[0]);
    assert_ne!(summary(&red), summary(&green));
    assert!(one.iter().filter(|line| other.contains(line)).count() < one.len() / 2, "{one:#?}\n{other:#?}");
}

#[test]
fn the_line_below_the_title_says_who_was_compared_and_how() {
    let report = report(&judged(&usual(), Method::SideBySide));
    assert_eq!(report.subject.words(), "33333333 (faster) against 88888888 (main), side by side, 10 rounds.");
}

#[test]
fn several_documents_have_a_part_of_each_section() {
    let comparison = judged(&usual(), Method::SideBySide);
    let [result, _] = usual();
    let outcome = RunOutcome::complete(result);
    let sources = [
        Source { label: Some("check.json".to_owned()), document: Document::Comparison(&comparison) },
        Source { label: Some("main.json".to_owned()), document: Document::Run(&outcome) },
    ];
    let report = of(&sources, &Wish::default());
    assert_eq!(report.title, "perfgate: 1 comparison and 1 result");
    assert_eq!(report.subject.words(), "Made from check.json and main.json.");
    let results = report.sections.iter().find(|section| section.id == "results").unwrap();
    let parts: Vec<&str> = results.sections.iter().map(|section| section.heading.as_str()).collect();
    assert_eq!(parts, ["check.json", "main.json"]);
    assert!(words(&report.sections[0]).contains("regression: check.json: 3 of 32 benchmarks are worse"));
}

#[test]
fn hostile_names_reach_the_renderer_as_they_are() {
    let report = report(&hostile());
    let said: String = report.sections.iter().map(words).collect();
    assert!(said.contains("--><script>alert(1)</script>"), "escaping is the renderer's affair");
}
