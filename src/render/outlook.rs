//! What a check would take and see, for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::outlook::Outlook;
use crate::report::plan::{heading, rows, sentences};

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 8] = [
    Column { heading: "benchmark", kind: Kind::Name },
    Column { heading: "metric", kind: Kind::Name },
    Column { heading: "rounds", kind: Kind::Number },
    Column { heading: "samples", kind: Kind::Spare(0) },
    Column { heading: "time", kind: Kind::Number },
    Column { heading: "sees", kind: Kind::Number },
    Column { heading: "with all the time", kind: Kind::Spare(1) },
    Column { heading: "threshold", kind: Kind::Word },
];

/// The whole text.
pub fn render(outlook: &Outlook, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&heading(outlook));
    page.gap();
    let lines: Vec<Line> = rows(outlook).into_iter().map(line).collect();
    page.table(&COLUMNS, &lines);
    page.gap();
    for sentence in sentences(outlook) {
        page.paragraph(&plain::line(&sentence), "", "  ");
    }
    page.text()
}

fn line(row: [String; 8]) -> Line {
    Line { texts: row.map(|text| plain::line(&text)).into(), color: None }
}
