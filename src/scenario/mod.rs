//! Scenarios: how queries arrive, and when a round has seen enough.
//!
//! Here: the loops over a system under test, schedules, the order of samples, and what a round leaves behind. No clock but the
//! system's own: in a test it may be virtual. Not here: processes and files (`sut`, `measure`).

pub mod arms;
pub mod arrivals;
mod covered;
mod diagnosis;
mod objectives;
mod offline;
mod one_at_a_time;
mod pace;
mod resources;
mod round;
mod samples;
mod server;
mod stages;
pub mod stopping;
mod summary;
#[cfg(test)]
pub(crate) mod tests;
mod validity;

pub use arms::{Arm, Both};
pub use arrivals::Schedule;
pub use diagnosis::{Diagnosis, diagnose};
pub use objectives::objectives;
pub use pace::Pace;
pub use resources::{resource_metrics, resources};
pub use samples::SampleOrder;
pub use stages::{StageTimes, are_stages_left_out, stages};
pub use summary::{Lateness, Timing, Unmeasurable, answers, asked, lateness, metrics};
pub use validity::{Punctuality, punctuality, validity};

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::config::{Sampling, Scenario, Stopping, Traffic};
use crate::dataset::Dataset;
use crate::result::{Direction, Window};
use crate::sut::{Nanos, Outcome, Sut, SutError};
use crate::usage::Observed;
use covered::Covered;
use one_at_a_time::PerQuery;
use round::Round;

/// No round asks more.
const MOST_QUERIES: u64 = 10_000_000;

/// All that a round's timed part depends on.
#[derive(Debug)]
pub struct RoundPlan<'a> {
    /// How queries arrive.
    pub scenario: &'a Scenario,
    /// When the round has seen enough.
    pub stopping: &'a Stopping,
    /// Which samples it asks about.
    pub sampling: Sampling,
    /// Untimed queries before the first timed one.
    pub warmup: u32,
    /// Longest time for an answer.
    pub timeout: Duration,
    /// Seed of the sample order.
    pub sample_seed: u64,
    /// When queries arrive, in the open loop.
    pub schedule: Option<&'a Schedule>,
    /// The samples, where there are any.
    pub dataset: Option<&'a Dataset>,
}

/// What one round leaves behind. Serialised only between a perfgate process and its own child.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct RoundRecord {
    /// Latencies of the answered queries, in the order of issue, in nanoseconds.
    pub latencies: Vec<u64>,
    /// Latencies over time, of the untimed queries that were answered.
    pub warm_up: Vec<Window>,
    /// The same of the timed ones.
    pub timed: Vec<Window>,
    /// Samples that were answered.
    pub samples: u64,
    /// Timed queries that failed.
    pub failed: u64,
    /// What the first failed query said.
    pub first_failure: Option<String>,
    /// The sum of all latencies, those of failed queries included, in nanoseconds.
    pub busy: u64,
    /// When the last answer came, on the system's clock.
    last_completion: u64,
    /// From the beginning of the timed part to the last answer, in nanoseconds.
    pub span: u64,
    /// From the beginning of the timed part to the moment for which the last query that was issued had been scheduled, in nanoseconds;
    /// 0 without a schedule.
    pub arriving: u64,
    /// How much later than scheduled each query was issued, in nanoseconds; open loop only.
    pub lateness: Vec<u64>,
    /// How its answers kept pace with the schedule; open loop only.
    pub pace: Option<Pace>,
    /// How often a timed query had to open a connection again because the system had closed it.
    pub reconnects: u64,
    /// Why the round ended before it had seen enough, if it did.
    pub cut: Option<Cut>,
    /// Answers that were held against a label.
    pub judged: u64,
    /// Answers that met their label.
    pub correct: u64,
    /// The samples that these answers are about.
    covered: Covered,
    /// Of each judged sample, whether the answer was right; only where somebody asked for it, who stays in this process.
    #[serde(skip)]
    verdicts: Option<Vec<(usize, bool)>>,
    /// Times of the stages that the system reports, by answered query.
    pub stages: StageTimes,
    /// Metrics that the system wrote itself.
    pub own_metrics: Vec<OwnMetric>,
    /// Untimed queries before the first timed one.
    pub untimed: u64,
    /// Processor time of the system from the moment when it was ready to its last answer, in nanoseconds; `None` where it is not
    /// known.
    pub serving: Option<u64>,
    /// What its processes used, where somebody watched them.
    #[serde(skip)]
    pub usage: Option<Observed>,
}

/// Why a round ended before it had seen enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cut {
    /// The maximum duration had passed.
    MaxDuration,
    /// More queries were in flight than may be.
    Overloaded,
    /// Each sample may be asked about once, and all had been.
    SamplesUsedUp,
}

