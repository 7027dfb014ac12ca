//! Two shares against each other: errors of two variants, arrivals at two variants.
//!
//! Here: intervals that hold for small counts and for shares near 0 and 1, and exact tests. Not here: one share with an interval
//! of its own (`binomial`).

use super::normal;
use super::ttest::Interval;

/// How often something happened, of how often it could have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// How often it happened; at most `trials`.
    pub successes: u64,
    /// How often it could have.
    pub trials: u64,
}

impl Counts {
    /// The share; `None` where there were no trials, or fewer than successes.
    pub fn share(self) -> Option<f64> {
        (self.trials > 0 && self.successes <= self.trials).then(|| self.successes as f64 / self.trials as f64)
    }
}

/// Wilson's score interval for the probability behind `successes` in `trials`: about `confidence`, on average over the true
/// probabilities, and never outside [0, 1].
///
/// `None` where there are no trials, more successes than trials, and for a confidence outside (0, 1).
///
/// Source: E. Wilson, Probable inference, the law of succession, and statistical inference, Journal of the American Statistical
/// Association 22 (1927) 209–212.
pub fn wilson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    let p = Counts { successes, trials }.share()?;
    let z = normal::critical(1.0 - confidence).filter(|_| confidence > 0.0)?;
    let n = trials as f64;
    let z2 = z * z;
    let middle = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt() / (1.0 + z2 / n);
    // At an end the two terms are equal, and their difference should not be a rounding error.
    let low = if successes == 0 { 0.0 } else { middle - half };
    let high = if successes == trials { 1.0 } else { middle + half };
    Some(Interval { low, high })
}

/// An interval for the difference of two probabilities, that of `b` minus that of `a`: both Wilson intervals, squared and
/// added.
///
/// `None` as for [`wilson`].
///
/// Source: R. Newcombe, Interval estimation for the difference between independent proportions: comparison of eleven methods,
/// Statistics in Medicine 17 (1998) 873–890, method 10.
pub fn newcombe(a: Counts, b: Counts, confidence: f64) -> Option<Interval> {
    let (p, q) = (a.share()?, b.share()?);
    let of_a = wilson(a.successes, a.trials, confidence)?;
    let of_b = wilson(b.successes, b.trials, confidence)?;
    Some(Interval {
        low: q - p - (q - of_b.low).hypot(of_a.high - p),
        high: q - p + (of_b.high - q).hypot(p - of_a.low),
    })
}

/// Fisher's exact test of "both have the same probability": the probability of counts that are as likely as these or less,
/// given how many successes there are in all. `None` where a side has no trials, or fewer than successes.
///
/// Takes time in proportion to the number of successes or failures in all, whichever is less. Relative error below 1e-9 down
/// to 1e-300.
///
/// Source: R. Fisher, The logic of inductive inference, Journal of the Royal Statistical Society 98 (1935) 39–82; two-sided
/// by the size of the probabilities, as in R and SciPy.
pub fn fisher_exact(a: Counts, b: Counts) -> Option<f64> {
    a.share()?;
    b.share()?;
    let successes = a.successes + b.successes;
    let (least, most) = (successes.saturating_sub(b.trials), successes.min(a.trials));
    let (n, m, k) = (a.trials as f64, b.trials as f64, successes as f64);
    // Of k successes, x are in a: P(x + 1) / P(x).
    let step = |x: f64| (n - x) * (k - x) / ((x + 1.0) * (m - k + x + 1.0));
    let mode = ((k + 1.0) * (n + 1.0) / (n + m + 2.0)).floor() as u64;
    Some(as_unlikely(least, most, mode.clamp(least, most), a.successes, step))
}

/// The exact test of "the probability is this": the probability of counts that are as likely as this one or less. NaN for a
/// probability outside [0, 1], no trials, or fewer than successes.
pub fn binomial_two_sided(successes: u64, trials: u64, probability: f64) -> f64 {
    let (n, p) = (trials as f64, probability);
    if !(0.0..=1.0).contains(&p) || trials == 0 || successes > trials {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        let certain = if p == 0.0 { 0 } else { trials };
        return if successes == certain { 1.0 } else { 0.0 };
    }
    let odds = p / (1.0 - p);
    let step = |x: f64| (n - x) / (x + 1.0) * odds;
    let mode = ((n + 1.0) * p).floor() as u64;
    as_unlikely(0, trials, mode.min(trials), successes, step)
}

