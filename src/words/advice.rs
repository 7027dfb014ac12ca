//! What to do next: only what the program really offers.

use super::origin::other_machine;
use crate::gate::{Comparison, Decision, Evidence, Finding, Method, ObjectiveRow, Past, Row, Verdict, covering};
use crate::objective::{self, Answer};
use crate::result::CommitId;

/// Something to do: why, and the command for it.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    /// When or why.
    pub say: String,
    /// The command line, where there is one.
    pub run: Option<String>,
    /// Which rows ask for it.
    pub asked_by: AskedBy,
}

/// The rows that ask for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedBy {
    /// Those that make the verdict what it is.
    Verdict,
    /// Those that could not be measured.
    Failed,
    /// Those that are missing without leave.
    Missing,
}

impl Step {
    fn new(say: impl Into<String>, run: impl Into<String>) -> Self {
        Self { say: say.into(), run: Some(run.into()), asked_by: AskedBy::Verdict }
    }

    fn only(say: impl Into<String>) -> Self {
        Self { say: say.into(), run: None, asked_by: AskedBy::Verdict }
    }

    fn asked_by(self, asked_by: AskedBy) -> Self {
        Self { asked_by, ..self }
    }
}

/// What to do next; empty where all is well.
pub fn next(comparison: &Comparison) -> Vec<Step> {
    match comparison.verdict {
        Verdict::Failed => after_failure(comparison),
        Verdict::Regression => after_regression(comparison),
        Verdict::NoBaseline => without_baseline(comparison),
        Verdict::Inconclusive if only_counts_are_open(&comparison.rows) => vec![Step::only(
            "to decide it, find what keeps the counts from repeating: threads that wait busily, hash seeds, time-outs",
        )],
        Verdict::Inconclusive => more_rounds(comparison),
        Verdict::Pass => Vec::new(),
    }
}

fn after_failure(comparison: &Comparison) -> Vec<Step> {
    let failed = comparison.rows.iter().find(|row| row.finding == Finding::Failed);
    let missing = comparison.rows.iter().any(|row| matches!(row.finding, Finding::Missing { allowed: false, .. }));
    let mut steps = Vec::new();
    if let Some(row) = failed {
        let run = quoted(&row.benchmark).map_or("perfgate run".to_owned(), |name| format!("perfgate run {name}"));
        steps.push(Step::new("when it is repaired, try it alone", run).asked_by(AskedBy::Failed));
    }
    if missing {
        let place = match comparison.method {
            method if method.is_check() => "in the `perfgate.toml` of the base, in a change before this one",
            _ => "in `perfgate.toml`",
        };
        let step = Step::only(format!("if it is meant to be gone, set `allow_missing = true` {place}"));
        steps.push(step.asked_by(AskedBy::Missing));
    }
    steps
}

fn after_regression(comparison: &Comparison) -> Vec<Step> {
    let by_chance = compared_by_test(&comparison.rows);
    match (comparison.method, &comparison.base.commit) {
        (Method::StoredBaseline, Some(base)) if by_chance => vec![
            Step::new(
                "to rule out a slower machine, measure both side by side",
                format!("perfgate check --against {}", base.short()),
            ),
            intended(&comparison.rows),
        ],
        (Method::StoredBaseline | Method::Confirmed | Method::SideBySide, _) => vec![intended(&comparison.rows)],
        (Method::Independent, _) if by_chance => vec![Step::only(
            "before you act on it, measure both again in turns, round by round, and compare those with `--paired`",
        )],
        (Method::Independent | Method::Paired, _) => Vec::new(),
    }
}

/// More commands than this are better one that reads a file.
const MOST_COMMANDS: usize = 4;

/// The commands that accept all regressions: one each, or for many, and for names that are better not typed, from a file.
pub fn accept_commands(comparison: &Comparison) -> Vec<String> {
    let regressions = comparison.rows.iter().filter(|row| row.decision() == Some(Decision::Regression));
    let each: Option<Vec<String>> = regressions.map(accept_row).collect();
    let base = comparison.base.commit.as_ref().filter(|_| comparison.method != Method::StoredBaseline);
    let against = base.map(|base| format!(" --against {}", base.short())).unwrap_or_default();
    match each {
        Some(each) if each.len() <= MOST_COMMANDS => each,
        _ => vec![format!("perfgate check{against} -o check.json"), FROM_FILE.to_owned()],
    }
}

