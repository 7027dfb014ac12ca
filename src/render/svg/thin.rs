//! Leaving out what cannot be seen, so that a drawing of ten thousand rounds is as small as one of a hundred. The least and the
//! greatest of what is left out stay. All in pixels.

use std::collections::BTreeMap;

/// The narrowest column that a line, or a band, has a course within, in pixels.
pub const OF_LINE: f64 = 2.5;

/// The same of marks, which are wider.
pub const OF_MARKS: f64 = 4.0;

/// Up to so many marks, all are drawn.
const FEW: usize = 300;

/// The marks to draw; and where there are too many for all of them, between which heights they lie in each column.
pub fn marks(all: &[[f64; 2]]) -> (Vec<[f64; 2]>, Vec<[f64; 3]>) {
    if all.len() <= FEW {
        return (all.to_vec(), Vec::new());
    }
    let ascending = all.is_sorted_by(|[a, _], [b, _]| a <= b);
    if !ascending {
        return (cloud(all), Vec::new());
    }
    let ends = points(all, OF_MARKS);
    (ends, stretches(&all.iter().map(|[x, y]| [*x, *y, *y]).collect::<Vec<_>>(), OF_MARKS))
}

/// Some points of a cloud, those at its edges among them.
fn cloud(all: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let some = all.iter().step_by(all.len() / FEW + 1);
    let along = |axis: usize| move |a: &&[f64; 2], b: &&[f64; 2]| part(a, axis).total_cmp(&part(b, axis));
    let edges = [0, 1].into_iter().flat_map(|axis| [all.iter().min_by(along(axis)), all.iter().max_by(along(axis))]);
    some.chain(edges.flatten()).copied().collect()
}

fn part([x, y]: &[f64; 2], axis: usize) -> f64 {
    if axis == 0 { *x } else { *y }
}

/// Of the points of each column of this width the highest and the lowest, in their order.
pub fn points(points: &[[f64; 2]], width: f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::new();
    for column in points.chunk_by(|[a, _], [b, _]| column(*a, width) == column(*b, width)) {
        let by_height = |a: &(usize, &[f64; 2]), b: &(usize, &[f64; 2])| a.1[1].total_cmp(&b.1[1]);
        let (low, high) = (column.iter().enumerate().min_by(by_height), column.iter().enumerate().max_by(by_height));
        let mut ends: Vec<(usize, &[f64; 2])> = low.into_iter().chain(high).collect();
        ends.sort_by_key(|(at, _)| *at);
        ends.dedup_by_key(|(at, _)| *at);
        kept.extend(ends.into_iter().map(|(_, point)| *point));
    }
    kept
}

/// Of the upright stretches of each column of this width one, from the least to the greatest end.
pub fn stretches(stretches: &[[f64; 3]], width: f64) -> Vec<[f64; 3]> {
    let mut columns: BTreeMap<i64, [f64; 3]> = BTreeMap::new();
    for &[x, a, b] in stretches {
        let (low, high) = (a.min(b), a.max(b));
        let one = columns.entry(column(x, width)).or_insert([x, low, high]);
        *one = [one[0], one[1].min(low), one[2].max(high)];
    }
    columns.into_values().collect()
}

/// Points of a staircase that lie on a straight line between their neighbours, or on one of them, are left out.
pub fn corners(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let near = |a: f64, b: f64| (a - b).abs() < 0.25;
    let mut kept: Vec<[f64; 2]> = Vec::new();
    for point in points {
        match kept.as_slice() {
            [.., before, last]
                if (near(before[0], last[0]) && near(last[0], point[0]))
                    || (near(before[1], last[1]) && near(last[1], point[1])) =>
            {
                kept.pop();
                kept.push(*point);
            }
            _ => kept.push(*point),
        }
    }
    kept
}

fn column(x: f64, width: f64) -> i64 {
    (x / width).floor() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_column_the_highest_and_the_lowest_stay_in_their_order() {
        let all = [[0.0, 5.0], [0.5, 9.0], [1.0, 1.0], [1.5, 4.0], [10.0, 2.0]];
        assert_eq!(points(&all, 2.0), [[0.5, 9.0], [1.0, 1.0], [10.0, 2.0]]);
        assert_eq!(points(&[[0.0, 5.0], [0.5, 5.0]], 2.0).len(), 2);
        assert_eq!(points(&[], 2.0), [[0.0; 2]; 0]);
        assert_eq!(
            stretches(&[[0.0, 5.0, 3.0], [1.0, 4.0, 9.0], [5.0, 1.0, 1.0]], 2.0),
            [[0.0, 3.0, 9.0], [5.0, 1.0, 1.0]]
        );
    }

    #[test]
    fn corners_that_cannot_be_seen_go_and_the_others_stay() {
        let stairs = [[0.0, 0.0], [5.0, 0.0], [5.0, 0.1], [9.0, 0.1], [9.0, 7.0], [12.0, 7.0]];
        assert_eq!(corners(&stairs), [[0.0, 0.0], [9.0, 0.1], [9.0, 7.0], [12.0, 7.0]]);
        let slope = [[0.0, 0.0], [1.0, 3.0], [2.0, 6.0]];
        assert_eq!(corners(&slope), slope);
    }

    #[test]
    fn few_marks_are_all_drawn_and_of_a_cloud_its_edges_are() {
        let same: Vec<[f64; 2]> = vec![[3.0, 1.0]; 24];
        assert_eq!(marks(&same), (same, Vec::new()));
        let cloud: Vec<[f64; 2]> =
            (0..5000).map(|at| [f64::from(at * 7919 % 400), f64::from(at * 6007 % 180)]).collect();
        let (kept, ranges) = marks(&cloud);
        assert!(kept.len() < 320 && ranges.is_empty(), "{}", kept.len());
        let ends = |axis: usize, all: &[[f64; 2]]| {
            all.iter()
                .map(|one| part(one, axis))
                .fold((f64::MAX, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)))
        };
        assert_eq!([ends(0, &kept), ends(1, &kept)], [ends(0, &cloud), ends(1, &cloud)]);
        let course: Vec<[f64; 2]> = (0..5000).map(|at| [f64::from(at) / 12.0, f64::from(at * 6007 % 180)]).collect();
        let (kept, ranges) = marks(&course);
        assert_eq!(kept.len(), 2 * ranges.len());
        assert!(ranges.iter().all(|[_, low, high]| low < high));
    }
}
