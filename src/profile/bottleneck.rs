//! Which stage takes most of the time, if that is more than chance.

use super::CONFIDENCE;
use super::books::Books;
use super::share::{Share, interval};
use crate::stats::mean;

/// Which stage takes most of the time.
#[derive(Debug, Clone, PartialEq)]
pub enum Bottleneck {
    /// This one.
    Stage {
        /// Its name.
        name: String,
        /// By how much; `None` if there is no other.
        lead: Option<Lead>,
    },
    /// None of them: this one takes most of what the stages take, and more passes outside of all stages than in it, as measured.
    Outside {
        /// Its name.
        name: String,
        /// How far it is ahead of the other stages; `None` if there is no other.
        lead: Option<Lead>,
    },
    /// It cannot be told: the one with the greatest share may not be ahead of another.
    Open {
        /// The one with the greatest share.
        name: String,
        /// How it stands to another.
        lead: Lead,
    },
    /// It cannot be told: one round says nothing about chance.
    OneRound,
    /// No stages were reported.
    NoStages,
}

/// How far a stage is ahead of another.
#[derive(Debug, Clone, PartialEq)]
pub struct Lead {
    /// The other.
    pub over: String,
    /// The difference of their shares of what all stages take, within rounds, with an interval that holds for all stages at once.
    pub by: Share,
}

impl Bottleneck {
    /// The stage, if it could be told.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Stage { name, .. } => Some(name),
            Self::Outside { .. } | Self::Open { .. } | Self::OneRound | Self::NoStages => None,
        }
    }

    /// The same, if this part of all time passes outside of the stages. What takes less than that is no bottleneck: whoever makes it
    /// faster gains little.
    pub(super) fn beside(self, outside: f64, share: impl Fn(&str) -> f64) -> Self {
        match self {
            Self::Stage { name, lead } if outside > share(&name) => Self::Outside { name, lead },
            found => found,
        }
    }
}

/// Which of these stages takes most. It is the difference of two stages within rounds that counts, relative to what all stages take:
/// what passes outside of them, such as a queue, is the same for both, and would only hide it. The one that takes most is compared
/// with each other one, so that the error rate is that of all comparisons together (Bonferroni's correction): a wrong stage is named in
/// 1 of 40 profiles at most.
pub(super) fn of(names: &[&str], books: &[Books]) -> Bottleneck {
    let part = |name: &str| mean(&books.iter().map(|book| book.share_of_stages(name)).collect::<Vec<_>>());
    let mut order = names.to_vec();
    order.sort_by(|a, b| part(b).total_cmp(&part(a)));
    let Some((first, others)) = order.split_first() else { return Bottleneck::NoStages };
    let name = (*first).to_owned();
    let confidence = 1.0 - (1.0 - CONFIDENCE) / others.len().max(1) as f64;
    let lead = |other: &&str| {
        let differences: Vec<f64> =
            books.iter().map(|book| book.share_of_stages(first) - book.share_of_stages(other)).collect();
        // Both are parts of one whole, so they differ by no more than all of it.
        let within = |ends: [f64; 2]| ends.map(|end| end.clamp(-1.0, 1.0));
        let by = Share { mean: mean(&differences), interval: interval(&differences, confidence).map(within) };
        Lead { over: (*other).to_owned(), by }
    };
    let leads: Vec<Lead> = others.iter().map(lead).collect();
    let low = |lead: &Lead| lead.by.interval.map(|[low, _]| low);
    let Some(least) = leads.into_iter().min_by(|a, b| low(a).unwrap_or(0.0).total_cmp(&low(b).unwrap_or(0.0))) else {
        return Bottleneck::Stage { name, lead: None };
    };
    match low(&least) {
        None => Bottleneck::OneRound,
        Some(low) if low > 0.0 => Bottleneck::Stage { name, lead: Some(least) },
        Some(_) => Bottleneck::Open { name, lead: least },
    }
}