const FROM_FILE: &str = "perfgate accept --from check.json --why \"…\"";

/// What keeps an intended change from failing the check.
fn intended(rows: &[Row]) -> Step {
    let mut regressions = rows.iter().filter(|row| row.decision() == Some(Decision::Regression));
    let only = regressions.next().filter(|_| regressions.next().is_none());
    match only.and_then(accept_row) {
        Some(run) => Step::new("if it is intended, accept it for review", run),
        None => Step::new("if all of it is intended, save it with `-o check.json` and accept it for review", FROM_FILE),
    }
}

fn accept_row(row: &Row) -> Option<String> {
    let (benchmark, metric) = (quoted(&row.benchmark)?, quoted(row.metric.as_deref()?)?);
    let up_to = covering(row)?.to_string().replace(' ', "");
    Some(format!("perfgate accept {benchmark} {metric} --up-to {up_to} --why \"…\""))
}

/// Records that commit, and leaves the work tree there.
fn record_at(commit: &CommitId, flags: &str) -> String {
    format!("git checkout {} && perfgate record{flags}", commit.short())
}

fn compared_by_test(rows: &[Row]) -> bool {
    rows.iter().any(|row| {
        matches!(&row.finding, Finding::Compared(compared)
            if compared.decision == Decision::Regression && compared.evidence != Evidence::Exact)
    })
}

/// Whether more rounds would decide nothing: every open row is a count that does not repeat.
fn only_counts_are_open(rows: &[Row]) -> bool {
    let mut open = rows.iter().filter(|row| row.decision() == Some(Decision::Inconclusive));
    open.all(|row| row.compared().is_some_and(|row| row.evidence == Evidence::Exact))
}

fn without_baseline(comparison: &Comparison) -> Vec<Step> {
    let base = comparison.base.commit.as_ref().filter(|_| comparison.method == Method::StoredBaseline);
    match (base, comparison.method) {
        (Some(commit), _) if other_machine(comparison) => vec![
            Step::new("record the baseline on this machine too", record_at(commit, "")),
            Step::new(
                "or measure both revisions here, without a baseline",
                format!("perfgate check --against {}", commit.short()),
            ),
        ],
        _ if other_machine(comparison) => vec![Step::only("measure both sides on the same machine")],
        (Some(_), _) => {
            vec![Step::new("record a baseline that measures the same things as this run", "perfgate record")]
        }
        (None, Method::StoredBaseline) => vec![
            Step::new(
                "on the commit to compare with, usually the main branch's, record what is normal, for later checks to \
                 compare with",
                "perfgate record",
            ),
            Step::new("or measure both revisions now, without a baseline", "perfgate check --against REV"),
        ],
        (None, Method::SideBySide | Method::Confirmed) => {
            vec![Step::only("what is new is compared from the next change on, once this one is in")]
        }
        (None, Method::Independent | Method::Paired) => {
            vec![Step::only("compare two files that measure the same benchmarks")]
        }
    }
}

/// From this many rounds on the noise is the problem, not the number of rounds.
const TOO_MANY_ROUNDS: u64 = 200;

/// Enough rounds for a first test, where there were too few for any.
const USUAL_ROUNDS: u64 = 10;

