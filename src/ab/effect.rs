//! The effect of B: how the mean of something that each query has differs from A's, and how sure that is.
//!
//! Of latencies it is the mean of the logarithms: latencies have long tails, of which a mean follows the few slowest, and people
//! think of speed in factors. Of errors it is the share of failed queries. Why not the spread of single queries: queries that follow
//! each other wait for each other, and two starts of one program differ. So what counts as independent is a round, which is a fresh
//! start of both systems; and where keys are assigned, a key.

use std::collections::BTreeMap;

use super::book::{Book, Entry, logarithm};
use super::{Arm, Both};
use crate::stats::{AlwaysValidT, Interval};

/// B's mean minus A's.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effect {
    /// The estimate.
    pub estimate: f64,
    /// The part of its variance that more rounds make smaller.
    by_rounds: f64,
    /// The part that only more keys would make smaller.
    by_keys: f64,
    /// Rounds so far.
    rounds: u64,
    /// Keys of the arm that has fewer, where keys are assigned.
    keys: Option<u64>,
}

/// Below this a difference of means is rounding: of logarithms the clock's nanosecond is more, of shares one query.
const ROUNDING: f64 = 1e-12;

impl Effect {
    /// The effect on the logarithms of the latencies in nanoseconds, of answered queries.
    pub fn on_latency(book: &Book, by_key: bool) -> Option<Self> {
        Self::of(book, by_key, |entry| entry.latency.map(logarithm))
    }

    /// The effect on the share of failed queries, of all.
    pub fn on_errors(book: &Book, by_key: bool) -> Option<Self> {
        Self::of(book, by_key, |entry| Some(f64::from(u8::from(entry.latency.is_none()))))
    }

    /// The effect on this value of each query; a query without one does not count. `None` where an arm has no query that does.
    ///
    /// Each query pulls the estimate by its deviation from its arm's mean over the number of the arm's queries that count. The variance is
    /// the sum of the squares of what independent groups pull together: rounds; and where keys are assigned, rounds and keys
    /// less what both have in common.
    ///
    /// Source: A. Cameron, J. Gelbach, D. Miller, Robust inference with multiway clustering, Journal of Business & Economic
    /// Statistics 29 (2011) 238–249.
    fn of(book: &Book, by_key: bool, value: impl Fn(&Entry) -> Option<f64>) -> Option<Self> {
        let counting = Both::each(|arm| book.entries(arm).filter_map(&value).count() as f64);
        let means = Both::each(|arm| book.entries(arm).filter_map(&value).sum::<f64>() / counting.of(arm));
        if counting.iter().any(|&counting| counting == 0.0) {
            return None;
        }
        let mut keys: Both<BTreeMap<u32, f64>> = Both::default();
        let (mut of_rounds, mut of_cells, mut rounds) = (0.0, 0.0, 0_u64);
        for round in book.rounds() {
            let mut pull = 0.0;
            let mut any = false;
            for arm in Arm::ALL {
                let sign = if arm == Arm::B { 1.0 } else { -1.0 };
                let mut cells: BTreeMap<u32, f64> = BTreeMap::new();
                let mut own = 0.0;
                for entry in round.of(arm) {
                    let Some(value) = value(entry) else { continue };
                    let pulled = sign * (value - means.of(arm)) / counting.of(arm);
                    own += pulled;
                    any = true;
                    if by_key {
                        *cells.entry(entry.key).or_default() += pulled;
                    }
                }
                pull += own;
                of_cells += cells.values().map(|cell| cell * cell).sum::<f64>();
                for (key, cell) in cells {
                    *keys.of_mut(arm).entry(key).or_default() += cell;
                }
            }
            of_rounds += pull * pull;
            rounds += u64::from(any);
        }
        let by_rounds = corrected(of_rounds, rounds);
        let by_keys: f64 =
            keys.iter().map(|keys| corrected(keys.values().map(|key| key * key).sum(), keys.len() as u64)).sum();
        let fewest = keys.iter().map(|keys| keys.len() as u64).min().unwrap_or(0);
        let estimate = means.b - means.a;
        Some(Self {
            estimate: if estimate.abs() < ROUNDING { 0.0 } else { estimate },
            by_rounds,
            by_keys: if by_key { (by_keys - of_cells).max(0.0) } else { 0.0 },
            rounds,
            keys: by_key.then_some(fewest),
        })
    }

    /// The standard error with so many rounds; NaN where too little is known.
    fn standard_error(&self, rounds: u64) -> f64 {
        let of_rounds = self.by_rounds * self.rounds as f64 / rounds as f64;
        let error = (of_rounds + self.by_keys).sqrt();
        if error < ROUNDING { 0.0 } else { error }
    }

    /// How many values a test may count with so many rounds.
    fn values(&self, rounds: u64) -> u64 {
        self.keys.map_or(rounds, |keys| keys.min(rounds))
    }

    /// The p-value of "no effect", valid at every look.
    pub fn p_value(&self, test: &AlwaysValidT) -> f64 {
        test.p_value(self.estimate, self.standard_error(self.rounds), self.values(self.rounds))
    }

    /// The interval of the effect, valid at every look.
    pub fn interval(&self, test: &AlwaysValidT) -> Interval {
        test.interval(self.estimate, self.standard_error(self.rounds), self.values(self.rounds))
    }

