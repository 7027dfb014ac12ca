//! Numbers as people read them: the one place in which a value gets its unit, its digits and its sign.
//!
//! Here: values, changes, intervals, p-values as words. Not here: which numbers there are (`gate`), where they stand
//! (`table`, `markdown`).

use crate::result::{Timestamp, Unit};

use super::plain;

/// A whole number with its thousands apart: `12,000`.
pub use crate::numerals::grouped as whole;

/// The minus that is as wide as a plus.
const MINUS: char = '−';

/// Widest that somebody's own unit may be.
const UNIT_WIDTH: usize = 16;

/// Values that stand beside each other: in the same multiple of their unit, so that they can be compared at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The numbers, in the order in which they were given.
    pub numbers: Vec<String>,
    /// The unit that they share; empty for plain counts.
    pub unit: String,
}

impl Shown {
    /// Number and unit, one text for each value.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.numbers
            .iter()
            .map(|number| if self.unit.is_empty() { number.clone() } else { format!("{number} {}", self.unit) })
    }
}

/// Multiples of a unit, smallest first: from which value on, divided by what, called how.
struct Multiple {
    from: f64,
    divisor: f64,
    name: String,
}

impl Multiple {
    fn new(from: f64, divisor: f64, name: impl Into<String>) -> Self {
        Self { from, divisor, name: name.into() }
    }
}

/// From this size on a number is one multiple too small.
const TOO_LONG: f64 = 100_000.0;

fn multiples(unit: &Unit) -> Vec<Multiple> {
    let steps = |names: [&str; 5], step: f64| {
        let at = |power: i32| step.powi(power);
        names.iter().zip(0..).map(|(name, power)| Multiple::new(at(power), at(power), *name)).collect()
    };
    match unit.as_str() {
        "ns" => vec![
            Multiple::new(1.0, 1.0, "ns"),
            Multiple::new(1e3, 1e3, "µs"),
            Multiple::new(1e6, 1e6, "ms"),
            Multiple::new(1e9, 1e9, "s"),
            Multiple::new(120e9, 60e9, "min"),
            Multiple::new(120.0 * 60e9, 3600e9, "h"),
            Multiple::new(48.0 * 3600e9, 86_400e9, "d"),
        ],
        "1/s" => steps(["/s", "k/s", "M/s", "G/s", "T/s"], 1e3),
        "B" => steps(["B", "KiB", "MiB", "GiB", "TiB"], 1024.0),
        "ratio" => vec![Multiple::new(0.0, 0.01, "%")],
        own => own_multiples(own),
    }
}

/// A unit that perfgate does not know stays as it is; only the number is kept short.
fn own_multiples(unit: &str) -> Vec<Multiple> {
    let unit = if unit == "1" { String::new() } else { plain::shorten(&plain::line(unit), UNIT_WIDTH) };
    let of = |from: f64, divisor: f64, letter: &str| {
        let name = if unit.is_empty() { letter.to_owned() } else { format!("{letter} {unit}") };
        Multiple::new(from, divisor, name.trim_start())
    };
    vec![of(0.0, 1.0, ""), of(1e4, 1e3, "k"), of(1e6, 1e6, "M"), of(1e9, 1e9, "G"), of(1e12, 1e12, "T")]
}

/// Shows values of one metric, in the multiple that suits the smallest. `exact` says that they do not vary: every digit is
/// meant.
pub fn values(unit: &Unit, values: &[f64], exact: bool) -> Shown {
    values_like(values, unit, values, exact)
}

/// The same, in the multiple that suits other values.
pub fn values_like(like: &[f64], unit: &Unit, values: &[f64], exact: bool) -> Shown {
    let whole = exact && values.iter().all(|value| value.fract() == 0.0 && value.abs() < 1e6);
    let multiples = multiples(unit);
    let multiple = if whole && !is_known(unit) { multiples.first() } else { choose(&multiples, like) };
    let Some(Multiple { divisor, name, .. }) = multiple else {
        return Shown { numbers: Vec::new(), unit: String::new() };
    };
    let scaled: Vec<f64> = values.iter().map(|value| value / divisor).collect();
    let numbers = if whole && *divisor == 1.0 {
        scaled.iter().map(|value| signed_like(*value, &format!("{}", value.abs()))).collect()
    } else {
        distinct(&scaled, exact, name == "%")
    };
    Shown { numbers, unit: name.clone() }
}

