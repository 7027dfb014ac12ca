//! The rows of an A/B test: what each arm came to, how they differ, and where the guardrails stand.

use crate::ab::{AbTest, BROKEN_SPLIT, Both, Finding, Guarded, Guardrail, State, Watched};
use crate::report::Tone;
use crate::result::Unit;
use crate::stats::Interval;
use crate::words::units;

/// The texts of one row; what does not exist is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What is compared.
    pub metric: String,
    /// A's value.
    pub a: String,
    /// B's value, in the same multiple of the unit.
    pub b: String,
    /// How B differs.
    pub change: String,
    /// Its interval.
    pub interval: String,
    /// The p-value of "no difference".
    pub p: String,
    /// One word or two.
    pub word: String,
    /// What the word means.
    pub tone: Tone,
}

impl Row {
    fn new(metric: &str, [a, b]: [String; 2]) -> Self {
        let empty = String::new;
        Self {
            metric: metric.to_owned(),
            a,
            b,
            change: empty(),
            interval: empty(),
            p: empty(),
            word: empty(),
            tone: Tone::Calm,
        }
    }

    fn compared(mut self, change: f64, interval: Interval, is_rate: bool) -> Self {
        self.change = if is_rate { units::points(change) } else { units::change(change) };
        self.interval = ends(interval);
        self
    }

    /// What was found; without a difference nothing is said.
    fn found(mut self, found: &Finding, [less, more]: [&str; 2]) -> Self {
        self.p = units::p_value(found.p_value);
        if found.differs {
            let is_less = found.change < 0.0;
            (if is_less { less } else { more }).clone_into(&mut self.word);
            self.tone = if is_less { Tone::Good } else { Tone::Bad };
        }
        self
    }
}

/// An interval, or the end of it that is known.
fn ends(Interval { low, high }: Interval) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => units::interval([low, high]),
        (true, false) => format!("at least {}", units::bound(low)),
        (false, true) => format!("at most {}", units::bound(high)),
        (false, false) => String::new(),
    }
}

/// The texts of one guardrail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What is guarded.
    pub metric: &'static str,
    /// How B differs.
    pub change: String,
    /// Its interval.
    pub interval: String,
    /// The confidence of that.
    pub confidence: String,
    /// What may be at most.
    pub allowed: String,
    /// Whether it is kept.
    pub word: &'static str,
    /// What the word means.
    pub tone: Tone,
}

/// The guardrails, in their order.
pub fn guards(test: &AbTest) -> Vec<Guard> {
    let confidence = units::share(1.0 - test.setting.alpha.share(), 3);
    let guard = |own: &Watched| {
        let (word, tone) = match own.state {
            State::Kept => ("kept", Tone::Calm),
            State::Broken => ("broken", Tone::Bad),
            State::Open(_) => ("open", Tone::Doubtful),
        };
        let sized = if own.guardrail.metric.is_rate() { units::points } else { units::change };
        let interval = own.change.map(|(_, interval)| ends(interval)).unwrap_or_default();
        Guard {
            metric: own.guardrail.metric.name(),
            change: own.change.map(|(change, _)| sized(change)).unwrap_or_default(),
            confidence: if interval.is_empty() { String::new() } else { confidence.clone() },
            interval,
            allowed: allowed(&own.guardrail),
            word,
            tone,
        }
    };
    test.judgement.iter().flat_map(|found| &found.guardrails).map(guard).collect()
}

fn allowed(guardrail: &Guardrail) -> String {
    let margin = guardrail.margin.share();
    match guardrail.metric {
        Guarded::Accuracy => units::points(-margin),
        Guarded::ErrorRate => units::points(margin),
        Guarded::Latency | Guarded::Percentile(_) => units::change(margin),
    }
}

/// The rows: traffic, errors, latency, its percentiles, right answers.
pub fn rows(test: &AbTest) -> Vec<Row> {
    let Both { a, b } = &test.arms;
    let judgement = test.judgement.as_ref();
    let mut rows = Vec::new();
    let mut split = Row::new("queries", [a.queries, b.queries].map(units::whole));
    if let Some(found) = judgement.filter(|_| !test.setting.unit.is_key()) {
        split = split_row(split, found.sample_ratio);
    }
    rows.push(split);
    if let (Some(of_a), Some(of_b)) = (a.keys, b.keys) {
        let keys = Row::new("keys", [of_a, of_b].map(units::whole));
        rows.push(judgement.map_or(keys.clone(), |found| split_row(keys, found.sample_ratio)));
    }
    let rates = both(&Unit::ratio(), a.error_rate(), b.error_rate());
    let mut errors = Row::new("error_rate", rates);
    if let Some(found) = judgement {
        errors = errors.compared(found.errors.change, found.errors.interval, true);
        errors = errors.found(&found.errors, ["fewer", "more"]);
    }
    rows.push(errors);
    let mut latency = Row::new("latency", both(&Unit::nanoseconds(), a.geometric_mean, b.geometric_mean));
    if let Some(found) = judgement.and_then(|found| found.latency) {
        latency = latency.compared(found.change, found.interval, false);
        latency = latency.found(&found, ["faster", "slower"]);
    }
    rows.push(latency);
    for (percentile, of_a) in &a.percentiles {
        let of_b = b.percentiles.iter().find(|(own, _)| own == percentile);
        let values = both(&Unit::nanoseconds(), Some(of_a.value), of_b.map(|(_, own)| own.value));
        rows.push(Row::new(percentile.name, values));
    }
    let right = judgement.and_then(|found| found.accuracy);
    if let Some(found) = right {
        let mut row = Row::new("accuracy", both(&Unit::ratio(), Some(found.values.a), Some(found.values.b)));
        row = row.compared(found.change, found.interval, true);
        if found.differs() {
            let (word, tone) = if found.change > 0.0 { ("better", Tone::Good) } else { ("worse", Tone::Bad) };
            word.clone_into(&mut row.word);
            row.tone = tone;
        }
        rows.push(row);
    } else if let (Some(of_a), Some(of_b)) = (a.right, b.right) {
        rows.push(Row::new("accuracy", both(&Unit::ratio(), of_a.share(), of_b.share())));
    }
    rows
}

fn split_row(mut row: Row, p: f64) -> Row {
    row.p = units::p_value(p);
    "split as asked".clone_into(&mut row.word);
    if p < BROKEN_SPLIT {
        "not split as asked".clone_into(&mut row.word);
        row.tone = Tone::Bad;
    }
    row
}

/// Two values in one multiple of their unit; empty where there is none.
fn both(unit: &Unit, a: Option<f64>, b: Option<f64>) -> [String; 2] {
    let known: Vec<f64> = [a, b].into_iter().flatten().collect();
    let shown = units::values(unit, &known, false);
    let mut texts = shown.texts();
    [a, b].map(|value| value.and_then(|_| texts.next()).unwrap_or_default())
}
