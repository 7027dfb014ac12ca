//! What an A/B test found, and the words for it: the rows, what to do, and the running estimate.
//!
//! Names are as they came: each format makes them harmless its own way.

mod rows;

pub use rows::{Guard, Row, guards, rows};

use super::{Block, Brief, Cell, Column, Report, Section, Table, Text, Tone};
use crate::ab::{AbTest, Advice, Arm, Ended, State, Unit as Assigned};
use crate::plot::{self, Estimate, Plot, Shown};
use crate::result::Unit;
use crate::words::{machine, units};

/// The whole page.
pub fn of(test: &AbTest) -> Report {
    let Brief { title, subject, .. } = brief(test);
    let verdict = Block::Verdict { word: headline(test).to_owned(), tone: tone(test), text: advice(test) };
    let summary = std::iter::once(verdict).chain(conclusions(test)).collect();
    let plots: Vec<Block> = plots(test).into_iter().map(|plot| Block::Plot(Box::new(plot))).collect();
    let sections = [
        Section::new("summary", "Summary", summary),
        Section::new("arms", "Both arms", std::iter::once(table(test)).chain(guarded(test)).collect()),
        Section::new("plots", "Latencies, and how the estimate settled", plots),
        Section::new("percentiles", "Each arm by itself", vec![by_itself(test)]),
    ];
    Report { title, subject, sections: sections.into_iter().filter(|section| !section.is_empty()).collect() }
}

/// The headline, the rows, and what follows.
pub fn brief(test: &AbTest) -> Brief {
    let advice = Block::Paragraph(advice(test));
    let tables = std::iter::once(table(test)).chain(guarded(test));
    let blocks = tables.chain([advice]).chain(conclusions(test));
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
    let numbers = ["A", "B", "change", "interval", "p"].map(Column::numbers);
    let row = |row: Row| -> Vec<Cell> {
        let numbers = [row.a, row.b, row.change, row.interval, row.p].map(Cell::from);
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

/// The guardrails as a table, if there are any.
fn guarded(test: &AbTest) -> Option<Block> {
    let row = |own: Guard| -> Vec<Cell> {
        let numbers = [own.change, own.interval, own.confidence, own.allowed].map(Cell::from);
        let word = Cell::toned(own.word.to_owned(), own.tone);
        std::iter::once(Text::new().code(own.metric).into()).chain(numbers).chain([word]).collect()
    };
    let rows: Vec<_> = guards(test).into_iter().map(row).collect();
    let numbers = ["change", "interval", "confidence", "allowed"].map(Column::numbers);
    (!rows.is_empty()).then(|| {
        let columns = std::iter::once(Column::words("guardrail")).chain(numbers).chain([Column::words("finding")]);
        let table = Table { caption: "Guardrails of B".to_owned(), columns: columns.collect(), rows };
        Block::Table(table.without_empty_columns())
    })
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
        Some(Advice::DontMixed) => "each arm is better at something",
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
    if let Some(found) = &test.judgement {
        sentences.push(format!(
            "At most {} tests of equal arms would name a winner, however often one looks. The intervals of A and B are at {}, \
             over all looks.",
            units::odds(setting.alpha.share()),
            units::share(1.0 - 0.5 * setting.alpha.share(), 3)
        ));
        for own in &found.guardrails {
            if let State::Open(doubt) = own.state {
                let why = doubt.words().map(|why| {
                    format!("Whether the guardrail on {} is kept is not known: {why}.", own.guardrail.metric.name())
                });
                sentences.extend(why);
            }
        }
    }
    let pairs = test.judgement.as_ref().and_then(|found| found.accuracy?.pairs);
    match (test.arms.a.right, test.arms.b.right) {
        (Some(_), Some(_)) if let Some(pairs) = pairs => sentences.push(format!(
            "The accuracy is that of the {} that both arms were asked about, each counted once.",
            units::count(usize::try_from(pairs).unwrap_or(usize::MAX), "sample", "samples")
        )),
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
