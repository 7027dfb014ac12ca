//! What was measured, on a terminal.

use super::samples;
use super::terminal::{PLAIN, assert_says, at};
use crate::render::{Look, run};
use crate::result::{Failure, RunOutcome, Warning};

#[test]
fn a_run_shows_the_main_metrics_and_counts_the_rest() {
    let mut digits = samples::benchmark(
        "digits",
        vec![
            samples::metric("latency_mean", "ns", samples::around(1.1e6, 5)),
            samples::metric("latency_p50", "ns", samples::around(1e6, 5)),
            samples::metric("throughput", "1/s", samples::around(1e3, 5)),
            samples::metric("accuracy", "ratio", vec![0.983; 5]),
            samples::metric("error_rate", "ratio", vec![0.0; 5]),
        ],
    );
    digits.metrics[0].gate = false;
    digits.warnings.push(Warning { code: "budget-spent".to_owned(), message: "the budget ended the run".to_owned() });
    let failures = vec![Failure { benchmark: "tool".to_owned(), reason: "cannot start `./tool`".to_owned() }];
    let outcome = RunOutcome { result: samples::result("3", vec![digits]), failures, not_reached: Vec::new() };
    assert_says(
        &run(&outcome, &at(80)),
        "
perfgate measured 1 benchmark at 33333333   5 rounds, 6,000 queries

 benchmark  metric         median   std dev  lowest … highest  by round
 digits     latency_p50    996 µs     1.6 %        982 … 1018     ▃▆▄▃▅
            throughput   1.00 k/s     1.2 %      0.986 … 1.02     ▅▅▃▆▄
            accuracy       98.3 %  constant
 2 more metrics; -v lists them

warning: digits: the budget ended the run

1 benchmark could not be measured.
  tool: cannot start `./tool`
",
    );
    let text = run(&outcome, &Look { verbose: true, ..PLAIN });
    assert!(text.contains("latency_mean") && text.contains("error_rate"), "{text}");
}

/// Eleven benchmarks with warnings of several kinds.
fn warned() -> RunOutcome {
    let of = |name: &str| samples::benchmark(name, vec![samples::metric("latency_p50", "ns", samples::around(1e6, 5))]);
    let mut benchmarks: Vec<_> = (0..11).map(|number| of(&format!("suite/case-{number}"))).collect();
    for (number, benchmark) in benchmarks.iter_mut().enumerate() {
        let mut warn = |code: &str, message: String| {
            benchmark.warnings.push(Warning { code: code.to_owned(), message });
        };
        if number > 0 {
            let message = format!(
                "rounds begin {number} % slower than they go on: the warm-up has not ended after 10 queries and takes about \
                 {number} more; set `warmup = 20`"
            );
            warn("warm-up", message);
        }
        if number < 2 {
            warn("no-spare-core", "the load generator shares its processor cores".to_owned());
        }
        if number == 5 {
            warn("steal", "the hypervisor took 3.1 % of the processor time for other virtual machines".to_owned());
        }
    }
    RunOutcome::complete(samples::result("3", benchmarks))
}

#[test]
fn a_warning_of_many_benchmarks_is_said_once() {
    let warnings = |look: &Look| {
        let text = run(&warned(), look);
        text[text.find("warning:").unwrap()..].to_owned()
    };
    assert_says(
        &warnings(&at(80)),
        "
warning: suite/case-0 and suite/case-1: the load generator shares its processor
  cores
warning: suite/case-1: rounds begin 1 % slower than they go on: the warm-up has
  not ended after 10 queries and takes about 1 more; set `warmup = 20`
  likewise, with other figures (-v): suite/case-2, suite/case-3, suite/case-4,
    suite/case-5, suite/case-6, suite/case-7, suite/case-8, suite/case-9 and
    suite/case-10
warning: suite/case-5: the hypervisor took 3.1 % of the processor time for other
  virtual machines
",
    );
    assert_says(
        &warnings(&at(120)),
        "
warning: suite/case-0 and suite/case-1: the load generator shares its processor cores
warning: suite/case-1: rounds begin 1 % slower than they go on: the warm-up has not ended after 10 queries and takes
  about 1 more; set `warmup = 20`
  likewise, with other figures (-v): suite/case-2, suite/case-3, suite/case-4, suite/case-5, suite/case-6, suite/case-7,
    suite/case-8, suite/case-9 and suite/case-10
warning: suite/case-5: the hypervisor took 3.1 % of the processor time for other virtual machines
",
    );
    let full = warnings(&Look { verbose: true, ..PLAIN });
    assert_eq!(full.matches("warning: ").count(), 12, "{full}");
}
