//! What differs between two sets of rules: which key, of whom, from what to what.

use std::collections::BTreeSet;
use std::fmt;

use super::{Alpha, BenchmarkPolicy, FailOn, GatePolicy, Objective, Overrides, Threshold};
use crate::config::Yardstick;

/// A rule that is not the same in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleChange {
    /// The key, as the file spells it.
    pub key: &'static str,
    /// The benchmark whose rule it is; `None`: the whole check's.
    pub benchmark: Option<String>,
    /// The metric whose rule it is; `None`: the whole benchmark's.
    pub metric: Option<String>,
    /// What holds before, in words.
    pub before: String,
    /// What would hold after.
    pub after: String,
}

impl fmt::Display for RuleChange {
    /// ``threshold of `digits/server` latency_p99: 5 % at the base, 50 % in this change``.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.benchmark, &self.metric) {
            (None, _) => write!(f, "`{}` of [gate]", self.key)?,
            (Some(benchmark), None) => write!(f, "`{}` of `{benchmark}`", self.key)?,
            (Some(benchmark), Some(metric)) => write!(f, "`{}` of `{benchmark}` {metric}", self.key)?,
        }
        write!(f, ": {} at the base, {} in this change", self.before, self.after)
    }
}

impl RuleChange {
    /// Whose value holds. Of one rule it is the base's; objectives are a list, to which a change may add.
    pub fn what_counts(&self) -> &'static str {
        if self.key == "slo" && self.after != NONE { "all of them count" } else { "the base's counts" }
    }
}

impl GatePolicy {
    /// The rules that are not the same in `after`, for the whole check and for each benchmark that both have. A rule that is
    /// written otherwise and holds as before is none.
    pub fn changes_to(&self, after: &Self) -> Vec<RuleChange> {
        let mut all = self.changes_of_check(after);
        for (name, own) in &self.benchmarks {
            if let Some(new) = after.benchmarks.get(name) {
                all.extend(self.changes_of_benchmark(after, name, own, new));
            }
        }
        all
    }

    fn changes_of_check(&self, after: &Self) -> Vec<RuleChange> {
        let change = |key, before: String, now: String| {
            (before != now).then_some(RuleChange { key, benchmark: None, metric: None, before, after: now })
        };
        let all = [
            change("threshold", self.threshold.to_string(), after.threshold.to_string()),
            change("alpha", error_rate(self.alpha), error_rate(after.alpha)),
            change("fail_on", words(self.fail_on), words(after.fail_on)),
            change("allow_missing", self.allow_missing.to_string(), after.allow_missing.to_string()),
        ];
        all.into_iter().flatten().collect()
    }

    fn changes_of_benchmark(
        &self,
        after: &Self,
        name: &str,
        own: &BenchmarkPolicy,
        new: &BenchmarkPolicy,
    ) -> Vec<RuleChange> {
        let of_all = [in_force(self, own.all), in_force(after, new.all)];
        let mut all = changes(name, None, [own.all, new.all], of_all);
        // One more is judged as well; only what would be taken away is a change that does not count.
        if own.objectives.iter().any(|objective| !new.objectives.contains(objective)) {
            all.extend(change("slo", name, None, objectives(&own.objectives), objectives(&new.objectives)));
        }
        if own.allow_missing != new.allow_missing {
            let [before, now] = [self, after].map(|policy| policy.may_be_missing(name).to_string());
            all.extend(change("allow_missing", name, None, before, now));
        }
        let metrics: BTreeSet<&str> = own.metrics.keys().chain(new.metrics.keys()).map(String::as_str).collect();
        for metric in metrics {
            let written = [own, new].map(|policy| policy.metrics.get(metric).copied().unwrap_or_default());
            let hold = [self, after].map(|policy| {
                let row = policy.for_row(name, metric);
                Rules { threshold: row.threshold, alpha: row.alpha, gate: row.gate }
            });
            all.extend(changes(name, Some(metric), written, hold));
        }
        all
    }
}

/// The rules that hold, whoever says so.
#[derive(Clone, Copy)]
struct Rules {
    threshold: Threshold,
    alpha: Alpha,
    gate: Option<bool>,
}

fn in_force(policy: &GatePolicy, own: Overrides) -> Rules {
    Rules {
        threshold: own.threshold.unwrap_or(policy.threshold),
        alpha: own.alpha.unwrap_or(policy.alpha),
        gate: own.gate,
    }
}

