//! Whether the watching of processes disturbs what is measured.

use super::{Finding, percent};
use crate::scenario::RoundRecord;
use crate::scenario::resources::cost;

/// Share of a processor that the watching may use while the system works.
const SHARE: f64 = 0.01;

/// Less processor time than this, in nanoseconds, tells nothing.
const LEAST: u64 = 10_000_000;

pub(super) fn examine(rounds: &[RoundRecord]) -> Vec<Finding> {
    let Some((share, time)) = cost(rounds) else { return Vec::new() };
    let fault = (share > SHARE && time > LEAST).then(|| {
        let message = format!(
            "watching what the processes use took {} of a processor while they worked; `resources = \"totals\"` looks at their \
             ends only, a longer period such as `resources = \"1s\"` less often",
            percent(share)
        );
        ("watching", message)
    });
    vec![Finding::new("watching_share", share, SHARE, fault)]
}
