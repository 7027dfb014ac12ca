//! What is drawn: each kind of layer as paths.

use crate::plot::{Layer, Mark, Plot, Role};

use super::frame::Frame;
use super::marks::{class, marked};
use super::measures::FONT;
use super::write::{Anchor, path, points, px, rectangle, words};
use super::{text, thin};

/// What is free between a mark and its name.
const BESIDE: f64 = 7.0;

/// All layers.
pub fn draw(plot: &Plot, frame: &Frame, id: &str) -> String {
    let mut lanes = frame.lanes.iter();
    let one = |layer: &Layer| match layer {
        Layer::Marks { role, marks } => {
            lanes.next().map(|lane| named_marks(frame, id, *role, marks, *lane)).unwrap_or_default()
        }
        layer => unnamed(layer, frame, id),
    };
    plot.layers.iter().map(one).collect()
}

fn unnamed(layer: &Layer, frame: &Frame, id: &str) -> String {
    let ([left, top], [right, bottom]) = (frame.corner, frame.opposite);
    let place = |[x, y]: [f64; 2]| [frame.x.at(x), frame.y.at(y)];
    let stretch = |[x, a, b]: [f64; 3]| [frame.x.at(x), frame.y.at(a), frame.y.at(b)];
    let of = |form: &str, role: Role, data: &str| {
        if data.is_empty() { String::new() } else { path(&format!("{form} {}", class(role)), data) }
    };
    match layer {
        Layer::Columns { role, columns } => of("pg-area", *role, &outline(columns, frame)),
        Layer::Band { role, points: band } => {
            let ends: Vec<[f64; 3]> = band.iter().map(|one| stretch(*one)).collect();
            let thinned = thin::stretches(&ends, thin::OF_LINE);
            let upper = thinned.iter().map(|[x, upper, _]| [*x, *upper]);
            let lower = thinned.iter().rev().map(|[x, _, lower]| [*x, *lower]);
            let around: Vec<[f64; 2]> = upper.chain(lower).collect();
            if around.is_empty() { String::new() } else { of("pg-band", *role, &format!("{}Z", points(&around))) }
        }
        Layer::Line { role, points: line } => {
            let all: Vec<[f64; 2]> = line.iter().map(|one| place(*one)).collect();
            let kept = thin::points(&thin::corners(&all), thin::OF_LINE);
            if kept.len() < 2 { String::new() } else { of("pg-line", *role, &points(&kept)) }
        }
        Layer::Points { role, points: all } => {
            let all: Vec<[f64; 2]> = all.iter().map(|one| place(*one)).collect();
            let (marks, ranges) = thin::marks(&all);
            of("pg-span", *role, &upright(&ranges)) + &marked(id, *role, &marks)
        }
        Layer::Spans { role, spans } => {
            let ends: Vec<[f64; 3]> = spans.iter().map(|one| stretch(*one)).collect();
            of("pg-span", *role, &upright(&thin::stretches(&ends, thin::OF_MARKS)))
        }
        Layer::Intervals { role, intervals } => {
            let data: String = intervals.iter().map(|one| interval(*one, frame)).collect();
            of("pg-interval", *role, &data)
        }
        Layer::Limits { limits } => beyond(limits, frame),
        Layer::Upright { role, at } => {
            let x = px(frame.x.at(*at));
            of("pg-upright", *role, &format!("M{x} {}V{}", px(top), px(bottom)))
        }
        Layer::Region { role, from, to } => {
            let (from, to) = (frame.x.at(*from).max(left), frame.x.at(*to).min(right));
            rectangle(&format!("pg-region {}", class(*role)), [from, top], [to, bottom])
        }
        Layer::Marks { .. } => String::new(),
    }
}

/// Upright strokes.
fn upright(strokes: &[[f64; 3]]) -> String {
    strokes.iter().map(|[x, from, to]| format!("M{} {}V{}", px(*x), px(*from), px(*to))).collect()
}

/// The outline of columns, from the ground back to the ground.
fn outline(columns: &[[f64; 3]], frame: &Frame) -> String {
    let ground = frame.opposite[1];
    let (Some([begin, ..]), Some([_, end, _])) = (columns.first(), columns.last()) else { return String::new() };
    let mut data = format!("M{} {}", px(frame.x.at(*begin)), px(ground));
    for [from, to, height] in columns {
        data += &format!("H{}V{}H{}", px(frame.x.at(*from)), px(frame.y.at(*height)), px(frame.x.at(*to)));
    }
    data + &format!("H{}V{}Z", px(frame.x.at(*end)), px(ground))
}

