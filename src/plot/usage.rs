//! Processors and memory over time: the rounds one after another.

use super::{Axis, Form, Key, Layer, Place, Plot, Quantity, Role, Scale, Sentence, Side};
use crate::result::{RoundUse, Unit, UseWindow};

/// What lies between two rounds, as a share of all of them.
const GAP: f64 = 0.03;

/// How many processors were busy with the system over the time of these rounds: level from look to look. `None` without a window.
pub fn processors(rounds: &[RoundUse]) -> Option<Plot> {
    draw(
        rounds,
        &Wanted {
            title: "Processors over time",
            label: "busy processors",
            unit: Unit::new("1"),
            of: |window| window.processors,
        },
    )
}

/// How much memory the system had over the time of these rounds, the most that was seen from look to look. `None` without a window.
pub fn memory(rounds: &[RoundUse]) -> Option<Plot> {
    draw(
        rounds,
        &Wanted {
            title: "Memory over time",
            label: "memory",
            unit: Unit::new("B"),
            of: |window| window.resident as f64,
        },
    )
}

struct Wanted {
    title: &'static str,
    label: &'static str,
    unit: Unit,
    of: fn(&UseWindow) -> f64,
}

/// A round, and where it begins.
struct Stretch<'a> {
    of: &'a RoundUse,
    begin: f64,
    length: f64,
}

fn draw(rounds: &[RoundUse], wanted: &Wanted) -> Option<Plot> {
    let stretches = stretches(rounds);
    let last = stretches.last()?;
    let end = last.begin + last.length;
    let look = Role::Of(Side::Candidate);
    let mut layers = Vec::new();
    let starts: Vec<(f64, f64)> = stretches
        .iter()
        .filter_map(|round| Some((round.begin, round.begin + round.of.ready? as f64)))
        .filter(|(from, to)| to > from)
        .collect();
    layers.extend(starts.iter().map(|&(from, to)| Layer::Region { role: Role::Aside, from, to }));
    layers.extend(stretches.iter().map(|round| Layer::Line { role: look, points: line(round, wanted.of) }));
    let values = || rounds.iter().flat_map(|round| &round.windows).map(wanted.of);
    let mut legend = vec![Key { role: look, form: Form::Line, label: wanted.label.to_owned() }];
    if !starts.is_empty() {
        legend.push(Key { role: Role::Aside, form: Form::Region, label: "start".to_owned() });
    }
    let ends = [values().fold(f64::INFINITY, f64::min), values().fold(f64::NEG_INFINITY, f64::max)];
    let said = Sentence::of(wanted.title).words(", ").count(stretches.len(), "round", "rounds").words(": from ");
    let [least, greatest] = ends;
    let said = said.value(&wanted.unit, least).words(" to ").value(&wanted.unit, greatest).words(".");
    Some(Plot {
        title: wanted.title.to_owned(),
        description: said,
        x: axis(&stretches, end),
        y: Axis::of_positions(Sentence::of(wanted.label), &wanted.unit, values().chain([0.0])),
        layers,
        legend,
    })
}

/// Level over each window, from its beginning to its end.
fn line(round: &Stretch<'_>, of: fn(&UseWindow) -> f64) -> Vec<[f64; 2]> {
    let mut from = round.begin;
    let mut points = Vec::with_capacity(2 * round.of.windows.len());
    for window in &round.of.windows {
        let until = round.begin + window.until as f64;
        points.extend([[from, of(window)], [until, of(window)]]);
        from = until;
    }
    points
}

fn stretches(rounds: &[RoundUse]) -> Vec<Stretch<'_>> {
    let length = |round: &RoundUse| round.windows.last().map_or(0.0, |window| window.until as f64);
    let total: f64 = rounds.iter().map(length).sum();
    let mut begin = 0.0;
    let mut placed = Vec::new();
    for of in rounds.iter().filter(|round| length(round) > 0.0) {
        placed.push(Stretch { of, begin, length: length(of) });
        begin += length(of) + total * GAP;
    }
    placed
}

/// Time, if there is one round; else the rounds, by their numbers.
fn axis(rounds: &[Stretch<'_>], end: f64) -> Axis {
    if let [_] = rounds {
        let label = Sentence::of("time since the round began");
        return Axis::between(label, Quantity::Value(Unit::nanoseconds()), Scale::Linear, [0.0, end * 1.01]);
    }
    let middle =
        |round: &Stretch<'_>| Place { name: (round.of.round + 1).to_string(), at: round.begin + round.length / 2.0 };
    let places = Quantity::Places(rounds.iter().map(middle).collect());
    Axis::between(Sentence::of("round"), places, Scale::Linear, [-0.01 * end, end * 1.01])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(number: usize, ready: Option<u64>, windows: &[(u64, f64, u64)]) -> RoundUse {
        let window = |&(until, processors, resident): &(u64, f64, u64)| UseWindow { until, processors, resident };
        RoundUse { round: number, ready, windows: windows.iter().map(window).collect() }
    }

    fn lines(plot: &Plot) -> Vec<Vec<[f64; 2]>> {
        let line = |layer: &Layer| if let Layer::Line { points, .. } = layer { Some(points.clone()) } else { None };
        plot.layers.iter().filter_map(line).collect()
    }

    #[test]
    fn each_window_is_as_long_as_it_lasted_and_as_high_as_it_was_and_the_start_is_told_apart() {
        let one = [round(0, Some(40), &[(100, 0.5, 4096), (300, 1.5, 8192)])];
        let plot = processors(&one).unwrap();
        assert_eq!(lines(&plot), [[[0.0, 0.5], [100.0, 0.5], [100.0, 1.5], [300.0, 1.5]]]);
        assert_eq!(plot.layers[0], Layer::Region { role: Role::Aside, from: 0.0, to: 40.0 });
        assert!(!plot.y.begins_above_zero());
        let memory = memory(&one).unwrap();
        assert_eq!(lines(&memory), [[[0.0, 4096.0], [100.0, 4096.0], [100.0, 8192.0], [300.0, 8192.0]]]);
    }

    #[test]
    fn rounds_stand_one_after_another_under_their_numbers() {
        let two = [round(0, None, &[(100, 1.0, 1)]), round(5, None, &[(100, 2.0, 1)])];
        let plot = processors(&two).unwrap();
        let begin = 100.0 + 200.0 * GAP;
        assert_eq!(lines(&plot), [[[0.0, 1.0], [100.0, 1.0]], [[begin, 2.0], [begin + 100.0, 2.0]]]);
        let Quantity::Places(places) = &plot.x.quantity else { panic!("{:?}", plot.x) };
        assert_eq!(places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["1", "6"]);
        assert_eq!(plot.legend.len(), 1);
        assert_eq!(processors(&[]), None);
    }
}
