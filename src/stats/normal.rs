//! The standard normal distribution.

use std::f64::consts::FRAC_1_SQRT_2;

use statrs::function::erf::{erf, erfc};

/// The probability of a value at least as far from 0 as `z`, on either side. NaN for NaN. Relative error below 1e-9 down to
/// 1e-300.
pub fn two_sided_p(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The probability of a value closer to 0 than `z`.
pub(super) fn within(z: f64) -> f64 {
    erf(z.abs() * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tails_and_the_middle_make_one() {
        assert!((two_sided_p(1.959_963_984_540_054) - 0.05).abs() < 1e-11);
        assert_eq!(two_sided_p(0.0), 1.0);
        assert_eq!(two_sided_p(f64::NEG_INFINITY), 0.0);
        assert!(two_sided_p(f64::NAN).is_nan());
        assert!((within(0.7) + two_sided_p(-0.7) - 1.0).abs() < 1e-15);
    }
}
