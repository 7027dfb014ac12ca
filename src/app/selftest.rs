//! `perfgate selftest`: checks of the work tree against itself, as it is and truly slowed, through the code path of `check`.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::interleaved::{self, Judged, PATIENCE, Pair, Side, SoFar, most_looks};
use super::measurement::{Place, Revision, Session};
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::{AppError, demo};
use crate::cli::Common;
use crate::config::{Alpha, Benchmark};
use crate::gate::{self, Comparison, ExitStatus, Looks, Method};
use crate::host;
use crate::measure::Deadline;
use crate::result::Failure;
use crate::selftest::{Check, Injection, Means, Setting, Spread, follows_time, injections, summarise, targets};
use crate::sut::{Interrupt, Slowdown};

/// Wall clock where nobody says how much.
const USUAL_BUDGET: Duration = Duration::from_secs(300);

/// More checks tell nothing new.
const MOST_CHECKS: usize = 2000;

/// Checks the gate with these benchmarks, or all.
pub fn selftest(
    names: &[String],
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let (project, _scratch) = open(common, console)?;
    // Whether code keeps an objective says nothing about whether a gate tells the same code from slower code.
    let without_objectives = |benchmark| Benchmark { objectives: Vec::new(), ..benchmark };
    let benchmarks: Vec<Benchmark> = project.selected(names)?.into_iter().map(without_objectives).collect();
    let mut trial = Trial {
        common,
        console,
        interrupt,
        project: &project,
        benchmarks: &benchmarks,
        begun: Instant::now(),
        budget: common.budget.unwrap_or(USUAL_BUDGET),
        checks: Vec::new(),
        failures: Vec::new(),
    };
    let ended = trial.run();
    let selftest = summarise(&trial.checks, trial.setting());
    let document = Document::Selftest(&selftest);
    match ended {
        Err(error) if trial.checks.is_empty() => Err(error),
        Err(error) => console.show_partial(document, &outputs).and(Err(error)),
        Ok(()) => {
            console.publish(document, &outputs)?;
            Ok(selftest.verdict.exit_status())
        }
    }
}

/// The project, or the embedded model in a scratch folder. `--budget` is the selftest's; a check has the configuration's.
fn open(common: &Common, console: &Console) -> Result<(Project, Option<TempDir>), AppError> {
    let common = Common { budget: None, ..common.clone() };
    if let Some(project) = Project::open_if_any(&common, console.colors_errors())? {
        return Ok((project, None));
    }
    console.note("there is no perfgate.toml here or in a folder above: this tests the gate with the embedded model");
    let folder = tempfile::Builder::new().prefix("perfgate-selftest-").tempdir().map_err(AppError::scratch)?;
    let files =
        [("perfgate.toml", demo::CONFIGURATION.as_bytes()), ("model.onnx", demo::MODEL), ("digits.csv", demo::DATASET)];
    for (name, content) in files {
        fs::write(folder.path().join(name), content).map_err(AppError::scratch)?;
    }
    let common = Common { config: Some(folder.path().join("perfgate.toml")), ..common };
    Ok((Project::open(&common, console.colors_errors())?, Some(folder)))
}

/// The checks so far, and what the next one needs.
struct Trial<'a> {
    common: &'a Common,
    console: &'a Console,
    interrupt: &'a Interrupt,
    project: &'a Project,
    benchmarks: &'a [Benchmark],
    begun: Instant,
    budget: Duration,
    checks: Vec<Check>,
    failures: Vec<Failure>,
}

