//! Figures of two generators, repetition by repetition, and how they compare.

use std::fmt;

use perfgate::stats::median;

/// What a figure is, and what the project promises of it beside the other generator's.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// A time, in nanoseconds: at most this fraction; 8 means one eighth.
    OneIn(f64),
    /// A time, in nanoseconds: shown, not promised.
    Shown,
    /// A rate, in requests a second: at least this share.
    AtLeast(f64),
}

#[derive(Debug)]
struct Row {
    name: String,
    target: Target,
    /// The other generator's and perfgate's, of one repetition.
    pairs: Vec<(f64, f64)>,
}

/// One row a figure.
#[derive(Debug)]
pub struct Table {
    /// The other generator.
    other: &'static str,
    rows: Vec<Row>,
    /// The share of the machine that others used, of each repetition.
    others: Vec<f64>,
}

impl Table {
    /// A table without rows, for comparisons with this generator.
    pub fn against(other: &'static str) -> Self {
        Self { other, rows: Vec::new(), others: Vec::new() }
    }

    /// Adds what one repetition found.
    pub fn add(&mut self, name: &str, target: Target, theirs: f64, ours: f64) {
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.pairs.push((theirs, ours)),
            None => self.rows.push(Row { name: name.to_owned(), target, pairs: vec![(theirs, ours)] }),
        }
    }

    /// Notes which share of the machine others used during a repetition.
    pub fn note_others(&mut self, share: f64) {
        self.others.push(share);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<42} {:>10} {:>10} {:>9} {:>17}  target",
            "median of the repetitions", self.other, "perfgate", "ratio", "least to most"
        )?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        let (least, most) = extremes(&self.others);
        let [middle, least, most] = [median(&self.others), least, most].map(|share| 100.0 * share);
        writeln!(f, "\nOthers used {middle:.0} % of the machine (median; {least:.0} to {most:.0} %).")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let theirs: Vec<f64> = self.pairs.iter().map(|pair| pair.0).collect();
        let ours: Vec<f64> = self.pairs.iter().map(|pair| pair.1).collect();
        // What happens to the machine happens to both sides of a repetition, so the ratio is taken there.
        let ratios: Vec<f64> = self.pairs.iter().map(|(theirs, ours)| self.target.ratio(*theirs, *ours)).collect();
        let (least, most) = extremes(&ratios);
        let [ratio, least, most] = [median(&ratios), least, most];
        let target = self.target;
        write!(
            f,
            "{:<42} {:>10} {:>10} {:>9} {:>17}  {}",
            self.name,
            target.figure(median(&theirs)),
            target.figure(median(&ours)),
            target.written(ratio),
            format!("{} to {}", target.written(least), target.written(most)),
            target.verdict(ratio),
        )
    }
}

impl Target {
    /// How many times better perfgate is: a time is the better the shorter, a rate the higher.
    fn ratio(self, theirs: f64, ours: f64) -> f64 {
        match self {
            Self::OneIn(_) | Self::Shown => theirs / ours,
            Self::AtLeast(_) => ours / theirs,
        }
    }

    fn written(self, ratio: f64) -> String {
        match self {
            Self::OneIn(_) | Self::Shown => format!("1/{ratio:.1}"),
            Self::AtLeast(_) => format!("{ratio:.2}"),
        }
    }

    fn figure(self, value: f64) -> String {
        match self {
            Self::OneIn(_) | Self::Shown => time(value),
            Self::AtLeast(_) => format!("{value:.0}/s"),
        }
    }

    fn verdict(self, ratio: f64) -> String {
        let (wanted, name) = match self {
            Self::OneIn(wanted) => (wanted, format!("1/{wanted}")),
            Self::AtLeast(wanted) => (wanted, wanted.to_string()),
            Self::Shown => return String::new(),
        };
        format!("{name}: {}", if ratio >= wanted { "reached" } else { "MISSED" })
    }
}

fn extremes(values: &[f64]) -> (f64, f64) {
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    (least, values.iter().copied().fold(0.0, f64::max))
}

fn time(nanoseconds: f64) -> String {
    if nanoseconds < 1e3 {
        format!("{nanoseconds:.0} ns")
    } else if nanoseconds < 1e6 {
        format!("{:.2} µs", nanoseconds / 1e3)
    } else {
        format!("{:.2} ms", nanoseconds / 1e6)
    }
}
