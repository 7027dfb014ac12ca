//! Shares and percentiles of each arm, and how they differ: errors, right answers, tails.
//!
//! Intervals know that queries of one round, or of one key, are more alike than others.

use std::collections::BTreeMap;

use super::book::{Book, Entry};
use super::{Arm, Both};
use crate::stats::{Counts, Interval, clopper_pearson, newcombe, percentile_occurred, student, wilson};

/// How often something is so among the queries of an arm, grouped by what may be alike.
pub struct Grouped {
    by_round: Vec<Counts>,
    by_key: Vec<Counts>,
}

impl Grouped {
    /// Counts the queries of an arm: `hit` says whether it is so, or that the query does not count.
    pub fn of(book: &Book, arm: Arm, by_key: bool, hit: impl Fn(&Entry) -> Option<bool>) -> Self {
        let mut by_round = Vec::with_capacity(book.rounds().len());
        let mut keys: BTreeMap<u32, Counts> = BTreeMap::new();
        for round in book.rounds() {
            let mut own = Counts { successes: 0, trials: 0 };
            for entry in round.of(arm) {
                let Some(hit) = hit(entry) else { continue };
                add(&mut own, hit);
                if by_key {
                    add(keys.entry(entry.key).or_insert(Counts { successes: 0, trials: 0 }), hit);
                }
            }
            by_round.push(own);
        }
        Self { by_round, by_key: keys.into_values().collect() }
    }

    /// The share; `None` where nothing counts.
    pub fn share(&self) -> Option<f64> {
        self.all().share()
    }

    fn all(&self) -> Counts {
        let sum = |of: fn(&Counts) -> u64| self.by_round.iter().map(of).sum();
        Counts { successes: sum(|own| own.successes), trials: sum(|own| own.trials) }
    }

    /// The interval of the share, by the score. Of one round, which is one start of the system, it is everything: how much
    /// starts differ, one does not say.
    pub fn interval(&self, confidence: f64) -> Option<Interval> {
        let worth = self.worth(confidence);
        let known = wilson(worth.successes, worth.trials, confidence)?;
        Some(if self.rounds() < 2 { Interval { low: 0.0, high: 1.0 } } else { known })
    }

    /// Rounds in which anything counts.
    fn rounds(&self) -> usize {
        self.by_round.iter().filter(|round| round.trials > 0).count()
    }

    /// As few queries as would be worth as much as these, if none were more alike than others: the counts over the design effect,
    /// which is how many times as much groups differ as chance would have it, and more if few groups tell little of that. Never
    /// more than there are.
    ///
    /// Source: L. Kish, Survey Sampling (1965), 5.4 and 8.2; for few groups E. Korn, B. Graubard, Confidence intervals for
    /// proportions with small expected number of positive counts estimated from survey data, Survey Methodology 24 (1998) 193–201.
    fn worth(&self, confidence: f64) -> Counts {
        let all = self.all();
        let rarer = all.successes.min(all.trials - all.successes);
        let of = |groups| design_effect(groups, all, confidence);
        let effect = of(&self.by_round).max(of(&self.by_key));
        if rarer == 0 || effect <= 1.0 {
            return all;
        }
        let kept = (rarer as f64 / effect).round().max(1.0);
        let trials = (kept * all.trials as f64 / rarer as f64).round().max(kept) as u64;
        let kept = kept as u64;
        Counts { successes: if rarer == all.successes { kept } else { trials - kept }, trials }
    }
}

/// How many times as large the variance of a share is as that of independent trials, by how much groups differ, at this confidence;
/// 1 where that cannot be told.
fn design_effect(groups: &[Counts], all: Counts, confidence: f64) -> f64 {
    let count = groups.iter().filter(|group| group.trials > 0).count() as f64;
    let (Some(p), n) = (all.share(), all.trials as f64) else { return 1.0 };
    if count < 2.0 || p <= 0.0 || p >= 1.0 {
        return 1.0;
    }
    let off = |group: &Counts| (group.successes as f64 - p * group.trials as f64).powi(2);
    let differ = count / (count - 1.0) * groups.iter().map(off).sum::<f64>() / (n * p * (1.0 - p));
    let critical = |df: f64| student::critical(1.0 - confidence, df);
    differ * (critical(count - 1.0) / critical(n - 1.0)).powi(2)
}

