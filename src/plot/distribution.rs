//! How often latencies occurred: a histogram whose columns are equally wide on the axis.

use super::tail::bucket_at;
use super::{Axis, Form, Layer, Mark, Plot, Quantity, Role, Scale, Sentence, Shown, legend, sides};
use crate::result::{Distribution, Unit};

/// More columns than this say no more.
const MOST_COLUMNS: usize = 60;

/// How many times the shortest latency the longest is, from which on the axis is logarithmic.
const WIDE: f64 = 10.0;

/// Where a logarithmic axis puts latencies of 0, in ns.
const ALMOST_ZERO: f64 = 0.5;

/// The shares whose latencies are marked.
const MARKED: [(f64, &str); 3] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99")];

/// How often latencies occurred, of one side or of base and candidate: what share of the queries of each lies in each column, with
/// percentiles marked. A column is no narrower than a bucket of the data at its middle; the queries of a bucket are spread
/// evenly over it. `None` without a side.
pub fn distribution(shown: &[Shown<'_, Distribution>]) -> Option<Plot> {
    let sides = sides(shown);
    let grid = Grid::of(&sides.iter().map(|(_, shown)| shown.of).collect::<Vec<_>>())?;
    let mut layers = Vec::new();
    let mut highest: f64 = 0.0;
    for (side, shown) in &sides {
        let columns = grid.columns(shown.of);
        highest = columns.iter().fold(highest, |highest, [.., share]| highest.max(*share));
        layers.push(Layer::Columns { role: Role::Of(*side), columns });
    }
    for (side, shown) in &sides {
        layers.push(Layer::Marks { role: Role::Of(*side), marks: marks(shown.of) });
    }
    Some(Plot {
        title: "Latency distribution, all queries".to_owned(),
        description: description(&sides.iter().map(|(_, shown)| *shown).collect::<Vec<_>>()),
        x: grid.axis(),
        y: Axis::between(
            Sentence::of("queries in each column"),
            Quantity::Value(Unit::ratio()),
            Scale::Linear,
            [0.0, highest * 1.05],
        ),
        layers,
        legend: legend(&sides, Form::Surface),
    })
}

/// The columns that all sides share.
struct Grid {
    scale: Scale,
    low: f64,
    high: f64,
    columns: usize,
}

impl Grid {
    fn of(all: &[&Distribution]) -> Option<Self> {
        let least = all.iter().filter_map(|one| one.buckets().next()).map(|bucket| bucket.low).min()?;
        let greatest = all.iter().filter_map(|one| one.buckets().last()).map(|bucket| bucket.high).max()?;
        let (low, high) = ((least as f64).max(ALMOST_ZERO), greatest as f64);
        let wide = high / low > WIDE;
        let (scale, low) = if wide { (Scale::Logarithmic, low) } else { (Scale::Linear, least as f64) };
        let grid = Self { scale, low, high, columns: 1 };
        let coarsest = all.iter().map(|one| grid.width_at_middle(one)).fold(0.0, f64::max);
        let fitting = if coarsest > 0.0 { ((grid.width() / coarsest) + 1e-9).floor() as usize } else { 1 };
        Some(Self { columns: fitting.clamp(1, MOST_COLUMNS), ..grid })
    }

    /// A position in what is even on the axis.
    fn even(&self, value: f64) -> f64 {
        match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.max(ALMOST_ZERO).ln(),
        }
    }

    fn width(&self) -> f64 {
        self.even(self.high) - self.even(self.low)
    }

    /// The width, on the axis, of the bucket in which the middle query lies.
    fn width_at_middle(&self, of: &Distribution) -> f64 {
        let middle = of.quantile(0.5);
        let bucket = of.buckets().find(|bucket| (bucket.high as f64) > middle);
        bucket.map_or(0.0, |bucket| self.even(bucket.high as f64) - self.even(bucket.low as f64))
    }

    /// The border before a column.
    fn border(&self, column: usize) -> f64 {
        let even = self.even(self.low) + self.width() * column as f64 / self.columns as f64;
        match self.scale {
            Scale::Linear => even,
            Scale::Logarithmic => even.exp(),
        }
    }

    fn columns(&self, of: &Distribution) -> Vec<[f64; 3]> {
        let mut shares = vec![0.0; self.columns];
        let total = of.count() as f64;
        let step = self.width() / self.columns as f64;
        for bucket in of.buckets() {
            let place = |value: u64| (self.even(value as f64) - self.even(self.low)) / step;
            let (from, to) = (place(bucket.low), place(bucket.high));
            for (column, share) in shares.iter_mut().enumerate() {
                let inside = to.min(column as f64 + 1.0) - from.max(column as f64);
                if inside > 0.0 {
                    *share += bucket.count as f64 / total * (inside / (to - from));
                }
            }
        }
        shares.into_iter().enumerate().map(|(at, share)| [self.border(at), self.border(at + 1), share]).collect()
    }

    /// Half a column more on both sides, so that the outermost stand free; but there are no latencies below 0.
    fn axis(&self) -> Axis {
        let more = self.width() / self.columns as f64 / 2.0;
        let limits = match self.scale {
            Scale::Linear => [(self.low - more).max(0.0), self.high + more],
            Scale::Logarithmic => [self.low / more.exp(), self.high * more.exp()],
        };
        Axis::between(Sentence::of("latency"), Quantity::Value(Unit::nanoseconds()), self.scale, limits)
    }
}

