//! Which rows there are: what of one result is held against what of the other.

use std::collections::HashSet;

use super::counts;
use super::interim::{Memory, OnlyLook, Seen};
use super::judge::{Examined, examine};
use super::verdict::{exit_status, sort, verdict};
use super::{Comparison, Finding, Method, OneSide, Origin, Remarks, Row, Setting, measured, objectives};
use crate::config::GatePolicy;
use crate::result::{BenchmarkResult, Metric, RunResult, Warning};
use crate::stats::{holm, mean};

/// A row that is done, or one that waits for the correction over all rows.
enum Draft<'a> {
    Done(Row),
    Open(Box<Examined<'a>>),
    Objective(Box<objectives::Open<'a>>),
}

/// Judges the candidate by the baseline. Every benchmark and metric of either side becomes a row: nothing falls through.
pub fn compare(base: &RunResult, candidate: &RunResult, policy: &GatePolicy, setting: &Setting) -> Comparison {
    compare_again(base, candidate, policy, setting, &OnlyLook)
}

/// The same, for one of several looks: `memory` knows what earlier looks found.
pub(super) fn compare_again<'a>(
    base: &'a RunResult,
    candidate: &'a RunResult,
    policy: &GatePolicy,
    setting: &Setting,
    memory: &dyn Memory<'a>,
) -> Comparison {
    let drafts = drafts(base, candidate, policy, setting, memory);
    let p_values: Vec<f64> = drafts.iter().filter_map(Draft::p_value).collect();
    let mut adjusted = holm(&p_values).into_iter();
    let tests = p_values.len();
    let mut rows: Vec<Row> = drafts
        .into_iter()
        .map(|draft| match draft {
            Draft::Done(row) => row,
            Draft::Open(examined) => {
                let p_adjusted = examined.p_value().and_then(|_| adjusted.next());
                examined.decide(p_adjusted, tests)
            }
            Draft::Objective(open) => {
                let p_adjusted = open.p_value().and_then(|_| adjusted.next());
                open.decide(p_adjusted, tests)
            }
        })
        .collect();
    sort(&mut rows);
    let verdict = verdict(&rows);
    let compared: HashSet<&str> = rows
        .iter()
        .filter(|row| row.compared().is_some() || row.objective().is_some())
        .map(|row| row.benchmark.as_str())
        .collect();
    let remarks = Remarks::of(base, candidate, |name| compared.contains(name));
    Comparison {
        verdict,
        exit_status: exit_status(verdict, policy.fail_on),
        base: Origin::of(base, setting.base_label.clone()),
        candidate: Origin {
            head: setting.candidate_head.clone(),
            ..Origin::of(candidate, setting.candidate_label.clone())
        },
        method: setting.method,
        alpha: policy.alpha,
        warnings: counts::with_disagreements(
            setting.warnings.iter().cloned().chain(base_incomplete(candidate, setting)).collect(),
            &rows,
        ),
        remarks,
        measured: measured::of(&rows, base, candidate, memory),
        rows,
    }
}

impl Draft<'_> {
    fn p_value(&self) -> Option<f64> {
        match self {
            Self::Done(_) => None,
            Self::Open(examined) => examined.p_value(),
            Self::Objective(open) => open.p_value(),
        }
    }
}

fn drafts<'a>(
    base: &'a RunResult,
    candidate: &'a RunResult,
    policy: &GatePolicy,
    setting: &Setting,
    memory: &dyn Memory<'a>,
) -> Vec<Draft<'a>> {
    let wanted = |name: &str| setting.selected.as_ref().is_none_or(|names| names.iter().any(|chosen| chosen == name));
    let failed: HashSet<&str> = setting.failures.iter().map(|failure| failure.benchmark.as_str()).collect();
    let mut drafts: Vec<Draft<'a>> = setting
        .failures
        .iter()
        .map(|failure| Draft::Done(whole(&failure.benchmark, Finding::Failed, failure.reason.clone())))
        .collect();
    let not_reached = setting.not_reached.iter().filter(|name| !failed.contains(name.as_str()));
    drafts.extend(not_reached.clone().map(|name| {
        let reason = "the time was over before it was measured: a larger `budget`, fewer `queries` a round, or fewer \
                      benchmarks at once would reach it";
        Draft::Done(whole(name, Finding::NotReached, reason.to_owned()))
    }));
    let failed: HashSet<&str> = failed.iter().copied().chain(not_reached.map(String::as_str)).collect();
    let other_machine = different_machines(base, candidate);
    let reached = |name: &str| wanted(name) && !failed.contains(name);
    for benchmark in candidate.benchmarks.iter().filter(|benchmark| reached(&benchmark.name)) {
        match base.benchmark(&benchmark.name) {
            None => {
                let why = why_base_lacks(&benchmark.name, setting);
                drafts.extend(new_benchmark(benchmark, policy, &why));
            }
            Some(old) => match other_machine.clone().or_else(|| different_work(old, benchmark)) {
                Some(why) => drafts.push(Draft::Done(whole(&benchmark.name, Finding::Incomparable, why))),
                None => drafts.extend(both_sides(old, benchmark, policy, setting, memory)),
            },
        }
        // What was measured on another machine is not compared, and does not say how its base kept an objective.
        let old = base.benchmark(&benchmark.name).filter(|_| other_machine.is_none());
        let open = objectives::of(benchmark, old, policy, memory);
        drafts.extend(open.into_iter().map(|open| Draft::Objective(Box::new(open))));
    }
    let is_gone = |old: &&str| reached(old) && candidate.benchmark(old).is_none();
    let measured = base.benchmarks.iter().map(|old| old.name.as_str());
    let gone: Vec<&str> = measured.chain(not_measured_at_base(setting)).filter(is_gone).collect();
    let is_new = |new: &&BenchmarkResult| reached(&new.name) && base.benchmark(&new.name).is_none();
    let new: Vec<&str> = candidate.benchmarks.iter().filter(is_new).map(|new| new.name.as_str()).collect();
    let missing = gone.iter().map(|name| {
        let had = match base.benchmark(name) {
            Some(_) => "the baseline has this benchmark, the run does not",
            None => "the baseline was to measure this benchmark and did not, and the run does not have it",
        };
        missing_benchmark(name, had, policy, new_name(name, &gone, &new))
    });
    drafts.extend(missing.map(Draft::Done));
    drafts
}