fn add(counts: &mut Counts, hit: bool) {
    counts.trials += 1;
    counts.successes += u64::from(hit);
}

/// Whether a query failed.
pub fn failed(entry: &Entry) -> Option<bool> {
    Some(entry.latency.is_none())
}

/// The difference of two estimates with an interval each, B's minus A's: what either may be off by, squared and added.
///
/// Source: R. Newcombe, Interval estimation for the difference between independent proportions, Statistics in Medicine 17 (1998)
/// 873–890, method 10; for estimates of any kind G. Zou, A. Donner, Construction of confidence limits about effect measures,
/// Statistics in Medicine 27 (2008) 1693–1702.
pub fn difference(estimates: Both<f64>, intervals: Both<Interval>) -> Interval {
    let Both { a, b } = estimates;
    let between = b - a;
    Interval {
        low: between - (b - intervals.b.low).hypot(intervals.a.high - a),
        high: between + (intervals.b.high - b).hypot(a - intervals.a.low),
    }
}

/// A percentile of an arm's latencies, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The value, which occurred.
    pub value: f64,
    /// Values that occurred, between which the true one lies. The upper end is infinite, or the lower end 0, where it may lie
    /// beyond all that occurred; both with one round, which is one start of the system.
    pub interval: Interval,
}

impl Quantile {
    /// The percentile of an arm whose latencies are `sorted`; `None` for no latencies.
    ///
    /// The interval of the share of latencies below the value becomes one of ranks, so nothing is assumed of how latencies are
    /// distributed. Source: R. Woodruff, Confidence intervals for medians and other position measures, Journal of the American
    /// Statistical Association 47 (1952) 635–646.
    pub fn of(book: &Book, arm: Arm, by_key: bool, sorted: &[u64], share: f64, confidence: f64) -> Option<Self> {
        let value = percentile_occurred(sorted, share)?;
        let below = Grouped::of(book, arm, by_key, |entry| entry.latency.map(|latency| latency < value));
        let found = below.share()?;
        let worth = below.worth(confidence);
        let interval = clopper_pearson(worth.successes, worth.trials, confidence)?;
        if below.rounds() < 2 {
            return Some(Self { value: value as f64, interval: Interval { low: 0.0, high: f64::INFINITY } });
        }
        let rank = |at: f64| at * sorted.len() as f64;
        let (low, high) = (rank(share - (found - interval.low)), rank(share + (interval.high - found)));
        let lower = if low < 1.0 { 0.0 } else { at(sorted, low.floor() - 1.0) };
        let upper = if high.ceil() >= sorted.len() as f64 { f64::INFINITY } else { at(sorted, high.ceil()) };
        Some(Self { value: value as f64, interval: Interval { low: lower, high: upper } })
    }
}

fn at(sorted: &[u64], rank: f64) -> f64 {
    sorted.get(rank as usize).map_or(f64::INFINITY, |&latency| latency as f64)
}

/// Right answers of both arms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accuracy {
    /// Of each arm, over the samples that it was asked about, each once.
    pub counts: Both<Counts>,
    /// Samples of both, by who was right, if most samples were asked of both.
    paired: Option<Paired>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Paired {
    both: u64,
    only_a: u64,
    only_b: u64,
    neither: u64,
}

impl Accuracy {
    /// What the verdicts of both arms come to; `None` where an arm has none.
    pub fn of(book: &Book) -> Option<Self> {
        let counts = Both::each(|arm| {
            let verdicts = book.verdicts(arm);
            let right = verdicts.values().filter(|&&right| right).count() as u64;
            Counts { successes: right, trials: verdicts.len() as u64 }
        });
        let fewest = counts.a.trials.min(counts.b.trials);
        if fewest == 0 {
            return None;
        }
        let mut paired = Paired::default();
        for (sample, a) in book.verdicts(Arm::A) {
            match (a, book.verdicts(Arm::B).get(sample)) {
                (_, None) => {}
                (true, Some(true)) => paired.both += 1,
                (true, Some(false)) => paired.only_a += 1,
                (false, Some(true)) => paired.only_b += 1,
                (false, Some(false)) => paired.neither += 1,
            }
        }
        Some(Self { counts, paired: (2 * paired.all() > fewest).then_some(paired) })
    }

