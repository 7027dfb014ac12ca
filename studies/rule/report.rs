//! Which simulations are made, and their tables.

use super::check::{Design, LOOKS, LOOKS_WITHIN_BUDGET, Outcome};
use super::noise::{BEYOND, Noise, WITHIN};
use super::peers::{Data, RULES, Situation};
use super::table::{Share, heading, row};
use super::trials::trials;

/// The error rate that is promised.
const ALPHA: f64 = 0.05;

/// True changes of the power curves.
const CHANGES: [f64; 9] = [0.0, 0.02, 0.03, 0.05, 0.075, 0.10, 0.15, 0.20, 0.30];

/// How much is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For the documentation.
    Full,
    /// A hundredth of that, to see that all is well.
    Quick,
}

/// A run of the study.
pub struct Report {
    /// Of everything random.
    pub seed: u64,
    /// How much is simulated.
    pub size: Size,
    /// Where there were too many false alarms.
    pub above: Vec<String>,
}

impl Report {
    /// Simulates and prints everything.
    pub fn print(&mut self) {
        println!("# False alarms and power of a check, simulated (seed {})", self.seed);
        self.false_alarms();
        self.unchanged();
        self.power();
        self.many_rows();
        self.peers();
        self.beyond();
    }

    fn checks(&self, full: u64) -> u64 {
        match self.size {
            Size::Full => full,
            Size::Quick => full.div_ceil(100),
        }
    }

    fn repeat(&self, design: &Design, full: u64) -> Vec<Outcome> {
        design.repeat(self.checks(full), self.seed)
    }

    fn false_alarms(&mut self) {
        heading(
            "Identical code: checks that turn red, in %",
            "Two metrics a benchmark; a pair's standard deviation is 14 %. At a threshold of 0 chance alone decides. In brackets \
             the exact 95 % interval. Alpha is 5 %, for both directions together: red is only one of them.",
            &[
                "noise",
                "1 benchmark, threshold 0",
                "10, threshold 0",
                "30, threshold 0",
                "10, threshold 0, up to 905 rounds",
                "10, threshold 3 %",
                "10, threshold 3 %, screened by a stored baseline",
            ],
        );
        for noise in WITHIN {
            let one = Design::of(noise);
            let ten = Design { benchmarks: 10, ..one };
            let designs = [
                (one, 4000),
                (ten, 1000),
                (Design { benchmarks: 30, ..one }, 400),
                (Design { looks: LOOKS_WITHIN_BUDGET, ..ten }, 200),
                (Design { threshold: 0.03, ..ten }, 300),
                (Design { threshold: 0.03, screened: true, ..ten }, 300),
            ];
            let mut cells = vec![noise.name.to_owned()];
            for (design, checks) in designs {
                let rate = reds(&self.repeat(&design, checks));
                if rate.is_above(ALPHA) {
                    self.above.push(format!("{}: {}", noise.name, rate.with_interval()));
                }
                cells.push(rate.with_interval());
            }
            row(&cells);
        }
    }

    fn unchanged(&self) {
        heading(
            "One benchmark, threshold 5 %, up to 80 rounds",
            "`unchanged` claims that a worsening as large as the threshold is ruled out. Where the true change is 5 % or more \
             that is wrong; alpha / 2 = 2.5 % of the rows may be.",
            &[
                "noise",
                "identical: mean rounds",
                "rows unchanged, %",
                "rows undecided, %",
                "truly +5 %: rows unchanged, %",
                "truly +7 %: rows unchanged, %",
                "truly +10 %: checks red, %",
                "mean rounds",
            ],
        );
        for noise in WITHIN {
            let design = |change| Design { change, changed: 1, threshold: 0.05, ..Design::of(noise) };
            let [same, at, beyond, far] = [0.0, 0.05, 0.07, 0.10].map(|change| self.repeat(&design(change), 600));
            let unchanged = |outcomes: &[Outcome]| rows(outcomes, |rows| rows.unchanged);
            row(&[
                noise.name.to_owned(),
                mean_rounds(&same),
                unchanged(&same).short(),
                rows(&same, |rows| rows.open).short(),
                unchanged(&at).with_interval(),
                unchanged(&beyond).with_interval(),
                reds(&far).short(),
                mean_rounds(&far),
            ]);
        }
    }

    fn power(&self) {
        let mut columns = vec!["pair's standard deviation", "threshold", "at most"];
        let changes = CHANGES.map(|change| format!("+{} %", 100.0 * change));
        columns.extend(changes.iter().map(String::as_str));
        columns.extend(["mean rounds, +0 %", "mean rounds, +10 %"]);
        heading(
            "Power: checks that find the true change, in %",
            "One benchmark with two metrics, normal noise. The second metric has 1.5 times as much of it.",
            &columns,
        );
        for pair in [0.03, 0.08, 0.14, 0.30] {
            for threshold in [0.03, 0.05, 0.10] {
                for (looks, rounds) in [(LOOKS, "80 rounds"), (LOOKS_WITHIN_BUDGET, "905 rounds")] {
                    let design = |change| Design { pair, threshold, looks, change, changed: 1, ..Design::of(normal()) };
                    let outcomes = CHANGES.map(|change| self.repeat(&design(change), 150));
                    let mut cells = vec![percent(pair), percent(threshold), rounds.to_owned()];
                    cells.extend(outcomes.iter().map(|outcomes| found(outcomes).short()));
                    cells.extend([outcomes.first(), outcomes.get(5)].into_iter().flatten().map(|all| mean_rounds(all)));
                    row(&cells);
                }
            }
        }
    }

