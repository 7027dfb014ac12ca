//! Plots as data: what is drawn, in the units of what was measured. Pure.
//!
//! Here: which points, ranges and marks show a result, a comparison or a history, between which limits, and one sentence that says
//! the same to people who do not see it. Not here: pixels, colours, digits (`render::svg`), which plots a report has (`report`).
//!
//! Where an axis begins: what is drawn as a height above the ground (a histogram) begins at 0. What is drawn as a position (points,
//! lines) begins at 0 if that takes less than half of the height, and else just below the least value: then
//! [`Axis::begins_above_zero`], and the drawing says so.

mod axis;
mod capacity;
mod course;
mod distribution;
mod estimate;
mod exact;
mod forest;
mod rounds;
mod sentence;
mod stages;
mod tail;
mod throughput;
mod trend;
mod usage;

pub use axis::{Axis, Extent, Place, Quantity, Scale};
pub use capacity::capacity;
pub use course::course;
pub use distribution::distribution;
pub use estimate::{Estimate, estimate};
pub use exact::{Exact, with_exact, with_exact_stages};
pub use forest::{Forest, forest};
pub use rounds::{Measure, rounds};
pub use sentence::{Said, Sentence};
pub use stages::{PartOfTime, shares, stage_tails};
pub use tail::tail;
pub use throughput::throughput;
pub use trend::trend;
pub use usage::{memory, processors};

/// Everything that a drawing shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What is shown, in a few words.
    pub title: String,
    /// What there is to see, for people who do not see it: one sentence, computed.
    pub description: Sentence,
    /// From left to right.
    pub x: Axis,
    /// From bottom to top; places with names from top to bottom.
    pub y: Axis,
    /// What is drawn, the lowest first.
    pub layers: Vec<Layer>,
    /// What the looks of the layers stand for; empty where there is only one, and it has no name.
    pub legend: Vec<Key>,
}

/// One line of the legend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The look.
    pub role: Role,
    /// How it is drawn.
    pub form: Form,
    /// What it stands for.
    pub label: String,
}

/// How the sign of a legend looks: like the layer that it explains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line.
    Line,
    /// A filled surface with its outline.
    Surface,
    /// What lies between two lines.
    Band,
    /// One mark.
    Mark,
    /// A mark in the middle of a line.
    Whisker,
    /// The shading behind the rest.
    Region,
}

/// Which side of a comparison something belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The earlier, the known one.
    Base,
    /// The new one; also what stands alone.
    Candidate,
}

/// Something to show, and what people call it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shown<'a, T> {
    /// Its name in the legend: `main 8be01d4`. From outside; the drawing makes it harmless.
    pub label: &'a str,
    /// What is shown.
    pub of: &'a T,
}

/// What a thing stands for; the drawing has a colour, a dash and a shape for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// One side of a comparison, or what stands alone.
    Of(Side),
    /// A change for the worse, beyond chance and the threshold.
    Worse,
    /// A change for the better, beyond chance and the threshold.
    Better,
    /// A worsening that matters is ruled out.
    Unchanged,
    /// Neither shown nor ruled out.
    Open,
    /// A worsening that is accepted.
    Accepted,
    /// The limit beyond which a change matters.
    Threshold,
    /// What was not judged: warm-up, another machine.
    Aside,
    /// What helps to read the rest: the line of no change, a border between sessions.
    Guide,
    /// What is usual for a stretch: the level between two changes; what others are parts of.
    Level,
    /// One of several that stand beside each other, and are neither better nor worse.
    Nth(Nth),
}

/// Which of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nth {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The fifth.
    Fifth,
}

impl Nth {
    /// All of them, in their order: more lines nobody can tell apart.
    pub const ALL: [Self; 5] = [Self::First, Self::Second, Self::Third, Self::Fourth, Self::Fifth];
}

/// Something drawn. Positions are values of the two axes, all finite.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    /// Columns beside each other, each from the ground of the y axis, with one outline.
    Columns {
        /// The look.
        role: Role,
        /// From and to on the x axis, and how high.
        columns: Vec<[f64; 3]>,
    },
    /// What lies between a lower and an upper line.
    Band {
        /// The look.
        role: Role,
        /// On the x axis, ascending; the lower and the upper value.
        points: Vec<[f64; 3]>,
    },
    /// Points joined in their order.
    Line {
        /// The look.
        role: Role,
        /// x and y.
        points: Vec<[f64; 2]>,
    },
    /// Points, each with a mark.
    Points {
        /// The look.
        role: Role,
        /// x and y.
        points: Vec<[f64; 2]>,
    },
    /// Thin upright lines between two values that belong together.
    Spans {
        /// The look.
        role: Role,
        /// On the x axis; the two values.
        spans: Vec<[f64; 3]>,
    },
    /// Thin level lines between two values, one a place of the y axis; what does not fit between the limits goes on beyond them.
    Intervals {
        /// The look.
        role: Role,
        /// On the y axis; the two values.
        intervals: Vec<[f64; 3]>,
    },
    /// On one place of the y axis, the limit of the x axis from which on things are worse, up to the end of the axis.
    Limits {
        /// On the y axis; where the limit is; whether what is greater is worse, or else what is less.
        limits: Vec<(f64, f64, bool)>,
    },
    /// Named values of the x axis: a line across the plot each, with the name in a lane of their own above the rest.
    Marks {
        /// The look.
        role: Role,
        /// The values, ascending.
        marks: Vec<Mark>,
    },
    /// A line across the whole plot at one value of the x axis.
    Upright {
        /// The look.
        role: Role,
        /// Where.
        at: f64,
    },
    /// A shaded stretch of the x axis.
    Region {
        /// The look.
        role: Role,
        /// From where.
        from: f64,
        /// To where, above `from`.
        to: f64,
    },
}

/// A named value.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Such as `p99`, or a change.
    pub label: Sentence,
    /// On the x axis.
    pub at: f64,
}

/// The sides that are shown, with what each is: of two the first is the base; one alone looks like the candidate; a third has no
/// meaning and is left out.
fn sides<'a, 'b, T>(shown: &'b [Shown<'a, T>]) -> Vec<(Side, &'b Shown<'a, T>)> {
    let order: &[Side] = if shown.len() == 1 { &[Side::Candidate] } else { &[Side::Base, Side::Candidate] };
    order.iter().copied().zip(shown).collect()
}

/// A legend of the sides: of one alone too, because the reader may expect two.
fn legend<T>(sides: &[(Side, &Shown<'_, T>)], form: Form) -> Vec<Key> {
    let named = sides.iter().filter(|(_, shown)| !shown.label.is_empty());
    named.map(|(side, shown)| Key { role: Role::Of(*side), form, label: shown.label.to_owned() }).collect()
}
