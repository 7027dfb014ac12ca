//! The judgement: from two results to rows and a verdict. Pure.
//!
//! Here: which rows there are (`pairing`), what one row says (`judge`), what earlier sessions say about it
//! (`history`), which regressions are accepted (`accepted`), service-level objectives (`objectives`), what all
//! rows say together (`verdict`), what they rest on (`measured`). Not here:
//! formulas (`stats`), measuring (`measure`), words and colours (`render`).

mod accepted;
mod confirmation;
mod counts;
mod evidence;
mod history;
mod interim;
mod judge;
mod looks;
mod measured;
mod objectives;
mod pairing;
mod remarks;
mod scale;
mod verdict;
mod words;

pub use accepted::{Acceptance, Entry, accept, covering, newly_accepted};
pub use confirmation::{confirm, unsettled};
pub use evidence::TRIMMED;
pub use history::{History, warn_of_little_history};
pub use judge::POWER;
pub use looks::{Looks, regressed, undecided};
pub use measured::Pair;
pub use objectives::{ObjectiveEvidence, ObjectiveRow};
pub use pairing::compare;
pub use remarks::{Remark, Remarks, Side};
pub use verdict::{ExitStatus, Verdict, exit_status, verdict};

use std::time::Duration;

use crate::config::{Alpha, Threshold, Yardstick};
use crate::result::{CommitId, Direction, Environment, Failure, RunResult, Unit, Warning};
use crate::stats::Spread;

/// Two results held against each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// What the check as a whole says.
    pub verdict: Verdict,
    /// The exit status that goes with it.
    pub exit_status: ExitStatus,
    /// Where the baseline comes from.
    pub base: Origin,
    /// Where the candidate comes from.
    pub candidate: Origin,
    /// How the two sides were measured and compared.
    pub method: Method,
    /// Error rate over all rows together.
    pub alpha: Alpha,
    /// One row per benchmark and metric, worst first.
    pub rows: Vec<Row>,
    /// What the reader should know about the comparison as a whole.
    pub warnings: Vec<Warning>,
    /// What the measurements of its benchmarks were warned of.
    pub remarks: Remarks,
    /// What the rows rest on: the benchmarks of the rows, as far as they were measured, each at the place of its first row.
    pub measured: Vec<Pair>,
}

/// How the two sides of a comparison were measured: it decides the test, and how far a verdict can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Method {
    /// The candidate was measured now, the baseline in an earlier session: Welch's t. Differences between sessions of a
    /// shared machine look like differences between revisions.
    StoredBaseline,
    /// Two things measured before, independently: Welch's t.
    #[default]
    Independent,
    /// As `StoredBaseline`, and what that left open was measured side by side: paired t for those rows.
    Confirmed,
    /// Both revisions were measured now, in alternating rounds: paired t.
    SideBySide,
    /// Two things measured before, of which round *i* ran side by side: paired t.
    Paired,
}

impl Method {
    /// Whether the candidate was measured now, by `check`.
    pub fn is_check(self) -> bool {
        match self {
            Self::StoredBaseline | Self::Confirmed | Self::SideBySide => true,
            Self::Independent | Self::Paired => false,
        }
    }

    /// Whether round *i* of one side belongs to round *i* of the other.
    pub fn is_paired(self) -> bool {
        match self {
            Self::SideBySide | Self::Paired => true,
            Self::StoredBaseline | Self::Independent | Self::Confirmed => false,
        }
    }
}

/// Which revision and machine one side of a comparison was measured on.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Origin {
    /// What people call it: a file's name, a branch; `None` if only the commit is known.
    pub label: Option<String>,
    /// The commit, where there is one.
    pub commit: Option<CommitId>,
    /// Of a trial merge of a change into its base, the change's own commit, which is the one that people know.
    pub head: Option<CommitId>,
    /// Whether tracked files differed from the commit.
    pub dirty: bool,
    /// The machine, where it is known.
    pub environment: Option<Environment>,
}

impl Origin {
    /// The origin of a result.
    pub fn of(result: &RunResult, label: Option<String>) -> Self {
        let RunResult { commit, dirty, environment, .. } = result;
        Self { label, commit: commit.clone(), head: None, dirty: *dirty, environment: environment.clone() }
    }
}