    /// With how many rounds the interval would be this wide on either side if the spread stays as it is; `None` where no number
    /// of rounds up to `most` does it.
    pub fn rounds_for(&self, test: &AlwaysValidT, half_width: f64, most: u64) -> Option<u64> {
        let suffices = |rounds: u64| test.half_width(self.standard_error(rounds), self.values(rounds)) <= half_width;
        let mut enough = (self.rounds + 1).max(2);
        while !suffices(enough) {
            // Nobody plans so far ahead to the round.
            enough += enough.div_ceil(50);
            if enough > most {
                return None;
            }
        }
        Some(enough)
    }
}

/// The sum of squares of so many groups, corrected for the mean that they share.
fn corrected(squares: f64, groups: u64) -> f64 {
    if groups < 2 { f64::NAN } else { squares * groups as f64 / (groups - 1) as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::arms::Answers;

    fn book(rounds: &[[&[(u32, u64)]; 2]]) -> Book {
        let mut book = Book::default();
        for [a, b] in rounds {
            let keys = Both { a, b }.map(|side| side.iter().map(|(key, _)| *key).collect());
            let latencies = |side: &[(u32, u64)]| side.iter().map(|(_, latency)| Some(*latency)).collect();
            let answers = Both { a, b }.map(|side| Answers { latencies: latencies(side), ..Answers::default() });
            book.enter(&keys, &answers);
        }
        book
    }

    #[test]
    fn the_effect_is_the_ratio_of_the_geometric_means_and_its_error_that_of_the_rounds() {
        let book = book(&[
            [&[(0, 100), (0, 400)], &[(0, 400), (0, 400)]],
            [&[(0, 100), (0, 100)], &[(0, 400), (0, 400)]],
            [&[(0, 100), (0, 100)], &[(0, 1600), (0, 400)]],
        ]);
        let effect = Effect::on_latency(&book, false).unwrap();
        // In units of ln 2 the rounds differ by 1, 2 and 3: mean 2, standard error 1/√3.
        let unit = 2.0_f64.ln();
        assert!((effect.estimate - 2.0 * unit).abs() < 1e-12);
        assert!((effect.standard_error(3) - unit / 3.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!((effect.values(3), effect.rounds), (3, 3));
    }

    #[test]
    fn keys_that_differ_make_the_effect_uncertain_however_many_queries_they_have() {
        // Two keys an arm, one slow and one fast, always the same in each round: rounds do not differ at all.
        let round: [&[(u32, u64)]; 2] = [&[(1, 100), (2, 400)], &[(3, 100), (4, 400)]];
        let book = book(&[round; 8]);
        let queries = Effect::on_latency(&book, false).unwrap();
        assert_eq!(queries.standard_error(8), 0.0);
        let keys = Effect::on_latency(&book, true).unwrap();
        // Each arm is a mean of two keys that lie 2 ln 2 apart: variance of a mean (ln 2)², of the difference twice that; less
        // what single cells make of it.
        let unit = 2.0_f64.ln();
        assert!(keys.standard_error(8) > unit, "{}", keys.standard_error(8));
        assert!(keys.standard_error(1_000_000) > unit, "more queries of the same keys say nothing new");
        assert_eq!(keys.values(8), 2);
    }

    #[test]
    fn equal_arms_without_any_spread_have_no_effect() {
        let round: [&[(u32, u64)]; 2] = [&[(0, 123), (0, 123), (0, 123)], &[(0, 123)]];
        let effect = Effect::on_latency(&book(&[round; 5]), false).unwrap();
        let test = AlwaysValidT::tuned_for(5, 0.05).unwrap();
        assert_eq!((effect.estimate, effect.p_value(&test)), (0.0, 1.0));
    }

    #[test]
    fn one_round_says_nothing_and_an_arm_without_answers_has_no_effect() {
        let effect = Effect::on_latency(&book(&[[&[(0, 100)], &[(0, 900)]]]), false).unwrap();
        let test = AlwaysValidT::tuned_for(5, 0.05).unwrap();
        assert_eq!(effect.p_value(&test), 1.0);
        assert!(!effect.interval(&test).high.is_finite());
        assert_eq!(Effect::on_latency(&book(&[[&[(0, 100)], &[]]]), false), None);
    }

    #[test]
    fn more_rounds_narrow_the_interval_to_what_is_wanted() {
        let book = book(&[
            [&[(0, 100)], &[(0, 110)]],
            [&[(0, 100)], &[(0, 90)]],
            [&[(0, 100)], &[(0, 120)]],
            [&[(0, 100)], &[(0, 100)]],
        ]);
        let effect = Effect::on_latency(&book, false).unwrap();
        let test = AlwaysValidT::tuned_for(10, 0.05).unwrap();
        let needed = effect.rounds_for(&test, 0.05, 100_000).unwrap();
        let width = |rounds| test.half_width(effect.standard_error(rounds), rounds);
        assert!(needed > 4 && width(needed) <= 0.05 && width(needed * 9 / 10) > 0.05, "{needed}");
        assert_eq!(effect.rounds_for(&test, 1e-6, 1000), None);
    }
}