impl Trial<'_> {
    /// Check after check, until the time is over or a system fails.
    fn run(&mut self) -> Result<(), AppError> {
        while let Some(injected) = self.next() {
            let is_first = self.of_kind(!injected.is_empty()).next().is_none();
            let check = self.check(injected, is_first)?;
            // What is not measured is not tested: half a check counts for nothing.
            if !self.failures.is_empty() {
                break;
            }
            self.checks.push(check);
        }
        Ok(())
    }

    fn of_kind(&self, slowed: bool) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |check| check.injected.is_empty() != slowed)
    }

    /// What the next check injects: nothing, or slowdowns, whichever had less of the time; `None` if another one would not end
    /// in time. One of each is run in any case.
    fn next(&self) -> Option<BTreeMap<String, Injection>> {
        let Some(first) = self.checks.first() else { return Some(BTreeMap::new()) };
        let spent = |slowed: bool| self.of_kind(slowed).map(|check| check.took).sum::<Duration>();
        let targets = targets(&first.comparison);
        let slowed = !targets.is_empty() && spent(true) <= spent(false);
        let done = self.of_kind(slowed).count();
        let usual = spent(slowed) / u32::try_from(done.max(1)).unwrap_or(u32::MAX);
        let fits = self.begun.elapsed() + usual <= self.budget && self.checks.len() < MOST_CHECKS;
        (done == 0 || fits).then(|| if slowed { injections(&targets, done) } else { BTreeMap::new() })
    }

    /// One check, as `perfgate check --against` judges it.
    fn check(&mut self, injected: BTreeMap<String, Injection>, is_first: bool) -> Result<Check, AppError> {
        let session = self.session(&injected, is_first);
        let share = |benchmark: &Benchmark| injected.get(&benchmark.name).map(|injection| injection.share);
        let pairs: Vec<Pair> = self
            .benchmarks
            .iter()
            .map(|benchmark| Pair {
                base: benchmark.clone(),
                candidate: benchmark.clone(),
                slowdown: share(benchmark).and_then(Slowdown::from_share),
            })
            .collect();
        let place = Place::plain(&self.project.directory);
        let revision = Revision::default();
        let side = Side { place: &place, revision: &revision };
        let (mut looks, mut taken, mut seen) = (Looks::default(), 0, Seen::default());
        let comparison = interleaved::measure(&pairs, [&side, &side], &session, &mut |so_far, is_last| {
            taken += 1;
            let comparison = self.judge(&mut looks, so_far, is_last);
            seen = Seen::of(&comparison, so_far);
            let open = gate::undecided(&comparison).difference(&gate::regressed(&comparison)).cloned().collect();
            Ok(Judged { comparison, open })
        })?;
        let (took, cut_short) = (session.begun.elapsed(), self.is_cut(&session, &comparison, taken));
        self.failures.extend(seen.failures(&injected));
        let Seen { spreads, pair_times, .. } = seen;
        // Hundreds of checks are kept, and only their rows are looked at.
        let comparison = Comparison { measured: Vec::new(), ..comparison };
        Ok(Check { injected, comparison, spreads, pair_times, took, cut_short })
    }

    fn judge(&self, looks: &mut Looks, so_far: &SoFar, is_last: &dyn Fn(&str) -> bool) -> Comparison {
        let setting = gate::Setting {
            failures: so_far.candidate.failures.clone(),
            not_reached: so_far.candidate.not_reached.clone(),
            method: Method::SideBySide,
            ..gate::Setting::default()
        };
        looks.look(&so_far.base.result, &so_far.candidate.result, &self.project.config.policy, &setting, is_last)
    }

    /// A check of its own: its own seed, the configuration's budget, and the end of the selftest. The first of its kind has the
    /// rounds of its first look even if that takes longer.
    fn session(&self, injected: &BTreeMap<String, Injection>, is_first: bool) -> Session<'_> {
        let number = self.checks.len() as u64;
        let first_look = self.benchmarks.iter().map(|benchmark| benchmark.rounds.get() as usize).max().unwrap_or(0);
        let code = if injected.is_empty() { "identical" } else { "slowed" };
        let left = self.budget.saturating_sub(self.begun.elapsed()).as_secs();
        Session {
            // Far apart, so that the checks of neighbouring seeds are others.
            seed: self.common.seed.wrapping_add(number.wrapping_mul(0xd134_2543_de82_ef95)),
            limit: Some(Deadline { at: self.begun + self.budget, at_least: if is_first { first_look } else { 0 } }),
            title: format!("check {} ({code} code), {left} s left of the selftest", number + 1),
            ..Session::begin(self.common, self.project.config.budget, self.console, self.interrupt)
        }
    }

    /// Whether the check ended because the selftest's time was over, and would have gone on otherwise.
    fn is_cut(&self, session: &Session<'_>, comparison: &Comparison, looks: u32) -> bool {
        let own_end = session.begun + session.budget.unwrap_or(PATIENCE);
        let rounds = |name: &str| {
            let rows = comparison.rows.iter().filter(|row| row.benchmark == name);
            rows.filter_map(|row| row.compared()).flat_map(|compared| compared.rounds).max().unwrap_or(0)
        };
        let lacks = |benchmark: &Benchmark| rounds(&benchmark.name) < benchmark.rounds.get() as usize;
        let goes_on = looks < most_looks(session) && !gate::undecided(comparison).is_empty();
        own_end > self.begun + self.budget && (goes_on || self.benchmarks.iter().any(lacks))
    }

    fn setting(&self) -> Setting {
        let session = self.session(&BTreeMap::new(), false);
        Setting {
            benchmarks: self.benchmarks.iter().map(|own| (own.name.clone(), own.rounds.get())).collect(),
            alpha: self.alpha(),
            means: Means { looks: most_looks(&session), time: session.budget.unwrap_or(PATIENCE) },
            seed: self.common.seed,
            budget: self.budget,
            took: self.begun.elapsed(),
            asked: super::asked(),
            environment: Some(host::environment()),
            failures: self.failures.clone(),
        }
    }

    /// What the gate promises: the error rate of the check, or the largest that a row may have for itself.
    fn alpha(&self) -> Alpha {
        let policy = &self.project.config.policy;
        let rows = self.checks.iter().flat_map(|check| &check.comparison.rows);
        let own = rows.map(|row| policy.for_row(&row.benchmark, row.metric.as_deref().unwrap_or_default()).alpha);
        own.fold(policy.alpha, |largest, alpha| if alpha > largest { alpha } else { largest })
    }
}

