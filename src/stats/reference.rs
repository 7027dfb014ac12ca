//! Every function against what SciPy, statsmodels and mpmath say: `fixtures/stats/reference.json`.
//!
//! Numbers agree to 1e-9: relative to numbers above 1, to p-values, and to the spread where a number has a unit.
//! `cargo test stats::reference -- --nocapture` shows how much closer they are.

mod cases;
mod comparison;

use cases::*;
use comparison::Comparison;

use super::*;

#[test]
fn descriptions() {
    let mut comparison = Comparison::default();
    for case in reference().descriptive {
        let (name, values, unit) = (&case.name, &case.values, case.standard_deviation);
        comparison.number(format!("{name}: mean"), mean(values), case.mean, case.mean.abs());
        let spread = [
            ("variance", variance(values), case.variance),
            ("standard deviation", standard_deviation(values), unit),
            ("coefficient of variation", coefficient_of_variation(values), case.coefficient_of_variation),
        ];
        for (what, ours, theirs) in spread {
            comparison.number(format!("{name}: {what}"), ours.unwrap_or(f64::NAN), theirs, theirs);
        }
        comparison.number(format!("{name}: median"), median(values), case.median, unit);
        let mut sorted = values.clone();
        sorted.sort_by(f64::total_cmp);
        for (i, &share) in case.shares.iter().enumerate() {
            let quantile = quantile_type7(values, share).unwrap_or(f64::NAN);
            // Halfway between numbers of 1e9 that differ by 1e-5, the last bit is 1e-7 of a spread.
            let scale = unit.max(case.quantiles_type7[i].abs());
            comparison.number(format!("{name}: quantile {share}"), quantile, case.quantiles_type7[i], scale);
            let percentile = percentile_occurred(&sorted, share);
            assert_eq!(percentile, Some(case.percentiles_occurred[i]), "{name}: percentile {share}");
        }
    }
    comparison.finish("descriptive", 600);
}

#[test]
fn tests_of_independent_sides() {
    let mut comparison = Comparison::default();
    for Independent { sides, welch: expected_welch, pooled: expected_pooled, cohens_d: d, hedges_g: g } in
        reference().independent
    {
        let Sides { name, base, candidate } = &sides;
        comparison.t_test(&format!("Welch, {name}"), welch(base, candidate), &expected_welch);
        comparison.t_test(&format!("pooled, {name}"), pooled(base, candidate), &expected_pooled);
        comparison.plain(format!("{name}: d"), cohens_d(base, candidate).unwrap_or(f64::NAN), d);
        comparison.plain(format!("{name}: g"), hedges_g(base, candidate).unwrap_or(f64::NAN), g);
    }
    comparison.finish("Welch, pooled, d, g", 1600);
}

#[test]
fn tests_of_pairs() {
    let mut comparison = Comparison::default();
    for Paired { sides: Sides { name, base, candidate }, test, cohens_dz: dz } in reference().paired {
        comparison.t_test(&name, paired(&base, &candidate), &test);
        comparison.plain(format!("{name}: d_z"), cohens_dz(&base, &candidate).unwrap_or(f64::NAN), dz);
    }
    comparison.finish("paired, d_z", 800);
}

#[test]
fn tests_of_one_sample() {
    let mut comparison = Comparison::default();
    for OneSample { name, values, expected, test } in reference().one_sample {
        comparison.t_test(&format!("{name} against {expected}"), one_sample(&values, expected), &test);
    }
    comparison.finish("one sample", 1000);
}

#[test]
fn trimmed_tests() {
    let Reference { yuen_welch: of_sides, yuen_paired: of_pairs, .. } = reference();
    for (family, cases, function) in [
        ("Yuen of independent sides", of_sides, yuen_welch as fn(&[f64], &[f64], Trim) -> _),
        ("Yuen of pairs", of_pairs, yuen_paired),
    ] {
        let mut comparison = Comparison::default();
        for Trimmed { sides: Sides { name, base, candidate }, tests } in cases {
            for AtTrim { trim, test, effect } in tests {
                let share = Trim::new(trim).unwrap();
                comparison.t_test(&format!("{name}, {trim}"), function(&base, &candidate, share), &test);
                if let Some(effect) = effect {
                    let ours = trimmed_dz(&base, &candidate, share).unwrap_or(f64::NAN);
                    comparison.plain(format!("{name}, {trim}: robust d_z"), ours, effect);
                }
            }
        }
        comparison.finish(family, 3000);
    }
}

#[test]
fn constant_sides() {
    let cases = reference().constant;
    assert!(cases.len() >= 18);
    for Constant { sides: Sides { name, base, candidate }, difference } in cases {
        let expected = Err(Degenerate::NoVariance { difference });
        assert_eq!(welch(&base, &candidate), expected, "{name}");
        assert_eq!(pooled(&base, &candidate), expected, "{name}");
        assert_eq!(cohens_d(&base, &candidate), None, "{name}");
        if base.len() == candidate.len() {
            assert_eq!(paired(&base, &candidate), expected, "{name}");
        }
    }
}

