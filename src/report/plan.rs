//! What a check would take and see, and the words for it.

use std::time::Duration;

use super::{Block, Brief, Cell, Column, Report, Table, Text};
use crate::objective::FEWEST_ROUNDS;
use crate::outlook::{Asked, Expected, Outlook, Seen};
use crate::words::units;

/// The whole page.
pub fn of(outlook: &Outlook) -> Report {
    brief(outlook).page("Benchmarks")
}

/// The table, and what its figures mean.
pub fn brief(outlook: &Outlook) -> Brief {
    let columns = vec![
        Column::words("benchmark"),
        Column::words("metric"),
        Column::numbers("rounds"),
        Column::numbers("samples"),
        Column::numbers("time"),
        Column::numbers("sees"),
        Column::numbers("with all the time"),
        Column::words("threshold"),
    ];
    let name = |name: &String| if name.is_empty() { Text::new() } else { Text::new().code(name) };
    let cells = |row: &[String; 8]| {
        let (names, figures) = row.split_at(2);
        names.iter().map(name).map(Cell::from).chain(figures.iter().map(|figure| figure.as_str().into())).collect()
    };
    let caption = "What a check would take and see".to_owned();
    let table = Table { caption, columns, rows: rows(outlook).iter().map(cells).collect() };
    let sentences = sentences(outlook).into_iter().map(|said| Block::Paragraph(Text::prose(&said)));
    Brief::new(heading(outlook), std::iter::once(Block::Table(table)).chain(sentences).collect())
}

/// `perfgate plan`, how many benchmarks, from what.
pub fn heading(outlook: &Outlook) -> Vec<String> {
    let from = match &outlook.recorded {
        Some(commit) => format!("from what was recorded of {}", commit.short()),
        None => "nothing recorded here".to_owned(),
    };
    vec!["perfgate plan".to_owned(), units::count(outlook.benchmarks.len(), "benchmark", "benchmarks"), from]
}

/// The texts of the table: a line for each judged metric, and the benchmark's own figures in the first.
pub fn rows(outlook: &Outlook) -> Vec<[String; 8]> {
    outlook.benchmarks.iter().flat_map(of_benchmark).collect()
}

fn of_benchmark(expected: &Expected) -> Vec<[String; 8]> {
    let own = |metric: [String; 4]| {
        let [name, first, most, threshold] = metric;
        let rounds = match expected.most_rounds {
            Some(most) if most > expected.rounds => format!("{} to {most}", expected.rounds),
            _ => expected.rounds.to_string(),
        };
        let per_round = u64::from(expected.queries) * u64::from(expected.samples_per_query);
        let samples = if expected.scenario == "offline" { u64::from(expected.queries) } else { per_round };
        let time = expected.round.map(|round| units::span(2 * round * expected.rounds)).unwrap_or_default();
        [expected.name.clone(), name, rounds, units::whole(samples), time, first, most, threshold]
    };
    let (first, others) = match expected.metrics.split_first() {
        Some((first, others)) => (own(of_metric(first)), others),
        None => (own([String::new(), String::new(), String::new(), String::new()]), [].as_slice()),
    };
    let more = others.iter().map(|metric| {
        let [name, seen, most, threshold] = of_metric(metric);
        [expected.name.clone(), name, String::new(), String::new(), String::new(), seen, most, threshold]
    });
    std::iter::once(first).chain(more).collect()
}

fn of_metric(seen: &Seen) -> [String; 4] {
    [seen.name.clone(), change(seen.at_first), seen.at_most.map(change).unwrap_or_default(), seen.threshold.to_string()]
}

fn change(share: f64) -> String {
    match share {
        _ if !share.is_finite() => "nothing".to_owned(),
        0.0 => "any".to_owned(),
        share => format!("±{} %", units::number(share * 100.0, 2)),
    }
}

