//! The tail of latencies: which latency a query has with which rarity.

use super::{Axis, Form, Layer, Plot, Quantity, Role, Scale, Sentence, Shown, legend, sides};
use crate::result::{Distribution, Unit};

/// Latency by percentile, on an axis on which each step to the right is ten times rarer (as HdrHistogram's plots have it): of one
/// side or of base and candidate. A step is as wide as its bucket has queries; the last one ends at the rarest, one of all
/// queries. `None` without a side.
pub fn tail(shown: &[Shown<'_, Distribution>]) -> Option<Plot> {
    let sides = sides(shown);
    let unit = Unit::nanoseconds();
    let mut layers = Vec::new();
    for (side, shown) in &sides {
        let points = steps(shown.of);
        let greatest = points.last().copied();
        layers.push(Layer::Line { role: Role::Of(*side), points });
        layers.push(Layer::Points { role: Role::Of(*side), points: greatest.into_iter().collect() });
    }
    let most = sides.iter().map(|(_, shown)| shown.of.count()).max()?;
    let latencies = sides.iter().flat_map(|(_, shown)| steps(shown.of)).map(|[_, latency]| latency);
    Some(Plot {
        title: "Latency by percentile, all queries".to_owned(),
        description: description(&sides.iter().map(|(_, shown)| *shown).collect::<Vec<_>>()),
        x: Axis::between(
            Sentence::of("percentile of all queries"),
            Quantity::Percentile,
            Scale::Logarithmic,
            // A little more, so that the end of the line is seen.
            [1.0, (most as f64 * 1.1).max(3.0)],
        ),
        y: Axis::of_wide_positions(Sentence::of("latency"), &unit, latencies),
        layers,
        legend: legend(&sides, Form::Line),
    })
}

/// Where the latency rises, as corners of a staircase.
pub(super) fn steps(of: &Distribution) -> Vec<[f64; 2]> {
    let total = of.count() as f64;
    let mut corners = Vec::new();
    let mut below = 0.0;
    for bucket in of.buckets() {
        let inside = bucket.count as f64;
        let latency = of.quantile((below + inside / 2.0) / total);
        let beyond = |queries: f64| if queries > 0.0 { total / queries } else { total };
        corners.push([beyond(total - below), latency]);
        below += inside;
        corners.push([beyond(total - below), latency]);
    }
    corners
}

fn description(all: &[&Shown<'_, Distribution>]) -> Sentence {
    let mut said = Sentence::of("Latency by percentile");
    for (position, shown) in all.iter().enumerate() {
        let of = shown.of;
        if !shown.label.is_empty() {
            said = said.words(if position == 0 { " of " } else { "; of " }).name(shown.label);
        }
        said = percentiles(said.words(": "), of, None);
    }
    said.words(".")
}

/// With the usual percentiles and the slowest query after it; `said_before`: of how many queries, if that need not be said again.
pub(super) fn percentiles(said: Sentence, of: &Distribution, said_before: Option<u64>) -> Sentence {
    let unit = Unit::nanoseconds();
    let mut said = said;
    for (share, label) in [(0.5, "p50 "), (0.9, "p90 "), (0.99, "p99 "), (0.999, "p99.9 ")] {
        if share == 0.5 || of.count() as f64 * (1.0 - share) >= 1.0 - 1e-9 {
            said = said.words(label).between(&unit, bucket_at(of, share)).words(", ");
        }
    }
    said = said.words("the slowest ");
    if said_before != Some(of.count()) {
        let queries = usize::try_from(of.count()).unwrap_or(usize::MAX);
        said = said.words("of ").count(queries, "query", "queries").words(" ");
    }
    said.between(&unit, bucket_at(of, 1.0))
}

/// Between which latencies that of a share lies, in nanoseconds: no more is known of it.
pub(super) fn bucket_at(of: &Distribution, share: f64) -> [f64; 2] {
    of.bucket_at(share).map(|end| end as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn staircase(of: &Distribution) -> Vec<[f64; 2]> {
        let plot = tail(&[Shown { label: "this", of }]).unwrap();
        plot.layers
            .iter()
            .find_map(|layer| match layer {
                Layer::Line { points, .. } => Some(points.clone()),
                _ => None,
            })
            .unwrap()
    }

    /// What the staircase says at a share.
    fn at(corners: &[[f64; 2]], share: f64) -> f64 {
        let x = 1.0 / (1.0 - share);
        let steps = corners.chunks(2).find(|step| step[0][0] <= x && x < step[1][0]);
        steps.map_or(corners.last().unwrap()[1], |step| step[0][1])
    }

    #[test]
    fn the_line_shows_the_quantiles() {
        let of = Distribution::of((0..4000_u64).map(|at| 1000 + at * at % 7919 * 31)).unwrap();
        let corners = staircase(&of);
        for share in [0.0, 0.1, 0.3331, 0.5, 0.9001, 0.9901, 0.9991] {
            assert_eq!(at(&corners, share), of.quantile(share), "at {share}");
        }
        assert_eq!(corners.last(), Some(&[4000.0, of.quantile(1.0)]));
        assert!(corners.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1]));
    }

    #[test]
    fn one_latency_is_a_level_line() {
        let of = Distribution::of([500]).unwrap();
        let corners = staircase(&of);
        assert_eq!(corners, [[1.0, of.quantile(0.5)]; 2]);
        let many = Distribution::of([500; 1000]).unwrap();
        assert_eq!(staircase(&many), [[1.0, many.quantile(0.5)], [1000.0, many.quantile(0.5)]]);
        assert_eq!(tail(&[]), None);
    }
}