#[test]
fn tests_on_ranks() {
    let Reference { signed_rank, mann_whitney, .. } = reference();
    let method = |exact| if exact { NullDistribution::Exact } else { NullDistribution::Normal };
    let mut comparison = Comparison::default();
    for Ranked { sides: Sides { name, base, candidate }, statistic, p, exact } in signed_rank {
        let ours = wilcoxon_signed_rank(&base, &candidate).unwrap();
        comparison.plain(format!("{name}: smaller sum"), ours.positive.min(ours.negative), statistic);
        comparison.p_value(format!("{name}: p"), ours.p_value, p);
        assert_eq!(ours.method, method(exact), "{name}");
    }
    comparison.finish("signed rank", 140);
    let mut comparison = Comparison::default();
    for Ranked { sides: Sides { name, base, candidate }, statistic, p, exact } in mann_whitney {
        let ours = mann_whitney_u(&base, &candidate).unwrap();
        comparison.plain(format!("{name}: U"), ours.statistic, statistic);
        comparison.p_value(format!("{name}: p"), ours.p_value, p);
        assert_eq!(ours.method, method(exact), "{name}");
    }
    comparison.finish("Mann-Whitney", 130);
}

#[test]
fn student_t() {
    let mut comparison = Comparison::default();
    for Tail { t, df, two_sided_p } in reference().t_tails {
        comparison.p_value(format!("p of t = {t}, df {df}"), student::two_sided_p(t, df), two_sided_p);
        comparison.p_value(format!("upper tail of {t}, df {df}"), student::upper_tail(t, df), 0.5 * two_sided_p);
        comparison.plain(format!("lower tail of {t}, df {df}"), student::upper_tail(-t, df), 1.0 - 0.5 * two_sided_p);
    }
    comparison.finish("t tails", 800);
    let mut comparison = Comparison::default();
    for Quantile { p, df, t } in reference().t_quantiles {
        comparison.plain(format!("quantile {p}, df {df}"), student::quantile(p, df), t);
        comparison.number(format!("critical, {p}, df {df}"), student::critical(2.0 * (1.0 - p), df), t, t);
        comparison.plain(format!("lower quantile {p}, df {df}"), student::quantile(1.0 - p, df), -t);
    }
    comparison.finish("t quantiles", 500);
}

#[test]
fn corrections_for_several_tests() {
    let mut comparison = Comparison::default();
    for case in reference().corrections {
        let families = [
            ("Holm", holm(&case.p_values), case.holm),
            ("Benjamini-Hochberg", benjamini_hochberg(&case.p_values), case.benjamini_hochberg),
        ];
        for (method, ours, theirs) in families {
            assert_eq!(ours.len(), theirs.len());
            for ((ours, theirs), p) in ours.into_iter().zip(theirs).zip(&case.p_values) {
                comparison.p_value(format!("{method}, {p} of {:?}", case.p_values), ours, theirs);
            }
        }
    }
    comparison.finish("Holm, Benjamini-Hochberg", 500);
}

#[test]
fn what_can_be_seen() {
    let mut comparison = Comparison::default();
    for Detectable { standard_error, df, alpha, power, difference } in reference().detectable {
        let ours = minimum_detectable_difference(standard_error, df, alpha, power);
        comparison.number(format!("{standard_error}, {df}, {alpha}, {power}"), ours, difference, difference);
    }
    comparison.finish("minimum detectable difference", 180);
    let cases = reference().replicates;
    assert!(cases.len() >= 100);
    for Replicates { variances, difference, alpha, power, n } in cases {
        let ours = match *variances {
            [variance] => pairs_needed(variance, difference, alpha, power, 1_000_000),
            [base, candidate] => replicates_needed([base, candidate], difference, alpha, power, 1_000_000),
            _ => None,
        };
        assert_eq!(ours, Some(n), "{variances:?}, {difference}, {alpha}, {power}");
    }
}

#[test]
fn intervals_of_proportions() {
    let mut comparison = Comparison::default();
    for Proportion { successes, trials, confidence, low, high } in reference().proportions {
        let what = format!("{successes} of {trials}, {confidence}");
        let ours = clopper_pearson(successes, trials, confidence).unwrap();
        comparison.number(format!("{what}: low"), ours.low, low, low);
        comparison.number(format!("{what}: high"), ours.high, high, high);
    }
    comparison.finish("Clopper-Pearson", 180);
}

#[test]
fn outliers() {
    let mut comparison = Comparison::default();
    for Fenced { name, values, inner, outer } in reference().fences {
        let ours = tukey_fences(&values).unwrap();
        let bounds = ours.inner.into_iter().chain(ours.outer);
        for (ours, theirs) in bounds.zip(inner.into_iter().chain(outer)) {
            // Of values of 1e9 that differ by 1e-5, the last bit of a quartile is 1e-7 of a spread.
            comparison.number(format!("{name}: fence"), ours, theirs, theirs.abs().max(outer[1] - outer[0]));
        }
    }
    comparison.finish("Tukey's fences", 200);
}

