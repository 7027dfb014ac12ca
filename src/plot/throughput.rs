//! Throughput against latency: one point a round.

use super::{Axis, Form, Key, Layer, Plot, Role, Sentence, Shown, Side, legend, sides};
use crate::result::{BenchmarkResult, Metric, Unit};

/// The latencies that may be drawn, the first that there is first; one that is judged goes before all.
const LATENCIES: [&str; 5] = ["latency_p99", "latency_p90", "latency_p95", "latency_p50", "latency_mean"];

/// What a round's throughput and latency were, of one side or of base and candidate. `None` where a side has no throughput, or no
/// latency with a value for each of its rounds.
pub fn throughput(shown: &[Shown<'_, BenchmarkResult>]) -> Option<Plot> {
    let sides = sides(shown);
    sides.first()?;
    let rate = |of: &BenchmarkResult| of.metric("throughput").filter(|one| one.unit == Unit::per_second()).cloned();
    let rates: Vec<Metric> = sides.iter().map(|(_, shown)| rate(shown.of)).collect::<Option<_>>()?;
    let fits = |name: &&str| {
        let of = |(one, rate): (&Shown<'_, BenchmarkResult>, &Metric)| {
            let latency = one.of.metric(name)?;
            let usable = latency.unit == Unit::nanoseconds() && latency.rounds.count() == rate.rounds.count();
            usable.then_some(latency.gate)
        };
        let gates: Option<Vec<bool>> = sides.iter().map(|(_, shown)| *shown).zip(&rates).map(of).collect();
        gates.map(|gates| gates.contains(&true))
    };
    let usable = || LATENCIES.into_iter().filter_map(|name| Some((name, fits(&name)?)));
    let (name, _) = usable().find(|(_, judged)| *judged).or_else(|| usable().next())?;

    let mut layers = Vec::new();
    for ((side, shown), rate) in sides.iter().zip(&rates) {
        let latency = shown.of.metric(name)?;
        let points = rate.rounds.as_slice().iter().zip(latency.rounds.as_slice()).map(|(x, y)| [*x, *y]).collect();
        layers.push(Layer::Points { role: Role::Of(*side), points });
    }
    let asked = asked(&sides);
    let all = || {
        layers.iter().flat_map(|layer| if let Layer::Points { points, .. } = layer { points.as_slice() } else { &[] })
    };
    let x = Axis::of_positions(Sentence::of("throughput"), &Unit::per_second(), all().map(|[x, _]| *x).chain(asked));
    let y = Axis::of_wide_positions(Sentence::of(name), &Unit::nanoseconds(), all().map(|[_, y]| *y));
    let mut said = Sentence::of("Throughput and ").words(name).words(" of each round");
    for (position, (layer, (_, shown))) in layers.iter().zip(&sides).enumerate() {
        let Layer::Points { points, .. } = layer else { continue };
        said = said.words(if position == 0 { "" } else { "; and" });
        if !shown.label.is_empty() {
            said = said.words(" of ").name(shown.label);
        }
        said = said.words(" at ").range(&Unit::per_second(), ends(points, 0)).words(", ");
        said = said.range(&Unit::nanoseconds(), ends(points, 1));
    }
    let mut legend = legend(&sides, Form::Mark);
    if let Some(rate) = asked {
        said = said.words("; asked were ").value(&Unit::per_second(), rate);
        layers.insert(0, Layer::Upright { role: Role::Guide, at: rate });
        legend.push(Key { role: Role::Guide, form: Form::Line, label: "asked".to_owned() });
    }
    Some(Plot { title: "Throughput against latency".to_owned(), description: said.words("."), x, y, layers, legend })
}

/// The rate that was asked, if it is the same for all.
fn asked(sides: &[(Side, &Shown<'_, BenchmarkResult>)]) -> Option<f64> {
    let mut all = sides.iter().map(|(_, shown)| shown.of.asked);
    let first = all.next()??;
    all.all(|other| other == Some(first)).then_some(first)
}

/// The least and the greatest x (0) or y (1).
fn ends(points: &[[f64; 2]], which: usize) -> [f64; 2] {
    let values = || points.iter().filter_map(|point| point.get(which)).copied();
    [values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::{Direction, RoundValues};

    fn metric(name: &str, unit: Unit, gate: bool, values: &[f64]) -> Metric {
        let rounds = RoundValues::new(values.to_vec()).unwrap();
        Metric { name: name.to_owned(), unit, direction: Direction::LowerIsBetter, rounds, gate }
    }

    #[test]
    fn each_round_is_a_point_and_a_judged_latency_goes_first() {
        let ns = Unit::nanoseconds;
        let of = BenchmarkResult::imported(
            "b",
            vec![
                metric("latency_p50", ns(), true, &[5.0, 6.0]),
                metric("latency_p90", ns(), false, &[7.0, 8.0]),
                metric("throughput", Unit::per_second(), true, &[100.0, 90.0]),
            ],
        );
        let plot = throughput(&[Shown { label: "", of: &of }]).unwrap();
        let points = vec![[100.0, 5.0], [90.0, 6.0]];
        assert_eq!(plot.layers, [Layer::Points { role: Role::Of(Side::Candidate), points }]);
        let mut open = of.clone();
        open.metrics[0].gate = false;
        let plot = throughput(&[Shown { label: "", of: &open }]).unwrap();
        assert_eq!(plot.y.label, Sentence::of("latency_p90"));
    }

    #[test]
    fn the_rate_that_was_asked_is_drawn_where_all_sides_had_the_same() {
        let of = |asked| BenchmarkResult {
            asked,
            ..BenchmarkResult::imported(
                "b",
                vec![
                    metric("latency_p50", Unit::nanoseconds(), true, &[5.0, 6.0]),
                    metric("throughput", Unit::per_second(), false, &[100.0, 90.0]),
                ],
            )
        };
        let drawn = |results: &[BenchmarkResult]| {
            let shown: Vec<Shown<'_, BenchmarkResult>> = results.iter().map(|of| Shown { label: "", of }).collect();
            throughput(&shown).unwrap()
        };
        let plot = drawn(&[of(Some(120.0)), of(Some(120.0))]);
        assert_eq!(plot.layers[0], Layer::Upright { role: Role::Guide, at: 120.0 });
        assert_eq!(plot.legend.last().map(|key| key.label.as_str()), Some("asked"));
        assert!(plot.x.extent.high() >= 120.0, "it lies inside the plot");
        for others in [[Some(120.0), Some(90.0)], [None, Some(120.0)], [None, None]] {
            let plot = drawn(&others.map(of));
            assert!(!plot.layers.iter().any(|layer| matches!(layer, Layer::Upright { .. })), "{others:?}");
        }
    }

    #[test]
    fn without_both_for_each_round_there_is_nothing_to_draw() {
        let rate = metric("throughput", Unit::per_second(), true, &[100.0, 90.0]);
        let fewer = metric("latency_p99", Unit::nanoseconds(), true, &[5.0]);
        let other = metric("latency_p90", Unit::new("steps"), true, &[5.0, 6.0]);
        let of = BenchmarkResult::imported("b", vec![rate, fewer.clone(), other]);
        assert_eq!(throughput(&[Shown { label: "", of: &of }]), None);
        let of = BenchmarkResult::imported("b", vec![fewer]);
        assert_eq!(throughput(&[Shown { label: "", of: &of }]), None);
        assert_eq!(throughput(&[]), None);
    }
}
