//! Where things stand: from the axes' values to pixels, and what is around the drawing itself.

use crate::plot::{Axis, Extent, Layer, Plot, Quantity, Scale};

use super::legend::{self, Entry};
use super::measures::{ABOVE, BELOW, FONT, HEIGHT, LANE, LINE, MARGIN, PLACE_HEIGHT, TITLE_FONT, WIDTH};
use super::text;
use super::ticks::{self, Tick, Ticks};
use super::write::{Anchor, path, px, rectangle, words};

/// Where everything stands.
pub struct Frame {
    /// Of the whole.
    pub height: f64,
    /// From the values of the x axis.
    pub x: Ruler,
    /// From the values of the y axis.
    pub y: Ruler,
    /// Left and top end of the drawing itself.
    pub corner: [f64; 2],
    /// Its right and bottom end.
    pub opposite: [f64; 2],
    /// The middle of the lane of each layer of marks, in the order of the layers.
    pub lanes: Vec<f64>,
    /// The legend.
    pub legend: Vec<Entry>,
    title: String,
    x_label: String,
    y_label: String,
    y_label_at: f64,
    x_ticks: Vec<Tick>,
    y_ticks: Vec<Tick>,
    places: Vec<Tick>,
    x_grid: bool,
}

/// From values to pixels.
pub struct Ruler {
    scale: Scale,
    extent: Extent,
    from: f64,
    to: f64,
}

