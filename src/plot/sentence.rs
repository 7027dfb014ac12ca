//! A sentence with numbers in it, whose digits and units are the renderer's business.

use crate::result::Unit;

/// What there is to see in a plot.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sentence(Vec<Said>);

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq)]
pub enum Said {
    /// Words, with the spaces around them.
    Words(String),
    /// A text from outside, to be made harmless and short.
    Name(String),
    /// Values of a unit that stand beside each other, such as the ends of a range: `4.1 ms to 5.0 ms`.
    Range(Unit, [f64; 2]),
    /// A value of a unit of which no more is known than where it lies: `4.03–4.10 ms`.
    Between(Unit, [f64; 2]),
    /// A value of a unit.
    Value(Unit, f64),
    /// A relative change.
    Change(f64),
    /// A whole number.
    Number(usize),
    /// How many: `1 round`, `12 rounds`.
    Count(usize, &'static str, &'static str),
}

impl Sentence {
    /// Begins with these words.
    pub fn of(words: &str) -> Self {
        Self::default().words(words)
    }

    /// The pieces, in their order.
    pub fn pieces(&self) -> &[Said] {
        &self.0
    }

    pub(super) fn words(self, words: &str) -> Self {
        self.and(Said::Words(words.to_owned()))
    }

    pub(super) fn name(self, name: &str) -> Self {
        self.and(Said::Name(name.to_owned()))
    }

    pub(super) fn value(self, unit: &Unit, value: f64) -> Self {
        self.and(Said::Value(unit.clone(), value))
    }

    pub(super) fn range(self, unit: &Unit, ends: [f64; 2]) -> Self {
        self.and(Said::Range(unit.clone(), ends))
    }

    pub(super) fn between(self, unit: &Unit, ends: [f64; 2]) -> Self {
        self.and(Said::Between(unit.clone(), ends))
    }

    pub(super) fn change(self, change: f64) -> Self {
        self.and(Said::Change(change))
    }

    pub(super) fn number(self, number: usize) -> Self {
        self.and(Said::Number(number))
    }

    pub(super) fn count(self, number: usize, one: &'static str, many: &'static str) -> Self {
        self.and(Said::Count(number, one, many))
    }

    fn and(mut self, said: Said) -> Self {
        self.0.push(said);
        self
    }
}
