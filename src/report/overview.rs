//! The executive summary: what came out, which rows matter most, and what they mean.

use super::phrases;
use super::power;
use super::source::{Measured, Part};
use super::text::Text;
use super::{Block, Section, Tone};
use crate::gate::{Comparison, Decision, Finding, Row, Verdict};
use crate::result::{Metric, RunOutcome};
use crate::stats::coefficient_of_variation;
use crate::words::cells;
use crate::words::measured::{Summary, shown};
use crate::words::origin::{self, Side};
use crate::words::{summary, units};

/// More rows than this are in the table only.
const MOST_ROWS: usize = 5;

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    let blocks = parts.iter().flat_map(|part| {
        let mut blocks = match (part.comparison(), part.run()) {
            (Some(comparison), _) => of_comparison(comparison, part),
            (None, Some(outcome)) => of_run(outcome, part),
            (None, None) => Vec::new(),
        };
        if part.place.is_some()
            && let Some(Block::Verdict { text, .. }) = blocks.first_mut()
        {
            *text = Text::new().code(&part.name).plain(": ").and(text.clone());
        }
        blocks
    });
    Section::new("summary", "Executive summary", blocks.collect())
}

/// A verdict as documents spell it, and what it means.
pub(super) fn word(verdict: Verdict) -> (&'static str, Tone) {
    match verdict {
        Verdict::Pass => ("pass", Tone::Good),
        Verdict::Regression => ("regression", Tone::Bad),
        Verdict::Inconclusive => ("inconclusive", Tone::Doubtful),
        Verdict::NoBaseline => ("no-baseline", Tone::Doubtful),
        Verdict::Failed => ("failed", Tone::Bad),
    }
}

fn of_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Block> {
    let (word, tone) = word(comparison.verdict);
    let verdict = Block::Verdict { word: word.to_owned(), tone, text: summary::headline(comparison).into() };
    // Of one document, the line below the title says who it is about.
    let mut about: Vec<Text> = part.place.map(|_| who(comparison)).into_iter().collect();
    about.push(tally(&comparison.rows));
    about.extend(summary::guarantee(comparison).map(Text::from));
    about.extend(fitness(part));
    let mut blocks = vec![verdict, Block::Paragraph(Text::sentences(about))];
    let worth: Vec<&Row> = comparison.rows.iter().filter(|row| is_worth_a_line(row)).collect();
    let mut lines: Vec<Text> = worth.iter().take(MOST_ROWS).map(|row| line(row, part)).collect();
    if worth.len() > MOST_ROWS {
        let more = units::count(worth.len() - MOST_ROWS, "more row", "more rows");
        lines.push(Text::from(format!("{more} in ")).see(part.id("comparison"), "the comparison"));
    }
    if !lines.is_empty() {
        blocks.push(Block::List(lines));
    }
    blocks
}

/// Whether the summary says what a row means: what is unchanged is counted, and so is what is new.
fn is_worth_a_line(row: &Row) -> bool {
    summary::is_listed(row) && !matches!(row.finding, Finding::NoBaseline(_))
}

/// `digits/server latency_p99, regression: 4.12 ms → 5.03 ms, +22.1 % [+18.4, +26.0]: the time … rose by 0.91 ms`.
fn line(row: &Row, part: &Part<'_>) -> Text {
    let (verdict, _) = cells::verdict(&row.finding);
    // The reason of an objective has its numbers.
    let numbers = if row.objective().is_some() { Text::new() } else { phrases::numbers(row) };
    let said = Text::joined([numbers, phrases::meaning(row)], "; ");
    phrases::name(row, part).plain(", ").strong(verdict).plain(": ").and(said).plain(".")
}

/// Who was compared with whom, and how.
pub(super) fn who(comparison: &Comparison) -> Text {
    let (base, candidate) = origin::sides(comparison);
    match base {
        Some(base) => {
            let named = side(&candidate).plain(" against ").and(side(&base));
            named.plain(format!(", {}.", origin::method(comparison)))
        }
        None => side(&candidate).plain(" has no baseline to be compared with."),
    }
}

