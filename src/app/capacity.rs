//! `perfgate capacity`: the highest load within a latency objective, by rounds of the server scenario; then what a growing load takes.

use std::env;
use std::time::{Duration, Instant};

use super::AppError;
use super::measurement::{Place, subject};
use super::output::{Console, Document, Outputs};
use super::progress::Progress;
use super::project::Project;
use crate::capacity::{
    ALPHA, Ask, Context, Headroom, Latency, LoadSource, Loaded, Noted, Price, RANGE, Round, SCOUTS, Search, Seen,
    Setting, TOLERANCE, Usage, judged, summarise,
};
use crate::cli::Common;
use crate::config::{Benchmark, HttpProtocol, Objective, ScenarioKind, System};
use crate::gate::ExitStatus;
use crate::host;
use crate::measure::{self, Deadline, Event, Measured, Measurement, Prepared, Surroundings};
use crate::plan::fresh_rounds;
use crate::stats::Counts;
use crate::sut::Interrupt;

/// Wall clock where nobody says how much.
const USUAL_BUDGET: Duration = Duration::from_secs(300);

/// A first impression is wider, and rests on fewer rounds.
const QUICK_TOLERANCE: f64 = 0.25;
const QUICK_SCOUTS: u32 = 2;
const QUICK_ROUNDS: u32 = 6;

/// Where a query that is alone takes so long, this share of the load that would keep one busy is tried first.
const FIRST_SHARE: f64 = 0.5;

/// What the user asks for.
pub struct Wish<'a> {
    /// The benchmark.
    pub name: &'a str,
    /// The objective, instead of the benchmark's own.
    pub slo: Option<Objective>,
    /// By how much the load grows.
    pub growth: f64,
    /// The load of today.
    pub load: Option<f64>,
    /// The share of an instance's capacity that is to stay free.
    pub headroom: Headroom,
    /// What an instance costs.
    pub price: Option<Price>,
    /// The lowest and the highest load that may be tried.
    pub range: [Option<f64>; 2],
}

/// Finds the capacity of a benchmark's system.
pub fn capacity(
    wish: &Wish<'_>,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    if let [Some(from), Some(to)] = wish.range
        && from > to
    {
        return Err(AppError::usage(format!("--from {from} is more than --to {to}")));
    }
    let project = Project::open(common, console.colors_errors())?;
    let benchmark = chosen(&project, wish.name)?;
    let objective = objective(wish, &benchmark)?;
    let budget = common.budget.unwrap_or(USUAL_BUDGET);
    let loaded = Loaded::new(&benchmark, objective, budget)
        .map_err(|problem| AppError::usage(format!("benchmark `{}`: {problem}", benchmark.name)))?;
    let prepared = measure::prepare(vec![subject(&benchmark, &Place::plain(&project.directory))])?;
    let begun = Instant::now();
    let surroundings = Surroundings {
        interrupt: interrupt.clone(),
        isolation: env::current_exe().ok(),
        deadline: Some(Deadline { at: begun + budget, at_least: 0 }),
    };
    let mut work = Work {
        wish,
        common,
        benchmark: &benchmark,
        loaded: &loaded,
        prepared: &prepared,
        surroundings: &surroundings,
        rounds: fresh_rounds(common.seed),
        progress: Progress::new(console),
        begun,
        budget,
        done: 0,
        spent: Duration::ZERO,
        cut_short: false,
    };
    let (search, alone) = work.run(objective)?;
    let cut_short = work.cut_short;
    drop(work);
    let capacity = summarise(
        &search,
        Context {
            benchmark: benchmark.name.clone(),
            alone,
            round: loaded.round,
            bursty: loaded.is_bursty(),
            even: loaded.is_even(),
            connections: connections(&benchmark),
            load: wish
                .load
                .map(|load| (load, LoadSource::Given))
                .or_else(|| loaded.configured().map(|load| (load, LoadSource::Configured))),
            growth: wish.growth,
            headroom: wish.headroom,
            price: wish.price,
            asked: super::asked(),
            seed: common.seed,
            budget,
            took: begun.elapsed(),
            cut_short,
            environment: Some(host::environment()),
        },
    );
    console.publish(Document::Capacity(&capacity), &outputs)?;
    Ok(capacity.exit_status())
}