/// One benchmark's metric on both sides, and what the gate says about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The benchmark's name.
    pub benchmark: String,
    /// The metric's name; `None` where the whole benchmark is concerned (it failed or is missing).
    pub metric: Option<String>,
    /// The verdict, with the numbers that belong to it.
    pub finding: Finding,
    /// One sentence: why this verdict.
    pub reason: String,
    /// Whether a stored baseline left the row open, so that it was measured again side by side.
    pub confirmed: bool,
}

impl Row {
    /// What the gate decided about a row that was compared; `None` for a regression that is accepted.
    pub fn decision(&self) -> Option<Decision> {
        match &self.finding {
            Finding::Compared(compared) => Some(compared.decision),
            Finding::Objective(row) => row.decision(),
            _ => None,
        }
    }

    /// What the row's change is held against its threshold by. Of an objective it is how far a share is below another.
    pub fn yardstick(&self) -> Yardstick {
        match (&self.finding, &self.metric) {
            (Finding::Objective(_), _) => Yardstick::Points,
            (_, Some(metric)) => Yardstick::of(metric),
            (_, None) => Yardstick::Relative,
        }
    }

    /// Whether the row's change is the difference of two rates.
    pub fn is_in_points(&self) -> bool {
        self.yardstick() == Yardstick::Points
    }

    /// What a row about a service-level objective says.
    pub fn objective(&self) -> Option<&ObjectiveRow> {
        if let Finding::Objective(row) = &self.finding { Some(row) } else { None }
    }

    /// The numbers of a row that was compared.
    pub fn compared(&self) -> Option<&Compared> {
        match &self.finding {
            Finding::Compared(compared) | Finding::Accepted(compared, _) => Some(compared),
            Finding::Objective(_)
            | Finding::NoBaseline(_)
            | Finding::Missing { .. }
            | Finding::Incomparable
            | Finding::Failed
            | Finding::NotReached => None,
        }
    }
}

/// What a row says. Each kind carries the numbers that exist for it, and no others.
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Both sides were measured and compared.
    Compared(Box<Compared>),
    /// The same, and a regression that is accepted: it fails nothing.
    Accepted(Box<Compared>, Box<Acceptance>),
    /// A service-level objective, which the candidate meets or not, whatever the baseline is.
    Objective(Box<ObjectiveRow>),
    /// Only the candidate has it: new.
    NoBaseline(Option<OneSide>),
    /// Only the baseline has it: it silently stopped being measured. `allowed` if the base's configuration permits it.
    Missing {
        /// The baseline's value, where the row is about a metric.
        baseline: Option<OneSide>,
        /// Whether the configuration at the base revision permits the absence.
        allowed: bool,
    },
    /// Both have it, but they cannot be held against each other.
    Incomparable,
    /// The candidate could not be measured.
    Failed,
    /// The time was over before it was measured.
    NotReached,
}

/// One side's value of a metric.
#[derive(Debug, Clone, PartialEq)]
pub struct OneSide {
    /// What the value counts.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The value over all rounds.
    pub value: f64,
    /// How many rounds it was measured in.
    pub rounds: usize,
}

/// The numbers of a row that was compared.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// What was decided.
    pub decision: Decision,
    /// What the values count.
    pub unit: Unit,
    /// Which way is better.
    pub direction: Direction,
    /// The baseline's location over its rounds, in `unit`.
    pub baseline: f64,
    /// The candidate's location over its rounds, in `unit`.
    pub candidate: f64,
    /// Candidate over baseline minus 1; `None` if the baseline is 0 and the candidate is not.
    pub change: Option<f64>,
    /// What was tested and what came out.
    pub evidence: Evidence,
    /// The smallest change that matters.
    pub threshold: Threshold,
    /// Rounds of the baseline and of the candidate.
    pub rounds: [usize; 2],
}

impl Compared {
    /// Whether both sides have the same value, and nothing varies.
    pub fn is_equal(&self) -> bool {
        self.evidence == Evidence::Exact && self.baseline == self.candidate
    }

    /// The change as it is held against the threshold. `None` where it would be relative to a baseline of 0.
    pub fn change_by(&self, yardstick: Yardstick) -> Option<f64> {
        match yardstick {
            Yardstick::Relative => self.change,
            Yardstick::Points => Some(self.candidate - self.baseline),
        }
    }
}

