//! What a reader must know of a history: whether something changed, what, by how much, and which commits to ask.

use std::collections::BTreeSet;

use super::{Group, words, worst_first};
use crate::history::{Blame, Change, History, Series};
use crate::report::{Block, Cell, Column, Section, Table, Text, Tone};
use crate::result::Fingerprint;
use crate::words::{plain, units};

/// Changes beyond these are folded: the worst are read, the others looked up.
const MOST_SHOWN: usize = 20;

/// The section.
pub(super) fn section(history: &History, groups: &[Group<'_>]) -> Section {
    let mut blocks = vec![verdict(history)];
    let changes = worst_first(history);
    let (shown, more) = changes.split_at(changes.len().min(MOST_SHOWN));
    if !shown.is_empty() {
        blocks.push(Block::Table(table(history, shown, groups)));
    }
    if !more.is_empty() {
        let summary = units::count(more.len(), "more change", "more changes");
        blocks.push(Block::Fold { summary: summary.into(), blocks: vec![Block::Table(table(history, more, groups))] });
    }
    blocks.extend(words::sentences(history).into_iter().map(Block::paragraph));
    Section::new("summary", "Summary", blocks)
}

/// How the judged and the changed series stand now.
fn verdict(history: &History) -> Block {
    let levels: Vec<(&str, Tone)> =
        history.series.iter().filter(|series| words::is_listed(series)).map(words::level).collect();
    let count = |wanted: &str| levels.iter().filter(|(level, _)| *level == wanted).count();
    let (worse, better, few) = (count("worse"), count("better"), count("too few"));
    let changed = count("changed");
    let of = units::count(levels.len(), "series", "series");
    let commits = units::count(history.commits.len(), "recorded commit", "recorded commits");
    let (word, tone, text) = match (worse, better) {
        _ if history.series.is_empty() => ("no history", Tone::Calm, "There is no history yet.".to_owned()),
        (0, 0) if few == levels.len() => {
            ("too few", Tone::Calm, format!("{commits}: too few to tell a change of level from chance."))
        }
        (0, 0) if changed > 0 => (
            "changed",
            Tone::Calm,
            format!("{changed} of {of} changed at last; whether for better or worse is not known."),
        ),
        (0, 0) => {
            let unknown = if few > 0 { format!("; {few} have too few values to tell") } else { String::new() };
            ("steady", Tone::Calm, format!("No change of level was shown in {of} over {commits}{unknown}."))
        }
        (0, better) => {
            ("better", Tone::Good, format!("{better} of {of} got better at the last change of level, none got worse."))
        }
        (worse, 0) => ("worse", Tone::Bad, format!("{worse} of {of} got worse at the last change of level.")),
        (worse, better) => {
            ("worse", Tone::Bad, format!("{worse} of {of} got worse at the last change of level, {better} got better."))
        }
    };
    Block::Verdict { word: word.to_owned(), tone, text: text.into() }
}

/// The changes, a line each.
fn table(history: &History, changes: &[(&Series, &Change)], groups: &[Group<'_>]) -> Table {
    let machines: BTreeSet<&Fingerprint> = changes.iter().map(|(series, _)| &series.machine).collect();
    let row = |(series, change): &(&Series, &Change)| {
        let blame = history.blame(series, change)?;
        let section = groups.iter().find(|group| group.name == series.benchmark).and_then(|group| group.id.as_ref());
        let name = match section {
            Some(id) => Text::new().link(id, &series.benchmark),
            None => Text::new().code(&series.benchmark),
        };
        let machine = Text::new().code(if machines.len() > 1 { series.machine.as_str() } else { "" });
        let (became, tone) = words::became(series, change);
        Some(vec![
            name.into(),
            Text::new().code(&series.metric).into(),
            machine.into(),
            Cell::toned(became, tone),
            Cell::toned(words::size(change), tone),
            words::levels(series, change).into(),
            units::p_value(change.p_adjusted).into(),
            culprits(&blame).into(),
        ])
    };
    let columns = vec![
        Column::words("benchmark"),
        Column::words("metric"),
        Column::words("machine"),
        Column::words("became"),
        Column::numbers("change, 95 % interval"),
        Column::numbers("level"),
        Column::numbers("p, adjusted"),
        Column::words("by"),
    ];
    let caption = "Changes of level, the worst first".to_owned();
    Table { caption, columns, rows: changes.iter().filter_map(row).collect() }.without_empty_columns()
}

/// Widest that a commit's subject is shown.
const SUBJECT_WIDTH: usize = 80;

/// The commits to ask: one, or a range of which the first is not one of them; and the subject of the last.
fn culprits(blame: &Blame) -> Text {
    let (after, commit) = (blame.after.short(), blame.commit.short());
    let subject = plain::shorten(&plain::line(&blame.subject), SUBJECT_WIDTH);
    let range = Text::new().code(format!("{after}..{commit}"));
    match blame.commits {
        Some(1) => Text::new().code(commit).plain(format!(" {subject}")),
        Some(more) => range.plain(format!(" {more} commits, the last: {subject}")),
        None => range.plain(format!(" the last: {subject}")),
    }
}
