//! Plots as SVG: one element with classes, made to stand in a page that has [`STYLE`].
//!
//! Here: where things stand, digits on the axes, shapes. Not here: what is drawn (`plot`), colours (`style.css`; an element has
//! none of its own, so that light, dark and print need one drawing only).

mod frame;
mod layers;
mod legend;
mod marks;
mod measures;
#[cfg(test)]
mod tests;
mod text;
mod thin;
mod ticks;
mod write;

use crate::plot::Plot;

use frame::Frame;
use write::{escape, px};

/// The looks of all plots of a page: light, dark and printed, with a ground of their own.
pub const STYLE: &str = include_str!("style.css");

/// Widest that a name from outside is in a description.
const NAME_WIDTH: usize = 80;

/// One `<svg>` element. `id` is to be unique in its page, short, and any text: what may not stand in an identifier is written
/// otherwise.
pub fn draw(plot: &Plot, id: &str) -> String {
    let id = write::identifier(id);
    let frame = Frame::of(plot);
    let mut svg = format!(
        "<svg class=\"pg-plot\" id=\"{id}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"0 0 {} {}\" \
         font-size=\"12\" font-family=\"sans-serif\" xmlns=\"http://www.w3.org/2000/svg\">\n<title id=\"{id}-t\">{}</title>\n<desc id=\"{id}-d\">{}</desc>\n",
        px(measures::WIDTH),
        px(frame.height),
        escape(&text::name(&plot.title, NAME_WIDTH)),
        escape(&description(plot)),
    );
    svg.push_str(&marks::shapes(plot, &id));
    svg.push_str(&frame.ground());
    svg.push_str(&layers::draw(plot, &frame, &id));
    svg.push_str(&frame.axes());
    svg.push_str(&frame.labels());
    svg.push_str(&legend::draw(&frame.legend, &id));
    svg.push_str("</svg>\n");
    svg
}

/// What there is to see, as one harmless line, not escaped for any format.
pub fn description(plot: &Plot) -> String {
    text::sentence(&plot.description)
}
