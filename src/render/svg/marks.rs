//! How what has a role looks: its class, and the shape of its marks.

use crate::plot::{Layer, Nth, Plot, Role, Side};

use super::write::points;

/// More marks than this are drawn smaller.
const CROWD: usize = 80;

/// The class of what has a role.
pub fn class(role: Role) -> &'static str {
    match role {
        Role::Of(Side::Base) => "pg-base",
        Role::Of(Side::Candidate) => "pg-candidate",
        Role::Worse => "pg-worse",
        Role::Better => "pg-better",
        Role::Unchanged => "pg-unchanged",
        Role::Open => "pg-open",
        Role::Accepted => "pg-accepted",
        Role::Threshold => "pg-threshold",
        Role::Aside => "pg-aside",
        Role::Guide => "pg-guide",
        Role::Level => "pg-level",
        Role::Nth(Nth::First) => "pg-first",
        Role::Nth(Nth::Second) => "pg-second",
        Role::Nth(Nth::Third) => "pg-third",
        Role::Nth(Nth::Fourth) => "pg-fourth",
        Role::Nth(Nth::Fifth) => "pg-fifth",
    }
}

/// The shape of a role's marks, around the origin: so that nobody has to tell them by their colours.
pub fn shape(role: Role) -> &'static str {
    match role {
        Role::Of(Side::Base) | Role::Nth(Nth::Second) => "M-3.2-3.2H3.2V3.2H-3.2Z",
        Role::Of(Side::Candidate) | Role::Nth(Nth::First) => "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0-6.8 0Z",
        Role::Worse | Role::Nth(Nth::Third) => "M-4.4 3.6L0-4.4L4.4 3.6Z",
        Role::Better | Role::Nth(Nth::Fourth) => "M0-4.6L4.6 0L0 4.6L-4.6 0Z",
        Role::Open => "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0Z",
        Role::Accepted | Role::Nth(Nth::Fifth) => "M-3.8-3.8H3.8V3.8H-3.8ZM-3.8-3.8L3.8 3.8",
        Role::Unchanged | Role::Threshold | Role::Aside | Role::Guide | Role::Level => {
            "M-2.4 0a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0-4.8 0Z"
        }
    }
}

/// The shapes that a plot needs, as SVG's markers: a path draws one at each of its points.
pub fn shapes(plot: &Plot, id: &str) -> String {
    let drawn = plot.layers.iter().filter_map(|layer| match layer {
        Layer::Points { role, .. } | Layer::Marks { role, .. } => Some(*role),
        _ => None,
    });
    let most = plot.layers.iter().map(|layer| if let Layer::Points { points, .. } = layer { points.len() } else { 0 });
    let size = if most.max() > Some(CROWD) { "7" } else { "12" };
    let mut roles: Vec<Role> = Vec::new();
    for role in drawn.chain(plot.legend.iter().map(|key| key.role)) {
        if !roles.contains(&role) {
            roles.push(role);
        }
    }
    let marker = |role: Role| {
        format!(
            "<marker id=\"{}\" viewBox=\"-6 -6 12 12\" markerWidth=\"{size}\" markerHeight=\"{size}\" \
             markerUnits=\"userSpaceOnUse\"><path class=\"pg-shape {}\" stroke=\"currentColor\" d=\"{}\"/></marker>\n",
            marker_id(id, role),
            class(role),
            shape(role),
        )
    };
    format!("<defs>\n{}</defs>\n", roles.into_iter().map(marker).collect::<String>())
}

fn marker_id(id: &str, role: Role) -> String {
    format!("{id}-{}", class(role))
}

/// Marks of a role at these pixels.
pub fn marked(id: &str, role: Role, at: &[[f64; 2]]) -> String {
    // A path of one point has no end that could have a mark.
    let data = match at {
        [] => return String::new(),
        [only] => points(&[*only, *only]),
        more => points(more),
    };
    let url = marker_id(id, role);
    format!(
        "<path class=\"pg-marks\" fill=\"none\" marker-start=\"url(#{url})\" marker-mid=\"url(#{url})\" marker-end=\"url(#{url})\" \
         d=\"{data}\"/>\n"
    )
}
