//! An A/B test, round by round.

use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::size::Size;
use crate::ab::{AbTest, Arm, Assigner, Both, Ended, Setting, Summary, Trial};
use crate::app::AppError;
use crate::app::progress::Progress;
use crate::config::Benchmark;
use crate::dataset::Dataset;
use crate::host;
use crate::measure::{self, Event, Interrupted, NoRound, Prepared, SharedRound, largest_query};
use crate::plan::sample_seed;
use crate::result::Failure;
use crate::scenario::SampleOrder;
use crate::sut::Interrupt;

/// So many rounds are run even if the budget does not allow it: less is no measurement.
const AT_LEAST: u64 = 2;

/// A test that is about to run.
pub struct Test<'a> {
    /// What it is about and how it is judged.
    pub setting: &'a Setting,
    /// The two benchmarks.
    pub benchmarks: &'a Both<Benchmark>,
    /// Their input, read.
    pub prepared: &'a Prepared,
    /// How much it asks.
    pub size: Size,
    /// Set when it is to stop.
    pub interrupt: &'a Interrupt,
    /// When it began.
    pub begun: Instant,
}

impl Test<'_> {
    /// Round after round, until it is decided, or there is nothing left to ask, or the time is over.
    pub fn run(&self, budget: Option<Duration>, progress: &mut Progress) -> Result<AbTest, AppError> {
        let mut trial = self.trial();
        let mut failures = Vec::new();
        let mut decided = None;
        let mut rounds: u64 = 0;
        let ended = loop {
            let quota = self.size.quota(rounds, budget.is_some());
            if quota == 0 {
                break Ended::Queries;
            }
            if !self.fits(budget, rounds) {
                break Ended::Budget;
            }
            let title = format!("{} and {}", self.setting.names.a, self.setting.names.b);
            progress.on(Event::Started {
                benchmark: &title,
                done: usize::try_from(rounds).unwrap_or(usize::MAX),
                of: usize::try_from(self.size.rounds.max(rounds + 1)).unwrap_or(usize::MAX),
            });
            let schedule = self.size.schedule(self.benchmarks, self.prepared, self.setting.seed, rounds)?;
            let draw = trial.draw(quota, schedule.as_ref());
            if draw.turns.is_empty() {
                break Ended::SamplesUsedUp;
            }
            let shared = SharedRound {
                shares: &draw.shares,
                turns: &draw.turns,
                round: u32::try_from(rounds).unwrap_or(u32::MAX),
                seed: self.setting.seed,
            };
            let answers = match measure::shared_round(self.prepared, &shared, &self.patience(budget, rounds)) {
                Ok(answers) => answers,
                Err(NoRound::Interrupted) if self.interrupt.is_set() => return Err(Interrupted.into()),
                Err(NoRound::Interrupted) => break Ended::Budget,
                Err(NoRound::Lost(lost)) => {
                    failures.extend(lost.into_iter().map(|lost| self.failure(lost.arm, lost.error.to_string())));
                    break Ended::Failed;
                }
            };
            for arm in Arm::ALL.into_iter().filter(|&arm| answers.of(arm).overloaded) {
                failures.push(self.failure(
                    arm,
                    "more queries were in flight than `max_async` allows; ask fewer a second".to_owned(),
                ));
            }
            if !failures.is_empty() {
                break Ended::Failed;
            }
            let judgement = trial.enter(&draw, &answers);
            rounds += 1;
            if judgement.advice.is_final() {
                decided = Some(judgement);
                break Ended::Decided;
            }
        };
        progress.on(Event::Finished);
        if self.interrupt.is_set() {
            return Err(Interrupted.into());
        }
        let judgement = match ended {
            Ended::Decided => decided,
            Ended::Failed => None,
            Ended::Queries | Ended::Budget | Ended::SamplesUsedUp => Some(trial.judge(true)),
        };
        let (book, looks) = trial.close();
        let punctual = self.punctuality(&book);
        // As in a run: what a late generator measured is not the systems', so nothing is said of them.
        failures.extend(Arm::ALL.into_iter().filter_map(|arm| {
            let (_, why) = punctual.of(arm).refused.clone()?;
            Some(self.failure(arm, why))
        }));
        let (judgement, ended) = if failures.is_empty() { (judgement, ended) } else { (None, Ended::Failed) };
        let by_key = self.setting.unit.is_key();
        let arms = Both::each(|arm| Summary::of(&book, arm, by_key));
        let warnings = self.warnings(&punctual, rounds, ended);
        Ok(AbTest {
            setting: self.setting.clone(),
            arms,
            judgement,
            looks,
            rounds,
            ended,
            took: self.begun.elapsed(),
            environment: Some(host::environment()),
            warnings,
            failures,
        })
    }

    fn trial(&self) -> Trial<'_> {
        let seed = self.setting.seed;
        let assigner = Assigner::new(self.setting.unit.clone(), self.setting.split.of_b(), seed);
        let size = self.prepared.dataset(0).map(Dataset::len);
        let order = match size {
            Some(size) => {
                let seed = sample_seed(seed, &self.setting.names.a);
                SampleOrder::of(size, self.benchmarks.a.sampling, seed)
            }
            None => SampleOrder::counted(),
        };
        let per_query = NonZeroUsize::new(largest_query(&self.benchmarks.a.scenario)).unwrap_or(NonZeroUsize::MIN);
        Trial::new(self.setting, assigner, order, size, per_query)
    }

    /// Whether one more round, as long as those before on average, would end in time.
    fn fits(&self, budget: Option<Duration>, rounds: u64) -> bool {
        let Some(budget) = budget else { return true };
        let spent = self.begun.elapsed();
        let usual = spent / u32::try_from(rounds.max(1)).unwrap_or(u32::MAX);
        rounds < AT_LEAST || spent + usual <= budget
    }

    /// What ends a round that takes too long.
    fn patience(&self, budget: Option<Duration>, rounds: u64) -> Interrupt {
        match budget {
            Some(budget) if rounds >= AT_LEAST => self.interrupt.until(self.begun + budget),
            _ => self.interrupt.clone(),
        }
    }

    fn failure(&self, arm: Arm, reason: String) -> Failure {
        Failure { benchmark: self.setting.names.of(arm).clone(), reason }
    }
}
