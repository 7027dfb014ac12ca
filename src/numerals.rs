//! Digits as people read them: what every message has in common, whatever it is about.
//!
//! Here: grouping and rounding of plain numbers. Not here: units, changes and intervals (`words::units`).

/// A whole number with its thousands apart: `24,576`.
pub fn grouped(number: u64) -> String {
    apart(number, ',')
}

/// The same as TOML reads it, too: `10_000`.
pub fn grouped_for_toml(number: impl Into<u64>) -> String {
    apart(number.into(), '_')
}

fn apart(number: u64, separator: char) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.char_indices() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(separator);
        }
        text.push(digit);
    }
    text
}

/// A guess with so many digits, and not less than it is.
pub fn rounded_up(number: u64, digits: u32) -> u64 {
    let unit = 10_u64.pow((number.checked_ilog10().unwrap_or(0) + 1).saturating_sub(digits));
    number.div_ceil(unit).saturating_mul(unit)
}

/// Three digits, without needless zeros: `22.1`, `5`, `0.03`. Of either sign. What is less than a hundredth keeps two digits of
/// its own, so that it does not look like nothing: `0.0012`.
pub fn three_digits(value: f64) -> String {
    let size = value.abs();
    let digits = if size >= 99.95 {
        0
    } else if size >= 9.995 {
        1
    } else if size >= 0.01 || size == 0.0 || !size.is_finite() {
        2
    } else {
        (1.0 - size.log10().floor()).min(12.0) as usize
    };
    let text = format!("{value:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A share as a percentage of three digits: `22.1 %`, `5 %`, `0.03 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", three_digits(share * 100.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!([0, 999, 1000, 24_576, 1_000_000].map(grouped), ["0", "999", "1,000", "24,576", "1,000,000"]);
        assert_eq!(grouped_for_toml(1_000_000_u32), "1_000_000");
    }

    #[test]
    fn a_guess_is_rounded_up_to_its_digits() {
        let guesses = [(0, 0), (7, 7), (999, 999), (1_001, 1_010), (123_456, 124_000), (999_999, 1_000_000)];
        for (number, rounded) in guesses {
            assert_eq!(rounded_up(number, 3), rounded);
        }
        assert_eq!(rounded_up(1_234, 2), 1_300);
        assert_eq!(rounded_up(u64::MAX, 1), u64::MAX);
    }

    #[test]
    fn three_digits_are_enough() {
        let shown = [22.14, 5.0, 0.034, -3.456, 99.96, 1234.5, 0.0].map(three_digits);
        assert_eq!(shown, ["22.1", "5", "0.03", "-3.46", "100", "1234", "0"]);
        assert_eq!([0.00123, 0.001, -0.000_056_7].map(three_digits), ["0.0012", "0.001", "-0.000057"]);
        assert_eq!(percent(0.221), "22.1 %");
    }
}
