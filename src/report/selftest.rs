//! What a selftest found, and the words for it: how often the gate errs, what it sees, and what to set.

use std::time::Duration;

use super::{Block, Brief, Cell, Column, Report, Section, Table, Text, Tone};
use crate::result::Failure;
use crate::selftest::{Counts, Need, Selftest, Tested, Verdict, timeless};
use crate::words::{command, machine, units};

/// So many benchmarks are listed though nothing is to be seen in them.
const MOST_LISTED: usize = 6;

/// Benchmarks that a sentence names.
const MOST_NAMED: usize = 3;

/// The whole page.
pub fn of(selftest: &Selftest) -> Report {
    let tone = match selftest.verdict {
        Verdict::Holds => Tone::Good,
        Verdict::FalseAlarms | Verdict::Misses | Verdict::Failed => Tone::Bad,
    };
    let word = headline(selftest.verdict).to_owned();
    let verdict = Block::Verdict { word, tone, text: verdict(selftest).into() };
    let summary = std::iter::once(verdict).chain(conclusions(selftest)).collect();
    let Brief { title, subject, blocks } = Brief::new(heading(selftest), checks(selftest, true));
    let sections = [Section::new("summary", "Summary", summary), Section::new("checks", "Checks", blocks)];
    Report { title, subject, sections: sections.into_iter().filter(|section| !section.is_empty()).collect() }
}

/// The verdict as heading, the checks, and what follows.
pub fn brief(selftest: &Selftest) -> Brief {
    let verdict = Block::paragraph(verdict(selftest));
    let blocks = checks(selftest, false).into_iter().chain([verdict]).chain(conclusions(selftest));
    let brief = Brief::new(heading(selftest), blocks.collect());
    Brief { title: format!("{}: {}", brief.title, headline(selftest.verdict)), ..brief }
}

fn headline(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "the gate keeps its word here",
        Verdict::FalseAlarms => "the gate raises false alarms here",
        Verdict::Misses => "the gate overlooks slowdowns here",
        Verdict::Failed => "a benchmark could not be measured",
    }
}

/// What was tried, line by line.
fn checks(selftest: &Selftest, in_full: bool) -> Vec<Block> {
    let (lines, left_out) = rows(selftest, in_full);
    let numbers = ["checks", "red", "95 % interval", "unchanged", "undecided", "rounds", "time"].map(Column::numbers);
    let columns = [Column::words("benchmark"), Column::words("code")].into_iter().chain(numbers);
    let mut above = "";
    let mut table_rows: Vec<Vec<Cell>> = Vec::new();
    for row in &lines {
        // In a page each row is about something by itself; in brief the name stands only where it is new.
        let name = if row.benchmark.is_empty() && in_full { above } else { &row.benchmark };
        above = name;
        let name = if name.is_empty() { Text::new() } else { Text::new().code(name) };
        let numbers = row.numbers.iter().map(|number| Cell::from(number.as_str()));
        let word = Cell::toned(row.word.as_str(), row.tone);
        table_rows.push([name.into(), row.code.as_str().into()].into_iter().chain(numbers).chain([word]).collect());
    }
    let table = Table {
        caption: "Checks of identical and of slowed code".to_owned(),
        columns: columns.chain([Column::words("verdict")]).collect(),
        rows: table_rows,
    };
    let mut blocks = if lines.is_empty() { Vec::new() } else { vec![Block::Table(table)] };
    if left_out > 0 {
        blocks.push(Block::paragraph(calm(left_out)));
    }
    blocks
}

