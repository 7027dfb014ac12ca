//! Methodology: how these documents were measured and judged, as far as they say so, and where that is explained.

use std::collections::{BTreeMap, BTreeSet};

use super::overview;
use super::percentiles;
use super::power;
use super::source::{Measured, Part};
use super::text::Text;
use super::{Block, Section};
use crate::config::{Threshold, Yardstick};
use crate::gate::{Comparison, Evidence, Past, Row, Test};
use crate::words::{origin, units};

/// What takes the place of the method where no row could be compared.
const NOTHING_COMPARED: &str = "There was nothing to compare with: no row was tested.";

/// The section.
pub(super) fn section(parts: &[Part<'_>]) -> Section {
    let of = |part: &Part<'_>| match part.comparison() {
        Some(comparison) => of_comparison(comparison, part),
        None => of_run(part),
    };
    super::by_part("methodology", "Methodology", parts, of)
}

/// Where a thing is explained.
fn see(text: Text, page: &str) -> Text {
    text.plain(" (").code("docs/methodology.md").plain(format!(": {page})"))
}

fn of_run(part: &Part<'_>) -> Vec<Block> {
    let mut items = scenarios(part);
    items.extend(rounds(part));
    items.extend(percentiles::paragraph(part));
    items.extend(sessions(part));
    items.extend(part.run().and_then(|outcome| {
        let seed = outcome.result.seed?;
        let version = outcome.result.perfgate.as_ref().map(|version| Text::from(", by perfgate ").code(version));
        let seeded = Text::from(format!("The order of rounds and samples comes from the seed {seed}"));
        Some(seeded.and(version.unwrap_or_default()).plain("."))
    }));
    list(items)
}

fn list(items: Vec<Text>) -> Vec<Block> {
    if items.is_empty() { Vec::new() } else { vec![Block::List(items)] }
}

/// How each scenario asks, and how many benchmarks have it.
fn scenarios(part: &Part<'_>) -> Vec<Text> {
    let mut benchmarks: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for subject in &part.subjects {
        for scenario in subject.sides.iter().filter_map(|side| side.result.scenario.as_deref()) {
            benchmarks.entry(scenario).or_default().insert(subject.name);
        }
    }
    let say = |(scenario, names): (&str, BTreeSet<&str>)| {
        let how = match scenario {
            "single-stream" => "the next query is asked when the one before is answered",
            "multi-stream" => "queries of several samples each, one after the other",
            "server" => {
                "queries arrive by a schedule, and their time counts from when they were due; or so many users ask, each the next when the last \
                 is answered and they have thought"
            }
            "offline" => "all samples are asked at once, in batches",
            _ => "as the document calls it",
        };
        let many = units::count(names.len(), "benchmark", "benchmarks");
        let text = Text::new().code(scenario).plain(format!(", {many}: {how}"));
        see(text, "From queries to one value per round").plain(".")
    };
    benchmarks.into_iter().map(say).collect()
}

/// Rounds of each side, queries a round, and queries in all.
fn rounds(part: &Part<'_>) -> Option<Text> {
    let all: Vec<(u64, u64)> = part
        .measured()
        .filter_map(|measured| Some((overview::rounds(&measured)? as u64, measured.result.queries?)))
        .filter(|(rounds, queries)| *rounds > 0 && *queries > 0)
        .collect();
    let (fewest, most) = (all.iter().map(|one| one.0).min()?, all.iter().map(|one| one.0).max()?);
    let rounds = match fewest == most {
        true => units::count(most as usize, "round", "rounds"),
        false => format!("{} to {} rounds", units::whole(fewest), units::whole(most)),
    };
    let side = if part.comparison().is_some() { " a side" } else { "" };
    let total: u64 = all.iter().map(|one| one.1).sum();
    let text = format!(
        "Each round gives a metric one value: {rounds}{side} for each benchmark, of {}, {} in all",
        queries_a_round(&all)?,
        units::whole(total)
    );
    Some(see(text.into(), "From queries to one value per round").plain("."))
}

/// `600 timed queries`; a mean says that it is one.
fn queries_a_round(all: &[(u64, u64)]) -> Option<String> {
    let whole = all.iter().all(|(rounds, queries)| queries % rounds == 0);
    let mean = |(rounds, queries): &(u64, u64)| *queries as f64 / *rounds as f64;
    let words = |mean: f64| if whole { units::whole(mean as u64) } else { format!("{mean:.1}") };
    let least = all.iter().map(mean).min_by(f64::total_cmp).map(words)?;
    let most = all.iter().map(mean).max_by(f64::total_cmp).map(words)?;
    let range = if least == most { most } else { format!("{least} to {most}") };
    Some(if whole { format!("{range} timed queries each") } else { format!("{range} timed queries on average") })
}

