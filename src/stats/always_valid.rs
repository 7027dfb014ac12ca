//! Looking as often as one likes: tests and intervals that hold at every look, however many there are and whenever one stops.
//!
//! They rest on a martingale: under the null hypothesis its value is 1 on average, so by Ville's inequality it ever exceeds
//! 1/alpha with a probability of alpha at most. Here: the difference of two means, and the share of a split. Not here: a rule for
//! few looks at small samples (`spending`), which knows Student's t.

use statrs::function::beta::checked_ln_beta;

use super::proportions::Counts;
use super::ttest::Interval;

/// A normal mixture over the effects that there could be: the mixture sequential probability ratio test. It takes the
/// estimate for normal with a known standard error, so it is for hundreds of values and more.
///
/// Sources: R. Johari, P. Koomen, L. Pekelis, D. Walsh, Always valid inference, Operations Research 70 (2022) 1806–1821;
/// I. Waudby-Smith, D. Arbour, R. Sinha, E. Kennedy, A. Ramdas, Time-uniform central limit theory and asymptotic confidence
/// sequences, Annals of Statistics 52 (2024) 2613–2640.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlwaysValid {
    /// The precision of the mixture: one over its variance.
    precision: f64,
    alpha: f64,
}

impl AlwaysValid {
    /// With the narrowest intervals where the standard error is about this. `None` unless it is positive and finite, and alpha
    /// lies in (0, 1).
    ///
    /// The precision is that of the second source's equation for the best mixture at a given time.
    pub fn tuned_for(standard_error: f64, alpha: f64) -> Option<Self> {
        let information = standard_error.powi(-2);
        let usable = information > 0.0 && information.is_finite() && alpha > 0.0 && alpha < 1.0;
        let spread = -2.0 * alpha.ln();
        usable.then(|| Self { precision: information / (spread + (spread + 1.0).ln()), alpha })
    }

    /// The p-value of "no effect" now; the least of all looks so far is valid, too. 1 where the standard error is no
    /// positive number.
    pub fn p_value(&self, estimate: f64, standard_error: f64) -> f64 {
        let information = standard_error.powi(-2);
        if !(information > 0.0 && information.is_finite() && estimate.is_finite()) {
            return 1.0;
        }
        let together = information + self.precision;
        let evidence = 0.5 * (self.precision / together).ln() + 0.5 * (information * estimate).powi(2) / together;
        (-evidence).exp().min(1.0)
    }

    /// The interval of the effect at confidence 1 − alpha over all looks together; infinite where the standard error is no
    /// positive number.
    pub fn interval(&self, estimate: f64, standard_error: f64) -> Interval {
        let half = self.half_width(standard_error);
        Interval { low: estimate - half, high: estimate + half }
    }

    /// Half of the interval's width.
    pub fn half_width(&self, standard_error: f64) -> f64 {
        let information = standard_error.powi(-2);
        if !(information > 0.0 && information.is_finite()) {
            return f64::INFINITY;
        }
        let together = information + self.precision;
        (together * (together / (self.precision * self.alpha * self.alpha)).ln()).sqrt() / information
    }
}

/// The mixture over the shares that a broken split could have has as much weight as so many trials: its standard deviation
/// is a twentieth where the share is a half.
const WEIGHT: f64 = 100.0;

/// The p-value, valid at every look, of "each trial was a success with the probability `share`": whether traffic was split as
/// it should have been. NaN for a share outside (0, 1), and for more successes than trials; 1 without trials.
pub fn sample_ratio(of: Counts, share: f64) -> f64 {
    drawn_with_share(of, share, WEIGHT)
}

