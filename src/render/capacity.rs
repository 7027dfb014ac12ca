//! How much load a system carries, for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::capacity::{Capacity, Point};
use crate::report::Tone;
use crate::report::capacity::{answer, assumptions, cells, heading, next, plan, sentences, tone};

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 10] = [
    Column { heading: "queries/s", kind: Kind::Number },
    Column { heading: "rounds", kind: Kind::Spare(2) },
    Column { heading: "queries", kind: Kind::Spare(1) },
    Column { heading: "p50", kind: Kind::Spare(5) },
    Column { heading: "", kind: Kind::Number },
    Column { heading: "within bound", kind: Kind::Number },
    Column { heading: "95 % interval", kind: Kind::Spare(3) },
    Column { heading: "throughput", kind: Kind::Spare(4) },
    Column { heading: "lateness", kind: Kind::Spare(0) },
    Column { heading: "", kind: Kind::Word },
];

const RED: &str = "1;31";
const YELLOW: &str = "33";
const CALM: &str = "39";

/// Widest that what failed is shown.
const FAILURE_WIDTH: usize = 300;

/// The whole text.
pub fn render(capacity: &Capacity, look: &Look) -> String {
    let mut page = Page::new(look);
    let heading: Vec<String> = heading(capacity).iter().map(|part| plain::line(part)).collect();
    page.heading(&heading);
    let percentile = capacity.objective.percentile();
    let columns = COLUMNS.map(|column| match column.kind {
        Kind::Number if column.heading.is_empty() => Column { heading: percentile_heading(&percentile), ..column },
        _ => column,
    });
    let lines: Vec<Line> = capacity.curve.iter().zip(cells(&capacity.curve)).map(line).collect();
    if !lines.is_empty() {
        page.gap();
        page.table(&columns, &lines);
    }
    page.gap();
    page.colored(&answer(capacity), if capacity.is_answered() { "1" } else { RED });
    for sentence in sentences(capacity) {
        page.paragraph(&sentence, "  ", "    ");
    }
    let plan = plan(capacity);
    if !plan.is_empty() {
        page.gap();
        for sentence in plan {
            page.paragraph(&sentence, "", "  ");
        }
    }
    page.gap();
    page.paragraph("This rests on:", "", "");
    for sentence in assumptions(capacity) {
        page.paragraph(&sentence, "  - ", "    ");
    }
    for warning in &capacity.warnings {
        page.paragraph(
            &format!("warning: {}", plain::shorten(&plain::line(&warning.message), FAILURE_WIDTH)),
            "",
            "  ",
        );
    }
    if let Some(command) = next(capacity) {
        page.paragraph(&format!("try it: {}", plain::glue(&plain::line(&command))), "", "  ");
    }
    page.text()
}

/// The table's headings live as long as the program; the usual percentiles are written out.
fn percentile_heading(percentile: &str) -> &'static str {
    match percentile {
        "p50" => "p50 ",
        "p90" => "p90",
        "p95" => "p95",
        "p99" => "p99",
        "p99.9" => "p99.9",
        _ => "percentile",
    }
}

fn line((point, texts): (&Point, [String; 10])) -> Line {
    let color = match tone(point) {
        Tone::Bad => RED,
        Tone::Doubtful => YELLOW,
        Tone::Good | Tone::Calm => CALM,
    };
    Line { texts: texts.to_vec(), color: Some(color) }
}
