//! What holds for any values: symmetries, invariances, orders. On a few hundred random inputs, the same on every run.

use super::*;

const ROUNDS: usize = 300;

/// Knuth's linear congruential generator: enough to draw inputs.
struct Draws(u64);

impl Draws {
    fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.unit() * limit as f64) as usize
    }

    /// Positive, skewed, now and then wild: like times.
    fn values(&mut self, count: usize) -> Vec<f64> {
        (0..count)
            .map(|_| {
                let wild = if self.unit() < 0.05 { 100.0 } else { 1.0 };
                wild * (10.0 - self.unit().ln())
            })
            .collect()
    }

    fn shuffle<T>(&mut self, values: &mut [T]) {
        for last in (1..values.len()).rev() {
            values.swap(last, self.below(last + 1));
        }
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1e-9)
}

/// Every t-test, by name.
fn tests(base: &[f64], candidate: &[f64]) -> Vec<(&'static str, TTest)> {
    let trim = Trim::new(0.15).unwrap();
    vec![
        ("welch", welch(base, candidate).unwrap()),
        ("pooled", pooled(base, candidate).unwrap()),
        ("paired", paired(base, candidate).unwrap()),
        ("yuen_welch", yuen_welch(base, candidate, trim).unwrap()),
        ("yuen_paired", yuen_paired(base, candidate, trim).unwrap()),
    ]
}

fn on_random_sides(mut law: impl FnMut(&mut Draws, Vec<f64>, Vec<f64>)) {
    let mut draws = Draws(1);
    for _ in 0..ROUNDS {
        let count = 3 + draws.below(30);
        let (base, candidate) = (draws.values(count), draws.values(count));
        law(&mut draws, base, candidate);
    }
}

#[test]
fn swapping_the_sides_negates_the_estimate_and_nothing_else() {
    on_random_sides(|_, base, candidate| {
        for ((name, there), (_, back)) in tests(&base, &candidate).into_iter().zip(tests(&candidate, &base)) {
            assert!(close(there.estimate, -back.estimate), "{name}");
            assert!(close(there.statistic, -back.statistic), "{name}");
            assert!(close(there.p_value, back.p_value), "{name}");
            assert!(close(there.degrees_of_freedom, back.degrees_of_freedom), "{name}");
        }
        let (there, back) = (mann_whitney_u(&base, &candidate).unwrap(), mann_whitney_u(&candidate, &base).unwrap());
        assert!(close(there.p_value, back.p_value) && close(there.superiority, 1.0 - back.superiority));
        let there = wilcoxon_signed_rank(&base, &candidate).unwrap();
        let back = wilcoxon_signed_rank(&candidate, &base).unwrap();
        assert_eq!((there.positive, there.p_value), (back.negative, back.p_value));
        assert!(close(cohens_dz(&base, &candidate).unwrap(), -cohens_dz(&candidate, &base).unwrap()));
        assert!(close(hedges_g(&base, &candidate).unwrap(), -hedges_g(&candidate, &base).unwrap()));
    });
}

#[test]
fn the_unit_scales_the_estimate_and_nothing_else() {
    on_random_sides(|draws, base, candidate| {
        let unit = 10.0_f64.powf(30.0 * draws.unit() - 15.0);
        let scale = |values: &[f64]| values.iter().map(|value| value * unit).collect::<Vec<_>>();
        let scaled = tests(&scale(&base), &scale(&candidate));
        for ((name, one), (_, other)) in tests(&base, &candidate).into_iter().zip(scaled) {
            assert!((one.estimate - other.estimate / unit).abs() <= 1e-9 * one.standard_error, "{name}, {unit}");
            assert!(close(one.standard_error * unit, other.standard_error), "{name}, {unit}");
            assert!((one.statistic - other.statistic).abs() <= 1e-9 * one.statistic.abs().max(1.0), "{name}, {unit}");
            assert!(close(one.p_value, other.p_value), "{name}, {unit}");
        }
    });
}

#[test]
fn the_order_of_the_values_does_not_matter() {
    on_random_sides(|draws, base, candidate| {
        let mut pairs: Vec<(f64, f64)> = base.iter().copied().zip(candidate.iter().copied()).collect();
        draws.shuffle(&mut pairs);
        let (shuffled_base, shuffled_candidate): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        let shuffled = tests(&shuffled_base, &shuffled_candidate);
        for ((name, one), (_, other)) in tests(&base, &candidate).into_iter().zip(shuffled) {
            assert!((one.statistic - other.statistic).abs() <= 1e-9 * one.statistic.abs().max(1.0), "{name}");
            assert!(close(one.p_value, other.p_value), "{name}");
        }
        assert!(close(mean(&base), mean(&shuffled_base)));
        assert_eq!(median(&base), median(&shuffled_base));
    });
}

#[test]
fn an_interval_excludes_zero_exactly_when_p_is_small() {
    on_random_sides(|draws, base, candidate| {
        let alpha = 0.5 * draws.unit() + 1e-3;
        for (name, test) in tests(&base, &candidate) {
            let excluded = !test.confidence_interval(1.0 - alpha).contains(0.0);
            assert_eq!(excluded, test.p_value < alpha, "{name}: p {}, alpha {alpha}", test.p_value);
        }
    });
}

#[test]
fn corrections_never_help_and_holm_is_the_stricter_one() {
    let mut draws = Draws(2);
    for _ in 0..ROUNDS {
        let count = draws.below(40);
        let p_values: Vec<f64> = (0..count).map(|_| (draws.unit().powi(3) * 1e3).round() / 1e3).collect();
        let (strict, lenient) = (holm(&p_values), benjamini_hochberg(&p_values));
        for (i, &p) in p_values.iter().enumerate() {
            assert!(p <= lenient[i] && lenient[i] <= strict[i] + 1e-15 && strict[i] <= 1.0);
            for (j, &other) in p_values.iter().enumerate() {
                assert!(p > other || (strict[i] <= strict[j] && lenient[i] <= lenient[j]), "order of {p} and {other}");
            }
        }
    }
}

#[test]
fn corrections_follow_their_p_values() {
    let mut draws = Draws(3);
    for _ in 0..ROUNDS {
        let mut labelled: Vec<(usize, f64)> = (0..12).map(|i| (i, draws.unit())).collect();
        let p_values = |labelled: &[(usize, f64)]| labelled.iter().map(|&(_, p)| p).collect::<Vec<_>>();
        let before = (holm(&p_values(&labelled)), benjamini_hochberg(&p_values(&labelled)));
        draws.shuffle(&mut labelled);
        let after = (holm(&p_values(&labelled)), benjamini_hochberg(&p_values(&labelled)));
        for (position, (label, _)) in labelled.into_iter().enumerate() {
            assert_eq!((after.0[position], after.1[position]), (before.0[label], before.1[label]));
        }
    }
}

#[test]
fn more_successes_and_more_confidence_move_the_interval() {
    let mut draws = Draws(4);
    for _ in 0..ROUNDS {
        let trials = 1 + draws.below(400) as u64;
        let successes = draws.below(trials as usize) as u64;
        let interval = |successes, confidence| clopper_pearson(successes, trials, confidence).unwrap();
        let (one, more, surer) = (interval(successes, 0.9), interval(successes + 1, 0.9), interval(successes, 0.99));
        assert!(one.contains(successes as f64 / trials as f64));
        assert!(one.low < more.low && one.high < more.high);
        assert!(surer.low <= one.low && one.high < surer.high);
    }
}
