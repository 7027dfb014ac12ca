//! What a check side by side would take and see, from what was recorded before. Pure; nothing runs.
//!
//! Here: rounds, samples, time and the smallest change of each row. Not here: the rounds' order (`plan`), what a check did find
//! (`gate`).

use std::time::Duration;

use crate::config::{Benchmark, GatePolicy, RowPolicy, Scenario, Threshold, Yardstick};
use crate::gate::{POWER, TRIMMED};
use crate::objective::flawless;
use crate::plan::rounds_at_look;
use crate::result::{BenchmarkResult, CommitId, Metric, Objective, RunResult};
use crate::stats::{self, Trim, share_of_last_look, share_of_look};

/// What a check would do.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// The nearest commit whose recorded rounds the times and changes come from; `None` if nothing is recorded.
    pub recorded: Option<CommitId>,
    /// Wall clock that the check may take, if that is limited.
    pub budget: Option<Duration>,
    /// Until every benchmark has the rounds of its first look on both sides; `None` if the duration of a round is not known for all.
    pub first_look: Option<Duration>,
    /// The benchmarks, in the order of the configuration.
    pub benchmarks: Vec<Expected>,
}

/// What is expected of a benchmark.
#[derive(Debug, Clone, PartialEq)]
pub struct Expected {
    /// Its name.
    pub name: String,
    /// The scenario's name.
    pub scenario: &'static str,
    /// Rounds a side until the first look.
    pub rounds: u32,
    /// Timed queries of a round, at least; offline, samples.
    pub queries: u32,
    /// Samples in a query.
    pub samples_per_query: u32,
    /// Wall clock of a round, as recorded.
    pub round: Option<Duration>,
    /// Rounds a side that the time allows, if all benchmarks go on to the end.
    pub most_rounds: Option<u32>,
    /// Its judged metrics, as recorded.
    pub metrics: Vec<Seen>,
    /// Its service-level objectives.
    pub objectives: Vec<Asked>,
}

/// What an objective takes to be proven.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Asked {
    /// The objective.
    pub objective: Objective,
    /// So many queries prove it if every one is within the bound, where they are looked at once; with fewer it cannot be.
    pub at_best: u64,
    /// So many do at the first of several looks, which has a share of alpha only; `None` where there is one look.
    pub at_first_look: Option<u64>,
    /// Timed queries of all rounds until the first look, at least.
    pub queries: u64,
}

/// What a check would see in a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The metric's name.
    pub name: String,
    /// The smallest change that matters.
    pub threshold: Threshold,
    /// The smallest relative worsening found with probability 0.8, at the first look.
    pub at_first: f64,
    /// The same with all the rounds that the time allows.
    pub at_most: Option<f64>,
}

/// How far a check may go.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The budget, if there is one.
    pub budget: Option<Duration>,
    /// What rounds beyond the first look may take without a budget.
    pub patience: Duration,
    /// Looks, at most.
    pub looks: u32,
}

/// What is to be expected of these benchmarks, with what was recorded of them, the nearest commit first: its durations, and the
/// noise of all of them.
pub fn outlook(benchmarks: &[Benchmark], recorded: &[RunResult], policy: &GatePolicy, limits: Limits) -> Outlook {
    let all = |name: &str| recorded.iter().filter_map(|result| result.benchmark(name)).collect::<Vec<_>>();
    let known = |benchmark: &Benchmark| all(&benchmark.name).first().copied();
    let pair = |benchmark: &Benchmark| known(benchmark).and_then(|result| result.round_duration).map(|round| 2 * round);
    let every_pair: Option<Duration> = benchmarks.iter().map(pair).sum();
    let tests: usize = benchmarks.iter().filter_map(known).map(|result| judged(result, policy).count()).sum();
    let time = limits.budget.unwrap_or(limits.patience);
    let affordable = every_pair.filter(|pair| !pair.is_zero()).map(|pair| time.as_secs_f64() / pair.as_secs_f64());
    let expected = |benchmark: &Benchmark| {
        let first = benchmark.rounds.get();
        let longest = rounds_at_look(first, limits.looks - 1);
        let most = affordable.map(|rounds| {
            // Without a budget, the rounds of the first look are measured however long that takes.
            let least = if limits.budget.is_none() { first } else { 0 };
            (rounds as u32).clamp(least, longest)
        });
        let results = all(&benchmark.name);
        let see = |metric: &Metric| {
            let noise = noise(metric, &results)?;
            Some(seen(
                metric,
                noise,
                policy.for_row(&benchmark.name, &metric.name),
                [first, most.unwrap_or(first)],
                limits,
                tests,
            ))
        };
        let metrics = known(benchmark).into_iter().flat_map(|result| judged(result, policy)).filter_map(see);
        Expected {
            name: benchmark.name.clone(),
            scenario: benchmark.scenario.name(),
            rounds: first,
            queries: benchmark.stopping.queries.get(),
            samples_per_query: samples_per_query(&benchmark.scenario),
            round: known(benchmark).and_then(|result| result.round_duration),
            most_rounds: most,
            objectives: asked(benchmark, policy, limits),
            metrics: metrics.map(|seen| Seen { at_most: seen.at_most.filter(|_| most.is_some()), ..seen }).collect(),
        }
    };
    let first_look = benchmarks.iter().map(|benchmark| Some(pair(benchmark)? * benchmark.rounds.get())).sum();
    Outlook {
        recorded: recorded.first().and_then(|result| result.commit.clone()),
        budget: limits.budget,
        first_look,
        benchmarks: benchmarks.iter().map(expected).collect(),
    }
}

