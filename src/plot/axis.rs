//! Axes: what they count, how, and between which limits.

use super::Sentence;
use crate::result::Unit;

/// One of the two directions of a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// What is shown, without its unit.
    pub label: Sentence,
    /// What the positions are.
    pub quantity: Quantity,
    /// How they become distances.
    pub scale: Scale,
    /// The limits; of a logarithmic axis both above 0.
    pub extent: Extent,
}

/// What the positions of an axis are.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// Values of this unit.
    Value(Unit),
    /// Relative changes: +0.1 is 10 % more.
    Change,
    /// Whole numbers that count something off: the rounds of a run, from 1.
    Order,
    /// Percentiles, by how rare it is to lie above them: the position is 1 / (1 − share), so 99 % is at 100.
    Percentile,
    /// Places with names.
    Places(Vec<Place>),
}

/// A position with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// From outside; the drawing makes it harmless.
    pub name: String,
    /// Where.
    pub at: f64,
}

/// How positions become distances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Equal differences are equally far.
    Linear,
    /// Equal ratios are equally far.
    Logarithmic,
}

/// Two limits: finite, and far enough apart to be told from each other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Extent {
    low: f64,
    high: f64,
}

/// Limits that are nearer to each other than this, relative to the greater of them, differ in the last digits only.
const NARROWEST: f64 = 1e-6;

/// Beyond this nothing is drawn where it is: a difference of two of them has to be finite, too.
const GREATEST: f64 = 1e250;

/// What a logarithmic axis can hold at least.
const LEAST_POSITIVE: f64 = 1e-250;

impl Extent {
    /// From the least to the greatest of these values; a little wider where they are too near to each other. Values that are not
    /// finite do not count; without any, from 0 to 1.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let finite = values.into_iter().filter(|value| value.is_finite()).map(|value| value.clamp(-GREATEST, GREATEST));
        let bounds = finite.fold(None, |bounds: Option<(f64, f64)>, value| {
            let (low, high) = bounds.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        });
        let Some((low, high)) = bounds else { return Self { low: 0.0, high: 1.0 } };
        let size = low.abs().max(high.abs());
        if high - low > NARROWEST * size && high - low > LEAST_POSITIVE {
            return Self { low, high };
        }
        match size {
            0.0 => Self { low: 0.0, high: 1.0 },
            size if size < LEAST_POSITIVE => Self { low: -LEAST_POSITIVE, high: LEAST_POSITIVE },
            size => Self { low: low - 0.05 * size, high: high + 0.05 * size },
        }
    }

    /// The lower limit.
    pub fn low(self) -> f64 {
        self.low
    }

    /// The upper limit, above the lower one.
    pub fn high(self) -> f64 {
        self.high
    }

    /// Wider by this share of its width on both sides.
    fn padded(self, share: f64) -> Self {
        let more = (self.high - self.low) * share;
        Self { low: self.low - more, high: self.high + more }
    }
}

/// How many times the least value the greatest is, from which on equal ratios say more than equal differences.
const WIDE: f64 = 10.0;

impl Axis {
    /// Values that are drawn as positions: from 0 where that takes less than half of the axis, or else from just below the least.
    pub(super) fn of_positions(label: Sentence, unit: &Unit, values: impl IntoIterator<Item = f64>) -> Self {
        let extent = Extent::of(values);
        let Extent { low, high } = extent;
        let extent = match (low, high) {
            (0.0.., _) if low < high / 2.0 => Extent { low: 0.0, high: high + 0.04 * high },
            (_, ..=0.0) if high > low / 2.0 => Extent { low: low + 0.04 * low, high: 0.0 },
            _ => extent.padded(0.06),
        };
        Self { label, quantity: Quantity::Value(unit.clone()), scale: Scale::Linear, extent }
    }

