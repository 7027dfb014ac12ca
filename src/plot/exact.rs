//! What is said of percentiles where they are known exactly, and not by the buckets of what is drawn.

use super::{Plot, Sentence};
use crate::result::Unit;

/// Times in nanoseconds, exact; a percentile is `None` where no time lies beyond it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exact {
    /// How many there are.
    pub count: u64,
    /// Half of them are shorter.
    pub p50: u64,
    /// Nine tenths of them are shorter, and so on.
    pub p90: Option<u64>,
    /// The same.
    pub p99: Option<u64>,
    /// The same.
    pub p999: Option<u64>,
    /// The longest.
    pub max: u64,
}

/// The histogram or the tail of latencies with these percentiles in words in place of those of its buckets. The drawing stays as it
/// is.
pub fn with_exact(plot: Plot, of: &Exact) -> Plot {
    let said = of.said(Sentence::of(&plot.title).words(": "), None).words(".");
    Plot { description: said, ..plot }
}

/// The same for the times of stages, by name, of which the drawing has the first so many.
pub fn with_exact_stages(plot: Plot, all: &[(&str, Exact)]) -> Plot {
    let drawn = all.get(..all.len().min(plot.legend.len())).unwrap_or_default();
    let mut said = Sentence::of("Time by percentile");
    let mut before = None;
    for (place, (name, of)) in drawn.iter().enumerate() {
        said = of.said(said.words(if place == 0 { " of " } else { "; of " }).name(name).words(": "), before);
        before = Some(of.count);
    }
    let said = match all.len() - drawn.len() {
        0 => said.words("."),
        more => said.words("; ").count(more, "more stage is", "more stages are").words(" in the table only."),
    };
    Plot { description: said, ..plot }
}

impl Exact {
    /// `said_before`: of how many queries, if that need not be said again.
    fn said(&self, said: Sentence, said_before: Option<u64>) -> Sentence {
        let unit = Unit::nanoseconds();
        let known = [("p50 ", Some(self.p50)), ("p90 ", self.p90), ("p99 ", self.p99), ("p99.9 ", self.p999)];
        let known = known.into_iter().filter_map(|(label, time)| Some((label, time?)));
        let said = known.fold(said, |said, (label, time)| said.words(label).value(&unit, time as f64).words(", "));
        let mut said = said.words("the slowest ");
        if said_before != Some(self.count) {
            let queries = usize::try_from(self.count).unwrap_or(usize::MAX);
            said = said.words("of ").count(queries, "query", "queries").words(" ");
        }
        said.value(&unit, self.max as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Said, Shown, distribution};
    use crate::result::Distribution;

    #[test]
    fn what_is_said_are_the_times_themselves_and_not_the_middle_of_their_buckets() {
        let times: Vec<u64> = (0..1000).map(|at| 4_000_003 + 7_001 * at).collect();
        let of = Distribution::of(times.iter().copied()).unwrap();
        let exact = Exact {
            count: 1000,
            p50: times[500],
            p90: Some(times[900]),
            p99: Some(times[990]),
            p999: None,
            max: times[999],
        };
        let plot = with_exact(distribution(&[Shown { label: "", of: &of }]).unwrap(), &exact);
        let said: Vec<f64> = plot
            .description
            .pieces()
            .iter()
            .filter_map(|piece| if let Said::Value(_, value) = piece { Some(*value) } else { None })
            .collect();
        assert_eq!(said, [500, 900, 990, 999].map(|rank| times[rank] as f64));
    }
}
