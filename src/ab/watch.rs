//! Where a guardrail stands: whether B is no worse than allowed, and why that is not known.

use super::Both;
use super::book::Book;
use super::effect::Effect;
use super::guardrail::{Guarded, Guardrail};
use super::rates::{Accuracy, Grouped, Quantile, difference, failed};
use crate::stats::{AlwaysValidT, Interval};

/// A guardrail and where B stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Watched {
    /// The rule.
    pub guardrail: Guardrail,
    /// The metric of each arm.
    pub values: Both<Option<f64>>,
    /// B over A minus 1, or for rates B minus A, with its interval; `None` where it cannot be told.
    pub change: Option<(f64, Interval)>,
    /// Whether it holds.
    pub state: State,
}

/// Whether B is no worse than allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is no worse than allowed, beyond chance.
    Kept,
    /// It is worse than allowed, beyond chance.
    Broken,
    /// Neither is known.
    Open(Doubt),
}

impl State {
    /// Whether it is not known if it holds.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Open(_))
    }
}

/// Why it is not known whether a guardrail holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// The interval reaches beyond the margin, and less.
    Chance,
    /// One start of the system does not say how much starts differ.
    OneRound,
    /// An arm has no answered query.
    NoAnswers,
    /// An arm has no answer that could be held against a label.
    NoVerdicts,
    /// So few queries lie beyond a percentile that it may be anything.
    NoEnd,
}

impl Doubt {
    /// In words, where there is more to say than that it may be chance.
    pub fn words(self) -> Option<&'static str> {
        match self {
            Self::Chance => None,
            Self::OneRound => Some("one round, which is one start of each arm, does not say how much starts differ"),
            Self::NoAnswers => Some("an arm has no answered query"),
            Self::NoVerdicts => Some("an arm has no answer that could be held against a label"),
            Self::NoEnd => Some("too few queries were slower to say how slow it may be"),
        }
    }
}

impl Watched {
    /// The least and the most by which B may be worse, on the scale of the margin.
    fn worsening(&self) -> Option<(f64, Interval)> {
        self.change.map(|(change, Interval { low, high })| match self.guardrail.metric {
            Guarded::Accuracy => (-change, Interval { low: -high, high: -low }),
            Guarded::Latency | Guarded::Percentile(_) | Guarded::ErrorRate => (change, Interval { low, high }),
        })
    }

    fn judged(mut self, rounds: usize) -> Self {
        let margin = self.guardrail.margin.share();
        self.state = match self.worsening() {
            Some((_, interval)) if interval.low > margin => State::Broken,
            Some((_, interval)) if interval.high <= margin => State::Kept,
            None if self.guardrail.metric == Guarded::Accuracy => State::Open(Doubt::NoVerdicts),
            None => State::Open(Doubt::NoAnswers),
            Some(_) if rounds < 2 => State::Open(Doubt::OneRound),
            Some((_, interval)) if interval.high.is_infinite() && self.guardrail.metric != Guarded::Latency => {
                State::Open(Doubt::NoEnd)
            }
            Some(_) => State::Open(Doubt::Chance),
        };
        self
    }

    /// How many times as many queries would settle it, if an interval shrinks with their root; `wider` says how much wider it is
    /// at a look after so many times as many rounds, because more looks have spent their part of the error rate. Infinite where B
    /// is as much worse as is allowed; `None` where the interval has no end to go by.
    pub(super) fn factor(&self, wider: &dyn Fn(f64) -> f64) -> Option<f64> {
        let (worsening, interval) = self.worsening()?;
        let room = self.guardrail.margin.share() - worsening;
        let reach = if room >= 0.0 { interval.high - worsening } else { worsening - interval.low };
        let factor = |factor: f64, _| (reach / room * wider(factor.max(1.0))).powi(2);
        reach.is_finite().then(|| (0..20).fold(1.0, factor))
    }
}

/// How sure an interval is to be.
pub struct Sureness {
    /// Over all looks, by the rounds.
    pub test: Option<AlwaysValidT>,
    /// Of this one look.
    pub confidence: f64,
}

/// Where B stands by this guardrail.
pub fn watch(book: &Book, guardrail: Guardrail, by_key: bool, sureness: &Sureness) -> Watched {
    let confidence = sureness.confidence;
    let (values, change) = match guardrail.metric {
        Guarded::Latency => {
            let values = Both::each(|arm| book.mean_logarithm(arm).map(f64::exp));
            let effect = Effect::on_latency(book, by_key).zip(sureness.test);
            (values, effect.map(|(effect, test)| (effect.estimate.exp_m1(), relative(effect.interval(&test)))))
        }
        Guarded::ErrorRate => error_rates(book, by_key, sureness),
        Guarded::Percentile(percentile) => {
            let of = |arm| {
                let sorted = book.sorted(arm);
                Quantile::of(book, arm, by_key, &sorted, percentile.share, confidence)
            };
            let both = Both::each(of);
            // What may be no time at all has no lower end.
            let logarithm = |value: f64| if value > 0.0 { value.ln() } else { f64::NEG_INFINITY };
            let values = both.map(|quantile| quantile.map(|quantile| quantile.value.max(1.0)));
            let limits = |Quantile { interval: Interval { low, high }, .. }: Quantile| Interval {
                low: logarithm(low),
                high: logarithm(high),
            };
            let change = between(values.map(|value| value.map(logarithm)), both.map(|quantile| quantile.map(limits)));
            (values, change.map(|(change, interval)| (change.exp_m1(), relative(interval))))
        }
        Guarded::Accuracy => {
            let accuracy = Accuracy::of(book);
            let compared = accuracy.and_then(|accuracy| accuracy.compared(confidence));
            let values = Both::each(|arm| compared.map(|compared| *compared.values.of(arm)));
            (values, compared.map(|compared| (compared.change, compared.interval)))
        }
    };
    Watched { guardrail, values, change, state: State::Open(Doubt::Chance) }.judged(book.rounds().len())
}

fn between(values: Both<Option<f64>>, intervals: Both<Option<Interval>>) -> Option<(f64, Interval)> {
    let values = Both { a: values.a?, b: values.b? };
    let intervals = Both { a: intervals.a?, b: intervals.b? };
    Some((values.b - values.a, difference(values, intervals)))
}

/// Of the arms' error rates the difference, if it is known, with its interval: wide enough for what few failures can say, and for
/// how much the rounds differ.
pub fn error_rates(book: &Book, by_key: bool, sureness: &Sureness) -> (Both<Option<f64>>, Option<(f64, Interval)>) {
    let grouped = Both::each(|arm| Grouped::of(book, arm, by_key, failed));
    let rates = grouped.as_ref().map(Grouped::share);
    let by_query = between(rates, grouped.map(|grouped| grouped.interval(sureness.confidence)));
    let by_start = Effect::on_errors(book, by_key).zip(sureness.test).map(|(effect, test)| effect.interval(&test));
    let change = by_query.zip(by_start).map(|((change, one), other)| {
        let low = one.low.min(other.low).max(-1.0);
        (change, Interval { low, high: one.high.max(other.high).min(1.0) })
    });
    (rates, change)
}

/// From logarithms to relative changes. B may be as fast as can be, but no time at all it does not take: then there is no end.
pub fn relative(Interval { low, high }: Interval) -> Interval {
    Interval { low: if low.is_finite() { low.exp_m1() } else { low }, high: high.exp_m1() }
}