/// The benchmark of this name; of several scenarios the server, else the first: the system is the same.
fn chosen(project: &Project, name: &str) -> Result<Benchmark, AppError> {
    let mut found = project.selected(&[name.to_owned()])?;
    let server = found.iter().position(|benchmark| benchmark.scenario.kind() == ScenarioKind::Server);
    let place = server.unwrap_or(0);
    if place < found.len() { Ok(found.swap_remove(place)) } else { Err(project.unknown(name)) }
}

/// What is asked for, else the benchmark's own: its `slo`, else its percentile and `latency_bound`.
fn objective(wish: &Wish<'_>, benchmark: &Benchmark) -> Result<Objective, AppError> {
    if let (None, [first, _, ..]) = (wish.slo, benchmark.objectives.as_slice()) {
        let all: Vec<String> = benchmark.objectives.iter().map(Objective::to_string).collect();
        let message = format!("benchmark `{}` has several objectives: {}", benchmark.name, all.join(", "));
        return Err(AppError::usage(message).hint(format!("say which: --slo \"{first}\"")));
    }
    let bound = || benchmark.latency_bound.map(|bound| Objective { share: benchmark.percentile, bound });
    let own = || benchmark.objectives.first().copied().or_else(bound);
    wish.slo.or_else(own).ok_or_else(|| {
        AppError::usage(format!("benchmark `{}` has no latency objective", benchmark.name))
            .hint("say one: --slo \"p99 < 50ms\"")
            .hint("or give the benchmark an `slo` in perfgate.toml")
    })
}

/// How many queries reach an HTTP/1.1 service at the same time, at most.
fn connections(benchmark: &Benchmark) -> Option<u32> {
    match &benchmark.system {
        System::Http(service) if service.protocol == HttpProtocol::Http1 => Some(service.connections.get()),
        _ => None,
    }
}

/// A search under way.
struct Work<'a, R> {
    wish: &'a Wish<'a>,
    common: &'a Common,
    benchmark: &'a Benchmark,
    loaded: &'a Loaded,
    prepared: &'a Prepared,
    surroundings: &'a Surroundings,
    /// The rounds to come, each with arrivals of its own.
    rounds: R,
    progress: Progress,
    begun: Instant,
    budget: Duration,
    done: usize,
    /// Wall clock of the rounds so far.
    spent: Duration,
    /// Whether the time was over before the search was.
    cut_short: bool,
}

/// What became of one round.
enum Became {
    Record(Box<Measurable>),
    Failed(String),
    /// The time was over.
    Cut,
}

/// A round's record, with what was measured besides.
struct Measurable {
    seen: Seen,
    usage: Usage,
}

