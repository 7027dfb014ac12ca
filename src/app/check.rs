//! `perfgate check`: runs the candidate, compares with the baseline, prints the table, sets the exit status.

use std::collections::BTreeSet;
use std::path::Path;

use super::AppError;
use super::accepted::AcceptedChanges;
use super::event::{Against, Change, against, change};
use super::interleaved::Judged;
use super::measurement::{Place, Revision, Session};
use super::output::{Console, Document, Outputs};
use super::project::{Project, apply_policy};
use super::side_by_side::{self, Base};
use super::sources::{Baseline, Source, nearest_baseline, read_file, read_revision, recorded};
use super::wrong_file::Wanted;
use crate::cli::{Common, Confirm, MissingBaseline};
use crate::config::{self, Benchmark, FailOn, GatePolicy, RuleChange};
use crate::gate::{self, Comparison, ExitStatus, History, Looks, Method, Setting, compare};
use crate::measure::Deadline;
use crate::result::{BenchmarkResult, CommitId, RunResult, Warning};
use crate::store::Store;
use crate::sut::Interrupt;
use crate::vcs::Git;

/// What the user asked for.
pub struct Wish<'a> {
    /// Benchmarks; none means all.
    pub names: &'a [String],
    /// A revision or a file instead of the nearest ancestor's baseline.
    pub baseline: Option<&'a str>,
    /// A revision to measure side by side, instead of any baseline.
    pub against: Option<&'a str>,
    /// When to measure again what a baseline leaves open.
    pub confirm: Confirm,
    /// What fails the check.
    pub fail_on: Option<FailOn>,
    /// What a check is that has nothing to compare with; as `fail_on` says if absent.
    pub missing_baseline: Option<MissingBaseline>,
}

/// A check under way: what every step of it needs.
struct Check<'a> {
    wish: &'a Wish<'a>,
    common: &'a Common,
    project: Project,
    git: Git,
    benchmarks: Vec<Benchmark>,
    head: CommitId,
    /// The pull request's, if the job is about one.
    change: Option<Change>,
    revision: Revision,
    session: Session<'a>,
    accepted: AcceptedChanges,
}

/// Checks these benchmarks, or all.
pub fn check(
    wish: &Wish<'_>,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::of_comparison(common)?;
    let check = Check::begin(wish, common, console, interrupt)?;
    let comparison = match wish.against {
        Some(revision) => check.side_by_side(revision)?,
        None => check.with_baseline()?,
    };
    let comparison = check.accepted(comparison);
    console.publish(Document::Comparison(&comparison), &outputs)?;
    Ok(comparison.exit_status)
}

impl<'a> Check<'a> {
    fn begin(
        wish: &'a Wish<'a>,
        common: &'a Common,
        console: &'a Console,
        interrupt: &'a Interrupt,
    ) -> Result<Self, AppError> {
        let project = Project::open(common, console.colors_errors())?;
        let benchmarks = project.selected(wish.names)?;
        let git = project.git()?;
        let head = git.head()?;
        let modified = git.modified(project.store_folder().as_deref())?;
        let revision = Revision { commit: Some(head.clone()), dirty: !modified.is_empty() };
        let session = Session::begin(common, project.config.budget, console, interrupt);
        let accepted = AcceptedChanges::of_work_tree(&project, console.colors_errors())?;
        let change = change(&git, &head);
        Ok(Self { wish, common, project, git, benchmarks, head, change, revision, session, accepted })
    }

    /// The comparison with what the project accepts in it.
    fn accepted(&self, comparison: Comparison) -> Comparison {
        let fail_on = self.policy(comparison.base.commit.as_ref()).0.fail_on;
        self.accepted.apply(comparison, &self.project, &self.git, fail_on)
    }

    /// Measures the revision and the candidate side by side, and judges that.
    fn side_by_side(&self, revision: &str) -> Result<Comparison, AppError> {
        let Against { commit, label } = against(revision, &self.git, &self.head, self.session.console)?;
        let (policy, mut warnings) = self.policy(Some(&commit));
        warnings.extend(self.perhaps_the_same_program());
        let base = Base::prepare(&commit, &self.project, &self.git, &self.session)?;
        let known: BTreeSet<&str> = self.benchmarks.iter().map(|benchmark| benchmark.name.as_str()).collect();
        let gone: Vec<&str> = base.names().filter(|name| !known.contains(name)).collect();
        self.compare_side_by_side(
            &base,
            &self.ruled(&policy),
            &gone,
            &policy,
            &Setting { warnings, ..self.setting(Method::SideBySide, &label) },
        )
    }

