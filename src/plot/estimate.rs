//! How an estimate settled while more and more was measured.

use super::{Axis, Form, Key, Layer, Plot, Quantity, Role, Scale, Sentence, Side};
use crate::result::Unit;

/// An estimate of a change, when so much had been measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// How much: queries.
    pub at: f64,
    /// The relative change.
    pub change: f64,
    /// Its interval, where there is one yet.
    pub interval: Option<[f64; 2]>,
}

/// A change is drawn where it is between these.
const DRAWN: [f64; 2] = [-1.0, 4.0];

/// The running estimate of a change over the queries, with its interval as a band, the line of no change, and what matters as
/// lines on both sides. `None` for no estimate.
pub fn estimate(title: &str, estimates: &[Estimate], threshold: f64) -> Option<Plot> {
    let finite = |own: &&Estimate| own.at.is_finite() && own.change.is_finite();
    let drawn: Vec<&Estimate> = estimates.iter().filter(finite).collect();
    let last = *drawn.last()?;
    let limits = limits(&drawn, last, threshold);
    let within = |value: f64| value.clamp(limits[0], limits[1]);
    let look = Role::Of(Side::Candidate);
    let end = last.at.max(1.0);
    let level = |at: f64| vec![[0.0, at], [end, at]];
    let mut layers = vec![Layer::Line { role: Role::Guide, points: level(0.0) }];
    if threshold > 0.0 {
        // Twice as fast matters as much as half as fast.
        for at in [threshold, 1.0 / (1.0 + threshold) - 1.0] {
            layers.push(Layer::Line { role: Role::Threshold, points: level(at) });
        }
    }
    let band: Vec<[f64; 3]> =
        drawn.iter().filter_map(|own| own.interval.map(|[low, high]| [own.at, within(low), within(high)])).collect();
    if !band.is_empty() {
        layers.push(Layer::Band { role: look, points: band });
    }
    let points: Vec<[f64; 2]> = drawn.iter().map(|own| [own.at, within(own.change)]).collect();
    layers.push(Layer::Line { role: look, points: points.clone() });
    layers.push(Layer::Points { role: look, points });
    let queries = Unit::new("1");
    let mut legend =
        vec![Key { role: look, form: Form::Whisker, label: "estimate, with its interval at every look".to_owned() }];
    if threshold > 0.0 {
        legend.push(Key { role: Role::Threshold, form: Form::Line, label: "least that matters".to_owned() });
    }
    Some(Plot {
        title: title.to_owned(),
        description: description(&drawn, last),
        x: Axis::between(Sentence::of("queries of both arms"), Quantity::Value(queries), Scale::Linear, [0.0, end]),
        y: Axis::between(Sentence::of("change"), Quantity::Change, Scale::Linear, limits),
        layers,
        legend,
    })
}

/// Around 0, the thresholds, all estimates, and the last interval; earlier ones are wide, and may end at the edge.
fn limits(drawn: &[&Estimate], last: &Estimate, threshold: f64) -> [f64; 2] {
    let changes = drawn.iter().map(|own| own.change);
    let ends = last.interval.into_iter().flatten();
    let needed = changes.chain(ends).chain([0.0, threshold * 1.5, -threshold * 1.5]);
    let needed = needed.map(|value| value.clamp(DRAWN[0], DRAWN[1]));
    let (low, high) = needed.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let more = 0.1 * (high - low).max(1e-3);
    [low - more, high + more]
}

fn description(drawn: &[&Estimate], last: &Estimate) -> Sentence {
    let said =
        Sentence::of("After ").count(drawn.len(), "round", "rounds").words(" the change is ").change(last.change);
    match last.interval {
        Some([low, high]) => said.words(", with an interval from ").change(low).words(" to ").change(high).words("."),
        None => said.words("; there is no interval yet."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(at: f64, change: f64, interval: Option<[f64; 2]>) -> Estimate {
        Estimate { at, change, interval }
    }

    #[test]
    fn the_band_begins_where_there_is_an_interval_and_ends_inside_the_plot() {
        let all = [of(100.0, 0.3, None), of(200.0, 0.1, Some([-0.9, 40.0])), of(300.0, 0.12, Some([0.05, 0.2]))];
        let plot = estimate("latency", &all, 0.1).unwrap();
        let band = plot.layers.iter().find_map(|layer| match layer {
            Layer::Band { points, .. } => Some(points.clone()),
            _ => None,
        });
        let band = band.unwrap();
        assert_eq!(band.len(), 2);
        let (low, high) = (plot.y.extent.low(), plot.y.extent.high());
        assert!(band.iter().all(|point| point[1] >= low && point[2] <= high), "{band:?} {low} {high}");
        assert!(low < -0.1 && high > 0.3 && high < 1.0, "the last interval decides: {low} {high}");
    }

    #[test]
    fn without_an_estimate_there_is_nothing_to_draw() {
        assert_eq!(estimate("latency", &[], 0.1), None);
        assert_eq!(estimate("latency", &[of(1.0, f64::NAN, None)], 0.1), None);
        assert!(estimate("latency", &[of(1.0, 0.0, None)], 0.0).is_some());
    }
}
