//! `perfgate baselines`: lists, shows, prunes and shares what was recorded.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::AppError;
use super::output::{Console, Document, Outputs};
use super::project::Project;
use super::sources;
use crate::cli::{Baselines, Common};
use crate::config::StoreUrl;
use crate::gate::ExitStatus;
use crate::host;
use crate::inventory::{Criteria, Entry, Inventory, Standing};
use crate::result::{CommitId, Fingerprint, RunOutcome, Timestamp};
use crate::store::{Index, Shared, Store};
use crate::sut::Interrupt;
use crate::vcs::Git;

/// Does what was asked.
pub fn baselines(
    action: &Baselines,
    common: &Common,
    console: &Console,
    interrupt: &Interrupt,
) -> Result<ExitStatus, AppError> {
    let outputs = Outputs::check(common)?;
    let project = Project::open(common, console.colors_errors())?;
    let git = project.git()?;
    let desk = Desk { project, git, console, interrupt, outputs };
    match action {
        Baselines::List => desk.list(),
        Baselines::Show { revision, machine } => desk.show(revision, machine.as_deref()),
        Baselines::Prune { keep, older_than, unreachable, dry_run } => {
            let criteria = Criteria { keep: *keep, unreachable: *unreachable };
            desk.prune(criteria, *older_than, *dry_run)
        }
        Baselines::Push => desk.push(),
        Baselines::Pull => desk.pull(),
    }?;
    Ok(ExitStatus::Success)
}

/// What there is to say of a store that is a folder.
fn nothing_to_share(folder: &Path) -> String {
    format!(
        "nothing to do: the store is a folder, `{}`: what is in it is shared by committing it; a branch is fetched and pushed by \
         perfgate itself: store = \"git:perfgate-data\"",
        folder.display()
    )
}

/// What every action needs.
struct Desk<'a> {
    project: Project,
    git: Git,
    console: &'a Console,
    interrupt: &'a Interrupt,
    outputs: Outputs,
}

