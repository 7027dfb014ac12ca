//! Which values lie far from the others.

use super::descriptive::quantile_type7;

/// The bounds beyond which a value is an outlier, in the unit of the values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fences {
    /// One and a half interquartile ranges below the first quartile, and above the third. Of normal values 0.7 % lie outside.
    pub inner: [f64; 2],
    /// Three interquartile ranges. Of normal values two in a million lie outside.
    pub outer: [f64; 2],
}

impl Fences {
    /// A mild outlier or an extreme one.
    pub fn is_outlier(&self, value: f64) -> bool {
        is_beyond(value, self.inner)
    }

    /// An extreme outlier.
    pub fn is_extreme(&self, value: f64) -> bool {
        is_beyond(value, self.outer)
    }
}

fn is_beyond(value: f64, [low, high]: [f64; 2]) -> bool {
    value < low || value > high
}

/// Tukey's fences of these values, in any order, with quartiles of type 7. Values of which the middle half are equal have their
/// fences there, and every other value beyond them.
///
/// `None` for no values, and where the fences are not finite.
///
/// Source: J. Tukey, Exploratory data analysis (1977), 2D.
pub fn tukey_fences(values: &[f64]) -> Option<Fences> {
    let (low, high) = (quantile_type7(values, 0.25)?, quantile_type7(values, 0.75)?);
    let range = high - low;
    let at = |ranges: f64| [low - ranges * range, high + ranges * range];
    let fences = Fences { inner: at(1.5), outer: at(3.0) };
    fences.outer.iter().all(|bound| bound.is_finite()).then_some(fences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn far_values_are_mild_and_very_far_ones_extreme() {
        let fences = tukey_fences(&[0.0, 1.0, 2.0, 3.0, 4.0]).unwrap();
        assert_eq!((fences.inner, fences.outer), ([-2.0, 6.0], [-5.0, 9.0]));
        assert!(!fences.is_outlier(6.0) && fences.is_outlier(6.1) && fences.is_outlier(-3.0));
        assert!(!fences.is_extreme(9.0) && fences.is_extreme(9.1) && fences.is_extreme(-6.0));
    }

    #[test]
    fn without_a_middle_half_there_are_no_fences() {
        assert_eq!(tukey_fences(&[]), None);
        assert_eq!(tukey_fences(&[1.0, f64::NAN]), None);
        assert_eq!(tukey_fences(&[-f64::MAX, f64::MAX]), None);
        assert_eq!(tukey_fences(&[5.0]).unwrap().inner, [5.0, 5.0]);
    }
}
