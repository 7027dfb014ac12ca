//! Stages: which part of the time each takes, and how long they take by percentile.

use super::tail::{percentiles, steps};
use super::{Axis, Form, Key, Layer, Nth, Place, Plot, Quantity, Role, Scale, Sentence, Side};
use crate::result::{Distribution, Stage, Unit};

/// A part of the time.
#[derive(Debug, Clone, PartialEq)]
pub struct PartOfTime {
    /// What it is called.
    pub name: String,
    /// Of all time: 0.5 is half of it.
    pub share: f64,
    /// The interval of the share, if it has one.
    pub interval: Option<[f64; 2]>,
    /// Its share in the slowest queries.
    pub in_tail: Option<f64>,
}

/// More parts than this are not drawn: the table has them all.
const MOST_PARTS: usize = 18;

/// How far what belongs to the slowest queries lies below the rest, in places.
const BELOW: f64 = 0.26;

/// The share of each part with its interval, and what it is in the slowest queries, of which `slowest` is the part. `None` without
/// parts.
pub fn shares(parts: &[PartOfTime], slowest: Option<f64>) -> Option<Plot> {
    let drawn = parts.get(..parts.len().min(MOST_PARTS))?;
    if drawn.is_empty() {
        return None;
    }
    let look = Role::Of(Side::Candidate);
    let places = || drawn.iter().enumerate().map(|(place, part)| (place as f64, part));
    let intervals = places().map(|(place, part)| {
        let [low, high] = part.interval.unwrap_or([part.share; 2]);
        [place, low, high]
    });
    let in_tail: Vec<[f64; 2]> =
        places().filter_map(|(place, part)| part.in_tail.map(|share| [share, place + BELOW])).collect();
    let mut legend = vec![Key { role: look, form: Form::Whisker, label: "all queries".to_owned() }];
    if let Some(slowest) = slowest.filter(|_| !in_tail.is_empty()) {
        let label = format!("the slowest {:.0} %", slowest * 100.0);
        legend.push(Key { role: Role::Open, form: Form::Mark, label });
    }
    let greatest = drawn.iter().flat_map(|part| [part.share, part.interval.map_or(0.0, |ends| ends[1])]);
    let greatest = greatest.chain(in_tail.iter().map(|[share, _]| *share)).fold(1.0, f64::max);
    let least = drawn.iter().filter_map(|part| part.interval).map(|[low, _]| low).fold(0.0, f64::min);
    Some(Plot {
        title: "Where the time goes".to_owned(),
        description: description(parts),
        x: Axis::between(
            Sentence::of("share of the time"),
            Quantity::Value(Unit::ratio()),
            Scale::Linear,
            [least, greatest * 1.02],
        ),
        y: Axis::between(
            Sentence::default(),
            Quantity::Places(places().map(|(at, part)| Place { name: part.name.clone(), at }).collect()),
            Scale::Linear,
            [-0.5, drawn.len() as f64 - 0.5],
        ),
        layers: vec![
            Layer::Intervals { role: look, intervals: intervals.collect() },
            Layer::Points { role: look, points: places().map(|(place, part)| [part.share, place]).collect() },
            Layer::Points { role: Role::Open, points: in_tail },
        ],
        legend,
    })
}

/// More parts than this are not told.
const MOST_TOLD: usize = 5;

fn description(parts: &[PartOfTime]) -> Sentence {
    let mut said = Sentence::of("Share of the time: ");
    for (place, part) in parts.iter().take(MOST_TOLD).enumerate() {
        said = said.words(if place == 0 { "" } else { ", " }).name(&part.name).words(" ");
        said = said.value(&Unit::ratio(), part.share);
        if let Some(in_tail) = part.in_tail {
            said = said.words(" (in the slowest queries ").value(&Unit::ratio(), in_tail).words(")");
        }
    }
    match parts.len().saturating_sub(MOST_TOLD) {
        0 => said.words("."),
        more => said.words("; ").count(more, "more is", "more are").words(" in the table."),
    }
}

/// More stages than this have no line.
const MOST_LINES: usize = Nth::ALL.len();