/// What is written otherwise, and holds otherwise.
fn changes(name: &str, metric: Option<&str>, [old, new]: [Overrides; 2], [before, now]: [Rules; 2]) -> Vec<RuleChange> {
    let when = |is_written: bool, key, before: String, now: String| {
        if is_written { change(key, name, metric, before, now) } else { None }
    };
    let yardstick = metric.map_or(Yardstick::Relative, Yardstick::of);
    let [threshold_before, threshold_now] = [before, now].map(|rules| rules.threshold.by(yardstick));
    let all = [
        when(old.threshold != new.threshold, "threshold", threshold_before, threshold_now),
        when(old.alpha != new.alpha, "alpha", error_rate(before.alpha), error_rate(now.alpha)),
        when(old.gate != new.gate, "gate", judged(before.gate), judged(now.gate)),
    ];
    all.into_iter().flatten().collect()
}

fn change(key: &'static str, name: &str, metric: Option<&str>, before: String, after: String) -> Option<RuleChange> {
    let metric = metric.map(str::to_owned);
    (before != after).then(|| RuleChange { key, benchmark: Some(name.to_owned()), metric, before, after })
}

fn error_rate(alpha: Alpha) -> String {
    alpha.share().to_string()
}

/// Said of a list with nothing in it.
const NONE: &str = "none";

fn objectives(all: &[Objective]) -> String {
    let named: Vec<String> = all.iter().map(ToString::to_string).collect();
    if named.is_empty() { NONE.to_owned() } else { named.join(", ") }
}

fn judged(gate: Option<bool>) -> String {
    gate.map_or_else(|| "not set".to_owned(), |gate| gate.to_string())
}

fn words(fail_on: FailOn) -> String {
    let FailOn { regression, inconclusive, no_baseline } = fail_on;
    let [first, second, third] = FailOn::WORDS;
    let named = [(regression, first), (inconclusive, second), (no_baseline, third)];
    named.into_iter().filter(|(is_named, _)| *is_named).map(|(_, word)| word).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use crate::config::parse;

    fn changes(before: &str, after: &str) -> Vec<String> {
        let policy = |text: &str| {
            let benchmarks = ["a", "b"].map(|name| format!("[[benchmark]]\nname = \"{name}\"\ncommand = [\"x\"]\n"));
            let [a, b] = benchmarks;
            let (gate, own) = text.split_once('|').unwrap();
            parse(&format!("[gate]\n{gate}\n{b}{a}{own}")).unwrap().policy
        };
        policy(before).changes_to(&policy(after)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_change_names_its_key_whose_it_is_and_both_values() {
        let told = changes(
            "|[benchmark.metrics]\nlatency_p99.threshold = 0.05",
            "|[benchmark.metrics]\nlatency_p99.threshold = \"50%\"\nlatency_p50.gate = false",
        );
        assert_eq!(
            told,
            [
                "`gate` of `a` latency_p50: not set at the base, false in this change",
                "`threshold` of `a` latency_p99: 5 % at the base, 50 % in this change",
            ]
        );
        let told = changes("|threshold = 0.05", "alpha = 0.2\nfail_on = [\"regression\"]|allow_missing = true");
        assert_eq!(
            told,
            [
                "`alpha` of [gate]: 0.05 at the base, 0.2 in this change",
                "`fail_on` of [gate]: regression, no-baseline at the base, regression in this change",
                "`threshold` of `a`: 5 % at the base, 10 % in this change",
                "`allow_missing` of `a`: false at the base, true in this change",
            ]
        );
    }

    #[test]
    fn what_is_written_otherwise_and_holds_as_before_is_no_change() {
        assert!(
            changes("|", "threshold = \"10%\"|threshold = 0.1\n[benchmark.metrics]\naccuracy.threshold = 0.01")
                .is_empty()
        );
        assert!(changes("threshold = 0.2|", "threshold = 0.2|threshold = 0.2").is_empty());
    }

    #[test]
    fn a_benchmark_that_only_one_has_has_no_rule_that_changed() {
        let only = |name: &str, rule: &str| {
            parse(&format!("[[benchmark]]\nname = \"{name}\"\ncommand = [\"x\"]\n{rule}")).unwrap().policy
        };
        assert!(only("a", "threshold = 0.5").changes_to(&only("b", "gate = false")).is_empty());
    }
}
