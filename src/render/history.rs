//! Metrics over commits, for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::history::{History, Series};
use crate::report::trend::words;

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 8] = [
    Column { heading: "benchmark", kind: Kind::Name },
    Column { heading: "metric", kind: Kind::Name },
    Column { heading: "machine", kind: Kind::Spare(0) },
    Column { heading: "commits", kind: Kind::Spare(1) },
    Column { heading: "first", kind: Kind::Spare(2) },
    Column { heading: "last", kind: Kind::Number },
    Column { heading: "course", kind: Kind::Number },
    Column { heading: "level", kind: Kind::Word },
];

/// More changes than this are a list nobody reads; `-v` shows them.
const MOST_CHANGES: usize = 12;

/// The whole text.
pub fn render(history: &History, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&words::heading(history));
    let listed: Vec<&Series> =
        history.series.iter().filter(|series| look.verbose || words::is_listed(series)).collect();
    if !listed.is_empty() {
        page.gap();
        page.table(&COLUMNS, &listed.iter().map(|series| line(history, series)).collect::<Vec<_>>());
    }
    if let Some(more) = words::left_out(history).filter(|_| !look.verbose) {
        page.paragraph(&(more + "; -v lists them"), " ", " ");
    }
    page.gap();
    let changes = words::changes(history);
    let most = if look.verbose { changes.len() } else { MOST_CHANGES };
    for change in changes.iter().take(most) {
        page.paragraph(&plain::line(&change.words()), "", "  ");
    }
    if changes.len() > most {
        page.paragraph(&format!("{} more changes; -v lists them.", changes.len() - most), "", "");
    }
    for sentence in words::sentences(history) {
        page.paragraph(&sentence, "", "  ");
    }
    page.text()
}

fn line(history: &History, series: &Series) -> Line {
    let (level, _) = words::level(series);
    let color = match level {
        "worse" => Some("31"),
        "better" => Some("32"),
        _ => None,
    };
    let names = [series.benchmark.clone(), series.metric.clone()];
    let cells = words::cells(history, series).into_iter().chain([level.to_owned()]);
    let texts = names.into_iter().chain(cells).map(|text| plain::line(&text)).collect();
    Line { texts, color }
}
