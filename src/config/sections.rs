//! The file's sections and their keys: which are there, which are unknown, which stand in the wrong place.
//!
//! Here: names of sections and keys. Not here: values (`values`), what a section's keys make together (`benchmark`).

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{self, BENCHMARK, Key, Kind, Later, Section};
use super::problem::{Problem, Problems, Reported, quoted};
use super::suggest::nearest;
use super::values::{Item, describe};

/// A section as it stands in the file: its table, and where it begins.
pub struct Found<'t> {
    section: &'static Section,
    table: &'t DeTable<'t>,
    span: Range<usize>,
}

/// All sections of the file, in its order. Reports what is no section.
pub fn find<'t>(root: &'t DeTable<'t>, problems: &Problems) -> Vec<Found<'t>> {
    let mut found = Vec::new();
    for (name, value) in root {
        let known = keys::SECTIONS.into_iter().find(|section| section.name == name.get_ref());
        if let Some(section) = known.or_else(|| unknown_section(name, value, problems)) {
            found.extend(tables(section, value, known.is_some().then_some(problems)));
        }
    }
    found
}

/// Reports a key of the top level that is no section; the section that was meant, if that is clear.
fn unknown_section(
    name: &Spanned<impl AsRef<str>>,
    value: &Spanned<DeValue<'_>>,
    problems: &Problems,
) -> Option<&'static Section> {
    let written = name.get_ref().as_ref();
    let message = format!("unknown key {}", quoted(written));
    let is_section = value.get_ref().is_table() || value.get_ref().is_array();
    let near = nearest(written, keys::SECTIONS.map(|section| section.name))
        .and_then(|near| keys::SECTIONS.into_iter().find(|section| section.name == near));
    let headers = keys::SECTIONS.map(|section| section.header).join(", ");
    let sections = format!("the sections of perfgate.toml are {headers}");
    let (label, help) = match (belongs(written), near) {
        (Some(help), _) => ("not in a section".to_owned(), help),
        (None, Some(section)) => (format!("did you mean `{}`?", section.header), sections),
        (None, None) => ("not a section of perfgate.toml".to_owned(), nearest_elsewhere(written).unwrap_or(sections)),
    };
    problems.report(Problem::new(message, name.span(), label, help));
    near.filter(|_| is_section)
}

/// The tables of a section. Reports to `problems`, if there are any to report to, that they are written differently.
pub fn tables<'t>(
    section: &'static Section,
    value: &'t Spanned<DeValue<'t>>,
    problems: Option<&Problems>,
) -> Vec<Found<'t>> {
    let refuse = |span: Range<usize>, label: String| {
        if let Some(problems) = problems {
            let message = format!("`{}` must be written as `{}`", section.name, section.header);
            let help = format!("write `{}` on a line of its own, and its keys below", section.header);
            problems.report(Problem::new(message, span, label, help));
        }
    };
    let found = |table, span| Found { section, table, span };
    match value.get_ref() {
        DeValue::Table(table) => {
            if section.repeated {
                refuse(value.span(), "one pair of brackets is missing".to_owned());
            }
            vec![found(table, value.span())]
        }
        DeValue::Array(elements) => {
            if !section.repeated {
                refuse(value.span(), "this section occurs only once".to_owned());
            }
            let mut all = Vec::new();
            for element in elements {
                match element.get_ref() {
                    DeValue::Table(table) => all.push(found(table, element.span())),
                    other => refuse(element.span(), format!("this is {}", describe(other))),
                }
            }
            all
        }
        other => {
            refuse(value.span(), format!("this is {}", describe(other)));
            Vec::new()
        }
    }
}

/// Where a key belongs that was found where it does not; `None` if no section knows it.
fn belongs(name: &str) -> Option<String> {
    if BENCHMARK.key(name).is_some_and(|key| key.kind == Kind::Metrics) {
        return Some("rules of metrics belong to a benchmark: write `[benchmark.metrics]` below its keys".to_owned());
    }
    match keys::homes(name).as_slice() {
        [] => None,
        [home] => Some(format!("`{name}` belongs in {home}: move it below a `{home}` line")),
        homes => Some(format!("`{name}` belongs in {}: move it there", homes.join(" or "))),
    }
}

/// The key of any section that was probably meant, and where it belongs. The words of traffic are too short and too common to
/// be recognised elsewhere.
fn nearest_elsewhere(name: &str) -> Option<String> {
    let places = keys::PLACES.into_iter().filter(|place| !std::ptr::eq(*place, &keys::TRAFFIC));
    let all = places.flat_map(|place| place.keys.iter().map(|key| key.name));
    let near = nearest(name, all)?;
    belongs(near).map(|belongs| format!("did you mean `{near}`? {belongs}"))
}

/// The keys of one section. Unknown ones and those of later versions are reported when it is made.
pub struct Fields<'t> {
    section: &'static Section,
    table: &'t DeTable<'t>,
    span: Range<usize>,
    problems: &'t Problems,
    /// What was meant by misspelt keys: these are not reported as missing too.
    meant: Vec<(&'static str, Reported)>,
}

impl<'t> Found<'t> {
    /// Whether this is a part of that section.
    pub fn is(&self, section: &'static Section) -> bool {
        std::ptr::eq(self.section, section)
    }

