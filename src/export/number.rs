//! Numbers as text that every reader turns back into the same number.

/// Whole numbers beyond this are written with an exponent: not all of them have a double of their own.
const LARGEST_WHOLE: f64 = 1e15;

/// The shortest decimal notation that reads back as the same number: `4096`, `0.1`, `2.5e-7`. What is not finite is `+Inf`,
/// `-Inf` and `NaN`, as Prometheus spells it.
pub(super) fn text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf".to_owned() } else { "-Inf".to_owned() }
    } else if value.fract() == 0.0 && value.abs() < LARGEST_WHOLE {
        format!("{value:.0}")
    } else {
        format!("{value:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_read_back() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "-0"),
            (4096.0, "4096"),
            (0.1, "0.1"),
            (2.5e-7, "2.5e-7"),
            (1e15, "1000000000000000.0"),
            (1e300, "1e300"),
            (5e-324, "5e-324"),
            (f64::MAX, "1.7976931348623157e308"),
            (0.1 + 0.2, "0.30000000000000004"),
        ] {
            assert_eq!(text(value), expected);
            assert_eq!(text(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY, f64::NAN].map(text), ["+Inf", "-Inf", "NaN"]);
    }
}
