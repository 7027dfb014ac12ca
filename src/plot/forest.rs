//! The changes of many rows beside each other, each with its interval and its threshold.

use super::{Axis, Form, Key, Layer, Place, Plot, Quantity, Role, Scale, Sentence};
use crate::gate::{Compared, Decision, Evidence, Finding, Row};
use crate::result::Direction;

/// More rows than this do not stand in one drawing: it would be taller than a screen.
const MOST_ROWS: usize = 24;

/// More drawings than this are not made: the tables have all rows.
const MOST_DRAWINGS: usize = 10;

/// A change is drawn where it is between these; one beyond them has an arrow at the edge.
const DRAWN: [f64; 2] = [-1.0, 4.0];

/// The changes of rows, in as many drawings as it takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Forest {
    /// What matters most is in the first; empty where no row has a change that could be drawn.
    pub drawings: Vec<Plot>,
    /// Rows in the first drawing.
    pub first: usize,
    /// Rows in the others.
    pub more: usize,
    /// Rows whose change could be drawn, and is smaller than that of any that is.
    pub left_out: usize,
}

/// The change of each of these rows, with its interval, and the threshold on the side that is worse. Those without a relative
/// change (nothing to compare, from 0, rates of failure, which are judged by their difference) are left out. Rows that fit into one
/// drawing keep their order; of more, all that are not unchanged come before the unchanged, and of those the largest changes first.
/// Each drawing says of how many rows it is, and how many are not in it.
pub fn forest(rows: &[&Row]) -> Forest {
    let mut lines: Vec<Line<'_>> = rows.iter().copied().filter_map(Line::of).collect();
    if lines.len() > MOST_ROWS {
        lines.sort_by(|one, other| one.rank().total_cmp(&other.rank()));
    }
    let drawn = lines.len().min(MOST_ROWS * MOST_DRAWINGS);
    let first = drawn.min(MOST_ROWS);
    let drawings = lines.chunks(MOST_ROWS).take(MOST_DRAWINGS).enumerate();
    Forest {
        drawings: drawings.map(|(place, lines)| drawing(lines, rows.len(), place == 0)).collect(),
        first,
        more: drawn - first,
        left_out: lines.len() - drawn,
    }
}

fn drawing(lines: &[Line<'_>], rows: usize, is_first: bool) -> Plot {
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
    let title = match (lines.len(), is_first) {
        (drawn, true) if drawn == rows => "Changes and their intervals".to_owned(),
        (drawn, true) => format!("Changes, {drawn} of {rows} rows"),
        (drawn, false) => format!("Changes, {drawn} more of {rows} rows"),
    };
    Plot {
        title,
        description: description(lines, rows),
        x: Axis::between(Sentence::of("change against the baseline"), Quantity::Change, Scale::Linear, limits),
        y: Axis::between(
            Sentence::default(),
            Quantity::Places(places.collect()),
            Scale::Linear,
            [-0.5, lines.len() as f64 - 0.5],
        ),
        layers,
        legend,
    }
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
        let finite = !row.is_in_points() && [change, interval[0], interval[1]].iter().all(|value| value.is_finite());
        finite.then_some(Self { benchmark: &row.benchmark, metric, compared, role, change, interval })
    }

    /// The order of many, the least first.
    fn rank(&self) -> f64 {
        if self.role == Role::Unchanged { -self.change.abs() } else { f64::NEG_INFINITY }
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
        more => said.words("; ").count(more, "row is", "rows are").words(" not in this drawing."),
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

    fn only(rows: &[&Row]) -> Plot {
        let [plot] = <[Plot; 1]>::try_from(forest(rows).drawings).unwrap();
        plot
    }

    fn limits_of(plot: &Plot) -> &[(f64, f64, bool)] {
        let [Layer::Limits { limits }, ..] = plot.layers.as_slice() else { panic!("{:?}", plot.layers) };
        limits
    }

    #[test]
    fn each_row_has_its_interval_and_its_threshold_on_the_side_that_is_worse() {
        let slower = row("a", Direction::LowerIsBetter, Decision::Regression, 0.22, [0.18, 0.26]);
        let fewer = row("b", Direction::HigherIsBetter, Decision::Inconclusive, -0.03, [-0.14, 0.1]);
        let plot = only(&[&slower, &fewer]);
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
        let found = forest(&many);
        let [first, second] = found.drawings.as_slice() else { panic!("{} drawings", found.drawings.len()) };
        assert_eq!((limits_of(first).len(), limits_of(second).len()), (MOST_ROWS, 3));
        assert_eq!((found.first, found.more, found.left_out), (MOST_ROWS, 3, 0));
        assert!(first.description.pieces().contains(&crate::plot::Said::Count(5, "row is", "rows are")));
        assert_eq!([&first.title, &second.title], ["Changes, 24 of 29 rows", "Changes, 3 more of 29 rows"]);
        assert_eq!(only(&[&one]).title, "Changes and their intervals");
        assert!(forest(&[&rate, &failed]).drawings.is_empty() && forest(&[]).drawings.is_empty());
    }

    #[test]
    fn of_more_rows_than_one_drawing_holds_it_has_what_matters_and_then_the_largest_changes() {
        let unchanged = |at: usize| {
            let change = if at.is_multiple_of(2) { 0.0001 } else { -0.0001 } * at as f64;
            row(&format!("same {at}"), Direction::LowerIsBetter, Decision::Unchanged, change, [-0.05, 0.05])
        };
        let of = |name, decision, change: f64| {
            row(name, Direction::LowerIsBetter, decision, change, [change - 0.05, change + 0.05])
        };
        let mut rows: Vec<Row> = (1..=300).map(unchanged).collect();
        rows.push(of("better", Decision::Improvement, -0.3));
        rows.push(of("open", Decision::Inconclusive, 0.0));
        rows.push(of("worse", Decision::Regression, 0.3));
        let found = forest(&rows.iter().collect::<Vec<_>>());
        let places = |plot: &Plot| -> Vec<String> {
            let Quantity::Places(places) = &plot.y.quantity else { panic!("{:?}", plot.y) };
            places.iter().map(|place| place.name.clone()).collect()
        };
        let first = places(&found.drawings[0]);
        assert_eq!(first[..5], ["better m", "open m", "worse m", "same 300 m", "same 299 m"]);
        assert_eq!(first.len(), MOST_ROWS);
        assert_eq!(places(&found.drawings[1])[0], "same 279 m");
        assert_eq!((found.drawings.len(), found.more, found.left_out), (MOST_DRAWINGS, 216, 63));
    }

    #[test]
    fn an_enormous_change_does_not_hide_the_others() {
        let huge = row("a", Direction::LowerIsBetter, Decision::Regression, 900.0, [700.0, 1100.0]);
        let usual = row("b", Direction::LowerIsBetter, Decision::Unchanged, 0.01, [-0.02, 0.03]);
        let plot = only(&[&huge, &usual]);
        assert!(plot.x.extent.high() < 10.0, "{:?}", plot.x.extent);
        assert!(plot.layers.contains(&Layer::Points { role: Role::Worse, points: vec![] }), "only an arrow");
        let vague = row("c", Direction::LowerIsBetter, Decision::Inconclusive, 0.01, [-0.9, 50.0]);
        let plot = only(&[&vague, &usual]);
        assert!(plot.x.extent.high() < 1.0, "{:?}", plot.x.extent);
    }
}
