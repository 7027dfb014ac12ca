//! Reports as pages and as Markdown: what a browser, a screen reader and GitHub make of them.

use super::samples::{all_kinds, hostile, hostile_names, hostile_run, judged, usual};
use crate::gate::Method;
use crate::render::{html, markdown};
use crate::report::{self, Block, Plots, Report, Section, Source, Text, Wish};

fn reports() -> Vec<Report> {
    let comparisons = all_kinds();
    let run = hostile_run();
    let of = |sources: &[Source<'_>], plots| report::of(sources, &Wish { title: None, plots });
    let alone = comparisons.iter().map(|one| of(&[Source::of_comparison(one)], Plots::default()));
    let run_alone = of(&[Source::of_run(&run)], Plots::All);
    let all: Vec<Source<'_>> = comparisons.iter().map(Source::of_comparison).chain([Source::of_run(&run)]).collect();
    alone.chain([run_alone, of(&all, Plots::Most(2))]).collect()
}

/// The tags of a page in their order, without their attributes; closing ones begin with `/`.
fn tags(page: &str) -> Vec<&str> {
    let after = page.split('<').skip(1);
    let end =
        |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '/' && c != '!').unwrap_or(rest.len());
    after.map(|rest| &rest[..end(rest)]).collect()
}

/// The values of an attribute.
fn values<'a>(page: &'a str, attribute: &str) -> Vec<&'a str> {
    let pattern = format!(" {attribute}=\"");
    page.match_indices(&pattern).map(|(place, _)| page[place + pattern.len()..].split('"').next().unwrap()).collect()
}

#[test]
fn every_element_that_is_opened_is_closed_whatever_the_names_hold() {
    const ALONE: [&str; 3] = ["meta", "wbr", "!DOCTYPE"];
    for report in reports() {
        let page = html::page(&report);
        // What stands alone inside an SVG ends with a slash of its own.
        let page = page.split("<svg").enumerate().map(|(place, part)| match place {
            0 => part.to_owned(),
            _ => part.split_once("</svg>").map_or(String::new(), |(_, after)| after.to_owned()),
        });
        let page: String = page.collect();
        let mut open: Vec<&str> = Vec::new();
        for tag in tags(&page).into_iter().filter(|tag| !ALONE.contains(tag)) {
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed), "in `{}`", report.title),
                None => open.push(tag),
            }
        }
        assert_eq!(open, [""; 0], "in `{}`", report.title);
    }
}

#[test]
fn no_name_becomes_an_element_an_attribute_or_a_link() {
    let comparison = hostile();
    let report = report::of(&[Source::of_comparison(&comparison)], &Wish { title: None, plots: Plots::All });
    let page = html::page(&report);
    let known = [
        "!DOCTYPE", "wbr", "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "h4",
        "p", "nav", "ul", "li", "main", "section", "strong", "code", "pre", "div", "table", "caption", "thead",
        "tbody", "tr", "th", "td", "details", "summary", "figure", "footer", "svg", "desc", "path", "g", "text",
        "tspan", "line", "rect", "circle", "polygon", "polyline", "use", "defs", "clipPath", "marker", "symbol",
    ];
    for tag in tags(&page) {
        let name = tag.trim_start_matches('/');
        assert!(known.contains(&name), "<{tag}> is not an element of a report");
    }
    for target in values(&page, "href") {
        assert!(target.starts_with('#'), "a link that leaves the page: {target}");
    }
    assert!(!page.contains("onload=") && !page.contains('\u{202e}') && !page.contains('\u{1b}'));
    for name in hostile_names() {
        let longest = page.lines().filter(|line| !line.starts_with('.')).map(str::len).max().unwrap();
        assert!(longest < 60_000, "{name} makes a line of {longest}");
    }
}

