//! What an A/B test found, and the words for it: the rows, what to do, and the running estimate.
//!
//! Names are as they came: each format makes them harmless its own way.

use super::{Block, Brief, Cell, Column, Report, Section, Table, Text, Tone};
use crate::ab::{
    AbTest, Advice, Arm, BROKEN_SPLIT, Both, Ended, Finding, Guarded, Guardrail, State, Unit as Assigned, Watched,
};
use crate::plot::{self, Estimate, Plot, Shown};
use crate::result::Unit;
use crate::stats::Interval;
use crate::words::{machine, units};

/// The whole page.
pub fn of(test: &AbTest) -> Report {
    let Brief { title, subject, .. } = brief(test);
    let verdict = Block::Verdict { word: headline(test).to_owned(), tone: tone(test), text: advice(test) };
    let summary = std::iter::once(verdict).chain(conclusions(test)).collect();
    let plots: Vec<Block> = plots(test).into_iter().map(|plot| Block::Plot(Box::new(plot))).collect();
    let sections = [
        Section::new("summary", "Summary", summary),
        Section::new("arms", "Both arms", vec![table(test)]),
        Section::new("plots", "Latencies, and how the estimate settled", plots),
        Section::new("percentiles", "Each arm by itself", vec![by_itself(test)]),
    ];
    Report { title, subject, sections: sections.into_iter().filter(|section| !section.is_empty()).collect() }
}

/// The headline, the rows, and what follows.
pub fn brief(test: &AbTest) -> Brief {
    let advice = Block::Paragraph(advice(test));
    let blocks = [table(test), advice].into_iter().chain(conclusions(test));
    let mut heading = heading(test, &quoted);
    let subject = Text::prose(&heading.split_off(1).join(", "));
    Brief { title: format!("{}: {}", heading.concat(), headline(test)), subject, blocks: blocks.collect() }
}

/// A backtick in a name would end the name's quotation.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "'"))
}

fn advice(test: &AbTest) -> Text {
    Text::prose(&test.recommendation(&quoted))
}

/// The rows as a table.
fn table(test: &AbTest) -> Block {
    let numbers = ["A", "B", "change", "interval", "p", "allowed"].map(Column::numbers);
    let row = |row: Row| -> Vec<Cell> {
        let numbers = [row.a, row.b, row.change, row.interval, row.p, row.allowed].map(Cell::from);
        let word = Cell::toned(row.word, row.tone);
        std::iter::once(Text::new().code(row.metric).into()).chain(numbers).chain([word]).collect()
    };
    let table = Table {
        caption: "A and B".to_owned(),
        columns: std::iter::once(Column::words("metric")).chain(numbers).chain([Column::words("finding")]).collect(),
        rows: rows(test).into_iter().map(row).collect(),
    };
    Block::Table(table.without_empty_columns())
}

/// Percentiles of each arm with their intervals.
fn by_itself(test: &AbTest) -> Block {
    let mut table_rows = Vec::new();
    for arm in Arm::ALL {
        for (percentile, own) in &test.arms.of(arm).percentiles {
            let ends = [own.value, own.interval.low, own.interval.high];
            let known: Vec<f64> = ends.into_iter().filter(|end| end.is_finite()).collect();
            let shown = units::values(&Unit::nanoseconds(), &known, false);
            let mut texts = shown.texts();
            let cells: Vec<Cell> = ends
                .map(|end| if end.is_finite() { texts.next().unwrap_or_default() } else { String::new() })
                .map(Cell::from)
                .into();
            let name = Text::new().code(test.setting.names.of(arm)).into();
            table_rows.push([name, Text::new().code(percentile.name).into()].into_iter().chain(cells).collect());
        }
    }
    let numbers = ["value", "at least", "at most"].map(Column::numbers);
    Block::Table(Table {
        caption: "Percentiles with their 95 % intervals, of this one look".to_owned(),
        columns: [Column::words("benchmark"), Column::words("metric")].into_iter().chain(numbers).collect(),
        rows: table_rows,
    })
}

