//! The values of a metric round by round.

use super::{Axis, Form, Key, Layer, Place, Plot, Quantity, Role, Scale, Sentence, Shown, Side, legend, sides};
use crate::result::{Direction, Metric, RoundValues, Unit};

/// A metric, without its values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure<'a> {
    /// Its name.
    pub name: &'a str,
    /// Of the values.
    pub unit: &'a Unit,
    /// Which way is better.
    pub direction: Direction,
    /// Of how many different samples it is, where that is known and the same of all that is shown: of an accuracy.
    pub samples: Option<u64>,
}

impl<'a> From<&'a Metric> for Measure<'a> {
    fn from(metric: &'a Metric) -> Self {
        Self { name: &metric.name, unit: &metric.unit, direction: metric.direction, samples: None }
    }
}

/// The values of a metric in every round, of one side or of base and candidate. `paired`: round *i* of both belongs together, so they
/// stand above each other, joined; otherwise one session stands beside the other, the baseline's first. `None` without a side.
pub fn rounds(metric: &Measure<'_>, shown: &[Shown<'_, RoundValues>], paired: bool) -> Option<Plot> {
    let sides = sides(shown);
    let all = || sides.iter().flat_map(|(_, shown)| shown.of.as_slice().iter().copied());
    all().next()?;
    let sessions: Vec<Session<'_>> = if paired { above_each_other(&sides) } else { beside_each_other(&sides) };
    let mut layers = Vec::new();
    // A border between two sessions that stand beside each other.
    if !paired {
        let borders = sessions.iter().skip(1).map(|session| session.begin as f64 - BETWEEN as f64 / 2.0 - 0.5);
        layers.extend(borders.map(|at| Layer::Upright { role: Role::Guide, at }));
    }
    if let (true, [(_, base), (_, candidate)]) = (paired, sides.as_slice()) {
        let pairs = base.of.as_slice().iter().zip(candidate.of.as_slice());
        let spans = pairs.zip(1_usize..).map(|((base, candidate), at)| [at as f64, *base, *candidate]).collect();
        layers.push(Layer::Spans { role: Role::Guide, spans });
    }
    for (side, _) in &sides {
        let own = sessions.iter().filter(|session| session.side == *side);
        let points = own.flat_map(Session::points).collect();
        layers.push(Layer::Points { role: Role::Of(*side), points });
    }
    let last = sessions.iter().map(Session::end).max().unwrap_or(1);
    let x = if sessions.len() > 1 && !paired {
        Axis::between(
            Sentence::of("session"),
            Quantity::Places(places(&sessions)),
            Scale::Linear,
            [0.5, last as f64 + 0.5],
        )
    } else {
        Axis::of_order(Sentence::of("round"), 1, last)
    };
    let mut keys = legend(&sides, Form::Mark);
    if paired && sides.len() > 1 {
        keys.push(Key { role: Role::Guide, form: Form::Line, label: "same round".to_owned() });
    }
    Some(Plot {
        title: format!("{} in every round", metric.name),
        description: description(metric, &sides, paired),
        x,
        y: Axis::of_wide_positions(label(metric), metric.unit, all()),
        layers,
        legend: keys,
    })
}

/// `latency_p99`, or `accuracy of 100 samples`.
fn label(metric: &Measure<'_>) -> Sentence {
    let name = Sentence::default().name(metric.name);
    let Some(samples) = metric.samples else { return name };
    name.words(" of ").count(usize::try_from(samples).unwrap_or(usize::MAX), "sample", "samples")
}

/// Rounds that ran one after another.
struct Session<'a> {
    side: Side,
    /// The position of its first round, from 1.
    begin: usize,
    values: &'a [f64],
}

impl Session<'_> {
    fn points(&self) -> impl Iterator<Item = [f64; 2]> {
        (self.begin..).zip(self.values).map(|(at, value)| [at as f64, *value])
    }

    /// The position of its last round.
    fn end(&self) -> usize {
        (self.begin + self.values.len()).saturating_sub(1)
    }
}

/// Places that stay free between two sessions.
const BETWEEN: usize = 1;

fn above_each_other<'a>(sides: &[(Side, &Shown<'a, RoundValues>)]) -> Vec<Session<'a>> {
    sides.iter().map(|(side, shown)| Session { side: *side, begin: 1, values: shown.of.as_slice() }).collect()
}

fn beside_each_other<'a>(sides: &[(Side, &Shown<'a, RoundValues>)]) -> Vec<Session<'a>> {
    let mut begin = 1;
    let mut placed = Vec::new();
    for (side, shown) in sides {
        for values in shown.of.sessions() {
            placed.push(Session { side: *side, begin, values });
            begin += values.len() + BETWEEN;
        }
    }
    placed
}

