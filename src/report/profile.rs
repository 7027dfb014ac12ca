//! A profile as a report: which stage takes the time, what a faster one would gain, what the processes use.
//!
//! Here: what is said, and in which order. Not here: shares and who is ahead (`profile`), the drawings (`plot`).

pub mod rows;
pub mod words;

use super::{Block, Brief, Cell, Column, Report, Section, Table, Text, resources};
use crate::plot::{self, Exact, PartOfTime, Shown};
use crate::profile::{Profile, Times};
use crate::words::machine;
use rows::{HEADINGS, Row};

/// The whole page.
pub fn of(profile: &Profile) -> Report {
    let (word, tone) = words::word(profile);
    let answer = Block::Verdict { word: word.to_owned(), tone, text: Text::prose(&words::answer(profile)) };
    let said = Block::List(words::sentences(profile).iter().map(|sentence| Text::prose(sentence)).collect());
    let summary = Section::new("summary", "Where the time goes", vec![answer, Block::Table(table(profile)), said]);
    let Brief { title, subject, .. } = Brief::new(words::heading(profile), Vec::new());
    let sections = vec![
        summary,
        Section::new("stages", "Stages", stages(profile)),
        Section::new("latency", "Latency", latency(profile)),
        Section::new("resources", "What the processes use", used(profile)),
        Section::new("environment", "Test environment", environment(profile)),
    ];
    Report { title, subject, sections: super::said(sections) }
}

/// The answer, the stages, and what follows.
pub fn brief(profile: &Profile) -> Brief {
    let answer = Block::Paragraph(Text::prose(&words::answer(profile)));
    let used = resources::sentences_or_why_not(&profile.benchmark);
    let said = words::sentences(profile).into_iter().chain(used);
    let said = Block::List(said.map(|sentence| Text::prose(&sentence)).collect());
    Brief::new(words::heading(profile), vec![answer, Block::Table(table(profile)), said])
}

fn table(profile: &Profile) -> Table {
    let headings = HEADINGS.iter().enumerate();
    let columns = headings.map(|(place, heading)| match HEADINGS.len() - 1 - place {
        0 => Column::words(*heading),
        _ => Column::numbers(*heading),
    });
    let row = |Row { name, is_stage, cells, verdict, tone }: Row| -> Vec<Cell> {
        let name = if is_stage { Text::new().code(name) } else { name.into() };
        let verdict = Cell::toned(verdict, tone);
        std::iter::once(Cell::from(name)).chain(cells.map(Cell::from)).chain([verdict]).collect()
    };
    let table = Table {
        caption: "Stages of the queries".to_owned(),
        columns: std::iter::once(Column::words("stage")).chain(columns).collect(),
        rows: rows::rows(profile).into_iter().map(row).collect(),
    };
    table.without_empty_columns()
}

fn stages(profile: &Profile) -> Vec<Block> {
    let of = |name: &str, share: crate::profile::Share, tail: Option<crate::profile::InTail>| PartOfTime {
        name: name.to_owned(),
        share: share.mean,
        interval: share.interval,
        in_tail: tail.map(|part| part.share.mean),
    };
    let stages = profile.stages.iter().map(|stage| of(&stage.name, stage.share, stage.in_tail));
    let outside = profile.outside.iter().filter(|outside| words::is_any(outside));
    let outside = outside.map(|outside| of("outside", outside.share, outside.in_tail));
    let slowest = profile.tail.as_ref().map(|tail| tail.slowest);
    let shares = plot::shares(&stages.chain(outside).collect::<Vec<_>>(), slowest);
    // In the order of the table.
    let known = |name: &str| profile.benchmark.stages.iter().find(|stage| stage.name == name);
    let ordered: Vec<_> = profile.stages.iter().filter_map(|stage| known(&stage.name)).collect();
    let tails = plot::stage_tails(&ordered, profile.benchmark.latencies.as_ref());
    let whole = profile.benchmark.latencies.iter().map(|_| ("whole query", exact(&profile.total)));
    let times = whole.chain(
        profile
            .stages
            .iter()
            .filter(|stage| known(&stage.name).is_some())
            .map(|stage| (stage.name.as_str(), exact(&stage.times))),
    );
    let times: Vec<_> = times.collect();
    let drawn = [shares, tails.map(|plot| plot::with_exact_stages(plot, &times))];
    drawn.into_iter().flatten().map(block).collect()
}

fn latency(profile: &Profile) -> Vec<Block> {
    let all = profile.benchmark.latencies.as_ref().map(|of| Shown { label: "", of });
    let all = all.as_slice();
    let drawn = if all.is_empty() { [None, None] } else { [plot::distribution(all), plot::tail(all)] };
    // Where it is known what the processes use over time, latency stands below that.
    let course = profile.benchmark.course.as_ref().filter(|_| resources::plots(&profile.benchmark).is_empty());
    let course = course.and_then(|of| plot::course(Shown { label: "", of }));
    let drawn = drawn.into_iter().flatten().map(|plot| plot::with_exact(plot, &exact(&profile.total)));
    drawn.chain(course).map(block).collect()
}

/// What the words beside a drawing say: the same times as the table, which the buckets of a histogram do not know.
fn exact(times: &Times) -> Exact {
    let Times { count, p50, p90, p99, p999, max, .. } = *times;
    Exact { count, p50, p90, p99, p999, max }
}

fn block(plot: plot::Plot) -> Block {
    Block::Plot(Box::new(plot))
}

/// What the processes use, or that nobody watched.
fn used(profile: &Profile) -> Vec<Block> {
    let known = resources::blocks(&profile.benchmark);
    let why_not = || resources::sentences_or_why_not(&profile.benchmark);
    if known.is_empty() { why_not().iter().map(|said| Block::Paragraph(Text::prose(said))).collect() } else { known }
}

fn environment(profile: &Profile) -> Vec<Block> {
    let run = &profile.run;
    let facts = run.environment.as_ref().map(|known| machine::facts(known).join(", "));
    let of_run = [
        run.commit.as_ref().map(|commit| Text::from("commit ").code(commit.as_str())),
        run.dirty.then(|| "with uncommitted changes".into()),
        run.recorded_at.as_ref().map(|time| Text::from(format!("recorded {time}"))),
        run.perfgate.as_ref().map(|version| Text::from(format!("perfgate {version}"))),
        run.seed.map(|seed| Text::from(format!("seed {seed}"))),
    ];
    let fingerprint = run.environment.as_ref().map(|known| Text::from("fingerprint ").code(known.fingerprint.as_str()));
    let items: Vec<Text> =
        facts.map(Text::from).into_iter().chain(fingerprint).chain(of_run.into_iter().flatten()).collect();
    let warnings = profile.benchmark.warnings.iter().map(|warning| Text::prose(&warning.message)).collect::<Vec<_>>();
    let list = |items: Vec<Text>| (!items.is_empty()).then_some(Block::List(items));
    let doubts = list(warnings).into_iter().flat_map(|list| [Block::paragraph("What its reader should know:"), list]);
    list(items).into_iter().chain(doubts).collect()
}
