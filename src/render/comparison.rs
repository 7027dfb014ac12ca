//! A comparison for a terminal: heading, table, what came out, why, what to do next.

use super::cells::{Cells, Tone};
use super::origin::{self, Side};
use super::page::Page;
use super::table::{Column, Kind, Line};
use super::warnings::{Group, Whose, of_comparison, row};
use super::{Look, plain, stages, summary, units};
use super::{advice, reasons};
use crate::gate::{Comparison, Row};

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 8] = [
    Column { heading: "benchmark", kind: Kind::Name },
    Column { heading: "metric", kind: Kind::Name },
    Column { heading: "baseline", kind: Kind::Number },
    Column { heading: "candidate", kind: Kind::Number },
    Column { heading: "change", kind: Kind::Number },
    Column { heading: "interval", kind: Kind::Spare(0) },
    Column { heading: "p", kind: Kind::Spare(1) },
    Column { heading: "verdict", kind: Kind::Word },
];

/// Widest that a sentence with the name of a stage in it is shown.
const STAGE_WIDTH: usize = 300;

/// More explanations than this are a list nobody reads; `-v` shows them.
const MOST_EXPLANATIONS: usize = 8;

/// The same for kinds of warnings about the measurements.
const MOST_REMARKS: usize = 4;

/// Widest that a label is shown in the heading.
const LABEL_WIDTH: usize = 48;

/// The whole text.
pub fn render(comparison: &Comparison, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&heading(comparison));
    let listed: Vec<&Row> =
        if look.verbose { comparison.rows.iter().collect() } else { summary::listed(&comparison.rows) };
    if !listed.is_empty() {
        page.gap();
        page.table(&COLUMNS, &listed.iter().map(|row| line(row)).collect::<Vec<_>>());
        let more = summary::unchanged(&comparison.rows).filter(|_| !look.verbose);
        if let Some(more) = more {
            page.paragraph(&(more + summary::LISTED_ON_DEMAND), " ", " ");
        }
    }
    page.gap();
    page.colored(&summary::outcome(comparison, look.verbose), color(tone(comparison)));
    explain(&mut page, comparison, look.verbose);
    for warning in &comparison.warnings {
        page.paragraph(&plain::line(&warning.message), "warning: ", "  ");
    }
    remarks(&mut page, comparison, look.verbose);
    let steps = advice::next(comparison);
    if !steps.is_empty() {
        page.gap();
    }
    for (position, step) in steps.iter().enumerate() {
        let said = match &step.run {
            Some(run) => format!("{}: {}", step.say, plain::glue(run)),
            None => step.say.clone(),
        };
        page.paragraph(&said, if position == 0 { "next: " } else { "      " }, "      ");
    }
    page.text()
}

/// `perfgate check`, who against whom, how.
fn heading(comparison: &Comparison) -> Vec<String> {
    let verb = if comparison.method.is_check() { "perfgate check" } else { "perfgate compare" };
    let (base, candidate) = origin::sides(comparison);
    let against = match &base {
        Some(base) => format!("{} against {}", side(&candidate), side(base)),
        None => format!("{}, no baseline", side(&candidate)),
    };
    let mut parts = vec![verb.to_owned(), against];
    parts.extend(base.map(|_| origin::method(comparison)));
    parts
}

fn side(side: &Side) -> String {
    let short = |text: &str| plain::shorten(&plain::line(text), LABEL_WIDTH);
    let more: Vec<String> =
        side.label.iter().map(|label| short(label)).chain(side.remarks().map(str::to_owned)).collect();
    let name = short(&side.name);
    if more.is_empty() { name } else { format!("{name} ({})", more.join(", ")) }
}

fn line(row: &Row) -> Line {
    let cells = Cells::of(row);
    let names = [cells.benchmark, cells.metric].map(plain::line);
    let numbers = [cells.baseline, cells.candidate, cells.change, cells.interval, cells.p, cells.verdict.to_owned()];
    Line { texts: names.into_iter().chain(numbers).collect(), color: Some(color(cells.tone)) }
}

/// How the verdict of the whole is meant: as its worst row is.
fn tone(comparison: &Comparison) -> Tone {
    let tones = || comparison.rows.iter().map(|row| Cells::of(row).tone);
    [Tone::Bad, Tone::Doubtful].into_iter().find(|tone| tones().any(|other| other == *tone)).unwrap_or(Tone::Calm)
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "1;31",
        Tone::Doubtful => "33",
        Tone::Good => "32",
        Tone::Calm => "39",
    }
}

fn explain(page: &mut Page, comparison: &Comparison, verbose: bool) {
    let explanations = reasons::explanations(&comparison.rows);
    let most = if verbose { explanations.len() } else { MOST_EXPLANATIONS };
    for why in explanations.iter().take(most) {
        let (first, quoted) = why.parts();
        page.paragraph(&format!("{}: {}", why.subjects(&comparison.rows, name), plain::line(first)), "  ", "    ");
        page.quote(quoted, "  ");
    }
    for (row, moved) in
        stages::of_regressions(comparison).iter().take(if verbose { usize::MAX } else { MOST_EXPLANATIONS })
    {
        page.paragraph(
            &format!("{}: {}", name(row), plain::shorten(&plain::line(&moved.words()), STAGE_WIDTH)),
            "  ",
            "    ",
        );
    }
    let more = explanations.len().saturating_sub(most);
    if more > 0 {
        let more = units::count(more, "more reason", "more reasons");
        page.paragraph(&format!("… and {more}{}", summary::LISTED_ON_DEMAND), "  ", "    ");
    }
}

/// What the measurements were warned of.
fn remarks(page: &mut Page, comparison: &Comparison, verbose: bool) {
    let groups = of_comparison(&comparison.remarks, verbose);
    let most = if verbose { groups.len() } else { MOST_REMARKS };
    for Group { names, message, likewise, .. } in groups.iter().take(most) {
        let text = format!("{}: {}", row(names, whose), plain::line(message));
        page.paragraph(&text, "warning: ", "  ");
        if !likewise.is_empty() {
            page.paragraph(&format!("likewise, with other figures (-v): {}", row(likewise, whose)), "  ", "    ");
        }
    }
    match (groups.len().saturating_sub(most), comparison.remarks.left_out) {
        (0, 0) => {}
        (0, more) => {
            let more = units::count(more, "more warning like these", "more warnings like these");
            page.paragraph(&format!("… and {more}: perfgate run lists them"), "  ", "    ");
        }
        (more, _) => {
            let more = units::count(more, "more kind of warning", "more kinds of warnings");
            page.paragraph(&format!("… and {more}{}", summary::LISTED_ON_DEMAND), "  ", "    ");
        }
    }
}

/// `digits (candidate)`.
fn whose(whose: Whose<'_>) -> String {
    let name = plain::shorten(&plain::line(whose.benchmark), LABEL_WIDTH);
    whose.side().map_or(name.clone(), |side| format!("{name} ({side})"))
}

/// Benchmark and metric.
fn name(row: &Row) -> String {
    let words = [Some(row.benchmark.as_str()), row.metric.as_deref()];
    let words = words.into_iter().flatten().map(|name| plain::shorten(&plain::line(name), LABEL_WIDTH));
    words.collect::<Vec<_>>().join(" ")
}
