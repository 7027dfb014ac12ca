//! The sizes that every part of a drawing keeps to, in pixels of its own.

/// The width of every drawing. A phone of 390 pixels shows it in 358, and letters of [`FONT`] with 11.
pub const WIDTH: f64 = 384.0;

/// The size of all letters but the title's, as in `style.css`.
pub const FONT: f64 = 12.0;

/// The size of the title's letters, as in `style.css`.
pub const TITLE_FONT: f64 = 13.5;

/// The height of the drawing itself, where it has no places with names.
pub const HEIGHT: f64 = 170.0;

/// The height of a place with a name, which stands above what is drawn there.
pub const PLACE_HEIGHT: f64 = 34.0;

/// How far above what is drawn the name of a place stands.
pub const ABOVE: f64 = 8.0;

/// How far below the middle of a place it is drawn, to make room for the name.
pub const BELOW: f64 = 5.0;

/// The height of a lane of marks, and of a line of the legend.
pub const LANE: f64 = 17.0;

/// What stays free at the edges.
pub const MARGIN: f64 = 6.0;

/// What is left for a line of text.
pub const LINE: f64 = WIDTH - 2.0 * MARGIN;
