//! How much load a system carries, and the words for it: the answer, the curve, what a growing load takes, and what that rests on.

use super::{Block, Brief, Cell, Column, Report, Section, Table, Text, Tone};
use crate::capacity::{CONFIDENCE, Capacity, Fit, Limit, LoadSource, Model, Plan, Point, Saturation, Verdict};
use crate::plot;
use crate::result::Unit;
use crate::words::{command, machine, units};

/// The whole page.
pub fn of(capacity: &Capacity) -> Report {
    let Brief { subject, .. } = Brief::new(heading(capacity), Vec::new());
    let tone = match (capacity.found.low, capacity.found.high) {
        (Some(_), Some(_)) => Tone::Good,
        (None, None) => Tone::Bad,
        _ => Tone::Doubtful,
    };
    let verdict = Block::Verdict { word: headline(capacity), tone, text: answer(capacity).into() };
    let plot = plot::capacity(capacity).map(|plot| Block::Plot(Box::new(plot)));
    let sections = [
        Section::new("summary", "Summary", std::iter::once(verdict).chain(list(sentences(capacity))).collect()),
        Section::new("curve", "Latency under load", plot.into_iter().chain(table(capacity)).collect()),
        Section::new("plan", "What the load takes", list(plan(capacity)).into_iter().collect()),
        Section::new("basis", "What this rests on", basis(capacity)),
    ];
    Report {
        title: format!("perfgate capacity: {}", headline(capacity)),
        subject,
        sections: sections.into_iter().filter(|section| !section.is_empty()).collect(),
    }
}

/// The answer as heading, the curve, and what follows.
pub fn brief(capacity: &Capacity) -> Brief {
    let answer = Block::paragraph(answer(capacity));
    let blocks = std::iter::once(answer)
        .chain(table(capacity))
        .chain(list(sentences(capacity)))
        .chain(list(plan(capacity)))
        .chain(basis(capacity));
    let brief = Brief::new(heading(capacity), blocks.collect());
    Brief { title: format!("{}: {}", brief.title, headline(capacity)), ..brief }
}

fn headline(capacity: &Capacity) -> String {
    match (capacity.found.low, capacity.found.high) {
        (Some(low), Some(high)) => format!("{} to {} queries a second", load(low), load(high)),
        (Some(low), None) => format!("at least {} queries a second", load(low)),
        (None, Some(high)) => format!("less than {} queries a second", load(high)),
        (None, None) => "nothing could be shown".to_owned(),
    }
}

fn list(sentences: Vec<String>) -> Option<Block> {
    (!sentences.is_empty()).then(|| Block::List(sentences.iter().map(|sentence| Text::prose(sentence)).collect()))
}

/// Warnings, assumptions, what to try, and the machine.
fn basis(capacity: &Capacity) -> Vec<Block> {
    let warnings = capacity.warnings.iter().map(|warning| format!("warning: {}", warning.message)).collect();
    let mut blocks: Vec<Block> = list(warnings).into_iter().collect();
    blocks.push(Block::paragraph("This rests on:"));
    blocks.extend(list(assumptions(capacity)));
    blocks.extend(next(capacity).map(|command| Block::Paragraph(Text::new().plain("Try it: ").code(command))));
    blocks.extend(capacity.environment.as_ref().map(|known| {
        let facts = machine::facts(known).join(", ");
        let fingerprint = known.fingerprint.to_string();
        Block::Paragraph(Text::new().plain(format!("Machine: {facts} (")).code(fingerprint).plain(")"))
    }));
    blocks
}

/// The curve, load by load.
fn table(capacity: &Capacity) -> Option<Block> {
    let percentile = capacity.objective.percentile();
    let numbers = [
        "queries/s",
        "rounds",
        "queries",
        "p50",
        percentile.as_str(),
        "within bound",
        "95 % interval",
        "throughput",
        "lateness",
    ];
    let row = |(point, cells): (&Point, [String; 10])| -> Vec<Cell> {
        let cells = cells.into_iter().zip((0..10).map(|column| column == 9));
        cells.map(|(text, word)| if word { Cell::toned(text, tone(point)) } else { Cell::from(text) }).collect()
    };
    let columns = numbers.into_iter().map(Column::numbers).chain([Column::words("verdict")]).collect();
    let rows: Vec<Vec<Cell>> = capacity.curve.iter().zip(cells(&capacity.curve)).map(row).collect();
    let caption = "Latency under each load that was tried".to_owned();
    (!rows.is_empty()).then_some(Block::Table(Table { caption, columns, rows }))
}

