//! Entries into a text that people keep: what stands there stays, comments included.

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value};

use super::{Accepted, Threshold};
use crate::config::keys::ACCEPTED;

/// The first lines of a new file.
const HEAD: &str = "\
# Worsenings that are intended: `perfgate check` shows them and stays green.
# Written by `perfgate accept`; all keys: `perfgate schema accepted`.
";

/// The text with these entries in it. An entry about the same name and metric is replaced where it stands; others follow at
/// the end. `Err` says why the text cannot be edited.
pub fn put(text: &str, entries: &[Accepted]) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let list = document.entry(ACCEPTED.name).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
    // A list of inline tables is written anew as one of sections.
    if let Item::Value(_) = list {
        *list = std::mem::take(list).into_array_of_tables().map_or_else(|other| other, Item::ArrayOfTables);
    }
    let tables = list.as_array_of_tables_mut().ok_or("`accepted` is not a list of tables")?;
    for entry in entries {
        let name = entry.benchmark.to_string();
        let is_same = |table: &Table| {
            let text = |key: &str| table.get(key).and_then(Item::as_str);
            text("benchmark") == Some(name.as_str()) && text("metric") == Some(entry.metric.as_str())
        };
        let place = tables.iter().position(is_same);
        match place.and_then(|place| tables.get_mut(place)) {
            Some(table) => fill(table, entry),
            None => {
                let mut table = Table::new();
                table.decor_mut().set_prefix("\n");
                fill(&mut table, entry);
                tables.push(table);
            }
        }
    }
    let edited = document.to_string();
    Ok(if text.trim().is_empty() { format!("{HEAD}{edited}") } else { edited })
}

/// Sets the keys of an entry, in their order where they are new.
fn fill(table: &mut Table, entry: &Accepted) {
    set(table, "benchmark", Some(entry.benchmark.to_string()));
    set(table, "metric", Some(entry.metric.clone()));
    set(table, "up_to", Some(percentage(entry.up_to)));
    set(table, "until", entry.term.until().map(|until| until.to_string()));
    set(table, "base", entry.term.base().map(ToOwned::to_owned));
    set(table, "why", Some(entry.why.clone()));
}

fn set(table: &mut Table, key: &str, text: Option<String>) {
    match (text, table.get_mut(key).and_then(Item::as_value_mut)) {
        (None, _) => drop(table.remove(key)),
        (Some(text), Some(old)) => {
            let decor = old.decor().clone();
            *old = Value::from(text);
            *old.decor_mut() = decor;
        }
        (Some(text), None) => drop(table.insert(key, toml_edit::value(text))),
    }
}

/// As the file spells it: `25%`.
fn percentage(share: Threshold) -> String {
    share.to_string().replace(' ', "")
}