impl Desk<'_> {
    fn list(&self) -> Result<(), AppError> {
        let store = self.project.fresh_store(self.console, self.interrupt)?;
        let index = store.index()?;
        let inventory = self.inventory(store.as_ref(), &index, &self.standing(&index)?);
        self.console.publish(Document::Baselines(&inventory), &self.outputs)
    }

    fn show(&self, revision: &str, machine: Option<&str>) -> Result<(), AppError> {
        let store = self.project.fresh_store(self.console, self.interrupt)?;
        let commit = sources::told(self.git.resolve_at_origin_too(revision)?, revision, self.console);
        let machines = store.index()?.remove(&commit).unwrap_or_default();
        let machine = self.machine(machine, &machines, &commit, store.as_ref())?;
        let Some(result) = store.load(&commit, machine)? else {
            return Err(AppError::usage("the baseline has just disappeared"));
        };
        let others = machines.iter().filter(|other| *other != machine).map(Fingerprint::as_str).collect::<Vec<_>>();
        let outcome = RunOutcome::complete(result);
        self.console.publish(Document::Run(&outcome), &self.outputs)?;
        if !others.is_empty() {
            self.console.note(&format!("{} was recorded on {} too (--machine)", commit.short(), others.join(", ")));
        }
        Ok(())
    }

    /// The machine that was named, else this one, else the only one.
    fn machine<'m>(
        &self,
        wanted: Option<&str>,
        machines: &'m BTreeSet<Fingerprint>,
        commit: &CommitId,
        store: &dyn Store,
    ) -> Result<&'m Fingerprint, AppError> {
        let here = host::environment().fingerprint;
        let found = match wanted {
            Some(name) => machines.iter().find(|machine| machine.as_str() == name),
            None => machines.get(&here).or(if machines.len() == 1 { machines.first() } else { None }),
        };
        found.ok_or_else(|| {
            if machines.is_empty() {
                return AppError::usage(format!("`{}` has no baseline in `{}`", commit.short(), store.name()))
                    .hint("perfgate baselines list shows what there is");
            }
            let which = wanted.map_or_else(|| format!("this machine ({here})"), |name| format!("`{name}`"));
            let names: Vec<String> = machines.iter().map(|machine| format!("--machine {machine}")).collect();
            AppError::usage(format!("`{}` was not recorded on {which}", commit.short()))
                .hint(format!("it was on: {}", names.join(", ")))
        })
    }

    fn prune(&self, criteria: Criteria, older_than: Option<Duration>, dry_run: bool) -> Result<(), AppError> {
        self.refuse_unknown_history(criteria)?;
        let mut store = self.project.fresh_store(self.console, self.interrupt)?;
        if !dry_run && self.project.leaves_alone(store.as_ref()) {
            return Err(AppError::usage(format!("what goes from `{}` goes from its remote at once", store.name()))
                .hint("prune without --offline (or PERFGATE_OFFLINE), or only look, with --dry-run"));
        }
        let index = store.index()?;
        let standing = self.standing(&index)?;
        let inventory = self.inventory(store.as_ref(), &index, &standing);
        let before = older_than.map(ago);
        let mut commits = inventory.prunable(criteria, before.as_ref(), &standing);
        if !dry_run && !commits.is_empty() {
            store.remove(&commits, &|| self.interrupt.is_set())?;
            // What was recorded again meanwhile stays.
            let left = store.index()?;
            commits.retain(|commit| !left.contains_key(commit));
        }
        let gone = inventory.only(&commits);
        self.console.publish(Document::Baselines(&gone), &self.outputs)?;
        let (count, of) = (gone.entries.len(), inventory.entries.len());
        self.console.note(&match (dry_run, &self.project.config.store) {
            _ if count == 0 => format!("nothing to remove: {of} stay"),
            (true, _) => format!("would remove {count} of {of} baselines; nothing was removed"),
            (false, StoreUrl::Dir(_)) => format!("removed {count} of {of} baselines; commit that"),
            (false, StoreUrl::Git(branch)) => {
                format!("removed {count} of {of} baselines; the history of `{}` still has them", branch.name())
            }
        });
        Ok(())
    }

    /// A shallow clone does not know what lies beyond its edge: it would take all of that for old, or for lost.
    fn refuse_unknown_history(&self, criteria: Criteria) -> Result<(), AppError> {
        if self.git.is_shallow() && (criteria.keep.is_some() || criteria.unreachable) {
            return Err(AppError::usage(
                "this clone is shallow: which commits are old or unreachable is not known in it",
            )
            .hint("fetch the whole history first: git fetch --unshallow (in GitHub Actions: fetch-depth: 0)")
            .hint("or go by age alone: --older-than"));
        }
        Ok(())
    }

    fn push(&self) -> Result<(), AppError> {
        if let StoreUrl::Dir(folder) = &self.project.config.store {
            self.console.note(&nothing_to_share(folder));
            return Ok(());
        }
        let mut store = self.project.store()?;
        self.console.note(&match store.share(&|| self.interrupt.is_set())? {
            Shared::Remote { recordings: 0, remote } => format!("{remote} has everything already"),
            Shared::Remote { recordings, remote } => format!("pushed {} to {remote}", counted(recordings)),
            Shared::Clone { remote, .. } => {
                return Err(AppError::usage(format!("this repository has no remote `{remote}` to push to"))
                    .hint("git remote add origin URL, or name another one: git:BRANCH@REMOTE"));
            }
            Shared::Folder => String::new(),
        });
        Ok(())
    }

    fn pull(&self) -> Result<(), AppError> {
        let mut store = self.project.store()?;
        store.refresh(&|| self.interrupt.is_set())?;
        if let StoreUrl::Dir(folder) = &self.project.config.store {
            self.console.note(&nothing_to_share(folder));
            return Ok(());
        }
        let index = store.index()?;
        let baselines: usize = index.values().map(BTreeSet::len).sum();
        self.console.note(&format!("`{}` has {baselines} baselines of {} commits", store.name(), index.len()));
        Ok(())
    }

    fn standing(&self, index: &Index) -> Result<Standing, AppError> {
        let recorded: BTreeSet<CommitId> = index.keys().cloned().collect();
        let reachable = self.git.reachable(&recorded)?;
        let Ok(head) = self.git.head() else { return Ok(Standing { reachable, ..Standing::default() }) };
        Ok(Standing {
            first_parents: self.git.first_parents(&head)?,
            ancestors: self.git.nearest_ancestors(&head, &recorded)?,
            reachable,
        })
    }

    /// Everything that can be read; what cannot is told.
    fn inventory(&self, store: &dyn Store, index: &Index, standing: &Standing) -> Inventory {
        let mut entries = Vec::new();
        for (commit, machines) in index {
            let subject = self.git.subject(commit);
            for machine in machines {
                match store.load(commit, machine) {
                    Ok(Some(result)) => {
                        entries.push(Entry::new(commit.clone(), machine.clone(), subject.clone(), result));
                    }
                    Ok(None) => {}
                    Err(problem) => self.console.note(&format!("left out: {problem}")),
                }
            }
        }
        Inventory::new(store.name(), entries, standing)
    }
}

fn counted(recordings: usize) -> String {
    if recordings == 1 { "1 recording".to_owned() } else { format!("{recordings} recordings") }
}

/// The moment so long ago.
fn ago(age: Duration) -> Timestamp {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_unix(now.saturating_sub(age))
}