/// How long stages and the whole take by percentile: a line for each, of the first five stages. `None` without a stage.
pub fn stage_tails(stages: &[&Stage], whole: Option<&Distribution>) -> Option<Plot> {
    let drawn = stages.get(..stages.len().min(MOST_LINES))?;
    if drawn.is_empty() {
        return None;
    }
    let lines = || {
        let of_whole = whole.iter().map(|of| (Role::Level, "whole query", *of));
        of_whole.chain(
            Nth::ALL.into_iter().zip(drawn).map(|(nth, stage)| (Role::Nth(nth), stage.name.as_str(), &stage.times)),
        )
    };
    let unit = Unit::nanoseconds();
    let mut layers = Vec::new();
    for (role, _, of) in lines() {
        let points = steps(of);
        let last = points.last().copied();
        layers.push(Layer::Line { role, points });
        layers.push(Layer::Points { role, points: last.into_iter().collect() });
    }
    let most = lines().map(|(_, _, of)| of.count()).max()?;
    let times = lines().flat_map(|(_, _, of)| steps(of)).map(|[_, time]| time);
    let mut said = Sentence::of("Time by percentile");
    let mut before = None;
    for (place, (_, name, of)) in lines().enumerate() {
        let named = said.words(if place == 0 { " of " } else { "; of " }).name(name).words(": ");
        said = percentiles(named, of, before);
        before = Some(of.count());
    }
    Some(Plot {
        title: "Stages by percentile".to_owned(),
        description: match stages.len() - drawn.len() {
            0 => said.words("."),
            more => said.words("; ").count(more, "more stage is", "more stages are").words(" in the table only."),
        },
        x: Axis::between(
            Sentence::of("percentile of the queries"),
            Quantity::Percentile,
            Scale::Logarithmic,
            [1.0, (most as f64 * 1.1).max(3.0)],
        ),
        y: Axis::of_wide_positions(Sentence::of("time"), &unit, times),
        legend: lines().map(|(role, name, _)| Key { role, form: Form::Line, label: name.to_owned() }).collect(),
        layers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, share: f64, interval: Option<[f64; 2]>, in_tail: Option<f64>) -> PartOfTime {
        PartOfTime { name: name.to_owned(), share, interval, in_tail }
    }

    #[test]
    fn each_part_has_its_share_its_interval_and_its_share_in_the_tail() {
        let parts = [part("infer", 0.8, Some([0.75, 0.85]), Some(0.6)), part("outside", 0.2, None, Some(0.4))];
        let plot = shares(&parts, Some(0.01)).unwrap();
        let look = Role::Of(Side::Candidate);
        let [intervals, points, tail] = plot.layers.try_into().unwrap();
        assert_eq!(intervals, Layer::Intervals { role: look, intervals: vec![[0.0, 0.75, 0.85], [1.0, 0.2, 0.2]] });
        assert_eq!(points, Layer::Points { role: look, points: vec![[0.8, 0.0], [0.2, 1.0]] });
        assert_eq!(tail, Layer::Points { role: Role::Open, points: vec![[0.6, BELOW], [0.4, 1.0 + BELOW]] });
        assert_eq!(
            plot.legend.iter().map(|key| key.label.as_str()).collect::<Vec<_>>(),
            ["all queries", "the slowest 1 %"]
        );
        assert!(plot.x.extent.low() == 0.0 && plot.x.extent.high() > 1.0, "{:?}", plot.x.extent);
        assert_eq!(shares(&[], None), None);
    }

    #[test]
    fn shares_beyond_the_whole_and_names_without_end_fit() {
        let many: Vec<PartOfTime> = (0..40).map(|at| part(&format!("s{at}"), 1.5, Some([1.4, 1.6]), None)).collect();
        let plot = shares(&many, None).unwrap();
        assert!(plot.x.extent.high() > 1.6, "{:?}", plot.x.extent);
        assert!(plot.description.pieces().contains(&crate::plot::Said::Count(35, "more is", "more are")));
    }

    #[test]
    fn each_stage_has_a_line_with_its_quantiles_beside_that_of_the_whole() {
        let of = |factor: u64| Distribution::of((1..=1000_u64).map(|at| at * factor)).unwrap();
        let stage = |name: &str, factor| Stage { name: name.to_owned(), times: of(factor) };
        let (a, b) = (stage("a", 7), stage("b", 2));
        let plot = stage_tails(&[&a, &b], Some(&of(10))).unwrap();
        let lines: Vec<(Role, Vec<[f64; 2]>)> = plot
            .layers
            .iter()
            .filter_map(
                |layer| if let Layer::Line { role, points } = layer { Some((*role, points.clone())) } else { None },
            )
            .collect();
        let expected = [(Role::Level, of(10)), (Role::Nth(Nth::ALL[0]), of(7)), (Role::Nth(Nth::ALL[1]), of(2))];
        assert_eq!(lines, expected.map(|(role, of)| (role, steps(&of))));
        assert_eq!(plot.legend.iter().map(|key| key.label.as_str()).collect::<Vec<_>>(), ["whole query", "a", "b"]);
        assert_eq!(stage_tails(&[], Some(&of(1))), None);
        let all = [&a; 9];
        assert_eq!(stage_tails(&all, None).unwrap().legend.len(), MOST_LINES);
    }
}
