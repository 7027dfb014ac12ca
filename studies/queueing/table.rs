//! How it is shown.

use std::time::Duration;

use perfgate::scenario::Lateness;

use super::experiment::{Disturbance, Experiment, Measured, Unit};
use super::simulation::Run;

/// How many figures there were, and how many were where they should be.
#[derive(Debug, Default)]
pub struct Tally {
    figures: usize,
    inside: usize,
    /// Experiments without any.
    given_up: usize,
}

/// What the columns are.
pub fn heading() {
    println!(
        "Mean service 1 ms. Times in ms, rates in 1/s. \"99 % of runs\": in which 99 of 100 runs of this length fall."
    );
    println!("\"These draws\": what exact arithmetic makes of the very arrivals and services that were measured.\n");
    println!(
        "{:<16} {:<19} {:>9} {:>19} {:>9} {:>6} {:>12} {:>8}",
        "", "", "theory", "99 % of runs", "measured", "inside", "these draws", "off by"
    );
}

impl Tally {
    /// The figures of one experiment, and why there were attempts before it that do not count.
    pub fn show(&mut self, experiment: &Experiment, measured: &Measured, disturbances: &[Disturbance]) {
        let (exact, intervals) = (experiment.exact(), experiment.intervals());
        let mut name = experiment.name();
        for (figure, (low, high)) in experiment.figures().iter().zip(intervals) {
            let (value, exact) = ((figure.of)(&measured.run), (figure.of)(&exact));
            let inside = (low..=high).contains(&value);
            self.figures += 1;
            self.inside += usize::from(inside);
            let shown = |value| number(figure.unit, value);
            println!(
                "{:<16} {:<19} {:>9} {:>19} {:>9} {:>6} {:>12} {:>8}",
                std::mem::take(&mut name),
                figure.name,
                shown(figure.theory),
                format!("{} to {}", shown(low), shown(high)),
                shown(value),
                if inside { "yes" } else { "NO" },
                shown(exact),
                format!("{:+.1} %", 100.0 * (value / exact - 1.0)),
            );
        }
        notes(measured);
        if !disturbances.is_empty() {
            println!("{:<16} attempts before that do not count: {}", "", in_words(disturbances));
        }
    }

    /// An experiment that the machine did not allow.
    pub fn give_up(&mut self, experiment: &Experiment, disturbances: &[Disturbance]) {
        self.given_up += 1;
        println!("{:<16} NOT MEASURED: {}", experiment.name(), in_words(disturbances));
    }

    /// How many were where they should be.
    pub fn sum_up(&self) {
        println!("\n{} of {} figures inside; chance alone puts 1 in 100 outside.", self.inside, self.figures);
        if self.given_up > 0 {
            println!("Experiments that the machine did not allow: {}. Run where both cores are free.", self.given_up);
        }
    }
}

/// What the machine and the generator added, so that a figure that is off can be understood.
fn notes(measured: &Measured) {
    println!("{:<16} services took {:.2} % longer than they were to", "", 100.0 * measured.stretched);
    let Some(Lateness { p50, p99, max }) = measured.lateness else { return };
    let share = p99 as f64 / measured.run.percentile(0.99);
    let [p50, p99, max] = [p50, p99, max].map(Duration::from_nanos);
    println!(
        "{:<16} queries issued {p50:.1?} (p50), {p99:.1?} (p99), {max:.1?} (worst) after their schedule: {:.1} % of p99",
        "",
        100.0 * share
    );
}

fn in_words(disturbances: &[Disturbance]) -> String {
    let count = |wanted| disturbances.iter().filter(|&&disturbance| disturbance == wanted).count();
    let (late, stretched) = (count(Disturbance::Late), count(Disturbance::Stretched));
    format!("{stretched} in which services took too long, {late} in which the generator was late")
}

/// The stall: measured and exact latencies of the open loop, and of one query at a time.
pub fn stall(open: &(Run, Run), closed: &(Run, Run)) {
    println!("\nOne query of 400 takes 1 s, the others 1 ms. Latency in ms, measured (exact):\n");
    println!("{:<28} {:>19} {:>19} {:>19} {:>19}", "", "p50", "p90", "p99", "max");
    for (name, (measured, exact)) in [("100/s, open loop", open), ("one at a time", closed)] {
        let cells = [0.5, 0.9, 0.99, 1.0].map(|share| {
            let shown = |run: &Run| number(Unit::Milliseconds, run.percentile(share));
            format!("{:>19}", format!("{} ({})", shown(measured), shown(exact)))
        });
        println!("{name:<28} {}", cells.join(" "));
    }
}

fn number(unit: Unit, value: f64) -> String {
    match unit {
        Unit::PerSecond => format!("{:.1}", value * 1e9),
        Unit::Milliseconds => format!("{:.3}", value / 1e6),
    }
}
