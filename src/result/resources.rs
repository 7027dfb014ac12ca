//! What the processes of a system under test used, besides the metrics: how it went over time, what could not be known, and what
//! it cost to know the rest.
//!
//! Here: the data. Not here: how it is read from the system (`monitor`, `usage`), how it is made (`scenario::resources`).

use super::course::spread;

/// A course has no more rounds.
pub const MOST_WATCHED_ROUNDS: usize = 8;

/// A round's course has no more windows.
pub const MOST_USE_WINDOWS: usize = 32;

/// What is known of the processes of a system under test, besides metrics.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Resources {
    /// What could not be known in every round.
    pub unavailable: Vec<Unavailable>,
    /// What it cost to know the rest; `None` where nothing could be known.
    pub watching: Option<Watching>,
    /// How latency goes along with it; empty where too little is known.
    pub with_latency: Vec<Association>,
    /// How it went over time, in some of a session's rounds, evenly spread, at most [`MOST_WATCHED_ROUNDS`]; empty where nobody
    /// looked, and for a baseline that was stored.
    pub course: Vec<RoundUse>,
}

impl Resources {
    /// The same with so many rounds of the course at most, evenly spread.
    #[must_use]
    pub fn with_rounds(&self, most: usize) -> Self {
        let kept = spread(self.course.len(), most).into_iter();
        Self { course: kept.filter_map(|place| self.course.get(place).cloned()).collect(), ..self.clone() }
    }
}

/// Metrics that could not be known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unavailable {
    /// Their names.
    pub metrics: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
}

/// What the watching of all rounds cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watching {
    /// Processor time of all looks, in nanoseconds.
    pub cpu_time: u64,
    /// The part of a processor that was used for it while the system worked.
    pub share: f64,
    /// How many looks there were.
    pub looks: u64,
    /// The longest time without one, in nanoseconds; `None` where nobody looked while the system worked.
    pub longest_gap: Option<u64>,
}

/// How latency goes along with something that the processes use, within rounds. That two things go along does not say that one
/// of them is the reason.
#[derive(Debug, Clone, PartialEq)]
pub struct Association {
    /// `processors` or `rss`.
    pub with: String,
    /// Kendall's rank correlation over the moments of a round, from −1 to 1: the mean over the rounds.
    pub correlation: f64,
    /// Rounds that it was found in.
    pub rounds: usize,
    /// Whether the rounds' correlations lie about 0: Wilcoxon's signed-rank test, two-sided.
    pub p_value: f64,
}

/// What the processes used over the time of one round.
#[derive(Debug, Clone, PartialEq)]
pub struct RoundUse {
    /// Which round of the session, counted from 0.
    pub round: usize,
    /// When the system was ready for queries, in nanoseconds since the round began; `None` where that is not known.
    pub ready: Option<u64>,
    /// One after the other from the round's beginning, at most [`MOST_USE_WINDOWS`].
    pub windows: Vec<UseWindow>,
}

/// What all processes used together in a part of a round.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UseWindow {
    /// When it ends, in nanoseconds since the round began; it begins where the one before it ends.
    pub until: u64,
    /// Processors that were busy with it, on average: 1.5 are 150 %.
    pub processors: f64,
    /// The most memory that a look saw, in bytes.
    pub resident: u64,
}