/// `8be01d4 (main, with uncommitted changes)`.
fn side(side: &Side) -> Text {
    let label = side.label.iter().map(|label| Text::new().code(label));
    let more: Vec<Text> = label.chain(side.remarks().map(Text::from)).collect();
    let name = Text::new().code(&side.name);
    if more.is_empty() { name } else { name.plain(" (").and(Text::joined(more, ", ")).plain(")") }
}

/// `30 rows of 12 benchmarks: 1 regression, 2 inconclusive, 27 unchanged (a worsening beyond 10 % is ruled out).`
pub(super) fn tally(rows: &[Row]) -> Text {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for row in rows {
        let is_met = row.objective().is_some() && row.decision() == Some(Decision::Unchanged);
        let (word, _) = if is_met { ("met", Tone::Good) } else { cells::verdict(&row.finding) };
        match all.iter_mut().find(|(known, _)| *known == word) {
            Some((_, number)) => *number += 1,
            None => all.push((word, 1)),
        }
    }
    let words = all.into_iter().map(|(word, number)| {
        let words = match word {
            "unchanged" => summary::unchanged_in_words(rows),
            "regression" | "improvement" if number > 1 => format!("{word}s"),
            _ => word.to_owned(),
        };
        format!("{} {words}", units::whole(number as u64))
    });
    let words: Vec<String> = words.collect();
    let benchmarks = summary::Tally::of(rows).all_benchmarks();
    let of = units::count(benchmarks, "benchmark", "benchmarks");
    match rows.len() {
        0 => "Nothing was judged: there is no row.".into(),
        number => format!("{} of {of}: {}.", units::count(number, "row", "rows"), words.join(", ")).into(),
    }
}

