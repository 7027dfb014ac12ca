//! The keys of `[[accepted]]`, the only section of `perfgate-accepted.toml`.

use super::{Belongs, Key, Kind, Section};

/// `[[accepted]]`
pub static ACCEPTED: Section = Section {
    name: "accepted",
    header: "[[accepted]]",
    repeated: true,
    doc: "A worsening that is intended: of one metric of one benchmark, up to a size, until a day or for a base, for a \
          reason.",
    keys: &[
        Key {
            name: "benchmark",
            kind: Kind::Name,
            doc: "The benchmark's name; \"digits/*\" is every scenario of digits.",
            default: None,
            example: "\"digits/server\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "metric",
            kind: Kind::Name,
            doc: "The metric's name.",
            default: None,
            example: "\"latency_p50\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "up_to",
            kind: Kind::Threshold,
            doc: "The largest worsening that is accepted, on the scale of the threshold: a share such as 0.25, or a \
                  percentage such as \"25%\".",
            default: None,
            example: "\"25%\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "until",
            kind: Kind::Date,
            doc: "The last day on which the entry counts, in UTC.",
            default: None,
            example: "\"2026-12-31\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "base",
            kind: Kind::Commit,
            doc: "The commit that the change is compared with. The entry counts until the base has caught up: for this base \
                  and those before it, and for every base whose own perfgate-accepted.toml does not have the entry.",
            default: None,
            example: "\"3f2a91c07d5e4b8a9c1d2e3f405162738495a6b7\"",
            belongs: Belongs::Everywhere,
        },
        Key {
            name: "why",
            kind: Kind::Reason,
            doc: "Why the worsening is worth it. The table shows it.",
            default: None,
            example: "\"exact rounding costs one more pass\"",
            belongs: Belongs::Everywhere,
        },
    ],
    later: &[],
};