    /// How right the answers of both arms are, and B's share minus A's: of the samples that both were asked about where those are
    /// most samples, else of two independent sets.
    pub fn compared(&self, confidence: f64) -> Option<RightAnswers> {
        match self.paired {
            Some(paired) => paired.compared(confidence),
            None => {
                let Both { a, b } = self.counts;
                let values = Both { a: a.share()?, b: b.share()? };
                let interval = newcombe(a, b, confidence)?;
                Some(RightAnswers { values, change: values.b - values.a, interval, pairs: None })
            }
        }
    }
}

/// How right the answers of both arms are: values and difference of the same samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RightAnswers {
    /// The share of right answers of each arm.
    pub values: Both<f64>,
    /// B's minus A's.
    pub change: f64,
    /// Of the change.
    pub interval: Interval,
    /// How many samples these are, where both arms were asked about them.
    pub pairs: Option<u64>,
}

impl RightAnswers {
    /// Whether they differ beyond chance.
    pub fn differs(&self) -> bool {
        !self.interval.contains(0.0)
    }

    /// The arm with more right answers, beyond chance.
    pub(super) fn better(&self) -> Option<Arm> {
        self.differs().then_some(if self.change > 0.0 { Arm::B } else { Arm::A })
    }
}

impl Paired {
    fn all(self) -> u64 {
        self.both + self.only_a + self.only_b + self.neither
    }

