//! Where a function is zero.

/// Steps after which the bracket is narrower than the numbers can say, whatever the function.
const MOST_STEPS: usize = 200;

/// The x between `low` and `high` at which `f` is 0, to the last few bits. `f` is finite there and has different signs at the
/// ends; where it has not, the answer is the end at which it is closer to 0.
///
/// Source: T. Chandrupatla, A new hybrid quadratic/bisection algorithm for finding the zero of a nonlinear function without
/// using derivatives, Advances in Engineering Software 28 (1997) 145–149.
pub(super) fn root(f: impl Fn(f64) -> f64, low: f64, high: f64) -> f64 {
    let (mut a, mut b) = (low, high);
    let (mut fa, mut fb) = (f(a), f(b));
    if (fa > 0.0) == (fb > 0.0) {
        return if fa.abs() < fb.abs() { a } else { b };
    }
    let mut step = 0.5;
    for _ in 0..MOST_STEPS {
        let x = a + step * (b - a);
        let fx = f(x);
        let (c, fc);
        if (fx > 0.0) == (fa > 0.0) {
            (c, fc) = (a, fa);
        } else {
            (c, fc) = (b, fb);
            (b, fb) = (a, fa);
        }
        (a, fa) = (x, fx);
        let best = if fa.abs() < fb.abs() { a } else { b };
        let least = (f64::EPSILON * best.abs() + f64::MIN_POSITIVE) / (b - a).abs();
        if least > 0.5 || fa == 0.0 {
            return best;
        }
        let xi = (a - b) / (c - b);
        let phi = (fa - fb) / (fc - fb);
        let inverse_quadratic = phi * phi < xi && (1.0 - phi).powi(2) < 1.0 - xi;
        step = if inverse_quadratic {
            fa / (fb - fa) * fc / (fb - fc) + (c - a) / (b - a) * fa / (fc - fa) * fb / (fc - fb)
        } else {
            0.5
        };
        step = step.clamp(least, 1.0 - least);
    }
    a
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_zero_is_found_to_the_last_bits_in_few_steps() {
        let calls = Cell::new(0);
        let f = |x: f64| {
            calls.set(calls.get() + 1);
            x.exp() - 3.0
        };
        assert!((root(f, 0.0, 10.0) - 3.0_f64.ln()).abs() < 1e-15);
        assert!(calls.get() < 25, "{} calls", calls.get());
    }

    #[test]
    fn a_zero_at_an_end_or_nowhere_is_an_end() {
        assert_eq!(root(|x| x, 0.0, 1.0), 0.0);
        assert_eq!(root(|x| x + 1.0, 0.0, 1.0), 0.0);
    }
}
