//! The changes of many rows beside each other, each with its interval and its threshold.

use super::{Axis, Form, Key, Layer, Place, Plot, Quantity, Role, Scale, Sentence};
use crate::gate::{Compared, Decision, Evidence, Finding, Row};
use crate::result::Direction;

/// More rows than this are not drawn: the table has them all.
pub const MOST_ROWS: usize = 24;

/// A change is drawn where it is between these; one beyond them has an arrow at the edge.
const DRAWN: [f64; 2] = [-1.0, 4.0];

/// The change of each of these rows, with its interval, and the threshold on the side that is worse. Rows keep their order; those
/// without a relative change (nothing to compare, from 0, rates of failure, which are judged by their difference) and those
/// after the first [`MOST_ROWS`] are left out, and the description says how many. `None` where none remains.
pub fn forest(rows: &[&Row]) -> Option<Plot> {
    let drawable: Vec<Line<'_>> = rows.iter().copied().filter_map(Line::of).collect();
    let lines = drawable.get(..drawable.len().min(MOST_ROWS))?;
    if lines.is_empty() {
        return None;
    }
    let limits = limits(lines);
    let mut layers = vec![
        Layer::Limits {
            limits: lines
                .iter()
                .enumerate()
                .map(|(at, line)| (at as f64, line.threshold(), line.greater_is_worse()))
                .collect(),
        },
        Layer::Upright { role: Role::Guide, at: 0.0 },
    ];
    let roles = [Role::Worse, Role::Accepted, Role::Open, Role::Better, Role::Unchanged];
    let of = |role: Role| lines.iter().enumerate().filter(move |(_, line)| line.role == role);
    for role in roles.into_iter().filter(|role| of(*role).next().is_some()) {
        let intervals = of(role).map(|(at, line)| [at as f64, line.interval[0], line.interval[1]]).collect();
        layers.push(Layer::Intervals { role, intervals });
        let points = of(role).filter(|(_, line)| (limits[0]..=limits[1]).contains(&line.change));
        layers.push(Layer::Points { role, points: points.map(|(at, line)| [line.change, at as f64]).collect() });
    }
    let key = |role: Role| Key { role, form: Form::Whisker, label: word(role).to_owned() };
    let mut legend: Vec<Key> = roles.into_iter().filter(|role| of(*role).next().is_some()).map(key).collect();
    legend.push(Key { role: Role::Threshold, form: Form::Region, label: "worse than the threshold".to_owned() });
    let places = lines
        .iter()
        .enumerate()
        .map(|(at, line)| Place { name: format!("{} {}", line.benchmark, line.metric), at: at as f64 });
    Some(Plot {
        title: "Changes and their intervals".to_owned(),
        description: description(lines, rows.len()),
        x: Axis::between(Sentence::of("change against the baseline"), Quantity::Change, Scale::Linear, limits),
        y: Axis::between(
            Sentence::default(),
            Quantity::Places(places.collect()),
            Scale::Linear,
            [-0.5, lines.len() as f64 - 0.5],
        ),
        layers,
        legend,
    })
}

/// A row that can be drawn.
struct Line<'a> {
    benchmark: &'a str,
    metric: &'a str,
    compared: &'a Compared,
    role: Role,
    change: f64,
    interval: [f64; 2],
}

impl<'a> Line<'a> {
    fn of(row: &'a Row) -> Option<Self> {
        let compared = row.compared()?;
        let metric = row.metric.as_deref()?;
        let change = compared.change?;
        let interval = match &compared.evidence {
            Evidence::Tested(tested) if tested.difference.is_some() => return None,
            Evidence::Tested(tested) => tested.interval.unwrap_or([change, change]),
            Evidence::Exact | Evidence::TooFewRounds => [change, change],
        };
        let role = match (&row.finding, compared.decision) {
            (Finding::Accepted(..), _) => Role::Accepted,
            (_, Decision::Regression) => Role::Worse,
            (_, Decision::Improvement) => Role::Better,
            (_, Decision::Unchanged) => Role::Unchanged,
            (_, Decision::Inconclusive) => Role::Open,
        };
        let finite = metric != "error_rate" && [change, interval[0], interval[1]].iter().all(|value| value.is_finite());
        finite.then_some(Self { benchmark: &row.benchmark, metric, compared, role, change, interval })
    }

    fn greater_is_worse(&self) -> bool {
        self.compared.direction == Direction::LowerIsBetter
    }

    /// The change that is as much worse as the threshold allows.
    fn threshold(&self) -> f64 {
        let share = self.compared.threshold.share();
        if self.greater_is_worse() { share } else { -share }
    }
}

/// Around 0, all thresholds and all changes; and the intervals, but not so far that the rest shrinks to nothing.
fn limits(lines: &[Line<'_>]) -> [f64; 2] {
    let drawn = |value: f64| value.clamp(DRAWN[0], DRAWN[1]);
    let needed = lines.iter().flat_map(|line| [drawn(line.change), drawn(line.threshold() * 1.5)]);
    let (low, high) = needed.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let width = (high - low).max(1e-4);
    let ends = lines.iter().filter(|line| drawn(line.change) == line.change).flat_map(|line| line.interval);
    let (low, high) = ends.fold((low, high), |(least, greatest), end| {
        (least.min(end.max(low - width)), greatest.max(end.min(high + width)))
    });
    let more = 0.04 * (high - low).max(1e-4);
    [low - more, high + more]
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Worse => "regression",
        Role::Better => "improvement",
        Role::Accepted => "accepted",
        Role::Open => "inconclusive",
        _ => "unchanged",
    }
}