fn is_known(unit: &Unit) -> bool {
    matches!(unit.as_str(), "ns" | "1/s" | "B" | "ratio")
}

/// The multiple in which the smallest value is readable and the largest not too long.
fn choose<'a>(multiples: &'a [Multiple], values: &[f64]) -> Option<&'a Multiple> {
    let sizes = || values.iter().map(|value| value.abs()).filter(|size| *size > 0.0);
    let (smallest, largest) = (sizes().fold(f64::INFINITY, f64::min), sizes().fold(0.0, f64::max));
    let fits = |multiple: &&Multiple| smallest.is_finite() && smallest >= multiple.from;
    let readable = multiples.iter().rposition(|multiple| fits(&multiple)).unwrap_or(0);
    let short = multiples.iter().skip(readable).find(|multiple| largest / multiple.divisor < TOO_LONG);
    short.or(multiples.last())
}

/// The multiple of a unit in which a value of this size is readable: what to divide by, and what it is called; nothing for plain
/// counts.
pub fn multiple(unit: &Unit, size: f64) -> (f64, String) {
    choose(&multiples(unit), &[size]).map_or((1.0, String::new()), |multiple| (multiple.divisor, multiple.name.clone()))
}

/// Values of a column: in one multiple of their unit if the greatest is less than a thousand times the least, so that the eye can
/// compare them; each in its own if they are farther apart.
pub fn column(unit: &Unit, values: &[f64]) -> Vec<String> {
    let sizes = || values.iter().map(|value| value.abs()).filter(|size| *size > 0.0);
    let together = sizes().fold(0.0, f64::max) < 1e3 * sizes().fold(f64::INFINITY, f64::min);
    let text = |value: &f64| {
        let like = if together { values } else { std::slice::from_ref(value) };
        values_like(like, unit, &[*value], false).texts().next().unwrap_or_default()
    };
    values.iter().map(text).collect()
}

/// Three digits each; one more where that hides a difference, and as many as it takes where every digit is meant.
fn distinct(values: &[f64], exact: bool, percent: bool) -> Vec<String> {
    let most = if exact { 17 } else { 4 };
    let shown = |digits: usize| -> Vec<String> { values.iter().map(|value| number(*value, digits)).collect() };
    let hides = |shown: &[String]| {
        shown.windows(2).zip(values.windows(2)).any(|(texts, pair)| match (texts, pair) {
            ([a, b], [x, y]) => a == b && x != y,
            _ => false,
        })
    };
    // 99.97 % is not all of them.
    let rounds_up = |shown: &[String]| {
        percent && shown.iter().zip(values).any(|(text, value)| *value < 100.0 && text.starts_with("100"))
    };
    let digits = (3..=most).find(|digits| !hides(&shown(*digits))).unwrap_or(3);
    let digits = (digits..=8).find(|digits| !rounds_up(&shown(*digits))).unwrap_or(digits);
    shown(digits)
}

/// A moment to the minute, in UTC: `2026-01-31 12:00`.
pub fn minute(moment: &Timestamp) -> String {
    moment.to_string().chars().take(16).map(|c| if c == 'T' { ' ' } else { c }).collect()
}

/// A number with this many significant digits; whole numbers with more digits keep them up to the point.
pub fn number(value: f64, digits: usize) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    // What the exponent is after rounding: 9.996 has three digits as 10.0.
    let scientific = format!("{size:.*e}", digits.saturating_sub(1));
    let exponent: i32 = scientific.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    let text = if (-4..9).contains(&exponent) {
        let decimals = usize::try_from(digits as i32 - 1 - exponent).unwrap_or(0);
        format!("{size:.decimals$}")
    } else {
        scientific
    };
    signed_like(value, &text)
}

