//! Putting something on top of a branch that others write to as well.

use super::{BranchStore, Home, Removals};
use crate::store::StoreError;
use crate::store::waits::Waits;
use crate::vcs::{PushError, RemoteError, Stop};

/// How an attempt to share ended.
enum Attempt {
    Done(usize),
    Again(PushError),
    Failed(PushError),
}

impl Attempt {
    fn of(error: PushError) -> Self {
        match error {
            PushError::Race(_) | PushError::Unreached(RemoteError::Weak(_)) => Self::Again(error),
            error => Self::Failed(error),
        }
    }
}

impl BranchStore {
    /// Puts on the branch what is on its way, and takes from it what is to be removed, as often as others are faster.
    pub fn publish(&mut self, removals: &Removals, stop: Stop<'_>) -> Result<usize, StoreError> {
        let mut waits = Waits::new();
        loop {
            let error = match self.attempt(removals, stop)? {
                Attempt::Done(recordings) => return Ok(recordings),
                Attempt::Failed(error) => error,
                Attempt::Again(error) => {
                    if waits.again(matches!(error, PushError::Race(_)), stop) {
                        continue;
                    }
                    error
                }
            };
            let kept = self.kept();
            if stop() {
                return Err(StoreError::Interrupted { kept });
            }
            let (branch, remote) = (self.branch.clone(), self.home.remote().to_owned());
            return Err(StoreError::NotPushed { branch, remote, kept, attempts: waits.attempts(), source: error });
        }
    }

    fn attempt(&mut self, removals: &Removals, stop: Stop<'_>) -> Result<Attempt, StoreError> {
        let _lock = self.lock(stop)?;
        match self.catch_up(stop) {
            Err(StoreError::NotFetched { source, .. }) => return Ok(Attempt::of(source.into())),
            other => other?,
        }
        let pending = self.pending()?;
        let Some(draft) = self.draft(&pending, removals)? else { return Ok(Attempt::Done(0)) };
        pending.note(Some(draft.commit), &self.objects)?;
        if let Home::Remote(remote) = &self.home
            && let Err(error) = remote.push(draft.commit, &self.branch, stop)
        {
            if error.is_certain() {
                self.pending()?.note(None, &self.objects)?;
            }
            return Ok(Attempt::of(error));
        }
        // A push may have moved it already.
        let tracked = self.tracked();
        self.objects.point(&tracked, self.objects.tip(&tracked)?, Some(draft.commit), "perfgate: recorded")?;
        if draft.recordings > 0 {
            self.pending()?.arrived(draft.commit, &self.objects)?;
        }
        Ok(Attempt::Done(draft.recordings))
    }
}