/// What the base has no values of, though it was to be measured.
fn not_measured_at_base(setting: &Setting) -> impl Iterator<Item = &str> {
    let failed = setting.base_failures.iter().map(|failure| failure.benchmark.as_str());
    failed.chain(setting.base_not_reached.iter().map(String::as_str))
}

/// Why the base has no values of a benchmark.
fn why_base_lacks(name: &str, setting: &Setting) -> String {
    if let Some(failure) = setting.base_failures.iter().find(|failure| failure.benchmark == name) {
        let what = failure.reason.lines().next().unwrap_or_default().trim_end_matches(':');
        return format!("the baseline could not measure this benchmark: {what}");
    }
    if setting.base_not_reached.iter().any(|late| late == name) {
        return "the time of the baseline was over before this benchmark was measured".to_owned();
    }
    "the baseline does not have this benchmark".to_owned()
}

/// More benchmarks than this are counted.
const MOST_NAMES: usize = 8;

/// That the base lacks benchmarks which it was to measure, and the candidate did: their rows look like those of new ones.
fn base_incomplete(candidate: &RunResult, setting: &Setting) -> Option<Warning> {
    let failed = setting.base_failures.iter().map(|failure| {
        let what = failure.reason.lines().next().unwrap_or_default().trim_end_matches(':');
        (failure.benchmark.as_str(), what)
    });
    let late = setting.base_not_reached.iter().map(|name| (name.as_str(), "no time was left"));
    let wanted = |name: &str| setting.selected.as_ref().is_none_or(|names| names.iter().any(|chosen| chosen == name));
    let lacking: Vec<String> = failed
        .chain(late)
        .filter(|(name, _)| wanted(name) && candidate.benchmark(name).is_some())
        .map(|(name, why)| format!("`{name}` ({why})"))
        .collect();
    if lacking.is_empty() {
        return None;
    }
    let mut shown: Vec<String> = lacking.iter().take(MOST_NAMES).cloned().collect();
    shown.extend((lacking.len() > MOST_NAMES).then(|| format!("{} more", lacking.len() - MOST_NAMES)));
    Some(Warning {
        code: "base-incomplete".to_owned(),
        message: format!("the baseline was to measure {}, and did not: nothing is compared there", shown.join(", ")),
    })
}

/// From this similarity on (Jaro-Winkler) two names may be those of one thing.
const ALIKE: f64 = 0.85;

/// What a benchmark that is gone is probably called now: the new name that is most like it, or the only one.
fn new_name<'a>(old: &str, gone: &[&str], new: &[&'a str]) -> Option<&'a str> {
    let likeness = |name: &str| strsim::jaro_winkler(old, name);
    let most = new.iter().copied().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(most) > ALIKE || (gone.len() == 1 && new.len() == 1)).then_some(most)
}

fn whole(benchmark: &str, finding: Finding, reason: String) -> Row {
    Row { benchmark: benchmark.to_owned(), metric: None, finding, reason, confirmed: false }
}

/// `had` says what the baseline knows of it.
fn missing_benchmark(name: &str, had: &str, policy: &GatePolicy, new_name: Option<&str>) -> Row {
    let allowed = policy.may_be_missing(name);
    let why = match (allowed, new_name) {
        (true, _) => "; the base revision's configuration allows it".to_owned(),
        (false, None) => ": it was renamed or removed, or no longer runs".to_owned(),
        (false, Some(new)) => {
            format!(
                ": it was removed, or no longer runs, or is now called `{new}`, which is new and compared with nothing"
            )
        }
    };
    let reason = format!("{had}{why}");
    whole(name, Finding::Missing { baseline: None, allowed }, reason)
}

