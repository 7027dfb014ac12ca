//! Single values: from what stands in the file to a value that is possible.
//!
//! Here: one reader for each kind of value; each says what was expected, what was found, what to write. Not here: what
//! values mean together (`benchmark`).

use std::collections::BTreeSet;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeValue};

use super::keys::{Key, Kind, LONGEST_NAME, SCENARIOS};
use super::problem::{Problem, Problems, Reported, quoted};
use super::suggest::nearest;
use super::{Alpha, CommandLine, FailOn, Scenario, StoreUrl, Threshold, duration, store_url};

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

    fn wrong_type(&self) -> Reported {
        self.refuse(format!("this is {}", describe(self.value.get_ref())), self.example())
    }

    fn example(&self) -> String {
        format!("for example `{} = {}`", self.key.name, self.key.example)
    }

    fn text(&self) -> Result<&'t str, Reported> {
        self.value.get_ref().as_str().ok_or_else(|| self.wrong_type())
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
            None => {
                let label = format!("this is {}", describe(element.get_ref()));
                Err(self.refuse_at(element.span(), label, self.example()))
            }
        };
        let all: Vec<Result<T, Reported>> = list.iter().map(one).collect();
        all.into_iter().collect()
    }
}

/// Characters that nobody sees, some of which turn the text around them.
fn is_invisible(c: char) -> bool {
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

/// A whole number within the key's bounds.
pub fn count(item: &Item<'_>) -> Result<u32, Reported> {
    let Kind::Count { least, most } = item.key.kind else { return Err(item.wrong_type()) };
    let number = match item.value.get_ref() {
        DeValue::Integer(number) => whole(number),
        DeValue::String(text) if text == "mlperf" => {
            let label = "MLPerf's sample counts are not available yet";
            return Err(item.refuse(label, item.example()));
        }
        DeValue::String(text) if text.trim().parse::<u32>().is_ok() => {
            let help = format!("write `{} = {}`, without quotes", item.key.name, text.trim());
            return Err(item.refuse("this is a string", help));
        }
        _ => return Err(item.wrong_type()),
    };
    match number {
        Some(number) if number < i128::from(least) => Err(item.refuse("too small", item.example())),
        Some(number) if number <= i128::from(most) => u32::try_from(number).map_err(|_| item.wrong_type()),
        // What does not fit into 128 bits is too large or, with its sign, too small.
        Some(_) | None => Err(item.refuse("out of bounds", item.example())),
    }
}

/// A whole number, at least 1.
pub fn positive(item: &Item<'_>) -> Result<NonZeroU32, Reported> {
    let number = count(item)?;
    NonZeroU32::new(number).ok_or_else(|| item.refuse("too small", item.example()))
}

fn whole(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A share, read from a number by `from_number`, or from a text such as `10%`.
fn share<T: FromStr, E>(item: &Item<'_>, from_number: impl Fn(f64) -> Result<T, E>) -> Result<T, Reported> {
    let number = match item.value.get_ref() {
        DeValue::Integer(number) => whole(number).map(|number| number as f64),
        DeValue::Float(number) => number.as_str().parse().ok(),
        DeValue::String(text) => {
            return text
                .parse()
                .map_err(|_| item.refuse(format!("{} is not such a number", quoted(text)), item.example()));
        }
        _ => return Err(item.wrong_type()),
    };
    let number = number.unwrap_or(f64::NAN);
    from_number(number).map_err(|_| match number {
        n if n < 0.0 => item.refuse("less than 0", item.example()),
        n if (1.0..=100.0).contains(&n) && format!("{n}%").parse::<T>().is_ok() => {
            item.refuse("too large for a share", format!("for {n} percent write `{} = \"{n}%\"`", item.key.name))
        }
        _ => item.refuse("out of bounds", item.example()),
    })
}

/// The smallest change that matters.
pub fn threshold(item: &Item<'_>) -> Result<Threshold, Reported> {
    share(item, Threshold::from_share)
}

/// An error rate of the gate.
pub fn alpha(item: &Item<'_>) -> Result<Alpha, Reported> {
    share(item, Alpha::from_share)
}

/// A share from 0 to 1.
pub fn rate(item: &Item<'_>) -> Result<f64, Reported> {
    // A threshold is such a share too, except that as a percentage it may exceed 1.
    let rate = share(item, Threshold::from_share)?.share();
    if rate <= 1.0 { Ok(rate) } else { Err(item.refuse("more than 100 %", item.example())) }
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

/// What fails a check: a list, or a string with commas.
pub fn fail_on(item: &Item<'_>) -> Result<FailOn, Reported> {
    let mut chosen = FailOn::none();
    let mut add = |word: &str, span: Range<usize>| {
        chosen.add(word).map_err(|known| {
            let label = match nearest(word, known) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => format!("{} is none of these", quoted(word)),
            };
            item.refuse_at(span, label, item.example())
        })
    };
    match item.list() {
        Some(list) => drop(item.each(list, add)?),
        None => item.text()?.split(',').try_for_each(|word| add(word.trim(), item.value.span()))?,
    }
    if chosen.regression {
        return Ok(chosen);
    }
    let help = format!("a gate that ignores regressions is no gate; {}", item.example());
    Err(item.refuse("\"regression\" is missing", help))
}

/// The scenarios of a benchmark.
pub enum Scenarios {
    /// One: the benchmark has its own name.
    One(Scenario),
    /// A list: each makes a benchmark that is named after it.
    List(Vec<Scenario>),
}

/// One scenario, or a list without repetitions.
pub fn scenarios(item: &Item<'_>) -> Result<Scenarios, Reported> {
    let Some(list) = item.list() else {
        return scenario(item, item.text()?, item.value.span()).map(Scenarios::One);
    };
    if list.is_empty() {
        return Err(item.refuse("the list is empty", item.example()));
    }
    let mut seen = BTreeSet::new();
    let all = item.each(list, |word, span| {
        if !seen.insert(word) {
            return Err(item.refuse_at(span, "listed twice", "list each scenario once"));
        }
        scenario(item, word, span)
    });
    all.map(Scenarios::List)
}

fn scenario(item: &Item<'_>, word: &str, span: Range<usize>) -> Result<Scenario, Reported> {
    let report = |message: String, label: String, help: &str| {
        Err(item.problems.report(Problem::new(message, span.clone(), label, help)))
    };
    match SCENARIOS.iter().find(|(name, _)| *name == word) {
        Some((_, Some(scenario))) => Ok(*scenario),
        Some((name, None)) => report(
            format!("this version of perfgate cannot measure the scenario `{name}` yet"),
            "not available yet".to_owned(),
            "what works now: `scenario = \"single-stream\"`, which is also the default",
        ),
        None => {
            let label = match nearest(word, SCENARIOS.map(|(name, _)| name)) {
                Some(near) => format!("did you mean \"{near}\"?"),
                None => "not a scenario".to_owned(),
            };
            let help = "the scenarios are single-stream, multi-stream, server and offline; single-stream works now";
            report(format!("unknown scenario {}", quoted(word)), label, help)
        }
    }
}
