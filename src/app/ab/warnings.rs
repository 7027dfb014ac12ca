//! What the reader of an A/B test should know about how it was measured.

use std::ops::RangeInclusive;

use super::test::Test;
use crate::ab::{Both, Summary};
use crate::result::Warning;
use crate::sut::SpareCore;

/// Between these shares of the traffic both arms meet about the same.
const EVEN: RangeInclusive<f64> = 0.4..=0.6;

impl Test<'_> {
    /// The warnings. `late_a` and `late_b`: how much later than scheduled the queries were issued, in nanoseconds.
    pub fn warnings(&self, arms: &Both<Summary>, late_a: &[u64], late_b: &[u64], rounds: u64) -> Vec<Warning> {
        let warning = |code: &str, message: String| Warning { code: code.to_owned(), message };
        let mut warnings = Vec::new();
        let is_scheduled = !late_a.is_empty() || !late_b.is_empty();
        if is_scheduled {
            warnings.push(warning(
                "arms-share-the-machine",
                "both arms run at the same time and, where perfgate starts them, on this machine: a slow one can take \
                 processor time from the other and make the difference look smaller; `scenario = \"single-stream\"` asks one \
                 query at a time"
                    .to_owned(),
            ));
            if SpareCore::find().is_none() {
                warnings.push(warning(
                    "no-spare-core",
                    "the load generator shares its processor cores with both arms: this machine has none to spare, so its \
                     lateness is part of the latencies of both"
                        .to_owned(),
                ));
            }
        }
        warnings.extend(self.unevenness(is_scheduled));
        warnings.extend(self.lateness(arms, late_a, late_b));
        if rounds < 4 {
            warnings.push(warning(
                "few-rounds",
                format!(
                    "{rounds} fresh starts of both arms say little of how much starts differ; about 10 are needed for a \
                     clear answer (`--rounds 10`)"
                ),
            ));
        }
        warnings
    }

    /// Arms that do not meet the same conditions, because one has more traffic.
    fn unevenness(&self, is_scheduled: bool) -> Option<Warning> {
        let of_b = self.setting.split.of_b();
        if EVEN.contains(&of_b) {
            return None;
        }
        let less = if of_b < 0.5 { &self.setting.names.b } else { &self.setting.names.a };
        let why = if is_scheduled {
            "it has less load, so that fewer of its queries wait for each other, and looks faster for it"
        } else {
            "it is asked after longer pauses, with colder caches, and looks slower for it"
        };
        Some(Warning {
            code: "uneven-split".to_owned(),
            message: format!(
                "the arms do not meet the same: `{less}` has less traffic, and {why}; a split of 50:50 treats both alike"
            ),
        })
    }

    /// A generator that is late against the latencies that it measures.
    fn lateness(&self, arms: &Both<Summary>, late_a: &[u64], late_b: &[u64]) -> Option<Warning> {
        let mut all: Vec<u64> = late_a.iter().chain(late_b).copied().collect();
        all.sort_unstable();
        let late = all.get(all.len().saturating_sub(1) * 99 / 100).copied()? as f64;
        let usual = arms.iter().filter_map(|arm| arm.geometric_mean).fold(f64::INFINITY, f64::min);
        let allowed = self.benchmarks.a.max_lateness.max(self.benchmarks.b.max_lateness);
        (late > allowed * usual).then(|| Warning {
            code: "generator-late".to_owned(),
            message: format!(
                "one query in 100 was issued {:.3} ms later than scheduled or more, which is {:.0} % of the usual latency: both \
                 arms look slower than they are, and their difference smaller; ask fewer queries a second",
                late / 1e6,
                100.0 * late / usual
            ),
        })
    }
}