fn asked(benchmark: &Benchmark, policy: &GatePolicy, limits: Limits) -> Vec<Asked> {
    let queries = u64::from(benchmark.rounds.get()) * u64::from(benchmark.stopping.queries.get());
    let objectives = benchmark.objectives.iter().filter_map(|&objective| Option::<Objective>::from(objective));
    let judged = objectives.filter_map(|objective| {
        let rules = policy.for_row(&benchmark.name, &objective.name());
        // Only what is violated goes through Holm's correction: that an objective is met does not depend on how many rows there are.
        let with = |share: f64| flawless(objective.share(), rules.alpha.share() * share);
        let at_first_look = (limits.looks > 1).then(|| with(share_of_look(0)));
        (rules.gate != Some(false)).then_some(Asked { objective, at_best: with(1.0), at_first_look, queries })
    });
    judged.collect()
}

fn samples_per_query(scenario: &Scenario) -> u32 {
    match scenario {
        Scenario::SingleStream | Scenario::Server(_) => 1,
        Scenario::MultiStream { samples_per_query } => samples_per_query.get(),
        Scenario::Offline { batch_size, .. } => batch_size.get(),
    }
}

fn judged<'a>(result: &'a BenchmarkResult, policy: &'a GatePolicy) -> impl Iterator<Item = &'a Metric> {
    let is_judged = |metric: &&Metric| policy.for_row(&result.name, &metric.name).gate.unwrap_or(metric.gate);
    result.metrics.iter().filter(is_judged)
}

/// What so many rounds see of a metric with this noise.
fn seen(metric: &Metric, noise: f64, rules: RowPolicy, [first, most]: [u32; 2], limits: Limits, tests: usize) -> Seen {
    let fixed = limits.looks == 1;
    let alpha = |share: f64| rules.alpha.share() * share / tests.max(1) as f64;
    let last = (0..limits.looks).take_while(|&look| rounds_at_look(first, look) < most).count() as u32;
    let at_first = smallest(noise, first, alpha(if fixed { 1.0 } else { share_of_look(0) }));
    let at_most = smallest(noise, most, alpha(share_of_last_look(last)));
    Seen { name: metric.name.clone(), threshold: rules.threshold, at_first, at_most: Some(at_most) }
}

/// More sessions than this are not looked at: the machine of long ago may have been another.
const MOST_SESSIONS: usize = 30;

/// The standard deviation of a round's logarithm within a session, pooled over the newest recorded sessions of the benchmark, the
/// nearest commit first. Counts have none. Of values that have no logarithm or are not compared by it, and of sessions of fewer
/// than three rounds, nothing is said.
fn noise(metric: &Metric, recorded: &[&BenchmarkResult]) -> Option<f64> {
    if metric.unit.is_repeatable_count() {
        return Some(0.0);
    }
    if Yardstick::of(&metric.name) == Yardstick::Points {
        return None;
    }
    let same = |other: &&Metric| other.unit == metric.unit && other.direction == metric.direction;
    let metrics = recorded.iter().filter_map(|result| result.metric(&metric.name)).filter(same);
    let sessions = metrics.flat_map(|metric| metric.rounds.sessions().rev()).take(MOST_SESSIONS);
    let usable = sessions.filter(|rounds| rounds.len() >= 3 && rounds.iter().all(|value| *value > 0.0));
    let (mut squares, mut degrees_of_freedom) = (0.0, 0.0);
    for rounds in usable {
        let logs: Vec<f64> = rounds.iter().map(|value| value.ln()).collect();
        let free = (logs.len() - 1) as f64;
        squares += free * stats::standard_deviation(&logs)?.powi(2);
        degrees_of_freedom += free;
    }
    (degrees_of_freedom > 0.0).then(|| (squares / degrees_of_freedom).sqrt())
}