/// The four answers for a row that was compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Worse, beyond chance and beyond the threshold.
    Regression,
    /// Better, beyond chance and beyond the threshold.
    Improvement,
    /// A worsening beyond the threshold is ruled out.
    Unchanged,
    /// Neither shown nor ruled out.
    Inconclusive,
}

/// What a row's decision rests on.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A t-test.
    Tested(Tested),
    /// Neither side varies at all: the two numbers were compared as they are.
    Exact,
    /// Too few rounds for a test.
    TooFewRounds,
}

/// The outcome of a row's test.
#[derive(Debug, Clone, PartialEq)]
pub struct Tested {
    /// Which test.
    pub test: Test,
    /// Interval of the change, relative, at confidence 1 − alpha over all looks together; `None` where the change is.
    pub interval: Option<[f64; 2]>,
    /// The same interval as a difference of the two values; only for rates of failure, which are judged by it.
    pub difference: Option<[f64; 2]>,
    /// Two-sided p-value of "no change".
    pub p_value: f64,
    /// The same over all looks so far, after Holm over all rows of the check.
    pub p_adjusted: f64,
    /// After how many looks at the growing number of rounds this was decided; 1 where there was only one.
    pub look: u32,
    /// The share of alpha that this look could spend; 1 where there was only one.
    pub share: f64,
    /// By the test: Hedges' g of independent sides, d_z of pairs, the robust d_z of trimmed pairs, or the difference in standard
    /// deviations of a session. `None` if a standard deviation of 0 leaves it undefined.
    pub effect_size: Option<f64>,
    /// Smallest worsening that this many rounds find with probability 0.8, on the scale of the threshold: relative, or, for
    /// rates of failure, the difference.
    pub minimum_detectable_change: Option<f64>,
    /// Rounds per side that would resolve the threshold, if that is a number worth naming.
    pub rounds_needed: Option<u64>,
    /// What the rounds that are still lacking for that would take, where both sides are measured in turn.
    pub time_needed: Option<Duration>,
    /// What is known of how sessions of the machine differ.
    pub past: Past,
}

/// What the recorded sessions of a benchmark say about how much a session differs from another of the same code.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Past {
    /// Nobody asked: the two sides were measured side by side, or apart from any history; or sessions do not vary.
    #[default]
    NotAsked,
    /// Too few to say.
    TooShort {
        /// How many there are.
        sessions: usize,
    },
    /// The spread of a session's value, on the scale of the test: the row was judged by it.
    Known(Spread),
}

/// The tests that the gate uses, with the scale on which the values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Test {
    /// Welch's t on the logarithms of the round values.
    WelchLog,
    /// Welch's t on the round values themselves (zeros or negative values occur).
    WelchLinear,
    /// Paired t on the logarithms of the round values.
    PairedLog,
    /// Paired t on the round values themselves.
    PairedLinear,
    /// Paired t on the logarithms of the round values, without the 15 % of the pairs that differ most to either side (Yuen).
    PairedTrimmedLog,
    /// The same on the round values themselves.
    PairedTrimmedLinear,
    /// The candidate's session by the spread of the recorded ones: t on the means of the logarithms, one value a session.
    SessionLog,
    /// The same on the means of the round values themselves.
    SessionLinear,
}

/// What the gate needs to know about a comparison besides the two results.
#[derive(Debug, Clone, Default)]
pub struct Setting {
    /// Benchmarks of the candidate that could not be measured.
    pub failures: Vec<Failure>,
    /// Benchmarks that were to be measured, and were not because the time was over.
    pub not_reached: Vec<String>,
    /// Benchmarks that could not be measured when the base was.
    pub base_failures: Vec<Failure>,
    /// Benchmarks for which no time was left when the base was measured.
    pub base_not_reached: Vec<String>,
    /// How the two sides were measured.
    pub method: Method,
    /// Only these benchmarks were asked for; `None` means all.
    pub selected: Option<Vec<String>>,
    /// What to call the baseline.
    pub base_label: Option<String>,
    /// What to call the candidate.
    pub candidate_label: Option<String>,
    /// The change's own commit, if the candidate is a trial merge of it into its base.
    pub candidate_head: Option<CommitId>,
    /// Warnings about the comparison that its caller already knows.
    pub warnings: Vec<Warning>,
    /// What was recorded before, if the baseline is a stored one; `None`: not asked for.
    pub history: Option<History>,
}