impl<R: Iterator<Item = crate::plan::Step>> Work<'_, R> {
    /// Round after round, until the search wants no more or the time is over.
    fn run(&mut self, objective: Objective) -> Result<(Search, Option<(Counts, Latency)>), AppError> {
        let alone = self.alone(objective)?;
        let mut search = Search::new(self.setting(objective, alone.as_ref()));
        while let Some(ask) = search.ask() {
            if self.begun.elapsed() + self.expected(&ask) > self.budget && self.done > 1 {
                self.cut_short = true;
                break;
            }
            let planned = self.loaded.planned(ask.load, ask.length);
            let round = match self.round(&self.loaded.at(ask.load, ask.length), planned, objective)? {
                Became::Record(measured) => Round::Seen(Seen { usage: measured.usage, ..measured.seen }),
                // A system that falls over under more load than it has carried has shown its limit.
                Became::Failed(why) if has_carried_less(&search, ask.load) => {
                    Round::Lost { queries: judged(planned), why }
                }
                Became::Failed(why) => return Err(AppError::system_failed(&self.benchmark.name, &why)),
                Became::Cut => {
                    self.cut_short = true;
                    break;
                }
            };
            search.tell(ask, round);
        }
        Ok((search, alone))
    }

    /// One query after the other: what a query takes that waits for nobody. It says where to begin.
    fn alone(&mut self, objective: Objective) -> Result<Option<(Counts, Latency)>, AppError> {
        match self.round(&self.loaded.alone(), 0, objective)? {
            Became::Record(measured) => Ok(measured.seen.latency.map(|latency| (measured.seen.within, latency))),
            Became::Failed(why) => Err(AppError::system_failed(&self.benchmark.name, &why)),
            Became::Cut => Ok(None),
        }
    }

    fn setting(&self, objective: Objective, alone: Option<&(Counts, Latency)>) -> Setting {
        let [from, to] = self.wish.range;
        let by_latency = alone.map(|(_, latency)| FIRST_SHARE * 1e9 / latency.mean.max(1.0));
        let start = from.or(self.loaded.configured()).or(by_latency).unwrap_or(1.0);
        let start = to.map_or(start, |to| start.min(to));
        let quick = self.common.quick;
        let rounds = if quick { QUICK_ROUNDS } else { self.benchmark.rounds.get() };
        Setting {
            objective,
            start,
            range: [from.unwrap_or(start / RANGE), to.unwrap_or(start * RANGE)],
            tolerance: if quick { QUICK_TOLERANCE } else { TOLERANCE },
            rounds,
            scouts: if quick { QUICK_SCOUTS } else { SCOUTS },
            alpha: ALPHA,
        }
    }

    /// How long this round will take, as far as can be known: its schedule, and what rounds took besides.
    fn expected(&self, ask: &Ask) -> Duration {
        let usual = self.spent / u32::try_from(self.done.max(1)).unwrap_or(u32::MAX);
        usual.max(self.loaded.round * ask.length)
    }

    /// One round, of which so many queries are planned.
    fn round(&mut self, benchmark: &Benchmark, planned: u64, objective: Objective) -> Result<Became, AppError> {
        let Some(step) = self.rounds.next() else { return Ok(Became::Cut) };
        let usual = self.spent.as_secs_f64() / self.done.max(1) as f64;
        let of = (self.budget.as_secs_f64() / usual.max(1e-3)).min(1e6) as usize;
        self.progress.on(Event::Started { benchmark: &benchmark.name, done: self.done, of: of.max(self.done + 1) });
        let begun = Instant::now();
        let prepared = self.prepared.with(benchmark);
        let mut measurement = Measurement::begin(&prepared, self.surroundings, self.common.seed);
        measurement.round(&step)?;
        self.spent += begun.elapsed();
        self.done += 1;
        if let Some(why) = measurement.failure(0) {
            return Ok(Became::Failed(why.to_owned()));
        }
        let Some(record) = measurement.records(0).first() else { return Ok(Became::Cut) };
        let seen = Seen::of(record, &objective, benchmark.max_lateness, planned);
        let usage = usage(&measurement.results());
        Ok(Became::Record(Box::new(Measurable { seen, usage })))
    }
}

/// Whether a load below this one has been carried: then the system works, and it is the load that it does not stand.
fn has_carried_less(search: &Search, load: f64) -> bool {
    let carried = |noted: &Noted| noted.round.within().is_some_and(|within| within.successes > 0);
    search.noted().iter().any(|noted| noted.load < load && carried(noted))
}

/// What the system used, where that was measured.
fn usage(measured: &[Measured]) -> Usage {
    let Some(Measured::Fully(result)) = measured.first() else { return Usage::default() };
    let value = |name: &str| result.metric(name).and_then(|metric| metric.rounds.as_slice().first().copied());
    Usage { cpu_time_per_query: value("cpu_time_per_query"), rss_peak: value("rss_peak") }
}