/// What could not be measured, what follows, what to try, and where it holds.
fn conclusions(selftest: &Selftest) -> Vec<Block> {
    let mut blocks: Vec<Block> = selftest.failures.iter().flat_map(failure).collect();
    // A backtick in a name would end the name's quotation.
    let more = sentences(selftest, &|name| format!("`{}`", name.replace('`', "'")));
    if !more.is_empty() {
        blocks.push(Block::List(more.iter().map(|sentence| Text::prose(sentence)).collect()));
    }
    blocks.extend(next(selftest).map(|command| Block::Paragraph(Text::new().plain("Try it: ").code(command))));
    blocks.extend(selftest.environment.as_ref().map(|known| {
        let facts = machine::facts(known).join(", ");
        let fingerprint = known.fingerprint.to_string();
        Block::Paragraph(Text::new().plain(format!("Machine: {facts} (")).code(fingerprint).plain(")"))
    }));
    blocks
}

/// What could not be measured, the reason, and what its process said last.
pub(super) fn failure(failure: &Failure) -> Vec<Block> {
    let (reason, said) = failure.reason.split_once('\n').unwrap_or((&failure.reason, ""));
    let reason = Text::new().code(&failure.benchmark).plain(": ").and(Text::prose(reason));
    let said = (!said.is_empty()).then(|| Block::Code(said.to_owned()));
    std::iter::once(Block::Paragraph(reason)).chain(said).collect()
}

/// `perfgate selftest`, what was checked, how often, how long.
pub fn heading(selftest: &Selftest) -> Vec<String> {
    let slowed = selftest.benchmarks.iter().map(|own| own.slowed.iter().map(|(_, counts)| counts.checks).sum::<u64>());
    let slowed = slowed.max().unwrap_or(0);
    let mut checks =
        format!("{} of identical code", units::count(selftest.identical.checks as usize, "check", "checks"));
    if slowed > 0 {
        checks.push_str(&format!(", {slowed} of slowed"));
    }
    vec![
        "perfgate selftest".to_owned(),
        units::count(selftest.benchmarks.len(), "benchmark", "benchmarks"),
        checks,
        format!("{} of {}", units::span(selftest.took), units::span(selftest.budget)),
    ]
}

/// One line of the table, in words.
pub struct Row {
    /// The benchmark; empty where it is the one above.
    pub benchmark: String,
    /// `identical`, or by how much it was slowed.
    pub code: String,
    /// Checks, red ones with their interval, unchanged, undecided, rounds, time.
    pub numbers: [String; 7],
    /// What that means.
    pub word: String,
    /// Repeats the word.
    pub tone: Tone,
}

impl Row {
    fn of(benchmark: &str, code: &str, counts: &Counts, (word, tone): (String, Tone)) -> Self {
        let interval = counts.red_interval().map(|[low, high]| {
            let percent = |share: f64| units::number(share * 100.0, if share < 0.1 { 2 } else { 3 });
            format!("{} to {} %", percent(low), percent(high))
        });
        let numbers = [
            counts.checks.to_string(),
            counts.red.to_string(),
            interval.unwrap_or_default(),
            counts.unchanged.to_string(),
            counts.undecided.to_string(),
            format!("{:.0}", counts.rounds),
            units::span(counts.time),
        ];
        Self { benchmark: benchmark.to_owned(), code: code.to_owned(), numbers, word, tone }
    }
}

/// Benchmarks that have no line of their own; empty for none.
pub fn calm(left_out: usize) -> String {
    match left_out {
        0 => String::new(),
        _ => format!("{left_out} more: no alarm, nothing undecided, every slowdown found"),
    }
}

fn is_calm(benchmark: &Tested) -> bool {
    let Counts { red, undecided, .. } = benchmark.identical;
    red == 0 && undecided == 0 && benchmark.slowed.iter().all(|(_, counts)| counts.red == counts.checks)
}