fn description(lines: &[Line<'_>], rows: usize) -> Sentence {
    let number = |role: Role| lines.iter().filter(|line| line.role == role).count();
    let mut said = Sentence::of("Change and interval of ").count(lines.len(), "row", "rows");
    let counts = [
        (Role::Worse, "regression", "regressions"),
        (Role::Accepted, "accepted", "accepted"),
        (Role::Open, "inconclusive", "inconclusive"),
        (Role::Better, "improvement", "improvements"),
        (Role::Unchanged, "unchanged", "unchanged"),
    ];
    let present = counts.into_iter().filter(|(role, ..)| number(*role) > 0);
    for (position, (role, one, many)) in present.enumerate() {
        said = said.words(if position == 0 { ": " } else { ", " }).count(number(role), one, many);
    }
    let worst = lines.iter().max_by(|a, b| worsening(a).total_cmp(&worsening(b))).filter(|line| worsening(line) > 0.0);
    if let Some(worst) = worst {
        said = said.words("; the largest worsening is ").name(worst.benchmark).words(" ").name(worst.metric);
        said = said.words(" with ").change(worst.change);
    }
    match rows - lines.len() {
        0 => said.words("."),
        more => said.words("; ").count(more, "row is", "rows are").words(" in the table only."),
    }
}

fn worsening(line: &Line<'_>) -> f64 {
    line.compared.direction.worsening(line.change)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Threshold;
    use crate::gate::{Past, Test, Tested};
    use crate::result::Unit;

    fn row(name: &str, direction: Direction, decision: Decision, change: f64, interval: [f64; 2]) -> Row {
        let tested = Tested {
            test: Test::PairedLog,
            interval: Some(interval),
            difference: None,
            p_value: 0.01,
            p_adjusted: 0.02,
            look: 1,
            share: 1.0,
            effect_size: None,
            minimum_detectable_change: None,
            rounds_needed: None,
            time_needed: None,
            past: Past::NotAsked,
        };
        let compared = Compared {
            decision,
            unit: Unit::nanoseconds(),
            direction,
            baseline: 100.0,
            candidate: 100.0 * (1.0 + change),
            change: Some(change),
            evidence: Evidence::Tested(tested),
            threshold: Threshold::from_share(0.1).unwrap(),
            rounds: [10, 10],
        };
        Row {
            benchmark: name.to_owned(),
            metric: Some("m".to_owned()),
            finding: Finding::Compared(Box::new(compared)),
            reason: String::new(),
            confirmed: false,
        }
    }

    fn limits_of(plot: &Plot) -> &[(f64, f64, bool)] {
        let [Layer::Limits { limits }, ..] = plot.layers.as_slice() else { panic!("{:?}", plot.layers) };
        limits
    }

    #[test]
    fn each_row_has_its_interval_and_its_threshold_on_the_side_that_is_worse() {
        let slower = row("a", Direction::LowerIsBetter, Decision::Regression, 0.22, [0.18, 0.26]);
        let fewer = row("b", Direction::HigherIsBetter, Decision::Inconclusive, -0.03, [-0.14, 0.1]);
        let plot = forest(&[&slower, &fewer]).unwrap();
        assert_eq!(limits_of(&plot), [(0.0, 0.1, true), (1.0, -0.1, false)]);
        let interval =
            |role, place, [low, high]: [f64; 2]| Layer::Intervals { role, intervals: vec![[place, low, high]] };
        assert!(plot.layers.contains(&interval(Role::Worse, 0.0, [0.18, 0.26])));
        assert!(plot.layers.contains(&interval(Role::Open, 1.0, [-0.14, 0.1])));
        assert!(plot.layers.contains(&Layer::Points { role: Role::Worse, points: vec![[0.22, 0.0]] }));
        let Quantity::Places(places) = &plot.y.quantity else { panic!("{:?}", plot.y) };
        assert_eq!(places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>(), ["a m", "b m"]);
        assert!(plot.x.extent.low() < -0.14 && plot.x.extent.high() > 0.26);
    }

    #[test]
    fn what_has_no_relative_change_and_what_comes_late_is_counted_instead() {
        let one = row("a", Direction::LowerIsBetter, Decision::Unchanged, 0.0, [-0.01, 0.01]);
        let mut rate = row("r", Direction::LowerIsBetter, Decision::Regression, 2.0, [1.0, 3.0]);
        rate.metric = Some("error_rate".to_owned());
        let failed = Row { finding: Finding::Failed, metric: None, ..one.clone() };
        let many: Vec<&Row> = std::iter::repeat_n(&one, MOST_ROWS + 3).chain([&rate, &failed]).collect();
        let plot = forest(&many).unwrap();
        assert_eq!(limits_of(&plot).len(), MOST_ROWS);
        assert!(plot.description.pieces().contains(&crate::plot::Said::Count(5, "row is", "rows are")));
        assert_eq!(forest(&[&rate, &failed]), None);
        assert_eq!(forest(&[]), None);
    }

    #[test]
    fn an_enormous_change_does_not_hide_the_others() {
        let huge = row("a", Direction::LowerIsBetter, Decision::Regression, 900.0, [700.0, 1100.0]);
        let usual = row("b", Direction::LowerIsBetter, Decision::Unchanged, 0.01, [-0.02, 0.03]);
        let plot = forest(&[&huge, &usual]).unwrap();
        assert!(plot.x.extent.high() < 10.0, "{:?}", plot.x.extent);
        assert!(plot.layers.contains(&Layer::Points { role: Role::Worse, points: vec![] }), "only an arrow");
        let vague = row("c", Direction::LowerIsBetter, Decision::Inconclusive, 0.01, [-0.9, 50.0]);
        let plot = forest(&[&vague, &usual]).unwrap();
        assert!(plot.x.extent.high() < 1.0, "{:?}", plot.x.extent);
    }
}