    /// The same, but logarithmic where all are positive and the greatest is many times the least.
    pub(super) fn of_wide_positions(label: Sentence, unit: &Unit, values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().collect();
        let extent = Extent::of(values.iter().copied());
        if extent.low < LEAST_POSITIVE || extent.high / extent.low < WIDE {
            return Self::of_positions(label, unit, values);
        }
        // Not by way of the ratio, which may be too large to be a number.
        let more = (0.04 * (extent.high.ln() - extent.low.ln())).exp();
        let extent = Extent { low: extent.low / more, high: extent.high * more };
        Self { label, quantity: Quantity::Value(unit.clone()), scale: Scale::Logarithmic, extent }
    }

    /// Values between exactly these limits, logarithmic where that is asked for and possible.
    pub(super) fn between(label: Sentence, quantity: Quantity, scale: Scale, limits: [f64; 2]) -> Self {
        let extent = Extent::of(limits);
        let scale = if extent.low < LEAST_POSITIVE { Scale::Linear } else { scale };
        Self { label, quantity, scale, extent }
    }

    /// Whole numbers from `first` to `last`, with room on both sides.
    pub(super) fn of_order(label: Sentence, first: usize, last: usize) -> Self {
        let extent = Extent { low: first as f64 - 0.5, high: last.max(first) as f64 + 0.5 };
        Self { label, quantity: Quantity::Order, scale: Scale::Linear, extent }
    }

    /// Whether it shows sizes and begins (or, below 0, ends) where there is already something.
    pub fn begins_above_zero(&self) -> bool {
        let sizes = matches!(self.quantity, Quantity::Value(_)) && self.scale == Scale::Linear;
        sizes && (self.extent.low > 0.0 || self.extent.high < 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn positions(values: &[f64]) -> Axis {
        Axis::of_wide_positions(Sentence::of("x"), &Unit::nanoseconds(), values.iter().copied())
    }

    #[test]
    fn an_axis_begins_at_0_where_that_costs_less_than_half_of_it_and_says_otherwise() {
        let near = positions(&[100.0, 104.0, 98.0]);
        assert!(near.begins_above_zero() && near.extent.low() > 95.0 && near.extent.low() < 98.0, "{near:?}");
        let far = positions(&[100.0, 300.0]);
        assert!(!far.begins_above_zero() && far.extent.low() == 0.0 && far.extent.high() > 300.0, "{far:?}");
        let below = positions(&[-100.0, -1.0]);
        assert!(!below.begins_above_zero() && below.extent.high() == 0.0, "{below:?}");
        let both = positions(&[-3.0, 4.0]);
        assert!(!both.begins_above_zero() && both.extent.low() < -3.0, "{both:?}");
    }

    #[test]
    fn many_times_the_least_is_logarithmic_but_never_with_0() {
        let wide = positions(&[10.0, 1000.0]);
        assert_eq!(wide.scale, Scale::Logarithmic);
        assert!(wide.extent.low() > 0.0 && wide.extent.low() < 10.0 && wide.extent.high() > 1000.0, "{wide:?}");
        assert_eq!(positions(&[0.0, 1000.0]).scale, Scale::Linear);
        assert_eq!(positions(&[-1.0, 1000.0]).scale, Scale::Linear);
        let whole = positions(&[1e-300, f64::MAX]);
        assert!(whole.extent.low() < whole.extent.high() && whole.extent.high().is_finite(), "{whole:?}");
    }

    #[test]
    fn limits_are_always_apart_and_finite() {
        let odd = [
            vec![],
            vec![0.0],
            vec![f64::NAN, f64::INFINITY],
            vec![1e18],
            vec![1e18, 1e18 + 128.0],
            vec![-5.0, -5.0],
            vec![f64::MAX, f64::MIN],
            vec![f64::MIN_POSITIVE],
            vec![f64::MIN_POSITIVE, 0.0],
        ];
        for values in odd {
            let extent = Extent::of(values.iter().copied());
            assert!(
                extent.low() < extent.high() && (extent.high() - extent.low()).is_finite(),
                "{values:?}: {extent:?}"
            );
            let size = extent.low().abs().max(extent.high().abs());
            assert!((extent.high() - extent.low()) / size > 1e-7, "{values:?}: {extent:?}");
        }
    }
}