/// The lines of the table: the whole check where there are several benchmarks, then each with what was injected. Where there are
/// many, only those in which something is to be seen; the others are counted.
pub fn rows(selftest: &Selftest, verbose: bool) -> (Vec<Row>, usize) {
    let bad = selftest.verdict == Verdict::FalseAlarms;
    let alarms = |counts: &Counts| match counts.red {
        0 => ("no alarm".to_owned(), Tone::Calm),
        red => {
            (units::count(red as usize, "false alarm", "false alarms"), if bad { Tone::Bad } else { Tone::Doubtful })
        }
    };
    let all = &selftest.identical;
    let mut lines = Vec::new();
    if selftest.benchmarks.len() > 1 && all.checks > 0 {
        lines.push(Row::of("all together", "identical", all, alarms(all)));
    }
    let in_full = verbose || selftest.benchmarks.len() <= MOST_LISTED;
    let mut left_out = 0;
    for benchmark in selftest.benchmarks.iter().filter(|benchmark| benchmark.identical.checks > 0) {
        if !in_full && is_calm(benchmark) {
            left_out += 1;
            continue;
        }
        let own = &benchmark.identical;
        lines.push(Row::of(&benchmark.name, "identical", own, alarms(own)));
        for (injection, counts) in &benchmark.slowed {
            let slower = format!("{} slower", units::share(injection.share, 3));
            lines.push(Row::of("", &slower, counts, found(counts, selftest.verdict == Verdict::Misses)));
        }
    }
    (lines, left_out)
}

fn found(counts: &Counts, bad: bool) -> (String, Tone) {
    match counts.red {
        red if red == counts.checks => ("found".to_owned(), Tone::Calm),
        0 if counts.unchanged > 0 => ("missed".to_owned(), if bad { Tone::Bad } else { Tone::Doubtful }),
        0 => ("not found".to_owned(), Tone::Doubtful),
        _ => ("found at times".to_owned(), if bad && counts.unchanged > 0 { Tone::Bad } else { Tone::Doubtful }),
    }
}

/// What the selftest says as a whole.
pub fn verdict(selftest: &Selftest) -> String {
    let Counts { checks, red, .. } = selftest.identical;
    let odds = units::odds(selftest.alpha.share());
    let checks = units::count(checks as usize, "check", "checks");
    match selftest.verdict {
        Verdict::Failed => {
            let number = units::count(selftest.failures.len(), "benchmark", "benchmarks");
            format!("{number} could not be measured. The gate could not be tested to the end.")
        }
        Verdict::FalseAlarms => format!(
            "This gate raises false alarms here. {red} of {checks} of identical code turned red, and it promises at most {odds}: \
             that is more than chance. Do not let it block changes on this machine."
        ),
        Verdict::Misses => format!(
            "This gate overlooks slowdowns here. It called truly slowed code unchanged more often than {odds}: that is more than \
             chance. Do not rely on its green on this machine."
        ),
        Verdict::Holds if red == 0 => {
            format!("No false alarm in {checks} of identical code. The gate promises at most {odds}.")
        }
        Verdict::Holds => format!(
            "{} in {checks} of identical code. That is within chance of the promised {odds}.",
            units::count(red as usize, "false alarm", "false alarms")
        ),
    }
}

/// What follows: how sure it is, what the gate sees, and what to set.
pub fn sentences(selftest: &Selftest, name: &dyn Fn(&str) -> String) -> Vec<String> {
    let mut sentences = Vec::new();
    sentences.extend(proof(selftest));
    sentences.extend(smallest_seen(selftest, name));
    sentences.extend(configured(selftest));
    sentences.extend(smallest_threshold(selftest));
    let timeless: Vec<String> = timeless(selftest).into_iter().take(MOST_NAMED).map(name).collect();
    if !timeless.is_empty() && selftest.identical.checks > 0 {
        sentences
            .push(format!("No judged metric of {} follows time, so no slowdown was tried there.", timeless.join(", ")));
    }
    if selftest.cut_short > 0 {
        let checks = units::count(selftest.cut_short, "check was", "checks were");
        sentences.push(format!(
            "{checks} cut short by the end of the budget; where others ended by themselves, only those count."
        ));
    }
    sentences
}

