//! Power: which change the rounds can tell from chance, and how many would tell the threshold.

use super::phrases;
use super::source::Part;
use super::text::Text;
use super::{Block, Cell, Column, Table, Tone};
use crate::config::{GatePolicy, Threshold, Yardstick};
use crate::gate::{Comparison, Evidence, POWER, Past, Row, Tested};
use crate::result::Metric;
use crate::stats;
use crate::words::units;

/// More rounds than this are no advice.
const MOST_ROUNDS: u64 = 10_000;

/// More rows than this are folded.
const MOST_IN_SIGHT: usize = 12;

/// What another result like this one would show of a judged metric.
struct Sight<'a> {
    benchmark: &'a str,
    metric: &'a Metric,
    /// Rounds of its newest session.
    rounds: usize,
    /// The smallest relative change; infinite where there are too few rounds to show any.
    smallest: f64,
    threshold: Threshold,
    /// Rounds a side that would show the threshold.
    needed: Option<u64>,
}

impl Sight<'_> {
    /// Whether its rounds differ: of those that do not, no noise is known that would hide a change.
    fn varies(&self) -> bool {
        self.smallest > 0.0
    }
}

/// Of every judged metric whose noise multiplies. The rules are the usual ones: a run knows no others.
fn sights<'a>(part: &Part<'a>) -> Vec<Sight<'a>> {
    let judged: Vec<(&str, &Metric)> = part
        .subjects
        .iter()
        .flat_map(|subject| subject.sides.iter().map(|side| (subject.name, side.result)))
        .flat_map(|(name, result)| result.metrics.iter().map(move |metric| (name, metric)))
        .filter(|(_, metric)| metric.gate && !metric.unit.is_repeatable_count())
        .filter(|(_, metric)| Yardstick::of(&metric.name) == Yardstick::Relative)
        .filter(|(_, metric)| metric.rounds.as_slice().iter().all(|value| *value > 0.0))
        .collect();
    let policy = GatePolicy::default();
    let alpha = policy.alpha.share() / judged.len().max(1) as f64;
    let sight = |(benchmark, metric): (&'a str, &'a Metric)| {
        let rounds = metric.rounds.sessions().next_back().map_or(0, <[f64]>::len);
        let variance = variance_in_sessions(metric)?;
        let threshold = policy.for_row(benchmark, &metric.name).threshold;
        let error = (2.0 * variance / rounds as f64).sqrt();
        let smallest = match rounds {
            0 | 1 => f64::INFINITY,
            _ => stats::minimum_detectable_difference(error, 2.0 * rounds as f64 - 2.0, alpha, POWER).exp_m1(),
        };
        let wanted = threshold.share().ln_1p();
        let needed = stats::replicates_needed([variance, variance], wanted, alpha, POWER, MOST_ROUNDS);
        Some(Sight { benchmark, metric, rounds, smallest, threshold, needed })
    };
    judged.into_iter().filter_map(sight).collect()
}

/// The variance of a round's logarithm within its session, pooled over the sessions.
fn variance_in_sessions(metric: &Metric) -> Option<f64> {
    let (mut squares, mut degrees_of_freedom) = (0.0, 0.0);
    for session in metric.rounds.sessions().filter(|session| session.len() > 1) {
        let logs: Vec<f64> = session.iter().map(|value| value.ln()).collect();
        let free = (logs.len() - 1) as f64;
        squares += free * stats::variance(&logs)?;
        degrees_of_freedom += free;
    }
    (degrees_of_freedom > 0.0).then(|| squares / degrees_of_freedom)
}

/// A change as a share: `4.2 %`; a multiple where a percentage says nothing any more.
fn change(share: f64) -> String {
    match share {
        _ if !share.is_finite() => "none".to_owned(),
        _ if share < 10.0 => units::share(share, 2),
        _ => format!("×{}", units::number(1.0 + share, 2)),
    }
}

/// A change on the scale of a row's threshold: `4.2 %`, `0.8 pp`.
fn change_by(yardstick: Yardstick, size: f64) -> String {
    match yardstick {
        Yardstick::Relative => change(size),
        Yardstick::Points => format!("{} pp", units::number(size * 100.0, 2)),
    }
}

/// What another run would show, in a sentence; `None` where nothing is judged by chance.
pub(super) fn of_run(part: &Part<'_>) -> Option<Text> {
    let (varying, constant): (Vec<Sight<'_>>, Vec<Sight<'_>>) = sights(part).into_iter().partition(Sight::varies);
    let some = || varying.iter().map(|one| one.smallest).filter(|smallest| smallest.is_finite());
    let (least, most) = (some().min_by(f64::total_cmp), some().max_by(f64::total_cmp));
    let shown = match (least, most) {
        (Some(least), Some(most)) => {
            let [low, high] = [least, most].map(change);
            let range = if low == high { high } else { format!("{low} to {high}, depending on the metric") };
            Some(format!("Held against another run with as many rounds, it would show changes from {range}."))
        }
        _ if !varying.is_empty() => {
            Some("Held against another run with as many rounds, it would show no change of any size.".to_owned())
        }
        _ => None,
    };
    let said: Vec<Text> = [shown, did_not_vary(&constant)].into_iter().flatten().map(Text::from).collect();
    (!said.is_empty()).then(|| Text::sentences(said))
}

