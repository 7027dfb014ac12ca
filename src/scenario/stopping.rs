//! How many queries prove a percentile: MLPerf's early stopping. Pure.
//!
//! A percentile is only as good as the number of samples beyond it. Two ways to be sure of one: take as many samples as its
//! margin of error asks for, whatever they say (`queries = "mlperf"`); or count how many exceeded the bound, and be content when
//! that is few enough for the samples there are (early stopping).

use crate::config::Percentile;
use crate::stats::binomial_at_most;

/// The confidence that MLPerf asks for.
pub const CONFIDENCE: f64 = 0.99;

/// Whether `over` of `queries` beyond the bound still prove, at the given confidence, that the percentile lies within it:
/// P(Binomial(n, 1 − p) ≤ t) ≤ 1 − c.
///
/// Source: MLPerf's load generator, `early_stopping.cc`; the criterion is the lower Clopper-Pearson bound of the share within.
pub fn proves(queries: u64, over: u64, percentile: Percentile, confidence: f64) -> bool {
    if over >= queries {
        return false;
    }
    binomial_at_most(over, queries, 1.0 - percentile.share()) <= 1.0 - confidence
}

/// The smallest number of queries of which `over` may exceed the bound; see [`proves`].
pub fn queries_needed(over: u64, percentile: Percentile, confidence: f64) -> u64 {
    let holds = |queries| proves(queries, over, percentile, confidence);
    let mut high = over + 2;
    while !holds(high) {
        high *= 2;
    }
    let mut low = over + 1;
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    low
}

/// The largest number of queries that may exceed a bound so that `queries` prove it; `None` if even 0 is too many.
pub fn tolerated(queries: u64, percentile: Percentile, confidence: f64) -> Option<u64> {
    if !proves(queries, 0, percentile, confidence) {
        return None;
    }
    let (mut low, mut high) = (0, queries);
    while low + 1 < high {
        let middle = low + (high - low) / 2;
        if proves(queries, middle, percentile, confidence) { low = middle } else { high = middle }
    }
    Some(low)
}

/// The conservative percentile: the latency that is proven to hold at it. Of the ascending latencies as many as are
/// [`tolerated`] are dropped at the top, and the highest of the rest is it. `None` where there are too few to prove any.
pub fn proven_percentile(sorted: &[u64], percentile: Percentile, confidence: f64) -> Option<u64> {
    let dropped = tolerated(sorted.len() as u64, percentile, confidence)?;
    sorted.get(sorted.len().checked_sub(dropped as usize + 1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn p(share: f64) -> Percentile {
        Percentile::from_share(share).unwrap()
    }

    #[test]
    fn early_stopping_needs_as_many_queries_as_mlperfs() {
        let over = [0, 1, 2, 5, 10, 100, 1000];
        for (share, needed) in [
            (0.90, [44, 64, 81, 127, 197, 1_246, 10_722]),
            (0.95, [90, 130, 165, 259, 398, 2_504, 21_483]),
            (0.99, [459, 662, 838, 1_307, 2_010, 12_571, 107_569]),
            (0.999, [4_603, 6_636, 8_403, 13_105, 20_140, 125_826, 1_076_032]),
        ] {
            assert_eq!(over.map(|over| queries_needed(over, p(share), CONFIDENCE)), needed, "{share}");
        }
    }

    #[test]
    fn what_is_tolerated_and_what_is_needed_are_each_others_inverse() {
        for share in [0.9, 0.99] {
            for over in [0, 1, 7, 60] {
                let needed = queries_needed(over, p(share), CONFIDENCE);
                assert_eq!(tolerated(needed, p(share), CONFIDENCE), Some(over));
                assert_eq!(tolerated(needed - 1, p(share), CONFIDENCE), over.checked_sub(1));
            }
        }
    }

    #[test]
    fn the_proven_percentile_drops_what_is_tolerated_and_no_more() {
        let latencies: Vec<u64> = (1..=81).collect();
        assert_eq!(proven_percentile(&latencies, p(0.9), CONFIDENCE), Some(79), "81 queries may drop 2");
        assert_eq!(proven_percentile(&latencies[..44], p(0.9), CONFIDENCE), Some(44), "44 may drop none");
        assert_eq!(proven_percentile(&latencies[..43], p(0.9), CONFIDENCE), None);
        assert_eq!(proven_percentile(&[], p(0.9), CONFIDENCE), None);
    }
}
