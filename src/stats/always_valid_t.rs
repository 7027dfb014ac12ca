//! Student's t, valid at every look: for a mean of few values whose spread is not known.
//!
//! Under the null hypothesis the ratio of two densities of t (with an effect drawn from a normal mixture, and with none) is 1 on
//! average at every number of values, and a martingale over them; so by Ville's inequality it ever exceeds 1/alpha with a
//! probability of alpha at most. Not here: hundreds of values, whose spread is as good as known (`always_valid`).

use super::ttest::Interval;

/// A normal mixture over the effects that there could be, in units of the values' standard deviation.
///
/// Sources: T. Lai, On confidence sequences, Annals of Statistics 4 (1976) 265–280; F. Rushton, On a sequential t-test, Biometrika
/// 37 (1950) 326–333; A. Hendriksen, R. de Heide, P. Grünwald, Optional stopping with Bayes factors, Bayesian Analysis 16 (2021)
/// 961–989, for why it holds with an unknown spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlwaysValidT {
    /// The variance of the mixture, in units of the variance of a value.
    spread: f64,
    alpha: f64,
}

/// A mixture narrower than this would leave early looks without any answer.
const LEAST_SPREAD: f64 = 4.0;

impl AlwaysValidT {
    /// With the narrowest intervals after about so many values. `None` for fewer than 2 values, and unless alpha lies in (0, 1).
    pub fn tuned_for(values: u64, alpha: f64) -> Option<Self> {
        if values < 2 || !(alpha > 0.0 && alpha < 1.0) {
            return None;
        }
        let width = |own: &Self| own.half_width(1.0, values);
        // From 1 to 10⁸ in steps of a quarter: the optimum is flat.
        let candidates = (0..=80).map(|step| 1.259_f64.powi(step) / values as f64);
        let all = candidates.map(|spread| Self { spread: spread.max(LEAST_SPREAD), alpha });
        all.min_by(|a, b| width(a).total_cmp(&width(b)))
    }

    /// The p-value of "the mean is 0" now, of so many values with this mean and this standard error of it; the least of all
    /// looks so far is valid, too. 1 for fewer than 2 values and for what is not finite.
    ///
    /// Without any spread among the values, the limit: it says what so few values can say at most.
    pub fn p_value(&self, estimate: f64, standard_error: f64, values: u64) -> f64 {
        let usable = estimate.is_finite() && standard_error.is_finite() && standard_error >= 0.0;
        if values < 2 || !usable || estimate == 0.0 {
            return 1.0;
        }
        let n = values as f64;
        let freedom = n - 1.0;
        let wider = 1.0 + n * self.spread;
        let square = (estimate / standard_error).powi(2) / freedom;
        let grown = if square.is_finite() { (1.0 + square) / (1.0 + square / wider) } else { wider };
        let evidence = 0.5 * (n * grown.ln() - wider.ln());
        (-evidence).exp().min(1.0)
    }

    /// The interval of the mean at confidence 1 − alpha over all looks together; infinite where there are too few values.
    pub fn interval(&self, estimate: f64, standard_error: f64, values: u64) -> Interval {
        let half = self.half_width(standard_error, values);
        Interval { low: estimate - half, high: estimate + half }
    }

