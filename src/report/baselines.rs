//! What a store holds, and the words for it.

use super::{Block, Brief, Cell, Column, Report, Table, Text};
use crate::inventory::{Entry, Inventory};
use crate::words::{plain, units};

/// The whole page.
pub fn of(inventory: &Inventory) -> Report {
    brief(inventory).page("Baselines")
}

/// The list, if there is something in it.
pub fn brief(inventory: &Inventory) -> Brief {
    let columns = vec![
        Column::words("commit"),
        Column::words("subject"),
        Column::numbers("recorded"),
        Column::numbers("benchmarks"),
        Column::numbers("sessions"),
        Column::words("cpu"),
        Column::words("machine"),
    ];
    let cells = |entry: &Entry| {
        let [commit, subject, recorded, benchmarks, sessions, cpu, machine] = row(entry);
        let texts = [subject, recorded, benchmarks, sessions, cpu].map(Cell::from);
        let [first, last] = [commit, machine].map(|name| Cell::from(Text::new().code(name)));
        std::iter::once(first).chain(texts).chain([last]).collect()
    };
    let caption = "The baselines, those nearest to what is checked out first".to_owned();
    let rows: Vec<Vec<Cell>> = inventory.entries.iter().map(cells).collect();
    let table = (!rows.is_empty()).then_some(Block::Table(Table { caption, columns, rows }));
    Brief::new(heading(inventory), table.into_iter().collect())
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
        entry.recorded_at.as_ref().map(units::minute).unwrap_or_default(),
        units::whole(entry.benchmarks.len() as u64),
        units::whole(entry.sessions as u64),
        cpu.unwrap_or_default(),
        entry.machine.to_string(),
    ]
}