    fn compare_side_by_side(
        &self,
        base: &Base,
        benchmarks: &[Benchmark],
        gone: &[&str],
        policy: &GatePolicy,
        setting: &Setting,
    ) -> Result<Comparison, AppError> {
        let mut looks = Looks::default();
        base.compare(benchmarks, &self.project, &self.revision, &self.session, &mut |measured, is_last| {
            let mut old = measured.base.result.clone();
            // Without metrics: that there was one is all that a missing benchmark's row says.
            old.benchmarks.extend(gone.iter().map(|name| BenchmarkResult::imported(*name, Vec::new())));
            let setting = Setting {
                failures: measured.candidate.failures.clone(),
                not_reached: measured.candidate.not_reached.clone(),
                ..setting.clone()
            };
            let comparison = looks.look(&old, &measured.candidate.result, policy, &setting, is_last);
            // A benchmark that is red stays red, so its other rows are not worth the time; unless the red is accepted.
            let red = gate::regressed(&self.accepted(comparison.clone()));
            let open = gate::undecided(&comparison).difference(&red).cloned().collect();
            Ok(Judged { comparison, open })
        })
    }

    /// Measures the candidate, compares it with a baseline, and settles side by side what that leaves open.
    fn with_baseline(&self) -> Result<Comparison, AppError> {
        let store = self.project.fresh_store(self.session.console, self.session.interrupt)?;
        let base = find_baseline(self.wish, store.as_ref(), &self.git, &self.head, self.session.console)?;
        let commit = base.outcome.result.commit.clone();
        let (policy, warnings) = self.policy(commit.as_ref());
        let commit = commit.filter(|_| !base.outcome.result.dirty);
        let outcome = self.session.measure_until(
            self.screening_ends(commit.is_some()),
            &self.ruled(&policy),
            &Place::plain(&self.project.directory),
            &self.revision,
        )?;
        let setting = Setting {
            failures: outcome.failures,
            not_reached: outcome.not_reached,
            base_failures: base.outcome.failures,
            base_not_reached: base.outcome.not_reached,
            warnings,
            history: Some(History::new(recorded(&self.git, &self.head, store.as_ref(), self.session.console)?)),
            ..self.setting(Method::StoredBaseline, &base.label)
        };
        let screen = compare(&base.outcome.result, &outcome.result, &policy, &setting);
        Ok(gate::warn_of_little_history(self.confirm(screen, commit.as_ref(), &policy)?))
    }

    fn confirm(
        &self,
        screen: Comparison,
        base: Option<&CommitId>,
        policy: &GatePolicy,
    ) -> Result<Comparison, AppError> {
        let (Some(base), true) = (base, self.wish.confirm != Confirm::Never) else { return Ok(screen) };
        let always = self.wish.confirm == Confirm::Always;
        let open = gate::unsettled(&screen);
        let is_open = |benchmark: &&Benchmark| always || open.contains(&benchmark.name);
        let ruled = self.ruled(policy);
        let chosen: Vec<Benchmark> =
            ruled.into_iter().filter(|one| is_open(&one)).filter(|benchmark| self.is_runnable(benchmark)).collect();
        if chosen.is_empty() {
            if !open.is_empty() {
                self.session.console.note(
                    "the stored baseline alone decides: to measure the base side by side, perfgate must know how a \
                     revision becomes runnable ([build] command in perfgate.toml)",
                );
            }
            return Ok(screen);
        }
        match self.measure_again(&chosen, base, policy) {
            Ok(again) => {
                let proven = side_by_side::proven(&chosen, &self.project);
                Ok(gate::confirm(screen, again, &proven, policy.fail_on))
            }
            Err(error) if always || error.status() == ExitStatus::Interrupted => Err(error),
            Err(error) => {
                let told =
                    error.hints().iter().fold(error.message().to_owned(), |told, hint| format!("{told}\n      {hint}"));
                self.session
                    .console
                    .note(&format!("what the stored baseline leaves open could not be confirmed: {told}"));
                Ok(screen)
            }
        }
    }

    fn measure_again(
        &self,
        benchmarks: &[Benchmark],
        base: &CommitId,
        policy: &GatePolicy,
    ) -> Result<Comparison, AppError> {
        let laid_out = Base::prepare(base, &self.project, &self.git, &self.session)?;
        self.compare_side_by_side(&laid_out, benchmarks, &[], policy, &self.setting(Method::SideBySide, base.short()))
    }

    /// Where nothing is built and nothing that is run lies in the tree, both sides may have run one installed program, and being
    /// alike would mean nothing. Tools that run what lies around them (`cargo run`) look the same from here.
    fn perhaps_the_same_program(&self) -> Option<Warning> {
        let doubtful = self.benchmarks.iter().filter(|benchmark| !self.is_runnable(benchmark));
        let names: Vec<&str> = doubtful.map(|benchmark| benchmark.name.as_str()).collect();
        (!names.is_empty()).then(|| Warning {
            code: "same-program".to_owned(),
            message: format!(
                "{}: nothing is built, and no file of the repository is named in what is run; if it runs an installed program, \
                 both sides ran the same one, and being alike says nothing: say in `[build]` how a revision becomes runnable",
                names.join(", ")
            ),
        })
    }