/// How many metrics were the same in every round: nothing can be said of the changes that they would show.
fn did_not_vary(constant: &[Sight<'_>]) -> Option<String> {
    let metrics = units::count(constant.len(), "judged metric", "judged metrics");
    (!constant.is_empty()).then(|| format!("{metrics} did not vary from round to round."))
}

/// The judged metrics of a run, those that see least first.
pub(super) fn table_of_run(part: &Part<'_>) -> Vec<Block> {
    let (mut sights, constant): (Vec<Sight<'_>>, Vec<Sight<'_>>) = sights(part).into_iter().partition(Sight::varies);
    sights.sort_by(|a, b| b.smallest.total_cmp(&a.smallest));
    let constant = did_not_vary(&constant).map(Block::paragraph);
    let (seen, all) = (sights.iter().filter(|one| one.smallest <= one.threshold.share()).count(), sights.len());
    if all == 0 {
        return constant.into_iter().collect();
    }
    let said = format!(
        "{} of {} would show a change as large as the usual threshold with a probability of {}, at an error rate of {} over all \
         of them, if another run of the same machine has as many rounds and as much noise.",
        units::whole(seen as u64),
        units::count(all, "judged metric that varied", "judged metrics that varied"),
        units::share(POWER, 2),
        units::share(GatePolicy::default().alpha.share(), 2),
    );
    let row = |one: &Sight<'_>| -> Vec<Cell> {
        let enough = one.smallest <= one.threshold.share();
        vec![
            phrases::benchmark(one.benchmark, part).into(),
            Text::new().code(&one.metric.name).into(),
            one.rounds.to_string().into(),
            toned(change(one.smallest), enough),
            one.threshold.to_string().into(),
            needed(one.needed, one.rounds as u64),
        ]
    };
    let rows = sights.iter().map(row).collect();
    let table = folded(table("What another run would show", rows));
    [Block::paragraph(said), table].into_iter().chain(constant).collect()
}

fn toned(words: String, enough: bool) -> Cell {
    Cell::toned(words, if enough { Tone::Calm } else { Tone::Doubtful })
}

/// Rounds that would show the threshold; nothing to say where there are as many.
fn needed(rounds: Option<u64>, now: u64) -> Cell {
    match rounds {
        Some(rounds) if rounds <= now => "enough".into(),
        Some(rounds) => Cell::toned(units::whole(rounds), Tone::Doubtful),
        None => Cell::toned(format!("more than {}", units::whole(MOST_ROUNDS)), Tone::Doubtful),
    }
}

fn table(caption: &str, rows: Vec<Vec<Cell>>) -> Table {
    let columns = vec![
        Column::words("benchmark"),
        Column::words("metric"),
        Column::numbers("rounds a side"),
        Column::numbers("smallest change it shows"),
        Column::numbers("threshold"),
        Column::numbers("rounds a side for that"),
    ];
    Table { caption: caption.to_owned(), columns, rows }
}

/// A table, closed if it is long.
fn folded(table: Table) -> Block {
    if table.rows.len() <= MOST_IN_SIGHT {
        return Block::Table(table);
    }
    let summary = format!("{}: {}", table.caption, units::count(table.rows.len(), "row", "rows"));
    Block::Fold { summary: summary.into(), blocks: vec![Block::Table(table)] }
}

/// The rows that were tested, with their tests.
pub(super) fn tested(comparison: &Comparison) -> impl Iterator<Item = (&Row, &Tested)> {
    comparison.rows.iter().filter_map(|row| match &row.compared()?.evidence {
        Evidence::Tested(tested) => Some((row, tested)),
        Evidence::Exact | Evidence::TooFewRounds => None,
    })
}

/// Whether a row could have seen a change as large as its threshold.
fn is_enough(row: &Row, tested: &Tested) -> bool {
    let threshold = row.compared().map_or(0.0, |compared| compared.threshold.share());
    tested.minimum_detectable_change.is_some_and(|smallest| smallest <= threshold)
}

/// The smallest change that a row shows, in multiples of its threshold: so shares and points can be held against each other.
fn by_threshold((row, tested): &(&Row, &Tested)) -> f64 {
    let threshold = row.compared().map_or(0.0, |compared| compared.threshold.share());
    tested.minimum_detectable_change.map_or(f64::INFINITY, |smallest| smallest / threshold.max(f64::MIN_POSITIVE))
}

