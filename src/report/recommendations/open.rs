//! What rows that are open would take.

use super::super::phrases;
use super::super::source::Part;
use super::super::text::Text;
use super::MOST_ROWS;
use crate::gate::{Comparison, Evidence, Finding, Past, Row};
use crate::words::units;

/// What each open row would take.
pub(super) fn rows(comparison: &Comparison, part: &Part<'_>) -> Vec<Text> {
    let open = comparison.rows.iter().filter(|row| phrases::is_open(row));
    let needs = open.filter_map(|row| Some(phrases::name(row, part).plain(format!(" {}.", takes(row)?))));
    let needs: Vec<Text> = needs.collect();
    let left_out = needs.len().saturating_sub(MOST_ROWS);
    let mut items: Vec<Text> = needs.into_iter().take(MOST_ROWS).collect();
    if left_out > 0 {
        let more = units::count(left_out, "more open row", "more open rows");
        items.push(
            Text::from(format!("{more} and what they take: see "))
                .see(part.id("validation"), "the validation")
                .plain("."),
        );
    }
    items
}

/// What an open row would take; `None` for an objective, which asks for queries.
fn takes(row: &Row) -> Option<String> {
    if row.finding == Finding::NotReached {
        return Some("was not reached: it takes more time".to_owned());
    }
    let compared = row.compared()?;
    let now = compared.rounds.into_iter().min()? as u64;
    let threshold = compared.threshold.by(row.yardstick());
    let open = format!("is open after {} a side", units::count(now as usize, "round", "rounds"));
    let tested = match &compared.evidence {
        Evidence::Tested(tested) => tested,
        Evidence::TooFewRounds => return Some(format!("{open}: 2 are the least that can be tested")),
        Evidence::Exact => return Some(format!("{open}: its counts do not repeat, and more of them decide nothing")),
    };
    let time = tested.time_needed.map(|time| format!(", which take {}", units::span(time))).unwrap_or_default();
    Some(match (tested.past, tested.rounds_needed) {
        (Past::Known(spread), _) => {
            format!("{open}: {} recorded sessions differ too much, and rounds side by side decide it", spread.values)
        }
        (_, Some(rounds)) if rounds > now => {
            format!("{open}: about {} more{time} would show a change of {threshold}", units::whole(rounds - now))
        }
        (_, Some(_)) => {
            format!("{open}: the rounds would show a change of {threshold}, and this one is too near to that")
        }
        (_, None) => {
            format!("{open}: no practical number of rounds would show a change of {threshold}; less noise would")
        }
    })
}
