//! The test environment as it was measured: machines, commits, times; and in what two sides differ.

use super::source::Part;
use super::text::Text;
use super::{Block, Cell, Column, Section, Table, Tone};
use crate::gate::Origin;
use crate::result::{Environment, Unit};
use crate::words::{origin, units};

/// Who was measured where.
struct Place<'a> {
    name: String,
    commit: Option<String>,
    dirty: bool,
    recorded: Option<String>,
    perfgate: Option<&'a str>,
    machine: Option<&'a Environment>,
}

impl Place<'_> {
    /// Whether there is anything to say of it. A column of unknowns says nothing; the sentence above the table says who lacks it.
    fn is_known(&self) -> bool {
        self.commit.is_some() || self.recorded.is_some() || self.perfgate.is_some() || self.machine.is_some()
    }
}

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    let several = parts.len() > 1;
    let places: Vec<Place<'_>> = parts.iter().flat_map(|part| places(part, several)).collect();
    let mut blocks = vec![Block::Paragraph(in_words(&places))];
    let known: Vec<&Place<'_>> = places.iter().filter(|place| place.is_known()).collect();
    if known.iter().any(|place| place.machine.is_some() || place.commit.is_some()) {
        blocks.push(Block::Table(table(&known)));
    }
    Section::new("environment", "Test environment", blocks)
}

fn places<'a>(part: &Part<'a>, several: bool) -> Vec<Place<'a>> {
    let named = |side: &str| match (several, side) {
        (true, "") => part.name.clone(),
        (true, side) => format!("{}, {side}", part.name),
        (false, "") => "measured".to_owned(),
        (false, side) => side.to_owned(),
    };
    if let Some(comparison) = part.comparison() {
        let of = |side: &str, origin: &'a Origin| Place {
            name: named(side),
            commit: origin.head.as_ref().or(origin.commit.as_ref()).map(ToString::to_string),
            dirty: origin.dirty,
            recorded: None,
            perfgate: None,
            machine: origin.environment.as_ref(),
        };
        let (base, _) = origin::sides(comparison);
        let base = base.map(|_| of("baseline", &comparison.base));
        return base.into_iter().chain([of("candidate", &comparison.candidate)]).collect();
    }
    let Some(outcome) = part.run() else { return Vec::new() };
    let result = &outcome.result;
    vec![Place {
        name: named(""),
        commit: result.commit.as_ref().map(ToString::to_string),
        dirty: result.dirty,
        recorded: result.recorded_at.as_ref().map(ToString::to_string),
        perfgate: result.perfgate.as_deref(),
        machine: result.environment.as_ref(),
    }]
}

