//! What a report says, as data: sections of paragraphs, lists, tables and plots, in the order in which they are read.
//!
//! Pure. Every sentence is computed from the documents; what was not measured is not claimed. Here: what is said, and in which
//! order. Not here: the words for numbers and verdicts (`words`), what is drawn (`plot`), how it looks (`render`).

pub mod ab;
pub mod baselines;
mod brief;
pub mod capacity;
mod comparison;
mod conclusion;
mod environment;
mod methodology;
mod objectives;
mod overview;
mod percentiles;
mod phrases;
pub mod plan;
mod plots;
mod power;
pub mod profile;
mod recommendations;
mod resources;
mod results;
pub mod selftest;
mod source;
#[cfg(test)]
mod tests;
mod text;
pub mod trend;
mod validation;

pub use crate::words::cells::Tone;
pub use brief::Brief;
pub use resources::sentences_or_why_not as resource_sentences;
pub use source::{Document, Source};
pub use text::{Piece, Text};

use std::str::FromStr;

use self::source::Part;
use crate::plot::Plot;
use crate::words::{summary, units};

/// What is wanted of a report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wish {
    /// The title; `None`: the outcome in words.
    pub title: Option<String>,
    /// Which benchmarks have a part of their own.
    pub plots: Plots,
}

/// How many benchmarks of each document have a part of their own, with all metrics and plots: those that matter most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plots {
    /// At most so many.
    Most(usize),
    /// Every one.
    All,
}

impl Default for Plots {
    fn default() -> Self {
        Self::Most(20)
    }
}

impl FromStr for Plots {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "all" => Ok(Self::All),
            number => number.parse().map(Self::Most).map_err(|_| "expected a whole number, or all".to_owned()),
        }
    }
}

