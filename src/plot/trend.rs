//! A metric over commits.

use super::{Axis, Form, Key, Layer, Mark, Place, Plot, Quantity, Role, Scale, Sentence, Side};
use crate::history::{History, Series};

/// More stretches of other machines than this only hide the values.
const MOST_GAPS: usize = 12;

/// The values of a series over the commits of a history, with the range of their rounds, the levels between the changes, and the
/// changes. Where only another machine measured, the line is broken and the stretch is shaded: what lies on both sides of it is still
/// the same machine. `None` for a series without a point.
pub fn trend(history: &History, series: &Series) -> Option<Plot> {
    let (first, last) = (series.points.first()?, series.points.last()?);
    let look = Role::Of(Side::Candidate);
    let gaps = gaps(history, series);
    let mut layers: Vec<Layer> = gaps
        .iter()
        .map(|&(before, after)| Layer::Region { role: Role::Aside, from: before as f64 + 0.5, to: after as f64 - 0.5 })
        .collect();
    let spread: Vec<[f64; 3]> = series
        .points
        .iter()
        .filter(|point| point.range[0] < point.range[1])
        .map(|point| [point.commit as f64, point.range[0], point.range[1]])
        .collect();
    let has_spread = !spread.is_empty();
    layers.push(Layer::Spans { role: Role::Guide, spans: spread });
    layers.extend(lines(series, &gaps).into_iter().map(|points| Layer::Line { role: look, points }));
    layers.push(Layer::Points {
        role: look,
        points: series.points.iter().map(|point| [point.commit as f64, point.value]).collect(),
    });
    layers.extend(levels(series).into_iter().map(|points| Layer::Line { role: Role::Level, points }));
    for worse in [true, false] {
        let role = if worse { Role::Worse } else { Role::Better };
        let changes: Vec<Mark> = series
            .changes
            .iter()
            .filter(|change| change.is_worse(series.direction) == worse)
            .filter_map(|change| {
                let label =
                    change.change.map_or_else(|| Sentence::of("from 0"), |size| Sentence::default().change(size));
                Some(Mark { label, at: series.points.get(change.at)?.commit as f64 })
            })
            .collect();
        if !changes.is_empty() {
            layers.push(Layer::Marks { role, marks: changes });
        }
    }
    let values = series.points.iter().flat_map(|point| [point.value, point.range[0], point.range[1]]);
    let places = (first.commit..=last.commit)
        .filter_map(|at| history.commits.get(at).map(|recorded| (at, recorded)))
        .map(|(at, recorded)| Place { name: recorded.commit.short().to_owned(), at: at as f64 });
    Some(Plot {
        title: series.name(),
        description: description(history, series)?,
        x: Axis::between(
            Sentence::of("commit"),
            Quantity::Places(places.collect()),
            Scale::Linear,
            [first.commit as f64 - 0.5, last.commit as f64 + 0.5],
        ),
        y: Axis::of_wide_positions(Sentence::default().name(&series.metric), &series.unit, values),
        legend: legend(series, has_spread, !gaps.is_empty()),
        layers,
    })
}

fn legend(series: &Series, has_spread: bool, has_gaps: bool) -> Vec<Key> {
    let has = |worse: bool| series.changes.iter().any(|change| change.is_worse(series.direction) == worse);
    let keys = [
        (true, Role::Of(Side::Candidate), Form::Whisker, "value of a commit"),
        (has_spread, Role::Guide, Form::Line, "range of its rounds"),
        (!series.changes.is_empty(), Role::Level, Form::Line, "level"),
        (has(true), Role::Worse, Form::Whisker, "worse from here"),
        (has(false), Role::Better, Form::Whisker, "better from here"),
        (has_gaps, Role::Aside, Form::Region, "another machine"),
    ];
    let present = keys.into_iter().filter(|(present, ..)| *present);
    present.map(|(_, role, form, label)| Key { role, form, label: label.to_owned() }).collect()
}

/// Between which commits only another machine measured the same thing; the two are this machine's.
fn gaps(history: &History, series: &Series) -> Vec<(usize, usize)> {
    let others: Vec<usize> = history
        .series
        .iter()
        .filter(|other| other.machine != series.machine)
        .filter(|other| (&other.benchmark, &other.metric) == (&series.benchmark, &series.metric))
        .flat_map(|other| other.points.iter().map(|point| point.commit))
        .collect();
    let pairs = series.points.windows(2).filter_map(|pair| match pair {
        [before, after] => Some((before.commit, after.commit)),
        _ => None,
    });
    let gaps: Vec<_> = pairs.filter(|(before, after)| others.iter().any(|at| at > before && at < after)).collect();
    if gaps.len() > MOST_GAPS { Vec::new() } else { gaps }
}

/// The values, in pieces between the gaps.
fn lines(series: &Series, gaps: &[(usize, usize)]) -> Vec<Vec<[f64; 2]>> {
    let pieces = series.points.chunk_by(|before, after| !gaps.contains(&(before.commit, after.commit)));
    pieces.map(|piece| piece.iter().map(|point| [point.commit as f64, point.value]).collect()).collect()
}

