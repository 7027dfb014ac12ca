//! perfgate's whole rule against simulated noise: `cargo run --release --example rule`, a few minutes; with `--quick` seconds.
//!
//! Looks at growing numbers of rounds, Holm's correction, the screen of a stored baseline and its confirmation are the library's
//! own; only time and machine are made up. It prints Markdown: how often a check of identical code turns red, what a check finds,
//! and what the rules of other tools make of the same rounds. It fails if a rate of false alarms is beyond chance above alpha
//! under a kind of noise for which it should hold. docs/methodology.md says how to read it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a study shows what it found")]

mod check;
mod noise;
mod peers;
mod report;
mod table;
mod trials;

use std::process::ExitCode;

use report::{Report, Size};

fn main() -> ExitCode {
    let mut report = Report { seed: 1, size: Size::Full, above: Vec::new() };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let seed = arguments.by_ref();
        match argument.as_str() {
            "--quick" => report.size = Size::Quick,
            "--seed" => match seed.next().and_then(|seed| seed.parse().ok()) {
                Some(seed) => report.seed = seed,
                None => return usage("--seed takes a number"),
            },
            other => return usage(&format!("`{other}` is not known")),
        }
    }
    report.print();
    for place in &report.above {
        eprintln!("error: {place}: more false alarms than alpha");
    }
    if report.above.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage(problem: &str) -> ExitCode {
    eprintln!("error: {problem}\nusage: rule [--quick] [--seed NUMBER]");
    ExitCode::from(2)
}

#[cfg(test)]
mod tests {
    use super::check::Design;
    use super::noise::{BEYOND, WITHIN};
    use super::table::Share;

    fn false_alarms(design: &Design, checks: u64) -> Share {
        Share::new(design.repeat(checks, 7).iter().filter(|outcome| outcome.red).count() as u64, checks)
    }

    #[test]
    fn no_kind_of_noise_raises_false_alarms_above_alpha() {
        for noise in WITHIN {
            let rate = false_alarms(&Design::of(noise), 200);
            assert!(!rate.is_above(0.05), "{}: {}", noise.name, rate.with_interval());
        }
    }

    #[test]
    fn many_benchmarks_and_a_screen_do_not_raise_false_alarms_either() {
        let design = Design { benchmarks: 8, threshold: 0.03, screened: true, ..Design::of(WITHIN[0]) };
        let rate = false_alarms(&design, 40);
        assert!(!rate.is_above(0.05), "{}", rate.with_interval());
    }

    #[test]
    fn the_simulation_would_notice() {
        let rate = false_alarms(&Design::of(BEYOND[2]), 200);
        assert!(rate.is_above(0.05), "rounds that remember the last ones: {}", rate.with_interval());
    }

    #[test]
    fn a_large_change_is_found() {
        let design = Design { change: 0.30, changed: 1, threshold: 0.10, ..Design::of(WITHIN[0]) };
        assert!(design.repeat(20, 7).iter().all(|outcome| outcome.found));
    }
}
