//! Why there is no test on some values.

/// Why values do not carry a test of a difference.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum Degenerate {
    /// A side has fewer than two values, so it has no variance. For trimmed tests: fewer than two are left.
    #[error("{values} where a test needs at least 2 values a side")]
    TooFewValues {
        /// The number of values there are.
        values: usize,
    },
    /// A paired test on sides of different lengths.
    #[error("{base} values of the baseline cannot be paired with {candidate} of the candidate")]
    UnequalLengths {
        /// Values of the baseline.
        base: usize,
        /// Values of the candidate.
        candidate: usize,
    },
    /// A value is NaN or infinite, or the values are so large that their spread is.
    #[error("a value is not finite, or the values are too large to compute with")]
    NotFinite,
    /// Nothing varies: the difference is exactly this one, and chance has no part in it that a test could judge.
    #[error("the values do not vary; the difference is {difference}")]
    NoVariance {
        /// Candidate minus baseline, in the unit of the values. 0 for tests on ranks.
        difference: f64,
    },
}