/// A value that the system under test wrote to the file named by `PERFGATE_METRICS`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnMetric {
    /// The metric's name.
    pub name: String,
    /// The value.
    pub value: f64,
    /// What it counts.
    pub unit: String,
    /// Whether less is better.
    pub lower_is_better: bool,
}

impl OwnMetric {
    /// Which way is better.
    pub fn direction(&self) -> Direction {
        if self.lower_is_better { Direction::LowerIsBetter } else { Direction::HigherIsBetter }
    }
}

/// Runs a round's warm-up and its timed part over a system that was started.
pub fn run_round(sut: &mut dyn Sut, plan: &RoundPlan<'_>) -> Result<RoundRecord, SutError> {
    let size = plan.dataset.map(Dataset::len);
    let order = || match size {
        Some(size) => SampleOrder::of(size, plan.sampling, plan.sample_seed),
        None => SampleOrder::counted(),
    };
    let (stopping, mut samples) = (plan.stopping, order());
    let queries = u64::from(stopping.queries.get());
    let judged = match plan.scenario {
        // The minimum counts samples here.
        Scenario::Offline { batch_size, .. } => queries.div_ceil(u64::from(batch_size.get())),
        _ => queries,
    };
    let per_query = match plan.scenario {
        Scenario::MultiStream { samples_per_query } => {
            let samples = samples_per_query.get() as usize;
            PerQuery::Run { samples, size: size.unwrap_or(usize::MAX) }
        }
        _ => PerQuery::One,
    };
    let mut round = Round::new(sut, plan.dataset, plan.timeout, judged);
    let warm_samples = match plan.scenario {
        Scenario::Offline { batch_size, .. } => batch_size.get() as usize,
        _ => per_query.count(),
    };
    let room = plan.schedule.map_or(most_issued(stopping, judged), |schedule| schedule.times().len());
    let untimed = usize::try_from(plan.warmup).unwrap_or(usize::MAX);
    round.make_room(untimed, room, plan.schedule.is_some());
    let took = round.warm_up(plan.warmup, warm_samples, order())?;
    let begun = round.now();
    let begun = match plan.scenario {
        Scenario::SingleStream | Scenario::MultiStream { .. } => {
            one_at_a_time::one_at_a_time(&mut round, stopping, &mut samples, per_query)?;
            begun
        }
        Scenario::Server(server) => match (&server.traffic, plan.schedule) {
            (Traffic::Closed { users, think_time }, _) => {
                server::closed_loop(&mut round, stopping, &mut samples, *users, *think_time)?
            }
            (_, Some(schedule)) => server::open_loop(&mut round, stopping, &mut samples, schedule, server.max_async)?,
            (_, None) => return Err(SutError::Interrupted),
        },
        Scenario::Offline { batch_size, max_async } => {
            round.patient = true;
            let warm = u64::from(plan.warmup) * u64::from(batch_size.get());
            let wanted = offline::samples_wanted(stopping, warm, took);
            offline::offline(&mut round, stopping, &mut samples, wanted, *batch_size, *max_async)?
        }
    };
    Ok(round.finish(begun))
}

/// How many timed queries a round without a schedule may come to. Where a duration decides, that is as many as any round may
/// have: what is reserved and never written to is address space and no memory.
fn most_issued(stopping: &Stopping, queries: u64) -> usize {
    let most = if stopping.min_duration.is_zero() { queries } else { MOST_QUERIES };
    usize::try_from(most.min(MOST_QUERIES)).unwrap_or(usize::MAX)
}

impl RoundRecord {
    /// Takes in what the answered query with this number said: stages, and answers that are held against the labels of the judged
    /// samples.
    fn keep(&mut self, query: usize, outcome: Outcome, judged: &[usize], dataset: Option<&Dataset>) {
        outcome.stages(|name, Nanos(time)| self.stages.note(query, name, time));
        let labels = || judged.iter().map(|&sample| (sample, dataset.and_then(|data| data.label(sample))));
        match outcome {
            Outcome::Done | Outcome::Failed(_) => {}
            Outcome::Classes(classes) | Outcome::Classified { classes, .. } => {
                for ((sample, label), class) in labels().zip(classes) {
                    label.into_iter().for_each(|label| self.count(sample, label.is_class(class)));
                }
            }
            Outcome::Answers { outputs, .. } => {
                for ((sample, label), output) in labels().zip(&outputs) {
                    label.into_iter().for_each(|label| self.count(sample, label.is_answered_by(output)));
                }
            }
        }
    }

    fn count(&mut self, sample: usize, correct: bool) {
        self.judged += 1;
        self.correct += u64::from(correct);
        self.covered.insert(sample);
        if let Some(verdicts) = &mut self.verdicts {
            verdicts.push((sample, correct));
        }
    }

    /// Timed queries that were issued and answered, rightly or with an error.
    pub fn issued(&self) -> u64 {
        self.latencies.len() as u64 + self.failed
    }
}