/// The percentiles that have at least one query beyond them.
fn marks(of: &Distribution) -> Vec<Mark> {
    marked(of).map(|(share, label)| Mark { label: Sentence::of(label), at: of.quantile(share) }).collect()
}

fn marked(of: &Distribution) -> impl Iterator<Item = (f64, &'static str)> {
    let total = of.count() as f64;
    MARKED.into_iter().filter(move |(share, _)| *share == 0.5 || total * (1.0 - share) >= 1.0 - 1e-9)
}

fn description(all: &[&Shown<'_, Distribution>]) -> Sentence {
    let unit = Unit::nanoseconds();
    let queries = |shown: &Shown<'_, Distribution>| usize::try_from(shown.of.count()).unwrap_or(usize::MAX);
    let mut said = Sentence::of("Histogram of ");
    for (position, shown) in all.iter().enumerate() {
        said = said.words(if position > 0 { " and " } else { "" }).count(queries(shown), "latency", "latencies");
        if !shown.label.is_empty() {
            said = said.words(" of ").name(shown.label);
        }
    }
    let Some(first) = all.first() else { return said };
    for (position, (share, label)) in marked(first.of).enumerate() {
        said = said.words(if position == 0 { ": " } else { ", " }).words(label).words(" ");
        let both = [Some(first), all.get(1)].map(|shown| shown.map(|shown| bucket_at(shown.of, share)));
        said = match both {
            [Some(base), Some(candidate)] if base != candidate => {
                said.between(&unit, base).words(" and ").between(&unit, candidate)
            }
            [Some(only), _] => said.between(&unit, only),
            [None, _] => said,
        };
    }
    said.words(".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plot::{Said, Side};

    fn shown<'a>(label: &'a str, of: &'a Distribution) -> Shown<'a, Distribution> {
        Shown { label, of }
    }

    fn columns(plot: &Plot) -> Vec<(Role, &[[f64; 3]])> {
        let columns = plot.layers.iter().filter_map(|layer| match layer {
            Layer::Columns { role, columns } => Some((*role, columns.as_slice())),
            _ => None,
        });
        columns.collect()
    }

    fn marks(plot: &Plot) -> Vec<Vec<f64>> {
        let marks = plot.layers.iter().filter_map(|layer| match layer {
            Layer::Marks { marks, .. } => Some(marks.iter().map(|mark| mark.at).collect()),
            _ => None,
        });
        marks.collect()
    }

    #[test]
    fn no_query_is_lost_and_both_sides_have_the_same_columns() {
        let base = Distribution::of((0..5000).map(|at| 4_000_000 + at * 97 % 300_000)).unwrap();
        let candidate = Distribution::of((0..300).map(|at| 4_500_000 + at * at * 10)).unwrap();
        let plot = distribution(&[shown("main", &base), shown("this", &candidate)]).unwrap();
        let drawn = columns(&plot);
        assert_eq!(
            drawn.iter().map(|(role, _)| *role).collect::<Vec<_>>(),
            [Role::Of(Side::Base), Role::Of(Side::Candidate)]
        );
        let borders = |at: usize| drawn[at].1.iter().map(|[from, to, _]| (*from, *to)).collect::<Vec<_>>();
        assert_eq!(borders(0), borders(1));
        assert!(drawn[0].1.len() > 5 && drawn[0].1.len() <= MOST_COLUMNS, "{} columns", drawn[0].1.len());
        for (_, columns) in &drawn {
            let all: f64 = columns.iter().map(|[.., share]| share).sum();
            assert!((all - 1.0).abs() < 1e-9, "{all}");
        }
        // What lies below the candidate's least has none of its queries.
        let before = drawn[1].1.iter().filter(|[_, to, _]| *to < 4_400_000.0).map(|[.., share]| *share).sum::<f64>();
        assert_eq!(before, 0.0);
        assert_eq!(
            marks(&plot),
            [
                [0.5, 0.9, 0.99].map(|share| base.quantile(share)),
                [0.5, 0.9, 0.99].map(|share| candidate.quantile(share))
            ]
        );
        assert_eq!(plot.legend.iter().map(|key| key.label.as_str()).collect::<Vec<_>>(), ["main", "this"]);
    }

    #[test]
    fn the_share_of_a_stretch_is_that_of_its_latencies() {
        // Below 64 ns every latency has a bucket of its own, and each a column.
        let of = Distribution::of([20, 21, 21, 23, 23, 23, 23, 29]).unwrap();
        let plot = distribution(&[shown("", &of)]).unwrap();
        let [(_, columns)] = columns(&plot)[..] else { panic!() };
        let shares: Vec<f64> = columns.iter().map(|[.., share]| (share * 8.0 * 1e6).round() / 1e6).collect();
        assert_eq!(shares, [1.0, 2.0, 0.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(columns[3], [23.0, 24.0, 0.5]);
        assert_eq!(plot.x.scale, Scale::Linear);
    }

    #[test]
    fn in_words_a_percentile_is_no_more_exact_than_its_bucket() {
        let said = |latencies: &[u64]| {
            let of = Distribution::of(latencies.iter().copied()).unwrap();
            distribution(&[shown("", &of)]).unwrap().description.pieces().to_vec()
        };
        let between = |ends| Said::Between(Unit::nanoseconds(), ends);
        // 4.1 ms lies in a bucket of 65,536 ns.
        assert!(said(&[4_100_000; 5]).contains(&between([4_063_232.0, 4_128_767.0])), "{:?}", said(&[4_100_000; 5]));
        assert!(said(&[40; 5]).contains(&between([40.0, 40.0])));
    }

    #[test]
    fn a_long_tail_asks_for_a_logarithmic_axis() {
        let of = Distribution::of((0..1000).map(|at| 1000 + at).chain([1_000_000])).unwrap();
        let plot = distribution(&[shown("", &of)]).unwrap();
        assert_eq!(plot.x.scale, Scale::Logarithmic);
        let [(_, columns)] = columns(&plot)[..] else { panic!() };
        let ratios: Vec<f64> = columns.iter().map(|[from, to, _]| to / from).collect();
        assert!(ratios.iter().all(|ratio| (ratio - ratios[0]).abs() < 1e-9), "columns are equally wide: {ratios:?}");
        let from_0 = Distribution::of([0, 5000]).unwrap();
        let plot = distribution(&[shown("", &from_0)]).unwrap();
        assert!(plot.x.extent.low() > 0.0 && plot.x.scale == Scale::Logarithmic);
    }

    #[test]
    fn one_latency_is_one_column_and_a_percentile_needs_a_query_beyond_it() {
        let of = Distribution::of([7]).unwrap();
        let plot = distribution(&[shown("", &of)]).unwrap();
        assert_eq!(columns(&plot), [(Role::Of(Side::Candidate), [[7.0, 8.0, 1.0]].as_slice())]);
        assert_eq!(marks(&plot), [[7.0]]);
        let ten = Distribution::of(100..110).unwrap();
        assert_eq!(marks(&distribution(&[shown("", &ten)]).unwrap())[0].len(), 2);
        assert_eq!(distribution(&[]), None);
    }
}
