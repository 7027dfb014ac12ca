//! Figures of both generators, repetition by repetition, and how they compare.

use std::fmt;

use perfgate::stats::median;

/// Whether a figure is one that the project promises, and which share of LoadGen's it may be.
#[derive(Debug, Clone, Copy)]
pub enum Target {
    /// At most this fraction: 8 means one eighth.
    OneIn(f64),
    /// Shown, not promised.
    Shown,
}

#[derive(Debug)]
struct Row {
    name: String,
    target: Target,
    /// LoadGen's and perfgate's, of one repetition, in nanoseconds.
    pairs: Vec<(f64, f64)>,
}

/// One row a figure.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
    /// The share of the machine that others used, of each repetition.
    others: Vec<f64>,
}

impl Table {
    /// Adds what one repetition found, in nanoseconds.
    pub fn add(&mut self, name: &str, target: Target, loadgen: f64, perfgate: f64) {
        match self.rows.iter_mut().find(|row| row.name == name) {
            Some(row) => row.pairs.push((loadgen, perfgate)),
            None => self.rows.push(Row { name: name.to_owned(), target, pairs: vec![(loadgen, perfgate)] }),
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
            "median of the repetitions", "LoadGen", "perfgate", "ratio", "least to most"
        )?;
        self.rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        let (least, most) = extremes(&self.others);
        let [middle, least, most] = [median(&self.others), least, most].map(|share| 100.0 * share);
        write!(f, "\nOthers used {middle:.0} % of the machine (median; {least:.0} to {most:.0} %).")
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loadgen: Vec<f64> = self.pairs.iter().map(|pair| pair.0).collect();
        let perfgate: Vec<f64> = self.pairs.iter().map(|pair| pair.1).collect();
        // What happens to the machine happens to both sides of a repetition, so the ratio is taken there.
        let ratios: Vec<f64> = self.pairs.iter().map(|(loadgen, perfgate)| loadgen / perfgate).collect();
        let ratio = median(&ratios);
        let (least, most) = extremes(&ratios);
        let target = match self.target {
            Target::OneIn(wanted) if ratio >= wanted => format!("1/{wanted}: reached"),
            Target::OneIn(wanted) => format!("1/{wanted}: MISSED"),
            Target::Shown => String::new(),
        };
        write!(
            f,
            "{:<42} {:>10} {:>10} {:>9} {:>17}  {target}",
            self.name,
            time(median(&loadgen)),
            time(median(&perfgate)),
            format!("1/{ratio:.1}"),
            format!("1/{least:.1} to 1/{most:.1}"),
        )
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
