//! What a store holds, for a terminal, and the words that every format uses.

use super::page::Page;
use super::table::{Column, Kind, Line};
use super::{Look, plain, units};
use crate::inventory::{Entry, Inventory};

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

/// `perfgate baselines`, where, how many.
pub fn heading(inventory: &Inventory) -> Vec<String> {
    let commits: std::collections::BTreeSet<_> = inventory.entries.iter().map(|entry| &entry.commit).collect();
    let counted = match (inventory.entries.len(), inventory.of) {
        (picked, Some(all)) => format!("{picked} of {}", units::count(all, "baseline", "baselines")),
        (0, None) => "no baselines".to_owned(),
        (all, None) => format!(
            "{} of {}",
            units::count(all, "baseline", "baselines"),
            units::count(commits.len(), "commit", "commits")
        ),
    };
    vec!["perfgate baselines".to_owned(), plain::line(&inventory.store), counted]
}

/// The texts of the table.
pub fn row(entry: &Entry) -> [String; 7] {
    let short = entry.commit.short();
    let cpu = entry.environment.as_ref().and_then(|environment| environment.cpu.clone());
    [
        if entry.dirty { format!("{short}+") } else { short.to_owned() },
        entry.subject.clone().unwrap_or_default(),
        entry.recorded_at.as_ref().map(minute).unwrap_or_default(),
        units::whole(entry.benchmarks.len() as u64),
        units::whole(entry.sessions as u64),
        cpu.unwrap_or_default(),
        entry.machine.to_string(),
    ]
}

/// A moment to the minute, in UTC: `2026-01-31 12:00`.
fn minute(moment: &crate::result::Timestamp) -> String {
    moment.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
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
