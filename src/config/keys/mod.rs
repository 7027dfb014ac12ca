//! The keys of `perfgate.toml`, and of `perfgate-accepted.toml` beside it: the one description that the reader, the suggestions and the JSON Schema share.
//!
//! Here: sections, keys, their kinds, bounds, defaults, a sentence each, which benchmarks want them; and the keys of later
//! versions, which are known but refused. Not here: reading values (`values`), the schema's form (`schema`).

mod accepted;
mod benchmark;
mod gate;
mod kind;
mod traffic;

pub use accepted::ACCEPTED;
pub use benchmark::BENCHMARK;
pub use gate::{BASELINE, BUILD, GATE, METRIC};
pub use kind::Kind;
pub use traffic::{Shape, TRAFFIC};

use super::load::ScenarioKind;

/// A section of the file.
#[derive(Debug)]
pub struct Section {
    /// Its key at the top level.
    pub name: &'static str,
    /// How it is written on a line of its own.
    pub header: &'static str,
    /// Whether it may occur several times.
    pub repeated: bool,
    /// What it is for.
    pub doc: &'static str,
    /// The keys that work.
    pub keys: &'static [Key],
    /// The keys that are known and refused.
    pub later: &'static [Later],
}

/// A key that works.
#[derive(Debug)]
pub struct Key {
    /// As the file spells it.
    pub name: &'static str,
    /// What its value is.
    pub kind: Kind,
    /// What it is for, in a sentence or two.
    pub doc: &'static str,
    /// What holds where it is absent, as JSON, if that does not depend on other keys.
    pub default: Option<&'static str>,
    /// A value to imitate, as the file spells it.
    pub example: &'static str,
    /// Which benchmarks want it.
    pub belongs: Belongs,
}

/// Which benchmarks want a key; the others refuse it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Belongs {
    /// All.
    Everywhere,
    /// Those with one of these scenarios.
    ToScenarios(&'static [ScenarioKind]),
    /// Those with this kind of system under test.
    ToSystem(&'static str),
    /// Those with one of these shapes of traffic.
    ToShapes(&'static [Shape]),
}

/// A key that a later version will know.
#[derive(Debug)]
pub struct Later {
    /// As the file spells it.
    pub name: &'static str,
    /// The kind of system under test that it belongs to, or is.
    pub system: &'static str,
}

/// The longest name of a benchmark, in characters: it must fit into a table.
pub const LONGEST_NAME: usize = 100;

/// The longest reason of an accepted change, in characters: it must fit below a table.
pub const LONGEST_REASON: usize = 400;

/// The most queries that a round may ask.
pub const MOST_QUERIES: u32 = 10_000_000;

/// The highest rate of arrivals, in queries per second.
pub const MOST_QPS: u32 = 10_000_000;

/// The kinds of system under test that work; a benchmark has exactly one.
pub const SYSTEMS: [&str; 4] = ["onnx", "command", "worker", "http"];

/// Every section of the file's top level.
pub const SECTIONS: [&Section; 4] = [&GATE, &BASELINE, &BUILD, &BENCHMARK];

/// Every place that has keys, the nested ones too.
pub const PLACES: [&Section; 6] = [&GATE, &BASELINE, &BUILD, &BENCHMARK, &TRAFFIC, &METRIC];

impl Section {
    /// The key of this name, if it works.
    pub fn key(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The key of this name, if a later version will know it.
    pub fn later(&self, name: &str) -> Option<&'static Later> {
        self.later.iter().find(|key| key.name == name)
    }

    /// Whether this is a section of `perfgate.toml`, and not of the file of accepted changes.
    pub fn is_configuration(&self) -> bool {
        self.name != ACCEPTED.name
    }

    /// What `perfgate schema` calls the file that the section is in.
    pub fn schema(&self) -> &'static str {
        if self.is_configuration() { "config" } else { ACCEPTED.name }
    }

    /// Whether the section has this key, now or later.
    pub fn knows(&self, name: &str) -> bool {
        self.key(name).is_some() || self.later(name).is_some()
    }
}

/// The headers of the sections that have this key, now or later.
pub fn homes(name: &str) -> Vec<&'static str> {
    PLACES.iter().filter(|place| place.knows(name)).map(|place| place.header).collect()
}