/// What a check's rounds tell besides the comparison.
#[derive(Default)]
struct Seen {
    spreads: BTreeMap<String, Vec<Spread>>,
    pair_times: BTreeMap<String, Duration>,
    /// Of the side that stays as it is, and of the other.
    failures: [Vec<Failure>; 2],
}

impl Seen {
    fn of(comparison: &Comparison, so_far: &SoFar) -> Self {
        let mut spreads: BTreeMap<String, Vec<Spread>> = BTreeMap::new();
        for row in comparison.rows.iter().filter(|row| row.compared().is_some()) {
            let Some(name) = row.metric.as_deref().filter(|name| follows_time(name)) else { continue };
            let sides = [&so_far.base.result, &so_far.candidate.result];
            let [Some(base), Some(candidate)] =
                sides.map(|side| side.benchmark(&row.benchmark).and_then(|benchmark| benchmark.metric(name)))
            else {
                continue;
            };
            spreads.entry(row.benchmark.clone()).or_default().extend(Spread::of(base, candidate));
        }
        let failures = [&so_far.base, &so_far.candidate].map(|side| side.failures.clone());
        Self { spreads, pair_times: so_far.pair_times.clone(), failures }
    }

    /// What failed, once per benchmark; a slowdown that had a part in it is named.
    fn failures(&mut self, injected: &BTreeMap<String, Injection>) -> Vec<Failure> {
        let [mut failures, slowed] = std::mem::take(&mut self.failures);
        for Failure { benchmark, reason } in slowed {
            if failures.iter().all(|known| known.benchmark != benchmark) {
                let reason = match injected.get(&benchmark) {
                    Some(injection) => format!("slowed by {:.3} %, it failed: {reason}", injection.share * 100.0),
                    None => reason,
                };
                failures.push(Failure { benchmark, reason });
            }
        }
        failures
    }
}
