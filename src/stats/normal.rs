//! The standard normal distribution.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use statrs::function::erf::{erf, erfc, erfc_inv};

/// The probability of a value at least as far from 0 as `z`, on either side. NaN for NaN. Relative error below 1e-9 down to
/// 1e-300.
pub fn two_sided_p(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The value that is exceeded, on either side, with probability `alpha`: the inverse of [`two_sided_p`], with its error.
/// `None` outside (0, 1).
pub fn critical(alpha: f64) -> Option<f64> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return None;
    }
    let rough = erfc_inv(alpha) / FRAC_1_SQRT_2;
    // One step of Newton's method makes up for the inverse's last digits.
    let density = (-0.5 * rough * rough).exp() * (2.0 / PI).sqrt();
    let step = (two_sided_p(rough) - alpha) / density;
    Some(if step.is_finite() { rough + step } else { rough })
}

/// The probability of a value closer to 0 than `z`.
pub(super) fn within(z: f64) -> f64 {
    erf(z.abs() * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exceeded_as_often_as_it_should() {
        assert!((critical(0.05).unwrap() - 1.959_963_984_540_054).abs() < 1e-10);
        for alpha in [1e-300, 1e-20, 1e-9, 0.01, 0.5, 0.999] {
            assert!((two_sided_p(critical(alpha).unwrap()) / alpha - 1.0).abs() < 1e-10, "{alpha}");
        }
        assert_eq!((critical(0.0), critical(1.0), critical(f64::NAN)), (None, None, None));
    }

    #[test]
    fn both_tails_and_the_middle_make_one() {
        assert!((two_sided_p(1.959_963_984_540_054) - 0.05).abs() < 1e-11);
        assert_eq!(two_sided_p(0.0), 1.0);
        assert_eq!(two_sided_p(f64::NEG_INFINITY), 0.0);
        assert!(two_sided_p(f64::NAN).is_nan());
        assert!((within(0.7) + two_sided_p(-0.7) - 1.0).abs() < 1e-15);
    }
}
