//! What is known at the end of a round about what its processes have used.

use super::Spent;

/// What a round's processes have used, and what it cost to know that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// All of it, from the first process's start to the last one's end.
    pub spent: Spent,
    /// The largest memory.
    pub peak: Peak,
    /// The most threads that a look saw; `None` if there was no look.
    pub threads: Option<u32>,
    /// When the system was ready, in nanoseconds since the round began; `None` where that is another process's knowledge.
    pub ready: Option<u64>,
    /// What each look saw, in order; no more than some thousand.
    pub samples: Vec<Sample>,
    /// Who ran on when the rest was killed: they had left the process groups that perfgate started.
    pub left: Vec<Left>,
    /// What the watching cost.
    pub cost: Cost,
}

/// A process that was not killed with its group, because it had left it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Its number.
    pub pid: u32,
    /// With the number, no other process has the same.
    pub started: u64,
}

/// What a look saw of all processes together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When, in nanoseconds since the round began.
    pub at: u64,
    /// Processor time that was used up until then, in nanoseconds.
    pub time: u64,
    /// Memory, in bytes.
    pub resident: u64,
}

/// The largest memory of a round's processes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Peak {
    /// It was this much.
    Known(u64),
    /// It was at most this much, which is what perfgate itself has: the system does not tell them apart.
    Below(u64),
    /// The system does not tell.
    Unknown,
}

/// What the watching of a round cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cost {
    /// Processor time of all looks, in nanoseconds.
    pub time: u64,
    /// That of the thread that looks while the system works, in nanoseconds: the others are before and after.
    pub meanwhile: u64,
    /// From the beginning to the end of the watching, in nanoseconds.
    pub span: u64,
    /// How many looks there were.
    pub looks: u32,
    /// The longest time without one, in nanoseconds; `None` where nothing looks in between.
    pub longest_gap: Option<u64>,
}