/// Results to which later sessions were added.
fn sessions(part: &Part<'_>) -> Option<Text> {
    let of = |measured: Measured<'_>| measured.result.metrics.iter().map(|metric| metric.rounds.sessions().len()).max();
    let most = part.measured().filter_map(of).max().filter(|sessions| *sessions > 1)?;
    let text = Text::from(format!("Rounds were recorded in up to {most} sessions"));
    Some(see(text, "Stored baselines").plain("."))
}

fn of_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Block> {
    let is_compared = comparison.rows.iter().any(|row| row.compared().is_some() || row.objective().is_some());
    let measured = if is_compared { origin::measured(comparison) } else { NOTHING_COMPARED.to_owned() };
    let measured = Text::from(measured);
    let mut items = vec![measured];
    if comparison.candidate.head.is_some() {
        items.push("What was measured is the change as merged into its base.".into());
    }
    items.extend(scenarios(part));
    items.extend(rounds(part));
    items.extend(percentiles::paragraph(part));
    items.extend(tests(comparison));
    items.extend(correction(comparison));
    items.extend(looks(comparison));
    items.extend(thresholds(&comparison.rows));
    items.extend(confirmed(&comparison.rows));
    items.extend(history(comparison));
    list(items)
}

/// What a test is called, for people.
fn test_name(test: Test) -> &'static str {
    match test {
        Test::WelchLog => "Welch's t on logarithms",
        Test::WelchLinear => "Welch's t on the values themselves",
        Test::PairedLog => "paired t on logarithms",
        Test::PairedLinear => "paired t on the values themselves",
        Test::PairedTrimmedLog => "paired trimmed t on logarithms",
        Test::PairedTrimmedLinear => "paired trimmed t on the values themselves",
        Test::SessionLog => "t of the candidate's session by the spread of recorded ones, on logarithms",
        Test::SessionLinear => "t of the candidate's session by the spread of recorded ones",
    }
}

/// What rows were judged by: a test, or none.
fn tests(comparison: &Comparison) -> Option<Text> {
    let mut all: Vec<(&str, usize)> = Vec::new();
    for row in &comparison.rows {
        let name = match (row.objective(), row.compared().map(|compared| &compared.evidence)) {
            (Some(found), _) if found.evidence.is_none() => "not tested, for lack of rounds",
            (Some(_), _) => "binomial share of queries within the bound, with rounds as clusters",
            (None, Some(Evidence::Tested(tested))) => test_name(tested.test),
            (None, Some(Evidence::Exact)) => "exact comparison, because nothing varies or counts repeat",
            (None, Some(Evidence::TooFewRounds)) => "nothing, for lack of rounds",
            (None, None) => continue,
        };
        match all.iter_mut().find(|(known, _)| *known == name) {
            Some((_, rows)) => *rows += 1,
            None => all.push((name, 1)),
        }
    }
    all.sort_by_key(|(_, rows)| std::cmp::Reverse(*rows));
    let words: Vec<String> =
        all.iter().map(|(name, rows)| format!("{} ({})", name, units::count(*rows, "row", "rows"))).collect();
    (!words.is_empty()).then(|| see(format!("Rows were judged by {}", words.join("; ")).into(), "The test").plain("."))
}

fn correction(comparison: &Comparison) -> Option<Text> {
    let objectives = comparison.rows.iter().filter_map(Row::objective).filter(|found| found.evidence.is_some()).count();
    let tests = power::tested(comparison).count() + objectives;
    let alpha = units::share(comparison.alpha.share(), 3);
    (tests > 0).then(|| {
        let text = format!(
            "The error rate over all rows together is {alpha}: p-values are corrected after Holm for {}; intervals have a \
             confidence of {} each",
            units::count(tests, "test", "tests"),
            units::share(1.0 - comparison.alpha.share(), 4)
        );
        see(text.into(), "The test").plain(".")
    })
}

/// How often the gate looked at the growing number of rounds.
fn looks(comparison: &Comparison) -> Option<Text> {
    let most = power::tested(comparison).map(|(_, tested)| tested.look).max().filter(|look| *look > 1)?;
    let first = power::tested(comparison).filter(|(_, tested)| tested.look == 1).count();
    let text = format!(
        "Rows were decided at up to {most} looks at a growing number of rounds, {} at the first; each look had its share of the \
         error rate",
        match first {
            0 => "none".to_owned(),
            rows => units::whole(rows as u64),
        }
    );
    Some(see(text.into(), "Looking again").plain("."))
}

