//! What is measured, what theory says of it, and in which interval a run of this length falls.

use std::num::NonZeroU32;
use std::time::Duration;

use perfgate::config::{Rate, Scenario, Server, Spacing, Traffic};
use perfgate::scenario::{Lateness, RoundRecord, Schedule, lateness};
use perfgate::sut::SutError;
use rand::SeedableRng;
use rand_distr::{Distribution, Exp1};
use rand_pcg::Pcg64Mcg;

use super::md1;
use super::server::serve;
use super::simulation::{self, Run};

/// Mean service, in nanoseconds.
const SERVICE: f64 = 1e6;
/// Runs that are simulated to find an interval.
const SIMULATED: u64 = 1000;
/// The seed of what is measured; the simulated runs have those that follow.
const SEED: u64 = 2026;

/// How long services take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Service {
    Exponential,
    Constant,
}

#[derive(Debug, Clone, Copy)]
enum Arrivals {
    /// A Poisson process with this share of what the server can do.
    Open { load: f64 },
    /// Users who ask, wait, and think for so many nanoseconds.
    Closed { users: u32, think: u64 },
}

/// A queue, and how many queries it gets.
#[derive(Debug)]
pub struct Experiment {
    service: Service,
    arrivals: Arrivals,
    queries: u32,
}

type OfRun = fn(&Run) -> f64;

/// A number of a run, what it is called and what theory says of it for a run without end.
pub struct Figure {
    pub name: &'static str,
    pub unit: Unit,
    pub of: OfRun,
    pub theory: f64,
}

#[derive(Debug, Clone, Copy)]
pub enum Unit {
    Milliseconds,
    PerSecond,
}

/// What came of an experiment.
pub struct Measured {
    pub run: Run,
    pub lateness: Option<Lateness>,
    /// By which share services took longer than they were to.
    pub stretched: f64,
}

/// Why a run is none of the experiment: the machine had other work. What became of the queue does not matter here, so that to
/// leave such a run out makes nothing look better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Disturbance {
    /// The generator was late: the rule by which perfgate refuses a run.
    Late,
    /// Services took longer than they were to: somebody else had the server's core.
    Stretched,
}

/// The generator may be late by this share of the 99th percentile: what perfgate requires unless told otherwise.
const LATENESS: f64 = 0.1;
/// Services may take longer by this share. By theory the mean wait grows by 2 % then at a load of 95 %; and of a thousandth of
/// the time the 99th percentile hardly knows.
const STRETCH: f64 = 0.001;
/// The same where nothing is amplified: the server is never idle, or those who would wait do not come.
const STEADY_STRETCH: f64 = 0.01;

impl Experiment {
    /// Poisson arrivals.
    pub fn open(service: Service, load: f64, queries: u32) -> Self {
        Self { service, arrivals: Arrivals::Open { load }, queries }
    }

    /// Users who think for so many nanoseconds; exponential service.
    pub fn closed(users: u32, think: u64, queries: u32) -> Self {
        Self { service: Service::Exponential, arrivals: Arrivals::Closed { users, think }, queries }
    }

    /// In Kendall's notation, and how busy the server is.
    pub fn name(&self) -> String {
        let service = if self.service == Service::Constant { 'D' } else { 'M' };
        match self.arrivals {
            Arrivals::Open { load } => format!("M/{service}/1 at {:.0} %", 100.0 * load),
            Arrivals::Closed { users, .. } => format!("{users} users, closed"),
        }
    }

    /// Services of a run, in nanoseconds.
    fn services(&self, seed: u64) -> Vec<f64> {
        let mut random = Pcg64Mcg::seed_from_u64(seed);
        let mut draw = || match self.service {
            Service::Constant => SERVICE,
            Service::Exponential => {
                let unit: f64 = Exp1.sample(&mut random);
                (unit * SERVICE).round()
            }
        };
        (0..self.queries).map(|_| draw()).collect()
    }

    fn schedule(&self, load: f64, seed: u64) -> Schedule {
        Schedule::open(Spacing::Poisson, &Rate::Constant(load * 1e9 / SERVICE), u64::from(self.queries), 0, seed)
    }

    fn simulate(&self, seed: u64) -> Run {
        match self.arrivals {
            Arrivals::Open { load } => {
                let schedule = self.schedule(load, seed);
                simulation::open(schedule.times().iter().map(|&time| time as f64), self.services(seed))
            }
            Arrivals::Closed { users, think } => simulation::closed(users, think as f64, self.services(seed)),
        }
    }

    /// Runs it in real time.
    pub fn measure(&self) -> Result<Result<Measured, Disturbance>, SutError> {
        let services = self.services(SEED);
        let whole: Vec<u64> = services.iter().map(|&service| service as u64).collect();
        let (schedule, traffic, most) = match self.arrivals {
            Arrivals::Open { load } => {
                let rate = Rate::Constant(load * 1e9 / SERVICE);
                let most = if load < 1.0 { STRETCH } else { STEADY_STRETCH };
                (Some(self.schedule(load, SEED)), Traffic::Open { spacing: Spacing::Poisson, rate }, most)
            }
            Arrivals::Closed { users, think } => {
                let users = NonZeroU32::new(users).unwrap_or(NonZeroU32::MIN);
                (None, Traffic::Closed { users, think_time: Duration::from_nanos(think) }, STEADY_STRETCH)
            }
        };
        let Some((record, stretched)) = serve(&whole, &server(traffic), schedule.as_ref(), most)? else {
            return Ok(Err(Disturbance::Stretched));
        };
        let lateness = schedule.is_some().then(|| lateness(&record));
        let run = run(record, services);
        let is_late = lateness.as_ref().is_some_and(|late| late.p99 as f64 > LATENESS * run.percentile(0.99));
        Ok(if is_late { Err(Disturbance::Late) } else { Ok(Measured { run, lateness, stretched }) })
    }