fn signed_like(value: f64, size: &str) -> String {
    if value < 0.0 { format!("{MINUS}{size}") } else { size.to_owned() }
}

/// A relative change: `+22.1 %`, `−2.7 %`, `×124`.
pub fn change(share: f64) -> String {
    let text = bound(share);
    if text.starts_with('×') { text } else { format!("{text} %") }
}

/// A difference of two rates, in percentage points: `+1.2 pp`.
pub fn points(difference: f64) -> String {
    format!("{} pp", bound(difference))
}

/// The interval of a change: `[+18.4, +26.0]`, in percent or percentage points like the change beside it.
pub fn interval([low, high]: [f64; 2]) -> String {
    format!("[{}, {}]", bound(low), bound(high))
}

/// A share in percent, with its sign: one decimal, two where one would say nothing; a multiple where a percentage says
/// nothing any more.
pub fn bound(share: f64) -> String {
    let percent = share * 100.0;
    let size = percent.abs();
    let sign = if percent < 0.0 { MINUS } else { '+' };
    if share == 0.0 {
        "0".to_owned()
    } else if size < 0.005 {
        "~0".to_owned()
    } else if size < 0.05 {
        format!("{sign}{size:.2}")
    } else if size < 999.95 {
        format!("{sign}{size:.1}")
    } else if size < 9999.5 {
        format!("{sign}{size:.0}")
    } else if share > 0.0 {
        format!("×{}", short(1.0 + share))
    } else {
        format!("{sign}{}", short(size))
    }
}

