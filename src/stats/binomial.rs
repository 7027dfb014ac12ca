//! How sure a share is.

use statrs::function::beta::checked_beta_reg;

use super::proportions::Counts;
use super::root::root;
use super::student;
use super::ttest::Interval;

/// The exact interval of Clopper and Pearson for the probability behind `successes` in `trials`: it contains the true one with
/// probability `confidence` or more. Both ends are in [0, 1].
///
/// `None` where there are no trials, more successes than trials, and for a confidence outside (0, 1). Error below 1e-9 up to a
/// million trials.
///
/// Source: C. Clopper, E. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial, Biometrika 26
/// (1934) 404–413.
pub fn clopper_pearson(successes: u64, trials: u64, confidence: f64) -> Option<Interval> {
    if trials == 0 || successes > trials || !(confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    Some(exact(successes as f64, trials as f64, confidence))
}

/// The interval of `k` in `n`, which need not be whole numbers.
fn exact(k: f64, n: f64, confidence: f64) -> Interval {
    let tail = 0.5 * (1.0 - confidence);
    // P(X ≥ k) = I_p(k, n − k + 1): DLMF 8.17.5. At p = k/n that is about one half, so either end lies on its side of it.
    let at_least = |p: f64| regularised(k, n - k + 1.0, p) - tail;
    let at_most = |p: f64| regularised(n - k, k + 1.0, 1.0 - p) - tail;
    let low = if k <= 0.0 { 0.0 } else { root(at_least, 0.0, k / n) };
    let high = if k >= n { 1.0 } else { root(at_most, k / n, 1.0) };
    Interval { low, high }
}

/// An interval for a share that was counted in several rounds, which may differ by more than chance: the exact interval of
/// [`clopper_pearson`] for as many trials as would be worth what there is.
///
/// How much the rounds differ shortens the trials, never lengthens them; so does that few rounds tell little of how much they
/// differ. With one round, and where there are no successes or nothing else, the trials count as they are. `None` as for
/// [`clopper_pearson`].
///
/// Source: E. Korn, B. Graubard, Confidence intervals for proportions with small expected number of positive counts estimated
/// from survey data, Survey Methodology 24 (1998) 193–201; the rounds are the clusters, and the share is a ratio estimate.
pub fn korn_graubard(rounds: &[Counts], confidence: f64) -> Option<Interval> {
    korn_graubard_of_more(rounds, 1.0, confidence)
}

/// The interval that there would be after `times` as many such rounds, if they went on as these did. `None` as for
/// [`clopper_pearson`], and for fewer rounds than these.
pub fn korn_graubard_of_more(rounds: &[Counts], times: f64, confidence: f64) -> Option<Interval> {
    if !(times >= 1.0 && times.is_finite() && confidence > 0.0 && confidence < 1.0) {
        return None;
    }
    let rounds = Clusters::of(rounds, times)?;
    let trials = rounds.worth(1.0 - confidence).unwrap_or(rounds.trials);
    // Counts as they are stay whole numbers.
    let successes = if trials == rounds.trials { times * rounds.all.successes as f64 } else { rounds.share * trials };
    Some(exact(successes, trials, confidence))
}

/// The p-value of "the share is this or more", in the sense of [`korn_graubard`]: it is below α where the upper end of the
/// interval at confidence 1 − 2α is below `share`. Above 0.49 it is no more than that: nothing speaks against it. Where rounds
/// differ, it is never below 1e-12.
///
/// `None` where there are no trials, more successes than trials, and for a share outside [0, 1].
pub fn korn_graubard_at_least(rounds: &[Counts], share: f64) -> Option<f64> {
    let rounds = Clusters::of(rounds, 1.0).filter(|_| (0.0..=1.0).contains(&share))?;
    let whole = || binomial_at_most(rounds.all.successes, rounds.all.trials, share);
    // How many trials the rounds are worth depends on how sure one wants to be.
    let at_level = |alpha: f64| match rounds.worth(2.0 * alpha) {
        None => whole(),
        Some(worth) => regularised(worth * (1.0 - rounds.share), worth * rounds.share + 1.0, 1.0 - share),
    };
    if rounds.worth(2.0 * LEAST_P).is_none() {
        return Some(whole());
    }
    let (least, most) = (LEAST_P.ln(), MOST_P.ln());
    let beyond = |level: f64| at_level(level.exp()) - level.exp();
    Some(if beyond(least) <= 0.0 {
        LEAST_P
    } else if beyond(most) >= 0.0 {
        at_level(MOST_P).min(1.0)
    } else {
        root(beyond, least, most).exp()
    })
}

/// Where a p-value ends that is found as a level.
const LEAST_P: f64 = 1e-12;

/// From here on nothing speaks against a share.
const MOST_P: f64 = 0.49;

/// Rounds as clusters of trials.
struct Clusters {
    all: Counts,
    share: f64,
    trials: f64,
    clusters: f64,
    /// What the trials would be worth if the variance between the rounds were known; infinite where they do not differ.
    by_variance: f64,
}

impl Clusters {
    /// So many times these rounds. `None` where there are no trials, and for more successes than trials.
    fn of(rounds: &[Counts], times: f64) -> Option<Self> {
        let all = rounds.iter().try_fold(Counts { successes: 0, trials: 0 }, |sum, round| {
            (round.successes <= round.trials)
                .then_some(Counts { successes: sum.successes + round.successes, trials: sum.trials + round.trials })
        })?;
        let (share, trials) = (all.share()?, times * all.trials as f64);
        let clusters = times * rounds.iter().filter(|round| round.trials > 0).count() as f64;
        let off = |round: &Counts| round.successes as f64 - share * round.trials as f64;
        let squares = rounds.iter().map(|round| off(round).powi(2)).sum::<f64>();
        let variance = clusters / (clusters - 1.0) * times * squares / (trials * trials);
        Some(Self { all, share, trials, clusters, by_variance: share * (1.0 - share) / variance })
    }

    /// As how many trials they count for an interval that misses with the probability `alpha`; `None`: as many as they are.
    fn worth(&self, alpha: f64) -> Option<f64> {
        if self.clusters < 2.0 || self.share == 0.0 || self.share == 1.0 {
            return None;
        }
        let quantiles = student::critical(alpha, self.trials - 1.0) / student::critical(alpha, self.clusters - 1.0);
        let worth = self.by_variance * quantiles * quantiles;
        (worth < self.trials).then_some(worth)
    }
}

/// The probability of at most so many successes in so many trials: P(X ≤ k) for X binomial with n and p in [0, 1]. 1 for k ≥ n;
/// NaN for a p outside.
///
/// By P(X ≤ k) = I_{1−p}(n − k, k + 1): DLMF 8.17.5.
pub fn binomial_at_most(successes: u64, trials: u64, probability: f64) -> f64 {
    if !(0.0..=1.0).contains(&probability) {
        return f64::NAN;
    }
    if successes >= trials {
        return 1.0;
    }
    regularised((trials - successes) as f64, successes as f64 + 1.0, 1.0 - probability)
}

/// The regularised incomplete beta function I_x(a, b).
fn regularised(a: f64, b: f64, x: f64) -> f64 {
    checked_beta_reg(a, b, x).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn none_and_all_have_an_open_end() {
        let none = clopper_pearson(0, 20, 0.95).unwrap();
        assert_eq!(none.low, 0.0);
        assert!((none.high - (1.0 - 0.025_f64.powf(1.0 / 20.0))).abs() < 1e-12);
        let all = clopper_pearson(20, 20, 0.95).unwrap();
        assert_eq!(all.high, 1.0);
        assert!((1.0 - all.low - none.high).abs() < 1e-12);
    }

    #[test]
    fn the_binomial_distribution_adds_up() {
        // Of 3 trials at 1/4: 27/64 with none, 27/64 with one, 9/64 with two, 1/64 with three.
        let at_most = [27.0, 54.0, 63.0, 64.0];
        for (k, expected) in at_most.into_iter().enumerate() {
            assert!((binomial_at_most(k as u64, 3, 0.25) - expected / 64.0).abs() < 1e-14);
        }
        assert_eq!((binomial_at_most(0, 9, 0.0), binomial_at_most(8, 9, 1.0)), (1.0, 0.0));
        assert!(binomial_at_most(1, 2, f64::NAN).is_nan());
    }

    #[test]
    fn rounds_that_differ_are_worth_fewer_trials() {
        let of = |counts: &[u64]| -> Vec<Counts> {
            counts.iter().map(|&successes| Counts { successes, trials: 100 }).collect()
        };
        let whole = clopper_pearson(20, 400, 0.95).unwrap();
        let alike = korn_graubard(&of(&[5, 5, 5, 5]), 0.95).unwrap();
        assert_eq!(alike, whole, "never worth more than there are");
        let apart = korn_graubard(&of(&[0, 0, 1, 19]), 0.95).unwrap();
        assert!(apart.low < whole.low && apart.high > 2.0 * whole.high, "{apart:?}");
        assert_eq!(korn_graubard(&of(&[7]), 0.95), clopper_pearson(7, 100, 0.95));
        assert_eq!(korn_graubard(&of(&[0, 0]), 0.95), clopper_pearson(0, 200, 0.95));
        assert_eq!(korn_graubard(&[], 0.95), None);
        assert_eq!(korn_graubard(&of(&[101, 0]), 0.95), None);
    }

    #[test]
    fn the_p_value_of_a_share_says_what_the_upper_end_says() {
        let of = |counts: &[u64]| -> Vec<Counts> {
            counts.iter().map(|&successes| Counts { successes, trials: 100 }).collect()
        };
        for rounds in [of(&[90, 99, 95, 97]), of(&[95, 95, 95]), of(&[99]), of(&[0, 0]), of(&[100, 99, 100, 100, 100])]
        {
            for alpha in [0.2, 0.05, 0.001] {
                let high = korn_graubard(&rounds, 1.0 - 2.0 * alpha).unwrap().high;
                let at = korn_graubard_at_least(&rounds, high).unwrap();
                assert!((at / alpha - 1.0).abs() < 1e-9 || high == 1.0, "{rounds:?}, {alpha}: {at}");
                assert!(korn_graubard_at_least(&rounds, high * 0.999).unwrap() > at);
            }
        }
        let all = of(&[100, 100]);
        assert_eq!(korn_graubard_at_least(&all, 0.999), Some(1.0), "nothing speaks against it");
        assert!(korn_graubard_at_least(&of(&[90, 99, 95]), 0.94).unwrap() >= 0.49);
        assert_eq!(korn_graubard_at_least(&of(&[0, 3, 1].repeat(20)), 0.999_999), Some(1e-12));
        assert_eq!((korn_graubard_at_least(&[], 0.5), korn_graubard_at_least(&all, 1.5)), (None, None));
    }

    #[test]
    fn what_is_no_share_has_no_interval() {
        assert_eq!(clopper_pearson(0, 0, 0.95), None);
        assert_eq!(clopper_pearson(3, 2, 0.95), None);
        assert_eq!(clopper_pearson(1, 2, 1.0), None);
        assert_eq!(clopper_pearson(1, 2, f64::NAN), None);
    }
}
