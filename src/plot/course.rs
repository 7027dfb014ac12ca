//! Latency over time: the rounds one after another, each with its warm-up.

use super::{Axis, Form, Key, Layer, Place, Plot, Quantity, Role, Scale, Sentence, Shown, Side};
use crate::result::{Course, RoundCourse, Unit, Window};
use crate::stats;

/// What lies between two rounds, as a share of all of them.
const GAP: f64 = 0.03;

/// Latency over time: the median of each window as a line, from its least to its greatest as a band, the warm-up shaded, and a mark
/// on every greatest latency that lies far out of what the windows hold (beyond Tukey's outer fence). Rounds stand one after
/// another; the time between them is not drawn. `None` where no time passes: everything was issued at once.
pub fn course(shown: Shown<'_, Course>) -> Option<Plot> {
    let look = Role::Of(Side::Candidate);
    let unit = Unit::nanoseconds();
    let rounds: Vec<Stretch<'_>> = stretches(&shown.of.rounds);
    let windows = || rounds.iter().flat_map(|round| round.windows().map(move |window| (round, window)));
    windows().next()?;
    let timed = shown.of.rounds.iter().flat_map(|round| &round.timed);
    // Of what is usual, and not of the greatest alone: where many stretches have a query that is far out, they would hide each other.
    let usual: Vec<f64> =
        timed.flat_map(|one| [one.low, one.median, one.median, one.high]).map(|nanos| nanos as f64).collect();
    let fence = stats::tukey_fences(&usual).map_or(f64::INFINITY, |fences| fences.outer[1]);
    let far = |window: &Window| window.high as f64 > fence;

    let mut layers = Vec::new();
    for round in rounds.iter().filter(|round| round.timed_from > 0.0) {
        let (from, to) = (round.begin, round.begin + round.timed_from);
        layers.push(Layer::Region { role: Role::Aside, from, to });
    }
    for round in &rounds {
        let at = |window: &Window| round.begin + window.at as f64;
        let band = round.windows().map(|one| [at(one), one.low as f64, one.high as f64]).collect();
        layers.push(Layer::Band { role: look, points: band });
    }
    for round in &rounds {
        let at = |window: &Window| round.begin + window.at as f64;
        let line = round.windows().map(|one| [at(one), one.median as f64]).collect();
        layers.push(Layer::Line { role: look, points: line });
    }
    let outliers: Vec<[f64; 2]> = rounds
        .iter()
        .flat_map(|round| round.of.timed.iter().map(move |one| (round.begin, one)))
        .filter(|(_, window)| far(window))
        .map(|(begin, window)| [begin + window.at as f64, window.high as f64])
        .collect();
    let any_far = !outliers.is_empty();
    layers.push(Layer::Points { role: Role::Open, points: outliers });

    let key = |role, form, label: &str| Key { role, form, label: label.to_owned() };
    let mut legend = vec![key(look, Form::Line, "median"), key(look, Form::Band, "least to greatest")];
    if rounds.iter().any(|round| round.timed_from > 0.0) {
        legend.push(key(Role::Aside, Form::Region, "warm-up, not timed"));
    }
    if any_far {
        legend.push(key(Role::Open, Form::Mark, "far out: 3 interquartile ranges and more"));
    }
    let values = windows().flat_map(|(_, window)| [window.low as f64, window.high as f64]);
    let y = Axis::of_wide_positions(Sentence::of("latency"), &unit, values);
    let name = if shown.label.is_empty() { String::new() } else { format!(", {}", shown.label) };
    Some(Plot {
        title: format!("Latency over time{name}"),
        description: description(&shown, fence),
        x: axis(&rounds),
        y,
        layers,
        legend,
    })
}

/// A round, and where it stands.
struct Stretch<'a> {
    of: &'a RoundCourse,
    begin: f64,
    length: f64,
    /// When the timed queries begin; 0 without a warm-up.
    timed_from: f64,
}

impl<'a> Stretch<'a> {
    fn windows(&self) -> impl Iterator<Item = &'a Window> + use<'a> {
        self.of.warm_up.iter().chain(&self.of.timed)
    }
}

/// The rounds that have windows, one after another.
fn stretches(rounds: &[RoundCourse]) -> Vec<Stretch<'_>> {
    let total: f64 = rounds.iter().map(length).sum();
    let mut begin = 0.0;
    let mut placed = Vec::new();
    for of in rounds.iter().filter(|round| length(round) > 0.0) {
        let length = length(of);
        let timed_from = match (of.warm_up.last(), of.timed.first()) {
            (Some(_), Some(timed)) => timed.at as f64,
            (Some(_), None) => length,
            (None, _) => 0.0,
        };
        placed.push(Stretch { of, begin, length, timed_from });
        begin += length + total * GAP;
    }
    placed
}

/// From the first query to the end of the last window, which is taken to be as long as the one before; 0 where no time passes.
fn length(round: &RoundCourse) -> f64 {
    let begins: Vec<f64> = round.warm_up.iter().chain(&round.timed).map(|window| window.at as f64).collect();
    match begins.as_slice() {
        [] => 0.0,
        [.., before, last] => last + (last - before),
        [only] => *only,
    }
}