/// What a point's word means.
pub fn tone(point: &Point) -> Tone {
    match point.verdict {
        Verdict::Violated | Verdict::Violates | Verdict::Failed => Tone::Bad,
        Verdict::Invalid | Verdict::Grows | Verdict::Open => Tone::Doubtful,
        Verdict::Met | Verdict::Meets => Tone::Calm,
    }
}

/// `perfgate capacity`, of what, by which objective, how many rounds, how long.
pub fn heading(capacity: &Capacity) -> Vec<String> {
    vec![
        "perfgate capacity".to_owned(),
        capacity.benchmark.clone(),
        capacity.objective.to_string(),
        units::count(capacity.rounds, "round", "rounds"),
        format!("{} of {}", units::span(capacity.took), units::span(capacity.budget)),
    ]
}

/// A load as people read it: `812`, `1.23k`.
pub fn load(qps: f64) -> String {
    units::number(qps, 3)
}

fn per_second(qps: f64) -> String {
    let texts = units::values(&Unit::per_second(), &[qps], false);
    texts.texts().next().unwrap_or_default()
}

fn time(nanos: f64) -> String {
    let texts = units::values(&Unit::nanoseconds(), &[nanos], false);
    texts.texts().next().unwrap_or_default()
}

/// A share of so many queries, in percent: to the query, and to a thousandth of a percent at most; not all of them is not 100 %.
fn percent(share: f64, of: u64) -> String {
    let digits = (of.max(1) as f64).log10().ceil() as usize;
    let shown = |decimals: usize| format!("{:.decimals$}", share * 100.0);
    let is_told = |decimals: &usize| share >= 1.0 || !shown(*decimals).starts_with("100");
    let text = shown((digits.saturating_sub(2).min(3)..6).find(is_told).unwrap_or(6));
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

/// The texts of the points, in the order of the columns; times that stand below each other in one unit, where that is readable.
pub fn cells(points: &[Point]) -> Vec<[String; 10]> {
    let column = |of: fn(&Point) -> Option<f64>| {
        let known: Vec<f64> = points.iter().filter_map(of).collect();
        let mut shown = units::column(&Unit::nanoseconds(), &known).into_iter();
        points.iter().map(|point| of(point).and_then(|_| shown.next()).unwrap_or_default()).collect::<Vec<_>>()
    };
    let medians = column(|point| point.latency.map(|latency| latency.median));
    let at_share = column(|point| point.latency.map(|latency| latency.at_share));
    let times = medians.into_iter().zip(at_share);
    points.iter().zip(times).map(|(point, times)| row(point, times)).collect()
}

fn row(point: &Point, (median, at_share): (String, String)) -> [String; 10] {
    let optional = |value: Option<f64>, shown: &dyn Fn(f64) -> String| value.map(shown).unwrap_or_default();
    let percent = |share: f64| percent(share, point.within.trials);
    let interval = point.interval.map(|interval| format!("{} to {}", percent(interval.low), percent(interval.high)));
    [
        load(point.load),
        point.rounds.to_string(),
        units::whole(point.within.trials),
        median,
        at_share,
        optional(point.within.share(), &percent),
        interval.unwrap_or_default(),
        optional(point.throughput, &per_second),
        optional(point.lateness, &time),
        word(point).to_owned(),
    ]
}

/// What a point says, in words.
pub fn word(point: &Point) -> &'static str {
    match point.verdict {
        Verdict::Met => "met",
        Verdict::Violated => "violated",
        Verdict::Meets => "seems met",
        Verdict::Violates => "seems violated",
        Verdict::Grows => "still growing",
        Verdict::Open => "open",
        Verdict::Invalid => "generator late",
        Verdict::Failed => "failed",
    }
}