/// A level line with a stroke at each end; or an arrow, where it goes on beyond the limits.
fn interval([place, low, high]: [f64; 3], frame: &Frame) -> String {
    let y = frame.y.at(place);
    let (from, to) = (frame.x.at(low), frame.x.at(high));
    let end = |value: f64, x: f64, inwards: f64| {
        if frame.x.has(value) {
            format!("M{} {}V{}", px(x), px(y - 4.0), px(y + 4.0))
        } else {
            let back = px(x + inwards);
            format!("M{back} {}L{} {}L{back} {}", px(y - 4.0), px(x), px(y), px(y + 4.0))
        }
    };
    let is_below = frame.x.at(high) <= frame.corner[0];
    // One that lies outside as a whole is an arrow at the edge that it lies behind.
    let ends = match (frame.x.has(low), frame.x.has(high)) {
        (false, false) if from == to && is_below => end(low, from, 6.0),
        (false, false) if from == to => end(high, to, -6.0),
        _ => end(low, from, 6.0) + &end(high, to, -6.0),
    };
    format!("M{} {}H{}{ends}", px(from), px(y), px(to))
}

/// The limit of each place, and what lies beyond it.
fn beyond(limits: &[(f64, f64, bool)], frame: &Frame) -> String {
    let (mut surfaces, mut lines) = (String::new(), String::new());
    for (place, at, greater_is_worse) in limits.iter().filter(|(_, at, _)| frame.x.has(*at)) {
        let (x, [top, bottom]) = (px(frame.x.at(*at)), frame.around(*place).map(px));
        let edge = px(if *greater_is_worse { frame.opposite[0] } else { frame.corner[0] });
        surfaces += &format!("M{x} {top}H{edge}V{bottom}H{x}Z");
        lines += &format!("M{x} {top}V{bottom}");
    }
    if lines.is_empty() {
        return lines;
    }
    let classes = |form: &str| format!("{form} {}", class(Role::Threshold));
    path(&classes("pg-region"), &surfaces) + &path(&classes("pg-upright"), &lines)
}

/// Marks in a lane, each with a line down through the plot, and its name beside it; names that would run into each other are
/// written together behind the last of them.
fn named_marks(frame: &Frame, id: &str, role: Role, marks: &[Mark], lane: f64) -> String {
    let bottom = frame.opposite[1];
    let places: Vec<f64> = marks.iter().map(|mark| frame.x.at(mark.at)).collect();
    let down = |x: &f64| format!("M{} {}V{}", px(*x), px(lane), px(bottom));
    let lines: String = places.iter().map(down).collect();
    if lines.is_empty() {
        return String::new();
    }
    let named = places.iter().zip(marks).map(|(x, mark)| Group::of(*x, text::sentence(&mark.label)));
    let shown: Vec<[f64; 2]> = thin::points(&places.iter().map(|x| [*x, lane]).collect::<Vec<_>>(), thin::OF_MARKS);
    let names: String =
        groups(named, frame.opposite[0]).into_iter().map(|group| group.draw(lane, frame.opposite[0])).collect();
    path(&format!("pg-drop {}", class(role)), &lines) + &marked(id, role, &shown) + &names
}

/// Marks whose names are written together.
struct Group {
    first: f64,
    last: f64,
    names: Vec<String>,
}

impl Group {
    fn of(x: f64, name: String) -> Self {
        Self { first: x, last: x, names: vec![name] }
    }

    fn text(&self) -> String {
        match self.names.as_slice() {
            [first, _, _, .., last] if self.names.len() > 4 => format!("{first} … {last}"),
            names => names.join(", "),
        }
    }

    /// From the first mark to the end of the names, or from their beginning to the last mark where they are on the left.
    fn room(&self, right: f64) -> [f64; 2] {
        let width = BESIDE + text::width(&self.text(), FONT);
        if self.last + width > right { [self.first - width, self.last] } else { [self.first, self.last + width] }
    }

    fn and(mut self, later: Self) -> Self {
        self.names.extend(later.names);
        Self { first: self.first, last: later.last, names: self.names }
    }

    fn draw(&self, lane: f64, right: f64) -> String {
        let text = self.text();
        let y = lane + FONT * 0.35;
        if self.last + BESIDE + text::width(&text, FONT) > right {
            words("pg-name", Anchor::End, [self.first - BESIDE, y], &text)
        } else {
            words("pg-name", Anchor::Start, [self.last + BESIDE, y], &text)
        }
    }
}

/// Neighbours together, until no two share room.
fn groups(named: impl Iterator<Item = Group>, right: f64) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for group in named {
        let mut group = group;
        while let Some(before) = groups.pop() {
            if before.room(right)[1] + BESIDE <= group.room(right)[0] {
                groups.push(before);
                break;
            }
            group = before.and(group);
        }
        groups.push(group);
    }
    groups
}