    /// The arrivals and services that are measured, in exact arithmetic.
    pub fn exact(&self) -> Run {
        self.simulate(SEED)
    }

    /// In which 99 % of simulated runs of this length fall, figure by figure.
    pub fn intervals(&self) -> Vec<(f64, f64)> {
        let runs: Vec<Run> = (1..=SIMULATED).map(|step| self.simulate(SEED + step)).collect();
        self.figures().iter().map(|figure| interval(runs.iter().map(figure.of).collect())).collect()
    }

    /// What is compared, with its value by theory.
    pub fn figures(&self) -> Vec<Figure> {
        let time = |name, of, theory| Figure { name, unit: Unit::Milliseconds, of, theory };
        let rate = |of, theory| Figure { name: "throughput", unit: Unit::PerSecond, of, theory };
        match self.arrivals {
            Arrivals::Open { load } if load >= 1.0 => vec![
                rate(Run::rate, 1.0 / SERVICE),
                // After the n-th arrival n − n/load services are left over; in the last tenth n is 0.95 of all, on average.
                time(
                    "mean of last tenth",
                    Run::mean_of_last,
                    0.95 * f64::from(self.queries) * SERVICE * (1.0 - 1.0 / load),
                ),
            ],
            Arrivals::Open { load } => {
                let shares: [(&str, f64, OfRun); 3] = [
                    ("p50", 0.50, |run| run.percentile(0.50)),
                    ("p90", 0.90, |run| run.percentile(0.90)),
                    ("p99", 0.99, |run| run.percentile(0.99)),
                ];
                let mut figures = vec![time("mean wait", Run::mean_wait, SERVICE * self.mean_wait(load))];
                figures.extend(shares.map(|(name, share, of)| time(name, of, SERVICE * self.latency(load, share))));
                figures
            }
            Arrivals::Closed { users, think } => {
                let (throughput, latency) = mean_value_analysis(users, think as f64);
                vec![rate(Run::rate, throughput), time("mean latency", Run::mean_latency, latency)]
            }
        }
    }

    /// The mean wait, in services. Source: Pollaczek and Khinchine.
    fn mean_wait(&self, load: f64) -> f64 {
        let second_moment = if self.service == Service::Constant { 1.0 } else { 2.0 };
        load * second_moment / (2.0 * (1.0 - load))
    }

    /// A percentile of the latency, in services.
    fn latency(&self, load: f64, share: f64) -> f64 {
        match self.service {
            // Exponential, with the mean 1 / (1 − load).
            Service::Exponential => -(1.0 - share).ln() / (1.0 - load),
            Service::Constant => 1.0 + md1::wait_percentile(load, share),
        }
    }
}

/// Throughput (per nanosecond) and mean latency (in nanoseconds) of a closed loop. Source: M. Reiser, S. Lavenberg, Mean-value
/// analysis of closed multichain queuing networks, Journal of the ACM 27 (1980) 313–322.
fn mean_value_analysis(users: u32, think: f64) -> (f64, f64) {
    let (mut queue, mut throughput, mut latency) = (0.0, 0.0, SERVICE);
    for n in 1..=users {
        latency = SERVICE * (1.0 + queue);
        throughput = f64::from(n) / (think + latency);
        queue = throughput * latency;
    }
    (throughput, latency)
}

/// The middle 99 % of these values.
fn interval(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let beyond = values.len() / 200;
    let at = |rank: usize| values.get(rank).copied().unwrap_or(f64::NAN);
    (at(beyond), at(values.len().saturating_sub(beyond + 1)))
}

fn server(traffic: Traffic) -> Scenario {
    Scenario::Server(Server { traffic, max_async: None })
}

fn run(record: RoundRecord, services: Vec<f64>) -> Run {
    let latencies = record.latencies.iter().map(|&latency| latency as f64).collect();
    Run { latencies, services, span: record.span as f64 }
}

const STALLED: usize = 120;
const QUERIES: u32 = 400;

/// A hundred queries a second for four seconds, a millisecond each but for one that takes a second.
fn stalled_services() -> Vec<u64> {
    (0..QUERIES as usize).map(|query| if query == STALLED { 1_000_000_000 } else { 1_000_000 }).collect()
}

/// A stall of a second shows however busy the machine is.
fn serve_anyhow(services: &[u64], scenario: &Scenario, schedule: Option<&Schedule>) -> Result<RoundRecord, SutError> {
    let round = serve(services, scenario, schedule, f64::INFINITY)?;
    round.map(|(record, _)| record).ok_or(SutError::Interrupted)
}

/// The stall as the open loop sees it, and what exact arithmetic makes of it.
pub fn stall_in_open_loop() -> Result<(Run, Run), SutError> {
    let rate = Rate::Constant(100.0);
    let schedule = Schedule::open(Spacing::Even, &rate, u64::from(QUERIES), 0, SEED);
    let services = stalled_services();
    let exact: Vec<f64> = services.iter().map(|&service| service as f64).collect();
    let scenario = server(Traffic::Open { spacing: Spacing::Even, rate });
    let record = serve_anyhow(&services, &scenario, Some(&schedule))?;
    let simulated = simulation::open(schedule.times().iter().map(|&time| time as f64), exact.clone());
    Ok((run(record, exact), simulated))
}

/// The same services, one query at a time.
pub fn stall_one_at_a_time() -> Result<(Run, Run), SutError> {
    let services = stalled_services();
    let exact: Vec<f64> = services.iter().map(|&service| service as f64).collect();
    let record = serve_anyhow(&services, &Scenario::SingleStream, None)?;
    Ok((run(record, exact.clone()), simulation::closed(1, 0.0, exact)))
}