/// Time, if there is one round; else the rounds, by their numbers.
fn axis(rounds: &[Stretch<'_>]) -> Axis {
    let unit = Unit::nanoseconds();
    let end = rounds.last().map_or(1.0, |round| round.begin + round.length);
    let limits = [-0.01 * end, end * 1.01];
    if let [_] = rounds {
        let label = Sentence::of("time since the first query");
        return Axis::between(label, Quantity::Value(unit), Scale::Linear, [0.0, end * 1.01]);
    }
    let places = rounds
        .iter()
        .map(|round| Place { name: format!("{}", round.of.round + 1), at: round.begin + round.length / 2.0 })
        .collect();
    let lengths = |better: fn(f64, f64) -> f64| rounds.iter().map(|round| round.length).reduce(better).unwrap_or(0.0);
    let label = Sentence::of("round (each took ").range(&unit, [lengths(f64::min), lengths(f64::max)]).words(")");
    Axis::between(label, Quantity::Places(places), Scale::Linear, limits)
}

fn description(shown: &Shown<'_, Course>, fence: f64) -> Sentence {
    let unit = Unit::nanoseconds();
    let timed = || shown.of.rounds.iter().flat_map(|round| &round.timed);
    let medians: Vec<f64> = timed().map(|window| window.median as f64).collect();
    let least = medians.iter().copied().fold(f64::INFINITY, f64::min);
    let greatest = medians.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut said = Sentence::of("Latency over time in ").count(shown.of.rounds.len(), "round", "rounds");
    if !shown.label.is_empty() {
        said = said.words(" of ").name(shown.label);
    }
    if !medians.is_empty() {
        said = said.words(": the medians of short stretches are ").range(&unit, [least, greatest]);
    }
    if let Some(slowest) = timed().map(|window| window.high).max() {
        said = said.words("; the slowest query took ").value(&unit, slowest as f64);
    }
    let far = timed().filter(|window| window.high as f64 > fence).count();
    match far {
        0 => said.words("; none is far out."),
        far => {
            let said = said.words("; ").count(far, "stretch has one", "stretches have one");
            said.words(" that is far out, above ").value(&unit, fence).words(".")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(at: u64, [low, median, high]: [u64; 3]) -> Window {
        Window { at, low, median, high, queries: 10 }
    }

    fn round(number: usize) -> RoundCourse {
        let timed = (0..12).map(|at| window(300 + at * 100, [90 + at, 100 + at, 120 + at]));
        let warm_up = vec![window(0, [150, 400, 900]), window(150, [95, 110, 130])];
        RoundCourse { round: number, warm_up, timed: timed.collect() }
    }

    fn drawn(course: &Course) -> Plot {
        super::course(Shown { label: "this", of: course }).unwrap()
    }

    #[test]
    fn each_window_is_where_and_as_high_as_it_was() {
        let plot = drawn(&Course { rounds: vec![round(0)] });
        let line = plot.layers.iter().find_map(|layer| match layer {
            Layer::Line { points, .. } => Some(points.clone()),
            _ => None,
        });
        let band = plot.layers.iter().find_map(|layer| match layer {
            Layer::Band { points, .. } => Some(points.clone()),
            _ => None,
        });
        let (line, band) = (line.unwrap(), band.unwrap());
        assert_eq!((line.len(), line[0], line[2], line[13]), (14, [0.0, 400.0], [300.0, 100.0], [1400.0, 111.0]));
        assert_eq!((band.len(), band[0], band[13]), (14, [0.0, 150.0, 900.0], [1400.0, 101.0, 131.0]));
        assert!(plot.layers.contains(&Layer::Region { role: Role::Aside, from: 0.0, to: 300.0 }));
        assert!(matches!(plot.x.quantity, Quantity::Value(_)));
    }

    #[test]
    fn rounds_stand_one_after_another_under_their_numbers() {
        let plot = drawn(&Course { rounds: vec![round(0), round(6)] });
        let lines: Vec<&[[f64; 2]]> = plot
            .layers
            .iter()
            .filter_map(|layer| match layer {
                Layer::Line { points, .. } => Some(points.as_slice()),
                _ => None,
            })
            .collect();
        assert_eq!(lines.len(), 2);
        assert!(lines[0].last().unwrap()[0] < lines[1][0][0]);
        let Quantity::Places(places) = &plot.x.quantity else { panic!("{:?}", plot.x) };
        assert_eq!(places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["1", "7"]);
        let regions = plot.layers.iter().filter(|layer| matches!(layer, Layer::Region { .. })).count();
        assert_eq!(regions, 2, "each round has its warm-up");
    }

    #[test]
    fn only_what_is_far_out_is_marked_and_nothing_of_the_warm_up() {
        let marked = |course: &Course| {
            let points = drawn(course).layers.into_iter().find_map(|layer| match layer {
                Layer::Points { points, .. } => Some(points),
                _ => None,
            });
            points.unwrap()
        };
        let mut with = round(0);
        with.timed[4].high = 5000;
        assert_eq!(marked(&Course { rounds: vec![with] }), [[700.0, 5000.0]]);
        assert_eq!(marked(&Course { rounds: vec![round(0)] }), [[0.0; 2]; 0]);
    }

    #[test]
    fn many_that_are_far_out_do_not_hide_each_other() {
        let mut often = round(0);
        for window in often.timed.iter_mut().step_by(2) {
            window.high = 9000;
        }
        let far = often.timed.len().div_ceil(2);
        let said = format!("{:?}", drawn(&Course { rounds: vec![often] }).description);
        assert!(far > 2 && said.contains("stretches have one") && said.contains(&far.to_string()), "{said}");
    }

    #[test]
    fn where_no_time_passes_there_is_no_course() {
        let at_once = RoundCourse { round: 0, warm_up: vec![], timed: vec![window(0, [1, 2, 3]); 3] };
        let of = Course { rounds: vec![at_once] };
        assert_eq!(super::course(Shown { label: "", of: &of }), None);
    }
}