/// The rows of a comparison, those that see least first.
pub(super) fn table_of_comparison(comparison: &Comparison, part: &Part<'_>) -> Vec<Block> {
    let mut all: Vec<(&Row, &Tested)> = tested(comparison).collect();
    if all.is_empty() {
        return Vec::new();
    }
    all.sort_by(|a, b| by_threshold(b).total_cmp(&by_threshold(a)));
    let enough = all.iter().filter(|(row, tested)| is_enough(row, tested)).count();
    let mut said = Text::from(format!(
        "{} of {} would have shown a worsening as large as {} with a probability of {}.",
        units::whole(enough as u64),
        units::count(all.len(), "tested row", "tested rows"),
        if all.len() == 1 { "its threshold" } else { "their thresholds" },
        units::share(POWER, 2),
    ));
    if let Some((row, tested)) = all.first().filter(|(row, tested)| !is_enough(row, tested)) {
        said = said.plain(" Least, by its threshold, is seen in ").and(phrases::name(row, part));
        said = match tested.minimum_detectable_change {
            Some(smallest) => said.plain(format!(": {} and more.", change_by(row.yardstick(), smallest))),
            None => said.plain(", where no relative change can be told."),
        };
    }
    let line = |(row, tested): &(&Row, &Tested)| -> Vec<Cell> {
        let compared = row.compared();
        let rounds = compared.map_or([0, 0], |compared| compared.rounds);
        let enough = is_enough(row, tested);
        let shown = tested.minimum_detectable_change;
        let shown = shown.map_or_else(|| "none".to_owned(), |smallest| change_by(row.yardstick(), smallest));
        let wanted = match tested.past {
            Past::Known(_) => "no number: sessions differ".into(),
            Past::NotAsked | Past::TooShort { .. } => {
                needed(tested.rounds_needed, rounds.into_iter().min().unwrap_or(0) as u64)
            }
        };
        let [base, candidate] = rounds;
        let rounds = if base == candidate { base.to_string() } else { format!("{base} and {candidate}") };
        vec![
            phrases::benchmark(&row.benchmark, part).into(),
            row.metric.iter().fold(Text::new(), Text::code).into(),
            rounds.into(),
            toned(shown, enough),
            compared.map(|compared| compared.threshold.short_by(row.yardstick())).unwrap_or_default().into(),
            wanted,
        ]
    };
    let rows = all.iter().map(line).collect();
    vec![Block::Paragraph(said), folded(table("What the rows can see", rows))]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Method;
    use crate::report::source::Source;
    use crate::report::tests::block_words;
    use crate::result::RunOutcome;
    use crate::words::samples::{around, benchmark, judged, metric, result, sides, within};

    fn outcome(share: f64, rounds: usize) -> RunOutcome {
        let metrics = vec![metric("latency_p50", "ns", within(share, 4.12e6, rounds))];
        RunOutcome::complete(result("3", vec![benchmark("a", metrics)]))
    }

    fn said(outcome: &RunOutcome) -> String {
        of_run(&Part::all(&[Source::of_run(outcome)], 20)[0]).unwrap().words()
    }

    #[test]
    fn what_a_run_would_show_follows_its_noise_and_its_rounds() {
        let change = |share, rounds| {
            let outcome = outcome(share, rounds);
            let part = &Part::all(&[Source::of_run(&outcome)], 20)[0];
            sights(part)[0].smallest
        };
        assert!(change(0.01, 10) < change(0.02, 10) && change(0.02, 20) < change(0.02, 10));
        assert!(said(&outcome(0.02, 10)).contains("it would show changes from 1."), "{}", said(&outcome(0.02, 10)));
        assert_ne!(said(&outcome(0.02, 10)), said(&outcome(0.03, 10)));
    }

    #[test]
    fn rounds_that_are_enough_are_said_to_be() {
        let last = |outcome: &RunOutcome| {
            let blocks = table_of_run(&Part::all(&[Source::of_run(outcome)], 20)[0]);
            blocks.iter().map(block_words).collect::<String>()
        };
        assert!(last(&outcome(0.02, 10)).contains("enough"));
        let noisy = last(&outcome(0.5, 10));
        assert!(
            noisy.starts_with("0 of 1 judged metric that varied would show") && !noisy.contains("enough"),
            "{noisy}"
        );
    }

    #[test]
    fn what_did_not_vary_shows_nothing_of_what_could_be_seen() {
        let mut one = outcome(0.02, 10);
        one.result.benchmarks[0].metrics.push(metric("size", "B", vec![7.0; 10]));
        assert!(said(&one).ends_with("1 judged metric did not vary from round to round."), "{}", said(&one));
        assert!(!said(&one).contains("from 0 %"), "{}", said(&one));
        one.result.benchmarks[0].metrics.remove(0);
        assert_eq!(said(&one), "1 judged metric did not vary from round to round.");
    }

    #[test]
    fn a_comparison_says_which_row_sees_least() {
        let pair = |name: &str, share: f64| {
            [0, 1].map(|_| benchmark(name, vec![metric("latency_p50", "ns", within(share, 1e6, 10))]))
        };
        let mut two = sides([pair("calm", 0.01), pair("noisy", 0.5)]);
        two[1].benchmarks[1].metrics[0].rounds = crate::result::RoundValues::new(around(1.3e6, 10)).unwrap();
        let comparison = judged(&two, Method::Independent);
        let part = &Part::all(&[Source::of_comparison(&comparison)], 20)[0];
        let said = block_words(&table_of_comparison(&comparison, part)[0]);
        assert!(said.starts_with("1 of 2 tested rows would have shown"), "{said}");
        assert!(said.contains("Least, by its threshold, is seen in noisy latency_p50: "), "{said}");
    }
}