/// Probabilities this much larger still count as equal: they differ by rounding. As in R and SciPy.
const EQUAL: f64 = 1.0 + 1e-7;

/// The probability of all x between `least` and `most` that are as likely as `observed` or less, for a distribution with one
/// mode, of which `step` says P(x + 1) / P(x). Sums go outwards from the mode, where the largest terms are, until nothing is
/// added any more.
fn as_unlikely(least: u64, most: u64, mode: u64, observed: u64, step: impl Fn(f64) -> f64) -> f64 {
    let up = |from: u64, weight: f64| {
        std::iter::successors(Some((from, weight)), |&(x, weight)| {
            let next = weight * step(x as f64);
            (x < most && next > 0.0).then(|| (x + 1, next))
        })
    };
    let down = |from: u64, weight: f64| {
        std::iter::successors(Some((from, weight)), |&(x, weight)| {
            let below = x.checked_sub(1).filter(|&below| below >= least)?;
            let next = weight / step(below as f64);
            (next > 0.0).then_some((below, next))
        })
    };
    let weight_of = |(_, weight): (u64, f64)| weight;
    // Below and above the mode, the mode itself once.
    let weights = || up(mode, 1.0).chain(down(mode, 1.0).skip(1));
    let limit = weights().find(|&(x, _)| x == observed).map_or(0.0, weight_of) * EQUAL;
    let all: f64 = weights().map(weight_of).sum();
    let unlikely: f64 = weights().map(weight_of).filter(|&weight| weight <= limit).sum();
    (unlikely / all).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(successes: u64, trials: u64) -> Counts {
        Counts { successes, trials }
    }

    #[test]
    fn newcombes_own_example() {
        // 56 of 70 and 48 of 80: his table II, method 10.
        let interval = newcombe(of(48, 80), of(56, 70), 0.95).unwrap();
        assert!((interval.low - 0.0524).abs() < 5e-5 && (interval.high - 0.3339).abs() < 5e-5, "{interval:?}");
        let none = newcombe(of(0, 10), of(0, 20), 0.95).unwrap();
        assert!(none.contains(0.0) && none.low > -1.0 && none.high < 1.0);
    }

    #[test]
    fn the_lady_tasting_tea() {
        // All 4 of 4 right: one way in 70, and one that is as unlikely.
        assert!((fisher_exact(of(4, 4), of(0, 4)).unwrap() - 2.0 / 70.0).abs() < 1e-15);
        assert!((fisher_exact(of(3, 4), of(1, 4)).unwrap() - 34.0 / 70.0).abs() < 1e-15);
        assert_eq!(fisher_exact(of(0, 5), of(0, 9)), Some(1.0));
    }

    #[test]
    fn the_exact_tests_do_not_care_which_side_is_which() {
        let p = fisher_exact(of(3, 900), of(14, 1000)).unwrap();
        for other in [
            fisher_exact(of(14, 1000), of(3, 900)),
            fisher_exact(of(897, 900), of(986, 1000)),
            fisher_exact(of(986, 1000), of(897, 900)),
        ] {
            assert!((other.unwrap() / p - 1.0).abs() < 1e-10);
        }
        assert!((binomial_two_sided(3, 10, 0.2) - binomial_two_sided(7, 10, 0.8)).abs() < 1e-14);
    }

    #[test]
    fn a_split_that_is_off_by_two_in_a_hundred_is_seen_in_ten_thousand() {
        assert!(binomial_two_sided(5_200, 10_000, 0.5) < 1e-4);
        assert!(binomial_two_sided(52, 100, 0.5) > 0.7);
        assert_eq!(binomial_two_sided(5_000, 10_000, 0.5), 1.0);
        assert_eq!((binomial_two_sided(0, 9, 0.0), binomial_two_sided(1, 9, 0.0)), (1.0, 0.0));
    }

    #[test]
    fn what_is_no_count_has_no_answer() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(1, 2, 1.0), None);
        assert_eq!(wilson(1, 2, 0.0), None);
        assert_eq!(newcombe(of(3, 2), of(1, 2), 0.95), None);
        assert_eq!(fisher_exact(of(0, 0), of(1, 2)), None);
        assert!(binomial_two_sided(3, 2, 0.5).is_nan());
    }
}