/// The report on these documents.
pub fn of(sources: &[Source<'_>], wish: &Wish) -> Report {
    let parts = Part::all(
        sources,
        match wish.plots {
            Plots::Most(number) => number,
            Plots::All => usize::MAX,
        },
    );
    let sections = [
        overview::section(&parts),
        comparison::section(&parts),
        objectives::section(&parts),
        recommendations::section(&parts),
        results::section(&parts),
        validation::section(&parts),
        methodology::section(&parts),
        environment::section(&parts),
        conclusion::section(&parts),
    ];
    Report {
        title: wish.title.clone().unwrap_or_else(|| title(&parts)),
        subject: subject(&parts),
        sections: said(sections.into()),
    }
}

/// The sections that say something.
fn said(sections: Vec<Section>) -> Vec<Section> {
    let sections = sections.into_iter().filter(|section| !section.is_empty());
    sections.map(|section| Section { sections: said(section.sections), ..section }).collect()
}

/// The outcome in words; of several documents, how many they are.
fn title(parts: &[Part<'_>]) -> String {
    match parts {
        [only] => match (only.comparison(), only.run()) {
            (Some(comparison), _) => format!("perfgate: {}", summary::headline(comparison)),
            (None, Some(outcome)) => {
                let measured = units::count(outcome.result.benchmarks.len(), "benchmark", "benchmarks");
                match outcome.failures.len() {
                    0 => format!("perfgate: {measured} measured"),
                    failed => format!("perfgate: {failed} could not be measured, {measured} measured"),
                }
            }
            (None, None) => "perfgate".to_owned(),
        },
        several => {
            let comparisons = several.iter().filter(|part| part.comparison().is_some()).count();
            let runs = several.len() - comparisons;
            let counted = [
                (comparisons > 0).then(|| units::count(comparisons, "comparison", "comparisons")),
                (runs > 0).then(|| units::count(runs, "result", "results")),
            ];
            format!("perfgate: {}", counted.into_iter().flatten().collect::<Vec<_>>().join(" and "))
        }
    }
}

/// What it was made from.
fn subject(parts: &[Part<'_>]) -> Text {
    let files: Vec<Text> = parts.iter().map(|part| Text::new().code(&part.name)).collect();
    match parts {
        [only] => match only.comparison() {
            Some(comparison) => overview::who(comparison),
            None => Text::from("Made from ").and(phrases::names(&files, 6)).plain("."),
        },
        _ => Text::from("Made from ").and(phrases::names(&files, 6)).plain("."),
    }
}

/// A section of which every document has a part: with its name as a heading, where there are several.
fn by_part<'a>(
    id: &str,
    heading: &str,
    parts: &[Part<'a>],
    mut blocks: impl FnMut(&Part<'a>) -> Vec<Block>,
) -> Section {
    match parts {
        [only] => Section::new(id, heading, blocks(only)),
        several => {
            let of = |part: &Part<'a>| Section::new(part.id(id), part.name.clone(), blocks(part));
            Section { sections: several.iter().map(of).collect(), ..Section::new(id, heading, Vec::new()) }
        }
    }
}

/// A page: a title, and sections below it.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The one heading of the whole.
    pub title: String,
    /// What it is about, in a line below the title; may be empty.
    pub subject: Text,
    /// The sections, in their order.
    pub sections: Vec<Section>,
}

/// A part of a report with a heading of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Names it inside the page: `[a-z0-9-]`, unique in the report.
    pub id: String,
    /// The heading, as it came: each format makes it harmless.
    pub heading: String,
    /// What stands below it.
    pub blocks: Vec<Block>,
    /// The parts of it.
    pub sections: Vec<Section>,
}

/// Something that stands in a column of text.
#[derive(Debug, Clone, PartialEq)]
pub enum Block {
    /// What came out, to be seen first: a word, and the sentence that it stands for.
    Verdict {
        /// One word.
        word: String,
        /// What it means.
        tone: Tone,
        /// The sentence.
        text: Text,
    },
    /// Sentences.
    Paragraph(Text),
    /// Items, each a line or two.
    List(Vec<Text>),
    /// Rows and columns.
    Table(Table),
    /// Something drawn. Several in a row stand beside each other where there is room.
    Plot(Box<Plot>),
    /// What only some will read: closed until it is asked for.
    Fold {
        /// What is in it, so that nobody must open it to know.
        summary: Text,
        /// The content.
        blocks: Vec<Block>,
    },
    /// Lines to be copied, or what a process said.
    Code(String),
}

/// Rows and columns of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// What the table shows, in a few words.
    pub caption: String,
    /// The columns. The first names what its row is about.
    pub columns: Vec<Column>,
    /// The rows, each with a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// Whether it holds numbers, which stand below each other by their ends.
    pub numeric: bool,
}

impl Column {
    /// A column of words.
    pub fn words(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numeric: false }
    }

    /// A column of numbers.
    pub fn numbers(heading: impl Into<String>) -> Self {
        Self { heading: heading.into(), numeric: true }
    }
}

/// What stands in one place of a table.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The words; empty for what does not exist.
    pub text: Text,
    /// Repeats what the words say, for the eye.
    pub tone: Tone,
}

impl Cell {
    /// These words, with this meaning.
    pub fn toned(text: impl Into<Text>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl<T: Into<Text>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), tone: Tone::Calm }
    }
}

impl Table {
    /// Without the columns in which no row has anything; the first stays.
    #[must_use]
    pub fn without_empty_columns(self) -> Self {
        let has = |column: usize| {
            column == 0 || self.rows.iter().any(|row| row.get(column).is_some_and(|cell| !cell.text.is_empty()))
        };
        let kept: Vec<bool> = (0..self.columns.len()).map(has).collect();
        let keep = |place: usize| kept.get(place).copied().unwrap_or(false);
        let columns = self.columns.into_iter().enumerate().filter(|(place, _)| keep(*place)).map(|(_, column)| column);
        let row = |row: Vec<Cell>| -> Vec<Cell> {
            row.into_iter().enumerate().filter(|(place, _)| keep(*place)).map(|(_, cell)| cell).collect()
        };
        Self { caption: self.caption, columns: columns.collect(), rows: self.rows.into_iter().map(row).collect() }
    }
}

impl Section {
    /// A section without parts.
    pub fn new(id: impl Into<String>, heading: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { id: id.into(), heading: heading.into(), blocks, sections: Vec::new() }
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.sections.iter().all(Self::is_empty)
    }
}

impl Block {
    /// Sentences.
    pub fn paragraph(text: impl Into<Text>) -> Self {
        Self::Paragraph(text.into())
    }
}
