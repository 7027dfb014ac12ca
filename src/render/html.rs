//! A report as one page of HTML: no script, no network, no font from elsewhere; it works from a file, in the dark, on paper, on a
//! phone and read aloud.
//!
//! Here: which elements a report is made of. Not here: what it says (`report`), what plots look like (`svg`). CI systems show
//! pages without scripts, and some without styles: the page must be read without either.

mod blocks;
mod escape;

use self::escape::{id, name, text};
use super::svg;
use crate::report::{Report, Section};

/// The look of all but the plots.
const STYLE: &str = include_str!("html/page.css");

/// Nothing is fetched, nothing is run; the styles are in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// More parts of a section than this are counted in the table of contents.
const MOST_IN_CONTENTS: usize = 20;

/// Headings end here.
const DEEPEST: usize = 6;

/// The whole page.
pub fn page(report: &Report) -> String {
    let title = text(&report.title);
    let subject = match report.subject.is_empty() {
        true => String::new(),
        false => format!("<p>{}</p>\n", blocks::inline(&report.subject)),
    };
    let mut body = String::new();
    let mut plots = 0;
    for part in &report.sections {
        section(part, 2, &mut plots, &mut body);
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"generator\" content=\"perfgate {version}\">\n\
         <title>{title}</title>\n<style>\n{plot_style}\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#report\">Skip to the report</a>\n\
         <header>\n<h1>{title}</h1>\n{subject}</header>\n{contents}<main id=\"report\">\n{body}</main>\n\
         <footer><p>Written by perfgate {version}.</p></footer>\n</body>\n</html>\n",
        version = env!("CARGO_PKG_VERSION"),
        plot_style = svg::STYLE,
        contents = contents(&report.sections),
    )
}

/// The sections, and the first of their parts.
fn contents(sections: &[Section]) -> String {
    let entry = |section: &Section| format!("<a href=\"#{}\">{}</a>", id(&section.id), named(&section.heading));
    let item = |section: &Section| {
        let parts = section.sections.iter().take(MOST_IN_CONTENTS).map(|part| format!("<li>{}</li>", entry(part)));
        let mut parts: String = parts.collect();
        let more = section.sections.len().saturating_sub(MOST_IN_CONTENTS);
        if more > 0 {
            parts.push_str(&format!("<li>{more} more</li>"));
        }
        let parts = if parts.is_empty() { parts } else { format!("\n<ul>{parts}</ul>") };
        format!("<li>{}{parts}</li>\n", entry(section))
    };
    let items: String = sections.iter().map(item).collect();
    if items.is_empty() {
        return items;
    }
    format!("<nav aria-label=\"Contents\">\n<ul>\n{items}</ul>\n</nav>\n")
}

/// A section and its parts. Only those at the top are landmarks: more would be none.
fn section(of: &Section, level: usize, plots: &mut usize, page: &mut String) {
    let id = id(&of.id);
    let landmark = if level == 2 { format!(" aria-labelledby=\"{id}-title\"") } else { String::new() };
    let heading = level.min(DEEPEST);
    page.push_str(&format!(
        "<section id=\"{id}\"{landmark}>\n<h{heading} id=\"{id}-title\">{}</h{heading}>\n",
        named(&of.heading)
    ));
    blocks::write(&of.blocks, plots, page);
    for part in &of.sections {
        section(part, level + 1, plots, page);
    }
    page.push_str("</section>\n");
}

/// What stands above a section. A heading may be a name from outside, and a name may be blank.
fn named(words: &str) -> String {
    if words.trim().is_empty() { name(words) } else { text(words) }
}
