//! The rules of the gate as numbers: threshold, error rate, what makes a check fail, and which row has which.
//!
//! Here: checked types that cannot hold an impossible value. Not here: how they are spelled in the file (`values`), how
//! they are applied (`gate`).

mod changes;

pub use changes::RuleChange;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use super::{Benchmark, Objective};

/// A change up to this size does not matter. Relative (0.1 is 10 %) for every metric but `error_rate`, where it is the
/// difference of the two rates, because a rate that was 0 has no relative change: see [`Yardstick`](super::Yardstick).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Threshold(f64);

/// A number that cannot be the threshold, alpha or percentile it was given as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{expected}, not `{found}`")]
pub struct InvalidFraction {
    found: String,
    expected: &'static str,
}

impl InvalidFraction {
    pub(super) fn new(found: impl Into<String>, expected: &'static str) -> Self {
        Self { found: found.into(), expected }
    }
}

impl Threshold {
    const EXPECTED: &'static str = "a threshold is a share from 0 to 1 such as 0.1, or a percentage such as 10%";

    /// From a share: 0.1 is 10 %. Refuses negative numbers, NaN, and shares above 1: whoever writes 10 means 10 %.
    pub fn from_share(share: f64) -> Result<Self, InvalidFraction> {
        if (0.0..=1.0).contains(&share) {
            // -0 lies in the range too; its sign would show.
            Ok(Self(share.abs()))
        } else {
            Err(InvalidFraction::new(share.to_string(), Self::EXPECTED))
        }
    }

    /// From a share in a document: as a percentage it may have been above 100. Refuses negative and infinite numbers and NaN.
    pub fn from_any_share(share: f64) -> Result<Self, InvalidFraction> {
        if share.is_finite() && share >= 0.0 {
            Ok(Self(share.abs()))
        } else {
            Err(InvalidFraction::new(share.to_string(), "a threshold is a share from 0 on such as 0.1"))
        }
    }

    /// The share: 0.1 for 10 %.
    pub fn share(self) -> f64 {
        self.0
    }

    /// The share times 100, without needless digits.
    pub(super) fn percent(self) -> f64 {
        (self.0 * 100.0 * 1000.0).round() / 1000.0
    }
}

impl FromStr for Threshold {
    type Err = InvalidFraction;

    /// Reads `0.1` or `10%`; a percentage may exceed 100.
    fn from_str(text: &str) -> Result<Self, InvalidFraction> {
        let invalid = || InvalidFraction::new(text, Self::EXPECTED);
        match text.trim().strip_suffix('%') {
            Some(percent) => {
                let percent: f64 = percent.trim_end().parse().map_err(|_| invalid())?;
                if percent.is_finite() && percent >= 0.0 { Ok(Self(percent.abs() / 100.0)) } else { Err(invalid()) }
            }
            None => Self::from_share(text.trim().parse().map_err(|_| invalid())?).map_err(|_| invalid()),
        }
    }
}

impl fmt::Display for Threshold {
    /// As a percentage without needless digits: `10 %`, `2.5 %`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} %", self.percent())
    }
}

/// The share of checks of unchanged code that may turn red: over all rows of a check together.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Alpha(f64);

impl Alpha {
    const EXPECTED: &'static str =
        "alpha is an error rate above 0 and below 0.5 such as 0.05, or a percentage such as 5%";

    /// From a share: 0.05 is 5 %.
    pub fn from_share(share: f64) -> Result<Self, InvalidFraction> {
        if share > 0.0 && share < 0.5 {
            Ok(Self(share))
        } else {
            Err(InvalidFraction::new(share.to_string(), Self::EXPECTED))
        }
    }

    /// The share: 0.05 for 5 %.
    pub fn share(self) -> f64 {
        self.0
    }
}

impl FromStr for Alpha {
    type Err = InvalidFraction;

    /// Reads `0.05` or `5%`.
    fn from_str(text: &str) -> Result<Self, InvalidFraction> {
        let invalid = || InvalidFraction::new(text, Self::EXPECTED);
        let (number, scale) = match text.trim().strip_suffix('%') {
            Some(percent) => (percent.trim_end(), 0.01),
            None => (text.trim(), 1.0),
        };
        let value: f64 = number.parse().map_err(|_| invalid())?;
        Self::from_share(value * scale).map_err(|_| invalid())
    }
}

/// What turns a check red besides a failure to measure, which always does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FailOn {
    /// A regression: exit status 1.
    pub regression: bool,
    /// A row that could not be decided: exit status 5.
    pub inconclusive: bool,
    /// A check in which nothing could be compared: exit status 3.
    pub no_baseline: bool,
}

impl Default for FailOn {
    /// A gate fails closed: a regression is red, and so is a check that looked at nothing.
    fn default() -> Self {
        Self { regression: true, inconclusive: false, no_baseline: true }
    }
}

impl FailOn {
    const WORDS: [&'static str; 3] = ["regression", "inconclusive", "no-baseline"];

    /// Nothing yet; what it becomes must have `regression`.
    pub(super) fn none() -> Self {
        Self { regression: false, inconclusive: false, no_baseline: false }
    }

    /// Adds what a word names; the words that name something if this one does not.
    pub(super) fn add(&mut self, word: &str) -> Result<(), [&'static str; 3]> {
        match word {
            "regression" => self.regression = true,
            "inconclusive" => self.inconclusive = true,
            "no-baseline" => self.no_baseline = true,
            _ => return Err(Self::WORDS),
        }
        Ok(())
    }
}

impl FromStr for FailOn {
    type Err = String;

