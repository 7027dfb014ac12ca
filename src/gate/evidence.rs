//! What the round values of both sides say: which test they get, its outcome, and where each side lies.
//!
//! Not here: what follows from it (`judge`), the formulas (`stats`).

use super::scale::{Scale, Sides};
use super::{Method, Test};
use crate::stats::{self, TTest, Trim};

/// The share of the pairs that is left out at each end of their differences. On shared machines it is a hiccup that makes a pair
/// extreme; see the study in `docs/methodology.md`.
pub const TRIMMED: f64 = 0.15;

/// The outcome for one row, before anything is known of the others.
pub enum RawEvidence {
    /// A test, its outcome, and the effect size where there is one.
    Tested(Test, TTest, Option<f64>),
    /// Nothing varies: the two numbers are compared as they are.
    Exact,
    /// A side has fewer than two rounds.
    TooFewRounds,
}

fn is_constant(values: &[f64]) -> bool {
    values.windows(2).all(|pair| matches!(pair, [a, b] if a == b))
}

fn trim() -> Option<Trim> {
    Trim::new(TRIMMED)
}

/// The test of the pairs: trimmed if there are enough of them for that to leave any out, and those that it leaves vary. `None`
/// if no pair differs from the others at all.
fn paired(base: &[f64], candidate: &[f64]) -> Option<(Option<Trim>, TTest)> {
    let few = |trim: &Trim| trim.share() * (base.len() as f64) < 1.0;
    let trimmed = trim().filter(|trim| !few(trim));
    let test = trimmed.and_then(|trim| stats::yuen_paired(base, candidate, trim).ok());
    match test {
        Some(test) => Some((trimmed, test)),
        None => stats::paired(base, candidate).ok().map(|test| (None, test)),
    }
}

/// The location of both sides. Of pairs only those count that trimming leaves, so that the change between the two is the
/// estimate of the test.
pub fn locate(scale: Scale, base: &[f64], candidate: &[f64], method: Method) -> Sides {
    let is_never_negative = base.iter().chain(candidate).all(|&value| value >= 0.0);
    let (b, c) = (scale.transform(base), scale.transform(candidate));
    let trimmed = if method.is_paired() { paired(&b, &c).and_then(|(trim, _)| trim) } else { None };
    let Some(trim) = trimmed else {
        return Sides {
            scale,
            is_never_negative,
            baseline: scale.location(base),
            candidate: scale.location(candidate),
        };
    };
    let kept = stats::middle_pairs(&b, &c, trim);
    let pick = |side: &[f64]| kept.iter().filter_map(|&pair| side.get(pair).copied()).collect::<Vec<f64>>();
    let [baseline, candidate] = [base, candidate].map(|side| scale.location(&pick(side)));
    Sides { scale, is_never_negative, baseline, candidate }
}

/// The test that fits how the two sides were measured, and what it says.
pub fn evidence(scale: Scale, base: &[f64], candidate: &[f64], method: Method) -> RawEvidence {
    if base.len() < 2 || candidate.len() < 2 {
        return RawEvidence::TooFewRounds;
    }
    if is_constant(base) && is_constant(candidate) {
        return RawEvidence::Exact;
    }
    let (b, c) = (scale.transform(base), scale.transform(candidate));
    let outcome = if method.is_paired() {
        paired(&b, &c).map(|(trim, outcome)| {
            let test = match (scale, trim.is_some()) {
                (Scale::Log, true) => Test::PairedTrimmedLog,
                (Scale::Log, false) => Test::PairedLog,
                (Scale::Linear | Scale::Absolute, true) => Test::PairedTrimmedLinear,
                (Scale::Linear | Scale::Absolute, false) => Test::PairedLinear,
            };
            let effect = match trim {
                Some(trim) => stats::trimmed_dz(&b, &c, trim),
                None => stats::cohens_dz(&b, &c),
            };
            (test, outcome, effect)
        })
    } else {
        let test = if scale == Scale::Log { Test::WelchLog } else { Test::WelchLinear };
        stats::welch(&b, &c).ok().map(|outcome| (test, outcome, stats::hedges_g(&b, &c)))
    };
    match outcome {
        Some((test, outcome, effect)) => RawEvidence::Tested(test, outcome, effect.filter(|size| size.is_finite())),
        // Every pair differs by the same amount, or the logarithms of almost equal values are equal: no variance is left
        // to test against, and the numbers are compared as they are.
        None => RawEvidence::Exact,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_negative_falls_by_all_of_it_at_most() {
        let sides = |metric: &str, base: &[f64], candidate: &[f64]| {
            locate(Scale::of(metric, base, candidate), base, candidate, Method::Independent)
        };
        let counts = sides("retries", &[4.0, 6.0], &[0.0, 1.0]);
        assert_eq!((counts.within_reach(-9.0), counts.within_reach(9.0)), (-5.0, 9.0));
        let signed = sides("balance", &[4.0, 6.0], &[-1.0, 1.0]);
        assert_eq!(signed.within_reach(-9.0), -9.0);
        let rate = sides("error_rate", &[0.1, 0.3], &[0.0, 0.1]);
        assert_eq!((rate.within_reach(-0.5), rate.within_reach(1.5)), (-0.2, 0.8));
    }

    #[test]
    fn no_interval_of_what_is_never_negative_goes_beyond_nothing() {
        use crate::gate::{Evidence, Setting, compare};
        use crate::result::{BenchmarkResult, Direction, Metric, RoundValues, RunResult, Unit};
        let of = |rounds: [f64; 4]| {
            let metric = |name: &str, share: f64| Metric {
                name: name.to_owned(),
                unit: Unit::ratio(),
                direction: Direction::LowerIsBetter,
                rounds: RoundValues::new(rounds.map(|value| value * share).to_vec()).unwrap(),
                gate: true,
            };
            let metrics = vec![metric("retries", 1.0), metric("error_rate", 0.1)];
            RunResult::imported(vec![BenchmarkResult::imported("a", metrics)])
        };
        let (base, candidate) = (of([0.0, 8.0, 1.0, 6.0]), of([0.0, 1.0, 0.0, 0.5]));
        let comparison = compare(&base, &candidate, &Default::default(), &Setting::default());
        for row in &comparison.rows {
            let Evidence::Tested(tested) = &row.compared().unwrap().evidence else { panic!("{row:?}") };
            assert_eq!(tested.interval.unwrap()[0], -1.0, "{row:?}");
        }
        assert!(
            comparison.rows.iter().any(|row| row.reason.contains("interval: 100 % better to")),
            "{:?}",
            comparison.rows
        );
    }

    #[test]
    fn the_effect_size_of_a_trimmed_test_is_trimmed_too() {
        let base = [100.0; 10];
        let candidate = [101.0, 102.0, 103.0, 104.0, 103.5, 102.5, 101.5, 104.5, 100.5, 105.0];
        let effect = |candidate: &[f64]| match evidence(Scale::Log, &base, candidate, Method::SideBySide) {
            RawEvidence::Tested(Test::PairedTrimmedLog, _, effect) => effect.unwrap(),
            _ => panic!("not the trimmed test"),
        };
        let mut hiccup = candidate;
        hiccup[9] = 900.0;
        assert_eq!(effect(&candidate), effect(&hiccup));
    }
}
