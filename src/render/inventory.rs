//! What a store holds, for a terminal.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain};
use crate::inventory::{Entry, Inventory};
use crate::report::baselines::{heading, row};

/// The columns, with what gives way first in a narrow terminal.
const COLUMNS: [Column; 7] = [
    Column { heading: "commit", kind: Kind::Name },
    Column { heading: "subject", kind: Kind::Name },
    Column { heading: "recorded", kind: Kind::Number },
    Column { heading: "benchmarks", kind: Kind::Number },
    Column { heading: "sessions", kind: Kind::Number },
    Column { heading: "cpu", kind: Kind::Spare(0) },
    Column { heading: "machine", kind: Kind::Word },
];

/// The whole text.
pub fn render(inventory: &Inventory, look: &Look) -> String {
    let mut page = Page::new(look);
    page.heading(&heading(inventory));
    if !inventory.entries.is_empty() {
        page.gap();
        let lines: Vec<Line> = inventory.entries.iter().map(line).collect();
        page.table(&COLUMNS, &lines);
    }
    page.text()
}

fn line(entry: &Entry) -> Line {
    Line { texts: row(entry).map(|text| plain::line(&text)).into(), color: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::Standing;
    use crate::result::RunResult;

    #[test]
    fn subjects_are_data_and_moments_end_with_the_minute() {
        let document = RunResult {
            dirty: true,
            recorded_at: Some("2026-01-31T12:34:56.789Z".parse().unwrap()),
            ..RunResult::imported(Vec::new())
        };
        let commit = "a".repeat(40).parse().unwrap();
        let subject = Some("\u{1b}[31mred\n::error::x".to_owned());
        let entry = Entry::new(commit, "machine".parse().unwrap(), subject, document);
        let inventory = Inventory::new("dir".to_owned(), vec![entry], &Standing::default());
        let text = render(&inventory, &Look { color: false, width: Some(60), verbose: false });
        assert!(text.contains("2026-01-31 12:34 ") && text.contains("aaaaaaaa+"), "{text}");
        assert!(!text.contains('\u{1b}') && text.lines().all(|line| !line.starts_with("::")), "{text}");
        assert!(text.starts_with("perfgate baselines   dir   1 baseline of 1 commit\n"), "{text}");
    }
}