/// What the figures mean.
pub fn sentences(outlook: &Outlook) -> Vec<String> {
    let mut all = Vec::new();
    match outlook.first_look {
        Some(time) => all.push(format!(
            "Nothing was run. A check side by side takes about {} until its first look at every benchmark; {}.",
            units::span(time),
            limit(outlook.budget, time),
        )),
        None => all.push(
            "Nothing was run. How long a round takes, and what it sees, is known once it was recorded on this machine: \
             perfgate record."
                .to_owned(),
        ),
    }
    if outlook.benchmarks.iter().any(|benchmark| !benchmark.metrics.is_empty()) {
        all.push(
            "Sees: the smallest worsening that is found with probability 0.8 at the first look, by the noise that was recorded. \
             Side by side both sides share some of it, so it may be smaller."
                .to_owned(),
        );
    }
    for benchmark in &outlook.benchmarks {
        all.extend(benchmark.objectives.iter().map(|asked| objective(benchmark, asked)));
    }
    all
}

/// What an objective takes, and whether that is what the rounds have.
fn objective(benchmark: &Expected, &Asked { objective, at_best, at_first_look, queries }: &Asked) -> String {
    let (once, first) = match at_first_look {
        Some(more) => (
            " where they are looked at once",
            format!("; side by side the first look takes {}, because others may follow", units::whole(more)),
        ),
        None => ("", String::new()),
    };
    let takes = format!(
        "`{}` slo {objective}: {} queries without one over it prove it{once}, and fewer cannot{first}",
        benchmark.name,
        units::whole(at_best)
    );
    let enough = at_first_look.unwrap_or(at_best);
    let rounds = units::count(benchmark.rounds as usize, "round", "rounds");
    if (benchmark.rounds as usize) < FEWEST_ROUNDS {
        return format!("{takes}; {rounds} alone proves nothing, because it is one start.");
    }
    if queries >= enough {
        return format!("{takes}; {rounds} have {}.", units::whole(queries));
    }
    let each = enough.div_ceil(u64::from(benchmark.rounds.max(1)));
    format!("{takes}; {rounds} have {} at least, and with `queries = {each}` as many as that.", units::whole(queries))
}

fn limit(budget: Option<Duration>, first: Duration) -> String {
    match budget {
        Some(budget) if budget < first => {
            format!("the budget of {} ends it before that", units::span(budget))
        }
        Some(budget) => format!("what is undecided then goes on within the budget of {}", units::span(budget)),
        None => "what is undecided then goes on for five minutes at most".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_number_or_a_word() {
        assert_eq!([0.0123, 0.0, f64::INFINITY].map(change), ["±1.2 %", "any", "nothing"]);
    }

    #[test]
    fn an_objective_says_whether_the_rounds_can_prove_it() {
        let benchmark = |queries: u32| Expected {
            name: "a".to_owned(),
            scenario: "server",
            rounds: 10,
            queries,
            samples_per_query: 1,
            round: None,
            most_rounds: None,
            metrics: Vec::new(),
            objectives: Vec::new(),
        };
        let objective = |queries: u32, at_first_look: Option<u64>| {
            let p999 = crate::result::Objective::new(0.999, 100_000_000).unwrap();
            let asked = Asked { objective: p999, at_best: 2995, at_first_look, queries: u64::from(10 * queries) };
            super::objective(&benchmark(queries), &asked)
        };
        let takes =
            "`a` slo p99.9 < 100 ms: 2,995 queries without one over it prove it, and fewer cannot; 10 rounds have ";
        assert_eq!(objective(300, None), format!("{takes}3,000."));
        assert_eq!(objective(100, None), format!("{takes}1,000 at least, and with `queries = 300` as many as that."));
        let takes = "`a` slo p99.9 < 100 ms: 2,995 queries without one over it prove it where they are looked at once, and \
                     fewer cannot; side by side the first look takes 4,380, because others may follow; 10 rounds have ";
        assert_eq!(
            objective(300, Some(4380)),
            format!("{takes}3,000 at least, and with `queries = 438` as many as that.")
        );
        assert_eq!(objective(438, Some(4380)), format!("{takes}4,380."));
    }

    #[test]
    fn a_budget_that_is_too_small_is_told() {
        let seconds = Duration::from_secs;
        assert!(limit(Some(seconds(5)), seconds(20)).contains("ends it before"));
        assert!(limit(Some(seconds(60)), seconds(20)).contains("within the budget of 60 s"));
    }
}