/// A fact's name, and what it is at a place.
type Fact = (&'static str, fn(&Environment) -> Option<String>);

/// What is known of a machine.
const FACTS: [Fact; 10] = [
    ("processor", |machine| machine.cpu.clone()),
    ("cores", |machine| machine.cores.map(|cores| cores.to_string())),
    ("memory", |machine| {
        let bytes = machine.memory? as f64;
        units::values(&Unit::new("B"), &[bytes], false).texts().next()
    }),
    ("operating system", |machine| Some(machine.os.clone())),
    ("kernel", |machine| machine.kernel.clone()),
    ("instruction set", |machine| Some(machine.arch.clone())),
    ("frequency governor", |machine| machine.governor.clone()),
    ("container", |machine| machine.container.clone()),
    ("CI system", |machine| machine.ci.clone()),
    ("fingerprint", |machine| Some(machine.fingerprint.to_string())),
];

fn table(places: &[&Place<'_>]) -> Table {
    let names = places.iter().map(|place| Column::words(&place.name));
    let columns = std::iter::once(Column::words("fact")).chain(names).collect();
    let row = |fact: &str, value: &dyn Fn(&Place<'_>) -> Option<String>| -> Option<Vec<Cell>> {
        let values: Vec<Option<String>> = places.iter().map(|place| value(place)).collect();
        values.iter().any(Option::is_some).then(|| {
            let cells = values.into_iter().map(|value| value.map_or_else(|| "not known".into(), Cell::from));
            std::iter::once(Cell::from(fact)).chain(cells).collect()
        })
    };
    let commit = |place: &Place<'_>| {
        let commit = place.commit.clone()?;
        Some(if place.dirty { format!("{commit}, with uncommitted changes") } else { commit })
    };
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    rows.extend(row("commit", &commit));
    rows.extend(row("recorded", &|place| place.recorded.clone()));
    rows.extend(row("perfgate", &|place| place.perfgate.map(str::to_owned)));
    for (name, fact) in FACTS {
        let known = row(name, &|place| place.machine.and_then(fact));
        rows.extend(known.map(|row| if differs(places, fact) { marked(row) } else { row }));
    }
    Table { caption: "Where it was measured".to_owned(), columns, rows }
}

/// Whether a fact is not the same at two places that both have a machine.
fn differs(places: &[&Place<'_>], fact: fn(&Environment) -> Option<String>) -> bool {
    let mut known = places.iter().filter_map(|place| place.machine).map(fact);
    let first = known.next();
    known.any(|other| Some(&other) != first.as_ref())
}

fn marked(row: Vec<Cell>) -> Vec<Cell> {
    let mark = |(place, cell): (usize, Cell)| if place == 0 { cell } else { Cell { tone: Tone::Doubtful, ..cell } };
    row.into_iter().enumerate().map(mark).collect()
}

/// Whether it was one machine, and in what they differ.
fn in_words(places: &[Place<'_>]) -> Text {
    let all: Vec<&Place<'_>> = places.iter().collect();
    let machines: Vec<&Environment> = places.iter().filter_map(|place| place.machine).collect();
    let unknown: Vec<Text> =
        places.iter().filter(|place| place.machine.is_none()).map(|place| Text::from(place.name.clone())).collect();
    let mut said = Vec::new();
    if let Some((first, others)) = machines.split_first() {
        if others.iter().any(|other| other.fingerprint != first.fingerprint) {
            let all: Vec<String> = distinct(machines.iter().map(|machine| machine.fingerprint.to_string()));
            said.push(
                Text::from(
                    "The machines are not of one kind, so their times cannot be held against each other: fingerprints ",
                )
                .and(super::phrases::names(&all.iter().map(|name| Text::new().code(name)).collect::<Vec<_>>(), 4))
                .plain("."),
            );
        } else if !others.is_empty() {
            said.push(
                Text::from("All was measured on machines of one kind, by their fingerprint ")
                    .code(first.fingerprint.as_str())
                    .plain("."),
            );
        } else {
            said.push(
                Text::from("It was measured on a machine with the fingerprint ")
                    .code(first.fingerprint.as_str())
                    .plain("."),
            );
        }
        let different: Vec<&str> = FACTS
            .iter()
            .filter(|(name, fact)| *name != "fingerprint" && differs(&all, *fact))
            .map(|(name, _)| *name)
            .collect();
        if !different.is_empty() {
            said.push(Text::from(format!("They differ in: {}.", different.join(", "))));
        }
        let missing: Vec<&str> = ["processor", "memory", "frequency governor"]
            .into_iter()
            .filter(|wanted| {
                let fact = FACTS.iter().find(|(name, _)| name == wanted);
                fact.is_some_and(|(_, fact)| machines.iter().all(|machine| fact(machine).is_none()))
            })
            .collect();
        if !missing.is_empty() {
            said.push(Text::from(format!("Not known: {}.", missing.join(", "))));
        }
    }
    if !unknown.is_empty() {
        let who = if machines.is_empty() { Text::from("any side") } else { super::phrases::names(&unknown, 4) };
        said.push(Text::from("The document does not say on which machine it was measured: ").and(who).plain("."));
    }
    Text::sentences(said)
}

fn distinct(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::{Comparison, Method};
    use crate::report::source::Source;
    use crate::result::RunResult;
    use crate::words::samples::{judged, latency, machine, sides};

    fn words(comparison: &Comparison) -> String {
        let parts = Part::all(&[Source::of_comparison(comparison)], 20);
        crate::report::tests::words(&section(&parts))
    }

    #[test]
    fn what_differs_between_the_machines_is_said() {
        let [base, candidate] = sides([latency("a", 1.0)]);
        let same = words(&judged(&[base.clone(), candidate.clone()], Method::StoredBaseline));
        assert!(
            same.contains("machines of one kind, by their fingerprint intel-2c. Not known: frequency governor."),
            "{same}"
        );
        assert!(!same.contains("differ"), "{same}");
        let newer = Environment { kernel: Some("6.2.0".to_owned()), ..machine("intel-2c") };
        let newer = RunResult { environment: Some(newer), ..candidate.clone() };
        let said = words(&judged(&[base.clone(), newer], Method::StoredBaseline));
        assert!(said.contains("They differ in: kernel."), "{said}");
        assert!(said.contains("kernel | 6.1.0 | 6.2.0"), "{said}");
        let elsewhere = RunResult { environment: Some(machine("other")), ..candidate.clone() };
        let said = words(&judged(&[base.clone(), elsewhere], Method::StoredBaseline));
        assert!(said.contains("not of one kind") && said.contains("intel-2c and other"), "{said}");
        let unknown = RunResult { environment: None, ..candidate.clone() };
        let said = words(&judged(&[base, unknown.clone()], Method::StoredBaseline));
        assert!(said.contains("does not say on which machine it was measured: candidate."), "{said}");
        assert!(said.contains("fact | baseline | candidate"), "its commit is known: {said}");
        let nothing = RunResult { commit: None, ..unknown };
        let said = words(&judged(&[nothing, candidate], Method::Independent));
        assert!(said.contains("does not say on which machine it was measured: baseline."), "{said}");
        assert!(said.contains("fact | candidate") && !said.contains("not known"), "{said}");
    }
}