    /// Its keys.
    pub fn open(&self, problems: &'t Problems) -> Fields<'t> {
        Fields::open(self.section, self.table, self.span.clone(), problems)
    }
}

impl<'t> Fields<'t> {
    /// The keys of a section's table, which begins at `span`.
    pub fn open(section: &'static Section, table: &'t DeTable<'t>, span: Range<usize>, problems: &'t Problems) -> Self {
        let mut fields = Self { section, table, span, problems, meant: Vec::new() };
        for name in table.keys() {
            fields.check_key(name.get_ref(), name.span());
        }
        fields
    }

    fn check_key(&mut self, name: &str, span: Range<usize>) {
        if self.section.key(name).is_some() {
            return;
        }
        if let Some(later) = self.section.later(name) {
            let reported = self.problems.report(not_yet(later, span));
            self.meant.extend((later.system == later.name).then_some((later.name, reported)));
            return;
        }
        let Section { header, keys, .. } = self.section;
        let near = nearest(name, keys.iter().map(|key| key.name));
        // The other sections are in another file.
        let elsewhere = |find: fn(&str) -> Option<String>| find(name).filter(|_| self.section.is_configuration());
        let (label, help) = match (elsewhere(belongs), near) {
            (Some(help), _) => (format!("not a key of {header}"), help),
            (None, Some(near)) => {
                let schema = self.section.schema();
                (
                    format!("did you mean `{near}`?"),
                    format!("keys of {header} are listed by `perfgate schema {schema}`"),
                )
            }
            (None, None) => (
                format!("not a key of {header}"),
                elsewhere(nearest_elsewhere).unwrap_or_else(|| {
                    let known = keys.iter().map(|key| key.name);
                    format!("the keys of {header} are {}", in_lines(known))
                }),
            ),
        };
        let message = format!("unknown key {}", quoted(name));
        let reported = self.problems.report(Problem::new(message, span, label, help));
        self.meant.extend(near.map(|near| (near, reported)));
    }

    /// Where the section begins.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Reports a problem.
    pub fn report(&self, problem: Problem) -> Reported {
        self.problems.report(problem)
    }

    /// Proof that one of these keys was meant, but misspelt or refused.
    pub fn meant(&self, names: &[&str]) -> Option<Reported> {
        self.meant.iter().find(|(name, _)| names.contains(name)).map(|(_, reported)| *reported)
    }

    /// Where this key stands, if it does.
    pub fn key_span(&self, name: &str) -> Option<Range<usize>> {
        self.table.get_key_value(name).map(|(key, _)| key.span())
    }

    /// The keys that stand here and work, with the place of each.
    pub fn keys(&self) -> impl Iterator<Item = (&'static Key, Range<usize>)> {
        self.table.keys().filter_map(|name| Some((self.section.key(name.get_ref())?, name.span())))
    }

    /// A key's value, if it is there.
    pub fn item(&self, name: &str) -> Option<Item<'t>> {
        let key: &'static Key = self.section.key(name)?;
        let (written, value) = self.table.get_key_value(name)?;
        Some(Item { key, key_span: written.span(), value, problems: self.problems })
    }

    /// A key's value as `read` understands it; `None` if it is absent.
    pub fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&Item<'t>) -> Result<T, Reported>,
    ) -> Result<Option<T>, Reported> {
        match self.item(name) {
            Some(item) => read(&item).map(Some),
            None => self.meant(&[name]).map_or(Ok(None), Err),
        }
    }

    /// A key's value as `read` understands it; its absence is a problem.
    pub fn required<T>(&self, name: &str, read: impl FnOnce(&Item<'t>) -> Result<T, Reported>) -> Result<T, Reported> {
        self.optional(name, read).and_then(|value| self.present(name, value))
    }

    /// A value that was read; its absence is a problem.
    pub fn present<T>(&self, name: &str, value: Option<T>) -> Result<T, Reported> {
        value.ok_or_else(|| {
            let message = format!("{} has no `{name}`", self.section.header);
            let example = self.section.key(name).map_or("", |key| key.example);
            let help = format!("for example `{name} = {example}`");
            self.report(Problem::new(message, self.span(), format!("`{name}` is missing"), help))
        })
    }
}

/// Words with commas between, on lines that fit into a terminal behind the first words of a hint.
fn in_lines<'a>(words: impl Iterator<Item = &'a str>) -> String {
    const WIDTH: usize = 72;
    let (mut text, mut width) = (String::new(), 30);
    for (position, word) in words.enumerate() {
        if position > 0 {
            text.push(',');
            let fits = width + word.len() < WIDTH;
            text.push(if fits { ' ' } else { '\n' });
            width = if fits { width } else { 0 };
        }
        text.push_str(word);
        width += word.len() + 2;
    }
    text
}

/// A key that a later version will know.
fn not_yet(later: &Later, span: Range<usize>) -> Problem {
    let Later { name, system } = later;
    let message = if name == system {
        format!("this version of perfgate cannot measure `{name}` benchmarks yet")
    } else {
        format!("`{name}` belongs to `{system}` benchmarks, which this version of perfgate cannot measure yet")
    };
    Problem::new(message, span, "not available yet", format!("what works now: {}", keys::SYSTEMS.join(", ")))
}
