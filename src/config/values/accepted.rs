//! The values of an accepted change: what it covers, how much, until when, why.

use toml::de::DeValue;

use super::super::Threshold;
use super::super::accepted::{self, Covered, Date};
use super::super::problem::Reported;
use super::{Item, name, threshold};

/// A benchmark's name, or all scenarios of one.
pub fn covered(item: &Item<'_>) -> Result<Covered, Reported> {
    let text = name(item)?;
    Covered::parse(text).map_err(|invalid| item.refuse(invalid.found, invalid.help))
}

/// The largest worsening that is accepted.
pub fn acceptable(item: &Item<'_>) -> Result<Threshold, Reported> {
    let up_to = threshold(item)?;
    if up_to.share() > 0.0 { Ok(up_to) } else { Err(item.refuse("this accepts nothing", item.example())) }
}

/// A day, as text or as TOML's own kind of value.
pub fn date(item: &Item<'_>) -> Result<Date, Reported> {
    let text = match item.value.get_ref() {
        DeValue::String(text) => text.to_string(),
        DeValue::Datetime(datetime) => datetime.to_string(),
        _ => return Err(item.wrong_type()),
    };
    accepted::parse_date(&text).map_err(|invalid| item.refuse(invalid.found, invalid.help))
}

/// A commit's full name.
pub fn commit(item: &Item<'_>) -> Result<String, Reported> {
    let text = item.text()?.to_ascii_lowercase();
    if accepted::is_commit(&text) {
        return Ok(text);
    }
    let abbreviated = text.len() < 40 && text.len() >= 4 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let help = if abbreviated {
        format!("all 40 digits, as `git rev-parse {text}` prints them")
    } else {
        "branches and tags move: `git rev-parse NAME` prints the commit's full name".to_owned()
    };
    Err(item.refuse(format!("{} characters", text.chars().count()), help))
}

/// Why something is accepted, on one line.
pub fn reason(item: &Item<'_>) -> Result<String, Reported> {
    accepted::parse_reason(item.text()?).map_err(|invalid| item.refuse(invalid.found, invalid.help))
}