    /// Reads a list such as `regression,inconclusive`.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut chosen = Self::none();
        for word in text.split(',').map(str::trim) {
            chosen
                .add(word)
                .map_err(|known| format!("`{word}` is none of {} (separated by commas)", known.join(", ")))?;
        }
        if !chosen.regression {
            return Err("`regression` must be in the list: a gate that ignores regressions is no gate".to_owned());
        }
        Ok(chosen)
    }
}

/// The rules that may be set at any level: for the whole check, for a benchmark, for a metric. `None`: not set here.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Overrides {
    /// The smallest change that matters.
    pub threshold: Option<Threshold>,
    /// A row is red only if its adjusted p-value is below this.
    pub alpha: Option<Alpha>,
    /// Whether the metric is judged at all.
    pub gate: Option<bool>,
}

/// The rules of one benchmark.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BenchmarkPolicy {
    /// For all its metrics.
    pub all: Overrides,
    /// For single metrics, by name.
    pub metrics: BTreeMap<String, Overrides>,
    /// Its service-level objectives.
    pub objectives: Vec<Objective>,
    /// Whether the benchmark may be absent from a run though the baseline has it.
    pub allow_missing: Option<bool>,
}

/// The rules of a whole check.
#[derive(Debug, Clone, PartialEq)]
pub struct GatePolicy {
    /// The smallest change that matters.
    pub threshold: Threshold,
    /// Error rate over the whole check.
    pub alpha: Alpha,
    /// What turns the check red.
    pub fail_on: FailOn,
    /// Whether a benchmark of the baseline may be absent from the run.
    pub allow_missing: bool,
    /// Rules of single benchmarks, by name.
    pub benchmarks: BTreeMap<String, BenchmarkPolicy>,
}

impl Default for GatePolicy {
    fn default() -> Self {
        Self {
            threshold: Threshold(0.10),
            alpha: Alpha(0.05),
            fail_on: FailOn::default(),
            allow_missing: false,
            benchmarks: BTreeMap::new(),
        }
    }
}

/// The rules that hold for one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RowPolicy {
    /// The smallest change that matters.
    pub threshold: Threshold,
    /// The row is red only if its adjusted p-value is below this.
    pub alpha: Alpha,
    /// What the configuration says about judging the row; `None` leaves it to the metric.
    pub gate: Option<bool>,
}

/// Metrics for which 10 % would be absurd bring a threshold of their own, which only a rule for the benchmark's metric
/// replaces: an accuracy that falls from 97 % to 88 % is no small change, however large a latency may be called small. And
/// what is counted has no noise that would hide a small change.
pub fn default_threshold(metric: &str) -> Option<Threshold> {
    matches!(metric, "accuracy" | "error_rate" | "instructions").then_some(Threshold(0.01))
}

impl GatePolicy {
    /// The rules for one row: the metric's own, else the metric's default, else the benchmark's, else the check's.
    pub fn for_row(&self, benchmark: &str, metric: &str) -> RowPolicy {
        let of_benchmark = self.benchmarks.get(benchmark);
        let all = of_benchmark.map(|policy| policy.all).unwrap_or_default();
        let own = of_benchmark.and_then(|policy| policy.metrics.get(metric)).copied().unwrap_or_default();
        RowPolicy {
            threshold: own.threshold.or_else(|| default_threshold(metric)).or(all.threshold).unwrap_or(self.threshold),
            alpha: own.alpha.or(all.alpha).unwrap_or(self.alpha),
            gate: own.gate.or(all.gate),
        }
    }

    /// These rules, and those of `other` for benchmarks that have none here.
    #[must_use]
    pub fn with_new_benchmarks(mut self, other: &Self) -> Self {
        for (name, rules) in &other.benchmarks {
            if !self.benchmarks.contains_key(name) {
                let rules = BenchmarkPolicy { allow_missing: None, ..rules.clone() };
                self.benchmarks.insert(name.clone(), rules);
            }
        }
        self
    }

    /// These rules, without leave for any benchmark to be absent.
    #[must_use]
    pub fn without_missing(&self) -> Self {
        let mut rules = Self { allow_missing: false, ..self.clone() };
        rules.benchmarks.values_mut().for_each(|own| own.allow_missing = None);
        rules
    }

    /// The benchmark, with the objectives that these rules have for it besides its own: a change may add to them, and takes none
    /// away.
    #[must_use]
    pub fn with_objectives(&self, benchmark: &Benchmark) -> Benchmark {
        let mut whole = benchmark.clone();
        let ruled = self.benchmarks.get(&benchmark.name).map(|policy| policy.objectives.as_slice()).unwrap_or_default();
        whole.objectives.extend(ruled.iter().filter(|objective| !benchmark.objectives.contains(objective)));
        whole
    }

    /// Whether this benchmark may be absent from a run though the baseline has it.
    pub fn may_be_missing(&self, benchmark: &str) -> bool {
        self.benchmarks.get(benchmark).and_then(|policy| policy.allow_missing).unwrap_or(self.allow_missing)
    }
}
