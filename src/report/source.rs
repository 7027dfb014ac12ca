//! What a report is made from: documents, and the benchmarks in them, the worst first.

use std::collections::HashMap;

use crate::gate::{Comparison, Row, Side};
use crate::result::{BenchmarkResult, RunOutcome};
use crate::words::origin;

/// A document to report on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Document<'a> {
    /// What was measured.
    Run(&'a RunOutcome),
    /// What was compared.
    Comparison(&'a Comparison),
}

/// A document and what people call it.
#[derive(Debug, Clone, PartialEq)]
pub struct Source<'a> {
    /// The file's name; `None` where it has not become a file.
    pub label: Option<String>,
    /// The document.
    pub document: Document<'a>,
}

impl<'a> Source<'a> {
    /// A run that has just ended.
    pub fn of_run(outcome: &'a RunOutcome) -> Self {
        Self { label: None, document: Document::Run(outcome) }
    }

    /// A comparison that has just been made.
    pub fn of_comparison(comparison: &'a Comparison) -> Self {
        Self { label: None, document: Document::Comparison(comparison) }
    }
}

/// A document at its place in the report.
pub(super) struct Part<'a> {
    /// What it is called.
    pub name: String,
    /// Its place, from 0; `None` if it is the only one.
    pub place: Option<usize>,
    /// The document.
    pub document: Document<'a>,
    /// What was measured in it, the worst first.
    pub subjects: Vec<Subject<'a>>,
}

/// A benchmark: what was measured of it, and the rows about it.
pub(super) struct Subject<'a> {
    /// Its name.
    pub name: &'a str,
    /// The id of its section, if it has one.
    pub id: String,
    /// Whether it has a section of its own.
    pub has_section: bool,
    /// The sides that were measured, the baseline first; none if the document does not have them.
    pub sides: Vec<Measured<'a>>,
    /// The rows about it, the worst first; none where nothing was compared.
    pub rows: Vec<&'a Row>,
}

/// A benchmark as it was measured on one side.
#[derive(Clone, Copy)]
pub(super) struct Measured<'a> {
    /// Which side; `None` where there are no two.
    pub side: Option<Side>,
    /// What was measured.
    pub result: &'a BenchmarkResult,
}

impl Measured<'_> {
    /// The side in a word; empty where there are no two.
    pub fn word(&self) -> &'static str {
        match self.side {
            Some(Side::Base) => "baseline",
            Some(Side::Candidate) => "candidate",
            None => "",
        }
    }
}

impl<'a> Part<'a> {
    /// The documents at their places. In each, so many benchmarks get a section of their own, if anything of them was measured.
    pub fn all(sources: &[Source<'a>], most: usize) -> Vec<Self> {
        let several = sources.len() > 1;
        let part = |(place, source): (usize, &Source<'a>)| {
            let usual = || match source.document {
                Document::Run(_) => "this run".to_owned(),
                Document::Comparison(_) => "this comparison".to_owned(),
            };
            let place = several.then_some(place);
            let mut subjects = match source.document {
                Document::Run(outcome) => of_run(outcome),
                Document::Comparison(comparison) => of_comparison(comparison),
            };
            for (number, subject) in subjects.iter_mut().enumerate() {
                let document = place.map(|place| format!("d{}-", place + 1)).unwrap_or_default();
                subject.id = format!("{document}b{}", number + 1);
                subject.has_section = number < most && !subject.sides.is_empty();
            }
            Self { name: source.label.clone().unwrap_or_else(usual), place, document: source.document, subjects }
        };
        sources.iter().enumerate().map(part).collect()
    }

    /// The id of this document's part of a section.
    pub fn id(&self, section: &str) -> String {
        self.place.map_or_else(|| section.to_owned(), |place| format!("{section}-{}", place + 1))
    }

    /// The comparison, if it is one.
    pub fn comparison(&self) -> Option<&'a Comparison> {
        match self.document {
            Document::Comparison(comparison) => Some(comparison),
            Document::Run(_) => None,
        }
    }

    /// The run, if it is one.
    pub fn run(&self) -> Option<&'a RunOutcome> {
        match self.document {
            Document::Run(outcome) => Some(outcome),
            Document::Comparison(_) => None,
        }
    }

    /// All that was measured, benchmark by benchmark.
    pub fn measured(&self) -> impl Iterator<Item = Measured<'a>> + '_ {
        self.subjects.iter().flat_map(|subject| subject.sides.iter().copied())
    }

    /// What a side is called in a legend: `baseline 8be01d4`.
    pub fn side_label(&self, side: Option<Side>) -> String {
        let Some(comparison) = self.comparison() else { return self.name.clone() };
        let (base, candidate) = origin::sides(comparison);
        match side {
            Some(Side::Base) => base.map_or_else(|| "baseline".to_owned(), |base| format!("baseline {}", base.name)),
            Some(Side::Candidate) | None => format!("candidate {}", candidate.name),
        }
    }
}

/// Those whose rules did not hold or whose figures are beyond their limits first, then as they were measured.
fn of_run<'a>(outcome: &'a RunOutcome) -> Vec<Subject<'a>> {
    let mut results: Vec<&BenchmarkResult> = outcome.result.benchmarks.iter().collect();
    results.sort_by_key(|result| std::cmp::Reverse(faults(result)));
    let subject = |result: &'a BenchmarkResult| {
        let sides = vec![Measured { side: None, result }];
        Subject { name: &result.name, id: String::new(), has_section: false, sides, rows: Vec::new() }
    };
    results.into_iter().map(subject).collect()
}

/// How many of a benchmark's rules and figures are not as they should be.
pub(super) fn faults(result: &BenchmarkResult) -> usize {
    let rules = result.validity.iter().filter(|rule| !rule.held).count();
    rules + result.diagnosis.iter().filter(|figure| !figure.held).count()
}

/// In the order of the rows.
fn of_comparison(comparison: &Comparison) -> Vec<Subject<'_>> {
    let mut subjects: Vec<Subject<'_>> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for row in &comparison.rows {
        let place = *places.entry(&row.benchmark).or_insert(subjects.len());
        match subjects.get_mut(place) {
            Some(subject) => subject.rows.push(row),
            None => subjects.push(Subject {
                name: &row.benchmark,
                id: String::new(),
                has_section: false,
                sides: Vec::new(),
                rows: vec![row],
            }),
        }
    }
    for pair in &comparison.measured {
        let sides = [(Side::Base, &pair.base), (Side::Candidate, &pair.candidate)];
        let sides = sides
            .into_iter()
            .filter_map(|(side, result)| result.as_ref().map(|result| Measured { side: Some(side), result }));
        let place = *places.entry(&pair.benchmark).or_insert(subjects.len());
        match subjects.get_mut(place) {
            Some(subject) => subject.sides.extend(sides),
            None => subjects.push(Subject {
                name: &pair.benchmark,
                id: String::new(),
                has_section: false,
                sides: sides.collect(),
                rows: Vec::new(),
            }),
        }
    }
    subjects
}
