//! Single values: from what stands in the file to a value that is possible.
//!
//! Here: one reader for each kind of value; each says what was expected, what was found, what to write. Not here: what
//! values mean together (`benchmark`).

mod accepted;
mod numbers;
mod watching;
mod words;

pub use accepted::{acceptable, commit, covered, date, reason};
pub use numbers::{alpha, count, error_rate, number, numbers, percentile, positive, queries, threshold};
pub use watching::resources;
pub use words::{Scenarios, counters, fail_on, objectives, scenarios, word};

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::keys::{Key, Kind, LONGEST_NAME};
use super::problem::{Problem, Problems, Reported};
use super::{CommandLine, StoreUrl, duration, store_url, url};

/// A key and its value, as they stand in the file.
pub struct Item<'t> {
    /// What is known of the key.
    pub key: &'static Key,
    /// Where the key stands.
    pub key_span: Range<usize>,
    /// The value, and where it stands.
    pub value: &'t Spanned<DeValue<'t>>,
    /// Where to report to.
    pub problems: &'t Problems,
}

/// What a value is, for people.
pub fn describe(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

impl<'t> Item<'t> {
    /// Reports that the value is not what the key wants.
    pub fn refuse(&self, label: impl Into<String>, help: impl Into<String>) -> Reported {
        self.refuse_at(self.value.span(), label, help)
    }

    fn refuse_at(&self, span: Range<usize>, label: impl Into<String>, help: impl Into<String>) -> Reported {
        let message = format!("`{}` must be {}", self.key.name, self.key.kind.expected());
        self.problems.report(Problem::new(message, span, label, help))
    }

    /// Reports that the value is of another type.
    pub fn wrong_type(&self) -> Reported {
        self.refuse(format!("this is {}", describe(self.value.get_ref())), self.example())
    }

    /// A value to imitate.
    pub fn example(&self) -> String {
        format!("for example `{} = {}`", self.key.name, self.key.example)
    }

    /// The value, if it is a string.
    pub fn text(&self) -> Result<&'t str, Reported> {
        self.value.get_ref().as_str().ok_or_else(|| self.wrong_type())
    }

    /// The value, if it is a table.
    pub fn table(&self) -> Result<&'t DeTable<'t>, Reported> {
        self.value.get_ref().as_table().ok_or_else(|| self.wrong_type())
    }

    fn list(&self) -> Option<&'t DeArray<'t>> {
        self.value.get_ref().as_array()
    }

    /// What `read` makes of a list's strings. All elements are read, so that every faulty one is reported.
    fn each<T>(
        &self,
        list: &'t DeArray<'t>,
        mut read: impl FnMut(&'t str, Range<usize>) -> Result<T, Reported>,
    ) -> Result<Vec<T>, Reported> {
        let one = |element: &'t Spanned<DeValue<'t>>| match element.get_ref().as_str() {
            Some(text) => read(text, element.span()),
            None => Err(self.wrong_element(element)),
        };
        let all: Vec<Result<T, Reported>> = list.iter().map(one).collect();
        all.into_iter().collect()
    }

    fn wrong_element(&self, element: &Spanned<DeValue<'_>>) -> Reported {
        let label = format!("this is {}", describe(element.get_ref()));
        self.refuse_at(element.span(), label, self.example())
    }
}

/// Characters that nobody sees, some of which turn the text around them.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A benchmark's name.
pub fn name<'t>(item: &Item<'t>) -> Result<&'t str, Reported> {
    let name = item.text()?;
    let help = item.example();
    if name.is_empty() {
        return Err(item.refuse("the name is empty", help));
    }
    if name.trim() != name {
        return Err(item.refuse("blanks at its start or end", format!("write \"{}\"", name.trim().escape_debug())));
    }
    if let Some(c) = name.chars().find(|c| is_invisible(*c)) {
        return Err(item.refuse(format!("it has the invisible character U+{:04X}", u32::from(c)), help));
    }
    let length = name.chars().count();
    if length > LONGEST_NAME {
        return Err(item.refuse(format!("it has {length} characters"), help));
    }
    Ok(name)
}

