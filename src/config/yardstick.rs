//! What a threshold is held against, and how it is said: 10 % of the baseline is not ten percentage points.
//!
//! Here: which metrics are judged by which, and a threshold in words. Not here: how a change is computed (`gate`).

use super::Threshold;

/// What a change is held against its threshold by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Yardstick {
    /// By its share of the baseline: 0.1 is 10 %.
    Relative,
    /// By the difference of two rates: 0.1 is ten percentage points.
    Points,
}

impl Yardstick {
    /// That of a metric. A rate of failures is usually 0 before, and then has no relative change.
    pub fn of(metric: &str) -> Self {
        if metric == "error_rate" { Self::Points } else { Self::Relative }
    }
}

impl Threshold {
    /// In a sentence: `10 %`, `1 percentage point`, `2.5 percentage points`.
    pub fn by(self, yardstick: Yardstick) -> String {
        match yardstick {
            Yardstick::Relative => self.to_string(),
            Yardstick::Points => match self.percent() {
                1.0 => "1 percentage point".to_owned(),
                points => format!("{points} percentage points"),
            },
        }
    }

    /// In the cell of a table: `10 %`, `2.5 pp`.
    pub fn short_by(self, yardstick: Yardstick) -> String {
        match yardstick {
            Yardstick::Relative => self.to_string(),
            Yardstick::Points => format!("{} pp", self.percent()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_of_a_rate_of_failures_is_said_in_points() {
        let said = |text: &str, metric: &str| {
            let threshold: Threshold = text.parse().unwrap();
            [threshold.by(Yardstick::of(metric)), threshold.short_by(Yardstick::of(metric))]
        };
        assert_eq!(said("1%", "error_rate"), ["1 percentage point", "1 pp"]);
        assert_eq!(said("2.5%", "error_rate"), ["2.5 percentage points", "2.5 pp"]);
        assert_eq!(said("1%", "accuracy"), ["1 %", "1 %"], "an accuracy is judged by its relative change");
    }
}
