//! Latency under load: the latency at the objective's percentile, load by load, with the bound, the answer and the knee.

use super::{Axis, Form, Key, Layer, Plot, Role, Sentence, Side};
use crate::capacity::{Capacity, Point, Verdict};
use crate::result::Unit;

/// The curve of a capacity. `None` where no load has a latency.
pub fn capacity(capacity: &Capacity) -> Option<Plot> {
    let position = |point: &Point| Some([point.load, point.latency?.at_share]);
    let is_valid = |point: &&Point| point.verdict != Verdict::Invalid;
    let valid: Vec<[f64; 2]> = capacity.curve.iter().filter(is_valid).filter_map(position).collect();
    let invalid: Vec<[f64; 2]> = capacity.curve.iter().filter(|point| !is_valid(point)).filter_map(position).collect();
    let spans = capacity.curve.iter().filter(is_valid).filter_map(|point| {
        let [low, high] = point.range?;
        Some([point.load, low, high])
    });
    let all: Vec<[f64; 2]> = valid.iter().chain(&invalid).copied().collect();
    let bound = capacity.objective.bound_nanos() as f64;
    let loads = all.iter().map(|[load, _]| *load);
    let (first, last) = (loads.clone().reduce(f64::min)?, loads.clone().reduce(f64::max)?);
    let of = Role::Of(Side::Candidate);
    let mut layers = Vec::new();
    if let Some([low, high]) = capacity.interval() {
        layers.push(Layer::Region { role: Role::Level, from: low, to: high });
    }
    layers.push(Layer::Line { role: Role::Threshold, points: vec![[first, bound], [last, bound]] });
    layers.extend(capacity.knee.map(|knee| Layer::Upright { role: Role::Guide, at: knee.load }));
    layers.push(Layer::Spans { role: of, spans: spans.collect() });
    layers.push(Layer::Line { role: of, points: valid.clone() });
    layers.push(Layer::Points { role: of, points: valid });
    let mut legend = vec![
        key(of, Form::Mark, &format!("{} of a load, median round", capacity.objective.percentile())),
        key(Role::Threshold, Form::Line, "bound"),
    ];
    if capacity.interval().is_some() {
        legend.push(key(Role::Level, Form::Region, "between met and violated"));
    }
    if capacity.knee.is_some() {
        legend.push(key(Role::Guide, Form::Line, "knee"));
    }
    if !invalid.is_empty() {
        layers.push(Layer::Points { role: Role::Aside, points: invalid });
        legend.push(key(Role::Aside, Form::Mark, "invalid: the load generator was late"));
    }
    let latencies = || all.iter().map(|[_, latency]| *latency).chain([bound]);
    let unit = Unit::nanoseconds();
    let ends = [latencies().fold(f64::INFINITY, f64::min), latencies().fold(0.0, f64::max)];
    Some(Plot {
        title: "Latency under load".to_owned(),
        description: Sentence::of("Latency at the percentile under loads from ")
            .range(&Unit::per_second(), [first, last])
            .words(": ")
            .range(&unit, ends)
            .words("; the bound is ")
            .value(&unit, bound)
            .words("."),
        x: Axis::of_positions(Sentence::of("queries per second"), &Unit::per_second(), loads),
        y: Axis::of_wide_positions(Sentence::of("latency"), &unit, latencies()),
        layers,
        legend,
    })
}

fn key(role: Role, form: Form, label: &str) -> Key {
    Key { role, form, label: label.to_owned() }
}
