//! Shares with their intervals, and Markdown tables.

use perfgate::stats::clopper_pearson;

/// How often something happened.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    pub of: u64,
    pub times: u64,
}

impl Share {
    /// Of so many.
    pub fn new(times: u64, of: u64) -> Self {
        Self { of, times }
    }

    /// In percent, with the exact interval at 95 %.
    pub fn with_interval(self) -> String {
        match clopper_pearson(self.times, self.of, 0.95) {
            Some(interval) => {
                let [low, high] = [interval.low, interval.high].map(|end| percent(100.0 * end));
                format!("{} ({low}–{high})", percent(self.percent()))
            }
            None => "–".to_owned(),
        }
    }

    /// In percent, in few digits.
    pub fn short(self) -> String {
        if self.of == 0 { "–".to_owned() } else { percent(self.percent()) }
    }

    /// Whether it is beyond chance that the true share is above `share`, at 99.9 %.
    pub fn is_above(self, share: f64) -> bool {
        clopper_pearson(self.times, self.of, 0.998).is_some_and(|interval| interval.low > share)
    }

    fn percent(self) -> f64 {
        100.0 * self.times as f64 / self.of as f64
    }
}

fn percent(value: f64) -> String {
    if value == 0.0 || value >= 9.95 { format!("{value:.0}") } else { format!("{value:.1}") }
}

/// Prints the heading of a table: what it shows, and its columns.
pub fn heading(title: &str, told: &str, columns: &[&str]) {
    println!("\n## {title}\n\n{told}\n");
    println!("| {} |", columns.join(" | "));
    println!("|---|{}", "--:|".repeat(columns.len().saturating_sub(1)));
}

/// Prints a row of a table.
pub fn row(cells: &[String]) {
    println!("| {} |", cells.join(" | "));
}