    /// Source: R. Newcombe, Improved confidence intervals for the difference between binomial proportions based on paired data,
    /// Statistics in Medicine 17 (1998) 2635–2650, method 10.
    fn compared(self, confidence: f64) -> Option<RightAnswers> {
        let all = self.all();
        let right = Both { a: self.both + self.only_a, b: self.both + self.only_b };
        let share = right.map(|right| right as f64 / all as f64);
        let limits = right.map(|right| wilson(right, all, confidence).ok_or(())).all().ok()?;
        let [both, only_a, only_b, neither, n] =
            [self.both, self.only_a, self.only_b, self.neither, all].map(|count| count as f64);
        let product = (both + only_a) * (only_b + neither) * (both + only_b) * (only_a + neither);
        let agreement = both * neither - only_a * only_b;
        let agreement = if agreement > 0.0 { (agreement - 0.5 * n).max(0.0) } else { agreement };
        let correlation = if product > 0.0 { agreement / product.sqrt() } else { 0.0 };
        let together = |x: f64, y: f64| (x * x - 2.0 * correlation * x * y + y * y).max(0.0).sqrt();
        let between = share.b - share.a;
        let interval = Interval {
            low: between - together(share.b - limits.b.low, limits.a.high - share.a),
            high: between + together(limits.b.high - share.b, share.a - limits.a.low),
        };
        Some(RightAnswers { values: share, change: between, interval, pairs: Some(all) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::arms::Answers;

    fn rounds(of_a: &[Vec<Option<u64>>]) -> Book {
        let mut book = Book::default();
        for latencies in of_a {
            let keys = Both { a: (0..latencies.len() as u32).collect(), b: Vec::new() };
            let a = Answers { latencies: latencies.clone(), ..Answers::default() };
            book.enter(&keys, &Both { a, b: Answers::default() });
        }
        book
    }

    #[test]
    fn the_error_rate_divides_by_all_queries() {
        let book =
            rounds(&[vec![Some(1), None, Some(1), None, Some(1)], vec![Some(1), Some(1), None, Some(1), Some(1)]]);
        assert_eq!(book.failures(Arm::A), Counts { successes: 3, trials: 10 });
        let rate = Grouped::of(&book, Arm::A, false, failed);
        assert_eq!(rate.share(), Some(0.3));
        assert!(rate.interval(0.95).unwrap().contains(0.3));
    }

    #[test]
    fn failures_that_come_in_one_round_say_less() {
        let round = |failed: usize| (0..100).map(|query| (query >= failed).then_some(5)).collect::<Vec<_>>();
        let width = |rounds_of: &[usize]| {
            let book = rounds(&rounds_of.iter().map(|&failed| round(failed)).collect::<Vec<_>>());
            let interval = Grouped::of(&book, Arm::A, false, failed).interval(0.95).unwrap();
            interval.high - interval.low
        };
        assert!(width(&[0, 0, 0, 20]) > 2.0 * width(&[5, 5, 5, 5]));
    }

    #[test]
    fn keys_that_always_fail_say_less_than_failures_anywhere() {
        // Key 0 fails in every round, the others never.
        let round: Vec<Option<u64>> = (0..10).map(|key| (key > 0).then_some(5)).collect();
        let book = rounds(&vec![round; 20]);
        let width = |by_key: bool| {
            let interval = Grouped::of(&book, Arm::A, by_key, failed).interval(0.95).unwrap();
            interval.high - interval.low
        };
        assert!(width(true) > 2.0 * width(false), "{} {}", width(true), width(false));
    }

    #[test]
    fn a_percentile_is_one_of_sorted_latencies_and_its_interval_are_ranks() {
        // A hundred rounds that are as alike as can be.
        let latencies = |round: u64| (0..10).rev().map(|step| Some(100 * step + round)).collect();
        let book = rounds(&(1..=100).map(latencies).collect::<Vec<_>>());
        let sorted = book.sorted(Arm::A);
        let of = |share: f64| Quantile::of(&book, Arm::A, false, &sorted, share, 0.95).unwrap();
        let p95 = of(0.95);
        assert_eq!(p95.value, 951.0);
        // The exact binomial interval of 950 in 1000 is 93.46 % to 96.27 %.
        assert!((932.0..937.0).contains(&p95.interval.low) && (962.0..967.0).contains(&p95.interval.high), "{p95:?}");
        assert_eq!(of(0.999).interval.high, f64::INFINITY, "nothing that occurred is surely beyond it");
    }

    #[test]
    fn one_start_says_nothing_of_others_and_two_say_little() {
        let round =
            |slow: bool| -> Vec<Option<u64>> { (1..=500).map(|n| Some(if slow { n + 500 } else { n })).collect() };
        let of = |book: &Book| {
            let share =
                Grouped::of(book, Arm::A, false, |entry| Some(entry.latency > Some(500))).interval(0.95).unwrap();
            (share, Quantile::of(book, Arm::A, false, &book.sorted(Arm::A), 0.5, 0.95).unwrap().interval)
        };
        let (share, median) = of(&rounds(&[round(true)]));
        assert_eq!((share, median), (Interval { low: 0.0, high: 1.0 }, Interval { low: 0.0, high: f64::INFINITY }));
        let (share, median) = of(&rounds(&[round(true), round(false)]));
        assert!(share.low < 0.1 && share.high > 0.9, "{share:?}");
        assert!(median.low < 20.0 && median.high > 980.0, "nearly all that occurred: {median:?}");
        let many: Vec<_> = (0..40).map(|number| round(number % 2 == 0)).collect();
        let (share, median) = of(&rounds(&many));
        assert!((0.3..0.4).contains(&share.low) && (0.6..0.7).contains(&share.high), "{share:?}");
        assert!(median.low > 300.0 && median.high < 700.0, "{median:?}");
    }

    #[test]
    fn two_differences_square_and_add() {
        let of = |low, high| Interval { low, high };
        let interval = difference(Both { a: 1.0, b: 3.0 }, Both { a: of(0.7, 1.4), b: of(2.7, 3.4) });
        assert!((interval.low - (2.0 - 0.5)).abs() < 1e-12 && (interval.high - (2.0 + 0.5)).abs() < 1e-12);
    }

    #[test]
    fn newcombes_example_of_paired_shares() {
        // His table III, first example: 36 of both, 12 and 2 of one only, 0 of neither; method 10 gives 0.0569 to 0.3404.
        let paired = Paired { both: 36, only_a: 2, only_b: 12, neither: 0 };
        let RightAnswers { values, change, interval, pairs } = paired.compared(0.95).unwrap();
        assert!((change - 0.2).abs() < 1e-12);
        assert_eq!((values, pairs), (Both { a: 38.0 / 50.0, b: 48.0 / 50.0 }, Some(50)));
        assert!((interval.low - 0.0569).abs() < 5e-5 && (interval.high - 0.3404).abs() < 5e-5, "{interval:?}");
    }
}