/// How latencies are distributed, their tails, and how the estimate settled.
fn plots(test: &AbTest) -> Vec<Plot> {
    let sides: Vec<Shown<'_, _>> = Arm::ALL
        .into_iter()
        .filter_map(|arm| {
            let of = test.arms.of(arm).latencies.as_ref()?;
            Some(Shown { label: test.setting.names.of(arm).as_str(), of })
        })
        .collect();
    let estimates: Vec<Estimate> = test
        .looks
        .iter()
        .map(|look| {
            let ends = [look.interval.low, look.interval.high];
            let interval = ends.iter().all(|end| end.is_finite()).then_some(ends);
            Estimate { at: look.queries as f64, change: look.change, interval }
        })
        .collect();
    let settled = plot::estimate("Change of the latency", &estimates, test.setting.threshold.share());
    [plot::distribution(&sides), plot::tail(&sides), settled].into_iter().flatten().collect()
}

/// What could not be measured, what else is to be said, and where it holds.
fn conclusions(test: &AbTest) -> Vec<Block> {
    let mut blocks: Vec<Block> = test.failures.iter().flat_map(super::selftest::failure).collect();
    let more = sentences(test, &quoted);
    if !more.is_empty() {
        blocks.push(Block::List(more.iter().map(|sentence| Text::prose(sentence)).collect()));
    }
    blocks.extend(test.environment.as_ref().map(|known| {
        let facts = machine::facts(known).join(", ");
        let fingerprint = known.fingerprint.to_string();
        Block::Paragraph(Text::new().plain(format!("Machine: {facts} (")).code(fingerprint).plain(")"))
    }));
    blocks
}

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
    /// What may be at most, if it is guarded.
    pub allowed: String,
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
            allowed: empty(),
            word: empty(),
            tone: Tone::Calm,
        }
    }

    fn compared(mut self, change: f64, interval: Interval, is_rate: bool) -> Self {
        self.change = if is_rate { units::points(change) } else { units::change(change) };
        if interval.low.is_finite() && interval.high.is_finite() {
            self.interval = units::interval([interval.low, interval.high]);
        }
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

    /// What is allowed, and whether it is kept; a broken guardrail is the word of its row.
    fn guarded(mut self, watched: Option<&Watched>) -> Self {
        let Some(own) = watched else { return self };
        self.allowed = allowed(&own.guardrail);
        let (word, tone) = match own.state {
            State::Kept => ("kept", Tone::Calm),
            State::Broken => ("broken", Tone::Bad),
            State::Open => ("open", Tone::Doubtful),
        };
        self.word = if self.word.is_empty() { word.to_owned() } else { format!("{}, {word}", self.word) };
        if own.state != State::Kept && self.tone != Tone::Bad {
            self.tone = tone;
        }
        self
    }
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
    let guard = |metric: Guarded| {
        judgement.into_iter().flat_map(|found| &found.guardrails).find(move |own| own.guardrail.metric == metric)
    };
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
        errors = errors.found(&found.errors, ["fewer", "more"]).guarded(guard(Guarded::ErrorRate));
    }
    rows.push(errors);
    let mut latency = Row::new("latency", both(&Unit::nanoseconds(), a.geometric_mean, b.geometric_mean));
    if let Some(found) = judgement.and_then(|found| found.latency) {
        latency = latency.compared(found.change, found.interval, false);
        latency = latency.found(&found, ["faster", "slower"]).guarded(guard(Guarded::Latency));
    }
    rows.push(latency);
    for (percentile, of_a) in &a.percentiles {
        let of_b = b.percentiles.iter().find(|(own, _)| own == percentile);
        let values = both(&Unit::nanoseconds(), Some(of_a.value), of_b.map(|(_, own)| own.value));
        let row = Row::new(percentile.name, values);
        let watched = guard(Guarded::Percentile(*percentile));
        rows.push(match watched.and_then(|own| own.change) {
            Some((change, interval)) => row.compared(change, interval, false).guarded(watched),
            None => row.guarded(watched),
        });
    }
    if let (Some(of_a), Some(of_b)) = (a.right, b.right) {
        let watched = guard(Guarded::Accuracy);
        let row = Row::new("accuracy", both(&Unit::ratio(), of_a.share(), of_b.share()));
        rows.push(match watched.and_then(|own| own.change) {
            Some((change, interval)) => row.compared(change, interval, true).guarded(watched),
            None => row.guarded(watched),
        });
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

/// `perfgate ab`, who against whom, how the traffic was split, how much of it.
pub fn heading(test: &AbTest, name: &dyn Fn(&str) -> String) -> Vec<String> {
    let setting = &test.setting;
    let queries: u64 = test.arms.iter().map(|arm| arm.queries).sum();
    vec![
        "perfgate ab".to_owned(),
        format!("A {}", name(&setting.names.a)),
        format!("B {}", name(&setting.names.b)),
        format!("{} {}", setting.scenario, split(test, name)),
        format!(
            "{} in {}",
            units::count(usize::try_from(queries).unwrap_or(usize::MAX), "query", "queries"),
            units::count(usize::try_from(test.rounds).unwrap_or(usize::MAX), "round", "rounds")
        ),
        units::span(test.took),
    ]
}

fn split(test: &AbTest, name: &dyn Fn(&str) -> String) -> String {
    let by = match &test.setting.unit {
        Assigned::Query => "by query".to_owned(),
        Assigned::Users(users) => format!("by {} users", units::whole(u64::from(*users))),
        Assigned::Column(column) => format!("by {}", name(&column.name)),
    };
    format!("{} {by}", name(&test.setting.split.to_string()))
}

/// Whether what follows from the test is good news, bad news, or none yet.
pub fn tone(test: &AbTest) -> Tone {
    match test.judgement.as_ref().map(|found| found.advice) {
        None | Some(Advice::DontTrust | Advice::DontBroken | Advice::DontWorse | Advice::DontMixed) => Tone::Bad,
        Some(Advice::RollOut) => Tone::Good,
        Some(Advice::GraduallyBecauseOpen | Advice::Wait) => Tone::Doubtful,
        Some(Advice::GraduallyBecauseSame) => Tone::Calm,
    }
}

/// A headline of a few words.
pub fn headline(test: &AbTest) -> &'static str {
    match test.judgement.as_ref().map(|found| found.advice) {
        None => "an arm could not be measured",
        Some(Advice::DontTrust) => "the traffic was not split as asked",
        Some(Advice::DontBroken) => "B is worse than allowed",
        Some(Advice::DontWorse) => "A is better",
        Some(Advice::DontMixed) => "one is faster, the other fails less",
        Some(Advice::RollOut) => "B is better",
        Some(Advice::GraduallyBecauseOpen) => "B is better, but not yet proven to be safe",
        Some(Advice::GraduallyBecauseSame) => "no difference that matters",
        Some(Advice::Wait) => "not decided yet",
    }
}

