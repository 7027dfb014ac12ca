//! A selftest for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::report::Tone;
use crate::report::selftest::{Row, calm, heading, next, rows, sentences, verdict};
use crate::selftest::{Selftest, Verdict};

const COLUMNS: [Column; 10] = [
    Column { heading: "benchmark", kind: Kind::Name },
    Column { heading: "code", kind: Kind::Name },
    Column { heading: "checks", kind: Kind::Number },
    Column { heading: "red", kind: Kind::Number },
    Column { heading: "95 % interval", kind: Kind::Number },
    Column { heading: "unchanged", kind: Kind::Spare(2) },
    Column { heading: "undecided", kind: Kind::Spare(3) },
    Column { heading: "rounds", kind: Kind::Spare(1) },
    Column { heading: "time", kind: Kind::Spare(0) },
    Column { heading: "", kind: Kind::Word },
];

/// Widest that a name in a sentence is shown.
const NAME_WIDTH: usize = 40;

const RED: &str = "1;31";

/// The whole text.
pub fn render(selftest: &Selftest, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&heading(selftest));
    let (rows, left_out) = rows(selftest, look.verbose);
    let lines: Vec<Line> = rows.into_iter().map(line).collect();
    if !lines.is_empty() {
        page.gap();
        page.table(&COLUMNS, &lines);
        if left_out > 0 {
            page.paragraph(&calm(left_out), " ", " ");
        }
    }
    page.gap();
    let color = match selftest.verdict {
        Verdict::Holds => "1",
        Verdict::FalseAlarms | Verdict::Misses | Verdict::Failed => RED,
    };
    page.colored(&verdict(selftest), color);
    for failure in &selftest.failures {
        let (reason, quoted) = failure.reason.split_once('\n').unwrap_or((&failure.reason, ""));
        page.paragraph(&format!("{}: {}", plain::line(&failure.benchmark), plain::line(reason)), "  ", "    ");
        page.quote(quoted, "  ");
    }
    for sentence in sentences(selftest, &|name| plain::shorten(&plain::line(name), NAME_WIDTH)) {
        page.paragraph(&glue_commands(&sentence), "  ", "    ");
    }
    if let Some(command) = next(selftest) {
        page.paragraph(&format!("try it: {}", plain::glue(&command)), "", "  ");
    }
    page.text()
}

fn line(row: Row) -> Line {
    let color = match row.tone {
        Tone::Bad => RED,
        Tone::Doubtful => "33",
        Tone::Good | Tone::Calm => "39",
    };
    let texts = [plain::line(&row.benchmark), row.code].into_iter().chain(row.numbers).chain([row.word]);
    Line { texts: texts.collect(), color: Some(color) }
}

/// What stands between backticks is not broken into lines.
fn glue_commands(sentence: &str) -> String {
    let glued = |(position, part): (usize, &str)| if position % 2 == 1 { plain::glue(part) } else { part.to_owned() };
    sentence.split('`').enumerate().map(glued).collect::<Vec<_>>().join("`")
}
