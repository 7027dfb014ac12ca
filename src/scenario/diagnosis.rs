//! Whether one result is fit to be compared: figures about its rounds, its queries and the machine, and a warning with what to
//! do where one of them is more than chance, and large. Pure.
//!
//! A warning that is often wrong is read by nobody. Every limit is such that noise without any of these faults passes it in far
//! fewer than one of a hundred results; `tests` shows the rates.

mod machine;
mod pace;
mod queries;
mod rounds;
#[cfg(test)]
mod tests;
mod watching;

use super::RoundRecord;
use crate::config::{Benchmark, Rate, Scenario, Traffic};
use crate::result::{Figure, MachineUse, Metric, Warning};

/// What was found about a result.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Diagnosis {
    /// Every figure that could be known.
    pub figures: Vec<Figure>,
    /// Those that are worth a warning, in words.
    pub warnings: Vec<Warning>,
}

/// Looks at the rounds of a benchmark, at its metrics, and at what the machine did in the meantime, as far as that is known.
pub fn diagnose(
    benchmark: &Benchmark,
    rounds: &[RoundRecord],
    metrics: &[Metric],
    machine: Option<&MachineUse>,
) -> Diagnosis {
    let findings = [
        queries::examine(benchmark, rounds, metrics),
        pace::examine(benchmark, rounds, metrics).into_iter().collect(),
        rounds::examine(metrics),
        machine.map(|machine| machine::examine(&benchmark.system, machine)).unwrap_or_default(),
        watching::examine(rounds),
    ];
    let mut diagnosis = Diagnosis::default();
    for Finding { figure, warning } in findings.into_iter().flatten() {
        diagnosis.figures.push(figure);
        diagnosis.warnings.extend(warning);
    }
    diagnosis
}

/// A figure, and the warning that goes with it.
struct Finding {
    figure: Figure,
    warning: Option<Warning>,
}

impl Finding {
    /// `fault` says what was seen and what to do, where the figure is beyond its limit and more than chance.
    fn new(name: &str, value: f64, limit: f64, fault: Option<(&str, String)>) -> Self {
        let held = fault.is_none();
        let warning = fault.map(|(code, message)| Warning { code: code.to_owned(), message });
        Self { figure: Figure { name: name.to_owned(), value, limit, held }, warning }
    }
}

/// Whether the queries of a round come one after the other, or at an even rate, so that none has a reason in the load to take
/// longer than another. Offline, a latency says where in the queue a query was; users who begin together wait for each other.
fn are_alike(scenario: &Scenario) -> bool {
    match scenario {
        Scenario::SingleStream | Scenario::MultiStream { .. } => true,
        Scenario::Server(server) => matches!(&server.traffic, Traffic::Open { rate: Rate::Constant(_), .. }),
        Scenario::Offline { .. } => false,
    }
}

/// A share in percent, in two digits: `0.54 %`, `12 %`.
fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let digits = if percent.abs() < 0.995 { 2 } else { usize::from(percent.abs() < 9.95) };
    format!("{percent:.digits$} %")
}