/// From change to change, one level line each; none where nothing changed.
fn levels(series: &Series) -> Vec<Vec<[f64; 2]>> {
    let place = |at: usize| series.points.get(at).map(|point| point.commit as f64);
    let Some(first) = series.changes.first() else { return Vec::new() };
    let starts = [(0, first.before)].into_iter().chain(series.changes.iter().map(|change| (change.at, change.after)));
    let ends = series.changes.iter().map(|change| change.at).chain([series.points.len()]);
    let level = |((begin, level), end): ((usize, f64), usize)| {
        Some(vec![[place(begin)? - 0.4, level], [place(end.checked_sub(1)?)? + 0.4, level]])
    };
    starts.zip(ends).filter_map(level).collect()
}

fn description(history: &History, series: &Series) -> Option<Sentence> {
    let (first, last) = (series.points.first()?, series.points.last()?);
    let commit = |at: usize| history.commits.get(at).map(|recorded| recorded.commit.short().to_owned());
    let mut said = Sentence::default().name(&series.name()).words(" on ").name(series.machine.as_str());
    said = said.words(" over ").count(series.points.len(), "commit", "commits").words(": ");
    said = said.range(&series.unit, [first.value, last.value]).words(" from first to last");
    said = match series.changes.last() {
        None => said.words("; no change of level"),
        Some(change) => {
            said = said.words("; ").count(series.changes.len(), "change of level", "changes of level");
            said = said.words(", the last one for the ");
            said = said.words(if change.is_worse(series.direction) { "worse" } else { "better" });
            said = match change.change {
                Some(size) => said.words(", ").change(size),
                None => said.words(", from 0"),
            };
            match series.points.get(change.at).and_then(|point| commit(point.commit)) {
                Some(name) => said.words(", first seen at ").name(&name),
                None => said,
            }
        }
    };
    Some(said.words("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Change, Point, Recorded};
    use crate::result::{Direction, Fingerprint, Unit};

    fn point(commit: usize, value: f64) -> Point {
        Point { commit, value, range: [value * 0.9, value * 1.2], sessions: 1, rounds: 10, recorded_at: None }
    }

    fn series(machine: &str, points: Vec<Point>, changes: Vec<Change>) -> Series {
        Series {
            benchmark: "b".to_owned(),
            metric: "latency_p50".to_owned(),
            unit: Unit::nanoseconds(),
            direction: Direction::LowerIsBetter,
            gate: true,
            machine: Fingerprint::from_words(machine),
            points,
            changes,
        }
    }

    fn history(series: Vec<Series>) -> History {
        let commit = |number: usize| Recorded {
            commit: format!("{number:08x}{:032}", 0).parse().unwrap(),
            subject: String::new(),
            commits_since: None,
            results: vec![],
        };
        History { commits: (0..10).map(commit).collect(), series, false_discovery_rate: 0.05 }
    }

    fn change(at: usize, before: f64, after: f64) -> Change {
        let change = Some(after / before - 1.0);
        Change { at, before, after, change, interval: None, p_value: 0.001, p_adjusted: 0.002 }
    }

    fn lines(plot: &Plot, which: Role) -> Vec<Vec<[f64; 2]>> {
        let lines = plot.layers.iter().filter_map(|layer| match layer {
            Layer::Line { role, points } if *role == which => Some(points.clone()),
            _ => None,
        });
        lines.collect()
    }

    #[test]
    fn values_stand_over_their_commits_and_levels_go_from_change_to_change() {
        let points = vec![point(0, 10.0), point(1, 10.0), point(4, 15.0), point(5, 15.0)];
        let one = series("m", points, vec![change(2, 10.0, 15.0)]);
        let history = history(vec![one.clone()]);
        let plot = trend(&history, &one).unwrap();
        let look = Role::Of(Side::Candidate);
        assert_eq!(lines(&plot, look), [[[0.0, 10.0], [1.0, 10.0], [4.0, 15.0], [5.0, 15.0]]]);
        assert_eq!(lines(&plot, Role::Level), [[[-0.4, 10.0], [1.4, 10.0]], [[3.6, 15.0], [5.4, 15.0]]]);
        let marks = vec![Mark { label: Sentence::default().change(0.5), at: 4.0 }];
        assert!(plot.layers.contains(&Layer::Marks { role: Role::Worse, marks }));
        let spans = plot.layers.iter().find_map(|layer| match layer {
            Layer::Spans { spans, .. } => Some(spans.clone()),
            _ => None,
        });
        assert_eq!(spans.unwrap()[2], [4.0, 15.0 * 0.9, 15.0 * 1.2]);
        let Quantity::Places(places) = &plot.x.quantity else { panic!("{:?}", plot.x) };
        assert_eq!((places.len(), places[4].name.as_str(), places[4].at), (6, "00000004", 4.0));
    }

    #[test]
    fn where_another_machine_measured_the_line_is_broken() {
        let one = series("m", vec![point(0, 10.0), point(1, 10.0), point(4, 11.0)], vec![]);
        let other = series("n", vec![point(2, 20.0), point(3, 20.0)], vec![]);
        let both = history(vec![one.clone(), other]);
        let plot = trend(&both, &one).unwrap();
        assert_eq!(lines(&plot, Role::Of(Side::Candidate)), [vec![[0.0, 10.0], [1.0, 10.0]], vec![[4.0, 11.0]]]);
        assert!(plot.layers.contains(&Layer::Region { role: Role::Aside, from: 1.5, to: 3.5 }));
        let alone = history(vec![one.clone()]);
        assert_eq!(lines(&trend(&alone, &one).unwrap(), Role::Of(Side::Candidate)).len(), 1);
        assert_eq!(trend(&alone, &series("m", vec![], vec![])), None);
    }
}