/// Where every open row is an objective: only the candidate has to be measured more.
fn more_queries(comparison: &Comparison) -> Option<Vec<Step>> {
    let open = || comparison.rows.iter().filter(|row| row.decision() == Some(Decision::Inconclusive));
    let found: Vec<&ObjectiveRow> = open().filter_map(Row::objective).collect();
    if found.is_empty()
        || found.len() < open().count()
        || comparison.rows.iter().any(|row| row.finding == Finding::NotReached)
    {
        return None;
    }
    if found.iter().any(|found| found.answer == Answer::OneRound) {
        let step =
            format!("to tell whether an objective is met, measure more rounds (`--rounds`): {}", objective::ONE_ROUND);
        return Some(vec![Step::only(step)]);
    }
    // In times the queries that there were.
    let times = found.iter().map(|found| {
        let Answer::NotProven(proof) = found.answer else { return None };
        Some(proof.as_measured? as f64 / found.candidate.queries as f64)
    });
    let most: Option<f64> = times.collect::<Option<Vec<f64>>>().map(|times| times.into_iter().fold(1.0, f64::max));
    let step = match most {
        None => {
            "an objective is not met at the share that was measured, and more queries would hardly prove it".to_owned()
        }
        Some(times) => format!(
            "to prove every objective, measure about {} times as much: more queries a round (`--queries`) or more rounds \
             (`--rounds`)",
            times.ceil() as u64
        ),
    };
    Some(vec![Step::only(step)])
}

fn more_rounds(comparison: &Comparison) -> Vec<Step> {
    if let Some(steps) = more_queries(comparison) {
        return steps;
    }
    let needed = comparison.rows.iter().filter_map(rounds_needed).max();
    let side_by_side = matches!(comparison.method, Method::Confirmed | Method::SideBySide);
    if side_by_side && comparison.rows.iter().any(lacked_time) {
        return vec![Step::only("to decide it, give the check more time: a larger `--budget`")];
    }
    if let Some(base) = comparison.base.commit.as_ref().filter(|_| comparison.rows.iter().any(is_open_between_sessions))
    {
        return vec![Step::new(
            "more rounds of another session do not decide it; both revisions side by side do",
            format!("perfgate check --against {}", base.short()),
        )];
    }
    match (needed, comparison.method, &comparison.base.commit) {
        (Some(rounds), ..) if rounds > TOO_MANY_ROUNDS => {
            vec![Step::only(
                "to decide it, measure with less noise: more queries a round (`--queries`), or a quieter machine",
            )]
        }
        (Some(rounds), Method::StoredBaseline, Some(base)) => vec![
            Step::new("to decide it, measure the baseline again with more rounds", {
                record_at(base, &format!(" --rounds {rounds}"))
            }),
            Step::new("then, back where you are now", format!("perfgate check --rounds {rounds}")),
        ],
        (Some(rounds), Method::Confirmed | Method::SideBySide, Some(base)) => {
            let run = format!("perfgate check --against {} --rounds {rounds}", base.short());
            vec![Step::new("to decide it, give it more time (`--budget`), or a fixed number of rounds", run)]
        }
        (Some(rounds), ..) => vec![Step::only(format!("to decide it, measure both with {rounds} rounds or more"))],
        (None, ..) => vec![Step::only(
            "to decide it, measure both with more rounds (`--rounds`) or more queries a round (`--queries`)",
        )],
    }
}

/// Whether the time was over before anything could be said.
fn lacked_time(row: &Row) -> bool {
    row.finding == Finding::NotReached || row.compared().is_some_and(|row| row.evidence == Evidence::TooFewRounds)
}

/// Whether a row is open because sessions of the machine differ too much.
fn is_open_between_sessions(row: &Row) -> bool {
    matches!(&row.finding, Finding::Compared(compared) if compared.decision == Decision::Inconclusive
        && matches!(&compared.evidence, Evidence::Tested(tested) if matches!(tested.past, Past::Known(_))))
}

/// Rounds a side that would decide an open row, if more than there were.
fn rounds_needed(row: &Row) -> Option<u64> {
    let Finding::Compared(compared) = &row.finding else { return None };
    if compared.decision != Decision::Inconclusive {
        return None;
    }
    let now = compared.rounds.iter().min().map_or(0, |rounds| *rounds as u64);
    match &compared.evidence {
        Evidence::TooFewRounds => Some(USUAL_ROUNDS),
        Evidence::Tested(tested) => tested.rounds_needed.filter(|needed| *needed > now),
        Evidence::Exact => None,
    }
}