/// How many checks without an alarm would prove the promise, where these do not.
fn proof(selftest: &Selftest) -> Option<String> {
    let [_, high] = selftest.identical.red_interval()?;
    let alpha = selftest.alpha.share();
    if selftest.verdict != Verdict::Holds || high <= alpha {
        return None;
    }
    let checks = (0.025_f64.ln() / (-alpha).ln_1p()).ceil().max(1.0);
    // Half of the time goes to slowed code.
    let time = selftest.identical.time.mul_f64((2.0 * checks).min(1e6));
    Some(format!(
        "The true rate may be up to {}. To prove at most {} takes {checks} checks without an alarm: about `--budget {}`.",
        units::share(high, 2),
        units::share(alpha, 2),
        budget(time)
    ))
}

fn smallest_seen(selftest: &Selftest, name: &dyn Fn(&str) -> String) -> Option<String> {
    let mut seen: Vec<(f64, &str)> =
        selftest.benchmarks.iter().filter_map(|own| own.sees.map(|[_, surely]| (surely, own.name.as_str()))).collect();
    seen.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    let sized = |size: f64| if size < 10.0 { units::share(size, 2) } else { units::change(size) };
    let one = |(size, own): &(f64, &str)| {
        if seen.len() == 1 { sized(*size) } else { format!("{} ({})", sized(*size), name(own)) }
    };
    let named: Vec<String> = seen.iter().take(MOST_NAMED).map(one).collect();
    let more = seen.len().saturating_sub(named.len());
    let more = if more > 0 { format!(", less for {more} more") } else { String::new() };
    (!named.is_empty()).then(|| {
        format!(
            "By the noise seen, a slowdown turns red in 19 of 20 checks from this size on: {}{more}.",
            named.join(", ")
        )
    })
}

fn takes(need: &Need) -> String {
    format!("about {}, {} a check", units::count(need.rounds as usize, "round", "rounds"), units::span(need.time))
}

fn configured(selftest: &Selftest) -> Option<String> {
    if selftest.benchmarks.iter().all(|own| own.sees.is_none()) {
        return None;
    }
    let may = units::span(selftest.means.time);
    Some(match &selftest.configured {
        Some(need) if need.within_means => format!("Decided answers at the threshold as it is: {}.", takes(need)),
        Some(need) if need.time > selftest.means.time => format!(
            "Decided answers at the threshold as it is: {}; but a check ends after {may}. `budget = \"{}\"` in [gate] would \
             let it go on.",
            takes(need),
            budget(need.time.mul_f64(1.25))
        ),
        Some(need) => format!(
            "Decided answers at the threshold as it is: {}; but a check ends with fewer. More `rounds`, or a `budget` in \
             [gate], would let it go on.",
            takes(need)
        ),
        None => {
            "Decided answers at the threshold as it is: not with the rounds that there are; the noise is too large."
                .to_owned()
        }
    })
}

fn smallest_threshold(selftest: &Selftest) -> Option<String> {
    if selftest.benchmarks.iter().all(|own| own.sees.is_none()) {
        return None;
    }
    Some(match &selftest.smallest {
        Some((threshold, need)) => {
            format!("The smallest threshold with decided answers: {threshold} ({}).", takes(need))
        }
        None => "No threshold gives decided answers with these means: more rounds, more queries a round or a calmer machine \
                 would."
            .to_owned(),
    })
}

/// The command that tries what is recommended, if that is something else than what was tried.
pub fn next(selftest: &Selftest) -> Option<String> {
    let (threshold, _) = selftest.smallest?;
    let tried = selftest.benchmarks.iter().filter_map(|own| own.threshold);
    let is_new = tried.clone().any(|own| own != threshold);
    (selftest.verdict == Verdict::Holds && is_new)
        .then(|| command::again(&selftest.asked, "--threshold", &threshold.to_string().replace(' ', "")))
        .flatten()
}

/// A duration as `--budget` reads it, rounded up.
fn budget(time: Duration) -> String {
    let seconds = time.as_secs_f64().ceil().max(1.0);
    if seconds <= 90.0 {
        format!("{seconds}s")
    } else if seconds <= 5400.0 {
        format!("{}m", (seconds / 60.0).ceil())
    } else {
        format!("{}h", (seconds / 3600.0).ceil())
    }
}
