//! The keys of `traffic`, where it is a table: one shape of traffic, and what that shape needs to know.

use super::{Belongs, Key, Kind, MOST_QPS, Section};

/// The shapes of traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A Poisson process.
    Poisson,
    /// Equal gaps.
    Constant,
    /// Bursts between calm times.
    Bursty,
    /// From one rate to another.
    Ramp,
    /// One rate after the other.
    Steps,
    /// The arrivals of a file.
    Replay,
    /// Users who wait for their answers.
    Closed,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Poisson, Self::Constant, Self::Bursty, Self::Ramp, Self::Steps, Self::Replay, Self::Closed];

    const WORDS: &'static [&'static str] = &["poisson", "constant", "bursty", "ramp", "steps", "replay", "closed"];

    /// As the file spells it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Poisson => "poisson",
            Self::Constant => "constant",
            Self::Bursty => "bursty",
            Self::Ramp => "ramp",
            Self::Steps => "steps",
            Self::Replay => "replay",
            Self::Closed => "closed",
        }
    }

    /// The shape of this word.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.word() == word)
    }

    /// The keys that it cannot do without.
    pub fn needs(self) -> &'static [&'static str] {
        match self {
            Self::Poisson | Self::Constant => &[],
            Self::Bursty => &["burst"],
            Self::Ramp => &["to", "over"],
            Self::Steps => &["rates", "each"],
            Self::Replay => &["trace"],
            Self::Closed => &["users"],
        }
    }

    /// A table to imitate.
    pub fn example(self) -> &'static str {
        match self {
            Self::Poisson => "{ shape = \"poisson\" }",
            Self::Constant => "{ shape = \"constant\" }",
            Self::Bursty => "{ shape = \"bursty\", burst = 5, burst_length = \"100ms\", calm_length = \"900ms\" }",
            Self::Ramp => "{ shape = \"ramp\", to = 400, over = \"10s\" }",
            Self::Steps => "{ shape = \"steps\", rates = [100, 200, 400], each = \"5s\" }",
            Self::Replay => "{ shape = \"replay\", trace = \"trace.csv\" }",
            Self::Closed => "{ shape = \"closed\", users = 8, think_time = \"10ms\" }",
        }
    }
}

/// The words for gaps between arrivals.
pub const SPACINGS: &[&str] = &["poisson", "constant"];

/// `traffic`, as a table.
pub static TRAFFIC: Section = Section {
    name: "traffic",
    header: "[benchmark.traffic]",
    repeated: false,
    doc: "When queries arrive: a shape, and what that shape needs to know.",
    keys: &[
        Key {
            name: "shape",
            kind: Kind::Word(Shape::WORDS),
            doc: "poisson: random arrivals at `target_qps`. constant: equal gaps. bursty: bursts between calm times. ramp: \
                  from `target_qps` to another rate. steps: one rate after the other. replay: a recorded trace. closed: \
                  users who wait for an answer, think, and ask again.",
            default: None,
            example: "\"bursty\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "spacing",
            kind: Kind::Word(SPACINGS),
            doc: "The gaps between arrivals at the rate of the moment: random (a Poisson process) or equal.",
            default: Some("\"poisson\""),
            example: "\"poisson\"",
            belongs: Belongs::ToShapes(&[Shape::Bursty, Shape::Ramp, Shape::Steps]),
        },
        Key {
            name: "burst",
            kind: Kind::Number { above: 1, most: 1_000_000 },
            doc: "The rate in bursts, as a multiple of `target_qps`. The rate of calm times follows: the mean rate is \
                  `target_qps`.",
            default: None,
            example: "5",
            belongs: Belongs::ToShapes(&[Shape::Bursty]),
        },
        Key {
            name: "burst_length",
            kind: Kind::Duration { zero: false },
            doc: "Mean length of a burst; the lengths are exponentially distributed.",
            default: Some("\"100ms\""),
            example: "\"100ms\"",
            belongs: Belongs::ToShapes(&[Shape::Bursty]),
        },
        Key {
            name: "calm_length",
            kind: Kind::Duration { zero: false },
            doc: "Mean length of the calm time between bursts.",
            default: Some("\"900ms\""),
            example: "\"900ms\"",
            belongs: Belongs::ToShapes(&[Shape::Bursty]),
        },
        Key {
            name: "to",
            kind: Kind::Number { above: 0, most: MOST_QPS },
            doc: "Queries per second at the end of the ramp, which begins at `target_qps`.",
            default: None,
            example: "400",
            belongs: Belongs::ToShapes(&[Shape::Ramp]),
        },
        Key {
            name: "over",
            kind: Kind::Duration { zero: false },
            doc: "How long the ramp takes; after it the rate stays.",
            default: None,
            example: "\"10s\"",
            belongs: Belongs::ToShapes(&[Shape::Ramp]),
        },
        Key {
            name: "rates",
            kind: Kind::Numbers { above: 0, most: MOST_QPS },
            doc: "Queries per second of each step.",
            default: None,
            example: "[100, 200, 400]",
            belongs: Belongs::ToShapes(&[Shape::Steps]),
        },
        Key {
            name: "each",
            kind: Kind::Duration { zero: false },
            doc: "How long each step lasts; after the last one its rate stays.",
            default: None,
            example: "\"5s\"",
            belongs: Belongs::ToShapes(&[Shape::Steps]),
        },
        Key {
            name: "trace",
            kind: Kind::Path,
            doc: "A file with the time of an arrival in seconds on each line, or in the first column of a CSV file.",
            default: None,
            example: "\"trace.csv\"",
            belongs: Belongs::ToShapes(&[Shape::Replay]),
        },
        Key {
            name: "speed",
            kind: Kind::Number { above: 0, most: 1_000_000 },
            doc: "How many times as fast as recorded the trace is replayed.",
            default: Some("1"),
            example: "2",
            belongs: Belongs::ToShapes(&[Shape::Replay]),
        },
        Key {
            name: "users",
            kind: Kind::Count { least: 1, most: 10_000 },
            doc: "How many users ask, each one query at a time.",
            default: None,
            example: "8",
            belongs: Belongs::ToShapes(&[Shape::Closed]),
        },
        Key {
            name: "think_time",
            kind: Kind::Duration { zero: true },
            doc: "How long a user waits between an answer and the next query.",
            default: Some("\"0s\""),
            example: "\"10ms\"",
            belongs: Belongs::ToShapes(&[Shape::Closed]),
        },
    ],
    later: &[],
};
