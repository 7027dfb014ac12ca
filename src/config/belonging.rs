//! Keys that only some benchmarks want, refused where none of the section's benchmarks does.

use std::ops::Range;

use super::keys::{Belongs, Key, Shape};
use super::load::ScenarioKind;
use super::problem::Problem;
use super::sections::Fields;

/// Refuses the keys of scenarios that the section does not have.
pub fn check_scenarios(fields: &Fields<'_>, scenarios: &[ScenarioKind]) {
    let names = |kinds: &[ScenarioKind]| kinds.iter().map(|kind| kind.name()).collect::<Vec<_>>();
    check(fields, |key, span| {
        let Belongs::ToScenarios(wanted) = key.belongs else { return None };
        if wanted.iter().any(|kind| scenarios.contains(kind)) {
            return None;
        }
        let label = match (scenarios, fields.key_span("scenario")) {
            (_, None) => "no `scenario` means single-stream".to_owned(),
            ([only], _) => format!("the scenario here is {}", only.name()),
            _ => format!("the scenarios here are {}", names(scenarios).join(", ")),
        };
        let help = match (wanted, scenarios) {
            ([only], [_]) => format!("remove it, or write `scenario = \"{}\"`", only.name()),
            ([only], _) => format!("remove it, or add \"{}\" to `scenario`", only.name()),
            _ => "remove it, or choose another `scenario`".to_owned(),
        };
        Some(Problem::new(belongs(key, "scenario", &names(wanted)), span, label, help))
    });
}

/// Refuses the keys of systems under test of another kind than this.
pub fn check_system(fields: &Fields<'_>, system: &str) {
    check(fields, |key, span| {
        let Belongs::ToSystem(wanted) = key.belongs else { return None };
        (wanted != system).then(|| {
            let message = format!("`{}` belongs to `{wanted}` benchmarks", key.name);
            let label = format!("this is a `{system}` benchmark");
            Problem::new(message, span, label, format!("remove it, or measure `{wanted}` in place of `{system}`"))
        })
    });
}

/// Refuses the keys of other shapes of traffic than this.
pub fn check_shape(fields: &Fields<'_>, shape: Shape) {
    check(fields, |key, span| {
        let Belongs::ToShapes(wanted) = key.belongs else { return None };
        (!wanted.contains(&shape)).then(|| {
            let names: Vec<&str> = wanted.iter().map(|shape| shape.word()).collect();
            let label = format!("the shape here is {}", shape.word());
            let help = format!("remove it; this shape needs for example `traffic = {}`", shape.example());
            Problem::new(belongs(key, "shape", &names), span, label, help)
        })
    });
}

fn check(fields: &Fields<'_>, problem: impl Fn(&'static Key, Range<usize>) -> Option<Problem>) {
    for (key, span) in fields.keys() {
        if let Some(problem) = problem(key, span) {
            fields.report(problem);
        }
    }
}

/// "`key` belongs to the scenarios `a`, `b` and `c`".
fn belongs(key: &Key, what: &str, wanted: &[&str]) -> String {
    let quoted: Vec<String> = wanted.iter().map(|name| format!("`{name}`")).collect();
    let listed = match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{}s {} and {last}", what, first.join(", ")),
        _ => format!("{what} {}", quoted.join("")),
    };
    format!("`{}` belongs to the {listed}", key.name)
}
