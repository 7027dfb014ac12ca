//! Student's t distribution: tails and quantiles, also far out and for fractional degrees of freedom.

use statrs::function::beta::{checked_beta_reg, checked_ln_beta};

use super::normal;
use super::root::root;

/// From here on the incomplete beta function of `statrs` loses digits, and Hill's expansion is better than it.
const LARGE: f64 = 10_000.0;

/// The probability of a t at least as far from 0 as `t`, on either side, with `df` degrees of freedom (any positive number,
/// also infinite). NaN where `t` is NaN or `df` is not positive. Relative error below 1e-9 down to 1e-300.
///
/// Source: NIST Digital Library of Mathematical Functions, 8.17; M. Abramowitz, I. Stegun, 26.7.1.
pub fn two_sided_p(t: f64, df: f64) -> f64 {
    let t = t.abs();
    if t.is_nan() || df.is_nan() || df <= 0.0 {
        f64::NAN
    } else if t < 1.0 {
        1.0 - within(t, df)
    } else {
        beyond(t, df)
    }
}

/// The probability of a t above `t`. Otherwise as [`two_sided_p`]; on the left side the error is absolute.
pub fn upper_tail(t: f64, df: f64) -> f64 {
    let half = 0.5 * two_sided_p(t, df);
    if t < 0.0 { 1.0 - half } else { half }
}

/// The t below which the probability is `p`. Infinite at `p` = 0 and 1. NaN where `p` is outside [0, 1] or `df` is not
/// positive. Relative error below 1e-9, for `p` as it is stored: near 1 ask for the lower quantile, or for [`critical`].
pub fn quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 { -critical(2.0 * p, df) } else { critical(2.0 * (1.0 - p), df) }
}

/// The t that is exceeded, on either side, with probability `alpha`: the inverse of [`two_sided_p`]. Infinite at 0, and 0 at 1.
/// NaN where `alpha` is outside [0, 1] or `df` is not positive. Below 1e-300 `alpha` counts as 1e-300.
pub fn critical(alpha: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&alpha) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if alpha == 0.0 {
        return f64::INFINITY;
    }
    if alpha > beyond(1.0, df) {
        return root(|t| within(t, df) - (1.0 - alpha), 0.0, 1.0);
    }
    // In logarithms both a normal and a heavy tail are smooth and almost straight.
    let target = alpha.max(1e-300).ln();
    let excess = |ln_t: f64| beyond(ln_t.exp(), df).max(f64::MIN_POSITIVE).ln() - target;
    let mut high = 1.0;
    while excess(high) > 0.0 && high < 2048.0 {
        high *= 2.0;
    }
    root(excess, 0.0, high).exp()
}

/// The probability of a t closer to 0 than `t`, which is at least 0; no digit is lost near 0.
fn within(t: f64, df: f64) -> f64 {
    if df > LARGE {
        return normal::within(as_normal(t, df));
    }
    let square = t * t;
    checked_beta_reg(0.5, 0.5 * df, square / (df + square)).unwrap_or(f64::NAN)
}

/// The probability of a t at least as far from 0 as `t`, which is at least 1; no digit is lost far out.
fn beyond(t: f64, df: f64) -> f64 {
    if df > LARGE {
        return normal::two_sided_p(as_normal(t, df));
    }
    let ratio = df.sqrt() / t;
    if ratio < 1e-100 {
        // Its square is no number any more. The first term of the series is all there is: DLMF 8.17.7.
        let ln_beta = checked_ln_beta(0.5 * df, 0.5).unwrap_or(f64::NAN);
        return (df * ratio.ln() - ln_beta - (0.5 * df).ln()).exp();
    }
    let square = ratio * ratio;
    checked_beta_reg(0.5 * df, 0.5, square / (1.0 + square)).unwrap_or(f64::NAN)
}

/// The standard normal z that is as far out as `t`, which is not negative, for many degrees of freedom.
///
/// Source: G. Hill, Algorithm 395: Student's t-distribution, Communications of the ACM 13 (1970) 617–619.
fn as_normal(t: f64, df: f64) -> f64 {
    if df.is_infinite() {
        return t;
    }
    let a = df - 0.5;
    let b = 48.0 * a * a;
    let square = a * (t * t / df).ln_1p();
    if square > 1e4 {
        return square.sqrt(); // So far out that no probability is left.
    }
    let next = (((0.4 * square + 3.3) * square + 24.0) * square + 85.5) / (0.8 * square * square + 100.0 + b);
    square.sqrt() * (1.0 + (square + 3.0 - next) / b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-9 * b.abs()
    }

    #[test]
    fn cauchy_and_two_degrees_are_known_in_closed_form() {
        for t in [1e-9, 0.3, 0.999, 1.0, 7.0, 1e8, 1e150, 1e250] {
            assert!(close(two_sided_p(t, 1.0), (1.0 / t).atan() * std::f64::consts::FRAC_2_PI), "{t}");
        }
        for t in [1e-9_f64, 0.3, 0.999, 1.0, 7.0, 1e5] {
            let root = (2.0 + t * t).sqrt();
            assert!(close(two_sided_p(t, 2.0), 2.0 / (root * (root + t))), "{t}");
        }
    }

    #[test]
    fn the_two_ways_to_compute_a_tail_meet() {
        for t in [0.5, 1.0, 2.0, 5.0, 30.0] {
            assert!(close(two_sided_p(t, LARGE), two_sided_p(t, LARGE.next_up())), "{t}");
        }
        for df in [1.0, 2.5, 30.0, 9999.0, 1e6, f64::INFINITY] {
            assert!(close(two_sided_p(1.0, df), two_sided_p(1.0 - 1e-14, df)), "{df}");
        }
    }

    #[test]
    fn quantiles_invert_tails_to_the_ends_of_the_range() {
        for df in [0.8, 1.0, 1.7, 2.0, 9.3, 400.0, 1e4, 1e5, 1e12, f64::INFINITY] {
            for alpha in [1e-200, 1e-30, 1e-6, 0.05, 0.3, 0.5, 0.9, 0.999_999] {
                let t = critical(alpha, df);
                assert!(close(two_sided_p(t, df), alpha), "df {df}, alpha {alpha}: t {t}");
            }
        }
        assert_eq!(quantile(0.5, 3.0), 0.0);
        assert_eq!(quantile(0.0, 3.0), f64::NEG_INFINITY);
        assert_eq!(quantile(1.0, 3.0), f64::INFINITY);
        assert!(close(quantile(0.1, 3.0), -quantile(0.9, 3.0)));
    }

    #[test]
    fn nonsense_is_nan_and_infinity_is_far_out() {
        assert!(two_sided_p(f64::NAN, 3.0).is_nan());
        assert!(two_sided_p(1.0, 0.0).is_nan());
        assert!(quantile(1.1, 3.0).is_nan());
        assert!(critical(0.05, -1.0).is_nan());
        for df in [1.0, 30.0, 1e6, f64::INFINITY] {
            assert_eq!(two_sided_p(f64::INFINITY, df), 0.0);
            assert_eq!(two_sided_p(0.0, df), 1.0);
            assert_eq!(upper_tail(f64::NEG_INFINITY, df), 1.0);
        }
        assert_eq!(two_sided_p(1e300, 1e6), 0.0);
    }
}