/// What else is to be said: why it ended, what an error rate means, what failed first.
pub fn sentences(test: &AbTest, name: &dyn Fn(&str) -> String) -> Vec<String> {
    let setting = &test.setting;
    let mut sentences = Vec::new();
    let asked: u64 = test.arms.iter().map(|arm| arm.queries).sum();
    match test.ended {
        Ended::Decided if asked < setting.planned_queries => sentences.push(format!(
            "It was decided after {} of {} planned queries. A difference that ends a test early looks larger than it is, by \
             chance; the interval holds.",
            units::whole(asked),
            units::whole(setting.planned_queries)
        )),
        Ended::Budget => sentences.push(format!(
            "The budget ended it after {} of {} planned queries.",
            units::whole(asked),
            units::whole(setting.planned_queries)
        )),
        Ended::SamplesUsedUp => sentences.push(
            "Each sample may be asked about once (`samples = \"unique\"`), and all had been.".to_owned(),
        ),
        Ended::Decided | Ended::Queries | Ended::Failed => {}
    }
    if test.judgement.is_some() {
        sentences.push(format!(
            "At most {} tests of equal arms would name a winner, however often one looks.",
            units::odds(setting.alpha.share())
        ));
    }
    match (test.arms.a.right, test.arms.b.right) {
        (Some(of_a), Some(of_b)) if of_a.trials == of_b.trials => sentences.push(format!(
            "The accuracy of either arm is that of {}, each counted once.",
            units::count(usize::try_from(of_a.trials).unwrap_or(usize::MAX), "sample", "samples")
        )),
        (Some(of_a), Some(of_b)) => sentences.push(format!(
            "The accuracy of {} is that of {} samples, and that of {} of {}, each counted once.",
            name(&setting.names.a),
            units::whole(of_a.trials),
            name(&setting.names.b),
            units::whole(of_b.trials)
        )),
        _ => {}
    }
    for arm in Arm::ALL {
        let summary = test.arms.of(arm);
        if let Some(first) = &summary.first_failure {
            let failed = units::count(usize::try_from(summary.failed).unwrap_or(usize::MAX), "query", "queries");
            let first = first.lines().next().unwrap_or_default();
            sentences.push(format!("{failed} of {} failed; the first: {first}", name(setting.names.of(arm))));
        }
    }
    sentences.extend(test.warnings.iter().map(|warning| warning.message.clone()));
    sentences
}
