//! Service-level objectives: how each was kept, how sure that is, and how much of the error budget is used.

use super::phrases;
use super::source::Part;
use super::text::Text;
use super::{Block, Cell, Column, Section, Table, Tone};
use crate::gate::Row;
use crate::objective::{self, Answer, Ends};
use crate::result::{Objective, Within};
use crate::words::objectives::{self, Said};
use crate::words::units;

/// The section; empty where no benchmark has an objective.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    super::by_part("objectives", "Objectives", parts, |part| {
        let lines: Vec<Line> = match part.comparison() {
            Some(comparison) => comparison.rows.iter().filter_map(|row| of_row(row, part)).collect(),
            None => part.measured().flat_map(|one| of_run(one.result, part)).collect(),
        };
        if lines.is_empty() { Vec::new() } else { blocks(&lines) }
    })
}

/// An objective of a benchmark.
struct Line {
    benchmark: Text,
    objective: Objective,
    baseline: Option<f64>,
    counted: Within,
    bounds: Option<[f64; 2]>,
    answer: Answer,
    is_accepted: bool,
}

fn of_row(row: &Row, part: &Part<'_>) -> Option<Line> {
    let found = row.objective()?;
    Some(Line {
        benchmark: phrases::benchmark(&row.benchmark, part),
        objective: found.objective,
        baseline: found.baseline,
        counted: found.candidate,
        bounds: found.evidence.map(|evidence| evidence.bounds),
        answer: found.answer,
        is_accepted: found.accepted.is_some(),
    })
}

fn of_run(result: &crate::result::BenchmarkResult, part: &Part<'_>) -> Vec<Line> {
    let line = |Said { examined, answer }: Said| Line {
        benchmark: phrases::benchmark(&result.name, part),
        objective: examined.objective,
        baseline: None,
        counted: examined.all,
        bounds: examined.certainty.map(|certainty| certainty.bounds),
        answer,
        is_accepted: false,
    };
    objectives::of(result).map(line).collect()
}

fn blocks(lines: &[Line]) -> Vec<Block> {
    let with = |wanted: fn(&Line) -> bool| lines.iter().filter(|line| wanted(line)).count();
    let counted = [
        (with(|line| line.answer == Answer::Violated && !line.is_accepted), "violated"),
        (with(|line| line.is_accepted), "violated and accepted"),
        (with(|line| line.answer.is_open()), "not proven"),
        (with(|line| line.answer == Answer::Met), "met"),
    ];
    let counted: Vec<String> = counted
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", units::whole(number as u64)))
        .collect();
    let of_all = format!(
        "{}: {}. A query that failed is not within the bound, however soon it did.",
        units::count(lines.len(), "objective", "objectives"),
        counted.join(", ")
    );
    vec![Block::Paragraph(of_all.into()), Block::Table(table(lines))]
}

fn table(lines: &[Line]) -> Table {
    let columns = vec![
        Column::words("benchmark"),
        Column::words("objective"),
        Column::numbers("baseline"),
        Column::numbers("within"),
        Column::numbers("at least"),
        Column::numbers("at most"),
        Column::numbers("queries"),
        Column::numbers("error budget used"),
        Column::numbers("would prove it"),
        Column::words("answer"),
    ];
    let row = |line: &Line| -> Vec<Cell> {
        let share = line.counted.share().unwrap_or(0.0);
        let end = |end: fn([f64; 2]) -> f64, ends| line.bounds.map(|bounds| objective::percent(end(bounds), ends));
        let (word, tone) = match line.answer {
            Answer::Met => ("met", Tone::Good),
            Answer::Violated if line.is_accepted => ("violated, accepted", Tone::Doubtful),
            Answer::Violated => ("violated", Tone::Bad),
            Answer::NotProven(_) | Answer::OneRound => ("not proven", Tone::Doubtful),
        };
        let needed = match line.answer {
            Answer::NotProven(proof) => proof.as_measured.map_or_else(|| "no number".to_owned(), units::whole),
            Answer::OneRound => "2 rounds at least".to_owned(),
            Answer::Met | Answer::Violated => String::new(),
        };
        vec![
            line.benchmark.clone().into(),
            line.objective.to_string().into(),
            line.baseline.map(|share| objective::percent(share, Ends::Nearest)).unwrap_or_default().into(),
            objective::percent(share, Ends::Nearest).into(),
            end(|[low, _]| low, Ends::Down).unwrap_or_default().into(),
            end(|[_, high]| high, Ends::Up).unwrap_or_default().into(),
            units::whole(line.counted.queries).into(),
            objective::budget(line.objective, share).into(),
            needed.into(),
            Cell::toned(word, tone),
        ]
    };
    let caption = "Shares of queries within the bound; either end of the interval misses with the error rate of the check, if other starts are \
         like those measured";
    Table { caption: caption.to_owned(), columns, rows: lines.iter().map(row).collect() }.without_empty_columns()
}