    /// Half of the interval's width: where the p-value is alpha, solved for the estimate.
    pub fn half_width(&self, standard_error: f64, values: u64) -> f64 {
        if values < 2 || !(standard_error.is_finite() && standard_error >= 0.0) {
            return f64::INFINITY;
        }
        let n = values as f64;
        let wider = 1.0 + n * self.spread;
        let grown = ((0.5 * wider.ln() - self.alpha.ln()) * 2.0 / n).exp();
        if grown >= wider {
            return f64::INFINITY;
        }
        standard_error * ((n - 1.0) * (grown - 1.0) / (1.0 - grown / wider)).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_distr::{Distribution, StandardNormal};
    use rand_pcg::Pcg64Mcg;

    use super::*;
    use crate::stats::{mean, standard_deviation};

    #[test]
    fn the_interval_and_the_p_value_say_the_same() {
        for (tuned, values) in [(10, 10), (10, 5), (3, 3), (40, 12), (2, 2)] {
            let test = AlwaysValidT::tuned_for(tuned, 0.05).unwrap();
            let edge = test.half_width(0.1, values);
            assert!(edge.is_finite(), "{tuned} {values}");
            assert!(test.p_value(edge * 1.001, 0.1, values) < 0.05);
            assert!(test.p_value(edge * 0.999, 0.1, values) > 0.05);
            let interval = test.interval(-2.0, 0.1, values);
            assert!((interval.high - interval.low - 2.0 * edge).abs() < 1e-12);
        }
    }

    #[test]
    fn the_price_of_looking_always_is_that_of_the_formula() {
        // n = 10, mixture variance 4: k = 41, c = (41 · 400)^(1/10) = 2.6393; t² = 9 · (c − 1) / (1 − c / 41).
        let test = AlwaysValidT { spread: 4.0, alpha: 0.05 };
        let c = (41.0_f64 * 400.0).powf(0.1);
        let expected = (9.0 * (c - 1.0) / (1.0 - c / 41.0)).sqrt();
        assert!((test.half_width(1.0, 10) - expected).abs() < 1e-12);
        let price = |values| AlwaysValidT::tuned_for(values, 0.05).unwrap().half_width(1.0, values);
        assert!(price(10) > 2.262, "wider than Student's t of one look");
        assert!(price(10) < 4.0 && price(20) < 3.7 && price(3) < 12.0, "{} {} {}", price(10), price(20), price(3));
    }

    #[test]
    fn whoever_looks_after_every_value_errs_no_more_often_than_alpha() {
        let mut random = Pcg64Mcg::seed_from_u64(5);
        let test = AlwaysValidT::tuned_for(10, 0.05).unwrap();
        let (mut alarms, mut naive) = (0, 0);
        for _ in 0..1000 {
            let mut values: Vec<f64> = Vec::new();
            let (mut alarm, mut naive_alarm) = (false, false);
            for n in 1..=40_u64 {
                let drawn: f64 = StandardNormal.sample(&mut random);
                values.push(drawn * 3.0);
                let Some(spread) = standard_deviation(&values) else { continue };
                let error = spread / (n as f64).sqrt();
                alarm |= test.p_value(mean(&values), error, n) < 0.05;
                naive_alarm |= n >= 5 && (mean(&values) / error).abs() > 2.776;
            }
            alarms += u32::from(alarm);
            naive += u32::from(naive_alarm);
        }
        assert!(alarms <= 50, "{alarms} of 1000");
        assert!(naive > 80, "the series are too harmless to tell: {naive} of 1000");
    }

    #[test]
    fn values_without_spread_say_what_so_few_can_say() {
        let test = AlwaysValidT { spread: 4.0, alpha: 0.05 };
        let limit = test.p_value(1.0, 0.0, 10);
        assert!((limit / 41.0_f64.powf(-4.5) - 1.0).abs() < 1e-9, "{limit}");
        assert!(test.p_value(1.0, 1e-9, 10) >= limit);
        assert_eq!(test.p_value(0.0, 0.0, 10), 1.0);
        assert_eq!(test.half_width(0.0, 10), 0.0);
    }

    #[test]
    fn what_asks_no_question_has_no_answer() {
        let test = AlwaysValidT::tuned_for(10, 0.05).unwrap();
        assert_eq!(test.half_width(1.0, 1), f64::INFINITY);
        assert_eq!(test.p_value(1.0, f64::NAN, 10), 1.0);
        assert_eq!(test.p_value(f64::INFINITY, 1.0, 10), 1.0);
        assert_eq!((AlwaysValidT::tuned_for(1, 0.05), AlwaysValidT::tuned_for(9, 0.0)), (None, None));
    }
}
