//! The words of a profile: heading and sentences, the same in every format. Names stand between backticks. Not here: its table
//! (`rows`).

use crate::profile::{Basis, Bottleneck, Gain, Growth, InTail, Outside, Profile, Share, gain};
use crate::report::Tone;
use crate::result::Unit;
use crate::words::units;

/// `perfgate profile`, of what, in which scenario, how much.
pub fn heading(profile: &Profile) -> Vec<String> {
    let benchmark = &profile.benchmark;
    let scenario = benchmark.scenario.clone();
    ["perfgate profile".to_owned(), benchmark.name.clone()]
        .into_iter()
        .chain(scenario)
        .chain([
            units::count(rounds(profile), "round", "rounds"),
            format!("{} queries", units::whole(profile.total.count)),
        ])
        .collect()
}

/// Whether anything passes outside: stages that make the whole by definition leave nothing.
pub fn is_any(outside: &Outside) -> bool {
    outside.times.as_ref().is_none_or(|times| times.max > 0)
}

/// `83.1 %`.
pub fn percent(share: f64) -> String {
    if share.abs() < 0.0005 { "0 %".to_owned() } else { format!("{} %", decimal(share)) }
}

/// `[81.0, 85.2]`, in percent.
pub fn interval(ends: [f64; 2]) -> String {
    let [low, high] = ends.map(decimal);
    format!("[{low}, {high}]")
}

fn decimal(share: f64) -> String {
    let percent = (share * 1000.0).round() / 10.0;
    if percent < 0.0 { format!("−{:.1}", -percent) } else { format!("{percent:.1}") }
}

fn with_interval(share: Share) -> String {
    let ends = share.interval.map(|ends| format!(" {}", interval(ends))).unwrap_or_default();
    format!("{}{ends}", percent(share.mean))
}

pub(super) fn times_as_fast(gain: &Gain) -> String {
    if gain.times >= 1000.0 {
        format!("{}×", units::whole(gain.times.round() as u64))
    } else {
        format!("{:.2}×", gain.times)
    }
}

pub(super) fn time(nanos: f64) -> String {
    units::values(&Unit::nanoseconds(), &[nanos], false).texts().next().unwrap_or_default()
}

fn quoted(name: &str) -> String {
    // A backtick in a name would end its quotation.
    format!("`{}`", name.replace('`', "'"))
}

/// The answer in a word.
pub fn word(profile: &Profile) -> (&'static str, Tone) {
    match profile.bottleneck {
        Bottleneck::Stage { .. } => ("bottleneck found", Tone::Good),
        Bottleneck::Outside { .. } => ("outside of the stages", Tone::Doubtful),
        Bottleneck::Open { .. } | Bottleneck::OneRound => ("bottleneck open", Tone::Doubtful),
        Bottleneck::NoStages => ("no stages", Tone::Calm),
    }
}

/// Which stage is the bottleneck, or why that is not known.
pub fn answer(profile: &Profile) -> String {
    let share = |name: &str| {
        let stage = profile.stages.iter().find(|stage| stage.name == name);
        stage.map(|stage| with_interval(stage.share)).unwrap_or_default()
    };
    let all = match profile.basis {
        Basis::Latency => "of the time",
        Basis::Span => "of the time from a round's beginning to its last answer",
    };
    let points = |share: Share| {
        let ends = share.interval.map(|ends| format!(" {}", interval(ends))).unwrap_or_default();
        format!("{} points{ends}", decimal(share.mean))
    };
    match &profile.bottleneck {
        Bottleneck::Stage { name, lead: None } => {
            format!("{} is the only stage that is reported. It takes {} {all}.", quoted(name), share(name))
        }
        Bottleneck::Stage { name, lead: Some(lead) } => format!(
            "{} is the bottleneck. It takes {} {all}; of what the stages take, {} more than {}.",
            quoted(name),
            share(name),
            points(lead.by),
            quoted(&lead.over)
        ),
        Bottleneck::Outside { name, lead } => {
            let outside = profile.outside.as_ref().map(|outside| with_interval(outside.share)).unwrap_or_default();
            let of_stages = match lead {
                None => format!("{} is the only stage that is reported. It takes {} {all}.", quoted(name), share(name)),
                Some(lead) => format!(
                    "Of the stages {} takes most, {} {all}; of what the stages take, {} more than {}.",
                    quoted(name),
                    share(name),
                    points(lead.by),
                    quoted(&lead.over)
                ),
            };
            let what = where_outside(profile.basis);
            format!("No stage is the bottleneck: {outside} {all} passes outside of all stages, {what}. {of_stages}")
        }
        Bottleneck::Open { name, lead } if is_none(lead.by) => format!(
            "No stage is the bottleneck. {} takes {} {all}, and {} just as much in every round.",
            quoted(name),
            share(name),
            quoted(&lead.over)
        ),
        Bottleneck::Open { name, lead } => format!(
            "Which stage is the bottleneck cannot be told. {} takes most, {} {all}, but of what the stages take that is {} more \
             than {}, which may be chance; more rounds (`--rounds`) would tell.",
            quoted(name),
            share(name),
            points(lead.by),
            quoted(&lead.over)
        ),
        Bottleneck::OneRound => {
            let first = profile.stages.first().map(|stage| stage.name.as_str()).unwrap_or_default();
            format!(
                "Which stage is the bottleneck cannot be told from one round. {} takes most, {} {all}; how much of that is \
                 chance, more rounds (`--rounds`) would tell.",
                quoted(first),
                share(first)
            )
        }
        Bottleneck::NoStages => "No stages are reported. So there is only the whole.".to_owned(),
    }
}

