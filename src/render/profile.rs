//! Where a benchmark's time goes, for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::profile::{Bottleneck, Profile};
use crate::report::profile::rows::{Row, rows};
use crate::report::profile::words::{answer, heading, next, sentences};
use crate::report::{Tone, resource_sentences};

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 12] = [
    Column { heading: "stage", kind: Kind::Name },
    Column { heading: "share", kind: Kind::Number },
    Column { heading: "95 % interval", kind: Kind::Spare(5) },
    Column { heading: "p50", kind: Kind::Spare(7) },
    Column { heading: "p90", kind: Kind::Spare(1) },
    Column { heading: "p95", kind: Kind::Spare(0) },
    Column { heading: "p99", kind: Kind::Spare(6) },
    Column { heading: "max", kind: Kind::Spare(2) },
    Column { heading: "in the tail", kind: Kind::Spare(4) },
    Column { heading: "twice as fast", kind: Kind::Spare(3) },
    Column { heading: "at no cost", kind: Kind::Spare(3) },
    Column { heading: "", kind: Kind::Word },
];

/// Widest that a sentence with names from outside is shown.
const SENTENCE_WIDTH: usize = 600;

/// The whole text.
pub fn render(profile: &Profile, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&heading(profile).iter().map(|part| plain::shorten(&plain::line(part), 64)).collect::<Vec<_>>());
    page.gap();
    page.table(&COLUMNS, &rows(profile).into_iter().map(line).collect::<Vec<_>>());
    page.gap();
    let color = match profile.bottleneck {
        Bottleneck::Stage { .. } => "1",
        Bottleneck::Outside { .. } | Bottleneck::Open { .. } | Bottleneck::OneRound => "33",
        Bottleneck::NoStages => "39",
    };
    page.colored(&said(&answer(profile)), color);
    for sentence in sentences(profile).iter().chain(&resource_sentences(&profile.benchmark)) {
        page.paragraph(&said(sentence), "  ", "    ");
    }
    for warning in &profile.benchmark.warnings {
        page.paragraph(&format!("warning: {}", said(&warning.message)), "", "  ");
    }
    if let Some(command) = next(profile) {
        page.paragraph(&format!("plots: {}", plain::glue(&command)), "", "  ");
    }
    page.text()
}

fn line(Row { name, is_stage, cells, verdict, tone }: Row) -> Line {
    let name = if is_stage { plain::line(&name) } else { format!("({name})") };
    let color = match tone {
        Tone::Bad => Some("1;31"),
        Tone::Doubtful => Some("33"),
        Tone::Good | Tone::Calm => None,
    };
    Line { texts: std::iter::once(name).chain(cells).chain([verdict]).collect(), color }
}

/// A sentence with what is from outside in it as one line.
fn said(sentence: &str) -> String {
    plain::shorten(&plain::line(sentence), SENTENCE_WIDTH)
}