    /// The benchmarks, with the objectives that the rules have for them.
    fn ruled(&self, policy: &GatePolicy) -> Vec<Benchmark> {
        self.benchmarks.iter().map(|benchmark| policy.with_objectives(benchmark)).collect()
    }

    /// Whether a base revision of this benchmark can be made to run.
    fn is_runnable(&self, benchmark: &Benchmark) -> bool {
        self.project.config.build.is_some() || side_by_side::lies_in_tree(benchmark, &self.project.directory)
    }

    /// The screen may take a third of the budget where what it leaves open can be confirmed: both sides are measured again then.
    fn screening_ends(&self, has_base: bool) -> Option<Deadline> {
        let may_confirm = has_base && self.wish.confirm != Confirm::Never;
        let is_shared = may_confirm && self.benchmarks.iter().any(|benchmark| self.is_runnable(benchmark));
        let share = if is_shared { 1.0 / 3.0 } else { 1.0 };
        let budget = self.session.budget?;
        Some(Deadline { at: self.session.begun + budget.mul_f64(share), at_least: 0 })
    }

    fn setting(&self, method: Method, base_label: &str) -> Setting {
        let selected = self.benchmarks.iter().map(|benchmark| benchmark.name.clone());
        Setting {
            method,
            selected: (!self.wish.names.is_empty()).then(|| selected.collect()),
            base_label: Some(base_label.to_owned()).filter(|label| !label.is_empty()),
            candidate_label: self.git.branch().or_else(|| self.change.as_ref().map(|change| change.branch.clone())),
            candidate_head: self.change.as_ref().and_then(|change| change.merged.clone()),
            ..Setting::default()
        }
    }

    fn policy(&self, base: Option<&CommitId>) -> (GatePolicy, Vec<Warning>) {
        let (mut policy, warnings) = policy(&self.project, &self.git, base, self.common, self.wish.fail_on);
        if let Some(missing) = self.wish.missing_baseline {
            policy.fail_on.no_baseline = missing == MissingBaseline::Fail;
        }
        (policy, warnings)
    }
}

fn find_baseline(
    wish: &Wish<'_>,
    store: &dyn Store,
    git: &Git,
    head: &CommitId,
    console: &Console,
) -> Result<Source, AppError> {
    match wish.baseline {
        Some(file) if Path::new(file).is_file() => read_file(Path::new(file), Wanted::Result),
        Some(revision) => read_revision(revision, git, store, console),
        None => match nearest_baseline(git, head, store)? {
            Baseline::Found(source) => Ok(source),
            Baseline::OtherMachine(source, told) => {
                console.note(&told);
                Ok(source)
            }
            Baseline::None(told) => {
                console.note(&told);
                Ok(Source::complete(RunResult::imported(Vec::new()), String::new()))
            }
        },
    }
}

/// The rules: those of the base revision's configuration, and for what it does not have yet, those that are configured now. A
/// change must not be able to switch its own gate off. Each that differs has a warning. A base without a configuration that
/// can be read has no rules to keep, but permits nothing to be missing.
fn policy(
    project: &Project,
    git: &Git,
    base: Option<&CommitId>,
    common: &Common,
    fail_on: Option<FailOn>,
) -> (GatePolicy, Vec<Warning>) {
    let now = &project.own_policy;
    let text = base.and_then(|commit| git.file_at(commit, &real_path(&project.file)).ok().flatten());
    let at_base = text.and_then(|text| config::parse(&String::from_utf8_lossy(&text)).ok()).map(|config| config.policy);
    let mut warnings = Vec::new();
    let mut policy = match at_base {
        None => now.without_missing(),
        Some(base) => {
            warnings = changed_rules(&base.changes_to(now));
            base.with_new_benchmarks(now)
        }
    };
    apply_policy(&mut policy, common, fail_on);
    (policy, warnings)
}

/// More changes than this are counted.
const MOST_CHANGES: usize = 8;

/// One warning for each rule that the change would change, the first ones.
fn changed_rules(changes: &[RuleChange]) -> Vec<Warning> {
    let warning = |message: String| Warning { code: "policy-of-base".to_owned(), message };
    let told = changes.iter().take(MOST_CHANGES).map(|change| warning(format!("{change}; {}", change.what_counts())));
    let more = changes.len().saturating_sub(MOST_CHANGES);
    let more =
        (more > 0).then(|| warning(format!("rules of the gate that differ from the base's, which count: {more} more")));
    told.chain(more).collect()
}

/// Git knows its work tree by its real path, without symbolic links.
fn real_path(path: &Path) -> std::path::PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