/// Whether two stages are the same in every round, so that no number of rounds tells them apart.
fn is_none(difference: Share) -> bool {
    difference.interval == Some([0.0, 0.0])
}

/// What else there is to say about where the time goes.
pub fn sentences(profile: &Profile) -> Vec<String> {
    if profile.stages.is_empty() {
        return vec![
            "A worker reports stages in its answers, in nanoseconds: `{\"id\":7,\"stages\":{\"preprocess\":120000}}`; an HTTP \
             service in a header, in milliseconds: `Server-Timing: preprocess;dur=0.12`. A command, of which each query is a \
             process, cannot."
                .to_owned(),
        ];
    }
    let parts = [outside(profile), tail(profile), at_most(profile)];
    let more = consistency(profile);
    parts.into_iter().flatten().chain(more).chain([MEMORY.to_owned()]).collect()
}

/// Why there is no memory beside the stages.
const MEMORY: &str = "How much memory each stage takes is not known: the system counts memory by process, and the stages share \
                      theirs.";

fn where_outside(basis: Basis) -> &'static str {
    match basis {
        Basis::Latency => "on the way, in a queue, in what no stage covers",
        Basis::Span => "between the stages, in what none of them covers",
    }
}

fn outside(profile: &Profile) -> Option<String> {
    let outside = profile.outside.as_ref()?;
    let most = profile.stages.first()?;
    let is_said = matches!(profile.bottleneck, Bottleneck::Outside { .. });
    let is_more = !is_said && outside.share.interval.map_or(outside.share.mean, |[low, _]| low) > most.share.mean;
    let what = where_outside(profile.basis);
    is_more.then(|| {
        format!("More time passes outside of the stages than in any of them: {}, {what}.", with_interval(outside.share))
    })
}

fn tail(profile: &Profile) -> Option<String> {
    let tail = profile.tail.as_ref()?;
    let who = format!(
        "The slowest {} of each round ({}) take {} on average",
        percent_of(tail.slowest),
        units::count(usize::try_from(tail.queries).unwrap_or(usize::MAX), "query", "queries"),
        time(tail.mean)
    );
    let longer = format!("{who}, {} more than the mean of all", time(tail.excess));
    let part = |of: Option<InTail>| of.and_then(|part| part.of_excess).map(with_interval).unwrap_or_default();
    Some(match &tail.growth {
        Growth::Stage(name) => {
            let of = profile.stages.iter().find(|stage| stage.name == *name).and_then(|stage| stage.in_tail);
            format!("{longer}; {} of that is in {}.", part(of), quoted(name))
        }
        Growth::Outside => {
            let of = profile.outside.as_ref().and_then(|outside| outside.in_tail);
            let part = part(of);
            let part = if part.is_empty() { "most".to_owned() } else { part };
            format!("{longer}; {part} of that passes outside of the stages.")
        }
        Growth::Open => {
            let rounds = units::count(rounds(profile), "round", "rounds");
            let seen = most_of_excess(profile).map(|seen| format!(" {seen}, but")).unwrap_or_default();
            format!("{longer};{seen} which part makes them so slow, {rounds} cannot tell: more (`--rounds`) may.")
        }
        Growth::None => format!("{who}, hardly more than the mean of all: there is no tail to explain."),
    })
}