impl Ruler {
    /// The pixel of a value; of one outside the limits, that of the limit.
    pub fn at(&self, value: f64) -> f64 {
        let even = |value: f64| match self.scale {
            Scale::Linear => value,
            Scale::Logarithmic => value.max(f64::MIN_POSITIVE).ln(),
        };
        let (low, high) = (even(self.extent.low()), even(self.extent.high()));
        let share = ((even(value) - low) / (high - low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Whether a value lies between the limits.
    pub fn has(&self, value: f64) -> bool {
        (self.extent.low()..=self.extent.high()).contains(&value)
    }
}

impl Frame {
    /// Makes room for everything that a plot has.
    pub fn of(plot: &Plot) -> Self {
        let (legend, below_legend) = legend::layout(&plot.legend, 2.0 * MARGIN + TITLE_FONT);
        let upright = upright_places(&plot.y);
        let drawn = if upright.is_empty() { HEIGHT } else { PLACE_HEIGHT * upright.len() as f64 };

        let ruler = |axis: &Axis, from: f64, to: f64| Ruler { scale: axis.scale, extent: axis.extent, from, to };
        // From 0 on: where it begins is not known yet, and makes no difference to what fits.
        let y_ruler = ruler(&plot.y, drawn, 0.0);
        let y_ticks = match upright.is_empty() {
            true => ticks::ticks(&plot.y, |ticks| apart(ticks, |tick| y_ruler.at(tick.at), |_| FONT * 1.7)),
            false => Ticks { ticks: Vec::new(), unit: String::new() },
        };
        let widest = y_ticks.ticks.iter().map(|tick| text::width(&tick.text, FONT)).fold(0.0, f64::max);
        let left = if upright.is_empty() { widest + 2.0 * MARGIN } else { MARGIN };
        let right = WIDTH - 2.0 * MARGIN;

        let x = ruler(&plot.x, left, right);
        let place = |tick: &Tick| inside(x.at(tick.at), &tick.text);
        let room = |tick: &Tick| text::width(&tick.text, FONT) + 1.5 * MARGIN;
        let x_ticks = ticks::ticks(&plot.x, |ticks| apart(ticks, place, room));
        let x_ticks = Ticks { ticks: without_crowd(x_ticks.ticks, place, room), ..x_ticks };

        let y_label = label(&plot.y, &y_ticks.unit, true);
        let y_label_at = below_legend + if y_label.is_empty() { 0.0 } else { LANE };
        let lanes = plot.layers.iter().filter(|layer| matches!(layer, Layer::Marks { .. })).count();
        let lanes: Vec<f64> = (0..lanes).map(|lane| y_label_at + LANE * (lane as f64 + 0.5)).collect();
        let top = y_label_at + LANE * lanes.len() as f64 + MARGIN;
        let bottom = top + drawn;
        let y =
            if upright.is_empty() { ruler(&plot.y, bottom, top) } else { ruler(&plot.y, top + BELOW, bottom + BELOW) };
        let x_label = label(&plot.x, &x_ticks.unit, false);
        Self {
            height: bottom + 2.0 * MARGIN + FONT + if x_label.is_empty() { 0.0 } else { FONT + MARGIN },
            corner: [left, top],
            opposite: [right, bottom],
            lanes,
            legend,
            // Bold letters are wider.
            title: text::fitting(&plot.title, LINE, TITLE_FONT * 1.1),
            x_label,
            y_label,
            y_label_at: y_label_at - 4.0,
            x_ticks: x_ticks.ticks,
            y_ticks: y_ticks.ticks,
            places: upright,
            x_grid: !matches!(plot.x.quantity, Quantity::Places(_) | Quantity::Order),
            x,
            y,
        }
    }

    /// What is behind everything, and the lines that numbers are read by.
    pub fn ground(&self) -> String {
        let ([left, top], [right, bottom]) = (self.corner, self.opposite);
        let between = self.places.iter().skip(1).map(|place| self.around(place.at)[0]);
        let level = self.y_ticks.iter().map(|tick| self.y.at(tick.at)).chain(between);
        let level = level.map(|y| line([left, y], [right, y]));
        let upright = self.x_ticks.iter().filter(|_| self.x_grid).map(|tick| self.x.at(tick.at));
        let upright = upright.map(|x| line([x, top], [x, bottom]));
        let grid = |class: &str, data: String| if data.is_empty() { data } else { path(class, &data) };
        rectangle("pg-ground", [0.0, 0.0], [WIDTH, self.height])
            + &grid("pg-grid pg-x", upright.collect())
            + &grid("pg-grid pg-y", level.collect())
    }

    /// The line below, and a stroke at each number.
    pub fn axes(&self) -> String {
        let ([left, _], [right, bottom]) = (self.corner, self.opposite);
        let at_x: String = self.x_ticks.iter().map(|tick| self.x.at(tick.at)).map(|x| stroke(x, bottom)).collect();
        let axis = path("pg-axis", &line([left, bottom], [right, bottom]));
        if at_x.is_empty() { axis } else { axis + &path("pg-axis pg-x", &at_x) }
    }

    /// All words but the legend's.
    pub fn labels(&self) -> String {
        let ([left, _], [right, bottom]) = (self.corner, self.opposite);
        let mut all = words("pg-title", Anchor::Start, [MARGIN, MARGIN + TITLE_FONT], &self.title);
        if !self.y_label.is_empty() {
            all += &words("pg-label", Anchor::Start, [MARGIN, self.y_label_at], &self.y_label);
        }
        for tick in &self.y_ticks {
            all += &words("pg-tick pg-y", Anchor::End, [left - MARGIN, self.y.at(tick.at) + FONT * 0.35], &tick.text);
        }
        for tick in &self.x_ticks {
            let x = inside(self.x.at(tick.at), &tick.text);
            all += &words("pg-tick pg-x", Anchor::Middle, [x, bottom + MARGIN + FONT], &tick.text);
        }
        for place in &self.places {
            all += &words("pg-place", Anchor::Start, [left, self.y.at(place.at) - ABOVE], &place.text);
        }
        if !self.x_label.is_empty() {
            all += &words(
                "pg-label",
                Anchor::Middle,
                [(left + right) / 2.0, bottom + 2.0 * MARGIN + 2.0 * FONT],
                &self.x_label,
            );
        }
        all
    }

    /// The upper and the lower end of a place with a name.
    pub fn around(&self, place: f64) -> [f64; 2] {
        let middle = self.y.at(place) - BELOW;
        [middle - PLACE_HEIGHT / 2.0, middle + PLACE_HEIGHT / 2.0]
    }
}

fn line([x, y]: [f64; 2], [to_x, to_y]: [f64; 2]) -> String {
    if x == to_x { format!("M{} {}V{}", px(x), px(y), px(to_y)) } else { format!("M{} {}H{}", px(x), px(y), px(to_x)) }
}

fn stroke(x: f64, bottom: f64) -> String {
    line([x, bottom], [x, bottom + 4.0])
}

/// Where the middle of a text stands that is to be at `x`, but whole.
fn inside(x: f64, words: &str) -> f64 {
    let half = text::width(words, FONT) / 2.0;
    x.min(WIDTH - half).max(half)
}

/// The named places of an upright axis, each short enough for a line of its own.
fn upright_places(axis: &Axis) -> Vec<Tick> {
    let Quantity::Places(places) = &axis.quantity else { return Vec::new() };
    let short = |name: &str| text::fitting(name, LINE, FONT);
    places.iter().map(|place| Tick { at: place.at, text: short(&place.name) }).collect()
}

/// `latency (ms)`; an axis that does not begin at 0 says so, if the eye compares heights on it.
fn label(axis: &Axis, unit: &str, upright: bool) -> String {
    let words = text::sentence(&axis.label);
    let note = if upright && axis.begins_above_zero() { "does not begin at 0" } else { "" };
    let more: Vec<&str> = [unit, note].into_iter().filter(|part| !part.is_empty()).collect();
    let label = match (words.is_empty(), more.is_empty()) {
        (true, _) => String::new(),
        (_, true) => words,
        _ => format!("{words} ({})", more.join("; ")),
    };
    text::fitting(&label, LINE, FONT)
}

/// Whether each label has its room.
fn apart(ticks: &[Tick], place: impl Fn(&Tick) -> f64, room: impl Fn(&Tick) -> f64) -> bool {
    ticks.iter().zip(ticks.iter().skip(1)).all(|(one, next)| {
        let needed = (room(one) + room(next)) / 2.0;
        (place(next) - place(one)).abs() >= needed
    })
}

/// From the last on, which is the latest, those that have room.
fn without_crowd(ticks: Vec<Tick>, place: impl Fn(&Tick) -> f64, room: impl Fn(&Tick) -> f64) -> Vec<Tick> {
    let mut kept: Vec<Tick> = Vec::new();
    for tick in ticks.into_iter().rev() {
        let free = kept.last().is_none_or(|next| place(next) - place(&tick) >= (room(next) + room(&tick)) / 2.0);
        if free {
            kept.push(tick);
        }
    }
    kept.reverse();
    kept
}