/// A file's path, as written.
pub fn path(item: &Item<'_>) -> Result<PathBuf, Reported> {
    match item.text()? {
        path if path.trim().is_empty() => Err(item.refuse("the path is empty", item.example())),
        path if path.contains('\0') => Err(item.refuse("it has a NUL character", item.example())),
        path => Ok(PathBuf::from(path)),
    }
}

/// The address of an HTTP service, as written.
pub fn url(item: &Item<'_>) -> Result<String, Reported> {
    let text = item.text()?;
    match url::check(text) {
        Ok(()) => Ok(text.to_owned()),
        Err(invalid) => Err(item.refuse(invalid.found, invalid.help)),
    }
}

/// A text, as written.
pub fn text(item: &Item<'_>) -> Result<String, Reported> {
    item.text().map(ToOwned::to_owned)
}

/// A program and its arguments.
pub fn command(item: &Item<'_>) -> Result<CommandLine, Reported> {
    if let Some(line) = item.value.get_ref().as_str() {
        return Err(item.refuse("this is a string", list_form(item.key, line)));
    }
    let list = item.list().ok_or_else(|| item.wrong_type())?;
    let mut is_program = true;
    let words = item.each(list, |word, span| {
        if word.contains('\0') {
            return Err(item.refuse_at(span, "it has a NUL character", item.example()));
        }
        if std::mem::take(&mut is_program) && word.trim().is_empty() {
            return Err(item.refuse_at(span, "the program is empty", item.example()));
        }
        Ok(word.to_owned())
    })?;
    let mut words = words.into_iter();
    match words.next() {
        Some(program) => Ok(CommandLine { program, arguments: words.collect() }),
        None => Err(item.refuse("the list is empty", item.example())),
    }
}

/// How to write as a list what somebody wrote as one string.
fn list_form(key: &Key, line: &str) -> String {
    let needs_shell = line.contains(['|', '&', ';', '<', '>', '$', '*', '`', '"', '\'', '\\', '(', '~']);
    if needs_shell || line.chars().any(char::is_control) {
        return format!("no shell is involved; to have one, write `{} = [\"sh\", \"-c\", \"…\"]`", key.name);
    }
    let words: Vec<String> = line.split_whitespace().map(|word| format!("\"{word}\"")).collect();
    if words.is_empty() || line.len() > 200 {
        return format!("for example `{} = {}`", key.name, key.example);
    }
    format!("write `{} = [{}]`", key.name, words.join(", "))
}

/// Yes or no.
pub fn flag(item: &Item<'_>) -> Result<bool, Reported> {
    item.value.get_ref().as_bool().ok_or_else(|| match item.value.get_ref().as_str().map(str::to_lowercase) {
        Some(word) if word == "true" || word == "false" => {
            item.refuse("this is a string", format!("write `{} = {word}`, without quotes", item.key.name))
        }
        _ => item.wrong_type(),
    })
}

/// A duration.
pub fn duration(item: &Item<'_>) -> Result<Duration, Reported> {
    let zero = item.key.kind == Kind::Duration { zero: true };
    match item.value.get_ref() {
        DeValue::String(text) => {
            duration::parse(text, zero).map_err(|invalid| item.refuse(invalid.found, invalid.help))
        }
        DeValue::Integer(number) if !number.as_str().starts_with('-') && number.radix() == 10 => {
            Err(item.refuse("a number without a unit", duration::with_units(number.as_str())))
        }
        DeValue::Float(number) if !number.as_str().contains(['-', 'n', 'e', 'E']) => {
            Err(item.refuse("a number without a unit", duration::with_units(number.as_str())))
        }
        _ => Err(item.wrong_type()),
    }
}

/// Where baselines are kept.
pub fn store(item: &Item<'_>) -> Result<StoreUrl, Reported> {
    store_url::parse(item.text()?).map_err(|invalid| item.refuse(invalid.found, invalid.help))
}