/// The part that grows most as measured, whether that is chance or not: ``89.4 % of that is in `infer` as measured``.
fn most_of_excess(profile: &Profile) -> Option<String> {
    let stages = profile.stages.iter().map(|stage| (format!("in {}", quoted(&stage.name)), stage.in_tail));
    let outside = profile.outside.iter().map(|outside| ("outside of the stages".to_owned(), outside.in_tail));
    let parts = stages.chain(outside).filter_map(|(place, tail)| Some((place, tail?.of_excess?.mean)));
    let (place, share) = parts.max_by(|(_, a), (_, b)| a.total_cmp(b))?;
    Some(format!("{} of that was {place}", percent(share)))
}

/// How many rounds the profile rests on.
fn rounds(profile: &Profile) -> usize {
    profile.benchmark.metric("latency_mean").map_or(0, |metric| metric.rounds.count())
}

fn percent_of(share: f64) -> String {
    units::share(share, 2)
}

/// Amdahl's law for the stage with the greatest share.
fn at_most(profile: &Profile) -> Option<String> {
    let named = profile.bottleneck.name();
    let stage = profile.stages.iter().find(|stage| named == Some(&stage.name)).or(profile.stages.first())?;
    let name = quoted(&stage.name);
    let what = match profile.basis {
        Basis::Latency => "a query",
        Basis::Span => "a round",
    };
    let (Some(twice), Some(most)) = (gain(stage.share, 2.0), gain(stage.share, f64::INFINITY)) else {
        return Some(format!(
            "{name} takes all of the time or more, so how much is to be gained there cannot be said from its share."
        ));
    };
    let range = |gain: Gain| gain.interval.map(|[low, high]| format!(" [{low:.2}, {high:.2}]")).unwrap_or_default();
    let queue = if profile.benchmark.scenario.as_deref() == Some("server") {
        " In the server scenario queries wait less too when stages are faster, so that more may be gained."
    } else {
        ""
    };
    Some(format!(
        "With {name} twice as fast, {what} would be {}{} as fast; with {name} at no cost, {}{}: more is not to be had there, if \
         all else stays as it is (Amdahl's law).{queue}",
        times_as_fast(&twice),
        range(twice),
        times_as_fast(&most),
        range(most)
    ))
}

/// Whether the stages fit the whole.
fn consistency(profile: &Profile) -> Vec<String> {
    let Some(known) = &profile.consistency else { return Vec::new() };
    let mut said = Vec::new();
    let sum = with_interval(known.sum);
    let exceeded = known.by_query.map_or(0, |by_query| by_query.exceeded);
    said.push(match (known.sum.mean > 1.0, profile.basis) {
        (true, Basis::Latency) => format!(
            "The stages add up to {sum} of the time: they run at the same time, or their clock is another. Then shares are no \
             parts of a whole, and a faster stage may gain less than its share says."
        ),
        (true, Basis::Span) => format!(
            "The stages add up to {sum} of the time: several queries are worked on at once. A faster stage may gain less than its \
             share says."
        ),
        (false, _) => {
            let outside = profile.outside.as_ref().filter(|outside| is_any(outside));
            let each = outside.and_then(|outside| outside.times.as_ref());
            let each = each.map(|times| format!(", usually {} a query", time(times.p50 as f64))).unwrap_or_default();
            let rest = outside.map(|_| format!("; the rest passes outside of them{each}")).unwrap_or_default();
            format!("The stages add up to {sum} of the time{rest}.")
        }
    });
    let queries = |number: u64| units::count(usize::try_from(number).unwrap_or(usize::MAX), "query", "queries");
    if let Some(by_query) = known.by_query.filter(|_| exceeded > 0) {
        said.push(format!(
            "In {} of {} the stages together take longer than the query itself, up to {:.2} times: stages at the same time, or \
             another clock.",
            units::whole(by_query.exceeded),
            queries(known.reporting),
            by_query.worst
        ));
        if by_query.outlasted > 0 {
            said.push(format!(
                "In {} a single stage takes longer than its query: that time is of another clock, or not of this query.",
                queries(by_query.outlasted)
            ));
        }
    }
    if known.reporting < known.queries {
        said.push(format!(
            "Only {} of {} reported stages; the time of the others counts as outside.",
            units::whole(known.reporting),
            queries(known.queries)
        ));
    }
    said
}

/// What to do next.
pub fn next(profile: &Profile) -> Option<String> {
    let name = crate::words::advice::quoted(&profile.benchmark.name)?;
    Some(format!("perfgate profile {name} -o profile.html"))
}