/// The sessions by their numbers, those of each side from 1; a side's only session by what the side is.
fn places(sessions: &[Session<'_>]) -> Vec<Place> {
    let of = |side: Side| sessions.iter().filter(move |session| session.side == side);
    let named = |side: Side, word: &'static str| {
        let alone = of(side).count() == 1;
        of(side).zip(1_usize..).map(move |(session, number)| Place {
            name: if alone { word.to_owned() } else { format!("{number}") },
            at: (session.begin as f64 + session.end() as f64) / 2.0,
        })
    };
    named(Side::Base, "base").chain(named(Side::Candidate, "candidate")).collect()
}

fn description(metric: &Measure<'_>, sides: &[(Side, &Shown<'_, RoundValues>)], paired: bool) -> Sentence {
    let mut said = label(metric);
    for (position, (_, shown)) in sides.iter().enumerate() {
        let values = shown.of.as_slice();
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        said = said.words(match (position, metric.samples) {
            (0, None) => " of ",
            (0, Some(_)) => ", of ",
            _ => "; of ",
        });
        if !shown.label.is_empty() {
            said = said.name(shown.label).words(" in ");
        }
        said = said.count(values.len(), "round", "rounds");
        let sessions = shown.of.sessions().len();
        if sessions > 1 {
            said = said.words(" of ").count(sessions, "session", "sessions");
        }
        said = said.words(": ").range(metric.unit, [shown.of.least(), greatest]);
    }
    if let (true, [(_, base), (_, candidate)]) = (paired, sides) {
        let pairs = || base.of.as_slice().iter().zip(candidate.of.as_slice());
        let worse = pairs().filter(|(base, candidate)| metric.direction.worsening(**candidate - **base) > 0.0).count();
        said = said.words("; the second is worse in ").number(worse).words(" of ");
        said = said.count(pairs().count(), "pair", "pairs");
    }
    said.words(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(values: &[f64], sessions: &[usize]) -> RoundValues {
        RoundValues::of_sessions(values.to_vec(), sessions).unwrap()
    }

    fn drawn(shown: &[Shown<'_, RoundValues>], paired: bool) -> Plot {
        let unit = Unit::nanoseconds();
        let metric = Measure { name: "latency_p99", unit: &unit, direction: Direction::LowerIsBetter, samples: None };
        rounds(&metric, shown, paired).unwrap()
    }

    fn points(plot: &Plot) -> Vec<Vec<[f64; 2]>> {
        let points = plot.layers.iter().filter_map(|layer| match layer {
            Layer::Points { points, .. } => Some(points.clone()),
            _ => None,
        });
        points.collect()
    }

    #[test]
    fn pairs_stand_above_each_other_and_are_joined() {
        let (base, candidate) = (values(&[5.0, 6.0, 7.0], &[3]), values(&[8.0, 5.5, 9.0], &[3]));
        let plot = drawn(&[Shown { label: "a", of: &base }, Shown { label: "b", of: &candidate }], true);
        assert_eq!(points(&plot), [[[1.0, 5.0], [2.0, 6.0], [3.0, 7.0]], [[1.0, 8.0], [2.0, 5.5], [3.0, 9.0]]]);
        let spans = vec![[1.0, 5.0, 8.0], [2.0, 6.0, 5.5], [3.0, 7.0, 9.0]];
        assert!(plot.layers.contains(&Layer::Spans { role: Role::Guide, spans }));
        assert_eq!(plot.x.quantity, Quantity::Order);
        assert!(plot.description.pieces().contains(&crate::plot::Said::Number(2)));
    }

    #[test]
    fn sessions_stand_beside_each_other_with_borders_between_them() {
        let (base, candidate) = (values(&[5.0, 6.0, 7.0, 8.0], &[2, 2]), values(&[9.0, 9.5], &[2]));
        let plot = drawn(&[Shown { label: "a", of: &base }, Shown { label: "b", of: &candidate }], false);
        assert_eq!(points(&plot), [vec![[1.0, 5.0], [2.0, 6.0], [4.0, 7.0], [5.0, 8.0]], vec![[7.0, 9.0], [8.0, 9.5]]]);
        let borders: Vec<f64> = plot
            .layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Upright { at, .. } => Some(*at),
                _ => None,
            })
            .collect();
        assert_eq!(borders, [3.0, 6.0]);
        let Quantity::Places(places) = &plot.x.quantity else { panic!("{:?}", plot.x) };
        let places: Vec<(&str, f64)> = places.iter().map(|place| (place.name.as_str(), place.at)).collect();
        assert_eq!(places, [("1", 1.5), ("2", 4.5), ("candidate", 7.5)]);
    }

    #[test]
    fn one_side_has_its_rounds_by_number() {
        let alone = values(&[5.0, 6.0], &[2]);
        let plot = drawn(&[Shown { label: "", of: &alone }], false);
        assert_eq!(points(&plot), [[[1.0, 5.0], [2.0, 6.0]]]);
        assert_eq!((plot.x.quantity, plot.legend.len()), (Quantity::Order, 0));
    }
}