#[test]
fn values_in_their_order() {
    let Reference { autocorrelations, pooled_autocorrelations, trends, .. } = reference();
    let mut comparison = Comparison::default();
    for Autocorrelated { name, values, lags, expected } in autocorrelations {
        for (lag, theirs) in lags.into_iter().zip(expected) {
            comparison.plain(format!("{name}: lag {lag}"), autocorrelation(&values, lag).unwrap(), theirs);
        }
    }
    for PooledSeries { name, series, value, expected, standard_error } in pooled_autocorrelations {
        let ours = pooled_autocorrelation(&series).unwrap();
        comparison.plain(format!("{name}: pooled"), ours.value, value);
        comparison.plain(format!("{name}: expected"), ours.expected, expected);
        comparison.number(format!("{name}: standard error"), ours.standard_error, standard_error, standard_error);
    }
    comparison.finish("autocorrelation", 170);
    let mut comparison = Comparison::default();
    for Trend { name, values, statistic, p, exact, slope } in trends {
        let ours = mann_kendall(&values).unwrap();
        let method = if exact { NullDistribution::Exact } else { NullDistribution::Normal };
        assert_eq!((ours.statistic, ours.method), (statistic, method), "{name}");
        comparison.p_value(format!("{name}: p"), ours.p_value, p);
        let spread = standard_deviation(&values).unwrap();
        comparison.number(format!("{name}: slope"), theil_sen(&values).unwrap(), slope, slope.abs().max(spread));
    }
    comparison.finish("trends", 120);
}

#[test]
fn new_values_after_a_series() {
    let mut comparison = Comparison::default();
    for Predicted { name, groups, value, lasting, standard_deviation, df, test } in reference().predicted {
        let spread = successive_spread(&groups, lasting).unwrap();
        comparison.plain(format!("{name}: df"), spread.degrees_of_freedom, df);
        let (ours, what) = (spread.standard_deviation, format!("{name}: standard deviation"));
        comparison.number(what, ours, standard_deviation, standard_deviation);
        comparison.t_test(&name, predicted(groups.last().unwrap(), value, &spread), &test);
    }
    comparison.finish("predicted", 600);
}

#[test]
fn two_shares() {
    let mut comparison = Comparison::default();
    for TwoShares { a, b, confidence, wilson_of_a, newcombe: of_both, fisher } in reference().two_shares {
        let counts = |(successes, trials)| Counts { successes, trials };
        let what = format!("{a:?} and {b:?}, {confidence}");
        let one = wilson(a.0, a.1, confidence).unwrap();
        let both = newcombe(counts(a), counts(b), confidence).unwrap();
        for (which, ours, theirs) in [("Wilson", one, wilson_of_a), ("Newcombe", both, of_both)] {
            let width = theirs[1] - theirs[0];
            comparison.number(format!("{what}: {which}, low"), ours.low, theirs[0], width);
            comparison.number(format!("{what}: {which}, high"), ours.high, theirs[1], width);
        }
        comparison.p_value(format!("{what}: Fisher"), fisher_exact(counts(a), counts(b)).unwrap(), fisher);
    }
    comparison.finish("Wilson, Newcombe, Fisher", 150);
}

#[test]
fn splits() {
    let mut comparison = Comparison::default();
    for Split { successes, trials, share, two_sided_p, always_valid_p } in reference().splits {
        let what = format!("{successes} of {trials} at {share}");
        comparison.p_value(format!("{what}: exact"), binomial_two_sided(successes, trials, share), two_sided_p);
        let always = sample_ratio(Counts { successes, trials }, share);
        comparison.p_value(format!("{what}: always valid"), always, always_valid_p);
    }
    comparison.finish("splits", 70);
}

#[test]
fn shares_of_rounds_that_differ() {
    let mut comparison = Comparison::default();
    for ShareOfRounds { rounds, confidence, low, high, share, at_least_p } in reference().shares_of_rounds {
        let counts: Vec<Counts> = rounds.iter().map(|&(successes, trials)| Counts { successes, trials }).collect();
        let ours = korn_graubard(&counts, confidence).unwrap();
        comparison.number(format!("{rounds:?}, {confidence}: low"), ours.low, low, high - low);
        comparison.number(format!("{rounds:?}, {confidence}: high"), ours.high, high, high - low);
        let p_value = korn_graubard_at_least(&counts, share).unwrap();
        comparison.p_value(format!("{rounds:?}: {share} or more"), p_value, at_least_p);
    }
    comparison.finish("Korn and Graubard", 50);
}

#[test]
fn tests_that_hold_at_every_look() {
    let mut comparison = Comparison::default();
    for Mixture { estimate, standard_error, tuned_for, alpha, p_value, half_width } in reference().always_valid {
        let what = format!("{estimate} ± {standard_error}, tuned for {tuned_for}, {alpha}");
        let test = AlwaysValid::tuned_for(tuned_for, alpha).unwrap();
        comparison.p_value(format!("{what}: p"), test.p_value(estimate, standard_error), p_value);
        comparison.number(format!("{what}: width"), test.half_width(standard_error), half_width, half_width);
    }
    comparison.finish("always valid", 40);
}
