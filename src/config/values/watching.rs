//! Whether somebody watches what processes use, and how often.

use super::super::problem::Reported;
use super::super::{Resources, duration, usual};
use super::Item;

/// What stands for the ends of processes alone.
const TOTALS: &str = "totals";

/// `true`, `false`, `"totals"`, or a duration.
pub fn resources(item: &Item<'_>) -> Result<Resources, Reported> {
    if let Some(wanted) = item.value.get_ref().as_bool() {
        return Ok(if wanted { usual::RESOURCES } else { Resources::Off });
    }
    match item.value.get_ref().as_str() {
        Some(TOTALS) => Ok(Resources::Totals),
        Some(text) if text.starts_with(|c: char| c.is_ascii_digit()) => {
            let period = duration::parse(text, false).map_err(|invalid| item.refuse(invalid.found, invalid.help))?;
            Ok(Resources::Sampled { period })
        }
        _ => Err(item.wrong_type()),
    }
}