/// The same, for a mixture over shares around this one that has as much weight as so many trials (positive): the fewer, the
/// sooner a share is found that is far off, and the later one that is near.
///
/// Source: M. Lindon, A. Malek, Anytime-valid inference for multinomial count data, Advances in Neural Information Processing
/// Systems 35 (2022); with two outcomes the mixture is a beta distribution.
pub fn drawn_with_share(of: Counts, share: f64, weight: f64) -> f64 {
    if !(share > 0.0 && share < 1.0) || of.successes > of.trials {
        return f64::NAN;
    }
    let (k, rest) = (of.successes as f64, (of.trials - of.successes) as f64);
    let (a, b) = (weight * share, weight * (1.0 - share));
    let ln_beta = |a, b| checked_ln_beta(a, b).unwrap_or(f64::NAN);
    let evidence = ln_beta(a + k, b + rest) - ln_beta(a, b) - k * share.ln() - rest * (1.0 - share).ln();
    (-evidence).exp().min(1.0)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_distr::{Distribution, StandardNormal};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    #[test]
    fn the_interval_and_the_p_value_say_the_same() {
        let test = AlwaysValid::tuned_for(0.1, 0.05).unwrap();
        for standard_error in [0.5, 0.1, 0.02] {
            let edge = test.half_width(standard_error);
            assert!(test.p_value(edge * 1.001, standard_error) < 0.05);
            assert!(test.p_value(edge * 0.999, standard_error) > 0.05);
            let interval = test.interval(3.0, standard_error);
            assert!((interval.high - interval.low - 2.0 * edge).abs() < 1e-12);
        }
    }

    #[test]
    fn the_price_of_looking_always_is_least_where_it_was_tuned() {
        let price = |tuned| AlwaysValid::tuned_for(tuned, 0.05).unwrap().half_width(0.1) / 0.1;
        assert!(price(0.1) > 1.96, "it cannot be narrower than that of one look");
        assert!(price(0.1) < 3.1, "{}", price(0.1));
        assert!(price(0.1) < price(0.3) && price(0.1) < price(0.033));
    }

    /// Of 400 series without an effect that are looked at after every value from the 20th to the 2000th, at most one in 20 may
    /// ever look like one. A test for one look finds an effect in about half of them.
    #[test]
    fn whoever_looks_after_every_value_errs_no_more_often_than_alpha() {
        let mut random = Pcg64Mcg::seed_from_u64(1);
        let test = AlwaysValid::tuned_for(1.0 / 500.0_f64.sqrt(), 0.05).unwrap();
        let (mut alarms, mut naive) = (0, 0);
        for _ in 0..400 {
            let (mut sum, mut alarm, mut naive_alarm) = (0.0, false, false);
            for n in 1..=2000_u32 {
                let value: f64 = StandardNormal.sample(&mut random);
                sum += value;
                if n >= 20 {
                    let (mean, error) = (sum / f64::from(n), 1.0 / f64::from(n).sqrt());
                    alarm |= test.p_value(mean, error) < 0.05;
                    naive_alarm |= (mean / error).abs() > 1.96;
                }
            }
            alarms += u32::from(alarm);
            naive += u32::from(naive_alarm);
        }
        assert!(alarms <= 20, "{alarms} of 400");
        assert!(naive > 100, "the series are too harmless to tell: {naive} of 400");
    }

    #[test]
    fn a_wrong_split_is_found_and_a_right_one_is_not() {
        assert!(sample_ratio(Counts { successes: 5_200, trials: 10_000 }, 0.5) < 0.01);
        assert_eq!(sample_ratio(Counts { successes: 5_050, trials: 10_000 }, 0.5), 1.0);
        assert_eq!(sample_ratio(Counts { successes: 0, trials: 0 }, 0.5), 1.0);
        assert!(sample_ratio(Counts { successes: 1, trials: 2 }, 1.0).is_nan());
        let mut random = Pcg64Mcg::seed_from_u64(2);
        let mut alarms = 0;
        for _ in 0..200 {
            let mut of = Counts { successes: 0, trials: 0 };
            let mut least = 1.0_f64;
            for _ in 0..1000 {
                of.trials += 1;
                of.successes += u64::from(random.random::<f64>() < 0.1);
                least = least.min(sample_ratio(of, 0.1));
            }
            alarms += u32::from(least < 0.05);
        }
        assert!(alarms <= 10, "{alarms} of 200");
    }

    #[test]
    fn a_light_mixture_finds_a_share_that_is_far_off_in_few_trials() {
        let all = Counts { successes: 12, trials: 12 };
        // Uniform over all shares: 2¹² / 13.
        assert!((drawn_with_share(all, 0.5, 2.0) - 13.0 / 4096.0).abs() < 1e-12);
        assert!(drawn_with_share(all, 0.5, 100.0) > 0.05);
    }

    #[test]
    fn without_a_standard_error_nothing_is_known() {
        let test = AlwaysValid::tuned_for(1.0, 0.05).unwrap();
        assert_eq!(test.p_value(1.0, 0.0), 1.0);
        assert_eq!(test.half_width(f64::NAN), f64::INFINITY);
        assert_eq!(AlwaysValid::tuned_for(0.0, 0.05), None);
        assert_eq!(AlwaysValid::tuned_for(1.0, 1.0), None);
    }
}
