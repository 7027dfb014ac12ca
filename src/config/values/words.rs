//! Words from a list: what fails a check, scenarios, and other choices.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::keys::Kind;
use super::super::load::ScenarioKind;
use super::super::problem::{Problem, Reported, quoted};
use super::super::suggest::nearest;
use super::super::{Counter, FailOn, Objective};
use super::Item;

/// One of the key's words.
pub fn word(item: &Item<'_>) -> Result<&'static str, Reported> {
    let Kind::Word(words) = item.key.kind else { return Err(item.wrong_type()) };
    let text = item.text()?;
    words.iter().find(|word| **word == text).copied().ok_or_else(|| {
        let label = match nearest(text, words.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("{} is none of these", quoted(text)),
        };
        item.refuse(label, item.example())
    })
}

/// What is counted besides the time.
pub fn counters(item: &Item<'_>) -> Result<Vec<Counter>, Reported> {
    let Some(list) = item.list() else { return Err(item.wrong_type()) };
    let mut seen = BTreeSet::new();
    item.each(list, |word, span| {
        if !seen.insert(word) {
            return Err(item.refuse_at(span, "listed twice", "list each counter once"));
        }
        counter(item, word, span)
    })
}

fn counter(item: &Item<'_>, word: &str, span: Range<usize>) -> Result<Counter, Reported> {
    if let Some(known) = Counter::ALL.into_iter().find(|counter| counter.name() == word) {
        return Ok(known);
    }
    if nearest(word, ["allocations"]).is_some() {
        let help = "allocations are what the system itself can count: append\n\
                    {\"metric\":\"allocations\",\"value\":123,\"unit\":\"allocations\"} to the file that PERFGATE_METRICS names";
        return Err(item.refuse_at(span, "perfgate cannot count these from outside", help));
    }
    let label = match nearest(word, Counter::ALL.map(Counter::name)) {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => format!("{} is nothing that perfgate counts", quoted(word)),
    };
    Err(item.refuse_at(span, label, item.example()))
}

/// What fails a check: a list, or a string with commas.
pub fn fail_on(item: &Item<'_>) -> Result<FailOn, Reported> {
    let mut chosen = FailOn::none();
    let mut add = |word: &str, span: Range<usize>| {
        chosen.add(word).map_err(|known| {
            let label = match nearest(word, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("{} is none of these", quoted(word)),
            };
            item.refuse_at(span, label, item.example())
        })
    };
    match item.list() {
        Some(list) => drop(item.each(list, add)?),
        None => item.text()?.split(',').try_for_each(|word| add(word.trim(), item.value.span()))?,
    }
    if chosen.regression {
        return Ok(chosen);
    }
    let help = format!("a gate that ignores regressions is no gate; {}", item.example());
    Err(item.refuse("\"regression\" is missing", help))
}

/// One objective, or a list without repetitions.
pub fn objectives(item: &Item<'_>) -> Result<Vec<Objective>, Reported> {
    let one = |text: &str, span: Range<usize>| {
        text.parse::<Objective>().map_err(|invalid| item.refuse_at(span, invalid.found(), item.example()))
    };
    let Some(list) = item.list() else {
        return one(item.text()?, item.value.span()).map(|only| vec![only]);
    };
    if list.is_empty() {
        return Err(item.refuse("the list is empty", item.example()));
    }
    let mut seen: Vec<Objective> = Vec::new();
    item.each(list, |text, span| {
        let objective = one(text, span.clone())?;
        if seen.contains(&objective) {
            return Err(item.refuse_at(span, "listed twice", "list each objective once"));
        }
        seen.push(objective);
        Ok(objective)
    })
}

/// The scenarios of a benchmark.
#[derive(Debug)]
pub enum Scenarios {
    /// One: the benchmark has its own name.
    One(ScenarioKind),
    /// A list: each makes a benchmark that is named after it.
    List(Vec<ScenarioKind>),
}

impl Scenarios {
    /// All of them, in the order of the file.
    pub fn all(&self) -> &[ScenarioKind] {
        match self {
            Self::One(only) => std::slice::from_ref(only),
            Self::List(list) => list,
        }
    }
}

/// One scenario, or a list without repetitions.
pub fn scenarios(item: &Item<'_>) -> Result<Scenarios, Reported> {
    let Some(list) = item.list() else {
        return scenario(item, item.text()?, item.value.span()).map(Scenarios::One);
    };
    if list.is_empty() {
        return Err(item.refuse("the list is empty", item.example()));
    }
    let mut seen = BTreeSet::new();
    let all = item.each(list, |word, span| {
        if !seen.insert(word) {
            return Err(item.refuse_at(span, "listed twice", "list each scenario once"));
        }
        scenario(item, word, span)
    });
    all.map(Scenarios::List)
}

fn scenario(item: &Item<'_>, word: &str, span: Range<usize>) -> Result<ScenarioKind, Reported> {
    ScenarioKind::ALL.into_iter().find(|kind| kind.name() == word).ok_or_else(|| {
        let label = match nearest(word, ScenarioKind::ALL.map(ScenarioKind::name)) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => "not a scenario".to_owned(),
        };
        let help = "the scenarios are single-stream, multi-stream, server and offline";
        item.problems.report(Problem::new(format!("unknown scenario {}", quoted(word)), span, label, help))
    })
}
