//! Statistics: tests, intervals, effect sizes, corrections for several tests, power; outliers, trends,
//! memory and changes of level in a series.
//!
//! Pure functions on slices of numbers. Nothing here knows what a benchmark, a metric or a verdict is; nothing reads a file or
//! a clock. In every comparison of two sides the baseline comes first, and a difference is candidate minus baseline.
//!
//! Degenerate input is normal input: each function says what it does with too few values, values without variance, and
//! numbers that are not finite. The tests say so with [`Degenerate`]; the descriptive functions say so with NaN or `None`.
//!
//! All of it agrees with SciPy and statsmodels to 1e-9 on the cases of `fixtures/stats/`, which `fixtures/stats/generate.py`
//! writes.

mod always_valid;
mod always_valid_t;
mod autocorrelation;
mod binomial;
mod change_points;
mod degenerate;
mod descriptive;
mod effect;
mod fences;
mod mann_whitney;
mod moments;
mod multiplicity;
pub mod normal;
mod power;
mod proportions;
mod ranking;
mod root;
mod signed_rank;
mod spending;
pub mod student;
mod successive;
mod sum;
mod trend;
mod trimmed;
mod ttest;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod reference;

pub use always_valid::{AlwaysValid, drawn_with_share, sample_ratio};
pub use always_valid_t::AlwaysValidT;
pub use autocorrelation::{PooledAutocorrelation, autocorrelation, pooled_autocorrelation};
pub use binomial::{binomial_at_most, clopper_pearson, korn_graubard, korn_graubard_at_least, korn_graubard_of_more};
pub use change_points::{ChangePoint, Search, change_points};
pub use degenerate::Degenerate;
pub use descriptive::{
    coefficient_of_variation, median, percentile_occurred, quantile_type7, standard_deviation, variance,
};
pub use effect::{cohens_d, cohens_dz, hedges_g};
pub use fences::{Fences, tukey_fences};
pub use mann_whitney::{MannWhitney, mann_whitney_u};
pub use multiplicity::{benjamini_hochberg, holm};
pub use power::{minimum_detectable_difference, pairs_needed, replicates_needed};
pub use proportions::{Counts, binomial_two_sided, fisher_exact, newcombe, wilson};
pub use ranking::NullDistribution;
pub use signed_rank::{SignedRank, wilcoxon_signed_rank};
pub use spending::{share_of_last_look, share_of_look};
pub use successive::{Spread, no_narrower_than, predicted, successive_spread};
pub use sum::mean;
pub use trend::{MannKendall, mann_kendall, theil_sen};
pub use trimmed::{Trim, middle_pairs, trimmed_dz, trimmed_mean, yuen_paired, yuen_welch};
pub use ttest::{Interval, TTest, one_sample, paired, pooled, welch};