/// A large number in few characters: `124`, `12.3k`, `1.20M`.
fn short(value: f64) -> String {
    let letters = [(1e12, 1e12, "T"), (1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")];
    match letters.iter().find(|(from, ..)| value >= *from) {
        _ if value >= 1e15 => format!("{value:.0e}"),
        Some((_, divisor, letter)) => format!("{}{letter}", number(value / divisor, 3)),
        None => number(value, 3),
    }
}

/// A share in percent, without a sign, in as many digits: `95 %`.
pub fn share(share: f64, digits: usize) -> String {
    let text = number(share * 100.0, digits);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

/// A p-value: `<.001`, `.034`, `.62`, `1`.
pub fn p_value(p: f64) -> String {
    let text = match p {
        _ if p < 0.001 => return "<.001".to_owned(),
        _ if p < 0.0995 => format!("{p:.3}"),
        _ if p < 0.995 => format!("{p:.2}"),
        _ => return "1".to_owned(),
    };
    text.trim_start_matches('0').to_owned()
}

/// An error rate as people count: `5 in 100`, `1 in 1,000`.
pub fn odds(share: f64) -> String {
    let whole = |of: f64| {
        let hits = share * of;
        ((hits - hits.round()).abs() < 1e-6 && hits >= 0.5).then_some(hits.round())
    };
    for (of, name) in [(100.0, "100"), (1e3, "1,000"), (1e4, "10,000"), (1e6, "1,000,000")] {
        if let Some(hits) = whole(of) {
            return format!("{hits} in {name}");
        }
    }
    format!("{} in 100", number(share * 100.0, 2))
}

/// A span of time as people say it: `8.3 s`, `48 s`, `12 min`, `3.5 h`, `2.5 d`.
pub fn span(span: std::time::Duration) -> String {
    let seconds = span.as_secs_f64();
    let one_decimal = |value: f64| format!("{value:.1}").trim_end_matches(".0").to_owned();
    if seconds < 0.0095 {
        format!("{} ms", one_decimal(seconds * 1e3))
    } else if seconds < 0.95 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds < 9.95 {
        format!("{} s", one_decimal(seconds))
    } else if seconds < 99.5 {
        format!("{seconds:.0} s")
    } else if seconds < 599.0 {
        format!("{} min", one_decimal(seconds / 60.0))
    } else if seconds < 7170.0 {
        format!("{:.0} min", seconds / 60.0)
    } else if seconds < 172_620.0 {
        format!("{} h", one_decimal(seconds / 3600.0))
    } else {
        format!("{} d", one_decimal(seconds / 86_400.0))
    }
}

/// A count with its noun: `1 row`, `27 rows`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", whole(number as u64), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(unit: &str, a: f64, b: f64) -> String {
        values(&Unit::new(unit), &[a, b], false).texts().collect::<Vec<_>>().join(" | ")
    }

    fn exact(unit: &str, a: f64, b: f64) -> String {
        values(&Unit::new(unit), &[a, b], true).texts().collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn a_span_is_said_as_people_say_it() {
        let shown = |seconds: f64| span(std::time::Duration::from_secs_f64(seconds));
        let expected = [
            "1 ms", "8.7 ms", "182 ms", "1.5 s", "48 s", "90 s", "4.8 min", "12 min", "119 min", "3.5 h", "47.9 h",
            "2 d", "7.5 d",
        ];
        let seconds =
            [0.001, 0.0087, 0.182, 1.5, 48.0, 90.0, 291.0, 720.0, 7140.0, 12_600.0, 172_440.0, 172_800.0, 648_000.0];
        assert_eq!(seconds.map(shown), expected);
    }

    #[test]
    fn both_sides_are_shown_in_the_same_multiple() {
        assert_eq!(pair("ns", 4.12e6, 5.03e6), "4.12 ms | 5.03 ms");
        assert_eq!(pair("ns", 812e3, 640e3), "812 µs | 640 µs");
        assert_eq!(pair("ns", 980.0, 1204.0), "980 ns | 1204 ns");
        assert_eq!(pair("ns", 95e9, 119e9), "95.0 s | 119 s");
        assert_eq!(pair("ns", 150e9, 300e9), "2.50 min | 5.00 min");
        assert_eq!(pair("ns", 9e12, 18e12), "2.50 h | 5.00 h");
        assert_eq!(pair("ns", 259.2e12, 1296e12), "3.00 d | 15.0 d");
        assert_eq!(pair("ns", 980e3, 1.02e6), "980 µs | 1020 µs");
        assert_eq!(pair("ns", 0.25, 0.5), "0.250 ns | 0.500 ns");
        assert_eq!(pair("1/s", 18_400.0, 17_900.0), "18.4 k/s | 17.9 k/s");
        assert_eq!(pair("1/s", 950.0, 0.5), "950 /s | 0.500 /s");
        assert_eq!(pair("B", 512.0, 1_048_576.0), "0.500 KiB | 1024 KiB");
        assert_eq!(pair("B", 3.0 * 1_048_576.0, 3.5 * 1_048_576.0), "3.00 MiB | 3.50 MiB");
        assert_eq!(pair("ratio", 0.983, 0.901), "98.3 % | 90.1 %");
    }

    #[test]
    fn a_column_has_one_unit_unless_its_values_are_far_apart() {
        let shown = |values: &[f64]| column(&Unit::nanoseconds(), values);
        assert_eq!(shown(&[77_300.0, 3.36e6, 1.12e6, 0.0]), ["77.3 µs", "3360 µs", "1120 µs", "0 µs"]);
        assert_eq!(shown(&[77_300.0, 3.36e8]), ["77.3 µs", "336 ms"]);
        assert_eq!(shown(&[0.0]), ["0 ns"]);
        assert!(shown(&[]).is_empty());
    }

    #[test]
    fn an_enormous_change_stays_short_on_both_sides() {
        assert_eq!(pair("ns", 1_000.0, 5e6), "1.00 µs | 5000 µs");
        assert_eq!(pair("ns", 1.0, 3e9), "1.00e-6 ms | 3000 ms");
        assert_eq!(pair("ns", 0.0, 3e9), "0 s | 3.00 s");
        assert_eq!(pair("ns", 0.0, 0.0), "0 ns | 0 ns");
        assert_eq!(pair("ns", 1e-30, 1e300), "1.16e-44 d | 1.16e286 d");
    }

    #[test]
    fn a_unit_of_the_users_stays_and_its_numbers_are_kept_short() {
        assert_eq!(pair("frames", 59.94, 61.0), "59.9 frames | 61.0 frames");
        assert_eq!(pair("1", 12.5, 13.0), "12.5 | 13.0");
        assert_eq!(pair("instructions", 1.2049e9, 1.3e9), "1.20 G instructions | 1.30 G instructions");
        assert_eq!(pair("°C", -3.5, 2.25), "−3.50 °C | 2.25 °C");
        assert_eq!(pair("evil\n\u{1b}[31m", 1.0, 2.0), "1.00 evil\\n\\u{1b}[31m | 2.00 evil\\n\\u{1b}[31m");
    }

    #[test]
    fn values_without_variation_keep_the_digits_that_differ() {
        assert_eq!(exact("steps", 100.0, 150.0), "100 steps | 150 steps");
        assert_eq!(exact("1", 123_456.0, 123_457.0), "123456 | 123457");
        assert_eq!(exact("B", 1_234_567.0, 1_234_890.0), "1.177 MiB | 1.178 MiB");
        assert_eq!(exact("B", 1_234_567.0, 1_234_568.0), "1.17737 MiB | 1.17738 MiB");
        assert_eq!(exact("ratio", 0.75, 0.25), "75.0 % | 25.0 %");
        assert_eq!(exact("-", -5.0, 0.0), "−5 - | 0 -");
    }

    #[test]
    fn a_difference_that_three_digits_hide_gets_a_fourth_but_no_false_precision() {
        assert_eq!(pair("ns", 4.121e6, 4.124e6), "4.121 ms | 4.124 ms");
        assert_eq!(pair("ns", 4.121_11e6, 4.121_12e6), "4.12 ms | 4.12 ms");
        assert_eq!(pair("ratio", 0.9997, 1.0), "99.97 % | 100.0 %");
        assert_eq!(pair("ratio", 0.999_997, 0.5), "99.9997 % | 50.0000 %");
    }

    #[test]
    fn rounding_does_not_add_a_digit() {
        assert_eq!(number(9.996, 3), "10.0");
        assert_eq!(number(0.000_099_96, 3), "0.000100");
        assert_eq!(number(-12_345.6, 3), "−12346");
    }

    #[test]
    fn a_change_has_a_sign_and_one_decimal() {
        let shown = [0.2209, -0.027, 0.0, 0.0003, -0.000_01, 2.0, 42.0, 123.0, -1.0, -500.0, 1e30].map(change);
        let expected = [
            "+22.1 %",
            "−2.7 %",
            "0 %",
            "+0.03 %",
            "~0 %",
            "+200.0 %",
            "+4200 %",
            "×124",
            "−100.0 %",
            "−50.0k %",
            "×1e30",
        ];
        assert_eq!(shown, expected);
        assert_eq!(interval([0.184, 0.26]), "[+18.4, +26.0]");
        assert_eq!(interval([-0.999, 250.0]), "[−99.9, ×251]");
        assert_eq!(points(0.0121), "+1.2 pp");
    }

    #[test]
    fn p_values_and_odds_are_as_short_as_they_can_be() {
        assert_eq!(
            [0.0, 0.0009, 0.0012, 0.034, 0.0996, 0.62, 0.999, 1.0].map(p_value),
            ["<.001", "<.001", ".001", ".034", ".10", ".62", "1", "1"]
        );
        assert_eq!(
            [0.05, 0.01, 0.001, 0.025, 1.0 / 3.0].map(odds),
            ["5 in 100", "1 in 100", "1 in 1,000", "25 in 1,000", "33 in 100"]
        );
        assert_eq!(
            [share(0.95, 4), share(0.9, 4), share(0.999, 4), share(0.0274, 2)],
            ["95 %", "90 %", "99.9 %", "2.7 %"]
        );
        assert_eq!([count(1, "row", "rows"), count(1200, "row", "rows")], ["1 row", "1,200 rows"]);
    }
}