/// The smallest relative change that so many pairs find: both sides have this standard deviation of logarithms, and share
/// nothing. Infinite where there are too few to find anything.
fn smallest(noise: f64, pairs: u32, alpha: f64) -> f64 {
    let cut = Trim::new(TRIMMED).map_or(0, |trim| (trim.share() * f64::from(pairs)) as u32);
    let left = pairs.saturating_sub(2 * cut);
    if left < 2 {
        return f64::INFINITY;
    }
    let standard_error = noise * (2.0 / f64::from(pairs)).sqrt();
    stats::minimum_detectable_difference(standard_error, f64::from(left - 1), alpha, POWER).exp_m1()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Direction, RoundValues, Unit};

    const LIMITS: Limits = Limits { budget: None, patience: Duration::from_secs(300), looks: 7 };

    fn benchmark(name: &str) -> Benchmark {
        let text = format!("[[benchmark]]\nname = \"{name}\"\ncommand = [\"true\"]\n");
        crate::config::parse(&text).unwrap().benchmarks.remove(0)
    }

    fn recorded(noise: f64, round: Duration) -> RunResult {
        let values = [-1.0, 1.0, -0.5, 0.5, 0.0, 0.8, -0.8, 0.2, -0.2, 0.1].map(|step: f64| 1e6 * (noise * step).exp());
        let metric = Metric {
            name: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            rounds: RoundValues::new(values.to_vec()).unwrap(),
            gate: true,
        };
        let mut result = BenchmarkResult::imported("a", vec![metric]);
        result.round_duration = Some(round);
        RunResult::imported(vec![result])
    }

    fn of(result: &RunResult, limits: Limits) -> Expected {
        outlook(&[benchmark("a")], std::slice::from_ref(result), &GatePolicy::default(), limits).benchmarks.remove(0)
    }

    #[test]
    fn time_is_twice_that_of_the_recorded_rounds() {
        let result = recorded(0.01, Duration::from_secs(2));
        let whole = outlook(&[benchmark("a")], std::slice::from_ref(&result), &GatePolicy::default(), LIMITS);
        assert_eq!(whole.first_look, Some(Duration::from_secs(40)));
        assert_eq!(whole.benchmarks[0].most_rounds, Some(75), "five minutes of pairs of four seconds");
        let tight = of(&result, Limits { budget: Some(Duration::from_secs(12)), ..LIMITS });
        assert_eq!(tight.most_rounds, Some(3), "a budget is kept");
    }

    #[test]
    fn more_rounds_and_less_noise_see_smaller_changes() {
        let (calm, loud) = (recorded(0.01, Duration::from_secs(1)), recorded(0.05, Duration::from_secs(1)));
        let see = |result| of(result, LIMITS).metrics.remove(0);
        let (calm, loud) = (see(&calm), see(&loud));
        assert!(calm.at_first < loud.at_first && calm.at_most.unwrap() < calm.at_first, "{calm:?} {loud:?}");
        assert!(see(&recorded(0.0, Duration::from_secs(1))).at_first.abs() < 1e-12);
    }

    #[test]
    fn the_noise_is_that_of_all_recorded_sessions() {
        let see = |recorded: &[RunResult]| {
            let mut planned = outlook(&[benchmark("a")], recorded, &GatePolicy::default(), LIMITS).benchmarks.remove(0);
            planned.metrics.remove(0).at_first.ln_1p()
        };
        let [calm, loud] = [0.01, 0.05].map(|noise| recorded(noise, Duration::from_secs(1)));
        let [alone, loudest] = [&calm, &loud].map(|result| see(std::slice::from_ref(result)));
        let together = see(&[calm.clone(), loud.clone()]);
        let pooled = f64::midpoint(alone * alone, loudest * loudest).sqrt();
        assert!((together / pooled - 1.0).abs() < 1e-9, "{together} and {pooled}");
        assert_eq!(see(&[loud, calm]), together, "whichever commit is nearer");
    }

    #[test]
    fn the_first_of_several_looks_takes_more_queries_to_prove_an_objective() {
        let mut asking = benchmark("a");
        let text = "[[benchmark]]\nname = \"a\"\ncommand = [\"true\"]\nslo = \"p99.9 < 1s\"\n";
        asking.objectives = crate::config::parse(text).unwrap().benchmarks.remove(0).objectives;
        let asked = |looks| {
            let limits = Limits { looks, ..LIMITS };
            let expected = outlook(&[asking.clone()], &[], &GatePolicy::default(), limits).benchmarks.remove(0);
            (expected.objectives[0].at_best, expected.objectives[0].at_first_look)
        };
        assert_eq!([asked(1), asked(7)], [(2995, None), (2995, Some(4380))]);
    }

    #[test]
    fn what_was_never_recorded_is_not_guessed() {
        let nothing = outlook(&[benchmark("a")], &[], &GatePolicy::default(), LIMITS);
        let expected = &nothing.benchmarks[0];
        assert_eq!((nothing.first_look, expected.round, expected.most_rounds), (None, None, None));
        assert!(expected.metrics.is_empty());
        assert_eq!((expected.rounds, expected.samples_per_query), (10, 1));
    }
}