/// Which changes do not matter.
fn thresholds(rows: &[Row]) -> Option<Text> {
    let mut all: Vec<(Yardstick, Threshold, usize)> = Vec::new();
    for (row, compared) in rows.iter().filter_map(|row| Some((row, row.compared()?))) {
        let own = (row.yardstick(), compared.threshold);
        match all.iter_mut().find(|(yardstick, threshold, _)| (*yardstick, *threshold) == own) {
            Some((.., rows)) => *rows += 1,
            None => all.push((own.0, own.1, 1)),
        }
    }
    all.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.share().total_cmp(&b.1.share())));
    let words = match all.as_slice() {
        [] => return None,
        [(yardstick, only, _)] => format!("Changes up to {} do not matter", only.by(*yardstick)),
        several => {
            let each = several.iter().map(|(yardstick, threshold, rows)| {
                format!("{} in {}", threshold.by(*yardstick), units::count(*rows, "row", "rows"))
            });
            format!("Changes do not matter up to {}", each.collect::<Vec<_>>().join(", "))
        }
    };
    Some(see(words.into(), "The threshold").plain("."))
}

fn confirmed(rows: &[Row]) -> Option<Text> {
    let number = rows.iter().filter(|row| row.confirmed).count();
    (number > 0).then(|| {
        let rows = units::count(number, "row was", "rows were");
        let text = format!("{rows} measured again side by side, because the stored baseline alone did not decide them");
        see(text.into(), "Side by side").plain(".")
    })
}

/// By how many recorded sessions rows were judged.
fn history(comparison: &Comparison) -> Option<Text> {
    let known = power::tested(comparison).filter_map(|(_, tested)| match tested.past {
        Past::Known(spread) => Some(spread.values),
        Past::NotAsked | Past::TooShort { .. } => None,
    });
    let sessions: Vec<usize> = known.collect();
    let (fewest, most) = (sessions.iter().min()?, sessions.iter().max()?);
    let range = if fewest == most { most.to_string() } else { format!("{fewest} to {most}") };
    let rows = units::count(sessions.len(), "row was", "rows were");
    let text = format!("{rows} judged by how much {range} recorded sessions differ");
    Some(see(text.into(), "Stored baselines").plain("."))
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
    fn what_is_said_of_the_method_is_that_of_the_document() {
        let paired = words(&judged(&sides([latency("a", 1.3)]), Method::SideBySide));
        assert!(paired.contains("Both revisions were measured now, in alternating rounds"), "{paired}");
        assert!(
            paired.contains(
                "Rows were judged by paired trimmed t on logarithms (1 row) (docs/methodology.md: The test)."
            ),
            "{paired}"
        );
        assert!(paired.contains("corrected after Holm for 1 test;"), "{paired}");
        assert!(paired.contains("Changes up to 10 % do not matter"), "{paired}");
        let stored = words(&judged(&usual(), Method::StoredBaseline));
        assert!(stored.contains("measured in an earlier session"), "{stored}");
        assert!(stored.contains("Welch's t on logarithms (") && stored.contains("exact comparison"), "{stored}");
        assert!(stored.contains("up to 10 % in 31 rows, 1 percentage point in 1 row"), "{stored}");
    }

    #[test]
    fn rounds_are_those_of_a_side_and_a_mean_of_queries_is_called_one() {
        let two = sides([latency("a", 1.0)]);
        let said = words(&judged(&two, Method::SideBySide));
        assert!(
            said.contains("10 rounds a side for each benchmark, of 600 timed queries each, 12,000 in all"),
            "{said}"
        );
        let mut uneven = two;
        uneven[1].benchmarks[0].queries = Some(6_001);
        let said = words(&judged(&uneven, Method::SideBySide));
        assert!(said.contains("of 600.0 to 600.1 timed queries on average, 12,001 in all"), "{said}");
    }

    #[test]
    fn nothing_is_said_of_tests_where_there_were_none() {
        let [base, candidate] = sides([latency("a", 1.0)]);
        let nothing = crate::result::RunResult { benchmarks: Vec::new(), ..base };
        let said = words(&judged(&[nothing, candidate], Method::StoredBaseline));
        assert!(!said.contains("Holm") && !said.contains("judged by"), "{said}");
    }
}