    fn many_rows(&self) {
        heading(
            "One benchmark of many is slower: checks that find it, in %",
            "Threshold 5 %, a pair's standard deviation 14 %, normal noise, up to 80 rounds. Screened: the stored baseline's session \
             and the candidate's differ by a standard deviation of 35 %.",
            &["benchmarks", "+5 %", "+7.5 %", "+10 %", "+15 %", "+20 %", "screened: +10 %", "+20 %", "+50 %"],
        );
        for benchmarks in [1, 10, 30] {
            let one = Design { threshold: 0.05, changed: 1, benchmarks, ..Design::of(normal()) };
            let plain = [0.05, 0.075, 0.10, 0.15, 0.20].map(|change| Design { change, ..one });
            let screened = [0.10, 0.20, 0.50].map(|change| Design { change, screened: true, ..one });
            let mut cells = vec![benchmarks.to_string()];
            let checks = 2000 / (benchmarks as u64 + 9);
            let all = plain.iter().chain(&screened);
            cells.extend(all.map(|design| found(&self.repeat(design, checks)).short()));
            row(&cells);
        }
    }

    fn peers(&self) {
        heading(
            "The rules of other tools, on the same queries: checks that turn red, in %",
            "10 rounds of 30 queries a side. Two sessions: measured one after the other, each with its own speed (a standard \
             deviation of 20 %); perfgate then measures side by side what the first comparison leaves open.",
            &["rule", "two sessions: identical", "+10 %", "+20 %", "interleaved: identical", "+10 %", "+20 %"],
        );
        let situations = [Situation::TwoSessions, Situation::Interleaved];
        let cases: Vec<Vec<Vec<bool>>> = situations
            .into_iter()
            .flat_map(|situation| [0.0, 0.10, 0.20].map(|change| (situation, change)))
            .map(|(situation, change)| {
                trials(self.checks(1000), self.seed, |seed| {
                    let data = Data::new(situation, change, seed);
                    RULES.iter().map(|(_, is_red)| is_red(&data)).collect()
                })
            })
            .collect();
        for (number, (name, _)) in RULES.iter().enumerate() {
            let share = |case: &Vec<Vec<bool>>| {
                let red = case.iter().filter(|reds| reds.get(number) == Some(&true)).count();
                Share::new(red as u64, case.len() as u64).with_interval()
            };
            let mut cells = vec![(*name).to_owned()];
            cells.extend(cases.iter().map(share));
            row(&cells);
        }
    }

    fn beyond(&self) {
        heading(
            "Beyond what the rule assumes: identical code, checks that turn red, in %",
            "10 benchmarks, a pair's standard deviation 14 %, up to 80 rounds. Rounds of a side that correlate with the side's last \
             ones, and builds of the same code that differ in speed, are not noise that rounds average out: here the threshold is \
             what protects.",
            &["noise", "threshold 0", "3 %", "5 %", "10 %"],
        );
        for noise in BEYOND {
            let mut cells = vec![noise.name.to_owned()];
            for threshold in [0.0, 0.03, 0.05, 0.10] {
                let design = Design { benchmarks: 10, threshold, ..Design::of(noise) };
                cells.push(reds(&self.repeat(&design, 150)).with_interval());
            }
            row(&cells);
        }
    }
}

fn normal() -> Noise {
    let [normal, ..] = WITHIN;
    normal
}

fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

fn reds(outcomes: &[Outcome]) -> Share {
    Share::new(outcomes.iter().filter(|outcome| outcome.red).count() as u64, outcomes.len() as u64)
}

fn found(outcomes: &[Outcome]) -> Share {
    Share::new(outcomes.iter().filter(|outcome| outcome.found).count() as u64, outcomes.len() as u64)
}

/// Rows of changed benchmarks.
fn rows(outcomes: &[Outcome], which: impl Fn(&super::check::Rows) -> u64) -> Share {
    let times = outcomes.iter().map(|outcome| which(&outcome.changed)).sum();
    Share::new(times, outcomes.iter().map(|outcome| outcome.changed.all).sum())
}

fn mean_rounds(outcomes: &[Outcome]) -> String {
    let pairs: u64 = outcomes.iter().map(|outcome| outcome.pairs).sum();
    format!("{:.0}", pairs as f64 / outcomes.len() as f64)
}
