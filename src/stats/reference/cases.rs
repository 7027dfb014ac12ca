//! What `fixtures/stats/reference.json` holds.

use serde::Deserialize;

#[derive(Deserialize)]
pub struct Reference {
    pub descriptive: Vec<Description>,
    pub independent: Vec<Independent>,
    pub paired: Vec<Paired>,
    pub one_sample: Vec<OneSample>,
    pub yuen_welch: Vec<Trimmed>,
    pub yuen_paired: Vec<Trimmed>,
    pub constant: Vec<Constant>,
    pub signed_rank: Vec<Ranked>,
    pub mann_whitney: Vec<Ranked>,
    pub t_tails: Vec<Tail>,
    pub t_quantiles: Vec<Quantile>,
    pub corrections: Vec<Correction>,
    pub detectable: Vec<Detectable>,
    pub replicates: Vec<Replicates>,
    pub proportions: Vec<Proportion>,
    pub fences: Vec<Fenced>,
    pub autocorrelations: Vec<Autocorrelated>,
    pub pooled_autocorrelations: Vec<PooledSeries>,
    pub trends: Vec<Trend>,
    pub predicted: Vec<Predicted>,
    pub two_shares: Vec<TwoShares>,
    pub splits: Vec<Split>,
    pub shares_of_rounds: Vec<ShareOfRounds>,
    pub always_valid: Vec<Mixture>,
}

#[derive(Deserialize)]
pub struct Sides {
    pub name: String,
    pub base: Vec<f64>,
    pub candidate: Vec<f64>,
}

#[derive(Deserialize)]
pub struct ExpectedTest {
    pub statistic: f64,
    pub df: f64,
    pub p: f64,
    pub estimate: f64,
    pub standard_error: f64,
    pub intervals: Vec<[f64; 3]>,
}

#[derive(Deserialize)]
pub struct Description {
    pub name: String,
    pub values: Vec<f64>,
    pub mean: f64,
    pub variance: f64,
    pub standard_deviation: f64,
    pub coefficient_of_variation: f64,
    pub median: f64,
    pub shares: Vec<f64>,
    pub quantiles_type7: Vec<f64>,
    pub percentiles_occurred: Vec<f64>,
}

#[derive(Deserialize)]
pub struct Independent {
    #[serde(flatten)]
    pub sides: Sides,
    pub welch: ExpectedTest,
    pub pooled: ExpectedTest,
    pub cohens_d: f64,
    pub hedges_g: f64,
}

#[derive(Deserialize)]
pub struct Paired {
    #[serde(flatten)]
    pub sides: Sides,
    pub test: ExpectedTest,
    pub cohens_dz: f64,
}

#[derive(Deserialize)]
pub struct OneSample {
    pub name: String,
    pub values: Vec<f64>,
    pub expected: f64,
    pub test: ExpectedTest,
}

#[derive(Deserialize)]
pub struct Trimmed {
    #[serde(flatten)]
    pub sides: Sides,
    pub tests: Vec<AtTrim>,
}

#[derive(Deserialize)]
pub struct AtTrim {
    pub trim: f64,
    pub test: ExpectedTest,
    /// Of pairs.
    pub effect: Option<f64>,
}

#[derive(Deserialize)]
pub struct Constant {
    #[serde(flatten)]
    pub sides: Sides,
    pub difference: f64,
}

#[derive(Deserialize)]
pub struct Ranked {
    #[serde(flatten)]
    pub sides: Sides,
    pub statistic: f64,
    pub p: f64,
    pub exact: bool,
}

#[derive(Deserialize)]
pub struct Tail {
    pub t: f64,
    pub df: f64,
    pub two_sided_p: f64,
}

#[derive(Deserialize)]
pub struct Quantile {
    pub p: f64,
    pub df: f64,
    pub t: f64,
}

#[derive(Deserialize)]
pub struct Correction {
    pub p_values: Vec<f64>,
    pub holm: Vec<f64>,
    pub benjamini_hochberg: Vec<f64>,
}

#[derive(Deserialize)]
pub struct Detectable {
    pub standard_error: f64,
    pub df: f64,
    pub alpha: f64,
    pub power: f64,
    pub difference: f64,
}

#[derive(Deserialize)]
pub struct Replicates {
    pub variances: Vec<f64>,
    pub difference: f64,
    pub alpha: f64,
    pub power: f64,
    pub n: u64,
}

#[derive(Deserialize)]
pub struct Proportion {
    pub successes: u64,
    pub trials: u64,
    pub confidence: f64,
    pub low: f64,
    pub high: f64,
}

#[derive(Deserialize)]
pub struct Fenced {
    pub name: String,
    pub values: Vec<f64>,
    pub inner: [f64; 2],
    pub outer: [f64; 2],
}

#[derive(Deserialize)]
pub struct Autocorrelated {
    pub name: String,
    pub values: Vec<f64>,
    pub lags: Vec<usize>,
    pub expected: Vec<f64>,
}

#[derive(Deserialize)]
pub struct PooledSeries {
    pub name: String,
    pub series: Vec<Vec<f64>>,
    pub value: f64,
    pub expected: f64,
    pub standard_error: f64,
}

#[derive(Deserialize)]
pub struct Trend {
    pub name: String,
    pub values: Vec<f64>,
    pub statistic: f64,
    pub p: f64,
    pub exact: bool,
    pub slope: f64,
}

#[derive(Deserialize)]
pub struct Predicted {
    pub name: String,
    pub groups: Vec<Vec<f64>>,
    pub value: f64,
    pub lasting: usize,
    pub standard_deviation: f64,
    pub df: f64,
    pub test: ExpectedTest,
}

pub fn reference() -> Reference {
    serde_json::from_str(include_str!("../../../fixtures/stats/reference.json")).unwrap()
}

#[derive(Deserialize)]
pub struct TwoShares {
    pub a: (u64, u64),
    pub b: (u64, u64),
    pub confidence: f64,
    pub wilson_of_a: [f64; 2],
    pub newcombe: [f64; 2],
    pub fisher: f64,
}

#[derive(Deserialize)]
pub struct Split {
    pub successes: u64,
    pub trials: u64,
    pub share: f64,
    pub two_sided_p: f64,
    pub always_valid_p: f64,
}

#[derive(Deserialize)]
pub struct ShareOfRounds {
    pub rounds: Vec<(u64, u64)>,
    pub confidence: f64,
    pub low: f64,
    pub high: f64,
    pub share: f64,
    pub at_least_p: f64,
}

#[derive(Deserialize)]
pub struct Mixture {
    pub estimate: f64,
    pub standard_error: f64,
    pub tuned_for: f64,
    pub alpha: f64,
    pub p_value: f64,
    pub half_width: f64,
}