/// The answer.
pub fn answer(capacity: &Capacity) -> String {
    let (objective, confidence) = (capacity.objective, units::share(capacity.confidence, 3));
    let found = &capacity.found;
    match (found.low, found.high) {
        (Some(low), Some(high)) => {
            let most_likely = capacity.max_qps().unwrap_or(low);
            format!(
                "{objective} holds up to a load between {} and {} queries a second. {confidence} confidence; most likely about {}.",
                load(low),
                load(high),
                load(most_likely)
            )
        }
        (Some(low), None) => {
            let why = match found.limit {
                Limit::Generator => "Beyond it the load generator was the limit, not the system",
                Limit::Range => "No higher load was to be tried",
                Limit::Rounds | Limit::System => "The rounds there were show no upper end",
            };
            format!("{objective} holds at {} queries a second at least. {why}; {confidence} confidence.", load(low))
        }
        (None, Some(high)) => {
            format!(
                "{objective} does not hold at {} queries a second. No load was shown to meet it; {confidence} confidence.",
                load(high)
            )
        }
        (None, None) => {
            format!("Nothing could be shown about {objective}.{} {}", so_far(capacity), why_nothing(capacity))
        }
    }
}

/// What it looks like where nothing was shown.
fn so_far(capacity: &Capacity) -> String {
    let at =
        |wanted: Verdict| capacity.curve.iter().filter(move |point| point.verdict == wanted).map(|point| point.load);
    let met = at(Verdict::Meets).reduce(f64::max).map(|qps| format!("met at {}", load(qps)));
    let violated = at(Verdict::Violates).reduce(f64::min).map(|qps| format!("violated at {}", load(qps)));
    let seems: Vec<String> = met.into_iter().chain(violated).collect();
    if seems.is_empty() { String::new() } else { format!(" It seems {} queries a second.", seems.join(" and ")) }
}

/// Why nothing was shown, and what would help.
fn why_nothing(capacity: &Capacity) -> String {
    let late = capacity.late_loads();
    let free = "run where a processor core is free for perfgate, or raise `max_lateness`";
    if !late.is_empty() && late.len() == capacity.curve.len() {
        return format!("The load generator was late under every load: {free}.");
    }
    let why = if capacity.cut_short {
        "The budget was spent before: allow more with --budget."
    } else {
        "As many rounds as are tried show no more: allow more with --rounds."
    };
    if late.is_empty() {
        return why.to_owned();
    }
    let loads = units::count(capacity.curve.len(), "load", "loads");
    format!("The load generator was late under {} of {loads}: {free}. {why}", late.len())
}

/// What else there is to say about the system.
pub fn sentences(capacity: &Capacity) -> Vec<String> {
    let mut sentences = Vec::new();
    if let Some(alone) = &capacity.alone {
        let percentile = capacity.objective.percentile();
        let queries = units::whole(alone.queries);
        let mut sentence =
            format!("Alone, a query takes {} ({percentile} of {queries} queries of one start).", time(alone.latency));
        if alone.latency > capacity.objective.bound_nanos() as f64 {
            sentence.push_str(" That is beyond the bound without any load.");
        }
        sentences.push(sentence);
    }
    if let Some(knee) = &capacity.knee {
        sentences.push(format!(
            "The knee lies near {} queries a second, between {} and {}, by the points as they are, without an interval: beyond it one \
             percent more load costs more than one percent of mean latency ({} there).",
            load(knee.load),
            load(knee.between[0]),
            load(knee.between[1]),
            time(knee.latency)
        ));
    }
    sentences.extend(capacity.fits.iter().map(fit));
    sentences
}

fn fit(fit: &Fit) -> String {
    let loads = units::count(fit.points, "load", "loads");
    let residuals = format!("residuals {} over {loads}", units::share(fit.residual, 2));
    match (fit.model, fit.saturation) {
        (Model::UniversalScalability { contention, coherency, .. }, _) => format!(
            "By the universal scalability law: contention {}, coherency {} ({residuals}).",
            units::number(contention, 2),
            units::number(coherency, 2)
        ),
        (Model::Queue { unloaded, queueing }, Some(Saturation { load: at, interval })) => format!(
            "Extrapolated by a queue: saturation at about {} queries a second, {} to {} with {} confidence if it is one ({} without \
             load, queueing weighs {}; {residuals}).",
            load(at),
            load(interval.low),
            load(interval.high),
            units::share(CONFIDENCE, 3),
            time(unloaded),
            time(queueing)
        ),
        (Model::Queue { .. }, None) => {
            format!("Where a queue would be saturated, the {loads} do not tell: latency bends too little.")
        }
    }
}