/// How many of the rules and figures about the measurements are as they should be; `None` where nothing is known of them.
pub(super) fn fitness(part: &Part<'_>) -> Option<Text> {
    let of = |held: &dyn Fn(&Measured<'_>) -> (usize, usize)| {
        part.measured().map(|measured| held(&measured)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
    };
    let rules = of(&|one| (one.result.validity.iter().filter(|rule| rule.held).count(), one.result.validity.len()));
    let figures = of(&|one| (one.result.figures().filter(|figure| figure.held).count(), one.result.figures().count()));
    let words = |(held, all): (usize, usize), one: &str, many: &str| match all {
        0 => None,
        _ if held == all => Some(format!("all {}", units::count(all, one, many))),
        _ => Some(format!("{} of {}", units::whole(held as u64), units::count(all, one, many))),
    };
    let said: Vec<String> = [
        words(rules, "rule of validity", "rules of validity"),
        words(figures, "figure about the measurement", "figures about the measurement"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let to = Text::new().see(part.id("validation"), "the validation");
    (!said.is_empty()).then(|| {
        let verb = if rules.0 + figures.0 == 1 { "is" } else { "are" };
        Text::from(format!("Of the measurements, {} {verb} as they should be; see ", said.join(" and ")))
            .and(to)
            .plain(".")
    })
}

fn of_run(outcome: &RunOutcome, part: &Part<'_>) -> Vec<Block> {
    let failed = outcome.failures.len();
    let (word, tone) = match (failed, outcome.not_reached.len()) {
        (0, 0) => ("measured", Tone::Calm),
        (0, _) => ("incomplete", Tone::Doubtful),
        _ => ("failed", Tone::Bad),
    };
    let verdict = Block::Verdict { word: word.to_owned(), tone, text: run_headline(outcome) };
    let about: Vec<Text> =
        [effort(part), noise(part), power::of_run(part), fitness(part)].into_iter().flatten().collect();
    let mut blocks = vec![verdict];
    if !about.is_empty() {
        blocks.push(Block::Paragraph(Text::sentences(about)));
    }
    let failures = outcome.failures.iter().map(|failure| {
        let (first, _) = failure.reason.split_once('\n').unwrap_or((&failure.reason, ""));
        Text::new().code(&failure.benchmark).plain(", ").strong("failed").plain(": ").and(Text::prose(first))
    });
    let measured = part.subjects.iter().filter_map(|subject| {
        let metric = subject.sides.first().and_then(|side| shown(side.result, false).into_iter().next())?;
        Some(phrases::benchmark(subject.name, part).plain(" ").code(&metric.name).plain(": ").and(value(metric)))
    });
    let late = outcome.not_reached.iter().map(|name| Text::new().code(name).plain(": no time was left for it"));
    let lines: Vec<Text> = failures.chain(late).chain(measured).collect();
    let all = lines.len();
    let mut lines: Vec<Text> = lines.into_iter().take(MOST_ROWS).collect();
    if all > MOST_ROWS {
        let more = units::count(all - MOST_ROWS, "more benchmark", "more benchmarks");
        lines.push(Text::from(format!("{more} in ")).see(part.id("results"), "the results"));
    }
    if !lines.is_empty() {
        blocks.push(Block::List(lines));
    }
    blocks
}

/// `4.12 ms in the median of 10 rounds, 4.02 … 4.30`.
fn value(metric: &Metric) -> Text {
    let Summary { median, range, .. } = Summary::of(metric);
    let rounds = metric.rounds.count();
    let of = if rounds == 1 { "in 1 round".to_owned() } else { format!("in the median of {rounds} rounds") };
    let range = if range.is_empty() { String::new() } else { format!(", {range}") };
    Text::new().strong(median).plain(format!(" {of}{range}"))
}

fn run_headline(outcome: &RunOutcome) -> Text {
    let result = &outcome.result;
    let measured = units::count(result.benchmarks.len(), "benchmark", "benchmarks");
    let at = match &result.commit {
        Some(commit) => Text::from(" at ").code(commit.short()),
        None => Text::new(),
    };
    let dirty = if result.dirty { " with uncommitted changes" } else { "" };
    let text = Text::from(measured).and(at).plain(dirty).plain(" measured");
    let text = match outcome.failures.len() {
        0 => text,
        failed => text.plain(format!(", {} could not be", units::count(failed, "benchmark", "benchmarks"))),
    };
    match outcome.not_reached.len() {
        0 => text,
        late => text.plain(format!(", no time was left for {}", units::count(late, "benchmark", "benchmarks"))),
    }
}

/// How much was measured.
fn effort(part: &Part<'_>) -> Option<Text> {
    let rounds: Vec<usize> = part.measured().filter_map(|one| rounds(&one)).collect();
    let (fewest, most) = (rounds.iter().min()?, rounds.iter().max()?);
    let each = if rounds.len() == 1 { "" } else { " each" };
    let rounds = match fewest == most {
        true => format!("{}{each}", units::count(*most, "round", "rounds")),
        false => format!("{fewest} to {most} rounds each"),
    };
    let queries: Option<u64> = part.measured().map(|one| one.result.queries).sum();
    let queries = queries.filter(|queries| *queries > 0);
    let queries = queries.map(|queries| format!(", {} timed queries in all", units::whole(queries)));
    Some(format!("{rounds}{}.", queries.unwrap_or_default()).into())
}

/// The rounds of a benchmark: those of its longest metric.
pub(super) fn rounds(measured: &Measured<'_>) -> Option<usize> {
    measured.result.metrics.iter().map(|metric| metric.rounds.count()).max()
}

/// How much the judged metrics vary from round to round.
fn noise(part: &Part<'_>) -> Option<Text> {
    let judged = part.subjects.iter().flat_map(|subject| {
        let metrics = subject.sides.iter().flat_map(|side| side.result.metrics.iter().filter(|metric| metric.gate));
        metrics.filter_map(|metric| {
            let share = coefficient_of_variation(metric.rounds.as_slice())?;
            Some((subject.name, metric.name.as_str(), share))
        })
    });
    let judged: Vec<(&str, &str, f64)> = judged.filter(|(.., share)| share.is_finite()).collect();
    let least = judged.iter().min_by(|a, b| a.2.total_cmp(&b.2))?;
    let most = judged.iter().max_by(|a, b| a.2.total_cmp(&b.2))?;
    let name =
        |(benchmark, metric, _): &(&str, &str, f64)| phrases::benchmark(benchmark, part).plain(" ").code(*metric);
    let share = |one: &(&str, &str, f64)| units::share(one.2, 2);
    Some(if judged.len() == 1 {
        name(most).plain(format!(" varies by {} from round to round (standard deviation).", share(most)))
    } else if share(least) == share(most) {
        format!("From round to round, each judged metric varies by {} (standard deviation).", share(most)).into()
    } else {
        Text::from(format!(
            "From round to round, judged metrics vary by {} to {} (standard deviation), most of all ",
            share(least),
            share(most)
        ))
        .and(name(most))
        .plain(".")
    })
}

/// Rows with this decision.
pub(super) fn decided(comparison: &Comparison, decision: Decision) -> impl Iterator<Item = &Row> {
    comparison.rows.iter().filter(move |row| row.decision() == Some(decision))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::report::source::Source;
    use crate::words::samples::{judged, latency, sides, usual};

    fn words(comparison: &Comparison) -> String {
        let parts = Part::all(&[Source::of_comparison(comparison)], 20);
        crate::report::tests::words(&section(&parts))
    }

    #[test]
    fn the_summary_follows_the_rows() {
        let red = words(&judged(&usual(), Method::SideBySide));
        for said in [
            "regression: 3 of 32 benchmarks are worse",
            "32 rows of 32 benchmarks: ",
            "digits/server latency_p99, regression: 4.1",
            "the time within which 99 % of the queries are done rose by ",
        ] {
            assert!(red.contains(said), "`{said}` is not in:\n{red}");
        }
        let green = words(&judged(&sides([latency("a", 1.0), latency("b", 0.7)]), Method::SideBySide));
        assert!(green.contains("pass: no regression in 2 benchmarks, 1 improved"), "{green}");
        assert!(green.contains("1 improvement, 1 unchanged (exactly equal)."), "{green}");
        assert!(!green.contains("regression:"), "{green}");
    }

    #[test]
    fn rows_beyond_the_first_few_are_counted() {
        let many = sides((0..9).map(|number| latency(&number.to_string(), 1.5)));
        let said = words(&judged(&many, Method::SideBySide));
        assert!(said.contains("4 more rows in the comparison"), "{said}");
    }

    #[test]
    fn a_run_says_what_was_measured_and_how_much_it_varies() {
        let [result, _] = sides([latency("a", 1.0), latency("b", 1.0)]);
        let mut outcome = RunOutcome::complete(result);
        let words = |outcome: &RunOutcome| {
            let parts = Part::all(&[Source::of_run(outcome)], 20);
            crate::report::tests::words(&section(&parts))
        };
        let said = words(&outcome);
        assert!(said.contains("measured: 2 benchmarks at 88888888 measured"), "{said}");
        assert!(said.contains("10 rounds each, 12,000 timed queries in all."), "{said}");
        assert!(said.contains("each judged metric varies by 1.1 % (standard deviation)"), "{said}");
        outcome.failures.push(crate::result::Failure { benchmark: "c".to_owned(), reason: "it hung\nx".to_owned() });
        let said = words(&outcome);
        assert!(said.contains("failed: 2 benchmarks at 88888888 measured, 1 benchmark could not be"), "{said}");
        assert!(said.contains("c, failed: it hung"), "{said}");
    }
}
