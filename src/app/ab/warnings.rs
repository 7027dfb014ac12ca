//! What the reader of an A/B test should know about how it was measured.

use std::ops::RangeInclusive;

use super::test::Test;
use crate::ab::{Arm, Book, Both, Ended};
use crate::config::Scenario;
use crate::result::Warning;
use crate::scenario::{Punctuality, punctuality};
use crate::sut::SpareCore;

/// Between these shares of the traffic both arms meet about the same.
const EVEN: RangeInclusive<f64> = 0.4..=0.6;

/// Fewer rounds than this say little, if the test did not end itself.
const FEW_ROUNDS: u64 = 4;

/// So many mostly suffice.
const ENOUGH_ROUNDS: u64 = 10;

impl Test<'_> {
    /// The warnings. `punctual`: whether queries were issued on time.
    pub fn warnings(&self, punctual: &Both<Punctuality>, rounds: u64, ended: Ended) -> Vec<Warning> {
        let warning = |code: &str, message: String| Warning { code: code.to_owned(), message };
        let mut warnings = Vec::new();
        let is_scheduled = matches!(self.benchmarks.a.scenario, Scenario::Server(_));
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
        warnings.extend(Arm::ALL.into_iter().filter_map(|arm| self.lateness(arm, punctual.of(arm))));
        if rounds < FEW_ROUNDS && matches!(ended, Ended::Queries | Ended::Budget | Ended::SamplesUsedUp) {
            let starts = match rounds {
                1 => "1 fresh start of both arms says".to_owned(),
                _ => format!("{rounds} fresh starts of both arms say"),
            };
            let advice = if self.setting.planned_rounds < ENOUGH_ROUNDS {
                format!("about {ENOUGH_ROUNDS} are needed for a clear answer (`--rounds {ENOUGH_ROUNDS}`)")
            } else if ended == Ended::Budget {
                format!("{} were planned, for which the budget was too short", self.setting.planned_rounds)
            } else {
                format!("about {ENOUGH_ROUNDS} are needed for a clear answer")
            };
            let message = format!("{starts} little of how much starts differ; {advice}");
            warnings.push(warning("few-rounds", message));
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

    /// Whether the queries of each arm were issued on time, by the rule of a run.
    pub fn punctuality(&self, book: &Book) -> Both<Punctuality> {
        Both::each(|arm| {
            let benchmark = self.benchmarks.of(arm);
            punctuality(&book.timings(arm, benchmark.percentile), benchmark.max_lateness)
        })
    }

    /// Rounds in which the generator was late, where the middle one is none of them.
    fn lateness(&self, arm: Arm, found: &Punctuality) -> Option<Warning> {
        (found.late > 0 && found.refused.is_none()).then(|| Warning {
            code: "generator-late".to_owned(),
            message: format!("of `{}`, {}", self.setting.names.of(arm), found.told),
        })
    }
}