fn different_machines(base: &RunResult, candidate: &RunResult) -> Option<String> {
    let (old, new) = (base.environment.as_ref()?, candidate.environment.as_ref()?);
    (old.fingerprint != new.fingerprint).then(|| {
        format!(
            "measured on another machine: the baseline on {}, the candidate on {}",
            old.fingerprint, new.fingerprint
        )
    })
}

fn different_work(old: &BenchmarkResult, new: &BenchmarkResult) -> Option<String> {
    let (before, now) = (old.scenario.as_ref()?, new.scenario.as_ref()?);
    (before != now).then(|| format!("the baseline ran the scenario `{before}`, the candidate `{now}`"))
}

/// Whether a metric is judged: the configuration decides, else the metric itself.
fn is_judged(benchmark: &str, metric: &Metric, policy: &GatePolicy) -> bool {
    policy.for_row(benchmark, &metric.name).gate.unwrap_or(metric.gate)
}

fn both_sides<'a>(
    old: &'a BenchmarkResult,
    new: &'a BenchmarkResult,
    policy: &GatePolicy,
    setting: &Setting,
    memory: &dyn Memory<'a>,
) -> Vec<Draft<'a>> {
    let name = new.name.as_str();
    let late = counts::not_in_time(old, new)
        .filter(|row| row.metric.as_ref().is_some_and(|metric| policy.for_row(name, metric).gate.unwrap_or(true)));
    let on_time = |metric: &&Metric| late.as_ref().is_none_or(|row| row.metric.as_ref() != Some(&metric.name));
    let judged = new.metrics.iter().filter(|metric| is_judged(name, metric, policy)).filter(on_time);
    let in_turn = old.round_duration.zip(new.round_duration).filter(|_| setting.method == Method::SideBySide);
    let pair_lasts = in_turn.map(|(old, new)| old + new);
    let mut drafts: Vec<Draft<'a>> = judged
        .map(|metric| match old.metric(&metric.name) {
            None => Draft::Done(no_baseline(name, metric, "the baseline does not have this metric")),
            Some(before) => {
                let ([before, now], interim) = match memory.metric(name, &metric.name) {
                    Seen::Open(interim) => ([before, metric], interim),
                    Seen::Closed(sides, interim) => (sides, interim),
                };
                if counts::is_count(before, now) {
                    return Draft::Done(counts::row(name, before, now, policy.for_row(name, &metric.name)));
                }
                match examine(name, before, now, policy.for_row(name, &metric.name), setting.method, interim) {
                    Ok(examined) => Draft::Open(Box::new(examined.lasting(pair_lasts).with_history(setting, old))),
                    Err(why) => Draft::Done(of_metric(name, metric, Finding::Incomparable, why)),
                }
            }
        })
        .collect();
    let gone = old
        .metrics
        .iter()
        .filter(|metric| is_judged(name, metric, policy) && new.metric(&metric.name).is_none())
        .filter(on_time);
    drafts.extend(gone.map(|metric| {
        let allowed = policy.may_be_missing(name);
        let reason = counts::why_missing(metric, new);
        Draft::Done(of_metric(name, metric, Finding::Missing { baseline: Some(one_side(metric)), allowed }, reason))
    }));
    drafts.extend(late.map(Draft::Done));
    drafts
}

fn new_benchmark<'a>(benchmark: &BenchmarkResult, policy: &GatePolicy, why: &str) -> Vec<Draft<'a>> {
    let name = benchmark.name.as_str();
    let judged = benchmark.metrics.iter().filter(|metric| is_judged(name, metric, policy));
    judged.map(|metric| Draft::Done(no_baseline(name, metric, why))).collect()
}

fn no_baseline(benchmark: &str, metric: &Metric, reason: &str) -> Row {
    of_metric(benchmark, metric, Finding::NoBaseline(Some(one_side(metric))), reason.to_owned())
}

fn of_metric(benchmark: &str, metric: &Metric, finding: Finding, reason: String) -> Row {
    Row { benchmark: benchmark.to_owned(), metric: Some(metric.name.clone()), finding, reason, confirmed: false }
}

fn one_side(metric: &Metric) -> OneSide {
    OneSide {
        unit: metric.unit.clone(),
        direction: metric.direction,
        value: mean(metric.rounds.as_slice()),
        rounds: metric.rounds.count(),
    }
}

#[cfg(test)]
mod tests {
    use super::new_name;

    #[test]
    fn a_new_name_is_one_that_is_alike_or_the_only_one() {
        assert_eq!(
            new_name("digits/server", &["digits/server"], &["resize", "digits/serving"]),
            Some("digits/serving")
        );
        assert_eq!(new_name("decode", &["decode"], &["unpack"]), Some("unpack"), "one is gone, one is new");
        assert_eq!(new_name("decode", &["decode", "hash"], &["unpack"]), None, "which of the two would it be?");
        assert_eq!(new_name("decode", &["decode"], &["unpack", "sort"]), None);
        assert_eq!(new_name("decode", &["decode"], &[]), None);
    }
}
