//! An A/B test for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::ab::AbTest;
use crate::report::Tone;
use crate::report::ab::{self as words, Guard, Row};

const COLUMNS: [Column; 7] = [
    Column { heading: "", kind: Kind::Name },
    Column { heading: "A", kind: Kind::Number },
    Column { heading: "B", kind: Kind::Number },
    Column { heading: "change", kind: Kind::Number },
    Column { heading: "interval", kind: Kind::Spare(1) },
    Column { heading: "p", kind: Kind::Spare(0) },
    Column { heading: "", kind: Kind::Word },
];

const GUARDRAILS: [Column; 6] = [
    Column { heading: "guardrail", kind: Kind::Name },
    Column { heading: "change", kind: Kind::Number },
    Column { heading: "interval", kind: Kind::Spare(1) },
    Column { heading: "confidence", kind: Kind::Spare(0) },
    Column { heading: "allowed", kind: Kind::Number },
    Column { heading: "", kind: Kind::Word },
];

/// Widest that a name in a heading or sentence is shown.
const NAME_WIDTH: usize = 40;

/// The whole text.
pub fn render(test: &AbTest, look: &Look) -> String {
    let mut page = Page::new(look);
    let name = |name: &str| plain::shorten(&plain::line(name), NAME_WIDTH);
    page.heading(&words::heading(test, &name));
    page.gap();
    let lines: Vec<Line> = words::rows(test).into_iter().map(line).collect();
    page.table(&COLUMNS, &lines);
    page.gap();
    let guards: Vec<Line> = words::guards(test).into_iter().map(guard).collect();
    if !guards.is_empty() {
        page.table(&GUARDRAILS, &guards);
        page.gap();
    }
    page.colored(&plain::line(&test.recommendation(&name)), color(words::tone(test)));
    for failure in &test.failures {
        let (reason, quoted) = failure.reason.split_once('\n').unwrap_or((&failure.reason, ""));
        page.paragraph(&format!("{}: {}", plain::line(&failure.benchmark), plain::line(reason)), "  ", "    ");
        page.quote(quoted, "  ");
    }
    for sentence in words::sentences(test, &name) {
        page.paragraph(&plain::line(&sentence), "  ", "    ");
    }
    page.text()
}

fn line(row: Row) -> Line {
    let color = color(row.tone);
    let texts = vec![row.metric, row.a, row.b, row.change, row.interval, row.p, row.word];
    Line { texts, color: Some(color) }
}

fn guard(own: Guard) -> Line {
    let color = color(own.tone);
    let texts = vec![own.metric.to_owned(), own.change, own.interval, own.confidence, own.allowed, own.word.to_owned()];
    Line { texts, color: Some(color) }
}

fn color(tone: Tone) -> &'static str {
    match tone {
        Tone::Bad => "1;31",
        Tone::Doubtful => "33",
        Tone::Good => "32",
        Tone::Calm => "39",
    }
}