/// What the growth takes; empty where nothing follows.
pub fn plan(capacity: &Capacity) -> Vec<String> {
    let Some(plan) = &capacity.plan else { return Vec::new() };
    let wish = &plan.wish;
    let grown =
        if wish.growth == 1.0 { String::new() } else { format!(" ({} times {})", load(wish.load), short(wish.growth)) };
    let source = match wish.source {
        LoadSource::Given | LoadSource::Configured => "",
        LoadSource::OneInstance => ", one instance as full as it may be",
    };
    let at_most = if capacity.found.limit == Limit::System { "" } else { " at most" };
    let mut sentences = vec![
        format!(
            "For {} queries a second{grown}{source}: {}{at_most}, or {} so that one may fail.",
            load(plan.required),
            units::count(plan.instances as usize, "instance", "instances"),
            units::whole(plan.with_spare()),
        ),
        format!(
            "Each carries {} of the {} queries a second that one was shown to carry, with {} left free; {} with the spare one.",
            load(plan.required / plan.instances.max(1) as f64),
            load(plan.per_instance),
            units::share(plan.headroom_left, 2),
            units::share(plan.headroom_left_with_spare, 2),
        ),
    ];
    sentences.extend(resources(plan));
    if let (Some(cost), Some(with_spare)) = (plan.cost_a_month(plan.instances), plan.cost_a_month(plan.with_spare())) {
        sentences.push(format!("Cost: {} a month, or {} with the spare one.", money(cost), money(with_spare)));
    }
    sentences
}

/// A number without needless zeros.
fn short(value: f64) -> String {
    let text = units::number(value, 4);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

fn resources(plan: &Plan) -> Option<String> {
    let bytes = |bytes: f64| units::values(&Unit::new("B"), &[bytes], false).texts().next().unwrap_or_default();
    let processors = plan.processors.map(|busy| format!("{} processors busy", units::number(busy, 2)));
    let memory = plan.memory.map(|all| format!("{} of memory", bytes(all)));
    let parts: Vec<String> = processors.into_iter().chain(memory).collect();
    (!parts.is_empty()).then(|| format!("In all instances together: {}.", parts.join(", ")))
}

fn money(amount: f64) -> String {
    if amount >= 100.0 { units::whole(amount.round() as u64) } else { format!("{amount:.2}") }
}

/// What all this rests on.
pub fn assumptions(capacity: &Capacity) -> Vec<String> {
    let known = capacity.assumptions.iter();
    known
        .map(|assumption| match (assumption.name, assumption.value) {
            ("load" | "growth" | "headroom" | "price", Some(value)) => {
                format!("{} {}: {}", assumption.name, short(value), assumption.text)
            }
            _ => assumption.text.clone(),
        })
        .collect()
}

/// What would narrow the answer.
pub fn next(capacity: &Capacity) -> Option<String> {
    let [low, high] = capacity.interval().unwrap_or([1.0, f64::INFINITY]);
    let wide = high / low > 1.5 && capacity.found.limit != Limit::Range && capacity.found.limit != Limit::Generator;
    let minutes = (capacity.budget.as_secs_f64() * 4.0 / 60.0).ceil();
    let again = || command::again(&capacity.asked, "--budget", &format!("{minutes}m"));
    (wide && capacity.cut_short).then(again).flatten()
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn shares_are_shown_to_the_query_and_no_finer() {
        assert_eq!(percent(0.404_76, 168), "40.5 %");
        assert_eq!(percent(3.777e-36, 168), "0 %");
        assert_eq!([percent(1.0, 100_000), percent(0.999_996, 250_000)], ["100 %", "99.9996 %"]);
        assert_eq!([percent(0.987_654_3, 20_000), percent(0.5, 4)], ["98.765 %", "50 %"]);
    }
}