/// A name as a word of a shell's command line; `None` if it is better not typed.
pub fn quoted(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_./:=+-".contains(c);
    let short = !name.is_empty() && name.len() <= 60 && !name.starts_with('-');
    match name {
        _ if !short => None,
        _ if name.chars().all(plain) => Some(name.to_owned()),
        _ if name.chars().all(|c| plain(c) || " ,()[]#@%".contains(c)) => Some(format!("'{name}'")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::Failure;
    use crate::words::samples::{judged, latency, sides};

    fn commands(comparison: &Comparison) -> Vec<String> {
        next(comparison).into_iter().map(|step| step.run.unwrap_or(step.say)).collect()
    }

    #[test]
    fn a_name_is_typed_into_a_shell_only_if_it_does_nothing_there() {
        assert_eq!(quoted("digits/server").as_deref(), Some("digits/server"));
        assert_eq!(quoted("my bench (2)").as_deref(), Some("'my bench (2)'"));
        for name in ["a'b", "$(rm -rf .)", "`x`", "-rf", "", "a\nb", "x".repeat(61).as_str()] {
            assert_eq!(quoted(name), None, "{name}");
        }
    }

    #[test]
    fn a_regression_against_a_stored_baseline_is_to_be_measured_again_on_both_sides() {
        let slower = sides([latency("a", 1.3)]);
        let expected = ["perfgate check --against 88888888", "perfgate accept a latency_p50 --up-to 32% --why \"…\""];
        assert_eq!(commands(&judged(&slower, Method::StoredBaseline)), expected);
        assert!(commands(&judged(&slower, Method::Independent))[0].contains("--paired"));
        assert!(commands(&judged(&slower, Method::Paired)).is_empty(), "side by side is as good as it gets");
    }

    #[test]
    fn several_regressions_or_a_name_that_is_no_word_are_accepted_from_a_file() {
        let from_a_file = "perfgate accept --from check.json --why \"…\"";
        let several = sides([latency("a", 1.3), latency("b", 1.3)]);
        assert_eq!(commands(&judged(&several, Method::SideBySide)), [from_a_file]);
        let odd = sides([latency("$(reboot)", 1.3)]);
        assert_eq!(commands(&judged(&odd, Method::SideBySide)), [from_a_file]);
    }

    #[test]
    fn an_open_row_asks_for_as_many_rounds_as_it_takes() {
        let mut few = sides([latency("a", 1.1)]);
        for result in &mut few {
            let metric = &mut result.benchmarks[0].metrics[0];
            metric.rounds = crate::result::RoundValues::new(metric.rounds.as_slice()[..1].to_vec()).unwrap();
        }
        let expected = ["git checkout 88888888 && perfgate record --rounds 10", "perfgate check --rounds 10"];
        assert_eq!(commands(&judged(&few, Method::StoredBaseline)), expected);
        assert!(commands(&judged(&few, Method::Independent))[0].contains("10 rounds"));
    }

    #[test]
    fn an_open_count_asks_for_no_rounds() {
        let mut open = sides([latency("a", 1.0)]);
        for (result, counts) in open.iter_mut().zip([[1000.0, 1050.0], [1020.0, 1020.0]]) {
            let metric = &mut result.benchmarks[0].metrics[0];
            metric.unit = crate::result::Unit::instructions();
            metric.rounds = crate::result::RoundValues::new(counts.to_vec()).unwrap();
        }
        let said = commands(&judged(&open, Method::StoredBaseline));
        assert!(said.len() == 1 && said[0].contains("keeps the counts from repeating"), "{said:?}");
    }

    #[test]
    fn where_all_is_well_nothing_is_to_be_done() {
        assert!(next(&judged(&sides([latency("a", 1.0), latency("b", 0.7)]), Method::StoredBaseline)).is_empty());
    }

    #[test]
    fn what_could_not_be_measured_is_to_be_tried_alone() {
        let [base, candidate] = sides([latency("a", 1.0)]);
        let failures = vec![Failure { benchmark: "my tool".to_owned(), reason: "no".to_owned() }];
        let setting = crate::gate::Setting { failures, ..Default::default() };
        let failed = crate::gate::compare(&base, &candidate, &Default::default(), &setting);
        assert_eq!(commands(&failed), ["perfgate run 'my tool'"]);
    }
}