#[test]
fn a_page_has_the_landmarks_headings_and_tables_that_a_screen_reader_needs() {
    for report in reports() {
        let page = html::page(&report);
        for once in ["<h1>", "<main ", "<header>", "<footer>", "<nav ", "<html lang=\"en\">", "class=\"skip\""] {
            assert_eq!(page.matches(once).count(), 1, "{once} in `{}`", report.title);
        }
        let mut level = 1;
        for tag in tags(&page) {
            if let Some(next) = tag.strip_prefix('h').and_then(|digit| digit.parse::<u32>().ok()) {
                assert!(next <= level + 1, "h{next} after h{level} in `{}`", report.title);
                level = next;
            }
        }
        let tables = page.matches("<table>").count();
        for each in ["<caption>", "<thead>", "role=\"group\" aria-label=\""] {
            assert_eq!(page.matches(each).count(), tables, "{each} in `{}`", report.title);
        }
        assert_eq!(page.matches("<th").count() - page.matches("<thead").count(), page.matches("<th scope=").count());
        let mut ids = values(&page, "id");
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id that occurs twice in `{}`", report.title);
        let mut labels = values(&page, "aria-labelledby");
        labels.retain(|label| !label.split(' ').all(|id| ids.contains(&id)));
        assert_eq!(labels, [""; 0], "labels that lead nowhere");
        let lost: Vec<&str> = values(&page, "href").into_iter().filter(|to| !ids.contains(&&to[1..])).collect();
        assert_eq!(lost, [""; 0], "links that lead nowhere in `{}`", report.title);
    }
}

#[test]
fn the_page_says_all_that_the_markdown_says() {
    let report = report::of(&[Source::of_comparison(&judged(&usual(), Method::SideBySide))], &Wish::default());
    let (page, text) = (html::page(&report).replace('\u{a0}', " "), markdown::report(&report));
    for said in ["3 of 32 benchmarks are worse", "27 rows are unchanged (", "case 26", "Welch", "Conclusion"] {
        let both = (page.contains(said), text.contains(said));
        assert_eq!(both.0, both.1, "`{said}` is in one of the two");
    }
    assert!(text.contains("| benchmark | metric | baseline | candidate | change |"), "{text}");
    assert!(text.contains("Plot, "), "a plot is a sentence in Markdown:\n{text}");
}

/// Without what stands in blocks of code: there nothing is read.
fn outside_fences(text: &str) -> String {
    let mut fence: Option<String> = None;
    let mut kept = String::new();
    for line in text.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(open) if *open == line => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => kept.extend([line, "\n"]),
        }
    }
    assert_eq!(fence, None, "a block of code that nobody closes");
    kept
}

#[test]
fn a_cell_of_markdown_stays_a_cell_whatever_the_names_hold() {
    for report in reports() {
        let text = outside_fences(&markdown::report(&report));
        let mut columns = None;
        for line in text.lines() {
            if !line.starts_with('|') {
                columns = None;
                continue;
            }
            let bars = line.matches('|').count();
            assert_eq!(*columns.get_or_insert(bars), bars, "in `{}`:\n{line}", report.title);
        }
        for harmful in ["<script", "@team", "https://example.com", "\u{202e}", "\n::error"] {
            assert!(!text.contains(harmful), "`{harmful}` in the Markdown of `{}`", report.title);
        }
    }
}

#[test]
fn tone_and_numbers_are_classes_and_folds_are_closed() {
    let fold = Block::Fold { summary: Text::from("3 more"), blocks: vec![Block::paragraph("inside")] };
    let verdict = Block::Verdict {
        word: "regression".to_owned(),
        tone: report::Tone::Bad,
        text: Text::from("1 row is ").code("<slower>"),
    };
    let section = Section::new("a b", "A & B", vec![verdict, fold]);
    let page = html::page(&Report { title: "t".to_owned(), subject: Text::new(), sections: vec![section] });
    for part in [
        "<section id=\"a-b\" aria-labelledby=\"a-b-title\">\n<h2 id=\"a-b-title\">A &amp; B</h2>",
        "<p class=\"verdict bad\"><strong>regression</strong> 1 row is <code>&lt;slower&gt;</code></p>",
        "<details>\n<summary>3 more</summary>\n<p>inside</p>\n</details>",
        "<li><a href=\"#a-b\">A &amp; B</a></li>",
    ] {
        assert!(page.contains(part), "`{part}` is not in:\n{page}");
    }
}
