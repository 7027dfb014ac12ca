//! The words of a row's reason: which way a change goes, how large it is, how likely by chance.

use std::time::Duration;

use crate::config::Yardstick;
use crate::result::{Direction, Unit};

/// What a worsening and an improvement of a metric are called.
#[derive(Clone, Copy)]
pub struct Change {
    worse: &'static str,
    better: &'static str,
    yardstick: Yardstick,
}

impl Change {
    /// Times and rates become slower or faster; everything else worse or better.
    pub fn of(unit: &Unit, direction: Direction, yardstick: Yardstick) -> Self {
        match (unit.as_str(), direction) {
            ("ns", Direction::LowerIsBetter) | ("1/s", Direction::HigherIsBetter) => {
                Self { worse: "slower", better: "faster", yardstick }
            }
            _ => Self { worse: "worse", better: "better", yardstick },
        }
    }

    /// `22.1 % slower`, `3 percentage points worse`, from a worsening.
    pub fn sized(self, worsening: f64) -> String {
        if worsening == 0.0 {
            return "no difference".to_owned();
        }
        format!("{} {}", size(worsening.abs(), self.yardstick), self.word(worsening))
    }

    /// `95 % interval: 2.1 % faster to 3.4 % slower`, from the least and the most worsening.
    pub fn span(self, least: f64, most: f64, alpha: f64) -> String {
        let level = percent(1.0 - alpha);
        let low = match self.yardstick {
            // The unit is long, and once is enough.
            Yardstick::Points if least * most > 0.0 => hundredths(least.abs()),
            Yardstick::Points | Yardstick::Relative => self.sized(least),
        };
        format!("{level} interval: {low} to {}", self.sized(most))
    }

    fn word(self, worsening: f64) -> &'static str {
        if worsening < 0.0 { self.better } else { self.worse }
    }
}

/// A change without its direction: `22.1 %`, `3 percentage points`.
pub fn size(change: f64, yardstick: Yardstick) -> String {
    match (yardstick, hundredths(change).as_str()) {
        (Yardstick::Relative, _) => percent(change),
        (Yardstick::Points, "1") => "1 percentage point".to_owned(),
        (Yardstick::Points, points) => format!("{points} percentage points"),
    }
}

/// A share as a percentage of three digits: `22.1 %`, `5 %`, `0.03 %`.
pub fn percent(share: f64) -> String {
    format!("{} %", hundredths(share))
}

/// A share times 100, in three digits.
fn hundredths(share: f64) -> String {
    let percent = share * 100.0;
    let digits = if percent.abs() >= 99.95 {
        0
    } else if percent.abs() >= 9.995 {
        1
    } else {
        2
    };
    let text = format!("{percent:.digits$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// `40 s`, `12 min`, `3 h`: nobody plans such a time to the second.
pub fn time(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 100.0 => format!("{:.0} s", seconds.ceil()),
        _ if seconds < 6000.0 => format!("{:.0} min", (seconds / 60.0).ceil()),
        _ => format!("{:.0} h", (seconds / 3600.0).ceil()),
    }
}

/// `from 1.25 to 1.5 MB`: both values with up to six digits, which is more than anybody compares by eye.
pub fn from_to(baseline: f64, candidate: f64, unit: &Unit) -> String {
    let unit = match unit.as_str() {
        "1" | "ratio" | "" => String::new(),
        unit => format!(" {unit}"),
    };
    format!("from {} to {}{unit}", digits(baseline), digits(candidate))
}

fn digits(value: f64) -> String {
    let magnitude = if value == 0.0 { 0 } else { value.abs().log10().floor() as i32 };
    if magnitude >= 6 {
        return if value.fract() == 0.0 && magnitude < 15 { format!("{value}") } else { format!("{value:.5e}") };
    }
    if magnitude < -5 {
        return format!("{value:.3e}");
    }
    let text = format!("{value:.*}", (5 - magnitude).max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Why the row knows no better than the rounds of two sessions do.
pub fn too_few_sessions(sessions: usize) -> String {
    let recorded = match sessions {
        0 => "no session is recorded".to_owned(),
        1 => "only 1 session is recorded".to_owned(),
        more => format!("only {more} sessions are recorded"),
    };
    format!("{recorded}, so the machine's own change from session to session is not known")
}

/// `p = 0.012 over 5 tests`.
pub fn p_value(adjusted: f64, tests: usize) -> String {
    let p = if adjusted < 0.001 { "p < 0.001".to_owned() } else { format!("p = {adjusted:.3}") };
    if tests > 1 { format!("{p} after correction for {tests} tests") } else { p }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_named_after_what_it_is_a_change_of() {
        let latency = Change::of(&Unit::nanoseconds(), Direction::LowerIsBetter, Yardstick::Relative);
        assert_eq!(latency.sized(0.221), "22.1 % slower");
        assert_eq!(latency.sized(-0.05), "5 % faster");
        assert_eq!(latency.sized(0.0), "no difference");
        let accuracy = Change::of(&Unit::ratio(), Direction::HigherIsBetter, Yardstick::of("accuracy"));
        assert_eq!(accuracy.sized(0.03), "3 % worse");
        assert_eq!(latency.span(-0.021, 0.0344, 0.05), "95 % interval: 2.1 % faster to 3.44 % slower");
    }

    #[test]
    fn a_rate_of_failures_moves_by_points_and_not_by_percent() {
        let rate = Change::of(&Unit::ratio(), Direction::LowerIsBetter, Yardstick::of("error_rate"));
        assert_eq!(rate.sized(0.03), "3 percentage points worse");
        assert_eq!(rate.sized(-0.01), "1 percentage point better");
        let span = rate.span(-0.001, 0.0344, 0.05);
        assert_eq!(span, "95 % interval: 0.1 percentage points better to 3.44 percentage points worse");
        assert_eq!(rate.span(0.02, 0.0344, 0.05), "95 % interval: 2 to 3.44 percentage points worse");
    }

    #[test]
    fn values_have_as_many_digits_as_help() {
        let shown = |a, b, unit: &str| from_to(a, b, &Unit::new(unit));
        assert_eq!(shown(100.0, 120.0, "1"), "from 100 to 120");
        assert_eq!(shown(0.983_333_333, 0.9, "ratio"), "from 0.983333 to 0.9");
        assert_eq!(shown(1_234_567.0, 4_119_698.628_2, "B"), "from 1234567 to 4.11970e6 B");
        assert_eq!(shown(0.0, 0.000_001_25, "s"), "from 0 to 1.250e-6 s");
    }

    #[test]
    fn times_to_come_are_round() {
        let shown = [0.2, 40.0, 100.0, 700.0, 7300.0].map(|seconds| time(Duration::from_secs_f64(seconds)));
        assert_eq!(shown, ["1 s", "40 s", "2 min", "12 min", "3 h"]);
    }

    #[test]
    fn percentages_have_three_digits_at_most() {
        let shown: Vec<String> = [0.0, 0.000312, 0.1, 0.12345, 0.99, 1.0, 12.345].map(percent).to_vec();
        assert_eq!(shown, ["0 %", "0.03 %", "10 %", "12.3 %", "99 %", "100 %", "1234 %"]);
    }

    #[test]
    fn a_p_value_says_how_many_tests_it_was_corrected_for() {
        assert_eq!(p_value(0.0123, 5), "p = 0.012 after correction for 5 tests");
        assert_eq!(p_value(1e-9, 1), "p < 0.001");
    }
}
